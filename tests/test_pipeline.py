"""The pipeline in a copy of the project: what a change makes again, refusals, interruption."""

import ast
import csv
import fcntl
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from computational_limits.paths import ROOT_VARIABLE
from computational_limits.pipeline import module_files, modules_behind

COMPLIMITS = Path(sys.executable).with_name("complimits")
BENCHMARKS = {"imagenet", "ms-coco", "squad-1.1", "conll-2003", "wmt2014-en-fr", "wmt2014-en-de"}
LANGUAGE = {"mmlu", "gsm8k", "hellaswag", "arc-challenge", "gpqa-diamond"}
BOOK = {"HTML", "PDF", "publishing"}
AFTER_CLAIMS = {"notebook claims", "notebook index", *BOOK}
AFTER_THE_MULTIVERSE = {
    "results multiverse",
    *(f"results multiverse_{name}" for name in ("absent", "conclusions", "drivers", "tests")),
}
AFTER_THE_TARGETS = {
    *(f"results {name}" for name in ("limits", "passages")),
    "notebook multiverse",
    *AFTER_THE_MULTIVERSE,
}
AFTER_THE_COSTS = {f"results {name}" for name in ("cost_trends", "cost_editions", "reconciliation")}
AFTER_THE_EFFICIENCY = {f"results {name}" for name in ("affordability", "needs")}
AFTER_REGRESSIONS = {
    "results regressions",
    *(f"notebook {name}" for name in ("comparison", "targets", "costs")),
    "results form_comparison",
    *AFTER_THE_TARGETS,
    *AFTER_THE_COSTS,
    *AFTER_CLAIMS,
}
AFTER_A_BENCHMARK = {
    *(f"results {name}" for name in ("projections", "forms", "influence", "bootstrap")),
    "notebook efficiency",
    *AFTER_THE_EFFICIENCY,
    *AFTER_REGRESSIONS,
}
AFTER_LANGUAGE = {
    *(f"results {name}" for name in ("language", "forms", "influence", "bootstrap")),
    *AFTER_REGRESSIONS,
}
AFTER_THE_AUDIT = {"results audit", "results regressions_2022", *AFTER_REGRESSIONS}
AFTER_THE_FAMILIES = {"results families", "results consolidated"}
AFTER_THE_HISTORY = {f"results {name}" for name in ("trends", "breaks", "readings")}
AFTER_THE_HINDCAST = {
    f"results {name}"
    for name in (
        "hindcast",
        "hindcast_scores",
        "hindcast_variations",
        "backtest",
        "backtest_ranking",
        "progress",
        "per_pass",
    )
}
AFTER_THE_RECORDS = {
    *(f"notebook {name}" for name in ("audit", "records", "families", "history", "efficiency", "hindcast", "language")),
    "pages of the book",
    "results calculator",
    *AFTER_LANGUAGE,
    *AFTER_THE_AUDIT,
    *AFTER_THE_FAMILIES,
    *AFTER_THE_HISTORY,
    *AFTER_THE_EFFICIENCY,
    *AFTER_THE_HINDCAST,
    *AFTER_CLAIMS,
}
"""What an edit of the records makes again, besides the benchmarks that rest on them."""
SCRIPTS = {
    "notebooks/01_theory.py": {"notebook theory"},
    "notebooks/02_audit.py": {"notebook audit", *AFTER_THE_AUDIT},
    "notebooks/03_records.py": {"notebook records"},
    "notebooks/04_benchmark.py": {*(f"notebook {name}" for name in BENCHMARKS | LANGUAGE), *AFTER_A_BENCHMARK},
    "notebooks/05_language.py": {"notebook language", *AFTER_LANGUAGE},
    "notebooks/06_comparison.py": {"notebook comparison", "results form_comparison", *AFTER_CLAIMS},
    "notebooks/07_families.py": {"notebook families", *AFTER_THE_FAMILIES, *AFTER_CLAIMS},
    "notebooks/08_history.py": {"notebook history", *AFTER_THE_HISTORY, *AFTER_CLAIMS},
    "notebooks/09_targets.py": {"notebook targets", *AFTER_THE_TARGETS, *AFTER_CLAIMS},
    "notebooks/10_costs.py": {"notebook costs", *AFTER_THE_COSTS, *AFTER_CLAIMS},
    "notebooks/11_efficiency.py": {"notebook efficiency", *AFTER_THE_EFFICIENCY, *AFTER_CLAIMS},
    "notebooks/12_hindcast.py": {"notebook hindcast", *AFTER_THE_HINDCAST, *AFTER_CLAIMS},
    "notebooks/13_multiverse.py": {"notebook multiverse", *AFTER_THE_MULTIVERSE, *AFTER_CLAIMS},
    "notebooks/14_claims.py": AFTER_CLAIMS,
    "notebooks/00_index.py": {"notebook index"},
    "notebooks/own_benchmark.py": {"notebook timm-imagenet"},
}
"""Each notebook with the steps that a change of it makes necessary, besides the book."""
UNNEEDED = ("html", "latex", "publish")
"""Folders of _build/work that no step reads."""
TIME_LIMIT_S = 300


