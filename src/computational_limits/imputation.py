"""Missing hardware burdens: left out, filled once, or imputed many times.

The authors' consolidated burden fills a gap with the value that a regression
on network operations predicts, and treats it as measured from then on. Here
the same gaps are filled many times from a model that holds the error too, with
parameters and residuals drawn, and the analyses are pooled by the rules of
:cite:t:`rubin1987multiple`.

All three quantities are decimal logarithms: burden and operations of GFLOP,
performance of one over error. Arrays may have leading axes; models are the
last one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from computational_limits.arrays import BoolArray, FloatArray
from computational_limits.scaling import MINIMUM_MODELS, POLYNOMIAL, fit_law
from computational_limits.slopes import Slope, slope_of
from computational_limits.uncertainty import LEVEL
from computational_limits.vintages import MEASURES

COMPLETE, SINGLE, MULTIPLE = METHODS = ("complete cases", "single imputation", "multiple imputation")
FEWEST_WITH_BOTH = 5
"""Models with burden and operations that an imputation needs: one more than its parameters."""
TABLES_AT_ONCE = 50
"""Simulated tables that are imputed together, to bound memory."""
BATCHES = 20
"""Parts that the imputations are split into to see how much a result depends on the draws."""
COLUMNS = (
    "benchmark",
    "vintage",
    "method",
    "n",
    "imputed",
    "with_both",
    "slope",
    "slope_se",
    "degrees_of_freedom",
    "exponent",
    "exponent_low",
    "exponent_high",
    "interval_monte_carlo_se",
    "missing_information",
    "reason",
)


@dataclass(frozen=True, slots=True)
class Gaps:
    """Models with burden or operations, and where one of them is missing.

    Attributes
    ----------
    burden, operations : ndarray of float, shape (..., n)
        log10 GFLOP; NaN where missing.
    performance : ndarray of float, shape (..., n)
        log10 of one over error, always known.
    """

    burden: FloatArray
    operations: FloatArray
    performance: FloatArray

    @property
    def with_both(self) -> int:
        """Models that have burden and operations."""
        return int((np.isfinite(self.burden) & np.isfinite(self.operations)).sum())


@dataclass(frozen=True, slots=True)
class Pooled:
    """A slope pooled over imputations.

    Attributes
    ----------
    slope : Slope
        Pooled estimate, total standard error, degrees of freedom.
    missing_information : float
        Fraction of the information on the slope that is missing.
    """

    slope: Slope
    missing_information: float


@dataclass(frozen=True, slots=True)
class Moments:
    """Mean and covariance of burden, operations and performance, in this order.

    Attributes
    ----------
    mean : ndarray of float, shape (3,)
    covariance : ndarray of float, shape (3, 3)
    """

    mean: FloatArray
    covariance: FloatArray

    @property
    def slope(self) -> float:
        """Slope of performance on burden."""
        return float(self.covariance[0, 2] / self.covariance[0, 0])


def find_gaps(models: pd.DataFrame) -> Gaps:
    """Burden, operations and performance of the models that have one of the first two."""
    columns = [MEASURES["hardware_burden"], MEASURES["network_operations"]]
    chosen = models.dropna(subset=columns, how="all")
    burden, operations = (np.log10(chosen[column].to_numpy(dtype=float)) for column in columns)
    return Gaps(burden, operations, POLYNOMIAL.response(chosen["error"].to_numpy(dtype=float)))


def fill_once(gaps: Gaps) -> FloatArray:
    """Burdens with each gap filled by a regression on operations, as the authors did.

    Parameters
    ----------
    gaps : Gaps
        One table of models, or many of one pattern.

    Returns
    -------
    ndarray of float, shape (..., n)
        log10 GFLOP; a gap without operations stays.
    """
    missing = np.isnan(gaps.burden)
    both = ~missing & np.isfinite(gaps.operations)
    slope, intercept, _ = _line(gaps.operations, gaps.burden, both)
    predicted = intercept[..., None] + slope[..., None] * gaps.operations
    return np.where(missing, predicted, gaps.burden)


def impute(gaps: Gaps, imputations: int, iterations: int, seed: int | np.random.SeedSequence) -> Gaps:
    """Draw the missing burdens by chained equations :cite:p:`vanbuuren2011mice`.

    In turn, burden is regressed on operations and performance, and operations
    on burden and performance, over the models whose response was observed. The
    residual variance and the coefficients are drawn from their posterior under
    the prior ``1 / variance``, then the gaps with their residuals. Performance
    is in both because it is the response of the analysis: without it the drawn
    burdens would not go with it, and the slope would shrink.

    Parameters
    ----------
    gaps : Gaps
        Arrays of shape (..., n) with the same models missing in all of them.
    imputations : int
        Chains, each of its own draws; the last state of each is an imputation.
    iterations : int
        Rounds of a chain.
    seed : int or SeedSequence
        Seed of the draws.

    Returns
    -------
    Gaps
        Without gaps; burden and operations of shape (imputations, ..., n).

    Raises
    ------
    ValueError
        With fewer than `FEWEST_WITH_BOTH` models that have burden and operations.
    """
    shape = gaps.burden.shape
    first = (0,) * (len(shape) - 1)
    lack_burden, lack_operations = np.isnan(gaps.burden[first]), np.isnan(gaps.operations[first])
    if int((~lack_burden & ~lack_operations).sum()) < FEWEST_WITH_BOTH:
        raise ValueError(f"an imputation needs at least {FEWEST_WITH_BOTH} models with burden and operations")
    random = np.random.default_rng(seed)
    both = ~lack_burden & ~lack_operations
    tables = (fill_once(gaps), gaps.operations, gaps.performance)
    burden, operations, performance = (np.broadcast_to(table, (imputations, *shape)).copy() for table in tables)
    slope, intercept, _ = _line(burden, operations, both)
    start = intercept[..., None] + slope[..., None] * burden
    operations[..., lack_operations] = start[..., lack_operations]
    for _ in range(iterations):
        _redraw(burden, operations, performance, lack_burden, random)
        _redraw(operations, burden, performance, lack_operations, random)
    return Gaps(burden, operations, performance)


def regress_all(burden: FloatArray, performance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Slopes of performance on burden and their squared standard errors, over the last axis."""
    everyone = np.ones(burden.shape, dtype=bool)
    slope, _, variance = _line(burden, performance, everyone)
    return slope, variance


