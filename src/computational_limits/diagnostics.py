"""What a regression rests on, and which form fits better.

Forms are compared on one scale, the density of log10 error: the density of a
form's response times its stretch, the Jacobian of the transformation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from computational_limits.arrays import FloatArray
from computational_limits.bootstrap import slopes_of, sums_by_paper
from computational_limits.estimators import FULL_LEVERAGE, least_squares, t_p_value
from computational_limits.fits import Regression, fit, paper_codes
from computational_limits.left_out import predict_left_out
from computational_limits.scaling import (
    BROKEN,
    EVERY_FORM,
    EXPONENTIAL,
    FLOORED,
    FORMS,
    PERFORMANCE_ON_COMPUTING,
    POLYNOMIAL,
    Form,
    checked_models,
)
from computational_limits.uncertainty import SIGNIFICANCE
from computational_limits.vintages import MEASURES

BURDEN = MEASURES["hardware_burden"]
EQUALLY_GOOD = 2.0
"""Difference of AIC up to which two forms have about the same support :cite:p:`burnham2002model`."""
PARAMETERS = {FLOORED: 4, BROKEN: 5}
"""Shape to the number of its parameters, the variance among them; a straight form has `STRAIGHT_PARAMETERS`."""
STRAIGHT_PARAMETERS = 3


@dataclass(frozen=True, slots=True)
class Influence:
    """What each paper does to an exponent.

    Attributes
    ----------
    form : Form
        A straight form.
    exponent : float
        With all papers.
    without : DataFrame
        ``paper``, ``models`` (how many it has), ``slope`` and ``exponent``
        without it, and ``change``, the relative change of the slope; by its
        size, the largest first. NaN where the models left have no slope.
    """

    form: Form
    exponent: float
    without: pd.DataFrame

    @property
    def largest(self) -> pd.Series:
        """The paper whose absence changes the exponent most."""
        return self.without.iloc[0]

    @property
    def turns(self) -> int:
        """Papers without which the slope has the other sign."""
        return int((self.without["change"] < -1.0).sum())


@dataclass(frozen=True, slots=True)
class Vuong:
    """Test of two forms that are not nested, by :cite:t:`vuong1989likelihood`.

    Attributes
    ----------
    mean_difference : float
        Mean over the models of the log density of the first form less that of
        the second, in nats of log10 error.
    statistic : float
        The mean over its standard error. For a small sample the standard
        deviation has the divisor ``n - 1`` and the law is Student's t with
        ``n - 1`` degrees of freedom. The forms have the same number of
        parameters, so that no correction for their number applies.
    p_value : float
        Two-sided.
    """

    mean_difference: float
    statistic: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Forms fitted to the same models, on one scale.

    Attributes
    ----------
    forms : DataFrame
        By form: ``parameters``, ``log_likelihood``, ``aic``, ``aicc``,
        ``bic``, ``loo_error`` and ``lopo_error``, the root mean square error
        in log10 error of predictions without the model and without its paper,
        ``loo_undefined`` and ``lopo_undefined``, the predictions that do not
        exist, as the law leaves its range or too few models remain, ``floor``
        with its interval where a form has one, and ``absent``, why a form could
        not be fitted.
    vuong : Vuong
        Polynomial against exponential; positive where the polynomial fits better.
    """

    forms: pd.DataFrame
    vuong: Vuong

    @property
    def aic_difference(self) -> float:
        """AIC of the exponential less that of the polynomial form; positive where the polynomial fits better."""
        return float(self.forms.loc[EXPONENTIAL.name, "aic"] - self.forms.loc[POLYNOMIAL.name, "aic"])

    @property
    def told_apart(self) -> bool:
        """Whether Vuong's test tells the published forms apart at `SIGNIFICANCE`."""
        return self.vuong.p_value < SIGNIFICANCE

    @property
    def about_equal(self) -> bool:
        """Whether both published forms fit about equally well: not told apart, AIC within `EQUALLY_GOOD`."""
        return not self.told_apart and abs(self.aic_difference) <= EQUALLY_GOOD


