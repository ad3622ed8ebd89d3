"""Requirements on quantization that several kernels share.

Mirrors tensorflow/lite/kernels/kernel_util.cc and internal/quantization_util.cc (tflite-micro
90b983c2).
"""

from __future__ import annotations

import struct
from math import floor, frexp

from estimator.graph import DType, Tensor
from estimator.opmodel import Node

REQUANTIZE = "quantize the whole model with calibration data and convert it again"
HYBRID = "quantize weights and activations alike: hybrid models are not supported by TFLM"
_CLAMPED_AT = {1: (0.0,), 2: (-1.0, 1.0), 3: (0.0, 6.0)}
"""The real values that RELU, RELU_N1_TO_1 and RELU6 (codes of the schema) clamp at."""


def convolution_quantization(
    node: Node,
    source: Tensor,
    filter_: Tensor,
    output: Tensor,
    channels: int,
    bias: Tensor | None = None,
    activation: int | None = None,
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
    divides_by_scale(node, output)
    if source.dtype is DType.UINT8:
        convolution_multiplier(node, source, filter_, output, bias)
    if source.dtype in (DType.INT8, DType.UINT8, DType.INT16):
        activation_range(node, output, activation)


def convolution_multiplier(
    node: Node, source: Tensor, filter_: Tensor, output: Tensor, bias: Tensor | None = None
) -> None:
    """GetQuantizedConvolutionMultipler: the bias has the scale of the products it is added to."""
    product = source.scale * filter_.scale
    if bias is not None:
        node.ensure(
            output.scale > 0 and abs(product - bias.scale) / output.scale <= 0.02,
            f"the bias has scale {bias.scale:g}, but input times filter have {product:g}",
            tensor=bias, fix=REQUANTIZE,
        )  # fmt: skip
    node.ensure(product >= 0, "input and filter have scales of different signs", tensor=filter_)
    divides_by_scale(node, output)


def activation_range(node: Node, output: Tensor, activation: int | None = None) -> None:
    """CalculateActivationRangeQuantized for a fused activation (by default the options').

    The output must be INT8, UINT8 or INT16, and its scale must let the clamps be expressed.
    """
    node.ensure(
        output.dtype in (DType.INT8, DType.UINT8, DType.INT16),
        f"a quantized output must be INT8, UINT8 or INT16, not {output.dtype.name}",
        tensor=output,
    )
    code = node.option("fused_activation_function") if activation is None else activation
    for value in _CLAMPED_AT.get(code, ()):
        node.ensure(
            output.scale != 0 and abs(value / output.scale) <= 2**31,
            f"its activation clamps at {value:g}, which the output's scale {output.scale:g} "
            "can't express",
            tensor=output, fix=REQUANTIZE,
        )  # fmt: skip


def multiplier_below_one(node: Node, multiplier: float, what: str, tensor: Tensor) -> None:
    """QuantizeMultiplierSmallerThanOneExp: an assertion that 0 < multiplier < 1."""
    node.ensure(
        0 < multiplier < 1,
        f"{what} is {multiplier:g}: the scales of its tensors don't fit together",
        tensor=tensor, fix=REQUANTIZE, aborts=True,
    )  # fmt: skip


def divides_by_scale(node: Node, *tensors: Tensor) -> None:
    """QuantizeMultiplier of a quotient: TFLITE_CHECK fails where it is infinite."""
    for tensor in tensors:
        node.ensure(
            tensor.scale != 0,
            f"its Prepare divides by the scale of tensor {tensor.index}, which has none",
            tensor=tensor, fix=REQUANTIZE, aborts=True,
        )  # fmt: skip


def ratio(numerator: float, denominator: float) -> float:
    """numerator / denominator as IEEE 754 has it: NaN or infinity for a denominator of 0."""
    if denominator:
        return numerator / denominator
    return float("nan") if numerator == 0 else float("inf")


def unquantized(node: Node, *tensors: Tensor) -> None:
    """INT32 kernels compute on plain integers: their tensors must have no quantization."""
    for tensor in tensors:
        node.ensure(
            not tensor.is_quantized,
            f"tensor {tensor.index} is INT32 with quantization parameters",
            tensor=tensor, fix="remove its quantization parameters, or use INT8",
        )  # fmt: skip


def scales_per_channel(node: Node, filter_: Tensor, channels: int) -> None:
    """A quantized filter has one scale, or one per output channel."""
    node.ensure(
        filter_.is_quantized, "its filter has no quantization parameters",
        tensor=filter_, fix=REQUANTIZE,
    )  # fmt: skip
    assert filter_.quantization is not None  # is_quantized
    scales = len(filter_.quantization.scales)
    node.ensure(
        scales in (1, channels),
        f"the filter has {scales} scales for {channels} output channels",
        tensor=filter_, fix=REQUANTIZE,
    )  # fmt: skip


def float32(value: float) -> float:
    """The nearest single-precision number, as C++ computes with float."""
    rounded: float = struct.unpack("<f", struct.pack("<f", value))[0]
    return rounded


def multiplier_exponent(multiplier: float) -> int:
    """The shift of QuantizeMultiplier (tensorflow/lite/kernels/internal/quantization_util.cc).

    Args:
        multiplier: a finite real number, which becomes ``mantissa * 2 ** (exponent - 31)``.
    """
    if multiplier == 0:
        return 0
    fraction, exponent = frexp(multiplier)
    if floor(fraction * 2**31 + 0.5) == 2**31:
        exponent += 1
    return exponent if exponent >= -31 else 0
