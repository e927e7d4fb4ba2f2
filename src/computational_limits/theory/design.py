"""The regression problem whose learning curves the theory chapter compares."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Integral, Real
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from computational_limits.arrays import FloatArray

ORACLE, EXPERT, FLEXIBLE, REGULARISED = ESTIMATORS = ("oracle", "expert", "flexible", "regularised flexible")
"""Least squares on the true covariates, on one wrong one, on all; and the LASSO on all."""
CROSS_VALIDATION, ONE_SE, HINDSIGHT = "cross-validation", "one standard error", "hindsight"
"""Rules for the LASSO's penalty that look at more than noise and sample size."""
COEFFICIENT_LAWS = MappingProxyType(
    {
        "equal": "all the same",
        "linear": "proportional to s, s - 1, ..., 1",
        "geometric": "each half of the one before",
    }
)
"""How the signal is shared among the relevant covariates; the paper does not say."""
DESIGN_COLUMNS = ["covariates", "relevant", "coefficient_law", "snr"]
"""What names a design in a table; risks are in units of its noise variance."""
KEY_COLUMNS = [*DESIGN_COLUMNS, "estimator", "penalty", "n"]
"""What names a risk: a design, an estimator with its penalty rule, and a sample size."""
SEED = 2020
"""Root of all seeds of the theory chapter."""


@dataclass(frozen=True, slots=True)
class Design:
    """A sparse linear model with Gaussian covariates.

    ``y = x'b + e`` with ``x ~ N(0, I_p)``, ``s`` non-zero coefficients and
    noise of variance ``noise_variance``.

    Parameters
    ----------
    covariates : int
        Candidate covariates, ``p``.
    relevant : int
        Covariates with a non-zero coefficient, ``s``.
    snr : float
        Signal-to-noise ratio ``|b|^2 / noise_variance``.
    noise_variance : float
        Variance of the noise, in units of the squared response.
    coefficient_law : str
        How the signal is shared among the relevant covariates, one of `COEFFICIENT_LAWS`.

    Raises
    ------
    ValueError
        If a size is not a whole number of at least 1, ``relevant > covariates``, a ratio
        or variance is not finite and positive, or the law has no such name.

    Examples
    --------
    >>> Design(covariates=100, relevant=3, snr=14.0, coefficient_law="linear").coefficients
    array([3., 2., 1.])
    """

    covariates: int = 1000
    relevant: int = 10
    snr: float = 30.0
    noise_variance: float = 1.0
    coefficient_law: str = "equal"

    def __post_init__(self) -> None:
        check_count(self.covariates, "the number of covariates")
        check_count(self.relevant, "the number of relevant covariates")
        if self.relevant > self.covariates:
            raise ValueError(
                f"relevant covariates must be among the {self.covariates} covariates, got {self.relevant} of them"
            )
        check_positive(self.snr, "the signal-to-noise ratio")
        check_positive(self.noise_variance, "the noise variance")
        if self.coefficient_law not in COEFFICIENT_LAWS:
            allowed = ", ".join(COEFFICIENT_LAWS)
            raise ValueError(f"the coefficient law must be one of {allowed}, got {self.coefficient_law!r}")

    @property
    def signal(self) -> float:
        """Squared norm of the coefficients, ``|b|^2``, in units of the squared response."""
        return self.snr * self.noise_variance

    @property
    def coefficients(self) -> FloatArray:
        """Non-zero coefficients in descending order, shape (relevant,), with ``|b|^2`` equal to `signal`."""
        rank = np.arange(self.relevant, dtype=float)
        shape = {"equal": np.ones_like(rank), "linear": self.relevant - rank, "geometric": 0.5**rank}
        profile = shape[self.coefficient_law]
        return np.asarray(profile * math.sqrt(self.signal) / np.linalg.norm(profile))

    @property
    def omitted(self) -> float:
        """The coefficient that the expert leaves out: the last and smallest."""
        return float(self.coefficients[-1])


def check_count(value: int, what: str) -> None:
    """Refuse what is not a whole number of at least 1.

    Parameters
    ----------
    value : int
        The number to check; a bool or a float is no count.
    what : str
        Its name in the message.

    Raises
    ------
    ValueError
        If the value is of another type or below 1.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise ValueError(f"{what} must be a whole number of at least 1, got {value!r}")


def check_positive(value: float, what: str) -> None:
    """Refuse what is not a finite number above 0.

    Parameters
    ----------
    value : float
        The number to check.
    what : str
        Its name in the message.

    Raises
    ------
    ValueError
        If the value is of another type, not finite, or not above 0.
    """
    if isinstance(value, bool) or not isinstance(value, Real) or not 0.0 < value < math.inf:
        raise ValueError(f"{what} must be finite and above 0, got {value!r}")


def check_sizes(observations: ArrayLike) -> FloatArray:
    """Sample sizes as an array of floats, ready for a formula.

    Parameters
    ----------
    observations : array-like of int
        Sample sizes.

    Returns
    -------
    ndarray of float
        Of the same shape.

    Raises
    ------
    ValueError
        If the sizes are not of an integer type, or one is below 1.

    Examples
    --------
    >>> check_sizes([15, 175])
    array([ 15., 175.])
    """
    n = np.asarray(observations)
    if n.dtype.kind not in "iu":
        raise ValueError(f"sample sizes must be whole numbers, got {n.dtype} {observations!r}")
    if np.any(n < 1):
        raise ValueError(f"sample sizes must be at least 1, got {n.min()}")
    return n.astype(float)
