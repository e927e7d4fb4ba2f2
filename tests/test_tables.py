"""The reader of the data: what it counts, and what it says about data that break the codebook."""

import contextlib
import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from computational_limits.paths import ROOT_VARIABLE, project_root, results_folder
from computational_limits.tables import (
    CODEBOOK,
    DataError,
    Offence,
    check_tables,
    read_codebook,
    read_table,
    rows_digest,
    suggestion,
    table_paths,
)

COUNTS = {
    "imagenet": 13,
    "ms-coco": 33,
    "squad-1.1": 16,
    "conll-2003": 13,
    "wmt2014-en-fr": 13,
    "wmt2014-en-de": 13,
}
MODELS, TARGETS, BENCHMARKS, CLAIMS = (f"data/{name}.csv" for name in ("models", "targets", "benchmarks", "claims"))
BIBLIOGRAPHY = "book/references.bib"

Substitute = Callable[[str, str, str], int]


@pytest.fixture
def broken(root: Path, tmp_path: Path) -> Path:
    """A copy of the data and the bibliography, still whole, for a test to break."""
    shutil.copytree(root / "data", tmp_path / "data")
    (tmp_path / "book").mkdir()
    shutil.copy(root / BIBLIOGRAPHY, tmp_path / BIBLIOGRAPHY)
    return tmp_path


@pytest.fixture
def substitute(broken: Path) -> Substitute:
    """Replace the first occurrence of a text in a file; the line it was on."""

    def change(file: str, old: str, new: str) -> int:
        text = (broken / file).read_text(encoding="utf-8")
        before, _, after = text.partition(old)
        assert before != text, f"{old!r} is not in {file}"
        (broken / file).write_text(before + new + after, encoding="utf-8")
        return before.count("\n") + 1

    return change


def offences_of(root: Path) -> tuple[Offence, ...]:
    with pytest.raises(DataError) as caught:
        check_tables(root)
    return caught.value.offences


def test_the_real_project_is_whole(root: Path) -> None:
    rows = check_tables(root)
    assert rows["models"] == 101
    assert rows["benchmarks"] == 6
    assert rows["targets"] == 15
    assert list(rows) == list(table_paths(root))


def test_the_copy_that_the_other_tests_break_is_whole(broken: Path, root: Path) -> None:
    assert check_tables(broken) == check_tables(root)


@pytest.mark.parametrize("benchmark", COUNTS)
def test_each_benchmark_has_its_models(benchmark: str, root: Path) -> None:
    assert (read_table("models", root)["benchmark"] == benchmark).sum() == COUNTS[benchmark]


def test_columns_come_in_the_order_of_the_codebook_with_its_types(root: Path) -> None:
    kinds = {"string": "str", "integer": "Int64", "number": "float64"}
    for resource in read_codebook(root)["resources"]:
        table = read_table(resource["name"], root)
        expected = {field["name"]: kinds[field["type"]] for field in resource["schema"]["fields"]}
        assert {column: str(dtype) for column, dtype in table.dtypes.items()} == expected
        assert list(table.columns) == list(expected)


def test_a_word_that_pandas_takes_for_missing_stays_a_word(broken: Path, substitute: Substitute) -> None:
    substitute(MODELS, ",VGG19,", ",NA,")
    assert "NA" in set(read_table("models", broken)["model"])


def test_text_that_is_absent_is_missing(root: Path) -> None:
    notes = read_table("models", root).set_index("model_id")["note"]
    assert notes.isna()["imagenet-prelunet"]
    assert not notes.isna()["imagenet-senet"]


