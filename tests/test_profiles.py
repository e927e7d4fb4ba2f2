"""Profiles: which are found, what they say to Snakemake, and which are refused."""

import os
from pathlib import Path

import pytest
import yaml

from computational_limits.profiles import Profile, ProfileError, find_profile


def written(folder: Path, text: str) -> str:
    (folder / "config.yaml").write_text(text, encoding="utf-8")
    return str(folder)


def settings(root: Path, name: str) -> dict[str, object]:
    text = (root / "workflow" / "profiles" / name / "config.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


@pytest.fixture
def on_a_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path with the command of Slurm that submits."""
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "sbatch"
    command.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(command.parent))


def test_the_profile_of_one_machine_takes_processors(root: Path) -> None:
    profile = find_profile("default", root)
    assert profile == Profile(root / "workflow" / "profiles" / "default", "local", os.cpu_count() or 1)
    assert profile.options("3") == ["--workflow-profile", str(profile.folder), "--cores", "3"]
    assert profile.options("all")[-2:] == ["--cores", "all"]
    assert profile.workers("3") == 3


@pytest.mark.usefixtures("on_a_cluster")
def test_the_profile_of_a_cluster_takes_jobs_and_no_processors_of_this_machine(root: Path) -> None:
    profile = find_profile("slurm", root)
    assert profile.executor == "slurm"
    assert profile.options("20") == ["--workflow-profile", str(profile.folder), "--jobs", "20"]
    assert profile.options("all") == ["--workflow-profile", str(profile.folder)]
    assert profile.workers("all") == settings(root, "slurm")["jobs"]


def test_what_holds_on_one_machine_holds_on_a_cluster(root: Path) -> None:
    assert settings(root, "default").items() <= settings(root, "slurm").items()


def test_without_the_command_of_the_cluster_its_profile_is_refused(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProfileError, match="no command sbatch here; run this where jobs of the cluster are submitted"):
        find_profile("slurm", root)


def test_a_profile_may_be_anywhere(root: Path, tmp_path: Path) -> None:
    name = written(tmp_path, "jobs: 7\nkeep-going: true\n")
    assert find_profile(name, root) == Profile(tmp_path, "local", 7)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("executor: [", "cannot be read: while parsing"),
        ("slurm", "must have options of Snakemake, one a line, as name: value"),
        ("jobs: many", "jobs = many must be a number above 0"),
        ("jobs: 0", "jobs = 0 must be a number above 0"),
        (
            "executor: no-such",
            "asks for executor 'no-such', whose package snakemake-executor-plugin-no-such is missing",
        ),
    ],
)
def test_a_profile_that_cannot_be_used_is_refused_with_its_file(
    text: str, message: str, root: Path, tmp_path: Path
) -> None:
    name = written(tmp_path, text)
    with pytest.raises(ProfileError) as caught:
        find_profile(name, root)
    assert str(caught.value).startswith(str(tmp_path / "config.yaml"))
    assert message in str(caught.value)


def test_a_name_that_is_no_profile_lists_what_there_is(root: Path) -> None:
    with pytest.raises(ProfileError, match=r"no profile 'zzz'; known: default, slurm, or the path of a folder with"):
        find_profile("zzz", root)
