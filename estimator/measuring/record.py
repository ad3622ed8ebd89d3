"""Records of measurements, and files of them that are never half-written.

``golden/README.md`` describes the JSON.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from estimator.errors import MeasurementError

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Model:
    """The model that was measured."""

    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class RuntimeBuild:
    """The TFLM that was linked, as its user describes it, checked against the binary.

    Attributes:
        engine: ``tflm``, or ``builtin`` for the harness's test engine (never in golden/).
        compiler: what the library's objects say; None where they don't.
    """

    name: str
    engine: str
    kernels: str | None
    tflm_commit: str | None
    cmsis_nn_commit: str | None
    build: str | None
    flags: str | None
    definitions: tuple[str, ...]
    compiler: str | None


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the numbers come from.

    Attributes:
        kind: ``silicon``, ``emulated`` or ``host``.
        emulator: name and version, with the machine; None on silicon.
        clock_hz: of the core; None where time is not the core's.
        waits: hardware that did not get ready in time (in QEMU: what it doesn't model).
        date: day of the measurement, UTC.
    """

    kind: str
    board: str
    core: str
    emulator: str | None
    clock_hz: int | None
    waits: tuple[str, ...]
    compiler: str
    cpu_flags: str
    harness_flags: str
    harness_version: str
    date: str


@dataclass(frozen=True, slots=True)
class RecordedKind:
    """One kind of allocation, as RecordingMicroAllocator counts it."""

    name: str
    requested_bytes: int
    used_bytes: int
    count: int


@dataclass(frozen=True, slots=True)
class Recording:
    """What the recording interpreter reports; it uses more arena than the plain one."""

    used_bytes: int
    head_bytes: int
    tail_bytes: int
    kinds: tuple[RecordedKind, ...]


@dataclass(frozen=True, slots=True)
class Arena:
    """The tensor arena of the plain MicroInterpreter.

    Attributes:
        used_bytes: arena_used_bytes(); head + tail.
        minimum_bytes: the smallest multiple of 16 in which AllocateTensors() succeeds.
        capacity_bytes: what the board's port had for it.
        crashed_at_bytes: sizes below the minimum that crashed instead of failing.
    """

    used_bytes: int
    minimum_bytes: int
    head_bytes: int
    tail_bytes: int
    capacity_bytes: int
    crashed_at_bytes: tuple[int, ...]
    recording: Recording


@dataclass(frozen=True, slots=True)
class Stack:
    """Stack used below the call, found by painting."""

    size_bytes: int
    allocate_bytes: int
    invoke_bytes: int


@dataclass(frozen=True, slots=True)
class Latency:
    """Whole inferences, in ``unit``: ``cycles`` on silicon, ``instructions`` in QEMU."""

    unit: str
    source: str
    warm_up: int
    runs: int
    minimum: int
    median: int
    maximum: int


@dataclass(frozen=True, slots=True)
class OperatorTime:
    """One executed operator, in order of execution, in the latency's unit.

    Attributes:
        depth: 0 in the main subgraph, 1 in one that it calls, and so on.
    """

    name: str
    depth: int
    time: int


@dataclass(frozen=True, slots=True)
class Outputs:
    """CRC-32 over the bytes of all outputs, for inputs drawn by xorshift32 from ``input_seed``.

    Attributes:
        equal_to: what computed the same on the host; None where nothing to compare was there.
    """

    crc32: str
    bytes: int
    input_seed: int
    equal_to: str | None


@dataclass(frozen=True, slots=True)
class FirmwareSize:
    """What the linker placed: the harness, TFLM and the model."""

    text_bytes: int
    data_bytes: int


@dataclass(frozen=True, slots=True)
class Record:
    """One model, measured on one board with one build of TFLM."""

    schema_version: int
    model: Model
    runtime: RuntimeBuild
    provenance: Provenance
    arena: Arena
    stack: Stack | None
    latency: Latency
    operators: tuple[OperatorTime, ...]
    outputs: Outputs
    firmware: FirmwareSize | None

    def path(self, folder: Path) -> Path:
        """Where the record lives under golden/records."""
        return folder / self.provenance.board / self.runtime.name / f"{self.model.name}.json"


class Written(str, Enum):
    """What write_record did."""

    NEW = "new"
    UNCHANGED = "unchanged"
    REPLACED = "replaced"


def to_json(record: Record) -> str:
    """The file's text: sorted as declared, one value per line, a line feed at the end."""
    return json.dumps(asdict(record), indent=1, ensure_ascii=True) + "\n"


def read_record(path: Path) -> Record:
    """Read a record.

    Raises:
        MeasurementError: no JSON, another schema version, or a field is missing, unknown or of
            another type; with the path to it.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MeasurementError(f"is no readable record: {error}", where=str(path)) from error
    if not isinstance(values, dict) or values.get("schema_version") != SCHEMA_VERSION:
        raise MeasurementError(f"is no record of schema version {SCHEMA_VERSION}", where=str(path))
    record: Record = _build(Record, values, str(path))
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
        _write_atomically(path, to_json(record))
    except OSError as error:
        raise MeasurementError(
            f"can't be written: {error.strerror or error}", where=str(path)
        ) from error
    return written


def differences(before: Record, after: Record) -> tuple[str, ...]:
    """Where two records differ, the date aside: ``arena.used_bytes: 4196, now 4212``."""
    old, new = asdict(before), asdict(after)
    for values in (old, new):
        del values["provenance"]["date"]
    return tuple(_differences(old, new, ""))


def _differences(old: Any, new: Any, where: str) -> Iterator[str]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in old:
            yield from _differences(old[key], new.get(key), f"{where}.{key}" if where else key)
    elif isinstance(old, (list, tuple)) and isinstance(new, (list, tuple)) and len(old) == len(new):
        for index, (a, b) in enumerate(zip(old, new)):
            yield from _differences(a, b, f"{where}[{index}]")
    elif old != new:
        yield f"{where}: {old!r}, now {new!r}"


def _write_atomically(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)  # mkstemp's 0600 is for secrets
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


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
    if is_dataclass(hint):
        return _build(hint, value, where)  # type: ignore[arg-type]
    if type(value) is not hint:
        raise MeasurementError(f"must be {hint.__name__}, not {value!r}", where=where)
    return value
