"""CONV_2D, after kernels/conv.cc, conv_common.cc and cmsis_nn/conv.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType, Tensor
from estimator.opmodel import Kernel, LayerKind, Node, OperatorModel, Work, op_data, params
from estimator.ops._checks import zero_point_is
from estimator.ops._compression import allocate_weights_and_bias_scratch
from estimator.ops._convolution import (
    BIAS,
    FILTER,
    INPUT,
    INT8_OR_INT16,
    OUTPUT,
    calculate_op_data,
    check_shapes,
    per_channel_buffers,
    require_types,
)
from estimator.ops._convolution_scratch import conv_s8_buffer_bytes, conv_s16_buffer_bytes
from estimator.ops._quantization import scales_per_channel
from estimator.ops._require import same_type, types
from estimator.ops._work import work


def prepare_reference(node: Node) -> None:
    output = node.temp_output(OUTPUT)
    source = node.temp_input(INPUT)
    filter_ = node.temp_input(FILTER)
    same_type(node, source, output)
    require_types(node, source, filter_)
    for tensor in (source, filter_, output):
        node.dim(tensor, 2)
    channels = node.dim(filter_, 0)
    per_channel_buffers(node, channels)
    if source.dtype in INT8_OR_INT16:
        scales_per_channel(node, filter_, channels)
    calculate_op_data(node, source, filter_, output, channels)
    if filter_.dtype is DType.INT4:
        node.request_scratch_buffer(filter_.elements, "unpacked INT4 filter")
    allocate_weights_and_bias_scratch(node, FILTER, BIAS)


def prepare_cmsis_nn(node: Node) -> None:
    source = node.temp_input(INPUT)
    filter_ = node.temp_input(FILTER)
    output = node.temp_output(OUTPUT)
    # Looks for the bias among the outputs, so never sees it (cmsis_nn/conv.cc, Prepare).
    bias = node.temp_optional_output(BIAS)
    same_type(node, source, output)
    require_types(node, source, filter_)
    _require_shapes(node, source, filter_, output, bias)
    channels = filter_.shape[0]
    if source.dtype in INT8_OR_INT16:
        per_channel_buffers(node, channels)
    calculate_op_data(node, source, filter_, output, channels)
    if source.dtype is DType.INT8:
        size = conv_s8_buffer_bytes(node, source, filter_, output)
    elif source.dtype is DType.INT16 and (bias is None or bias.dtype is DType.INT64):
        for tensor in (source, output):
            zero_point_is(node, tensor, 0)
        size = conv_s16_buffer_bytes(node, source, filter_)
    else:
        size = 0
    if size > 0:
        node.request_scratch_buffer(size, "im2col")


def _require_shapes(
    node: Node, source: Tensor, filter_: Tensor, output: Tensor, bias: Tensor | None
) -> None:
    """The checks of cmsis_nn/conv.cc: NHWC tensors whose channels form whole groups."""
    for tensor in (source, filter_, output):
        node.ensure(
            tensor.rank == 4, f"tensor {tensor.index} has rank {tensor.rank}, not 4", tensor=tensor
        )
    node.ensure(
        source.shape[0] == output.shape[0],
        f"its input has {source.shape[0]} batches, its output {output.shape[0]}",
        tensor=output,
    )
    depth = filter_.shape[3]
    node.ensure(
        depth > 0 and source.shape[3] % depth == 0,
        f"{source.shape[3]} input channels are no multiple of the filter's {depth}",
        tensor=filter_,
    )
    groups = source.shape[3] // depth
    node.ensure(
        groups > 0 and output.shape[3] % groups == 0,
        f"{output.shape[3]} output channels are no multiple of {groups} groups",
        tensor=output, aborts=True,
    )  # fmt: skip
    if bias is not None:
        node.ensure(bias.rank == 4, f"the bias has rank {bias.rank}, not 4", tensor=bias)


def invoke_reference(node: Node) -> None:
    source, filter_, output = check_shapes(node, out_axis=0)
    depth = filter_.shape[3]
    groups = source.shape[3] // depth if depth else 0
    node.ensure(
        groups > 0 and source.shape[3] % depth == 0 and output.shape[3] >= groups,
        f"{source.shape[3]} input channels are no multiple of the filter's {depth}",
        tensor=filter_, aborts=True,
    )  # fmt: skip
    _require_bias_type(node, source)


def invoke_cmsis_nn(node: Node) -> None:
    source = node.input(INPUT)
    assert source is not None  # Prepare checks
    if source.dtype is DType.FLOAT32:
        check_shapes(node, out_axis=0)
    _require_bias_type(node, source)


def _require_bias_type(node: Node, source: Tensor) -> None:
    bias = node.input(BIAS)
    if source.dtype is DType.INT16 and bias is not None:
        types(node, bias, (DType.INT32, DType.INT64), "bias")


def conv_work(node: Node) -> Work:
    source, filter_, output = node.input(INPUT), node.input(FILTER), node.output(OUTPUT)
    if source is None or filter_ is None or output is None or filter_.rank != 4:
        return work(node, LayerKind.CONV)
    macs = output.elements * filter_.shape[1] * filter_.shape[2] * filter_.shape[3]
    if source.index in node.subgraph.inputs:
        kind = LayerKind.FIRST_CONV
    else:
        kind = LayerKind.POINTWISE if filter_.shape[1:3] == (1, 1) else LayerKind.CONV
    return work(node, kind, macs=macs)


OPERATORS = (
    OperatorModel(
        name="CONV_2D",
        resolver="AddConv2D",
        source="kernels/conv.cc",
        parse=params("TfLiteConvParams"),
        reference=Kernel(
            init=op_data("OpDataConv"), prepare=prepare_reference, invoke=invoke_reference
        ),
        cmsis_nn=Kernel(
            init=op_data("cmsis_nn/conv.cc:OpData"),
            prepare=prepare_cmsis_nn,
            invoke=invoke_cmsis_nn,
        ),
        work=conv_work,
    ),
)
