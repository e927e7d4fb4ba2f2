"""Published burdens against recomputed ones, and the laws before and after."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from computational_limits.audit import AGREES
from computational_limits.figures.style import (
    COLOURS,
    INK,
    MARKERS,
    decade_axis,
    draw_interval,
    house_style,
    name_rows,
    new_grid,
)

CAUSE_LOOK = {
    AGREES: {"color": "#b0b0b0", "marker": "."},
    "device count ignored": {"color": COLOURS["blue"], "marker": "s"},
    "board taken for chip": {"color": COLOURS["purple"], "marker": "D"},
    "wrong card": {"color": COLOURS["orange"], "marker": "^"},
    "other model's cost": {"color": COLOURS["green"], "marker": "v"},
    "unit or typing error": {"color": COLOURS["red"], "marker": "X"},
    "unknown": {"color": INK, "marker": "P"},
}
"""Colour and mark of each cause, everywhere."""
EDITIONS = {"2020": "2020, as published", "2022": "2022 records"}
STATE_LOOK = {
    "before": {"color": COLOURS["grey"], "linestyle": "--"},
    "after": {"color": COLOURS["blue"], "linestyle": "-"},
}
EXPONENT_LIMITS = (3.0, 1000.0)
SHORTEST_MOVE = 0.1
"""Decades below which a correction is not drawn as a move."""


def draw_audit(audited: pd.DataFrame) -> Figure:
    """Draw every published burden against what its record gives, in both editions.

    Parameters
    ----------
    audited : DataFrame
        Rows of ``audit.csv``. An open mark shows where the correction puts a
        burden, where that is visibly elsewhere.
    """
    burdens = np.log10(audited[["published_gflop", "recomputed_gflop", "corrected_gflop"]])
    ends = (float(np.floor(burdens.min(axis=None))), float(np.ceil(burdens.max(axis=None))))
    with house_style():
        figure, grid = new_grid(4.6, rows=1, columns=len(EDITIONS), share_y=True)
        for axes, (edition, title) in zip(grid, EDITIONS.items(), strict=True):
            rows = audited[audited["vintage"] == edition]
            _draw_edition(axes, rows, ends)
            axes.set_title(f"{title} (n = {len(rows)})", fontsize="medium", loc="left")
            axes.set_xlabel("Recomputed from the record (GFLOP)")
        grid[0].set_ylabel("Published hardware burden (GFLOP)")
        handles = [
            grid[0].plot([], [], linestyle="none", markersize=6, label=cause, **look)[0]
            for cause, look in CAUSE_LOOK.items()
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=4, fontsize="small")
    return figure


def describe_audit(audited: pd.DataFrame) -> str:
    """Alternative text of `draw_audit`."""
    parts = []
    for edition, title in EDITIONS.items():
        rows = audited[audited["vintage"] == edition]
        counts = rows["cause"].value_counts()
        causes = ", ".join(f"{cause} {counts[cause]}" for cause in CAUSE_LOOK if cause in counts)
        parts.append(f"{title}: {len(rows)} points, {causes}")
    return (
        "Two scatter plots on logarithmic axes of published against recomputed hardware burden, with the diagonal on"
        f" which they agree; points are marked by the cause of a difference. {'; '.join(parts)}."
    )


def draw_before_after(comparison: pd.DataFrame, names: Mapping[str, str]) -> Figure:
    """Draw the exponent of each benchmark before and after the audit, in both editions.

    Parameters
    ----------
    comparison : DataFrame
        What `sensitivity.compare_regressions` returns, with a column ``edition``.
    names : mapping
        Benchmark to the name of its data set, in reading order.
    """
    with house_style():
        figure, grid = new_grid(4.2, rows=1, columns=len(EDITIONS), share_y=True)
        for axes, (edition, title) in zip(grid, EDITIONS.items(), strict=True):
            rows = comparison[comparison["edition"] == edition].set_index("benchmark").loc[list(names)]
            for height, (_, row) in enumerate(rows.iterrows()):
                for (state, look), shift in zip(STATE_LOOK.items(), (-0.16, 0.16), strict=True):
                    ends = (row[f"exponent_low_{state}"], row[f"exponent_high_{state}"])
                    draw_interval(axes, height + shift, row[f"exponent_{state}"], ends, EXPONENT_LIMITS, look)
            axes.set_xscale("log")
            axes.set_xlim(*EXPONENT_LIMITS)
            axes.set_xticks([4, 10, 20, 50, 100, 200, 500], labels=["4", "10", "20", "50", "100", "200", "500"])
            axes.minorticks_off()
            axes.set_title(title, fontsize="medium", loc="left")
            axes.set_xlabel("Exponent")
        name_rows(grid[0], list(names.values()), top=-0.7)
        handles = [
            grid[0].plot([], [], marker=MARKERS[look["linestyle"]], label=f"{state} the audit", **look)[0]
            for state, look in STATE_LOOK.items()
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=2, fontsize="small")
    return figure


def describe_before_after(comparison: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Alternative text of `draw_before_after`."""
    parts = []
    for edition, title in EDITIONS.items():
        rows = comparison[comparison["edition"] == edition].set_index("benchmark").loc[list(names)]
        parts += [
            f"{title}, {names[str(key)]}: {row['exponent_before']:.1f} before, {row['exponent_after']:.1f} after"
            for key, row in rows.iterrows()
        ]
    return f"Pairs of dots with 90 percent intervals of the exponent before and after the audit. {'; '.join(parts)}."


def _draw_edition(axes: Axes, rows: pd.DataFrame, ends: tuple[float, float]) -> None:
    columns = ("recomputed_gflop", "published_gflop", "corrected_gflop")
    x, y, corrected = (np.log10(rows[column]) for column in columns)
    axes.plot(ends, ends, color=INK, linewidth=0.8)
    for decades in (-2, -1, 1, 2):
        axes.plot(ends, (ends[0] + decades, ends[1] + decades), color="#cccccc", linewidth=0.6, linestyle=":")
    for cause, look in CAUSE_LOOK.items():
        chosen = rows["cause"] == cause
        size = 26 if cause == AGREES else 32
        axes.scatter(x[chosen], y[chosen], s=size, alpha=0.9, lw=0, zorder=3 - (cause == AGREES), **look)
        moved = chosen & ((corrected - x).abs() > SHORTEST_MOVE)
        axes.hlines(y[moved], x[moved], corrected[moved], color=look["color"], linewidth=0.8)
        axes.scatter(
            corrected[moved], y[moved], s=size, facecolor="white", edgecolor=look["color"], marker=look["marker"],
            linewidth=1.0, zorder=4,
        )  # fmt: skip
    axes.set_xlim(*ends)
    axes.set_ylim(*ends)
    axes.set_aspect("equal")
    decade_axis(axes, "x", most=6)
    decade_axis(axes, "y", most=6)
