"""From a law and a target error to computing, dollars and carbon."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from computational_limits.costs import Costs
from computational_limits.scaling import Law
from computational_limits.uncertainty import LEVEL, crossing_interval

COLUMNS = [
    "benchmark",
    "vintage",
    "measure",
    "form",
    "label",
    "error",
    "log10_gflop",
    "log10_gflop_low",
    "log10_gflop_high",
    "log10_usd",
    "log10_lb_co2",
    "decades_beyond_data",
]
"""Columns of ``projections.csv``."""
COST_COLUMNS = {"log10 GFLOP": "log10_gflop", "log10 USD": "log10_usd", "log10 lb CO2": "log10_lb_co2"}
"""Unit of a cell of the target table to the column that holds our counterpart."""


def project_targets(
    laws: Mapping[str, Law],
    targets: pd.DataFrame,
    costs: Costs,
    benchmark: str,
    vintage: str,
    measure: str,
) -> pd.DataFrame:
    """Computing, dollars and carbon at which each law reaches each target.

    Parameters
    ----------
    laws : mapping
        Form name to `Law`.
    targets : DataFrame
        Columns ``label`` and ``error`` (fraction).
    costs : Costs
        Conversion constants.
    benchmark, vintage, measure : str
        What the laws were fitted to.

    Returns
    -------
    DataFrame
        The columns of ``projections.csv``; log10 of GFLOP, US dollars and
        pounds of CO2, the 90 % interval of log10 GFLOP, and the decades between
        the most computing-intensive model in the data and the target.
    """
    rows = []
    for form, law in laws.items():
        for target in targets.itertuples():
            log10_gflop = float(law.log10_compute_for(target.error))
            interval = crossing_interval(law, float(target.error), LEVEL)
            rows.append(
                {
                    "benchmark": benchmark,
                    "vintage": vintage,
                    "measure": measure,
                    "form": form,
                    "label": target.label,
                    "error": target.error,
                    "log10_gflop": log10_gflop,
                    "log10_gflop_low": interval.low,
                    "log10_gflop_high": interval.high,
                    "log10_usd": log10_gflop - costs.log10_gflop_per_usd,
                    "log10_lb_co2": log10_gflop - costs.log10_gflop_per_lb_co2,
                    "decades_beyond_data": max(0.0, log10_gflop - law.log10_compute_range[1]),
                }
            )
    return pd.DataFrame(rows, columns=COLUMNS)
