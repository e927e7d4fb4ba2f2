"""The growing family: its solver against optimality, its counts by hand, its exponents against planted ones."""

import numpy as np
import pandas as pd
import pytest

from computational_limits.theory import coordinate_descent
from computational_limits.theory.coordinate_descent import fit_lasso
from computational_limits.theory.design import Design
from computational_limits.theory.growth import GROWTH_LAWS, fit_growth, grow, predict_growth

TEMPLATE = Design()
SIZES = [100, 200, 400, 800]


@pytest.fixture(scope="module")
def simulated() -> pd.DataFrame:
    return grow(SIZES, 2, 20, TEMPLATE, seed=2020)


def planted(exponent: float, spread: float, seed: int, repetitions: int = 20) -> pd.DataFrame:
    """Performance that grows as ``n^(1/exponent)`` and computing as ``n^2.5``, with noise on both."""
    generator = np.random.default_rng(seed)
    repetition, n = (grid.ravel() for grid in np.meshgrid(np.arange(repetitions), SIZES))
    noise = np.exp(spread * generator.standard_normal((2, n.size)))
    return pd.DataFrame(
        {
            "repetition": repetition,
            "n": n,
            "performance": n ** (1.0 / exponent) * noise[0],
            "gradient_flop": 8.0 * n**2,
            "compute_flop": n**2.5 * noise[1],
        }
    )


def exponents(table: pd.DataFrame, **options: float) -> pd.DataFrame:
    return fit_growth(table, **options).set_index("law")  # type: ignore[arg-type]


@pytest.mark.parametrize(("n", "d", "penalty"), [(60, 30, 0.05), (60, 150, 0.1), (40, 90, 0.6)])
def test_the_lasso_meets_its_conditions_of_optimality(n: int, d: int, penalty: float) -> None:
    generator = np.random.default_rng(n + d)
    x = generator.standard_normal((n, d))
    y = x[:, :4] @ np.array([2.0, -1.0, 1.0, 0.5]) + generator.standard_normal(n)
    fit = fit_lasso(x, y, penalty, tolerance=1e-12)
    gradient = x.T @ (y - x @ fit.coefficients) / n
    active = fit.coefficients != 0.0
    assert 0 < active.sum() < d
    assert np.abs(gradient).max() <= penalty * (1.0 + 1e-5)
    assert gradient[active] == pytest.approx(penalty * np.sign(fit.coefficients[active]), abs=1e-5)


def test_the_gap_bounds_the_distance_from_the_lowest_loss() -> None:
    generator = np.random.default_rng(5)
    x, y = generator.standard_normal((50, 80)), generator.standard_normal(50)

    def loss(b: np.ndarray) -> float:
        return float(np.sum((y - x @ b) ** 2) / 100 + 0.1 * np.abs(b).sum())

    lowest = loss(fit_lasso(x, y, 0.1, tolerance=1e-13).coefficients)
    for tolerance in (1e-1, 1e-3, 1e-6):
        fit = fit_lasso(x, y, 0.1, tolerance)
        assert fit.gap <= tolerance
        assert 0.0 <= loss(fit.coefficients) - lowest + 1e-12 <= fit.gap * loss(fit.coefficients) + 2e-12


def test_passes_are_counted_by_hand() -> None:
    """Norms 2, first round 2, sweep with one update 2, sweep without 1, last round 2."""
    assert fit_lasso(np.eye(2), np.array([3.0, 0.5]), 0.5).passes == 9
    assert fit_lasso(np.eye(2), np.array([3.0, 0.5]), 5.0).passes == 4  # nothing joins: norms and one round
    assert fit_lasso(np.eye(2), np.zeros(2), 0.5).passes == 4


def test_a_lasso_that_does_not_converge_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coordinate_descent, "MAXIMUM_ROUNDS", 1)
    with pytest.raises(RuntimeError, match=r"relative duality gap of .* after 1 rounds"):
        fit_lasso(np.eye(2), np.array([3.0, 0.5]), 0.5)


