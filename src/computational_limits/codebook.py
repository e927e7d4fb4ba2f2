"""The codebook in words: what tables there are, and what each column holds.

The same descriptions stand in the terminal, in an export and on the data page.
Nothing here reads a table; frames come from the reader of data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from computational_limits.checking import NUMERIC, read_codebook

Entry = Mapping[str, Any]
"""What the codebook says about one table."""

DERIVED = "derivedTables"
"""Key of the codebook that holds tables which follow from the others."""
MOST_VALUES = 8
"""Different values up to which a column of text is described by listing them."""
CONSTRAINT_WORDS = {
    "minimum": "at least {:g}",
    "maximum": "at most {:g}",
    "exclusiveMinimum": "above {:g}",
    "exclusiveMaximum": "below {:g}",
}
CHECKED_FOR = {
    "required": "required cells",
    "minimum": "ranges",
    "maximum": "ranges",
    "exclusiveMinimum": "ranges",
    "exclusiveMaximum": "ranges",
    "enum": "lists of values",
    "pattern": "patterns",
}
"""What each constraint of the codebook makes a check look for."""


def read_entries(root: Path) -> dict[str, Entry]:
    """What the codebook says about each table, the derived ones last.

    Raises
    ------
    DataError
        If the codebook cannot be read.
    """
    codebook = read_codebook(root)
    return {entry["name"]: entry for entry in [*codebook["resources"], *codebook.get(DERIVED, [])]}


def constraint_text(
    field: Entry, pattern: Callable[[str], str] = str, word: Callable[[str], str] = str, separator: str = "; "
) -> str:
    """The constraints of a column in words.

    Parameters
    ----------
    field : mapping
        A column of the codebook.
    pattern, word : callable, optional
        How to write a regular expression and a word from the codebook.
    separator : str
        What to put between constraints.

    Examples
    --------
    >>> constraint_text({"name": "error", "constraints": {"required": True, "exclusiveMinimum": 0}})
    'required; above 0'
    """
    constraints = field.get("constraints", {})
    parts = ["required"] if constraints.get("required") else []
    if "pattern" in constraints:
        parts.append(f"matches {pattern(constraints['pattern'])}")
    parts += [words.format(constraints[rule]) for rule, words in CONSTRAINT_WORDS.items() if rule in constraints]
    if "enum" in constraints:
        parts.append("one of " + ", ".join(word(str(value)) for value in constraints["enum"]))
    if "references" in field:
        parts.append("a key of the bibliography")
    return separator.join(parts)


def foreign_keys(entry: Entry) -> list[str]:
    """Columns of a table that must be in another, with the table.

    Examples
    --------
    >>> key = {"fields": ["part_of"], "reference": {"resource": "", "fields": ["processor"]}}
    >>> foreign_keys({"name": "processors", "schema": {"foreignKeys": [key]}})
    ['part_of in processors']
    """
    keys = entry["schema"].get("foreignKeys", [])
    return [f"{' + '.join(key['fields'])} in {key['reference']['resource'] or entry['name']}" for key in keys]


def checks_of(entry: Entry) -> list[str]:
    """What a table is checked for, in words."""
    fields = entry["schema"]["fields"]
    rules = {rule for field in fields for rule in field.get("constraints", {})}
    found = ["types", *(words for rule, words in CHECKED_FOR.items() if rule in rules)]
    if entry["schema"].get("primaryKey"):
        found.append("unique " + " + ".join(entry["schema"]["primaryKey"]))
    if any("references" in field for field in fields):
        found.append("keys of the bibliography")
    if entry.get("durations"):
        found.append("times against their words")
    if entry.get("checks"):
        found.append("rules of a row")
    return list(dict.fromkeys(found))


def licences_of(entry: Entry) -> list[str]:
    """Names of the licences of a table."""
    return [licence["name"] for licence in entry.get("licenses", [])]


def describe_tables(entries: Mapping[str, Entry], tables: Mapping[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """Every table in short.

    Parameters
    ----------
    entries : mapping
        What `read_entries` returns.
    tables : mapping
        Name to table, for every entry.

    Returns
    -------
    list of dict
        ``name``, ``title``, ``description``, ``rows``, ``columns``, ``licences`` and ``sources``.
    """
    return [
        {
            "name": name,
            "title": entry["title"],
            "description": entry["description"],
            "rows": len(tables[name]),
            "columns": len(entry["schema"]["fields"]),
            "licences": licences_of(entry),
            "sources": [source["title"] for source in entry.get("sources", [])],
        }
        for name, entry in entries.items()
    ]


def describe_columns(entry: Entry, table: pd.DataFrame) -> list[dict[str, Any]]:
    """Every column of a table: what the codebook says and what the table holds.

    Parameters
    ----------
    entry : mapping
        What the codebook says about the table.
    table : DataFrame
        The table.

    Returns
    -------
    list of dict
        ``name``, ``type``, ``unit``, ``meaning``, ``constraints``, ``missing``
        and ``distinct`` (counts), ``low`` and ``high`` (of numbers), and
        ``values`` (of text, where there are at most `MOST_VALUES`); what does
        not apply is None.
    """
    described = []
    for field in entry["schema"]["fields"]:
        cells = table[field["name"]].dropna()
        number = field["type"] in NUMERIC
        few = not number and 0 < cells.nunique() <= MOST_VALUES
        described.append(
            {
                "name": field["name"],
                "type": field["type"],
                "unit": field.get("unit"),
                "meaning": field["description"],
                "constraints": constraint_text(field),
                "missing": int(table[field["name"]].isna().sum()),
                "distinct": int(cells.nunique()),
                "low": cells.min().item() if number and len(cells) else None,
                "high": cells.max().item() if number and len(cells) else None,
                "values": cells.drop_duplicates().tolist() if few else None,
            }
        )
    return described


def values_text(column: Entry) -> str:
    """What a column holds, in words: the range of its numbers, or its different texts.

    Examples
    --------
    >>> values_text({"low": 0.5, "high": 8.0, "distinct": 3, "values": None, "type": "number"})
    '0.5 to 8'
    """
    if column["low"] is not None:
        low, high = (f"{end:d}" if isinstance(end, int) else f"{end:.6g}" for end in (column["low"], column["high"]))
        return low if low == high else f"{low} to {high}"
    if column["values"] is not None:
        return ", ".join(column["values"])
    return f"{column['distinct']:,} different" if column["distinct"] else "none"
