"""Check the tables against the codebook and say what is wrong, and where.

Frictionless does the checking. This module adds what a table schema cannot
say (keys of a bibliography, numbers as pandas reads them), and turns every
finding into one `Offence` with file, line, column, rule and value.
"""

from __future__ import annotations

import csv
import difflib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from computational_limits.quantities import read_duration

if TYPE_CHECKING:
    from frictionless import Package, Resource
    from frictionless.errors import Error

CODEBOOK = "data/datapackage.json"
PLAIN_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
"""How a number is written in a table: no spaces, separators, or words."""
NUMERIC = ("number", "integer")


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
    """The data breaks the codebook, or whatever else it is checked against.

    Attributes
    ----------
    offences : tuple of Offence
        Everything found, in the order of the files and lines.
    """

    def __init__(self, offences: Iterable[Offence], against: str = CODEBOOK) -> None:
        self.offences = tuple(offences)
        count = len(self.offences)
        heading = f"{count} offence{'s' if count != 1 else ''} against {against}"
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


def open_package(root: Path) -> Package:
    """Open the codebook as a Frictionless package.

    Raises
    ------
    DataError
        If it is not a valid data package.
    """
    from frictionless import FrictionlessException, Package

    read_codebook(root)
    try:
        return Package(str(root / CODEBOOK))
    except FrictionlessException as error:
        reasons = error.reasons or [error.error]
        raise DataError(Offence(CODEBOOK, 0, "", reason.note, "") for reason in reasons) from error


def check_resource(resource: Resource, root: Path) -> tuple[list[Offence], int]:
    """Find every offence of one table.

    Parameters
    ----------
    resource : Resource
        A table of the package.
    root : Path
        Project folder.

    Returns
    -------
    offences : list of Offence
        In the order of the lines; one for each cell at fault.
    rows : int
        Rows of the table.
    """
    from frictionless import Checklist

    file = f"data/{resource.path}"
    if not (root / file).is_file():
        return [Offence(file, 0, "", "must exist: the codebook lists it", "")], 0
    checklist = Checklist.from_descriptor({"checks": resource.custom.get("checks", [])})
    (task,) = resource.validate(checklist).tasks
    errors = [error for error in task.errors if error.type != "scheme-error"]  # a table it refers to: said there
    heading = [error for error in errors if not getattr(error, "row_number", None)]
    if heading:  # with a wrong header or an unreadable file, cells mean nothing
        return sorted(_describe(error, resource, file, 1 if "header" in str(error.tags) else 0) for error in heading), 0
    lines, rows = _read_rows(root / file)
    offences = [*_check_cells(resource, root, file, lines, rows), *_check_durations(resource, file, lines, rows)]
    offences += [
        _describe(error, resource, file, lines[error.row_number - 1])
        for error in errors
        if not _said_elsewhere(error, errors)
    ]
    first = {(offence.line, offence.column): offence for offence in reversed(offences)}
    return sorted(first.values()), int(task.stats.get("rows", 0) or 0)


def _read_rows(path: Path) -> tuple[list[int], list[list[str]]]:
    """Rows of a file with the line each begins on; a quoted cell may hold line breaks."""
    lines, rows, last = [], [], 0
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream)
        for row in reader:
            lines.append(last + 1)
            rows.append(row)
            last = reader.line_num
    return lines, rows


def _check_cells(
    resource: Resource, root: Path, file: str, lines: list[int], rows: list[list[str]]
) -> Iterator[Offence]:
    """Offences of single cells that a table schema cannot describe."""
    bibliographies: dict[str, frozenset[str]] = {}
    for index, field in enumerate(resource.schema.fields):
        path = field.custom.get("references")
        if path and path not in bibliographies:
            try:
                bibliographies[path] = _bibliography_keys(root / path)
            except ValueError as error:
                yield Offence(path, 0, "", str(error), "")
                bibliographies[path] = frozenset()
        for line, row in zip(lines[1:], rows[1:], strict=True):
            cell = row[index] if index < len(row) else ""
            if not cell:
                continue
            if field.type in NUMERIC and not PLAIN_NUMBER.fullmatch(cell):
                yield Offence(file, line, field.name, "must be a plain number", cell)
            if path and bibliographies[path] and cell not in bibliographies[path]:
                close = difflib.get_close_matches(cell, bibliographies[path], n=1)
                hint = f"; did you mean {close[0]!r}?" if close else ""
                yield Offence(file, line, field.name, f"must be a key of {path}{hint}", cell)


