"""Live bytes, peaks, fragmentation and overlaps, against counting byte by byte."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from estimator.analysis.lifetimes import NEVER, Buffer
from estimator.analysis.occupancy import (
    alive_at,
    fragmentation_bytes,
    live_bytes,
    overlaps,
    peak_step,
)
from estimator.analysis.planner import Plan, plan_greedy


@st.composite
def _buffers(draw: st.DrawFn) -> list[Buffer]:
    found = []
    for index in range(draw(st.integers(1, 12))):
        first = draw(st.integers(0, 8))
        last = draw(st.integers(first, 9))
        found.append(
            Buffer(0, index, None, f"t{index}", 16 * draw(st.integers(0, 20)), first, last)
        )
    return found


@given(_buffers())
def test_live_bytes_are_the_sum_of_what_lives(buffers: list[Buffer]) -> None:
    plan = plan_greedy(buffers)
    live = live_bytes(plan)
    for step, value in enumerate(live):
        assert value == sum(b.size_bytes for b in buffers if b.first_use <= step <= b.last_use)
        assert value == sum(buffers[i].size_bytes for i in alive_at(plan, step))
    assert live[peak_step(plan)] == max(live)
    assert fragmentation_bytes(plan) == plan.size_bytes - max(live) >= 0


@given(_buffers(), st.lists(st.integers(0, 10), min_size=12, max_size=12))
def test_overlaps_are_those_found_byte_by_byte(buffers: list[Buffer], places: list[int]) -> None:
    plan = Plan(tuple(buffers), tuple(16 * place for place in places[: len(buffers)]))
    taken: dict[tuple[int, int], list[int]] = {}
    for index, (buffer, offset) in enumerate(zip(plan.buffers, plan.offsets)):
        for step in range(buffer.first_use, buffer.last_use + 1):
            for block in range(offset, offset + buffer.size_bytes, 16):
                taken.setdefault((step, block), []).append(index)
    expected = {(a, b) for owners in taken.values() for a in owners for b in owners if a < b}
    assert set(overlaps(plan)) == expected


@given(_buffers())
def test_the_greedy_plan_never_overlaps(buffers: list[Buffer]) -> None:
    assert not overlaps(plan_greedy(buffers))


def test_what_is_never_reached_is_not_alive() -> None:
    plan = plan_greedy(
        [Buffer(0, 0, None, "t", 16, NEVER, NEVER), Buffer(0, 1, None, "u", 32, 0, 1)]
    )
    assert live_bytes(plan) == (32, 32)


def test_an_empty_plan() -> None:
    plan = plan_greedy([])
    assert live_bytes(plan) == () and peak_step(plan) == 0 and fragmentation_bytes(plan) == 0
