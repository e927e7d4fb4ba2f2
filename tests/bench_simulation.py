"""Time the simulation of the theory chapter beside other LASSO solvers, on the same draws, on one thread.

A repetition of ours has all four estimators, five folds and all data, every
rule of the penalty, solved to rounding. The others cross-validate the LASSO only:
scikit-learn to its usual tolerance and, some minutes long, to the relative duality
gap that ours must keep; skglm to its usual tolerance and LARS exactly, at a few
sizes. The floor is what any way would need: the draws and one Gram matrix. Nothing
is asserted: the numbers depend on the machine.

The other solvers are imported where they are called: the processes whose memory
is measured must not load them.
"""

import argparse
import functools
import multiprocessing
import os
import resource
import sys
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray
from rich import box
from rich.console import Console
from rich.table import Table
from scipy.linalg.blas import dsyrk, ssyrk
from threadpoolctl import threadpool_limits

from computational_limits.arrays import FloatArray
from computational_limits.theory import simulation
from computational_limits.theory.design import Design
from computational_limits.theory.simulation import FOLDS, LARGEST_GAP, SIZES, penalty_path, simulate

DESIGN = Design()
SEED = 1
SLOW_PEERS_AT = (50, 175, 500, 1500)
"""Sizes at which skglm and LARS are timed, those of them that are asked for."""
WARM_UP = 10**6
"""A repetition that is not timed: code is compiled and memory taken by it."""
START = 0
"""Stands for the sample size before the first one: what a repetition does once."""
REPORT_REPETITIONS, REPORT_PROCESSES = 1000, 2

Seconds = dict[int, float]
"""By sample size."""
console = Console()


def main() -> None:
    """Read the options, time everything, print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Example: .venv/bin/python tests/bench_simulation.py --repetitions 4 --sizes 50 175 1500 --peers 0",
    )
    parser.add_argument("--repetitions", type=int, default=6, help="repetitions of ours (default 6)")
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=list(SIZES), help="sample sizes (default: the report's)"
    )
    parser.add_argument("--peers", type=int, default=1, help="repetitions of the others, 0 for none (default 1)")
    options = parser.parse_args()
    if min(options.repetitions, options.peers + 1) < 1:
        parser.error("repetitions must be at least 1, peers at least 0")
    sizes = sorted(set(options.sizes))
    say(f"{REPORT_PROCESSES} processes at the same time")  # first: a child's peak memory is at least its parent's
    together = measure_processes(sizes, options.repetitions)
    with threadpool_limits(1):
        say(f"{options.repetitions} repetitions of ours")
        parts = measure_ours(sizes, options.repetitions)
        say(f"{options.repetitions} times the floor")
        floor = measure_floor(sizes[-1], options.repetitions)
        peers = measure_peers(sizes, options.peers)
    print_sizes(sizes, parts, peers)
    print_totals(parts, floor, peers, together)


def say(what: str) -> None:
    """Say what comes next, and when."""
    console.print(f"{datetime.now():%H:%M:%S} {what} ...")


def measure_ours(sizes: Sequence[int], repetitions: int) -> dict[str, Seconds]:
    """Seconds of the parts of a repetition, by sample size; medians."""
    tables = simulate([DESIGN], sizes, [WARM_UP, *range(repetitions)], SEED)
    next(tables)
    runs = []
    for _ in range(repetitions):
        with timed_parts() as seconds:
            next(tables)
        runs.append(seconds)
    places = [START, *sizes]
    return {part: {n: median(run[part][n] for run in runs) for n in places} for part in runs[0]}


@contextmanager
def timed_parts() -> Iterator[dict[str, Seconds]]:
    """Take the time of the parts of the repetition that is simulated within."""
    seconds: dict[str, Seconds] = {part: defaultdict(float) for part in ("all", "draws", "LASSO", "rest")}
    now, last = START, time.perf_counter()

    def turn_to(observations: int) -> None:
        nonlocal now, last
        moment = time.perf_counter()
        seconds["all"][now] += moment - last
        now, last = observations, moment

    def timed(part: str, step: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(step)
        def wrapper(*arguments: Any) -> Any:
            start = time.perf_counter()
            result = step(*arguments)
            seconds[part][now] += time.perf_counter() - start
            return result

        return wrapper

    sample, grow = simulation._Sample, simulation._Sample.grow

    def grow_and_note(self: simulation._Sample, observations: int) -> None:
        turn_to(observations)
        grow(self, observations)

    with (
        patch.object(sample, "grow", grow_and_note),
        patch.object(sample, "_draw", timed("draws", sample._draw)),
        patch.object(simulation, "cross_validated_path", timed("LASSO", simulation.cross_validated_path)),
    ):
        yield seconds
    turn_to(START)
    for n, whole in seconds["all"].items():
        seconds["rest"][n] = whole - seconds["draws"][n] - seconds["LASSO"][n]


def redraw(observations: int, repetition: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Covariates and responses of a repetition of ours, and the penalties of its path."""
    covariates, noise = (
        np.random.Generator(np.random.SFC64(child))
        for child in np.random.SeedSequence(SEED, spawn_key=(repetition,)).spawn(2)
    )
    x = covariates.standard_normal((observations, DESIGN.covariates), dtype=np.float32).astype(float)
    y = x[:, : DESIGN.relevant] @ DESIGN.coefficients + noise.standard_normal(observations)
    return x, y, penalty_path(float(np.abs(y @ x).max()) / observations)


