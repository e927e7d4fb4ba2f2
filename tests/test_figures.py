"""Drawings: figures outside global state, labelled, the same file each time, and told in words."""

from collections.abc import Callable, Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from computational_limits.display import _svg
from computational_limits.figures.comparison import (
    LARGEST_DECADE,
    describe_exponents,
    describe_targets,
    draw_exponents,
    draw_targets,
)
from computational_limits.figures.scaling import (
    MARGIN_DECADES,
    describe_benchmarks,
    describe_scaling,
    draw_benchmarks,
    draw_scaling,
    plot_laws,
)
from computational_limits.figures.style import FORM_LOOK, house_style, new_figure, percent_axis
from computational_limits.figures.theory import (
    LOOK,
    describe_learning_curves,
    draw_learning_curves,
    tabulate_curves,
)
from computational_limits.regressions import fit_forms
from computational_limits.scaling import Law
from computational_limits.theory.design import Design

Laws = dict[str, dict[str, Law]]
DESIGN = Design(covariates=60, relevant=4, snr=10.0)


@pytest.fixture(scope="module")
def curves() -> pd.DataFrame:
    return tabulate_curves(np.array([8, 20, 40, 60, 90, 200]), DESIGN)


@pytest.fixture(scope="module")
def planted() -> pd.DataFrame:
    """Error falls by half over each hundredfold of computing: 6.64 the power."""
    compute = 10.0 ** np.arange(8, 15)
    wobble = np.array([1.05, 0.95, 1.02, 0.98, 1.04, 0.96, 1.0])
    return pd.DataFrame(
        {
            "model_id": [f"m{i}" for i in range(7)],
            "model": [f"Net {i}" for i in range(7)],
            "benchmark": "planted",
            "hardware_burden_gflop": compute,
            "error": 0.4 * (compute / 1e8) ** -(np.log10(2) / 2) * wobble,
        }
    )


@pytest.fixture(scope="module")
def drawings(
    models: pd.DataFrame,
    laws: Laws,
    names: dict[str, str],
    regressions: pd.DataFrame,
    projections: pd.DataFrame,
    curves: pd.DataFrame,
) -> dict[str, Callable[[], Figure]]:
    imagenet = models[models["benchmark"] == "imagenet"]
    polynomial = regressions[regressions["form"] == "polynomial"]
    return {
        "scaling": lambda: draw_scaling(imagenet, laws["imagenet"]),
        "benchmarks": lambda: draw_benchmarks(models, laws, names),
        "exponents": lambda: draw_exponents(polynomial, names, 4.0),
        "targets": lambda: draw_targets(projections, names),
        "learning curves": lambda: draw_learning_curves(curves, DESIGN),
    }


DRAWINGS = ["scaling", "benchmarks", "exponents", "targets", "learning curves"]


@pytest.fixture(autouse=True)
def _no_open_figures() -> Iterator[None]:
    assert plt.get_fignums() == []
    yield
    assert plt.get_fignums() == []


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_is_a_figure_and_leaves_global_settings_alone(
    name: str, drawings: dict[str, Callable[[], Figure]]
) -> None:
    before = dict(mpl.rcParams)
    assert isinstance(drawings[name](), Figure)
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", DRAWINGS)
def test_every_drawing_says_what_its_axes_are(name: str, drawings: dict[str, Callable[[], Figure]]) -> None:
    figure = drawings[name]()
    along = figure.get_supxlabel() or figure.axes[0].get_xlabel()
    up = figure.get_supylabel() or figure.axes[0].get_ylabel()
    rows = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert along
    assert up or all(any(letter.isalpha() for letter in row) for row in rows)


@pytest.mark.parametrize("name", DRAWINGS)
def test_the_same_drawing_is_the_same_file(name: str, drawings: dict[str, Callable[[], Figure]]) -> None:
    first, second = _svg(drawings[name]()), _svg(drawings[name]())
    assert first.startswith("<?xml")
    assert first == second


def test_lines_and_bands_come_as_data(laws: Laws) -> None:
    lines = plot_laws(laws["imagenet"], points=11)
    assert list(lines.columns) == ["form", "log10_gflop", "error", "error_low", "error_high"]
    assert lines.groupby("form", sort=False).size().to_dict() == {"polynomial": 11, "exponential": 11}
    assert (lines["error_low"] < lines["error"]).all()
    banded = lines.dropna(subset="error_high")
    assert (banded["error"] < banded["error_high"]).all()


