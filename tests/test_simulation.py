"""Simulated risks: the same however they are computed, and those of closed forms, of scikit-learn, of fits by hand."""

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Lasso, LassoCV

from computational_limits.arrays import FloatArray
from computational_limits.theory import simulation
from computational_limits.theory.design import CROSS_VALIDATION, HINDSIGHT, KEY_COLUMNS, ONE_SE, Design
from computational_limits.theory.flops import least_squares_flop, minimum_norm_flop
from computational_limits.theory.risk import (
    expert_log10_risk,
    expert_risk,
    flexible_log10_risk,
    flexible_risk,
    least_squares_log10_risk,
    oracle_risk,
)
from computational_limits.theory.simulation import (
    FOLDS,
    PATH_LENGTH,
    PATH_RATIO,
    RULES,
    choose_one_se,
    penalty_path,
    simulate,
    summarise,
)
from computational_limits.theory.state_evolution import PENALTIES, best_risk, risk_at_penalty

DESIGN = Design(covariates=60, relevant=5, snr=20.0)
LINEAR = Design(covariates=60, relevant=3, snr=4.0, noise_variance=0.7, coefficient_law="linear")
SIZES = [12, 40, 60, 200, 300]
"""Below, at and above the number of covariates; solved from rows and from Gram matrices."""


def run(designs: Sequence[Design], sizes: Sequence[int], repetitions: Sequence[int], seed: int = 1) -> pd.DataFrame:
    return pd.concat(simulate(designs, sizes, repetitions, seed), ignore_index=True)


def run_share(repetitions: Sequence[int]) -> pd.DataFrame:
    """What a worker does."""
    return run([DESIGN, LINEAR], SIZES, repetitions)


