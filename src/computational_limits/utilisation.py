"""Burden against operations performed: the share of the peak that trainings reach.

A hardware burden counts what the processors could have done at their peak, a
count of operations what they did. At one precision

    burden = operations / utilisation,

and where the burden takes one rate and the training ran at another, burden =
operations / utilisation x rate of the burden / rate of the training. Nothing
here reads a file or draws a figure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from computational_limits.audit import Records, audit
from computational_limits.burden import peak_gflops
from computational_limits.history import GFLOP
from computational_limits.trends import Trend, decimal_years, fit_trend
from computational_limits.uncertainty import LEVEL, Interval

SHARES = {"mfu": "model operations", "hfu": "operations performed"}
"""Kind of utilisation to what it counts: what the network needs, or with what is computed again."""
SAME = "same"
"""Relation of a model and a system that count one training."""
BY_TIME = "hardware time"
"""Method of a system whose operations are hardware x time x an assumed utilisation."""
BURDENS = {"published": "published_gflop", "audited": "corrected_gflop"}
"""Burden to its column in the audit."""
MINIMUM_MODELS = 2
"""Fewest models with a spread."""


@dataclass(frozen=True, slots=True)
class Utilisation:
    """Share of the peak rate over trainings.

    Attributes
    ----------
    n : int
        Trainings.
    median : float
        Their median, as a fraction.
    medians : Interval
        Its 90 % interval by order statistics, which assumes no distribution.
    quartiles : Interval
        First and third quartile.
    ends : Interval
        Least and largest.
    trend : Trend
        log10 of the utilisation on the date.
    """

    n: int
    median: float
    medians: Interval
    quartiles: Interval
    ends: Interval
    trend: Trend


def summarise_utilisation(utilisation: pd.DataFrame, share: str = "mfu", level: float = LEVEL) -> Utilisation:
    """Median, quartiles and trend of the share of the peak that trainings reached.

    Parameters
    ----------
    utilisation : DataFrame
        Table ``utilisation``.
    share : str
        One of `SHARES`.
    level : float
        Coverage of the interval of the median, in (0, 1).

    Returns
    -------
    Utilisation

    Raises
    ------
    KeyError
        If there is no such share.
    ValueError
        With fewer than three trainings.
    """
    if share not in SHARES:
        raise KeyError(f"no utilisation {share!r}: choose one of {', '.join(SHARES)}")
    known = utilisation.dropna(subset=share)
    values = np.sort(known[share].to_numpy(dtype=float))
    first, median, third = (float(quantile) for quantile in np.quantile(values, [0.25, 0.5, 0.75]))
    return Utilisation(
        n=values.size,
        median=median,
        medians=median_interval(values, level),
        quartiles=Interval(first, third),
        ends=Interval(float(values[0]), float(values[-1])),
        trend=fit_trend(decimal_years(known["published"]), known[share]),
    )


def median_interval(values: np.ndarray, level: float = LEVEL) -> Interval:
    """Interval of a median by order statistics.

    The signs of the values about the true median are fair coins, so the k-th
    smallest and the k-th largest enclose it with a probability that the
    binomial distribution gives, at least ``level`` for the largest such k.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        A sample.
    level : float
        Coverage in (0, 1).

    Returns
    -------
    Interval
        Unbounded if the sample is too small.

    Raises
    ------
    ValueError
        If the level lies outside (0, 1).

    Examples
    --------
    Of five values the least and largest enclose the median in 15 of 16 samples:

    >>> median_interval(np.array([3.0, 1.0, 5.0, 2.0, 4.0]))
    Interval(low=1.0, high=5.0)
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"the level of an interval must lie between 0 and 1, got {level}")
    ordered = np.sort(values)
    rank = int(stats.binom.ppf((1.0 - level) / 2.0, ordered.size, 0.5))  # the k-th smallest, k = rank
    if rank < 1:
        return Interval(-np.inf, np.inf)
    return Interval(float(ordered[rank - 1]), float(ordered[-rank]))


