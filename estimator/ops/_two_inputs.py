"""Kernels that apply a function to two inputs, which may broadcast.

After reference_ops::BinaryFunction and BroadcastBinaryOpSimple in
tensorflow/lite/kernels/internal/reference, and the Prepare that kernels/floor_div.cc and
floor_mod.cc share (tflite-micro 90b983c2).
"""

from __future__ import annotations

from estimator.graph import Tensor
from estimator.opmodel import Node
from estimator.ops._checks import eval_input, eval_output, rank_at_most, same_shape
from estimator.ops._require import arity, same_type


def prepare_same_types(node: Node) -> None:
    arity(node, 2, 1)
    first, second, output = node.temp_input(0), node.temp_input(1), node.temp_output(0)
    same_type(node, first, second)
    same_type(node, first, output)


def both_inputs(node: Node) -> tuple[Tensor, Tensor]:
    """The inputs during Invoke."""
    return eval_input(node, 0), eval_input(node, 1)


def walkable(node: Node) -> None:
    """What the loops assert: equal shapes or, where they broadcast, not too many dimensions."""
    first, second = both_inputs(node)
    output = eval_output(node, 0)
    for tensor in (first, second, output):
        rank_at_most(node, tensor)
    if first.shape == second.shape:
        same_shape(node, first, output)
