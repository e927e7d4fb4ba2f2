"""The calculator on a page: its controls, its chart, and a table for readers without either.

The program that answers in a browser is ``book/explorer/calculator.js``.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import pandas as pd

from computational_limits.calculator import (
    DECIMALS,
    DIGITS,
    GIVEN_DIGITS,
    INTERVALS,
    MOST,
    PERCENT_DIGITS,
    PLAIN,
    PRICE_UNITS,
    QUANTITIES,
    SENTENCES,
    Calculator,
    Question,
    calculator_twin,
    headings,
    percent_text,
)
from computational_limits.costs import KG_PER_LB
from computational_limits.explorer import CHART_HEIGHT_PX, script_json, select_html
from computational_limits.figures.style import COLOURS
from computational_limits.vintages import VINTAGES

CALCULATOR_MARKER = 'class="calculator"'
"""What a page with a calculator holds; its scripts are added by this."""
OPTIONS = {
    "benchmark": "--benchmark",
    "error": "--error",
    "form": "--form",
    "vintage": "--vintage",
    "direction": "--direction",
    "costs": "--costs",
    "usd_per_device_hour": "--price",
    "gflop_per_usd": "--gflop-per-usd",
    "kg_co2_per_kwh": "--carbon",
}
"""Field of a question to its option of ``complimits project``."""
FAULTS = {
    "error": "The target error must lie between 0 and 100 %, both excluded.",
    "price": "The price must be a number above 0, or empty.",
    "carbon": "The carbon intensity must be a number above 0, or empty.",
}
"""What is said beside a field that cannot be used."""
TITLE = "Error against computing, the law and what the target takes"
CARBON_LABEL = "Your own kg CO2 per kWh (optional)"
LEGEND = (
    "Points are the models in the data. Line and shade are the law and its {level} confidence region. The diamond is"
    " the target on the law, its thick bar the confidence interval, its thin bar the prediction interval; an arrow"
    " says that a bar goes on."
)
SLIDER = {"min": "-2", "max": "1.95", "step": "0.05"}
"""Log10 of the percentages that the slider gives."""


def calculator_html(calculator: Calculator, identity: str, names: Mapping[str, str]) -> str:
    """The part of a page that holds the calculator.

    Parameters
    ----------
    calculator : mapping
        Contents of ``calculator.json``.
    identity : str
        Id of the part, unique in the page.
    names : mapping
        Benchmark to the name of its data set, in reading order.

    Returns
    -------
    str
        HTML with labelled controls, places for chart and answer, the table of
        `calculator_twin`, and everything else as JSON.

    Raises
    ------
    ValueError
        If there is no law to start with.
    """
    first = first_question(calculator, names)
    editions = {costs["edition"]: f"{costs['edition']}: {costs['title']}" for costs in calculator["costs"]}
    choices: dict[str, tuple[str, dict[str, str]]] = {
        "benchmark": ("Benchmark", {key: names[key] for key in names if key in _found(calculator, "benchmark")}),
        "vintage": ("Edition of the data", {key: _vintage(key) for key in _found(calculator, "vintage")}),
        "form": ("Form of the law", {key: key for key in _found(calculator, "form")}),
        "direction": ("Direction of the fit", {key: key for key in _found(calculator, "direction")}),
        "costs": ("Edition of the costs", editions),
    }
    lists = {
        name: select_html(identity, name, label, options, getattr(first, name))
        for name, (label, options) in choices.items()
    }
    key = html.escape(identity)
    columns = ["Estimate", *headings(calculator["level"]).values()]
    heads = "".join(f'<th scope="col">{html.escape(text)}</th>' for text in ["Quantity", *columns])
    percentage = f"{100.0 * first.error:g}"
    slider = " ".join(f'{name}="{value}"' for name, value in SLIDER.items())
    return f"""<div {CALCULATOR_MARKER} id="{key}">
