"""What LOGISTIC and TANH require of INT16 tensors.

After CalculateArithmeticOpData in kernels/logistic_common.cc and kernels/tanh.cc, and CheckedLog2
in tensorflow/lite/kernels/internal/quantization_util.cc (tflite-micro 90b983c2).
"""

from __future__ import annotations

from math import inf, log2

from estimator.graph import Tensor
from estimator.opmodel import Node
from estimator.ops._checks import zero_point_is

OUTPUT_FRACTIONAL_BITS = 15
INPUT_FRACTIONAL_BITS = 12


def int16_quantization(
    node: Node, source: Tensor, output: Tensor, plain_shifts: tuple[int, ...]
) -> None:
    """``plain_shifts``: the left shifts of a power-of-two input scale that need no multiplier."""
    for tensor in (source, output):
        zero_point_is(node, tensor, 0)
    exponent = _checked_log2(source.scale)
    if exponent is None or exponent + INPUT_FRACTIONAL_BITS not in plain_shifts:
        node.ensure(
            source.scale * 4096 * 3 < 32768,  # NaN is refused
            f"its input's scale {source.scale} is too large: the multiplier overflows 16 bits",
            tensor=source, aborts=True, go_on=True,
        )  # fmt: skip
    node.ensure(
        _checked_log2(output.scale) == -OUTPUT_FRACTIONAL_BITS,
        f"its INT16 output needs a scale of 2^-{OUTPUT_FRACTIONAL_BITS}, not {output.scale}",
        tensor=output, fix="quantize the model again with the TFLite converter",
    )  # fmt: skip


def _checked_log2(scale: float) -> int | None:
    """The exponent of a scale that is a power of two within 1e-3, else None."""
    if not 0 < scale < inf:
        return None
    exact = log2(scale)
    return round(exact) if abs(exact - round(exact)) < 1e-3 else None
