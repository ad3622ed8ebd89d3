"""The interval of a number reaches beyond its budget, although the end that is held is within.

Why: with `hold = "best"` or `"low"` a model can pass that is over the limit on the device.

How to fix: hold the high end, leave more headroom, or measure the model on the board.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.budgets import Standing
from estimator.checks._limits import limits
from estimator.lint import Problem, Rule, Severity, Subject


def check(subject: Subject) -> Iterator[Problem]:
    for what, quantity, limit, write in limits(subject):
        if subject.budget.stands(quantity, limit) is Standing.STRADDLES:
            assert quantity.low is not None and quantity.high is not None
            yield Problem(
                f"{what} is between {write(quantity.low)} and {write(quantity.high)}: the "
                f"{subject.budget.hold.value} end is within the budget of {write(limit)}, the "
                "interval straddles it",
                subject=what,
            )


RULES = (Rule("MCU106", "budget-straddled", Severity.WARNING, check),)
