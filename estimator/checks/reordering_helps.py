"""Another order of the operators has a smaller peak.

Why: TFLM runs operators in the file's order, and in a graph with branches the order decides what
is alive together. The order found here is run through the same planner, so the saving is real; a
better one may exist. The threshold is `reordering_percent`.

How to fix: write the operators in the order named (the results stay the same), for example by
building the branches in another sequence before converting.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.checks._limits import size
from estimator.lint import Problem, Rule, Severity, Subject

_SHOWN = 12


def check(subject: Subject) -> Iterator[Problem]:
    arena, better = subject.estimate.arena, subject.reordering
    if arena is None or better is None:
        return
    saved = arena.plan.size_bytes - better.head_bytes
    if 100 * saved >= subject.thresholds.reordering_percent * arena.plan.size_bytes:
        moved = [f"{new}" for old, new in enumerate(better.order) if old != new]
        first = next(old for old, new in enumerate(better.order) if old != new)
        names = ", ".join(moved[:_SHOWN]) + (" ..." if len(moved) > _SHOWN else "")
        yield Problem(
            f"running the operators in another order saves {size(saved)} of "
            f"{size(arena.plan.size_bytes)}",
            f"from position {first} on run operators {names}", 0, first,
        )  # fmt: skip


RULES = (Rule("MCU304", "reordering-helps", Severity.ADVICE, check),)
