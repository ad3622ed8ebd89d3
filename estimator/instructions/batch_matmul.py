"""Loop bodies of BATCH_MATMUL: kernels/batch_matmul.cc, cmsis_nn/batch_matmul.cc (90b983c2)."""

from __future__ import annotations

from functools import partial

from estimator.loops import Counts, OperatorLoops, named
from estimator.opmodel import Node


def _matmul(node: Node, library: str) -> Counts | None:
    first, second, output = node.input(0), node.input(1), node.output(0)
    if first is None or second is None or output is None or first.rank < 2:
        return None
    depth = first.shape[-2] if node.option("adj_x") else first.shape[-1]
    constant = " constant" if second.is_constant else ""
    return named(
        f"{library}BatchMatMul {first.dtype.name}{constant}",
        mac=output.elements * depth,
        output=output.elements,
        transposed=0 if node.option("adj_y") or second.is_constant else second.elements,
    )


LOOPS = (
    OperatorLoops(
        "BATCH_MATMUL",
        reference=partial(_matmul, library=""),
        cmsis_nn=partial(_matmul, library="cmsis_nn "),
    ),
)
