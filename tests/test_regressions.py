"""The regression table against the numbers an independent calculation gave for the 2020 points."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from computational_limits.fits import DIRECTIONS, combinations_of
from computational_limits.regressions import (
    KEYS,
    fit_forms,
    regress_every_way,
    regress_vintage,
    select_laws,
    tabulate_answers,
    tabulate_as_printed,
    tabulate_regressions,
)
from computational_limits.scaling import EVERY_FORM, FORMS, POLYNOMIAL
from computational_limits.uncertainty import exponent_interval
from computational_limits.vintages import MEASURES

KNOWN = {
    "imagenet": (13, 13.64, 0.452, 0.012),
    "ms-coco": (33, 44.29, 0.290, 0.0012),
    "squad-1.1": (16, 7.78, 0.682, 8e-5),
    "conll-2003": (13, 59.48, 0.418, 0.017),
    "wmt2014-en-fr": (13, 42.21, 0.516, 0.0056),
    "wmt2014-en-de": (13, 434.0, 0.003, 0.86),
}
"""Models, exponent, R2 and p value of the polynomial form on hardware burden."""

COLUMNS = [
    "benchmark",
    "vintage",
    "measure",
    "form",
    "direction",
    "estimator",
    "errors",
    "n",
    "intercept",
    "slope",
    "slope_se",
    "exponent",
    "exponent_low",
    "exponent_high",
    "r2",
    "p_value",
]


PAPERS = list("aabcde")
YEARS = [2012, 2014, 2014, 2016, 2017, 2018]


def table_of(models: pd.DataFrame, benchmark: str) -> pd.DataFrame:
    laws = fit_forms(models[models["benchmark"] == benchmark])
    return tabulate_regressions(laws, benchmark, "2020", "hardware burden")


@pytest.mark.parametrize("benchmark", KNOWN)
def test_reproduces_the_regressions_of_2020(benchmark: str, models: pd.DataFrame) -> None:
    n, exponent, r2, p_value = KNOWN[benchmark]
    row = table_of(models, benchmark).set_index("form").loc["polynomial"]
    digits = 0 if benchmark == "wmt2014-en-de" else 2
    assert row["n"] == n
    assert round(row["exponent"], digits) == exponent
    assert round(row["r2"], 3) == r2
    assert row["p_value"] == pytest.approx(p_value, rel=0.05)


def test_columns_are_those_of_the_codebook_in_order(models: pd.DataFrame) -> None:
    assert list(table_of(models, "imagenet").columns) == COLUMNS


def test_one_row_a_form_says_what_was_fitted(models: pd.DataFrame) -> None:
    table = table_of(models, "ms-coco")
    assert list(table["form"]) == ["polynomial", "exponential"]
    assert set(table["benchmark"]) == {"ms-coco"}
    assert set(table["vintage"]) == {"2020"}
    assert set(table["measure"]) == {"hardware burden"}
    assert set(table["direction"]) == {"performance on computing"}


def test_rows_carry_the_numbers_of_their_laws(models: pd.DataFrame) -> None:
    laws = fit_forms(models[models["benchmark"] == "squad-1.1"])
    table = tabulate_regressions(laws, "squad-1.1", "2020", "hardware burden").set_index("form")
    for form, law in laws.items():
        row, exponents = table.loc[form], exponent_interval(law)
        assert law.form.name == form
        assert row["intercept"] == law.intercept
        assert row["slope"] == law.slope
        assert row["slope_se"] == law.slope_se
        assert row["r2"] == law.r2
        assert (row["exponent_low"], row["exponent_high"]) == (exponents.low, exponents.high)
        assert row["exponent_low"] < row["exponent"] < row["exponent_high"]


def test_only_english_to_german_has_an_unbounded_exponent(models: pd.DataFrame) -> None:
    tables = pd.concat([table_of(models, benchmark) for benchmark in KNOWN])
    unbounded = tables[~np.isfinite(tables["exponent_low"]) | ~np.isfinite(tables["exponent_high"])]
    assert set(unbounded["benchmark"]) == {"wmt2014-en-de"}
    assert set(unbounded["form"]) == {"polynomial", "exponential"}


def test_fits_only_the_forms_asked_for(models: pd.DataFrame) -> None:
    imagenet = models[models["benchmark"] == "imagenet"]
    assert list(fit_forms(imagenet, ["exponential"])) == ["exponential"]


def test_an_unknown_form_is_refused(models: pd.DataFrame) -> None:
    with pytest.raises(KeyError, match="cubic"):
        fit_forms(models[models["benchmark"] == "imagenet"], ["cubic"])


def test_too_few_models_are_refused(models: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="at least 3 models, got 2"):
        fit_forms(models.head(2))


@pytest.fixture(scope="module")
def planted() -> pd.DataFrame:
    """Models of two benchmarks on planted laws: error is computing to the power of -1/4, or of -1/8."""
    gflop = 10.0 ** np.arange(3, 9)
    parts = [
        pd.DataFrame(
            {"benchmark": name, "vintage": "2022", "error": gflop ** (-1 / power), "paper": PAPERS, "year": YEARS}
            | dict.fromkeys(MEASURES.values(), gflop)
        )
        for name, power in {"steep": 4.0, "flat": 8.0}.items()
    ]
    models = pd.concat(parts, ignore_index=True)
    noise = 10.0 ** np.tile([0.01, -0.01], len(models) // 2)
    return models.assign(error=models["error"] * noise)


def test_every_measure_of_every_benchmark_is_regressed_in_the_order_asked_for(planted: pd.DataFrame) -> None:
    table = regress_vintage(planted, ["flat", "steep"], ["ops_per_pass", "hardware_burden"])
    assert list(table.columns) == COLUMNS
    assert list(zip(table["benchmark"], table["measure"], table["form"], strict=True)) == [
        (benchmark, measure, form)
        for benchmark in ("flat", "steep")
        for measure in ("ops_per_pass", "hardware_burden")
        for form in ("polynomial", "exponential")
    ]
    assert set(table["vintage"]) == {"2022"}
    polynomial = table[table["form"] == "polynomial"].groupby("benchmark")["exponent"]
    assert polynomial.max().to_dict() == pytest.approx({"steep": 4.0, "flat": 8.0}, rel=0.03)


def test_models_without_a_measure_are_passed_over_and_two_make_no_law(planted: pd.DataFrame) -> None:
    column = MEASURES["ops_per_pass"]
    sparse = planted.assign(**{column: planted[column].where(planted["benchmark"] == "steep")})
    sparse.loc[sparse.index[:3], column] = np.nan
    table = regress_vintage(sparse, ["steep", "flat"], ["ops_per_pass", "hardware_burden"]).set_index(
        ["benchmark", "measure"]
    )
    assert set(table.index) == {("steep", "ops_per_pass"), ("steep", "hardware_burden"), ("flat", "hardware_burden")}
    assert set(table.loc[("steep", "ops_per_pass"), "n"]) == {3}
    sparse.loc[3, column] = np.nan
    assert "ops_per_pass" not in set(regress_vintage(sparse, ["steep", "flat"])["measure"])


def test_models_of_two_vintages_are_not_mixed(planted: pd.DataFrame) -> None:
    mixed = planted.assign(vintage=["2020", "2022"] * (len(planted) // 2))
    with pytest.raises(ValueError, match="values to unpack"):
        regress_vintage(mixed, ["steep"])


def test_laws_are_selected_by_vintage_measure_and_form(planted: pd.DataFrame) -> None:
    later = regress_vintage(planted, ["steep", "flat"])
    both = pd.concat([regress_vintage(planted.assign(vintage="2020"), ["steep", "flat"]), later], ignore_index=True)
    usual = select_laws(both)
    assert list(usual["benchmark"]) == ["steep", "flat"]
    assert usual[["vintage", "measure", "form"]].drop_duplicates().to_numpy().tolist() == [
        ["2020", "hardware_burden", "polynomial"]
    ]
    chosen = select_laws(both, "2022", "ops_per_pass", "exponential")
    assert chosen[["vintage", "measure", "form"]].drop_duplicates().to_numpy().tolist() == [
        ["2022", "ops_per_pass", "exponential"]
    ]
    assert set(select_laws(both, "2022", None)["measure"]) == set(MEASURES)
    assert select_laws(both, "audited").empty


def test_the_authors_terms_turn_the_slope_and_shift_the_intercept_by_nine_decades(planted: pd.DataFrame) -> None:
    laws = regress_vintage(planted, ["steep"], ["hardware_burden"])
    (ours,) = laws[laws["form"] == "polynomial"].to_dict("records")
    (printed,) = tabulate_as_printed(laws).to_dict("records")
    computing = np.log10(planted.loc[planted["benchmark"] == "steep", "hardware_burden_gflop"] * 1e9)
    slope, intercept = np.polyfit(computing, np.log10(planted.loc[planted["benchmark"] == "steep", "error"]), 1)
    assert (printed["slope"], printed["intercept"]) == pytest.approx((slope, intercept))
    assert printed["slope"] == -ours["slope"]
    for column in ("n", "slope_se", "r2", "p_value"):
        assert printed[column] == ours[column]


def test_another_measure_is_fitted_to_its_own_column(planted: pd.DataFrame) -> None:
    steep = planted[planted["benchmark"] == "steep"]
    doubled = steep.assign(**{MEASURES["network_operations"]: steep[MEASURES["network_operations"]] ** 2})
    assert fit_forms(doubled, ["polynomial"], "network_operations")["polynomial"].exponent == pytest.approx(
        2 * fit_forms(doubled, ["polynomial"])["polynomial"].exponent
    )


# Every way


@pytest.fixture(scope="module")
def every_way(planted: pd.DataFrame) -> pd.DataFrame:
    return regress_every_way(planted, ["steep", "flat"], ["hardware_burden"])


def test_every_defined_combination_has_one_row_fitted_or_absent_with_a_reason(every_way: pd.DataFrame) -> None:
    expected = [
        (benchmark, "2022", "hardware_burden", form.name, direction, estimator, errors)
        for benchmark in ("steep", "flat")
        for form in EVERY_FORM.values()
        for estimator, direction, errors in combinations_of(form)
    ]
    assert list(every_way[list(KEYS)].itertuples(index=False, name=None)) == expected
    assert len(set(expected)) == len(expected)
    absent = every_way["absent"] != ""
    assert (every_way["slope"].isna() == absent).all()
    assert every_way.loc[absent, "absent"].str.len().min() > 20
    assert set(every_way.loc[every_way["form"] == "broken power law", "absent"]) == {
        "a break needs at least 20 models, got 6"
    }


def test_published_rows_among_every_way_are_the_published_regressions(
    planted: pd.DataFrame, every_way: pd.DataFrame
) -> None:
    published = regress_vintage(planted, ["steep", "flat"], ["hardware_burden"])
    for form in FORMS:
        chosen = select_laws(every_way, "2022", form=form)[COLUMNS].reset_index(drop=True)
        expected = published[published["form"] == form].reset_index(drop=True)
        pd.testing.assert_frame_equal(chosen, expected, check_dtype=False, rtol=1e-12)


def test_selection_takes_one_row_a_benchmark_out_of_every_way(every_way: pd.DataFrame) -> None:
    assert list(select_laws(every_way, "2022")["benchmark"]) == ["steep", "flat"]
    assert list(select_laws(every_way, "2022", None)["benchmark"]) == ["steep", "flat"]


def test_a_measure_that_too_few_models_state_has_one_absent_row_a_form(planted: pd.DataFrame) -> None:
    column = MEASURES["ops_per_pass"]
    sparse = planted.assign(**{column: planted[column].where(planted.index == 0)})
    table = regress_every_way(sparse, ["steep"], ["ops_per_pass"])
    assert list(table["form"]) == list(EVERY_FORM)
    assert set(table["absent"]) == {"1 models state this measure, 3 are needed"}
    assert select_laws(table, "2022", None).empty


def test_the_printed_terms_come_from_the_published_rows_only(every_way: pd.DataFrame) -> None:
    assert list(tabulate_as_printed(every_way)["benchmark"]) == ["steep", "flat"]


def test_every_interval_of_the_real_table_holds_its_estimate(models: pd.DataFrame) -> None:
    table = regress_every_way(models, KNOWN, ["hardware_burden"])
    fitted = table[table["absent"] == ""]
    assert len(fitted) > 500
    assert not fitted[COLUMNS].isna().to_numpy().any()
    assert ((fitted["exponent_low"] <= fitted["exponent"]) & (fitted["exponent"] <= fitted["exponent_high"])).all()
    floors = fitted[fitted["form"].str.endswith("with floor")]
    assert ((floors["floor_low"] <= floors["floor"]) & (floors["floor"] <= floors["floor_high"])).all()


# Whether there is a slope, by other regressions


@pytest.fixture(scope="module")
def answers(models: pd.DataFrame) -> pd.DataFrame:
    regressions = regress_every_way(models, ["imagenet", "wmt2014-en-fr"], ["hardware_burden"], [POLYNOMIAL])
    return tabulate_answers(regressions)


def test_answers_are_counted_by_what_was_varied(answers: pd.DataFrame) -> None:
    for _, rows in answers.groupby("benchmark"):
        assert rows["variation"].value_counts().to_dict() == {"errors": 3, "estimators": 5, "year": 1}
    assert not ((answers["estimator"] == "least squares") & (answers["errors"] == "classical")).any()


def test_an_answer_changes_where_the_published_slope_is_significant_and_the_other_is_not(
    answers: pd.DataFrame, models: pd.DataFrame
) -> None:
    """Both published slopes are significant; statsmodels says when others are."""
    for benchmark, rows in answers.groupby("benchmark"):
        known = models[models["benchmark"] == benchmark]
        x, y = np.log10(known["hardware_burden_gflop"]), -np.log10(known["error"])
        with_year = sm.OLS(y, sm.add_constant(np.column_stack([x, known["year"]]))).fit()
        robust = sm.OLS(y, sm.add_constant(x)).fit(cov_type="HC3", use_t=True)
        by_way = rows.set_index(["variation", "errors"])
        assert by_way.loc[("year", "classical"), "p_value"] == pytest.approx(with_year.pvalues["x1"])
        assert by_way.loc[("errors", "HC3"), "p_value"] == pytest.approx(robust.pvalues.iloc[1])
        assert (rows["significant"] == (rows["p_value"] < 0.05)).all()
        assert (rows["changes"] == ~rows["significant"]).all()


def test_a_direction_is_selected_by_name(models: pd.DataFrame) -> None:
    regressions = regress_every_way(models, ["squad-1.1"], ["hardware_burden"], [POLYNOMIAL])
    exponents = {way: select_laws(regressions, direction=way)["exponent"].squeeze() for way in DIRECTIONS}
    squad = models[models["benchmark"] == "squad-1.1"]
    r2 = np.corrcoef(np.log10(squad["hardware_burden_gflop"]), np.log10(squad["error"]))[0, 1] ** 2
    published = exponents["performance on computing"]
    assert exponents["computing on performance"] == pytest.approx(r2 * published)
    assert exponents["reduced major axis"] == pytest.approx(np.sqrt(r2) * published)
