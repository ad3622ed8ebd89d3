"""Loop bodies of CONCATENATION: kernels/concatenation.cc, reference/concatenation.h (90b983c2)."""

from __future__ import annotations

from math import prod

from estimator.instructions._memory import memory
from estimator.loops import Counts, OperatorLoops, merge, named
from estimator.opmodel import Answer, Node


def reference(node: Node) -> Counts | None:
    """For each index before the axis, each input's part by memcpy."""
    output = node.output(0)
    inputs = [node.input(index) for index in range(len(node.op.inputs))]
    if output is None or not output.rank:
        return None
    outer = prod(output.shape[: node.option("axis") % output.rank])
    parts = [
        memory("memcpy", outer, tensor.size_bytes // max(outer, 1))
        for tensor in inputs
        if tensor is not None
    ]
    return merge(named("Concatenation", call=1, input=len(parts), part=outer * len(parts)), *parts)


LOOPS = (OperatorLoops("CONCATENATION", reference=reference, cmsis_nn=Answer.FALLBACK),)