def influence(
    compute_gflop: ArrayLike,
    error: ArrayLike,
    papers: ArrayLike,
    form: Form = POLYNOMIAL,
    direction: str = PERFORMANCE_ON_COMPUTING,
) -> Influence:
    """Exponent without each paper in turn.

    Parameters
    ----------
    compute_gflop, error : array-like of float, shape (n,)
        As for `fits.fit`.
    papers : array-like, shape (n,)
        Paper of each model; a missing one counts as a paper of its own.
    form : Form
        A straight form.
    direction : str
        One of `fits.DIRECTIONS`.

    Returns
    -------
    Influence

    Raises
    ------
    ValueError
        If the models break a rule of `scaling.checked_models`.
    """
    compute, errors = checked_models(compute_gflop, error)
    codes = paper_codes(papers, compute.size)
    x, y = form.x(compute), form.response(errors)
    sums = sums_by_paper(x, y, codes)
    total = sums.sum(axis=0)
    slope = float(slopes_of(total, direction))
    left = [np.flatnonzero(codes != code) for code in range(sums.shape[0])]
    has_slope = np.array([np.ptp(x[rows]) > 0.0 and np.ptp(y[rows]) > 0.0 if rows.size > 1 else False for rows in left])
    slopes = np.full(sums.shape[0], np.nan)
    slopes[has_slope] = slopes_of((total - sums)[has_slope], direction)
    with np.errstate(divide="ignore"):
        exponents, change = 1.0 / slopes, slopes / slope - 1.0 if slope != 0.0 else np.full_like(slopes, np.inf)
    table = pd.DataFrame(
        {
            "paper": pd.Series(np.asarray(papers, dtype=object)).groupby(codes).first(),
            "models": np.bincount(codes),
            "slope": slopes,
            "exponent": exponents,
            "change": change,
        }
    )
    order = table["change"].abs().sort_values(ascending=False, kind="stable").index
    exponent = 1.0 / slope if slope != 0.0 else np.inf
    return Influence(form, exponent, table.loc[order].reset_index(drop=True))


def tabulate_residuals(compute_gflop: ArrayLike, error: ArrayLike, form: Form = POLYNOMIAL) -> pd.DataFrame:
    """How far each model lies from the least-squares line, and whether that is too far.

    Parameters
    ----------
    compute_gflop, error : array-like of float, shape (n,)
        As for `fits.fit`.
    form : Form
        A straight form.

    Returns
    -------
    DataFrame
        ``log10_gflop``; ``residual_decades``, log10 of the error over that of
        the line, positive where the error is larger; ``leverage``;
        ``studentised``, the residual over its standard error from the line
        without the model, of the same sign; and ``p_value``, that any of ``n``
        models lies so far out, by Student's t and the bound of Bonferroni. NaN
        where no line can be fitted without the model.

    Raises
    ------
    ValueError
        If the models break a rule of `scaling.checked_models`.
    """
    compute, errors = checked_models(compute_gflop, error)
    x = form.x(compute)
    fitted = least_squares(np.column_stack([np.ones_like(x), x]), form.response(errors))
    residuals, left, df = fitted.residuals, 1.0 - fitted.leverage, compute.size - 3
    studentised = np.full(compute.size, np.nan)
    variance = fitted.residual_variance * fitted.degrees_of_freedom - residuals**2 / np.maximum(left, 1e-300)
    defined = (left > 1.0 - FULL_LEVERAGE) & (variance > 0.0) & (df > 0)
    studentised[defined] = -residuals[defined] / np.sqrt(variance[defined] / df * left[defined])
    chances = [min(compute.size * t_p_value(t, 1.0, df), 1.0) if np.isfinite(t) else np.nan for t in studentised]
    return pd.DataFrame(
        {
            "log10_gflop": np.log10(compute),
            "residual_decades": np.log10(errors / form.error(form.response(errors) - residuals)),
            "leverage": fitted.leverage,
            "studentised": studentised,
            "p_value": chances,
        }
    )


def compare_forms(
    compute_gflop: ArrayLike,
    error: ArrayLike,
    papers: ArrayLike,
    forms: Iterable[Form] = tuple(EVERY_FORM.values()),
) -> Comparison:
    """Compare forms fitted by least squares, performance on computing.

    Parameters
    ----------
    compute_gflop, error : array-like of float, shape (n,)
        As for `fits.fit`.
    papers : array-like, shape (n,)
        Paper of each model; a missing one counts as a paper of its own.
    forms : iterable of Form
        Forms, the published ones among them.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        If the models break a rule of `scaling.checked_models`.
    """
    compute, errors = checked_models(compute_gflop, error)
    codes = paper_codes(papers, compute.size)
    n = compute.size
    rows: dict[str, dict[str, float | str]] = {}
    for form in forms:
        try:
            law = fit(compute, errors, form)
        except ValueError as refusal:
            rows[form.name] = {"absent": str(refusal)}
            continue
        k = PARAMETERS.get(form.shape, STRAIGHT_PARAMETERS)
        log_likelihood = float(log_densities(law, errors).sum())
        aic = 2.0 * k - 2.0 * log_likelihood
        loo, lopo = (predict_left_out(compute, errors, form, groups) for groups in (np.arange(n), codes))
        rows[form.name] = {
            "parameters": k,
            "log_likelihood": log_likelihood,
            "aic": aic,
            "aicc": aic + 2.0 * k * (k + 1) / (n - k - 1) if n > k + 1 else np.inf,
            "bic": np.log(n) * k - 2.0 * log_likelihood,
            "loo_error": _root_mean_square(loo, errors),
            "loo_undefined": int(np.isnan(loo).sum()),
            "lopo_error": _root_mean_square(lopo, errors),
            "lopo_undefined": int(np.isnan(lopo).sum()),
            "absent": "",
        }
        if law.floor is not None:
            ends = law.floor.interval
            rows[form.name] |= {"floor": law.floor.value, "floor_low": ends.low, "floor_high": ends.high}
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("form")
    return Comparison(table, compare_by_vuong(compute, errors))


