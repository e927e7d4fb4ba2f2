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

from computational_limits.arrays import BoolArray, FloatArray, IntArray
from computational_limits.fits import (
    BREAK_MINIMUM_COMPUTINGS,
    BREAK_MINIMUM_MODELS,
    COMPUTING_ON_PERFORMANCE,
    DIRECTIONS,
    FLOOR_MINIMUM_MODELS,
    HIGHEST_FLOOR,
    LEAST_SQUARES,
    ORTHOGONAL,
    REDUCED_MAJOR_AXIS,
    paper_codes,
    refusal,
)
from computational_limits.scaling import (
    BROKEN,
    FLOORED,
    FORMS,
    LOG10_COMPUTING,
    MINIMUM_MODELS,
    PERFORMANCE_ON_COMPUTING,
    STRAIGHT,
    Form,
    checked_error,
    checked_models,
)
from computational_limits.uncertainty import LEVEL, Interval, inverse_interval

RESAMPLES = 10_000
MINIMUM_PAPERS = 3
"""Fewest papers that are resampled."""
FLOORS = BREAKS = 100
"""Floors or breaks tried in each resample."""


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
    resampled = _resample(compute_gflop, error, papers, resamples, seed)
    draws, codes, too_few, flat = resampled.draws, resampled.codes, resampled.too_few, resampled.flat
    fitted = ~(too_few | flat)
    results = {}
    for form in forms:
        if form.shape != STRAIGHT:
            raise ValueError(f"{form.name} is not resampled: only a straight form is fitted from sums")
        sums = sums_by_paper(form.x(resampled.compute), form.response(resampled.errors), codes)
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


@dataclass(frozen=True, slots=True)
class CrossingBootstrap:
    """Computing at which the laws of resampled papers reach targets.

    Over a dozen papers percentiles cover less than their level: the resamples
    hold fewer different models than the data do.

    Attributes
    ----------
    form : Form
        The form; its floor or break is found anew in each resample.
    direction : str
        One of `fits.DIRECTIONS`.
    papers, resamples : int
        Papers drawn from, and how often.
    failed : int
        Resamples that the form cannot be fitted to.
    log10_gflop : ndarray of float, shape (resamples - failed, m)
        log10 GFLOP at each target. Infinite where the law has its floor at the
        target or above, or does not rise; minus infinity where it needs none.
    level : float
        Coverage of the intervals.
    """

    form: Form
    direction: str
    papers: int
    resamples: int
    failed: int
    log10_gflop: FloatArray
    level: float

    @property
    def intervals(self) -> list[Interval]:
        """Percentile interval of each target; an end is infinite where the resample there never reaches it."""
        count = self.log10_gflop.shape[0]
        shares = ((1.0 - self.level) / 2.0, (1.0 + self.level) / 2.0)
        places = [min(max(int(np.ceil(share * count)) - 1, 0), count - 1) for share in shares]
        lows, highs = np.partition(self.log10_gflop, places, axis=0)[places].tolist()
        return [Interval(low, high) for low, high in zip(lows, highs, strict=True)]

    @property
    def share_never(self) -> FloatArray:
        """Share of the fitted resamples that never reach each target."""
        return np.asarray(np.mean(self.log10_gflop == np.inf, axis=0))


def bootstrap_crossings(
    compute_gflop: ArrayLike,
    error: ArrayLike,
    papers: ArrayLike,
    targets: ArrayLike,
    seed: np.random.SeedSequence | int,
    forms: Iterable[Form] = tuple(FORMS.values()),
    directions: Iterable[str] = (PERFORMANCE_ON_COMPUTING,),
    resamples: int = RESAMPLES,
    level: float = LEVEL,
) -> dict[tuple[str, str], CrossingBootstrap]:
    """Let the laws of resampled papers reach targets.

    Parameters
    ----------
    compute_gflop, error, papers, seed, resamples, level
        As for `bootstrap_papers`; every form and direction sees the same resamples.
    targets : array-like of float, shape (m,)
        Errors, fractions in (0, 1).
    forms : iterable of Form
        Any forms. A floor or a break is that of highest likelihood of
        performance on computing on a grid, a floor to a fraction of its step.
    directions : iterable of str
        Of `fits.DIRECTIONS`.

    Returns
    -------
    dict
        Name of the form and direction to `CrossingBootstrap`; without those
        that no resample can be fitted to, and without the combinations that
        `fits.refusal` names.

    Raises
    ------
    ValueError
        As `bootstrap_papers` does, and if a target is outside (0, 1).
    """
    goals = np.atleast_1d(checked_error(targets))
    resampled = _resample(compute_gflop, error, papers, resamples, seed)
    ways = tuple(directions)
    laws = {FLOORED: _floored_laws, BROKEN: _broken_laws, STRAIGHT: _straight_laws}
    results = {}
    for form in forms:
        asked = [way for way in ways if refusal(form, LEAST_SQUARES, way) is None]
        found = laws[form.shape](resampled, form, goals, asked)
        for way, crossings in found.items():
            if crossings.shape[0]:
                results[form.name, way] = CrossingBootstrap(
                    form=form,
                    direction=way,
                    papers=resampled.draws.shape[1],
                    resamples=resamples,
                    failed=resamples - crossings.shape[0],
                    log10_gflop=crossings,
                    level=level,
                )
    return results


