"""Sample sizes at which the estimators reach a given risk."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from computational_limits.theory.design import Design
from computational_limits.theory.risk import least_squares_log10_risk
from computational_limits.theory.state_evolution import best_risk, risk_at_penalty

PenaltyRule = Callable[[int, Design], float]


def least_squares_size(fitted: int, risk_over_noise: float) -> int:
    """Observations at which the mean log risk of least squares first reaches a level.

    Parameters
    ----------
    fitted : int
        Covariates fitted, all true ones among them.
    risk_over_noise : float
        Risk to reach, in units of the noise variance.

    Returns
    -------
    int

    Examples
    --------
    >>> least_squares_size(10, 2.0), least_squares_size(1000, 2.0)
    (15, 1500)
    """
    return _first_size(
        lambda n: float(least_squares_log10_risk(n, fitted, noise_variance=1.0)),
        np.log10(risk_over_noise),
        fitted,
    )


def best_lasso_size(risk_over_noise: float, design: Design) -> int:
    """Observations at which the LASSO first reaches a level under the best penalty."""
    return _first_size(lambda n: best_risk(n, design), risk_over_noise * design.noise_variance, design.relevant)


def lasso_size(penalty: PenaltyRule, risk_over_noise: float, design: Design) -> int:
    """Observations at which the LASSO first reaches a level under a penalty rule.

    Parameters
    ----------
    penalty : callable
        Penalty at a sample size in a design.
    risk_over_noise : float
        Risk to reach, in units of the noise variance.
    design : Design
        The problem.

    Returns
    -------
    int
        By state evolution, which is exact in the limit of many covariates.
    """
    return _first_size(
        lambda n: risk_at_penalty(n, penalty(n, design), design),
        risk_over_noise * design.noise_variance,
        design.relevant,
    )


def _first_size(risk: Callable[[int], float], reference: float, smallest: int) -> int:
    """First size at or below the reference: double until it is passed, then bisect."""
    largest = 2 * smallest
    while risk(largest) > reference:
        smallest, largest = largest, 2 * largest
    while smallest < largest:
        middle = (smallest + largest) // 2
        if risk(middle) <= reference:
            largest = middle
        else:
            smallest = middle + 1
    return smallest
