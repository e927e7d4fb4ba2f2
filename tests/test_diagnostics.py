"""What a regression rests on and which form fits better: independent densities, refits by hand, planted truth."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from computational_limits.diagnostics import (
    compare_by_vuong,
    compare_forms,
    influence,
    log_densities,
    tabulate_form_comparison,
    tabulate_residuals,
)
from computational_limits.fits import DIRECTIONS, fit
from computational_limits.left_out import predict_left_out
from computational_limits.scaling import BROKEN, EVERY_FORM, EXPONENTIAL, FORMS, POLYNOMIAL, Form

BOTH_FORMS = pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))


def columns_of(models: pd.DataFrame, benchmark: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows = models[models["benchmark"] == benchmark]
    return tuple(rows[name].to_numpy() for name in ("hardware_burden_gflop", "error", "paper"))


def planted(form: Form, seed: int, n: int = 400) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Models on one of the published forms, with a little scatter around it."""
    generator = np.random.default_rng(seed)
    x = generator.uniform(5.0, 13.0, n)
    noise = generator.standard_normal(n)
    response = 0.25 * x - 0.8 + 0.04 * noise if form is POLYNOMIAL else 1.5 * x - 5.0 + 0.15 * noise
    return 10.0**x, form.error(response), np.arange(n)


# Influence of papers


@BOTH_FORMS
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_exponents_without_a_paper_are_those_of_a_fit_without_it(
    form: Form, direction: str, models: pd.DataFrame
) -> None:
    compute, error, papers = columns_of(models, "ms-coco")
    found = influence(compute, error, papers, form, direction)
    whole = fit(compute, error, form, direction)
    assert found.exponent == pytest.approx(whole.exponent)
    assert set(found.without["paper"]) == set(papers)
    for row in found.without.to_dict("records"):
        left = papers != row["paper"]
        law = fit(compute[left], error[left], form, direction)
        assert row["models"] == np.sum(~left)
        assert row["slope"] == pytest.approx(law.slope, rel=1e-8)
        assert row["exponent"] == pytest.approx(law.exponent, rel=1e-8)
        assert row["change"] == pytest.approx(law.slope / whole.slope - 1.0, abs=1e-8)
    assert found.largest["change"] == found.without.loc[found.without["change"].abs().idxmax(), "change"]


def test_a_paper_that_carries_the_law_is_the_most_influential() -> None:
    compute = [1e6, 1e6, 2e6, 1.5e6, 1.2e6, 1e12]
    error = [0.30, 0.33, 0.35, 0.31, 0.29, 0.05]
    found = influence(compute, error, ["a", "b", "c", "d", "e", "giant"])
    assert found.largest["paper"] == "giant"
    assert found.turns == 1


def test_a_paper_without_which_there_is_no_slope_is_said_so() -> None:
    found = influence([1e6, 1e6, 1e6, 1e9], [0.4, 0.3, 0.35, 0.1], list("abcd"))
    table = found.without.set_index("paper")
    assert np.isnan(table.loc["d", "slope"])
    assert found.without["paper"].iloc[-1] == "d"
    assert table.drop(index="d")["slope"].notna().all()


# Densities, AIC and BIC


@BOTH_FORMS
def test_log_density_is_that_of_the_log10_error(form: Form, models: pd.DataFrame) -> None:
    """The mass between two close errors, by the normal law of the response, over their distance in log10."""
    compute, error, _ = columns_of(models, "squad-1.1")
    law = fit(compute, error, form)
    line, scale = law.response_at(compute), np.sqrt(np.mean(law.residuals**2))
    step = 1e-5
    ends = [stats.norm.cdf(form.response(error * 10.0**shift), line, scale) for shift in (step, -step)]
    np.testing.assert_allclose(np.exp(log_densities(law, error)), np.abs(ends[0] - ends[1]) / (2.0 * step), rtol=1e-5)


def test_likelihood_of_the_polynomial_is_that_of_statsmodels(models: pd.DataFrame) -> None:
    for benchmark in models["benchmark"].unique():
        compute, error, papers = columns_of(models, benchmark)
        other = sm.OLS(np.log10(error), sm.add_constant(np.log10(compute))).fit()
        row = compare_forms(compute, error, papers, FORMS.values()).forms.loc["polynomial"]
        assert row["log_likelihood"] == pytest.approx(other.llf)
        assert row["aic"] == pytest.approx(other.aic + 2.0)  # statsmodels does not count the variance
        assert row["bic"] == pytest.approx(other.bic + np.log(error.size))
        n = error.size
        assert row["aicc"] == pytest.approx(row["aic"] + 24.0 / (n - 4))


