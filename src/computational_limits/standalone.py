"""An executed notebook as one HTML file that needs nothing else, no network either.

The text is MyST, read by the same parser as the book's, but written by
Docutils alone: figures are embedded, formulas become MathML, and references
are numbered here. Charts that a reader steers need the book's programs; their
place is taken by what the book has on paper.
"""

from __future__ import annotations

import base64
import html
import mimetypes
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from docutils import nodes
from docutils.core import publish_doctree, publish_from_doctree
from docutils.parsers.rst import Directive, directives, roles
from myst_parser.parsers.docutils_ import Parser
from nbformat import NotebookNode

EXTENSIONS = ["dollarmath", "colon_fence"]
STYLE = """\
:root { color-scheme: light dark; --edge: #8886; --soft: #8881; }
body { max-width: 50rem; margin: 2rem auto; padding: 0 1rem; line-height: 1.55;
  font-family: system-ui, "DejaVu Sans", sans-serif; }
h1 { line-height: 1.25; } figure { margin: 1.5rem 0; }
img { max-width: 100%; height: auto; background: white; }
figcaption, caption { text-align: left; font-size: .92rem; padding: .4rem 0; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: .88rem; min-width: 60%; }
td, th { border-bottom: 1px solid var(--edge); padding: .25rem .5rem; text-align: left; vertical-align: top; }
td p, th p { margin: 0; }
pre { background: var(--soft); padding: .7rem; overflow-x: auto; font-size: .82rem; }
summary { cursor: pointer; font-size: .85rem; opacity: .75; } .downloads p, .downloads { font-size: .85rem; }
dt { font-weight: 600; } .failed { font-weight: 600; }
"""
"""Look of a page that stands alone; light or dark as the reader's system."""
PAGE = """\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
<style>
{{ style }}</style></head>
<body>
{{ body }}
</body>
</html>
"""
CODE = '<details><summary>Code</summary><pre><code class="language-python">{}</code></pre></details>'
REFERENCE_NAMES = {"figure": "Fig.", "table": "Table"}
"""What a numbered thing is called where the text refers to it."""
SYSTEM_ERROR = 3
"""Level of Docutils' messages from which a page is refused."""


class StandaloneError(ValueError):
    """The text of a notebook cannot be set."""


def render_page(notebook: NotebookNode, folder: Path, bibliography: Path | None = None) -> str:
    """Set an executed notebook as a page of its own.

    Parameters
    ----------
    notebook : NotebookNode
        From `notebooks.execute`: its text is filled.
    folder : Path
        Folder that the notebook's paths start from.
    bibliography : Path, optional
        BibTeX file of the works it cites.

    Returns
    -------
    str
        HTML with figures, formulas and data embedded.

    Raises
    ------
    StandaloneError
        If the text is malformed, or cites a work that the file does not have.
    """
    cited: list[str] = []
    entries = _read_entries(bibliography)
    _register(folder, cited, entries)
    source = "\n\n".join(_cell_text(cell) for cell in notebook.cells)
    tree = publish_doctree(_with_paths(source, folder), parser=Parser(), settings_overrides=_settings())
    _number(tree)
    problems = [message.astext() for message in tree.findall(nodes.system_message) if message["level"] >= SYSTEM_ERROR]
    if problems:
        raise StandaloneError("\n".join(problems))
    title = next((heading.astext() for heading in tree.findall(nodes.title)), "Notebook")
    parts = publish_from_doctree(tree, writer_name="html5", settings_overrides=_settings())
    body = re.search(r"<body[^>]*>(.*)</body>", parts.decode(), re.DOTALL)
    assert body
    references = _references(cited, entries)
    wrapped = re.sub(r"(<table\b.*?</table>)", r'<div class="scroll">\1</div>', body[1], flags=re.DOTALL)
    return fill_page(title, wrapped + references)


def fill_page(title: str, body: str) -> str:
    """A whole page around a body of HTML."""
    page = jinja2.Template(PAGE, keep_trailing_newline=True)
    return str(page.render(title=html.escape(title), style=STYLE, body=body))


