"""Estimators of a straight line, on arrays.

Nothing here knows of computing or error: ``x`` is the predictor, ``y`` the
response. Every estimator of a line returns a frozen `Line`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from computational_limits.arrays import FloatArray, IntArray

CLASSICAL = "classical"
"""Standard errors of residuals that are independent and of one variance."""
HC3 = "HC3"
"""Standard errors of residuals of unequal variances :cite:p:`mackinnon1985some`."""
BY_PAPER = "by paper"
"""Standard errors of residuals that are correlated within a paper :cite:p:`liang1986longitudinal`.

With few papers the intervals are too narrow; `JACKKNIFE` is wider.
"""
JACKKNIFE = "jackknife by paper"
"""Standard errors of the fits without each of ``G`` papers in turn; for papers of one model HC3 times ``(G - 1) / G``.

That factor is one of the variance :cite:p:`mackinnon1985some`.
"""
BY_RANK = "by rank"
"""Intervals of the estimators that rest on ranks."""
MINIMUM_CLUSTERS = 3
"""Fewest clusters that standard errors by cluster are computed for."""
FULL_LEVERAGE = 1.0 - 1e-9
"""Leverage from which on a point has no residual of its own."""


@dataclass(frozen=True, slots=True)
class Line:
    """A fitted line ``y = intercept + slope * x``.

    Attributes
    ----------
    intercept, slope : float
        Coefficients.
    slope_se : float
        Standard error of the slope. For an estimator whose interval rests on
        ranks it is that of a normal interval of the same width; infinite where
        the interval is unbounded.
    low, high : float
        Interval of the slope at the level asked for.
    p_value : float
        Two-sided p value of no relation.
    r2 : float
        Share of the variance of ``y`` explained; for a quantile, of its absolute
        deviations :cite:p:`koenker1999goodness`.
    """

    intercept: float
    slope: float
    slope_se: float
    low: float
    high: float
    p_value: float
    r2: float


@dataclass(frozen=True, slots=True)
class LeastSquares:
    """Ordinary least squares of ``y`` on the columns of a design.

    Attributes
    ----------
    design : ndarray of float, shape (n, p)
        Predictors, the constant among them.
    coefficients : ndarray of float, shape (p,)
        One a column.
    residuals, leverage : ndarray of float, shape (n,)
        What the fit leaves, and the diagonal of the hat matrix.
    inverse_gram : ndarray of float, shape (p, p)
        Inverse of ``design.T @ design``.
    r2 : float
        Share of the variance explained; 0 where there is none.
    """

    design: FloatArray
    coefficients: FloatArray
    residuals: FloatArray
    leverage: FloatArray
    inverse_gram: FloatArray
    r2: float

    @property
    def degrees_of_freedom(self) -> int:
        """Residual degrees of freedom, ``n - p``."""
        return int(self.design.shape[0] - self.design.shape[1])

    @property
    def residual_variance(self) -> float:
        """Residual sum of squares over the degrees of freedom."""
        return float(self.residuals @ self.residuals) / self.degrees_of_freedom

    def covariance(self, errors: str = CLASSICAL, clusters: IntArray | None = None) -> FloatArray:
        """Covariance of the coefficients.

        Parameters
        ----------
        errors : str
            `CLASSICAL`, `HC3`, `BY_PAPER` with the factor
            ``G / (G - 1) * (n - 1) / (n - p)`` for few clusters, or
            `JACKKNIFE` with ``(G - 1) / G``, for ``G`` clusters.
        clusters : ndarray of int, shape (n,), optional
            Cluster of each row, from 0; for the last two.

        Returns
        -------
        ndarray of float, shape (p, p)

        Raises
        ------
        ValueError
            If a row has full leverage (`HC3`), a cluster determines a coefficient
            alone (`JACKKNIFE`), or there are too few clusters.
        """
        if errors == CLASSICAL:
            return self.residual_variance * self.inverse_gram
        if errors == HC3:
            if self.leverage.max() >= FULL_LEVERAGE:
                raise ValueError("HC3 needs every model to leave a residual: one determines a coefficient alone")
            scores = self.design * (self.residuals / (1.0 - self.leverage))[:, None]
            factor = 1.0
        else:
            codes = checked_clusters(clusters, self.residuals.size)
            n, count = self.residuals.size, int(codes.max()) + 1
            if errors == JACKKNIFE:
                scores, factor = self._scores_without(codes), (count - 1) / count
            else:
                scores = _sums_by(codes, self.design * self.residuals[:, None])
                factor = count / (count - 1) * (n - 1) / self.degrees_of_freedom
        half = scores @ self.inverse_gram
        return factor * half.T @ half

    def inference_degrees_of_freedom(self, errors: str = CLASSICAL, clusters: IntArray | None = None) -> int:
        """Degrees of freedom of Student's t: one less than the clusters, else ``n - p``."""
        if errors not in (BY_PAPER, JACKKNIFE):
            return self.degrees_of_freedom
        return int(checked_clusters(clusters, self.residuals.size).max())

    def _scores_without(self, codes: IntArray) -> FloatArray:
        """Score of each cluster with its residuals from the fit without it, shape (clusters, p)."""
        scores = np.empty((int(codes.max()) + 1, self.design.shape[1]))
        for code in range(scores.shape[0]):
            rows = self.design[codes == code]
            left = np.eye(len(rows)) - rows @ self.inverse_gram @ rows.T
            if np.linalg.eigvalsh(left)[0] <= 1.0 - FULL_LEVERAGE:
                raise ValueError("the jackknife needs a fit without every paper: one determines a coefficient alone")
            scores[code] = rows.T @ np.linalg.solve(left, self.residuals[codes == code])
        return scores


