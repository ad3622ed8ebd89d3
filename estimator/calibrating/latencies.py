"""Fits every way from features to latency that the measurements of a board allow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt

from estimator.analysis.latency import KIND_INSTRUCTIONS, MACS, MODEL, OPS
from estimator.calibrating.fitting import (
    Sample,
    Term,
    fit_rates,
    held_out,
    held_out_groups,
    interval,
    log_ratios,
    mean_error_percent,
    r_squared,
)
from estimator.calibrating.measurements import Measurement
from estimator.calibrating.power import fit_power
from estimator.facts.calibration import Backbone, Calibration, Fit, FittedRow
from estimator.opmodel import LayerKind

THROUGHPUT = "ops / throughput"
OVERHEAD = "overhead + ops / throughput"
KINDS = "rates per kind of layer"
INSTRUCTIONS = "executed instructions"
FIRST_APART = "executed instructions, first convolution apart"
ANY = "ops / throughput, all backbones"

_DENSE = (LayerKind.FULLY_CONNECTED, LayerKind.RECURRENT)
"""Kinds whose weights are read once per inference, so that memory decides their speed."""
_REST = tuple(kind for kind in LayerKind if kind not in (*_DENSE, LayerKind.FIRST_CONV))
_ENOUGH_RESIDUALS = 5
"""With fewer held-out models of its own, a fit's interval is that of its method on all boards."""

Features = Callable[[Measurement], Mapping[str, float]]


def _term(*kinds: LayerKind) -> Term:
    return tuple(KIND_INSTRUCTIONS + kind.value for kind in kinds)


