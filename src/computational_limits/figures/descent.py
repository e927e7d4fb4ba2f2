"""Least squares stopped early: risk by sample size and along time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from computational_limits.figures.style import (
    COLOURS,
    ERRORS_SHOWN,
    ESTIMATOR_LOOK,
    INK,
    house_style,
    new_grid,
    number_axis,
)

LOOK: dict[str, dict[str, Any]] = {
    "run to the end": {**ESTIMATOR_LOOK["flexible"], "linestyle": "--"},
    "stopped": {"color": COLOURS["red"], "linestyle": "-.", "marker": "D"},
    "lasso": {"color": COLOURS["grey"], "linestyle": ":", "marker": "P"},
    "oracle": ESTIMATOR_LOOK["oracle"],
}
"""Colour, dash and mark of each way to fit."""
NAMES = {
    "run to the end": "gradient descent, run to the end",
    "stopped": "gradient descent, stopped at the best time",
    "lasso": "LASSO, best penalty",
    "oracle": "oracle",
}


def draw_early_stopping(curves: pd.DataFrame, points: pd.DataFrame) -> Figure:
    """Draw what stopping early does.

    Parameters
    ----------
    curves : DataFrame
        ``method``, one of `NAMES`, ``n`` and ``risk`` over the noise
        variance. Rows whose ``source`` is *simulation* are marks, with two
        standard errors where there is ``risk_se``; all others, and all rows
        without that column, are lines.
    points : DataFrame
        Risk along time at one sample size: ``n``, ``time``, ``risk``
        and, likewise, ``source`` and ``risk_se``.

    Raises
    ------
    ValueError
        For an unknown method, or times of several sample sizes.
    """
    unknown = sorted(set(curves["method"]) - set(LOOK))
    if unknown:
        raise ValueError(f"unknown methods {unknown}: give some of {list(LOOK)}")
    size, best = _one_size(points), _best(points)
    with house_style():
        figure, (left, right) = new_grid(4.0, rows=1, columns=2)
        for method, look in LOOK.items():
            rows = curves[curves["method"] == method].sort_values("n")
            if not rows.empty:
                _draw_rows(left, rows, "n", look)
                left.plot([], [], linewidth=1.5, label=NAMES[method], color=look["color"], linestyle=look["linestyle"])
        _draw_rows(right, points.sort_values("time"), "time", LOOK["stopped"])
        right.plot(best["time"], best["risk"], marker="*", markersize=11, color=INK, zorder=5)
        right.annotate(
            "best time", (best["time"], best["risk"]), xytext=(0, -9), textcoords="offset points", ha="center",
            va="top", fontsize="small", color=INK,
        )  # fmt: skip
        right.margins(y=0.14)
        for axes in (left, right):
            axes.set_xscale("log")
            axes.set_yscale("log")
            number_axis(axes, "y")
        number_axis(left, most=5)
        right.xaxis.set_minor_locator(NullLocator())
        left.set_xlabel("Observations")
        left.set_ylabel("Risk over noise variance")
        left.set_title("By sample size", fontsize="medium", loc="left")
        right.set_xlabel("Time (steps times their length)")
        right.set_title(f"Gradient descent along time, n = {size:,}", fontsize="medium", loc="left")
        figure.legend(loc="outside lower center", ncols=2, fontsize="small")
    return figure


def describe_early_stopping(curves: pd.DataFrame, points: pd.DataFrame) -> str:
    """Alternative text of `draw_early_stopping`."""
    size, best, last = _one_size(points), _best(points), points.sort_values("time").iloc[-1]
    parts = []
    for method, name in NAMES.items():
        rows = curves[curves["method"] == method].sort_values("n")
        if not rows.empty:
            first, end = (f"{row['risk']:.3g} at {row['n']:,}" for _, row in rows.iloc[[0, -1]].iterrows())
            parts.append(f"{name} from {first} to {end}")
    return (
        f"Two charts on logarithmic axes. Left, risk over noise variance against observations: {'; '.join(parts)}."
        f" Right, risk along the time of gradient descent with {size:,} observations: lowest, {best['risk']:.3g}, at"
        f" time {best['time']:.3g}, and {last['risk']:.3g} at the last time shown."
    )


def _one_size(points: pd.DataFrame) -> int:
    sizes = points["n"].unique()
    if len(sizes) != 1:
        raise ValueError(f"risk along time needs one sample size, got {sorted(sizes)}")
    return int(sizes[0])


def _best(points: pd.DataFrame) -> pd.Series:
    """The lowest point of the line, or of the marks where there is no line."""
    theory, means = _by_source(points)
    return (means if theory.empty else theory).sort_values("risk").iloc[0]


def _by_source(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of theory, and rows that were simulated."""
    simulated = rows.get("source", pd.Series("theory", index=rows.index)) == "simulation"
    return rows[~simulated], rows[simulated]


def _draw_rows(axes: Axes, rows: pd.DataFrame, along: str, look: Mapping[str, Any]) -> None:
    """Draw theory as a line and simulated means as marks, joined where there is no theory."""
    theory, means = _by_source(rows)
    line = means if theory.empty else theory
    axes.plot(line[along], line["risk"], color=look["color"], linestyle=look["linestyle"], linewidth=1.5)
    if not means.empty:
        errors = ERRORS_SHOWN * means["risk_se"] if "risk_se" in means else None
        axes.errorbar(
            means[along], means["risk"], yerr=errors, linestyle="none", marker=look["marker"], color=look["color"],
            markersize=4,
        )  # fmt: skip
