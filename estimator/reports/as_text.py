"""An estimate as a table for people: every number with its basis, and its share of the board."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from estimator.estimation import Estimate, OperatorEstimate
from estimator.opmodel import Refusal
from estimator.quantity import Basis, Quantity
from estimator.reports._escape import printable

_BAR_CELLS = 16
_STYLES = {
    Basis.EXACT: "green", Basis.BOUNDED: "cyan", Basis.CALIBRATED: "yellow", Basis.UNKNOWN: "dim",
}  # fmt: skip


def render(estimate: Estimate, *, per_operator: bool = False) -> RenderableType:
    """One model's estimate; ``per_operator`` adds a table of its operators, by cost."""
    parts: list[RenderableType] = [_title(estimate)]
    if estimate.refusals:
        parts += [_refusals(estimate.refusals)]
    parts += [_numbers(estimate), *_notes(estimate)]
    if per_operator:
        parts.append(_operators(estimate))
    parts.append(Text())
    return Group(*parts)


def _title(estimate: Estimate) -> Text:
    board = estimate.board
    verdict, style = {
        True: ("accepted by TFLM", "green"),
        False: ("REFUSED by TFLM", "bold red"),
        None: ("acceptance unknown", "yellow"),
    }[estimate.accepted]
    title = Text(printable(estimate.name), style="bold")
    title.append(f"  on {board.title}, {estimate.runtime.kernels.value} kernels: ", "not bold")
    title.append(verdict, style)
    return title


def _refusals(refusals: tuple[Refusal, ...]) -> Table:
    table = Table(box=None, pad_edge=True, show_header=False)
    table.add_column(style="red", no_wrap=True)
    table.add_column()
    for refusal in refusals:
        place = refusal.operator_name or "model"
        if refusal.operator is not None:
            place += f" {refusal.operator}"
        text = Text(printable(f"{refusal.stage.value}: {refusal.reason}"))
        if refusal.fix:
            text.append(printable(f"; {refusal.fix}"))
        if refusal.source:
            text.append(printable(f" ({refusal.source})"), "dim")
        table.add_row(Text(printable(place)), text)
    return table


def _numbers(estimate: Estimate) -> Table:
    table = Table(box=None, pad_edge=True, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, kind, total, parts in (
        ("SRAM", "sram", estimate.sram.total_bytes, estimate.sram.parts),
        ("Flash", "flash", estimate.flash.total_bytes, estimate.flash.parts),
    ):
        table.add_row(*_memory_row(estimate, label, kind, total))
        for part, quantity in parts.items():
            table.add_row(f"  {part}", _size(quantity), _basis(quantity), "")
    latency, energy = estimate.latency.milliseconds, estimate.latency.millijoules
    table.add_row(
        Text("Latency", "bold"), _interval(latency, "ms"), _basis(latency), Text(latency.source)
    )
    if energy.known:
        table.add_row("  energy", _interval(energy, "mJ"), _basis(energy), Text(energy.source))
    work = estimate.work
    macs = f"{work.total_macs:,} MACs" + (" at least" if work.unknown else "")
    table.add_row(
        "  work", macs, "", f"{work.ops:,} ops; backbone {estimate.backbone.backbone.value}"
    )
    return table


def _memory_row(
    estimate: Estimate, label: str, kind: str, total: Quantity
) -> tuple[Text, Text, Text, Text]:
    capacity = estimate.board.capacity_bytes(kind)
    bar = Text(total.source if not total.known else "", "dim")
    if capacity and total.best is not None:
        share = total.best / capacity
        filled = min(round(share * _BAR_CELLS), _BAR_CELLS)
        style = "red" if share > 1 else "yellow" if share > 0.9 else "green"
        bar = Text("█" * filled, style)
        bar.append("░" * (_BAR_CELLS - filled), "dim")
        bar.append(f" {share:.0%} of {capacity / 1024:g} KiB", "bold red" if share > 1 else "")
    return Text(label, "bold"), Text(_size(total), "bold"), _basis(total), bar


def _size(quantity: Quantity) -> str:
    if quantity.best is None or quantity.low is None or quantity.high is None:
        return "unknown"
    if quantity.low != quantity.high:
        return f"{quantity.low:,.0f} to {quantity.high:,.0f} B"
    return f"{quantity.best:,.0f} B"


def _interval(quantity: Quantity, unit: str) -> Text:
    if quantity.best is None:
        return Text("unknown", "bold")
    return Text(f"{quantity.best:.3g} {unit} ({quantity.low:.3g} to {quantity.high:.3g})", "bold")


def _basis(quantity: Quantity) -> Text:
    return Text(quantity.basis.value, _STYLES[quantity.basis])


def _notes(estimate: Estimate) -> Iterator[Text]:
    if estimate.unknown:
        yield Text(printable(f"  not modelled yet: {', '.join(estimate.unknown)}"), "yellow")
    arena = estimate.arena
    if arena is None:
        return
    yield Text(
        f"  constexpr int kTensorArenaSize = {arena.minimum_bytes};  "
        f"arena_used_bytes() will answer {arena.used_bytes}",
        "bold",
    )
    if arena.minimum_bytes > -(-arena.used_bytes // 16) * 16:
        yield Text(
            f"  {arena.minimum_bytes - arena.used_bytes} B more than it uses in the end, because "
            f"AllocateTensors() needs room on the way: {printable(arena.limited_by)}",
            "dim",
        )


def _operators(estimate: Estimate) -> Table:
    table = Table(box=None, pad_edge=True)
    table.add_column("operator", no_wrap=True)
    table.add_column("kind", no_wrap=True)
    for heading in ("MACs", "instructions", "ms", "share", "persistent B", "scratch B"):
        table.add_column(heading, justify="right", no_wrap=True)
    for operator, share in by_cost(estimate):
        table.add_row(
            f"{printable(operator.name)} {operator.index}",
            operator.work.kind.value if operator.work else "?",
            _count(operator.work.macs if operator.work else None),
            _count(operator.instructions),
            "?" if operator.latency_ms is None else f"{operator.latency_ms:.3f}",
            "?" if share is None else f"{share:.1%}",
            _count(operator.persistent_bytes),
            _count(operator.scratch_bytes),
        )
    return table


def by_cost(estimate: Estimate) -> list[tuple[OperatorEstimate, float | None]]:
    """The operators with their share of the cost, the most expensive first.

    The cost is the latency, else the executed instructions, else the MACs; whichever is known of
    all operators of the main subgraph. Operators without one come last, with None.
    """
    main = [operator for operator in estimate.operators if operator.subgraph == 0]
    costs: list[float | None] = [operator.latency_ms for operator in main]
    if None in costs:
        costs = [operator.instructions for operator in main]
    if None in costs:
        costs = [float(operator.work.macs) if operator.work else None for operator in main]
    whole = sum(cost or 0.0 for cost in costs)
    shares = [None if cost is None or not whole else cost / whole for cost in costs]
    return sorted(zip(main, shares), key=lambda pair: -(pair[1] or 0.0))


def _count(number: float | None) -> str:
    return "?" if number is None else f"{number:,.0f}"
