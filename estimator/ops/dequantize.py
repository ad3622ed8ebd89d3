"""DEQUANTIZE, after kernels/dequantize.cc and dequantize_common.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, op_data
from estimator.ops._checks import switch_on_input
from estimator.ops._require import arity, types
from estimator.ops._work import per_element

INPUTS = (DType.INT8, DType.INT16, DType.UINT8)


def prepare(node: Node) -> None:
    arity(node, 1, 1)
    source, output = node.temp_input(0), node.temp_output(0)
    types(node, source, INPUTS, "input")
    types(node, output, (DType.FLOAT32,), "output")


OPERATORS = (
    OperatorModel(
        name="DEQUANTIZE",
        resolver="AddDequantize",
        source="kernels/dequantize.cc",
        parse=Answer.NONE,
        reference=Kernel(
            init=op_data("DequantizeOpData"),
            prepare=prepare,
            invoke=switch_on_input(*INPUTS, same_shape_as_output=True),
        ),
        cmsis_nn=Answer.FALLBACK,
        work=per_element(LayerKind.ELEMENTWISE),
    ),
)
