"""OpenVINO graphs that take 8-bit images and give 8-bit images."""

from __future__ import annotations

import numpy as np
import openvino
from openvino import opset13 as ops


def takes_8_bits(model: openvino.Model) -> openvino.Model:
    """A model of images (N, 3, H, W) in [0, 1] that takes uint8 (N, H, W, 3) instead."""
    (old,) = model.get_parameters()
    tiles = ops.parameter([-1, -1, -1, 3], openvino.Type.u8, name="tiles")
    planes = ops.transpose(ops.convert(tiles, "f32"), np.array([0, 3, 1, 2]))
    scaled = ops.multiply(planes, np.float32(1 / 255))
    for reader in old.output(0).get_target_inputs():
        reader.replace_source_output(scaled.output(0))
    (result,) = model.get_results()
    return openvino.Model([result], [tiles], model.get_friendly_name())


def gives_8_bits(model: openvino.Model) -> openvino.Model:
    """A model of images whose result (N, 3, H, W) in [0, 1] is uint8 instead.

    A pixel shuffle at the end is left to `pixels.interleaved`: then the result are the sub-pixels
    (N, 3 * scale**2, H / scale, W / scale).
    """
    (parameter,) = model.get_parameters()
    (result,) = model.get_results()
    _set_pad_values(model)
    last = _without_identities(result.input_value(0).get_node())
    if last.get_type_name() == "DepthToSpace" and last.get_attributes()["mode"] == "depth_first":
        last = last.input_value(0).get_node()
    return openvino.Model([ops.result(_rounded(last))], [parameter], model.get_friendly_name())


def _set_pad_values(model: openvino.Model) -> None:
    """Give pads that repeat edges the value 0, which they do not use.

    paddle2onnx fills it from uninitialised memory, and OpenVINO, which looks at it in graphs with
    quantisations, ends with an error for many values.
    """
    for node in model.get_ops():
        if node.get_type_name() == "Pad" and node.get_attributes()["pad_mode"] != "constant":
            node.input(3).replace_source_output(ops.constant(np.float32(0)).output(0))


def _without_identities(node: openvino.Node) -> openvino.Node:
    while node.get_type_name() == "Identity":
        node = node.input_value(0).get_node()
    return node


def _rounded(values: openvino.Node) -> openvino.Node:
    """Values in [0, 1] clipped and rounded to uint8.

    A quantisation to 256 levels does both at once, faster than scaling, rounding and clamping.
    """
    low, one, white = (np.full((1, 1, 1, 1), bound, np.float32) for bound in (0, 1, 255))
    return ops.convert(ops.fake_quantize(values, low, one, low, white, 256), "u8")
