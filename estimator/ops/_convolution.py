"""What CONV_2D and DEPTHWISE_CONV_2D share: kernels/conv.h, conv_common.cc and
depthwise_conv_common.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.geometry import PaddingValues, window_padding
from estimator.graph import DType, Tensor
from estimator.opmodel import Node
from estimator.ops._quantization import HYBRID, convolution_quantization

INPUT, FILTER, BIAS, OUTPUT = 0, 1, 2, 0
INT8_OR_INT16 = (DType.INT8, DType.INT16)
SUPPORTED = frozenset(
    {
        (DType.FLOAT32, DType.FLOAT32),
        (DType.INT16, DType.INT8),
        (DType.INT8, DType.INT4),
        (DType.INT8, DType.INT8),
    }
)
"""Types of (input, filter)."""


def require_types(
    node: Node,
    source: Tensor,
    filter_: Tensor,
    supported: frozenset[tuple[DType, DType]] = SUPPORTED,
) -> None:
    """Not a hybrid of float activations and integer weights, nor any other unknown mix."""
    node.ensure(
        (source.dtype, filter_.dtype) in supported,
        f"hybrid: a {source.dtype.name} input with a {filter_.dtype.name} filter",
        tensor=filter_, fix=HYBRID,
    )  # fmt: skip


def per_channel_buffers(node: Node, channels: int) -> None:
    """The arrays of multipliers and shifts, INT32 each."""
    node.allocate_persistent_buffer(4 * channels, "per-channel output multipliers")
    node.allocate_persistent_buffer(4 * channels, "per-channel output shifts")


def calculate_op_data(
    node: Node, source: Tensor, filter_: Tensor, output: Tensor, channels: int
) -> None:
    """CalculateOpDataConv, CalculateOpDataDepthwiseConv: take temporary tensors of their own."""
    node.ensure(
        len(node.op.inputs) in (2, 3) and len(node.op.outputs) == 1,
        f"it has {len(node.op.inputs)} inputs and {len(node.op.outputs)} outputs, not 2 or 3 and 1",
    )
    node.temp_input(INPUT)
    node.temp_input(FILTER)
    bias = node.temp_optional_input(BIAS)
    node.temp_output(OUTPUT)
    if source.dtype is not DType.FLOAT32:
        convolution_quantization(node, source, filter_, output, channels, bias)


def option_padding(node: Node, source: Tensor, filter_: Tensor) -> PaddingValues:
    """ComputePaddingHeightWidth from the options; both tensors are NHWC."""
    size = (source.shape[1], source.shape[2])
    window = (filter_.shape[1], filter_.shape[2])
    return window_padding(node.option("padding"), strides(node), dilations(node), size, window)


def strides(node: Node) -> tuple[int, int]:
    """(height, width)."""
    return node.option("stride_h"), node.option("stride_w")


def dilations(node: Node) -> tuple[int, int]:
    """(height, width)."""
    return node.option("dilation_h_factor"), node.option("dilation_w_factor")


def check_shapes(node: Node, out_axis: int) -> tuple[Tensor, Tensor, Tensor]:
    """The reference kernels' assertions in Invoke; returns input, filter and output.

    Args:
        node: the operator; Prepare has accepted it.
        out_axis: the filter's axis of output channels.
    """
    source, filter_, output = node.input(INPUT), node.input(FILTER), node.output(OUTPUT)
    assert source is not None and filter_ is not None and output is not None  # Prepare checks
    for tensor in (source, filter_, output):
        node.ensure(
            tensor.rank == 4, f"tensor {tensor.index} has rank {tensor.rank}, not 4",
            tensor=tensor, aborts=True,
        )  # fmt: skip
    node.ensure(
        source.shape[0] == output.shape[0],
        f"its input has {source.shape[0]} batches, its output {output.shape[0]}",
        tensor=output, aborts=True,
    )  # fmt: skip
    channels = output.shape[3]
    node.ensure(filter_.elements > 0, "its filter is empty", tensor=filter_, aborts=True)
    node.ensure(
        filter_.shape[out_axis] == channels,
        f"the filter is for {filter_.shape[out_axis]} output channels, the output has {channels}",
        tensor=filter_, aborts=True,
    )  # fmt: skip
    bias = node.input(BIAS)
    node.ensure(
        bias is None or bias.elements == channels,
        f"the bias has {bias.elements if bias else 0} elements for {channels} output channels",
        tensor=bias, aborts=True,
    )  # fmt: skip
    return source, filter_, output
