"""A raster file, read in rows by rasterio."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from classsr.errors import ClassSRError

DTYPES = ("uint8", "uint16", "int16", "float32")
CACHE_MIB = 64  # blocks that GDAL keeps; by itself it takes a twentieth of the memory
SAMPLE = 1024  # pixels along a side of what value ranges are taken from


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


@dataclass(frozen=True)
class RasterInfo:
    """What the head of a raster says.

    colours: of each band, in GDAL's words; nodata: of each band, None where there is none.
    has_mask: whether the file tells beside its bands which pixels have data.
    is_map: whether the file is georeferenced.
    block_rows: rows that GDAL decodes at once.
    """

    height: int
    width: int
    dtype: np.dtype
    colours: tuple[str, ...]
    nodata: tuple[float | None, ...]
    has_mask: bool
    is_map: bool
    block_rows: int

    @property
    def count(self) -> int:
        """Number of bands."""
        return len(self.colours)

    @property
    def cache(self) -> int:
        """MiB that hold what is read twice: two rows of blocks."""
        row = self.width * self.count * self.dtype.itemsize
        return CACHE_MIB + 2 * min(self.block_rows, 2048) * row // 2**20


class Raster:
    """An open raster; one thread reads it."""

    def __init__(self, dataset: Any, info: RasterInfo) -> None:
        self.info = info
        self._dataset = dataset
        self._sample_size = (min(info.height, SAMPLE), min(info.width, SAMPLE))

    @property
    def has_more(self) -> bool:
        """Whether the file has further pages."""
        return bool(self._dataset.subdatasets)

    def read(self, bands: tuple[int, ...], top: int, bottom: int) -> np.ndarray:
        """Rows of some bands (N, bottom - top, W) in the file's dtype."""
        return self._dataset.read(list(bands), window=self._window(top, bottom))

    def read_mask(self, top: int, bottom: int) -> np.ndarray:
        """Which pixels of some rows have data by the file's mask, bool (bottom - top, W)."""
        return self._dataset.read_masks(1, window=self._window(top, bottom)) > 0

    def sample(self, bands: tuple[int, ...]) -> np.ndarray:
        """The bands with at most `SAMPLE` pixels along a side (N, h, w), by leaving pixels out."""
        return self._dataset.read(list(bands), out_shape=(len(bands), *self._sample_size))

    def sample_mask(self) -> np.ndarray:
        """Which pixels of a sample have data by the file's mask, bool (h, w)."""
        return self._dataset.read_masks(1, out_shape=self._sample_size) > 0

    def _window(self, top: int, bottom: int) -> tuple[tuple[int, int], tuple[int, int]]:
        return (top, bottom), (0, self.info.width)


@contextmanager
def open_raster(path: Path) -> Iterator[Raster]:
    """A raster to read from.

    Raises ClassSRError for a file that GDAL cannot read, or with values that are not supported.
    """
    with gdal(path) as rasterio, rasterio.open(path) as dataset:
        info = _info(dataset, path)
    with gdal(path, cache=info.cache) as rasterio, rasterio.open(path) as dataset:
        yield Raster(dataset, info)


def has_mask(dataset: Any) -> bool:
    """Whether a file tells beside its bands which pixels have data."""
    return [flag.name for flag in dataset.mask_flag_enums[0]] == ["per_dataset"]


def _info(dataset: Any, path: Path) -> RasterInfo:
    if len(set(dataset.dtypes)) > 1 or dataset.dtypes[0] not in DTYPES:
        raise ClassSRError(
            f"{path}: expected bands of {', '.join(DTYPES)}, found {', '.join(dataset.dtypes)}; "
            f"convert them by gdal_translate -ot Float32"
        )
    colours = tuple(colour.name for colour in dataset.colorinterp)
    if "palette" in colours or "cyan" in colours:
        raise ClassSRError(
            f"{path}: a palette (of 1 bit, too) or CMYK; convert it first, say by gdal_translate "
            f"-expand rgb"
        )
    if dataset.tags().get("EXIF_Orientation", "1") != "1":
        raise ClassSRError(f"{path}: lies on its side by its EXIF data; turn it upright first")
    return RasterInfo(
        height=dataset.height,
        width=dataset.width,
        dtype=np.dtype(dataset.dtypes[0]),
        colours=colours,
        nodata=tuple(dataset.nodatavals),
        has_mask=has_mask(dataset),
        is_map=dataset.crs is not None or not dataset.transform.is_identity,
        block_rows=max(rows for rows, _ in dataset.block_shapes),
    )