@pytest.mark.parametrize(
    ("file", "old", "new", "column", "value", "rule"),
    [
        pytest.param(MODELS, "0.809,0.191", "0.809,1.3", "error", "1.3", "must be below 1", id="error above one"),
        pytest.param(MODELS, "0.809,0.191", "0.809,0", "error", "0", "must be above 0", id="error of zero"),
        pytest.param(
            MODELS,
            "0.809,0.191",
            "0.809,low",
            "error",
            "low",
            "must be a plain number",
            id="text in a number",
        ),
        pytest.param(
            MODELS,
            "0.809,0.191",
            "0.809,0.192",
            "score + error",
            "0.809 + 0.192",
            "error + score == 1",
            id="error and score not one",
        ),
        pytest.param(
            MODELS,
            "imagenet-vgg19,imagenet,",
            "imagenet-vgg19,imagnet,",
            "benchmark",
            "imagnet",
            "must be in table benchmarks",
            id="unknown benchmark",
        ),
        pytest.param(
            MODELS,
            "simonyan2015very",
            "simonyan2015vary",
            "source",
            "simonyan2015vary",
            "must be a key of book/references.bib; did you mean 'simonyan2015very'?",
            id="unknown bibliography key",
        ),
        pytest.param(
            MODELS,
            "imagenet-vgg19,imagenet,2020,",
            "imagenet-vgg19,imagenet,,",
            "vintage",
            "",
            "must not be empty",
            id="required cell empty",
        ),
        pytest.param(
            MODELS,
            "imagenet-vgg19,imagenet,2020,",
            "imagenet-vgg19,imagenet,2019,",
            "vintage",
            "2019",
            "must be one of 2020",
            id="value outside its list",
        ),
        pytest.param(
            MODELS,
            "imagenet-vgg19,",
            "imagenet VGG19,",
            "model_id",
            "imagenet VGG19",
            "must match",
            id="bad id",
        ),
        pytest.param(
            MODELS,
            "2020,2015,VGG19",
            "2020,1815,VGG19",
            "year",
            "1815",
            "must be at least 1990",
            id="too early",
        ),
        pytest.param(
            MODELS,
            "2020,2015,VGG19",
            "2020,2051,VGG19",
            "year",
            "2051",
            "must be at most 2020",
            id="too late",
        ),
        pytest.param(
            MODELS, "2020,2015,VGG19", "2020,2015.5,VGG19", "year", "2015.5", "type integer", id="half a year"
        ),
        pytest.param(
            TARGETS,
            "imagenet,target 1,0.05,thompson2020computational",
            "imagenet,target 1,0.05,thompson2020computational,surplus",
            "",
            "surplus",
            "extra cell",
            id="extra cell",
        ),
        pytest.param(
            TARGETS,
            "imagenet,target 1,0.05,thompson2020computational",
            "imagenet,target 1,0.05",
            "source",
            "",
            "the row ends too early",
            id="row too short",
        ),
        pytest.param(
            CLAIMS,
            "floor,imagenet,polynomial,today",
            "floor,imagnet,polynomial,today",
            "benchmark + label",
            "imagnet + today",
            "must be in table targets",
            id="claim about an unknown target",
        ),
    ],
)
def test_one_bad_cell_is_one_offence_with_its_place(
    file: str,
    old: str,
    new: str,
    column: str,
    value: str,
    rule: str,
    broken: Path,
    substitute: Substitute,
) -> None:
    line = substitute(file, old, new)
    (offence,) = offences_of(broken)
    assert (offence.file, offence.line, offence.column, offence.value) == (file, line, column, value)
    assert rule in offence.rule


def test_a_duplicate_id_names_the_line_of_its_twin(broken: Path, substitute: Substitute) -> None:
    twin = (broken / MODELS).read_text(encoding="utf-8").split("imagenet-senet,")[0].count("\n") + 1
    line = substitute(MODELS, "imagenet-vgg19,", "imagenet-senet,")
    (offence,) = offences_of(broken)
    assert (offence.file, offence.line, offence.column) == (MODELS, line, "model_id")
    assert offence.value == "imagenet-senet"
    assert offence.rule == f"must be unique (the same as in the row on line {twin})"


@pytest.mark.parametrize("file", [MODELS, TARGETS, CLAIMS])
def test_a_missing_file_is_said_once(file: str, broken: Path) -> None:
    (broken / file).unlink()
    offences = [offence for offence in offences_of(broken) if offence.file == file]
    assert offences == [Offence(file, 0, "", "must exist: the codebook lists it", "")]


def test_a_missing_table_of_benchmarks_does_not_blame_the_models(broken: Path) -> None:
    (broken / BENCHMARKS).unlink()
    assert [offence.file for offence in offences_of(broken)] == [BENCHMARKS]


