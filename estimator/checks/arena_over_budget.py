"""The smallest arena that works is larger than the deployment's arena.

Why: `arena` is the kTensorArenaSize that the firmware is compiled with. AllocateTensors() needs
more than arena_used_bytes() answers afterwards, because planning itself needs room; this rule
compares the size that really works, to the byte.

How to fix: look at what is alive at the peak (`mculint plan MODEL`), or enlarge the arena in the
firmware and in the budget.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.checks._limits import over, peak
from estimator.lint import Problem, Rule, Severity, Subject


def check(subject: Subject) -> Iterator[Problem]:
    for _, _, message in over(subject, "arena"):
        subgraph, operator, text = peak(subject)
        yield Problem(message, text, subgraph, operator)


RULES = (Rule("MCU105", "arena-over-budget", Severity.ERROR, check),)
