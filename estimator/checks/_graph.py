"""Views of a graph that several rules share."""

from __future__ import annotations

from collections.abc import Iterator

from estimator.graph import DType, Graph, Op, Subgraph, Tensor, tensor_at
from estimator.lint import Subject
from estimator.reading.ranges import RangeKind

CONVOLUTIONS = frozenset({"CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV"})
WEIGHTED = CONVOLUTIONS | {"FULLY_CONNECTED"}


def ops(subject: Subject) -> Iterator[tuple[Subgraph, Op]]:
    """All operators with their subgraphs."""
    return iter(subject.estimate.graph.operators)


def inputs(subgraph: Subgraph, op: Op) -> tuple[Tensor, ...]:
    """The inputs that are there."""
    return tuple(t for i in op.inputs if (t := tensor_at(subgraph.tensors, i)) is not None)


def outputs(subgraph: Subgraph, op: Op) -> tuple[Tensor, ...]:
    """The outputs that are there."""
    return tuple(t for i in op.outputs if (t := tensor_at(subgraph.tensors, i)) is not None)


def weights(subgraph: Subgraph, op: Op) -> Tensor | None:
    """The constant weights of a convolution or a fully connected operator."""
    if op.name not in WEIGHTED or len(op.inputs) < 2:
        return None
    tensor = tensor_at(subgraph.tensors, op.inputs[1])
    return tensor if tensor is not None and tensor.is_constant else None


def computes_in_float(subgraph: Subgraph, op: Op) -> bool:
    """Whether an operator's activations are float, in and out."""
    values = [t for t in inputs(subgraph, op) if not t.is_constant]
    return bool(values) and all(
        tensor.dtype is DType.FLOAT32 for tensor in (*values[:1], *outputs(subgraph, op))
    )


def producers(subgraph: Subgraph) -> dict[int, Op]:
    """Tensor -> the operator that writes it."""
    return {index: op for op in subgraph.operators for index in op.outputs}


def consumers(subgraph: Subgraph) -> dict[int, list[Op]]:
    """Tensor -> the operators that read it."""
    found: dict[int, list[Op]] = {}
    for op in subgraph.operators:
        for index in op.inputs:
            found.setdefault(index, []).append(op)
    return found


def is_quantized_model(graph: Graph) -> bool:
    """Whether any operator computes on integers."""
    return any(
        tensor.dtype in (DType.INT8, DType.INT16, DType.UINT8) and tensor.is_quantized
        for subgraph, op in graph.operators
        for tensor in outputs(subgraph, op)
    )


def kind_bytes(subject: Subject, kind: RangeKind) -> int:
    """Bytes of a kind in the model file."""
    return sum(part.size_bytes for part in subject.ranges if part.kind is kind)


def first_of(subject: Subject, kind: RangeKind) -> tuple[int | None, int | None]:
    """The first bytes of a kind in the model file."""
    for part in subject.ranges:
        if part.kind is kind:
            return part.start, part.end
    return None, None


def file_share(subject: Subject, size_bytes: int) -> float:
    """Percent of the model file."""
    total = sum(part.size_bytes for part in subject.ranges)
    return 100 * size_bytes / total if total else 0.0
