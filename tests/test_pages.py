"""Prose with numbers: filled from what was computed, or refused with the place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from computational_limits.pages import PageError, fill

VALUES = {"exponent": "13.6", "significant": True, "n": "13"}


def test_a_value_takes_the_place_of_its_name() -> None:
    assert fill("n = {{ n }}, {{exponent}}.", VALUES, "page") == "n = 13, 13.6."


@pytest.mark.parametrize(("significant", "text"), [(True, "A law.\n"), (False, "No law.\n")])
def test_a_condition_chooses_whole_lines(significant: bool, text: str) -> None:
    template = "{% if significant %}\nA law.\n{% else %}\nNo law.\n{% endif %}\n"
    assert fill(template, {"significant": significant}, "page") == text


@given(st.text(st.characters(codec="utf-8", exclude_characters="{}\r")))
def test_text_without_braces_stays_as_it_is(text: str) -> None:
    assert fill(text, {}, "page") == text


@given(st.text(st.characters(codec="utf-8")))
def test_a_value_is_never_read_as_a_template_or_escaped(value: str) -> None:
    assert fill("[{{ x }}]", {"x": value}, "page") == f"[{value}]"


def test_mathematics_and_roles_stay_as_they_are() -> None:
    text = "$10^{28.6}$ {cite:t}`x2020y` $\\frac{a}{b}$ {numref}`fig-x`\n"
    assert fill(text, {}, "page") == text


def test_a_missing_value_names_the_place_and_the_closest_name() -> None:
    with pytest.raises(PageError) as caught:
        fill("The power is {{ exponnt }}.", VALUES, "04_benchmark.py cell 3")
    assert str(caught.value) == "04_benchmark.py cell 3: 'exponnt' is undefined; did you mean 'exponent'?"


def test_a_missing_value_unlike_any_other_suggests_nothing() -> None:
    with pytest.raises(PageError) as caught:
        fill("{{ zzz }}", VALUES, "book/run.md")
    assert str(caught.value) == "book/run.md: 'zzz' is undefined"


@pytest.mark.parametrize(
    "template",
    [
        "{{ hole }}",
        "{% if hole %}a{% endif %}",
        "{% for x in hole %}a{% endfor %}",
        "{{ hole.part }}",
        "{{ hole ~ 'a' }}",
        "{{ hole == 'a' }}",
        "{{ n.part }}",
        "{{ hole | upper }}",
    ],
)
def test_no_page_shows_a_hole(template: str) -> None:
    with pytest.raises(PageError, match="page: "):
        fill(template, VALUES, "page")


@pytest.mark.parametrize("template", ["one\n{{ n\n", "one\n{% if n %}\n", "one\n{{ n | no_such_filter }}\n"])
def test_a_malformed_template_names_the_line(template: str) -> None:
    with pytest.raises(PageError, match=r"^book/run\.md line [23]: "):
        fill(template, VALUES, "book/run.md")


@pytest.mark.parametrize("template", ["{{ n / 2 }}", "{% include 'other.md' %}"])
def test_a_template_that_fails_while_it_is_filled_names_the_place(template: str) -> None:
    """Recorded numbers are text, so that arithmetic on a page is an easy slip."""
    with pytest.raises(PageError, match=r"^book/run\.md"):
        fill(template, VALUES, "book/run.md")