@dataclass(frozen=True)
class Outcome:
    """What one run of the command left on the terminal."""

    code: int
    out: str
    err: str

    @property
    def jobs(self) -> set[str]:
        """Steps that ran, or would run, by the words the pipeline prints for them."""
        return set(re.findall(r"^Job \d+: (.+)$", self.out + self.err, re.MULTILINE))


def environment_of(project: Path) -> dict[str, str]:
    """Environment in which the package of the copy is imported, not the installed one."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("COMPLIMITS_")}
    return {**plain, "PYTHONPATH": str(project / "src"), ROOT_VARIABLE: str(project)}


def run_report(project: Path, *options: str) -> Outcome:
    done = subprocess.run(
        [COMPLIMITS, "report", *options],
        cwd=project,
        env=environment_of(project),
        check=False,
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def plan(project: Path) -> set[str]:
    """Steps that a report would run now."""
    outcome = run_report(project, "--", "--dry-run")
    assert outcome.code == 0, outcome.err
    return outcome.jobs


def stamps(folder: Path) -> dict[str, int]:
    """Modification time of each file of a folder; the lock aside, which every run writes."""
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*") if path.name != "report.lock"}


def edit_row(project: Path, line: int, table: str = "models", **values: str) -> None:
    """Change cells of one line of a table; the header is line 1, no cell holds a line break."""
    path = project / "data" / f"{table}.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    header, row = next(csv.reader([lines[0]])), next(csv.reader([lines[line - 1]]))
    assert set(values) <= set(header)
    changed = io.StringIO()
    cells = dict(zip(header, row, strict=True)) | values
    csv.writer(changed, lineterminator="").writerow(cells.values())
    lines[line - 1] = changed.getvalue()
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def has_code(path: Path) -> bool:
    """Whether a module does more than carry a docstring."""
    return any(not isinstance(node, ast.Expr) for node in ast.parse(path.read_text(encoding="utf-8")).body)


def append_comment(path: Path) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write("# changed\n")


@pytest.fixture(scope="module")
def template(root: Path, built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the project with its finished report, times of files included."""
    copy = tmp_path_factory.mktemp("template") / "project"
    shutil.copytree(root, copy, ignore=lambda _, names: [name for name in names if name.startswith((".", "_build"))])
    shutil.copytree(root / ".snakemake", copy / ".snakemake")
    shutil.copytree(built, copy / "_build", ignore=lambda place, _: UNNEEDED if Path(place).name == "work" else ())
    jobs = plan(copy)
    if jobs:
        pytest.fail(f"the report in {built} is not up to date (missing: {sorted(jobs)}): run `make report` first")
    yield copy
    shutil.rmtree(copy)


