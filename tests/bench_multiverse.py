"""Time the multiverse beside loops over its specifications, in one run, on one thread.

The loops fit a sample of the specifications one at a time and are scaled up to
all: by statsmodels, with scipy where that has no such estimator, and by
`fits.fit`. Both are given the models of a specification and, where it has a
floor, search for it; ours selects the models and tabulates all rows as well.
Nothing is asserted: the numbers depend on the machine.
"""

import argparse
import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table
from scipy import optimize, stats
from statsmodels.regression.linear_model import OLS
from statsmodels.regression.quantile_regression import QuantReg
from threadpoolctl import threadpool_limits

from computational_limits.arrays import BoolArray
from computational_limits.audit import audit, is_wrong
from computational_limits.estimators import BY_RANK, CLASSICAL
from computational_limits.fits import (
    COMPUTING_ON_PERFORMANCE,
    HIGHEST_FLOOR,
    QUANTILES,
    REDUCED_MAJOR_AXIS,
    THEIL_SEN,
    WITH_YEAR,
    fit,
)
from computational_limits.multiverse import (
    FORMS,
    FRONTIERS,
    METRICS,
    OUTLIER_RULES,
    Sample,
    fit_multiverse,
    read_yardsticks,
    sample_models,
    select_models,
)
from computational_limits.scaling import FLOORED, PERFORMANCE_ON_COMPUTING, Form
from computational_limits.tables import read_table
from computational_limits.vintages import PUBLISHED, VINTAGES, read_models, read_records

STOCK_LOG10_GFLOP = 20.0
ROUNDS = 3
SEED = 1
Case = tuple[Sample, BoolArray, Form, str, str]
console = Console()


