"""Other programs, each with all that it starts in a group that ends with us."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress

from estimator.workers import undisturbed

_PATIENCE_SECONDS = 2.0


def run_program(
    command: Sequence[str], *, timeout: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, with its output.

    An interrupt reaches us alone; the program's whole group (cmake, make, compilers) is ended then,
    so that none of it goes on writing into a folder that is being removed.

    Raises:
        OSError: it can't be started.
        subprocess.TimeoutExpired: it took longer than ``timeout`` seconds.
    """
    pipe = subprocess.PIPE
    process: subprocess.Popen[str] | None = None
    try:
        with undisturbed():  # an interrupt while it is started would leave it to itself
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True,
                errors="replace", start_new_session=True,
            )  # fmt: skip
        out, err = process.communicate(timeout=timeout)
    except BaseException:
        if process is not None:
            _end(process)
        raise
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def _end(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError, AttributeError):  # all have ended, or there are no groups
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    with process:  # closes the pipes and waits
        pass
    _wait_for_group(process.pid)


def _wait_for_group(group: int) -> None:
    """Wait a little until what was killed is gone; what it was writing is whole or absent then."""
    end = time.monotonic() + _PATIENCE_SECONDS
    with suppress(ProcessLookupError, PermissionError, AttributeError):  # no group, no killpg
        while time.monotonic() < end:
            os.killpg(group, 0)
            time.sleep(0.01)
