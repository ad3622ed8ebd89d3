"""The measurements of one firmware, command by command, each checked against the others."""

from __future__ import annotations

import statistics
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from estimator.errors import MeasurementError
from estimator.measuring.boards import HarnessBoard
from estimator.measuring.protocol import Fields, Link, ResetError
from estimator.measuring.record import (
    Arena,
    Latency,
    OperatorTime,
    Outputs,
    RecordedKind,
    Recording,
    Stack,
)

ARENA_STEP_BYTES = 16
_SEARCH_LIMIT_BYTES = 64 * 1024
"""Room that planning may need above arena_used_bytes; the most seen so far is 2.3 kB."""

_CALIBRATION_TURNS = 1_000_000

Progress = Callable[[str, int, int], None]
"""Called with the step's name, how much of it is done, and of how much."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure with: how many inferences, and from which inputs."""

    warm_up: int
    runs: int
    seed: int


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one firmware said, converted to bytes, cycles or instructions."""

    hello: Fields
    arena: Arena
    stack: Stack | None
    latency: Latency
    operators: tuple[OperatorTime, ...]
    outputs: Outputs


def measure_firmware(
    link: Link, board: HarnessBoard, model: bytes | memoryview, plan: Plan, progress: Progress
) -> Measurement:
    """Run all measurements.

    Raises:
        MeasurementError: the board is not the one expected or did not reach its clock, TFLM
            refuses the model, an answer contradicts another, or the connection fails.
    """
    steps = ("hello", "arena", "smallest arena", "recording", "stack", "latency", "operators")
    number = iter(range(len(steps)))

    def step() -> None:
        position = next(number)
        progress(steps[position], position, len(steps))

    step()
    hello = _hello(link, board, model)
    clock = _Clock(board, int(hello["time"]["ticks_hz"]))
    _check_clock(link, clock)
    step()
    used = _arena_used(link)
    step()
    minimum, crashed = smallest_arena(link, used, int(hello["arena_bytes"]))
    step()
    arena = _arena(link, used, minimum, crashed, int(hello["arena_bytes"]))
    step()
    stack = _stack(link, plan)
    step()
    latency, outputs = _latency(link, plan, clock, progress)
    step()
    operators = _operators(link, plan, clock)
    progress("done", len(steps), len(steps))
    return Measurement(hello, arena, stack, latency, operators, outputs)


@dataclass(frozen=True, slots=True)
class _Clock:
    """What a board's ticks mean."""

    board: HarnessBoard
    ticks_hz: int

    @property
    def unit(self) -> str:
        return {"emulated": "instructions", "silicon": "cycles"}.get(self.board.kind, "nanoseconds")

    @property
    def source(self) -> str:
        qemu = self.board.qemu
        if qemu is not None:
            return (
                f"QEMU's virtual time with -icount shift={qemu.icount_shift}, read from a timer of"
                f" {self.ticks_hz} Hz: executed instructions, not cycles of any silicon"
            )
        if self.board.kind == "silicon":
            return f"cycle counter at {self.ticks_hz} Hz"
        return "the host's monotonic clock"

    def convert(self, ticks: int) -> int:
        qemu = self.board.qemu
        return ticks if qemu is None else qemu.instructions(ticks, self.ticks_hz)


def _check_clock(link: Link, clock: _Clock) -> None:
    """In QEMU a loop of two instructions must count as just that."""
    if clock.board.qemu is None:
        return
    calibration = _only(link.request("calibrate", _CALIBRATION_TURNS), "calibration")
    counted = clock.convert(int(calibration["ticks"]))
    if abs(counted - 2 * _CALIBRATION_TURNS) > _CALIBRATION_TURNS / 100:
        raise MeasurementError(
            f"{2 * _CALIBRATION_TURNS} instructions were counted as {counted}",
            where=clock.board.name,
            fix="this version of QEMU runs the board's timer at another rate; see its board.cc",
        )


def _only(records: tuple[Fields, ...], kind: str) -> Fields:
    found = [record for record in records if record["type"] == kind]
    if len(found) != 1:
        raise MeasurementError(f"expected one record {kind!r}, got {len(found)}", where="firmware")
    return found[0]


def _hello(link: Link, board: HarnessBoard, model: bytes | memoryview) -> Fields:
    hello = _only(link.request("hello"), "hello")
    expected = {"board": board.name, "core": board.core}
    for name, value in expected.items():
        if hello[name] != value:
            raise MeasurementError(
                f"the firmware says {name} = {hello[name]!r}, expected {value!r}",
                where=board.name,
                fix="check which board is connected to the port",
            )
    if hello["model"] != {"bytes": len(model), "crc32": zlib.crc32(model)}:
        raise MeasurementError(
            "another model is on the board", where=board.name, fix="flash it again"
        )
    if hello["waits"] and board.kind == "silicon":
        raise MeasurementError(
            f"did not get ready: {', '.join(hello['waits'])}",
            where=board.name,
            fix="its clock would not be what the record says; check board.cc and the jumpers",
        )
    return hello


