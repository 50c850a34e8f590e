"""Print the resolved options of an option file with their types: classsr options FILE

Inherited files and overrides are applied, defaults filled in. With --reference, prints
docs/options.md: every option there is.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from classsr.cli.option_files import add_overrides
from classsr.errors import ClassSRError
from classsr.evaluation.markdown import table
from classsr.models.backbones import BACKBONES
from classsr.models.spec import schema
from classsr.options.explain import models_in
from classsr.options.loading import load_options
from classsr.options.schema.section import Section
from classsr.options.schema.testing import TestOptions
from classsr.options.schema.training import TrainOptions


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """An option file of a training or a test."""
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE", help="option file (YAML)")
    parser.add_argument(
        "--reference", action="store_true", help="print all options as Markdown instead"
    )
    parser.add_argument(
        "--kind",
        choices=("train", "test"),
        help="of the file (default: by its name, test*.yml is a test)",
    )
    add_overrides(parser)


def run(arguments: argparse.Namespace) -> None:
    """Print YAML that is itself an option file, a comment with the type behind each value."""
    if arguments.reference:
        print("\n".join(reference()))
        return
    if arguments.file is None:
        raise ClassSRError("expected an option file, or --reference")
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
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return type_name(arguments[0])
    if origin is Literal:
        return " | ".join(map(repr, arguments))
    if origin in (list, dict, tuple):
        return f"{origin.__name__}[{', '.join(map(type_name, arguments))}]"
    return " | ".join(map(type_name, arguments)) or str(annotation)


HEAD = """# All options

Written by `classsr options --reference > docs/options.md`. Files inherit by `_base_`
([options/README.md](../options/README.md)); `-o key.sub=value` overrides on the command line.
"""


def reference() -> Iterator[str]:
    """The lines of docs/options.md."""
    yield HEAD
    for title, kind in (("Training", TrainOptions), ("Test", TestOptions)):
        yield f"## {title}: `classsr {title.lower().removesuffix('ing')} -opt FILE`\n"
        for path, section in sections(kind):
            described = docstring_of(section)
            rows = [
                (f"`{key}`", type_cell(field), default(field), described[key])
                for key, field in section.model_fields.items()
                if not models_in(field.annotation) and key != "branches"
            ]
            if not rows:
                continue
            yield f"### {f'`{path}`: ' if path else ''}{described['']}\n"
            yield table(("option", "type", "default", ""), rows, text_columns=4) + "\n"
    yield "## Backbones: an entry of `branches`\n"
    yield "Arguments of the networks in `codes/classsr/models`; `type` names the network.\n"
    rows = [
        (name, f"`{key}`", type_cell(field), default(field))
        for name in BACKBONES
        for key, field in schema(name).model_fields.items()
        if key != "type"
    ]
    yield table(("type", "option", "type of the value", "default"), rows, text_columns=4)


def sections(kind: type[BaseModel], path: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """A section with its full key, and those in it."""
    yield path, kind
    for name, field in kind.model_fields.items():
        for section in models_in(field.annotation) if name != "branches" else []:
            yield from sections(section, f"{path}.{name}".lstrip("."))


def docstring_of(section: type[BaseModel]) -> dict[str, str]:
    """The sentences of a docstring's lines `key: sentence`, and its first sentence under ""."""
    documented = [kind for kind in reversed(section.__mro__) if issubclass(kind, Section)]
    sentences: dict[str, str] = {}
    for kind in documented:
        text = (kind.__doc__ or "").replace("\n        ", " ")
        first, _, rest = text.partition("\n")
        sentences |= {"": first.strip().removesuffix(".").partition(";")[0]}
        sentences |= dict(re.findall(r"^ *(\w+): (.+)$", rest, flags=re.MULTILINE))
    return sentences


def type_cell(field: FieldInfo) -> str:
    """A type in a cell of a table, which must not hold the sign of a union."""
    name = type_name(field.annotation).replace(" | NoneType", " or nothing").replace(" | ", " or ")
    return f"`{name}`"


def default(field: FieldInfo) -> str:
    """The default as the option file says it."""
    if field.is_required():
        return "required"
    value = field.default
    return f"`{in_line(str(value) if isinstance(value, Path) else value)}`"
