"""Loop bodies of CONV_2D: kernels/conv.cc, cmsis_nn/conv.cc (90b983c2, CMSIS-NN 4ab83cc3)."""

from __future__ import annotations

from estimator.graph import DType, Tensor
from estimator.instructions._cmsis_nn import mat_mult_kernel_s8_s16, mat_mult_nt_t_s8
from estimator.instructions._memory import memory
from estimator.instructions._windows import Window, windows
from estimator.loops import Counts, OperatorLoops, merge, named
from estimator.opmodel import Node


def _tensors(node: Node) -> tuple[Tensor, Tensor, Tensor] | None:
    source, filter_, output = node.input(0), node.input(1), node.output(0)
    if source is None or filter_ is None or output is None:
        return None
    return (source, filter_, output) if filter_.rank == source.rank == output.rank == 4 else None


def reference(node: Node) -> Counts | None:
    """reference_ops::Conv and reference_integer_ops::ConvPerChannel: a loop per dimension."""
    found = _tensors(node)
    if found is None:
        return None
    source, filter_, output = found
    if filter_.dtype is DType.INT4:
        return None
    high, wide = windows(node, source.shape, filter_.shape[1:3], output.shape)
    batches, channels = output.shape[0], output.shape[3]
    inside = batches * channels * high.taps_inside * wide.taps_inside
    taps = output.elements * filter_.shape[1] * filter_.shape[2]
    bias = node.input(2)
    kind = "" if bias is None or source.dtype is not DType.INT16 else f" {bias.dtype.name}"
    return named(
        f"Conv {source.dtype.name}{kind}",
        call=1,
        position=output.elements // max(channels, 1),
        output=output.elements,
        row=output.elements * filter_.shape[1],
        tap=taps,
        tap_inside=inside,
        mac=inside * filter_.shape[3],
    )


def cmsis_nn(node: Node) -> Counts | None:
    found = _tensors(node)
    if found is None:
        return None
    source, filter_, output = found
    if source.dtype is DType.FLOAT32:
        return reference(node)
    high, wide = windows(node, source.shape, filter_.shape[1:3], output.shape)
    call = named(f"cmsis_nn/conv.cc {source.dtype.name}", call=1)
    if node.mve or not node.dsp or filter_.dtype is not DType.INT8:
        return None
    if source.dtype is DType.INT16:
        return merge(call, _convolve_s16(source, filter_, output, high, wide))
    if source.dtype is not DType.INT8:
        return None
    if _is_1x1(source, filter_, high, wide):
        return merge(call, _convolve_1x1(source, output, high, wide))
    return merge(call, _convolve_s8(source, filter_, output, high, wide))


def _is_1x1(source: Tensor, filter_: Tensor, high: Window, wide: Window) -> bool:
    plain = (high.before, wide.before, high.dilation, wide.dilation) == (0, 0, 1, 1)
    return plain and filter_.shape[1:3] == (1, 1) and source.shape[3] == filter_.shape[3]


def _convolve_1x1(source: Tensor, output: Tensor, high: Window, wide: Window) -> Counts:
    """arm_convolve_1x1_s8_fast.c with stride 1, else arm_convolve_1x1_s8.c: a call per row."""
    rows, columns = output.shape[3], source.shape[3]
    if (high.stride, wide.stride) == (1, 1):
        return mat_mult_nt_t_s8(1, source.elements // columns, rows, columns)
    return mat_mult_nt_t_s8(output.shape[0] * output.shape[1], output.shape[2], rows, columns)


def _im2col(function: str, element_bytes: int, source: Tensor, filter_: Tensor,
            output: Tensor, high: Window, wide: Window) -> Counts:  # fmt: skip
    """Copying the window of every position: memcpy where it is inside, memset where it isn't."""
    groups = source.shape[3] // filter_.shape[3]
    repeats = output.shape[0] * groups
    inside = repeats * high.taps_inside * wide.taps_inside
    positions = repeats * output.shape[1] * output.shape[2]
    outside = positions * filter_.shape[1] * filter_.shape[2] - inside
    width = filter_.shape[3] * element_bytes
    return merge(
        named(function, position=positions, row=positions * filter_.shape[1], copied_tap=inside,
              padded_tap=outside),
        memory("memcpy", inside, width),
        memory("memset", outside, width),
    )  # fmt: skip


def _convolve_s8(
    source: Tensor, filter_: Tensor, output: Tensor, high: Window, wide: Window
) -> Counts:
    """arm_convolve_s8.c: two im2col columns, widened to 16 bits, then one product."""
    groups = source.shape[3] // filter_.shape[3]
    columns = filter_.shape[1] * filter_.shape[2] * filter_.shape[3]
    channels = output.shape[3] // groups
    positions = output.shape[1] * output.shape[2]
    left = output.shape[0] * groups * (positions % 2) * channels
    widened = output.shape[0] * groups * positions
    return merge(
        _im2col("arm_convolve_s8", 1, source, filter_, output, high, wide),
        named("arm_s8_to_s16_unordered_with_offset", of_4=widened * (columns // 4),
              of_1=widened * (columns % 4)),
        mat_mult_kernel_s8_s16(output.shape[0] * groups * (positions // 2), channels, columns),
        named("arm_convolve_s8", left_over=left, left_over_of_4=left * (columns // 4),
              left_over_of_1=left * (columns % 4)),
    )  # fmt: skip


_MAX_COLUMNS = 512
"""MAX_COL_COUNT: beyond it arm_nn_mat_mult_kernel_s16 accumulates 64 bits, without SIMD."""


def _convolve_s16(
    source: Tensor, filter_: Tensor, output: Tensor, high: Window, wide: Window
) -> Counts:
    """arm_convolve_s16.c and arm_nn_mat_mult_kernel_s16.c."""
    columns = filter_.shape[1] * filter_.shape[2] * source.shape[3]
    fast = min(columns, _MAX_COLUMNS)
    channels = output.shape[3]
    positions = output.shape[1] * output.shape[2]
    calls = output.shape[0] * (positions // 2)
    pairs, odd = calls * (channels // 2), calls * (channels % 2)
    left = output.shape[0] * (positions % 2) * channels
    return merge(
        _im2col("arm_convolve_s16", 2, source, filter_, output, high, wide),
        named("arm_nn_mat_mult_kernel_s16", call=calls, pair_of_channels=pairs,
              pair_of_4=pairs * (fast // 4), pair_of_1=pairs * (fast % 4),
              pair_of_1_in_64_bits=pairs * (columns - fast),
              odd=odd, odd_of_4=odd * (fast // 4), odd_of_1=odd * (columns - fast // 4 * 4)),
        named("arm_convolve_s16", left_over=left, left_over_of_4=left * (columns // 4),
              left_over_of_1=left * (columns % 4)),
    )  # fmt: skip


LOOPS = (OperatorLoops("CONV_2D", reference=reference, cmsis_nn=cmsis_nn),)
