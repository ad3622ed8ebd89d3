"""Many models at once: here, in a pool of processes or threads, or on a Dask cluster."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol, Union

from estimator.api import Estimate, estimate
from estimator.errors import ModelError

Model = Union[str, Path, bytes, memoryview]
Work = Callable[[Sequence[Model]], list[Any]]


class Executor(Protocol):
    """A concurrent.futures.Executor or a dask.distributed.Client."""

    def submit(self, function: Any, /, *arguments: Any) -> Any:
        """Start a call. Returns a future with a method result()."""


def estimate_many(
    models: Iterable[Model],
    *,
    executor: Executor | None = None,
    batch: int | None = None,
    select: Callable[[Estimate], Any] | None = None,
    **options: Any,
) -> list[Any]:
    """Estimate models, each as :func:`estimator.estimate` does.

    Args:
        models: paths or bytes; paths must be readable where the executor's workers run.
        executor: runs the work; None for this process.
        batch: models per task, at least 1; None for 32 tasks of up to 100 models, or more tasks.
        select: what to keep of each Estimate, such as a few numbers: a function that workers can
            import. What travels between processes costs time here, whatever their number.
        options: those of :func:`estimator.estimate`, the same for all models.

    Returns:
        One entry per model, in order: its Estimate, or what ``select`` makes of it, or the error of
        one that can't be read. Models whose worker died are estimated in this process.

    Raises:
        FactsError: there is no such target or ABI.
        ValueError: an option makes no sense.
    """
    waiting = list(models)
    if batch is None:
        batch = min(max(len(waiting) // 32, 1), 100)
    if batch < 1:
        raise ValueError(f"batch must be at least 1, not {batch}")
    with _collector_paused():
        return _estimate_all(waiting, executor, batch, partial(_estimate_batch, select, options))


def _estimate_all(
    waiting: list[Model], executor: Executor | None, batch: int, work: Work
) -> list[Any]:
    if executor is None:
        return work(waiting)
    batches = [waiting[start : start + batch] for start in range(0, len(waiting), batch)]
    futures: list[Any] = []
    for part in batches:
        try:
            futures.append(executor.submit(work, part))
        except BrokenExecutor:
            futures.append(None)
    outcomes: list[Any] = []
    for part, future in zip(batches, futures):
        outcomes += _result(future, part, work)
    return outcomes


def _result(future: Any, part: Sequence[Model], work: Work) -> list[Any]:
    if future is None:
        return work(part)
    try:
        done: list[Any] = future.result()
    except BrokenExecutor:
        return work(part)
    return done


def _estimate_batch(
    select: Callable[[Estimate], Any] | None, options: dict[str, Any], models: Sequence[Model]
) -> list[Any]:
    with _collector_paused():
        return [_estimate(model, select, options) for model in models]


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Estimates hold no cycles; the garbage collector would look at all of them again and again."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _estimate(
    model: Model, select: Callable[[Estimate], Any] | None, options: dict[str, Any]
) -> Any:
    try:
        found = estimate(model, **options)
    except ModelError as error:
        return error
    return select(found) if select is not None else found
