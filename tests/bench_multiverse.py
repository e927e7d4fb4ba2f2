"""Time the multiverse beside loops over its specifications, in one run, on one thread.

Each way goes from the models of all vintages to a row for every specification.
The loops take a sample of the specifications one at a time, select its models,
fit it, searching for a floor where it has one, and are scaled up to all: once
with statsmodels, and scipy where that has no such estimator, once with
`fits.fit`. Times are of the processor, so that other work on the machine
counts less. Nothing is asserted: the numbers depend on the machine.
"""

import argparse
import time
import warnings
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table
from scipy import optimize, stats
from statsmodels.regression.linear_model import OLS
from statsmodels.regression.quantile_regression import QuantReg
from statsmodels.stats.outliers_influence import OLSInfluence
from threadpoolctl import threadpool_limits

from computational_limits.arrays import FloatArray
from computational_limits.audit import audit, is_wrong
from computational_limits.estimators import BY_RANK, CLASSICAL
from computational_limits.fits import (
    BEST_SO_FAR,
    COMPUTING_ON_PERFORMANCE,
    HIGHEST_FLOOR,
    QUANTILES,
    REDUCED_MAJOR_AXIS,
    THEIL_SEN,
    WITH_YEAR,
    best_so_far,
    fit,
)
from computational_limits.multiverse import (
    BEST_OF_YEAR,
    FAR,
    FORMS,
    METRICS,
    NOT_FAR,
    NOT_INFLUENTIAL,
    ONE_A_PAPER,
    UNDISPUTED,
    fit_multiverse,
    read_yardsticks,
)
from computational_limits.robustness import papers_of
from computational_limits.scaling import FLOORED, PERFORMANCE_ON_COMPUTING, Form
from computational_limits.stacks import MAD_TO_SD
from computational_limits.tables import read_table
from computational_limits.vintages import MEASURES, PUBLISHED, VINTAGES, read_models, read_records

STOCK_LOG10_GFLOP = 20.0
ROUNDS = 5
"""Times that ours is timed; the median counts."""
SEED = 1
Way = Callable[[FloatArray, FloatArray, FloatArray, Form, str, str], float]
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
    for heading in ("benchmark", "fitted", "ours", "fits.fit", "statsmodels", "ratio", "gap"):
        table.add_column(heading, justify="left" if heading == "benchmark" else "right", no_wrap=True)
    totals = np.zeros(4)
    for benchmark, held in yardsticks.items():
        rows = fit_multiverse(models, {benchmark: held}, disputed).fitted
        run = partial(fit_multiverse, models, {benchmark: held}, disputed)
        ours = float(np.median([seconds_of(run) for _ in range(ROUNDS)]))
        sampled = rows.sample(loop, random_state=SEED)
        specifications = [row for _, row in sampled.iterrows()]
        scale = len(rows) / loop
        loops = [partial(loop_over, specifications, models, disputed, way) for way in (fit_alone, fit_by_statsmodels)]
        single, theirs = (scale * seconds_of(each) for each in loops)
        slopes = np.array(loops[1]())
        straight = ~sampled["form"].astype(str).str.contains("floor") & ~sampled["estimator"].isin(list(QUANTILES))
        gap = np.nanmax(np.abs(slopes / sampled["slope"].to_numpy() - 1.0)[straight.to_numpy()])
        totals += len(rows), ours, single, theirs
        add_row(table, benchmark, [len(rows), ours, single, theirs], f"{gap:.0e}")
    add_row(table, "all", totals.tolist(), "", style="bold")
    console.print(table)


def add_row(table: Table, name: str, values: list[float], gap: str, style: str = "") -> None:
    """One line of the table: how many specifications, seconds, and statsmodels over ours."""
    fitted, ours, single, theirs = values
    seconds = [f"{ours:.2f}", f"{single:.1f}", f"{theirs:.1f}"]
    table.add_row(name, f"{fitted:,.0f}", *seconds, f"{theirs / ours:.0f}", gap, style=style)


def loop_over(
    specifications: list[pd.Series], models: dict[str, pd.DataFrame], disputed: list[str], way: Way
) -> list[float]:
    """Slope of each specification, one after the other."""
    slopes = []
    for row in specifications:
        table = models[row["vintage"]]
        stated = table[table["benchmark"] == row["benchmark"]].dropna(subset=[MEASURES[row["measure"]]])
        metric = METRICS[row["metric"]]
        straight = metric.read(FORMS[row["form"].removesuffix(" with floor")])
        chosen = select_alone(stated, MEASURES[row["measure"]], straight, row, disputed)
        x, error, year = (chosen[name].to_numpy(dtype=float) for name in (MEASURES[row["measure"]], "error", "year"))
        slopes.append(
            way(np.log10(x), error, year, metric.read(FORMS[row["form"]]), row["estimator"], row["direction"])
        )
    return slopes


def select_alone(models: pd.DataFrame, column: str, form: Form, row: pd.Series, disputed: list[str]) -> pd.DataFrame:
    """Models of one specification; the distances of Cook are from statsmodels, the line of Theil and Sen from scipy."""
    x, y = np.log10(models[column].to_numpy()), form.response(models["error"].to_numpy())
    if row["outliers"] == UNDISPUTED:
        models = models[~models["model_id"].isin(disputed)]
    elif row["outliers"] == ONE_A_PAPER:
        models = models.loc[models.groupby(papers_of(models))["error"].idxmin()]
    elif row["outliers"] == NOT_INFLUENTIAL:
        distances = OLSInfluence(OLS(y, design_of(x)).fit()).cooks_distance[0]
        models = models.drop(models.index[np.argmax(distances)])
    elif row["outliers"] == NOT_FAR:
        slope, intercept = stats.theilslopes(y, x, method="joint")[:2]
        far = np.abs(y - intercept - slope * x)
        limit = FAR * MAD_TO_SD * np.median(far)
        models = models[far <= limit] if limit > 0.0 else models
    if row["frontier"] == BEST_SO_FAR:
        return models.iloc[best_so_far(models["error"].to_numpy(), models["year"].to_numpy())]
    if row["frontier"] == BEST_OF_YEAR:
        return models[models["error"] <= models.groupby("year")["error"].transform("median")]
    return models


def fit_alone(x: FloatArray, error: FloatArray, year: FloatArray, form: Form, estimator: str, direction: str) -> float:
    """Slope by `fits.fit`."""
    errors = BY_RANK if estimator == THEIL_SEN or estimator in QUANTILES else CLASSICAL
    return fit(10.0**x, error, form, direction, estimator, errors, year=year).slope


def fit_by_statsmodels(
    x: FloatArray, error: FloatArray, year: FloatArray, form: Form, estimator: str, direction: str
) -> float:
    """Slope by statsmodels or scipy, with its p value; the symmetric lines from two regressions."""
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
    """Time of the processor that a step takes."""
    start = time.process_time()
    step()
    return time.process_time() - start


if __name__ == "__main__":
    main()
