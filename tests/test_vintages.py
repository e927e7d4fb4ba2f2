"""Editions of the evidence: their rows, their measures, and the regressions the authors printed for them."""

import csv
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from computational_limits.audit import Records, audit
from computational_limits.regressions import regress_vintage, tabulate_as_printed
from computational_limits.vintages import COLUMNS, MEASURES, VINTAGES, read_models, read_records, select_vintage

BENCHMARKS = ["imagenet", "ms-coco", "squad-1.1", "conll-2003", "wmt2014-en-fr", "wmt2014-en-de"]
ROWS = {
    "2020": [13, 33, 16, 13, 13, 13],
    "audited": [13, 33, 16, 13, 13, 13],
    "2020-records": [163, 95, 60, 40, 32, 43],
    "2022": [208, 115, 40, 54, 42, 55],
    "2022-audited": [208, 115, 40, 54, 42, 55],
}
BURDENS = {"2020": 101, "audited": 96, "2020-records": 132, "2022": 99, "2022-audited": 99}
"""Models of each vintage that have a hardware burden."""
LEFT_OUT = {
    "imagenet-senet",
    "ms-coco-yolov3-darknet-53",
    "squad-1.1-reasonet-ensemble",
    "squad-1.1-san",
    "conll-2003-ld-net-9-origin",
}
"""Published points whose burden is known to be wrong without a right one."""
EXPONENTS = {
    "imagenet": 13.64,
    "ms-coco": 44.29,
    "squad-1.1": 7.78,
    "conll-2003": 59.48,
    "wmt2014-en-fr": 42.21,
}
PRINTED = {
    "ops_per_pass": (110, 0.0915, -0.0821, 0.606),
    "network_operations": (77, 0.8539, -0.0836, 0.720),
    "hardware_burden": (36, 1.1563, -0.0933, 0.766),
}
"""ImageNet in the authors' notebooks of 2022: n, intercept, slope and R2."""
OTHER_NETWORK_OPERATIONS = {"imagenet-2022-cswin-l-384-res-imagenet-22k-pretrain"}
"""Records of 2022 whose printed network operations are not the product of what they state."""


def rows_of(root: Path, table: str) -> list[dict[str, str]]:
    with (root / "data" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def number(cell: str) -> float:
    return float(cell) if cell else math.nan


def per_pass_flop(row: dict[str, str]) -> float:
    stated = number(row["flop_per_pass"])
    return 2 * number(row["multiadds_per_pass"]) if math.isnan(stated) else stated


STATED: dict[str, Callable[[dict[str, str]], float]] = {
    "ops_per_pass": per_pass_flop,
    "network_operations": lambda row: number(row["published_network_operations_flop"]),
    "hardware_burden": lambda row: 1e9 * number(row["published_burden_gflop"]),
}
"""Each measure in FLOP, from a row of the file of models."""


@pytest.fixture(scope="module")
def records(root: Path) -> Records:
    return read_records(root)


@pytest.fixture(scope="module")
def vintages(records: Records) -> dict[str, pd.DataFrame]:
    return {vintage: select_vintage(records, vintage) for vintage in VINTAGES}


@pytest.fixture(scope="module")
def printed(root: Path) -> pd.DataFrame:
    """The laws of 2022 in the authors' terms."""
    laws = regress_vintage(read_models("2022", root=root), BENCHMARKS)
    return tabulate_as_printed(laws).set_index(["benchmark", "measure"])


# Rows


@pytest.mark.parametrize("vintage", ROWS)
def test_a_vintage_has_its_models_on_each_benchmark(vintage: str, vintages: dict[str, pd.DataFrame]) -> None:
    counts = vintages[vintage]["benchmark"].value_counts()
    assert counts.to_dict() == dict(zip(BENCHMARKS, ROWS[vintage], strict=True))
    assert vintages[vintage]["hardware_burden_gflop"].count() == BURDENS[vintage]
    assert set(vintages[vintage]["vintage"]) == {vintage}


def test_every_vintage_is_listed_with_its_meaning() -> None:
    assert list(VINTAGES) == list(ROWS)


@pytest.mark.parametrize("vintage", VINTAGES)
def test_error_is_one_minus_score_and_every_measure_is_positive(
    vintage: str, vintages: dict[str, pd.DataFrame]
) -> None:
    models = vintages[vintage]
    np.testing.assert_allclose(models["error"] + models["score"], 1.0, rtol=0, atol=1e-12)
    assert models["error"].between(0.0, 1.0, inclusive="neither").all()
    for column in MEASURES.values():
        assert (models[column].dropna() > 0).all(), column
    assert not models["model_id"].duplicated().any()


def test_both_vintages_of_records_share_no_model_and_make_up_the_table(
    vintages: dict[str, pd.DataFrame], root: Path
) -> None:
    early, late = (set(vintages[name]["model_id"]) for name in ("2020-records", "2022"))
    assert early.isdisjoint(late)
    assert early | late == {row["model_id"] for row in rows_of(root, "models")}
    assert set(vintages["2020"]["model_id"]) < early


def test_models_are_read_with_their_papers_in_the_columns_promised(root: Path) -> None:
    models = read_models("2022", "imagenet", root)
    assert list(models.columns) == list(COLUMNS)
    assert set(models["benchmark"]) == {"imagenet"}
    assert models.index.tolist() == list(range(208))
    titles = {row["paper"]: row["title"] for row in rows_of(root, "papers")}
    cited = models.dropna(subset=["paper"])
    assert cited["title"].tolist() == [titles[paper] for paper in cited["paper"]]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("2020-record", "did you mean '2020-records'"),
        ("audit", "did you mean 'audited'"),
        ("zzz", "known: 2020, audited"),
    ],
)
def test_an_unknown_vintage_is_refused_with_the_closest_name(name: str, hint: str, records: Records) -> None:
    with pytest.raises(KeyError, match=f"no vintage '{name}'; {hint}"):
        select_vintage(records, name)


