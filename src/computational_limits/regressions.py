"""The regression table: every form fitted to the models of every benchmark, in every way the data allow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from computational_limits.estimators import BY_PAPER, BY_RANK, CLASSICAL, HC3, JACKKNIFE
from computational_limits.fits import (
    BEST_SO_FAR,
    LEAST_SQUARES,
    QUANTILES,
    THEIL_SEN,
    WITH_YEAR,
    Regression,
    combinations_of,
    fit,
)
from computational_limits.scaling import (
    EVERY_FORM,
    FORMS,
    MINIMUM_MODELS,
    PERFORMANCE_ON_COMPUTING,
    POLYNOMIAL,
    Form,
    Law,
    fit_law,
)
from computational_limits.uncertainty import SIGNIFICANCE, exponent_interval
from computational_limits.vintages import EVERY_MEASURE, MEASURES, PUBLISHED

HARDWARE_BURDEN = "hardware_burden"
LOG10_FLOP_PER_GFLOP = 9.0
PUBLISHED_WAY = {"estimator": LEAST_SQUARES, "direction": PERFORMANCE_ON_COMPUTING, "errors": CLASSICAL}
"""How the published regressions were fitted, as columns of ``regressions.csv``."""
VARIATIONS = {
    "errors": ((LEAST_SQUARES,), (HC3, BY_PAPER, JACKKNIFE)),
    "estimators": ((THEIL_SEN, *QUANTILES, BEST_SO_FAR), (CLASSICAL, BY_RANK)),
    "year": ((WITH_YEAR,), (CLASSICAL,)),
}
"""What is varied in the published regression to the estimators and standard errors tried."""
KEYS = ("benchmark", "vintage", "measure", "form", "direction", "estimator", "errors")
"""Columns of ``regressions.csv`` that name a row."""
ESTIMATES = ("intercept", "slope", "slope_se", "exponent", "exponent_low", "exponent_high", "r2", "p_value")
"""Columns of ``regressions.csv`` that every fitted row has, beside the keys and ``n``."""
TERMS = (
    "slope_low",
    "slope_high",
    "papers",
    "floor",
    "floor_low",
    "floor_high",
    "break_log10_gflop",
    "break_low",
    "break_high",
    "slope_below",
    "year_slope",
    "year_se",
    "year_p_value",
    "year_correlation",
    "variance_inflation",
)
"""Columns of ``regressions.csv`` of the other terms, which only some forms or estimators have, and of the slope's ends.

Where a slope may be zero its interval says more than that of the exponent, which
holds the side of the estimate alone.
"""
COLUMNS = (*KEYS, "n", *ESTIMATES, *TERMS, "absent")


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
        A key of `EVERY_MEASURE`.

    Returns
    -------
    dict
        Form name to `Law`.

    Raises
    ------
    ValueError
        With fewer than three models, or no spread among them; see `fit_law`.
    """
    column = EVERY_MEASURE[measure]
    models = models.dropna(subset=[column])
    return {name: fit_law(models[column], models["error"], FORMS[name]) for name in forms}


