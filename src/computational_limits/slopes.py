"""A slope with its standard error, wherever it was estimated, and the exponent that it means.

A pooled slope is no `Law`: it has no line of its own, and its degrees of
freedom need not be whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from computational_limits.scaling import Law
from computational_limits.uncertainty import LEVEL, Interval, inverse_interval


@dataclass(frozen=True, slots=True)
class Slope:
    """An estimated slope of the response on log10 computing.

    Attributes
    ----------
    estimate : float
        The slope.
    standard_error : float
        Its standard error.
    degrees_of_freedom : float
        Degrees of freedom of Student's t.
    """

    estimate: float
    standard_error: float
    degrees_of_freedom: float

    @property
    def exponent(self) -> float:
        """``1 / slope``: in the polynomial form the power of performance that computing grows with."""
        return 1.0 / self.estimate

    @property
    def p_value(self) -> float:
        """Two-sided p value of a slope of zero."""
        return float(2.0 * stats.t.sf(abs(self.estimate) / self.standard_error, self.degrees_of_freedom))

    def interval(self, level: float = LEVEL) -> Interval:
        """Student interval of the slope at ``level``, a coverage in (0, 1)."""
        half = float(stats.t.ppf(0.5 + level / 2.0, self.degrees_of_freedom)) * self.standard_error
        return Interval(self.estimate - half, self.estimate + half)

    def exponent_interval(self, level: float = LEVEL) -> Interval:
        """Interval of ``1 / slope``; see `inverse_interval` for a slope that may be zero."""
        return inverse_interval(self.interval(level), self.estimate)


def slope_of(law: Law) -> Slope:
    """The slope of a fitted law."""
    return Slope(law.slope, law.slope_se, law.degrees_of_freedom)


def difference(first: Slope, second: Slope) -> Slope:
    """Difference of two slopes estimated from different models.

    The degrees of freedom are those of Welch and Satterthwaite
    :cite:p:`welch1947generalization`.

    Parameters
    ----------
    first, second : Slope
        Independent estimates.

    Returns
    -------
    Slope
        ``first`` less ``second``.

    Examples
    --------
    >>> gap = difference(Slope(0.20, 0.03, 10.0), Slope(0.10, 0.04, 20.0))
    >>> round(gap.estimate, 2), round(gap.standard_error, 2), round(gap.degrees_of_freedom, 1)
    (0.1, 0.05, 29.9)
    """
    variances = (first.standard_error**2, second.standard_error**2)
    freedom = sum(variances) ** 2 / (
        variances[0] ** 2 / first.degrees_of_freedom + variances[1] ** 2 / second.degrees_of_freedom
    )
    return Slope(first.estimate - second.estimate, float(np.sqrt(sum(variances))), freedom)
