"""TANH, after kernels/tanh.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, op_data
from estimator.ops._checks import switch_on_input
from estimator.ops._require import arity, same_type
from estimator.ops._sigmoid import int16_quantization
from estimator.ops._work import per_element


def prepare(node: Node) -> None:
    node.temp_input(0)  # TanhPrepare's own; CalculateArithmeticOpData takes it again
    arity(node, 1, 1)
    source, output = node.temp_input(0), node.temp_output(0)
    same_type(node, source, output)
    if source.dtype is DType.INT16:
        int16_quantization(node, source, output, plain_shifts=(0, 1))


OPERATORS = (
    OperatorModel(
        name="TANH",
        resolver="AddTanh",
        source="kernels/tanh.cc",
        parse=Answer.NONE,
        reference=Kernel(
            init=op_data("tanh.cc:OpData"),
            prepare=prepare,
            invoke=switch_on_input(
                DType.FLOAT32, DType.INT16, DType.INT8, same_shape_as_output=True
            ),
        ),
        cmsis_nn=Answer.FALLBACK,
        work=per_element(LayerKind.ACTIVATION),
    ),
)
