"""Super-resolve pictures: classsr upscale -i photos -o results"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from classsr.errors import ClassSRError
from classsr.images.formats import EXTENSIONS, check_writable
from classsr.images.picture_reader import count_pixels, read_picture
from classsr.images.picture_writer import write_picture
from classsr.images.rgb import to_float, write_image
from classsr.inference.class_map import class_map
from classsr.inference.full import Plan
from classsr.inference.upscale_files import Job, find_sources, make_jobs
from classsr.inference.upscaler import Upscaler
from classsr.inference.usage import Usage, summary, to_json, usage_of
from classsr.runtime.select import Backend, Precision
from classsr.system.files import is_there, write_atomic

log = logging.getLogger("classsr")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags, named as other super-resolution tools name them."""
    add = parser.add_argument
    add("-i", "--input", nargs="+", required=True, metavar="PATH", help="files, folders, patterns")
    add("-o", "--output", type=Path, required=True, help="folder, or file for a single picture")
    add(
        "-n",
        "--model",
        default="ClassSR_FSRCNN",
        help="name, checkpoint, published weights or exported folder",
    )
    add(
        "-s",
        "--scale",
        "--outscale",
        type=float,
        help="of the result (default: that of the network)",
    )
    add("--suffix", default="", help="put behind each name with an underscore, as in --suffix x4")
    add(
        "--ext",
        default="auto",
        choices=["auto", *(extension[1:] for extension in EXTENSIONS)],
        help="format of the results; auto keeps that of the picture",
    )
    add("-t", "--tile", type=int, default=32, help="side of the classified tiles, LR pixels")
    add("--device", default="auto", choices=["auto", "cpu", "gpu"], help="where to compute")
    add("--backend", default="auto", choices=get_args(Backend), help="what computes")
    add("--precision", default="auto", choices=get_args(Precision), help="of the branches")
    add("--budget", help="computation to spend: 50%%, 0.3GFLOPs a tile or 2.5s a megapixel")
    add("--overwrite", action="store_true", help="upscale again what has been written before")
    add("--class-map", action="store_true", help="write <name>_classes.png, tinted by class")
    add("--report", type=Path, metavar="FILE", help="write counts, FLOPs and seconds as JSON")


def run(arguments: argparse.Namespace) -> None:
    """Upscale all pictures, those that fail aside, and fail at the end where any did."""
    jobs = make_jobs(
        find_sources(arguments.input),
        arguments.output,
        suffix=arguments.suffix,
        extension=arguments.ext,
    )
    due = [job for job in jobs if arguments.overwrite or not is_there(job.target)]
    if len(due) < len(jobs):
        log.info("%d finished before, --overwrite does them again", len(jobs) - len(due))
    if not due:
        return
    upscaler = Upscaler(
        arguments.model,
        scale=arguments.scale,
        tile=arguments.tile,
        device=arguments.device,
        backend=arguments.backend,
        precision=arguments.precision,
        budget=arguments.budget,
    )
    done: dict[Job, Usage] = {}
    failed: dict[Job, str] = {}
    try:
        upscale_files(due, upscaler, with_map=arguments.class_map, done=done, failed=failed)
    finally:  # an interrupted run reports on what it finished
        if arguments.report:
            about = {"model": arguments.model, "scale": upscaler.scale, "budget": arguments.budget}
            write_atomic(arguments.report, to_json(about, done, failed, upscaler.cost).encode())
    if failed:
        raise ClassSRError(f"{len(failed)} of {len(due)} pictures could not be upscaled, see above")


def upscale_files(
    jobs: list[Job],
    upscaler: Upscaler,
    *,
    with_map: bool,
    done: dict[Job, Usage],
    failed: dict[Job, str],
) -> None:
    """Upscale one picture after the other and note in `done` or `failed` what became of it."""
    pixels = {job: count_pixels(job.source) for job in jobs}
    total = sum(pixels.values())
    with (
        tqdm(total=total, unit="pixel", unit_scale=True, disable=None) as bar,
        logging_redirect_tqdm([log]),
    ):
        for job in jobs:

            def progress(share: float, pixels: int = pixels[job]) -> None:
                bar.update(share * pixels)

            try:
                done[job] = upscale_file(job, upscaler, with_map=with_map, progress=progress)
            except ClassSRError as error:
                failed[job] = str(error)
                tqdm.write(f"error: {error}", file=sys.stderr)
            else:
                log.info("%s: %s", job.target, summary(done[job], upscaler.cost))


def upscale_file(
    job: Job, upscaler: Upscaler, *, with_map: bool, progress: Callable[[float], object]
) -> Usage:
    """Upscale one picture; its file comes last, because a picture that is there is finished."""
    picture = read_picture(job.source)
    check_writable(job.target, picture, scale=upscaler.scale)
    begin = time.perf_counter()
    try:
        upscaled = upscaler.upscale(picture.pixels, progress=progress)
    except MemoryError as error:
        raise ClassSRError(
            f"{job.source}: too large for the memory; cut the picture into parts"
        ) from error
    seconds = time.perf_counter() - begin
    if with_map:
        write_image(
            job.class_map, overview(upscaled.plans[0], num_classes=upscaler.runner.num_classes)
        )
    write_picture(job.target, replace(picture, pixels=upscaled.image))
    return usage_of(upscaled.plans, num_classes=upscaler.runner.num_classes, seconds=seconds)


def overview(plan: Plan, *, num_classes: int) -> np.ndarray:
    """The picture in its own size, tinted by class, uint8."""
    levels = to_float(plan.image[: plan.height, : plan.width]) * 255
    return class_map(levels, plan.tiling, plan.classes, num_classes=num_classes)
