"""What several test modules share: the real project and its models, and a browser."""

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from playwright.sync_api import Browser, sync_playwright
from scipy.special import digamma

from computational_limits.costs import costs_from
from computational_limits.history import hardware_points, models_over_alexnet, read_claims, tabulate_history
from computational_limits.projection import project_targets, select_projections
from computational_limits.regressions import fit_forms, tabulate_regressions
from computational_limits.scaling import Law
from computational_limits.tables import read_table
from computational_limits.vintages import read_models, read_records

PLANTED_SIZES = {
    "hindsight": 94.0,
    "cross-validation": 97.0,
    "one standard error": 110.0,
    "universal": 121.0,
    "textbook": 175.0,
}
"""Observations for twice the noise under each penalty rule, ten covariates being relevant."""

BROWSER_OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_configure() -> None:
    """Heed interrupts, and so do all programs that tests start, also in the background of a shell, which bars them."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


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
def every_projection(models: pd.DataFrame, root: Path) -> pd.DataFrame:
    """The results table ``projections`` of the published vintage, computed here from fewer resamples."""
    costs, targets = costs_from(read_table("assumptions", root)), read_table("targets", root)
    return project_targets(models, targets, costs, 1, resamples=400)


@pytest.fixture(scope="session")
def projections(every_projection: pd.DataFrame) -> pd.DataFrame:
    """Its rows of the published forms and direction."""
    return select_projections(every_projection).reset_index(drop=True)


@pytest.fixture(scope="session")
def systems(root: Path) -> pd.DataFrame:
    """The real table of notable systems."""
    return read_table("systems", root)


@pytest.fixture(scope="session")
def hardware(root: Path) -> pd.DataFrame:
    """Peak rates of the real processors."""
    return hardware_points(read_table("processors", root), read_table("prices", root))


@pytest.fixture(scope="session")
def relatives(root: Path) -> pd.DataFrame:
    """The real ImageNet models over AlexNet."""
    return models_over_alexnet(read_records(root))


@pytest.fixture(scope="session")
def trends(systems: pd.DataFrame, hardware: pd.DataFrame, relatives: pd.DataFrame) -> pd.DataFrame:
    """The results table of this name, computed here."""
    return tabulate_history(systems, hardware, relatives)


@pytest.fixture(scope="session")
def readings(systems: pd.DataFrame, hardware: pd.DataFrame, trends: pd.DataFrame) -> pd.DataFrame:
    """The results table of this name, computed here."""
    return read_claims(systems, hardware, trends)


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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    chromium = shutil.which("chromium")
    if not chromium:
        pytest.fail("the book is tested in Chromium, which is not installed: install the packages in tests/apt.txt")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=BROWSER_OPTIONS)
        yield opened
        opened.close()


def planted_risks(relevant: int, snr: float, sizes: np.ndarray) -> pd.DataFrame:
    """Mean log10 risk of every estimator: closed forms, and for the LASSO a power law through `PLANTED_SIZES`."""
    n, p, s = sizes.astype(float), 1000, relevant
    log10_chi = [(digamma(k / 2) - digamma((np.fmax(n, k) - k + 1) / 2)) / np.log(10) for k in (s, p)]
    omitted = snr / s
    below = np.log10(np.fmax(snr * (1 - n / p), 0) + n / np.fmax(p - n, 0.5))
    forms = {
        ("oracle", ""): np.where(n > s, log10_chi[0], np.inf),
        ("expert", ""): np.log10(omitted + (1 + omitted) * s / np.fmax(n - s - 1, 0.5)),
        ("flexible", ""): np.where(n < p, below, log10_chi[1]),
        **{
            ("regularised flexible", rule): np.fmin(np.log10(snr), np.log10(2) - 1.2 * np.log10(n / (size * s / 10)))
            for rule, size in PLANTED_SIZES.items()
        },
    }
    parts = [
        pd.DataFrame({"estimator": name, "penalty": rule, "n": sizes, "performance_mean": -log10_risk})
        for (name, rule), log10_risk in forms.items()
    ]
    table = pd.concat(parts, ignore_index=True)
    return table[np.isfinite(table["performance_mean"])].assign(relevant=relevant, snr=snr)


@pytest.fixture(scope="session")
def planted_simulation() -> pd.DataFrame:
    """A table of the shape of ``simulation.csv``: the planted risks and a little noise."""
    grid = np.array([12, 25, 50, 75, 90, 105, 125, 150, 175, 200, 300, 500, 800, 1000, 1250, 1500])
    main = np.union1d(grid, [15, 2500, 5000, 10_000])
    designs = [(s, snr, grid, 40) for s in (5, 10, 30) for snr in (4.0, 10.0, 30.0, 100.0, 1000.0)]
    parts = [
        planted_risks(s, snr, sizes).assign(repetitions=repetitions)
        for s, snr, sizes, repetitions in [*designs, (10, 30.0, main, 1000)]
    ]
    table = pd.concat(parts, ignore_index=True).assign(covariates=1000, coefficient_law="equal")
    error = 0.1 / np.sqrt(table["repetitions"])
    performance = table["performance_mean"] + 0.3 * error * np.random.default_rng(1).normal(size=len(table))
    n, penalised = table["n"], table["penalty"] != ""
    fitted = table["relevant"].where(table["estimator"].isin(["oracle", "expert"]), 1000)
    return table.assign(
        performance_mean=performance,
        performance_se=error,
        risk_mean=10.0**-performance,
        risk_se=10.0**-performance * error,
        flop_mean=np.where(penalised, 4000.0, 1.0) * n * fitted * np.where(penalised, 1, np.minimum(fitted, n)),
    )


@pytest.fixture(scope="session")
def planted_curves() -> pd.DataFrame:
    """Lines of every design of `planted_simulation`; cross-validation has none."""
    sizes = np.union1d(np.geomspace(12, 10_000, 50).round().astype(int), [15, 990, 998, 1000, 1002, 1010, 1500])
    table = pd.concat(
        [planted_risks(s, snr, sizes) for s in (5, 10, 30) for snr in (4.0, 10.0, 30.0, 100.0, 1000.0)],
        ignore_index=True,
    )
    return table[~table["penalty"].isin(["cross-validation", "one standard error"])]
