"""Figures of costs: what is drawn is the data, and told in words."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from computational_limits.costs import CostRange, compare_editions, read_costs
from computational_limits.display import _svg
from computational_limits.figures.costs import (
    EDITION_LOOKS,
    describe_editions,
    describe_reconciliation,
    describe_rents,
    describe_utilisation,
    draw_editions,
    draw_reconciliation,
    draw_rents,
    draw_utilisation,
)
from computational_limits.history import RENTED, rent_points
from computational_limits.tables import read_table
from computational_limits.utilisation import reconcile
from computational_limits.vintages import read_records


@pytest.fixture(scope="module")
def costs(root: Path) -> dict[str, CostRange]:
    return read_costs(read_table("assumptions", root))


@pytest.fixture(scope="module")
def points(root: Path) -> pd.DataFrame:
    return rent_points(read_table("processors", root), read_table("rents", root))


@pytest.fixture(scope="module")
def utilisation(root: Path) -> pd.DataFrame:
    return read_table("utilisation", root)


@pytest.fixture(scope="module")
def reconciled(root: Path, systems: pd.DataFrame, utilisation: pd.DataFrame) -> pd.DataFrame:
    return reconcile(read_records(root), systems, read_table("overlap", root), utilisation)


@pytest.fixture(scope="module")
def drawings(
    points: pd.DataFrame, costs: dict[str, CostRange], utilisation: pd.DataFrame, reconciled: pd.DataFrame
) -> dict[str, Callable[[], Figure]]:
    return {
        "rents": lambda: draw_rents(points, costs),
        "utilisation": lambda: draw_utilisation(utilisation),
        "reconciliation": lambda: draw_reconciliation(reconciled),
        "editions": lambda: draw_editions(compare_editions(costs)),
    }


def offsets(figure: Figure, panel: int = 0) -> list[np.ndarray]:
    """Points of each scatter of a panel, in the order drawn; legend entries have none."""
    found = [np.asarray(marks.get_offsets()) for marks in figure.axes[panel].collections if hasattr(marks, "get_sizes")]
    return [marks for marks in found if len(marks)]


@pytest.mark.parametrize("name", ["rents", "utilisation", "reconciliation", "editions"])
def test_the_same_drawing_is_the_same_file_and_names_its_axes(
    name: str, drawings: dict[str, Callable[[], Figure]]
) -> None:
    figure = drawings[name]()
    assert _svg(figure) == _svg(drawings[name]())
    for axes in figure.axes:
        assert axes.get_xlabel() or figure.get_supxlabel() or axes.get_title(loc="left")


def test_every_rent_is_drawn_in_both_panels_beside_every_edition(
    points: pd.DataFrame, costs: dict[str, CostRange]
) -> None:
    figure = draw_rents(points, costs)
    for panel, column in enumerate(RENTED.values()):
        drawn = np.concatenate(offsets(figure, panel))
        assert np.sort(drawn[:, 1]) == pytest.approx(np.sort(np.log10(points[column] / 1e9)))
        heights = [line.get_ydata()[0] for line in figure.axes[panel].lines if set(line.get_xdata()) == {0, 1}]
        assert heights == pytest.approx([costs[name].mid.log10_gflop_per_usd for name in EDITION_LOOKS])
    words = describe_rents(points, costs)
    assert f"{len(points)} points of {points['processor'].nunique()} devices" in words
    for name in EDITION_LOOKS:
        assert f"{name} 10 to the {costs[name].mid.log10_gflop_per_usd:.2f}" in words


def test_every_known_share_is_drawn(utilisation: pd.DataFrame) -> None:
    model, hardware = offsets(draw_utilisation(utilisation))
    assert np.sort(model[:, 1]) == pytest.approx(np.sort(utilisation["mfu"].dropna()))
    assert np.sort(hardware[:, 1]) == pytest.approx(np.sort(utilisation["hfu"].dropna()))
    assert f"{utilisation['mfu'].count()} trainings" in describe_utilisation(utilisation)


def test_only_models_of_the_same_training_are_drawn_and_those_counted_by_time_below(reconciled: pd.DataFrame) -> None:
    figure = draw_reconciliation(reconciled)
    same = reconciled[reconciled["relation"] == "same"]
    published, _, expected = offsets(figure)
    assert np.sort(np.log10(published[:, 0])) == pytest.approx(np.sort(same["published_log10_ratio"]))
    assert len(expected) == len(same)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert len(labels) == len(set(labels)) == len(same)
    assert labels.index("VGG19") < labels.index("Transformer Big")
    words = describe_reconciliation(reconciled)
    assert words.count("): published ") == len(same)
    assert "audited unknown" in words


def test_a_figure_of_one_method_alone_can_be_drawn(reconciled: pd.DataFrame) -> None:
    by_time = reconciled[reconciled["method"] == "hardware time"]
    assert len(offsets(draw_reconciliation(by_time))[0]) == (by_time["relation"] == "same").sum()


def test_every_edition_is_drawn_for_every_cost(costs: dict[str, CostRange]) -> None:
    compared = compare_editions(costs)
    figure = draw_editions(compared)
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "GFLOP per USD",
        "GFLOP per kWh",
        "GFLOP per kg CO$_2$",
    ]
    dots = [line.get_xdata()[0] for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert dots == pytest.approx([costs[name].mid.log10_gflop_per_usd for name in EDITION_LOOKS])
    words = describe_editions(compared)
    assert "USD, 2026: 10 to the 8.99" in words
    assert "lb CO2" not in words
