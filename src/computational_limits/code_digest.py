"""Digest of what code does, whatever its comments, docstrings and layout."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable
from pathlib import Path


def code_digest(files: Iterable[Path]) -> str:
    """Digest of Python files.

    Parameters
    ----------
    files : iterable of Path
        Modules.

    Returns
    -------
    str
        The same as long as no statement but a docstring changes.

    Raises
    ------
    SyntaxError
        If a file is no Python.
    """
    digest = hashlib.sha256()
    for file in files:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(body := getattr(node, "body", None), list):
                node.body = [one for one in body if not _is_text(one)]  # type: ignore[attr-defined]
        digest.update(ast.dump(tree).encode())
    return digest.hexdigest()


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
