"""Backbones are recognised from the graph, with evidence."""

from __future__ import annotations

from pathlib import Path

import pytest

from estimator.analysis.backbone import recognise
from estimator.facts.calibration import Backbone
from estimator.graph import DType, Graph, Op, Subgraph, Tensor
from estimator.reading import open_model, read

MODELS = Path(__file__).resolve().parents[3] / "golden" / "models"

EXPECTED = {
    "ad_autoencoder_int8": Backbone.FC_AUTOENCODER,
    "dscnn_l_int8": Backbone.DS_CNN,
    "ic_resnet8_int8": Backbone.RESNET,
    "kws_ds_cnn_int8": Backbone.DS_CNN,
    "micronet_ad_s_int8": Backbone.DS_CNN,
    "micronet_kws_l_int8": Backbone.DS_CNN,
    "own_inverted_bottleneck_vww_50_int8": Backbone.MOBILENET_V2,
    "own_uneven_dense_layers_int8": Backbone.OTHER,
    "person_detect_int8": Backbone.MOBILENET_V1,
    "str_ww_int8": Backbone.DS_CNN,
    "vww_96_int8": Backbone.MOBILENET_V1,
}


@pytest.mark.parametrize(("name", "backbone"), EXPECTED.items())
def test_golden_models(name: str, backbone: Backbone) -> None:
    path = MODELS / f"{name}.tflite"
    assert recognise(read(open_model(path), name)).backbone is backbone


def test_evidence_counts_what_was_found() -> None:
    path = MODELS / "ic_resnet8_int8.tflite"
    found = recognise(read(open_model(path), path.name))
    assert found.evidence == "7 convolutions with 3 skip connections, none depthwise"


def _graph(*operators: tuple[str, tuple[int, ...], tuple[int, ...]], shapes: int) -> Graph:
    tensors = tuple(Tensor(index, f"t{index}", (1, 4), DType.INT8) for index in range(shapes))
    ops = tuple(
        Op(index, name, inputs, outputs) for index, (name, inputs, outputs) in enumerate(operators)
    )
    return Graph((Subgraph(0, "", tensors, (0,), (shapes - 1,), ops),))


def test_recurrent_by_operator() -> None:
    found = recognise(_graph(("SVDF", (0,), (1,)), shapes=2))
    assert found.backbone is Backbone.RECURRENT
    assert "SVDF" in found.evidence


def test_empty_and_unconnected_graphs_are_other() -> None:
    assert recognise(_graph(shapes=1)).backbone is Backbone.OTHER
    assert recognise(_graph(("ABS", (-1,), ()), shapes=1)).backbone is Backbone.OTHER
