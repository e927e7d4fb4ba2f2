"""One visual language: sizes, colours that colour-blind readers can tell apart, and axes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axes._secondary_axes import SecondaryAxis
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullFormatter
from scipy.optimize import isotonic_regression

from computational_limits.arrays import FloatArray

WIDTH_IN = 7.0
"""Width of a figure across the text, in inches."""
COLOURS: dict[str, Any] = {
    "blue": "#0173b2",
    "orange": "#de8f05",
    "green": "#029e73",
    "red": "#d55e00",
    "purple": "#cc78bc",
    "brown": "#ca9161",
    "pink": "#fbafe4",
    "grey": "#949494",
    "yellow": "#ece133",
    "sky": "#56b4e9",
}
"""The palette for colour-blind readers of seaborn, which takes half a second to import."""
INK = "#333333"
FORM_LOOK = {
    "polynomial": {"color": COLOURS["blue"], "linestyle": "-"},
    "exponential": {"color": COLOURS["orange"], "linestyle": "--"},
}
"""Colour and dash of each form, everywhere."""
MARKERS = {"-": "o", "--": "D"}
"""Mark that goes with each dash."""
ERRORS_SHOWN = 2.0
"""Standard errors that a bar on a simulated mean reaches to either side."""
ESTIMATOR_LOOK = {
    "oracle": {"color": COLOURS["green"], "linestyle": "-", "marker": "s"},
    "expert": {"color": COLOURS["purple"], "linestyle": "-.", "marker": "D"},
    "regularised flexible": {"color": COLOURS["orange"], "linestyle": "--", "marker": "^"},
    "flexible": {"color": COLOURS["blue"], "linestyle": "-", "marker": "o"},
}
"""Colour, dash and mark of each estimator of the theory, everywhere."""
SETTINGS: dict[Any, Any] = {
    **dict.fromkeys(("axes.labelcolor", "text.color", "xtick.color", "ytick.color"), ".15"),
    **dict.fromkeys(("font.size", "axes.labelsize", "axes.titlesize", "legend.title_fontsize"), 10.08),
    **dict.fromkeys(("xtick.labelsize", "ytick.labelsize", "legend.fontsize"), 9.24),
    **dict.fromkeys(("axes.linewidth", "xtick.major.width", "ytick.major.width"), 1.0),
    **dict.fromkeys(("patch.linewidth", "xtick.minor.width", "ytick.minor.width"), 0.8),
    **dict.fromkeys(("xtick.major.size", "ytick.major.size"), 4.8),
    **dict.fromkeys(("xtick.minor.size", "ytick.minor.size"), 3.2),
    "lines.linewidth": 1.2,
    "lines.markersize": 4.8,
    "lines.solid_capstyle": "round",
    "patch.edgecolor": "w",
    "patch.force_edgecolor": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.edgecolor": INK,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "legend.frameon": False,
    "pdf.fonttype": 42,
    "savefig.facecolor": "white",
    "svg.hashsalt": "computational-limits",
}
"""The look of seaborn's ticks, at its size for papers with slightly larger letters, and what departs from it."""


@contextmanager
def house_style() -> Iterator[None]:
    """Apply the house style to what is drawn inside."""
    with mpl.rc_context(SETTINGS):
        yield


def new_figure(height_in: float) -> tuple[Figure, Axes]:
    """Make a figure outside any global state, with one set of axes."""
    figure = Figure(figsize=(WIDTH_IN, height_in), layout="constrained")
    return figure, figure.subplots()


def new_grid(height_in: float, rows: int, columns: int, share_y: bool = False) -> tuple[Figure, list[Axes]]:
    """Make a figure outside any global state, with axes row by row."""
    figure = Figure(figsize=(WIDTH_IN, height_in), layout="constrained")
    return figure, list(figure.subplots(rows, columns, squeeze=False, sharey=share_y).flat)


def decade_axis(axis_of: Axes | SecondaryAxis, which: str = "x", most: int = 8) -> None:
    """Label an axis of log10 values with powers of ten."""
    axis = axis_of.xaxis if which == "x" else axis_of.yaxis
    axis.set_major_locator(MaxNLocator(nbins=most, integer=True, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"$10^{{{value:.0f}}}$"))


def number_axis(axes: Axes, which: str = "x", most: int = 9) -> None:
    """Label a logarithmic axis, whose limits are final, with few plain numbers."""
    axis, (low, high) = (axes.xaxis, axes.get_xlim()) if which == "x" else (axes.yaxis, axes.get_ylim())
    for steps in ((1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,)):
        ticks = [step * 10.0**power for power in range(-9, 10) for step in steps]
        inside = [tick for tick in ticks if low <= tick <= high]
        if len(inside) <= most:
            break
    axis.set_major_locator(FixedLocator(inside))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axis.set_minor_locator(FixedLocator([]))


def percent_axis(axes: Axes, low: float, high: float) -> None:
    """Make y a logarithmic axis of error in percent, with ticks that fit the range."""
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    steps = (1, 1.5, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 70, 80, 90, 100)
    inside = [step for step in steps if low <= step <= high]
    if len(inside) < 3:  # a narrow range, or one far below a percent
        inside = [step for step in MaxNLocator(5).tick_values(low, high) if low <= step <= high]
    thinned = inside if len(inside) <= 7 else inside[:: len(inside) // 6 + 1]
    axes.yaxis.set_major_locator(FixedLocator(thinned))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g} %"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_minor_locator(FixedLocator([]))


def draw_interval(
    axes: Axes,
    height: float,
    centre: float,
    ends: tuple[float, float],
    limits: tuple[float, float],
    look: Mapping[str, Any],
    size: float = 6.5,
) -> None:
    """Draw a mark and its interval, with an arrow at an end that leaves the axis.

    Without a ``marker`` among its looks, the mark goes with the dash. ``size`` is that of the mark, in points.
    """
    low, high = (float(np.clip(end, *limits)) for end in ends)
    line = {"color": look["color"], "linestyle": look["linestyle"]}
    axes.plot([low, high], [height, height], linewidth=0.28 * size, **line)
    for beyond, shown, arrow in ((ends[0] < limits[0], low, "<"), (ends[1] > limits[1], high, ">")):
        if beyond:
            axes.plot(shown, height, marker=arrow, color=look["color"], markersize=0.92 * size, clip_on=False)
    if limits[0] <= centre <= limits[1]:
        marker = look.get("marker", MARKERS.get(str(look["linestyle"])))
        axes.plot(centre, height, marker=marker, color=look["color"], markersize=size)


def name_rows(axes: Axes, names: list[str], top: float) -> None:
    """Put names in place of the numbers of y, the first on top."""
    axes.set_yticks(range(len(names)), labels=names)
    axes.set_ylim(len(names) - 0.4, top)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.grid(axis="y", visible=False)


def spread(heights: FloatArray, gap: float) -> FloatArray:
    """Heights moved as little as can be until no two are closer than ``gap``.

    Examples
    --------
    >>> spread(np.array([1.0, 0.0, 1.0]), 0.5).tolist()
    [0.75, 0.0, 1.25]
    """
    order = np.argsort(heights, kind="stable")
    steps = gap * np.arange(len(heights))
    placed = np.empty(len(heights))
    placed[order] = isotonic_regression(heights[order] - steps).x + steps
    return placed
