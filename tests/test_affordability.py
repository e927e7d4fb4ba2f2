"""Years until affordable: by hand, against Fieller and statsmodels, and in the right direction."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from computational_limits.affordability import (
    COLUMNS,
    HALVINGS,
    NO_PROGRESS,
    OWN_YEARS,
    HalvingGrowth,
    Purse,
    TrendGrowth,
    draw_crossings,
    fit_year_law,
    growth_from,
    read_halving,
    straight_crossing,
    tabulate_affordability,
    years_until,
)
from computational_limits.crossing import StraightCrossing
from computational_limits.rendering import render_affordability
from computational_limits.scaling import EXPONENTIAL_DECAY, FORMS, POLYNOMIAL, Form
from computational_limits.tables import read_table

SURE = TrendGrowth("sure", 0.25, 0.0, 5)
PURSE = Purse("ours", 1e6, 9.0, 2026.0)
BENCHMARKS = ["imagenet", "ms-coco", "squad-1.1", "conll-2003", "wmt2014-en-fr"]


@pytest.fixture(scope="module")
def exact() -> pd.DataFrame:
    """Five models of one year each on log10(1/error) = 0.1 log10 C - 0.5, without scatter, but for a hair."""
    x = np.array([8.0, 9.0, 10.0, 11.0, 12.0])
    hair = 1e-9 * np.array([1.0, -2.0, 2.0, -2.0, 1.0])
    return pd.DataFrame(
        {
            "benchmark": "planted",
            "vintage": "2020",
            "year": [2016, 2019, 2017, 2020, 2018],
            "error": 10.0 ** -(0.1 * x - 0.5 + hair),
            "hardware_burden_gflop": 10.0**x,
        }
    )


@pytest.fixture(scope="module")
def goal() -> pd.DataFrame:
    """A target that the planted law reaches at 17 decades."""
    return pd.DataFrame({"benchmark": ["planted"], "label": ["target 1"], "error": [10.0**-1.2]})


def run(models: pd.DataFrame, targets: pd.DataFrame, seed: int = 1, draws: int = 2000) -> pd.DataFrame:
    halving = HalvingGrowth("halving a year", 12.0, 0.0)
    table = tabulate_affordability(models, targets, [PURSE], [SURE], [halving], seed, draws)
    return table[table["form"] == "polynomial"].set_index("algorithms")


def test_years_by_hand_without_progress_of_algorithms(exact: pd.DataFrame, goal: pd.DataFrame) -> None:
    row = run(exact, goal).loc[NO_PROGRESS]
    assert row["years"] == pytest.approx((17.0 - 15.0) / 0.25)
    assert (row["years_low"], row["years_high"]) == pytest.approx((8.0, 8.0), abs=1e-4)
    assert row["share_now"] == row["share_never"] == 0.0


def test_years_by_hand_with_progress_since_the_mean_year_of_the_models(exact: pd.DataFrame, goal: pd.DataFrame) -> None:
    rate = math.log10(2.0)
    still_missing = 17.0 - 15.0 - (2026.0 - 2018.0) * rate
    row = run(exact, goal).loc["halving a year"]
    assert still_missing < 0.0
    assert row["years"] == 0.0
    assert row["share_now"] == 1.0
    further = goal.assign(error=10.0**-1.7)
    assert run(exact, further).loc["halving a year", "years"] == pytest.approx((still_missing + 5.0) / (0.25 + rate))


def test_years_by_hand_where_the_models_improve_with_the_year(exact: pd.DataFrame, goal: pd.DataFrame) -> None:
    later = exact["year"] - 2018.0
    models = exact.assign(error=exact["error"] * 10.0 ** -(0.02 * later))
    row = run(models, goal).loc[OWN_YEARS]
    # At the budget of 15 decades in 2026: 1.5 - 0.5 + 0.02 * 8 of the 1.2 that are wanted.
    assert row["years"] == pytest.approx((1.2 - 1.0 - 0.16) / (0.1 * 0.25 + 0.02), rel=1e-5)


def test_a_falling_law_never_pays(exact: pd.DataFrame, goal: pd.DataFrame) -> None:
    x = np.log10(exact["hardware_burden_gflop"])
    falling = exact.assign(error=10.0 ** -(0.5 - 0.05 * (x - 10.0)) * np.array([1.0, 1.001, 0.999, 1.001, 1.0]))
    row = run(falling, goal).loc[NO_PROGRESS]
    assert row["share_never"] == 1.0
    assert row["years_low"] == math.inf


@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
@pytest.mark.parametrize("benchmark", BENCHMARKS)
def test_the_draws_give_fiellers_interval_back(benchmark: str, form: Form, models: pd.DataFrame, root: Path) -> None:
    targets = read_table("targets", root).set_index(["benchmark", "label"])["error"]
    error = float(targets[benchmark, "target 1"])
    crossing = straight_crossing(models[models["benchmark"] == benchmark], form)
    draws = draw_crossings(crossing, error, 400_000, np.random.default_rng(7))
    fieller = crossing.reach(error, 0.8).confidence
    low, high = np.quantile(draws, [0.1, 0.9], method="inverted_cdf")
    width = fieller.high - fieller.low
    assert low == pytest.approx(fieller.low, abs=0.02 * width)
    assert high == pytest.approx(fieller.high, abs=0.05 * width)


def test_draws_below_a_computing_are_the_share_of_lines_above_the_target(models: pd.DataFrame) -> None:
    known = models[models["benchmark"] == "squad-1.1"]
    x, y = np.log10(known["hardware_burden_gflop"].astype(float)), -np.log10(known["error"])
    line = stats.linregress(x, y)
    at, n = 16.0, len(known)
    variance = np.sum((y - line.intercept - line.slope * x) ** 2) / (n - 2)
    spread = np.sqrt(variance * (1.0 / n + (at - x.mean()) ** 2 / np.sum((x - x.mean()) ** 2)))
    expected = stats.t.cdf((line.intercept + line.slope * at + math.log10(0.02)) / spread, n - 2)
    draws = draw_crossings(straight_crossing(known, POLYNOMIAL), 0.02, 400_000, np.random.default_rng(9))
    assert np.mean(draws < at) == pytest.approx(expected, abs=0.004)


def test_the_share_of_lines_that_fall_is_that_of_students_law(models: pd.DataFrame) -> None:
    known = models[models["benchmark"] == "wmt2014-en-de"]
    draws = draw_crossings(straight_crossing(known, POLYNOMIAL), 0.01, 200_000, np.random.default_rng(3))
    line = stats.linregress(np.log10(known["hardware_burden_gflop"].astype(float)), -np.log10(known["error"]))
    falling = float(stats.t.cdf(-line.slope / line.stderr, len(known) - 2))
    assert np.isinf(draws).mean() == pytest.approx(falling, abs=0.01)
    assert falling > 0.4


def test_a_form_whose_draws_are_not_known_is_refused(models: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="not exponential decay"):
        straight_crossing(models[models["benchmark"] == "imagenet"], EXPONENTIAL_DECAY)


def test_computing_on_performance_is_drawn_from_students_law() -> None:
    turned = StraightCrossing("polynomial", True, 12, 10, 11.0, 0.5, 8.0, 0.04, 1.0, 0.5, 9.0, 13.0)
    draws = draw_crossings(turned, 0.01, 400_000, np.random.default_rng(5))
    reach = turned.reach(0.01)
    assert np.quantile(draws, [0.05, 0.5, 0.95]) == pytest.approx(
        [reach.confidence.low, reach.estimate, reach.confidence.high], abs=0.03
    )


@pytest.mark.parametrize("benchmark", BENCHMARKS)
@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
def test_the_plane_agrees_with_statsmodels(benchmark: str, form: Form, models: pd.DataFrame) -> None:
    known = models[models["benchmark"] == benchmark].dropna(subset=["hardware_burden_gflop", "year"])
    plane = fit_year_law(known, form)
    table = pd.DataFrame(
        {
            "x": np.log10(known["hardware_burden_gflop"].astype(float)),
            "year": known["year"].astype(float) - 2017.0,
            "y": form.response(known["error"].to_numpy(dtype=float)),
        }
    )
    other = smf.ols("y ~ x + year", table).fit()
    assert (plane.slope, plane.year_slope) == pytest.approx((other.params["x"], other.params["year"]))
    assert np.allclose(plane.covariance, other.cov_params().loc[["x", "year"], ["x", "year"]])
    assert plane.var_centre == pytest.approx(other.scale / other.nobs)
    assert plane.degrees_of_freedom == other.df_resid
    drawn = plane.draw(200_000, np.random.default_rng(2))
    spread = plane.covariance * plane.degrees_of_freedom / (plane.degrees_of_freedom - 2.0)
    assert np.allclose(np.cov(drawn[1:]), spread, rtol=0.08)


def test_computing_and_year_that_rise_together_are_refused(exact: pd.DataFrame) -> None:
    together = exact.assign(year=[2016, 2017, 2018, 2019, 2020])
    with pytest.raises(ValueError, match="cannot be told apart"):
        fit_year_law(together, POLYNOMIAL)
    with pytest.raises(ValueError, match="got 3 models"):
        fit_year_law(exact.head(3), POLYNOMIAL)


@given(gap=st.floats(-50.0, 300.0), rate=st.floats(-1.0, 3.0), more=st.floats(0.0, 5.0))
def test_years_fall_with_progress_and_rise_with_the_gap(gap: float, rate: float, more: float) -> None:
    gaps, rates = np.array([gap, gap, gap + more]), np.array([rate, rate + more, rate])
    years, faster, further = years_until(gaps, rates).tolist()
    assert faster <= years <= further
    assert years >= 0.0
    assert years == 0.0 if gap <= 0.0 else years > 0.0


@given(usd=st.floats(1e3, 1e12))
def test_ten_times_the_budget_buys_a_decade_more(usd: float) -> None:
    poor, rich = (Purse("one", budget, 9.0, 2026.0).log10_gflop for budget in (usd, 10.0 * usd))
    assert rich - poor == pytest.approx(1.0)


def test_draws_do_not_depend_on_what_else_is_asked(models: pd.DataFrame, root: Path) -> None:
    targets = read_table("targets", root)
    trend = TrendGrowth("trend", 0.1, 0.02, 30)
    whole = tabulate_affordability(models, targets, [PURSE], [SURE, trend], [], 11, 500)
    part = tabulate_affordability(models, targets.query("benchmark == 'squad-1.1'"), [PURSE], [trend], [], 11, 500)
    same = whole.query("benchmark == 'squad-1.1' and hardware == 'trend'").reset_index(drop=True)
    pd.testing.assert_frame_equal(part, same)
    other = tabulate_affordability(models, targets.query("benchmark == 'squad-1.1'"), [PURSE], [trend], [], 12, 500)
    assert not np.allclose(other["years_high"], part["years_high"])


def test_the_table_has_a_row_for_every_choice_and_its_interval_holds_the_estimate(
    models: pd.DataFrame, root: Path
) -> None:
    targets, assumptions = read_table("targets", root), read_table("assumptions", root)
    halvings = [read_halving(assumptions, name) for name in HALVINGS]
    table = tabulate_affordability(models, targets, [PURSE], [SURE], halvings, 3, 4000)
    assert list(table.columns) == list(COLUMNS)
    assert len(table) == len(targets) * len(FORMS) * (len(HALVINGS) + 2)
    assert set(table["algorithms"]) == {NO_PROGRESS, OWN_YEARS, *HALVINGS}
    assert (table["years_low"] <= table["years"]).all()
    assert (table["years"] <= table["years_high"]).all()
    assert not table.isna().any(axis=None)


def test_a_published_halving_time_has_its_interval_back(root: Path) -> None:
    assumptions = read_table("assumptions", root)
    language = read_halving(assumptions, "language models")
    assert language.months == 8.0
    half = float(stats.norm.ppf(0.95)) * language.log_sd
    assert math.exp(2.0 * half) == pytest.approx(22.0 / 2.0)
    assert read_halving(assumptions, "AlexNet's level on ImageNet").log_sd == 0.0
    draws = language.draw(100_000, np.random.default_rng(1))
    assert np.median(draws) == pytest.approx(language.decades_per_year, rel=0.02)
    assert language.decades_per_year == pytest.approx(math.log10(2.0) * 12.0 / 8.0)


def test_growth_is_named_by_its_trend_and_has_its_interval() -> None:
    name = {"series": "GPU", "measure": "per dollar", "selection": "all"}
    growth = growth_from(pd.Series(name | {"log10_slope": 0.1, "log10_slope_se": 0.02, "n": 12}))
    assert (growth.name, growth.df) == ("GPU per dollar, all", 10)
    half = float(stats.t.ppf(0.95, 10)) * 0.02
    assert (growth.growth().low, growth.growth().high) == pytest.approx((10 ** (0.1 - half), 10 ** (0.1 + half)))


def test_years_as_a_reader_sees_them() -> None:
    row = {"benchmark": "imagenet", "form": "polynomial", "error": 0.05}
    table = pd.DataFrame(
        [
            row | {"algorithms": "none", "years": 28.7, "years_low": 0.0, "years_high": math.inf},
            row | {"algorithms": "ImageNet", "years": 0.0, "years_low": 0.0, "years_high": 0.2},
        ]
    )
    (seen,) = render_affordability(table, {"imagenet": "ImageNet"}).to_dict("records")
    assert seen["None"] == "29 (now to never)"
    assert seen["ImageNet"] == "now (now)"
    assert seen["Error"] == "5\N{NO-BREAK SPACE}%"
