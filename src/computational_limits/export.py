"""Hand the checked tables to other programs: CSV, JSON and Parquet with their codebook.

An export is a Data Package of its own. It is written beside its place and
moved there when complete; only an earlier export is ever replaced.
"""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from computational_limits.checking import read_codebook
from computational_limits.codebook import DERIVED, Entry, constraint_text, read_entries
from computational_limits.consistency import check_formulas, read_whole
from computational_limits.paths import put_in_place
from computational_limits.tables import suggestion
from computational_limits.vintages import VINTAGES, derive_tables

PACKAGE = "datapackage.json"
NAME = "computational-limits-export"
"""Name of an exported package: another than that of ``data/``, which no export may replace."""
BIBLIOGRAPHY = "book/references.bib"
COLUMNS_FILE, README_FILE, BIBLIOGRAPHY_FILE = "codebook.csv", "README.md", "references.bib"
MEDIATYPES = {"csv": "text/csv", "json": "application/json", "parquet": "application/vnd.apache.parquet"}
FORMATS = tuple(MEDIATYPES)
SQL_TYPES = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE"}
"""Type of a Parquet column for each type of the codebook."""
README = """# {title}

Version {version}. {description}

{count} tables, checked against the codebook and against each other before they were written. `{package}` describes
them as a [Data Package](https://datapackage.org/); `{columns}` lists every column with its type, unit and meaning;
`{bibliography}` holds the papers that columns name by key.

| table | rows | what it holds |
|---|---|---|
{tables}

## Reading

A cell that is absent is empty in CSV, `null` in JSON and null in Parquet. Whole numbers may be absent and are still
whole numbers, and text such as `2020` is text, so read by the types of the codebook:

```python
pandas.read_parquet("{example}.parquet", dtype_backend="numpy_nullable")
pandas.read_csv("{example}.csv", dtype=..., keep_default_na=False, na_values=[""])  # types from {columns}
pandas.DataFrame(json.load(open("{example}.json", encoding="utf-8")))
```

No text here begins with `=`, `+`, `-`, `@` or a tab, numbers aside: the check refuses it. A spreadsheet thus finds no
formula in the CSV, and nothing had to be escaped.

## Licence and sources

Creative Commons Attribution 4.0 (CC-BY-4.0). The records are facts from public files of the authors of *The
Computational Limits of Deep Learning*, from Epoch AI (CC BY 4.0), the archive of Papers with Code (CC BY-SA 4.0),
PyTorch Image Models (Apache-2.0) and papers. `{package}` has the licence and the sources of each table.
"""


class ExportError(ValueError):
    """The export cannot be made as asked; the message says why."""


def export(
    root: Path,
    out: Path,
    names: Sequence[str] = (),
    formats: Sequence[str] = FORMATS,
    vintages: Sequence[str] = tuple(VINTAGES),
) -> dict[str, int]:
    """Write tables with their codebook into a folder.

    Parameters
    ----------
    root : Path
        Project folder.
    out : Path
        Folder to write: a new one, an empty one, or an earlier export, which is replaced.
    names : sequence of str
        Tables to write, the derived ones among them; all by default.
    formats : sequence of str
        Of `FORMATS`.
    vintages : sequence of str
        Vintages in table ``vintages``.

    Returns
    -------
    dict
        Rows of each table written, in the order of the codebook.

    Raises
    ------
    ExportError
        If a name is unknown, or something else than an earlier export is in the place.
    DataError
        If the data break the codebook.
    OSError
        If the folder cannot be written. Whatever fails, ``out`` is as before.
    """
    entries = read_entries(root)
    for name in names:
        if name not in entries:
            raise ExportError(f"no table {name!r}{suggestion(name, entries)}")
    for name, known, kind in [
        *((name, FORMATS, "format") for name in formats),
        *((name, VINTAGES, "vintage") for name in vintages),
    ]:
        if name not in known:
            raise ExportError(f"no {kind} {name!r}{suggestion(name, known)}")
    out = out.absolute()
    require_replaceable(out)
    chosen = {name: entry for name, entry in entries.items() if not names or name in names}
    tables = read_whole(root)
    tables |= derive_tables(tables, vintages)
    tables = {name: tables[name] for name in chosen}
    if any(check_formulas(tables)):
        raise ExportError("a derived table holds text that a spreadsheet takes for a formula")
    out.parent.mkdir(parents=True, exist_ok=True)
    waiting = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        _write(waiting, root, chosen, tables, formats)
        waiting.chmod(0o755)  # a temporary folder is its maker's alone
        put_in_place(waiting, out)
    finally:
        shutil.rmtree(waiting, ignore_errors=True)
    return {name: len(table) for name, table in tables.items()}


def require_replaceable(out: Path) -> None:
    """Refuse to write where anything else than an earlier export would be lost.

    Raises
    ------
    ExportError
        If the place holds a file, or a folder with anything that no export wrote.
    """
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise ExportError(f"{out} is not a folder; choose another place for the export")
    if not out.exists() or not any(out.iterdir()):
        return
    try:
        package = json.loads((out / PACKAGE).read_text(encoding="utf-8"))
        ours = package["name"] == NAME
        written = {
            PACKAGE,
            COLUMNS_FILE,
            README_FILE,
            BIBLIOGRAPHY_FILE,
            *(part["path"] for part in package["resources"]),
        }
    except (OSError, ValueError, LookupError, TypeError):
        ours, written = False, set()
    if not ours:
        raise ExportError(f"{out} is not empty and no earlier export; choose another place, or remove it")
    others = sorted({path.name for path in out.iterdir()} - written)
    if others:
        raise ExportError(f"{out} holds {', '.join(others)}, which no export wrote; move that, or choose another place")


