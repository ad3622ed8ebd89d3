"""SHAPE, after kernels/shape.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, Node, OperatorModel, params
from estimator.ops._checks import eval_input, eval_output
from estimator.ops._require import arity, types
from estimator.ops._work import data_movement


def prepare(node: Node) -> None:
    arity(node, 1, 1)


def invoke(node: Node) -> None:
    eval_input(node, 0)
    output = eval_output(node, 0)
    types(node, output, (DType.INT32,), "output", fix="ask for an INT32 shape (out_type)")


OPERATORS = (
    OperatorModel(
        name="SHAPE",
        resolver="AddShape",
        source="kernels/shape.cc",
        parse=params("TfLiteShapeParams"),
        reference=Kernel(init=Answer.NONE, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=data_movement,
    ),
)
