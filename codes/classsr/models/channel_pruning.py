"""A narrow FSRCNN that starts with the best channels of a trained wide one.

A trained network can lose many channels and needs a fraction of its training to make up for them
(He et al., "Channel Pruning for Accelerating Very Deep Neural Networks", ICCV 2017).
"""

from __future__ import annotations

import numpy as np
import paddle

from classsr.errors import ClassSRError
from classsr.models.backbones.fsrcnn import FSRCNN

_RIDGE = 1e-9  # keeps features that are multiples of each other from making equations singular


@paddle.no_grad()
def init_by_pruning(narrow: FSRCNN, wide: FSRCNN, *, tiles: np.ndarray) -> None:
    """Give `narrow` those of the d features of `wide` that matter most on some tiles.

    Of the first layer's features the one goes, again and again, without which the shrinking layer
    can still do best, by least squares; of the last layer's those stay that put most into the
    image.

    tiles: LR, float32 (N, 3, H, W) in [0, 1], as many as memory takes features of.
    Raises ClassSRError where the networks differ in more than their width, as in their scale.
    """
    if narrow.scale != wide.scale:
        raise ClassSRError(f"enlarges {wide.scale} times instead of {narrow.scale}")
    shrink = wide.body_conv[0][0]
    features = wide.head_conv(paddle.to_tensor(tiles))
    first = _rows(features)
    weight = shrink.weight.numpy()[:, :, 0, 0]
    width = int(narrow.tail_conv.weight.shape[0])
    kept, fewer = fewer_inputs(first - first.mean(axis=0), weight=weight, number=width)
    moved = weight @ first.mean(axis=0) - fewer @ first[:, kept].mean(axis=0)
    last = _rows(wide.body_conv(features)).std(axis=0)
    kernels = wide.tail_conv.weight.numpy()
    loudest = np.argsort(-last * np.sqrt(np.square(kernels).sum(axis=(1, 2, 3))), kind="stable")
    arrays = {name: tensor.numpy() for name, tensor in wide.state_dict().items()}
    expand = f"body_conv.{len(wide.body_conv) - 1}."
    for name, tensor in narrow.state_dict().items():
        array = arrays.get(name, np.empty(0))
        if name.startswith("head_conv.0."):
            array = array[kept]
        elif name == "body_conv.0.0.weight":
            array = fewer[:, :, None, None].astype(np.float32)
        elif name == "body_conv.0.0.bias":
            array = (array + moved).astype(np.float32)
        elif name.startswith((expand + "0.", "tail_conv.weight")):
            array = array[np.sort(loudest[:width])]
        if array.shape != tuple(tensor.shape):
            raise ClassSRError(
                f"a network can start as part of a wider one that equals it in all but its width "
                f"d, but {name} is {array.shape} instead of {tuple(tensor.shape)}"
            )
        tensor.set_value(array)


def fewer_inputs(
    inputs: np.ndarray, *, weight: np.ndarray, number: int
) -> tuple[np.ndarray, np.ndarray]:
    """The inputs of a linear layer from which what it computed can be computed best.

    inputs: of some positions (N, C); weight: (K, C).
    Returns the `number` inputs that are kept, ascending, and the layer's new weight (K, number).
    """
    products = inputs.T @ inputs / len(inputs)
    products += _RIDGE * np.trace(products) * np.eye(len(products))

    def solve(kept: list[int]) -> tuple[float, np.ndarray]:
        new = np.linalg.solve(products[np.ix_(kept, kept)], products[kept] @ weight.T).T
        lost = weight.astype(np.float64)
        lost[:, kept] -= new
        return float(np.einsum("ki,ij,kj->", lost, products, lost)), new

    kept = list(range(weight.shape[1]))
    while len(kept) > number:
        kept = min(([k for k in kept if k != out] for out in kept), key=lambda rest: solve(rest)[0])
    return np.array(kept), solve(kept)[1]


def _rows(features: paddle.Tensor) -> np.ndarray:
    """Features (N, C, H, W) as float64 (N * H * W, C)."""
    return features.transpose([0, 2, 3, 1]).flatten(0, 2).numpy().astype(np.float64)
