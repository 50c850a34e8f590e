"""Images as arrays, and the files that hold them."""

import logging
import warnings

# Decoders speak of odd metadata; what matters is raised.
warnings.filterwarnings("ignore", module=r"PIL\.")
logging.getLogger("tifffile").setLevel(logging.CRITICAL)