def measure_peers(sizes: Sequence[int], repetitions: int) -> dict[str, Seconds]:
    """Seconds of each of the others, by sample size; medians."""
    few = [n for n in SLOW_PEERS_AT if n in sizes]
    plan = [
        ("LassoCV", fit_lasso_cv, sizes),
        ("to gap", fit_lasso_cv_to_gap, sizes),
        ("skglm", fit_skglm, few),
        ("LARS", fit_lars_cv, few),
    ]
    measured: dict[str, Seconds] = {}
    for name, fit, at in plan if repetitions else []:
        time_peer(fit, 20, 0)  # imports and compiles
        say(f"{repetitions} repetitions of {name}, {len(at)} sizes")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            measured[name] = {n: median(time_peer(fit, n, repetition) for repetition in range(repetitions)) for n in at}
        if caught:
            console.print(f"         {name} warned {len(caught)} times: {str(caught[0].message).splitlines()[0][:80]}")
    return measured


def time_peer(fit: Callable[..., None], observations: int, repetition: int) -> float:
    x, y, penalties = redraw(observations, repetition)
    fold = np.arange(observations) % FOLDS
    splits = [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(FOLDS)]
    return seconds_of(lambda: fit(x, y, penalties, splits))


Splits = list[tuple[NDArray[np.intp], NDArray[np.intp]]]


def fit_lasso_cv(x: FloatArray, y: FloatArray, penalties: FloatArray, splits: Splits) -> None:
    """Coordinate descent of scikit-learn on our penalties, to its usual tolerance."""
    from sklearn.linear_model import LassoCV

    LassoCV(alphas=penalties, cv=splits, fit_intercept=False).fit(x, y)


def fit_lasso_cv_to_gap(x: FloatArray, y: FloatArray, penalties: FloatArray, splits: Splits) -> None:
    """Coordinate descent of scikit-learn on our penalties, to our largest duality gap; its own is relative to |y|^2."""
    from sklearn.linear_model import LassoCV

    LassoCV(alphas=penalties, cv=splits, fit_intercept=False, tol=LARGEST_GAP / 2.0, max_iter=10**6).fit(x, y)


def fit_lars_cv(x: FloatArray, y: FloatArray, penalties: FloatArray, splits: Splits) -> None:
    """Least angle regression of scikit-learn: exact, on penalties of its own, at most 500 bends."""
    from sklearn.linear_model import LassoLarsCV

    LassoLarsCV(cv=splits, fit_intercept=False).fit(x, y)


def fit_skglm(x: FloatArray, y: FloatArray, penalties: FloatArray, splits: Splits) -> None:
    """Working sets of skglm on our penalties, to its usual tolerance; five folds, then the chosen penalty."""
    from skglm import Lasso

    errors = []
    for train, held_out in splits:
        coefficients = Lasso(fit_intercept=False).path(np.asfortranarray(x[train]), y[train], penalties)[1]
        errors.append(np.mean((y[held_out, None] - x[held_out] @ coefficients) ** 2, axis=0))
    chosen = penalties[np.mean(errors, axis=0).argmin()]
    Lasso(alpha=chosen, fit_intercept=False).fit(np.asfortranarray(x), y)


def measure_floor(largest: int, repetitions: int) -> Seconds:
    """Seconds of the draws and of one Gram matrix in double and in single precision, by bytes of a number; medians."""
    p = DESIGN.covariates
    runs: dict[int, list[float]] = {0: [], 4: [], 8: []}
    for repetition in range(repetitions):
        generator = np.random.Generator(np.random.SFC64(repetition))
        start = time.perf_counter()
        x = generator.standard_normal((largest, p), dtype=np.float32)
        generator.standard_normal(largest)
        runs[0].append(time.perf_counter() - start)
        runs[4].append(seconds_of(lambda single=x: ssyrk(1.0, single.T)))
        runs[8].append(seconds_of(lambda single=x: dsyrk(1.0, single.astype(float).T)))
    return {size: median(values) for size, values in runs.items()}


class Together(NamedTuple):
    """A repetition while as many processes run as in the report."""

    wall: float
    processor: float
    memory_mb: float


