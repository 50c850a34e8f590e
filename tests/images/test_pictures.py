"""What picture files hold besides RGB is read, kept and written."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageOps
from PIL.ExifTags import IFD, Base

import handmade
import odd_files
from classsr.errors import ClassSRError
from classsr.images.exif import upright
from classsr.images.picture import Picture
from classsr.images.picture_reader import count_pixels, read_picture
from classsr.images.picture_writer import write_picture

SHALLOW = [odd_files.smooth(channels=channels) for channels in (1, 2, 3, 4)]
DEEP = [odd_files.deep(image) for image in SHALLOW]


def exif_of_a_photograph() -> bytes:
    exif = Image.Exif()
    exif[Base.Orientation], exif[Base.Make] = 8, "Camera & Co"
    exif[Base.ImageWidth] = 56
    exif[IFD.Exif] = {Base.ISOSpeedRatings: 200, Base.ExifImageWidth: 56}
    exif[IFD.GPSInfo] = {1: "N"}
    return exif.tobytes()


@pytest.mark.parametrize(
    "pixels", [*SHALLOW, *DEEP], ids=lambda pixels: f"{pixels.shape} {pixels.dtype}"
)
@pytest.mark.parametrize("extension", ["png", "tif"])
def test_round_trip(tmp_path: Path, pixels: np.ndarray, extension: str) -> None:
    path = tmp_path / f"a.{extension}"
    write_picture(path, Picture(pixels, icc=odd_files.PROFILE))
    if extension == "tif":
        np.testing.assert_array_equal(tifffile.imread(path), pixels)
    again = read_picture(path)
    assert again.pixels.dtype == pixels.dtype
    np.testing.assert_array_equal(again.pixels, pixels)
    assert again.icc == odd_files.PROFILE


@pytest.mark.parametrize("extension", ["png", "jpg", "webp", "tif"])
def test_metadata_stays_and_the_orientation_is_applied(tmp_path: Path, extension: str) -> None:
    rgb, source = odd_files.smooth(), tmp_path / f"source.{extension}"
    Image.fromarray(rgb).save(source, exif=exif_of_a_photograph(), icc_profile=odd_files.PROFILE)
    picture = read_picture(source)
    assert (
        np.abs(picture.pixels - np.rot90(rgb).astype(float)).mean() < 6
    )  # JPEG and WebP lose something
    path = tmp_path / f"result.{extension}"
    write_picture(path, picture)
    with Image.open(path) as image:
        exif = image.getexif()
        assert image.info["icc_profile"] == odd_files.PROFILE
    assert exif[Base.Make] == "Camera & Co"
    assert exif.get(Base.Orientation, 1) == 1
    if extension == "tif":
        return
    assert exif.get_ifd(IFD.Exif) == {Base.ISOSpeedRatings: 200}
    assert exif.get_ifd(IFD.GPSInfo) == {1: "N"}


@pytest.mark.parametrize("extension", ["png", "jpg", "webp", "tif"])
def test_texts_that_are_not_ascii_stay(tmp_path: Path, extension: str) -> None:
    exif = Image.Exif()
    exif[Base.Artist] = "Zoë 写真".encode()
    Image.fromarray(odd_files.smooth()).save(tmp_path / "source.jpg", exif=exif)
    path = tmp_path / f"result.{extension}"
    write_picture(path, read_picture(tmp_path / "source.jpg"))
    with Image.open(path) as image:
        assert image.getexif()[Base.Artist].encode("latin-1").decode() == "Zoë 写真"


def test_metadata_of_a_deep_png(tmp_path: Path) -> None:
    deep = odd_files.deep(odd_files.smooth())
    path = tmp_path / "a.png"
    write_picture(path, Picture(deep, icc=odd_files.PROFILE, exif=exif_of_a_photograph()))
    picture = read_picture(path)
    np.testing.assert_array_equal(picture.pixels, deep)  # no orientation is written
    assert picture.icc == odd_files.PROFILE
    assert picture.exif is not None


def test_orientation_of_a_deep_tiff(tmp_path: Path) -> None:
    deep = odd_files.deep(odd_files.smooth())
    for orientation in (1, 3, 6, 8):
        path = tmp_path / f"{orientation}.tif"
        tag = (int(Base.Orientation), 3, 1, orientation, True)
        tifffile.imwrite(path, deep, photometric="rgb", metadata=None, extratags=[tag])
        np.testing.assert_array_equal(read_picture(path).pixels, upright(deep, orientation))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_all_orientations(orientation: int) -> None:
    image = Image.fromarray(odd_files.smooth())
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[Base.Orientation] = orientation
    image.save(buffer, "PNG", exif=exif)
    expected = ImageOps.exif_transpose(Image.open(buffer))
    np.testing.assert_array_equal(upright(odd_files.smooth(), orientation), np.asarray(expected))


def test_formats_that_hold_less(tmp_path: Path) -> None:
    rgb = odd_files.smooth()
    opaque = np.dstack([odd_files.deep(rgb), np.full(rgb.shape[:2], 65535, np.uint16)])
    write_picture(tmp_path / "a.jpg", Picture(opaque))
    assert read_picture(tmp_path / "a.jpg").pixels.shape == rgb.shape
    write_picture(tmp_path / "a.webp", Picture(odd_files.smooth(channels=2)))
    assert read_picture(tmp_path / "a.webp").pixels.shape == (*rgb.shape[:2], 4)
    with pytest.raises(ClassSRError, match=r"a\.bmp: BMP cannot hold the transparency"):
        write_picture(tmp_path / "a.bmp", Picture(odd_files.smooth(channels=4)))
    with pytest.raises(ClassSRError, match=r"a\.xyz: .* with --ext: png, "):
        write_picture(tmp_path / "a.xyz", Picture(rgb))


def test_modes_without_a_kind_of_their_own(tmp_path: Path) -> None:
    grey = odd_files.smooth(channels=1)
    Image.fromarray(grey).convert("1").save(tmp_path / "bits.png")
    assert set(np.unique(read_picture(tmp_path / "bits.png").pixels)) == {0, 255}
    Image.fromarray(grey).save(tmp_path / "key.png", transparency=int(grey[0, 0]))
    keyed = read_picture(tmp_path / "key.png").pixels
    assert keyed.shape == (*grey.shape, 2)
    np.testing.assert_array_equal(keyed[:, :, 1] == 0, grey == grey[0, 0])


def test_a_flipped_byte_is_noticed(tmp_path: Path) -> None:
    for pixels in (odd_files.smooth(), odd_files.deep(odd_files.smooth())):
        path = tmp_path / "a.png"
        write_picture(path, Picture(pixels))
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 0xFF
        path.write_bytes(content)
        with pytest.raises(ClassSRError, match="damaged"):
            read_picture(path)


def test_more_pixels_than_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    content = handmade.png([b"\0"], width=1, depth=8, colour_type=0)
    small = handmade.chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    large = handmade.chunk(b"IHDR", struct.pack(">IIBBBBB", 20000, 20000, 8, 0, 0, 0, 0))
    path.write_bytes(content.replace(small, large))
    with pytest.raises(ClassSRError, match="has more than 178 megapixels; cut it into parts"):
        read_picture(path)


def test_pixels_are_counted_from_the_head(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", Picture(odd_files.smooth(5, 2000)))
    (tmp_path / "text.png").write_text("not a picture")
    assert count_pixels(tmp_path / "a.png") == 10_000
    assert count_pixels(tmp_path / "text.png") == 0
    assert count_pixels(tmp_path / "missing.png") == 0