def _write(
    folder: Path,
    root: Path,
    entries: Mapping[str, Entry],
    tables: Mapping[str, pd.DataFrame],
    formats: Sequence[str],
) -> None:
    """Every file of an export."""
    resources = []
    for form in formats:
        for name, table in tables.items():
            path = folder / f"{name}.{form}"
            WRITERS[form](table, entries[name], path)
            resources.append(_resource(entries[name], form, path, formats[0], tables))
    codebook = {key: value for key, value in read_codebook(root).items() if key not in ("resources", DERIVED)}
    description = codebook["description"].partition(" This file")[0]  # the rest is true of the source alone
    codebook |= {"name": NAME, "title": f"{codebook['title']}: export", "description": description}
    codebook["resources"] = resources
    _write_json(codebook, folder / PACKAGE)
    _write_columns(entries, folder / COLUMNS_FILE)
    shutil.copyfile(root / BIBLIOGRAPHY, folder / BIBLIOGRAPHY_FILE)
    rows = [f"| `{name}` | {len(tables[name])} | {entry['description']} |" for name, entry in entries.items()]
    readme = README.format(
        title=codebook["title"],
        version=codebook["version"],
        description=description,
        count=len(tables),
        package=PACKAGE,
        columns=COLUMNS_FILE,
        bibliography=BIBLIOGRAPHY_FILE,
        tables="\n".join(rows),
        example=next(iter(tables)),
    )
    (folder / README_FILE).write_text(readme, encoding="utf-8")


def _resource(entry: Entry, form: str, path: Path, first: str, tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """The codebook's part of a table, for one file of it.

    Files of the first format bear the name of their table, the others that of
    their format too; a reference leads to the file of the same format.
    """

    def named(table: str) -> str:
        return table if form == first else f"{table}-{form}"

    schema = {**entry["schema"], "fields": [_field(field) for field in entry["schema"]["fields"]]}
    keys = [key for key in schema.pop("foreignKeys", []) if (key["reference"]["resource"] or entry["name"]) in tables]
    if keys:
        references = [
            {**key["reference"], "resource": key["reference"]["resource"] and named(key["reference"]["resource"])}
            for key in keys
        ]
        schema["foreignKeys"] = [
            {**key, "reference": reference} for key, reference in zip(keys, references, strict=True)
        ]
    content = path.read_bytes()
    kept = ("title", "description", "sources", "licenses", "durations", "checks")
    return {
        "name": named(entry["name"]),
        "type": "table",
        "path": path.name,
        "scheme": "file",
        "format": form,
        "mediatype": MEDIATYPES[form],
        **({} if form == "parquet" else {"encoding": "utf-8"}),
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        **{key: entry[key] for key in kept if key in entry},
        "schema": schema,
    }


def _field(field: Entry) -> dict[str, Any]:
    """A column of the codebook, its bibliography being the one beside it."""
    return {**field, "references": BIBLIOGRAPHY_FILE} if "references" in field else dict(field)


def _write_csv_table(table: pd.DataFrame, entry: Entry, path: Path) -> None:
    table.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def _write_json_table(table: pd.DataFrame, entry: Entry, path: Path) -> None:
    """A record a line: each number to its last digit, what is absent null."""
    plain = table.astype(object).where(table.notna(), None)
    rows = [json.dumps(row, ensure_ascii=False, allow_nan=False) for row in plain.to_dict("records")]
    path.write_text("[\n" + ",\n".join(rows) + "\n]\n", encoding="utf-8")


def _write_parquet_table(table: pd.DataFrame, entry: Entry, path: Path) -> None:
    """Parquet by DuckDB, from CSV with the types of the codebook, so that none is guessed."""
    import duckdb

    source = path.with_suffix(".parquet.csv")
    _write_csv_table(table, entry, source)
    types = {field["name"]: SQL_TYPES[field["type"]] for field in entry["schema"]["fields"]}
    columns = ", ".join(f"{_quoted(name)}: {_quoted(kind)}" for name, kind in types.items())
    dialect = "header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', parallel = false"
    options: dict[str, str | bool | int | float | list[str]] = {"threads": 1, "autoinstall_known_extensions": False}
    with duckdb.connect(config=options) as connection:
        connection.execute(
            f"COPY (SELECT * FROM read_csv({_quoted(str(source))}, {dialect}, columns = {{{columns}}}))"
            f" TO {_quoted(str(path))} (FORMAT parquet, COMPRESSION zstd)"
        )
    source.unlink()


WRITERS: Mapping[str, Callable[[pd.DataFrame, Entry, Path], None]] = {
    "csv": _write_csv_table,
    "json": _write_json_table,
    "parquet": _write_parquet_table,
}


def _write_columns(entries: Mapping[str, Entry], path: Path) -> None:
    """Every column of every table, a row each."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["table", "column", "type", "unit", "meaning", "constraints"])
        for name, entry in entries.items():
            for field in entry["schema"]["fields"]:
                cells = (field["name"], field["type"], field.get("unit", ""), field["description"])
                writer.writerow([name, *cells, constraint_text(field)])


def _write_json(content: Mapping[str, Any], path: Path) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _quoted(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"
