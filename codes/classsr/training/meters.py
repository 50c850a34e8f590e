"""Losses, statistics and timing of the steps since the last log line."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import timedelta

import numpy as np
import paddle

from classsr.system.distributed import mean_over_ranks


class Meters:
    """One row of values for each step; columns names them.

    Rows stay on the device until they are fetched, so that it need not wait for Python.
    """

    def __init__(self) -> None:
        self.columns: list[str] = []
        self.rows: list[list[float]] = []
        self._waiting: list[paddle.Tensor] = []
        self.restart_timing()

    def restart_timing(self) -> None:
        """Begin to measure anew."""
        self._timed_steps = self._images = 0
        self._reader_seconds = self._batch_seconds = 0.0
        self.restart_clock()

    def restart_clock(self) -> None:
        """Leave the time since the last step out of the next one's."""
        self._clock = time.perf_counter()

    def batch_arrived(self) -> None:
        """Note the time that the loader took."""
        self._reader_seconds += time.perf_counter() - self._clock

    def add(self, values: Mapping[str, paddle.Tensor], *, images: int) -> None:
        """Add a finished step: scalar tensors by name, and its number of images."""
        self.columns = list(values)
        self._waiting.append(paddle.stack([value.detach() for value in values.values()]))
        self._timed_steps += 1
        self._images += images
        now = time.perf_counter()
        self._batch_seconds += now - self._clock
        self._clock = now

    def fetch(self) -> list[dict[str, float]]:
        """The steps since the last fetch, as means over all processes."""
        if not self._waiting:
            return []
        new = mean_over_ranks(paddle.stack(self._waiting)).tolist()
        self._waiting.clear()
        self.rows += new
        return [dict(zip(self.columns, row, strict=True)) for row in new]

    def close(self) -> dict[str, float]:
        """The means of all fetched steps; the next ones start from zero rows."""
        means = np.mean(self.rows, axis=0).tolist()
        self.rows = []
        return dict(zip(self.columns, means, strict=True))

    def clear(self, *, columns: list[str], rows: list[list[float]]) -> None:
        """Go back to what a checkpoint holds."""
        self.columns, self.rows = columns, rows
        self._waiting.clear()
        self.restart_timing()

    def timing(self, *, steps_left: int) -> tuple[dict[str, float], str]:
        """Costs of a step as scalars, and as text with the keys that Paddle's tools use."""
        reader, batch = (
            seconds / self._timed_steps for seconds in (self._reader_seconds, self._batch_seconds)
        )
        rate = self._images / self._batch_seconds
        self.restart_timing()
        scalars = {"avg_reader_cost": reader, "avg_batch_cost": batch, "ips": rate}
        text = (
            f"avg_reader_cost: {reader:.4f} s  avg_batch_cost: {batch:.4f} s  "
            f"ips: {rate:.1f} images/s  eta: {timedelta(seconds=round(batch * steps_left))}"
        )
        return scalars, text
