"""Packages import only from packages below their own; docs/design.md shows the order."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "codes" / "classsr"

ORDER = [
    "errors",
    "arrays",
    "system",
    "models",
    "images",
    "checkpoints",
    "runtime",
    "inference",
    "rasters",
    "data",
    "training",
    "options",
    "evaluation",
    "build",
    "web",
    "cli",
    "__main__",
]


def package_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    packages = {name.split(".")[1] for name in names if name.startswith("classsr.")}
    return packages - {"__version__"}


def modules() -> list[Path]:
    return [path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py"]


def test_packages_import_only_from_below() -> None:
    for path in modules():
        package = package_of(path)
        for other in imported(path) - {package}:
            assert other in ORDER, f"{path} imports classsr.{other}, which has no place in ORDER"
            assert ORDER.index(other) < ORDER.index(package), f"{path} imports classsr.{other}"


def test_packages_are_as_many_and_as_large_as_a_reader_can_hold() -> None:
    packages: dict[Path, list[Path]] = {}
    for path in modules():
        if path.name != "__init__.py":
            packages.setdefault(path.parent, []).append(path)
    loose = packages.pop(PACKAGE)
    assert {path.stem for path in loose} == {"errors", "arrays", "__main__"}
    assert {path.relative_to(PACKAGE).parts[0] for path in packages} == set(ORDER[2:-1])
    for folder, files in packages.items():
        most = 20 if folder.name == "cli" else 16  # cli has a file for each command
        assert 1 < len(files) <= most, f"{folder} has {len(files)} modules"
