"""The arena over time for the terminal: live bytes per step, the peak, and what lives there."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from estimator.analysis.arena import ArenaMap
from estimator.analysis.occupancy import alive_at, fragmentation_bytes, live_bytes, peak_step
from estimator.graph import Graph
from estimator.reports._escape import printable

_CELLS = 40
_TENSOR, _SCRATCH, _GAP = "█", "▒", "·"


def render(graph: Graph, arena: ArenaMap) -> RenderableType:
    """Steps with what of the head they fill, then the buffers alive at the peak."""
    plan = arena.plan
    peak = peak_step(plan)
    fragmented = fragmentation_bytes(plan)
    lines = [
        Text(f"head {arena.head_bytes:,} B: the plan of {len(plan.buffers)} buffers"),
        Text(f"tail {arena.tail_bytes:,} B: what persists"),
        Text(
            f"peak at step {peak} ({step_name(graph, arena, peak)}); "
            f"{fragmented:,} B of the head are fragmentation above the most live bytes"
        ),
    ]
    return Group(*lines, _steps(graph, arena, peak), Text(f"alive at step {peak}:"),
                 _buffers(arena, peak))  # fmt: skip


def step_name(graph: Graph, arena: ArenaMap, step: int) -> str:
    """The operator that runs at a step."""
    steps = arena.lifetimes.steps
    if step >= len(steps):
        return "?"
    subgraph, operator = steps[step]
    if operator is None:
        return "inputs" if subgraph == 0 else f"enters subgraph {subgraph}"
    return f"{printable(graph.subgraphs[subgraph].operators[operator].name)} {operator}"


def _steps(graph: Graph, arena: ArenaMap, peak: int) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading, justify in (("step", "right"), ("operator", "left"), ("live", "right")):
        table.add_column(heading, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    table.add_column(f"the head, 0 to {arena.head_bytes:,} B", no_wrap=True)
    for step, live in enumerate(live_bytes(arena.plan)):
        bar = _bar(arena, step)
        style = "bold yellow" if step == peak else ""
        table.add_row(str(step), step_name(graph, arena, step), f"{live:,}", bar, style=style)
    return table


def _bar(arena: ArenaMap, step: int) -> str:
    """One row of the picture: which part of the head tensors and scratch buffers fill."""
    cells = [_GAP] * _CELLS
    whole = max(arena.plan.size_bytes, 1)
    for index in alive_at(arena.plan, step):
        buffer, offset = arena.plan.buffers[index], arena.plan.offsets[index]
        first = offset * _CELLS // whole
        last = -(-(offset + buffer.size_bytes) * _CELLS // whole)
        mark = _SCRATCH if buffer.tensor is None else _TENSOR
        cells[max(first, 0) : min(last, _CELLS)] = mark * (min(last, _CELLS) - max(first, 0))
    return "".join(cells)


def _buffers(arena: ArenaMap, step: int) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("offset", "bytes", "steps"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("buffer", overflow="fold")
    for index in alive_at(arena.plan, step):
        buffer, offset = arena.plan.buffers[index], arena.plan.offsets[index]
        kind = "scratch: " if buffer.tensor is None else ""
        table.add_row(
            f"{offset:,}", f"{buffer.size_bytes:,}", f"{buffer.first_use} to {buffer.last_use}",
            Text(kind + printable(buffer.what)),
        )  # fmt: skip
    return table
