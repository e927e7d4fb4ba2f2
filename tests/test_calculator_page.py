"""The calculator on a page: what it holds, and that it says what the command says, to the printed digit."""

import json
import re
import shlex
import shutil
from contextlib import AbstractContextManager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import vl_convert
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page
from test_browser import LAPTOP, LUMINANCE, PHONE, drawn_page
from test_calculator import CALCULATOR, FLOOR_FORM, NAMES, TURNED_WAY
from typer.testing import CliRunner

from computational_limits import cli, sphinx_extension
from computational_limits.calculator import FILE, PRICE_UNITS, QUANTITIES, Question, answer
from computational_limits.calculator_page import CALCULATOR_MARKER, OPTIONS, calculator_chart, calculator_html
from computational_limits.display import show_calculator
from computational_limits.handover import FILES_VARIABLE
from computational_limits.paths import ROOT_VARIABLE

PART = "#calculator"
CHOICES = 50
SEED = 20200712
HOSTILE = "</script><img src=x onerror=\"document.title='broken'\"><b>\"'&"
THEME = """
:root { --pst-color-text-base: #222832; --pst-color-text-muted: #48566b; --pst-color-background: #ffffff;
  --pst-color-surface: #f3f4f5; --pst-color-border: #c9c9c9; --pst-color-primary: #0a7d91;
  --pst-color-danger: #b2182b; }
:root[data-theme=dark] { --pst-color-text-base: #ced6dd; --pst-color-text-muted: #9ca4af; --pst-color-danger: #f78b8b;
  --pst-color-background: #14181e; --pst-color-surface: #222832; --pst-color-border: #48566b;
  --pst-color-primary: #3fb1c5; }
body { margin: 1rem; background: var(--pst-color-background); color: var(--pst-color-text-base); }
* { box-sizing: border-box; }
"""
"""The colours that the theme of the book gives its pages."""


def write_page(folder: Path, project: Path, calculator: dict[str, Any], root: Path) -> str:
    """A page with nothing but a calculator, and a project folder whose report holds the same; the page's address."""
    (project / "data").mkdir(parents=True)
    shutil.copy(root / "data" / "datapackage.json", project / "data")
    (project / FILE).parent.mkdir(parents=True)
    (project / FILE).write_text(json.dumps(calculator, allow_nan=False), encoding="utf-8")
    for name in ("controls.css", "calculator.css", "controls.js", "calculator.js"):
        shutil.copy(root / "book" / "explorer" / name, folder)
    vega = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    (folder / "vega.js").write_text(f"(function () {{\n{vega}\n}})();\n", encoding="utf-8")
    styles = "".join(f'<link rel="stylesheet" href="{name}.css">' for name in ("controls", "calculator"))
    scripts = "".join(f'<script defer src="{name}.js"></script>' for name in ("vega", "controls", "calculator"))
    theme = "document.documentElement.dataset.theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : ''"
    (folder / "page.html").write_text(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Calculator</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f"<style>{THEME}</style>{styles}<script>{theme}</script>{scripts}</head>"
        f"<body>{calculator_html(calculator, 'calculator', NAMES)}</body></html>",
        encoding="utf-8",
    )
    return (folder / "page.html").as_uri()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("report") / "project"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, project: Path, root: Path) -> str:
    return write_page(tmp_path_factory.mktemp("page"), project, CALCULATOR, root)


def calculator_page(browser: Browser, url: str, **context: Any) -> AbstractContextManager[Page]:
    """The page, once the calculator has answered and drawn."""
    return drawn_page(browser, url, f"{PART}[data-shown]", **context)


def settle(page: Page, error: float) -> None:
    """Wait until a target error is answered and drawn."""
    page.wait_for_function(
        "([part, error]) => JSON.parse(document.querySelector(part).dataset.shown).error === error", arg=[PART, error]
    )


def shown(page: Page) -> tuple[list[list[str]], list[str], str]:
    """Cells of the answer, its sentences, and the command beside it."""
    return (
        [
            [cell.text_content() or "" for cell in row.locator("th, td").all()]
            for row in page.locator(f"{PART} .calculator-answer tbody tr").all()
        ],
        page.locator(f"{PART} :is(.calculator-status, .calculator-words p)").all_text_contents(),
        page.inner_text(f"{PART} .calculator-command"),
    )


