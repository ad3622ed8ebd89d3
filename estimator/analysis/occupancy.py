"""The planned head over time: what lives at each step, and what of the head it leaves unused."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from estimator.analysis.planner import Plan


def live_bytes(plan: Plan) -> tuple[int, ...]:
    """Bytes of the buffers alive at each step, from step 0 to the last; () for an empty plan."""
    buffers = plan.buffers
    if not buffers:
        return ()
    change = [0] * (max(buffer.last_use for buffer in buffers) + 2)
    for buffer in buffers:
        if buffer.last_use >= 0:
            change[max(buffer.first_use, 0)] += buffer.size_bytes
            change[buffer.last_use + 1] -= buffer.size_bytes
    return tuple(accumulate(change[:-1]))


def peak_step(plan: Plan) -> int:
    """The first step with the most live bytes; 0 for an empty plan."""
    live = live_bytes(plan)
    return live.index(max(live)) if live else 0


def alive_at(plan: Plan, step: int) -> tuple[int, ...]:
    """Indices of the buffers alive at a step, the largest first."""
    alive = [
        index for index, buffer in enumerate(plan.buffers)
        if buffer.first_use <= step <= buffer.last_use
    ]  # fmt: skip
    return tuple(sorted(alive, key=lambda index: -plan.buffers[index].size_bytes))


def fragmentation_bytes(plan: Plan) -> int:
    """The head above the most live bytes: what any plan would have to take is not in it."""
    return plan.size_bytes - max(live_bytes(plan), default=0)


def overlaps(plan: Plan) -> Sequence[tuple[int, int]]:
    """Pairs of buffers that share time and bytes (possible in offline plans only).

    Empty buffers and those that the walk never reached have nothing to share.
    """
    real = [i for i, b in enumerate(plan.buffers) if b.size_bytes and b.last_use >= 0]
    order = sorted(real, key=lambda index: plan.offsets[index])
    found: list[tuple[int, int]] = []
    open_: list[int] = []
    for index in order:
        start, buffer = plan.offsets[index], plan.buffers[index]
        open_ = [o for o in open_ if plan.offsets[o] + plan.buffers[o].size_bytes > start]
        for other in open_:
            known = plan.buffers[other]
            if known.first_use <= buffer.last_use and buffer.first_use <= known.last_use:
                found.append((min(other, index), max(other, index)))
        open_.append(index)
    return tuple(found)
