"""Missing burdens: planted moments, statsmodels and closed forms beside ours, and coverage where the truth is known."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.imputation.mice import MICE, MICEData

from computational_limits.audit import Records
from computational_limits.imputation import (
    COMPLETE,
    FEWEST_WITH_BOTH,
    METHODS,
    MULTIPLE,
    SINGLE,
    Gaps,
    Moments,
    fill_once,
    find_gaps,
    impute,
    plant,
    pool,
    regress_all,
    simulate_coverage,
    tabulate_consolidated,
    through_burden,
)
from computational_limits.rendering import render_consolidated, render_coverage
from computational_limits.vintages import read_records, select_vintage

MOMENTS = Moments(np.array([11.0, 10.0, 0.7]), np.array([[1.4, 1.0, 0.11], [1.0, 1.2, 0.11], [0.11, 0.11, 0.013]]))
BENCHMARKS = ("imagenet", "ms-coco", "squad-1.1", "conll-2003", "wmt2014-en-fr", "wmt2014-en-de")


@pytest.fixture(scope="module")
def records(root: Path) -> Records:
    return read_records(root)


@pytest.fixture(scope="module")
def real(records: Records) -> Gaps:
    models = select_vintage(records, "2022")
    return find_gaps(models[models["benchmark"] == "imagenet"])


@pytest.fixture(scope="module")
def consolidated(records: Records) -> pd.DataFrame:
    models = select_vintage(records, "2022")
    return pd.concat([tabulate_consolidated(models, name, 400, 60, 1) for name in BENCHMARKS], ignore_index=True)


def draw(n: int, no_burden: int, no_operations: int, seed: int) -> Gaps:
    """Models with planted moments, the first without a burden, the last without operations."""
    burden, operations, performance = (
        np.random.default_rng(seed).multivariate_normal(MOMENTS.mean, MOMENTS.covariance, size=n).T
    )
    burden[:no_burden] = np.nan
    operations[n - no_operations :] = np.nan
    return Gaps(burden, operations, performance)


def most_likely(gaps: Gaps) -> np.ndarray:
    """Maximum-likelihood covariance of a table with gaps, by expectation and maximisation, model by model."""
    data = np.column_stack([gaps.burden, gaps.operations, gaps.performance])
    mean, covariance = np.nanmean(data, axis=0), np.diag(np.nanvar(data, axis=0))
    for _ in range(300):
        first, second = np.zeros(3), np.zeros((3, 3))
        for row in data:
            seen, expected, spread = np.isfinite(row), row.copy(), np.zeros((3, 3))
            if not seen.all():
                weights = covariance[np.ix_(~seen, seen)] @ np.linalg.inv(covariance[np.ix_(seen, seen)])
                expected[~seen] = mean[~seen] + weights @ (row[seen] - mean[seen])
                spread[np.ix_(~seen, ~seen)] = (
                    covariance[np.ix_(~seen, ~seen)] - weights @ covariance[np.ix_(seen, ~seen)]
                )
            first, second = first + expected, second + np.outer(expected, expected) + spread
        mean = first / len(data)
        covariance = second / len(data) - np.outer(mean, mean)
    return covariance


def test_a_single_fill_is_the_line_of_scipy() -> None:
    gaps = draw(40, 15, 10, seed=1)
    both = np.isfinite(gaps.burden) & np.isfinite(gaps.operations)
    line = stats.linregress(gaps.operations[both], gaps.burden[both])
    filled = fill_once(gaps)
    assert filled[:15] == pytest.approx(line.intercept + line.slope * gaps.operations[:15])
    assert (filled[15:] == gaps.burden[15:]).all()


def test_the_fill_gives_the_consolidated_burdens_that_the_authors_print(records: Records) -> None:
    models = select_vintage(records, "2022").query("benchmark == 'imagenet'")
    chosen = models.dropna(subset=["hardware_burden_gflop", "network_operations_gflop"], how="all")
    assert len(chosen) == 102
    printed = np.log10(chosen["consolidated_burden_gflop"].to_numpy())
    assert np.abs(fill_once(find_gaps(models)) - printed).max() < np.log10(1.05), "two digits are printed"


def test_many_regressions_at_once_are_those_of_statsmodels() -> None:
    burden = np.random.default_rng(2).normal(11, 1, size=(3, 2, 20))
    performance = 0.08 * burden + np.random.default_rng(3).normal(0, 0.05, size=(3, 2, 20))
    slopes, variances = regress_all(burden, performance)
    for place in np.ndindex(3, 2):
        fit = sm.OLS(performance[place], sm.add_constant(burden[place])).fit()
        assert slopes[place] == pytest.approx(fit.params[1])
        assert variances[place] == pytest.approx(fit.bse[1] ** 2)


def test_rubins_rules_by_hand() -> None:
    pooled = pool(np.array([1.0, 1.2, 1.4]), np.array([0.04, 0.05, 0.06]), 98.0)
    between, within = 0.04, 0.05
    total = within + 4 / 3 * between
    share = 4 / 3 * between / total
    classical, observed = 2 / share**2, 99 / 101 * 98 * (1 - share)
    freedom = classical * observed / (classical + observed)
    ratio = 4 / 3 * between / within
    assert pooled.slope.estimate == pytest.approx(1.2)
    assert pooled.slope.standard_error == pytest.approx(math.sqrt(total))
    assert pooled.slope.degrees_of_freedom == pytest.approx(freedom)
    assert pooled.missing_information == pytest.approx((ratio + 2 / (freedom + 3)) / (1 + ratio))


def test_imputations_that_agree_leave_nearly_the_complete_freedom() -> None:
    pooled = pool(np.full(50, 0.1), np.full(50, 0.01), 98.0)
    assert pooled.slope.standard_error == pytest.approx(0.1)
    assert pooled.slope.degrees_of_freedom == pytest.approx(98 * 99 / 101)
    assert pooled.missing_information < 0.03


def test_imputing_fills_every_gap_and_keeps_what_was_observed(real: Gaps) -> None:
    completed = impute(real, 7, 5, seed=1)
    for drawn, observed in ((completed.burden, real.burden), (completed.operations, real.operations)):
        seen = np.isfinite(observed)
        assert drawn.shape == (7, len(observed))
        assert np.isfinite(drawn).all()
        assert (drawn[:, seen] == observed[seen]).all()
        assert (drawn[:, ~seen].std(axis=0) > 0).all()


def test_a_seed_gives_the_same_imputations_and_another_gives_others(real: Gaps) -> None:
    first, again, other = (impute(real, 5, 3, seed).burden for seed in (1, 1, 2))
    assert (first == again).all()
    assert not np.allclose(first, other)


def test_units_of_computing_move_the_burdens_and_no_slope(real: Gaps) -> None:
    moved = Gaps(real.burden + 9.0, real.operations + 9.0, real.performance)
    slopes, again = (regress_all(impute(gaps, 20, 10, 1).burden, gaps.performance)[0] for gaps in (real, moved))
    assert again == pytest.approx(slopes, rel=1e-6)


def test_draws_have_the_moments_of_the_posterior_prediction() -> None:
    """Without gaps in operations the posterior is known: Student's t about the fitted plane."""
    gaps = draw(30, 12, 0, seed=4)
    design = np.column_stack([np.ones(30), gaps.operations, gaps.performance])
    fit = sm.OLS(gaps.burden[12:], design[12:]).fit()
    drawn = impute(gaps, 40_000, 1, seed=5).burden[:, :12]
    leverage = np.einsum("ij,jk,ik->i", design[:12], fit.normalized_cov_params, design[:12])
    variance = fit.scale * fit.df_resid / (fit.df_resid - 2) * (1 + leverage)
    assert np.abs(drawn.mean(axis=0) - design[:12] @ fit.params).max() < 4 * math.sqrt(variance.max() / 40_000)
    assert drawn.var(axis=0) == pytest.approx(variance, rel=0.05)


