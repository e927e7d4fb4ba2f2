"""A benchmark of the reader's own: a CSV of errors and computing, fitted in every way.

The table is read as it is or refused with every offence named; nothing in it
is guessed or passed over in silence.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from computational_limits.checking import PLAIN_NUMBER, DataError, Offence
from computational_limits.costs import Costs
from computational_limits.diagnostics import influence, tabulate_residuals
from computational_limits.paths import own_benchmarks
from computational_limits.projection import project_targets
from computational_limits.regressions import HARDWARE_BURDEN, regress_every_way
from computational_limits.robustness import (
    Base,
    papers_of,
    tabulate_bootstrap,
    tabulate_forms,
    tabulate_influence,
    tabulate_ways,
)
from computational_limits.scaling import MINIMUM_MODELS
from computational_limits.tables import suggestion
from computational_limits.vintages import COLUMNS, MEASURES

OWN = "own"
"""Vintage of a reader's table."""
OWN_BASE = Base(OWN, name="main regression")
"""The law that its chapter is about."""
RULES = "the rules of a table of one's own"
UTF_8 = "must be text in UTF-8; spreadsheets call it “CSV UTF-8”"
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
USUAL = {"name": ("model", "name"), "paper": ("paper",), "year": ("year",)}
"""Optional column to the headings it has where none is named."""
YEARS = (1950, 2100)
MOST_MODELS = 5_000
"""Models of a table at most: estimators look at every pair of them, and the memory grows with the square."""
MOST_SHOWN = 50
"""Offences of a table that are told one by one."""
REGISTERED = {"title": str, "table": str, "metric": str, "compute": str}
"""What the YAML file of a registered benchmark must say, all in text."""
OPTIONAL = {
    "targets": list,
    "percent": bool,
    "score": bool,
    "name": str,
    "paper": str,
    "year": str,
    "computing": str,
    "about": str,
}
"""What it may say too."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns of a table mean.

    Attributes
    ----------
    metric : str
        Heading of the error.
    compute : str
        Heading of the computing, in GFLOP.
    name, paper, year : str
        Headings of the model, of what it shares with others, and of its year;
        empty for the usual headings, if they are there.
    percent : bool
        Whether the metric is in percent.
    score : bool
        Whether the metric is a score, whose error is one minus it.
    """

    metric: str
    compute: str
    name: str = ""
    paper: str = ""
    year: str = ""
    percent: bool = False
    score: bool = False


@dataclass(frozen=True, slots=True)
class Analysis:
    """One's own benchmark, fitted and projected.

    Attributes
    ----------
    regressions, projections, forms, influence, bootstrap : DataFrame
        Columns as in the results tables of these names.
    ways : DataFrame
        From `robustness.tabulate_ways`.
    residuals : DataFrame
        From `diagnostics.tabulate_residuals`, with ``model_id``, ``model``, ``year`` and ``paper``.
    """

    regressions: pd.DataFrame
    projections: pd.DataFrame
    forms: pd.DataFrame
    influence: pd.DataFrame
    bootstrap: pd.DataFrame
    ways: pd.DataFrame
    residuals: pd.DataFrame


