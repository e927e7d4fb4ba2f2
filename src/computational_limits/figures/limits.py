"""What the targets imply, which limits they pass, what gain they need, and when they are affordable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator

from computational_limits.efficiency import SEARCH, TRAINING, USE
from computational_limits.figures.style import (
    COLOURS,
    FORM_LOOK,
    INK,
    MARKERS,
    decade_axis,
    draw_interval,
    house_style,
    name_rows,
    new_figure,
    new_grid,
    number_axis,
)
from computational_limits.limits import Limit
from computational_limits.regressions import HARDWARE_BURDEN
from computational_limits.uncertainty import LEVEL, Interval
from computational_limits.vintages import MEASURES
from computational_limits.wording import interval_text, listing, percent

DECADES_SHOWN = (5.0, 62.0)
"""log10 GFLOP shown; what lies further out ends in an arrow."""
GAINS_SHOWN = (-0.3, 40.0)
"""Decades of gain shown."""
YEARS_SHOWN = (1.0, 2000.0)
"""Years shown, on a logarithmic axis; less than the first counts as now."""
TITLE_LETTERS = 22
"""Letters in a line of the title of a narrow panel."""
WAYS_SHOWN = (5.0, 60.0)
"""log10 GFLOP shown beside other ways to project."""
WAY_LOOK: dict[str, Any] = {"color": COLOURS["blue"], "linestyle": "-", "marker": "o"}
RESAMPLED_LOOK: dict[str, Any] = {"color": COLOURS["grey"], "linestyle": "-"}
FORM_SHIFT = {"polynomial": -0.17, "exponential": 0.17}
"""Where the row of a form lies about that of its target."""
GAIN_LOOK: dict[str, dict[str, Any]] = {
    TRAINING: {"color": COLOURS["green"], "linestyle": "-", "marker": "v"},
    USE: {"color": COLOURS["purple"], "linestyle": "-", "marker": "^"},
    SEARCH: {"color": COLOURS["brown"], "linestyle": "-", "marker": "s"},
}
"""Colour and mark of a reported gain by what it applies to."""
STACKED_DASHES = ("-.", ":")
"""Dashes of the sums of gains."""
GAIN_WORDS = {TRAINING: "reported, of training", USE: "reported, of use", SEARCH: "reported, of search"}


def draw_implications(
    projections: pd.DataFrame,
    models: pd.DataFrame,
    limits: Sequence[Limit],
    names: Mapping[str, str],
    log10_gflop_per_usd: float,
    log10_gflop_per_lb_co2: float,
) -> Figure:
    """Draw computing, dollars and carbon of each target, the limits, and how far beyond the data it lies.

    Parameters
    ----------
    projections : DataFrame
        Rows of ``projections.csv`` of one vintage, one a benchmark, form and target.
    models : DataFrame
        Models of that vintage.
    limits : sequence of Limit
        Drawn as bands from low to high and numbered in the legend.
    names : mapping
        Benchmark to the name of its data set; those without projections are left out.
    log10_gflop_per_usd, log10_gflop_per_lb_co2 : float
        What the axes of dollars and carbon divide by.
    """
    shown = [key for key in names if key in set(projections["benchmark"])]
    labels = list(projections["label"].unique())
    burden = np.log10(models[MEASURES[HARDWARE_BURDEN]]).groupby(models["benchmark"]).agg(["min", "max"])
    with house_style():
        figure, axes = new_figure(8.6)
        for number, limit in enumerate(limits, start=1):
            axes.axvspan(limit.low - 0.06, limit.high + 0.06, color=COLOURS["grey"], alpha=0.25, linewidth=0)
            axes.axvline(limit.estimate, color=INK, linewidth=0.7)
            axes.annotate(
                str(number), (limit.estimate, 1.0), xycoords=("data", "axes fraction"),
                xytext=(1.5, -9 - 9 * (number % 2)), textcoords="offset points", fontsize="x-small", color=INK,
            )  # fmt: skip
        for place, benchmark in enumerate(shown):
            top = place * len(labels)
            low, high = burden.loc[benchmark]
            axes.fill_between([low, high], top - 0.5, top + len(labels) - 0.5, color=COLOURS["sky"], alpha=0.35, lw=0)
            for height, label in enumerate(labels, start=top):
                rows = projections[(projections["benchmark"] == benchmark) & (projections["label"] == label)]
                for row in rows.to_dict("records"):
                    at, look = height + FORM_SHIFT[row["form"]], FORM_LOOK[row["form"]]
                    reach = min(row["log10_gflop"], DECADES_SHOWN[1])
                    if reach > high:
                        axes.plot([high, reach], [at, at], color=look["color"], linestyle=":", linewidth=0.8)
                    ends = (row["log10_gflop_low"], row["log10_gflop_high"])
                    draw_interval(axes, at, row["log10_gflop"], ends, DECADES_SHOWN, look, size=5)
            if place:
                axes.axhline(top - 0.5, color=INK, linewidth=0.5)
        error = projections.drop_duplicates(["benchmark", "label"]).set_index(["benchmark", "label"])["error"]
        words = [
            f"{names[key]}  {percent(error[key, label])}" if label == labels[0] else percent(error[key, label])
            for key in shown
            for label in labels
        ]
        name_rows(axes, words, top=-1.1)
        axes.set_xlim(*DECADES_SHOWN)
        decade_axis(axes, most=7)
        axes.set_xlabel("Hardware burden (GFLOP)")
        for offset, log10_price, unit in (
            (0.0, log10_gflop_per_usd, "US dollars, at the price implied by the paper"),
            (36.0, log10_gflop_per_lb_co2, "Pounds of CO$_2$, likewise"),
        ):
            _second_axis(axes, offset, log10_price, unit)
        handles = [Line2D([], [], marker=MARKERS[str(look["linestyle"])], label=f"{form} form", **look)
                   for form, look in FORM_LOOK.items()]  # fmt: skip
        handles.append(Line2D([], [], color=COLOURS["sky"], alpha=0.5, linewidth=7, label="the data"))
        handles.append(Line2D([], [], color=INK, linestyle=":", linewidth=0.8, label="beyond the data"))
        numbered = [
            Line2D([], [], color=COLOURS["grey"], alpha=0.5, linewidth=7, label=f"{number} {limit.name}")
            for number, limit in enumerate(limits, start=1)
        ]
        figure.legend(handles=[*handles, *numbered], loc="outside lower center", ncols=2, fontsize="small")
    return figure


def describe_implications(projections: pd.DataFrame, limits: Sequence[Limit], names: Mapping[str, str]) -> str:
    """Alternative text of `draw_implications`."""
    parts = []
    for benchmark in (key for key in names if key in set(projections["benchmark"])):
        rows = projections[projections["benchmark"] == benchmark].to_dict("records")
        words = [
            f"{row['label']} {row['form']} 10 to the {row['log10_gflop']:.0f}"
            f" ({interval_text(Interval(row['log10_gflop_low'], row['log10_gflop_high']), 0)}),"
            f" {row['decades_beyond_data']:.0f} decades beyond the data"
            for row in rows
        ]
        parts.append(f"{names[benchmark]}: {'; '.join(words)}")
    bands = "; ".join(f"{limit.name} at 10 to the {limit.estimate:.1f}" for limit in limits)
    return (
        f"Marks with {percent(LEVEL)} intervals of log10 GFLOP at today's error and two targets, for two forms, above"
        f" further axes of dollars and carbon. Vertical bands mark the limits: {bands}. {'. '.join(parts)}."
    )


def draw_ways(ways: pd.DataFrame, names: Mapping[str, str]) -> Figure:
    """Draw what a target takes by each way to project, a panel a benchmark, and what resampled papers say.

    Parameters
    ----------
    ways : DataFrame
        What `projection.select_ways` gives, of one target a benchmark.
    names : mapping
        Benchmark to the name of its data set; those without projections are left out.
    """
    shown = [key for key in names if key in set(ways["benchmark"])]
    words = list(ways["way"].unique())
    with house_style():
        figure, grid = new_grid(7.6, rows=-(-len(shown) // 2), columns=2, share_y=True)
        for axes, benchmark in zip(grid, shown, strict=False):
            rows = ways[ways["benchmark"] == benchmark].set_index("way")
            first = rows.iloc[0]
            largest = first["log10_gflop"] - first["decades_beyond_data"]
            axes.axvspan(WAYS_SHOWN[0], largest, color=COLOURS["sky"], alpha=0.35, linewidth=0)
            for height, way in enumerate(words):
                row = rows.loc[way]
                for shift, stem, look in ((-0.14, "log10_gflop", WAY_LOOK), (0.2, "bootstrap", RESAMPLED_LOOK)):
                    ends = (row[f"{stem}_low"], row[f"{stem}_high"])
                    if not np.isnan(ends).any():
                        centre = row["log10_gflop"] if stem == "log10_gflop" else np.nan
                        draw_interval(axes, height + shift, centre, ends, WAYS_SHOWN, look, size=5)
                if row["log10_gflop"] == np.inf:
                    axes.text(WAYS_SHOWN[1] - 3.0, height - 0.2, "never", ha="right", va="bottom", fontsize="x-small")
            axes.set_xlim(*WAYS_SHOWN)
            decade_axis(axes, most=6)
            axes.set_title(f"{names[benchmark]}, {percent(first['error'])}", fontsize="medium", loc="left")
        for axes in grid[: len(shown)]:
            name_rows(axes, words, top=-0.6)
        for axes in grid[len(shown) :]:
            axes.set_visible(False)
        handles = [
            Line2D([], [], label="law", markersize=5, **WAY_LOOK),
            Line2D([], [], label="papers resampled", linewidth=1.4, color=RESAMPLED_LOOK["color"]),
            Line2D([], [], color=COLOURS["sky"], alpha=0.5, linewidth=7, label="up to the largest model in the data"),
        ]
        figure.legend(handles=handles, loc="outside upper center", ncols=3)
        figure.supxlabel("Hardware burden at the target (GFLOP)", fontsize="medium")
    return figure


def describe_ways(ways: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Alternative text of `draw_ways`."""
    parts = []
    for benchmark, rows in ways.groupby("benchmark", sort=False):
        words = [
            f"{row.way} {'never' if row.log10_gflop == np.inf else f'10 to the {row.log10_gflop:.1f}'}"
            f" ({interval_text(Interval(row.log10_gflop_low, row.log10_gflop_high))})"
            for row in rows.itertuples()
        ]
        parts.append(f"{names[str(benchmark)]} at {percent(rows['error'].iloc[0])}: {', '.join(words)}")
    return (
        "A panel a benchmark with marks and intervals of the computing at a target, in GFLOP, for"
        f" {ways['way'].nunique()} ways to project, and intervals from resampled papers beneath. {'. '.join(parts)}."
    )


