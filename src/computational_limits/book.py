"""The book: gather its sources, build HTML and PDF, publish them together.

Everything is made under ``_build/work``; a reader's copy is replaced only by a
complete one, so that the last good report survives a failed build.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import vl_convert

from computational_limits.codebook_page import render_codebook
from computational_limits.explorer import script_json
from computational_limits.pages import fill
from computational_limits.paths import own_benchmarks, put_in_place
from computational_limits.protocol import digest_protocol, read_protocol
from computational_limits.sphinx_extension import EXPLORER
from computational_limits.sphinx_extension import FOLDER as OFFLINE_FOLDER
from computational_limits.tables import table_paths
from computational_limits.theory.design import SEED

DISTRIBUTION = "computational-limits"
PDF_NAME = "computational-limits.pdf"
COPIED = ("_config.yml", "_toc.yml", "book/references.bib", "book/latex/bbm.sty")
QUOTED = {
    "grid": "workflow/grids/theory.yml",
    "own": "data/own/timm-imagenet.yml",
    "profile": "workflow/profiles/slurm/config.yaml",
}
"""Files that pages quote."""
OWN_PART = "  - caption: Own benchmarks\n    chapters:\n"
"""Part of the contents for registered benchmarks that it does not list."""
MATHJAX = ("tex-chtml.js", "output/chtml/fonts/woff-v2")
"""What of MathJax a page needs: the program that sets TeX as HTML, and its fonts."""
TABLES_SCRIPT = """\
window.explorerTables = import(URL.createObjectURL(new Blob([{module}], {{type: "text/javascript"}})));
"""
"""Script that imports a module from its text; what imports it waits for ``explorerTables``."""
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-pdf-header-footer",
    "--virtual-time-budget=20000",
)


class BuildError(RuntimeError):
    """The book could not be built; the message ends with what to do."""


def stage_pages(root: Path, source: Path) -> None:
    """Fill the pages of ``book/`` and put all that Sphinx needs beside the notebooks.

    Parameters
    ----------
    root : Path
        Project folder.
    source : Path
        Folder that jupyter-book builds from.
    """
    for folder in ("_static", OFFLINE_FOLDER, "book"):
        shutil.rmtree(source / folder, ignore_errors=True)
    shutil.copytree(root / "book" / "_static", source / "_static")
    for name in COPIED:
        _copy(root / name, source / name)
    _list_own_benchmarks(root, source / "_toc.yml")
    _copy(root / "CHANGELOG.md", source / "changelog.md")
    _stage_mathjax(source / OFFLINE_FOLDER / "mathjax")
    _stage_explorer(root, source / OFFLINE_FOLDER / EXPLORER)
    values = {
        "version": importlib.metadata.version(DISTRIBUTION),
        "codebook": render_codebook(root),
        **{name: (root / path).read_text(encoding="utf-8") for name, path in QUOTED.items()},
    }
    for page in sorted((root / "book").glob("*.md")):
        target = source / "book" / page.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(fill(page.read_text(encoding="utf-8"), values, f"book/{page.name}"), encoding="utf-8")
    for path in table_paths(root).values():
        _copy(path, source / "book" / "tables" / path.name)


def build(source: Path, builder: str, output: Path) -> Path:
    """Run jupyter-book with warnings as errors.

    Parameters
    ----------
    source : Path
        Folder with configuration, contents and executed notebooks.
    builder : str
        ``html``, ``singlehtml`` or ``latex``.
    output : Path
        Folder for this builder alone.

    Returns
    -------
    Path
        Folder of the built pages.

    Raises
    ------
    BuildError
        On any warning or error.
    """
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", str(source), "--path-output", str(output)]
    command += ["--builder", builder, "-W", "-n", "--keep-going", "--quiet"]
    built = output / "_build" / builder
    shutil.rmtree(built, ignore_errors=True)  # pages of an earlier build must not live on; what was parsed does
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise BuildError(f"jupyter-book could not build {builder}:\n{done.stdout}{done.stderr}")
    return built


def build_pdf(source: Path, work: Path, pdf: Path, packages: Path) -> str:
    """Make the PDF with LaTeX, or with Chromium where there is no TeX.

    Parameters
    ----------
    source : Path
        Folder that jupyter-book builds from.
    work : Path
        Folder for what the build leaves behind.
    pdf : Path
        File to write.
    packages : Path
        List of Debian packages that hold TeX, to name in an error.

    Returns
    -------
    str
        What made it: ``latexmk`` or the name of the browser.

    Raises
    ------
    BuildError
        If both are missing, or the one at hand fails.
    """
    pdf.parent.mkdir(parents=True, exist_ok=True)
    if shutil.which("latexmk") and shutil.which("xelatex"):
        made = _print_with_latex(build(source, "latex", work))
        _copy(made, pdf)
        return "latexmk"
    browser = next((name for name in CHROMIUM_NAMES if shutil.which(name)), None)
    if browser:
        _print_with_browser(browser, build(source, "singlehtml", work) / "index.html", pdf)
        return browser
    names = " ".join(_package_names(packages))
    raise BuildError(
        f"no PDF: neither TeX nor Chromium is installed. As root: apt-get install --no-install-recommends {names}"
    )


def publish(root: Path, html: Path, pdf: Path, results: Iterable[Path], times: Path) -> None:
    """Replace the reader's copies by the new ones, each in one step, and write the manifest.

    Parameters
    ----------
    root : Path
        Project folder; the copies go to ``_build/html``, ``_build/pdf`` and ``_build/results``.
    html : Path
        Folder of built pages.
    pdf : Path
        Built PDF.
    results : iterable of Path
        Results tables.
    times : Path
        Folder of the times that the pipeline measured.
    """
    build_folder = root / "_build"
    waiting = build_folder / "work" / "publish"
    shutil.rmtree(waiting, ignore_errors=True)
    shutil.copytree(html, waiting / "html", ignore=shutil.ignore_patterns(".buildinfo", ".doctrees"))
    _copy(pdf, waiting / "pdf" / PDF_NAME)
    for table in results:
        _copy(table, waiting / "results" / table.name)
    manifest = json.dumps(_manifest(root, waiting / "results", times), indent=2) + "\n"
    (waiting / "results" / "manifest.json").write_text(manifest, encoding="utf-8")
    for name in ("html", "pdf", "results"):
        put_in_place(waiting / name, build_folder / name)


def _manifest(root: Path, results: Path, times: Path) -> dict[str, Any]:
    seconds: dict[str, float] = defaultdict(float)
    for path in times.rglob("*.tsv"):  # the shards of a simulation have a folder
        step = path.stem if path.parent == times else path.parent.name
        seconds[step] += float(pd.read_csv(path, sep="\t")["s"].iloc[0])
    return {
        "version": importlib.metadata.version(DISTRIBUTION),
        "lock_sha256": _sha256(root / "requirements.lock"),
        "data_sha256": {
            "datapackage": _sha256(root / "data" / "datapackage.json"),
            **{name: _sha256(path) for name, path in table_paths(root).items()},
        },
        "protocol_sha256": digest_protocol(root),
        "results_sha256": {path.stem: _sha256(path) for path in sorted(results.glob("*.csv"))},
        "seeds": {"theory": SEED, "hindcast": read_protocol(root).seed},
        "seconds": dict(sorted(seconds.items())),
    }


def _print_with_latex(folder: Path) -> Path:
    (tex,) = folder.glob("*.tex")
    command = ["latexmk", "-xelatex", "-interaction=nonstopmode", "-halt-on-error", tex.name]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, errors="replace")
    if done.returncode != 0:
        reasons = [line for line in done.stdout.splitlines() if line.startswith(("!", "l."))]
        raise BuildError(f"LaTeX failed: {'; '.join(reasons[:4])}; see {tex.with_suffix('.log')}")
    return tex.with_suffix(".pdf")


def _print_with_browser(browser: str, page: Path, pdf: Path) -> None:
    command = [browser, *CHROMIUM_OPTIONS, f"--print-to-pdf={pdf}", page.resolve().as_uri()]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0 or not pdf.is_file():
        raise BuildError(f"{browser} could not print the book:\n{done.stderr}")


def _list_own_benchmarks(root: Path, contents: Path) -> None:
    """Add the reader's own benchmarks to the contents, unless they are there."""
    listed = contents.read_text(encoding="utf-8")
    pages = [f"own/{path.stem}" for path in own_benchmarks(root)]
    missing = [page for page in pages if f"file: {page}\n" not in listed]
    if missing:
        part = [OWN_PART, *(f"      - file: {page}\n" for page in missing)]
        contents.write_text(f"{listed.rstrip()}\n{''.join(part)}", encoding="utf-8")


