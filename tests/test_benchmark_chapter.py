"""The chapter of every benchmark: what the template says is true for it, and holds for data it has not seen.

The cells run in this process, without a kernel.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import jupytext
import numpy as np
import pandas as pd
import pytest

from computational_limits import benchmarks, display, vintages
from computational_limits.handover import VALUES_MIME
from computational_limits.pages import fill
from computational_limits.rendering import render_fits, render_laws, render_views, render_ways
from computational_limits.tables import read_table
from computational_limits.vintages import MEASURES, VINTAGES, read_models, select_vintage

PUBLISHED = {  # exponent, whether it has targets, whether other measures are shown
    "imagenet": ("13.6", True, True),
    "ms-coco": ("44.3", True, True),
    "squad-1.1": ("7.8", True, False),
    "conll-2003": ("59.5", True, False),
    "wmt2014-en-fr": ("42.2", True, False),
    "wmt2014-en-de": ("433.9", False, False),
}
LANGUAGE = {  # exponent, whether scores come from several sources
    "mmlu": ("4.2", True),
    "gpqa-diamond": ("8.8", False),
}
HEADINGS = [
    "The question and the data",
    "The models and the line",
    "The published forms and others",
    "What the exponent depends on",
    "Per pass and network operations",
    "What the audit changes",
    "What the targets would take",
    "What can and cannot be concluded",
    "The models one by one",
]
LANGUAGE_HEADINGS = [
    "The question and the data",
    "The models and the line",
    "The published forms and others",
    "Where the scores end",
    "What the exponent depends on",
    "What can and cannot be concluded",
    "The models one by one",
]
LEFT_OVER = re.compile(r"\{\{|\{%|\bnan\b|\bNone\b|\binf\b|= =|p = <|  \S+ models of|\(\)|\. \.|,,")
"""What a reader sees where the template went wrong."""


@dataclass(frozen=True)
class Chapter:
    """The filled text of a chapter, labels of what it shows, and the tables it keeps."""

    text: str
    shown: list[str]
    tables: dict[str, pd.DataFrame]

    @property
    def flat(self) -> str:
        """The text with every break of a line a blank."""
        return re.sub(r"\s+", " ", self.text)


def run_chapter(root: Path, benchmark: str, script: str = "04_benchmark.py") -> Chapter:
    """Run the cells of the template, or of another script, and fill its text."""
    notebook = jupytext.read(root / "notebooks" / script)
    values: dict[str, object] = {}
    shown: list[str] = []
    kept: dict[str, pd.DataFrame] = {}

    def keep_values(bundle: dict[str, dict[str, object]], raw: bool) -> None:
        assert raw
        values.update(bundle.get(VALUES_MIME, {}))

    def keep_name(*_: object, name: str, caption: str, **__: object) -> None:
        assert caption
        shown.append(name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(display, "ipython_display", keep_values)
        patch.setattr(display, "show", keep_name)
        patch.setattr(display, "show_table", keep_name)
        patch.setattr(display, "keep", lambda **results: kept.update(results))
        scope: dict[str, object] = {}
        for cell in notebook.cells:
            if cell.cell_type == "code":
                exec(compile(cell.source, script, "exec"), scope)
                if "parameters" in cell.metadata.get("tags", []):
                    scope |= {"benchmark": benchmark, "resamples": 200}
    texts = [fill(cell.source, values, "cell") for cell in notebook.cells if cell.cell_type == "markdown"]
    return Chapter("\n\n".join(texts), shown, kept)


@pytest.fixture(scope="module")
def chapters(root: Path) -> dict[str, Chapter]:
    return {benchmark: run_chapter(root, benchmark) for benchmark in PUBLISHED}


@pytest.mark.parametrize("benchmark", PUBLISHED)
def test_no_template_shows_through_and_every_section_is_there_in_order(
    benchmark: str, chapters: dict[str, Chapter]
) -> None:
    chapter = chapters[benchmark]
    assert LEFT_OVER.findall(chapter.text) == []
    headings = [heading.replace("No targets", HEADINGS[6]) for heading in re.findall(r"^## (.*)$", chapter.text, re.M)]
    assert headings == HEADINGS
    assert all(line == line.rstrip() or not line.strip() for line in chapter.text.splitlines())


@pytest.mark.parametrize("benchmark", PUBLISHED)
def test_every_figure_and_table_is_mentioned_and_every_mention_shown(
    benchmark: str, chapters: dict[str, Chapter]
) -> None:
    chapter = chapters[benchmark]
    assert set(re.findall(r"\{numref\}`([^`]+)`", chapter.text)) == set(chapter.shown)
    assert len(chapter.shown) == len(set(chapter.shown))
    assert all(benchmark in name for name in chapter.shown)


@pytest.mark.parametrize("benchmark", PUBLISHED)
def test_the_finding_has_the_published_exponent_with_its_interval(benchmark: str, chapters: dict[str, Chapter]) -> None:
    exponent, targets, views = PUBLISHED[benchmark]
    chapter = chapters[benchmark]
    finding = chapter.flat.partition("**Finding.**")[2].partition("## ")[0]
    assert exponent in finding
    assert "interval" in finding
    assert ("carry no law" in finding) == (benchmark == "wmt2014-en-de")
    assert (f"tab-{benchmark}-targets" in chapter.shown) == targets
    assert (f"fig-{benchmark}-views" in chapter.shown) == (f"tab-{benchmark}-views" in chapter.shown) == views


@pytest.mark.parametrize("benchmark", PUBLISHED)
def test_verdicts_in_the_text_follow_from_the_results(benchmark: str, chapters: dict[str, Chapter]) -> None:
    chapter = chapters[benchmark]
    forms = chapter.tables["forms"].query("vintage == '2020' and measure == 'hardware_burden' and absent == ''")
    best = forms.loc[forms["aic"].idxmin(), "form"]
    assert f"The lowest AIC has the {best} form" in chapter.flat
    assert ("told apart here? Yes" in chapter.flat) == (benchmark == "squad-1.1")
    falls = "the slope no longer differs from zero" in chapter.flat
    assert falls == (benchmark == "imagenet")
    share = chapter.tables["bootstrap"].query(
        "vintage == '2020' and measure == 'hardware_burden' and form == 'polynomial'"
    )["share_not_positive"]
    assert f"{100 * share.iloc[0]:.3g} % of the others it is not positive" in chapter.flat


def test_no_two_chapters_say_the_same_of_their_models(chapters: dict[str, Chapter]) -> None:
    assert len({chapter.flat.partition("The points are")[2][:400] for chapter in chapters.values()}) == len(PUBLISHED)


def test_the_results_of_all_chapters_have_one_shape_and_every_vintage(chapters: dict[str, Chapter]) -> None:
    for name in ("regressions", "forms", "influence", "bootstrap", "projections"):
        columns = {tuple(chapter.tables[name].columns) for chapter in chapters.values() if len(chapter.tables[name])}
        assert len(columns) == 1, name
    for chapter in chapters.values():
        assert set(chapter.tables["regressions"]["vintage"]) == {"2020"}
        if len(chapter.tables["projections"]):
            assert list(dict.fromkeys(chapter.tables["projections"]["vintage"])) == list(VINTAGES)
        for name in ("forms", "influence", "bootstrap"):
            assert list(dict.fromkeys(chapter.tables[name]["vintage"])) == list(VINTAGES)


# Language models


@pytest.fixture(scope="module")
def of_language(root: Path) -> dict[str, Chapter]:
    return {benchmark: run_chapter(root, benchmark) for benchmark in LANGUAGE}


@pytest.mark.parametrize("benchmark", LANGUAGE)
def test_a_chapter_of_language_models_has_what_its_data_carry_and_nothing_else(
    benchmark: str, of_language: dict[str, Chapter]
) -> None:
    chapter = of_language[benchmark]
    assert LEFT_OVER.findall(chapter.text) == []
    assert re.findall(r"^## (.*)$", chapter.text, re.M) == LANGUAGE_HEADINGS
    assert set(re.findall(r"\{numref\}`([^`]+)`", chapter.text)) == set(chapter.shown)
    for word in ("audit", "target", "published models", "vintages", "papers", "hardware burden as"):
        assert word not in chapter.flat
    assert "by family" in chapter.flat


@pytest.mark.parametrize("benchmark", LANGUAGE)
def test_the_finding_on_language_models_has_the_exponent_by_family(
    benchmark: str, of_language: dict[str, Chapter]
) -> None:
    exponent, several = LANGUAGE[benchmark]
    chapter = of_language[benchmark]
    finding = chapter.flat.partition("**Finding.**")[2].partition("## ")[0]
    assert f"to the power of {exponent} " in finding
    assert ("among scores from the same source" in finding) == several
    assert ("a year brings" in finding) == (not several)
    table = chapter.tables["regressions"]
    assert set(table["vintage"]) == {"2026"}
    assert set(table["measure"]) == {"training_flop"}
    assert set(table["benchmark"]) == {benchmark}


def test_chapters_of_language_models_keep_tables_of_the_same_shape(
    chapters: dict[str, Chapter], of_language: dict[str, Chapter]
) -> None:
    for name in ("regressions", "forms", "influence", "bootstrap", "projections"):
        assert list(of_language["mmlu"].tables[name].columns) == list(chapters["imagenet"].tables[name].columns)
    assert of_language["mmlu"].tables["projections"].empty


@pytest.fixture(scope="module")
def side_by_side(root: Path) -> Chapter:
    return run_chapter(root, "all", "05_language.py")


def test_the_benchmarks_of_language_models_stand_side_by_side(side_by_side: Chapter) -> None:
    chapter = side_by_side
    assert LEFT_OVER.findall(chapter.text) == []
    assert set(re.findall(r"\{numref\}`([^`]+)`", chapter.text)) == set(chapter.shown)
    summary = chapter.tables["language"]
    assert (summary["n"] >= 20).all()
    significant = summary[summary["p_value"] < 0.05]
    low, high = significant["exponent"].min(), significant["exponent"].max()
    finding = chapter.flat.partition("**Finding.**")[2].partition("## ")[0]
    assert f"On {len(significant)} of {len(summary)} benchmarks" in finding
    assert f"to the power of {low:.1f} to {high:.1f}" in finding


def test_no_law_of_language_models_is_kept_twice(side_by_side: Chapter, of_language: dict[str, Chapter]) -> None:
    for name in ("regressions", "forms", "influence", "bootstrap"):
        table = side_by_side.tables[name]
        assert list(table.columns) == list(of_language["mmlu"].tables[name].columns)
        assert set(table["benchmark"]).isdisjoint(LANGUAGE)
    kept = set(side_by_side.tables["regressions"]["benchmark"])
    assert kept < set(side_by_side.tables["language"]["benchmark"])


# Other data


def planted(n: int, slope: float, scatter: float) -> pd.DataFrame:
    """Models of a benchmark that the project does not have, one paper each."""
    x = np.linspace(8.0, 12.0, n)
    noise = np.random.default_rng(n).standard_normal(n)
    table = pd.DataFrame(
        {
            "model_id": [f"planted-{place}" for place in range(n)],
            "benchmark": "planted",
            "vintage": "2020",
            "year": 2015,
            "model": [f"Model_{place}" for place in range(n)],
            "paper": [f"paper-{place}" for place in range(n)],
            "metric": "F1",
            "error": 10.0 ** -(slope * (x - 10.0) + 0.5 + scatter * noise),
        }
    )
    table["score"] = 1.0 - table["error"]
    for column in MEASURES.values():
        table[column] = np.nan
    table["hardware_burden_gflop"] = 10.0**x
    return table.reindex(columns=list(vintages.COLUMNS))


@pytest.fixture
def with_planted(root: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[pd.DataFrame], Chapter]:
    """Run the chapter of planted models as if they were in the tables."""

    def read(name: str, *rest: object) -> pd.DataFrame:
        table = read_table(name, *rest)  # type: ignore[arg-type]
        if name != "benchmarks":
            return table
        return pd.concat([table, table.tail(1).assign(benchmark="planted", name="Planted")], ignore_index=True)

    def run(models: pd.DataFrame) -> Chapter:
        monkeypatch.setattr(benchmarks, "read_table", read)
        monkeypatch.setattr(
            benchmarks,
            "read_models",
            lambda **which: models if which["benchmark"] == "planted" else read_models(**which),
        )
        monkeypatch.setattr(
            benchmarks,
            "select_vintage",
            lambda records, vintage: (
                pd.concat([select_vintage(records, vintage), models], ignore_index=True)
                if vintage == "2020"
                else select_vintage(records, vintage)
            ),
        )
        return run_chapter(root, "planted")

    return run


@pytest.mark.parametrize("n", [3, 4, 25])
def test_a_benchmark_of_few_models_and_one_year_has_a_chapter(
    n: int, with_planted: Callable[[pd.DataFrame], Chapter]
) -> None:
    chapter = with_planted(planted(n, 0.1, 0.002))
    assert LEFT_OVER.findall(chapter.text) == []
    assert f"{n} models from {n} papers of one year" in chapter.flat
    assert set(re.findall(r"\{numref\}`([^`]+)`", chapter.text)) == set(chapter.shown)
    assert "## No targets" in chapter.text
    assert "computing grows as performance" in chapter.flat
    assert ("the shape of the curve is out of reach" in chapter.flat) == (n < 20)
    assert "disputes none" in chapter.flat


def test_a_benchmark_whose_error_grows_is_not_said_to_rise(with_planted: Callable[[pd.DataFrame], Chapter]) -> None:
    chapter = with_planted(planted(12, -0.05, 0.01))
    assert "performance falls as computing grows" in chapter.flat
    assert "rise together" not in chapter.flat
    assert LEFT_OVER.findall(chapter.text) == []


def test_a_benchmark_without_a_slope_is_not_said_to_have_one(with_planted: Callable[[pd.DataFrame], Chapter]) -> None:
    chapter = with_planted(planted(12, 0.0, 0.05))
    assert "carry no law" in chapter.flat
    assert "none can be projected" in chapter.flat
    assert LEFT_OVER.findall(chapter.text) == []


# Its tables


def law(**changes: object) -> dict[str, object]:
    row = dict.fromkeys(
        ("floor", "floor_low", "floor_high", "break_log10_gflop", "slope_below", "exponent_low", "exponent_high"),
        np.nan,
    )
    numbers = {"intercept": -0.1, "slope": 0.0733, "slope_se": 0.0244, "exponent": 13.64, "r2": 0.452, "p_value": 0.012}
    return {**row, **numbers, "form": "polynomial", "absent": "", "exponent_low": 8.5, "exponent_high": 33.8, **changes}


def test_laws_say_their_floor_their_break_or_why_they_are_absent() -> None:
    rows = [
        law(),
        law(form="polynomial with floor", floor=0.09, floor_low=0.0, floor_high=0.113),
        law(form="broken power law", break_log10_gflop=10.2, slope_below=0.0329),
        law(form="exponential decay", slope=5.29e-15, slope_se=2.63e-15, exponent=1.9e14),
        law(form="broken power law", absent="a break needs at least 20 models, got 13", slope=np.nan),
    ]
    table = render_laws(pd.DataFrame(rows))
    assert table["Form"].str.replace("\N{NO-BREAK SPACE}", " ").to_list() == [
        "polynomial",
        "polynomial with floor, above 9 % (0 % to 11.3 %)",
        "broken power law, above $10^{10.2}$ GFLOP; slope below 0.0329",
        "exponential decay",
        "broken power law: a break needs at least 20 models, got 13",
    ]
    assert table["Slope (s.e.)"].iloc[0] == "0.0733 (0.0244)"
    assert table["Slope (s.e.)"].iloc[3] == r"$5.29 \times 10^{-15}$ ($2.63 \times 10^{-15}$)"
    assert table["Exponent"].to_list() == ["13.64", "13.64", "13.64", "none", ""]


def test_fits_are_told_beside_the_best_and_count_what_is_undefined() -> None:
    columns = [
        "form",
        "parameters",
        "aic",
        "bic",
        "loo_error",
        "loo_undefined",
        "lopo_error",
        "lopo_undefined",
        "absent",
    ]
    rows = [
        ("polynomial", 3, -16.0, -14.3, 0.121, 0, 0.1224, 0, ""),
        ("exponential", 3, -16.4, -14.7, 0.124, 2, 0.125, 0, ""),
        ("broken power law", *[np.nan] * 7, "too few"),
    ]
    table = render_fits(pd.DataFrame(rows, columns=columns))
    assert table["AIC above best"].to_list() == ["0.4", "0.0"]
    assert table["BIC above best"].to_list() == ["0.4", "0.0"]
    assert table["Model left out"].to_list() == ["0.121", "0.124 (2 undefined)"]
    assert table["Paper left out"].to_list() == ["0.122", "0.125"]


def test_ways_have_an_interval_or_a_reason() -> None:
    columns = ["group", "way", "n", "exponent", "exponent_low", "exponent_high", "absent"]
    rows = [
        ("as published", "as published", 13, 13.64, 8.54, 33.8, ""),
        ("papers", "without ResNet_x", 12, np.inf, -np.inf, np.inf, ""),
        ("vintage", "2022", np.nan, np.nan, np.nan, np.nan, "not in the data"),
    ]
    assert render_ways(pd.DataFrame(rows, columns=columns)).to_numpy().tolist() == [
        ["nothing", "as published", "13", "13.6", "8.5 to 33.8"],
        ["papers", r"without ResNet\_x", "12", "infinite", "any value: no bound on either side"],
        ["vintage", "2022", "", "not in the data", ""],
    ]


def test_views_name_the_measure_in_words() -> None:
    row = law(measure="ops_per_pass", vintage="2022", n=14)
    (cells,) = render_views(pd.DataFrame([row])).to_numpy().tolist()
    assert cells == ["operations per pass", "2022", 14, "13.6", "8.5 to 33.8", "0.45"]
