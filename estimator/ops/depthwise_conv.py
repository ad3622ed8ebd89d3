"""DEPTHWISE_CONV_2D, after kernels/depthwise_conv.cc, depthwise_conv_common.cc and
cmsis_nn/depthwise_conv.cc (tflite-micro 90b983c2).

The scratch of CMSIS-NN follows Source/ConvolutionFunctions/arm_depthwise_conv_get_buffer_sizes_s8.c
and arm_depthwise_conv_get_buffer_sizes_s4.c (CMSIS-NN 4ab83cc3), as GCC builds them.
"""

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
    SUPPORTED,
    calculate_op_data,
    check_shapes,
    dilations,
    option_padding,
    per_channel_buffers,
    require_types,
)
from estimator.ops._convolution_scratch import im2col_s8_bytes
from estimator.ops._quantization import scales_per_channel
from estimator.ops._require import same_type, types
from estimator.ops._work import work

CHANNELS_IN_BLOCK_MVE = 124
"""CH_IN_BLOCK_MVE of Include/arm_nnsupportfunctions.h."""


def prepare_reference(node: Node) -> None:
    output = node.temp_output(OUTPUT)
    source = node.temp_input(INPUT)
    filter_ = node.temp_input(FILTER)
    for tensor in (source, output):
        node.dim(tensor, 2)
    channels = node.dim(filter_, 3)
    per_channel_buffers(node, channels)
    if source.dtype is DType.INT8:
        scales_per_channel(node, filter_, channels)
    require_types(node, source, filter_, SUPPORTED | {(source.dtype, source.dtype)})
    if filter_.dtype is DType.INT4:
        node.request_scratch_buffer(filter_.elements, "unpacked INT4 filter")
    _calculate_op_data(node, source, filter_, output, channels)
    allocate_weights_and_bias_scratch(node, FILTER, BIAS)


def prepare_cmsis_nn(node: Node) -> None:
    source = node.temp_input(INPUT)
    filter_ = node.temp_input(FILTER)
    output = node.temp_output(OUTPUT)
    same_type(node, source, output)
    require_types(node, source, filter_)
    channels = node.dim(filter_, 3)
    for tensor in (source, output):
        node.dim(tensor, 2)
    if source.dtype in INT8_OR_INT16:
        if source.dtype is DType.INT16:
            zero_point_is(node, source, 0)
            zero_point_is(node, output, 0)
        scales_per_channel(node, filter_, channels)
        per_channel_buffers(node, channels)
    _calculate_op_data(node, source, filter_, output, channels)
    if source.dtype is DType.INT8:
        check_shapes(node, out_axis=3)
        _request_scratch(node, source, filter_, output)


def _calculate_op_data(
    node: Node, source: Tensor, filter_: Tensor, output: Tensor, channels: int
) -> None:
    calculate_op_data(node, source, filter_, output, channels)
    node.ensure(
        len(node.op.inputs) == 2 or node.input(BIAS) is not None,
        "its bias is omitted by an index of -1: TFLM frees a null pointer",
        fix="convert with a bias, or with two inputs only", aborts=True,
    )  # fmt: skip


def _request_scratch(node: Node, source: Tensor, filter_: Tensor, output: Tensor) -> None:
    """arm_depthwise_conv_wrapper_s8_get_buffer_size, or its twin for INT4 filters."""
    height, width = filter_.shape[1:3]
    int4 = filter_.dtype is DType.INT4
    if node.mve and not int4 and source.shape[3] == 1 and output.shape[3] > 1:
        node.request_scratch_buffer(
            _one_channel_mve_bytes(node, source, filter_), "im2col and transposed filter"
        )
        return
    as_separate = (
        source.shape[3] == output.shape[3] and source.shape[0] == 1 and dilations(node) == (1, 1)
    )
    padding = option_padding(node, source, filter_)
    three_by_three = (height, width) == (3, 3) and padding.height <= 1 and padding.width <= 1
    if not as_separate or (three_by_three and not node.mve and not int4):
        return
    if node.mve:
        size = 4 * CHANNELS_IN_BLOCK_MVE * height * width
    else:
        size = 2 * source.shape[3] * height * width if node.dsp or int4 else 0
    if size > 0:
        node.request_scratch_buffer(size, "im2col")


def _one_channel_mve_bytes(node: Node, source: Tensor, filter_: Tensor) -> int:
    """arm_deptwise_conv_s8_one_in_ch_get_buffer_size_mve: runs as a convolution, bytes."""
    height, width, channels = filter_.shape[1:4]
    padding = option_padding(node, source, filter_)
    unpadded = padding[:2] == (0, 0) and dilations(node) == (1, 1)
    if unpadded and (height, width) == (1, 1):
        return channels
    node.ensure(
        source.shape[1] != 1 or height != 1 or dilations(node)[1] != 1,
        "with one input channel and a height of 1 its Prepare sizes the scratch from a stride that "
        "it never sets, so Invoke may write beyond it",
        fix="swap height and width", aborts=True, go_on=True,
    )  # fmt: skip
    return im2col_s8_bytes(node, height * width) + height * width * channels


def invoke_reference(node: Node) -> None:
    source, output = node.input(INPUT), node.output(OUTPUT)
    assert source is not None and output is not None  # Prepare checks
    types(node, source, (DType.FLOAT32, DType.INT8, DType.INT16), "input")
    types(node, output, (source.dtype,), "output", aborts=True)
    _check_reference_shapes(node)


def invoke_cmsis_nn(node: Node) -> None:
    source = node.input(INPUT)
    assert source is not None  # Prepare checks
    if source.dtype is DType.FLOAT32:
        _check_reference_shapes(node)
    else:
        check_shapes(node, out_axis=3)


def _check_reference_shapes(node: Node) -> None:
    source, _, output = check_shapes(node, out_axis=3)
    multiplier = node.option("depth_multiplier")
    node.ensure(
        output.shape[3] == source.shape[3] * multiplier,
        f"{output.shape[3]} output channels are not {source.shape[3]} times the depth multiplier "
        f"{multiplier}",
        tensor=output, aborts=True,
    )  # fmt: skip
    node.ensure(
        node.input(BIAS) is not None or output.shape[3] == 1,
        "the reference kernel asserts that there is a bias (only a release build runs without)",
        fix="convert with a bias, or use CMSIS-NN", aborts=True,
    )  # fmt: skip


def depthwise_work(node: Node) -> Work:
    filter_, output = node.input(FILTER), node.output(OUTPUT)
    if filter_ is None or output is None or filter_.rank != 4:
        return work(node, LayerKind.DEPTHWISE)
    macs = output.elements * filter_.shape[1] * filter_.shape[2]
    return work(node, LayerKind.DEPTHWISE, macs=macs)


OPERATORS = (
    OperatorModel(
        name="DEPTHWISE_CONV_2D",
        resolver="AddDepthwiseConv2D",
        source="kernels/depthwise_conv.cc",
        parse=params("TfLiteDepthwiseConvParams"),
        reference=Kernel(
            init=op_data("OpDataConv"), prepare=prepare_reference, invoke=invoke_reference
        ),
        cmsis_nn=Kernel(
            init=op_data("cmsis_nn/depthwise_conv.cc:OpData"),
            prepare=prepare_cmsis_nn,
            invoke=invoke_cmsis_nn,
        ),
        work=depthwise_work,
    ),
)
