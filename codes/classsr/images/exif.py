"""EXIF data: what is kept of it, type by type as it was stored, and the orientation.

EXIF has the structure of a TIFF file: directories of entries (tag, type, count, content). Entries
are carried as bytes, because Pillow gives those of inner directories new types.
"""

from __future__ import annotations

import struct
from collections.abc import Collection
from typing import NamedTuple

import numpy as np
from PIL.ExifTags import GPS, IFD, Base

PREFIX = b"Exif\0\0"  # of the block in JPEG and WebP files
MOST_BYTES = 2**24  # of all entries together; some files name the same megabytes again and again
BIG_TIFF = 43
BYTE, ASCII, SHORT, LONG, UNDEFINED, IFD_OFFSET = 1, 2, 3, 4, 7, 13
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 129: 1}
UNITS = {3: 2, 4: 4, 5: 4, 8: 2, 9: 4, 10: 4, 11: 4, 12: 8, 13: 4}  # bytes of what has an order
LIKE_TEXT = (BYTE, ASCII, UNDEFINED, 129)  # 129 is UTF-8

# What describes the picture; the other tags of the first directory tell how its file is stored.
DESCRIPTIVE = (
    Base.ImageDescription,
    Base.Make,
    Base.Model,
    Base.Software,
    Base.DateTime,
    Base.Artist,
    Base.Copyright,
)
POINTERS = (IFD.Exif, IFD.GPSInfo)
ORIENTATION = Base.Orientation
NOT_KEPT = (Base.ExifImageWidth, Base.ExifImageHeight, IFD.Interop)
TEXTS = {
    *DESCRIPTIVE,
    *(Base.DateTimeOriginal, Base.DateTimeDigitized, Base.SpectralSensitivity),
    *(Base.OffsetTime, Base.OffsetTimeOriginal, Base.OffsetTimeDigitized),
    *(Base.SubsecTime, Base.SubsecTimeOriginal, Base.SubsecTimeDigitized),
    *(Base.RelatedSoundFile, Base.ImageUniqueID, Base.CameraOwnerName, Base.BodySerialNumber),
    *(Base.LensMake, Base.LensModel, Base.LensSerialNumber),
}
NUMBERS = {
    *(Base.ExposureTime, Base.FNumber, Base.ExposureProgram, Base.ISOSpeedRatings),
    *(Base.ShutterSpeedValue, Base.ApertureValue, Base.BrightnessValue, Base.ExposureBiasValue),
    *(Base.MaxApertureValue, Base.SubjectDistance, Base.MeteringMode, Base.LightSource),
    *(Base.Flash, Base.FocalLength, Base.ColorSpace, Base.FocalLengthIn35mmFilm),
    *(Base.WhiteBalance, Base.DigitalZoomRatio, Base.SceneCaptureType, Base.LensSpecification),
}
GPS_NUMBERS = {
    *(GPS.GPSLatitude, GPS.GPSLongitude, GPS.GPSAltitude, GPS.GPSTimeStamp, GPS.GPSDOP),
    *(GPS.GPSSpeed, GPS.GPSTrack, GPS.GPSImgDirection, GPS.GPSDestLatitude, GPS.GPSDestLongitude),
    *(GPS.GPSDestBearing, GPS.GPSDestDistance, GPS.GPSHPositioningError, GPS.GPSDifferential),
}
GPS_TEXTS = {
    *(GPS.GPSLatitudeRef, GPS.GPSLongitudeRef, GPS.GPSSatellites, GPS.GPSStatus),
    *(GPS.GPSMeasureMode, GPS.GPSSpeedRef, GPS.GPSTrackRef, GPS.GPSImgDirectionRef),
    *(GPS.GPSMapDatum, GPS.GPSDestLatitudeRef, GPS.GPSDestLongitudeRef, GPS.GPSDateStamp),
    *(GPS.GPSDestBearingRef, GPS.GPSDestDistanceRef),
}


class Entry(NamedTuple):
    """The type, the number of values and the content of a tag, in the byte order of its block."""

    kind: int
    number: int
    content: bytes


Directory = dict[int, Entry]


class Exif(NamedTuple):
    """A byte order, "<" or ">", the orientation (1 to 8), and what describes a picture."""

    order: str
    orientation: int
    main: Directory
    photo: Directory
    gps: Directory


def read_exif(block: bytes, *, offset: int | None = None) -> Exif | None:
    """What an EXIF block or a TIFF file tells about a picture; None where it is neither.

    offset: of the TIFF page that is meant, by default the first. Entries that are cut off or of
    another type than their tag's are left out.
    """
    block = block.removeprefix(PREFIX)
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None or len(block) < 16:
        return None
    is_big = struct.unpack_from(f"{order}H", block, 2)[0] == BIG_TIFF
    (first,) = struct.unpack_from(*((f"{order}8xQ", block) if is_big else (f"{order}4xI", block)))

    def directory(start: int, only: Collection[int] = ()) -> Directory:
        return _read_directory(block, start, order=order, is_big=is_big, only=only)

    main = directory(first if offset is None else offset, (*DESCRIPTIVE, *POINTERS, ORIENTATION))
    photo, gps = (directory(_number(main.get(tag), order)) for tag in POINTERS)
    turned = _number(main.get(ORIENTATION), order)
    return Exif(
        order,
        turned if 1 <= turned <= 8 else 1,
        _of_right_type({tag: main[tag] for tag in DESCRIPTIVE if tag in main}, TEXTS, NUMBERS),
        _of_right_type(_without(photo, NOT_KEPT), TEXTS, NUMBERS),
        _of_right_type(gps, GPS_TEXTS, GPS_NUMBERS),
    )


