"""`mculint validate` is green on golden/ and red when any number of a record is changed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from estimator.measuring.record_files import digest

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
RECORD = Path("records/mps2_an386/tflm-90b983c2-cmsis-nn-release/kws_ds_cnn_int8.json")


def validate(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "estimator", "validate", str(folder), "--format", "json"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def one_record(tmp_path: Path) -> Path:
    """A golden folder with one record."""
    (tmp_path / RECORD).parent.mkdir(parents=True)
    shutil.copy(GOLDEN / RECORD, tmp_path / RECORD)
    (tmp_path / "models").mkdir()
    shutil.copy(GOLDEN / "models" / "kws_ds_cnn_int8.tflite", tmp_path / "models")
    return tmp_path


def test_green_on_everything_in_golden() -> None:
    done = validate(GOLDEN)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    exact = [pair for pair in document["pairs"] if pair["exact"]]
    assert len(exact) >= 6 * 170
    assert not [pair for pair in exact if pair["fails"]]
    assert {group["board"] for group in document["statistics"]} >= {
        "mps2_an386", "mps2_an500", "mps3_an547", "netduinoplus2",
    }  # fmt: skip


def test_red_when_any_number_is_changed(one_record: Path) -> None:
    assert validate(one_record).returncode == 0
    text = (one_record / RECORD).read_text()
    numbers = list(re.finditer(r": (\d+)", text))
    assert len(numbers) > 40
    for number in (numbers[1], numbers[len(numbers) // 2], numbers[-1]):
        changed = text[: number.start(1)] + str(int(number.group(1)) + 1) + text[number.end(1) :]
        (one_record / RECORD).write_text(changed)
        done = validate(one_record)
        assert done.returncode == 2
        assert "not as it was measured" in done.stderr


@pytest.mark.parametrize("field", ["used_bytes", "minimum_bytes", "head_bytes", "tail_bytes"])
def test_red_when_an_exact_number_differs(one_record: Path, field: str) -> None:
    path = one_record / RECORD
    values = json.loads(path.read_text())
    del values["digest"]
    values["arena"][field] += 16
    path.write_text(json.dumps({**values, "digest": digest(values)}))
    done = validate(one_record)
    assert done.returncode == 1
    failing = [p["number"] for p in json.loads(done.stdout)["pairs"] if p["fails"]]
    assert failing == [f"arena {field.removesuffix('_bytes')}"]


def test_red_when_the_model_is_another(one_record: Path) -> None:
    model = one_record / "models" / "kws_ds_cnn_int8.tflite"
    shutil.copy(GOLDEN / "models" / "str_ww_int8.tflite", model)
    done = validate(one_record)
    assert done.returncode == 2
    assert "sha256" in done.stderr
