"""Exponents and projections of all benchmarks side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from computational_limits.figures.style import (
    COLOURS,
    INK,
    draw_interval,
    house_style,
    name_rows,
    new_grid,
    number_axis,
)
from computational_limits.fits import COMPUTING_ON_PERFORMANCE, ORTHOGONAL, REDUCED_MAJOR_AXIS
from computational_limits.scaling import PERFORMANCE_ON_COMPUTING
from computational_limits.uncertainty import LEVEL, Interval
from computational_limits.wording import interval_text, percent

EXPONENT_LIMITS = (1.0, 1000.0)
"""Range of exponents shown; an interval that leaves it ends in an arrow."""
DIRECTION_LOOKS: dict[str, dict[str, Any]] = {
    PERFORMANCE_ON_COMPUTING: {"color": COLOURS["blue"], "linestyle": "-", "marker": "o"},
    ORTHOGONAL: {"color": COLOURS["green"], "linestyle": "-", "marker": "s"},
    REDUCED_MAJOR_AXIS: {"color": COLOURS["purple"], "linestyle": "-", "marker": "^"},
    COMPUTING_ON_PERFORMANCE: {"color": COLOURS["orange"], "linestyle": "-", "marker": "D"},
}
"""Colour and mark of each direction, from the largest exponent to the smallest."""


def draw_exponents(regressions: pd.DataFrame, names: Mapping[str, str], theory: float) -> Figure:
    """Draw the exponent of each benchmark by vintage and direction, a panel a benchmark.

    Parameters
    ----------
    regressions : DataFrame
        Rows of ``regressions.csv`` of one form and measure, one a benchmark, vintage and direction.
    names : mapping
        Benchmark to the name of its data set, in reading order.
    theory : float
        The lower bound that theory gives.
    """
    vintages, directions = list(regressions["vintage"].unique()), list(DIRECTION_LOOKS)
    shifts = np.linspace(-0.32, 0.32, len(directions))
    panels = regressions.set_index(["benchmark", "vintage", "direction"])
    with house_style():
        figure, grid = new_grid(8.4, rows=-(-len(names) // 2), columns=2)
        for place, (axes, (benchmark, name)) in enumerate(zip(grid, names.items(), strict=False)):
            for height, vintage in enumerate(vintages):
                for shift, direction in zip(shifts, directions, strict=True):
                    row = panels.loc[(benchmark, vintage, direction)]
                    ends = (row["exponent_low"], row["exponent_high"])
                    look = DIRECTION_LOOKS[direction]
                    draw_interval(axes, height + shift, row["exponent"], ends, EXPONENT_LIMITS, look, size=4.5)
            axes.set_xscale("log")
            axes.set_xlim(*EXPONENT_LIMITS)
            axes.axvline(theory, color=COLOURS["red"], linestyle="--", linewidth=1.2)
            counts = [panels.loc[(benchmark, vintage, directions[0]), "n"] for vintage in vintages]
            words = [f"{vintage}\nn = {n}" for vintage, n in zip(vintages, counts, strict=True)]
            name_rows(axes, words, top=-0.6)
            axes.tick_params(axis="y", pad=7)
            for height in range(1, len(vintages)):
                axes.axhline(height - 0.5, color=INK, linewidth=0.4, alpha=0.4)
            number_axis(axes, most=6)
            axes.set_title(name, fontsize="medium", loc="left")
            if place == 0:
                for direction in directions:
                    axes.plot([], [], markersize=5.5, label=direction, **DIRECTION_LOOKS[direction])
                axes.plot(
                    [], [], color=COLOURS["red"], linestyle="--", linewidth=1.2, label=f"theory, at least {theory:g}"
                )
        for axes in grid[len(names) :]:
            axes.set_visible(False)
        handles, texts = grid[0].get_legend_handles_labels()
        figure.legend(handles, texts, loc="outside upper center", ncols=3)
        figure.supxlabel("Exponent: power of performance that computing grows with", fontsize="medium")
    return figure


def describe_exponents(regressions: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Alternative text of `draw_exponents`."""
    parts = []
    for benchmark, name in names.items():
        rows = regressions[regressions["benchmark"] == benchmark]
        first = rows[rows["vintage"] == rows["vintage"].iloc[0]].set_index("direction")
        words = [
            f"{direction} {first.loc[direction, 'exponent']:.1f}"
            f" ({interval_text(Interval(*first.loc[direction, ['exponent_low', 'exponent_high']]))})"
            for direction in DIRECTION_LOOKS
        ]
        least, most = rows["exponent"].min(), rows["exponent"].max()
        parts.append(f"{name}, {', '.join(words)}; over all vintages from {least:.1f} to {most:.1f}")
    vintages = list(regressions["vintage"].unique())
    return (
        f"{len(names)} panels, one a benchmark, with marks and {percent(LEVEL)} intervals of the exponent on a"
        f" logarithmic axis for {len(DIRECTION_LOOKS)} directions in the vintages {', '.join(vintages)}."
        f" Vintage {vintages[0]}: {'. '.join(parts)}."
    )
