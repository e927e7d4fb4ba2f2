"""Risks of the theory chapter against simulation, quadrature, limits and a LASSO solved on the spot."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import digamma
from scipy.stats import kstest, norm

from computational_limits.arrays import FloatArray
from computational_limits.theory import state_evolution
from computational_limits.theory.design import COEFFICIENT_LAWS, Design
from computational_limits.theory.risk import (
    draw_flexible_risk,
    expert_log10_risk,
    expert_risk,
    flexible_log10_risk,
    flexible_risk,
    least_squares_law,
    least_squares_log10_risk,
    oracle_risk,
)
from computational_limits.theory.sizes import lasso_size, least_squares_size
from computational_limits.theory.state_evolution import (
    PENALTIES,
    best_risk,
    fixed_point,
    risk_at_penalty,
    soft_threshold_risk,
    textbook_penalty,
    universal_penalty,
)

SMALL = Design(covariates=20, relevant=3, snr=5.0, noise_variance=0.7)
PUBLISHED = Design(covariates=1000, relevant=10, snr=30.0, noise_variance=1.0)
GEOMETRIC = Design(covariates=20, relevant=4, snr=5.0, noise_variance=0.7, coefficient_law="geometric")
DRAWS = 4000


def coefficients(design: Design) -> FloatArray:
    beta = np.zeros(design.covariates)
    beta[: design.relevant] = design.coefficients
    return beta


def draw(
    observations: int, draws: int, design: Design, generator: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Covariates, shape (draws, n, p), and responses, shape (draws, n)."""
    x = generator.standard_normal((draws, observations, design.covariates))
    noise = np.sqrt(design.noise_variance) * generator.standard_normal((draws, observations))
    return x, x @ coefficients(design) + noise


def simulate_least_squares(observations: int, fitted: Sequence[int], design: Design, seed: int) -> FloatArray:
    """Risk of least squares on some covariates, of minimum norm where many fit, one value a draw."""
    x, y = draw(observations, DRAWS, design, np.random.default_rng(seed))
    estimate = np.zeros((DRAWS, design.covariates))
    estimate[:, list(fitted)] = np.einsum("dpn,dn->dp", np.linalg.pinv(x[:, :, list(fitted)]), y)
    return np.sum((estimate - coefficients(design)) ** 2, axis=1)


def assert_is_mean_of(expected: float, simulated: FloatArray) -> None:
    """Within four standard errors, and those small enough to tell."""
    standard_error = simulated.std(ddof=1) / np.sqrt(simulated.size)
    assert standard_error < 0.05 * abs(simulated.mean())
    assert abs(simulated.mean() - expected) < 4.0 * standard_error


def assert_is_mean_log10_of(expected: float, simulated: FloatArray, standard_errors: float = 4.0) -> None:
    logs = np.log10(simulated)
    standard_error = logs.std(ddof=1) / np.sqrt(logs.size)
    assert standard_error < 0.02
    assert abs(logs.mean() - expected) < standard_errors * standard_error


def solve_lasso(x: FloatArray, y: FloatArray, penalty: float) -> FloatArray:
    """Coordinate descent on ``|y - Xb|^2 / 2n + penalty |b|_1``, all draws in lock step."""
    draws, n, p = x.shape
    gram = np.einsum("dnj,dnk->djk", x, x, optimize=True) / n
    gradient = np.einsum("dnj,dn->dj", x, y, optimize=True) / n
    beta = np.zeros((draws, p))
    for _ in range(400):
        largest = 0.0
        for j in range(p):
            partial = gradient[:, j] + gram[:, j, j] * beta[:, j]
            new = np.sign(partial) * np.maximum(np.abs(partial) - penalty, 0.0) / gram[:, j, j]
            change = new - beta[:, j]
            beta[:, j] = new
            gradient -= change[:, None] * gram[:, j, :]
            largest = max(largest, float(np.abs(change).max()))
        if largest < 1e-7:
            break
    active = beta != 0.0
    assert np.all(np.abs(gradient) < penalty + 1e-5)
    assert np.allclose(gradient[active], penalty * np.sign(beta[active]), atol=1e-5)
    return beta


