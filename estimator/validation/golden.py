"""Golden records beside the estimates: exact numbers to the byte, others against their interval."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from estimator import api
from estimator.errors import MeasurementError
from estimator.measuring import Record

RECORDING = "recording: "
_OUTSIDE = 0.15
"""Of 90 % intervals, at most this share may be missed."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One estimated number beside the measured one.

    Attributes:
        record: what was measured, and where.
        what: which number.
        low, best, high: the estimate; None where it is unknown. For exact numbers all are equal.
        measured: the measurement.
        exact: whether the two must be equal.
    """

    record: Record
    what: str
    low: float | None
    best: float | None
    high: float | None
    measured: float
    exact: bool

    @property
    def fails(self) -> bool:
        """Whether an exact number differs or a measurement lies outside the interval."""
        if self.low is None or self.high is None:
            return self.exact
        return not self.low <= self.measured <= self.high

    @property
    def undershoots(self) -> bool:
        """Whether the estimate promises less than was measured."""
        return self.high is not None and self.high < self.measured

    @property
    def error(self) -> float | None:
        """Best estimate / measured - 1; None where unknown."""
        if self.best is None or not self.measured:
            return None
        return self.best / self.measured - 1


def compare_records(records: Iterable[Record], models: Path) -> tuple[Pair, ...]:
    """Compare records of real TFLM with the estimates of their models.

    Args:
        records: golden records.
        models: the folder of the models, ``<name>.tflite``.

    Raises:
        MeasurementError: a model's file is not the one that was measured.
        ModelError: a model can't be read.
    """
    return tuple(pair for record in records for pair in _pairs(record, models))


def _pairs(record: Record, models: Path) -> list[Pair]:
    path = models / f"{record.model.name}.tflite"
    _check_model(record, path)
    kernels = record.runtime.kernels
    if kernels is None:
        return []  # the harness's test engine, not TFLM
    estimate = api.estimate(path, target=record.provenance.core, kernels=kernels)
    recording = api.estimate(
        path,
        target=record.provenance.core,
        kernels=kernels,
        options=api.ArenaOptions(recording=True),
    )
    measured = record.arena
    pairs = [
        _exact(record, "arena used", _of(estimate, "used_bytes"), measured.used_bytes),
        _exact(record, "arena minimum", _of(estimate, "minimum_bytes"), measured.minimum_bytes),
        _exact(record, "arena head", _of(estimate, "head_bytes"), measured.head_bytes),
        _exact(record, "arena tail", _of(estimate, "tail_bytes"), measured.tail_bytes),
        _exact(
            record, f"{RECORDING}used", _of(recording, "used_bytes"), measured.recording.used_bytes
        ),
        _exact(
            record, f"{RECORDING}tail", _of(recording, "tail_bytes"), measured.recording.tail_bytes
        ),
    ]
    if record.latency.unit == "instructions":
        number = estimate.instructions
        pairs.append(
            Pair(record, "instructions", number.low, number.best, number.high,
                 record.latency.median, exact=False)
        )  # fmt: skip
    return pairs


def _of(estimate: api.Estimate, field: str) -> int | None:
    return None if estimate.arena is None else int(getattr(estimate.arena, field))


def _exact(record: Record, what: str, estimated: int | None, measured: int) -> Pair:
    return Pair(record, what, estimated, estimated, estimated, measured, exact=True)


def _check_model(record: Record, path: Path) -> None:
    if not path.is_file():
        raise MeasurementError("is measured, but its model is missing", where=str(path))
    if hashlib.sha256(path.read_bytes()).hexdigest() != record.model.sha256:
        raise MeasurementError("is not the file that was measured: its sha256 is another",
                               where=str(path))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Statistics:
    """How one number compares over the records of one board and runtime.

    Attributes:
        pairs: compared, the unknown ones left out.
        failures: see Pair.fails.
        undershoots: estimates that promise less than was measured.
        unknown: numbers without an estimate.
        mean_error, worst_error: of the best estimates, as fractions without sign.
    """

    board: str
    runtime: str
    kind: str
    what: str
    pairs: int
    failures: int
    undershoots: int
    unknown: int
    mean_error: float
    worst_error: float
    exact: bool

    @property
    def fails(self) -> bool:
        """An exact number differs, or too few measurements lie within their 90 % interval."""
        allowed = 0.0 if self.exact else _OUTSIDE * self.pairs
        return self.failures > allowed


def statistics(pairs: Iterable[Pair]) -> tuple[Statistics, ...]:
    """The pairs by board, runtime and number, in the order in which they come."""
    groups: dict[tuple[str, str, str, str], list[Pair]] = {}
    for pair in pairs:
        provenance = pair.record.provenance
        key = (provenance.board, pair.record.runtime.name, provenance.kind, pair.what)
        groups.setdefault(key, []).append(pair)
    return tuple(_statistics(key, group) for key, group in groups.items())


def _statistics(key: tuple[str, str, str, str], group: list[Pair]) -> Statistics:
    errors = [abs(pair.error) for pair in group if pair.error is not None]
    return Statistics(
        *key,
        pairs=len(errors),
        failures=sum(pair.fails for pair in group),
        undershoots=sum(pair.undershoots for pair in group),
        unknown=len(group) - len(errors),
        mean_error=sum(errors) / len(errors) if errors else 0.0,
        worst_error=max(errors, default=0.0),
        exact=group[0].exact,
    )
