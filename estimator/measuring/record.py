"""What a measurement is: the model, what ran it, where the numbers come from, and the numbers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

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
