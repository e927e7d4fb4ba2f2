"""Risks of the theory chapter against simulation, quadrature, limits and a LASSO solved on the spot."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from computational_limits.scaling import FloatArray
from computational_limits.theory.design import Design
from computational_limits.theory.risk import (
    expert_risk,
    flexible_risk,
    least_squares_log10_risk,
    oracle_risk,
)
from computational_limits.theory.sizes import best_lasso_size, lasso_size, least_squares_size
from computational_limits.theory.state_evolution import (
    best_risk,
    fixed_point,
    risk_at_penalty,
    soft_threshold_risk,
    textbook_penalty,
    universal_penalty,
)

SMALL = Design(covariates=20, relevant=3, snr=5.0, noise_variance=0.7)
PUBLISHED = Design(covariates=1000, relevant=10, snr=30.0, noise_variance=1.0)
DRAWS = 4000


def coefficients(design: Design) -> FloatArray:
    beta = np.zeros(design.covariates)
    beta[: design.relevant] = design.coefficient
    return beta


def draw(
    observations: int, draws: int, design: Design, generator: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Covariates, shape (draws, n, p), and responses, shape (draws, n)."""
    x = generator.standard_normal((draws, observations, design.covariates))
    noise = np.sqrt(design.noise_variance) * generator.standard_normal((draws, observations))
    return x, x @ coefficients(design) + noise


def simulate_least_squares(observations: int, fitted: slice, design: Design, seed: int) -> FloatArray:
    """Risk of least squares on some covariates, of minimum norm where many fit, one value a draw."""
    x, y = draw(observations, DRAWS, design, np.random.default_rng(seed))
    estimate = np.zeros((DRAWS, design.covariates))
    estimate[:, fitted] = np.einsum("dpn,dn->dp", np.linalg.pinv(x[:, :, fitted]), y)
    return np.sum((estimate - coefficients(design)) ** 2, axis=1)


def assert_is_mean_of(expected: float, simulated: FloatArray) -> None:
    """Within four standard errors, and those small enough to tell."""
    standard_error = simulated.std(ddof=1) / np.sqrt(simulated.size)
    assert standard_error < 0.05 * abs(simulated.mean())
    assert abs(simulated.mean() - expected) < 4.0 * standard_error


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
    simulated = simulate_least_squares(observations, slice(0, 3), SMALL, seed=1)
    assert_is_mean_of(float(oracle_risk(observations, SMALL)), simulated)


@pytest.mark.parametrize("observations", [15, 60])
def test_expert_risk_is_that_of_simulated_fits_without_one_true_covariate(observations: int) -> None:
    simulated = simulate_least_squares(observations, slice(1, 4), SMALL, seed=2)
    assert_is_mean_of(float(expert_risk(observations, SMALL)), simulated)


@pytest.mark.parametrize("observations", [5, 10, 40, 100])
def test_flexible_risk_is_that_of_simulated_fits_on_both_sides_of_the_peak(observations: int) -> None:
    simulated = simulate_least_squares(observations, slice(0, 20), SMALL, seed=3)
    assert_is_mean_of(float(flexible_risk(observations, SMALL)), simulated)


@pytest.mark.parametrize(("observations", "fitted"), [(3, 3), (15, 3), (20, 20), (40, 20)])
def test_mean_log10_risk_is_that_of_simulated_fits(observations: int, fitted: int) -> None:
    simulated = np.log10(simulate_least_squares(observations, slice(0, fitted), SMALL, seed=4))
    expected = float(least_squares_log10_risk(observations, fitted, SMALL.noise_variance))
    standard_error = simulated.std(ddof=1) / np.sqrt(DRAWS)
    assert standard_error < 0.02
    assert abs(simulated.mean() - expected) < 4.0 * standard_error


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


@pytest.mark.parametrize("risk", [oracle_risk, expert_risk, flexible_risk])
def test_risks_refuse_a_sample_without_observations(risk) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="sample sizes must be at least 1"):
        risk([10, 0], PUBLISHED)


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
    assert state is not None
    assert state.risk == pytest.approx(1000 / 2000, rel=1e-9)
    assert state.risk == pytest.approx(float(flexible_risk(3000, PUBLISHED)), rel=1e-3)
    assert state.degrees_of_freedom == pytest.approx(1000)
    assert state.penalty == 0.0


