"""What an option file may say: typed, frozen models of its sections."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Union

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from classsr.errors import ClassSRError
from classsr.inference.budget import parse_budget
from classsr.models import BACKBONES
from classsr.models.spec import schema
from classsr.runtime.select import Backend, Precision
from classsr.training.losses import PixelCriterion


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
    """The classifier and how it starts (see `models.Classifier`)."""

    width: int = Field(128, ge=1)
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
    prefetch_factor: int = Field(2, ge=1)  # batches that each worker makes ahead
    pin_memory: bool = False  # copy batches to the GPU without waiting for it
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
    """Cosine annealing; without T_period, one period as long as the training."""

    type: Literal["CosineAnnealingLR_Restart"]
    T_period: list[Annotated[int, Field(ge=1)]] | None = Field(None, min_length=1)
    restarts: list[int] = []
    restart_weights: list[float] = []
    eta_min: float = 1e-7

    @model_validator(mode="after")
    def _lengths(self) -> CosineOptions:
        periods = 1 if self.T_period is None else len(self.T_period)
        if not periods - 1 == len(self.restarts) == len(self.restart_weights):
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


class DivergenceOptions(Section):
    """When a training counts as diverged, and how it resumes (see `training.divergence`)."""

    spike: float = Field(10.0, gt=1)  # times what the loss was at most, about; the square for l2
    tries: int = Field(3, ge=0)
    slowdown: float = Field(0.1, gt=0, le=1)
    cooldown: int = Field(1000, ge=0)  # steps


class TrainStageOptions(Section):
    """The training itself; the weights of the losses are for images in [0, 1].

    class_shares: how the tiles should be spread over the classes, as in [2, 1, 1]; equal if left
        out.
    budgets: shares of the widest branch's FLOPs, within which tiles are routed in training too.
    precompute_branch_errors: run frozen branches on every sub-image once. The classifier then
        learns what each step to a larger branch gains on every patch (`losses.gain_loss`), in place
        of the weighted losses, at the price that the one of budgets sets.
    allow_random_branches: train the classifier in front of branches without training.
    """

    niter: int = Field(ge=1)
    lr: float = Field(gt=0)
    beta1: float = 0.9
    beta2: float = 0.99
    scheduler: CosineOptions | MultiStepOptions = Field(discriminator="type")
    pixel_criterion: PixelCriterion = "l1"
    pixel_loss_weight: float = 1.0  # of the pixel criterion, whichever it is
    class_loss_weight: float = 0.5
    average_loss_weight: float = 3.0
    class_shares: list[Annotated[float, Field(gt=0)]] | None = None
    budgets: list[Annotated[float, Field(gt=0, lt=1)]] = []
    freeze_branches: bool = False
    precompute_branch_errors: bool = False
    allow_random_branches: bool = False
    warmup_iter: int = Field(0, ge=0)
    grad_clip: float | None = Field(None, gt=0)  # the largest norm of all gradients together
    ema_decay: float | None = Field(None, gt=0, lt=1)
    accumulate: int = Field(1, ge=1)  # parts that a batch is computed in
    amp: Literal["float16", "bfloat16"] | None = None
    static_graph: bool = False  # compile the network
    divergence: DivergenceOptions = DivergenceOptions()

    @model_validator(mode="after")
    def _errors_can_be_known(self) -> TrainStageOptions:
        usable = self.freeze_branches and len(self.budgets) == 1 and not self.static_graph
        if self.precompute_branch_errors and not usable:
            raise ValueError(
                "precompute_branch_errors needs freeze_branches, just one of budgets, "
                "no static_graph"
            )
        return self


class ProtocolOptions(Section):
    """How images are cut into tiles and scored; the defaults are the paper's."""

    protocol: Literal["paper", "full"] = "paper"
    tile: int = Field(32, ge=4)
    stride: int = Field(28, ge=1)  # of the paper's protocol
    tile_batch_size: int | None = Field(None, ge=1)  # what suits the runner where it is left out
    crop_border: int = Field(4, ge=0)

    @model_validator(mode="after")
    def _no_gaps(self) -> ProtocolOptions:
        if self.stride > self.tile:
            raise ValueError("stride must not exceed tile, or pixels would be left out")
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
    prune_from: Path | None = None  # a wider FSRCNN, whose best channels the network starts with
    pretrain_branches: list[Path] | None = None

    @model_validator(mode="after")
    def _one_start(self) -> TrainPathOptions:
        if self.prune_from is not None and self.pretrain_model is not None:
            raise ValueError("give either prune_from or pretrain_model")
        return self


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
        ratio = self.train.class_shares
        if ratio is not None and len(ratio) != len(self.branches):
            raise ValueError("train.class_shares needs one entry for each of branches")
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


# Names that options had before, and what they are called now.
RENAMED = {
    "average_loss_w": "average_loss_weight",
    "class_loss_w": "class_loss_weight",
    "class_ratio": "class_shares",
    "guard": "divergence",
    "judge_once": "precompute_branch_errors",
    "l1w": "pixel_loss_weight",
    "pretrain_wide": "prune_from",
    "step": "stride",
    "tile_batch": "tile_batch_size",
}


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
    budget: str | None = None  # see `inference.budget`
    save_img: bool = False
    class_map: bool = False

    @field_validator("budget")
    @classmethod
    def _budget_is_readable(cls, budget: str | None) -> str | None:
        if budget is not None:
            try:
                parse_budget(budget)
            except ClassSRError as error:
                raise ValueError(str(error)) from None
        return budget
