"""The pipeline: bytes -> Graph -> traces -> plan -> arena, Flash, work, latency -> Estimate."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from estimator.analysis.arena import ArenaOptions
from estimator.analysis.backbone import Recognised, recognise
from estimator.analysis.flash import estimate_flash
from estimator.analysis.instructions import ModelInstructions, model_instructions
from estimator.analysis.latency import ClockedCore, Latency, estimate_latency
from estimator.analysis.tracing import trace_operators
from estimator.analysis.work import ModelWork, model_work
from estimator.estimation import (
    Estimate,
    describe_operators,
    plan_arena,
    refused_flash,
    refused_times,
    sum_sram,
)
from estimator.facts.board import DEFAULT as DEFAULT_TARGET
from estimator.facts.board import Board, board_names, load_board
from estimator.facts.calibration import (
    Backbone,
    calibrations_for,
    load_calibrations,
    load_instruction_costs,
)
from estimator.facts.code_size import Build, Libc
from estimator.facts.layout import load_layout
from estimator.facts.runtime import Kernels, Runtime
from estimator.graph import Graph
from estimator.instructions import operator_loops
from estimator.opmodel import OperatorModel
from estimator.ops import operators
from estimator.quantity import Quantity
from estimator.reading import custom_operator_name, open_model, read

__all__ = [
    "DEFAULT_TARGET", "ArenaOptions", "Board", "Estimate", "estimate", "estimate_graph",
    "load_board", "target_names",
]  # fmt: skip


def target_names() -> tuple[str, ...]:
    """The names of the boards and bare cores that ``target`` takes."""
    return board_names()


def estimate(
    model: str | Path | bytes | memoryview,
    *,
    target: str = DEFAULT_TARGET,
    kernels: str = "cmsis-nn",
    abi: str | None = None,
    options: ArenaOptions | None = None,
    backbone: str | None = None,
    custom: Mapping[str, OperatorModel] | None = None,
    build: str = "release",
    libc: str = "nano",
    application_flash_bytes: int | None = None,
) -> Estimate:
    """Estimate what a model needs under TFLM.

    Args:
        model: path to a .tflite file, or its bytes.
        target: name of a board or bare core, or path to a board's .toml file.
        kernels: ``cmsis-nn`` or ``reference``.
        abi: layout of TFLM's structs; None for the target's.
        options: how the application sets up the interpreter.
        backbone: names the model's backbone; None to recognise it.
        custom: custom operators that the application registers, by their custom code.
        build: ``release`` or ``default``, how TFLM is compiled (code size).
        libc: ``nano`` or ``full``, the C library linked (code size).
        application_flash_bytes: the application's own Flash, in place of the board's figure.

    Raises:
        ModelError: the model can't be read.
        FactsError: there is no such target or ABI, or its file is malformed.
        ValueError: ``kernels``, ``backbone``, ``build`` or ``libc`` is none of the known ones.
    """
    if isinstance(model, (str, Path)):
        name, data = str(model), open_model(Path(model))
    else:
        name, data = "model", memoryview(model)
    return estimate_graph(
        read(data, name), name=name, target=target, kernels=kernels, abi=abi, options=options,
        backbone=backbone, custom=custom, data=data, build=build, libc=libc,
        application_flash_bytes=application_flash_bytes,
    )  # fmt: skip


def estimate_graph(
    graph: Graph,
    *,
    name: str = "model",
    target: str = DEFAULT_TARGET,
    kernels: str = "cmsis-nn",
    abi: str | None = None,
    options: ArenaOptions | None = None,
    backbone: str | None = None,
    custom: Mapping[str, OperatorModel] | None = None,
    data: memoryview | None = None,
    build: str = "release",
    libc: str = "nano",
    application_flash_bytes: int | None = None,
) -> Estimate:
    """Estimate a graph; see :func:`estimate`. ``data`` is its file, None where there is none."""
    board = load_board(target)
    runtime = Runtime(Kernels(kernels), board.core, load_layout(abi or board.abi))
    models: Mapping[str, OperatorModel] = operators()
    if custom:
        models = {**models, **{custom_operator_name(code): custom[code] for code in custom}}

    traces = trace_operators(graph, runtime, models)
    arena, plan_refusals = plan_arena(graph, runtime, traces, options or ArenaOptions())
    refusals = traces.refusals + plan_refusals
    flash = estimate_flash(
        graph, data, runtime, board, name, build=Build(build), libc=Libc(libc),
        application_bytes=application_flash_bytes, models=models,
    )  # fmt: skip
    flash = refused_flash(flash, refusals)
    work = model_work(graph, runtime, models, refused=bool(refusals))
    found = Recognised(Backbone(backbone), "named by the user") if backbone else recognise(graph)
    if refusals:
        instructions, latency = refused_times(graph)
    else:
        instructions, latency = _times(graph, board, runtime, work, found)
    return Estimate(
        name=name,
        graph=graph,
        board=board,
        runtime=runtime,
        accepted=False if refusals else traces.accepted,
        refusals=refusals,
        unknown=tuple(f"{op}: {stage.value}" for op, stage in dict.fromkeys(traces.unknown)),
        arena=arena,
        sram=sum_sram(arena.minimum_bytes if arena else None, flash.static_bytes, board),
        flash=flash,
        work=work,
        backbone=found,
        instructions=instructions.total,
        latency=latency,
        operators=describe_operators(graph, traces, work, instructions, latency),
    )


def _times(
    graph: Graph, board: Board, runtime: Runtime, work: ModelWork, found: Recognised
) -> tuple[ModelInstructions, Latency]:
    """Executed instructions, time and energy of a model that TFLM accepts."""
    costs = load_instruction_costs(runtime.core.name, runtime.kernels)
    instructions = model_instructions(graph, runtime, work, operator_loops(), costs)
    return instructions, latency_on(board, runtime, work, found, instructions)


def latency_on(
    board: Board,
    runtime: Runtime,
    work: ModelWork,
    found: Recognised,
    instructions: ModelInstructions,
) -> Latency:
    """Time and energy on a board, with all that is known of it."""
    core = ClockedCore(
        board.core.name, board.clock_hz.value if board.clock_hz else None,
        board.cycles_per_instruction, board.cycles_source,
    )  # fmt: skip
    power = board.active_power_mw
    # What was measured on the board, with int8 models, or on all boards of the same core.
    calibrations = (
        calibrations_for(board.name, runtime.kernels) if work.is_int8 else load_calibrations()
    )
    return estimate_latency(
        work,
        found,
        calibrations,
        board=board.name,
        kernels=runtime.kernels,
        core=core,
        instructions=instructions,
        active_mw=Quantity.exact(power.value, power.source) if power is not None else None,
    )