@pytest.mark.parametrize("observations", [15, 60])
def test_oracle_risk_is_that_of_simulated_fits(observations: int) -> None:
    simulated = simulate_least_squares(observations, range(3), SMALL, seed=1)
    assert_is_mean_of(float(oracle_risk(observations, SMALL)), simulated)


@pytest.mark.parametrize("design", [SMALL, GEOMETRIC])
@pytest.mark.parametrize("observations", [15, 60])
def test_expert_risk_is_that_of_simulated_fits_without_the_last_true_covariate(
    observations: int, design: Design
) -> None:
    fitted = [*range(design.relevant - 1), design.relevant]
    simulated = simulate_least_squares(observations, fitted, design, seed=2)
    assert_is_mean_of(float(expert_risk(observations, design)), simulated)
    assert_is_mean_log10_of(float(expert_log10_risk(observations, design)), simulated)


@pytest.mark.parametrize("observations", [5, 10, 40, 100])
def test_flexible_risk_is_that_of_simulated_fits_on_both_sides_of_the_peak(observations: int) -> None:
    simulated = simulate_least_squares(observations, range(20), SMALL, seed=3)
    assert_is_mean_of(float(flexible_risk(observations, SMALL)), simulated)


@pytest.mark.parametrize("observations", [1, 10, 19, 20, 21, 40])
def test_law_of_the_flexible_risk_is_that_of_simulated_fits_at_and_around_the_peak(observations: int) -> None:
    simulated = simulate_least_squares(observations, range(20), SMALL, seed=5)
    assert_is_mean_log10_of(float(flexible_log10_risk(observations, SMALL)), simulated)
    drawn = draw_flexible_risk(observations, SMALL, DRAWS, np.random.default_rng(6))
    assert_is_mean_log10_of(float(flexible_log10_risk(observations, SMALL)), drawn)
    assert kstest(drawn, simulated).pvalue > 1e-4


@pytest.mark.parametrize(("observations", "fitted"), [(3, 3), (15, 3), (20, 20), (40, 20)])
def test_law_of_a_least_squares_risk_is_that_of_simulated_fits(observations: int, fitted: int) -> None:
    simulated = simulate_least_squares(observations, range(fitted), SMALL, seed=4)
    law = least_squares_law(observations, fitted, SMALL.noise_variance)
    assert kstest(simulated, law.cdf).pvalue > 1e-4
    assert_is_mean_log10_of(float(least_squares_log10_risk(observations, fitted, SMALL.noise_variance)), simulated)


@given(observations=st.integers(1, 60), covariates=st.integers(3, 40), snr=st.floats(1e-3, 1e4))
@settings(deadline=None, max_examples=30)
def test_quadratures_agree_with_draws_from_the_laws(observations: int, covariates: int, snr: float) -> None:
    design = Design(covariates=covariates, relevant=3, snr=snr, coefficient_law="linear")
    drawn = draw_flexible_risk(observations, design, 10**5, np.random.default_rng(7))
    assert_is_mean_log10_of(float(flexible_log10_risk(observations, design)), drawn, standard_errors=5.0)
    if observations >= 3:
        law = least_squares_law(observations, 3, design.noise_variance + design.omitted**2)
        drawn = design.omitted**2 + law.rvs(10**5, random_state=np.random.default_rng(8))
        assert_is_mean_log10_of(float(expert_log10_risk(observations, design)), drawn, standard_errors=5.0)


def test_a_log_risk_approaches_the_logarithm_of_the_risk_with_many_covariates() -> None:
    sizes = np.array([100, 500, 3000, 10_000])
    assert flexible_log10_risk(sizes, PUBLISHED) == pytest.approx(np.log10(flexible_risk(sizes, PUBLISHED)), abs=2e-3)
    assert np.all(flexible_log10_risk(sizes, PUBLISHED) < np.log10(flexible_risk(sizes, PUBLISHED)))


