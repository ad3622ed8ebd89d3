"""Joins arena, Flash, work and latency of one model on one target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from estimator.analysis.arena import ArenaMap, ArenaOptions, build_arena_map
from estimator.analysis.backbone import Recognised
from estimator.analysis.flash import FlashMap
from estimator.analysis.instructions import ModelInstructions
from estimator.analysis.latency import Latency
from estimator.analysis.lifetimes import ControlFlowError, find_lifetimes
from estimator.analysis.planner import plan_greedy, plan_linear
from estimator.analysis.tracing import Traces, plan_refusals
from estimator.analysis.work import ModelWork
from estimator.facts.board import Board
from estimator.facts.runtime import Runtime
from estimator.graph import Graph
from estimator.opmodel import Refusal, RequestKind, Stage, Work
from estimator.ops._variables import variables_after_prepare
from estimator.quantity import Basis, Quantity
from estimator.transport import light


@dataclass(frozen=True, slots=True)
class Sram:
    """SRAM of the whole firmware, in bytes; the parts add up to the total.

    Attributes:
        parts: label -> bytes: the arena (the smallest that works), the runtime's static RAM
            (.data and .bss) and, on a board, what its OS and stack take.
        total_bytes: unknown where a part is.
    """

    parts: Mapping[str, Quantity]
    total_bytes: Quantity


@light
@dataclass(frozen=True, slots=True)
class OperatorEstimate:
    """One operator of the model.

    Attributes:
        subgraph, index, name: where it stands and what it is.
        work: what one execution does; None where it isn't modelled.
        instructions: executed instructions; None where they can't be computed.
        latency_ms: best value; None where unknown.
        persistent_bytes, scratch_bytes: what it asks of the arena; None where unknown.
        tensors: names of its outputs.
    """

    subgraph: int
    index: int
    name: str
    work: Work | None
    instructions: float | None
    latency_ms: float | None
    persistent_bytes: int | None
    scratch_bytes: int | None
    tensors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one model needs on one target.

    Attributes:
        name: the model's path, or what the caller calls it.
        graph: the model.
        board, runtime: what it is estimated for.
        accepted: whether TFLM loads and runs it; None where that depends on what isn't modelled.
        refusals: all that TFLM would refuse, in the order in which it would meet them.
        unknown: what isn't modelled, in words.
        arena: None where TFLM refuses to allocate, or the arena is unknown.
        sram, flash: of the firmware.
        work, backbone: what one inference does.
        instructions: executed per inference.
        latency: time and energy of one inference.
        operators: all, in file order.
    """

    name: str
    graph: Graph
    board: Board
    runtime: Runtime
    accepted: bool | None
    refusals: tuple[Refusal, ...]
    unknown: tuple[str, ...]
    arena: ArenaMap | None
    sram: Sram
    flash: FlashMap
    work: ModelWork
    backbone: Recognised
    instructions: Quantity
    latency: Latency
    operators: tuple[OperatorEstimate, ...]


def plan_arena(
    graph: Graph, runtime: Runtime, traces: Traces, options: ArenaOptions
) -> tuple[ArenaMap | None, tuple[Refusal, ...]]:
    """The arena of a model, and what TFLM refuses while planning it.

    None where AllocateTensors() fails or the arena isn't known.
    """
    if traces.unknown or any(r.stage is not Stage.INVOKE for r in traces.refusals):
        return None, ()
    needed = len(variables_after_prepare(graph).handles)
    if options.resource_variables is None:
        options = replace(options, resource_variables=needed)
    elif options.resource_variables < needed:
        return None, (_too_few_variables(options.resource_variables, needed),)
    try:
        lifetimes = find_lifetimes(
            graph, traces.scratch(graph), traces.owned(graph), traces.offline_offsets,
            traces.resized(graph),
        )  # fmt: skip
    except ControlFlowError as error:
        fix = "TFLM can't run recursive control flow"
        return None, (Refusal(Stage.PLAN, str(error), fix, "micro_allocation_info.cc"),)
    planner = plan_linear if options.preserve_all_tensors else plan_greedy
    plan = planner(lifetimes.buffers)
    refused = plan_refusals(plan, linear=options.preserve_all_tensors)
    if refused:
        return None, refused
    arena = build_arena_map(
        graph, runtime.layout, traces.operators, plan, lifetimes, options, traces.offline_offsets
    )
    return arena, ()


