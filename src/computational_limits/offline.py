"""Sphinx extension: pages that ask nothing of the network and raise no error.

Jupyter Book loads every script it finds in a static folder on every page, and
starts Thebe, which this book does not use, twice. MathJax therefore lives in a
folder of its own that is added here, and Thebe's scripts are taken out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

FOLDER = "_offline"
"""Folder of the staged sources whose files are copied as they are."""
UNUSED = "thebe"


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the extension; called by Sphinx."""
    app.connect("config-inited", _add_folder)
    app.connect("html-page-context", _drop_unused_scripts, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _add_folder(app: Sphinx, config: Config) -> None:
    config.html_static_path.append(FOLDER)


def _drop_unused_scripts(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    context["script_files"] = [
        script
        for script in context["script_files"]
        if UNUSED not in str(getattr(script, "filename", "")) and UNUSED not in _body(script)
    ]


def _body(script: object) -> str:
    attributes = getattr(script, "attributes", {})
    return str(attributes.get("body") or "")