def _stage_mathjax(target: Path) -> None:
    package = _package_folder("sphinx-mathjax-offline", "MathJax") / "static" / "mathjax"
    for name in MATHJAX:
        if (package / name).is_dir():
            shutil.copytree(package / name, target / name, dirs_exist_ok=True)
        else:
            _copy(package / name, target / name)


def _stage_explorer(root: Path, target: Path) -> None:
    """Our programs, Vega for their charts and DataTables for a table, all as plain scripts.

    A browser imports no module from disk. Vega's bundle is wrapped, since its
    names would replace Sphinx's; that of DataTables is a module, and is handed
    to the page as text to import.
    """
    shutil.copytree(root / "book" / "explorer", target)
    vega = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    (target / "vega.js").write_text(f"(function () {{\n{vega}\n}})();\n", encoding="utf-8")
    tables = _package_folder("itables", "DataTables") / "html"
    module = script_json((tables / "dt_bundle.js").read_text(encoding="utf-8"))
    (target / "tables.js").write_text(TABLES_SCRIPT.format(module=module), encoding="utf-8")
    _copy(tables / "dt_bundle.css", target / "tables.css")


def _package_folder(package: str, product: str) -> Path:
    """Folder of an installed package, found without running it."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise BuildError(f"{product} is missing from the environment: remove .venv and run `make report` again")
    return Path(found.submodule_search_locations[0])


def _package_names(packages: Path) -> list[str]:
    lines = packages.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _copy(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)
