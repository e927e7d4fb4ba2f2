"""Straight-line laws of performance on the logarithm of computing.

Every function takes arrays and returns a frozen result. Nothing here reads a
file, draws a figure or touches global random state.

The two forms are those of :cite:t:`thompson2020computational`: with performance
``1 / error``, the *polynomial* form makes its logarithm linear in the logarithm
of computing, the *exponential* form makes performance itself linear in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from computational_limits.arrays import FloatArray
from computational_limits.estimators import least_squares, t_p_value, t_quantile

PERFORMANCE_ON_COMPUTING = "performance on computing"
"""The published direction: performance is the response, log10 computing the predictor."""

MINIMUM_MODELS = 3
"""Fewest models a line with a residual variance can be fitted to."""


Transformation = Callable[[FloatArray], FloatArray]
LOG10_COMPUTING, COMPUTING = "log10 computing", "computing"
"""What a form is linear in."""
STRAIGHT, FLOORED, BROKEN = "straight", "floored", "broken"
"""Shapes of a form: a line; a line above an irreducible error; two lines that meet."""


@dataclass(frozen=True, slots=True)
class Form:
    """How error is transformed before a line is fitted to it.

    Parameters
    ----------
    name : str
        A key of `EVERY_FORM`.
    response : callable
        Maps error, a fraction in (0, 1), to the response of the line.
    error : callable
        Inverse of ``response``; NaN for a response outside its range.
    stretch : callable
        ``|d response / d log10(error)|`` at an error: what a density of the
        response is multiplied by to be one of log10 error.
    predictor : str
        `LOG10_COMPUTING` or `COMPUTING`.
    shape : str
        `STRAIGHT`, `FLOORED` or `BROKEN`.
    """

    name: str
    response: Transformation
    error: Transformation
    stretch: Transformation
    predictor: str = LOG10_COMPUTING
    shape: str = STRAIGHT

    def x(self, compute_gflop: FloatArray) -> FloatArray:
        """Predictor of the line for computing in GFLOP."""
        return np.log10(compute_gflop) if self.predictor == LOG10_COMPUTING else compute_gflop

    def above(self, floor: float) -> Form:
        """The same form of what error is above an irreducible ``floor``."""
        return replace(
            self,
            response=lambda error: self.response(error - floor),
            error=lambda y: floor + self.error(y),
            stretch=lambda error: self.stretch(error - floor) * error / (error - floor),
        )


def _reciprocal(y: FloatArray) -> FloatArray:
    values = np.asarray(y, dtype=float)
    return np.asarray(np.divide(1.0, values, out=np.full_like(values, np.nan), where=values > 0.0))


POLYNOMIAL = Form("polynomial", lambda error: -np.log10(error), lambda y: 10.0**-y, np.ones_like)
EXPONENTIAL = Form("exponential", lambda error: 1.0 / error, _reciprocal, lambda error: np.log(10.0) / error)
POLYNOMIAL_WITH_FLOOR = replace(POLYNOMIAL, name="polynomial with floor", shape=FLOORED)
EXPONENTIAL_WITH_FLOOR = replace(EXPONENTIAL, name="exponential with floor", shape=FLOORED)
EXPONENTIAL_DECAY = replace(POLYNOMIAL, name="exponential decay", predictor=COMPUTING)
BROKEN_POWER_LAW = replace(POLYNOMIAL, name="broken power law", shape=BROKEN)
FORMS = {form.name: form for form in (POLYNOMIAL, EXPONENTIAL)}
"""The published forms."""
EVERY_FORM = FORMS | {
    form.name: form for form in (POLYNOMIAL_WITH_FLOOR, EXPONENTIAL_WITH_FLOOR, EXPONENTIAL_DECAY, BROKEN_POWER_LAW)
}
"""The published forms and others."""


@dataclass(frozen=True, slots=True)
class Law:
    """A fitted line ``response(error) = intercept + slope * log10(compute)``.

    Attributes
    ----------
    form : Form
        Transformation of the error.
    n : int
        Models fitted.
    intercept, slope : float
        Coefficients, for computing in GFLOP.
    slope_se : float
        Standard error of the slope.
    covariance : ndarray of float, shape (2, 2)
        Covariance of (intercept, slope).
    residual_variance : float
        Residual sum of squares over ``n - 2``.
    r2 : float
        Share of the variance of the response explained.
    p_value : float
        Two-sided p value of a slope of zero.
    log10_compute_range : tuple of float
        Smallest and largest log10 GFLOP among the fitted models.
    """

    form: Form
    n: int
    intercept: float
    slope: float
    slope_se: float
    covariance: FloatArray
    residual_variance: float
    r2: float
    p_value: float
    log10_compute_range: tuple[float, float]

    @property
    def degrees_of_freedom(self) -> int:
        """Residual degrees of freedom, ``n - 2``."""
        return self.n - 2

    @property
    def exponent(self) -> float:
        """``1 / slope``.

        In the polynomial form this is the power of performance that computing
        grows with; in the exponential form it is the decades of computing that
        one more unit of ``1 / error`` takes.
        """
        return 1.0 / self.slope

    def t_quantile(self, level: float) -> float:
        """Student's t at which a two-sided interval covers ``level``, between 0 and 1."""
        return t_quantile(self.degrees_of_freedom, level)

    def error_at(self, log10_compute: ArrayLike) -> FloatArray:
        """Error on the line at ``log10_compute`` (log10 GFLOP); NaN where ``1 / error`` would be negative."""
        x = np.asarray(log10_compute, dtype=float)
        return self.form.error(self.intercept + self.slope * x)

    def log10_compute_for(self, error: ArrayLike) -> FloatArray:
        """log10 GFLOP at which the line reaches ``error``; inverts :meth:`error_at`."""
        y = self.form.response(checked_error(error))
        return (y - self.intercept) / self.slope

    def prediction_band(self, log10_compute: ArrayLike, level: float) -> tuple[FloatArray, FloatArray]:
        """Errors between which a new model lies with probability ``level``.

        Parameters
        ----------
        log10_compute : array-like of float, shape (m,)
            log10 GFLOP of the new models.
        level : float
            Coverage in (0, 1).

        Returns
        -------
        low, high : ndarray of float, shape (m,)
            Errors; NaN where the response leaves the range of the form
            (a negative ``1 / error``).
        """
        x = np.asarray(log10_compute, dtype=float)
        design = np.column_stack([np.ones_like(x), x])
        variance = np.einsum("ij,jk,ik->i", design, self.covariance, design)
        half = self.t_quantile(level) * np.sqrt(variance + self.residual_variance)
        centre = self.intercept + self.slope * x
        return self.form.error(centre + half), self.form.error(centre - half)


