"""From a law and a target error to computing, dollars and carbon."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from computational_limits.arrays import FloatArray
from computational_limits.bootstrap import RESAMPLES, CrossingBootstrap, bootstrap_crossings
from computational_limits.costs import Costs
from computational_limits.crossing import Reach, StraightCrossing, crossing_to_json
from computational_limits.fits import COMPUTING_ON_PERFORMANCE, DIRECTIONS, REDUCED_MAJOR_AXIS, fit
from computational_limits.inversion import BOOTSTRAP, crossing_for, crossings_of, interval_method, reach_targets
from computational_limits.regressions import HARDWARE_BURDEN
from computational_limits.scaling import (
    EVERY_FORM,
    EXPONENTIAL,
    FORMS,
    PERFORMANCE_ON_COMPUTING,
    POLYNOMIAL,
    POLYNOMIAL_WITH_FLOOR,
    Form,
    checked_error,
)
from computational_limits.uncertainty import Interval
from computational_limits.vintages import AUDITED, EVERY_MEASURE, MEASURES, PUBLISHED

KEYS = ("benchmark", "vintage", "measure", "form", "direction", "label", "error")
"""Columns of ``projections.csv`` that name a row."""
ENDS = (
    "log10_gflop_low",
    "log10_gflop_high",
    "bootstrap_low",
    "bootstrap_high",
    "prediction_low",
    "prediction_high",
)
"""Columns of ``projections.csv`` of the ends of intervals.

