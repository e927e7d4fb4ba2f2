"""The protocol of the hindcast: what is fitted, forecast, left out and scored, read strictly.

The file is written before the results, and its digest goes into the manifest.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from pathlib import Path
from typing import Any

import yaml

from computational_limits.fits import DIRECTIONS, ESTIMATORS, WITH_YEAR
from computational_limits.later import CONVERSIONS, LATER
from computational_limits.paths import project_root
from computational_limits.scaling import BROKEN, EVERY_FORM
from computational_limits.tables import suggestion
from computational_limits.vintages import VINTAGES

PROTOCOL = Path("data", "hindcast_protocol.yml")
BASELINES = LAST_VALUE, TIME_TREND, YEAR_AND_COMPUTING = ("last value", "time trend", "year and computing")
RECORDS, LATER_MODELS = EDITIONS = ("2022", LATER)
"""Later models: the authors' records of 2022, and our table of later models."""
ANY, NONE = EXTRA_DATA = ("any", "none")
CONFIDENCE = ("high", "medium", "low")
TRAINING_PROTOCOLS = ("fine-tuned", "linear probe", "zero-shot", "few-shot")
COUNTED = ("whole run", "backbone only", "detector only", "encoder only")
BY_DAY, BY_RUN = ("day of publication", "run")
"""What counts as one paper among our later models: the protocol says the first."""
AS_WRITTEN = "as written"
"""Name of the protocol itself among its variations."""
CHOICES: dict[str, Sequence[str]] = {
    "fitted": tuple(VINTAGES),
    "editions": EDITIONS,
    "protocols": TRAINING_PROTOCOLS,
    "confidence": CONFIDENCE,
    "counted": COUNTED,
    "extra_data": EXTRA_DATA,
    "conversion": tuple(CONVERSIONS),
    "forms": tuple(name for name, form in EVERY_FORM.items() if form.shape != BROKEN),
    "directions": DIRECTIONS,
    "estimators": tuple(name for name in ESTIMATORS if name != WITH_YEAR),
    "baselines": BASELINES,
    "backtest_vintages": tuple(VINTAGES),
    "backtest_reference": tuple(EVERY_FORM),
}
"""Switch to the values it may take."""
SHARES = ("utilisation", "level")
"""Switches that lie between 0 and 1."""


class ProtocolError(ValueError):
    """The protocol breaks a rule; the message has file, line and rule of every offence."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """How the forecasts are put to the test; see ``data/hindcast_protocol.yml`` for each switch.

    Attributes
    ----------
    written, published_from : str
        Dates, as ``2020-06-01``.
    purpose, seen_before, predicted, distribution, scoring, intervals, failure : str
        The protocol in words.
    fitted : str
        Vintage that the laws are fitted to.
    editions, protocols, confidence, counted : tuple of str
        Later models that are used.
    extra_data : str
        Whether models trained on further data are used: ``any`` or ``none``.
    use_excluded : bool
        Whether models that state a reason to be left out are used.
    conversion : str
        A key of `later.CONVERSIONS`.
    utilisation : float
        Operations over burden, where no burden is stated.
    forms, directions, estimators, baselines : tuple of str
        What forecasts.
    left_out : mapping
        What is left out by design, to the reason.
    level : float
        Coverage of the bands and of every interval.
    minimum_models, minimum_papers : int
        Fewest for a verdict.
    backtest_vintages : tuple of str
        Vintages in which years forecast the next.
    backtest_first_models, backtest_first_years : int
        Fewest models, and different years, that are forecast from.
    backtest_reference : str
        Form that the others are compared with.
    progress_minimum_models : int
        Fewest later models for a shift of the law per year.
    seed, resamples : int
        Of the resampling of papers.
    name : str
        `AS_WRITTEN`, or the name of a variation.
    clusters : str
        Later models that share their benchmark and this count as of one paper; no switch of the file, which says it
        in words.
    variations : tuple of Protocol
        The protocol with some switches turned.
    """

    written: str
    purpose: str
    seen_before: str
    predicted: str
    distribution: str
    scoring: str
    intervals: str
    failure: str
    fitted: str
    editions: tuple[str, ...]
    published_from: str
    protocols: tuple[str, ...]
    confidence: tuple[str, ...]
    counted: tuple[str, ...]
    extra_data: str
    use_excluded: bool
    conversion: str
    utilisation: float
    forms: tuple[str, ...]
    directions: tuple[str, ...]
    estimators: tuple[str, ...]
    baselines: tuple[str, ...]
    left_out: Mapping[str, str]
    level: float
    minimum_models: int
    minimum_papers: int
    backtest_vintages: tuple[str, ...]
    backtest_first_models: int
    backtest_first_years: int
    backtest_reference: str
    progress_minimum_models: int
    seed: int
    resamples: int
    name: str = AS_WRITTEN
    clusters: str = BY_DAY
    variations: tuple[Protocol, ...] = ()


TYPES: dict[str, str] = {field.name: str(field.type) for field in fields(Protocol)}
REQUIRED = tuple(field.name for field in fields(Protocol) if field.default is MISSING)
TURNED = ("fitted", "conversion", "utilisation", "protocols", "confidence", "counted", "extra_data", "use_excluded")
"""Switches that a variation may turn."""


def read_protocol(root: Path | None = None) -> Protocol:
    """Read and check the protocol of the hindcast.

    Parameters
    ----------
    root : Path, optional
        Project folder; found from the current folder by default.

    Returns
    -------
    Protocol

    Raises
    ------
    ProtocolError
        With file, line and rule of every offence: a key that is unknown, missing
        or repeated, or a value of another type or outside the choices.
    """
    path = (root or project_root()) / PROTOCOL
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProtocolError(f"{PROTOCOL.as_posix()}: must be a readable file in UTF-8 ({error})") from error
    return parse_protocol(text)


def digest_protocol(root: Path | None = None) -> str:
    """SHA-256 of the protocol, in hexadecimal digits."""
    return hashlib.sha256(((root or project_root()) / PROTOCOL).read_bytes()).hexdigest()


def parse_protocol(text: str) -> Protocol:
    """The protocol that a text states; see `read_protocol`."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise ProtocolError(f"{PROTOCOL.as_posix()}: is not YAML: {error}") from error
    if not isinstance(node, yaml.MappingNode):
        raise ProtocolError(f"{PROTOCOL.as_posix()} line 1: must be keys with values")
    offences: list[str] = []
    variations = [value for key, value in node.value if key.value == "variations"]
    values = _checked(node, REQUIRED, REQUIRED, offences, beside=("variations",))
    turned: list[dict[str, Any]] = []
    for entry in variations[0].value if variations else []:
        if isinstance(entry, yaml.MappingNode):
            turned.append(_checked(entry, ("name", *TURNED), ("name",), offences))
        else:
            offences.append(_offence(entry, "a variation must be keys with values"))
    if offences:
        raise ProtocolError("\n".join(offences))
    protocol = Protocol(**values)
    return replace(protocol, variations=tuple(replace(protocol, **changes) for changes in turned))