def redraw(observations: int, design: Design, repetition: int, seed: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Covariates, responses and coefficients of a repetition, from the seeds that the documentation promises."""
    covariates, noise = (
        np.random.Generator(np.random.SFC64(child))
        for child in np.random.SeedSequence(seed, spawn_key=(repetition,)).spawn(2)
    )
    x = covariates.standard_normal((observations, design.covariates), dtype=np.float32).astype(float)
    truth = np.zeros(design.covariates)
    truth[: design.relevant] = design.coefficients
    return x, x @ truth + np.sqrt(design.noise_variance) * noise.standard_normal(observations), truth


def risks_of(table: pd.DataFrame, estimator: str, observations: int, penalty: str = "") -> FloatArray:
    """One risk a repetition."""
    rows = (table["estimator"] == estimator) & (table["penalty"] == penalty)
    return table.loc[rows & (table["n"] == observations), "risk"].to_numpy()


def in_order(table: pd.DataFrame) -> pd.DataFrame:
    return table.sort_values(["repetition", *KEY_COLUMNS], ignore_index=True)


def assert_same_but_for_rounding(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """At the highest penalty rounding decides whether the first covariate is there: a few operations more or less."""
    one, other = in_order(one), in_order(other)
    exact = [*KEY_COLUMNS, "repetition"]
    assert one[exact].equals(other[exact])
    assert one["risk"].to_numpy() == pytest.approx(other["risk"].to_numpy(), rel=1e-10)
    assert one["flop"].to_numpy() == pytest.approx(other["flop"].to_numpy(), rel=0.02, nan_ok=True)


@pytest.fixture(scope="module")
def simulated() -> pd.DataFrame:
    """Two designs, three repetitions."""
    return run_share(range(3))


@pytest.mark.parametrize("parts", [[[0], [1], [2]], [[2, 0], [1]], [[1, 2, 0]]])
def test_repetitions_are_the_same_however_they_are_shared_out(parts: list[list[int]], simulated: pd.DataFrame) -> None:
    apart = pd.concat([run_share(part) for part in parts])
    assert in_order(apart).equals(in_order(simulated))


def test_repetitions_are_the_same_in_one_process_and_in_two(simulated: pd.DataFrame) -> None:
    """One worker does all of the work, or two share it."""
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        one, *two = pool.map(run_share, [[0, 1, 2], [2], [0, 1]])
    assert one.equals(simulated)
    assert in_order(pd.concat(two)).equals(in_order(simulated))


def test_code_just_compiled_and_code_that_was_stored_give_the_same_bits(
    simulated: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Functions are inlined elsewhere in the two; one worker after the other, each a process of its own."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    for _ in range(2):
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            assert pool.submit(run_share, [0, 1, 2]).result().equals(simulated)
    assert list(tmp_path.rglob("*.nbc"))


def test_repetitions_come_one_after_the_other(simulated: pd.DataFrame) -> None:
    tables = simulate([DESIGN, LINEAR], SIZES, range(10**6), seed=1)
    assert next(tables).equals(simulated[simulated["repetition"] == 0])
    assert next(tables)["repetition"].unique().tolist() == [1]


def test_the_order_of_sizes_and_their_repeats_change_nothing(simulated: pd.DataFrame) -> None:
    assert run([DESIGN, LINEAR], [*SIZES[::-1], 12, 12], range(3)).equals(simulated)


@pytest.mark.parametrize("sizes", [[12], [200], [12, 200], [40, 60], [12, 300], [12, 15, 300, 700], [60, 61, 200, 299]])
def test_other_sizes_change_nothing_but_rounding(sizes: list[int], simulated: pd.DataFrame) -> None:
    """Sums over rows are taken from size to size."""
    other = run([DESIGN, LINEAR], sizes, range(3))
    shared = sorted({*sizes} & {*SIZES})
    one, two = (table[table["n"].isin(shared)] for table in (simulated, other))
    assert_same_but_for_rounding(one, two)


def test_designs_together_are_as_alone(simulated: pd.DataFrame) -> None:
    alone = pd.concat([run([design], SIZES, range(3)) for design in (LINEAR, DESIGN)])
    assert_same_but_for_rounding(alone, simulated)


def test_seeds_and_repetitions_are_different_draws(simulated: pd.DataFrame) -> None:
    elsewhere = run([DESIGN, LINEAR], SIZES, range(3), seed=2)
    keys = [*KEY_COLUMNS, "repetition"]
    assert elsewhere[keys].equals(simulated[keys])
    least_squares = pd.concat([table[table["penalty"] == ""] for table in (simulated, elsewhere)])
    assert not least_squares.duplicated([*KEY_COLUMNS, "risk"]).any()


def test_risks_are_in_units_of_the_noise() -> None:
    loud = Design(covariates=60, relevant=3, snr=4.0, noise_variance=7.0, coefficient_law="linear")
    one, other = (run([design], SIZES, [0]) for design in (LINEAR, loud))
    assert_same_but_for_rounding(one, other)


def test_every_estimator_and_rule_is_there_in_its_place() -> None:
    wide = Design(covariates=60, relevant=25, snr=20.0)
    table = run([wide], [12, 24, 25, 300], [3])
    assert table.columns.tolist() == [*KEY_COLUMNS, "repetition", "risk", "flop"]
    fits = {n: group["estimator"].unique().tolist() for n, group in table.groupby("n")}
    few, all_four = ["flexible", "regularised flexible"], ["oracle", "expert", "flexible", "regularised flexible"]
    assert fits == {12: few, 24: few, 25: all_four, 300: all_four}
    rules = table[table["estimator"] == "regularised flexible"].groupby("n")["penalty"]
    assert all(set(names) == set(RULES) and len(names) == len(RULES) for _, names in rules)
    assert table["repetition"].eq(3).all()
    assert table["risk"].gt(0.0).all()
    assert table["snr"].eq(20.0).all()
    assert table["relevant"].eq(25).all()


def test_no_rule_is_better_than_hindsight(simulated: pd.DataFrame) -> None:
    penalised = simulated[simulated["penalty"] != ""]
    by_rule = penalised.pivot(index=[*KEY_COLUMNS[:4], "n", "repetition"], columns="penalty", values="risk")
    for rule in (CROSS_VALIDATION, ONE_SE):
        assert (by_rule[rule] >= by_rule[HINDSIGHT]).all()


def test_computing_is_counted_by_the_formulas(simulated: pd.DataFrame) -> None:
    rows = simulated[simulated["relevant"].eq(5) & simulated["repetition"].eq(0)]
    flop = rows.set_index(["estimator", "penalty", "n"])["flop"]
    for n in SIZES:
        assert flop["oracle", "", n] == flop["expert", "", n] == float(least_squares_flop(n, 5))
        flexible = minimum_norm_flop(n, 60) if n <= 60 else least_squares_flop(n, 60)
        assert flop["flexible", "", n] == float(flexible)
        lasso = flop["regularised flexible"].xs(n, level="n")
        gram = n * 60 * 61
        assert gram <= lasso["textbook"] <= lasso["universal"] < lasso[CROSS_VALIDATION]
        assert lasso[CROSS_VALIDATION] == lasso[ONE_SE]
        assert np.isnan(lasso[HINDSIGHT])


@pytest.mark.parametrize("design", [DESIGN, LINEAR])
@pytest.mark.parametrize("repetition", [0, 2])
def test_least_squares_of_a_repetition_by_hand(repetition: int, design: Design, simulated: pd.DataFrame) -> None:
    table = simulated[simulated["relevant"].eq(design.relevant) & simulated["repetition"].eq(repetition)]
    all_x, all_y, truth = redraw(max(SIZES), design, repetition, seed=1)
    s = design.relevant
    fitted = {"oracle": [*range(s)], "expert": [*range(s - 1), s], "flexible": [*range(60)]}
    for n in SIZES:
        for estimator, columns in fitted.items():
            estimate = np.zeros(60)
            estimate[columns] = np.linalg.lstsq(all_x[:n, columns], all_y[:n], rcond=None)[0]
            risk = np.sum((estimate - truth) ** 2) / design.noise_variance
            assert risks_of(table, estimator, n) == pytest.approx([risk], rel=1e-6)


@pytest.mark.parametrize("observations", [40, 61, 300])
@pytest.mark.parametrize("design", [DESIGN, LINEAR])
def test_the_lasso_of_a_repetition_by_scikit_learn(
    design: Design, observations: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Choice of the penalty included; from Gram matrices at all sizes, from rows at the first, from rows at all."""
    tables = []
    for most_rows in (0, 15, 1000):
        monkeypatch.setattr(simulation, "MOST_ROWS", most_rows)
        tables.append(run([design], [15, observations], [6], seed=3))
    x, y, truth = redraw(observations, design, 6, seed=3)
    penalties = penalty_path(float(np.abs(y @ x).max()) / observations)
    fold = np.arange(observations) % FOLDS
    splits = [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(FOLDS)]
    model = LassoCV(alphas=penalties, cv=splits, fit_intercept=False, tol=1e-8, max_iter=10**6).fit(x, y)
    errors = model.mse_path_.mean(axis=1)
    best = errors.argmin()
    spread = model.mse_path_[best].std(ddof=1) / np.sqrt(FOLDS)
    chosen = {CROSS_VALIDATION: model.alpha_, ONE_SE: penalties[errors <= errors[best] + spread].max()}
    chosen |= {rule: float(penalty(observations, design)) for rule, (penalty, _) in PENALTIES.items()}
    for rule, penalty in chosen.items():
        fit = Lasso(alpha=penalty, fit_intercept=False, tol=1e-13, max_iter=10**6).fit(x, y)
        risk = np.sum((fit.coef_ - truth) ** 2) / design.noise_variance
        for table in tables:
            assert risks_of(table, "regularised flexible", observations, rule) == pytest.approx([risk], rel=1e-6)


def test_a_solution_that_is_none_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "LARGEST_GAP", -1.0)
    with pytest.raises(simulation.UnsolvedError, match="a LASSO of 12 observations has a relative duality gap of"):
        run([DESIGN], [12], [0])


