"""Intervals for what a fitted law says.

An interval with an unbounded end carries ``inf`` or ``-inf``: the data cannot
exclude any value on that side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from computational_limits.scaling import Law

LEVEL = 0.90
"""Coverage of every interval of the project unless a column says otherwise."""
SIGNIFICANCE = 0.05
"""Largest p value at which a slope counts as different from zero."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A closed interval; an unbounded end is infinite."""

    low: float
    high: float

    @property
    def bounded(self) -> bool:
        """Whether both ends are finite."""
        return bool(np.isfinite(self.low) and np.isfinite(self.high))

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


def slope_interval(law: Law, level: float = LEVEL) -> Interval:
    """Student interval of the slope.

    Parameters
    ----------
    law : Law
        A fitted law.
    level : float
        Coverage in (0, 1).

    Returns
    -------
    Interval
    """
    half = law.t_quantile(level) * law.slope_se
    return Interval(law.slope - half, law.slope + half)


def exponent_interval(law: Law, level: float = LEVEL) -> Interval:
    """Interval of ``1 / slope``, by inverting the interval of the slope.

    Where the slope's interval contains zero, the exponents that the data
    cannot exclude are two rays that meet at infinity. The ray on the side of
    the estimate is returned; its far end is infinite.

    Parameters
    ----------
    law : Law
        A fitted law.
    level : float
        Coverage in (0, 1).

    Returns
    -------
    Interval

    Examples
    --------
    >>> from computational_limits.scaling import POLYNOMIAL, fit_law
    >>> flat = fit_law([1e9, 1e10, 1e11, 1e12], [0.2, 0.3, 0.19, 0.28], POLYNOMIAL)
    >>> exponent_interval(flat).bounded
    False
    """
    return inverse_interval(slope_interval(law, level), law.slope)


def inverse_interval(interval: Interval, estimate: float) -> Interval:
    """Interval of one over a quantity, from the interval of the quantity.

    Parameters
    ----------
    interval : Interval
        Of the quantity; its ends may be infinite.
    estimate : float
        The quantity; where the interval contains zero, the ray on its side is returned, or the whole line for zero.

    Returns
    -------
    Interval
    """
    if interval.low > 0.0 or interval.high < 0.0:
        return Interval(1.0 / interval.high, 1.0 / interval.low)
    if estimate == 0.0:
        return Interval(-np.inf, np.inf)
    return Interval(1.0 / interval.high, np.inf) if estimate > 0.0 else Interval(-np.inf, 1.0 / interval.low)
