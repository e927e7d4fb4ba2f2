"""A real Slurm cluster of one node: what runs there is what runs here, whatever is done to its jobs."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest
import yaml
from slurm_cluster import Cluster, ClusterError, running_cluster

from computational_limits.paths import ROOT_VARIABLE
from computational_limits.pipeline import shard_folder
from computational_limits.theory.shards import PLANS, write_shard

COMPLIMITS = Path(sys.executable).with_name("complimits")
CPUS = 4
"""Processors the node says it has, so that all runs of the grid run together."""
TIME_LIMIT_S = 600
NOTEBOOK = """\
# %% [markdown]
# # Slope {{ slope }}

# %% tags=["parameters"]
seed = 1
folder = ""

# %%
import os
import time
from pathlib import Path

from computational_limits.display import keep, record
from computational_limits.regressions import fit_forms, tabulate_regressions
from computational_limits.vintages import read_models

# %%
(Path(folder) / f"begun-{seed}-{os.getpid()}").touch()
while (Path(folder) / "hold").exists():
    time.sleep(0.1)

# %%
models = read_models(benchmark="imagenet").sample(10, random_state=seed)
table = tabulate_regressions(fit_forms(models), "imagenet", "2020", "hardware_burden")
keep(regressions=table)
record(slope=table["slope"].iloc[0])
"""
SEEDS = (1, 2, 3, 4)
GRID = "notebook: toy.py\nparameters:\n  seed: {seeds}\n  folder: {folder}\n"
SIMULATION = ["--covariates", "200", "--size", "60", "--size", "120", "--repetitions", "7", "--seed", "3"]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A cluster; where Slurm cannot start its tests are skipped, except in CI, where they fail."""
    with tempfile.TemporaryDirectory(prefix="slurm-") as folder:
        try:
            running = running_cluster(Path(folder), CPUS)
            cluster = running.__enter__()
        except ClusterError as error:
            if os.environ.get("CI"):
                pytest.fail(f"Slurm must run in CI: {error}")
            pytest.skip(f"Slurm cannot run here: {error}")
        try:
            yield cluster
        finally:
            running.__exit__(None, None, None)


