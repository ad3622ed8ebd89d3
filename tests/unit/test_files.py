"""write_whole() leaves a file as it was or as it should be, never in between."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from estimator.files import write_whole


def test_content_is_replaced_and_the_mode_kept(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    write_whole(path, "ä")
    path.chmod(0o640)
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_keeps_pointing_to_its_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    (tmp_path / "link").symlink_to("file")
    write_whole(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text() == "new"


def test_a_device_is_written_to_and_stays_one() -> None:
    write_whole(Path("/dev/null"), "text")
    assert Path("/dev/null").is_char_device()
    with pytest.raises(OSError, match="No space left"):
        write_whole(Path("/dev/full"), "text")


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))


@pytest.mark.parametrize("failing", ["the disk is full", "the folder can't be written"])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path, failing: str) -> None:
    """A limit on file sizes stands for the full disk: the write stops half-way."""
    path = tmp_path / "report.html" if failing == "the disk is full" else Path("/proc/version")
    if path.parent == tmp_path:
        path.write_text("old")
    before, beside = path.read_text(), sorted(path.parent.glob(".*"))
    model = Path(__file__).parents[2] / "golden" / "models" / "kws_ds_cnn_int8.tflite"
    done = subprocess.run(
        [sys.executable, "-m", "estimator", "check", str(model), "--output", f"html:{path}"],
        capture_output=True, text=True, preexec_fn=limited, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert str(path) in done.stderr and "can't be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert path.read_text() == before
    assert sorted(path.parent.glob(".*")) == beside
