"""The model uses a builtin operator that TFLM doesn't have.

Why: MicroMutableOpResolver has no method that adds it, so the interpreter stops before the first
inference. Converting succeeds, because TensorFlow Lite for phones has more operators than TFLM.

How to fix: replace the operator by ones that TFLM has (docs/operators.md lists them), or change
the converter's options so that it doesn't create it.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.checks._refusals import is_custom, problems
from estimator.lint import Problem, Rule, Severity, Subject
from estimator.opmodel import Stage


def check(subject: Subject) -> Iterator[Problem]:
    return problems(subject, lambda r: r.stage is Stage.LOAD and not is_custom(subject, r))


RULES = (Rule("MCU201", "operator-not-in-tflm", Severity.ERROR, check),)
