"""The regression table: every form fitted to the models of one benchmark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from computational_limits.scaling import FORMS, PERFORMANCE_ON_COMPUTING, Law, fit_law
from computational_limits.uncertainty import exponent_interval


def fit_forms(models: pd.DataFrame, forms: Iterable[str] = tuple(FORMS)) -> dict[str, Law]:
    """Fit every form to the models of one benchmark.

    Parameters
    ----------
    models : DataFrame
        Rows of table ``models`` of one benchmark.
    forms : iterable of str
        Names of forms.

    Returns
    -------
    dict
        Form name to `Law`.
    """
    return {name: fit_law(models["hardware_burden_gflop"], models["error"], FORMS[name]) for name in forms}


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
