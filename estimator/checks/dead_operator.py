"""An operator's results reach no output of the model.

Why: it runs in every inference and its tensors take room in the arena, for nothing.

How to fix: remove it before converting; often it is a head that only training needed.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.checks._reach import needed_operators
from estimator.lint import Problem, Rule, Severity, Subject


def check(subject: Subject) -> Iterator[Problem]:
    for subgraph in subject.estimate.graph.subgraphs:
        needed = needed_operators(subgraph)
        for op in subgraph.operators:
            if op.index not in needed:
                yield Problem(
                    "no output of the model depends on it", "remove it before converting",
                    subgraph.index, op.index,
                )  # fmt: skip


RULES = (Rule("MCU702", "dead-operator", Severity.WARNING, check),)
