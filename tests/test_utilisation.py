"""Burden against operations: intervals by enumeration, planted ratios, and the real overlap by hand."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from computational_limits.tables import read_table
from computational_limits.uncertainty import Interval
from computational_limits.utilisation import (
    BY_TIME,
    median_interval,
    reconcile,
    summarise_reconciliation,
    summarise_utilisation,
)
from computational_limits.vintages import read_records

TRANSFORMER = "wmt2014-en-de-transformer-big-vaswani2017attention"
TENSOR = "wmt2014-en-fr-transformer-big-bt"


@pytest.fixture(scope="module")
def utilisation(root: Path) -> pd.DataFrame:
    return read_table("utilisation", root)


@pytest.fixture(scope="module")
def reconciled(root: Path, systems: pd.DataFrame, utilisation: pd.DataFrame) -> pd.DataFrame:
    return reconcile(read_records(root), systems, read_table("overlap", root), utilisation)


@pytest.mark.parametrize("n", [5, 8, 13, 53])
@pytest.mark.parametrize("level", [0.5, 0.9, 0.99])
def test_the_interval_of_a_median_is_the_shortest_of_its_kind_that_covers(n: int, level: float) -> None:
    found = median_interval(np.arange(1.0, n + 1.0), level)

    def coverage(rank: int) -> float:
        return 1.0 - 2.0 * sum(math.comb(n, k) for k in range(rank)) / 2.0**n

    if not found.bounded:
        assert coverage(1) < level
        return
    rank = int(found.low)
    assert found.high == n + 1 - rank
    assert coverage(rank) >= level > coverage(rank + 1)


@given(values=st.lists(st.floats(0.01, 1.0), min_size=5, max_size=40))
@settings(deadline=None, max_examples=50)
def test_the_median_lies_in_its_interval(values: list[float]) -> None:
    assert float(np.median(values)) in median_interval(np.array(values))


def test_too_few_values_leave_a_median_unbounded() -> None:
    assert median_interval(np.array([0.1, 0.2, 0.3])) == Interval(-np.inf, np.inf)


def test_a_level_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match="level"):
        median_interval(np.arange(9.0), 1.0)


def test_utilisation_by_hand() -> None:
    table = pd.DataFrame(
        {
            "published": ["2020-01-01", "2021-01-01", "2022-01-01", "2023-01-01", "2024-01-01"],
            "mfu": [0.1, 0.2, 0.4, 0.8, np.nan],
            "hfu": np.nan,
        }
    )
    found = summarise_utilisation(table)
    assert (found.n, found.median, found.ends) == (4, pytest.approx(0.3), Interval(0.1, 0.8))
    assert (found.quartiles.low, found.quartiles.high) == pytest.approx((0.175, 0.5))
    assert found.trend.growth_per_year == pytest.approx(2.0, rel=1e-3)


def test_an_unknown_kind_of_utilisation_is_refused(utilisation: pd.DataFrame) -> None:
    with pytest.raises(KeyError, match="mfu, hfu"):
        summarise_utilisation(utilisation, "efficiency")


def test_no_training_is_counted_twice(utilisation: pd.DataFrame) -> None:
    assert not utilisation["system"].duplicated().any()
    assert utilisation["system"].str.startswith("GPT-4").sum() == 1


def test_the_real_utilisation_is_about_two_fifths_and_shows_no_trend(utilisation: pd.DataFrame) -> None:
    found = summarise_utilisation(utilisation)
    known = utilisation["mfu"].dropna()
    assert found.n == len(known)
    assert (found.median, found.quartiles.low) == pytest.approx((known.median(), known.quantile(0.25)))
    assert 0.35 < found.median < 0.41
    assert 1.0 in found.trend.growth()


def test_a_burden_at_the_rate_of_the_count_is_operations_over_utilisation(reconciled: pd.DataFrame) -> None:
    row = reconciled.set_index("model_id").loc[TRANSFORMER]
    assert row["operations_gflop"] == pytest.approx(9300 * 8 * 3.5 * 86400 * 0.33)
    assert row["published_gflop"] == pytest.approx(9526 * 8 * 3.5 * 86400, rel=1e-3)
    assert row["rate_ratio"] == pytest.approx(9526 / 9300, rel=1e-3)
    assert row["log10_expected"] == pytest.approx(np.log10(9526 / 9300 / 0.33), abs=1e-3)
    assert row["published_left"] == pytest.approx(0.0, abs=1e-3)


def test_tensor_cores_make_operations_exceed_a_single_precision_burden(reconciled: pd.DataFrame) -> None:
    row = reconciled.set_index("model_id").loc[TENSOR]
    assert row["published_log10_ratio"] < 0.0
    assert row["rate_ratio"] == pytest.approx(14_130 / 125_000)
    assert row["published_left"] == pytest.approx(0.0, abs=2e-3)


def test_a_chip_is_held_against_a_chip(reconciled: pd.DataFrame) -> None:
    """A pod of 1,024 chips: the rounding of its peak is all that is left."""
    row = reconciled.set_index("model_id").loc["imagenet-noisystudent-efficientnetl2"]
    assert row["rate_ratio"] == pytest.approx(1e8 / 1024 / 123_000)
    assert row["published_left"] == pytest.approx(0.0, abs=1e-3)


def test_a_count_without_an_assumption_takes_the_median_and_no_rate(
    reconciled: pd.DataFrame, utilisation: pd.DataFrame
) -> None:
    rows = reconciled[reconciled["method"] != BY_TIME]
    assert len(rows) > 0
    assert (rows["rate_ratio"] == 1.0).all()
    assert rows["utilisation"].to_numpy() == pytest.approx(utilisation["mfu"].median())


def test_every_model_of_the_overlap_is_there_once_with_its_burden(reconciled: pd.DataFrame, root: Path) -> None:
    assert reconciled["model_id"].tolist() == read_table("overlap", root)["model_id"].tolist()
    assert reconciled["published_gflop"].notna().all()


def test_the_audit_brings_burdens_counted_apart_from_time_together(reconciled: pd.DataFrame) -> None:
    """The right number of devices, not the choice of a utilisation, closes most of the gap."""
    summary = summarise_reconciliation(reconciled).set_index(["burden", "counted"])
    apart = summary.xs("other counts", level="counted")
    assert apart.loc["published", "left_sd"] > 1.0
    assert apart.loc["audited", "left_sd"] < 0.25
    assert (reconciled[reconciled["method"] != BY_TIME].dropna()["audited_log10_ratio"] > 0.0).all()


def test_a_planted_spread_is_found_as_other_software_finds_it() -> None:
    left = np.array([0.1, -0.2, 0.4, 0.0, 0.3])
    table = pd.DataFrame({"relation": ["same"] * 5 + ["other"], "method": ["operations"] * 6})
    for burden in ("published", "audited"):
        table[f"{burden}_left"] = [*left, 9.0]
        table[f"{burden}_log10_ratio"] = [*(left + 0.5), 9.0]
    summary = summarise_reconciliation(table)
    assert summary["counted"].tolist() == ["all", "other counts"] * 2  # none by hardware time
    row = summary.iloc[0]
    interval = stats.ttest_1samp(left, 0.0).confidence_interval(0.90)
    assert (row["n"], row["mean_left"]) == (5, pytest.approx(left.mean()))
    assert (row["mean_left_low"], row["mean_left_high"]) == pytest.approx((interval.low, interval.high))
    assert row["median_ratio"] == pytest.approx(10.0**0.6)
    assert row["log10_sd"] == pytest.approx(row["left_sd"])
    square = 4 * np.var(left, ddof=1)
    assert row["left_sd_low"] ** 2 == pytest.approx(square / stats.chi2(4).isf(0.05))
    assert row["left_sd_high"] ** 2 == pytest.approx(square / stats.chi2(4).isf(0.95))
    assert row["explained"] == pytest.approx(1.0 - np.sum(left**2) / np.sum((left + 0.5) ** 2))
