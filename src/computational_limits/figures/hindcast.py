"""The laws of 2020 and the models that came later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from computational_limits.figures.style import (
    COLOURS,
    FORM_LOOK,
    INK,
    MARKERS,
    WIDTH_IN,
    decade_axis,
    draw_interval,
    house_style,
    name_rows,
    new_figure,
    new_grid,
    percent_axis,
)
from computational_limits.fits import LEAST_SQUARES
from computational_limits.hindcast import WAY, name_way
from computational_limits.protocol import LATER_MODELS, RECORDS
from computational_limits.scaling import FORMS, PERFORMANCE_ON_COMPUTING, POLYNOMIAL, Law, fit_law
from computational_limits.uncertainty import LEVEL, Interval
from computational_limits.vintages import PUBLISHED
from computational_limits.wording import decimal, interval_text, percent

FATE_LOOK: dict[bool, dict[str, Any]] = {
    True: {"color": COLOURS["green"], "marker": "o"},
    False: {"color": COLOURS["red"], "marker": "^"},
}
"""Colour and mark of a later model in the band, and out of it."""
FATE_NAMES = {True: "later, in the band", False: "later, outside the band"}
EDITION_LOOK: dict[str, dict[str, Any]] = {
    PUBLISHED: {"color": INK, "marker": "o"},
    RECORDS: {"color": COLOURS["orange"], "marker": "D"},
    LATER_MODELS: {"color": COLOURS["blue"], "marker": "^"},
}
"""Colour and mark of each edition of models."""
OTHER_LOOK = {"color": COLOURS["grey"], "linestyle": "-", "marker": "s"}
"""Look of a way to forecast that is no published form."""
MARGIN_DECADES = 0.4
POINTS = 161
BIAS_LIMITS = (-4.0, 8.0)
"""Decades of bias shown; what leaves them ends in an arrow."""
SHIFT_LIMITS = (-1.0, 2.0)
"""Decades per year shown; what leaves them ends in an arrow."""


def draw_hindcast(
    points: pd.DataFrame, forecasts: pd.DataFrame, names: Mapping[str, str], edition: str = LATER_MODELS
) -> Figure:
    """Draw the later models against the laws of 2020, the first benchmark large, the others small below it.

    Parameters
    ----------
    points : DataFrame
        What `hindcast.earlier_models` returns.
    forecasts : DataFrame
        What `hindcast.hindcast` returns; the band is that of the polynomial
        form, performance on computing by least squares.
    names : mapping
        Benchmark to the name of its data set, the large one first.
    edition : str
        Later models of this edition.
    """
    later = published_way(forecasts)
    later = later[later["edition"] == edition]
    first, *others = names
    with house_style():
        figure = Figure(figsize=(WIDTH_IN, 6.4 if others else 4.2), layout="constrained")
        rows = [[first] * len(others), others] if others else [[first]]
        panels: dict[str, Axes] = figure.subplot_mosaic(
            rows,  # type: ignore[arg-type]  # a list of names is one
            height_ratios=[1.8, 1.0][: len(rows)],
        )
        for benchmark, name in names.items():
            axes = panels[benchmark]
            large = benchmark == first
            earlier = points[points["benchmark"] == benchmark]
            models = later[later["benchmark"] == benchmark]
            _draw_panel(axes, earlier, models, size=34 if large else 14)
            decade_axis(axes, most=8 if large else 4)
            axes.set_title(name, fontsize="medium", loc="left")
            axes.annotate(
                f"n = {len(earlier)} + {len(models)}", (1, 1), xycoords="axes fraction", ha="right", va="top",
                fontsize="small", color=INK,
            )  # fmt: skip
            if large and len(models):
                _name_best(axes, models)
        main = panels[first]
        lines = [main.plot([], [], label=f"{form} law", linewidth=1.8, **FORM_LOOK[form])[0] for form in FORMS]
        band = main.fill_between([], [], [], color=COLOURS["blue"], alpha=0.12)
        band.set_label(f"{percent(LEVEL)} of new models, polynomial")
        marks = [main.scatter([], [], color=INK, s=28, label=PUBLISHED)]
        marks += [main.scatter([], [], s=28, label=FATE_NAMES[key], **FATE_LOOK[key]) for key in FATE_LOOK]
        figure.legend(handles=[*lines, band, *marks], loc="outside upper center", ncols=3, fontsize="small")
        figure.supxlabel("Hardware burden (GFLOP)", fontsize="medium")
        figure.supylabel("Error", fontsize="medium")
    return figure


def describe_hindcast(
    points: pd.DataFrame, forecasts: pd.DataFrame, names: Mapping[str, str], edition: str = LATER_MODELS
) -> str:
    """Alternative text of `draw_hindcast`."""
    later = published_way(forecasts)
    later = later[later["edition"] == edition]
    parts = []
    for benchmark, name in names.items():
        models = later[later["benchmark"] == benchmark]
        n = int((points["benchmark"] == benchmark).sum())
        if models.empty:
            parts.append(f"{name} {n} points of 2020 and no later model")
            continue
        best = 100 * 10.0 ** models["log10_error"].min()
        below = int((models["log10_error"] < models["predicted_log10_error"]).sum())
        inside = int(models["error_inside"].sum())
        parts.append(
            f"{name} {n} points of 2020 and {len(models)} later models, of which {inside} lie in the band and"
            f" {below} below the polynomial law; their lowest error is {best:.1f} percent"
        )
    return (
        f"{len(names)} scatter plots of error against hardware burden with the polynomial and exponential laws of 2020"
        f" and the 90 percent prediction band of the polynomial one: {'; '.join(parts)}."
    )


def published_way(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Forecasts by the polynomial form as published."""
    way = [POLYNOMIAL.name, PERFORMANCE_ON_COMPUTING, LEAST_SQUARES]
    return forecasts[(forecasts[WAY] == way).all(axis=1) & (forecasts["absent"] == "")]


