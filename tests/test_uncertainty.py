"""Intervals: hand computation, an independent library, and coverage of a planted truth."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.regression.linear_model import OLS

from computational_limits.scaling import FORMS, POLYNOMIAL, Form, Law, fit_law
from computational_limits.uncertainty import (
    LEVEL,
    Interval,
    crossing_interval,
    exponent_interval,
    slope_interval,
)

SIGNIFICANT = ["imagenet", "ms-coco", "squad-1.1", "conll-2003", "wmt2014-en-fr"]
INSIGNIFICANT = "wmt2014-en-de"
FIVE_DECADES = [1e9, 1e10, 1e11, 1e12, 1e13]
NEARLY_FLAT_FALLING = [0.22, 0.30, 0.19, 0.28, 0.20]
NEARLY_FLAT_RISING = NEARLY_FLAT_FALLING[::-1]
BOTH_FORMS = pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))


def rows_of(models: pd.DataFrame, benchmark: str) -> pd.DataFrame:
    return models[models["benchmark"] == benchmark]


def law_of(models: pd.DataFrame, benchmark: str, form: Form = POLYNOMIAL) -> Law:
    rows = rows_of(models, benchmark)
    return fit_law(rows["hardware_burden_gflop"], rows["error"], form)


def distance_in_standard_errors(
    compute: Sequence[float], error: Sequence[float], form: Form, target: float, log10_compute: float
) -> float:
    """How far statsmodels' own line lies from the target, in its own standard errors."""
    response = np.log10(1.0 / np.asarray(error)) if form is POLYNOMIAL else 1.0 / np.asarray(error)
    goal = np.log10(1.0 / target) if form is POLYNOMIAL else 1.0 / target
    x = np.log10(np.asarray(compute))
    prediction = OLS(response, np.column_stack([np.ones_like(x), x])).fit().get_prediction([[1.0, log10_compute]])
    return float(abs(prediction.predicted_mean[0] - goal) / prediction.se_mean[0])


def test_slope_interval_is_student_by_hand(models: pd.DataFrame) -> None:
    rows = rows_of(models, "imagenet")
    x, y = np.log10(rows["hardware_burden_gflop"].to_numpy()), -np.log10(rows["error"].to_numpy())
    slope = np.sum((x - x.mean()) * (y - y.mean())) / np.sum((x - x.mean()) ** 2)
    residuals = y - y.mean() - slope * (x - x.mean())
    se = np.sqrt(np.sum(residuals**2) / 11 / np.sum((x - x.mean()) ** 2))
    half = stats.t.ppf(0.95, 11) * se
    interval = slope_interval(law_of(models, "imagenet"))
    assert (interval.low, interval.high) == pytest.approx((slope - half, slope + half))


def test_intervals_are_at_ninety_per_cent_unless_told(models: pd.DataFrame) -> None:
    law = law_of(models, "imagenet")
    assert LEVEL == 0.90
    assert slope_interval(law) == slope_interval(law, 0.90)
    assert slope_interval(law, 0.95).low < slope_interval(law).low


@pytest.mark.parametrize("benchmark", SIGNIFICANT)
def test_exponent_interval_is_the_slope_interval_inverted(benchmark: str, models: pd.DataFrame) -> None:
    law = law_of(models, benchmark)
    slopes, exponents = slope_interval(law), exponent_interval(law)
    assert exponents.bounded
    assert law.exponent in exponents
    assert (1.0 / exponents.high, 1.0 / exponents.low) == pytest.approx((slopes.low, slopes.high))


def test_exponent_of_a_law_that_gets_worse_with_computing_is_negative_and_bounded() -> None:
    law = fit_law(FIVE_DECADES, [0.10, 0.13, 0.19, 0.28, 0.40], POLYNOMIAL)
    exponents = exponent_interval(law)
    assert exponents.bounded
    assert exponents.low < law.exponent < exponents.high < 0.0


@pytest.mark.parametrize(
    ("errors", "sign"), [(NEARLY_FLAT_FALLING, 1.0), (NEARLY_FLAT_RISING, -1.0)], ids=["rising", "falling"]
)
def test_exponent_is_unbounded_on_the_side_of_the_estimate_where_the_slope_may_be_zero(
    errors: list[float], sign: float
) -> None:
    law = fit_law(FIVE_DECADES, errors, POLYNOMIAL)
    slopes, exponents = slope_interval(law), exponent_interval(law)
    assert np.sign(law.slope) == sign
    assert 0.0 in slopes
    assert not exponents.bounded
    assert law.exponent in exponents
    if sign > 0.0:
        assert exponents.high == np.inf
        assert exponents.low == pytest.approx(1.0 / slopes.high)
    else:
        assert exponents.low == -np.inf
        assert exponents.high == pytest.approx(1.0 / slopes.low)


def test_english_to_german_bounds_neither_exponent_nor_target(models: pd.DataFrame) -> None:
    law = law_of(models, INSIGNIFICANT)
    assert exponent_interval(law).high == np.inf
    assert not crossing_interval(law, 0.30).bounded


