"""Record files: strict, whole or not there, and never overwritten by accident."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from estimator.errors import MeasurementError
from estimator.measuring.record import (
    Arena,
    FirmwareSize,
    Latency,
    Model,
    OperatorTime,
    Outputs,
    Provenance,
    Record,
    RecordedKind,
    Recording,
    RuntimeBuild,
    Stack,
)
from estimator.measuring.record_files import (
    Written,
    differences,
    read_record,
    read_records,
    to_json,
    write_record,
)

RECORD = Record(
    schema_version=1,
    model=Model("kws", "ab" * 32, 48400),
    runtime=RuntimeBuild(
        "tflm-x", "tflm", "reference", "90b983c2", None, "release", "-Os", ("NDEBUG",), None
    ),
    provenance=Provenance(
        "emulated", "mps2_an386", "cortex-m4", "QEMU", None, (), "GNU 12.2.1", "-mcpu=cortex-m4",
        "-Os", "1.0.0", "2025-01-01",
    ),
    arena=Arena(
        22820, 22832, 16000, 6820, 1 << 20, (), Recording(
            22916, 16000, 6916, (RecordedKind("kOpData", 0, 0, 0),)
        ),
    ),
    stack=Stack(8192, 740, 1252),
    latency=Latency("instructions", "QEMU", 1, 3, 5, 6, 7),
    operators=(OperatorTime("CONV_2D", 0, 4),),
    outputs=Outputs("eb9b16b0", 12, 1, None),
    firmware=FirmwareSize(140892, 156),
)  # fmt: skip


def dated(record: Record, date: str) -> Record:
    return dataclasses.replace(record, provenance=dataclasses.replace(record.provenance, date=date))


def with_used(record: Record, used: int) -> Record:
    return dataclasses.replace(record, arena=dataclasses.replace(record.arena, used_bytes=used))


def test_round_trip(tmp_path: Path) -> None:
    assert write_record(RECORD, tmp_path) is Written.NEW
    path = tmp_path / "mps2_an386" / "tflm-x" / "kws.json"
    assert read_record(path) == RECORD
    assert list(read_records(tmp_path)) == [RECORD]
    assert path.read_text() == to_json(RECORD)
    assert path.stat().st_mode & 0o777 == 0o644


def test_without_stack_or_firmware(tmp_path: Path) -> None:
    record = dataclasses.replace(RECORD, stack=None, firmware=None)
    write_record(record, tmp_path)
    assert read_record(record.path(tmp_path)) == record


def test_same_record_on_another_day_is_left_alone(tmp_path: Path) -> None:
    write_record(RECORD, tmp_path)
    before = RECORD.path(tmp_path).read_text()
    assert write_record(dated(RECORD, "2026-02-02"), tmp_path) is Written.UNCHANGED
    assert RECORD.path(tmp_path).read_text() == before


def test_record_that_differs_is_not_overwritten(tmp_path: Path) -> None:
    write_record(RECORD, tmp_path)
    before = RECORD.path(tmp_path).read_text()
    with pytest.raises(MeasurementError, match=r"arena\.used_bytes: 22820, now 22836"):
        write_record(with_used(RECORD, 22836), tmp_path)
    assert RECORD.path(tmp_path).read_text() == before


def test_replace_overwrites(tmp_path: Path) -> None:
    write_record(RECORD, tmp_path)
    changed = with_used(RECORD, 22836)
    assert write_record(changed, tmp_path, replace=True) is Written.REPLACED
    assert read_record(RECORD.path(tmp_path)) == changed


def test_every_difference_is_named() -> None:
    longer = dataclasses.replace(RECORD, operators=RECORD.operators * 2, stack=None)
    assert [line.split(":")[0] for line in differences(RECORD, longer)] == ["stack", "operators"]
    assert differences(RECORD, dated(RECORD, "2030-01-01")) == ()


def timed(record: Record, median: int, operator: int, unit: str = "instructions") -> Record:
    return dataclasses.replace(
        record,
        latency=dataclasses.replace(record.latency, median=median, unit=unit),
        operators=(OperatorTime("CONV_2D", 0, operator),),
    )


def test_instruction_counts_agree_to_the_timers_resolution() -> None:
    assert differences(timed(RECORD, 100, 50), timed(RECORD, 102, 48)) == ()
    assert differences(timed(RECORD, 100, 50), timed(RECORD, 103, 50)) == (
        "latency.median: 100, now 103",
    )
    assert differences(timed(RECORD, 100, 50), timed(RECORD, 100, 53)) == (
        "operators[0].time: 50, now 53",
    )
    cycles = [timed(RECORD, median, 50, "cycles") for median in (100, 101)]
    assert differences(*cycles) == ("latency.median: 100, now 101",)


def test_disk_that_fills_up_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_record(RECORD, tmp_path)
    before = RECORD.path(tmp_path).read_text()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(MeasurementError, match="can't be written: No space left on device"):
        write_record(with_used(RECORD, 1), tmp_path, replace=True)
    assert RECORD.path(tmp_path).read_text() == before
    assert [path.name for path in RECORD.path(tmp_path).parent.iterdir()] == ["kws.json"]


def test_interruption_leaves_no_half_written_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_record(RECORD, tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r.update(schema_version=2), "no record of schema version 1"),
        (lambda r: r["arena"].pop("used_bytes"), r"arena\.used_bytes: is missing"),
        (lambda r: r["arena"].update(more=1), r"arena\.more: is not a known key"),
        (lambda r: r["arena"].update(used_bytes="1"), r"arena\.used_bytes: must be int"),
        (lambda r: r["arena"].update(used_bytes=1.0), r"arena\.used_bytes: must be int"),
        (lambda r: r["arena"].update(used_bytes=True), r"arena\.used_bytes: must be int"),
        (lambda r: r["operators"][0].update(name=3), r"operators\[0\]\.name: must be str"),
        (lambda r: r.update(operators={}), "operators: must be a list"),
        (lambda r: r.update(model=[]), "model: must be an object"),
        (lambda r: r["model"].update(name=None), r"model\.name: must be str"),
    ],
)
def test_wrong_records_are_refused(change: Change, message: str, tmp_path: Path) -> None:
    values = json.loads(to_json(RECORD))
    change(values)
    path = tmp_path / "kws.json"
    path.write_text(json.dumps(values))
    with pytest.raises(MeasurementError, match=message):
        read_record(path)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', "\udcff"])
def test_files_that_are_no_records(text: str, tmp_path: Path) -> None:
    path = tmp_path / "kws.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(MeasurementError, match=r"kws\.json"):
        read_record(path)
