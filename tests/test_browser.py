"""Every page of the built book in a browser, offline: no error, all formulas and figures, any screen."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
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
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if not chromium:
        pytest.fail("the book is tested in Chromium, which is not installed: install the packages in tests/apt.txt")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=OPTIONS)
        yield opened
        opened.close()


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
