"""What the outputs of a subgraph depend on."""

from __future__ import annotations

from estimator.graph import DType, Op, Subgraph

_EFFECTS = frozenset({"CALL_ONCE", "ASSIGN_VARIABLE", "WHILE", "IF", "VAR_HANDLE"})


def needed_operators(subgraph: Subgraph) -> frozenset[int]:
    """Indices of the operators that an output depends on, or that have an effect of their own.

    Custom operators and those with a variable tensor among their inputs keep a state.
    """
    wanted = set(subgraph.outputs)
    needed = set()
    for op in reversed(subgraph.operators):
        if wanted.intersection(op.outputs) or _has_effect(subgraph, op):
            needed.add(op.index)
            wanted.update(op.inputs)
    return frozenset(needed)


def _has_effect(subgraph: Subgraph, op: Op) -> bool:
    if op.name in _EFFECTS or op.is_custom or not op.outputs:
        return True
    tensors = (subgraph.tensors[index] for index in op.inputs if index >= 0)
    return any(t.is_variable or t.dtype is DType.RESOURCE for t in tensors)
