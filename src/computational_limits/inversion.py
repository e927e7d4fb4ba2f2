"""From models to the computing at which their law reaches a target error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from computational_limits.arrays import FloatArray
from computational_limits.crossing import Crossing, Reach, StraightCrossing, TabulatedCrossing
from computational_limits.estimators import least_squares, t_quantile
from computational_limits.fits import (
    COMPUTING_ON_PERFORMANCE,
    HIGHEST_FLOOR,
    Regression,
    break_likelihood,
    break_range,
    fit,
    floor_likelihood,
    profile,
)
from computational_limits.scaling import (
    BROKEN,
    COMPUTING,
    FLOORED,
    LOG10_COMPUTING,
    PERFORMANCE_ON_COMPUTING,
    POLYNOMIAL,
    STRAIGHT,
    Form,
    checked_error,
    checked_models,
)
from computational_limits.uncertainty import LEVEL, Interval

FIELLER = "Fieller"
STUDENT = "Student"
APPROXIMATE = "Fieller, approximate"
PROFILE = "profile likelihood"
BOOTSTRAP = "bootstrap"
"""Ways to an interval of the crossing; the approximate one is that of the symmetric lines, see `crossing_for`."""
NUISANCES = 257
"""Floors or breaks, of those that the data do not exclude, at which the crossing is computed."""
HIGHEST_TARGET = 0.9
LOWEST_TARGET = 1.0 / 50.0
"""Largest target tabulated, and the smallest as a share of the smallest error."""
FIRST_TARGETS = 33
TOLERANCE = 0.01
"""Decades by which a table may differ from the law half way between its targets."""
TOLERANCE_FROM = 40.0
"""log10 GFLOP beyond which the tolerance grows in proportion."""
CLOSEST_TARGETS = 1e-4
"""Smallest step of a table, in log10 error: where a law runs to its floor no table follows."""


def interval_method(form: Form, direction: str) -> str:
    """How the interval of the crossing of a form in a direction is found."""
    if direction == PERFORMANCE_ON_COMPUTING:
        return FIELLER if form.shape == STRAIGHT else PROFILE
    if form.shape != STRAIGHT:
        return BOOTSTRAP
    return STUDENT if direction == COMPUTING_ON_PERFORMANCE else APPROXIMATE


def crossing_for(
    compute_gflop: ArrayLike,
    error: ArrayLike,
    form: Form = POLYNOMIAL,
    direction: str = PERFORMANCE_ON_COMPUTING,
    level: float = LEVEL,
) -> Crossing:
    """Crossing of the least-squares law of models with any target.

    Parameters
    ----------
    compute_gflop : array-like of float, shape (n,)
        Computing of each model, in GFLOP.
    error : array-like of float, shape (n,)
        Error of each model, as a fraction in (0, 1).
    form : Form
        One of `scaling.EVERY_FORM`.
    direction : str
        One of `fits.DIRECTIONS`.
    level : float
        Coverage of what is tabulated.

    Returns
    -------
    StraightCrossing or TabulatedCrossing
        Of a straight form on log10 computing the first. The intervals of the
        symmetric lines are approximate: their slopes count as independent of
        the centre, with the standard error of `estimators.Line` and the
        scatter of the response about the line. The second holds what
        `reach_targets` gives for targets from `HIGHEST_TARGET` to
        `LOWEST_TARGET` times the smallest error, `TOLERANCE` exact.

    Raises
    ------
    ValueError
        With the rule that is broken, as `fits.fit` does, and where
        `interval_method` is `BOOTSTRAP`.
    """
    compute, errors = checked_models(compute_gflop, error)
    law = _law(compute, errors, form, direction, level)
    if form.shape == STRAIGHT and form.predictor == LOG10_COMPUTING:
        return _straight(law, form.x(compute), form.response(errors))
    reaches = _reaches(law, compute, errors, form)
    targets, values = _tabulate(reaches, HIGHEST_TARGET, LOWEST_TARGET * float(errors.min()))
    log10_compute = np.log10(compute)
    return TabulatedCrossing(
        form.name,
        compute.size,
        level,
        float(log10_compute.min()),
        float(log10_compute.max()),
        law.floor.value if law.floor else None,
        tuple(targets.tolist()),
        *(tuple(column) for column in values.tolist()),
    )


def reach_targets(
    compute_gflop: ArrayLike,
    error: ArrayLike,
    targets: ArrayLike,
    form: Form = POLYNOMIAL,
    direction: str = PERFORMANCE_ON_COMPUTING,
    level: float = LEVEL,
) -> list[Reach]:
    """Where the least-squares law of models reaches targets.

    Parameters
    ----------
    compute_gflop, error, form, direction, level
        As `crossing_for` takes them.
    targets : array-like of float, shape (m,)
        Errors, fractions in (0, 1).

    Returns
    -------
    list of Reach
        One a target. The interval of a form with a floor or a break is that of
        the profile likelihood :cite:p:`venzon1988method`: a computing is inside if a law through it and
        the target, with any floor or break, has a log likelihood that is lower
        than the highest by no more than ``n / 2 log(1 + t^2 / (n - k))``, for
        ``k`` coefficients; without a floor or a break it is Fieller's. A law
        whose floor is not below the target, or that does not rise, never
        reaches it: its computing is infinite, and so is the upper end where
        such a law is within the limit. A new model adds its squared distance
        from the law to those of the models; it does not move the likelihood of
        the floor or the break. Both intervals are exact without these and
        approximate with them. Floors lie below `fits.HIGHEST_FLOOR` of the
        smallest error.

    Raises
    ------
    ValueError
        As `crossing_for` does, and if a target is outside (0, 1).
    """
    goals = np.atleast_1d(checked_error(targets))
    compute, errors = checked_models(compute_gflop, error)
    law = _law(compute, errors, form, direction, level)
    if form.shape == STRAIGHT and form.predictor == LOG10_COMPUTING:
        line = _straight(law, form.x(compute), form.response(errors))
        return [line.reach(goal, level) for goal in goals.tolist()]
    columns = _reaches(law, compute, errors, form)(goals)
    return [
        Reach(estimate, Interval(low, high), Interval(lowest, highest))
        for estimate, low, high, lowest, highest in columns.T.tolist()
    ]


def crossings_of(law: Regression, targets: ArrayLike) -> FloatArray:
    """log10 GFLOP at which a law without a break, on log10 computing, reaches targets; infinite where it never does.

    A law whose floor is not below the target, or that does not rise, never reaches it.
    """
    goals = checked_error(targets)
    reached = (goals > (law.floor.value if law.floor else 0.0)) & (law.slope > 0.0)
    response = law.form.response(np.where(reached, goals, 1.0))
    return np.where(reached, (response - law.intercept) / law.slope, np.inf)


def _law(compute: FloatArray, errors: FloatArray, form: Form, direction: str, level: float) -> Regression:
    law = fit(compute, errors, form, direction, level=level)
    if interval_method(form, direction) == BOOTSTRAP:
        raise ValueError(f"the interval of {form.name}, {direction}, is known from resampled papers alone")
    return law


def _straight(law: Regression, x: FloatArray, y: FloatArray) -> StraightCrossing:
    """Line of a straight form through the means, of any direction."""
    slope, slope_se, residuals = law.slope, law.slope_se, law.residuals
    turned = law.direction == COMPUTING_ON_PERFORMANCE
    if turned:
        line = least_squares(np.column_stack([np.ones_like(y), y]), x)
        slope, slope_se = float(line.coefficients[1]), float(np.sqrt(line.covariance()[1, 1]))
        residuals = line.residuals
    df = law.n - 2
    variance = float(residuals @ residuals) / df
    return StraightCrossing(
        form=law.form.name,
        turned=turned,
        n=law.n,
        df=df,
        centre_x=float(x.mean()),
        centre_y=float(y.mean()),
        slope=slope,
        var_centre=variance / law.n,
        var_slope=slope_se**2,
        var_residual=variance,
        x_low=float(x.min()),
        x_high=float(x.max()),
    )


Reaches = Callable[[FloatArray], FloatArray]
"""From targets, shape (m,), to estimate and ends of the confidence and the prediction interval, shape (5, m)."""


def _reaches(law: Regression, compute: FloatArray, errors: FloatArray, form: Form) -> Reaches:
    """Reaches of any form but the straight ones on log10 computing."""
    if form.shape == FLOORED:
        lines = _lines_above_floors(form.x(compute), errors, form, law.level)
    elif form.shape == BROKEN:
        lines = _lines_about_breaks(form.x(compute), form.response(errors), law.level)
    else:
        line = _straight(law, form.x(compute), form.response(errors))
        if line.turned:
            return lambda targets: _log10(_student_reaches(line, targets, law.level))
        lines = _only_line(line, t_quantile(line.df, law.level))
    return lambda targets: _in_decades(form, lines.reaches(targets, form))


def _in_decades(form: Form, reaches: FloatArray) -> FloatArray:
    return _log10(reaches) if form.predictor == COMPUTING else reaches


def _log10(compute_gflop: FloatArray) -> FloatArray:
    """log10 of computing; minus infinity where none is needed."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log10(np.maximum(compute_gflop, 0.0)))


