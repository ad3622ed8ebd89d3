"""What control flow asks of the subgraphs that it calls.

Mirrors the copying functions of kernels/kernel_util.cc and MicroInterpreterGraph in
micro_interpreter_graph.cc (tflite-micro 90b983c2).
"""

from __future__ import annotations

from collections.abc import Sequence

from estimator.graph import Subgraph, Tensor
from estimator.opmodel import Node
from estimator.ops._require import CONVERT


def called(node: Node, option: str) -> Subgraph:
    """The subgraph that an option names; TFLM doesn't look for negative indices."""
    index = node.option(option)
    count = len(node.graph.subgraphs)
    node.ensure(
        index < count, f"its {option} is {index}, the model has {count} subgraphs", fix=CONVERT
    )
    node.ensure(index >= 0, f"its {option} is {index}", fix=CONVERT, aborts=True)
    return node.graph.subgraphs[index]


def same_count(node: Node, found: int, wanted: int, what: str) -> None:
    """TF_LITE_ENSURE_EQ on numbers of tensors."""
    node.ensure(found == wanted, f"{what}: {found} tensors for {wanted}", fix=CONVERT)


def inputs(subgraph: Subgraph) -> tuple[Tensor, ...]:
    return tuple(subgraph.tensors[index] for index in subgraph.inputs)


def outputs(subgraph: Subgraph) -> tuple[Tensor, ...]:
    return tuple(subgraph.tensors[index] for index in subgraph.outputs)


def operator_tensors(node: Node, indices: Sequence[int]) -> tuple[Tensor, ...]:
    """The operator's tensors; Invoke follows the null pointer of an omitted one."""
    node.ensure(min(indices, default=0) >= 0, "a tensor is omitted", fix=CONVERT, aborts=True)
    return tuple(node.tensors[index] for index in indices)


def copied(node: Node, sources: Sequence[Tensor], targets: Sequence[Tensor], what: str) -> None:
    """Copying tensor by tensor: as many, of the same types (asserted) and sizes."""
    same_count(node, len(sources), len(targets), what)
    for source, target in zip(sources, targets):
        node.ensure(
            source.dtype is target.dtype,
            f"{what}: {source.dtype.name} {source.name!r} is copied to {target.dtype.name} "
            f"{target.name!r}",
            fix=CONVERT, aborts=True,
        )  # fmt: skip
        node.ensure(
            source.size_bytes == target.size_bytes,
            f"{what}: {source.name!r} has {source.size_bytes} bytes, {target.name!r} has "
            f"{target.size_bytes}",
            fix=CONVERT,
        )
