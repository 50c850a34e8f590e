"""A runner that remembers what it computed, for an image that is run again and again."""

from __future__ import annotations

from collections.abc import Hashable
from threading import Lock

import numpy as np

from classsr.runtime.runner import Runner


class RememberingRunner:
    """Runs another runner, but on what it has been given before only once.

    Branches remember window by window, because what becomes of a window does not depend on the
    others in its batch; the classifier, whose last product in Paddle does, remembers whole batches.

    capacity: bytes of results that are remembered; what exceeds it is computed again.
    """

    def __init__(self, runner: Runner, *, capacity: int) -> None:
        self._runner, self._capacity = runner, capacity
        self.scale, self.num_classes = runner.scale, runner.num_classes
        self.batch_size, self.streams = runner.batch_size, runner.streams
        self.size = 0  # bytes of the results that are remembered
        self._used: dict[Hashable, np.ndarray] = {}
        self._unused: dict[Hashable, np.ndarray] = {}
        self._lock = Lock()

    def forget_unused(self) -> None:
        """Forget what nobody has asked for since the last call of this method."""
        self.size -= sum(result.nbytes for result in self._unused.values())
        self._used, self._unused = {}, self._used

    def classify(self, tiles: np.ndarray) -> np.ndarray:
        """Logits as the runner gives them."""
        key = (tiles.shape, tiles.tobytes())
        logits = self._recall(key)
        if logits is None:
            logits = self._runner.classify(tiles)
            self._remember(key, logits)
        return logits.copy()

    def run_branch(self, tiles: np.ndarray, branch: int) -> np.ndarray:
        """Tiles through a branch as the runner gives them."""
        keys = [(branch, tile.shape, tile.tobytes()) for tile in tiles]
        results = [self._recall(key) for key in keys]
        new = [place for place, result in enumerate(results) if result is None]
        if new:
            computed = self._runner.run_branch(np.ascontiguousarray(tiles[new]), branch)
            for place, result in zip(new, computed, strict=True):
                results[place] = result
                self._remember(keys[place], result)
        return np.stack([result for result in results if result is not None])

    def _recall(self, key: Hashable) -> np.ndarray | None:
        with self._lock:
            result = self._unused.pop(key, None)
            if result is None:
                return self._used.get(key)
            self._used[key] = result
            return result

    def _remember(self, key: Hashable, result: np.ndarray) -> None:
        with self._lock:
            if key not in self._used and self.size + result.nbytes <= self._capacity:
                self._used[key] = result.copy()  # not the whole batch with it
                self.size += result.nbytes
