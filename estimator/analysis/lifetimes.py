"""Which buffers the arena's plan must hold, and when each of them lives.

Mirrors AllocationInfoBuilder in tensorflow/lite/micro/micro_allocation_info.cc (tflite-micro
90b983c2). Time is the allocation scope counter: 0 for the inputs of the main subgraph, then one
step per operator, with the subgraphs that control flow calls walked inline.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from estimator.geometry import round_up
from estimator.graph import Graph, Op, Subgraph
from estimator.opmodel import ARENA_ALIGNMENT

ONLINE = -1
"""kOnlinePlannedBuffer: the planner chooses the offset."""
NEVER = -1
"""kUninitializedLifetime: the walk never reached the buffer."""
MAXIMUM_STEPS = 250_000
"""A model whose control flow unrolls to more operators than this is not walked to its end."""

MAXIMUM_DEPTH = 100
"""Calls within calls that are followed; TFLM recurses on the device's stack."""


class Buffer(NamedTuple):
    """One entry of the memory plan.

    Attributes:
        subgraph: index of the subgraph that it belongs to.
        tensor: index of the tensor, or None for a scratch buffer.
        operator: index of the operator that owns the scratch buffer, else None.
        what: the tensor's name or the purpose of the scratch buffer.
        size_bytes: rounded up to the arena's alignment.
        first_use, last_use: steps, both inclusive.
        offline_offset: offset that the model prescribes, or ONLINE.
    """

    subgraph: int
    tensor: int | None
    operator: int | None
    what: str
    size_bytes: int
    first_use: int
    last_use: int
    offline_offset: int = ONLINE


class Scratch(NamedTuple):
    """A scratch buffer as an operator's Prepare requested it."""

    subgraph: int
    operator: int
    what: str
    size_bytes: int


class ControlFlowError(ValueError):
    """The subgraphs call each other without end, or unroll to too many steps."""


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """All buffers in the order in which TFLM hands them to the planner, and the steps they span.

    ``steps[t]`` is (subgraph, operator) that runs at time t; operator is None for the entry of a
    subgraph.
    """

    buffers: tuple[Buffer, ...]
    steps: tuple[tuple[int, int | None], ...]


def called_subgraphs(graph: Graph, op: Op) -> tuple[int, ...]:
    """The subgraphs that the walk enters at an operator.

    As TFLM does, it goes by the field builtin_code alone, which files of schema v3 lack.
    """
    if op.opcode_index < len(graph.operator_codes):
        code = graph.operator_codes[op.opcode_index]
        if code.extended_code == 0:
            return ()
    options = op.options or {}
    fields = {
        "IF": ("then_subgraph_index", "else_subgraph_index"),
        "WHILE": ("cond_subgraph_index", "body_subgraph_index"),
        "CALL_ONCE": ("init_subgraph_index",),
    }.get(op.name if not op.is_custom else "", ())
    indices = (options.get(name, 0) for name in fields)
    return tuple(index for index in indices if isinstance(index, int) and index != -1)


def find_lifetimes(
    graph: Graph,
    scratch: Sequence[Scratch] = (),
    unplanned: frozenset[tuple[int, int]] = frozenset(),
    offline_offsets: Sequence[int] = (),
    resized: Mapping[tuple[int, int], int] | None = None,
) -> Lifetimes:
    """Find every buffer to plan.

    Args:
        graph: the model.
        scratch: scratch buffers of all operators, in the order of their requests.
        unplanned: (subgraph, tensor) of tensors whose data pointer a kernel has set.
        offline_offsets: the model's OfflineMemoryAllocation, one offset per tensor of all
            subgraphs in order; empty where it has none.
        resized: (subgraph, tensor) -> bytes, where a kernel changes the file's shape.

    Raises:
        ControlFlowError: see there.
        IndexError: control flow names a subgraph that doesn't exist.
    """
    walk = _Walk(graph, scratch)
    walk.subgraph(0)
    resized = resized or {}
    buffers: list[Buffer] = []
    for subgraph in graph.subgraphs:
        times = walk.tensors[subgraph.index]
        for tensor in subgraph.tensors:
            size_bytes = resized.get((subgraph.index, tensor.index), tensor.size_bytes)
            offset = ONLINE
            if offline_offsets:
                offset = offline_offsets[walk.first_tensor[subgraph.index] + tensor.index]
            if tensor.is_variable:
                planned = offset != ONLINE
            else:
                has_data = tensor.is_constant or (subgraph.index, tensor.index) in unplanned
                planned = not has_data and size_bytes != 0
            if planned:
                first, last = times[tensor.index]
                size = round_up(size_bytes, ARENA_ALIGNMENT)
                buffers.append(
                    Buffer(
                        subgraph.index, tensor.index, None, tensor.name, size, first, last, offset
                    )
                )
    for request, (first, last) in zip(scratch, walk.scratch):
        size = round_up(request.size_bytes, ARENA_ALIGNMENT)
        buffers.append(
            Buffer(request.subgraph, None, request.operator, request.what, size, first, last)
        )
    return Lifetimes(tuple(buffers), tuple(walk.steps))


