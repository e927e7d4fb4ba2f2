"""Batches: one notebook with every set of parameters of a grid, through Snakemake.

A run is named after all that it depends on: its parameters, the notebook, the
code behind it, the locked versions, the data and the results it reads. It is
made in a scratch folder and put in place in one step, so that a folder which is
there is a run that is finished, whatever was interrupted or killed.
"""

from __future__ import annotations

import csv
import hashlib
import html
import json
import math
import re
import shlex
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from computational_limits.code_digest import code_digest
from computational_limits.grid import Grid, Run
from computational_limits.paths import put_in_place, results_folder
from computational_limits.pipeline import (
    INTERRUPTED,
    PACKAGE,
    failure_reason,
    modules_behind,
    only_one,
    progress_line,
    run_snakemake,
)
from computational_limits.tables import table_paths

NAME_LENGTH = 16
"""Hexadecimal digits of the name of a run."""
DEFAULT_SECONDS = 12.0
"""What a run is thought to take where none was timed."""
LOOK_SECONDS = 2.0
"""Time between two looks at how far a batch is."""
DONE = "run.json"
"""File of a run's folder that says that it is finished."""
PLAN = "plan.json"
RESULTS_CALL = re.compile(r"read_results\(\s*\"(\w+)\"")
VALUES = "values"
"""Name in column ``table`` of what a notebook records rather than keeps."""
RECORDED = ("recorded_name", "recorded_value")
"""Columns of such a value."""
TEXT_COLUMNS = ("table", *RECORDED, "vintage", "set")
"""Columns of the results that are text even where they look like numbers."""


class BatchError(RuntimeError):
    """A batch that could not be run at all."""


@dataclass(frozen=True, slots=True)
class Job:
    """One run of a batch.

    Attributes
    ----------
    name : str
        Digest of all that the run depends on.
    number : int
        Its place in the grid, from 1.
    run : Run
        Its parameters.
    """

    name: str
    number: int
    run: Run


@dataclass(frozen=True, slots=True)
class Batch:
    """A grid and the folder where it runs.

    Attributes
    ----------
    grid : Grid
    jobs : tuple of Job
        In the order of the grid.
    folder : Path
        Where everything goes.
    """

    grid: Grid
    jobs: tuple[Job, ...]
    folder: Path

    @property
    def finished(self) -> list[Job]:
        """Jobs whose run is there."""
        return [job for job in self.jobs if self.is_done(job)]

    @property
    def failed(self) -> list[Job]:
        """Jobs that were tried, said something, and left nothing."""
        return [job for job in self.jobs if not self.is_done(job) and _has_text(self.log(job))]

    @property
    def missing(self) -> list[Job]:
        """Jobs that are not finished."""
        return [job for job in self.jobs if not self.is_done(job)]

    def is_done(self, job: Job) -> bool:
        """Whether the run is finished."""
        return (self.place(job) / DONE).is_file()

    def place(self, job: Job) -> Path:
        """Folder of a run."""
        return self.folder / "runs" / job.name

    def log(self, job: Job) -> Path:
        """What the run said of its failure."""
        return self.folder / "logs" / f"{job.name}.log"


