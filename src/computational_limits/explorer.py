"""All records for a reader to choose from: their data, chart and controls.

Everything here turns frames into what a page holds. The program that shows it
in a browser is ``book/explorer/explorer.js``; the chart is a Vega-Lite
specification, the table is made by DataTables.

What comes from data is hostile until it is escaped: it reaches a page as JSON
that no text can break out of, or through `html.escape`.
"""

from __future__ import annotations

import html
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from computational_limits.vintages import MEASURES, VINTAGES

MARKER = 'class="explorer"'
"""What a page with records to choose from holds; its scripts are added by this."""
PLOT_MARKER = 'class="explorer-plot"'
"""The same for a page with a chart of `computational_limits.charts`."""
AXES: dict[str, dict[str, Any]] = {
    "hardware_burden": {"label": "Hardware burden", "unit": "GFLOP", "says": "give a hardware burden"},
    "ops_per_pass": {"label": "Operations per pass", "unit": "GFLOP", "says": "give operations per pass"},
    "network_operations": {"label": "Network operations", "unit": "GFLOP", "says": "give network operations"},
    "consolidated_burden": {
        "label": "Consolidated burden (authors' fill of gaps, 2022)",
        "title": "Consolidated burden",
        "unit": "GFLOP",
        "says": "have a consolidated burden",
    },
    "year": {"label": "Year", "unit": "", "says": "give a year"},
    "error": {"label": "Error", "unit": "%", "says": "give an error"},
    "score": {"label": "Score", "unit": "%", "says": "give a score"},
}
"""What an axis can show: words for the list, unit, and how a count of models is put."""
HORIZONTAL = (*MEASURES, "year")
VERTICAL = ("error", "score")
SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross")
DIGITS = 6
"""Significant digits of a number on the page; the records have two to four."""
CHART_HEIGHT_PX = 380
TIMES = "\N{MULTIPLICATION SIGN}"
COUNTED = ("2020-records", "2022")
"""Vintages that share no model and together hold every record."""


def explorer_data(
    vintages: Mapping[str, pd.DataFrame],
    stages: pd.DataFrame,
    causes: Mapping[str, str],
    names: Mapping[str, str],
) -> dict[str, Any]:
    """Everything the page knows of the models, each said once.

    Parameters
    ----------
    vintages : mapping
        Vintage to its models, as `read_models` gives them.
    stages : DataFrame
        Table ``stages``: the words on hardware and time.
    causes : mapping
        Model id to why its burden differs from its recomputation.
    names : mapping
        Benchmark to the name of its data set, in reading order.

    Returns
    -------
    dict
        ``models`` (columns of what no vintage changes), ``papers``, and
        ``values``: vintage to columns, ``row`` being the place in ``models``.
        Measures are in GFLOP, error and score fractions, a missing number is None.

    Raises
    ------
    KeyError
        If a vintage is not one of `VINTAGES`, or a benchmark has no name.
    """
    models = pd.concat(vintages.values(), ignore_index=True).drop_duplicates("model_id").reset_index(drop=True)
    papers = models.drop_duplicates("paper").reset_index(drop=True)
    paper_rows = {paper: row for row, paper in enumerate(papers["paper"])}
    model_rows = {model: row for row, model in enumerate(models["model_id"])}
    benchmark_rows = {benchmark: row for row, benchmark in enumerate(names)}
    words = _words_by_model(stages)
    return {
        "benchmarks": [{"id": key, "name": name} for key, name in names.items()],
        "vintages": {vintage: VINTAGES[vintage] for vintage in vintages},
        "axes": {
            key: {**axis, "title": f"{axis.get('title', axis['label'])}{_in_unit(axis['unit'])}", "log": _is_log(key)}
            for key, axis in AXES.items()
        },
        "columns": {**{key: key for key in VERTICAL}, **MEASURES},
        "papers": {"title": _texts(papers["title"]), "link": [_web_address(link) for link in papers["link"]]},
        "models": {
            "id": _texts(models["model_id"]),
            "benchmark": [benchmark_rows[benchmark] for benchmark in models["benchmark"]],
            "year": [int(year) for year in models["year"]],
            "model": _texts(models["model"]),
            "paper": [paper_rows[paper] for paper in models["paper"]],
            "metric": _texts(models["metric"]),
            "hardware": [words.get(model, ("", ""))[0] for model in models["model_id"]],
            "time": [words.get(model, ("", ""))[1] for model in models["model_id"]],
            "cause": [causes.get(model, "") for model in models["model_id"]],
            "note": _texts(models["note"]),
        },
        "values": {
            vintage: {
                "row": [model_rows[model] for model in frame["model_id"]],
                **{key: _numbers(frame[key]) for key in VERTICAL},
                **{key: _numbers(frame[column]) for key, column in MEASURES.items()},
            }
            for vintage, frame in vintages.items()
        },
    }


