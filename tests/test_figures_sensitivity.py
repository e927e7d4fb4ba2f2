"""Figures of the benchmark chapters: what is drawn is the data, told apart without colour, and told in words."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from computational_limits.diagnostics import tabulate_residuals
from computational_limits.display import _svg
from computational_limits.figures.sensitivity import (
    GROUP_LOOK,
    REACH,
    describe_residuals,
    describe_views,
    describe_ways,
    draw_residuals,
    draw_views,
    draw_ways,
    place_papers,
    slope_limits,
)
from computational_limits.regressions import fit_forms
from computational_limits.robustness import ESTIMATOR, GROUPS, PUBLISHED_GROUP, papers_of
from computational_limits.vintages import read_models

BENCHMARKS = ["imagenet", "ms-coco", "squad-1.1", "conll-2003", "wmt2014-en-fr", "wmt2014-en-de"]


@pytest.fixture
def ways() -> pd.DataFrame:
    """The published slope, one near it, one that falls, one without bound and one that could not be fitted."""
    rows = [
        (PUBLISHED_GROUP, "as published", 13, 0.10, 0.05, 0.20, 0.01, ""),
        ("direction", "inverse", 13, 0.125, 0.1, 0.25, 0.01, ""),
        (ESTIMATOR, "falling", 13, -0.05, -0.1, 0.0, 0.04, ""),
        (ESTIMATOR, "unbounded", 13, 0.04, -np.inf, np.inf, 0.5, ""),
        (ESTIMATOR, "steep", 13, 5.0, 4.0, 6.0, 0.5, ""),
        (ESTIMATOR, "best so far", 2, *[np.nan] * 4, "a line needs at least 3 models"),
    ]
    table = pd.DataFrame(rows, columns=["group", "way", "n", "slope", "slope_low", "slope_high", "p_value", "absent"])
    low, high = 1.0 / table["slope_high"], 1.0 / table["slope_low"]
    return table.assign(exponent=1.0 / table["slope"], exponent_low=low, exponent_high=high)


def residuals_of(models: pd.DataFrame, benchmark: str) -> pd.DataFrame:
    rows = models[models["benchmark"] == benchmark].reset_index(drop=True)
    names = rows[["model", "year"]].assign(paper=papers_of(rows))
    return pd.concat([names, tabulate_residuals(rows["hardware_burden_gflop"], rows["error"])], axis=1)


def marks_of(figure: Figure, panel: int) -> np.ndarray:
    return np.concatenate([np.asarray(marks.get_offsets()) for marks in figure.axes[panel].collections])


def row_lines(figure: Figure, height: int) -> list[Line2D]:
    """What is drawn at the height of a row."""
    return [line for line in figure.axes[0].lines if len(line.get_ydata()) and set(line.get_ydata()) == {height}]


@pytest.mark.parametrize("benchmark", BENCHMARKS)
def test_every_residual_is_drawn_in_both_panels(benchmark: str, models: pd.DataFrame) -> None:
    table = residuals_of(models, benchmark)
    figure = draw_residuals(table)
    for panel, x in ((0, table["log10_gflop"]), (1, place_papers(table))):
        expected = np.column_stack([x, table["residual_decades"]])
        drawn = marks_of(figure, panel)
        assert np.allclose(drawn[np.lexsort(drawn.T)], expected[np.lexsort(expected.T)])
    assert _svg(figure) == _svg(draw_residuals(table))


def test_papers_of_a_year_stand_side_by_side_within_it(models: pd.DataFrame) -> None:
    table = residuals_of(models, "ms-coco")
    places = place_papers(table)
    assert (places.groupby(table["paper"]).nunique() == table.groupby("paper")["year"].nunique()).all()
    assert places.nunique() == len(table[["paper", "year"]].drop_duplicates())
    assert (places.round() == table["year"]).all()


def test_models_that_share_a_paper_are_told_apart_by_shape_and_joined(models: pd.DataFrame) -> None:
    table = residuals_of(models, "squad-1.1")
    figure = draw_residuals(table)
    shared, alone = figure.axes[0].collections
    assert (len(shared.get_offsets()), len(alone.get_offsets())) == (10, 6)
    assert not np.array_equal(shared.get_paths()[0].vertices, alone.get_paths()[0].vertices)
    joined = sum(len(line.get_xdata()) for line in figure.axes[1].lines[1:])
    assert joined == 10
    assert "10 in number" in describe_residuals(table)


def test_the_farthest_model_is_named_in_figure_and_words(models: pd.DataFrame) -> None:
    table = residuals_of(models, "ms-coco")
    texts = [text.get_text() for text in draw_residuals(table).axes[0].texts]
    assert texts == ["MultiPath Network"]
    assert "MultiPath Network at +0.0" in describe_residuals(table)


def test_every_group_has_a_colour_and_a_mark_of_its_own() -> None:
    assert list(GROUP_LOOK) == list(GROUPS)
    for what in ("color", "marker"):
        assert len({look[what] for look in GROUP_LOOK.values()}) == len(GROUPS)


def test_every_way_has_a_row_with_its_interval_and_mark(ways: pd.DataFrame) -> None:
    figure = draw_ways(ways)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == [f"{way} (n = {n})" for way, n in zip(ways["way"], ways["n"], strict=True)]
    span, mark = row_lines(figure, 1)
    assert list(span.get_xdata()) == [0.1, 0.25]
    assert (mark.get_xdata()[0], mark.get_marker()) == (0.125, GROUP_LOOK["direction"]["marker"])
    arrows = [line.get_marker() for line in row_lines(figure, 3)]
    assert arrows == ["None", "<", ">", GROUP_LOOK[ESTIMATOR]["marker"]]
    assert row_lines(figure, 5) == []
    assert [text.get_text() for text in figure.axes[0].texts] == ["not fitted"]
    assert _svg(figure) == _svg(draw_ways(ways))


def test_the_axis_holds_zero_and_the_published_interval_and_is_not_stretched(ways: pd.DataFrame) -> None:
    low, high = slope_limits(ways)
    assert low < -0.1 < 0.0 < 0.2 < high
    assert high <= 1.1 * REACH * 0.2


def test_exponents_stand_at_one_over_them_and_apart(ways: pd.DataFrame) -> None:
    axes = draw_ways(ways).axes[0]
    named = dict(zip(axes.get_xticks(), [label.get_text() for label in axes.get_xticklabels()], strict=True))
    assert named.pop(0.0) == "∞"
    assert {place: float(text.replace("\N{MINUS SIGN}", "-")) for place, text in named.items()} == pytest.approx(
        {place: 1.0 / place for place in named}
    )
    assert np.diff(sorted(axes.get_xticks())).min() >= 0.075 * np.ptp(axes.get_xlim()) - 1e-12


def test_ways_are_told_in_words(ways: pd.DataFrame) -> None:
    text = describe_ways(ways)
    assert "as published (n = 13) 10.0 (5.0 to 20.0)" in text
    assert "best so far (n = 2) not fitted" in text


def test_views_show_every_model_of_their_measure() -> None:
    models = read_models("2022", "ms-coco")
    panels = []
    for measure, column in (
        ("ops_per_pass", "ops_per_pass_gflop"),
        ("network_operations", "network_operations_gflop"),
    ):
        stated = models.dropna(subset=[column])
        panels.append((measure, "2022", stated, fit_forms(stated, measure=measure)))
    figure = draw_views(panels)
    for panel, (measure, _, stated, _) in enumerate(panels):
        dots = figure.axes[panel].collections[-1].get_offsets()
        assert np.allclose(dots, np.column_stack([np.log10(stated[f"{measure}_gflop"]), 100 * stated["error"]]))
        assert f"n = {len(stated)}" in figure.axes[panel].get_title(loc="left")
        assert f"of {len(stated)} models of vintage 2022" in describe_views(panels)
