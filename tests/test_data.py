"""Facts of the real tables that the codebook cannot state."""

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from computational_limits.tables import read_table, table_paths

TABLES = [
    "papers",
    "models",
    "scores",
    "stages",
    "points",
    "processors",
    "prices",
    "rents",
    "systems",
    "utilisation",
    "overlap",
    "corrections",
    "sources",
    "left_out",
    "families",
    "family_members",
    "later_models",
    "language_benchmarks",
    "language_models",
    "language_scores",
    "image_networks",
    "benchmarks",
    "targets",
    "assumptions",
    "gains",
    "claims",
]
MODELS_PER_BENCHMARK = {
    "imagenet": 13,
    "ms-coco": 33,
    "squad-1.1": 16,
    "conll-2003": 13,
    "wmt2014-en-fr": 13,
    "wmt2014-en-de": 13,
}
LABELS = ["today", "target 1", "target 2"]
NUMBER = r"-?\d+(\.\d+)?(e-?\d+)?"
READABLE = {
    "digits": NUMBER,
    "near": NUMBER,
    "order of magnitude": NUMBER,
    "at least": NUMBER,
    "floor": r"-?\d+",
    "range": rf"{NUMBER} to {NUMBER}",
    "text": r".*\S.*",
}
"""What the published words must look like for each rule to compare them."""


@pytest.fixture(scope="module")
def table(root: Path) -> Callable[[str], pd.DataFrame]:
    return lambda name: read_table(name, root)


def test_the_codebook_lists_these_tables_and_the_folder_holds_no_others(root: Path) -> None:
    paths = table_paths(root)
    assert list(paths) == TABLES
    assert sorted(paths.values()) == sorted((root / "data").glob("*.csv"))


def test_every_benchmark_has_its_models(models: pd.DataFrame, table: Callable[[str], pd.DataFrame]) -> None:
    assert len(models) == 101
    assert models["benchmark"].value_counts().to_dict() == MODELS_PER_BENCHMARK
    assert list(table("benchmarks")["benchmark"]) == list(MODELS_PER_BENCHMARK)


def test_every_model_is_scored_by_the_metric_of_its_benchmark(
    models: pd.DataFrame, table: Callable[[str], pd.DataFrame]
) -> None:
    metric = table("benchmarks").set_index("benchmark")["metric"]
    differs = models[models["metric"] != models["benchmark"].map(metric)]
    assert differs["model_id"].tolist() == []


def test_every_model_id_begins_with_its_benchmark(models: pd.DataFrame) -> None:
    strays = [
        name
        for name, benchmark in zip(models["model_id"], models["benchmark"], strict=True)
        if not name.startswith(f"{benchmark}-")
    ]
    assert strays == []


def test_no_row_of_a_source_stands_for_two_models(models: pd.DataFrame, table: Callable[[str], pd.DataFrame]) -> None:
    homes = models[["model_id", "benchmark"]].merge(table("points"), on="model_id")
    assert len(homes) == 101
    assert not homes.duplicated(["benchmark", "published_row"]).any()
    records = table("models")
    assert not records.duplicated(["benchmark", "vintage", "record_row"]).any()


def test_every_row_of_a_source_of_models_is_in_the_table_or_left_out_for_a_reason(
    table: Callable[[str], pd.DataFrame],
) -> None:
    sources = table("sources").query("table == 'models'")
    models, left_out = table("models"), table("left_out").dropna(subset=["reason"])
    assert len(sources) == 12
    for source in sources.itertuples():
        vintage = {"2020": "2020-records", "2022": "2022"}[source.source.split(":")[0].removeprefix("records-")]
        here = (models["benchmark"] == source.benchmark) & (models["vintage"] == vintage)
        absent = left_out.loc[left_out["source"] == source.source, "source_row"]
        assert sorted([*models.loc[here, "record_row"], *absent]) == list(range(source.rows)), source.source


def test_points_that_coincide_with_another_are_explained_in_a_note(models: pd.DataFrame) -> None:
    twins = models[models.duplicated(["benchmark", "error", "hardware_burden_gflop"], keep="first")]
    assert twins[twins["note"].isna()]["model_id"].tolist() == []


def test_every_benchmark_of_the_target_table_has_three_targets(table: Callable[[str], pd.DataFrame]) -> None:
    targets = table("targets")
    assert set(targets["benchmark"]) == set(MODELS_PER_BENCHMARK) - {"wmt2014-en-de"}
    for _, rows in targets.groupby("benchmark"):
        assert rows["label"].tolist() == LABELS


def test_targets_ask_for_less_and_less_error(table: Callable[[str], pd.DataFrame]) -> None:
    for benchmark, rows in table("targets").groupby("benchmark"):
        assert rows["error"].is_monotonic_decreasing, benchmark