def test_without_signal_or_noise_only_the_other_term_is_left() -> None:
    """Means of log Beta((p - n)/2, n/2) and of a log chi-square ratio are digamma functions."""
    noiseless = Design(covariates=20, relevant=3, snr=1e14)
    missed = (digamma(5.0) - digamma(10.0)) / np.log(10.0)
    assert float(flexible_log10_risk(10, noiseless)) == pytest.approx(14.0 + missed, abs=1e-6)
    silent = Design(covariates=20, relevant=3, snr=1e-14)
    noise = (digamma(5.0) - digamma(5.5)) / np.log(10.0)
    assert float(flexible_log10_risk(10, silent)) == pytest.approx(noise, abs=1e-6)


def test_risks_of_the_published_design_by_hand() -> None:
    assert float(oracle_risk(15, PUBLISHED)) == pytest.approx(10 / 4)
    assert float(flexible_risk(1500, PUBLISHED)) == pytest.approx(1000 / 499)
    assert float(flexible_risk(500, PUBLISHED)) == pytest.approx(30 / 2 + 500 / 499)
    assert float(expert_risk(31, PUBLISHED)) == pytest.approx(3 + (1 + 3) * 10 / 20)


def test_the_expert_never_gets_below_the_coefficient_left_out() -> None:
    assert float(expert_risk(10**9, PUBLISHED)) == pytest.approx(3.0, rel=1e-6)
    assert np.all(expert_risk(np.arange(12, 5000), PUBLISHED) > 3.0)


def test_risks_are_infinite_where_the_mean_does_not_exist() -> None:
    assert np.all(np.isinf(oracle_risk([1, 10, 11], PUBLISHED)))
    assert np.all(np.isinf(expert_risk([1, 10, 11], PUBLISHED)))
    assert np.all(np.isinf(flexible_risk([999, 1000, 1001], PUBLISHED)))
    assert np.all(np.isfinite(flexible_risk([998, 1002], PUBLISHED)))
    assert float(least_squares_log10_risk(9, 10, 1.0)) == np.inf
    assert np.isfinite(least_squares_log10_risk(10, 10, 1.0))


def test_more_data_can_hurt_the_flexible_model() -> None:
    before, near, after = flexible_risk([100, 990, 3000], PUBLISHED)
    assert near > before > after


def test_oracle_first_reaches_the_published_reference_at_15_and_flexible_at_1500() -> None:
    sizes = np.arange(10, 2000)
    reference = np.log10(2.0 * PUBLISHED.noise_variance)
    oracle = least_squares_log10_risk(sizes, PUBLISHED.relevant, PUBLISHED.noise_variance)
    flexible = least_squares_log10_risk(sizes, PUBLISHED.covariates, PUBLISHED.noise_variance)
    assert sizes[oracle <= reference].min() == least_squares_size(10, 2.0) == 15
    assert sizes[flexible <= reference].min() == least_squares_size(1000, 2.0) == 1500


@given(fitted=st.integers(1, 200), risk_over_noise=st.floats(0.01, 50.0))
@settings(deadline=None, max_examples=40)
def test_least_squares_size_is_the_first_on_its_curve(fitted: int, risk_over_noise: float) -> None:
    size = least_squares_size(fitted, risk_over_noise)
    before, there = least_squares_log10_risk([max(size - 1, 1), size], fitted, 1.0)
    assert there <= np.log10(risk_over_noise)
    assert before > np.log10(risk_over_noise) or size == fitted


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ([10, 0], "sample sizes must be at least 1, got 0"),
        (-5, "sample sizes must be at least 1, got -5"),
        ([10.0, 20.0], "sample sizes must be whole numbers, got float64"),
        (float("nan"), "sample sizes must be whole numbers, got float64"),
        (True, "sample sizes must be whole numbers, got bool"),
        ([], "sample sizes must be whole numbers"),
    ],
)
@pytest.mark.parametrize(
    "risk",
    [oracle_risk, expert_risk, flexible_risk, expert_log10_risk, flexible_log10_risk, best_risk, textbook_penalty],
)
def test_risks_refuse_what_is_no_sample_size(risk, sizes, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=message):
        risk(sizes, PUBLISHED)


