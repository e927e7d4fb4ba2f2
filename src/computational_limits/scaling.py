"""Straight-line laws of performance on the logarithm of computing.

Every function takes arrays and returns a frozen result. Nothing here reads a
file, draws a figure or touches global random state.

The two forms are those of :cite:t:`thompson2020computational`: with performance
``1 / error``, the *polynomial* form makes its logarithm linear in the logarithm
of computing, the *exponential* form makes performance itself linear in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from statsmodels.regression.linear_model import OLS

from computational_limits.arrays import FloatArray

PERFORMANCE_ON_COMPUTING = "performance on computing"
"""The published direction: performance is the response, log10 computing the predictor."""

MINIMUM_MODELS = 3
"""Fewest models a line with a residual variance can be fitted to."""


@dataclass(frozen=True, slots=True)
class Form:
    """How error is transformed before a line is fitted to it.

    Parameters
    ----------
    name : str
        ``polynomial`` or ``exponential``.
    response : callable
        Maps error, a fraction in (0, 1), to the response of the line.
    error : callable
        Inverse of ``response``.
    """

    name: str
    response: Callable[[FloatArray], FloatArray]
    error: Callable[[FloatArray], FloatArray]


POLYNOMIAL = Form("polynomial", lambda error: -np.log10(error), lambda y: 10.0**-y)
EXPONENTIAL = Form("exponential", lambda error: 1.0 / error, lambda y: 1.0 / y)
FORMS = {form.name: form for form in (POLYNOMIAL, EXPONENTIAL)}


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
        if not 0.0 < level < 1.0:
            raise ValueError(f"the level of an interval must lie between 0 and 1, got {level}")
        return float(stats.t.ppf(0.5 + level / 2.0, self.degrees_of_freedom))

    def error_at(self, log10_compute: ArrayLike) -> FloatArray:
        """Error on the line at ``log10_compute`` (log10 GFLOP); NaN where ``1 / error`` would be negative."""
        x = np.asarray(log10_compute, dtype=float)
        return self._error_or_nan(self.intercept + self.slope * x)

    def log10_compute_for(self, error: ArrayLike) -> FloatArray:
        """log10 GFLOP at which the line reaches ``error``; inverts :meth:`error_at`."""
        y = self.form.response(_checked_error(error))
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
        return self._error_or_nan(centre + half), self._error_or_nan(centre - half)

    def _error_or_nan(self, y: FloatArray) -> FloatArray:
        if self.form.name == EXPONENTIAL.name:
            y = np.where(y > 0.0, y, np.nan)
        return self.form.error(y)


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
    compute = np.asarray(compute_gflop, dtype=float)
    errors = _checked_error(error)
    if compute.shape != errors.shape or compute.ndim != 1:
        raise ValueError(f"computing and error must be two lists of one length, not {compute.shape} and {errors.shape}")
    if compute.size < MINIMUM_MODELS:
        raise ValueError(f"a line needs at least {MINIMUM_MODELS} models, got {compute.size}")
    if not np.all(np.isfinite(compute) & (compute > 0.0)):
        raise ValueError("computing must be finite and above 0 GFLOP")
    x = np.log10(compute)
    if np.ptp(x) == 0.0:
        raise ValueError("all models have the same computing: no slope can be fitted")
    if np.ptp(errors) == 0.0:
        raise ValueError("all models have the same error: there is nothing to explain")
    design = np.column_stack([np.ones_like(x), x])
    fit = OLS(form.response(errors), design).fit()
    return Law(
        form=form,
        n=int(compute.size),
        intercept=float(fit.params[0]),
        slope=float(fit.params[1]),
        slope_se=float(fit.bse[1]),
        covariance=np.asarray(fit.cov_params(), dtype=float),
        residual_variance=float(fit.scale),
        r2=float(fit.rsquared),
        p_value=float(fit.pvalues[1]),
        log10_compute_range=(float(x.min()), float(x.max())),
    )


def _checked_error(error: ArrayLike) -> FloatArray:
    errors = np.asarray(error, dtype=float)
    if not np.all((errors > 0.0) & (errors < 1.0)):
        raise ValueError("error must be a fraction between 0 and 1, both excluded")
    return errors