def read_own(path: Path | str, columns: Columns) -> pd.DataFrame:
    """Read a table of one's own.

    Parameters
    ----------
    path : Path or str
        CSV in UTF-8, with a heading; separated by commas, semicolons or tabs.
        Numbers have a decimal point.
    columns : Columns

    Returns
    -------
    DataFrame
        Columns of `vintages.read_models`; the computing is in
        ``hardware_burden_gflop``, whatever it counts. A paper that is not
        given is missing, as is a year.

    Raises
    ------
    checking.DataError
        With every offence: file, line, column, rule and value.
    """
    place = str(path)
    text = _decode(Path(path))
    headings, rows = _split(text, place, columns)
    offences: list[Offence] = []
    chosen = _choose(headings, columns, place)
    records: list[dict[str, Any]] = []
    lines: list[int] = []
    for line, row in rows:
        if len(row) != len(headings):
            rule = f"a row has {len(headings)} cells, as the heading has"
            offences.append(Offence(place, line, "", rule, f"{len(row)} cells"))
            continue
        cells = {field: row[index].strip() for field, index in chosen.items()}
        records.append(_record(cells, headings, chosen, columns, place, line, offences))
        lines.append(line)
    offences += _repeated(records, lines, place)
    if not offences and len(records) < MINIMUM_MODELS:
        offences.append(Offence(place, 0, "", f"{MINIMUM_MODELS} models are needed for a law, got {len(records)}", ""))
    if len(records) > MOST_MODELS:
        rule = f"at most {MOST_MODELS:,} models, since time and memory grow with their square, got {len(records):,}"
        offences.append(Offence(place, 0, "", rule, ""))
    if offences:
        raise _refusal(offences)
    return _as_models(records)


def analyse(
    models: pd.DataFrame, targets: Sequence[float], costs: Costs, seed: int, resamples: int, compute: str
) -> Analysis:
    """Fit every form in every way, and follow the laws to targets.

    Parameters
    ----------
    models : DataFrame
        From `read_own`.
    targets : sequence of float
        Errors, fractions in (0, 1).
    costs : Costs
        What a GFLOP costs.
    seed : int
        Of the resampling.
    resamples : int
        How often papers are drawn.
    compute : str
        Name of the measure in the tables.

    Raises
    ------
    ValueError
        If all models have the same computing or the same error, or a target is outside (0, 1).
    """
    benchmark, measures = str(models["benchmark"].iloc[0]), [HARDWARE_BURDEN]
    burden, errors = models[MEASURES[HARDWARE_BURDEN]], models["error"]
    papers = papers_of(models)
    goals = pd.DataFrame(
        {"benchmark": benchmark, "label": [f"target {i}" for i, _ in enumerate(targets, 1)], "error": list(targets)}
    )
    moved = influence(burden, errors, papers)
    regressions = regress_every_way(models, [benchmark], measures)
    if models["year"].isna().any():
        unknown = regressions["absent"].str.startswith("years must")
        regressions.loc[unknown, "absent"] = "the years of the models are not all known"
    bootstrap = tabulate_bootstrap(models, benchmark, seed, measures, resamples)
    tables = {
        "regressions": regressions,
        "projections": project_targets(models, goals, costs, seed, HARDWARE_BURDEN, resamples=resamples),
        "forms": tabulate_forms(models, benchmark, measures),
        "influence": tabulate_influence(models, benchmark, measures),
        "bootstrap": bootstrap,
    }
    ways = tabulate_ways(models, regressions, bootstrap, str(moved.largest["paper"]), {}, OWN_BASE)
    details = models[["model_id", "model", "year"]].assign(paper=papers)
    return Analysis(
        **{name: table.assign(measure=compute) for name, table in tables.items()},
        ways=ways,
        residuals=pd.concat([details, tabulate_residuals(burden, errors)], axis=1),
    )


def read_registered(path: Path) -> dict[str, Any]:
    """Read a registered benchmark: a YAML file beside its table.

    Returns
    -------
    dict
        Parameters of the chapter.

    Raises
    ------
    checking.DataError
        With every wrong entry.
    """
    place = path.name
    try:
        node = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader)
        entries = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DataError([Offence(place, 0, "", f"must be YAML ({error})", "")], RULES) from error
    if not isinstance(entries, dict) or not isinstance(node, yaml.MappingNode):
        raise DataError([Offence(place, 1, "", f"must give {', '.join(REGISTERED)}", "")], RULES)
    lines = {str(key.value): key.start_mark.line + 1 for key, _ in node.value}
    kinds = REGISTERED | OPTIONAL
    offences = [Offence(place, 0, "", f"must give {name}", "") for name in REGISTERED if name not in entries]
    for name, value in entries.items():
        if name not in kinds:
            offences.append(Offence(place, lines[str(name)], str(name), f"unknown{suggestion(str(name), kinds)}", ""))
        elif not isinstance(value, kinds[name]):
            rule = f"must be {'text' if kinds[name] is str else 'a list' if kinds[name] is list else 'true or false'}"
            offences.append(Offence(place, lines[name], name, rule, repr(value)))
    if offences:
        raise DataError(offences, RULES)
    return {**entries, "table": str(path.parent / entries["table"])}


