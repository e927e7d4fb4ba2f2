"""Needed and reported gains: by hand, and every row of the real table in order."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from computational_limits.efficiency import (
    BEST_MODEL,
    SEARCH,
    TRAINING,
    USE,
    best_models,
    stack_gains,
    summarise_gains,
    tabulate_needs,
)
from computational_limits.rendering import render_gains, render_needs
from computational_limits.tables import read_table


@pytest.fixture
def reported() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "gain_id": list("abcde"),
            "family": ["chips", "chips", "chips", "tricks", "tricks"],
            "applies_to": [TRAINING, USE, USE, TRAINING, SEARCH],
            "gain_low": [2.0, 5.0, 3.0, 0.5, 10.0],
            "gain_high": [10.0, 50.0, 1000.0, 0.8, 100.0],
        }
    )


def test_the_best_model_has_the_least_error_and_among_equals_the_least_computing() -> None:
    models = pd.DataFrame(
        {
            "benchmark": ["b", "b", "b", "a", "a"],
            "error": [0.2, 0.1, 0.1, 0.3, 0.05],
            "hardware_burden_gflop": [1e8, 1e12, 1e10, 1e9, np.nan],
        }
    )
    best = best_models(models)
    assert best["benchmark"].tolist() == ["b", "a"]
    assert best["hardware_burden_gflop"].tolist() == [1e10, 1e9]


def test_needs_are_what_the_target_takes_over_what_is_there(projections: pd.DataFrame, models: pd.DataFrame) -> None:
    needs = tabulate_needs(projections, models, {"ours": 15.0})
    assert len(needs) == 2 * len(projections)
    over_model = needs[needs["against"] == BEST_MODEL]
    row = over_model.query("benchmark == 'imagenet' and form == 'polynomial' and label == 'target 1'").iloc[0]
    assert row["log10_gflop_there"] == pytest.approx(math.log10(5.184e13))
    assert row["decades"] == pytest.approx(19.0555 - math.log10(5.184e13), abs=1e-3)
    ours = needs[needs["against"] == "ours"].reset_index(drop=True)
    for end in ("", "_low", "_high"):
        assert np.allclose(ours[f"decades{end}"], projections[f"log10_gflop{end}"] - 15.0)


def test_gains_of_a_family_span_its_reports(reported: pd.DataFrame) -> None:
    table = summarise_gains(reported).set_index(["family", "applies_to"])
    assert table.loc[("chips", USE)].to_dict() == {"n": 2, "low": 3.0, "high": 1000.0, "decades": 3.0}
    assert table.loc[("tricks", TRAINING), "decades"] == pytest.approx(math.log10(0.8))


def test_gains_stack_one_a_family(reported: pd.DataFrame) -> None:
    assert stack_gains(reported) == pytest.approx(3.0 + 2.0)
    assert stack_gains(reported, TRAINING) == pytest.approx(1.0 + math.log10(0.8))


def test_the_real_gains_are_told_apart_and_none_is_doubtful_without_saying_so(root: Path) -> None:
    gains = read_table("gains", root)
    assert not gains.duplicated(["method", "applies_to", "measure", "source"]).any()
    assert set(gains["applies_to"]) == {TRAINING, USE, SEARCH}
    assert gains.loc[gains["grade"] == "from memory", "gain_id"].tolist() == ["mixed-precision", "learned-optimiser"]
    assert gains["note"].notna().sum() > len(gains) / 2


@pytest.mark.parametrize(
    ("gain", "low", "high"),
    [
        ("tpu-v1-energy", 30.0, 80.0),
        ("deep-compression-storage", 35.0, 49.0),
        ("distilbert-storage", 1 / 0.6, 1 / 0.6),
        ("lottery-ticket", 1 / 0.2, 1 / 0.1),
        ("rigl-training", 1 / 1.23, 1 / 1.14),
        ("rigl-use", 1 / 0.24, 1 / 0.23),
        ("loihi", 0.0015 / 0.00027, 0.0298 / 0.00027),
    ],
)
def test_gains_are_what_the_sources_print(gain: str, low: float, high: float, root: Path) -> None:
    row = read_table("gains", root).set_index("gain_id").loc[gain]
    assert (row["gain_low"], row["gain_high"]) == pytest.approx((low, high), rel=0.01)


def test_the_published_doubling_of_algorithms_is_that_of_its_factor(root: Path) -> None:
    factor = read_table("gains", root).set_index("gain_id").loc["alexnet-level", "gain_high"]
    months = read_table("assumptions", root).set_index("quantity").loc["alexnet_level_halving_months", "value"]
    assert 12.0 * 7.0 / math.log2(factor) == pytest.approx(months, abs=0.7)


def test_needs_and_gains_as_a_reader_sees_them(
    projections: pd.DataFrame, models: pd.DataFrame, names: dict[str, str], root: Path
) -> None:
    needs = render_needs(tabulate_needs(projections, models, {"ours": 15.0}), names)
    assert len(needs) == len(projections)
    assert needs.loc[1, "Ours"] == "4.1 (0.9 to 16.4)"
    assert list(needs.columns) == ["Benchmark", "Form", "Error", "The best model so far", "Ours"]
    gains = render_gains(read_table("gains", root))
    assert gains.loc[2, "Gain"] == "15 to 30"
    assert gains.loc[2, "Source and remark"] == "{cite:t}`jouppi2017datacenter`, quoted."
    assert gains.loc[3, "Of"] == "use: energy"
