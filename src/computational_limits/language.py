"""Scores of language models against the computing of their training.

A score counts from what guessing reaches. Versions of one model share its
training, so they form one cluster, and a score that should not enter a law by
default bears the reason.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from computational_limits.arrays import FloatArray
from computational_limits.later import LATER
from computational_limits.tables import read_table
from computational_limits.vintages import ERROR_DIGITS, FLOP_PER_GFLOP

DOUBTFUL = "score doubtful"
REPEATED = "repeats another row"
UNKNOWN = "training computing not known"
PARTIAL = "training computing of a part"
SPECULATIVE = "training computing speculative"
DISTILLED = "learned from a larger model"
AT_FLOOR = "score no better than guessing"
REASONS = (DOUBTFUL, REPEATED, UNKNOWN, PARTIAL, SPECULATIVE, DISTILLED, AT_FLOOR)
"""Why a score is not used by default; the first that holds is given."""
COLUMNS = (
    "benchmark",
    "vintage",
    "model",
    "paper",
    "family",
    "year",
    "published",
    "score",
    "guessing_floor",
    "error",
    "error_above_floor",
    "training_gflop",
    "confidence",
    "distilled",
    "shots",
    "prompt",
    "kind",
    "reported_in",
    "excluded",
    "source_row",
)
SAME = ["benchmark", "language_model", "version", "score", "shots", "prompt", "reported_in"]
"""Columns in which a score that stands twice agrees."""


def error_above_floor(score: ArrayLike, guessing_floor: ArrayLike) -> FloatArray:
    """Share of the way from a perfect score to guessing that a model has left.

    Parameters
    ----------
    score : array-like of float
        Share of answers that are right.
    guessing_floor : array-like of float
        Share that guessing gets right, in [0, 1).

    Returns
    -------
    ndarray of float
        ``(1 - score) / (1 - guessing_floor)``: 0 is perfect, 1 is guessing,
        above 1 is worse than guessing.

    Raises
    ------
    ValueError
        If a score or a floor lies outside its domain.

    Notes
    -----
    If a model knows a share of the answers and guesses the others, this is the
    share that it does not know.

    Examples
    --------
    >>> error_above_floor([1.0, 0.4, 0.25], 0.25).tolist()
    [0.0, 0.8, 1.0]
    """
    scores, floors = np.asarray(score, dtype=float), np.asarray(guessing_floor, dtype=float)
    if not np.all((scores >= 0.0) & (scores <= 1.0)):
        raise ValueError("every score must lie between 0 and 1")
    if not np.all((floors >= 0.0) & (floors < 1.0)):
        raise ValueError("every guessing floor must be at least 0 and below 1")
    return np.round((1.0 - scores) / (1.0 - floors), ERROR_DIGITS)


def select_language_scores(
    scores: pd.DataFrame, models: pd.DataFrame, benchmarks: pd.DataFrame, *, with_excluded: bool = False
) -> pd.DataFrame:
    """Scores with the training of their model and the reason to leave them out.

    Parameters
    ----------
    scores, models, benchmarks : DataFrame
        Tables ``language_scores``, ``language_models`` and ``language_benchmarks``.
    with_excluded : bool
        Whether to keep the scores that have such a reason.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, in the order of the scores. ``paper`` is the model
        that the version is of: the cluster. ``error`` is one minus the score,
        ``error_above_floor`` what `error_above_floor` makes of it.
    """
    repeated = scores.duplicated(SAME)
    table = scores.merge(models.drop(columns=["source", "note"]), on="language_model", how="left", validate="m:1")
    table = table.merge(benchmarks[["benchmark", "guessing_floor"]], on="benchmark", how="left", validate="m:1")
    holds = {
        DOUBTFUL: table["doubt"].notna(),
        REPEATED: repeated.set_axis(table.index),
        UNKNOWN: table["training_flop"].isna(),
        PARTIAL: table["counted"] != "whole run",
        SPECULATIVE: table["confidence"].isin(["speculative", "unknown"]),
        DISTILLED: table["distilled"] == "yes",
        AT_FLOOR: table["score"] <= table["guessing_floor"],
    }
    excluded = pd.Series(pd.NA, index=table.index, dtype="str")
    for reason in reversed(REASONS):
        excluded = excluded.mask(holds[reason], reason)
    table = table.assign(
        vintage=LATER,
        model=table["version"].fillna(table["name"]),
        paper=table["language_model"],
        year=table["published"].str[:4].astype("int64"),
        error=(1.0 - table["score"]).round(ERROR_DIGITS),
        error_above_floor=error_above_floor(table["score"], table["guessing_floor"]),
        training_gflop=table["training_flop"] / FLOP_PER_GFLOP,
        excluded=excluded,
    )[list(COLUMNS)]
    return table if with_excluded else table[table["excluded"].isna()].reset_index(drop=True)


def read_language_scores(
    benchmark: str | None = None, *, with_excluded: bool = False, root: Path | None = None
) -> pd.DataFrame:
    """Read the scores of language models, of one benchmark or all; see `select_language_scores`.

    Raises
    ------
    DataError
        With every offence in a table.
    """
    tables = [read_table(name, root) for name in ("language_scores", "language_models", "language_benchmarks")]
    scores = select_language_scores(*tables, with_excluded=with_excluded)
    return scores if benchmark is None else scores[scores["benchmark"] == benchmark].reset_index(drop=True)
