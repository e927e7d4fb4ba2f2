"""What a law leaves unexplained, what it depends on, and other measures of computing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from computational_limits.figures.scaling import MEASURE_NAMES, draw_models
from computational_limits.figures.style import (
    COLOURS,
    INK,
    decade_axis,
    draw_interval,
    house_style,
    name_rows,
    new_figure,
    new_grid,
)
from computational_limits.robustness import (
    CONTROLS,
    DIRECTION,
    ESTIMATOR,
    PUBLISHED_BASE,
    SAMPLE,
    STANDARD_ERRORS,
    VINTAGE,
    Base,
)
from computational_limits.scaling import Law
from computational_limits.uncertainty import Interval
from computational_limits.wording import interval_text

GROUP_LOOK = {
    DIRECTION: {"color": COLOURS["blue"], "linestyle": "-", "marker": "s"},
    STANDARD_ERRORS: {"color": COLOURS["orange"], "linestyle": "-", "marker": "D"},
    ESTIMATOR: {"color": COLOURS["green"], "linestyle": "-", "marker": "^"},
    SAMPLE: {"color": COLOURS["purple"], "linestyle": "-", "marker": "v"},
    VINTAGE: {"color": COLOURS["red"], "linestyle": "-", "marker": "P"},
    CONTROLS: {"color": COLOURS["brown"], "linestyle": "-", "marker": "X"},
}
"""Colour and mark of what is varied, everywhere."""
BASE_LOOK = {"color": INK, "linestyle": "-", "marker": "o"}
"""Those of the law that the others depart from."""
YEAR_WIDTH = 0.7
"""Width over which the papers of a year are spread, in years."""
REACH = 4.0
"""Slopes shown, in multiples of the farther end of the published interval; what leaves them ends in an arrow."""
EXPONENT_TICKS = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500)
TICK_GAP = 0.075
"""Least distance of exponents named on an axis, as a share of its length."""


def draw_residuals(residuals: pd.DataFrame, base: Base = PUBLISHED_BASE) -> Figure:
    """Draw what the polynomial line leaves, against computing and against the year.

    Parameters
    ----------
    residuals : DataFrame
        What `diagnostics.tabulate_residuals` returns, with ``model``,
        ``paper`` and ``year``. Squares joined by a line share a paper; the
        papers of a year stand side by side.
    base : Base
        What the line is of, and what takes the place of papers.
    """
    with house_style():
        figure, (left, right) = new_grid(2.9, rows=1, columns=2, share_y=True)
        places = place_papers(residuals)
        shared = residuals.groupby("paper")["model"].transform("count") > 1
        for axes, x in ((left, residuals["log10_gflop"]), (right, places)):
            axes.axhline(0.0, color=COLOURS["blue"], linewidth=1.2)
            for chosen, look in (
                (shared, {"marker": "s", "color": COLOURS["orange"], "label": f"shares its {base.cluster}"}),
                (~shared, {"marker": "o", "color": INK, "label": f"alone in its {base.cluster}"}),
            ):
                axes.scatter(x[chosen], residuals.loc[chosen, "residual_decades"], s=24, alpha=0.85, lw=0, **look)
        for _, rows in residuals[shared].groupby(["paper", "year"], sort=False):
            right.plot(places[rows.index], rows["residual_decades"], color=COLOURS["orange"], linewidth=0.9)
        farthest = residuals.loc[residuals["residual_decades"].abs().idxmax()]
        to_the_left = farthest["log10_gflop"] > residuals["log10_gflop"].mean()
        above = farthest["residual_decades"] > 0.0
        left.annotate(
            farthest["model"],
            (farthest["log10_gflop"], farthest["residual_decades"]),
            xytext=(4 if to_the_left else -4, 5 if above else -5),
            textcoords="offset points",
            ha="right" if to_the_left else "left",
            va="bottom" if above else "top",
            fontsize="small",
            color=INK,
        )
        left.margins(x=0.06, y=0.16)
        right.margins(x=0.06)
        decade_axis(left, most=5)
        right.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        right.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}"))
        left.set_xlabel(f"{MEASURE_NAMES[base.measure]} (GFLOP)")
        right.set_xlabel("Year")
        left.set_ylabel("Residual (decades of error)")
        if shared.any():
            figure.legend(*right.get_legend_handles_labels(), loc="outside lower center", ncols=2, fontsize="small")
    return figure


def place_papers(residuals: pd.DataFrame) -> pd.Series:
    """Year of each model, moved so that the papers of a year stand side by side around it."""
    papers = residuals.groupby("year")["paper"].transform(lambda names: pd.factorize(names)[0])
    counts = residuals.groupby("year")["paper"].transform("nunique")
    return residuals["year"] + YEAR_WIDTH * ((papers + 0.5) / counts - 0.5)


def describe_residuals(residuals: pd.DataFrame, base: Base = PUBLISHED_BASE) -> str:
    """Alternative text of `draw_residuals`."""
    farthest = residuals.loc[residuals["residual_decades"].abs().idxmax()]
    sizes = residuals["residual_decades"].std(ddof=1)
    shared = int((residuals.groupby("paper")["model"].transform("count") > 1).sum())
    return (
        f"Two scatter plots of the residuals of {len(residuals)} models in decades of error, against"
        f" {MEASURE_NAMES[base.measure].lower()} and against the year, around a line at zero; their standard"
        f" deviation is {sizes:.3f}. The farthest is {farthest['model']} at {farthest['residual_decades']:+.3f}."
        f" Squares, {shared} in number, share a {base.cluster}."
    )


def draw_ways(ways: pd.DataFrame) -> Figure:
    """Draw the slope and its interval as published and in every other way.

    Parameters
    ----------
    ways : DataFrame
        What `robustness.tabulate_ways` returns. The axis is linear in the
        slope, where no slope is the middle, and names exponents.
    """
    base = ways.iloc[0]
    looks = {base["group"]: BASE_LOOK} | GROUP_LOOK
    limits = slope_limits(ways)
    with house_style():
        figure, axes = new_figure(0.9 + 0.27 * len(ways))
        axes.axvline(0.0, color=INK, linewidth=1.2)
        axes.axvline(base["slope"], color=INK, linewidth=0.8, linestyle=":")
        for height, row in enumerate(ways.to_dict("records")):
            if row["absent"]:
                axes.annotate(
                    "not fitted", (limits[0], height), xytext=(4, 0), textcoords="offset points",
                    va="center", fontsize="small", color=INK,
                )  # fmt: skip
                continue
            look = looks[row["group"]]
            line = {name: look[name] for name in ("color", "linestyle")}
            ends = (row["slope_low"], row["slope_high"])
            draw_interval(axes, height, row["slope"], ends, limits, line | {"marker": look["marker"]})
        axes.set_xlim(*limits)
        _name_exponents(axes, limits)
        axes.set_xlabel("Exponent; at the thick line there is no slope")
        top = axes.secondary_xaxis("top")
        top.xaxis.set_major_locator(MaxNLocator(6))
        top.set_xlabel("Slope (decades of performance per decade of computing)", fontsize="small")
        name_rows(axes, [_row_name(row) for row in ways.to_dict("records")], top=-0.7)
        for label, group in zip(axes.get_yticklabels(), ways["group"], strict=True):
            label.set_color(looks[group]["color"])
        handles = [
            axes.plot([], [], linestyle="none", marker=look["marker"], color=look["color"], label=group)[0]
            for group, look in looks.items()
            if group in set(ways["group"])
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=3, fontsize="small")
    return figure


def describe_ways(ways: pd.DataFrame) -> str:
    """Alternative text of `draw_ways`."""
    parts = []
    for row in ways.to_dict("records"):
        ends = Interval(row["exponent_low"], row["exponent_high"])
        found = "not fitted" if row["absent"] else f"{row['exponent']:.1f} ({interval_text(ends)})"
        parts.append(f"{_row_name(row)} {found}")
    return f"Marks with 90 percent intervals of the exponent, one a way to fit: {'; '.join(parts)}."


def slope_limits(ways: pd.DataFrame) -> tuple[float, float]:
    """Slopes shown: zero, all estimates and ends that are no farther out than `REACH` allows."""
    fitted = ways[ways["absent"] == ""]
    farther = fitted.iloc[0][["slope", "slope_low", "slope_high"]].astype(float)
    reach = REACH * float(farther[np.isfinite(farther)].abs().max())
    ends = np.append(fitted[["slope", "slope_low", "slope_high"]].to_numpy(dtype=float), 0.0)
    low, high = np.clip([ends.min(), ends.max()], -reach, reach)
    margin = 0.04 * (high - low)
    return float(low - margin), float(high + margin)


def draw_views(panels: Sequence[tuple[str, str, pd.DataFrame, Mapping[str, Law]]]) -> Figure:
    """Draw other measures of computing, each on its own scales.

    Parameters
    ----------
    panels : sequence of tuple
        Measure, vintage, models that state the measure, and form name to `Law`.
    """
    with house_style():
        figure, grid = new_grid(2.9, rows=1, columns=len(panels))
        for axes, (measure, vintage, models, laws) in zip(grid, panels, strict=True):
            draw_models(axes, models, laws, size=14, measure=measure)
            decade_axis(axes, most=5)
            axes.set_title(f"{vintage}, n = {len(models)}", fontsize="medium", loc="left")
            axes.set_xlabel(f"{MEASURE_NAMES[measure]} (GFLOP)")
        grid[0].set_ylabel("Error")
    return figure


def describe_views(panels: Sequence[tuple[str, str, pd.DataFrame, Mapping[str, Law]]]) -> str:
    """Alternative text of `draw_views`."""
    parts = [
        f"{MEASURE_NAMES[measure].lower()} of {len(models)} models of vintage {vintage}, exponent"
        f" {laws['polynomial'].exponent:.1f}, {100 * laws['polynomial'].r2:.0f} percent of the variance explained"
        for measure, vintage, models, laws in panels
    ]
    return f"Scatter plots of error with a polynomial and an exponential fit: {'; '.join(parts)}."


def _row_name(row: Mapping[str, object]) -> str:
    n = row["n"]
    return str(row["way"]) if pd.isna(n) else f"{row['way']} (n = {n:.0f})"


def _name_exponents(axes: Axes, limits: tuple[float, float]) -> None:
    """Name exponents at one over them, leaving out those that would stand too close."""
    gap = TICK_GAP * (limits[1] - limits[0])
    ticks = {0.0: "∞"}
    for exponent in [*EXPONENT_TICKS, *(-value for value in EXPONENT_TICKS)]:
        place = 1.0 / exponent
        if limits[0] <= place <= limits[1] and all(abs(place - other) >= gap for other in ticks):
            ticks[place] = f"{exponent:g}".replace("-", "\N{MINUS SIGN}")
    axes.set_xticks(list(ticks), labels=list(ticks.values()))
