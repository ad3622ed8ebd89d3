"""Loop bodies of the pooling operators: kernels/pooling.cc, cmsis_nn/pooling.cc.

(tflite-micro 90b983c2; CMSIS-NN 4ab83cc3, Source/PoolingFunctions.)
"""

from __future__ import annotations

from estimator.graph import DType
from estimator.instructions._windows import windows
from estimator.loops import Counts, OperatorLoops, named
from estimator.opmodel import Answer, Node


def reference(node: Node) -> Counts | None:
    """One output after the other, over the taps inside the input."""
    source, output = node.input(0), node.output(0)
    if source is None or output is None or source.rank != 4 or output.rank != 4:
        return None
    window = (node.option("filter_height"), node.option("filter_width"))
    high, wide = windows(node, source.shape, window, output.shape)
    planes = output.shape[0] * output.shape[3]
    return named(
        f"{node.op.name} {source.dtype.name}",
        call=1,
        output=output.elements,
        row=planes * high.taps_inside * wide.output,
        tap=planes * high.taps_inside * wide.taps_inside,
    )


def cmsis_nn(node: Node) -> Counts | None:
    """With DSP: tap by tap over all channels, in a row of 32-bit sums."""
    source, output = node.input(0), node.output(0)
    if source is None or output is None or source.rank != 4 or output.rank != 4:
        return None
    if source.dtype is DType.FLOAT32:
        return reference(node)
    if node.mve or not node.dsp:
        return None
    window = (node.option("filter_height"), node.option("filter_width"))
    high, wide = windows(node, source.shape, window, output.shape)
    positions = output.shape[0] * high.output * wide.output
    taps = output.shape[0] * high.taps_inside * wide.taps_inside
    channels = source.shape[3]
    return named(
        f"cmsis_nn {node.op.name} {source.dtype.name}",
        call=1,
        position=positions,
        first_tap_channel=positions * channels,
        tap=taps,
        tap_channel=(taps - positions) * channels,
    )


LOOPS = (
    OperatorLoops("AVERAGE_POOL_2D", reference=reference, cmsis_nn=cmsis_nn),
    OperatorLoops("MAX_POOL_2D", reference=reference, cmsis_nn=cmsis_nn),
    OperatorLoops("L2_POOL_2D", reference=reference, cmsis_nn=Answer.FALLBACK),
)
