"""Loop bodies of the operators that copy a tensor whole: kernels/reshape.cc and its like.

(tflite-micro 90b983c2: reshape.cc, squeeze.cc, expand_dims.cc.)
"""

from __future__ import annotations

from estimator.instructions._memory import memory
from estimator.loops import Counts, OperatorLoops, merge, named
from estimator.opmodel import Answer, Node


def reference(node: Node) -> Counts | None:
    output = node.output(0)
    if output is None:
        return None
    return merge(named(node.op.name, call=1), memory("memmove", 1, output.size_bytes))


LOOPS = tuple(
    OperatorLoops(name, reference=reference, cmsis_nn=Answer.FALLBACK)
    for name in ("RESHAPE", "SQUEEZE", "EXPAND_DIMS")
)