def _checked(
    node: yaml.MappingNode,
    known: Sequence[str],
    required: Sequence[str],
    offences: list[str],
    beside: Sequence[str] = (),
) -> dict[str, Any]:
    """Values of a mapping by key; what breaks a rule is added to the offences."""
    values: dict[str, Any] = {}
    seen: set[str] = set()
    for key, value in node.value:
        if key.value in seen:
            offences.append(_offence(key, f"{key.value} stands twice"))
        elif key.value in known:
            values[key.value], faults = _converted(key.value, value)
            offences += [_offence(value, f"{key.value} {fault}") for fault in faults]
        elif key.value not in beside:
            offences.append(_offence(key, f"no switch {key.value!r}{suggestion(str(key.value), [*known, *beside])}"))
        seen.add(key.value)
    offences += [_offence(node, f"{name} is missing") for name in required if name not in seen]
    return values


def _converted(name: str, node: yaml.Node) -> tuple[Any, list[str]]:
    """Value of a switch, and what is wrong with it."""
    value = yaml.SafeLoader("").construct_object(node, deep=True)
    kind = TYPES[name]
    if kind == "str" and isinstance(value, datetime.date):
        value = value.isoformat()
    fits = {
        "str": isinstance(value, str) and value != "",
        "bool": isinstance(value, bool),
        "int": isinstance(value, int) and not isinstance(value, bool) and value > 0,
        "float": isinstance(value, float),
        "tuple[str, ...]": isinstance(value, list) and value != [] and all(isinstance(item, str) for item in value),
        "Mapping[str, str]": isinstance(value, dict) and all(isinstance(item, str) for item in value.values()),
    }
    if not fits[kind]:
        words = {"str": "a text", "bool": "true or false", "int": "a whole number above 0", "float": "a decimal number"}
        return value, [f"must be {words.get(kind, 'a list of texts' if kind.startswith('tuple') else 'texts by key')}"]
    if name in ("written", "published_from"):
        return value, _date_faults(value)
    if name in SHARES and not 0.0 < value < 1.0:
        return value, [f"must lie between 0 and 1, not {value:g}"]
    items = value if isinstance(value, list) else [value]
    faults = [
        f"cannot be {item!r}{suggestion(item, CHOICES[name])}"
        for item in (items if name in CHOICES else [])
        if item not in CHOICES[name]
    ]
    return tuple(items) if isinstance(value, list) else value, faults


def _date_faults(value: str) -> list[str]:
    try:
        datetime.date.fromisoformat(value)
    except ValueError:
        return [f"must be a date such as 2020-06-01, not {value!r}"]
    return []


def _offence(node: yaml.Node, rule: str) -> str:
    return f"{PROTOCOL.as_posix()} line {node.start_mark.line + 1}: {rule}"
