"""Times and counts as the records word them: known wordings, invariances, and text that states none."""

import csv
import math
import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from computational_limits.quantities import Duration, Span, read_count, read_duration

SECONDS = {
    "s": (1, ["s", "sec", "secs", "second", "seconds"]),
    "min": (60, ["min", "mins", "minute", "minutes"]),
    "h": (3600, ["h", "hr", "hrs", "hour", "hours"]),
    "day": (86400, ["d", "day", "days"]),
    "week": (604800, ["week", "weeks"]),
}
MULTIPLES = {"": 1, "k": 1e3, "m": 1e6, "b": 1e9}
RANGE_SIGNS = ["-", " - ", "~", " ~ ", "\u2013", " to "]
DEVICES = ["GPU", "TPU", "CPU", "core", "device", "TPU core", "TPU-core"]
EPOCH_WORDS = [" per epoch", "/epoch", " / epoch", " per epochs", " per epcoh"]

TIMES = {
    "1 day": (86400, 86400, "run"),
    "2.5days": (216000, 216000, "run"),
    "96h": (345600, 345600, "run"),
    "25.68 s": (25.68, 25.68, "run"),
    "4-5 days": (345600, 432000, "run"),
    "10-35 hour": (36000, 126000, "run"),
    "2~3 weeks": (1209600, 1814400, "run"),
    "2 ~ 4 weeks": (1209600, 2419200, "run"),
    "5 to 6 days": (432000, 518400, "run"),
    "10 GPU days": (864000, 864000, "device"),
    "200 GPUhours": (720000, 720000, "device"),
    "24 minutes per epoch": (1440, 1440, "epoch"),
    "20 minutes per epcoh": (1200, 1200, "epoch"),
    "79s/epoch": (79, 79, "epoch"),
    "27hrs 40mins": (99600, 99600, "run"),
    "6 hours and 12 sec": (21612, 21612, "run"),
    "1 day, 3 hours and 5 min": (97500, 97500, "run"),
    "1day/64 k40s": (86400, 86400, "run"),
    "6 days on 8 NVIDIA Tesla V100 GPUs": (518400, 518400, "run"),
    "1,000 h": (3600000, 3600000, "run"),
    "0.712(s/iter) * 270k": (192240, 192240, "run"),
    "16775.5 days": (1449403200, 1449403200, "run"),
}
NO_TIMES = [
    "",
    "36000",
    "9.13E+20",
    "95 imgs/sec",
    "35 fps",
    "2.1fps",
    "160k iterations",
    "30000 steps",
    "1710 word/s",
    "1000 sents/s, 14,987 sents for training",
    "62 samples per second/batch =24",
    "1.16 faster than CNN-BiLSTM-CRF",
    "8 GPUs",
    "64 cores",
    "16 devices",
    "-5 days",
    "1e3 days",
    "1,5 days",
    "0,500 days",
    "1234,567 s",
    "1.5,000 days",
    "2-3-4 days",
    "3 months",
    "5 ms",
    "0.5 s/iter",
    "0.5 s/100 iter",
    "1 day / 5 epochs",
    "5 sec/1000 images",
    "3 days, 4 days",
    "5 min 3 days",
    "3 days 5",
    "3 days and nights",
    "3 GPU days 5 hours",
    "10 GPU days per epoch",
    "two days",
]
COUNTS = {
    "8": (8, 8),
    "512": (512, 512),
    "1.28M": (1.28e6, 1.28e6),
    "270 k": (270000, 270000),
    "1,281,167": (1281167, 1281167),
    "16 to 64": (16, 64),
    "1-2M": (1e6, 2e6),
    "900k-2M": (9e5, 2e6),
    "1e6": (1e6, 1e6),
}
NO_COUNTS = ["", "many", "8 GPUs", "1,5", "-8", "8/9", "1.2.3", "1,28M", "8x", "NaN", "inf"]


def seconds_of(words: str) -> tuple[float, float] | None:
    duration = read_duration(words)
    return (duration.seconds.low, duration.seconds.high) if duration else None


@st.composite
def numbers(draw: st.DrawFn) -> tuple[str, float]:
    """A number as people write it, and its value."""
    whole = draw(st.integers(1, 9_999_999))
    if draw(st.booleans()):
        return f"{whole:,}", whole
    decimals = draw(st.sampled_from(["", ".5", ".25", ".712"]))
    return f"{whole}{decimals}", float(f"{whole}{decimals}")


