"""A folder to deploy: classifier and branches in two formats, and a manifest that describes them.

<folder>/manifest.json                                  see `Manifest`
         classifier.onnx, branch1.onnx, ...             ONNX
         classifier.json and .pdiparams, branch1...     Paddle Inference

Routing happens outside of the graphs: a graph with all branches would have to run each of them,
or break where one gets no tile.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from paddle import nn
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from classsr.errors import ClassSRError
from classsr.models.bounds import MOST_BRANCHES
from classsr.models.classifier import PATCH
from classsr.models.classsr import split_network
from classsr.models.flops import count_network
from classsr.models.spec import check_spec, first_mistake
from classsr.runtime.graphs import onnx_of, save_inference_model
from classsr.system.files import cannot_write, checksum, read_bytes, write_atomic

MANIFEST = "manifest.json"
LARGEST_TILE = 4096  # LR pixels
MOST_FLOPS = 10**18  # of a tile
LARGEST_MANIFEST = 2**20  # bytes

# Files of the folder itself: no path leads out of it.
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$", max_length=80)]
Checksum = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Part(BaseModel):
    """The classifier or a branch.

    flops, flops_exact: for a tile, as the paper counts and as multiplications really needed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[A-Za-z0-9_]+$", max_length=40)
    flops: int = Field(gt=0, le=MOST_FLOPS)
    flops_exact: int = Field(gt=0, le=MOST_FLOPS)


class ExportManifest(BaseModel):
    """What one needs to know to run the models of a folder.

    network: the description of the network, see `models.spec`.
    layout, range: of images; the models take (N, 3, H, W) and give (N, 3, scale * H, scale * W).
    tile: side of the tiles that are classified, in LR pixels.
    branches: simple to hard, as the classifier's logits count them, the last the costliest;
        classifier: none for a plain network.
    sha256: of each file, which lies in the folder itself.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["classsr-export-1"] = "classsr-export-1"
    network: dict[str, Any]
    scale: int
    layout: Literal["NCHW RGB float32"] = "NCHW RGB float32"
    range: tuple[float, float] = (0.0, 1.0)
    tile: int = Field(32, ge=PATCH, le=LARGEST_TILE)
    classifier: Part | None
    branches: list[Part] = Field(min_length=1, max_length=MOST_BRANCHES)
    sha256: dict[FileName, Checksum]

    @model_validator(mode="after")
    def _describes_a_network(self) -> ExportManifest:
        try:
            check_spec(self.network, scale=self.scale)
        except ClassSRError as error:
            raise ValueError(str(error)) from error
        return self

    @model_validator(mode="after")
    def _fits_together(self) -> ExportManifest:
        if self.range != (0.0, 1.0):
            raise ValueError("range must be 0 to 1")
        flops = [branch.flops for branch in self.branches]
        if (self.classifier is not None) != (self.network.get("type") == "ClassSR"):
            raise ValueError("ClassSR has a classifier, and only ClassSR")
        described = len(self.network["branches"]) if self.classifier else 1
        if described != len(flops):
            raise ValueError(f"network has {described} branches, branches has {len(flops)}")
        if flops != sorted(flops):
            raise ValueError("branches must be in the order of their flops")
        named = [branch.name for branch in self.branches]
        own = [f"branch{number}" for number in range(1, len(named) + 1)]
        if named != own or (self.classifier and self.classifier.name != "classifier"):
            raise ValueError(f"expected the names classifier, {', '.join(own)}")
        parts = [*self.branches, *([self.classifier] if self.classifier else [])]
        unnoted = [f"{part.name}.onnx" for part in parts if f"{part.name}.onnx" not in self.sha256]
        if unnoted:
            raise ValueError(f"sha256 has no checksum of {', '.join(unnoted)}")
        return self


def export(
    network: nn.Layer, folder: Path, *, spec: dict[str, Any], tile: int = 32
) -> ExportManifest:
    """Write a network in evaluation mode to a folder.

    The manifest comes last: where it stands, the export is whole.
    """
    classifier, branches = split_network(network)
    cost = count_network(network, tile=tile)
    networks = {f"branch{number}": branch for number, branch in enumerate(branches, start=1)}
    costs = dict(zip(networks, cost.branches, strict=True))
    if classifier is not None:
        networks["classifier"], costs["classifier"] = classifier, cost.classifier
    parts = {
        name: Part(name=name, flops=int(flops.paper), flops_exact=int(flops.exact))
        for name, flops in costs.items()
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MANIFEST).unlink(missing_ok=True)
    except OSError as error:
        raise cannot_write(folder, error) from error
    files = []
    for name, part in networks.items():
        graph, weights = save_inference_model(part, folder / name)
        onnx = folder / f"{name}.onnx"
        write_atomic(onnx, onnx_of(graph, weights))
        files += [graph, weights, onnx]
    first = parts.pop("classifier", None)
    manifest = ExportManifest(
        network=spec,
        scale=network.scale,
        tile=tile,
        classifier=first,
        branches=list(parts.values()),
        sha256={path.name: checksum(path) for path in files},
    )
    write_atomic(folder / MANIFEST, (manifest.model_dump_json(indent=1) + "\n").encode())
    return manifest


def read_manifest(folder: Path) -> ExportManifest:
    """The manifest of an exported folder, whose files are whole.

    Raises ClassSRError for a folder that was not exported here, or in which a file is missing or
    has changed.
    """
    path = folder / MANIFEST
    content = read_bytes(path, most=LARGEST_MANIFEST)
    try:
        manifest = ExportManifest.model_validate_json(content)
    except ValidationError as error:
        raise ClassSRError(
            f"{path}: is no manifest of this version ({first_mistake(error)}); "
            f"export the checkpoint again"
        ) from error
    for name, expected in manifest.sha256.items():
        if not (folder / name).is_file() or checksum(folder / name) != expected:
            raise ClassSRError(
                f"{folder / name}: is missing or has changed since the export; "
                f"export the checkpoint again"
            )
    return manifest