def test_an_extra_column_is_named(broken: Path) -> None:
    lines = (broken / TARGETS).read_text(encoding="utf-8").splitlines()
    text = "\n".join([f"{lines[0]},colour", *(f"{line},red" for line in lines[1:])])
    (broken / TARGETS).write_text(f"{text}\n", encoding="utf-8")
    (offence,) = offences_of(broken)
    assert (offence.file, offence.column) == (TARGETS, "colour")
    assert "extra label" in offence.rule


def test_a_column_under_an_unknown_name_is_shown_with_that_name(broken: Path, substitute: Substitute) -> None:
    substitute(MODELS, "model_id,benchmark,vintage,year", "model_id,benchmark,vintage,jahr")
    (offence,) = offences_of(broken)
    assert offence.file == MODELS
    assert "year" in str(offence)
    assert "jahr" in str(offence)


def test_a_missing_column_is_named(broken: Path) -> None:
    lines = (broken / TARGETS).read_text(encoding="utf-8").splitlines()
    text = "\n".join(line.rpartition(",")[0] for line in lines)
    (broken / TARGETS).write_text(f"{text}\n", encoding="utf-8")
    assert any(offence.column == "source" and "missing" in offence.rule for offence in offences_of(broken))


def test_text_that_is_not_utf_8_is_refused(broken: Path) -> None:
    data = (broken / MODELS).read_bytes()
    (broken / MODELS).write_bytes(data.replace(b"VGG19", b"VGG\xff", 1))
    (offence,) = offences_of(broken)
    assert offence.file == MODELS
    assert "utf-8" in offence.rule.lower()


def test_an_empty_file_is_refused(broken: Path) -> None:
    (broken / MODELS).write_bytes(b"")
    (offence,) = offences_of(broken)
    assert offence.file == MODELS
    assert "empty" in offence.rule


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_table_with_other_separators_is_refused(separator: str, broken: Path) -> None:
    """A spreadsheet of another country saves semicolons, and a table of one column reads as nothing."""
    text = (broken / TARGETS).read_text(encoding="utf-8")
    (broken / TARGETS).write_text(text.replace(",", separator), encoding="utf-8")
    assert {offence.file for offence in offences_of(broken)} >= {TARGETS}


@pytest.mark.parametrize("number", ["0.1_91", "0.191\u00a0"], ids=["underscore", "no-break space"])
def test_a_number_that_cannot_be_read_is_an_offence(number: str, broken: Path, substitute: Substitute) -> None:
    substitute(MODELS, "0.809,0.191", f"0.809,{number}")
    with pytest.raises(DataError, match="error"):
        read_table("models", broken)


@pytest.mark.parametrize("file", [MODELS, TARGETS, CLAIMS])
def test_a_blank_last_line_is_passed_over_or_refused_but_no_crash(file: str, broken: Path) -> None:
    (broken / file).write_bytes((broken / file).read_bytes() + b"\n")
    with contextlib.suppress(DataError):
        check_tables(broken)


def test_a_line_break_inside_a_cell_does_not_shift_the_lines_after_it(broken: Path, substitute: Substitute) -> None:
    substitute(MODELS, '"Burden is the cost of 500 GPUs', '"Burden is the cost\nof 500 GPUs')
    line = substitute(MODELS, "0.884,0.116", "0.884,1.3")
    (offence,) = offences_of(broken)
    assert (offence.line, offence.value) == (line, "1.3")


@pytest.mark.parametrize("change", [b"\r\n", b"\xef\xbb\xbf"], ids=["line ends of Windows", "byte order mark"])
def test_habits_of_other_systems_change_nothing(change: bytes, broken: Path, root: Path) -> None:
    data = (broken / TARGETS).read_bytes()
    changed = data.replace(b"\n", change) if change == b"\r\n" else change + data
    (broken / TARGETS).write_bytes(changed)
    assert check_tables(broken) == check_tables(root)
    assert read_table("targets", broken).equals(read_table("targets", root))


def test_a_missing_codebook_is_refused(broken: Path) -> None:
    (broken / CODEBOOK).unlink()
    (offence,) = offences_of(broken)
    assert (offence.file, offence.line) == (CODEBOOK, 0)
    assert "must be readable" in offence.rule


