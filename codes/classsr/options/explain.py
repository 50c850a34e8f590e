"""What is wrong with an option file, in one line with the key that was meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from reprlib import Repr
from typing import Any

from pydantic import BaseModel, ValidationError

from classsr.errors import ClassSRError
from classsr.models.backbones import BACKBONES
from classsr.models.spec import schema
from classsr.options.schema.section import Section
from classsr.options.schema.testing import TestOptions
from classsr.options.schema.training import TrainOptions

# Names that options had before, and what they are called now.
RENAMED = {
    "average_loss_w": "average_loss_weight",
    "class_loss_w": "class_loss_weight",
    "class_ratio": "class_shares",
    "guard": "divergence",
    "judge_once": "precompute_branch_errors",
    "l1w": "pixel_loss_weight",
    "pretrain_wide": "prune_from",
    "step": "stride",
    "tile_batch": "tile_batch_size",
}

# What other tools call them.
SYNONYMS = {
    "batch": "batch_size",
    "batch_size_per_gpu": "batch_size",
    "epochs": "niter",
    "ema": "ema_decay",
    "iterations": "niter",
    "learning_rate": "lr",
    "max_iter": "niter",
    "num_iter": "niter",
    "num_worker_per_gpu": "n_workers",
    "num_workers": "n_workers",
    "pretrain_network_g": "pretrain_model",
    "seed": "manual_seed",
    "total_iter": "niter",
    "warmup": "warmup_iter",
}

SHORT = Repr()  # never shows a whole large value
SHORT.maxstring, SHORT.maxother, SHORT.maxlong, SHORT.maxlevel = 60, 60, 30, 2

_ONLY_IN_TRAINING = ("branches", "network", "train")


def check_kind(content: dict[str, Any], path: Path, *, kind: type[Section]) -> None:
    """Raise ClassSRError for the option file of a training where a test is expected, or reverse."""
    found = [key for key in _ONLY_IN_TRAINING if key in content]
    if kind is TestOptions and len(found) > 1:
        raise ClassSRError(
            f"{path}: is the option file of a training, expected one of a test, as "
            f"options/test.yml; to test what it trained: classsr test -n {content.get('name')}"
        )
    if kind is TrainOptions and not found and "datasets" in content:
        raise ClassSRError(
            f"{path}: is the option file of a test, expected one of a training with "
            f"{', '.join(_ONLY_IN_TRAINING)}; to run it: classsr test -opt {path}"
        )


def explain(error: ValidationError, kind: type[BaseModel]) -> str:
    """The mistakes of an option file, a clause for each."""
    return "; ".join(_explain_one(dict(detail), kind) for detail in error.errors())


def _explain_one(detail: dict[str, Any], kind: type[BaseModel]) -> str:
    *place, last = _without_tags(detail["loc"]) or ["options"]
    prefix = "".join(f"{part}." for part in place)
    key = f"{prefix}{last}"
    if detail["type"] == "extra_forbidden":
        siblings = _siblings(detail["loc"], kind)
        if RENAMED.get(last) in siblings:
            return f"{key}: is called {RENAMED[last]} now"
        meant = _meant(last, prefix, siblings)
        return f"{key}: unknown key" + (f"; did you mean {meant}?" if meant else "")
    if detail["type"] == "missing":
        return f"{key}: is missing"
    message = detail["msg"].removeprefix("Value error, ")
    found = detail["input"]
    shown = "" if isinstance(found, dict | BaseModel) else f", found {SHORT.repr(found)}"
    return f"{key}: {message[0].lower() + message[1:]}{shown}"


def _meant(unknown: str, prefix: str, siblings: list[str]) -> str | None:
    """The key that a user meant: beside the unknown one, or with its name at another place."""
    wanted = SYNONYMS.get(unknown, unknown)
    near = difflib.get_close_matches(wanted, siblings, n=1)
    if near:
        return prefix + near[0]
    return next((key for key in keys(TrainOptions) if key.endswith(f".{wanted}")), None)


def keys(kind: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Every key below a section in its full length."""
    for name, field in kind.model_fields.items():
        yield f"{prefix}{name}"
        for section in models_in(field.annotation):
            yield from keys(section, f"{prefix}{name}.")


def _without_tags(location: tuple[Any, ...]) -> list[str]:
    """An error's place as the user writes it, without the types that pydantic puts in between."""
    tags = {*BACKBONES, "CosineAnnealingLR_Restart", "MultiStepLR_Restart"}
    return [SHORT.repr(part).strip("'") for part in location if part not in tags]


def _siblings(location: tuple[Any, ...], kind: type[BaseModel]) -> list[str]:
    """The valid keys beside the last part of an error's location."""
    schemas = [kind]
    for part in location[:-1]:
        if part in BACKBONES:
            schemas = [schema(part)]
        elif isinstance(part, str):
            fields = [s.model_fields[part].annotation for s in schemas if part in s.model_fields]
            schemas = [found for field in fields for found in models_in(field)] or schemas
    return [key for found in schemas for key in found.model_fields]


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """The sections in a field's type."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for part in getattr(annotation, "__args__", ()) for m in models_in(part)]
