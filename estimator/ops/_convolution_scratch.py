"""Scratch of CMSIS-NN's convolutions: Source/ConvolutionFunctions/
arm_convolve_get_buffer_sizes_s8.c and arm_convolve_get_buffer_sizes_s16.c (CMSIS-NN 4ab83cc3)."""

from __future__ import annotations

from math import fmod

from estimator.geometry import round_up
from estimator.graph import Tensor
from estimator.opmodel import Node
from estimator.ops._convolution import dilations, option_padding, strides


def conv_s8_buffer_bytes(node: Node, source: Tensor, filter_: Tensor, output: Tensor) -> int:
    """arm_convolve_wrapper_s8_get_buffer_size, bytes."""
    padding = option_padding(node, source, filter_)
    unpadded = padding[:2] == (0, 0) and dilations(node) == (1, 1)
    if unpadded and filter_.shape[1:3] == (1, 1) and source.shape[3] == filter_.shape[3]:
        return 0
    stride = strides(node)[1]
    one_by_n = (
        source.shape[1] == 1 and dilations(node)[1] == 1 and filter_.shape[1] == 1
        and stride * source.shape[3] % 4 == 0 and source.shape[3] == filter_.shape[3]
    )  # fmt: skip
    if node.mve and one_by_n:
        size = _one_by_n_mve_bytes(source, filter_, output, stride, padding.width)
        if size is not None:
            return size
    return im2col_s8_bytes(node, filter_.shape[1] * filter_.shape[2] * source.shape[3])


def im2col_s8_bytes(node: Node, column: int) -> int:
    """arm_convolve_s8_get_buffer_size for ``column`` input values per output pixel, bytes."""
    return 4 * round_up(column, 16) if node.mve else 4 * round_up(column, 4)


def _one_by_n_mve_bytes(
    source: Tensor, filter_: Tensor, output: Tensor, stride: int, pad: int
) -> int | None:
    """arm_convolve_1_x_n_s8_get_buffer_size_mve; None where it falls back to the general size."""
    window, channels, width = filter_.shape[2], source.shape[3], output.shape[2]
    uneven = int(fmod((width - 1) * stride + window - source.shape[2], 2))  # the sign is C's
    right = max(1, int((pad + uneven + stride - 1) / stride)) if pad + uneven else 0
    left = max(1, (pad + stride - 1) // stride) if pad else 0
    middle = max(width - (right + left), 0)
    if left + middle + right != width:
        return None
    pad_left = pad * channels
    pad_right = right * channels if uneven else pad_left
    return max(window * channels + pad_left, (window - 1) * channels + pad_right)


def conv_s16_buffer_bytes(node: Node, source: Tensor, filter_: Tensor) -> int:
    """arm_convolve_wrapper_s16_get_buffer_size, bytes."""
    column = filter_.shape[1] * filter_.shape[2] * source.shape[3]
    return 8 * round_up(column, 8) if node.mve else 4 * column
