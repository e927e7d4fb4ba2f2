"""The specification curve, with the choices beneath it, and what drives it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from computational_limits.arrays import FloatArray
from computational_limits.figures.style import COLOURS, INK, WIDTH_IN, house_style, new_grid, number_axis
from computational_limits.multiverse import DIMENSIONS
from computational_limits.wording import decimal, listing, whole_percent

POWERS = (1.0, 1000.0)
"""Range of powers shown; the curve is cut at its ends."""
BINS = 120
"""Columns of the matrix of choices."""
CURVE_POINTS = 600
"""Most points of a curve."""
DARKEST = 3.0
"""How many times its even share a choice has where it is darkest."""
ANSWERS = {"rising": "slope significantly positive", "beyond_stock": "first target beyond the stock"}
"""Conclusions shown above the choices."""
HEADINGS = {
    "power": "Power",
    "target": "Place of the target",
    "rising": "Significant slope",
}
"""Outcome to its heading."""
ROW_IN = 0.165
"""Height of a row of the matrix, in inches."""


def sort_curve(fitted: pd.DataFrame) -> pd.DataFrame:
    """Different specifications by their power, those that do not rise last."""
    rows = fitted[fitted["distinct"].astype(bool)]
    rises = (rows["slope"] > 0.0).astype(float)
    return rows.assign(gain=rises / rows["power"].fillna(1.0) + (1.0 - rises) * rows["slope"]).sort_values(
        ["gain", "slope"], ascending=False, kind="stable", ignore_index=True
    )


def draw_specification_curve(fitted: pd.DataFrame, theory: float, practice: float) -> Figure:
    """Draw the powers of all specifications of a benchmark, from the smallest up, and which choices make them.

    Parameters
    ----------
    fitted : DataFrame
        Rows of ``multiverse.csv`` of one benchmark.
    theory, practice : float
        Powers that the paper derives and finds.
    """
    curve = sort_curve(fitted)
    present = {name: [choice for choice in choices if (curve[name] == choice).any()] for name, choices in _dimensions()}
    rows = sum(len(choices) + 1 for choices in present.values()) + len(ANSWERS)
    with house_style():
        figure = Figure(figsize=(WIDTH_IN, 2.6 + ROW_IN * rows), layout="constrained")
        top, below = figure.subplots(2, 1, sharex=True, height_ratios=[2.2, ROW_IN * rows])
        _draw_curve(top, curve, theory, practice)
        published = int(np.flatnonzero(_is_published(curve))[0])
        place = (published + 0.5) / len(curve)
        top.plot(place, curve["power"].iloc[published], "o", color=COLOURS["blue"], markersize=6, zorder=4)
        top.annotate(
            "published",
            (place, curve["power"].iloc[published]),
            xytext=(-6, 8),
            textcoords="offset points",
            ha="right",
            color=COLOURS["blue"],
        )
        top.set_ylabel("Power of performance")
        top.legend(loc="upper left")
        _draw_choices(below, curve, present)
        below.set_xlabel(f"{len(curve):,} different specifications, from the smallest power to the largest")
    return figure


def describe_specification_curve(fitted: pd.DataFrame, name: str, theory: float, practice: float) -> str:
    """Alternative text of `draw_specification_curve`."""
    curve = sort_curve(fitted)
    rising = curve["slope"] > 0.0
    powers = curve.loc[rising, "power"]
    low, middle, high = (decimal(value, 1) for value in powers.quantile([0.05, 0.5, 0.95], interpolation="lower"))
    published = curve.loc[_is_published(curve), "power"].iloc[0]
    ends = [_commonest(part) for part in (curve.iloc[: len(curve) // 10], curve.iloc[-(len(curve) // 10) :])]
    flat, above, at_least = (
        whole_percent(float(share.mean())) for share in (~rising, powers >= theory, powers >= practice)
    )
    return (
        f"Curve of the powers of {len(curve):,} specifications of {name}, sorted, on a logarithmic axis: nine in ten of"
        f" those that rise from {low} to {high}, the median {middle}, the published one {decimal(published, 1)};"
        f" {flat} do not rise. {above} of the rising ones are at least the {theory:g} of theory and {at_least} at least"
        f" the {practice:g} of practice. A matrix beneath shows which choices are common where. More than half of the"
        f" smallest tenth have {ends[0]}; of the largest tenth, with those that do not rise, {ends[1]}."
    )


def draw_curves(fitted: pd.DataFrame, names: Mapping[str, str], theory: float, practice: Mapping[str, float]) -> Figure:
    """Draw the specification curve of every benchmark, a panel each.

    Parameters
    ----------
    fitted : DataFrame
        ``multiverse.csv``.
    names : mapping
        Benchmark to the name of its data set, in reading order.
    theory : float
        Power that the paper derives.
    practice : mapping
        Benchmark to the power found in practice.
    """
    with house_style():
        figure, grid = new_grid(6.4, rows=-(-len(names) // 2), columns=2, share_y=True)
        for axes, (benchmark, name) in zip(grid, names.items(), strict=False):
            curve = sort_curve(fitted[fitted["benchmark"] == benchmark])
            _draw_curve(axes, curve, theory, practice[benchmark])
            strip = axes.inset_axes((0.0, 0.0, 1.0, 0.09))
            shares = _binned(curve["rising"].to_numpy(dtype=float))
            strip.imshow(shares[None], cmap="Blues", vmin=0.0, vmax=1.0, aspect="auto", interpolation="none")
            strip.set_axis_off()
            share = whole_percent(float(curve["rising"].astype(float).mean()))
            axes.set_title(f"{name}, {len(curve):,}, {share} significant", fontsize="medium", loc="left")
            axes.xaxis.set_major_formatter(lambda value, _: f"{100.0 * value:.0f} %")
        for axes in grid[len(names) :]:
            axes.set_visible(False)
        handles, texts = grid[0].get_legend_handles_labels()
        figure.legend(handles, [text.split(",")[0] for text in texts], loc="outside upper center", ncols=3)
        figure.supxlabel("Share of the specifications, from the smallest power to the largest", fontsize="medium")
        figure.supylabel("Power of performance", fontsize="medium")
    return figure


def describe_curves(fitted: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Alternative text of `draw_curves`."""
    parts = []
    for benchmark, name in names.items():
        curve = sort_curve(fitted[fitted["benchmark"] == benchmark])
        rising = curve["slope"] > 0.0
        low, high = curve.loc[rising, "power"].quantile([0.05, 0.95], interpolation="lower")
        parts.append(
            f"{name}, {len(curve):,} specifications, nine in ten of those that rise from {decimal(low, 1)} to"
            f" {decimal(high, 1)}, {whole_percent(float((~rising).mean()))} do not rise,"
            f" {whole_percent(float(curve['rising'].astype(float).mean()))} are significant"
        )
    return f"{len(names)} panels with sorted curves of powers on a logarithmic axis. {'; '.join(parts)}."


