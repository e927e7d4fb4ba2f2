"""The command: what it prints, and how it refuses what it cannot use."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import Result
from typer.testing import CliRunner

from computational_limits import cli, pipeline
from computational_limits.__main__ import main
from computational_limits.paths import ROOT_VARIABLE

Run = Callable[..., Result]


@pytest.fixture
def run(root: Path) -> Run:
    """Run the command on a wide screen in a project folder; the real one by default."""

    def invoke(*arguments: str, project: Path = root) -> Result:
        surroundings = {ROOT_VARIABLE: str(project), "COLUMNS": "200", "TERM": "dumb", "NO_COLOR": "1"}
        return CliRunner().invoke(cli.app, list(arguments), env=surroundings)

    return invoke


@pytest.fixture
def copy(root: Path, tmp_path: Path) -> Path:
    """A copy of the data and the bibliography, for a test to break."""
    project = tmp_path / "project"
    shutil.copytree(root / "data", project / "data")
    (project / "book").mkdir()
    shutil.copy(root / "book" / "references.bib", project / "book" / "references.bib")
    return project


def replace(path: Path, old: str, new: str) -> int:
    """Replace the first occurrence; the line it was on."""
    before, found, after = path.read_text(encoding="utf-8").partition(old)
    assert found, f"{old!r} is not in {path.name}"
    path.write_text(before + new + after, encoding="utf-8")
    return before.count("\n") + 1


def refused(result: Result) -> str:
    """The message of a refusal: exit code 2, one message, no traceback."""
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    return result.stderr.strip()


@pytest.mark.parametrize(
    ("command", "example"),
    [
        ([], "complimits execute notebooks/01_theory.py theory.ipynb -p snr=4"),
        (["report"], "complimits report --cores 1"),
        (["fit"], "complimits fit squad-1.1 --form exponential"),
        (["execute"], "complimits execute notebooks/04_benchmark.py out/squad.ipynb -p benchmark=squad-1.1"),
        (["data", "check"], "complimits data check"),
        (["data", "describe"], "complimits data describe vintages --json"),
        (["data", "export"], "complimits data export points --table points --format csv"),
    ],
)
def test_help_has_examples(command: list[str], example: str, run: Run) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert "Example" in result.stdout
    assert example in " ".join(result.stdout.split())


def test_help_lists_what_users_run_and_not_the_steps_of_the_pipeline(run: Run) -> None:
    text = run("--help").stdout
    assert all(command in text for command in ("report", "fit", "execute", "data"))
    assert "Steps of the pipeline" not in text


def test_scripts_in_the_examples_exist(root: Path) -> None:
    for name in ("01_theory", "04_benchmark"):
        assert (root / "notebooks" / f"{name}.py").is_file()


def test_fit_prints_the_laws_of_a_benchmark(run: Run) -> None:
    result = run("fit", "imagenet")
    assert result.exit_code == 0
    for text in ("imagenet, 2020, n = 13", "polynomial", "13.64", "8.54 to 33.80", "0.452", "exponential", "1.15"):
        assert text in result.stdout


def test_fit_prints_the_laws_of_language_models_by_family(run: Run) -> None:
    result = run("fit", "mmlu", "--vintage", "2026", "--measure", "training_flop")
    assert result.exit_code == 0
    for text in ("mmlu, 2026, n = 86, training flop", "4.19", "3.72 to 4.78", "0.824"):
        assert text in result.stdout
    assert result.stdout == run("fit", "mmlu").stdout


def test_fit_prints_one_form_if_asked(run: Run) -> None:
    result = run("fit", "squad-1.1", "--form", "polynomial")
    assert "7.78" in result.stdout
    assert "exponential" not in result.stdout


def test_fit_says_where_an_exponent_has_no_bound(run: Run) -> None:
    assert "with no upper bound" in run("fit", "wmt2014-en-de", "--form", "polynomial").stdout


def test_check_reads_the_protocol_of_the_hindcast(run: Run, copy: Path) -> None:
    line = replace(copy / "data" / "hindcast_protocol.yml", "utilisation: 0.38", "utilization: 0.38")
    message = refused(run("data", "check", project=copy))
    assert f"data/hindcast_protocol.yml line {line}: no switch 'utilization'; did you mean 'utilisation'?" in message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["imagnet"], "complimits: no benchmark 'imagnet'; did you mean 'imagenet'?"),
        (["mmlu", "--vintage", "2020"], "complimits: no vintage '2020'; did you mean '2026'?"),
        (["mmlu", "--measure", "hardware_burden"], "complimits: no measure 'hardware_burden'; known: training_flop"),
        (["imagenet", "--form", "polynomal"], "complimits: no form 'polynomal'; did you mean 'polynomial'?"),
    ],
)
def test_fit_suggests_the_closest_name(arguments: list[str], message: str, run: Run) -> None:
    assert refused(run("fit", *arguments)) == message


def test_fit_lists_all_benchmarks_where_none_is_close(run: Run) -> None:
    assert "known: imagenet, ms-coco, squad-1.1" in refused(run("fit", "zzz"))


def test_fit_of_a_benchmark_with_too_few_models_says_so(run: Run, copy: Path) -> None:
    table = copy / "data" / "benchmarks.csv"
    last = table.read_text(encoding="utf-8").splitlines()[1].replace("imagenet,", "brand-new,", 1)
    table.write_text(table.read_text(encoding="utf-8") + last + "\n", encoding="utf-8")
    assert "at least 3 models" in refused(run("fit", "brand-new", project=copy))


def test_a_user_sees_no_traceback_from_the_installed_command(root: Path) -> None:
    command = [str(Path(sys.executable).with_name("complimits")), "fit", "imagnet"]
    environment = {**os.environ, ROOT_VARIABLE: str(root)}
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == "complimits: no benchmark 'imagnet'; did you mean 'imagenet'?\n"
    assert done.stdout == ""


def test_outside_a_project_the_command_says_where_to_run_it(run: Run, tmp_path: Path) -> None:
    message = refused(run("data", "check", project=tmp_path))
    assert message.startswith(f"complimits: no data/datapackage.json in {tmp_path}")


def rows_of(text: str) -> list[list[str]]:
    """Cells of the rows of a printed table, those that go on over several lines joined."""
    rows: list[list[str]] = []
    for line in text.splitlines():
        if line.startswith("│"):
            cells = [cell.strip() for cell in line.strip("│").split("│")]
            if cells[1]:  # a count, on the first line of a row alone
                rows.append(cells)
            else:
                rows[-1] = [f"{old} {new}".strip() for old, new in zip(rows[-1], cells, strict=True)]
    return rows


def test_whole_data_pass_the_check_with_their_counts(run: Run) -> None:
    result = run("data", "check")
    assert result.exit_code == 0
    rows = {row[0]: row[1:] for row in rows_of(result.stdout)}
    checks = "types, required cells, ranges, patterns, unique model_id"
    assert rows["points"] == ["101", "4", "model_id in models", checks]
    assert rows["models"][:2] == ["947", "16"]
    assert rows["corrections"][2] == "model_id + stage in stages"
    assert "times against their words" in rows["stages"][3]
    assert "keys of the bibliography" in rows["claims"][3]


def test_the_check_ends_with_what_the_whole_was_checked_for(run: Run, root: Path) -> None:
    left_out = len(pd.read_csv(root / "data" / "left_out.csv"))
    corrections, burdens, later, recount, bounds, spreadsheets = run("data", "check").stdout.splitlines()[-6:]
    assert corrections == "corrections: 83 quote what their stages have"
    assert burdens == "burdens: 231 published, 152 agree with their record, 79 are explained"
    assert later == "later models: 30 burdens and the operations of 52 trainings follow from their rows"
    counts = re.fullmatch(
        r"recount: (\d+) rows of \d+ sources are (\d+) rows of the tables and (\d+) left out", recount
    )
    assert counts
    stated, kept, left = map(int, counts.groups())
    assert stated == kept + left
    assert left == left_out
    assert bounds == "bounds: no number is above the one that bounds it, in 3 tables"
    assert spreadsheets == "spreadsheets: no text begins like a formula"


def test_every_offence_is_listed_with_its_line(run: Run, copy: Path) -> None:
    first = replace(copy / "data" / "models.csv", "top-1 accuracy,0.753,", "top-1 accuracy,1.3,")
    second = replace(copy / "data" / "targets.csv", "imagenet,today,0.115", "imagenet,today,small")
    lines = refused(run("data", "check", project=copy)).splitlines()
    assert lines[0] == "complimits: 2 offences against data/datapackage.json"
    assert lines[1].strip() == f"data/models.csv line {first}: score = 1.3 breaks the rule: must be below 1"
    assert lines[2].strip().startswith(f"data/targets.csv line {second}: error = small breaks the rule")
    assert len(lines) == 3


def test_a_burden_that_nobody_explains_is_refused_by_line(run: Run, copy: Path) -> None:
    line = replace(copy / "data" / "points.csv", "nasneta-6-4032,92,0.827,1645056000000", "nasneta-6-4032,92,0.827,16")
    lines = refused(run("data", "check", project=copy)).splitlines()
    assert lines[0] == "complimits: 1 offence against data/datapackage.json"
    assert lines[1].strip() == (
        f"data/points.csv line {line}: hardware_burden_gflop = 16 GFLOP breaks the rule: the record of"
        " imagenet-nasneta-6-4032 gives 1.64609e+12 GFLOP: a row of data/corrections.csv must say why"
    )


def test_all_tables_are_described_the_derived_ones_too(run: Run) -> None:
    result = run("data", "describe")
    assert result.exit_code == 0
    rows = {row[0]: row[1:] for row in rows_of(result.stdout)}
    assert rows["points"][:4] == ["101", "4", "Published points", "CC-BY-4.0"]
    assert rows["audit"][4] == "Derived from tables models, points, stages, processors and corrections"
    assert [row[0] for row in rows_of(result.stdout)] == [entry["name"] for entry in described(run)]


def described(run: Run, *arguments: str) -> Any:
    return json.loads(run("data", "describe", *arguments, "--json").stdout)


def test_a_table_is_described_column_by_column(run: Run, root: Path) -> None:
    rows = {row[0]: row[1:] for row in rows_of(run("data", "describe", "points").stdout)}
    assert rows == {
        "model_id string": ["0", "The record of the model. required; matches [a-z0-9.-]+", "101 different"],
        "published_row integer": ["0", "Row in the published data. required; at least 0", "0 to 164"],
        "score number, fraction": ["0", "Score as published. required; above 0; below 1", "0.207 to 0.946"],
        "hardware_burden_gflop number, GFLOP": [
            "0",
            "Hardware burden as published. required; at most 1e+24; above 0",
            "227782 to 5.184e+13",
        ],
    }


def test_a_description_as_json_counts_what_a_person_would(run: Run, root: Path) -> None:
    with (root / "data" / "stages.csv").open(encoding="utf-8", newline="") as stream:
        cells = list(csv.DictReader(stream))
    table = described(run, "stages")
    assert (table["name"], table["rows"]) == ("stages", len(cells))
    columns = {column["name"]: column for column in table["columns"]}
    counts = [float(row["processor_count"]) for row in cells if row["processor_count"]]
    found = columns["processor_count"]
    assert (found["unit"], found["missing"]) == ("count", len(cells) - len(counts))
    assert (found["low"], found["high"], found["distinct"]) == (min(counts), max(counts), len(set(counts)))
    assert set(columns["stage"]["values"]) == {row["stage"] for row in cells}
    assert columns["stage"]["low"] is None
    assert columns["time_words"]["values"] is None


@pytest.mark.parametrize("command", [("describe", "model"), ("export", "out", "--table", "model")])
def test_an_unknown_table_is_refused_with_the_closest(
    command: tuple[str, ...], run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert refused(run("data", *command)) == "complimits: no table 'model'; did you mean 'models'?"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--format", "cvs"], "no format 'cvs'; did you mean 'csv'?"),
        (["--vintage", "auditd"], "no vintage 'auditd'; did you mean 'audited'?"),
        (
            ["--vintage", "2022", "--table", "models"],
            "--vintage chooses rows of table vintages: add --table vintages",
        ),
    ],
)
def test_export_refuses_what_it_cannot_write(options: list[str], message: str, run: Run, tmp_path: Path) -> None:
    assert refused(run("data", "export", str(tmp_path / "out"), *options)) == f"complimits: {message}"
    assert list(tmp_path.iterdir()) == []


def test_export_writes_the_tables_and_says_which(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ["--table", "targets", "--table", "vintages", "--vintage", "audited", "--format", "csv"]
    result = run("data", "export", str(out), *options)
    assert result.exit_code == 0, result.output
    assert rows_of(result.stdout) == [["targets", "15", "targets.csv"], ["vintages", "101", "vintages.csv"]]
    assert {path.name for path in out.iterdir()} > {"targets.csv", "vintages.csv", "datapackage.json"}


def test_export_refuses_a_folder_that_is_not_its_own(run: Run, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work", encoding="utf-8")
    assert "is not empty and no earlier export" in refused(run("data", "export", str(tmp_path)))
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_export_of_broken_data_writes_nothing(run: Run, copy: Path, tmp_path: Path) -> None:
    replace(copy / "data" / "sources.csv", ",101\n", ",102\n")
    message = refused(run("data", "export", str(tmp_path / "out"), project=copy))
    assert "rows = 102 breaks the rule: must be 101" in message
    assert not (tmp_path / "out").exists()


def test_fit_refuses_broken_data(run: Run, copy: Path) -> None:
    replace(copy / "data" / "models.csv", "top-1 accuracy,0.753,", "top-1 accuracy,1.3,")
    assert "score = 1.3 breaks the rule" in refused(run("fit", "imagenet", project=copy))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Options Snakemake was started with; it says that it failed."""
    calls = []

    def record(root: Path, options: list[str]) -> int:
        calls.append(list(options))
        return 1

    monkeypatch.setattr(pipeline, "run_report", record)
    return calls


