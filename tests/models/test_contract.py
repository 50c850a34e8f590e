"""A backbone that does not keep to the contract is one line when its network is built."""

from __future__ import annotations

from typing import Any

import paddle
import pytest
from paddle import nn

from classsr.build import network as build
from classsr.errors import ClassSRError
from classsr.models.backbones import BACKBONES
from classsr.models.contract import typed_arguments


class Good(nn.Layer):
    """Keeps to the contract."""

    def __init__(self, *, scale: int = 4, nf: int = 8) -> None:
        super().__init__()
        self.scale = scale
        self.conv = nn.Conv2D(3, 3 * scale**2, 3, padding=1)
        self.norm = nn.BatchNorm2D(3)
        self.shuffle = nn.PixelShuffle(scale)

    def forward(self, lr: paddle.Tensor) -> paddle.Tensor:
        return self.norm(self.shuffle(self.conv(lr)))


class Untyped(Good):
    def __init__(self, *, scale: int = 4, nf=8) -> None:
        super().__init__(scale=scale)


class Catching(Good):
    def __init__(self, *, scale: int = 4, **rest: int) -> None:
        super().__init__(scale=scale)


class OfOneScale(Good):
    def __init__(self, *, nf: int = 8) -> None:
        super().__init__(scale=4)


class Scaleless(Good):
    def __init__(self, *, scale: int = 4) -> None:
        super().__init__(scale=scale)
        del self.scale


class Small(Good):
    def forward(self, lr: paddle.Tensor) -> paddle.Tensor:
        return super().forward(lr)[:, :, 1:]


class Several(Good):
    def forward(self, lr: paddle.Tensor) -> Any:
        return [super().forward(lr)]


class Uncountable(Good):
    def __init__(self, *, scale: int = 4) -> None:
        super().__init__(scale=scale)
        self.norm = nn.GroupNorm(3, 3)


class Broken(Good):
    def forward(self, lr: paddle.Tensor) -> paddle.Tensor:
        raise RuntimeError("nothing\nworks")


class Unbuildable(Good):
    def __init__(self, *, scale: int = 4) -> None:
        super().__init__(scale=scale)
        self.conv = nn.Conv2D(3, -1, 3)


@pytest.mark.parametrize(
    ("backbone", "message"),
    [
        (Untyped, "backbone Untyped: the constructor's argument nf=8 has no type; write it as"),
        (Catching, r"backbone Catching: expected arguments one by one, found \*\*rest"),
        (OfOneScale, "backbone OfOneScale: expected a constructor with scale: int"),
    ],
)
def test_a_constructor_that_option_files_cannot_fill_is_named(
    backbone: type[nn.Layer], message: str
) -> None:
    with pytest.raises(ClassSRError, match=message) as caught:
        list(typed_arguments(backbone))
    assert "\n" not in str(caught.value)


def test_arguments_without_a_default_are_required() -> None:
    class Wanting(Good):
        def __init__(self, *, scale: int, nf: int) -> None:
            super().__init__(scale=scale)

    assert list(typed_arguments(Wanting)) == [("nf", int, ...)]


@pytest.mark.parametrize(
    ("backbone", "message"),
    [
        (Scaleless, r"backbone Scaleless: expected self.scale = 4, found none"),
        (Small, r"expected an output of \[1, 3, 64, 80\] for .*, found \[1, 3, 63, 80\]"),
        (Several, r"expected an output of .*, found list"),
        (Uncountable, "cannot count the FLOPs of a GroupNorm layer; add a rule to RULES in"),
        (Broken, "fails on an image of 20 x 16 pixels: RuntimeError: nothing works"),
        (Unbuildable, "branches: the network cannot be built: "),
    ],
)
def test_a_network_that_breaks_the_contract_is_named_before_the_first_step(
    backbone: type[nn.Layer], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(BACKBONES, backbone.__name__, backbone)
    spec = {
        "type": "ClassSR",
        "branches": [{"type": "FSRCNN", "d": 8}, {"type": backbone.__name__}],
    }
    with pytest.raises(ClassSRError, match=message) as caught:
        build.checked(spec, scale=4)
    assert "\n" not in str(caught.value)


def test_the_check_leaves_a_network_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BACKBONES, "Good", Good)
    network = build.checked({"type": "Good"}, scale=3)
    assert network.training
    assert not network.norm._mean.numpy().any()
