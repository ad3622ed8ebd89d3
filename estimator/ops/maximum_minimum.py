"""MAXIMUM and MINIMUM, after kernels/maximum_minimum.cc and cmsis_nn/maximum_minimum.cc
(tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel
from estimator.ops._binary import invoke_broadcast
from estimator.ops._checks import rank_at_most
from estimator.ops._work import per_element

TYPES = (DType.FLOAT32, DType.INT8, DType.INT16, DType.INT32, DType.INT64)


def invoke_reference(node: Node) -> None:
    invoke_broadcast(node, TYPES)


def invoke_cmsis_nn(node: Node) -> None:
    for tensor in (node.input(0), node.input(1), node.output(0)):
        if tensor is not None:
            rank_at_most(node, tensor, 4)  # RuntimeShape::ExtendedShape(4, ...)
    invoke_broadcast(node, TYPES)


OPERATORS = tuple(
    OperatorModel(
        name=name,
        resolver=resolver,
        source="kernels/maximum_minimum.cc",
        parse=Answer.NONE,
        reference=Kernel(init=Answer.NONE, prepare=Answer.NONE, invoke=invoke_reference),
        cmsis_nn=Kernel(init=Answer.NONE, prepare=Answer.NONE, invoke=invoke_cmsis_nn),
        work=per_element(LayerKind.ELEMENTWISE),
    )
    for name, resolver in (("MAXIMUM", "AddMaximum"), ("MINIMUM", "AddMinimum"))
)
