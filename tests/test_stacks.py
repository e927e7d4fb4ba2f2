"""Lines of many selections at once: each is the line of its points alone."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.outliers_influence import OLSInfluence

from computational_limits.estimators import (
    Line,
    least_squares_line,
    orthogonal_line,
    quantile_line,
    reduced_major_axis,
    theil_sen_line,
)
from computational_limits.fits import COMPUTING_ON_PERFORMANCE, ORTHOGONAL, REDUCED_MAJOR_AXIS, profile_floor
from computational_limits.scaling import EXPONENTIAL_WITH_FLOOR, PERFORMANCE_ON_COMPUTING, POLYNOMIAL_WITH_FLOOR, Form
from computational_limits.stacks import (
    EXACT_KENDALL,
    MAD_TO_SD,
    Lines,
    Stack,
    centre,
    floors_of,
    kendall_p_values,
    least_squares_lines,
    lines_with_year,
    masked_median,
    quantile_lines,
    theil_sen_lines,
    without_far_residuals,
    without_most_influential,
)

LEVEL = 0.9
QUANTILES = (0.5, 0.75, 0.9)


def planted_stack(seed: int, samples: int = 3, selections: int = 4, n: int = 14, digits: int = 9) -> Stack:
    """Noisy lines; few digits make ties. Every selection keeps five points at least."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(0.0, 6.0, (samples, n)).round(digits)
    y = (0.1 * x + rng.normal(0.0, 0.2, x.shape)).round(digits)
    kept = rng.random((samples, selections, n)) < 0.7
    kept[..., :5] = True
    return Stack(x, y, kept)


def assert_each(lines: Lines, stack: Stack, alone: Callable[[np.ndarray, np.ndarray], Line]) -> None:
    for sample, selection in np.ndindex(*stack.kept.shape[:2]):
        kept = stack.kept[sample, selection]
        line = alone(stack.x[sample, kept], stack.y[sample, kept])
        found = [getattr(lines, name)[sample, selection] for name in ("slope", "intercept", "p_value")]
        np.testing.assert_allclose(found, [line.slope, line.intercept, line.p_value], rtol=1e-8, atol=1e-12)


def turned(line: Line) -> Line:
    return Line(-line.intercept / line.slope, 1.0 / line.slope, np.nan, np.nan, np.nan, line.p_value, line.r2)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), digits=st.sampled_from([1, 9]))
def test_every_line_is_that_of_its_points_alone(seed: int, digits: int) -> None:
    stack = planted_stack(seed, digits=digits)
    alone = {
        PERFORMANCE_ON_COMPUTING: lambda x, y: least_squares_line(x, y, LEVEL),
        COMPUTING_ON_PERFORMANCE: lambda x, y: turned(least_squares_line(y, x, LEVEL)),
        ORTHOGONAL: lambda x, y: orthogonal_line(x, y, LEVEL),
        REDUCED_MAJOR_AXIS: lambda x, y: reduced_major_axis(x, y, LEVEL),
    }
    for direction, estimate in alone.items():
        assert_each(least_squares_lines(stack, direction), stack, estimate)
    assert_each(theil_sen_lines(stack), stack, lambda x, y: theil_sen_line(x, y, LEVEL))
    for quantile, lines in quantile_lines(stack, QUANTILES).items():
        assert_each(lines, stack, lambda x, y: quantile_line(x, y, LEVEL, quantile))  # noqa: B023


def test_a_turned_theil_sen_line_is_that_of_the_other_variable() -> None:
    stack = planted_stack(1)
    assert_each(theil_sen_lines(stack, turned=True), stack, lambda x, y: turned(theil_sen_line(y, x, LEVEL)))


def test_least_squares_with_and_without_the_year_agree_with_statsmodels() -> None:
    stack = planted_stack(2)
    year = np.random.default_rng(3).integers(2012, 2021, stack.x.shape).astype(float)
    plain, dated = least_squares_lines(stack), lines_with_year(stack, year)
    for sample, selection in np.ndindex(*stack.kept.shape[:2]):
        kept = stack.kept[sample, selection]
        x, y, t = stack.x[sample, kept], stack.y[sample, kept], year[sample, kept]
        constant = np.ones_like(x)
        for lines, columns in ((plain, [constant, x]), (dated, [constant, x, t - t.mean()])):
            fit = OLS(y, np.column_stack(columns)).fit()
            assert lines.intercept[sample, selection] == pytest.approx(fit.params[0])
            assert lines.slope[sample, selection] == pytest.approx(fit.params[1])
            assert lines.p_value[sample, selection] == pytest.approx(fit.pvalues[1])


def test_a_year_that_runs_with_computing_leaves_no_slope() -> None:
    stack = planted_stack(4, samples=1, selections=1)
    assert np.isnan(lines_with_year(stack, 2000.0 + 2.0 * stack.x).slope).all()