def test_laws_refuse_impossible_fits() -> None:
    with pytest.raises(ValueError, match="least squares on 10 covariates needs as many observations, got 9"):
        least_squares_law(9, 10, 1.0)
    with pytest.raises(ValueError, match="noise variance must be finite and above 0, got nan"):
        least_squares_law(20, 10, float("nan"))
    with pytest.raises(ValueError, match="number of fitted covariates must be a whole number of at least 1, got True"):
        least_squares_log10_risk(20, True, 1.0)
    with pytest.raises(ValueError, match=r"sample size must be a whole number of at least 1, got 20\.0"):
        draw_flexible_risk(20.0, PUBLISHED, 5, np.random.default_rng(0))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="number of draws must be a whole number of at least 1, got 0"):
        draw_flexible_risk(20, PUBLISHED, 0, np.random.default_rng(0))


@given(mean=st.floats(-6.0, 6.0), alpha=st.floats(0.0, 4.0))
@settings(deadline=None, max_examples=40)
def test_soft_threshold_risk_is_the_integral_it_stands_for(mean: float, alpha: float) -> None:
    z = np.linspace(-12.0, 12.0, 240_001)
    kept = np.sign(mean + z) * np.maximum(np.abs(mean + z) - alpha, 0.0)
    integral = np.trapezoid((kept - mean) ** 2 * norm.pdf(z), z)
    assert soft_threshold_risk(mean, alpha) == pytest.approx(integral, rel=1e-6, abs=1e-6)


def test_without_a_threshold_state_evolution_is_least_squares() -> None:
    """``p / (n - p)`` in the limit, against ``p / (n - p - 1)`` at finite size."""
    state = fixed_point(3000, 0.0, PUBLISHED)
    assert state.risk == pytest.approx(1000 / 2000, rel=1e-9)
    assert state.risk == pytest.approx(float(flexible_risk(3000, PUBLISHED)), rel=1e-3)
    assert state.degrees_of_freedom == pytest.approx(1000)
    assert state.penalty == 0.0


def test_with_strong_signals_and_a_high_threshold_only_the_bias_is_left() -> None:
    """Every signal is kept and no noise: risk ``s (1 + alpha^2) tau^2``, degrees of freedom s."""
    strong = Design(covariates=1000, relevant=10, snr=1e8, noise_variance=1.0)
    state = fixed_point(1000, 5.5, strong)
    inflation = 10 * (1.0 + 5.5**2)
    assert state.risk == pytest.approx(inflation / (1000 - inflation), rel=1e-6)
    assert state.degrees_of_freedom == pytest.approx(10, rel=1e-4)
    assert state.penalty == pytest.approx(5.5 * state.tau * 0.99)


def test_where_everything_is_drowned_the_risk_is_the_signal() -> None:
    weak = Design(covariates=1000, relevant=10, snr=1e-6, noise_variance=1.0)
    state = fixed_point(5000, 6.0, weak)
    assert state.risk == pytest.approx(weak.signal, rel=0.01)
    assert state.tau == pytest.approx(np.sqrt(1.0 / 5000), rel=1e-4)


@given(observations=st.integers(20, 5000), alpha=st.floats(0.3, 4.0), snr=st.floats(0.5, 1000.0))
@settings(deadline=None, max_examples=40)
def test_the_fixed_point_is_one(observations: int, alpha: float, snr: float) -> None:
    design = Design(snr=snr)
    state = fixed_point(observations, alpha, design)
    if np.isinf(state.risk):
        below_threshold = 1000 * soft_threshold_risk(0.0, alpha)
        assert observations < below_threshold + 10 * (1.0 + alpha**2)
        return
    assert observations * state.tau**2 == pytest.approx(design.noise_variance + state.risk, rel=1e-6)
    assert state.penalty == pytest.approx(alpha * state.tau * (1 - state.degrees_of_freedom / observations))


