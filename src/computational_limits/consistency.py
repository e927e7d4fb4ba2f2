"""What only the whole of the data shows: the audit, the corrections, the recount of the sources.

The codebook says what a table may hold. The checks here lay tables side by
side; each takes frames that the codebook passed and gives offences.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from computational_limits.audit import AGREES, NUMERIC_FIELDS, Records, compare_burdens, unexplained
from computational_limits.checking import PLAIN_NUMBER, DataError, Offence
from computational_limits.later import recompute_burdens, recompute_operations
from computational_limits.tables import read_tables
from computational_limits.vintages import RECORD_TABLES

Tables = Mapping[str, pd.DataFrame]

COUNTED_FIELDS = (*NUMERIC_FIELDS, "networks")
"""Fields of table ``corrections`` whose corrected value is a number above zero."""
PUBLISHED_IN = {
    "2020": ("points", "hardware_burden_gflop"),
    "2020-records": ("stages", "published_rate_gflops x published_seconds"),
    "2022": ("models", "published_burden_gflop"),
}
"""Table and column that publish, or imply, the burdens of a vintage."""
PRINTED_DIGITS = 1e-3
"""Largest relative difference between a number of four digits and one computed again."""
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula, or strips to find one."""
LISTED_TABLES = (
    "prices",
    "rents",
    "systems",
    "utilisation",
    "overlap",
    "later_models",
    "language_scores",
    "image_networks",
)
"""Tables each row of which is a row of the one source that it names."""
ORDERS = (
    ("assumptions", "low", "value"),
    ("assumptions", "value", "high"),
    ("rents", "usd_per_hour_one_year", "usd_per_hour"),
    ("rents", "usd_per_hour_three_years", "usd_per_hour"),
    ("rents", "usd_per_hour_three_years", "usd_per_hour_one_year"),
    ("utilisation", "mfu", "hfu"),
)
"""Table with two columns of which the first is never above the second, where both are known."""
ONE_OF = {
    "rents": ("usd_per_hour", "usd_per_hour_one_year", "usd_per_hour_three_years"),
    "utilisation": ("mfu", "hfu"),
}
"""Table to columns of which every row has one."""
RECOUNT_COLUMNS = ("source", "table", "title", "link", "licence", "rows", "in_table", "left_out")


def read_whole(root: Path) -> dict[str, pd.DataFrame]:
    """Read every table, checked against the codebook and against each other.

    Parameters
    ----------
    root : Path
        Project folder.

    Returns
    -------
    dict
        Name to table, in the order of the codebook.

    Raises
    ------
    DataError
        With every offence of single tables; without any, with every offence of the whole.
    """
    tables = read_tables(root)
    offences = find_inconsistencies(tables)
    if offences:
        raise DataError(offences)
    return tables


def find_inconsistencies(tables: Tables) -> list[Offence]:
    """Every offence of the whole, in the order of files and lines.

    Parameters
    ----------
    tables : mapping
        Every table of the codebook by name, each checked against it.
    """
    corrections = [*check_originals(tables), *check_corrected(tables)]
    burdens = [] if corrections else check_burdens(tables)
    later = [*check_later_models(tables), *check_shared_runs(tables), *check_estimates(tables)]
    orders, gaps, formulas = check_orders(tables), check_gaps(tables), check_formulas(tables)
    return sorted([*corrections, *burdens, *later, *check_recount(tables), *orders, *gaps, *formulas])


def check_originals(tables: Tables) -> Iterator[Offence]:
    """Corrections whose original is not what stands in the stage they correct."""
    stages = tables["stages"].set_index(["model_id", "stage"])
    for row in tables["corrections"].itertuples():
        original = "" if pd.isna(row.original) else str(row.original)
        stands = recorded_cell(row.field, stages.loc[(row.model_id, row.stage)])
        if original != stands and not _same_number(original, stands):
            should = f"must be {stands!r}" if stands else "must be empty"
            yield Offence(
                _file("corrections"), _line(row.Index), "original", f"{should}, as its stage has it", original
            )