def told(command: str, project: Path) -> tuple[int, list[list[str]], list[str]]:
    """Exit code, cells and sentences of a command."""
    name, *arguments = shlex.split(command)
    assert name == "complimits"
    result = CliRunner().invoke(cli.app, arguments, env={ROOT_VARIABLE: str(project), "COLUMNS": "200"})
    if result.exit_code:
        return result.exit_code, [], [result.stderr.strip().removeprefix("complimits: ")]
    heading, *lines = result.stdout.rstrip("\n").split("\n")
    rows = [re.split(r" {2,}", line) for line in lines[: len(QUANTITIES)]]
    assert heading.startswith("Quantity")
    return 0, [[f"{name} ({unit})", *cells] for name, unit, *cells in rows], lines[len(QUANTITIES) + 1 :]


def random_address(calculator: dict[str, Any], rng: np.random.Generator) -> tuple[str, float]:
    """An address with a choice in it, and its target error; most of the choices have a law."""
    law = calculator["laws"][rng.integers(len(calculator["laws"]))]
    choice = {name: law[name] for name in ("benchmark", "vintage", "form", "direction")}
    choice["costs"] = calculator["costs"][rng.integers(len(calculator["costs"]))]["edition"]
    percentage = f"{min(100 * law['best_error'] * 10 ** rng.uniform(-2, 0.3), 99):.3g}"
    choice["error"] = percentage
    if rng.random() < 0.4:
        choice["price"] = f"{10 ** rng.uniform(-2, 20):.4g}"
        choice["unit"] = str(rng.choice(list(PRICE_UNITS)))
    if rng.random() < 0.4:
        choice["carbon"] = f"{10 ** rng.uniform(-3, 1):.3g}"
    text = "&".join(
        f"calculator-{name}={str(value).replace('+', '%2B').replace(' ', '+')}" for name, value in choice.items()
    )
    return text, float(f"{percentage}e-2")


def assert_page_and_command_agree(page: Page, calculator: dict[str, Any], project: Path) -> int:
    """Make `CHOICES` random choices; how many of them have an answer."""
    rng, answered = np.random.default_rng(SEED), 0
    for _ in range(CHOICES):
        address, error = random_address(calculator, rng)
        page.evaluate("(hash) => { location.hash = hash; }", address)
        settle(page, error)
        rows, sentences, command = shown(page)
        code, cells, words = told(command, project)
        assert (rows, sentences) == (cells, words), command
        assert code == (0 if rows else 2)
        answered += code == 0
    return answered


def test_the_page_and_the_command_print_the_same_digits(browser: Browser, url: str, project: Path) -> None:
    with calculator_page(browser, url) as page:
        assert assert_page_and_command_agree(page, CALCULATOR, project) > CHOICES / 2


def test_the_page_of_the_book_and_the_command_print_the_same_digits(
    browser: Browser,
    built: Path,
    root: Path,
) -> None:
    calculator = json.loads((root / FILE).read_text(encoding="utf-8"))
    with calculator_page(browser, (built / "html" / "targets.html").as_uri()) as page:
        assert assert_page_and_command_agree(page, calculator, root) > CHOICES / 3


def test_ties_are_rounded_alike(browser: Browser, url: str, project: Path) -> None:
    """20.25 and 15.35 are at a target of the table, so that they are printed as they stand there."""
    address = f"#calculator-form={FLOOR_FORM.replace(' ', '+')}&calculator-error=6.25"
    with calculator_page(browser, url + address) as page:
        rows, sentences, command = shown(page)
        assert rows[0][1:3] == ["10^20.3", "at least 10^15.3, with no upper bound"]
        assert told(command, project)[1:] == (rows, sentences)


