"""Years until a target is affordable, with the uncertainty of the law and of both kinds of progress.

A target needs computing; a budget buys some today and more each year as
hardware gets cheaper, while better algorithms need less of it each year. All is
in decades, so that the years are a gap over a rate. The intervals come from a
seeded Monte Carlo.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import Protocol

import numpy as np
import pandas as pd
from scipy import stats

from computational_limits.arrays import FloatArray
from computational_limits.crossing import StraightCrossing
from computational_limits.estimators import least_squares, t_quantile
from computational_limits.inversion import crossing_for
from computational_limits.limits import read_span
from computational_limits.regressions import HARDWARE_BURDEN
from computational_limits.scaling import EVERY_FORM, FORMS, Form, checked_error
from computational_limits.uncertainty import LEVEL, Interval
from computational_limits.vintages import MEASURES

BURDEN = MEASURES[HARDWARE_BURDEN]
"""Column of the measure that the published laws are on."""
MONTHS_PER_YEAR = 12.0
DRAWS = 20_000
"""Draws of the Monte Carlo; the end of an interval is then off by about a hundredth of its probability."""
NO_PROGRESS = "none"
OWN_YEARS = "the year term of these models"
"""Progress as the regression with the year sees it, from the benchmark's own models."""
HALVINGS = {
    "AlexNet's level on ImageNet": ("alexnet_level_halving_months", 0.95),
    "ImageNet": ("imagenet_halving_months", 0.95),
    "language models": ("language_models_halving_months", 0.90),
}
"""Published progress of algorithms: the assumption that has its halving time, and the level of its range."""
COLUMNS = (
    "benchmark",
    "vintage",
    "measure",
    "form",
    "label",
    "error",
    "budget",
    "budget_usd",
    "from_year",
    "hardware",
    "algorithms",
    "years",
    "years_low",
    "years_high",
    "share_now",
    "share_never",
)
"""Columns of ``affordability.csv``."""


class Growth(Protocol):
    """Progress at a constant rate that is not known for sure."""

    @property
    def name(self) -> str:
        """What makes progress."""

    @property
    def decades_per_year(self) -> float:
        """Best estimate of the rate."""

    def draw(self, draws: int, rng: np.random.Generator) -> FloatArray:
        """Rates, in decades a year, shape (draws,)."""


@dataclass(frozen=True, slots=True)
class TrendGrowth:
    """The slope of a fitted trend, with Student's law about it.

    Attributes
    ----------
    name : str
        What makes progress.
    decades_per_year, se : float
        Slope and its standard error.
    df : int
        Degrees of freedom.
    """

    name: str
    decades_per_year: float
    se: float
    df: int

    def growth(self, level: float = LEVEL) -> Interval:
        """Student interval of the factor of a year."""
        half = t_quantile(self.df, level) * self.se
        return Interval(10.0 ** (self.decades_per_year - half), 10.0 ** (self.decades_per_year + half))

    def draw(self, draws: int, rng: np.random.Generator) -> FloatArray:
        """Rates, in decades a year, shape (draws,)."""
        return np.asarray(self.decades_per_year + self.se * rng.standard_t(self.df, draws))


@dataclass(frozen=True, slots=True)
class HalvingGrowth:
    """A halving time, log-normal about its best value.

    Attributes
    ----------
    name : str
        What makes progress.
    months : float
        Halving time of the computing needed.
    log_sd : float
        Standard deviation of its natural logarithm; 0 where the source gives no interval.
    """

    name: str
    months: float
    log_sd: float

    @property
    def decades_per_year(self) -> float:
        """Best estimate of the rate.

        Examples
        --------
        >>> round(HalvingGrowth("each year", 12.0, 0.0).decades_per_year, 3)
        0.301
        """
        return float(np.log10(2.0) * MONTHS_PER_YEAR / self.months)

    def draw(self, draws: int, rng: np.random.Generator) -> FloatArray:
        """Rates, in decades a year, shape (draws,)."""
        return np.asarray(self.decades_per_year * np.exp(self.log_sd * rng.standard_normal(draws)))