def chapter_parameters(entries: Mapping[str, Any], label: str) -> dict[str, Any]:
    """What a registered benchmark says, as parameters of the chapter."""
    renamed = {"percent": "in_percent", "score": "is_score"}
    return {renamed.get(name, name): value for name, value in entries.items()} | {"label": label}


def check_registered(root: Path) -> None:
    """Check every registered benchmark and its table.

    Raises
    ------
    checking.DataError
        With the offences of all.
    """
    offences: list[Offence] = []
    for path in own_benchmarks(root):
        try:
            entries = read_registered(path)
            given = {field.name: entries[field.name] for field in fields(Columns) if field.name in entries}
            read_own(entries["table"], Columns(**given))
            checked_targets(entries.get("targets", []))
        except DataError as error:
            offences += error.offences
        except (ValueError, OSError) as error:
            offences.append(Offence(path.name, 0, "", str(error), ""))
    if offences:
        raise DataError(offences, RULES)


def checked_targets(targets: Iterable[float]) -> list[float]:
    """Targets that are errors.

    Raises
    ------
    ValueError
        Naming the first that is not.
    """
    goals = list(targets)
    for goal in goals:
        if not 0.0 < goal < 1.0:
            hint = f"; in percent? then it is {goal / 100:g}" if 1.0 <= goal < 100.0 else ""
            raise ValueError(f"a target is an error between 0 and 1, got {goal:g}{hint}")
    return goals


def _refusal(offences: list[Offence]) -> DataError:
    shown = sorted(offences)[:MOST_SHOWN]
    if len(offences) > len(shown):
        shown.append(Offence(shown[0].file, 0, "", f"and {len(offences) - len(shown)} more of the kind", ""))
    return DataError(shown, RULES)


def _decode(path: Path) -> str:
    """Text of a file, its byte order mark dropped."""
    raw = path.read_bytes()
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in raw:
        raise _refusal([Offence(str(path), 1, "", UTF_8, "UTF-16 or binary")])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        value = f"byte 0x{raw[error.start]:02x}"
        raise _refusal([Offence(str(path), line, "", UTF_8, value)]) from error


