"""The network of any file of weights: a checkpoint of this project, or published weights."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import paddle
from paddle import nn

from classsr.checkpoints.native import is_checkpoint, load_network, set_weights
from classsr.checkpoints.published.reader import read_weights
from classsr.checkpoints.recognise import USUAL_SCALE, recognise
from classsr.checkpoints.torch_names import from_published, published_name
from classsr.errors import ClassSRError
from classsr.models.bounds import SCALES
from classsr.models.classsr import split_network
from classsr.models.spec import check_spec, create

log = logging.getLogger("classsr")
PROBE = 16  # LR pixels, side of the tile that every network is tried on
PUBLISHED = (".pth", ".pt", ".ckpt", ".pdparams", ".npz")


def open_network(path: Path) -> tuple[nn.Layer, dict[str, Any]]:
    """The network of a file in evaluation mode, and its description (see `models.spec`).

    Raises ClassSRError for a file that is missing, damaged, of another network, or of one that
    computes no numbers.
    """
    foreign = path.suffix in PUBLISHED or (path.is_file() and not is_checkpoint(path))
    network, spec = load_published(path) if foreign else load_network(path)
    check_numbers(network, source=path)
    return network, spec


@paddle.no_grad()
def check_numbers(network: nn.Layer, *, source: Path) -> None:
    """Run classifier and branches on a tile of noise; ClassSRError where one overflows.

    Finite weights may do that, and then all pictures are black without a word.
    """
    noise = np.random.default_rng(0).random((1, 3, PROBE, PROBE), dtype=np.float32)
    classifier, branches = split_network(network)
    parts = {f"branch {number}": branch for number, branch in enumerate(branches, start=1)}
    if classifier is not None:
        parts["the classifier"] = classifier
    for name, part in parts.items():
        if not np.isfinite(part(paddle.to_tensor(noise)).numpy()).all():
            raise ClassSRError(f"{source}: {name} overflows; its weights are damaged")


def load_published(
    path: Path, *, spec: dict[str, Any] | None = None, scale: int | None = None
) -> tuple[nn.Layer, dict[str, Any]]:
    """The network of published weights in evaluation mode, and its description.

    spec, scale: of the network; what is left out is recognised, and what weights do not tell is
        logged with the value that is taken.
    Raises ClassSRError for a file that is damaged, of a network that is not known here, or of
    another one than `spec` and `scale` say.
    """
    arrays = read_weights(path)
    if spec is None:
        try:
            found = recognise({published_name(name): a.shape for name, a in arrays.items()})
            spec, scale = found.spec, _scale(found.scale, scale)
            check_spec(spec, scale=scale)
        except ClassSRError as error:
            raise ClassSRError(f"{path}: {error}") from error
        for sentence in found.assumed:
            log.info("%s: %s", path, sentence)
    network = create(spec, scale=scale or USUAL_SCALE)
    set_weights(network, from_published(network, arrays, source=path), source=path)
    network.eval()
    return network, spec


def _scale(found: int | None, given: int | None) -> int:
    """The scale that the weights tell, or else the user, or else the usual one."""
    if found is None and given is None:
        log.info(
            "the weights do not tell the scale: x%d is taken (others: x%s)",
            USUAL_SCALE,
            ", x".join(str(scale) for scale in SCALES if scale != USUAL_SCALE),
        )
    if found is not None and given not in (None, found):
        raise ClassSRError(f"enlarges {found} times, not {given}")
    return found or given or USUAL_SCALE
