"""From models to crossings: other libraries, likelihoods maximised by search, and planted laws."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from statsmodels.regression.linear_model import OLS

from computational_limits.crossing import StraightCrossing, TabulatedCrossing
from computational_limits.fits import (
    COMPUTING_ON_PERFORMANCE,
    DIRECTIONS,
    HIGHEST_FLOOR,
    ORTHOGONAL,
    REDUCED_MAJOR_AXIS,
    fit,
)
from computational_limits.inversion import (
    BOOTSTRAP,
    LOWEST_TARGET,
    crossing_for,
    crossings_of,
    interval_method,
    reach_targets,
)
from computational_limits.scaling import (
    BROKEN_POWER_LAW,
    EVERY_FORM,
    EXPONENTIAL_DECAY,
    EXPONENTIAL_WITH_FLOOR,
    FORMS,
    PERFORMANCE_ON_COMPUTING,
    POLYNOMIAL,
    POLYNOMIAL_WITH_FLOOR,
    Form,
    fit_law,
)
from computational_limits.uncertainty import LEVEL, Interval

SIGNIFICANT = ["imagenet", "ms-coco", "squad-1.1", "conll-2003", "wmt2014-en-fr"]
INSIGNIFICANT = "wmt2014-en-de"
FIVE_DECADES = [1e9, 1e10, 1e11, 1e12, 1e13]
NEARLY_FLAT_FALLING = [0.22, 0.30, 0.19, 0.28, 0.20]
NEARLY_FLAT_RISING = NEARLY_FLAT_FALLING[::-1]
BOTH_FORMS = pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
WITH_FLOOR = pytest.mark.parametrize(
    "form", [POLYNOMIAL_WITH_FLOOR, EXPONENTIAL_WITH_FLOOR], ids=lambda form: form.name
)
SHRUNK = 0.01
"""Share of the real errors and targets that is planted.

The line is the same but for its scale, and scatter does not carry errors past 1.
"""
Columns = tuple[np.ndarray, np.ndarray]


def columns_of(models: pd.DataFrame, benchmark: str) -> Columns:
    rows = models[models["benchmark"] == benchmark]
    return rows["hardware_burden_gflop"].to_numpy(), rows["error"].to_numpy()


def interval_of(
    compute: Sequence[float], error: Sequence[float], target: float, form: Form = POLYNOMIAL, level: float = LEVEL
) -> Interval:
    (reach,) = reach_targets(compute, error, [target], form, level=level)
    return reach.confidence


def fieller_of_intercept_and_slope(columns: Columns, form: Form, target: float) -> tuple[float, float]:
    """The quadratic of the published direction in intercept and slope, with their covariance."""
    law = fit_law(*columns, form)
    gap = law.intercept - float(form.response(np.asarray(target)))
    t2 = law.t_quantile(LEVEL) ** 2
    a = law.slope**2 - t2 * law.covariance[1, 1]
    b = gap * law.slope - t2 * law.covariance[0, 1]
    c = gap**2 - t2 * law.covariance[0, 0]
    root = np.sqrt(b**2 - a * c)
    return (-b - root) / a, (-b + root) / a


def distance_in_standard_errors(
    compute: Sequence[float], error: Sequence[float], form: Form, target: float, log10_compute: float, new: bool = False
) -> float:
    """How far statsmodels' own line, or a new model on it, lies from the target, in its own standard errors."""
    response = np.log10(1.0 / np.asarray(error)) if form is POLYNOMIAL else 1.0 / np.asarray(error)
    goal = np.log10(1.0 / target) if form is POLYNOMIAL else 1.0 / target
    x = np.log10(np.asarray(compute))
    prediction = OLS(response, np.column_stack([np.ones_like(x), x])).fit().get_prediction([[1.0, log10_compute]])
    spread = prediction.se_obs if new else prediction.se_mean
    return float(abs(prediction.predicted_mean[0] - goal) / spread[0])


@BOTH_FORMS
@pytest.mark.parametrize("benchmark", SIGNIFICANT)
@pytest.mark.parametrize("target", [0.30, 0.10, 0.05, 0.01])
def test_the_published_direction_is_fiellers_in_other_terms(
    benchmark: str, form: Form, target: float, models: pd.DataFrame
) -> None:
    columns = columns_of(models, benchmark)
    interval = interval_of(*columns, target, form)
    expected = fieller_of_intercept_and_slope(columns, form, target)
    assert (interval.low, interval.high) == pytest.approx(expected, abs=1e-9, rel=1e-9)


