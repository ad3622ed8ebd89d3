"""Work of the golden models: kinds, sums, and what is not modelled."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from estimator.analysis.work import model_work
from estimator.facts.board import load_board
from estimator.facts.layout import load_layout
from estimator.facts.runtime import Kernels, Runtime
from estimator.opmodel import Answer, LayerKind
from estimator.ops import operators
from estimator.reading import open_model, read

MODELS = Path(__file__).resolve().parents[3] / "golden" / "models"
MANIFEST = json.loads((MODELS / "manifest.json").read_text())["models"]
RUNTIME = Runtime(Kernels.CMSIS_NN, load_board("cortex-m4").core, load_layout("arm-none-eabi"))


@pytest.mark.parametrize("entry", MANIFEST, ids=lambda entry: entry["file"])
def test_macs_are_those_that_the_layers_give(entry: dict[str, object]) -> None:
    graph = read(open_model(MODELS / str(entry["file"])), str(entry["file"]))
    work = model_work(graph, RUNTIME, operators())
    assert work.total_macs == entry["macs"]
    assert work.ops == entry["ops"]
    assert not work.unknown
    assert len(work.operators) == len(graph.main.operators)


def test_kinds_of_layers() -> None:
    """The layer list of MLPerf Tiny's DS-CNN: 10x4 on 1 channel, 4 times 3x3 and 1x1, 64 to 12."""
    graph = read(open_model(MODELS / "kws_ds_cnn_int8.tflite"), "kws")
    pixels = 25 * 5
    assert model_work(graph, RUNTIME, operators()).macs_by_kind == {
        LayerKind.FIRST_CONV: pixels * 10 * 4 * 64,
        LayerKind.DEPTHWISE: 4 * pixels * 9 * 64,
        LayerKind.POINTWISE: 4 * pixels * 64 * 64,
        LayerKind.FULLY_CONNECTED: 64 * 12,
    }


def test_unmodelled_work_is_named_and_not_zero() -> None:
    graph = read(open_model(MODELS / "kws_ds_cnn_int8.tflite"), "kws")
    models = dict(operators())
    models["DEPTHWISE_CONV_2D"] = replace(models["DEPTHWISE_CONV_2D"], work=Answer.UNKNOWN)
    del models["SOFTMAX"]
    work = model_work(graph, RUNTIME, models)
    assert work.unknown == ("DEPTHWISE_CONV_2D", "SOFTMAX")
    assert [entry.work for entry in work.operators if entry.name == "SOFTMAX"] == [None]
