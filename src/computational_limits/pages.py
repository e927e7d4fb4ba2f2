"""Prose with numbers: the text cells of notebooks and the pages of ``book/``.

A page is a template. ``{{ exponent }}`` takes a number that code computed; a
name without a value is an error, so no page can show a hole.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

import jinja2

ENVIRONMENT = jinja2.Environment(
    undefined=jinja2.StrictUndefined,
    autoescape=False,  # the result is MyST, not HTML; Sphinx escapes
    keep_trailing_newline=True,
    trim_blocks=True,
    lstrip_blocks=True,
)


class PageError(ValueError):
    """A page asks for a value that nothing computed, or is not a template."""


def fill(template: str, values: Mapping[str, Any], place: str) -> str:
    """Fill a page with values.

    Parameters
    ----------
    template : str
        MyST text with Jinja expressions.
    values : mapping
        Names to numbers and words.
    place : str
        File, and cell if any, to name in an error.

    Returns
    -------
    str

    Raises
    ------
    PageError
        If a value is missing or the template is malformed.

    Examples
    --------
    >>> fill("The exponent is {{ exponent }}.", {"exponent": "13.6"}, "page")
    'The exponent is 13.6.'
    """
    try:
        return ENVIRONMENT.from_string(template).render(values)
    except jinja2.UndefinedError as error:
        missing = str(error.message).split("'")[1] if "'" in str(error.message) else ""
        close = difflib.get_close_matches(missing, values, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise PageError(f"{place}: {error.message}{hint}") from error
    except jinja2.TemplateSyntaxError as error:
        raise PageError(f"{place} line {error.lineno}: {error.message}") from error
    except (jinja2.TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise PageError(f"{place}: {error}") from error
