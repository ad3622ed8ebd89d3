"""One tensor takes most of the arena's peak.

Why: only a change of that tensor lowers the arena; work anywhere else is lost. The threshold is
`dominant_tensor_percent`.

How to fix: make it smaller (stride, pooling, channels), or split it.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.analysis.occupancy import alive_at, live_bytes, peak_step
from estimator.checks._limits import size
from estimator.lint import Problem, Rule, Severity, Subject, short


def check(subject: Subject) -> Iterator[Problem]:
    arena = subject.estimate.arena
    if arena is None or len(arena.plan.buffers) < 3:
        return  # of input and output one is always the larger
    plan = arena.plan
    step = peak_step(plan)
    buffer = plan.buffers[alive_at(plan, step)[0]]
    share = 100 * buffer.size_bytes / live_bytes(plan)[step]
    if share >= subject.thresholds.dominant_tensor_percent and buffer.tensor is not None:
        yield Problem(
            f"{short(buffer.what)!r} takes {size(buffer.size_bytes)}, {share:.0f} % of what is "
            "alive at the peak",
            "only a smaller tensor here lowers the arena",
            buffer.subgraph, None, buffer.tensor,
        )  # fmt: skip


RULES = (Rule("MCU303", "dominant-tensor", Severity.ADVICE, check),)
