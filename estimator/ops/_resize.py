"""What RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR share (tflite-micro 90b983c2)."""

from __future__ import annotations

from collections.abc import Callable

from estimator.graph import DType, Tensor
from estimator.opmodel import Node
from estimator.ops._checks import eval_input, eval_output, rank_at_most
from estimator.ops._require import arity, rank, types


def checked_size(node: Node) -> Tensor:
    """The size tensor, after the checks with which both Prepares begin.

    Both set the type of the output's temporary tensor, which nothing reads afterwards.
    """
    arity(node, 2, 1)
    source = node.temp_input(0)
    size = node.temp_input(1)
    node.temp_output(0)
    rank(node, source, 4, "input")
    rank(node, size, 1, "size")
    types(node, size, (DType.INT32,), "size")
    return size


def invoke(*dtypes: DType) -> Callable[[Node], None]:
    """An Invoke that switches on the output's type; its loops assert the shapes."""

    def step(node: Node) -> None:
        output, size = eval_output(node, 0), eval_input(node, 1)
        types(node, output, dtypes, "output")
        rank_at_most(node, output, 4)
        node.ensure(
            size.elements == 2, f"its size has {size.elements} elements, not 2",
            tensor=size, aborts=True,
        )  # fmt: skip

    return step
