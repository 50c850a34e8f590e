"""What several test files share: a small folder of pairs, and commands run in this process."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import paddle
import pytest

from classsr.checkpoints.native import save_network
from classsr.cli.main import dispatch
from classsr.images.resize import imresize
from classsr.images.rgb import write_image
from classsr.models.classifier import Classifier
from classsr.models.spec import classsr_spec, create

TRAINING = """
name: {name}
branches: [{{type: FSRCNN, d: 8, init: bicubic}}, {{type: FSRCNN, d: 12, init: bicubic}}]
network: {network}
datasets:
  train: {{dataroot_GT: {data}/GT, dataroot_LQ: {data}/LR, batch_size: 4}}
  val: [{{name: pairs, dataroot_GT: {val}/GT, dataroot_LQ: {val}/LR}}]
train:
  niter: 6
  lr: 1e-3
  scheduler: {{type: CosineAnnealingLR_Restart, T_period: [6]}}
logger: {{print_freq: 2, save_checkpoint_freq: 2, keep_checkpoints: 2}}
val: {{val_freq: 3}}
path: {{experiments: {experiments}}}
"""


def photograph(height: int, width: int, *, seed: int = 0) -> np.ndarray:
    """A smooth random RGB image with an edge and some noise, uint8."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (max(height // 16, 4), max(width // 16, 4), 3), dtype=np.uint8)
    image = imresize(coarse, size=(height, width))
    image[:, width // 2 :] //= 2
    noise = rng.integers(0, 20, image.shape, dtype=np.uint8)
    return np.minimum(image, 235) + noise


def write_pairs(folder: Path, *, lr_sizes: list[tuple[int, int]], scale: int = 4) -> Path:
    """Write folder/GT and folder/LR with one pair for each LR size (height, width)."""
    for number, (height, width) in enumerate(lr_sizes):
        hr = photograph(height * scale, width * scale, seed=number)
        write_image(folder / "GT" / f"{number:04}.png", hr)
        write_image(folder / "LR" / f"{number:04}.png", imresize(hr, scale=1 / scale))
    return folder


class ByBrightness(Classifier):
    """A classifier whose class is known: dark tiles 0, bright tiles the last."""

    def forward(self, lr: paddle.Tensor) -> paddle.Tensor:
        levels = lr.mean(axis=[1, 2, 3]).reshape([-1, 1])
        centres = paddle.linspace(0, 1, self.head.weight.shape[1]).reshape([1, -1])
        return -((levels - centres) ** 2)


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What is measured for small networks stays out of the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two whole images."""
    return write_pairs(tmp_path_factory.mktemp("pairs"), lr_sizes=[(70, 61), (33, 92)])


@pytest.fixture(scope="session")
def sub_images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight sub-images for training, in the classic layout."""
    return write_pairs(tmp_path_factory.mktemp("sub_images"), lr_sizes=[(32, 32)] * 8)


@pytest.fixture
def training(tmp_path: Path, sub_images: Path, pairs: Path) -> Callable[[str, str], Path]:
    """Writes the option file of a small experiment."""

    def write(name: str, network: str) -> Path:
        path = tmp_path / f"{name}.yml"
        text = TRAINING.format(
            name=name,
            network=network,
            data=sub_images,
            val=pairs,
            experiments=tmp_path / "experiments",
        )
        path.write_text(text)
        return path

    return write


@pytest.fixture
def command() -> Iterator[Callable[..., None]]:
    """Run a command line; errors are raised, not printed, and messages left to pytest."""
    log = logging.getLogger("classsr")
    level, propagate, handlers = log.level, log.propagate, list(log.handlers)

    def call(*words: str | Path) -> None:
        log.setLevel(logging.INFO)
        dispatch(list(map(str, words)), "classsr")

    yield call
    log.setLevel(level)
    log.propagate, log.handlers = propagate, handlers


@pytest.fixture(scope="session")
def bilinear_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ClassSR of two small branches that both are exactly a bilinear interpolation."""
    spec = classsr_spec([{"type": "SRResNet", "nf": nf, "nb": 1} for nf in (4, 8)])
    network = create(spec, scale=4)
    for branch in network.branches:
        for parameter in branch.conv_last.parameters():
            parameter.set_value(paddle.zeros_like(parameter))
    path = tmp_path_factory.mktemp("model") / "bilinear.safetensors"
    save_network(path, network, spec=spec)
    return path
