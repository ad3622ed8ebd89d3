"""The numbers of a model that a lock file keeps, and what changed between two of them, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from estimator.analysis.occupancy import alive_at, peak_step
from estimator.lint import Subject, short
from estimator.quantity import Quantity

_SHOWN = 3
_LARGEST = 10**18


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One model in one deployment.

    Attributes:
        sha256: of the file.
        target, runtime: what it is estimated for.
        numbers: name -> value; None where unknown. Bytes, ops, and of the latency the high end.
        peak: the operator at which most is alive, such as ``3 CONV_2D``.
        peak_tensors, peak_scratch: name -> bytes of what is alive there.
        tail: purpose -> bytes of what persists at the arena's tail.
        file: kind -> bytes of the model file.
        macs: kind of layer -> multiply-accumulates.
    """

    sha256: str
    target: str
    runtime: str
    numbers: Mapping[str, float | None]
    peak: str
    peak_tensors: Mapping[str, int]
    peak_scratch: Mapping[str, int]
    tail: Mapping[str, int]
    file: Mapping[str, int]
    macs: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Change:
    """A number that differs.

    Attributes:
        name, unit: such as ``arena`` and ``B``.
        old, new: None where unknown.
        cause: what grew or shrank, the largest first; "" where nothing explains it.
    """

    name: str
    unit: str
    old: float | None
    new: float | None
    cause: str

    @property
    def growth(self) -> float | None:
        """new - old; None where one of them is unknown."""
        return None if self.old is None or self.new is None else self.new - self.old


@dataclass(frozen=True, slots=True)
class Difference:
    """One model in one deployment, before and after.

    Attributes:
        name: of the model.
        deployment: "" without one.
        old, new: None where the model was not there.
        changes: of the numbers, each with its cause.
    """

    name: str
    deployment: str
    old: Snapshot | None
    new: Snapshot | None
    changes: tuple[Change, ...]


UNITS = {
    "arena": "B", "sram": "B", "flash": "B", "model": "B", "latency": "ms", "energy": "mJ",
    "ops": "ops",
}  # fmt: skip
"""The numbers of a snapshot, in the order of reports."""


def snapshot(subject: Subject) -> Snapshot:
    """The numbers of a subject, to be kept."""
    estimate = subject.estimate
    arena = estimate.arena
    tensors: dict[str, int] = {}
    scratch: dict[str, int] = {}
    tail: dict[str, int] = {}
    peak = ""
    if arena is not None:
        step = peak_step(arena.plan)
        peak = _operator(subject, *arena.lifetimes.steps[step])
        for index in alive_at(arena.plan, step):
            buffer = arena.plan.buffers[index]
            if buffer.tensor is None:
                owner = _operator(subject, buffer.subgraph, buffer.operator)
                _add(scratch, f"{buffer.what} of {owner}", buffer.size_bytes)
            else:
                _add(tensors, buffer.what, buffer.size_bytes)
        for part in arena.parts:
            if part.region.value == "tail":
                _add(tail, part.label, part.size_bytes)
    file: dict[str, int] = {}
    for part_ in subject.ranges:
        _add(file, part_.kind.value, part_.size_bytes)
    return Snapshot(
        subject.sha256, estimate.board.name, estimate.runtime.name, _numbers(subject), peak,
        tensors, scratch, tail, file,
        {kind.value: macs for kind, macs in estimate.work.macs_by_kind.items()},
    )  # fmt: skip


def _numbers(subject: Subject) -> dict[str, float | None]:
    estimate = subject.estimate
    return {
        "arena": estimate.arena.minimum_bytes if estimate.arena else None,
        "sram": _whole(estimate.sram.total_bytes),
        "flash": _whole(estimate.flash.total_bytes),
        "model": estimate.graph.size_bytes,
        "latency": _digits(estimate.latency.milliseconds),
        "energy": _digits(estimate.latency.millijoules),
        "ops": None if estimate.work.unknown else estimate.work.ops,
    }


def _whole(quantity: Quantity) -> int | None:
    return None if quantity.high is None else round(quantity.high)


def _digits(quantity: Quantity) -> float | None:
    """Four digits: what a new calibration of the same rows may change is not in them."""
    return None if quantity.high is None else float(f"{quantity.high:.4g}")


def _operator(subject: Subject, subgraph: int, operator: int | None) -> str:
    if operator is None:
        return "the start"
    name = subject.estimate.graph.subgraphs[subgraph].operators[operator].name
    return f"{operator} {name}" if subgraph == 0 else f"{subgraph}.{operator} {name}"


def _add(table: dict[str, int], key: str, size: int) -> None:
    table[key] = table.get(key, 0) + size


