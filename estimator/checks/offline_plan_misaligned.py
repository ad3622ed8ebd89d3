"""The model's offline memory plan puts a buffer at an offset that is no multiple of 16.

Why: TFLM aligns what it places itself to 16 bytes, and the optimized kernels read words and
vectors; an offset of the file is taken as it is. Unaligned accesses are slow, and fault on cores
that don't have them.

How to fix: plan again with an alignment of 16.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.analysis.lifetimes import ONLINE
from estimator.lint import Problem, Rule, Severity, Subject, short
from estimator.opmodel import ARENA_ALIGNMENT


def check(subject: Subject) -> Iterator[Problem]:
    arena = subject.estimate.arena
    for buffer in arena.plan.buffers if arena else ():
        if buffer.offline_offset != ONLINE and buffer.offline_offset % ARENA_ALIGNMENT:
            yield Problem(
                f"the offline plan puts {short(buffer.what)!r} at {buffer.offline_offset:,}, "
                f"which is no multiple of {ARENA_ALIGNMENT}",
                "plan again with an alignment of 16",
                buffer.subgraph, buffer.operator, buffer.tensor,
            )  # fmt: skip


RULES = (Rule("MCU306", "offline-plan-misaligned", Severity.WARNING, check),)
