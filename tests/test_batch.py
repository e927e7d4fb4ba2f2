"""Batches: what runs, what does not run again, what fails alone, and that a kill loses nothing."""

import fcntl
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from computational_limits import notebooks
from computational_limits.batch import DONE, PLAN, dependencies_digest, plan_batch, run_name, run_one
from computational_limits.grid import read_grid
from computational_limits.paths import ROOT_VARIABLE

COMPLIMITS = Path(sys.executable).with_name("complimits")
KILLS = int(os.environ.get("COMPLIMITS_KILLS", "2"))
"""How often a batch is killed; ten in a slow run."""
TIME_LIMIT_S = 600
NOTEBOOK = """\
# %% [markdown]
# # Twice {{ size }} is {{ double }}
#
# {numref}`tab-doubles` and $x^2$.

# %% tags=["parameters"]
size = 2
name = "good"
noise = 0.5
ledger = ""

# %%
import csv
import os
from pathlib import Path

if name == "bad" and not Path(ledger).with_name("mended").exists():
    raise ValueError("bad as asked")
folder = Path(os.environ["COMPLIMITS_TABLES"])
rows = [["name", "double"], [name, 2 * size], [name, 2.5 * noise]]
with (folder / "doubles.csv").open("w", newline="") as file:
    csv.writer(file, lineterminator="\\n").writerows(rows)

# %%
from IPython.display import display

block = "``````{list-table} Doubles.\\n:name: tab-doubles\\n\\n* - a\\n``````"
display({"text/markdown": block, "text/plain": "doubles"}, raw=True)
values = {"size": str(size), "double": str(2 * size)}
display({"application/vnd.computational-limits.values+json": values, "text/plain": "x"}, raw=True)
with open(ledger, "a") as file:
    file.write(f"{size} {name}\\n")
"""
GRID = """\
notebook: toy.py
parameters:
  ledger: {ledger}
  size: {{from: 1, to: 2, step: 1}}
  name: [good, bad]
exclude:
  - {{size: 1, name: bad}}
"""


