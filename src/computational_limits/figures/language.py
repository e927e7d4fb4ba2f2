"""Exponents of language models beside those of the benchmarks of 2020."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from computational_limits.figures.style import (
    COLOURS,
    INK,
    draw_interval,
    house_style,
    name_rows,
    new_figure,
    number_axis,
)
from computational_limits.uncertainty import LEVEL, Interval
from computational_limits.wording import interval_text, percent

EXPONENT_LIMITS = (1.0, 1000.0)
"""Range of exponents shown; an interval that leaves it ends in an arrow."""
LANGUAGE_LOOK = {"color": COLOURS["blue"], "linestyle": "-", "marker": "o"}
SOURCE_LOOK = {"color": COLOURS["orange"], "linestyle": "-", "marker": "s"}
TWO_LOOKS = {"": LANGUAGE_LOOK, "source_": SOURCE_LOOK}
"""What the columns of an exponent begin with to the look of its mark."""
CLASSIC_LOOK = {"color": INK, "linestyle": "-", "marker": "D"}
SHIFT = 0.17
"""Distance of the two marks of a benchmark from its row."""


def draw_domains(summary: pd.DataFrame, classic: pd.DataFrame, names: Mapping[str, str], theory: float) -> Figure:
    """Draw the exponent of each benchmark of language models, and of each of 2020 below.

    Parameters
    ----------
    summary : DataFrame
        What `benchmarks.summarise_language` returns.
    classic : DataFrame
        Rows of ``regressions.csv``, one a benchmark.
    names : mapping
        Benchmark to the name of its data set.
    theory : float
        The lower bound that theory gives.
    """
    ordered = summary.sort_values("exponent")
    others = classic.sort_values("exponent")
    labels = [f"{names[row.benchmark]} (n = {row.n})" for row in [*ordered.itertuples(), *others.itertuples()]]
    with house_style():
        figure, axes = new_figure(1.2 + 0.29 * len(labels))
        for height, row in enumerate(ordered.to_dict("records")):
            looks = {"": LANGUAGE_LOOK} if pd.isna(row["source_exponent"]) else TWO_LOOKS
            for (stem, look), shift in zip(looks.items(), (-SHIFT, SHIFT) if len(looks) > 1 else (0.0,), strict=True):
                ends = (row[f"{stem}exponent_low"], row[f"{stem}exponent_high"])
                draw_interval(axes, height + shift, row[f"{stem}exponent"], ends, EXPONENT_LIMITS, look, size=5.0)
        for height, row in enumerate(others.to_dict("records"), start=len(ordered)):
            ends = (row["exponent_low"], row["exponent_high"])
            draw_interval(axes, height, row["exponent"], ends, EXPONENT_LIMITS, CLASSIC_LOOK, size=5.0)
        axes.set_xscale("log")
        axes.set_xlim(*EXPONENT_LIMITS)
        number_axis(axes)
        axes.axhline(len(ordered) - 0.5, color=INK, linewidth=0.6)
        axes.axvline(theory, color=COLOURS["red"], linestyle="--", linewidth=1.2)
        axes.set_xlabel("Exponent: power of performance that computing grows with")
        name_rows(axes, labels, top=-0.7)
        for words, look in (
            ("language models, operations of training", LANGUAGE_LOOK),
            ("the same among scores from one source", SOURCE_LOOK),
            ("points of 2020, hardware burden", CLASSIC_LOOK),
        ):
            axes.plot([], [], markersize=5.5, label=words, **look)
        axes.plot([], [], color=COLOURS["red"], linestyle="--", linewidth=1.2, label=f"theory, at least {theory:g}")
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2, fontsize="small")
    return figure


def describe_domains(summary: pd.DataFrame, classic: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Alternative text of `draw_domains`."""
    parts = []
    for rows in (summary.sort_values("exponent"), classic.sort_values("exponent")):
        words = [
            f"{names[row.benchmark]} {row.exponent:.1f}"
            f" ({interval_text(Interval(row.exponent_low, row.exponent_high))})"
            for row in rows.itertuples()
        ]
        parts.append("; ".join(words))
    return (
        f"Marks with {percent(LEVEL)} intervals of the exponent on a logarithmic axis. Language models: {parts[0]}."
        f" Points of 2020: {parts[1]}."
    )
