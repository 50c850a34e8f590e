"""What the paper publishes, as it prints it (Kong et al., CVPR 2021)."""

from __future__ import annotations

from typing import NamedTuple


class Published(NamedTuple):
    """One result: PSNR RGB in dB, and the FLOPs of a tile with their share of the original's."""

    psnr: str
    flops: str


BACKBONES = ("FSRCNN", "CARN", "SRResNet", "RCAN")  # of the paper

PARAMETERS = {
    "FSRCNN-O": "25K",
    "ClassSR-FSRCNN": "113K",
    "CARN-O": "295K",
    "ClassSR-CARN": "645K",
    "SRResNet-O": "1.5M",
    "ClassSR-SRResNet": "3.1M",
    "RCAN-O": "15.6M",
    "ClassSR-RCAN": "30.1M",
}

SETS = ("Test2K", "Test4K", "Test8K", "Test8K_2K", "Test8K_4K")


def _row(*cells: str) -> dict[str, Published]:
    """The results on `SETS`, each printed as PSNR and FLOPs."""
    parts = (cell.split(" ", 1) for cell in cells)
    return {name: Published(*part) for name, part in zip(SETS, parts, strict=True)}


# Test8K stands in two of the paper's tables; where their FLOPs differ, this is the main one's.
# CARN's 814M on Test2K is what 71% of 1.15G comes to; one secondary source prints 841M.
RESULTS: dict[str, dict[str, Published]] = {
    "FSRCNN-O": _row("25.61 468M", "26.90 468M", "32.66 468M", "28.72 468M", "30.27 468M"),
    "ClassSR-FSRCNN": _row(
        "25.61 311M (66%)",
        "26.91 286M (61%)",
        "32.73 238M (51%)",
        "28.73 282M (60%)",
        "30.30 259M (55%)",
    ),
    "CARN-O": _row("25.95 1.15G", "27.34 1.15G", "33.18 1.15G", "29.33 1.15G", "30.88 1.15G"),
    "ClassSR-CARN": _row(
        "26.01 814M (71%)", "27.42 742M (64%)", "33.24 608M (53%)", "29.29 0.72G", "30.86 0.67G"
    ),
    "SRResNet-O": _row("26.19 5.20G", "27.65 5.20G", "33.50 5.20G", "29.55 5.20G", "31.13 5.20G"),
    "ClassSR-SRResNet": _row(
        "26.20 3.62G (70%)", "27.66 3.30G (63%)", "33.50 2.70G (52%)", "29.56 3.20G", "31.14 2.95G"
    ),
    "RCAN-O": _row("26.39 32.60G", "27.89 32.60G", "33.76 32.60G", "29.83 32.60G", "31.41 32.60G"),
    "ClassSR-RCAN": _row(
        "26.39 21.22G (65%)",
        "27.88 19.49G (60%)",
        "33.73 16.36G (50%)",
        "29.80 18.98G",
        "31.40 17.46G",
    ),
}

# Mean PSNR in dB of the tiles of each class, on the paper's own tiles.
TILE_PSNR: dict[str, dict[str, str]] = {
    "FSRCNN branch 1": {"simple": "42.71"},
    "FSRCNN branch 2": {"medium": "29.62"},
    "FSRCNN branch 3": {"hard": "22.73"},
    "FSRCNN-O": {"simple": "42.70", "medium": "29.69", "hard": "22.71"},
}

# PSNR RGB in dB of the original weights / of the Paddle reproduction of 2021, by its authors.
SET5_PSNR = {
    "RCAN branch 1": "30.275 / 30.281",
    "RCAN branch 2": "30.593 / 30.492",
    "RCAN branch 3": "30.430 / 30.178",
}
