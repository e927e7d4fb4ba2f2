"""Limits of computing: by hand, in order, and passed in the right way and words."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from computational_limits.costs import TODAY, CostRange, Costs, read_costs
from computational_limits.limits import (
    IN_PART,
    NOT,
    ON_ESTIMATE,
    UNIT_DEVICE,
    WHOLLY,
    Limit,
    Span,
    count_passed,
    erasure_joule,
    limit_of,
    passage,
    passage_text,
    read_limits,
    read_span,
    tabulate_limits,
    tabulate_passages,
)
from computational_limits.rendering import render_limits, render_passages
from computational_limits.tables import read_table
from computational_limits.uncertainty import Interval

STOCK = Limit("the stock", 17.0, 18.0, 19.0)
GRID = Limit("the grid", 21.0, 22.0, 23.0)
ROUND = {
    "world_electricity_twh": 1000.0,
    "world_product_usd": 1e14,
    "accelerators_h100_equivalents": 1e6,
    "cmos_limit_flop_per_joule": 1e15,
    "bit_erasures_per_flop": 100.0,
    "temperature_k": 300.0,
}
"""Round facts, whose limits can be had by hand."""


@pytest.fixture
def facts() -> pd.DataFrame:
    return pd.DataFrame(
        [{"quantity": key, "edition": "standing", "value": value, "low": np.nan, "high": np.nan}
         for key, value in ROUND.items()]
    )  # fmt: skip


@pytest.fixture
def few_systems() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "system_id": ["2026-a", "2026-b", "2026-c"],
            "edition": "2026",
            "published": ["2020-01-01", "2021-01-01", "2022-01-01"],
            "training_flop": [1e20, 1e25, np.nan],
        }
    )


@pytest.fixture
def plain_costs() -> CostRange:
    """A device of 1e6 GFLOP/s, 1 kW and 1 dollar an hour: 3.6e9 GFLOP a kilowatt-hour and a dollar."""
    one = Costs(1e6, 1000.0, 1.0, 1.0, 1.0)
    return CostRange(TODAY, one, one, Costs(1e6, 10_000.0, 1.0, 1.0, 100.0))


def test_every_limit_by_hand(facts: pd.DataFrame, few_systems: pd.DataFrame, plain_costs: CostRange) -> None:
    found = {limit.name: limit for limit in read_limits(facts, few_systems, 1e6, plain_costs)}
    assert found["the largest training run on record"].estimate == pytest.approx(16.0)
    seconds = 365.25 * 86400
    assert found["all accelerators for a year"].estimate == pytest.approx(12.0 + math.log10(seconds))
    assert found["the world product at today's price"].estimate == pytest.approx(14.0 + math.log10(3.6e9))
    assert found["the world's electricity at today's efficiency"].estimate == pytest.approx(12.0 + math.log10(3.6e9))
    assert found["the world's electricity at the limit of transistors"].estimate == pytest.approx(
        math.log10(1e12 * 3.6e6 * 1e15 / 1e9)
    )
    joule = 1.380649e-23 * 300.0 * math.log(2.0) * 100.0
    assert found["the world's electricity at Landauer's limit"].estimate == pytest.approx(
        math.log10(1e12 * 3.6e6 / joule / 1e9)
    )


def test_dear_costs_lower_the_limits_of_money_and_electricity(
    facts: pd.DataFrame, few_systems: pd.DataFrame, plain_costs: CostRange
) -> None:
    found = {limit.name: limit for limit in read_limits(facts, few_systems, 1e6, plain_costs)}
    money = found["the world product at today's price"]
    assert (money.low, money.high) == pytest.approx((money.estimate - 2.0, money.estimate))
    power = found["the world's electricity at today's efficiency"]
    assert (power.low, power.high) == pytest.approx((power.estimate - 1.0, power.estimate))


def test_more_erasures_allow_less(facts: pd.DataFrame, few_systems: pd.DataFrame, plain_costs: CostRange) -> None:
    row = facts["quantity"] == "bit_erasures_per_flop"
    facts.loc[row, ["low", "high"]] = [10.0, 10_000.0]
    (landauer,) = (one for one in read_limits(facts, few_systems, 1e6, plain_costs) if "Landauer" in one.name)
    assert landauer.high - landauer.estimate == pytest.approx(1.0)
    assert landauer.estimate - landauer.low == pytest.approx(2.0)


def test_the_least_energy_of_a_bit_is_landauers() -> None:
    assert erasure_joule(300.0) == pytest.approx(2.87098e-21, rel=1e-5)
    assert erasure_joule(600.0) == pytest.approx(2.0 * erasure_joule(300.0))


@pytest.mark.parametrize("temperature", [0.0, -1.0, math.nan])
def test_a_temperature_that_is_none_is_refused(temperature: float) -> None:
    with pytest.raises(ValueError, match="above 0 K"):
        erasure_joule(temperature)


def test_the_real_limits_rise_and_hold_their_ranges(root: Path, systems: pd.DataFrame) -> None:
    assumptions = read_table("assumptions", root)
    device = read_table("processors", root).set_index("processor").loc[UNIT_DEVICE]
    limits = read_limits(assumptions, systems, device["tensor_fp16_gflops"], read_costs(assumptions)[TODAY])
    table = tabulate_limits(limits)
    assert table["estimate"].is_monotonic_increasing
    assert (table["low"] <= table["estimate"]).all()
    assert (table["estimate"] <= table["high"]).all()
    assert table["name"].iloc[0] == "the largest training run on record"
    assert table["estimate"].iloc[0] == pytest.approx(math.log10(5e26) - 9.0)
    assert table["name"].iloc[-1].endswith("Landauer's limit")


def test_a_fact_without_a_range_stands_for_itself(facts: pd.DataFrame) -> None:
    assert read_span(facts, "temperature_k") == Span(300.0, 300.0, 300.0)


def test_a_missing_fact_is_refused_by_name(facts: pd.DataFrame) -> None:
    with pytest.raises(KeyError, match="'moons'"):
        read_span(facts, "moons")
    with pytest.raises(KeyError, match="temperature_k"):
        read_span(facts.assign(edition="2020"), "temperature_k")


def test_a_value_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match="2 in 3 to 4"):
        Span(3.0, 2.0, 4.0)


@pytest.mark.parametrize(
    ("estimate", "interval", "how"),
    [
        (25.0, Interval(19.5, 30.0), WHOLLY),
        (25.0, Interval(18.5, 30.0), ON_ESTIMATE),
        (18.1, Interval(10.0, math.inf), ON_ESTIMATE),
        (17.9, Interval(-math.inf, math.inf), IN_PART),
        (18.0, Interval(10.0, 18.0), NOT),
        (math.inf, Interval(20.0, math.inf), WHOLLY),
    ],
)
def test_a_limit_is_passed_in_one_of_four_ways(estimate: float, interval: Interval, how: str) -> None:
    assert passage(estimate, interval, STOCK) == how


@given(
    ends=st.tuples(*[st.floats(-50.0, 300.0)] * 3).map(sorted),
    bounds=st.tuples(*[st.floats(0.0, 40.0)] * 3).map(sorted),
    more=st.floats(0.0, 100.0),
)
def test_more_computing_never_passes_less(ends: list[float], bounds: list[float], more: float) -> None:
    order = [NOT, IN_PART, ON_ESTIMATE, WHOLLY]
    limit = Limit("one", *bounds)
    low, estimate, high = ends
    before = passage(estimate, Interval(low, high), limit)
    after = passage(estimate + more, Interval(low + more, high + more), limit)
    assert order.index(after) >= order.index(before)


def test_the_highest_limit_is_named_in_each_way() -> None:
    lower = Limit("the purse", 10.0, 10.0, 10.0)
    text = passage_text(24.0, Interval(19.5, 25.0), [lower, STOCK, GRID])
    assert text == "the whole interval passes the stock and the estimate the grid"
    assert passage_text(9.0, Interval(8.0, 9.5), [lower, STOCK]) == "it passes none of the limits"


def test_passages_say_how_far_beyond_each_limit(projections: pd.DataFrame) -> None:
    table = tabulate_passages(projections, [STOCK, GRID])
    assert len(table) == 2 * len(projections)
    assert np.allclose(table["decades_beyond"], table["log10_gflop"] - table["limit_log10_gflop"])
    wholly = table[table["passes"] == WHOLLY]
    assert (wholly["decades_beyond"] > 0.0).all()
    imagenet = table.query("benchmark == 'imagenet' and form == 'polynomial' and limit == 'the stock'")
    assert imagenet["passes"].tolist() == [IN_PART, ON_ESTIMATE, WHOLLY]


def test_limits_and_passages_as_a_reader_sees_them(projections: pd.DataFrame, names: dict[str, str]) -> None:
    single = limit_of("one thing", Span(1e5, 1e5, 1e5))
    limits = render_limits(tabulate_limits([STOCK, single]))
    assert limits["Limit"].tolist() == ["The stock", "One thing"]
    assert limits["Range"].tolist() == ["17.00 to 19.00", ""]
    first = render_passages(projections, [STOCK, GRID], names).iloc[1]
    assert first["Benchmark"] == "ImageNet"
    assert first["log10 GFLOP"] == "19.1 (15.9 to 31.4)"
    assert first["Beyond the data"] == "5.3"
    assert first["What it passes"] == "the estimate passes the stock and the upper end of the interval the grid"


def test_targets_beyond_a_limit_are_counted_by_form_and_without_today() -> None:
    passages = pd.DataFrame(
        [
            ["polynomial", "the stock", "today", 1.0],
            ["polynomial", "the stock", "target 1", 1.0],
            ["polynomial", "the stock", "target 2", -1.0],
            ["polynomial", "the grid", "target 2", 3.0],
            ["exponential", "the stock", "target 1", 2.0],
        ],
        columns=["form", "limit", "label", "decades_beyond"],
    )
    assert count_passed(passages, "polynomial", "the stock") == 1
