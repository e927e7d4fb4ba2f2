"""From models to the crossing of their law with any target error."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from computational_limits.arrays import FloatArray
from computational_limits.crossing import Crossing, StraightCrossing
from computational_limits.estimators import least_squares
from computational_limits.fits import COMPUTING_ON_PERFORMANCE, fit
from computational_limits.scaling import (
    LOG10_COMPUTING,
    PERFORMANCE_ON_COMPUTING,
    POLYNOMIAL,
    STRAIGHT,
    Form,
    checked_models,
)
from computational_limits.uncertainty import LEVEL


def crossing_for(
    compute_gflop: ArrayLike,
    error: ArrayLike,
    form: Form = POLYNOMIAL,
    direction: str = PERFORMANCE_ON_COMPUTING,
    level: float = LEVEL,
) -> Crossing:
    """Crossing of the least-squares law of models with any target.

    Parameters
    ----------
    compute_gflop : array-like of float, shape (n,)
        Computing of each model, in GFLOP.
    error : array-like of float, shape (n,)
        Error of each model, as a fraction in (0, 1).
    form : Form
        One of `scaling.EVERY_FORM`.
    direction : str
        One of `fits.DIRECTIONS`.
    level : float
        Coverage of what is tabulated.

    Returns
    -------
    StraightCrossing or TabulatedCrossing
        Of a straight form on log10 computing the first. The intervals of the
        symmetric lines are approximate: their slopes count as independent of
        the centre, with the standard error of `estimators.Line` and the
        scatter of the response about the line.

    Raises
    ------
    ValueError
        With the rule that is broken, as `fits.fit` does.
    """
    compute, errors = checked_models(compute_gflop, error)
    law = fit(compute, errors, form, direction, level=level)
    if form.shape == STRAIGHT and form.predictor == LOG10_COMPUTING:
        return _straight(form.x(compute), form.response(errors), form, direction, law.slope, law.slope_se)
    raise ValueError(f"{form.name} is not tabulated yet")


def _straight(
    x: FloatArray, y: FloatArray, form: Form, direction: str, slope: float, slope_se: float
) -> StraightCrossing:
    turned = direction == COMPUTING_ON_PERFORMANCE
    if turned:
        line = least_squares(np.column_stack([np.ones_like(y), y]), x)
        slope, slope_se = float(line.coefficients[1]), float(np.sqrt(line.covariance()[1, 1]))
        residuals = line.residuals
    else:
        residuals = y - y.mean() - slope * (x - x.mean())
    df = x.size - 2
    variance = float(residuals @ residuals) / df
    return StraightCrossing(
        form=form.name,
        turned=turned,
        n=x.size,
        df=df,
        centre_x=float(x.mean()),
        centre_y=float(y.mean()),
        slope=slope,
        var_centre=variance / x.size,
        var_slope=slope_se**2,
        var_residual=variance,
        x_low=float(x.min()),
        x_high=float(x.max()),
    )