def test_every_cell_of_the_target_table_is_claimed_once(table: Callable[[str], pd.DataFrame]) -> None:
    claims = table("claims")
    cells = claims[claims["label"].notna()]
    assert len(cells) == 90
    assert not cells.duplicated(["benchmark", "form", "label", "unit"]).any()
    assert set(cells["unit"]) == {"log10 GFLOP", "log10 lb CO2", "log10 USD"}
    assert set(cells["form"]) == {"polynomial", "exponential"}
    assert set(cells["rule"]) == {"floor"}
    assert set(cells["grade"]) == {"unverified transcription"}


def test_ids_of_the_target_cells_say_what_the_cells_hold(table: Callable[[str], pd.DataFrame]) -> None:
    ending = {"log10 GFLOP": "gflop", "log10 lb CO2": "lb-co2", "log10 USD": "usd"}
    for cell in table("claims").dropna(subset=["label"]).itertuples():
        label = str(cell.label).replace(" ", "-")
        assert cell.claim_id == f"target-{cell.benchmark}-{label}-{cell.form}-{ending[str(cell.unit)]}"


def test_a_claim_has_a_whole_address_in_the_target_table_or_none(
    table: Callable[[str], pd.DataFrame],
) -> None:
    named = table("claims")[["form", "label"]].notna().sum(axis=1)
    assert set(named) == {0, 2}


def test_every_claim_can_be_read_by_its_rule(table: Callable[[str], pd.DataFrame]) -> None:
    claims = table("claims")
    unread = [
        (claim, published, rule)
        for claim, published, rule in zip(claims["claim_id"], claims["published"], claims["rule"], strict=True)
        if not re.fullmatch(READABLE[rule], published)
    ]
    assert unread == []


def test_every_range_goes_up(table: Callable[[str], pd.DataFrame]) -> None:
    claims = table("claims")
    ranges = claims[claims["rule"] == "range"]["published"]
    assert len(ranges) > 0
    for published in ranges:
        low, high = map(float, published.split(" to "))
        assert low < high


def test_the_editions_of_the_systems_are_whole_and_dated(table: Callable[[str], pd.DataFrame]) -> None:
    systems, sources = table("systems"), table("sources").set_index("source")["rows"]
    absent = table("left_out").query("table == 'systems'")
    for source, rows in systems.groupby("source"):
        gone = absent.loc[absent["source"] == source, "source_row"]
        assert sorted([*rows["source_row"], *gone]) == list(range(sources[source])), source
    assert systems.groupby("edition")["training_flop"].count().to_dict() == {"2022": 138, "2026": 529}
    assert systems["published"].min() == "1950-07-02"
    assert systems.groupby("edition")["published"].max().lt(["2023", "2026-08"]).all()


LATER = {
    "imagenet": {"calibration": 5, "later": 67},
    "ms-coco": {"calibration": 8, "later": 30},
    "squad-1.1": {"calibration": 10, "later": 7},
    "conll-2003": {"later": 17},
    "wmt2014-en-fr": {"calibration": 12, "later": 2},
    "wmt2014-en-de": {"calibration": 9, "later": 2},
}
USED_LATER = {"imagenet": 46, "ms-coco": 16, "squad-1.1": 3, "conll-2003": 7}
LANGUAGE_SCORES = {
    "mmlu": 122,
    "gsm8k": 90,
    "winogrande": 88,
    "hellaswag": 83,
    "boolq": 82,
    "arc-challenge": 73,
    "triviaqa": 70,
    "piqa": 69,
    "gpqa-diamond": 60,
    "math-level-5": 55,
    "otis-mock-aime-2024-2025": 47,
    "big-bench-hard": 45,
    "openbookqa": 44,
    "lambada": 31,
    "frontiermath-2025-02-28-public": 19,
    "frontiermath-2025-02-28-private": 17,
    "frontiermath-tier-4-2025-07-01-public": 8,
    "swe-bench-verified": 7,
    "frontiermath-tier-4-2025-07-01-private": 6,
}


@pytest.mark.parametrize("name", ["later_models", "language_scores", "image_networks"])
def test_every_row_of_a_compiled_source_stands_once(name: str, table: Callable[[str], pd.DataFrame]) -> None:
    (source,) = table(name)["source"].unique()
    rows = table("sources").set_index("source").loc[source, "rows"]
    assert sorted(table(name)["source_row"]) == list(range(rows))


def test_later_models_are_those_of_the_six_benchmarks(table: Callable[[str], pd.DataFrame]) -> None:
    models = table("later_models")
    counts = models.groupby(["benchmark", "era"]).size()
    assert {key: rows.droplevel(0).to_dict() for key, rows in counts.groupby(level=0)} == LATER
    used = models[models["excluded"].isna() & (models["era"] == "later")]
    assert used["benchmark"].value_counts().to_dict() == USED_LATER


def test_every_later_model_that_was_prompted_or_probed_is_left_out_by_default(
    table: Callable[[str], pd.DataFrame],
) -> None:
    models = table("later_models")
    assert set(models.loc[models["excluded"].isna(), "protocol"]) == {"fine-tuned"}
    assert set(models.loc[models["excluded"].isna(), "confidence"]) <= {"high", "medium"}


