"""One call for every regression of benchmark error on computing.

`fit` takes a form, a direction, an estimator and a kind of standard errors and
returns a frozen `Regression`. What the data cannot carry is refused with the
rule in the message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from computational_limits.arrays import FloatArray, IntArray
from computational_limits.estimators import (
    BY_PAPER,
    BY_RANK,
    CLASSICAL,
    HC3,
    JACKKNIFE,
    LeastSquares,
    Line,
    least_squares,
    least_squares_line,
    orthogonal_line,
    quantile_line,
    reduced_major_axis,
    t_p_value,
    t_quantile,
    theil_sen_line,
)
from computational_limits.scaling import (
    BROKEN,
    FLOORED,
    LOG10_COMPUTING,
    MINIMUM_MODELS,
    PERFORMANCE_ON_COMPUTING,
    POLYNOMIAL,
    STRAIGHT,
    Form,
    checked_models,
)
from computational_limits.uncertainty import LEVEL, Interval, inverse_interval

COMPUTING_ON_PERFORMANCE = "computing on performance"
ORTHOGONAL = "orthogonal"
REDUCED_MAJOR_AXIS = "reduced major axis"
DIRECTIONS = (PERFORMANCE_ON_COMPUTING, COMPUTING_ON_PERFORMANCE, ORTHOGONAL, REDUCED_MAJOR_AXIS)
"""Which of the two is taken to carry the scatter: error, computing, or both."""

LEAST_SQUARES = "least squares"
WITH_YEAR = "least squares with year"
THEIL_SEN = "Theil-Sen"
BEST_SO_FAR = "best so far"
QUANTILES = {f"quantile {share:g}": share for share in (0.5, 0.75, 0.9)}
"""Estimator to the share of models that lie below its line in performance."""
ESTIMATORS = (LEAST_SQUARES, WITH_YEAR, THEIL_SEN, *QUANTILES, BEST_SO_FAR)

SANDWICHES = (CLASSICAL, HC3, BY_PAPER, JACKKNIFE)
DEFINED = {
    **dict.fromkeys(
        [(estimator, way) for estimator in (LEAST_SQUARES, BEST_SO_FAR) for way in DIRECTIONS[:2]], SANDWICHES
    ),
    **dict.fromkeys(
        [(estimator, way) for estimator in (LEAST_SQUARES, BEST_SO_FAR) for way in DIRECTIONS[2:]],
        (CLASSICAL, BY_PAPER),
    ),
    (WITH_YEAR, PERFORMANCE_ON_COMPUTING): SANDWICHES,
    **dict.fromkeys([(THEIL_SEN, way) for way in DIRECTIONS[:2]], (BY_RANK,)),
    **dict.fromkeys([(name, PERFORMANCE_ON_COMPUTING) for name in QUANTILES], (BY_RANK,)),
}
"""Estimator and direction to the kinds of standard errors that are defined for them.

HC3 and the jackknife need the leverage of a predictor, which a symmetric line has not; a
quantile of performance and a term for the year are of the published direction.
"""
FLOOR_MINIMUM_MODELS = 5
"""Fewest models for intercept, slope, variance and floor."""
BREAK_MINIMUM_MODELS = 20
BREAK_MINIMUM_COMPUTINGS = 5
"""Fewest models that a break is looked for among, and fewest different computings on each side of it."""
HIGHEST_FLOOR = 0.99
"""Largest floor tried, as a share of the smallest error.

