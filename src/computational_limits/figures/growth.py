"""Computing against performance where the parameters grow with the data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from computational_limits.figures.style import COLOURS, INK, house_style, new_figure, number_axis

LOOK: dict[str, dict[str, Any]] = {
    "compute_flop": {"color": COLOURS["blue"], "linestyle": "-", "marker": "o"},
    "gradient_flop": {"color": COLOURS["orange"], "linestyle": "--", "marker": "^"},
}
"""Colour, dash and mark of each way to count computing; the keys are columns."""
NAMES = {"compute_flop": "counted in the fit", "gradient_flop": "one gradient pass"}
LAWS = {
    "compute_flop": "computing of a fit against performance",
    "gradient_flop": "computing of a gradient pass against performance",
}
"""The fitted exponent that goes with each column, as `fit_growth` names it."""
BOUND_DEGREE = 4
"""Degree of the lower bound: computing grows at least with this power of performance."""
BELOW = 6.0
"""How far under the lowest mark the line of the bound starts."""


def draw_growth(points: pd.DataFrame, fits: pd.DataFrame, prediction: pd.DataFrame | None = None) -> Figure:
    """Draw computing against performance, with the fitted powers and the lower bound.

    Parameters
    ----------
    points : DataFrame
        What `grow` returns, or means of it: ``n``, ``performance``,
        ``gradient_flop`` and ``compute_flop``; a mark is the geometric mean of a size.
    fits : DataFrame
        What `fit_growth` returns: ``law`` and ``exponent``. The line of a power
        goes through the mark of the largest size, for the fit may be of large ones.
    prediction : DataFrame, optional
        What `predict_growth` returns, drawn as a line.

    Raises
    ------
    ValueError
        If a performance is not above 0, as its logarithm may be.
    """
    means = _means(points)
    exponents = fits.set_index("law")["exponent"]
    performance = means["performance"].to_numpy()
    ends = performance[[0, -1]]
    with house_style():
        figure, axes = new_figure(4.3)
        for column, look in LOOK.items():
            exponent = exponents[LAWS[column]]
            line = means[column].iloc[-1] * (ends / ends[-1]) ** exponent
            axes.plot(ends, line, color=look["color"], linestyle=look["linestyle"], linewidth=1.5)
            axes.plot(
                performance, means[column], linestyle="none", marker=look["marker"], color=look["color"],
                markersize=5.5, label=f"{NAMES[column]}, fitted power {exponent:.2f}",
            )  # fmt: skip
        if prediction is not None:
            axes.plot(
                prediction["performance"], prediction["gradient_flop"], color=INK, linestyle=":", linewidth=1.2,
                label="one gradient pass, state evolution",
            )  # fmt: skip
        lowest = float(means[list(LOOK)].min(axis=None)) / BELOW
        axes.plot(
            ends, lowest * (ends / ends[0]) ** BOUND_DEGREE, color=INK, linestyle="-.", linewidth=1.0,
            label=f"power {BOUND_DEGREE}, the lower bound",
        )  # fmt: skip
        axes.set_xscale("log")
        axes.set_yscale("log")
        number_axis(axes)
        axes.yaxis.set_minor_locator(NullLocator())
        axes.set_xlabel("Performance, 1 / RMSE")
        axes.set_ylabel("Computing (FLOP)")
        axes.legend(loc="upper left", fontsize="small")
    return figure


def describe_growth(points: pd.DataFrame, fits: pd.DataFrame) -> str:
    """Alternative text of `draw_growth`."""
    means, rows = _means(points), fits.set_index("law")
    powers = [
        f"{NAMES[column]} {rows.loc[law, 'exponent']:.2f} ({rows.loc[law, 'low']:.2f} to {rows.loc[law, 'high']:.2f})"
        for column, law in LAWS.items()
    ]
    sizes, performance = means.index, means["performance"]
    return (
        f"Computing against performance on logarithmic axes for {len(means)} sample sizes from {sizes[0]:,} to"
        f" {sizes[-1]:,} observations, the parameters growing with the data. Performance goes from"
        f" {performance.iloc[0]:.2f} to {performance.iloc[-1]:.2f}, computing of a fit from"
        f" 10 to the {np.log10(means['compute_flop'].iloc[0]):.1f} to 10 to the"
        f" {np.log10(means['compute_flop'].iloc[-1]):.1f} FLOP. Fitted powers, with intervals: {'; '.join(powers)}. A"
        f" reference line has power {BOUND_DEGREE}."
    )


def _means(points: pd.DataFrame) -> pd.DataFrame:
    """Geometric means by sample size."""
    quantities = points[["performance", *LOOK]]
    if not (quantities > 0).all(axis=None):
        raise ValueError("performance and computing must be above 0: give 1 / RMSE, not its logarithm")
    means = np.log(quantities).groupby(points["n"]).mean()
    return np.exp(means)