def compare(old: Snapshot, new: Snapshot) -> tuple[Change, ...]:
    """The numbers that differ, in the order of UNITS, each with its cause."""
    changes = []
    for name, unit in UNITS.items():
        before, after = old.numbers.get(name), new.numbers.get(name)
        if before != after:
            changes.append(Change(name, unit, before, after, _cause(name, old, new)))
    return tuple(changes)


def _cause(name: str, old: Snapshot, new: Snapshot) -> str:
    if name in ("arena", "sram"):
        return "; ".join(_arena_causes(old, new))
    if name in ("flash", "model"):
        return ", ".join(_differences(old.file, new.file))
    if name in ("latency", "energy", "ops"):
        return ", ".join(_differences(old.macs, new.macs, " MACs"))
    return ""


def _arena_causes(old: Snapshot, new: Snapshot) -> Iterator[str]:
    tensors = _differences(old.peak_tensors, new.peak_tensors)
    moved = old.peak != new.peak
    if tensors and moved:
        yield f"{tensors[0]} is the new peak, at operator {new.peak}" + _rest(tensors[1:])
    elif tensors:
        yield ", ".join(tensors)
    elif moved:
        yield f"the peak is now at operator {new.peak}"
    scratch = sum(new.peak_scratch.values()) - sum(old.peak_scratch.values())
    if scratch:
        yield f"scratch {scratch:+,} B"
    persistent = sum(new.tail.values()) - sum(old.tail.values())
    if persistent:
        parts = ", ".join(_differences(old.tail, new.tail))
        yield f"persistent {persistent:+,} B ({parts})"


def _rest(entries: list[str]) -> str:
    return f" (also {', '.join(entries)})" if entries else ""


def _differences(old: Mapping[str, int], new: Mapping[str, int], unit: str = " B") -> list[str]:
    """The largest differences in the direction of their sum first."""
    change = {key: new.get(key, 0) - old.get(key, 0) for key in {*old, *new}}
    sign = 1 if sum(change.values()) >= 0 else -1
    order = sorted((key for key in change if change[key]), key=lambda k: (-sign * change[k], k))
    return [f"{short(key)} ({change[key]:+,}{unit})" for key in order[:_SHOWN]]


def to_json(snapshot: Snapshot) -> dict[str, Any]:
    """Plain values, keys sorted by the caller."""
    fields = Snapshot.__dataclass_fields__
    plain = {name: getattr(snapshot, name) for name in fields}
    return {k: dict(v) if isinstance(v, Mapping) else v for k, v in plain.items()}


def from_json(values: object) -> Snapshot:
    """The inverse of :func:`to_json`. Raises ValueError where a field is missing or of no use."""
    fields = set(Snapshot.__dataclass_fields__)
    if not isinstance(values, dict):
        raise ValueError("must be a table")
    if set(values) != fields:
        wrong = ", ".join(sorted(fields ^ set(values)))
        raise ValueError(f"missing or unknown fields: {wrong}")
    for name in ("sha256", "target", "runtime", "peak"):
        if not isinstance(values[name], str):
            raise ValueError(f"{name} must be a string")
    for name in fields - {"sha256", "target", "runtime", "peak"}:
        table = values[name]
        if not isinstance(table, dict):
            raise ValueError(f"{name} must be a table")
        for key, value in table.items():
            if not _is_number(value) and not (value is None and name == "numbers"):
                raise ValueError(f"{name}[{key!r}] must be a number from 0")
    for key in sorted(set(values["numbers"]) ^ set(UNITS)):
        raise ValueError(f"numbers[{key!r}] is missing or unknown")
    return Snapshot(**values)


def _is_number(value: object) -> bool:
    plain = isinstance(value, (int, float)) and not isinstance(value, bool)
    return plain and 0 <= value < _LARGEST  # type: ignore[operator]


def describe(change: Change) -> str:
    """Such as ``arena +8,192 B (47,104 B to 55,296 B): conv_7 (+6,144 B) is the new peak``."""
    if change.old is None or change.new is None:
        return f"{change.name} was {amount(change.old, change.unit)} and is now " + amount(
            change.new, change.unit
        )
    difference = change.new - change.old
    sign = "+" if difference >= 0 else "-"
    text = (
        f"{change.name} {sign}{amount(abs(difference), change.unit)} "
        f"({amount(change.old, change.unit)} to {amount(change.new, change.unit)})"
    )
    return f"{text}: {change.cause}" if change.cause else text


def amount(value: float | None, unit: str) -> str:
    """A number with its unit; ``unknown``."""
    if value is None:
        return "unknown"
    return f"{value:,.0f} {unit}" if unit in ("B", "ops") else f"{value:.4g} {unit}"
