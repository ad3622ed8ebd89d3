"""The tensor arena byte by byte: what arena_used_bytes() answers, and the smallest that works.

Mirrors MicroAllocator and SingleArenaBufferAllocator in tensorflow/lite/micro (tflite-micro
90b983c2): the tail grows down with what persists, the head holds first the scratch requests and
temporary tensors of Prepare, then the planner's working space, then the plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from estimator.analysis.lifetimes import ONLINE, Lifetimes
from estimator.analysis.planner import Plan
from estimator.facts.runtime import Layout
from estimator.geometry import round_up
from estimator.graph import Graph, Op, Subgraph, Tensor
from estimator.opmodel import ARENA_ALIGNMENT, Request, RequestKind, Trace
from estimator.ops._compression import allocate_compressed_tensors_list

MAXIMUM_SCRATCH_PER_OPERATOR = 12
"""kMaxScratchBuffersPerOp in micro_allocator.cc."""
_PLANNER_BYTES_PER_BUFFER = 40
"""GreedyMemoryPlanner::per_buffer_size(): BufferRequirements, two ints, ListEntry and an offset."""


ROOMY_BYTES = 1 << 60
"""An arena in which nothing fails: more than files of any size can ask for."""
_ZERO_POINTS = "zero points"
_PADDING = "alignment padding"


class Region(str, Enum):
    """The two ends of the arena."""

    HEAD = "head"
    TAIL = "tail"


class Part(NamedTuple):
    """A labelled range of the arena; parts neither overlap nor leave gaps.

    Attributes:
        region: head or tail.
        label: what it is for.
        size_bytes: its size.
        subgraph, operator: owner where it has one.
    """

    region: Region
    label: str
    size_bytes: int
    subgraph: int | None = None
    operator: int | None = None


@dataclass(frozen=True, slots=True)
class ArenaOptions:
    """How the application sets up the interpreter.

    Attributes:
        preserve_all_tensors: the linear planner in place of the greedy one.
        recording: RecordingMicroInterpreter in place of MicroInterpreter.
        resource_variables: the number given to MicroResourceVariables::Create(); None for as many
            as the model needs, 0 for no MicroResourceVariables.
        misalignment_bytes: how far the arena's end lies above a multiple of 16.
    """

    preserve_all_tensors: bool = False
    recording: bool = False
    resource_variables: int | None = None
    misalignment_bytes: int = 0


@dataclass(frozen=True, slots=True)
class ArenaMap:
    """The arena of one model.

    Attributes:
        used_bytes: what arena_used_bytes() answers.
        minimum_bytes: the smallest arena, a multiple of 16, in which AllocateTensors() succeeds.
        head_bytes, tail_bytes: the two ends; their sum is used_bytes.
        parts: partition of the used bytes.
        plan, lifetimes: what lies in the head, when and where.
        limited_by: the moment that needs minimum_bytes.
    """

    used_bytes: int
    minimum_bytes: int
    head_bytes: int
    tail_bytes: int
    parts: tuple[Part, ...]
    plan: Plan
    lifetimes: Lifetimes
    limited_by: str


class Move(Enum):
    """What happens to the allocator."""

    PERSISTENT = "persistent"
    PERSISTENT_LATER = "persistent, and written when no temporary matters any more"
    TEMP = "temp"
    TEMP_UNREAD = "temp that nothing reads"
    RESET = "reset"  # of the temporaries, then the head is resized; TFLM ignores a failure
    PLAN = "plan"  # the planner's working space
    COMMIT = "commit"  # the head becomes the plan


class Event(NamedTuple):
    """One step of the allocator; sizes and alignments are bytes."""

    move: Move
    size_bytes: int
    alignment: int
    label: str
    subgraph: int | None = None
    operator: int | None = None


@dataclass(frozen=True, slots=True)
class _Outcome:
    """Where the allocator ends up in an arena of a given size.

    Attributes:
        head, tail: bytes in use at either end.
        needed: the size that the most demanding moment needs, of those at which TFLM gives up.
        needed_by: that moment.
        needed_by_head: the same of the resizes of the head, whose failure TFLM ignores.
        parts: the tail's partition.
    """

    head: int
    tail: int
    needed: int
    needed_by: str
    needed_by_head: int
    parts: tuple[Part, ...]


def replay(events: Sequence[Event], size: int, *, label: bool = False) -> _Outcome:
    """Replay the events in an arena of ``size`` bytes, until the end or the first failure.

    ``label`` asks for the tail's partition.

    Mirrors SingleArenaBufferAllocator; positions count from the arena's aligned start. ``live`` is
    the end of the temporaries whose content matters: TFLM checks a persistent allocation against
    ``head`` only, so that it may overwrite temporaries, and a kernel that reads them again fails.
    """
    # Members are looked up once: attributes of an Enum are slow.
    persistent, later, temporary, unread, reset, planning = (
        Move.PERSISTENT, Move.PERSISTENT_LATER, Move.TEMP, Move.TEMP_UNREAD, Move.RESET, Move.PLAN,
    )  # fmt: skip
    head = temp = live = needed = needed_by_head = 0
    tail, needed_by = size, ""
    parts: list[Part] = []
    for move, bytes_, alignment, what, subgraph, operator in events:
        if move is persistent or move is later:
            start = (tail - bytes_) // alignment * alignment
            room = start - (live if move is persistent else head)
            if room >= 0:
                if label and tail - start > bytes_:
                    parts.append(Part(Region.TAIL, _PADDING, tail - start - bytes_))
                if label:
                    parts.append(Part(Region.TAIL, what, bytes_, subgraph, operator))
                tail = start
        elif move is temporary or move is unread:
            start = -(-temp // alignment) * alignment
            room = tail - start - bytes_
            if room >= 0:
                temp = start + bytes_
                live = temp if move is temporary else live
        elif move is reset:
            if tail >= bytes_:
                head = bytes_
            needed_by_head = max(needed_by_head, size - tail + bytes_)
            temp = live = head
            continue
        elif move is planning:
            if not bytes_:  # GetAvailableMemory may be negative then: AllocateTemp passes it
                continue
            room = tail // ARENA_ALIGNMENT * ARENA_ALIGNMENT - round_up(temp, ARENA_ALIGNMENT)
            room -= bytes_
        else:
            room = tail - bytes_
            head = temp = live = bytes_
        if size - room > needed:
            needed, needed_by = size - room, what
        if room < 0:
            break
    return _Outcome(head, size - tail, needed, needed_by, needed_by_head, tuple(parts))


def build_arena_map(
    graph: Graph,
    layout: Layout,
    traces: Sequence[Trace],
    plan: Plan,
    lifetimes: Lifetimes,
    options: ArenaOptions,
    offline_offsets: Sequence[int] = (),
) -> ArenaMap:
    """Replay TFLM's allocations.

    Args:
        graph: a model that TFLM accepts.
        layout: struct sizes.
        traces: what each operator asks for, in the order of ``graph.operators``.
        plan, lifetimes: the memory plan and what it was made from.
        options: the application's set-up.
        offline_offsets: the model's OfflineMemoryAllocation, as given to find_lifetimes().
    """
    events = tuple(EventWriter(graph, layout, traces, plan, options, offline_offsets).events())
    used = replay(events, ROOMY_BYTES + options.misalignment_bytes, label=True)
    minimum, limit = smallest(events, used, options.misalignment_bytes)
    return ArenaMap(
        used_bytes=used.head + used.tail,
        minimum_bytes=minimum,
        head_bytes=used.head,
        tail_bytes=used.tail,
        parts=(*_head_parts(plan), *used.parts),
        plan=plan,
        lifetimes=lifetimes,
        limited_by=limit,
    )


def smallest(events: Sequence[Event], roomy: _Outcome, misalignment: int) -> tuple[int, str]:
    """The smallest working size and what limits it.

    What a roomy run needs at most is enough. Less can be enough as well: where the head can't be
    resized after an operator TFLM carries on with the old one, so that later moments need less.
    """
    needed = max(roomy.needed, roomy.needed_by_head) - misalignment
    size, limit = round_up(needed, ARENA_ALIGNMENT), roomy.needed_by
    while True:
        smaller = size - ARENA_ALIGNMENT
        if roomy.needed_by_head <= smaller + misalignment < roomy.needed:
            return size, limit
        outcome = replay(events, smaller + misalignment)
        if outcome.needed > smaller + misalignment:
            return size, limit
        size, limit = smaller, outcome.needed_by


def _head_parts(plan: Plan) -> Iterator[Part]:
    """The head at the step where most of it is taken is not a partition over time; as one part."""
    if plan.size_bytes:
        yield Part(Region.HEAD, "intermediate tensors and scratch buffers", plan.size_bytes)


class EventWriter:
    """Writes the script of allocations of one model."""

    def __init__(
        self,
        graph: Graph,
        layout: Layout,
        traces: Sequence[Trace],
        plan: Plan,
        options: ArenaOptions,
        offline_offsets: Sequence[int],
    ) -> None:
        self.graph, self.layout, self.traces = graph, layout, traces
        self.plan, self.options, self.offline_offsets = plan, options, offline_offsets
        self.scratch_count = 0
        self.temporaries: dict[int, tuple[Event, ...]] = {}

    def events(self) -> Iterator[Event]:
        yield from self._construction()
        yield from self._model()
        for name in ("parse", "init"):
            for (subgraph, op), trace in zip(self.graph.operators, self.traces):
                for request in getattr(trace, name):
                    yield self._persistent(request, subgraph.index, op.index)
        yield from self._prepare()
        yield from self._planning()
        for tensors in (self.graph.main.inputs, self.graph.main.outputs):
            yield from self._interface(tensors)

    def _struct(self, name: str, count: int = 1, alignment: int | None = None) -> Event:
        size = self.layout.size_of(name) * count
        return Event(Move.PERSISTENT, size, alignment or self.layout.align_of(name), name)

    def _construction(self) -> Iterator[Event]:
        prefix = "Recording" if self.options.recording else ""
        yield self._struct(f"{prefix}SingleArenaBufferAllocator")
        linear = self.options.preserve_all_tensors
        yield self._struct("LinearMemoryPlanner" if linear else "GreedyMemoryPlanner")
        yield self._struct(f"{prefix}MicroAllocator")
        if self.options.resource_variables:
            variable = "MicroResourceVariables::MicroResourceVariable"
            yield self._struct("MicroResourceVariables", 1, ARENA_ALIGNMENT)
            yield self._struct(variable, self.options.resource_variables, ARENA_ALIGNMENT)

    def _model(self) -> Iterator[Event]:
        yield self._struct("MicroBuiltinDataAllocator")
        yield self._requests_in_head()
        yield self._struct("SubgraphAllocations", len(self.graph.subgraphs))
        for request in allocate_compressed_tensors_list(self.graph, self.layout).requests:
            yield Event(Move.PERSISTENT, request.size_bytes, request.alignment, request.what)
        for subgraph in self.graph.subgraphs:
            yield self._struct("TfLiteEvalTensor", len(subgraph.tensors))
        for subgraph in self.graph.subgraphs:
            yield self._struct("NodeAndRegistration", len(subgraph.operators))

    def _requests_in_head(self) -> Event:
        count = self.scratch_count + MAXIMUM_SCRATCH_PER_OPERATOR
        size = self.layout.size_of("internal::ScratchBufferRequest") * count
        return Event(Move.RESET, size, 1, "scratch buffer requests")

    def _prepare(self) -> Iterator[Event]:
        for (subgraph, op), trace in zip(self.graph.operators, self.traces):
            yield from self.prepare_of(subgraph, op, trace)
            yield self._requests_in_head()

    def prepare_of(self, subgraph: Subgraph, op: Op, trace: Trace) -> Iterator[Event]:
        """What one operator's Prepare does to the allocator."""
        for request in trace.prepare:
            if request.kind is RequestKind.PERSISTENT:
                yield self._persistent(request, subgraph.index, op.index)
            elif request.kind is RequestKind.TEMP:
                yield from self._temporary(request, subgraph.tensors)
            elif request.kind is RequestKind.SCRATCH:
                self.scratch_count += 1

    def _persistent(self, request: Request, subgraph: int, operator: int) -> Event:
        return Event(
            Move.PERSISTENT, request.size_bytes, request.alignment, request.what, subgraph, operator
        )

    def _temporary(self, request: Request, tensors: Sequence[Tensor]) -> tuple[Event, ...]:
        if request.tensor is None:
            return (Event(Move.TEMP, request.size_bytes, request.alignment, request.what),)
        tensor = tensors[request.tensor]
        scales = _scale_count(tensor)
        known = self.temporaries.get(scales)
        if known is None:
            known = self.temporaries[scales] = tuple(
                # Kernels read params.zero_point instead of the array.
                event._replace(move=Move.TEMP_UNREAD if event.label == _ZERO_POINTS else Move.TEMP)
                for event in self._tensor(tensor)
            )
        return known

    def _tensor(self, tensor: Tensor) -> Iterator[Event]:
        """InitializeTfLiteTensorFromFlatbuffer: the struct, and what quantization adds to it."""
        yield self._struct("TfLiteTensor")
        scales = _scale_count(tensor)
        if scales:
            yield self._struct("TfLiteAffineQuantization")
            array = self.layout.size_of("TfLiteIntArray") + 4 * scales
            alignment = self.layout.align_of("TfLiteIntArray")
            yield Event(Move.PERSISTENT, array, alignment, _ZERO_POINTS)

    def _planning(self) -> Iterator[Event]:
        if self.scratch_count:
            yield self._struct("ScratchBufferHandle", self.scratch_count)
        pointer = self.layout.pointer_bytes
        subgraphs = self.graph.subgraphs
        yield Event(Move.TEMP, pointer * len(subgraphs), pointer, "subgraph offsets")
        entries = sum(len(subgraph.tensors) for subgraph in subgraphs) + self.scratch_count
        info = self._struct("AllocationInfo", entries)
        yield info._replace(move=Move.TEMP, label="planning: allocation info")
        for subgraph in subgraphs:
            for tensor in subgraph.tensors:
                # AllocateVariables looks the offset up by the index in the subgraph, although the
                # offsets of all subgraphs stand in one list.
                offsets = self.offline_offsets
                online = not offsets or offsets[tensor.index] == ONLINE
                if tensor.is_variable and online:
                    yield Event(
                        Move.PERSISTENT_LATER, tensor.size_bytes, ARENA_ALIGNMENT,
                        "variable tensors", subgraph.index,
                    )  # fmt: skip
        buffers = 0 if self.options.preserve_all_tensors else len(self.plan.buffers)
        yield Event(
            Move.PLAN, buffers * _PLANNER_BYTES_PER_BUFFER, ARENA_ALIGNMENT,
            "planning: the planner's working space",
        )  # fmt: skip
        yield Event(Move.COMMIT, self.plan.size_bytes, ARENA_ALIGNMENT, "the plan")

    def _interface(self, tensors: Sequence[int]) -> Iterator[Event]:
        size = self.layout.pointer_bytes * len(tensors)
        yield Event(Move.PERSISTENT, size, ARENA_ALIGNMENT, "input and output pointers")
        for index in tensors:
            yield from self._tensor(self.graph.main.tensors[index])


def _scale_count(tensor: Tensor) -> int:
    """Scales of a tensor that TFLM takes for quantized, 0 for any other."""
    quantization = tensor.quantization
    return len(quantization.scales) if quantization is not None and tensor.is_quantized else 0
