"""Recordings of what real TFLM's allocators did: a folder of JSON files, one per build of TFLM."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from estimator.errors import MeasurementError
from estimator.facts.board import load_board
from estimator.facts.layout import load_layout
from estimator.facts.runtime import Kernels, Runtime

_CORES = {"m0plus", "m3", "m4", "m7", "m33", "m55"}


@dataclass(frozen=True, slots=True)
class Recording:
    """One model, how TFLM was built, and what it answered.

    ``record`` has the fields allocate_status, invoke_status, log, arena_used_bytes, head, tail,
    min_arena, trace and ops, as far as the model came.
    """

    file: str
    model: Path
    runtime: Runtime
    record: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.file}: {self.record['source']}/{self.record['path']}"


def recording_files(folder: Path) -> tuple[Path, ...]:
    """The recording files of a folder: ``[synthetic_]<core>[-longenums]_<kernels>.json``."""
    return tuple(
        path
        for path in sorted(folder.glob("*.json"))
        if path.stem.removeprefix("synthetic_").split("_")[0].split("-")[0] in _CORES
    )


def recordings(path: Path, models: Path) -> Iterator[Recording]:
    """All recordings of one file.

    Args:
        path: the recording file.
        models: folder of the models, ``<source>/<path>`` below it.

    Raises:
        MeasurementError: the file is not a recording.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        core, _, abi = data["core"].partition("-")
        kernels = Kernels(data["kernels"].replace("_", "-"))
        records = list(data["models"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MeasurementError(f"is no recording: {error}", where=str(path)) from error
    runtime = Runtime(
        kernels,
        load_board(f"cortex-{core}").core,
        load_layout("long-enums" if abi else "arm-none-eabi"),
    )
    for record in records:
        yield Recording(path.stem, models / record["source"] / record["path"], runtime, record)
