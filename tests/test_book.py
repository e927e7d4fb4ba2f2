"""The book: its sources gathered whole, built by what is there, published in one step or not at all."""

import hashlib
import importlib.metadata
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from computational_limits import book
from computational_limits.audit import RESULT_COLUMNS
from computational_limits.book import PDF_NAME, BuildError, build_pdf, publish, stage_pages
from computational_limits.pages import PageError
from computational_limits.protocol import PROTOCOL
from computational_limits.tables import read_codebook
from computational_limits.theory.design import SEED
from computational_limits.vintages import COLUMNS

PROTOCOL_TEXT = (Path(__file__).parents[1] / PROTOCOL).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def staged(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The staged sources, put over the leftovers of an earlier stage."""
    source = tmp_path_factory.mktemp("source")
    for name in ("_static/old.js", "_offline/old.js", "book/old.md", "book/tables/old.csv", "theory.ipynb"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).touch()
    stage_pages(root, source)
    return source


@pytest.mark.parametrize(
    "name",
    [
        "_config.yml",
        "_toc.yml",
        "changelog.md",
        "book/references.bib",
        "book/latex/bbm.sty",
        "book/run.md",
        "book/tables/models.csv",
        "_static/custom.css",
        "_static/logo.svg",
        "_offline/mathjax/tex-chtml.js",
    ],
)
def test_what_sphinx_needs_is_there(name: str, staged: Path) -> None:
    assert (staged / name).stat().st_size > 0


def test_mathjax_comes_with_its_fonts_and_stays_out_of_the_static_folder(staged: Path) -> None:
    assert list((staged / "_offline" / "mathjax").rglob("*.woff"))
    assert not list((staged / "_static").rglob("*.js"))


def test_files_of_an_earlier_stage_are_gone_and_executed_notebooks_stay(staged: Path) -> None:
    assert not list(staged.rglob("old.*"))
    assert (staged / "theory.ipynb").is_file()


def test_every_page_of_the_book_is_filled(staged: Path, root: Path) -> None:
    pages = {page.name for page in (root / "book").glob("*.md")}
    assert {page.name for page in (staged / "book").glob("*.md")} == pages
    for name in pages:
        text = (staged / "book" / name).read_text(encoding="utf-8")
        assert "{{" not in text.replace("\\{", ""), name
    version = importlib.metadata.version("computational-limits")
    assert f"version {version}" in (staged / "book" / "cite.md").read_text(encoding="utf-8")


def test_the_data_page_documents_every_column_of_every_table(staged: Path, root: Path) -> None:
    text = (staged / "book" / "data.md").read_text(encoding="utf-8")
    for entry in read_codebook(root)["resources"]:
        _, _, rest = text.partition(f":name: tab-codebook-{entry['name']}\n")
        block, closing, _ = rest.partition("``````")
        assert closing, entry["name"]
        columns = [line.split("`")[1] for line in block.splitlines() if line.startswith("* - `")]
        assert columns == [field["name"] for field in entry["schema"]["fields"]]


def test_the_data_page_says_what_a_column_may_hold(staged: Path) -> None:
    text = (staged / "book" / "data.md").read_text(encoding="utf-8")
    assert "required; above 0; below 1" in text
    assert "required; at least 1990; at most 2026" in text
    assert "one of today, target 1, target 2" in text
    assert "101 rows." in text


def page_table(text: str, name: str) -> list[list[str]]:
    """Cells of a table of a page, its heading first."""
    block = text.partition(f":name: {name}\n")[2].partition("``````")[0]
    rows: list[list[str]] = []
    for line in block.splitlines():
        if line.startswith("* - "):
            rows.append([])
        if line.startswith(("* - ", "  - ")):
            rows[-1].append(line[4:])
    return rows


def test_the_data_page_counts_the_models_by_benchmark_and_vintage(staged: Path) -> None:
    counts = page_table((staged / "book" / "data.md").read_text(encoding="utf-8"), "tab-rows-models")
    assert counts[0] == ["Benchmark", "2020-records", "2022", "all"]
    assert counts[1] == ["imagenet", "163", "208", "371"]
    assert counts[-1] == ["all", "433", "514", "947"]


def test_the_data_page_recounts_every_source_with_its_licence(staged: Path) -> None:
    text = (staged / "book" / "data.md").read_text(encoding="utf-8")
    (row,) = (row for row in page_table(text, "tab-sources-models") if row[0].startswith("`records-2022: squad-1.1`"))
    assert row[1:] == ["facts (the repository is GPL-3.0; no text or code is taken)", "41", "40", "1"]
    (epoch,) = (row for row in page_table(text, "tab-sources-processors") if "epoch-hardware" in row[0])
    assert epoch[1:] == ["CC BY 4.0", "176", "176", "0"]


def test_the_data_page_lists_every_row_left_out_and_why(staged: Path) -> None:
    text = (staged / "book" / "data.md").read_text(encoding="utf-8")
    assert page_table(text, "tab-left-out-models")[1:] == [
        ["`records-2020: imagenet`", "5", "VGG16", "no score on the benchmark"],
        ["`records-2022: ms-coco`", "115", "IoU-Net+EnergyRegression", "no score on the benchmark"],
        ["`records-2022: squad-1.1`", "40", "BERT-Large 32k batch size with AdamW", "no score on the benchmark"],
    ]
    assert len(page_table(text, "tab-left-out-processors")) == 1 + 25


def test_the_data_page_documents_every_column_of_the_derived_tables(staged: Path) -> None:
    text = (staged / "book" / "data.md").read_text(encoding="utf-8")
    for name, columns in (("vintages", COLUMNS), ("audit", RESULT_COLUMNS)):
        assert [row[0] for row in page_table(text, f"tab-codebook-{name}")[1:]] == [f"`{column}`" for column in columns]


def test_every_table_can_be_downloaded_as_it_is(staged: Path, root: Path) -> None:
    for table in (root / "data").glob("*.csv"):
        assert (staged / "book" / "tables" / table.name).read_bytes() == table.read_bytes()
        assert f"<tables/{table.name}>" in (staged / "book" / "data.md").read_text(encoding="utf-8")


def test_a_page_that_asks_for_an_unknown_value_is_refused_by_name(root: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    for folder in ("data", "book", "workflow"):
        shutil.copytree(root / folder, project / folder)
    for name in ("_config.yml", "_toc.yml", "CHANGELOG.md"):
        shutil.copy(root / name, project / name)
    (project / "book" / "cite.md").write_text("Version {{ versoin }}.", encoding="utf-8")
    with pytest.raises(PageError, match=r"book/cite\.md: 'versoin' is undefined; did you mean 'version'\?"):
        stage_pages(project, tmp_path / "source")


def test_a_registered_benchmark_joins_the_contents_once(root: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    for folder in ("data", "book", "workflow"):
        shutil.copytree(root / folder, project / folder)
    for name in ("_config.yml", "_toc.yml", "CHANGELOG.md"):
        shutil.copy(root / name, project / name)
    stage_pages(project, tmp_path / "listed")
    assert (tmp_path / "listed" / "_toc.yml").read_bytes() == (root / "_toc.yml").read_bytes()
    (project / "data" / "own" / "mine.yml").write_text("title: Mine\n", encoding="utf-8")
    stage_pages(project, tmp_path / "source")
    parts = yaml.safe_load((tmp_path / "source" / "_toc.yml").read_text(encoding="utf-8"))["parts"]
    assert parts[-1] == {"caption": "Own benchmarks", "chapters": [{"file": "own/mine"}]}
    assert parts[:-1] == yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))["parts"]


def only(*programs: str) -> Callable[[str], str | None]:
    return lambda name: f"programs/{name}" if name in programs else None


@pytest.mark.parametrize("programs", [(), ("latexmk",), ("xelatex",)])
def test_without_tex_and_browser_the_error_names_every_package(
    programs: tuple[str, ...], root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", only(*programs))
    lines = (root / "apt.txt").read_text(encoding="utf-8").splitlines()
    packages = [line for line in lines if line and not line.startswith("#")]
    with pytest.raises(BuildError) as caught:
        build_pdf(tmp_path / "source", tmp_path / "work", tmp_path / "pdf" / "book.pdf", root / "apt.txt")
    _, _, command = str(caught.value).partition("As root: ")
    assert command.split() == ["apt-get", "install", "--no-install-recommends", *packages]
    assert "texlive-xetex" in packages


@pytest.mark.parametrize(
    ("programs", "maker", "builder"),
    [
        (("latexmk", "xelatex", "chromium"), "latexmk", "latex"),
        (("chromium", "google-chrome"), "chromium", "singlehtml"),
        (("latexmk", "google-chrome"), "google-chrome", "singlehtml"),
    ],
)
def test_tex_is_taken_before_a_browser(
    programs: tuple[str, ...], maker: str, builder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    builders = []

    def build(source: Path, builder: str, output: Path) -> Path:
        builders.append(builder)
        return output

    def make(folder: Path) -> Path:
        made = tmp_path / "made.pdf"
        made.write_bytes(b"%PDF by TeX")
        return made

    monkeypatch.setattr(shutil, "which", only(*programs))
    monkeypatch.setattr(book, "build", build)
    monkeypatch.setattr(book, "_print_with_latex", make)
    monkeypatch.setattr(book, "_print_with_browser", lambda name, page, pdf: pdf.write_bytes(b"%PDF by browser"))
    pdf = tmp_path / "pdf" / "book.pdf"
    assert build_pdf(tmp_path, tmp_path, pdf, tmp_path / "apt.txt") == maker
    assert builders == [builder]
    assert pdf.read_bytes().startswith(b"%PDF by " + (b"TeX" if maker == "latexmk" else b"browser"))


class Project:
    """A project folder with the little that publishing needs."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"
        self.html, self.pdf, self.times = folder / "html", folder / "new.pdf", folder / "times"
        self.results = [folder / "claims.csv", folder / "regressions.csv"]
        self.write(self.root / "requirements.lock", "numpy==2.0\n")
        codebook = {"resources": [{"name": "models", "path": "models.csv"}]}
        self.write(self.root / "data" / "datapackage.json", json.dumps(codebook))
        self.write(self.root / "data" / "models.csv", "a\n1\n")
        self.write(self.root / "data" / "hindcast_protocol.yml", PROTOCOL_TEXT)
        self.write(self.html / "index.html", "<p>new</p>")
        self.write(self.html / ".buildinfo", "machine")
        self.write(self.html / ".doctrees" / "index.doctree", "pickle")
        self.write(self.pdf, "new pdf")
        for path in self.results:
            self.write(path, f"{path.stem}\nnew\n")
        self.write(self.times / "theory.tsv", "s\th:m:s\n12.5\t0:00:12\n")
        self.write(self.times / "simulation" / "0-25.tsv", "s\th:m:s\n3.0\t0:00:03\n")
        self.write(self.times / "simulation" / "25-25.tsv", "s\th:m:s\n4.0\t0:00:04\n")
        self.write(self.times / "squad-1.1.tsv", "s\th:m:s\n3.0\t0:00:03\n")

    @staticmethod
    def write(path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def publish(self) -> None:
        publish(self.root, self.html, self.pdf, self.results, self.times)

    def published(self) -> dict[str, str]:
        """Text of each file a reader finds."""
        folder = self.root / "_build"
        files = [path for part in ("html", "pdf", "results") for path in (folder / part).rglob("*") if path.is_file()]
        return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in files}

    def plant_earlier(self) -> dict[str, str]:
        for name in ("html/index.html", "html/gone.html", f"pdf/{PDF_NAME}", "results/gone.csv"):
            self.write(self.root / "_build" / name, "earlier")
        return self.published()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_first_report_is_published_whole(project: Project) -> None:
    project.publish()
    published = project.published()
    assert set(published) == {
        "html/index.html",
        f"pdf/{PDF_NAME}",
        "results/claims.csv",
        "results/regressions.csv",
        "results/manifest.json",
    }
    assert published["html/index.html"] == "<p>new</p>"
    assert published[f"pdf/{PDF_NAME}"] == "new pdf"


def test_a_new_report_takes_the_place_of_the_earlier_one(project: Project) -> None:
    project.plant_earlier()
    project.publish()
    assert "earlier" not in project.published().values()
    assert list((project.root / "_build" / "work" / "publish").iterdir()) == []


def test_publishing_twice_changes_nothing(project: Project) -> None:
    project.publish()
    before = project.published()
    project.publish()
    assert project.published() == before


def test_the_manifest_by_hand(project: Project) -> None:
    project.publish()
    manifest = json.loads(project.published()["results/manifest.json"])
    codebook = (project.root / "data" / "datapackage.json").read_text(encoding="utf-8")
    assert manifest == {
        "version": importlib.metadata.version("computational-limits"),
        "lock_sha256": digest("numpy==2.0\n"),
        "data_sha256": {"datapackage": digest(codebook), "models": digest("a\n1\n")},
        "protocol_sha256": digest(PROTOCOL_TEXT),
        "results_sha256": {"claims": digest("claims\nnew\n"), "regressions": digest("regressions\nnew\n")},
        "seeds": {"theory": SEED, "hindcast": 20200710},
        "seconds": {"simulation": 7.0, "squad-1.1": 3.0, "theory": 12.5},
    }


def test_the_manifest_follows_the_data(project: Project) -> None:
    project.publish()
    before = json.loads(project.published()["results/manifest.json"])
    project.write(project.root / "data" / "models.csv", "a\n2\n")
    project.publish()
    after = json.loads(project.published()["results/manifest.json"])
    assert before.pop("data_sha256")["models"] != after.pop("data_sha256")["models"]
    assert before == after


def test_a_protocol_changed_after_the_fact_shows_in_the_manifest(project: Project) -> None:
    project.publish()
    before = json.loads(project.published()["results/manifest.json"])
    project.write(project.root / "data" / "hindcast_protocol.yml", PROTOCOL_TEXT.replace("level: 0.9", "level: 0.8"))
    project.publish()
    after = json.loads(project.published()["results/manifest.json"])
    assert before.pop("protocol_sha256") != after.pop("protocol_sha256")
    assert before == after


@pytest.mark.parametrize("missing", ["pdf", "html", "result", "lock", "time"])
def test_a_report_that_lacks_a_part_leaves_the_earlier_one(missing: str, project: Project) -> None:
    before = project.plant_earlier()
    if missing == "html":
        shutil.rmtree(project.html)
    elif missing == "time":
        project.write(project.times / "theory.tsv", "")
    else:
        parts = {"pdf": project.pdf, "result": project.results[1], "lock": project.root / "requirements.lock"}
        parts[missing].unlink()
    with pytest.raises((OSError, ValueError)):
        project.publish()
    assert project.published() == before


def test_leftovers_of_an_interrupted_publication_do_no_harm(project: Project) -> None:
    waiting = project.root / "_build" / "work" / "publish"
    for name in ("html/half.html", "html.old/old.html", "results/half.csv"):
        project.write(waiting / name, "half")
    project.publish()
    assert "half" not in project.published().values()
