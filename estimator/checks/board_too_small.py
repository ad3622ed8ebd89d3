"""The firmware doesn't fit the board's memory.

Why: this needs no budget: the chip's memory is the limit. Counted are the memories that a usual
linker script uses; the board's file says which.

How to fix: `mculint fit MODEL` lists the boards that hold it.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.budgets import Standing
from estimator.checks._limits import at_least, flash, is_over_anyway, size, sram
from estimator.lint import Problem, Rule, Severity, Subject


def check(subject: Subject) -> Iterator[Problem]:
    board = subject.estimate.board
    for what, quantity in (("SRAM", sram(subject)), ("Flash", flash(subject))):
        capacity = board.capacity_bytes(what.lower())
        if capacity is None:
            continue
        if is_over_anyway(subject, what, quantity, capacity):
            needed = f"at least {size(at_least(subject, what))}"
        elif subject.budget.stands(quantity, capacity) is Standing.OVER:
            needed = size(float(getattr(quantity, subject.budget.hold.value)))
        else:
            continue
        yield Problem(
            f"needs {needed} of {what}; {board.name} has {size(capacity)}",
            "`mculint fit` lists the boards that hold it",
            subject=what,
        )


RULES = (Rule("MCU108", "board-too-small", Severity.ERROR, check),)
