"""Resampling of papers: how sure a slope is when the models of a paper belong together.

A resample draws as many papers as there are, with replacement, and takes all
models of each :cite:p:`davison1997bootstrap`. Sums by paper are all that a
least-squares line needs, so that all resamples are one product of matrices.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from computational_limits.arrays import FloatArray, IntArray
from computational_limits.fits import COMPUTING_ON_PERFORMANCE, DIRECTIONS, ORTHOGONAL, REDUCED_MAJOR_AXIS, paper_codes
from computational_limits.scaling import FORMS, MINIMUM_MODELS, PERFORMANCE_ON_COMPUTING, STRAIGHT, Form, checked_models
from computational_limits.uncertainty import LEVEL, Interval, inverse_interval

RESAMPLES = 10_000
MINIMUM_PAPERS = 3
"""Fewest papers that are resampled."""


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Slopes of one form over resampled papers.

    Attributes
    ----------
    form : Form
        A straight form.
    direction : str
        One of `fits.DIRECTIONS`.
    papers, resamples : int
        Papers drawn from, and how often.
    too_few, no_spread : int
        Resamples with fewer than three different models; others whose models
        all have the same computing or the same error. Neither has a slope.
    estimate : float
        Slope of the models as they are.
    slopes : ndarray of float, shape (resamples - too_few - no_spread,)
        Slopes of the other resamples, in the order drawn.
    level : float
        Coverage of the intervals.
    """

    form: Form
    direction: str
    papers: int
    resamples: int
    too_few: int
    no_spread: int
    estimate: float
    slopes: FloatArray
    level: float

    @property
    def failed_share(self) -> float:
        """Share of the resamples without a slope."""
        return (self.too_few + self.no_spread) / self.resamples

    @property
    def slope_se(self) -> float:
        """Standard deviation of the slopes."""
        return float(np.std(self.slopes, ddof=1))

    @property
    def slope_interval(self) -> Interval:
        """Percentile interval of the slope."""
        low, high = np.quantile(self.slopes, [(1.0 - self.level) / 2.0, (1.0 + self.level) / 2.0])
        return Interval(float(low), float(high))

    @property
    def exponent_interval(self) -> Interval:
        """Interval of ``1 / slope``, by inverting that of the slope."""
        return inverse_interval(self.slope_interval, self.estimate)

    @property
    def share_not_rising(self) -> float:
        """Share of the slopes that are not positive."""
        return float(np.mean(self.slopes <= 0.0))


def bootstrap_papers(
    compute_gflop: ArrayLike,
    error: ArrayLike,
    papers: ArrayLike,
    seed: np.random.SeedSequence | int,
    forms: Iterable[Form] = tuple(FORMS.values()),
    direction: str = PERFORMANCE_ON_COMPUTING,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
) -> dict[str, Bootstrap]:
    """Fit forms to resampled papers.

    Parameters
    ----------
    compute_gflop, error : array-like of float, shape (n,)
        As for `fits.fit`.
    papers : array-like, shape (n,)
        Paper of each model; a missing one counts as a paper of its own.
    seed : SeedSequence or int
        All randomness comes from it. Every form sees the same resamples.
    forms : iterable of Form
        Straight forms.
    direction : str
        One of `fits.DIRECTIONS`.
    resamples : int
        How often to draw.
    level : float
        Coverage of the intervals.

    Returns
    -------
    dict
        Form name to `Bootstrap`.

    Raises
    ------
    ValueError
        If the models break a rule of `scaling.checked_models`, there are fewer
        than three papers, a form is not straight, or no resample has a slope.
    """
    compute, errors = checked_models(compute_gflop, error)
    codes = paper_codes(papers, compute.size)
    count = int(codes.max()) + 1
    if count < MINIMUM_PAPERS:
        raise ValueError(f"resampling needs at least {MINIMUM_PAPERS} papers, got {count}")
    draws = draw_papers(count, resamples, seed)
    drawn = draws > 0
    too_few = drawn @ np.bincount(codes) < MINIMUM_MODELS
    flat = np.zeros(resamples, dtype=bool)
    for values in (compute, errors):
        low, high = _bounds(codes, values)
        flat |= np.where(drawn, high, -np.inf).max(axis=1) == np.where(drawn, low, np.inf).min(axis=1)
    fitted = ~(too_few | flat)
    if not fitted.any():
        raise ValueError("no resample of the papers has a slope")
    results = {}
    for form in forms:
        if form.shape != STRAIGHT:
            raise ValueError(f"{form.name} is not resampled: only a straight form is fitted from sums")
        x, y = form.x(compute), form.response(errors)
        sums = sums_by_paper(x, y, codes)
        results[form.name] = Bootstrap(
            form=form,
            direction=direction,
            papers=draws.shape[1],
            resamples=resamples,
            too_few=int(too_few.sum()),
            no_spread=int((flat & ~too_few).sum()),
            estimate=float(slopes_of(sums.sum(axis=0), direction)),
            slopes=slopes_of(draws[fitted] @ sums, direction),
            level=level,
        )
    return results


