"""Figures of the chapter on efficiency: what is drawn is the data, and told in words."""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from computational_limits.display import _svg
from computational_limits.efficiency import summarise_gains, tabulate_needs
from computational_limits.figures.limits import (
    DECADES_SHOWN,
    WAYS_SHOWN,
    YEARS_SHOWN,
    describe_gains,
    describe_implications,
    describe_ways,
    describe_years,
    draw_gains,
    draw_implications,
    draw_ways,
    draw_years,
)
from computational_limits.limits import Limit

LIMITS = (Limit("the stock", 17.0, 18.0, 19.0), Limit("the grid", 21.0, 22.0, 23.0))
GAINS = summarise_gains(
    pd.DataFrame(
        {
            "gain_id": list("abc"),
            "family": ["chips", "chips", "tricks"],
            "applies_to": ["training", "use", "search"],
            "gain_low": [2.0, 5.0, 1.0],
            "gain_high": [10.0, 100.0, 1000.0],
        }
    )
)


@pytest.fixture(scope="module")
def needs(projections: pd.DataFrame, models: pd.DataFrame) -> pd.DataFrame:
    return tabulate_needs(projections, models, {})


@pytest.fixture(scope="module")
def years() -> pd.DataFrame:
    key = {"benchmark": "imagenet", "form": "polynomial"}
    return pd.DataFrame(
        [
            key | {"label": "today", "algorithms": "none", "years": 3.0, "years_low": 2.0, "years_high": 4.0},
            key | {"label": "target 1", "algorithms": "none", "years": 30.0, "years_low": 0.0, "years_high": math.inf},
            key | {"label": "target 1", "algorithms": "fast", "years": 0.0, "years_low": 0.0, "years_high": 9.0},
        ]
    )


@pytest.fixture(scope="module")
def ways() -> pd.DataFrame:
    """Three ways to reach one target on two benchmarks: bounded, without upper end, and never."""
    return pd.DataFrame(
        [
            {
                "way": way,
                "benchmark": benchmark,
                "error": 0.05,
                "log10_gflop": log10_gflop,
                "log10_gflop_low": low,
                "log10_gflop_high": high,
                "bootstrap_low": low - 1.0,
                "bootstrap_high": high + 1.0,
                "decades_beyond_data": max(0.0, log10_gflop - 14.0),
            }
            for benchmark in ("imagenet", "ms-coco")
            for way, log10_gflop, low, high in (
                ("straight", 19.0, 16.0, 31.0),
                ("steep", 25.0, 20.0, math.inf),
                ("floored", math.inf, 17.0, math.inf),
            )
        ]
    )


@pytest.fixture(scope="module")
def drawings(
    projections: pd.DataFrame,
    models: pd.DataFrame,
    needs: pd.DataFrame,
    years: pd.DataFrame,
    ways: pd.DataFrame,
    names: dict[str, str],
) -> dict[str, Callable[[], Figure]]:
    return {
        "implications": lambda: draw_implications(projections, models, LIMITS, names, 8.0, 7.0),
        "gains": lambda: draw_gains(needs, GAINS, names, {"all together": 5.0, "those of training": 2.5}),
        "years": lambda: draw_years(years, names, ["none", "fast"]),
        "ways": lambda: draw_ways(ways, names),
    }


def marks(figure: Figure, marker: str, panel: int = 0) -> list[float]:
    """Places of the single marks of a shape on a panel, in the order drawn."""
    lines = figure.axes[panel].get_lines()
    return [float(line.get_xdata()[0]) for line in lines if line.get_marker() == marker and len(line.get_xdata()) == 1]


@pytest.mark.parametrize("name", ["implications", "gains", "years", "ways"])
def test_the_same_drawing_is_the_same_file(name: str, drawings: dict[str, Callable[[], Figure]]) -> None:
    figure = drawings[name]()
    assert _svg(figure) == _svg(drawings[name]())
    assert figure.axes[0].get_xlabel() or figure.get_supxlabel()


def test_every_projection_on_the_axis_is_a_mark(
    drawings: dict[str, Callable[[], Figure]], projections: pd.DataFrame
) -> None:
    figure = drawings["implications"]()
    for form, marker in (("polynomial", "o"), ("exponential", "D")):
        values = projections.loc[projections["form"] == form, "log10_gflop"]
        inside = values[values.between(*DECADES_SHOWN)]
        assert sorted(marks(figure, marker)) == pytest.approx(sorted(inside))


def test_a_projection_beyond_the_axis_ends_in_one_arrow(
    drawings: dict[str, Callable[[], Figure]], projections: pd.DataFrame
) -> None:
    figure = drawings["implications"]()
    assert len(marks(figure, ">")) == int((projections["log10_gflop_high"] > DECADES_SHOWN[1]).sum())
    assert marks(figure, "<") == []


