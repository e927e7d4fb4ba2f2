"""Exponents and projections of all benchmarks side by side."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from computational_limits.figures.style import (
    COLOURS,
    FORM_LOOK,
    MARKERS,
    decade_axis,
    draw_interval,
    house_style,
    name_rows,
    new_figure,
    new_grid,
)

EXPONENT_LIMITS = (3.0, 1000.0)
"""Range of exponents shown; an interval that leaves it ends in an arrow."""
LARGEST_DECADE = 125.0
"""Largest log10 GFLOP shown; an interval that leaves it ends in an arrow."""


def draw_exponents(regressions: pd.DataFrame, names: Mapping[str, str], theory: float) -> Figure:
    """Draw the polynomial exponent of each benchmark with its interval.

    Parameters
    ----------
    regressions : DataFrame
        Polynomial rows of ``regressions.csv``.
    names : mapping
        Benchmark to the name of its data set, in reading order.
    theory : float
        The lower bound that theory gives.
    """
    rows = regressions.set_index("benchmark").loc[list(names)]
    with house_style():
        figure, axes = new_figure(3.2)
        for height, (_, row) in enumerate(rows.iterrows()):
            draw_interval(
                axes,
                height,
                row["exponent"],
                (row["exponent_low"], row["exponent_high"]),
                EXPONENT_LIMITS,
                {"color": COLOURS["blue"], "linestyle": "-"},
            )
        axes.set_xscale("log")
        axes.set_xlim(*EXPONENT_LIMITS)
        axes.axvline(theory, color=COLOURS["red"], linestyle="--", linewidth=1.2)
        axes.annotate(
            f"theory: at least {theory:g}", (theory, -0.75), xytext=(4, 0), textcoords="offset points",
            va="center", fontsize="small", color=COLOURS["red"],
        )  # fmt: skip
        name_rows(axes, [f"{name} (n = {n})" for name, n in zip(names.values(), rows["n"], strict=True)], top=-1.1)
        axes.set_xticks([4, 10, 20, 50, 100, 200, 500], labels=["4", "10", "20", "50", "100", "200", "500"])
        axes.minorticks_off()
        axes.set_xlabel("Exponent: power of performance that computing grows with")
    return figure


def describe_exponents(regressions: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Alternative text of `draw_exponents`."""
    rows = regressions.set_index("benchmark").loc[list(names)]
    parts = [
        f"{names[str(key)]} {row['exponent']:.1f}, from {row['exponent_low']:.1f} "
        + (f"to {row['exponent_high']:.1f}" if np.isfinite(row["exponent_high"]) else "without an upper bound")
        for key, row in rows.iterrows()
    ]
    return f"Dots with 90 percent intervals of the exponent on a logarithmic axis: {'; '.join(parts)}."


def draw_targets(projections: pd.DataFrame, names: Mapping[str, str]) -> Figure:
    """Draw the computing at the two lower targets for both forms, with intervals.

    Parameters
    ----------
    projections : DataFrame
        Rows of ``projections.csv`` of one vintage and measure.
    names : mapping
        Benchmark to the name of its data set, in reading order; those without
        targets are left out.
    """
    labels = [label for label in projections["label"].unique() if label != "today"]
    shown = [key for key in names if key in set(projections["benchmark"])]
    with house_style():
        figure, grid = new_grid(4.3, rows=1, columns=len(labels), share_y=True)
        for axes, label in zip(grid, labels, strict=True):
            for form, shift in (("polynomial", -0.16), ("exponential", 0.16)):
                rows = projections[(projections["label"] == label) & (projections["form"] == form)]
                rows = rows.set_index("benchmark").loc[shown]
                for height, (_, row) in enumerate(rows.iterrows()):
                    ends = (row["log10_gflop_low"], row["log10_gflop_high"])
                    draw_interval(
                        axes, height + shift, row["log10_gflop"], ends, (0.0, LARGEST_DECADE), FORM_LOOK[form]
                    )
                axes.plot(
                    [],
                    [],
                    marker=MARKERS[FORM_LOOK[form]["linestyle"]],
                    label=f"{form} form",
                    **FORM_LOOK[form],
                )
            axes.set_xlim(0.0, LARGEST_DECADE)
            decade_axis(axes, most=6)
            axes.set_title(label.capitalize(), fontsize="medium", loc="left")
        name_rows(grid[0], [names[key] for key in shown], top=-0.6)
        figure.supxlabel("Hardware burden at the target (GFLOP)", fontsize="medium")
        handles, texts = grid[0].get_legend_handles_labels()
        figure.legend(handles, texts, loc="outside upper right", ncols=2)
    return figure


def describe_targets(projections: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Alternative text of `draw_targets`."""
    rows = projections[(projections["label"] != "today") & (projections["form"] == "polynomial")]
    parts = [
        f"{names[row.benchmark]} {row.label} ({100 * row.error:g} percent error) 10 to the {row.log10_gflop:.0f}"
        for row in rows.itertuples()
    ]
    return (
        "Dots with 90 percent intervals of the computing needed at two targets, for the polynomial and the exponential"
        f" form. Polynomial form, in GFLOP: {'; '.join(parts)}. The exponential form lies further out everywhere."
    )
