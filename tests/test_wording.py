"""Numbers in words, by hand, and text from data that must never turn into markup."""

import math
from html import escape as html_escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

from computational_limits.uncertainty import Interval
from computational_limits.wording import (
    decimal,
    escape,
    interval_text,
    listing,
    p_value_text,
    percent,
    power_of_ten,
    powers_text,
)

MARKS = "\\`*_{}[]<>$|#~^&"
"""What begins or ends inline markup of MyST with the extensions of the book."""
BLOCK_MARKS = "%+-:(.)"
"""What may begin a block at the start of a text."""


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(13.6354, 2, "13.64"), (1234567.891, 1, "1,234,567.9"), (4.0, 0, "4"), (-0.096, 3, "-0.096")],
)
def test_a_decimal_has_a_fixed_count_of_digits(value: float, digits: int, text: str) -> None:
    assert decimal(value, digits) == text


@pytest.mark.parametrize(
    ("fraction", "text"), [(0.05, "5 %"), (0.116, "11.6 %"), (0.04621, "4.62 %"), (1.0, "100 %"), (0.0, "0 %")]
)
def test_a_percentage_is_never_broken_over_two_lines(fraction: float, text: str) -> None:
    assert percent(fraction) == text.replace(" ", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(28.586, 1, "$10^{28.6}$"), (8.097, 2, "$10^{8.10}$"), (-3.04, 1, "$10^{-3.0}$"), (12.0, 0, "$10^{12}$")],
)
def test_a_power_of_ten_is_inline_mathematics(value: float, digits: int, text: str) -> None:
    assert power_of_ten(value, digits) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (8.54, 33.80, "8.5 to 33.8"),
        (38.44, math.inf, "at least 38.4, with no upper bound"),
        (-math.inf, 7.25, "at most 7.2, with no lower bound"),
        (-math.inf, math.inf, "any value: no bound on either side"),
    ],
)
def test_an_end_without_a_bound_is_said_not_printed(low: float, high: float, text: str) -> None:
    assert interval_text(Interval(low, high)) == text
    assert "inf" not in powers_text(Interval(low, high))


def test_an_interval_of_logarithms_is_printed_as_powers() -> None:
    assert powers_text(Interval(21.88, 55.04)) == "$10^{21.9}$ to $10^{55.0}$"
    assert powers_text(Interval(21.88, math.inf), 2) == "at least $10^{21.88}$, with no upper bound"


@pytest.mark.parametrize(
    ("value", "text"), [(0.012, "0.012"), (0.86, "0.86"), (1e-4, "0.0001"), (9.9e-5, "< 0.0001"), (0.0, "< 0.0001")]
)
def test_a_p_value_has_a_floor(value: float, text: str) -> None:
    assert p_value_text(value) == text


@pytest.mark.parametrize(
    ("words", "text"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_words_are_listed_as_in_a_sentence(words: list[str], text: str) -> None:
    assert listing(words) == text


def test_text_without_marks_stays_as_it_is() -> None:
    text = 'NASNetA (6 at 4032), "x" / y: 10.5 %; a-b = c!'
    assert escape(text) == text


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("% off", r"\% off"),
        ("- one", r"\- one"),
        ("+ one", r"\+ one"),
        ("-0.3", "-0.3"),
        ("1. one", r"1\. one"),
        ("0.29", "0.29"),
        ("---", r"\---"),
        ("(a)=", r"\(a)="),
        (":::note", r"\:::note"),
    ],
)
def test_the_first_words_never_begin_a_block(text: str, escaped: str) -> None:
    assert escape(text) == escaped


@pytest.mark.parametrize("mark", MARKS)
def test_each_mark_is_escaped(mark: str) -> None:
    assert escape(f"a{mark}b") == f"a\\{mark}b"


@given(st.text())
def test_what_escaping_removes_nothing_from_can_be_read_back(text: str) -> None:
    escaped = escape(text)
    read = []
    characters = iter(escaped)
    for character in characters:
        if character == "\\":
            character = next(characters)
            assert character in MARKS + BLOCK_MARKS
        else:
            assert character not in MARKS, f"{character!r} is not escaped in {escaped!r}"
        read.append(character)
    assert "".join(read) == text


PIECES = ["*", "**", "_", "`", "``", "$", "$$", "<b>", "</b>", "{cite:t}`x`", "[a](b)", "![a](b)", "\\", "|", "~~"]
PIECES += ["^1^", "&amp;", "{{ x }}", "[^1]", "<https://a.org>", "\\begin{equation}", "a", "b c", "10", ":"]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
@settings(deadline=None, max_examples=200)
def test_the_parser_of_the_book_reads_escaped_text_as_plain_text(text: str) -> None:
    parser = book_parser()
    assert parser.renderInline(escape(text)) == html_escape(text, quote=False)


def test_the_parser_of_the_book_reads_the_same_text_as_markup_without_escaping() -> None:
    assert "<em>" in book_parser().renderInline("a *b* c")


def book_parser():  # type: ignore[no-untyped-def]
    """The parser with the extensions of ``_config.yml``."""
    from markdown_it.renderer import RendererHTML

    extensions = {"amsmath", "colon_fence", "deflist", "dollarmath"}
    return create_md_parser(MdParserConfig(enable_extensions=extensions), RendererHTML)
