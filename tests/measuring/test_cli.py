"""The command, as a user runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from estimator.measuring import read_records

from .conftest import MODEL, ROOT


def mculint(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "estimator", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_measure_in_qemu(tmp_path: Path) -> None:
    done = mculint(
        "measure", str(MODEL), str(tmp_path / "none.tflite"), "--board", "mps2_an386",
        "--records", str(tmp_path / "records"), "--runs", "1",
    )  # fmt: skip
    (record,) = read_records(tmp_path / "records")
    assert record.latency.runs == 1
    assert f"(emulated): arena {record.arena.used_bytes:,} B" in done.stdout
    assert "new: " in done.stdout
    assert "none.tflite: can't be read" in done.stderr
    assert done.returncode == 2


def test_test_engine_writes_no_golden_records() -> None:
    before = sorted((ROOT / "golden").rglob("builtin"))
    done = mculint("measure", str(MODEL), "--board", "native")
    assert done.returncode == 0 and "new: " not in done.stdout
    assert sorted((ROOT / "golden").rglob("builtin")) == before == []


def test_unknown_board_is_an_error() -> None:
    done = mculint("measure", str(MODEL), "--board", "uno")
    assert done.returncode == 2 and done.stdout == ""
    assert "there is no board 'uno'" in done.stderr
