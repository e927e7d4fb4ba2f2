"""What is known of a benchmark: its description, its models by vintage, and the law that its chapter is about.

The six benchmarks of the 2020 paper rest on records of models with their
hardware burden. Those of language models rest on scores with the operations of
training, in one vintage, and their error counts from what guessing reaches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from computational_limits.audit import Records
from computational_limits.controls import average_by, fit_within, tabulate_line
from computational_limits.estimators import BY_PAPER, Line, t_quantile
from computational_limits.fits import BREAK_MINIMUM_MODELS, COMPUTING_ON_PERFORMANCE, WITH_YEAR, fit
from computational_limits.language import DISTILLED, SPECULATIVE, error_above_floor, read_language_scores
from computational_limits.later import LATER
from computational_limits.robustness import CONTROLS, PUBLISHED_BASE, WAY_COLUMNS, Base
from computational_limits.scaling import BROKEN_POWER_LAW, POLYNOMIAL, POLYNOMIAL_WITH_FLOOR
from computational_limits.tables import read_table, suggestion
from computational_limits.uncertainty import LEVEL, Interval
from computational_limits.vintages import (
    EVERY_MEASURE,
    MEASURES,
    PUBLISHED,
    TRAINING_FLOP,
    VINTAGES,
    read_models,
    read_records,
    select_vintage,
)

FEWEST_SCORES = BREAK_MINIMUM_MODELS
"""Fewest scores of a benchmark of language models that a law is fitted to."""
LANGUAGE_BASE = Base(LATER, TRAINING_FLOP, BY_PAPER, "main regression", "family", "families")
"""The law of a benchmark of language models: families are the clusters, since the models of one share much."""
RIGHT_ANSWERS = "right answers"
GFLOP = EVERY_MEASURE[TRAINING_FLOP]
SAME_SOURCE, SAME_SHOTS, ONE_SCORE, BY_MODEL = "same source", "same shots", "one score a model", "errors by model"
ALIKE = {
    SAME_SOURCE: ("reported_in",),
    SAME_SHOTS: ("shots", "prompt"),
    "same source and shots": ("reported_in", "shots", "prompt"),
}
"""Way to compare scores to the columns that are held fixed."""
EXPONENT = ("exponent", "exponent_low", "exponent_high")
WITH_LEFT_OUT = "with distilled and speculative"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What is known of a benchmark.

    Attributes
    ----------
    about : Series
        Its row in ``benchmarks`` or ``language_benchmarks``.
    base : Base
        The law that its chapter is about.
    models : DataFrame
        Models that this law is fitted to.
    editions : mapping
        Vintage to the models of all benchmarks, or of this one alone.
    measures : tuple of str
        Measures of computing that its models may state.
    records : Records or None
        What the audit works on.
    scores : DataFrame or None
        Scores of language models on it, those that are left out too.
    """

    about: pd.Series
    base: Base
    models: pd.DataFrame
    editions: Mapping[str, pd.DataFrame]
    measures: tuple[str, ...] = tuple(MEASURES)
    records: Records | None = None
    scores: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def of_language(self) -> bool:
        """Whether it is one of language models."""
        return self.base == LANGUAGE_BASE


def read_benchmark(benchmark: str, root: Path | None = None) -> Benchmark:
    """Read what is known of a benchmark.

    Raises
    ------
    KeyError
        If there is no such benchmark.
    DataError
        With every offence in a table.
    """
    published, language = (
        read_table(name, root).set_index("benchmark") for name in ("benchmarks", "language_benchmarks")
    )
    if benchmark in language.index:
        scores = read_language_scores(benchmark, with_excluded=True, root=root)
        models = select_scores(scores)
        measures = (TRAINING_FLOP,)
        return Benchmark(language.loc[benchmark], LANGUAGE_BASE, models, {LATER: models}, measures, scores=scores)
    if benchmark not in published.index:
        raise KeyError(f"no benchmark {benchmark!r}{suggestion(benchmark, [*published.index, *language.index])}")
    records = read_records(root)
    editions = {vintage: select_vintage(records, vintage) for vintage in VINTAGES}
    models = read_models(vintage=PUBLISHED, benchmark=benchmark, root=root)
    return Benchmark(published.loc[benchmark], PUBLISHED_BASE, models, editions, records=records)


