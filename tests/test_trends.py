"""Growth over time: planted rates, invariances, statsmodels and scipy, and refusals."""

import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize
from scipy.stats import linregress, t

from computational_limits.trends import (
    ERAS,
    TREND_COLUMNS,
    WHOLE,
    Era,
    Trend,
    at_frontier,
    decimal_years,
    fit_break,
    fit_trend,
    tabulate_break,
    tabulate_trends,
)

ERA = {era.name: era for era in ERAS}


@pytest.fixture
def scattered() -> tuple[np.ndarray, np.ndarray]:
    """Forty dates, and values around a growth of 2.5 times a year with half a decade of noise."""
    random = np.random.default_rng(7)
    dates = np.sort(random.uniform(2000.0, 2015.0, 40))
    return dates, 10.0 ** (12.0 + np.log10(2.5) * (dates - 2000.0) + 0.5 * random.normal(size=40))


def bent(dates: np.ndarray, at: float, before: float, after: float) -> np.ndarray:
    """log10 of a quantity whose slope changes at a date."""
    return 15.0 + before * np.minimum(dates - at, 0.0) + after * np.maximum(dates - at, 0.0)


@given(st.floats(1.01, 20.0), st.floats(1e-3, 1e20), st.floats(1950.0, 2020.0))
def test_recovers_a_planted_growth(growth: float, start: float, first: float) -> None:
    years = np.arange(8.0)
    trend = fit_trend(first + years, start * growth**years)
    assert trend.growth_per_year == pytest.approx(growth, rel=1e-6)
    assert trend.doubling_years == pytest.approx(math.log(2.0) / math.log(growth), rel=1e-6)
    assert trend.value_at(first) == pytest.approx(start, rel=1e-5)
    assert (trend.n, trend.start, trend.end) == (8, first, first + 7.0)


def test_agrees_with_scipy_and_statsmodels(scattered: tuple[np.ndarray, np.ndarray]) -> None:
    dates, values = scattered
    trend = fit_trend(dates, values)
    scipy = linregress(dates, np.log10(values))
    fit = sm.OLS(np.log10(values), sm.add_constant(dates)).fit()
    assert (trend.slope, trend.slope_se, trend.r2) == pytest.approx((scipy.slope, scipy.stderr, scipy.rvalue**2))
    assert trend.residual_sd == pytest.approx(math.sqrt(fit.mse_resid))
    low, high = fit.conf_int(0.1)[1]
    assert (trend.growth().low, trend.growth().high) == pytest.approx((10.0**low, 10.0**high))
    assert (trend.doubling().low, trend.doubling().high) == pytest.approx(
        (math.log10(2.0) / high, math.log10(2.0) / low)
    )
    assert trend.value_at([2003.0, 2010.0]) == pytest.approx(10.0 ** fit.predict([[1.0, 2003.0], [1.0, 2010.0]]))


def test_the_interval_of_the_slope_by_hand() -> None:
    """Three points, 0, 1 and 3 decades in three years: slope 1.5, one degree of freedom."""
    trend = fit_trend([2000.0, 2001.0, 2002.0], [1.0, 10.0, 1000.0])
    se = math.sqrt((1 / 6) / 2)
    assert (trend.slope, trend.slope_se) == pytest.approx((1.5, se))
    assert trend.slopes(0.9).high == pytest.approx(1.5 + t.ppf(0.95, 1) * se)


@given(st.floats(1e-9, 1e9), st.permutations(range(12)))
def test_units_and_order_do_not_change_the_growth(unit: float, order: list[int]) -> None:
    random = np.random.default_rng(3)
    dates, values = 2000.0 + np.arange(12.0), 10.0 ** random.normal(size=12)
    plain, other = fit_trend(dates, values), fit_trend(dates[order], unit * values[order])
    assert (other.slope, other.slope_se) == pytest.approx((plain.slope, plain.slope_se), rel=1e-7, abs=1e-12)


def test_the_interval_holds_the_truth_nine_times_in_ten() -> None:
    random = np.random.default_rng(11)
    held = 0
    for _ in range(600):
        dates = random.uniform(2000.0, 2012.0, 15)
        logs = 0.3 * (dates - 2000.0) + random.normal(size=15)
        held += 10.0**0.3 in fit_trend(dates, 10.0**logs).growth()
    assert 0.87 <= held / 600 <= 0.93


def test_what_shrinks_never_doubles_and_what_may_not_grow_may_never_double() -> None:
    shrinking = fit_trend([2000, 2001, 2002, 2003], [8.0, 4.0, 2.0, 1.0])
    assert shrinking.doubling_years == math.inf
    assert shrinking.doubling().low == math.inf
    flat = fit_trend([2000, 2001, 2002, 2003], [1.0, 3.0, 1.0, 3.5])
    assert 0.0 < flat.doubling().low < flat.doubling_years < math.inf
    assert flat.doubling().high == math.inf


