"""What a model's parts take on this machine, as a table."""

from __future__ import annotations

from classsr.evaluation.markdown import table
from classsr.inference.full import Geometry
from classsr.inference.seconds_cache import cache_file, cached_seconds
from classsr.inference.tiling import PAPER_TILE
from classsr.runtime.load import described_by, load_runner

HEADER = ["part", "ms a window", "ns a LR pixel", "ms a tile", "of the widest", "FLOPs"]


def describe_costs(model: str) -> str:
    """What `upscale` knows of a model on this machine, measured now if it never was."""
    runner, cost = load_runner(model, tile=PAPER_TILE)
    geometry = Geometry(tile=PAPER_TILE)
    seconds, depends = cached_seconds(
        runner, geometry=geometry, model=described_by(model), precision="auto"
    )
    tiles = seconds.of_tiles(geometry)
    rows = [
        [
            f"branch {number + 1}",
            f"{1e3 * seconds.windows[number]:.3f}",
            f"{1e9 * seconds.pixels[number]:.0f}",
            f"{1e3 * tiles[number]:.3f}",
            f"{tiles[number] / tiles[-1]:.0%}",
            f"{branch.exact / cost.branches[-1].exact:.0%}",
        ]
        for number, branch in enumerate(cost.branches)
    ]
    if runner.num_classes > 1:
        share, flops = seconds.classifier / tiles[-1], cost.classifier.exact
        rows.append(["classifier", "", "", f"{1e3 * seconds.classifier:.3f}", f"{share:.0%}"])
        rows[-1].append(f"{flops / cost.branches[-1].exact:.0%}")
    about = "\n".join(f"{name}: {value}" for name, value in depends.items())
    return f"{model}\n\n{table(HEADER, rows)}\n\n{about}\nkept in: {cache_file(depends)}\n"