def draw_drivers(drivers: pd.DataFrame, names: Mapping[str, str]) -> Figure:
    """Draw how much of the spread each dimension drives, a panel an outcome.

    Parameters
    ----------
    drivers : DataFrame
        What `multiverse.tabulate_drivers` gives.
    names : mapping
        Benchmark to the name of its data set, in reading order.
    """
    with house_style():
        figure = Figure(figsize=(WIDTH_IN, 3.9), layout="constrained")
        panels = figure.subplots(1, len(HEADINGS), sharey=True)
        for axes, (outcome, heading) in zip(panels, HEADINGS.items(), strict=True):
            shares = _shares(drivers, outcome, list(names))
            axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=0.6, aspect="auto", interpolation="none")
            for (row, column), share in np.ndenumerate(shares.to_numpy()):
                text = "" if np.isnan(share) else f"{100.0 * share:.0f}"
                colour = "white" if share > 0.35 else INK
                axes.text(column, row, text, ha="center", va="center", fontsize="small", color=colour)
            axes.set_xticks(range(len(names)), labels=list(names.values()), rotation=90)
            axes.set_yticks(range(len(DIMENSIONS)), labels=[*DIMENSIONS])
            axes.set_title(heading, fontsize="medium")
            axes.tick_params(length=0)
            axes.grid(visible=False)
            axes.spines[:].set_visible(False)
    return figure