@BOTH_FORMS
@pytest.mark.parametrize("benchmark", SIGNIFICANT)
@pytest.mark.parametrize("target", [0.30, 0.10, 0.05])
def test_the_line_at_the_ends_of_a_crossing_differs_by_t_standard_errors(
    benchmark: str, form: Form, target: float, models: pd.DataFrame
) -> None:
    rows = rows_of(models, benchmark)
    law = law_of(models, benchmark, form)
    interval = crossing_interval(law, target)
    assert interval.bounded
    for end in (interval.low, interval.high):
        distance = distance_in_standard_errors(rows["hardware_burden_gflop"], rows["error"], form, target, end)
        assert distance == pytest.approx(stats.t.ppf(0.95, law.n - 2), rel=1e-6)


@pytest.mark.parametrize("benchmark", [*SIGNIFICANT, INSIGNIFICANT])
@given(error=st.floats(0.001, 0.95))
@settings(deadline=None, max_examples=40)
def test_crossing_contains_the_estimate(benchmark: str, models: pd.DataFrame, error: float) -> None:
    law = law_of(models, benchmark)
    assert float(law.log10_compute_for(error)) in crossing_interval(law, error)


def test_crossing_of_points_exactly_on_a_line_shrinks_to_the_estimate() -> None:
    """Without any scatter there is nothing to be unsure of."""
    law = fit_law([1e9, 1e11, 1e13], [0.4, 0.2, 0.1], POLYNOMIAL)
    interval = crossing_interval(law, 0.05)
    assert (interval.low, interval.high) == pytest.approx((15.0, 15.0), abs=1e-6)


def test_a_higher_level_gives_a_wider_crossing(models: pd.DataFrame) -> None:
    law = law_of(models, "imagenet")
    narrow, wide = crossing_interval(law, 0.05, 0.50), crossing_interval(law, 0.05, 0.90)
    assert wide.low < narrow.low < narrow.high < wide.high


def test_crossing_covers_the_planted_truth_nine_times_in_ten(models: pd.DataFrame) -> None:
    """600 draws have a standard error of 0.012: the tolerance is three of them."""
    rows = rows_of(models, "imagenet")
    truth = law_of(models, "imagenet")
    x = np.log10(rows["hardware_burden_gflop"].to_numpy())
    planted = float(truth.log10_compute_for(0.10))
    generator = np.random.default_rng(1954)
    covered = []
    for _ in range(600):
        noise = np.sqrt(truth.residual_variance) * generator.standard_normal(x.size)
        errors = POLYNOMIAL.error(truth.intercept + truth.slope * x + noise)
        covered.append(planted in crossing_interval(fit_law(10.0**x, errors, POLYNOMIAL), 0.10))
    assert np.mean(covered) == pytest.approx(0.90, abs=0.037)


def test_crossing_is_the_whole_line_where_a_flat_law_meets_a_target_amid_the_data() -> None:
    law = fit_law(FIVE_DECADES, NEARLY_FLAT_FALLING, POLYNOMIAL)
    target = float(law.error_at(11.0))
    assert crossing_interval(law, target) == Interval(-np.inf, np.inf)
    for log10_compute in (-1e3, 0.0, 9.0, 11.0, 13.0, 1e3):
        distance = distance_in_standard_errors(FIVE_DECADES, NEARLY_FLAT_FALLING, POLYNOMIAL, target, log10_compute)
        assert distance < law.t_quantile(LEVEL)


@pytest.mark.parametrize(
    ("errors", "target", "upwards"),
    [
        (NEARLY_FLAT_FALLING, 0.05, True),
        (NEARLY_FLAT_FALLING, 0.80, False),
        (NEARLY_FLAT_RISING, 0.05, False),
        (NEARLY_FLAT_RISING, 0.80, True),
    ],
)
def test_crossing_is_the_ray_of_the_estimate_where_a_flat_law_meets_a_far_target(
    errors: list[float], target: float, upwards: bool
) -> None:
    law = fit_law(FIVE_DECADES, errors, POLYNOMIAL)
    interval = crossing_interval(law, target)
    end, far = (interval.low, interval.high) if upwards else (interval.high, interval.low)
    outwards = 1.0 if upwards else -1.0
    assert far == outwards * np.inf
    assert float(law.log10_compute_for(target)) in interval
    t = law.t_quantile(LEVEL)

    def distance(log10_compute: float) -> float:
        return distance_in_standard_errors(FIVE_DECADES, errors, POLYNOMIAL, target, log10_compute)

    assert distance(end) == pytest.approx(t, rel=1e-6)
    assert distance(end + outwards * 0.5) < t < distance(end - outwards * 0.5)


def test_an_interval_holds_its_ends_and_nothing_beyond() -> None:
    interval = Interval(1.0, 2.0)
    assert 1.0 in interval
    assert 2.0 in interval
    assert 2.0000001 not in interval
    assert interval.bounded
    assert not Interval(1.0, np.inf).bounded
    assert not Interval(-np.inf, 1.0).bounded
    assert 1e300 in Interval(1.0, np.inf)


def test_crossing_refuses_a_target_of_no_error(models: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="error must be a fraction"):
        crossing_interval(law_of(models, "imagenet"), 0.0)
