"""EXP, CEIL and ROUND: FLOAT32 in, FLOAT32 of the same shape out.

After Prepare in kernels/exp.cc, ceil.cc and round.cc (tflite-micro 90b983c2).
"""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Node
from estimator.ops._require import arity, same_type, types


def prepare_exp(node: Node) -> None:
    arity(node, 1, 1)
    _prepare(node)


def prepare_rounding(node: Node) -> None:
    """CeilPrepare and RoundPrepare."""
    _prepare(node, count=True)


def _prepare(node: Node, count: bool = False) -> None:
    source, output = node.temp_input(0), node.temp_output(0)
    if count:
        arity(node, 1, 1)
    types(node, source, (DType.FLOAT32,), "input")
    same_type(node, output, source)
    node.ensure(
        output.shape == source.shape,
        f"its input {list(source.shape)} and output {list(output.shape)} differ in shape",
        tensor=output,
    )