def describe_drivers(drivers: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Alternative text of `draw_drivers`."""
    parts = []
    for outcome, heading in HEADINGS.items():
        shares = _shares(drivers, outcome, list(names))
        words = []
        for benchmark, name in names.items():
            largest = shares[benchmark].sort_values(ascending=False, kind="stable").head(2)
            if largest.notna().all():
                found = [f"{dimension} {whole_percent(share)}" for dimension, share in largest.items()]
                words.append(f"{name}: {listing(found)}")
        parts.append(f"{heading}: {'; '.join(words)}")
    return (
        f"{len(HEADINGS)} tables in shades of blue, a row for each of {len(DIMENSIONS)} dimensions and a column for"
        f" each benchmark, with the share of the spread in percent. The two largest of each. {'. '.join(parts)}."
    )


def _draw_curve(axes: Axes, curve: pd.DataFrame, theory: float, practice: float) -> None:
    """The curve, the powers of the paper, and a band where laws do not rise."""
    count = len(curve)
    rising = curve["power"].dropna().to_numpy(dtype=float)
    chosen = np.unique(np.linspace(0, rising.size - 1, CURVE_POINTS).round().astype(int))
    shown = np.clip(rising[chosen], *POWERS)
    axes.plot((chosen + 0.5) / count, shown, color=INK, linewidth=1.8)
    axes.axhline(theory, color=COLOURS["red"], linestyle="--", linewidth=1.2, label=f"theory, at least {theory:g}")
    axes.axhline(
        practice, color=COLOURS["orange"], linestyle=":", linewidth=1.6, label=f"found in practice, {practice:g}"
    )
    axes.axvspan(rising.size / count, 1.0, color="#dddddd", linewidth=0.0, label="does not rise")
    axes.set_yscale("log")
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(*POWERS)
    number_axis(axes, "y", most=6)


def _draw_choices(axes: Axes, curve: pd.DataFrame, present: Mapping[str, list[str]]) -> None:
    """A row a conclusion or choice, dark where it is common among the specifications of a column."""
    labels: list[str] = []
    for conclusion, label in ANSWERS.items():
        shares = _binned(curve[conclusion].to_numpy(dtype=float, na_value=np.nan))
        _draw_row(axes, len(labels), shares, "Oranges", 1.0)
        labels.append(label)
    headings = []
    for name, choices in present.items():
        headings.append(len(labels))
        labels.append(name)
        for choice in choices:
            chosen = (curve[name] == choice).to_numpy(dtype=float)
            _draw_row(axes, len(labels), _binned(chosen) / chosen.mean(), "Blues", DARKEST)
            labels.append(choice.replace("_", " "))
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_yticks(range(len(labels)), labels=labels, fontsize="x-small")
    for place in headings:
        axes.get_yticklabels()[place].set_fontweight("bold")
    axes.tick_params(axis="both", length=0)
    axes.set_xticks([])
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)


def _draw_row(axes: Axes, height: float, shares: FloatArray, colours: str, most: float) -> None:
    extent = (0.0, 1.0, height + 0.46, height - 0.46)
    axes.imshow(shares[None], cmap=colours, vmin=0.0, vmax=most, aspect="auto", interpolation="none", extent=extent)


def _binned(values: FloatArray) -> FloatArray:
    """Means of consecutive parts of values, those without any value zero."""
    means = np.zeros(BINS)
    for place, part in enumerate(np.array_split(values, BINS)):
        known = part[~np.isnan(part)]
        means[place] = known.mean() if known.size else 0.0
    return means


def _shares(drivers: pd.DataFrame, outcome: str, benchmarks: list[str]) -> pd.DataFrame:
    """Shapley shares of an outcome, a row a dimension and a column a benchmark."""
    chosen = drivers[drivers["outcome"] == outcome]
    table = chosen.pivot(index="dimension", columns="benchmark", values="shapley")
    return table.reindex(index=[*DIMENSIONS], columns=benchmarks)


def _dimensions() -> list[tuple[str, tuple[str, ...]]]:
    return list(DIMENSIONS.items())


def _is_published(curve: pd.DataFrame) -> pd.Series:
    """Whether a specification makes the first choice in every dimension."""
    published = pd.Series(data=True, index=curve.index)
    for name, choices in DIMENSIONS.items():
        published &= curve[name] == choices[0]
    return published


def _commonest(part: pd.DataFrame) -> str:
    """Choices that more than half of some specifications make."""
    found = []
    for name in DIMENSIONS:
        shares = part[name].value_counts(normalize=True)
        if shares.iloc[0] > 0.5:
            found.append(f"{name} {str(shares.index[0]).replace('_', ' ')}")
    return listing(found) if found else "no choice in common"
