"""MEAN, SUM, REDUCE_MAX, REDUCE_MIN, REDUCE_ALL, after kernels/reduce.cc and reduce_common.cc.

The axes are resolved as in tensorflow/lite/kernels/internal/reference/reduce.h (tflite-micro
90b983c2). CMSIS-NN has no kernel of its own for them.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from estimator.graph import DType, Tensor
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, Work, op_data, params
from estimator.ops._checks import eval_input, eval_output, int32_values, room_for
from estimator.ops._require import CONVERT, arity, same_type, types
from estimator.ops._work import output_elements, work

SUMMED = (DType.FLOAT32, DType.INT8, DType.INT16)
MAX_AXES_OF_MEAN = 4
"""Entries of MeanParams::axis (tensorflow/lite/kernels/internal/types.h)."""


def _prepare_simple(node: Node) -> None:
    source = node.temp_input(0)
    arity(node, 2, 1)
    axis = node.temp_input(1)
    types(node, axis, (DType.INT32,), "axis")
    if source.dtype is DType.INT8:
        node.temp_output(0)


def _request_index_buffers(node: Node, source: Tensor, axis: Tensor) -> None:
    node.request_scratch_buffer(4 * source.rank, "input index")
    node.request_scratch_buffer(4 * axis.elements, "resolved axes")


def _temps(node: Node) -> tuple[Tensor, Tensor, Tensor]:
    return node.temp_input(0), node.temp_output(0), node.temp_input(1)


def prepare_min_max(node: Node) -> None:
    _prepare_simple(node)
    source, _, axis = _temps(node)
    _request_index_buffers(node, source, axis)


def prepare_mean_or_sum(node: Node) -> None:
    source, output, axis = _temps(node)
    if source.dtype in (DType.INT8, DType.INT16):
        node.request_scratch_buffer(4 * output.elements, "accumulators")
    _request_index_buffers(node, source, axis)
    _prepare_simple(node)


def prepare_all(node: Node) -> None:
    source, _, axis = _temps(node)
    types(node, source, (DType.BOOL,), "input")
    _prepare_simple(node)
    _request_index_buffers(node, source, axis)


def _check_axes(node: Node, source: Tensor) -> Tensor:
    """ResolveAxis asserts that the axes (known where constant) lie within the input's rank."""
    axis = eval_input(node, 1)
    if axis.is_constant and source.rank > 0:
        axes = int32_values(node, axis, axis.elements)
        node.ensure(
            all(-source.rank <= value < source.rank for value in axes),
            f"its axes {list(axes)} are not all in an input of rank {source.rank}",
            tensor=axis, fix=CONVERT, aborts=True,
        )  # fmt: skip
        _check_room(node, source, {value % source.rank for value in axes})
    return axis


def _check_room(node: Node, source: Tensor, axes: set[int]) -> None:
    output = eval_output(node, 0)
    kept = prod(size for axis, size in enumerate(source.shape) if axis not in axes)
    node.ensure(
        output.elements >= kept,
        f"its kernel writes {kept} elements of its output, which has {output.elements}",
        tensor=output, fix=CONVERT, aborts=True,
    )  # fmt: skip


def invoke_mean(node: Node) -> None:
    source = eval_input(node, 0)
    types(node, source, SUMMED, "input")
    axis = _check_axes(node, source)
    output = eval_output(node, 0)
    room_for(node, output, output.elements, source.dtype)
    if source.dtype is DType.FLOAT32:
        node.ensure(
            axis.elements <= MAX_AXES_OF_MEAN,
            f"its kernel has room for {MAX_AXES_OF_MEAN} axes and writes {axis.elements}",
            tensor=axis, fix="reduce over fewer axes at a time", aborts=True,
        )  # fmt: skip


def invoke_sum(node: Node) -> None:
    source = eval_input(node, 0)
    same_type(node, source, eval_output(node, 0))
    types(node, source, SUMMED, "input")
    _check_axes(node, source)


def invoke_min_max(node: Node) -> None:
    source, output = eval_input(node, 0), eval_output(node, 0)
    same_type(node, source, output)
    types(node, source, (DType.FLOAT32, DType.INT8), "input")
    if source.dtype is DType.INT8:
        node.ensure(
            (source.scale, source.zero_point) == (output.scale, output.zero_point),
            "its INT8 input and output are not quantized alike", tensor=output,
            fix="quantize the model again: the converter aligns the scales",
        )  # fmt: skip
    _check_axes(node, source)


def invoke_all(node: Node) -> None:
    source = eval_input(node, 0)
    same_type(node, source, eval_output(node, 0))
    _check_axes(node, source)


def reduction_work(node: Node) -> Work:
    """One operation per element of the input; MEAN divides each output once more."""
    source = node.input(0)
    reduced = source.elements if source is not None else 0
    divided = output_elements(node) if node.op.name == "MEAN" else 0
    return work(node, LayerKind.POOLING, other_ops=reduced + divided)


def _reduction(
    name: str, resolver: str, prepare: Callable[[Node], None], invoke: Callable[[Node], None]
) -> OperatorModel:
    return OperatorModel(
        name=name,
        resolver=resolver,
        source="kernels/reduce.cc",
        parse=params("TfLiteReducerParams"),
        reference=Kernel(init=op_data("OpDataReduce"), prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=reduction_work,
    )


OPERATORS = (
    _reduction("MEAN", "AddMean", prepare_mean_or_sum, invoke_mean),
    _reduction("SUM", "AddSum", prepare_mean_or_sum, invoke_sum),
    _reduction("REDUCE_MAX", "AddReduceMax", prepare_min_max, invoke_min_max),
    _reduction("REDUCE_MIN", "AddReduceMin", prepare_min_max, invoke_min_max),
    _reduction("REDUCE_ALL", "AddReduceAll", prepare_all, invoke_all),
)
