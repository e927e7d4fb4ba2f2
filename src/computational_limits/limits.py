"""How much computing the world has, and which projections ask for more.

Every limit is a number of GFLOP, as log10: what a year of all electricity
allows, what all accelerators could do in a year, what the product of the world
would buy. The facts are rows of ``data/assumptions.csv`` of edition *standing*.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from operator import attrgetter

import numpy as np
import pandas as pd
from scipy import constants

from computational_limits.costs import CostRange
from computational_limits.history import LATEST, system_points
from computational_limits.uncertainty import Interval
from computational_limits.wording import listing

STANDING = "standing"
"""Edition of the assumptions that no year of the costs changes."""
FLOP_PER_GFLOP = 1e9
JOULE_PER_KWH = 3.6e6
KWH_PER_TWH = 1e9
SECONDS_PER_YEAR = 365.25 * 24.0 * 3600.0
UNIT_DEVICE = "nvidia-h100-sxm5-80gb"
"""Processor that stocks of accelerators are counted in."""
RECORD = "the largest training run on record"
STOCK = "all accelerators for a year"
PRODUCT = "the world product at today's price"
ELECTRICITY = "the world's electricity at today's efficiency"
ELECTRICITY_AT_CMOS = "the world's electricity at the limit of transistors"
ELECTRICITY_AT_LANDAUER = "the world's electricity at Landauer's limit"
WHOLLY, ON_ESTIMATE, IN_PART, NOT = "wholly", "estimate", "in part", "no"
"""How a projection passes a limit: with its whole interval, its estimate, some of its interval, or not at all."""
PASSING = {WHOLLY: "the whole interval", ON_ESTIMATE: "the estimate", IN_PART: "the upper end of the interval"}
"""Ways to pass a limit to what passes it."""


@dataclass(frozen=True, slots=True)
class Span:
    """A value with the low and the high end of its plausible range.

    Raises
    ------
    ValueError
        If the value does not lie in its range.
    """

    low: float
    mid: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.mid <= self.high:
            raise ValueError(f"a value must lie in its range, not {self.mid:g} in {self.low:g} to {self.high:g}")

    @property
    def ends(self) -> tuple[float, float, float]:
        """The three, from low to high."""
        return self.low, self.mid, self.high


@dataclass(frozen=True, slots=True)
class Limit:
    """The most computing that something allows, in log10 GFLOP.

    Attributes
    ----------
    name : str
        What sets the limit.
    low, estimate, high : float
        log10 GFLOP; low and high follow from the ranges of the assumptions.
    """

    name: str
    low: float
    estimate: float
    high: float


def read_span(assumptions: pd.DataFrame, quantity: str) -> Span:
    """A standing assumption with its range, which is the value alone where none is known.

    Parameters
    ----------
    assumptions : DataFrame
        Table ``assumptions``.
    quantity : str
        Name of the quantity.

    Raises
    ------
    KeyError
        If there is no such row.
    """
    rows = assumptions[(assumptions["quantity"] == quantity) & (assumptions["edition"] == STANDING)]
    if len(rows) != 1:
        raise KeyError(f"no assumption {quantity!r} of edition {STANDING!r}: add it to data/assumptions.csv")
    value, low, high = (float(rows.iloc[0][column]) for column in ("value", "low", "high"))
    return Span(value if np.isnan(low) else low, value, value if np.isnan(high) else high)


def erasure_joule(temperature_k: float) -> float:
    """Least energy to erase a bit, ``k T ln 2`` :cite:p:`landauer1961irreversibility`.

    Parameters
    ----------
    temperature_k : float
        Temperature in kelvin; Boltzmann's constant is exact :cite:p:`tiesinga2021codata`.

    Returns
    -------
    float
        Joule a bit.

    Raises
    ------
    ValueError
        If the temperature is not above 0.

    Examples
    --------
    >>> f"{erasure_joule(300.0):.3e}"
    '2.871e-21'
    """
    if not temperature_k > 0.0:
        raise ValueError(f"a temperature must be above 0 K, got {temperature_k:g}")
    return float(constants.Boltzmann * temperature_k * np.log(2.0))


def limit_of(name: str, amount: Span, gflop_each: Span | None = None) -> Limit:
    """The computing that an amount of something allows.

    Parameters
    ----------
    name : str
        What sets the limit.
    amount : Span
        How much there is; GFLOP where nothing says what one of it allows.
    gflop_each : Span, optional
        GFLOP that one of it allows.

    Examples
    --------
    >>> limit_of("a purse", Span(10.0, 100.0, 100.0), Span(10.0, 10.0, 1000.0))
    Limit(name='a purse', low=2.0, estimate=3.0, high=5.0)
    """
    each = gflop_each or Span(1.0, 1.0, 1.0)
    return Limit(name, *(float(np.log10(count * rate)) for count, rate in zip(amount.ends, each.ends, strict=True)))


def read_limits(
    assumptions: pd.DataFrame, systems: pd.DataFrame, device_gflop_per_s: float, costs: CostRange
) -> tuple[Limit, ...]:
    """Every limit, the lowest first.

    Parameters
    ----------
    assumptions, systems : DataFrame
        The tables of these names.
    device_gflop_per_s : float
        Peak rate of the device that the stock of accelerators is counted in, `UNIT_DEVICE`.
    costs : CostRange
        What a kilowatt-hour at the wall and a dollar buy.

    Returns
    -------
    tuple of Limit
        The largest training run on record, in operations performed; all
        accelerators for a year at their peak; the product of the world at the
        price of the costs; and a year of the world's electricity at their
        efficiency, at the limit of transistors :cite:p:`ho2023limits`, and at
        that of Landauer.
    """
    electricity = read_span(assumptions, "world_electricity_twh")
    kwh = Span(*(value * KWH_PER_TWH for value in electricity.ends))
    devices = read_span(assumptions, "accelerators_h100_equivalents")
    largest = float(system_points(systems, LATEST)["value"].max()) / FLOP_PER_GFLOP
    transistors = read_span(assumptions, "cmos_limit_flop_per_joule")
    erasures = read_span(assumptions, "bit_erasures_per_flop")
    bits_per_kwh = JOULE_PER_KWH / erasure_joule(read_span(assumptions, "temperature_k").mid)
    gflop_per_usd, gflop_per_kwh = (
        Span(*(10.0 ** read(end) for end in (costs.high, costs.mid, costs.low)))
        for read in (attrgetter("log10_gflop_per_usd"), attrgetter("log10_gflop_per_kwh"))
    )
    limits = (
        limit_of(RECORD, Span(largest, largest, largest)),
        limit_of(
            STOCK,
            Span(*(count * device_gflop_per_s * SECONDS_PER_YEAR for count in devices.ends)),
        ),
        limit_of(PRODUCT, read_span(assumptions, "world_product_usd"), gflop_per_usd),
        limit_of(ELECTRICITY, kwh, gflop_per_kwh),
        limit_of(
            ELECTRICITY_AT_CMOS,
            kwh,
            Span(*(rate * JOULE_PER_KWH / FLOP_PER_GFLOP for rate in transistors.ends)),
        ),
        limit_of(
            ELECTRICITY_AT_LANDAUER,
            kwh,
            Span(*(bits_per_kwh / count / FLOP_PER_GFLOP for count in reversed(erasures.ends))),
        ),
    )
    return tuple(sorted(limits, key=lambda limit: limit.estimate))


def tabulate_limits(limits: Iterable[Limit]) -> pd.DataFrame:
    """One row a limit, ``limits.csv``: ``name``, ``low``, ``estimate`` and ``high``, in log10 GFLOP."""
    return pd.DataFrame([asdict(limit) for limit in limits])


def passage(log10_gflop: float, interval: Interval, limit: Limit) -> str:
    """How a projection passes a limit.

    Parameters
    ----------
    log10_gflop : float
        The projection, in log10 GFLOP.
    interval : Interval
        Its interval.
    limit : Limit
        The limit; to be passed wholly, its high end must be.

    Returns
    -------
    str
        `WHOLLY`, `ON_ESTIMATE`, `IN_PART` or `NOT`.
    """
    if interval.low > limit.high:
        return WHOLLY
    if log10_gflop > limit.estimate:
        return ON_ESTIMATE
    return IN_PART if interval.high > limit.estimate else NOT


def passage_text(log10_gflop: float, interval: Interval, limits: Iterable[Limit]) -> str:
    """In words, which limits a projection passes: the highest by each of its numbers.

    Parameters
    ----------
    log10_gflop : float
        The projection, in log10 GFLOP.
    interval : Interval
        Its interval.
    limits : iterable of Limit
        The limits, the lowest first.

    Examples
    --------
    >>> limits = [Limit("the stock", 18.0, 18.0, 18.0), Limit("the grid", 21.0, 22.0, 23.0)]
    >>> passage_text(20.0, Interval(17.0, 25.0), limits)
    'the estimate passes the stock and the upper end of the interval the grid'
    >>> passage_text(24.0, Interval(19.0, 25.0), limits)
    'the whole interval passes the stock and the estimate the grid'
    >>> passage_text(15.0, Interval(14.0, 16.0), limits)
    'it passes none of the limits'
    """
    ways = [(passage(log10_gflop, interval, limit), limit.name) for limit in limits]
    parts: list[str] = []
    for how, who in PASSING.items():
        passed = [name for way, name in ways if way == how]
        if passed:
            parts.append(f"{who} {'' if parts else 'passes '}{passed[-1]}")
    return listing(parts) if parts else "it passes none of the limits"


def tabulate_passages(projections: pd.DataFrame, limits: Iterable[Limit]) -> pd.DataFrame:
    """How each projection passes each limit: ``passages.csv``.

    Parameters
    ----------
    projections : DataFrame
        Rows of ``projections.csv``.
    limits : iterable of Limit
        The limits.

    Returns
    -------
    DataFrame
        ``benchmark``, ``vintage``, ``form``, ``label``, ``error``,
        ``log10_gflop``, ``limit``, ``limit_log10_gflop``, the ``decades_beyond``
        it (negative below), and ``passes``; see `passage`.
    """
    rows = [
        {
            **{key: row[key] for key in ("benchmark", "vintage", "form", "label", "error", "log10_gflop")},
            "limit": limit.name,
            "limit_log10_gflop": limit.estimate,
            "decades_beyond": row["log10_gflop"] - limit.estimate,
            "passes": passage(row["log10_gflop"], Interval(row["log10_gflop_low"], row["log10_gflop_high"]), limit),
        }
        for row in projections.to_dict("records")
        for limit in limits
    ]
    return pd.DataFrame(rows)


def count_passed(passages: pd.DataFrame, form: str, limit: str) -> int:
    """How many targets but today's a form puts beyond a limit, by its estimate.

    Parameters
    ----------
    passages : DataFrame
        What `tabulate_passages` gives, of one vintage and direction.
    form, limit : str
        Name of the form and of the limit.
    """
    chosen = (passages["form"] == form) & (passages["limit"] == limit) & (passages["label"] != "today")
    return int((chosen & (passages["decades_beyond"] > 0.0)).sum())
