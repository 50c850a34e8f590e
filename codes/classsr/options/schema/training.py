"""An option file of classsr train."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Union

from pydantic import BaseModel, Field, model_validator

from classsr.models.backbones import BACKBONES
from classsr.models.spec import schema
from classsr.options.schema.datasets import DatasetsOptions
from classsr.options.schema.protocol import ValOptions
from classsr.options.schema.section import Name, Section, Seed, Steps
from classsr.options.schema.train_stage import TrainStageOptions

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
        if self.network not in self._branch_names:
            known = ", ".join(self._branch_names)
            raise ValueError(f"network is {self.network!r}; expected ClassSR or one of {known}")
        return self

    @property
    def trained(self) -> BranchOptions | None:
        """The branch that is trained by itself, None for ClassSR."""
        if self.network == "ClassSR":
            return None
        return self.branches[self._branch_names.index(self.network)]

    @property
    def _branch_names(self) -> list[str]:
        return [f"branch{number}" for number, _ in enumerate(self.branches, start=1)]
