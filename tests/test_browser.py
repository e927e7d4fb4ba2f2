"""Every page of the built book in a browser, offline: no error, all formulas and figures, any screen."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request

from computational_limits.charts import JOINT
from computational_limits.explorer import script_json
from computational_limits.vintages import MEASURES, VINTAGES, read_models

OFFLINE = ("file:", "data:", "blob:")
PHONE = {"width": 390, "height": 844}
LAPTOP = {"width": 1280, "height": 900}
WORDS = "hardware burden"

WAIT_UNTIL_SET = """async () => {
    if (window.MathJax) await MathJax.startup.promise;
    for (const image of document.images) image.loading = "eager";
    await Promise.all([...document.images].map(image => image.decode().catch(() => null)));
    await document.fonts.ready;
}"""
OBSERVE = """() => {
    const shown = nodes => [...nodes].filter(node => node.checkVisibility());
    const article = document.querySelector("article");
    return {
        formulas: article.querySelectorAll(".math").length,
        set: article.querySelectorAll("mjx-container").length,
        unset: [...article.querySelectorAll(".math")].filter(node => !node.querySelector("mjx-container"))
            .map(node => node.textContent),
        failed: [...document.querySelectorAll("mjx-merror, mjx-mtext[style*='red']")].map(node => node.outerHTML),
        images: [...article.querySelectorAll("img")].map(image => ({
            source: image.getAttribute("src"), alt: image.alt, width: image.naturalWidth, shown: image.clientWidth,
        })),
        titles: shown(document.querySelectorAll("h1")).map(heading => heading.innerText),
        levels: shown(article.querySelectorAll("h1, h2, h3, h4, h5, h6")).map(heading => Number(heading.tagName[1])),
        width: document.documentElement.scrollWidth,
        theme: document.documentElement.dataset.theme,
    };
}"""


@dataclass
class Visit:
    """What a browser saw and complained of on one page."""

    seen: dict[str, Any] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.errors.append(f"uncaught: {error}"))
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("requestfailed", self._miss)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(f"console: {message.text}")

    def _miss(self, request: Request) -> None:
        self.errors.append(f"not loaded: {request.url} ({request.failure})")


def tour(browser: Browser, urls: dict[str, str], **context: Any) -> dict[str, Visit]:
    """Open each page in turn, in a browser that remembers nothing, and note what is there."""
    visits = {}
    with browser.new_context(**context) as session:
        for name, url in urls.items():
            visits[name] = visit = Visit()
            page = session.new_page()
            visit.listen(page)
            page.goto(url)
            page.evaluate(WAIT_UNTIL_SET)
            visit.seen = page.evaluate(OBSERVE)
            page.close()
    return visits


@pytest.fixture(scope="module")
def urls(built: Path, page_names: list[str]) -> dict[str, str]:
    """Address of each page on disk."""
    return {name: (built / "html" / f"{name}.html").as_uri() for name in page_names}


@pytest.fixture(scope="module")
def laptop(browser: Browser, urls: dict[str, str]) -> dict[str, Visit]:
    return tour(browser, urls, viewport=LAPTOP)


@pytest.fixture(scope="module")
def phone(browser: Browser, urls: dict[str, str]) -> dict[str, Visit]:
    return tour(browser, urls, viewport=PHONE, is_mobile=True, has_touch=True)


@pytest.fixture(scope="module")
def dark(browser: Browser, urls: dict[str, str]) -> dict[str, Visit]:
    return tour(browser, urls, viewport=LAPTOP, color_scheme="dark")


@pytest.fixture
def server(built: Path) -> Iterator[str]:
    """The book behind a web server of this machine, in a process of its own."""
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", built / "html"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout
        port = re.search(r"port (\d+)", process.stdout.readline())
        assert port
        yield f"http://127.0.0.1:{port[1]}"
        process.terminate()


def complaints(visits: dict[str, Visit]) -> dict[str, list[str]]:
    return {name: visit.errors for name, visit in visits.items() if visit.errors}


def test_no_page_has_an_error_or_a_warning_in_the_console(laptop: dict[str, Visit]) -> None:
    assert complaints(laptop) == {}


def test_no_page_asks_for_anything_beyond_its_folder(laptop: dict[str, Visit]) -> None:
    asked = [url for visit in laptop.values() for url in visit.requests]
    assert len(asked) > len(laptop)
    assert [url for url in asked if not url.startswith(OFFLINE)] == []


def test_every_formula_is_set_and_none_is_wrong(laptop: dict[str, Visit]) -> None:
    """MathJax marks a formula it cannot read as an error and prints a command it does not know in red."""
    unset = {name: visit.seen["unset"] for name, visit in laptop.items() if visit.seen["unset"]}
    failed = {name: visit.seen["failed"] for name, visit in laptop.items() if visit.seen["failed"]}
    assert unset == {}
    assert failed == {}


@pytest.mark.parametrize("name", ["theory", "benchmarks/imagenet", "targets"])
def test_pages_that_argue_in_formulas_have_some(laptop: dict[str, Visit], name: str) -> None:
    assert laptop[name].seen["set"] >= laptop[name].seen["formulas"] > 0


def test_every_figure_is_loaded_shown_and_described(laptop: dict[str, Visit]) -> None:
    images = [image for visit in laptop.values() for image in visit.seen["images"]]
    assert len(images) >= 6
    assert [image for image in images if not (image["width"] > 0 and image["shown"] > 0 and image["alt"])] == []


@pytest.mark.parametrize("name", ["theory", "index", "comparison", "targets", "benchmarks/imagenet"])
def test_chapters_that_compare_show_a_figure(laptop: dict[str, Visit], name: str) -> None:
    assert laptop[name].seen["images"]


def test_every_page_has_one_title_and_headings_that_skip_no_level(laptop: dict[str, Visit]) -> None:
    for name, visit in laptop.items():
        levels = visit.seen["levels"]
        assert len(visit.seen["titles"]) == 1, f"{name}: {visit.seen['titles']}"
        assert levels[0] == 1, name
        assert all(below <= above + 1 for above, below in pairwise(levels)), f"{name}: {levels}"


def test_no_page_is_wider_than_a_phone(phone: dict[str, Visit]) -> None:
    too_wide = {name: visit.seen["width"] for name, visit in phone.items() if visit.seen["width"] > PHONE["width"] + 1}
    assert too_wide == {}


def test_no_page_complains_on_a_phone(phone: dict[str, Visit]) -> None:
    assert complaints(phone) == {}


def test_a_dark_system_gets_dark_pages_without_complaint(dark: dict[str, Visit]) -> None:
    assert {visit.seen["theme"] for visit in dark.values()} == {"dark"}
    assert complaints(dark) == {}


def test_a_light_system_gets_light_pages(laptop: dict[str, Visit]) -> None:
    assert {visit.seen["theme"] for visit in laptop.values()} == {"light"}


def search(browser: Browser, folder: str) -> tuple[Visit, list[str]]:
    """Search the book and give the titles of the pages found."""
    visit = Visit()
    with browser.new_context(viewport=LAPTOP) as session:
        page = session.new_page()
        visit.listen(page)
        page.goto(f"{folder}/search.html?q={WORDS.replace(' ', '+')}")
        page.wait_for_function("() => /found [0-9]+ page/.test(document.body.innerText)")
        page.wait_for_load_state("networkidle")
        return visit, page.locator("#search-results li > a").all_inner_texts()


def test_search_finds_the_term_from_the_disk_without_complaint(browser: Browser, built: Path) -> None:
    visit, found = search(browser, (built / "html").as_uri())
    assert visit.errors == []
    assert "Glossary" in found
    assert any("ImageNet" in title for title in found)


def test_search_finds_the_term_from_a_server_without_complaint(browser: Browser, server: str) -> None:
    visit, found = search(browser, server)
    assert "Glossary" in found
    assert visit.errors == []
    assert [url for url in visit.requests if not url.startswith((server, *OFFLINE))] == []


CHART_POINTS = ".explorer-chart .layer_0_marks path"
LUMINANCE = """(selector) => {
    const shade = (text) => text.match(/[0-9.]+/g).map(Number);
    const light = (colour) => colour.slice(0, 3).map((part) => part / 255)
        .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
        .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
    const behind = (node) => {
        const colour = shade(getComputedStyle(node).backgroundColor);
        return colour.length === 4 && colour[3] === 0 ? behind(node.parentElement) : colour;
    };
    return [...document.querySelectorAll(selector)].filter((node) => node.checkVisibility()).map((node) => {
        const style = getComputedStyle(node);
        const ink = node instanceof SVGElement ? style.fill : style.color;
        const pair = [light(shade(ink)), light(behind(node))].sort((a, b) => b - a);
        return (pair[0] + 0.05) / (pair[1] + 0.05);
    });
}"""
"""Contrast of the ink of each node with what lies behind it, as the WCAG reckons it."""


@contextmanager
def drawn_page(browser: Browser, url: str, sign: str, **context: Any) -> Iterator[Page]:
    """A page, once the sign of its being drawn is there, in a browser that remembers nothing; it may not complain."""
    visit = Visit()
    with browser.new_context(**{"viewport": LAPTOP, **context}) as session:
        page = session.new_page()
        visit.listen(page)
        page.goto(url)
        page.wait_for_selector(sign)
        yield page
    assert visit.errors == []
    assert [asked for asked in visit.requests if not asked.startswith(OFFLINE)] == []


def records_page(browser: Browser, url: str, **context: Any) -> AbstractContextManager[Page]:
    """The page of all records, drawn."""
    return drawn_page(browser, url, "#explorer[data-points]", **context)


def choose(page: Page, **choice: str) -> None:
    """Make a choice and wait until it is drawn."""
    for name, value in choice.items():
        page.select_option(f"#explorer-{name}", value)
    settle(page)


def settle(page: Page) -> None:
    """Wait until the chart stands still, after the pause that the search box makes."""
    page.wait_for_timeout(300)
    page.wait_for_function("() => Number(document.getElementById('explorer').dataset.points) >= 0")
    page.wait_for_timeout(300)


def shown_rows(page: Page) -> int:
    """Count the rows of the table, all pages of it."""
    page.locator(".dt-length select").select_option("-1")
    if page.locator(".explorer-table .dt-empty").count():
        return 0
    return page.locator(".explorer-table tbody tr").count()


@pytest.fixture(scope="module")
def records_url(built: Path) -> str:
    return (built / "html" / "records.html").as_uri()


@pytest.fixture(scope="module")
def everything(root: Path) -> pd.DataFrame:
    """Every record of every vintage, from the tables."""
    return pd.concat([read_models(vintage, root=root) for vintage in VINTAGES], ignore_index=True)


@pytest.mark.parametrize("vintage", VINTAGES)
def test_a_choice_shows_as_many_points_and_rows_as_the_tables_have(
    browser: Browser, records_url: str, everything: pd.DataFrame, vintage: str
) -> None:
    models = everything[everything["vintage"] == vintage]
    with records_page(browser, records_url) as page:
        for benchmark, measure in (("all", "hardware_burden"), ("imagenet", "ops_per_pass"), ("conll-2003", "year")):
            choose(page, vintage=vintage, benchmark=benchmark, x=measure)
            part = models if benchmark == "all" else models[models["benchmark"] == benchmark]
            measured = part["year" if measure == "year" else MEASURES[measure]].notna().sum()
            assert page.locator(CHART_POINTS).count() == measured
            assert shown_rows(page) == len(part)
            assert page.inner_text(".explorer-status").startswith(
                f"{len(part)} records chosen, {measured} in the chart"
            )


def test_the_records_can_be_gone_through_by_keyboard_alone(browser: Browser, records_url: str, root: Path) -> None:
    with records_page(browser, records_url) as page:

        def tab_to(test: str) -> None:
            for _ in range(200):
                page.keyboard.press("Tab")
                if page.evaluate(f"() => {{ const node = document.activeElement; return Boolean({test}); }}"):
                    return
            pytest.fail(f"the tab key never reached {test}")

        tab_to("node.id === 'explorer-benchmark'")
        page.keyboard.press("ArrowDown")
        settle(page)
        models = read_models(benchmark="imagenet", root=root)
        assert shown_rows(page) == len(models)
        page.locator("#explorer-find").focus()
        tab_to("node.closest('th')?.textContent.startsWith('Year')")
        page.keyboard.press("Enter")
        settle(page)
        assert page.locator(".explorer-table th[aria-sort=ascending]").inner_text().startswith("Year")
        tab_to("node.classList.contains('explorer-pick')")
        first = models[models["year"] == models["year"].min()]
        name = page.evaluate("() => document.activeElement.textContent")
        row = first[first["model"] == name].iloc[0]
        told = page.inner_text(".explorer-details")
        assert row["model"] in told
        assert row["title"] in told
        assert page.locator(".explorer-details a").get_attribute("href") == row["link"]
        assert page.locator(".explorer-chart .layer_1_marks path").count() == 1


def test_a_link_brings_a_choice_back(browser: Browser, records_url: str) -> None:
    with records_page(browser, records_url) as page:
        choose(page, vintage="2022", benchmark="imagenet", x="network_operations", y="score")
        page.fill("#explorer-find", "resnet")
        settle(page)
        link, status = page.url, page.inner_text(".explorer-status")
        rows = shown_rows(page)
    with records_page(browser, link) as page:
        assert page.input_value("#explorer-vintage") == "2022"
        assert page.input_value("#explorer-x") == "network_operations"
        assert page.input_value("#explorer-find") == "resnet"
        assert page.inner_text(".explorer-status") == status
        assert shown_rows(page) == rows > 0
        page.click("button[type=reset]")
        settle(page)
        assert page.input_value("#explorer-vintage") == "2020"
        assert "#" not in page.url


def test_a_link_with_unknown_words_shows_the_first_choice(browser: Browser, records_url: str) -> None:
    with records_page(browser, f"{records_url}#vintage=1999&x=%3Cscript%3E&find=") as page:
        assert page.input_value("#explorer-vintage") == "2020"
        assert page.input_value("#explorer-x") == "hardware_burden"


def test_the_downloaded_table_has_the_chosen_rows(
    browser: Browser, records_url: str, everything: pd.DataFrame, tmp_path: Path
) -> None:
    with records_page(browser, f"{records_url}#vintage=2022-audited&benchmark=imagenet", accept_downloads=True) as page:
        with page.expect_download() as download:
            page.click("button[name=csv]")
        assert download.value.suggested_filename == "records-2022-audited-imagenet.csv"
        download.value.save_as(tmp_path / "chosen.csv")
    chosen = pd.read_csv(tmp_path / "chosen.csv")
    mask = (everything["vintage"] == "2022-audited") & (everything["benchmark"] == "imagenet")
    models = everything[mask].reset_index(drop=True)
    for column in ("model_id", "year", "model", "title", "link", "note"):
        assert chosen[column].fillna("").tolist() == models[column].fillna("").tolist()
    for column in ("error", *MEASURES.values()):
        expected = models[column].astype(float)
        pd.testing.assert_series_equal(chosen[column].astype(float), expected, rtol=1e-5, check_names=False)


def test_pointing_at_a_mark_tells_of_its_record(browser: Browser, records_url: str) -> None:
    with records_page(browser, f"{records_url}#benchmark=imagenet") as page:
        page.locator(CHART_POINTS).first.hover(force=True)
        page.wait_for_selector("#vg-tooltip-element.visible")
        name = page.inner_text(".explorer-details .explorer-name")
        tip = page.inner_text("#vg-tooltip-element")
        assert name.split(" (")[0] in tip
        assert page.locator(".explorer-details a").count() == 1


def test_the_records_fit_a_phone(browser: Browser, records_url: str) -> None:
    with records_page(browser, records_url, viewport=PHONE, is_mobile=True, has_touch=True) as page:
        choose(page, vintage="2022")
        assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
        assert page.locator(".explorer-chart svg").bounding_box()["width"] <= PHONE["width"]
        page.locator(CHART_POINTS).first.tap(force=True)
        assert page.locator(".explorer-details a").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_records_are_legible_in_light_and_dark(browser: Browser, records_url: str, scheme: str) -> None:
    words = (
        ".explorer label, .explorer select, .explorer input, .explorer button, .explorer-status, .explorer td span,"
        " .explorer th, .explorer td a, .explorer-details a, .explorer-details dd, .explorer-details dt, .dt-info,"
        " .explorer-chart text"
    )
    with records_page(browser, records_url, color_scheme=scheme) as page:
        page.locator(".explorer-pick").first.click()
        contrasts = page.evaluate(LUMINANCE, words)
        assert len(contrasts) > 50
        assert min(contrasts) >= 4.5
        assert min(page.evaluate(LUMINANCE, CHART_POINTS)) >= 2.5


def test_a_change_of_theme_changes_the_chart(browser: Browser, records_url: str) -> None:
    with records_page(browser, records_url) as page:
        ink = "() => getComputedStyle(document.querySelector('.explorer-chart .role-axis-label text')).fill"
        before = page.evaluate(ink)
        page.evaluate("() => { document.documentElement.dataset.theme = 'dark'; }")
        settle(page)
        assert page.evaluate(ink) != before


def test_hostile_words_in_the_records_run_nothing(browser: Browser, built: Path, tmp_path: Path) -> None:
    hostile = "</script><img src=x onerror=\"document.title='broken'\"><b>\"'&"
    folder = (built / "html").as_uri()
    text = (built / "html" / "records.html").read_text(encoding="utf-8")
    match = re.search(r'(class="explorer-data"[^>]*>)(.*?)(</script>)', text, flags=re.DOTALL)
    assert match
    data = json.loads(match[2])
    for column in ("model", "metric", "hardware", "time", "cause", "note"):
        data["models"][column] = [hostile] * len(data["models"][column])
    data["papers"]["title"] = [hostile] * len(data["papers"]["title"])
    data["papers"]["link"] = ["javascript:alert(1)"] * len(data["papers"]["link"])
    text = text[: match.start(2)] + script_json(data) + text[match.end(2) :]
    (tmp_path / "records.html").write_text(
        text.replace("<head>", f'<head><base href="{folder}/">', 1), encoding="utf-8"
    )
    with records_page(browser, (tmp_path / "records.html").as_uri()) as page:
        page.locator(CHART_POINTS).first.hover(force=True)
        page.wait_for_selector("#vg-tooltip-element.visible")
        page.locator(".explorer-pick").first.click()
        assert page.locator(".explorer-pick").first.inner_text() == hostile
        assert page.locator("#explorer img, #explorer b, #vg-tooltip-element img").count() == 0
        assert page.locator("#explorer a[href^=javascript]").count() == 0
        assert page.title() != "broken"


CHART = "#chart-theory"
PATHS = "nodes => nodes.map(node => node.getAttribute('d'))"


def chart_page(browser: Browser, url: str, **context: Any) -> AbstractContextManager[Page]:
    """The chapter on theory, its chart drawn."""
    return drawn_page(browser, url, f"{CHART}[data-shown]", **context)


def choose_in_chart(page: Page, **choice: str) -> None:
    """Make a choice in the chart and wait until it is drawn."""
    for name, value in choice.items():
        page.select_option(f"{CHART}-{name}", value)
    shown = JOINT.join(page.input_value(f"{CHART}-{name}") for name in ("snr", "relevant", "penalty"))
    page.wait_for_selector(f"{CHART}[data-shown='{shown}']")


@pytest.fixture(scope="module")
def theory_url(built: Path) -> str:
    return (built / "html" / "theory.html").as_uri()


def test_a_choice_moves_the_chart_says_the_sizes_and_can_be_linked_to(browser: Browser, theory_url: str) -> None:
    with chart_page(browser, theory_url) as page:
        held = json.loads(page.inner_text(f"{CHART} .explorer-held"))
        lines = f"{CHART} .layer_2_marks path"
        before = page.locator(lines).evaluate_all(PATHS)
        choose_in_chart(page, penalty="textbook")
        after = page.locator(lines).evaluate_all(PATHS)
        assert len(before) == len(after) == 4
        assert len(set(before) - set(after)) == 1
        page.locator(f"{CHART}-relevant").focus()
        page.keyboard.press("End")
        choose_in_chart(page, snr="4")
        status, link = page.inner_text(f"{CHART} .explorer-status"), page.url
        assert page.input_value(f"{CHART}-relevant") == "30"
        assert status == held["answers"][JOINT.join(("4", "30", "textbook"))]
        assert "Relevant covariates, of 1,000: 30" in page.get_attribute(f"{CHART} .explorer-chart", "aria-label")
    with chart_page(browser, link) as page:
        assert page.inner_text(f"{CHART} .explorer-status") == status
        with page.expect_download() as download:
            page.click(f"{CHART} button[name=svg]")
        assert download.value.suggested_filename == "chart-theory.svg"
        page.click(f"{CHART} button[type=reset]")
        choose_in_chart(page)
        assert page.inner_text(f"{CHART} .explorer-status") != status
        assert "#" not in page.url


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_chart_fits_a_phone_and_is_legible_in_light_and_dark(
    browser: Browser, theory_url: str, scheme: str
) -> None:
    context = {"viewport": PHONE, "is_mobile": True, "has_touch": True, "color_scheme": scheme}
    words = ", ".join(f"{CHART} {part}" for part in ("label", "select", "button", ".explorer-status", "svg text"))
    with chart_page(browser, theory_url, **context) as page:
        assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
        chart = page.locator(f"{CHART} svg").bounding_box()
        assert chart["x"] + chart["width"] <= PHONE["width"]
        contrasts = page.evaluate(LUMINANCE, words)
        assert len(contrasts) > 20
        assert min(contrasts) >= 4.5
        assert min(page.evaluate(LUMINANCE, f"{CHART} .layer_3_layer_1_marks path")) >= 2.5
        page.locator(f"{CHART} .layer_3_layer_1_marks path").first.tap(force=True)
        page.wait_for_selector("#vg-tooltip-element.visible")
        assert "Observations" in page.inner_text("#vg-tooltip-element")


def test_only_pages_that_let_a_reader_choose_load_what_it_takes(laptop: dict[str, Visit]) -> None:
    def loading(script: str) -> set[str]:
        return {name for name, visit in laptop.items() if any(script in url for url in visit.requests)}

    scripts = ("tables", "explorer", "charts", "calculator", "vega")
    assert {script: loading(f"/explorer/{script}.js") for script in scripts} == {
        "tables": {"records"},
        "explorer": {"records"},
        "charts": {"theory"},
        "calculator": {"targets"},
        "vega": {"records", "targets", "theory"},
    }
