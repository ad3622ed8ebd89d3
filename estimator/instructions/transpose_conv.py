"""Loop bodies of TRANSPOSE_CONV: transpose_conv.cc, cmsis_nn/transpose_conv.cc (90b983c2)."""

from __future__ import annotations

from functools import partial

from estimator.graph import DType
from estimator.loops import Counts, OperatorLoops, named
from estimator.opmodel import Node

_MANY_CHANNELS = 16
"""REVERSE_TCOL_EFFICIENT_THRESHOLD in CMSIS-NN's arm_nnsupportfunctions.h."""


def _transpose_conv(node: Node, library: str) -> Counts | None:
    """Every input element adds to the window of outputs around it."""
    filter_, source, output = node.input(1), node.input(2), node.output(0)
    if filter_ is None or source is None or output is None or filter_.rank != 4:
        return None
    own = library if source.dtype is DType.INT8 else ""
    window = filter_.shape[1] * filter_.shape[2]
    # CMSIS-NN turns many input channels into a convolution (arm_transpose_conv_s8.c).
    reverse = " as convolution" if own and source.shape[-1] > _MANY_CHANNELS else ""
    return named(
        f"{own}TransposeConv {source.dtype.name}{reverse}",
        call=1,
        tap=source.elements * window,
        mac=source.elements * window * filter_.shape[0],
        output=output.elements,
    )


LOOPS = (
    OperatorLoops(
        "TRANSPOSE_CONV",
        reference=partial(_transpose_conv, library=""),
        cmsis_nn=partial(_transpose_conv, library="cmsis_nn "),
    ),
)
