"""The codebook as the data page of the book shows it, in MyST."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from computational_limits.codebook import Entry, constraint_text, read_entries
from computational_limits.consistency import read_whole, recount
from computational_limits.display import table_block
from computational_limits.vintages import derive_tables
from computational_limits.wording import escape

COUNTED_BY = {
    "models": ("benchmark", "vintage"),
    "processors": ("kind", "unit"),
    "prices": ("basis",),
    "systems": ("edition", "confidence"),
    "stages": ("stage",),
    "later_models": ("benchmark", "era"),
    "language_models": ("distilled",),
    "language_scores": ("benchmark",),
    "image_networks": ("imagenet_1k_only",),
}
"""Tables whose rows the page counts by the values of columns."""

Tables = Mapping[str, pd.DataFrame]


def render_codebook(root: Path) -> str:
    """Each table with its sources, what was left out, and its columns.

    Parameters
    ----------
    root : Path
        Project folder.

    Raises
    ------
    DataError
        If the data break the codebook or contradict each other.
    """
    checked = read_whole(root)
    tables = {**checked, **derive_tables(checked)}
    sections = [_section(entry, tables, derived=name not in checked) for name, entry in read_entries(root).items()]
    return "\n".join(part for section in sections for part in section)


def _section(entry: Entry, tables: Tables, *, derived: bool) -> Iterator[str]:
    name = entry["name"]
    yield f"## {entry['title']}\n\n{escape(entry['description'])}\n"
    licences = ", ".join(f"[{licence['name']}]({licence['path']})" for licence in entry["licenses"])
    counted = recount(tables).query("table == @name")
    sources = "" if len(counted) else _sources_text(entry)  # a table of sources says more
    yield f"{len(tables[name]):,} rows. Licence of the table: {licences}.{sources}\n"
    if not derived:
        path = entry["path"]
        yield f"```{{only}} html\nDownload: {{download}}`{path} <tables/{path}>`\n```\n"
    if name in COUNTED_BY:
        yield _counts(tables[name], name)
    if len(counted):
        yield _recount(counted, name)
    left_out = tables["left_out"].query("table == @name")
    if len(left_out):
        yield _left_out(left_out, name)
    yield _columns(entry)


def _sources_text(entry: Entry) -> str:
    sources = [
        f"[{escape(source['title'])}]({source['path']})" if "path" in source else escape(source["title"])
        for source in entry.get("sources", [])
    ]
    if not sources:
        return ""
    return f" {'Source' if len(sources) == 1 else 'Sources'}: {'; '.join(sources)}."


def _counts(table: pd.DataFrame, name: str) -> str:
    """Rows of a table by the values of one or two columns."""
    first, *second = COUNTED_BY[name]
    if second:
        counts = pd.crosstab(table[first], table[second[0]], margins=True, margins_name="all")
        counts = counts.reindex([*table[first].unique(), "all"]).rename_axis(columns=None)
        words = f"{first} and {second[0]}"
    else:
        counts, words = table[first].value_counts(sort=False).rename("rows").to_frame(), first
    shown = counts.reset_index().rename(columns={first: first.capitalize()})
    return table_block(shown, f"tab-rows-{name}", f"Rows of table {name} by {words}.")


def _recount(counted: pd.DataFrame, name: str) -> str:
    shown = pd.DataFrame(
        {
            "Source": [
                f"`{row.source}`: {escape(row.title) if pd.isna(row.link) else f'[{escape(row.title)}]({row.link})'}"
                for row in counted.itertuples()
            ],
            "Licence": counted["licence"].map(escape),
            "Rows": ["" if pd.isna(rows) else f"{rows:,}" for rows in counted["rows"]],
            "In the table": [f"{rows:,}" if known else "" for rows, known in _known(counted, "in_table")],
            "Left out": [f"{rows:,}" if known else "" for rows, known in _known(counted, "left_out")],
        }
    )
    caption = f"Sources of table {name}: every row is in the table or listed as left out."
    return table_block(shown, f"tab-sources-{name}", caption, "46 24 10 10 10")


def _known(counted: pd.DataFrame, column: str) -> zip[tuple[int, bool]]:
    return zip(counted[column], counted["rows"].notna(), strict=True)


def _left_out(left_out: pd.DataFrame, name: str) -> str:
    shown = pd.DataFrame(
        {
            "Source": [f"`{source}`" for source in left_out["source"]],
            "Row": left_out["source_row"],
            "Name": left_out["name"].map(escape),
            "Why": left_out["reason"].map(escape),
        }
    )
    return table_block(shown, f"tab-left-out-{name}", f"Rows left out of table {name}, and why.", "30 10 30 30")


def _columns(entry: Entry) -> str:
    shown = pd.DataFrame(
        {
            "Column": f"`{field['name']}`",
            "Type": field["type"],
            "Unit": escape(field.get("unit", "")),
            "Meaning": escape(field["description"]),
            "Constraint": constraint_text(field, "`{}`".format, escape),
        }
        for field in entry["schema"]["fields"]
    )
    caption = f"Columns of table {entry['name']}."
    return table_block(shown, f"tab-codebook-{entry['name']}", caption, "22 10 10 36 22")