def draw_gains(
    needs: pd.DataFrame, gains: pd.DataFrame, names: Mapping[str, str], stacked: Mapping[str, float]
) -> Figure:
    """Draw the gain that each target needs against the gains that the literature reports, in decades.

    Parameters
    ----------
    needs : DataFrame
        What `efficiency.tabulate_needs` returns, against one budget or model alone.
    gains : DataFrame
        What `efficiency.summarise_gains` returns.
    names : mapping
        Benchmark to the name of its data set.
    stacked : mapping
        Sums of gains in words to their decades, two at most.
    """
    wanted = needs[needs["label"] != "today"]
    places = list(wanted[["benchmark", "label"]].drop_duplicates().itertuples(index=False, name=None))
    families = list(gains["family"].unique())
    with house_style():
        figure, axes = new_figure(6.6)
        for height, (benchmark, label) in enumerate(places):
            rows = wanted[(wanted["benchmark"] == benchmark) & (wanted["label"] == label)]
            for row in rows.to_dict("records"):
                ends = (row["decades_low"], row["decades_high"])
                at, look = height + FORM_SHIFT[row["form"]], FORM_LOOK[row["form"]]
                draw_interval(axes, at, row["decades"], ends, GAINS_SHOWN, look, size=5)
        for height, family in enumerate(families, start=len(places)):
            rows = gains[gains["family"] == family]
            shifts = np.linspace(-0.2, 0.2, len(rows)) if len(rows) > 1 else np.zeros(1)
            for shift, row in zip(shifts, rows.to_dict("records"), strict=True):
                low, high = np.log10([row["low"], row["high"]])
                draw_interval(
                    axes, height + shift, high, (low, high), GAINS_SHOWN, GAIN_LOOK[row["applies_to"]], size=5
                )
        axes.axhline(len(places) - 0.5, color=INK, linewidth=0.8)
        axes.axvline(0.0, color=INK, linewidth=0.7)
        sums = [
            axes.axvline(decades, color=COLOURS["red"], linestyle=dash, linewidth=1.1, label=words)
            for dash, (words, decades) in zip(STACKED_DASHES, stacked.items(), strict=False)
        ]
        words = [f"{names[benchmark]}, {label}" for benchmark, label in places]
        name_rows(axes, [*words, *families], top=-0.6)
        axes.set_xlim(*GAINS_SHOWN)
        axes.xaxis.set_major_locator(FixedLocator([0, 5, 10, 15, 20, 25, 30, 35, 40]))
        axes.set_xlabel("Gain in efficiency (decades)")
        handles = [Line2D([], [], marker=MARKERS[str(look["linestyle"])], label=f"needed, {form} form", **look)
                   for form, look in FORM_LOOK.items()]  # fmt: skip
        handles += [Line2D([], [], label=GAIN_WORDS[kind], **GAIN_LOOK[kind]) for kind in GAIN_LOOK]
        handles += sums
        figure.legend(handles=handles, loc="outside lower center", ncols=2, fontsize="small")
    return figure


