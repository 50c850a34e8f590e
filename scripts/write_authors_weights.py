"""Write the section "With the authors' weights" of docs/alignment.md from files that are there.

python scripts/write_authors_weights.py WEIGHTS --sets DIR [--set NAME GT LR ...]

WEIGHTS is a folder of the .pth files that the authors published, DIR one with Set5, Set14 and B100
(HR and LR_bicubic/X4). The weights carry no licence, so that they are no part of this project.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from classsr.checkpoints.load import open_network
from classsr.data.paired_folder import PairFolder
from classsr.evaluation.image_scores import psnr_of
from classsr.evaluation.markdown import table
from classsr.evaluation.report import flops_and_share
from classsr.inference.full_protocol import full_protocol
from classsr.inference.paper_protocol import paper_protocol
from classsr.inference.run_tiles import Restored
from classsr.models.flops import count_network
from classsr.runtime.select import choose_runner

PAGE = Path(__file__).resolve().parent.parent / "docs" / "alignment.md"
TITLE = "## With the authors' weights\n"
HEADER = ("weights", "images", "protocol", "PSNR", "tiles by class", "FLOPs")
CROP_BORDER = 4
NOTES = """
The files that the authors published, read as they are. PSNR in dB on RGB without 4 pixels at each
edge; FLOPs of a tile as the paper counts them, in brackets the share of the widest branch. *paper*:
tiles of 32 LR pixels every 28, each rounded to 8 bits; *whole*: in one piece, not rounded.
Written by `python scripts/write_authors_weights.py`; the files carry no licence and are no part of
this project.
"""
BESIDE = """
Image 1201 of Test2K elsewhere: ClassSR-RCAN 32.201 dB, tiles 23 / 0 / 5, 43.9%, in the log of the
Paddle reproduction of 2021, whose tiling keeps other tiles, so that its counts are not those of the
table; ARM (ECCV 2022) with FSRCNN 31.380 dB at 275 M.
"""


def rows(weights: Path, sets: dict[str, PairFolder]) -> Iterator[tuple[str, ...]]:
    """A row for each file and data set, printed as soon as it is known."""
    for path in sorted(weights.glob("*.pth")):
        network, _ = open_network(path)
        runner, cost = choose_runner(network, precision="float32"), count_network(network)
        for name, pairs in sets.items():
            protocols: dict[str, Callable[..., Restored]] = {"paper": paper_protocol}
            if name == "Set5" and runner.num_classes == 1:
                protocols["whole"] = full_protocol
            for called, protocol in protocols.items():
                values, tiles = [], np.zeros(runner.num_classes, int)
                for lr, hr in pairs:
                    restored = protocol(lr, runner)
                    values.append(psnr_of(restored, hr, crop_border=CROP_BORDER))
                    tiles += np.bincount(restored.classes, minlength=len(tiles))
                paper = np.array([branch.paper for branch in cost.branches])
                flops = float((tiles * paper).sum() / tiles.sum())
                row = (
                    *(path.stem, name, called, f"{np.mean(values):.3f}"),
                    " / ".join(map(str, tiles)),
                    flops_and_share(flops, cost.branches[-1].paper),
                )
                print(*row, sep="  ", flush=True)
                yield row


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("weights", type=Path)
    parser.add_argument("--sets", type=Path, required=True, metavar="DIR")
    parser.add_argument("--set", nargs=3, action="append", default=[], metavar=("NAME", "GT", "LR"))
    given = parser.parse_args()
    folders = {
        name: (given.sets / name / "HR", given.sets / name / "LR_bicubic" / "X4")
        for name in ("Set5", "Set14", "B100")
    } | {name: (Path(gt), Path(lr)) for name, gt, lr in given.set}
    sets = {
        name: PairFolder(gt=gt, lq=lq, scale=4) for name, (gt, lq) in folders.items() if gt.is_dir()
    }
    section = table(HEADER, rows(given.weights, sets), text_columns=3)
    page = PAGE.read_text().partition(TITLE)[0].rstrip()
    PAGE.write_text(f"{page}\n\n{TITLE}{NOTES}\n{section}\n{BESIDE}")


if __name__ == "__main__":
    main()