@pytest.fixture(scope="module")
def watchful(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The profile as it is shipped, but for the time between two looks at the queue."""
    settings = yaml.safe_load((root / "workflow" / "profiles" / "slurm" / "config.yaml").read_text(encoding="utf-8"))
    settings["slurm-init-seconds-before-status-checks"] = 2
    folder = tmp_path_factory.mktemp("profile")
    (folder / "config.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    return folder


def surroundings(project: Path, cluster: Cluster | None = None) -> dict[str, str]:
    """Environment in which the package of a project is imported, not the installed one."""
    base = cluster.environment if cluster else os.environ
    plain = {name: value for name, value in base.items() if not name.startswith("COMPLIMITS_")}
    return {**plain, "PYTHONPATH": str(project / "src"), ROOT_VARIABLE: str(project)}


def complimits(project: Path, cluster: Cluster | None, *options: str | Path) -> None:
    done = subprocess.run(
        [COMPLIMITS, *map(str, options)],
        cwd=project,
        env=surroundings(project, cluster),
        check=False,
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def wait_until(true: Callable[[], bool], what: str, seconds: float = TIME_LIMIT_S) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.2)


def jobs_of(cluster: Cluster) -> dict[str, str]:
    """Jobs in the queue: the run to its number."""
    lines = cluster.run("squeue --noheader --format='%i %k'").splitlines()
    return {comment.rpartition("_")[2]: number for number, comment in (line.split() for line in lines)}


def kill_processes(words: str) -> int:
    """Kill at once all processes with some words in their command; how many there were."""
    found = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if words in command:
            os.kill(int(folder.name), signal.SIGKILL)
            found += 1
    return found


def test_a_simulation_in_jobs_of_the_cluster_is_the_one_of_one_process_to_the_last_byte(
    root: Path, cluster: Cluster, tmp_path: Path
) -> None:
    here, there = tmp_path / "here.csv", tmp_path / "there.csv"
    complimits(root, None, "simulate", here, *SIMULATION)
    complimits(root, cluster, "simulate", there, *SIMULATION, "--profile", "slurm", "--shard", "4")
    assert {path.stem for path in tmp_path.iterdir()} == {"here", "here-draws", "there", "there-draws"}
    assert there.read_bytes() == here.read_bytes()
    assert (tmp_path / "there-draws.csv").read_bytes() == (tmp_path / "here-draws.csv").read_bytes()
    assert len(pd.read_csv(tmp_path / "there-draws.csv")["repetition"].unique()) == 7


def test_shards_of_the_report_made_on_the_cluster_are_those_made_here(
    root: Path, cluster: Cluster, watchful: Path, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    shutil.copytree(root, project, ignore=lambda _, names: [name for name in names if name.startswith((".", "_build"))])
    firsts = (0, 25)
    shards = [f"{shard_folder(root)}/simulation/{first}-1.csv" for first in firsts]
    complimits(project, cluster, "report", "--profile", watchful, "--", *shards)
    for first, shard in zip(firsts, shards, strict=True):
        write_shard(PLANS["simulation"], range(first, first + 1), tmp_path / "here.csv")
        assert (project / shard).read_bytes() == (tmp_path / "here.csv").read_bytes()


def test_a_batch_survives_what_happens_to_jobs_and_to_the_node_with_the_same_results(
    root: Path, cluster: Cluster, watchful: Path, tmp_path: Path
) -> None:
    (tmp_path / "toy.py").write_text(NOTEBOOK, encoding="utf-8")
    grid, hold = tmp_path / "toy.yml", tmp_path / "hold"
    grid.write_text(GRID.format(seeds=list(SEEDS), folder=tmp_path), encoding="utf-8")
    hold.touch()

    def begun(seed: int) -> int:
        return len(list(tmp_path.glob(f"begun-{seed}-*")))

    with (tmp_path / "said.txt").open("w", encoding="utf-8") as said:
        running = subprocess.Popen(
            [COMPLIMITS, "batch", grid, "--out", tmp_path / "there", "--profile", watchful],
            cwd=root,
            env=surroundings(root, cluster),
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    try:
        wait_until(lambda: all(map(begun, SEEDS)) or running.poll() is not None, "every run has begun")
        plan = yaml.safe_load((tmp_path / "there" / "plan.json").read_text(encoding="utf-8"))
        names = {parameters["seed"]: name for name, parameters in plan["runs"].items()}
        numbers = jobs_of(cluster)
        job = {seed: numbers[names[seed]] for seed in SEEDS}

        cluster.run(f"scontrol requeue {job[1]}")
        cluster.run(f"scancel {job[2]}")
        assert kill_processes(f"book run plan.json {names[3]}") > 0
        wait_until(lambda: not {job[2], job[3]} & set(jobs_of(cluster).values()), "the killed jobs are gone")
        cluster.fail_node()
        assert cluster.node_state().startswith("down")
        wait_until(lambda: "Restarts=1" in cluster.run(f"scontrol show job {job[4]}"), "its job is in the queue again")
        cluster.repair_node()
        hold.unlink()
        for seed in (1, 4):  # Slurm waits two minutes before it runs such a job; nothing of ours happens in them
            cluster.run(f"scontrol update jobid={job[seed]} starttime=now")
        restarts = {seed: cluster.run(f"scontrol show job {job[seed]}") for seed in (1, 4)}
        code = running.wait(TIME_LIMIT_S)
    finally:
        hold.unlink(missing_ok=True)
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()
    assert code == 0, (tmp_path / "said.txt").read_text(encoding="utf-8")
    assert all("Restarts=1" in shown for shown in restarts.values())
    assert [begun(seed) for seed in (1, 4)] == [2, 2]
    assert {begun(seed) for seed in (2, 3)} <= {2, 3}  # thrice where a job sent again is on the node as it fails
    log = (tmp_path / "there" / "logs" / "snakemake.log").read_text(encoding="utf-8")
    assert set(re.findall(r"SLURM status is: '(\w+)'", log)) == {"CANCELLED", "FAILED"}
    assert [path.name for path in (tmp_path / "there" / "runs").glob(".*")] == []

    complimits(root, None, "batch", grid, "--out", tmp_path / "here", "--cores", "2")
    for name in ("results.csv", "results.parquet"):
        assert (tmp_path / "there" / name).read_bytes() == (tmp_path / "here" / name).read_bytes()
