"""What spreads many items: this process, several on this machine, or a cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar

from tqdm import tqdm

from classsr.errors import ClassSRError
from classsr.system.cluster import work_on_cluster
from classsr.system.processes import work_apart

Item = TypeVar("Item")
Result = TypeVar("Result")


class Engine(Protocol):
    """Does items in several processes: `processes.work_apart` or `cluster.work_on_cluster`."""

    def __call__(
        self,
        items: Sequence[Any],
        work: Callable[[Any], Any],
        *,
        begin: Callable[[], None],
        done: Callable[[Any, Any], None],
    ) -> None:
        """See there."""
        ...


def choose_engine(*, processes: int, cluster: str | None) -> Engine | None:
    """The engine that `--processes` or `--cluster` asks for; None for this process alone."""
    if cluster is not None and processes > 1:
        raise ClassSRError("--processes and --cluster: give one of them")
    if cluster is not None:
        return partial(work_on_cluster, address=cluster)
    return partial(work_apart, n_processes=processes) if processes > 1 else None


def work_through(
    items: Sequence[Item],
    work: Callable[[Item], Result],
    *,
    label: str,
    engine: Engine | None = None,
) -> list[Result]:
    """The results of `work` on every item, in order. label: of the progress.

    `work`, the items and the results must be picklable where there is an engine. The first error
    stops the run and is raised. Processes are started afresh, so scripts need
    `if __name__ == "__main__"`.
    """
    if engine is None or len(items) <= 1:
        return [work(item) for item in tqdm(items, desc=label, disable=not items)]
    results: dict[int, Result] = {}
    with tqdm(desc=label, total=len(items)) as shown:

        def keep(numbered: tuple[int, Item], result: tuple[Result] | None) -> None:
            if result is None:
                raise ClassSRError(
                    f"{label}: a process was killed, most likely for want of memory; "
                    "repeat the command with fewer --processes"
                )
            (results[numbered[0]],) = result
            shown.update()

        engine(list(enumerate(items)), partial(_numbered, work=work), begin=_nothing, done=keep)
    return [results[number] for number in range(len(items))]


def _numbered(numbered: tuple[int, Item], *, work: Callable[[Item], Result]) -> tuple[Result]:
    return (work(numbered[1]),)


def _nothing() -> None:
    """Done before the first item."""
