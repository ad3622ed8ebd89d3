"""Building blocks of an operator's work."""

from __future__ import annotations

from collections.abc import Callable

from estimator.opmodel import LayerKind, Node, Work


def work(node: Node, kind: LayerKind, *, macs: int = 0, other_ops: int = 0) -> Work:
    """The work of an operator that reads each input and writes each output once."""
    read = sum(node.tensors[index].size_bytes for index in node.op.inputs if index >= 0)
    written = sum(node.tensors[index].size_bytes for index in node.op.outputs if index >= 0)
    return Work(kind, macs, other_ops, read, written)


def output_elements(node: Node) -> int:
    """Elements of the first output; 0 where there is none."""
    output = node.output(0)
    return output.elements if output is not None else 0


def per_element(kind: LayerKind, ops: int = 1) -> Callable[[Node], Work]:
    """The work of a kernel that does ``ops`` arithmetic operations per element of its output.

    A transcendental function, a comparison, a clamp and a requantization count one each.
    """
    return lambda node: work(node, kind, other_ops=ops * output_elements(node))


def data_movement(node: Node) -> Work:
    """The work of a kernel that copies: it reads what it writes, and computes nothing."""
    moved = work(node, LayerKind.DATA_MOVEMENT)
    return moved._replace(read_bytes=moved.written_bytes)