def test_sources_of_later_models_are_all_used(table: Callable[[str], pd.DataFrame]) -> None:
    models = table("later_models")
    named = {
        *models["score_source"],
        *models["flop_source"].dropna(),
        *models["source"],
        *table("language_models")["source"],
    }
    listed = table("sources").query("table == 'later_models'")["source"]
    assert sorted(set(listed) - named) == []


def test_language_scores_are_of_nineteen_benchmarks(table: Callable[[str], pd.DataFrame]) -> None:
    scores, benchmarks = table("language_scores"), table("language_benchmarks")
    assert scores["benchmark"].value_counts().to_dict() == LANGUAGE_SCORES
    assert set(benchmarks["benchmark"]) == set(LANGUAGE_SCORES)
    assert set(scores["language_model"]) == set(table("language_models")["language_model"])


def test_a_guessing_floor_follows_from_the_number_of_answers(table: Callable[[str], pd.DataFrame]) -> None:
    floors = table("language_benchmarks").set_index("floor_ground")["guessing_floor"]
    assert set(floors["Two answers."]) == {1 / 2}
    assert set(floors["Four answers."]) == {1 / 4}
    assert set(floors["A free answer."]) == {0.0}


def test_a_network_has_one_number_of_multiadds_at_one_size(table: Callable[[str], pd.DataFrame]) -> None:
    networks = table("image_networks")
    assert networks.groupby(["architecture", "image_pixels"])["multiadds_per_pass"].nunique().max() <= 2
    larger = networks.sort_values("image_pixels").groupby("network")["multiadds_per_pass"]
    assert larger.apply(lambda cost: cost.is_monotonic_increasing).all()


def test_no_price_but_one_is_more_than_a_year_older_than_its_device(table: Callable[[str], pd.DataFrame]) -> None:
    prices = table("prices").merge(table("processors")[["processor", "released", "kind"]], on="processor")
    days = pd.to_datetime(prices["date"]) - pd.to_datetime(prices["released"])
    assert set(prices.loc[days < pd.Timedelta(-1, "D") * 365, "processor"]) <= {"tesla-k40"}
    assert set(prices.loc[prices["kind"] == "TPU", "basis"]) == {"estimate"}
    assert set(prices["kind"]) <= {"GPU", "TPU", "other accelerator"}


def test_every_assumption_lies_in_its_own_range(table: Callable[[str], pd.DataFrame]) -> None:
    assumptions = table("assumptions")
    bounded = assumptions.dropna(subset=["low", "high"])
    assert len(bounded) > 0
    assert (bounded["low"] <= bounded["value"]).all()
    assert (bounded["value"] <= bounded["high"]).all()


def test_every_edition_of_the_costs_has_the_same_quantities(table: Callable[[str], pd.DataFrame]) -> None:
    assumptions = table("assumptions").query("edition != 'standing'")
    quantities = assumptions.groupby("edition")["quantity"].agg(set)
    assert list(quantities.index) == ["2020", "2022", "2026"]
    assert all(one == quantities["2020"] for one in quantities)


def test_every_row_of_the_sources_of_costs_is_in_its_table_or_left_out(table: Callable[[str], pd.DataFrame]) -> None:
    absent = table("left_out")
    for name in ("utilisation", "overlap"):
        (source,) = table("sources").query("table == @name").itertuples()
        gone = absent.loc[absent["source"] == source.source, "source_row"]
        assert sorted([*table(name)["source_row"], *gone]) == list(range(source.rows)), name


def test_a_rent_is_of_a_whole_device_but_for_one_card_of_two_chips(table: Callable[[str], pd.DataFrame]) -> None:
    rents = table("rents")
    assert set(rents.loc[rents["processors"] != 1, "processor"]) == {"tesla-k80"}
    offers = ["processor", "date", "vendor", "place", "usd_per_hour", "usd_per_hour_one_year", "link"]
    assert not rents.duplicated(offers).any()


def test_a_rent_left_out_as_a_repetition_names_a_row_that_is_there(table: Callable[[str], pd.DataFrame]) -> None:
    left_out = table("left_out").query("table == 'rents'")
    named = left_out["reason"].str.extract(r"repeats row (\d+)")[0].dropna().astype(int)
    assert len(named) > 0
    assert set(named) <= set(table("rents")["source_row"])


@pytest.mark.parametrize("name", TABLES)
def test_no_text_is_taken_for_a_formula_by_a_spreadsheet(name: str, table: Callable[[str], pd.DataFrame]) -> None:
    texts = table(name).select_dtypes("str").stack().dropna()
    begins = texts.str.startswith(("=", "+", "-", "@")) & ~texts.str.fullmatch(NUMBER)
    assert texts[begins].tolist() == []


@pytest.mark.parametrize("name", TABLES)
def test_no_text_has_spaces_around_it_or_line_breaks_in_it(name: str, table: Callable[[str], pd.DataFrame]) -> None:
    texts = table(name).select_dtypes("str").stack().dropna()
    assert texts[(texts != texts.str.strip()) | texts.str.contains("\n")].tolist() == []
