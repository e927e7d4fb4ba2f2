"""Time the pipeline in a copy of the project: from nothing, unchanged, after one edit.

The notebooks are also run one after the other by papermill alone, with their
scripts converted beforehand and nothing around them; the ratio says what the
pipeline costs or saves. Nothing is asserted: the numbers depend on the machine.
"""

import argparse
import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
COMPLIMITS = Path(sys.executable).with_name("complimits")
BUILDS = ("html", "pdf")
SOURCE = Path("_build") / "work" / "source"
PAPERMILL = (
    "import sys, papermill; "
    "papermill.execute_notebook(sys.argv[1], sys.argv[2], dict(a.split('=') for a in sys.argv[3:]), progress_bar=False)"
)
SCRIPTS = {
    "theory": "01_theory",
    "audit": "02_audit",
    "records": "03_records",
    "comparison": "06_comparison",
    "families": "07_families",
    "history": "08_history",
    "targets": "09_targets",
    "costs": "10_costs",
    "efficiency": "11_efficiency",
    "hindcast": "12_hindcast",
    "multiverse": "13_multiverse",
    "claims": "14_claims",
    "index": "00_index",
}

console = Console()


def main() -> None:
    """Read the options, time the steps, print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Example: .venv/bin/python tests/bench_pipeline.py --cores 2 --no-papermill",
    )
    parser.add_argument("--cores", default="all", help="processors for the pipeline: a number, or all (default)")
    parser.add_argument("--no-papermill", action="store_true", help="leave out the bare papermill runs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="complimits-bench-") as folder:
        print_table(measure(copy_project(Path(folder)), options.cores, not options.no_papermill))


def copy_project(folder: Path) -> Path:
    """Copy the project without environments and without anything generated."""
    project = folder / "project"
    shutil.copytree(ROOT, project, ignore=lambda _, names: [name for name in names if name.startswith((".", "_build"))])
    return project


def measure(project: Path, cores: str, papermill: bool) -> dict[str, float]:
    """Time each run, in seconds, in the order in which they are made."""

    def report() -> None:
        output = run(project, COMPLIMITS, "report", "--cores", cores)
        console.print(f"         {len(re.findall(r'^Job [0-9]+: ', output, re.MULTILINE))} steps ran")

    started = time.time()
    seconds = {"whole report": timed("the whole report, from nothing", report)}
    executed = [path.stat().st_mtime for path in (project / SOURCE).rglob("*.ipynb")]
    seconds["of which until the last notebook"] = max(executed) - started
    seconds["unchanged"] = timed("the same again, unchanged", report)
    spoken = json.loads((project / "_build" / "results" / "manifest.json").read_text(encoding="utf-8"))["seconds"]
    seconds["sum of the notebooks' own times"] = sum(value for step, value in spoken.items() if step not in BUILDS)
    edit_row(project)
    seconds["one row edited"] = timed("after an edit of one ImageNet row", report)
    if papermill:
        seconds["papermill alone"] = timed("each notebook by papermill alone", lambda: run_papermill(project))
    return seconds


def timed(what: str, step: Callable[[], None]) -> float:
    """Run a step and say so; its wall time in seconds."""
    console.print(f"{datetime.now():%H:%M:%S} {what} ...")
    start = time.perf_counter()
    step()
    seconds = time.perf_counter() - start
    console.print(f"{datetime.now():%H:%M:%S} {what}: {seconds:.1f} s")
    return seconds


def run(project: Path, *command: str | Path) -> str:
    """Run a command in the copy, with the package of the copy; its output, with which a failure ends the bench."""
    environment = {**os.environ, "PYTHONPATH": str(project / "src"), "COMPLIMITS_ROOT": str(project)}
    done = subprocess.run(command, cwd=project, env=environment, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{done.stdout}{done.stderr}\nbench: {' '.join(map(str, command))} failed")
    return done.stdout + done.stderr


def names(project: Path) -> list[str]:
    """Benchmarks in the order of their table."""
    with (project / "data" / "benchmarks.csv").open(encoding="utf-8", newline="") as file:
        return [row["benchmark"] for row in csv.DictReader(file)]


def edit_row(project: Path) -> None:
    """Change the note of the first ImageNet row."""
    path = project / "data" / "models.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    columns = next(csv.reader(lines[:1]))
    line = next(index for index, text in enumerate(lines) if text.startswith("imagenet-"))
    cells = next(csv.reader([lines[line]]))
    cells[columns.index("note")] += " Edited."
    changed = io.StringIO()
    csv.writer(changed, lineterminator="").writerow(cells)
    lines[line] = changed.getvalue()
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def run_papermill(project: Path) -> None:
    """Run every notebook of the report by papermill, one after the other, each in a process of its own."""
    import jupytext

    bare = project / "bare"
    bare.mkdir()
    runs = [(script, ()) for script in SCRIPTS.values()]
    runs += [("04_benchmark", (f"benchmark={name}",)) for name in names(project)]
    for number, (script, parameters) in enumerate(runs, start=1):
        notebook = jupytext.read(project / "notebooks" / f"{script}.py")
        jupytext.write(notebook, bare / f"{script}.ipynb")
        console.print(f"         {number} of {len(runs)}: {' '.join([script, *parameters])}")
        run(project, sys.executable, "-c", PAPERMILL, bare / f"{script}.ipynb", bare / "executed.ipynb", *parameters)


def print_table(seconds: dict[str, float]) -> None:
    """Print the times beside the whole report, and the notebooks beside two yardsticks."""
    table = Table(title=f"Pipeline on {os.cpu_count()} processors")
    for heading, side in (("run", "left"), ("seconds", "right"), ("of the whole report", "right")):
        table.add_column(heading, justify=side)
    for what, value in seconds.items():
        table.add_row(what, f"{value:.1f}", f"{value / seconds['whole report']:.2f}")
    console.print(table)
    stage = seconds["of which until the last notebook"]
    for yardstick in ("sum of the notebooks' own times", "papermill alone"):
        if yardstick in seconds:
            console.print(f"{yardstick} / wall time until the last notebook: {seconds[yardstick] / stage:.2f}")


if __name__ == "__main__":
    main()
