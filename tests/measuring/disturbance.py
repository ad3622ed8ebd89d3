"""Transports that do to a line what cables, noise and power supplies do."""

from __future__ import annotations

from collections.abc import Callable

from estimator.measuring.transport import Transport


class Disturbed:
    """Passes everything on, line by line, through a function that may change or drop a line.

    Args:
        inner: the sound line.
        receive: what happens to each line from the board (b"" drops it).
        send: what happens to each write of the host.
    """

    def __init__(
        self,
        inner: Transport,
        receive: Callable[[bytes], bytes] = lambda line: line,
        send: Callable[[bytes], bytes] = lambda data: data,
    ) -> None:
        self.inner = inner
        self.receive = receive
        self.send = send
        self._pending = b""

    def read(self, timeout: float) -> bytes:
        self._pending += self.inner.read(timeout)
        *lines, self._pending = self._pending.split(b"\n")
        return b"".join(self.receive(line + b"\n") for line in lines)

    def write(self, data: bytes) -> None:
        sent = self.send(data)
        if sent:
            self.inner.write(sent)

    def close(self) -> None:
        self.inner.close()


def once(what: Callable[[bytes], bytes], marker: bytes) -> Callable[[bytes], bytes]:
    """Applies ``what`` to the first line that contains ``marker``, and to no other."""
    done: list[bytes] = []

    def apply(line: bytes) -> bytes:
        if done or marker not in line:
            return line
        done.append(line)
        return what(line)

    return apply


def drop(line: bytes) -> bytes:
    return b""


def flip_bit(line: bytes) -> bytes:
    """Flips the lowest bit of a byte in the middle."""
    middle = len(line) // 2
    return line[:middle] + bytes([line[middle] ^ 1]) + line[middle + 1 :]


def noise(line: bytes) -> bytes:
    return b"\x00\xff garbage \x1e{half a record" + line + b"\x1e\n\n{}*00000000\n"