The first pair is where the law's mean reaches the target, by ``method``, the last where a new model would.
"""
COLUMNS = (*KEYS, "log10_gflop", *ENDS, "log10_usd", "log10_lb_co2", "decades_beyond_data", "method", "absent")
"""Columns of ``projections.csv``."""
SHRUNK = 100.0
"""What errors are divided by before a law is planted on them."""
DECIMALS = 3
SIGNIFICANT = 6
"""Decimals of log10 GFLOP, and significant figures of tabulated errors, in ``calculator.json``."""
WAYS = {
    "polynomial, as published": (PUBLISHED, POLYNOMIAL, PERFORMANCE_ON_COMPUTING),
    "exponential form": (PUBLISHED, EXPONENTIAL, PERFORMANCE_ON_COMPUTING),
    "polynomial with floor": (PUBLISHED, POLYNOMIAL_WITH_FLOOR, PERFORMANCE_ON_COMPUTING),
    "computing on performance": (PUBLISHED, POLYNOMIAL, COMPUTING_ON_PERFORMANCE),
    "reduced major axis": (PUBLISHED, POLYNOMIAL, REDUCED_MAJOR_AXIS),
    "audited burdens": (AUDITED, POLYNOMIAL, PERFORMANCE_ON_COMPUTING),
    "models of 2022": ("2022", POLYNOMIAL, PERFORMANCE_ON_COMPUTING),
}
"""The published projection and others that depart from it in one point: name to vintage, form and direction."""
COST_COLUMNS = {"log10 GFLOP": "log10_gflop", "log10 USD": "log10_usd", "log10 lb CO2": "log10_lb_co2"}
"""Unit of a cell of the target table to the column that holds our counterpart."""


def project_targets(
    models: pd.DataFrame,
    targets: pd.DataFrame,
    costs: Costs,
    seed: np.random.SeedSequence | int,
    measure: str = HARDWARE_BURDEN,
    forms: Iterable[Form] = tuple(EVERY_FORM.values()),
    directions: Iterable[str] = DIRECTIONS,
    resamples: int = RESAMPLES,
) -> pd.DataFrame:
    """Computing, dollars and carbon at which the laws of a vintage reach targets.

    Parameters
    ----------
    models : DataFrame
        Models of one vintage, as `vintages.read_models` returns them.
    targets : DataFrame
        Columns ``benchmark``, ``label`` and ``error`` (fraction).
    costs : Costs
        Conversion constants.
    seed : SeedSequence or int
        Of the resampling of papers.
    measure : str
        A key of `EVERY_MEASURE`.
    forms : iterable of Form
        Forms.
    directions : iterable of str
        Of `fits.DIRECTIONS`.
    resamples : int
        How often papers are drawn.

    Returns
    -------
    DataFrame
        ``projections.csv``, columns `COLUMNS`, one row a benchmark, form,
        direction and target: log10 of GFLOP, US dollars and pounds of CO2; the
        90 % intervals of log10 GFLOP; the decades between the most
        computing-intensive model and the target. Where a law never reaches the
        target they are infinite. ``method`` says what the first interval is,
        see `inversion.interval_method`; a bootstrap has no interval for a new
        model. ``absent`` says why a law could not be fitted and is empty for
        the others.

    Raises
    ------
    ValueError
        If a target is outside (0, 1).
    """
    checked_error(targets["error"])
    (vintage,) = models["vintage"].unique()
    forms, directions = tuple(forms), tuple(directions)
    rows: list[dict[str, object]] = []
    for benchmark, goals in targets.groupby("benchmark", sort=False):
        stated = models[models["benchmark"] == benchmark].dropna(subset=[EVERY_MEASURE[measure]])
        drawn = _resampled(stated, goals, seed, measure, forms, directions, resamples)
        keys = {"benchmark": benchmark, "vintage": vintage, "measure": measure}
        for form in forms:
            for direction in directions:
                projected = _project(stated, goals, costs, measure, form, direction, drawn)
                rows += [keys | {"form": form.name, "direction": direction} | row for row in projected]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _resampled(
    models: pd.DataFrame,
    goals: pd.DataFrame,
    seed: np.random.SeedSequence | int,
    measure: str,
    forms: tuple[Form, ...],
    directions: tuple[str, ...],
    resamples: int,
) -> dict[tuple[str, str], CrossingBootstrap]:
    """Crossings of resampled papers; none where there are too few papers."""
    try:
        return bootstrap_crossings(
            models[EVERY_MEASURE[measure]],
            models["error"],
            models["paper"],
            goals["error"],
            seed,
            forms,
            directions,
            resamples,
        )
    except ValueError:
        return {}


def _project(
    models: pd.DataFrame,
    goals: pd.DataFrame,
    costs: Costs,
    measure: str,
    form: Form,
    direction: str,
    drawn: dict[tuple[str, str], CrossingBootstrap],
) -> list[dict[str, object]]:
    """Rows of one form and direction of one benchmark, its keys excepted."""
    compute, errors = models[EVERY_MEASURE[measure]], models["error"]
    named = [{"label": goal.label, "error": goal.error} for goal in goals.itertuples()]
    method = interval_method(form, direction)
    found = drawn.get((form.name, direction))
    unknown = Interval(np.nan, np.nan)
    again = found.intervals if found else [unknown] * len(named)
    try:
        if method == BOOTSTRAP:
            law = fit(compute, errors, form, direction)
            estimates = crossings_of(law, goals["error"]).tolist()
            reaches = [Reach(estimate, ends, unknown) for estimate, ends in zip(estimates, again, strict=True)]
        else:
            reaches = reach_targets(compute, errors, goals["error"], form, direction)
    except ValueError as reason:
        return [name | {"absent": str(reason)} for name in named]
    largest = float(np.log10(compute.max()))
    return [
        name
        | {
            "log10_gflop": reach.estimate,
            "log10_gflop_low": reach.confidence.low,
            "log10_gflop_high": reach.confidence.high,
            "bootstrap_low": ends.low,
            "bootstrap_high": ends.high,
            "prediction_low": reach.prediction.low,
            "prediction_high": reach.prediction.high,
            "log10_usd": reach.estimate - costs.log10_gflop_per_usd,
            "log10_lb_co2": reach.estimate - costs.log10_gflop_per_lb_co2,
            "decades_beyond_data": max(0.0, reach.estimate - largest),
            "method": method,
            "absent": "",
        }
        for name, reach, ends in zip(named, reaches, again, strict=True)
    ]


def select_projections(
    projections: pd.DataFrame,
    vintage: str = PUBLISHED,
    direction: str = PERFORMANCE_ON_COMPUTING,
    forms: Iterable[str] = tuple(FORMS),
) -> pd.DataFrame:
    """Rows of ``projections.csv`` of one vintage and direction and of some forms, by default the published ones."""
    chosen = (projections["vintage"] == vintage) & (projections["direction"] == direction)
    return projections[chosen & projections["form"].isin(list(forms))]


def select_ways(projections: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``projections.csv`` of each of `WAYS`, in their order, named in a column ``way``."""
    tables = [
        select_projections(projections, vintage, direction, [form.name]).assign(way=way)
        for way, (vintage, form, direction) in WAYS.items()
    ]
    return pd.concat(tables, ignore_index=True)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often the interval of a crossing held the planted truth.

    Attributes
    ----------
    law : float
        Share of planted data sets whose interval of the law's mean holds it.
    resampled : float
        The same of the percentile interval from resampled papers; NaN where papers were not given.
    redrawn : float
        Data sets drawn again, for an error outside (0, 1), over those kept.
    """

    law: float
    resampled: float
    redrawn: float


def planted_coverage(
    compute_gflop: FloatArray,
    error: FloatArray,
    target: float,
    form: Form = POLYNOMIAL,
    direction: str = PERFORMANCE_ON_COMPUTING,
    papers: ArrayLike | None = None,
    draws: int = 400,
    resamples: int = 1_000,
    seed: int = 0,
) -> Coverage:
    """Cover a truth planted on the real burdens: the fitted law with normal scatter of the size of its own.

    Errors and target are first divided by `SHRUNK`, which leaves the line and its
    scatter as they are and keeps planted errors below 1.

    Parameters
    ----------
    compute_gflop, error : ndarray of float, shape (n,)
        Models that the law is fitted to.
    target : float
        Target error, a fraction in (0, 1).
    form : Form
        A straight form.
    direction : str
        `PERFORMANCE_ON_COMPUTING` or `COMPUTING_ON_PERFORMANCE`.
    papers : array-like, shape (n,), optional
        Paper of each model; then papers are resampled too.
    draws, resamples : int
        Planted data sets, and resamples of the papers of each.
    seed : int
        Of all draws.
    """
    errors, goal = np.asarray(error) / SHRUNK, target / SHRUNK
    law = crossing_for(compute_gflop, errors, form, direction)
    if not isinstance(law, StraightCrossing):
        raise ValueError(f"{form.name} is not a straight form: nothing is planted for it")
    truth = law.reach(goal).estimate
    x, y = np.log10(compute_gflop), form.response(errors)
    generator = np.random.default_rng(seed)
    held, held_again, redrawn = 0, 0, 0
    for draw in range(draws):
        while True:
            noise = np.sqrt(law.var_residual) * generator.standard_normal(x.size)
            if law.turned:
                planted = 10.0 ** (law.centre_x + (y - law.centre_y) * law.slope + noise), errors
                break
            planted = compute_gflop, form.error(law.centre_y + (x - law.centre_x) * law.slope + noise)
            if np.all((planted[1] > 0.0) & (planted[1] < 1.0)):
                break
            redrawn += 1
        held += truth in crossing_for(*planted, form, direction).reach(goal).confidence
        if papers is not None:
            draws_of = np.random.SeedSequence([seed, draw])
            again = bootstrap_crossings(*planted, papers, [goal], draws_of, [form], [direction], resamples)
            held_again += truth in again[form.name, direction].intervals[0]
    return Coverage(held / draws, held_again / draws if papers is not None else np.nan, redrawn / draws)


def calculator_laws(models: Mapping[str, pd.DataFrame], benchmarks: Iterable[str]) -> list[dict[str, object]]:
    """Laws of hardware burden for the calculator: the list ``laws`` of ``calculator.json``.

    Parameters
    ----------
    models : mapping
        Vintage to its models, as `vintages.read_models` returns them.
    benchmarks : iterable of str
        Benchmarks, in the order wanted.

    Returns
    -------
    list of dict
        One a benchmark, vintage, form and direction: these keys, what
        `crossing_to_json` gives, ``best_error``, the smallest error, and
        ``models``, log10 GFLOP and error of each. Laws that cannot be fitted,
        or whose interval is known from resampled papers alone, are left out.
    """
    laws: list[dict[str, object]] = []
    column = MEASURES[HARDWARE_BURDEN]
    for benchmark in benchmarks:
        for vintage, table in models.items():
            stated = table[table["benchmark"] == benchmark].dropna(subset=[column])
            compute, errors = stated[column].to_numpy(), stated["error"].to_numpy()
            marks = np.column_stack([np.log10(compute).round(DECIMALS), errors]).tolist()
            for form in EVERY_FORM.values():
                for direction in DIRECTIONS:
                    try:
                        crossing = crossing_for(compute, errors, form, direction)
                    except ValueError:
                        continue
                    laws.append(
                        {"benchmark": benchmark, "vintage": vintage, "direction": direction}
                        | _rounded(crossing_to_json(crossing))
                        | {"best_error": float(errors.min()), "models": marks}
                    )
    return laws


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    """A tabulated crossing in JSON with as many digits as it is exact to; any other as it is."""
    if "errors" not in values:
        return values
    errors = [float(f"{error:.{SIGNIFICANT}g}") for error in values["errors"]]
    columns = {
        name: [_decimals(item) for item in column] for name, column in values.items() if isinstance(column, list)
    }
    return values | columns | {"errors": errors}


def _decimals(value: float | str) -> float | str:
    return value if isinstance(value, str) else round(value, DECIMALS)
