"""An interrupt while building or measuring ends the build and QEMU, and leaves no folder."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.unit.cli.test_interrupts import SECONDS, Process, assert_ended

from .conftest import MODEL, ROOT


@pytest.fixture
def measure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Process]:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    process = Process(
        "measure", str(MODEL), "--board", "mps2_an386", "--records", "records",
        "--harness", str(ROOT / "firmware_harness"), "--runs", "256", "--warm-up", "100",
        folder=tmp_path,
    )  # fmt: skip
    yield process
    for member, _ in process.members():
        os.kill(member, signal.SIGKILL)
    process.popen.communicate()


def working_in(folder: Path) -> list[str]:
    """Commands of processes that name a folder: cmake, compilers, QEMU."""
    found = []
    for number in filter(str.isdecimal, (path.name for path in Path("/proc").iterdir())):
        try:
            command = Path(f"/proc/{number}/cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue  # it has ended
        found += [command] if str(folder) in command else []
    return found


@pytest.mark.parametrize("to_all", [False, True], ids=["process", "group"])
@pytest.mark.parametrize("child", ["cmake", "qemu-system-arm"])
def test_measure(child: str, to_all: bool, measure: Process, tmp_path: Path) -> None:
    def named(name: str) -> Callable[[], bool]:
        return lambda: any(n == name[:15] for _, n in measure.members(measure.popen.pid))

    measure.wait_until(named(child))
    assert_ended(measure.send(signal.SIGINT, to_all), 130, "interrupted")
    end = time.monotonic() + SECONDS
    while working_in(tmp_path) and time.monotonic() < end:
        time.sleep(0.05)
    assert working_in(tmp_path) == []
    assert not (tmp_path / "records").exists()
    assert list((tmp_path / "temporary").glob("mculint-*")) == []
