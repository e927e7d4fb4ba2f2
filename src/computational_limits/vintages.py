"""The models of each vintage, with their measures of computing and their error.

A *vintage* is an edition of the evidence: as published, as recorded, or as
audited. Every column of computing is derived here from the tables; the rest of
the package asks for a vintage by name and never looks behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from computational_limits.audit import Records, audit, published_burdens
from computational_limits.burden import model_operations
from computational_limits.tables import read_table, suggestion

PUBLISHED = "2020"
AUDITED = "audited"
VINTAGES = {
    PUBLISHED: "the points behind the regressions of 2020, as published",
    AUDITED: "the same points with audited burdens",
    "2020-records": "all model records of 2020",
    "2022": "the model records of 2022, as published",
    "2022-audited": "the model records of 2022 with audited burdens and derived operations",
}
MEASURES = {
    "hardware_burden": "hardware_burden_gflop",
    "ops_per_pass": "ops_per_pass_gflop",
    "network_operations": "network_operations_gflop",
    "consolidated_burden": "consolidated_burden_gflop",
}
"""Measure to the column that holds it, in GFLOP; the consolidated burden is the authors' own fill of gaps."""
TRAINING_FLOP = "training_flop"
EVERY_MEASURE = MEASURES | {TRAINING_FLOP: "training_gflop"}
"""Those of the model records, and the operations performed in training, which language models have instead."""
COLUMNS = (
    "model_id",
    "benchmark",
    "vintage",
    "year",
    "model",
    "paper",
    "title",
    "link",
    "citation",
    "metric",
    "score",
    "error",
    *MEASURES.values(),
    "note",
)
RECORD_TABLES = ("models", "points", "stages", "processors", "corrections")
"""The tables that the audit works on."""
ERROR_DIGITS = 12
FLOP_PER_GFLOP = 1e9


def read_records(root: Path | None = None) -> Records:
    """Read the tables that the audit works on.

    Raises
    ------
    DataError
        With every offence in a table.
    """
    return Records(**{name: read_table(name, root) for name in RECORD_TABLES})


def read_models(vintage: str = PUBLISHED, benchmark: str | None = None, root: Path | None = None) -> pd.DataFrame:
    """Read the models of a vintage.

    Parameters
    ----------
    vintage : str
        A key of `VINTAGES`.
    benchmark : str, optional
        Models of this benchmark alone.
    root : Path, optional
        Project folder; found from the current folder by default.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, one row a model, in the order of the tables; see
        `select_vintage`. ``note`` joins the remarks on the row and the evidence
        against its burden.

    Raises
    ------
    KeyError
        If there is no such vintage.
    DataError
        With every offence in a table.
    """
    models = _with_papers(select_vintage(read_records(root), vintage), read_table("papers", root))
    return models if benchmark is None else models[models["benchmark"] == benchmark].reset_index(drop=True)


def derive_tables(tables: Mapping[str, pd.DataFrame], vintages: Iterable[str] = VINTAGES) -> dict[str, pd.DataFrame]:
    """Tables that follow from the others, as the codebook describes them under ``derivedTables``.

    Parameters
    ----------
    tables : mapping
        Every table of the codebook by name.
    vintages : iterable of str
        Vintages to put under each other.

    Returns
    -------
    dict
        ``vintages``: what `read_models` gives for each vintage; ``audit``: what
        `audit` gives, text that is absent being missing.
    """
    records = Records(**{name: tables[name] for name in RECORD_TABLES})
    models = [_with_papers(select_vintage(records, vintage), tables["papers"]) for vintage in vintages]
    audited = audit(records)
    audited["evidence"] = audited["evidence"].where(audited["evidence"] != "")
    return {"vintages": pd.concat(models, ignore_index=True), "audit": audited}


def select_vintage(records: Records, vintage: str) -> pd.DataFrame:
    """Models of a vintage with their measures.

    Parameters
    ----------
    records : Records
        The tables.
    vintage : str
        A key of `VINTAGES`.

    Returns
    -------
    DataFrame
        ``error`` is one minus the score; every measure is in GFLOP and missing
        where the records do not give it. The audited vintages leave a burden
        out that is known to be wrong without a right one.

    Raises
    ------
    KeyError
        If there is no such vintage.
    """
    if vintage not in VINTAGES:
        raise KeyError(f"no vintage {vintage!r}{suggestion(vintage, VINTAGES)}")
    models = records.models
    if vintage in (PUBLISHED, AUDITED):
        models = models[models["model_id"].isin(records.points["model_id"])]
        models = models.drop(columns="score").merge(records.points[["model_id", "score"]], on="model_id")
    elif vintage == "2020-records":
        models = models[models["vintage"] == vintage]
    else:
        models = models[models["vintage"] == "2022"]
    burdens = _burdens(records, vintage)
    operations = model_operations(models, records.stages)
    printed = models.set_index("model_id")["published_network_operations_flop"]
    network = printed if vintage == "2022" else operations["network_operations_flop"]
    remarks = (
        records.corrections.drop_duplicates(["model_id", "evidence"]).groupby("model_id")["evidence"].agg(" ".join)
    )
    ids = models["model_id"]
    notes = models["note"].fillna("").str.cat(ids.map(remarks).fillna(""), sep=" ").str.strip()
    return models.assign(
        vintage=vintage,
        error=(1.0 - models["score"]).round(ERROR_DIGITS),
        hardware_burden_gflop=ids.map(burdens),
        ops_per_pass_gflop=ids.map(operations["per_pass_flop"] / FLOP_PER_GFLOP),
        network_operations_gflop=ids.map(network / FLOP_PER_GFLOP),
        consolidated_burden_gflop=models["published_consolidated_gflop"],
        note=notes.where(notes != ""),
    )


def _with_papers(models: pd.DataFrame, papers: pd.DataFrame) -> pd.DataFrame:
    """Models with what their paper is."""
    papers = papers[["paper", "title", "link", "citation"]]
    return models.merge(papers, on="paper", how="left")[list(COLUMNS)]


def _burdens(records: Records, vintage: str) -> pd.Series:
    """Hardware burden by model."""
    if vintage in (AUDITED, "2022-audited"):
        table = audit(records)
        edition = PUBLISHED if vintage == AUDITED else "2022"
        return table[table["vintage"] == edition].set_index("model_id")["corrected_gflop"]
    table = published_burdens(records)
    editions = [PUBLISHED, "2020-records"] if vintage == "2020-records" else [vintage]
    return table[table["vintage"].isin(editions)].set_index("model_id")["published_gflop"]
