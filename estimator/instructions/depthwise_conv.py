"""Loop bodies of DEPTHWISE_CONV_2D: kernels/depthwise_conv.cc, cmsis_nn/depthwise_conv.cc.

(tflite-micro 90b983c2; CMSIS-NN 4ab83cc3, Source/ConvolutionFunctions/arm_depthwise_conv_*.c.)
"""

from __future__ import annotations

from estimator.graph import DType, Tensor
from estimator.instructions._memory import memory
from estimator.instructions._windows import Window, inside, windows
from estimator.loops import Counts, OperatorLoops, merge, named
from estimator.opmodel import Node


def _tensors(node: Node) -> tuple[Tensor, Tensor, Tensor] | None:
    source, filter_, output = node.input(0), node.input(1), node.output(0)
    if source is None or filter_ is None or output is None:
        return None
    return (source, filter_, output) if filter_.rank == source.rank == output.rank == 4 else None


def reference(node: Node) -> Counts | None:
    """reference_ops::DepthwiseConv and DepthwiseConvPerChannel: a loop per dimension."""
    found = _tensors(node)
    if found is None or found[1].dtype is DType.INT4:
        return None
    source, filter_, output = found
    high, wide = windows(node, source.shape, filter_.shape[1:3], output.shape)
    channels = output.shape[3]
    return named(
        f"DepthwiseConv {source.dtype.name}",
        call=1,
        position=output.elements // max(channels, 1),
        input_channel=output.elements * source.shape[3] // max(channels, 1),
        output=output.elements,
        row=output.elements * filter_.shape[1],
        tap=output.elements * filter_.shape[1] * filter_.shape[2],
        tap_inside=output.shape[0] * channels * high.taps_inside * wide.taps_inside,
    )


def cmsis_nn(node: Node) -> Counts | None:
    """arm_depthwise_conv_wrapper_s8: three kernels, by window, dilation and multiplier."""
    found = _tensors(node)
    if found is None:
        return None
    source, filter_, output = found
    if source.dtype is DType.FLOAT32:
        return reference(node)
    if source.dtype is not DType.INT8 or filter_.dtype is not DType.INT8:
        return None
    if node.mve or not node.dsp:
        return None
    high, wide = windows(node, source.shape, filter_.shape[1:3], output.shape)
    call = named("cmsis_nn/depthwise_conv.cc INT8", call=1)
    multiplier = node.option("depth_multiplier") or 1
    plain = source.shape[0] == 1 and (high.dilation, wide.dilation) == (1, 1)
    if plain and multiplier == 1:
        if filter_.shape[1:3] == (3, 3) and high.before <= 1 and wide.before <= 1:
            return merge(call, _three_by_three(source.shape[3], high, wide))
        return merge(call, _optimized(source.shape[3], high, wide))
    if plain and multiplier % 4 == 0:
        return merge(call, _multiple_of_4(output.shape[3], multiplier, high, wide))
    return merge(call, _generic(output, high, wide))


def _three_by_three(channels: int, high: Window, wide: Window) -> Counts:
    """arm_depthwise_conv_3x3_s8.c: four channels at a time, no im2col."""
    positions = high.output * wide.output
    rows = high.taps_inside
    left = rows * sum(_first(wide, x) >= 0 for x in range(wide.output))
    right = rows * sum(wide.size - _first(wide, x) >= 3 for x in range(wide.output))
    groups, single = channels // 4, channels % 4
    return named(
        "arm_depthwise_conv_3x3_s8",
        position=positions,
        group=positions * groups,
        group_row=rows * wide.output * groups,
        group_left=left * groups,
        group_right=right * groups,
        single=positions * single,
        single_row=rows * wide.output * single,
        single_left=left * single,
        single_right=right * single,
    )


def _first(wide: Window, position: int) -> int:
    return position * wide.stride - wide.before


def _optimized(channels: int, high: Window, wide: Window) -> Counts:
    """arm_depthwise_conv_s8_opt.c: one im2col column of 16 bits, four channels at a time."""
    positions = high.output * wide.output
    taps = high.window * wide.window
    inside_both = high.taps_inside * wide.taps_inside
    beside = high.taps_inside * (wide.window * wide.output) - inside_both
    above = wide.output * sum(high.window > rows for rows in inside(high))
    padded = (positions * taps - inside_both) * channels * 2
    groups, single = channels // 4, channels % 4
    return merge(
        named(
            "arm_depthwise_conv_s8_opt",
            position=positions,
            row=high.taps_inside * wide.output,
            copied_tap=inside_both,
            padded_tap=beside,
            group=positions * groups,
            group_pair=positions * groups * (taps // 2),
            group_odd=positions * groups * (taps % 2),
            single=positions * single,
            single_tap=positions * single * taps,
        ),
        named("arm_q7_to_q15_with_offset", of_4=inside_both * groups, of_1=inside_both * single),
        memory("memset", beside, 2 * channels),
        memory("memset", above, (padded - 2 * channels * beside) // max(above, 1)),
    )


def _multiple_of_4(channels: int, multiplier: int, high: Window, wide: Window) -> Counts:
    """depthwise_conv_s8_mult_4: four outputs of one input channel at a time."""
    positions = high.output * wide.output
    groups = channels // 4
    return named(
        "depthwise_conv_s8_mult_4",
        position=positions,
        input_channel=positions * (channels // multiplier),
        group=positions * groups,
        row=high.taps_inside * wide.output * groups,
        tap=high.taps_inside * wide.taps_inside * groups,
    )


def _generic(output: Tensor, high: Window, wide: Window) -> Counts:
    """depthwise_conv_s8_generic: one output at a time."""
    batch, channels = output.shape[0], output.shape[3]
    return named(
        "depthwise_conv_s8_generic",
        position=batch * high.output * wide.output,
        output=output.elements,
        dilated_output=output.elements * ((high.dilation > 1) + (wide.dilation > 1)),
        row=batch * high.taps_inside * wide.output * channels,
        tap=batch * high.taps_inside * wide.taps_inside * channels,
    )


LOOPS = (OperatorLoops("DEPTHWISE_CONV_2D", reference=reference, cmsis_nn=cmsis_nn),)
