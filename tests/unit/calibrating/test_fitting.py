"""Fitting, holding out and intervals, on numbers whose answer is known."""

from __future__ import annotations

from math import exp, log

import pytest

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

PAIRS = [(1.0, 5.0), (4.0, 2.0), (9.0, 1.0), (3.0, 7.0)]
EXACT = [
    Sample(f"m{index}", {"a": a, "b": b}, 2.0 * a + 3.0 * b) for index, (a, b) in enumerate(PAIRS)
]
TERMS = (("a",), ("b",))


def test_exact_data_gives_the_exact_rates() -> None:
    assert fit_rates(EXACT, TERMS) == pytest.approx({"a": 2.0, "b": 3.0})


def test_features_of_one_term_share_a_rate() -> None:
    samples = [Sample("m", {"a": 1.0, "b": 3.0}, 8.0), Sample("n", {"a": 2.0, "b": 2.0}, 8.0)]
    assert fit_rates(samples, (("a", "b"),)) == pytest.approx({"a": 2.0, "b": 2.0})


def test_rates_are_never_negative() -> None:
    samples = [Sample("m", {"a": 1.0, "b": 1.0}, 1.0), Sample("n", {"a": 1.0, "b": 3.0}, 0.5)]
    assert all(rate > 0 for rate in fit_rates(samples, TERMS).values())


def test_relative_errors_count_so_that_small_models_matter() -> None:
    samples = [Sample("small", {"a": 1.0}, 2.0), Sample("large", {"a": 1000.0}, 1000.0)]
    assert fit_rates(samples, (("a",),))["a"] == pytest.approx(1.2)


def test_a_term_that_is_next_to_nothing_gets_no_rate() -> None:
    samples = [Sample("m", {"a": 100.0, "b": 0.1}, 200.0), Sample("n", {"a": 50.0}, 100.0)]
    assert fit_rates(samples, TERMS) == pytest.approx({"a": 2.0})


def test_held_out_models_are_not_seen() -> None:
    noisy = [*EXACT, Sample("odd", {"a": 5.0, "b": 5.0}, 250.0)]
    assert held_out(noisy, TERMS)[-1] == pytest.approx(25.0)


def test_groups_are_left_out_together() -> None:
    samples = [Sample(name, {"a": 1.0}, value) for name, value in zip("xyz", (1.0, 1.0, 2.0))]
    assert held_out_groups(samples, ["g", "g", "h"], (("a",),)) == pytest.approx([2.0, 2.0, 1.0])


def test_nothing_left_predicts_nothing() -> None:
    assert held_out(EXACT[:1], TERMS) == [None]
    assert log_ratios(EXACT[:1], [None]) == []
    assert mean_error_percent(EXACT[:1], [None]) is None


def test_interval_is_students_t_around_one() -> None:
    residuals = [log(1.1), -log(1.1), log(1.1), -log(1.1)]
    low, high = interval(residuals) or (0.0, 0.0)
    # t(0.95, 4 degrees of freedom) = 2.132 in any table
    assert high == pytest.approx(exp(2.132 * log(1.1)), rel=1e-3)
    assert low == pytest.approx(1 / high)


def test_too_few_residuals_give_no_interval() -> None:
    assert interval([0.1, -0.1]) is None
    assert interval([0.1, -0.1], least=2) is not None


def test_r_squared_of_a_straight_line_with_intercept() -> None:
    line = [Sample("m", {"ops": x}, 7.0 + 2.0 * x) for x in (1.0, 2.0, 5.0)]
    assert r_squared(line, "ops") == pytest.approx(1.0)
    assert r_squared(line[:2], "ops") is None