@BOTH_FORMS
@pytest.mark.parametrize("benchmark", SIGNIFICANT)
@pytest.mark.parametrize("target", [0.30, 0.05])
def test_the_line_at_the_ends_of_a_crossing_differs_by_t_standard_errors(
    benchmark: str, form: Form, target: float, models: pd.DataFrame
) -> None:
    columns = columns_of(models, benchmark)
    reach = crossing_for(*columns, form).reach(target)
    t = stats.t.ppf(0.95, columns[0].size - 2)
    for interval, new in ((reach.confidence, False), (reach.prediction, True)):
        for end in (interval.low, interval.high):
            if np.isfinite(end):
                assert distance_in_standard_errors(*columns, form, target, end, new) == pytest.approx(t, rel=1e-6)


@BOTH_FORMS
@pytest.mark.parametrize("target", [0.30, 0.05])
def test_computing_on_performance_is_predicted_as_statsmodels_does(
    form: Form, target: float, models: pd.DataFrame
) -> None:
    compute, error = columns_of(models, "imagenet")
    design = np.column_stack([np.ones(error.size), form.response(error)])
    goal = [[1.0, float(form.response(np.asarray(target)))]]
    frame = OLS(np.log10(compute), design).fit().get_prediction(goal).summary_frame(alpha=0.1)
    reach = crossing_for(compute, error, form, COMPUTING_ON_PERFORMANCE).reach(target)
    found = [reach.confidence.low, reach.confidence.high, reach.prediction.low, reach.prediction.high]
    expected = frame[["mean_ci_lower", "mean_ci_upper", "obs_ci_lower", "obs_ci_upper"]].to_numpy()[0]
    assert reach.estimate == pytest.approx(frame["mean"].iloc[0])
    assert found == pytest.approx(expected)


@BOTH_FORMS
@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("benchmark", [*SIGNIFICANT, INSIGNIFICANT])
@given(error=st.floats(0.001, 0.95))
@settings(deadline=None, max_examples=15)
def test_a_crossing_inverts_the_law_and_lies_in_its_intervals(
    benchmark: str, direction: str, form: Form, models: pd.DataFrame, error: float
) -> None:
    columns = columns_of(models, benchmark)
    reach = crossing_for(*columns, form, direction).reach(error)
    law = fit(*columns, form, direction)
    response = law.intercept + law.slope * reach.estimate
    assert float(form.error(np.asarray(response))) == pytest.approx(error, rel=1e-6)
    assert reach.estimate in reach.confidence
    assert reach.prediction.low <= reach.confidence.low
    assert reach.prediction.high >= reach.confidence.high


@pytest.mark.parametrize("direction", [ORTHOGONAL, REDUCED_MAJOR_AXIS])
def test_a_symmetric_line_carries_the_standard_error_of_its_slope(direction: str, models: pd.DataFrame) -> None:
    columns = columns_of(models, "imagenet")
    law, crossing = fit(*columns, POLYNOMIAL, direction), crossing_for(*columns, POLYNOMIAL, direction)
    assert isinstance(crossing, StraightCrossing)
    assert (crossing.slope, crossing.var_slope**0.5) == pytest.approx((law.slope, law.slope_se))
    assert crossing.var_residual == pytest.approx(law.residuals @ law.residuals / (law.n - 2))


def test_crossing_of_points_exactly_on_a_line_shrinks_to_the_estimate() -> None:
    """Without any scatter there is nothing to be unsure of."""
    interval = interval_of([1e9, 1e11, 1e13], [0.4, 0.2, 0.1], 0.05)
    assert (interval.low, interval.high) == pytest.approx((15.0, 15.0), abs=1e-6)


@pytest.mark.parametrize(
    ("form", "target"), [(POLYNOMIAL, 0.05), (POLYNOMIAL_WITH_FLOOR, 0.2), (EXPONENTIAL_DECAY, 0.05)]
)
def test_a_higher_level_gives_a_wider_crossing(form: Form, target: float, models: pd.DataFrame) -> None:
    columns = columns_of(models, "imagenet")
    narrow, wide = (interval_of(*columns, target, form, level) for level in (0.50, 0.90))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_english_to_german_does_not_bound_its_targets(models: pd.DataFrame) -> None:
    assert not interval_of(*columns_of(models, INSIGNIFICANT), 0.30).bounded


