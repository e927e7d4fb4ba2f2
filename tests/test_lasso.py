"""LASSO paths against scikit-learn, the conditions of optimality, and what they must not depend on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Lasso, LassoCV, lasso_path

from computational_limits.arrays import FloatArray
from computational_limits.theory.design import Design
from computational_limits.theory.lasso import (
    MATRICES,
    PATIENCE,
    CrossValidatedPath,
    Folds,
    add_up,
    cross_validated_path,
)
from computational_limits.theory.simulation import FOLDS, PATH_LENGTH, penalty_path

NOWHERE = np.empty(0)
"""No fixed penalties."""
NEVER = float("inf")
"""Rise at which a path is stopped early."""


def draw(observations: int, covariates: int, seed: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Covariates, responses and coefficients, five of which are not zero."""
    generator = np.random.default_rng([seed, observations, covariates])
    truth = np.zeros(covariates)
    truth[:5] = [3.0, -2.0, 2.0, 1.0, -0.5]
    x = generator.standard_normal((observations, covariates))
    return x, x @ truth + generator.standard_normal(observations), truth


def arrange(x: FloatArray, y: FloatArray, as_rows: bool) -> Folds:
    """Row i in fold i mod 5; what must not be read is NaN."""
    p = x.shape[1]
    parts = [slice(fold, None, FOLDS) for fold in range(FOLDS)]
    sizes = np.array([len(y[part]) for part in parts])
    rows = np.full((FOLDS, sizes.max() if as_rows else 0, p), np.nan)
    grams = np.full((FOLDS + 1, p, p), np.nan)
    upper = np.triu_indices(p)
    for fold, part in enumerate(parts):
        if as_rows:
            rows[fold, : sizes[fold]] = x[part]
        else:
            grams[fold][upper] = (x[part].T @ x[part])[upper]
    if not as_rows:
        add_up(grams)
    correlations = np.stack([y[part] @ x[part] for part in parts])
    return Folds(rows, grams, correlations, np.array([y[part] @ y[part] for part in parts]), sizes)


def follow(
    x: FloatArray,
    y: FloatArray,
    penalties: FloatArray,
    truth: FloatArray | None = None,
    fixed: FloatArray = NOWHERE,
    rise: float = NEVER,
    as_rows: bool = True,
) -> CrossValidatedPath:
    """The path to its end unless told otherwise, in memory full of NaN."""
    p = x.shape[1]
    memory = np.full((FOLDS + 1, MATRICES, p, p), np.nan)
    truth = np.zeros(p) if truth is None else truth
    return cross_validated_path(arrange(x, y, as_rows), penalties, fixed, truth, rise, memory)


def path_of(x: FloatArray, y: FloatArray) -> FloatArray:
    """Penalties from the one at which the first covariate joins."""
    return penalty_path(float(np.abs(y @ x).max()) / len(y))


def relative_gap(x: FloatArray, y: FloatArray, beta: FloatArray, penalty: float) -> float:
    """Duality gap of ``|y - Xb|^2 / 2 + n penalty |b|_1`` over ``|y|^2 / 2``, from the data alone."""
    residual = y - x @ beta
    level = len(y) * penalty
    dual = residual * min(1.0, level / np.abs(residual @ x).max())
    primal = 0.5 * residual @ residual + level * np.abs(beta).sum()
    return float((primal - (0.5 * y @ y - 0.5 * (y - dual) @ (y - dual))) / (0.5 * y @ y))


def gaps_of(x: FloatArray, y: FloatArray, penalties: FloatArray, path: CrossValidatedPath) -> FloatArray:
    steps = len(path.coefficients)
    return np.array(
        [relative_gap(x, y, *solution) for solution in zip(path.coefficients, penalties[:steps], strict=True)]
    )


def splits(observations: int) -> list[tuple[FloatArray, FloatArray]]:
    """Training and held-out rows of each fold."""
    fold = np.arange(observations) % FOLDS
    return [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(FOLDS)]


def fit_lasso_cv(x: FloatArray, y: FloatArray, penalties: FloatArray, tolerance: float) -> LassoCV:
    model = LassoCV(alphas=penalties, cv=splits(len(y)), fit_intercept=False, tol=tolerance, max_iter=10**6)
    return model.fit(x, y)


