"""Fits latency to features, with the error on models held out and an interval from it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
from scipy.optimize import nnls
from scipy.stats import linregress
from scipy.stats import t as student

from estimator.analysis.latency import MODEL, predict, serves

CONFIDENCE = 0.90
_LEAST_SHARE = 0.02
"""A term's rate can be told from a sample of which it is at least this share."""
_LEAST_RESIDUALS = 3
"""Below this many held-out residuals a spread can't be told."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A measured model: its features and what was measured (ms)."""

    model: str
    features: Mapping[str, float]
    measured: float


Term = tuple[str, ...]
"""Features that share one rate."""


def fit_rates(samples: Sequence[Sample], terms: Sequence[Term]) -> dict[str, float]:
    """Non-negative rates per feature that minimise the sum of squared relative errors.

    Terms that make up next to nothing of every sample get no rate: noise would decide it.
    """
    used = [term for term in terms if any(_matters(s, term, terms) for s in samples)]
    if not used:
        return {}
    matrix = np.array(
        [[_amount(sample, term) / sample.measured for term in used] for sample in samples]
    )
    scale = matrix.max(axis=0)  # features differ by many orders of magnitude
    rates, _ = nnls(matrix / scale, np.ones(len(samples)))
    return {
        feature: float(rate / size)
        for term, rate, size in zip(used, rates, scale)
        if rate > 0
        for feature in term
    }


def _matters(sample: Sample, term: Term, terms: Sequence[Term]) -> bool:
    amount = _amount(sample, term)
    if len(terms) == 1 or MODEL in term or (MODEL,) in terms:
        return amount > 0
    return amount > _LEAST_SHARE * sum(_amount(sample, other) for other in terms)


def _amount(sample: Sample, term: Term) -> float:
    return sum(sample.features.get(feature, 0.0) for feature in term)


def held_out(samples: Sequence[Sample], terms: Sequence[Term]) -> list[float | None]:
    """What each sample is predicted to take by a fit to all others; None where it can't be."""
    return held_out_groups(samples, range(len(samples)), terms)


def held_out_groups(
    samples: Sequence[Sample], groups: Sequence[Hashable], terms: Sequence[Term]
) -> list[float | None]:
    """As held_out(), with all samples of a sample's group left out together."""
    rates = {
        group: fit_rates([s for s, other in zip(samples, groups) if other != group], terms)
        for group in set(groups)
    }
    return [_prediction(rates[group], s.features) for s, group in zip(samples, groups)]


def _prediction(rates: Mapping[str, float], found: Mapping[str, float]) -> float | None:
    value = predict(rates, found) if rates and serves(rates, found) else 0.0
    return value if value > 0 else None


def log_ratios(samples: Sequence[Sample], predictions: Sequence[float | None]) -> list[float]:
    """log(measured / predicted) of the samples that have a prediction."""
    return [
        log(sample.measured / value)
        for sample, value in zip(samples, predictions)
        if value is not None
    ]


def mean_error_percent(
    samples: Sequence[Sample], predictions: Sequence[float | None]
) -> float | None:
    """Mean of |predicted - measured| / measured, None without predictions."""
    errors = [
        abs(value / sample.measured - 1)
        for sample, value in zip(samples, predictions)
        if value is not None
    ]
    return 100 * sum(errors) / len(errors) if errors else None


def interval(
    residuals: Sequence[float], least: int = _LEAST_RESIDUALS
) -> tuple[float, float] | None:
    """(low, high) of measured / predicted that 90 % of unseen models should stay within.

    Student's t around 1, with the root mean square of the held-out log ratios; None where there
    are fewer of them than ``least``.
    """
    count = len(residuals)
    if count < least:
        return None
    spread = sqrt(sum(value * value for value in residuals) / count)
    width = float(student.ppf((1 + CONFIDENCE) / 2, count)) * spread
    return exp(-width), exp(width)


def r_squared(samples: Sequence[Sample], term: str) -> float | None:
    """r2 of the straight line of measured against one feature; None below three samples."""
    if len(samples) < 3:
        return None
    line = linregress([s.features[term] for s in samples], [s.measured for s in samples])
    return float(line.rvalue**2)
