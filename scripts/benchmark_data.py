"""Measure the data path: resizing against Pillow, and the two layouts of a training set."""

from __future__ import annotations

import argparse
import resource
import tempfile
from collections import deque
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from classsr.cli.main import errors_in_one_line
from classsr.data.loader import PairDataset, batches
from classsr.data.packed import PackedSet
from classsr.data.paired_folder import PairFolder
from classsr.data.prepare.crops import crops_for_training
from classsr.data.prepare.paper_sets import TRAINING_FACTORS
from classsr.data.prepare.pipeline import prepare
from classsr.data.prepare.sources import photographs
from classsr.images.resize import imresize
from classsr.system.clock import seconds_of

_BATCH_SIZE = 16


def benchmark_resize() -> None:
    """Shrink a 7680 x 4320 RGB image by 4; the peak includes the image and the interpreter."""
    image = np.random.default_rng(0).integers(0, 256, (4320, 7680, 3), dtype=np.uint8)
    ours = min(seconds_of(lambda: imresize(image, scale=1 / 4), repetitions=3))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    picture = Image.fromarray(image)
    shrink = partial(picture.resize, (1920, 1080), Image.Resampling.BICUBIC)
    pillow = min(seconds_of(shrink, repetitions=3))
    print(f"7680x4320 / 4: imresize {ours:.3f} s, Pillow {pillow:.3f} s, ratio {ours / pillow:.2f}")
    print(f"peak memory {peak:.2f} GB")


def benchmark_layouts(hr: Path, *, long_side: int | None) -> None:
    """Prepare a set in both layouts; print megabytes and augmented pairs per second."""
    source = photographs(hr, factors=TRAINING_FACTORS, long_side=long_side)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        crops = crops_for_training(4)
        prepare(source, out=folder / "packed", layout="packed", crops=crops)
        prepare(source, out=folder / "folders", layout="folders", crops=crops)
        arrays = [*folder.glob("packed/hr/*.npy"), *folder.glob("packed/lr/*.npy")]
        raw = sum(np.load(path, mmap_mode="r").nbytes for path in arrays)
        folders = PairFolder(gt=folder / "folders/GT", lq=folder / "folders/LR", scale=4)
        print(f"\n{len(folders)} pairs; pixels of the scaled photographs {raw / 1e6:.0f} MB")
        datasets: dict[str, PairDataset] = {
            "packed": PackedSet(folder / "packed"),
            "folders": folders,
        }
        for name, dataset in datasets.items():
            rate, on_disk = pairs_per_second(dataset), disk_use(folder / name)
            print(f"{name}: {rate:.0f} pairs/s, {on_disk / 1e6:.0f} MB ({on_disk / raw:.2f})")


def pairs_per_second(dataset: PairDataset) -> float:
    """What one worker delivers, flipped and rotated, once a first pass has brought in the files."""
    n_batches = len(dataset) // _BATCH_SIZE
    stream = batches(dataset, batch_size=_BATCH_SIZE, seed=0, n_workers=1)
    for _ in islice(stream, n_batches):
        pass
    (seconds,) = seconds_of(lambda: deque(islice(stream, n_batches), maxlen=0), repetitions=1)
    return n_batches * _BATCH_SIZE / seconds


def disk_use(folder: Path) -> int:
    """Bytes that the file system takes for a folder; hard links count once."""
    stats = {path.stat().st_ino: path.stat() for path in folder.rglob("*") if path.is_file()}
    return sum(stat.st_blocks * 512 for stat in stats.values())


def run() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hr", type=Path, default=Path("datasets/sample/GT"), help="photographs")
    parser.add_argument("--long-side", type=int, help="first shrink them to so many pixels")
    given = parser.parse_args()
    benchmark_resize()
    benchmark_layouts(given.hr, long_side=given.long_side)


if __name__ == "__main__":
    with errors_in_one_line():
        run()