def _draw_panel(axes: Axes, earlier: pd.DataFrame, later: pd.DataFrame, size: float) -> None:
    """Points, laws and band of 2020, and later models by whether they lie in the band."""
    laws = {name: fit_law(earlier["compute_gflop"], earlier["error"], form) for name, form in FORMS.items()}
    both = np.append(np.log10(earlier["compute_gflop"]), later["log10_gflop"])
    x = np.linspace(both.min() - MARGIN_DECADES, both.max() + MARGIN_DECADES, POINTS)
    low, high = _band(laws[POLYNOMIAL.name], x)
    axes.fill_between(x, 100 * low, 100 * high, color=COLOURS["blue"], alpha=0.12, lw=0)
    for form, law in laws.items():
        axes.plot(x, 100 * law.error_at(x), linewidth=1.6, **FORM_LOOK[form])
    axes.scatter(np.log10(earlier["compute_gflop"]), 100 * earlier["error"], s=size, color=INK, alpha=0.8, lw=0)
    for inside, look in FATE_LOOK.items():
        models = later[later["error_inside"].astype(bool) == inside]
        axes.scatter(models["log10_gflop"], 100 * 10.0 ** models["log10_error"], s=size, zorder=3, lw=0, **look)
    errors = np.concatenate([earlier["error"], 10.0 ** later["log10_error"].to_numpy(dtype=float), low])
    highest = max(earlier["error"].max(), float(high.max()))
    percent_axis(axes, 100 * errors.min() / 1.05, min(100 * highest * 1.05, 100.0))


