"""What several test modules share: the real project and its models."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from computational_limits.projection import costs_from, project_targets
from computational_limits.regressions import fit_forms, tabulate_regressions
from computational_limits.scaling import Law
from computational_limits.tables import read_table
from computational_limits.vintages import read_models


@pytest.fixture(scope="session")
def root() -> Path:
    """The real project folder."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def models(root: Path) -> pd.DataFrame:
    """The real table of models."""
    return read_models(root=root)


@pytest.fixture(scope="session")
def names(root: Path) -> dict[str, str]:
    """Benchmark to the name of its data set, in reading order."""
    return dict(read_table("benchmarks", root).set_index("benchmark")["name"])


@pytest.fixture(scope="session")
def laws(models: pd.DataFrame, names: dict[str, str]) -> dict[str, dict[str, Law]]:
    """Both laws of each benchmark of the real table of models."""
    return {benchmark: fit_forms(models[models["benchmark"] == benchmark]) for benchmark in names}


@pytest.fixture(scope="session")
def regressions(laws: dict[str, dict[str, Law]]) -> pd.DataFrame:
    """The results table of this name, computed here."""
    parts = [tabulate_regressions(forms, key, "2020", "hardware_burden") for key, forms in laws.items()]
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="session")
def projections(laws: dict[str, dict[str, Law]], root: Path) -> pd.DataFrame:
    """The results table of this name, computed here."""
    costs, targets = costs_from(read_table("assumptions", root)), read_table("targets", root)
    parts = [
        project_targets(laws[key], rows, costs, key, "2020", "hardware burden")
        for key, rows in targets.groupby("benchmark", sort=False)
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="session")
def built(root: Path) -> Path:
    """The folder of the finished report; the tests of it need one."""
    folder = root / "_build"
    parts = ["html/index.html", "pdf/computational-limits.pdf", "results/manifest.json"]
    missing = [part for part in parts if not (folder / part).is_file()]
    if missing:
        pytest.fail(f"no finished report in {folder} ({', '.join(missing)} missing): run `make report` first")
    return folder


@pytest.fixture(scope="session")
def page_names(root: Path) -> list[str]:
    """Pages of the book in reading order, as the contents list them."""
    contents = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    chapters = [chapter["file"] for part in contents["parts"] for chapter in part["chapters"]]
    return [contents["root"], *chapters]