def test_crossing_is_the_whole_line_where_a_flat_law_meets_a_target_amid_the_data() -> None:
    law = fit_law(FIVE_DECADES, NEARLY_FLAT_FALLING, POLYNOMIAL)
    target = float(law.error_at(11.0))
    assert interval_of(FIVE_DECADES, NEARLY_FLAT_FALLING, target) == Interval(-np.inf, np.inf)
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
    interval = interval_of(FIVE_DECADES, errors, target)
    end, far = (interval.low, interval.high) if upwards else (interval.high, interval.low)
    outwards = 1.0 if upwards else -1.0
    assert far == outwards * np.inf
    assert float(law.log10_compute_for(target)) in interval
    t = law.t_quantile(LEVEL)

    def distance(log10_compute: float) -> float:
        return distance_in_standard_errors(FIVE_DECADES, errors, POLYNOMIAL, target, log10_compute)

    assert distance(end) == pytest.approx(t, rel=1e-6)
    assert distance(end + outwards * 0.5) < t < distance(end - outwards * 0.5)


def drop_of_floors(columns: Columns, form: Form, target: float) -> Callable[[float, bool], float]:
    """Twice the loss of log likelihood of a law through the target, with floors maximised by scipy."""
    compute, error = columns
    x = np.log10(compute)
    n = x.size
    cap = HIGHEST_FLOOR * error.min()

    def likelihood(floor: float, residuals: Callable[[np.ndarray], np.ndarray]) -> float:
        above = error - floor
        y = form.response(above)
        slopes = 1.0 / above if form.name.startswith("polynomial") else 1.0 / above**2
        return float(-n / 2.0 * np.log(np.sum(residuals(y) ** 2)) + np.sum(np.log(slopes)))

    def highest(value: Callable[[float], float], end: float) -> float:
        grid = np.linspace(0.0, end, 400)
        place = grid[np.argmax([value(floor) for floor in grid])]
        step = grid[1]
        bounds = (max(place - step, 0.0), min(place + step, end))
        found = optimize.minimize_scalar(lambda floor: -value(floor), bounds=bounds, method="bounded")
        return max(-float(found.fun), value(place))

    def free(y: np.ndarray) -> np.ndarray:
        return y - np.polyval(np.polyfit(x, y, 1), x)

    top = highest(lambda floor: likelihood(floor, free), cap)

    def drop(x0: float, new: bool) -> float:
        def through(floor: float) -> float:
            goal = float(form.response(np.asarray(target - floor)))

            def residuals(y: np.ndarray) -> np.ndarray:
                if new:
                    longer, higher = np.append(x, x0), np.append(y, goal)
                    return higher - np.polyval(np.polyfit(longer, higher, 1), longer)
                return y - goal - (x - x0) * np.sum((x - x0) * (y - goal)) / np.sum((x - x0) ** 2)

            return likelihood(floor, residuals)

        return 2.0 * (top - highest(through, min(cap, target * (1.0 - 1e-9))))

    return drop


@WITH_FLOOR
@pytest.mark.parametrize(("benchmark", "target"), [("imagenet", 0.05), ("imagenet", 0.115), ("squad-1.1", 0.05)])
def test_ends_with_a_floor_are_where_the_profile_falls_to_its_limit(
    benchmark: str, target: float, form: Form, models: pd.DataFrame
) -> None:
    columns = columns_of(models, benchmark)
    n = columns[0].size
    limit = n * np.log1p(stats.t.ppf(0.95, n - 3) ** 2 / (n - 3))
    drop = drop_of_floors(columns, form, target)
    (reach,) = reach_targets(*columns, [target], form)
    for interval, new in ((reach.confidence, False), (reach.prediction, True)):
        for end in (interval.low, interval.high):
            if np.isfinite(end):
                assert drop(end, new) == pytest.approx(limit, abs=0.01)
        assert drop(interval.low - 0.2, new) > limit > drop(interval.low + 0.2, new)


