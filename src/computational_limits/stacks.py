"""Straight lines through many selections of many samples at once, on arrays.

A stack holds ``G`` samples of ``n`` points and ``S`` selections of each. Every
estimator returns what `fits.fit` gives for each selection alone, as sums and
products of matrices over all of them; a loop over samples is left only where
an estimator looks at every pair of points.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import factorial

import numpy as np
from scipy import special

from computational_limits.arrays import BoolArray, FloatArray
from computational_limits.bootstrap import slopes_of
from computational_limits.estimators import FULL_LEVERAGE
from computational_limits.fits import GRID, HIGHEST_FLOOR, ORTHOGONAL, REDUCED_MAJOR_AXIS, ZOOMS
from computational_limits.scaling import PERFORMANCE_ON_COMPUTING, Form

EXACT_KENDALL = 33
"""Most points without ties for which the law of Kendall's rank correlation is exact; as in ``scipy.stats``."""
COLLINEAR = 1e-20
"""Share of the variance of a predictor that another leaves, from which on the two cannot be told apart."""
UNCORRELATED = 1e-12
"""Correlation up to which a symmetric line has no slope."""
MAD_TO_SD = 1.0 / float(special.ndtri(0.75))
"""Standard deviation of a normal law over its median absolute deviation."""
IN_CACHE = 30_000
"""Residuals held at a time; more of them leave the cache of a processor."""


@dataclass(frozen=True, slots=True)
class Stack:
    """Samples and the points of each selection.

    Attributes
    ----------
    x, y : ndarray of float, shape (G, n)
        Predictor and response.
    kept : ndarray of bool, shape (G, S, n)
        Whether a selection has the point. Selections of fewer than three
        points, or without spread, have no line: their values mean nothing.
    """

    x: FloatArray
    y: FloatArray
    kept: BoolArray

    @property
    def n(self) -> FloatArray:
        """Points of each selection, shape (G, S)."""
        return np.asarray(self.kept.sum(axis=2), dtype=float)


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines ``y = intercept + slope * x``, one a selection.

    Attributes
    ----------
    slope, intercept, p_value : ndarray of float, shape (G, S)
        NaN where the direction has no slope.
    """

    slope: FloatArray
    intercept: FloatArray
    p_value: FloatArray


def centre(values: FloatArray, kept: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Values less the mean of each selection, zero outside it, shape (G, S, n), and the means, shape (G, S)."""
    means = np.einsum("gsn,gn->gs", kept, values) / np.maximum(kept.sum(axis=2), 1)
    return np.where(kept, values[:, None, :] - means[..., None], 0.0), means


def least_squares_lines(stack: Stack, direction: str = PERFORMANCE_ON_COMPUTING) -> Lines:
    """Least squares in one of `fits.DIRECTIONS`; the p value is that of no correlation, the same in all of them."""
    (dx, mean_x), (dy, mean_y) = centre(stack.x, stack.kept), centre(stack.y, stack.kept)
    sxx, sxy, syy = (np.einsum("gsn,gsn->gs", a, b) for a, b in ((dx, dx), (dx, dy), (dy, dy)))
    zero = np.zeros_like(sxx)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = slopes_of(np.stack([stack.n, zero, zero, sxx, sxy, syy], axis=-1), direction)
        flat = sxy / sxx
        rss = np.sum((dy - flat[..., None] * dx) ** 2, axis=2)
        if direction in (ORTHOGONAL, REDUCED_MAJOR_AXIS):
            slope = np.where(np.abs(sxy) > UNCORRELATED * np.sqrt(sxx * syy), slope, np.nan)
        slope = np.where(np.isfinite(slope), slope, np.nan)
        p_value = _student(flat, rss, sxx, stack.n - 2.0)
    return Lines(slope, mean_y - slope * mean_x, np.where(np.isnan(slope), np.nan, p_value))


