"""What each buffer of a model is for: who reads it, and as what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from estimator.graph import Graph, Op, Subgraph
from estimator.reading.ranges import RangeKind
from estimator.reading.roles import BIASES, WEIGHTS


@dataclass(frozen=True, slots=True)
class BufferUse:
    """The first use of a buffer; the defaults are those of a buffer that nothing uses."""

    kind: RangeKind = RangeKind.UNUSED_BUFFERS
    reason: str = "no tensor and no metadata uses it"
    subgraph: int | None = None
    tensor: int | None = None
    operator: int | None = None


def buffer_uses(graph: Graph) -> dict[int, BufferUse]:
    """Buffer index -> its use; buffers that nothing uses are left out."""
    uses: dict[int, BufferUse] = {}
    for entry in graph.metadata:
        reason = f"metadata {entry.name!r}"
        uses.setdefault(entry.buffer, BufferUse(RangeKind.METADATA, reason))
    for subgraph in graph.subgraphs:
        for use, buffer in _tensor_uses(subgraph):
            known = uses.get(buffer)
            if known is None or (known.kind is RangeKind.UNUSED_BUFFERS != use.kind):
                uses[buffer] = use
    return uses


def _tensor_uses(subgraph: Subgraph) -> Iterator[tuple[BufferUse, int]]:
    read: set[int] = set()
    for op in subgraph.operators:
        for position, index in enumerate(op.inputs):
            if index >= 0:
                read.add(index)
                yield (
                    BufferUse(_role(op, position), "", subgraph.index, index, op.index),
                    subgraph.tensors[index].buffer,
                )
    for tensor in subgraph.tensors:
        if tensor.index in read:
            continue
        if tensor.index in subgraph.outputs:
            use = BufferUse(RangeKind.CONSTANTS, "an output", subgraph.index, tensor.index)
        else:
            reason = "no operator reads the tensor"
            use = BufferUse(RangeKind.UNUSED_BUFFERS, reason, subgraph.index, tensor.index)
        yield use, tensor.buffer


def _role(op: Op, position: int) -> RangeKind:
    if position in WEIGHTS.get(op.name, ()):
        return RangeKind.WEIGHTS
    if position in BIASES.get(op.name, ()):
        return RangeKind.BIASES
    return RangeKind.CONSTANTS
