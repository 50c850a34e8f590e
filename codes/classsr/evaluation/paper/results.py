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

# Test8K stands in two of the paper's tables; where their FLOPs differ, this is the main one's.
# CARN's 814M on Test2K is what 71% of 1.15G comes to; one secondary source prints 841M.
RESULTS: dict[str, dict[str, Published]] = {
    "FSRCNN-O": {
        "Test2K": Published("25.61", "468M"),
        "Test4K": Published("26.90", "468M"),
        "Test8K": Published("32.66", "468M"),
        "Test8K_2K": Published("28.72", "468M"),
        "Test8K_4K": Published("30.27", "468M"),
    },
    "ClassSR-FSRCNN": {
        "Test2K": Published("25.61", "311M (66%)"),
        "Test4K": Published("26.91", "286M (61%)"),
        "Test8K": Published("32.73", "238M (51%)"),
        "Test8K_2K": Published("28.73", "282M (60%)"),
        "Test8K_4K": Published("30.30", "259M (55%)"),
    },
    "CARN-O": {
        "Test2K": Published("25.95", "1.15G"),
        "Test4K": Published("27.34", "1.15G"),
        "Test8K": Published("33.18", "1.15G"),
        "Test8K_2K": Published("29.33", "1.15G"),
        "Test8K_4K": Published("30.88", "1.15G"),
    },
    "ClassSR-CARN": {
        "Test2K": Published("26.01", "814M (71%)"),
        "Test4K": Published("27.42", "742M (64%)"),
        "Test8K": Published("33.24", "608M (53%)"),
        "Test8K_2K": Published("29.29", "0.72G"),
        "Test8K_4K": Published("30.86", "0.67G"),
    },
    "SRResNet-O": {
        "Test2K": Published("26.19", "5.20G"),
        "Test4K": Published("27.65", "5.20G"),
        "Test8K": Published("33.50", "5.20G"),
        "Test8K_2K": Published("29.55", "5.20G"),
        "Test8K_4K": Published("31.13", "5.20G"),
    },
    "ClassSR-SRResNet": {
        "Test2K": Published("26.20", "3.62G (70%)"),
        "Test4K": Published("27.66", "3.30G (63%)"),
        "Test8K": Published("33.50", "2.70G (52%)"),
        "Test8K_2K": Published("29.56", "3.20G"),
        "Test8K_4K": Published("31.14", "2.95G"),
    },
    "RCAN-O": {
        "Test2K": Published("26.39", "32.60G"),
        "Test4K": Published("27.89", "32.60G"),
        "Test8K": Published("33.76", "32.60G"),
        "Test8K_2K": Published("29.83", "32.60G"),
        "Test8K_4K": Published("31.41", "32.60G"),
    },
    "ClassSR-RCAN": {
        "Test2K": Published("26.39", "21.22G (65%)"),
        "Test4K": Published("27.88", "19.49G (60%)"),
        "Test8K": Published("33.73", "16.36G (50%)"),
        "Test8K_2K": Published("29.80", "18.98G"),
        "Test8K_4K": Published("31.40", "17.46G"),
    },
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
