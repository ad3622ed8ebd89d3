"""Loop bodies of ADD: kernels/add.cc, cmsis_nn/add.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.loops import Counts, OperatorLoops, named
from estimator.opmodel import Node


def reference(node: Node, library: str = "Add") -> Counts | None:
    first, second, output = node.input(0), node.input(1), node.output(0)
    if first is None or second is None or output is None:
        return None
    broadcast = " broadcast" if first.shape != second.shape else ""
    return named(f"{library} {output.dtype.name}{broadcast}", call=1, element=output.elements)


def cmsis_nn(node: Node) -> Counts | None:
    """arm_elementwise_add_s8 and _s16; float and broadcast as the reference."""
    first, second, output = node.input(0), node.input(1), node.output(0)
    if first is None or second is None or output is None:
        return None
    plain = output.dtype in (DType.INT8, DType.INT16) and first.shape == second.shape
    return reference(node, "arm_elementwise_add" if plain else "Add")


LOOPS = (OperatorLoops("ADD", reference=reference, cmsis_nn=cmsis_nn),)
