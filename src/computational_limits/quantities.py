"""Times and counts as the records word them, read into numbers.

"4-5 days" is a span, "10 GPU days" is the time of one device, "24 minutes per
epoch" is the time of one epoch, and "35 fps" is no time at all.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

Basis = Literal["run", "device", "epoch"]
"""What a stated time is the time of: the whole run, one device, or one epoch."""

SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0, "day": 86400.0, "week": 604800.0}
MULTIPLES = {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9}

_NUMBER = r"\d+(?:\.\d+)?"
_SPAN = rf"(?P<low>{_NUMBER})(?:\s*(?:-|\u2013|~|to)\s*(?P<high>{_NUMBER}))?"
_UNITS = {
    "s": "s|secs?|seconds?",
    "min": "mins?|minutes?",
    "h": "h|hrs?|hours?",
    "day": "d|days?",
    "week": "weeks?",
}
_UNIT = "|".join(f"(?P<{name}>{words})" for name, words in _UNITS.items())
_DEVICE = r"(?:[gct]pu|core|device)(?:[\s-]|(?!s(?![a-z])))"
TERM = re.compile(rf"{_SPAN}\s*(?P<device>{_DEVICE})*(?:{_UNIT})(?![a-z])")
"""One quantity with its unit; "8 GPUs" are no seconds."""
JOINT = re.compile(r"\s*(?:,|and)?\s*(?=\d)")
PER_EPOCH = re.compile(r"\s*(?:/|per)\s*ep[a-z]+")
_MAKERS = r"(?:(?:nvidia|tesla|geforce|gtx|rtx|google|cloud|[gct]pu)\s+)*"
_DEVICES = r"(?:(?:[gct]pu|core|chip|device)s?|[a-z]\d+[a-z]*)(?:\s+[gct]pus?)?"
ON_DEVICES = re.compile(rf"\s*(?:/|on)\s*\d+\s*{_MAKERS}{_DEVICES}")
"""Devices named after a time, as in "1day/64 k40s"; "5 s/1000 images" is a rate."""
ITERATIONS = re.compile(rf"(?P<seconds>{_NUMBER})\s*\(?s/iter\)?\s*[*\u00d7x]\s*(?P<count>{_NUMBER}\s*[kmb]?)")
COUNT = re.compile(
    rf"(?P<low>{_NUMBER}(?:e[+-]?\d+)?)\s*(?P<low_unit>[kmb]?)"
    rf"(?:\s*(?:-|\u2013|~|to)\s*(?P<high>{_NUMBER}(?:e[+-]?\d+)?)\s*(?P<high_unit>[kmb]?))?"
)
THOUSANDS = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:,\d{3})+(?![\d,])")
"""A number in groups of three digits; "0,500" is none."""


@dataclass(frozen=True, slots=True)
class Span:
    """A quantity that a text states as one number or as a range.

    Attributes
    ----------
    low, high : float
        The ends; equal for one number.

    Raises
    ------
    ValueError
        If an end is negative or not finite, or the range runs backwards.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not (self.low >= 0.0 and math.isfinite(self.low) and math.isfinite(self.high)):
            raise ValueError(f"a quantity must be finite and not below 0, not {self.low:g} to {self.high:g}")
        if not self.low <= self.high:
            raise ValueError(f"a range must run upwards, not from {self.low:g} to {self.high:g}")

    @property
    def middle(self) -> float:
        """Arithmetic mean of the ends, which is what the authors took."""
        return (self.low + self.high) / 2.0


@dataclass(frozen=True, slots=True)
class Duration:
    """A stated time.

    Attributes
    ----------
    seconds : Span
        The time, in seconds.
    basis : {"run", "device", "epoch"}
        What it is the time of.
    """

    seconds: Span
    basis: Basis

    def wall_clock(self, devices: float | None = None, epochs: float | None = None) -> Span | None:
        """Time of the whole run, in seconds.

        Parameters
        ----------
        devices : float, optional
            Devices that share a time stated for one.
        epochs : float, optional
            Epochs of a time stated for one.

        Returns
        -------
        Span or None
            None if the number that the basis asks for is missing.
        """
        factor = {"run": 1.0, "device": 1.0 / devices if devices else None, "epoch": epochs}[self.basis]
        return None if factor is None else Span(self.seconds.low * factor, self.seconds.high * factor)


def read_duration(words: str) -> Duration | None:
    """Read a time.

    Parameters
    ----------
    words : str
        The words of a record.

    Returns
    -------
    Duration or None
        None if the words state no time, such as a rate or a count of steps.

    Raises
    ------
    ValueError
        If a range runs backwards, or a number is too large to be one.

    Examples
    --------
    >>> read_duration("4-5 days")
    Duration(seconds=Span(low=345600.0, high=432000.0), basis='run')
    >>> read_duration("10 GPU days").wall_clock(devices=8)
    Span(low=108000.0, high=108000.0)
    >>> read_duration("24 minutes per epoch").wall_clock(epochs=12.5).low
    18000.0
    >>> read_duration("95 imgs/sec") is None
    True
    """
    text = _plain(words)
    if match := ITERATIONS.fullmatch(text):
        steps = read_count(match["count"])
        total = float(match["seconds"]) * (steps.middle if steps else 0.0)
        return Duration(Span(total, total), "run")
    low = high = 0.0
    basis: Basis | None = None
    place, last = 0, math.inf
    while match := TERM.match(text, place):
        unit = next(SECONDS[name] for name in SECONDS if match[name])
        if unit >= last:  # "3 days, 4 days" are two times
            return None
        last = unit
        low += float(match["low"]) * unit
        high += float(match["high"] or match["low"]) * unit
        term: Basis = "device" if match["device"] else "run"
        if basis not in (None, term):
            return None
        basis = term
        joint = JOINT.match(text, match.end())
        place = joint.end() if joint else match.end()
    if basis is None:
        return None
    rest = text[place:]
    if basis == "run" and PER_EPOCH.fullmatch(rest):
        basis = "epoch"
    elif rest and not ON_DEVICES.fullmatch(rest):
        return None
    return Duration(Span(low, high), basis)


def read_count(words: str) -> Span | None:
    """Read a count, such as one of devices, epochs or examples.

    Parameters
    ----------
    words : str
        The words of a record.

    Returns
    -------
    Span or None
        None if the words are no count.

    Raises
    ------
    ValueError
        If a range runs backwards, or a number is too large to be one.

    Examples
    --------
    >>> read_count("1.28M")
    Span(low=1280000.0, high=1280000.0)
    >>> read_count("16 to 64").middle
    40.0
    """
    match = COUNT.fullmatch(_plain(words))
    if match is None:
        return None
    low = float(match["low"]) * MULTIPLES[match["low_unit"] or (match["high_unit"] or "") * bool(match["high"])]
    high = float(match["high"]) * MULTIPLES[match["high_unit"]] if match["high"] else low
    return Span(low, high)


def _plain(words: str) -> str:
    """Words in lower case, with single spaces and without the commas of thousands."""
    return THOUSANDS.sub(lambda number: number[0].replace(",", ""), " ".join(words.lower().split()))
