"""Thousands of candidate architectures a second: layers -> SRAM, Flash and latency, no file.

Each layer is traced once for each shape that it meets; a candidate then costs the replay of its
arena. All answers are those of :func:`estimator.estimate_graph` for the Graph of the same layers;
the size of the model file, which nobody has written yet, comes with an interval.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from estimator.analysis.arena import ROOMY_BYTES, ArenaOptions, Event, EventWriter, replay, smallest
from estimator.analysis.backbone import LayerNode, LayerType, layer_type, recognise_layers
from estimator.analysis.flash import application_flash, build_flash_map, firmware_image
from estimator.analysis.instructions import (
    ModelInstructions,
    operator_instructions,
    sum_instructions,
)
from estimator.analysis.latency import Latency
from estimator.analysis.lifetimes import Buffer
from estimator.analysis.planner import Plan, plan_greedy
from estimator.analysis.tracing import Traces, trace_operators
from estimator.analysis.work import ModelWork, OperatorWork, model_work, sum_work
from estimator.api import DEFAULT_TARGET, latency_on
from estimator.architecture import Layer, Lowered, Shape, Step, activation, steps
from estimator.estimation import sum_sram
from estimator.facts.board import load_board
from estimator.facts.calibration import load_instruction_costs
from estimator.facts.code_size import Build, Libc
from estimator.facts.layout import load_layout
from estimator.facts.runtime import Kernels, Layout, Runtime
from estimator.geometry import round_up
from estimator.graph import Graph, Subgraph, Tensor
from estimator.instructions import operator_loops
from estimator.opmodel import ARENA_ALIGNMENT, Refusal, RequestKind, Trace, Work
from estimator.ops import operators
from estimator.quantity import Basis, Quantity

BYTES_PER_TENSOR = (130, 285, 700)
"""Names, tables and padding of a .tflite file per tensor: (least, usual, most) of 37 models of
MLPerf Tiny, MicroNets and golden/models, from bare names to names and calibration ranges."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What one architecture needs.

    Attributes:
        refusals: what TFLM would refuse; where there are some, the other numbers are unknown.
        arena_bytes: the smallest arena that works, exact; None where unknown.
        sram_bytes, flash_bytes: of the whole firmware.
        model_bytes: of the .tflite file to come (see :func:`model_bytes`).
        milliseconds, millijoules: of one inference.
        macs: multiply-accumulates.
    """

    refusals: tuple[Refusal, ...]
    arena_bytes: int | None
    sram_bytes: Quantity
    flash_bytes: Quantity
    model_bytes: Quantity
    milliseconds: Quantity
    millijoules: Quantity
    macs: int


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of one operator with its shapes, wherever it stands."""

    traces: Traces
    trace: Trace
    prepare: tuple[Event, ...]
    scratch_bytes: tuple[int, ...]
    work: Work | None
    instructions: float | None
    layer: LayerType | None
    resolver: str
    content_bytes: int


