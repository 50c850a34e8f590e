"""ClassSR in PaddlePaddle: every tile of an image goes to the smallest network that restores it."""

import logging
import warnings
from typing import TYPE_CHECKING

from classsr.errors import ClassSRError
from classsr.system.cpu import prepare_this_process

if TYPE_CHECKING:
    from classsr.inference.upscaler import Upscaler

__version__ = "0.1.0"
__all__ = ["ClassSRError", "Upscaler", "__version__"]

prepare_this_process()
# Paddle shows what reaches the root logger; a host program that wants messages sets the level.
if logging.getLogger("classsr").level == logging.NOTSET:
    logging.getLogger("classsr").setLevel(logging.WARNING)
# Paddle speaks of a compiler cache at every start; nothing is compiled here.
warnings.filterwarnings("ignore", message="No ccache found")


def __getattr__(name: str) -> object:
    """Import `Upscaler` when it is asked for, because Paddle takes seconds to load."""
    if name == "Upscaler":
        from classsr.inference.upscaler import Upscaler

        return Upscaler
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
