"""The reader of the data: what it counts, and what it says about data that break the codebook."""

import contextlib
import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from computational_limits.paths import ROOT_VARIABLE, project_root, results_folder
from computational_limits.pipeline import evidence_digest, language_names
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
    "imagenet": 371,
    "ms-coco": 210,
    "squad-1.1": 100,
    "conll-2003": 94,
    "wmt2014-en-fr": 74,
    "wmt2014-en-de": 98,
}
MODELS, POINTS, STAGES, PAPERS, CORRECTIONS, PROCESSORS, TARGETS, BENCHMARKS, CLAIMS = (
    f"data/{name}.csv"
    for name in (
        "models",
        "points",
        "stages",
        "papers",
        "corrections",
        "processors",
        "targets",
        "benchmarks",
        "claims",
    )
)
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
    assert rows["models"] == sum(COUNTS.values()) == 947
    assert rows["points"] == 101
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
    assert notes.isna()["imagenet-vgg19"]
    assert not notes.isna()["imagenet-2020-darts"]


@pytest.mark.parametrize(
    ("file", "old", "new", "column", "value", "rule"),
    [
        pytest.param(POINTS, "154,0.745", "154,1.3", "score", "1.3", "must be below 1", id="score above one"),
        pytest.param(POINTS, "154,0.745", "154,0", "score", "0", "must be above 0", id="score of zero"),
        pytest.param(POINTS, "154,0.745", "154,low", "score", "low", "must be a plain number", id="text in a number"),
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
            PAPERS,
            "simonyan2015very",
            "simonyan2015vary",
            "citation",
            "simonyan2015vary",
            "must be a key of book/references.bib; did you mean 'simonyan2015very'?",
            id="unknown bibliography key",
        ),
        pytest.param(
            MODELS,
            "imagenet-vgg19,imagenet,2020-records,",
            "imagenet-vgg19,imagenet,,",
            "vintage",
            "",
            "must not be empty",
            id="required cell empty",
        ),
        pytest.param(
            MODELS,
            "imagenet-vgg19,imagenet,2020-records,",
            "imagenet-vgg19,imagenet,2019,",
            "vintage",
            "2019",
            "must be one of 2020-records, 2022",
            id="value outside its list",
        ),
        pytest.param(
            PROCESSORS,
            "intel-celeron-n2808,",
            "Intel Celeron N2808,",
            "processor",
            "Intel Celeron N2808",
            "must match",
            id="bad id",
        ),
        pytest.param(
            MODELS,
            "153,2015,VGG19",
            "153,1815,VGG19",
            "year",
            "1815",
            "must be at least 1990",
            id="too early",
        ),
        pytest.param(
            MODELS,
            "153,2015,VGG19",
            "153,2051,VGG19",
            "year",
            "2051",
            "must be at most 2026",
            id="too late",
        ),
        pytest.param(MODELS, "153,2015,VGG19", "153,2015.5,VGG19", "year", "2015.5", "type integer", id="half a year"),
        pytest.param(
            STAGES,
            "imagenet-2020-resnext50,training,",
            "imagenet-2020-resnext,training,",
            "model_id",
            "imagenet-2020-resnext",
            "must be in table models",
            id="stage of an unknown model",
        ),
        pytest.param(
            STAGES,
            "geforce-gtx-titan-black,4",
            "geforce-gtx-titan-blank,4",
            "processor",
            "geforce-gtx-titan-blank",
            "must be in table processors",
            id="stage on an unknown processor",
        ),
        pytest.param(
            CORRECTIONS,
            "imagenet-vgg19,training,",
            "imagenet-vgg19,fine-tuning,",
            "model_id + stage",
            "imagenet-vgg19 + fine-tuning",
            "must be in table stages",
            id="correction of an unknown stage",
        ),
        pytest.param(
            STAGES,
            "2~3 weeks,1209600,1814400,1510000",
            "2~3 weeks,1209600,1514400,1510000",
            "seconds_high",
            "1514400",
            "must be 1814400, by time_words '2~3 weeks'",
            id="seconds that the words do not state",
        ),
        pytest.param(
            STAGES,
            "2~3 weeks,1209600,1814400,1510000",
            "2~3 weeks,,1814400,1510000",
            "seconds_low",
            "",
            "must be 1209600, by time_words '2~3 weeks'",
            id="seconds forgotten",
        ),
        pytest.param(
            STAGES,
            ",95 imgs/sec,,,",
            ",95 imgs/sec,95,,",
            "seconds_low",
            "95",
            "must be empty, by time_words '95 imgs/sec'",
            id="seconds from a rate",
        ),
        pytest.param(
            STAGES,
            "2~3 weeks,1209600",
            "3~2 weeks,1209600",
            "time_words",
            "3~2 weeks",
            "a range must run upwards",
            id="range of times that runs backwards",
        ),
        pytest.param(
            STAGES,
            "2~3 weeks,1209600,1814400",
            "2~3 weeks,1209600,many",
            "seconds_high",
            "many",
            "must be a plain number",
            id="text in seconds",
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


@pytest.mark.parametrize(
    ("words", "low", "right"),
    [
        ("10 GPU days,108000,108000", "864000", "108000"),
        ("24 minutes per epoch,18000,18000", "1440", "18000"),
        ("1day/64 k40s,86400,86400", "1350", "86400"),
        ("27hrs 40mins,99600,99600", "97200", "99600"),
    ],
)
def test_wrong_seconds_are_an_offence_with_the_right_number(
    words: str, low: str, right: str, broken: Path, substitute: Substitute
) -> None:
    wording, _, high = words.split(",")
    line = substitute(STAGES, words, f"{wording},{low},{high}")
    (offence,) = offences_of(broken)
    assert (offence.line, offence.column, offence.value) == (line, "seconds_low", low)
    assert offence.rule == f"must be {right}, by time_words {wording!r}"


def test_seconds_follow_the_number_of_devices_that_share_the_time(broken: Path, substitute: Substitute) -> None:
    text = (broken / STAGES).read_text(encoding="utf-8")
    (row,) = [line for line in text.splitlines() if line.startswith("imagenet-resnext101-64x4d-320px,training,")]
    assert "10 GPU days,108000,108000" in row
    line = substitute(STAGES, row, row.replace("tesla-m40,8,", "tesla-m40,4,"))
    assert [(offence.line, offence.column) for offence in offences_of(broken)] == [
        (line, "seconds_high"),
        (line, "seconds_low"),
    ]
    assert {offence.rule for offence in offences_of(broken)} == {"must be 216000, by time_words '10 GPU days'"}


def test_a_rule_across_columns_in_the_codebook_is_checked(broken: Path, substitute: Substitute) -> None:
    codebook = read_codebook(broken)
    (points,) = (entry for entry in codebook["resources"] if entry["name"] == "points")
    points["checks"] = [{"type": "row-constraint", "formula": "published_row + score < hardware_burden_gflop"}]
    (broken / CODEBOOK).write_text(json.dumps(codebook), encoding="utf-8")
    assert check_tables(broken)["points"] == 101
    line = substitute(POINTS, "154,0.745,34171200000", "154,0.745,100")
    (offence,) = offences_of(broken)
    assert (offence.line, offence.column) == (line, "published_row + score + hardware_burden_gflop")
    assert offence.value == "154 + 0.745 + 100"
    assert "published_row + score < hardware_burden_gflop" in offence.rule


def test_a_duplicate_id_names_the_line_of_its_twin(broken: Path, substitute: Substitute) -> None:
    twin = (broken / PROCESSORS).read_text(encoding="utf-8").split("intel-celeron-n2805,")[0].count("\n") + 1
    line = substitute(PROCESSORS, "intel-celeron-n2808,", "intel-celeron-n2805,")
    (offence,) = offences_of(broken)
    assert (offence.file, offence.line, offence.column) == (PROCESSORS, line, "processor")
    assert offence.value == "intel-celeron-n2805"
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
    substitute(MODELS, "vintage,record_row,year", "vintage,record_row,jahr")
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
    data = (broken / CORRECTIONS).read_bytes()
    (broken / CORRECTIONS).write_bytes(data.replace(b"Ten days", b"T\xffn days", 1))
    (offence,) = offences_of(broken)
    assert offence.file == CORRECTIONS
    assert "utf-8" in offence.rule.lower()


def test_an_empty_file_is_refused(broken: Path) -> None:
    (broken / CORRECTIONS).write_bytes(b"")
    (offence,) = offences_of(broken)
    assert offence.file == CORRECTIONS
    assert "empty" in offence.rule


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_table_with_other_separators_is_refused(separator: str, broken: Path) -> None:
    """A spreadsheet of another country saves semicolons, and a table of one column reads as nothing."""
    text = (broken / TARGETS).read_text(encoding="utf-8")
    (broken / TARGETS).write_text(text.replace(",", separator), encoding="utf-8")
    assert {offence.file for offence in offences_of(broken)} >= {TARGETS}


@pytest.mark.parametrize("number", ["0.7_45", "0.745\u00a0"], ids=["underscore", "no-break space"])
def test_a_number_that_cannot_be_read_is_an_offence(number: str, broken: Path, substitute: Substitute) -> None:
    substitute(POINTS, "154,0.745", f"154,{number}")
    with pytest.raises(DataError, match="score"):
        read_table("points", broken)


@pytest.mark.parametrize("file", [MODELS, TARGETS, CLAIMS])
def test_a_blank_last_line_is_passed_over_or_refused_but_no_crash(file: str, broken: Path) -> None:
    (broken / file).write_bytes((broken / file).read_bytes() + b"\n")
    with contextlib.suppress(DataError):
        check_tables(broken)


def test_a_line_break_inside_a_cell_does_not_shift_the_lines_after_it(broken: Path, substitute: Substitute) -> None:
    substitute(CORRECTIONS, '"Ten days on eight GPUs,', '"Ten days\non eight GPUs,')
    line = substitute(
        CORRECTIONS, "The 2022 record counts eight.,other record", "The 2022 record counts eight.,other recrd"
    )
    (offence,) = offences_of(broken)
    assert (offence.line, offence.value) == (line, "other recrd")


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
    zeroth = substitute(PAPERS, "xie2017aggregated", "xie2017agregated")
    first = substitute(POINTS, "92,0.827", "92,-0.827")
    second = substitute(POINTS, "154,0.745", "154,1.3")
    third = substitute(TARGETS, "imagenet,today,0.115", "imagenet,today,small")
    (broken / "data/assumptions.csv").unlink()
    assert first < second
    assert [(offence.file, offence.line, offence.value) for offence in offences_of(broken)] == [
        (PAPERS, zeroth, "xie2017agregated"),
        (POINTS, first, "-0.827"),
        (POINTS, second, "1.3"),
        (TARGETS, third, "small"),
        ("data/assumptions.csv", 0, ""),
    ]


def test_several_offences_of_one_row_are_reported_at_once(broken: Path, substitute: Substitute) -> None:
    line = substitute(MODELS, "imagenet,2020-records,153,2015,VGG19", "imagnet,2019,153,1815,VGG19")
    assert {(offence.line, offence.value) for offence in offences_of(broken)} == {
        (line, "imagnet"),
        (line, "2019"),
        (line, "1815"),
    }


def test_the_message_has_a_line_for_each_offence(broken: Path, substitute: Substitute) -> None:
    line = substitute(POINTS, "154,0.745", "154,1.3")
    substitute(TARGETS, "imagenet,today,0.115", "imagenet,today,small")
    with pytest.raises(DataError) as caught:
        check_tables(broken)
    heading, *lines = str(caught.value).splitlines()
    assert heading == "2 offences against data/datapackage.json"
    assert lines[0].strip() == f"data/points.csv line {line}: score = 1.3 breaks the rule: must be below 1"
    assert len(lines) == 2


def test_reading_a_table_reports_its_own_offences_only(broken: Path, substitute: Substitute) -> None:
    substitute(POINTS, "154,0.745", "154,1.3")
    substitute(TARGETS, "imagenet,today,0.115", "imagenet,today,small")
    with pytest.raises(DataError) as caught:
        read_table("targets", broken)
    assert [offence.value for offence in caught.value.offences] == ["small"]
    assert len(read_table("benchmarks", broken)) == 6


def test_an_unknown_table_is_refused_with_the_closest_name(root: Path) -> None:
    with pytest.raises(KeyError, match=r"no table 'modells'.*did you mean 'models'\?"):
        read_table("modells", root)


def test_a_table_unlike_any_other_is_refused_with_all_names(root: Path) -> None:
    with pytest.raises(
        KeyError, match="known: papers, models, scores, stages, points, processors, prices, rents, systems, "
    ):
        read_table("zzz", root)


@given(st.lists(st.text("abcdefgh", min_size=3), min_size=1, unique=True))
@settings(deadline=None, max_examples=30)
def test_a_known_name_is_its_own_suggestion(names: list[str]) -> None:
    assert suggestion(names[-1], names) == f"; did you mean {names[-1]!r}?"


BAICHUAN = ["mmlu", "gsm8k", "hellaswag", "arc-challenge"]
"""Benchmarks with a chapter that the model Baichuan 2 was tried on."""
TPU_BENCHMARKS = ["imagenet", "squad-1.1", "conll-2003", "wmt2014-en-de"]
"""Benchmarks with a correction that counts chips of the Cloud TPU v2, as a value or as a bound."""


def digests(root: Path) -> dict[str, str]:
    return {benchmark: evidence_digest(benchmark, root) for benchmark in COUNTS}


def test_benchmarks_have_different_digests(root: Path) -> None:
    assert len(set(digests(root).values())) == len(COUNTS)


@pytest.mark.parametrize(
    ("file", "old", "new", "benchmarks"),
    [
        (MODELS, "153,2015,VGG19,", "153,2014,VGG19,", ["imagenet"]),
        (MODELS, ",MultiPath Network,", ",Multipath network,", ["ms-coco"]),
        (POINTS, "154,0.745", "154,0.746", ["imagenet"]),
        (STAGES, "squad-1.1-bert-single,training,,3,", "squad-1.1-bert-single,training,,4,", ["squad-1.1"]),
        (CORRECTIONS, "seven networks, by its", "seven networks by its", ["imagenet"]),
        (CORRECTIONS, "200 epochs are 0.13", "200 epochs are 0.128", ["conll-2003"]),
        (PAPERS, "SqueezeandExcitation Networks", "Squeeze and excitation networks", ["imagenet"]),
        (PAPERS, "Attention Is All You Need", "Attention is all you need", ["wmt2014-en-fr", "wmt2014-en-de"]),
        (PROCESSORS, "intel-celeron-n2805,Intel", "intel-celeron-n2805,intel", []),
        (PROCESSORS, "quadro-k6000,Quadro K6000,NVIDIA", "quadro-k6000,Quadro K6000,Nvidia", ["wmt2014-en-fr"]),
        (PROCESSORS, "v2-chip,Cloud TPU v2 chip,G", "v2-chip,Cloud TPU v2 chip,g", TPU_BENCHMARKS),
        (PROCESSORS, "i7-4790,Intel Core i7-4790,I", "i7-4790,Intel Core i7-4790,i", ["squad-1.1"]),
        (TARGETS, "imagenet,today,0.115", "imagenet,today,0.116", []),
    ],
)
def test_an_edit_changes_the_digest_of_the_benchmarks_that_rest_on_it_only(
    file: str, old: str, new: str, benchmarks: list[str], broken: Path, substitute: Substitute
) -> None:
    before = digests(broken)
    substitute(file, old, new)
    after = digests(broken)
    assert [name for name in COUNTS if before[name] != after[name]] == benchmarks


@pytest.mark.parametrize(
    ("file", "old", "new", "benchmarks"),
    [
        (
            "data/language_scores.csv",
            "mmlu,baichuan1-7b,Baichuan-7B,0.423",
            "mmlu,baichuan1-7b,Baichuan-7B,0.424",
            ["mmlu"],
        ),
        ("data/language_benchmarks.csv", "Only 198 questions", "Just 198 questions", ["gpqa-diamond"]),
        ("data/language_models.csv", "baichuan-2-7b,Baichuan", "baichuan-2-7b,baichuan", BAICHUAN),
    ],
)
def test_an_edit_of_language_models_changes_the_digest_of_those_they_were_tried_on_only(
    file: str, old: str, new: str, benchmarks: list[str], broken: Path, substitute: Substitute
) -> None:
    names = [*COUNTS, *language_names(broken)]
    before = {name: evidence_digest(name, broken) for name in names}
    substitute(file, old, new)
    assert [name for name in names if before[name] != evidence_digest(name, broken)] == benchmarks


def test_a_row_that_moves_to_another_benchmark_changes_both_digests(broken: Path, substitute: Substitute) -> None:
    before = digests(broken)
    substitute(MODELS, "imagenet-vgg19,imagenet,", "imagenet-vgg19,ms-coco,")
    after = digests(broken)
    assert [name for name in COUNTS if before[name] != after[name]] == ["imagenet", "ms-coco"]


def test_an_added_correction_changes_the_digest_of_its_benchmark_only(broken: Path) -> None:
    before = digests(broken)
    with (broken / CORRECTIONS).open("a", encoding="utf-8") as file:
        file.write("ms-coco-yolov3-darknet-53,training,networks,1,2,,,unknown,It was planted here.,record\n")
    after = digests(broken)
    assert [name for name in COUNTS if before[name] != after[name]] == ["ms-coco"]


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
    nothing = rows_digest("models", "benchmark", ["no such benchmark"], broken)
    spoil(broken / file)
    assert rows_digest("models", "benchmark", ["imagenet"], broken) == nothing


def test_an_unknown_table_has_the_digest_of_nothing(root: Path) -> None:
    nothing = rows_digest("models", "benchmark", ["no such benchmark"], root)
    assert rows_digest("no such table", "benchmark", ["imagenet"], root) == nothing


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
