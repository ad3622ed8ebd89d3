"""The headline numbers of a model in a deployment, each with its limit."""

from __future__ import annotations

from dataclasses import dataclass

from estimator.budgets import Standing
from estimator.estimation import total
from estimator.lint import Subject
from estimator.quantity import Quantity


@dataclass(frozen=True, slots=True)
class Number:
    """One number.

    Attributes:
        name, unit: such as ``sram`` and ``bytes``.
        quantity: its interval and basis.
        limit: of the budget; None without one.
        capacity: of the board; None where it has none.
        standing: against the limit; None without one.
    """

    name: str
    unit: str
    quantity: Quantity
    limit: float | None
    capacity: float | None
    standing: Standing | None

    @property
    def bound(self) -> float | None:
        """The lower of limit and capacity."""
        bounds = [value for value in (self.limit, self.capacity) if value is not None]
        return min(bounds, default=None)

    def text(self) -> str:
        """Such as ``47,104 B`` or ``12.1 ms (10.8 to 13.9)``; ``unknown``."""
        low, best, high = self.quantity.low, self.quantity.best, self.quantity.high
        if low is None or best is None or high is None:
            return "unknown"
        if low == high:
            return write(best, self.unit)
        return f"{write(best, self.unit)} ({write(low, '')} to {write(high, '')})"


def write(value: float, unit: str) -> str:
    """Bytes exact with thousands separators, other units to four digits."""
    if unit == "B":
        return f"{value:,.0f} B"
    text = f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"
    return f"{text} {unit}".rstrip()


def numbers(subject: Subject) -> tuple[Number, ...]:
    """Arena, SRAM, Flash, latency and energy; SRAM and Flash with the budget's reserve."""
    estimate, budget = subject.estimate, subject.budget
    arena = Quantity.unknown("the arena is unknown")
    if estimate.arena is not None:
        arena = Quantity.exact(estimate.arena.minimum_bytes, "TFLM's allocations replayed")
    sram = _reserved(estimate.sram.total_bytes, budget.reserve_sram_bytes)
    flash = _reserved(estimate.flash.total_bytes, budget.reserve_flash_bytes)
    capacity = estimate.board.capacity_bytes
    rows: tuple[tuple[str, str, Quantity, float | None, float | None], ...] = (
        ("arena", "B", arena, budget.arena_bytes, None),
        ("sram", "B", sram, budget.sram_bytes, capacity("sram")),
        ("flash", "B", flash, budget.flash_bytes, capacity("flash")),
        ("latency", "ms", estimate.latency.milliseconds, budget.latency_ms, None),
        ("energy", "mJ", estimate.latency.millijoules, budget.energy_mj, None),
    )
    return tuple(
        Number(n, u, q, limit, room, None if limit is None else budget.stands(q, limit))
        for n, u, q, limit, room in rows
    )


def _reserved(quantity: Quantity, reserve_bytes: int) -> Quantity:
    if not reserve_bytes:
        return quantity
    return total({"firmware": quantity, "reserve": Quantity.exact(reserve_bytes, "configured")})
