"""The models of a deployment don't fit the device together.

Why: with `sharing = "sequential"` the models run one after the other in one arena: the largest
arena counts, and all model files. With `sharing = "resident"` each keeps its own arena: all arenas
count. The runtime counts once, and so does the code of operators that several models use.

How to fix: make the largest model smaller, share the arena, or move a model to another device.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.analysis.sharing import joint_flash, joint_sram
from estimator.budgets import Budget, Sharing, Standing
from estimator.checks._limits import size, with_reserve
from estimator.lint import DeviceRule, Problem, Severity, Subject
from estimator.quantity import Quantity


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
    estimates = [subject.estimate for subject in subjects]
    arenas = [e.arena for e in estimates if e.arena is not None]
    if len(arenas) < len(subjects):
        return Quantity.unknown("the arena of a model is unknown")
    resident = budget.sharing is Sharing.RESIDENT
    joint = joint_sram(arenas, [e.sram.total_bytes for e in estimates], resident=resident)
    return with_reserve(joint, budget.reserve_sram_bytes)


def _flash(budget: Budget, subjects: tuple[Subject, ...]) -> Quantity:
    maps = [subject.estimate.flash for subject in subjects]
    joint = joint_flash(maps, subjects[0].estimate.runtime)
    return with_reserve(joint, budget.reserve_flash_bytes)


def _largest(subjects: tuple[Subject, ...]) -> str:
    largest = max(subjects, key=lambda s: s.estimate.sram.total_bytes.high or 0)
    return largest.path


DEVICE_RULES = (DeviceRule("MCU109", "shared-device-over-budget", Severity.ERROR, check),)
