"""Intervals of slope and exponent, by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from computational_limits.scaling import FORMS, POLYNOMIAL, Form, Law, fit_law
from computational_limits.uncertainty import (
    LEVEL,
    Interval,
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


def test_english_to_german_does_not_bound_the_exponent(models: pd.DataFrame) -> None:
    law = law_of(models, INSIGNIFICANT)
    assert exponent_interval(law).high == np.inf


def test_an_interval_holds_its_ends_and_nothing_beyond() -> None:
    interval = Interval(1.0, 2.0)
    assert 1.0 in interval
    assert 2.0 in interval
    assert 2.0000001 not in interval
    assert interval.bounded
    assert not Interval(1.0, np.inf).bounded
    assert not Interval(-np.inf, 1.0).bounded
    assert 1e300 in Interval(1.0, np.inf)
