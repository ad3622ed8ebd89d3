"""LEAKY_RELU, after kernels/leaky_relu.cc and leaky_relu_common.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, op_data, params
from estimator.ops._checks import switch_on_input
from estimator.ops._require import arity, same_type
from estimator.ops._work import per_element


def prepare(node: Node) -> None:
    arity(node, 1, 1)
    same_type(node, node.temp_input(0), node.temp_output(0))


OPERATORS = (
    OperatorModel(
        name="LEAKY_RELU",
        resolver="AddLeakyRelu",
        source="kernels/leaky_relu.cc",
        parse=params("TfLiteLeakyReluParams"),
        reference=Kernel(
            init=op_data("LeakyReluOpData"),
            prepare=prepare,
            invoke=switch_on_input(
                DType.FLOAT32, DType.INT8, DType.INT16, same_shape_as_output=True
            ),
        ),
        cmsis_nn=Answer.FALLBACK,
        work=per_element(LayerKind.ACTIVATION, ops=2),
    ),
)
