"""What a notebook cell shows: figures, tables, and numbers for the prose.

In JupyterLab a figure appears as a picture with its caption. When the pipeline
runs a notebook, the environment names two folders: one takes each figure as
SVG, PDF and PNG with the plotted data as CSV, the other the results tables.
The book then shows numbered figures and tables that other pages can refer to.
"""

from __future__ import annotations

import html
import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from IPython.display import display as ipython_display

from computational_limits.calculator import Calculator, calculator_twin, write_calculator
from computational_limits.calculator_page import calculator_html, twin_caption
from computational_limits.charts import chart_html
from computational_limits.explorer import explorer_chart, explorer_html
from computational_limits.figures.style import COLOURS, house_style
from computational_limits.handover import FILES_VARIABLE, TABLES_VARIABLE, VALUES_MIME
from computational_limits.vintages import PUBLISHED

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURE_FORMATS = ("svg", "pdf", "png")
PNG_DOTS_PER_INCH = 200
LONGEST_UNBROKEN = 15
"""Rows of a table that is kept on one page of the PDF."""
BENCHMARK_COLOURS = tuple(COLOURS[name] for name in ("blue", "orange", "green", "red", "purple", "grey"))
"""Colours of the benchmarks in a chart of all of them, where each has a shape too."""
BENCHMARK_COLOURS_DARK = (COLOURS["sky"], *BENCHMARK_COLOURS[1:])
"""The same on a dark page."""
ON_PAPER = "The HTML edition has a chart and a table of all records here, to choose from by benchmark and vintage."
TWIN_WIDTHS = "18 14 10 11 25 11 11"
"""Relative column widths of the table that stands for the calculator on paper."""
CREATION_DATE = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}
"""Metadata that keeps a figure's file the same from run to run."""


def show(figure: Figure, *, name: str, caption: str, alt: str, data: pd.DataFrame) -> None:
    """Show a figure with its caption, alternative text and downloads.

    Parameters
    ----------
    figure : Figure
        The drawing.
    name : str
        Label for cross-references, unique in the book, ``fig-...``.
    caption : str
        Caption, MyST inline markup allowed.
    alt : str
        What the figure shows, for readers who cannot see it.
    data : DataFrame
        The plotted numbers, offered as CSV.
    """
    picture = f'<figure role="img" aria-label="{html.escape(alt)}">{_svg(figure)}</figure>'
    bundle = {"text/plain": f"{caption}\n\n{alt}", "text/html": f"{picture}<p>{html.escape(caption)}</p>"}
    folder = os.environ.get(FILES_VARIABLE)
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        for extension in FIGURE_FORMATS:
            _save(figure, Path(folder) / f"{name}.{extension}", extension)
        data.to_csv(Path(folder) / f"{name}.csv", index=False, lineterminator="\n")
        bundle["text/markdown"] = _figure_block(f"{Path(folder).name}/{name}", name, caption, alt)
    ipython_display(bundle, raw=True)


def show_table(
    table: pd.DataFrame, *, name: str, caption: str, data: pd.DataFrame | None = None, widths: str = "auto"
) -> None:
    """Show a table with its caption.

    Parameters
    ----------
    table : DataFrame
        Cells as the reader shall see them, MyST inline markup allowed.
    name : str
        Label for cross-references, unique in the book, ``tab-...``.
    caption : str
        Caption, MyST inline markup allowed.
    data : DataFrame, optional
        The numbers behind the table, offered as CSV; the table itself by default.
    widths : str
        Relative column widths, as the ``widths`` option of a list table.
    """
    bundle = {
        "text/plain": f"{caption}\n\n{table.to_string(index=False)}",
        "text/html": table.to_html(index=False),
    }
    folder = os.environ.get(FILES_VARIABLE)
    if folder:
        path = Path(folder) / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        (table if data is None else data).to_csv(path, index=False, lineterminator="\n")
        downloads = _downloads({"CSV": f"{Path(folder).name}/{path.name}"})
        bundle["text/markdown"] = table_block(table, name, caption, widths) + downloads
    ipython_display(bundle, raw=True)


def show_explorer(records: Mapping[str, Any], *, name: str, data: pd.DataFrame) -> None:
    """Show records to choose from: a chart and a table in HTML, a pointer to them on paper.

    Parameters
    ----------
    records : mapping
        From `explorer_data`.
    name : str
        Name of the file that holds all of them.
    data : DataFrame
        The records, offered as CSV whatever the reader chooses.
    """
    names = [entry["name"] for entry in records["benchmarks"]]
    chart = explorer_chart(names, BENCHMARK_COLOURS, BENCHMARK_COLOURS_DARK)
    bundle = {"text/plain": f"{ON_PAPER}\n\n{data}", "text/html": data.to_html(index=False, max_rows=20)}
    folder = os.environ.get(FILES_VARIABLE)
    if folder:
        path = Path(folder) / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        data.to_csv(path, index=False, lineterminator="\n")
        page = explorer_html(records, chart, PUBLISHED)
        bundle["text/markdown"] = (
            f"``````{{raw}} html\n{page}\n``````\n"
            + _downloads({"all records of all vintages as CSV": f"{Path(folder).name}/{path.name}"})
            + f"\n``````{{only}} latex\n{ON_PAPER}\n``````\n"
        )
    ipython_display(bundle, raw=True)


