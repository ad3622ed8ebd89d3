"""CAST, after kernels/cast.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, params
from estimator.ops._checks import eval_input, eval_output, same_shape
from estimator.ops._require import arity, types
from estimator.ops._work import per_element

OUTPUTS = (DType.INT8, DType.INT16, DType.INT32, DType.UINT32, DType.FLOAT32)
INPUTS = (*OUTPUTS, DType.BOOL)


def prepare(node: Node) -> None:
    arity(node, 1, 1)
    node.temp_input(0)
    node.temp_output(0)


def invoke(node: Node) -> None:
    source, output = eval_input(node, 0), eval_output(node, 0)
    same_shape(node, source, output)
    types(node, source, INPUTS, "input")
    types(node, output, OUTPUTS, "output")


OPERATORS = (
    OperatorModel(
        name="CAST",
        resolver="AddCast",
        source="kernels/cast.cc",
        parse=params("TfLiteCastParams"),
        reference=Kernel(init=Answer.NONE, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=per_element(LayerKind.ELEMENTWISE),
    ),
)
