"""What becomes of a conclusion when the data behind it change."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from computational_limits.regressions import fit_forms, tabulate_regressions
from computational_limits.scaling import POLYNOMIAL
from computational_limits.uncertainty import SIGNIFICANCE

HOLDS, MOVES, FALLS = FATES = ("holds", "moves", "falls")
"""What becomes of a law: the same, another exponent, or another answer to whether there is a slope."""
COMPARED = ("n", "exponent", "exponent_low", "exponent_high", "r2", "p_value")


def compare_regressions(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Laws of the same benchmarks before and after a change of the data.

    Parameters
    ----------
    before, after : DataFrame
        Rows of ``regressions.csv``, one a benchmark.

    Returns
    -------
    DataFrame
        ``benchmark``, each of `COMPARED` with the endings ``_before`` and
        ``_after``, and ``fate``. A law *falls* when its slope is significant in
        one of the two only; it *moves* when the exponent after lies outside the
        interval before; else it *holds*.
    """
    columns = ["benchmark", *COMPARED]
    table = before[columns].merge(after[columns], on="benchmark", suffixes=("_before", "_after"))
    was, is_now = (table[f"p_value_{state}"] < SIGNIFICANCE for state in ("before", "after"))
    inside = table["exponent_after"].between(table["exponent_low_before"], table["exponent_high_before"])
    fate = pd.Series(HOLDS, index=table.index).mask(~inside, MOVES).mask(was != is_now, FALLS)
    return table.assign(fate=fate)


def regress_readings(models: pd.DataFrame, readings: pd.DataFrame, benchmarks: Sequence[str]) -> pd.DataFrame:
    """Polynomial laws of each reading of the burdens.

    Parameters
    ----------
    models : DataFrame
        Models of one vintage, as `vintages.read_models` returns them.
    readings : DataFrame
        One column a reading, in GFLOP, by ``model_id``.
    benchmarks : sequence of str
        Benchmarks, in the order wanted.

    Returns
    -------
    DataFrame
        The columns of ``regressions.csv`` and ``reading``.
    """
    (vintage,) = models["vintage"].unique()
    tables = []
    for reading in readings:
        read = models.assign(hardware_burden_gflop=models["model_id"].map(readings[reading]))
        for benchmark in benchmarks:
            laws = fit_forms(read[read["benchmark"] == benchmark], [POLYNOMIAL.name])
            table = tabulate_regressions(laws, benchmark, vintage, "hardware_burden")
            tables.append(table.assign(reading=reading))
    return pd.concat(tables, ignore_index=True)