def test_too_few_observations_for_a_low_threshold_have_no_fixed_point() -> None:
    state = fixed_point([500, 1001], 0.0, PUBLISHED)
    assert np.isinf(state.risk).tolist() == np.isinf(state.tau).tolist() == [True, False]
    assert np.isnan(state.penalty).tolist() == [True, False]


@pytest.mark.parametrize("rule", [textbook_penalty, universal_penalty])
def test_risk_at_penalty_is_that_of_a_solved_lasso(rule) -> None:  # type: ignore[no-untyped-def]
    """p = 200 is not the limit: 60 draws have a standard error of about 4 %, the tolerance is 15 %."""
    design = Design(covariates=200, relevant=5, snr=30.0, noise_variance=1.0)
    penalty = rule(80, design)
    x, y = draw(80, 60, design, np.random.default_rng(2012))
    simulated = np.sum((solve_lasso(x, y, penalty) - coefficients(design)) ** 2, axis=1)
    assert risk_at_penalty(80, penalty, design) == pytest.approx(simulated.mean(), rel=0.15)


@given(observations=st.integers(60, 3000), snr=st.floats(3.0, 300.0))
@settings(deadline=None, max_examples=15)
def test_hindsight_is_never_worse_than_a_rule(observations: int, snr: float) -> None:
    design = Design(snr=snr)
    best = best_risk(observations, design) * (1.0 - 1e-6)
    assert best <= risk_at_penalty(observations, textbook_penalty(observations, design), design)
    assert best <= risk_at_penalty(observations, universal_penalty(observations, design), design)


@pytest.mark.parametrize("law", COEFFICIENT_LAWS)
def test_the_fixed_point_adds_up_the_channels_of_all_coefficients(law: str) -> None:
    design = Design(covariates=300, relevant=6, snr=8.0, coefficient_law=law)
    state = fixed_point(120, 1.3, design)
    channels = soft_threshold_risk(design.coefficients / state.tau, 1.3).sum() + 294 * soft_threshold_risk(0.0, 1.3)
    assert float(state.risk) == pytest.approx(float(state.tau**2 * channels), rel=1e-10)
    assert float(120 * state.tau**2) == pytest.approx(1.0 + float(state.risk), rel=1e-10)


@pytest.mark.parametrize("law", COEFFICIENT_LAWS)
def test_best_risk_is_the_lowest_over_all_thresholds(law: str) -> None:
    design = Design(snr=8.0, coefficient_law=law)
    sizes = np.array([15, 60, 200, 1000, 5000])
    best = best_risk(sizes, design)
    tried = fixed_point(sizes[:, None], np.linspace(0.0, 8.0, 801), design).risk.min(axis=1)
    assert best == pytest.approx(tried, rel=2e-4)
    assert np.all(best <= tried * (1.0 + 1e-12))


@given(observations=st.integers(5, 3000), alpha=st.floats(0.2, 8.0), law=st.sampled_from([*COEFFICIENT_LAWS]))
@settings(deadline=None, max_examples=25)
def test_risk_at_penalty_is_that_of_the_fixed_point_with_this_penalty(
    observations: int, alpha: float, law: str
) -> None:
    design = Design(coefficient_law=law)
    state = fixed_point(observations, alpha, design)
    if state.penalty > 0.0:
        risk = risk_at_penalty(observations, state.penalty, design)
        assert float(risk) == pytest.approx(float(state.risk), rel=1e-6)