def test_chained_imputations_agree_with_maximum_likelihood() -> None:
    gaps = draw(400, 250, 80, seed=6)
    covariance = most_likely(gaps)
    pooled = pool(*regress_all(impute(gaps, 400, 60, seed=7).burden, gaps.performance), 398.0)
    assert pooled.slope.estimate == pytest.approx(covariance[0, 2] / covariance[0, 0], rel=0.02)


def test_chained_imputations_agree_with_those_of_statsmodels() -> None:
    gaps = draw(400, 200, 60, seed=8)
    frame = pd.DataFrame({"burden": gaps.burden, "operations": gaps.operations, "performance": gaps.performance})
    np.random.seed(9)  # noqa: NPY002 statsmodels draws from the global state
    theirs = MICE("performance ~ burden", sm.OLS, MICEData(frame, k_pmm=5)).fit(10, 40)
    pooled = pool(*regress_all(impute(gaps, 400, 40, seed=10).burden, gaps.performance), 398.0)
    assert pooled.slope.estimate == pytest.approx(theirs.params[1], abs=theirs.bse[1])
    assert pooled.slope.standard_error == pytest.approx(theirs.bse[1], rel=0.25)


def test_too_few_models_with_both_are_refused() -> None:
    gaps = draw(20, 20 - FEWEST_WITH_BOTH + 1, 0, seed=11)
    with pytest.raises(ValueError, match=f"at least {FEWEST_WITH_BOTH} models with burden and operations"):
        impute(gaps, 2, 1, seed=1)


