"""Run the pipeline: one report at a time, resumed after an interruption.

Snakemake does the work (``workflow/Snakefile``). This module tells it which
modules a notebook depends on, sees that a second report waits its turn, and
says at the end where everything is.
"""

from __future__ import annotations

import ast
import csv
import fcntl
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from typing import IO

import yaml

from computational_limits.checking import DataError
from computational_limits.code_digest import code_digest
from computational_limits.paths import ROOT_VARIABLE
from computational_limits.tables import rows_digest, select_cells, table_paths

PACKAGE = "computational_limits"
FAILURE = "complimits: "
"""What a message of the command line begins with; a log that has it belongs to a failed step."""
INTERRUPTED = 130
"""Exit code of a report that was interrupted from the keyboard."""
CORRECTED = ("corrected", "corrected_low", "corrected_high")
"""Columns of the corrections that may name a processor."""
RUNNER = ("notebooks", "display")
"""Modules that make a page from any notebook."""


SIMULATIONS = {"simulation": (1000, 25), "simulation_grid": (40, 5)}
"""Repetitions of each simulation, and of one shard of it, by the name of its results table."""
REPETITIONS = "repetitions"
"""Option of the pipeline, ``--config repetitions=40``, for fewer of them."""
NEWS_SECONDS = 15.0
"""How often a report says how far the simulations are."""


class PipelineBusyError(RuntimeError):
    """Another report or batch is being made in this folder."""


def benchmark_names(root: Path, table: str = "benchmarks") -> list[str]:
    """Benchmarks in reading order; none if their table is unreadable, which the check then reports."""
    try:
        with table_paths(root)[table].open(encoding="utf-8", newline="") as file:
            return [row["benchmark"] for row in csv.DictReader(file)]
    except (DataError, OSError, KeyError, UnicodeDecodeError, csv.Error):
        return []


def language_names(root: Path) -> list[str]:
    """Benchmarks of language models with a chapter, in the order of their table; none if it is unreadable."""
    with_chapter = select_cells("language_benchmarks", "benchmark", "chapter", ["yes"], root)
    return [name for name in benchmark_names(root, "language_benchmarks") if name in with_chapter]


def own_table(name: str, root: Path) -> str:
    """Table of a reader's own benchmark; its YAML file if that names none, which the check then reports."""
    entry = f"data/own/{name}.yml"
    try:
        named = yaml.safe_load((root / entry).read_text(encoding="utf-8-sig"))["table"]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, TypeError, KeyError):
        return entry
    return f"data/own/{named}" if (root / "data" / "own" / str(named)).is_file() else entry


def evidence_digest(benchmark: str, root: Path) -> str:
    """Digest of every row that the models of a benchmark rest on, in whatever table."""
    models = select_cells("models", "model_id", "benchmark", [benchmark], root)
    papers = select_cells("models", "paper", "benchmark", [benchmark], root)
    readings = [
        ("stages", "processor"),
        ("stages", "host"),
        *(("corrections", cell) for cell in ("original", *CORRECTED)),
    ]
    named = set().union(*(select_cells(table, cell, "model_id", models, root) for table, cell in readings))
    processors = named | select_cells("processors", "part_of", "processor", named, root)
    digests = [rows_digest(name, "model_id", models, root) for name in ("models", "points", "stages", "corrections")]
    digests.append(rows_digest("papers", "paper", papers, root))
    trained = select_cells("language_scores", "language_model", "benchmark", [benchmark], root)
    digests += [
        rows_digest(name, "benchmark", [benchmark], root) for name in ("language_scores", "language_benchmarks")
    ]
    digests.append(rows_digest("language_models", "language_model", trained, root))
    return ":".join([*digests, rows_digest("processors", "processor", processors, root)])


def modules_behind(script: Path, root: Path) -> list[str]:
    """Files of the package that a notebook's result depends on.

    Parameters
    ----------
    script : Path
        Percent script.
    root : Path
        Project folder.

    Returns
    -------
    list of str
        The modules it imports, those they import in turn, and the ones that run notebooks.
    """
    tree = ast.parse(script.read_text(encoding="utf-8"))
    imported = {
        node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(PACKAGE)
    }
    return module_files({*imported, *(f"{PACKAGE}.{name}" for name in RUNNER)}, root)


def module_files(modules: Iterable[str], root: Path) -> list[str]:
    """Files of modules of the package and of all they import."""
    graph = _import_graph()
    needed = set(modules).union(*(graph.find_upstream_modules(module) for module in modules))
    files = []
    for module in sorted(needed):
        stem = root / "src" / Path(*module.split("."))
        files.append(str((stem / "__init__.py" if stem.is_dir() else stem.with_suffix(".py")).relative_to(root)))
    return files


def drawing_digest(files: Iterable[str], root: Path) -> str:
    """Digest of what simulated numbers depend on: the code of some files, and the libraries that they call."""
    code = code_digest(root / file for file in sorted(set(files)))
    versions = [version(library) for library in ("numba", "numpy", "scipy")]
    return hashlib.sha256(" ".join([code, *versions]).encode()).hexdigest()


def shard_folder(root: Path) -> str:
    """Folder of the draws, named after all that they depend on: those of other code or versions lie in another."""
    files = module_files([f"{PACKAGE}.theory.simulation"], root)
    writes = f"src/{PACKAGE}/theory/shards.py"  # its imports also set formulas beside the means, which draw nothing
    return f"_build/work/shards/{drawing_digest([*files, writes], root)[:12]}"