def test_a_curve_of_ninety_sizes_is_solved_as_often_as_one_size(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = np.unique(np.geomspace(12, 10_000, 90).astype(int))
    solve, calls = state_evolution._solve, []

    def count(n: FloatArray, alpha: FloatArray, design: Design) -> state_evolution.FixedPoint:
        calls.append(n.size)
        return solve(n, alpha, design)

    monkeypatch.setattr(state_evolution, "_solve", count)
    best, textbook = best_risk(sizes, PUBLISHED), risk_at_penalty(sizes, textbook_penalty(sizes, PUBLISHED), PUBLISHED)
    for_all = len(calls)
    assert set(calls) == {sizes.size}
    best_risk(12, PUBLISHED)
    risk_at_penalty(12, textbook_penalty(12, PUBLISHED), PUBLISHED)
    assert len(calls) - for_all == pytest.approx(for_all, abs=5)
    assert np.all(best < textbook)
    one_by_one = [float(best_risk(int(n), PUBLISHED)) for n in sizes[::30]]
    assert best[::30] == pytest.approx(one_by_one, rel=1e-12)


@pytest.mark.parametrize("observations", [80, 100, 175])
def test_unequal_coefficients_make_the_best_risk_lower(observations: int) -> None:
    risks = [float(best_risk(observations, Design(coefficient_law=law))) for law in COEFFICIENT_LAWS]
    assert risks == sorted(risks, reverse=True)


def test_rules_by_name_are_the_functions() -> None:
    assert {rule: function for rule, (function, _) in PENALTIES.items()} == {
        "textbook": textbook_penalty,
        "universal": universal_penalty,
    }


def test_penalties_by_hand() -> None:
    design = Design(covariates=1000, noise_variance=4.0)
    assert textbook_penalty(100, design) == pytest.approx(2.0 * 2.0 * np.sqrt(np.log(1000.0) / 100))
    assert universal_penalty(100, design) == pytest.approx(2.0 * np.sqrt(2.0 * np.log(1000.0) / 100))


@pytest.mark.parametrize(("snr", "textbook", "universal"), [(10, 170, 123), (30, 179, 122), (100, 179, 120)])
def test_lasso_sizes_are_those_of_simulated_fits(snr: float, textbook: int, universal: int) -> None:
    """40 repetitions a size stand behind the simulated numbers: within 5 %."""
    design = Design(snr=snr)
    assert lasso_size(textbook_penalty, 2.0, design) == pytest.approx(textbook, rel=0.05)
    assert lasso_size(universal_penalty, 2.0, design) == pytest.approx(universal, rel=0.05)


def test_the_textbook_penalty_gives_the_published_175() -> None:
    assert lasso_size(textbook_penalty, 2.0, PUBLISHED) == pytest.approx(175, rel=0.02)


def test_lasso_sizes_are_the_first_on_their_curves() -> None:
    size = lasso_size(universal_penalty, 2.0, PUBLISHED)
    before, there = (risk_at_penalty(n, universal_penalty(n, PUBLISHED), PUBLISHED) for n in (size - 1, size))
    assert before > 2.0 >= there


def test_hindsight_needs_fewer_observations_than_the_universal_and_that_fewer_than_the_textbook() -> None:
    universal = lasso_size(universal_penalty, 2.0, PUBLISHED)
    textbook = lasso_size(textbook_penalty, 2.0, PUBLISHED)
    assert best_risk(universal - 1, PUBLISHED) < 2.0
    assert universal < textbook


def test_sizes_do_not_depend_on_the_units_of_the_response() -> None:
    large = Design(snr=30.0, noise_variance=100.0)
    assert lasso_size(textbook_penalty, 2.0, large) == lasso_size(textbook_penalty, 2.0, PUBLISHED)


def test_a_penalty_that_never_shrinks_is_refused_when_the_reference_is_out_of_reach() -> None:
    """A constant penalty of 1 leaves a bias of 1 on each of the ten coefficients: risk 10 at best."""
    with pytest.raises(ValueError, match=r"no sample of up to 1e\+12 observations reaches the level"):
        lasso_size(lambda n, design: 1.0, 2.0, PUBLISHED)


def test_units_of_the_response_do_not_change_a_relative_risk() -> None:
    large = Design(snr=30.0, noise_variance=100.0)
    for rule in (textbook_penalty, universal_penalty):
        ratio = risk_at_penalty(175, rule(175, large), large) / risk_at_penalty(175, rule(175, PUBLISHED), PUBLISHED)
        assert ratio == pytest.approx(100.0, rel=1e-6)


@pytest.mark.parametrize("penalty", [0.0, -0.1, float("nan"), float("inf"), [0.1, 0.0]])
def test_refuses_a_penalty_that_is_not_positive_and_finite(penalty: float) -> None:
    with pytest.raises(ValueError, match="the penalty must be above 0 and finite"):
        risk_at_penalty([200, 300], penalty, PUBLISHED)


@pytest.mark.parametrize("alpha", [-0.1, float("nan")])
def test_refuses_a_threshold_below_zero(alpha: float) -> None:
    with pytest.raises(ValueError, match="thresholds must be at least 0"):
        fixed_point(200, alpha, PUBLISHED)


@pytest.mark.parametrize("level", [0.0, -2.0, float("nan"), float("inf")])
def test_refuses_a_level_no_risk_can_have(level: float) -> None:
    for size in (
        lambda: least_squares_size(10, level),
        lambda: lasso_size(textbook_penalty, level, PUBLISHED),
    ):
        with pytest.raises(ValueError, match="the risk to reach must be finite and above 0"):
            size()


def test_a_design_shares_its_signal_among_the_relevant_covariates() -> None:
    design = Design(covariates=100, relevant=4, snr=9.0, noise_variance=4.0)
    assert design.signal == pytest.approx(36.0)
    assert design.coefficients == pytest.approx([3.0, 3.0, 3.0, 3.0])
    assert design.omitted == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("law", "expected"),
    [("equal", [2.0, 2.0, 2.0]), ("linear", [3.0, 2.0, 1.0]), ("geometric", [4.0, 2.0, 1.0])],
)
def test_coefficient_laws_by_hand(law: str, expected: list[float]) -> None:
    signal = float(np.sum(np.square(expected)))
    design = Design(covariates=9, relevant=3, snr=signal / 2.0, noise_variance=2.0, coefficient_law=law)
    assert design.coefficients == pytest.approx(expected)
    assert design.omitted == pytest.approx(expected[-1])