def _band(law: Law, x: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[Any, Any]:
    """Errors of the prediction band, no higher than 1."""
    low, high = law.prediction_band(x, LEVEL)
    return low, np.minimum(high, 1.0)


def _name_best(axes: Axes, models: pd.DataFrame) -> None:
    """Name the later model with the lowest error."""
    best = models.loc[models["log10_error"].idxmin()]
    axes.annotate(
        f"{best['model']}, {percent(10.0 ** best['log10_error'])}",
        (best["log10_gflop"], 100 * 10.0 ** best["log10_error"]),
        xytext=(-6, -6), textcoords="offset points", ha="right", va="top", fontsize="small", color=INK,
        path_effects=[withStroke(linewidth=2.5, foreground="white")],
    )  # fmt: skip


def draw_bias(scores: pd.DataFrame) -> Figure:
    """Draw how many decades of computing too much, or too little, each law asked for.

    Parameters
    ----------
    scores : DataFrame
        Rows of one benchmark and edition of what `hindcast.score_hindcast` returns.
    """
    chosen = scores[scores["quantity"] == "gflop"]
    with house_style():
        figure, axes = new_figure(0.9 + 0.25 * len(chosen))
        axes.axvline(0.0, color=INK, linewidth=1.2)
        for height, row in enumerate(chosen.to_dict("records")):
            look = _look(row)
            if np.isfinite(row["bias"]):
                draw_interval(axes, height, row["bias"], (row["bias_low"], row["bias_high"]), BIAS_LIMITS, look)
            else:
                axes.annotate(
                    "no mean: some forecasts are infinite", (BIAS_LIMITS[0], height), xytext=(4, 0),
                    textcoords="offset points", va="center", fontsize="small", color=INK,
                )  # fmt: skip
        axes.set_xlim(*BIAS_LIMITS)
        figure.supxlabel("Computing forecast over computing used (decades)", fontsize="medium")
        name_rows(axes, [_row_name(row) for row in chosen.to_dict("records")], top=-0.7)
    return figure


def describe_bias(scores: pd.DataFrame) -> str:
    """Alternative text of `draw_bias`."""
    parts = [
        f"{_row_name(row)} {decimal(row['bias'])} ({interval_text(Interval(row['bias_low'], row['bias_high']), 2)})"
        if np.isfinite(row["bias"])
        else f"{_row_name(row)} no mean"
        for row in scores[scores["quantity"] == "gflop"].to_dict("records")
    ]
    return (
        "Marks with 90 percent intervals of the mean bias in decades of computing, positive where a law asked for more"
        f" than was used: {'; '.join(parts)}."
    )


def draw_coverage(scores: pd.DataFrame, names: Mapping[str, str]) -> Figure:
    """Draw the share of later models in the bands of error, by benchmark and way.

    Parameters
    ----------
    scores : DataFrame
        Rows of one edition of what `hindcast.score_hindcast` returns.
    names : mapping
        Benchmark to the name of its data set.
    """
    chosen = scores[(scores["quantity"] == "error") & scores["benchmark"].isin(names)]
    with house_style():
        figure, axes = new_figure(0.9 + 0.25 * len(chosen))
        axes.axvline(LEVEL, color=INK, linewidth=1.2)
        for height, row in enumerate(chosen.to_dict("records")):
            ends = (row["coverage_low"], row["coverage_high"])
            draw_interval(axes, height, row["coverage"], ends, (0.0, 1.0), _look(row))
        axes.set_xlim(-0.02, 1.02)
        figure.supxlabel(f"Share of later models in the {percent(LEVEL)} band", fontsize="medium")
        labels = [f"{names[row['benchmark']]}: {_row_name(row)}" for row in chosen.to_dict("records")]
        name_rows(axes, labels, top=-0.7)
    return figure


def describe_coverage(scores: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Alternative text of `draw_coverage`."""
    chosen = scores[(scores["quantity"] == "error") & scores["benchmark"].isin(names)]
    parts = [
        f"{names[row['benchmark']]}, {_row_name(row)} {100 * row['coverage']:.0f} percent"
        f" ({100 * row['coverage_low']:.0f} to {100 * row['coverage_high']:.0f})"
        for row in chosen.to_dict("records")
    ]
    return f"Marks with 90 percent intervals of the share of later models in the 90 percent bands: {'; '.join(parts)}."


def draw_shift(saved: pd.DataFrame, progress: pd.DataFrame, names: Mapping[str, str]) -> Figure:
    """Draw computing saved against the law of 2020 by date, and the shift of the law per year.

    Parameters
    ----------
    saved : DataFrame
        What `progress.computing_saved` returns.
    progress : DataFrame
        What `progress.algorithmic_progress` returns.
    names : mapping
        Benchmark to the name of its data set.
    """
    shifts = _shifts(progress, names)
    with house_style():
        figure, (left, right) = new_grid(3.2, rows=1, columns=2)
        left.axhline(0.0, color=INK, linewidth=1.0)
        for edition, models in saved.groupby("edition", sort=False):
            look = EDITION_LOOK[str(edition)]
            left.scatter(models["date"], models["saved"], s=18, alpha=0.8, lw=0, label=f"{edition}", **look)
        left.set_xlabel("Year")
        left.set_ylabel("Decades saved against 2020")
        left.legend(loc="best", fontsize="small")
        right.axvline(0.0, color=INK, linewidth=1.0)
        for height, row in enumerate(shifts.to_dict("records")):
            look = EDITION_LOOK[row["edition"]] | {"linestyle": "-"}
            ends = (row["decades_low"], row["decades_high"])
            draw_interval(right, height, row["decades_per_year"], ends, SHIFT_LIMITS, look)
        right.set_xlim(*SHIFT_LIMITS)
        right.set_xlabel("Decades per year")
        name_rows(right, [_shift_name(row, names) for row in shifts.to_dict("records")], top=-0.7)
    return figure


def describe_shift(saved: pd.DataFrame, progress: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Alternative text of `draw_shift`."""
    means = [
        f"{edition} {decimal(models['saved'].mean())} over {len(models)} models"
        for edition, models in saved.groupby("edition", sort=False)
    ]
    shifts = [
        f"{_shift_name(row, names)} {decimal(row['decades_per_year'])}"
        f" ({interval_text(Interval(row['decades_low'], row['decades_high']), 2)})"
        for row in _shifts(progress, names).to_dict("records")
    ]
    return (
        "Left, decades of computing by which each model undercuts the law of 2020, by date; mean by edition:"
        f" {'; '.join(means)}. Right, marks with 90 percent intervals of the decades saved per year:"
        f" {'; '.join(shifts)}."
    )


def _shifts(progress: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Shifts of the named benchmarks that could be computed."""
    return progress[(progress["absent"] == "") & progress["benchmark"].isin(names)]


def _shift_name(row: Mapping[str, Any], names: Mapping[str, str]) -> str:
    beside = "" if row["edition"] == PUBLISHED else f" + {row['n_later']:.0f}"
    return f"{names[row['benchmark']]}, {row['edition']} (n = {row['n_earlier']:.0f}{beside})"


def _look(row: Mapping[str, Any]) -> dict[str, Any]:
    """Look of a form, or of what is none of the published ones."""
    look: Mapping[str, Any] | None = FORM_LOOK.get(str(row["form"]))
    return OTHER_LOOK if look is None else dict(look) | {"marker": MARKERS[str(look["linestyle"])]}


def _row_name(row: Mapping[str, Any]) -> str:
    """A way to forecast, and how many models it did forecast."""
    return f"{name_way(row)} (n = {row['n']})"