def measure_processes(sizes: Sequence[int], repetitions: int) -> Together:
    """Seconds of a repetition, by the clock and of the processor, and the peak memory of a process."""
    context = multiprocessing.get_context("spawn")
    each = max(2, -(-repetitions // REPORT_PROCESSES))
    barrier = context.Barrier(REPORT_PROCESSES)
    with ProcessPoolExecutor(REPORT_PROCESSES, context, initializer=keep, initargs=(barrier,)) as pool:
        shares = [range(place * each, (place + 1) * each) for place in range(REPORT_PROCESSES)]
        done = [one for share in pool.map(work, [sizes] * REPORT_PROCESSES, shares) for one in share]
    wall, processor, memory = zip(*done, strict=True)
    return Together(median(wall), median(processor), max(memory))


def keep(barrier: Any) -> None:
    """Keep the barrier in the worker."""
    global started
    started = barrier


def work(sizes: Sequence[int], repetitions: Sequence[int]) -> list[Together]:
    """Simulate beside the other workers: what each repetition takes."""
    tables = simulate([DESIGN], sizes, [WARM_UP, *repetitions], SEED)
    next(tables)
    started.wait()
    done = []
    for _ in repetitions:
        before = time.process_time()
        wall = seconds_of(lambda: next(tables))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
        done.append(Together(wall, time.process_time() - before, peak))
    return done


def seconds_of(step: Callable[[], object]) -> float:
    """Wall time of a step."""
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def median(values: Any) -> float:
    return float(np.median([*values]))


def after_draws(parts: dict[str, Seconds], observations: int) -> float:
    """Seconds of ours at a size, once the sample is drawn, as the others are given it."""
    return parts["all"][observations] - parts["draws"][observations]


def print_sizes(sizes: Sequence[int], parts: dict[str, Seconds], peers: dict[str, Seconds]) -> None:
    """Milliseconds at each sample size, ours and the others', and how many times ours those are."""
    table = Table(title=f"Milliseconds at each sample size, one thread of {os.cpu_count()}", box=box.SIMPLE, padding=0)
    table.add_column("n", justify="right", no_wrap=True)
    for heading in ["ours", *[part for part in parts if part != "all"]]:
        table.add_column(heading, justify="right", no_wrap=True)
    for name in peers:
        table.add_column(name, justify="right", no_wrap=True)
        table.add_column("x", justify="right", no_wrap=True, style="bold")
    for n in [START, *sizes]:
        row = ["once" if n == START else f"{n}", *(f"{1e3 * seconds[n]:.0f}" for seconds in parts.values())]
        for seconds in peers.values():
            there = n in seconds
            row += [f"{1e3 * seconds[n]:.0f}", f"{seconds[n] / after_draws(parts, n):.1f}"] if there else ["", ""]
        table.add_row(*row)
    console.print(table)


def print_totals(parts: dict[str, Seconds], floor: Seconds, peers: dict[str, Seconds], together: Together) -> None:
    """Seconds of a repetition, beside the floor and the others, and what a report takes."""
    table = Table(title="A repetition: the sizes above, one after the other")
    for heading, side in (("what", "left"), ("seconds", "right"), ("ratio", "right"), ("of what to what", "left")):
        table.add_column(heading, justify=side)
    ours = sum(parts["all"].values())
    table.add_row("ours", f"{ours:.2f}", "", "")
    for part in ("draws", "LASSO", "rest"):
        spent = sum(parts[part].values())
        table.add_row(f"  {part}", f"{spent:.2f}", f"{spent / ours:.2f}", "to ours")
    for size, precision in ((8, "double"), (4, "single")):
        least = floor[0] + floor[size]
        what = f"draws, one {precision} Gram matrix"
        table.add_row(what, f"{least:.2f}", f"{ours / least:.1f}", "ours to this floor")
    for name, seconds in peers.items():
        same = sum(after_draws(parts, n) for n in seconds)
        at = "" if len(seconds) + 1 == len(parts["all"]) else f" at {', '.join(map(str, seconds))}"
        theirs = sum(seconds.values())
        table.add_row(f"{name}{at}", f"{theirs:.2f}", f"{theirs / same:.1f}", "to ours at these sizes, drawn")
    what = f"ours, {REPORT_PROCESSES} processes at once"
    table.add_row(what, f"{together.wall:.2f}", f"{together.wall / ours:.2f}", "to ours alone")
    table.add_row(
        "  of the processor", f"{together.processor:.2f}", f"{together.processor / ours:.2f}", "to ours alone"
    )
    console.print(table)
    each = REPORT_REPETITIONS / REPORT_PROCESSES / 60.0
    console.print(
        f"{REPORT_REPETITIONS} repetitions in {REPORT_PROCESSES} processes: {each * together.wall:.1f} minutes, "
        f"{each * together.processor:.1f} if nothing else ran; memory of a process: {together.memory_mb:.0f} MB"
    )


if __name__ == "__main__":
    main()
