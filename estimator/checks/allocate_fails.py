"""TFLM refuses the model in AllocateTensors().

Why: an operator's Init or Prepare, or the memory planner, has a requirement that the model breaks:
an unsupported type, shape or version, hybrid quantization, a dynamic shape. The message names the
requirement and TFLM's file that has it. All refusals are reported at once, not only the first.

How to fix: each message says what to change; most are solved by converting to full int8 with fixed
input shapes.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.checks._refusals import problems
from estimator.lint import Problem, Rule, Severity, Subject
from estimator.opmodel import Stage

_ELSEWHERE = (Stage.LOAD, Stage.INVOKE)


def check(subject: Subject) -> Iterator[Problem]:
    return problems(subject, lambda r: r.stage not in _ELSEWHERE and not r.aborts)


RULES = (Rule("MCU202", "allocate-fails", Severity.ERROR, check),)
