"""How far the law of a benchmark moved per year: computing saved at equal error.

The response of the polynomial form is regressed on log10 computing and the
year, over the models of 2020 and later ones. The slope of the year over that of
computing is the shift in decades of computing per year.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from computational_limits.arrays import FloatArray, IntArray
from computational_limits.bootstrap import draw_papers
from computational_limits.crossing import ratio_interval
from computational_limits.estimators import JACKKNIFE, least_squares, t_p_value, t_quantile
from computational_limits.fits import LEAST_SQUARES, paper_codes
from computational_limits.hindcast import WAY, earlier_models
from computational_limits.history import MID_YEAR
from computational_limits.protocol import Protocol
from computational_limits.scaling import PERFORMANCE_ON_COMPUTING, POLYNOMIAL, fit_law
from computational_limits.uncertainty import Interval
from computational_limits.vintages import PUBLISHED

COLUMNS = (
    "benchmark",
    "edition",
    "conversion",
    "n_earlier",
    "n_later",
    "papers",
    "slope_computing",
    "slope_year",
    "p_value_year",
    "correlation",
    "decades_per_year",
    "decades_low",
    "decades_high",
    "bootstrap_low",
    "bootstrap_high",
    "failed",
    "absent",
)
"""Columns of ``progress.csv``."""


def algorithmic_progress(points: pd.DataFrame, later: pd.DataFrame, protocol: Protocol) -> pd.DataFrame:
    """Shift of the law of each benchmark per year.

    Parameters
    ----------
    points : DataFrame
        Models of the fitted vintage, as `vintages.select_vintage` returns them.
    later : DataFrame
        What `hindcast.select_later` returns.
    protocol : Protocol
        Fewest later models, level, seed and resamples.

    Returns
    -------
    DataFrame
        ``progress.csv``, `COLUMNS`: for each benchmark the points alone, and
        with the later models of each edition. ``decades_per_year`` is positive
        where less computing is needed as time goes by; ``decades_low`` to
        ``decades_high`` is Fieller's interval :cite:p:`fieller1954some` with the
        jackknife by paper, ``bootstrap_low`` to ``bootstrap_high`` the
        percentiles over resampled papers, of which ``failed`` had no slope.
        ``correlation`` is that of the year with log10 computing. ``absent``
        says why there is no shift.
    """
    earlier = earlier_models(points)
    earlier = earlier.assign(date=earlier["year"] + MID_YEAR, cluster=earlier["paper"])
    used = later[later["excluded"] == ""]
    rows = []
    for benchmark, models in earlier.groupby("benchmark", sort=False):
        rows.append(_progress(models, used.iloc[:0], protocol) | {"benchmark": benchmark, "edition": PUBLISHED})
        for edition in protocol.editions:
            chosen = used[(used["benchmark"] == benchmark) & (used["edition"] == edition)]
            keys = {"benchmark": benchmark, "edition": edition, "conversion": protocol.conversion}
            few = f"{len(chosen)} later models, fewer than {protocol.progress_minimum_models}"
            enough = len(chosen) >= protocol.progress_minimum_models
            counts = {"n_earlier": len(models), "n_later": len(chosen), "absent": few}
            rows.append((_progress(models, chosen, protocol) if enough else counts) | keys)
    return pd.DataFrame(rows, columns=COLUMNS)


def _progress(earlier: pd.DataFrame, later: pd.DataFrame, protocol: Protocol) -> dict[str, Any]:
    """The shift over two sets of models."""
    columns = ["compute_gflop", "error", "date", "cluster"]
    models = pd.concat([earlier[columns], later[columns]], ignore_index=True) if len(later) else earlier[columns]
    x = np.log10(models["compute_gflop"].to_numpy(dtype=float))
    y = POLYNOMIAL.response(models["error"].to_numpy(dtype=float))
    dates = models["date"].to_numpy(dtype=float)
    design = np.column_stack([np.ones_like(x), x - x.mean(), dates - dates.mean()])
    codes = paper_codes(models["cluster"], len(models))
    row: dict[str, Any] = {
        "conversion": protocol.conversion,
        "n_earlier": len(earlier),
        "n_later": len(later),
        "papers": int(codes.max()) + 1,
        "correlation": float(np.corrcoef(x, dates)[0, 1]),
    }
    try:
        fitted = least_squares(design, y)
        covariance = fitted.covariance(JACKKNIFE, codes)
    except ValueError as refusal:
        return row | {"absent": str(refusal)}
    slope, year = float(fitted.coefficients[1]), float(fitted.coefficients[2])
    df = fitted.inference_degrees_of_freedom(JACKKNIFE, codes)
    ends = shift_interval(slope, year, covariance[1:, 1:], t_quantile(df, protocol.level))
    shifts = resample_shift(design, y, codes, protocol.seed, protocol.resamples)
    there = shifts[np.isfinite(shifts)]
    low, high = np.quantile(there, [(1.0 - protocol.level) / 2.0, (1.0 + protocol.level) / 2.0])
    return row | {
        "slope_computing": slope,
        "slope_year": year,
        "p_value_year": t_p_value(year, float(np.sqrt(covariance[2, 2])), df),
        "decades_per_year": year / slope,
        "decades_low": ends.low,
        "decades_high": ends.high,
        "bootstrap_low": float(low),
        "bootstrap_high": float(high),
        "failed": int(shifts.size - there.size),
        "absent": "",
    }


def shift_interval(slope: float, year: float, covariance: FloatArray, t: float) -> Interval:
    """Fieller's interval of ``year / slope`` for two estimates with a covariance.

    Parameters
    ----------
    slope, year : float
        Response per log10 computing and per year.
    covariance : ndarray of float, shape (2, 2)
        Theirs, in this order.
    t : float
        Quantile of Student's law.

    Returns
    -------
    Interval
        As `crossing.ratio_interval` gives it for the part of ``year`` that does not depend on ``slope``.

    Examples
    --------
    >>> shift_interval(0.5, 0.25, np.zeros((2, 2)), 1.8)
    Interval(low=0.5, high=0.5)
    """
    share = covariance[0, 1] / covariance[0, 0] if covariance[0, 0] > 0.0 else 0.0
    variance = max(float(covariance[1, 1] - share * covariance[0, 1]), 0.0)
    ends = ratio_interval(year - share * slope, variance, slope, float(covariance[0, 0]), t)
    return Interval(ends.low + share, ends.high + share)


def resample_shift(design: FloatArray, y: FloatArray, codes: IntArray, seed: int, resamples: int) -> FloatArray:
    """Slope of the year over that of computing in each resample of papers.

    Parameters
    ----------
    design : ndarray of float, shape (n, 3)
        Constant, log10 computing and year.
    y : ndarray of float, shape (n,)
        Response.
    codes : ndarray of int, shape (n,)
        Paper of each model, from 0.
    seed, resamples : int
        Of the draws.

    Returns
    -------
    ndarray of float, shape (resamples,)
        NaN for a resample whose papers do not determine the slopes.
    """
    papers, p = int(codes.max()) + 1, design.shape[1]
    products = design[:, :, None] * np.column_stack([design, y])[:, None, :]
    sums = np.zeros((papers, p, p + 1))
    np.add.at(sums, codes, products)
    drawn = np.tensordot(draw_papers(papers, resamples, seed), sums, axes=1)
    gram, right = drawn[:, :, :p], drawn[:, :, p:]
    known = np.linalg.cond(gram) < 1.0 / np.finfo(float).eps ** 0.5
    coefficients = np.linalg.solve(np.where(known[:, None, None], gram, np.eye(p)), right)[:, :, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(known, coefficients[:, 2] / coefficients[:, 1], np.nan)


def computing_saved(points: pd.DataFrame, forecasts: pd.DataFrame, benchmark: str) -> pd.DataFrame:
    """Decades of computing by which each model undercuts the polynomial law of 2020.

    Parameters
    ----------
    points : DataFrame
        Models of the fitted vintage, as `vintages.select_vintage` returns them.
    forecasts : DataFrame
        What `hindcast.hindcast` returns, from the same points.
    benchmark : str
        Models of this benchmark.

    Returns
    -------
    DataFrame
        ``edition``, ``model``, ``date``, ``saved``: log10 GFLOP on the law less what was used; dates in decimal years.
    """
    earlier = earlier_models(points)
    earlier = earlier[earlier["benchmark"] == benchmark]
    law = fit_law(earlier["compute_gflop"], earlier["error"], POLYNOMIAL)
    known = pd.DataFrame(
        {
            "edition": PUBLISHED,
            "model": earlier["model"],
            "date": earlier["year"] + MID_YEAR,
            "saved": law.log10_compute_for(earlier["error"]) - np.log10(earlier["compute_gflop"]),
        }
    )
    way = (forecasts[WAY] == [POLYNOMIAL.name, PERFORMANCE_ON_COMPUTING, LEAST_SQUARES]).all(axis=1)
    later = forecasts[way & (forecasts["benchmark"] == benchmark)]
    later = later.assign(saved=later["predicted_log10_gflop"] - later["log10_gflop"])
    return pd.concat([known, later[list(known.columns)]], ignore_index=True)