def explorer_chart(names: Sequence[str], colours: Sequence[str], dark_colours: Sequence[str]) -> dict[str, Any]:
    """The chart as Vega-Lite, without data; the page sets axes, colours of the theme and points.

    Parameters
    ----------
    names : sequence of str
        Names of the benchmarks, in reading order.
    colours : sequence of str
        As many colours; each benchmark has a shape beside its colour.
    dark_colours : sequence of str
        The same for a dark page, kept under ``usermeta``.

    Returns
    -------
    dict
        Points carry ``name`` and numbers ``x`` and ``y``, drawn as they are or on
        a logarithmic axis; the model whose id is in parameter ``picked`` gets a ring.

    Raises
    ------
    ValueError
        With more benchmarks than colours or shapes.
    """
    looks = min(len(colours), len(dark_colours), len(SHAPES))
    if len(names) > looks:
        raise ValueError(f"{len(names)} benchmarks, but colours and shapes for {looks}: give more of them")
    position = {"type": "quantitative", "axis": {"grid": True, "labelFlush": False}}
    place = {"x": {"field": "x", **position}, "y": {"field": "y", **position}}
    look = {"legend": {"orient": "top", "title": None, "symbolOpacity": 1, "labelLimit": 0}}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": "container",
        "height": CHART_HEIGHT_PX,
        "autosize": {"type": "fit", "contains": "padding"},
        "background": None,
        "data": {"name": "records"},
        "usermeta": {"darkColours": list(dark_colours[: len(names)])},
        "params": [{"name": "picked", "value": ""}],
        "encoding": place,
        "layer": [
            {
                "mark": {"type": "point", "filled": True, "size": 55, "opacity": 0.75, "aria": False},
                "encoding": {
                    "color": {
                        "field": "name",
                        "type": "nominal",
                        "scale": {"domain": list(names), "range": list(colours[: len(names)])},
                        **look,
                    },
                    "shape": {
                        "field": "name",
                        "type": "nominal",
                        "scale": {"domain": list(names), "range": list(SHAPES[: len(names)])},
                        **look,
                    },
                    "tooltip": [
                        {"field": "model", "type": "nominal", "title": "Model"},
                        {"field": "name", "type": "nominal", "title": "Benchmark"},
                        {"field": "year", "type": "nominal", "title": "Year"},
                        {"field": "yText", "type": "nominal"},
                        {"field": "xText", "type": "nominal"},
                        {"field": "hardware", "type": "nominal", "title": "Hardware"},
                    ],
                },
            },
            {
                "transform": [{"filter": "datum.id === picked"}],
                "mark": {
                    "type": "point",
                    "size": 260,
                    "strokeWidth": 2.5,
                    "opacity": 1,
                    "aria": False,
                    "tooltip": None,
                },
            },
        ],
    }


def explorer_html(data: Mapping[str, Any], chart: Mapping[str, Any], first_vintage: str) -> str:
    """The part of a page where a reader chooses among records.

    Parameters
    ----------
    data : mapping
        From `explorer_data`.
    chart : mapping
        From `explorer_chart`.
    first_vintage : str
        Vintage shown before the reader chooses.

    Returns
    -------
    str
        HTML with labelled controls, places for chart, details and table, and the
        data as JSON; the page's script fills the places.

    Raises
    ------
    KeyError
        If ``first_vintage`` is not in ``data``.
    """
    if first_vintage not in data["vintages"]:
        raise KeyError(f"no vintage {first_vintage!r} in the data of the page")
    benchmarks = {"all": "All benchmarks"} | {entry["id"]: entry["name"] for entry in data["benchmarks"]}
    vintages = {key: f"{key}: {words}" for key, words in data["vintages"].items()}
    lists = (
        ("benchmark", "Benchmark", benchmarks, "all"),
        ("vintage", "Vintage", vintages, first_vintage),
        ("y", "Vertical axis", {key: AXES[key]["label"] for key in VERTICAL}, VERTICAL[0]),
        ("x", "Horizontal axis", {key: AXES[key]["label"] for key in HORIZONTAL}, HORIZONTAL[0]),
    )
    controls = "\n".join(select_html("explorer", *described) for described in lists)
    return f"""<div {MARKER} id="explorer">
<form class="explorer-controls" aria-label="Choose records">
{controls}
<p><label for="explorer-find">Find a model, paper or processor</label>
<input id="explorer-find" name="find" type="search" autocomplete="off" spellcheck="false"></p>
<p class="explorer-buttons"><button type="button" name="csv">Download CSV</button>
<button type="button" name="svg">Download chart</button>
<button type="reset">Reset</button></p>
</form>
<p class="explorer-status" role="status" aria-live="polite">The chart and the table need JavaScript.</p>
<div class="explorer-chart" role="img" aria-label="Scatter plot of the chosen records"></div>
<section class="explorer-details" aria-label="Details of one record">
<p>Point at a mark, or go through the table, to read a record.</p></section>
<table class="explorer-table" aria-label="The chosen records"></table>
<script type="application/json" class="explorer-data">{script_json(data)}</script>
<script type="application/json" class="explorer-spec">{script_json(chart)}</script>
</div>"""