@pytest.fixture(scope="module")
def many() -> tuple[list[Design], pd.DataFrame]:
    """Four hundred repetitions of two designs."""
    designs = [
        Design(covariates=40, relevant=4, snr=5.0),
        Design(covariates=40, relevant=3, snr=5.0, noise_variance=0.7, coefficient_law="geometric"),
    ]
    return designs, run(designs, [15, 70, 300], range(400))


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("observations", [15, 70, 300])
@pytest.mark.parametrize("estimator", ["oracle", "expert", "flexible"])
def test_least_squares_risks_are_the_closed_forms(
    estimator: str, observations: int, place: int, many: tuple[list[Design], pd.DataFrame]
) -> None:
    """Mean and mean logarithm, within four standard errors."""
    design = many[0][place]
    risks = risks_of(many[1][many[1]["relevant"] == design.relevant], estimator, observations)
    assert risks.size == 400
    noise = design.noise_variance
    oracle_log = least_squares_log10_risk(observations, design.relevant, noise)
    mean, mean_log = {
        "oracle": (oracle_risk(observations, design), oracle_log),
        "expert": (expert_risk(observations, design), expert_log10_risk(observations, design)),
        "flexible": (flexible_risk(observations, design), flexible_log10_risk(observations, design)),
    }[estimator]
    for values, expected in ((risks, mean / noise), (np.log10(risks), mean_log - np.log10(noise))):
        standard_error = values.std(ddof=1) / np.sqrt(values.size)
        assert abs(values.mean() - expected) < 4.0 * standard_error
        assert standard_error < 0.08 * max(abs(float(expected)), 0.5)


