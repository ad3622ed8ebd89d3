"""The memory plan takes more than the tensors that are alive at once.

Why: TFLM's greedy planner places the largest buffers first, and what lives at the busiest step may
then not lie without gaps. The bytes above the live ones buy nothing. The threshold is
`fragmentation_percent`.

How to fix: an offline plan (metadata OfflineMemoryAllocation) can place the buffers without gaps;
or change the size of one of the tensors that the peak consists of.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.analysis.occupancy import fragmentation_bytes
from estimator.checks._limits import peak, size
from estimator.lint import Problem, Rule, Severity, Subject


def check(subject: Subject) -> Iterator[Problem]:
    arena = subject.estimate.arena
    if arena is None or not arena.plan.size_bytes:
        return
    wasted, head = fragmentation_bytes(arena.plan), arena.plan.size_bytes
    percent = 100 * wasted / (head - wasted) if head > wasted else 0.0
    if percent > subject.thresholds.fragmentation_percent:
        subgraph, operator, text = peak(subject)
        yield Problem(
            f"the plan takes {size(head)}, {size(wasted)} ({percent:.0f} %) more than are ever "
            f"alive at once; {text}",
            "plan offline, or change the size of one of these tensors", subgraph, operator,
        )  # fmt: skip


RULES = (Rule("MCU301", "fragmentation", Severity.WARNING, check),)
