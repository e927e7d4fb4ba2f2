"""The LASSO by coordinate descent on the data themselves, with its computing counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from computational_limits.arrays import FloatArray
from computational_limits.theory.design import check_positive

TOLERANCE = 1e-6
"""Duality gap at which a fit is accepted, relative to the loss."""
MAXIMUM_ROUNDS = 1000
"""Rounds after which a fit that has not converged is an error, and sweeps in each of them."""


@dataclass(frozen=True, slots=True)
class LassoFit:
    """A LASSO, and what it took to fit it.

    Attributes
    ----------
    coefficients : ndarray of float, shape (d,)
        Estimate.
    passes : int
        Passes over one covariate, of n multiply-adds each.
    gap : float
        Duality gap, relative to the loss.
    """

    coefficients: FloatArray
    passes: int
    gap: float


def fit_lasso(x: FloatArray, y: FloatArray, penalty: float, tolerance: float = TOLERANCE) -> LassoFit:
    """Minimise ``|y - Xb|^2 / 2n + penalty |b|_1`` by coordinate descent and count the work.

    A round reads all covariates once, for the duality gap and to find those
    that are in the model or break its optimality; coordinate descent then
    sweeps over these alone. Counted are one pass for the norm of each
    covariate, one for each that a round or a sweep reads, and one for each
    update of the residual.

    Parameters
    ----------
    x : ndarray of float, shape (n, d)
        Covariates; read without a copy if in Fortran order.
    y : ndarray of float, shape (n,)
        Responses.
    penalty : float
        ``lambda``, above 0.
    tolerance : float
        Duality gap to reach, relative to the loss.

    Returns
    -------
    LassoFit

    Raises
    ------
    ValueError
        If shapes do not match, a value is not finite, or a parameter not finite and positive.
    RuntimeError
        If the gap is not reached within `MAXIMUM_ROUNDS` rounds.

    Examples
    --------
    >>> fit = fit_lasso(np.eye(2), np.array([3.0, 0.5]), penalty=0.5)  # soft thresholding at n * penalty
    >>> fit.coefficients
    array([2., 0.])
    """
    check_positive(penalty, "the penalty")
    check_positive(tolerance, "the tolerance")
    if x.ndim != 2 or y.shape != x.shape[:1] or x.size == 0:
        raise ValueError(f"covariates of shape {x.shape} and responses of shape {y.shape} do not match")
    if not np.isfinite(y).all() or not np.isfinite(x).all():
        raise ValueError("covariates and responses must be finite")
    columns = np.ascontiguousarray(x.T, dtype=float)
    coefficients, passes, gap = _descend(columns, y.astype(float), penalty, tolerance, MAXIMUM_ROUNDS)
    if gap > tolerance:
        raise RuntimeError(f"the LASSO has a relative duality gap of {gap:.1e} after {MAXIMUM_ROUNDS} rounds")
    return LassoFit(coefficients, int(passes), float(gap))


@njit(cache=True)  # type: ignore[untyped-decorator]
def _descend(
    columns: FloatArray, response: FloatArray, penalty: float, tolerance: float, rounds: int
) -> tuple[FloatArray, int, float]:
    """Coefficients, passes and relative duality gap of `fit_lasso`; ``columns`` is X', in C order."""
    covariates, n = columns.shape
    curvature = np.empty(covariates)
    for j in range(covariates):
        curvature[j] = np.dot(columns[j], columns[j]) / n
    passes = covariates
    coefficients, gradient = np.zeros(covariates), np.empty(covariates)
    residual = response.copy()
    gap = np.inf
    for _ in range(rounds):
        for j in range(covariates):
            gradient[j] = np.dot(columns[j], residual) / n
        passes += covariates

        primal = np.dot(residual, residual) / (2 * n) + penalty * np.abs(coefficients).sum()
        feasible = residual * min(1.0, penalty / max(np.abs(gradient).max(), penalty))
        dual = (np.dot(response, response) - np.dot(response - feasible, response - feasible)) / (2 * n)
        gap = (primal - dual) / primal if primal > 0.0 else 0.0
        if gap <= tolerance:
            break

        working = np.flatnonzero((coefficients != 0.0) | (np.abs(gradient) > penalty))
        for _ in range(rounds):
            largest = 0.0
            for k in working:
                pull = np.dot(columns[k], residual) / n + curvature[k] * coefficients[k]
                passes += 1
                new = np.sign(pull) * max(abs(pull) - penalty, 0.0) / curvature[k]
                change = new - coefficients[k]
                if change != 0.0:
                    residual -= change * columns[k]
                    passes += 1
                    coefficients[k] = new
                    largest = max(largest, abs(change) * curvature[k])
            if largest <= 0.1 * tolerance * penalty:
                break
    return coefficients, passes, gap