def test_lasso_risks_are_those_of_state_evolution() -> None:
    """p = 400 is not the limit: 30 repetitions have a standard error of 4 to 7 %, the tolerance is 15 %."""
    design, sizes = Design(covariates=400, relevant=8, snr=30.0), [160, 300, 600]
    table = run([design], sizes, range(30))
    limits = {rule: risk_at_penalty(sizes, penalty(sizes, design), design) for rule, (penalty, _) in PENALTIES.items()}
    limits[HINDSIGHT] = best_risk(sizes, design)
    for rule, expected in limits.items():
        simulated = [risks_of(table, "regularised flexible", n, rule).mean() for n in sizes]
        assert simulated == pytest.approx(expected, rel=0.15)


def test_summaries_by_hand() -> None:
    key = dict.fromkeys(KEY_COLUMNS[:4], 1) | {"estimator": "flexible", "penalty": "", "n": 12}
    rows = [
        {**key, "repetition": i, "risk": risk, "flop": flop} for i, risk, flop in [(0, 10.0, 4.0), (1, 1000.0, 8.0)]
    ]
    rows.append({**key, "n": 15, "repetition": 0, "risk": 0.1, "flop": np.nan})
    summary = summarise(pd.DataFrame(rows))
    assert summary.columns.tolist() == [
        *KEY_COLUMNS, "repetitions", "risk_mean", "risk_se", "performance_mean", "performance_se", "flop_mean",
    ]  # fmt: skip
    two, one = (row for _, row in summary.iterrows())
    assert (two["n"], two["repetitions"], one["n"], one["repetitions"]) == (12, 2, 15, 1)
    assert two[["risk_mean", "risk_se", "performance_mean", "performance_se", "flop_mean"]].tolist() == pytest.approx(
        [505.0, 495.0, -2.0, 1.0, 6.0]
    )
    assert one[["risk_mean", "performance_mean"]].tolist() == pytest.approx([0.1, 1.0])
    assert one[["risk_se", "performance_se", "flop_mean"]].isna().all()


