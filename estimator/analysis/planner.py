"""TFLM's memory planners: where each buffer lies in the arena's head.

Mirrors memory_planner/greedy_memory_planner.cc and linear_memory_planner.cc in
tensorflow/lite/micro (tflite-micro 90b983c2); the same offsets, found with less work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from estimator.analysis.lifetimes import ONLINE, Buffer

LINEAR_PLANNER_BUFFERS = 1024
"""LinearMemoryPlanner::kMaxBufferCount."""


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
    placed = _Placed(buffers)
    for index in offline + online:
        buffer = buffers[index]
        if buffer.offline_offset != ONLINE:
            offsets[index] = buffer.offline_offset
        elif placed.count:
            offsets[index] = _first_gap(placed.alive_with(buffer), buffer.size_bytes)
        placed.add(index, offsets[index])
    return Plan(tuple(buffers), tuple(offsets))


def _first_gap(alive: list[tuple[int, int, int]], size_bytes: int) -> int:
    """The lowest offset from which ``size_bytes`` are free; ``alive`` is sorted by offset."""
    candidate = 0
    for offset, _, end in alive:
        if offset - candidate >= size_bytes:
            return candidate
        candidate = max(candidate, end)
    return candidate


class _Placed:
    """The buffers placed so far, found by lifetime.

    Those alive together with [first, last] are those that start within it and those alive at
    ``first``. The latter come from a segment tree over time in which a buffer stands in
    O(log n) nodes.
    """

    def __init__(self, buffers: Sequence[Buffer]) -> None:
        self.buffers = buffers
        times = [time for b in buffers for time in (b.first_use, b.last_use)]
        self.start = min(times, default=0)
        span = max(times, default=0) - self.start + 1
        self.leaves = 1 << max(span - 1, 0).bit_length()
        self.nodes: dict[int, list[tuple[int, int, int]]] = {}
        self.starts: dict[int, list[tuple[int, int, int]]] = {}
        self.count = 0

    def add(self, index: int, offset: int) -> None:
        buffer = self.buffers[index]
        entry = (offset, self.count, offset + buffer.size_bytes)
        self.count += 1
        self.starts.setdefault(buffer.first_use, []).append(entry)
        low = buffer.first_use - self.start + self.leaves
        high = buffer.last_use - self.start + self.leaves + 1
        while low < high:
            if low & 1:
                self.nodes.setdefault(low, []).append(entry)
                low += 1
            if high & 1:
                high -= 1
                self.nodes.setdefault(high, []).append(entry)
            low >>= 1
            high >>= 1

    def alive_with(self, buffer: Buffer) -> list[tuple[int, int, int]]:
        """(offset, order of placing, end) of the buffers that overlap in time, by offset."""
        found: list[tuple[int, int, int]] = []
        node = buffer.first_use - self.start + self.leaves
        while node:
            found += self.nodes.get(node, ())
            node >>= 1
        for time in range(buffer.first_use + 1, buffer.last_use + 1):
            found += self.starts.get(time, ())
        found.sort()
        return found
