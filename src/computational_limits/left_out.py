"""Predictions of models by the law of the others, a group left out at a time.

A floor or a break is found anew without each group. What the sums of squares
lose with a group follows from its own residuals and leverage
:cite:p:`cook1977detection`, so that one pass over the models serves every group
that looks at the same places.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from computational_limits.arrays import BoolArray, FloatArray, IntArray
from computational_limits.estimators import least_squares
from computational_limits.fits import FLOOR_MINIMUM_MODELS, GRID, HIGHEST_FLOOR, ZOOMS, break_range, fit
from computational_limits.scaling import BROKEN, FLOORED, STRAIGHT, Form

LogLikelihoods = Callable[[FloatArray, BoolArray], FloatArray]
"""From places, shape (places,), and which groups are wanted to the log likelihood without each, (places, wanted)."""


def predict_left_out(compute_gflop: FloatArray, error: FloatArray, form: Form, groups: ArrayLike) -> FloatArray:
    """Error of each model as predicted by the law of the models outside its group.

    Parameters
    ----------
    compute_gflop, error : ndarray of float, shape (n,)
        Of each model.
    form : Form
        Fitted by least squares; a floor or break is found anew each time.
    groups : array-like of int, shape (n,)
        What is left out together.

    Returns
    -------
    ndarray of float, shape (n,)
        NaN where the models left carry no law, or the law leaves its range.
    """
    labels, codes = np.unique(np.asarray(groups), return_inverse=True)
    places = np.zeros(labels.size)
    if form.shape == FLOORED:
        places = floors_without(compute_gflop, error, codes, form)
    elif form.shape == BROKEN:
        places = breaks_without(form.x(compute_gflop), form.response(error), codes)
    predicted = np.full(error.size, np.nan)
    for code in np.flatnonzero(np.isfinite(places)):
        out = codes == code
        try:
            predicted[out] = _predict(compute_gflop, error, form, out, float(places[code]))
        except ValueError:
            continue
    return predicted


def floors_without(compute_gflop: FloatArray, error: FloatArray, codes: IntArray, form: Form) -> FloatArray:
    """Floor of highest likelihood without each group; see `fits.profile_floor`.

    Parameters
    ----------
    compute_gflop, error : ndarray of float, shape (n,)
        Of each model.
    codes : ndarray of int, shape (n,)
        Group of each model, from 0.
    form : Form
        A form with a floor.

    Returns
    -------
    ndarray of float, shape (groups,)
        NaN where too few models are left.
    """
    x = form.x(compute_gflop)
    left = error.size - np.bincount(codes)
    lowest = np.array([error[codes != code].min(initial=np.inf) for code in range(left.size)])
    enough = left >= FLOOR_MINIMUM_MODELS

    def log_likelihoods(floors: FloatArray, groups: BoolArray) -> FloatArray:
        line = _Lines.without(x, codes, groups)
        above = error - floors[:, None]
        above = np.where(above > 0.0, above, error)  # only in a group that is left out
        y = line.residuals(form.response(above))
        terms = np.log(form.stretch(above) * error / above)
        kept = terms.sum(axis=1, keepdims=True) - line.sums(terms)
        return np.asarray(-left[groups] / 2.0 * np.log(line.products(y, y)) + kept)

    floors = np.full(left.size, np.nan)
    highest = HIGHEST_FLOOR * lowest[enough]
    floors[enough] = _highest_places(log_likelihoods, enough, np.zeros_like(highest), highest)
    return floors


def breaks_without(x: FloatArray, y: FloatArray, codes: IntArray) -> FloatArray:
    """Break of highest likelihood without each group; see `fits.break_likelihood`.

    Parameters
    ----------
    x, y : ndarray of float, shape (n,)
        Predictor and response of each model.
    codes : ndarray of int, shape (n,)
        Group of each model, from 0.

    Returns
    -------
    ndarray of float, shape (groups,)
        NaN where too few models are left.
    """
    ranges = np.full((int(codes.max()) + 1, 2), np.nan)
    for code in range(len(ranges)):
        try:
            ranges[code] = break_range(x[codes != code])
        except ValueError:
            continue
    enough = np.isfinite(ranges[:, 0])

    def log_likelihoods(breaks: FloatArray, groups: BoolArray) -> FloatArray:
        line = _Lines.without(x, codes, groups)
        hinge, response = line.residuals(np.maximum(x - breaks[:, None], 0.0)), line.residuals(y[None, :])
        squares = line.products(response, response)
        return -np.log(squares - line.products(hinge, response) ** 2 / line.products(hinge, hinge))

    breaks = np.full(len(ranges), np.nan)
    breaks[enough] = _highest_places(log_likelihoods, enough, *ranges[enough].T)
    return breaks


@dataclass(frozen=True, slots=True)
class _Lines:
    """The line through all models and, without a further pass, those without each of some groups.

    Attributes
    ----------
    basis : ndarray of float, shape (n, 2)
        Orthonormal columns that span the constant and the predictor.
    order, starts : ndarray of int
        Models of the groups, one group after another, and where each begins.
    inverse : ndarray of float, shape (3, groups)
        Upper triangle of the inverse of what the groups leave of the identity.
    """

    basis: FloatArray
    order: IntArray
    starts: IntArray
    inverse: FloatArray

    @classmethod
    def without(cls, x: FloatArray, codes: IntArray, wanted: BoolArray | None = None) -> _Lines:
        """Lines of a response on ``x`` without each group, or without each of those wanted, shape (groups,)."""
        order = np.argsort(codes, kind="stable")
        order = order if wanted is None else order[wanted[codes[order]]]
        starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
        basis = np.linalg.qr(np.column_stack([np.ones_like(x), x]))[0]
        one, along = basis[order].T
        aa, ab, bb = np.add.reduceat(np.stack([one * one, one * along, along * along]), starts, axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            inverse = np.array([1.0 - bb, ab, 1.0 - aa]) / ((1.0 - aa) * (1.0 - bb) - ab**2)
        return cls(basis, order, starts, inverse)

    def sums(self, values: FloatArray) -> FloatArray:
        """Sums by group of values of shape (places, n)."""
        return np.asarray(np.add.reduceat(values[:, self.order], self.starts, axis=1))

    def residuals(self, values: FloatArray) -> FloatArray:
        """What the line leaves of values of shape (places, n)."""
        return np.asarray(values - (values @ self.basis) @ self.basis.T)

    def products(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """Sums of products of residuals from the lines without each group, shape (places, groups).

        Parameters
        ----------
        first, second : ndarray of float, shape (places, n)
            What `residuals` gives; one place goes with all of the other.
        """
        one, along = self.basis.T
        (a, b), (c, d) = ((self.sums(values * one), self.sums(values * along)) for values in (first, second))
        p, q, r = self.inverse
        both = first * second
        with np.errstate(invalid="ignore"):
            lost = self.sums(both) + p * a * c + q * (a * d + b * c) + r * b * d
        return np.asarray(both.sum(axis=1, keepdims=True) - lost)


def _highest_places(
    log_likelihoods: LogLikelihoods, groups: BoolArray, low: FloatArray, high: FloatArray
) -> FloatArray:
    """Where the profile of each of some groups is highest; the grids are those of `fits.profile`."""
    least, most = low, high
    best = low.copy()
    for _ in range(ZOOMS + 1):
        searched, of = np.unique(np.column_stack([low, high]), axis=0, return_inverse=True)
        for place, ends in enumerate(searched):
            grid, wanted = np.linspace(ends[0], ends[1], GRID), groups.copy()
            wanted[groups] = of == place
            with np.errstate(divide="ignore", invalid="ignore"):
                heights = log_likelihoods(grid, wanted)
            best[of == place] = grid[np.argmax(np.nan_to_num(heights, nan=-np.inf), axis=0)]
        step = (high - low) / (GRID - 1)
        low, high = np.maximum(best - step, least), np.minimum(best + step, most)
    return best


def _predict(compute_gflop: FloatArray, error: FloatArray, form: Form, out: BoolArray, place: float) -> FloatArray:
    """Errors of the models that are out, given the floor or the break of the others."""
    if form.shape != BROKEN:
        given = replace(form.above(place), shape=STRAIGHT) if form.shape == FLOORED else form
        return fit(compute_gflop[~out], error[~out], given).error_at(compute_gflop[out])
    x = form.x(compute_gflop)
    design = np.column_stack([np.ones_like(x), x, np.maximum(x - place, 0.0)])
    return form.error(design[out] @ least_squares(design[~out], form.response(error[~out])).coefficients)