@pytest.fixture
def project(template: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of that copy to spoil."""
    copy = tmp_path / "project"
    shutil.copytree(template, copy)
    yield copy
    shutil.rmtree(copy)


# What a change makes again


def test_a_second_report_runs_nothing_and_says_where_everything_is(project: Path) -> None:
    before = stamps(project / "_build")
    outcome = run_report(project)
    assert outcome.code == 0, outcome.err
    assert outcome.jobs == set()
    assert "Nothing to be done" in outcome.out + outcome.err
    assert stamps(project / "_build") == before
    for place in ("html/index.html", "pdf/computational-limits.pdf", "results"):
        assert str(project / "_build" / place) in outcome.out
    verdicts = pd.read_csv(project / "_build" / "results" / "claims.csv")["verdict"].tolist()
    assert f"{verdicts.count('reproduced')} reproduced, {verdicts.count('differs')} differs" in outcome.out


@pytest.mark.parametrize(
    ("table", "values", "benchmarks"),
    [
        ("models", {"score": "0.754"}, {"imagenet"}),
        ("points", {"score": "0.808"}, {"imagenet"}),
        ("corrections", {"evidence": "It was edited here."}, {"imagenet"}),
        ("processors", {"clock_mhz": "1461"}, set()),
    ],
)
def test_an_edited_row_makes_its_own_benchmark_again_and_what_follows(
    project: Path, table: str, values: dict[str, str], benchmarks: set[str]
) -> None:
    edit_row(project, 2, table, **values)
    own = {*(f"notebook {name}" for name in benchmarks), *(AFTER_A_BENCHMARK if benchmarks else ())}
    assert plan(project) == own | AFTER_THE_RECORDS


@pytest.mark.parametrize(
    ("table", "values", "benchmarks"),
    [
        ("language_scores", {"doubt": "It was edited here."}, {"mmlu"}),
        ("language_benchmarks", {"caution": "It was edited here."}, {"mmlu"}),
        ("language_models", {"note": "It was edited here."}, {"arc-challenge", "hellaswag"}),
    ],
)
def test_an_edited_score_of_a_language_model_makes_no_benchmark_of_the_paper_again(
    project: Path, table: str, values: dict[str, str], benchmarks: set[str]
) -> None:
    edit_row(project, 2, table, **values)
    own = {f"notebook {name}" for name in benchmarks}
    assert plan(project) == own | {"notebook language", "pages of the book"} | AFTER_A_BENCHMARK | AFTER_LANGUAGE


def test_files_that_are_touched_but_not_changed_make_nothing_again(project: Path) -> None:
    for folder in ("data", "src", "notebooks", "book"):
        for path in (project / folder).rglob("*"):
            os.utime(path)
    for name in ("requirements.lock", "_config.yml", "_toc.yml", "pyproject.toml", "CHANGELOG.md"):
        os.utime(project / name)
    assert plan(project) == set()


@pytest.mark.parametrize(
    "module", ["theory/risk.py", "figures/theory.py", "figures/comparison.py", "audit.py", "scaling.py"]
)
def test_a_changed_module_makes_the_notebooks_that_import_it_again_and_no_others(project: Path, module: str) -> None:
    path = project / "src" / "computational_limits" / module
    append_comment(path)
    name = str(path.relative_to(project))
    behind = {script for script in SCRIPTS if name in modules_behind(project / script, project)}
    assert behind
    stage = {"pages of the book"} if name in module_files(["computational_limits.book"], project) else set()
    of_calculator = module_files(["computational_limits.calculator", "computational_limits.vintages"], project)
    laws = {"results calculator", *SCRIPTS["notebooks/09_targets.py"]} if name in of_calculator else set()
    assert plan(project) == BOOK.union(stage, laws, *(SCRIPTS[script] for script in behind))


def test_a_module_that_draws_for_one_chapter_concerns_that_chapter_only(project: Path) -> None:
    name = "src/computational_limits/figures/theory.py"
    assert [script for script in SCRIPTS if name in modules_behind(project / script, project)] == [
        "notebooks/01_theory.py"
    ]


@pytest.mark.parametrize("name", ["02_audit", "04_benchmark"])
def test_all_modules_that_a_notebook_loads_are_behind_it(name: str, root: Path) -> None:
    script = root / "notebooks" / f"{name}.py"
    imports = re.findall(
        r"^from computational_limits\S* import (?:\([^)]*\)|[^(\n]+)$", script.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert imports
    listing = "import sys; print(*(m.__file__ for n, m in sys.modules.items() if n.startswith('computational_limits')))"
    done = subprocess.run(
        [sys.executable, "-c", "\n".join([*imports, listing])],
        cwd=root,
        env=environment_of(root),
        check=True,
        capture_output=True,
        text=True,
    )
    loaded = {str(Path(file).relative_to(root)) for file in done.stdout.split() if has_code(Path(file))}
    assert loaded
    assert loaded - set(modules_behind(script, root)) == set()


RULES = {
    "00_index": "execute_summary",
    "01_theory": "execute_theory",
    "04_benchmark": "execute_benchmark",
    "14_claims": "judge_claims",
    "own_benchmark": "execute_own",
}
"""Notebooks with a rule of their own; the others are in `CHAPTERS` of the Snakefile."""


def listed_tables(name: str, snakefile: str) -> tuple[set[str], set[str]]:
    """Data and results tables that the rule of a notebook has as input; results only of the chapters' rules."""
    for name_of_list in ("RECORDS", "SCORES"):
        listed = re.search(rf"^{name_of_list} = \[(.*)\]$", snakefile, re.MULTILINE)
        assert listed
        snakefile = snakefile.replace(f"*{name_of_list}", listed[1])
    if name in RULES:
        rule = re.search(rf"^rule {RULES[name]}:\n(.*?)^    output:", snakefile, re.MULTILINE | re.DOTALL)
        assert rule
        tables = " ".join(re.findall(r"tables\(([^()]*)\)", rule[1]))
        return {*re.findall(r"\w+", tables)}, set()
    chapter = re.search(rf'"notebooks/{name}\.py",\s+\[(.*?)\],\s+\[(.*?)\],?\s*\)', snakefile, re.DOTALL)
    assert chapter
    data, results = chapter.groups()
    return {*re.findall(r"\w+", data)}, {*re.findall(r'"(\w+)"', results)}


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_table_that_a_notebook_reads_is_an_input_of_its_rule(script: str, root: Path) -> None:
    snakefile = (root / "workflow" / "Snakefile").read_text(encoding="utf-8")
    data, results = listed_tables(Path(script).stem, snakefile)
    text = (root / script).read_text(encoding="utf-8")
    read = {*re.findall(r'read_table\("(\w+)"\)', text)}
    if "read_protocol()" in text:
        read |= {"hindcast_protocol"}
    if "read_image_networks()" in text:
        read |= {"image_networks"}
    if re.search(r"\b(read_records|read_models)\(", text):
        read |= listed_tables("03_records", snakefile)[0] - {"benchmarks"}
    if re.search(r"\b(read_language_scores|read_benchmark)\(", text):
        read |= {"language_benchmarks", "language_models", "language_scores"}
    if re.search(r"\bread_benchmark\(", text):
        read |= listed_tables("03_records", snakefile)[0]
    assert read - data == set()
    if Path(script).stem not in RULES:
        assert {*re.findall(r'read_results\("(\w+)"', text)} == results


def test_a_changed_page_of_prose_makes_the_book_again_and_no_notebook(project: Path) -> None:
    append_comment(project / "book" / "glossary.md")
    assert plan(project) == {"pages of the book", *BOOK}


@pytest.mark.parametrize(
    ("deleted", "again"),
    [
        ("html/index.html", {"publishing"}),
        ("pdf/computational-limits.pdf", {"publishing"}),
        ("work/source/index.ipynb", {"notebook index", *BOOK}),
        ("work/source/targets.ipynb", SCRIPTS["notebooks/09_targets.py"]),
        ("results/calculator.json", {"publishing"}),
    ],
)
def test_a_deleted_file_is_made_again_and_nothing_before_it(project: Path, deleted: str, again: set[str]) -> None:
    (project / "_build" / deleted).unlink()
    assert plan(project) == again


# Refusals


def break_the_bounds(project: Path) -> str:
    edit_row(project, 2, score="1.3")
    return "data/models.csv line 2: score = 1.3"


def write_a_word_for_a_number(project: Path) -> str:
    edit_row(project, 3, "points", hardware_burden_gflop="plenty")
    return "data/points.csv line 3: hardware_burden_gflop = plenty"


def repeat_a_name(project: Path) -> str:
    first, second = (project / "data" / "processors.csv").read_text(encoding="utf-8").splitlines()[1:3]
    edit_row(project, 3, "processors", processor=first.partition(",")[0])
    assert second.partition(",")[0] != first.partition(",")[0]
    return "data/processors.csv line 3: processor = " + first.partition(",")[0]


def remove_a_table(project: Path) -> str:
    (project / "data" / "claims.csv").unlink()
    return "data/claims.csv: must exist"


@pytest.mark.parametrize("damage", [break_the_bounds, write_a_word_for_a_number, repeat_a_name, remove_a_table])
def test_broken_data_stop_the_report_before_any_step_and_name_the_place(
    project: Path, damage: Callable[[Path], str]
) -> None:
    place = damage(project)
    before = stamps(project / "_build")
    outcome = run_report(project)
    assert outcome.code == 2
    assert place in outcome.err
    assert "Traceback" not in outcome.err
    assert outcome.jobs == set()
    assert "snakemake" not in outcome.err.lower()
    assert outcome.out == ""
    assert stamps(project / "_build") == before


def test_all_offences_are_named_at_once(project: Path) -> None:
    places = [break_the_bounds(project), write_a_word_for_a_number(project), remove_a_table(project)]
    outcome = run_report(project)
    assert outcome.code == 2
    assert [place for place in places if place not in outcome.err] == []


def test_a_second_report_in_the_same_folder_is_refused_until_the_first_ends(project: Path) -> None:
    with (project / "_build" / "report.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("4321")
        lock.flush()
        outcome = run_report(project)
    assert outcome.code == 1
    assert "another report is being made in this folder (process 4321)" in outcome.err
    assert "Traceback" not in outcome.err
    assert outcome.jobs == set()
    assert plan(project) == set()


def test_a_cell_that_raises_fails_the_report_and_leaves_the_last_one_alone(project: Path) -> None:
    script = project / "notebooks" / "09_targets.py"
    sound = script.read_text(encoding="utf-8")
    script.write_text(f'{sound}\n# %%\nraise ArithmeticError("planted")\n', encoding="utf-8")
    published = {part: stamps(project / "_build" / part) for part in ("html", "pdf", "results")}
    outcome = run_report(project)
    assert outcome.code == 1
    assert outcome.jobs == {"notebook targets"}
    assert "complimits: step targets failed: " in outcome.err
    assert "ArithmeticError: planted" in outcome.err
    assert outcome.err.rstrip().endswith("same command")
    assert {part: stamps(project / "_build" / part) for part in published} == published
    script.write_text(sound, encoding="utf-8")
    assert plan(project) == SCRIPTS["notebooks/09_targets.py"], "a failed step was passed over"


# Interruption


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    limit = time.monotonic() + TIME_LIMIT_S
    while not condition():
        assert process.poll() is None, "the report ended before it could be interrupted"
        assert time.monotonic() < limit, "the report did not get far enough to be interrupted"
        time.sleep(0.1)


@contextmanager
def report_under_way(project: Path, pages: list[str]) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """A report of these pages, one step at a time, in a group of processes of its own."""
    log = project / "terminal.log"
    with log.open("wb") as terminal:
        process = subprocess.Popen(
            [COMPLIMITS, "report", "--cores", "1", "--", *pages],
            cwd=project,
            env=environment_of(project),
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
        )
        try:
            yield process, log
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_for_step(number: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until this step, counted from 1, is under way."""
    limit = time.monotonic() + TIME_LIMIT_S
    while log.read_text(encoding="utf-8").count(": notebook ") < number:
        assert process.poll() is None, "the report ended before it could be interrupted"
        assert time.monotonic() < limit, "the report did not get far enough to be interrupted"
        time.sleep(0.1)
    time.sleep(1.5)


def test_a_killed_report_goes_on_where_it_was_and_keeps_what_was_finished(project: Path) -> None:
    pages = [f"_build/work/source/benchmarks/{name}.ipynb" for name in ("squad-1.1", "conll-2003")]
    for page in pages:
        (project / page).unlink()
    with report_under_way(project, pages) as (first, log):
        wait_for_step(2, first, log)
        refused = run_report(project)
    assert first.returncode == -signal.SIGKILL
    assert refused.code == 1
    assert f"another report is being made in this folder (process {first.pid})" in refused.err
    (finished,) = [page for page in pages if (project / page).is_file()]
    (missing,) = set(pages) - {finished}
    before = (project / finished).stat().st_mtime_ns

    resumed = run_report(project, "--", *pages)

    assert resumed.code == 0, resumed.err
    assert resumed.jobs == {f"notebook {Path(missing).stem}"}
    assert (project / missing).is_file()
    assert (project / finished).stat().st_mtime_ns == before


def test_an_interrupt_from_the_keyboard_ends_with_advice_and_leaves_no_half_page(project: Path) -> None:
    page = "_build/work/source/benchmarks/squad-1.1.ipynb"
    (project / page).unlink()
    with report_under_way(project, [page]) as (process, log):
        wait_for_step(1, process, log)
        os.killpg(process.pid, signal.SIGINT)
        code = process.wait(TIME_LIMIT_S)
    told = log.read_text(encoding="utf-8")
    assert code == 130
    assert "complimits: interrupted. Finished steps are kept" in told
    assert "Traceback" not in told
    assert not (project / page).exists()
    assert f"notebook {Path(page).stem}" in plan(project)
