"""The regression table: every form fitted to the models of one benchmark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from computational_limits.scaling import FORMS, MINIMUM_MODELS, PERFORMANCE_ON_COMPUTING, POLYNOMIAL, Law, fit_law
from computational_limits.uncertainty import exponent_interval
from computational_limits.vintages import MEASURES, PUBLISHED

HARDWARE_BURDEN = "hardware_burden"
LOG10_FLOP_PER_GFLOP = 9.0


def fit_forms(
    models: pd.DataFrame, forms: Iterable[str] = tuple(FORMS), measure: str = HARDWARE_BURDEN
) -> dict[str, Law]:
    """Fit every form to the models of one benchmark.

    Parameters
    ----------
    models : DataFrame
        Models of one benchmark and vintage, as `vintages.read_models` returns
        them; those without the measure are passed over.
    forms : iterable of str
        Names of forms.
    measure : str
        A key of `MEASURES`.

    Returns
    -------
    dict
        Form name to `Law`.

    Raises
    ------
    ValueError
        With fewer than three models, or no spread among them; see `fit_law`.
    """
    column = MEASURES[measure]
    models = models.dropna(subset=[column])
    return {name: fit_law(models[column], models["error"], FORMS[name]) for name in forms}


def tabulate_regressions(laws: Mapping[str, Law], benchmark: str, vintage: str, measure: str) -> pd.DataFrame:
    """One row a form: the columns of ``regressions.csv``.

    Parameters
    ----------
    laws : mapping
        Form name to `Law`.
    benchmark, vintage, measure : str
        What the laws were fitted to.

    Returns
    -------
    DataFrame
    """
    rows = []
    for form, law in laws.items():
        exponents = exponent_interval(law)
        rows.append(
            {
                "benchmark": benchmark,
                "vintage": vintage,
                "measure": measure,
                "form": form,
                "direction": PERFORMANCE_ON_COMPUTING,
                "n": law.n,
                "intercept": law.intercept,
                "slope": law.slope,
                "slope_se": law.slope_se,
                "exponent": law.exponent,
                "exponent_low": exponents.low,
                "exponent_high": exponents.high,
                "r2": law.r2,
                "p_value": law.p_value,
            }
        )
    return pd.DataFrame(rows)


def regress_vintage(
    models: pd.DataFrame, benchmarks: Iterable[str], measures: Iterable[str] = tuple(MEASURES)
) -> pd.DataFrame:
    """Regressions of every benchmark and measure of a vintage that at least three models state.

    Parameters
    ----------
    models : DataFrame
        Models of one vintage, as `vintages.read_models` returns them.
    benchmarks : iterable of str
        Benchmarks, in the order wanted.
    measures : iterable of str
        Keys of `MEASURES`.

    Returns
    -------
    DataFrame
        The columns of ``regressions.csv``.
    """
    (vintage,) = models["vintage"].unique()
    tables = []
    for benchmark in benchmarks:
        chosen = models[models["benchmark"] == benchmark]
        for measure in measures:
            if chosen[MEASURES[measure]].count() >= MINIMUM_MODELS:
                laws = fit_forms(chosen, measure=measure)
                tables.append(tabulate_regressions(laws, benchmark, vintage, measure))
    return pd.concat(tables, ignore_index=True)


def select_laws(
    regressions: pd.DataFrame,
    vintage: str = PUBLISHED,
    measure: str | None = HARDWARE_BURDEN,
    form: str = POLYNOMIAL.name,
) -> pd.DataFrame:
    """Rows of ``regressions.csv`` of one vintage, measure and form; without a measure, those of all."""
    chosen = (regressions["vintage"] == vintage) & (regressions["form"] == form)
    return regressions[chosen if measure is None else chosen & (regressions["measure"] == measure)]


def tabulate_as_printed(regressions: pd.DataFrame) -> pd.DataFrame:
    """Polynomial laws in the terms of the authors' notebooks of 2022.

    They regress log10 of error, not of performance, on log10 of computing in
    FLOP, not in GFLOP: the slope changes its sign, and the intercept moves.

    Parameters
    ----------
    regressions : DataFrame
        The columns of ``regressions.csv``.

    Returns
    -------
    DataFrame
        ``benchmark``, ``measure``, ``n``, ``intercept``, ``slope``,
        ``slope_se``, ``r2`` and ``p_value``, one row a polynomial law.
    """
    laws = regressions[regressions["form"] == POLYNOMIAL.name]
    printed = laws.assign(slope=-laws["slope"], intercept=LOG10_FLOP_PER_GFLOP * laws["slope"] - laws["intercept"])
    columns = ["benchmark", "measure", "n", "intercept", "slope", "slope_se", "r2", "p_value"]
    return printed[columns].reset_index(drop=True)