@WITH_FLOOR
def test_a_floor_that_cannot_be_excluded_leaves_a_lower_target_open(form: Form, models: pd.DataFrame) -> None:
    columns = columns_of(models, "imagenet")
    floor = fit(*columns, form).floor
    assert floor is not None
    below, above = (reach_targets(*columns, [target], form)[0] for target in (floor.interval.high * 0.95, 0.3))
    assert below.confidence.high == below.prediction.high == np.inf
    assert np.isfinite(below.confidence.low)
    assert above.confidence.bounded
    assert (below.estimate == np.inf) == (floor.value > floor.interval.high * 0.95)


def test_a_target_below_the_floor_is_never_reached(models: pd.DataFrame) -> None:
    columns = columns_of(models, "imagenet")
    floor = fit(*columns, POLYNOMIAL_WITH_FLOOR).floor
    assert floor is not None
    (never,) = reach_targets(*columns, [floor.value * 0.999], POLYNOMIAL_WITH_FLOOR)
    (barely,) = reach_targets(*columns, [floor.value * 1.001], POLYNOMIAL_WITH_FLOOR)
    assert never.estimate == never.confidence.high == np.inf
    assert np.isfinite([barely.estimate, never.confidence.low]).all()


def broken_columns(n: int = 40) -> Columns:
    generator = np.random.default_rng(5)
    x = np.linspace(6.0, 12.0, n)
    response = 0.2 + 0.02 * (x - 6.0) + 0.12 * np.maximum(x - 9.0, 0.0)
    return 10.0**x, 10.0 ** -(response + 0.01 * generator.standard_normal(n))


@pytest.mark.parametrize("target", [0.05, 0.3, 0.6])
def test_ends_of_a_broken_law_are_where_the_profile_falls_to_its_limit(target: float) -> None:
    columns = broken_columns()
    x, y = np.log10(columns[0]), -np.log10(columns[1])
    n, goal = x.size, -np.log10(target)
    breaks = np.linspace(np.unique(x)[4], np.unique(x)[-5], 600)

    def rss(design: np.ndarray, response: np.ndarray) -> float:
        return float(np.sum((response - design @ np.linalg.lstsq(design, response)[0]) ** 2))

    def through(x0: float) -> float:
        """Least squares of the laws that pass the target at ``x0``."""

        def of(place: float) -> float:
            hinge = np.maximum(x - place, 0.0) - max(x0 - place, 0.0)
            return rss(np.column_stack([x - x0, hinge]), y - goal)

        return min(of(place) for place in breaks)

    free = min(rss(np.column_stack([np.ones(n), x, np.maximum(x - place, 0.0)]), y) for place in breaks)
    interval = interval_of(*columns, target, BROKEN_POWER_LAW)
    limit = n * np.log1p(stats.t.ppf(0.95, n - 4) ** 2 / (n - 4))
    assert interval.bounded
    for end in (interval.low, interval.high):
        assert n * np.log(through(end) / free) == pytest.approx(limit, abs=0.05)
    law = fit(*columns, BROKEN_POWER_LAW)
    (reach,) = reach_targets(*columns, [target], BROKEN_POWER_LAW)
    assert float(law.error_at(10.0**reach.estimate)) == pytest.approx(target, rel=1e-3)
    assert reach.estimate in interval


def test_a_broken_law_that_falls_at_last_never_reaches_what_lies_beyond_it() -> None:
    x = np.linspace(6.0, 12.0, 40)
    response = 0.5 + 0.1 * (x - 6.0) - 0.3 * np.maximum(x - 9.0, 0.0)
    error = 10.0 ** -(response + 0.001 * np.random.default_rng(2).standard_normal(40))
    beyond, before = reach_targets(10.0**x, error, [0.1, 0.25], BROKEN_POWER_LAW)
    assert beyond.estimate == beyond.confidence.low == np.inf
    assert before.estimate == pytest.approx(6.0 + (np.log10(4.0) - 0.5) / 0.1, abs=0.1)


