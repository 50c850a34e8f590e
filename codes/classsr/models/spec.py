"""Networks described by plain data, as option files and checkpoints hold them."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from paddle import nn
from pydantic import BaseModel, ConfigDict, create_model

from classsr.models import BACKBONES, Classifier, ClassSR
from classsr.models.contract import typed_arguments


@cache
def schema(name: str) -> type[BaseModel]:
    """The options of a backbone, with the types and defaults of its constructor.

    The scale is left out: one key of the option file gives it to all branches.
    """
    fields: dict[str, Any] = {"type": (Literal[name], ...)}
    for argument, kind, default in typed_arguments(name, BACKBONES[name]):
        fields[argument] = (kind, default)
    return create_model(
        name,
        __config__=ConfigDict(extra="forbid", frozen=True),
        **fields,
    )


def classsr_spec(
    branches: list[dict[str, Any]], *, classifier: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The description of ClassSR with these branches, simple to hard.

    classifier: arguments of `Classifier`, but for the number of classes.
    """
    return {"type": "ClassSR", "branches": branches, "classifier": classifier or {}}


def create(spec: dict[str, Any], *, scale: int) -> nn.Layer:
    """Build {"type": "RCAN", "n_feats": 36, ...} or {"type": "ClassSR", "branches": [...]}.

    Raises KeyError for an unknown type and TypeError for an unknown argument; specs from users
    have been validated by `schema` before.
    """
    arguments = {key: value for key, value in spec.items() if key != "type"}
    if spec["type"] == "ClassSR":
        branches = [create(branch, scale=scale) for branch in arguments["branches"]]
        classifier = Classifier(num_classes=len(branches), **arguments.get("classifier", {}))
        return ClassSR(classifier=classifier, branches=branches)
    return BACKBONES[spec["type"]](scale=scale, **arguments)
