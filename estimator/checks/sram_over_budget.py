"""The firmware needs more SRAM than its deployment's budget.

Why: SRAM that isn't there shows as a failing AllocateTensors() or, worse, as a stack that grows
into the heap on the device. The sum counts the smallest arena that works, the runtime's static
RAM, what the board's OS and stack take, and the reserve of the configuration.

How to fix: look at what is alive at the peak (`mculint plan MODEL`): smaller or earlier-pooled
activations there lower the arena, changes elsewhere don't. Or raise `sram` in the budget.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.checks._limits import over, parts, peak
from estimator.lint import Problem, Rule, Severity, Subject


def check(subject: Subject) -> Iterator[Problem]:
    for _, _, message in over(subject, "SRAM"):
        subgraph, operator, text = peak(subject)
        sums = parts(dict(subject.estimate.sram.parts), subject.budget.reserve_sram_bytes)
        yield Problem(
            f"{message}: {sums}", f"{text}; shrink that, or raise the budget" if text else "",
            subgraph, operator,
        )  # fmt: skip


RULES = (Rule("MCU101", "sram-over-budget", Severity.ERROR, check),)
