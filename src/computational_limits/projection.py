"""From a law and a target error to computing, dollars and carbon.

The conversion constants are those implied by the published target table of
:cite:t:`thompson2020computational`; ``data/assumptions.csv`` documents them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

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
SECONDS_PER_HOUR = 3600.0
WATTS_PER_KILOWATT = 1000.0


@dataclass(frozen=True, slots=True)
class Costs:
    """What a GFLOP costs on one device.

    Attributes
    ----------
    device_gflop_per_s : float
        Peak rate of the device, in GFLOP per second.
    device_power_w : float
        Power of the device, in watt.
    pue : float
        Power usage effectiveness of the data centre: facility over device energy.
    lb_co2_per_kwh : float
        Carbon intensity of the electricity, in pounds of CO2 per kilowatt-hour.
    usd_per_device_hour : float
        Price of the device for an hour, in US dollars.
    """

    device_gflop_per_s: float
    device_power_w: float
    pue: float
    lb_co2_per_kwh: float
    usd_per_device_hour: float

    @property
    def log10_gflop_per_usd(self) -> float:
        """log10 of the GFLOP a dollar buys."""
        return float(np.log10(self.device_gflop_per_s * SECONDS_PER_HOUR / self.usd_per_device_hour))

    @property
    def log10_gflop_per_lb_co2(self) -> float:
        """log10 of the GFLOP a pound of CO2 allows.

        Examples
        --------
        >>> round(Costs(15_700, 300, 1.58, 0.954, 0.6).log10_gflop_per_lb_co2, 3)
        8.097
        """
        kwh_per_hour = self.device_power_w / WATTS_PER_KILOWATT * self.pue
        gflop_per_hour = self.device_gflop_per_s * SECONDS_PER_HOUR
        return float(np.log10(gflop_per_hour / (kwh_per_hour * self.lb_co2_per_kwh)))


def costs_from(assumptions: pd.DataFrame) -> Costs:
    """Build the cost constants from the table of assumptions.

    Parameters
    ----------
    assumptions : DataFrame
        Table ``assumptions``; each field of `Costs` is one ``quantity``.

    Raises
    ------
    KeyError
        If a quantity is missing.
    """
    values = assumptions.set_index("quantity")["value"]
    return Costs(**{name: float(values[name]) for name in Costs.__slots__})


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
