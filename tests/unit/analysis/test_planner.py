"""The planner equals a slow, literal re-statement of TFLM's algorithm, and its plans are sound.

The re-statement follows GreedyMemoryPlanner::CalculateOffsetsIfNeeded in
memory_planner/greedy_memory_planner.cc (tflite-micro 90b983c2) step by step.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimator.analysis.lifetimes import ONLINE, Buffer
from estimator.analysis.plan_check import plan_faults
from estimator.analysis.planner import Plan, plan_greedy, plan_linear


def buffer(size: int, first: int, last: int, offline: int = ONLINE) -> Buffer:
    return Buffer(0, 0, None, "b", size, first, last, offline)


@st.composite
def buffers(draw: st.DrawFn, offline: bool = False, most: int = 24) -> list[Buffer]:
    found = []
    for _ in range(draw(st.integers(0, most))):
        first = draw(st.integers(-1, 10))
        last = draw(st.integers(first, 12))
        offset = ONLINE
        if offline and draw(st.booleans()):
            offset = draw(st.integers(0, 40)) * draw(st.sampled_from((1, 16)))
        found.append(buffer(16 * draw(st.integers(0, 6)), first, last, offset))
    return found


@dataclass
class Entry:
    """A node of the list of placed buffers, in order of offset."""

    offset: int
    index: int
    next: Entry | None = None


def literal(wanted: list[Buffer]) -> list[int]:
    """The offsets, as the list algorithm finds them."""
    if not wanted:
        return []
    order, _ = sorted_as_tflm(wanted)
    offsets = [-1 if b.offline_offset == ONLINE else b.offline_offset for b in wanted]
    if offsets[order[0]] == -1:
        offsets[order[0]] = 0
    head = Entry(offsets[order[0]], order[0])
    for index in order[1:]:
        candidate = wanted[index].offline_offset
        if candidate == ONLINE:
            candidate = find_gap(head, wanted, wanted[index])
        offsets[index] = candidate
        new = Entry(candidate, index)
        if head.offset > candidate:
            new.next, head = head, new
            continue
        current = head
        while current.next is not None and current.next.offset <= candidate:
            current = current.next
        new.next, current.next = current.next, new
    return offsets


def sorted_as_tflm(wanted: list[Buffer]) -> tuple[list[int], list[int]]:
    """Offline ones from the front, others from the back, then a bubble sort of the latter."""
    ids, sizes = [0] * len(wanted), [0] * len(wanted)
    front, back = 0, len(wanted)
    for index, entry in enumerate(wanted):
        if entry.offline_offset == ONLINE:
            back -= 1
            ids[back], sizes[back] = index, entry.size_bytes
        else:
            ids[front], sizes[front] = index, entry.size_bytes
            front += 1
    swapped = True
    while swapped:
        swapped = False
        for i in range(front, len(wanted) - 1):
            if sizes[i] < sizes[i + 1]:
                sizes[i], sizes[i + 1] = sizes[i + 1], sizes[i]
                ids[i], ids[i + 1] = ids[i + 1], ids[i]
                swapped = True
    return ids, sizes


def find_gap(head: Entry, all_: list[Buffer], wanted: Buffer) -> int:
    candidate, prior = 0, None
    while True:
        following = head if prior is None else prior.next
        while following is not None and not together(all_[following.index], wanted):
            following = following.next
        if prior is not None:
            candidate = max(candidate, prior.offset + all_[prior.index].size_bytes)
        if following is None or following.offset - candidate >= wanted.size_bytes:
            return candidate
        prior = following


def together(one: Buffer, two: Buffer) -> bool:
    return not (one.first_use > two.last_use or two.first_use > one.last_use)


@given(buffers(offline=True))
def test_greedy_equals_the_list_algorithm(wanted: list[Buffer]) -> None:
    assert list(plan_greedy(wanted).offsets) == literal(wanted)


@given(buffers())
def test_greedy_plans_have_no_fault(wanted: list[Buffer]) -> None:
    plan = plan_greedy(wanted)
    real = [b for b in wanted if b.size_bytes]  # those of no bytes overlap nothing
    assert not list(plan_faults(plan, plan.size_bytes))
    assert plan.size_bytes <= sum(b.size_bytes for b in real)


@given(buffers())
def test_linear_plans_preserve_every_tensor(wanted: list[Buffer]) -> None:
    plan = plan_linear(wanted)
    forever = [b._replace(first_use=0, last_use=99) for b in wanted]
    assert not list(plan_faults(Plan(tuple(forever), plan.offsets), plan.size_bytes))
    assert plan.size_bytes == sum(b.size_bytes for b in wanted)


@given(buffers(most=12), st.data())
def test_an_injected_overlap_is_found(wanted: list[Buffer], data: st.DataObject) -> None:
    plan = plan_greedy([*wanted, buffer(32, 3, 5), buffer(48, 5, 6)])
    one, two = len(wanted), len(wanted) + 1
    offsets = list(plan.offsets)
    shift = data.draw(st.sampled_from((-16, 0, 16)))
    offsets[two] = max(offsets[one] + shift, 0)
    faults = list(plan_faults(Plan(plan.buffers, tuple(offsets))))
    assert any("overlap while both are alive" in fault for fault in faults)


@pytest.mark.parametrize(
    ("offset", "arena", "words"),
    [
        (-16, None, "before the arena"),
        (8, None, "no multiple of 16"),
        (32, 63, "behind 63"),
    ],
)
def test_a_misplaced_buffer_is_found(offset: int, arena: int | None, words: str) -> None:
    plan = Plan((buffer(32, 0, 1),), (offset,))
    (fault,) = plan_faults(plan, arena)
    assert words in fault


def test_a_missing_offset_is_found() -> None:
    (fault,) = plan_faults(Plan((buffer(32, 0, 1),), ()))
    assert "1 buffers have 0 offsets" in fault


def test_equal_sizes_are_taken_from_the_last_one_added() -> None:
    plan = plan_greedy([buffer(16, 0, 1), buffer(16, 0, 1), buffer(16, 0, 1)])
    assert plan.offsets == (32, 16, 0)