def read_halving(assumptions: pd.DataFrame, name: str) -> HalvingGrowth:
    """A published halving time with its spread.

    Parameters
    ----------
    assumptions : DataFrame
        Table ``assumptions``.
    name : str
        A key of `HALVINGS`.

    Returns
    -------
    HalvingGrowth
        The range of the assumption is read as an interval of a log-normal law
        whose median is the value.

    Raises
    ------
    KeyError
        If there is no such progress or no such assumption.
    """
    quantity, level = HALVINGS[name]
    months = read_span(assumptions, quantity)
    width = 2.0 * float(stats.norm.ppf(0.5 + level / 2.0))
    return HalvingGrowth(name, months.mid, float(np.log(months.high / months.low)) / width)


def straight_crossing(models: pd.DataFrame, form: Form) -> StraightCrossing:
    """The crossing of the published law of some models, whose draws are known.

    Parameters
    ----------
    models : DataFrame
        Models of one benchmark and vintage, all with a hardware burden.
    form : Form
        A straight form on log10 computing.

    Raises
    ------
    ValueError
        For another form, and as `inversion.crossing_for` does.
    """
    crossing = crossing_for(models[BURDEN], models["error"], form)
    if not isinstance(crossing, StraightCrossing):
        raise ValueError(f"only a straight form on log10 computing can be drawn, not {form.name}")
    return crossing


def draw_crossings(crossing: StraightCrossing, error: float, draws: int, rng: np.random.Generator) -> FloatArray:
    """Draws of the log10 GFLOP at which a law reaches a target.

    Centre and slope are drawn from the bivariate Student law of their
    estimates, which share one estimate of the residual variance. The share of
    lines that are above the target at some computing is then exactly that of
    Student's pivot, the one that Fieller's interval inverts
    :cite:p:`fieller1954some`, so that the quantiles of the draws are its ends
    as long as no line falls. A line that falls never reaches a target above
    the centre: the draw is infinite.

    Parameters
    ----------
    crossing : StraightCrossing
        Of a law.
    error : float
        Target, a fraction in (0, 1).
    draws : int
        How many.
    rng : Generator
        Source of the draws.

    Returns
    -------
    ndarray of float, shape (draws,)
    """
    scale = np.sqrt(crossing.df / rng.chisquare(crossing.df, draws))
    centre = np.sqrt(crossing.var_centre) * scale * rng.standard_normal(draws)
    slope = crossing.slope + np.sqrt(crossing.var_slope) * scale * rng.standard_normal(draws)
    rise = float(EVERY_FORM[crossing.form].response(checked_error(error))) - crossing.centre_y
    if crossing.turned:
        return np.asarray(crossing.centre_x + centre + rise * slope)
    gap = rise - centre
    never = np.where(gap > 0.0, np.inf, -np.inf)
    with np.errstate(divide="ignore"):
        return np.asarray(np.where(slope > 0.0, crossing.centre_x + gap / slope, never))


@dataclass(frozen=True, slots=True)
class YearLaw:
    """A plane ``response = centre_y + slope * (x - centre_x) + year_slope * (year - centre_year)``.

    Attributes
    ----------
    form : Form
        Transformation of the error.
    n : int
        Models fitted.
    centre_x, centre_year, centre_y : float
        Means of log10 GFLOP, year and response.
    slope, year_slope : float
        Response per decade of computing, and per year.
    covariance : ndarray of float, shape (2, 2)
        Covariance of the two slopes.
    var_centre : float
        Variance of the plane at the centre.
    correlation : float
        Of log10 computing and year among the models: how far the two slopes stand for each other.
    """

    form: Form
    n: int
    centre_x: float
    centre_year: float
    centre_y: float
    slope: float
    year_slope: float
    covariance: FloatArray
    var_centre: float
    correlation: float

    @property
    def degrees_of_freedom(self) -> int:
        """Residual degrees of freedom, ``n - 3``."""
        return self.n - 3

    @property
    def decades_per_year(self) -> float:
        """Decades of computing that a year stands for at equal performance."""
        return self.year_slope / self.slope

    @property
    def best(self) -> FloatArray:
        """Centre, slope and year slope, shape (3, 1)."""
        return np.array([[self.centre_y], [self.slope], [self.year_slope]])

    def draw(self, draws: int, rng: np.random.Generator) -> FloatArray:
        """Centre, slope and year slope, shape (3, draws), from the Student law of their estimates."""
        scale = np.sqrt(self.degrees_of_freedom / rng.chisquare(self.degrees_of_freedom, draws))
        normal = rng.standard_normal((3, draws)) * scale
        slopes = np.linalg.cholesky(self.covariance) @ normal[1:]
        return np.asarray(self.best + np.vstack([np.sqrt(self.var_centre) * normal[0], slopes]))


def fit_year_law(models: pd.DataFrame, form: Form) -> YearLaw:
    """Fit a form with the year as second predictor, by least squares.

    Parameters
    ----------
    models : DataFrame
        Models of one benchmark and vintage; those without a hardware burden or a year are passed over.
    form : Form
        A straight form on log10 computing.

    Raises
    ------
    ValueError
        With fewer than four models, or where computing and year cannot be told apart.
    """
    known = models.dropna(subset=[BURDEN, "year"])
    x = np.log10(known[BURDEN].to_numpy(dtype=float))
    year = known["year"].to_numpy(dtype=float)
    if x.size < 4 or np.ptp(x) == 0.0 or np.ptp(year) == 0.0:
        raise ValueError(f"a law with the year needs 4 models and spread in computing and year, got {x.size} models")
    correlation = float(np.corrcoef(x, year)[0, 1])
    if abs(correlation) > 1.0 - 1e-9:
        raise ValueError("computing and year rise together exactly: their slopes cannot be told apart")
    y = form.response(known["error"].to_numpy(dtype=float))
    fit = least_squares(np.column_stack([np.ones_like(x), x - x.mean(), year - year.mean()]), y)
    centre, slope, year_slope = (float(value) for value in fit.coefficients)
    covariance = fit.covariance()
    return YearLaw(
        form=form,
        n=int(x.size),
        centre_x=float(x.mean()),
        centre_year=float(year.mean()),
        centre_y=centre,
        slope=slope,
        year_slope=year_slope,
        covariance=covariance[1:, 1:],
        var_centre=float(covariance[0, 0]),
        correlation=correlation,
    )


def years_until(gap: FloatArray, rate: FloatArray) -> FloatArray:
    """Years in which a rate closes a gap.

    Parameters
    ----------
    gap : array-like of float
        What is missing; nothing where it is not above 0.
    rate : array-like of float
        What a year adds, in the unit of the gap.

    Returns
    -------
    ndarray of float
        Zero where nothing is missing, infinite where nothing is added.

    Examples
    --------
    >>> years_until(np.array([3.0, -1.0, 3.0]), np.array([0.5, -0.5, 0.0])).tolist()
    [6.0, 0.0, inf]
    """
    gaps, rates = np.broadcast_arrays(np.asarray(gap, dtype=float), np.asarray(rate, dtype=float))
    years = np.full(gaps.shape, np.inf)
    with np.errstate(over="ignore"):  # so slow a gain takes as good as for ever
        np.divide(gaps, rates, out=years, where=(rates > 0.0) & np.isfinite(gaps))
    return np.asarray(np.where(gaps > 0.0, years, 0.0))


@dataclass(frozen=True, slots=True)
class Purse:
    """What is spent, and what a dollar buys when the counting of years begins.

    Attributes
    ----------
    name : str
        Whose budget it is.
    usd : float
        US dollars.
    log10_gflop_per_usd : float
        What a dollar buys now.
    now : float
        The year of that price, and of the start.
    """

    name: str
    usd: float
    log10_gflop_per_usd: float
    now: float

    @property
    def log10_gflop(self) -> float:
        """What the budget buys now."""
        return float(np.log10(self.usd)) + self.log10_gflop_per_usd


