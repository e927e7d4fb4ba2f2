"""A simulation of one's own in shards: each is a job of Snakemake, here or on a cluster.

The shards lie in a folder that is named after all that their numbers depend on,
so that what was cut off goes on and what has changed begins anew. Put together
they are the draws that one process writes, to the last bit.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from computational_limits.pipeline import (
    INTERRUPTED,
    failure_reason,
    only_one,
    progress_line,
    repetitions_done,
    run_snakemake,
)
from computational_limits.theory.design import Design
from computational_limits.theory.shards import Plan, join_shards, write_shard
from computational_limits.theory.simulation import simulate

PLAN = "plan.json"
NAME_LENGTH = 12
"""Hexadecimal digits of the name of the folder."""


class ShardError(RuntimeError):
    """Shards that failed."""


def run_shards(plan: Plan, repetitions: int, each: int, draws: Path, root: Path, options: Iterable[str]) -> bool:
    """Simulate in shards, or finish doing so, and put them together.

    Parameters
    ----------
    plan : Plan
        What to simulate.
    repetitions : int
        Samples to draw.
    each : int
        Of one shard; the last may have fewer.
    draws : Path
        CSV file of the draws; the shards are kept beside it until it is there.
    root : Path
        Project folder.
    options : iterable of str
        Options for Snakemake, with those of a profile.

    Returns
    -------
    bool
        Whether the draws are there; not if the work was interrupted.

    Raises
    ------
    ValueError
        For a plan that cannot be simulated, before anything is written.
    PipelineBusyError
        If the same simulation runs already.
    ShardError
        If a shard failed.
    """
    simulate(plan.designs, plan.sizes, range(repetitions), plan.seed)  # its checks alone
    shards = [(first, min(each, repetitions - first)) for first in range(0, repetitions, each)]
    beside = draws.resolve().with_name(f"{draws.stem}-shards")
    folder = beside / plan.digest()[:NAME_LENGTH]
    with only_one(folder, "simulation") as lock:
        contents = {"designs": [asdict(one) for one in plan.designs], "sizes": plan.sizes, "seed": plan.seed}
        (folder / PLAN).write_text(json.dumps({**contents, "shards": shards}) + "\n", encoding="utf-8")
        started, first_seen = time.monotonic(), repetitions_done(folder)
        told = first_seen

        def tell() -> str:
            nonlocal told
            done = min(repetitions_done(folder), repetitions)
            if done == told:
                return ""
            told = done
            seconds = time.monotonic() - started
            return progress_line("simulation", "repetitions", done, repetitions, done - first_seen, seconds)

        command = ["--snakefile", str(root / "workflow" / "simulation.smk"), "--directory", str(folder), *options]
        with (folder / "snakemake.log").open("w", encoding="utf-8") as log:
            code = run_snakemake(command, folder, root, lock, tell, log)
        if code == INTERRUPTED:
            return False
        if code:
            raise ShardError(_reason(folder))
        join_shards([folder / f"{first}-{count}.csv" for first, count in shards], draws)
    shutil.rmtree(beside)
    return True


def write_one(plan: Path, repetitions: range, output: Path) -> None:
    """Simulate one shard of a plan: a job of `run_shards`.

    Parameters
    ----------
    plan : Path
        ``plan.json``.
    repetitions : range
        Those of the shard.
    output : Path
        CSV file of the draws.
    """
    contents = json.loads(plan.read_text(encoding="utf-8"))
    designs = tuple(Design(**one) for one in contents["designs"])
    write_shard(Plan(designs, tuple(contents["sizes"]), contents["seed"]), repetitions, output)


def _reason(folder: Path) -> str:
    reasons = {log.stem: failure_reason(log) for log in sorted((folder / "logs").glob("*.log"))}
    said = "".join(f"\nshard {name}: {reason}" for name, reason in reasons.items() if reason)
    return f"not every shard could be simulated; the others are kept (whole log: {folder / 'snakemake.log'}){said}"
