"""Loop bodies of SOFTMAX: kernels/softmax.cc, cmsis_nn/softmax.cc (tflite-micro 90b983c2).

Values far below the largest skip the exponential, so that the count depends on the data.
"""

from __future__ import annotations

from functools import partial

from estimator.loops import Counts, OperatorLoops, named
from estimator.opmodel import Node


def _softmax(node: Node, library: str) -> Counts | None:
    source, output = node.input(0), node.output(0)
    if source is None or output is None or not output.rank:
        return None
    return named(
        f"{library}Softmax {source.dtype.name} to {output.dtype.name}",
        row=output.elements // max(output.shape[-1], 1),
        element=output.elements,
    )


LOOPS = (
    OperatorLoops(
        "SOFTMAX",
        reference=partial(_softmax, library=""),
        cmsis_nn=partial(_softmax, library="cmsis_nn "),
    ),
)
