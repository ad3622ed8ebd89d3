"""UNPACK, after kernels/unpack.cc, which has no Prepare (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, Node, OperatorModel, params
from estimator.ops._checks import eval_input, eval_output, room_for
from estimator.ops._require import CONVERT, types
from estimator.ops._work import data_movement

TYPES = (DType.FLOAT32, DType.INT32, DType.INT16, DType.INT8)


def invoke(node: Node) -> None:
    source = eval_input(node, 0)
    types(node, source, TYPES, "input")
    axis = node.option("axis")
    axis = axis if axis >= 0 else axis + source.rank
    node.ensure(
        0 <= axis < source.rank, f"its axis {axis} is not in an input of rank {source.rank}",
        tensor=source, fix=CONVERT, aborts=True,
    )  # fmt: skip
    for position in range(node.option("num")):
        output = eval_output(node, position)
        room_for(node, output, output.elements, source.dtype)
    first = eval_output(node, 0)
    node.ensure(
        first.elements * source.shape[axis] == source.elements,
        f"its outputs {list(first.shape)} are not slices of its input {list(source.shape)} "
        f"along axis {axis}",
        tensor=first, fix=CONVERT, aborts=True,
    )  # fmt: skip


OPERATORS = (
    OperatorModel(
        name="UNPACK",
        resolver="AddUnpack",
        source="kernels/unpack.cc",
        parse=params("TfLiteUnpackParams"),
        reference=Kernel(init=Answer.NONE, prepare=Answer.NONE, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=data_movement,
    ),
)