# What changes between vintages


def test_the_audit_changes_burdens_and_nothing_else(vintages: dict[str, pd.DataFrame], records: Records) -> None:
    for before, after in (("2020", "audited"), ("2022", "2022-audited")):
        kept = ["model_id", "benchmark", "score", "error", "ops_per_pass_gflop", "note"]
        pd.testing.assert_frame_equal(vintages[before][kept], vintages[after][kept])
    burdens = audit(records).set_index("model_id")["corrected_gflop"]
    for vintage in ("audited", "2022-audited"):
        found = vintages[vintage].set_index("model_id")["hardware_burden_gflop"]
        np.testing.assert_array_equal(found, burdens.reindex(found.index))


def test_the_audit_leaves_out_the_points_whose_right_burden_nobody_knows(vintages: dict[str, pd.DataFrame]) -> None:
    audited = vintages["audited"]
    missing = audited[audited["hardware_burden_gflop"].isna()]
    assert set(missing["model_id"]) == LEFT_OUT
    assert missing["note"].notna().all()


def test_a_published_point_keeps_its_published_score_and_burden(vintages: dict[str, pd.DataFrame], root: Path) -> None:
    points = {row["model_id"]: row for row in rows_of(root, "points")}
    for model in vintages["2020"].to_dict("records"):
        point = points[model["model_id"]]
        assert model["score"] == float(point["score"])
        assert model["hardware_burden_gflop"] == float(point["hardware_burden_gflop"])


def test_derived_network_operations_are_the_printed_ones_but_for_a_named_list(
    vintages: dict[str, pd.DataFrame],
) -> None:
    printed, derived = (
        vintages[name].set_index("model_id")["network_operations_gflop"] for name in ("2022", "2022-audited")
    )
    both = pd.DataFrame({"printed": printed, "derived": derived}).dropna()
    assert len(both) == 83
    differs = (both["derived"] / both["printed"] - 1.0).abs() > 0.01
    assert set(both[differs].index) == OTHER_NETWORK_OPERATIONS


# Published regressions


@pytest.mark.parametrize("measure", PRINTED)
def test_the_records_of_2022_give_the_printed_regressions_to_the_printed_digits(
    measure: str, printed: pd.DataFrame
) -> None:
    row, (n, intercept, slope, r2) = printed.loc[("imagenet", measure)], PRINTED[measure]
    assert row["n"] == n
    assert (round(row["intercept"], 4), round(row["slope"], 4), round(row["r2"], 3)) == (intercept, slope, r2)


@pytest.mark.parametrize(("benchmark", "measure"), [(name, measure) for name in BENCHMARKS for measure in STATED])
def test_regressions_of_2022_agree_with_scipy_on_the_file_itself(
    benchmark: str, measure: str, printed: pd.DataFrame, root: Path
) -> None:
    rows = [row for row in rows_of(root, "models") if row["vintage"] == "2022" and row["benchmark"] == benchmark]
    stated = [(STATED[measure](row), 1.0 - float(row["score"])) for row in rows]
    points = np.log10([(flop, error) for flop, error in stated if not math.isnan(flop)])
    if len(points) < 3:
        assert (benchmark, measure) not in printed.index
        return
    expected, row = stats.linregress(*points.T), printed.loc[(benchmark, measure)]
    assert row["n"] == len(points)
    names = {"slope": expected.slope, "intercept": expected.intercept, "slope_se": expected.stderr}
    for name, value in {**names, "r2": expected.rvalue**2, "p_value": expected.pvalue}.items():
        assert row[name] == pytest.approx(value, rel=1e-8), name


@pytest.mark.parametrize("benchmark", EXPONENTS)
def test_the_points_of_2020_give_the_published_exponents(benchmark: str, root: Path) -> None:
    homes = {row["model_id"]: row["benchmark"] for row in rows_of(root, "models")}
    points = [row for row in rows_of(root, "points") if homes[row["model_id"]] == benchmark]
    computing = np.log10([float(row["hardware_burden_gflop"]) for row in points])
    performance = -np.log10([1.0 - float(row["score"]) for row in points])
    exponent = 1.0 / stats.linregress(computing, performance).slope
    assert round(exponent, 2) == EXPONENTS[benchmark]
    laws = regress_vintage(read_models(root=root), [benchmark], ["hardware_burden"]).set_index("form")
    assert laws.loc["polynomial", "exponent"] == pytest.approx(exponent, rel=1e-8)
