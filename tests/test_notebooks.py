"""Scripts become pages: parameters are checked, numbers land in the prose, and failures leave nothing."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from computational_limits.handover import FILES_VARIABLE, TABLES_VARIABLE, VALUES_MIME
from computational_limits.notebooks import (
    NotebookError,
    ParameterError,
    check_parameters,
    declared_parameters,
    execute,
    finish_page,
)
from computational_limits.pages import PageError
from computational_limits.paths import ROOT_VARIABLE

DECLARED = {"benchmark": "imagenet", "snr": 30.0, "covariates": 1000, "verbose": False}

SCRIPT = """\
# %% [markdown]
# # Twice {{ size }} is {{ double }}
#
# On {{ name }}.

# %% tags=["parameters", "hide-input"]
size = 2
name = "imagenet"

# %% tags=["hide-input"]
import os
import re
import subprocess
import sys

import pandas as pd

from computational_limits.display import keep, record, show_table
from computational_limits.tables import read_table

show_table(pd.DataFrame({"a": [size]}), name="tab-a", caption="A table.")

# %% tags=["remove-cell"]
keep(doubles=pd.DataFrame({"double": [2 * size]}))
record(size=size, double=2 * size, name=name)

# %%
print(len(read_table("benchmarks")), os.getcwd() == os.environ["COMPLIMITS_ROOT"])
"""
FAILING = """\
# %% tags=["parameters"]
size = 2

# %%
import pandas as pd
from computational_limits.display import show_table
show_table(pd.DataFrame({"a": [size]}), name="tab-new", caption="A table.")