numbers_in_words = numbers()
units = st.sampled_from([(word, seconds) for seconds, words in SECONDS.values() for word in words])
spaces = st.sampled_from(["", " ", "  "])


@pytest.mark.parametrize("words", TIMES)
def test_a_time_of_the_records_is_read_as_a_person_reads_it(words: str) -> None:
    low, high, basis = TIMES[words]
    duration = read_duration(words)
    assert duration is not None
    assert (duration.seconds.low, duration.seconds.high) == pytest.approx((low, high))
    assert duration.basis == basis


@pytest.mark.parametrize("words", NO_TIMES)
def test_words_that_state_no_time_give_none(words: str) -> None:
    assert read_duration(words) is None


@pytest.mark.parametrize("words", COUNTS)
def test_a_count_is_read_as_a_person_reads_it(words: str) -> None:
    span = read_count(words)
    assert span is not None
    assert (span.low, span.high) == COUNTS[words]


@pytest.mark.parametrize("words", NO_COUNTS)
def test_words_that_are_no_count_give_none(words: str) -> None:
    assert read_count(words) is None


def test_every_time_of_the_table_of_stages_is_read_to_what_the_table_has(root: Path) -> None:
    with (root / "data" / "stages.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["time_words"]]
    assert len(rows) > 250
    for row in rows:
        duration = read_duration(row["time_words"])
        devices, epochs = (float(row[name]) if row[name] else None for name in ("processor_count", "epochs"))
        span = duration.wall_clock(devices, epochs) if duration else None
        cells = tuple(float(row[name]) for name in ("seconds_low", "seconds_high") if row[name])
        assert cells == ((span.low, span.high) if span else ()), row["model_id"]


@given(numbers_in_words, units, spaces)
def test_any_number_of_any_unit_is_read_back(number: tuple[str, float], unit: tuple[str, int], space: str) -> None:
    (words, value), (name, seconds) = number, unit
    assert seconds_of(f"{words}{space}{name}") == (value * seconds, value * seconds)


@given(numbers_in_words, numbers_in_words, units, st.sampled_from(RANGE_SIGNS))
def test_a_range_is_read_back_upwards_and_refused_downwards(
    one: tuple[str, float], other: tuple[str, float], unit: tuple[str, int], sign: str
) -> None:
    (name, seconds), (low, high) = unit, sorted([one, other], key=lambda number: number[1])
    assert seconds_of(f"{low[0]}{sign}{high[0]} {name}") == (low[1] * seconds, high[1] * seconds)
    if low[1] < high[1]:
        with pytest.raises(ValueError, match="must run upwards"):
            read_duration(f"{high[0]}{sign}{low[0]} {name}")


@given(numbers_in_words, units, st.sampled_from(DEVICES), st.integers(1, 4096))
def test_a_time_of_one_device_is_shared_by_all(
    number: tuple[str, float], unit: tuple[str, int], device: str, count: int
) -> None:
    (words, value), (name, seconds) = number, unit
    duration = read_duration(f"{words} {device} {name}")
    assert duration == Duration(Span(value * seconds, value * seconds), "device")
    assert duration.wall_clock() is None
    shared = duration.wall_clock(devices=count)
    assert shared is not None
    assert shared.low == pytest.approx(value * seconds / count)


@given(numbers_in_words, units, st.sampled_from(EPOCH_WORDS), st.integers(1, 1000))
def test_a_time_of_one_epoch_is_multiplied_by_their_number(
    number: tuple[str, float], unit: tuple[str, int], ending: str, epochs: int
) -> None:
    (words, value), (name, seconds) = number, unit
    duration = read_duration(f"{words} {name}{ending}")
    assert duration == Duration(Span(value * seconds, value * seconds), "epoch")
    assert duration.wall_clock(devices=8) is None
    assert duration.wall_clock(epochs=epochs) == Span(value * seconds * epochs, value * seconds * epochs)


@given(st.integers(1, 400), st.integers(0, 23), st.integers(0, 59), st.sampled_from([" ", ", ", " and ", ""]))
def test_parts_of_a_time_add_up(days: int, hours: int, minutes: int, joint: str) -> None:
    total = days * 86400 + hours * 3600 + minutes * 60
    assert seconds_of(f"{days}days{joint}{hours}hrs{joint}{minutes}mins") == (total, total)


@given(st.integers(1, 10**6))
def test_the_same_time_in_another_unit_is_the_same_time(number: int) -> None:
    weeks = seconds_of(f"{number} weeks")
    assert weeks == seconds_of(f"{number * 7} days") == seconds_of(f"{number * 168} h")
    assert weeks == seconds_of(f"{number * 10080} min") == seconds_of(f"{number * 604800} s")


@given(st.sampled_from([*TIMES, *NO_TIMES]), spaces)
def test_case_and_spacing_do_not_matter_to_a_time(words: str, space: str) -> None:
    spaced = f"{space}{words.replace(' ', f' {space}')}{space}"
    assert read_duration(words.upper()) == read_duration(spaced) == read_duration(words)
    assert read_duration(words.replace(" ", "\u00a0")) == read_duration(words)


@given(numbers_in_words, st.sampled_from(list(MULTIPLES)), spaces)
def test_any_count_is_read_back(number: tuple[str, float], multiple: str, space: str) -> None:
    words, value = number
    expected = Span(value * MULTIPLES[multiple], value * MULTIPLES[multiple])
    assert read_count(f"{words}{space}{multiple}") == expected
    assert read_count(f" {words}{space}{multiple.upper()} ") == expected


fragments = st.lists(
    st.one_of(
        st.sampled_from(
            [*TIMES, *NO_TIMES, *COUNTS, *RANGE_SIGNS, *DEVICES, *EPOCH_WORDS, ",", "and", "e", ".", "1e400"]
        ),
        st.text("0123456789.,-~ eskmbhdwgpu/()*", max_size=8),
    ),
    max_size=6,
).map("".join)


@given(st.one_of(st.text(), fragments))
@example("1e400")
@example("9" * 400 + " days")
@example("0.5(s/iter) * 1e400")
@example("\u0663 days")
@example("\u00b2 days")
def test_no_text_raises_anything_else_or_gives_an_impossible_number(words: str) -> None:
    refusals = []
    for read in (read_count, read_duration):
        try:
            found = read(words)
        except ValueError as error:
            refusals.append(str(error))
            continue
        span = found.seconds if isinstance(found, Duration) else found
        assert span is None or 0 <= span.low <= span.middle <= span.high < math.inf
    assert all(refusal.startswith(("a range must", "a quantity must")) for refusal in refusals)


@given(st.text().filter(lambda words: not any(character.isdigit() for character in words)))
def test_text_without_a_digit_states_nothing(words: str) -> None:
    assert read_duration(words) is None
    assert read_count(words) is None


@given(st.sampled_from(list(TIMES)), st.text("abcxyz!?;=", min_size=3, max_size=6))
def test_a_time_with_words_nobody_foresaw_is_not_guessed(words: str, surplus: str) -> None:
    assert read_duration(f"{words} {surplus}") is None
    assert read_duration(f"{surplus} {words}") is None


@pytest.mark.parametrize("words", ["9" * 400 + " days", "1 to " + "9" * 400 + " h", "0.5(s/iter) * " + "9" * 400])
def test_a_number_too_large_to_be_one_is_refused(words: str) -> None:
    with pytest.raises(ValueError, match="must be finite"):
        read_duration(words)


@pytest.mark.parametrize(
    ("low", "high"), [(2.0, 1.0), (-1.0, 1.0), (-2.0, -1.0), (math.nan, 1.0), (1.0, math.nan), (1.0, math.inf)]
)
def test_a_span_of_impossible_ends_is_refused(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="must"):
        Span(low, high)


@pytest.mark.parametrize(
    "words",
    ["1" * 50_000, "1-" * 50_000, "1 " * 50_000, "gpu" * 50_000, "1gpu-" * 50_000, "1s" * 50_000, "1,111" * 50_000],
)
def test_long_text_is_read_in_a_moment(words: str) -> None:
    start = time.perf_counter()
    for text in (words, f"{words} days", f"1 day/{words}"):
        for read in (read_duration, read_count):
            try:
                read(text)
            except ValueError:
                continue
    assert time.perf_counter() - start < 2.0
