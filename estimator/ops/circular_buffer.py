"""CIRCULAR_BUFFER, after kernels/circular_buffer.cc and circular_buffer_common.cc (90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, Node, OperatorModel
from estimator.ops._flexbuffer import element_as_int32
from estimator.ops._require import same_type, types
from estimator.ops._work import data_movement


def init(node: Node) -> None:
    node.allocate_persistent_struct("OpDataCircularBuffer")
    if node.op.custom_options is not None and len(node.op.custom_options) > 0:
        element_as_int32(node, 0, "cycles_max")


def prepare(node: Node) -> None:
    source = node.temp_input(0)
    output = node.temp_output(0)
    slots = node.dim(source, 1)
    for axis in (0, 2, 3):
        node.ensure(
            node.dim(source, axis) == node.dim(output, axis),
            f"dimension {axis} is {source.shape[axis]} in its input, {output.shape[axis]} in its "
            "output",
            tensor=output,
        )
        node.ensure(slots == 1, f"dimension 1 of its input is {slots}, not 1", tensor=source)
    same_type(node, source, output)
    types(node, source, (DType.INT8,), "input")


OPERATORS = (
    OperatorModel(
        name="CIRCULAR_BUFFER",
        resolver="AddCircularBuffer",
        source="kernels/circular_buffer.cc",
        parse=Answer.NONE,
        reference=Kernel(init=init, prepare=prepare, invoke=Answer.NONE),
        cmsis_nn=Answer.FALLBACK,
        work=data_movement,
    ),
)
