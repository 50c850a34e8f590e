"""Option files: YAML with inheritance, checked against typed, frozen models.

This is the only reader of YAML.  Every mistake is one `ClassSRError` that names the file, the
key and, for an unknown key, the nearest valid one.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, Union

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from classsr.errors import ClassSRError
from classsr.models import BACKBONES
from classsr.models.spec import schema
from classsr.runtime.choose import Backend, Precision

BASE = "_base_"  # the key that names the file(s) to inherit from, relative to the inheriting file


class Section(BaseModel):
    """A mapping of an option file; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


if TYPE_CHECKING:
    BranchOptions = BaseModel
else:
    BranchOptions = Annotated[
        Union[tuple(schema(name) for name in BACKBONES)],  # noqa: UP007
        Field(discriminator="type"),
    ]


class ClassifierOptions(Section):
    """How the classifier starts (see `models.Classifier`)."""

    init: Literal["published", "kaiming"] = "published"


class PairOptions(Section):
    """Whole images with their ground truth, for validation and testing."""

    name: str
    dataroot_GT: Path
    dataroot_LQ: Path
    made_by: str | None = None  # told to the user where the folders are missing


class TrainSetOptions(Section):
    """Sub-images for training: two folders, or one packed set."""

    dataroot_GT: Path | None = None
    dataroot_LQ: Path | None = None
    dataroot_packed: Path | None = None
    classes: list[int] | None = None  # 1 (simple) to M (hard); all where it is left out
    batch_size: int = Field(16, ge=1)
    n_workers: int = Field(0, ge=0)
    use_flip: bool = True
    use_rot: bool = True

    @model_validator(mode="after")
    def _one_source(self) -> TrainSetOptions:
        folders = self.dataroot_GT is not None and self.dataroot_LQ is not None
        if folders == (self.dataroot_packed is not None):
            raise ValueError("give either dataroot_GT and dataroot_LQ, or dataroot_packed")
        return self


class DatasetsOptions(Section):
    train: TrainSetOptions
    val: list[PairOptions] = []


class CosineOptions(Section):
    type: Literal["CosineAnnealingLR_Restart"]
    T_period: list[int] = Field(min_length=1)
    restarts: list[int] = []
    restart_weights: list[float] = []
    eta_min: float = 1e-7

    @model_validator(mode="after")
    def _lengths(self) -> CosineOptions:
        if not len(self.T_period) - 1 == len(self.restarts) == len(self.restart_weights):
            raise ValueError("restarts and restart_weights need one entry less than T_period")
        return self


class MultiStepOptions(Section):
    type: Literal["MultiStepLR_Restart"]
    milestones: list[int]
    gamma: float = 0.5
    restarts: list[int] = []
    restart_weights: list[float] = []

    @model_validator(mode="after")
    def _lengths(self) -> MultiStepOptions:
        if len(self.restarts) != len(self.restart_weights):
            raise ValueError("restart_weights needs one entry for each of restarts")
        return self


class GuardOptions(Section):
    """When a training counts as diverged, and how it goes on (see `guard.Guard`)."""

    spike: float = Field(10.0, gt=1)  # times what the loss was at most, about
    tries: int = Field(3, ge=0)
    slowdown: float = Field(0.1, gt=0, le=1)
    cooldown: int = Field(1000, ge=0)  # steps


class TrainStageOptions(Section):
    """The training itself; the weights of the losses are for images in [0, 1].

    class_ratio: how the tiles should be spread over the classes, as in [2, 1, 1]; equal if left
        out. allow_random_branches: train the classifier in front of branches without training.
    """

    niter: int = Field(ge=1)
    lr: float = Field(gt=0)
    beta1: float = 0.9
    beta2: float = 0.99
    scheduler: CosineOptions | MultiStepOptions = Field(discriminator="type")
    l1w: float = 1.0
    class_loss_w: float = 0.5
    average_loss_w: float = 3.0
    class_ratio: list[Annotated[float, Field(gt=0)]] | None = None
    freeze_branches: bool = False
    allow_random_branches: bool = False
    warmup_iter: int = Field(0, ge=0)
    grad_clip: float | None = Field(None, gt=0)  # the largest norm of all gradients together
    ema_decay: float | None = Field(None, gt=0, lt=1)
    accumulate: int = Field(1, ge=1)  # parts that a batch is computed in
    amp: Literal["float16", "bfloat16"] | None = None
    guard: GuardOptions = GuardOptions()


class ProtocolOptions(Section):
    """How images are cut into tiles and judged; the defaults are the paper's."""

    protocol: Literal["paper", "full"] = "paper"
    tile: int = Field(32, ge=4)
    step: int = Field(28, ge=1)  # of the paper's protocol
    tile_batch: int | None = Field(None, ge=1)  # what suits the runner where it is left out
    crop_border: int = Field(4, ge=0)

    @model_validator(mode="after")
    def _no_gaps(self) -> ProtocolOptions:
        if self.step > self.tile:
            raise ValueError("step must not exceed tile, or pixels would be left out")
        return self


class ValOptions(ProtocolOptions):
    val_freq: int = Field(5000, ge=1)


class LoggerOptions(Section):
    print_freq: int = Field(100, ge=1)
    save_checkpoint_freq: int = Field(5000, ge=1)
    keep_checkpoints: int = Field(3, ge=1)
    visualdl: bool = False


class TrainPathOptions(Section):
    experiments: Path = Path("experiments")
    pretrain_model: Path | None = None
    pretrain_branches: list[Path] | None = None


class TrainOptions(Section):
    """An experiment of train.py.

    branches: the networks of ClassSR from simple to hard.
    network: which part is trained, "ClassSR" or "branch1", "branch2", ...
    """

    name: str = Field(pattern=r"^[\w.-]+$")
    scale: Literal[2, 3, 4] = 4
    device: Literal["auto", "cpu", "gpu"] = "auto"
    manual_seed: int = Field(0, ge=0)
    branches: list[BranchOptions] = Field(min_length=1)
    network: str
    classifier: ClassifierOptions = ClassifierOptions()
    datasets: DatasetsOptions
    path: TrainPathOptions = TrainPathOptions()
    train: TrainStageOptions
    val: ValOptions = ValOptions()
    logger: LoggerOptions = LoggerOptions()

    @model_validator(mode="after")
    def _network_exists(self) -> TrainOptions:
        ratio = self.train.class_ratio
        if ratio is not None and len(ratio) != len(self.branches):
            raise ValueError("train.class_ratio needs one entry for each of branches")
        if self.network == "ClassSR":
            if len(self.branches) < 2:
                raise ValueError("ClassSR needs at least two branches")
            return self
        names = [f"branch{i + 1}" for i in range(len(self.branches))]
        if self.network not in names:
            raise ValueError(
                f"network is {self.network!r}; expected ClassSR or one of {', '.join(names)}"
            )
        return self


class TestPathOptions(Section):
    results: Path = Path("results")
    pretrain_model: Path


class TestOptions(Section):
    """A run of test.py; network and scale come with the checkpoint."""

    __test__ = False  # not a test case, whatever pytest makes of the name

    name: str = Field(pattern=r"^[\w.-]+$")
    device: Literal["auto", "cpu", "gpu"] = "auto"
    datasets: list[PairOptions] = Field(min_length=1)
    path: TestPathOptions
    val: ProtocolOptions = ProtocolOptions()
    backend: Backend = "auto"
    precision: Precision = "float32"
    budget: str | None = None  # see classsr.budget
    save_img: bool = False
    class_map: bool = False


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
