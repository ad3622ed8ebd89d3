"""Which board holds a set of models: all boards side by side, the smallest that fits first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from estimator.api import estimate_graph
from estimator.budgets import Budget, Standing, known_part
from estimator.estimation import Estimate
from estimator.facts.board import Board, board_names, load_board
from estimator.opmodel import OperatorModel
from estimator.quantity import Quantity
from estimator.reading import open_model, read


class Verdict(str, Enum):
    """Whether a board holds the models."""

    FITS = "fits"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    TOO_SMALL = "too small"
    OVER_BUDGET = "over budget"


@dataclass(frozen=True, slots=True)
class BoardFit:
    """The models on one board.

    Attributes:
        board: the board.
        sram, flash: of the largest firmware (each model in a firmware of its own), bytes.
        latency: of the slowest model.
        verdict: the worst over all models.
        reason: what the verdict rests on, "" where it fits.
    """

    board: Board
    sram: Quantity
    flash: Quantity
    latency: Quantity
    energy: Quantity
    verdict: Verdict
    reason: str

    def headroom(self, kind: str) -> float | None:
        """Free bytes of ``sram`` or ``flash`` at the high end; None where unknown."""
        needed = (self.sram if kind == "sram" else self.flash).high
        capacity = self.board.capacity_bytes(kind)
        return None if needed is None or capacity is None else capacity - needed


def fit(
    models: Sequence[Path],
    limits: Budget,
    *,
    boards: Iterable[str] | None = None,
    custom: dict[str, OperatorModel] | None = None,
) -> tuple[BoardFit, ...]:
    """Every board with its verdict: those that fit first, of these the smallest first.

    Args:
        models: files; each is a firmware of its own, the worst counts.
        limits: budgets as filters, with reserve and kernel library.
        boards: names; None for all that have memory (bare cores have none).
        custom: custom operators that the application registers.

    Raises:
        EstimatorError: a model or board can't be read.
    """
    graphs = []
    for path in models:
        view = open_model(path)
        graphs.append((str(path), read(view, str(path)), view))
    names = board_names() if boards is None else tuple(boards)
    fits = []
    for board in map(load_board, names):
        if board.is_bare_core:
            continue
        estimates = [
            estimate_graph(graph, name=name, target=board.name, kernels=limits.kernels,
                           custom=custom, data=view)
            for name, graph, view in graphs
        ]  # fmt: skip
        judged = [(*_judge(board, limits, estimate), estimate.name) for estimate in estimates]
        verdict, reason, name = max(judged, key=lambda entry: list(Verdict).index(entry[0]))
        if reason and len(models) > 1:
            reason = f"{name}: {reason}"
        fits.append(
            BoardFit(
                board,
                _worst([e.sram.total_bytes for e in estimates]),
                _worst([e.flash.total_bytes for e in estimates]),
                _worst([e.latency.milliseconds for e in estimates]),
                _worst([e.latency.millijoules for e in estimates]),
                verdict, reason,
            )
        )  # fmt: skip
    return tuple(sorted(fits, key=_order))


def _judge(board: Board, limits: Budget, estimate: Estimate) -> tuple[Verdict, str]:
    """The verdict on one model; the first reason that applies."""
    if estimate.refusals:
        return Verdict.REFUSED, estimate.refusals[0].reason
    unknown = ""
    for what, quantity, least, limit, verdict in _bounds(board, limits, estimate):
        standing = limits.stands(quantity, limit)
        if standing is Standing.OVER or (standing is Standing.UNKNOWN and least > limit):
            return verdict, what
        if standing is Standing.UNKNOWN and not unknown:
            unknown = f"{what} is unknown: {quantity.source}"
    return (Verdict.UNKNOWN, unknown) if unknown else (Verdict.FITS, "")


def _bounds(
    board: Board, limits: Budget, estimate: Estimate
) -> Iterator[tuple[str, Quantity, float, float, Verdict]]:
    """(what, quantity, what it is at least, limit, verdict if over) of every limit."""
    sram, flash = estimate.sram, estimate.flash
    sizes = (
        ("sram", sram.total_bytes, sram.parts, limits.sram_bytes, limits.reserve_sram_bytes),
        ("flash", flash.total_bytes, flash.parts, limits.flash_bytes, limits.reserve_flash_bytes),
    )
    for what, quantity, parts, limit, reserve in sizes:
        least = known_part(parts.values())
        capacity = board.capacity_bytes(what)
        if capacity is not None:
            yield what, quantity, least, capacity - reserve, Verdict.TOO_SMALL
        if limit is not None:
            yield what, quantity, least, limit - reserve, Verdict.OVER_BUDGET
    latency = estimate.latency
    if limits.latency_ms is not None:
        yield "latency", latency.milliseconds, 0.0, limits.latency_ms, Verdict.OVER_BUDGET
    if limits.energy_mj is not None:
        yield "energy", latency.millijoules, 0.0, limits.energy_mj, Verdict.OVER_BUDGET


def _worst(quantities: Sequence[Quantity]) -> Quantity:
    """The one with the highest high end; unknown if one is."""
    for quantity in quantities:
        if not quantity.known:
            return quantity
    return max(quantities, key=lambda quantity: quantity.high or 0.0)


def _order(entry: BoardFit) -> tuple[int, int, int, str]:
    """Verdict, then SRAM, then Flash of the board."""
    sram = entry.board.capacity_bytes("sram") or 0
    flash = entry.board.capacity_bytes("flash") or 0
    return list(Verdict).index(entry.verdict), sram, flash, entry.board.name