# %%
size / (size - size)
"""


@dataclass(frozen=True)
class Runs:
    """Two runs of one script with the same parameters, in two folders."""

    first: Path
    second: Path

    @property
    def notebook(self) -> NotebookNode:
        return nbformat.read(self.first / "page-1.1.ipynb", as_version=4)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Runs:
    """Starts two kernels."""
    folders = [tmp_path_factory.mktemp(name) for name in ("first", "second")]
    for folder in folders:
        script = folder / "tiny.py"
        script.write_text(SCRIPT, encoding="utf-8")
        execute(script, folder / "page-1.1.ipynb", root, {"size": 21}, folder / "tables")
    return Runs(*folders)


@pytest.fixture
def no_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that must refuse before anything runs."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a kernel was started")

    monkeypatch.setattr("computational_limits.notebooks.papermill.execute_notebook", refuse)


def sources(notebook: NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells]


def test_parameters_are_the_assignments_of_the_tagged_cell() -> None:
    source = 'benchmark = "imagenet"\nsnr = 30.0\nlargest = 10_000\nshift = -1.5\nlabels = ["a", "b"]'
    tagged = new_code_cell(source, metadata={"tags": ["hide-input", "parameters"]})
    notebook = new_notebook(cells=[new_code_cell("other = 1"), tagged])
    assert declared_parameters(notebook) == {
        "benchmark": "imagenet",
        "snr": 30.0,
        "largest": 10_000,
        "shift": -1.5,
        "labels": ["a", "b"],
    }


def test_a_notebook_without_the_cell_has_no_parameters() -> None:
    assert declared_parameters(new_notebook(cells=[new_code_cell("other = 1")])) == {}


@pytest.mark.parametrize(
    ("script", "names"),
    [
        ("01_theory.py", ["covariates", "relevant", "snr", "coefficient_law", "repetitions"]),
        ("04_benchmark.py", ["benchmark", "resamples", "seed"]),
    ],
)
def test_the_real_scripts_declare_their_parameters(script: str, names: list[str], root: Path) -> None:
    assert list(declared_parameters(jupytext.read(root / "notebooks" / script))) == names


@pytest.mark.parametrize(
    "given",
    [{}, {"snr": 4.0}, {"snr": 4}, {"covariates": 500, "benchmark": "ms-coco"}, {"verbose": True}],
)
def test_parameters_of_the_right_type_pass(given: dict[str, Any]) -> None:
    check_parameters(DECLARED, given, "theory.py")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"benchmrk": "imagenet"}, "theory.py: no parameter 'benchmrk'; did you mean 'benchmark'?"),
        ({"zzz": 1}, "theory.py: no parameter 'zzz'; known: benchmark, snr, covariates, verbose"),
        (
            {"snr": "four"},
            "theory.py: parameter 'snr' = 'four' must be of type float, like its default 30.0",
        ),
        (
            {"covariates": 4.5},
            "theory.py: parameter 'covariates' = 4.5 must be of type int, like its default 1000",
        ),
        (
            {"covariates": True},
            "theory.py: parameter 'covariates' = True must be of type int, like its default 1000",
        ),
        ({"snr": True}, "theory.py: parameter 'snr' = True must be of type float, like its default 30.0"),
        ({"verbose": 1}, "theory.py: parameter 'verbose' = 1 must be of type bool, like its default False"),
        (
            {"benchmark": None},
            "theory.py: parameter 'benchmark' = None must be of type str, like its default 'imagenet'",
        ),
    ],
)
def test_a_wrong_parameter_is_refused_with_what_would_do(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        check_parameters(DECLARED, given, "theory.py")
    assert str(caught.value) == message


def test_all_wrong_parameters_are_named_at_once() -> None:
    with pytest.raises(ParameterError) as caught:
        check_parameters(DECLARED, {"benchmrk": "x", "snr": 4.0, "covariates": "many"}, "theory.py")
    lines = str(caught.value).splitlines()
    assert ["benchmrk" in lines[0], "covariates" in lines[1], len(lines)] == [True, True, 2]


@pytest.mark.usefixtures("no_kernel")
def test_wrong_parameters_are_refused_before_anything_runs(tmp_path: Path, root: Path) -> None:
    script, page = tmp_path / "tiny.py", tmp_path / "page.ipynb"
    script.write_text(SCRIPT, encoding="utf-8")
    page.write_text("earlier", encoding="utf-8")
    kept = page.with_suffix(".files") / "fig.svg"
    kept.parent.mkdir()
    kept.touch()
    with pytest.raises(ParameterError, match="did you mean 'size'"):
        execute(script, page, root, {"sise": 3})
    assert page.read_text(encoding="utf-8") == "earlier"
    assert kept.exists()


def planted(*cells: NotebookNode) -> NotebookNode:
    return new_notebook(cells=list(cells), metadata={"papermill": {"duration": 1.5}})


def recording(**values: object) -> NotebookNode:
    output = new_output("display_data", data={VALUES_MIME: values, "text/plain": "x"})
    return new_code_cell("record(...)", outputs=[output])


def test_prose_takes_values_that_a_later_cell_recorded() -> None:
    page = finish_page(planted(new_markdown_cell("n = {{ n }}"), recording(n="13")), "tiny.py")
    assert page.cells[0].source == "n = 13"
    assert page.cells[1].outputs == []


def test_the_last_value_of_a_name_counts() -> None:
    page = finish_page(planted(recording(n="1"), recording(n="2"), new_markdown_cell("{{ n }}")), "tiny.py")
    assert page.cells[2].source == "2"


def test_a_missing_value_names_the_script_and_the_cell() -> None:
    cells = [recording(exponent="1"), new_markdown_cell("Fine."), new_markdown_cell("{{ exponnt }}")]
    with pytest.raises(PageError, match=r"^tiny\.py cell 3: .*did you mean 'exponent'\?"):
        finish_page(planted(*cells), "tiny.py")


def test_code_is_not_a_template() -> None:
    page = finish_page(planted(new_code_cell("f'{{{x}}}'")), "tiny.py")
    assert page.cells[0].source == "f'{{{x}}}'"


def test_a_warning_is_refused_with_its_cell_and_text() -> None:
    warning = new_output("stream", name="stderr", text="RuntimeWarning: divide by zero\n")
    cells = [new_code_cell("a"), new_code_cell("b", outputs=[warning])]
    with pytest.raises(PageError, match=r"^tiny\.py cell 2 writes to standard error: RuntimeWarning: divide by zero$"):
        finish_page(planted(*cells), "tiny.py")


def test_what_a_cell_prints_is_kept() -> None:
    printed = new_output("stream", name="stdout", text="13\n")
    page = finish_page(planted(new_code_cell("print(13)", outputs=[printed])), "tiny.py")
    assert page.cells[0].outputs == [printed]


def test_what_differs_from_run_to_run_is_dropped() -> None:
    cell = new_code_cell("a", metadata={"papermill": {"duration": 0.1}, "tags": ["hide-input"], "mystnb": {"x": 1}})
    page = finish_page(planted(cell, new_markdown_cell("b")), "tiny.py")
    assert [cell.id for cell in page.cells] == ["cell-000", "cell-001"]
    assert page.cells[0].metadata == {"tags": ["hide-input"], "mystnb": {"x": 1}}
    assert "papermill" not in page.metadata
    nbformat.validate(page)


@pytest.mark.parametrize("injected", [False, True])
def test_the_parameters_that_ran_are_the_ones_shown(injected: bool) -> None:
    cells = [new_code_cell("snr = 30.0", metadata={"tags": ["parameters", "hide-input"]})]
    if injected:
        cells.append(new_code_cell("snr = 4", metadata={"tags": ["injected-parameters"]}))
    tags = [cell.metadata.tags for cell in finish_page(planted(*cells), "tiny.py").cells]
    assert ("remove-cell" in tags[0]) == injected
    assert all("remove-cell" not in later for later in tags[1:])
    assert all("hide-input" in later for later in tags)


def test_recorded_values_land_in_the_prose(runs: Runs) -> None:
    assert sources(runs.notebook)[0] == "# Twice 21 is 42\n\nOn imagenet."


def test_the_parameters_that_were_given_are_shown_in_place_of_the_defaults(runs: Runs) -> None:
    cells = {cell.metadata.tags[0]: cell for cell in runs.notebook.cells if cell.metadata.tags}
    assert "size = 21" in cells["injected-parameters"].source
    assert "remove-cell" in cells["parameters"].metadata.tags


def test_the_kernel_works_in_the_project(runs: Runs) -> None:
    assert runs.notebook.cells[-1].outputs[0].text == "6 True\n"


def test_a_figure_or_table_goes_to_a_folder_beside_the_page(runs: Runs) -> None:
    assert [path.name for path in (runs.first / "page-1.1.files").iterdir()] == ["tab-a.csv"]
    markdown = [output.data["text/markdown"] for cell in runs.notebook.cells[1:] for output in tables_of(cell)]
    assert len(markdown) == 1
    assert "page-1.1.files/tab-a.csv" in markdown[0]


def tables_of(cell: NotebookNode) -> list[NotebookNode]:
    return [output for output in cell.get("outputs", []) if "text/markdown" in output.get("data", {})]


def test_results_tables_are_kept(runs: Runs) -> None:
    assert (runs.first / "tables" / "doubles.csv").read_text(encoding="utf-8") == "double\n42\n"


def test_two_runs_write_the_same_bytes(runs: Runs) -> None:
    for name in ("page-1.1.ipynb", "page-1.1.files/tab-a.csv", "tables/doubles.csv"):
        assert (runs.first / name).read_bytes() == (runs.second / name).read_bytes()


def test_a_run_leaves_the_page_and_what_belongs_to_it_and_nothing_else(runs: Runs) -> None:
    left = {path.name for path in runs.first.iterdir()}
    assert left == {"tiny.py", "page-1.1.ipynb", "page-1.1.files", "tables"}


def test_a_run_leaves_the_environment_as_it_was(runs: Runs) -> None:
    assert runs
    assert not {FILES_VARIABLE, TABLES_VARIABLE, ROOT_VARIABLE} & set(os.environ)


def test_no_page_names_the_machine_it_was_made_on(runs: Runs, root: Path) -> None:
    text = (runs.first / "page-1.1.ipynb").read_text(encoding="utf-8")
    assert str(root) not in text
    assert str(runs.first) not in text
    assert set(json.loads(text)["metadata"]) == {"kernelspec", "language_info"}


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory, root: Path) -> tuple[NotebookError, Path]:
    """A run that shows a table and then raises, over an earlier page with a figure; starts a kernel."""
    folder = tmp_path_factory.mktemp("failed")
    (folder / "bad.py").write_text(FAILING, encoding="utf-8")
    (folder / "page.ipynb").write_text("earlier", encoding="utf-8")
    (folder / "page.files").mkdir()
    (folder / "page.files" / "fig-old.svg").touch()
    with pytest.raises(NotebookError) as caught:
        execute(folder / "bad.py", folder / "page.ipynb", root, {"size": 3})
    return caught.value, folder


def test_a_cell_that_raises_is_named_with_its_error_and_source(failed: tuple[NotebookError, Path]) -> None:
    message = str(failed[0])
    assert message.startswith("bad.py (size=3), code cell 4: ZeroDivisionError: division by zero")
    assert message.endswith("    size / (size - size)")


def test_a_failed_run_leaves_the_earlier_page(failed: tuple[NotebookError, Path]) -> None:
    folder = failed[1]
    assert (folder / "page.ipynb").read_text(encoding="utf-8") == "earlier"
    assert not list(folder.glob("*.partial"))


def test_a_failed_run_leaves_the_figures_of_the_earlier_page(failed: tuple[NotebookError, Path]) -> None:
    assert [path.name for path in (failed[1] / "page.files").iterdir()] == ["fig-old.svg"]


def test_a_page_that_lacks_a_value_is_not_written(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Papermill is replaced by a copy of the notebook: nothing records anything."""

    def copy(draft: Path, done: Path, **_: object) -> None:
        done.write_bytes(draft.read_bytes())

    run: Callable[..., None] = copy
    monkeypatch.setattr("computational_limits.notebooks.papermill.execute_notebook", run)
    script = tmp_path / "tiny.py"
    script.write_text("# %% [markdown]\n# {{ nothing }}\n", encoding="utf-8")
    with pytest.raises(PageError, match=r"tiny\.py cell 1: 'nothing' is undefined"):
        execute(script, tmp_path / "page.ipynb", root)
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.py"]


def test_no_notebook_waits_for_a_library_that_it_can_do_without(root: Path) -> None:
    """Seaborn and pyplot take half a second of every kernel, statsmodels as much; the tests have them."""
    scripts = "\n".join(path.read_text(encoding="utf-8") for path in sorted((root / "notebooks").glob("*.py")))
    imports = re.findall(r"^(?:from \S+ import (?:\([^)]*\)|[^(\n]+)|import \S+(?: as \S+)?)$", scripts, re.MULTILINE)
    assert len(imports) > 100
    told = "import sys; print(*{'seaborn', 'statsmodels', 'matplotlib.pyplot'} & sys.modules.keys())"
    done = subprocess.run(
        [sys.executable, "-c", "\n".join([*imports, told])], cwd=root, check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == []
