"""Where the project lives on disk.

The only module that knows folder names; everything else asks it.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

ROOT_VARIABLE = "COMPLIMITS_ROOT"
"""Environment variable that names the project folder when it cannot be found from here."""


def project_root(start: Path | None = None) -> Path:
    """Find the folder that holds ``data/datapackage.json``.

    Parameters
    ----------
    start : Path, optional
        Where to begin; the current folder by default. Its parents are searched too.

    Returns
    -------
    Path
        The folder named by ``COMPLIMITS_ROOT`` if that is set, else the nearest match.

    Raises
    ------
    FileNotFoundError
        If neither names or contains a codebook.
    """
    named = os.environ.get(ROOT_VARIABLE)
    here = Path(named).resolve() if named else (start or Path.cwd()).resolve()
    candidates = [here] if named else [here, *here.parents]
    for folder in candidates:
        if (folder / "data" / "datapackage.json").is_file():
            return folder
    raise FileNotFoundError(
        f"no data/datapackage.json in {here}"
        + ("" if named else " or above it")
        + f"; run from inside the project or set {ROOT_VARIABLE}"
    )


def results_folder(root: Path) -> Path:
    """Folder of the results tables that pages read while a report is being made."""
    return root / "_build" / "work" / "results"


def own_benchmarks(root: Path) -> list[Path]:
    """YAML files that register a reader's own benchmarks as chapters of the book."""
    return sorted((root / "data" / "own").glob("*.yml"))


def put_in_place(new: Path, place: Path) -> None:
    """Put a folder in the place of another in one step; a step that was cut off before is undone first."""
    old = place.with_name(f".{place.name}.old")
    if old.exists() and not place.exists():
        old.rename(place)
    shutil.rmtree(old, ignore_errors=True)
    if place.exists():
        place.rename(old)
    try:
        new.rename(place)
    except BaseException:
        if old.exists() and not place.exists():
            old.rename(place)
        raise
    shutil.rmtree(old, ignore_errors=True)
