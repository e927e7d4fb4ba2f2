"""Forecasts of a new model by a fitted line, and how they are scored.

A forecast is Student's law of a response. Nothing here knows benchmarks,
vintages or files.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from computational_limits.arrays import FloatArray, IntArray
from computational_limits.crossing import ratio_interval
from computational_limits.estimators import LeastSquares, t_quantile
from computational_limits.scaling import LOG10_COMPUTING, Form
from computational_limits.uncertainty import LEVEL, Interval


@dataclass(frozen=True, slots=True)
class Student:
    """Student's law of one quantity.

    Attributes
    ----------
    centre, scale : float
        Where it is centred, and its scale.
    df : int
        Degrees of freedom.
    """

    centre: float
    scale: float
    df: int

    def interval(self, level: float = LEVEL) -> Interval:
        """Interval about the centre that holds the quantity with probability ``level``."""
        half = t_quantile(self.df, level) * self.scale
        return Interval(self.centre - half, self.centre + half)

    def log_density(self, value: float) -> float:
        """Natural logarithm of the density at a value; NaN where the scale is not finite.

        Examples
        --------
        >>> round(Student(0.0, 1.0, 1).log_density(0.0), 4)  # 1 / pi
        -1.1447
        """
        if not (0.0 < self.scale < np.inf):
            return np.nan
        half = self.df / 2.0
        z2 = ((value - self.centre) / self.scale) ** 2
        constant = special.gammaln(half + 0.5) - special.gammaln(half) - 0.5 * np.log(self.df * np.pi)
        return float(constant - (half + 0.5) * np.log1p(z2 / self.df) - np.log(self.scale))

    def below(self, value: float) -> float:
        """Probability below a value."""
        return float(special.stdtr(self.df, (value - self.centre) / self.scale))


@dataclass(frozen=True, slots=True)
class StudentLine:
    """A line of a response on a predictor, with what a new value scatters about it.

    Attributes
    ----------
    centre_x, centre_y : float
        A point of the line, at the mean of the predictor.
    slope : float
        Response per unit of the predictor.
    var_centre, var_slope, var_residual : float
        Variances of the line at the centre, of the slope, independent of it, and of a value about the line.
    df : int
        Degrees of freedom of Student's t.
    """

    centre_x: float
    centre_y: float
    slope: float
    var_centre: float
    var_slope: float
    var_residual: float
    df: int

    def response_at(self, x: float) -> Student:
        """Forecast of the response at a predictor."""
        run = x - self.centre_x
        variance = self.var_centre + self.var_residual + (run**2 * self.var_slope if run != 0.0 else 0.0)
        return Student(self.centre_y + self.slope * run, float(np.sqrt(variance)), self.df)

    def se_at(self, x: float) -> float:
        """Standard error of the line at a predictor."""
        return float(np.sqrt(self.var_centre + (x - self.centre_x) ** 2 * self.var_slope))

    def predictor_for(self, y: float, level: float = LEVEL) -> tuple[float, Interval]:
        """Predictor on the line at a response, and all predictors at which a new response ``y`` is in the band.

        The interval is that of :cite:t:`fieller1954some` with the residual
        variance; see `crossing.ratio_interval` for the unbounded ones.
        """
        rise, t = y - self.centre_y, t_quantile(self.df, level)
        run = rise / self.slope if self.slope != 0.0 else np.inf
        if not np.isfinite(self.var_slope):
            return self.centre_x + run, Interval(-np.inf, np.inf)
        runs = ratio_interval(rise, self.var_centre + self.var_residual, self.slope, self.var_slope, t)
        return self.centre_x + run, Interval(self.centre_x + runs.low, self.centre_x + runs.high)


def student_of(fitted: LeastSquares, row: FloatArray) -> Student:
    """Forecast of a new response by least squares, at a row of the design.

    Parameters
    ----------
    fitted : LeastSquares
        The fit.
    row : ndarray of float, shape (p,)
        Predictors of the new value.
    """
    variance = fitted.residual_variance * (1.0 + float(row @ fitted.inverse_gram @ row))
    return Student(float(row @ fitted.coefficients), float(np.sqrt(variance)), fitted.degrees_of_freedom)


@dataclass(frozen=True, slots=True)
class Scored:
    """A forecast of a logarithm beside what happened.

    Attributes
    ----------
    forecast, actual : float
        log10 of error, or of GFLOP.
    band : Interval
        Where it was to lie with probability ``level``.
    log_score : float
        Log density of what happened, in nats per decade; NaN where there is no density.
    pit : float
        Probability that the forecast gave to less than what happened; NaN without a density.
    line_se : float
        Standard error of the line there, in decades of error: what forecasts by one fit share. NaN where not known.
    """

    forecast: float
    actual: float
    band: Interval
    log_score: float = np.nan
    pit: float = np.nan
    line_se: float = np.nan

    @property
    def bias(self) -> float:
        """Forecast less what happened, in decades."""
        return self.forecast - self.actual


def score_error(form: Form, response: Student, error: float, level: float = LEVEL) -> Scored:
    """Score the forecast of a response by the error that came.

    Parameters
    ----------
    form : Form
        Whose response it is, above its floor.
    response : Student
        The forecast.
    error : float
        What happened, a fraction in (0, 1).
    level : float
        Coverage of the band.

    Returns
    -------
    Scored
        Of log10 error. An error that the form cannot take scores minus infinity.
    """
    ends = response.interval(level)
    band = Interval(_log10_error(form, ends.high), _log10_error(form, ends.low))
    actual = float(np.log10(error))
    with np.errstate(divide="ignore", invalid="ignore"):
        y, stretch = (float(transform(np.asarray(error))) for transform in (form.response, form.stretch))
    possible = np.isfinite(y) and stretch > 0.0 and error > _floor(form)
    return Scored(
        forecast=_log10_error(form, response.centre, cap=np.inf),
        actual=actual,
        band=band,
        log_score=response.log_density(y) + float(np.log(stretch)) if possible else -np.inf,
        pit=1.0 - response.below(y) if possible else 0.0,
    )


def score_computing(form: Form, predictor: Student, compute_gflop: float, level: float = LEVEL) -> Scored:
    """Score the forecast of a form's predictor by the computing that was used.

    Parameters
    ----------
    form : Form
        Whose predictor it is.
    predictor : Student
        The forecast.
    compute_gflop : float
        What was used, in GFLOP.
    level : float
        Coverage of the band.

    Returns
    -------
    Scored
        Of log10 GFLOP.
    """
    ends = predictor.interval(level)
    x = float(form.x(np.asarray(compute_gflop)))
    stretch = 0.0 if form.predictor == LOG10_COMPUTING else float(np.log(np.log(10.0) * compute_gflop))
    return Scored(
        forecast=log10_gflop(form, predictor.centre),
        actual=float(np.log10(compute_gflop)),
        band=Interval(log10_gflop(form, ends.low), log10_gflop(form, ends.high)),
        log_score=predictor.log_density(x) + stretch,
        pit=predictor.below(x),
    )


def log10_gflop(form: Form, x: float) -> float:
    """log10 GFLOP of a predictor; minus infinity for computing that is not positive."""
    if form.predictor == LOG10_COMPUTING:
        return x
    return float(np.log10(x)) if x > 0.0 else -np.inf


def log10_error_band(form: Form, responses: Interval) -> Interval:
    """Interval of log10 error for one of responses, no higher than an error of 1."""
    return Interval(_log10_error(form, responses.high), _log10_error(form, responses.low))


def interval_score(band: Interval, actual: float, level: float = LEVEL) -> float:
    """Width of a band plus what lies outside it, times ``2 / (1 - level)`` :cite:p:`gneiting2007strictly`.

    Examples
    --------
    >>> interval_score(Interval(1.0, 2.0), 2.5, 0.9), interval_score(Interval(1.0, 2.0), 1.5, 0.9)
    (11.0, 1.0)
    """
    if not band.bounded:
        return np.inf
    outside = max(band.low - actual, actual - band.high, 0.0)
    return band.high - band.low + 2.0 * outside / round(1.0 - level, 12)


def coverage_interval(inside: FloatArray, codes: IntArray, level: float = LEVEL) -> tuple[float, Interval]:
    """Share of ones, and Wilson's interval for as many values as the clusters are worth.

    Parameters
    ----------
    inside : ndarray of float, shape (n,)
        One for a band that held, else zero.
    codes : ndarray of int, shape (n,)
        Cluster of each, from 0.
    level : float
        Coverage of the interval.

    Returns
    -------
    share : float
    interval : Interval
        :cite:t:`wilson1927probable` with ``n`` over the design effect, the
        variance of the share by cluster over that of independent values and no
        less than 1 :cite:p:`korn1998confidence`; where all are alike the clusters are counted.
    """
    n, clusters = inside.size, int(codes.max()) + 1
    share = float(inside.mean())
    worth = float(clusters)
    if 0.0 < share < 1.0 and clusters > 1:
        sums = np.bincount(codes, weights=inside - share)
        by_cluster = clusters / (clusters - 1) * float(sums @ sums) / n**2
        worth = n / max(by_cluster / (share * (1.0 - share) / (n - 1)), 1.0)
    z2 = float(special.ndtri(0.5 + level / 2.0)) ** 2
    middle = (share + z2 / (2.0 * worth)) / (1.0 + z2 / worth)
    half = np.sqrt(z2 / worth * (share * (1.0 - share) + z2 / (4.0 * worth))) / (1.0 + z2 / worth)
    return share, Interval(max(float(middle - half), 0.0), min(float(middle + half), 1.0))


def mean_interval(values: FloatArray, codes: IntArray, level: float = LEVEL) -> tuple[float, float, Interval]:
    """Mean, its standard error by cluster, and Student's interval with one degree of freedom less than clusters.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        What is averaged.
    codes : ndarray of int, shape (n,)
        Cluster of each, from 0.
    level : float
        Coverage of the interval.

    Returns
    -------
    mean, se : float
    interval : Interval
        Unbounded with one cluster, or where a value is not finite.
    """
    clusters = int(codes.max()) + 1
    mean = float(values.mean())
    if clusters < 2 or not np.all(np.isfinite(values)):
        return mean, np.nan, Interval(-np.inf, np.inf)
    sums = np.bincount(codes, weights=values - mean)
    se = float(np.sqrt(clusters / (clusters - 1) * (sums @ sums))) / values.size
    half = t_quantile(clusters - 1, level) * se
    return mean, se, Interval(mean - half, mean + half)


def _log10_error(form: Form, response: float, cap: float = 0.0) -> float:
    """log10 error at a response; ``cap`` at most, and there where the response is below the range of the form."""
    with np.errstate(over="ignore"):
        error = float(form.error(np.asarray(response))) if response > -np.inf else np.nan
    if np.isnan(error):
        return cap
    return min(float(np.log10(error)), cap) if error > 0.0 else -np.inf


def _floor(form: Form) -> float:
    """Error that a form never comes below."""
    return float(form.error(np.asarray(np.inf)))
