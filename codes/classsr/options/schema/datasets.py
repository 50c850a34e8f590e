"""The images of a training or a test."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, model_validator

from classsr.options.schema.section import Section, SetName


class PairOptions(Section):
    """Whole images with their ground truth, for validation and testing.

    name: of the data set and of its folder in the results.
    dataroot_GT: folder of the ground truth.
    dataroot_LQ: folder of the LR images, with the same names.
    made_by: the command that makes the folders, told where they are missing.
    """

    name: SetName
    dataroot_GT: Path
    dataroot_LQ: Path
    made_by: str | None = None


class TrainSetOptions(Section):
    """Sub-images for training: two folders, or one packed set.

    dataroot_GT: folder of the ground truth.
    dataroot_LQ: folder of the LR sub-images, with the same names.
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
    val: list[PairOptions] = Field([])
