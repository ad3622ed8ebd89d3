"""The line protocol against a scripted board."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable

import pytest

from estimator.errors import MeasurementError
from estimator.measuring.protocol import (
    DamageError,
    Link,
    ResetError,
    SilenceError,
    Timeouts,
    decode,
    frame,
)

from .disturbance import Disturbed, drop, flip_bit, noise, once


def line(**fields: object) -> bytes:
    body = json.dumps(fields).encode()
    return b"\x1e" + body + b"*%08x\n" % zlib.crc32(body)


def answer(sequence: int, values: Iterable[int]) -> bytes:
    """An acknowledged answer of one record per value."""
    records = [line(seq=sequence, i=i, type="run", ticks=v) for i, v in enumerate(values)]
    end = line(seq=sequence, type="end", count=len(records))
    return line(seq=sequence, type="ack") + b"".join(records) + end


class Board:
    """Answers each sound command with what ``reply`` gives for its sequence number."""

    def __init__(self, reply: Callable[[int], bytes]) -> None:
        self.reply = reply
        self.commands: list[str] = []
        self.output = b""

    def read(self, timeout: float) -> bytes:
        output, self.output = self.output, b""
        return output

    def write(self, data: bytes) -> None:
        body, _, crc = data.strip(b"\x1e\n").rpartition(b"*")
        if b"%08x" % zlib.crc32(body) != crc:
            self.output += line(seq=0, type="error", reason="bad_crc")
            return
        sequence, _, command = body.decode().partition(" ")
        self.commands.append(command)
        self.output += self.reply(int(sequence))

    def close(self) -> None:
        pass


QUICK = Timeouts(acknowledge=0.02, compute=0.02)


def ticks(link: Link) -> list[int]:
    return [record["ticks"] for record in link.request("latency", 1, 2, 3)]


def test_frame_and_decode() -> None:
    assert frame("7 hello") == b"\x1e7 hello*%08x\n" % zlib.crc32(b"7 hello")
    assert decode(line(seq=1, type="x").rstrip(b"\n")) == {"seq": 1, "type": "x"}
    assert decode(b"rubbish" + line(seq=1, type="x").rstrip(b"\n") + b"\r") is not None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}*00000000",
        b"\x1e{}*zzzzzzzz",
        b"\x1e{}*00000000",
        b"\x1e[1]*%08x" % zlib.crc32(b"[1]"),
        b"\x1enot json*%08x" % zlib.crc32(b"not json"),
        b"{}*%08x" % zlib.crc32(b"{}"),
    ],
)
def test_damaged_lines_are_no_records(data: bytes) -> None:
    assert decode(data) is None


def test_answer_and_progress() -> None:
    seen: list[tuple[int, int]] = []
    board = Board(lambda s: line(seq=s, type="progress", done=1, of=4) + answer(s, [5, 6]))
    records = Link(board, QUICK).request(
        "latency", 1, 2, progress=lambda done, of: seen.append((done, of))
    )
    assert [record["ticks"] for record in records] == [5, 6]
    assert seen == [(1, 4)]
    assert board.commands == ["latency 1 2"]


@pytest.mark.parametrize("what", [drop, flip_bit])
@pytest.mark.parametrize("marker", [b'"i": 0', b'"i": 1', b'"end"', b'"ack"'])
def test_lost_or_damaged_line_is_asked_for_again(
    what: Callable[[bytes], bytes], marker: bytes
) -> None:
    board = Board(lambda s: answer(s, [s, 7]))
    result = ticks(Link(Disturbed(board, receive=once(what, marker)), QUICK))
    # Without its acknowledgement an answer is still whole; else all of it comes from the retry.
    assert result == ([1, 7] if marker == b'"ack"' else [2, 7])


@pytest.mark.parametrize("what", [drop, flip_bit])
def test_lost_or_damaged_command_is_sent_again(what: Callable[[bytes], bytes]) -> None:
    board = Board(lambda s: answer(s, [s]))
    assert ticks(Link(Disturbed(board, send=once(what, b"latency")), QUICK)) == [2]


def test_noise_is_counted_and_passed_over() -> None:
    board = Board(lambda s: answer(s, [s, 7]))
    link = Link(Disturbed(board, receive=noise), QUICK)
    assert ticks(link) == [1, 7]
    assert link.damaged_lines >= 4


def test_endless_line_does_not_fill_memory() -> None:
    board = Board(lambda s: b"x" * 200_000)
    link = Link(board, QUICK)
    with pytest.raises(SilenceError):
        ticks(link)
    assert len(link._pending) < 100_000


def test_reset_in_the_middle_is_retried() -> None:
    boot = line(seq=0, type="boot", starts=1, fault=None)
    board = Board(lambda s: line(seq=s, type="ack") + boot if s == 1 else answer(s, [s]))
    assert ticks(Link(board, QUICK)) == [2]


def test_crash_each_time_is_an_error_that_says_where() -> None:
    fault = {"kind": "hard_fault", "pc": 0x1234, "lr": 0, "status": 0x8200}
    board = Board(lambda s: line(seq=0, type="boot", starts=s, fault=fault))
    with pytest.raises(ResetError, match=r"latency 1 2 3: .*hard_fault at pc 0x00001234"):
        ticks(Link(board, QUICK))
    assert len(board.commands) == 3


def test_silent_board_is_an_error_after_all_attempts() -> None:
    board = Board(lambda s: b"")
    with pytest.raises(SilenceError, match=r"no answer within 0\.02 s"):
        ticks(Link(board, QUICK))
    assert len(board.commands) == 3


def test_answer_whose_end_is_damaged_each_time_is_an_error() -> None:
    board = Board(lambda s: answer(s, [1]).replace(b'"count": 1', b'"count": 2'))
    link = Link(board, QUICK)
    with pytest.raises(SilenceError):
        ticks(link)
    assert link.damaged_lines == 3


def test_command_damaged_each_time_is_an_error() -> None:
    link = Link(Disturbed(Board(lambda s: answer(s, [s])), send=flip_bit), QUICK)
    with pytest.raises(DamageError, match="damaged line: bad crc"):
        ticks(link)


def test_missing_record_each_time_is_an_error() -> None:
    def without_first(s: int) -> bytes:
        return line(seq=s, i=1, type="run", ticks=1) + line(seq=s, type="end", count=2)

    with pytest.raises(DamageError, match="lines of the answer are missing"):
        ticks(Link(Board(without_first), QUICK))


def test_refusal_is_an_error_at_once() -> None:
    board = Board(lambda s: line(seq=s, type="error", reason="invoke_failed", log="Node CONV_2D"))
    with pytest.raises(MeasurementError, match="latency 1 2 3: invoke failed: Node CONV_2D"):
        ticks(Link(board, QUICK))
    assert len(board.commands) == 1


def test_rest_of_an_old_answer_is_ignored() -> None:
    board = Board(lambda s: answer(99, [4, 5, 6]) + answer(s, [s]))
    assert ticks(Link(board, QUICK)) == [1]