def describe_gains(
    needs: pd.DataFrame, gains: pd.DataFrame, names: Mapping[str, str], stacked: Mapping[str, float]
) -> str:
    """Alternative text of `draw_gains`."""
    wanted = needs[needs["label"] != "today"]
    needed = [
        f"{names[row['benchmark']]} {row['label']} {row['form']} {row['decades']:.1f}"
        f" ({interval_text(Interval(row['decades_low'], row['decades_high']))})"
        for row in wanted.to_dict("records")
    ]
    reported = [f"{row['family']}, {row['applies_to']}, up to {row['decades']:.1f}" for row in gains.to_dict("records")]
    return (
        f"Two groups of rows on one axis of decades. Above, the gain each target needs, with {percent(LEVEL)}"
        f" intervals: {'; '.join(needed)}. Below, the gains reported by family: {'; '.join(reported)}."
        f" Lines mark {listing([f'{words}, {decades:.1f} decades' for words, decades in stacked.items()])}."
    )


def draw_years(affordability: pd.DataFrame, names: Mapping[str, str], algorithms: Iterable[str]) -> Figure:
    """Draw the years until each target is affordable, a panel a kind of progress of algorithms.

    Parameters
    ----------
    affordability : DataFrame
        Rows of ``affordability.csv`` of one budget and one growth of hardware.
    names : mapping
        Benchmark to the name of its data set.
    algorithms : iterable of str
        Progress of algorithms to show, from left to right.
    """
    algorithms = list(algorithms)
    wanted = affordability[affordability["label"] != "today"]
    places = list(wanted[["benchmark", "label"]].drop_duplicates().itertuples(index=False, name=None))
    with house_style():
        figure, grid = new_grid(4.8, rows=1, columns=len(algorithms), share_y=True)
        for axes, progress in zip(grid, algorithms, strict=True):
            for height, (benchmark, label) in enumerate(places):
                here = (wanted["benchmark"] == benchmark) & (wanted["label"] == label)
                for row in wanted[here & (wanted["algorithms"] == progress)].to_dict("records"):
                    years, low, high = (max(row[key], YEARS_SHOWN[0]) for key in ("years", "years_low", "years_high"))
                    at, look = height + FORM_SHIFT[row["form"]], FORM_LOOK[row["form"]]
                    draw_interval(axes, at, years, (low, high), YEARS_SHOWN, look, size=5)
            axes.set_xscale("log")
            axes.set_xlim(*YEARS_SHOWN)
            number_axis(axes, most=4)
            axes.set_title(f"Algorithms:\n{fill(progress, TITLE_LETTERS)}", fontsize="small", loc="left")
        name_rows(grid[0], [f"{names[benchmark]}, {label}" for benchmark, label in places], top=-0.6)
        figure.supxlabel("Years until affordable (the left edge is now)", fontsize="medium")
        handles = [Line2D([], [], marker=MARKERS[str(look["linestyle"])], label=f"{form} form", **look)
                   for form, look in FORM_LOOK.items()]  # fmt: skip
        figure.legend(handles=handles, loc="outside upper right", ncols=2, fontsize="small")
    return figure


def describe_years(affordability: pd.DataFrame, names: Mapping[str, str], algorithms: Iterable[str]) -> str:
    """Alternative text of `draw_years`."""
    parts = []
    for progress in algorithms:
        rows = affordability[(affordability["algorithms"] == progress) & (affordability["label"] != "today")]
        words = [
            f"{names[row['benchmark']]} {row['label']} {row['form']} {row['years']:.0f}"
            f" ({interval_text(Interval(row['years_low'], row['years_high']), 0)})"
            for row in rows.to_dict("records")
        ]
        parts.append(f"Algorithms {progress}: {'; '.join(words)}")
    return f"Marks with {percent(LEVEL)} intervals of years on a logarithmic axis. {'. '.join(parts)}."


def _second_axis(axes: Axes, offset_points: float, log10_price: float, unit: str) -> None:
    """A further axis above, of what the computing below costs."""
    above = axes.secondary_xaxis("top", functions=(partial(np.add, -log10_price), partial(np.add, log10_price)))
    above.spines["top"].set_position(("outward", offset_points))
    decade_axis(above, most=7)
    above.set_xlabel(unit, fontsize="small")