@dataclass(frozen=True, slots=True)
class Estimate:
    """How long a batch will take.

    Attributes
    ----------
    seconds : float
        Of the whole batch.
    each : float
        Of one run.
    reason : str
        Where that number is from.
    """

    seconds: float
    each: float
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a batch came to.

    Attributes
    ----------
    code : int
        Exit code: 0, 1 if a run failed, or `pipeline.INTERRUPTED`.
    ran : int
        Runs finished now.
    failures : tuple of (Job, str)
        Runs that failed, each with its reason.
    """

    code: int
    ran: int
    failures: tuple[tuple[Job, str], ...]


def plan_batch(grid: Grid, folder: Path, root: Path) -> Batch:
    """Name the runs of a grid after what they depend on.

    Parameters
    ----------
    grid : Grid
    folder : Path
        Where the batch runs.
    root : Path
        Project folder.

    Raises
    ------
    FileNotFoundError
        If the notebook reads a results table that no report has made.
    """
    code = dependencies_digest(grid.script, root)
    jobs = [Job(run_name(run.parameters, code), number, run) for number, run in enumerate(grid.runs, start=1)]
    return Batch(grid, tuple(jobs), folder)


def dependencies_digest(script: Path, root: Path) -> str:
    """Digest of all that the runs of a notebook depend on, their parameters excepted.

    Comments and docstrings of the package do not count; in the notebook, whose text is comments, they do.
    """
    modules = modules_behind(script, root)
    digest = hashlib.sha256(script.read_bytes())
    digest.update(code_digest(root / module for module in modules).encode())
    read = [root / "requirements.lock"]
    if f"src/{PACKAGE}/tables.py" in modules:
        read += [root / "data" / "datapackage.json", *table_paths(root).values()]
    for name in sorted(set(RESULTS_CALL.findall(script.read_text(encoding="utf-8")))):
        read.append(results_folder(root) / f"{name}.csv")
        if not read[-1].is_file():
            raise FileNotFoundError(f"{script.name} reads the results table {name!r}, which `make report` makes first")
    for path in read:
        digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def run_name(parameters: Mapping[str, Any], code: str) -> str:
    """Name of a run.

    Examples
    --------
    >>> run_name({"a": 1, "b": 2.0}, "x") == run_name({"b": 2.0, "a": 1}, "x")
    True
    """
    text = json.dumps([code, parameters], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:NAME_LENGTH]


def estimate(batch: Batch, jobs: Iterable[Job], cores: int, root: Path) -> Estimate:
    """How long some jobs will take: by runs of this notebook that were timed, or by a default."""
    count = len(list(jobs))
    times = [json.loads(path.read_text(encoding="utf-8")) for path in batch.folder.glob(f"runs/*/{DONE}")]
    seconds = [entry["seconds"] for entry in times if entry["notebook"] == batch.grid.script.name]
    reason = f"the mean of {len(seconds)} earlier runs"
    if not seconds:
        seconds, reason = [DEFAULT_SECONDS], "a guess: none was timed yet"
        chapter = batch.grid.script.stem.partition("_")[2]
        timed = root / "_build" / "work" / "times" / f"{chapter}.tsv"
        with suppress(OSError, ValueError, StopIteration, KeyError), timed.open(encoding="utf-8", newline="") as file:
            seconds = [float(next(csv.DictReader(file, delimiter="\t"))["s"])]
            reason = "the last report"
    each = sum(seconds) / len(seconds)
    return Estimate(math.ceil(count / cores) * each, each, reason)


def run_batch(
    batch: Batch,
    jobs: Iterable[Job],
    root: Path,
    options: Iterable[str],
) -> Outcome:
    """Run jobs, go on where others fail, and gather all that is finished.

    Parameters
    ----------
    batch : Batch
    jobs : iterable of Job
        Those to run.
    root : Path
        Project folder.
    options : iterable of str
        Options for Snakemake, with those of a profile.

    Raises
    ------
    PipelineBusyError
        If another batch runs in this folder.
    BatchError
        If Snakemake could not start.
    """
    wanted = list(jobs)
    with only_one(batch.folder, "batch") as lock:
        wanted = [job for job in wanted if not batch.is_done(job)]  # another batch may have just ended
        code = 0
        if wanted:
            code = _run_jobs(batch, wanted, root, options, lock)
        done = sum(map(batch.is_done, wanted))
        if code == INTERRUPTED:
            return Outcome(code, done, ())
        failures = tuple((job, _reason(batch.log(job))) for job in wanted if not batch.is_done(job))
        if failures and not done and not any(_has_text(batch.log(job)) for job, _ in failures):
            said = (batch.folder / "logs" / "snakemake.log").read_text(encoding="utf-8", errors="replace")
            raise BatchError(f"Snakemake could not run the batch:\n{said.strip()}")
        _clean(batch)
        gather(batch)
        for job in batch.finished:
            _write_page(batch.place(job), root)
        write_index(batch)
    return Outcome(1 if failures else 0, done, failures)


def run_one(plan: Path, name: str, root: Path) -> None:
    """Execute one run of a plan and put its folder in place: a job of the batch.

    Parameters
    ----------
    plan : Path
        ``plan.json`` of the batch.
    name : str
        Of the run.
    root : Path
        Project folder.

    Raises
    ------
    notebooks.ParameterError, notebooks.NotebookError, pages.PageError
        As `notebooks.execute`; nothing is put in place.
    """
    from computational_limits.notebooks import execute

    contents = json.loads(plan.read_text(encoding="utf-8"))
    parameters, script = contents["runs"][name], Path(contents["script"])
    runs = plan.parent / "runs"
    runs.mkdir(exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=runs))
    started = time.monotonic()
    try:
        (scratch / "tables").mkdir()
        execute(script, scratch / "notebook.ipynb", root, parameters, scratch / "tables", scratch / "values.json")
        record = {"notebook": script.name, "parameters": parameters, "seconds": round(time.monotonic() - started, 2)}
        (scratch / DONE).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        scratch.chmod(0o755)
        put_in_place(scratch, runs / name)  # over a run that was requeued just before its job ended
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def gather(batch: Batch) -> None:
    """Put the results of all finished runs under each other: ``results.csv`` and ``results.parquet``.

    One row a row of a table that a notebook kept, or a value that it recorded:
    ``run``, ``set`` if the grid has sets, ``parameter_...`` for every parameter,
    ``table`` (``values`` for what was recorded, as ``recorded_name`` and
    ``recorded_value``), and the columns of all tables; those of another table
    are empty.
    """
    columns: dict[str, None] = {}
    for job in batch.finished:
        for path in sorted((batch.place(job) / "tables").glob("*.csv")):
            with path.open(encoding="utf-8", newline="") as file:
                columns |= dict.fromkeys(next(csv.reader(file), []))
    names = [f"parameter_{name}" for name in (batch.grid.runs[0].parameters if batch.grid.runs else ())]
    keys = ["run", *(["set"] if batch.grid.has_sets else []), *names, "table"]
    columns = dict.fromkeys([*RECORDED, *columns])
    clashes = [column for column in columns if column in keys]
    headings = [*keys, *(f"column_{column}" if column in clashes else column for column in columns)]
    waiting = batch.folder / "results.csv.partial"
    with waiting.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(headings)
        for job in batch.finished:
            given = [_cell(value) for value in job.run.parameters.values()]
            front = [job.number, *([job.run.of_set] if batch.grid.has_sets else []), *given]
            for table, row in _rows(batch.place(job)):
                writer.writerow([*front, table, *(row.get(column, "") for column in columns)])
    waiting.replace(batch.folder / "results.csv")
    _write_parquet(batch.folder / "results.csv", batch.folder / "results.parquet", headings)


def write_index(batch: Batch) -> None:
    """Link every run with its parameters and status: ``index.html``."""
    from computational_limits.standalone import fill_page

    shown = list(batch.grid.varied)
    headings = ["Run", *(["Set"] if batch.grid.has_sets else []), *shown, "Status", "Files"]
    rows = []
    for job in batch.jobs:
        cells = [str(job.number), *([job.run.of_set] if batch.grid.has_sets else [])]
        cells += [_cell(job.run.parameters[name]) for name in shown]
        rows.append("".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + _status(batch, job))
    heading = "".join(f"<th>{html.escape(name)}</th>" for name in headings)
    fixed = {name: value for name, value in batch.grid.runs[0].parameters.items() if name not in shown}
    told = ", ".join(f"{name} = {_cell(value)}" for name, value in fixed.items())
    done = len(batch.finished)
    body = (
        f"<h1>{html.escape(batch.grid.script.name)}: {len(batch.jobs)} runs</h1>\n"
        f"<p>{done} finished, {len(batch.failed)} failed, {len(batch.jobs) - done - len(batch.failed)} not run."
        f"{f' All with {html.escape(told)}.' if told else ''}"
        ' All results: <a href="results.csv">CSV</a>, <a href="results.parquet">Parquet</a>.</p>\n'
        f'<div class="scroll"><table><thead><tr>{heading}</tr></thead>\n<tbody>\n'
        + "".join(f"<tr>{row}</tr>\n" for row in rows)
        + "</tbody></table></div>"
    )
    waiting = batch.folder / "index.html.partial"
    waiting.write_text(fill_page(f"Batch of {batch.grid.script.name}", body), encoding="utf-8")
    waiting.replace(batch.folder / "index.html")


def _run_jobs(
    batch: Batch,
    wanted: list[Job],
    root: Path,
    options: Iterable[str],
    lock: IO[str],
) -> int:
    logs = batch.folder / "logs"
    logs.mkdir(exist_ok=True)
    for job in wanted:
        batch.log(job).unlink(missing_ok=True)
    plan = {
        "script": str(batch.grid.script),
        "runs": {job.name: dict(job.run.parameters) for job in batch.jobs},
        "wanted": list(dict.fromkeys(job.name for job in wanted)),
    }
    (batch.folder / PLAN).write_text(json.dumps(plan, indent=1) + "\n", encoding="utf-8")
    command = ["--snakefile", str(root / "workflow" / "batch.smk"), "--directory", str(batch.folder)]
    # Folders of runs are whole or absent, so Snakemake's own notes on what it left half-made do not matter.
    command += ["--ignore-incomplete", "--nolock", "--keep-going", "--rerun-triggers", "mtime", *options]
    started, told = time.monotonic(), 0

    def tell() -> str:
        nonlocal told
        done = sum(map(batch.is_done, wanted))
        if done == told:
            return ""
        told = done
        return progress_line("notebooks", "runs", done, len(wanted), done, time.monotonic() - started)

    with (logs / "snakemake.log").open("w", encoding="utf-8") as log:
        return run_snakemake(command, batch.folder, root, lock, tell, log, LOOK_SECONDS)


def _clean(batch: Batch) -> None:
    """Remove what killed runs left, and folders that Snakemake made for runs that failed."""
    for path in (batch.folder / "runs").glob(".*"):
        shutil.rmtree(path, ignore_errors=True)
    for job in batch.missing:
        with suppress(OSError):
            batch.place(job).rmdir()


def _write_page(place: Path, root: Path) -> None:
    """The page of a run as one HTML file, once."""
    page = place / "notebook.html"
    if page.is_file():
        return
    import nbformat

    from computational_limits.standalone import StandaloneError, fill_page, render_page

    try:
        text = render_page(
            nbformat.read(place / "notebook.ipynb", as_version=4), place, root / "book" / "references.bib"
        )
    except StandaloneError as error:
        text = fill_page("Notebook", f"<p>This notebook has no page of its own: {html.escape(str(error))}</p>")
    waiting = page.with_suffix(".partial")
    waiting.write_text(text, encoding="utf-8")
    waiting.replace(page)


def _rows(place: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Values and rows of the tables of a run."""
    for name, value in json.loads((place / "values.json").read_text(encoding="utf-8")).items():
        yield VALUES, dict(zip(RECORDED, (name, str(value)), strict=True))
    for path in sorted((place / "tables").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield path.stem, row


def _write_parquet(source: Path, target: Path, headings: Iterable[str]) -> None:
    """Parquet by DuckDB; a column is numeric if all its cells are."""
    import duckdb

    texts = ", ".join(f"{_quoted(name)}: 'VARCHAR'" for name in headings if name in TEXT_COLUMNS)
    waiting = target.with_suffix(".parquet.partial")
    options: dict[str, str | bool | int | float | list[str]] = {"threads": 1, "autoinstall_known_extensions": False}
    with duckdb.connect(config=options) as connection:
        connection.execute(
            f"COPY (SELECT * FROM read_csv({_quoted(str(source))}, header = true, delim = ',', quote = '\"',"
            f" escape = '\"', sample_size = -1, parallel = false, types = {{{texts}}},"
            " auto_type_candidates = ['BOOLEAN', 'BIGINT', 'DOUBLE', 'VARCHAR']))"
            f" TO {_quoted(str(waiting))} (FORMAT parquet, COMPRESSION zstd)"
        )
    waiting.replace(target)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _status(batch: Batch, job: Job) -> str:
    place = f"runs/{job.name}"
    if batch.is_done(job):
        return (
            f'<td>finished</td><td><a href="{place}/notebook.html">page</a>,'
            f' <a href="{place}/notebook.ipynb">notebook</a>, <a href="{place}/tables/">tables</a></td>'
        )
    if _has_text(batch.log(job)):
        reason = html.escape(_reason(batch.log(job)))
        return f'<td class="failed">failed: {reason}</td><td><a href="logs/{job.name}.log">log</a></td>'
    return "<td>not run</td><td></td>"


def _has_text(log: Path) -> bool:
    try:
        return bool(log.read_text(encoding="utf-8", errors="replace").strip())
    except OSError:
        return False


def _reason(log: Path) -> str:
    """Why a run failed, in a line."""
    if not _has_text(log):
        return "ended without a word, as a run that is killed does"
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return failure_reason(log) or lines[-1]


def repeat_command(grid: Path, folder: Path) -> str:
    """The command that runs again what failed, and nothing else."""
    return shlex.join(["complimits", "batch", str(grid), "--out", str(folder), "--retry-failed"])
