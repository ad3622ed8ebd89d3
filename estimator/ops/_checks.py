"""Requirements on quantization, shapes and contents that many kernels share.

The MatchingFlatSize and RuntimeShape limits are those of tensorflow/lite/kernels/internal/types.h
and runtime_shape.h (tflite-micro 90b983c2).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from estimator.graph import DType, Tensor
from estimator.opmodel import Node, Step
from estimator.ops._require import CONVERT, types

MAX_RANK = 6
"""RuntimeShape::kMaxSmallSize: the most dimensions that TFLM's kernels can walk."""


def zero_point_is(node: Node, tensor: Tensor, value: int) -> None:
    """The tensor's (first) zero point is ``value``."""
    node.ensure(
        tensor.zero_point == value,
        f"tensor {tensor.index} ({tensor.dtype.name}) has zero point {tensor.zero_point}, "
        f"not {value}",
        tensor=tensor, fix="quantize the model again with the TFLite converter",
    )  # fmt: skip


def is_constant(node: Node, tensor: Tensor, role: str) -> None:
    """IsConstantTensor: the tensor's content is in the file."""
    node.ensure(
        tensor.is_constant, f"its {role} (tensor {tensor.index}) is not constant",
        tensor=tensor, fix=f"make the {role} a constant when building the model",
    )  # fmt: skip


def same_shape(node: Node, *tensors: Tensor) -> None:
    """MatchingFlatSize: an assertion that all shapes are equal."""
    first = tensors[0]
    for other in tensors[1:]:
        node.ensure(
            first.shape == other.shape,
            f"tensors {first.index} {list(first.shape)} and {other.index} {list(other.shape)} "
            "must have the same shape",
            tensor=other, aborts=True,
        )  # fmt: skip


def rank_at_most(node: Node, tensor: Tensor, limit: int = MAX_RANK) -> None:
    """An assertion that a kernel's loops can walk the shape."""
    node.ensure(
        tensor.rank <= limit,
        f"tensor {tensor.index} has {tensor.rank} dimensions, more than {limit}",
        tensor=tensor, fix=f"reshape to at most {limit} dimensions", aborts=True,
    )  # fmt: skip


def eval_input(node: Node, position: int) -> Tensor:
    """GetEvalInput; Invoke follows the null pointer where the input is missing."""
    return _required(node, node.input(position), f"input {position}")


def eval_output(node: Node, position: int) -> Tensor:
    """GetEvalOutput; Invoke follows the null pointer where the output is missing."""
    return _required(node, node.output(position), f"output {position}")


def _required(node: Node, tensor: Tensor | None, which: str) -> Tensor:
    node.ensure(tensor is not None, f"{which} is missing", fix=CONVERT, aborts=True)
    assert tensor is not None  # ensure() ends the step
    return tensor


def room_for(node: Node, output: Tensor, elements: int, dtype: DType) -> None:
    """What no kernel checks: its writes, of its input's type, stay within the output's memory."""
    needed = elements * (dtype.size_bytes or 0)
    node.ensure(
        output.size_bytes >= needed,
        f"its kernel writes {needed} bytes to tensor {output.index}, which has "
        f"{output.size_bytes}: it overwrites what lies behind",
        tensor=output, fix=CONVERT, aborts=True,
    )  # fmt: skip


def int32_values(node: Node, tensor: Tensor, count: int) -> tuple[int, ...]:
    """GetTensorData<int32_t> of a constant's first ``count`` elements, whatever type it has."""
    data = tensor.data if tensor.data is not None else b""
    node.ensure(
        0 <= 4 * count <= len(data),
        f"its kernel reads {count} INT32 values from tensor {tensor.index}, which has fewer",
        tensor=tensor, fix=CONVERT, aborts=True,
    )  # fmt: skip
    return struct.unpack_from(f"<{count}i", data)


def switch_on_input(*dtypes: DType, same_shape_as_output: bool = False) -> Step:
    """An Invoke that switches on the type of its only input, and may assert equal shapes."""

    def invoke(node: Node) -> None:
        source, output = eval_input(node, 0), eval_output(node, 0)
        types(node, source, dtypes, "input")
        if same_shape_as_output:
            rank_at_most(node, source)
            same_shape(node, source, output)
        room_for(node, output, source.elements, source.dtype)

    return invoke


def create_writable_dims(node: Node, tensor: Tensor, shape: Sequence[int]) -> None:
    """micro::CreateWritableTensorDimsWithCopy (kernel_util.cc), to which ``shape`` is written."""
    node.allocate_persistent_buffer(4 + 4 * tensor.rank, f"shape of tensor {tensor.index}")
    node.ensure(
        len(shape) <= tensor.rank,
        f"the kernel sets {len(shape)} dimensions of tensor {tensor.index}, which the file says "
        f"has {tensor.rank}: it writes beyond its memory",
        tensor=tensor, fix=CONVERT, aborts=True,
    )  # fmt: skip
    node.resizes(tensor, shape)
