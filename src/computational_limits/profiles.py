"""Where the jobs of the pipeline run: profiles of Snakemake, a folder with a ``config.yaml`` each."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import yaml

from computational_limits.tables import suggestion

DEFAULT = "default"
"""Profile of one machine."""
FILE = "config.yaml"
HERE = "local"
"""Executor of jobs on this machine, which is part of Snakemake."""
COMMANDS = {"slurm": "sbatch"}
"""Command that submits to a cluster, by executor."""


class ProfileError(ValueError):
    """A profile that cannot be used here."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile that can be used.

    Attributes
    ----------
    folder : Path
        Where its ``config.yaml`` is.
    executor : str
        Who runs the jobs: `HERE`, or a plugin of Snakemake.
    jobs : int
        Jobs at a time: what the profile says, else the processors of this machine.
    """

    folder: Path
    executor: str
    jobs: int

    def options(self, cores: str) -> list[str]:
        """Options for Snakemake.

        Parameters
        ----------
        cores : str
            Processors here or jobs at a time elsewhere: a number, or ``all`` for what there is or the profile says.
        """
        chosen = ["--workflow-profile", str(self.folder)]
        if self.executor == HERE:
            return [*chosen, "--cores", cores]
        # Snakemake would take --cores for the most that all jobs on the cluster may have together.
        return chosen if cores == "all" else [*chosen, "--jobs", cores]

    def workers(self, cores: str) -> int:
        """Jobs at a time."""
        return self.jobs if cores == "all" else int(cores)


def find_profile(name: str, root: Path) -> Profile:
    """Find a profile and see that it can be used here.

    Parameters
    ----------
    name : str
        Folder of ``workflow/profiles``, or the path of a folder elsewhere.
    root : Path
        Project folder.

    Raises
    ------
    ProfileError
        If there is none, its file cannot be read, or what its executor needs is not installed.
    """
    profiles = root / "workflow" / "profiles"
    folder = profiles / name
    if os.sep in name or not (folder / FILE).is_file():
        folder = Path(name).resolve()
    path = folder / FILE
    if not path.is_file():
        known = sorted(path.parent.name for path in profiles.glob(f"*/{FILE}"))
        raise ProfileError(f"no profile {name!r}{suggestion(name, known)}, or the path of a folder with {FILE}")
    try:
        settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ProfileError(f"{path} cannot be read: {' '.join(str(error).split())}") from error
    if not isinstance(settings, dict):
        raise ProfileError(f"{path} must have options of Snakemake, one a line, as name: value")
    executor, jobs = str(settings.get("executor", HERE)), settings.get("jobs", os.cpu_count() or 1)
    if not isinstance(jobs, int) or jobs < 1:
        raise ProfileError(f"{path}: jobs = {jobs} must be a number above 0")
    _see_that_it_is_there(executor, path)
    return Profile(folder, executor, jobs)


def _see_that_it_is_there(executor: str, path: Path) -> None:
    plugin = f"snakemake_executor_plugin_{executor}".replace("-", "_")
    if executor != HERE and not (plugin.isidentifier() and find_spec(plugin)):
        raise ProfileError(
            f"{path} asks for executor {executor!r}, whose package {plugin.replace('_', '-')} is missing"
        )
    command = COMMANDS.get(executor)
    if command and shutil.which(command) is None:
        raise ProfileError(
            f"{path} asks for executor {executor!r}, but there is no command {command} here;"
            " run this where jobs of the cluster are submitted"
        )