def _arena_used(link: Link) -> int:
    allocation = _only(link.request("allocate", 0), "allocation")
    if not allocation["ok"]:
        said = str(allocation["log"]).strip() or "release builds of TFLM don't say why"
        raise MeasurementError(
            f"AllocateTensors() fails in {allocation['arena_bytes']} bytes: {said}",
            where="arena",
            fix="a board with more RAM, or an operator that TFLM supports",
        )
    return int(allocation["used_bytes"])


def smallest_arena(link: Link, used: int, capacity: int) -> tuple[int, tuple[int, ...]]:
    """The smallest multiple of 16 bytes in which AllocateTensors() succeeds.

    It is at least ``used``; planning may need more (shared rules: small models). So look upwards
    from there, then make sure that one step less fails. Each try is a fresh interpreter; one that
    crashes the board counts as failed and is kept.

    Returns:
        The size, and the sizes that crashed the board.

    Raises:
        MeasurementError: nothing up to 64 KiB above works (or up to the board's memory).
    """
    crashed: list[int] = []

    def works(size: int) -> bool:
        try:
            return bool(_only(link.request("allocate", size, attempts=2), "allocation")["ok"])
        except ResetError:
            crashed.append(size)
            return False

    start = -(-used // ARENA_STEP_BYTES) * ARENA_STEP_BYTES
    limit = min(capacity, start + _SEARCH_LIMIT_BYTES)
    size = start
    while size <= limit and not works(size):
        size += ARENA_STEP_BYTES
    if size > limit:
        raise MeasurementError(f"no arena from {start} to {limit} bytes works", where="arena")
    while size > ARENA_STEP_BYTES and size <= start and works(size - ARENA_STEP_BYTES):
        size -= ARENA_STEP_BYTES
    return size, tuple(crashed)


def _arena(link: Link, used: int, minimum: int, crashed: tuple[int, ...], capacity: int) -> Arena:
    split = _only(link.request("split"), "split")
    if split["used_bytes"] != used or split["head_bytes"] + split["tail_bytes"] != used:
        raise MeasurementError(
            f"arena_used_bytes is {used}, but {split['head_bytes']} + {split['tail_bytes']} of"
            f" {split['used_bytes']} when asked for its parts",
            where="arena",
        )
    records = link.request("record")
    total = _only(records, "recording")
    kinds = tuple(
        RecordedKind(r["name"], r["requested_bytes"], r["used_bytes"], r["count"])
        for r in records
        if r["type"] == "kind"
    )
    recording = Recording(total["used_bytes"], total["head_bytes"], total["tail_bytes"], kinds)
    return Arena(
        used_bytes=used,
        minimum_bytes=minimum,
        head_bytes=split["head_bytes"],
        tail_bytes=split["tail_bytes"],
        capacity_bytes=capacity,
        crashed_at_bytes=crashed,
        recording=recording,
    )


def _stack(link: Link, plan: Plan) -> Stack | None:
    stack = _only(link.request("stack", plan.seed), "stack")
    if not stack["known"]:
        return None
    return Stack(stack["size_bytes"], stack["allocate_bytes"], stack["invoke_bytes"])


def _latency(link: Link, plan: Plan, clock: _Clock, progress: Progress) -> tuple[Latency, Outputs]:
    records = link.request(
        "latency",
        plan.warm_up,
        plan.runs,
        plan.seed,
        progress=lambda done, of: progress("latency", done, of),
    )
    runs = tuple(clock.convert(record["ticks"]) for record in records if record["type"] == "run")
    outputs = _only(records, "outputs")
    if len(runs) != plan.runs:
        raise MeasurementError(f"{len(runs)} runs came back, not {plan.runs}", where="latency")
    if not outputs["runs_agree"]:
        raise MeasurementError(
            "the same inputs gave different outputs",
            where="latency",
            fix="a defect; don't trust it",
        )
    latency = Latency(
        unit=clock.unit,
        source=clock.source,
        warm_up=plan.warm_up,
        runs=plan.runs,
        minimum=min(runs),
        median=int(statistics.median(runs)),
        maximum=max(runs),
    )
    return latency, Outputs(f"{outputs['crc32']:08x}", outputs["bytes"], plan.seed, None)


def _operators(link: Link, plan: Plan, clock: _Clock) -> tuple[OperatorTime, ...]:
    records = link.request("operators", plan.seed)
    return tuple(
        OperatorTime(record["name"], record["depth"], clock.convert(record["ticks"]))
        for record in records
    )
