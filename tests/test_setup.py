"""The set-up: files that must agree with each other, and nothing that belongs to one machine."""

import ast
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jupytext
import pytest
import yaml
from jupytext.config import load_jupytext_configuration_file
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

SCRIPTS = [
    "00_index",
    "01_theory",
    "02_audit",
    "03_records",
    "04_benchmark",
    "05_language",
    "06_comparison",
    "07_families",
    "08_history",
    "09_targets",
    "10_costs",
    "11_efficiency",
    "12_hindcast",
    "13_multiverse",
    "14_claims",
    "own_benchmark",
]
LOCKS = ["requirements.lock", "requirements-lab.lock"]
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)(?P<rest>(?:.*\\\n)(?: {4}--hash=.*\n?)+)", re.M)
ANY_ENTRY = re.compile(r"^(?![#\s])(?P<name>[A-Za-z0-9._-]+)", re.M)
# Taken apart, so that this file does not match.
REGISTRIES = ["pypi" + ".org", "python" + "hosted", "--index" + "-url", "--extra-index" + "-url", "--find" + "-links"]
FOLDERS = ["home", "Users", "root", "work", "mnt", "data", "srv"]
MACHINE_PATH = re.compile("(?<![\\w.)}/:-])/(?:" + "|".join(FOLDERS) + ")/" + "[\\w.]")


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    """The table ``project`` of pyproject.toml."""
    settings: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return settings["project"]


