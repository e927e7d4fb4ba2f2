r"""Asymptotic risk of the LASSO by state evolution.

In the limit of many covariates the LASSO behaves as soft thresholding at
:math:`\alpha\tau` of the coefficients seen in Gaussian noise of standard
deviation :math:`\tau` :cite:p:`bayati2012lasso`, where

.. math:: n \tau^2 = \sigma^2 + R(\tau, \alpha),

is read with :math:`R` the risk at that noise. The penalty of the loss
:math:`|y - Xb|^2 / 2n + \lambda |b|_1` is
:math:`\lambda = \alpha\tau (1 - \mathrm{df} / n)`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import norm

from computational_limits.theory.design import Design

THRESHOLDS = (0.05, 6.0)
"""Range of alpha searched; beyond it the penalty keeps no or every covariate."""


@dataclass(frozen=True, slots=True)
class FixedPoint:
    """State evolution at one sample size and threshold.

    Attributes
    ----------
    alpha : float
        Threshold in units of ``tau``.
    tau : float
        Standard deviation of the effective noise on a coefficient.
    risk : float
        Expected squared error of the coefficients.
    degrees_of_freedom : float
        Expected number of selected covariates.
    penalty : float
        The LASSO's ``lambda`` that corresponds to ``alpha``.
    """

    alpha: float
    tau: float
    risk: float
    degrees_of_freedom: float
    penalty: float


def soft_threshold_risk(mean: float, alpha: float) -> float:
    """Risk of soft thresholding one unit-variance Gaussian at ``alpha``.

    The closed form of ``E(eta(mean + Z; alpha) - mean)^2`` for standard normal Z.

    Parameters
    ----------
    mean : float
        Mean of the Gaussian, in units of its standard deviation.
    alpha : float
        Threshold, in the same units.

    Returns
    -------
    float

    Examples
    --------
    >>> round(soft_threshold_risk(0.0, 0.0), 6)
    1.0
    >>> round(soft_threshold_risk(50.0, 2.0), 6)  # far above: bias alpha, variance 1
    5.0
    """
    inside = norm.cdf(alpha - mean) - norm.cdf(-alpha - mean)
    return float(
        1.0
        + alpha**2
        + (mean**2 - 1.0 - alpha**2) * inside
        - (alpha - mean) * norm.pdf(alpha + mean)
        - (alpha + mean) * norm.pdf(alpha - mean)
    )


def fixed_point(observations: int, alpha: float, design: Design) -> FixedPoint | None:
    """Solve state evolution at one threshold.

    Parameters
    ----------
    observations : int
        Sample size.
    alpha : float
        Threshold in units of the effective noise.
    design : Design
        The problem.

    Returns
    -------
    FixedPoint or None
        None where no finite solution exists: too few observations for so low a threshold.
    """
    n, s, p = observations, design.relevant, design.covariates
    null_risk = (p - s) * soft_threshold_risk(0.0, alpha)

    def risk(tau: float) -> float:
        return tau**2 * (s * soft_threshold_risk(design.coefficient / tau, alpha) + null_risk)

    def excess(log_tau: float) -> float:
        tau = float(np.exp(log_tau))
        return (n * tau**2 - design.noise_variance - risk(tau)) / tau**2

    low = 0.5 * np.log(design.noise_variance / n) - 1e-9
    high = 0.5 * np.log((design.noise_variance + design.signal) / n) + 10.0
    if excess(high) <= 0.0:
        return None
    tau = float(np.exp(brentq(excess, low, high, xtol=1e-12)))
    centre = design.coefficient / tau
    selected = s * (norm.cdf(centre - alpha) + norm.cdf(-centre - alpha)) + (p - s) * 2.0 * norm.cdf(-alpha)
    return FixedPoint(
        alpha=alpha,
        tau=tau,
        risk=risk(tau),
        degrees_of_freedom=float(selected),
        penalty=alpha * tau * (1.0 - float(selected) / n),
    )


def best_risk(observations: int, design: Design) -> float:
    """Lowest risk over all penalties: what hindsight would choose.

    Parameters
    ----------
    observations : int
        Sample size.
    design : Design
        The problem.

    Returns
    -------
    float
        In units of the squared response.
    """

    def objective(alpha: float) -> float:
        state = fixed_point(observations, alpha, design)
        return design.signal * 10.0 if state is None else state.risk

    found = minimize_scalar(objective, bounds=THRESHOLDS, method="bounded", options={"xatol": 1e-8})
    return float(found.fun)


def risk_at_penalty(observations: int, penalty: float, design: Design) -> float:
    """Risk of the LASSO at a given penalty.

    Parameters
    ----------
    observations : int
        Sample size.
    penalty : float
        ``lambda`` of the loss ``|y - Xb|^2 / 2n + lambda |b|_1``, above 0.
    design : Design
        The problem.

    Returns
    -------
    float
        In units of the squared response.

    Raises
    ------
    ValueError
        If the penalty is not positive, or so extreme that all or no covariates stay.
    """
    if penalty <= 0.0:
        raise ValueError(f"the penalty must be above 0, got {penalty}")

    def gap(alpha: float) -> float:
        state = fixed_point(observations, alpha, design)
        return -penalty if state is None else state.penalty - penalty

    if gap(THRESHOLDS[0]) > 0.0 or gap(THRESHOLDS[1]) < 0.0:
        raise ValueError(f"a penalty of {penalty:g} at {observations} observations keeps all or no covariates")
    state = fixed_point(observations, float(brentq(gap, *THRESHOLDS, xtol=1e-10)), design)
    if state is None:
        raise ValueError(f"state evolution has no solution at {observations} observations and penalty {penalty:g}")
    return state.risk


def textbook_penalty(observations: int, design: Design) -> float:
    """``2 sigma sqrt(log p / n)``, the penalty of the theory of the LASSO's rate."""
    sigma = design.noise_variance**0.5
    return float(2.0 * sigma * np.sqrt(np.log(design.covariates) / observations))


def universal_penalty(observations: int, design: Design) -> float:
    """``sigma sqrt(2 log p / n)``, which drowns the largest of p pure-noise correlations."""
    return float(textbook_penalty(observations, design) / np.sqrt(2.0))