def _split(text: str, place: str, columns: Columns) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Heading, and the rows that are not empty with their lines."""
    line = next(iter(text.splitlines()), "")
    try:
        found = {mark: [cell.strip() for cell in next(csv.reader([line], delimiter=mark), [])] for mark in DELIMITERS}
    except csv.Error as error:
        raise _refusal([Offence(place, 1, "", f"the first line names the columns ({error})", "")]) from error
    if not any(any(headings) for headings in found.values()):
        raise _refusal([Offence(place, 1, "", "the first line names the columns", "an empty line")])
    wanted = {columns.metric, columns.compute}
    mark = max(DELIMITERS, key=lambda one: (len(wanted & set(found[one])), len(found[one])))
    rows: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    last = 0
    try:
        for row in reader:
            start, last = last + 1, reader.line_num
            if any(cell.strip() for cell in row):
                rows.append((start, row))
    except csv.Error as error:
        raise _refusal([Offence(place, last + 1, "", f"must be CSV with {DELIMITERS[mark]} ({error})", "")]) from error
    return ([cell.strip() for cell in rows[0][1]], rows[1:]) if rows else ([], [])


def _choose(headings: list[str], columns: Columns, place: str) -> dict[str, int]:
    """Field to the number of its column."""
    offences = []
    repeated = sorted({heading for heading in headings if heading and headings.count(heading) > 1})
    offences += [Offence(place, 1, heading, "a heading is there once", heading) for heading in repeated]
    chosen = {}
    for field in ("metric", "compute", "name", "paper", "year"):
        named = getattr(columns, field)
        if named and named not in headings:
            rule = f"no column {named!r}{suggestion(named, [heading for heading in headings if heading])}"
            offences.append(Offence(place, 1, "", rule, ""))
        usual = [named] if named else [heading for heading in USUAL.get(field, ()) if heading in headings]
        if usual and usual[0] in headings:
            chosen[field] = headings.index(usual[0])
    if columns.metric == columns.compute:
        offences.append(Offence(place, 1, columns.metric, "error and computing are two columns", columns.compute))
    if offences:
        raise _refusal(offences)
    return chosen


def _record(
    cells: dict[str, str],
    headings: list[str],
    chosen: dict[str, int],
    columns: Columns,
    place: str,
    line: int,
    offences: list[Offence],
) -> dict[str, Any]:
    """A row as a model; what is wrong with it joins the offences."""

    def refuse(field: str, rule: str) -> None:
        offences.append(Offence(place, line, headings[chosen[field]], rule, cells[field] or "nothing"))

    def number(field: str) -> float:
        text = cells[field]
        if PLAIN_NUMBER.fullmatch(text):
            return float(text)
        hint = f"; {text.replace(',', '.')}?" if PLAIN_NUMBER.fullmatch(text.replace(",", ".")) and "," in text else ""
        refuse(field, f"must be a number with a decimal point and no separators{hint}")
        return math.nan

    metric, compute = number("metric"), number("compute")
    most = 100.0 if columns.percent else 1.0
    if not math.isnan(metric) and not 0.0 < metric < most:
        kind = "a score" if columns.score else "an error"
        hint = ""
        if 1.0 <= metric < 100.0 and not columns.percent:
            hint = "; if it is in percent, say --percent"
        refuse("metric", f"{kind} lies between 0 and {most:g}, ends excluded{hint}")
    if not math.isnan(compute) and not 0.0 < compute < math.inf:
        refuse("compute", "computing is above 0 and finite")
    year = cells.get("year", "")
    if year and not (year.isdecimal() and YEARS[0] <= int(year) <= YEARS[1]):
        refuse("year", f"a year is a whole number from {YEARS[0]} to {YEARS[1]}")
        year = ""
    share = metric / 100.0 if columns.percent else metric
    return {
        "model": cells.get("name") or f"line {line}",
        "paper": cells.get("paper") or None,
        "year": int(year) if year else None,
        "error": round(1.0 - share, 12) if columns.score else share,
        MEASURES[HARDWARE_BURDEN]: compute,
    }


def _repeated(records: list[dict[str, Any]], lines: list[int], place: str) -> list[Offence]:
    """Rows that say what an earlier row says."""
    offences = []
    seen: dict[tuple[object, ...], int] = {}
    for record, line in zip(records, lines, strict=True):
        named = not str(record["model"]).startswith("line ")
        key = (record["model"] if named else "", record["error"], record[MEASURES[HARDWARE_BURDEN]])
        if named and key in seen:
            offences.append(Offence(place, line, "", f"repeats line {seen[key]}", str(record["model"])))
        seen.setdefault(key, line)
    return offences


def _as_models(records: list[dict[str, Any]]) -> pd.DataFrame:
    """Records as a table of models of one benchmark."""
    table = pd.DataFrame(records)
    numbers = pd.Series([f"{OWN}-{number:05d}" for number in range(1, len(table) + 1)])
    table = table.assign(
        model_id=numbers,
        benchmark=OWN,
        vintage=OWN,
        paper=table["paper"].astype("str").where(table["paper"].notna()),
        year=table["year"].astype("Int64"),
        model=table["model"].astype("str"),
        error=table["error"].astype(np.float64),
    )
    texts = ("title", "link", "citation", "metric", "note")
    return table.reindex(columns=list(COLUMNS)).astype(dict.fromkeys(texts, "str"))
