"""What computing costs in dollars, energy and carbon, under three editions of the constants.

The edition of 2020 is implied by the published target table of
:cite:t:`thompson2020computational`, that of 2022 by the authors' notebooks
:cite:p:`thompson2022notebooks`, and that of 2026 stands for a device people rent
now. ``data/assumptions.csv`` documents each constant. A GFLOP here is one of
peak capability, as in a hardware burden, not one of operations performed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

PUBLISHED_COSTS = "2020"
"""Edition behind the published target table."""
TODAY = "2026"
EDITIONS = {
    PUBLISHED_COSTS: "implied by the published table: V100, single precision",
    "2022": "the authors' constants of 2022: V100, single precision",
    TODAY: "a device rented today: H100, FP16 or bf16 tensor cores",
}
"""Edition of the constants to its title."""
SECONDS_PER_HOUR = 3600.0
WATTS_PER_KILOWATT = 1000.0
KG_PER_LB = 0.45359237
"""The international avoirdupois pound, exact by definition."""
COST_ENDS = ("low", "mid", "high")
"""Readings of each constant: its lower end, its value, its upper end."""
ENDS_IN = ("low", "value", "high")
"""Columns of table ``assumptions`` that hold them."""


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

    Raises
    ------
    ValueError
        If a constant is not above 0 and finite.
    """

    device_gflop_per_s: float
    device_power_w: float
    pue: float
    lb_co2_per_kwh: float
    usd_per_device_hour: float

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if not (value > 0.0 and np.isfinite(value)):
                raise ValueError(f"{name} must be above 0 and finite, got {value:g}")

    @property
    def log10_gflop_per_usd(self) -> float:
        """log10 of the GFLOP a dollar buys."""
        return float(np.log10(self.device_gflop_per_s * SECONDS_PER_HOUR / self.usd_per_device_hour))

    @property
    def log10_gflop_per_kwh(self) -> float:
        """log10 of the GFLOP a kilowatt-hour at the wall of the facility allows.

        Examples
        --------
        A watt at 1 GFLOP/s does 3.6 million GFLOP in a kilowatt-hour:

        >>> round(10 ** Costs(1, 1, 1, 1, 1).log10_gflop_per_kwh)
        3600000
        """
        kwh_per_hour = self.device_power_w / WATTS_PER_KILOWATT * self.pue
        return float(np.log10(self.device_gflop_per_s * SECONDS_PER_HOUR / kwh_per_hour))

    @property
    def log10_gflop_per_lb_co2(self) -> float:
        """log10 of the GFLOP a pound of CO2 allows.

        Examples
        --------
        >>> round(Costs(15_700, 300, 1.58, 0.954, 0.6).log10_gflop_per_lb_co2, 3)
        8.097
        """
        return float(self.log10_gflop_per_kwh - np.log10(self.lb_co2_per_kwh))

    @property
    def log10_gflop_per_kg_co2(self) -> float:
        """log10 of the GFLOP a kilogram of CO2 allows."""
        return float(self.log10_gflop_per_lb_co2 - np.log10(KG_PER_LB))


@dataclass(frozen=True, slots=True)
class CostRange:
    """The constants of one edition at the lower ends, the values and the upper ends.

    Attributes
    ----------
    edition : str
        One of `EDITIONS`.
    low, mid, high : Costs
        Every constant at that end, so that ``low`` is the cheapest and cleanest
        reading. The rate of the device is the same in all.

    Raises
    ------
    ValueError
        If the three have different rates, or a constant falls from one to the next.
    """

    edition: str
    low: Costs
    mid: Costs
    high: Costs

    def __post_init__(self) -> None:
        for name in Costs.__slots__:
            ends = [getattr(getattr(self, end), name) for end in COST_ENDS]
            if ends != sorted(ends) or (name == "device_gflop_per_s" and len(set(ends)) > 1):
                raise ValueError(f"{name} of edition {self.edition} must rise from low to high, its rate stay: {ends}")

    @property
    def title(self) -> str:
        """What the edition stands for."""
        return EDITIONS[self.edition]

    def each(self, read: Callable[[Costs], float]) -> dict[str, float]:
        """What is read of the costs at each end, by the name of the end."""
        return {end: float(read(getattr(self, end))) for end in COST_ENDS}


PURCHASES: dict[str, Callable[[Costs], float]] = {
    "USD": lambda costs: costs.log10_gflop_per_usd,
    "kWh": lambda costs: costs.log10_gflop_per_kwh,
    "lb CO2": lambda costs: costs.log10_gflop_per_lb_co2,
    "kg CO2": lambda costs: costs.log10_gflop_per_kg_co2,
}
"""Unit of a cost to the log10 of the GFLOP one of it goes with."""


def read_costs(assumptions: pd.DataFrame) -> dict[str, CostRange]:
    """The constants of every edition.

    Parameters
    ----------
    assumptions : DataFrame
        Table ``assumptions``. A constant without an end has its value there.

    Returns
    -------
    dict
        Edition to its constants, in the order of `EDITIONS`.

    Raises
    ------
    KeyError
        If an edition lacks a quantity.
    """
    return {edition: _cost_range(assumptions, edition) for edition in EDITIONS}


def _cost_range(assumptions: pd.DataFrame, edition: str) -> CostRange:
    table = assumptions[assumptions["edition"] == edition].set_index("quantity")
    missing = [name for name in Costs.__slots__ if name not in table.index]
    if missing:
        raise KeyError(f"assumptions of edition {edition} lack {', '.join(missing)}")
    ends = {end: table[column].fillna(table["value"]) for end, column in zip(COST_ENDS, ENDS_IN, strict=True)}
    return CostRange(
        edition,
        **{end: Costs(*(float(values[name]) for name in Costs.__slots__)) for end, values in ends.items()},
    )


def costs_from(assumptions: pd.DataFrame, edition: str = PUBLISHED_COSTS) -> Costs:
    """The cost constants of one edition, each at its value.

    Parameters
    ----------
    assumptions : DataFrame
        Table ``assumptions``; each field of `Costs` is one ``quantity``.
    edition : str
        One of `EDITIONS`.

    Raises
    ------
    KeyError
        If a quantity is missing.
    """
    return _cost_range(assumptions, edition).mid


def calculator_costs(costs: Iterable[CostRange]) -> list[dict[str, object]]:
    """What the calculator needs of each edition, ready for JSON.

    Parameters
    ----------
    costs : iterable of CostRange
        The values of `read_costs`.

    Returns
    -------
    list of dict
        ``edition``, ``title``, ``usd`` and ``kwh`` (log10 of the GFLOP that a
        dollar buys and that a kilowatt-hour at the wall allows, at the low, mid
        and high end of the *cost*: at the low price a dollar buys the most),
        ``lb_co2_per_kwh``, ``gflop_per_s`` and ``usd_per_hour``.
    """
    return [
        {
            "edition": edition.edition,
            "title": edition.title,
            "usd": edition.each(PURCHASES["USD"]),
            "kwh": edition.each(PURCHASES["kWh"]),
            "lb_co2_per_kwh": edition.each(lambda one: one.lb_co2_per_kwh),
            "gflop_per_s": edition.mid.device_gflop_per_s,
            "usd_per_hour": edition.each(lambda one: one.usd_per_device_hour),
        }
        for edition in costs
    ]


def compare_editions(costs: Mapping[str, CostRange], base: str = PUBLISHED_COSTS) -> pd.DataFrame:
    """How much computing one unit of each cost goes with, by edition.

    Parameters
    ----------
    costs : mapping
        What `read_costs` returns.
    base : str
        Edition that the others are held against, at its values.

    Returns
    -------
    DataFrame
        ``edition``, ``unit`` (of `PURCHASES`), ``log10_gflop`` with
        ``log10_gflop_low`` (all constants at their upper ends) and
        ``log10_gflop_high``, and ``times_base`` with its ends: the factor by
        which the same computing costs less than under the base.
    """
    rows = []
    for name, edition in costs.items():
        for unit, read in PURCHASES.items():
            logs, of_base = edition.each(read), read(costs[base].mid)
            rows.append(
                {
                    "edition": name,
                    "unit": unit,
                    "log10_gflop": logs["mid"],
                    "log10_gflop_low": logs["high"],
                    "log10_gflop_high": logs["low"],
                    "times_base": 10.0 ** (logs["mid"] - of_base),
                    "times_base_low": 10.0 ** (logs["high"] - of_base),
                    "times_base_high": 10.0 ** (logs["low"] - of_base),
                }
            )
    return pd.DataFrame(rows)


def explain_dollars(base: Costs, other: Costs, single_precision_gflop_per_s: float) -> dict[str, float]:
    """Why a dollar buys more computing: the factors of the gain, which multiply to the whole.

    Parameters
    ----------
    base, other : Costs
        The earlier device, at its single-precision rate, and the later one.
    single_precision_gflop_per_s : float
        Single-precision peak of the later device, in GFLOP per second.

    Returns
    -------
    dict
        ``rate`` (single precision over single precision), ``precision`` (the
        rate of the later edition over its single-precision rate), ``price``
        (below 1 if the later hour is dearer) and ``all``.

    Raises
    ------
    ValueError
        If the rate is not above 0.

    Examples
    --------
    >>> base, other = Costs(10, 1, 1, 1, 2.0), Costs(400, 1, 1, 1, 8.0)
    >>> explain_dollars(base, other, 50)
    {'rate': 5.0, 'precision': 8.0, 'price': 0.25, 'all': 10.0}
    """
    if not single_precision_gflop_per_s > 0.0:
        raise ValueError(f"a single-precision rate must be above 0, got {single_precision_gflop_per_s:g}")
    factors = {
        "rate": single_precision_gflop_per_s / base.device_gflop_per_s,
        "precision": other.device_gflop_per_s / single_precision_gflop_per_s,
        "price": base.usd_per_device_hour / other.usd_per_device_hour,
    }
    return {**factors, "all": float(np.prod(list(factors.values())))}