def tabulate_form_comparison(models: pd.DataFrame, benchmarks: Iterable[str]) -> pd.DataFrame:
    """The published forms of every benchmark of a vintage against each other: ``form_comparison.csv``.

    Parameters
    ----------
    models : DataFrame
        Models of one vintage, as `vintages.read_models` returns them.
    benchmarks : iterable of str
        Benchmarks, in the order wanted.

    Returns
    -------
    DataFrame
        For the hardware burden: ``benchmark``, ``vintage``, ``n``, ``papers``,
        ``aic_difference`` (positive where the polynomial form fits better),
        ``vuong_statistic``, ``vuong_p_value``, ``told_apart``,
        ``about_equal``, and ``loo_error`` and ``lopo_error`` of each form; see
        `Comparison`.
    """
    (vintage,) = models["vintage"].unique()
    rows = []
    for benchmark in benchmarks:
        stated = models[models["benchmark"] == benchmark].dropna(subset=[BURDEN])
        papers = stated["paper"].to_numpy()
        found = compare_forms(stated[BURDEN], stated["error"], papers, FORMS.values())
        rows.append(
            {
                "benchmark": benchmark,
                "vintage": vintage,
                "n": len(stated),
                "papers": int(paper_codes(papers, len(stated)).max()) + 1,
                "aic_difference": found.aic_difference,
                "vuong_statistic": found.vuong.statistic,
                "vuong_p_value": found.vuong.p_value,
                "told_apart": found.told_apart,
                "about_equal": found.about_equal,
                **{
                    f"{form}_{misses}": found.forms.loc[form, misses]
                    for misses in ("loo_error", "lopo_error")
                    for form in FORMS
                },
            }
        )
    return pd.DataFrame(rows)


def log_densities(law: Regression, error: FloatArray) -> FloatArray:
    """Log density of the log10 error of each model, at the variance of highest likelihood.

    Parameters
    ----------
    law : Regression
        By least squares, performance on computing.
    error : ndarray of float, shape (n,)
        Errors it was fitted to.

    Returns
    -------
    ndarray of float, shape (n,)
        In nats.
    """
    variance = float(np.mean(law.residuals**2))
    normal = -0.5 * (np.log(2.0 * np.pi * variance) + law.residuals**2 / variance)
    return np.asarray(normal + np.log(law.form.stretch(error)))


def compare_by_vuong(
    compute_gflop: ArrayLike, error: ArrayLike, first: Form = POLYNOMIAL, second: Form = EXPONENTIAL
) -> Vuong:
    """Test two straight forms against each other; see `Vuong`.

    Parameters
    ----------
    compute_gflop, error : array-like of float, shape (n,)
        As for `fits.fit`.
    first, second : Form
        Forms with the same number of parameters.

    Raises
    ------
    ValueError
        If the models break a rule of `scaling.checked_models`.
    """
    compute, errors = checked_models(compute_gflop, error)
    differences = np.subtract(*(log_densities(fit(compute, errors, form), errors) for form in (first, second)))
    mean, n = float(differences.mean()), differences.size
    se = float(np.std(differences, ddof=1) / np.sqrt(n))
    statistic = mean / se if se > 0.0 else np.copysign(np.inf, mean)
    return Vuong(mean, float(statistic), t_p_value(mean, se, n - 1))


def _root_mean_square(predicted: FloatArray, error: FloatArray) -> float:
    defined = np.isfinite(predicted)
    misses = np.log10(predicted[defined] / error[defined])
    return float(np.sqrt(np.mean(misses**2))) if defined.any() else np.nan
