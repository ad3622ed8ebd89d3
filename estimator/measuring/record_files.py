"""Files of records: read strictly, written whole or not at all, never overwritten by accident.

``golden/README.md`` describes the JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, is_dataclass
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from estimator.errors import MeasurementError
from estimator.files import write_whole
from estimator.measuring.record import SCHEMA_VERSION, Record

TIMER_RESOLUTION_INSTRUCTIONS = 2
"""Start and end of a count in QEMU are each rounded to a tick of the board's timer."""

_LARGEST = 2**63
_MAY_BE_EMPTY = ("flags", "definitions")


class Written(str, Enum):
    """What write_record did."""

    NEW = "new"
    UNCHANGED = "unchanged"
    REPLACED = "replaced"


def to_json(record: Record) -> str:
    """The file's text: sorted as declared, one value per line, a line feed at the end.

    It ends with a digest of all that stands before, so that a number changed by hand is noticed.
    """
    values = asdict(record)
    values["digest"] = digest(values)
    return json.dumps(values, indent=1, ensure_ascii=True) + "\n"


def digest(values: Mapping[str, Any]) -> str:
    """sha256 of a record's values, whatever their order and layout in the file."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return sha256(text.encode()).hexdigest()


def read_record(path: Path) -> Record:
    """Read a record.

    Raises:
        MeasurementError: no JSON, another schema version, changed since it was written, or a field
            is missing, unknown or of another type; with the path to it.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise MeasurementError(f"is no readable record: {error}", where=str(path)) from error
    if not isinstance(values, dict) or values.get("schema_version") != SCHEMA_VERSION:
        raise MeasurementError(
            f"is no record of schema version {SCHEMA_VERSION}", where=f"{path}: schema_version"
        )
    written = values.pop("digest", None)
    record: Record = _build(Record, values, str(path))
    if written != digest(values):
        raise MeasurementError(
            "is not as it was measured: its digest is another",
            where=str(path),
            fix="restore the file, or measure again",
        )
    return record


def read_records(folder: Path) -> Iterator[Record]:
    """All records under a folder, in the order of their paths. Raises as read_record does."""
    for path in sorted(folder.rglob("*.json")):
        yield read_record(path)


def write_record(record: Record, folder: Path, *, replace: bool = False) -> Written:
    """Write a record to its place, whole or not at all.

    A record that says the same (the date aside) stays as it is.

    Raises:
        MeasurementError: the one that is there differs and ``replace`` is false, or the folder
            can't be written.
    """
    path = record.path(folder)
    written = Written.NEW
    if path.exists():
        before = read_record(path)
        differing = differences(before, record)
        if not differing:
            return Written.UNCHANGED
        if not replace:
            raise MeasurementError(
                f"a record that differs is there already ({'; '.join(differing[:5])})",
                where=str(path),
                fix="look at why; --replace writes over it",
            )
        written = Written.REPLACED
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, to_json(record))
    except OSError as error:
        raise MeasurementError(
            f"can't be written: {error.strerror or error}", where=str(path)
        ) from error
    return written


def differences(before: Record, after: Record) -> tuple[str, ...]:
    """Where two records differ: ``arena.used_bytes: 4196, now 4212``.

    The date does not count, nor do instruction counts as close as an emulator's timer can tell.
    """
    old, new = asdict(before), asdict(after)
    for values in (old, new):
        del values["provenance"]["date"]
    if before.latency.unit == after.latency.unit == "instructions":
        _take_over_close_times(old, new)
    return tuple(_differences(old, new, ""))


def _take_over_close_times(old: dict[str, Any], new: dict[str, Any]) -> None:
    times = [(old["latency"], new["latency"], key) for key in ("minimum", "median", "maximum")]
    times += [(a, b, "time") for a, b in zip(old["operators"], new["operators"])]
    for before, after, key in times:
        if abs(before[key] - after[key]) <= TIMER_RESOLUTION_INSTRUCTIONS:
            after[key] = before[key]


def _differences(old: Any, new: Any, where: str) -> Iterator[str]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in old:
            yield from _differences(old[key], new.get(key), f"{where}.{key}" if where else key)
    elif isinstance(old, (list, tuple)) and isinstance(new, (list, tuple)) and len(old) == len(new):
        for index, (a, b) in enumerate(zip(old, new)):
            yield from _differences(a, b, f"{where}[{index}]")
    elif old != new:
        yield f"{where}: {old!r}, now {new!r}"


def _build(kind: type[Any], values: Any, where: str) -> Any:
    """Turn parsed JSON into a dataclass, strictly: no key missing, none left over."""
    if not isinstance(values, dict):
        raise MeasurementError(f"must be an object, not {values!r}", where=where)
    hints = get_type_hints(kind)
    for key in values:
        if key not in hints:
            raise MeasurementError("is not a known key", where=f"{where}.{key}")
    for key in hints:
        if key not in values:
            raise MeasurementError("is missing", where=f"{where}.{key}")
    return kind(**{key: _convert(hints[key], values[key], f"{where}.{key}") for key in hints})


def _convert(hint: Any, value: Any, where: str) -> Any:
    choices = get_args(hint)
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise MeasurementError(f"must be a list, not {value!r}", where=where)
        return tuple(_convert(choices[0], item, f"{where}[{i}]") for i, item in enumerate(value))
    if type(None) in choices:
        return None if value is None else _convert(choices[0], value, where)
    if isinstance(hint, type) and is_dataclass(hint):
        return _build(hint, value, where)
    if type(value) is not hint:
        raise MeasurementError(f"must be {hint.__name__}, not {value!r:.80}", where=where)
    if hint is int and not 0 <= value < _LARGEST:
        raise MeasurementError("must be from 0 to below 2^63", where=where)
    if hint is str and not value.strip() and not where.endswith(_MAY_BE_EMPTY):
        raise MeasurementError("must not be empty", where=where)
    return value
