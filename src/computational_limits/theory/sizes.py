"""Sample sizes at which the estimators reach a given risk."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import norm

from computational_limits.theory.design import Design, check_count, check_positive
from computational_limits.theory.risk import least_squares_log10_risk
from computational_limits.theory.state_evolution import PenaltyRule, risk_at_penalty
from computational_limits.uncertainty import LEVEL

LARGEST_SIZE = 10**12
"""Sample size beyond which a level counts as out of reach."""


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

    Raises
    ------
    ValueError
        If ``fitted`` is no count, or the level not finite and positive.

    Examples
    --------
    >>> least_squares_size(10, 2.0), least_squares_size(1000, 2.0)
    (15, 1500)
    """
    check_count(fitted, "the number of fitted covariates")
    check_positive(risk_over_noise, "the risk to reach")
    return _first_size(
        lambda n: float(least_squares_log10_risk(n, fitted, noise_variance=1.0)),
        np.log10(risk_over_noise),
        fitted,
    )


def lasso_size(penalty: PenaltyRule, risk_over_noise: float, design: Design) -> int:
    """Observations at which the LASSO first reaches a level under a penalty rule.

    Parameters
    ----------
    penalty : callable
        Penalty at a sample size in a design, such as `textbook_penalty`.
    risk_over_noise : float
        Risk to reach, in units of the noise variance.
    design : Design
        The problem.

    Returns
    -------
    int
        By state evolution, which is exact in the limit of many covariates.

    Raises
    ------
    ValueError
        If the level is not finite and positive, or no sample reaches it under the rule.
    """
    check_positive(risk_over_noise, "the risk to reach")
    level = risk_over_noise * design.noise_variance
    return _first_size(lambda n: float(risk_at_penalty(n, penalty(n, design), design)), level, design.relevant)


def size_reaching(observations: ArrayLike, log10_risk: ArrayLike, level: float) -> float:
    """Observations at which a risk known at some sizes first comes down to a level.

    Between two sizes the logarithm of the risk is taken as linear in the
    logarithm of the size.

    Parameters
    ----------
    observations : array-like of float
        Sizes, growing.
    log10_risk : array-like of float
        Mean log10 risk at each.
    level : float
        Risk to reach, not its logarithm.

    Returns
    -------
    float
        The first size itself where the risk starts at the level or below;
        infinite where the level is not reached.

    Examples
    --------
    >>> size_reaching([10, 1000], [1.0, -1.0], 1.0)
    100.0
    >>> size_reaching([10, 1000], [1.0, 0.5], 1.0)
    inf
    """
    sizes, risk = np.asarray(observations, dtype=float), np.asarray(log10_risk, dtype=float)
    target = np.log10(level)
    below = np.flatnonzero(risk <= target)
    if not below.size:
        return float("inf")
    after = int(below[0])
    if after == 0:
        return float(sizes[0])
    logs = np.log10(sizes[after - 1 : after + 1])
    share = (risk[after - 1] - target) / (risk[after - 1] - risk[after])
    return float(10.0 ** (logs[0] + share * (logs[1] - logs[0])))


def simulated_sizes(simulation: pd.DataFrame, level: float) -> pd.DataFrame:
    """Observations at which each simulated estimator first reaches a risk, with intervals.

    Parameters
    ----------
    simulation : DataFrame
        Rows of `computational_limits.theory.simulation.summarise`.
    level : float
        Risk over the noise variance.

    Returns
    -------
    DataFrame
        ``relevant``, ``snr``, ``estimator``, ``penalty``, ``repetitions``,
        ``n``, ``low`` and ``high``: the ends are where the band of the
        means, as wide as their `LEVEL` intervals, crosses the level. Infinite
        where it does not within the sizes simulated.
    """
    width = float(norm.ppf((1.0 + LEVEL) / 2.0))
    rows = []
    for key, part in simulation.groupby(["relevant", "snr", "estimator", "penalty"], sort=False):
        part = part.sort_values("n")
        mean, error = -part["performance_mean"], width * part["performance_se"].fillna(0.0)
        crossings = [size_reaching(part["n"], curve, level) for curve in (mean, mean - error, mean + error)]
        rows.append((*key, int(part["repetitions"].min()), *crossings))
    columns = ["relevant", "snr", "estimator", "penalty", "repetitions", "n", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def _first_size(risk: Callable[[int], float], reference: float, smallest: int) -> int:
    """First size at or below the reference: double until it is passed, then bisect."""
    largest = 2 * smallest
    while risk(largest) > reference:
        smallest, largest = largest, 2 * largest
        if largest > LARGEST_SIZE:
            raise ValueError(f"no sample of up to {LARGEST_SIZE:.0e} observations reaches the level asked for")
    while smallest < largest:
        middle = (smallest + largest) // 2
        if risk(middle) <= reference:
            largest = middle
        else:
            smallest = middle + 1
    return smallest
