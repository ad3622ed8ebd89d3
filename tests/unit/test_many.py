"""estimate_many() gives the answers of estimate(), in order, whatever happens to its workers."""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from estimator import Estimate, estimate, estimate_many
from estimator.errors import FactsError, ModelError
from estimator.many import Model, _estimate_batch
from tests.oracle.generator import random_model

GOLDEN = Path(__file__).parents[2] / "golden" / "models"
CANDIDATES = 10_000


def mixed() -> list[Model]:
    """Bytes and paths, two of them no models."""
    models: list[Model] = [random_model(seed).data for seed in range(40)]
    models.insert(7, b"no model")
    models.insert(21, GOLDEN / "missing.tflite")
    return [*models, GOLDEN / "kws_ds_cnn_int8.tflite", str(GOLDEN / "vww_96_int8.tflite")]


def alike(one: Sequence[Any], other: Sequence[Any]) -> None:
    assert len(one) == len(other)
    for index, (first, second) in enumerate(zip(one, other)):
        assert first == second, index


def test_serial_results_are_those_of_estimate() -> None:
    results = estimate_many(mixed(), target="stm32f746zg")
    errors = [index for index, result in enumerate(results) if isinstance(result, ModelError)]
    assert errors == [7, 21]
    assert results[-1] == estimate(str(GOLDEN / "vww_96_int8.tflite"), target="stm32f746zg")


@pytest.mark.parametrize("pool", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_pools_give_the_serial_results(pool: Any) -> None:
    with pool(2) as executor:
        alike(estimate_many(mixed(), executor=executor, batch=5), estimate_many(mixed()))


def test_what_comes_from_a_worker_is_whole() -> None:
    here = estimate(GOLDEN / "kws_ds_cnn_int8.tflite")
    there = pickle.loads(pickle.dumps(here))
    assert there == here
    assert there.flash.model_parts == here.flash.model_parts
    weights = here.graph.main.tensors[2].data
    assert weights is not None and there.graph.main.tensors[2].data == weights


def test_errors_of_the_options_are_raised() -> None:
    with ThreadPoolExecutor(1) as executor, pytest.raises(FactsError, match="no target"):
        estimate_many(mixed(), executor=executor, target="no-such-board")
    with pytest.raises(ValueError, match="batch"):
        estimate_many([], batch=0)


def test_estimates_of_files_keep_no_file_open() -> None:
    """A process has about 1,000 file descriptors."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(path.name) for path in Path("/dev/fd").iterdir())
    limit = highest + 20
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    try:
        results = estimate_many([GOLDEN / "kws_ds_cnn_int8.tflite"] * (limit + 1))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert not any(isinstance(result, ModelError) for result in results)


def smallest_arena(of: Estimate) -> int | None:
    return of.arena.minimum_bytes if of.arena is not None else None


def test_what_is_selected_comes_back_in_order() -> None:
    whole = estimate_many(mixed())
    with ProcessPoolExecutor(2) as executor:
        found = estimate_many(mixed(), executor=executor, select=smallest_arena)
    assert [index for index, each in enumerate(found) if isinstance(each, ModelError)] == [7, 21]
    for one, estimated in zip(found, whole):
        assert isinstance(one, ModelError) or one == smallest_arena(estimated)


class Killer(ProcessPoolExecutor):
    """Kills its worker with the second task."""

    tasks = 0

    def submit(self, function: Any, /, *arguments: Any, **more: Any) -> Any:
        self.tasks += 1
        if self.tasks == 2:
            super().submit(os.kill, os.getpid(), 0)
            return super().submit(_die)
        return super().submit(function, *arguments, **more)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_worker_loses_nothing() -> None:
    with Killer(2) as executor:
        alike(estimate_many(mixed(), executor=executor, batch=4), estimate_many(mixed()))


def _on_dask(models: list[Model], batch: int, *, kill: bool) -> list[Any]:
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        if kill:
            worker = next(iter(cluster.workers.values()))
            client.wait_for_workers(2)
            pending = [client.submit(_estimate_batch, None, {}, models[:batch], pure=False)]
            os.kill(worker.pid, signal.SIGKILL)
            pending[0].result(timeout=120)
        return estimate_many(models, executor=client, batch=batch)


def test_a_local_dask_cluster() -> None:
    models = [*mixed(), *(random_model(seed).data for seed in range(40, 200))]
    alike(_on_dask(models, 16, kill=True), estimate_many(models))


@pytest.mark.long
def test_many_candidates_on_a_local_dask_cluster() -> None:
    models: list[Model] = [random_model(seed).data for seed in range(CANDIDATES)]
    models[1234] = b"no model"
    alike(_on_dask(models, 100, kill=True), estimate_many(models))
