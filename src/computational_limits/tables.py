"""The only reader of the project's data.

``data/datapackage.json`` is the codebook and the only schema. A table is
checked against it each time it is read, and every offence is reported at once.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from computational_limits.checking import CODEBOOK, DataError, Offence, check_resource, open_package, read_codebook
from computational_limits.paths import project_root

if TYPE_CHECKING:
    import pandas as pd
    from frictionless import Resource

PANDAS_TYPES = {"string": "str", "integer": "Int64", "number": "float64"}
"""pandas type of each Frictionless field type the codebook uses."""


def table_paths(root: Path) -> dict[str, Path]:
    """File of each table in the codebook, in its order."""
    return {entry["name"]: root / "data" / entry["path"] for entry in read_codebook(root)["resources"]}


def check_tables(root: Path) -> dict[str, int]:
    """Check every table against the codebook.

    Parameters
    ----------
    root : Path
        Project folder.

    Returns
    -------
    dict
        Rows of each table.

    Raises
    ------
    DataError
        With every offence in every table.
    """
    offences: dict[Offence, None] = {}
    rows: dict[str, int] = {}
    for resource in open_package(root).resources:
        found, count = check_resource(resource, root)
        offences.update(dict.fromkeys(found))
        rows[str(resource.name)] = count
    if offences:
        raise DataError(offences)
    return rows


def read_table(name: str, root: Path | None = None) -> pd.DataFrame:
    """Read and check one table.

    Parameters
    ----------
    name : str
        Name of a table in the codebook.
    root : Path, optional
        Project folder; found from the current folder by default.

    Returns
    -------
    DataFrame
        Columns in the order of the codebook; text that is absent is missing.

    Raises
    ------
    KeyError
        If the codebook has no such table.
    DataError
        With every offence in the table.
    """
    root = root or project_root()
    package = open_package(root)
    if not package.has_resource(name):
        raise KeyError(f"no table {name!r} in {CODEBOOK}{suggestion(name, package.resource_names)}")
    resource = package.get_resource(name)
    offences, _ = check_resource(resource, root)
    if offences:
        raise DataError(offences)
    return _load(resource, root)


def read_tables(root: Path) -> dict[str, pd.DataFrame]:
    """Read and check every table, each once.

    Parameters
    ----------
    root : Path
        Project folder.

    Returns
    -------
    dict
        Name to table, in the order of the codebook; see `read_table`.

    Raises
    ------
    DataError
        With every offence in every table.
    """
    check_tables(root)
    return {str(resource.name): _load(resource, root) for resource in open_package(root).resources}


def _load(resource: Resource, root: Path) -> pd.DataFrame:
    """A table that was checked."""
    import pandas as pd

    types = {field.name: PANDAS_TYPES[field.type] for field in resource.schema.fields}
    path = root / "data" / str(resource.path)
    return pd.read_csv(path, dtype=types, keep_default_na=False, na_values=[""], encoding="utf-8")


def select_cells(name: str, cell: str, column: str, values: Iterable[str], root: Path) -> set[str]:
    """Cells of the rows of a table in which a column has one of some values.

    Unchecked, for the pipeline: a table that cannot be read has none.
    """
    return {row[cell] for row in _rows_with(name, column, values, root) if row.get(cell)}


def rows_digest(name: str, column: str, values: Iterable[str], root: Path) -> str:
    """Digest of the rows of a table in which a column has one of some values.

    The pipeline hands it to the rules that use those rows and no others, so
    that an edit elsewhere in the table does not run them again. A table that
    cannot be read has the digest of nothing: the check that comes first
    says what is wrong with it.
    """
    digest = hashlib.sha256()
    for row in _rows_with(name, column, values, root):
        digest.update(repr(sorted(row.items(), key=str)).encode())
    return digest.hexdigest()


def _rows_with(name: str, column: str, values: Iterable[str], root: Path) -> list[dict[str, str]]:
    chosen = set(values)
    try:
        with table_paths(root)[name].open(encoding="utf-8", newline="") as file:
            return [row for row in csv.DictReader(file) if row.get(column) in chosen]
    except (DataError, OSError, UnicodeDecodeError, csv.Error, KeyError):
        return []


def suggestion(name: str, known: Iterable[str]) -> str:
    """The closest known name as a question, or the list of all, to end an error with.

    Examples
    --------
    >>> suggestion("imagnet", ["imagenet", "ms-coco"])
    "; did you mean 'imagenet'?"
    """
    known = list(known)
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known: {', '.join(known)}"