def pool(slopes: FloatArray, variances: FloatArray, complete_freedom: float) -> Pooled:
    """Pool the slopes of the imputations.

    The total variance is that within imputations plus ``1 + 1/M`` times that
    between :cite:p:`rubin1987multiple`; the degrees of freedom are those of
    :cite:t:`barnard1999small`, never more than the complete data would have.

    Parameters
    ----------
    slopes, variances : ndarray of float, shape (M,)
        Slope of each imputation and its squared standard error.
    complete_freedom : float
        Degrees of freedom if nothing were missing, ``n - 2`` for a line.

    Returns
    -------
    Pooled

    Examples
    --------
    >>> pooled = pool(np.array([1.0, 1.2, 1.4]), np.array([0.04, 0.05, 0.06]), 98.0)
    >>> round(pooled.slope.estimate, 2), round(pooled.slope.standard_error**2, 4)
    (1.2, 0.1033)
    >>> round(pooled.slope.degrees_of_freedom, 2), round(pooled.missing_information, 3)
    (6.46, 0.618)
    """
    estimates, total, freedom, missing = _rubin(slopes, variances, complete_freedom)
    return Pooled(Slope(float(estimates), float(np.sqrt(total)), float(freedom)), float(missing))


def tabulate_consolidated(
    models: pd.DataFrame, benchmark: str, imputations: int, iterations: int, seed: int
) -> pd.DataFrame:
    """The law of one benchmark by each of `METHODS`.

    Parameters
    ----------
    models : DataFrame
        Models of one vintage, as `vintages.select_vintage` returns them.
    benchmark : str
        The benchmark.
    imputations, iterations, seed : int
        See `impute`.

    Returns
    -------
    DataFrame
        `COLUMNS`, one row a method, with the ``reason`` in place of numbers
        where a benchmark does not allow it.
    """
    (vintage,) = models["vintage"].unique()
    chosen = models[models["benchmark"] == benchmark]
    gaps = find_gaps(chosen)
    burdened = chosen.dropna(subset=[MEASURES["hardware_burden"]])
    filled = int((np.isnan(gaps.burden) & np.isfinite(gaps.operations)).sum())
    key = {"benchmark": benchmark, "vintage": vintage, "with_both": gaps.with_both, "reason": ""}
    rows: list[dict[str, object]] = [{**key, "method": COMPLETE, "n": len(burdened), "imputed": 0}]
    if len(burdened) >= MINIMUM_MODELS:
        law = fit_law(burdened[MEASURES["hardware_burden"]], burdened["error"], POLYNOMIAL)
        rows[0] |= _cells(slope_of(law))
    reason = _why_not(gaps, filled)
    for method in (SINGLE, MULTIPLE):
        row: dict[str, object] = {**key, "method": method, "n": len(gaps.burden), "imputed": filled}
        if reason:
            rows.append({**row, "reason": reason})
        elif method == SINGLE:
            slope, variance = regress_all(fill_once(gaps), gaps.performance)
            rows.append(row | _cells(Slope(float(slope), float(np.sqrt(variance)), len(gaps.burden) - 2)))
        else:
            drawn = impute(gaps, imputations, iterations, seed)
            rows.append(row | _multiple_cells(*regress_all(drawn.burden, gaps.performance), len(gaps.burden) - 2))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def plant(completed: Gaps) -> Moments:
    """Moments that stand behind a table with gaps, averaged over its imputations.

    Parameters
    ----------
    completed : Gaps
        What `impute` returns for one table, shape (M, n).

    Returns
    -------
    Moments
    """
    stacked = np.stack(np.broadcast_arrays(completed.burden, completed.operations, completed.performance), axis=-1)
    centred = stacked - stacked.mean(axis=-2, keepdims=True)
    covariances = np.swapaxes(centred, -1, -2) @ centred / (stacked.shape[-2] - 1)
    return Moments(stacked.mean(axis=(0, 1)), covariances.mean(axis=0))