def test_dots_lead_from_the_data_to_what_lies_beyond(
    drawings: dict[str, Callable[[], Figure]], projections: pd.DataFrame
) -> None:
    lines = [line for line in drawings["implications"]().axes[0].get_lines() if line.get_linestyle() == ":"]
    spans = sorted(np.ptp(line.get_xdata()) for line in lines)
    reach = np.minimum(projections["log10_gflop"], DECADES_SHOWN[1])
    beyond = reach - (projections["log10_gflop"] - projections["decades_beyond_data"])
    assert spans == pytest.approx(sorted(beyond[projections["decades_beyond_data"] > 0.0]))


def test_the_axes_of_costs_divide_by_their_prices(drawings: dict[str, Callable[[], Figure]]) -> None:
    figure = drawings["implications"]()
    _svg(figure)  # a secondary axis has its limits once it is drawn
    low, high = DECADES_SHOWN
    limits = sorted(tuple(axes.get_xlim()) for axes in figure.axes[0].child_axes)
    assert limits == [pytest.approx((low - 8.0, high - 8.0)), pytest.approx((low - 7.0, high - 7.0))]


def test_words_tell_the_limits_and_the_distance_from_the_data(projections: pd.DataFrame, names: dict[str, str]) -> None:
    words = describe_implications(projections, LIMITS, names)
    assert "the stock at 10 to the 18.0; the grid at 10 to the 22.0" in words
    assert "target 1 polynomial 10 to the 19 (16 to 31), 5 decades beyond the data" in words
    assert "En-De" not in words


def test_needs_above_and_reports_below(drawings: dict[str, Callable[[], Figure]], needs: pd.DataFrame) -> None:
    figure = drawings["gains"]()
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels[0] == "ImageNet, target 1"
    assert labels[-2:] == ["chips", "tricks"]
    assert marks(figure, "^") == [2.0]
    assert marks(figure, "s") == [3.0]
    polynomial = needs.query("form == 'polynomial' and label != 'today'")["decades"]
    assert sorted(marks(figure, "o")) == pytest.approx(sorted(polynomial[polynomial <= 40.0]))
    assert marks(figure, "v") == [1.0]
    dashed = {line.get_linestyle(): line.get_xdata()[0] for line in figure.axes[0].get_lines()}
    assert (dashed["-."], dashed[":"]) == (5.0, 2.5)


def test_words_tell_needs_and_reports(needs: pd.DataFrame, names: dict[str, str]) -> None:
    words = describe_gains(needs, GAINS, names, {"all together": 5.0, "those of training": 2.5})
    assert "ImageNet target 1 polynomial 5.3 (2.2 to 17.7)" in words
    assert "chips, use, up to 2.0; tricks, search, up to 3.0" in words
    assert "Lines mark all together, 5.0 decades and those of training, 2.5 decades." in words


def test_now_is_the_left_edge_and_never_an_arrow(drawings: dict[str, Callable[[], Figure]]) -> None:
    figure = drawings["years"]()
    assert marks(figure, "o") == [30.0]
    assert marks(figure, ">") == [YEARS_SHOWN[1]]
    assert marks(figure, "o", panel=1) == [YEARS_SHOWN[0]]
    assert marks(figure, "<") == []
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["Algorithms:\nnone", "Algorithms:\nfast"]


def test_words_tell_the_years_and_their_ends(years: pd.DataFrame, names: dict[str, str]) -> None:
    words = describe_years(years, names, ["none", "fast"])
    assert "Algorithms none: ImageNet target 1 polynomial 30 (at least 0, with no upper bound)." in words
    assert "today" not in words


def test_each_way_has_a_mark_an_arrow_where_it_has_no_end_and_a_word_where_it_never_gets_there(
    ways: pd.DataFrame, names: dict[str, str]
) -> None:
    figure = draw_ways(ways, names)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["ImageNet, 5\xa0%", "MS COCO, 5\xa0%"]
    rows = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert rows == ["straight", "steep", "floored"]
    for panel, axes in enumerate(figure.axes):
        assert marks(figure, "o", panel) == [19.0, 25.0]
        assert marks(figure, ">", panel) == [WAYS_SHOWN[1]] * 4  # two ways, of the law and of the resampled papers
        assert [text.get_text() for text in axes.texts] == ["never"]


def test_the_data_end_where_the_largest_model_is(ways: pd.DataFrame, names: dict[str, str]) -> None:
    (band,) = draw_ways(ways, names).axes[0].patches
    assert band.get_x() + band.get_width() == pytest.approx(14.0)


def test_ways_in_words(ways: pd.DataFrame, names: dict[str, str]) -> None:
    text = describe_ways(ways, names)
    assert "ImageNet at 5\xa0%: straight 10 to the 19.0 (16.0 to 31.0), steep 10 to the 25.0 (at least 20.0" in text
    assert "floored never (at least 17.0, with no upper bound). MS COCO at 5\xa0%" in text
    assert "inf" not in text