def lines_with_year(stack: Stack, year: FloatArray) -> Lines:
    """Least squares on the predictor and the year, shape (G, n), of each point; the intercept is at the mean year."""
    (dx, mean_x), (dy, mean_y) = centre(stack.x, stack.kept), centre(stack.y, stack.kept)
    dt = centre(year, stack.kept)[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        stt = np.sum(dt**2, axis=2, keepdims=True)
        left_x = dx - np.sum(dx * dt, axis=2, keepdims=True) / stt * dt
        left_y = dy - np.sum(dy * dt, axis=2, keepdims=True) / stt * dt
        sxx = np.sum(left_x**2, axis=2)
        slope = np.sum(left_x * left_y, axis=2) / sxx
        rss = np.sum((left_y - slope[..., None] * left_x) ** 2, axis=2)
        told_apart = sxx > COLLINEAR * np.sum(dx**2, axis=2)
        slope = np.where(told_apart & (stack.n > 3), slope, np.nan)
        return Lines(slope, mean_y - slope * mean_x, _student(slope, rss, sxx, stack.n - 3.0))


def theil_sen_lines(stack: Stack, turned: bool = False) -> Lines:
    """Medians of the slopes through pairs, with the p value of Kendall's rank correlation.

    Parameters
    ----------
    stack : Stack
        Samples and selections.
    turned : bool
        Whether ``x`` is the response; the line is turned back.
    """
    predictor, response = (stack.y, stack.x) if turned else (stack.x, stack.y)
    slope = _median_of_pairs(predictor, response, stack.kept)
    residuals = response[:, None, :] - slope[..., None] * predictor[:, None, :]
    intercept = masked_median(residuals, stack.kept)
    if turned:
        with np.errstate(divide="ignore", invalid="ignore"):
            slope, intercept = 1.0 / slope, -intercept / slope
            slope = np.where(np.isfinite(slope), slope, np.nan)
    return Lines(slope, intercept, kendall_p_values(stack))


def quantile_lines(stack: Stack, quantiles: tuple[float, ...]) -> dict[float, Lines]:
    """Lines below which a share of the response lies, the best through two points, with the rank score's p value."""
    shape = (len(quantiles), *stack.kept.shape[:2])
    slopes, intercepts = np.full(shape, np.nan), np.full(shape, np.nan)
    shares = np.asarray(quantiles)[:, None, None]
    for sample, selections in enumerate(stack.kept):
        used = selections.any(axis=0)
        x, y, kept = stack.x[sample, used], stack.y[sample, used], selections[:, used]
        first, second = np.triu_indices(x.size, 1)
        apart = (x[first] != x[second]) & (kept[:, first] & kept[:, second]).any(axis=0)
        start, end = first[apart], second[apart]
        slope = (y[end] - y[start]) / (x[end] - x[start])
        intercept = y[start] - slope * x[start]
        weights = kept.T.astype(float)
        sums = y @ weights - np.multiply.outer(intercept, weights.sum(axis=0)) - np.multiply.outer(slope, x @ weights)
        losses = np.maximum(_distances(x, y, slope, intercept, weights) / 2.0 + (shares - 0.5) * sums, 0.0)
        losses[:, ~(kept[:, start] & kept[:, end]).T] = np.inf
        least = losses.min(axis=1, initial=np.inf, keepdims=True)
        best = ((losses <= least * (1.0 + 1e-12) + 1e-300) & np.isfinite(losses)).astype(float)
        counts = best.sum(axis=1)
        found = counts > 0.0
        slopes[:, sample][found] = (slope @ best)[found] / counts[found]
        intercepts[:, sample][found] = (intercept @ best)[found] / counts[found]
    p_values = _rank_score_p_values(stack, quantiles)
    return {
        quantile: Lines(*found)
        for quantile, found in zip(quantiles, zip(slopes, intercepts, p_values, strict=True), strict=True)
    }


def kendall_p_values(stack: Stack) -> FloatArray:
    """Two-sided p values of Kendall's rank correlation :cite:p:`kendall1938new`, shape (G, S).

    Exact without ties for up to `EXACT_KENDALL` points, else by the normal law with the variance of ties.
    """
    weights = np.swapaxes(stack.kept, 1, 2).astype(float)
    signs = [np.sign(values[:, :, None] - values[:, None, :]) for values in (stack.x, stack.y)]
    n = stack.n
    agreeing = np.einsum("gns,gns->gs", (signs[0] * signs[1]) @ weights, weights) / 2.0
    (pairs_x, third_x, fifth_x), (pairs_y, third_y, fifth_y) = (_ties(sign, weights) for sign in signs)
    m = n * (n - 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = (m * (2.0 * n + 5.0) - fifth_x - fifth_y) / 18.0 + 2.0 * pairs_x * pairs_y / m
        variance = variance + third_x * third_y / (9.0 * m * (n - 2.0))
        p_values = 2.0 * special.ndtr(-np.abs(agreeing) / np.sqrt(variance))
    fewer = np.rint((m / 2.0 - np.abs(agreeing)) / 2.0).astype(int)
    exact = (pairs_x == 0.0) & (pairs_y == 0.0) & ((n <= EXACT_KENDALL) | (fewer <= 1)) & (n >= 2.0)
    for count in np.unique(n[exact]):
        those = exact & (n == count)
        p_values[those] = _kendall_law(int(count))[fewer[those]]
    return np.asarray(p_values)


def floors_of(error: FloatArray, kept: BoolArray, x: FloatArray, form: Form) -> FloatArray:
    """Irreducible errors of highest likelihood, as `fits.profile_floor` finds each alone.

    Parameters
    ----------
    error, x : ndarray of float, shape (n,)
        Errors and predictor.
    kept : ndarray of bool, shape (R, n)
        Selections, each of at least `fits.FLOOR_MINIMUM_MODELS` points.
    form : Form
        A form with a floor.

    Returns
    -------
    ndarray of float, shape (R,)
    """
    n = kept.sum(axis=1)
    along = centre(x[None, :], kept[None])[0][0]
    along = along / np.sqrt(np.sum(along**2, axis=1, keepdims=True))
    highest = HIGHEST_FLOOR * np.where(kept, error, np.inf).min(axis=1)

    def log_likelihood(floors: FloatArray) -> FloatArray:
        above = np.where(kept[:, None, :], error - floors[..., None], 1.0)
        used = np.where(kept, error, 1.0)[:, None, :]
        y = np.where(kept[:, None, :], form.response(np.where(kept[:, None, :], above, 0.5)), 0.0)
        y = np.where(kept[:, None, :], y - (y.sum(axis=2) / n[:, None])[..., None], 0.0)
        rss = np.sum(y**2, axis=2) - np.einsum("rfn,rn->rf", y, along) ** 2
        stretch = np.where(kept[:, None, :], form.stretch(np.where(kept[:, None, :], above, 0.5)), 1.0)
        return np.asarray(-n[:, None] / 2.0 * np.log(rss) + np.sum(np.log(stretch * used / above), axis=2))

    near = np.linspace(np.zeros_like(highest), highest, GRID, axis=-1)
    rows = np.arange(n.size)
    for _ in range(ZOOMS):
        step = near[:, 1] - near[:, 0]
        place = near[rows, np.argmax(log_likelihood(near), axis=1)]
        near = np.linspace(np.maximum(place - step, 0.0), np.minimum(place + step, highest), GRID, axis=-1)
    return np.asarray(near[rows, np.argmax(log_likelihood(near), axis=1)])


def without_most_influential(stack: Stack) -> BoolArray:
    """Selections without the point of the largest distance of :cite:t:`cook1977detection`, shape (G, S, n)."""
    (dx, _), (dy, _) = centre(stack.x, stack.kept), centre(stack.y, stack.kept)
    with np.errstate(divide="ignore", invalid="ignore"):
        sxx = np.sum(dx**2, axis=2, keepdims=True)
        residuals = dy - np.sum(dx * dy, axis=2, keepdims=True) / sxx * dx
        leverage = 1.0 / stack.n[..., None] + dx**2 / sxx
        left = 1.0 - leverage
        distance = np.where(left > 1.0 - FULL_LEVERAGE, residuals**2 * leverage / left**2, np.inf)
    distance = np.where(stack.kept & np.isfinite(sxx), distance, -1.0)
    kept = stack.kept.copy()
    np.put_along_axis(kept, np.argmax(distance, axis=2)[..., None], False, axis=2)
    return kept


def without_far_residuals(stack: Stack, most: float) -> BoolArray:
    """Selections without points that lie further than ``most`` robust standard deviations from the Theil-Sen line.

    The robust standard deviation is the median absolute residual over that of a
    normal law :cite:p:`rousseeuw1993alternatives`; where it is zero, all points stay.
    """
    line = theil_sen_lines(stack)
    far = np.abs(stack.y[:, None, :] - line.intercept[..., None] - line.slope[..., None] * stack.x[:, None, :])
    deviation = MAD_TO_SD * masked_median(far, stack.kept)[..., None]
    return np.asarray(stack.kept & ((far <= most * deviation) | ~(deviation > 0.0)))


def masked_median(values: FloatArray, kept: BoolArray) -> FloatArray:
    """Median of the values kept along the last axis; NaN without any."""
    n = kept.sum(axis=-1)
    ordered = np.sort(np.where(kept, values, np.inf), axis=-1)
    places = (np.maximum(n - 1, 0) // 2, n // 2)
    low, high = (
        np.take_along_axis(ordered, np.minimum(at, kept.shape[-1] - 1)[..., None], -1)[..., 0] for at in places
    )
    return np.where(n > 0, (np.where(n > 0, low, 0.0) + np.where(n > 0, high, 0.0)) / 2.0, np.nan)


def _distances(
    x: FloatArray, y: FloatArray, slope: FloatArray, intercept: FloatArray, weights: FloatArray
) -> FloatArray:
    """Weighted sums of the absolute residuals of points about many lines, shape (lines, selections)."""
    sums = np.empty((slope.size, weights.shape[1]))
    rows = max(IN_CACHE // max(x.size, 1), 1)
    for start in range(0, slope.size, rows):
        part = slice(start, start + rows)
        residuals = np.multiply.outer(slope[part], x)
        residuals += intercept[part, None]
        residuals -= y
        np.abs(residuals, out=residuals)
        sums[part] = residuals @ weights
    return sums


def _student(slope: FloatArray, rss: FloatArray, sxx: FloatArray, df: FloatArray) -> FloatArray:
    """Two-sided p values of slopes by Student's t; 0 without any residual."""
    se = np.sqrt(rss / df / sxx)
    return np.where(df > 0.0, 2.0 * special.stdtr(np.maximum(df, 1.0), -np.abs(slope) / se), np.nan)


def _median_of_pairs(predictor: FloatArray, response: FloatArray, kept: BoolArray) -> FloatArray:
    """Median slope of the pairs of each selection that differ in the predictor, shape (G, S); NaN without any."""
    first, second = np.triu_indices(predictor.shape[1], 1)
    run, rise = predictor[:, second] - predictor[:, first], response[:, second] - response[:, first]
    slopes = np.divide(rise, run, out=np.full_like(run, np.inf), where=run != 0.0)
    order = np.argsort(slopes, axis=1)
    slopes = np.take_along_axis(slopes, order, 1)
    apart = np.isfinite(slopes)
    medians = np.full(kept.shape[:2], np.nan)
    for sample, places in enumerate(order):
        inside = kept[sample][:, first[places]] & kept[sample][:, second[places]] & apart[sample]
        reached = np.cumsum(inside, axis=1, dtype=np.int32)
        count = reached[:, -1]
        low, high = (
            np.argmax(reached >= at[:, None], axis=1)
            for at in ((np.maximum(count, 1) + 1) // 2, np.maximum(count, 1) // 2 + 1)
        )
        found = count > 0
        medians[sample, found] = ((slopes[sample, low] + slopes[sample, high]) / 2.0)[found]
    return medians


def _rank_score_p_values(stack: Stack, quantiles: tuple[float, ...]) -> list[FloatArray]:
    """P values of no slope at quantiles; see `estimators.rank_score`."""
    weights = np.swapaxes(stack.kept, 1, 2).astype(float)
    higher = (stack.y[:, :, None] > stack.y[:, None, :]).astype(float)
    equal = (stack.y[:, :, None] == stack.y[:, None, :]).astype(float)
    ranks = np.swapaxes(higher @ weights + (equal @ weights + 1.0) / 2.0, 1, 2)
    dx = centre(stack.x, stack.kept)[0]
    n = stack.n
    found = []
    with np.errstate(divide="ignore", invalid="ignore"):
        for quantile in quantiles:
            above = np.clip(ranks - quantile * n[..., None], 0.0, 1.0)
            score = np.sum(dx * above, axis=2) / np.sqrt(quantile * (1.0 - quantile) * np.sum(dx**2, axis=2))
            found.append(np.asarray(2.0 * special.stdtr(np.maximum(n - 2.0, 1.0), -np.abs(score))))
    return found


def _ties(sign: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Sums over groups of ``t`` equal values of t (t - 1) / 2, t (t - 1) (t - 2) and t (t - 1) (2 t + 5)."""
    t = (sign == 0.0).astype(float) @ weights
    pairs, third, fifth = (np.sum(weights * (t - 1.0) * factor, axis=1) for factor in (0.5, t - 2.0, 2.0 * t + 5.0))
    return pairs, third, fifth


@cache
def _kendall_law(n: int) -> FloatArray:
    """Two-sided p values of so many discordant pairs, or fewer, of ``n`` points; the first two beyond `EXACT_KENDALL`.

    Permutations by their inversions are counted by adding one element at a time.
    """
    if n > EXACT_KENDALL:
        return np.array([2.0 / factorial(n), 2.0 / factorial(n - 1)]) if n < 170 else np.zeros(2)
    counts = np.ones(1)
    for size in range(2, n + 1):
        counts = np.convolve(counts, np.ones(size))
    return np.minimum(2.0 * np.cumsum(counts) / factorial(n), 1.0)