def _too_few_variables(given: int, needed: int) -> Refusal:
    return Refusal(
        Stage.PREPARE,
        f"the model has {needed} resource variables, the application makes room for {given}",
        f"create MicroResourceVariables for {needed}", "micro_resource_variable.cc",
    )  # fmt: skip


def sum_sram(arena_bytes: int | None, static_bytes: Quantity, board: Board) -> Sram:
    """SRAM of the firmware: arena + static RAM of the runtime + overhead of the board."""
    parts = {
        "tensor arena": Quantity.exact(arena_bytes, "TFLM's allocations replayed")
        if arena_bytes is not None
        else Quantity.unknown("the arena is unknown: see the refusals"),
        "runtime (.data and .bss)": static_bytes,
    }
    if board.overhead_sram_bytes is not None:
        fact = board.overhead_sram_bytes
        parts["OS and stack"] = Quantity(
            fact.value, fact.value, fact.value, Basis.BOUNDED, fact.source
        )
    return Sram(parts, total(parts))


def total(parts: Mapping[str, Quantity]) -> Quantity:
    """The sum of quantities: unknown if one is, else as sure as the least sure of them."""
    for label, part in parts.items():
        if not part.known:
            return Quantity.unknown(f"{label}: {part.source}")
    order = (Basis.EXACT, Basis.BOUNDED, Basis.CALIBRATED)
    values = [(part.low or 0, part.best or 0, part.high or 0) for part in parts.values()]
    low, best, high = (sum(column) for column in zip(*values))
    basis = max((part.basis for part in parts.values()), key=order.index)
    return Quantity(low, best, high, basis, " + ".join(parts))


def refused_times(graph: Graph) -> tuple[ModelInstructions, Latency]:
    """Unknown where TFLM refuses the model: there is nothing to count or to time."""
    nothing = Quantity.unknown("TFLM refuses the model")
    per_operator = (None,) * len(graph.main.operators)
    return (
        ModelInstructions(per_operator, None, nothing),
        Latency(nothing, nothing, "", per_operator),
    )


def refused_flash(flash: FlashMap, refusals: tuple[Refusal, ...]) -> FlashMap:
    """No firmware where TFLM refuses the model; what its file holds stays known."""
    if not refusals:
        return flash
    nothing = Quantity.unknown("TFLM refuses the model")
    parts = {**flash.parts, "code": nothing}
    return replace(
        flash, code_bytes=nothing, static_bytes=nothing, total_bytes=nothing, parts=parts,
        code_parts={},
    )  # fmt: skip


def describe_operators(
    graph: Graph,
    traces: Traces,
    work: ModelWork,
    instructions: ModelInstructions,
    latency: Latency,
) -> tuple[OperatorEstimate, ...]:
    """One entry per operator, in file order."""
    works = {(entry.subgraph, entry.operator): entry.work for entry in
             (*work.operators, *work.conditional)}  # fmt: skip
    entries = []
    for (subgraph, op), trace in zip(graph.operators, traces.operators):
        requests = (*trace.parse, *trace.init, *trace.prepare)
        kinds = (RequestKind.BUILTIN, RequestKind.PERSISTENT)
        known = not trace.unknown and not trace.refusals
        timed = subgraph.index == 0 and op.index < len(latency.operator_milliseconds)
        entries.append(
            OperatorEstimate(
                subgraph.index, op.index, op.name, works.get((subgraph.index, op.index)),
                instructions.operators[op.index] if timed else None,
                latency.operator_milliseconds[op.index] if timed else None,
                sum(r.size_bytes for r in requests if r.kind in kinds) if known else None,
                sum(r.size_bytes for r in requests if r.kind is RequestKind.SCRATCH)
                if known else None,
                tuple(subgraph.tensors[index].name for index in op.outputs),
            )
        )  # fmt: skip
    return tuple(entries)
