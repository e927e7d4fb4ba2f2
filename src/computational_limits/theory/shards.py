"""The simulations of the theory chapter, in shards that can be cut off and taken up again.

A shard writes each repetition to a file beside its output as soon as it is
done; that file also says how far the work is. Taken up again, a shard keeps the
repetitions in it, provided it was begun by the same plan and the same code.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from types import MappingProxyType

import numba
import numpy as np
import pandas as pd
import scipy

from computational_limits.code_digest import code_digest
from computational_limits.theory import design, flops, lasso, simulation, state_evolution
from computational_limits.theory.curves import add_formulas
from computational_limits.theory.design import KEY_COLUMNS, SEED, Design
from computational_limits.theory.simulation import SIZES, simulate, summarise

PARTIAL = ".partial"
"""Suffix of the file of a shard that is not complete."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to simulate.

    Parameters
    ----------
    designs : tuple of Design
        Problems, solved on the same draws.
    sizes : tuple of int
        Sample sizes.
    seed : int
        Root of all seeds.
    """

    designs: tuple[Design, ...]
    sizes: tuple[int, ...]
    seed: int = SEED

    def digest(self) -> str:
        """Digest of everything that a repetition's numbers depend on."""
        code = code_digest(Path(str(module.__file__)) for module in (design, flops, lasso, simulation, state_evolution))
        versions = [library.__version__ for library in (numba, np, scipy)]
        words = json.dumps([[asdict(one) for one in self.designs], self.sizes, self.seed, versions, code])
        return hashlib.sha256(words.encode()).hexdigest()


PLANS: Mapping[str, Plan] = MappingProxyType(
    {
        "simulation": Plan((Design(),), SIZES),
        "simulation_grid": Plan(
            tuple(Design(relevant=s, snr=snr) for s, snr in product((5, 10, 30), (4.0, 10.0, 30.0, 100.0, 1000.0))),
            (25, 50, 70, 90, 110, 140, 175, 250, 500, 1000, 1500),
        ),
    }
)
"""Simulations of the report by the name of their results table: the published design, and a grid around it."""


def write_shard(
    plan: Plan, repetitions: range, output: Path, report: Callable[[int, int], None] = lambda done, of: None
) -> None:
    """Simulate some repetitions into a file, or finish doing so.

    Parameters
    ----------
    plan : Plan
        What to simulate.
    repetitions : range
        Which repetitions.
    output : Path
        CSV file of the draws; its folder is made.
    report : callable
        Called with repetitions done and to do, first with those kept from before.

    Raises
    ------
    ValueError
        For a plan that cannot be simulated, before anything is written.
    OSError
        If the files cannot be written.
    """
    simulate(plan.designs, plan.sizes, repetitions, plan.seed)  # its checks alone: nothing runs yet
    output.parent.mkdir(parents=True, exist_ok=True)
    partial = output.with_name(output.name + PARTIAL)
    stamp = f"# {plan.digest()}\n"
    kept = _complete_part(partial, stamp)
    done = [repetition for repetition in repetitions if repetition in kept]
    with partial.open("w", encoding="utf-8", newline="") as file:
        file.write(stamp)
        for repetition in done:
            file.write(kept[repetition])
        report(len(done), len(repetitions))
        rest = [repetition for repetition in repetitions if repetition not in kept]
        if rest:
            for place, rows in enumerate(simulate(plan.designs, plan.sizes, rest, plan.seed), start=1):
                file.write(f"{_text(rows)}\n")
                file.flush()
                report(len(done) + place, len(repetitions))
    parts = _complete_part(partial, stamp)
    header = ",".join([*KEY_COLUMNS, "repetition", "risk", "flop"])
    text = "".join(parts[repetition].rstrip("\n") + "\n" for repetition in repetitions)
    new = partial.with_suffix(".new")
    new.write_text(f"{header}\n{text}", encoding="utf-8")
    new.replace(output)
    partial.unlink()


def join_shards(shards: Iterable[Path], output: Path) -> None:
    """Put shards under each other: the file that `write_shard` makes of all their repetitions, in their order."""
    texts = [path.read_text(encoding="utf-8").partition("\n") for path in shards]
    (header,) = {text[0] for text in texts}
    new = output.with_name(f"{output.name}.new")
    new.write_text(header + "\n" + "".join(rows for _, _, rows in texts), encoding="utf-8")
    new.replace(output)


def read_draws(paths: Iterable[Path]) -> pd.DataFrame:
    """Draws of shards, one under the other, to the last bit."""
    draws = pd.concat(
        [pd.read_csv(path, keep_default_na=False, dtype={"risk": str, "flop": str}) for path in paths],
        ignore_index=True,
    )
    draws["risk"] = draws["risk"].map(float)
    draws["flop"] = draws["flop"].map(lambda text: float(text or "nan"))
    return draws


def summarise_shards(shards: Iterable[Path], output: Path) -> None:
    """Write the means over all repetitions of the shards, with the formulas beside them."""
    output.parent.mkdir(parents=True, exist_ok=True)
    add_formulas(summarise(read_draws(shards))).to_csv(output, index=False, lineterminator="\n")


def _text(rows: pd.DataFrame) -> str:
    return str(rows.to_csv(index=False, header=False, lineterminator="\n"))


def _complete_part(partial: Path, stamp: str) -> dict[int, str]:
    """Repetitions of a partial file, with an empty line after each; what was cut off is dropped."""
    try:
        text = partial.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return {}
    if not text.startswith(stamp):
        return {}
    place = KEY_COLUMNS.index("n") + 1
    pieces = text[len(stamp) :].split("\n\n")[:-1]
    return {int(piece.split("\n", 1)[0].split(",")[place]): f"{piece}\n\n" for piece in pieces}
