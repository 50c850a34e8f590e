"""Weights under published names and ours."""

from __future__ import annotations

import numpy as np
import pytest
from paddle import nn

from alignment import paper_spec, plain_spec, published_weights, read, reference_network
from classsr.checkpoints.torch_names import from_published, to_published
from classsr.errors import ClassSRError
from classsr.models.spec import create

NETWORKS = {
    "fsrcnn_16": plain_spec("FSRCNN", 0),
    "carn_36": plain_spec("CARN", 0),
    "srresnet_36": plain_spec("SRResNet", 0),
    "rcan_36": plain_spec("RCAN", 0),
    "classsr_fsrcnn": paper_spec("FSRCNN"),
    "classsr_carn": paper_spec("CARN"),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_there_and_back_is_exact(name: str) -> None:
    reference = read(name)
    expected = published_weights(reference)
    found = to_published(reference_network(NETWORKS[name], reference))
    assert set(found) == set(expected)
    for key, array in expected.items():
        np.testing.assert_array_equal(found[key], array, err_msg=key)


def small_network() -> nn.Layer:
    return create({"type": "FSRCNN", "d": 4, "s": 3, "m": 1}, scale=2)


def test_everything_that_does_not_fit_is_named() -> None:
    network = small_network()
    arrays = to_published(network)
    arrays["extra"] = arrays.pop("head_conv.0.bias")
    arrays["tail_conv.bias"] = np.zeros(5, np.float32)
    with pytest.raises(ClassSRError) as error:
        from_published(network, arrays)
    for part in (
        "no published checkpoint of this FSRCNN",
        "missing: head_conv.0.bias",
        "superfluous: extra",
        "misshapen: tail_conv.bias (5,) instead of (3,)",
    ):
        assert part in str(error.value)


@pytest.mark.parametrize("name", ["carn_36", "classsr_fsrcnn"])
def test_a_paddle_port_with_published_layer_names(name: str) -> None:
    """Paddle names statistics and slopes otherwise, and keeps Linear weights transposed."""
    network = reference_network(NETWORKS[name], read(name))
    expected = network.state_dict()
    ported = {}
    for key, array in to_published(network).items():
        key = key.replace("running_mean", "_mean").replace("running_var", "_variance")
        if key.endswith(".weight") and array.shape == (1,):
            key = key.removesuffix("weight") + "_weight"
        if not key.endswith("num_batches_tracked"):
            ported[key] = array.T if "lastOut" in key else array
    found = from_published(network, ported)
    assert set(found) == set(expected)
    for key, array in found.items():
        np.testing.assert_array_equal(array, expected[key].numpy(), err_msg=key)
