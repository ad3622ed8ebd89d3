"""ZEROS_LIKE, after kernels/zeros_like.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, Node, OperatorModel
from estimator.ops._checks import eval_input, eval_output, same_shape
from estimator.ops._require import arity, types
from estimator.ops._work import data_movement


def prepare(node: Node) -> None:
    arity(node, 1, 1)
    node.temp_input(0)
    node.temp_output(0)


def invoke(node: Node) -> None:
    source = eval_input(node, 0)
    same_shape(node, source, eval_output(node, 0))
    types(node, source, (DType.INT64, DType.INT32, DType.INT8, DType.FLOAT32), "input")


OPERATORS = (
    OperatorModel(
        name="ZEROS_LIKE",
        resolver="AddZerosLike",
        source="kernels/zeros_like.cc",
        parse=Answer.NONE,
        reference=Kernel(init=Answer.NONE, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=data_movement,
    ),
)
