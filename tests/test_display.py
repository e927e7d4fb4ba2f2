"""What a cell shows: pictures in JupyterLab, numbered figures with downloads when the pipeline runs it."""

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from computational_limits import display
from computational_limits.display import (
    FILES_VARIABLE,
    LONGEST_UNBROKEN,
    TABLES_VARIABLE,
    VALUES_MIME,
    keep,
    record,
    show,
    show_table,
    table_block,
)
from computational_limits.figures.style import house_style, new_figure

DATA = pd.DataFrame({"x": [1, 2], "y": [0.5, 0.25]})


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the cell hands to Jupyter; no folder is named unless a test does."""
    monkeypatch.delenv(FILES_VARIABLE, raising=False)
    monkeypatch.delenv(TABLES_VARIABLE, raising=False)
    bundles: list[dict[str, Any]] = []

    def take(bundle: dict[str, Any], *, raw: bool) -> None:
        assert raw
        bundles.append(bundle)

    monkeypatch.setattr(display, "ipython_display", take)
    return bundles


@pytest.fixture
def files(tmp_path: Path, shown: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the page's figures, named to the cell."""
    folder = tmp_path / "squad-1.1.files"
    monkeypatch.setenv(FILES_VARIABLE, str(folder))
    return folder


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in, so that a stray file would be seen."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def line_figure() -> Figure:
    with house_style():
        figure, axes = new_figure(2.0)
        axes.plot(DATA["x"], DATA["y"])
    return figure


def show_line(name: str = "fig-line") -> None:
    show(line_figure(), name=name, caption="A line of $n = 2$.", alt='Two "dots" & a line <here>.', data=DATA)


def test_a_figure_in_jupyter_is_a_picture_and_no_file(shown: list[dict[str, Any]], elsewhere: Path) -> None:
    show_line()
    (bundle,) = shown
    assert set(bundle) == {"text/plain", "text/html"}
    assert "<svg" in bundle["text/html"]
    assert "A line of $n = 2$." in bundle["text/html"]
    assert bundle["text/plain"] == 'A line of $n = 2$.\n\nTwo "dots" & a line <here>.'
    assert list(elsewhere.iterdir()) == []
    assert plt.get_fignums() == []


def test_alternative_text_cannot_break_out_of_its_attribute(shown: list[dict[str, Any]]) -> None:
    show_line()
    assert 'aria-label="Two &quot;dots&quot; &amp; a line &lt;here&gt;."' in shown[0]["text/html"]