def least_squares(design: FloatArray, y: FloatArray) -> LeastSquares:
    """Fit by ordinary least squares, through the QR decomposition of the design.

    Raises
    ------
    ValueError
        If the columns of the design are collinear, or no degree of freedom is left.
    """
    n, p = design.shape
    if n <= p:
        raise ValueError(f"{p} coefficients need more than {p} models, got {n}")
    q, r = np.linalg.qr(design)
    if np.any(np.abs(np.diag(r)) <= 1e-10 * np.linalg.norm(design, axis=0)):
        raise ValueError("the predictors are collinear: their coefficients cannot be told apart")
    inverse = np.linalg.inv(r)
    coefficients = inverse @ (q.T @ y)
    residuals = y - design @ coefficients
    total = float(np.sum((y - y.mean()) ** 2))
    return LeastSquares(
        design=design,
        coefficients=coefficients,
        residuals=residuals,
        leverage=np.sum(q**2, axis=1),
        inverse_gram=inverse @ inverse.T,
        r2=1.0 - float(residuals @ residuals) / total if total > 0.0 else 0.0,
    )


def least_squares_line(
    x: FloatArray, y: FloatArray, level: float, errors: str = CLASSICAL, clusters: IntArray | None = None
) -> Line:
    """Least-squares line of ``y`` on ``x``; see `LeastSquares.covariance` for ``errors``."""
    fit = least_squares(np.column_stack([np.ones_like(x), x]), y)
    se = float(np.sqrt(fit.covariance(errors, clusters)[1, 1]))
    df = fit.inference_degrees_of_freedom(errors, clusters)
    intercept, slope = fit.coefficients
    half = t_quantile(df, level) * se
    return Line(float(intercept), float(slope), se, slope - half, slope + half, t_p_value(float(slope), se, df), fit.r2)


def orthogonal_line(
    x: FloatArray, y: FloatArray, level: float, errors: str = CLASSICAL, clusters: IntArray | None = None
) -> Line:
    """Line of least squared distances at right angles to it, the major axis.

    The classical interval turns the axis by half the angle of
    :cite:t:`warton2006bivariate`; it is exact for normal ``x`` and ``y``
    and unbounded where no direction can be excluded. The slope depends on the
    scales of ``x`` and ``y``. See `reduced_major_axis` for the rest.
    """
    sxx, syy, sxy = _moments(x, y)
    spread = np.hypot(syy - sxx, 2.0 * sxy)
    slope = (syy - sxx + spread) / (2.0 * sxy)
    dx, dy = x - x.mean(), y - y.mean()
    scores = (dy - slope * dx) * (slope * dy + dx)
    long, short = (sxx + syy + spread) / 2.0, (sxx + syy - spread) / 2.0
    df = x.size - 2
    sine = 2.0 * t_quantile(df, level) * np.sqrt(long * max(short, 0.0) / df) / (long - short)
    if sine < 1.0:
        angle, turn = np.arctan(slope), np.arcsin(sine) / 2.0
        # An axis that may be vertical has no slope on the far side.
        low = np.tan(angle - turn) if angle - turn > -np.pi / 2.0 else -np.inf
        high = np.tan(angle + turn) if angle + turn < np.pi / 2.0 else np.inf
    else:
        low, high = -np.inf, np.inf
    correlation2 = sxy**2 / (sxx * syy)
    se = abs(slope) * np.sqrt((1.0 / correlation2 - 1.0) / df)
    derivative = syy - sxx - 2.0 * slope * sxy
    return _symmetric_line(x, y, slope, (se, low, high), scores / derivative, level, errors, clusters)