def exif_block(exif: Exif | None, *, limit: int | None = None) -> bytes | None:
    """The EXIF block of what describes a picture, None where nothing does.

    limit: bytes that a file format allows; the longest entries are left out to get there.
    """
    if exif is None or not (exif.main or exif.photo or exif.gps):
        return None
    block = PREFIX + _to_bytes(exif)
    if limit is None or len(block) <= limit:
        return block
    return exif_block(_without_longest(exif), limit=limit)


def little_endian(exif: Exif) -> Exif:
    """The same in the byte order of most TIFF files."""
    if exif.order == "<":
        return exif
    main, photo, gps = map(_swapped, (exif.main, exif.photo, exif.gps))
    return Exif("<", exif.orientation, main, photo, gps)


def inner_directories(exif: Exif) -> dict[int, Directory]:
    """The directories that the first one points to, by the tag of the pointer."""
    parts = {int(IFD.Exif): exif.photo, int(IFD.GPSInfo): exif.gps}
    return {tag: part for tag, part in parts.items() if part}


def upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Turn and mirror pixels (H, W, ...) as the orientation tag (1 to 8) says."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def _read_directory(
    block: bytes, start: int, *, order: str, is_big: bool, only: Collection[int]
) -> Directory:
    """The entries at `start`, or those of the tags in `only`; what is cut off is left out."""
    head, entry, inline = ("Q", "HHQ8s", 8) if is_big else ("H", "HHI4s", 4)
    found: Directory = {}
    if not 8 <= start <= len(block) - struct.calcsize(head):
        return found
    (count,) = struct.unpack_from(order + head, block, start)
    size = struct.calcsize(order + entry)
    position, total = start + struct.calcsize(head), 0
    for begin in range(position, min(position + count * size, len(block) - size + 1), size):
        tag, kind, number, value = struct.unpack_from(order + entry, block, begin)
        length = SIZES.get(kind, 0) * number
        if length > inline:
            (place,) = struct.unpack(order + "Q" if is_big else order + "I", value)
            value = block[place : place + length] if total + length <= MOST_BYTES else b""
        content = value[:length]
        if content and len(content) == length and (not only or tag in only):
            found[tag] = Entry(kind, number, content)
            total += length
    return found


def _number(entry: Entry | None, order: str) -> int:
    """The single whole number of an entry, 0 where it holds something else."""
    formats = {BYTE: "B", SHORT: "H", LONG: "I", IFD_OFFSET: "I"}
    if entry is None or entry.number != 1 or entry.kind not in formats:
        return 0
    return int(struct.unpack(order + formats[entry.kind], entry.content)[0])


def _of_right_type(
    entries: Directory, texts: Collection[int], numbers: Collection[int]
) -> Directory:
    """Without numbers where a text belongs, and without texts where numbers belong."""
    return {
        tag: entry
        for tag, entry in entries.items()
        if not (tag in texts and entry.kind not in LIKE_TEXT)
        and not (tag in numbers and entry.kind in (ASCII, UNDEFINED))
    }


def _swapped(entries: Directory) -> Directory:
    """Contents in the other byte order."""
    return {
        tag: entry._replace(
            content=np.frombuffer(entry.content, f"u{UNITS.get(entry.kind, 1)}")
            .byteswap()
            .tobytes()
        )
        for tag, entry in entries.items()
    }


def _without(entries: Directory, tags: Collection[int]) -> Directory:
    return {tag: entry for tag, entry in entries.items() if tag not in tags}


def _without_longest(exif: Exif) -> Exif:
    directories = {"main": exif.main, "photo": exif.photo, "gps": exif.gps}
    _, name, tag = max(
        (len(entry.content), name, tag)
        for name, entries in directories.items()
        for tag, entry in entries.items()
    )
    directories[name] = _without(directories[name], (tag,))
    return Exif(exif.order, exif.orientation, **directories)


def _to_bytes(exif: Exif) -> bytes:
    """A TIFF header, the first directory, and the two that it points to."""
    magic = {"<": b"II", ">": b"MM"}[exif.order] + struct.pack(f"{exif.order}HI", 42, 8)
    inner = inner_directories(exif)
    pointers = {tag: Entry(LONG, 1, bytes(4)) for tag in inner}
    place = 8 + len(directory_bytes({**exif.main, **pointers}, start=8, order=exif.order))
    behind = b""
    for tag, entries in inner.items():
        pointers[tag] = Entry(LONG, 1, struct.pack(f"{exif.order}I", place + len(behind)))
        behind += directory_bytes(entries, start=place + len(behind), order=exif.order)
    return magic + directory_bytes({**exif.main, **pointers}, start=8, order=exif.order) + behind


def directory_bytes(entries: Directory, *, start: int, order: str) -> bytes:
    """A directory that stands at `start` in its block, long contents behind its entries."""
    place = start + 2 + 12 * len(entries) + 4
    table, contents = [struct.pack(f"{order}H", len(entries))], b""
    for tag, (kind, number, content) in sorted(entries.items()):
        value = content.ljust(4, b"\0")
        if len(content) > 4:
            value = struct.pack(f"{order}I", place + len(contents))
            contents += content + b"\0" * (len(content) % 2)
        table.append(struct.pack(f"{order}HHI", tag, kind, number) + value)
    return b"".join(table) + bytes(4) + contents