@pytest.mark.parametrize(("n", "digits"), [(6, 9), (EXACT_KENDALL, 9), (EXACT_KENDALL + 7, 9), (20, 1), (60, 1)])
def test_rank_correlations_agree_with_scipy_with_and_without_ties(n: int, digits: int) -> None:
    stack = planted_stack(n, n=n, digits=digits)
    found = kendall_p_values(stack)
    for sample, selection in np.ndindex(*found.shape):
        kept = stack.kept[sample, selection]
        expected = stats.kendalltau(stack.x[sample, kept], stack.y[sample, kept]).pvalue
        assert found[sample, selection] == pytest.approx(expected)


def test_a_perfect_order_of_many_points_is_exact() -> None:
    x = np.arange(40.0)[None]
    stack = Stack(x, x.copy(), np.ones((1, 1, 40), dtype=bool))
    assert kendall_p_values(stack)[0, 0] == pytest.approx(stats.kendalltau(x[0], x[0]).pvalue)


@pytest.mark.parametrize("form", [POLYNOMIAL_WITH_FLOOR, EXPONENTIAL_WITH_FLOOR], ids=lambda form: form.name)
def test_floors_are_those_found_one_at_a_time(form: Form) -> None:
    rng = np.random.default_rng(5)
    x = rng.uniform(5.0, 10.0, 18)
    error = 0.05 + 10.0 ** (-0.15 * x + rng.normal(0.0, 0.05, 18))
    kept = rng.random((6, 18)) < 0.75
    alone = [profile_floor(10.0 ** x[row], error[row], form).value for row in kept]
    np.testing.assert_allclose(floors_of(error, kept, x, form), alone, rtol=1e-5, atol=1e-7)


def test_the_most_influential_point_is_that_of_statsmodels() -> None:
    stack = planted_stack(6)
    left = without_most_influential(stack)
    for sample, selection in np.ndindex(*stack.kept.shape[:2]):
        places = np.flatnonzero(stack.kept[sample, selection])
        design = np.column_stack([np.ones(places.size), stack.x[sample, places]])
        distances = OLSInfluence(OLS(stack.y[sample, places], design).fit()).cooks_distance[0]
        (gone,) = np.flatnonzero(stack.kept[sample, selection] & ~left[sample, selection])
        assert gone == places[np.argmax(distances)]


def test_points_far_from_the_robust_line_go_and_all_points_on_a_line_stay() -> None:
    x = np.arange(9.0)
    jitter = np.array([0.1, -0.1, 0.1, -0.1, 0.0, 0.1, -0.1, 0.1, -0.1])
    y = np.stack([x + jitter, x])
    y[0, 6] += 3.0
    kept = without_far_residuals(Stack(np.stack([x, x]), y, np.ones((2, 1, 9), dtype=bool)), 2.5)
    assert np.flatnonzero(~kept[0, 0]).tolist() == [6]
    assert kept[1].all()


def test_the_robust_deviation_is_that_of_a_normal_law() -> None:
    assert stats.norm(scale=3.0).ppf(0.75) * MAD_TO_SD == pytest.approx(3.0)


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.booleans()), min_size=1, max_size=12))
def test_a_masked_median_is_that_of_what_is_kept(points: list[tuple[float, bool]]) -> None:
    values, kept = (np.array(part) for part in zip(*points, strict=True))
    expected = np.median(values[kept]) if kept.any() else np.nan
    np.testing.assert_allclose(masked_median(values, kept), expected)


def test_what_is_not_kept_does_not_matter() -> None:
    stack = planted_stack(7)
    wild = Stack(stack.x, np.where(stack.kept[:, 0], stack.y, 1e9), stack.kept[:, :1])
    calm = Stack(stack.x, stack.y, stack.kept[:, :1])
    for estimate in (least_squares_lines, theil_sen_lines, lambda stack: quantile_lines(stack, (0.75,))[0.75]):
        np.testing.assert_allclose(estimate(wild).slope, estimate(calm).slope, rtol=1e-6)
    values, means = centre(wild.y, wild.kept)
    assert (values[~wild.kept] == 0.0).all()
    assert means == pytest.approx(centre(calm.y, calm.kept)[1])


def test_uncorrelated_points_have_no_symmetric_line_and_none_of_computing() -> None:
    x, y = np.array([[0.0, 1.0, 0.0, 1.0]]), np.array([[0.0, 0.0, 1.0, 1.0]])
    stack = Stack(x, y, np.ones((1, 1, 4), dtype=bool))
    assert least_squares_lines(stack).slope == pytest.approx(np.zeros((1, 1)))
    for direction in (COMPUTING_ON_PERFORMANCE, ORTHOGONAL, REDUCED_MAJOR_AXIS):
        assert np.isnan(least_squares_lines(stack, direction).slope).all()
