"""Requirements on quantization that several kernels share.

Mirrors tensorflow/lite/kernels/kernel_util.cc (tflite-micro 90b983c2).
"""

from __future__ import annotations

from estimator.graph import DType, Tensor
from estimator.opmodel import Node

REQUANTIZE = "quantize the whole model with calibration data and convert it again"


def convolution_quantization(
    node: Node, source: Tensor, filter_: Tensor, output: Tensor, channels: int
) -> None:
    """PopulateConvolutionQuantizationParams: what it requires, for ``channels`` output channels."""
    for tensor, role in ((source, "input"), (filter_, "filter")):
        node.ensure(
            tensor.is_quantized, f"its {role} has no quantization parameters",
            tensor=tensor, fix=REQUANTIZE,
        )  # fmt: skip
    quantization = filter_.quantization
    assert quantization is not None  # is_quantized
    if len(quantization.scales) > 1:
        node.ensure(
            source.dtype in (DType.INT8, DType.INT16),
            f"per-channel filters need an INT8 or INT16 input, not {source.dtype.name}",
            tensor=source,
        )
        node.ensure(
            filter_.dtype in (DType.INT8, DType.INT4),
            f"per-channel filters must be INT8 or INT4, not {filter_.dtype.name}",
            tensor=filter_,
        )
        node.ensure(
            len(quantization.scales) == channels
            and channels == node.dim(filter_, quantization.dimension),
            f"the filter has {len(quantization.scales)} scales for {channels} output channels",
            tensor=filter_, fix=REQUANTIZE,
        )  # fmt: skip
    activation_range(node, output)


def activation_range(node: Node, output: Tensor) -> None:
    """CalculateActivationRangeQuantized: the output must be INT8, UINT8 or INT16."""
    node.ensure(
        output.dtype in (DType.INT8, DType.UINT8, DType.INT16),
        f"a quantized output must be INT8, UINT8 or INT16, not {output.dtype.name}",
        tensor=output,
    )