def through_burden(moments: Moments) -> Moments:
    """The same moments, but operations and performance go together through burden alone.

    Operations then say nothing about error that burden does not say, which is
    what a fill without the error takes for granted.
    """
    covariance = moments.covariance.copy()
    covariance[1, 2] = covariance[2, 1] = covariance[0, 1] * covariance[0, 2] / covariance[0, 0]
    return Moments(moments.mean, covariance)


def simulate_coverage(
    moments: Moments, gaps: Gaps, repetitions: int, imputations: int, iterations: int, seed: int
) -> pd.DataFrame:
    """How often each method's interval holds a slope that is known.

    Tables are drawn from a normal distribution with planted moments, as long as
    the real one, and lose the cells that the real one lacks. Which models lose
    them does not depend on anything.

    Parameters
    ----------
    moments : Moments
        What to plant.
    gaps : Gaps
        The real table, for its pattern of gaps.
    repetitions : int
        Tables to draw.
    imputations, iterations : int
        See `impute`, for each table.
    seed : int
        Seed of tables and imputations.

    Returns
    -------
    DataFrame
        ``method``, ``repetitions``, ``coverage`` of nominally `LEVEL`, its
        Monte-Carlo standard error ``coverage_se``, ``slope_ratio`` (mean
        estimate over truth), ``se_ratio`` (root mean square of the stated
        standard error over the spread of the estimates).
    """
    draws, chains = np.random.SeedSequence(seed).spawn(2)
    tables = np.random.default_rng(draws).multivariate_normal(
        moments.mean, moments.covariance, size=(repetitions, len(gaps.burden))
    )
    burden, operations, performance = np.moveaxis(tables, -1, 0)
    cut = Gaps(
        np.where(np.isnan(gaps.burden), np.nan, burden),
        np.where(np.isnan(gaps.operations), np.nan, operations),
        performance,
    )
    seen = np.isfinite(gaps.burden)
    freedom = {COMPLETE: seen.sum() - 2.0, SINGLE: seen.size - 2.0}
    found = {
        COMPLETE: regress_all(cut.burden[:, seen], performance[:, seen]),
        SINGLE: regress_all(fill_once(cut), performance),
    }
    rows = [_coverage(method, *found[method], freedom[method], moments.slope) for method in (COMPLETE, SINGLE)]
    parts = [
        _rubin(*regress_all(impute(chunk, imputations, iterations, child).burden, chunk.performance), seen.size - 2.0)
        for chunk, child in zip(*_chunks(cut, chains), strict=True)
    ]
    slopes, variances, freedoms, _ = (np.concatenate(values) for values in zip(*parts, strict=True))
    rows.append(_coverage(MULTIPLE, slopes, variances, freedoms, moments.slope))
    return pd.DataFrame(rows)


