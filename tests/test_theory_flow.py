"""Gradient flow against moments of the eigenvalues' law, simulated descent and its limits; FLOP counts by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from computational_limits.theory.design import COEFFICIENT_LAWS, Design
from computational_limits.theory.flops import (
    column_pass_flop,
    gradient_pass_flop,
    least_squares_flop,
    minimum_norm_flop,
)
from computational_limits.theory.gradient_flow import best_stopping, flow_risk, simulate_descent
from computational_limits.theory.risk import draw_flexible_risk, flexible_risk

PUBLISHED = Design(covariates=1000, relevant=10, snr=30.0, noise_variance=1.0)
MEDIUM = Design(covariates=120, relevant=10, snr=30.0, noise_variance=0.5, coefficient_law="linear")
TIMES = np.array([0.0, 0.05, 0.3, 1.0, 4.0, 20.0])


@pytest.mark.parametrize("observations", [60, 120, 240])
def test_flow_risk_is_that_of_simulated_descent(observations: int) -> None:
    """Short steps, p = 120: finite size moves the mean by less than 2 %, four standard errors come on top."""
    generator = np.random.default_rng(2019)
    paths = np.array([simulate_descent(observations, TIMES, MEDIUM, generator, step=5e-4) for _ in range(60)])
    standard_error = paths.std(axis=0, ddof=1) / np.sqrt(60)
    expected = flow_risk(observations, TIMES, MEDIUM)
    assert np.all(standard_error <= 0.06 * expected)
    assert np.all(np.abs(paths.mean(axis=0) - expected) <= 4.0 * standard_error + 0.02 * expected)


@pytest.mark.parametrize("observations", [8, 12, 30])
def test_descent_by_eigenvectors_is_descent(observations: int) -> None:
    design, step, steps = Design(covariates=12, relevant=3, snr=5.0), 0.07, 40
    risk = simulate_descent(observations, [step * steps], design, np.random.default_rng(3), step=step)
    generator = np.random.default_rng(3)
    x, truth = generator.standard_normal((observations, 12)), np.append(design.coefficients, np.zeros(9))
    y = x @ truth + generator.standard_normal(observations)
    estimate = np.zeros(12)
    for _ in range(steps):
        estimate += step * x.T @ (y - x @ estimate) / observations
    assert float(risk[0]) == pytest.approx(float(np.sum((estimate - truth) ** 2)), rel=1e-10)


@pytest.mark.parametrize("observations", [10, 40])
def test_descent_ends_at_least_squares_of_minimum_norm(observations: int) -> None:
    design = Design(covariates=20, relevant=3, snr=5.0)
    generator = np.random.default_rng(4)
    ends = np.array([simulate_descent(observations, [1e6], design, generator)[0] for _ in range(1000)])
    exact = np.log10(draw_flexible_risk(observations, design, 10**5, generator))
    standard_error = np.log10(ends).std(ddof=1) / np.sqrt(ends.size)
    assert standard_error < 0.03
    assert abs(np.log10(ends).mean() - exact.mean()) < 4.0 * standard_error


def test_flow_starts_at_the_signal_and_ends_at_the_limit_of_least_squares() -> None:
    """The limit has ``p / (n - p)`` where the finite size has ``p / (n - p - 1)``."""
    large = Design(covariates=10**6, relevant=10, snr=30.0)
    sizes = np.array([10**5, 5 * 10**5, 2 * 10**6, 10**7])
    assert flow_risk(sizes, 0.0, large) == pytest.approx(30.0)
    assert flow_risk(sizes, np.inf, large) == pytest.approx(flexible_risk(sizes, large), rel=1e-5)
    assert flow_risk(sizes, 1e6, large) == pytest.approx(flow_risk(sizes, np.inf, large), rel=1e-9)
    assert float(flow_risk(10**6, np.inf, large)) == np.inf


@given(observations=st.integers(1, 10**5))
@settings(deadline=None, max_examples=40)
def test_short_times_follow_the_moments_of_the_eigenvalues(observations: int) -> None:
    """``E x = 1`` and ``E x^2 = 1 + p/n``: risk ``|b|^2 (1 - 2t + 2t^2 (1 + p/n)) + noise (p/n) t^2``."""
    gamma = 1000 / observations
    t = 1e-4 / (1.0 + gamma)
    expected = 30.0 * (1.0 - 2.0 * t + 2.0 * t**2 * (1.0 + gamma)) + gamma * t**2
    assert float(flow_risk(observations, t, PUBLISHED)) - 30.0 == pytest.approx(expected - 30.0, rel=1e-6)


def test_just_at_the_threshold_the_risk_grows_as_the_root_of_time() -> None:
    """The smallest eigenvalues have density ``x^(-1/2) / pi``."""
    one, hundred = flow_risk(1000, [1e8, 1e10], PUBLISHED)
    assert hundred / one == pytest.approx(10.0, rel=1e-3)


@given(observations=st.integers(1, 20_000), snr=st.floats(0.01, 1e6))
@settings(deadline=None, max_examples=40)
def test_best_stopping_is_the_lowest_on_the_whole_path(observations: int, snr: float) -> None:
    design = Design(snr=snr)
    time, risk = best_stopping(observations, design)
    path = flow_risk(observations, np.append(np.geomspace(1e-7, 1e9, 1500), np.inf), design)
    assert float(risk) <= path.min() * (1.0 + 1e-12)
    assert float(risk) == pytest.approx(path.min(), rel=1e-3)
    assert float(flow_risk(observations, time, design)) == pytest.approx(float(risk), rel=1e-12)


def test_best_stopping_of_many_sizes_is_that_of_each() -> None:
    sizes = np.array([10, 999, 1000, 1001, 5000])
    times, risks = best_stopping(sizes, PUBLISHED)
    for n, time, risk in zip(sizes, times, risks, strict=True):
        assert (float(time), float(risk)) == pytest.approx([float(x) for x in best_stopping(int(n), PUBLISHED)])


def test_stopping_early_removes_the_peak_at_the_threshold() -> None:
    _, risk = best_stopping(np.arange(100, 3000, 50), PUBLISHED)
    assert np.all(np.diff(risk) < 0.0)
    assert np.all(risk < PUBLISHED.signal)


def test_a_law_of_coefficients_or_another_unit_does_not_change_the_flow() -> None:
    risks = [flow_risk(500, TIMES, Design(coefficient_law=law)) for law in COEFFICIENT_LAWS]
    assert np.ptp(risks, axis=0) == pytest.approx(0.0, abs=1e-12)
    assert flow_risk(500, TIMES, Design(noise_variance=100.0)) == pytest.approx(100.0 * risks[0])


@pytest.mark.parametrize("time", [-1.0, float("nan")])
def test_refuses_a_time_before_the_start(time: float) -> None:
    with pytest.raises(ValueError, match="times must be at least 0"):
        flow_risk(500, [1.0, time], PUBLISHED)
    with pytest.raises(ValueError, match="times must be finite and at least 0"):
        simulate_descent(5, [1.0, time], MEDIUM, np.random.default_rng(0))


@pytest.mark.parametrize("observations", [0, 2.5, True])
def test_flow_refuses_what_is_no_sample_size(observations: int) -> None:
    with pytest.raises(ValueError, match="sample sizes must be"):
        flow_risk(observations, 1.0, PUBLISHED)
    with pytest.raises(ValueError, match="sample sizes must be"):
        best_stopping(observations, PUBLISHED)
    with pytest.raises(ValueError, match="sample size must be a whole number"):
        simulate_descent(observations, [1.0], MEDIUM, np.random.default_rng(0))


def test_refuses_steps_that_diverge() -> None:
    with pytest.raises(ValueError, match="descent diverges with steps of 1"):
        simulate_descent(100, [1.0], MEDIUM, np.random.default_rng(0), step=1.0)
    with pytest.raises(ValueError, match="length of a step must be finite and above 0, got 0"):
        simulate_descent(100, [1.0], MEDIUM, np.random.default_rng(0), step=0.0)


def test_flop_of_least_squares_by_hand() -> None:
    """Two covariates, five observations: three inner products of length 5 (half of 4 of 10 FLOP) and 8/3."""
    assert float(least_squares_flop(5, 2)) == pytest.approx(5 * 4 + 8 / 3)
    assert float(minimum_norm_flop(2, 5)) == pytest.approx(4 * 5 + 8 / 3)
    assert float(gradient_pass_flop(5, 2)) == 2 * (2 * 5 * 2)
    assert float(column_pass_flop(5, 7)) == 2 * 5 * 7


def test_both_sides_of_the_threshold_cost_the_same_at_it() -> None:
    assert least_squares_flop(1000, 1000) == minimum_norm_flop(1000, 1000) == pytest.approx(4e9 / 3)


@given(n=st.integers(1, 10**6), d=st.integers(1, 10**6))
def test_the_dual_costs_what_the_transposed_problem_does(n: int, d: int) -> None:
    n, d = max(n, d), min(n, d)
    assert least_squares_flop(n, d) == minimum_norm_flop(d, n)


def test_counts_take_arrays_and_refuse_the_wrong_side() -> None:
    assert least_squares_flop([10, 20], 10) == pytest.approx([1000 + 1000 / 3, 2000 + 1000 / 3])
    with pytest.raises(ValueError, match="at least as many observations as covariates"):
        least_squares_flop([10, 9], 10)
    with pytest.raises(ValueError, match="at least as many covariates as observations"):
        minimum_norm_flop(11, 10)
    for count in (least_squares_flop, minimum_norm_flop, gradient_pass_flop, column_pass_flop):
        with pytest.raises(ValueError, match="must be whole numbers"):
            count(10.0, 10)
        with pytest.raises(ValueError, match="must be at least 1, got 0"):
            count(10, 0)
