"""Grids: what they multiply out to, and that every fault is found, with its place, before anything runs."""

import math
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from computational_limits.grid import GridError, read_grid, spread_values

NOTEBOOK = """\
# %% tags=["parameters"]
snr = 30.0
relevant = 10
law = "equal"
fast = False
sizes = [1, 2]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "toy.py").write_text(NOTEBOOK, encoding="utf-8")
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "01_theory.py").write_text(NOTEBOOK, encoding="utf-8")
    return tmp_path


def write(folder: Path, text: str) -> Path:
    path = folder / "grid.yml"
    path.write_text(text, encoding="utf-8")
    return path


def runs(folder: Path, text: str) -> list[dict[str, object]]:
    return [dict(run.parameters) for run in read_grid(write(folder, text), folder).runs]


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(GridError) as caught:
        read_grid(write(folder, text), folder)
    return [f"{fault.line}:{fault.column} {fault.text}" for fault in caught.value.faults]


def test_parameters_are_multiplied_out_and_the_others_keep_their_defaults(folder: Path) -> None:
    found = runs(folder, "notebook: toy.py\nparameters:\n  snr: [4, 30]\n  relevant: {from: 5, to: 15, step: 5}\n")
    assert [(run["snr"], run["relevant"]) for run in found] == [
        (snr, relevant) for snr in (4.0, 30.0) for relevant in (5, 10, 15)
    ]
    assert all(isinstance(run["snr"], float) for run in found)
    assert {(run["law"], run["fast"], tuple(run["sizes"])) for run in found} == {("equal", False, (1, 2))}


def test_zipped_lists_go_together_and_exclusions_leave_out(folder: Path) -> None:
    found = runs(
        folder,
        "notebook: toy.py\nzip:\n  snr: [1, 2]\n  relevant: [3, 4]\nparameters:\n  fast: [true, false]\n"
        "exclude:\n  - {snr: 1, fast: true}\n",
    )
    assert [(run["snr"], run["relevant"], run["fast"]) for run in found] == [(1, 3, False), (2, 4, True), (2, 4, False)]


def test_named_sets_are_one_axis_and_fill_up_with_defaults(folder: Path) -> None:
    grid = read_grid(
        write(
            folder, "analysis: theory\nsets:\n  noisy: {snr: 1}\n  wide: {relevant: 99}\nparameters:\n  law: [equal]\n"
        ),
        folder,
    )
    assert grid.has_sets
    assert grid.varied == ("snr", "relevant", "law")
    assert [(run.of_set, run.parameters["snr"], run.parameters["relevant"]) for run in grid.runs] == [
        ("noisy", 1.0, 10),
        ("wide", 30.0, 99),
    ]


def test_a_list_is_one_value_of_a_parameter_that_is_a_list(folder: Path) -> None:
    assert [run["sizes"] for run in runs(folder, "notebook: toy.py\nparameters: {sizes: [[1], [2, 3]]}\n")] == [
        [1],
        [2, 3],
    ]


def test_numbers_with_an_exponent_are_numbers(folder: Path) -> None:
    assert [run["snr"] for run in runs(folder, "notebook: toy.py\nparameters: {snr: [1e2, 1.5e+1]}\n")] == [100.0, 15.0]


def test_whole_numbers_on_a_log_scale_are_the_nearest(folder: Path) -> None:
    found = runs(folder, "notebook: toy.py\nparameters:\n  relevant: {from: 1, to: 10, count: 5, scale: log}\n")
    assert [run["relevant"] for run in found] == [1, 2, 3, 6, 10]


def test_three_bad_entries_are_all_named_with_their_places_and_what_could_be_meant(folder: Path) -> None:
    assert faults(
        folder,
        "notebook: toy.py\nparameters:\n  snrr: [4]\n  relevant: [5, many]\n  law: {from: 1, to: 3, step: 1}\n",
    ) == [
        "3:3 no parameter 'snrr'; did you mean 'snr'?",
        "4:17 parameter 'relevant' = 'many' must be of type int, like its default 10",
        "5:8 parameter 'law' = 1.0 must be of type str, like its default 'equal'",
    ]


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("notebook: tou.py\n", "1:11", "no notebook 'tou.py'"),
        ("analysis: theery\n", "1:11", "did you mean 'theory'?"),
        ("parameters: {snr: 4}\n", "1:1", "names one notebook or one analysis"),
        ("notebook: toy.py\nparametres: {snr: 4}\n", "2:1", "did you mean 'parameters'?"),
        ("notebook: toy.py\nparameters:\n  snr: [4, 4.0]\n", "3:12", "has the value 4.0 twice"),
        ("notebook: toy.py\nparameters:\n  snr: 4\n  snr: 5\n", "4:3", "there twice"),
        ("notebook: toy.py\nparameters:\n  snr: []\n", "3:8", "empty list"),
        ("notebook: toy.py\nparameters: 3\n", "2:13", "must be a mapping"),
        ("notebook: toy.py\nparameters:\n  sizes: [1, 2]\n", "3:11", "must be of type list"),
        ("notebook: toy.py\nparameters:\n  fast: [1]\n", "3:10", "must be of type bool"),
        ("notebook: toy.py\nparameters:\n  law: [2020-07-10]\n", "3:9", "must be of type str"),
        ("notebook: toy.py\nparameters:\n  snr: {from: 1, to: 9}\n", "3:8", "needs from, to, and either step or count"),
        ("notebook: toy.py\nparameters:\n  snr: {from: 9, to: 1, step: 1}\n", "3:8", "from low to high"),
        ("notebook: toy.py\nparameters:\n  snr: {from: 0, to: 1, count: 3, scale: log}\n", "3:8", "above 0 on a log"),
        (
            "notebook: toy.py\nparameters:\n  snr: {from: 1, to: 9, count: 3, scale: lag}\n",
            "3:35",
            "did you mean 'log'?",
        ),
        ("notebook: toy.py\nparameters:\n  snr: {from: 1, to: 9, stap: 3}\n", "3:25", "did you mean 'step'?"),
        ("notebook: toy.py\nparameters:\n  snr: {from: 1, to: .inf, step: 3}\n", "3:18", "must be a number"),
        ("notebook: toy.py\nparameters:\n  snr: {from: 1, to: 9, step: 1e-9}\n", "3:8", "more than"),
        ("notebook: toy.py\nparameters:\n  relevant: {from: 1, to: 2, step: 0.5}\n", "3:13", "must be of type int"),
        ("notebook: toy.py\nzip: {snr: [1, 2], relevant: [1]}\n", "2:6", "equally long: snr has 2, relevant has 1"),
        ("notebook: toy.py\nzip: {snr: [1]}\nparameters: {snr: 2}\n", "3:14", "given in line 2 already"),
        ("notebook: toy.py\nparameters: {snr: [1, 2]}\nexclude: [{snr: 3}]\n", "3:11", "leaves nothing out"),
        ("notebook: toy.py\nparameters: {snr: [1, 2]}\nexclude: [{snr: [1, 2]}]\n", "3:10", "nothing is left"),
        ("notebook: toy.py\nparameters: {snr: [1, 2]}\nexclude: [{law: equal}]\n", "3:12", "does not give it"),
        ("notebook: [\n", "2:1", "no YAML"),
        ("just words\n", "1:1", "a grid is a mapping"),
        ("", "1:1", "a grid is a mapping"),
        ("notebook: toy.py\nparameters: &a\n  sizes: *a\n", "1:1", ""),
    ],
)
def test_each_fault_is_named_with_its_place(folder: Path, text: str, place: str, words: str) -> None:
    found = faults(folder, text)
    if words:
        assert any(fault.startswith(f"{place} ") and words in fault for fault in found), found


def test_a_grid_in_another_encoding_is_refused(folder: Path) -> None:
    path = folder / "grid.yml"
    path.write_bytes("notebook: toy.py # é".encode("latin-1"))
    with pytest.raises(GridError, match="must be UTF-8"):
        read_grid(path, folder)


@given(
    low=st.integers(-1000, 1000),
    steps=st.integers(0, 200),
    step=st.sampled_from(["0.1", "0.25", "1", "3", "0.001"]),
)
def test_a_range_by_steps_has_both_ends_and_equal_distances(low: int, steps: int, step: str) -> None:
    high = float(f"{low + steps * float(step):.9g}")
    values = spread_values(low, high, step=float(step))
    assert len(values) == steps + 1
    assert values[0] == low
    assert values[-1] == high
    assert values == pytest.approx([low + index * float(step) for index in range(steps + 1)])


@given(low=st.floats(1e-6, 1e6), ratio=st.floats(1.001, 1e6), count=st.integers(2, 40), log=st.booleans())
def test_a_range_by_count_has_both_ends_and_is_even_on_its_scale(
    low: float, ratio: float, count: int, log: bool
) -> None:
    values = spread_values(low, low * ratio, count=count, log=log)
    assert len(values) == count
    assert (values[0], values[-1]) == (low, low * ratio)
    places = [math.log(value) for value in values] if log else values
    gaps = [second - first for first, second in pairwise(places)]
    assert gaps == pytest.approx([(places[-1] - places[0]) / (count - 1)] * (count - 1), rel=1e-3, abs=1e-9)


@settings(deadline=None)
@given(
    snr=st.lists(st.floats(0.1, 1e3), min_size=1, max_size=4, unique=True),
    relevant=st.lists(st.integers(1, 99), min_size=1, max_size=4, unique=True),
    left=st.booleans(),
)
def test_what_is_written_is_what_runs(
    tmp_path_factory: pytest.TempPathFactory, snr: list[float], relevant: list[int], left: bool
) -> None:
    folder = tmp_path_factory.mktemp("grid")
    (folder / "toy.py").write_text(NOTEBOOK, encoding="utf-8")
    contents: dict[str, object] = {"notebook": "toy.py", "parameters": {"snr": snr, "relevant": relevant}}
    wanted = [(one, other) for one in snr for other in relevant]
    if left and len(wanted) > 1:
        contents["exclude"] = [{"snr": snr[0], "relevant": relevant[0]}]
        wanted.remove((snr[0], relevant[0]))
    found = runs(folder, yaml.safe_dump(contents, sort_keys=False))
    assert [(run["snr"], run["relevant"]) for run in found] == wanted
