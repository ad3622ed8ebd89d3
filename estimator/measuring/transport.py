"""Bytes to and from a board: a serial port, or the standard input and output of a process."""

from __future__ import annotations

import queue
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from typing import Any, Protocol

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
        # A file, not a pipe: nobody reads it before the end, and a full pipe would stop the other side.
        self._stderr = tempfile.TemporaryFile()
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                bufsize=0,
            )
        except OSError as error:
            self._stderr.close()
            raise MeasurementError(
                f"can't be started: {error.strerror}", where=command[0], fix="install it"
            ) from error
        self._arrived: queue.Queue[bytes] = queue.Queue()
        # A thread, because pipes can't be waited for on every system.
        self._pump = threading.Thread(target=self._receive, daemon=True)
        self._pump.start()

    def _receive(self) -> None:
        stdout = self._process.stdout
        assert stdout is not None
        while chunk := stdout.read(_CHUNK_BYTES):
            self._arrived.put(chunk)
        self._arrived.put(b"")

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
        self._pump.join()
        for file in (self._process.stdin, self._process.stdout, self._stderr):
            if file is not None:
                file.close()

    def _gone(self) -> MeasurementError:
        code = self._process.wait()
        self._stderr.seek(0)
        words = self._stderr.read().decode(errors="replace").strip()
        return MeasurementError(f"ended with code {code}: {words[-500:]}", where=self._name)


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
