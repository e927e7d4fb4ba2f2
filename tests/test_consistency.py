"""What only the whole of the data shows: each rule broken once in a copy gives its offence."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from computational_limits.checking import DataError, Offence
from computational_limits.consistency import find_inconsistencies, read_whole, recount
from computational_limits.tables import read_tables

Edit = Callable[..., int]


@pytest.fixture(scope="module")
def whole(root: Path) -> dict[str, pd.DataFrame]:
    """The real tables."""
    return read_whole(root)


@pytest.fixture
def broken(root: Path, tmp_path: Path) -> Path:
    """A copy of the data and the bibliography, still whole, for a test to break."""
    shutil.copytree(root / "data", tmp_path / "data")
    (tmp_path / "book").mkdir()
    shutil.copy(root / "book" / "references.bib", tmp_path / "book" / "references.bib")
    return tmp_path


@pytest.fixture
def edit(broken: Path) -> Edit:
    """Change a cell of the first row that has these values; the line of the row. Without a change, drop the row."""

    def change(table: str, where: dict[str, str], /, **cells: str) -> int:
        path = broken / "data" / f"{table}.csv"
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        index = next(i for i, row in enumerate(rows) if all(row[key] == value for key, value in where.items()))
        if cells:
            assert any(rows[index][key] != value for key, value in cells.items())
            rows[index] |= cells
        else:
            del rows[index]
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return index + 2

    return change


def offences_of(project: Path) -> tuple[Offence, ...]:
    with pytest.raises(DataError) as caught:
        read_whole(project)
    return caught.value.offences


def test_the_copy_that_the_other_tests_break_is_whole(broken: Path, whole: dict[str, pd.DataFrame]) -> None:
    found = read_whole(broken)
    assert list(found) == list(whole)
    for name, table in whole.items():
        pd.testing.assert_frame_equal(found[name], table)


@pytest.mark.parametrize(
    ("where", "original", "rule"),
    [
        ({"field": "processor", "original": "tesla-k80"}, "tesla-k40", "must be 'tesla-k80', as its stage has it"),
        ({"field": "processor_count", "original": "4"}, "5", "must be '4', as its stage has it"),
        ({"field": "seconds", "original": "10 GPU days"}, "10 days", "must be '10 GPU days', as its stage has it"),
        ({"field": "networks", "original": "1"}, "2", "must be '1', as its stage has it"),
        ({"field": "cost", "original": ""}, "1", "must be empty, as its stage has it"),
    ],
)
def test_a_correction_must_quote_what_it_corrects(
    where: dict[str, str], original: str, rule: str, broken: Path, edit: Edit
) -> None:
    line = edit("corrections", where, original=original)
    assert offences_of(broken) == (Offence("data/corrections.csv", line, "original", rule, original),)


def test_a_count_may_be_written_with_decimals(broken: Path, edit: Edit) -> None:
    edit("corrections", {"field": "processor_count", "original": "4"}, original="4.0")
    assert not find_inconsistencies(read_tables(broken))


def test_a_correction_of_a_time_without_words_quotes_its_seconds(broken: Path, edit: Edit) -> None:
    model = {"model_id": "imagenet-resnext101-64x4d-320px"}
    edit("stages", model, time_words="", seconds_low="", seconds_high="")
    line = edit("corrections", model, original="108000 s")
    rule = "must be '108000', as its stage has it"
    assert offences_of(broken) == (Offence("data/corrections.csv", line, "original", rule, "108000 s"),)
    edit("corrections", model, original="108000")
    assert not find_inconsistencies(read_tables(broken))


@pytest.mark.parametrize(
    ("where", "value", "rule"),
    [
        ({"field": "seconds"}, "ten days", "must be a number above 0, to correct seconds"),
        ({"field": "processor_count"}, "0", "must be a number above 0, to correct processor_count"),
        ({"field": "networks"}, "-6", "must be a number above 0, to correct networks"),
        ({"field": "processor"}, "tesla-k81", "must be in table processors"),
        ({"field": "cost"}, "1", "must be empty: a cost as a whole has no right value"),
    ],
)
def test_a_corrected_value_must_be_one_that_the_audit_can_use(
    where: dict[str, str], value: str, rule: str, broken: Path, edit: Edit
) -> None:
    line = edit("corrections", where, corrected=value)
    assert offences_of(broken) == (Offence("data/corrections.csv", line, "corrected", rule, value),)


def test_a_point_that_nobody_explains_is_an_offence(broken: Path, edit: Edit) -> None:
    line = edit("points", {"model_id": "imagenet-nasneta-6-4032"}, hardware_burden_gflop="1645056000")
    (offence,) = offences_of(broken)
    assert (offence.file, offence.line, offence.column) == ("data/points.csv", line, "hardware_burden_gflop")
    assert offence.value == "1.64506e+09 GFLOP"
    assert offence.rule == (
        "the record of imagenet-nasneta-6-4032 gives 1.64609e+12 GFLOP: a row of data/corrections.csv must say why"
    )


def test_a_burden_of_2022_that_nobody_explains_is_an_offence(
    broken: Path, edit: Edit, whole: dict[str, pd.DataFrame]
) -> None:
    models, corrected = whole["models"], whole["corrections"]["model_id"]
    agreeing = models[models["published_burden_gflop"].notna() & ~models["model_id"].isin(corrected)].iloc[0]
    line = edit("models", {"model_id": agreeing["model_id"]}, published_burden_gflop="1")
    (offence,) = offences_of(broken)
    assert (offence.file, offence.line, offence.column) == ("data/models.csv", line, "published_burden_gflop")


def test_a_record_of_2020_that_contradicts_itself_without_a_cause_is_an_offence(broken: Path, edit: Edit) -> None:
    model = "imagenet-2020-inceptionv1"
    edit("corrections", {"model_id": model})
    line = edit("stages", {"model_id": model}, published_rate_gflops="1")
    (offence,) = offences_of(broken)
    assert (offence.file, offence.line) == ("data/stages.csv", line)
    assert offence.column == "published_rate_gflops x published_seconds"


@pytest.mark.parametrize(
    ("source", "right", "words"),
    [
        ("records-2020: imagenet", 164, "163 rows of table models and 1 rows of table left_out"),
        ("records-2022: wmt2014-en-de", 55, "55 rows of table models and 0 rows of table left_out"),
        ("points-2020", 101, "101 rows of table points and 0 rows of table left_out"),
        ("processors-2020: cpu", 1219, "1197 rows of table processors and 22 rows of table left_out"),
        ("epoch-hardware", 176, "176 rows of table processors and 0 rows of table left_out"),
        ("later-models-2026", 169, "169 rows of table later_models and 0 rows of table left_out"),
        ("timm-results-2026", 1556, "1556 rows of table image_networks and 0 rows of table left_out"),
    ],
)
def test_rows_of_a_source_that_are_nowhere_are_an_offence(
    source: str, right: int, words: str, broken: Path, edit: Edit
) -> None:
    line = edit("sources", {"source": source}, rows=str(right + 1))
    rule = f"must be {right}: {words} come from {source!r}"
    assert offences_of(broken) == (Offence("data/sources.csv", line, "rows", rule, str(right + 1)),)


def test_a_row_lost_from_the_list_of_those_left_out_is_an_offence(broken: Path, edit: Edit) -> None:
    edit("left_out", {"source": "records-2022: squad-1.1"})
    (offence,) = offences_of(broken)
    assert offence.rule.startswith("must be 40: 40 rows of table models and 0 rows of table left_out")


def test_a_source_that_is_no_file_is_not_recounted(whole: dict[str, pd.DataFrame]) -> None:
    counted = recount(whole).set_index("source")
    assert pd.isna(counted.loc["own-corrections", "rows"])
    files = counted[(counted["table"] != "later_models") | (counted["in_table"] > 0)]
    assert files["rows"].isna().sum() == 1


LATER = "data/later_models.csv"


@pytest.mark.parametrize(
    ("model", "column", "value", "should"),
    [
        ("imagenet-2026-vit-h-14", "burden_gflop", "5.67e+12", "1.134e+13"),  # half the peak
        ("imagenet-2026-florence-coswin-h-fine-tuned", "native_burden_gflop", "1.4e+14", "1.38029e+14"),
        ("imagenet-2026-swin-t", "training_flop", "5.189e+18", "1.03775e+19"),  # multiply-adds as operations
        ("imagenet-2026-deit-iii-vit-b", "training_flop", "8.1e+19", "8.17568e+19"),
        ("imagenet-2026-nfnet-f4-plus", "training_flop", "4.94e+21", "3.95322e+21"),  # half of the peak used
    ],
)
def test_computing_of_a_later_model_must_follow_from_its_row(
    model: str, column: str, value: str, should: str, broken: Path, edit: Edit
) -> None:
    line = edit("later_models", {"model_id": model}, **{column: value})
    rule = f"must be {should}, by the other columns of the row"
    assert offences_of(broken) == (Offence(LATER, line, column, rule, value),)


def test_rows_of_one_run_must_state_the_same_operations(broken: Path, edit: Edit) -> None:
    line = edit("later_models", {"model_id": "imagenet-2026-model-soups"}, training_flop="3.4e+21", system_id="")
    rule = "must be 5.85e+22, as in the other rows of run 'vit-g-14'"
    assert offences_of(broken) == (Offence(LATER, line, "training_flop", rule, "3.4e+21"),)


@pytest.mark.parametrize(
    ("table", "where", "value", "should"),
    [
        ("later_models", {"model_id": "imagenet-2026-align"}, "2.6e+21", "must be 2.59867e+22, as system"),
        ("language_models", {"language_model": "llama-2-7b"}, "8.4e+23", "must be 8.4e+22, as system"),
    ],
)
def test_an_estimate_must_be_that_of_the_system_it_names(
    table: str, where: dict[str, str], value: str, should: str, broken: Path, edit: Edit
) -> None:
    line = edit(table, where, training_flop=value)
    (offence,) = offences_of(broken)
    assert (offence.file, offence.line, offence.column, offence.value) == (
        f"data/{table}.csv",
        line,
        "training_flop",
        value,
    )
    assert offence.rule.startswith(should)


def test_a_score_that_is_lost_is_an_offence(broken: Path, edit: Edit) -> None:
    edit("language_scores", {"source_row": "17"})
    (offence,) = offences_of(broken)
    assert offence.rule.startswith("must be 1015: 1015 rows of table language_scores and 0 rows of table left_out")


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_text_that_a_spreadsheet_would_run_is_an_offence(start: str, broken: Path, edit: Edit) -> None:
    text = f"{start}SUM(A1:A9)"
    line = edit("left_out", {"source": "records-2020: imagenet"}, name=text)
    (offence,) = offences_of(broken)
    assert (offence.file, offence.line, offence.column, offence.value) == ("data/left_out.csv", line, "name", text)


def test_a_negative_number_is_no_formula(broken: Path, edit: Edit) -> None:
    edit("left_out", {"name": "IoU-Net+EnergyRegression"}, name="-0.0821")
    assert not find_inconsistencies(read_tables(broken))


def test_breaches_of_all_rules_come_together_in_the_order_of_the_files(broken: Path, edit: Edit) -> None:
    first = edit("corrections", {"field": "cost"}, original="1")
    second = edit("sources", {"source": "points-2020"}, rows="102")
    third = edit("left_out", {"source": "processors-2020: cpu"}, name="@home")
    found = [(offence.file, offence.line) for offence in offences_of(broken)]
    assert found == [("data/corrections.csv", first), ("data/left_out.csv", third), ("data/sources.csv", second)]


def test_files_that_are_malformed_in_several_ways_give_every_offence_and_stay_as_they_are(
    broken: Path, edit: Edit
) -> None:
    score = edit("models", {"model_id": "imagenet-2020-resnet50"}, score="1.753")
    paper = edit("models", {"model_id": "imagenet-2020-resnet101"}, paper="no-such-paper")
    rate = edit("processors", {"processor": "tesla-k80"}, fp32_gflops="fast")
    ragged = broken / "data" / "targets.csv"
    ragged.write_text(ragged.read_text(encoding="utf-8") + "imagenet\n", encoding="utf-8")
    last = ragged.read_text(encoding="utf-8").count("\n")
    (broken / "data" / "points.csv").write_bytes(b"model_id,published_row\xff\n")
    tables = [path for path in (broken / "data").rglob("*") if path.is_file()]
    before = [path.read_bytes() for path in tables]
    found = offences_of(broken)
    places = {(offence.file.removeprefix("data/"), offence.line, offence.column) for offence in found}
    assert {
        ("models.csv", score, "score"),
        ("models.csv", paper, "paper"),
        ("processors.csv", rate, "fp32_gflops"),
        ("targets.csv", last, "label"),
        ("targets.csv", last, "error"),
        ("targets.csv", last, "source"),
    } <= places
    assert any(offence.file == "data/points.csv" for offence in found)
    assert [path.read_bytes() for path in tables] == before


@pytest.mark.parametrize(
    ("table", "where", "cells", "column", "rule"),
    [
        ("assumptions", {"quantity": "pue", "edition": "2026"}, {"low": "1.6"}, "low", "must be at most value, 1.58"),
        ("assumptions", {"quantity": "pue", "edition": "2026"}, {"high": "1.1"}, "value", "must be at most high, 1.1"),
        (
            "rents",
            {"source_row": "582"},
            {"usd_per_hour_three_years": "9"},
            "usd_per_hour_three_years",
            "must be at most usd_per_hour_one_year, 7.67",
        ),
        ("utilisation", {"system": "PaLM (540B)"}, {"mfu": "0.6"}, "mfu", "must be at most hfu, 0.578"),
    ],
)
def test_a_number_above_its_bound_is_an_offence(
    table: str, where: dict[str, str], cells: dict[str, str], column: str, rule: str, broken: Path, edit: Edit
) -> None:
    line = edit(table, where, **cells)
    (offence,) = offences_of(broken)
    assert (offence.file, offence.line, offence.column, offence.rule) == (f"data/{table}.csv", line, column, rule)


def test_a_row_without_any_of_its_numbers_is_an_offence(broken: Path, edit: Edit) -> None:
    line = edit("rents", {"source_row": "579"}, usd_per_hour="")
    rule = "must not be empty, nor all of usd_per_hour, usd_per_hour_one_year, usd_per_hour_three_years"
    assert offences_of(broken) == (Offence("data/rents.csv", line, "usd_per_hour", rule, ""),)


def test_a_count_by_hardware_time_needs_its_assumption(broken: Path, edit: Edit) -> None:
    line = edit("overlap", {"system_id": "2026-transformer"}, assumed_utilisation="")
    rule = "must not be empty: operations by hardware time follow from it"
    assert offences_of(broken) == (Offence("data/overlap.csv", line, "assumed_utilisation", rule, ""),)


def test_a_rent_that_is_neither_in_the_table_nor_left_out_is_missed(broken: Path, edit: Edit) -> None:
    edit("rents", {"source_row": "579"})
    (offence,) = offences_of(broken)
    assert (offence.file, offence.column) == ("data/sources.csv", "rows")
