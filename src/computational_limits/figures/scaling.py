"""Error against computing, with the fitted laws."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from computational_limits.figures.style import (
    COLOURS,
    FORM_LOOK,
    INK,
    decade_axis,
    house_style,
    new_figure,
    new_grid,
    percent_axis,
)
from computational_limits.scaling import Law
from computational_limits.uncertainty import LEVEL
from computational_limits.vintages import EVERY_MEASURE, TRAINING_FLOP
from computational_limits.wording import percent

MARGIN_DECADES = 0.6
"""Computing shown on either side of the models, in decades."""
PANELS_ACROSS = 3
NEAR_ALL, HIGHEST_SHOWN = 95.0, 105.0
"""Error in percent from which marks need room above 100, and how much."""
LOWEST_NAMED_BELOW = 0.1
"""Height, as a share of the axis, from which a name has room below its mark."""
MOST_TALL_ROWS = 2
"""Rows of panels up to which each has its full height."""
MEASURE_NAMES = {
    "hardware_burden": "Hardware burden",
    "ops_per_pass": "Operations per pass",
    "network_operations": "Network operations of training",
    TRAINING_FLOP: "Operations of training",
}
ERROR_NAMES = dict.fromkeys(MEASURE_NAMES, "Error") | {TRAINING_FLOP: "Error above guessing"}
"""Measure to the error of the models that state it."""


def plot_laws(laws: Mapping[str, Law], points: int = 121) -> pd.DataFrame:
    """The lines and prediction bands of a figure, as data.

    Parameters
    ----------
    laws : mapping
        Form name to `Law`, all fitted to the same models.
    points : int
        Points of each line.

    Returns
    -------
    DataFrame
        ``form``, ``log10_gflop``, ``error``, ``error_low``, ``error_high``.
    """
    frames = []
    for form, law in laws.items():
        low, high = law.log10_compute_range
        x = np.linspace(low - MARGIN_DECADES, high + MARGIN_DECADES, points)
        error_low, error_high = law.prediction_band(x, LEVEL)
        frames.append(
            pd.DataFrame(
                {
                    "form": form,
                    "log10_gflop": x,
                    "error": law.error_at(x),
                    "error_low": error_low,
                    "error_high": error_high,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def draw_scaling(models: pd.DataFrame, laws: Mapping[str, Law], measure: str = "hardware_burden") -> Figure:
    """Draw one benchmark: models, both forms, and the band of the polynomial form."""
    with house_style():
        figure, axes = new_figure(4.2)
        draw_models(axes, models, laws, measure=measure)
        for form in laws:
            axes.plot([], [], label=f"{form} form", linewidth=1.8, **FORM_LOOK[form])
        axes.fill_between(
            [], [], [], color=COLOURS["blue"], alpha=0.12, label=f"{percent(LEVEL)} of new models, polynomial"
        )
        _label_extremes(axes, models, EVERY_MEASURE[measure])
        axes.set_xlabel(f"{MEASURE_NAMES[measure]} (GFLOP)")
        axes.set_ylabel(ERROR_NAMES[measure])
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=3)
    return figure


def draw_benchmarks(
    models: pd.DataFrame,
    laws: Mapping[str, Mapping[str, Law]],
    names: Mapping[str, str],
    measure: str = "hardware_burden",
) -> Figure:
    """Draw all benchmarks side by side, each on its own scales.

    Parameters
    ----------
    models : DataFrame
        Table ``models``.
    laws : mapping
        Benchmark to form name to `Law`.
    names : mapping
        Benchmark to the name of its data set, in reading order.
    measure : str
        A key of `MEASURE_NAMES`.
    """
    rows = math.ceil(len(names) / PANELS_ACROSS)
    height = 2.45 if rows <= MOST_TALL_ROWS else 1.85
    with house_style():
        figure, grid = new_grid(height * rows, rows, PANELS_ACROSS)
        for axes, (benchmark, name) in zip(grid, names.items(), strict=False):
            draw_models(axes, models[models["benchmark"] == benchmark], laws[benchmark], size=14, measure=measure)
            decade_axis(axes, most=4)
            axes.set_title(name, fontsize="medium", loc="left")
            axes.set_title(f"n = {laws[benchmark]['polynomial'].n}", fontsize="small", loc="right", color=INK)
        for spare in grid[len(names) :]:
            spare.remove()
        figure.supxlabel(f"{MEASURE_NAMES[measure]} (GFLOP)", fontsize="medium")
        figure.supylabel(ERROR_NAMES[measure], fontsize="medium")
    return figure


def describe_scaling(models: pd.DataFrame, laws: Mapping[str, Law], name: str, measure: str = "hardware_burden") -> str:
    """Alternative text of `draw_scaling`."""
    law = laws["polynomial"]
    low, high = law.log10_compute_range
    return (
        f"Scatter plot of {law.n} models on {name}: error from {100 * models['error'].min():.1f} to"
        f" {100 * models['error'].max():.1f} percent against {MEASURE_NAMES[measure].lower()} from 10 to the {low:.1f}"
        f" to 10 to the {high:.1f} GFLOP, with a polynomial and an exponential fit. The polynomial line falls from"
        f" {100 * float(law.error_at(low)):.1f} to {100 * float(law.error_at(high)):.1f} percent over that range"
        f" and explains {100 * law.r2:.0f} percent of the variance."
    )


def describe_benchmarks(
    laws: Mapping[str, Mapping[str, Law]], names: Mapping[str, str], measure: str = "hardware_burden"
) -> str:
    """Alternative text of `draw_benchmarks`."""
    parts = [f"{name} {100 * laws[key]['polynomial'].r2:.0f} percent" for key, name in names.items()]
    return (
        f"{len(names)} small scatter plots of {ERROR_NAMES[measure].lower()} against"
        f" {MEASURE_NAMES[measure].lower()}, one a benchmark, each with a polynomial and"
        f" an exponential fit and the band of the polynomial one. Variance explained: {', '.join(parts)}."
    )


def draw_models(
    axes: Axes, models: pd.DataFrame, laws: Mapping[str, Law], size: float = 28, measure: str = "hardware_burden"
) -> None:
    """Draw models with a measure of computing, both forms, and the band of the polynomial form."""
    lines = plot_laws(laws)
    band = lines[lines["form"] == "polynomial"]
    axes.fill_between(
        band["log10_gflop"],
        100 * band["error_low"],
        100 * band["error_high"],
        color=COLOURS["blue"],
        alpha=0.12,
        lw=0,
    )
    for form, line in lines.groupby("form", sort=False):
        axes.plot(line["log10_gflop"], 100 * line["error"], linewidth=1.8, **FORM_LOOK[str(form)])
    axes.scatter(
        np.log10(models[EVERY_MEASURE[measure]]),
        100 * models["error"],
        s=size,
        color=INK,
        alpha=0.75,
        zorder=3,
        lw=0,
    )
    lowest = 100 * min(models["error"].min(), band["error_low"].min())
    highest = 100 * max(models["error"].max(), band["error_high"].max())
    most = 100.0 if 100 * models["error"].max() < NEAR_ALL else HIGHEST_SHOWN
    percent_axis(axes, lowest / 1.08, min(highest * 1.08, most))
    decade_axis(axes)


def _label_extremes(axes: Axes, models: pd.DataFrame, column: str) -> None:
    """Name the model with the lowest error and the one with the most computing."""
    best = models.loc[models["error"].idxmin()]
    largest = models.loc[models[column].idxmax()]
    for model in {best["model_id"]: best, largest["model_id"]: largest}.values():
        x, y = np.log10(model[column]), 100 * model["error"]
        low = axes.transLimits.transform((x, np.log10(y)))[1] < LOWEST_NAMED_BELOW
        left = x > np.mean(axes.get_xlim())
        axes.annotate(
            model["model"],
            (x, y),
            xytext=(-7 if left else 7, 4 if low else -4),
            textcoords="offset points",
            ha="right" if left else "left",
            va="bottom" if low else "top",
            fontsize="small",
            color=INK,
            path_effects=[withStroke(linewidth=2.5, foreground="white")],
        )
