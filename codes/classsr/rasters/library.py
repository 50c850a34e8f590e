"""rasterio, where it is installed."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from classsr.errors import ClassSRError

CACHE_MIB = 64  # blocks that GDAL keeps; by itself it takes a twentieth of the memory


def is_installed() -> bool:
    """Whether maps and large pictures can be read."""
    return find_spec("rasterio") is not None


@contextmanager
def gdal(path: Path, *, cache: int = CACHE_MIB) -> Iterator[Any]:
    """The module rasterio; what GDAL raises in the body becomes a ClassSRError about `path`.

    cache: MiB of blocks to keep.
    """
    if not is_installed():
        raise ClassSRError(
            f"{path}: a map or a very large picture, which needs rasterio; "
            f"run: pip install 'classsr[geo]'"
        )
    import rasterio
    from rasterio._err import CPLE_BaseError
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    logging.getLogger("rasterio").setLevel(logging.ERROR)  # GDAL warns of every odd tag
    settings = {
        "GDAL_CACHEMAX": cache * 2**20,
        "GDAL_NUM_THREADS": len(os.sched_getaffinity(0)),
        "GDAL_ALLOW_LARGE_LIBJPEG_MEM_ALLOC": True,
        "GDAL_TIFF_INTERNAL_MASK": True,
    }
    try:
        with rasterio.Env(**settings), warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            yield rasterio
    except (RasterioError, CPLE_BaseError) as error:
        reason = " ".join(str(error.__cause__ or error).split())
        raise ClassSRError(f"{path}: GDAL says: {reason}") from error
