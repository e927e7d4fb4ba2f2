"""Dollars, energy and carbon: units by another library, editions against what was published, ratios by hand."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pint
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from computational_limits.costs import (
    COST_ENDS,
    EDITIONS,
    KG_PER_LB,
    PUBLISHED_COSTS,
    PURCHASES,
    TODAY,
    CostRange,
    Costs,
    calculator_costs,
    compare_editions,
    costs_from,
    explain_dollars,
    read_costs,
)
from computational_limits.tables import read_table

POSITIVE = st.floats(1e-3, 1e6)
COSTS = st.builds(Costs, POSITIVE, POSITIVE, st.floats(1.0, 3.0), POSITIVE, POSITIVE)
ROUND = Costs(device_gflop_per_s=1000.0, device_power_w=500.0, pue=2.0, lb_co2_per_kwh=0.36, usd_per_device_hour=3.6)
"""3.6e6 GFLOP an hour, which takes 1 kWh: a million a dollar, ten million a pound."""


@pytest.fixture(scope="module")
def assumptions(root: Path) -> pd.DataFrame:
    return read_table("assumptions", root)


@pytest.fixture(scope="module")
def costs(assumptions: pd.DataFrame) -> dict[str, CostRange]:
    return read_costs(assumptions)


def planted(edition: str, **changes: dict[str, float]) -> CostRange:
    """An edition whose ends are `ROUND` but for some constants."""
    constants = {name: getattr(ROUND, name) for name in Costs.__slots__}
    ends = {end: Costs(**{**constants, **{name: values[end] for name, values in changes.items()}}) for end in COST_ENDS}
    return CostRange(edition, **ends)


@given(costs=COSTS)
@settings(deadline=None, max_examples=60)
def test_units_agree_with_those_of_another_library(costs: Costs) -> None:
    unit = pint.UnitRegistry()
    second, hour = costs.device_gflop_per_s / unit.second, unit.hour
    power = costs.device_power_w * unit.watt * costs.pue
    carbon = costs.lb_co2_per_kwh * unit.pound / unit.kilowatt_hour
    per_energy = (second / power).to(1 / unit.kilowatt_hour)
    assert 10.0**costs.log10_gflop_per_kwh == pytest.approx(per_energy.magnitude)
    per_joule = (second / power).to(1 / unit.joule)
    assert 10.0**costs.log10_gflop_per_kwh == pytest.approx(per_joule.magnitude * 3.6e6)
    assert 10.0**costs.log10_gflop_per_lb_co2 == pytest.approx((per_energy / carbon).to(1 / unit.pound).magnitude)
    assert 10.0**costs.log10_gflop_per_kg_co2 == pytest.approx((per_energy / carbon).to(1 / unit.kilogram).magnitude)
    price = costs.usd_per_device_hour / hour
    assert 10.0**costs.log10_gflop_per_usd == pytest.approx((second / price).to("dimensionless").magnitude)


def test_costs_by_hand() -> None:
    assert ROUND.log10_gflop_per_usd == pytest.approx(6.0)
    assert 10.0**ROUND.log10_gflop_per_kwh == pytest.approx(3.6e6)
    assert ROUND.log10_gflop_per_lb_co2 == pytest.approx(7.0)
    assert 10.0**ROUND.log10_gflop_per_kg_co2 == pytest.approx(1e7 / 0.45359237)


@given(costs=COSTS, factor=st.floats(0.01, 100.0))
@settings(deadline=None, max_examples=30)
def test_a_faster_device_at_the_same_price_and_power_gains_alike_in_all(costs: Costs, factor: float) -> None:
    faster = Costs(factor * costs.device_gflop_per_s, *(getattr(costs, name) for name in Costs.__slots__[1:]))
    for read in PURCHASES.values():
        assert read(faster) - read(costs) == pytest.approx(np.log10(factor), abs=1e-9)


@pytest.mark.parametrize("name", Costs.__slots__)
@pytest.mark.parametrize("value", [0.0, -1.0, np.inf, np.nan])
def test_a_constant_that_is_not_above_zero_and_finite_is_refused(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{name} must be above 0 and finite"):
        Costs(**{**{key: getattr(ROUND, key) for key in Costs.__slots__}, name: value})


def test_the_published_edition_lies_where_the_published_table_allows(costs: dict[str, CostRange]) -> None:
    published = costs[PUBLISHED_COSTS]
    assert 8.0914 < published.mid.log10_gflop_per_lb_co2 <= 8.1138
    for end in COST_ENDS:
        assert 7.8970 < getattr(published, end).log10_gflop_per_usd <= 8.0547


def test_the_edition_of_2022_gives_the_constants_its_notebooks_state(costs: dict[str, CostRange]) -> None:
    flop_per_usd, flop_per_lb = 6.874e16, 3.4976e17
    assert 10.0 ** costs["2022"].mid.log10_gflop_per_usd * 1e9 == pytest.approx(flop_per_usd, rel=1e-4)
    assert 10.0 ** costs["2022"].mid.log10_gflop_per_lb_co2 * 1e9 == pytest.approx(flop_per_lb, rel=1e-4)


def test_todays_device_is_that_of_the_table_of_processors(root: Path, costs: dict[str, CostRange]) -> None:
    device = read_table("processors", root).set_index("processor").loc["nvidia-h100-sxm5-80gb"]
    assert costs[TODAY].mid.device_gflop_per_s == device["tensor_fp16_gflops"]
    assert costs[TODAY].mid.device_power_w == device["tdp_watt"]
    assert costs[TODAY].high.device_power_w == 10_200 / 8


def test_todays_price_is_that_of_the_table_of_rents(root: Path, costs: dict[str, CostRange]) -> None:
    rents = read_table("rents", root)
    latest = rents[(rents["processor"] == "nvidia-h100-sxm5-80gb") & (rents["date"] >= "2025")]["usd_per_hour"]
    prices = [getattr(costs[TODAY], end).usd_per_device_hour for end in COST_ENDS]
    assert prices == pytest.approx([latest.min(), latest.median(), latest.max()])


def test_no_facility_uses_less_than_its_devices(costs: dict[str, CostRange]) -> None:
    for edition in costs.values():
        assert min(edition.each(lambda one: one.pue).values()) >= 1.0


def test_an_end_that_is_not_known_is_the_value(assumptions: pd.DataFrame, costs: dict[str, CostRange]) -> None:
    rows = assumptions[assumptions["edition"] == TODAY].set_index("quantity")
    assert pd.isna(rows.loc["lb_co2_per_kwh", "low"])
    assert costs[TODAY].low.lb_co2_per_kwh == costs[TODAY].mid.lb_co2_per_kwh == rows.loc["lb_co2_per_kwh", "value"]
    assert costs[TODAY].high.lb_co2_per_kwh == rows.loc["lb_co2_per_kwh", "high"]


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_missing_quantity_is_refused_by_name_and_edition(edition: str, assumptions: pd.DataFrame) -> None:
    gone = assumptions[(assumptions["edition"] != edition) | (assumptions["quantity"] != "pue")]
    with pytest.raises(KeyError, match=f"edition {edition} lack pue"):
        read_costs(gone)


def test_costs_of_one_edition_are_its_values(assumptions: pd.DataFrame, costs: dict[str, CostRange]) -> None:
    assert costs_from(assumptions) == costs[PUBLISHED_COSTS].mid
    assert costs_from(assumptions, TODAY) == costs[TODAY].mid


def test_a_range_that_falls_or_changes_its_device_is_refused() -> None:
    with pytest.raises(ValueError, match="usd_per_device_hour of edition 2020 must rise"):
        planted("2020", usd_per_device_hour={"low": 2.0, "mid": 1.0, "high": 3.0})
    with pytest.raises(
        ValueError, match="device_gflop_per_s of edition 2020 must rise from low to high, its rate stay"
    ):
        planted("2020", device_gflop_per_s={"low": 1.0, "mid": 1.0, "high": 3.0})


def test_the_calculator_gets_each_edition_with_the_cheapest_first(costs: dict[str, CostRange]) -> None:
    entries = calculator_costs(costs.values())
    assert json.loads(json.dumps(entries, allow_nan=False)) == entries
    assert [entry["edition"] for entry in entries] == ["2020", "2022", "2026"]
    keys = {"edition", "title", "usd", "kwh", "lb_co2_per_kwh", "gflop_per_s", "usd_per_hour"}
    for entry in entries:
        assert set(entry) == keys
        for name in ("usd", "kwh", "lb_co2_per_kwh", "usd_per_hour"):
            assert list(entry[name]) == ["low", "mid", "high"]
        for end in COST_ENDS:
            bought = np.log10(entry["gflop_per_s"] * 3600.0 / entry["usd_per_hour"][end])
            assert entry["usd"][end] == pytest.approx(bought)
        assert entry["usd"]["low"] >= entry["usd"]["mid"] >= entry["usd"]["high"]
        assert entry["kwh"]["low"] >= entry["kwh"]["mid"] >= entry["kwh"]["high"]
    published = entries[0]
    carbon = published["kwh"]["mid"] - np.log10(published["lb_co2_per_kwh"]["mid"])
    assert carbon == pytest.approx(costs["2020"].mid.log10_gflop_per_lb_co2)


def test_editions_are_compared_by_hand() -> None:
    both = {
        "2020": planted("2020"),
        "2026": planted("2026", usd_per_device_hour={"low": 0.36, "mid": 1.8, "high": 7.2}),
    }
    table = compare_editions(both).set_index(["edition", "unit"])
    row = table.loc[("2026", "USD")]
    assert row[["times_base_low", "times_base", "times_base_high"]].tolist() == pytest.approx([0.5, 2.0, 10.0])
    assert row["log10_gflop"] == pytest.approx(6.0 + np.log10(2.0))
    assert row["log10_gflop_low"] < row["log10_gflop"] < row["log10_gflop_high"]
    assert table.loc[("2026", "kWh"), "times_base"] == pytest.approx(1.0)
    assert (table.loc["2020", "times_base"] == 1.0).all()


def test_pounds_and_kilograms_gain_alike(costs: dict[str, CostRange]) -> None:
    table = compare_editions(costs).pivot(index="edition", columns="unit", values=["times_base", "log10_gflop"])
    assert table["times_base", "lb CO2"].to_numpy() == pytest.approx(table["times_base", "kg CO2"].to_numpy())
    apart = table["log10_gflop", "kg CO2"] - table["log10_gflop", "lb CO2"]
    assert apart.to_numpy() == pytest.approx(np.full(len(table), -np.log10(KG_PER_LB)))


@given(base=COSTS, other=COSTS, rate=POSITIVE)
@settings(deadline=None, max_examples=40)
def test_factors_of_the_gain_multiply_to_the_gain(base: Costs, other: Costs, rate: float) -> None:
    factors = explain_dollars(base, other, rate)
    gain = 10.0 ** (other.log10_gflop_per_usd - base.log10_gflop_per_usd)
    assert factors["all"] == pytest.approx(gain)
    assert factors["rate"] * factors["precision"] * factors["price"] == pytest.approx(gain)


def test_a_rate_of_zero_explains_nothing() -> None:
    with pytest.raises(ValueError, match="must be above 0"):
        explain_dollars(ROUND, ROUND, 0.0)


def test_an_edition_knows_its_title() -> None:
    assert planted("2022").title == EDITIONS["2022"]
