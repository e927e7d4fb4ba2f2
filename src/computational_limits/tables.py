"""The only reader of the project's data.

``data/datapackage.json`` is the codebook and the only schema. A table is
checked against it each time it is read, and every offence is reported at once,
with its file, line, column, rule and value.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from computational_limits.paths import project_root

if TYPE_CHECKING:
    import pandas as pd
    from frictionless import Package, Resource
    from frictionless.errors import Error

CODEBOOK = "data/datapackage.json"
PANDAS_TYPES = {"string": "str", "integer": "Int64", "number": "float64"}
"""pandas type of each Frictionless field type the codebook uses."""


@dataclass(frozen=True, slots=True, order=True)
class Offence:
    """One thing wrong with the data, and where.

    Attributes
    ----------
    file : str
        Path from the project folder.
    line : int
        Line of the file, counted from 1; 0 for the file as a whole.
    column : str
        Name of the column; empty for a row or file as a whole.
    rule : str
        The rule that is broken.
    value : str
        The offending value; empty for a row or file as a whole.
    """

    file: str
    line: int
    column: str
    rule: str
    value: str

    def __str__(self) -> str:
        place = self.file + (f" line {self.line}" if self.line else "")
        what = f"{self.column} = {self.value}" if self.column else self.value
        return f"{place}: {what} breaks the rule: {self.rule}" if what else f"{place}: {self.rule}"


class DataError(ValueError):
    """The data breaks the codebook.

    Attributes
    ----------
    offences : tuple of Offence
        Everything found, in the order of the files and lines.
    """

    def __init__(self, offences: Iterable[Offence]) -> None:
        self.offences = tuple(offences)
        count = len(self.offences)
        heading = f"{count} offence{'s' if count != 1 else ''} against {CODEBOOK}"
        super().__init__("\n".join([heading, *(f"  {offence}" for offence in self.offences)]))


def read_codebook(root: Path) -> dict[str, Any]:
    """Read the codebook as a plain mapping.

    Raises
    ------
    DataError
        If it is missing or not JSON.
    """
    try:
        codebook: dict[str, Any] = json.loads((root / CODEBOOK).read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError([Offence(CODEBOOK, 0, "", f"must be readable ({error.strerror})", "")]) from error
    except UnicodeDecodeError as error:
        raise DataError([Offence(CODEBOOK, 0, "", f"must be UTF-8 ({error.reason})", "")]) from error
    except json.JSONDecodeError as error:
        raise DataError([Offence(CODEBOOK, error.lineno, "", f"must be JSON ({error.msg})", "")]) from error
    return codebook


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
    package = _open_package(root)
    offences: list[Offence] = []
    rows: dict[str, int] = {}
    for resource in package.resources:
        found, count = _check_resource(resource, root)
        offences += found
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
    import pandas as pd

    root = root or project_root()
    package = _open_package(root)
    if not package.has_resource(name):
        raise KeyError(f"no table {name!r} in {CODEBOOK}{suggestion(name, package.resource_names)}")
    resource = package.get_resource(name)
    offences, _ = _check_resource(resource, root)
    if offences:
        raise DataError(offences)
    types = {field.name: PANDAS_TYPES[field.type] for field in resource.schema.fields}
    return pd.read_csv(
        root / "data" / str(resource.path),
        dtype=types,
        keep_default_na=False,
        na_values=[""],
        encoding="utf-8",
    )


def rows_digest(name: str, column: str, value: str, root: Path) -> str:
    """Digest of the lines of a table in which a column has a value.

    The pipeline hands it to the rules that use those rows and no others, so
    that an edit elsewhere in the table does not run them again. A table that
    cannot be read has the digest of nothing: the check that runs first
    says what is wrong with it.
    """
    import csv

    digest = hashlib.sha256()
    try:
        with table_paths(root)[name].open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row.get(column) == value:
                    digest.update(repr(sorted(row.items(), key=str)).encode())
    except (DataError, OSError, UnicodeDecodeError, csv.Error, KeyError):
        pass
    return digest.hexdigest()


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


def _open_package(root: Path) -> Package:
    from frictionless import FrictionlessException, Package

    read_codebook(root)
    try:
        return Package(str(root / CODEBOOK))
    except FrictionlessException as error:
        reasons = error.reasons or [error.error]
        raise DataError(Offence(CODEBOOK, 0, "", reason.note, "") for reason in reasons) from error


def _check_resource(resource: Resource, root: Path) -> tuple[list[Offence], int]:
    """Offences of one table, in the order of its lines, and its number of rows."""
    from frictionless import Checklist

    file = f"data/{resource.path}"
    if not (root / file).is_file():
        return [Offence(file, 0, "", "must exist: the codebook lists it", "")], 0
    checklist = Checklist.from_descriptor({"checks": resource.custom.get("checks", [])})
    (task,) = resource.validate(checklist).tasks
    offences = [_describe(error, resource, file) for error in task.errors if not _said_elsewhere(error, task.errors)]
    if not any(offence.line == 0 for offence in offences):
        offences += _check_references(resource, root, file)
    return sorted(offences), int(task.stats.get("rows", 0) or 0)


def _said_elsewhere(error: Error, errors: Iterable[Error]) -> bool:
    """Whether another offence says the same more precisely."""
    if error.type == "scheme-error":  # a table this one refers to: reported with that table
        return True
    line, field = getattr(error, "row_number", None), getattr(error, "field_name", None)
    others = [other for other in errors if getattr(other, "row_number", None) == line and other is not error]
    if error.type == "row-constraint":
        return any(getattr(other, "field_name", None) for other in others)
    if error.type == "constraint-error":
        return any(other.type == "missing-cell" and getattr(other, "field_name", None) == field for other in others)
    return False


def _describe(error: Error, resource: Resource, file: str) -> Offence:
    line = int(getattr(error, "row_number", None) or 0)
    column = str(getattr(error, "field_name", None) or getattr(error, "label", None) or "")
    value = str(getattr(error, "cell", "") or "")
    if error.type == "foreign-key":
        column = " + ".join(error.field_names)
        value = " + ".join(map(str, error.field_cells))
    elif error.type == "primary-key":
        column = " + ".join(resource.schema.primary_key)
        value = " + ".join(_cells(error, resource.schema.primary_key, resource))
    elif error.type == "row-constraint":
        columns = _columns_named_in(error.note, resource)
        column, value = " + ".join(columns), " + ".join(_cells(error, columns, resource))
    return Offence(file, line, column, _describe_rule(error, column, resource), value)


def _cells(error: Error, columns: Iterable[str], resource: Resource) -> list[str]:
    names = [field.name for field in resource.schema.fields]
    return [str(error.cells[names.index(column)]) for column in columns]


def _columns_named_in(formula: str, resource: Resource) -> list[str]:
    words = set(re.findall(r"[a-z_0-9]+", formula))
    return [field.name for field in resource.schema.fields if field.name in words]


def _describe_rule(error: Error, column: str, resource: Resource) -> str:
    """The broken rule in words, with what would satisfy it."""
    if error.type == "constraint-error":
        constraints = resource.schema.get_field(column).constraints
        rule = error.note.split('"')[1]
        bound = constraints.get(rule)
        if rule == "enum":
            return f"must be one of {', '.join(map(str, bound))}"
        words = {
            "required": "must not be empty",
            "unique": "must be unique",
            "pattern": f"must match {bound}",
            "minimum": f"must be at least {bound}",
            "maximum": f"must be at most {bound}",
            "exclusiveMinimum": f"must be above {bound}",
            "exclusiveMaximum": f"must be below {bound}",
        }
        return words.get(rule, str(error.note))
    if error.type == "type-error":
        return f"must be of type {resource.schema.get_field(column).type}"
    if error.type == "missing-cell":
        return "must be there: the row ends too early"
    if error.type == "primary-key":
        return f"must be unique ({error.note.replace('row at position', 'row on line')})"
    if error.type == "foreign-key":
        return f"must be in table {error.reference_name}"
    if error.type == "row-constraint":
        return str(error.note).replace("the row constraint to conform is ", "the row must satisfy ")
    return f"{str(error.title).lower()}: {error.note}"


def _check_references(resource: Resource, root: Path, file: str) -> Iterator[Offence]:
    """Offences of columns that hold keys of a bibliography."""
    import csv

    columns = {
        field.name: field.custom["references"] for field in resource.schema.fields if "references" in field.custom
    }
    if not columns:
        return
    keys = {path: _bibliography_keys(root / path) for path in set(columns.values())}
    with (root / file).open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        for row in reader:
            for column, path in columns.items():
                key = row.get(column)
                if key and key not in keys[path]:
                    close = difflib.get_close_matches(key, keys[path], n=1)
                    hint = f"; did you mean {close[0]!r}?" if close else ""
                    yield Offence(file, reader.line_num, column, f"must be a key of {path}{hint}", key)


def _bibliography_keys(path: Path) -> frozenset[str]:
    from pybtex.database import parse_file

    try:
        return frozenset(parse_file(str(path)).entries.keys())
    except OSError as error:
        raise DataError([Offence(str(path), 0, "", f"must be readable ({error.strerror})", "")]) from error
