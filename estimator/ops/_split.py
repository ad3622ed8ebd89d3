"""What SPLIT and SPLIT_V do when they run.

After SplitImpl and Eval in kernels/split.cc and split_v.cc (tflite-micro 90b983c2).
"""

from __future__ import annotations

from estimator.graph import DType, Tensor
from estimator.opmodel import Node
from estimator.ops._checks import eval_input, eval_output, int32_values, room_for
from estimator.ops._require import CONVERT, types

TYPES = (DType.FLOAT32, DType.INT8, DType.INT16, DType.INT32)


def _resolved_axis(node: Node, source: Tensor, axis: Tensor) -> int:
    value = int32_values(node, axis, 1)[0]
    node.ensure(
        -source.rank <= value < source.rank,
        f"its axis {value} is not in an input of rank {source.rank}", tensor=axis, fix=CONVERT,
    )  # fmt: skip
    return value % source.rank


def invoke_split(
    node: Node, source_position: int, axis_position: int, *, equal_parts: bool
) -> None:
    """``equal_parts``: the kernel takes all outputs for as large as the first."""
    source, axis = eval_input(node, source_position), eval_input(node, axis_position)
    position = _resolved_axis(node, source, axis)
    types(node, source, TYPES, "input")
    count = len(node.op.outputs)
    for index in range(count):
        output = eval_output(node, index)
        room_for(node, output, output.elements, source.dtype)
    outputs = [eval_output(node, 0 if equal_parts else index) for index in range(count)]
    node.ensure(
        all(output.rank == source.rank for output in outputs)
        and sum(output.shape[position] for output in outputs) == source.shape[position],
        f"its outputs don't add up to the input {list(source.shape)} along axis {position}",
        tensor=source, fix=CONVERT, aborts=True,
    )  # fmt: skip
