"""An independent check of a memory plan; shares no code with the planner or the lifetimes.

In the manner of minimalloc's validator: compares every pair of buffers, straight from the
definition. Quadratic on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from estimator.analysis.planner import Plan

ALIGNMENT = 16
"""MicroArenaBufferAlignment() in tensorflow/lite/micro/micro_arena_constants.h (90b983c2)."""


def plan_faults(plan: Plan, arena_bytes: int | None = None) -> Iterator[str]:
    """Every fault of a plan, in words; nothing where it is sound.

    Args:
        plan: buffers with their offsets.
        arena_bytes: room for the plan; None to leave the bound unchecked.
    """
    if len(plan.offsets) != len(plan.buffers):
        yield f"{len(plan.buffers)} buffers have {len(plan.offsets)} offsets"
        return
    placed = list(zip(plan.buffers, plan.offsets))
    for buffer, offset in placed:
        if offset < 0:
            yield f"{buffer.what!r} lies at {offset}, before the arena"
        if offset % ALIGNMENT:
            yield f"{buffer.what!r} lies at {offset}, which is no multiple of {ALIGNMENT}"
        if arena_bytes is not None and offset + buffer.size_bytes > arena_bytes:
            yield f"{buffer.what!r} ends at {offset + buffer.size_bytes}, behind {arena_bytes}"
    for (one, low), (two, high) in combinations(placed, 2):
        together = one.first_use <= two.last_use and two.first_use <= one.last_use
        touching = low < high + two.size_bytes and high < low + one.size_bytes
        if together and touching:
            yield (
                f"{one.what!r} [{low}, {low + one.size_bytes}) and {two.what!r} "
                f"[{high}, {high + two.size_bytes}) overlap while both are alive, steps "
                f"{max(one.first_use, two.first_use)} to {min(one.last_use, two.last_use)}"
            )
