"""The laws of 2020 against the models that came later.

Everything follows the protocol, which is written before the results. Nothing
here reads a file or draws a figure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from computational_limits.estimators import least_squares, t_quantile
from computational_limits.fits import (
    BEST_SO_FAR,
    COMPUTING_ON_PERFORMANCE,
    LEAST_SQUARES,
    best_so_far,
    combinations_of,
    fit,
    paper_codes,
)
from computational_limits.forecasts import (
    Scored,
    Student,
    StudentLine,
    coverage_interval,
    interval_score,
    log10_error_band,
    log10_gflop,
    mean_interval,
    score_computing,
    score_error,
    student_of,
)
from computational_limits.history import MID_YEAR
from computational_limits.later import BURDEN, OPERATIONS, STATED_COLUMN, UTILISED, convert_computing
from computational_limits.protocol import (
    BY_RUN,
    LAST_VALUE,
    LATER_MODELS,
    NONE,
    RECORDS,
    TIME_TREND,
    Protocol,
)
from computational_limits.scaling import EVERY_FORM, PERFORMANCE_ON_COMPUTING, POLYNOMIAL, Form
from computational_limits.trends import decimal_years
from computational_limits.uncertainty import Interval
from computational_limits.vintages import AUDITED, MEASURES

BURDEN_GFLOP = MEASURES["hardware_burden"]
BASELINE = "baseline"
"""In place of a form: a forecast that is no law of computing."""
STATED = "stated"
"""Where the computing of a later model is from, where it is not `later.UTILISED`."""
LATER_COLUMNS = (
    "benchmark",
    "edition",
    "model_id",
    "model",
    "date",
    "year",
    "cluster",
    "error",
    "compute_gflop",
    "computing_from",
    "excluded",
)
WAY = ["form", "direction", "estimator"]
KEYS = ["edition", "benchmark", *WAY]
FORECAST_COLUMNS = (
    *KEYS,
    "origin",
    "n_fitted",
    "fitted",
    "conversion",
    "model_id",
    "model",
    "date",
    "cluster",
    "computing_from",
    "log10_error",
    "predicted_log10_error",
    "log10_error_low",
    "log10_error_high",
    "error_inside",
    "error_interval_score",
    "error_log_score",
    "error_pit",
    "line_se",
    "log10_gflop",
    "predicted_log10_gflop",
    "log10_gflop_low",
    "log10_gflop_high",
    "gflop_inside",
    "gflop_interval_score",
    "gflop_log_score",
    "gflop_pit",
    "excluded",
    "absent",
)
"""Columns of ``hindcast.csv`` and ``backtest.csv``."""
QUANTITIES = {"error": "log10_error", "gflop": "log10_gflop"}
"""What is forecast, to the column of what happened."""
FAILED, BIASED, NARROW, HELD, TOO_FEW = VERDICTS = ("failed", "biased", "too narrow", "held", "too few")
ARXIV_MONTH = re.compile(r"arxiv\.org/abs/(\d\d)(\d\d)\.")


@dataclass(frozen=True, slots=True)
class Headline:
    """The best later model, and what each law said that its error would take.

    Attributes
    ----------
    benchmark, model : str
        Which model on which benchmark.
    date, error, log10_gflop : float
        Its date in decimal years, its error as a fraction, its computing.
    computing_from : str
        Whether its burden is stated.
    before : float
        Best error of the points of 2020.
    before_log10_gflop : float
        Computing of the model that had it.
    forecasts : DataFrame
        By form, least squares of performance on computing: ``log10_gflop``
        that the law asks for, with the interval of the law, ``law_low`` and
        ``law_high``, and that of one new model, ``model_low`` and
        ``model_high``; ``miss``, how many decades more than were used, with
        ``miss_low`` and ``miss_high`` by the interval of the law; ``inside``,
        whether the computing used is within that of one new model; ``error``
        that the law expects at the computing used; ``absent``.
    """

    benchmark: str
    model: str
    date: float
    error: float
    log10_gflop: float
    computing_from: str
    before: float
    before_log10_gflop: float
    forecasts: pd.DataFrame


@dataclass(frozen=True, slots=True)
class FittedWay:
    """A law in one form, direction and estimator, ready to forecast.

    Attributes
    ----------
    form : Form
        Above its floor.
    line : StudentLine
        Response on predictor; where ``turned``, predictor of the form on its response.
    turned : bool
        Whether computing was regressed on performance.
    """

    form: Form
    line: StudentLine
    turned: bool

    def score(self, error: float, compute_gflop: float, level: float) -> tuple[Scored, Scored]:
        """Forecasts of log10 error given the computing, and of log10 GFLOP given the error."""
        x = float(self.form.x(np.asarray(compute_gflop)))
        actual = float(np.log10(compute_gflop))
        with np.errstate(divide="ignore", invalid="ignore"):
            y = float(self.form.response(np.asarray(error)))
        above_floor = error > float(self.form.error(np.asarray(np.inf)))
        if self.turned:
            response, responses = self.line.predictor_for(x, level)
            band = log10_error_band(self.form, responses)
            centre = log10_error_band(self.form, Interval(response, response)).low
            of_error = Scored(centre, float(np.log10(error)), band)
            if above_floor:
                return of_error, score_computing(self.form, self.line.response_at(y), compute_gflop, level)
        else:
            of_error = score_error(self.form, self.line.response_at(x), error, level)
            of_error = replace(of_error, line_se=self._line_se(x, of_error.forecast))
            if above_floor:
                predictor, predictors = self.line.predictor_for(y, level)
                ends = Interval(*(log10_gflop(self.form, end) for end in (predictors.low, predictors.high)))
                return of_error, Scored(log10_gflop(self.form, predictor), actual, ends)
        return of_error, Scored(np.inf, actual, Interval(np.inf, np.inf), -np.inf if self.turned else np.nan)

    def _line_se(self, x: float, forecast: float) -> float:
        """Standard error of the line in decades of error."""
        if not np.isfinite(forecast):
            return np.nan
        return self.line.se_at(x) / float(self.form.stretch(np.asarray(10.0**forecast)))


def fit_way(earlier: pd.DataFrame, form: Form, direction: str, estimator: str) -> FittedWay:
    """Fit a law to earlier models.

    Parameters
    ----------
    earlier : DataFrame
        Columns ``compute_gflop``, ``error`` and ``year``.
    form : Form
        A form without a break.
    direction, estimator : str
        As for `fits.fit`.

    Raises
    ------
    ValueError
        As `fits.fit` does.
    """
    compute, error = (earlier[name].to_numpy(dtype=float) for name in ("compute_gflop", "error"))
    years = earlier["year"].to_numpy(dtype=float)
    law = fit(compute, error, form, direction, estimator, _errors_of(estimator, direction, form), year=years)
    if estimator == BEST_SO_FAR:
        kept = best_so_far(error, years)
        compute, error = compute[kept], error[kept]
    x, y, n = law.form.x(compute), law.form.response(error), compute.size
    turned = direction == COMPUTING_ON_PERFORMANCE
    slope, slope_se, residuals = law.slope, law.slope_se, law.residuals
    centre_x, centre_y = float(x.mean()), float(y.mean() - residuals.mean())
    if turned:
        slope, slope_se, residuals = 1.0 / slope, slope_se / slope**2, residuals / slope
        centre_x, centre_y = float(y.mean()), float(x.mean() + residuals.mean())
    variance = float(residuals @ residuals) / (n - 2)
    return FittedWay(
        law.form, StudentLine(centre_x, centre_y, slope, variance / n, slope_se**2, variance, n - 2), turned
    )


def ways_of(protocol: Protocol) -> Iterator[tuple[Form, str, str]]:
    """Form, direction and estimator of every law that the protocol names."""
    for name in protocol.forms:
        form = EVERY_FORM[name]
        ways = dict.fromkeys((estimator, direction) for estimator, direction, _ in combinations_of(form))
        for estimator, direction in ways:
            if estimator in protocol.estimators and direction in protocol.directions:
                yield form, direction, estimator


def select_later(
    records: pd.DataFrame, later_models: pd.DataFrame, metrics: Mapping[str, str], protocol: Protocol
) -> pd.DataFrame:
    """Later models with the computing that the laws take, and why some are left out.

    Parameters
    ----------
    records : DataFrame
        Models of the vintage of 2022, as `vintages.select_vintage` returns them, with ``link``.
    later_models : DataFrame
        Table ``later_models``.
    metrics : mapping
        Benchmark to the metric of the points of 2020.
    protocol : Protocol
        What is used.

    Returns
    -------
    DataFrame
        `LATER_COLUMNS`; ``excluded`` is empty where a model is used.
    """
    tables = {
        RECORDS: _select_records(records, metrics, protocol),
        LATER_MODELS: _select_models(later_models, protocol),
    }
    return pd.concat([tables[edition] for edition in protocol.editions], ignore_index=True)[list(LATER_COLUMNS)]


def _select_records(records: pd.DataFrame, metrics: Mapping[str, str], protocol: Protocol) -> pd.DataFrame:
    """Records of 2022 from the years that the later models begin in."""
    first = int(protocol.published_from[:4])
    table = records[records["year"] >= first]
    months = table["link"].fillna("").str.extract(ARXIV_MONTH)
    published = ("20" + months[0] + "-" + months[1]).where(months[0].notna())
    year = table["year"].astype(int)
    dates = pd.Series(decimal_years(published.fillna(year.astype(str) + "-06")), index=table.index)
    used_metric = table["benchmark"].map(metrics)
    reasons = {
        "no burden, or one known to be wrong": table[BURDEN_GFLOP].isna(),
        f"the records of 2022 state burdens, not {protocol.conversion}": pd.Series(
            protocol.conversion != BURDEN, index=table.index
        ),
        "scored by another metric than the points of 2020": table["metric"] != used_metric,
        "month of publication not known": published.isna() & (year == first),
        f"published before {protocol.published_from}": published < protocol.published_from[:7],
    }
    return table.assign(
        edition=RECORDS,
        date=dates,
        year=year,
        cluster=table["paper"].fillna(table["model_id"]),
        compute_gflop=table[BURDEN_GFLOP],
        computing_from=STATED,
        excluded=_last_reason(table.index, reasons),
    )


def _select_models(models: pd.DataFrame, protocol: Protocol) -> pd.DataFrame:
    """Our table of later models."""
    compute = convert_computing(models, protocol.conversion, protocol.utilisation)
    column = STATED_COLUMN.get(protocol.conversion)
    is_stated = protocol.conversion == OPERATIONS if column is None else models[column].notna()
    runs = models["run"].fillna(models["model_id"])
    further = pd.Series(protocol.extra_data == NONE, index=models.index) & (models["extra_kind"] != NONE)
    reasons = {
        "no computing": compute.isna(),
        "trained on further data, or not known": further,
        "computing of other parts": models["counted"].notna() & ~models["counted"].isin(protocol.counted),
        "computing not known well enough": ~models["confidence"].isin(protocol.confidence),
        "not trained for the task": ~models["protocol"].isin(protocol.protocols),
        f"published before {protocol.published_from}": models["published"] < protocol.published_from,
    }
    excluded = _last_reason(models.index, reasons)
    if not protocol.use_excluded:
        stated_reason = models["excluded"].fillna("")
        excluded = excluded.where(stated_reason == "", stated_reason)
    return models.assign(
        edition=LATER_MODELS,
        date=decimal_years(models["published"]),
        year=models["published"].str[:4].astype(int),
        cluster=runs if protocol.clusters == BY_RUN else models["published"],
        compute_gflop=compute,
        computing_from=np.where(is_stated, STATED, UTILISED),
        excluded=excluded,
    )


def _last_reason(index: pd.Index, reasons: Mapping[str, pd.Series]) -> pd.Series:
    """The last of the reasons that hold for each row; empty where none does."""
    found = pd.Series("", index=index, dtype=object)
    for reason, holds in reasons.items():
        found = found.mask(holds.fillna(False).astype(bool), reason)
    return found


def hindcast(points: pd.DataFrame, later: pd.DataFrame, protocol: Protocol) -> pd.DataFrame:
    """Forecast every later model from the points of 2020.

    Parameters
    ----------
    points : DataFrame
        Models of the fitted vintage, as `vintages.select_vintage` returns them.
    later : DataFrame
        What `select_later` returns.
    protocol : Protocol
        What forecasts.

    Returns
    -------
    DataFrame
        ``hindcast.csv``: `FORECAST_COLUMNS`, a row for each later model and way
        to forecast, and one for each that is left out. ``absent`` says why a way
        does not forecast. Infinite forecasts mean that the law never comes there.
    """
    rows: list[dict[str, Any]] = []
    for benchmark, earlier in earlier_models(points).groupby("benchmark", sort=False):
        models = later[later["benchmark"] == benchmark]
        rows += _forecast(earlier, models[models["excluded"] == ""], protocol)
        rows += [_actual(model, protocol) for model in models[models["excluded"] != ""].to_dict("records")]
    return pd.DataFrame(rows, columns=FORECAST_COLUMNS).assign(fitted=protocol.fitted)


def earlier_models(points: pd.DataFrame) -> pd.DataFrame:
    """Models that state their burden, as ``compute_gflop``, each with its paper or by itself."""
    stated = points.dropna(subset=[BURDEN_GFLOP])
    return stated.assign(
        compute_gflop=stated[BURDEN_GFLOP],
        paper=stated["paper"].fillna(stated["model_id"]),
        year=stated["year"].astype(int),
    )


def backtest_expanding(vintages: Mapping[str, pd.DataFrame], protocol: Protocol) -> pd.DataFrame:
    """Forecast the models of each year from those of all earlier years.

    Parameters
    ----------
    vintages : mapping
        Vintage to its models, as `vintages.select_vintage` returns them.
    protocol : Protocol
        Which vintages, and how many models and years there must be to forecast from.

    Returns
    -------
    DataFrame
        ``backtest.csv``: `FORECAST_COLUMNS`; the edition is the vintage and the
        origin the last year that the forecasts know. The year forecast is the
        next that has models.
    """
    rows: list[dict[str, Any]] = []
    for vintage in protocol.backtest_vintages:
        models = earlier_models(vintages[vintage]).assign(
            edition=vintage, computing_from=STATED, excluded="", cluster=lambda table: table["paper"]
        )
        models["date"] = models["year"] + MID_YEAR
        for _, records in models.groupby("benchmark", sort=False):
            years = np.unique(records["year"])
            for origin, following in pairwise(years):
                earlier = records[records["year"] <= origin]
                enough = len(earlier) >= protocol.backtest_first_models
                if enough and earlier["year"].nunique() >= protocol.backtest_first_years:
                    rows += _forecast(earlier, records[records["year"] == following], protocol)
    return pd.DataFrame(rows, columns=FORECAST_COLUMNS).assign(fitted=lambda table: table["edition"], conversion=BURDEN)


def _forecast(earlier: pd.DataFrame, models: pd.DataFrame, protocol: Protocol) -> list[dict[str, Any]]:
    """Rows of every way to forecast some models of one benchmark."""
    rows: list[dict[str, Any]] = []
    later = models.to_dict("records")
    origin = {"origin": int(earlier["year"].max()), "n_fitted": len(earlier)}
    for form, direction, estimator in ways_of(protocol):
        way = origin | {"form": form.name, "direction": direction, "estimator": estimator}
        try:
            law = fit_way(earlier, form, direction, estimator)
        except ValueError as refusal:
            rows += [_actual(model, protocol) | way | {"absent": str(refusal)} for model in later]
            continue
        for model in later:
            scores = law.score(model["error"], model["compute_gflop"], protocol.level)
            rows.append(_actual(model, protocol) | way | _scores(dict(zip(QUANTITIES, scores, strict=True)), protocol))
    for name in protocol.baselines:
        way = origin | {"form": BASELINE, "direction": "", "estimator": name}
        for model in later:
            try:
                response = baseline_forecast(earlier, name, int(model["year"]), model["compute_gflop"])
            except ValueError as refusal:
                rows.append(_actual(model, protocol) | way | {"absent": str(refusal)})
                continue
            scored = score_error(POLYNOMIAL, response, model["error"], protocol.level)
            rows.append(_actual(model, protocol) | way | _scores({"error": scored}, protocol))
    return rows


def baseline_forecast(earlier: pd.DataFrame, name: str, year: int, compute_gflop: float) -> Student:
    """Forecast of log10 of one over error without a law of computing, or with the year beside it.

    Parameters
    ----------
    earlier : DataFrame
        Columns ``compute_gflop``, ``error`` and ``year``.
    name : str
        One of `protocol.BASELINES`. The last value is the best so far; its
        scatter is that of the earlier models about the best of the years before them.
    year : int
        Year of the model.
    compute_gflop : float
        Its computing.

    Raises
    ------
    ValueError
        If the earlier models are too few, or of one year.
    """
    y = POLYNOMIAL.response(earlier["error"].to_numpy(dtype=float))
    years = earlier["year"].to_numpy(dtype=float)
    if name == LAST_VALUE:
        best = {one: y[years < one].max() for one in np.unique(years)[1:]}
        steps = np.array([value - best[one] for value, one in zip(y, years, strict=True) if one in best])
        if steps.size < 2:
            raise ValueError("a last value needs two models that came after others")
        return Student(float(y.max()), float(np.sqrt(np.mean(steps**2))), int(steps.size))
    columns, row = [np.ones_like(y), years - years.mean()], [1.0, year - years.mean()]
    if name != TIME_TREND:
        columns.append(np.log10(earlier["compute_gflop"].to_numpy(dtype=float)))
        row.append(float(np.log10(compute_gflop)))
    return student_of(least_squares(np.column_stack(columns), y), np.array(row))


def _actual(model: Mapping[str, Any], protocol: Protocol) -> dict[str, Any]:
    """What a row says of the model."""
    copied = ("benchmark", "edition", "model_id", "model", "date", "cluster", "computing_from", "excluded")
    return {name: model[name] for name in copied} | {
        "conversion": protocol.conversion,
        "log10_error": float(np.log10(model["error"])),
        "log10_gflop": float(np.log10(model["compute_gflop"])),
        "absent": "",
    }


def _scores(scores: Mapping[str, Scored], protocol: Protocol) -> dict[str, Any]:
    """Columns of the forecasts of one model."""
    row: dict[str, Any] = {}
    for name, scored in scores.items():
        column = QUANTITIES[name]
        row |= {
            f"predicted_{column}": scored.forecast,
            f"{column}_low": scored.band.low,
            f"{column}_high": scored.band.high,
            f"{name}_inside": scored.actual in scored.band,
            f"{name}_interval_score": interval_score(scored.band, scored.actual, protocol.level),
            f"{name}_log_score": scored.log_score,
            f"{name}_pit": scored.pit,
        }
    row["line_se"] = scores["error"].line_se
    return row


def score_hindcast(forecasts: pd.DataFrame, protocol: Protocol, by: Sequence[str] = KEYS) -> pd.DataFrame:
    """Coverage, bias and scores of the forecasts.

    Parameters
    ----------
    forecasts : DataFrame
        What `hindcast` or `backtest_expanding` returns.
    protocol : Protocol
        Level and minimum numbers.
    by : sequence of str
        What is scored apart.

    Returns
    -------
    DataFrame
        ``scores.csv``: ``by``; ``quantity``, error or gflop; ``n``, ``papers``;
        ``bias`` in decades with its interval and ``median_bias``; ``line_se``,
        the mean standard error of the line at these models in decades of error,
        by which one fit moves them together, and ``bias_wide_low`` to
        ``bias_wide_high``, the interval of the bias with it, on which no verdict rests; ``coverage``
        with its interval; mean ``log_score`` and ``interval_score``; ``unbounded``
        bands; ``impossible``, what a law excluded outright; and the ``verdict``.
    """
    used = forecasts[(forecasts["excluded"] == "") & (forecasts["absent"] == "")]
    rows = []
    for key, group in used.groupby(list(by), sort=False):
        for quantity, column in QUANTITIES.items():
            scored = group.dropna(subset=[f"predicted_{column}"])
            if len(scored):
                rows.append(dict(zip(by, key, strict=True)) | _summary(scored, quantity, column, protocol))
    return pd.DataFrame(rows)


def _summary(scored: pd.DataFrame, quantity: str, column: str, protocol: Protocol) -> dict[str, Any]:
    """Scores of one quantity in one group."""
    codes = paper_codes(scored["cluster"], len(scored))
    biases = (scored[f"predicted_{column}"] - scored[column]).to_numpy(dtype=float)
    bias, bias_se, bias_ends = mean_interval(biases, codes, protocol.level)
    inside = scored[f"{quantity}_inside"].to_numpy(dtype=float)
    coverage, coverage_ends = coverage_interval(inside, codes, protocol.level)
    log_scores = scored[f"{quantity}_log_score"].to_numpy(dtype=float)
    bounded = np.isfinite(scored[[f"{column}_low", f"{column}_high"]].to_numpy(dtype=float)).all(axis=1)
    n, papers = len(scored), int(codes.max()) + 1
    few = n < protocol.minimum_models or papers < protocol.minimum_papers
    line_se = float(scored["line_se"].mean()) if quantity == "error" else np.nan
    df = min(papers - 1, int(scored["n_fitted"].min()) - 2)
    half = t_quantile(df, protocol.level) * float(np.hypot(bias_se, line_se)) if df > 0 else np.nan
    return {
        "quantity": quantity,
        "n": n,
        "papers": papers,
        "bias": bias,
        "bias_se": bias_se,
        "bias_low": bias_ends.low,
        "bias_high": bias_ends.high,
        "median_bias": float(np.median(biases)),
        "line_se": line_se,
        "bias_wide_low": bias - half,
        "bias_wide_high": bias + half,
        "coverage": coverage,
        "coverage_low": coverage_ends.low,
        "coverage_high": coverage_ends.high,
        "log_score": float(log_scores.mean()),
        "interval_score": float(scored[f"{quantity}_interval_score"].mean()),
        "unbounded": int((~bounded).sum()),
        "impossible": int(np.isneginf(log_scores).sum()),
        "verdict": TOO_FEW if few else judge(bias, bias_ends, coverage_ends, protocol.level),
    }


def judge(bias: float, bias_ends: Interval, coverage_ends: Interval, level: float) -> str:
    """Whether a forecast failed, as the protocol says; an infinite bias differs from zero."""
    biased = np.isinf(bias) or 0.0 not in bias_ends
    narrow = coverage_ends.high < level
    if biased and narrow:
        return FAILED
    if biased:
        return BIASED
    return NARROW if narrow else HELD


def rank_forecasts(forecasts: pd.DataFrame, protocol: Protocol, apart: Sequence[str] = ("edition",)) -> pd.DataFrame:
    """Ways to forecast the error, the best first by the log score beside the reference.

    Parameters
    ----------
    forecasts : DataFrame
        What `hindcast` or `backtest_expanding` returns.
    protocol : Protocol
        The form that others are compared with, in the published direction by least squares.
    apart : sequence of str
        What is ranked apart; ``edition``, or with it ``benchmark``.

    Returns
    -------
    DataFrame
        ``apart``, form, direction and estimator; ``n``, ``origins`` (benchmark
        and year that are forecast from); over the models that both forecast, mean ``log_score`` and
        ``interval_score``; ``difference`` of the log score to the reference on
        the same models, positive where better, with ``difference_se`` and
        interval by origin; ``difference_interval_score`` likewise, positive where worse;
        ``coverage``; ``bias``; ``impossible``; ``rank`` within ``apart``. A
        mean of minus infinity has no interval.
    """
    used = forecasts[(forecasts["excluded"] == "") & (forecasts["absent"] == "")]
    used = used[used["error_log_score"].notna()]
    match = ["edition", "benchmark", "origin", "model_id"]
    chosen = (used[WAY] == [protocol.backtest_reference, PERFORMANCE_ON_COMPUTING, LEAST_SQUARES]).all(axis=1)
    columns = ["error_log_score", "error_interval_score"]
    reference = used.loc[chosen, [*match, *columns]]
    paired = used.merge(reference, on=match, suffixes=("", "_reference"))
    rows = []
    for key, group in paired.groupby([*apart, *WAY], sort=False):
        codes = group.groupby(["benchmark", "origin"], sort=False).ngroup().to_numpy()
        log_scores, log_reference = (group[name].to_numpy() for name in (columns[0], f"{columns[0]}_reference"))
        with np.errstate(invalid="ignore"):
            difference, se, ends = mean_interval(log_scores - log_reference, codes, protocol.level)
        bias = group["predicted_log10_error"] - group["log10_error"]
        rows.append(
            dict(zip([*apart, *WAY], key, strict=True))
            | {
                "n": len(group),
                "origins": int(codes.max()) + 1,
                "log_score": float(log_scores.mean()),
                "interval_score": float(group[columns[1]].mean()),
                "difference": difference,
                "difference_se": se,
                "difference_low": ends.low,
                "difference_high": ends.high,
                "difference_interval_score": float((group[columns[1]] - group[f"{columns[1]}_reference"]).mean()),
                "coverage": float(group["error_inside"].astype(float).mean()),
                "bias": float(bias.mean()),
                "impossible": int(np.isneginf(log_scores).sum()),
            }
        )
    table = pd.DataFrame(rows).sort_values(
        [*apart, "difference"], ascending=[True] * len(apart) + [False], kind="stable"
    )
    return table.assign(rank=table.groupby(list(apart)).cumcount() + 1).reset_index(drop=True)


def vary_protocol(
    editions: Mapping[str, pd.DataFrame], later_models: pd.DataFrame, metrics: Mapping[str, str], protocol: Protocol
) -> pd.DataFrame:
    """Scores of the published way under the protocol, each of its variations, and each afterthought.

    Parameters
    ----------
    editions : mapping
        Vintage to its models.
    later_models : DataFrame
        Table ``later_models``.
    metrics : mapping
        Benchmark to the metric of the points of 2020.
    protocol : Protocol
        With its variations.

    Returns
    -------
    DataFrame
        ``variation``, ``beforehand`` (whether the protocol names it; see `afterthoughts`) and what `score_hindcast`
        returns, for least squares of performance on computing.
    """
    tables = []
    added = afterthoughts(protocol)
    for varied in (protocol, *protocol.variations, *added):
        varied = replace(varied, directions=(PERFORMANCE_ON_COMPUTING,), estimators=(LEAST_SQUARES,), baselines=())
        later = select_later(editions[records_for(varied)], later_models, metrics, varied)
        scores = score_hindcast(hindcast(editions[varied.fitted], later, varied), varied)
        tables.append(scores.assign(variation=varied.name, beforehand=varied.name not in {one.name for one in added}))
    return pd.concat(tables, ignore_index=True)


def afterthoughts(protocol: Protocol) -> tuple[Protocol, ...]:
    """Variations that the file does not name, for they came to mind after its results."""
    return (
        replace(protocol, name="operations over utilisation for all", conversion=UTILISED),
        replace(protocol, name="models of one run as one paper", clusters=BY_RUN),
    )


def headline(
    points: pd.DataFrame, later: pd.DataFrame, protocol: Protocol, benchmark: str, edition: str = LATER_MODELS
) -> Headline:
    """The best later error of a benchmark against what the laws said that it would take.

    Parameters
    ----------
    points : DataFrame
        Models of the fitted vintage, as `vintages.select_vintage` returns them.
    later : DataFrame
        What `select_later` returns.
    protocol : Protocol
        Its forms are asked.
    benchmark : str
        Models of this benchmark.
    edition : str
        Later models of this edition.

    Returns
    -------
    Headline

    Raises
    ------
    ValueError
        If no later model of the benchmark is used.
    """
    used = later[(later["benchmark"] == benchmark) & (later["edition"] == edition) & (later["excluded"] == "")]
    if used.empty:
        raise ValueError(f"no later model of edition {edition} on {benchmark} states its computing")
    best = used.loc[used["error"].idxmin()]
    earlier = earlier_models(points)
    earlier = earlier[earlier["benchmark"] == benchmark]
    before = earlier.loc[earlier["error"].idxmin()]
    error, compute = float(best["error"]), float(best["compute_gflop"])
    rows: dict[str, dict[str, Any]] = {}
    for name in protocol.forms:
        try:
            law = fit_way(earlier, EVERY_FORM[name], PERFORMANCE_ON_COMPUTING, LEAST_SQUARES)
        except ValueError as refusal:
            rows[name] = {"absent": str(refusal)}
            continue
        of_error, of_model = law.score(error, compute, protocol.level)
        _, of_law = replace(law, line=replace(law.line, var_residual=0.0)).score(error, compute, protocol.level)
        rows[name] = {
            "log10_gflop": of_model.forecast,
            "law_low": of_law.band.low,
            "law_high": of_law.band.high,
            "model_low": of_model.band.low,
            "model_high": of_model.band.high,
            "miss": of_model.bias,
            "miss_low": of_law.band.low - of_model.actual,
            "miss_high": of_law.band.high - of_model.actual,
            "inside": of_model.actual in of_model.band,
            "error": 10.0**of_error.forecast,
            "absent": "",
        }
    return Headline(
        benchmark=benchmark,
        model=str(best["model"]),
        date=float(best["date"]),
        error=error,
        log10_gflop=float(np.log10(compute)),
        computing_from=str(best["computing_from"]),
        before=float(before["error"]),
        before_log10_gflop=float(np.log10(before["compute_gflop"])),
        forecasts=pd.DataFrame.from_dict(rows, orient="index").rename_axis("form"),
    )


def name_way(row: Mapping[str, Any] | pd.Series) -> str:
    """A way to forecast in words; what is as published is not said."""
    if row["form"] == BASELINE:
        return f"{row['estimator']} (no law)"
    parts = [str(row["form"])]
    parts += [row["direction"]] if row["direction"] != PERFORMANCE_ON_COMPUTING else []
    parts += [row["estimator"]] if row["estimator"] != LEAST_SQUARES else []
    return ", ".join(parts)


def records_for(protocol: Protocol) -> str:
    """Vintage of the records of 2022 that goes with the fitted one."""
    return "2022-audited" if protocol.fitted == AUDITED else RECORDS


def _errors_of(estimator: str, direction: str, form: Form) -> str:
    """The first kind of standard errors that is defined."""
    return next(errors for one, way, errors in combinations_of(form) if (one, way) == (estimator, direction))