def environment(root: Path) -> dict[str, str]:
    """Environment in which the package of this project is imported, not the installed one."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("COMPLIMITS_")}
    return {**plain, "PYTHONPATH": str(root / "src"), ROOT_VARIABLE: str(root)}


def batch(root: Path, *options: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMPLIMITS, "batch", *map(str, options)],
        cwd=root,
        env=environment(root),
        check=False,
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
    )


def results(out: Path) -> pd.DataFrame:
    return pd.read_csv(out / "results.csv", dtype={"recorded_value": "str"})


@pytest.fixture
def grid(tmp_path: Path) -> Path:
    (tmp_path / "toy.py").write_text(NOTEBOOK, encoding="utf-8")
    path = tmp_path / "toy.yml"
    path.write_text(GRID.format(ledger=tmp_path / "ledger.txt"), encoding="utf-8")
    return path


def test_a_grid_with_three_bad_entries_names_all_and_runs_nothing(root: Path, grid: Path) -> None:
    text = grid.read_text(encoding="utf-8")
    grid.write_text(text.replace("  size:", "  sise:") + "  - {nome: bad}\n  - {name: [3]}\n", encoding="utf-8")
    done = batch(root, grid, "--out", grid.parent / "out")
    assert done.returncode == 2
    assert f"{grid} line 4, column 3: no parameter 'sise'; did you mean 'size'?" in done.stderr
    assert f"{grid} line 8, column 6: no parameter 'nome'; did you mean 'name'?" in done.stderr
    assert f"{grid} line 9, column 13: parameter 'name' = 3 must be of type str" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (grid.parent / "out").exists()


def test_a_dry_run_counts_and_estimates_and_runs_nothing(root: Path, grid: Path) -> None:
    done = batch(root, grid, "--out", grid.parent / "out", "--dry-run", "--cores", "2")
    assert done.returncode == 0
    assert "3 runs of toy.py, 0 finished, 3 to run" in done.stdout
    assert "about 0 min 24 s, at 12.0 s a run on 2 (a guess: none was timed yet)" in done.stdout
    assert not (grid.parent / "out").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--profile", "slurmm"], "no profile 'slurmm'"),
        (["--cores", "0"], "--cores 0: a number above 0, or all"),
    ],
)
def test_options_that_cannot_be_are_refused(root: Path, grid: Path, options: list[str], words: str) -> None:
    done = batch(root, grid, *options)
    assert (done.returncode, words in done.stderr, "Traceback" in done.stderr) == (2, True, False)


def test_a_missing_grid_is_a_message(root: Path, tmp_path: Path) -> None:
    done = batch(root, tmp_path / "none.yml")
    assert done.returncode == 2
    assert done.stderr == f"complimits: no grid {tmp_path / 'none.yml'}\n"


def test_a_run_is_named_after_its_parameters_and_all_it_depends_on(root: Path, grid: Path) -> None:
    first = plan_batch(read_grid(grid, root), grid.parent / "out", root)
    assert len({job.name for job in first.jobs}) == 3
    script = grid.parent / "toy.py"
    digest = dependencies_digest(script, root)
    assert first.jobs[0].name == run_name(first.jobs[0].run.parameters, digest)
    script.write_text(NOTEBOOK.replace("# # Twice", "# # Two times"), encoding="utf-8")
    second = plan_batch(read_grid(grid, root), grid.parent / "out", root)
    assert not {job.name for job in first.jobs} & {job.name for job in second.jobs}
    script.write_text(NOTEBOOK, encoding="utf-8")
    third = plan_batch(read_grid(grid, root), grid.parent / "out", root)
    assert [job.name for job in third.jobs] == [job.name for job in first.jobs]


def test_a_notebook_that_reads_results_asks_for_the_report_first(root: Path, grid: Path, tmp_path: Path) -> None:
    (tmp_path / "toy.py").write_text(NOTEBOOK + '\n# read_results("nothing_of_the_kind")\n', encoding="utf-8")
    done = batch(root, grid, "--dry-run")
    assert done.returncode == 2
    assert "reads the results table 'nothing_of_the_kind', which `make report` makes first" in done.stderr


def test_a_batch_isolates_failures_repeats_them_alone_and_goes_on_where_the_grid_grows(root: Path, grid: Path) -> None:
    out, ledger = grid.parent / "out", grid.parent / "ledger.txt"
    done = batch(root, grid, "--out", out)
    assert done.returncode == 1
    assert "run 3 (ledger=" in done.stderr
    assert "failed: toy.py (size=2, name=bad" in done.stderr
    assert f"complimits batch {grid} --out {out} --retry-failed" in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(ledger.read_text().splitlines()) == ["1 good", "2 good"]

    table = results(out)
    doubles = table[table["table"] == "doubles"]
    assert doubles[["run", "parameter_size", "parameter_noise", "name", "double"]].to_numpy().tolist() == [
        [1, 1, 0.5, "good", 2.0],
        [1, 1, 0.5, "good", 1.25],
        [2, 2, 0.5, "good", 4.0],
        [2, 2, 0.5, "good", 1.25],
    ]
    recorded = table[table["table"] == "values"].set_index(["run", "recorded_name"])["recorded_value"]
    assert recorded.loc[(2, "double")] == "4"
    kinds = duckdb.sql(f"DESCRIBE SELECT * FROM '{out / 'results.parquet'}'").fetchall()
    assert {row[0]: row[1] for row in kinds} | {"parameter_size": "BIGINT", "double": "DOUBLE"} == {
        row[0]: row[1] for row in kinds
    }
    assert duckdb.sql(f"SELECT count(*) FROM '{out / 'results.parquet'}'").fetchall() == [(len(table),)]

    index = (out / "index.html").read_text(encoding="utf-8")
    assert "2 finished, 1 failed, 0 not run" in index
    assert "bad as asked" in index
    links = [part.split('"')[0] for part in index.split('href="')[1:]]
    assert links
    assert [link for link in links if not (out / link).exists()] == []
    assert "http" not in index.replace("http-equiv", "")
    pages = list(out.glob("runs/*/notebook.html"))
    assert len(pages) == 2
    assert all(
        "Twice" in page.read_text(encoding="utf-8") and "<math" in page.read_text(encoding="utf-8") for page in pages
    )

    (grid.parent / "mended").touch()
    again = batch(root, grid, "--out", out, "--retry-failed")
    assert again.returncode == 0, again.stderr
    assert sorted(ledger.read_text().splitlines()) == ["1 good", "2 bad", "2 good"]

    grid.write_text(grid.read_text(encoding="utf-8").replace("to: 2", "to: 3"), encoding="utf-8")
    grown = batch(root, grid, "--out", out)
    assert grown.returncode == 0, grown.stderr
    assert "5 runs of toy.py, 3 finished, 2 to run" in grown.stdout
    assert "the mean of 3 earlier runs" in grown.stdout
    assert sorted(ledger.read_text().splitlines()) == ["1 good", "2 bad", "2 good", "3 bad", "3 good"]
    before = (out / "results.csv").read_bytes()
    idle = batch(root, grid, "--out", out)
    assert (idle.returncode, "0 to run" in idle.stdout) == (0, True)
    assert (out / "results.csv").read_bytes() == before


def test_a_second_batch_in_the_same_folder_is_refused(root: Path, grid: Path) -> None:
    out = grid.parent / "out"
    out.mkdir()
    with (out / "batch.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("4321")
        lock.flush()
        done = batch(root, grid, "--out", out)
    assert done.returncode == 1
    assert "another batch is being made in this folder (process 4321); wait for it to end" in done.stderr
    assert not (grid.parent / "ledger.txt").exists()


def test_a_run_that_a_cluster_repeats_takes_the_place_of_the_first(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def execute(_: Path, page: Path, *__: object) -> None:
        page.write_text("executed", encoding="utf-8")

    monkeypatch.setattr(notebooks, "execute", execute)
    plan = tmp_path / PLAN
    plan.write_text(json.dumps({"script": "toy.py", "runs": {"first": {}}}), encoding="utf-8")
    for left in ([], ["stale.csv"], [DONE]):
        for name in left:
            (tmp_path / "runs" / "first" / name).touch()
        run_one(plan, "first", root)
        assert [path.name for path in (tmp_path / "runs").iterdir()] == ["first"]
        found = {path.name for path in (tmp_path / "runs" / "first").iterdir()}
        assert found == {"notebook.ipynb", "tables", DONE}


def test_what_is_killed_at_any_moment_is_completed_and_nothing_is_done_twice(root: Path, tmp_path: Path) -> None:
    (tmp_path / "toy.py").write_text(NOTEBOOK, encoding="utf-8")
    ledger, out, fresh = tmp_path / "ledger.txt", tmp_path / "out", tmp_path / "fresh"
    grid = tmp_path / "many.yml"
    grid.write_text(
        f"notebook: toy.py\nparameters:\n  ledger: {ledger}\n  size: {{from: 1, to: {2 * KILLS + 2}, step: 1}}\n",
        encoding="utf-8",
    )
    moments = random.Random(20200710)
    repeated = []
    for _ in range(KILLS):
        finished = {path.parent.name: path.stat().st_mtime_ns for path in out.glob("runs/*/run.json")}
        killed = subprocess.Popen(
            [COMPLIMITS, "batch", grid, "--out", out],
            cwd=root,
            env=environment(root),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            killed.wait(moments.uniform(1.0, 25.0))
        except subprocess.TimeoutExpired:
            os.killpg(killed.pid, signal.SIGKILL)
            killed.wait()
        time.sleep(3.0)  # until the kernels notice
        after = {path.parent.name: path.stat().st_mtime_ns for path in out.glob("runs/*/run.json")}
        repeated += [name for name, stamp in finished.items() if after.get(name) != stamp]
    finished = {path.parent.name: path.stat().st_mtime_ns for path in out.glob("runs/*/run.json")}
    done = batch(root, grid, "--out", out)
    assert done.returncode == 0, done.stderr
    after = {path.parent.name: path.stat().st_mtime_ns for path in out.glob("runs/*/run.json")}
    repeated += [name for name, stamp in finished.items() if after.get(name) != stamp]
    assert repeated == []
    assert [path.name for path in (out / "runs").glob(".*")] == []
    whole = batch(root, grid, "--out", fresh)
    assert whole.returncode == 0, whole.stderr
    assert (out / "results.csv").read_bytes() == (fresh / "results.csv").read_bytes()
    read = [duckdb.sql(f"SELECT * FROM '{place / 'results.parquet'}'").fetchall() for place in (out, fresh)]
    assert read[0] == read[1]
    kept = [json.loads(path.read_text())["parameters"]["size"] for path in out.glob("runs/*/run.json")]
    assert sorted(kept) == list(range(1, 2 * KILLS + 3))
