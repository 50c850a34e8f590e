"""The scalars of a training over its steps: a CSV file always, VisualDL where it is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from classsr.errors import ClassSRError
from classsr.system.distributed import rank
from classsr.system.files import cannot_write

HEADER = "step,name,value\n"


class Scalars:
    """Appends rows `step,name,value` to a file, and the same to VisualDL; the first process does.

    visualdl: the folder for VisualDL; None for none.
    Raises ClassSRError for a full disk, and where VisualDL is wanted but not installed.
    """

    def __init__(self, path: Path, *, visualdl: Path | None = None) -> None:
        self._path = path
        self._folder = visualdl
        self._visualdl: Any = None

    def begin(self, length: int = 0) -> None:
        """Keep the first `length` bytes, as a checkpoint noted them, and append from there."""
        if rank():
            return
        if self._folder is not None and self._visualdl is None:
            self._visualdl = _visualdl_writer(self._folder)
        try:
            with self._path.open("ab") as file:
                file.truncate(length)
                if not length:
                    file.write(HEADER.encode())
        except OSError as error:
            raise cannot_write(self._path, error) from error

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """Write the values of a step."""
        if rank():
            return
        rows = "".join(f"{step},{name},{value:.9g}\n" for name, value in values.items())
        try:
            with self._path.open("ab") as file:
                file.write(rows.encode())
        except OSError as error:
            raise cannot_write(self._path, error) from error
        if self._visualdl is not None:
            for name, value in values.items():
                self._visualdl.add_scalar(tag=name, value=value, step=step)

    def show(self, step: int, image: np.ndarray) -> None:
        """Give VisualDL a restored image (H, W, 3) on 0..255."""
        if self._visualdl is not None:
            levels = np.rint(image).clip(0, 255).astype(np.uint8)
            self._visualdl.add_image(tag="validation", img=levels, step=step)

    @property
    def length(self) -> int:
        """Bytes written so far."""
        return self._path.stat().st_size if self._path.exists() else 0


def _visualdl_writer(folder: Path) -> Any:
    try:
        from visualdl import LogWriter
    except ImportError as error:
        raise ClassSRError(
            "logger.visualdl: VisualDL is not installed; pip install visualdl, or switch it off"
        ) from error
    return LogWriter(logdir=str(folder))
