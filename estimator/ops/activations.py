"""RELU, RELU6, after kernels/activations.cc and activations_common.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, op_data
from estimator.ops._checks import switch_on_input, zero_point_is
from estimator.ops._work import per_element

INVOKE = switch_on_input(DType.FLOAT32, DType.INT8, DType.INT16, same_shape_as_output=True)


def prepare_relu(node: Node) -> None:
    source, output = node.temp_input(0), node.temp_output(0)
    if source.dtype is DType.INT16:
        zero_point_is(node, source, 0)
        zero_point_is(node, output, 0)


def prepare_relu6(node: Node) -> None:
    """Its range check can't fail: the quantized 6 has been clamped to the type's range."""
    node.temp_input(0)


OPERATORS = (
    OperatorModel(
        name="RELU",
        resolver="AddRelu",
        source="kernels/activations.cc",
        parse=Answer.NONE,
        reference=Kernel(init=op_data("ReluOpData"), prepare=prepare_relu, invoke=INVOKE),
        cmsis_nn=Answer.FALLBACK,
        work=per_element(LayerKind.ACTIVATION),
    ),
    OperatorModel(
        name="RELU6",
        resolver="AddRelu6",
        source="kernels/activations.cc",
        parse=Answer.NONE,
        reference=Kernel(init=op_data("Relu6OpData"), prepare=prepare_relu6, invoke=INVOKE),
        cmsis_nn=Answer.FALLBACK,
        work=per_element(LayerKind.ACTIVATION, ops=2),
    ),
)