def recorded_cell(field: str, stage: pd.Series) -> str:
    """The cell of a stage that a correction of a field corrects.

    Examples
    --------
    >>> stage = pd.Series({"processor_count": 8.0, "time_words": None, "published_seconds": 86400.0})
    >>> recorded_cell("processor_count", stage), recorded_cell("seconds", stage), recorded_cell("cost", stage)
    ('8', '86400', '')
    """
    if field in ("cost", "networks"):
        return {"cost": "", "networks": "1"}[field]
    if field == "seconds":
        field = "published_seconds" if pd.isna(stage["time_words"]) else "time_words"
    cell = stage[field]
    if pd.isna(cell):
        return ""
    return cell if isinstance(cell, str) else f"{cell:.12g}"


def check_corrected(tables: Tables) -> Iterator[Offence]:
    """Corrected values that the audit cannot use."""
    processors = frozenset(tables["processors"]["processor"])
    for row in tables["corrections"].itertuples():
        for column in ("corrected", "corrected_low", "corrected_high"):
            value = getattr(row, column)
            if pd.isna(value):
                continue
            if row.field in COUNTED_FIELDS and not (PLAIN_NUMBER.fullmatch(value) and float(value) > 0):
                rule = f"must be a number above 0, to correct {row.field}"
            elif row.field == "processor" and value not in processors:
                rule = "must be in table processors"
            elif row.field == "cost":
                rule = "must be empty: a cost as a whole has no right value"
            else:
                continue
            yield Offence(_file("corrections"), _line(row.Index), column, rule, value)


def check_burdens(tables: Tables) -> Iterator[Offence]:
    """Published burdens that differ from their record without a correction that says why."""
    records = Records(**{name: tables[name] for name in RECORD_TABLES})
    for row in unexplained(compare_burdens(records)).itertuples():
        name, column = PUBLISHED_IN[row.vintage]
        table = tables[name]
        places = table.index[table["model_id"] == row.model_id]
        states = "states nothing" if pd.isna(row.recomputed_gflop) else f"gives {row.recomputed_gflop:.6g} GFLOP"
        rule = f"the record of {row.model_id} {states}: a row of data/corrections.csv must say why"
        yield Offence(_file(name), _line(places[0]), column, rule, f"{row.published_gflop:.6g} GFLOP")


def check_later_models(tables: Tables) -> Iterator[Offence]:
    """Burdens and operations of later models that do not follow from what stands beside them."""
    models = tables["later_models"]
    again = recompute_burdens(models, tables["processors"]).assign(training_flop=recompute_operations(models))
    for column in again:
        stated, follows = models[column], again[column]
        differs = (stated / follows - 1.0).abs() > PRINTED_DIGITS
        for index in models.index[differs]:
            rule = f"must be {follows[index]:.6g}, by the other columns of the row"
            yield Offence(_file("later_models"), _line(index), str(column), rule, f"{stated[index]:.6g}")


def check_shared_runs(tables: Tables) -> Iterator[Offence]:
    """Later models that name one training and state different operations."""
    models = tables["later_models"].dropna(subset="run")
    first = models.groupby("run")["training_flop"].transform("first")
    for row in models[models["training_flop"] != first].itertuples():
        rule = f"must be {first[row.Index]:.6g}, as in the other rows of run {row.run!r}"
        yield Offence(_file("later_models"), _line(row.Index), "training_flop", rule, f"{row.training_flop:.6g}")


def check_estimates(tables: Tables) -> Iterator[Offence]:
    """Estimates of Epoch AI that are not those of the notable system that the row names."""
    systems = tables["systems"].set_index("system_id")["training_flop"]
    later = tables["later_models"]
    estimates = {
        "later_models": later[later["flop_method"] == "estimate by Epoch"],
        "language_models": tables["language_models"],
    }
    for name, models in estimates.items():
        named = models.dropna(subset="system_id")
        stated = named["system_id"].map(systems)
        for row in named[~((named["training_flop"] / stated - 1.0).abs() <= PRINTED_DIGITS)].itertuples():
            rule = f"must be {stated[row.Index]:.6g}, as system {row.system_id!r} has it"
            yield Offence(_file(name), _line(row.Index), "training_flop", rule, f"{row.training_flop:.6g}")


