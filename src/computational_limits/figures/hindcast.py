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
    decade_axis,
    draw_interval,
    house_style,
    name_rows,
    new_grid,
    percent_axis,
)
from computational_limits.fits import COMPUTING_ON_PERFORMANCE, LEAST_SQUARES, QUANTILES, fit
from computational_limits.frontiers import PER_PASS_GFLOP
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
TURNED_LOOK = {"color": COLOURS["purple"], "linestyle": ":"}
"""Look of the polynomial law by computing on performance."""
OTHER_LOOK = {"color": COLOURS["grey"], "linestyle": "-", "marker": "s"}
"""Look of a way to forecast that is no published form."""
MARGIN_DECADES = 0.4
POINTS = 161
BIAS_LIMITS = (-4.0, 8.0)
"""Decades of bias shown; what leaves them ends in an arrow."""
EXPONENTS = (4.0, 20.0)
"""Exponents shown; what leaves them ends in an arrow."""
NETWORK_GROUPS = EARLIER_NETWORKS, ALL_NETWORKS, OWN_NETWORKS = (
    "records of 2020",
    "networks of 2026, all",
    "networks of 2026, ImageNet-1k alone",
)
OTHER_NETWORKS = "networks of 2026, further images"
NETWORK_LOOK: dict[str, dict[str, Any]] = {
    EARLIER_NETWORKS: {"color": INK, "marker": "o"},
    ALL_NETWORKS: {"color": COLOURS["orange"], "marker": "D"},
    OWN_NETWORKS: {"color": COLOURS["blue"], "marker": "^"},
}
"""Colour and mark of each group of networks."""
SHIFT_LIMITS = (-0.5, 2.0)
"""Decades per year shown; what leaves them ends in an arrow."""


