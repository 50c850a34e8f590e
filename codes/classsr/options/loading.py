"""Read option files: YAML with inheritance and overrides, checked against a schema.

This is the only reader of YAML.  Every mistake is one `ClassSRError` that names the file, the
key and, for an unknown key, the nearest valid one.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from classsr.errors import ClassSRError
from classsr.models import BACKBONES
from classsr.models.spec import schema
from classsr.options.schema import RENAMED, Section

BASE = "_base_"  # the key that names the file(s) to inherit from, relative to the inheriting file

Schema = TypeVar("Schema", bound=Section)


def load_options(path: Path, *, overrides: Sequence[str] = (), kind: type[Schema]) -> Schema:
    """Read an option file, apply `key.sub=value` overrides and check it all.

    The values of overrides are read as YAML; a number in the key is a place in a list.
    """
    content = _read(path, inheritors=())
    for override in overrides:
        _override(content, override)
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        raise ClassSRError(f"{path}: {_explain(error, kind)}") from None


def dump_options(options: Section) -> str:
    """The resolved options as YAML that `load_options` reads again."""
    return yaml.safe_dump(options.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def _read(path: Path, *, inheritors: tuple[Path, ...]) -> dict[str, Any]:
    if path.resolve() in inheritors:
        raise ClassSRError(f"{path}: inherits from itself through {BASE}")
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ClassSRError(f"{path}: cannot read the option file ({error.strerror})") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise ClassSRError(f"{path}: not valid YAML: {reason}") from error
    if not isinstance(content, dict):
        raise ClassSRError(f"{path}: expected a mapping of options, found {type(content).__name__}")
    bases = content.pop(BASE, [])
    merged: dict[str, Any] = {}
    for base in [bases] if isinstance(bases, str) else bases:
        inherited = _read(path.parent / base, inheritors=(*inheritors, path.resolve()))
        merged = _merge(merged, inherited)
    return _merge(merged, content)


def _merge(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Mappings are merged key by key; anything else in `changes` replaces."""
    merged = dict(base)
    for key, value in changes.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merge(merged[key], value) if both else value
    return merged


def _override(content: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals or not key:
        raise ClassSRError(f"-o {override}: expected key.sub=value")
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        raise ClassSRError(f"-o {override}: the value is not valid YAML") from None
    place: Any = content
    *parents, last = key.split(".")
    try:
        for parent in parents:
            place = place[int(parent)] if isinstance(place, list) else place.setdefault(parent, {})
        place[int(last) if isinstance(place, list) else last] = value
    except (AttributeError, IndexError, TypeError, ValueError):
        raise ClassSRError(f"-o {override}: there is no place {key} in the options") from None


def _explain(error: ValidationError, kind: type[BaseModel]) -> str:
    return "; ".join(_explain_one(dict(detail), kind) for detail in error.errors())


def _explain_one(detail: dict[str, Any], kind: type[BaseModel]) -> str:
    location = detail["loc"]
    key = ".".join(str(part) for part in location) or "options"
    if detail["type"] == "extra_forbidden":
        renamed = RENAMED.get(str(location[-1]))
        if renamed in _siblings(location, kind):
            return f"{key}: is called {renamed} now"
        near = difflib.get_close_matches(str(location[-1]), _siblings(location, kind), n=1)
        return f"{key}: unknown key" + (f"; did you mean {near[0]}?" if near else "")
    if detail["type"] == "missing":
        return f"{key}: is missing"
    message = detail["msg"].removeprefix("Value error, ")
    found = detail["input"]
    shown = "" if isinstance(found, dict | BaseModel) else f", found {found!r}"
    return f"{key}: {message[0].lower() + message[1:]}{shown}"


def _siblings(location: tuple[Any, ...], kind: type[BaseModel]) -> list[str]:
    """The valid keys beside the last part of an error's location."""
    schemas = [kind]
    for part in location[:-1]:
        if part in BACKBONES:
            schemas = [schema(part)]
        elif isinstance(part, str):
            fields = [s.model_fields[part].annotation for s in schemas if part in s.model_fields]
            schemas = [found for field in fields for found in _models_in(field)] or schemas
    return [key for found in schemas for key in found.model_fields]


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for part in getattr(annotation, "__args__", ()) for m in _models_in(part)]