def test_planted_moments_are_recovered_from_a_table_with_gaps() -> None:
    gaps = draw(2000, 700, 300, seed=12)
    moments = plant(impute(gaps, 40, 30, seed=13))
    assert moments.mean == pytest.approx(MOMENTS.mean, abs=0.1)
    assert moments.covariance == pytest.approx(MOMENTS.covariance, rel=0.1)
    assert moments.slope == pytest.approx(0.11 / 1.4, rel=0.05)


def test_through_burden_alone_operations_add_nothing() -> None:
    moments = through_burden(MOMENTS)
    inverse = np.linalg.inv(moments.covariance)
    assert inverse[1, 2] == pytest.approx(0.0, abs=1e-9)
    assert moments.slope == MOMENTS.slope
    assert MOMENTS.covariance[1, 2] == 0.11, "the given moments are left as they were"


def test_only_single_imputation_covers_too_little(real: Gaps) -> None:
    rows = simulate_coverage(MOMENTS, real, 200, 20, 20, seed=14).set_index("method")
    assert tuple(rows.index) == METHODS
    assert rows.loc[[COMPLETE, MULTIPLE], "coverage"].between(0.83, 0.97).all()
    assert rows.loc[SINGLE, "coverage"] < 0.6
    assert rows.loc[SINGLE, "se_ratio"] < 0.7 < rows.loc[MULTIPLE, "se_ratio"]


def test_single_imputation_covers_too_little_even_where_it_is_right_on_average(real: Gaps) -> None:
    rows = simulate_coverage(through_burden(MOMENTS), real, 200, 20, 20, seed=15).set_index("method")
    assert rows.loc[SINGLE, "slope_ratio"] == pytest.approx(1.0, abs=0.08)
    assert rows.loc[SINGLE, "coverage"] < 0.83
    assert rows.loc[MULTIPLE, "coverage"] > 0.83


def test_a_simulation_is_the_same_from_run_to_run(real: Gaps) -> None:
    first, again = (simulate_coverage(MOMENTS, real, 60, 4, 2, seed=16) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)


def test_complete_cases_are_the_regression_that_the_authors_print(consolidated: pd.DataFrame) -> None:
    row = consolidated.set_index(["benchmark", "method"]).loc[("imagenet", COMPLETE)]
    assert (row["n"], round(row["slope"], 4)) == (36, 0.0933)


def test_imagenet_alone_allows_all_ways_and_the_others_say_why_not(consolidated: pd.DataFrame) -> None:
    rows = consolidated.set_index(["benchmark", "method"])
    assert (rows.loc["imagenet", "reason"] == "").all()
    assert (rows.xs(COMPLETE, level="method")["reason"] == "").all()
    for benchmark in BENCHMARKS[1:]:
        assert (rows.loc[benchmark].loc[[SINGLE, MULTIPLE], "reason"] != "").all()
        assert rows.loc[benchmark].loc[[SINGLE, MULTIPLE], "slope"].isna().all()
    assert rows.loc[("ms-coco", SINGLE), "reason"].startswith("no models have burden and network operations")
    assert rows.loc[("ms-coco", SINGLE), "imputed"] == 7


def test_multiple_imputation_has_the_wider_interval_and_says_how_much_is_missing(consolidated: pd.DataFrame) -> None:
    rows = consolidated.set_index(["benchmark", "method"]).loc["imagenet"]
    assert rows.loc[MULTIPLE, "slope_se"] > rows.loc[SINGLE, "slope_se"]
    assert rows.loc[MULTIPLE, "degrees_of_freedom"] < rows.loc[SINGLE, "degrees_of_freedom"] == 100
    assert 0.3 < rows.loc[MULTIPLE, "missing_information"] < 0.7
    assert 0.0 < rows.loc[MULTIPLE, "interval_monte_carlo_se"] < 0.15 * rows.loc[MULTIPLE, "slope_se"]


def test_ways_are_shown_with_numbers_or_a_reason(consolidated: pd.DataFrame, names: dict[str, str]) -> None:
    shown = render_consolidated(consolidated, names).set_index(["Benchmark", "Way"])
    assert shown.loc[("ImageNet", COMPLETE), "Exponent"] == "10.7"
    assert shown.loc[("ImageNet", COMPLETE), "Missing information"] == ""
    assert shown.loc[("ImageNet", SINGLE), "Filled"] == 66
    assert shown.loc[("SQuAD 1.1", MULTIPLE), "Exponent"] == "no model without a burden has network operations"


def test_coverage_is_shown_with_its_standard_error() -> None:
    row = {
        "scenario": "planted",
        "method": SINGLE,
        "coverage": 0.25,
        "coverage_se": 0.02,
        "slope_ratio": 1.2,
        "se_ratio": 0.5,
    }
    shown = render_coverage(pd.DataFrame([row])).iloc[0]
    assert shown["Coverage (s.e.)"].replace("\N{NO-BREAK SPACE}", " ") == "25 % (2 %)"
    assert shown["Mean slope over truth"] == "1.20"
