"""Learning curves without simulation: exact for least squares, asymptotic for the LASSO."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from computational_limits.theory.design import (
    DESIGN_COLUMNS,
    EXPERT,
    FLEXIBLE,
    HINDSIGHT,
    KEY_COLUMNS,
    ORACLE,
    REGULARISED,
    Design,
    check_sizes,
)
from computational_limits.theory.risk import expert_log10_risk, flexible_log10_risk, least_squares_log10_risk
from computational_limits.theory.state_evolution import PENALTIES, best_risk, risk_at_penalty


def tabulate_curves(designs: Sequence[Design], observations: ArrayLike) -> pd.DataFrame:
    """Mean performance of every estimator that has a formula.

    Parameters
    ----------
    designs : sequence of Design
        Problems.
    observations : array-like of int
        Sample sizes.

    Returns
    -------
    DataFrame
        Columns `KEY_COLUMNS` and ``performance_mean``, minus log10 of the risk over
        the noise variance; infinite values left out. The LASSO has the rules of
        `PENALTIES` and the best penalty.

    Raises
    ------
    ValueError
        If a sample size is no whole number of at least 1.
    """
    n = check_sizes(observations).astype(int)
    parts = []
    for design in designs:
        scale = np.log10(design.noise_variance)
        curves = {
            (ORACLE, ""): least_squares_log10_risk(n, design.relevant, design.noise_variance),
            (EXPERT, ""): expert_log10_risk(n, design),
            (FLEXIBLE, ""): flexible_log10_risk(n, design),
            (REGULARISED, HINDSIGHT): np.log10(best_risk(n, design)),
        }
        for rule, (penalty, _) in PENALTIES.items():
            curves[REGULARISED, rule] = np.log10(risk_at_penalty(n, penalty(n, design), design))
        for (estimator, rule), values in curves.items():
            parts.append(
                pd.DataFrame(
                    {
                        **{column: getattr(design, column) for column in DESIGN_COLUMNS},
                        "estimator": estimator,
                        "penalty": rule,
                        "n": n,
                        "performance_mean": scale - values,
                    }
                )
            )
    table = pd.concat(parts, ignore_index=True)
    return table[np.isfinite(table["performance_mean"])].reset_index(drop=True)


def add_formulas(summary: pd.DataFrame) -> pd.DataFrame:
    """Set the formulas beside simulated means.

    Parameters
    ----------
    summary : DataFrame
        Rows of `simulation.summarise`.

    Returns
    -------
    DataFrame
        The same with ``closed_form``, the exact mean performance of least squares, and
        ``state_evolution``, that of the LASSO in the limit of many covariates; missing
        where there is none.
    """
    designs = [Design(**key) for key in summary[DESIGN_COLUMNS].drop_duplicates().to_dict("records")]
    curves = tabulate_curves(designs, np.unique(summary["n"])).rename(columns={"performance_mean": "formula"})
    both = summary.merge(curves, on=KEY_COLUMNS, how="left")
    exact = both["penalty"] == ""
    columns = {"closed_form": both["formula"].where(exact), "state_evolution": both["formula"].mask(exact)}
    return both.drop(columns="formula").assign(**columns)
