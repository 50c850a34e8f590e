"""The split logs that the authors of ClassSR publish: a PSNR for every sub-image, as text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from classsr.data.prepare.layouts import file_name
from classsr.errors import ClassSRError
from classsr.system.files import read_bytes

# 20-04-14 00:47:54.197 - INFO: 0558_s290            - PSNR: 26.473503 dB; SSIM: 0.751480; ...
_LINE = re.compile(r"INFO: (\S+_s\d+)\s+- PSNR: (\S+) dB")


def read_split_log(path: Path) -> dict[str, float]:
    """PSNR in dB by the name of the sub-image; ClassSRError where the file holds none."""
    lines = _LINE.findall(read_bytes(path).decode(errors="replace"))
    try:
        scores = {name: float(psnr) for name, psnr in lines}
    except ValueError as error:
        raise ClassSRError(f"{path}: holds a PSNR that is no number ({error})") from error
    if not scores:
        raise ClassSRError(
            f"{path}: holds no line like 'INFO: 0001_s001 - PSNR: 27.17 dB'; "
            "expected divide_train.log or divide_val.log of the original authors"
        )
    return scores


def scores_from_log(
    scores: Mapping[str, float], crops: Mapping[str, int], *, log: Path
) -> dict[str, np.ndarray]:
    """The scores of a set's sub-images by photograph, in order.

    crops: how many sub-images every photograph has. Raises ClassSRError where one has no score.
    """
    found = {}
    for name, n in crops.items():
        stems = [Path(file_name(name, number)).stem for number in range(n)]
        missing = [stem for stem in stems if stem not in scores]
        if missing:
            raise ClassSRError(
                f"{log}: has no score for {missing[0]} ({len(missing)} of the {n} sub-images of "
                f"{name}); expected the log of this very set of sub-images"
            )
        found[name] = np.array([scores[stem] for stem in stems])
    return found
