"""Missing hardware burdens: how they are filled, and what becomes of the law."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

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
    percent_axis,
)
from computational_limits.imputation import COMPLETE, METHODS, MULTIPLE, SINGLE, Gaps, fill_once

METHOD_LOOK = {
    COMPLETE: {"color": INK, "linestyle": "-"},
    SINGLE: {"color": COLOURS["orange"], "linestyle": "--"},
    MULTIPLE: {"color": COLOURS["blue"], "linestyle": "-"},
}
"""Colour and dash of each method, everywhere."""
EXPONENT_LIMITS = (8.0, 20.0)


def draw_filling(gaps: Gaps, completed: Gaps) -> Figure:
    """Draw the models with both measures and the filled gaps, against operations and against error.

    Parameters
    ----------
    gaps : Gaps
        The models of one benchmark, shape (n,).
    completed : Gaps
        A few of their imputations, shape (M, n).
    """
    missing = np.isnan(gaps.burden)
    both = ~missing & np.isfinite(gaps.operations)
    filled, error = fill_once(gaps), 100 * 10.0**-gaps.performance
    clouds = completed.burden[..., missing]
    with house_style():
        figure, (left, right) = new_grid(3.9, rows=1, columns=2)
        operations = np.broadcast_to(gaps.operations[missing], clouds.shape)
        look = {"s": 9, "color": COLOURS["blue"], "alpha": 0.25, "lw": 0, "marker": "o"}
        left.scatter(operations.ravel(), clouds.ravel(), **look)
        left.scatter(gaps.operations[missing], filled[missing], s=16, color=COLOURS["orange"], marker="D", lw=0)
        left.scatter(gaps.operations[both], gaps.burden[both], s=28, color=INK, marker="o", lw=0)
        left.set_xlabel("Network operations (GFLOP)")
        left.set_ylabel("Hardware burden (GFLOP)")
        right.scatter(clouds.ravel(), np.broadcast_to(error[missing], clouds.shape).ravel(), **look)
        right.scatter(filled[missing], error[missing], s=16, color=COLOURS["orange"], marker="D", lw=0)
        right.scatter(gaps.burden[~missing], error[~missing], s=20, color=INK, marker="o", lw=0)
        percent_axis(right, 0.95 * error.min(), 1.05 * error.max())
        right.set_xlabel("Hardware burden (GFLOP)")
        right.set_ylabel("Error")
        for axes, which in ((left, "x"), (left, "y"), (right, "x")):
            decade_axis(axes, which, most=6)
        handles = [
            left.scatter([], [], s=30, lw=0, color=colour, marker=marker, label=label)
            for colour, marker, label in (
                (INK, "o", "burden recorded"),
                (COLOURS["orange"], "D", "filled once"),
                (COLOURS["blue"], "o", f"{len(clouds)} imputations"),
            )
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=3, fontsize="small")
    return figure


def describe_filling(gaps: Gaps, completed: Gaps) -> str:
    """Alternative text of `draw_filling`."""
    missing = np.isnan(gaps.burden)
    spread = float(completed.burden[..., missing].std(axis=0).mean())
    return (
        "Two scatter plots on logarithmic axes. Left, hardware burden against network operations:"
        f" {gaps.with_both} models have both, {int(missing.sum())} gaps lie on one line when filled once and spread"
        f" around it with a standard deviation of {spread:.2f} decades when imputed. Right, error against hardware"
        f" burden: {int((~missing).sum())} recorded burdens and the same two fills."
    )


def draw_methods(table: pd.DataFrame, editions: Mapping[str, str]) -> Figure:
    """Draw the exponent of each way to treat a missing burden, by edition.

    Parameters
    ----------
    table : DataFrame
        Rows of ``consolidated.csv`` of one benchmark that have a law.
    editions : mapping
        Vintage to its name, in reading order.
    """
    rows = [row for vintage in editions for row in table[table["vintage"] == vintage].to_dict("records")]
    labels = [f"{row['method']}, {editions[row['vintage']]} (n = {row['n']})" for row in rows]
    with house_style():
        figure, axes = new_figure(0.9 + 0.36 * len(rows))
        for height, row in enumerate(rows):
            ends = (row["exponent_low"], row["exponent_high"])
            draw_interval(axes, height, row["exponent"], ends, EXPONENT_LIMITS, METHOD_LOOK[row["method"]])
        axes.set_xlim(*EXPONENT_LIMITS)
        number_axis(axes)
        axes.set_xlabel("Exponent of hardware burden")
        name_rows(axes, labels, top=-0.7)
    return figure


def describe_methods(table: pd.DataFrame, editions: Mapping[str, str]) -> str:
    """Alternative text of `draw_methods`."""
    cells = table.set_index(["vintage", "method"])
    parts = [
        f"{name}: "
        + ", ".join(
            "{method} {exponent:.1f} ({exponent_low:.1f} to {exponent_high:.1f})".format(
                method=method, **cells.loc[(vintage, method), ["exponent", "exponent_low", "exponent_high"]].to_dict()
            )
            for method in METHODS
        )
        for vintage, name in editions.items()
    ]
    return f"Dots with 90 percent intervals of the exponent of hardware burden. {'; '.join(parts)}."
