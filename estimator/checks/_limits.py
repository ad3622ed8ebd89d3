"""What the rules on budgets share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from estimator.analysis.occupancy import alive_at, peak_step
from estimator.budgets import Standing, known_part
from estimator.estimation import total
from estimator.lint import Subject, short
from estimator.opmodel import Stage
from estimator.quantity import Basis, Quantity


def with_reserve(quantity: Quantity, reserve_bytes: int) -> Quantity:
    """A quantity and what the rest of the application takes."""
    if not reserve_bytes:
        return quantity
    return total({"firmware": quantity, "reserve": Quantity.exact(reserve_bytes, "configured")})


def sram(subject: Subject) -> Quantity:
    """SRAM of the firmware with the reserve, bytes."""
    return with_reserve(subject.estimate.sram.total_bytes, subject.budget.reserve_sram_bytes)


def flash(subject: Subject) -> Quantity:
    """Flash of the firmware with the reserve, bytes."""
    return with_reserve(subject.estimate.flash.total_bytes, subject.budget.reserve_flash_bytes)


def at_least(subject: Subject, what: str) -> float:
    """What ``SRAM`` or ``Flash`` comes to at least, where the total is unknown; bytes."""
    estimate, budget = subject.estimate, subject.budget
    if what == "SRAM":
        return known_part(estimate.sram.parts.values()) + budget.reserve_sram_bytes
    if what == "Flash":
        return known_part(estimate.flash.parts.values()) + budget.reserve_flash_bytes
    return 0.0


def arena(subject: Subject) -> Quantity:
    """The smallest arena that works, bytes."""
    found = subject.estimate.arena
    if found is None:
        return Quantity.unknown("the arena is unknown")
    return Quantity.exact(found.minimum_bytes, "TFLM's allocations replayed")


def size(value: float) -> str:
    """Bytes for people: exact, with thousands separators."""
    return f"{value:,.0f} B"


def milliseconds(value: float) -> str:
    return f"{value:.4g} ms"


def millijoules(value: float) -> str:
    return f"{value:.4g} mJ"


def limits(subject: Subject) -> Iterator[tuple[str, Quantity, float, Callable[[float], str]]]:
    """(what, quantity, limit, how to write it) of every limit of the subject's budget."""
    budget, latency = subject.budget, subject.estimate.latency
    entries: tuple[tuple[str, Quantity, float | None, Callable[[float], str]], ...] = (
        ("arena", arena(subject), budget.arena_bytes, size),
        ("SRAM", sram(subject), budget.sram_bytes, size),
        ("Flash", flash(subject), budget.flash_bytes, size),
        ("latency", latency.milliseconds, budget.latency_ms, milliseconds),
        ("energy", latency.millijoules, budget.energy_mj, millijoules),
    )
    for what, quantity, limit, write in entries:
        if limit is not None:
            yield what, quantity, limit, write


def over(subject: Subject, which: str) -> Iterator[tuple[Quantity, float, str]]:
    """(quantity, limit, message) where a limit is exceeded."""
    for what, quantity, limit, write in limits(subject):
        standing = subject.budget.stands(quantity, limit)
        if what == which and standing is Standing.OVER:
            yield quantity, limit, _message(subject, what, quantity, limit, write)
        elif what == which and is_over_anyway(subject, what, quantity, limit):
            known = write(at_least(subject, what))
            yield (
                quantity,
                limit,
                f"{what} of at least {known} exceeds the budget of {write(limit)}",
            )


def is_over_anyway(subject: Subject, what: str, quantity: Quantity, limit: float) -> bool:
    """Whether the known part of an unknown sum is over a limit already."""
    return not quantity.known and at_least(subject, what) > limit


def _message(
    subject: Subject, what: str, quantity: Quantity, limit: float, write: Callable[[float], str]
) -> str:
    budget = subject.budget
    held = float(getattr(quantity, budget.hold.value))
    text = f"{what} {write(held)} exceeds the budget of {write(limit)} by {write(held - limit)}"
    if quantity.low != quantity.high:
        assert quantity.low is not None and quantity.high is not None
        text += (
            f" ({budget.hold.value} end of {write(quantity.low)} to {write(quantity.high)}, "
            f"{quantity.basis.value})"
        )
        if quantity.low <= limit:
            text += "; the interval straddles the limit"
    return text


def parts(values: dict[str, Quantity] | None, reserve_bytes: int = 0) -> str:
    """Such as ``: tensor arena 22,000 B + runtime 72 B``."""
    entries = [
        f"{label} {size(part.best)}" for label, part in (values or {}).items()
        if part.best is not None and part.basis is not Basis.UNKNOWN
    ]  # fmt: skip
    if reserve_bytes:
        entries.append(f"reserve {size(reserve_bytes)}")
    return " + ".join(entries)


def peak(subject: Subject) -> tuple[int | None, int | None, str]:
    """Subgraph and operator at which most of the head is alive, and a text that names them."""
    found = subject.estimate.arena
    if found is None or not found.plan.buffers:
        return None, None, ""
    step = peak_step(found.plan)
    subgraph, operator = found.lifetimes.steps[step]
    alive = [found.plan.buffers[index] for index in alive_at(found.plan, step)[:3]]
    text = ", ".join(f"{short(buffer.what)} {size(buffer.size_bytes)}" for buffer in alive)
    where = "at the start"
    if operator is not None:
        name = subject.estimate.graph.subgraphs[subgraph].operators[operator].name
        where = f"at operator {operator} {name}"
    return subgraph, operator, f"most is alive {where}: {text}"


def cannot_allocate(subject: Subject) -> bool:
    """Whether TFLM refuses the model before it runs (then there is nothing to budget)."""
    return any(refusal.stage is not Stage.INVOKE for refusal in subject.estimate.refusals)