@pytest.mark.parametrize("truth", FORMS.values(), ids=list(FORMS))
def test_the_planted_form_is_recognised(truth: Form) -> None:
    found = compare_forms(*planted(truth, 3), FORMS.values())
    sign = 1.0 if truth is POLYNOMIAL else -1.0
    assert sign * found.aic_difference > 10.0
    assert sign * found.vuong.statistic > 2.0
    assert found.told_apart
    assert not found.about_equal
    other = next(form for form in FORMS.values() if form is not truth)
    assert found.forms.loc[truth.name, "loo_error"] < found.forms.loc[other.name, "loo_error"]


def test_units_of_error_or_computing_do_not_decide_between_forms(models: pd.DataFrame) -> None:
    compute, error, papers = columns_of(models, "imagenet")
    first = compare_forms(compute, error, papers, FORMS.values())
    second = compare_forms(1e9 * compute, error, papers, FORMS.values())
    assert second.aic_difference == pytest.approx(first.aic_difference)
    assert second.vuong.p_value == pytest.approx(first.vuong.p_value)


def test_a_form_that_the_data_cannot_carry_is_absent_with_the_reason(models: pd.DataFrame) -> None:
    found = compare_forms(*columns_of(models, "imagenet"), EVERY_FORM.values()).forms
    assert list(found.index) == list(EVERY_FORM)
    assert found.loc["broken power law", "absent"] == "a break needs at least 20 models, got 13"
    assert (found["absent"].drop(index="broken power law") == "").all()
    assert list(found["parameters"].dropna()) == [3, 3, 4, 4, 3]


def test_a_floor_never_lowers_the_likelihood(models: pd.DataFrame) -> None:
    for benchmark in models["benchmark"].unique():
        likelihoods = compare_forms(*columns_of(models, benchmark)).forms["log_likelihood"]
        for form in FORMS:
            assert likelihoods[f"{form} with floor"] >= likelihoods[form] - 1e-9


# Vuong's test


def test_vuong_is_a_student_test_of_the_differences_of_log_densities(models: pd.DataFrame) -> None:
    for benchmark in models["benchmark"].unique():
        compute, error, _ = columns_of(models, benchmark)
        densities = []
        for form in FORMS.values():
            line = stats.linregress(np.log10(compute), form.response(error))
            residuals = form.response(error) - line.intercept - line.slope * np.log10(compute)
            normal = stats.norm.logpdf(residuals, scale=np.sqrt(np.mean(residuals**2)))
            densities.append(normal + (0.0 if form is POLYNOMIAL else np.log(np.log(10.0) / error)))
        other = stats.ttest_1samp(densities[0] - densities[1], 0.0)
        ours = compare_by_vuong(compute, error)
        assert (ours.statistic, ours.p_value) == pytest.approx((other.statistic, other.pvalue))
        assert ours.mean_difference == pytest.approx(np.mean(densities[0] - densities[1]))


def test_vuong_turns_its_sign_with_the_order_of_the_forms(models: pd.DataFrame) -> None:
    compute, error, _ = columns_of(models, "squad-1.1")
    one, two = compare_by_vuong(compute, error), compare_by_vuong(compute, error, EXPONENTIAL, POLYNOMIAL)
    assert (two.statistic, two.p_value) == pytest.approx((-one.statistic, one.p_value))


# Left out


@BOTH_FORMS
def test_predictions_of_left_out_models_have_the_residual_of_the_textbook(form: Form, models: pd.DataFrame) -> None:
    """Left-out residual of a line: the residual over one minus the leverage."""
    compute, error, _ = columns_of(models, "ms-coco")
    x = np.log10(compute)
    fitted = sm.OLS(form.response(error), sm.add_constant(x)).fit()
    expected = form.response(error) - fitted.resid / (1.0 - fitted.get_influence().hat_matrix_diag)
    np.testing.assert_allclose(form.response(predict_left_out(compute, error, form, np.arange(error.size))), expected)


@pytest.mark.parametrize("form", EVERY_FORM.values(), ids=list(EVERY_FORM))
@pytest.mark.parametrize("each", [1, 3])
def test_a_prediction_without_a_group_is_that_of_a_fit_to_the_others(form: Form, each: int) -> None:
    """Floors and breaks are found for all groups at once, also where a group has the smallest error."""
    compute, error, order = planted(POLYNOMIAL, 4, n=45)
    error = 0.02 + error
    codes = order // each
    predicted = predict_left_out(compute, error, form, codes)
    for code in set(codes):
        out = codes == code
        law = fit(compute[~out], error[~out], form)
        np.testing.assert_allclose(predicted[out], law.error_at(compute[out]), rtol=1e-6)


@pytest.mark.parametrize("form", EVERY_FORM.values(), ids=list(EVERY_FORM))
def test_a_group_whose_others_carry_no_law_is_not_predicted(form: Form) -> None:
    """Of six models two are left without the group of four, and five without each of the others."""
    compute, error = np.array([1e3, 1e4, 1e5, 1e6, 1e7, 1e8]), np.array([0.5, 0.4, 0.33, 0.26, 0.2, 0.17])
    predicted = predict_left_out(compute, error, form, np.array([7, 7, 7, 7, 3, 5]))
    defined = np.isfinite(predicted)
    assert not defined[:4].any()
    assert (defined[4:] == (form.shape != BROKEN)).all()


