r"""LASSO paths, every training set of a cross-validation side by side.

The path of the LASSO is piecewise linear in its penalty. `cross_validated_path`
follows it from bend to bend :cite:p:`osborne2000new,efron2004least`, with a
Cholesky factor of the Gram matrix on the active set that gains or loses a row
at each bend, so a solution carries rounding errors only: there is no tolerance.
Covariates far from the active set are left out of the search for the next
bend, by the strong rule :cite:p:`tibshirani2012strong`; after each step the
gradient of all covariates is computed, and a step that lacked one is repeated
with it.

The Gram matrix of a training set is that of all data less that of its held-out
fold. Only rows of covariates that any of the problems watches are needed: they
are formed from the sample when they are, or, where its observations are many,
read from the upper triangles of matrices that the caller accumulates.

Penalties are those of the loss :math:`|y - Xb|^2 / 2n + \lambda |b|_1`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from computational_limits.arrays import FloatArray, IntArray

FAST = {"nnan", "nsz", "contract"}
"""Freedoms of the compiler: no number here is NaN, and a product may be added unrounded.

None that puts a sum in another order: its rounding would depend on where a function
is inlined, which is not the same in code just compiled and in code that was stored.
"""
SLACK = 1e-9
"""Relative distance below which a gradient or a bend counts as the same."""
DEPENDENT = 1e-11
"""A covariate joins if this fraction of its norm is not explained by the active ones."""
MATRICES = 4
"""Matrices of workspace that a problem needs."""
MOST_BENDS = 50
"""Bends between two penalties, per covariate, after which the path is given up: it is caught in ties."""

PATIENCE = 2
"""Penalties that a path is followed past the lowest held-out error and risk, at least."""


class Folds(NamedTuple):
    """Data of a cross-validation, fold by fold.

    Attributes
    ----------
    x : ndarray, shape (folds, rows, p)
        Covariates, to form the rows of the Gram matrices from; without rows, the
        matrices must be there.
    grams : ndarray, shape (folds + 1, p, p)
        ``X'X`` of each fold and of all data, of which only the upper triangles are
        read; or memory for it. It is written to.
    correlations : ndarray, shape (folds, p)
        ``X'y`` of each fold.
    responses : ndarray, shape (folds,)
        ``y'y`` of each fold.
    sizes : ndarray of int, shape (folds,)
        Observations in each fold.
    """

    x: FloatArray
    grams: FloatArray
    correlations: FloatArray
    responses: FloatArray
    sizes: IntArray


class CrossValidatedPath(NamedTuple):
    """Solutions along the penalties, as far as they were followed.

    Attributes
    ----------
    held_out : ndarray, shape (steps, folds)
        Mean squared error on each fold, of the fit to the others.
    risk : ndarray, shape (steps,)
        Squared distance of the fit to all data from the true coefficients.
    gap : ndarray, shape (steps, folds + 1)
        Duality gaps relative to ``|y|^2 / 2``; the last column is that of all data.
    fixed_risk : ndarray, shape (fixed,)
        As ``risk``, at the fixed penalties.
    fixed_gap : ndarray, shape (fixed,)
        Relative duality gaps there.
    products : ndarray of int, shape (folds + 1,)
        Multiply-adds of each problem.
    fixed_products : ndarray of int, shape (fixed,)
        Multiply-adds of the fit to all data as far as each fixed penalty.
    coefficients : ndarray, shape (steps, covariates)
        Coefficients of the fit to all data.
    """

    held_out: FloatArray
    risk: FloatArray
    gap: FloatArray
    fixed_risk: FloatArray
    fixed_gap: FloatArray
    products: IntArray
    fixed_products: IntArray
    coefficients: FloatArray


class _Problem(NamedTuple):
    """One LASSO at the current penalty: p covariates, w of them watched, k of these active."""

    level: Any  # the penalty times the observations, (1,)
    correlations: Any  # X'y, (p,)
    response: float  # |y|^2
    observations: float
    gradient: Any  # X'(y - Xb), (p,)
    unwatched: Any  # 1 for covariates that are not watched, 0 for the others, (p,)
    peak: Any  # highest gradient of the unwatched, (1,)
    count: Any  # w and k
    watched: Any  # covariates in the order they came, (w,)
    rows: Any  # of the Gram matrix, (w, p)
    gram: Any  # of the watched, (w, w)
    held: Any  # Gram matrix of the held-out fold, of the watched, (w, w)
    slope: Any  # gradient of the watched, (w,)
    beta: Any  # coefficients of the watched, (w,)
    is_active: Any  # or dependent on the active, so that it cannot join, (w,)
    active: Any  # places of the active, in the order of the factor, (k,)
    sign: Any  # of their coefficients, (k,)
    factor: Any  # Cholesky, lower, of the Gram matrix of the active, (k, k)
    products: Any  # multiply-adds so far, (1,)


class _Scratch(NamedTuple):
    """Memory used by one problem after the other."""

    direction: Any  # of the active coefficients as the penalty falls, (k,)
    drift: Any  # of the gradient of the watched, (w,)
    active: Any  # the active covariates where a step began
    sign: Any


def cross_validated_path(
    data: Folds,
    penalties: FloatArray,
    fixed: FloatArray,
    truth: FloatArray,
    rise: float,
    workspace: FloatArray | None = None,
) -> CrossValidatedPath:
    """Follow the paths of all training sets and of all data together.

    Parameters
    ----------
    data : Folds
        The sample.
    penalties : ndarray, shape (m,)
        Penalties to solve at, falling.
    fixed : ndarray, shape (q,)
        Penalties at which only the fit to all data is wanted, falling.
    truth : ndarray, shape (p,)
        Coefficients to measure the distance from.
    rise : float
        Stop, `PATIENCE` penalties or more after both the held-out error and the risk
        were lowest, as soon as they are so many times their lowest values; infinite
        to follow the whole path.
    workspace : ndarray, shape (folds + 1, MATRICES, p, p), optional
        Memory to work in, to be used again by the next call.

    Returns
    -------
    CrossValidatedPath
        All arrays cut to the steps that were taken.

    Raises
    ------
    ValueError
        If the penalties are not positive and falling.
    """
    for values in (penalties, fixed):
        if not (np.all(values > 0.0) and np.all(np.diff(values) <= 0.0)):
            raise ValueError("penalties must be above 0 and fall")
    folds, p = data.correlations.shape
    if workspace is None:
        workspace = np.empty((folds + 1, MATRICES, p, p))
    held_out, risk, gap, fixed_risk, fixed_gap, products, fixed_products, coefficients, done = _follow(
        data, penalties, fixed, truth, rise, workspace
    )
    return CrossValidatedPath(
        held_out[:done],
        risk[:done],
        gap[:done],
        fixed_risk,
        fixed_gap,
        products,
        fixed_products,
        coefficients[:done],
    )


@njit(cache=True, nogil=True)
def add_up(grams):  # type: ignore[no-untyped-def]
    """Make the last of some Gram matrices the sum of the others, all of them upper triangles."""
    folds, p = grams.shape[0] - 1, grams.shape[1]
    for i in range(p):
        whole = grams[folds, i, i:]
        whole[:] = grams[0, i, i:]
        for fold in range(1, folds):
            whole += grams[fold, i, i:]


@njit(cache=True, nogil=True)
def _follow(data, penalties, fixed, truth, rise, workspace):  # type: ignore[no-untyped-def]
    correlations, responses, sizes = data.correlations, data.responses, data.sizes
    folds, p = correlations.shape
    steps = penalties.size
    held_out = np.full((steps, folds), np.inf)
    risk = np.full(steps, np.inf)
    gap = np.zeros((steps, folds + 1))
    fixed_risk = np.full(fixed.size, np.inf)
    fixed_gap = np.zeros(fixed.size)
    fixed_products = np.zeros(fixed.size, np.int64)
    coefficients = np.zeros((steps, p))
    products = np.zeros((folds + 1, 1), np.int64)
    is_formed = np.zeros((folds + 1, p), np.bool_)
    scratch = _Scratch(np.empty(p), np.empty(p), np.empty(p, np.int64), np.empty(p))
    every = correlations.sum(axis=0)
    problems = [
        _start(
            every - correlations[fold],
            responses.sum() - responses[fold],
            sizes.sum() - sizes[fold],
            workspace[fold],
            products[fold],
        )
        for fold in range(folds)
    ]
    problems.append(_start(every, responses.sum(), sizes.sum(), workspace[folds], products[folds]))
    whole = problems[folds]
    norm = (truth * truth).sum()
    lowest, lowest_at, nearest, nearest_at = np.inf, 0, np.inf, 0
    passed, done = 0, 0
    risen = False
    while not risen and done < steps:
        step, done = done, done + 1
        for fold in range(folds):
            problem = problems[fold]
            gap[step, fold] = _bring(problem, penalties[step], fold, data, is_formed, scratch)
            held_out[step, fold] = _held_out(problem, data, fold) / sizes[fold]
        while passed < fixed.size and fixed[passed] >= penalties[step]:
            fixed_gap[passed] = _bring(whole, fixed[passed], folds, data, is_formed, scratch)
            fixed_risk[passed] = _distance(whole, truth, norm)
            fixed_products[passed] = whole.products[0]
            passed += 1
        gap[step, folds] = _bring(whole, penalties[step], folds, data, is_formed, scratch)
        risk[step] = _distance(whole, truth, norm)
        for i in range(whole.count[1]):
            coefficients[step, whole.watched[whole.active[i]]] = whole.beta[whole.active[i]]
        mean = held_out[step].mean()
        if mean < lowest:
            lowest, lowest_at = mean, step
        if risk[step] < nearest:
            nearest, nearest_at = risk[step], step
        risen = mean > rise * lowest and risk[step] > rise * nearest
        risen &= step - max(lowest_at, nearest_at) >= PATIENCE
    followed = products[:, 0].copy()
    for rest in range(passed, fixed.size):
        fixed_gap[rest] = _bring(whole, fixed[rest], folds, data, is_formed, scratch)
        fixed_risk[rest] = _distance(whole, truth, norm)
        fixed_products[rest] = whole.products[0]
    return held_out, risk, gap, fixed_risk, fixed_gap, followed, fixed_products, coefficients, done


@njit(cache=True, nogil=True)
def _start(correlations, response, observations, matrices, products):  # type: ignore[no-untyped-def]
    """A problem without a held-out fold, at a penalty so high that no covariate is active."""
    p = correlations.size
    highest = np.abs(correlations).max()
    return _Problem(
        np.array([highest * (1.0 + SLACK)]),
        correlations,
        response,
        observations,
        correlations.copy(),
        np.ones(p),
        np.array([highest]),
        np.zeros(2, np.int64),
        np.empty(p, np.int64),
        matrices[0],
        matrices[1],
        matrices[2],
        np.empty(p),
        np.empty(p),
        np.zeros(p, np.bool_),
        np.empty(p, np.int64),
        np.empty(p),
        matrices[3],
        products,
    )


@njit(cache=True, nogil=True)
def _bring(problem, penalty, out, data, is_formed, scratch):  # type: ignore[no-untyped-def]
    """Bring a problem to a penalty, if that is lower than the present one. The duality gap."""
    now, target = problem.level[0], penalty * problem.observations
    if target >= now:
        return 0.0
    problem.level[0] = target
    _watch(problem, 2.0 * target - now, out, data, is_formed)
    before = problem.count[1]
    for i in range(before):
        scratch.active[i] = problem.active[i]
        scratch.sign[i] = problem.sign[i]
    limit = target * (1.0 + SLACK)
    while True:
        if not _advance(problem, now, target, scratch):
            return np.inf
        gap = _settle(problem, target, scratch)
        if problem.peak[0] <= limit:
            return gap
        _watch(problem, limit, out, data, is_formed)
        for q in range(problem.count[0]):
            problem.is_active[q] = False
            problem.beta[q] = 0.0
        problem.count[1] = 0
        for i in range(before):
            _join(problem, scratch.active[i], scratch.sign[i])
        _settle(problem, now, scratch)


@njit(cache=True, nogil=True, fastmath=FAST)
def _subtract(rows, which, weights, count, values):  # type: ignore[no-untyped-def]
    """Subtract weighted rows, four at a time, for each pass over the values costs."""
    p = values.size
    for i in range(0, count - 3, 4):
        one, two, three, four = rows[which[i]], rows[which[i + 1]], rows[which[i + 2]], rows[which[i + 3]]
        a, b, c, d = weights[i], weights[i + 1], weights[i + 2], weights[i + 3]
        for j in range(p):
            values[j] -= a * one[j] + b * two[j] + c * three[j] + d * four[j]
    for i in range(count - count % 4, count):
        row, a = rows[which[i]], weights[i]
        for j in range(p):
            values[j] -= a * row[j]


@njit(cache=True, nogil=True)
def _dot(one, other, count):  # type: ignore[no-untyped-def]
    """Sum of products, in eight parts that do not wait for each other."""
    a = b = c = d = e = f = g = h = 0.0
    whole = count - count % 8
    for i in range(0, whole, 8):
        a += one[i] * other[i]
        b += one[i + 1] * other[i + 1]
        c += one[i + 2] * other[i + 2]
        d += one[i + 3] * other[i + 3]
        e += one[i + 4] * other[i + 4]
        f += one[i + 5] * other[i + 5]
        g += one[i + 6] * other[i + 6]
        h += one[i + 7] * other[i + 7]
    for i in range(whole, count):
        a += one[i] * other[i]
    return ((a + b) + (c + d)) + ((e + f) + (g + h))


@njit(cache=True, nogil=True, fastmath=FAST)
def _form(data, matrix, j, is_formed):  # type: ignore[no-untyped-def]
    """Form the row of a Gram matrix that belongs to a covariate, unless it is."""
    if is_formed[matrix, j]:
        return
    if data.x.shape[1] == 0:
        is_formed[matrix, j] = True
        gram = data.grams[matrix]
        for q in range(j):
            gram[j, q] = gram[q, j]
        return
    is_formed[:, j] = True
    every = np.arange(data.x.shape[1])
    folds = data.sizes.size
    whole = data.grams[folds, j]
    whole[:] = 0.0
    for fold in range(folds):
        part = data.grams[fold, j]
        part[:] = 0.0
        _subtract(data.x[fold], every, -data.x[fold, :, j], data.sizes[fold], part)
        whole += part


@njit(cache=True, nogil=True, fastmath=FAST)
def _watch(problem, level, out, data, is_formed):  # type: ignore[no-untyped-def]
    """Watch every covariate whose gradient exceeds a level: take over its rows of the Gram matrices."""
    if problem.peak[0] <= level:
        return
    p = problem.gradient.size
    w = problem.count[0]
    folds = data.sizes.size
    for j in range(p):
        if problem.unwatched[j] == 0.0 or abs(problem.gradient[j]) <= level:
            continue
        problem.unwatched[j] = 0.0
        problem.watched[w] = j
        _form(data, folds, j, is_formed)
        row, whole = problem.rows[w], data.grams[folds, j]
        if out == folds:
            row[:] = whole
        else:
            _form(data, out, j, is_formed)
            part = data.grams[out, j]
            for q in range(p):
                row[q] = whole[q] - part[q]
            for i in range(w + 1):
                problem.held[w, i] = problem.held[i, w] = part[problem.watched[i]]
        for i in range(w + 1):
            problem.gram[w, i] = problem.gram[i, w] = row[problem.watched[i]]
        problem.slope[w] = problem.gradient[j]
        problem.beta[w] = 0.0
        problem.is_active[w] = False
        w += 1
    problem.count[0] = w


@njit(cache=True, nogil=True, fastmath=FAST)
def _turn(problem, scratch):  # type: ignore[no-untyped-def]
    """Directions of the active coefficients and of the gradients as the penalty falls."""
    w, k = problem.count
    direction, drift = scratch.direction, scratch.drift
    direction[:k] = problem.sign[:k]
    _solve(problem.factor, k, direction)
    drift[:w] = 0.0
    _subtract(problem.gram, problem.active, -direction, k, drift[:w])
    problem.products[0] += k * k + k * w


@njit(cache=True, nogil=True, fastmath=FAST)
def _advance(problem, now, target, scratch):  # type: ignore[no-untyped-def]
    """Follow the path to a lower penalty, bend by bend, among the watched covariates. Whether it gets there."""
    w = problem.count[0]
    beta, slope, drift, direction = problem.beta, problem.slope, scratch.drift, scratch.direction
    last = -1
    for _ in range(MOST_BENDS * (w + 1)):
        k = problem.count[1]
        _turn(problem, scratch)
        bend, where, leaves = target, -1, False
        for q in range(w):  # a gradient that reaches the penalty, from either side
            if problem.is_active[q]:
                continue
            top = now * (1.0 - SLACK) if q == last else now * (1.0 + SLACK)
            change = drift[q]
            rest = slope[q] - now * change
            if change < 1.0 and bend * (1.0 - change) < rest <= top * (1.0 - change):
                bend, where, leaves = min(rest / (1.0 - change), now), q, False
            if change > -1.0 and bend * (1.0 + change) < -rest <= top * (1.0 + change):
                bend, where, leaves = min(-rest / (1.0 + change), now), q, False
        for i in range(k):  # a coefficient that reaches zero
            a = problem.active[i]
            if a != last and direction[i] * problem.sign[i] < 0.0:
                meets = now + beta[a] / direction[i]
                if bend < meets <= now:
                    bend, where, leaves = meets, i, True
        for i in range(k):
            beta[problem.active[i]] += (now - bend) * direction[i]
        for q in range(w):
            slope[q] -= (now - bend) * drift[q]
        now = bend
        if where < 0:
            return True
        if leaves:
            last = problem.active[where]
            _leave(problem, where)
        else:
            last = where
            _join(problem, where, 1.0 if slope[where] > 0.0 else -1.0)
    return False


@njit(cache=True, nogil=True, fastmath=FAST)
def _join(problem, a, sign):  # type: ignore[no-untyped-def]
    """Make a watched covariate active, one more row of the factor, unless it depends on the active ones."""
    k = problem.count[1]
    factor = problem.factor
    row = factor[k]
    problem.is_active[a] = True
    if k >= problem.observations:  # the residual is zero
        return
    column = problem.gram[a]
    norm = column[a]
    left = norm
    for i in range(k):
        row[i] = (column[problem.active[i]] - _dot(factor[i], row, i)) / factor[i, i]
        left -= row[i] * row[i]
    if left <= DEPENDENT * norm:
        return
    row[k] = np.sqrt(left)
    problem.active[k] = a
    problem.sign[k] = sign
    problem.count[1] = k + 1


@njit(cache=True, nogil=True)
def _leave(problem, where):  # type: ignore[no-untyped-def]
    """Make an active covariate inactive: one row of the factor less, by rotations."""
    k = problem.count[1]
    factor = problem.factor
    problem.beta[problem.active[where]] = 0.0
    problem.is_active[: problem.count[0]] = False
    for i in range(where, k - 1):
        problem.active[i] = problem.active[i + 1]
        problem.sign[i] = problem.sign[i + 1]
        for q in range(i + 2):
            factor[i, q] = factor[i + 1, q]
    for i in range(where, k - 1):
        length = np.hypot(factor[i, i], factor[i, i + 1])
        cosine, sine = factor[i, i] / length, factor[i, i + 1] / length
        factor[i, i] = length
        for q in range(i + 1, k - 1):
            one, two = factor[q, i], factor[q, i + 1]
            factor[q, i] = cosine * one + sine * two
            factor[q, i + 1] = cosine * two - sine * one
    for i in range(k - 1):
        problem.is_active[problem.active[i]] = True
    problem.count[1] = k - 1


@njit(cache=True, nogil=True, fastmath=FAST)
def _solve(factor, k, values):  # type: ignore[no-untyped-def]
    """Solve with a Cholesky factor, in place."""
    for i in range(k):
        row = factor[i]
        values[i] = (values[i] - _dot(row, values, i)) / row[i]
    for i in range(k - 1, -1, -1):
        row = factor[i]
        value = values[i] / row[i]
        values[i] = value
        for q in range(i):
            values[q] -= value * row[q]


@njit(cache=True, nogil=True, fastmath=FAST)
def _settle(problem, penalty, scratch):  # type: ignore[no-untyped-def]
    """Solve anew on the active set; gradient of all covariates and relative duality gap."""
    k = problem.count[1]
    p = problem.gradient.size
    beta, gradient = scratch.direction, problem.gradient
    for i in range(k):
        beta[i] = problem.correlations[problem.watched[problem.active[i]]] - penalty * problem.sign[i]
    _solve(problem.factor, k, beta)
    with_response, length = 0.0, 0.0
    gradient[:] = problem.correlations
    for i in range(k):
        value, a = beta[i], problem.active[i]
        problem.beta[a] = value
        with_response += value * problem.correlations[problem.watched[a]]
        length += abs(value)
    _subtract(problem.rows, problem.active, beta, k, gradient)
    problem.products[0] += k * k + k * p
    with_gradient, peak, largest = 0.0, 0.0, 0.0
    for i in range(k):
        with_gradient += beta[i] * gradient[problem.watched[problem.active[i]]]
    for j in range(p):
        value = abs(gradient[j])
        largest = max(largest, value)
        peak = max(peak, value * problem.unwatched[j])
    problem.peak[0] = peak
    for q in range(problem.count[0]):
        problem.slope[q] = gradient[problem.watched[q]]
    squares = problem.response - with_response - with_gradient  # |y - Xb|^2
    scale = min(1.0, penalty / largest)  # makes the residual feasible in the dual
    primal = 0.5 * squares + penalty * length
    dual = scale * (problem.response - with_response) - 0.5 * scale * scale * squares
    return (primal - dual) / (0.5 * problem.response)


@njit(cache=True, nogil=True, fastmath=FAST)
def _held_out(problem, data, fold):  # type: ignore[no-untyped-def]
    """Squared error on the held-out fold."""
    w, k = problem.count
    error = data.responses[fold]
    for i in range(k):
        a = problem.active[i]
        value = _dot(problem.held[a], problem.beta, w) - 2.0 * data.correlations[fold, problem.watched[a]]
        error += problem.beta[a] * value
    return error


@njit(cache=True, nogil=True)
def _distance(problem, truth, norm):  # type: ignore[no-untyped-def]
    """Squared distance of the coefficients from the true ones."""
    distance = norm
    for i in range(problem.count[1]):
        a = problem.active[i]
        distance += problem.beta[a] * (problem.beta[a] - 2.0 * truth[problem.watched[a]])
    return distance