@dataclass(frozen=True, slots=True)
class _Resampled:
    """Models, and how often the paper of each is in each resample."""

    compute: FloatArray
    errors: FloatArray
    codes: IntArray
    draws: FloatArray
    too_few: BoolArray
    flat: BoolArray

    def with_models(self, least: int) -> BoolArray:
        """Resamples with spread and as many different models."""
        return np.asarray(~self.flat & ((self.draws > 0) @ np.bincount(self.codes) >= least))


def _resample(
    compute_gflop: ArrayLike,
    error: ArrayLike,
    papers: ArrayLike,
    resamples: int,
    seed: np.random.SeedSequence | int,
) -> _Resampled:
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
    if np.all(too_few | flat):
        raise ValueError("no resample of the papers has a slope")
    return _Resampled(compute, errors, codes, draws, too_few, flat)


def _straight_laws(
    resampled: _Resampled, form: Form, targets: FloatArray, directions: list[str]
) -> dict[str, FloatArray]:
    x, y = form.x(resampled.compute), form.response(resampled.errors)
    sums = resampled.draws[resampled.with_models(MINIMUM_MODELS)] @ sums_by_paper(x, y, resampled.codes)
    rise = form.response(targets) - y.mean()
    crossings = {
        way: x.mean() + _crossings(sums, np.broadcast_to(rise, (sums.shape[0], targets.size)), way)
        for way in directions
    }
    if form.predictor == LOG10_COMPUTING:
        return crossings
    with np.errstate(divide="ignore"):
        return {way: np.asarray(np.log10(np.maximum(values, 0.0))) for way, values in crossings.items()}


def _crossings(sums: FloatArray, goals: FloatArray, direction: str) -> FloatArray:
    """Where the lines of sums reach responses, shape (resamples, m); infinite for lines that do not rise."""
    n, x, y = sums[:, :3].T
    slopes = slopes_of(sums, direction)
    rising = slopes > 0.0
    run = (goals - (y / n)[:, None]) / np.where(rising, slopes, 1.0)[:, None]
    return np.where(rising[:, None], (x / n)[:, None] + run, np.inf)


def _floored_laws(
    resampled: _Resampled, form: Form, targets: FloatArray, directions: list[str]
) -> dict[str, FloatArray]:
    """Floors are profiled on the grid that belongs to the smallest error of each resample, then between its steps."""
    x, errors, codes = form.x(resampled.compute), resampled.errors, resampled.codes
    dx = x - x.mean()
    draws = resampled.draws[resampled.with_models(FLOOR_MINIMUM_MODELS)]
    if not draws.shape[0]:
        return {}
    smallest = np.where(draws > 0, _bounds(codes, errors)[0], np.inf).min(axis=1)
    floors = np.empty(draws.shape[0])
    for lowest in np.unique(smallest):
        those = smallest == lowest
        grid = np.linspace(0.0, HIGHEST_FLOOR * lowest, FLOORS)
        floors[those] = _peaks(grid, _profiles(draws[those], codes, dx, errors, lowest, grid, form))
    above = np.where(errors >= smallest[:, None], errors - floors[:, None], 1.0)
    y = form.response(above)
    weights = draws[:, codes]
    n = weights.sum(axis=1)
    columns = (
        weights @ dx,
        (weights * y).sum(axis=1),
        weights @ dx**2,
        (weights * y) @ dx,
        (weights * y**2).sum(axis=1),
    )
    sums = np.column_stack([n, *columns])
    left = targets - floors[:, None]
    goals = form.response(np.where(left > 0.0, left, 1.0))
    return {way: np.where(left > 0.0, x.mean() + _crossings(sums, goals, way), np.inf) for way in directions}


