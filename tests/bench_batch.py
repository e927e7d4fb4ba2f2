"""What a batch of notebooks costs beside the same notebooks run by papermill alone, on the same cores.

The floor is the command of papermill, one process a notebook, as many at a time
as there are cores. It checks nothing, resumes nothing and gathers nothing.
"""

import argparse
import os
import resource
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import jupytext
import nbformat

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = """\
# %% tags=["parameters"]
seed = 1

# %%
import pandas as pd
from computational_limits.display import keep, record
from computational_limits.figures.scaling import draw_scaling
from computational_limits.regressions import fit_forms, tabulate_regressions
from computational_limits.vintages import read_models

models = read_models(benchmark="imagenet").sample(10, random_state=seed)
table = tabulate_regressions(fit_forms(models), "imagenet", "2020", "hardware_burden")
keep(regressions=table)
record(exponent=table["exponent"].iloc[0])
"""


def tool(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def time_floor(folder: Path, count: int, cores: int, environment: dict[str, str]) -> float:
    """Seconds of papermill alone."""
    notebook = jupytext.read(folder / "bench.py")
    notebook.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(notebook, folder / "bench.ipynb")

    def run(seed: int) -> None:
        command = [tool("papermill"), "bench.ipynb", f"{seed}.ipynb", "-p", "seed", str(seed), "--no-progress-bar"]
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)

    started = time.perf_counter()
    with ThreadPoolExecutor(cores) as pool:
        list(pool.map(run, range(count)))
    return time.perf_counter() - started


def time_batch(folder: Path, cores: int, environment: dict[str, str]) -> float:
    """Seconds of the whole command."""
    started = time.perf_counter()
    command = [tool("complimits"), "batch", "bench.yml", "--out", "out", "--cores", str(cores)]
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return time.perf_counter() - started


def cpu_seconds() -> float:
    """Processor time of all children that have ended; unlike time, other programs do not lengthen it."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=30, help="notebooks")
    parser.add_argument("--cores", type=int, default=2, help="at a time")
    options = parser.parse_args()
    environment = {**os.environ, "COMPLIMITS_ROOT": str(ROOT), "PYTHONPATH": str(ROOT / "src")}
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "bench.py").write_text(SCRIPT, encoding="utf-8")
        seeds = f"{{from: 0, to: {options.count - 1}, step: 1}}"
        grid = f"notebook: bench.py\nparameters:\n  seed: {seeds}\n"
        (folder / "bench.yml").write_text(grid, encoding="utf-8")
        before = cpu_seconds()
        floor = time_floor(folder, options.count, options.cores, environment)
        between = cpu_seconds()
        batch = time_batch(folder, options.cores, environment)
        busy = between - before, cpu_seconds() - between
        imports = "; ".join(line for line in SCRIPT.splitlines() if line.startswith(("import", "from")))
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", imports], env=environment, check=True)
        loading = time.perf_counter() - started
    print(f"{options.count} notebooks on {options.cores} cores")
    for name, seconds, used in (("papermill alone", floor, busy[0]), ("complimits batch", batch, busy[1])):
        print(f"{name}: {seconds:.1f} s, {used / options.count:.2f} s of processor time a notebook")
    print(f"ratio: {batch / floor:.2f} in time, {busy[1] / busy[0]:.2f} in processor time")
    print(f"imports of the notebook alone: {loading:.2f} s")


if __name__ == "__main__":
    main()
