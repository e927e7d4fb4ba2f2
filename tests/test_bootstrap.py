"""Resampled papers: a loop over statsmodels, counted failures, seeds."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from computational_limits.bootstrap import (
    RESAMPLES,
    bootstrap_crossings,
    bootstrap_papers,
    draw_papers,
    slopes_of,
    sums_by_paper,
)
from computational_limits.fits import (
    COMPUTING_ON_PERFORMANCE,
    DIRECTIONS,
    REDUCED_MAJOR_AXIS,
    Regression,
    fit,
    paper_codes,
)
from computational_limits.scaling import (
    BROKEN_POWER_LAW,
    EVERY_FORM,
    EXPONENTIAL,
    EXPONENTIAL_DECAY,
    EXPONENTIAL_WITH_FLOOR,
    FORMS,
    PERFORMANCE_ON_COMPUTING,
    POLYNOMIAL,
    POLYNOMIAL_WITH_FLOOR,
    Form,
)

SEED = 42


def columns_of(models: pd.DataFrame, benchmark: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows = models[models["benchmark"] == benchmark]
    return tuple(rows[name].to_numpy() for name in ("hardware_burden_gflop", "error", "paper"))


@pytest.mark.parametrize("benchmark", ["imagenet", "ms-coco", "squad-1.1"])
def test_slopes_are_those_of_statsmodels_on_the_same_papers(benchmark: str, models: pd.DataFrame) -> None:
    compute, error, papers = columns_of(models, benchmark)
    codes = paper_codes(papers, papers.size)
    draws = draw_papers(codes.max() + 1, 200, SEED)
    found = bootstrap_papers(compute, error, papers, SEED, resamples=200)
    for form in FORMS.values():
        expected = []
        for counts in draws.astype(int):
            rows = np.repeat(np.arange(papers.size), counts[codes])
            design = sm.add_constant(np.log10(compute[rows]))
            expected.append(sm.OLS(form.response(error[rows]), design).fit().params[1])
        np.testing.assert_allclose(found[form.name].slopes, expected, rtol=1e-8)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_estimate_is_that_of_the_fit(direction: str, models: pd.DataFrame) -> None:
    compute, error, papers = columns_of(models, "imagenet")
    for form, found in bootstrap_papers(compute, error, papers, SEED, direction=direction, resamples=50).items():
        assert found.estimate == pytest.approx(fit(compute, error, FORMS[form], direction).slope)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_every_direction_is_resampled_as_it_is_fitted(direction: str, models: pd.DataFrame) -> None:
    compute, error, papers = columns_of(models, "ms-coco")
    codes = paper_codes(papers, papers.size)
    found = bootstrap_papers(compute, error, papers, SEED, [EXPONENTIAL], direction, 30)["exponential"]
    for slope, counts in zip(found.slopes, draw_papers(codes.max() + 1, 30, SEED).astype(int), strict=True):
        rows = np.repeat(np.arange(papers.size), counts[codes])
        assert slope == pytest.approx(fit(compute[rows], error[rows], EXPONENTIAL, direction).slope, rel=1e-8)


def test_every_resample_draws_as_many_papers_as_there_are() -> None:
    draws = draw_papers(7, 5_000, SEED)
    assert draws.shape == (5_000, 7)
    assert (draws.sum(axis=1) == 7).all()
    assert draws.mean(axis=0) == pytest.approx(np.ones(7), abs=0.07)
    assert draws.var() == pytest.approx(6.0 / 7.0, rel=0.05)


def test_the_seed_decides_and_both_forms_see_the_same_resamples(models: pd.DataFrame) -> None:
    columns = columns_of(models, "imagenet")
    first, again, other = (
        bootstrap_papers(*columns, seed, resamples=100) for seed in (np.random.SeedSequence(5), 5, 6)
    )
    np.testing.assert_array_equal(first["polynomial"].slopes, again["polynomial"].slopes)
    assert not np.array_equal(first["polynomial"].slopes, other["polynomial"].slopes)
    alone = bootstrap_papers(*columns, 5, [EXPONENTIAL], resamples=100)
    np.testing.assert_array_equal(first["exponential"].slopes, alone["exponential"].slopes)


def test_resamples_without_a_slope_are_counted() -> None:
    """Three papers of one model each: 3 in 27 draws repeat one, 18 have two, and only 6 have three models."""
    resamples = 20_000
    compute, error = [1e6, 1e8, 1e9], [0.4, 0.2, 0.15]
    found = bootstrap_papers(compute, error, list("abc"), SEED, resamples=resamples)["polynomial"]
    assert found.too_few / resamples == pytest.approx(21.0 / 27.0, abs=0.012)
    assert found.no_spread == 0
    assert found.slopes.size == resamples - found.too_few
    assert found.failed_share == found.too_few / resamples
    assert np.ptp(found.slopes) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("flat", ["computing", "error"])
def test_resamples_without_spread_are_counted(flat: str) -> None:
    """Two papers of three models each agree: 8 in 27 draws have these two or one of them."""
    spread, same = [1e6, 1e7, 1e8, 1e9, 1e6, 1e7, 1e8], [1e7] * 6 + [1e9]
    some, equal = [0.5, 0.4, 0.3, 0.2, 0.45, 0.35, 0.25], [0.3] * 6 + [0.1]
    compute, error = (same, some) if flat == "computing" else (spread, equal)
    found = bootstrap_papers(compute, error, list("aaabbbc"), SEED, resamples=20_000)["exponential"]
    assert found.no_spread / 20_000 == pytest.approx(8.0 / 27.0, abs=0.012)
    assert found.too_few / 20_000 == pytest.approx(1.0 / 27.0, abs=0.006)
    assert np.isfinite(found.slopes).all()


def test_intervals_are_percentiles_and_their_inverses(models: pd.DataFrame) -> None:
    found = bootstrap_papers(*columns_of(models, "imagenet"), SEED)["polynomial"]
    low, high = np.percentile(found.slopes, [5, 95])
    assert (found.slope_interval.low, found.slope_interval.high) == pytest.approx((low, high))
    assert (found.exponent_interval.low, found.exponent_interval.high) == pytest.approx((1.0 / high, 1.0 / low))
    assert found.share_not_rising == np.mean(found.slopes <= 0.0)
    assert found.slope_se == pytest.approx(pd.Series(found.slopes).std())


def test_a_slope_that_may_be_zero_leaves_the_exponent_unbounded(models: pd.DataFrame) -> None:
    found = bootstrap_papers(*columns_of(models, "wmt2014-en-de"), SEED, resamples=2_000)["polynomial"]
    assert found.share_not_rising > 0.05
    assert found.exponent_interval.high == np.inf


def test_spread_over_papers_of_many_models_is_that_of_the_sandwich() -> None:
    """With many papers the bootstrap and the standard errors by paper estimate the same."""
    generator = np.random.default_rng(12)
    codes = np.repeat(np.arange(150), 3)
    x = generator.uniform(6.0, 12.0, 450)
    y = 0.1 * x + 0.05 * generator.standard_normal(150)[codes] + 0.05 * generator.standard_normal(450)
    found = bootstrap_papers(10.0**x, 10.0**-y, codes, SEED, [POLYNOMIAL])["polynomial"]
    assert found.slope_se == pytest.approx(fit(10.0**x, 10.0**-y, errors="by paper", clusters=codes).slope_se, rel=0.06)


def test_sums_by_paper_add_up_to_the_line() -> None:
    x, y = np.array([6.0, 8.0, 9.0, 12.0]), np.array([0.3, 0.5, 0.4, 0.9])
    sums = sums_by_paper(x, y, np.array([0, 1, 1, 0])).sum(axis=0)
    assert slopes_of(sums, PERFORMANCE_ON_COMPUTING) == pytest.approx(np.polyfit(x, y, 1)[0])
    assert slopes_of(sums, COMPUTING_ON_PERFORMANCE) == pytest.approx(1.0 / np.polyfit(y, x, 1)[0])
    assert slopes_of(sums, REDUCED_MAJOR_AXIS) == pytest.approx(np.std(y) / np.std(x))


def test_refuses_what_cannot_be_resampled() -> None:
    compute, error = [1e6, 1e7, 1e8, 1e9, 1e10], [0.5, 0.4, 0.35, 0.2, 0.1]
    with pytest.raises(ValueError, match="at least 3 papers, got 2"):
        bootstrap_papers(compute, error, list("aabbb"), SEED)
    with pytest.raises(ValueError, match="polynomial with floor is not resampled"):
        bootstrap_papers(compute, error, list("abcde"), SEED, [POLYNOMIAL_WITH_FLOOR])
    with pytest.raises(ValueError, match="no direction 'sideways'"):
        bootstrap_papers(compute, error, list("abcde"), SEED, direction="sideways")
    with pytest.raises(ValueError, match="at least 3 models, got 2"):
        bootstrap_papers(compute[:2], error[:2], list("ab"), SEED)
    with pytest.raises(ValueError, match="no resample of the papers has a slope"):
        bootstrap_papers(compute[:3], error[:3], list("abc"), SEED, resamples=1)


def resampled_rows(papers: np.ndarray, resamples: int) -> list[np.ndarray]:
    codes = paper_codes(papers, papers.size)
    return [
        np.repeat(np.arange(papers.size), counts[codes])
        for counts in draw_papers(codes.max() + 1, resamples, SEED).astype(int)
    ]


@pytest.mark.parametrize("form", [POLYNOMIAL, EXPONENTIAL, EXPONENTIAL_DECAY], ids=lambda form: form.name)
@pytest.mark.parametrize("benchmark", ["imagenet", "wmt2014-en-de"])
def test_every_resample_reaches_targets_where_its_own_fit_does(
    benchmark: str, form: Form, models: pd.DataFrame
) -> None:
    compute, error, papers = columns_of(models, benchmark)
    targets = np.array([0.6, 0.3, 0.05])
    drawn = bootstrap_crossings(compute, error, papers, targets, SEED, [form], DIRECTIONS, 40)
    assert set(drawn) == {(form.name, way) for way in DIRECTIONS} - {("exponential decay", "orthogonal")}
    for (_, direction), found in drawn.items():
        assert found.failed == 0
        for rows, crossings in zip(resampled_rows(papers, 40), found.log10_gflop, strict=True):
            law = fit(compute[rows], error[rows], form, direction)
            expected = (form.response(targets) - law.intercept) / law.slope
            if form is EXPONENTIAL_DECAY:
                with np.errstate(divide="ignore"):
                    expected = np.log10(np.maximum(expected, 0.0))
            expected = expected if law.slope > 0.0 else np.full(3, np.inf)
            np.testing.assert_allclose(crossings, expected, rtol=1e-6)


@pytest.mark.parametrize("form", [POLYNOMIAL_WITH_FLOOR, EXPONENTIAL_WITH_FLOOR], ids=lambda form: form.name)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_every_resample_finds_its_own_floor(form: Form, direction: str, models: pd.DataFrame) -> None:
    """To a fraction of a step of the grid: half a percent of decades at the median, nowhere another floor."""
    compute, error, papers = columns_of(models, "imagenet")
    targets = np.array([0.2, 0.115, 0.05])
    found = bootstrap_crossings(compute, error, papers, targets, SEED, [form], [direction], 60)[form.name, direction]
    gaps = []
    for rows, crossings in zip(resampled_rows(papers, 60), found.log10_gflop, strict=True):
        law = fit(compute[rows], error[rows], form, direction)
        expected = crossings_by_hand(law, targets)
        assert (np.isinf(expected) == np.isinf(crossings)).all()
        finite = np.isfinite(expected)
        gaps += np.abs(crossings[finite] - expected[finite]).tolist()
    assert np.median(gaps) < 0.005
    assert max(gaps) < 0.25


def crossings_by_hand(law: Regression, targets: np.ndarray) -> np.ndarray:
    assert law.floor is not None
    if law.slope <= 0.0:
        return np.full(targets.size, np.inf)
    above = np.maximum(targets, law.floor.value + 1e-15)
    return np.where(targets > law.floor.value, (law.form.response(above) - law.intercept) / law.slope, np.inf)


def test_every_resample_finds_its_own_break(models: pd.DataFrame) -> None:
    compute, error, papers = columns_of(models, "ms-coco")
    targets = np.array([0.5, 0.3])
    drawn = bootstrap_crossings(compute, error, papers, targets, SEED, [BROKEN_POWER_LAW], DIRECTIONS, 60)
    (found,) = drawn.values()
    assert found.failed == 0
    reached = 0
    for rows, crossings in zip(resampled_rows(papers, 60), found.log10_gflop, strict=True):
        law = fit(compute[rows], error[rows], BROKEN_POWER_LAW)
        for target, crossing in zip(targets, crossings, strict=True):
            if crossing < 100.0:
                reached += 1
                assert float(law.error_at(10.0**crossing)) == pytest.approx(target, rel=0.1)
            elif crossing == np.inf:
                assert law.slope <= 0.0
    assert reached > 20


def test_resamples_that_never_reach_a_target_leave_the_end_open(models: pd.DataFrame) -> None:
    columns = columns_of(models, "wmt2014-en-de")
    found = bootstrap_crossings(*columns, [0.3], SEED, resamples=2_000)["polynomial", PERFORMANCE_ON_COMPUTING]
    falling = bootstrap_papers(*columns, SEED, resamples=2_000)["polynomial"].share_not_rising
    assert found.share_never == pytest.approx([falling])
    assert falling > 0.05
    (interval,) = found.intervals
    assert interval.high == np.inf
    finite = np.sort(found.log10_gflop[:, 0])
    assert interval.low == finite[99]


def test_intervals_of_crossings_are_percentiles(models: pd.DataFrame) -> None:
    found = bootstrap_crossings(*columns_of(models, "imagenet"), [0.2, 0.05], SEED)[
        "polynomial", PERFORMANCE_ON_COMPUTING
    ]
    for interval, values in zip(found.intervals, found.log10_gflop.T, strict=True):
        expected = np.quantile(values, [0.05, 0.95], method="inverted_cdf")
        assert [interval.low, interval.high] == expected.tolist()


def test_resamples_that_a_form_cannot_be_fitted_to_are_counted(models: pd.DataFrame) -> None:
    compute, error, papers = columns_of(models, "imagenet")
    few = slice(0, 6)
    drawn = bootstrap_crossings(compute[few], error[few], papers[few], [0.05], SEED, EVERY_FORM.values())
    sizes = np.array([np.unique(rows).size for rows in resampled_rows(papers[few], RESAMPLES)])
    for form, least in (("polynomial", 3), ("polynomial with floor", 5)):
        found = drawn[form, PERFORMANCE_ON_COMPUTING]
        assert found.failed == (sizes < least).sum() > 0
        assert found.log10_gflop.shape == (RESAMPLES - found.failed, 1)
    assert ("broken power law", PERFORMANCE_ON_COMPUTING) not in drawn


def test_crossings_refuse_a_target_that_is_no_fraction(models: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="error must be a fraction"):
        bootstrap_crossings(*columns_of(models, "imagenet"), [1.0], SEED)
