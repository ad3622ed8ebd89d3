"""LOGISTIC, after kernels/logistic.cc and logistic_common.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, op_data
from estimator.ops._checks import eval_input, eval_output, same_shape, zero_point_is
from estimator.ops._require import same_type, types
from estimator.ops._sigmoid import int16_quantization
from estimator.ops._work import per_element


def prepare(node: Node) -> None:
    source, output = node.temp_input(0), node.temp_output(0)
    same_type(node, source, output)
    if source.dtype is DType.INT8:
        zero_point_is(node, output, -128)
    if source.dtype is DType.INT16:
        int16_quantization(node, source, output, plain_shifts=(0,))


def invoke(node: Node) -> None:
    source, output = eval_input(node, 0), eval_output(node, 0)
    types(node, source, (DType.FLOAT32, DType.INT16, DType.INT8), "input")
    if source.dtype is DType.FLOAT32:
        same_shape(node, source, output)


OPERATORS = (
    OperatorModel(
        name="LOGISTIC",
        resolver="AddLogistic",
        source="kernels/logistic.cc",
        parse=Answer.NONE,
        reference=Kernel(init=op_data("OpDataLogistic"), prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=per_element(LayerKind.ACTIVATION),
    ),
)
