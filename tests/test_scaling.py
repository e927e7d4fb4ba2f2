"""Laws of performance on computing: planted truth, invariances, an independent fit, refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from computational_limits.arrays import FloatArray
from computational_limits.scaling import EXPONENTIAL, FORMS, POLYNOMIAL, Form, Law, fit_law

BOTH_FORMS = pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
INTERCEPTS = {"polynomial": 0.3, "exponential": 2.0}
SLOPES = {"polynomial": 0.08, "exponential": 0.7}
RESIDUAL = 0.05
STEP = 2.0
LOG10_COMPUTE = 6.0 + STEP * np.arange(4)
PATTERN = np.array([1.0, -1.0, -1.0, 1.0])
"""Residuals of four equally spaced points that no line can absorb."""


def planted_errors(form: Form) -> FloatArray:
    """Errors of four models around a known line, with residuals of a known size."""
    line = INTERCEPTS[form.name] + SLOPES[form.name] * LOG10_COMPUTE
    return form.error(line + RESIDUAL * PATTERN)


def planted_law(form: Form) -> Law:
    return fit_law(10.0**LOG10_COMPUTE, planted_errors(form), form)


def noisy_imagenet(models: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    rows = models[models["benchmark"] == "imagenet"]
    return rows["hardware_burden_gflop"].to_numpy(), rows["error"].to_numpy()


@BOTH_FORMS
def test_recovers_a_planted_law(form: Form) -> None:
    law = planted_law(form)
    assert law.form is form
    assert law.n == 4
    assert law.degrees_of_freedom == 2
    assert law.intercept == pytest.approx(INTERCEPTS[form.name])
    assert law.slope == pytest.approx(SLOPES[form.name])
    assert law.exponent == pytest.approx(1.0 / SLOPES[form.name])
    assert law.log10_compute_range == pytest.approx((6.0, 12.0))


@BOTH_FORMS
def test_spread_around_a_planted_law_is_that_of_its_residuals(form: Form) -> None:
    law = planted_law(form)
    spread_of_x = 5.0 * STEP**2
    explained = SLOPES[form.name] ** 2 * spread_of_x
    unexplained = 4.0 * RESIDUAL**2
    assert law.residual_variance == pytest.approx(unexplained / 2.0)
    assert law.slope_se == pytest.approx(np.sqrt(unexplained / 2.0 / spread_of_x))
    assert law.r2 == pytest.approx(explained / (explained + unexplained))
    t = law.slope / law.slope_se
    # With two degrees of freedom the t distribution has a closed form.
    assert law.p_value == pytest.approx(1.0 - t / np.sqrt(2.0 + t**2))


@BOTH_FORMS
def test_covariance_is_that_of_the_textbook(form: Form) -> None:
    law = planted_law(form)
    mean, spread_of_x = LOG10_COMPUTE.mean(), 5.0 * STEP**2
    expected = law.residual_variance * np.array(
        [[1.0 / 4.0 + mean**2 / spread_of_x, -mean / spread_of_x], [-mean / spread_of_x, 1.0 / spread_of_x]]
    )
    np.testing.assert_allclose(law.covariance, expected)


@given(
    form=st.sampled_from(list(FORMS.values())),
    slope=st.floats(0.01, 0.3),
    intercept=st.floats(1.5, 4.0),
    step=st.floats(0.1, 4.0),
    residual=st.floats(0.001, 0.2),
)
@settings(deadline=None, max_examples=60)
def test_recovers_any_planted_law(form: Form, slope: float, intercept: float, step: float, residual: float) -> None:
    x = step * np.arange(4)
    errors = form.error(intercept + slope * x + residual * PATTERN)
    law = fit_law(10.0**x, errors, form)
    assert law.slope == pytest.approx(slope, rel=1e-8)
    assert law.intercept == pytest.approx(intercept, rel=1e-8)


@BOTH_FORMS
@pytest.mark.parametrize("factor", [1e9, 1e-3, 86_400.0])
def test_units_of_computing_move_the_intercept_only(form: Form, factor: float) -> None:
    law = planted_law(form)
    other = fit_law(factor * 10.0**LOG10_COMPUTE, planted_errors(form), form)
    assert other.intercept == pytest.approx(law.intercept - law.slope * np.log10(factor))
    assert other.slope == pytest.approx(law.slope)
    assert other.slope_se == pytest.approx(law.slope_se)
    assert other.r2 == pytest.approx(law.r2)
    assert other.p_value == pytest.approx(law.p_value)
    assert other.residual_variance == pytest.approx(law.residual_variance)


@BOTH_FORMS
def test_order_of_the_models_does_not_matter(form: Form, models: pd.DataFrame) -> None:
    compute, error = noisy_imagenet(models)
    shuffled = np.random.default_rng(20).permutation(compute.size)
    law, other = fit_law(compute, error, form), fit_law(compute[shuffled], error[shuffled], form)
    np.testing.assert_allclose(
        [other.intercept, other.slope, other.slope_se, other.r2, other.p_value],
        [law.intercept, law.slope, law.slope_se, law.r2, law.p_value],
    )


@BOTH_FORMS
@pytest.mark.parametrize("copies", [2, 5])
def test_duplicates_leave_the_line_and_shrink_its_error_by_a_known_factor(
    form: Form, copies: int, models: pd.DataFrame
) -> None:
    compute, error = noisy_imagenet(models)
    law, other = (
        fit_law(compute, error, form),
        fit_law(np.tile(compute, copies), np.tile(error, copies), form),
    )
    shrinkage = np.sqrt((law.n - 2) / (copies * law.n - 2))
    assert other.n == copies * law.n
    assert other.intercept == pytest.approx(law.intercept)
    assert other.slope == pytest.approx(law.slope)
    assert other.r2 == pytest.approx(law.r2)
    assert other.slope_se == pytest.approx(shrinkage * law.slope_se)


@BOTH_FORMS
def test_agrees_with_scipy_linregress_on_every_benchmark(form: Form, models: pd.DataFrame) -> None:
    for _, rows in models.groupby("benchmark"):
        law = fit_law(rows["hardware_burden_gflop"], rows["error"], form)
        response = np.log10(1.0 / rows["error"]) if form is POLYNOMIAL else 1.0 / rows["error"]
        other = stats.linregress(np.log10(rows["hardware_burden_gflop"]), response)
        np.testing.assert_allclose(
            [law.slope, law.intercept, law.slope_se, law.r2, law.p_value],
            [other.slope, other.intercept, other.stderr, other.rvalue**2, other.pvalue],
            rtol=1e-8,
        )
        assert np.sqrt(law.covariance[0, 0]) == pytest.approx(other.intercept_stderr)


@BOTH_FORMS
@given(error=st.floats(0.02, 0.48))
@settings(deadline=None, max_examples=40)
def test_computing_for_an_error_gives_that_error(form: Form, error: float) -> None:
    law = planted_law(form)
    assert float(law.error_at(law.log10_compute_for(error))) == pytest.approx(error)


@BOTH_FORMS
@given(log10_compute=st.floats(0.0, 30.0))
@settings(deadline=None, max_examples=40)
def test_error_of_some_computing_takes_that_computing(form: Form, log10_compute: float) -> None:
    law = planted_law(form)
    assert float(law.log10_compute_for(law.error_at(log10_compute))) == pytest.approx(log10_compute, abs=1e-9)


def test_a_power_of_two_takes_four_times_the_computing_for_half_the_error() -> None:
    compute = np.array([1e6, 1e8, 1e10])
    law = fit_law(compute, 300.0 / np.sqrt(compute), POLYNOMIAL)
    assert law.exponent == pytest.approx(2.0)
    decades = float(law.log10_compute_for(0.01) - law.log10_compute_for(0.02))
    assert decades == pytest.approx(np.log10(4.0))


def test_the_exponential_form_takes_its_exponent_in_decades_for_one_more_unit_of_performance() -> None:
    law = planted_law(EXPONENTIAL)
    decades = float(law.log10_compute_for(1.0 / 11.0) - law.log10_compute_for(1.0 / 10.0))
    assert decades == pytest.approx(law.exponent)


def test_t_quantile_is_that_of_the_printed_table() -> None:
    law = planted_law(POLYNOMIAL)
    assert law.t_quantile(0.90) == pytest.approx(2.920, abs=5e-4)
    assert law.t_quantile(0.95) == pytest.approx(4.303, abs=5e-4)


def test_prediction_band_holds_the_line_and_widens_away_from_the_data() -> None:
    law = planted_law(POLYNOMIAL)
    x = np.array([LOG10_COMPUTE.mean(), 12.0, 16.0])
    low, high = law.prediction_band(x, 0.90)
    assert np.all((low < law.error_at(x)) & (law.error_at(x) < high))
    assert np.all(np.diff(np.log10(high) - np.log10(low)) > 0.0)


def test_prediction_band_at_the_mean_is_that_of_the_textbook() -> None:
    law = planted_law(POLYNOMIAL)
    low, high = law.prediction_band([LOG10_COMPUTE.mean()], 0.90)
    half = 2.91998558 * np.sqrt(law.residual_variance * (1.0 + 1.0 / 4.0))
    assert np.log10(high[0]) - np.log10(low[0]) == pytest.approx(2.0 * half, rel=1e-6)


@BOTH_FORMS
def test_prediction_band_covers_a_new_model_nine_times_in_ten(form: Form, models: pd.DataFrame) -> None:
    """600 draws have a standard error of 0.012: the tolerance is three of them."""
    compute, error = noisy_imagenet(models)
    truth = fit_law(compute, error, form)
    x, noise_sd = np.log10(compute), 0.3 * np.sqrt(truth.residual_variance)
    generator = np.random.default_rng(90)
    covered = []
    for new in generator.uniform(8.0, 14.0, size=600):
        noise = noise_sd * generator.standard_normal(x.size + 1)
        drawn = truth.intercept + truth.slope * np.append(x, new) + noise
        law = fit_law(compute, form.error(drawn[:-1]), form)
        low, high = law.prediction_band([new], 0.90)
        covered.append(bool(low[0] <= form.error(drawn[-1:])[0] <= high[0]))
    assert np.mean(covered) == pytest.approx(0.90, abs=0.037)


def test_prediction_band_is_missing_where_performance_would_be_negative() -> None:
    law = planted_law(EXPONENTIAL)
    low, high = law.prediction_band([-20.0, 9.0], 0.90)
    assert np.isnan([low[0], high[0]]).all()
    assert np.isfinite([low[1], high[1]]).all()


@pytest.mark.parametrize("bad", [0.0, 1.0, 1.3, -0.1, np.nan, np.inf])
def test_refuses_an_error_that_is_no_fraction(bad: float) -> None:
    with pytest.raises(ValueError, match="error must be a fraction between 0 and 1"):
        fit_law([1e6, 1e7, 1e8, 1e9], [0.4, 0.3, bad, 0.1], POLYNOMIAL)
    with pytest.raises(ValueError, match="error must be a fraction between 0 and 1"):
        planted_law(POLYNOMIAL).log10_compute_for(bad)


@pytest.mark.parametrize("bad", [0.0, -1e6, np.inf, np.nan])
def test_refuses_computing_that_is_not_finite_and_positive(bad: float) -> None:
    with pytest.raises(ValueError, match="computing must be finite and above 0 GFLOP"):
        fit_law([1e6, 1e7, bad, 1e9], [0.4, 0.3, 0.2, 0.1], POLYNOMIAL)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_refuses_fewer_than_three_models(n: int) -> None:
    with pytest.raises(ValueError, match=f"a line needs at least 3 models, got {n}"):
        fit_law([1e6, 1e8][:n], [0.4, 0.2][:n], POLYNOMIAL)


def test_refuses_models_that_all_have_the_same_computing() -> None:
    with pytest.raises(ValueError, match="all models have the same computing"):
        fit_law([1e9, 1e9, 1e9], [0.4, 0.3, 0.2], POLYNOMIAL)


def test_refuses_lists_of_unequal_length() -> None:
    with pytest.raises(ValueError, match=r"two lists of one length, not \(4,\) and \(3,\)"):
        fit_law([1e6, 1e7, 1e8, 1e9], [0.4, 0.3, 0.2], POLYNOMIAL)


def test_refuses_tables_in_place_of_lists() -> None:
    with pytest.raises(ValueError, match="two lists of one length"):
        fit_law([[1e6, 1e7], [1e8, 1e9]], [[0.4, 0.3], [0.2, 0.1]], POLYNOMIAL)


@given(error=st.floats(1e-6, 1.0, exclude_max=True), form=st.sampled_from(list(FORMS.values())))
@settings(deadline=None, max_examples=60)
def test_each_form_undoes_its_own_response(error: float, form: Form) -> None:
    assume(0.0 < error < 1.0)
    given_back = form.error(form.response(np.array([error])))[0]
    assert given_back == pytest.approx(error, rel=1e-12)