def run_report(root: Path, options: Iterable[str]) -> int:
    """Make the report, or finish one that was interrupted.

    Parameters
    ----------
    root : Path
        Project folder.
    options : iterable of str
        Options for Snakemake, with those of a profile.

    Returns
    -------
    int
        Exit code of Snakemake, or `INTERRUPTED`.

    Raises
    ------
    PipelineBusyError
        If another report is being made in this folder.
    """
    options = list(options)
    progress = Progress(root, _most_repetitions(options))
    with only_one(root / "_build", "report") as lock:
        return run_snakemake(options, root, root, lock, progress.tell)


def run_snakemake(
    options: Iterable[str],
    folder: Path,
    root: Path,
    lock: IO[str],
    tell: Callable[[], str],
    log: IO[str] | None = None,
    every: float = NEWS_SECONDS,
) -> int:
    """Run Snakemake and say now and then how far it is.

    Parameters
    ----------
    options : iterable of str
        Its options.
    folder : Path
        Where it works.
    root : Path
        Project folder.
    lock : file
        From `only_one`. The child holds it too, so that it stays taken if this process alone is killed.
    tell : callable
        Gives a line to print, or nothing.
    log : file, optional
        What Snakemake says goes there; to the terminal by default.
    every : float
        Seconds between two looks at how far it is.

    Returns
    -------
    int
        Exit code of Snakemake, or `INTERRUPTED`.
    """
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    snakemake = subprocess.Popen(
        [sys.executable, "-m", "snakemake", *options],
        cwd=folder,
        env={**os.environ, "PATH": tools, ROOT_VARIABLE: str(root)},
        pass_fds=[lock.fileno()],
        stdout=log,
        stderr=log,
    )
    interrupted = False
    while True:
        try:
            code = _wait(snakemake, tell, every)
        except KeyboardInterrupt:
            interrupted = True  # Snakemake got it as well and is ending its jobs
        else:
            return INTERRUPTED if interrupted else code


class Progress:
    """How far the simulations of a report are, told now and then while they run.

    Parameters
    ----------
    root : Path
        Project folder.
    most : int, optional
        Repetitions of each simulation at most.
    """

    def __init__(self, root: Path, most: int | None = None) -> None:
        self._root = root
        self._repetitions = {name: min(count, most or count) for name, (count, _) in SIMULATIONS.items()}
        self._begun: tuple[float, int] | None = None
        self._told = -1

    @cached_property
    def _folder(self) -> Path:
        return self._root / shard_folder(self._root)

    def tell(self) -> str:
        """A line with a bar and the time left; nothing if nothing was done since the last call."""
        if not list(self._folder.glob("*/*.partial")):
            self._begun = None
            return ""
        counts = {name: repetitions_done(self._folder / name) for name in SIMULATIONS}
        done = sum(min(counts[name], most) for name, most in self._repetitions.items())
        total = sum(self._repetitions.values())
        begun, first = self._begun = self._begun or (time.monotonic(), done)
        if done == self._told:
            return ""
        self._told = done
        return progress_line("simulations", "repetitions", done, total, done - first, time.monotonic() - begun)


def repetitions_done(folder: Path) -> int:
    """Repetitions in the shards of a folder; one that runs has an empty line after each."""
    done = 0
    for path in folder.glob("*.csv*"):
        if path.suffix == ".partial":
            with suppress(OSError):  # it has just been replaced by the whole file
                done += path.read_text(encoding="utf-8").count("\n\n")
        elif path.suffix == ".csv":
            done += int(path.stem.rpartition("-")[2])
    return done


def progress_line(what: str, unit: str, done: int, total: int, fresh: int, seconds: float) -> str:
    """A bar with the time left, if anything was done in the seconds past.

    Examples
    --------
    >>> progress_line("notebooks", "runs", 5, 20, 1, 6.0)
    'notebooks [#####...............] 5 of 20 runs, about 1 min 30 s left'
    """
    filled = round(20 * done / total)
    line = f"{what} [{'#' * filled}{'.' * (20 - filled)}] {done:,} of {total:,} {unit}"
    if not fresh:
        return line
    left = seconds * (total - done) / fresh
    return f"{line}, about {left // 60:.0f} min {left % 60:02.0f} s left"


def failure_reason(log: Path) -> str:
    """What a log says a step failed of; empty if it does not say."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((line.removeprefix(FAILURE) for line in lines if line.startswith(FAILURE)), "")


def failed_steps(root: Path, since: float) -> Iterator[tuple[str, str]]:
    """Steps that failed since a time (in seconds of the epoch), each with the first line of its reason."""
    logs = (root / "_build" / "work" / "logs").glob("*.log")
    for log in sorted(log for log in logs if log.stat().st_mtime >= since):
        if reason := failure_reason(log):
            yield log.stem, f"{reason} (whole log: {log.relative_to(root)})"


def _most_repetitions(options: Iterable[str]) -> int | None:
    """What ``--config repetitions=...`` says, if it is there."""
    values = [option.removeprefix(f"{REPETITIONS}=") for option in options if option.startswith(f"{REPETITIONS}=")]
    return int(values[-1]) if values and values[-1].isdecimal() else None


def _wait(process: subprocess.Popen[bytes], tell: Callable[[], str], every: float) -> int:
    while True:
        try:
            return process.wait(timeout=every)
        except subprocess.TimeoutExpired:
            if news := tell():
                print(news, file=sys.stderr, flush=True)


@contextmanager
def only_one(folder: Path, what: str) -> Iterator[IO[str]]:
    """Hold the lock of a folder while something is made in it.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    what : str
        ``report`` or ``batch``: the name of the lock, and what an error calls it.

    Raises
    ------
    PipelineBusyError
        If another process holds it, or a child that it left.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{what}.lock").open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise PipelineBusyError(
                f"another {what} is being made in this folder (process {lock.read().strip()}); wait for it to end"
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield lock


@cache
def _import_graph():  # type: ignore[no-untyped-def]
    import grimp

    return grimp.build_graph(PACKAGE, cache_dir=None)