class _Walk:
    """MarkAllocationLifetimes: walks the operators in execution order, notes first and last use."""

    def __init__(self, graph: Graph, scratch: Sequence[Scratch]) -> None:
        self.graph = graph
        self.tensors = [[(NEVER, NEVER)] * len(s.tensors) for s in graph.subgraphs]
        self.scratch = [(NEVER, NEVER)] * len(scratch)
        self.requests: Mapping[tuple[int, int], list[int]] = _by_operator(scratch)
        self.steps: list[tuple[int, int | None]] = [(0, None)]
        self.active: list[int] = []
        self.first_tensor: list[int] = []
        count = 0
        for subgraph in graph.subgraphs:
            self.first_tensor.append(count)
            count += len(subgraph.tensors)

    @property
    def now(self) -> int:
        return len(self.steps) - 1

    def subgraph(self, index: int) -> None:
        if index in self.active:
            raise ControlFlowError(f"subgraph {index} calls itself")
        if len(self.active) > MAXIMUM_DEPTH:
            raise ControlFlowError(f"subgraphs call each other over {MAXIMUM_DEPTH} deep")
        self.active.append(index)
        subgraph = self.graph.subgraphs[index]
        times = self.tensors[index]
        for tensor in subgraph.inputs:
            self.create(times, tensor)
            self.use(times, tensor)
        for op in subgraph.operators:
            self.operator(subgraph, op, times)
        for tensor in subgraph.outputs:
            self.create(times, tensor)
            self.use(times, tensor)
        self.active.pop()

    def operator(self, subgraph: Subgraph, op: Op, times: list[tuple[int, int]]) -> None:
        self.step(subgraph.index, op.index)
        start = self.now
        for tensor in op.outputs:
            self.create(times, tensor)
        for called in called_subgraphs(self.graph, op):
            self.step(called, None)
            self.subgraph(called)
        for tensor in op.inputs:
            if tensor >= 0:
                self.use(times, tensor)
        for tensor in op.outputs:
            self.use(times, tensor)
        for request in self.requests.get((subgraph.index, op.index), ()):
            first, _ = self.scratch[request]
            self.scratch[request] = (start if first == NEVER else first, self.now)

    def step(self, subgraph: int, operator: int | None) -> None:
        if len(self.steps) > MAXIMUM_STEPS:
            raise ControlFlowError(f"the control flow unrolls to over {MAXIMUM_STEPS:,} steps")
        self.steps.append((subgraph, operator))

    def create(self, times: list[tuple[int, int]], tensor: int) -> None:
        first, last = times[tensor]
        if first == NEVER:
            times[tensor] = (self.now, last)

    def use(self, times: list[tuple[int, int]], tensor: int) -> None:
        times[tensor] = (times[tensor][0], self.now)


def _by_operator(scratch: Sequence[Scratch]) -> dict[tuple[int, int], list[int]]:
    found: dict[tuple[int, int], list[int]] = {}
    for index, request in enumerate(scratch):
        found.setdefault((request.subgraph, request.operator), []).append(index)
    return found
