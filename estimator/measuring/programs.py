"""Other programs, each with all that it starts in a group that ends with us."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence


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
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True, errors="replace",
        start_new_session=True,
    ) as process:  # fmt: skip
        try:
            out, err = process.communicate(timeout=timeout)
        except BaseException:
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            raise
    return subprocess.CompletedProcess(command, process.returncode, out, err)