def test_a_prediction_that_does_not_exist_is_counted() -> None:
    """Far below the others the line of 1/error is negative: no error corresponds to it."""
    compute = np.array([1e2, 1e9, 1.1e9, 1.2e9, 1e11])
    error = np.array([0.9, 0.5, 0.45, 0.4, 0.1])
    found = compare_forms(compute, error, list("abcde"), FORMS.values()).forms
    assert found.loc["exponential", "loo_undefined"] == 1
    assert found.loc["polynomial", "loo_undefined"] == 0
    assert np.isfinite(found.loc["exponential", "loo_error"])


def test_both_published_forms_fit_about_equally_well_but_on_squad(models: pd.DataFrame) -> None:
    found = {
        benchmark: compare_forms(*columns_of(models, benchmark), FORMS.values())
        for benchmark in models["benchmark"].unique()
    }
    assert {benchmark for benchmark, each in found.items() if not each.about_equal} == {"squad-1.1"}
    assert found["squad-1.1"].aic_difference > 0.0


def test_the_table_of_forms_is_each_comparison_in_a_row(models: pd.DataFrame, names: dict[str, str]) -> None:
    table = tabulate_form_comparison(models, names).set_index("benchmark")
    assert list(table.index) == list(names)
    for benchmark, row in table.iterrows():
        compute, error, papers = columns_of(models, str(benchmark))
        x = sm.add_constant(np.log10(compute))
        logs, reciprocal = sm.OLS(-np.log10(error), x).fit(), sm.OLS(1.0 / error, x).fit()
        stretch = np.log(np.log(10.0) / error).sum()
        assert row["aic_difference"] == pytest.approx(2.0 * (logs.llf - reciprocal.llf - stretch))
        misses = logs.resid / (1.0 - logs.get_influence().hat_matrix_diag)
        assert row["polynomial_loo_error"] == pytest.approx(np.sqrt(np.mean(misses**2)))
        assert (row["n"], row["papers"], row["vintage"]) == (len(error), len(set(papers)), "2020")
        assert row["told_apart"] == (row["vuong_p_value"] < 0.05)
    assert table.index[table["told_apart"]].tolist() == ["squad-1.1"]
    assert table.index[~table["about_equal"]].tolist() == ["squad-1.1"]


def test_models_without_the_burden_are_passed_over_in_the_table_of_forms(models: pd.DataFrame) -> None:
    gaps = models.assign(hardware_burden_gflop=models["hardware_burden_gflop"].where(models.index % 2 == 0))
    (row,) = tabulate_form_comparison(gaps, ["ms-coco"]).to_dict("records")
    known = gaps.dropna(subset="hardware_burden_gflop")
    assert row["n"] == (known["benchmark"] == "ms-coco").sum() < (models["benchmark"] == "ms-coco").sum()


# Residuals


@BOTH_FORMS
@pytest.mark.parametrize("benchmark", ["imagenet", "wmt2014-en-de"])
def test_residuals_are_those_of_statsmodels(form: Form, benchmark: str, models: pd.DataFrame) -> None:
    compute, error, _ = columns_of(models, benchmark)
    table = tabulate_residuals(compute, error, form)
    reference = sm.OLS(form.response(error), sm.add_constant(np.log10(compute))).fit()
    influence_ = reference.get_influence()
    np.testing.assert_allclose(table["leverage"], influence_.hat_matrix_diag)
    np.testing.assert_allclose(table["studentised"], -influence_.resid_studentized_external)
    np.testing.assert_allclose(10.0 ** table["residual_decades"], error / form.error(reference.fittedvalues))
    np.testing.assert_allclose(table["p_value"], reference.outlier_test()[:, 2])


def test_a_planted_outlier_is_too_far_out_and_no_other_model_is() -> None:
    compute, error, _ = planted(POLYNOMIAL, seed=3, n=40)
    error[7] *= 2.0
    table = tabulate_residuals(compute, error)
    assert table.index[table["p_value"] < 0.05].to_list() == [7]
    assert table.loc[7, "residual_decades"] == pytest.approx(np.log10(2.0), abs=0.1)


def test_three_models_have_residuals_and_nothing_to_judge_them_by() -> None:
    table = tabulate_residuals([1e9, 1e10, 1e12], [0.4, 0.2, 0.15])
    assert table["residual_decades"].notna().all()
    assert table[["studentised", "p_value"]].isna().all(axis=None)


def test_influence_on_no_slope_is_infinite() -> None:
    found = influence([1e1, 1e2, 1e3], [0.2, 0.1, 0.2], list("abc"))
    assert abs(found.exponent) > 1e10
