"""Laws within families of models: one design at several sizes, trained alike.

Along a family the design and the training stay, and the computing grows. Along
the field everything changes at once. Table ``family_members`` says which model
belongs to which family; nothing here reads a name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from computational_limits.audit import TOLERANCE, Records, audit
from computational_limits.scaling import MINIMUM_MODELS, POLYNOMIAL, fit_law
from computational_limits.slopes import Slope, difference, slope_of
from computational_limits.vintages import ERROR_DIGITS, FLOP_PER_GFLOP, MEASURES, select_vintage

BENCHMARK = "imagenet"
"""The one benchmark whose records hold whole families."""
FAMILY_MEASURES = ("ops_per_pass", "hardware_burden")
FIELD = "field"
"""All models of the vintage, whatever their family."""
REST = "rest of the field"
"""The models of the vintage that belong to no family with a law."""
POOLED = "pooled"
"""One slope for all families, each with an intercept of its own."""
RECORDED, MISPRINTED = SCORES = ("as recorded", "as misprinted")
"""Which score a law was fitted to, where a printed regression used another than the record."""
OPERATIONS_PER_MULTIPLY_ADD = 2.0
CORRECTED_2020 = "2020-records, audited"
"""The records of 2020 with the burdens that the audit leaves."""
PAPER = "paper"
"""Edition of members that no record has, with the numbers of the paper of the family."""
COLUMNS = (
    "benchmark",
    "vintage",
    "measure",
    "family",
    "score",
    "n",
    "degrees_of_freedom",
    "slope",
    "slope_se",
    "exponent",
    "exponent_low",
    "exponent_high",
    "r2",
    "p_value",
    "reason",
)


@dataclass(frozen=True, slots=True)
class CommonSlope:
    """One slope for several families, each with its own intercept.

    Attributes
    ----------
    slope : Slope
        The slope within families.
    n, families : int
        Models, and families they belong to.
    r2_within : float
        Share of the variance within families that it explains.
    equal_slopes_p : float
        p value of the F test that all families have this slope.
    """

    slope: Slope
    n: int
    families: int
    r2_within: float
    equal_slopes_p: float


def read_imagenet(records: Records, vintage: str) -> pd.DataFrame:
    """Models of ImageNet with their measures, as recorded or with audited burdens.

    Parameters
    ----------
    records : Records
        The tables.
    vintage : str
        A vintage, or `CORRECTED_2020`.

    Returns
    -------
    DataFrame
        As `vintages.select_vintage`.
    """
    corrected = vintage == CORRECTED_2020
    models = select_vintage(records, "2020-records" if corrected else vintage)
    models = models[models["benchmark"] == BENCHMARK].assign(vintage=vintage)
    if corrected:
        burdens = audit(records).set_index("model_id")["corrected_gflop"]
        models = models.assign(hardware_burden_gflop=models["model_id"].map(burdens))
    return models.reset_index(drop=True)


def assemble_members(members: pd.DataFrame, models: pd.DataFrame) -> pd.DataFrame:
    """Members of families with their error and computing.

    Parameters
    ----------
    members : DataFrame
        Rows of table ``family_members``.
    models : DataFrame
        Models of one vintage, as `read_imagenet` returns them.

    Returns
    -------
    DataFrame
        ``family``, ``edition``, ``member``, ``model_id``, ``error``,
        ``misprinted_error`` and the columns of `FAMILY_MEASURES`; members that
        ``models`` lacks have the numbers of the paper of their family, or are
        left out.
    """
    measures = [MEASURES[measure] for measure in FAMILY_MEASURES]
    chosen = members[members["model_id"].isin(models["model_id"]) | (members["edition"] == PAPER)]
    chosen = chosen[(chosen["edition"] != PAPER) | ~chosen.duplicated(["family", "member"], keep=False)]
    joined = chosen.merge(models[["model_id", "error", *measures]], on="model_id", how="left")
    joined["error"] = joined["error"].fillna((1.0 - joined["score"]).round(ERROR_DIGITS))
    operations = OPERATIONS_PER_MULTIPLY_ADD * joined["multiadds_per_pass"] / FLOP_PER_GFLOP
    joined["ops_per_pass_gflop"] = joined["ops_per_pass_gflop"].fillna(operations)
    joined["misprinted_error"] = (1.0 - joined["misprinted_score"]).round(ERROR_DIGITS)
    columns = ["family", "edition", "member", "model_id", "error", "misprinted_error", *measures]
    return joined[columns].reset_index(drop=True)


def fit_common_slope(compute_gflop: Iterable[float], error: Iterable[float], family: Iterable[str]) -> CommonSlope:
    """Fit one polynomial slope with an intercept for each family.

    The slope is that of least squares on deviations from the means of the
    families; the residual variance has ``n`` less families less one degrees of
    freedom :cite:p:`mundlak1978pooling`.

    Parameters
    ----------
    compute_gflop, error : iterable of float, length n
        Computing of each model, and its error as a fraction.
    family : iterable of str, length n
        The family of each.

    Returns
    -------
    CommonSlope

    Raises
    ------
    ValueError
        With fewer than two families, or a family without a spread in computing.

    Examples
    --------
    >>> fit = fit_common_slope([1, 10, 100, 1, 10, 100], [0.4, 0.2, 0.1, 0.2, 0.11, 0.05], list("aaabbb"))
    >>> round(fit.slope.estimate, 3), fit.slope.degrees_of_freedom
    (0.301, 3)
    """
    x, y = np.log10(np.array(list(compute_gflop))), POLYNOMIAL.response(np.array(list(error)))
    labels = np.array(list(family))
    names = np.unique(labels)
    if len(names) < 2:
        raise ValueError("a common slope needs at least two families")
    if min(float(np.ptp(x[labels == name])) for name in names) == 0.0:
        raise ValueError("every family needs a spread in computing: leave out those without")
    codes = np.searchsorted(names, labels)
    count = np.bincount(codes)
    dx, dy = (values - (np.bincount(codes, values) / count)[codes] for values in (x, y))
    slopes = np.bincount(codes, dx * dy) / np.bincount(codes, dx**2)
    own = float(np.sum((dy - slopes[codes] * dx) ** 2))
    slope = float(dx @ dy / (dx @ dx))
    common = float(np.sum((dy - slope * dx) ** 2))
    df, df_own = len(x) - len(names) - 1, len(x) - 2 * len(names)
    spare = len(names) - 1
    ratio = (common - own) / spare / (own / df_own) if df_own > 0 else np.nan
    return CommonSlope(
        Slope(slope, float(np.sqrt(common / df / (dx @ dx))), df),
        n=len(x),
        families=len(names),
        r2_within=1.0 - common / float(dy @ dy),
        equal_slopes_p=float(stats.f.sf(ratio, spare, df_own)),
    )


def with_law(members: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Members of the families that a law of ``measure`` can be fitted to, without those that lack it."""
    known = members.dropna(subset=[MEASURES[measure]])
    reasons = known.groupby("family")[MEASURES[measure]].agg(_reason)
    return known[known["family"].map(reasons) == ""]


