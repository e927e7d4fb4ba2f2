"""The multiverse: each specification is the fit it names, and what is counted adds up."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from computational_limits.audit import audit, is_wrong
from computational_limits.diagnostics import EQUALLY_GOOD, compare_forms
from computational_limits.estimators import BY_RANK, CLASSICAL
from computational_limits.fits import (
    BEST_SO_FAR,
    LEAST_SQUARES,
    QUANTILES,
    THEIL_SEN,
    Regression,
    combinations_of,
    fit,
)
from computational_limits.inversion import crossings_of
from computational_limits.multiverse import (
    ALL_MODELS,
    BEST_OF_YEAR,
    CLAIMS,
    COLUMNS,
    CONCLUSIONS,
    DIMENSIONS,
    DIRECTIONS,
    ERROR,
    FAR,
    FORMS,
    FRONTIERS,
    GRID_SIZE,
    METRICS,
    NO_RULE,
    NOT_FAR,
    ONE_A_PAPER,
    OUTLIER_RULES,
    PER_MEASURE,
    REASONS,
    TRAINING,
    UNDISPUTED,
    WAYS,
    Metric,
    Multiverse,
    Sample,
    Yardsticks,
    fit_laws,
    fit_multiverse,
    fit_straight,
    permute_computing,
    read_yardsticks,
    sample_models,
    scales,
    select_models,
    tabulate_conclusions,
    tabulate_curve_tests,
    tabulate_drivers,
    tabulate_laws,
)
from computational_limits.regressions import fit_forms
from computational_limits.scaling import POLYNOMIAL, Form
from computational_limits.tables import read_table
from computational_limits.uncertainty import SIGNIFICANCE
from computational_limits.vintages import MEASURES, PUBLISHED, VINTAGES, read_models, read_records

STOCK = 20.7
HELD = Yardsticks(0.1, 0.05, 4.0, 9.0, STOCK, "F1")


@pytest.fixture(scope="module")
def vintages() -> dict[str, pd.DataFrame]:
    return {vintage: read_models(vintage) for vintage in VINTAGES}


@pytest.fixture(scope="module")
def disputed() -> list[str]:
    audited = audit(read_records())
    return audited.loc[is_wrong(audited), "model_id"].tolist()


@pytest.fixture(scope="module")
def yardsticks(vintages: dict[str, pd.DataFrame]) -> dict[str, Yardsticks]:
    return read_yardsticks(vintages[PUBLISHED], read_table("targets"), read_table("claims"), STOCK)


@pytest.fixture(scope="module")
def multiverse(vintages: dict[str, pd.DataFrame], yardsticks: dict[str, Yardsticks], disputed: list[str]) -> Multiverse:
    return fit_multiverse(vintages, yardsticks, disputed)


@pytest.fixture
def planted() -> Sample:
    """Two dozen models of a power of 8, over eight years, three a paper."""
    rng = np.random.default_rng(11)
    log10_gflop = np.sort(rng.uniform(4.0, 12.0, 24))
    error = 10.0 ** (-log10_gflop / 8.0 + rng.normal(0.0, 0.02, 24))
    return Sample(
        log10_gflop,
        error,
        2012.0 + np.arange(24) // 3,
        np.arange(24) // 3,
        np.arange(24) % 5 == 0,
    )


def chosen_of(sample: Sample, row: pd.Series) -> np.ndarray:
    """Models of a specification."""
    law = (FORMS[row["form"].removesuffix(" with floor")], METRICS[row["metric"]])
    kept = select_models(sample, [law], sample.log10_gflop[None])[0]
    chosen: np.ndarray = kept[OUTLIER_RULES.index(row["outliers"]), FRONTIERS.index(row["frontier"])]
    return chosen


def fit_alone(sample: Sample, row: pd.Series) -> Regression:
    """The regression that a specification names, by `fits.fit`."""
    kept = chosen_of(sample, row)
    estimator = row["estimator"]
    errors = BY_RANK if estimator == THEIL_SEN or estimator in QUANTILES else CLASSICAL
    form = METRICS[row["metric"]].read(FORMS[row["form"]])
    compute = 10.0 ** sample.log10_gflop[kept]
    return fit(compute, sample.error[kept], form, row["direction"], estimator, errors, year=sample.year[kept])


def fit_sample(
    sample: Sample, held: Yardsticks, seen: set[tuple[object, ...]] | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    return tabulate_laws(fit_laws(sample), sample, held, seen)


def crossing(law: Regression, errors: np.ndarray | float) -> np.ndarray:
    with np.errstate(divide="ignore"):  # errors that are never reached are replaced by 1, whose odds are infinite
        return crossings_of(law, errors)


# Each specification


@pytest.mark.parametrize(
    "benchmark", ["imagenet", "ms-coco", "squad-1.1", "conll-2003", "wmt2014-en-fr", "wmt2014-en-de"]
)
def test_every_specification_is_the_fit_it_names(
    multiverse: Multiverse,
    vintages: dict[str, pd.DataFrame],
    yardsticks: dict[str, Yardsticks],
    disputed: list[str],
    benchmark: str,
) -> None:
    rows = multiverse.fitted[multiverse.fitted["benchmark"] == benchmark]
    sampled = rows.groupby(["form", "direction", "estimator"], observed=True).sample(4, random_state=1, replace=True)
    assert len(sampled) == 4 * len(WAYS) * len(FORMS)
    target = yardsticks[benchmark].target_error
    for _, row in sampled.iterrows():
        models = vintages[row["vintage"]]
        sample = sample_models(models[models["benchmark"] == benchmark], row["measure"], disputed)
        law = fit_alone(sample, row)
        assert row["n"] == law.n
        assert row["slope"] == pytest.approx(law.slope, rel=1e-5)
        assert row["p_value"] == pytest.approx(law.p_value, rel=1e-5, abs=1e-12)
        if not np.isnan(row["log10_gflop"]):
            assert row["log10_gflop"] == pytest.approx(float(crossing(law, target)), rel=1e-4)


def test_the_published_specification_is_the_published_law(
    multiverse: Multiverse, vintages: dict[str, pd.DataFrame]
) -> None:
    for benchmark, models in vintages[PUBLISHED].groupby("benchmark", sort=False):
        law = fit_forms(models)[POLYNOMIAL.name]
        first = multiverse.fitted[multiverse.fitted["benchmark"] == benchmark].iloc[0]
        assert [first[name] for name in DIMENSIONS] == [choices[0] for choices in DIMENSIONS.values()]
        assert first["power"] == pytest.approx(law.exponent) if law.slope > 0.0 else np.isnan(first["power"])
        assert first["p_value"] == pytest.approx(law.p_value)
        assert first["n"] == law.n


def test_ways_are_those_that_are_defined_for_every_form() -> None:
    for form in FORMS.values():
        defined = {(estimator, direction) for estimator, direction, _ in combinations_of(form)}
        assert set(WAYS) == {way for way in defined if way[0] != BEST_SO_FAR}


def test_best_so_far_is_the_estimator_of_that_name(planted: Sample) -> None:
    fitted, _ = fit_sample(planted, HELD)
    chosen = (fitted["frontier"] == BEST_SO_FAR) & (fitted["outliers"] == NO_RULE) & (fitted["form"] == POLYNOMIAL.name)
    rows = fitted[chosen & (fitted["estimator"] == LEAST_SQUARES) & (fitted["metric"] == ERROR.name)]
    for _, row in rows.iterrows():
        law = fit(
            10.0**planted.log10_gflop, planted.error, POLYNOMIAL, row["direction"], BEST_SO_FAR, year=planted.year
        )
        assert (row["n"], row["slope"]) == (law.n, pytest.approx(law.slope))
    assert len(rows) == len(DIRECTIONS)


# The choices


@pytest.mark.parametrize("metric", METRICS.values(), ids=list(METRICS))
@pytest.mark.parametrize(
    "form", [form for form in FORMS.values() if "floor" not in form.name], ids=lambda form: form.name
)
@given(error=st.floats(0.01, 0.95))
def test_a_form_with_a_metric_inverts_and_stretches_as_it_says(form: Form, metric: Metric, error: float) -> None:
    law = metric.read(form)
    at = np.array([error])
    np.testing.assert_allclose(law.error(law.response(at)), at, rtol=1e-9)
    step = 1e-6
    rise = law.response(at * 10.0**-step) - law.response(at * 10.0**step)
    np.testing.assert_allclose(law.stretch(at), rise / (2.0 * step), rtol=1e-5)


def test_odds_in_the_exponential_form_are_the_same_line_and_no_specification() -> None:
    error = np.array([0.1, 0.3, 0.7])
    difference = FORMS["exponential"].response(error) - METRICS["odds of error"].read(FORMS["exponential"]).response(
        error
    )
    assert np.ptp(difference) == pytest.approx(0.0, abs=1e-12)
    named = [(form.name, metric.name) for floored in (False, True) for form, metric in scales(floored)]
    assert ("exponential", "odds of error") not in named
    assert len(named) == len(FORMS) * len(METRICS) - 2


def test_outlier_rules_and_frontiers_by_hand() -> None:
    sample = Sample(
        log10_gflop=np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
        error=np.array([0.5, 0.4, 0.45, 0.3, 0.2, 0.25]),
        year=np.array([2012.0, 2012.0, 2013.0, 2013.0, 2014.0, 2014.0]),
        paper=np.array([0, 0, 1, 1, 1, 2]),
        disputed=np.array([False, True, False, False, False, True]),
    )
    kept = select_models(sample, [(POLYNOMIAL, ERROR)], sample.log10_gflop[None])[0]
    places = {
        (rule, frontier): np.flatnonzero(kept[OUTLIER_RULES.index(rule), FRONTIERS.index(frontier)]).tolist()
        for rule in OUTLIER_RULES
        for frontier in FRONTIERS
    }
    assert places[NO_RULE, ALL_MODELS] == [0, 1, 2, 3, 4, 5]
    assert places[NO_RULE, BEST_SO_FAR] == [1, 3, 4]
    assert places[NO_RULE, BEST_OF_YEAR] == [1, 3, 4]
    assert places[UNDISPUTED, ALL_MODELS] == [0, 2, 3, 4]
    assert places[UNDISPUTED, BEST_SO_FAR] == [0, 3, 4]
    assert places[ONE_A_PAPER, ALL_MODELS] == [1, 4, 5]


def test_a_burden_typed_wrong_by_far_is_set_aside(planted: Sample) -> None:
    wrong = planted.log10_gflop.copy()
    wrong[12] += 9.0
    kept = select_models(planted, [(POLYNOMIAL, ERROR)], wrong[None])[0]
    assert not kept[OUTLIER_RULES.index(NOT_FAR), 0, 12]
    assert FAR == 2.5


# What is counted


def test_specifications_fitted_and_absent_make_up_the_grid(multiverse: Multiverse) -> None:
    assert PER_MEASURE == 1000
    assert PER_MEASURE * len(MEASURES) * len(VINTAGES) == GRID_SIZE
    fitted = multiverse.fitted.groupby("benchmark").size()
    absent = multiverse.absent.groupby("benchmark")["specifications"].sum()
    assert (fitted + absent == GRID_SIZE).all()
    assert set(multiverse.absent["reason"]) <= set(REASONS)


def test_every_benchmark_has_a_thousand_different_specifications(multiverse: Multiverse) -> None:
    different = multiverse.fitted.groupby("benchmark")["distinct"].sum()
    assert len(different) == 6
    assert (different >= 1000).all()


def test_no_specification_is_there_twice(multiverse: Multiverse) -> None:
    assert not multiverse.fitted.duplicated(["benchmark", *DIMENSIONS]).any()
    assert list(multiverse.fitted.columns) == list(COLUMNS)


def test_a_specification_is_absent_where_its_fit_is_refused(planted: Sample) -> None:
    few = replace(
        planted, **{name: getattr(planted, name)[:6] for name in ("log10_gflop", "error", "year", "paper", "disputed")}
    )
    block = fit_straight(few)
    count = 0
    for way, law, place in np.ndindex(*block.reason.shape):
        kept = block.stack.kept[law, place]
        form, metric = block.laws[law]
        estimator, direction = WAYS[way]
        errors = BY_RANK if estimator == THEIL_SEN or estimator in QUANTILES else CLASSICAL
        try:
            compute = 10.0 ** few.log10_gflop[kept]
            fit(compute, few.error[kept], metric.read(form), direction, estimator, errors, year=few.year[kept])
        except ValueError:
            assert block.reason[way, law, place] >= 0
            count += 1
        else:
            assert block.reason[way, law, place] == -1
    assert count > 50


def test_a_repeated_law_counts_once(planted: Sample) -> None:
    trusted = replace(planted, disputed=np.zeros(24, dtype=bool))
    seen: set[tuple[object, ...]] = set()
    first, _ = fit_sample(trusted, HELD, seen)
    again, _ = fit_sample(trusted, HELD, seen)
    assert not again["distinct"].any()
    assert not first.loc[first["outliers"] == UNDISPUTED, "distinct"].any()
    assert first.loc[first["outliers"] == NO_RULE, "distinct"].all()


# What is concluded


def test_a_planted_law_supports_what_it_should(planted: Sample) -> None:
    fitted, _ = fit_sample(planted, HELD)
    rows = fitted[(fitted["form"] == POLYNOMIAL.name) & (fitted["metric"] == ERROR.name)]
    rows = rows[(rows["estimator"] == LEAST_SQUARES) & (rows["frontier"] == ALL_MODELS)]
    assert rows["power"].to_numpy() == pytest.approx(8.0, rel=0.06)
    assert (rows["rising"] == 1).all()
    assert (rows["above_theory"] == 1).all()
    assert (rows["above_practice"] == 0).all()
    assert rows["log10_gflop"].to_numpy() == pytest.approx(-8.0 * np.log10(0.05), rel=0.05)
    assert (rows["beyond_stock"] == 0).all()
    low = fit_sample(planted, replace(HELD, stock_log10_gflop=5.0))[0]
    assert (low.loc[rows.index, "beyond_stock"] == 1).all()


def test_powers_in_every_form_are_the_steepness_of_the_law_at_one_error(planted: Sample) -> None:
    fitted, _ = fit_sample(planted, HELD)
    step = 1e-5
    for _, row in fitted[fitted["power"].notna()].sample(60, random_state=2).iterrows():
        law = fit_alone(planted, row)
        near, far = crossing(law, HELD.reference_error * 10.0 ** np.array([step, -step]))
        if np.isfinite(far):
            assert row["power"] == pytest.approx((far - near) / (2.0 * step), rel=1e-3)


def test_a_law_that_falls_supports_nothing(planted: Sample) -> None:
    fitted, _ = fit_sample(replace(planted, log10_gflop=16.0 - planted.log10_gflop), HELD)
    falling = fitted[fitted["slope"] <= 0.0]
    assert len(falling) > 0.9 * len(fitted)
    assert falling["power"].isna().all()
    assert (falling["log10_gflop"] == np.inf).all()
    assert (falling[["rising", "above_theory", "above_practice", "beyond_stock"]] == 0).all(axis=None)


def test_forms_are_about_equal_where_their_comparison_says_so(
    multiverse: Multiverse, vintages: dict[str, pd.DataFrame], disputed: list[str]
) -> None:
    compared = multiverse.fitted[multiverse.fitted["forms_equal"].notna()]
    answers = []
    for _, row in compared[compared["metric"] == ERROR.name].sample(25, random_state=3).iterrows():
        models = vintages[row["vintage"]]
        sample = sample_models(models[models["benchmark"] == row["benchmark"]], row["measure"], disputed)
        kept = chosen_of(sample, row)
        straight = [form for form in FORMS.values() if "floor" not in form.name]
        found = compare_forms(10.0 ** sample.log10_gflop[kept], sample.error[kept], sample.paper[kept], straight)
        assert row["forms_equal"] == found.about_equal
        assert abs(found.aic_difference) <= EQUALLY_GOOD or not row["forms_equal"]
        answers.append(row["forms_equal"])
    assert set(answers) == {0, 1}


def test_targets_are_for_whole_trainings_and_the_same_score_only(multiverse: Multiverse) -> None:
    fitted = multiverse.fitted
    no_target = ~fitted["measure"].isin(TRAINING) | (fitted["benchmark"] == "wmt2014-en-de")
    no_target |= (fitted["benchmark"] == "squad-1.1") & fitted["vintage"].str.startswith("2022")
    assert (fitted["log10_gflop"].isna() == no_target).all()
    assert (fitted["beyond_stock"].isna() == no_target).all()


def test_yardsticks_are_those_of_the_claims(yardsticks: dict[str, Yardsticks]) -> None:
    assert yardsticks["imagenet"] == Yardsticks(0.116, 0.05, 4.0, 9.0, STOCK, "top-1 accuracy")
    assert yardsticks["ms-coco"].practice == 7.7
    assert np.isnan(yardsticks["wmt2014-en-de"].target_error)


def test_every_conclusion_rests_on_a_claim() -> None:
    ids = read_table("claims")["claim_id"]
    assert all(ids.str.contains(claim).any() for claim in CLAIMS.values())


def test_conclusions_are_shares_of_different_specifications(multiverse: Multiverse) -> None:
    table = tabulate_conclusions(multiverse).set_index(["benchmark", "conclusion"])
    imagenet = multiverse.fitted.query("benchmark == 'imagenet' and distinct")
    row = table.loc["imagenet", "rising"]
    assert row["specifications"] == len(imagenet)
    assert row["holds"] == ((imagenet["slope"] > 0.0) & (imagenet["p_value"] < SIGNIFICANCE)).sum()
    assert row["share"] == pytest.approx(row["holds"] / row["specifications"])
    assert table.loc[("wmt2014-en-de", "beyond_stock"), "specifications"] == 0
    assert set(table.index.get_level_values("conclusion")) == set(CONCLUSIONS)


def test_drivers_of_each_outcome_add_up(multiverse: Multiverse) -> None:
    drivers = tabulate_drivers(multiverse.fitted)
    totals = drivers.groupby(["benchmark", "outcome"])["shapley"].sum()
    assert totals.to_numpy() == pytest.approx(np.ones(len(totals)))
    assert len(totals) == 6 * 3 - 1


# Permutations


def test_a_law_that_is_there_stands_out_from_its_permutations(planted: Sample) -> None:
    test = permute_computing(planted, seed=1, permutations=60)
    assert test.observed > 0.75
    assert test.p_value == pytest.approx(1.0 / 61.0)
    assert test.specifications > 600


def test_errors_without_a_law_do_not_stand_out_more_often_than_they_should(planted: Sample) -> None:
    rng = np.random.default_rng(4)
    p_values = [
        permute_computing(planted.permuted(rng.permutation(24)), seed=draw, permutations=19).p_value
        for draw in range(20)
    ]
    assert np.mean(np.array(p_values) <= 0.1) <= 0.3
    assert np.median(p_values) > 0.2


def test_one_permutation_is_the_multiverse_of_the_permuted_models(planted: Sample) -> None:
    order = np.random.default_rng(5).permutation(24)
    together = fit_straight(planted, np.stack([np.arange(24), order]))
    alone = fit_straight(planted.permuted(order))
    half = len(scales(floored=False))
    np.testing.assert_allclose(together.slope[:, half:], alone.slope, rtol=1e-9)
    np.testing.assert_allclose(together.p_value[:, half:], alone.p_value, rtol=1e-9)


def test_the_seed_decides_and_every_benchmark_has_a_row(vintages: dict[str, pd.DataFrame], disputed: list[str]) -> None:
    first, again = (
        tabulate_curve_tests(vintages[PUBLISHED], ["imagenet", "conll-2003"], disputed, 7, 10) for _ in range(2)
    )
    pd.testing.assert_frame_equal(first, again)
    assert first["benchmark"].tolist() == ["imagenet", "conll-2003"]


# Invariances


def test_neither_the_unit_of_computing_nor_the_order_of_models_matters(vintages: dict[str, pd.DataFrame]) -> None:
    models = vintages[PUBLISHED]
    models = models[models["benchmark"] == "squad-1.1"]
    column = MEASURES["hardware_burden"]
    first = fit_sample(sample_models(models, "hardware_burden"), HELD)[0]
    shuffled = models.sample(frac=1.0, random_state=3)
    shuffled = shuffled.assign(**{column: 1000.0 * shuffled[column]})
    again = fit_sample(sample_models(shuffled, "hardware_burden"), HELD)[0]
    straight = ~first["form"].astype(str).str.contains("floor")
    for name in ("slope", "p_value"):
        np.testing.assert_allclose(first.loc[straight, name], again.loc[straight, name], rtol=1e-6)
    same = first["slope"] > 0.0
    np.testing.assert_allclose(
        first.loc[straight & same, "log10_gflop"] + 3.0, again.loc[straight & same, "log10_gflop"]
    )


def test_the_table_has_six_digits_and_reads_back(multiverse: Multiverse, tmp_path) -> None:  # type: ignore[no-untyped-def]
    part = Multiverse(multiverse.fitted.head(50), multiverse.absent).table
    part.to_csv(tmp_path / "multiverse.csv", index=False)
    back = pd.read_csv(tmp_path / "multiverse.csv", dtype={"vintage": str})
    assert list(back.columns) == list(COLUMNS)
    np.testing.assert_allclose(back["slope"], multiverse.fitted["slope"].head(50), rtol=1e-5)
    assert set(back["distinct"]) <= {0, 1}