def test_a_codebook_that_is_not_json_is_refused_with_the_line(broken: Path, substitute: Substitute) -> None:
    line = substitute(CODEBOOK, '"name": "models",', '"name": "models"')
    (offence,) = offences_of(broken)
    assert offence.file == CODEBOOK
    assert offence.line == line + 1
    assert "must be JSON" in offence.rule


def test_a_codebook_that_is_not_utf_8_is_refused(broken: Path) -> None:
    (broken / CODEBOOK).write_bytes(b'{"name": "\xff"}')
    (offence,) = offences_of(broken)
    assert offence.file == CODEBOOK
    assert "must be UTF-8" in offence.rule


@pytest.mark.parametrize("content", ["{}", "[]", "3"])
def test_a_codebook_without_tables_is_refused(content: str, broken: Path) -> None:
    (broken / CODEBOOK).write_text(content, encoding="utf-8")
    assert {offence.file for offence in offences_of(broken)} == {CODEBOOK}


def test_a_missing_bibliography_is_an_offence_and_no_crash(broken: Path) -> None:
    (broken / BIBLIOGRAPHY).unlink()
    assert {offence.file for offence in offences_of(broken)} == {BIBLIOGRAPHY}


def test_a_bibliography_that_cannot_be_parsed_is_an_offence_and_no_crash(broken: Path) -> None:
    (broken / BIBLIOGRAPHY).write_text("@article{torn, title = {x", encoding="utf-8")
    assert BIBLIOGRAPHY in {offence.file for offence in offences_of(broken)}


def test_offences_of_several_tables_are_reported_at_once_in_the_order_of_their_lines(
    broken: Path, substitute: Substitute
) -> None:
    first = substitute(MODELS, "xie2017aggregated", "xie2017agregated")
    second = substitute(MODELS, "0.884,0.116", "0.884,1.3")
    third = substitute(TARGETS, "imagenet,today,0.115", "imagenet,today,small")
    (broken / "data/assumptions.csv").unlink()
    assert first < second
    assert [(offence.file, offence.line, offence.value) for offence in offences_of(broken)] == [
        (MODELS, first, "xie2017agregated"),
        (MODELS, second, "1.3"),
        (TARGETS, third, "small"),
        ("data/assumptions.csv", 0, ""),
    ]


def test_several_offences_of_one_row_are_reported_at_once(broken: Path, substitute: Substitute) -> None:
    line = substitute(MODELS, "imagenet,2020,2015,VGG19", "imagnet,2019,1815,VGG19")
    assert {(offence.line, offence.value) for offence in offences_of(broken)} == {
        (line, "imagnet"),
        (line, "2019"),
        (line, "1815"),
    }


def test_the_message_has_a_line_for_each_offence(broken: Path, substitute: Substitute) -> None:
    line = substitute(MODELS, "0.809,0.191", "0.809,1.3")
    substitute(TARGETS, "imagenet,today,0.115", "imagenet,today,small")
    with pytest.raises(DataError) as caught:
        check_tables(broken)
    heading, *lines = str(caught.value).splitlines()
    assert heading == "2 offences against data/datapackage.json"
    assert lines[0].strip() == f"data/models.csv line {line}: error = 1.3 breaks the rule: must be below 1"
    assert len(lines) == 2


def test_reading_a_table_reports_its_own_offences_only(broken: Path, substitute: Substitute) -> None:
    substitute(MODELS, "0.809,0.191", "0.809,1.3")
    substitute(TARGETS, "imagenet,today,0.115", "imagenet,today,small")
    with pytest.raises(DataError) as caught:
        read_table("targets", broken)
    assert [offence.value for offence in caught.value.offences] == ["small"]
    assert len(read_table("benchmarks", broken)) == 6


def test_an_unknown_table_is_refused_with_the_closest_name(root: Path) -> None:
    with pytest.raises(KeyError, match=r"no table 'modells'.*did you mean 'models'\?"):
        read_table("modells", root)


