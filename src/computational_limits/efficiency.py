"""What gain in efficiency the targets would need, and what gains the literature reports.

A gain is a factor; its decades are comparable whatever it is a gain of, which
is kind to most remedies: few of the reported gains are of training.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from computational_limits.regressions import HARDWARE_BURDEN
from computational_limits.vintages import MEASURES

TRAINING, USE, SEARCH = "training", "use", "search"
"""What a reported gain applies to."""
BEST_MODEL = "the best model so far"
"""Today's computing that a target is held against, beside budgets."""


def best_models(models: pd.DataFrame) -> pd.DataFrame:
    """The model of least error of each benchmark, among equals that of least computing.

    Parameters
    ----------
    models : DataFrame
        Models of one vintage, as `vintages.read_models` returns them.

    Returns
    -------
    DataFrame
        One row a benchmark, in the order of the models; models without a burden are passed over.
    """
    column = MEASURES[HARDWARE_BURDEN]
    known = models.dropna(subset=[column]).sort_values(["error", column], kind="stable")
    order = list(models["benchmark"].unique())
    best = known.drop_duplicates("benchmark").set_index("benchmark")
    return best.loc[[key for key in order if key in best.index]].reset_index()


def tabulate_needs(
    projections: pd.DataFrame, models: pd.DataFrame, log10_gflop_of_budgets: Mapping[str, float]
) -> pd.DataFrame:
    """Decades of efficiency that each target needs: ``needs.csv``.

    Parameters
    ----------
    projections : DataFrame
        Rows of ``projections.csv`` of one vintage.
    models : DataFrame
        Models of that vintage.
    log10_gflop_of_budgets : mapping
        Budget to the log10 GFLOP it buys today.

    Returns
    -------
    DataFrame
        ``benchmark``, ``vintage``, ``form``, ``label``, ``error``, ``against``,
        the log10 GFLOP that are there, and ``decades`` with its 90 % interval:
        the projection less what is there. Below 0 no gain is needed.
    """
    best = best_models(models).set_index("benchmark")[MEASURES[HARDWARE_BURDEN]]
    rows = []
    for row in projections.to_dict("records"):
        there = {BEST_MODEL: float(np.log10(best[row["benchmark"]])), **log10_gflop_of_budgets}
        rows += [
            {
                **{key: row[key] for key in ("benchmark", "vintage", "form", "label", "error")},
                "against": against,
                "log10_gflop_there": have,
                "decades": row["log10_gflop"] - have,
                "decades_low": row["log10_gflop_low"] - have,
                "decades_high": row["log10_gflop_high"] - have,
            }
            for against, have in there.items()
        ]
    return pd.DataFrame(rows)


def summarise_gains(gains: pd.DataFrame) -> pd.DataFrame:
    """Reported gains by family and by what they apply to.

    Parameters
    ----------
    gains : DataFrame
        Table ``gains``.

    Returns
    -------
    DataFrame
        ``family``, ``applies_to``, ``n`` reports, the least and the largest
        factor, and the ``decades`` of the largest; in the order of the table.
    """
    groups = gains.groupby(["family", "applies_to"], sort=False)
    table = groups.agg(n=("gain_id", "size"), low=("gain_low", "min"), high=("gain_high", "max")).reset_index()
    return table.assign(decades=np.log10(table["high"]))


def stack_gains(gains: pd.DataFrame, applies_to: str | None = None) -> float:
    """Decades that the largest gains of all families would make together.

    Parameters
    ----------
    gains : DataFrame
        Table ``gains``.
    applies_to : str, optional
        Gains in this alone; in anything by default.

    Returns
    -------
    float
        Sum over the families of the decades of the largest gain. It is more
        than can be had: families overlap, and their largest gains hold for
        different things.

    Examples
    --------
    >>> gains = pd.DataFrame({"family": list("aab"), "applies_to": "use", "gain_high": [10.0, 100.0, 1000.0]})
    >>> stack_gains(gains)
    5.0
    """
    chosen = gains if applies_to is None else gains[gains["applies_to"] == applies_to]
    return float(np.log10(chosen.groupby("family")["gain_high"].max()).sum())
