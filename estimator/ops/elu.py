"""ELU, after kernels/elu.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, op_data
from estimator.ops._checks import switch_on_input
from estimator.ops._require import arity, same_type
from estimator.ops._work import per_element


def prepare(node: Node) -> None:
    arity(node, 1, 1)
    same_type(node, node.temp_input(0), node.temp_output(0))


OPERATORS = (
    OperatorModel(
        name="ELU",
        resolver="AddElu",
        source="kernels/elu.cc",
        parse=Answer.NONE,
        reference=Kernel(
            init=op_data("elu.cc:OpData"),
            prepare=prepare,
            invoke=switch_on_input(DType.FLOAT32, DType.INT8, same_shape_as_output=True),
        ),
        cmsis_nn=Answer.FALLBACK,
        work=per_element(LayerKind.ACTIVATION),
    ),
)