def select_scores(scores: pd.DataFrame, also: Sequence[str] = ()) -> pd.DataFrame:
    """Scores of language models in the columns of the models of other benchmarks.

    Parameters
    ----------
    scores : DataFrame
        What `language.read_language_scores` returns.
    also : sequence of str
        Reasons to leave a score out that are passed over, for scores better than guessing.

    Returns
    -------
    DataFrame
        Those that are used by default. ``error`` is the error above guessing,
        ``paper`` the family, ``trained`` the model that a version is of;
        ``model_id`` is unique.
    """
    better = scores["score"] > scores["guessing_floor"]
    used = scores["excluded"].isna() | (scores["excluded"].isin(list(also)) & better)
    chosen = scores[used].reset_index(drop=True)
    return chosen.assign(
        model_id=chosen["benchmark"] + "-" + chosen["source_row"].astype("str"),
        error=chosen["error_above_floor"],
        trained=chosen["paper"],
        paper=chosen["family"],
        metric=RIGHT_ANSWERS,
        note=pd.NA,
    )


def tabulate_controls(scores: pd.DataFrame) -> pd.DataFrame:
    """The polynomial form among scores that are alike, and with scores counted or clustered in another way.

    Parameters
    ----------
    scores : DataFrame
        Scores of one benchmark, as `language.read_language_scores` returns
        them with those left out.

    Returns
    -------
    DataFrame
        `robustness.WAY_COLUMNS`, of group `robustness.CONTROLS`: one row for
        each of `ALIKE`, `ONE_SCORE` (the mean of a model's errors), `BY_MODEL`
        (standard errors) and `WITH_LEFT_OUT`.
    """
    models = select_scores(scores)
    rows = [{"way": way} | _fit_alike(models, columns) for way, columns in ALIKE.items()]
    others = {
        ONE_SCORE: average_by(models, "trained", GFLOP),
        BY_MODEL: models.assign(paper=models["trained"]),
        WITH_LEFT_OUT: select_scores(scores, [DISTILLED, SPECULATIVE]),
    }
    rows += [{"way": way} | _fit_clustered(chosen) for way, chosen in others.items()]
    return pd.DataFrame(rows, columns=list(WAY_COLUMNS)).assign(group=CONTROLS)


def label_floor(label_errors: float, guessing_floor: float) -> float:
    """Error above guessing of a model that is right wherever a question is; NaN if its errors are not known.

    Parameters
    ----------
    label_errors : float
        Share of the questions whose answer or wording is wrong, all counted against the model.
    guessing_floor : float
        Score of guessing.

    Examples
    --------
    >>> round(label_floor(0.06, 0.25), 12)
    0.08
    """
    return np.nan if np.isnan(label_errors) else float(error_above_floor(1.0 - label_errors, guessing_floor))


