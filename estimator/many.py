"""Many models at once: here, in a pool of processes or threads, or on a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import Any, Protocol, Union

from estimator.api import Estimate, estimate
from estimator.errors import EstimatorError, ModelError

Model = Union[str, Path, bytes, memoryview]
Outcome = Union[Estimate, EstimatorError]


class Executor(Protocol):
    """A concurrent.futures.Executor or a dask.distributed.Client."""

    def submit(self, function: Any, /, *arguments: Any) -> Any:
        """Start a call. Returns a future with a method result()."""


def estimate_many(
    models: Iterable[Model],
    *,
    executor: Executor | None = None,
    batch: int = 16,
    **options: Any,
) -> list[Outcome]:
    """Estimate models, each as :func:`estimator.estimate` does.

    Args:
        models: paths or bytes; paths must be readable where the executor's workers run.
        executor: runs the work; None for this process.
        batch: models per task, at least 1.
        options: those of :func:`estimator.estimate`, the same for all models.

    Returns:
        One entry per model, in order: its Estimate, or the error of one that can't be read.
        Models whose worker died are estimated in this process.

    Raises:
        FactsError: there is no such target or ABI.
        ValueError: an option makes no sense.
    """
    waiting = list(models)
    if batch < 1:
        raise ValueError(f"batch must be at least 1, not {batch}")
    if executor is None:
        return _estimate_batch(waiting, options)
    batches = [waiting[start : start + batch] for start in range(0, len(waiting), batch)]
    futures: list[Any] = []
    for part in batches:
        try:
            futures.append(executor.submit(_estimate_batch, part, options))
        except BrokenExecutor:
            futures.append(None)
    outcomes: list[Outcome] = []
    for part, future in zip(batches, futures):
        outcomes += _result(future, part, options)
    return outcomes


def _result(future: Any, part: Sequence[Model], options: dict[str, Any]) -> list[Outcome]:
    if future is None:
        return _estimate_batch(part, options)
    try:
        done: list[Outcome] = future.result()
    except BrokenExecutor:
        return _estimate_batch(part, options)
    return done


def _estimate_batch(models: Sequence[Model], options: dict[str, Any]) -> list[Outcome]:
    return [_estimate(model, options) for model in models]


def _estimate(model: Model, options: dict[str, Any]) -> Outcome:
    try:
        return estimate(model, **options)
    except ModelError as error:
        return error
