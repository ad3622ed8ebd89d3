"""Loop bodies of STRIDED_SLICE: kernels/strided_slice.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.instructions._memory import memory
from estimator.loops import Counts, OperatorLoops, merge, named
from estimator.opmodel import Answer, Node


def reference(node: Node) -> Counts | None:
    """reference_ops::StridedSlice: five nested loops; contiguous rows go by memcpy."""
    output = node.output(0)
    if output is None:
        return None
    shape = (1,) * (5 - output.rank) + output.shape
    rows = output.elements // max(shape[4], 1)
    width = shape[4] * (output.dtype.size_bytes or 0)
    return merge(
        named("StridedSlice", call=1, plane=shape[0] * shape[1] * shape[2], row=rows),
        memory("memcpy", rows, width),
    )


LOOPS = (OperatorLoops("STRIDED_SLICE", reference=reference, cmsis_nn=Answer.FALLBACK),)
