"""A budget can't be checked, because the number is unknown.

Why: a gate that lets pass what it can't see is none. The message says what is missing: a clock
(bare cores have none), a calibration of the board, or a model of an operator.

How to fix: name a board for which the number is known, measure the model on the board, declare
custom operators in the configuration, or remove the limit.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.budgets import Standing
from estimator.checks._limits import cannot_allocate, is_over_anyway, limits
from estimator.lint import Problem, Rule, Severity, Subject


def check(subject: Subject) -> Iterator[Problem]:
    if cannot_allocate(subject):
        return  # the refusal says it all
    for what, quantity, limit, write in limits(subject):
        if is_over_anyway(subject, what, quantity, limit):
            continue  # another rule says so
        if subject.budget.stands(quantity, limit) is Standing.UNKNOWN:
            yield Problem(
                f"{what} is unknown, so the budget of {write(limit)} can't be checked: "
                f"{quantity.source}",
                subject=what,
            )


RULES = (Rule("MCU107", "budget-unknown", Severity.WARNING, check),)
