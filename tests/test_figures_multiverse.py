"""Figures of the multiverse: what is drawn is the specifications, and the words say the same."""

import numpy as np
import pandas as pd
import pytest

from computational_limits.display import _svg
from computational_limits.figures.multiverse import (
    BINS,
    describe_curves,
    describe_drivers,
    describe_specification_curve,
    draw_curves,
    draw_drivers,
    draw_specification_curve,
    sort_curve,
)
from computational_limits.multiverse import (
    DIMENSIONS,
    Multiverse,
    Yardsticks,
    fit_multiverse,
    tabulate_conclusions,
    tabulate_drivers,
)
from computational_limits.rendering import render_conclusions, render_multiverse
from computational_limits.vintages import PUBLISHED, read_models

NAMES = {"imagenet": "ImageNet", "wmt2014-en-de": "WMT 2014 En-De"}
HELD = {
    "imagenet": Yardsticks(0.116, 0.05, 4.0, 9.0, 20.7, "top-1 accuracy"),
    "wmt2014-en-de": Yardsticks(0.65, np.nan, 4.0, 7.7, 20.7, "BLEU"),
}


@pytest.fixture(scope="module")
def multiverse() -> Multiverse:
    return fit_multiverse({PUBLISHED: read_models()}, HELD)


@pytest.fixture(scope="module")
def imagenet(multiverse: Multiverse) -> pd.DataFrame:
    return multiverse.fitted[multiverse.fitted["benchmark"] == "imagenet"]


@pytest.fixture(scope="module")
def drivers(multiverse: Multiverse) -> pd.DataFrame:
    return tabulate_drivers(multiverse.fitted)


def test_the_curve_runs_from_the_smallest_power_to_laws_that_fall(multiverse: Multiverse) -> None:
    curve = sort_curve(multiverse.fitted[multiverse.fitted["benchmark"] == "wmt2014-en-de"])
    rising = (curve["slope"] > 0.0).to_numpy()
    assert rising.any()
    assert not rising.all()
    assert np.all(np.diff(rising.astype(int)) <= 0)
    assert np.all(np.diff(1.0 / curve.loc[rising, "power"]) <= 0.0)


def test_the_curve_marks_the_published_specification(imagenet: pd.DataFrame) -> None:
    figure = draw_specification_curve(imagenet, 4.0, 9.0)
    (mark,) = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert mark.get_ydata()[0] == pytest.approx(imagenet["power"].iloc[0])
    labels = [label.get_text() for label in figure.axes[1].get_yticklabels()]
    assert [label for label in labels if label in DIMENSIONS] == list(DIMENSIONS)


def test_every_choice_is_as_common_on_average_as_it_is(imagenet: pd.DataFrame) -> None:
    figure = draw_specification_curve(imagenet, 4.0, 9.0)
    rows = [np.asarray(image.get_array()) for image in figure.axes[1].images[2:]]
    assert all(row.shape == (1, BINS) for row in rows)
    for row in rows:
        assert float(row.mean()) == pytest.approx(1.0, abs=0.1)


def test_a_panel_a_benchmark_says_how_many_are_significant(multiverse: Multiverse) -> None:
    figure = draw_curves(multiverse.fitted, NAMES, 4.0, {name: held.practice for name, held in HELD.items()})
    titles = [axes.get_title(loc="left") for axes in figure.axes[:2]]
    curve = sort_curve(multiverse.fitted[multiverse.fitted["benchmark"] == "imagenet"])
    share = f"{100.0 * curve['rising'].astype(float).mean():.0f}"
    assert titles[0].startswith(f"ImageNet, {len(curve):,}, {share}")
    assert titles[1].startswith("WMT 2014 En-De")


def test_drivers_have_a_cell_for_each_share_and_none_without_a_target(drivers: pd.DataFrame) -> None:
    figure = draw_drivers(drivers, NAMES)
    power, target, _ = (np.asarray(axes.images[0].get_array().filled(np.nan)) for axes in figure.axes)
    assert power.sum(axis=0) == pytest.approx([1.0, 1.0])
    assert np.isnan(target[:, 1]).all()
    assert target[:, 0].sum() == pytest.approx(1.0)


def test_words_say_the_numbers(multiverse: Multiverse, imagenet: pd.DataFrame, drivers: pd.DataFrame) -> None:
    words = describe_specification_curve(imagenet, "ImageNet", 4.0, 9.0)
    assert f"{len(sort_curve(imagenet)):,} specifications of ImageNet" in words
    assert f"the published one {imagenet['power'].iloc[0]:.1f}" in words
    assert "do not rise" in describe_curves(multiverse.fitted, NAMES)
    chosen = drivers[(drivers["benchmark"] == "imagenet") & (drivers["outcome"] == "power")]
    assert f"ImageNet: {chosen.loc[chosen['shapley'].idxmax(), 'dimension']}" in describe_drivers(drivers, NAMES)


def test_figures_are_drawn_to_the_same_bytes(imagenet: pd.DataFrame) -> None:
    assert _svg(draw_specification_curve(imagenet, 4.0, 9.0)) == _svg(draw_specification_curve(imagenet, 4.0, 9.0))


def test_tables_have_a_row_a_benchmark(multiverse: Multiverse) -> None:
    counts = render_multiverse(multiverse, NAMES)
    assert counts["Benchmark"].tolist() == list(NAMES.values())
    assert counts["In the grid"].tolist() == ["4,000", "4,000"]
    shares = render_conclusions(tabulate_conclusions(multiverse), NAMES)
    assert shares.loc[1, "First target beyond the stock"] == ""