def test_a_constant_quantity_grows_by_a_factor_of_one() -> None:
    trend = fit_trend([2000, 2001, 2002], [5.0, 5.0, 5.0])
    assert (trend.growth_per_year, trend.r2) == (pytest.approx(1.0), 0.0)


@pytest.mark.parametrize(
    ("dates", "values", "message"),
    [
        ([2000, 2001], [1, 2], "at least 3 points, got 2"),
        ([2000, 2001, 2002], [1, 2], "two lists of one length"),
        ([2000, 2001, 2002], [1, 0, 2], "above 0"),
        ([2000, 2001, 2002], [1, math.nan, 2], "above 0"),
        ([2000, 2001, 2002], [1, math.inf, 2], "finite"),
        ([2000, math.nan, 2002], [1, 2, 2], "every point needs a date"),
        ([2000, 2000, 2000], [1, 2, 3], "the same date"),
    ],
)
def test_refuses_points_that_no_growth_can_be_fitted_to(dates: list[float], values: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit_trend(dates, values)


@pytest.mark.parametrize("level", [0.0, 1.0, 90.0])
def test_refuses_a_level_that_is_no_probability(level: float) -> None:
    trend = fit_trend([2000, 2001, 2002], [1.0, 3.0, 4.0])
    with pytest.raises(ValueError, match="between 0 and 1"):
        trend.slopes(level)
    with pytest.raises(ValueError, match="between 0 and 1"):
        fit_break(np.arange(2000.0, 2020.0), np.arange(1.0, 21.0), level)


def test_recovers_a_planted_break() -> None:
    dates = np.arange(1990.0, 2020.0, 0.5)
    found = fit_break(dates, 10.0 ** bent(dates, 2009.25, 0.2, 0.7))
    assert found.date == pytest.approx(2009.25, abs=0.05)
    assert (found.slope_before, found.slope_after) == pytest.approx((0.2, 0.7), abs=0.005)
    assert found.dates.low <= found.date <= found.dates.high
    assert found.value_at([1995.0, 2015.0]) == pytest.approx(
        10.0 ** bent(np.array([1995.0, 2015.0]), 2009.25, 0.2, 0.7), rel=0.05
    )


def test_the_break_is_the_least_squares_one_by_another_search() -> None:
    random = np.random.default_rng(5)
    dates = np.sort(random.uniform(1980.0, 2020.0, 120))
    logs = bent(dates, 2005.0, 0.15, 0.6) + 0.8 * random.normal(size=120)
    (_, _, _, at), _ = optimize.curve_fit(
        lambda x, level, before, after, at: level + before * np.minimum(x - at, 0) + after * np.maximum(x - at, 0),
        dates,
        logs,
        p0=(15.0, 0.1, 0.5, 2004.0),
    )
    assert fit_break(dates, 10.0**logs).date == pytest.approx(at, abs=0.06)


def test_slopes_around_a_break_agree_with_statsmodels() -> None:
    random = np.random.default_rng(6)
    dates = np.sort(random.uniform(1980.0, 2020.0, 80))
    logs = bent(dates, 2005.0, 0.15, 0.6) + 0.5 * random.normal(size=80)
    found = fit_break(dates, 10.0**logs)
    years = dates - found.date
    fit = sm.OLS(logs, np.column_stack([np.ones(80), np.minimum(years, 0), np.maximum(years, 0)])).fit()
    assert (found.level, found.slope_before, found.slope_after) == pytest.approx(tuple(fit.params))
    ends = fit.conf_int(0.1)
    assert (found.slopes_before.low, found.slopes_after.high) == pytest.approx((ends[1][0], ends[2][1]))
    assert found.r2 == pytest.approx(fit.rsquared)


def test_the_interval_of_a_break_holds_the_truth_about_nine_times_in_ten() -> None:
    random = np.random.default_rng(12)
    held = 0
    for _ in range(600):
        dates = random.uniform(1990.0, 2020.0, 60)
        logs = bent(dates, 2006.3, 0.2, 0.7) + 0.7 * random.normal(size=60)
        held += 2006.3 in fit_break(dates, 10.0**logs).dates
    assert 0.85 <= held / 600 <= 0.93


def test_without_a_break_its_date_is_unbounded() -> None:
    random = np.random.default_rng(2)
    dates = np.sort(random.uniform(2000.0, 2020.0, 60))
    found = fit_break(dates, 10.0 ** (0.3 * (dates - 2000.0) + random.normal(size=60)))
    assert not found.dates.bounded


def test_a_break_needs_dates_and_time_on_either_side() -> None:
    with pytest.raises(ValueError, match="at least 10 points, got 9"):
        fit_break(np.arange(2000.0, 2009.0), np.arange(1.0, 10.0))
    with pytest.raises(ValueError, match="5 dates on either side, got 2 in all"):
        fit_break(np.repeat([2000.0, 2010.0], 6), np.arange(1.0, 13.0) ** 2)
    with pytest.raises(ValueError, match=r"time between them, not 2004\.00 to 2004\.10"):
        fit_break([2000, 2001, 2002, 2003, 2004, 2004.1, 2005, 2006, 2007, 2008], np.arange(1.0, 11.0) ** 2)


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(1, 30)), min_size=1, max_size=40),
    st.integers(1, 6),
)
def test_the_frontier_is_what_its_definition_says(points: list[tuple[int, int]], among: int) -> None:
    dates, values = zip(*points, strict=True)
    expected = [
        sorted([v for d, v in points if d <= date], reverse=True)[:among][-1] <= value for date, value in points
    ]
    assert at_frontier(dates, values, among).tolist() == expected