class Evaluator:
    """Evaluates architectures for one input shape and target; keeps what it learns of layers.

    Args:
        input_shape: (1, height, width, channels) or (1, features), INT8.
        target, kernels, abi, build, libc: see :func:`estimator.estimate`.

    Raises:
        FactsError: there is no such target or ABI.
        ValueError: ``kernels``, ``build`` or ``libc`` is none of the known ones.
    """

    def __init__(
        self,
        input_shape: Shape,
        *,
        target: str = DEFAULT_TARGET,
        kernels: str = "cmsis-nn",
        abi: str | None = None,
        build: str = "release",
        libc: str = "nano",
    ) -> None:
        self.input = activation(tuple(input_shape))
        self.board = load_board(target)
        self.runtime = Runtime(
            Kernels(kernels), self.board.core, load_layout(abi or self.board.abi)
        )
        self.build, self.libc = Build(build), Libc(libc)
        self.costs = load_instruction_costs(self.runtime.core.name, self.runtime.kernels)
        self._known: dict[tuple[int, bool], tuple[Lowered, _Known]] = {}

    def evaluate(self, layers: Sequence[Layer]) -> Candidate:
        """SRAM, Flash and latency of an architecture.

        Raises:
            ValueError: a layer doesn't fit the shape that comes in; with its number.
        """
        found = steps(layers, self.input.shape)
        known = [self._operator(step) for step in found]
        graph = self._skeleton(found)
        content_bytes = sum(entry.content_bytes for entry in known)
        size = _file_bytes(content_bytes + _content_bytes((self.input,)), len(graph.main.tensors))
        refusals = tuple(refusal for entry in known for refusal in entry.traces.refusals)
        work = sum_work(tuple(
            OperatorWork(0, index, step.operator.op.name, entry.work)
            for index, (step, entry) in enumerate(zip(found, known))
        ))  # fmt: skip
        if refusals or any(entry.traces.unknown for entry in known):
            nothing = Quantity.unknown("TFLM refuses it, or it isn't modelled")
            return Candidate(
                refusals, None, nothing, nothing, size, nothing, nothing, work.total_macs
            )
        arena_bytes = self._arena(graph, found, known)
        methods = tuple(sorted({entry.resolver for entry in known}))
        image = firmware_image(self.runtime, self.build, self.libc, methods, ())
        flash = build_flash_map(size, image, methods, application_flash(self.board, None))
        latency = self._latency(found, known, work)
        return Candidate(
            (), arena_bytes, sum_sram(arena_bytes, flash.static_bytes, self.board).total_bytes,
            flash.total_bytes, size, latency.milliseconds, latency.millijoules, work.total_macs,
        )  # fmt: skip

    def _skeleton(self, found: Sequence[Step]) -> Graph:
        """Enough of a Graph to count by: its tensors and operators don't know their places."""
        tensors = [self.input]
        for step in found:
            tensors += step.operator.tensors[step.operator.inputs :]
        operators_ = tuple(step.operator.op for step in found)
        main = Subgraph(0, "", tuple(tensors), (0,), (len(tensors) - 1,), operators_)
        return Graph((main,))

    def _operator(self, step: Step) -> _Known:
        """Trace an operator alone, once."""
        key = (id(step.operator), step.entry)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._trace(step)
        return known[1]

    def _trace(self, step: Step) -> tuple[Lowered, _Known]:
        lowered, op = step.operator, step.operator.op
        inputs = tuple(range(lowered.inputs)) if step.entry else ()
        graph = Graph((Subgraph(0, "", lowered.tensors, inputs, op.outputs, (op,)),))
        traces = trace_operators(graph, self.runtime, operators())
        trace = traces.operators[0]
        writer = EventWriter(graph, self.runtime.layout, (trace,), Plan((), ()), ArenaOptions(), ())
        prepare = tuple(writer.prepare_of(graph.main, op, trace))
        work = model_work(graph, self.runtime, operators(), refused=bool(traces.refusals))
        instructions = None
        if self.costs is not None and not traces.refusals:
            instructions = operator_instructions(
                graph, graph.main, op, self.runtime, operator_loops(), self.costs
            )
        return lowered, _Known(
            traces, trace, prepare,
            tuple(r.size_bytes for r in trace.prepare if r.kind is RequestKind.SCRATCH),
            work.operators[0].work, instructions,
            layer_type(op, [lowered.tensors[index] for index in op.inputs]),
            operators()[op.name].resolver, _content_bytes(lowered.tensors[lowered.inputs :]),
        )  # fmt: skip

    def _arena(self, graph: Graph, found: Sequence[Step], known: Sequence[_Known]) -> int:
        """The smallest arena: lifetimes, plan and replay as of a file."""
        plan = plan_greedy(self._buffers(found, known))
        writer = _Replayed(graph, self.runtime.layout, [k.trace for k in known], plan, known)
        events = tuple(writer.events())
        return smallest(events, replay(events, ROOMY_BYTES), 0)[0]

    def _buffers(self, found: Sequence[Step], known: Sequence[_Known]) -> list[Buffer]:
        last = list(range(len(found) + 1))
        for now, step in enumerate(found, 1):
            for source in step.sources:
                last[source] = now
        last[-1] = len(found)
        sizes = [self.input.size_bytes, *(step.operator.output.size_bytes for step in found)]
        buffers = [
            Buffer(0, number, None, "", round_up(size, ARENA_ALIGNMENT), number, last[number])
            for number, size in enumerate(sizes)
        ]
        buffers += [
            Buffer(0, None, now - 1, "", round_up(size, ARENA_ALIGNMENT), now, now)
            for now, entry in enumerate(known, 1)
            for size in entry.scratch_bytes
        ]
        return buffers

    def _latency(self, found: Sequence[Step], known: Sequence[_Known], work: ModelWork) -> Latency:
        counts = tuple(entry.instructions for entry in known)
        if self.costs is None:
            instructions = ModelInstructions(counts, None, Quantity.unknown("never counted"))
        else:
            instructions = sum_instructions(work, counts, self.costs)
        origin: list[LayerNode | None] = [None]
        layers = []
        for step, entry in zip(found, known):
            node = next((n for s in step.sources if (n := origin[s]) is not None), None)
            if entry.layer is not None:
                node = LayerNode(entry.layer, step.operator.output.shape[-1], node)
                layers.append(node)
            origin.append(node)
        backbone = recognise_layers(layers, self.input.elements)
        return latency_on(self.board, self.runtime, work, backbone, instructions)


class _Replayed(EventWriter):
    """The script of a candidate, from what was written of its operators before."""

    def __init__(
        self, graph: Graph, layout: Layout, traces: Sequence[Trace], plan: Plan,
        known: Sequence[_Known],
    ) -> None:  # fmt: skip
        super().__init__(graph, layout, traces, plan, ArenaOptions(), ())
        self.known = known

    def _prepare(self) -> Iterator[Event]:
        for entry in self.known:
            yield from entry.prepare
            self.scratch_count += len(entry.scratch_bytes)
            yield self._requests_in_head()


def model_bytes(graph: Graph) -> Quantity:
    """The size of the .tflite file of a graph that no converter has written yet.

    Constants and quantization parameters are counted (12 B per scale and zero point), the rest
    comes from what files of known models take per tensor.
    """
    tensors = graph.main.tensors
    return _file_bytes(_content_bytes(tensors), len(tensors))


def _content_bytes(tensors: Sequence[Tensor]) -> int:
    content = sum(len(tensor.data) for tensor in tensors if tensor.data is not None)
    scales = (len(t.quantization.scales) for t in tensors if t.quantization is not None)
    return content + 12 * sum(scales)


def _file_bytes(content_bytes: int, tensors: int) -> Quantity:
    least, usual, most = (content_bytes + count * tensors for count in BYTES_PER_TENSOR)
    return Quantity(least, usual, most, Basis.CALIBRATED, "content + what files take per tensor")
