"""Whether TFLM accepts the model is unknown: part of an operator is not modelled.

Why: arena and acceptance can't be foretold where a kernel's requests aren't known. The numbers
that depend on it are unknown, never 0.

How to fix: replace the operator, or test the model on the device.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.lint import Problem, Rule, Severity, Subject


def check(subject: Subject) -> Iterator[Problem]:
    for what in subject.estimate.unknown:
        yield Problem(f"not modelled: {what}", subject=what)


RULES = (Rule("MCU205", "not-modelled", Severity.WARNING, check),)
