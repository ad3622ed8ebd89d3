"""One inference takes more energy than its deployment's budget.

Why: on a battery the energy of an inference times their number is the life of the device. It is
latency times the board's active power, so it is an interval as well; `hold` names its end.

How to fix: what shortens the inference lowers the energy. Or raise `energy` in the budget.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.checks._limits import over
from estimator.lint import Problem, Rule, Severity, Subject


def check(subject: Subject) -> Iterator[Problem]:
    for _, _, message in over(subject, "energy"):
        yield Problem(message)


RULES = (Rule("MCU104", "energy-over-budget", Severity.ERROR, check),)
