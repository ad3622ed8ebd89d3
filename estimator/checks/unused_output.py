"""One of an operator's outputs is used by nothing.

Why: it is computed and kept in the arena all the same.

How to fix: use an operator that computes only what is needed, such as a slice for one part of a
split.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.checks._reach import needed_operators
from estimator.lint import Problem, Rule, Severity, Subject, short


def check(subject: Subject) -> Iterator[Problem]:
    for subgraph in subject.estimate.graph.subgraphs:
        used = set(subgraph.outputs)
        for op in subgraph.operators:
            used.update(op.inputs)
        needed = needed_operators(subgraph)
        for op in subgraph.operators:
            unused = [index for index in op.outputs if index >= 0 and index not in used]
            if op.index in needed and unused and len(unused) < len(op.outputs):
                tensor = subgraph.tensors[unused[0]]
                yield Problem(
                    f"{len(unused)} of {len(op.outputs)} outputs are used by nothing: the first "
                    f"is {short(tensor.name)!r}",
                    "compute only what is needed", subgraph.index, op.index, tensor.index,
                )  # fmt: skip


RULES = (Rule("MCU704", "unused-output", Severity.WARNING, check),)
