"""Files that are not read although they are pictures: what they are, and what to do."""

from __future__ import annotations

from pathlib import Path

from classsr.errors import ClassSRError

RAW = "camera raw: not read; develop it and save it as TIFF or PNG"
DOCUMENT = "not read; export its pages as PNG"
FOUND_AT = (
    (0, b"%PDF", f"PDF: {DOCUMENT}"),
    (0, b"%!PS", f"PostScript: {DOCUMENT}"),
    (0, b"\xc5\xd0\xd3\xc6", f"PostScript: {DOCUMENT}"),
    (0, b"<svg", "SVG: not read; export it as PNG in the size that is wanted"),
    (0, b"\xff\x0a", "JPEG XL: not read; convert it to PNG"),
    (0, b"\x00\x00\x00\x0cJXL ", "JPEG XL: not read; convert it to PNG"),
    (0, b"v/1\x01", "OpenEXR: not read; convert it to 16-bit PNG or TIFF"),
    (0, b"#?RADIANCE", "Radiance HDR: not read; convert it to 16-bit PNG or TIFF"),
    (8, b"CR\x02", RAW),
    (4, b"ftypcrx", RAW),
    (0, b"FUJIFILMCCD-RAW", RAW),
    (0, b"IIU\0", RAW),
    (0, b"IIRO", RAW),
    (0, b"FOVb", RAW),
    (4, b"ftypisom", "a video: not read; export its frames as PNG"),
    (4, b"ftypmp4", "a video: not read; export its frames as PNG"),
    (4, b"ftypqt", "a video: not read; export its frames as PNG"),
    (0, b"\x1aE\xdf\xa3", "a video: not read; export its frames as PNG"),
)
RAW_EXTENSIONS = (".nef", ".nrw", ".arw", ".srf", ".sr2", ".dng", ".pef", ".orf", ".rw2", ".cr2")
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")


def check_known(content: bytes, path: Path) -> None:
    """Raise ClassSRError for files that are recognised and not read."""
    for offset, signature, message in FOUND_AT:
        if content.startswith(signature, offset):
            raise ClassSRError(f"{path}: {message}")
    if path.suffix.lower() in RAW_EXTENSIONS:
        raise ClassSRError(f"{path}: {RAW}")
    if is_heic(content) and not read_by_pillow_heif():
        raise ClassSRError(
            f"{path}: HEIC: not read; convert it to JPEG, or pip install pillow-heif"
        )


def is_heic(content: bytes) -> bool:
    """Whether a file holds a picture in HEVC."""
    is_avif = b"avif" in content[8:40] or b"avis" in content[8:40]
    return content[4:8] == b"ftyp" and content[8:12] in HEIC_BRANDS and not is_avif


def read_by_pillow_heif() -> bool:
    """Whether Pillow reads HEIC, which pillow-heif teaches it where that is installed."""
    try:
        import pillow_heif
    except ImportError:
        return False
    pillow_heif.register_heif_opener()
    return True
