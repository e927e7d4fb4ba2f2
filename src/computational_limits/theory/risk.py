r"""Closed-form risks of least squares in the design of the theory chapter.

A query is isotropic Gaussian like the data, so the excess prediction risk of an
estimate is exactly :math:`|\hat b - b|^2`. The laws follow from the inverse
Wishart distribution :cite:p:`muirhead1982aspects`; the risk of minimum-norm
least squares is that of :cite:t:`hastie2022surprises` at finite size.

Each risk has a mean, the mean of its logarithm (the published performance,
negated), and the law of one draw. The mean does not exist near ``n = p``; the
mean of the logarithm exists on either side and at it.

Sizes are numbers of observations; risks are in units of the squared response.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.special import betaincinv, digamma, expit, logit

from computational_limits.arrays import FloatArray
from computational_limits.theory.design import Design, check_count, check_positive, check_sizes

NODES = 150
"""Points of a quadrature over a Beta law; the means of logarithms are then exact to about 1e-8."""
TAIL = 1e-14
"""Probability left out at either end of that quadrature."""


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
        If a sample size is not a whole number of at least 1.

    Examples
    --------
    >>> float(oracle_risk(15, Design()))
    2.5
    """
    n, s = check_sizes(observations), design.relevant
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
        If a sample size is not a whole number of at least 1.
    """
    n, s = check_sizes(observations), design.relevant
    omitted = design.omitted**2
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
        If a sample size is not a whole number of at least 1.
    """
    n, p = check_sizes(observations), design.covariates
    above = _where_defined(n > p + 1, lambda m: design.noise_variance * p / (m - p - 1), n)
    below = _where_defined(
        n < p - 1,
        lambda m: design.signal * (1.0 - m / p) + design.noise_variance * m / (p - m - 1),
        n,
    )
    return np.minimum(above, below)


def least_squares_law(observations: int, fitted: int, noise_variance: float) -> stats.distributions.rv_frozen:
    r"""Law of the risk of one ordinary least-squares fit.

    :math:`\sigma^2 \chi^2_k / \chi^2_{n-k+1}` with independent chi-squares, a
    scaled F: given the covariates the error is Gaussian with the inverse of a
    Wishart matrix W as its covariance, and
    :math:`z'W^{-1}z = |z|^2 / \chi^2_{n-k+1}` for a vector z that is
    independent of it :cite:p:`muirhead1982aspects`.

    Parameters
    ----------
    observations : int
        Sample size ``n``.
    fitted : int
        Covariates fitted, ``k``, all true ones among them.
    noise_variance : float
        Variance of the noise.

    Returns
    -------
    frozen scipy.stats distribution
        In units of the squared response.

    Raises
    ------
    ValueError
        If a number is no count, the variance not finite and positive, or ``n < k``.

    Examples
    --------
    >>> law = least_squares_law(15, 10, noise_variance=1.0)
    >>> round(float(law.mean()), 6)
    2.5
    """
    check_count(observations, "the sample size")
    check_count(fitted, "the number of fitted covariates")
    check_positive(noise_variance, "the noise variance")
    if observations < fitted:
        raise ValueError(f"least squares on {fitted} covariates needs as many observations, got {observations}")
    spare = observations - fitted + 1
    return stats.f(fitted, spare, scale=noise_variance * fitted / spare)


