"""A trained network by its name or path, ready to run."""

from __future__ import annotations

from pathlib import Path

from classsr.checkpoints.load import open_network
from classsr.errors import ClassSRError
from classsr.models.cost import Cost, NetworkCost
from classsr.models.flops import count_network
from classsr.runtime.export import MANIFEST, ExportManifest, Part, read_manifest
from classsr.runtime.runner import Runner
from classsr.runtime.select import Backend, Precision, choose_runner, exported_runner
from classsr.system.files import is_there

# In a checkout this is a link to experiments/pretrained; an installed package holds the files.
SHIPPED = Path(__file__).parent.parent / "pretrained"
SUFFIX = ".safetensors"
EXPERIMENTS = Path("experiments")  # what trainings here write to


def load_runner(
    model: str | Path, *, tile: int, backend: Backend = "auto", precision: Precision = "auto"
) -> tuple[Runner, NetworkCost]:
    """The runner of a shipped model, a checkpoint or an exported folder, and what a tile costs.

    tile: side of the tiles that are classified, in LR pixels.
    """
    path = find_model(model)
    if not path.is_dir():
        network, _ = open_network(path)
        runner = choose_runner(network, backend=backend, precision=precision)
        return runner, count_network(network, tile=tile)
    manifest = read_manifest(path)
    if tile != manifest.tile:
        raise ClassSRError(f"tile {tile}: {path} was exported for tiles of {manifest.tile}")
    if backend not in ("auto", "openvino"):
        raise ClassSRError(f"backend {backend}: exported folders run in OpenVINO; use a checkpoint")
    return exported_runner(path, precision=precision), exported_cost(manifest)


def find_model(model: str | Path) -> Path:
    """The checkpoint or exported folder of a path, or of a shipped model's or experiment's name."""
    path = Path(model)
    if is_there(path) and (path.is_file() or is_there(path / MANIFEST)):
        return path
    if path.name == str(model):
        named = [SHIPPED / f"{model}{SUFFIX}", *trained_weights(EXPERIMENTS / path)]
        for file in named:
            if is_there(file):
                return file
    names = ", ".join(sorted(path.stem for path in SHIPPED.glob(f"*{SUFFIX}")))
    raise ClassSRError(
        f"model {model}: is neither a checkpoint, nor an exported folder, nor an experiment that "
        f"has ended, nor a shipped model; shipped are: {names or 'none'}"
    )


def trained_weights(experiment: Path) -> list[Path]:
    """Where the weights of an experiment lie: those of its end, then its best."""
    return [experiment / "checkpoints" / f"{name}{SUFFIX}" for name in ("last", "best")]


def described_by(model: str | Path) -> Path:
    """The file whose content tells a model from all others: a checkpoint, or a manifest."""
    path = find_model(model)
    return path / MANIFEST if path.is_dir() else path


def exported_cost(manifest: ExportManifest) -> NetworkCost:
    """The FLOPs that an export noted."""

    def cost(part: Part | None) -> Cost:
        return Cost(part.flops, part.flops_exact) if part else Cost()

    return NetworkCost(
        tile=manifest.tile,
        classifier=cost(manifest.classifier),
        branches=tuple(cost(branch) for branch in manifest.branches),
    )
