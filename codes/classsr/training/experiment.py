"""The folder of an experiment: its options, its log and its checkpoints.

experiments/<name>/options.yml             the resolved options
                   options_<n>.yml         those before a resuming with others
                   train.log               what the console showed
                   scalars.csv             losses, rates, shares and PSNR as step,name,value
                   errors_<criterion>.npy  of every patch in each branch, where precomputed
                   visualdl/               the same for VisualDL, where it is switched on
                   checkpoints/<step>.safetensors          weights after that step
                   checkpoints/<step>.training.safetensors what resuming needs besides
                   checkpoints/best.safetensors            best validation so far
                   checkpoints/last.safetensors            the end of the training

best and last are the averaged weights where averages are kept.
"""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager, nullcontext, suppress
from difflib import ndiff
from pathlib import Path
from typing import Any, Literal

from paddle import nn

from classsr.checkpoints.native import read_arrays, save_network, set_weights, write_arrays
from classsr.errors import ClassSRError
from classsr.system.distributed import rank
from classsr.system.files import cannot_write, remove_partials, write_atomic
from classsr.system.locks import locked
from classsr.training.scalar_log import Scalars
from classsr.training.state import State

log = logging.getLogger("classsr")


class Experiment:
    """Saves and restores one training; `spec` describes its network (see `models.spec`).

    keep: number of checkpoints that are kept besides best and last.
    """

    def __init__(self, folder: Path, *, spec: dict[str, Any], keep: int, visualdl: bool) -> None:
        self.folder = folder
        self.scalars = Scalars(
            folder / "scalars.csv", visualdl=folder / "visualdl" if visualdl else None
        )
        self._spec = spec
        self._keep = keep
        self._checkpoints = folder / "checkpoints"

    def start(self, options: str) -> None:
        """Make the folder of a new experiment; one that exists is never overwritten."""
        try:
            self.folder.mkdir(parents=True)
        except FileExistsError as error:
            raise ClassSRError(
                f"{self.folder}: exists already; resume it with --resume, "
                f"or choose another name with -o name=..."
            ) from error
        except OSError as error:
            raise cannot_write(self.folder, error) from error
        write_atomic(self.folder / "options.yml", options.encode())
        self.scalars.begin()

    def reopen(self, options: str) -> None:
        """Check that there is something to resume.

        Where the options are others than before, the difference is logged, the old ones stay as
        options_<n>.yml and the new ones become options.yml.
        """
        if not self.folder.exists():
            raise ClassSRError(f"{self.folder}: no such experiment; start it without --resume")
        path = self.folder / "options.yml"
        before = path.read_text(encoding="utf-8") if path.exists() else options
        changes = changed_lines(before, options)
        if changes and rank() == 0:
            kept = self.folder / f"options_{len(list(self.folder.glob('options_*.yml'))) + 1}.yml"
            write_atomic(kept, before.encode())
            write_atomic(path, options.encode())
            log.warning("resuming with other options (before: %s): %s", kept, "; ".join(changes))

    def held(self) -> AbstractContextManager[None]:
        """Keep other processes out of the folder, where it is there."""
        return locked(self.folder) if self.folder.is_dir() else nullcontext()

    def save(self, state: State) -> None:
        """Write a checkpoint and drop the oldest ones beyond `keep`.

        The weights come last and go first: where they stand, the checkpoint is whole.
        """
        weights, training = self._paths(state.step)
        weights.unlink(missing_ok=True)
        description = {**state.description(), "scalars": self.scalars.length}
        write_arrays(training, state.arrays(), description=description)
        save_network(weights, state.network, spec=self._spec)
        self._keep_only(self._steps()[-self._keep :])

    def save_as(self, name: Literal["best", "last"], network: nn.Layer) -> None:
        """Keep these weights under a name of their own."""
        if rank() == 0:
            save_network(self._checkpoints / f"{name}.safetensors", network, spec=self._spec)

    def restore(self, state: State, *, back: int = 1) -> None:
        """Restore the newest checkpoint, or the one that is `back` from the end.

        One that cannot be read is passed over with a warning. Where none has been written yet,
        the state stays as it is.
        """
        steps = self._steps()
        if not steps:
            self.scalars.begin()
            return
        for step in reversed(steps[: max(len(steps) + 1 - back, 1)]):
            weights, training = self._paths(step)
            try:
                arrays, _ = read_arrays(weights)
                training_arrays, description = read_arrays(training)
            except ClassSRError as error:
                log.warning("%s; trying the checkpoint before it", error)
                continue
            set_weights(state.network, arrays, source=weights)
            state.restore(training_arrays, description)
            self.scalars.begin(description["scalars"])
            return
        raise ClassSRError(
            f"{self.folder}: none of its checkpoints can be read; "
            f"remove the folder and start without --resume"
        )

    def drop_after(self, step: int) -> None:
        """Remove the checkpoints after a step: they led to a divergence."""
        self._keep_only([kept for kept in self._steps() if kept <= step])

    def log_file(self) -> logging.Handler:
        """A handler that appends to train.log."""
        path = self.folder / "train.log"
        try:
            handler = _LogFile(path, encoding="utf-8")
        except OSError as error:
            raise cannot_write(path, error) from error
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        return handler

    def _paths(self, step: int) -> tuple[Path, Path]:
        stem = self._checkpoints / f"{step:08d}"
        return stem.with_suffix(".safetensors"), stem.with_suffix(".training.safetensors")

    def _steps(self) -> list[int]:
        """Steps of all whole checkpoints, ascending."""
        paths = self._checkpoints.glob("[0-9]*.safetensors")
        return sorted(int(path.stem) for path in paths if path.stem.isdigit())

    def _keep_only(self, steps: list[int]) -> None:
        """Remove all other numbered checkpoints, and what a killed run left half-written."""
        kept = {path.name for step in steps for path in self._paths(step)}
        for path in self._checkpoints.glob("[0-9]*.safetensors"):
            if path.name not in kept:
                path.unlink(missing_ok=True)
        remove_partials(self._checkpoints)


def changed_lines(before: str, after: str) -> list[str]:
    """The lines of two option files that differ, "-" from the first, "+" from the second."""
    marked = ndiff(before.splitlines(), after.splitlines())
    return [" ".join(line.split()) for line in marked if line[0] in "-+"]


class _LogFile(logging.FileHandler):
    """A log file that does not hide a full disk."""

    def handleError(self, record: logging.LogRecord) -> None:
        raise ClassSRError(f"{self.baseFilename}: cannot be written; free space and resume")

    def close(self) -> None:
        with suppress(OSError):
            super().close()