def main() -> None:
    """Read the options, time everything, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loop", type=int, default=300, help="specifications of the loops a benchmark (default 300)")
    options = parser.parse_args()
    if options.loop < 1:
        parser.error("the loops need at least one specification")
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # statsmodels and scipy warn of samples with few different values
        print_times(options.loop)


def print_times(loop: int) -> None:
    """Seconds of all three for each benchmark, and their ratios."""
    models = {vintage: read_models(vintage) for vintage in VINTAGES}
    audited = audit(read_records())
    disputed = audited.loc[is_wrong(audited), "model_id"].tolist()
    yardsticks = read_yardsticks(models[PUBLISHED], read_table("targets"), read_table("claims"), STOCK_LOG10_GFLOP)
    table = Table(title=f"All specifications of each benchmark, seconds; loops over {loop} of them, scaled up")
    for heading in ("benchmark", "fitted", "different", "ours", "fits.fit", "statsmodels", "ratio", "largest gap"):
        table.add_column(heading, justify="left" if heading == "benchmark" else "right")
    totals = np.zeros(5)
    for benchmark, held in yardsticks.items():
        rows = fit_multiverse(models, {benchmark: held}, disputed).fitted
        ours = min(seconds_of(lambda: fit_multiverse(models, {benchmark: held}, disputed)) for _ in range(ROUNDS))  # noqa: B023
        sampled = rows.sample(loop, random_state=SEED)
        cases = [case_of(row, models, disputed) for _, row in sampled.iterrows()]
        scale = len(rows) / loop
        single = scale * seconds_of(lambda: [fit_alone(*case) for case in cases])  # noqa: B023
        slopes: list[float] = []
        theirs = scale * seconds_of(lambda: slopes.extend(slope_by_statsmodels(*case) for case in cases))  # noqa: B023
        straight = ~sampled["form"].astype(str).str.contains("floor") & ~sampled["estimator"].isin(list(QUANTILES))
        gap = np.abs(np.array(slopes) / sampled["slope"].to_numpy() - 1.0)[straight.to_numpy()].max()
        counts = len(rows), int(rows["distinct"].sum())
        totals += *counts, ours, single, theirs
        add_row(table, benchmark, [*counts, ours, single, theirs], f"{gap:.0e}")
    add_row(table, "all", totals.tolist(), "", style="bold")
    console.print(table)


def add_row(table: Table, name: str, values: list[float], gap: str, style: str = "") -> None:
    """One line of the table: counts, seconds, and statsmodels over ours."""
    fitted, different, ours, single, theirs = values
    counts, seconds = [f"{fitted:,.0f}", f"{different:,.0f}"], [f"{ours:.2f}", f"{single:.1f}", f"{theirs:.1f}"]
    table.add_row(name, *counts, *seconds, f"{theirs / ours:.0f}", gap, style=style)


def case_of(row: pd.Series, models: dict[str, pd.DataFrame], disputed: list[str]) -> Case:
    """Models, form and way of a specification."""
    chosen = models[row["vintage"]]
    sample = sample_models(chosen[chosen["benchmark"] == row["benchmark"]], row["measure"], disputed)
    law = (FORMS[row["form"].removesuffix(" with floor")], METRICS[row["metric"]])
    kept = select_models(sample, [law], sample.log10_gflop[None])[0]
    form = METRICS[row["metric"]].read(FORMS[row["form"]])
    place = OUTLIER_RULES.index(row["outliers"]), FRONTIERS.index(row["frontier"])
    return sample, kept[place], form, row["estimator"], row["direction"]


def fit_alone(sample: Sample, kept: BoolArray, form: Form, estimator: str, direction: str) -> float:
    """Slope by `fits.fit`."""
    errors = BY_RANK if estimator == THEIL_SEN or estimator in QUANTILES else CLASSICAL
    compute = 10.0 ** sample.log10_gflop[kept]
    return fit(compute, sample.error[kept], form, direction, estimator, errors, year=sample.year[kept]).slope


def slope_by_statsmodels(sample: Sample, kept: BoolArray, form: Form, estimator: str, direction: str) -> float:
    """Slope by statsmodels or scipy, with its p value; the symmetric lines from two regressions."""
    x, error, year = sample.log10_gflop[kept], sample.error[kept], sample.year[kept]
    if form.shape == FLOORED:
        form = form.above(floor_by_search(x, error, form))
    y = form.response(error)
    if estimator == THEIL_SEN:
        turned = direction == COMPUTING_ON_PERFORMANCE
        slope = stats.theilslopes(x, y)[0] if turned else stats.theilslopes(y, x)[0]
        _ = stats.kendalltau(x, y).pvalue
        return float(1.0 / slope if turned else slope)
    if estimator in QUANTILES:
        found = QuantReg(y, design_of(x)).fit(q=QUANTILES[estimator])
        return float(found.params[1] + 0.0 * found.pvalues[1])
    if estimator == WITH_YEAR:
        found = OLS(y, np.column_stack([design_of(x), year - year.mean()])).fit()
        return float(found.params[1] + 0.0 * found.pvalues[1])
    if direction == COMPUTING_ON_PERFORMANCE:
        found = OLS(x, design_of(y)).fit()
        return float(1.0 / found.params[1] + 0.0 * found.pvalues[1])
    found = OLS(y, design_of(x)).fit()
    flat = float(found.params[1] + 0.0 * found.pvalues[1])
    if direction == PERFORMANCE_ON_COMPUTING:
        return flat
    steep = float(1.0 / OLS(x, design_of(y)).fit().params[1])
    if direction == REDUCED_MAJOR_AXIS:
        return float(np.copysign(np.sqrt(flat * steep), flat))
    ratio = (flat * steep - 1.0) / flat
    return float((ratio + np.copysign(np.hypot(ratio, 2.0), flat)) / 2.0)


def floor_by_search(x: np.ndarray, error: np.ndarray, form: Form) -> float:
    """Floor of highest likelihood, by a bounded search with a regression at each floor."""

    def deviance(floor: float) -> float:
        law = form.above(floor)
        rss = OLS(law.response(error), design_of(x)).fit().ssr
        return float(error.size / 2.0 * np.log(rss) - np.sum(np.log(law.stretch(error))))

    return float(optimize.minimize_scalar(deviance, bounds=(0.0, HIGHEST_FLOOR * error.min()), method="bounded").x)


def design_of(x: np.ndarray) -> np.ndarray:
    """Predictor with a constant."""
    return np.column_stack([np.ones_like(x), x])


def seconds_of(step: Callable[[], object]) -> float:
    """Wall time of a step."""
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