def test_lines_reach_a_little_beyond_the_models(planted: pd.DataFrame) -> None:
    lines = plot_laws(fit_forms(planted, ["polynomial"]))
    assert lines["log10_gflop"].min() == pytest.approx(8 - MARGIN_DECADES)
    assert lines["log10_gflop"].max() == pytest.approx(14 + MARGIN_DECADES)


def test_lines_follow_the_law(planted: pd.DataFrame) -> None:
    law = fit_forms(planted, ["polynomial"])
    lines = plot_laws(law, points=5)
    assert np.allclose(law["polynomial"].log10_compute_for(lines["error"]), lines["log10_gflop"])


def test_every_model_is_a_dot_in_percent(planted: pd.DataFrame) -> None:
    axes = draw_scaling(planted, fit_forms(planted)).axes[0]
    (dots,) = [part for part in axes.collections if len(part.get_offsets()) == len(planted)]
    expected = np.column_stack([np.log10(planted["hardware_burden_gflop"]), 100 * planted["error"]])
    assert np.allclose(dots.get_offsets(), expected)


def test_both_forms_are_told_apart_by_more_than_colour(planted: pd.DataFrame) -> None:
    axes = draw_scaling(planted, fit_forms(planted)).axes[0]
    assert len({look["linestyle"] for look in FORM_LOOK.values()}) == len(FORM_LOOK)
    assert len({look["color"] for look in FORM_LOOK.values()}) == len(FORM_LOOK)
    labels = axes.get_legend_handles_labels()[1]
    assert labels == ["polynomial form", "exponential form", "90\xa0% of new models, polynomial"]


def test_the_best_and_the_largest_model_are_named(planted: pd.DataFrame) -> None:
    best_elsewhere = planted.assign(error=planted["error"].where(planted["model_id"] != "m5", 0.01))
    texts = [text.get_text() for text in draw_scaling(best_elsewhere, fit_forms(planted)).axes[0].texts]
    assert texts == ["Net 5", "Net 6"]


def test_a_model_that_is_best_and_largest_is_named_once(planted: pd.DataFrame) -> None:
    texts = [text.get_text() for text in draw_scaling(planted, fit_forms(planted)).axes[0].texts]
    assert texts == ["Net 6"]


def test_each_benchmark_has_a_panel_with_its_name_and_count(
    models: pd.DataFrame, laws: Laws, names: dict[str, str]
) -> None:
    figure = draw_benchmarks(models, laws, names)
    assert [axes.get_title(loc="left") for axes in figure.axes] == list(names.values())
    assert [axes.texts[0].get_text() for axes in figure.axes] == [f"n = {law['polynomial'].n}" for law in laws.values()]


@pytest.mark.parametrize("count", [2, 7])
def test_there_are_as_many_panels_as_benchmarks(count: int, planted: pd.DataFrame) -> None:
    keys = [f"b{i}" for i in range(count)]
    models = pd.concat([planted.assign(benchmark=key) for key in keys], ignore_index=True)
    laws = {key: fit_forms(planted) for key in keys}
    figure = draw_benchmarks(models, laws, {key: f"Name {key}" for key in keys})
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert [title for title in titles if title] == [f"Name {key}" for key in keys]


def test_rows_of_the_exponents_name_the_benchmark_and_its_count(
    regressions: pd.DataFrame, names: dict[str, str]
) -> None:
    axes = draw_exponents(regressions[regressions["form"] == "polynomial"], names, 4.0).axes[0]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels[0] == "ImageNet (n = 13)"
    assert labels[1] == "MS COCO (n = 33)"
    assert len(labels) == len(names)


def test_an_interval_that_leaves_the_axis_ends_in_an_arrow(regressions: pd.DataFrame, names: dict[str, str]) -> None:
    polynomial = regressions[regressions["form"] == "polynomial"]
    lines = draw_exponents(polynomial, names, 4.0).axes[0].get_lines()
    unbounded = int(np.isinf(polynomial["exponent_high"]).sum())
    assert unbounded > 0
    assert sum(line.get_marker() == ">" for line in lines) == unbounded
    assert sum(line.get_marker() == "<" for line in lines) == 0


