"""What every backbone keeps to, checked where it enters: CONTRIBUTING.md has an example."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any, get_type_hints

import paddle
from paddle import nn

from classsr.errors import ClassSRError
from classsr.models.flops import count

HEIGHT, WIDTH = 16, 20  # of the image that a new network is tried on


def typed_arguments(
    kind: type[nn.Layer], *, left_out: str = "scale"
) -> Iterator[tuple[str, Any, Any]]:
    """Name, type with bounds, and default (... for none) of a constructor's arguments.

    left_out: an argument that there must be and that option files give by another key.
    Raises ClassSRError for an argument that option files could not give.
    """
    name, constructor = kind.__name__, kind.__init__
    hints = get_type_hints(constructor, include_extras=True)
    _, *parameters = inspect.signature(constructor).parameters.values()
    if left_out not in {parameter.name for parameter in parameters}:
        raise ClassSRError(f"backbone {name}: expected a constructor with {left_out}: int")
    for parameter in parameters:
        argument = str(parameter)
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise ClassSRError(f"backbone {name}: expected arguments one by one, found {argument}")
        if parameter.name not in hints:
            raise ClassSRError(
                f"backbone {name}: the constructor's argument {argument} has no type; "
                f"write it as in nf: int = 64"
            )
        if parameter.name != left_out:
            given = parameter.default is not parameter.empty
            yield parameter.name, hints[parameter.name], parameter.default if given else ...


def check_backbone(network: nn.Layer, *, name: str, scale: int) -> None:
    """Raise ClassSRError unless a network can be trained, tested and counted as a backbone.

    It has the attribute `scale`, enlarges (N, 3, H, W) by it and consists of layers whose FLOPs
    can be counted. Its mode and its weights stay as they are.
    """
    if getattr(network, "scale", None) != scale:
        found = getattr(network, "scale", "none")
        raise ClassSRError(f"backbone {name}: expected self.scale = {scale}, found {found}")
    shapes: list[Any] = []
    hook = network.register_forward_post_hook(lambda _, __, sr: shapes.append(_shape(sr)))
    try:
        count(network, height=HEIGHT, width=WIDTH)
    except ClassSRError as error:
        raise ClassSRError(f"backbone {name}: {error}") from error
    except Exception as error:  # whatever its author wrote
        reason = " ".join(str(error).split())[:200]
        raise ClassSRError(
            f"backbone {name}: fails on an image of {WIDTH} x {HEIGHT} pixels: "
            f"{type(error).__name__}: {reason}"
        ) from error
    finally:
        hook.remove()
    expected = [1, 3, scale * HEIGHT, scale * WIDTH]
    if shapes != [expected]:
        raise ClassSRError(
            f"backbone {name}: expected an output of {expected} for an input of "
            f"{[1, 3, HEIGHT, WIDTH]}, found {shapes[0] if shapes else 'none'}"
        )


def _shape(output: object) -> object:
    return list(output.shape) if isinstance(output, paddle.Tensor) else type(output).__name__
