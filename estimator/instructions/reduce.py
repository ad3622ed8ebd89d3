"""Loop bodies of MEAN: kernels/reduce_common.cc, reference/reduce.h (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.loops import Counts, OperatorLoops, named
from estimator.opmodel import Answer, Node


def mean(node: Node) -> Counts | None:
    """A float mean over height and width that keeps its dimensions has a loop of its own."""
    source, axes, output = node.input(0), node.input(1), node.output(0)
    if source is None or axes is None or output is None or not axes.is_constant:
        return None
    spatial = source.rank == 4 and set(axes.values()) == {1, 2} and node.option("keep_dims")
    return named(
        f"Mean {source.dtype.name}{' over space' if spatial else ''}",
        output=output.elements,
        element=source.elements,
    )


LOOPS = (OperatorLoops("MEAN", reference=mean, cmsis_nn=Answer.FALLBACK),)
