"""Error against the operations of one pass: the middle of the models and their frontier.

A quantile of performance above the middle follows the models that are good for
their size. Models of one cluster, a paper or a family of architectures, are not
independent, so every interval is given twice: as if they were, and by cluster.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import optimize

from computational_limits.arrays import FloatArray, IntArray
from computational_limits.bootstrap import draw_papers
from computational_limits.estimators import BY_RANK, HC3, JACKKNIFE, quantile_loss
from computational_limits.fits import LEAST_SQUARES, QUANTILES, fit, paper_codes
from computational_limits.scaling import PERFORMANCE_ON_COMPUTING, POLYNOMIAL
from computational_limits.uncertainty import LEVEL, Interval, inverse_interval
from computational_limits.vintages import MEASURES

PER_PASS_GFLOP = MEASURES["ops_per_pass"]
SLOPES = (-1.0, 1.0)
"""Slopes looked through in resamples, in decades of performance per decade of computing."""
ESTIMATORS = (LEAST_SQUARES, *QUANTILES)
COLUMNS = (
    "models",
    "estimator",
    "n",
    "clusters",
    "intercept",
    "slope",
    "exponent",
    "exponent_low",
    "exponent_high",
    "cluster_low",
    "cluster_high",
)
"""Columns of ``per_pass.csv``."""


def tabulate_frontiers(groups: Mapping[str, pd.DataFrame], seed: int, resamples: int) -> pd.DataFrame:
    """Exponent of the operations per pass in performance, in the middle and at the frontier of models.

    Parameters
    ----------
    groups : mapping
        Name to models: columns ``ops_per_pass_gflop``, ``error`` and ``cluster``; those without a measure are left out.
    seed, resamples : int
        Of the resampling of clusters.

    Returns
    -------
    DataFrame
        ``per_pass.csv``, `COLUMNS`, for the polynomial form. ``exponent_low``
        to ``exponent_high`` takes models as independent: HC3 for least squares,
        ranks for quantiles. ``cluster_low`` to ``cluster_high`` is by cluster:
        the jackknife for least squares, percentiles of resamples for quantiles.
    """
    rows = []
    for name, models in groups.items():
        known = models.dropna(subset=[PER_PASS_GFLOP, "error"])
        compute, error = (known[column].to_numpy(dtype=float) for column in (PER_PASS_GFLOP, "error"))
        codes = paper_codes(known["cluster"], len(known))
        for estimator in ESTIMATORS:
            row = _fit_row(compute, error, codes, estimator, seed, resamples)
            rows.append({"models": name, "n": len(known), "clusters": int(codes.max()) + 1} | row)
    return pd.DataFrame(rows, columns=COLUMNS)


def _fit_row(
    compute: FloatArray, error: FloatArray, codes: IntArray, estimator: str, seed: int, resamples: int
) -> dict[str, Any]:
    """Coefficients and both intervals of one estimator."""
    errors = HC3 if estimator == LEAST_SQUARES else BY_RANK
    law = fit(compute, error, POLYNOMIAL, PERFORMANCE_ON_COMPUTING, estimator, errors)
    if estimator == LEAST_SQUARES:
        by_cluster = fit(compute, error, errors=JACKKNIFE, clusters=codes).exponent_interval
    else:
        x, y = POLYNOMIAL.x(compute), POLYNOMIAL.response(error)
        slopes = resample_quantile(x, y, codes, QUANTILES[estimator], seed, resamples)
        ends = Interval(*(float(end) for end in np.quantile(slopes, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0])))
        by_cluster = inverse_interval(ends, law.slope)
    return {
        "estimator": estimator,
        "intercept": law.intercept,
        "slope": law.slope,
        "exponent": law.exponent,
        "exponent_low": law.exponent_interval.low,
        "exponent_high": law.exponent_interval.high,
        "cluster_low": by_cluster.low,
        "cluster_high": by_cluster.high,
    }


def resample_quantile(
    x: FloatArray, y: FloatArray, codes: IntArray, quantile: float, seed: int, resamples: int
) -> FloatArray:
    """Slope of a quantile of ``y`` on ``x`` in each resample of clusters.

    Parameters
    ----------
    x, y : ndarray of float, shape (n,)
        Predictor and response.
    codes : ndarray of int, shape (n,)
        Cluster of each, from 0.
    quantile : float
        Share of the responses below the line.
    seed, resamples : int
        Of the draws.

    Returns
    -------
    ndarray of float, shape (resamples,)
    """
    counts = draw_papers(int(codes.max()) + 1, resamples, seed).astype(int)
    places = np.arange(x.size)

    def slope(chosen: IntArray) -> float:
        drawn_x, drawn_y = x[chosen], y[chosen]
        found = optimize.minimize_scalar(
            lambda b: quantile_loss(drawn_x, drawn_y, b, quantile), bounds=SLOPES, method="bounded",
            options={"xatol": 1e-7},
        )  # fmt: skip
        return float(found.x)

    return np.array([slope(np.repeat(places, count[codes])) for count in counts])