def reconcile(
    records: Records, systems: pd.DataFrame, overlap: pd.DataFrame, utilisation: pd.DataFrame
) -> pd.DataFrame:
    """Burden beside operations performed, for every model that has both.

    Parameters
    ----------
    records : Records
        The tables that the audit works on.
    systems, overlap, utilisation : DataFrame
        The tables of these names.

    Returns
    -------
    DataFrame
        One row a model of the overlap: ``model_id``, ``benchmark``, ``model``,
        ``system``, ``relation``, ``method``, ``operations_gflop``;
        ``published_gflop`` and ``audited_gflop``, and as log10 of burden over
        operations ``published_log10_ratio`` and ``audited_log10_ratio``;
        ``utilisation``, the one that the count assumes, else the median of
        table ``utilisation``; ``rate_ratio``, peak rate of one device in the
        burden over that in the count, 1 where the count names none;
        ``log10_expected``, what these two explain of the ratio; and what they
        leave, ``published_left`` and ``audited_left``.
    """
    burdens = audit(records).drop_duplicates("model_id").set_index("model_id")
    table = overlap.merge(systems[["system_id", "system", "training_flop"]], on="system_id", validate="many_to_one")
    known = burdens.reindex(table["model_id"])
    operations = table["training_flop"] / GFLOP
    usual = summarise_utilisation(utilisation).median
    rate = table["model_id"].map(_device_rates(records))
    share = table["assumed_utilisation"].where(table["method"] == BY_TIME).fillna(usual)
    ratio = (rate / table["assumed_gflops"]).where(table["method"] == BY_TIME).fillna(1.0)
    expected = np.log10(ratio / share)
    columns = {
        "benchmark": known["benchmark"].to_numpy(),
        "model": known["model"].to_numpy(),
        "operations_gflop": operations,
        "utilisation": share,
        "rate_ratio": ratio,
        "log10_expected": expected,
    }
    for burden, column in BURDENS.items():
        gflop = known[column].to_numpy(dtype=float)
        columns[f"{burden}_gflop"] = gflop
        columns[f"{burden}_log10_ratio"] = np.log10(gflop / operations)
        columns[f"{burden}_left"] = columns[f"{burden}_log10_ratio"] - expected
    table = table.assign(**columns)
    first = ["model_id", "benchmark", "model", "system", "relation", "method", "operations_gflop"]
    middle = ["utilisation", "rate_ratio", "log10_expected"]
    ends = [f"{burden}_{what}" for burden in BURDENS for what in ("gflop", "log10_ratio", "left")]
    return table[[*first, *middle, *ends]]


def _device_rates(records: Records) -> pd.Series:
    """Peak rate of one chip or card of each model's training, as audited, by model."""
    chips = records.processors.set_index("processor")["chips"].where(
        records.processors.set_index("processor")["kind"] == "TPU"
    )
    rates = peak_gflops(records.processors) / chips.astype("float64").fillna(1.0)
    stages = records.stages.dropna(subset="processor").drop_duplicates("model_id").set_index("model_id")["processor"]
    cards = records.corrections.query("field == 'processor'").drop_duplicates("model_id").set_index("model_id")
    return cards["corrected"].dropna().combine_first(stages).map(rates)


def summarise_reconciliation(reconciled: pd.DataFrame, level: float = LEVEL) -> pd.DataFrame:
    """How far apart burden and operations are, and how much utilisation and precision explain.

    Parameters
    ----------
    reconciled : DataFrame
        What `reconcile` returns.
    level : float
        Coverage of the intervals, in (0, 1).

    Returns
    -------
    DataFrame
        For each of `BURDENS` and each group of methods (all, counted by hardware
        time, counted otherwise), over the models that count the same training:
        ``n``; ``median_ratio``, burden over operations; ``log10_sd``, the spread
        of its log10; ``mean_left`` with its Student interval and ``left_sd``
        with its chi-squared interval, of what utilisation and rates leave; and
        ``explained``, one less the mean square left over the mean square of the
        log10 ratio.
    """
    same = reconciled[reconciled["relation"] == SAME]
    by_time = same["method"] == BY_TIME
    groups = {"all": same, BY_TIME: same[by_time], "other counts": same[~by_time]}
    rows = []
    for burden in BURDENS:
        for name, group in groups.items():
            models = group.dropna(subset=f"{burden}_log10_ratio")
            if len(models) < MINIMUM_MODELS:
                continue
            ratio, left = (models[f"{burden}_{what}"].to_numpy(dtype=float) for what in ("log10_ratio", "left"))
            sd, half = float(left.std(ddof=1)), float(stats.t.ppf(0.5 + level / 2.0, left.size - 1))
            tails = stats.chi2.ppf([0.5 + level / 2.0, 0.5 - level / 2.0], left.size - 1)
            rows.append(
                {
                    "burden": burden,
                    "counted": name,
                    "n": left.size,
                    "median_ratio": float(10.0 ** np.median(ratio)),
                    "log10_sd": float(ratio.std(ddof=1)),
                    "mean_left": float(left.mean()),
                    "mean_left_low": float(left.mean() - half * sd / np.sqrt(left.size)),
                    "mean_left_high": float(left.mean() + half * sd / np.sqrt(left.size)),
                    "left_sd": sd,
                    "left_sd_low": float(sd * np.sqrt((left.size - 1) / tails[0])),
                    "left_sd_high": float(sd * np.sqrt((left.size - 1) / tails[1])),
                    "explained": float(1.0 - np.sum(left**2) / np.sum(ratio**2)),
                }
            )
    return pd.DataFrame(rows)
