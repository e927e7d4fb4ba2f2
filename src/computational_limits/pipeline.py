"""Run the pipeline: one report at a time, resumed after an interruption.

Snakemake does the work (``workflow/Snakefile``). This module tells it which
modules a notebook depends on, sees that a second report waits its turn, and
says at the end where everything is.
"""

from __future__ import annotations

import ast
import csv
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO

from computational_limits.checking import DataError
from computational_limits.tables import rows_digest, select_cells, table_paths

PACKAGE = "computational_limits"
FAILURE = "complimits: "
"""What a message of the command line begins with; a log that has it belongs to a failed step."""
INTERRUPTED = 130
"""Exit code of a report that was interrupted from the keyboard."""
RUNNER = ("notebooks", "display")
"""Modules that make a page from any notebook."""


class PipelineBusyError(RuntimeError):
    """Another report is being made in this folder."""


def benchmark_names(root: Path) -> list[str]:
    """Benchmarks in reading order; none if their table is unreadable, which the check then reports."""
    try:
        with table_paths(root)["benchmarks"].open(encoding="utf-8", newline="") as file:
            return [row["benchmark"] for row in csv.DictReader(file)]
    except (DataError, OSError, KeyError, UnicodeDecodeError, csv.Error):
        return []


def evidence_digest(benchmark: str, root: Path) -> str:
    """Digest of every row that the models of a benchmark rest on, in whatever table."""
    models = select_cells("models", "model_id", "benchmark", [benchmark], root)
    papers = select_cells("models", "paper", "benchmark", [benchmark], root)
    digests = [rows_digest(name, "model_id", models, root) for name in ("models", "points", "stages", "corrections")]
    return ":".join([*digests, rows_digest("papers", "paper", papers, root)])


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


def run_report(root: Path, options: Iterable[str]) -> int:
    """Make the report, or finish one that was interrupted.

    Parameters
    ----------
    root : Path
        Project folder.
    options : iterable of str
        Further options for Snakemake.

    Returns
    -------
    int
        Exit code of Snakemake, or `INTERRUPTED`.

    Raises
    ------
    PipelineBusyError
        If another report is being made in this folder.
    """
    profile = root / "workflow" / "profiles" / "default"
    command = [sys.executable, "-m", "snakemake", "--workflow-profile", str(profile), *options]
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    with _only_one(root / "_build") as lock:
        # The child holds the lock too: it stays taken if this process alone is killed.
        environment = {**os.environ, "PATH": tools}
        snakemake = subprocess.Popen(command, cwd=root, env=environment, pass_fds=[lock.fileno()])
        interrupted = False
        while True:
            try:
                code = snakemake.wait()
            except KeyboardInterrupt:
                interrupted = True  # Snakemake got it as well and is ending its jobs
            else:
                return INTERRUPTED if interrupted else code


def failed_steps(root: Path, since: float) -> Iterator[tuple[str, str]]:
    """Steps that failed since a time (in seconds of the epoch), each with the first line of its reason."""
    logs = (root / "_build" / "work" / "logs").glob("*.log")
    for log in sorted(log for log in logs if log.stat().st_mtime >= since):
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith(FAILURE):
                yield log.stem, f"{line.removeprefix(FAILURE)} (whole log: {log.relative_to(root)})"
                break


@contextmanager
def _only_one(folder: Path) -> Iterator[IO[str]]:
    folder.mkdir(exist_ok=True)
    with (folder / "report.lock").open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise PipelineBusyError(
                f"another report is being made in this folder (process {lock.read().strip()}); wait for it to end"
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield lock


@cache
def _import_graph():  # type: ignore[no-untyped-def]
    import grimp

    return grimp.build_graph(PACKAGE, cache_dir=None)
