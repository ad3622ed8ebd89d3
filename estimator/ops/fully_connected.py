"""FULLY_CONNECTED, after kernels/fully_connected.cc, fully_connected_common.cc and
cmsis_nn/fully_connected.cc (tflite-micro 90b983c2), built with KERNELS_OPTIMIZED_FOR_SPEED.

The scratch of CMSIS-NN follows Source/FullyConnectedFunctions/arm_fully_connected_get_buffer_sizes*
(CMSIS-NN 4ab83cc3).
"""

from __future__ import annotations

from estimator.graph import DType, Tensor
from estimator.opmodel import Kernel, LayerKind, Node, OperatorModel, Work, op_data
from estimator.ops._checks import zero_point_is
from estimator.ops._compression import allocate_weights_and_bias_scratch
from estimator.ops._convolution import (
    BIAS,
    FILTER,
    INPUT,
    INT8_OR_INT16,
    OUTPUT,
    require_types,
)
from estimator.ops._fully_connected import calculate_op_data, is_per_channel
from estimator.ops._require import same_type, types
from estimator.ops._work import work

WEIGHTS_FORMATS = (0, 1)
"""DEFAULT and SHUFFLED4x16INT8 of FullyConnectedOptionsWeightsFormat."""


def parse(node: Node) -> None:
    node.allocate_builtin_data("TfLiteFullyConnectedParams")
    weights_format = node.option("weights_format")
    node.ensure(
        weights_format in WEIGHTS_FORMATS, f"its weights format {weights_format} is not known"
    )


def _temporaries(node: Node) -> tuple[Tensor, Tensor, Tensor | None, Tensor]:
    source = node.temp_input(INPUT)
    filter_ = node.temp_input(FILTER)
    bias = node.temp_optional_input(BIAS)
    output = node.temp_output(OUTPUT)
    same_type(node, source, output)
    return source, filter_, bias, output


def prepare_reference(node: Node) -> None:
    source, filter_, bias, output = _temporaries(node)
    if source.dtype in (DType.FLOAT32, *INT8_OR_INT16):
        require_types(node, source, filter_)
    if filter_.dtype is DType.INT4:
        node.request_scratch_buffer(filter_.elements, "unpacked INT4 filter")
    calculate_op_data(node, source, filter_, bias, output)
    allocate_weights_and_bias_scratch(node, FILTER, BIAS)


def prepare_cmsis_nn(node: Node) -> None:
    source, filter_, bias, output = _temporaries(node)
    require_types(node, source, filter_)
    node.ensure(
        2 <= output.rank <= 4, f"its output has rank {output.rank}, not 2 to 4",
        tensor=output, aborts=True,
    )  # fmt: skip
    node.dim(filter_, -1)
    calculate_op_data(node, source, filter_, bias, output)
    if is_per_channel(filter_) and source.dtype is not DType.FLOAT32:
        node.ensure(
            source.dtype is DType.INT8 and filter_.dtype is DType.INT8,
            f"CMSIS-NN has no per-channel filters for {source.dtype.name} inputs",
            tensor=filter_, fix="quantize the filter per tensor",
        )  # fmt: skip
    if source.dtype is DType.INT16:
        zero_point_is(node, source, 0)
        zero_point_is(node, output, 0)
    elif source.dtype is DType.INT8 and filter_.dtype is DType.INT8:
        _request_int8_buffers(node, filter_, bias, output)


def _runs_as_convolution(filter_: Tensor, output: Tensor) -> bool:
    return output.rank > 2 and filter_.shape[-1] % 4 == 0


def _request_int8_buffers(node: Node, filter_: Tensor, bias: Tensor | None, output: Tensor) -> None:
    depth = output.shape[-1]
    if _runs_as_convolution(filter_, output):
        if not is_per_channel(filter_):
            node.request_scratch_buffer(8 * depth, "per-channel multipliers and shifts")
        return
    if not node.mve:
        return
    if filter_.is_constant and (bias is None or bias.is_constant):
        node.allocate_persistent_buffer(4 * depth, "kernel sums")
    elif depth:
        node.request_scratch_buffer(4 * depth, "kernel sums")


def invoke(node: Node) -> None:
    """A switch on types, then what internal/reference{,/integer_ops}/fully_connected.h asserts.

    CMSIS-NN does not assert it, but reads the same elements.
    """
    source, filter_, output = node.input(INPUT), node.input(FILTER), node.output(OUTPUT)
    assert source is not None and filter_ is not None and output is not None  # Prepare checks
    types(node, source, (DType.FLOAT32, *INT8_OR_INT16), "input")
    node.ensure(
        filter_.rank >= 2 and output.rank >= 1,
        f"its filter has rank {filter_.rank} and its output rank {output.rank}, "
        "not at least 2 and 1",
        tensor=filter_, aborts=True,
    )  # fmt: skip
    rows, depth = filter_.shape[-2], output.shape[-1]
    node.ensure(
        depth == rows if filter_.dtype is DType.FLOAT32 else depth <= rows,
        f"the filter is for {rows} output channels, the output has {depth}",
        tensor=filter_, aborts=True,
    )  # fmt: skip
    wanted = output.elements // max(depth, 1) * filter_.shape[-1]
    node.ensure(
        source.elements >= wanted,
        f"its input has {source.elements} elements, but filter and output need {wanted}",
        tensor=source, aborts=True,
    )  # fmt: skip


def invoke_cmsis_nn(node: Node) -> None:
    invoke(node)
    filter_, output, earlier = node.input(FILTER), node.output(OUTPUT), node.earlier_scratch
    assert filter_ is not None and output is not None  # Prepare checks
    if filter_.dtype is DType.INT8 and output.dtype is DType.INT8 and earlier is not None:
        node.ensure(
            not _runs_as_convolution(filter_, output) or is_per_channel(filter_) or earlier >= 4,
            f"its kernel asserts that 4 scratch buffers come before its own, not {earlier} (a "
            "release build runs)",
            fix="reshape its input to rank 2, or quantize the filter per channel", aborts=True,
        )  # fmt: skip


def fully_connected_work(node: Node) -> Work:
    filter_, output = node.input(FILTER), node.output(OUTPUT)
    if filter_ is None or output is None or filter_.rank == 0:
        return work(node, LayerKind.FULLY_CONNECTED)
    return work(node, LayerKind.FULLY_CONNECTED, macs=output.elements * filter_.shape[-1])


OPERATORS = (
    OperatorModel(
        name="FULLY_CONNECTED",
        resolver="AddFullyConnected",
        source="kernels/fully_connected.cc",
        parse=parse,
        reference=Kernel(
            init=op_data("OpDataFullyConnected"),
            prepare=prepare_reference,
            invoke=invoke,
        ),
        cmsis_nn=Kernel(
            init=op_data("cmsis_nn/fully_connected.cc:OpData"),
            prepare=prepare_cmsis_nn,
            invoke=invoke_cmsis_nn,
        ),
        work=fully_connected_work,
    ),
)
