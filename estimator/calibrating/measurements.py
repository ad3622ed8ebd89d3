"""Reads published measurements: golden/published/*.csv, one row per model and board."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from estimator.errors import FactsError
from estimator.facts.calibration import Backbone
from estimator.facts.runtime import Kernels
from estimator.opmodel import LayerKind

COLUMNS = (
    "source", "model", "task", "backbone", "ops", "macs_by_kind", "model_file", "board", "core",
    "clock_mhz", "runtime", "kernels", "latency_ms", "energy_mj", "estimated", "doubtful", "notes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measurement:
    """One model on one board.

    Attributes:
        source: where it was published.
        ops: operations, counted by us where the layers are known, else as published; None where
            neither is.
        macs: by kind of layer, {} where the layers are not known.
        model_file: stem of a file in golden/models with the same layers, "" where there is none.
        latency_ms: time of one inference.
        resolution_ms: how far the printed latency may be from the measured one by rounding.
        energy_mj: energy of one inference, None where it wasn't measured.
        estimated: the source marks the latency as estimated, not measured.
        doubtful: columns that look misprinted (the notes say why): not used in fits.
        sha256: of the row's text.
    """

    source: str
    model: str
    backbone: Backbone
    ops: int | None
    macs: Mapping[LayerKind, int]
    model_file: str
    board: str
    core: str
    clock_mhz: float | None
    runtime: str
    kernels: Kernels
    latency_ms: float
    resolution_ms: float
    energy_mj: float | None
    estimated: bool
    doubtful: tuple[str, ...]
    notes: str
    sha256: str


def read_measurements(path: Path) -> tuple[Measurement, ...]:
    """All rows of a file. Raises FactsError where a row is malformed."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise FactsError(f"its columns must be {', '.join(COLUMNS)}", where=str(path))
            return tuple(_measurement(row, f"{path}:{reader.line_num}") for row in reader)
    except OSError as error:
        raise FactsError(f"can't be read: {error.strerror or error}", where=str(path)) from error


def _measurement(row: dict[str, str], where: str) -> Measurement:
    try:
        macs = {LayerKind(k): int(n) for k, n in json.loads(row["macs_by_kind"] or "{}").items()}
        own = 2 * sum(macs.values())
        return Measurement(
            source=row["source"],
            model=row["model"],
            backbone=Backbone(row["backbone"]),
            ops=own or (int(row["ops"]) if row["ops"] else None),
            macs=macs,
            model_file=row["model_file"],
            board=row["board"],
            core=row["core"],
            clock_mhz=float(row["clock_mhz"]) if row["clock_mhz"] else None,
            runtime=row["runtime"],
            kernels=Kernels(row["kernels"]),
            latency_ms=float(row["latency_ms"]),
            resolution_ms=0.5 * 10.0 ** -len(row["latency_ms"].partition(".")[2]),
            energy_mj=float(row["energy_mj"]) if row["energy_mj"] else None,
            estimated={"true": True, "false": False}[row["estimated"]],
            doubtful=tuple(row["doubtful"].split()),
            notes=row["notes"],
            sha256=hashlib.sha256("\x1f".join(row[name] for name in COLUMNS).encode()).hexdigest(),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FactsError(f"malformed row: {error}", where=where) from error
