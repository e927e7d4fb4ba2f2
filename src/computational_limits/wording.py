"""Numbers in words, the same way on every page."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable

from computational_limits.uncertainty import Interval

BLOCK_START = re.compile(r"^(\s*)(%|[+-](?=\s|$)|-(?=-)|:(?=::)|\((?=[^)]*\)=)|\d+[.)](?=\s|$))")
"""What makes the first words of a text a comment, list, rule, directive or target."""


def decimal(value: float, digits: int = 2) -> str:
    """A number with a fixed count of decimals and thousands separated."""
    return f"{value:,.{digits}f}"


def percent(fraction: float) -> str:
    r"""A fraction as a percentage with up to three digits, never broken over two lines.

    Examples
    --------
    >>> percent(0.116), percent(0.05), percent(0.04621)
    ('11.6\xa0%', '5\xa0%', '4.62\xa0%')
    """
    return f"{100.0 * fraction:.3g}\N{NO-BREAK SPACE}%"


def whole_percent(fraction: float) -> str:
    r"""A fraction as a whole percentage; nothing where it is missing.

    Examples
    --------
    >>> whole_percent(0.116), whole_percent(0.004), whole_percent(math.nan)
    ('12\xa0%', '0\xa0%', '')
    """
    return "" if math.isnan(fraction) else f"{100.0 * fraction:.0f}\N{NO-BREAK SPACE}%"


def exponent_text(exponent: float) -> str:
    """An exponent with one decimal; that of no slope is said.

    Examples
    --------
    >>> exponent_text(13.64), exponent_text(math.inf)
    ('13.6', 'infinite')
    """
    return decimal(exponent, 1) if math.isfinite(exponent) else "infinite"


def power_of_ten(log10_value: float, digits: int = 1) -> str:
    """A power of ten as inline mathematics.

    Examples
    --------
    >>> power_of_ten(28.586)
    '$10^{28.6}$'
    """
    return f"$10^{{{log10_value:.{digits}f}}}$"


def interval_text(interval: Interval, digits: int = 1) -> str:
    """An interval in words; an unbounded end is said, not printed.

    Examples
    --------
    >>> interval_text(Interval(8.54, 33.80))
    '8.5 to 33.8'
    >>> interval_text(Interval(38.44, math.inf))
    'at least 38.4, with no upper bound'
    """
    return range_text(interval, lambda end: decimal(end, digits))


def powers_text(interval: Interval, digits: int = 1) -> str:
    """An interval of log10 values as powers of ten.

    Examples
    --------
    >>> powers_text(Interval(21.88, 55.04))
    '$10^{21.9}$ to $10^{55.0}$'
    """
    return range_text(interval, lambda end: power_of_ten(end, digits))


def range_text(interval: Interval, number: Callable[[float], str]) -> str:
    """An interval in words, its ends written by ``number``."""
    if interval.bounded:
        return f"{number(interval.low)} to {number(interval.high)}"
    if math.isfinite(interval.low):
        return f"at least {number(interval.low)}, with no upper bound"
    if math.isfinite(interval.high):
        return f"at most {number(interval.high)}, with no lower bound"
    return "any value: no bound on either side"


def span_text(values: Iterable[float], digits: int = 1) -> str:
    """The least and the largest of some numbers.

    Examples
    --------
    >>> span_text([44.29, 7.78, 59.48])
    '7.8 to 59.5'
    """
    numbers = list(values)
    return f"{decimal(min(numbers), digits)} to {decimal(max(numbers), digits)}"


def factor_text(low: float, high: float) -> str:
    """A factor with up to three digits, or the range of one.

    Examples
    --------
    >>> factor_text(15.0, 30.0), factor_text(1000.0, 1000.0)
    ('15 to 30', '1,000')
    """
    ends = [f"{end:,.0f}" if end >= 100.0 else f"{end:.3g}" for end in (low, high)]
    return " to ".join(dict.fromkeys(ends))


def times_text(log10_factor: float) -> str:
    """A factor with two digits, from its logarithm.

    Examples
    --------
    >>> times_text(1.24), times_text(4.063), times_text(-0.24)
    ('17', '12,000', '0.58')
    """
    return f"{float(f'{10.0**log10_factor:.2g}'):,.10g}"


def years_text(years: float) -> str:
    """A number of years until something, in words at its ends.

    Examples
    --------
    >>> years_text(0.0), years_text(28.6), years_text(math.inf)
    ('now', '29', 'never')
    """
    if math.isinf(years):
        return "never"
    return f"{years:,.0f}" if round(years) else "now"


def p_value_text(p_value: float) -> str:
    """A p value, with a floor below which digits mean nothing."""
    return "< 0.0001" if p_value < 1e-4 else f"{p_value:.2g}"


def p_value_equation(p_value: float) -> str:
    """A p value with its sign, for a sentence.

    Examples
    --------
    >>> p_value_equation(0.0123), p_value_equation(1e-6)
    ('p = 0.012', 'p < 0.0001')
    """
    text = p_value_text(p_value)
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def escape(text: str) -> str:
    r"""Text from data with every mark that MyST would read as markup escaped.

    Examples
    --------
    >>> print(escape("RNN-search50*"))
    RNN-search50\*
    """
    inline = re.sub(r"([\\`*_{}\[\]<>$|#~^&])", r"\\\1", text)
    return BLOCK_START.sub(_escape_start, inline)


def _escape_start(match: re.Match[str]) -> str:
    """Keep the first mark of a text from making a list, a comment or a target."""
    return f"{match[1]}{match[2][:-1]}\\{match[2][-1]}"


def listing(words: list[str]) -> str:
    """Words as a list in a sentence.

    Examples
    --------
    >>> listing(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