def show_chart(chart: Mapping[str, Any], *, name: str, data: pd.DataFrame) -> None:
    """Show a chart that a reader steers by lists; on paper nothing, so show its numbers by `show` too.

    Parameters
    ----------
    chart : mapping
        As `computational_limits.charts` describes; `theory_chart` gives one.
    name : str
        Id of the chart, unique in the book, ``chart-...``; also the name of the file of ``data``.
    data : DataFrame
        The numbers behind all choices, offered as CSV.
    """
    bundle = {"text/plain": f"{chart['title']}\n\n{data}", "text/html": data.to_html(index=False, max_rows=20)}
    folder = os.environ.get(FILES_VARIABLE)
    if folder:
        path = Path(folder) / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        data.to_csv(path, index=False, lineterminator="\n")
        downloads = _downloads({"data of all choices as CSV": f"{Path(folder).name}/{path.name}"})
        bundle["text/markdown"] = f"``````{{raw}} html\n{chart_html(chart, name)}\n``````\n{downloads}"
    ipython_display(bundle, raw=True)


def show_calculator(calculator: Calculator, names: Mapping[str, str], *, name: str) -> None:
    """Show the calculator in HTML, and on paper a table of some of its answers.

    Parameters
    ----------
    calculator : mapping
        Contents of ``calculator.json``.
    names : mapping
        Benchmark to the name of its data set, in reading order.
    name : str
        Id of the calculator, unique in the book; also the name of the file of its laws and costs.
    """
    twin, caption = calculator_twin(calculator, names), twin_caption(calculator)
    bundle = {"text/plain": f"{caption}\n\n{twin.to_string(index=False)}", "text/html": twin.to_html(index=False)}
    folder = os.environ.get(FILES_VARIABLE)
    if folder:
        path = Path(folder) / f"{name}.json"
        write_calculator(calculator, path)
        page = f"``````{{raw}} html\n{calculator_html(calculator, name, names)}\n``````\n"
        downloads = _downloads({"laws and costs as JSON": f"{Path(folder).name}/{path.name}"})
        rows = f"`````{{list-table}}\n:header-rows: 1\n:widths: {TWIN_WIDTHS}\n\n{_rows(twin)}\n`````"
        bundle["text/markdown"] = f"{page}{downloads}\n``````{{only}} latex\n{caption}\n\n{rows}\n``````\n"
    ipython_display(bundle, raw=True)


def record(**values: object) -> None:
    """Hand numbers and words to the prose: ``{{ name }}`` in a text cell of the page."""
    plain_values = {name: value.item() if isinstance(value, np.generic) else value for name, value in values.items()}
    texts = {name: value if isinstance(value, (str, bool)) else str(value) for name, value in plain_values.items()}
    plain = "\n".join(f"{name} = {text}" for name, text in texts.items())
    ipython_display({VALUES_MIME: texts, "text/plain": plain}, raw=True)


def keep(**tables: pd.DataFrame) -> None:
    """Hand results tables to the pipeline; without one running, do nothing."""
    folder = os.environ.get(TABLES_VARIABLE)
    if not folder:
        return
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_csv(Path(folder) / f"{name}.csv", index=False, lineterminator="\n", na_rep="")


def table_block(table: pd.DataFrame, name: str, caption: str, widths: str = "auto") -> str:
    """A table as a numbered MyST directive, the same in HTML and PDF."""
    body = _rows(table)
    long = ":class: longtable\n" if len(table) > LONGEST_UNBROKEN else ""
    return (
        f"``````{{list-table}} {caption}\n:name: {name}\n:header-rows: 1\n:widths: {widths}\n{long}\n{body}\n``````\n"
    )


def _rows(table: pd.DataFrame) -> str:
    """Headings and cells as the body of a list table."""
    rows = [list(table.columns), *table.astype(object).to_numpy().tolist()]
    lines = []
    for row in rows:
        cells = ["" if pd.isna(cell) else str(cell).replace("\n", " ") for cell in row]
        lines += [f"{'* -' if index == 0 else '  -'} {cell}" for index, cell in enumerate(cells)]
    return "\n".join(lines)


def _figure_block(path: str, name: str, caption: str, alt: str) -> str:
    downloads = _downloads({"SVG": f"{path}.svg", "PNG": f"{path}.png", "data as CSV": f"{path}.csv"})
    quoted = json.dumps(alt, ensure_ascii=False)
    return f"``````{{figure}} {path}.*\n:name: {name}\n:alt: {quoted}\n:width: 100%\n\n{caption}\n``````\n{downloads}"


def _downloads(paths: Mapping[str, str]) -> str:
    links = ", ".join(f"{{download}}`{label} <{path}>`" for label, path in paths.items())
    return f"\n``````{{only}} html\n:::{{div}} downloads\nDownload: {links}\n:::\n``````\n"


def _svg(figure: Figure) -> str:
    buffer = io.StringIO()
    _save(figure, buffer, "svg")
    return buffer.getvalue()


def _save(figure: Figure, target: Path | io.StringIO, extension: str) -> None:
    """Write a drawing, to the same bytes each time."""
    with house_style():
        figure.savefig(target, format=extension, dpi=PNG_DOTS_PER_INCH, metadata=CREATION_DATE[extension])
