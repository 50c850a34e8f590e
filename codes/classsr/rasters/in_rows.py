"""Which pictures `upscale` reads in rows, and what it does with them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from classsr.errors import ClassSRError
from classsr.images.origin import Origin
from classsr.inference.pictures.jobs import Job
from classsr.inference.upscaler import Upscaler
from classsr.inference.usage import Usage
from classsr.rasters.header import LARGE, check_pixels, is_map, picture_size
from classsr.rasters.raster import is_installed, open_raster
from classsr.rasters.upscale_raster import PartMaker, RasterSettings, upscale_raster

FORMATS = (".tif", ".tiff", ".png", ".jpg", ".jpeg", ".jp2")

log = logging.getLogger("classsr")


@dataclass(frozen=True)
class InRows:
    """Does jobs of maps and large pictures (see `pictures.attempt.Attempt`).

    make: who makes the parts; this process where it is left out.
    """

    settings: RasterSettings
    make: PartMaker | None = None

    def takes(self, job: Job, upscaler: Upscaler) -> bool:
        """Whether a picture is a map, is to be read as one, or is large."""
        source, settings = job.source, self.settings
        if not source.is_file():  # a pipe would be waited for; the reader of pictures refuses it
            return False
        if settings.bands or settings.values or settings.overviews or is_map(source):
            return True
        size = picture_size(source)
        if size is None:
            return False
        check_pixels(source, *size, most=settings.most_pixels)
        pixels = size[0] * size[1]
        names = {source.suffix.lower(), job.target.suffix.lower()}
        if pixels < LARGE or not names.issubset(FORMATS) or upscaler.scale != upscaler.runner.scale:
            return False
        if not is_installed():  # the error tells what to install where Pillow gives up
            return pixels > 2 * (Image.MAX_IMAGE_PIXELS or pixels)
        return _can_be_read(job)

    def __call__(
        self, job: Job, upscaler: Upscaler, origin: Origin, progress: Callable[[float], object]
    ) -> Usage:
        """Upscale a picture from file to file."""
        if job.class_map is not None:
            log.info("%s: no class map, which is for pictures that are read whole", job.source)
        return upscale_raster(
            job.source,
            job.target,
            upscaler,
            settings=self.settings,
            origin=origin,
            progress=progress,
            make=self.make,
        )


def _can_be_read(job: Job) -> bool:
    """Whether GDAL reads a large picture as it is meant: one page, upright, no palette."""
    try:
        with open_raster(job.source) as raster:
            return not raster.has_more
    except ClassSRError:
        return False
