"""Measurements, recordings and calibrations: read strictly, written so that they read back."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from estimator.calibrating.measurements import COLUMNS, read_measurements
from estimator.calibrating.records import read_golden, read_recordings
from estimator.calibrating.writing import as_csv, as_toml, calibration_path, instructions_as_toml
from estimator.errors import FactsError
from estimator.facts.calibration import (
    Backbone,
    Calibration,
    Fit,
    FittedRow,
    InstructionCosts,
    Power,
    calibrations_for,
    load_calibration,
    load_instruction_costs,
)
from estimator.facts.runtime import Kernels
from estimator.opmodel import LayerKind

ROW = {
    "source": "a paper, Table 1", "model": "net", "task": "KWS", "backbone": "ds-cnn",
    "ops": "1000", "macs_by_kind": '{"convolution":400,"depthwise convolution":90}',
    "model_file": "", "board": "b", "core": "cortex-m4", "clock_mhz": "100", "runtime": "TFLM",
    "kernels": "cmsis-nn", "latency_ms": "12.5", "energy_mj": "", "estimated": "false",
    "doubtful": "", "notes": "",
}  # fmt: skip


def write_rows(folder: Path, *rows: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> Path:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path = folder / "latency.csv"
    path.write_text(text.getvalue())
    return path


def test_a_row_is_read_with_its_own_count_of_operations(tmp_path: Path) -> None:
    (row,) = read_measurements(write_rows(tmp_path, ROW))
    assert row.backbone is Backbone.DS_CNN
    assert row.macs == {LayerKind.CONV: 400, LayerKind.DEPTHWISE: 90}
    assert row.ops == 980  # counted, not as published
    assert row.clock_mhz == 100.0
    assert row.energy_mj is None
    assert row.resolution_ms == pytest.approx(0.05)
    assert not row.estimated


def test_whole_milliseconds_are_half_a_millisecond_off_at_most(tmp_path: Path) -> None:
    (row,) = read_measurements(write_rows(tmp_path, {**ROW, "latency_ms": "3"}))
    assert row.resolution_ms == 0.5


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("backbone", "vgg"), ("latency_ms", "fast"), ("estimated", "maybe"), ("kernels", "x"),
        ("macs_by_kind", "{"), ("macs_by_kind", '{"convolutional":1}'), ("ops", "many"),
    ],
)  # fmt: skip
def test_malformed_rows_name_the_line(tmp_path: Path, column: str, value: str) -> None:
    bad = {**ROW, column: value, **({"macs_by_kind": ""} if column == "ops" else {})}
    with pytest.raises(FactsError, match=r"latency\.csv:3"):
        read_measurements(write_rows(tmp_path, ROW, bad))


def test_missing_columns_and_files_are_errors(tmp_path: Path) -> None:
    with pytest.raises(FactsError, match="columns must be"):
        read_measurements(write_rows(tmp_path, ROW, columns=COLUMNS[:-1]))
    with pytest.raises(FactsError, match="can't be read"):
        read_measurements(tmp_path / "none.csv")


FIT = Fit(
    method='quote " and \\', backbones=(Backbone.RESNET,), any_backbone=True,
    milliseconds_per={"instructions: convolution": 1.25e-05, "ops": 3.0},
    leave_one_out_percent=4.5, ratio=(0.875, 1.125), ratio_of={"ops": (0.5, 2.0)},
    interval_source="held-out models", ops=(10, 2000), r2=0.9875,
    models=2,
    rows=(FittedRow("net", "ab" * 32, 12.5, 13.0), FittedRow("other", "cd" * 32, 1.0, None)),
)  # fmt: skip
CALIBRATION = Calibration(
    name="b_cmsis-nn", board="b", core="cortex-m4", clock_hz=1e8, kernels=Kernels.CMSIS_NN,
    runtime="TFLM, by somebody", sources=("paper", "other paper"),
    fits=(FIT, replace(FIT, leave_one_out_percent=None, r2=None, ratio_of={})),
    power=Power(161.0, (0.9375, 1.0625), 3.0, 1, (FittedRow("net", "ef" * 32, 2.0, 2.5),)),
)  # fmt: skip


@pytest.mark.parametrize(
    "calibration", [CALIBRATION, replace(CALIBRATION, power=None, clock_hz=None, fits=())]
)
def test_what_is_written_reads_back(tmp_path: Path, calibration: Calibration) -> None:
    path = calibration_path(tmp_path, calibration)
    path.write_text(as_toml(calibration))
    assert load_calibration(path) == _without_rows(calibration)


def _without_rows(calibration: Calibration) -> Calibration:
    power = calibration.power
    return replace(
        calibration,
        fits=tuple(replace(fit, rows=()) for fit in calibration.fits),
        power=None if power is None else replace(power, rows=()),
    )


def test_rows_are_written_beside() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(CALIBRATION))))
    assert len(rows) == 2 + 2 + 1
    assert rows[0]["model"] == "net"
    assert rows[0]["measured"] == "12.5"
    assert rows[1]["held_out"] == ""
    assert rows[-1]["fit"] == "power"


def test_a_boards_own_calibration_is_enough(tmp_path: Path) -> None:
    for board in ("b", "c"):
        own = replace(CALIBRATION, name=f"{board}_cmsis-nn", board=board)
        calibration_path(tmp_path, own).write_text(as_toml(own))
    (found,) = calibrations_for("b", Kernels.CMSIS_NN, tmp_path)
    assert found.board == "b"
    assert len(calibrations_for("b", Kernels.REFERENCE, tmp_path)) == 2
    assert len(calibrations_for("d", Kernels.CMSIS_NN, tmp_path)) == 2


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ('"resnet"', '"vgg"', r"fit\[0\]\.backbones"),
        ("ratio = [0.875, 1.125]", "ratio = [1.125, 0.875]", r"fit\[0\]\.ratio"),
        ("any_backbone = true", "any_backbone = 1", r"fit\[0\]\.any_backbone"),
        ('kernels = "cmsis-nn"', 'kernels = "other"', "kernels"),
        ("method = ", "metod = ", r"fit\[0\]\."),
        ("[fit.milliseconds_per]", "[fit.seconds_per]", r"fit\[0\]\."),
        ("active_mw = 161.0", 'active_mw = "161"', r"power\.active_mw"),
    ],
)
def test_malformed_calibrations_name_the_place(
    tmp_path: Path, old: str, new: str, where: str
) -> None:
    text = as_toml(CALIBRATION)
    assert old in text
    path = tmp_path / "latency_b.toml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(FactsError, match=where):
        load_calibration(path)


def test_instruction_costs_read_back_with_what_is_borrowed(tmp_path: Path) -> None:
    costs = InstructionCosts(
        "cortex-m4", Kernels.REFERENCE, {"f: mac": 6.25, "g: call": 100.0}, (0.98, 1.02), "QEMU",
        frozenset({"g: call"}), "cortex-m7",
    )  # fmt: skip
    (tmp_path / "instructions_cortex-m4_reference.toml").write_text(instructions_as_toml(costs))
    assert load_instruction_costs("cortex-m4", Kernels.REFERENCE, tmp_path) == costs
    assert load_instruction_costs("cortex-m4", Kernels.CMSIS_NN, tmp_path) is None


def test_recordings_skip_models_that_did_not_run(tmp_path: Path) -> None:
    model = {"path": "a.tflite", "source": "s", "sha256": "00", "invoke_status": 0,
             "events": [[0, "ADD", 10], [0, "ABS", 5]], "total_instructions": 15}  # fmt: skip
    content = {
        "core": "m4", "kernels": "cmsis_nn",
        "models": [model, {**model, "invoke_status": 1}, {**model, "events": []},
                   {**model, "path": "nested", "events": [[0, "IF", 9], [1, "ADD", 4]]}],
    }  # fmt: skip
    (tmp_path / "m4.json").write_text(json.dumps(content))
    (recording,) = read_recordings(tmp_path, tmp_path)
    assert recording.core == "cortex-m4"
    assert recording.kernels is Kernels.CMSIS_NN
    first, nested = recording.records
    assert first.operators == (("ADD", 10), ("ABS", 5))
    assert first.path == tmp_path / "s" / "a.tflite"
    assert nested.operators is None


def test_no_recording_and_malformed_ones_are_errors(tmp_path: Path) -> None:
    with pytest.raises(FactsError, match="holds no recording"):
        read_recordings(tmp_path, tmp_path)
    (tmp_path / "x.json").write_text('{"core": "m4"}')
    with pytest.raises(FactsError, match=r"x\.json"):
        read_recordings(tmp_path, tmp_path)
    (tmp_path / "board" / "runtime").mkdir(parents=True)
    (tmp_path / "board" / "runtime" / "m.json").write_text("{}")
    with pytest.raises(FactsError, match="is no record"):
        read_golden(tmp_path, tmp_path)