def _profiles(
    draws: FloatArray, codes: IntArray, dx: FloatArray, errors: FloatArray, lowest: float, grid: FloatArray, form: Form
) -> FloatArray:
    """Log likelihood of each floor in each resample whose smallest error is ``lowest``, shape (resamples, floors)."""
    above = np.where(errors >= lowest, errors - grid[:, None], 1.0)
    y = form.response(above)
    density = np.log(form.stretch(above) * errors / above)
    sums = np.zeros((draws.shape[1], 4, grid.size))
    np.add.at(sums, codes, np.stack([y, dx * y, y**2, density]).transpose(2, 0, 1))
    total = (draws @ sums.reshape(draws.shape[1], -1)).reshape(-1, 4, grid.size)
    by_x = np.zeros((draws.shape[1], 3))
    np.add.at(by_x, codes, np.column_stack([np.ones_like(dx), dx, dx**2]))
    n, sum_x, sum_xx = ((draws @ by_x).T)[..., None]
    sum_y, sum_xy, sum_yy, densities = np.moveaxis(total, 1, 0)
    rss = sum_yy - sum_y**2 / n - (sum_xy - sum_x * sum_y / n) ** 2 / (sum_xx - sum_x**2 / n)
    return np.asarray(-n / 2.0 * np.log(np.maximum(rss, np.finfo(float).tiny)) + densities)


def _peaks(grid: FloatArray, profiles: FloatArray) -> FloatArray:
    """Place of the highest point of each profile: the vertex of the parabola through it and its neighbours."""
    best = np.argmax(profiles, axis=1)
    inner = np.clip(best, 1, grid.size - 2)
    before, there, after = (np.take_along_axis(profiles, (inner + step)[:, None], 1)[:, 0] for step in (-1, 0, 1))
    bend = before - 2.0 * there + after
    shift = np.divide(before - after, 2.0 * bend, out=np.zeros_like(bend), where=bend < 0.0)
    vertex = grid[inner] + np.clip(shift, -0.5, 0.5) * (grid[1] - grid[0])
    return np.asarray(np.where(best == inner, vertex, grid[best]))


def _broken_laws(
    resampled: _Resampled, form: Form, targets: FloatArray, directions: list[str]
) -> dict[str, FloatArray]:
    """Breaks lie on a grid between the computings that leave enough different ones of the resample on each side."""
    x, y, codes = form.x(resampled.compute), form.response(resampled.errors), resampled.codes
    different = np.unique(x)
    k = BREAK_MINIMUM_COMPUTINGS
    if x.size < BREAK_MINIMUM_MODELS or different.size < 2 * k or not directions:
        return {}
    grid = np.linspace(different[k - 1], different[-k], BREAKS)
    draws, papers = resampled.draws, resampled.draws.shape[1]
    held = np.zeros((papers, different.size))
    held[codes, np.searchsorted(different, x)] = 1.0
    present = (draws @ held > 0).astype(float)
    enough = (present @ (different[:, None] <= grid) >= k) & (present @ (different[:, None] >= grid) >= k)
    kept = enough.any(axis=1) & (draws @ np.bincount(codes) >= BREAK_MINIMUM_MODELS)
    draws, enough = draws[kept], enough[kept]
    dx, dy = x - x.mean(), y - y.mean()
    hinge = np.maximum(x - grid[:, None], 0.0)
    sums = np.zeros((papers, 4, grid.size))
    np.add.at(sums, codes, np.stack([hinge, hinge * dx, hinge**2, hinge * dy]).transpose(2, 0, 1))
    total = (draws @ sums.reshape(papers, -1)).reshape(-1, 4, grid.size)
    n, sum_x, sum_y, sum_xx, sum_xy = (draws @ sums_by_paper(x, y, codes)[:, :5]).T[..., None]
    sum_h, sum_hx, sum_hh, sum_hy = np.moveaxis(total, 1, 0)
    sxx, sxy = sum_xx - sum_x**2 / n, sum_xy - sum_x * sum_y / n
    shx, shh, shy = sum_hx - sum_h * sum_x / n, sum_hh - sum_h**2 / n, sum_hy - sum_h * sum_y / n
    spare, joint = shh - shx**2 / sxx, shy - shx * sxy / sxx
    explained = np.divide(joint**2, spare, out=np.zeros_like(spare), where=enough)
    best = np.argmax(np.where(enough, explained, -1.0), axis=1)[:, None]
    bend, along, mean_h = (
        np.take_along_axis(values, best, 1) for values in (joint / np.where(enough, spare, 1.0), shx, sum_h / n)
    )
    breaks = grid[best] - x.mean()
    below = (sxy - bend * along) / sxx
    above = below + bend
    at_zero = sum_y / n - below * sum_x / n - bend * mean_h
    rise = form.response(targets) - y.mean() - at_zero
    lower = np.divide(rise, below, out=np.full_like(rise, np.inf), where=below > 0.0)
    upper = np.divide(rise + bend * breaks, above, out=np.full_like(rise, np.inf), where=above > 0.0)
    crossing = np.minimum(np.where(lower <= breaks, lower, np.inf), np.where(upper >= breaks, upper, np.inf))
    return dict.fromkeys(directions, np.asarray(x.mean() + crossing))


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
