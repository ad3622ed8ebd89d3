"""The firmware needs more Flash than its deployment's budget.

Why: a firmware that doesn't fit isn't linked, or leaves no room for an update. The sum counts the
model file, the code of the runtime and of the operators, the libraries, and the reserve of the
configuration.

How to fix: `mculint flash MODEL` shows where the bytes are; `mculint strip` removes what TFLM
never reads. Or raise `flash` in the budget.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.checks._limits import over, parts
from estimator.lint import Problem, Rule, Severity, Subject


def check(subject: Subject) -> Iterator[Problem]:
    for _, _, message in over(subject, "Flash"):
        sums = parts(dict(subject.estimate.flash.parts), subject.budget.reserve_flash_bytes)
        yield Problem(f"{message}: {sums}", "`mculint flash` shows what takes it")


RULES = (Rule("MCU102", "flash-over-budget", Severity.ERROR, check),)
