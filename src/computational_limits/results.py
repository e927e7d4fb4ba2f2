"""The results tables that a report writes and its pages read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from computational_limits.paths import project_root, results_folder

KEY_COLUMNS = {"vintage": "str"}
"""Columns whose text would be read as numbers."""


def read_results(name: str, root: Path | None = None) -> pd.DataFrame:
    """Read a results table of the report being made.

    Parameters
    ----------
    name : str
        ``regressions``, ``projections`` or ``claims``.
    root : Path, optional
        Project folder; found from the current folder by default.

    Raises
    ------
    FileNotFoundError
        If no report has got that far yet.
    """
    path = results_folder(root or project_root()) / f"{name}.csv"
    if not path.is_file():
        raise FileNotFoundError(f"no results table {name!r} yet: run `make report` first")
    return pd.read_csv(path, dtype=KEY_COLUMNS)


def gather(parts: Iterable[Path], into: Path) -> None:
    """Put the tables of several pages under each other, in the order given."""
    table = pd.concat([pd.read_csv(part, dtype=KEY_COLUMNS) for part in parts], ignore_index=True)
    into.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(into, index=False, lineterminator="\n")
