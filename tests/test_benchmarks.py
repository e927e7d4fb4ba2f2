"""What is known of a benchmark, and the laws of language models side by side."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from computational_limits.benchmarks import (
    ALIKE,
    BY_MODEL,
    LANGUAGE_BASE,
    ONE_SCORE,
    SAME_SOURCE,
    WITH_LEFT_OUT,
    label_floor,
    read_benchmark,
    select_scores,
    summarise_language,
    tabulate_controls,
)
from computational_limits.language import DISTILLED, SPECULATIVE, read_language_scores
from computational_limits.pipeline import language_names
from computational_limits.regressions import regress_every_way
from computational_limits.robustness import CONTROLS, WAY_COLUMNS, tabulate_forms
from computational_limits.tables import read_table
from computational_limits.uncertainty import LEVEL
from computational_limits.vintages import TRAINING_FLOP, VINTAGES

SHOWN = ["mmlu", "gpqa-diamond"]


@pytest.fixture(scope="module")
def all_scores(root: Path) -> pd.DataFrame:
    return read_language_scores(with_excluded=True, root=root)


@pytest.fixture(scope="module")
def scores(all_scores: pd.DataFrame) -> pd.DataFrame:
    return select_scores(all_scores)


@pytest.fixture(scope="module")
def summary(all_scores: pd.DataFrame, scores: pd.DataFrame, root: Path) -> pd.DataFrame:
    controls = [tabulate_controls(all_scores[all_scores["benchmark"] == key]).assign(benchmark=key) for key in SHOWN]
    return summarise_language(
        scores,
        read_table("language_benchmarks", root),
        regress_every_way(scores, SHOWN, [TRAINING_FLOP]),
        pd.concat([tabulate_forms(scores, key, [TRAINING_FLOP]) for key in SHOWN]),
        pd.concat(controls),
    ).set_index("benchmark")


def by_hand(models: pd.DataFrame, formula: str, clusters: str) -> object:
    """Regression of performance by statsmodels with errors by cluster."""
    table = models.assign(y=-np.log10(models["error"]), x=np.log10(models["training_gflop"]))
    groups = pd.factorize(table[clusters])[0]
    return smf.ols(formula, table).fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)


def test_a_benchmark_of_2020_has_all_vintages_and_one_of_language_one(root: Path) -> None:
    imagenet, mmlu = (read_benchmark(name, root) for name in ("imagenet", "mmlu"))
    assert list(imagenet.editions) == list(VINTAGES)
    assert not imagenet.of_language
    assert imagenet.records is not None
    assert list(mmlu.editions) == ["2026"]
    assert mmlu.of_language
    assert mmlu.records is None
    assert mmlu.measures == (TRAINING_FLOP,)
    assert mmlu.models["model_id"].is_unique


def test_an_unknown_benchmark_is_refused_with_the_closest_name(root: Path) -> None:
    with pytest.raises(KeyError, match="did you mean 'mmlu'"):
        read_benchmark("mmlo", root)


def test_error_counts_from_guessing_and_the_cluster_is_the_family(scores: pd.DataFrame) -> None:
    mmlu = scores[scores["benchmark"] == "mmlu"]
    assert mmlu["error"].to_numpy() == pytest.approx(((1.0 - mmlu["score"]) / 0.75).to_numpy())
    assert (mmlu["paper"] == mmlu["family"]).all()
    assert mmlu["trained"].nunique() > mmlu["paper"].nunique()
    assert scores["error"].between(0.0, 1.0, inclusive="neither").all()


def test_reasons_that_are_passed_over_bring_their_scores_back(all_scores: pd.DataFrame, scores: pd.DataFrame) -> None:
    more = select_scores(all_scores, [DISTILLED, SPECULATIVE])
    assert set(more["excluded"].dropna()) == {DISTILLED, SPECULATIVE}
    assert more["excluded"].isna().sum() == len(scores)
    assert (more["error"] < 1.0).all()


@pytest.mark.parametrize("benchmark", SHOWN)
def test_the_exponent_and_its_interval_are_those_of_statsmodels(
    benchmark: str, scores: pd.DataFrame, summary: pd.DataFrame
) -> None:
    models, row = scores[scores["benchmark"] == benchmark], summary.loc[benchmark]
    reference = by_hand(models, "y ~ x", "family")
    low, high = reference.conf_int(1.0 - LEVEL).loc["x"]  # type: ignore[attr-defined]
    assert row["exponent"] == pytest.approx(1.0 / reference.params["x"])  # type: ignore[attr-defined]
    assert (row["exponent_low"], row["exponent_high"]) == pytest.approx((1.0 / high, 1.0 / low))
    assert row["families"] == models["family"].nunique()


@pytest.mark.parametrize("benchmark", SHOWN)
def test_what_a_year_brings_is_that_of_statsmodels(benchmark: str, scores: pd.DataFrame, summary: pd.DataFrame) -> None:
    row = summary.loc[benchmark]
    reference = by_hand(scores[scores["benchmark"] == benchmark], "y ~ x + year", "family")
    ends = reference.conf_int(1.0 - LEVEL).loc["year"]  # type: ignore[attr-defined]
    assert row["year_slope"] == pytest.approx(reference.params["year"])  # type: ignore[attr-defined]
    assert (row["year_low"], row["year_high"]) == pytest.approx(tuple(ends))
    assert row["year_p_value"] == pytest.approx(reference.pvalues["year"])  # type: ignore[attr-defined]


def test_controls_are_those_of_statsmodels(all_scores: pd.DataFrame, scores: pd.DataFrame) -> None:
    table = tabulate_controls(all_scores[all_scores["benchmark"] == "mmlu"]).set_index("way")
    models = scores[scores["benchmark"] == "mmlu"]
    within = by_hand(models, "y ~ x + C(reported_in)", "family")
    assert table.loc[SAME_SOURCE, "slope"] == pytest.approx(within.params["x"])  # type: ignore[attr-defined]
    by_model = by_hand(models, "y ~ x", "trained")
    low, high = by_model.conf_int(1.0 - LEVEL).loc["x"]  # type: ignore[attr-defined]
    assert (table.loc[BY_MODEL, "slope_low"], table.loc[BY_MODEL, "slope_high"]) == pytest.approx((low, high))
    assert table.loc[ONE_SCORE, "n"] == models["trained"].nunique()
    assert table.loc[WITH_LEFT_OUT, "n"] > len(models)


def test_a_benchmark_of_one_source_has_no_control_for_it(all_scores: pd.DataFrame) -> None:
    table = tabulate_controls(all_scores[all_scores["benchmark"] == "gpqa-diamond"]).set_index("way")
    assert set(table.loc[list(ALIKE), "absent"]) == {"all scores are alike in it"}
    assert set(table["group"]) == {CONTROLS}
    assert set(table.reset_index().columns) == set(WAY_COLUMNS)


def test_what_flawed_questions_leave_counts_from_guessing(summary: pd.DataFrame) -> None:
    assert label_floor(0.1, 0.5) == pytest.approx(0.2)
    assert np.isnan(label_floor(np.nan, 0.5))
    assert summary.loc["mmlu", "label_floor"] == pytest.approx(0.0649 / 0.75)
    assert np.isnan(summary.loc["gpqa-diamond", "label_floor"])


def test_the_base_of_language_models_is_by_family() -> None:
    assert LANGUAGE_BASE.named("errors jackknife by paper; papers resampled") == (
        "errors jackknife by family; families resampled"
    )


def test_every_chapter_of_a_language_benchmark_is_in_the_contents(root: Path) -> None:
    contents = (root / "_toc.yml").read_text(encoding="utf-8")
    names = language_names(root)
    assert names
    assert all(f"- file: benchmarks/{name}\n" in contents for name in names)
