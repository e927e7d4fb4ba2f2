"""A family of models that grows with its data: what performance costs in computing.

The family has ``d = ratio * n`` covariates at n observations, of which a fixed
number is relevant. Its model is the LASSO under the universal penalty, its
performance ``1 / RMSE = risk^(-1/2)``. The error of a fit falls about as
``n^(-1/2)``, so n grows as performance squared, and one pass over the covariates,
of order ``d n``, as its fourth power: the lower bound of
:cite:t:`thompson2020computational`. The bound is one for large samples. Where
few are known the risk still falls faster than ``1 / n``, and the sweeps over the
few covariates in the model weigh more: fitted to small n, exponents are lower.

Computing is counted while the fit is made, in passes over one covariate
of n multiply-adds each (see `flops.column_pass_flop`). The draws are not counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from computational_limits.theory.design import SEED, Design, check_count, check_sizes
from computational_limits.theory.flops import column_pass_flop, gradient_pass_flop
from computational_limits.theory.state_evolution import risk_at_penalty, universal_penalty
from computational_limits.uncertainty import LEVEL

if TYPE_CHECKING:
    from computational_limits.theory.coordinate_descent import LassoFit

SIZES = (50, 100, 200, 400, 800, 1600, 3200)
RATIO = 2
"""Covariates per observation in the family that grows with its data."""
REPETITIONS = 30
LARGE = 200
"""Observations from which on the risk of the family falls no faster than ``1 / n``: the bound is one for many."""
GROWTH_LAWS = MappingProxyType(
    {
        "computing of a gradient pass against performance": ("gradient_flop", "performance"),
        "computing of a fit against performance": ("compute_flop", "performance"),
        "observations against performance": ("n", "performance"),
        "computing of a fit against observations": ("compute_flop", "n"),
    }
)
"""Exponents fitted: what grows, and the quantity it grows as a power of."""


def grow(sizes: Sequence[int], ratio: int, repetitions: int, template: Design, seed: int) -> pd.DataFrame:
    """Simulate the family: draw samples, fit them and count the computing.

    Repetition i draws from ``SeedSequence(seed, spawn_key=(i,))``, in ascending
    order of the sizes, so that it does not depend on the number of repetitions.

    Parameters
    ----------
    sizes : sequence of int
        Sample sizes ``n``.
    ratio : int
        Covariates per observation, ``d / n``.
    repetitions : int
        Samples of each size.
    template : Design
        The problem, but for its number of covariates.
    seed : int
        Seed of the draws, at least 0.

    Returns
    -------
    DataFrame
        A row for each repetition and size, with the columns of `predict_growth` and

        - ``repetition``;
        - ``selected``, covariates in the model;
        - ``passes``, over one covariate;
        - ``compute_flop``, the computing of the fit.

    Raises
    ------
    ValueError
        If a number is no count, there are fewer than two sizes, a size has fewer
        covariates than are relevant, or the seed is negative.
    """
    n = _checked_sizes(sizes)
    check_count(repetitions, "the number of repetitions")
    designs = _designs(n, ratio, template)
    rows = []
    for repetition in range(repetitions):
        generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(repetition,)))
        for observations, design in zip(n, designs, strict=True):
            risk, fit = _draw_fit(int(observations), design, generator)
            rows.append((repetition, observations, risk, np.count_nonzero(fit.coefficients), fit.passes))
    table = pd.DataFrame(rows, columns=["repetition", "n", "risk", "selected", "passes"])
    table["compute_flop"] = column_pass_flop(table["n"], table["passes"])
    return _with_performance(table, ratio)


def predict_growth(sizes: Sequence[int], ratio: int, template: Design) -> pd.DataFrame:
    """Predict the family's performance by state evolution, without a draw.

    Parameters
    ----------
    sizes : sequence of int
        Sample sizes ``n``.
    ratio : int
        Covariates per observation, ``d / n``.
    template : Design
        The problem, but for its number of covariates.

    Returns
    -------
    DataFrame
        A row for each size, with columns

        - ``n`` and ``covariates``;
        - ``risk``, in units of the squared response;
        - ``performance``, ``risk^(-1/2)``;
        - ``gradient_flop``, the computing of one gradient pass.

    Raises
    ------
    ValueError
        As `grow`.

    Examples
    --------
    >>> predict_growth([100, 1000], 2, Design())["risk"].round(3).tolist()
    [1.736, 0.167]
    """
    n = _checked_sizes(sizes)
    risks = [
        float(risk_at_penalty(observations, universal_penalty(observations, design), design))
        for observations, design in zip(n, _designs(n, ratio, template), strict=True)
    ]
    return _with_performance(pd.DataFrame({"n": n, "risk": risks}), ratio)


def fit_growth(table: pd.DataFrame, seed: int = 0, resamples: int = 2000, level: float = LEVEL) -> pd.DataFrame:
    """Fit the exponents of the family's growth.

    The logarithms of both quantities of a law are regressed on that of the
    observations, the only one without noise; the exponent is the ratio of the
    two slopes. An interval is that of the percentiles of a bootstrap which
    resamples whole repetitions.

    Parameters
    ----------
    table : DataFrame
        Result of `grow` or `predict_growth`, or some of its sizes.
    seed : int
        Seed of the bootstrap.
    resamples : int
        Resamples of the bootstrap.
    level : float
        Coverage in (0, 1).

    Returns
    -------
    DataFrame
        A row for each of the `GROWTH_LAWS` whose columns the table has: ``law``,
        ``exponent``, ``low`` and ``high``; the latter NaN with a single repetition.

    Raises
    ------
    ValueError
        If a column is missing or not finite and positive, there are fewer than two
        sizes, a repetition lacks one, a level is not in (0, 1), or performance
        does not rise with the observations in every resample.
    """
    check_count(resamples, "the number of resamples")
    if not 0.0 < level < 1.0:
        raise ValueError(f"the level must lie between 0 and 1, got {level}")
    slopes = _slopes(table if "repetition" in table else table.assign(repetition=0))
    generator = np.random.default_rng(seed)
    repetitions = len(slopes)
    drawn = generator.integers(repetitions, size=(resamples, repetitions))
    tails = [(1.0 - level) / 2.0, (1.0 + level) / 2.0]
    rows = []
    for law, (grows, base) in GROWTH_LAWS.items():
        if grows not in slopes:
            continue
        above, below = slopes[grows].to_numpy(), slopes[base].to_numpy()
        resampled = below[drawn].mean(axis=1)
        if min(resampled.min(), below.mean()) <= 0.0:
            raise ValueError(f"{base} does not rise with the observations in every resample: there is no exponent")
        low, high = np.quantile(above[drawn].mean(axis=1) / resampled, tails) if repetitions > 1 else (np.nan, np.nan)
        rows.append((law, above.mean() / below.mean(), low, high))
    return pd.DataFrame(rows, columns=["law", "exponent", "low", "high"])


def large_growth(table: pd.DataFrame) -> pd.DataFrame:
    """Exponents of the family from `LARGE` observations on, by law, as `fit_growth` gives them."""
    return fit_growth(table[table["n"] >= LARGE]).set_index("law")


def write_growth(output: Path) -> None:
    """Write the family of the theory chapter as CSV."""
    table = grow(SIZES, RATIO, REPETITIONS, Design(), SEED)
    output.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(output, index=False, lineterminator="\n")


def _checked_sizes(sizes: Sequence[int]) -> np.ndarray:
    n = np.unique(check_sizes(sizes)).astype(int)
    if n.size < 2:
        raise ValueError(f"growth needs at least two sizes, got {n.size}")
    return n


def _designs(n: np.ndarray, ratio: int, template: Design) -> list[Design]:
    """The template at each size; refuses sizes with fewer covariates than are relevant."""
    check_count(ratio, "the number of covariates per observation")
    return [replace(template, covariates=int(ratio * observations)) for observations in n]


def _draw_fit(observations: int, design: Design, generator: np.random.Generator) -> tuple[float, LassoFit]:
    """Risk of a LASSO on one sample, and the LASSO."""
    columns = generator.standard_normal((design.covariates, observations))
    noise = design.noise_variance**0.5 * generator.standard_normal(observations)
    y = design.coefficients @ columns[: design.relevant] + noise
    from computational_limits.theory.coordinate_descent import fit_lasso  # its compiler is slow to import

    fit = fit_lasso(columns.T, y, float(universal_penalty(observations, design)))
    error = fit.coefficients.copy()
    error[: design.relevant] -= design.coefficients
    return float(error @ error), fit


def _with_performance(table: pd.DataFrame, ratio: int) -> pd.DataFrame:
    covariates = ratio * table["n"]
    return table.assign(
        covariates=covariates,
        performance=table["risk"] ** -0.5,
        gradient_flop=gradient_pass_flop(table["n"], covariates),
    )


def _slopes(table: pd.DataFrame) -> pd.DataFrame:
    """Slope on log observations of the logarithm of each quantity, one row a repetition."""
    missing = {"n", "performance", "gradient_flop"}.difference(table)
    if missing:
        raise ValueError(f"the table has no column {', '.join(sorted(missing))}")
    quantities = [name for name in ("n", "performance", "gradient_flop", "compute_flop") if name in table]
    values = table[quantities].to_numpy(dtype=float)
    if not np.all((values > 0.0) & (values < np.inf)):
        raise ValueError(f"{', '.join(quantities)} must be finite and above 0")
    log_n = np.log(np.unique(table["n"]))
    if log_n.size < 2:
        raise ValueError("an exponent needs at least two sizes")
    centred = log_n - log_n.mean()
    slopes = {}
    for name in quantities:
        logs = np.log(table.set_index(["repetition", "n"], drop=False)[name]).unstack().to_numpy()
        if np.isnan(logs).any():
            raise ValueError("every repetition needs a row for every size")
        slopes[name] = logs @ centred / (centred @ centred)
    return pd.DataFrame(slopes)