def _line(x: FloatArray, y: FloatArray, used: BoolArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Slope, intercept and squared standard error of the slope of ``y`` on ``x`` over the models ``used``."""
    n = used.sum(axis=-1)
    x, y = np.where(used, x, 0.0), np.where(used, y, 0.0)
    mean_x, mean_y = x.sum(axis=-1) / n, y.sum(axis=-1) / n
    off_x, off_y = (np.where(used, v - m[..., None], 0.0) for v, m in ((x, mean_x), (y, mean_y)))
    spread = (off_x**2).sum(axis=-1)
    slope = (off_x * off_y).sum(axis=-1) / spread
    residuals = off_y - slope[..., None] * off_x
    return slope, mean_y - slope * mean_x, (residuals**2).sum(axis=-1) / (n - 2) / spread


def _redraw(
    target: FloatArray, other: FloatArray, performance: FloatArray, missing: BoolArray, random: np.random.Generator
) -> None:
    """Draw the missing cells of ``target``, in place, given the other two quantities."""
    centred = (quantity - quantity[..., ~missing].mean(axis=-1, keepdims=True) for quantity in (other, performance))
    design = np.stack([np.ones_like(other), *centred], axis=-1)
    known, lacking = design[..., ~missing, :], design[..., missing, :]
    inverse = np.linalg.inv(np.swapaxes(known, -1, -2) @ known)
    response = target[..., ~missing, None]
    mean = inverse @ (np.swapaxes(known, -1, -2) @ response)
    squares = ((response - known @ mean) ** 2).sum(axis=(-1, -2))
    scale = np.sqrt(squares / random.chisquare(known.shape[-2] - known.shape[-1], size=squares.shape))[..., None]
    noise = np.linalg.cholesky(inverse) @ random.standard_normal(mean.shape)
    drawn = (lacking @ (mean + scale[..., None] * noise))[..., 0]
    target[..., missing] = drawn + scale * random.standard_normal(drawn.shape)


def _rubin(
    slopes: FloatArray, variances: FloatArray, complete_freedom: float
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Pooled slope, total variance, degrees of freedom and missing information, over the first axis."""
    m = len(slopes)
    within, extra = variances.mean(axis=0), (1.0 + 1.0 / m) * slopes.var(axis=0, ddof=1)
    total = within + extra
    share = extra / total
    observed = (complete_freedom + 1.0) / (complete_freedom + 3.0) * complete_freedom * (1.0 - share)
    freedom = 1.0 / (share**2 / (m - 1.0) + 1.0 / observed)
    ratio = extra / within
    return slopes.mean(axis=0), total, freedom, (ratio + 2.0 / (freedom + 3.0)) / (1.0 + ratio)


def _chunks(gaps: Gaps, seed: np.random.SeedSequence) -> tuple[list[Gaps], list[np.random.SeedSequence]]:
    """Tables in parts that fit into memory, each with a seed of its own."""
    starts = range(0, len(gaps.burden), TABLES_AT_ONCE)
    parts = [slice(start, start + TABLES_AT_ONCE) for start in starts]
    tables = [Gaps(gaps.burden[part], gaps.operations[part], gaps.performance[part]) for part in parts]
    return tables, seed.spawn(len(parts))


def _coverage(
    method: str, slopes: FloatArray, variances: FloatArray, freedom: FloatArray | float, truth: float
) -> dict[str, object]:
    quantile = stats.t.ppf(0.5 + LEVEL / 2.0, freedom)
    covered = float((np.abs(slopes - truth) <= quantile * np.sqrt(variances)).mean())
    return {
        "method": method,
        "repetitions": len(slopes),
        "coverage": covered,
        "coverage_se": float(np.sqrt(covered * (1.0 - covered) / len(slopes))),
        "slope_ratio": float(slopes.mean() / truth),
        "se_ratio": float(np.sqrt(variances.mean()) / slopes.std(ddof=1)),
    }


def _why_not(gaps: Gaps, filled: int) -> str:
    """Why the gaps of a benchmark cannot be filled; empty if they can."""
    if filled == 0:
        return "no model without a burden has network operations"
    if gaps.with_both < FEWEST_WITH_BOTH:
        return f"{gaps.with_both or 'no'} models have burden and network operations, {FEWEST_WITH_BOTH} are needed"
    return ""


def _cells(slope: Slope) -> dict[str, object]:
    ends = slope.exponent_interval()
    return {
        "slope": slope.estimate,
        "slope_se": slope.standard_error,
        "degrees_of_freedom": slope.degrees_of_freedom,
        "exponent": slope.exponent,
        "exponent_low": ends.low,
        "exponent_high": ends.high,
    }


def _multiple_cells(slopes: FloatArray, variances: FloatArray, complete_freedom: float) -> dict[str, object]:
    pooled = pool(slopes, variances, complete_freedom)
    parts = zip(np.array_split(slopes, BATCHES), np.array_split(variances, BATCHES), strict=True)
    intervals = [pool(*part, complete_freedom).slope.interval() for part in parts]
    ends = np.array([(interval.low, interval.high) for interval in intervals])
    return _cells(pooled.slope) | {
        "interval_monte_carlo_se": float(ends.std(axis=0, ddof=1).max() / np.sqrt(BATCHES)),
        "missing_information": pooled.missing_information,
    }