@given(relevant=st.integers(1, 500), snr=st.floats(1e-3, 1e6), law=st.sampled_from([*COEFFICIENT_LAWS]))
@settings(deadline=None, max_examples=30)
def test_every_law_keeps_the_signal_and_the_order(relevant: int, snr: float, law: str) -> None:
    design = Design(relevant=relevant, snr=snr, noise_variance=0.3, coefficient_law=law)
    assert design.coefficients.shape == (relevant,)
    assert np.sum(design.coefficients**2) == pytest.approx(design.signal)
    assert np.all(np.diff(design.coefficients) <= 0.0)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"relevant": 0}, "number of relevant covariates must be a whole number of at least 1, got 0"),
        ({"relevant": -1}, "number of relevant covariates must be a whole number of at least 1, got -1"),
        ({"relevant": 2.0}, r"number of relevant covariates must be a whole number of at least 1, got 2\.0"),
        ({"relevant": True}, "number of relevant covariates must be a whole number of at least 1, got True"),
        ({"covariates": 5, "relevant": 6}, "among the 5 covariates, got 6"),
        ({"covariates": 0}, "number of covariates must be a whole number of at least 1, got 0"),
        ({"covariates": 1e3}, r"number of covariates must be a whole number of at least 1, got 1000\.0"),
        ({"covariates": float("nan")}, "number of covariates must be a whole number of at least 1, got nan"),
        ({"snr": 0.0}, "signal-to-noise ratio must be finite and above 0"),
        ({"snr": -1.0}, "signal-to-noise ratio must be finite and above 0"),
        ({"snr": float("nan")}, "signal-to-noise ratio must be finite and above 0, got nan"),
        ({"snr": float("inf")}, "signal-to-noise ratio must be finite and above 0, got inf"),
        ({"noise_variance": 0.0}, "noise variance must be finite and above 0"),
        ({"noise_variance": -1.0}, "noise variance must be finite and above 0"),
        ({"noise_variance": "1"}, "noise variance must be finite and above 0"),
        ({"coefficient_law": "cubic"}, "one of equal, linear, geometric, got 'cubic'"),
    ],
)
def test_refuses_an_impossible_design(parameters: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Design(**parameters)  # type: ignore[arg-type]
