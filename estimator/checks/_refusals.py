"""TFLM's refusals as problems."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from estimator.lint import Problem, Subject
from estimator.opmodel import Refusal


def problems(subject: Subject, wanted: Callable[[Refusal], bool]) -> Iterator[Problem]:
    """A problem for each refusal that is wanted."""
    for refusal in subject.estimate.refusals:
        if wanted(refusal):
            text = refusal.reason
            if refusal.operator_name:
                text = f"{refusal.operator_name}: {text}"
            if refusal.source:
                text += f" [{refusal.source}, {refusal.stage.value}]"
            yield Problem(
                text, refusal.fix, refusal.subgraph, refusal.operator, refusal.tensor,
                subject=refusal.stage.value,
            )  # fmt: skip


def is_custom(subject: Subject, refusal: Refusal) -> bool:
    """Whether a refusal is about a custom operator."""
    if refusal.subgraph is None or refusal.operator is None:
        return False
    return subject.estimate.graph.subgraphs[refusal.subgraph].operators[refusal.operator].is_custom
