"""Fits every way from features to latency that the measurements of a board allow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log

from estimator.analysis.latency import MACS, MODEL, OPS, features
from estimator.calibrating.fitting import (
    Sample,
    fit_rates,
    held_out,
    held_out_groups,
    interval,
    log_ratios,
    mean_error_percent,
    r_squared,
)
from estimator.calibrating.measurements import Measurement
from estimator.facts.calibration import Backbone, Calibration, Fit, FittedRow, Power
from estimator.opmodel import LayerKind

THROUGHPUT = "ops / throughput of the backbone"
OVERHEAD = "overhead + ops / throughput of the backbone"
KINDS = "rates per kind of layer"
ANY = "ops / throughput, all backbones"

Features = Callable[[Measurement], Mapping[str, float]]


def measured_features(row: Measurement) -> dict[str, float]:
    """The features that a published row gives by itself."""
    found = features(row.macs) if row.macs else {MODEL: 1.0}
    if row.ops is not None:
        found[OPS] = float(row.ops)
    return found


def calibrate_latency(
    rows: Iterable[Measurement], describe: Features = measured_features
) -> tuple[Calibration, ...]:
    """One calibration per board, kernel library and runtime, from rows that were measured."""
    groups: dict[tuple[str, str, str, str], list[Measurement]] = {}
    for row in rows:
        if not row.estimated and row.ops is not None:
            key = (row.board, row.core, row.kernels.value, row.runtime)
            groups.setdefault(key, []).append(row)
    return tuple(_calibration(group, describe) for _, group in sorted(groups.items()))


def _calibration(rows: Sequence[Measurement], describe: Features) -> Calibration:
    first = rows[0]
    return Calibration(
        name=f"{first.board}_{first.kernels.value}",
        board=first.board,
        core=first.core,
        kernels=first.kernels,
        runtime=first.runtime,
        sources=tuple(sorted({row.source for row in rows})),
        fits=tuple(_fits(rows, describe)),
        power=_power(rows),
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows with what the fit sees of them."""

    rows: tuple[Measurement, ...]
    samples: tuple[Sample, ...]

    @classmethod
    def of(cls, rows: Iterable[Measurement], describe: Features) -> _Rows:
        chosen = tuple(rows)
        samples = tuple(Sample(row.model, describe(row), row.latency_ms) for row in chosen)
        return cls(chosen, samples)


def _fits(rows: Sequence[Measurement], describe: Features) -> Iterable[Fit]:
    everything = _Rows.of(rows, describe)
    pooled = _fit(ANY, everything, (OPS,), None, by_backbone=True)
    for backbone in Backbone:
        own = _Rows.of((row for row in rows if row.backbone is backbone), describe)
        if not own.rows:
            continue
        for method, terms in ((THROUGHPUT, (OPS,)), (OVERHEAD, (MODEL, OPS))):
            fit = _fit(method, own, terms, pooled)
            if fit is not None:
                yield fit
        known = _Rows.of((row for row in own.rows if row.macs), describe)
        fit = _fit(KINDS, known, _kinds(known), None)
        if fit is not None:
            yield fit
    if pooled is not None:
        yield pooled


def _kinds(rows: _Rows) -> tuple[str, ...]:
    return tuple(
        MACS + kind.value for kind in LayerKind if any(row.macs.get(kind) for row in rows.rows)
    )


def _fit(
    method: str,
    data: _Rows,
    terms: Sequence[str],
    pooled: Fit | None,
    *,
    by_backbone: bool = False,
) -> Fit | None:
    """A fit, or None where there are too few rows for its terms or for an interval."""
    if len(data.rows) <= len(terms) - (len(terms) == 1):
        return None
    samples = data.samples
    if by_backbone:
        predictions = held_out_groups(samples, [row.backbone for row in data.rows], terms)
        source = "held-out backbones"
    else:
        predictions = held_out(samples, terms)
        source = "held-out models"
    ratio = interval(log_ratios(samples, predictions))
    if ratio is None and pooled is not None:
        ratio, source = pooled.ratio, "held-out backbones of the board: too few models of this one"
    rates = fit_rates(samples, terms)
    if ratio is None or not rates:
        return None
    ops = [round(sample.features[OPS]) for sample in samples]
    return Fit(
        method=method,
        backbones=tuple(b for b in Backbone if any(row.backbone is b for row in data.rows)),
        any_backbone=by_backbone,
        milliseconds_per=rates,
        leave_one_out_percent=mean_error_percent(samples, predictions),
        ratio=ratio,
        interval_source=source,
        ops=(min(ops), max(ops)),
        r2=r_squared(samples, OPS),
        rows=tuple(
            FittedRow(row.model, row.sha256, row.latency_ms, value)
            for row, value in zip(data.rows, predictions)
        ),
    )


def _power(rows: Sequence[Measurement]) -> Power | None:
    """Geometric mean of energy / latency; energies that look misprinted are left out."""
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
        rows=tuple(
            FittedRow(
                row.model, row.sha256, row.energy_mj or 0.0, row.latency_ms * exp(mean(i)) / 1e3
            )
            for i, row in enumerate(usable)
        ),
    )
