"""Floating-point operations that the estimators of the theory chapter need.

The unit is the FLOP, one multiplication or one addition, so that a multiply-add
counts two. Only the leading terms are counted: those of matrix times matrix,
of the factorisation, and of matrix times vector where nothing larger occurs.
Covariates are drawn, and read, for nothing.
"""

from __future__ import annotations

from numpy.typing import ArrayLike

from computational_limits.arrays import FloatArray
from computational_limits.theory.design import check_sizes


def least_squares_flop(observations: ArrayLike, covariates: ArrayLike) -> FloatArray:
    """FLOP of least squares by the normal equations, ``n d^2 + d^3 / 3``.

    Half of the symmetric ``X'X``, ``d^2 / 2`` inner products of length n, and its
    Cholesky factor :cite:p:`golub2013matrix`. Not counted: ``X'y`` and the two
    triangular systems, of order ``n d`` and ``d^2``.

    Parameters
    ----------
    observations : array-like of int
        Sample sizes ``n``.
    covariates : array-like of int
        Covariates fitted, ``d``, at most n; broadcast against the sizes.

    Returns
    -------
    ndarray of float
        In FLOP.

    Raises
    ------
    ValueError
        If a number is not a whole number of at least 1, or ``n < d``.

    Examples
    --------
    >>> float(least_squares_flop(1500, 1000)) / 1e9
    1.8333333333333333
    """
    n, d = check_sizes(observations), check_sizes(covariates)
    if (n < d).any():
        raise ValueError("the normal equations need at least as many observations as covariates")
    return n * d**2 + d**3 / 3.0


def minimum_norm_flop(observations: ArrayLike, covariates: ArrayLike) -> FloatArray:
    """FLOP of minimum-norm least squares, ``n^2 d + n^3 / 3``.

    The normal equations of the dual: half of the symmetric ``X X'`` and its
    Cholesky factor. Not counted: two triangular systems and the product of
    ``X'`` with their solution, of order ``n^2`` and ``n d``.

    Parameters
    ----------
    observations : array-like of int
        Sample sizes ``n``.
    covariates : array-like of int
        Covariates fitted, ``d``, at least n; broadcast against the sizes.

    Returns
    -------
    ndarray of float
        In FLOP. At ``n = d`` it is that of `least_squares_flop`.

    Raises
    ------
    ValueError
        If a number is not a whole number of at least 1, or ``n > d``.
    """
    n, d = check_sizes(observations), check_sizes(covariates)
    if (n > d).any():
        raise ValueError("a solution of minimum norm needs at least as many covariates as observations")
    return n**2 * d + n**3 / 3.0


def gradient_pass_flop(observations: ArrayLike, covariates: ArrayLike) -> FloatArray:
    """FLOP of one gradient of the squared error over all observations, ``4 n d``.

    Two products with the covariates, ``Xb`` and ``X'(Xb - y)``, of ``n d``
    multiply-adds each.

    Parameters
    ----------
    observations : array-like of int
        Sample sizes ``n``.
    covariates : array-like of int
        Covariates ``d``; broadcast against the sizes.

    Returns
    -------
    ndarray of float
        In FLOP.

    Raises
    ------
    ValueError
        If a number is not a whole number of at least 1.
    """
    return 4.0 * check_sizes(observations) * check_sizes(covariates)


def column_pass_flop(observations: ArrayLike, passes: ArrayLike) -> FloatArray:
    """FLOP of passes of coordinate descent over single covariates, ``2 n`` each.

    A pass is n multiply-adds: an inner product of one covariate with the
    residual, or the update of the residual by a multiple of it.

    Parameters
    ----------
    observations : array-like of int
        Sample sizes ``n``.
    passes : array-like of int
        Passes, all covariates together; broadcast against the sizes.

    Returns
    -------
    ndarray of float
        In FLOP.

    Raises
    ------
    ValueError
        If a number is not a whole number of at least 1.
    """
    return 2.0 * check_sizes(observations) * check_sizes(passes)