@pytest.fixture(scope="module")
def texts(root: Path) -> dict[str, str]:
    """Every text file of the project, tracked or about to be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.splitlines()
    found = {name: root / name for name in listed if (root / name).is_file()}
    return {name: path.read_text(encoding="utf-8", errors="replace") for name, path in found.items()}


def pins_of(lock: Path) -> dict[str, set[str]]:
    """Versions of each package in a lock that come with hashes."""
    pins: dict[str, set[str]] = {}
    for match in PIN.finditer(lock.read_text(encoding="utf-8")):
        pins.setdefault(canonicalize_name(match["name"]), set()).add(match["version"])
    return pins


def unmet(requirements: list[str], pins: dict[str, set[str]]) -> list[str]:
    """Requirements that no pin meets."""
    return [
        text
        for text in requirements
        if not any(
            Requirement(text).specifier.contains(version) for version in pins.get(canonicalize_name(_name(text)), ())
        )
    ]


def _name(text: str) -> str:
    return Requirement(text).name


def test_every_dependency_and_extra_is_pinned_with_hashes_to_a_version_it_allows(
    project: dict[str, Any], root: Path
) -> None:
    asked = [*project["dependencies"], *(text for extra in project["optional-dependencies"].values() for text in extra)]
    assert len(asked) > 25
    assert unmet(asked, pins_of(root / "requirements.lock")) == []


def test_a_missing_or_wrong_pin_would_be_seen(root: Path) -> None:
    pins = pins_of(root / "requirements.lock")
    assert unmet(["no-such-package>=1"], pins) == ["no-such-package>=1"]
    assert unmet(["numpy<2"], pins) == ["numpy<2"]


def test_jupyterlab_is_pinned_in_a_lock_of_its_own(root: Path) -> None:
    groups = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    assert unmet(groups["lab"], pins_of(root / "requirements-lab.lock")) == []
    assert "jupyterlab" not in pins_of(root / "requirements.lock")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_entry_of_a_lock_has_hashes(lock: str, root: Path) -> None:
    text = (root / lock).read_text(encoding="utf-8")
    entries = {canonicalize_name(match["name"]) for match in ANY_ENTRY.finditer(text)}
    assert len(entries) > 50
    assert entries == set(pins_of(root / lock))


def test_conda_takes_the_same_python_and_the_same_lock(project: dict[str, Any], root: Path) -> None:
    environment = yaml.safe_load((root / "environment.yml").read_text(encoding="utf-8"))
    (python,) = [entry for entry in environment["dependencies"] if str(entry).startswith("python")]
    assert SpecifierSet(python.removeprefix("python")) == SpecifierSet(project["requires-python"])
    (from_pip,) = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
    assert from_pip == ["-r requirements.lock"]
    assert environment["name"] == project["name"]


def test_the_oldest_python_is_the_same_everywhere(project: dict[str, Any], root: Path) -> None:
    (oldest,) = SpecifierSet(project["requires-python"])
    script = (root / "workflow" / "environment.sh").read_text(encoding="utf-8")
    major, minor = oldest.version.split(".")
    assert f"sys.version_info < ({major}, {minor})" in script
    assert f"Python {oldest.version} or newer" in script
    assert f"--python-version {oldest.version}" in (root / "Makefile").read_text(encoding="utf-8")
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["tool"]["mypy"]["python_version"] == oldest.version


def test_the_version_is_the_same_everywhere(project: dict[str, Any], root: Path) -> None:
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (\S+) \((\d{4}-\d\d-\d\d)\)$", changelog, re.M)
    newest, date = headings[0]
    assert project["version"] == citation["version"] == newest
    assert str(citation["date-released"]) == date
    assert [Version(version) for version, _ in headings] == sorted((Version(v) for v, _ in headings), reverse=True)


def test_no_file_names_a_registry(texts: dict[str, str]) -> None:
    found = [(name, word) for name, text in texts.items() for word in REGISTRIES if word in text]
    assert len(texts) > 50
    assert found == []


def test_no_file_names_a_folder_of_one_machine(texts: dict[str, str]) -> None:
    found = [(name, match.group()) for name, text in texts.items() for match in MACHINE_PATH.finditer(text)]
    assert found == []


@pytest.mark.parametrize(
    ("text", "machine"),
    [
        ("source = " + "/".join(["", "home", "me", "data"]), True),
        ('"' + "/".join(["", "Users", "me"]) + '"', True),
        ("https://a.org/data/x.csv", False),
        ("tests/data/x.csv", False),
        ("#!/bin/sh", False),
    ],
)
def test_a_folder_of_a_machine_would_be_seen(text: str, machine: bool) -> None:
    assert bool(MACHINE_PATH.search(text)) == machine


def test_the_scripts_are_those_that_these_tests_know(root: Path) -> None:
    assert sorted(path.stem for path in (root / "notebooks").glob("*.py")) == SCRIPTS


@pytest.fixture
def notebook(request: pytest.FixtureRequest, root: Path) -> str:
    return (root / "notebooks" / f"{request.param}.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("notebook", SCRIPTS, indirect=True)
def test_a_notebook_defines_nothing_and_reads_data_through_the_package_only(notebook: str) -> None:
    tree = ast.parse(notebook)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    assert [node.lineno for node in ast.walk(tree) if isinstance(node, kinds)] == []
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not (names | attributes) & {"open", "Path", "read_csv", "read_json", "to_csv", "savefig", "set_xlim"}


@pytest.mark.parametrize("notebook", SCRIPTS, indirect=True)
def test_a_notebook_is_a_script_without_outputs(notebook: str) -> None:
    cells = jupytext.reads(notebook, fmt="py:percent").cells
    assert {cell.cell_type for cell in cells} == {"markdown", "code"}
    assert all(not cell.get("outputs") for cell in cells)
    assert "image/png" not in notebook


@pytest.mark.parametrize("notebook", SCRIPTS, indirect=True)
def test_every_code_cell_says_whether_its_input_is_shown(notebook: str) -> None:
    code = [cell for cell in jupytext.reads(notebook, fmt="py:percent").cells if cell.cell_type == "code"]
    assert all({"hide-input", "remove-cell"} & set(cell.metadata.get("tags", [])) for cell in code)


@pytest.mark.parametrize("notebook", SCRIPTS, indirect=True)
def test_jupyterlab_saves_the_cells_of_a_script_as_they_are(notebook: str, root: Path) -> None:
    config = load_jupytext_configuration_file(str(root / "jupytext.toml"))
    saved = jupytext.writes(jupytext.reads(notebook, fmt="py:percent"), fmt="py:percent", config=config)
    assert without_header(saved) == without_header(notebook)


def without_header(script: str) -> str:
    return script.split("# ---\n", 2)[2]


Packages = Callable[..., subprocess.CompletedProcess[str]]
TOOLS = ["sh", "grep", "tr", "mktemp", "rm", "tail"]


@pytest.fixture
def packages(root: Path, tmp_path: Path) -> Packages:
    """Run packages.sh on a machine that has no more commands than are planted."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in TOOLS:
        (programs / name).symlink_to(str(shutil.which(name)))

    def run(*arguments: str, **planted: str) -> subprocess.CompletedProcess[str]:
        for name, body in planted.items():
            program = programs / name.replace("_", "-")
            program.write_text(f"#!{shutil.which('sh')}\n{body}\n", encoding="utf-8")
            program.chmod(0o755)
        command = [str(root / "workflow" / "packages.sh"), *arguments]
        environment = {"PATH": str(programs), "LOG": str(tmp_path / "log")}
        return subprocess.run(command, cwd=root, env=environment, check=False, capture_output=True, text=True)

    return run


