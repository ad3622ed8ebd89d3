"""The model's offline memory plan puts two buffers that live together at the same place.

Why: TFLM honours OfflineMemoryAllocation without any check, so one tensor overwrites the other and
the outputs are wrong without any error.

How to fix: plan again with the tool that wrote the metadata, after the last change of the model,
or remove the metadata.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.analysis.lifetimes import ONLINE
from estimator.analysis.occupancy import overlaps
from estimator.lint import Problem, Rule, Severity, Subject, short


def check(subject: Subject) -> Iterator[Problem]:
    arena = subject.estimate.arena
    if arena is None or all(b.offline_offset == ONLINE for b in arena.plan.buffers):
        return
    for one, other in overlaps(arena.plan):
        a, b = arena.plan.buffers[one], arena.plan.buffers[other]
        yield Problem(
            f"the offline plan puts {short(a.what)!r} (at {arena.plan.offsets[one]:,}, "
            f"{a.size_bytes:,} B) over {short(b.what)!r} (at {arena.plan.offsets[other]:,}, "
            f"{b.size_bytes:,} B), which lives at the same time",
            "plan again, or remove the metadata OfflineMemoryAllocation",
            b.subgraph, b.operator, b.tensor, subject=a.what,
        )  # fmt: skip


RULES = (Rule("MCU305", "offline-plan-overlaps", Severity.ERROR, check),)