_DENSE_TERM = _term(*_DENSE)
_INSTRUCTION_TERMS: Mapping[str, tuple[Term, ...]] = {
    INSTRUCTIONS: (_term(LayerKind.FIRST_CONV, *_REST), _DENSE_TERM),
    FIRST_APART: (_term(LayerKind.FIRST_CONV), _term(*_REST), _DENSE_TERM),
}


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of one board, kernel library and runtime, with what the fits see of them."""

    rows: tuple[Measurement, ...]
    samples: tuple[Sample, ...]

    @classmethod
    def of(cls, rows: Iterable[Measurement], describe: Features) -> _Rows:
        chosen = tuple(rows)
        return cls(
            chosen, tuple(Sample(row.model, describe(row), row.latency_ms) for row in chosen)
        )

    def having(self, *prefixes: str) -> _Rows:
        """Those with a feature that starts with one of the prefixes."""
        pairs = [
            (row, sample)
            for row, sample in zip(self.rows, self.samples)
            if any(name.startswith(prefixes) for name in sample.features)
        ]
        return _Rows(tuple(row for row, _ in pairs), tuple(sample for _, sample in pairs))

    def of_backbone(self, backbone: Backbone) -> _Rows:
        pairs = [pair for pair in zip(self.rows, self.samples) if pair[0].backbone is backbone]
        return _Rows(tuple(row for row, _ in pairs), tuple(sample for _, sample in pairs))

    @property
    def backbones(self) -> tuple[Backbone, ...]:
        return tuple(b for b in Backbone if any(row.backbone is b for row in self.rows))


def calibrate_latency(rows: Iterable[Measurement], describe: Features) -> tuple[Calibration, ...]:
    """One calibration per board, kernel library and runtime, from rows that were measured.

    Args:
        rows: the measurements; those marked as estimated are left out.
        describe: the features of a measurement's model.
    """
    groups: dict[tuple[str, str, str, str], list[Measurement]] = {}
    for row in rows:
        if not row.estimated and row.ops is not None:
            key = (row.board, row.core, row.kernels.value, row.runtime)
            groups.setdefault(key, []).append(row)
    builds = [_Rows.of(group, describe) for _, group in sorted(groups.items())]
    pools = _pooled_residuals(builds)
    return tuple(_calibration(build, builds, pools) for build in builds)


def _calibration(
    build: _Rows, builds: Sequence[_Rows], pools: Mapping[str, Sequence[float]]
) -> Calibration:
    first = build.rows[0]
    return Calibration(
        name=f"{first.board}_{first.kernels.value}",
        board=first.board,
        core=first.core,
        clock_hz=first.clock_mhz * 1e6 if first.clock_mhz else None,
        kernels=first.kernels,
        runtime=first.runtime,
        sources=tuple(sorted({row.source for row in build.rows})),
        fits=(*_by_operations(build, pools), *_by_instructions(build, builds, pools)),
        power=fit_power(build.rows),
    )


# ---- from operations and kinds of layers ------------------------------------------------------


def _by_operations(build: _Rows, pools: Mapping[str, Sequence[float]]) -> Iterable[Fit]:
    pooled = _over_all_backbones(build)
    for backbone in build.backbones:
        for method, data, terms in _operation_ways(build, backbone):
            predictions = held_out(data.samples, terms)
            found = _interval(log_ratios(data.samples, predictions), pools.get(method, ()))
            rates = fit_rates(data.samples, terms)
            if found is not None and rates:
                yield _describe(method, data, rates, predictions, *found, any_backbone=False)
    if pooled is not None:
        yield pooled


def _operation_ways(
    build: _Rows, backbone: Backbone
) -> Iterable[tuple[str, _Rows, tuple[Term, ...]]]:
    """(method, rows, terms) that a backbone has enough models for: two per term."""
    own = build.of_backbone(backbone)
    known = own.having(MACS)
    kinds = tuple((MACS + kind.value,) for kind in LayerKind if _uses(known, kind))
    yield THROUGHPUT, own, ((OPS,),)
    for method, data, terms in ((OVERHEAD, own, ((MODEL,), (OPS,))), (KINDS, known, kinds)):
        if len(data.rows) >= 2 * len(terms):
            yield method, data, terms


def _uses(build: _Rows, kind: LayerKind) -> bool:
    return any(row.macs.get(kind) for row in build.rows)


def _over_all_backbones(build: _Rows) -> Fit | None:
    """One throughput for all, with the error on held-out backbones."""
    terms = ((OPS,),)
    groups = [row.backbone for row in build.rows]
    predictions = held_out_groups(build.samples, groups, terms)
    ratio = interval(log_ratios(build.samples, predictions))
    if ratio is None:
        return None
    rates = fit_rates(build.samples, terms)
    return _describe(ANY, build, rates, predictions, ratio, "held-out backbones", any_backbone=True)


def _describe(
    method: str,
    data: _Rows,
    rates: Mapping[str, float],
    predictions: Sequence[float | None],
    ratio: tuple[float, float],
    source: str,
    *,
    any_backbone: bool,
) -> Fit:
    ops = [round(sample.features[OPS]) for sample in data.samples]
    return Fit(
        method=method,
        backbones=data.backbones,
        any_backbone=any_backbone,
        milliseconds_per=rates,
        leave_one_out_percent=mean_error_percent(data.samples, predictions),
        ratio=ratio,
        ratio_of={},
        interval_source=source,
        ops=(min(ops), max(ops)),
        r2=r_squared(data.samples, OPS),
        models=len(data.rows),
        rows=tuple(
            FittedRow(row.model, row.sha256, row.latency_ms, value)
            for row, value in zip(data.rows, predictions)
        ),
    )


# ---- from executed instructions ---------------------------------------------------------------


def _pooled_residuals(builds: Sequence[_Rows]) -> dict[str, list[float]]:
    """Held-out log ratios of each method over all builds."""
    pools: dict[str, list[float]] = {}
    for build in builds:
        known = build.having(KIND_INSTRUCTIONS)
        ways = [
            (method, known, terms)
            for method, terms in _INSTRUCTION_TERMS.items()
            if _enough(known, terms)
        ]
        for backbone in build.backbones:
            ways += _operation_ways(build, backbone)
        for method, data, terms in ways:
            found = log_ratios(data.samples, held_out(data.samples, terms))
            pools.setdefault(method, []).extend(found)
    return pools


def _enough(known: _Rows, terms: Sequence[Term]) -> bool:
    """Two models per rate that is not that of dense layers, which have models of their own."""
    return sum(not _is_dense(sample) for sample in known.samples) >= 2 * (len(terms) - 1)


def _by_instructions(
    build: _Rows, builds: Sequence[_Rows], pools: Mapping[str, Sequence[float]]
) -> Iterable[Fit]:
    known = build.having(KIND_INSTRUCTIONS)
    for method, terms in _INSTRUCTION_TERMS.items():
        if not _enough(known, terms):
            continue
        predictions = held_out(known.samples, terms)
        found = _interval(log_ratios(known.samples, predictions), pools.get(method, ()))
        if found is None:
            continue
        rates = fit_rates(known.samples, terms)
        fit = _describe(method, known, rates, predictions, *found, any_backbone=False)
        fit = _with_dense(fit, known, builds)
        yield fit
        if method is INSTRUCTIONS:
            yield _for_any_backbone(fit, known, terms)


def _interval(
    own: Sequence[float], pool: Sequence[float]
) -> tuple[tuple[float, float], str] | None:
    """The interval from a build's residuals; with few of them at least that of all builds."""
    from_own, from_pool = interval(own, least=2), interval(pool)
    if from_own is not None and len(own) >= _ENOUGH_RESIDUALS:
        return from_own, "held-out models"
    if from_pool is None:
        return None
    if from_own is not None and from_own[1] > from_pool[1]:
        return from_own, "held-out models, few"
    return from_pool, "held-out models of all boards: too few of this one"


