"""Run a percent script as a notebook and make a page of the book from it.

The script is the only thing people edit. A run checks every parameter against
the script's parameters cell, executes the cells through papermill in a fresh
kernel, fills the text cells with what the code cells recorded, and moves the
finished notebook into place in one step: a failed run leaves nothing behind.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jupytext
import nbformat
import papermill
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from computational_limits.handover import FILES_VARIABLE, TABLES_VARIABLE, VALUES_MIME
from computational_limits.pages import PageError, fill
from computational_limits.paths import ROOT_VARIABLE
from computational_limits.tables import suggestion

KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
CELL_TIME_LIMIT_S = 1800
START_TIME_LIMIT_S = 300
"""How long a kernel may take to answer: on a busy machine a minute, Papermill's own limit, is too short."""
LONGEST_SOCKET_FOLDER = 85
PARAMETERS, INJECTED = "parameters", "injected-parameters"


class ParameterError(ValueError):
    """A parameter that the notebook does not have, or of another type."""


class NotebookError(RuntimeError):
    """A cell of a notebook raised."""


def execute(
    script: Path,
    page: Path,
    root: Path,
    parameters: Mapping[str, Any] | None = None,
    tables: Path | None = None,
    values: Path | None = None,
) -> None:
    """Execute a script and write the finished page.

    Parameters
    ----------
    script : Path
        Percent script.
    page : Path
        Notebook to write; its figures go to a folder beside it, ``<stem>.files``.
    root : Path
        Project folder; the kernel works there.
    parameters : mapping, optional
        Values for the names in the script's parameters cell.
    tables : Path, optional
        Folder for the results tables that the notebook keeps.
    values : Path, optional
        JSON file for the values that the notebook records.

    Raises
    ------
    ParameterError
        Before anything runs, naming every wrong parameter.
    NotebookError
        If a cell raises; the page is not written.
    PageError
        If a text cell asks for a value that no cell recorded, or a cell warns.
    """
    notebook = jupytext.read(script)
    notebook.metadata = NotebookNode(kernelspec=KERNEL)
    given = dict(parameters or {})
    check_parameters(declared_parameters(notebook), given, script.name)
    files = page.with_suffix(".files")
    with TemporaryDirectory(prefix="complimits-") as scratch:
        draft, done = Path(scratch) / "draft.ipynb", Path(scratch) / page.name
        new_files = Path(scratch) / files.name
        new_files.mkdir()
        nbformat.write(notebook, draft)
        with _environment(new_files, tables, root):
            try:
                papermill.execute_notebook(
                    draft,
                    done,
                    parameters=given,
                    cwd=root,
                    kernel_name=KERNEL["name"],
                    progress_bar=False,
                    start_timeout=START_TIME_LIMIT_S,
                    execution_timeout=CELL_TIME_LIMIT_S,
                    config=_local_sockets(Path(scratch)),
                )
            except PapermillExecutionError as error:
                raise NotebookError(_explain(error, script, given)) from error
        executed = nbformat.read(done, as_version=4)
        recorded = dict(_recorded(executed))
        finished = finish_page(executed, script.name)
        page.parent.mkdir(parents=True, exist_ok=True)
        if values is not None:
            values.write_text(json.dumps(recorded, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        shutil.rmtree(files, ignore_errors=True)
        shutil.copytree(new_files, files)
        waiting = page.with_suffix(".partial")
        nbformat.write(finished, waiting)
        waiting.replace(page)


def declared_parameters(notebook: NotebookNode) -> dict[str, Any]:
    """Names and defaults in the cell tagged ``parameters``; empty without one.

    Raises
    ------
    ParameterError
        If a default is not a literal.
    """
    declared = {}
    for cell in notebook.cells:
        if PARAMETERS in cell.metadata.get("tags", []):
            for statement in ast.parse(cell.source).body:
                if not isinstance(statement, (ast.Assign, ast.AnnAssign)) or statement.value is None:
                    continue
                targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                for name in (target.id for target in targets if isinstance(target, ast.Name)):
                    try:
                        declared[name] = ast.literal_eval(statement.value)
                    except ValueError as error:
                        raise ParameterError(f"the default of parameter {name!r} must be a literal") from error
    return declared


def check_parameters(declared: Mapping[str, Any], given: Mapping[str, Any], place: str) -> None:
    """Refuse parameters that are unknown or of another type than their default.

    Raises
    ------
    ParameterError
        Naming all of them.

    Examples
    --------
    >>> check_parameters({"benchmark": "imagenet"}, {"benchmrk": "imagenet"}, "benchmark.py")
    Traceback (most recent call last):
    computational_limits.notebooks.ParameterError: benchmark.py: no parameter 'benchmrk'; did you mean 'benchmark'?
    """
    wrong = [text for name, value in given.items() if (text := parameter_fault(declared, name, value))]
    if wrong:
        raise ParameterError("\n".join(f"{place}: {text}" for text in wrong))


def parameter_fault(declared: Mapping[str, Any], name: str, value: Any) -> str:
    """What is wrong with the value of a parameter; empty if nothing is.

    Parameters
    ----------
    declared : mapping
        Names to defaults, from `declared_parameters`.
    name : str
        Name of the parameter.
    value : object
        What it is to be.

    Examples
    --------
    >>> parameter_fault({"snr": 30.0}, "snr", "high")
    "parameter 'snr' = 'high' must be of type float, like its default 30.0"
    """
    if name not in declared:
        return f"no parameter {name!r}{suggestion(name, declared)}"
    if not _same_type(declared[name], value):
        kind = type(declared[name]).__name__
        return f"parameter {name!r} = {value!r} must be of type {kind}, like its default {declared[name]!r}"
    return ""


def finish_page(notebook: NotebookNode, place: str) -> NotebookNode:
    """Fill the text cells and drop what differs from run to run.

    Parameters
    ----------
    notebook : NotebookNode
        An executed notebook.
    place : str
        Name for errors.

    Returns
    -------
    NotebookNode
        The same cells with numbers in the prose, stable ids and no timings.
    """
    values = dict(_recorded(notebook))
    injected = any(INJECTED in cell.metadata.get("tags", []) for cell in notebook.cells)
    notebook.metadata = NotebookNode(kernelspec=KERNEL, language_info={"name": "python"})
    for index, cell in enumerate(notebook.cells):
        cell.id = f"cell-{index:03d}"
        tags = cell.metadata.get("tags", [])
        cell.metadata = NotebookNode(
            {key: value for key, value in cell.metadata.items() if key in ("tags", "mystnb")},
            tags=_shown_tags(tags, injected),
        )
        if cell.cell_type == "markdown":
            cell.source = fill(cell.source, values, f"{place} cell {index + 1}")
        elif cell.cell_type == "code":
            _refuse_warnings(cell, f"{place} cell {index + 1}")
            cell.outputs = [output for output in cell.outputs if VALUES_MIME not in output.get("data", {})]
    return notebook


def _recorded(notebook: NotebookNode) -> Iterator[tuple[str, Any]]:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            yield from output.get("data", {}).get(VALUES_MIME, {}).items()


def _shown_tags(tags: list[str], injected: bool) -> list[str]:
    """Show the parameters that ran: the given ones if any were, else the defaults."""
    if INJECTED in tags:
        return [*tags, "hide-input"]
    return [*tags, "remove-cell"] if injected and PARAMETERS in tags else tags


def _refuse_warnings(cell: NotebookNode, place: str) -> None:
    """A warning on a page would reach the reader and say nothing to her."""
    for output in cell.outputs:
        if output.output_type == "stream" and output.name == "stderr":
            raise PageError(f"{place} writes to standard error: {output.text.strip()}")


def _same_type(default: Any, value: Any) -> bool:
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return True
    return type(default) is type(value)


def _explain(error: PapermillExecutionError, script: Path, values: Mapping[str, Any]) -> str:
    given = ", ".join(f"{name}={value}" for name, value in values.items())
    source = "\n".join(f"    {line}" for line in error.source.splitlines())
    return (
        f"{script.name}{f' ({given})' if given else ''}, code cell {error.exec_count}:"
        f" {error.ename}: {error.evalue}\n{source}"
    )


def _local_sockets(folder: Path) -> Config:
    """Talk to the kernel through files that only this user can open, not through network ports.

    A socket's path is short; in a folder with a longer one, ports have to do.
    """
    if len(str(folder)) > LONGEST_SOCKET_FOLDER:
        return Config()
    return Config(KernelManager={"transport": "ipc", "ip": str(folder / "kernel")})


@contextmanager
def _environment(files: Path, tables: Path | None, root: Path) -> Iterator[None]:
    """Tell the kernel, which inherits the environment, where its page's files go."""
    names = {FILES_VARIABLE: files, TABLES_VARIABLE: tables, ROOT_VARIABLE: root}
    before = {name: os.environ.get(name) for name in names}
    try:
        _set_variables({name: None if path is None else str(path.resolve()) for name, path in names.items()})
        yield
    finally:
        _set_variables(before)


def _set_variables(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
