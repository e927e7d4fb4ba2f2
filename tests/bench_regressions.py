"""Time the bootstrap over papers beside a loop over statsmodels, and the full table of regressions.

The resamples are the same; the loop fits some of them one at a time and is
scaled up to all. Nothing is asserted: the numbers depend on the machine.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table
from statsmodels.regression.linear_model import OLS

from computational_limits.bootstrap import RESAMPLES, bootstrap_papers, draw_papers
from computational_limits.fits import paper_codes
from computational_limits.regressions import regress_every_way
from computational_limits.scaling import FORMS
from computational_limits.vintages import VINTAGES, read_models

SEED = 1
COLUMNS = ["hardware_burden_gflop", "error", "paper"]
console = Console()


def main() -> None:
    """Read the options, time everything, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--resamples", type=int, default=RESAMPLES, help=f"of ours (default {RESAMPLES})")
    parser.add_argument("--loop", type=int, default=100, help="resamples of the loop over statsmodels (default 100)")
    options = parser.parse_args()
    if min(options.resamples, options.loop) < 1:
        parser.error("resamples must be at least 1")
    models = read_models()
    print_bootstrap(models, options.resamples, options.loop)
    print_table()


def print_bootstrap(models: pd.DataFrame, resamples: int, loop: int) -> None:
    """Seconds of both for each benchmark, both forms, and their ratio."""
    table = Table(title=f"{resamples} resamples of papers, {' and '.join(FORMS)} form, seconds")
    for heading in ("benchmark", "models", "papers", "ours", "statsmodels", "ratio"):
        table.add_column(heading, justify="left" if heading == "benchmark" else "right")
    totals = np.zeros(2)
    loop_over(np.array([1e6, 1e8, 1e9]), np.array([0.4, 0.2, 0.1]), np.arange(3), 1)  # imports
    for benchmark, rows in models.groupby("benchmark", sort=False):
        compute, error, papers = (rows[column].to_numpy() for column in COLUMNS)
        codes = paper_codes(papers, papers.size)
        ours = seconds_of(lambda: bootstrap_papers(compute, error, papers, SEED, resamples=resamples))  # noqa: B023
        theirs = seconds_of(lambda: loop_over(compute, error, codes, loop)) * resamples / loop  # noqa: B023
        totals += ours, theirs
        count = str(codes.max() + 1)
        table.add_row(str(benchmark), str(len(rows)), count, f"{ours:.3f}", f"{theirs:.1f}", f"{theirs / ours:.0f}")
    table.add_row("all", "", "", f"{totals[0]:.3f}", f"{totals[1]:.1f}", f"{totals[1] / totals[0]:.0f}", style="bold")
    console.print(table)


def loop_over(compute: np.ndarray, error: np.ndarray, codes: np.ndarray, resamples: int) -> None:
    """Fit both forms to each resample with statsmodels."""
    x = np.log10(compute)
    for counts in draw_papers(codes.max() + 1, resamples, SEED).astype(int):
        rows = np.repeat(np.arange(codes.size), counts[codes])
        design = np.column_stack([np.ones(rows.size), x[rows]])
        for form in FORMS.values():
            OLS(form.response(error[rows]), design).fit()


def print_table() -> None:
    """Seconds of the full table of each vintage."""
    table = Table(title="Every form, direction, estimator and kind of errors")
    for heading in ("vintage", "rows", "absent", "seconds", "rows a second"):
        table.add_column(heading, justify="left" if heading == "vintage" else "right")
    for vintage in VINTAGES:
        models = read_models(vintage)
        start = time.perf_counter()
        rows = regress_every_way(models, models["benchmark"].unique())
        seconds = time.perf_counter() - start
        absent = int((rows["absent"] != "").sum())
        rate = len(rows) / seconds
        table.add_row(vintage, str(len(rows)), str(absent), f"{seconds:.2f}", f"{rate:.0f}")
    console.print(table)


def seconds_of(step: Callable[[], object]) -> float:
    """Wall time of a step."""
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
