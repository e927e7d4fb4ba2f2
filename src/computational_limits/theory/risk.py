r"""Closed-form risks of least squares in the design of the theory chapter.

A query is isotropic Gaussian like the data, so the excess prediction risk of an
estimate is exactly :math:`|\hat b - b|^2`. The laws follow from the inverse
Wishart distribution :cite:p:`muirhead1982aspects`; the risk of minimum-norm
least squares is that of :cite:t:`hastie2022surprises` at finite size.

Sizes are numbers of observations; risks are in units of the squared response.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import digamma

from computational_limits.scaling import FloatArray
from computational_limits.theory.design import Design


def oracle_risk(observations: ArrayLike, design: Design) -> FloatArray:
    """Expected risk of least squares on the true covariates.

    ``noise * s / (n - s - 1)``.

    Parameters
    ----------
    observations : array-like of int
        Sample sizes ``n``.
    design : Design
        The problem.

    Returns
    -------
    ndarray of float
        In units of the squared response; infinite for ``n <= s + 1``.

    Raises
    ------
    ValueError
        If a sample size is below 1.

    Examples
    --------
    >>> float(oracle_risk(15, Design()))
    2.5
    """
    n, s = _sizes(observations), design.relevant
    return _where_defined(n > s + 1, lambda m: design.noise_variance * s / (m - s - 1), n)


def expert_risk(observations: ArrayLike, design: Design) -> FloatArray:
    """Expected risk of least squares on all true covariates but one, and one wrong one.

    ``c^2 + (noise + c^2) s / (n - s - 1)`` with ``c`` the omitted coefficient,
    which acts as noise: the curve falls to ``c^2`` and no further.

    Parameters
    ----------
    observations : array-like of int
        Sample sizes ``n``.
    design : Design
        The problem.

    Returns
    -------
    ndarray of float
        In units of the squared response; infinite for ``n <= s + 1``.

    Raises
    ------
    ValueError
        If a sample size is below 1.
    """
    n, s = _sizes(observations), design.relevant
    omitted = design.coefficient**2
    noise = design.noise_variance + omitted
    return _where_defined(n > s + 1, lambda m: omitted + noise * s / (m - s - 1), n)


def flexible_risk(observations: ArrayLike, design: Design) -> FloatArray:
    """Expected risk of least squares on all covariates, of minimum norm if ``n < p``.

    ``noise * p / (n - p - 1)`` above the interpolation threshold and
    ``|b|^2 (1 - n/p) + noise * n / (p - n - 1)`` below it
    :cite:p:`hastie2022surprises`.

    Parameters
    ----------
    observations : array-like of int
        Sample sizes ``n``.
    design : Design
        The problem.

    Returns
    -------
    ndarray of float
        In units of the squared response; infinite within one
        observation of ``n = p``, where the risk has no mean (double descent).

    Raises
    ------
    ValueError
        If a sample size is below 1.
    """
    n, p = _sizes(observations), design.covariates
    above = _where_defined(n > p + 1, lambda m: design.noise_variance * p / (m - p - 1), n)
    below = _where_defined(
        n < p - 1,
        lambda m: design.signal * (1.0 - m / p) + design.noise_variance * m / (p - m - 1),
        n,
    )
    return np.minimum(above, below)


def least_squares_log10_risk(observations: ArrayLike, fitted: int, noise_variance: float) -> FloatArray:
    r"""Mean of the log10 risk of ordinary least squares on ``fitted`` covariates.

    One draw of the risk is distributed as
    :math:`\sigma^2 \chi^2_k / \chi^2_{n-k+1}`, so the mean of its logarithm is a
    difference of digamma functions. The published performance is minus this
    quantity, up to the normalisation.

    Parameters
    ----------
    observations : array-like of int
        Sample sizes ``n``.
    fitted : int
        Covariates fitted, ``k``, all true ones among them.
    noise_variance : float
        Variance of the noise.

    Returns
    -------
    ndarray of float
        Infinite for ``n < k``.
    """
    n = _sizes(observations)
    return _where_defined(
        n >= fitted,
        lambda m: np.log10(noise_variance) + (digamma(fitted / 2) - digamma((m - fitted + 1) / 2)) / np.log(10.0),
        n,
    )


def _sizes(observations: ArrayLike) -> FloatArray:
    n = np.asarray(observations, dtype=float)
    if np.any(n < 1):
        raise ValueError("sample sizes must be at least 1")
    return n


def _where_defined(
    condition: NDArray[np.bool_], formula: Callable[[FloatArray], FloatArray], n: FloatArray
) -> FloatArray:
    safe = np.where(condition, n, np.nan)
    return np.where(condition, formula(safe), np.inf)