@pytest.mark.parametrize("as_rows", [True, False], ids=["rows", "Gram matrices"])
@pytest.mark.parametrize("covariates", [40, 80])
@pytest.mark.parametrize("observations", [15, 43, 80, 200])
@pytest.mark.parametrize("seed", [0, 1])
def test_solutions_are_those_of_scikit_learn(seed: int, observations: int, covariates: int, as_rows: bool) -> None:
    x, y, truth = draw(observations, covariates, seed)
    penalties = path_of(x, y)
    path = follow(x, y, penalties, truth, as_rows=as_rows)
    assert path.coefficients.shape == (PATH_LENGTH, covariates)
    assert gaps_of(x, y, penalties, path).max() < 1e-12
    expected = lasso_path(x, y, alphas=penalties, tol=1e-13, max_iter=10**6)[1].T
    assert path.coefficients == pytest.approx(expected, abs=1e-7)
    assert path.risk == pytest.approx(np.sum((expected - truth) ** 2, axis=1), rel=1e-7, abs=1e-7)


@pytest.mark.parametrize("as_rows", [True, False], ids=["rows", "Gram matrices"])
@pytest.mark.parametrize(("observations", "covariates"), [(15, 40), (43, 80), (80, 80), (200, 40)])
def test_cross_validation_is_that_of_scikit_learn(observations: int, covariates: int, as_rows: bool) -> None:
    """Folds of 3; of 9 and 8; of 16 and 40 rows."""
    x, y, truth = draw(observations, covariates, seed=2)
    penalties = path_of(x, y)
    path = follow(x, y, penalties, truth, as_rows=as_rows)
    model = fit_lasso_cv(x, y, penalties, tolerance=1e-10)
    assert path.held_out == pytest.approx(model.mse_path_, rel=1e-5)
    assert penalties[path.held_out.mean(axis=1).argmin()] == model.alpha_


@pytest.mark.parametrize(("observations", "as_rows"), [(50, True), (175, True), (1500, False)])
def test_the_published_design_is_solved_and_cross_validated_like_by_scikit_learn(
    observations: int, as_rows: bool
) -> None:
    design = Design()
    generator = np.random.default_rng(observations)
    truth = np.zeros(design.covariates)
    truth[: design.relevant] = design.coefficients
    x = generator.standard_normal((observations, design.covariates))
    y = x @ truth + generator.standard_normal(observations)
    penalties = path_of(x, y)[:70]  # the rest costs scikit-learn most of its time
    path = follow(x, y, penalties, truth, as_rows=as_rows)
    assert gaps_of(x, y, penalties, path).max() < 1e-12
    assert np.abs(path.gap).max() < 1e-12
    model = fit_lasso_cv(x, y, penalties, tolerance=1e-8)
    assert path.held_out == pytest.approx(model.mse_path_, rel=1e-3)
    assert penalties[path.held_out.mean(axis=1).argmin()] == model.alpha_


@given(
    observations=st.integers(5, 40),
    covariates=st.integers(1, 30),
    factors=st.integers(1, 30),
    seed=st.integers(0, 10**6),
    as_rows=st.booleans(),
)
@settings(deadline=None, max_examples=150)
def test_solutions_meet_the_conditions_of_optimality(
    observations: int, covariates: int, factors: int, seed: int, as_rows: bool
) -> None:
    """Covariates are correlated, and of lower rank where the factors behind them are few."""
    generator = np.random.default_rng(seed)
    x = generator.standard_normal((observations, factors)) @ generator.standard_normal((factors, covariates))
    y = x @ generator.standard_normal(covariates) + generator.standard_normal(observations)
    penalties = path_of(x, y)
    path = follow(x, y, penalties, as_rows=as_rows)
    for beta, penalty in zip(path.coefficients, penalties, strict=True):
        gradient = (y - x @ beta) @ x / observations
        active = beta != 0.0
        assert np.all(np.abs(gradient) < penalty + 1e-9 * penalties[0])
        assert np.all(np.abs(gradient[active] - penalty * np.sign(beta[active])) < 1e-9 * penalties[0])


@pytest.mark.parametrize("seed", range(40))
def test_copies_of_a_column_neither_stop_nor_bend_the_path(seed: int) -> None:
    """The first two columns are there four times, once with the other sign."""
    x, y, _ = draw(10 + seed, 5 + seed % 30, seed)
    x = np.hstack([x, x[:, :2], -x[:, :2], x[:, :2]])
    penalties = path_of(x, y)
    for as_rows in (True, False):
        path = follow(x, y, penalties, as_rows=as_rows)
        assert gaps_of(x, y, penalties, path).max() < 1e-12
        assert path.gap.max() < 1e-12