The likelihood of the polynomial form grows without bound as the floor meets the
smallest error, as that of a three-parameter lognormal law does
:cite:p:`hill1963three`.
"""
LogLikelihood = Callable[[FloatArray], FloatArray]
GRID = 200
"""Floors or breaks tried in each of `ZOOMS` rounds of the search."""
ZOOMS = 3


@dataclass(frozen=True, slots=True)
class Profiled:
    """A parameter found by profiling the likelihood.

    Attributes
    ----------
    value : float
        Where the profile is highest.
    interval : Interval
        Values at which the log likelihood is lower by no more than half the
        quantile of the chi-squared law with one degree of freedom.
    """

    value: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class YearTerm:
    """What the year explains beside computing.

    Attributes
    ----------
    slope, slope_se : float
        Response per year at the same computing.
    p_value : float
        Of no slope.
    correlation : float
        Correlation of the year with the predictor.
    variance_inflation : float
        Factor by which that correlation inflates the variance of both slopes.
    """

    slope: float
    slope_se: float
    p_value: float
    correlation: float
    variance_inflation: float


@dataclass(frozen=True, slots=True)
class Regression:
    """A regression of error on computing.

    Attributes
    ----------
    form : Form
        The form, above its floor where it has one.
    direction, estimator, errors : str
        What was asked for.
    level : float
        Coverage of the intervals.
    n : int
        Models fitted; of the best so far, those alone.
    papers : int or None
        Different papers among them, where they were given.
    intercept : float
        Response at a predictor of zero; beside a year, at the mean year.
    slope : float
        Response per log10 computing in any direction, per GFLOP for the
        exponential decay; above the break of a broken power law.
    slope_se : float
        Its standard error; see `Line`. Given the floor or the break.
    slope_interval, exponent_interval : Interval
        At ``level``.
    r2, p_value : float
        See `Line`.
    residuals : ndarray of float, shape (n,)
        Response less the line.
    floor, break_log10_gflop : Profiled or None
        Irreducible error; log10 GFLOP at which the slope changes.
    slope_below : float or None
        Slope below the break.
    year : YearTerm or None
        Term for the year.
    """

    form: Form
    direction: str
    estimator: str
    errors: str
    level: float
    n: int
    papers: int | None
    intercept: float
    slope: float
    slope_se: float
    slope_interval: Interval
    exponent_interval: Interval
    r2: float
    p_value: float
    residuals: FloatArray
    floor: Profiled | None = None
    break_log10_gflop: Profiled | None = None
    slope_below: float | None = None
    year: YearTerm | None = None

    @property
    def exponent(self) -> float:
        """``1 / slope``; infinite for a slope of zero.

        Of the exponential decay it is the GFLOP that divide error by ten.
        """
        return 1.0 / self.slope if self.slope != 0.0 else np.inf

    def response_at(self, compute_gflop: ArrayLike) -> FloatArray:
        """Response on the line at a computing in GFLOP; beside a year, at the mean year."""
        x = self.form.x(np.asarray(compute_gflop, dtype=float))
        if self.break_log10_gflop is None or self.slope_below is None:
            return self.intercept + self.slope * x
        beyond = np.maximum(x - self.break_log10_gflop.value, 0.0)
        return self.intercept + self.slope_below * x + (self.slope - self.slope_below) * beyond

    def error_at(self, compute_gflop: ArrayLike) -> FloatArray:
        """Error on the line at a computing in GFLOP; NaN where ``1 / error`` would be negative."""
        return self.form.error(self.response_at(compute_gflop))


def fit(
    compute_gflop: ArrayLike,
    error: ArrayLike,
    form: Form = POLYNOMIAL,
    direction: str = PERFORMANCE_ON_COMPUTING,
    estimator: str = LEAST_SQUARES,
    errors: str = CLASSICAL,
    clusters: ArrayLike | None = None,
    year: ArrayLike | None = None,
    level: float = LEVEL,
) -> Regression:
    """Fit a form to models.

    Parameters
    ----------
    compute_gflop : array-like of float, shape (n,)
        Computing of each model, in GFLOP.
    error : array-like of float, shape (n,)
        Error of each model, as a fraction in (0, 1).
    form : Form
        One of `scaling.EVERY_FORM`. A floor is that of least squares of
        performance on computing, whatever the direction and the estimator.
    direction : str
        One of `DIRECTIONS`.
    estimator : str
        One of `ESTIMATORS`. The best so far are the lowest error of each year
        that undercuts every earlier year; the order within a year is not known.
    errors : str
        One of those in `DEFINED` for the estimator and direction.
    clusters : array-like, shape (n,), optional
        Paper of each model; a missing one counts as a paper of its own.
    year : array-like of float, shape (n,), optional
        Year of each model, for `WITH_YEAR` and `BEST_SO_FAR`.
    level : float
        Coverage of the intervals.

    Returns
    -------
    Regression

    Raises
    ------
    ValueError
        With the rule that is broken: fewer than three models, values outside
        their domain, lists of unequal length, no spread, a combination that is
        not defined, or one that the data cannot carry.

    Examples
    --------
    >>> from computational_limits.scaling import POLYNOMIAL
    >>> compute, error = [1e9, 1e10, 1e11, 1e12], [0.4, 0.25, 0.2, 0.1]
    >>> for direction in DIRECTIONS:
    ...     print(round(fit(compute, error, POLYNOMIAL, direction).exponent, 2))
    5.25
    5.05
    5.25
    5.15
    """
    _check_defined(form, direction, estimator, errors)
    compute, error_ = checked_models(compute_gflop, error)
    codes = None if clusters is None else paper_codes(clusters, compute.size)
    years = _checked_years(year, compute.size) if estimator in (WITH_YEAR, BEST_SO_FAR) else None
    if estimator == BEST_SO_FAR and years is not None:
        kept = best_so_far(error_, years)
        compute, error_ = _checked_best(compute[kept], error_[kept])
        codes = None if codes is None else pd.factorize(codes[kept])[0]
    floor = None
    if form.shape == FLOORED:
        floor = profile_floor(compute, error_, form, level)
        form = form.above(floor.value)
    case = _Case(form, direction, estimator, errors, level, codes, floor)
    x, y = form.x(compute), form.response(error_)
    if form.shape == BROKEN:
        return _fit_broken(x, y, case)
    if years is not None and estimator == WITH_YEAR:
        return _fit_with_year(x, y, years, case)
    return _fit_line(x, y, case)


def best_so_far(error: FloatArray, year: FloatArray) -> IntArray:
    """Places of the models that set a new lowest error.

    Parameters
    ----------
    error, year : ndarray of float, shape (n,)
        Of each model.

    Returns
    -------
    ndarray of int
        In order of years: the lowest error of each year, where it is lower
        than in every earlier year; the first of equal ones.
    """
    order = np.lexsort((np.arange(error.size), error, year))
    first_of_year = np.diff(year[order], prepend=-np.inf) > 0.0
    best = order[first_of_year]
    lowest_before = np.minimum.accumulate(np.append(np.inf, error[best][:-1]))
    return best[error[best] < lowest_before]


def profile_floor(compute_gflop: FloatArray, error: FloatArray, form: Form, level: float = LEVEL) -> Profiled:
    """Irreducible error of highest likelihood, performance on computing.

    Parameters
    ----------
    compute_gflop, error : ndarray of float, shape (n,)
        Of each model.
    form : Form
        A form with a floor.
    level : float
        Coverage of its interval in (0, 1).

    Returns
    -------
    Profiled
        Within [0, `HIGHEST_FLOOR` times the smallest error].

    Raises
    ------
    ValueError
        With fewer than `FLOOR_MINIMUM_MODELS` models.
    """
    likelihood = floor_likelihood(form.x(compute_gflop), error, form)
    return profile(likelihood, 0.0, HIGHEST_FLOOR * float(error.min()), _drop(level))


def floor_likelihood(x: FloatArray, error: FloatArray, form: Form) -> LogLikelihood:
    """Log likelihood of floors below the smallest error, given predictor and error of each model.

    It is ``-n / 2 log(RSS)`` of the line above the floor, with the density of
    log10 error in place of that of the response, but for a constant.

    Raises
    ------
    ValueError
        With fewer than `FLOOR_MINIMUM_MODELS` models.
    """
    n = error.size
    if n < FLOOR_MINIMUM_MODELS:
        raise ValueError(f"a floor needs at least {FLOOR_MINIMUM_MODELS} models, got {n}")
    direction = (x - x.mean()) / np.sqrt(np.sum((x - x.mean()) ** 2))

    def log_likelihood(floors: FloatArray) -> FloatArray:
        above = error - floors[:, None]
        y = form.response(above)
        y = y - y.mean(axis=1, keepdims=True)
        rss = np.sum(y**2, axis=1) - (y @ direction) ** 2
        return np.asarray(-n / 2.0 * np.log(rss) + np.sum(np.log(form.stretch(above) * error / above), axis=1))

    return log_likelihood


def _drop(level: float) -> float:
    """By how much the log likelihood falls to the ends of an interval of one parameter, asymptotically."""
    return float(special.chdtri(1, 1.0 - level)) / 2.0


def profile(log_likelihood: LogLikelihood, low: float, high: float, drop: float) -> Profiled:
    """Highest point of a profile on [low, high], by a grid made finer around its best place, and its interval.

    Parameters
    ----------
    log_likelihood : callable
        Of an array of values.
    low, high : float
        Where to search.
    drop : float
        By how much the log likelihood is lower at the ends of the interval.
    """
    grid = np.linspace(low, high, GRID)
    first = log_likelihood(grid)
    near = grid
    for _ in range(ZOOMS):
        step = near[1] - near[0]
        place = near[int(np.argmax(log_likelihood(near)))]
        near = np.linspace(max(place - step, low), min(place + step, high), GRID)
    values = log_likelihood(near)
    value = float(near[int(np.argmax(values))])
    limit = float(values.max()) - drop
    inside = np.append(grid[first >= limit], value)
    step = grid[1] - grid[0]
    ends = ((inside.min(), max(inside.min() - step, low)), (inside.max(), min(inside.max() + step, high)))
    return Profiled(value, Interval(*(_last_above(log_likelihood, limit, *between) for between in ends)))


def _last_above(log_likelihood: LogLikelihood, limit: float, inside: float, outside: float) -> float:
    """Last point at which a profile is still above a limit, on the way from ``inside`` to ``outside``."""
    for _ in range(ZOOMS - 1):
        points = np.linspace(inside, outside, GRID)
        above = log_likelihood(points) >= limit
        last = GRID - 1 if above.all() else max(int(np.argmin(above)) - 1, 0)
        inside, outside = float(points[last]), float(points[min(last + 1, GRID - 1)])
    return inside


@dataclass(frozen=True, slots=True)
class _Case:
    """What was asked for, with the codes of papers and the floor."""

    form: Form
    direction: str
    estimator: str
    errors: str
    level: float
    codes: IntArray | None
    floor: Profiled | None

    def regression(
        self,
        line: Line,
        residuals: FloatArray,
        exponents: Interval | None = None,
        break_log10_gflop: Profiled | None = None,
        slope_below: float | None = None,
        year: YearTerm | None = None,
    ) -> Regression:
        """The result for a line of the response on the predictor."""
        slopes = Interval(float(line.low), float(line.high))
        return Regression(
            form=self.form,
            direction=self.direction,
            estimator=self.estimator,
            errors=self.errors,
            level=self.level,
            n=residuals.size,
            papers=None if self.codes is None else int(self.codes.max()) + 1,
            intercept=line.intercept,
            slope=line.slope,
            slope_se=line.slope_se,
            slope_interval=slopes,
            exponent_interval=exponents or inverse_interval(slopes, line.slope),
            r2=line.r2,
            p_value=line.p_value,
            residuals=residuals,
            floor=self.floor,
            break_log10_gflop=break_log10_gflop,
            slope_below=slope_below,
            year=year,
        )


def _fit_line(x: FloatArray, y: FloatArray, case: _Case) -> Regression:
    """A straight line in any direction and by any estimator but that with the year."""
    turned = case.direction == COMPUTING_ON_PERFORMANCE
    predictor, response = (y, x) if turned else (x, y)
    if case.estimator == THEIL_SEN:
        line = theil_sen_line(predictor, response, case.level)
    elif case.estimator in QUANTILES:
        line = quantile_line(predictor, response, case.level, QUANTILES[case.estimator])
    else:
        symmetric = {ORTHOGONAL: orthogonal_line, REDUCED_MAJOR_AXIS: reduced_major_axis}
        estimate = symmetric.get(case.direction, least_squares_line)
        line = estimate(predictor, response, case.level, case.errors, case.codes)
    if not turned:
        return case.regression(line, y - line.intercept - line.slope * x)
    if line.slope == 0.0:
        raise ValueError("computing does not change with performance: the line has no slope in this direction")
    exponents = Interval(float(line.low), float(line.high))
    slopes = inverse_interval(exponents, line.slope)
    line = replace(
        line,
        intercept=-line.intercept / line.slope,
        slope=1.0 / line.slope,
        slope_se=line.slope_se / line.slope**2,
        low=slopes.low,
        high=slopes.high,
    )
    return case.regression(line, y - line.intercept - line.slope * x, exponents)


def _fit_with_year(x: FloatArray, y: FloatArray, years: FloatArray, case: _Case) -> Regression:
    """Least squares on the predictor and the year."""
    fitted = least_squares(np.column_stack([np.ones_like(x), x, years - years.mean()]), y)
    correlation = float(np.corrcoef(x, years)[0, 1])
    line = _contrast(fitted, np.array([0.0, 1.0, 0.0]), case)
    year = _contrast(fitted, np.array([0.0, 0.0, 1.0]), case)
    term = YearTerm(year.slope, year.slope_se, year.p_value, correlation, 1.0 / (1.0 - correlation**2))
    return case.regression(line, fitted.residuals, year=term)


def _fit_broken(x: FloatArray, y: FloatArray, case: _Case) -> Regression:
    """Two lines that meet, by least squares given the break of highest likelihood."""
    found = profile(break_likelihood(x, y), *break_range(x), _drop(case.level))
    fitted = least_squares(np.column_stack([np.ones_like(x), x, np.maximum(x - found.value, 0.0)]), y)
    line = _contrast(fitted, np.array([0.0, 1.0, 1.0]), case)
    below = float(fitted.coefficients[1])
    return case.regression(line, fitted.residuals, break_log10_gflop=found, slope_below=below)


def break_range(x: FloatArray) -> tuple[float, float]:
    """Least and largest break that is looked for among predictors.

    Raises
    ------
    ValueError
        With fewer than `BREAK_MINIMUM_MODELS` models, or `BREAK_MINIMUM_COMPUTINGS` different computings a side.
    """
    different, k = np.unique(x), BREAK_MINIMUM_COMPUTINGS
    if x.size < BREAK_MINIMUM_MODELS:
        raise ValueError(f"a break needs at least {BREAK_MINIMUM_MODELS} models, got {x.size}")
    if different.size < 2 * k:
        raise ValueError(f"a break needs {k} different computings on each side, got {different.size} in all")
    return float(different[k - 1]), float(different[-k])


def break_likelihood(x: FloatArray, y: FloatArray) -> LogLikelihood:
    """Log likelihood of breaks, ``-n / 2 log(RSS)`` of two lines that meet there."""
    basis = np.linalg.qr(np.column_stack([np.ones_like(x), x]))[0]
    left = y - basis @ (basis.T @ y)

    def log_likelihood(breaks: FloatArray) -> FloatArray:
        hinge = np.maximum(x - breaks[:, None], 0.0)
        hinge = hinge - (hinge @ basis) @ basis.T
        rss = left @ left - (hinge @ left) ** 2 / np.sum(hinge**2, axis=1)
        return np.asarray(-x.size / 2.0 * np.log(rss))

    return log_likelihood


def _contrast(fitted: LeastSquares, weights: FloatArray, case: _Case) -> Line:
    """The line whose slope is a weighted sum of the coefficients."""
    slope = float(weights @ fitted.coefficients)
    se = float(np.sqrt(weights @ fitted.covariance(case.errors, case.codes) @ weights))
    df = fitted.inference_degrees_of_freedom(case.errors, case.codes)
    half = t_quantile(df, case.level) * se
    p_value = t_p_value(slope, se, df)
    return Line(float(fitted.coefficients[0]), slope, se, slope - half, slope + half, p_value, fitted.r2)


def _check_defined(form: Form, direction: str, estimator: str, errors: str) -> None:
    for value, known, what in ((direction, DIRECTIONS, "direction"), (estimator, ESTIMATORS, "estimator")):
        if value not in known:
            raise ValueError(f"no {what} {value!r}: choose from {', '.join(known)}")
    if (estimator, direction) not in DEFINED:
        raise ValueError(f"{estimator} is not defined for {direction}")
    if errors not in DEFINED[estimator, direction]:
        known = DEFINED[estimator, direction]
        raise ValueError(f"no {errors!r} errors for {estimator}, {direction}: choose from {', '.join(known)}")
    reason = _impossible(form, estimator, direction)
    if reason is not None:
        raise ValueError(f"{form.name} {reason}")


def combinations_of(form: Form) -> Iterator[tuple[str, str, str]]:
    """Estimator, direction and errors of every combination that is defined for a form."""
    for (estimator, direction), kinds in DEFINED.items():
        if _impossible(form, estimator, direction) is None:
            for errors in kinds:
                yield estimator, direction, errors


def _impossible(form: Form, estimator: str, direction: str) -> str | None:
    """Why a form is not fitted this way, if it is not."""
    if form.predictor != LOG10_COMPUTING and direction == ORTHOGONAL:
        return "has no orthogonal line: its predictor is no logarithm, its scale decides"
    if form.shape == BROKEN and (estimator, direction) != (LEAST_SQUARES, PERFORMANCE_ON_COMPUTING):
        return f"is fitted by {LEAST_SQUARES}, {PERFORMANCE_ON_COMPUTING}, only"
    if form.shape != STRAIGHT and estimator == BEST_SO_FAR:
        return "is fitted to all models only"
    return None


def paper_codes(papers: ArrayLike, n: int) -> IntArray:
    """Codes of the papers of ``n`` models, from 0 on; every missing paper is one of its own.

    Raises
    ------
    ValueError
        If there is not one paper a model.
    """
    keys = np.asarray(papers, dtype=object)
    if keys.shape != (n,):
        raise ValueError(f"papers must be one a model, {n}, not of shape {keys.shape}")
    codes, known = pd.factorize(keys)
    missing = codes < 0
    codes[missing] = len(known) + np.arange(missing.sum())
    return np.asarray(codes, dtype=np.int64)


def _checked_years(year: ArrayLike | None, n: int) -> FloatArray:
    if year is None:
        raise ValueError(f"estimators {WITH_YEAR} and {BEST_SO_FAR} need the year of each model")
    years = np.asarray(year, dtype=float)
    if years.shape != (n,) or not np.all(np.isfinite(years)):
        raise ValueError(f"years must be finite and one a model, {n}, got shape {years.shape}")
    if np.ptp(years) == 0.0:
        raise ValueError("all models are of the same year")
    return years


def _checked_best(compute: FloatArray, error: FloatArray) -> tuple[FloatArray, FloatArray]:
    if compute.size < MINIMUM_MODELS:
        raise ValueError(f"a line needs at least {MINIMUM_MODELS} models, got {compute.size} best so far")
    return checked_models(compute, error)
