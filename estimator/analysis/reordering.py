"""Another order of the main subgraph's operators in which the planned head is smaller.

List scheduling by memory: of the operators that could run next the one that leaves the fewest
live bytes comes first. What it finds is checked with TFLM's own lifetimes and planner.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from estimator.analysis.arena import ArenaMap
from estimator.analysis.lifetimes import ONLINE, Scratch, find_lifetimes
from estimator.analysis.planner import plan_greedy
from estimator.graph import DType, Graph, Op, Subgraph

MAXIMUM_OPERATORS = 2000
"""Larger graphs are not searched: the search is quadratic in the width of the graph."""
_STATEFUL = frozenset({"CALL_ONCE", "ASSIGN_VARIABLE", "READ_VARIABLE", "WHILE", "IF"})


def find_order(graph: Graph, arena: ArenaMap) -> tuple[tuple[int, ...], int] | None:
    """A better order and the head's bytes in it; None where there is none or none was found.

    Args:
        graph: the model.
        arena: its arena, planned by the greedy planner without prescribed offsets.
    """
    main = graph.main
    if not 2 < len(main.operators) <= MAXIMUM_OPERATORS or not _is_free(main):
        return None
    if any(buffer.offline_offset != ONLINE for buffer in arena.plan.buffers):
        return None
    best: tuple[tuple[int, ...], int] | None = None
    least = arena.plan.size_bytes
    for preference in (_least_after, _least_during):
        order = _Scheduler(main, arena, preference).order()
        if order is not None and order != tuple(range(len(order))):
            head = _head_bytes(graph, arena, order)
            if head < least:
                best, least = (order, head), head
    return best


def _is_free(subgraph: Subgraph) -> bool:
    """Whether operators talk through tensors alone."""
    return not any(
        op.name in _STATEFUL or any(subgraph.tensors[i].dtype is DType.RESOURCE
                                    for i in op.inputs if i >= 0)
        for op in subgraph.operators
    )  # fmt: skip


def _head_bytes(graph: Graph, arena: ArenaMap, order: tuple[int, ...]) -> int:
    main = replace(graph.main, operators=tuple(graph.main.operators[i] for i in order))
    reordered = replace(graph, subgraphs=(main, *graph.subgraphs[1:]))
    buffers = arena.plan.buffers
    position = {(0, old): new for new, old in enumerate(order)}
    scratch = [
        Scratch(b.subgraph, b.operator, b.what, b.size_bytes)
        for b in buffers if b.tensor is None and b.operator is not None
    ]  # fmt: skip
    scratch.sort(key=lambda s: position.get((s.subgraph, s.operator), len(order)))
    sizes = {(b.subgraph, b.tensor): b.size_bytes for b in buffers if b.tensor is not None}
    everything = {(s.index, t.index) for s in graph.subgraphs for t in s.tensors}
    lifetimes = find_lifetimes(reordered, scratch, frozenset(everything - sizes.keys()), (), sizes)
    return plan_greedy(lifetimes.buffers).size_bytes


_State = tuple[int, int, int]
"""(live bytes while an operator runs, live bytes after it, its index)."""


def _least_after(state: _State) -> tuple[int, int, int]:
    during, after, index = state
    return after, during, index


def _least_during(state: _State) -> tuple[int, int, int]:
    return state


class _Scheduler:
    """Picks one operator after the other."""

    def __init__(
        self, subgraph: Subgraph, arena: ArenaMap,
        preference: Callable[[_State], tuple[int, int, int]],
    ) -> None:  # fmt: skip
        self.operators = subgraph.operators
        self.preference = preference
        buffers = [b for b in arena.plan.buffers if b.subgraph == 0]
        self.size = {b.tensor: b.size_bytes for b in buffers if b.tensor is not None}
        self.scratch: dict[int, int] = {}
        for b in buffers:
            if b.tensor is None and b.operator is not None:
                self.scratch[b.operator] = self.scratch.get(b.operator, 0) + b.size_bytes
        self.readers: dict[int, int] = {}
        for op in self.operators:
            for tensor in set(op.inputs):
                self.readers[tensor] = self.readers.get(tensor, 0) + 1
        for tensor in subgraph.outputs:
            self.readers[tensor] = self.readers.get(tensor, 0) + 1
        self.live = sum(self.size.get(tensor, 0) for tensor in subgraph.inputs)

    def order(self) -> tuple[int, ...] | None:
        """The order found; None where there is no choice anywhere."""
        written = {tensor for op in self.operators for tensor in op.outputs}
        missing = {op.index: len(set(op.inputs) & written) for op in self.operators}
        users: dict[int, list[int]] = {}
        for op in self.operators:
            for tensor in set(op.inputs) & written:
                users.setdefault(tensor, []).append(op.index)
        ready = [index for index, count in missing.items() if count == 0]
        chosen: list[int] = []
        choice = False
        while ready:
            choice |= len(ready) > 1
            _, after, index = min(self._states(ready), key=self.preference)
            ready.remove(index)
            chosen.append(index)
            self.live = after
            op = self.operators[index]
            for tensor in set(op.inputs):
                self.readers[tensor] -= 1
            for tensor in op.outputs:
                for user in users.get(tensor, ()):
                    missing[user] -= 1
                    if missing[user] == 0:
                        ready.append(user)
        return tuple(chosen) if choice and len(chosen) == len(self.operators) else None

    def _states(self, ready: list[int]) -> Iterator[_State]:
        for index in ready:
            op = self.operators[index]
            outputs = sum(self.size.get(tensor, 0) for tensor in set(op.outputs))
            during = self.live + outputs + self.scratch.get(index, 0)
            yield during, self.live + outputs - self._freed(op), index

    def _freed(self, op: Op) -> int:
        inputs = sum(self.size.get(t, 0) for t in set(op.inputs) if self.readers[t] == 1)
        unread = sum(self.size.get(t, 0) for t in set(op.outputs) if not self.readers.get(t))
        return inputs + unread