@pytest.mark.parametrize("seed", range(40))
def test_covariates_that_join_at_the_same_penalty_all_join(seed: int) -> None:
    """Small whole numbers tie all the time."""
    generator = np.random.default_rng(seed)
    x = generator.integers(-1, 2, (20 + seed // 2, 5 + seed)).astype(float)
    y = generator.integers(-2, 3, len(x)) + 2.0 * x[:, 0]
    penalties = path_of(x, y)
    for as_rows in (True, False):
        path = follow(x, y, penalties, as_rows=as_rows)
        assert gaps_of(x, y, penalties, path).max() < 1e-12
        assert path.gap.max() < 1e-12


@pytest.mark.parametrize(("observations", "covariates"), [(30, 60), (120, 40)])
def test_the_reported_gap_is_that_of_the_data(observations: int, covariates: int) -> None:
    x, y, _ = draw(observations, covariates, seed=3)
    penalties = path_of(x, y)
    path = follow(x, y, penalties)
    assert path.gap[:, FOLDS] == pytest.approx(gaps_of(x, y, penalties, path), abs=1e-13)


@pytest.mark.parametrize(("observations", "covariates"), [(15, 40), (43, 80), (200, 40)])
def test_rows_and_gram_matrices_give_the_same_path(observations: int, covariates: int) -> None:
    x, y, truth = draw(observations, covariates, seed=4)
    penalties = path_of(x, y)
    one, other = (follow(x, y, penalties, truth, as_rows=as_rows) for as_rows in (True, False))
    assert one.coefficients == pytest.approx(other.coefficients, abs=1e-10)
    assert one.held_out == pytest.approx(other.held_out, rel=1e-10)


def test_memory_that_was_used_before_changes_nothing() -> None:
    x, y, truth = draw(40, 60, seed=5)
    penalties, fixed = path_of(x, y), np.array([0.5, 0.1])
    memory = np.empty((FOLDS + 1, MATRICES, 60, 60))
    runs = [
        cross_validated_path(arrange(sample, y, True), penalties, fixed, truth, 1.01, memory)
        for sample in (x, x[::-1], x)
    ]
    alone = cross_validated_path(arrange(x, y, True), penalties, fixed, truth, 1.01)
    for first, again, fresh in zip(runs[0], runs[2], alone, strict=True):
        assert np.array_equal(first, again)
        assert np.array_equal(first, fresh)
    assert not np.array_equal(runs[0].risk, runs[1].risk)


def test_order_and_sign_of_the_columns_are_those_of_the_coefficients() -> None:
    x, y, truth = draw(43, 60, seed=6)
    penalties = path_of(x, y)
    generator = np.random.default_rng(0)
    order, sign = generator.permutation(60), generator.choice([-1.0, 1.0], 60)
    path = follow(x, y, penalties, truth)
    turned = follow(x[:, order] * sign, y, penalties, truth[order] * sign)
    assert turned.coefficients == pytest.approx(path.coefficients[:, order] * sign, abs=1e-10)
    assert turned.risk == pytest.approx(path.risk, rel=1e-10)
    assert turned.held_out == pytest.approx(path.held_out, rel=1e-10)


@pytest.mark.parametrize("rise", [1.0, 1.01, 1.05])
@pytest.mark.parametrize(("observations", "covariates"), [(60, 80), (80, 60), (90, 80)])
def test_stopping_early_gives_the_first_steps_of_the_whole_path(
    observations: int, covariates: int, rise: float
) -> None:
    x, y, truth = draw(observations, covariates, seed=7)
    penalties = path_of(x, y)
    whole = follow(x, y, penalties, truth)
    early = follow(x, y, penalties, truth, rise=rise)
    steps = len(early.risk)
    assert steps < len(whole.risk) == PATH_LENGTH
    for part, full in (
        (early.risk, whole.risk),
        (early.held_out, whole.held_out),
        (early.gap, whole.gap),
        (early.coefficients, whole.coefficients),
    ):
        assert np.array_equal(part, full[:steps])
    error = whole.held_out.mean(axis=1)
    lowest = [(error[: k + 1].argmin(), whole.risk[: k + 1].argmin()) for k in range(PATH_LENGTH)]
    stops = [
        k
        for k, (chosen, nearest) in enumerate(lowest)
        if k - max(chosen, nearest) >= PATIENCE
        and error[k] > rise * error[chosen]
        and whole.risk[k] > rise * whole.risk[nearest]
    ]
    assert steps == stops[0] + 1


@pytest.mark.parametrize("rise", [1.0, NEVER])
@pytest.mark.parametrize(("observations", "covariates"), [(30, 60), (200, 40)])
def test_fixed_penalties_above_on_between_and_below_the_path(observations: int, covariates: int, rise: float) -> None:
    x, y, truth = draw(observations, covariates, seed=8)
    penalties = path_of(x, y)
    above, below = 1.3 * penalties[0], 0.4 * penalties[-1]
    fixed = np.array([2.0 * above, above, penalties[20], np.sqrt(penalties[40] * penalties[41]), below])
    path = follow(x, y, penalties, truth, fixed, rise)
    models = [Lasso(alpha=penalty, fit_intercept=False, tol=1e-13, max_iter=10**6).fit(x, y) for penalty in fixed]
    expected = [np.sum((model.coef_ - truth) ** 2) for model in models]
    assert path.fixed_risk == pytest.approx(expected, rel=1e-6)
    assert path.fixed_risk[:2] == pytest.approx(truth @ truth)
    without = follow(x, y, penalties, truth, rise=rise)
    assert without.coefficients == pytest.approx(path.coefficients, abs=1e-10)


def test_multiply_adds_grow_along_the_path() -> None:
    x, y, truth = draw(43, 60, seed=9)
    penalties = path_of(x, y)
    fixed = penalties[0] * np.array([2.0, 0.5, 0.05, 0.0005])
    path = follow(x, y, penalties, truth, fixed)
    assert path.fixed_products[0] == 0
    assert np.all(np.diff(path.fixed_products) > 0)
    assert path.fixed_products[2] < path.products[FOLDS] < path.fixed_products[3]
    assert np.all(path.products > 0)
    shorter = follow(x, y, penalties[:50], truth)
    assert np.all(shorter.products < path.products)


def test_a_single_covariate_by_hand() -> None:
    """The solution is the soft-thresholded regression coefficient."""
    x = np.array([[1.0], [2.0], [0.0], [-1.0], [1.0], [3.0], [0.0]])
    y = np.array([2.0, 3.0, 1.0, 0.0, 0.0, 5.0, -1.0])
    penalties = np.array([4.0, 3.0, 2.0, 1.0])
    path = follow(x, y, penalties, np.array([1.0]))
    expected = np.maximum(x[:, 0] @ y - 7.0 * penalties, 0.0) / 16.0
    assert expected.tolist() == [0.0, 0.125, 0.5625, 1.0]
    assert path.coefficients[:, 0] == pytest.approx(expected)
    assert path.risk == pytest.approx((expected - 1.0) ** 2)
    first = np.delete(np.arange(7), [0, 5])  # the training rows of the first fold
    trained = np.maximum(x[first, 0] @ y[first] - 5.0 * penalties, 0.0) / 6.0
    held_out = ((2.0 - trained) ** 2 + (5.0 - 3.0 * trained) ** 2) / 2.0
    assert path.held_out[:, 0] == pytest.approx(held_out)


@pytest.mark.parametrize(
    "values",
    [[0.1, 0.2], [0.3, 0.1, 0.2], [0.1, 0.0], [-0.1], [float("nan"), 0.1], [0.1, float("nan")]],
)
def test_refuses_penalties_that_rise_or_are_not_positive(values: list[float]) -> None:
    x, y, truth = draw(20, 10, seed=10)
    good, bad = np.array([0.5, 0.1]), np.array(values)
    for penalties, fixed in ((bad, good), (good, bad)):
        with pytest.raises(ValueError, match="penalties must be above 0 and fall"):
            follow(x, y, penalties, truth, fixed)


@pytest.mark.parametrize("size", [1, 31, 70])
def test_only_upper_triangles_are_added_up(size: int) -> None:
    grams = np.random.default_rng(size).standard_normal((FOLDS + 1, size, size))
    before = grams.copy()
    add_up(grams)
    assert np.array_equal(grams[:FOLDS], before[:FOLDS])
    assert np.triu(grams[FOLDS]) == pytest.approx(np.triu(before[:FOLDS].sum(axis=0)), rel=1e-14)
    assert np.array_equal(np.tril(grams[FOLDS], -1), np.tril(before[FOLDS], -1))


@pytest.mark.parametrize("seed", range(60))
def test_ties_between_copied_columns_are_resolved_or_the_gap_says_that_they_are_not(seed: int) -> None:
    """Whole numbers and copied columns at once can lead a path in circles: it ends all the same."""
    generator = np.random.default_rng(seed)
    x = generator.integers(-1, 2, (12, 18)).astype(float)
    x = np.hstack([x, x[:, :6], -x[:, :6]])
    y = generator.integers(-2, 3, len(x)) + 2.0 * x[:, 0]
    penalties = path_of(x, y)
    path = follow(x, y, penalties)
    reported, exact = path.gap[:, FOLDS], gaps_of(x, y, penalties, path)
    ended = np.isfinite(reported)
    assert reported[ended] == pytest.approx(exact[ended], abs=1e-13)
    assert np.all(path.gap > -1e-12)
