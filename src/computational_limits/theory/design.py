"""The regression problem whose learning curves the theory chapter compares."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Design:
    """A sparse linear model with Gaussian covariates.

    ``y = x'b + e`` with ``x ~ N(0, I_p)``, ``s`` equal non-zero coefficients
    and noise of variance ``noise_variance``.

    Parameters
    ----------
    covariates : int
        Candidate covariates, ``p``.
    relevant : int
        Covariates with a non-zero coefficient, ``s``.
    snr : float
        Signal-to-noise ratio ``|b|^2 / noise_variance``.
    noise_variance : float
        Variance of the noise.

    Raises
    ------
    ValueError
        If a size, ratio or variance is not finite and positive, or ``relevant > covariates``.
    """

    covariates: int = 1000
    relevant: int = 10
    snr: float = 30.0
    noise_variance: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.relevant <= self.covariates:
            raise ValueError(f"relevant covariates must lie between 1 and {self.covariates}, got {self.relevant}")
        if not 0.0 < self.snr < math.inf:
            raise ValueError(f"the signal-to-noise ratio must be finite and above 0, got {self.snr}")
        if not 0.0 < self.noise_variance < math.inf:
            raise ValueError(f"the noise variance must be finite and above 0, got {self.noise_variance}")

    @property
    def signal(self) -> float:
        """Squared norm of the coefficients, ``|b|^2``."""
        return self.snr * self.noise_variance

    @property
    def coefficient(self) -> float:
        """Value of each non-zero coefficient."""
        return float((self.signal / self.relevant) ** 0.5)
