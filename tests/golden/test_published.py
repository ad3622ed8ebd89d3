"""Published measurements: every row sourced, and sums that must come out as printed."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
FILES = ("latency", "micronets_memory", "micronets_figure_2", "mlperf_tiny")


def rows(name: str) -> list[dict[str, str]]:
    with (GOLDEN / "published" / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file, strict=True))


@pytest.mark.parametrize("name", FILES)
def test_every_row_has_a_source_and_a_known_model(name: str) -> None:
    manifest = json.loads((GOLDEN / "models" / "manifest.json").read_text())
    models = {Path(model["file"]).stem for model in manifest["models"]} | {""}
    for row in rows(name):
        assert row["source"] and row["model"]
        assert row["model_file"] in models
        assert None not in row and None not in row.values()


def test_no_other_files() -> None:
    assert {path.stem for path in (GOLDEN / "published").iterdir()} == set(FILES)


def test_figure_2_adds_up_to_table_4_and_to_the_chip() -> None:
    parts = {(row["memory"], row["part"]): int(row["kb"]) for row in rows("micronets_figure_2")}
    (kws_l,) = (r for r in rows("micronets_memory") if r["model"] == "MicroNet-KWS-L")
    sram = parts["sram", "intermediate tensors"] + parts["sram", "persistent buffers"]
    assert abs(sram * 1000 - int(kws_l["sram_bytes"])) < 1000
    model = parts["flash", "weights and biases"]
    model += parts["flash", "quantization parameters and graph"]
    assert model * 1000 == int(kws_l["model_bytes"])
    assert sum(kb for (memory, _), kb in parts.items() if memory == "sram") == 318  # of 320
    assert sum(kb for (memory, _), kb in parts.items() if memory == "flash") == 999  # of 1 MB


def test_table_4_is_whole() -> None:
    table = rows("micronets_memory")
    assert len(table) == 21
    for row in table:
        assert int(row["sram_bytes"]) > 0
        if row["binary_bytes"]:
            assert int(row["binary_bytes"]) > int(row["model_bytes"])
    assert [row["model"] for row in table if row["sram_estimated"] == "true"] == ["MBNETV2-L"]


def test_mlperf_tiny_is_cortex_m_with_four_tasks() -> None:
    table = rows("mlperf_tiny")
    assert len(table) == 243
    assert all(row["core"].startswith("cortex-m") for row in table)
    assert {row["task"] for row in table} == {"AD", "IC", "KWS", "VWW"}
    assert all(float(row["latency_ms"]) > 0 for row in table)


def test_reference_board_is_the_same_in_both_files() -> None:
    ours = {
        row["model_file"]: float(row["latency_ms"])
        for row in rows("latency")
        if row["board"] == "stm32l4r5zi"
    }
    theirs = {
        row["model_file"]: float(row["latency_ms"])
        for row in rows("mlperf_tiny")
        if "tiny_results_v0.5" in row["source"]
    }
    assert len(ours) == 4
    assert ours == pytest.approx(theirs)
