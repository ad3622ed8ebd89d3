"""The real firmware in QEMU and on the host, with the built-in engine, over its serial port."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from estimator.errors import MeasurementError
from estimator.measuring import Outcome, Written, measure, read_record
from estimator.measuring.boards import HarnessBoard
from estimator.measuring.build import Firmware
from estimator.measuring.protocol import Link, ResetError, SilenceError, Timeouts, decode
from estimator.measuring.transport import ProcessTransport, SerialTransport

from .conftest import MODEL, QUICK
from .disturbance import Disturbed, drop, flip_bit, noise, once

EMULATED = ("netduinoplus2", "mps2_an500")
MODEL_BYTES = MODEL.stat().st_size
# The built-in engine's rules (firmware_harness/core/engine_builtin.cc).
HEAD_BYTES = 1024
TAIL_BYTES = 64 + 12 * (MODEL_BYTES % 7)
USED_BYTES = HEAD_BYTES + TAIL_BYTES
MINIMUM_BYTES = -(-(USED_BYTES + 100) // 16) * 16
OPERATORS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "SOFTMAX")


def run(board: str, folder: Path, **options: Any) -> Outcome:
    (outcome,) = measure(
        [MODEL],
        board,
        records=folder / "records",
        build_folder=folder / "build",
        timeouts=options.pop("timeouts", QUICK),
        **options,
    )
    return outcome


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Outcome]:
    """One undisturbed measurement per board."""
    done: dict[str, Outcome] = {}

    def outcome(board: str) -> Outcome:
        if board not in done:
            done[board] = run(board, tmp_path_factory.mktemp(board))
        return done[board]

    return outcome


@pytest.mark.parametrize("board", [*EMULATED, "native"])
def test_whole_measurement(board: str, outcomes: Callable[[str], Outcome]) -> None:
    outcome = outcomes(board)
    assert outcome.error is None
    record = outcome.record
    assert record is not None and outcome.path is not None
    assert outcome.written is Written.NEW
    assert read_record(outcome.path) == record
    assert outcome.path.parts[-3:] == (board, "builtin", "kws_ds_cnn_int8.json")
    arena = record.arena
    assert (arena.used_bytes, arena.head_bytes, arena.tail_bytes) == (
        USED_BYTES,
        HEAD_BYTES,
        TAIL_BYTES,
    )
    assert arena.minimum_bytes == MINIMUM_BYTES
    assert arena.recording.used_bytes == USED_BYTES + 112
    assert [kind.count for kind in arena.recording.kinds] == [2, 3]
    assert tuple(operator.name for operator in record.operators) == OPERATORS
    latency = record.latency
    assert 0 < latency.minimum <= latency.median <= latency.maximum


def test_outputs_are_the_same_everywhere(outcomes: Callable[[str], Outcome]) -> None:
    records = [outcomes(board).record for board in (*EMULATED, "native")]
    assert len({record.outputs.crc32 for record in records if record is not None}) == 1


@pytest.mark.parametrize("board", EMULATED)
def test_emulation_counts_instructions(board: str, outcomes: Callable[[str], Outcome]) -> None:
    record = outcomes(board).record
    assert record is not None
    assert record.provenance.kind == "emulated"
    assert record.provenance.clock_hz is None
    assert record.latency.unit == "instructions"
    assert "not cycles" in record.latency.source
    # Deterministic to the resolution of the timer: one or two instructions.
    assert record.latency.maximum - record.latency.minimum <= 4
    # Each of the four layers walks the whole model with a CRC: some 13 instructions per byte.
    assert 20 * MODEL_BYTES < record.latency.median < 200 * MODEL_BYTES
    in_operators = sum(operator.time for operator in record.operators)
    assert 0.99 < in_operators / record.latency.median < 1.01
    assert record.stack is not None
    # The built-in engine's layers have a block of 256 bytes each on the stack.
    assert 256 < record.stack.invoke_bytes < 1024


def test_instruction_counts_agree_between_timers(outcomes: Callable[[str], Outcome]) -> None:
    """A Cortex-M4 with a 1 GHz timer and a Cortex-M7 with a 25 MHz one run much the same code."""
    counts = [outcomes(board).record for board in EMULATED]
    assert counts[0] is not None and counts[1] is not None
    assert counts[0].latency.median == pytest.approx(counts[1].latency.median, rel=0.25)


@pytest.mark.parametrize("board", [*EMULATED, "mps2_an386", "mps3_an547"])
def test_timer_counts_instructions(
    board: str, connect: Callable[[str], Link], board_of: Callable[[str], HarnessBoard]
) -> None:
    """A loop of two instructions a turn; and that the count does not depend on how long it is."""
    link, qemu = connect(board), board_of(board).qemu
    assert qemu is not None
    ticks_hz = link.request("hello")[0]["time"]["ticks_hz"]
    counts = [
        qemu.instructions(link.request("calibrate", turns)[0]["ticks"], ticks_hz)
        for turns in (1000, 11000, 10_011_000)
    ]
    assert counts[1] - counts[0] == pytest.approx(20_000, abs=4)
    assert counts[2] - counts[1] == pytest.approx(20_000_000, abs=4)


def test_emulator_with_another_timer_is_noticed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, firmware_of: Callable[[str], Firmware]
) -> None:
    monkeypatch.setattr(
        "estimator.measuring.run.build_firmware", lambda *_: firmware_of("mps2_an500")
    )

    def slower(line: bytes) -> bytes:
        record = decode(line.rstrip(b"\n"))
        if record is None or record["type"] != "hello":
            return line
        record["time"]["ticks_hz"] = 20_000_000
        body = json.dumps(record).encode()
        return b"\x1e" + body + b"*%08x\n" % zlib.crc32(body)

    disturbed(monkeypatch, lambda inner: Disturbed(inner, receive=slower))
    outcome = run("mps2_an500", tmp_path)
    assert "2000000 instructions were counted as 25" in str(outcome.error)
    assert not list((tmp_path / "records").rglob("*"))


def test_what_the_emulated_chip_lacks_is_reported(outcomes: Callable[[str], Outcome]) -> None:
    record = outcomes("netduinoplus2").record
    assert record is not None
    assert record.provenance.waits == (
        "HSE", "PLL", "Flash wait states", "switch to PLL", "DWT",
    )  # fmt: skip


@pytest.mark.parametrize("board", EMULATED)
def test_crash_is_reported_and_survived(board: str, connect: Callable[[str], Link]) -> None:
    link = connect(board)
    with pytest.raises(ResetError, match=r"crash: the board crashed: usage_fault at pc 0x"):
        link.request("crash")
    assert link.request("hello")[0]["board"] == board


def test_reset_command_restarts(connect: Callable[[str], Link]) -> None:
    link = connect("mps2_an500")
    with pytest.raises(ResetError, match="was reset"):
        link.request("reset", attempts=1)
    assert link.request("hello")[0]["board"] == "mps2_an500"


def test_hanging_firmware_is_silence(connect: Callable[[str], Link]) -> None:
    link = connect("mps2_an500")
    link.timeouts = Timeouts(acknowledge=0.3, compute=0.3)
    with pytest.raises(SilenceError, match="no answer within"):
        link.request("hang")


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (("nonsense",), "unknown command"),
        (("allocate",), "unknown command"),
        (("allocate", 1 << 31), "arena exceeds memory"),
        (("latency", 1, 0, 1), "bad argument"),
        (("latency", 1, 1000000, 1), "bad argument"),
        (("hello", 1, 2, 3, 4), "malformed command"),
        (("overlong",), "record too long"),
    ],
)
def test_refused_commands(
    command: tuple[Any, ...], reason: str, connect: Callable[[str], Link]
) -> None:
    with pytest.raises(MeasurementError, match=reason):
        connect("mps2_an500").request(*command)


def test_another_firmware_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, firmware_of: Callable[[str], Firmware]
) -> None:
    other = tmp_path / "other.tflite"
    other.write_bytes(MODEL.read_bytes() + b"\0")
    monkeypatch.setattr(
        "estimator.measuring.run.build_firmware", lambda *_: firmware_of("mps2_an500")
    )
    (outcome,) = measure([other], "mps2_an500", timeouts=QUICK)
    assert outcome.error is not None and "another model" in str(outcome.error)


def disturbed(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[ProcessTransport], Disturbed]
) -> None:
    monkeypatch.setattr(
        "estimator.measuring.run.ProcessTransport",
        lambda command: change(ProcessTransport(command)),
    )


@pytest.mark.parametrize("board", EMULATED)
@pytest.mark.parametrize(
    ("what", "marker"),
    [
        (drop, b'"allocation"'),
        (drop, b'"end"'),
        (drop, b'"operator"'),
        (flip_bit, b'"hello"'),
        (flip_bit, b'"kind"'),
        (flip_bit, b'"run"'),
    ],
)
def test_disturbed_line_gives_the_same_record(
    board: str,
    marker: bytes,
    what: Callable[[bytes], bytes],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    firmware_of: Callable[[str], Firmware],
    outcomes: Callable[[str], Outcome],
) -> None:
    expected = outcomes(board).record
    monkeypatch.setattr("estimator.measuring.run.build_firmware", lambda *_: firmware_of(board))
    disturbed(monkeypatch, lambda inner: Disturbed(inner, receive=once(what, marker)))
    outcome = run(board, tmp_path, timeouts=Timeouts(acknowledge=1.0, compute=30.0))
    assert outcome.error is None and outcome.record is not None and expected is not None
    assert outcome.record.arena == expected.arena
    assert outcome.record.outputs == expected.outputs


@pytest.mark.parametrize("board", EMULATED)
def test_noise_on_every_line(
    board: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    firmware_of: Callable[[str], Firmware],
    outcomes: Callable[[str], Outcome],
) -> None:
    expected = outcomes(board).record
    monkeypatch.setattr("estimator.measuring.run.build_firmware", lambda *_: firmware_of(board))
    disturbed(monkeypatch, lambda inner: Disturbed(inner, receive=noise))
    outcome = run(board, tmp_path)
    assert outcome.error is None and outcome.record is not None and expected is not None
    assert outcome.record.arena == expected.arena


@pytest.mark.parametrize("board", EMULATED)
@pytest.mark.parametrize("marker", [b'"progress"', b'"allocation"', b'"operator"'])
def test_power_cycle_in_the_middle_is_retried(
    board: str,
    marker: bytes,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    board_of: Callable[[str], HarnessBoard],
    firmware_of: Callable[[str], Firmware],
    outcomes: Callable[[str], Outcome],
) -> None:
    expected = outcomes(board).record
    firmware = firmware_of(board)
    qemu = board_of(board).qemu
    assert qemu is not None
    monkeypatch.setattr("estimator.measuring.run.build_firmware", lambda *_: firmware)

    def power_cycling(inner: ProcessTransport) -> Disturbed:
        line = Disturbed(inner)

        def cycle(_: bytes) -> bytes:
            line.inner.close()
            line.inner = ProcessTransport(qemu.command(firmware.elf))
            return b""

        line.receive = once(cycle, marker)
        return line

    disturbed(monkeypatch, power_cycling)
    outcome = run(board, tmp_path, timeouts=Timeouts(acknowledge=2.0, compute=30.0))
    assert outcome.error is None and outcome.record is not None and expected is not None
    assert outcome.record.arena == expected.arena


@pytest.mark.parametrize("board", EMULATED)
@pytest.mark.parametrize("marker", [b'"boot"', b'"kind"', b'"operator"'])
def test_board_that_falls_silent_leaves_no_record(
    board: str,
    marker: bytes,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    firmware_of: Callable[[str], Firmware],
) -> None:
    monkeypatch.setattr("estimator.measuring.run.build_firmware", lambda *_: firmware_of(board))
    if marker == b'"boot"':
        monkeypatch.setattr("estimator.measuring.run._BOOT_SECONDS", 1.0)

    def falling_silent(inner: ProcessTransport) -> Disturbed:
        silent: list[bool] = []

        def receive(line: bytes) -> bytes:
            if marker in line:
                silent.append(True)
            return b"" if silent else line

        return Disturbed(inner, receive=receive)

    disturbed(monkeypatch, falling_silent)
    outcome = run(board, tmp_path, timeouts=Timeouts(acknowledge=0.2, compute=0.2))
    assert isinstance(outcome.error, SilenceError)
    assert outcome.written is None
    assert not list((tmp_path / "records").rglob("*"))


def test_emulator_that_dies_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, firmware_of: Callable[[str], Firmware]
) -> None:
    monkeypatch.setattr(
        "estimator.measuring.run.build_firmware", lambda *_: firmware_of("mps2_an500")
    )

    def dying(inner: ProcessTransport) -> Disturbed:
        def die(line: bytes) -> bytes:
            inner._process.kill()
            return line

        return Disturbed(inner, receive=once(die, b'"progress"'))

    disturbed(monkeypatch, dying)
    outcome = run("mps2_an500", tmp_path)
    assert outcome.error is not None and "ended with code" in str(outcome.error)
    assert not list((tmp_path / "records").rglob("*"))


def test_serial_port(firmware_of: Callable[[str], Firmware]) -> None:
    """The host firmware at the far end of a pseudo-terminal, through pyserial."""
    master, slave = os.openpty()
    transport = SerialTransport(os.ttyname(slave), 115200)  # makes the terminal raw
    process = subprocess.Popen([firmware_of("native").elf], stdin=master, stdout=master)
    try:
        link = Link(transport, QUICK)
        assert link.await_boot(5)
        assert link.request("hello")[0]["board"] == "native"
        assert len(link.request("operators", 1)) == len(OPERATORS)
    finally:
        process.kill()
        process.wait()
        transport.close()
        os.close(slave)
        os.close(master)


def test_serial_port_that_is_not_there() -> None:
    with pytest.raises(MeasurementError, match=r"/dev/no-such-port: can't be opened"):
        SerialTransport("/dev/no-such-port", 115200)


def test_serial_port_without_pyserial(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "serial", None)
    with pytest.raises(MeasurementError, match=r"pip install .*mculint\[measure\]"):
        SerialTransport("/dev/ttyACM0", 115200)


def test_program_that_is_not_there() -> None:
    with pytest.raises(MeasurementError, match=r"no-such-program: can't be started"):
        ProcessTransport(["no-such-program"])