def test_summaries_are_means_over_the_repetitions_of_every_fit(simulated: pd.DataFrame) -> None:
    summary = summarise(simulated)
    assert len(summary) * 3 == len(simulated)
    assert summary["repetitions"].eq(3).all()
    keys = simulated[KEY_COLUMNS].drop_duplicates(ignore_index=True)
    assert summary[KEY_COLUMNS].equals(keys)
    for _, row in summary.sample(20, random_state=1).iterrows():
        same = (simulated[KEY_COLUMNS] == row[KEY_COLUMNS]).all(axis=1)
        risk = simulated.loc[same, "risk"].to_numpy()
        assert row["risk_mean"] == pytest.approx(risk.mean())
        assert row["risk_se"] == pytest.approx(risk.std(ddof=1) / np.sqrt(3.0))
        assert row["performance_mean"] == pytest.approx(-np.log10(risk).mean())
        assert row["performance_se"] == pytest.approx(np.log10(risk).std(ddof=1) / np.sqrt(3.0))


def test_summaries_of_a_table_read_back_keep_least_squares(simulated: pd.DataFrame) -> None:
    """A file has no empty text: pandas reads it as missing."""
    read = simulated.replace({"penalty": {"": np.nan}})
    assert read["penalty"].isna().any()
    assert summarise(read).equals(summarise(simulated))


def test_the_penalties_of_a_path() -> None:
    path = penalty_path(3.0)
    assert path.size == PATH_LENGTH
    assert path[0] == 3.0
    assert path[-1] == pytest.approx(3.0 * PATH_RATIO)
    assert np.diff(np.log(path)) == pytest.approx(np.full(PATH_LENGTH - 1, np.log(PATH_RATIO) / (PATH_LENGTH - 1)))


def test_one_standard_error_by_hand() -> None:
    """Lowest mean 2 at the third penalty, standard error 1: a mean of 3 is within it, 3.1 is not."""
    lowest = 2.0 + np.sqrt(5.0) * np.array([-1.0, -1.0, 0.0, 1.0, 1.0])
    held_out = np.stack([np.full(5, 3.1), np.full(5, 3.0 - 1e-9), lowest, np.full(5, 2.5)])
    assert choose_one_se(held_out) == 1
    assert choose_one_se(held_out[2:]) == 0
    assert choose_one_se(np.ones((3, 5))) == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"designs": []}, "no design to simulate"),
        ({"designs": [DESIGN, Design(covariates=61)]}, "must have the same number of covariates"),
        (
            {"designs": [DESIGN, Design(covariates=60, relevant=60)]},
            "the expert needs an irrelevant covariate, but all 60 are relevant",
        ),
        ({"sizes": []}, "no sample size to simulate"),
        ({"sizes": [12, 9]}, "a sample size must be a whole number of at least 10, got 9"),
        ({"sizes": [0]}, "a sample size must be a whole number of at least 10, got 0"),
        ({"sizes": [12.5]}, r"a sample size must be a whole number of at least 10, got 12\.5"),
        ({"sizes": [True]}, "a sample size must be a whole number of at least 10, got True"),
        ({"repetitions": []}, "no repetition to simulate"),
        ({"repetitions": [0, -1]}, "a repetition must be a whole number of at least 0, got -1"),
        ({"repetitions": [0.5]}, r"a repetition must be a whole number of at least 0, got 0\.5"),
        ({"repetitions": [False]}, "a repetition must be a whole number of at least 0, got False"),
        ({"repetitions": [1, 1]}, "a repetition is asked for twice"),
        ({"designs": [DESIGN, DESIGN]}, "two designs have covariates, relevant, coefficient_law, snr in common"),
        ({"sizes": [float("nan")]}, "a sample size must be a whole number of at least 10, got nan"),
        ({"repetitions": [None]}, "a repetition must be a whole number of at least 0, got None"),
        ({"seed": -1}, "a seed must be a whole number of at least 0, got -1"),
        ({"seed": 1.5}, r"a seed must be a whole number of at least 0, got 1\.5"),
    ],
)
def test_refuses_at_the_call_what_it_cannot_simulate(change: dict[str, object], message: str) -> None:
    arguments = {"designs": [DESIGN], "sizes": [12], "repetitions": [0], "seed": 1} | change
    call = partial(simulate, **arguments)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=message):
        call()
