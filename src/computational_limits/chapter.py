"""The chapter of a reader's own benchmark, in a folder of its own: pages, results as CSV and JSON."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
import yaml
from nbformat.v4 import new_markdown_cell
from sphinx.util import texescape

from computational_limits.book import COPIED, build_pdf
from computational_limits.notebooks import execute
from computational_limits.paths import put_in_place
from computational_limits.sphinx_extension import FOLDER as OFFLINE_FOLDER
from computational_limits.standalone import render_page

TEMPLATE = "notebooks/own_benchmark.py"
CONTENTS = "format: jb-book\nroot: chapter\n"
WORKS_CITED = "## Works cited\n\n```{bibliography}\n:filter: docname in docnames\n```\n"


def write_chapter(root: Path, out: Path, parameters: Mapping[str, Any], pdf: bool) -> list[Path]:
    """Execute the template and write what comes of it; a PDF that cannot be built takes nothing else with it.

    Parameters
    ----------
    root : Path
        Project folder.
    out : Path
        Folder to write: ``chapter.html``, ``chapter.ipynb``, ``results.json``,
        ``results/*.csv``, and ``chapter.pdf`` if asked for.
    parameters : mapping
        Of the template.
    pdf : bool
        Whether to make the PDF.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    notebooks.NotebookError
        If a cell raises.
    book.BuildError
        If the PDF cannot be built; all the rest is then written.
    """
    bibliography = root / "book" / "references.bib"
    with TemporaryDirectory(prefix="complimits-") as scratch:
        work = Path(scratch)
        page, tables = work / "chapter.ipynb", work / "results"
        tables.mkdir()
        execute(root / TEMPLATE, page, root, parameters, tables)
        notebook = nbformat.read(page, as_version=4)
        (work / "chapter.html").write_text(render_page(notebook, work, bibliography), encoding="utf-8")
        contents = {path.stem: _records(path) for path in sorted(tables.glob("*.csv"))}
        (work / "results.json").write_text(json.dumps(contents, indent=1) + "\n", encoding="utf-8")
        out.mkdir(parents=True, exist_ok=True)
        for name in ("chapter.files", "results"):
            waiting = out / f".{name}.new"
            shutil.rmtree(waiting, ignore_errors=True)
            shutil.copytree(work / name, waiting)
            put_in_place(waiting, out / name)
        made = ["chapter.html", "chapter.ipynb", "results.json"]
        for name in made:
            _copy_whole(work / name, out)
        (out / "chapter.pdf").unlink(missing_ok=True)  # of an earlier table
        if pdf:
            _print(root, work, str(parameters["title"]))
            _copy_whole(work / "chapter.pdf", out)
            made.append("chapter.pdf")
    return [*(out / name for name in made), out / "results"]


def _copy_whole(file: Path, folder: Path) -> None:
    waiting = folder / f".{file.name}.new"
    shutil.copyfile(file, waiting)
    waiting.replace(folder / file.name)


def latex_text(text: str) -> str:
    r"""Text as LaTeX, where a file is named ``my_table``.

    Examples
    --------
    >>> print(latex_text("my_table, 50 % & more"))
    my\_table, 50 \% \& more
    """
    texescape.init()
    return texescape.escape(text, "xelatex")


def _print(root: Path, work: Path, title: str) -> None:
    """The PDF, as a book of one page."""
    source = work / "book"
    for name in COPIED:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, source / name)
    shutil.copytree(root / "book" / "_static", source / "_static")
    (source / OFFLINE_FOLDER).mkdir()
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    config["title"], config["latex"]["latex_documents"]["title"] = title, latex_text(title)
    (source / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    (source / "_toc.yml").write_text(CONTENTS, encoding="utf-8")
    shutil.copytree(work / "chapter.files", source / "chapter.files")
    notebook = nbformat.read(work / "chapter.ipynb", as_version=4)
    notebook.cells.append(new_markdown_cell(WORKS_CITED, id="works-cited"))
    nbformat.write(notebook, source / "chapter.ipynb")
    build_pdf(source, work / "latex", work / "chapter.pdf", root / "apt.txt")


def _records(path: Path) -> list[dict[str, Any]]:
    """Rows of a table with numbers as numbers; what is empty is null, and an unbounded end is text."""
    with path.open(encoding="utf-8", newline="") as file:
        return [{name: _value(cell) for name, cell in row.items()} for row in csv.DictReader(file)]


def _value(cell: str) -> float | int | str | None:
    if not cell:
        return None
    for kind in (int, float):
        try:
            number = kind(cell)
        except ValueError:
            continue
        return number if abs(number) < float("inf") else cell
    return cell
