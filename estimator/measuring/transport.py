"""Bytes to and from a board: a serial port, or the standard input and output of a process."""

from __future__ import annotations

import queue
import subprocess
import threading
from collections.abc import Sequence
from typing import IO, Any, Protocol

from estimator.errors import MeasurementError

_CHUNK_BYTES = 4096


class Transport(Protocol):
    """A connection to a running firmware."""

    def read(self, timeout: float) -> bytes:
        """What has arrived, waiting up to ``timeout`` seconds for the first byte; b"" for none.

        Raises:
            MeasurementError: the other side is gone.
        """

    def write(self, data: bytes) -> None:
        """Send all of ``data``. Raises MeasurementError if the other side is gone."""

    def close(self) -> None:
        """End the connection; what was started is stopped."""


class ProcessTransport:
    """QEMU with its serial port on standard input and output, or the native harness itself."""

    def __init__(self, command: Sequence[str]) -> None:
        self._name = command[0]
        pipe = subprocess.PIPE
        try:
            self._process = subprocess.Popen(
                command, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0
            )
        except OSError as error:
            raise MeasurementError(
                f"can't be started: {error.strerror}", where=command[0], fix="install it"
            ) from error
        self._arrived: queue.Queue[bytes] = queue.Queue()
        self._complaints: queue.Queue[bytes] = queue.Queue()
        # Threads, because pipes can't be waited for on every system, and a full one would stop
        # the other side.
        self._pumps = (
            threading.Thread(target=_pump, args=(self._process.stdout, self._arrived), daemon=True),
            threading.Thread(
                target=_pump, args=(self._process.stderr, self._complaints), daemon=True
            ),
        )
        for pump in self._pumps:
            pump.start()

    def read(self, timeout: float) -> bytes:
        try:
            chunk = self._arrived.get(timeout=timeout)
        except queue.Empty:
            return b""
        if not chunk:
            self._arrived.put(b"")  # so that the next read knows too
            raise self._gone()
        return chunk

    def write(self, data: bytes) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(data)
        except OSError as error:
            raise self._gone() from error

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for pump in self._pumps:
            pump.join()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def _gone(self) -> MeasurementError:
        code = self._process.wait()
        self._pumps[1].join()
        words = b"".join(self._complaints.queue).decode(errors="replace").strip()
        return MeasurementError(f"ended with code {code}: {words[-500:]}", where=self._name)


def _pump(source: IO[bytes], sink: queue.Queue[bytes]) -> None:
    """Move all that comes from a pipe into a queue; b"" marks the end."""
    while chunk := source.read(_CHUNK_BYTES):
        sink.put(chunk)
    sink.put(b"")


class SerialTransport:
    """A serial port, by pyserial (the extra ``mculint[measure]``)."""

    def __init__(self, port: str, baud: int) -> None:
        try:
            import serial
        except ImportError as error:
            raise MeasurementError(
                "pyserial is needed for boards on a serial port",
                where=port,
                fix='pip install "mculint[measure]"',
            ) from error
        self._port = port
        try:
            self._serial: Any = serial.Serial(port, baud, timeout=0, write_timeout=5)
        except (OSError, ValueError) as error:  # SerialException is an OSError
            raise MeasurementError(
                f"can't be opened: {error}", where=port, fix="check --port and its permissions"
            ) from error

    def read(self, timeout: float) -> bytes:
        try:
            self._serial.timeout = timeout
            first: bytes = self._serial.read(1)
            self._serial.timeout = 0
            rest: bytes = self._serial.read(_CHUNK_BYTES) if first else b""
        except OSError as error:
            raise self._failed(error) from error
        return first + rest

    def write(self, data: bytes) -> None:
        try:
            self._serial.write(data)
        except OSError as error:
            raise self._failed(error) from error

    def close(self) -> None:
        self._serial.close()

    def _failed(self, error: OSError) -> MeasurementError:
        return MeasurementError(f"failed: {error}", where=self._port, fix="check the cable")
