"""The slope of performance on computing among models that are alike in other respects.

Scores of language models come from several sources, with several numbers of
examples in the prompt, and several belong to one training. Each of these can
be held fixed or taken together.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from computational_limits.arrays import FloatArray
from computational_limits.estimators import Line, t_p_value, t_quantile
from computational_limits.fits import paper_codes
from computational_limits.scaling import POLYNOMIAL, Form, checked_models
from computational_limits.uncertainty import LEVEL, Interval, inverse_interval

NO_SPREAD = 1e-10
"""Share of the variation of computing below which none is left within groups."""
UNSTATED = "not stated"


def fit_within(
    compute_gflop: ArrayLike,
    error: ArrayLike,
    controls: Sequence[ArrayLike],
    clusters: ArrayLike,
    form: Form = POLYNOMIAL,
    level: float = LEVEL,
) -> Line:
    """Fit a straight form with a constant for every value of every control.

    Parameters
    ----------
    compute_gflop, error : array-like of float, shape (n,)
        As for `fits.fit`.
    controls : sequence of array-like, each of shape (n,)
        What is held fixed, as categories; a missing one is a category of its own.
    clusters : array-like, shape (n,)
        What models that are not independent share.
    form : Form
        A straight form.
    level : float
        Coverage of the interval.

    Returns
    -------
    Line
        Least squares; standard error by cluster with the factor
        ``G / (G - 1) * (n - 1) / (n - p)``, ``p`` counting the constants that
        can be told apart, and Student's t with ``G - 1`` degrees of freedom,
        ``G`` clusters. ``r2`` is the share explained by controls and computing
        together, ``intercept`` the response at a predictor of zero for models
        with the average of the constants.

    Raises
    ------
    ValueError
        If the models break a rule of `scaling.checked_models`, or the controls
        leave no computing to compare.

    Notes
    -----
    Computing and response are both replaced by what the controls leave of them,
    which gives the slope of the full regression :cite:p:`lovell1963seasonal`.

    Examples
    --------
    Two sources, the second stricter; the slope is that within either:

    >>> line = fit_within([1e9, 1e11, 1e11, 1e13], [0.4, 0.2, 0.4, 0.2], [["a", "a", "b", "b"]], [0, 1, 2, 3])
    >>> round(1.0 / line.slope, 2)
    6.64
    """
    compute, errors = checked_models(compute_gflop, error)
    x, y = form.x(compute), form.response(errors)
    codes = paper_codes(clusters, x.size)
    constants = _orthonormal(_dummies(controls, x.size))
    left_x, left_y = (values - constants @ (constants.T @ values) for values in (x, y))
    spread = float(left_x @ left_x)
    if spread <= NO_SPREAD * float(np.sum((x - x.mean()) ** 2)):
        raise ValueError("models that agree in the controls have the same computing: no slope can be fitted")
    slope = float(left_x @ left_y) / spread
    residuals = left_y - slope * left_x
    count, parameters = int(codes.max()) + 1, constants.shape[1] + 1
    if count < 2 or x.size <= parameters:
        raise ValueError(f"{x.size} models in {count} clusters cannot carry {parameters} coefficients")
    scores = np.bincount(codes, weights=left_x * residuals)
    factor = count / (count - 1) * (x.size - 1) / (x.size - parameters)
    se = float(np.sqrt(factor * (scores @ scores))) / spread
    half = t_quantile(count - 1, level) * se
    return Line(
        intercept=float(y.mean() - slope * x.mean()),
        slope=slope,
        slope_se=se,
        low=slope - half,
        high=slope + half,
        p_value=t_p_value(slope, se, count - 1),
        r2=1.0 - float(residuals @ residuals) / float(np.sum((y - y.mean()) ** 2)),
    )


def average_by(models: pd.DataFrame, by: str, computing: str) -> pd.DataFrame:
    """One row a value of ``by``: mean error, with the computing, cluster and year of the first.

    Parameters
    ----------
    models : DataFrame
        With ``error``, ``paper``, ``year``, ``by`` and ``computing``, which is the same where ``by`` is.
    by, computing : str
        Columns.
    """
    return models.groupby(by, sort=False, as_index=False).agg(
        {computing: "first", "error": "mean", "paper": "first", "year": "first"}
    )


def tabulate_line(line: Line, n: int) -> dict[str, object]:
    """A line as a row of a table of ways to fit."""
    exponents = inverse_interval(Interval(float(line.low), float(line.high)), line.slope)
    return {
        "n": n,
        "slope": line.slope,
        "slope_low": line.low,
        "slope_high": line.high,
        "exponent": 1.0 / line.slope if line.slope != 0.0 else np.inf,
        "exponent_low": exponents.low,
        "exponent_high": exponents.high,
        "p_value": line.p_value,
        "absent": "",
    }


def _dummies(controls: Sequence[ArrayLike], n: int) -> FloatArray:
    """A constant, and a column for every value of every control."""
    columns = [np.ones((n, 1))]
    for control in controls:
        values = pd.Series(np.asarray(control, dtype=object)).astype("str").fillna(UNSTATED)
        if len(values) != n:
            raise ValueError(f"a control must have one value a model, {n}, not {len(values)}")
        columns.append(pd.get_dummies(values).to_numpy(dtype=float))
    return np.hstack(columns)


def _orthonormal(columns: FloatArray) -> FloatArray:
    """Orthonormal basis of what columns span, though some repeat others."""
    left, singular, _ = np.linalg.svd(columns, full_matrices=False)
    return np.asarray(left[:, singular > 1e-9 * singular[0]])
