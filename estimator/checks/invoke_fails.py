"""TFLM accepts the model in AllocateTensors() and fails in Invoke().

Why: some kernels check types and shapes only when they run, so the firmware starts well and every
inference fails.

How to fix: as the message says.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.checks._refusals import problems
from estimator.lint import Problem, Rule, Severity, Subject
from estimator.opmodel import Stage


def check(subject: Subject) -> Iterator[Problem]:
    return problems(subject, lambda r: r.stage is Stage.INVOKE and not r.aborts)


RULES = (Rule("MCU203", "invoke-fails", Severity.ERROR, check),)
