"""Figures of the history chapter: what is drawn is the data, told apart without colour, and told in words."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from computational_limits.display import _svg
from computational_limits.figures.history import (
    AXES,
    EDITION_LOOKS,
    KIND_LOOKS,
    RELATIVE_LOOKS,
    describe_eras,
    describe_hardware,
    describe_relatives,
    describe_systems,
    draw_eras,
    draw_hardware,
    draw_relatives,
    draw_systems,
)
from computational_limits.history import EDITIONS, LATEST, MEASURES, RELATIVES, SYSTEMS, UNITS, system_points
from computational_limits.trends import Break, at_frontier, fit_break

Points = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def points(systems: pd.DataFrame) -> Points:
    return {edition: system_points(systems, edition) for edition in EDITIONS}


@pytest.fixture(scope="module")
def bend(points: Points) -> Break:
    return fit_break(points[LATEST]["date"], points[LATEST]["value"])


@pytest.fixture(scope="module")
def by_era(trends: pd.DataFrame) -> pd.DataFrame:
    return trends[trends["series"].isin(SYSTEMS.values())]


@pytest.fixture(scope="module")
def drawings(
    points: Points, bend: Break, by_era: pd.DataFrame, hardware: pd.DataFrame, relatives: pd.DataFrame
) -> dict[str, Callable[[], Figure]]:
    return {
        "systems": lambda: draw_systems(points["2026"], points["2022"], bend),
        "eras": lambda: draw_eras(by_era, 10.0),
        "hardware": lambda: draw_hardware(hardware),
        "relatives": lambda: draw_relatives(relatives),
    }


def offsets(figure: Figure, panel: int = 0) -> list[np.ndarray]:
    """Points of each scatter of a panel, in the order drawn; legend entries have none."""
    found = [np.asarray(marks.get_offsets()) for marks in figure.axes[panel].collections if hasattr(marks, "get_sizes")]
    return [marks for marks in found if len(marks)]


@pytest.mark.parametrize("name", ["systems", "eras", "hardware", "relatives"])
def test_the_same_drawing_is_the_same_file_and_names_its_axes(
    name: str, drawings: dict[str, Callable[[], Figure]]
) -> None:
    figure = drawings[name]()
    assert _svg(figure) == _svg(drawings[name]())
    for axes in figure.axes:
        assert axes.get_xlabel() or figure.get_supxlabel()
        assert axes.get_ylabel() or axes.get_title(loc="left") or axes.get_yticklabels()


def test_every_system_is_drawn_once_and_the_frontier_apart(points: Points, bend: Break) -> None:
    table = points["2026"]
    others, leading = offsets(draw_systems(table, points["2022"], bend))[:2]
    frontier = at_frontier(table["date"], table["value"])
    assert np.allclose(leading, np.column_stack([table["date"], np.log10(table["value"])])[frontier])
    assert len(others) + len(leading) == len(table)


def test_the_line_bends_at_the_break_and_the_band_is_its_interval(points: Points, bend: Break) -> None:
    axes = draw_systems(points["2026"], points["2022"], bend).axes[0]
    (line,) = [line for line in axes.get_lines() if len(line.get_xdata()) == 3]
    assert line.get_xdata()[1] == bend.date
    assert np.diff(line.get_ydata()) / np.diff(line.get_xdata()) == pytest.approx([bend.slope_before, bend.slope_after])
    (band,) = axes.patches
    assert (band.get_x(), band.get_x() + band.get_width()) == pytest.approx((bend.dates.low, bend.dates.high))


def test_a_revised_system_is_named_in_both_editions(points: Points, bend: Break) -> None:
    texts = {text.get_text() for text in draw_systems(points["2026"], points["2022"], bend).axes[0].texts}
    assert {"AlexNet, 2026", "AlphaGo Zero, 2022", "AlphaGo Zero, 2026"} <= texts
    words = describe_systems(points["2026"], points["2022"], bend)
    assert "AlphaGo Zero is marked at 10 to the 23.5 FLOP in the earlier edition and at 10 to the 20.8" in words
    assert f"A line bends in {bend.date:.1f}" in words
    assert "529 systems from 1950 to 2026" in words


def test_a_smaller_frontier_is_drawn_and_told(points: Points, bend: Break) -> None:
    table = points["2026"]
    largest_so_far = table.groupby("date")["value"].max().cummax()
    records = int((table["value"] >= table["date"].map(largest_so_far)).sum())
    assert f"{records} of them at the frontier" in describe_systems(table, points["2022"], bend, among=1)
    assert len(offsets(draw_systems(table, points["2022"], bend, among=1))[1]) == records


def test_every_growth_has_its_dot_and_interval(by_era: pd.DataFrame) -> None:
    axes = draw_eras(by_era, 10.0).axes[0]
    dots = [
        (line.get_xdata()[0], line.get_marker())
        for line in axes.get_lines()
        if len(line.get_xdata()) == 1 and line.get_marker() in ("o", "D")
    ]
    for edition, marker in (("2022", "D"), ("2026", "o")):
        values = by_era.loc[by_era["series"] == SYSTEMS[edition], "growth_per_year"]
        assert sorted(value for value, shape in dots if shape == marker) == pytest.approx(sorted(values))
    assert [label.get_text() for label in axes.get_yticklabels()][:2] == ["before 2010, all", "before 2010, frontier"]
    assert any(text.get_text() == "published: 10" for text in axes.texts)


def test_eras_in_words_have_each_number(by_era: pd.DataFrame) -> None:
    words = describe_eras(by_era, 10.0)
    for row in by_era.itertuples():
        assert f"{row.growth_per_year:.2f} ({row.growth_low:.2f} to {row.growth_high:.2f})" in words


def test_hardware_has_a_panel_a_measure_and_a_mark_a_device(hardware: pd.DataFrame) -> None:
    figure = draw_hardware(hardware)
    assert [axes.get_title(loc="left") for axes in figure.axes] == list(AXES.values())
    for panel, measure in enumerate(AXES):
        counts = [hardware.loc[hardware["kind"] == kind, MEASURES[measure]].count() for kind in UNITS]
        assert [len(marks) for marks in offsets(figure, panel)] == [count for count in counts if count]
    assert "FLOP/s per dollar, CPU: none" in describe_hardware(hardware)
    assert "FLOP/s, TPU: 8 from 2017 to 2025, 1.44 times a year" in describe_hardware(hardware)


def test_relatives_are_drawn_with_the_largest_so_far(relatives: pd.DataFrame) -> None:
    figure = draw_relatives(relatives)
    drawn = [*offsets(figure, 0), *offsets(figure, 1)]
    for marks, column in zip(drawn, RELATIVES.values(), strict=True):
        assert sorted(marks[:, 1]) == pytest.approx(sorted(np.log10(relatives[column].dropna())))
    words = describe_relatives(relatives)
    assert "hardware burden of 43 models from 2012 to 2020, 1 to 34,522 times AlexNet" in words
    assert "121 times AlexNet, the largest SENet of 2018" in words


def test_what_is_drawn_is_told_apart_without_colour() -> None:
    for looks, key in ((KIND_LOOKS, "marker"), (EDITION_LOOKS, "linestyle"), (RELATIVE_LOOKS, "marker")):
        assert len({look[key] for look in looks.values()}) == len(looks)
        assert len({look["color"] for look in looks.values()}) == len(looks)