def reduced_major_axis(
    x: FloatArray, y: FloatArray, level: float, errors: str = CLASSICAL, clusters: IntArray | None = None
) -> Line:
    """Line whose slope is the ratio of the standard deviations, with the sign of the correlation.

    The classical interval is that of :cite:t:`warton2006bivariate`, the
    classical standard error that of the least-squares slope; the p value is
    that of no correlation. `BY_PAPER` is the sandwich of the equation
    ``sum((dy - slope dx) (dy + slope dx)) = 0`` with sums by cluster.
    Where the correlation may be zero its sign is open as well; the interval
    is the one on the side of the estimate.
    """
    sxx, syy, sxy = _moments(x, y)
    slope = np.copysign(np.sqrt(syy / sxx), sxy)
    dx, dy = x - x.mean(), y - y.mean()
    scores = (dy - slope * dx) * (dy + slope * dx)
    df = x.size - 2
    unexplained = max(1.0 - sxy**2 / (sxx * syy), 0.0) / df
    half = t_quantile(df, level) * np.sqrt(unexplained)
    ends = sorted((slope * (np.hypot(1.0, half) - half), slope * (np.hypot(1.0, half) + half)))
    se = abs(slope) * np.sqrt(unexplained)
    return _symmetric_line(x, y, slope, (se, *ends), scores / (-2.0 * slope * sxx), level, errors, clusters)


def theil_sen_line(x: FloatArray, y: FloatArray, level: float) -> Line:
    """Median of the slopes through pairs :cite:p:`sen1968estimates`, with its interval by Kendall's rank correlation.

    The intercept is the median of ``y - slope * x``.
    """
    slope, intercept, low, high = stats.theilslopes(y, x, alpha=level, method="joint")
    residuals, deviations = y - intercept - slope * x, y - y.mean()
    return Line(
        intercept=float(intercept),
        slope=float(slope),
        slope_se=_se_of_width(float(low), float(high), level),
        low=float(low),
        high=float(high),
        p_value=float(stats.kendalltau(x, y).pvalue),
        r2=1.0 - float(residuals @ residuals) / float(deviations @ deviations),
    )


def quantile_line(x: FloatArray, y: FloatArray, level: float, quantile: float) -> Line:
    """Line below which a share ``quantile`` of ``y`` lies :cite:p:`koenker1978regression`.

    The best line through two of the points is exact. The interval holds the
    slopes that the rank score test does not reject :cite:p:`koenker1994confidence`,
    by Student's t with ``n - 2`` degrees of freedom, without interpolation
    between its steps: few points leave the slope of an outer quantile unbounded.
    """
    first, second = np.triu_indices(x.size, 1)
    apart = x[first] != x[second]
    first, second = first[apart], second[apart]
    slopes = (y[second] - y[first]) / (x[second] - x[first])
    steps = np.unique(slopes)
    least, most = _best_steps(x, y, steps, quantile)
    near = (least <= slopes) & (slopes <= most)
    near_slopes = slopes[near]
    intercepts = y[first[near]] - near_slopes * x[first[near]]
    losses = _check_loss(y - intercepts[:, None] - near_slopes[:, None] * x, quantile).sum(axis=1)
    best = losses <= losses.min() * (1.0 + 1e-12) + 1e-300  # every line between two best ones is a best one
    slope, intercept = float(near_slopes[best].mean()), float(intercepts[best].mean())
    between = np.concatenate([[steps[0] - 1.0], (steps[1:] + steps[:-1]) / 2.0, [steps[-1] + 1.0]])
    critical = t_quantile(x.size - 2, level)

    def first_place_where(limit: float) -> int:
        """First place between the steps at which the falling rank score is below a limit."""
        start, stop = 0, between.size
        while start < stop:
            middle = (start + stop) // 2
            if rank_score(x, y - between[middle] * x, quantile) < limit:
                stop = middle
            else:
                start = middle + 1
        return start

    enter, leave = first_place_where(critical), first_place_where(-critical)
    low = float(steps[enter - 1]) if enter > 0 else -np.inf
    high = float(steps[leave - 1]) if leave < between.size else np.inf
    flat = _check_loss(y - np.quantile(y, quantile), quantile).sum()
    score = rank_score(x, y, quantile)
    return Line(
        intercept=intercept,
        slope=slope,
        slope_se=_se_of_width(low, high, level),
        low=low,
        high=high,
        p_value=float(2.0 * special.stdtr(x.size - 2, -abs(score))),
        r2=1.0 - float(losses.min() / flat),
    )


def quantile_loss(x: FloatArray, y: FloatArray, slope: float, quantile: float) -> float:
    """Least check loss of the lines of a slope; it is convex in the slope."""
    residuals = y - slope * x
    place = min(int(np.ceil(quantile * y.size)), y.size) - 1
    return float(_check_loss(residuals - np.partition(residuals, place)[place], quantile).sum())


