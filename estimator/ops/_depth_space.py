"""What DEPTH_TO_SPACE and SPACE_TO_DEPTH share (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType, Tensor
from estimator.opmodel import Node
from estimator.ops._checks import eval_output, rank_at_most
from estimator.ops._require import arity, rank, same_type, types


def checked_tensors(node: Node) -> tuple[Tensor, Tensor]:
    """(input, output), after the checks with which both Prepares begin."""
    arity(node, 1, 1)
    source = node.temp_input(0)
    output = node.temp_output(0)
    rank(node, source, 4, "input")
    types(node, output, (DType.FLOAT32, DType.INT8), "output")
    same_type(node, source, output)
    return source, output


def invoke(node: Node) -> None:
    """The reference loops (internal/reference/depth_to_space.h) assert the output's rank."""
    rank_at_most(node, eval_output(node, 0), 4)