def _check_durations(resource: Resource, file: str, lines: list[int], rows: list[list[str]]) -> Iterator[Offence]:
    """Offences of times that are not what the words beside them say."""
    columns: dict[str, str] = resource.custom.get("durations", {})
    if not columns:
        return
    for line, row in zip(lines[1:], rows[1:], strict=True):
        cells = dict(zip(rows[0], row, strict=False))
        words = cells.get(columns["words"], "")
        try:
            duration = read_duration(words)
            devices, epochs = (_positive(cells.get(columns[name], "")) for name in ("devices", "epochs"))
            span = duration.wall_clock(devices, epochs) if duration else None
        except ValueError as error:
            yield Offence(file, line, columns["words"], str(error), words)
            continue
        for end in ("low", "high"):
            cell = cells.get(columns[end], "")
            stated = getattr(span, end) if span else None
            if cell and not PLAIN_NUMBER.fullmatch(cell):
                continue  # said of the cell itself
            if (float(cell) if cell else None) != stated:
                should = f"must be {stated:.12g}" if stated is not None else "must be empty"
                yield Offence(file, line, columns[end], f"{should}, by {columns['words']} {words!r}", cell)


def _positive(cell: str) -> float | None:
    """A number above zero, or none where there is no such number: said of the cell itself."""
    return float(cell) if PLAIN_NUMBER.fullmatch(cell) and float(cell) > 0 else None


def _bibliography_keys(path: Path) -> frozenset[str]:
    from pybtex.database import parse_file
    from pybtex.exceptions import PybtexError

    if not path.is_file():
        raise ValueError("must exist: the codebook refers to it")
    try:
        return frozenset(parse_file(str(path)).entries.keys())
    except (PybtexError, UnicodeDecodeError) as error:
        raise ValueError(f"must be BibTeX ({error})") from error


def _said_elsewhere(error: Error, errors: Iterable[Error]) -> bool:
    """Whether another offence of the row says the same more precisely."""
    others = [other for other in errors if other.row_number == error.row_number and other is not error]
    if any(other.type == "blank-row" for other in others):
        return True
    if error.type == "row-constraint":
        return any(getattr(other, "field_name", None) for other in others)
    if error.type == "constraint-error":
        return any(
            other.type == "missing-cell" and getattr(other, "field_name", None) == error.field_name for other in others
        )
    return False


def _describe(error: Error, resource: Resource, file: str, line: int) -> Offence:
    name, label = getattr(error, "field_name", None), getattr(error, "label", None)
    column = str(name or label or "")
    value = str(getattr(error, "cell", None) or (label if name else None) or "")
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
        return _describe_constraint(error.note, resource.schema.get_field(column).constraints)
    if error.type == "primary-key":
        return f"must be unique ({error.note.replace('row at position', 'row on line')})"
    if error.type == "row-constraint":
        return str(error.note).replace("the row constraint to conform is ", "the row must satisfy ")
    if error.type == "incorrect-label":
        return "must be headed by its name in the codebook"
    if error.type == "type-error":
        return f"must be of type {resource.schema.get_field(column).type}"
    if error.type == "foreign-key":
        return f"must be in table {error.reference_name}"
    if error.type == "missing-cell":
        return "must be there: the row ends too early"
    if error.type == "blank-row":
        return "must not be blank"
    return f"{str(error.title).lower()}: {error.note}"


def _describe_constraint(note: str, constraints: dict[str, Any]) -> str:
    rule = note.split('"')[1]
    bound: Any = constraints.get(rule)
    words = {
        "required": "must not be empty",
        "unique": "must be unique",
        "pattern": f"must match {bound}",
        "minimum": f"must be at least {bound}",
        "maximum": f"must be at most {bound}",
        "exclusiveMinimum": f"must be above {bound}",
        "exclusiveMaximum": f"must be below {bound}",
    }
    if rule == "enum":
        return f"must be one of {', '.join(map(str, bound))}"
    return words.get(rule, note)