def _student_reaches(line: StraightCrossing, targets: FloatArray, level: float) -> FloatArray:
    """Reaches of a turned line, in its predictor; infinite where it does not rise."""
    if line.slope <= 0.0:
        return np.full((5, targets.size), np.inf)
    each = [line.reach(target, level) for target in targets.tolist()]
    return np.array(
        [
            (reach.estimate, reach.confidence.low, reach.confidence.high, reach.prediction.low, reach.prediction.high)
            for reach in each
        ]
    ).T


@dataclass(frozen=True, slots=True)
class _Lines:
    """Lines that the data do not exclude, one a floor or break; the first is the most likely.

    Attributes
    ----------
    centre_x, centre_y, slope : ndarray of float, shape (pieces, k)
        Of each line, two pieces of a broken one.
    var_centre, var_slope, var_residual : ndarray of float, shape (pieces, k)
        Squared distance from the target that is allowed, by what it comes from.
    start, stop : ndarray of float, shape (pieces, k)
        Predictors between which a piece holds.
    floor : ndarray of float, shape (k,)
        Irreducible error.
    """

    centre_x: FloatArray
    centre_y: FloatArray
    slope: FloatArray
    var_centre: FloatArray
    var_slope: FloatArray
    var_residual: FloatArray
    start: FloatArray
    stop: FloatArray
    floor: FloatArray

    def reaches(self, targets: FloatArray, form: Form) -> FloatArray:
        """Estimate of the first line and ends over all lines, in the predictor, shape (5, m)."""
        above = targets - self.floor[:, None]
        reachable = above > 0.0
        rise = form.response(np.where(reachable, above, 1.0)) - self.centre_y[..., None]
        estimates = self._estimates(rise)
        estimates[~reachable] = np.inf
        rows = [estimates[0]]
        for variance in (self.var_centre, self.var_centre + self.var_residual):
            low, high = self._ends(rise, variance)
            low, high = np.where(reachable, low, np.inf), np.where(reachable, high, -np.inf)
            rows.append(np.minimum(low.min(axis=(0, 1)), estimates.min(axis=0)))
            rows.append(np.maximum(high.max(axis=(0, 1)), estimates.max(axis=0)))
        return np.array(rows)

    def _estimates(self, rise: FloatArray) -> FloatArray:
        """Least predictor at which each line rises through the target, shape (k, m); infinite where none does."""
        rising = np.broadcast_to((self.slope > 0.0)[..., None], rise.shape)
        run = np.divide(rise, self.slope[..., None], out=np.full_like(rise, np.inf), where=rising)
        x = self.centre_x[..., None] + run
        held = (x >= self.start[..., None]) & (x <= self.stop[..., None])
        return np.asarray(np.where(held, x, np.inf).min(axis=0))

    def _ends(self, rise: FloatArray, var_centre: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Ends of Fieller's set of each piece, (inf, -inf) where it is empty.

        Of a pair of rays, the one of rising lines: above the centre for a target above it.
        """
        slope, var_slope = self.slope[..., None], self.var_slope[..., None]
        a = slope**2 - var_slope
        discriminant = var_slope * rise**2 + var_centre[..., None] * a
        bounded, anything = a > 0.0, discriminant < 0.0
        root = np.sqrt(np.maximum(discriminant, 0.0))
        divisor = np.where(a == 0.0, np.nan, a)
        first, second = (rise * slope - root) / divisor, (rise * slope + root) / divisor
        low, high = np.fmin(first, second), np.fmax(first, second)
        upwards = rise >= 0.0
        ray_low, ray_high = np.where(upwards, high, -np.inf), np.where(upwards, np.inf, low)
        unknown = anything | (a == 0.0)
        low = self.centre_x[..., None] + np.where(bounded, low, np.where(unknown, -np.inf, ray_low))
        high = self.centre_x[..., None] + np.where(bounded, high, np.where(unknown, np.inf, ray_high))
        low, high = np.maximum(low, self.start[..., None]), np.minimum(high, self.stop[..., None])
        empty = (low > high) | (bounded & (slope <= 0.0))
        return np.where(empty, np.inf, low), np.where(empty, -np.inf, high)


def _only_line(line: StraightCrossing, t: float) -> _Lines:
    def only(value: float) -> FloatArray:
        return np.array([[value]])

    return _Lines(
        centre_x=only(line.centre_x),
        centre_y=only(line.centre_y),
        slope=only(line.slope),
        var_centre=only(t**2 * line.var_centre),
        var_slope=only(t**2 * line.var_slope),
        var_residual=only(t**2 * line.var_residual),
        start=only(-np.inf),
        stop=only(np.inf),
        floor=np.zeros(1),
    )


def _accepted(
    log_likelihood: Callable[[FloatArray], FloatArray], low: float, high: float, n: int, k: int, level: float
) -> tuple[FloatArray, FloatArray]:
    """Values of a nuisance parameter within the limit, and by what factor the squared residuals of each may grow."""
    drop = n / 2.0 * float(np.log1p(t_quantile(n - k, level) ** 2 / (n - k)))
    found = profile(log_likelihood, low, high, drop)
    middle, half = (found.interval.high + found.interval.low) / 2.0, (found.interval.high - found.interval.low) / 2.0
    steps = middle - half * np.cos(np.pi * np.linspace(0.0, 1.0, NUISANCES))  # closest together at the ends
    values = np.append(found.value, np.clip(steps, found.interval.low, found.interval.high))
    heights = log_likelihood(values)
    spare = drop + heights - heights[0]
    kept = spare >= -1e-9 * n
    return values[kept], np.exp(2.0 / n * np.maximum(spare[kept], 0.0))


def _lines_above_floors(x: FloatArray, errors: FloatArray, form: Form, level: float) -> _Lines:
    n = errors.size
    floors, factors = _accepted(
        floor_likelihood(x, errors, form), 0.0, HIGHEST_FLOOR * float(errors.min()), n, 3, level
    )
    y = form.response(errors - floors[:, None])
    dx = x - x.mean()
    sxx = float(dx @ dx)
    centre, slope = y.mean(axis=1), y @ dx / sxx
    rss = np.sum((y - centre[:, None] - slope[:, None] * dx) ** 2, axis=1)
    allowed = (rss * (factors - 1.0))[None]
    ends = np.full_like(allowed, np.inf)
    return _Lines(
        centre_x=np.full_like(allowed, x.mean()),
        centre_y=centre[None],
        slope=slope[None],
        var_centre=allowed / n,
        var_slope=allowed / sxx,
        var_residual=allowed,
        start=-ends,
        stop=ends,
        floor=floors,
    )


def _lines_about_breaks(x: FloatArray, y: FloatArray, level: float) -> _Lines:
    n = x.size
    breaks, factors = _accepted(break_likelihood(x, y), *break_range(x), n, 4, level)
    middle = float(x.mean())
    bends = breaks - middle
    dx = x - middle
    design = np.stack(
        [np.ones((breaks.size, n)), np.broadcast_to(dx, (breaks.size, n)), np.maximum(dx - bends[:, None], 0.0)], axis=2
    )
    inverse = np.linalg.inv(np.swapaxes(design, 1, 2) @ design)
    coefficients = np.einsum("kij,kjn,n->ki", inverse, np.swapaxes(design, 1, 2), y)
    rss = np.sum((y - np.einsum("kni,ki->kn", design, coefficients)) ** 2, axis=1)
    allowed = rss * (factors - 1.0)
    zero, one = np.zeros_like(bends), np.ones_like(bends)
    pieces = [
        (np.stack([one, zero, zero], axis=1), np.stack([zero, one, zero], axis=1)),
        (np.stack([one, zero, -bends], axis=1), np.stack([zero, one, one], axis=1)),
    ]
    rows = []
    for at_zero, by_x in pieces:
        var_zero, covariance, var_slope = (
            np.einsum("ki,kij,kj->k", first, inverse, second)
            for first, second in ((at_zero, at_zero), (at_zero, by_x), (by_x, by_x))
        )
        centre = -covariance / var_slope
        slope = np.sum(by_x * coefficients, axis=1)
        level_there = np.sum(at_zero * coefficients, axis=1) + centre * slope
        var_centre = var_zero - covariance**2 / var_slope
        rows.append((middle + centre, level_there, slope, allowed * var_centre, allowed * var_slope, allowed))
    centre_x, centre_y, slopes, var_centres, var_slopes, var_residuals = (
        np.stack(column) for column in zip(*rows, strict=True)
    )
    ends = np.full_like(breaks, np.inf)
    return _Lines(
        centre_x,
        centre_y,
        slopes,
        var_centres,
        var_slopes,
        var_residuals,
        start=np.stack([-ends, breaks]),
        stop=np.stack([breaks, ends]),
        floor=np.zeros_like(breaks),
    )


def _tabulate(reaches: Reaches, highest: float, lowest: float) -> tuple[FloatArray, FloatArray]:
    """Targets, falling, and their reaches, with more targets where the reaches bend."""
    log10_targets = np.linspace(np.log10(highest), np.log10(lowest), FIRST_TARGETS)
    values = reaches(10.0**log10_targets)
    checked = np.zeros(FIRST_TARGETS - 1, dtype=bool)
    while not checked.all():
        places = np.flatnonzero(~checked)
        middles = (log10_targets[places] + log10_targets[places + 1]) / 2.0
        exact = reaches(10.0**middles)
        close = log10_targets[places] - log10_targets[places + 1] < 2.0 * CLOSEST_TARGETS
        fine = np.all(_near(exact, values[:, places], values[:, places + 1]), axis=0) | close
        checked[places] = fine
        split = places[~fine]
        log10_targets = np.insert(log10_targets, split + 1, middles[~fine])
        values = np.insert(values, split + 1, exact[:, ~fine], axis=1)
        checked = np.insert(checked, split + 1, False)
    return 10.0**log10_targets, values


def _near(exact: FloatArray, before: FloatArray, after: FloatArray) -> FloatArray:
    """Whether a number half way between two is their mean, or equally infinite."""
    finite = np.isfinite(exact) & np.isfinite(before) & np.isfinite(after)
    same = (exact == before) & (exact == after)
    with np.errstate(invalid="ignore"):
        distance = np.abs(exact - (before + after) / 2.0)
        near = distance <= TOLERANCE * np.maximum(1.0, np.abs(exact) / TOLERANCE_FROM)
    return np.asarray(same | (finite & near))