def _for_any_backbone(fit: Fit, known: _Rows, terms: Sequence[Term]) -> Fit:
    """The same rates for backbones that were never measured, by how held-out backbones do."""
    groups = [row.backbone for row in known.rows]
    ratio = interval(log_ratios(known.samples, held_out_groups(known.samples, groups, terms)))
    source = "held-out backbones"
    if ratio is None or ratio[1] < fit.ratio[1]:
        ratio, source = fit.ratio, fit.interval_source
    return replace(fit, any_backbone=True, ratio=ratio, interval_source=source)


def _with_dense(fit: Fit, known: _Rows, builds: Sequence[_Rows]) -> Fit:
    """Add what is known of dense layers: they rest on few measurements, or on other builds."""
    rows = [row for row, sample in zip(known.rows, known.samples) if _is_dense(sample)]
    if rows:
        rounding = min(row.resolution_ms / row.latency_ms for row in rows)
        factor = fit.ratio[1] * (1 + rounding)
        return replace(fit, ratio_of=dict.fromkeys(_DENSE_TERM, (1 / factor, factor)))
    return _transferred(fit, known, builds)


def _is_dense(sample: Sample) -> bool:
    total = sum(n for name, n in sample.features.items() if name.startswith(KIND_INSTRUCTIONS))
    return 2 * sum(sample.features.get(name, 0.0) for name in _DENSE_TERM) > total


def _transferred(fit: Fit, known: _Rows, builds: Sequence[_Rows]) -> Fit:
    """Dense layers where none was measured on this build.

    They lie between what the build takes for the other kinds and what other builds on the same
    core take for dense ones: the middle, with an interval that holds both.
    """
    own = fit.milliseconds_per.get(_term(*_REST)[0])
    others = [
        rate
        for other in builds
        if other.rows[0].core == known.rows[0].core and other.rows[0].board != known.rows[0].board
        for rate in [_dense_rate(other, known)]
        if rate is not None
    ]
    if own is None or not others:
        return fit
    low, high = min(own, *others), max(own, *others)
    factor = sqrt(high / low) * fit.ratio[1]
    rates = {**fit.milliseconds_per, **dict.fromkeys(_DENSE_TERM, sqrt(low * high))}
    return replace(
        fit, milliseconds_per=rates, ratio_of=dict.fromkeys(_DENSE_TERM, (1 / factor, factor))
    )


def _dense_rate(other: _Rows, known: _Rows) -> float | None:
    """Milliseconds per instruction of another build's dense layers, at this build's clock."""
    clocks = (other.rows[0].clock_mhz, known.rows[0].clock_mhz)
    if clocks[0] is None or clocks[1] is None:
        return None
    rates = fit_rates(other.having(KIND_INSTRUCTIONS).samples, _INSTRUCTION_TERMS[INSTRUCTIONS])
    dense = rates.get(_DENSE_TERM[0])
    return None if dense is None else dense * clocks[0] / clocks[1]
