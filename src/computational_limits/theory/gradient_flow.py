r"""Implicit regularisation: least squares stopped early.

Gradient flow on ``|y - Xb|^2 / 2n`` from ``b = 0`` shrinks the direction of each
eigenvalue x of ``X'X / n`` by the factor :math:`1 - e^{-tx}`. In the limit of
many covariates at a fixed ratio :math:`\gamma = p/n` the eigenvalues follow the
law F of :cite:t:`marchenko1967distribution`, and the risk at time t is
:cite:p:`ali2019continuous`

.. math:: R(t) = |b|^2 \int e^{-2tx} \, dF(x)
   + \sigma^2 \gamma \int \frac{(1 - e^{-tx})^2}{x} \, dF(x).

For ``n < p`` the law F has an atom of ``1 - n/p`` at zero: the directions
without data, which no time reaches.

Time is a number of steps of gradient descent times their length. Risks are in
units of the squared response.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from computational_limits.arrays import FloatArray
from computational_limits.theory.design import Design, check_count, check_positive, check_sizes

NODES = 256
"""Points of the quadrature over the eigenvalues."""
STRETCH = 16.0
"""How much denser the points are at the lower edge; resolves times of up to about 1e12."""
GRID, ROUNDS = 33, 8
"""Times tried in each round of the search for the best, and rounds, each 16 times finer than the last."""
STEP = 0.1
"""Length of a step of gradient descent, times the largest eigenvalue expected."""


def flow_risk(observations: ArrayLike, time: ArrayLike, design: Design) -> FloatArray:
    """Risk of gradient flow from zero, in the limit of many covariates.

    Parameters
    ----------
    observations : array-like of int
        Sample sizes ``n``.
    time : array-like of float
        Times, of at least 0 and possibly infinite; broadcast against the sizes.
    design : Design
        The problem. The law of the coefficients does not matter.

    Returns
    -------
    ndarray of float
        In units of the squared response. At time 0 the signal, at infinite time
        the risk of least squares (of minimum norm if ``n < p``): infinite for ``n = p``.

    Raises
    ------
    ValueError
        If a sample size is not a whole number of at least 1, or a time is below 0 or NaN.

    Examples
    --------
    >>> flow_risk(500, [0.0, 1.0, np.inf], Design()).round(2)
    array([30.  , 17.28, 16.  ])
    """
    times = np.asarray(time, dtype=float)
    if not np.all(times >= 0.0):
        raise ValueError(f"times must be at least 0, got {time!r}")
    return _flow_risk(check_sizes(observations), times, design)


def best_stopping(observations: ArrayLike, design: Design) -> tuple[FloatArray, FloatArray]:
    """Time at which to stop gradient flow, and its risk then: what hindsight would choose.

    The best time for a direction of eigenvalue x alone is ``log(1 + snr n x / p) / x``,
    which falls with x. The best time for all lies between those of the largest
    and the smallest eigenvalue, and is found there on ever finer grids.

    Parameters
    ----------
    observations : array-like of int
        Sample sizes ``n``.
    design : Design
        The problem.

    Returns
    -------
    time, risk : ndarray of float
        In units of steps times their length, and of the squared response.

    Raises
    ------
    ValueError
        If a sample size is not a whole number of at least 1.

    Examples
    --------
    >>> time, risk = best_stopping([100, 1000, 10_000], Design())
    >>> risk.round(2)
    array([27.11,  5.14,  0.11])
    """
    n = check_sizes(observations)
    root = np.sqrt(design.covariates / n)
    reach = design.snr / root**2
    low, high = (_best_log_time(x, reach)[..., None] for x in ((1.0 + root) ** 2, (1.0 - root) ** 2))
    for _ in range(ROUNDS):
        times = np.exp(low + (high - low) * np.linspace(0.0, 1.0, GRID))
        risks = _flow_risk(n[..., None], times, design)
        best = np.argmin(risks, axis=-1, keepdims=True)
        low, high = (np.log(np.take_along_axis(times, np.clip(best + side, 0, GRID - 1), -1)) for side in (-1, 1))
    return np.take_along_axis(times, best, -1)[..., 0], np.take_along_axis(risks, best, -1)[..., 0]


def simulate_descent(
    observations: int, times: ArrayLike, design: Design, generator: np.random.Generator, step: float | None = None
) -> FloatArray:
    """Risk along gradient descent from zero on one sample.

    The path is computed exactly from the eigenvectors of the smaller of the two
    Gram matrices: after k steps the direction of an eigenvalue x of ``X'X / n``
    is fitted to the part ``1 - (1 - step x)^k`` of least squares.

    Parameters
    ----------
    observations : int
        Sample size ``n``.
    times : array-like of float, shape (m,)
        Finite times at which to look; each is rounded to a whole number of steps.
    design : Design
        The problem.
    generator : numpy.random.Generator
        Source of randomness.
    step : float, optional
        Length of a step. By default `STEP` over the largest eigenvalue
        expected, ``(1 + sqrt(p/n))^2``: short enough to follow the flow.

    Returns
    -------
    ndarray of float, shape (m,)
        In units of the squared response.

    Raises
    ------
    ValueError
        If the size is no count, a time is negative or not finite, or the step so
        long that descent diverges.
    """
    check_count(observations, "the sample size")
    times = np.asarray(times, dtype=float)
    if not np.all((times >= 0.0) & np.isfinite(times)):
        raise ValueError("times must be finite and at least 0")
    if step is None:
        step = STEP / (1.0 + (design.covariates / observations) ** 0.5) ** 2
    check_positive(step, "the length of a step")

    x = generator.standard_normal((observations, design.covariates))
    truth = np.zeros(design.covariates)
    truth[: design.relevant] = design.coefficients
    y = x @ truth + design.noise_variance**0.5 * generator.standard_normal(observations)
    if observations < design.covariates:
        values, vectors = np.linalg.eigh(x @ x.T / observations)
        root = np.sqrt(observations * values)
        inside, target = vectors.T @ (x @ truth) / root, vectors.T @ y / root
    else:
        values, vectors = np.linalg.eigh(x.T @ x / observations)
        inside, target = vectors.T @ truth, vectors.T @ (x.T @ y) / (observations * values)
    if step * values.max() >= 2.0:
        raise ValueError(f"descent diverges with steps of {step:g}: the largest eigenvalue is above 2 / step")
    fitted = 1.0 - (1.0 - step * values) ** np.rint(times / step)[:, None]
    outside = design.signal - inside @ inside
    return np.asarray(np.sum((fitted * target - inside) ** 2, axis=-1) + outside)


def _flow_risk(n: FloatArray, time: FloatArray, design: Design) -> FloatArray:
    """`flow_risk` of arguments already checked."""
    gamma = design.covariates / n
    x, weight = _eigenvalue_rule(gamma)
    atom = np.maximum(0.0, 1.0 - 1.0 / gamma)
    finite = np.where(np.isfinite(time), time, 0.0)[..., None]
    left = atom + np.sum(weight * np.exp(-2.0 * finite * x), axis=-1)
    fitted = np.sum(weight * np.expm1(-finite * x) ** 2 / x, axis=-1)
    with np.errstate(divide="ignore"):
        in_the_end = np.minimum(1.0, 1.0 / gamma) / np.abs(1.0 - gamma)
    left = np.where(np.isfinite(time), left, atom)
    fitted = np.where(np.isfinite(time), fitted, in_the_end)
    return np.asarray(design.signal * left + design.noise_variance * gamma * fitted)


def _best_log_time(eigenvalue: FloatArray, reach: FloatArray) -> FloatArray:
    """Logarithm of the time that is best for one eigenvalue, ``log(1 + reach x) / x``, or ``reach`` for x = 0."""
    positive = np.where(eigenvalue > 0.0, eigenvalue, 1.0)
    return np.log(np.where(eigenvalue > 0.0, np.log1p(reach * eigenvalue) / positive, reach))


def _eigenvalue_rule(gamma: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Nodes and weights, shape (..., NODES), of the Marchenko-Pastur law without its atom.

    With ``x = |1 - sqrt(gamma) e^(i angle)|^2`` the law is ``(2 / pi) sin(angle)^2 / x``
    times d angle. A Gauss-Legendre rule in a variable whose hyperbolic sine is the
    angle puts the nodes where they matter: near the lower edge, on all scales.
    """
    angle, width = _angle_rule()
    root = np.sqrt(gamma)[..., None]
    x = (1.0 - root) ** 2 + 4.0 * root * np.sin(0.5 * angle) ** 2
    return x, 2.0 / np.pi * np.sin(angle) ** 2 / x * width


@cache
def _angle_rule() -> tuple[FloatArray, FloatArray]:
    """Nodes and weights of the angle, which depend on nothing."""
    node, weight = np.polynomial.legendre.leggauss(NODES)
    stretched = 0.5 * STRETCH * (node + 1.0)
    scale = np.pi / np.sinh(STRETCH)
    return scale * np.sinh(stretched), scale * np.cosh(stretched) * 0.5 * STRETCH * weight
