"""Print the resolved options of an option file with their types: classsr options FILE

Inherited files and overrides are applied, defaults filled in.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from classsr.cli.option_arguments import add_overrides
from classsr.options.loading import load_options
from classsr.options.schema import Section, TestOptions, TrainOptions


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """An option file of a training or a test."""
    parser.add_argument("file", type=Path, metavar="FILE", help="option file (YAML)")
    parser.add_argument(
        "--kind",
        choices=("train", "test"),
        help="of the file (default: by its name, test*.yml is a test)",
    )
    add_overrides(parser)


def run(arguments: argparse.Namespace) -> None:
    """Print YAML that is itself an option file, a comment with the type behind each value."""
    test = arguments.kind == "test" or (
        arguments.kind is None and arguments.file.name.startswith("test")
    )
    kind: type[Section] = TestOptions if test else TrainOptions
    options = load_options(arguments.file, overrides=arguments.overrides, kind=kind)
    print("\n".join(described(options)))


def described(options: Section, indent: str = "") -> Iterator[str]:
    """The lines of a section; sections in it are indented."""
    for name, field in type(options).model_fields.items():
        value = getattr(options, name)
        if isinstance(value, Section):
            yield f"{indent}{name}:"
            yield from described(value, indent + "  ")
        else:
            plain = options.model_dump(mode="json", include={name})[name]
            yield f"{indent}{name}: {in_line(plain)}  # {type_name(field.annotation)}"


def in_line(value: Any) -> str:
    """A value as YAML on one line."""
    text = yaml.safe_dump(value, default_flow_style=True, width=10**9, allow_unicode=True)
    return text.removesuffix("\n").removesuffix("\n...")


def type_name(annotation: Any) -> str:
    """A type as Python writes it, without the modules' names."""
    if isinstance(annotation, type) and not hasattr(annotation, "__args__"):
        return annotation.__name__
    origin = getattr(annotation, "__origin__", None)
    arguments = getattr(annotation, "__args__", ())
    if origin is not None and getattr(annotation, "__metadata__", None):
        return type_name(origin)
    if str(annotation).startswith("typing.Literal"):
        return " | ".join(repr(argument) for argument in arguments)
    if origin in (list, dict, tuple):
        return f"{origin.__name__}[{', '.join(map(type_name, arguments))}]"
    if arguments:
        return " | ".join(type_name(argument) for argument in arguments)
    return "None" if annotation is type(None) else str(annotation)
