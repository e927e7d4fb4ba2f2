"""Grids of parameters: a YAML file that says with which values a notebook shall run.

A grid is read and checked as a whole. Every fault is found, with its line, before
anything runs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import jupytext
import yaml

from computational_limits.notebooks import ParameterError, declared_parameters, parameter_fault
from computational_limits.tables import suggestion

KEYS = ("notebook", "analysis", "parameters", "zip", "sets", "exclude")
"""What a grid may hold."""
RANGE_KEYS = ("from", "to", "step", "count", "scale")
SCALES = ("linear", "log")
SIGNIFICANT = 12
"""Significant digits of the values of a range."""
MOST_RUNS = 100_000
SCIENTIFIC = re.compile(r"[+-]?\d+(\.\d*)?[eE][+-]?\d+")
"""A number that YAML 1.1 takes for text."""
CHAPTER = re.compile(r"\d+[a-z]?_(\w+)")
"""Name of a notebook's file, with that of its analysis."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong with a grid, and where.

    Attributes
    ----------
    file : str
        The grid as it was named.
    line, column : int
        Place in the file, counted from 1.
    text : str
        What is wrong, with the value and what could be meant.
    """

    file: str
    line: int
    column: int
    text: str

    def __str__(self) -> str:
        return f"{self.file} line {self.line}, column {self.column}: {self.text}"


class GridError(ValueError):
    """A grid that cannot run.

    Attributes
    ----------
    faults : tuple of Fault
        All of them, in the order of the file.
    """

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        count = len(self.faults)
        heading = f"{count} fault{'s' if count != 1 else ''} in the grid; nothing was run"
        super().__init__("\n".join([heading, *(f"  {fault}" for fault in self.faults)]))


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the notebook.

    Attributes
    ----------
    parameters : mapping
        Every parameter of the notebook, defaults included.
    of_set : str
        Name of the set it belongs to; empty without sets.
    """

    parameters: Mapping[str, Any]
    of_set: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """A checked grid.

    Attributes
    ----------
    script : Path
        The notebook.
    runs : tuple of Run
        In the order of the file, the last parameter changing fastest.
    varied : tuple of str
        Parameters that the grid gives.
    has_sets : bool
        Whether the runs belong to named sets.
    """

    script: Path
    runs: tuple[Run, ...]
    varied: tuple[str, ...]
    has_sets: bool


def read_grid(path: Path, root: Path) -> Grid:
    """Read a grid and check every value against the parameters of its notebook.

    Parameters
    ----------
    path : Path
        YAML file.
    root : Path
        Project folder. A notebook is sought beside the grid, then there.

    Raises
    ------
    GridError
        With every fault.
    FileNotFoundError
        If there is no such file.
    """
    if not path.is_file():
        raise FileNotFoundError(f"no grid {path}")
    try:
        return _Reader(path, root).read()
    except RecursionError as error:
        raise GridError([Fault(str(path), 1, 1, "no YAML that ends: it contains itself")]) from error


