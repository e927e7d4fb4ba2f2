"""What computing costs over time, and burden against operations performed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from computational_limits.costs import PUBLISHED_COSTS, PURCHASES, TODAY, CostRange
from computational_limits.figures.style import (
    COLOURS,
    INK,
    decade_axis,
    house_style,
    name_rows,
    new_figure,
    new_grid,
    number_axis,
)
from computational_limits.history import GFLOP, RENTED
from computational_limits.trends import Trend, fit_trend
from computational_limits.uncertainty import LEVEL
from computational_limits.utilisation import BURDENS, BY_TIME, SAME, SHARES, Utilisation, summarise_utilisation
from computational_limits.wording import percent

RENT_LOOKS: dict[str, dict[str, Any]] = {
    "GPU": {"color": COLOURS["blue"], "marker": "o"},
    "TPU": {"color": COLOURS["red"], "marker": "^"},
}
"""Colour and mark of each kind of rented hardware."""
RENT_TITLES = {"per dollar": "FP32 GPUs, bf16 TPUs", "per dollar, as trained": "At the precision of training"}
"""Measure of rented hardware to the title of its panel."""
EDITION_LOOKS: dict[str, dict[str, Any]] = {
    PUBLISHED_COSTS: {"color": COLOURS["orange"], "linestyle": "--"},
    "2022": {"color": COLOURS["green"], "linestyle": "-."},
    TODAY: {"color": COLOURS["purple"], "linestyle": ":"},
}
"""Colour and dash of each edition of the constants."""
BURDEN_LOOKS: dict[str, dict[str, Any]] = {
    "published": {"edgecolor": COLOURS["orange"], "facecolor": "none", "marker": "D"},
    "audited": {"edgecolor": COLOURS["blue"], "facecolor": COLOURS["blue"], "marker": "o"},
}
"""Colour and mark of each burden."""
SHARE_LOOKS: dict[str, dict[str, Any]] = {
    "mfu": {"edgecolor": COLOURS["blue"], "facecolor": COLOURS["blue"], "marker": "o"},
    "hfu": {"edgecolor": COLOURS["orange"], "facecolor": "none", "marker": "D"},
}
"""Colour and mark of each kind of utilisation."""


def draw_rents(points: pd.DataFrame, costs: Mapping[str, CostRange]) -> Figure:
    """Draw the computing that a rented dollar bought, beside the constants of each edition.

    Parameters
    ----------
    points : DataFrame
        What `rent_points` returns.
    costs : mapping
        What `read_costs` returns.
    """
    with house_style():
        figure, grid = new_grid(3.7, 1, len(RENTED), share_y=True)
        for axes, (measure, column) in zip(grid, RENTED.items(), strict=True):
            for kind, look in RENT_LOOKS.items():
                chosen = points[points["kind"] == kind]
                axes.scatter(chosen["date"], np.log10(chosen[column] / GFLOP), s=16, alpha=0.6, lw=0, **look)
            trend = fit_trend(points["date"], points[column])
            ends = np.array([trend.start, trend.end])
            axes.plot(ends, np.log10(trend.value_at(ends) / GFLOP), color=INK, linewidth=1.6)
            for edition, look in EDITION_LOOKS.items():
                axes.axhline(costs[edition].mid.log10_gflop_per_usd, linewidth=1.4, **look)
            decade_axis(axes, which="y")
            axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
            axes.set_title(f"{RENT_TITLES[measure]}: {trend.growth_per_year:.2f} a year", fontsize="medium", loc="left")
        grid[0].set_ylabel("GFLOP of peak capability per dollar")
        handles = [grid[0].scatter([], [], s=28, lw=0, label=kind, **look) for kind, look in RENT_LOOKS.items()] + [
            grid[0].plot([], [], label=f"constants of {name}", **look)[0] for name, look in EDITION_LOOKS.items()
        ]
        figure.legend(handles=handles, loc="outside upper center", ncols=len(handles), fontsize="small")
        figure.supxlabel("Date of the price", fontsize="medium")
    return figure


def describe_rents(points: pd.DataFrame, costs: Mapping[str, CostRange]) -> str:
    """Alternative text of `draw_rents`."""
    parts = []
    for measure, column in RENTED.items():
        trend, logs = fit_trend(points["date"], points[column]), np.log10(points[column] / GFLOP)
        parts.append(f"{measure}: 10 to the {logs.min():.1f} to 10 to the {logs.max():.1f} GFLOP, {_growth(trend)}")
    lines = [f"{name} 10 to the {costs[name].mid.log10_gflop_per_usd:.2f}" for name in EDITION_LOOKS]
    return (
        f"Two scatter plots of the computing a rented dollar bought from {int(points['date'].min())} to"
        f" {int(points['date'].max())}, {len(points)} points of {points['processor'].nunique()} devices, with trends."
        f" {'; '.join(parts)}. Horizontal lines mark the constants of each edition:"
        f" {', '.join(lines)} GFLOP per dollar."
    )


def draw_utilisation(utilisation: pd.DataFrame) -> Figure:
    """Draw the share of the peak that trainings reached against their date, with the median and quartiles.

    Parameters
    ----------
    utilisation : DataFrame
        Table ``utilisation``.
    """
    with house_style():
        figure, axes = new_figure(3.2)
        found = summarise_utilisation(utilisation)
        axes.axhspan(found.quartiles.low, found.quartiles.high, color=COLOURS["blue"], alpha=0.12, linewidth=0)
        axes.axhline(found.median, color=COLOURS["blue"], linewidth=1.4)
        for share, look in SHARE_LOOKS.items():
            known = utilisation.dropna(subset=share)
            dates = pd.to_datetime(known["published"])
            axes.scatter(dates, known[share], s=22, label=f"{SHARES[share]}, n = {len(known)}", **look)
        axes.set_ylim(0.0, 1.0)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.0f} %"))
        axes.set_xlabel("Date of publication")
        axes.set_ylabel("Share of the peak rate")
        axes.legend(loc="upper left")
    return figure


def describe_utilisation(utilisation: pd.DataFrame) -> str:
    """Alternative text of `draw_utilisation`."""
    parts = [f"{SHARES[share]}: {_shares(summarise_utilisation(utilisation, share))}" for share in SHARE_LOOKS]
    return f"Scatter plot of the share of the peak rate that trainings reached against date. {'; '.join(parts)}."


def draw_reconciliation(reconciled: pd.DataFrame) -> Figure:
    """Draw burden over operations for each model that has both, beside what utilisation and precision explain.

    Parameters
    ----------
    reconciled : DataFrame
        What `reconcile` returns; only models that count the same training are drawn.
    """
    table = _in_order(reconciled)
    with house_style():
        figure, axes = new_figure(0.27 * len(table) + 1.2)
        heights = np.arange(len(table), dtype=float)
        for burden, look in BURDEN_LOOKS.items():
            axes.scatter(
                10.0 ** table[f"{burden}_log10_ratio"], heights, s=32, zorder=3, label=f"{burden} burden", **look
            )
        axes.scatter(
            10.0 ** table["log10_expected"], heights, s=130, marker="|", color=INK, linewidth=1.8, zorder=2,
            label="utilisation and precision alone",
        )  # fmt: skip
        axes.set_xscale("log")
        axes.set_xlim(0.02, 400.0)
        axes.axvline(1.0, color=INK, linewidth=0.8, linestyle=":")
        number_axis(axes, most=6)
        name_rows(axes, _names(table), top=-0.6)
        counted = (table["method"] == BY_TIME).to_numpy()
        for title, rows in (("counted otherwise", ~counted), (f"counted by {BY_TIME}", counted)):
            if not rows.any():
                continue
            axes.annotate(
                title, (0.99, heights[rows][0]), xycoords=("axes fraction", "data"), ha="right", va="center",
                fontsize="small", color=INK,
            )  # fmt: skip
        axes.axhline(counted.argmax() - 0.5, color=INK, linewidth=0.8)
        axes.set_xlabel("Burden over operations performed")
        figure.legend(loc="outside lower center", ncols=3, fontsize="small")
    return figure


def describe_reconciliation(reconciled: pd.DataFrame) -> str:
    """Alternative text of `draw_reconciliation`."""
    table = _in_order(reconciled)
    parts = [
        f"{row.model}, {row.benchmark} ({row.method}): published {10**row.published_log10_ratio:.2g}, audited"
        f" {'unknown' if np.isnan(row.audited_log10_ratio) else f'{10**row.audited_log10_ratio:.2g}'}, explained"
        f" {10**row.log10_expected:.2g}"
        for row in table.itertuples()
    ]
    return (
        f"Dots of hardware burden over operations performed for {len(table)} models, {' and '.join(BURDENS)}, by the"
        f" way the operations were counted, with a tick at what utilisation and precision alone give."
        f" {'; '.join(parts)}."
    )


def draw_editions(compared: pd.DataFrame) -> Figure:
    """Draw how much computing a dollar, a kilowatt-hour and a kilogram of CO2 go with under each edition.

    Parameters
    ----------
    compared : DataFrame
        What `compare_editions` returns.
    """
    units = [unit for unit in PURCHASES if unit != "lb CO2"]
    with house_style():
        figure, grid = new_grid(2.2, 1, len(units))
        for axes, unit in zip(grid, units, strict=True):
            rows = compared[compared["unit"] == unit].set_index("edition")
            for height, (edition, look) in enumerate(EDITION_LOOKS.items()):
                row = rows.loc[edition]
                ends = [row["log10_gflop_low"], row["log10_gflop_high"]]
                axes.plot(ends, [height, height], linewidth=2.0, **look)
                axes.plot(row["log10_gflop"], height, marker="o", color=look["color"], markersize=6.5)
            name_rows(axes, list(EDITION_LOOKS) if unit == units[0] else [""] * len(EDITION_LOOKS), top=-0.6)
            axes.margins(x=0.15)
            decade_axis(axes, most=4)
            axes.set_title(f"GFLOP per {unit.replace('CO2', 'CO$_2$')}", fontsize="medium", loc="left")
    return figure


def describe_editions(compared: pd.DataFrame) -> str:
    """Alternative text of `draw_editions`."""
    parts = [
        f"{row.unit}, {row.edition}: 10 to the {row.log10_gflop:.2f} ({row.log10_gflop_low:.2f} to"
        f" {row.log10_gflop_high:.2f}) GFLOP, {row.times_base:.2g} times that of {PUBLISHED_COSTS}"
        for row in compared[compared["unit"] != "lb CO2"].itertuples()
    ]
    return f"Dots with ranges: computing per unit of cost under three editions of the constants. {'; '.join(parts)}."


def _in_order(reconciled: pd.DataFrame) -> pd.DataFrame:
    """Models that count the same training, those counted by hardware time last."""
    same = reconciled[reconciled["relation"] == SAME]
    return same.sort_values(["method", "published_log10_ratio"], key=_methods_last, kind="stable")


def _methods_last(column: pd.Series) -> pd.Series:
    return (column == BY_TIME) if column.name == "method" else column


def _names(table: pd.DataFrame) -> list[str]:
    """Names of models, with their benchmark where two have one name."""
    twice = table["model"].duplicated(keep=False)
    return [
        f"{row.model}, {row.benchmark}" if again else str(row.model)
        for row, again in zip(table.itertuples(), twice, strict=True)
    ]


def _growth(trend: Trend) -> str:
    growth = trend.growth()
    return f"{trend.growth_per_year:.2f} times a year ({growth.low:.2f} to {growth.high:.2f} at {percent(LEVEL)})"


def _shares(found: Utilisation) -> str:
    return (
        f"{found.n} trainings, median {percent(found.median)}, quartiles {percent(found.quartiles.low)} and"
        f" {percent(found.quartiles.high)}, from {percent(found.ends.low)} to {percent(found.ends.high)}"
    )