def _settings() -> dict[str, Any]:
    return {
        "myst_enable_extensions": EXTENSIONS,
        "math_output": "MathML",
        "embed_stylesheet": False,
        "stylesheet_path": "",
        "initial_header_level": 1,
        "doctitle_xform": False,
        "image_loading": "embed",
        "report_level": SYSTEM_ERROR,
        "halt_level": 5,
        "warning_stream": False,
        "smart_quotes": False,
        "raw_enabled": True,
        "file_insertion_enabled": False,
        "_disable_config": True,
    }


def _cell_text(cell: NotebookNode) -> str:
    """A cell as MyST: prose as it is, code behind a fold, outputs below it."""
    if cell.cell_type == "markdown":
        return str(cell.source)
    tags = cell.metadata.get("tags", [])
    if cell.cell_type != "code" or "remove-cell" in tags:
        return ""
    parts = []
    if "remove-input" not in tags:
        parts.append(_raw(CODE.format(html.escape(cell.source))))
    if "remove-output" not in tags:
        parts += [_output_text(output) for output in cell.outputs]
    return "\n\n".join(parts)


def _output_text(output: Mapping[str, Any]) -> str:
    if output["output_type"] == "stream":
        return _raw(f"<pre>{html.escape(output['text'])}</pre>")
    bundle = output.get("data", {})
    if "text/markdown" in bundle:
        return _for_paper(bundle["text/markdown"])
    if "image/png" in bundle:
        return _raw(f'<img alt="" src="data:image/png;base64,{bundle["image/png"].strip()}">')
    if "text/html" in bundle:
        return _raw(bundle["text/html"])
    return _raw(f"<pre>{html.escape(bundle.get('text/plain', ''))}</pre>")


