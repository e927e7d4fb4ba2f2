r"""Asymptotic risk of the LASSO by state evolution.

In the limit of many covariates the LASSO behaves as soft thresholding at
:math:`\alpha\tau` of the coefficients seen in Gaussian noise of standard
deviation :math:`\tau` :cite:p:`bayati2012lasso`, where

.. math:: n \tau^2 = \sigma^2 + R(\tau, \alpha), \qquad
   R(\tau, \alpha) = \sum_j \mathrm{E}\,(\eta(b_j + \tau Z; \alpha\tau) - b_j)^2,

is read with :math:`R` the risk at that noise, a sum over all covariates. The
penalty of the loss :math:`|y - Xb|^2 / 2n + \lambda |b|_1` is
:math:`\lambda = \alpha\tau (1 - \mathrm{df} / n)`.

All functions take arrays of sample sizes and solve for all of them at once.
Risks are in units of the squared response.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from computational_limits.arrays import FloatArray
from computational_limits.theory.design import Design, check_sizes

LARGEST_BEST_THRESHOLD = 12.0
"""Highest alpha tried as the best: at 12 no pure noise passes among fewer than 1e32 covariates."""
NEWTON_STEPS = 100
"""Steps after which Newton's method is stopped; it is quadratic and needs about ten."""

PenaltyRule = Callable[[ArrayLike, Design], FloatArray]
"""Gives the penalty at each sample size in a design."""


@dataclass(frozen=True, slots=True)
class FixedPoint:
    """State evolution at sample sizes and thresholds, all arrays of one shape.

    Where no finite solution exists, because there are too few observations for
    so low a threshold, ``tau`` and ``risk`` are infinite and the last two NaN.

    Attributes
    ----------
    alpha : ndarray of float
        Threshold in units of ``tau``.
    tau : ndarray of float
        Standard deviation of the effective noise on a coefficient.
    risk : ndarray of float
        Expected squared error of the coefficients.
    degrees_of_freedom : ndarray of float
        Expected number of selected covariates.
    penalty : ndarray of float
        The LASSO's ``lambda`` that corresponds to ``alpha``.
    """

    alpha: FloatArray
    tau: FloatArray
    risk: FloatArray
    degrees_of_freedom: FloatArray
    penalty: FloatArray


def soft_threshold_risk(mean: ArrayLike, alpha: ArrayLike) -> FloatArray:
    """Risk of soft thresholding one unit-variance Gaussian at ``alpha``.

    The closed form of ``E(eta(mean + Z; alpha) - mean)^2`` for standard normal Z.

    Parameters
    ----------
    mean : array-like of float
        Mean of the Gaussian, in units of its standard deviation.
    alpha : array-like of float
        Threshold, in the same units.

    Returns
    -------
    ndarray of float

    Examples
    --------
    >>> soft_threshold_risk([0.0, 50.0], [0.0, 2.0])  # the variance; far above, also the bias alpha
    array([1., 5.])
    """
    mean, alpha = np.asarray(mean, dtype=float), np.asarray(alpha, dtype=float)
    return mean**2 * (1.0 - _kept(mean, alpha)) + _kept_error(mean, alpha)


def fixed_point(observations: ArrayLike, alpha: ArrayLike, design: Design) -> FixedPoint:
    r"""Solve state evolution at given thresholds.

    With ``v = tau^2``, the risk is ``A(v) + v B(v)``: the squares of the
    coefficients dropped and the errors of those kept, per unit of noise. B is
    its derivative, so that Newton's step is ``(noise + A) / (n - B)``. The risk
    is concave in v, and at most :math:`|b|^2 + v p r_0` with :math:`r_0` the
    risk of a pure-noise coefficient at unit noise. Newton's method therefore
    falls to the solution from ``(noise + |b|^2) / (n - p r_0)``, and there is
    a solution exactly where that is positive.

    Parameters
    ----------
    observations : array-like of int
        Sample sizes.
    alpha : array-like of float
        Thresholds in units of the effective noise, of at least 0; broadcast against the sizes.
    design : Design
        The problem.

    Returns
    -------
    FixedPoint

    Raises
    ------
    ValueError
        If a sample size is not a whole number of at least 1, or a threshold is below 0 or NaN.
    """
    thresholds = np.asarray(alpha, dtype=float)
    if not np.all(thresholds >= 0.0):
        raise ValueError(f"thresholds must be at least 0, got {alpha!r}")
    n, thresholds = np.broadcast_arrays(check_sizes(observations), thresholds)
    return _solve(n, thresholds, design)


def best_risk(observations: ArrayLike, design: Design) -> FloatArray:
    """Lowest risk over all penalties: what hindsight would choose.

    The risk falls and then rises with the threshold. Along the solutions it
    turns where the sum of the channels' risks does at fixed noise, which has a
    derivative in closed form.

    Parameters
    ----------
    observations : array-like of int
        Sample sizes.
    design : Design
        The problem.

    Returns
    -------
    ndarray of float
        In units of the squared response.

    Raises
    ------
    ValueError
        If a sample size is not a whole number of at least 1.

    Examples
    --------
    >>> best_risk([50, 100, 1000], Design()).round(2)
    array([23.34,  1.58,  0.07])
    """
    n = check_sizes(observations)
    value, count = _distinct_coefficients(design)

    def falls(alpha: FloatArray) -> NDArray[np.bool_]:
        state = _solve(n, alpha, design)
        mean, a = value / state.tau[..., None], alpha[..., None]
        slope = np.sum(count * (a * _kept(mean, a) - _density(a - mean) - _density(a + mean)), axis=-1)
        return np.asarray(np.isinf(state.risk) | (slope < 0.0))

    alpha = _bisect(falls, np.zeros_like(n), np.full_like(n, LARGEST_BEST_THRESHOLD))
    return _solve(n, alpha, design).risk