def test_targets_beyond_the_axis_have_an_arrow_in_place_of_a_dot(
    projections: pd.DataFrame, names: dict[str, str]
) -> None:
    figure = draw_targets(projections, names)
    asked = projections[projections["label"] != "today"]
    lines = [line for axes in figure.axes for line in axes.get_lines() if len(line.get_xdata()) == 1]
    dots = [line for line in lines if line.get_marker() in "oD"]
    arrows = [line for line in lines if line.get_marker() == ">"]
    assert len(dots) == (asked["log10_gflop"] <= LARGEST_DECADE).sum()
    assert len(arrows) == (asked["log10_gflop_high"] > LARGEST_DECADE).sum()


def test_there_is_a_panel_a_target_and_none_for_today(projections: pd.DataFrame, names: dict[str, str]) -> None:
    figure = draw_targets(projections, names)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["Target 1", "Target 2"]
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == [name for key, name in names.items() if key != "wmt2014-en-de"]


@pytest.mark.parametrize(("low", "high"), [(8.0, 40.0), (40.0, 75.0), (0.1, 0.9), (20.5, 24.5)])
def test_an_axis_of_errors_has_ticks_wherever_it_lies(low: float, high: float) -> None:
    with house_style():
        _, axes = new_figure(3.0)
        percent_axis(axes, low, high)
    inside = [tick for tick in axes.get_yticks() if low <= tick <= high]
    assert 2 <= len(inside) <= 8


def test_a_scaling_figure_in_words(planted: pd.DataFrame) -> None:
    laws = fit_forms(planted)
    text = describe_scaling(planted, laws, "Planted")
    law = laws["polynomial"]
    assert "7 models on Planted" in text
    assert "to 42.0 percent" in text
    assert "from 10 to the 8.0 to 10 to the 14.0 GFLOP" in text
    assert f"explains {100 * law.r2:.0f} percent of the variance" in text


def test_a_drawing_of_all_benchmarks_in_words(laws: Laws, names: dict[str, str]) -> None:
    text = describe_benchmarks(laws, names)
    assert text.startswith("6 small scatter plots")
    for part in ("ImageNet 45 percent", "SQuAD 1.1 68 percent", "WMT 2014 En-De 0 percent"):
        assert part in text


def test_exponents_in_words_say_where_there_is_no_bound(regressions: pd.DataFrame, names: dict[str, str]) -> None:
    text = describe_exponents(regressions[regressions["form"] == "polynomial"], names)
    assert "ImageNet 13.6, from 8.5 to 33.8" in text
    assert "WMT 2014 En-De 433.9, from 38.4 without an upper bound" in text
    assert "inf" not in text


def test_targets_in_words_have_each_number(projections: pd.DataFrame, names: dict[str, str]) -> None:
    text = describe_targets(projections, names)
    assert "ImageNet target 1 (5 percent error) 10 to the 19" in text
    assert "WMT 2014 En-Fr target 2 (10 percent error) 10 to the 44" in text
    assert text.count("percent error)") == 10
    assert "today" not in text


def test_what_is_said_of_the_exponential_form_holds_for_the_real_targets(projections: pd.DataFrame) -> None:
    """`describe_targets` says that it lies further out everywhere."""
    asked = projections[projections["label"] != "today"]
    forms = asked.pivot(index=["benchmark", "label"], columns="form", values="log10_gflop")
    assert (forms["exponential"] > forms["polynomial"]).all()


def test_learning_curves_leave_out_risks_without_a_mean(curves: pd.DataFrame) -> None:
    assert list(curves.columns) == ["estimator", "observations", "risk", "performance"]
    assert list(curves["estimator"].unique()) == list(LOOK)
    assert np.isfinite(curves["risk"]).all()
    assert 60 not in set(curves.loc[curves["estimator"] == "flexible", "observations"])
    assert np.allclose(curves["performance"], -np.log10(curves["risk"]))


def test_learning_curves_in_words_end_with_the_numbers_at_the_largest_size(curves: pd.DataFrame) -> None:
    text = describe_learning_curves(curves, DESIGN)
    last = curves[curves["observations"] == 200].set_index("estimator")["performance"]
    assert "the 60 covariates" in text
    for name in LOOK:
        assert f"{name} {last[name]:.1f}" in text


def test_learning_curves_are_told_apart_without_colour(curves: pd.DataFrame) -> None:
    axes = draw_learning_curves(curves, DESIGN).axes[0]
    assert axes.get_legend_handles_labels()[1] == list(LOOK)
    assert axes.get_xscale() == "log"
