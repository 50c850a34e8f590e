"""ClassSR in PaddlePaddle: every tile of an image goes to the smallest network that restores it."""

from classsr.cpu import prepare_this_process
from classsr.errors import ClassSRError

__version__ = "0.1.0"
__all__ = ["ClassSRError", "__version__"]

prepare_this_process()