def of_records(members: pd.DataFrame) -> pd.DataFrame:
    """Members of the families that rest on records alone."""
    papers = members.loc[members["edition"] == PAPER, "family"]
    return members[~members["family"].isin(papers)]


def tabulate_families(
    models: pd.DataFrame, members: pd.DataFrame, families: Iterable[str], measures: Iterable[str] = FAMILY_MEASURES
) -> pd.DataFrame:
    """Laws of the field, of each family, and of all families together.

    Parameters
    ----------
    models : DataFrame
        Models of one vintage, as `read_imagenet` returns them.
    members : DataFrame
        As `assemble_members` returns them for that vintage.
    families : iterable of str
        Families, in the order wanted.
    measures : iterable of str
        Keys of `vintages.MEASURES`.

    Returns
    -------
    DataFrame
        `COLUMNS`: a row for `FIELD`, `REST` and `POOLED` and one a family, and
        another for a score that was misprinted. A law that cannot be fitted
        has its ``reason`` in place of numbers. The pooled slope leaves out
        families with numbers of a paper; its R2 is that within families.
    """
    (vintage,) = models["vintage"].unique()
    rows: list[dict[str, object]] = []
    for measure in measures:
        column = MEASURES[measure]
        key = {"benchmark": BENCHMARK, "vintage": vintage, "measure": measure}
        known = models.dropna(subset=[column])
        pooled = of_records(with_law(members, measure))
        rest = known[~known["model_id"].isin(pooled["model_id"])]
        rows.append({**key, "family": FIELD, "score": RECORDED} | _law_cells(known, column))
        rows.append({**key, "family": REST, "score": RECORDED} | _law_cells(rest, column))
        rows.append({**key, "family": POOLED, "score": RECORDED} | _pooled_cells(pooled, column))
        for family in families:
            own = members[members["family"] == family].dropna(subset=[column])
            rows.append({**key, "family": family, "score": RECORDED} | _law_cells(own, column))
            if own["misprinted_error"].notna().any():
                wrong = own.assign(error=own["misprinted_error"].fillna(own["error"]))
                rows.append({**key, "family": family, "score": MISPRINTED} | _law_cells(wrong, column))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def slope_between(table: pd.DataFrame, first: str, second: str) -> Slope:
    """Difference of the slopes of two rows of one measure that share no model.

    Parameters
    ----------
    table : DataFrame
        Rows of `tabulate_families`, of one vintage and measure, scores as recorded.
    first, second : str
        Their families.
    """
    rows = table.set_index("family")[["slope", "slope_se", "degrees_of_freedom"]].astype(float)
    return difference(*(Slope(*map(float, rows.loc[family])) for family in (first, second)))


def _reason(compute: pd.Series) -> str:
    """Why a law cannot be fitted to such computing; empty if it can."""
    if len(compute) < MINIMUM_MODELS:
        return "no record" if compute.empty else f"fewer than {MINIMUM_MODELS} members"
    return "one value for all members" if compute.max() <= (1.0 + TOLERANCE) * compute.min() else ""


def _law_cells(models: pd.DataFrame, column: str) -> dict[str, object]:
    reason = _reason(models[column])
    if reason:
        return {"n": len(models), "reason": reason}
    law = fit_law(models[column], models["error"], POLYNOMIAL)
    return {"n": law.n, "r2": law.r2, "reason": ""} | _slope_cells(slope_of(law))


def _pooled_cells(members: pd.DataFrame, column: str) -> dict[str, object]:
    if members["family"].nunique() < 2:
        return {"n": len(members), "reason": "fewer than 2 families with a law"}
    common = fit_common_slope(members[column], members["error"], members["family"])
    return {"n": common.n, "r2": common.r2_within, "reason": ""} | _slope_cells(common.slope)


def _slope_cells(slope: Slope) -> dict[str, object]:
    ends = slope.exponent_interval()
    return {
        "degrees_of_freedom": slope.degrees_of_freedom,
        "slope": slope.estimate,
        "slope_se": slope.standard_error,
        "exponent": slope.exponent,
        "exponent_low": ends.low,
        "exponent_high": ends.high,
        "p_value": slope.p_value,
    }
