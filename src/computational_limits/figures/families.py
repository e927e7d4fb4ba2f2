"""Laws within families of models, beside the field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from computational_limits.families import FIELD, MISPRINTED, POOLED, RECORDED, REST
from computational_limits.figures.style import (
    COLOURS,
    INK,
    decade_axis,
    draw_interval,
    house_style,
    name_rows,
    new_figure,
    number_axis,
    percent_axis,
    spread,
)
from computational_limits.scaling import POLYNOMIAL, fit_law
from computational_limits.uncertainty import Interval
from computational_limits.wording import interval_text

FAMILY_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h")
FAMILY_COLOURS = ("blue", "orange", "green", "red", "purple", "brown")
NAME_GAP = 0.045
"""Distance of names at the side, as a share of the height."""
EXPONENT_LIMITS = (1.5, 80.0)
FAMILY_LOOK = {"color": COLOURS["blue"], "linestyle": "-"}
FIELD_LOOK = {"color": INK, "linestyle": "-"}
MISPRINT_LOOK = {"color": COLOURS["orange"], "linestyle": "--"}


def draw_families(field: pd.DataFrame, members: pd.DataFrame, names: Mapping[str, str]) -> Figure:
    """Draw error against operations per pass, with the line of each family and of the field.

    Parameters
    ----------
    field : DataFrame
        Models with ``ops_per_pass_gflop`` and ``error``.
    members : DataFrame
        Members of the families that have a law, with ``family`` and the same columns.
    names : mapping
        Family to its name, in reading order.
    """
    known = field.dropna(subset=["ops_per_pass_gflop"])
    with house_style():
        figure, axes = new_figure(4.8)
        axes.scatter(np.log10(known["ops_per_pass_gflop"]), 100 * known["error"], s=10, color="#b8b8b8", lw=0, zorder=1)
        _draw_line(axes, known, {"color": INK, "linestyle": "--", "linewidth": 1.0}, zorder=2)
        ends = {}
        for index, (family, name) in enumerate(names.items()):
            rows = members[members["family"] == family]
            colour = COLOURS[FAMILY_COLOURS[index % len(FAMILY_COLOURS)]]
            _draw_line(axes, rows, {"color": colour, "linewidth": 1.4}, zorder=3)
            x, y = np.log10(rows["ops_per_pass_gflop"]), 100 * rows["error"]
            axes.scatter(x, y, s=20, color=colour, marker=FAMILY_MARKERS[index], lw=0, zorder=4)
            ends[name] = (float(x.max()), float(y.loc[x.idxmax()]), colour)
        everything = 100 * pd.concat([known["error"], members["error"]])
        percent_axis(axes, 0.93 * everything.min(), 1.05 * everything.max())
        side = float(np.log10(known["ops_per_pass_gflop"]).max()) + 0.25
        axes.set_xlim(axes.get_xlim()[0], side)
        _name_ends(axes, ends, side)
        decade_axis(axes)
        axes.set_xlabel("Operations per pass (GFLOP)")
        axes.set_ylabel("Error")
    return figure


def describe_families(laws: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Alternative text of `draw_families`, from the rows of ``families.csv`` behind it."""
    rows = laws[(laws["score"] == RECORDED) & (laws["reason"] == "")].set_index("family")
    parts = [f"{name} {rows.loc[family, 'exponent']:.1f}" for family, name in names.items()]
    return (
        "Scatter plot on logarithmic axes of error against operations per pass: grey dots for the field with a dashed"
        f" line of exponent {rows.loc[FIELD, 'exponent']:.1f}, and a marked line for each family, of exponent"
        f" {', '.join(parts)}."
    )


def draw_family_exponents(laws: pd.DataFrame, names: Mapping[str, str]) -> Figure:
    """Draw the exponent of the field, of the pooled families, and of each family.

    Parameters
    ----------
    laws : DataFrame
        Rows of ``families.csv`` of one vintage and measure that have a law.
    names : mapping
        Family to its name, in reading order.
    """
    rows = _in_order(laws, names)
    labels = [f"{_row_name(row, names)} (n = {row['n']})" for row in rows]
    with house_style():
        figure, axes = new_figure(0.9 + 0.29 * len(rows))
        for height, row in enumerate(rows):
            look = FIELD_LOOK if row["family"] not in names else FAMILY_LOOK
            look = MISPRINT_LOOK if row["score"] == MISPRINTED else look
            draw_interval(
                axes, height, row["exponent"], (row["exponent_low"], row["exponent_high"]), EXPONENT_LIMITS, look
            )
        axes.set_xscale("log")
        axes.set_xlim(*EXPONENT_LIMITS)
        number_axis(axes)
        axes.axvline(rows[0]["exponent"], color=INK, linewidth=0.8, linestyle=":")
        axes.set_xlabel("Exponent of operations per pass")
        name_rows(axes, labels, top=-0.7)
    return figure


def describe_family_exponents(laws: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Alternative text of `draw_family_exponents`."""
    parts = []
    for row in _in_order(laws, names):
        ends = interval_text(Interval(row["exponent_low"], row["exponent_high"]))
        parts.append(f"{_row_name(row, names)} {row['exponent']:.1f} ({ends})")
    return f"Dots with 90 percent intervals of the exponent of operations per pass: {'; '.join(parts)}."


def _in_order(laws: pd.DataFrame, names: Mapping[str, str]) -> list[dict[str, Any]]:
    known = laws[laws["reason"] == ""]
    order = {family: place for place, family in enumerate([FIELD, REST, POOLED, *names])}
    placed = known.assign(place=known["family"].map(order)).sort_values("place", kind="stable")
    rows: list[dict[str, Any]] = placed.to_dict("records")
    return rows


def _row_name(row: Mapping[str, Any], names: Mapping[str, str]) -> str:
    name = names.get(
        str(row["family"]),
        {FIELD: "Field", REST: "Rest of the field", POOLED: "Families, pooled"}.get(str(row["family"]), ""),
    )
    return f"{name}, misprinted" if row["score"] == MISPRINTED else name


def _draw_line(axes: Axes, models: pd.DataFrame, look: Mapping[str, Any], zorder: int) -> None:
    law = fit_law(models["ops_per_pass_gflop"], models["error"], POLYNOMIAL)
    x = np.array(law.log10_compute_range)
    axes.plot(x, 100 * law.error_at(x), zorder=zorder, **look)


def _name_ends(axes: Axes, ends: Mapping[str, tuple[float, float, str]], side: float) -> None:
    """Name each family at the right side, ``side`` in decades, with a thin line from its largest member."""
    low, high = np.log10(axes.get_ylim())
    heights = spread(np.log10([y for _, y, _ in ends.values()]), NAME_GAP * (high - low))
    for (name, (x, y, colour)), height in zip(ends.items(), heights, strict=True):
        axes.annotate(
            name, (x, y), (side, 10.0**height), fontsize="small", color=colour, va="center", annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.5, "alpha": 0.7, "shrinkA": 1, "shrinkB": 3},
        )  # fmt: skip
