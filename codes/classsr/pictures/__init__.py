"""Picture files as users have them: what they hold besides RGB is read, kept and written."""

from classsr.pictures.formats import EXTENSIONS, check_writable
from classsr.pictures.picture import Picture
from classsr.pictures.read import count_pixels, read_picture
from classsr.pictures.write import write_picture

__all__ = [
    "EXTENSIONS",
    "Picture",
    "check_writable",
    "count_pixels",
    "read_picture",
    "write_picture",
]