def draw_hindcast(
    points: pd.DataFrame,
    forecasts: pd.DataFrame,
    names: Mapping[str, str],
    edition: str = LATER_MODELS,
    wrong_labels: Mapping[str, float] | None = None,
) -> Figure:
    """Draw the later models against the laws of 2020, two benchmarks in a row.

    Parameters
    ----------
    points : DataFrame
        What `hindcast.earlier_models` returns.
    forecasts : DataFrame
        What `hindcast.hindcast` returns; the band is that of the polynomial
        form, performance on computing by least squares.
    names : mapping
        Benchmark to the name of its data set.
    edition : str
        Later models of this edition.
    wrong_labels : mapping, optional
        Benchmark to the share of its labels known to be wrong.
    """
    later = published_way(forecasts)
    later = later[later["edition"] == edition]
    noise = wrong_labels or {}
    columns = min(len(names), 2)
    rows = -(-len(names) // columns)
    with house_style():
        figure, panels = new_grid(1.0 + 2.75 * rows, rows=rows, columns=columns)
        for axes in panels[len(names) :]:
            axes.remove()
        for axes, (benchmark, name) in zip(panels, names.items(), strict=False):
            earlier = points[points["benchmark"] == benchmark]
            models = later[later["benchmark"] == benchmark]
            _draw_panel(axes, earlier, models, noise.get(benchmark))
            decade_axis(axes, most=6)
            axes.set_title(f"{name}, n = {len(earlier)} + {len(models)}", fontsize="medium", loc="left")
            if len(models):
                _name_best(axes, models)
        main = panels[0]
        lines = [main.plot([], [], label=f"{form} law", linewidth=1.8, **FORM_LOOK[form])[0] for form in FORMS]
        lines += main.plot([], [], label="polynomial, other direction", linewidth=1.6, **TURNED_LOOK)
        band = main.fill_between([], [], [], color=COLOURS["blue"], alpha=0.12)
        band.set_label(f"{percent(LEVEL)} of new models, polynomial")
        marks = [main.scatter([], [], color=INK, s=24, label="up to 2020, fitted")]
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


def _draw_panel(axes: Axes, earlier: pd.DataFrame, later: pd.DataFrame, wrong_labels: float | None) -> None:
    """Points, laws and band of 2020, and later models by whether they lie in the band."""
    compute, error = (earlier[name].to_numpy(dtype=float) for name in ("compute_gflop", "error"))
    laws = {name: fit_law(compute, error, form) for name, form in FORMS.items()}
    turned = fit(compute, error, POLYNOMIAL, COMPUTING_ON_PERFORMANCE)
    both = np.append(np.log10(compute), later["log10_gflop"])
    x = np.linspace(both.min() - MARGIN_DECADES, both.max() + MARGIN_DECADES, POINTS)
    low, high = _band(laws[POLYNOMIAL.name], x)
    axes.fill_between(x, 100 * low, 100 * high, color=COLOURS["blue"], alpha=0.12, lw=0)
    for form, law in laws.items():
        axes.plot(x, 100 * law.error_at(x), linewidth=1.6, **FORM_LOOK[form])
    axes.plot(x, 100 * turned.error_at(10.0**x), linewidth=1.4, **TURNED_LOOK)
    axes.scatter(np.log10(compute), 100 * error, s=16, color=INK, alpha=0.8, lw=0)
    for inside, look in FATE_LOOK.items():
        models = later[later["error_inside"].astype(bool) == inside]
        axes.scatter(models["log10_gflop"], 100 * 10.0 ** models["log10_error"], s=20, zorder=3, lw=0, **look)
    errors = np.concatenate([error, 10.0 ** later["log10_error"].to_numpy(dtype=float), low])
    highest = max(error.max(), float(high.max()))
    lowest = errors.min() / (1.12 if len(later) else 1.05)
    if wrong_labels is not None:
        lowest = min(lowest, wrong_labels / 1.15)
        axes.axhline(100 * wrong_labels, color=COLOURS["grey"], linewidth=1.2, linestyle=(0, (1, 1)))
        axes.annotate(
            f"labels known to be wrong, {percent(wrong_labels)}", (x[0], 100 * wrong_labels), xytext=(3, 3),
            textcoords="offset points", fontsize="small", color=INK,
        )  # fmt: skip
    axes.set_xlim(x[0], x[-1])
    percent_axis(axes, 100 * lowest, min(100 * highest * 1.05, 100.0))


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


def draw_bias(scores: pd.DataFrame, names: Mapping[str, str]) -> Figure:
    """Draw how many decades of computing too much, or too little, each law asked for.

    Parameters
    ----------
    scores : DataFrame
        Rows of one edition of what `hindcast.score_hindcast` returns, the same ways for each benchmark.
    names : mapping
        Benchmark to the name of its data set, a panel each.
    """
    chosen = scores[scores["quantity"] == "gflop"]
    return _draw_rows(
        chosen, names, "bias", BIAS_LIMITS, 0.0, "Computing forecast over computing used (decades)",
    )  # fmt: skip


def describe_bias(scores: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Alternative text of `draw_bias`."""
    chosen = scores[(scores["quantity"] == "gflop") & scores["benchmark"].isin(names)]
    parts = [
        f"{names[row['benchmark']]}, {name_way(row)} {decimal(row['bias'])}"
        f" ({interval_text(Interval(row['bias_low'], row['bias_high']), 2)})"
        if np.isfinite(row["bias"])
        else f"{names[row['benchmark']]}, {name_way(row)} no mean"
        for row in chosen.to_dict("records")
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
        Rows of one edition of what `hindcast.score_hindcast` returns, the same ways for each benchmark.
    names : mapping
        Benchmark to the name of its data set, a panel each.
    """
    chosen = scores[scores["quantity"] == "error"]
    label = f"Share of later models in the {percent(LEVEL)} band"
    return _draw_rows(chosen, names, "coverage", (0.0, 1.0), LEVEL, label)


def describe_coverage(scores: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Alternative text of `draw_coverage`."""
    chosen = scores[(scores["quantity"] == "error") & scores["benchmark"].isin(names)]
    parts = [
        f"{names[row['benchmark']]}, {name_way(row)} {100 * row['coverage']:.0f} percent"
        f" ({100 * row['coverage_low']:.0f} to {100 * row['coverage_high']:.0f})"
        for row in chosen.to_dict("records")
    ]
    return f"Marks with 90 percent intervals of the share of later models in the 90 percent bands: {'; '.join(parts)}."


def _draw_rows(
    scores: pd.DataFrame,
    names: Mapping[str, str],
    column: str,
    limits: tuple[float, float],
    reference: float,
    label: str,
) -> Figure:
    """A row for each way to forecast and a panel for each benchmark, with marks and intervals of one column."""
    ways = list(dict.fromkeys(name_way(row) for row in scores.to_dict("records")))
    with house_style():
        figure, panels = new_grid(1.0 + 0.25 * len(ways), rows=1, columns=len(names), share_y=True)
        for axes, (benchmark, name) in zip(panels, names.items(), strict=True):
            axes.axvline(reference, color=INK, linewidth=1.2)
            rows = scores[scores["benchmark"] == benchmark].to_dict("records")
            for row in rows:
                height = ways.index(name_way(row))
                if np.isfinite(row[column]):
                    ends = (row[f"{column}_low"], row[f"{column}_high"])
                    draw_interval(axes, height, row[column], ends, limits, _look(row))
                else:
                    axes.annotate(
                        "no mean", (limits[0], height), xytext=(4, 0), textcoords="offset points", va="center",
                        fontsize="small", color=INK,
                    )  # fmt: skip
            margin = 0.04 * (limits[1] - limits[0])
            axes.set_xlim(limits[0] - margin, limits[1] + margin)
            counts = {row["n"] for row in rows}
            axes.set_title(f"{name}, n = {max(counts, default=0)}", fontsize="medium", loc="left")
        name_rows(panels[0], ways, top=-0.7)
        for axes in panels[1:]:
            axes.tick_params(axis="y", length=0)
            axes.grid(axis="y", visible=False)
        figure.supxlabel(label, fontsize="medium")
    return figure


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


def draw_networks(networks: pd.DataFrame, earlier: pd.DataFrame, frontiers: pd.DataFrame, published: float) -> Figure:
    """Draw error against operations per pass, and the exponents of the middle and of the frontier.

    Parameters
    ----------
    networks : DataFrame
        What `image_networks.read_image_networks` returns.
    earlier : DataFrame
        Models of the records of 2020.
    frontiers : DataFrame
        What `frontiers.tabulate_frontiers` returns, for `NETWORK_GROUPS`.
    published : float
        Exponent that the paper states for ImageNet.
    """
    own = networks["imagenet_1k_only"] == "yes"
    earlier = earlier.dropna(subset=[PER_PASS_GFLOP])
    sets = dict(zip(NETWORK_GROUPS, (earlier, networks[~own], networks[own]), strict=True))
    with house_style():
        figure, (left, right) = new_grid(4.0, rows=1, columns=2)
        for name in (ALL_NETWORKS, OWN_NETWORKS, EARLIER_NETWORKS):
            models, look = sets[name], NETWORK_LOOK[name]
            label = OTHER_NETWORKS if name == ALL_NETWORKS else name
            left.scatter(
                np.log10(models[PER_PASS_GFLOP]), 100 * models["error"], s=9, alpha=0.65, lw=0, label=label, **look
            )
        known = np.log10(networks[PER_PASS_GFLOP])
        x = np.linspace(known.min(), known.max(), POINTS)
        for name in (ALL_NETWORKS, OWN_NETWORKS):
            row = _frontier(frontiers, name)
            left.plot(
                x, 100 * 10.0 ** -(row["intercept"] + row["slope"] * x), linewidth=1.8,
                color=NETWORK_LOOK[name]["color"], linestyle="--" if name == OWN_NETWORKS else "-",
            )  # fmt: skip
        errors = pd.concat([networks["error"], earlier["error"]])
        percent_axis(left, 100 * errors.min() / 1.15, 100 * errors.max() * 1.05)
        decade_axis(left, most=6)
        left.set_xlabel("Operations per pass (GFLOP)")
        left.set_ylabel("Error")
        right.axvline(published, color=INK, linewidth=1.2, linestyle=":")
        heights = {estimator: place for place, estimator in enumerate(dict.fromkeys(frontiers["estimator"]))}
        for offset, name in zip((-0.22, 0.0, 0.22), NETWORK_GROUPS, strict=True):
            for row in frontiers[frontiers["models"] == name].to_dict("records"):
                look = NETWORK_LOOK[name] | {"linestyle": "-"}
                ends = (row["cluster_low"], row["cluster_high"])
                draw_interval(right, heights[row["estimator"]] + offset, row["exponent"], ends, EXPONENTS, look, 5.5)
        right.set_xlim(*EXPONENTS)
        right.set_xlabel("Exponent of computing in performance")
        name_rows(right, list(heights), top=-0.6)
        handles, labels = left.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=3, fontsize="small", markerscale=1.8)
    return figure


def describe_networks(networks: pd.DataFrame, earlier: pd.DataFrame, frontiers: pd.DataFrame) -> str:
    """Alternative text of `draw_networks`."""
    parts = [
        f"{row['models']}, {row['estimator']} {decimal(row['exponent'], 1)}"
        f" ({interval_text(Interval(row['cluster_low'], row['cluster_high']))})"
        for row in frontiers.to_dict("records")
    ]
    return (
        f"Left, scatter plot of error against operations per pass of {len(networks)} networks for ImageNet and"
        f" {len(earlier.dropna(subset=[PER_PASS_GFLOP]))} models of the records of 2020, with the line of the best"
        f" tenth. Right, marks with 90 percent intervals by cluster of the exponents: {'; '.join(parts)}."
    )


def _frontier(frontiers: pd.DataFrame, name: str) -> dict[str, Any]:
    """The line of the outermost quantile of some models."""
    chosen = frontiers[(frontiers["models"] == name) & (frontiers["estimator"] == [*QUANTILES][-1])]
    return {str(key): value for key, value in chosen.iloc[0].to_dict().items()}
