"""Read option files: YAML with inheritance and overrides, checked against a schema.

Every mistake is one `ClassSRError` that names the file, the key and, for an unknown key, the
nearest valid one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from classsr.errors import ClassSRError
from classsr.options.explain import SHORT, check_kind, explain
from classsr.options.schema.section import Section
from classsr.options.yaml_reader import parse_yaml, read_yaml

BASE = "_base_"  # the key that names the file(s) to inherit from, relative to the inheriting file
DEEPEST = 10  # files that inherit from one another

Schema = TypeVar("Schema", bound=Section)


def load_options(path: Path, *, overrides: Sequence[str] = (), kind: type[Schema]) -> Schema:
    """Read an option file, apply `key.sub=value` overrides and check it all.

    The values of overrides are read as YAML; a number in the key is a place in a list.
    """
    content = _read(path, inheritors=())
    for override in overrides:
        _override(content, override)
    check_kind(content, path, kind=kind)
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        raise ClassSRError(f"{path}: {explain(error, kind)}") from None


def dump_options(options: Section) -> str:
    """The resolved options as YAML that `load_options` reads again."""
    return yaml.safe_dump(options.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def _read(path: Path, *, inheritors: tuple[Path, ...]) -> dict[str, Any]:
    if path.resolve() in inheritors:
        raise ClassSRError(f"{path}: inherits from itself through {BASE}")
    if len(inheritors) > DEEPEST:
        raise ClassSRError(f"{path}: {BASE} leads through more than {DEEPEST} files")
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise ClassSRError(f"{path}: expected a mapping of options, found {type(content).__name__}")
    merged: dict[str, Any] = {}
    for base in _bases(content.pop(BASE, []), path):
        inherited = _read(path.parent / base, inheritors=(*inheritors, path.resolve()))
        merged = _merge(merged, inherited)
    return _merge(merged, content)


def _bases(value: Any, path: Path) -> list[str]:
    bases = [value] if isinstance(value, str) else value
    if not isinstance(bases, list) or not all(isinstance(b, str) and "\0" not in b for b in bases):
        raise ClassSRError(
            f"{path}: {BASE}: expected a file or a list of files, found {SHORT.repr(value)}"
        )
    return bases


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
        value = parse_yaml(text)
    except ValueError as error:
        raise ClassSRError(f"-o {key}: {error}") from None
    place: Any = content
    *parents, last = key.split(".")
    try:
        for parent in parents:
            place = place[int(parent)] if isinstance(place, list) else place.setdefault(parent, {})
        place[int(last) if isinstance(place, list) else last] = value
    except (AttributeError, IndexError, TypeError, ValueError):
        raise ClassSRError(f"-o {override}: there is no place {key} in the options") from None
