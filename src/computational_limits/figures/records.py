"""Error against hardware burden of every record that gives both, by vintage."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from computational_limits.figures.style import COLOURS, INK, decade_axis, house_style, new_grid, percent_axis

PANELS_ACROSS = 3
LOOKS: dict[str, dict[str, Any]] = {
    "2020-records": {"facecolor": COLOURS["blue"], "edgecolor": "none", "marker": "o", "alpha": 0.7},
    "2022": {"facecolor": "none", "edgecolor": COLOURS["red"], "marker": "^", "alpha": 0.9},
}
"""Colour and mark of each vintage that is drawn."""


def draw_records(models: pd.DataFrame, names: Mapping[str, str]) -> Figure:
    """Draw the records as published: a panel for each benchmark, a mark for each vintage.

    Parameters
    ----------
    models : DataFrame
        Models of the vintages in `LOOKS`, as `read_models` gives them, one below
        the other; those without a hardware burden are not drawn.
    names : mapping
        Benchmark to the name of its data set, in reading order.
    """
    drawn = models.dropna(subset="hardware_burden_gflop")
    rows = math.ceil(len(names) / PANELS_ACROSS)
    with house_style():
        figure, grid = new_grid(2.45 * rows, rows, PANELS_ACROSS)
        for axes, (benchmark, name) in zip(grid, names.items(), strict=False):
            panel = drawn[drawn["benchmark"] == benchmark]
            for vintage, look in LOOKS.items():
                part = panel[panel["vintage"] == vintage]
                axes.scatter(
                    np.log10(part["hardware_burden_gflop"]), 100 * part["error"], s=16, linewidth=1.0, zorder=3, **look
                )
            if len(panel):
                percent_axis(axes, 100 * panel["error"].min() / 1.08, min(100 * panel["error"].max() * 1.08, 100.0))
            decade_axis(axes, most=4)
            axes.set_title(name, fontsize="medium", loc="left")
            counts = " + ".join(str((panel["vintage"] == vintage).sum()) for vintage in LOOKS)
            axes.annotate(
                f"n = {counts}", (1, 1), xycoords="axes fraction", ha="right", va="top", fontsize="small", color=INK
            )
        for spare in grid[len(names) :]:
            spare.remove()
        handles = [grid[0].scatter([], [], s=24, label=f"vintage {key}", **look) for key, look in LOOKS.items()]
        figure.legend(handles=handles, loc="outside upper center", ncols=len(LOOKS))
        figure.supxlabel("Hardware burden (GFLOP)", fontsize="medium")
        figure.supylabel("Error", fontsize="medium")
    return figure


def describe_records(models: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Alternative text of `draw_records`."""
    drawn = models.dropna(subset="hardware_burden_gflop")
    parts = []
    for benchmark, name in names.items():
        panel = drawn[drawn["benchmark"] == benchmark]
        counts = " and ".join(f"{(panel['vintage'] == vintage).sum()} of {vintage}" for vintage in LOOKS)
        if panel.empty:
            parts.append(f"{name} none")
            continue
        low, high = np.log10(panel["hardware_burden_gflop"]).agg(["min", "max"])
        parts.append(
            f"{name} {counts}, error {100 * panel['error'].min():.1f} to {100 * panel['error'].max():.1f} percent,"
            f" burden 10 to the {low:.1f} to 10 to the {high:.1f} GFLOP"
        )
    return (
        f"{len(names)} small scatter plots of error against hardware burden, one a benchmark, with filled circles for"
        f" the records of 2020 and open triangles for those of 2022: {'; '.join(parts)}."
    )
