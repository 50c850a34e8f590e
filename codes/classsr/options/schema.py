"""What an option file may say: typed, frozen models of its sections."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Union

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from classsr.errors import ClassSRError
from classsr.inference.budget import parse_budget
from classsr.models.backbones import BACKBONES
from classsr.models.spec import schema
from classsr.runtime.select import Backend, Precision
from classsr.training.losses import PixelCriterion


class Section(BaseModel):
    """A mapping of an option file; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _is_plain_name(name: str) -> str:
    if len(name.encode()) > LONGEST_NAME:
        raise ValueError(f"expected a name of at most {LONGEST_NAME} bytes")
    return name


LONGEST_NAME = 200
# Names become folders: one word of letters, digits, "_", "-" and ".", which leads nowhere else.
Name = Annotated[str, Field(pattern=r"^\w[\w.-]*$"), AfterValidator(_is_plain_name)]
SetName = Annotated[str, Field(pattern=r"^\w[\w .-]*$"), AfterValidator(_is_plain_name)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
Steps = Annotated[int, Field(ge=1, le=10**9)]


if TYPE_CHECKING:
    BranchOptions = BaseModel
else:
    BranchOptions = Annotated[
        Union[tuple(schema(name) for name in BACKBONES)],  # noqa: UP007
        Field(discriminator="type"),
    ]


class ClassifierOptions(Section):
    """The classifier (see `models.Classifier`).

    width: channels of its convolutions.
    init: first weights; published: the original's, kaiming: ten times as large.
    """

    width: int = Field(128, ge=1)
    init: Literal["published", "kaiming"] = "published"


class PairOptions(Section):
    """Whole images with their ground truth, for validation and testing.

    name: of the data set and of its folder in the results.
    dataroot_GT: folder of the ground truth.
    dataroot_LQ: folder of the LR images, which bear the same names.
    made_by: the command that makes the folders, told where they are missing.
    """

    name: SetName
    dataroot_GT: Path
    dataroot_LQ: Path
    made_by: str | None = None


class TrainSetOptions(Section):
    """Sub-images for training: two folders, or one packed set.

    dataroot_GT: folder of the ground truth.
    dataroot_LQ: folder of the LR sub-images, which bear the same names.
    dataroot_packed: a packed set, in place of the two folders.
    classes: which to train on, 1 (simple) to M (hard); all where it is left out.
    batch_size: sub-images of a step, over all processes.
    n_workers: threads that make batches ahead.
    prefetch_factor: batches that each of them makes ahead.
    pin_memory: copy batches to the GPU without waiting for it.
    use_flip: mirror half of the sub-images.
    use_rot: turn half of them.
    """

    dataroot_GT: Path | None = None
    dataroot_LQ: Path | None = None
    dataroot_packed: Path | None = None
    classes: list[int] | None = None
    batch_size: int = Field(16, ge=1, le=100_000)
    n_workers: int = Field(0, ge=0, le=1000)
    prefetch_factor: int = Field(2, ge=1, le=1000)
    pin_memory: bool = False
    use_flip: bool = True
    use_rot: bool = True

    @model_validator(mode="after")
    def _one_source(self) -> TrainSetOptions:
        folders = self.dataroot_GT is not None and self.dataroot_LQ is not None
        if folders == (self.dataroot_packed is not None):
            raise ValueError("give either dataroot_GT and dataroot_LQ, or dataroot_packed")
        return self


class DatasetsOptions(Section):
    """The images.

    train: sub-images to train on.
    val: data sets to validate on; none where it is left out.
    """

    train: TrainSetOptions
    val: list[PairOptions] = []


class CosineOptions(Section):
    """Cosine annealing with restarts.

    type: names this schedule.
    T_period: length of each period in steps; one as long as the training where it is left out.
    restarts: steps at which a period begins anew.
    restart_weights: of the rate after each restart.
    eta_min: the rate at the end of a period.
    """

    type: Literal["CosineAnnealingLR_Restart"]
    T_period: list[Steps] | None = Field(None, min_length=1)
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
    """A rate that falls in steps.

    type: names this schedule.
    milestones: steps after which it falls.
    gamma: the factor each time.
    restarts: steps at which it begins anew.
    restart_weights: of the rate after each restart.
    """

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
    """When a training counts as diverged, and how it goes on (see `training.divergence`).

    spike: times what the loss was at most, about; the square of it for l2.
    tries: how often in a row the training goes back before it gives up.
    slowdown: factor on the rate for each try.
    cooldown: steps for which the rate stays slower.
    """

    spike: float = Field(10.0, gt=1)
    tries: int = Field(3, ge=0, le=1000)
    slowdown: float = Field(0.1, gt=0, le=1)
    cooldown: int = Field(1000, ge=0, le=10**9)


class TrainStageOptions(Section):
    """The training itself; the weights of the losses are for images in [0, 1].

    niter: number of steps.
    lr: learning rate of Adam.
    beta1: Adam's decay of the gradient's mean.
    beta2: Adam's decay of the gradient's square.
    scheduler: how the rate changes.
    pixel_criterion: error of an image.
    pixel_loss_weight: of the pixel criterion, whichever it is.
    class_loss_weight: of the class loss.
    average_loss_weight: of the average loss.
    class_shares: how the tiles should be spread over the classes, as in [2, 1, 1]; equal if left
        out.
    budgets: shares of the widest branch's FLOPs, within which tiles are routed in training too.
    freeze_branches: train the classifier alone.
    precompute_branch_errors: run frozen branches on every sub-image once. The classifier then
        learns what each step to a larger branch gains on every patch (`losses.gain_loss`), in place
        of the weighted losses, at the price that the one of budgets sets.
    allow_random_branches: train the classifier in front of branches without training.
    warmup_iter: steps in which the rate rises from 0.
    grad_clip: the largest norm of all gradients together; off where it is left out.
    ema_decay: of averaged weights, as 0.999; off where it is left out.
    accumulate: parts that a batch is computed in, to save memory.
    amp: mixed precision on GPUs.
    static_graph: compile the network.
    divergence: what to do where the loss runs away.
    """

    niter: Steps
    lr: float = Field(gt=0)
    beta1: float = 0.9
    beta2: float = 0.99
    scheduler: CosineOptions | MultiStepOptions = Field(discriminator="type")
    pixel_criterion: PixelCriterion = "l1"
    pixel_loss_weight: float = 1.0
    class_loss_weight: float = 0.5
    average_loss_weight: float = 3.0
    class_shares: list[Annotated[float, Field(gt=0)]] | None = None
    budgets: list[Annotated[float, Field(gt=0, lt=1)]] = []
    freeze_branches: bool = False
    precompute_branch_errors: bool = False
    allow_random_branches: bool = False
    warmup_iter: int = Field(0, ge=0, le=10**9)
    grad_clip: float | None = Field(None, gt=0)
    ema_decay: float | None = Field(None, gt=0, lt=1)
    accumulate: int = Field(1, ge=1, le=100_000)
    amp: Literal["float16", "bfloat16"] | None = None
    static_graph: bool = False
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
    """How images are cut into tiles and scored; the defaults are the paper's.

    protocol: paper: tiles, rounded and averaged; full: every pixel, in regions of one class.
    tile: side of the classified tiles, LR pixels.
    stride: distance of two tiles of the paper's protocol, LR pixels.
    tile_batch_size: tiles at once; what suits the runner where it is left out.
    crop_border: HR pixels that PSNR and SSIM leave out on each side.
    """

    protocol: Literal["paper", "full"] = "paper"
    tile: int = Field(32, ge=4, le=4096)
    stride: int = Field(28, ge=1, le=4096)
    tile_batch_size: int | None = Field(None, ge=1, le=100_000)
    crop_border: int = Field(4, ge=0, le=1000)

    @model_validator(mode="after")
    def _no_gaps(self) -> ProtocolOptions:
        if self.stride > self.tile:
            raise ValueError("stride must not exceed tile, or pixels would be left out")
        return self


class ValOptions(ProtocolOptions):
    """Validation during a training: the protocol of testing.

    val_freq: steps between two validations.
    """

    val_freq: Steps = 5000


class LoggerOptions(Section):
    """What is written, and how often.

    print_freq: steps between two lines of the log.
    save_checkpoint_freq: steps between two checkpoints.
    keep_checkpoints: how many are kept besides best and last.
    visualdl: write the scalars for VisualDL too.
    """

    print_freq: Steps = 100
    save_checkpoint_freq: Steps = 5000
    keep_checkpoints: int = Field(3, ge=1, le=10**6)
    visualdl: bool = False


class TrainPathOptions(Section):
    """Where things are.

    experiments: folder of all trainings; each writes to a folder of its name in it.
    pretrain_model: checkpoint to start from.
    prune_from: a wider FSRCNN, with whose best channels the network starts.
    pretrain_branches: checkpoints of the branches of ClassSR, simple to hard.
    """

    experiments: Path = Path("experiments")
    pretrain_model: Path | None = None
    prune_from: Path | None = None
    pretrain_branches: list[Path] | None = None

    @model_validator(mode="after")
    def _one_start(self) -> TrainPathOptions:
        if self.prune_from is not None and self.pretrain_model is not None:
            raise ValueError("give either prune_from or pretrain_model")
        return self


class TrainOptions(Section):
    """An experiment of classsr train.

    name: of the experiment and of its folder.
    scale: of the enlargement.
    device: where to compute; auto takes a GPU where there is one.
    manual_seed: of weights and batches.
    branches: the networks of ClassSR from simple to hard.
    network: which part is trained, "ClassSR" or "branch1", "branch2", ...
    classifier: what chooses the branch.
    datasets: the images.
    path: where things are.
    train: the training itself.
    val: how it is validated.
    logger: what is written.
    """

    name: Name
    scale: Literal[2, 3, 4] = 4
    device: Literal["auto", "cpu", "gpu"] = "auto"
    manual_seed: Seed = 0
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

# What other tools call them.
SYNONYMS = {
    "batch": "batch_size",
    "batch_size_per_gpu": "batch_size",
    "epochs": "niter",
    "ema": "ema_decay",
    "iterations": "niter",
    "learning_rate": "lr",
    "max_iter": "niter",
    "num_iter": "niter",
    "num_worker_per_gpu": "n_workers",
    "num_workers": "n_workers",
    "pretrain_network_g": "pretrain_model",
    "seed": "manual_seed",
    "total_iter": "niter",
    "warmup": "warmup_iter",
}


class TestPathOptions(Section):
    """Where things are.

    results: folder of all results; a test writes to a folder of its name in it.
    pretrain_model: the checkpoint that is tested.
    """

    results: Path = Path("results")
    pretrain_model: Path


class TestOptions(Section):
    """A run of classsr test; network and scale come with the checkpoint.

    name: of the test and of its folder.
    device: where to compute; auto takes a GPU where there is one.
    datasets: the images.
    path: where things are.
    val: how images are cut into tiles and scored.
    backend: what computes; auto takes OpenVINO on CPUs where it is installed.
    precision: of the branches.
    budget: computation to spend, as 50%, 0.3GFLOPs a tile or 2.5s a megapixel.
    save_img: write the results as PNG.
    class_map: write the tiles by class as IMAGE_classes.png.
    """

    __test__ = False  # not a test case, whatever pytest makes of the name

    name: Name
    device: Literal["auto", "cpu", "gpu"] = "auto"
    datasets: list[PairOptions] = Field(min_length=1)
    path: TestPathOptions
    val: ProtocolOptions = ProtocolOptions()
    backend: Backend = "auto"
    precision: Precision = "float32"
    budget: str | None = None
    save_img: bool = False
    class_map: bool = False

    @field_validator("datasets")
    @classmethod
    def _each_set_once(cls, datasets: list[PairOptions]) -> list[PairOptions]:
        names = [pairs.name for pairs in datasets]
        if len(set(names)) < len(names):
            raise ValueError(f"two data sets have one name: {', '.join(names)}")
        return datasets

    @field_validator("budget")
    @classmethod
    def _budget_is_readable(cls, budget: str | None) -> str | None:
        if budget is not None:
            try:
                parse_budget(budget)
            except ClassSRError as error:
                raise ValueError(str(error)) from None
        return budget