@pytest.mark.parametrize(
    ("x", "y", "penalty", "message"),
    [
        (np.eye(2), np.ones(3), 0.1, r"shape \(2, 2\) and responses of shape \(3,\) do not match"),
        (np.ones(2), np.ones(2), 0.1, "do not match"),
        (np.empty((2, 0)), np.ones(2), 0.1, "do not match"),
        (np.full((2, 2), np.nan), np.ones(2), 0.1, "must be finite"),
        (np.eye(2), np.array([1.0, np.inf]), 0.1, "must be finite"),
        (np.eye(2), np.ones(2), 0.0, "the penalty must be finite and above 0"),
    ],
)
def test_refuses_an_impossible_lasso(x: np.ndarray, y: np.ndarray, penalty: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit_lasso(x, y, penalty)


def test_simulated_risks_are_those_of_state_evolution(simulated: pd.DataFrame) -> None:
    """20 draws have a standard error of about 10 %; four of them, and the asymptotics, are allowed for."""
    risk = simulated.groupby("n")["risk"].agg(["mean", "sem"])
    predicted = predict_growth(SIZES, 2, TEMPLATE).set_index("n")["risk"]
    assert np.all(risk["sem"] < 0.15 * predicted)
    assert np.all(np.abs(risk["mean"] - predicted) < 4.0 * risk["sem"] + 0.05 * predicted)


def test_a_repetition_depends_on_its_own_seed_alone(simulated: pd.DataFrame) -> None:
    fewer = grow([200, 100], 2, 2, TEMPLATE, seed=2020)
    again = simulated[simulated["n"].isin([100, 200]) & (simulated["repetition"] < 2)]
    pd.testing.assert_frame_equal(fewer, again.reset_index(drop=True))
    other = grow([100, 200], 2, 2, TEMPLATE, seed=2021)
    assert not np.any(other["risk"].to_numpy() == fewer["risk"].to_numpy())


def test_columns_of_the_family_follow_from_its_sizes(simulated: pd.DataFrame) -> None:
    n, d = simulated["n"], simulated["covariates"]
    assert (d == 2 * n).all()
    assert simulated["performance"].to_numpy() == pytest.approx(simulated["risk"].to_numpy() ** -0.5)
    assert (simulated["gradient_flop"] == 4 * n * d).all()
    assert (simulated["compute_flop"] == 2 * n * simulated["passes"]).all()
    assert (simulated["passes"] >= 3 * d).all()  # norms and at least two rounds


def test_recovers_planted_exponents() -> None:
    fitted = exponents(planted(2.3, 0.0, seed=1))["exponent"]
    assert fitted.to_numpy() == pytest.approx([4.6, 5.75, 2.3, 2.5])


def test_noise_in_performance_does_not_flatten_the_exponents() -> None:
    """A regression of log computing on log performance alone would give 3.4 instead of 4.6."""
    table = planted(2.3, 0.2, seed=2, repetitions=2000)
    assert exponents(table, resamples=10)["exponent"].to_numpy() == pytest.approx([4.6, 5.75, 2.3, 2.5], rel=0.03)
    x, y = np.log(table["performance"]), np.log(table["gradient_flop"])
    assert np.polyfit(x, y, 1)[0] < 4.0


def test_intervals_cover_planted_exponents_nine_times_in_ten() -> None:
    truth = [4.6, 5.75, 2.3, 2.5]
    fits = [exponents(planted(2.3, 0.2, seed=seed, repetitions=30), resamples=300) for seed in range(200)]
    covered = np.mean([(fit["low"] <= truth) & (fit["high"] >= truth) for fit in fits])
    assert 0.84 < covered < 0.94


def test_units_of_computing_do_not_change_an_exponent(simulated: pd.DataFrame) -> None:
    in_gflop = simulated.assign(compute_flop=simulated["compute_flop"] / 1e9)
    pd.testing.assert_frame_equal(fit_growth(in_gflop), fit_growth(simulated))


def test_data_grow_faster_than_the_square_of_performance_and_a_pass_faster_than_its_fourth_power() -> None:
    """Without a draw: the logarithm in the LASSO's rate adds to the exponents, and dies out with size."""
    fitted = [exponents(predict_growth([10**k, 10 ** (k + 1)], 2, TEMPLATE))["exponent"] for k in (3, 5, 8, 11)]
    for law, bound in (("observations against performance", 2.0), (next(iter(GROWTH_LAWS)), 4.0)):
        values = [fit[law] for fit in fitted]
        assert values == sorted(values, reverse=True)
        assert bound < values[-1] < values[0] < 1.15 * bound


def test_the_simulated_exponents_agree_with_state_evolution(simulated: pd.DataFrame) -> None:
    fit, predicted = exponents(simulated), exponents(predict_growth(SIZES, 2, TEMPLATE))
    assert predicted["low"].isna().all()
    assert list(predicted.index) == [law for law in GROWTH_LAWS if "of a fit" not in law]
    for law, expected in predicted["exponent"].items():
        half = (fit.loc[law, "high"] - fit.loc[law, "low"]) / 2.0
        assert 0.0 < half < 0.5
        assert abs(fit.loc[law, "exponent"] - expected) < 3.0 * half


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sizes": [100]}, "at least two sizes, got 1"),
        ({"sizes": [100, 100]}, "at least two sizes, got 1"),
        ({"sizes": [100.0, 200.0]}, "sample sizes must be whole numbers"),
        ({"sizes": [0, 200]}, "sample sizes must be at least 1, got 0"),
        ({"sizes": [4, 200]}, "among the 8 covariates, got 10"),
        ({"ratio": 0}, "covariates per observation must be a whole number of at least 1, got 0"),
        ({"ratio": 1.5}, r"covariates per observation must be a whole number of at least 1, got 1\.5"),
        ({"repetitions": 0}, "number of repetitions must be a whole number of at least 1, got 0"),
        ({"seed": -1}, "non-negative"),
    ],
)
def test_refuses_an_impossible_family(arguments: dict[str, object], message: str) -> None:
    valid = {"sizes": [100, 200], "ratio": 2, "repetitions": 1, "template": TEMPLATE, "seed": 1}
    with pytest.raises(ValueError, match=message):
        grow(**(valid | arguments))  # type: ignore[arg-type]


def test_refuses_tables_without_an_exponent() -> None:
    table = planted(2.0, 0.01, seed=3)
    with pytest.raises(ValueError, match="the table has no column performance"):
        fit_growth(table.drop(columns="performance"))
    with pytest.raises(ValueError, match="must be finite and above 0"):
        fit_growth(table.assign(performance=0.0))
    with pytest.raises(ValueError, match="every repetition needs a row for every size"):
        fit_growth(table.iloc[1:])
    with pytest.raises(ValueError, match="at least two sizes"):
        fit_growth(table[table["n"] == 100])
    with pytest.raises(ValueError, match="performance does not rise with the observations"):
        fit_growth(table.assign(performance=1.0 / table["performance"]))
    with pytest.raises(ValueError, match="the level must lie between 0 and 1"):
        fit_growth(table, level=1.0)
    with pytest.raises(ValueError, match="number of resamples must be a whole number"):
        fit_growth(table, resamples=0)