def test_report_refuses_broken_data_before_the_pipeline_starts(run: Run, copy: Path, started: list[list[str]]) -> None:
    replace(copy / "data" / "sources.csv", ",101\n", ",102\n")  # each table is whole, all together are not
    assert "rows = 102 breaks the rule: must be 101" in refused(run("report", project=copy))
    assert started == []
    assert not (copy / "_build").exists()


def test_report_hands_its_options_on_and_says_how_to_go_on_after_a_failure(
    run: Run, copy: Path, started: list[list[str]]
) -> None:
    result = run("report", "--cores", "1", "--", "--dry-run", project=copy)
    assert started == [["--cores", "1", "--dry-run"]]
    assert result.exit_code == 1
    assert "same command" in result.stderr


def test_a_second_report_waits_its_turn(run: Run, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("Snakemake was started")

    monkeypatch.setattr(pipeline.subprocess, "Popen", refuse)
    with pipeline._only_one(copy / "_build"):
        result = run("report", project=copy)
    assert result.exit_code == 1
    assert f"another report is being made in this folder (process {os.getpid()})" in result.stderr


@pytest.mark.parametrize("parameter", ["snr", "=4", ""])
def test_a_malformed_parameter_is_refused(parameter: str, run: Run, root: Path, tmp_path: Path) -> None:
    page = tmp_path / "theory.ipynb"
    message = refused(run("execute", str(root / "notebooks" / "01_theory.py"), str(page), "-p", parameter))
    assert message == f"complimits: parameter {parameter!r} must have the form name=value"
    assert not page.exists()


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        ("snrr=4", "01_theory.py has no parameter 'snrr'; did you mean 'snr'?"),
        ("snr=high", "01_theory.py: parameter 'snr' = 'high' must be of type float, like its default 30.0"),
        ("covariates=1.5", "01_theory.py: parameter 'covariates' = 1.5 must be of type int, like its default 1000"),
    ],
)
def test_a_wrong_parameter_is_refused(parameter: str, message: str, run: Run, root: Path, tmp_path: Path) -> None:
    page = tmp_path / "theory.ipynb"
    found = refused(run("execute", str(root / "notebooks" / "01_theory.py"), str(page), "-p", parameter))
    assert found == f"complimits: {message}"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [("4", 4), ("4.5", 4.5), ("-1", -1), ("true", True), ("squad-1.1", "squad-1.1"), ("a=b", "a=b"), ("1e3", 1000.0)],
)
def test_a_parameter_is_read_as_a_person_means_it(text: str, value: object) -> None:
    (found,) = cli._parse_parameters([f"x={text}"]).values()
    assert (found, type(found)) == (value, type(value))


def test_a_script_that_does_not_exist_is_refused(run: Run, tmp_path: Path) -> None:
    result = run("execute", str(tmp_path / "none.py"), str(tmp_path / "page.ipynb"))
    assert result.exit_code == 2
    assert "does not exist" in result.stderr


def test_gathering_puts_tables_under_each_other_in_order(run: Run, tmp_path: Path) -> None:
    header = "benchmark,vintage,value\n"
    parts = {"b": "b,2020,0.1\n", "empty": "", "a": "a,2020,inf\n"}
    for name, rows in parts.items():
        (tmp_path / f"{name}.csv").write_text(header + rows, encoding="utf-8")
    into = tmp_path / "deep" / "all.csv"
    result = run("book", "gather", *(str(tmp_path / f"{name}.csv") for name in parts), "--into", str(into))
    assert result.exit_code == 0, result.exception
    assert into.read_text(encoding="utf-8") == header + "b,2020,0.1\na,2020,inf\n"


def test_an_interrupt_while_the_command_loads_ends_it_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "app", interrupt)
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 130
    assert capsys.readouterr() == ("", "")