def tabulate_affordability(
    models: pd.DataFrame,
    targets: pd.DataFrame,
    purses: Iterable[Purse],
    hardware: Iterable[Growth],
    algorithms: Iterable[Growth],
    seed: int,
    draws: int = DRAWS,
) -> pd.DataFrame:
    """Years until each target is affordable: ``affordability.csv``.

    The law of a vintage is that of its models' years. Better algorithms shift
    it from the mean of these years on, so that they have been at work before
    the counting begins. For `OWN_YEARS` the plane of the models on computing
    and year takes the place of the law, and carries its own progress.

    Parameters
    ----------
    models : DataFrame
        Models of one vintage, as `vintages.read_models` returns them.
    targets : DataFrame
        Table ``targets``.
    purses : iterable of Purse
        Budgets.
    hardware, algorithms : iterable of Growth
        Growth of computing per dollar, and of what algorithms save. No
        progress of algorithms and `OWN_YEARS` are added.
    seed : int
        Of the draws. They depend on it and on benchmark, form and progress by
        name, not on what else is in the table.
    draws : int
        How many.

    Returns
    -------
    DataFrame
        `COLUMNS`. ``years`` puts the best estimates together; low and high are
        the ends of the 90 % interval of the draws; ``share_now`` and
        ``share_never`` are the shares of draws of no years and of infinitely
        many. An interval that ends at ``inf`` does not exclude that the target
        is never affordable.
    """
    purses, hardware = tuple(purses), tuple(hardware)
    algorithms = (TrendGrowth(NO_PROGRESS, 0.0, 0.0, 1), *algorithms)
    rates = {growth.name: growth.draw(draws, _generator(seed, growth.name)) for growth in (*hardware, *algorithms)}
    rows = []
    for benchmark, wanted in targets.groupby("benchmark", sort=False):
        known = models[models["benchmark"] == benchmark].dropna(subset=[BURDEN])
        keys = {"benchmark": benchmark, "vintage": known["vintage"].iloc[0], "measure": HARDWARE_BURDEN}
        year = float(known["year"].astype(float).mean())
        for form in FORMS.values():
            crossing = straight_crossing(known, form)
            plane = fit_year_law(known, form)
            planes = plane.draw(draws, _generator(seed, str(benchmark), form.name, OWN_YEARS))
            for target in wanted.itertuples():
                error = float(target.error)
                needed = np.array([crossing.reach(error).estimate])
                drawn = draw_crossings(crossing, error, draws, _generator(seed, str(benchmark), form.name))
                for purse, cheaper in product(purses, hardware):
                    key = keys | {"form": form.name, "label": target.label, "error": error}
                    key |= {"budget": purse.name, "budget_usd": purse.usd, "from_year": purse.now}
                    key |= {"hardware": cheaper.name}
                    best, several = np.array([cheaper.decades_per_year]), rates[cheaper.name]
                    for better in algorithms:
                        years = [
                            _years_at(crossings, purse, year, rate, saved)
                            for crossings, rate, saved in (
                                (needed, best, np.array([better.decades_per_year])),
                                (drawn, several, rates[better.name]),
                            )
                        ]
                        rows.append(key | {"algorithms": better.name} | _summary(*years))
                    years = [
                        _years_on(plane, coefficients, error, purse, rate)
                        for coefficients, rate in ((plane.best, best), (planes, several))
                    ]
                    rows.append(key | {"algorithms": OWN_YEARS} | _summary(*years))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def growth_from(trend: pd.Series) -> TrendGrowth:
    """Growth at the rate of one row of ``trends.csv``, which names it by series, measure and selection.

    Parameters
    ----------
    trend : Series
        The row; see `history.select_trend`.
    """
    name = f"{trend['series']} {trend['measure']}, {trend['selection']}"
    return TrendGrowth(name, float(trend["log10_slope"]), float(trend["log10_slope_se"]), int(trend["n"]) - 2)


def _years_at(
    crossings: FloatArray, purse: Purse, year: float, hardware: FloatArray, algorithms: FloatArray
) -> FloatArray:
    """Years until a budget buys the computing a target needs, if algorithms save some from a year on."""
    gap = crossings - purse.log10_gflop - (purse.now - year) * algorithms
    return years_until(gap, hardware + algorithms)


def _years_on(plane: YearLaw, coefficients: FloatArray, error: float, purse: Purse, hardware: FloatArray) -> FloatArray:
    """Years until a budget reaches a target on a plane, for each of its draws and of the growth of hardware."""
    centre, slope, year_slope = coefficients
    response = float(plane.form.response(checked_error(error)))
    now = centre + slope * (purse.log10_gflop - plane.centre_x) + year_slope * (purse.now - plane.centre_year)
    return years_until(response - now, slope * hardware + year_slope)


def _summary(best: FloatArray, years: FloatArray) -> dict[str, float]:
    low, high = np.quantile(years, [0.5 - LEVEL / 2.0, 0.5 + LEVEL / 2.0], method="inverted_cdf")
    return {
        "years": float(best[0]),
        "years_low": float(low),
        "years_high": float(high),
        "share_now": float(np.mean(years == 0.0)),
        "share_never": float(np.mean(np.isinf(years))),
    }


def _generator(seed: int, *names: str) -> np.random.Generator:
    """A source of draws that depends on a seed and names alone."""
    return np.random.default_rng([seed, *(zlib.crc32(name.encode()) for name in names)])
