"""TFLM's memory planners: where each buffer lies in the arena's head.

Mirrors memory_planner/greedy_memory_planner.cc and linear_memory_planner.cc in
tensorflow/lite/micro (tflite-micro 90b983c2); the same offsets, found with less work.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from estimator.analysis.lifetimes import ONLINE, Buffer

LINEAR_PLANNER_BUFFERS = 1024
"""LinearMemoryPlanner::kMaxBufferCount."""
FEW = 64
"""So many buffers are planned faster without a tree."""
_Interval = tuple[int, int]
"""Bytes [start, end) of the arena."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Offsets of the buffers, in bytes from the start of the arena, in the buffers' order."""

    buffers: tuple[Buffer, ...]
    offsets: tuple[int, ...]

    @property
    def size_bytes(self) -> int:
        """GetMaximumMemorySize(): the end of the buffer that reaches furthest."""
        return max((o + b.size_bytes for o, b in zip(self.offsets, self.buffers)), default=0)


def plan_linear(buffers: Sequence[Buffer]) -> Plan:
    """LinearMemoryPlanner: one buffer behind the other (preserve_all_tensors)."""
    offsets, end = [], 0
    for buffer in buffers:
        offsets.append(end)
        end += buffer.size_bytes
    return Plan(tuple(buffers), tuple(offsets))


def plan_greedy(buffers: Sequence[Buffer]) -> Plan:
    """GreedyMemoryPlanner: largest first, each at the first gap among those alive with it.

    Buffers with a prescribed offset come first, in order; of equal sizes the one added last comes
    first (the planner fills its list from the end, then sorts it stably).
    """
    offline = [i for i, buffer in enumerate(buffers) if buffer.offline_offset != ONLINE]
    online = [i for i, buffer in enumerate(buffers) if buffer.offline_offset == ONLINE]
    online.reverse()
    online.sort(key=lambda i: -buffers[i].size_bytes)
    offsets = [0] * len(buffers)
    placed = _Few() if len(buffers) <= FEW else _Many(buffers)
    for index in offline + online:
        buffer = buffers[index]
        if buffer.offline_offset != ONLINE:
            offsets[index] = buffer.offline_offset
        else:
            offsets[index] = _first_gap(placed.alive_with(buffer), buffer.size_bytes)
        placed.add(buffer, offsets[index])
    return Plan(tuple(buffers), tuple(offsets))


def _first_gap(taken: list[_Interval], size_bytes: int) -> int:
    """The lowest offset from which ``size_bytes`` are free; ``taken`` is sorted."""
    candidate = 0
    for start, end in taken:
        if start - candidate >= size_bytes:
            return candidate
        if end > candidate:
            candidate = end
    return candidate


class _Few:
    """The buffers placed so far, looked at one by one."""

    def __init__(self) -> None:
        self.placed: list[tuple[int, int, int, int]] = []

    def add(self, buffer: Buffer, offset: int) -> None:
        end = offset + buffer.size_bytes
        self.placed.append((offset, end, buffer.first_use, buffer.last_use))

    def alive_with(self, buffer: Buffer) -> list[_Interval]:
        """What is taken by buffers that overlap in time, sorted."""
        first, last = buffer.first_use, buffer.last_use
        return sorted((s, e) for s, e, begin, end in self.placed if begin <= last and end >= first)


class _Many:
    """The buffers placed so far, found by lifetime in O(log n).

    Those alive together with [first, last] are those alive at ``first`` and those that start after
    it. Both come from segment trees over time; a node keeps the union of its buffers' bytes, since
    the gaps are all that the planner looks at.
    """

    def __init__(self, buffers: Sequence[Buffer]) -> None:
        times = [time for b in buffers for time in (b.first_use, b.last_use)]
        self.start = min(times)
        self.leaves = 1 << (max(times) - self.start).bit_length()
        self.alive: dict[int, list[_Interval]] = {}
        self.starting: dict[int, list[_Interval]] = {}

    def add(self, buffer: Buffer, offset: int) -> None:
        end = offset + buffer.size_bytes
        for node in self.nodes(buffer.first_use, buffer.last_use):
            _cover(self.alive.setdefault(node, []), offset, end)
        for node in self.above(buffer.first_use):
            _cover(self.starting.setdefault(node, []), offset, end)

    def alive_with(self, buffer: Buffer) -> list[_Interval]:
        """What is taken by buffers that overlap in time, sorted."""
        found: list[_Interval] = []
        for node in self.above(buffer.first_use):
            found += self.alive.get(node, ())
        for node in self.nodes(buffer.first_use + 1, buffer.last_use):
            found += self.starting.get(node, ())
        found.sort()
        return found

    def above(self, time: int) -> Iterator[int]:
        """The leaf of a time and all nodes above it."""
        node = time - self.start + self.leaves
        while node:
            yield node
            node >>= 1

    def nodes(self, first: int, last: int) -> Iterator[int]:
        """The fewest nodes whose leaves are the times from first to last."""
        low, high = first - self.start + self.leaves, last - self.start + self.leaves + 1
        while low < high:
            if low & 1:
                yield low
                low += 1
            if high & 1:
                high -= 1
                yield high
            low >>= 1
            high >>= 1


def _cover(union: list[_Interval], start: int, end: int) -> None:
    """Add an interval to a sorted union of disjoint ones."""
    low = bisect_left(union, (start, start))
    if low and union[low - 1][1] >= start:
        low -= 1
        start = union[low][0]
    high = low
    while high < len(union) and union[high][0] <= end:
        end = max(end, union[high][1])
        high += 1
    union[low:high] = [(start, end)]