def recount(tables: Tables) -> pd.DataFrame:
    """Rows of each source beside those in the project's tables and those left out.

    Parameters
    ----------
    tables : mapping
        Every table of the codebook by name.

    Returns
    -------
    DataFrame
        Columns `RECOUNT_COLUMNS`, one row a source in the order of table
        ``sources``; ``rows`` is missing where the source is not a file with rows.
    """
    models, points, processors = tables["models"], tables["points"], tables["processors"]
    edition = models["vintage"].replace({"2022": "records-2022", "2020-records": "records-2020"})
    counts = pd.concat(
        [
            (edition + ": " + models["benchmark"]).value_counts(),
            pd.Series({"points-2020": len(points)}),
            processors["source"].value_counts(),
            processors["second_source"].value_counts(),
            *(tables[name]["source"].value_counts() for name in LISTED_TABLES),
        ]
    )
    in_table, left_out = counts.groupby(level=0).sum(), tables["left_out"]["source"].value_counts()
    sources = tables["sources"]
    return sources.assign(
        in_table=sources["source"].map(in_table).fillna(0).astype("int64"),
        left_out=sources["source"].map(left_out).fillna(0).astype("int64"),
    )[list(RECOUNT_COLUMNS)]


def check_recount(tables: Tables) -> Iterator[Offence]:
    """Sources with rows that are neither in a table nor listed as left out, or are there twice."""
    for row in recount(tables).dropna(subset="rows").itertuples():
        if row.in_table + row.left_out != row.rows:
            rule = (
                f"must be {row.in_table + row.left_out}: {row.in_table} rows of table {row.table}"
                f" and {row.left_out} rows of table left_out come from {row.source!r}"
            )
            yield Offence(_file("sources"), _line(row.Index), "rows", rule, str(row.rows))


def check_orders(tables: Tables) -> Iterator[Offence]:
    """Numbers above another of their row that bounds them."""
    for name, least, most in ORDERS:
        table = tables[name]
        for index, row in table[table[least] > table[most]].iterrows():
            yield Offence(_file(name), _line(index), least, f"must be at most {most}, {row[most]:g}", f"{row[least]:g}")


def check_gaps(tables: Tables) -> Iterator[Offence]:
    """Rows without any of the numbers they are there for, and assumptions that a count by hardware time lacks."""
    for name, columns in ONE_OF.items():
        table = tables[name]
        for index in table.index[table[list(columns)].isna().all(axis=1)]:
            yield Offence(
                _file(name), _line(index), columns[0], f"must not be empty, nor all of {', '.join(columns)}", ""
            )
    overlap = tables["overlap"]
    for index in overlap.index[(overlap["method"] == "hardware time") & overlap["assumed_utilisation"].isna()]:
        rule = "must not be empty: operations by hardware time follow from it"
        yield Offence(_file("overlap"), _line(index), "assumed_utilisation", rule, "")


def describe_whole(tables: Tables) -> list[str]:
    """What tables that agree with each other were checked for, a line each."""
    records = Records(**{name: tables[name] for name in RECORD_TABLES})
    compared = compare_burdens(records)
    counted = recount(tables).dropna(subset="rows")
    agree = (compared["cause"] == AGREES).sum()
    later = tables["later_models"]
    runs = recompute_operations(later).notna().sum()
    return [
        f"corrections: {len(tables['corrections'])} quote what their stages have",
        f"burdens: {len(compared)} published, {agree} agree with their record, {len(compared) - agree} are explained",
        f"later models: {later['burden_gflop'].notna().sum()} burdens and the operations of {runs} trainings follow"
        " from their rows",
        f"recount: {counted['rows'].sum()} rows of {len(counted)} sources are {counted['in_table'].sum()} rows of the"
        f" tables and {counted['left_out'].sum()} left out",
        f"bounds: no number is above the one that bounds it, in {len({name for name, *_ in ORDERS})} tables",
        "spreadsheets: no text begins like a formula",
    ]


def check_formulas(tables: Tables) -> Iterator[Offence]:
    """Text, numbers aside, that a spreadsheet would run as a formula; with none, CSV needs no escape."""
    for name, table in tables.items():
        for column in table.select_dtypes("str"):
            texts = table[column].dropna()
            for index, text in texts[texts.str.startswith(FORMULA_STARTS)].items():
                if PLAIN_NUMBER.fullmatch(text):
                    continue
                rule = "must not begin with = + - @ or a tab: a spreadsheet takes it for a formula"
                yield Offence(_file(name), _line(index), column, rule, text)


def _file(name: str) -> str:
    return f"data/{name}.csv"


def _line(index: int) -> int:
    """Line of a row: below the header, counted from 1."""
    return index + 2


def _same_number(one: str, other: str) -> bool:
    """Whether two texts are one number, however it is written."""
    return all(map(PLAIN_NUMBER.fullmatch, (one, other))) and float(one) == float(other)