def fit_law(compute_gflop: ArrayLike, error: ArrayLike, form: Form) -> Law:
    """Fit a form by ordinary least squares, performance on log10 computing.

    Parameters
    ----------
    compute_gflop : array-like of float, shape (n,)
        Computing of each model, in GFLOP (not GFLOP/s).
    error : array-like of float, shape (n,)
        Error of each model, as a fraction in (0, 1).
    form : Form
        ``POLYNOMIAL`` or ``EXPONENTIAL``.

    Returns
    -------
    Law

    Raises
    ------
    ValueError
        With fewer than three models, unequal lengths, values outside their
        domain, or no spread in computing or error.

    Examples
    --------
    Halving the error for every hundredfold of computing is a power of 6.64:

    >>> law = fit_law([1e9, 1e11, 1e13], [0.4, 0.2, 0.1], POLYNOMIAL)
    >>> round(law.exponent, 2)
    6.64
    >>> round(float(law.log10_compute_for(0.05)), 2)
    15.0
    """
    compute, errors = checked_models(compute_gflop, error)
    x = form.x(compute)
    fit = least_squares(np.column_stack([np.ones_like(x), x]), form.response(errors))
    covariance = fit.covariance()
    intercept, slope = (float(coefficient) for coefficient in fit.coefficients)
    slope_se = float(np.sqrt(covariance[1, 1]))
    return Law(
        form=form,
        n=int(compute.size),
        intercept=intercept,
        slope=slope,
        slope_se=slope_se,
        covariance=covariance,
        residual_variance=fit.residual_variance,
        r2=fit.r2,
        p_value=t_p_value(slope, slope_se, fit.degrees_of_freedom),
        log10_compute_range=(float(x.min()), float(x.max())),
    )


def checked_models(compute_gflop: ArrayLike, error: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Computing and error of models that a line can be fitted to.

    Parameters
    ----------
    compute_gflop : array-like of float, shape (n,)
        Computing of each model, in GFLOP.
    error : array-like of float, shape (n,)
        Error of each model, as a fraction in (0, 1).

    Returns
    -------
    compute_gflop, error : ndarray of float, shape (n,)

    Raises
    ------
    ValueError
        With the rule that is broken.
    """
    compute = np.asarray(compute_gflop, dtype=float)
    errors = checked_error(error)
    if compute.shape != errors.shape or compute.ndim != 1:
        raise ValueError(f"computing and error must be two lists of one length, not {compute.shape} and {errors.shape}")
    if compute.size < MINIMUM_MODELS:
        raise ValueError(f"a line needs at least {MINIMUM_MODELS} models, got {compute.size}")
    if not np.all(np.isfinite(compute) & (compute > 0.0)):
        raise ValueError("computing must be finite and above 0 GFLOP")
    if np.ptp(compute) == 0.0:
        raise ValueError("all models have the same computing: no slope can be fitted")
    if np.ptp(errors) == 0.0:
        raise ValueError("all models have the same error: there is nothing to explain")
    return compute, errors


def checked_error(error: ArrayLike) -> FloatArray:
    """Errors, if all are fractions between 0 and 1; ValueError otherwise."""
    errors = np.asarray(error, dtype=float)
    if not np.all((errors > 0.0) & (errors < 1.0)):
        raise ValueError("error must be a fraction between 0 and 1, both excluded")
    return errors
