"""The model uses a builtin operator that TFLM doesn't have.

Why: MicroMutableOpResolver has no method that adds it, so the interpreter stops before the first
inference. Converting succeeds, because TensorFlow Lite for phones has more operators than TFLM.

How to fix: replace the operator by ones that TFLM has (docs/operators.md lists them), or change
the converter's options so that it doesn't create it.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.checks._refusals import problems
from estimator.lint import Problem, Rule, Severity, Subject
from estimator.opmodel import Refusal, Stage


def _of_interest(subject: Subject, refusal: Refusal) -> bool:
    if refusal.stage is not Stage.LOAD:
        return False
    if refusal.subgraph is None or refusal.operator is None:
        return True
    subgraph = subject.estimate.graph.subgraphs[refusal.subgraph]
    return not subgraph.operators[refusal.operator].is_custom


def check(subject: Subject) -> Iterator[Problem]:
    return problems(subject, lambda refusal: _of_interest(subject, refusal))


RULES = (Rule("MCU201", "operator-not-in-tflm", Severity.ERROR, check),)