def listed(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]


NOT_ROOT, ROOT = "echo 1000", "echo 0"
NONE_INSTALLED, ALL_INSTALLED = "exit 1", "echo installed"


@pytest.mark.parametrize(
    ("list_name", "commands"),
    [("apt.txt", ["latexmk", "xelatex"]), ("tests/apt.txt", ["chromium"]), ("tests/apt-slurm.txt", ["sbatch"])],
)
def test_a_user_who_may_not_install_is_told_what_to_type(
    list_name: str, commands: list[str], packages: Packages, root: Path
) -> None:
    done = packages(list_name, *commands, id=NOT_ROOT, dpkg_query=NONE_INSTALLED, apt_get="touch $LOG")
    assert done.returncode == 1
    expected = " ".join(["apt-get install --no-install-recommends", *listed(root / list_name)])
    assert done.stderr.strip() == f"missing: {' '.join(commands)}. As root: {expected}"
    assert done.stdout == ""


def test_nothing_is_installed_for_a_user_who_may_not(packages: Packages, tmp_path: Path) -> None:
    packages("apt.txt", "latexmk", id=NOT_ROOT, dpkg_query=NONE_INSTALLED, apt_get='echo "$@" >>"$LOG"')
    assert not (tmp_path / "log").exists()


def test_root_installs_every_package_of_the_list(packages: Packages, root: Path, tmp_path: Path) -> None:
    done = packages("apt.txt", "latexmk", id=ROOT, dpkg_query=NONE_INSTALLED, apt_get='echo "$@" >>"$LOG"')
    assert done.returncode == 0, done.stderr
    names = " ".join(listed(root / "apt.txt"))
    assert (tmp_path / "log").read_text(encoding="utf-8").splitlines() == [
        "update",
        f"install -y --no-install-recommends {names}",
    ]


def test_a_failed_installation_is_shown_and_fails(packages: Packages) -> None:
    done = packages("apt.txt", "latexmk", id=ROOT, dpkg_query=NONE_INSTALLED, apt_get="echo no mirror; exit 100")
    assert done.returncode == 1
    assert "no mirror" in done.stderr
    assert "could not install the packages of apt.txt" in done.stderr


def test_a_package_that_brings_no_command_is_missed_too(packages: Packages) -> None:
    only_latexmk = '[ "$3" = latexmk ] && echo installed'
    done = packages("apt.txt", "latexmk", id=NOT_ROOT, latexmk="", dpkg_query=only_latexmk)
    assert done.returncode == 1
    assert done.stderr.startswith("missing: texlive-xetex ")


def test_nothing_is_said_where_everything_is_there(packages: Packages) -> None:
    done = packages("apt.txt", "latexmk", "xelatex", latexmk="", xelatex="", dpkg_query=ALL_INSTALLED)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_without_tex_a_browser_is_enough(packages: Packages) -> None:
    done = packages("apt.txt", "latexmk", id=NOT_ROOT, dpkg_query=NONE_INSTALLED, chromium="")
    assert done.returncode == 0
    assert "Chromium prints the PDF" in done.stderr
    assert "As root: apt-get install" in done.stderr


@pytest.mark.parametrize("script", ["workflow/packages.sh", "workflow/environment.sh", ".ci/run"])
def test_a_shell_script_can_be_run_and_parsed(script: str, root: Path) -> None:
    assert os.access(root / script, os.X_OK)
    shell = "bash" if "bash" in (root / script).read_text(encoding="utf-8").splitlines()[0] else "sh"
    done = subprocess.run([shell, "-n", str(root / script)], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_old_python_is_refused_before_anything_is_made(root: Path, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!{shutil.which("sh")}\n[ "$1" = -c ] && exit 1\necho Python 3.9.2\n', encoding="utf-8")
    python.chmod(0o755)
    command = [str(root / "workflow" / "environment.sh"), str(tmp_path / "venv"), "requirements.lock"]
    environment = {**os.environ, "PYTHON": str(python)}
    done = subprocess.run(command, cwd=root, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed" in done.stderr
    assert "found: Python 3.9.2" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_every_target_of_the_makefile_is_explained(root: Path) -> None:
    shown = subprocess.run(["make", "-s", "help"], cwd=root, check=True, capture_output=True, text=True).stdout
    phony = re.search(r"^\.PHONY: (.*)$", (root / "Makefile").read_text(encoding="utf-8"), re.M)
    assert phony
    hidden = {"tex", "browser", "slurm"}
    assert {line.split()[1] for line in shown.splitlines()} == set(phony[1].split()) - hidden
