"""Computing of notable systems, hardware and ImageNet models over time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from computational_limits.figures.style import (
    COLOURS,
    INK,
    decade_axis,
    draw_interval,
    house_style,
    name_rows,
    new_figure,
    new_grid,
    number_axis,
)
from computational_limits.history import EDITIONS, LATEST, MEASURES, OUTLIERS, RELATIVES, SYSTEMS, UNITS
from computational_limits.trends import ALL, AT_FRONTIER, FRONTIER, Break, at_frontier, fit_trend
from computational_limits.uncertainty import LEVEL
from computational_limits.wording import percent

KIND_LOOKS: dict[str, dict[str, Any]] = {
    "CPU": {"color": COLOURS["grey"], "marker": "s"},
    "GPU": {"color": COLOURS["blue"], "marker": "o"},
    "TPU": {"color": COLOURS["red"], "marker": "^"},
}
"""Colour and mark of each kind of hardware."""
LABEL_PLACES = {"CPU": ((0, -16), "left"), "GPU": ((2, -36), "right"), "TPU": ((0, 10), "right")}
"""Where the name of each kind stands beside the end of its line, in points."""
EDITION_LOOKS: dict[str, dict[str, Any]] = {
    EDITIONS[0]: {"color": COLOURS["orange"], "linestyle": "--"},
    EDITIONS[1]: {"color": COLOURS["blue"], "linestyle": "-"},
}
"""Colour and dash of each edition of the list of systems; the mark goes with the dash."""
RELATIVE_LOOKS: dict[str, dict[str, Any]] = {
    "hardware burden": {"color": COLOURS["blue"], "marker": "o"},
    "audited burden": {"color": COLOURS["red"], "marker": "D"},
    "operations per pass": {"color": COLOURS["green"], "marker": "^"},
}
"""Colour and mark of each measure of an ImageNet model."""
AXES = {"per device": "FLOP/s", "per watt": "FLOP/s per watt", "per dollar": "FLOP/s per dollar"}
"""Measure of hardware that is drawn to the name of its axis."""
GROWTH_LIMITS = (1.0, 12.0)
"""Growth per year shown; an interval that leaves it ends in an arrow."""
HALO = [withStroke(linewidth=2.5, foreground="white")]


def draw_systems(points: pd.DataFrame, earlier: pd.DataFrame, found: Break, among: int = FRONTIER) -> Figure:
    """Draw training computing against date, with the line that bends once.

    Parameters
    ----------
    points, earlier : DataFrame
        What `system_points` returns, of the latest and of an earlier edition;
        of the earlier one only the systems in `OUTLIERS` are drawn.
    found : Break
        The line fitted to the latest edition.
    among : int
        Size of the frontier; see `at_frontier`.
    """
    frontier = at_frontier(points["date"], points["value"], among)
    with house_style():
        figure, axes = new_figure(4.4)
        axes.scatter(
            points["date"][~frontier], np.log10(points["value"][~frontier]), s=12, facecolor="none",
            edgecolor=COLOURS["grey"], linewidth=0.8, label="other systems",
        )  # fmt: skip
        axes.scatter(
            points["date"][frontier], np.log10(points["value"][frontier]), s=16, color=COLOURS["blue"],
            label="at the frontier when published",
        )  # fmt: skip
        ends = np.array([points["date"].min(), found.date, points["date"].max()])
        axes.plot(ends, np.log10(found.value_at(ends)), color=INK, linewidth=1.6)
        if found.dates.bounded:
            axes.axvspan(found.dates.low, found.dates.high, color=COLOURS["orange"], alpha=0.18, linewidth=0)
        for slope, (first, last), along, shift, side in (
            (found.slope_before, ends[:2], 0.5, (-8, 14), "right"),
            (found.slope_after, ends[1:], 0.1, (34, -16), "left"),
        ):
            date = first + along * (last - first)
            axes.annotate(
                f"{10.0**slope:.2g} times a year", (date, float(np.log10(found.value_at(date)))), xytext=shift,
                textcoords="offset points", ha=side, fontsize="small", color=INK, path_effects=HALO, zorder=5,
            )  # fmt: skip
        axes.set_xlim(right=found.date + 1.3 * (ends[-1] - found.date))
        _draw_revision(axes, points, earlier)
        decade_axis(axes, which="y")
        axes.set_xlabel("Date of publication")
        axes.set_ylabel("Training computing (FLOP)")
        axes.legend(loc="upper left")
    return figure


def _draw_revision(axes: Axes, points: pd.DataFrame, earlier: pd.DataFrame) -> None:
    """Mark the two systems of the published growth, in both editions."""
    for edition, table, marker in ((EDITIONS[1], points, "o"), (EDITIONS[0], earlier, "D")):
        chosen = table[table["system"].isin(OUTLIERS)]
        axes.scatter(
            chosen["date"], np.log10(chosen["value"]), s=44, marker=marker, facecolor="none", linewidth=1.5,
            edgecolor=EDITION_LOOKS[edition]["color"], zorder=4,
        )  # fmt: skip
        named = chosen if edition == LATEST else chosen[chosen["system"] == OUTLIERS[1]]
        for row in named.itertuples():
            axes.annotate(
                f"{row.system}, {edition}", (row.date, np.log10(row.value)), xytext=(-7, 4),
                textcoords="offset points", ha="right", fontsize="small", color=INK, path_effects=HALO, zorder=5,
            )  # fmt: skip


def describe_systems(points: pd.DataFrame, earlier: pd.DataFrame, found: Break, among: int = FRONTIER) -> str:
    """Alternative text of `draw_systems`."""
    logs = np.log10(points["value"])
    revised = [table.set_index("system").loc[OUTLIERS[1], "value"] for table in (earlier, points)]
    return (
        f"Scatter plot of the training computing of {len(points)} systems from {int(points['date'].min())} to"
        f" {int(points['date'].max())}, from 10 to the {logs.min():.1f} to 10 to the {logs.max():.1f} FLOP,"
        f" {int(at_frontier(points['date'], points['value'], among).sum())} of them at the frontier. A line bends in"
        f" {found.date:.1f}: {10.0**found.slope_before:.2f} times a year before, {10.0**found.slope_after:.2f} after."
        f" {OUTLIERS[1]} is marked at 10 to the {np.log10(revised[0]):.1f} FLOP in the earlier edition and at 10 to the"
        f" {np.log10(revised[1]):.1f} in the later one."
    )


def draw_eras(trends: pd.DataFrame, published: float) -> Figure:
    """Draw the growth per year of each era, of all systems and the frontier, in each edition.

    Parameters
    ----------
    trends : DataFrame
        Rows of ``trends.csv`` of the series in `SYSTEMS`.
    published : float
        The published growth per year.
    """
    groups = [(era, selection) for era in trends["era"].unique() for selection in (ALL, AT_FRONTIER)]
    with house_style():
        figure, axes = new_figure(0.34 * len(groups) + 0.9)
        for height, (era, selection) in enumerate(groups):
            rows = trends[(trends["era"] == era) & (trends["selection"] == selection)].set_index("series")
            for shift, (edition, series) in zip((-0.17, 0.17), SYSTEMS.items(), strict=True):
                if series in rows.index:
                    row = rows.loc[series]
                    ends = (row["growth_low"], row["growth_high"])
                    draw_interval(
                        axes, height + shift, row["growth_per_year"], ends, GROWTH_LIMITS, EDITION_LOOKS[edition]
                    )
        axes.set_xscale("log")
        axes.set_xlim(*GROWTH_LIMITS)
        axes.axvline(published, color=COLOURS["red"], linestyle=":", linewidth=1.4)
        axes.annotate(
            f"published: {published:g}", (published, -0.85), xytext=(-4, 0), textcoords="offset points", ha="right",
            va="center", fontsize="small", color=COLOURS["red"],
        )  # fmt: skip
        name_rows(axes, [f"{era}, {selection}" for era, selection in groups], top=-1.3)
        number_axis(axes)
        for edition, look in EDITION_LOOKS.items():
            marker = "D" if look["linestyle"] == "--" else "o"
            axes.plot([], [], marker=marker, label=f"edition {edition}", **look)
        axes.legend(loc="upper center", bbox_to_anchor=(0.4, -0.1), ncols=2)
        axes.set_xlabel("Growth per year (times)")
    return figure


def describe_eras(trends: pd.DataFrame, published: float) -> str:
    """Alternative text of `draw_eras`."""
    parts = [
        f"{row.era}, {row.selection}, {row.series.rpartition(' ')[2]}: {row.growth_per_year:.2f}"
        f" ({row.growth_low:.2f} to {row.growth_high:.2f})"
        for row in trends.itertuples()
    ]
    return (
        f"Dots with {percent(LEVEL)} intervals: growth of training computing per year by era, of all systems and of"
        f" those at the frontier, in two editions, beside a dotted line at the published {published:g}."
        f" {'; '.join(parts)}."
    )


def draw_hardware(points: pd.DataFrame) -> Figure:
    """Draw peak rates per device, watt and dollar against date, with a trend of all devices of each kind.

    Parameters
    ----------
    points : DataFrame
        What `hardware_points` returns.
    """
    with house_style():
        figure, grid = new_grid(3.3, 1, len(AXES))
        for axes, (measure, label) in zip(grid, AXES.items(), strict=True):
            for kind in UNITS:
                devices = points[points["kind"] == kind].dropna(subset=MEASURES[measure])
                if devices.empty:
                    continue
                look, value = KIND_LOOKS[kind], devices[MEASURES[measure]]
                axes.scatter(devices["date"], np.log10(value), s=9, alpha=0.35, linewidth=0, **look)
                trend = fit_trend(devices["date"], value)
                ends = np.array([trend.start, trend.end])
                axes.plot(ends, np.log10(trend.value_at(ends)), color=look["color"], linewidth=1.8)
                shift, side = LABEL_PLACES[kind]
                axes.annotate(
                    f"{kind} {trend.growth_per_year:.2f}", (ends[-1], float(np.log10(trend.value_at(ends[-1])))),
                    xytext=shift, textcoords="offset points", ha=side, fontsize="small", color=look["color"],
                    path_effects=HALO, weight="bold",
                )  # fmt: skip
            decade_axis(axes, which="y")
            axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
            axes.margins(y=0.2)
            axes.set_title(label, fontsize="medium", loc="left")
        handles = [
            grid[0].scatter([], [], s=24, label=f"{kind}, one a {UNITS[kind]}", **look)
            for kind, look in KIND_LOOKS.items()
        ]
        figure.legend(handles=handles, loc="outside upper center", ncols=len(KIND_LOOKS))
        figure.supxlabel("Date of release", fontsize="medium")
    return figure


def describe_hardware(points: pd.DataFrame) -> str:
    """Alternative text of `draw_hardware`."""
    parts = []
    for measure, label in AXES.items():
        for kind in UNITS:
            devices = points[points["kind"] == kind].dropna(subset=MEASURES[measure])
            if devices.empty:
                parts.append(f"{label}, {kind}: none")
                continue
            trend = fit_trend(devices["date"], devices[MEASURES[measure]])
            parts.append(
                f"{label}, {kind}: {trend.n} from {int(trend.start)} to {int(trend.end)},"
                f" {trend.growth_per_year:.2f} times a year"
            )
    return f"Three scatter plots of peak rates against date on logarithmic axes, with trends. {'; '.join(parts)}."


def draw_relatives(models: pd.DataFrame) -> Figure:
    """Draw ImageNet models over AlexNet, by year of their record: training on the left, a pass on the right.

    Parameters
    ----------
    models : DataFrame
        What `models_over_alexnet` returns.
    """
    panels = {"Training, over AlexNet's": list(RELATIVES)[:2], "One pass, over AlexNet's": list(RELATIVES)[2:]}
    with house_style():
        figure, grid = new_grid(3.4, 1, 2)
        for axes, (title, measures) in zip(grid, panels.items(), strict=True):
            for measure, shift in zip(measures, (-0.15, 0.15), strict=False):
                known = models.dropna(subset=RELATIVES[measure])
                look = RELATIVE_LOOKS[measure]
                axes.scatter(
                    known["year"].astype(float) + shift, np.log10(known[RELATIVES[measure]]), s=18, alpha=0.55,
                    linewidth=0, label=f"{measure}, n = {len(known)}", **look,
                )  # fmt: skip
                largest = known.groupby("year")[RELATIVES[measure]].max().cummax()
                axes.step(
                    largest.index.to_numpy(dtype=float) + shift, np.log10(largest.to_numpy()), where="post",
                    color=look["color"], linewidth=1.2,
                )  # fmt: skip
            axes.axhline(0.0, color=INK, linewidth=0.8, linestyle=":")
            decade_axis(axes, which="y", most=6)
            axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
            axes.set_title(title, fontsize="medium", loc="left")
            axes.legend(loc="upper left", fontsize="small")
            low, high = axes.get_ylim()
            axes.set_ylim(low, high + 0.28 * (high - low))
        figure.supxlabel("Year of the record", fontsize="medium")
    return figure


def describe_relatives(models: pd.DataFrame) -> str:
    """Alternative text of `draw_relatives`."""
    parts = []
    for measure, column in RELATIVES.items():
        known = models.dropna(subset=column)
        top = known.loc[known[column].idxmax()]
        parts.append(
            f"{measure} of {len(known)} models from {known['year'].min()} to {known['year'].max()},"
            f" {known[column].min():.2g} to {top[column]:,.0f} times AlexNet, the largest {top['model']} of"
            f" {top['year']}"
        )
    return f"Two scatter plots of ImageNet models over AlexNet by year, with the largest so far: {'; '.join(parts)}."