def _best_steps(x: FloatArray, y: FloatArray, steps: FloatArray, quantile: float) -> tuple[float, float]:
    """The least and the largest of rising slopes whose loss is the least, or within rounding of it."""
    start, stop = 0, steps.size - 1
    while stop - start > 2:
        third = (stop - start) // 3
        left, right = start + third, stop - third
        if quantile_loss(x, y, steps[left], quantile) < quantile_loss(x, y, steps[right], quantile):
            stop = right
        else:
            start = left
    middle = min(range(start, stop + 1), key=lambda place: quantile_loss(x, y, float(steps[place]), quantile))
    limit = (1.0 + 1e-9) * quantile_loss(x, y, steps[middle], quantile) + 1e-12 * float(np.abs(y).sum())

    def last_within(inside: int, outside: int) -> int:
        """The place farthest towards ``outside`` at which the loss is within the limit."""
        if quantile_loss(x, y, steps[outside], quantile) <= limit:
            return outside
        while abs(outside - inside) > 1:
            between = (inside + outside) // 2
            if quantile_loss(x, y, steps[between], quantile) <= limit:
                inside = between
            else:
                outside = between
        return inside

    return float(steps[last_within(middle, 0)]), float(steps[last_within(middle, steps.size - 1)])


def rank_score(x: FloatArray, y: FloatArray, quantile: float) -> float:
    """Standardised rank score of no slope at a quantile, positive where ``y`` rises with ``x``."""
    above = np.clip(stats.rankdata(y) - quantile * y.size, 0.0, 1.0)
    dx = x - x.mean()
    return float(dx @ above / np.sqrt(quantile * (1.0 - quantile) * (dx @ dx)))


def t_quantile(degrees_of_freedom: int, level: float) -> float:
    """Student's t at which a two-sided interval covers ``level``, between 0 and 1.

    Raises
    ------
    ValueError
        If the level is not between 0 and 1.
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"the level of an interval must lie between 0 and 1, got {level}")
    return float(special.stdtrit(degrees_of_freedom, 0.5 + level / 2.0))


def t_p_value(estimate: float, se: float, degrees_of_freedom: int) -> float:
    """Two-sided p value of zero by Student's t; 0 without any error."""
    return float(2.0 * special.stdtr(degrees_of_freedom, -abs(estimate) / se)) if se > 0.0 else 0.0


def checked_clusters(clusters: IntArray | None, n: int) -> IntArray:
    """Codes of clusters, one a row.

    Raises
    ------
    ValueError
        Without clusters, with another number of them than rows, or with fewer than three different ones.
    """
    if clusters is None or clusters.shape != (n,):
        raise ValueError(f"standard errors by paper need the paper of each of the {n} models")
    count = int(clusters.max()) + 1
    if count < MINIMUM_CLUSTERS:
        raise ValueError(f"standard errors by paper need at least {MINIMUM_CLUSTERS} papers, got {count}")
    return clusters


def _symmetric_line(
    x: FloatArray,
    y: FloatArray,
    slope: float,
    classical: tuple[float, float, float],
    influence: FloatArray,
    level: float,
    errors: str,
    clusters: IntArray | None,
) -> Line:
    """A line through the means, with its classical standard error and interval, or with those by cluster."""
    se, low, high = classical
    n = x.size
    correlation = float(np.corrcoef(x, y)[0, 1])
    p_value = t_p_value(correlation, np.sqrt(max(1.0 - correlation**2, 0.0) / (n - 2)), n - 2)
    if errors == BY_PAPER:
        sums = _sums_by(checked_clusters(clusters, n), influence[:, None])[:, 0]
        df = sums.size - 1
        se = float(np.sqrt(sums.size / df * (n - 1) / (n - 2) * (sums @ sums)))
        half = t_quantile(df, level) * se
        low, high, p_value = slope - half, slope + half, t_p_value(slope, se, df)
    return Line(
        intercept=float(y.mean() - slope * x.mean()),
        slope=float(slope),
        slope_se=float(se),
        low=float(low),
        high=float(high),
        p_value=p_value,
        r2=correlation**2,
    )


def _moments(x: FloatArray, y: FloatArray) -> tuple[float, float, float]:
    dx, dy = x - x.mean(), y - y.mean()
    sxx, syy, sxy = float(dx @ dx), float(dy @ dy), float(dx @ dy)
    if abs(sxy) <= 1e-12 * np.sqrt(sxx * syy):
        raise ValueError("computing and performance are uncorrelated: a symmetric line has no slope")
    return sxx, syy, sxy


def _sums_by(codes: IntArray, rows: FloatArray) -> FloatArray:
    sums = np.zeros((int(codes.max()) + 1, rows.shape[1]))
    np.add.at(sums, codes, rows)
    return sums


def _check_loss(residuals: FloatArray, quantile: float) -> FloatArray:
    return np.where(residuals >= 0.0, quantile * residuals, (quantile - 1.0) * residuals)


def _se_of_width(low: float, high: float, level: float) -> float:
    return (high - low) / (2.0 * float(special.ndtri(0.5 + level / 2.0)))
