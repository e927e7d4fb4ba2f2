"""Sphinx extension: pages that ask nothing of the network, and paper without code.

Jupyter Book loads every script it finds in a static folder on every page, and
starts Thebe, which this book does not use, twice. MathJax therefore lives in a
folder of its own that is added here, and Thebe's scripts are taken out.

On screen the code of a notebook is folded away. Paper cannot fold, so the PDF
leaves it out; the HTML and the notebooks have it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from computational_limits.calculator_page import CALCULATOR_MARKER
from computational_limits.explorer import MARKER, PLOT_MARKER

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

FOLDER = "_offline"
"""Folder of the staged sources whose files are copied as they are."""
EXPLORER = "explorer"
"""Its subfolder with what a page needs that lets a reader choose."""
CHOICES = {
    MARKER: (
        ("tables.css", "controls.css", "explorer.css"),
        ("vega.js", "tables.js", "controls.js", "explorer.js"),
    ),
    PLOT_MARKER: (("controls.css",), ("vega.js", "controls.js", "charts.js")),
    CALCULATOR_MARKER: (("controls.css", "calculator.css"), ("vega.js", "controls.js", "calculator.js")),
}
"""What a page holds that lets a reader choose, with the styles and scripts that it needs, in order."""
UNUSED = "thebe"


class LeaveCodeOut(SphinxPostTransform):
    """Remove the inputs of notebook cells from what is printed."""

    default_priority = 10
    builders = ("latex", "singlehtml")

    def run(self, **_: Any) -> None:
        """Remove the nodes."""
        for container in list(self.document.findall(nodes.container)):
            if "cell_input" in container["classes"]:
                container.parent.remove(container)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the extension; called by Sphinx."""
    app.connect("config-inited", _add_folder)
    app.connect("builder-inited", _number_alike, priority=900)
    app.connect("html-page-context", _add_choices)
    app.connect("html-page-context", _drop_unused_scripts, priority=900)
    app.add_post_transform(LeaveCodeOut)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _add_folder(app: Sphinx, config: Config) -> None:
    config.html_static_path.append(FOLDER)


def _number_alike(app: Sphinx) -> None:
    """Number figures, tables and equations through the PDF, as the HTML does, not by chapter."""
    app.config["numfig_secnum_depth"] = 0


def _add_choices(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Load charts and tables on the pages that let a reader choose, and on no other."""
    raw = [] if doctree is None else [node.astext() for node in doctree.findall(nodes.raw)]
    needs = [files for marker, files in CHOICES.items() if any(marker in text for text in raw)]
    for name in dict.fromkeys(name for styles, _ in needs for name in styles):
        app.add_css_file(f"{EXPLORER}/{name}")
    for name in dict.fromkeys(name for _, scripts in needs for name in scripts):
        app.add_js_file(f"{EXPLORER}/{name}", loading_method="defer")


def _drop_unused_scripts(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    context["script_files"] = [script for script in context["script_files"] if UNUSED not in _source(script)]


def _source(script: object) -> str:
    """File name and inline text of a script."""
    attributes = getattr(script, "attributes", {})
    return f"{getattr(script, 'filename', '')} {attributes.get('body') or ''}"
