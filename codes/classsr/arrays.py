"""The arrays that signatures speak of, by their number type; docstrings say their shapes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

UInt8Image = NDArray[np.uint8]
IntegerImage = NDArray[np.uint8] | NDArray[np.uint16]  # as files hold them
Planes = NDArray[np.float32]  # of networks: (N, 3, H, W) in [0, 1]
Logits = NDArray[np.float32]  # of the classifier: (N, M)
Classes = NDArray[np.int64]  # of tiles: (N,), 0 the simplest
