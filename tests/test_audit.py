"""The audit: rows checked by hand, causes found, planted errors corrected, and nothing corrected in silence."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from computational_limits.audit import (
    AGREES,
    CAUSES,
    RESULT_COLUMNS,
    TOLERANCE,
    UNKNOWN,
    Records,
    audit,
    compare_burdens,
    compare_readings,
    correct_stages,
    published_burdens,
    unexplained,
)
from computational_limits.burden import peak_gflops
from computational_limits.tables import read_codebook, read_table
from computational_limits.vintages import read_records

NAN = float("nan")
DAY = 86400.0
BY_HAND = {
    # published, recomputed, corrected, its bounds
    "wmt2014-en-de-transformer-base": (
        76200 * 3.5 * DAY,
        8 * 9526 * 3.5 * DAY,
        8 * 9526 * 0.5 * DAY,
        8 * 9526 * 0.5 * DAY,
        8 * 9526 * 0.5 * DAY,
    ),
    "squad-1.1-bert-single": (
        420000 * 4 * DAY,
        64 * 420000 * 4 * DAY,
        64 * 105000 * 4 * DAY,
        64 * 45000 * 4 * DAY,
        64 * 105000 * 4 * DAY,
    ),
    "imagenet-octresnet152-se-224px": (2077895000, 14130 * 1.47e9, 14130 * 1.47e6, 14130 * 1.47e6, 14130 * 1.47e6),
    "imagenet-zfnet-ensemble-6-convnets": (
        1638144000,
        1581.1 * 12 * DAY,
        6 * 1581.1 * 12 * DAY,
        1581.1 * 12 * DAY,
        6 * 1581.1 * 12 * DAY,
    ),
    "conll-2003-jerl-luo-2015": (2 * 77 * 280 * 60, *[2.4 * 4 * 8 * 280 * 60] * 4),
    "ms-coco-cascade-r-cnn-resnet-50-fpn": (
        8 * 6687.5 * 32 * 3600,
        8 * 10974.2 * 32 * 3600,
        8 * 6604.8 * 32 * 3600,
        8 * 6604.8 * 32 * 3600,
        8 * 10974.2 * 32 * 3600,
    ),
}
FOUND = {
    "device count ignored": [
        "imagenet-mnasneta3",
        "squad-1.1-bert-ensemble",
        "squad-1.1-bert-single",
        "conll-2003-bert-large",
        "conll-2003-bert-base",
        "wmt2014-en-de-evolved-transformer-big",
        "wmt2014-en-de-evolved-transformer-base",
    ],
    "board taken for chip": ["squad-1.1-2020-bidaf"],
    "wrong card": [
        "ms-coco-multipath-network",
        "ms-coco-cascade-r-cnn-resnet-101-fpn-cascade",
        "ms-coco-cascade-r-cnn-resnet-50-fpn-cascade",
        "ms-coco-cascade-r-cnn-resnet-101-fpn",
        "ms-coco-cascade-r-cnn-resnet-50-fpn",
        "ms-coco-fsaf-resnet-101-single-scale",
        "squad-1.1-memen-single-model",
        "squad-1.1-memen-ensemble-model",
        "squad-1.1-bidaf-single-model",
        "squad-1.1-reasonet-single-model",
        "squad-1.1-san-single-model",
        "conll-2003-crf-autoencoder",
        "conll-2003-neural-crf-ae",
        "conll-2003-ma-and-hovy",
        "imagenet-prelunet",
    ],
    "other model's cost": [
        "imagenet-senet",
        "imagenet-2020-inceptionv1",
        "imagenet-2020-dpn131",
        "imagenet-alexnet-7cnns",
        "imagenet-zfnet-ensemble-6-convnets",
        "wmt2014-en-fr-transformer-base",
        "wmt2014-en-de-transformer-base",
    ],
    "unit or typing error": [
        "imagenet-octresnet152-se-224px",
        "imagenet-resnext101-64x4d-320px",
        "conll-2003-jerl-luo-2015",
        "conll-2003-averaged-perceptron-ratinov-roth-2009",
    ],
    "unknown": ["ms-coco-yolov3-darknet-53", "conll-2003-ld-net-9-origin"],
}
"""Errors that were known before the audit was written, by the cause it must give them."""
COPIES_OF_NASNET = 11
"""Models that carry the cost of the search for NASNet: SENet and those beside it in the table of that paper."""
PUBLISHED_CAUSES = {
    AGREES: 49,
    "device count ignored": 7,
    "other model's cost": 8,
    "unit or typing error": 12,
    "unknown": 2,
    "wrong card": 23,
}


@pytest.fixture(scope="module")
def records(root: Path) -> Records:
    return read_records(root)


@pytest.fixture(scope="module")
def audited(records: Records) -> pd.DataFrame:
    return audit(records).set_index("model_id")


# The real records


def test_every_published_point_is_audited_once(records: Records, root: Path) -> None:
    table = audit(records)
    assert list(table.columns) == list(RESULT_COLUMNS)
    with (root / "data" / "points.csv").open(encoding="utf-8", newline="") as file:
        points = {row["model_id"]: float(row["hardware_burden_gflop"]) for row in csv.DictReader(file)}
    rows = table[table["vintage"] == "2020"]
    assert len(points) == 101
    assert dict(zip(rows["model_id"], rows["published_gflop"], strict=True)) == points
    assert not table["model_id"].duplicated().any()


@pytest.mark.parametrize("model", BY_HAND)
def test_a_row_is_what_hand_arithmetic_gives(model: str, audited: pd.DataFrame) -> None:
    row, (published, *others) = audited.loc[model], BY_HAND[model]
    columns = ["recomputed_gflop", "corrected_gflop", "corrected_low_gflop", "corrected_high_gflop"]
    assert row["published_gflop"] == pytest.approx(published, rel=1e-3)
    assert row[columns].tolist() == pytest.approx(others, rel=1e-12)
    assert 10 ** row["log10_ratio"] == pytest.approx(published / others[0], rel=1e-3)


@pytest.mark.parametrize(("cause", "model"), [(cause, model) for cause, models in FOUND.items() for model in models])
def test_a_known_error_is_found_with_its_cause(cause: str, model: str, audited: pd.DataFrame) -> None:
    assert audited.loc[model, "cause"] == cause


def test_the_copies_of_the_cost_of_nasnet_are_all_left_out(audited: pd.DataFrame) -> None:
    copies = audited[audited["evidence"].str.contains("the search for NASNet")]
    assert len(copies) == COPIES_OF_NASNET
    assert set(copies["cause"]) == {"other model's cost"}
    assert copies["corrected_gflop"].isna().all()
    np.testing.assert_allclose(copies["published_gflop"], 500 * 9526 * 4 * DAY, rtol=2e-3)
    assert audited.loc["imagenet-nasneta-6-4032", "cause"] == AGREES


def test_the_cause_of_each_published_point_is_counted(audited: pd.DataFrame) -> None:
    causes = audited.loc[audited["vintage"] == "2020", "cause"]
    assert causes.value_counts().to_dict() == PUBLISHED_CAUSES


def test_causes_are_the_closed_list_of_the_codebook(root: Path, audited: pd.DataFrame) -> None:
    (corrections,) = (entry for entry in read_codebook(root)["resources"] if entry["name"] == "corrections")
    (listed,) = (field["constraints"]["enum"] for field in corrections["schema"]["fields"] if field["name"] == "cause")
    assert {AGREES, *listed} == set(CAUSES)
    assert set(audited["cause"]) == set(CAUSES)


def test_every_difference_has_a_sentence_and_agreement_has_none(audited: pd.DataFrame) -> None:
    differs = audited["cause"] != AGREES
    assert audited.loc[differs, "evidence"].str.fullmatch(r"[A-Z0-9].{20,}\.").all()
    assert (audited.loc[~differs, "evidence"] == "").all()


def test_nothing_is_lost_without_a_cause_and_unknown_is_never_corrected(audited: pd.DataFrame) -> None:
    missing = audited["corrected_gflop"].isna()
    assert AGREES not in set(audited.loc[missing, "cause"])
    assert missing[audited["cause"] == UNKNOWN].all()


def test_what_agrees_stands_as_published_and_agrees_within_the_tolerance(audited: pd.DataFrame) -> None:
    rows = audited[audited["cause"] == AGREES]
    assert (rows["log10_ratio"].abs() <= np.log10(1 + TOLERANCE)).all()
    for column in ("corrected_gflop", "corrected_low_gflop", "corrected_high_gflop"):
        np.testing.assert_array_equal(rows[column], rows["published_gflop"])


def test_the_published_value_is_kept_beside_every_corrected_one(records: Records, audited: pd.DataFrame) -> None:
    published = published_burdens(records).set_index("model_id")["published_gflop"]
    assert audited["published_gflop"].to_dict() == published.to_dict()
    assert audited["published_gflop"].notna().all()


def test_corrected_values_lie_between_their_bounds(audited: pd.DataFrame) -> None:
    known = audited.dropna(subset=["corrected_gflop"])
    assert (known["corrected_low_gflop"] <= known["corrected_gflop"]).all()
    assert (known["corrected_gflop"] <= known["corrected_high_gflop"]).all()
    assert (known["corrected_low_gflop"] > 0).all()
    bounds = audited.loc[audited["corrected_gflop"].isna(), ["corrected_low_gflop", "corrected_high_gflop"]]
    assert bounds.isna().all(axis=None)


def test_records_without_corrections_are_what_was_recorded(records: Records) -> None:
    same = correct_stages(records.stages, records.corrections.head(0))
    assert (same.pop("networks") == 1).all()
    pd.testing.assert_frame_equal(same[records.stages.columns], records.stages, check_dtype=False)


def test_correcting_changes_the_corrected_cells_and_no_others(records: Records) -> None:
    before = records.stages.set_index(["model_id", "stage"]).sort_index()
    after = correct_stages(records.stages, records.corrections).set_index(["model_id", "stage"]).sort_index()
    columns = {"processor": ["processor"], "processor_count": ["processor_count"]}
    columns["seconds"] = ["seconds_low", "seconds_high"]
    allowed = {
        (row["model_id"], row["stage"], column)
        for row in records.corrections.to_dict("records")
        for column in columns.get(row["field"], [])
    }
    was, became = (
        table[before.columns].astype(object).where(table[before.columns].notna(), "") for table in (before, after)
    )
    changed = (was != became).stack()
    assert set(changed[changed].index) <= allowed


def test_a_correction_says_what_it_replaces(records: Records) -> None:
    stages = records.stages.set_index(["model_id", "stage"])
    for row in records.corrections.to_dict("records"):
        recorded = stages.loc[(row["model_id"], row["stage"])]
        if row["field"] == "processor":
            assert row["original"] == recorded["processor"], row["model_id"]
        elif row["field"] == "processor_count":
            assert float(row["original"]) == recorded["processor_count"], row["model_id"]
        elif row["field"] == "seconds":
            assert row["original"] == recorded["time_words"], row["model_id"]


def test_only_a_cost_that_is_not_known_has_no_corrected_value(records: Records) -> None:
    corrections = records.corrections
    assert ((corrections["field"] == "cost") == corrections["corrected"].isna()).all()
    processors = corrections[corrections["field"] == "processor"]
    named = processors[["corrected", "corrected_low", "corrected_high"]].stack().dropna()
    assert set(named) <= set(records.processors["processor"])
    numbers = corrections[~corrections["field"].isin(["processor", "cost"])]
    assert (numbers[["corrected", "corrected_low", "corrected_high"]].stack().dropna().astype(float) > 0).all()


def test_an_unexplained_burden_is_refused_by_name(records: Records) -> None:
    silent = records.corrections[records.corrections["model_id"] != "squad-1.1-bert-single"]
    with pytest.raises(ValueError, match=r"no row of table corrections.*: squad-1\.1-bert-single \(0\.0156 times\)$"):
        audit(replace(records, corrections=silent))


def test_both_readings_of_a_paper_agree_better_after_the_audit(
    records: Records, root: Path, audited: pd.DataFrame
) -> None:
    pairs = compare_readings(records, read_table("scores", root), audited.reset_index())
    assert len(pairs) > 10
    spread = {
        state: np.log10(pairs[f"{state}_2022_gflop"] / pairs[f"{state}_2020_gflop"]).abs()
        for state in ("published", "corrected")
    }
    assert spread["corrected"].mean() < spread["published"].mean()


# Planted records: ten processors of 10 GFLOP/s for 100 s are 10,000 GFLOP

RECORDED = 10_000.0
FACTORS = {
    # field: its recorded, corrected, lower and upper value, and the factors these make of the burden
    "processor": ("old", "new", "old", "pod", (3.0, 1.0, 64.0)),
    "processor_count": ("10", "20", "15", "40", (2.0, 1.5, 4.0)),
    "seconds": ("100 s", "50", "25", "75", (0.5, 0.25, 0.75)),
    "networks": ("1", "7", "1", "9", (7.0, 1.0, 9.0)),
}


def planted(published: float, *corrections: dict[str, object]) -> Records:
    """A model whose record states `RECORDED` and whose point something else, beside a corrected one."""
    rates = {"old": 10.0, "new": 30.0, "pod": 640.0}
    empty = {"bf16_gflops": NAN, "clock_mhz": NAN, "cores": NAN, "flop_per_cycle": NAN, "part_of": None, "parts": NAN}
    usual = {"model_id": "a", "stage": "training", "cause": "wrong card", "evidence": "It was planted."}
    values = ["original", "corrected", "corrected_low", "corrected_high"]
    stage = {
        "model_id": "a",
        "stage": "training",
        "seconds_low": 100.0,
        "seconds_high": 100.0,
        "published_seconds": NAN,
        "processor": "old",
        "processor_count": 10.0,
        "host": None,
        "host_count": NAN,
        "published_rate_gflops": NAN,
    }
    columns = [*usual, "field", *values]
    model = {"benchmark": "b", "vintage": "2020-records", "published_burden_gflop": NAN}
    beside = {"model_id": "beside", "field": "networks", "corrected": "1"}
    return Records(
        models=pd.DataFrame([model | {"model_id": name, "model": name.upper()} for name in ("a", "beside")]),
        points=pd.DataFrame({"model_id": ["a", "beside"], "hardware_burden_gflop": [published, RECORDED]}),
        stages=pd.DataFrame([stage, stage | {"model_id": "beside"}]),
        processors=pd.DataFrame(
            [{"processor": name, "kind": "GPU", "fp32_gflops": rate} | empty for name, rate in rates.items()]
        ),
        corrections=pd.DataFrame([usual | row for row in (*corrections, beside)], columns=columns),
    )


def row_of(table: pd.DataFrame) -> pd.Series:
    """The planted model in a table of the audit."""
    return table.set_index("model_id").loc["a"]


def test_the_planted_rates_are_what_the_planted_burdens_assume() -> None:
    assert peak_gflops(planted(1.0).processors).to_dict() == {"old": 10, "new": 30, "pod": 640}


@pytest.mark.parametrize("ratio", [0.001, 0.9, 1.1, 8.0, 1e6])
def test_a_planted_ratio_is_found_and_refused_without_a_cause(ratio: float) -> None:
    records = planted(RECORDED * ratio)
    row = row_of(compare_burdens(records))
    assert row["recomputed_gflop"] == RECORDED
    assert row["log10_ratio"] == pytest.approx(np.log10(ratio))
    assert unexplained(compare_burdens(records))["model_id"].tolist() == ["a"]
    with pytest.raises(ValueError, match=r"a \(.* times\)"):
        audit(records)


@pytest.mark.parametrize("ratio", [0.96, 1.0, 1.04])
def test_a_ratio_within_the_rounding_of_records_agrees(ratio: float) -> None:
    row = row_of(audit(planted(RECORDED * ratio)))
    assert (row["cause"], row["corrected_gflop"]) == (AGREES, RECORDED * ratio)


@pytest.mark.parametrize("field", FACTORS)
def test_a_planted_error_of_any_field_is_corrected_within_its_bounds(field: str) -> None:
    original, corrected, low, high, factors = FACTORS[field]
    correction = {"field": field, "original": original, "corrected": corrected}
    row = row_of(audit(planted(5.0, correction | {"corrected_low": low, "corrected_high": high})))
    ends = [row[f"corrected{end}_gflop"] for end in ("", "_low", "_high")]
    assert ends == pytest.approx([RECORDED * factor for factor in factors])
    assert (row["published_gflop"], row["recomputed_gflop"]) == (5.0, RECORDED)
    assert (row["cause"], row["evidence"]) == ("wrong card", "It was planted.")


@pytest.mark.parametrize("field", FACTORS)
def test_a_correction_without_bounds_is_its_own_bounds(field: str) -> None:
    original, corrected, *_, factors = FACTORS[field]
    row = row_of(audit(planted(5.0, {"field": field, "original": original, "corrected": corrected})))
    assert {row[f"corrected{end}_gflop"] for end in ("", "_low", "_high")} == {RECORDED * factors[0]}


def test_corrections_of_several_fields_multiply() -> None:
    corrections = [{"field": field, "corrected": FACTORS[field][1]} for field in FACTORS]
    row = row_of(audit(planted(5.0, *corrections)))
    assert row["corrected_gflop"] == pytest.approx(RECORDED * 3.0 * 2.0 * 0.5 * 7.0)


def test_bounds_are_ordered_even_if_the_readings_are_not() -> None:
    swapped = {"field": "processor_count", "corrected": "20", "corrected_low": "40", "corrected_high": "5"}
    row = row_of(audit(planted(5.0, swapped)))
    assert (row["corrected_low_gflop"], row["corrected_high_gflop"]) == (RECORDED * 0.5, RECORDED * 4.0)


def test_a_cost_that_nobody_knows_is_left_out_and_not_guessed() -> None:
    row = row_of(audit(planted(5.0, {"field": "cost", "cause": UNKNOWN})))
    assert row["cause"] == UNKNOWN
    assert row["published_gflop"] == 5.0
    assert all(np.isnan(row[f"corrected{end}_gflop"]) for end in ("", "_low", "_high"))