def spread_values(low: float, high: float, *, step: float = 0.0, count: int = 0, log: bool = False) -> list[float]:
    """Values of a range, both ends included.

    Parameters
    ----------
    low, high : float
        Its ends; both positive on a logarithmic scale.
    step : float
        Distance of neighbours; the last value is the last one not above ``high``.
    count : int
        How many, in place of a step.
    log : bool
        Whether neighbours have equal ratios rather than equal distances.

    Examples
    --------
    >>> spread_values(0.1, 0.4, step=0.1), spread_values(1, 1000, count=4, log=True)
    ([0.1, 0.2, 0.3, 0.4], [1.0, 10.0, 100.0, 1000.0])
    """
    if step:
        first, last, width = (Decimal(repr(value)) for value in (low, high, step))
        return [float(first + index * width) for index in range(int((last - first) // width) + 1)]
    if count == 1:
        return [float(low)]
    ends = (math.log10(low), math.log10(high)) if log else (low, high)
    inner = [ends[0] + (ends[1] - ends[0]) * index / (count - 1) for index in range(1, count - 1)]
    return [float(low), *(_rounded(10.0**value if log else value) for value in inner), float(high)]


def _rounded(value: float) -> float:
    return float(f"{value:.{SIGNIFICANT}g}")


@dataclass(slots=True)
class _Reader:
    """Reads one grid; collects faults on the way."""

    path: Path
    root: Path
    declared: Mapping[str, Any] = field(default_factory=dict)
    known: bool = False
    faults: list[Fault] = field(default_factory=list)
    given: dict[str, yaml.Node] = field(default_factory=dict)

    def read(self) -> Grid:
        entries = self._entries()
        script = self._script(entries)
        axes = [
            *self._sets(entries.get("sets")),
            *self._zipped(entries.get("zip")),
            *self._parameters(entries.get("parameters")),
        ]
        runs = self._runs(axes, entries)
        if self.faults:
            raise GridError(self.faults)
        return Grid(script, tuple(runs), tuple(self.given), "sets" in entries)

    def _fault(self, node: yaml.Node | None, text: str) -> None:
        line, column = (node.start_mark.line + 1, node.start_mark.column + 1) if node else (1, 1)
        self.faults.append(Fault(str(self.path), line, column, text))

    def _entries(self) -> dict[str, yaml.Node]:
        """Keys of the grid to their nodes; without them nothing else can be checked."""
        try:
            document = yaml.compose(self.path.read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader)
        except UnicodeDecodeError as error:
            raise GridError([Fault(str(self.path), 1, 1, f"must be UTF-8 ({error.reason})")]) from error
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            raise GridError([Fault(str(self.path), *place, f"no YAML: {error.problem}")]) from error
        except yaml.YAMLError as error:
            raise GridError([Fault(str(self.path), 1, 1, f"no YAML: {error}")]) from error
        if not isinstance(document, yaml.MappingNode):
            self._fault(document, f"a grid is a mapping with some of {', '.join(KEYS)}")
            raise GridError(self.faults)
        entries = {}
        for key, node, value in self._items(document, "the grid"):
            if key in KEYS:
                entries[key] = value
            else:
                self._fault(node, f"a grid has no {key!r}{suggestion(key, KEYS)}")
        return entries

    def _items(self, node: yaml.Node | None, what: str) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
        """Name, its node and its value's node of every entry of a mapping."""
        if node is None:
            return
        if not isinstance(node, yaml.MappingNode):
            self._fault(node, f"{what} must be a mapping of names to values, not {_plain(node)!r}")
            return
        seen = set()
        for key, value in node.value:
            name = str(_plain(key))
            if name in seen:
                self._fault(key, f"{name!r} is there twice in {what}")
                continue
            seen.add(name)
            yield name, key, value

    def _script(self, entries: Mapping[str, yaml.Node]) -> Path:
        """The notebook, with its parameters read."""
        named = [key for key in ("notebook", "analysis") if key in entries]
        if len(named) != 1:
            self._fault(entries.get("analysis"), "a grid names one notebook or one analysis")
            return self.path
        node = entries[named[0]]
        name = str(_plain(node))
        chapters = {
            found[1]: path
            for path in sorted((self.root / "notebooks").glob("*.py"))
            if (found := CHAPTER.fullmatch(path.stem))
        }
        if named[0] == "analysis":
            candidates = [chapters[name]] if name in chapters else []
            hint = suggestion(name, chapters)
        else:
            candidates = [place / name for place in (self.path.parent, self.root) if (place / name).is_file()]
            hint = suggestion(name, [str(path.relative_to(self.root)) for path in chapters.values()])
        if not candidates:
            self._fault(node, f"no {named[0]} {name!r}{hint}")
            return self.path
        try:
            self.declared = declared_parameters(jupytext.read(candidates[0]))
            self.known = True
        except (ParameterError, SyntaxError, UnicodeDecodeError) as error:
            self._fault(node, f"{name}: {error}")
        return candidates[0].resolve()

    def _sets(self, node: yaml.Node | None) -> Iterator[list[dict[str, Any]]]:
        """Named sets as one axis; the name of the set stands under the empty name."""
        chosen: list[dict[str, Any]] = []
        first: dict[str, yaml.Node] = {}
        for name, _, members in self._items(node, "sets"):
            values = {}
            for parameter, key, value in self._items(members, f"set {name!r}"):
                first.setdefault(parameter, key)
                values[parameter] = self._checked(parameter, key, value)
            chosen.append({"": name, **values})
        for parameter, key in first.items():
            self._claim(parameter, key)
            for entry in chosen:
                if parameter not in entry and self.known and parameter in self.declared:
                    entry[parameter] = self.declared[parameter]
        if node is not None and chosen:
            yield chosen

    def _zipped(self, node: yaml.Node | None) -> Iterator[list[dict[str, Any]]]:
        """Lists that go together as one axis each; one mapping, or a list of them."""
        groups = node.value if isinstance(node, yaml.SequenceNode) else [] if node is None else [node]
        for group in groups:
            columns = {}
            for name, key, value in self._items(group, "zip"):
                self._claim(name, key)
                columns[name] = self._values(name, key, value, alone=False)
            lengths = {name: len(values) for name, values in columns.items()}
            if len(set(lengths.values())) > 1:
                told = ", ".join(f"{name} has {length}" for name, length in lengths.items())
                self._fault(group, f"lists that are zipped must be equally long: {told}")
            elif columns:
                yield [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    def _parameters(self, node: yaml.Node | None) -> Iterator[list[dict[str, Any]]]:
        for name, key, value in self._items(node, "parameters"):
            self._claim(name, key)
            yield [{name: one} for one in self._values(name, key, value)]

    def _claim(self, name: str, key: yaml.Node) -> None:
        """Refuse a parameter that two parts of the grid give."""
        if name in self.given:
            self._fault(key, f"parameter {name!r} is given in line {self.given[name].start_mark.line + 1} already")
        else:
            self.given[name] = key

    def _values(self, name: str, key: yaml.Node, node: yaml.Node, alone: bool = True) -> list[Any]:
        """All values of a parameter, checked: a list, a range, or a single one."""
        if isinstance(node, yaml.SequenceNode) and node.value:
            values: list[Any] = []
            for item in node.value:
                value = self._checked(name, key, item)
                if alone and any(value == other and type(value) is type(other) for other in values):
                    self._fault(item, f"parameter {name!r} has the value {value!r} twice")
                values.append(value)
            return values
        if isinstance(node, yaml.SequenceNode):
            self._fault(node, f"parameter {name!r} has an empty list: nothing would run")
            return []
        if isinstance(node, yaml.MappingNode):
            return self._range(name, key, node)
        return [self._checked(name, key, node)]

    def _checked(self, name: str, key: yaml.Node, node: yaml.Node) -> Any:
        """A value of the type of its parameter."""
        value = _plain(node)
        if self.known:
            fault = parameter_fault(self.declared, name, value)
            if fault:
                self._fault(key if name not in self.declared else node, fault)
            elif isinstance(self.declared[name], float):
                return float(value)
        return value

    def _range(self, name: str, key: yaml.Node, node: yaml.MappingNode) -> list[Any]:
        """Values of a range; those of an integer parameter are whole."""
        before = len(self.faults)
        ends = {part: (place, _plain(value)) for part, place, value in self._items(node, f"the range of {name!r}")}
        for part, (place, value) in ends.items():
            if part not in RANGE_KEYS:
                self._fault(place, f"a range has no {part!r}{suggestion(part, RANGE_KEYS)}")
            elif part == "scale" and value not in SCALES:
                self._fault(place, f"scale = {value!r}{suggestion(str(value), SCALES)}")
            elif part != "scale" and (
                not isinstance(value, (int, float)) or isinstance(value, bool) or not math.isfinite(value)
            ):
                self._fault(place, f"{part} = {value!r} of the range of {name!r} must be a number")
        log = ends.get("scale", (None, "linear"))[1] == "log"
        if {"from", "to"} - set(ends) or ("step" in ends) == ("count" in ends):
            self._fault(node, f"the range of {name!r} needs from, to, and either step or count")
        if len(self.faults) > before:
            return []
        low, high, step, count = (ends[part][1] if part in ends else 0 for part in ("from", "to", "step", "count"))
        if "step" in ends and (step <= 0 or log):
            self._fault(node, f"step = {step!r} must be above 0, on a linear scale; on a log scale say count")
        elif "count" in ends and (not isinstance(count, int) or not 1 <= count <= MOST_RUNS):
            self._fault(node, f"count = {count!r} must be a whole number from 1 to {MOST_RUNS}")
        elif low > high or (log and low <= 0):
            self._fault(node, f"a range goes from low to high{', from above 0 on a log scale' if log else ''}")
        elif step and (high - low) / step > MOST_RUNS:
            self._fault(node, f"step = {step!r} gives more than {MOST_RUNS} values")
        if len(self.faults) > before:
            return []
        return self._typed(name, key, node, spread_values(low, high, step=step, count=count, log=log), log)

    def _typed(self, name: str, key: yaml.Node, node: yaml.Node, values: Sequence[float], log: bool) -> list[Any]:
        """Values of a range in the type of its parameter; on a log scale whole numbers are the nearest ones."""
        if not self.known or name not in self.declared:
            if self.known:
                self._fault(key, parameter_fault(self.declared, name, values[0]))
            return list(values)
        default = self.declared[name]
        if isinstance(default, int) and not isinstance(default, bool):
            whole = [round(value) if log or value == round(value) else value for value in values]
            if fault := next((text for value in whole if (text := parameter_fault(self.declared, name, value))), ""):
                self._fault(node, f"{fault}, and so must all values of its range")
            return list(dict.fromkeys(whole))
        if fault := parameter_fault(self.declared, name, values[0]):
            self._fault(node, fault)
        return list(values)

    def _runs(self, axes: Sequence[list[dict[str, Any]]], entries: Mapping[str, yaml.Node]) -> list[Run]:
        """The product of all axes without what is excluded."""
        excluded = self._exclusions(entries.get("exclude"))
        count = math.prod(len(axis) for axis in axes)
        if count > MOST_RUNS:
            self._fault(entries.get("parameters"), f"the grid has {count:,} runs; at most {MOST_RUNS:,}")
        if self.faults:
            return []
        runs = []
        used = [False] * len(excluded)
        for parts in product(*axes):
            given = {name: value for part in parts for name, value in part.items()}
            of_set = str(given.pop("", ""))
            hits = [all(given[name] in values for name, values in rule.items()) for _, rule in excluded]
            used = [was or hit for was, hit in zip(used, hits, strict=True)]
            if not any(hits):
                runs.append(Run({**self.declared, **given}, of_set))
        for (node, _), was_used in zip(excluded, used, strict=True):
            if not was_used:
                self._fault(node, "this exclusion leaves nothing out")
        if not runs:
            self._fault(entries.get("exclude"), "nothing is left to run")
        return runs

    def _exclusions(self, node: yaml.Node | None) -> list[tuple[yaml.Node, dict[str, list[Any]]]]:
        """Each exclusion with its node: a run is left out if all its values are among these."""
        if node is not None and not isinstance(node, yaml.SequenceNode):
            self._fault(node, f"exclude must be a list of mappings, not {_plain(node)!r}")
            return []
        rules = []
        for item in node.value if node is not None else []:
            rule = {}
            for name, key, value in self._items(item, "exclude"):
                if self.known and name in self.declared and name not in self.given:
                    self._fault(key, f"{name!r} is excluded, but the grid does not give it")
                else:
                    rule[name] = self._values(name, key, value)
            if rule:
                rules.append((item, rule))
        return rules


def _plain(node: yaml.Node) -> Any:
    """The value of a node, with 1e3 as the number that YAML takes for text."""
    if isinstance(node, yaml.ScalarNode) and node.style is None and SCIENTIFIC.fullmatch(node.value):
        return float(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item) for item in node.value]
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node, deep=True)
    except yaml.YAMLError:
        return getattr(node, "value", None)
    finally:
        loader.dispose()
