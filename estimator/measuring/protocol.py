"""The harness's line protocol: framed commands out, framed JSON records in, retries in between.

Mirrors firmware_harness/core/{record,command}.cc.
"""

from __future__ import annotations

import json
import re
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from estimator.errors import MeasurementError
from estimator.measuring.transport import Transport

RECORD_SEPARATOR = b"\x1e"
_TRAILER = re.compile(rb"\*([0-9a-f]{8})$")
_LONGEST_LINE_BYTES = 65536

Fields = dict[str, Any]


class LostError(MeasurementError):
    """A command or its answer was lost; another try may succeed."""


class ResetError(LostError):
    """The board started anew while it should have answered."""


class SilenceError(LostError):
    """Nothing more came from the board in time."""


class DamageError(LostError):
    """Lines arrived damaged, or not at all."""


def frame(body: str) -> bytes:
    """A command as it goes over the wire."""
    data = body.encode("ascii")
    return RECORD_SEPARATOR + data + b"*%08x\n" % zlib.crc32(data)


def decode(line: bytes) -> Fields | None:
    """The record in a line (without its line feed), or None where it is noise or damaged."""
    body = line.rpartition(RECORD_SEPARATOR)[2].rstrip(b"\r")
    trailer = _TRAILER.search(body)
    if trailer is None or RECORD_SEPARATOR not in line:
        return None
    body = body[: trailer.start()]
    if zlib.crc32(body) != int(trailer.group(1), 16):
        return None
    try:
        record = json.loads(body)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


@dataclass
class Timeouts:
    """How long the host waits, in seconds.

    Attributes:
        acknowledge: for the sign that a command has arrived, and between the lines of an answer.
        compute: for the next sign of life while the board computes (one inference).
    """

    acknowledge: float = 3.0
    compute: float = 120.0


@dataclass
class Link:
    """A conversation with one board.

    Attributes:
        attempts: how often a command is sent before it counts as failed.
        damaged_lines: lines thrown away so far (noise, or records whose CRC is wrong).
    """

    transport: Transport
    timeouts: Timeouts = field(default_factory=Timeouts)
    attempts: int = 3
    damaged_lines: int = 0
    _sequence: int = 0
    _pending: bytearray = field(default_factory=bytearray)

    def await_boot(self, timeout: float) -> bool:
        """Whether the board says within ``timeout`` seconds that it has started."""
        try:
            while self._next_record(timeout, "start").get("type") != "boot":
                pass
        except SilenceError:
            return False
        return True

    def request(
        self,
        name: str,
        *arguments: int,
        attempts: int | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> tuple[Fields, ...]:
        """Send a command and return its records in order.

        Commands start from nothing on the board, so one that is lost, damaged on the way, or
        broken off by a reset is simply sent again.

        Raises:
            LostError: no complete answer after all attempts.
            MeasurementError: the board refuses the command.
        """
        command = " ".join((name, *map(str, arguments)))
        for remaining in reversed(range(attempts or self.attempts)):
            try:
                return self._attempt(command, progress)
            except LostError:
                if not remaining:
                    raise
        raise AssertionError("at least one attempt is made")

    def _attempt(
        self, command: str, progress: Callable[[int, int], None] | None
    ) -> tuple[Fields, ...]:
        """One try. Raises LostError where another may succeed."""
        self._sequence += 1
        self.transport.write(frame(f"{self._sequence} {command}"))
        records: dict[int, Fields] = {}
        timeout = self.timeouts.acknowledge
        while True:
            record = self._next_record(timeout, command)
            kind = record.get("type")
            if kind == "boot":
                raise ResetError(_describe_reset(record), where=command)
            if kind == "error":
                if record.get("seq") == self._sequence:
                    raise _refused(record, command)
                if record.get("seq") == 0:
                    said = str(record.get("reason")).replace("_", " ")
                    raise DamageError(f"the board received a damaged line: {said}", where=command)
            if record.get("seq") != self._sequence:
                continue  # the rest of an answer that was given up
            if kind == "end":
                if sorted(records) != list(range(int(record["count"]))):
                    raise DamageError("lines of the answer are missing", where=command)
                return tuple(records[i] for i in sorted(records))
            if kind in ("ack", "progress"):
                timeout = self.timeouts.compute
                if kind == "progress" and progress is not None:
                    progress(int(record["done"]), int(record["of"]))
            else:
                timeout = self.timeouts.acknowledge
                records[int(record["i"])] = record

    def _next_record(self, timeout: float, command: str) -> Fields:
        deadline = time.monotonic() + timeout
        while True:
            for line in self._lines():
                record = decode(line)
                if record is not None:
                    return record
                if line.strip():
                    self.damaged_lines += 1
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise SilenceError(
                    f"no answer within {timeout:g} s",
                    where=command,
                    fix="check the port, the cable and that the firmware runs",
                )
            self._pending += self.transport.read(remaining)

    def _lines(self) -> Iterator[bytes]:
        """Take complete lines out of what has arrived, one at a time."""
        while True:
            end = self._pending.find(b"\n")
            if end < 0:
                # A line that never ends is noise; forgetting it bounds memory.
                if len(self._pending) > _LONGEST_LINE_BYTES:
                    self._pending.clear()
                    self.damaged_lines += 1
                return
            line = bytes(self._pending[:end])
            del self._pending[: end + 1]
            yield line


def _describe_reset(boot: Fields) -> str:
    fault = boot.get("fault")
    if not isinstance(fault, dict):
        return "the board was reset"
    return (
        f"the board crashed: {fault.get('kind')} at pc 0x{int(fault.get('pc', 0)):08x}"
        f" (lr 0x{int(fault.get('lr', 0)):08x}, status 0x{int(fault.get('status', 0)):08x})"
    )


def _refused(error: Fields, command: str) -> MeasurementError:
    log = str(error.get("log") or "").strip()
    reason = str(error.get("reason", "unknown")).replace("_", " ")
    return MeasurementError(f"{reason}: {log}" if log else reason, where=command)
