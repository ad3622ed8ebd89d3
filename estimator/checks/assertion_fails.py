"""The model breaks an assertion of TFLM.

Why: TFLITE_DCHECK stops the program in a debug build. A release build goes on with undefined
results, which is worse.

How to fix: as the message says.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.checks._refusals import problems
from estimator.lint import Problem, Rule, Severity, Subject
from estimator.opmodel import Stage


def check(subject: Subject) -> Iterator[Problem]:
    return problems(subject, lambda r: r.stage is not Stage.LOAD and r.aborts)


RULES = (Rule("MCU204", "assertion-fails", Severity.ERROR, check),)
