"""The models of a deployment don't fit the device together.

Why: with `sharing = "sequential"` the models run one after the other in one arena: the largest
arena counts, and all model files. With `sharing = "resident"` each keeps its own arena: all arenas
count. The runtime counts once; of the operators' code at least that of the largest firmware and at
most all of it counts, which makes the Flash an interval.

How to fix: make the largest model smaller, share the arena, or move a model to another device.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.budgets import Budget, Sharing, Standing
from estimator.checks._limits import size, with_reserve
from estimator.lint import DeviceRule, Problem, Severity, Subject
from estimator.quantity import Basis, Quantity


def check(budget: Budget, subjects: tuple[Subject, ...]) -> Iterator[Problem]:
    if budget.sharing is Sharing.ALONE or len(subjects) < 2:
        return
    board = subjects[0].estimate.board
    both = (
        ("SRAM", _sram(budget, subjects), budget.sram_bytes, board.capacity_bytes("sram")),
        ("Flash", _flash(budget, subjects), budget.flash_bytes, board.capacity_bytes("flash")),
    )
    for what, quantity, limit, capacity in both:
        bounds = [value for value in (limit, capacity) if value is not None]
        if not bounds:
            continue
        standing = budget.stands(quantity, min(bounds))
        if standing is Standing.UNKNOWN:
            yield Problem(
                f"the {what} of {len(subjects)} models together is unknown: {quantity.source}",
                subject=what,
            )
        elif standing is Standing.OVER:
            held = float(getattr(quantity, budget.hold.value))
            yield Problem(
                f"{len(subjects)} {budget.sharing.value} models need {size(held)} of {what} "
                f"together, more than {size(min(bounds))}",
                "the largest: " + _largest(subjects), subject=what,
            )  # fmt: skip


def _sram(budget: Budget, subjects: tuple[Subject, ...]) -> Quantity:
    arenas = [subject.estimate.arena for subject in subjects]
    if any(arena is None for arena in arenas):
        return Quantity.unknown("the arena of a model is unknown")
    sizes = [arena.minimum_bytes for arena in arenas if arena is not None]
    shared = sum(sizes) if budget.sharing is Sharing.RESIDENT else max(sizes)
    largest = max(subjects, key=lambda s: s.estimate.sram.total_bytes.high or 0)
    rest = largest.estimate.sram.total_bytes
    if rest.low is None or rest.best is None or rest.high is None:
        return rest
    arena = largest.estimate.arena
    assert arena is not None
    extra = shared - arena.minimum_bytes
    joined = Quantity(rest.low + extra, rest.best + extra, rest.high + extra, rest.basis)
    return with_reserve(joined, budget.reserve_sram_bytes)


def _flash(budget: Budget, subjects: tuple[Subject, ...]) -> Quantity:
    models = sum(subject.estimate.flash.model_bytes.best or 0 for subject in subjects)
    low = high = 0.0
    for subject in subjects:
        whole = subject.estimate.flash.total_bytes
        own = subject.estimate.flash.model_bytes.best or 0
        if whole.low is None or whole.high is None:
            return Quantity.unknown(whole.source)
        low, high = max(low, whole.low - own), high + whole.high - own
    joined = Quantity(models + low, models + low, models + high, Basis.BOUNDED)
    return with_reserve(joined, budget.reserve_flash_bytes)


def _largest(subjects: tuple[Subject, ...]) -> str:
    largest = max(subjects, key=lambda s: s.estimate.sram.total_bytes.high or 0)
    return largest.path


DEVICE_RULES = (DeviceRule("MCU109", "shared-device-over-budget", Severity.ERROR, check),)