def test_records_are_a_frontier_of_one() -> None:
    values = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0]
    assert at_frontier(range(7), values, 1).tolist() == list(np.array(values) == np.maximum.accumulate(values))


def test_refuses_an_empty_frontier_and_unequal_lists() -> None:
    with pytest.raises(ValueError, match="at least 1 point, got 0"):
        at_frontier([2000], [1], 0)
    with pytest.raises(ValueError, match="one length"):
        at_frontier([2000, 2001], [1])


def test_dates_by_hand() -> None:
    assert decimal_years(["2012-12-31", "2013-12-31"]).tolist() == pytest.approx([2012 + 365 / 366, 2013 + 364 / 365])
    assert decimal_years(["1980-04"]) == decimal_years(["1980-04-15"])
    with pytest.raises(ValueError, match="13"):
        decimal_years(["2012-13-01"])


def test_an_era_has_its_start_and_not_its_end() -> None:
    assert ERA["2012 to 2019"].holds([2011.99, 2012.0, 2019.99, 2020.0]).tolist() == [False, True, True, False]
    assert ERA["before 2012"].holds(2012.0) != ERA["from 2012"].holds(2012.0)
    assert WHOLE.holds([-1e9, 1e9]).all()
    with pytest.raises(ValueError, match="'odd' must start before it ends"):
        Era("odd", 2012.0, 2012.0)


def test_the_table_has_a_row_for_each_era_and_selection_that_can_be_fitted(
    scattered: tuple[np.ndarray, np.ndarray],
) -> None:
    points = pd.DataFrame({"date": scattered[0], "value": scattered[1]})
    eras = [Era("early", end=2007.0), Era("empty", start=2050.0), WHOLE]
    table = tabulate_trends(points, eras, "things", "size", among=2)
    assert list(table.columns) == list(TREND_COLUMNS)
    assert table[["era", "selection"]].to_numpy().tolist() == [
        [era, selection] for era in ("early", "all years") for selection in ("all", "frontier")
    ]
    leading = points[at_frontier(points["date"], points["value"], 2)]
    trend: Trend = fit_trend(leading["date"], leading["value"])
    row = table.query("era == 'all years' and selection == 'frontier'").iloc[0]
    assert (row["n"], row["growth_per_year"]) == (len(leading), trend.growth_per_year)
    assert (row["growth_low"], row["doubling_high"]) == (trend.growth().low, trend.doubling().high)
    assert 10.0 ** (row["log10_intercept"] + row["log10_slope"] * 2005.0) == pytest.approx(
        float(trend.value_at(2005.0))
    )


def test_the_frontier_of_an_era_looks_back_beyond_it() -> None:
    """Nothing after 2010 comes near what came before, so the later era has no frontier."""
    points = pd.DataFrame({"date": range(2000, 2020), "value": [1e9] * 10 + [1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10]})
    table = tabulate_trends(points, [Era("later", start=2010.0)], "things", "size", among=3)
    assert table["selection"].tolist() == ["all"]


def test_points_without_a_value_are_passed_over() -> None:
    points = pd.DataFrame({"date": [2000.0, 2001.0, 2002.0, 2003.0], "value": [1.0, np.nan, 4.0, 8.0]})
    assert tabulate_trends(points, [WHOLE], "things", "size")["n"].tolist() == [3, 3]
    assert tabulate_trends(points.iloc[:2], [WHOLE], "things", "size").empty


def test_a_break_in_a_row() -> None:
    dates = np.arange(1990.0, 2020.0, 0.5)
    found = fit_break(dates, 10.0 ** bent(dates, 2009.25, 0.2, 0.7))
    (row,) = tabulate_break(found, "things", "size").to_dict("records")
    assert (row["date"], row["date_low"], row["n"]) == (found.date, found.dates.low, 60)
    assert row["growth_before"] == pytest.approx(10.0**0.2, rel=0.01)
    assert row["growth_after_low"] <= row["growth_after"] <= row["growth_after_high"]
