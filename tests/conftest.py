"""What several test files share: a small folder of pairs, and commands run in this process."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import paddle
import pytest

from classsr.checkpoints.native import save_network
from classsr.cli.main import dispatch
from classsr.models.spec import classsr_spec, create
from samples import write_pairs

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
