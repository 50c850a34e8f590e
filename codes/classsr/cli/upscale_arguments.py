"""The arguments of `classsr upscale`, named as other super-resolution tools name them."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import get_args

from classsr.images.formats import EXTENSIONS
from classsr.images.origin import Origin
from classsr.rasters.bands import parse_bands
from classsr.rasters.header import MOST_PIXELS
from classsr.rasters.upscale_raster import RasterSettings
from classsr.rasters.values import ValueRange, parse_range
from classsr.runtime.select import Backend, Precision


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Pictures, network, computing, maps, and what is told."""
    files = parser.add_argument_group("pictures")
    add = files.add_argument
    add("-i", "--input", nargs="+", required=True, metavar="PATH", help="files, folders, patterns")
    add("-o", "--output", required=True, help="folder, or file for a single picture")
    add("-r", "--recursive", action="store_true", help="go into folders below, and keep the tree")
    add("--suffix", default="", help="put behind each name with an underscore, as in --suffix x4")
    endings = ["auto", *(extension[1:] for extension in EXTENSIONS)]
    add("--ext", default="auto", choices=endings, help="format; auto keeps that of the picture")
    add("--quality", type=_between(1, 100), help="of JPEG and WebP, 1 to 100 (default: 95)")
    frames = "of an animation; all pages of a TIFF are done anyway"
    add("--frames", default="first", choices=["first", "all"], help=frames)
    add("--overwrite", action="store_true", help="do finished pictures again, replace other files")
    add("--dry-run", action="store_true", help="tell what would be written, and write nothing")

    network = parser.add_argument_group("network")
    add = network.add_argument
    names = "name, checkpoint, published weights or exported folder"
    add("-n", "-m", "--model", default="ClassSR_SESR", help=names)
    scale = "of the result (default: that of the network)"
    add("-s", "--scale", "--outscale", type=float, help=scale)
    add("-t", "--tile", type=int, default=32, help="side of the classified tiles, LR pixels")
    budget = "computation to spend: 50%% or 0.5, 0.3GFLOPs a tile, 2.5s a megapixel"
    add("--budget", help=budget)

    computing = parser.add_argument_group("computing")
    add = computing.add_argument
    add("--device", default="auto", choices=["auto", "cpu", "gpu"], help="where to compute")
    add("--backend", default="auto", choices=get_args(Backend), help="what computes")
    add("--precision", default="auto", choices=get_args(Precision), help="of the branches")
    processes = "do so many pictures, or parts of a large one, at the same time"
    add("--processes", type=_between(1, 1024), default=1, metavar="N", help=processes)
    cluster = "do so on a Ray cluster: auto, or its address"
    add("--cluster", metavar="ADDRESS", help=cluster)

    maps = parser.add_argument_group("maps and large pictures")
    add = maps.add_argument
    add("--bands", type=parse_bands, metavar="R,G,B", help="bands that show red, green and blue")
    values = "values that become black and white; those beyond stay in proportion"
    add("--range", type=parse_range, metavar="LOW,HIGH", help=values)
    add("--overviews", action="store_true", help="write a COG with overviews")
    most = "refuse more pixels than this (default: %(default)s)"
    add("--max-pixels", type=_between(1, 2**40), default=MOST_PIXELS, metavar="N", help=most)

    telling = parser.add_argument_group("what is told")
    add = telling.add_argument
    add("--class-map", action="store_true", help="write <name>_classes.png, tinted by class")
    add("--report", type=Path, metavar="FILE", help="write counts, FLOPs and seconds as JSON")
    add("--quiet", action="store_true", help="errors and warnings only")
    add("--verbose", action="store_true", help="what computes in detail, and traces of errors")
    add("--log-json", action="store_true", help="a JSON object for each message, and no bar")


def settings_of_maps(arguments: argparse.Namespace) -> RasterSettings:
    """The flags of maps and large pictures."""
    return RasterSettings(
        bands=arguments.bands,
        values=arguments.range,
        most_pixels=arguments.max_pixels,
        overviews=arguments.overviews,
        quality=arguments.quality or RasterSettings.quality,
    )


def flags_of_maps(arguments: argparse.Namespace) -> Origin:
    """Those that change a result, where they are given."""
    values: ValueRange | None = arguments.range
    flags = {
        "bands": arguments.bands and list(arguments.bands),
        "range": values and [values.low, values.high],
        "overviews": arguments.overviews,
    }
    return {name: value for name, value in flags.items() if value}


def _between(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
            raise argparse.ArgumentTypeError(f"expected {low} to {high}, found {text}")
        return int(text)

    return read