def risk_at_penalty(observations: ArrayLike, penalty: ArrayLike, design: Design) -> FloatArray:
    """Risk of the LASSO at given penalties.

    Parameters
    ----------
    observations : array-like of int
        Sample sizes.
    penalty : array-like of float
        ``lambda`` of the loss ``|y - Xb|^2 / 2n + lambda |b|_1``, above 0; broadcast against the sizes.
    design : Design
        The problem.

    Returns
    -------
    ndarray of float
        In units of the squared response.

    Raises
    ------
    ValueError
        If a penalty is not finite and positive, or a sample size not a whole number of at least 1.

    Examples
    --------
    >>> sizes, design = [50, 175, 1000], Design()
    >>> risk_at_penalty(sizes, textbook_penalty(sizes, design), design).round(2)
    array([23.52,  1.97,  0.29])
    """
    wanted = np.asarray(penalty, dtype=float)
    if not np.all((wanted > 0.0) & (wanted < np.inf)):
        raise ValueError(f"the penalty must be above 0 and finite, got {penalty!r}")
    n, wanted = np.broadcast_arrays(check_sizes(observations), wanted)

    def too_low(alpha: FloatArray) -> NDArray[np.bool_]:
        return ~(_solve(n, alpha, design).penalty >= wanted)

    high = np.ones_like(n)
    while np.any(short := too_low(high)):
        high = np.where(short, 2.0 * high, high)
    return _solve(n, _bisect(too_low, np.zeros_like(n), high), design).risk


def textbook_penalty(observations: ArrayLike, design: Design) -> FloatArray:
    """``2 sigma sqrt(log p / n)``, the penalty of the theory of the LASSO's rate."""
    sigma = design.noise_variance**0.5
    return np.asarray(2.0 * sigma * np.sqrt(np.log(design.covariates) / check_sizes(observations)))


def universal_penalty(observations: ArrayLike, design: Design) -> FloatArray:
    """``sigma sqrt(2 log p / n)``, which drowns the largest of p pure-noise correlations."""
    return np.asarray(textbook_penalty(observations, design) / np.sqrt(2.0))


PENALTIES: Mapping[str, tuple[PenaltyRule, str]] = MappingProxyType(
    {
        "textbook": (textbook_penalty, "2 sigma sqrt(log p / n)"),
        "universal": (universal_penalty, "sigma sqrt(2 log p / n)"),
    }
)
"""Penalty rules by name: the function and its formula in words."""


def _solve(n: FloatArray, alpha: FloatArray, design: Design) -> FixedPoint:
    """Newton's method of `fixed_point`, on arguments already checked and of one shape."""
    value, count = _distinct_coefficients(design)
    a = alpha[..., None]
    room = n - design.covariates * soft_threshold_risk(0.0, alpha)
    variance = (design.noise_variance + design.signal) / np.where(room > 0.0, room, np.nan)
    for _ in range(NEWTON_STEPS):
        mean = value / np.sqrt(variance)[..., None]
        dropped = np.sum(count * value**2 * (1.0 - _kept(mean, a)), axis=-1)
        kept = np.sum(count * _kept_error(mean, a), axis=-1)
        previous, variance = variance, (design.noise_variance + dropped) / (n - kept)
        if not np.any(np.abs(variance - previous) > 1e-14 * variance):
            break
    tau = np.sqrt(variance)
    selected = np.sum(count * _kept(value / tau[..., None], a), axis=-1)
    return FixedPoint(
        alpha=alpha,
        tau=np.where(room > 0.0, tau, np.inf),
        risk=np.where(room > 0.0, n * variance - design.noise_variance, np.inf),
        degrees_of_freedom=selected,
        penalty=alpha * tau * (1.0 - selected / n),
    )


def _distinct_coefficients(design: Design) -> tuple[FloatArray, FloatArray]:
    """Values of the coefficients, zero first, and how many covariates have each."""
    value, count = np.unique(design.coefficients, return_counts=True)
    nulls = design.covariates - design.relevant
    return np.concatenate([[0.0], value]), np.concatenate([[float(nulls)], count.astype(float)])


def _density(z: FloatArray) -> FloatArray:
    return np.asarray(np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi))


def _kept(mean: FloatArray, alpha: FloatArray) -> FloatArray:
    """Probability that the threshold keeps the coefficient."""
    return np.asarray(ndtr(mean - alpha) + ndtr(-mean - alpha))


def _kept_error(mean: FloatArray, alpha: FloatArray) -> FloatArray:
    """Expected squared error where the coefficient is kept, ``E((Z -+ alpha)^2; kept)``."""
    return (
        (1.0 + alpha**2) * _kept(mean, alpha)
        - (alpha - mean) * _density(alpha + mean)
        - (alpha + mean) * _density(alpha - mean)
    )


def _bisect(too_low: Callable[[FloatArray], NDArray[np.bool_]], low: FloatArray, high: FloatArray) -> FloatArray:
    """Where each element stops being too low, to the last digits."""
    for _ in range(50):
        middle = 0.5 * (low + high)
        below = too_low(middle)
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return high
