"""Requirements of fully connected layers, also inside an LSTM's gates: kernels/
fully_connected_common.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType, Tensor
from estimator.opmodel import Node
from estimator.ops._convolution import INT8_OR_INT16, per_channel_buffers
from estimator.ops._quantization import (
    activation_range,
    convolution_multiplier,
    divides_by_scale,
)


def calculate_op_data(
    node: Node,
    source: Tensor,
    filter_: Tensor,
    bias: Tensor | None,
    output: Tensor,
    activation: int | None = None,
) -> None:
    """CalculateOpDataFullyConnected for a fused activation (by default the options')."""
    if source.dtype is DType.FLOAT32:
        return
    if is_per_channel(filter_):
        _per_channel_quantization(node, source, filter_)
        divides_by_scale(node, output)
    else:
        convolution_multiplier(node, source, filter_, output, bias)
    node.ensure(
        filter_.zero_point == 0,
        f"its filter has zero point {filter_.zero_point}, not 0: filters must be symmetric",
        tensor=filter_, aborts=True,
    )  # fmt: skip
    activation_range(node, output, activation)


def _per_channel_quantization(node: Node, source: Tensor, filter_: Tensor) -> None:
    node.ensure(
        source.dtype in INT8_OR_INT16 and filter_.dtype is not DType.INT4,
        f"per-channel filters need an INT8 or INT16 input and no INT4 filter, not "
        f"{source.dtype.name} and {filter_.dtype.name}",
        tensor=filter_, fix="quantize the filter per tensor",
    )  # fmt: skip
    assert filter_.quantization is not None  # is_per_channel
    scales = len(filter_.quantization.scales)
    channels = node.dim(filter_, filter_.quantization.dimension)
    node.ensure(
        scales == channels, f"the filter has {scales} scales for {channels} output channels",
        tensor=filter_,
    )  # fmt: skip
    per_channel_buffers(node, scales)


def is_per_channel(filter_: Tensor) -> bool:
    quantization = filter_.quantization
    return filter_.is_quantized and quantization is not None and len(quantization.scales) > 1
