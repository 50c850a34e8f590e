"""ClassSR in PaddlePaddle: every tile of an image goes to the smallest network that restores it."""

import warnings

from classsr.cpu import prepare_this_process
from classsr.errors import ClassSRError

__version__ = "0.1.0"
__all__ = ["ClassSRError", "__version__"]

prepare_this_process()
# Paddle speaks of a compiler cache at every start; nothing is compiled here.
warnings.filterwarnings("ignore", message="No ccache found")