def draw_flexible_risk(observations: int, design: Design, size: int, generator: np.random.Generator) -> FloatArray:
    r"""Draw the risk of least squares on all covariates, of minimum norm if ``n < p``.

    For ``n >= p`` the law is `least_squares_law`. For ``n < p`` it is

    .. math:: |b|^2\, \mathrm{Beta}\left(\tfrac{p-n}{2}, \tfrac n2\right)
       + \sigma^2 \chi^2_n / \chi^2_{p-n+1}

    with independent terms: the part of the coefficients outside a random
    n-dimensional subspace, and the noise through the inverse of a Wishart matrix
    that is independent of that subspace.

    Parameters
    ----------
    observations : int
        Sample size ``n``.
    design : Design
        The problem.
    size : int
        Number of draws.
    generator : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of float, shape (size,)
        In units of the squared response.

    Raises
    ------
    ValueError
        If a number is no count.
    """
    check_count(observations, "the sample size")
    check_count(size, "the number of draws")
    n, p = observations, design.covariates
    ratio = generator.chisquare(min(n, p), size) / generator.chisquare(abs(n - p) + 1, size)
    missed = design.signal * generator.beta((p - n) / 2, n / 2, size) if n < p else 0.0
    return np.asarray(missed + design.noise_variance * ratio)


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

    Raises
    ------
    ValueError
        If a size is not a whole number of at least 1, or the variance not finite and positive.
    """
    n = check_sizes(observations)
    check_count(fitted, "the number of fitted covariates")
    check_positive(noise_variance, "the noise variance")
    return _where_defined(
        n >= fitted,
        lambda m: np.log10(noise_variance) + (digamma(fitted / 2) - digamma((m - fitted + 1) / 2)) / np.log(10.0),
        n,
    )


def expert_log10_risk(observations: ArrayLike, design: Design) -> FloatArray:
    r"""Mean of the log10 risk of least squares on all true covariates but one, and one wrong one.

    The omitted covariate is independent of the fitted ones and acts as noise, so
    one draw is distributed as
    :math:`c^2 + (\sigma^2 + c^2) \chi^2_s / \chi^2_{n-s+1}` with ``c`` the
    omitted coefficient. The mean is a quadrature over that law.

    Parameters
    ----------
    observations : array-like of int
        Sample sizes ``n``.
    design : Design
        The problem.

    Returns
    -------
    ndarray of float
        Infinite for ``n < s``.

    Raises
    ------
    ValueError
        If a sample size is not a whole number of at least 1.
    """
    n, s = check_sizes(observations), design.relevant
    omitted = design.omitted**2

    def mean(m: FloatArray) -> FloatArray:
        log_ratio, weight = _log_odds_rule(s / 2, (m - s + 1) / 2)
        risk = omitted + (design.noise_variance + omitted) * np.exp(log_ratio)
        return np.asarray(np.sum(weight * np.log10(risk), axis=-1))

    return _where_defined(n >= s, mean, n)


def flexible_log10_risk(observations: ArrayLike, design: Design) -> FloatArray:
    """Mean of the log10 risk of least squares on all covariates, of minimum norm if ``n < p``.

    In closed form for ``n >= p``; below, a product quadrature over the two
    independent terms of the law of `draw_flexible_risk`. Unlike the mean
    risk it is finite at every size, with its peak at ``n = p``.

    Parameters
    ----------
    observations : array-like of int
        Sample sizes ``n``.
    design : Design
        The problem.

    Returns
    -------
    ndarray of float

    Raises
    ------
    ValueError
        If a sample size is not a whole number of at least 1.

    Examples
    --------
    >>> flexible_log10_risk([500, 999, 1000, 1001, 1500], Design()).round(2)
    array([1.2 , 2.95, 3.55, 2.95, 0.3 ])
    """
    n, p = check_sizes(observations), design.covariates

    def below(m: FloatArray) -> FloatArray:
        log_odds, outer = _log_odds_rule((p - m) / 2, m / 2)
        log_ratio, inner = _log_odds_rule(m / 2, (p - m + 1) / 2)
        missed, noise = design.signal * expit(log_odds), design.noise_variance * np.exp(log_ratio)
        terms = zip(outer, missed, inner, noise, strict=True)  # one size at a time: little memory
        return np.array([w @ np.log10(a[:, None] + b) @ v for w, a, v, b in terms])

    above = least_squares_log10_risk(observations, p, design.noise_variance)
    return np.minimum(above, _where_defined(n < p, below, n))


def _log_odds_rule(a: ArrayLike, b: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Nodes and weights, shape (..., NODES), for the mean of a function of the log odds of a Beta(a, b).

    The odds are distributed as the ratio of independent chi-squares with 2a and
    2b degrees of freedom. In the log odds the density is analytic and falls
    exponentially on both sides, so that the trapezoidal rule converges exponentially.
    """
    a, b = (np.asarray(x, dtype=float)[..., None] for x in np.broadcast_arrays(a, b))
    low, high = logit(betaincinv(a, b, TAIL)), -logit(betaincinv(b, a, TAIL))
    node = low + (high - low) * np.linspace(0.0, 1.0, NODES)
    log_density = a * node - (a + b) * np.logaddexp(0.0, node)
    weight = np.exp(log_density - log_density.max(axis=-1, keepdims=True))
    return node, weight / weight.sum(axis=-1, keepdims=True)


def _where_defined(
    condition: NDArray[np.bool_], formula: Callable[[FloatArray], FloatArray], n: FloatArray
) -> FloatArray:
    """Formula where it holds, infinity elsewhere; evaluated nowhere else."""
    risk = np.full_like(n, np.inf)
    risk[condition] = formula(n[condition])
    return risk