@pytest.mark.parametrize("viewport", [LAPTOP, PHONE])
def test_a_question_can_be_asked_by_keyboard_alone(browser: Browser, url: str, viewport: dict[str, int]) -> None:
    with calculator_page(browser, url, viewport=viewport) as page:

        def tab_to(name: str) -> None:
            for _ in range(30):
                page.keyboard.press("Tab")
                if page.evaluate("() => document.activeElement.name") == name:
                    return
            pytest.fail(f"the tab key never reached {name}")

        tab_to("direction")
        page.keyboard.press("ArrowDown")
        tab_to("error")
        page.keyboard.press("Control+A")
        page.keyboard.type("2")
        settle(page, 0.02)
        assert page.input_value(f"{PART}-scale") == "0.3"
        tab_to("scale")
        page.keyboard.press("ArrowLeft")
        settle(page, 0.018)
        tab_to("price")
        page.keyboard.type("0.5")
        found = answer(CALCULATOR, Question("imagenet", 0.018, direction=TURNED_WAY, usd_per_device_hour=0.5))
        page.wait_for_function(
            "part => JSON.parse(document.querySelector(part).dataset.shown).usd_per_device_hour === 0.5", arg=PART
        )
        assert shown(page)[1] == list(found.words)
        tab_to("command")