def test_with_strong_signals_and_a_high_threshold_only_the_bias_is_left() -> None:
    """Every signal is kept and no noise: risk ``s (1 + alpha^2) tau^2``, degrees of freedom s."""
    strong = Design(covariates=1000, relevant=10, snr=1e8, noise_variance=1.0)
    state = fixed_point(1000, 5.5, strong)
    assert state is not None
    inflation = 10 * (1.0 + 5.5**2)
    assert state.risk == pytest.approx(inflation / (1000 - inflation), rel=1e-6)
    assert state.degrees_of_freedom == pytest.approx(10, rel=1e-4)
    assert state.penalty == pytest.approx(5.5 * state.tau * 0.99)


def test_where_everything_is_drowned_the_risk_is_the_signal() -> None:
    weak = Design(covariates=1000, relevant=10, snr=1e-6, noise_variance=1.0)
    state = fixed_point(5000, 6.0, weak)
    assert state is not None
    assert state.risk == pytest.approx(weak.signal, rel=0.01)
    assert state.tau == pytest.approx(np.sqrt(1.0 / 5000), rel=1e-4)


@given(observations=st.integers(20, 5000), alpha=st.floats(0.3, 4.0), snr=st.floats(0.5, 1000.0))
@settings(deadline=None, max_examples=40)
def test_the_fixed_point_is_one(observations: int, alpha: float, snr: float) -> None:
    design = Design(snr=snr)
    state = fixed_point(observations, alpha, design)
    if state is None:
        below_threshold = 1000 * soft_threshold_risk(0.0, alpha)
        assert observations < below_threshold + 10 * (1.0 + alpha**2)
        return
    assert observations * state.tau**2 == pytest.approx(design.noise_variance + state.risk, rel=1e-6)
    assert state.penalty == pytest.approx(alpha * state.tau * (1 - state.degrees_of_freedom / observations))


def test_too_few_observations_for_a_low_threshold_have_no_fixed_point() -> None:
    assert fixed_point(500, 0.0, PUBLISHED) is None


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
    size = best_lasso_size(2.0, PUBLISHED)
    assert best_risk(size - 1, PUBLISHED) > 2.0 >= best_risk(size, PUBLISHED)


def test_hindsight_needs_fewer_observations_than_the_universal_and_that_fewer_than_the_textbook() -> None:
    best = best_lasso_size(2.0, PUBLISHED)
    universal = lasso_size(universal_penalty, 2.0, PUBLISHED)
    textbook = lasso_size(textbook_penalty, 2.0, PUBLISHED)
    assert best < universal < textbook


def test_sizes_do_not_depend_on_the_units_of_the_response() -> None:
    large = Design(snr=30.0, noise_variance=100.0)
    assert lasso_size(textbook_penalty, 2.0, large) == lasso_size(textbook_penalty, 2.0, PUBLISHED)


def test_a_penalty_that_never_shrinks_is_refused_when_the_reference_is_out_of_reach() -> None:
    """A constant penalty of 1 leaves a bias of 1 on each of the ten coefficients: risk 10 at best."""
    with pytest.raises(ValueError):  # noqa: PT011
        lasso_size(lambda n, design: 1.0, 2.0, PUBLISHED)


def test_units_of_the_response_do_not_change_a_relative_risk() -> None:
    large = Design(snr=30.0, noise_variance=100.0)
    for rule in (textbook_penalty, universal_penalty):
        ratio = risk_at_penalty(175, rule(175, large), large) / risk_at_penalty(175, rule(175, PUBLISHED), PUBLISHED)
        assert ratio == pytest.approx(100.0, rel=1e-6)


@pytest.mark.parametrize("penalty", [0.0, -0.1])
def test_refuses_a_penalty_that_is_not_positive(penalty: float) -> None:
    with pytest.raises(ValueError, match="the penalty must be above 0"):
        risk_at_penalty(200, penalty, PUBLISHED)


def test_a_design_shares_its_signal_among_the_relevant_covariates() -> None:
    design = Design(covariates=100, relevant=4, snr=9.0, noise_variance=4.0)
    assert design.signal == pytest.approx(36.0)
    assert design.coefficient == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"relevant": 0}, "between 1 and 1000, got 0"),
        ({"relevant": -1}, "between 1 and 1000, got -1"),
        ({"covariates": 5, "relevant": 6}, "between 1 and 5, got 6"),
        ({"covariates": 0}, "between 1 and 0, got 10"),
        ({"snr": 0.0}, "signal-to-noise ratio must be finite and above 0"),
        ({"snr": -1.0}, "signal-to-noise ratio must be finite and above 0"),
        ({"noise_variance": 0.0}, "noise variance must be finite and above 0"),
        ({"noise_variance": -1.0}, "noise variance must be finite and above 0"),
    ],
)
def test_refuses_an_impossible_design(parameters: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Design(**parameters)  # type: ignore[arg-type]
