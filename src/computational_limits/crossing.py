"""Where a law reaches a target error, with intervals.

A crossing knows nothing of the models it was fitted to. It is written to JSON
for the calculator, and what is read back reaches the same targets at the same
computing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from computational_limits.estimators import t_quantile
from computational_limits.scaling import EVERY_FORM, checked_error
from computational_limits.uncertainty import LEVEL, Interval

STRAIGHT_KIND, TABULATED_KIND = "straight", "tabulated"
"""Kinds of crossings in JSON."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What it takes to reach a target error: log10 of GFLOP, or of what so much computing costs.

    Attributes
    ----------
    estimate : float
        On the law; infinite where the target is not above the law's floor.
    confidence : Interval
        Where the law's mean reaches the target.
    prediction : Interval
        Where a single new model would reach it.
    """

    estimate: float
    confidence: Interval
    prediction: Interval


@dataclass(frozen=True, slots=True)
class StraightCrossing:
    """Crossing of a straight line on log10 computing, in closed form.

    Attributes
    ----------
    form : str
        Name of a straight form on log10 computing.
    turned : bool
        Whether computing was regressed on performance; ``slope`` is then in
        decades per unit of the response, else in response per decade.
    n, df : int
        Models, and degrees of freedom of Student's t.
    centre_x, centre_y : float
        Means of log10 GFLOP and of the response: a point of the line.
    slope : float
        Slope of the line.
    var_centre, var_slope, var_residual : float
        Variances of the line at the centre, of the slope, and of a model about
        the line; of the response, or of log10 GFLOP where ``turned``.
    x_low, x_high : float
        Smallest and largest log10 GFLOP among the models.
    """

    form: str
    turned: bool
    n: int
    df: int
    centre_x: float
    centre_y: float
    slope: float
    var_centre: float
    var_slope: float
    var_residual: float
    x_low: float
    x_high: float

    def reach(self, error: float, level: float = LEVEL) -> Reach:
        """Where the line reaches a target.

        Of performance on computing the intervals are those of
        :cite:t:`fieller1954some`: all computing at which the line, or a new
        model, does not differ from the target at the level. Where the slope is
        not significant they are unbounded; see `ratio_interval`. Of computing
        on performance they are Student's.

        Parameters
        ----------
        error : float
            Target, a fraction in (0, 1).
        level : float
            Coverage in (0, 1).

        Raises
        ------
        ValueError
            If error or level is outside (0, 1).
        """
        t = t_quantile(self.df, level)
        rise = float(EVERY_FORM[self.form].response(checked_error(error))) - self.centre_y
        variances = (self.var_centre, self.var_centre + self.var_residual)
        if self.turned:
            estimate = self.centre_x + rise * self.slope
            halves = [t * float(np.sqrt(variance + rise**2 * self.var_slope)) for variance in variances]
            return Reach(estimate, *(Interval(estimate - half, estimate + half) for half in halves))
        ratios = [ratio_interval(rise, variance, self.slope, self.var_slope, t) for variance in variances]
        run = rise / self.slope if self.slope != 0.0 else np.inf
        return Reach(
            self.centre_x + run,
            *(Interval(self.centre_x + ratio.low, self.centre_x + ratio.high) for ratio in ratios),
        )


def ratio_interval(rise: float, var_rise: float, slope: float, var_slope: float, t: float) -> Interval:
    """Fieller's interval of ``rise / slope`` for two independent estimates :cite:p:`fieller1954some`.

    Parameters
    ----------
    rise, slope : float
        Numerator and denominator.
    var_rise, var_slope : float
        Their variances.
    t : float
        Quantile of Student's law.

    Returns
    -------
    Interval
        Where the slope is not significant, the set is a pair of rays or the
        whole line; the ray that holds the ratio is returned, or (-inf, inf).

    Examples
    --------
    >>> ratio_interval(2.0, 0.0, 1.0, 0.0, 1.8)
    Interval(low=2.0, high=2.0)
    >>> ratio_interval(2.0, 0.1, 1.0, 1.0, 1.8).bounded
    False
    """
    a = slope**2 - t**2 * var_slope
    discriminant = t**2 * (var_slope * rise**2 + var_rise * a)
    ratio = rise / slope if slope != 0.0 else np.inf
    if a > 0.0:  # two roots around the ratio; rounding may bring them to or past it
        middle, half = rise * slope / a, np.sqrt(discriminant) / a
        return Interval(min(float(middle - half), ratio), max(float(middle + half), ratio))
    if a == 0.0 or discriminant < 0.0:
        return Interval(-np.inf, np.inf)
    low, high = sorted(float((rise * slope + sign * np.sqrt(discriminant)) / a) for sign in (-1.0, 1.0))
    return Interval(high, np.inf) if ratio >= high else Interval(-np.inf, low)


@dataclass(frozen=True, slots=True)
class TabulatedCrossing:
    """Crossing of any other law, computed once for targets on a grid.

    Between the targets log10 GFLOP is linear in log10 error; beside an infinite
    number it is infinite.

    Attributes
    ----------
    form : str
        Name of the form.
    n : int
        Models.
    level : float
        Coverage of the intervals.
    x_low, x_high : float
        Smallest and largest log10 GFLOP among the models.
    floor : float or None
        Irreducible error of highest likelihood, for a form that has one.
    errors : tuple of float
        Targets, falling.
    estimates, confidence_low, confidence_high, prediction_low, prediction_high : tuple of float
        `Reach` of each target, in log10 GFLOP.
    """

    form: str
    n: int
    level: float
    x_low: float
    x_high: float
    floor: float | None
    errors: tuple[float, ...]
    estimates: tuple[float, ...]
    confidence_low: tuple[float, ...]
    confidence_high: tuple[float, ...]
    prediction_low: tuple[float, ...]
    prediction_high: tuple[float, ...]

    def reach(self, error: float, level: float = LEVEL) -> Reach:
        """Where the law reaches a target.

        Parameters
        ----------
        error : float
            Target, a fraction in (0, 1), within those tabulated.
        level : float
            That of the table.

        Raises
        ------
        ValueError
            If the error is outside (0, 1) or the table, or the level is another.
        """
        target = float(checked_error(error))
        if level != self.level:
            raise ValueError(f"the intervals of {self.form} are tabulated at level {self.level:g}, not {level:g}")
        if not self.errors[-1] <= target <= self.errors[0]:
            span = f"{self.errors[-1]:.3g} to {self.errors[0]:.3g}"
            raise ValueError(f"{self.form} is tabulated for errors from {span}, not {target:g}")
        place = min(max(int(np.searchsorted(-np.asarray(self.errors), -target)), 1), len(self.errors) - 1)
        before, after = np.log10(self.errors[place - 1]), np.log10(self.errors[place])
        share = float((before - np.log10(target)) / (before - after))

        def at(values: tuple[float, ...]) -> float:
            return _between(values[place - 1], values[place], share)

        return Reach(
            at(self.estimates),
            Interval(at(self.confidence_low), at(self.confidence_high)),
            Interval(at(self.prediction_low), at(self.prediction_high)),
        )


Crossing = StraightCrossing | TabulatedCrossing


def _between(first: float, second: float, share: float) -> float:
    """Value at a share of the way between two; infinite between them where one is."""
    if share in (0.0, 1.0) or first == second:
        return second if share == 1.0 else first
    if np.isinf(first) or np.isinf(second):
        return first if np.isinf(first) else second
    return first + share * (second - first)


def crossing_to_json(crossing: Crossing) -> dict[str, Any]:
    """A crossing as JSON can hold it.

    Returns
    -------
    dict
        The attributes by name and ``kind``; a straight one also ``t``, Student's
        quantile at `LEVEL`. Infinite numbers are the texts ``inf`` and ``-inf``.
    """
    values = {field.name: _to_json(getattr(crossing, field.name)) for field in fields(crossing)}
    if isinstance(crossing, TabulatedCrossing):
        return {"kind": TABULATED_KIND} | values
    return {"kind": STRAIGHT_KIND} | values | {"t": t_quantile(crossing.df, LEVEL)}


def crossing_from_json(values: Mapping[str, Any]) -> Crossing:
    """The crossing that `crossing_to_json` gave; other keys are passed over.

    Raises
    ------
    ValueError
        If the kind is not known.
    KeyError
        If an attribute is missing.
    """
    kinds: dict[str, type[StraightCrossing] | type[TabulatedCrossing]] = {
        STRAIGHT_KIND: StraightCrossing,
        TABULATED_KIND: TabulatedCrossing,
    }
    if values["kind"] not in kinds:
        raise ValueError(f"no kind of crossing {values['kind']!r}: known are {', '.join(kinds)}")
    kind = kinds[values["kind"]]
    return kind(**{field.name: _from_json(field.name, values[field.name]) for field in fields(kind)})


def _to_json(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_to_json(item) for item in value]
    return str(value) if isinstance(value, float) and np.isinf(value) else value


def _from_json(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(float(item) for item in value)
    return float(value) if isinstance(value, str) and name != "form" else value