def tabulate_regressions(laws: Mapping[str, Law], benchmark: str, vintage: str, measure: str) -> pd.DataFrame:
    """One row a form, fitted in the published way: the columns of ``regressions.csv`` that all rows have.

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
                **PUBLISHED_WAY,
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
    return pd.DataFrame(rows, columns=[*KEYS, "n", *ESTIMATES])


def regress_vintage(
    models: pd.DataFrame, benchmarks: Iterable[str], measures: Iterable[str] = tuple(MEASURES)
) -> pd.DataFrame:
    """Published regressions of every benchmark and measure of a vintage that at least three models state.

    Parameters
    ----------
    models : DataFrame
        Models of one vintage, as `vintages.read_models` returns them.
    benchmarks : iterable of str
        Benchmarks, in the order wanted.
    measures : iterable of str
        Keys of `EVERY_MEASURE`.

    Returns
    -------
    DataFrame
        What `tabulate_regressions` gives.
    """
    (vintage,) = models["vintage"].unique()
    tables = []
    for benchmark in benchmarks:
        chosen = models[models["benchmark"] == benchmark]
        for measure in measures:
            if chosen[EVERY_MEASURE[measure]].count() >= MINIMUM_MODELS:
                laws = fit_forms(chosen, measure=measure)
                tables.append(tabulate_regressions(laws, benchmark, vintage, measure))
    return pd.concat(tables, ignore_index=True)


def regress_every_way(
    models: pd.DataFrame,
    benchmarks: Iterable[str],
    measures: Iterable[str] = tuple(MEASURES),
    forms: Iterable[Form] = tuple(EVERY_FORM.values()),
) -> pd.DataFrame:
    """Every form of every benchmark and measure of a vintage, in every direction, by every estimator.

    Parameters
    ----------
    models : DataFrame
        Models of one vintage, as `vintages.read_models` returns them.
    benchmarks : iterable of str
        Benchmarks, in the order wanted.
    measures : iterable of str
        Keys of `EVERY_MEASURE`.
    forms : iterable of Form
        Forms.

    Returns
    -------
    DataFrame
        ``regressions.csv``, columns `COLUMNS`. ``absent`` says why a
        combination could not be fitted and is empty for the others. A measure
        that fewer than three models state has one row a form. Ends without a
        bound are infinite.
    """
    (vintage,) = models["vintage"].unique()
    forms, measures = tuple(forms), tuple(measures)
    rows: list[dict[str, object]] = []
    for benchmark in benchmarks:
        chosen = models[models["benchmark"] == benchmark]
        for measure in measures:
            stated = chosen.dropna(subset=[EVERY_MEASURE[measure]])
            keys = {"benchmark": benchmark, "vintage": vintage, "measure": measure}
            for form in forms:
                rows += [keys | {"form": form.name} | row for row in _fit_every_way(stated, measure, form)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _fit_every_way(models: pd.DataFrame, measure: str, form: Form) -> list[dict[str, object]]:
    """Rows of one form of one benchmark and measure."""
    if len(models) < MINIMUM_MODELS:
        reason = f"{len(models)} models state this measure, {MINIMUM_MODELS} are needed"
        return [{**PUBLISHED_WAY, "n": len(models), "absent": reason}]
    compute, error = models[EVERY_MEASURE[measure]].to_numpy(), models["error"].to_numpy()
    papers, years = models["paper"].to_numpy(), models["year"].to_numpy()
    rows: list[dict[str, object]] = []
    for estimator, direction, errors in combinations_of(form):
        way = {"estimator": estimator, "direction": direction, "errors": errors}
        try:
            row = tabulate_fit(fit(compute, error, form, direction, estimator, errors, papers, years))
        except ValueError as refusal:
            row = {"n": compute.size, "absent": str(refusal)}
        rows.append(way | row)
    return rows


def tabulate_fit(law: Regression) -> dict[str, object]:
    """Columns of ``regressions.csv`` of one regression, its keys excepted."""
    row: dict[str, object] = {
        "n": law.n,
        "intercept": law.intercept,
        "slope": law.slope,
        "slope_se": law.slope_se,
        "slope_low": law.slope_interval.low,
        "slope_high": law.slope_interval.high,
        "exponent": law.exponent,
        "exponent_low": law.exponent_interval.low,
        "exponent_high": law.exponent_interval.high,
        "r2": law.r2,
        "p_value": law.p_value,
        "papers": law.papers,
        "absent": "",
    }
    for name, found in (("floor", law.floor), ("break", law.break_log10_gflop)):
        if found is not None:
            value = "floor" if name == "floor" else "break_log10_gflop"
            row |= {value: found.value, f"{name}_low": found.interval.low, f"{name}_high": found.interval.high}
    if law.slope_below is not None:
        row["slope_below"] = law.slope_below
    if law.year is not None:
        row |= {
            "year_slope": law.year.slope,
            "year_se": law.year.slope_se,
            "year_p_value": law.year.p_value,
            "year_correlation": law.year.correlation,
            "variance_inflation": law.year.variance_inflation,
        }
    return row


def select_laws(
    regressions: pd.DataFrame,
    vintage: str | None = PUBLISHED,
    measure: str | None = HARDWARE_BURDEN,
    form: str = POLYNOMIAL.name,
    direction: str = PERFORMANCE_ON_COMPUTING,
    errors: str = CLASSICAL,
) -> pd.DataFrame:
    """Rows of ``regressions.csv`` of one vintage, measure, form, direction and kind of errors, by least squares.

    Without a vintage or a measure, those of all that were fitted.
    """
    laws = select_published_way(regressions, direction, errors)
    for column, value in (("vintage", vintage), ("measure", measure), ("form", form)):
        laws = laws if value is None else laws[laws[column] == value]
    return laws


def select_every_form(
    regressions: pd.DataFrame, vintage: str = PUBLISHED, measure: str = HARDWARE_BURDEN, errors: str = CLASSICAL
) -> pd.DataFrame:
    """Rows of ``regressions.csv`` of one vintage and measure, by least squares or absent, one a form."""
    chosen = (regressions["vintage"] == vintage) & (regressions["measure"] == measure)
    for column, value in (PUBLISHED_WAY | {"errors": errors}).items():
        chosen &= regressions[column] == value
    return regressions[chosen]


def select_published_way(
    regressions: pd.DataFrame, direction: str = PERFORMANCE_ON_COMPUTING, errors: str = CLASSICAL
) -> pd.DataFrame:
    """Rows of ``regressions.csv`` of a direction, by the published estimator, that could be fitted."""
    chosen = regressions["slope"].notna()
    for column, value in (PUBLISHED_WAY | {"direction": direction, "errors": errors}).items():
        chosen &= regressions[column] == value
    return regressions[chosen]


def tabulate_answers(regressions: pd.DataFrame, vintage: str = PUBLISHED) -> pd.DataFrame:
    """Whether each benchmark has a slope, by other regressions of performance on computing than the published one.

    Parameters
    ----------
    regressions : DataFrame
        ``regressions.csv``.
    vintage : str
        Vintage of the models.

    Returns
    -------
    DataFrame
        Of the polynomial form and the hardware burden: ``benchmark``,
        ``variation``, a key of `VARIATIONS`, ``estimator``, ``errors``, ``n``,
        ``exponent``, ``p_value``, ``significant`` at `SIGNIFICANCE`, and
        ``changes``, whether the published regression answers otherwise.
    """
    laws = regressions[
        (regressions["vintage"] == vintage)
        & (regressions["measure"] == HARDWARE_BURDEN)
        & (regressions["form"] == POLYNOMIAL.name)
        & (regressions["direction"] == PERFORMANCE_ON_COMPUTING)
        & regressions["p_value"].notna()
    ]
    published = select_laws(laws, vintage).set_index("benchmark")["p_value"] < SIGNIFICANCE
    parts = [
        laws[laws["estimator"].isin(estimators) & laws["errors"].isin(errors)].assign(variation=variation)
        for variation, (estimators, errors) in VARIATIONS.items()
    ]
    table = pd.concat(parts, ignore_index=True)
    table["significant"] = table["p_value"] < SIGNIFICANCE
    table["changes"] = table["significant"] != table["benchmark"].map(published)
    columns = ["benchmark", "variation", "estimator", "errors", "n", "exponent", "p_value", "significant", "changes"]
    return table[columns]


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
    laws = select_published_way(regressions)
    laws = laws[laws["form"] == POLYNOMIAL.name]
    printed = laws.assign(slope=-laws["slope"], intercept=LOG10_FLOP_PER_GFLOP * laws["slope"] - laws["intercept"])
    columns = ["benchmark", "measure", "n", "intercept", "slope", "slope_se", "r2", "p_value"]
    return printed[columns].reset_index(drop=True)