<form class="explorer-controls" aria-label="Ask what a target takes">
{lists["benchmark"]}
{lists["vintage"]}
{lists["form"]}
{lists["direction"]}
{_number(identity, "error", "Target error (%)", f'step="any" required value="{percentage}"')}
<p><label for="{key}-scale">Target error, on a logarithmic scale</label>
<input id="{key}-scale" name="scale" type="range" {slider} autocomplete="off"></p>
{lists["costs"]}
{_number(identity, "carbon", CARBON_LABEL, 'step="any"')}
{_number(identity, "price", "Your own price (optional)", 'step="any"')}
{select_html(identity, "unit", "Unit of your price", PRICE_UNITS, next(iter(PRICE_UNITS)))}
<p class="explorer-buttons"><button type="button" name="link">Copy link</button>
<button type="button" name="svg">Download chart</button>
<button type="reset">Reset</button></p>
</form>
<p class="explorer-status calculator-status" role="status" aria-live="polite">The calculator needs JavaScript.
The table below has some of its answers.</p>
<table class="calculator-answer" role="table" hidden><caption>What the target takes</caption>
<thead><tr>{heads}</tr></thead><tbody role="rowgroup"></tbody></table>
<div class="calculator-words"></div>
<div class="explorer-chart calculator-chart" role="img" aria-label="{html.escape(TITLE)}"></div>
<p class="calculator-legend">{html.escape(LEGEND.format(level=percent_text(calculator["level"])))}</p>
<p class="calculator-same" hidden><span>The same on the command line:</span>
<code class="calculator-command"></code> <button type="button" name="command">Copy command</button></p>
<div class="calculator-twin">
{_twin_html(calculator, names)}
</div>
<script type="application/json" class="calculator-held">{script_json(_held(calculator, first))}</script>
</div>"""


def first_question(calculator: Calculator, names: Mapping[str, str]) -> Question:
    """The question shown before the reader asks: half the best error of the first benchmark.

    Raises
    ------
    ValueError
        If there is no law to start with.
    """
    for benchmark in names:
        for law in calculator["laws"]:
            asked = Question(benchmark, law["best_error"] / 2.0, costs=calculator["costs"][0]["edition"])
            if all(law[name] == getattr(asked, name) for name in ("benchmark", "vintage", "form", "direction")):
                error = float(f"{asked.error:.1g}")
                return Question(benchmark, error, costs=asked.costs)
    raise ValueError("the calculator has no law to start with: one of a known benchmark, as a question takes it")


def calculator_chart() -> dict[str, Any]:
    """The chart as Vega-Lite, without data; the page sets axes, the colour of the theme and what is drawn.

    Returns
    -------
    dict
        Computing is log10 GFLOP in ``x`` and ``x2``, error a percentage in ``y``.
    """
    x = {"field": "x", "type": "quantitative", "scale": {"nice": False, "zero": False}}
    y = {"field": "y", "type": "quantitative", "scale": {"type": "log", "nice": False}}
    line = {"mark": {"type": "line", "clip": True, "aria": False, "strokeWidth": 2, "color": {"expr": "colour"}}}
    target = [
        {"field": "x", "type": "quantitative", "title": "log10 GFLOP", "format": ".1f"},
        {"field": "y", "type": "quantitative", "title": "Error, %", "format": ".3~g"},
    ]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": "container",
        "height": CHART_HEIGHT_PX,
        "autosize": {"type": "fit", "contains": "padding"},
        "background": None,
        "usermeta": {"darkColour": COLOURS["sky"]},
        "params": [{"name": "colour", "value": COLOURS["blue"]}],
        "encoding": {
            "x": {**x, "axis": {"title": "Computing (GFLOP)", "grid": True, "labelFlush": False}},
            "y": {**y, "axis": {"title": "Error (%)", "grid": True, "format": "~g"}},
        },
        "layer": [
            {
                "data": {"name": "edge"},
                "mark": {"type": "rect", "opacity": 0.06, "aria": False, "clip": True},
                "encoding": {"x2": {"field": "x2"}, "y": {"value": 0}, "y2": {"value": {"expr": "height"}}},
            },
            {
                "data": {"name": "edge"},
                "mark": {
                    "type": "text",
                    "text": ["beyond", "the data"],
                    "align": "left",
                    "dx": 5,
                    "fontSize": 11,
                    "aria": False,
                },
                "encoding": {"y": {"value": 8}},
            },
            {
                "data": {"name": "band"},
                "mark": {
                    "type": "area",
                    "orient": "horizontal",
                    "opacity": 0.18,
                    "clip": True,
                    "aria": False,
                    "color": {"expr": "colour"},
                },
                "encoding": {"x2": {"field": "x2"}},
            },
            {"data": {"name": "line"}, **line},
            {
                "data": {"name": "sought"},
                "mark": {"type": "rule", "strokeDash": [2, 3], "aria": False},
                "encoding": {"x": None},
            },
            {
                "data": {"name": "models"},
                "mark": {"type": "point", "filled": True, "size": 45, "opacity": 0.8, "aria": False},
                "encoding": {"color": {"value": COLOURS["orange"]}, "tooltip": target},
            },
            {
                "data": {"name": "ranges"},
                "mark": {"type": "rule", "clip": True, "aria": False, "color": {"expr": "colour"}},
                "encoding": {
                    "x2": {"field": "x2"},
                    "strokeWidth": {"field": "width", "type": "quantitative", "scale": None},
                },
            },
            {
                "data": {"name": "arrows"},
                "mark": {
                    "type": "point",
                    "shape": "triangle-up",
                    "filled": True,
                    "size": 90,
                    "opacity": 1,
                    "aria": False,
                    "color": {"expr": "colour"},
                },
                "encoding": {"angle": {"field": "angle", "type": "quantitative", "scale": None}},
            },
            {
                "data": {"name": "target"},
                "mark": {
                    "type": "point",
                    "shape": "diamond",
                    "filled": True,
                    "size": 150,
                    "opacity": 1,
                    "aria": False,
                    "color": {"expr": "colour"},
                },
                "encoding": {"tooltip": target},
            },
        ],
    }


def _held(calculator: Calculator, first: Question) -> dict[str, Any]:
    """What the program of the page knows: the laws, their models once each, and how to say and print."""
    models: dict[str, Any] = {}
    laws = []
    for law in calculator["laws"]:
        key = f"{law['benchmark']} {law['vintage']}"
        models.setdefault(key, law["models"])
        laws.append({**law, "models": key})
    plain = Question(first.benchmark, first.error)
    return {
        "calculator": {"level": calculator["level"], "laws": laws, "costs": calculator["costs"], "models": models},
        "title": TITLE,
        "spec": calculator_chart(),
        "headings": ["Estimate", *(f"{percent_text(calculator['level'])} {kind}" for kind in INTERVALS)],
        "sentences": SENTENCES,
        "faults": FAULTS,
        "options": OPTIONS,
        "defaults": {name: getattr(plain, name) for name in ("vintage", "direction", "costs")},
        "priceUnits": PRICE_UNITS,
        "quantities": QUANTITIES,
        "intervals": list(INTERVALS),
        "kgPerLb": KG_PER_LB,
        "decimals": DECIMALS,
        "digits": DIGITS,
        "givenDigits": GIVEN_DIGITS,
        "percentDigits": PERCENT_DIGITS,
        "plain": PLAIN,
        "most": MOST,
    }


def twin_caption(calculator: Calculator) -> str:
    """What the table of `calculator_twin` shows."""
    level = percent_text(calculator["level"])
    return f"What half the best error in the data takes, with the {level} confidence interval of computing."


def _twin_html(calculator: Calculator, names: Mapping[str, str]) -> str:
    table: pd.DataFrame = calculator_twin(calculator, names, power="10<sup>{}</sup>".format)
    escaped = {column: html.escape(column) for column in table.columns}
    caption = html.escape(twin_caption(calculator))
    text = str(table.rename(columns=escaped).to_html(index=False, border=0, escape=False, classes="calculator-answers"))
    return text.replace(">", f"><caption>{caption}</caption>", 1)


def _found(calculator: Calculator, name: str) -> list[str]:
    return list(dict.fromkeys(law[name] for law in calculator["laws"]))


def _vintage(key: str) -> str:
    return f"{key}: {VINTAGES[key]}" if key in VINTAGES else key


def _number(block: str, name: str, label: str, attributes: str) -> str:
    """A labelled field for a number, with a place to say what is wrong with it."""
    identity = f"{html.escape(block)}-{name}"
    return (
        f'<p><label for="{identity}">{html.escape(label)}</label>\n'
        f'<input id="{identity}" name="{name}" type="number" inputmode="decimal" autocomplete="off" {attributes}'
        f' aria-describedby="{identity}-fault">\n<span class="calculator-fault" id="{identity}-fault"></span></p>'
    )
