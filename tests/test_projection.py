"""Targets in computing, dollars and carbon: arithmetic by hand and the published table."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from computational_limits.costs import Costs, costs_from
from computational_limits.projection import project_targets
from computational_limits.regressions import fit_forms
from computational_limits.scaling import FORMS, POLYNOMIAL, Form, Law, fit_law
from computational_limits.tables import read_table
from computational_limits.uncertainty import crossing_interval

ROUND_COSTS = Costs(
    device_gflop_per_s=1000.0, device_power_w=500.0, pue=2.0, lb_co2_per_kwh=0.36, usd_per_device_hour=3.6
)
"""3.6e6 GFLOP an hour: a million a dollar and, at 1 kWh, ten million a pound."""

COLUMNS = [
    "benchmark",
    "vintage",
    "measure",
    "form",
    "label",
    "error",
    "log10_gflop",
    "log10_gflop_low",
    "log10_gflop_high",
    "log10_usd",
    "log10_lb_co2",
    "decades_beyond_data",
]


@pytest.fixture
def assumptions(root: Path) -> pd.DataFrame:
    return read_table("assumptions", root)


@pytest.fixture
def scattered_law() -> Law:
    return fit_law([1e9, 1e10, 1e11, 1e12, 1e13], [0.42, 0.27, 0.21, 0.13, 0.10], POLYNOMIAL)


def project(law: Law, errors: list[float], costs: Costs = ROUND_COSTS) -> pd.DataFrame:
    targets = pd.DataFrame({"label": [f"target {i}" for i in range(len(errors))], "error": errors})
    return project_targets({law.form.name: law}, targets, costs, "imagenet", "2020", "hardware burden")


def test_costs_by_hand() -> None:
    assert ROUND_COSTS.log10_gflop_per_usd == pytest.approx(6.0)
    assert ROUND_COSTS.log10_gflop_per_lb_co2 == pytest.approx(7.0)


@given(factor=st.floats(0.1, 100.0))
@settings(deadline=None, max_examples=30)
def test_a_dearer_hour_buys_less_and_pollutes_the_same(factor: float) -> None:
    dearer = Costs(1000.0, 500.0, 2.0, 0.36, 3.6 * factor)
    assert dearer.log10_gflop_per_usd == pytest.approx(6.0 - np.log10(factor))
    assert dearer.log10_gflop_per_lb_co2 == pytest.approx(7.0)


@given(factor=st.floats(0.1, 100.0))
@settings(deadline=None, max_examples=30)
def test_power_overhead_and_carbon_intensity_weigh_alike_and_cost_no_dollars(factor: float) -> None:
    for costs in (
        Costs(1000.0, 500.0 * factor, 2.0, 0.36, 3.6),
        Costs(1000.0, 500.0, 2.0 * factor, 0.36, 3.6),
        Costs(1000.0, 500.0, 2.0, 0.36 * factor, 3.6),
    ):
        assert costs.log10_gflop_per_lb_co2 == pytest.approx(7.0 - np.log10(factor))
        assert costs.log10_gflop_per_usd == pytest.approx(6.0)


def test_constants_of_the_project_lie_where_the_published_table_allows(assumptions: pd.DataFrame) -> None:
    costs = costs_from(assumptions)
    assert 8.0914 < costs.log10_gflop_per_lb_co2 <= 8.1138
    assert 7.8970 < costs.log10_gflop_per_usd <= 8.0547


def test_costs_come_from_the_quantities_of_their_names(assumptions: pd.DataFrame) -> None:
    value = assumptions.set_index("quantity")["value"]
    costs = costs_from(assumptions)
    assert costs.device_gflop_per_s == value["device_gflop_per_s"]
    assert costs.device_power_w == value["device_power_w"]
    assert costs.pue == value["pue"]
    assert costs.lb_co2_per_kwh == value["lb_co2_per_kwh"]
    assert costs.usd_per_device_hour == value["usd_per_device_hour"]


@pytest.mark.parametrize("quantity", list(Costs.__slots__))
def test_a_missing_quantity_is_refused_by_name(quantity: str, assumptions: pd.DataFrame) -> None:
    with pytest.raises(KeyError, match=quantity):
        costs_from(assumptions[assumptions["quantity"] != quantity])


def test_columns_are_those_of_the_codebook_in_order(scattered_law: Law) -> None:
    assert list(project(scattered_law, [0.05]).columns) == COLUMNS


def test_every_law_meets_every_target(scattered_law: Law) -> None:
    laws = {"polynomial": scattered_law, "exponential": scattered_law}
    targets = pd.DataFrame({"label": ["today", "target 1"], "error": [0.1, 0.05]})
    table = project_targets(laws, targets, ROUND_COSTS, "squad-1.1", "2020", "hardware burden")
    assert list(zip(table["form"], table["label"], table["error"], strict=True)) == [
        ("polynomial", "today", 0.1),
        ("polynomial", "target 1", 0.05),
        ("exponential", "today", 0.1),
        ("exponential", "target 1", 0.05),
    ]
    assert set(table["benchmark"]) == {"squad-1.1"}
    assert set(table["vintage"]) == {"2020"}
    assert set(table["measure"]) == {"hardware burden"}


@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
def test_a_target_on_an_exact_law_takes_the_computing_of_the_model_there(form: Form) -> None:
    log10_compute = np.array([6.0, 8.0, 11.0, 13.0])
    errors = form.error(1.7 + 0.2 * log10_compute)
    law = fit_law(10.0**log10_compute, errors, form)
    table = project(law, errors.tolist())
    assert table["log10_gflop"].to_numpy() == pytest.approx(log10_compute)
    assert table["log10_usd"].to_numpy() == pytest.approx(log10_compute - 6.0)
    assert table["log10_lb_co2"].to_numpy() == pytest.approx(log10_compute - 7.0)
    assert table["decades_beyond_data"].to_numpy() == pytest.approx(np.zeros(4), abs=1e-9)


def test_decades_beyond_data_start_at_the_largest_model() -> None:
    law = fit_law([1e9, 1e11, 1e13], [0.4, 0.2, 0.1], POLYNOMIAL)
    table = project(law, [0.3, 0.05, 0.025])
    assert table["log10_gflop"].iloc[1:].to_numpy() == pytest.approx([15.0, 17.0])
    assert table["decades_beyond_data"].to_numpy() == pytest.approx([0.0, 2.0, 4.0])


def test_the_interval_is_that_of_the_crossing_at_ninety_per_cent(scattered_law: Law) -> None:
    row = project(scattered_law, [0.05]).iloc[0]
    interval = crossing_interval(scattered_law, 0.05, 0.90)
    assert (row["log10_gflop_low"], row["log10_gflop_high"]) == (interval.low, interval.high)
    assert row["log10_gflop_low"] < row["log10_gflop"] < row["log10_gflop_high"]


def test_a_target_without_error_is_refused(scattered_law: Law) -> None:
    with pytest.raises(ValueError, match="error must be a fraction"):
        project(scattered_law, [0.05, 0.0])


def test_reproduces_88_of_the_90_published_cells(models: pd.DataFrame, root: Path) -> None:
    """The two others are costs in the last row, which contradicts the constants of all other rows."""
    targets, costs = read_table("targets", root), costs_from(read_table("assumptions", root))
    projected = pd.concat(
        project_targets(fit_forms(models[models["benchmark"] == benchmark]), rows, costs, benchmark, "2020", "burden")
        for benchmark, rows in targets.groupby("benchmark", sort=False)
    )
    claims = read_table("claims", root)
    claims = claims[claims["claim_id"].str.startswith("target-")]
    cells = claims.merge(projected, on=["benchmark", "form", "label"], validate="many_to_one")
    column = {"log10 GFLOP": "log10_gflop", "log10 USD": "log10_usd", "log10 lb CO2": "log10_lb_co2"}
    ours = np.array([np.floor(cell[column[cell["unit"]]]) for _, cell in cells.iterrows()])
    differs = cells[ours != cells["published"].astype(float).to_numpy()]
    assert len(cells) == 90
    assert len(differs) == 2
    assert set(zip(differs["benchmark"], differs["form"], differs["label"], strict=True)) == {
        ("wmt2014-en-fr", "exponential", "target 2")
    }