@pytest.mark.parametrize("viewport", [LAPTOP, PHONE])
def test_everything_fits_the_screen(browser: Browser, url: str, viewport: dict[str, int]) -> None:
    mobile = {"is_mobile": True, "has_touch": True} if viewport == PHONE else {}
    with calculator_page(browser, url, viewport=viewport, **mobile) as page:
        assert page.evaluate("() => document.documentElement.scrollWidth") <= viewport["width"]
        chart = page.locator(f"{PART} svg").bounding_box()
        assert chart
        assert chart["x"] + chart["width"] <= viewport["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_calculator_is_legible_in_light_and_dark(browser: Browser, url: str, scheme: str) -> None:
    parts = ("label", "select", "input", "button", ".calculator-status", ".calculator-words p", "td", "th", "caption",
             ".calculator-legend", "code", ".calculator-fault", "svg text")  # fmt: skip
    with calculator_page(browser, url, color_scheme=scheme) as page:
        words = ", ".join(f"{PART} {part}" for part in parts)
        contrasts = page.evaluate(LUMINANCE, words)
        assert len(contrasts) > 40
        assert min(contrasts) >= 4.5
        page.fill(f"{PART}-price", "-1")
        assert min(page.evaluate(LUMINANCE, f"{PART} .calculator-fault")) >= 4.5


def test_a_link_brings_a_question_back(browser: Browser, url: str) -> None:
    with calculator_page(browser, url) as page:
        page.select_option(f"{PART}-benchmark", "squad-1.1")
        page.fill(f"{PART}-carbon", "0.3")
        page.fill(f"{PART}-error", "7")
        settle(page, 0.07)
        link, before = page.url, shown(page)
        assert before[0]
    with calculator_page(browser, link) as page:
        assert shown(page) == before
        page.click(f"{PART} button[type=reset]")
        settle(page, 0.1)
        assert "#" not in page.url
        assert page.input_value(f"{PART}-carbon") == ""


@pytest.mark.parametrize(
    ("field", "text", "message"),
    [
        ("error", "0", "must lie between 0 and 100"),
        ("error", "100", "must lie between 0 and 100"),
        ("error", "", "must lie between 0 and 100"),
        ("price", "-3", "price must be a number above 0"),
        ("carbon", "0", "carbon intensity must be a number above 0"),
    ],
)
def test_a_number_that_cannot_be_used_is_said_beside_its_field_and_answers_nothing(
    browser: Browser,
    url: str,
    field: str,
    text: str,
    message: str,
) -> None:
    with calculator_page(browser, url) as page:
        page.fill(f"{PART}-{field}", text)
        page.wait_for_selector(f"{PART}-{field}[aria-invalid=true]")
        assert message in page.inner_text(f"{PART}-{field}-fault")
        rows, sentences, command = shown(page)
        assert (rows, command) == ([], "")
        assert message in sentences[0]
        assert not page.is_visible(f"{PART} .calculator-answer")


def test_what_was_not_fitted_is_greyed_out_and_said(browser: Browser, url: str) -> None:
    with calculator_page(browser, url) as page:
        page.select_option(f"{PART}-form", "exponential")
        page.select_option(f"{PART}-benchmark", "squad-1.1")
        assert page.locator(f"{PART}-form option:disabled").all_text_contents() == [
            "exponential (not fitted)",
            f"{FLOOR_FORM} (not fitted)",
        ]
        assert page.locator(f"{PART}-direction option:disabled").count() == 0
        assert shown(page)[1] == [
            "No law was fitted to squad-1.1, vintage 2020, of form exponential and direction performance on computing."
        ]


def test_hostile_words_run_nothing(browser: Browser, tmp_path: Path, root: Path) -> None:
    """Names of editions come from data; here one is a script, on the page and in its table for paper."""
    hostile = {**CALCULATOR, "costs": [{**CALCULATOR["costs"][0], "title": HOSTILE}]}
    (tmp_path / "page").mkdir()
    url = write_page(tmp_path / "page", tmp_path / "project", hostile, root)
    with calculator_page(browser, url) as page:
        assert any(HOSTILE in sentence for sentence in shown(page)[1])
        assert page.locator(f"{PART} :is(img, b)").count() == 0
        assert page.title() == "Calculator"


class Parts(HTMLParser):
    """Elements of a page by tag."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


@pytest.fixture
def page_text() -> str:
    return calculator_html(CALCULATOR, "calculator", NAMES)


def test_every_field_has_a_label_and_every_id_is_there_once(page_text: str) -> None:
    parser = Parts()
    parser.feed(page_text)
    identities = [attributes["id"] for _, attributes in parser.elements if "id" in attributes]
    fields = [attributes["id"] for tag, attributes in parser.elements if tag in ("select", "input")]
    labels = [attributes["for"] for tag, attributes in parser.elements if tag == "label"]
    assert len(set(identities)) == len(identities)
    assert sorted(fields, key=str) == sorted(labels, key=str)


def test_the_page_has_a_table_for_readers_without_javascript(page_text: str) -> None:
    table = BeautifulSoup(page_text, "html.parser").select_one(".calculator-twin table")
    assert table
    assert table.caption
    assert [cell.get_text() for cell in table.select("tbody tr")[0].find_all("td")][:4] == [
        "ImageNet", "polynomial", "10\N{NO-BREAK SPACE}%", "1015.0"
    ]  # fmt: skip


def test_everything_the_page_loads_is_ours_or_staged(root: Path) -> None:
    styles, scripts = sphinx_extension.CHOICES[CALCULATOR_MARKER]
    ours = {path.name for path in (root / "book" / "explorer").iterdir()}
    assert {*styles, *scripts} - ours == {"vega.js"}
    assert scripts.index("controls.js") < scripts.index("calculator.js")


def test_a_calculator_without_a_law_to_start_with_is_refused() -> None:
    with pytest.raises(ValueError, match="no law to start with"):
        calculator_html({**CALCULATOR, "laws": CALCULATOR["laws"][2:3]}, "calculator", NAMES)


def test_every_part_of_a_question_has_its_option() -> None:
    assert set(OPTIONS) == set(Question.__dataclass_fields__)


def test_the_chart_is_drawn_by_vega() -> None:
    spec = calculator_chart()
    names = {layer["data"]["name"] for layer in spec["layer"]}
    values = {name: [{"x": 9.0, "x2": 12.0, "y": 20.0, "width": 1, "angle": 90}] for name in names}
    assert vl_convert.vegalite_to_svg({**spec, "width": 600, "datasets": values}).count("<path") > len(names)


def test_paper_gets_the_table_and_html_the_calculator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bundles: list[dict[str, str]] = []
    monkeypatch.setattr("computational_limits.display.ipython_display", lambda bundle, raw: bundles.append(bundle))
    monkeypatch.setenv(FILES_VARIABLE, str(tmp_path / "files"))
    show_calculator(CALCULATOR, NAMES, name="calculator")
    text = bundles[0]["text/markdown"]
    screen, paper = text.split("{only} latex")
    assert CALCULATOR_MARKER in screen
    assert "list-table" not in screen
    assert "$10^{15.0}$" in paper
    assert json.loads((tmp_path / "files" / "calculator.json").read_text(encoding="utf-8")) == CALCULATOR
