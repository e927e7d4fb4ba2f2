"""One's own benchmark: what is read, what is refused and how, and a whole chapter from a table with a known law."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import linregress

from computational_limits import chapter
from computational_limits.book import BuildError
from computational_limits.checking import DataError
from computational_limits.costs import costs_from
from computational_limits.own import (
    MOST_MODELS,
    OWN,
    Columns,
    analyse,
    check_registered,
    checked_targets,
    read_own,
    read_registered,
)
from computational_limits.paths import ROOT_VARIABLE
from computational_limits.regressions import select_laws
from computational_limits.standalone import render_page
from computational_limits.tables import read_table

COLUMNS = Columns("error", "gflop")
GOOD = "model,error,gflop\na,0.3,1e3\nb,0.2,1e4\nc,0.1,1e5\n"


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "mine.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def offences(folder: Path, text: str | bytes, columns: Columns = COLUMNS) -> list[str]:
    path = write(folder, text)
    with pytest.raises(DataError) as caught:
        read_own(path, columns)
    return [str(offence).removeprefix(f"{path} ").removeprefix(f"{path}: ") for offence in caught.value.offences]


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        GOOD.replace(",", ";"),
        GOOD.replace(",", "\t"),
        GOOD.replace("\n", "\r\n"),
        "\ufeff" + GOOD,
        GOOD.replace("\nb", "\n\n ,,\nb"),
        GOOD.replace("model,", " model ,").replace("a,0.3", '"a", 0.3 '),
        "gflop,other,error,model\n1e3,x,0.3,a\n1e4,y,0.2,b\n1e5,z,0.1,c\n",
    ],
)
def test_the_same_table_is_read_however_it_is_written(tmp_path: Path, text: str) -> None:
    models = read_own(write(tmp_path, text), COLUMNS)
    assert models["model"].tolist() == ["a", "b", "c"]
    assert models["error"].tolist() == [0.3, 0.2, 0.1]
    assert models["hardware_burden_gflop"].tolist() == [1e3, 1e4, 1e5]
    assert models["paper"].isna().all()
    assert models["year"].isna().all()
    assert set(models["vintage"]) == {OWN}


def test_percent_and_score_become_errors(tmp_path: Path) -> None:
    text = "name,accuracy,gflop,paper,year\na,70,1,p,2019\nb,80,2,p,2020\nc,90,3,q,2021\n"
    models = read_own(write(tmp_path, text), Columns("accuracy", "gflop", percent=True, score=True))
    assert models["error"].tolist() == [0.3, 0.2, 0.1]
    assert models["paper"].tolist() == ["p", "p", "q"]
    assert models["year"].tolist() == [2019, 2020, 2021]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (GOOD.replace("error", "eror"), ["line 1: no column 'error'; did you mean 'eror'?"]),
        (GOOD.replace("0.2", "20"), ["line 3: error = 20 breaks the rule: an error lies between 0 and 1, ends"
         " excluded; if it is in percent, say --percent"]),
        (GOOD.replace("0.2", "0"), ["line 3: error = 0 breaks the rule: an error lies between 0 and 1, ends excluded"]),
        (GOOD.replace(",", ";").replace("0.2", "0,2"), ["line 3: error = 0,2 breaks the rule: must be a number with a"
         " decimal point and no separators; 0.2?"]),
        (GOOD.replace("1e4", "-4"), ["line 3: gflop = -4 breaks the rule: computing is above 0 and finite"]),
        (GOOD.replace("1e4", "1e999"), ["line 3: gflop = 1e999 breaks the rule: computing is above 0 and finite"]),
        (GOOD.replace("1e4", "#DIV/0!"), ["line 3: gflop = #DIV/0! breaks the rule: must be a number with a decimal"
         " point and no separators"]),
        (GOOD.replace("0.2", ""), ["line 3: error = nothing breaks the rule: must be a number with a decimal point and"
         " no separators"]),
        (GOOD.replace("b,", "b,0.4,"), ["line 3: 4 cells breaks the rule: a row has 3 cells, as the heading has"]),
        (GOOD + "b,0.2,1e4\n", ["line 5: b breaks the rule: repeats line 3"]),
        (GOOD.replace("c,0.1,1e5\n", ""), ["3 models are needed for a law, got 2"]),
        (GOOD.replace("model", "error"), ["line 1: error = error breaks the rule: a heading is there once"]),
        ("", ["line 1: an empty line breaks the rule: the first line names the columns"]),
        (GOOD.encode("utf-16"), ["line 1: UTF-16 or binary breaks the rule: must be text in UTF-8; spreadsheets call it"
         " “CSV UTF-8”"]),
        (GOOD.replace("b,", "é,").encode("latin-1"), ["line 3: byte 0xe9 breaks the rule: must be text in UTF-8;"
         " spreadsheets call it “CSV UTF-8”"]),
        (GOOD.replace("b,", '"b,'), None),
        ("model,error,gflop\n" + "\n".join(f"m{i},0.{i + 1000},1" for i in range(MOST_MODELS + 1)),
         ["at most 5,000 models, since time and memory grow with their square, got 5,001"]),
    ],
)  # fmt: skip
def test_each_offence_is_named_with_line_column_rule_and_value(
    tmp_path: Path, text: str | bytes, told: list[str] | None
) -> None:
    found = offences(tmp_path, text)
    assert found
    assert told is None or found == told


def test_the_page_says_how_large_a_table_may_be(root: Path) -> None:
    assert f"at most {MOST_MODELS:,}" in (root / "book" / "own.md").read_text(encoding="utf-8")


def test_the_worked_example_has_the_errors_and_operations_of_the_table_of_networks(root: Path) -> None:
    example = pd.read_csv(root / "data" / "own" / "timm-imagenet.csv")
    networks = read_table("image_networks", root)
    names = networks["network"] + " at " + networks["image_pixels"].astype(str)
    theirs = networks.set_index(names).loc[example["model"]]
    np.testing.assert_allclose(example["top1_error_percent"] / 100.0, 1.0 - theirs["top1"].to_numpy())
    np.testing.assert_allclose(example["gflop_per_pass"] * 1e9, 2.0 * theirs["multiadds_per_pass"].to_numpy())


def test_a_year_that_is_none_is_refused(tmp_path: Path) -> None:
    text = GOOD.replace("model,", "year,model,").replace("\na", "\n19,a").replace("\nb", "\n2020.5,b")
    found = offences(tmp_path, text.replace("\nc", "\n2021,c"))
    assert [entry.split(" breaks")[0] for entry in found] == ["line 2: year = 19", "line 3: year = 2020.5"]


@settings(deadline=None)
@example(b"\r\x01")
@example(b",,\n;;\n")
@example(b'"\n')
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "mine.csv"
    path.write_bytes(raw)
    with pytest.raises(DataError):
        read_own(path, COLUMNS)


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(max_size=6), st.text(max_size=6), st.text(max_size=6)), max_size=6))
def test_any_cells_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]) -> None:
    path = tmp_path_factory.mktemp("any") / "mine.csv"
    pd.DataFrame(rows, columns=["model", "error", "gflop"]).to_csv(path, index=False)
    try:
        models = read_own(path, COLUMNS)
    except DataError:
        return
    assert len(models) >= 3
    assert models["error"].between(0, 1, inclusive="neither").all()


def test_targets_are_errors() -> None:
    assert checked_targets([0.1, 0.05]) == [0.1, 0.05]
    with pytest.raises(ValueError, match=r"got 5; in percent\? then it is 0\.05"):
        checked_targets([0.1, 5.0])


def test_analysis_agrees_with_scipy_on_the_worked_example(root: Path) -> None:
    entries = read_registered(root / "data" / "own" / "timm-imagenet.yml")
    columns = Columns(entries["metric"], entries["compute"], paper=entries["paper"], percent=True)
    models = read_own(entries["table"], columns)
    table = pd.read_csv(entries["table"])
    own = linregress(np.log10(table["gflop_per_pass"]), -np.log10(table["top1_error_percent"] / 100))
    found = analyse(models, entries["targets"], costs_from(read_table("assumptions", root)), 1, 200, "gflop_per_pass")
    law = select_laws(found.regressions, OWN, "gflop_per_pass").squeeze()
    assert (law["n"], law["slope"], law["p_value"]) == (len(table), pytest.approx(own.slope), pytest.approx(own.pvalue))
    assert law["exponent"] == pytest.approx(1 / own.slope)
    row = found.projections.query("form == 'polynomial' and error == 0.1").iloc[0]
    assert row["log10_gflop"] == pytest.approx((1.0 - own.intercept) / own.slope)


def test_registered_benchmarks_are_checked(root: Path, tmp_path: Path) -> None:
    check_registered(root)
    own = tmp_path / "data" / "own"
    own.mkdir(parents=True)
    (own / "mine.csv").write_text(GOOD.replace("0.2", "2"), encoding="utf-8")
    (own / "mine.yml").write_text("title: T\ntable: mine.csv\nmetric: error\ncompute: gflop\n", encoding="utf-8")
    (own / "other.yml").write_text("title: T\ntabel: mine.csv\nmetric: 3\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        check_registered(tmp_path)
    told = str(caught.value)
    assert "mine.csv line 3: error = 2" in told
    assert "other.yml line 2: tabel breaks the rule: unknown; did you mean 'table'?" in told or "did you mean" in told
    assert "other.yml line 3: metric = 3 breaks the rule: must be text" in told
    assert "other.yml: must give table" in told


def run(root: Path, *options: object) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("COMPLIMITS_")}
    return subprocess.run(
        [Path(sys.executable).with_name("complimits"), "analyse", *map(str, options)],
        cwd=root,
        env={**plain, "PYTHONPATH": str(root / "src"), ROOT_VARIABLE: str(root)},
        check=False,
        capture_output=True,
        text=True,
        timeout=600,
    )


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        (GOOD.replace("0.2", "20"), [], "if it is in percent, say --percent"),
        (GOOD.replace("1e4", "1e3").replace("1e5", "1e3"), [], "comput"),
        (GOOD, ["--target", "5"], "a target is an error between 0 and 1"),
        (GOOD, ["--paper", "papers"], "no column 'papers'"),
    ],
)
def test_what_cannot_be_analysed_is_a_message(
    root: Path, tmp_path: Path, text: str, options: list[str], words: str
) -> None:
    done = run(root, write(tmp_path, text), "--metric", "error", "--compute", "gflop", *options)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.csv"]


def test_a_missing_table_is_a_message(root: Path, tmp_path: Path) -> None:
    done = run(root, tmp_path / "none.csv", "--metric", "error", "--compute", "gflop")
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert "none.csv" in done.stderr


def test_the_worked_example_makes_a_whole_chapter(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "timm"
    options = [
        "--metric",
        "top1_error_percent",
        "--percent",
        "--compute",
        "gflop_per_pass",
        "--paper",
        "family",
        "--target",
        "0.1",
        "--title",
        "timm_networks & 50 % more",  # what LaTeX reads otherwise than as text
    ]
    done = run(root, root / "data" / "own" / "timm-imagenet.csv", *options, "--resamples", "200", "--out", out)
    assert done.returncode == 0, done.stderr
    page = (out / "chapter.html").read_text(encoding="utf-8")
    assert page.count("<figure") == 3
    assert "Figure 3." in page
    assert "Table 5." in page
    assert "{{" not in page
    assert "system-message" not in page
    for attribute in ("src", "href"):
        places = {part.split('"')[0] for part in page.split(f' {attribute}="')[1:]}
        assert all(place.startswith(("data:", "#", "https://doi", "https://")) for place in places), places
        assert attribute == "href" or all(place.startswith("data:") for place in places)
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert set(results) == {"regressions", "projections", "forms", "influence", "bootstrap"}
    for name, rows in results.items():
        assert len(pd.read_csv(out / "results" / f"{name}.csv")) == len(rows)
    if (out / "chapter.pdf").exists():
        assert (out / "chapter.pdf").read_bytes().startswith(b"%PDF")
    else:
        assert "no PDF: TeX is not installed" in done.stderr


def test_a_page_that_stands_alone_numbers_embeds_and_cites(root: Path, tmp_path: Path) -> None:
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

    (tmp_path / "x.files").mkdir()
    (tmp_path / "x.files" / "f.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', encoding="utf-8")
    block = '``````{figure} x.files/f.*\n:name: fig-a.b\n:alt: "a"\n\nA caption.\n``````\n'
    cells = [
        new_markdown_cell(
            "# T & t\n\nSee {numref}`fig-a.b` of {cite:t}`vuong1989likelihood`, {numref}`fig-else`. $a^2$"
        ),
        new_code_cell("1 < 2", outputs=[new_output("display_data", {"text/markdown": block, "text/plain": ""})]),
        new_code_cell("secret", metadata={"tags": ["remove-cell"]}),
    ]
    page = render_page(new_notebook(cells=cells), tmp_path, root / "book" / "references.bib")
    assert '<a class="reference internal" href="#fig-a-b">Fig. 1</a>' in page
    assert "<strong>Figure 1. </strong>A caption." in page
    assert "Vuong (1989)" in page
    assert "<em>another page</em>" in page
    assert "<title>T &amp; t</title>" in page
    assert "<math" in page
    assert "1 &lt; 2" in page
    assert "secret" not in page


def test_a_pdf_that_cannot_be_built_takes_nothing_else_with_it(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise BuildError("no PDF today")

    monkeypatch.setattr(chapter, "build_pdf", fail)
    (tmp_path / "chapter.pdf").write_bytes(b"of an earlier table")
    table = root / "data" / "own" / "timm-imagenet.csv"
    parameters = {"table": str(table), "title": "t", "metric": "top1_error_percent", "compute": "gflop_per_pass"}
    with pytest.raises(BuildError, match="no PDF today"):
        chapter.write_chapter(root, tmp_path, {**parameters, "in_percent": True, "resamples": 100}, pdf=True)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"chapter.files", "chapter.html", "chapter.ipynb", "results", "results.json"}
