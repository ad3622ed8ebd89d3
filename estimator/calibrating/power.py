"""Fits a board's active power to measured energies."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log

from estimator.calibrating.fitting import interval
from estimator.calibrating.measurements import Measurement
from estimator.facts.calibration import FittedRow, Power


def fit_power(rows: Sequence[Measurement]) -> Power | None:
    """Geometric mean of energy / latency; energies that look misprinted are left out.

    None where no energy was measured.
    """
    usable = [row for row in rows if row.energy_mj and "energy_mj" not in row.doubtful]
    if not usable:
        return None
    logs = [log((row.energy_mj or 0.0) / row.latency_ms * 1e3) for row in usable]

    def mean(skip: int | None = None) -> float:
        kept = [value for index, value in enumerate(logs) if index != skip or len(logs) == 1]
        return sum(kept) / len(kept)

    errors = [value - mean(index) for index, value in enumerate(logs)]
    spread = interval(errors) or (exp(min(errors)), exp(max(errors)))
    return Power(
        active_mw=exp(mean()),
        ratio=spread,
        error_percent=100 * sum(abs(exp(-e) - 1) for e in errors) / len(errors),
        models=len(usable),
        rows=tuple(
            FittedRow(
                row.model, row.sha256, row.energy_mj or 0.0, row.latency_ms * exp(mean(i)) / 1e3
            )
            for i, row in enumerate(usable)
        ),
    )
