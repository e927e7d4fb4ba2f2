"""Every published burden against its recomputation, and what corrects it.

The records keep their words. Table ``corrections`` says which cell of which
stage is wrong, why, and on what evidence; the audited burden is derived from
the corrected cells. A published value that nothing speaks against stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from computational_limits.burden import model_burdens, peak_gflops

AGREES = "agrees"
UNKNOWN = "unknown"
CAUSES = {
    AGREES: "The published burden is the product of what its record states.",
    "device count ignored": "The record lists several devices, the burden counts one.",
    "board taken for chip": "A board and the chips on it are taken for one another.",
    "wrong card": "The rate is that of another card, or of another clock, than the one that was used.",
    "other model's cost": "The burden is that of another model, or of one network of an ensemble.",
    "unit or typing error": "A number lost its unit, a power of ten or its place.",
    UNKNOWN: "The burden cannot be right, and nothing says what would be.",
}
"""Why a published burden differs from its recomputation: a closed list."""
TOLERANCE = 0.05
"""Relative difference up to which a published burden agrees: records are rounded to two digits."""
NUMERIC_FIELDS = ("processor_count", "seconds")
RESULT_COLUMNS = (
    "benchmark",
    "vintage",
    "model_id",
    "model",
    "published_gflop",
    "recomputed_gflop",
    "log10_ratio",
    "cause",
    "corrected_gflop",
    "corrected_low_gflop",
    "corrected_high_gflop",
    "evidence",
)


@dataclass(frozen=True, slots=True)
class Records:
    """The tables an audit needs, as the reader of data returns them.

    Attributes
    ----------
    models, points, stages, processors, corrections : DataFrame
        Tables of those names.
    """

    models: pd.DataFrame
    points: pd.DataFrame
    stages: pd.DataFrame
    processors: pd.DataFrame
    corrections: pd.DataFrame


def published_burdens(records: Records) -> pd.DataFrame:
    """Every burden somebody published or implied.

    Returns
    -------
    DataFrame
        ``model_id``, ``vintage`` and ``published_gflop``. Vintage *2020* holds
        the points behind the regressions of the paper; *2020-records* the other
        records of that year that state a rate and a time, with their product;
        *2022* the burdens of the later records.
    """
    models, points, stages = records.models, records.points, records.stages
    first = points.rename(columns={"hardware_burden_gflop": "published_gflop"}).assign(vintage="2020")
    products = (stages["published_rate_gflops"] * stages["published_seconds"]).set_axis(stages["model_id"]).dropna()
    old = models.loc[models["vintage"] == "2020-records", "model_id"]
    rest = products[products.index.isin(old) & ~products.index.isin(points["model_id"])]
    second = pd.DataFrame({"model_id": rest.index, "published_gflop": rest.to_numpy(), "vintage": "2020-records"})
    later = models[(models["vintage"] == "2022") & models["published_burden_gflop"].notna()]
    third = later.rename(columns={"published_burden_gflop": "published_gflop"})
    columns = ["model_id", "vintage", "published_gflop"]
    return pd.concat([first[columns], second[columns], third[columns]], ignore_index=True)


def correct_stages(stages: pd.DataFrame, corrections: pd.DataFrame, bound: str = "corrected") -> pd.DataFrame:
    """Stages with the corrected cells in place of the recorded ones.

    Parameters
    ----------
    stages : DataFrame
        Rows of table ``stages``.
    corrections : DataFrame
        Rows of table ``corrections``.
    bound : {"corrected", "corrected_low", "corrected_high"}
        Which of the values of a correction to take; an empty bound is the
        corrected value itself.

    Returns
    -------
    DataFrame
        Rows and columns of ``stages``, and ``networks``: the networks of an
        ensemble that the record gives the cost of one of.
    """
    corrected = stages.assign(networks=1.0).set_index(["model_id", "stage"])
    corrected["processor"] = corrected["processor"].astype(object)
    for row in corrections.to_dict("records"):
        key, field = (row["model_id"], row["stage"]), row["field"]
        value = row[bound] if not pd.isna(row[bound]) else row["corrected"]
        if field == "cost":
            continue
        if field == "seconds":
            corrected.loc[key, ["seconds_low", "seconds_high"]] = float(value)
        elif field == "processor":
            corrected.loc[key, field] = value
        else:
            corrected.loc[key, field] = float(value)
    return corrected.reset_index()


def compare_burdens(records: Records) -> pd.DataFrame:
    """Published burdens beside what their records state.

    Returns
    -------
    DataFrame
        `published_burdens` with ``benchmark``, ``model``, ``recomputed_gflop``,
        ``log10_ratio`` (published over recomputed), and the ``cause`` and
        ``evidence`` that table ``corrections`` gives for a difference.
    """
    table = published_burdens(records).merge(records.models[["model_id", "benchmark", "model"]], on="model_id")
    recomputed = model_burdens(records.stages, peak_gflops(records.processors))["burden_gflop"]
    table["recomputed_gflop"] = table["model_id"].map(recomputed)
    table["log10_ratio"] = np.log10(table["published_gflop"] / table["recomputed_gflop"])
    reasons = records.corrections.groupby("model_id").agg({"cause": "first", "evidence": " ".join}).astype("str")
    table["cause"] = table["model_id"].map(reasons["cause"]).fillna(AGREES)
    table["evidence"] = table["model_id"].map(reasons["evidence"]).fillna("")
    return table


def unexplained(compared: pd.DataFrame) -> pd.DataFrame:
    """Rows of `compare_burdens` that differ by more than `TOLERANCE`, or cannot be recomputed, without a cause."""
    agrees = compared["log10_ratio"].abs() <= np.log10(1.0 + TOLERANCE)
    return compared[(compared["cause"] == AGREES) & ~agrees]


def audit(records: Records) -> pd.DataFrame:
    """Published against recomputed, with cause and corrected value.

    Returns
    -------
    DataFrame
        Columns `RESULT_COLUMNS`; ``log10_ratio`` is log10 of published over
        recomputed. ``corrected_gflop`` is the published burden where nothing is
        wrong, and missing where the right one is not known.

    Raises
    ------
    ValueError
        If a published burden differs from its recomputation by more than
        `TOLERANCE` and no correction says why.
    """
    rates = peak_gflops(records.processors)
    table = compare_burdens(records)
    _require_causes(table)
    lost = set(records.corrections.query("field == 'cost'")["model_id"])
    stands = table["cause"] == AGREES
    for bound in ("corrected", "corrected_low", "corrected_high"):
        values = _corrected_burdens(records, rates, bound)
        derived = table["model_id"].map(values).where(~table["model_id"].isin(lost))
        table[f"{bound}_gflop"] = table["published_gflop"].where(stands, derived)
    ends = table[["corrected_low_gflop", "corrected_gflop", "corrected_high_gflop"]]
    return table.assign(corrected_low_gflop=ends.min(axis=1), corrected_high_gflop=ends.max(axis=1))[
        list(RESULT_COLUMNS)
    ]


def is_wrong(audited: pd.DataFrame) -> pd.Series:
    """Whether each published burden is off by more than `TOLERANCE`, or has no value that could replace it."""
    ratio = audited["published_gflop"] / audited["corrected_gflop"]
    return ~ratio.between(1.0 / (1.0 + TOLERANCE), 1.0 + TOLERANCE)


def compare_readings(records: Records, scores: pd.DataFrame, audited: pd.DataFrame) -> pd.DataFrame:
    """Models that both editions of the records hold, with the burden each gives them.

    The two editions were read from the same papers at different times, so what
    they disagree on measures the error of reading, and an audit that is right
    makes them agree.

    Parameters
    ----------
    records : Records
        The tables.
    scores : DataFrame
        Table ``scores``.
    audited : DataFrame
        What `audit` returns.

    Returns
    -------
    DataFrame
        ``benchmark``, ``model_id_2020``, ``model_id_2022``, ``model`` and, for
        ``published`` and ``corrected``, the burdens ``_2020_gflop`` and
        ``_2022_gflop``. A model is the same where benchmark, paper, metric and
        score are.
    """
    models = records.models[["model_id", "benchmark", "vintage", "paper", "model", "metric", "score"]]
    others = scores.merge(models.drop(columns=["metric", "score"]), on="model_id")
    stated = pd.concat([models, others], ignore_index=True)
    later = stated["vintage"] == "2022"
    same = ["benchmark", "paper", "metric", "score"]
    pairs = stated[~later].merge(stated[later], on=same, suffixes=("_2020", "_2022"))
    pairs = pairs.drop_duplicates("model_id_2022").rename(columns={"model_2022": "model"})
    burdens = audited.set_index("model_id")
    for state in ("published", "corrected"):
        for edition in ("2020", "2022"):
            pairs[f"{state}_{edition}_gflop"] = pairs[f"model_id_{edition}"].map(burdens[f"{state}_gflop"])
    known = [f"{state}_{edition}_gflop" for state in ("published", "corrected") for edition in ("2020", "2022")]
    columns = ["benchmark", "model_id_2020", "model_id_2022", "model", *known]
    return pairs.dropna(subset=known)[columns].reset_index(drop=True)


def _corrected_burdens(records: Records, rates: Mapping[str, float] | pd.Series, bound: str) -> pd.Series:
    stages = correct_stages(records.stages, records.corrections, bound)
    networks = stages.groupby("model_id")["networks"].max()
    column = {"corrected": "burden_gflop"}.get(bound, f"burden_{bound.removeprefix('corrected_')}_gflop")
    burdens: pd.Series = model_burdens(stages, rates)[column]
    return burdens * networks.reindex(burdens.index)


def _require_causes(table: pd.DataFrame) -> None:
    rows = unexplained(table)
    if len(rows):
        ratios = [
            "nothing to recompute it from" if pd.isna(ratio) else f"{10.0**ratio:.3g} times"
            for ratio in rows["log10_ratio"]
        ]
        names = ", ".join(f"{model} ({ratio})" for model, ratio in zip(rows["model_id"], ratios, strict=True))
        raise ValueError(f"no row of table corrections says why these burdens differ from their records: {names}")