@pytest.mark.parametrize("target", [0.1, 0.05])
def test_a_decay_is_fiellers_in_gflop(target: float, models: pd.DataFrame) -> None:
    compute, error = columns_of(models, "imagenet")
    prediction = OLS(-np.log10(error), np.column_stack([np.ones(error.size), compute / 1e12])).fit()
    interval = interval_of(compute, error, target, EXPONENTIAL_DECAY)
    for end in (interval.low, interval.high):
        there = prediction.get_prediction([[1.0, 10.0 ** (end - 12.0)]])
        distance = abs(there.predicted_mean[0] + np.log10(target)) / there.se_mean[0]
        assert distance == pytest.approx(stats.t.ppf(0.95, error.size - 2), rel=1e-6)


def test_a_decay_that_starts_below_the_target_needs_no_computing(models: pd.DataFrame) -> None:
    (reach,) = reach_targets(*columns_of(models, "imagenet"), [0.9], EXPONENTIAL_DECAY)
    assert reach.estimate == reach.confidence.low == -np.inf


@pytest.mark.parametrize(
    "form", [POLYNOMIAL_WITH_FLOOR, EXPONENTIAL_WITH_FLOOR, EXPONENTIAL_DECAY], ids=lambda form: form.name
)
@pytest.mark.parametrize("benchmark", [*SIGNIFICANT, INSIGNIFICANT])
def test_a_table_follows_the_law(benchmark: str, form: Form, models: pd.DataFrame) -> None:
    """0.0125 decades, or in proportion beyond 40 decades, but for the steps where it runs to a floor."""
    columns = columns_of(models, benchmark)
    table = crossing_for(*columns, form)
    assert isinstance(table, TabulatedCrossing)
    assert table.errors[0] == pytest.approx(0.9)
    assert table.errors[-1] == pytest.approx(LOWEST_TARGET * columns[1].min())
    targets = np.geomspace(table.errors[0] * 0.999999, table.errors[-1] * 1.000001, 500)
    missed = 0
    for target, exact in zip(targets, reach_targets(*columns, targets, form), strict=True):
        reach = table.reach(target)
        for interval, expected in ((reach.confidence, exact.confidence), (reach.prediction, exact.prediction)):
            found, wanted = [
                np.array([estimate, ends.low, ends.high])
                for estimate, ends in ((reach.estimate, interval), (exact.estimate, expected))
            ]
            same = found == wanted
            gap = np.abs(np.where(same, 0.0, found) - np.where(same, 0.0, wanted))
            missed += int((gap > 0.0125 * np.maximum(1.0, np.abs(np.where(same, 0.0, wanted)) / 40.0)).any())
    assert missed <= 5


def test_a_table_refuses_what_lies_beyond_it(models: pd.DataFrame) -> None:
    table = crossing_for(*columns_of(models, "imagenet"), POLYNOMIAL_WITH_FLOOR)
    with pytest.raises(ValueError, match=r"tabulated for errors from 0\.00232 to 0\.9, not 0\.001"):
        table.reach(0.001)


def test_every_law_has_one_way_to_its_interval() -> None:
    ways = {(form.name, way): interval_method(form, way) for form in EVERY_FORM.values() for way in DIRECTIONS}
    assert ways["polynomial", PERFORMANCE_ON_COMPUTING] == "Fieller"
    assert ways["exponential", COMPUTING_ON_PERFORMANCE] == "Student"
    assert ways["exponential", ORTHOGONAL] == "Fieller, approximate"
    assert ways["polynomial with floor", PERFORMANCE_ON_COMPUTING] == "profile likelihood"
    assert ways["exponential decay", PERFORMANCE_ON_COMPUTING] == "Fieller"
    assert ways["polynomial with floor", COMPUTING_ON_PERFORMANCE] == BOOTSTRAP


def test_a_law_given_its_floor_has_an_estimate_but_no_table(models: pd.DataFrame) -> None:
    columns = columns_of(models, "squad-1.1")
    with pytest.raises(ValueError, match="known from resampled papers alone"):
        crossing_for(*columns, POLYNOMIAL_WITH_FLOOR, REDUCED_MAJOR_AXIS)
    law = fit(*columns, POLYNOMIAL_WITH_FLOOR, REDUCED_MAJOR_AXIS)
    (found,) = crossings_of(law, [0.1])
    assert float(law.error_at(10.0**found)) == pytest.approx(0.1)


@pytest.mark.parametrize("target", [0.0, 1.0])
def test_a_target_that_is_no_fraction_is_refused(target: float, models: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="error must be a fraction"):
        reach_targets(*columns_of(models, "imagenet"), [target])