def test_a_table_unlike_any_other_is_refused_with_all_names(root: Path) -> None:
    with pytest.raises(KeyError, match="known: models, benchmarks, targets, assumptions, claims"):
        read_table("zzz", root)


@given(st.lists(st.text("abcdefgh", min_size=3), min_size=1, unique=True))
@settings(deadline=None, max_examples=30)
def test_a_known_name_is_its_own_suggestion(names: list[str]) -> None:
    assert suggestion(names[-1], names) == f"; did you mean {names[-1]!r}?"


def digests(root: Path) -> dict[str, str]:
    return {benchmark: rows_digest("models", "benchmark", benchmark, root) for benchmark in COUNTS}


def test_benchmarks_have_different_digests(root: Path) -> None:
    assert len(set(digests(root).values())) == len(COUNTS)


@pytest.mark.parametrize(
    ("old", "new", "benchmark"),
    [
        ("0.809,0.191", "0.808,0.192", "imagenet"),
        (",MultiPath Network,", ",Multipath network,", "ms-coco"),
        ("so2019evolved,71,", "so2019evolved,72,", "wmt2014-en-de"),
    ],
)
def test_an_edit_changes_the_digest_of_its_benchmark_only(
    old: str, new: str, benchmark: str, broken: Path, substitute: Substitute
) -> None:
    before = digests(broken)
    substitute(MODELS, old, new)
    after = digests(broken)
    assert [name for name in COUNTS if before[name] != after[name]] == [benchmark]


def test_a_row_that_moves_to_another_benchmark_changes_both_digests(broken: Path, substitute: Substitute) -> None:
    before = digests(broken)
    substitute(MODELS, "imagenet-vgg19,imagenet,", "imagenet-vgg19,ms-coco,")
    after = digests(broken)
    assert [name for name in COUNTS if before[name] != after[name]] == ["imagenet", "ms-coco"]


def test_order_of_the_columns_does_not_change_a_digest(broken: Path) -> None:
    before = digests(broken)
    with (broken / MODELS).open(encoding="utf-8", newline="") as file:
        rows = [row[::-1] for row in csv.reader(file)]
    with (broken / MODELS).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    assert digests(broken) == before


def _remove(path: Path) -> None:
    path.unlink()


def _garble(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00,\n")


@pytest.mark.parametrize("spoil", [_remove, _garble])
@pytest.mark.parametrize("file", [MODELS, CODEBOOK])
def test_a_table_that_cannot_be_read_has_the_digest_of_nothing(
    spoil: Callable[[Path], None], file: str, broken: Path
) -> None:
    nothing = rows_digest("models", "benchmark", "no such benchmark", broken)
    spoil(broken / file)
    assert rows_digest("models", "benchmark", "imagenet", broken) == nothing


def test_an_unknown_table_has_the_digest_of_nothing(root: Path) -> None:
    nothing = rows_digest("models", "benchmark", "no such benchmark", root)
    assert rows_digest("no such table", "benchmark", "imagenet", root) == nothing


def test_the_project_is_found_from_a_folder_inside_it(broken: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ROOT_VARIABLE, raising=False)
    inside = broken / "book" / "chapters"
    inside.mkdir()
    assert project_root(inside) == broken.resolve()
    monkeypatch.chdir(inside)
    assert project_root() == broken.resolve()
    assert len(read_table("benchmarks")) == 6


def test_the_environment_names_the_project_from_anywhere(
    broken: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ROOT_VARIABLE, str(broken))
    assert project_root(tmp_path_factory.mktemp("elsewhere")) == broken.resolve()


def test_a_folder_outside_any_project_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ROOT_VARIABLE, raising=False)
    with pytest.raises(FileNotFoundError, match=f"or above it.*set {ROOT_VARIABLE}"):
        project_root(tmp_path)


def test_a_wrong_environment_is_refused_rather_than_passed_over(
    broken: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ROOT_VARIABLE, str(tmp_path_factory.mktemp("elsewhere")))
    with pytest.raises(FileNotFoundError, match=r"no data/datapackage\.json"):
        project_root(broken)


def test_results_lie_inside_the_project(tmp_path: Path) -> None:
    assert tmp_path in results_folder(tmp_path).parents
