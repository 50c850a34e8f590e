"""The device that networks run on."""

from __future__ import annotations

import paddle

from classsr.errors import ClassSRError


def set_device(name: str) -> None:
    """Compute on "cpu" or "gpu"; "auto" takes a GPU where Paddle finds one."""
    if name == "gpu" and not has_gpu():
        raise ClassSRError("device: gpu was asked for, but Paddle finds none; use device: cpu")
    paddle.set_device("gpu" if name != "cpu" and has_gpu() else "cpu")


def has_gpu() -> bool:
    """Whether Paddle will run networks on a GPU."""
    return bool(paddle.is_compiled_with_cuda() and paddle.device.cuda.device_count())
