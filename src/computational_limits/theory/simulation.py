r"""The first figure of the paper, simulated: risks of four estimators over nested samples.

One repetition draws a sample of the largest size; its first rows are the
smaller samples. Everything that depends on the covariates alone (their Gram
matrices, factors of these, their products with the noise) is computed once and
shared by all designs of a call, so designs are compared on the same draws.

A repetition draws from seeds of its own (``SeedSequence`` with the repetition
as spawn key), and BLAS is kept to one thread: the numbers do not depend on how
repetitions are spread over processes. The draws do not depend on which sizes
are asked for either, and risks do so only by the rounding of their sums.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.linalg.blas import dsyrk
from threadpoolctl import threadpool_limits

from computational_limits.arrays import FloatArray
from computational_limits.theory.design import (
    CROSS_VALIDATION,
    DESIGN_COLUMNS,
    EXPERT,
    FLEXIBLE,
    HINDSIGHT,
    KEY_COLUMNS,
    ONE_SE,
    ORACLE,
    REGULARISED,
    Design,
)
from computational_limits.theory.flops import least_squares_flop, minimum_norm_flop
from computational_limits.theory.lasso import MATRICES, Folds, add_up, cross_validated_path
from computational_limits.theory.state_evolution import PENALTIES

FOLDS = 5
"""Folds of the cross-validation; row ``i`` belongs to fold ``i mod FOLDS``."""
PATH_LENGTH = 100
"""Penalties of a path, equally spaced in logarithm."""
PATH_RATIO = 1e-3
"""Lowest penalty of a path over the one at which the first covariate joins."""
LARGEST_GAP = 1e-8
"""Relative duality gap of every solution, at most; one above it is an error."""
MOST_ROWS = 110
"""Observations up to which the sample is kept by rows, beyond as Gram matrices of the folds, whichever is faster."""
RULES = {
    CROSS_VALIDATION: f"lowest error in {FOLDS}-fold cross-validation",
    ONE_SE: "highest penalty within one standard error of that error",
    **{rule: words for rule, (_, words) in PENALTIES.items()},
    HINDSIGHT: "lowest true risk on the path",
}
"""Ways to choose the penalty, and what they mean."""
SIZES = (12, 15, 20, 25, 35, 50, 70, 90, 110, 140, 175, 250, 500, 800, 1000, 1250, 1500, 2500, 5000, 10_000)
"""Sample sizes of the theory chapter: the three published ones among them."""


class UnsolvedError(RuntimeError):
    """A LASSO could not be solved to the gap that is promised."""


def simulate(
    designs: Sequence[Design], sizes: Sequence[int], repetitions: Sequence[int], seed: int
) -> Iterator[pd.DataFrame]:
    """Simulate repetitions one after the other.

    Parameters
    ----------
    designs : sequence of Design
        Problems to solve on the same draws; all with the same number of covariates.
    sizes : sequence of int
        Sample sizes, in any order.
    repetitions : sequence of int
        Which repetitions; each draws from seeds of its own.
    seed : int
        Root of all seeds, at least 0.

    Returns
    -------
    iterator of DataFrame
        For each repetition the columns `KEY_COLUMNS`, ``repetition``, ``risk`` (in
        units of the noise variance) and ``flop``. Least squares on ``k``
        covariates is left out where there are fewer than ``k`` observations,
        unless it fits all of them, by minimum norm.

    Raises
    ------
    ValueError
        Before any work: for no, unlike or repeated designs, sizes below 2 per fold or
        not whole, repetitions below 0 or repeated, a seed below 0, or a design without
        a covariate for the expert to err with.
    UnsolvedError
        For a LASSO whose relative duality gap is not within `LARGEST_GAP`.
    """
    _check(designs, sizes, repetitions, seed)
    return _simulate(tuple(designs), sorted({int(size) for size in sizes}), [int(i) for i in repetitions], int(seed))


def summarise(draws: pd.DataFrame) -> pd.DataFrame:
    """Means over repetitions, with standard errors.

    Parameters
    ----------
    draws : DataFrame
        Rows of `simulate`, of any number of repetitions.

    Returns
    -------
    DataFrame
        Columns `KEY_COLUMNS`, ``repetitions``, ``risk_mean``, ``risk_se``,
        ``performance_mean``, ``performance_se`` and ``flop_mean``; performance is
        minus log10 of the risk. Standard errors are missing for one repetition.
    """
    draws = draws.fillna({"penalty": ""}).assign(performance=-np.log10(draws["risk"]))
    groups = draws.groupby(KEY_COLUMNS, sort=False)
    return groups.agg(
        repetitions=("repetition", "size"),
        risk_mean=("risk", "mean"),
        risk_se=("risk", "sem"),
        performance_mean=("performance", "mean"),
        performance_se=("performance", "sem"),
        flop_mean=("flop", "mean"),
    ).reset_index()


def penalty_path(highest: float) -> FloatArray:
    """Penalties from the one at which the first covariate joins, shape (PATH_LENGTH,)."""
    return np.geomspace(highest, highest * PATH_RATIO, PATH_LENGTH)


def enough_rise(observations: int) -> float:
    """Rise of the held-out error, as a factor, after which a path is not followed further.

    Held-out errors of few observations have several minima, with high walls
    between them; those of many have one. Of 900 paths of the published design, of 12 to
    300 observations, none would have had another penalty further down.
    """
    return 1.0 + min(0.2, 5.0 / observations)


def choose_one_se(held_out: FloatArray) -> int:
    """Step of the highest penalty whose held-out error is within one standard error of the lowest.

    Parameters
    ----------
    held_out : ndarray, shape (steps, folds)
        Held-out errors at falling penalties.

    Returns
    -------
    int
    """
    mean = held_out.mean(axis=1)
    best = int(mean.argmin())
    limit = mean[best] + held_out[best].std(ddof=1) / np.sqrt(held_out.shape[1])
    return int(np.argmax(mean <= limit))


def _check(designs: Sequence[Design], sizes: Sequence[int], repetitions: Sequence[int], seed: int) -> None:
    if not designs:
        raise ValueError("no design to simulate")
    if len({design.covariates for design in designs}) > 1:
        raise ValueError("designs of one simulation must have the same number of covariates")
    keys = [[getattr(design, column) for column in DESIGN_COLUMNS] for design in designs]
    for design, key in zip(designs, keys, strict=True):
        if keys.count(key) > 1:
            raise ValueError(f"two designs have {', '.join(DESIGN_COLUMNS)} in common: {design}")
        if design.relevant >= design.covariates:
            raise ValueError(
                f"the expert needs an irrelevant covariate, but all {design.covariates} are relevant in {design}"
            )
    for name, values, lowest in (
        ("sample size", sizes, 2 * FOLDS),
        ("repetition", repetitions, 0),
        ("seed", [seed], 0),
    ):
        if not len(values):
            raise ValueError(f"no {name} to simulate")
        for value in values:
            if isinstance(value, bool) or not isinstance(value, Integral) or value < lowest:
                raise ValueError(f"a {name} must be a whole number of at least {lowest}, got {value!r}")
    if len(set(repetitions)) < len(repetitions):
        raise ValueError("a repetition is asked for twice")


def _simulate(
    designs: tuple[Design, ...], sizes: list[int], repetitions: list[int], seed: int
) -> Iterator[pd.DataFrame]:
    p = designs[0].covariates
    workspace = np.empty((FOLDS + 1, MATRICES, p, p))
    grams = np.empty((FOLDS + 1, p, p))
    for repetition in repetitions:
        with threadpool_limits(1, user_api="blas"):
            rows = list(_repeat(designs, sizes, repetition, seed, workspace, grams))
        yield pd.DataFrame(rows, columns=[*KEY_COLUMNS, "repetition", "risk", "flop"])


def _repeat(
    designs: tuple[Design, ...], sizes: list[int], repetition: int, seed: int, workspace: FloatArray, grams: FloatArray
) -> Iterator[tuple[Any, ...]]:
    """Rows of one repetition, size by size."""
    sample = _Sample(designs, sizes[-1], repetition, seed, grams)
    for n in sizes:
        sample.grow(n)
        for place, design in enumerate(designs):
            for estimator, penalty, risk, flop in _fits(sample, place, design, workspace):
                yield (
                    design.covariates,
                    design.relevant,
                    design.coefficient_law,
                    design.snr,
                    estimator,
                    penalty,
                    n,
                    repetition,
                    risk / design.noise_variance,
                    flop,
                )


def _fits(
    sample: _Sample, place: int, design: Design, workspace: FloatArray
) -> Iterator[tuple[str, str, float, float]]:
    """Risk and computing of every estimator at the present size."""
    n, p, s = sample.observations, design.covariates, design.relevant
    sigma = design.noise_variance**0.5
    if n >= s:
        yield ORACLE, "", sigma**2 * sample.unit_risk(s), float(least_squares_flop(n, s))
        missed = design.omitted
        gram = _mirrored(sample.gram(s + 1))
        wrong = np.append(np.arange(s - 1), s)
        noise = sigma * sample.noise_products[wrong] + missed * gram[wrong, s - 1]
        error = cho_solve((cholesky(gram[np.ix_(wrong, wrong)], lower=True), True), noise)
        yield EXPERT, "", float(error @ error + missed**2), float(least_squares_flop(n, s))
    if n > p:
        yield FLEXIBLE, "", sigma**2 * sample.unit_risk(p), float(least_squares_flop(n, p))
    else:
        yield FLEXIBLE, "", sample.minimum_norm_risk(place), float(minimum_norm_flop(n, p))
    truth = np.zeros(p)
    truth[:s] = design.coefficients
    data = sample.folds(design)
    highest = float(np.abs(data.correlations.sum(axis=0)).max()) / n
    fixed = {rule: penalty(n, design) for rule, (penalty, _) in PENALTIES.items()}
    order = sorted(fixed, key=lambda rule: -fixed[rule])
    path = cross_validated_path(
        data,
        penalty_path(highest),
        np.array([fixed[rule] for rule in order]),
        truth,
        enough_rise(n),
        workspace,
    )
    gap = max(path.gap.max(), path.fixed_gap.max())
    if not gap <= LARGEST_GAP:
        raise UnsolvedError(f"a LASSO of {n} observations has a relative duality gap of {gap:.1e}")
    gram_flop = float(n * p * (p + 1))
    whole_flop = gram_flop + 2.0 * float(path.products.sum())
    yield REGULARISED, CROSS_VALIDATION, float(path.risk[path.held_out.mean(axis=1).argmin()]), whole_flop
    yield REGULARISED, ONE_SE, float(path.risk[choose_one_se(path.held_out)]), whole_flop
    for rule, risk, products in zip(order, path.fixed_risk, path.fixed_products, strict=True):
        yield REGULARISED, rule, float(risk), gram_flop + 2.0 * float(products)
    yield REGULARISED, HINDSIGHT, float(path.risk.min()), np.nan


class _Sample:
    """A sample that grows by rows, with what the fits need of it.

    Up to `MOST_ROWS` observations its rows are kept, beyond them the upper triangle of
    the Gram matrix of each fold and of all. The noise has unit variance here; a design scales it.
    """

    def __init__(
        self, designs: tuple[Design, ...], largest: int, repetition: int, seed: int, memory: FloatArray
    ) -> None:
        p = designs[0].covariates
        covariates, noise = np.random.SeedSequence(seed, spawn_key=(repetition,)).spawn(2)
        self._covariates = np.random.Generator(np.random.SFC64(covariates))
        self._noise = np.random.Generator(np.random.SFC64(noise))
        self.observations = 0
        self._head, self._head_noise = self._draw(min(p, largest), p)
        self._head_risks = self._interpolate(designs)
        rows = -(-min(MOST_ROWS, largest) // FOLDS)
        self._x = np.zeros((FOLDS, rows, p))
        self._sizes = np.zeros(FOLDS, np.int64)
        self._grams = memory
        self._noise_products = np.zeros((FOLDS, p))
        self._noise_norms = np.zeros(FOLDS)
        self._unit_risks: dict[int, float] = {}

    @property
    def noise_products(self) -> FloatArray:
        """``X'e`` of unit noise, shape (p,)."""
        return np.asarray(self._noise_products.sum(axis=0))

    def grow(self, observations: int) -> None:
        """Take in rows until there are so many."""
        first, head, p = self.observations, len(self._head), self._head.shape[1]
        x, e = self._head[first:observations], self._head_noise[first:observations]
        if observations > head:
            fresh, fresh_noise = self._draw(observations - max(first, head), p)
            x = np.concatenate([x, fresh]) if len(x) else fresh
            e = np.concatenate([e, fresh_noise])
        for fold in range(FOLDS):
            rows = slice((fold - first) % FOLDS, None, FOLDS)
            part, noise = x[rows].astype(float), e[rows]
            before, after = self._sizes[fold], self._sizes[fold] + len(part)
            if observations <= MOST_ROWS:
                self._x[fold, before:after] = part
            else:
                if first <= MOST_ROWS:
                    self._grams[fold] = 0.0
                    self._add_to_gram(fold, self._x[fold, :before])
                self._add_to_gram(fold, part)
            self._noise_products[fold] += noise @ part
            self._noise_norms[fold] += noise @ noise
            self._sizes[fold] = after
        if observations > MOST_ROWS:
            add_up(self._grams)
        self.observations = observations
        self._unit_risks = {}

    def gram(self, count: int) -> FloatArray:
        """Upper triangle of ``X'X`` of the first so many covariates; what is below it has no meaning."""
        if self.observations <= MOST_ROWS:
            return np.asarray(sum(x.T @ x for x in self._x[:, :, :count]))
        return self._grams[FOLDS, :count, :count].copy()

    def unit_risk(self, count: int) -> float:
        """Risk of least squares on the first so many covariates, all relevant ones among them, at unit noise."""
        if count not in self._unit_risks:
            factor = cholesky(self.gram(count).T, lower=True, overwrite_a=True, check_finite=False)
            error = cho_solve((factor, True), self.noise_products[:count], check_finite=False)
            self._unit_risks[count] = float(error @ error)
        return self._unit_risks[count]

    def minimum_norm_risk(self, place: int) -> float:
        """Risk of the interpolation of smallest norm, for at most p observations."""
        return float(self._head_risks[place, self.observations - 1])

    def folds(self, design: Design) -> Folds:
        """The sample by folds, with the responses of a design."""
        s = design.relevant
        beta, sigma = design.coefficients, design.noise_variance**0.5
        if self.observations <= MOST_ROWS:
            x = self._x
            signal = np.stack([(rows[:, :s] @ beta) @ rows for rows in x])
        else:
            x = self._x[:, :0]
            leading = self._grams[:FOLDS, :s].copy()
            leading[:, :, :s] = _mirrored(leading[:, :, :s])
            signal = beta @ leading
        correlations = signal + sigma * self._noise_products
        noise = self._noise_products[:, :s] @ beta
        responses = signal[:, :s] @ beta + 2.0 * sigma * noise + sigma**2 * self._noise_norms
        return Folds(np.ascontiguousarray(x), self._grams, correlations, responses, self._sizes)

    def _draw(self, count: int, p: int) -> tuple[NDArray[np.float32], FloatArray]:
        """Further rows of covariates and noise; many at once are the same as one after the other."""
        return self._covariates.standard_normal((count, p), dtype=np.float32), self._noise.standard_normal(count)

    def _add_to_gram(self, fold: int, x: FloatArray) -> None:
        """Add rows to the upper triangle of a Gram matrix, in place: the transposes are as BLAS expects."""
        if len(x):
            dsyrk(1.0, np.ascontiguousarray(x).T, beta=1.0, c=self._grams[fold].T, lower=1, overwrite_c=1)

    def _interpolate(self, designs: tuple[Design, ...]) -> FloatArray:
        """Risk of minimum norm at every size of the head, shape (designs, sizes).

        One factor ``XX' = LL'`` has those of all its leading parts. The estimate
        ``X'(XX')^-1 y`` has squared norm ``|L^-1 y|^2`` and product
        ``(L^-1 y)'(L^-1 Xb)`` with the truth.
        """
        x = self._head.astype(float)
        signals = np.stack([x[:, : design.relevant] @ design.coefficients for design in designs], axis=1)
        noise = np.array([design.noise_variance**0.5 for design in designs]) * self._head_noise[:, None]
        factor = cholesky(dsyrk(1.0, x.T, trans=1, lower=1), lower=True, overwrite_a=True)
        signal, response = np.hsplit(solve_triangular(factor, np.hstack([signals, signals + noise]), lower=True), 2)
        norms = np.array([design.signal for design in designs])
        return np.asarray((norms + np.cumsum(response**2 - 2.0 * response * signal, axis=0)).T)


def _mirrored(upper: FloatArray) -> FloatArray:
    """Symmetric matrices from their upper triangles."""
    return np.asarray(np.triu(upper) + np.swapaxes(np.triu(upper, 1), -1, -2))