def summarise_language(
    scores: pd.DataFrame,
    benchmarks: pd.DataFrame,
    regressions: pd.DataFrame,
    forms: pd.DataFrame,
    controls: pd.DataFrame,
) -> pd.DataFrame:
    """The laws of language models side by side: ``language.csv``.

    Parameters
    ----------
    scores : DataFrame
        What `select_scores` returns.
    benchmarks : DataFrame
        Table ``language_benchmarks``.
    regressions, forms : DataFrame
        What `regressions.regress_every_way` and `robustness.tabulate_forms` return for `TRAINING_FLOP`.
    controls : DataFrame
        What `tabulate_controls` returns, with ``benchmark``.

    Returns
    -------
    DataFrame
        One row a benchmark of ``regressions``: ``n`` scores of ``models`` and
        ``families``, ``first_year`` to ``last_year``; the polynomial law,
        errors by family; the exponent in the reverse direction, among scores
        of the same source, with one score a model, and beside the year, each
        with its ends; ``year_slope``, log10 of performance per year at the
        same computing, with its ends and p value; ``floor_low`` and
        ``floor_high``, the ends of the irreducible error; ``break_gain``, by how much a
        break lowers AIC, ``break_lopo_gain`` by how much the error of
        predicting a family left out, and the slopes on its sides;
        ``lowest_error`` above guessing, and ``label_floor``, what it cannot
        fall below if all questions with errors count against a model.
    """
    polynomial = regressions[regressions["form"] == POLYNOMIAL.name]
    laws = _by_benchmark(polynomial, LANGUAGE_BASE.way)
    inverse = _by_benchmark(polynomial, LANGUAGE_BASE.way | {"direction": COMPUTING_ON_PERFORMANCE})
    with_year = _by_benchmark(polynomial, LANGUAGE_BASE.way | {"estimator": WITH_YEAR})
    broken = _by_benchmark(regressions[regressions["form"] == BROKEN_POWER_LAW.name], LANGUAGE_BASE.way)
    floored = _by_benchmark(regressions[regressions["form"] == POLYNOMIAL_WITH_FLOOR.name], LANGUAGE_BASE.way)
    fits = forms.set_index(["form", "benchmark"])
    straight, bent = fits.loc[POLYNOMIAL.name], fits.loc[BROKEN_POWER_LAW.name]
    about = benchmarks.set_index("benchmark").loc[laws.index]
    groups = scores.groupby("benchmark")
    half = with_year["year_se"] * [t_quantile(int(count) - 1, LEVEL) for count in with_year["papers"]]
    table = laws[["n", "slope", *EXPONENT, "r2", "p_value"]].assign(
        models=groups["trained"].nunique(),
        families=groups["paper"].nunique(),
        first_year=groups["year"].min(),
        last_year=groups["year"].max(),
        guessing_floor=about["guessing_floor"],
        lowest_error=groups["error"].min(),
        label_floor=[label_floor(*row) for row in about[["label_errors", "guessing_floor"]].to_numpy(dtype=float)],
        year_slope=with_year["year_slope"],
        year_low=with_year["year_slope"] - half,
        year_high=with_year["year_slope"] + half,
        year_p_value=with_year["year_p_value"],
        year_correlation=with_year["year_correlation"],
        floor_low=floored["floor_low"],
        floor_high=floored["floor_high"],
        break_gain=straight["aic"] - bent["aic"],
        break_lopo_gain=straight["lopo_error"] - bent["lopo_error"],
        break_log10_gflop=broken["break_log10_gflop"],
        slope_below=broken["slope_below"],
        slope_above=broken["slope"],
    )
    others = {"inverse": inverse, "year": with_year}
    others |= {
        stem: controls[controls["way"] == way].set_index("benchmark")
        for stem, way in (("source", SAME_SOURCE), ("shots", SAME_SHOTS), ("model", ONE_SCORE))
    }
    for stem, rows in others.items():
        table = table.join(rows[list(EXPONENT)].add_prefix(f"{stem}_"))
    return table.reset_index()


def _by_benchmark(laws: pd.DataFrame, way: Mapping[str, str]) -> pd.DataFrame:
    """Rows of one way to fit, by benchmark in the order given."""
    for column, value in way.items():
        laws = laws[laws[column] == value]
    return laws.set_index("benchmark")


def _fit_alike(models: pd.DataFrame, columns: tuple[str, ...]) -> dict[str, object]:
    if len(models[list(columns)].drop_duplicates()) == 1:
        return {"n": len(models), "absent": "all scores are alike in it"}
    try:
        line = fit_within(
            models[GFLOP], models["error"], [models[column] for column in columns], models["paper"].to_numpy()
        )
    except ValueError as refusal:
        return {"n": len(models), "absent": str(refusal)}
    return tabulate_line(line, len(models))


def _fit_clustered(models: pd.DataFrame) -> dict[str, object]:
    try:
        law = fit(models[GFLOP], models["error"], errors=BY_PAPER, clusters=models["paper"].to_numpy())
    except ValueError as refusal:
        return {"n": len(models), "absent": str(refusal)}
    ends: Interval = law.slope_interval
    line = Line(law.intercept, law.slope, law.slope_se, ends.low, ends.high, law.p_value, law.r2)
    return tabulate_line(line, law.n)