def script_json(value: object) -> str:
    r"""JSON for a script element: no text in it can end the element or open a comment.

    Raises
    ------
    ValueError
        For numbers that JSON does not have.

    Examples
    --------
    >>> script_json({"model": "</script><!--"})
    '{"model":"\\u003c/script\\u003e\\u003c!--"}'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    codes: dict[str, str] = {mark: f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"}
    return text.translate({ord(mark): code for mark, code in codes.items()})


def select_html(block: str, name: str, label: str, options: Mapping[str, str], chosen: str) -> str:
    """A labelled list to choose from.

    Parameters
    ----------
    block : str
        Id of the part of the page that it belongs to; its own is ``block-name``.
    name : str
        Name of the choice.
    label : str
        Words beside the list.
    options : mapping
        Value to the words of each entry.
    chosen : str
        Value chosen at first.
    """
    entries = "".join(
        f'<option value="{html.escape(key)}"{" selected" if key == chosen else ""}>{html.escape(text)}</option>'
        for key, text in options.items()
    )
    identity = f"{html.escape(block)}-{html.escape(name)}"
    return (
        f'<p><label for="{identity}">{html.escape(label)}</label>\n'
        f'<select id="{identity}" name="{html.escape(name)}" autocomplete="off">{entries}</select></p>'
    )


def count_records(vintages: Mapping[str, pd.DataFrame], names: Mapping[str, str]) -> pd.DataFrame:
    """Models of each vintage and benchmark, and how many of them have each measure.

    Parameters
    ----------
    vintages : mapping
        Vintage to its models, as `read_models` gives them.
    names : mapping
        Benchmark to the name of its data set, in reading order.

    Returns
    -------
    DataFrame
        ``vintage``, ``benchmark``, ``models`` and one column of counts for each
        measure of `MEASURES`; the row of all benchmarks has ``benchmark`` *all*.
    """
    rows = []
    for vintage, frame in vintages.items():
        parts = {key: frame[frame["benchmark"] == key] for key in names}
        for benchmark, part in {**parts, "all": frame}.items():
            counts = {key: int(part[column].notna().sum()) for key, column in MEASURES.items()}
            rows.append({"vintage": vintage, "benchmark": benchmark, "models": len(part), **counts})
    return pd.DataFrame(rows)


def render_counts(counts: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Counts as a reader sees them: a row a benchmark, the vintages of `COUNTED` in one cell.

    Examples
    --------
    >>> rows = [(vintage, key, n, n, n, n) for n, vintage in ((3, "2020-records"), (4, "2022")) for key in ("a", "all")]
    >>> columns = ["vintage", "benchmark", "models", *HORIZONTAL[:3]]
    >>> print(render_counts(pd.DataFrame(rows, columns=columns), {"a": "A"}).iloc[0].tolist())
    ['A', '3 + 4', '3 + 4', '3 + 4', '3 + 4']
    """
    table = counts.set_index(["benchmark", "vintage"])
    columns = {"models": "Records", **{key: AXES[key]["label"] for key in HORIZONTAL[:3]}}
    return pd.DataFrame(
        [
            {"Benchmark": name}
            | {
                heading: " + ".join(str(table.loc[(key, vintage), column]) for vintage in COUNTED)
                for column, heading in columns.items()
            }
            for key, name in {**names, "all": "all"}.items()
        ]
    )


def _is_log(key: str) -> bool:
    return key in MEASURES or key == "error"


def _in_unit(unit: str) -> str:
    return f" ({unit})" if unit else ""


def _words_by_model(stages: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Words on hardware and on time by model, all its stages in one line each."""
    words: dict[str, tuple[str, str]] = {}
    for model, rows in stages.groupby("model_id", sort=False):
        several = len(rows) > 1
        hardware, time = [], []
        for row in rows.to_dict("records"):
            stage = f"{row['stage']}: " if several else ""
            parts = [
                _devices(row["processor_count"], row["processor_words"]),
                _devices(row["host_count"], row["host_words"]),
            ]
            if any(parts):
                hardware.append(stage + " and ".join(part for part in parts if part))
            if not pd.isna(row["time_words"]):
                time.append(f"{stage}{row['time_words']}")
        words[str(model)] = ("; ".join(hardware), "; ".join(time))
    return words


def _devices(count: float, words: object) -> str:
    """Count and name of devices in words; empty without a name."""
    if pd.isna(words):
        return ""
    return str(words) if pd.isna(count) else f"{count:g} {TIMES} {words}"


def _web_address(link: object) -> str:
    """A link that a page may hold: nothing but a web address, else empty."""
    text = "" if pd.isna(link) else str(link)
    return text if text.startswith(("https://", "http://")) else ""


def _texts(column: pd.Series) -> list[str]:
    return ["" if pd.isna(text) else str(text) for text in column]


def _numbers(column: pd.Series) -> list[float | None]:
    """Rounded numbers, short in JSON."""
    return [_short(float(value)) for value in column]


def _short(value: float) -> float | int | None:
    if not math.isfinite(value):
        return None
    rounded = float(f"{value:.{DIGITS}g}")
    return int(rounded) if rounded.is_integer() and rounded < 1e6 else rounded
