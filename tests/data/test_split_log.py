"""The logs of the original authors."""

from __future__ import annotations

from pathlib import Path

import pytest

from classsr.data.prepare.score import read_split_log, scores_from_log
from classsr.errors import ClassSRError

LOG = """\
20-04-13 22:10:00.001 - INFO: Testing [DIV2K800_scale_sub]...
20-04-14 00:47:54.197 - INFO: 0558_s001            - PSNR: 26.473503 dB; SSIM: 0.751480; PSNR_Y: \
27.8 dB; SSIM_Y: 0.76.
20-04-14 00:47:54.248 - INFO: 0558_s002            - PSNR: 26.580721 dB; SSIM: 0.764139.
20-04-14 00:47:54.300 - INFO: 0.9_0558_s001        - PSNR: 35.955706 dB; SSIM: 0.801685.
20-04-14 02:00:00.000 - INFO: ----Average PSNR/SSIM results for DIV2K----
\tPSNR: 30.1 dB; SSIM: 0.8
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "divide_train.log"
    path.write_text(LOG)
    return path


def test_scores_are_read_by_name_and_put_in_order(log: Path) -> None:
    scores = read_split_log(log)
    assert scores == {
        "0558_s001": 26.473503,
        "0558_s002": 26.580721,
        "0.9_0558_s001": 35.955706,
    }
    by_photograph = scores_from_log(scores, {"0.9_0558": 1, "0558": 2}, log=log)
    assert by_photograph["0558"].tolist() == [26.473503, 26.580721]


def test_a_log_of_another_set_is_refused(log: Path) -> None:
    with pytest.raises(ClassSRError, match=r"divide_train\.log: has no score for 0558_s003 \(1 of"):
        scores_from_log(read_split_log(log), {"0558": 3}, log=log)


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ClassSRError, match="cannot be read"):
        read_split_log(tmp_path / "missing.log")
    (tmp_path / "other.log").write_text("epoch 1\n")
    with pytest.raises(ClassSRError, match="holds no line like"):
        read_split_log(tmp_path / "other.log")
