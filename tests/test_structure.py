"""The rooms of the package import downwards only; docs/design.md shows the order."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "codes" / "classsr"

LAYERS = [
    ["errors", "cpu", "ranks", "stopping", "guard", "router", "markdown"],
    ["files", "channels", "window", "ema", "figures"],
    ["encoded", "scalars"],
    ["images", "pictures", "resize", "tiling", "metrics", "losses", "worth", "schedule", "curves"],
    ["classmap", "regions", "routing", "soft_budget", "rivals", "jobs"],
    ["models", "blending"],
    ["flops", "objectives", "checkpoint", "convert"],
    ["data", "names", "export", "state", "published"],
    ["runtime", "experiment"],
    ["superresolve", "budget", "trained", "trainer"],
    ["full"],
    ["evaluate", "judging", "prepare"],
    ["report", "pareto", "agreement", "account", "comparison", "options"],
    ["routing_report"],
    ["building", "benchmark", "reproduce"],
    ["cli", "upscaler", "tables"],
    ["commands"],
    ["__main__"],
]
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {name.split(".")[1] for name in names if name.startswith("classsr.")}


def test_every_room_imports_only_from_below_or_beside_itself() -> None:
    for path in PACKAGE.rglob("*.py"):
        room = room_of(path)
        if room == "__init__":
            continue
        assert room in LEVEL, f"{path}: give the room a place in LAYERS"
        for other in imported_rooms(path) - {room}:
            assert LEVEL[other] < LEVEL[room], f"{path} imports classsr.{other}"
