"""Read YAML as option files need it: strict, and bounded whatever a file holds.

Unlike YAML 1.1, `040` is 40, `1:30` and dates are text, and a key that stands twice is an error.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import yaml

from classsr.errors import ClassSRError

LARGEST_FILE = 1_000_000  # bytes
MOST_VALUES = 100_000  # that a file may hold, those that aliases repeat counted each time

_NOT_READ = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:timestamp")


class _Loader(yaml.SafeLoader):
    """The safe loader with decimal numbers alone, and without keys that stand twice."""

    yaml_implicit_resolvers = {  # noqa: RUF012  # as PyYAML has it
        letter: [(tag, pattern) for tag, pattern in resolvers if tag not in _NOT_READ]
        for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A mapping; ConstructorError for a key that stands twice."""
        seen = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value[:40]} stands twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[-+]?(0|[1-9][0-9]{0,99})$"), list("-+0123456789")
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^([-+]?([0-9]+\.[0-9]*([eE][-+][0-9]+)?|\.[0-9]+)|[-+]?\.inf|\.nan)$"),
    list("-+0123456789."),
)


def read_yaml(path: Path) -> Any:
    """The content of a YAML file."""
    try:
        if path.exists() and not path.is_file():
            raise ClassSRError(f"{path}: is no file; expected an option file (YAML)")
        if path.stat().st_size > LARGEST_FILE:
            raise ClassSRError(f"{path}: is over {LARGEST_FILE:,} bytes; expected an option file")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ClassSRError(f"{path}: cannot read the option file ({reason})") from error
    try:
        return parse_yaml(text)
    except ValueError as error:
        raise ClassSRError(f"{path}: {error}") from error


def parse_yaml(text: str) -> Any:
    """The content of a YAML text; ValueError with a sentence where it cannot be read."""
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            return None
        if _count(node, {}) > MOST_VALUES:
            raise ValueError(f"expected at most {MOST_VALUES:,} values, aliases written out")
        return loader.construct_document(node)
    except yaml.YAMLError as error:
        raise ValueError(f"not valid YAML: {' '.join(str(error).split())}") from error
    except RecursionError as error:
        raise ValueError("not valid YAML: it is nested too deeply") from error
    except (ArithmeticError, LookupError, TypeError) as error:  # as in `!!bool 5`
        raise ValueError("not valid YAML: a value that is none of its tag") from error


def _count(node: yaml.Node, known: dict[int, float]) -> float:
    """Values below a node; one that contains itself holds infinitely many."""
    if id(node) not in known:
        known[id(node)] = math.inf
        children = node.value if isinstance(node, yaml.CollectionNode) else []
        parts = [part for child in children for part in _parts(child)]
        known[id(node)] = 1 + sum(_count(part, known) for part in parts)
    return known[id(node)]


def _parts(child: yaml.Node | tuple[yaml.Node, yaml.Node]) -> tuple[yaml.Node, ...]:
    return child if isinstance(child, tuple) else (child,)
