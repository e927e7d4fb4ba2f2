"""Exponential growth over time: rates by era, and the date at which a rate changed.

Every function takes arrays or frames and returns frozen results or frames.
Dates are decimal years. A trend is a straight line of log10 of a quantity on
its date, as :cite:t:`sevilla2022compute` fit the computing of notable systems.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from computational_limits.arrays import FloatArray
from computational_limits.estimators import least_squares, t_quantile
from computational_limits.uncertainty import LEVEL, Interval

MINIMUM_POINTS = 3
"""Fewest points a line with a residual variance can be fitted to."""
DATES_BESIDE_BREAK = 5
"""Fewest different dates of points on either side of a date at which the rate may change."""
BREAK_STEP_YEARS = 1.0 / 12.0
"""Distance between the dates that are tried as a break."""
FRONTIER = 5
"""A point is at the frontier if fewer than this many of the points up to its date lie above it."""
ALL, AT_FRONTIER = SELECTIONS = ("all", "frontier")
TREND_COLUMNS = (
    "series",
    "measure",
    "selection",
    "era",
    "n",
    "start",
    "end",
    "growth_per_year",
    "growth_low",
    "growth_high",
    "doubling_years",
    "doubling_low",
    "doubling_high",
    "log10_slope",
    "log10_slope_se",
    "log10_intercept",
    "residual_sd",
    "r2",
)


@dataclass(frozen=True, slots=True)
class Era:
    """A span of dates, in decimal years; the start belongs to it, the end does not.

    Raises
    ------
    ValueError
        If it ends before it starts.
    """

    name: str
    start: float = -np.inf
    end: float = np.inf

    def __post_init__(self) -> None:
        if not self.start < self.end:
            raise ValueError(f"era {self.name!r} must start before it ends, not at {self.start} and {self.end}")

    def holds(self, date: ArrayLike) -> NDArray[np.bool_]:
        """Which dates lie in the era."""
        dates = np.asarray(date, dtype=float)
        return (dates >= self.start) & (dates < self.end)


WHOLE = Era("all years")
PUBLISHED_YEARS = Era("2012 to 2019", 2012.0, 2020.0)
"""The years that the paper gives a rate of growth for."""
ERAS = (
    Era("before 2010", end=2010.0),
    Era("from 2010", 2010.0),
    Era("from late 2015", 2015.75),
    Era("before 2012", end=2012.0),
    Era("from 2012", 2012.0),
    PUBLISHED_YEARS,
    WHOLE,
)
"""Eras of :cite:t:`sevilla2022compute`, those that the paper draws apart, the years it gives a rate for, and all."""


@dataclass(frozen=True, slots=True)
class Trend:
    """A fitted line ``log10(quantity) = level + slope * (date - centre)``.

    Attributes
    ----------
    n : int
        Points fitted.
    start, end : float
        First and last date among them, in decimal years.
    centre : float
        Mean of the dates.
    level : float
        log10 of the quantity on the line at ``centre``.
    slope, slope_se : float
        Decades a year, and its standard error.
    residual_sd : float
        Standard deviation of the points around the line, in decades.
    r2 : float
        Share of the variance of the logarithm explained.
    """

    n: int
    start: float
    end: float
    centre: float
    level: float
    slope: float
    slope_se: float
    residual_sd: float
    r2: float

    @property
    def growth_per_year(self) -> float:
        """Factor by which the quantity grows in a year."""
        return float(10.0**self.slope)

    @property
    def doubling_years(self) -> float:
        """Years in which the quantity doubles; infinite if it does not grow."""
        return _doubling(self.slope)

    def slopes(self, level: float = LEVEL) -> Interval:
        """Student interval of the slope, in decades a year."""
        if not 0.0 < level < 1.0:
            raise ValueError(f"the level of an interval must lie between 0 and 1, got {level}")
        half = t_quantile(self.n - 2, level) * self.slope_se
        return Interval(self.slope - half, self.slope + half)

    def growth(self, level: float = LEVEL) -> Interval:
        """Interval of the growth per year."""
        slopes = self.slopes(level)
        return Interval(float(10.0**slopes.low), float(10.0**slopes.high))

    def doubling(self, level: float = LEVEL) -> Interval:
        """Interval of the doubling time in years; its upper end is infinite if no growth cannot be excluded."""
        slopes = self.slopes(level)
        return Interval(_doubling(slopes.high), _doubling(slopes.low))

    def value_at(self, date: ArrayLike) -> FloatArray:
        """The quantity on the line at some dates."""
        return np.asarray(10.0 ** (self.level + self.slope * (np.asarray(date, dtype=float) - self.centre)))


@dataclass(frozen=True, slots=True)
class Break:
    """A line of log10 of a quantity on its date whose slope changes once, without a jump.

    Attributes
    ----------
    n : int
        Points fitted.
    date : float
        Date of the break, in decimal years.
    dates : Interval
        Dates that the data cannot exclude; an end is infinite if they go on to the ends of what was tried.
    slope_before, slope_after : float
        Decades a year, given the break.
    slopes_before, slopes_after : Interval
        Their intervals, given the break.
    level : float
        log10 of the quantity on the line at the break.
    r2 : float
        Share of the variance of the logarithm explained.
    """

    n: int
    date: float
    dates: Interval
    slope_before: float
    slope_after: float
    slopes_before: Interval
    slopes_after: Interval
    level: float
    r2: float

    def value_at(self, date: ArrayLike) -> FloatArray:
        """The quantity on the line at some dates."""
        years = np.asarray(date, dtype=float) - self.date
        slopes = np.where(years < 0.0, self.slope_before, self.slope_after)
        return np.asarray(10.0 ** (self.level + slopes * years))


def decimal_years(dates: Iterable[str]) -> FloatArray:
    """Dates as decimal years; the middle of the month where a date names no day.

    Parameters
    ----------
    dates : iterable of str
        ``2012-09-30`` or ``2012-09``.

    Returns
    -------
    ndarray of float

    Raises
    ------
    ValueError
        If a text is no such date.

    Examples
    --------
    >>> decimal_years(["2012-01-01", "2013-07-02", "2012-06"]).round(3).tolist()
    [2012.0, 2013.499, 2012.454]
    """
    days = pd.to_datetime([f"{date}-15" if len(date) == len("2012-09") else date for date in dates], format="%Y-%m-%d")
    lengths = np.where(days.is_leap_year, 366.0, 365.0)
    return np.asarray(days.year + (days.day_of_year - 1) / lengths, dtype=float)


def at_frontier(date: ArrayLike, value: ArrayLike, among: int = FRONTIER) -> NDArray[np.bool_]:
    """Which points were among the largest of all up to their own date.

    Parameters
    ----------
    date : array-like of float, shape (n,)
        Decimal years.
    value : array-like of float, shape (n,)
        The quantity.
    among : int
        How many largest; 1 leaves the records.

    Returns
    -------
    ndarray of bool, shape (n,)

    Raises
    ------
    ValueError
        With unequal lengths, or if ``among`` is below 1.

    Examples
    --------
    >>> at_frontier([2010, 2011, 2012, 2013], [5, 3, 7, 6], among=1).tolist()
    [True, False, True, False]
    """
    dates, values = np.asarray(date, dtype=float), np.asarray(value, dtype=float)
    if dates.shape != values.shape or dates.ndim != 1:
        raise ValueError(f"dates and values must be two lists of one length, not {dates.shape} and {values.shape}")
    if among < 1:
        raise ValueError(f"the frontier must have at least 1 point, got {among}")
    above = (dates[None, :] <= dates[:, None]) & (values[None, :] > values[:, None])
    return np.asarray(above.sum(axis=1) < among)


def fit_trend(date: ArrayLike, value: ArrayLike) -> Trend:
    """Fit exponential growth by least squares of log10 of the quantity on the date.

    Parameters
    ----------
    date : array-like of float, shape (n,)
        Decimal years.
    value : array-like of float, shape (n,)
        The quantity, in whatever unit.

    Returns
    -------
    Trend

    Raises
    ------
    ValueError
        With fewer than three points, unequal lengths, a value that is not above 0, or one date only.

    Examples
    --------
    >>> trend = fit_trend([2010, 2011, 2012, 2013], [1e15, 4e15, 16e15, 64e15])
    >>> round(trend.growth_per_year, 6), round(trend.doubling_years, 6)
    (4.0, 0.5)
    """
    dates, logs = _checked(date, value, MINIMUM_POINTS)
    centre = float(dates.mean())
    fit = least_squares(np.column_stack([np.ones_like(dates), dates - centre]), logs)
    constant = np.ptp(logs) == 0.0
    return Trend(
        n=dates.size,
        start=float(dates.min()),
        end=float(dates.max()),
        centre=centre,
        level=float(fit.coefficients[0]),
        slope=float(fit.coefficients[1]),
        slope_se=float(np.sqrt(fit.covariance()[1, 1])),
        residual_sd=float(np.sqrt(fit.residual_variance)),
        r2=0.0 if constant else fit.r2,
    )


def fit_break(date: ArrayLike, value: ArrayLike, level: float = LEVEL) -> Break:
    """Fit one change of the rate of growth, and the date of it, by least squares.

    The date is profiled: at each of a grid of dates a continuous line with a
    bend there is fitted, and the best is kept :cite:p:`hudson1966fitting`. The
    interval holds every date whose residual sum of squares exceeds the least
    one by no more than its F quantile with 1 and n - 4 degrees of freedom, and
    goes on to the next date tried on either side. The F distribution holds only
    for many points: with much scatter the interval is somewhat too short.

    Parameters
    ----------
    date : array-like of float, shape (n,)
        Decimal years.
    value : array-like of float, shape (n,)
        The quantity, in whatever unit.
    level : float
        Coverage in (0, 1).

    Returns
    -------
    Break

    Raises
    ------
    ValueError
        As `fit_trend`, and with too few different dates or too short a time for a break between them.
    """
    dates, logs = _checked(date, value, 2 * DATES_BESIDE_BREAK)
    if not 0.0 < level < 1.0:
        raise ValueError(f"the level of an interval must lie between 0 and 1, got {level}")
    different = np.unique(dates)
    if different.size < 2 * DATES_BESIDE_BREAK:
        raise ValueError(f"a break needs {DATES_BESIDE_BREAK} dates on either side, got {different.size} in all")
    first, last = different[DATES_BESIDE_BREAK - 1], different[-DATES_BESIDE_BREAK]
    tried = np.arange(first, last, BREAK_STEP_YEARS)[1:]
    if tried.size < MINIMUM_POINTS:
        raise ValueError(
            f"a break needs {DATES_BESIDE_BREAK} dates on either side and time between them,"
            f" not {first:.2f} to {last:.2f}"
        )
    squares = np.array([np.sum(_bend_residuals(dates, logs, at) ** 2) for at in tried])
    best = int(squares.argmin())
    degrees = dates.size - 4
    bound = squares[best] * (1.0 + float(stats.f.ppf(level, 1, degrees)) / degrees)
    inside = np.flatnonzero(squares <= bound)
    at = float(tried[best])
    fit = least_squares(_bend(dates, at), logs)
    halves = t_quantile(fit.degrees_of_freedom, level) * np.sqrt(np.diag(fit.covariance()))
    ends = np.column_stack([fit.coefficients - halves, fit.coefficients + halves])
    return Break(
        n=dates.size,
        date=at,
        dates=Interval(
            float(tried[inside[0] - 1]) if inside[0] > 0 else -np.inf,
            float(tried[inside[-1] + 1]) if inside[-1] < tried.size - 1 else np.inf,
        ),
        slope_before=float(fit.coefficients[1]),
        slope_after=float(fit.coefficients[2]),
        slopes_before=Interval(*map(float, ends[1])),
        slopes_after=Interval(*map(float, ends[2])),
        level=float(fit.coefficients[0]),
        r2=fit.r2,
    )


def tabulate_trends(
    points: pd.DataFrame, eras: Iterable[Era], series: str, measure: str, among: int = FRONTIER
) -> pd.DataFrame:
    """Trends of one quantity in each era, of all points and of the frontier.

    Parameters
    ----------
    points : DataFrame
        ``date`` in decimal years and ``value``; rows without a value are passed over.
    eras : iterable of Era
        Spans; one with fewer than three points, or one date only, gives no row.
    series, measure : str
        What the points are and what is measured.
    among : int
        Size of the frontier; see `at_frontier`. It is taken over all points up to a date, whatever the era.

    Returns
    -------
    DataFrame
        Columns `TREND_COLUMNS`, of ``trends.csv``.
    """
    points = points.dropna(subset=["date", "value"])
    chosen = {ALL: points, AT_FRONTIER: points[at_frontier(points["date"], points["value"], among)]}
    rows = []
    for era in eras:
        for selection, table in chosen.items():
            inside = table[era.holds(table["date"])]
            if len(inside) < MINIMUM_POINTS or inside["date"].nunique() < 2:
                continue
            trend = fit_trend(inside["date"], inside["value"])
            growth, doubling = trend.growth(), trend.doubling()
            rows.append(
                {
                    "series": series,
                    "measure": measure,
                    "selection": selection,
                    "era": era.name,
                    "n": trend.n,
                    "start": trend.start,
                    "end": trend.end,
                    "growth_per_year": trend.growth_per_year,
                    "growth_low": growth.low,
                    "growth_high": growth.high,
                    "doubling_years": trend.doubling_years,
                    "doubling_low": doubling.low,
                    "doubling_high": doubling.high,
                    "log10_slope": trend.slope,
                    "log10_slope_se": trend.slope_se,
                    "log10_intercept": trend.level - trend.slope * trend.centre,
                    "residual_sd": trend.residual_sd,
                    "r2": trend.r2,
                }
            )
    return pd.DataFrame(rows, columns=list(TREND_COLUMNS))


def tabulate_break(found: Break, series: str, measure: str) -> pd.DataFrame:
    """One row: the columns of ``breaks.csv``."""
    before, after = found.slopes_before, found.slopes_after
    row = {
        "series": series,
        "measure": measure,
        "n": found.n,
        "date": found.date,
        "date_low": found.dates.low,
        "date_high": found.dates.high,
        "growth_before": 10.0**found.slope_before,
        "growth_before_low": 10.0**before.low,
        "growth_before_high": 10.0**before.high,
        "growth_after": 10.0**found.slope_after,
        "growth_after_low": 10.0**after.low,
        "growth_after_high": 10.0**after.high,
        "r2": found.r2,
    }
    return pd.DataFrame([row])


def _checked(date: ArrayLike, value: ArrayLike, least: int) -> tuple[FloatArray, FloatArray]:
    """Dates and log10 of the values, of points that can be fitted."""
    dates, values = np.asarray(date, dtype=float), np.asarray(value, dtype=float)
    if dates.shape != values.shape or dates.ndim != 1:
        raise ValueError(f"dates and values must be two lists of one length, not {dates.shape} and {values.shape}")
    if dates.size < least:
        raise ValueError(f"this fit needs at least {least} points, got {dates.size}")
    if not np.all(np.isfinite(dates)):
        raise ValueError("every point needs a date: leave out those without one")
    if not np.all(np.isfinite(values) & (values > 0.0)):
        raise ValueError("values must be finite and above 0, for their logarithm is fitted")
    if np.ptp(dates) == 0.0:
        raise ValueError("all points have the same date: no growth can be fitted")
    return dates, np.log10(values)


def _bend(dates: FloatArray, at: float) -> FloatArray:
    """Design of a line with a bend: level at the bend, years before it, years after it."""
    years = dates - at
    return np.column_stack([np.ones_like(years), np.minimum(years, 0.0), np.maximum(years, 0.0)])


def _bend_residuals(dates: FloatArray, logs: FloatArray, at: float) -> FloatArray:
    design = _bend(dates, at)
    coefficients, *_ = np.linalg.lstsq(design, logs, rcond=None)
    return np.asarray(logs - design @ coefficients)


def _doubling(slope: float) -> float:
    return float(np.log10(2.0) / slope) if slope > 0.0 else np.inf
