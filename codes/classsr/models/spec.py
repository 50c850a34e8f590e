"""Networks described by plain data, as option files and checkpoints hold them."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from paddle import nn
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from classsr.errors import ClassSRError
from classsr.models.backbones import BACKBONES
from classsr.models.bounds import MOST_BRANCHES, SCALES
from classsr.models.classifier import Classifier
from classsr.models.classsr import ClassSR
from classsr.models.contract import typed_arguments


@cache
def schema(name: str) -> type[BaseModel]:
    """The options of a backbone, with the types, bounds and defaults of its constructor.

    The scale is left out: one key of the option file gives it to all branches.
    """
    return _arguments(BACKBONES[name], left_out="scale", type=(Literal[name], ...))


def _arguments(kind: type[nn.Layer], *, left_out: str, **fields: Any) -> type[BaseModel]:
    for name, annotation, default in typed_arguments(kind, left_out=left_out):
        fields[name] = (annotation, default)
    return create_model(kind.__name__, __config__=ConfigDict(extra="forbid", frozen=True), **fields)


class _ClassSRSpec(BaseModel):
    model_config = ConfigDict(extra="forbid")

    type: Literal["ClassSR"]
    branches: list[dict[str, Any]] = Field(min_length=1, max_length=MOST_BRANCHES)
    classifier: _arguments(Classifier, left_out="num_classes") = Field(default_factory=dict)  # type: ignore[valid-type]


def check_spec(spec: Any, *, scale: Any) -> None:
    """Raise ClassSRError for plain data of which `create` can build no network."""
    if type(scale) is not int or scale not in SCALES:
        raise ClassSRError(f"scale {scale!a:.40}: expected one of {SCALES}")
    kind = spec.get("type") if isinstance(spec, dict) else spec
    known = ("ClassSR", *BACKBONES)
    if not isinstance(spec, dict) or not isinstance(kind, str) or kind not in known:
        raise ClassSRError(f"network {kind!a:.40}: expected one of {', '.join(known)}")
    try:
        (_ClassSRSpec if kind == "ClassSR" else schema(kind)).model_validate(spec, strict=True)
    except ValidationError as error:
        raise ClassSRError(first_mistake(error)) from error
    for branch in spec["branches"] if kind == "ClassSR" else []:
        if branch.get("type") == "ClassSR":
            raise ClassSRError("branches: a branch is no ClassSR itself")
        check_spec(branch, scale=scale)


def first_mistake(error: ValidationError) -> str:
    """The first of a schema's complaints as a line: key, what was expected, what was found."""
    detail = error.errors(include_url=False)[0]
    key = ascii(".".join(str(part) for part in detail["loc"]))[1:-1]
    return f"{key:.80}: {detail['msg']}, found {detail['input']!a:.40}"


def classsr_spec(
    branches: list[dict[str, Any]], *, classifier: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The description of ClassSR with these branches, simple to hard.

    classifier: arguments of `Classifier`, but for the number of classes.
    """
    return {"type": "ClassSR", "branches": branches, "classifier": classifier or {}}


def create(spec: dict[str, Any], *, scale: int) -> nn.Layer:
    """Build {"type": "RCAN", "n_feats": 36, ...} or {"type": "ClassSR", "branches": [...]}.

    Specs from users have been validated by `schema`, those of files by `check_spec` before.
    """
    arguments = {key: value for key, value in spec.items() if key != "type"}
    if spec["type"] == "ClassSR":
        branches = [create(branch, scale=scale) for branch in arguments["branches"]]
        classifier = Classifier(num_classes=len(branches), **arguments.get("classifier", {}))
        return ClassSR(classifier=classifier, branches=branches)
    return BACKBONES[spec["type"]](scale=scale, **arguments)
