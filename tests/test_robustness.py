"""What a law depends on: refits by hand, one row a case, and benchmarks that carry little or nothing."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from computational_limits.bootstrap import bootstrap_papers
from computational_limits.regressions import regress_every_way
from computational_limits.robustness import (
    BOOTSTRAP_COLUMNS,
    CONTROLS,
    FEWEST_SHOWN,
    FORM_COLUMNS,
    GROUPS,
    INFLUENCE_COLUMNS,
    PUBLISHED_GROUP,
    SAMPLE,
    STANDARD_ERRORS,
    VINTAGE,
    WAYS,
    name_paper,
    name_vintages,
    papers_of,
    select_views,
    summarise_ways,
    tabulate_bootstrap,
    tabulate_forms,
    tabulate_influence,
    tabulate_ways,
)
from computational_limits.scaling import EVERY_FORM, POLYNOMIAL
from computational_limits.vintages import MEASURES, VINTAGES, read_records, select_vintage

BENCHMARKS = ["imagenet", "ms-coco", "squad-1.1", "conll-2003", "wmt2014-en-fr", "wmt2014-en-de"]
SEED = 5
Editions = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def editions() -> Editions:
    records = read_records()
    return {vintage: select_vintage(records, vintage) for vintage in VINTAGES}


@pytest.fixture(scope="module")
def laws(editions: Editions) -> pd.DataFrame:
    """Polynomial laws of every vintage, fitted in every way."""
    return pd.concat([regress_every_way(edition, BENCHMARKS, forms=[POLYNOMIAL]) for edition in editions.values()])


def ways_of(benchmark: str, editions: Editions, laws: pd.DataFrame) -> pd.DataFrame:
    published = editions["2020"]
    return tabulate_ways(
        published[published["benchmark"] == benchmark],
        laws[laws["benchmark"] == benchmark],
        tabulate_bootstrap(published, benchmark, SEED, resamples=200),
        tabulate_influence(published, benchmark, ["hardware_burden"])["left_out"].iloc[0],
        name_vintages(editions, benchmark),
    )


def planted(n: int, papers: list[str | None] | None = None) -> pd.DataFrame:
    """A vintage of one benchmark with ``n`` models around a law of exponent five, hardware burden alone."""
    generator = np.random.default_rng(n)
    x = np.linspace(8.0, 12.0, n)
    return pd.DataFrame(
        {
            "model_id": [f"model-{place}" for place in range(n)],
            "benchmark": "planted",
            "vintage": "2020",
            "year": 2010 + np.arange(n),
            "model": [f"Model {place}" for place in range(n)],
            "paper": papers or [f"paper-{place}" for place in range(n)],
            "metric": "F1",
            "error": 10.0 ** -(0.2 * x - 1.5 + 0.02 * generator.standard_normal(n)),
            "hardware_burden_gflop": 10.0**x,
            **dict.fromkeys(list(MEASURES.values())[1:], np.nan),
        }
    )


# The tables


def test_every_form_of_every_measure_that_three_models_state_has_one_row(editions: Editions) -> None:
    table = tabulate_forms(editions["2020"], "imagenet")
    assert list(table.columns) == [*FORM_COLUMNS, "absent"]
    measures = ["hardware_burden", "ops_per_pass", "network_operations"]
    assert table.groupby("measure", sort=False)["form"].apply(list).to_dict() == {
        measure: list(EVERY_FORM) for measure in measures
    }
    absent = table[table["absent"] != ""]
    assert absent["aic"].isna().all()
    assert table.loc[table["absent"] == "", "aic"].notna().all()
    assert set(absent.loc[absent["measure"] == "hardware_burden", "form"]) == {"broken power law"}


def test_criteria_are_those_of_statsmodels_where_no_transformation_stretches(editions: Editions) -> None:
    """The variance counts as a parameter here, not there: AIC differs by two, BIC by the log of n."""
    models = editions["2020"].query("benchmark == 'imagenet'")
    row = (
        tabulate_forms(editions["2020"], "imagenet")
        .set_index(["measure", "form"])
        .loc[("hardware_burden", "polynomial")]
    )
    design = sm.add_constant(np.log10(models["hardware_burden_gflop"]))
    reference = sm.OLS(np.log10(models["error"]), design).fit()
    assert row["aic"] == pytest.approx(reference.aic + 2.0)
    assert row["bic"] == pytest.approx(reference.bic + np.log(len(models)))
    left_out = reference.get_influence().resid_press
    assert row["loo_error"] == pytest.approx(np.sqrt(np.mean(left_out**2)))


def test_a_floor_stands_between_its_ends_and_only_where_the_form_has_one(editions: Editions) -> None:
    table = tabulate_forms(editions["2020"], "ms-coco", ["hardware_burden"]).set_index("form")
    floored = [name for name in table.index if "floor" in name]
    assert table["floor"].dropna().index.to_list() == floored
    assert (table.loc[floored, "floor_low"] <= table.loc[floored, "floor"]).all()
    assert (table.loc[floored, "floor"] <= table.loc[floored, "floor_high"]).all()


def test_influence_has_every_paper_once_with_the_slope_of_the_others(editions: Editions) -> None:
    models = editions["2020"].query("benchmark == 'squad-1.1'")
    table = tabulate_influence(editions["2020"], "squad-1.1")
    assert list(table.columns) == list(INFLUENCE_COLUMNS)
    assert sorted(table["left_out"]) == sorted(models["paper"].unique())
    for row in table.to_dict("records"):
        rest = models[models["paper"] != row["left_out"]]
        slope = np.polyfit(np.log10(rest["hardware_burden_gflop"]), -np.log10(rest["error"]), 1)[0]
        assert (row["n"], row["slope"]) == (len(rest), pytest.approx(slope))


def test_bootstrap_has_both_forms_with_the_numbers_of_the_resampling(editions: Editions) -> None:
    models = editions["2020"].query("benchmark == 'wmt2014-en-de'")
    table = tabulate_bootstrap(editions["2020"], "wmt2014-en-de", SEED, ["hardware_burden"], resamples=300)
    assert list(table.columns) == [*BOOTSTRAP_COLUMNS, "absent"]
    found = bootstrap_papers(models["hardware_burden_gflop"], models["error"], models["paper"], SEED, resamples=300)
    for form, row in table.set_index("form").iterrows():
        assert row["share_not_positive"] == np.mean(found[str(form)].slopes <= 0.0)
        assert row["failed"] + found[str(form)].slopes.size == row["resamples"] == 300
        assert (row["slope_low"], row["slope_high"]) == pytest.approx(
            tuple(np.quantile(found[str(form)].slopes, [0.05, 0.95]))
        )


def test_models_without_a_paper_are_left_out_one_at_a_time() -> None:
    models = planted(6, ["a", "a", None, None, "b", "c"])
    assert papers_of(models).to_list() == ["a", "a", "model-2", "model-3", "b", "c"]
    table = tabulate_influence(models, "planted")
    assert set(table["left_out"]) == {"a", "b", "c", "model-2", "model-3"}
    assert name_paper(models, "a") == "Model 0 and 1 more"
    assert name_paper(models, "model-2") == "Model 2"


@pytest.mark.parametrize("n", [3, 4, 5])
def test_few_models_have_a_row_or_a_reason_each(n: int) -> None:
    models = planted(n)
    forms = tabulate_forms(models, "planted")
    assert len(forms) == len(EVERY_FORM)
    assert ((forms["absent"] == "") == forms["aic"].notna()).all()
    assert len(tabulate_influence(models, "planted")) == n
    assert (tabulate_bootstrap(models, "planted", SEED, resamples=500)["absent"] == "").all()


def test_two_papers_are_not_resampled_and_say_so() -> None:
    table = tabulate_bootstrap(planted(4, ["a", "a", "b", "b"]), "planted", SEED)
    assert set(table["absent"]) == {"resampling needs at least 3 papers, got 2"}
    assert table["slope"].isna().all()


def test_models_of_one_computing_have_reasons_and_no_law() -> None:
    models = planted(4).assign(hardware_burden_gflop=1e9)
    for table in (tabulate_forms(models, "planted"), tabulate_bootstrap(models, "planted", SEED)):
        assert set(table["absent"]) == {"all models have the same computing: no slope can be fitted"}
    assert tabulate_influence(models, "planted").empty


# The ways to fit


@pytest.mark.parametrize("benchmark", BENCHMARKS)
def test_every_way_is_there_once_with_an_interval_around_its_slope_or_a_reason(
    benchmark: str, editions: Editions, laws: pd.DataFrame
) -> None:
    table = ways_of(benchmark, editions, laws)
    assert table["way"].is_unique
    assert list(dict.fromkeys(table["group"])) == [PUBLISHED_GROUP, *(group for group in GROUPS if group != CONTROLS)]
    assert len(table) == len(WAYS) + 2 + len(VINTAGES) - 1
    fitted = table[table["absent"] == ""]
    for stem in ("slope", "exponent"):
        finite = fitted[np.isfinite(fitted[stem])]
        assert (finite[f"{stem}_low"] <= finite[stem]).all()
        assert (finite[stem] <= finite[f"{stem}_high"]).all()
    assert set(fitted.loc[fitted["group"] == STANDARD_ERRORS, "slope"]) == {fitted["slope"].iloc[0]}


def test_the_inverse_slope_is_the_published_one_over_r2(editions: Editions, laws: pd.DataFrame) -> None:
    table = ways_of("imagenet", editions, laws).set_index("way")
    r2 = laws[(laws["benchmark"] == "imagenet") & (laws["vintage"] == "2020")]["r2"].iloc[0]
    assert table.loc["computing on performance", "slope"] * r2 == pytest.approx(table["slope"].iloc[0])
    assert table.loc["reduced major axis", "slope"] * np.sqrt(r2) == pytest.approx(table["slope"].iloc[0])


def test_the_paper_that_is_left_out_is_out(editions: Editions, laws: pd.DataFrame) -> None:
    (row,) = ways_of("ms-coco", editions, laws).query("group == @SAMPLE").to_dict("records")[1:]
    models = editions["2020"].query("benchmark == 'ms-coco' and paper != 'bottom-up-object-detection-grouping'")
    slope = np.polyfit(np.log10(models["hardware_burden_gflop"]), -np.log10(models["error"]), 1)[0]
    assert (row["n"], row["slope"]) == (len(models), pytest.approx(slope))


def test_a_vintage_of_another_score_says_so(editions: Editions) -> None:
    assert name_vintages(editions, "squad-1.1") == {
        "audited": "audited",
        "2020-records": "2020-records",
        "2022": "2022, exact match",
        "2022-audited": "2022-audited, exact match",
    }


def test_a_benchmark_that_no_later_vintage_has_still_has_its_ways() -> None:
    models = planted(6)
    laws, empty = regress_every_way(models, ["planted"]), models.head(0)
    bootstrap = tabulate_bootstrap(models, "planted", SEED, resamples=100)
    names = name_vintages({"2020": models, "2022": empty}, "planted")
    table = tabulate_ways(models, laws, bootstrap, "paper-0", names)
    assert table.iloc[-1][["group", "way", "absent"]].to_list() == [VINTAGE, "2022", "not in the data"]


def test_the_summary_counts_by_hand() -> None:
    rows = [  # group, slope, p value, absent
        (PUBLISHED_GROUP, 0.10, 0.01, ""),
        ("direction", 0.20, 0.01, ""),
        (STANDARD_ERRORS, 0.10, 0.20, ""),
        ("estimator", -0.05, 0.04, ""),
        ("estimator", np.nan, np.nan, "too few"),
        (SAMPLE, 0.05, np.nan, ""),
        (VINTAGE, 1.00, 0.001, ""),
    ]
    table = pd.DataFrame(rows, columns=["group", "slope", "p_value", "absent"])
    summary = summarise_ways(table.assign(exponent=1.0 / table["slope"]))
    assert (summary.lowest, summary.highest) == pytest.approx((5.0, 20.0))
    assert (summary.fitted, summary.not_rising) == (3, 1)
    assert (summary.tested, summary.significant) == (4, 2)


@pytest.mark.parametrize("benchmark", BENCHMARKS)
def test_views_are_laws_of_operations_each_once(benchmark: str, editions: Editions, laws: pd.DataFrame) -> None:
    table, views = select_views(laws[laws["benchmark"] == benchmark], editions, benchmark)
    assert (len(table) > 0) == (len(views) > 0) == (benchmark in ("imagenet", "ms-coco"))
    assert not table.duplicated(["measure", "n", "slope"]).any()
    assert (table["n"] >= FEWEST_SHOWN).all()
    for measure, vintage, models, forms in views:
        assert len(models) == table.loc[table["measure"] == measure, "n"].max()
        assert set(models["vintage"]) == {vintage}
        slope = np.polyfit(np.log10(models[MEASURES[measure]]), -np.log10(models["error"]), 1)[0]
        assert forms["polynomial"].slope == pytest.approx(slope)
