"""Learning curves of the four estimators: what was simulated as marks, what has a formula as lines.

Performance is minus the mean log10 of the risk over the noise variance. A table
``simulation`` has a row for each estimator, penalty rule and sample size, as
``simulation.csv`` has; a table ``curves`` has ``estimator``, ``penalty``,
``n`` and ``performance_mean`` of closed forms and of state evolution.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from computational_limits.claims import REFERENCE_RISK
from computational_limits.figures.style import (
    COLOURS,
    ERRORS_SHOWN,
    ESTIMATOR_LOOK,
    INK,
    house_style,
    name_rows,
    new_figure,
    new_grid,
    number_axis,
    spread,
)

LASSO = "regularised flexible"
"""Name of the LASSO among the estimators."""
PENALTY_LOOK: dict[str, dict[str, Any]] = {
    "hindsight": {"color": COLOURS["grey"], "linestyle": ":", "marker": "P"},
    "cross-validation": {"color": COLOURS["orange"], "linestyle": "--", "marker": "^"},
    "one standard error": {"color": COLOURS["brown"], "linestyle": "-.", "marker": "X"},
    "universal": {"color": COLOURS["sky"], "linestyle": "-.", "marker": "D"},
    "textbook": {"color": COLOURS["red"], "linestyle": (0, (4, 1, 1, 1, 1, 1)), "marker": "v"},
}
"""Colour, dash and mark of each penalty rule of the LASSO, from the lightest penalty to the heaviest."""
PENALTY_NAMES = {
    "hindsight": "best in hindsight",
    "cross-validation": "cross-validation",
    "one standard error": "one standard error",
    "universal": "universal penalty",
    "textbook": "textbook penalty",
}
"""Words for each rule, after *LASSO*."""
DESIGN_COLUMNS = ["coefficient_law", "relevant", "snr"]
SERIES_COLUMNS = ["estimator", "penalty"]
PERFORMANCE_SERIES = (
    ("oracle", ""),
    (LASSO, "hindsight"),
    (LASSO, "cross-validation"),
    (LASSO, "textbook"),
    ("flexible", ""),
    ("expert", ""),
)
COMPUTING_SERIES = (
    ("oracle", ""),
    ("expert", ""),
    (LASSO, "cross-validation"),
    (LASSO, "textbook"),
    ("flexible", ""),
)
GRID_SERIES = (("oracle", ""), (LASSO, "cross-validation"), (LASSO, "textbook"), ("flexible", ""))
LIGHT = {(LASSO, "hindsight")}
"""Series that stand back."""
LABEL_GAP = 0.062
"""Least distance of two labels at the side of a chart, as a share of its height."""
EDGE = 1.04
"""Where sizes that are not reached are drawn, over the largest that is."""
PERFORMANCE_LABEL = r"Performance, $-\log_{10}$ of risk over noise variance"


def draw_performance(simulation: pd.DataFrame, curves: pd.DataFrame, covariates: int) -> Figure:
    """Draw performance against observations: panel (a) of Figure 1 of the paper.

    Parameters
    ----------
    simulation : DataFrame
        Rows of one design; means are marks with two standard errors.
    curves : DataFrame
        Lines of the same design. Where a series has none, its means are joined.
    covariates : int
        Candidate covariates; the flexible model's descent starts anew there.

    Raises
    ------
    ValueError
        If the rows are of several designs.
    """
    measured, laws = _of_one_design(simulation), with_a_mean(curves)
    with house_style():
        figure, axes = new_figure(4.7)
        ends = {}
        for key in PERFORMANCE_SERIES:
            rows = _series(measured, key)
            if rows.empty:
                continue
            look, light = _look(key), key in LIGHT
            law = _series(laws, key)
            line = rows if law.empty else law
            axes.plot(
                line["n"], line["performance_mean"], color=look["color"], linestyle=look["linestyle"],
                linewidth=1.0 if light else 1.6, zorder=2 - light,
            )  # fmt: skip
            axes.errorbar(
                rows["n"], rows["performance_mean"], yerr=ERRORS_SHOWN * rows["performance_se"], linestyle="none",
                marker=look["marker"], color=look["color"], markersize=3.0 if light else 4.5, elinewidth=1.1,
                zorder=4 - 2 * light,
            )  # fmt: skip
            ends[_name(key)] = (float(line.iloc[-1]["performance_mean"]), look)
        axes.set_xscale("log")
        axes.set_xlim(right=float(max(measured["n"].max(), laws["n"].max())))
        number_axis(axes)
        axes.set_xlabel("Observations")
        axes.set_ylabel(PERFORMANCE_LABEL)
        _mark_covariates(axes, covariates, "observations = covariates")
        _mark_reference(axes, "y", f"risk {REFERENCE_RISK:g} \N{MULTIPLICATION SIGN} noise")
        _label_sources(axes, int(measured["repetitions"].max()))
        _label_ends(axes, ends)
    return figure


def describe_performance(simulation: pd.DataFrame, covariates: int) -> str:
    """Alternative text of `draw_performance`."""
    measured = _of_one_design(simulation)
    ends = []
    for key in PERFORMANCE_SERIES:
        rows = _series(measured, key)
        if not rows.empty:
            first, last = rows.iloc[0], rows.iloc[-1]
            ends.append(
                f"{_name(key)} from {first['performance_mean']:.2f} at {first['n']:,} to"
                f" {last['performance_mean']:.2f} at {last['n']:,}"
            )
    flexible = _series(measured, ("flexible", ""))
    dip = ""
    if not flexible.empty:
        lowest = flexible.loc[flexible["performance_mean"].idxmin()]
        dip = (
            f" The flexible model is worst, {lowest['performance_mean']:.2f}, at {lowest['n']:,} observations for"
            f" {covariates:,} covariates, and improves on both sides."
        )
    return (
        "Line chart of performance against observations on a logarithmic axis, with marks for simulated means and lines"
        f" for closed forms. Performance: {'; '.join(ends)}.{dip}"
    )


def draw_computing(simulation: pd.DataFrame) -> Figure:
    """Draw computing against performance: panel (b) of Figure 1 of the paper.

    Parameters
    ----------
    simulation : DataFrame
        Rows of one design with ``flop``, the mean FLOP counted for a fit.

    Raises
    ------
    ValueError
        If the rows are of several designs.
    """
    measured = _of_one_design(simulation)
    with house_style():
        figure, axes = new_figure(4.4)
        for key in COMPUTING_SERIES:
            rows = _series(measured, key)
            if rows.empty:
                continue
            look = _look(key)
            axes.plot(
                rows["performance_mean"], rows["flop_mean"], linewidth=1.4, markersize=4.5, label=_name(key), **look
            )
        axes.set_yscale("log")
        axes.yaxis.set_minor_locator(NullLocator())
        flexible = _series(measured, ("flexible", ""))
        if not flexible.empty:
            worst = flexible.loc[flexible["performance_mean"].idxmin()]
            axes.annotate(
                f"{worst['n']:,} observations", (worst["performance_mean"], worst["flop_mean"]), xytext=(0, -7),
                textcoords="offset points", ha="left", va="top", fontsize="small", color=INK,
            )  # fmt: skip
        axes.set_xlabel(PERFORMANCE_LABEL)
        axes.set_ylabel("Computing of one fit (FLOP, counted)")
        _mark_reference(axes, "x", f"risk {REFERENCE_RISK:g} \N{MULTIPLICATION SIGN} noise")
        sizes = measured["n"]
        figure.legend(
            loc="outside lower center", ncols=3, fontsize="small",
            title=f"Each line from {sizes.min():,} to {sizes.max():,} observations", title_fontsize="small",
        )  # fmt: skip
    return figure


def describe_computing(simulation: pd.DataFrame) -> str:
    """Alternative text of `draw_computing`."""
    measured = _of_one_design(simulation)
    parts = []
    for key in COMPUTING_SERIES:
        rows = _series(measured, key)
        if not rows.empty:
            first, last = rows.iloc[0], rows.iloc[-1]
            parts.append(
                f"{_name(key)} from {_power(first['flop_mean'])} FLOP at performance {first['performance_mean']:.2f} to"
                f" {_power(last['flop_mean'])} at {last['performance_mean']:.2f}"
            )
    return (
        "Line chart of the floating-point operations counted in one fit, on a logarithmic axis, against performance,"
        f" along growing samples: {'; '.join(parts)}."
    )


def draw_sizes(sizes: pd.DataFrame, published: float) -> Figure:
    """Draw the observations that each penalty rule needs, at each signal-to-noise ratio.

    Parameters
    ----------
    sizes : DataFrame
        ``snr``, ``penalty``, ``n``, ``low`` and ``high``, as
        `simulated_sizes` has them for the LASSO at one sparsity. What is infinite
        leaves the chart as an arrow, its dot open.
    published : float
        The paper's number.

    Raises
    ------
    ValueError
        For an unknown rule.
    """
    unknown = sorted(set(sizes["penalty"]) - set(PENALTY_LOOK))
    if unknown:
        raise ValueError(f"unknown penalty rules {unknown}: give rows of the LASSO, rules {list(PENALTY_LOOK)}")
    ratios = sorted(sizes["snr"].unique())
    rules = [rule for rule in PENALTY_LOOK if rule in set(sizes["penalty"])]
    shifts = dict(zip(rules, np.linspace(-0.28, 0.28, len(rules)), strict=True))
    with house_style():
        figure, axes = new_figure(0.62 * len(ratios) + 1.5)
        found = sizes[["n", "low", "high"]].to_numpy()
        edge = EDGE * float(found[np.isfinite(found)].max())
        for row in sizes.itertuples():
            look = {"color": PENALTY_LOOK[row.penalty]["color"], "marker": PENALTY_LOOK[row.penalty]["marker"]}
            height = ratios.index(row.snr) + shifts[row.penalty]
            reached = np.isfinite(row.n)
            ends = [min(end, edge) for end in (row.low, row.high)]
            axes.plot(ends, [height, height], color=look["color"], linewidth=1.6)
            axes.plot(min(row.n, edge), height, markersize=6, fillstyle="full" if reached else "none", **look)
            if not np.isfinite(row.high):
                axes.annotate(
                    "", (edge, height), xytext=(20, 0), textcoords="offset points",
                    arrowprops={"arrowstyle": "<-", "color": look["color"], "shrinkA": 0},
                ).set_in_layout(False)  # fmt: skip
        axes.margins(x=0.06)
        axes.axvline(published, color=INK, linestyle=":", linewidth=1.2)
        axes.annotate(
            f"published: {published:g}", (published, -0.62), xytext=(-4, 0), textcoords="offset points", ha="right",
            va="center", fontsize="small", color=INK,
        )  # fmt: skip
        name_rows(axes, [f"{ratio:g}" for ratio in ratios], top=-0.9)
        for boundary in range(1, len(ratios)):
            axes.axhline(boundary - 0.5, color="#e6e6e6", linewidth=0.6)
        axes.set_ylabel("Signal-to-noise ratio")
        axes.set_xlabel(f"Observations until the risk is {REFERENCE_RISK:g} times the noise")
        handles = [
            axes.plot([], [], markersize=6, label=PENALTY_NAMES[rule], **{**PENALTY_LOOK[rule], "linestyle": "-"})[0]
            for rule in rules
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=3, fontsize="small")
    return figure


def describe_sizes(sizes: pd.DataFrame, published: float) -> str:
    """Alternative text of `draw_sizes`."""
    parts = []
    for ratio, rows in sizes.groupby("snr"):
        ordered = sorted(rows.itertuples(), key=lambda row: list(PENALTY_LOOK).index(row.penalty))
        needed = [f"{PENALTY_NAMES[row.penalty]} {_size(row.n, row.low, row.high)}" for row in ordered]
        parts.append(f"signal-to-noise ratio {ratio:g}: {', '.join(needed)}")
    return (
        "Dots with intervals of the observations that the LASSO needs to bring the risk down to"
        f" {REFERENCE_RISK:g} times the noise under each penalty rule, with a line at the published {published:g}."
        f" {'; '.join(parts).capitalize()}."
    )


def draw_grid(grid: pd.DataFrame, curves: pd.DataFrame) -> Figure:
    """Draw performance in every design: a column for each noise level, a row for each sparsity.

    Parameters
    ----------
    grid : DataFrame
        Rows of several designs; those with most repetitions of each are drawn.
    curves : DataFrame
        Lines, with ``relevant`` and ``snr`` too.

    Raises
    ------
    ValueError
        If the coefficients follow several laws.
    """
    measured, laws = most_repeated(grid), with_a_mean(curves)
    ratios, counts = sorted(measured["snr"].unique()), sorted(measured["relevant"].unique())
    covariates = int(measured["covariates"].iloc[0])
    with house_style():
        figure, panels = new_grid(1.75 * len(counts) + 1.0, len(counts), len(ratios), share_y=True)
        low, high = (float(end) for end in (measured["performance_mean"]).agg(["min", "max"]))
        sizes = measured.groupby(["relevant", "snr"])["n"]
        ends = (float(sizes.min().min()) / 1.15, float(sizes.max().min()) * 1.15)
        for place, axes in enumerate(panels):
            count, ratio = counts[place // len(ratios)], ratios[place % len(ratios)]
            for key in GRID_SERIES:
                look = _look(key)
                rows, law = (
                    _series(part[(part["relevant"] == count) & (part["snr"] == ratio)], key)
                    for part in (measured, laws[laws["n"] <= ends[1]])
                )
                rows = rows[rows["n"] <= ends[1]]
                line = rows if law.empty else law
                axes.plot(
                    line["n"], line["performance_mean"], color=look["color"], linestyle=look["linestyle"],
                    linewidth=1.0,
                )  # fmt: skip
                axes.plot(
                    rows["n"], rows["performance_mean"], linestyle="none", marker=look["marker"],
                    color=look["color"], markersize=2.6,
                )  # fmt: skip
            axes.axvline(covariates, color=INK, linewidth=0.7, linestyle=":")
            axes.axhline(-np.log10(REFERENCE_RISK), color=INK, linewidth=0.7, linestyle=":")
            axes.set_xscale("log")
            axes.set_xlim(*ends)
            axes.set_ylim(low - 0.15, high + 0.15)
            number_axis(axes, most=3)
            axes.tick_params(axis="both", labelsize="small", labelbottom=place // len(ratios) == len(counts) - 1)
            if place < len(ratios):
                axes.set_title(f"SNR {ratio:g}", fontsize="medium")
            if place % len(ratios) == len(ratios) - 1:
                axes.annotate(
                    f"{count} relevant", (1.04, 0.5), xycoords="axes fraction", rotation=270, va="center", color=INK
                )
        handles = [
            panels[0].plot([], [], markersize=4, linewidth=1.2, label=_name(key), **_look(key))[0]
            for key in GRID_SERIES
        ]
        figure.legend(handles=handles, loc="outside upper center", ncols=len(GRID_SERIES), fontsize="small")
        figure.supxlabel("Observations", fontsize="medium")
        figure.supylabel(PERFORMANCE_LABEL, fontsize="medium")
    return figure


def describe_grid(grid: pd.DataFrame) -> str:
    """Alternative text of `draw_grid`."""
    measured = most_repeated(grid)
    ratios, counts = sorted(measured["snr"].unique()), sorted(measured["relevant"].unique())
    last = measured[measured["n"] == measured.groupby(["relevant", "snr"])["n"].transform("max")]
    parts = []
    for key in GRID_SERIES:
        ends = _series(last, key)["performance_mean"].agg(["min", "max"])
        parts.append(f"{_name(key)} {ends['min']:.2f} to {ends['max']:.2f}")
    pairs = measured[measured["estimator"] == LASSO].pivot(
        index=["relevant", "snr", "n"], columns="penalty", values="performance_mean"
    )[["cross-validation", "textbook"]].dropna()  # fmt: skip
    better = (pairs["cross-validation"] > pairs["textbook"]).sum()
    return (
        f"{len(ratios) * len(counts)} small line charts of performance against observations, in columns for"
        f" signal-to-noise ratios {', '.join(f'{ratio:g}' for ratio in ratios)} and rows for"
        f" {', '.join(str(count) for count in counts)} relevant covariates. Performance at the largest size, over all"
        f" charts: {'; '.join(parts)}. The LASSO does better under cross-validation than under the textbook penalty at"
        f" {better} of {len(pairs)} sizes."
    )


def with_a_mean(table: pd.DataFrame) -> pd.DataFrame:
    """Rows whose mean risk is finite; the penalty of least squares is empty, also after a file."""
    finite = table[np.isfinite(table["performance_mean"])].reset_index(drop=True)
    return finite.assign(penalty=finite["penalty"].fillna(""))


def most_repeated(simulation: pd.DataFrame) -> pd.DataFrame:
    """Of each point the row with most repetitions.

    Raises
    ------
    ValueError
        If the coefficients follow several laws.
    """
    if simulation["coefficient_law"].unique().size > 1:
        raise ValueError("the rows are of several laws of the coefficients: give those of one")
    key = [*DESIGN_COLUMNS, *SERIES_COLUMNS, "n"]
    rows = with_a_mean(simulation).sort_values("repetitions")
    return rows.drop_duplicates(key, keep="last", ignore_index=True)


def _of_one_design(simulation: pd.DataFrame) -> pd.DataFrame:
    if len(simulation[DESIGN_COLUMNS].drop_duplicates()) != 1:
        raise ValueError(f"the rows are not of one design: choose by {', '.join(DESIGN_COLUMNS)}")
    return most_repeated(simulation)


def _series(frame: pd.DataFrame, key: tuple[str, str]) -> pd.DataFrame:
    chosen = (frame["estimator"] == key[0]) & (frame["penalty"] == key[1])
    return frame[chosen].sort_values("n")


def _look(key: tuple[str, str]) -> dict[str, Any]:
    estimator, penalty = key
    return PENALTY_LOOK[penalty] if penalty else ESTIMATOR_LOOK[estimator]


def _name(key: tuple[str, str]) -> str:
    estimator, penalty = key
    return f"LASSO, {PENALTY_NAMES[penalty]}" if penalty else estimator


def _size(observations: float, low: float, high: float) -> str:
    if not np.isfinite(observations):
        return "not reached"
    return f"{observations:.0f} ({low:.0f} {f'to {high:.0f}' if np.isfinite(high) else 'or more'})"


def _power(value: float) -> str:
    return f"10 to the {np.log10(value):.1f}"


def _mark_covariates(axes: Axes, covariates: int, words: str) -> None:
    axes.axvline(covariates, color=INK, linewidth=0.8, linestyle=":")
    axes.annotate(
        words, (covariates, 0.0), xycoords=axes.get_xaxis_transform(), xytext=(4, 4), textcoords="offset points",
        fontsize="small", color=INK,
    )  # fmt: skip


def _mark_reference(axes: Axes, which: str, words: str) -> None:
    """Mark the performance at which the paper compares the estimators."""
    level = -np.log10(REFERENCE_RISK)
    style: dict[str, Any] = {"color": INK, "linewidth": 0.8, "linestyle": ":"}
    if which == "y":
        axes.axhline(level, **style)
        where: dict[str, Any] = {"xy": (1.0, level), "xycoords": axes.get_yaxis_transform(), "ha": "right"}
    else:
        axes.axvline(level, **style)
        where = {"xy": (level, 1.0), "xycoords": axes.get_xaxis_transform(), "ha": "left"}
    axes.annotate(
        words, xytext=(-4, 3) if which == "y" else (4, -2), textcoords="offset points", fontsize="small",
        va="bottom" if which == "y" else "top", color=INK, **where,
    )  # fmt: skip


def _label_sources(axes: Axes, repetitions: int) -> None:
    """Say what marks and lines are, in the corner that the curves leave free."""
    style: dict[str, Any] = {"color": INK, "markersize": 4.5, "linewidth": 1.4}
    handles = [
        axes.plot([], [], marker="o", linestyle="none", label=f"simulated, mean of {repetitions:,}", **style)[0],
        axes.plot([], [], linestyle="-", label="formula, or the means joined", **style)[0],
    ]
    axes.legend(handles=handles, loc="upper left", fontsize="small")


def _label_ends(axes: Axes, ends: Mapping[str, tuple[float, Mapping[str, Any]]]) -> None:
    """Name lines at the right side of the axes, led to by a stroke of their colour."""
    low, high = axes.get_ylim()
    heights = np.array([height for height, _ in ends.values()])
    placed = spread(heights, LABEL_GAP * (high - low))
    across = axes.get_yaxis_transform()
    for (name, (height, look)), label in zip(ends.items(), placed, strict=True):
        axes.plot([1.0, 1.03], [height, label], color=look["color"], linewidth=1.0, transform=across, clip_on=False)
        axes.annotate(name, (1.04, label), xycoords=across, va="center", fontsize="small", color=INK)
    axes.set_ylim(low, high)
