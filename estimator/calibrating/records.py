"""Reads recordings of executed instructions: one JSON file per core and kernel library.

``{"core": "m4", "kernels": "cmsis_nn", "models": [{"path", "source", "sha256", "invoke_status",
"events": [[depth, operator, instructions], ...], "total_instructions"}, ...]}``
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from estimator.errors import FactsError
from estimator.facts.runtime import Kernels


@dataclass(frozen=True, slots=True)
class InstructionRecord:
    """Executed instructions of one model.

    Attributes:
        path: of the model's file.
        synthetic: a generated model of one operator, run on zeros.
        operators: (name, instructions) in execution order, None where control flow ran some more
            than once.
    """

    model: str
    path: Path
    sha256: str
    synthetic: bool
    operators: tuple[tuple[str, int], ...] | None
    total: int


@dataclass(frozen=True, slots=True)
class Recording:
    """All records of one build."""

    core: str
    kernels: Kernels
    records: tuple[InstructionRecord, ...]


def read_recordings(folder: Path, models: Path) -> tuple[Recording, ...]:
    """All recordings in a folder, joined by core and kernel library.

    Args:
        folder: holds ``*.json``.
        models: holds the models, at ``<source>/<path>`` of the records.

    Raises:
        FactsError: there is no recording, or one is malformed.
    """
    found: dict[tuple[str, Kernels], list[InstructionRecord]] = {}
    for path in sorted(folder.glob("*.json")):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            key = (f"cortex-{content['core']}", Kernels(content["kernels"].replace("_", "-")))
            found.setdefault(key, []).extend(_records(content["models"], models))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise FactsError(f"is no recording of instructions: {error!r}", where=str(path)) from (
                error
            )
    if not found:
        raise FactsError("holds no recording of instructions", where=str(folder))
    return tuple(
        Recording(core, kernels, tuple(records)) for (core, kernels), records in found.items()
    )


def read_golden(records: Path, models: Path) -> tuple[Recording, ...]:
    """Records of `mculint measure` that count instructions, joined as by read_recordings().

    A model that was measured on several boards with one core counts once.

    Args:
        records: holds ``<board>/<runtime>/<model>.json``.
        models: holds ``<model>.tflite``.

    Raises:
        FactsError: a record is malformed.
    """
    found: dict[tuple[str, Kernels], dict[str, InstructionRecord]] = {}
    for path in sorted(records.glob("*/*/*.json")):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["latency"]["unit"] != "instructions":
                continue
            key = (content["provenance"]["core"], Kernels(content["runtime"]["kernels"]))
            record = _golden(content, models)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise FactsError(f"is no record: {error!r}", where=str(path)) from error
        found.setdefault(key, {}).setdefault(record.model, record)
    return tuple(
        Recording(core, kernels, tuple(by_model.values()))
        for (core, kernels), by_model in found.items()
    )


def _golden(content: dict[str, Any], models: Path) -> InstructionRecord:
    operators = content["operators"]
    nested = any(entry["depth"] for entry in operators)
    return InstructionRecord(
        model=content["model"]["name"],
        path=models / f"{content['model']['name']}.tflite",
        sha256=content["model"]["sha256"],
        synthetic=False,
        operators=None if nested else tuple((entry["name"], entry["time"]) for entry in operators),
        total=sum(entry["time"] for entry in operators if not entry["depth"]),
    )


def join(*parts: tuple[Recording, ...]) -> tuple[Recording, ...]:
    """Recordings of the same core and kernel library as one."""
    found: dict[tuple[str, Kernels], tuple[InstructionRecord, ...]] = {}
    for recording in (recording for part in parts for recording in part):
        key = (recording.core, recording.kernels)
        found[key] = (*found.get(key, ()), *recording.records)
    return tuple(Recording(*key, records) for key, records in found.items())


def _records(entries: list[dict[str, object]], models: Path) -> Iterator[InstructionRecord]:
    """The records of models that ran to the end."""
    for entry in entries:
        events = entry.get("events") or []
        if entry.get("invoke_status") != 0 or not isinstance(events, list) or not events:
            continue
        nested = any(depth for depth, _, _ in events)
        yield InstructionRecord(
            model=str(entry["path"]),
            path=models / str(entry["source"]) / str(entry["path"]),
            sha256=str(entry["sha256"]),
            synthetic=entry["source"] == "synthetic",
            operators=None if nested else tuple((str(name), int(n)) for _, name, n in events),
            total=int(str(entry["total_instructions"])),
        )
