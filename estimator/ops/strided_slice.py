"""STRIDED_SLICE, after kernels/strided_slice.cc and strided_slice_common.cc.

The indices follow tensorflow/lite/kernels/internal/strided_slice_logic.h (tflite-micro 90b983c2).
"""

from __future__ import annotations

from estimator.graph import DType, Tensor
from estimator.opmodel import Answer, Kernel, Node, OperatorModel, op_data, params
from estimator.ops._checks import eval_output, int32_values, is_constant
from estimator.ops._require import arity, types
from estimator.ops._work import data_movement

MAX_RANK = 4
TYPES = (DType.FLOAT32, DType.INT8, DType.INT16, DType.INT32, DType.BOOL)


def prepare(node: Node) -> None:
    arity(node, 4, 1)
    source = node.temp_input(0)
    indices = [node.temp_input(position) for position in (1, 2, 3)]
    output = node.temp_output(0)
    node.ensure(
        source.rank <= MAX_RANK, f"its input has {source.rank} dimensions: {MAX_RANK} at most",
        tensor=source, fix=f"reshape to at most {MAX_RANK} dimensions before slicing",
    )  # fmt: skip
    for tensor, role in zip(indices, ("begin", "end", "strides")):
        is_constant(node, tensor, role)
    begin, end, strides = (int32_values(node, tensor, source.rank) for tensor in indices)
    shape = []
    for axis in range(source.rank):
        size = _size(node, source, axis, begin[axis], end[axis], strides[axis])
        if not _bit(node, "shrink_axis_mask", axis):
            shape.append(size)
    _check_output(node, output, tuple(shape))


def _size(node: Node, source: Tensor, axis: int, begin: int, end: int, stride: int) -> int:
    """Elements that the slice takes along an axis (StartForAxis, StopForAxis)."""
    node.ensure(stride != 0, f"its stride along axis {axis} is 0")
    size = source.shape[axis]
    low, high = (0, size) if stride > 0 else (-1, size - 1)
    first, last = (low, high) if stride > 0 else (high, low)
    start = min(max(begin + size if begin < 0 else begin, low), high)
    stop = min(max(end + size if end < 0 else end, low), high)
    start = first if _bit(node, "begin_mask", axis) else start
    stop = last if _bit(node, "end_mask", axis) else stop
    return max(-((stop - start) // -stride), 0) if size else 0


def _bit(node: Node, mask: str, axis: int) -> bool:
    return bool(node.option(mask) & 1 << axis)


def _check_output(node: Node, output: Tensor, shape: tuple[int, ...]) -> None:
    node.ensure(
        output.shape == shape,
        f"the slice has shape {list(shape)}, its output tensor {list(output.shape)} "
        "(TFLM ignores ellipsis, new-axis and offset)",
        tensor=output, fix="slice without ellipsis and new axes",
    )  # fmt: skip


def invoke(node: Node) -> None:
    types(node, eval_output(node, 0), TYPES, "output")


OPERATORS = (
    OperatorModel(
        name="STRIDED_SLICE",
        resolver="AddStridedSlice",
        source="kernels/strided_slice.cc",
        parse=params("TfLiteStridedSliceParams"),
        reference=Kernel(init=op_data("StridedSliceParams"), prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=data_movement,
    ),
)