@pytest.mark.parametrize("name", ["fig-line", "fig-squad-1.1"])
def test_a_run_writes_each_format_under_the_whole_name(name: str, files: Path) -> None:
    show_line(name)
    assert {path.name for path in files.iterdir()} == {f"{name}.{kind}" for kind in ("svg", "pdf", "png", "csv")}
    assert (files / f"{name}.svg").read_text(encoding="utf-8").startswith("<?xml")
    assert (files / f"{name}.pdf").read_bytes().startswith(b"%PDF")
    assert (files / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert (files / f"{name}.csv").read_bytes() == b"x,y\n1,0.5\n2,0.25\n"


def test_a_run_shows_a_numbered_figure_with_downloads(files: Path, shown: list[dict[str, Any]]) -> None:
    show_line("fig-squad-1.1")
    lines = shown[0]["text/markdown"].splitlines()
    assert lines[0] == "``````{figure} squad-1.1.files/fig-squad-1.1.*"
    assert ":name: fig-squad-1.1" in lines
    assert r':alt: "Two \"dots\" & a line <here>."' in lines
    assert "A line of $n = 2$." in lines
    (downloads,) = [line for line in lines if line.startswith("Download: ")]
    for extension in ("svg", "png", "csv"):
        assert f"<squad-1.1.files/fig-squad-1.1.{extension}>" in downloads


def test_every_file_of_a_figure_is_the_same_from_run_to_run(
    tmp_path: Path, shown: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = []
    for run in ("first", "second"):
        monkeypatch.setenv(FILES_VARIABLE, str(tmp_path / run))
        show_line()
        contents.append({path.name: path.read_bytes() for path in (tmp_path / run).iterdir()})
    first, second = contents
    assert set(first) == set(second)
    assert [name for name in first if first[name] != second[name]] == []


def test_a_table_in_jupyter_is_html_and_no_file(shown: list[dict[str, Any]], elsewhere: Path) -> None:
    show_table(DATA, name="tab-line", caption="Two rows.")
    (bundle,) = shown
    assert set(bundle) == {"text/plain", "text/html"}
    assert "<table" in bundle["text/html"]
    assert list(elsewhere.iterdir()) == []


def test_a_run_offers_the_numbers_behind_a_table(files: Path, shown: list[dict[str, Any]]) -> None:
    show_table(DATA.astype(str), name="tab-squad-1.1-laws", caption="Two rows.", data=DATA)
    assert (files / "tab-squad-1.1-laws.csv").read_bytes() == b"x,y\n1,0.5\n2,0.25\n"
    markdown = shown[0]["text/markdown"]
    assert markdown.startswith("``````{list-table} Two rows.\n:name: tab-squad-1.1-laws\n")
    assert "{download}`CSV <squad-1.1.files/tab-squad-1.1-laws.csv>`" in markdown


def test_a_table_without_other_numbers_offers_itself(files: Path, shown: list[dict[str, Any]]) -> None:
    show_table(DATA, name="tab-line", caption="Two rows.")
    pd.testing.assert_frame_equal(pd.read_csv(files / "tab-line.csv"), DATA)


def test_a_table_block_by_hand() -> None:
    table = pd.DataFrame({"Form": ["a", "b"], "n": pd.array([13, None], dtype="Int64")})
    assert table_block(table, "tab-x", "A caption.", "30 70") == (
        "``````{list-table} A caption.\n"
        ":name: tab-x\n"
        ":header-rows: 1\n"
        ":widths: 30 70\n"
        "\n"
        "* - Form\n"
        "  - n\n"
        "* - a\n"
        "  - 13\n"
        "* - b\n"
        "  - \n"
        "``````\n"
    )


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
def test_a_missing_cell_is_empty(missing: object) -> None:
    table = pd.DataFrame({"a": ["x", missing], "b": ["y", "z"]}, dtype=object)
    assert "* - \n  - z" in table_block(table, "tab-x", "c")


def test_a_line_break_in_a_cell_does_not_break_the_table() -> None:
    block = table_block(pd.DataFrame({"a": ["one\ntwo"], "b": ["three"]}), "tab-x", "c")
    assert "* - one two\n  - three\n" in block


@pytest.mark.parametrize(("rows", "long"), [(LONGEST_UNBROKEN, False), (LONGEST_UNBROKEN + 1, True)])
def test_only_a_long_table_may_break_over_pages(rows: int, long: bool) -> None:
    block = table_block(pd.DataFrame({"a": range(rows)}), "tab-x", "c")
    assert (":class: longtable\n" in block) == long


def test_numbers_reach_the_prose_as_text_and_answers_as_answers(shown: list[dict[str, Any]]) -> None:
    record(n=13, exponent="13.6", significant=True, size=np.int64(1500))
    assert shown[0][VALUES_MIME] == {"n": "13", "exponent": "13.6", "significant": True, "size": "1500"}
    assert "exponent = 13.6" in shown[0]["text/plain"]


def test_an_answer_of_numpy_is_an_answer_too(shown: list[dict[str, Any]]) -> None:
    """As text it would be true in every condition of a page, whatever it says."""
    record(significant=np.False_)
    assert not shown[0][VALUES_MIME]["significant"]


def test_results_tables_are_kept_only_when_a_folder_is_named(
    shown: list[dict[str, Any]], elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(laws=DATA)
    assert list(elsewhere.iterdir()) == []
    monkeypatch.setenv(TABLES_VARIABLE, str(tmp_path / "results" / "parts"))
    keep(laws=DATA, other=pd.DataFrame({"a": [np.nan, np.inf]}))
    assert (tmp_path / "results" / "parts" / "laws.csv").read_bytes() == b"x,y\n1,0.5\n2,0.25\n"
    assert (tmp_path / "results" / "parts" / "other.csv").read_text(encoding="utf-8").split("\n")[2] == "inf"
    assert shown == []
