"""Shards of a simulation: cut off, taken up again, put together, told about."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from computational_limits import pipeline
from computational_limits.cli import app
from computational_limits.code_digest import code_digest
from computational_limits.pipeline import SIMULATIONS, Progress, repetitions_done
from computational_limits.shard_jobs import NAME_LENGTH
from computational_limits.theory.curves import add_formulas
from computational_limits.theory.design import Design
from computational_limits.theory.shards import (
    PARTIAL,
    PLANS,
    Plan,
    join_shards,
    read_draws,
    summarise_shards,
    write_shard,
)
from computational_limits.theory.simulation import SIZES, summarise

SMALL = Plan((Design(covariates=40, relevant=3, snr=5.0),), (12, 30, 60), seed=7)
SLOW = ["--covariates", "200", "--size", "60", "--size", "120", "--repetitions", "40"]
"""Options of a simulation that takes some seconds."""


@pytest.fixture
def whole(tmp_path: Path) -> bytes:
    write_shard(SMALL, range(6), tmp_path / "whole.csv")
    return (tmp_path / "whole.csv").read_bytes()


def test_a_shard_leaves_its_output_and_nothing_else(tmp_path: Path, whole: bytes) -> None:
    assert [path.name for path in tmp_path.iterdir()] == ["whole.csv"]
    draws = read_draws([tmp_path / "whole.csv"])
    assert draws["repetition"].unique().tolist() == list(range(6))
    assert whole.endswith(b"\n")


@pytest.mark.parametrize("share", [0.05, 0.3, 0.55, 0.8, 0.999])
def test_a_shard_cut_off_anywhere_goes_on_and_is_the_same_to_the_last_byte(
    tmp_path: Path, whole: bytes, share: float
) -> None:
    cut_off(tmp_path / "cut.csv", share)
    calls: list[tuple[int, int]] = []
    write_shard(SMALL, range(6), tmp_path / "cut.csv", lambda done, total: calls.append((done, total)))
    assert (tmp_path / "cut.csv").read_bytes() == whole
    assert calls[-1] == (6, 6)
    assert calls[0][0] == int(share * 6 + 1e-9)
    assert [done for done, _ in calls] == list(range(calls[0][0], 7))


def cut_off(output: Path, share: float) -> None:
    """What is left of a shard of six repetitions that was killed: a part of its partial file."""
    texts: list[bytes] = []
    partial = output.with_name(output.name + PARTIAL)

    def stop(done: int, total: int) -> None:
        if done == total:
            texts.append(partial.read_bytes())

    write_shard(SMALL, range(6), output, stop)
    output.unlink()
    stamp, _, rest = texts[0].partition(b"\n")
    partial.write_bytes(stamp + b"\n" + rest[: int(share * len(rest))])


@pytest.mark.parametrize("text", ["", "# of another plan\n1,2,3\n\n", "\x00\x00", "no stamp"])
def test_what_another_plan_left_is_not_taken_over(tmp_path: Path, whole: bytes, text: str) -> None:
    (tmp_path / f"other.csv{PARTIAL}").write_text(text, encoding="utf-8")
    write_shard(SMALL, range(6), tmp_path / "other.csv")
    assert (tmp_path / "other.csv").read_bytes() == whole


def test_shards_make_the_same_table_however_they_are_cut(tmp_path: Path) -> None:
    write_shard(SMALL, range(5), tmp_path / "one.csv")
    for part in (range(2), range(2, 3), range(3, 5)):
        write_shard(SMALL, part, tmp_path / f"from-{part.start}.csv")
    summarise_shards([tmp_path / "one.csv"], tmp_path / "a.csv")
    summarise_shards([tmp_path / f"from-{first}.csv" for first in (0, 2, 3)], tmp_path / "b.csv")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    expected = add_formulas(summarise(read_draws([tmp_path / "one.csv"])))
    assert (tmp_path / "a.csv").read_text(encoding="utf-8") == expected.to_csv(index=False, lineterminator="\n")


def test_shards_put_together_are_the_draws_of_one_process_to_the_last_byte(tmp_path: Path, whole: bytes) -> None:
    parts = [range(2), range(2, 3), range(3, 6)]
    for part in parts:
        write_shard(SMALL, part, tmp_path / f"from-{part.start}.csv")
    join_shards([tmp_path / f"from-{part.start}.csv" for part in parts], tmp_path / "joined.csv")
    assert (tmp_path / "joined.csv").read_bytes() == whole


def test_a_plan_that_cannot_be_simulated_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="sample size"):
        write_shard(Plan(SMALL.designs, (5,)), range(2), tmp_path / "none" / "out.csv")
    assert list(tmp_path.iterdir()) == []


def test_plans_of_the_report_have_the_published_design_and_sizes() -> None:
    assert PLANS.keys() == SIMULATIONS.keys()
    assert PLANS["simulation"].designs == (Design(covariates=1000, relevant=10, snr=30.0),)
    assert SIMULATIONS["simulation"][0] == 1000
    assert len(SIZES) >= 16
    assert {12, 15, 175, 1000, 1500, 10_000} <= set(SIZES)


def test_the_digest_of_a_plan_follows_what_its_numbers_depend_on() -> None:
    others = [
        Plan(SMALL.designs, SMALL.sizes, seed=8),
        Plan(SMALL.designs, (12, 30), seed=7),
        Plan((Design(covariates=40, relevant=3, snr=6.0),), SMALL.sizes, seed=7),
    ]
    assert len({plan.digest() for plan in [SMALL, Plan(SMALL.designs, SMALL.sizes, 7), *others]}) == 4


def test_code_that_only_says_more_has_the_same_digest(tmp_path: Path) -> None:
    texts = {
        "plain": "def f(x):\n    return x + 1\n",
        "told": '"""A module."""\n\n# why\ndef f(x):\n    """Add one."""\n    return (x  +  1)\n',
        "other": "def f(x):\n    return x + 2\n",
    }
    digests = {}
    for name, text in texts.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        digests[name] = code_digest([tmp_path / f"{name}.py"])
    assert digests["plain"] == digests["told"] != digests["other"]


# Progress of the report


def test_progress_is_told_while_shards_run_and_with_the_time_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(pipeline, "shard_folder", lambda root: "shards")
    folder = tmp_path / "shards" / "simulation"
    folder.mkdir(parents=True)
    progress = Progress(tmp_path)
    assert progress.tell() == ""
    running = folder / f"25-25.csv{PARTIAL}"
    (folder / "0-25.csv").write_text("", encoding="utf-8")
    running.write_text("# stamp\n" + "1,2\n\n" * 5, encoding="utf-8")
    assert progress.tell() == "simulations [#...................] 30 of 1,040 repetitions"
    assert progress.tell() == ""  # nothing new
    now[0] += 60.0
    running.write_text("# stamp\n" + "1,2\n\n" * 15 + "1,", encoding="utf-8")
    assert progress.tell() == "simulations [#...................] 40 of 1,040 repetitions, about 100 min 00 s left"
    running.rename(folder / "25-25.csv")
    assert progress.tell() == ""


def test_repetitions_of_a_shard_that_is_being_put_in_place_count_once(tmp_path: Path) -> None:
    for name in ("0-25.csv", "25-5.csv.new"):
        (tmp_path / name).touch()
    (tmp_path / f"25-5.csv{PARTIAL}").write_text("# stamp\n" + "1,2\n\n" * 5, encoding="utf-8")
    assert repetitions_done(tmp_path) == 30


def test_progress_of_fewer_repetitions_ends_with_these(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "shard_folder", lambda root: "shards")
    folder = tmp_path / "shards" / "simulation_grid"
    folder.mkdir(parents=True)
    (folder / "0-5.csv").write_text("", encoding="utf-8")
    (folder / f"5-5.csv{PARTIAL}").write_text("# stamp\n" + "1,2\n\n" * 4, encoding="utf-8")
    assert Progress(tmp_path, most=10).tell() == "simulations [#########...........] 9 of 20 repetitions"


# The command


def test_simulate_writes_means_and_draws(tmp_path: Path) -> None:
    out = tmp_path / "mine.csv"
    options = ["--covariates", "40", "--relevant", "3", "--snr", "5", "--size", "30", "--size", "12", "--size", "60"]
    done = CliRunner().invoke(app, ["simulate", str(out), *options, "--repetitions", "5", "--seed", "7"])
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine-draws.csv", "mine.csv"]
    means = pd.read_csv(out)
    assert set(means["repetitions"]) == {5}
    assert set(means["n"]) == {12, 30, 60}


def test_simulate_in_jobs_of_this_machine_goes_on_and_ends_with_the_same_numbers(root: Path, tmp_path: Path) -> None:
    options = ["--covariates", "40", "--relevant", "3", "--size", "30", "--size", "12", "--repetitions", "5"]
    command = [Path(sys.executable).with_name("complimits"), "simulate"]
    environment = {**os.environ, "PYTHONPATH": str(root / "src")}

    def simulate(name: str, *more: str) -> None:
        subprocess.run(
            [*command, tmp_path / name, *options, *more], cwd=root, env=environment, check=True, capture_output=True
        )

    simulate("one.csv")
    plan = Plan((Design(covariates=40, relevant=3),), (30, 12))
    finished = tmp_path / "many-draws-shards" / plan.digest()[:NAME_LENGTH] / "0-3.csv"
    write_shard(plan, range(3), finished)
    stamp = finished.stat().st_mtime_ns
    seen = tmp_path / "seen"
    os.link(finished, seen)
    simulate("many.csv", "--profile", "default", "--shard", "3")
    assert seen.stat().st_mtime_ns == stamp
    seen.unlink()
    assert {path.name for path in tmp_path.iterdir()} == {"one.csv", "one-draws.csv", "many.csv", "many-draws.csv"}
    for end in (".csv", "-draws.csv"):
        assert (tmp_path / f"many{end}").read_bytes() == (tmp_path / f"one{end}").read_bytes()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--relevant", "50", "--covariates", "40"], "50"),
        (["--snr", "-1"], "signal-to-noise ratio"),
        (["--snr", "nan"], "signal-to-noise ratio"),
        (["--size", "0"], "sample size"),
        (["--size", "9"], "sample size"),
        (["--repetitions", "0"], "repetition"),
        (["--seed", "-1"], "seed"),
        (["--law", "zipf"], "geometric"),
    ],
)
def test_simulate_refuses_what_cannot_be_before_any_work(tmp_path: Path, options: list[str], message: str) -> None:
    done = CliRunner().invoke(app, ["simulate", str(tmp_path / "mine.csv"), *options])
    assert done.exit_code == 2
    assert message in done.output
    assert "Traceback" not in done.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_simulation_goes_on_with_the_same_numbers(tmp_path: Path, number: signal.Signals) -> None:
    command = [Path(sys.executable).with_name("complimits"), "simulate"]
    cut, kept = tmp_path / "cut.csv", tmp_path / "kept.csv"
    subprocess.run([*command, kept, *SLOW], check=True, capture_output=True)
    partial = tmp_path / f"cut-draws.csv{PARTIAL}"
    process = subprocess.Popen(
        [*command, cut, *SLOW], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ)
    )
    while process.poll() is None and not (partial.is_file() and partial.read_text(encoding="utf-8").count("\n\n") > 3):
        time.sleep(0.005)
    process.send_signal(number)
    assert process.wait() != 0, "it ended before it could be killed"
    begun = partial.read_text(encoding="utf-8").count("\n\n")
    assert 3 < begun < 40
    assert not cut.exists()
    subprocess.run([*command, cut, *SLOW], check=True, capture_output=True)
    assert cut.read_bytes() == kept.read_bytes()
    assert cut.with_name("cut-draws.csv").read_bytes() == kept.with_name("kept-draws.csv").read_bytes()
