"""MIRROR_PAD, after kernels/mirror_pad.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, Node, OperatorModel, op_data, params
from estimator.ops._checks import eval_output
from estimator.ops._require import rank, types
from estimator.ops._work import data_movement

INT_BYTES = 4
"""sizeof(int) under every layout."""


def prepare(node: Node) -> None:
    source = node.temp_input(0)
    padding = node.temp_input(1)
    node.temp_output(0)
    rank(node, padding, 2, "padding")
    node.ensure(
        padding.shape[0] == source.rank,
        f"its padding has {padding.shape[0]} rows for an input of rank {source.rank}",
        tensor=padding,
    )
    node.request_scratch_buffer(INT_BYTES * source.rank, "output elements per dimension")
    node.request_scratch_buffer(INT_BYTES * source.rank, "input elements per dimension")


def invoke(node: Node) -> None:
    types(node, eval_output(node, 0), (DType.FLOAT32, DType.INT8), "output")


OPERATORS = (
    OperatorModel(
        name="MIRROR_PAD",
        resolver="AddMirrorPad",
        source="kernels/mirror_pad.cc",
        parse=params("TfLiteMirrorPaddingParams"),
        reference=Kernel(
            init=op_data("mirror_pad.cc:OpDataMirrorPad"), prepare=prepare, invoke=invoke
        ),
        cmsis_nn=Answer.FALLBACK,
        work=data_movement,
    ),
)