def _for_paper(text: str) -> str:
    """Text with what stands on paper for a program of the book, where it has one."""
    if "{raw} html" not in text:
        return re.sub(r"^(`{3,})\{only\} latex\n.*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    without = re.sub(r"^(`{3,})\{(?:raw|only)\} html\n.*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"^(`{3,})\{only\} latex\n(.*?)^\1$", r"\2", without, flags=re.MULTILINE | re.DOTALL)


def _raw(markup: str) -> str:
    fence = "`" * (3 + max((len(run) for run in re.findall(r"`{3,}", markup)), default=0))
    return f"{fence}{{raw}} html\n{markup}\n{fence}"


def _with_paths(source: str, folder: Path) -> str:
    """Figures by the absolute path of their SVG, as Docutils embeds them."""
    return re.sub(
        r"^(`{3,}\{figure\} )(\S+)\.\*$", lambda found: f"{found[1]}{folder / found[2]}.svg", source, flags=re.MULTILINE
    )


def _register(folder: Path, cited: list[str], entries: Mapping[str, Any]) -> None:
    """Roles and directives of Sphinx that pages use, as far as one page alone can have them."""

    def role_of(make: Any) -> Any:
        def role(_: str, raw: str, text: str, line: int, inliner: Any, *rest: Any) -> tuple[list[Any], list[Any]]:
            return make(text, inliner), []

        return role

    def cite(parenthesised: bool) -> Any:
        def make(text: str, inliner: Any) -> list[nodes.Node]:
            found: list[nodes.Node] = []
            for key in (part.strip() for part in text.split(",")):
                if key not in entries:
                    return [inliner.document.reporter.error(f"no reference {key!r}")]
                if key not in cited:
                    cited.append(key)
                words = _short_name(entries[key], parenthesised)
                found += [nodes.reference("", words, refuri=f"#{_anchor(key)}"), nodes.Text("; ")]
            found.pop()
            return [nodes.Text("("), *found, nodes.Text(")")] if parenthesised else found

        return make

    def label(text: str) -> tuple[str, str]:
        named = re.fullmatch(r"(.*?)\s*<(.*)>", text, re.DOTALL)
        return (named[1], named[2]) if named else ("", text)

    def download(text: str, _: Any) -> list[nodes.Node]:
        words, target = label(text)
        return [nodes.raw("", _download_link(words or target, folder / target), format="html")]

    def elsewhere(text: str, _: Any) -> list[nodes.Node]:
        words, target = label(text)
        return [nodes.emphasis("", words or Path(target).name)]

    made = {
        "numref": lambda text, _: [nodes.inline("", label(text)[1], classes=["numref"])],
        "eq": lambda text, _: [nodes.inline("", text, classes=["eq"])],
        "doc": elsewhere,
        "ref": elsewhere,
        "term": elsewhere,
        "download": download,
        "cite:t": cite(parenthesised=False),
        "cite:p": cite(parenthesised=True),
    }
    for name, make in made.items():
        roles.register_local_role(name, role_of(make))
    directives.register_directive("only", _Contents)
    directives.register_directive("div", _Contents)


class _Contents(Directive):
    """A directive that stands for what is inside."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True

    def run(self) -> Sequence[nodes.Node]:
        container = nodes.container(classes=[name for name in self.arguments if name != "html"])
        self.state.nested_parse(self.content, self.content_offset, container)
        return [container]


def _download_link(words: str, path: Path) -> str:
    """A link that holds the file."""
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    data = base64.b64encode(path.read_bytes()).decode()
    return f'<a download="{html.escape(path.name)}" href="data:{kind};base64,{data}">{html.escape(words)}</a>'


def _number(tree: nodes.document) -> None:
    """Number figures, tables and formulas, and resolve what refers to them."""
    names: dict[str, str] = {}
    for kind, heading in (("figure", nodes.caption), ("table", nodes.title)):
        for number, node in enumerate((node for node in tree.findall() if node.tagname == kind), start=1):
            caption = next(iter(node.findall(heading)), None)
            if caption is not None:
                caption.insert(0, nodes.strong("", f"{kind.capitalize()} {number}. "))
            for named in (node, *node.findall(nodes.image)):  # Docutils gives the name of a figure to its image
                names |= dict.fromkeys(named["names"], f"{REFERENCE_NAMES[kind]} {number}")
    for number, node in enumerate(tree.findall(nodes.math_block), start=1):
        for name in [*node["names"], *([node["label"]] if node.get("label") else [])]:
            names[name] = f"({number})"
    for node in list(tree.findall(nodes.inline)):
        if {"numref", "eq"} & set(node["classes"]):
            name = nodes.fully_normalize_name(node.astext())
            if name not in names:
                node.parent.replace(node, nodes.emphasis("", "another page"))
                continue
            refid = tree.nameids.get(name)
            words = names[name]
            node.parent.replace(node, nodes.reference("", words, refid=refid) if refid else nodes.Text(words))


def _read_entries(bibliography: Path | None) -> Mapping[str, Any]:
    if bibliography is None:
        return {}
    from pybtex.database import parse_file

    return dict(parse_file(str(bibliography)).entries)


def _short_name(entry: Any, parenthesised: bool) -> str:
    """Author and year, as text cites a work."""
    names = [" ".join(person.last_names).strip("{}") for person in entry.persons.get("author", [])]
    who = names[0] if len(names) == 1 else " and ".join(names) if len(names) == 2 else f"{(names or ['?'])[0]} et al."
    year = entry.fields.get("year", "n.d.")
    return f"{who}, {year}" if parenthesised else f"{who} ({year})"


def _anchor(key: str) -> str:
    return f"reference-{nodes.make_id(key)}"


def _references(cited: Iterable[str], entries: Mapping[str, Any]) -> str:
    """The works cited, as a list."""
    keys = sorted(cited)
    if not keys:
        return ""
    from pybtex.plugin import find_plugin

    style = find_plugin("pybtex.style.formatting", "unsrt")()
    backend = find_plugin("pybtex.backends", "html")()
    items = [
        f'<li id="{_anchor(key)}">{entry.text.render(backend)}</li>'
        for key, entry in zip(keys, style.format_entries([entries[key] for key in keys]), strict=True)
    ]
    return "<section><h2>References</h2>\n<ul>\n" + "\n".join(items) + "\n</ul></section>"