def draw_papers(papers: int, resamples: int, seed: np.random.SeedSequence | int) -> FloatArray:
    """How often each paper is in each resample, shape (resamples, papers)."""
    generator = np.random.Generator(np.random.SFC64(seed))
    places = generator.integers(papers, size=(resamples, papers)) + papers * np.arange(resamples)[:, None]
    return np.bincount(places.ravel(), minlength=papers * resamples).reshape(resamples, papers).astype(float)


def sums_by_paper(x: FloatArray, y: FloatArray, codes: IntArray) -> FloatArray:
    """Sums of 1, x, y, x², xy and y² by paper, shape (papers, 6), of values less their means over all models."""
    dx, dy = x - x.mean(), y - y.mean()
    columns = np.column_stack([np.ones_like(dx), dx, dy, dx**2, dx * dy, dy**2])
    sums = np.zeros((int(codes.max()) + 1, columns.shape[1]))
    np.add.at(sums, codes, columns)
    return sums


def slopes_of(sums: FloatArray, direction: str) -> FloatArray:
    """Least-squares slopes in a direction.

    Parameters
    ----------
    sums : ndarray of float, shape (..., 6)
        Sums of 1, x, y, x², xy and y².
    direction : str
        One of `fits.DIRECTIONS`.

    Returns
    -------
    ndarray of float, shape (...)

    Raises
    ------
    ValueError
        If there is no such direction.
    """
    n, x, y, xx, xy, yy = np.moveaxis(sums, -1, 0)
    sxx, sxy, syy = xx - x**2 / n, xy - x * y / n, yy - y**2 / n
    formulas: Mapping[str, tuple[FloatArray, FloatArray]] = {
        PERFORMANCE_ON_COMPUTING: (sxy, sxx),
        COMPUTING_ON_PERFORMANCE: (syy, sxy),
        ORTHOGONAL: (syy - sxx + np.hypot(syy - sxx, 2.0 * sxy), 2.0 * sxy),
        REDUCED_MAJOR_AXIS: (np.copysign(np.sqrt(np.maximum(syy, 0.0)), sxy), np.sqrt(np.maximum(sxx, 0.0))),
    }
    if direction not in formulas:
        raise ValueError(f"no direction {direction!r}: choose from {', '.join(DIRECTIONS)}")
    rise, run = formulas[direction]
    with np.errstate(divide="ignore"):
        return np.asarray(rise / run)


def _bounds(codes: IntArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Smallest and largest value of each paper."""
    low, high = np.full(int(codes.max()) + 1, np.inf), np.full(int(codes.max()) + 1, -np.inf)
    np.minimum.at(low, codes, values)
    np.maximum.at(high, codes, values)
    return low, high
