"""What would it take? A question to the fitted laws, and its answer in computing, dollars, energy and carbon.

Both the command ``complimits project`` and the calculator in the book answer
from the same file, ``calculator.json``: the laws with what their intervals
need, and what a GFLOP costs. The program of the page, ``book/explorer/calculator.js``,
does the same arithmetic and prints the same digits; its sentences are those of
`SENTENCES` here.

Quantities are log10 of their unit. An unbounded end of an interval is infinite.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from computational_limits.costs import (
    COST_ENDS,
    KG_PER_LB,
    PUBLISHED_COSTS,
    SECONDS_PER_HOUR,
    calculator_costs,
    read_costs,
)
from computational_limits.crossing import Crossing, Reach, StraightCrossing, TabulatedCrossing, crossing_from_json
from computational_limits.paths import project_root
from computational_limits.projection import calculator_laws
from computational_limits.scaling import FORMS, PERFORMANCE_ON_COMPUTING, POLYNOMIAL
from computational_limits.tables import suggestion
from computational_limits.uncertainty import LEVEL, Interval
from computational_limits.vintages import PUBLISHED
from computational_limits.wording import range_text

FILE = Path("_build", "results", "calculator.json")
"""The laws and costs of the last report, in the project folder."""
DECIMALS = 1
"""Decimals of a power of ten, and of decades."""
DIGITS = 2
"""Significant digits of a plain number."""
GIVEN_DIGITS = 6
"""The same of a number that the reader gave."""
PERCENT_DIGITS = 3
"""Significant digits of a percentage, as everywhere in the book."""
PLAIN = (-2.0, 6.0)
"""Log10 of the least number, and of the first one too large, to be printed plainly."""
MOST = 1e15
"""Log10 beyond which a number is said rather than printed."""
QUANTITIES = {
    "computing": ("Computing", "GFLOP"),
    "usd": ("Price", "US dollars"),
    "kwh": ("Energy", "kWh"),
    "kg_co2": ("Carbon", "kg CO2"),
    "lb_co2": ("Carbon", "lb CO2"),
}
"""Field of an `Answer` to the name and unit of its row."""
INTERVALS = {"confidence": "the law gets there", "prediction": "a single new model gets there"}
"""Each interval and what it holds."""
SENTENCES = {
    "reached": "The law ({form}) reaches an error of {error} at {computing} GFLOP.",
    "beyond": "That is {decades} decades of computing beyond the largest model in the data, {largest} GFLOP.",
    "within": "That is no more computing than the largest model in the data took, {largest} GFLOP.",
    "met": "A model in the data has an error of {best} already.",
    "rising": "In this fit error does not fall with computing, so it says nothing about lower errors.",
    "no upper end": "The {level} {kind} interval has no upper end: how much computing is enough, if any is, is more"
    " than the data can say.",
    "no lower end": "The {level} {kind} interval has no lower end: that almost no computing is enough, the data cannot"
    " exclude.",
    "no end": "The {level} {kind} interval has no end on either side: what the target takes is more than the data can"
    " say.",
    "costs": "Costs are those of edition {costs} ({title}): low ends take the low costs, high ends the high costs.",
    "own price": "Your price, {price} {unit}, is taken at both ends.",
    "own carbon": "Your carbon intensity, {carbon} kg CO2 per kWh, is taken at both ends.",
    "below floor": "The law ({form}) never reaches an error of {error}: its floor, the error that no computing removes,"
    " is {floor}.",
    "at floor": "The law ({form}) takes more computing for an error of {error} than was tabulated: its floor, the error"
    " that no computing removes, is {floor}.",
    "never": "The law ({form}) never reaches an error of {error}, whatever the computing.",
    "not excluded": "The data do not exclude that {computing} GFLOP or more reach it.",
    "no law": "No law was fitted to {benchmark}, vintage {vintage}, of form {form} and direction {direction}.",
    "outside": "This law is tabulated for errors from {least} to {most}.",
}
"""What answers say, in the words of the page and the command alike."""
PRICE_UNITS = {
    "usd_per_device_hour": "US dollars per device-hour",
    "gflop_per_usd": "GFLOP per US dollar",
}
"""Ways to give a price of one's own."""

Calculator = Mapping[str, Any]
"""The contents of ``calculator.json``: ``level``, ``laws`` and ``costs``."""


class CalculatorError(RuntimeError):
    """There is no ``calculator.json`` to answer from."""


class UnreachableError(ValueError):
    """A target that a law reaches with no amount of computing."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a reader asks.

    Attributes
    ----------
    benchmark, vintage, form, direction, costs : str
        Which law, and which edition of the costs.
    error : float
        Target error, a fraction in (0, 1).
    usd_per_device_hour : float, optional
        Price of an hour of the edition's device, in place of the edition's.
    gflop_per_usd : float, optional
        The same as GFLOP for a dollar.
    kg_co2_per_kwh : float, optional
        Carbon intensity of the electricity, in place of the edition's.

    Raises
    ------
    ValueError
        If a number is outside its range, or there are two prices.
    """

    benchmark: str
    error: float
    vintage: str = PUBLISHED
    form: str = POLYNOMIAL.name
    direction: str = PERFORMANCE_ON_COMPUTING
    costs: str = PUBLISHED_COSTS
    usd_per_device_hour: float | None = None
    gflop_per_usd: float | None = None
    kg_co2_per_kwh: float | None = None

    def __post_init__(self) -> None:
        if not 0.0 < self.error < 1.0:
            raise ValueError(f"the target error must lie between 0 and 1, got {self.error:g}")
        if self.usd_per_device_hour is not None and self.gflop_per_usd is not None:
            raise ValueError("give the price by the device-hour or by GFLOP per dollar, not both")
        for name, value in (
            ("the price of a device-hour", self.usd_per_device_hour),
            ("the GFLOP per dollar", self.gflop_per_usd),
            ("the carbon intensity", self.kg_co2_per_kwh),
        ):
            if value is not None and not 0.0 < value < math.inf:
                raise ValueError(f"{name} must be a positive finite number, got {value:g}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the target takes; see `answer`.

    Attributes
    ----------
    question : Question
    level : float
        Coverage of the intervals.
    computing, usd, kwh, kg_co2, lb_co2 : Reach
        Log10 of GFLOP, US dollars, kilowatt-hours at the wall, kilograms and
        pounds of CO2. Low ends take the low costs, high ends the high costs.
    decades_beyond_data : float
        Between the largest model in the data and the estimate; 0 within.
    words : tuple of str
        What to know about the answer, in sentences.
    """

    question: Question
    level: float
    computing: Reach
    usd: Reach
    kwh: Reach
    kg_co2: Reach
    lb_co2: Reach
    decades_beyond_data: float
    words: tuple[str, ...]

    @property
    def amounts(self) -> dict[str, Reach]:
        """Every quantity, in the order of `QUANTITIES`."""
        return {name: getattr(self, name) for name in QUANTITIES}


def read_calculator(path: Path | None = None) -> Calculator:
    """Read laws and costs.

    Parameters
    ----------
    path : Path, optional
        File to read; `FILE` of the last whole report by default.

    Raises
    ------
    CalculatorError
        If no report was made yet, or the file is damaged.
    """
    path = path or project_root() / FILE
    if not path.is_file():
        raise CalculatorError(f"no {FILE.as_posix()} yet: `make report` makes it")
    try:
        contents: Calculator = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as fault:
        raise CalculatorError(
            f"{path.name} is damaged ({fault}): delete it, and `make report` makes it again"
        ) from fault
    return contents


def collect_calculator(
    models: Mapping[str, pd.DataFrame], benchmarks: Iterable[str], assumptions: pd.DataFrame
) -> Calculator:
    """Fit every law of hardware burden, and set the costs beside them.

    Parameters
    ----------
    models : mapping
        Vintage to its models, as `vintages.derive_tables` returns them.
    benchmarks : iterable of str
        Benchmarks, in the order wanted.
    assumptions : DataFrame
        The data table of this name.

    Returns
    -------
    mapping
        Contents of ``calculator.json``.
    """
    costs = calculator_costs(read_costs(assumptions).values())
    return {"level": LEVEL, "laws": calculator_laws(models, benchmarks), "costs": costs}


def write_calculator(calculator: Calculator, path: Path) -> None:
    """Write ``calculator.json``, one law a line."""
    laws = ",\n".join(json.dumps(law, allow_nan=False, separators=(",", ":")) for law in calculator["laws"])
    rest = json.dumps({name: calculator[name] for name in ("level", "costs")}, allow_nan=False, separators=(",", ":"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'{rest[:-1]},"laws":[\n{laws}\n]}}\n', encoding="utf-8")


def answer(calculator: Calculator, question: Question) -> Answer:
    """Answer a question from the fitted laws and the costs.

    Parameters
    ----------
    calculator : mapping
        Contents of ``calculator.json``.
    question : Question

    Raises
    ------
    UnreachableError
        If no computing is enough by this law.
    ValueError
        If there is no such law or edition of the costs.
    """
    law, costs = find_law(calculator, question), _find_costs(calculator, question)
    crossing = crossing_from_json(law)
    _check_tabulated(question, crossing)
    reach = crossing.reach(question.error, calculator["level"])
    if reach.estimate == math.inf:
        raise UnreachableError(_unreachable(question, crossing, reach))
    per_usd, per_kwh, lb_per_kwh = _rates(costs, question)
    per_lb = {end: per_kwh[end] - math.log10(lb_per_kwh[end]) for end in per_kwh}
    lb_co2 = _cost(reach, per_lb)
    return Answer(
        question=question,
        level=calculator["level"],
        computing=reach,
        usd=_cost(reach, per_usd),
        kwh=_cost(reach, per_kwh),
        kg_co2=_moved(lb_co2, math.log10(KG_PER_LB)),
        lb_co2=lb_co2,
        decades_beyond_data=max(0.0, reach.estimate - crossing.x_high),
        words=_words(question, calculator["level"], law, crossing, reach, costs),
    )


def find_law(calculator: Calculator, question: Question) -> Mapping[str, Any]:
    """The law that a question is about.

    Raises
    ------
    ValueError
        If a name is unknown, with the closest known one, or this combination was not fitted.
    """
    for name in ("benchmark", "vintage", "form", "direction"):
        _check_known(name, getattr(question, name), {law[name]: None for law in calculator["laws"]})
    names = {name: getattr(question, name) for name in ("benchmark", "vintage", "form", "direction")}
    for law in calculator["laws"]:
        if all(law[name] == value for name, value in names.items()):
            return dict(law)
    raise ValueError(SENTENCES["no law"].format(**names))


def amount_text(log10_value: float, power: Callable[[str], str] = "10^{}".format) -> str:
    """A quantity as it is printed: plain where it is small, else as a power of ten.

    Parameters
    ----------
    log10_value : float
    power : callable
        Writes ten to an exponent that is given as text.

    Examples
    --------
    >>> amount_text(28.586), amount_text(3.1), amount_text(-1.0), amount_text(-3.14159)
    ('10^28.6', '1,300', '0.1', '10^-3.1')
    """
    if PLAIN[0] <= log10_value < PLAIN[1]:
        return digits_text(10.0**log10_value, DIGITS)
    if abs(log10_value) > MOST:
        return "without bound" if log10_value > 0.0 else "none"
    return power(decimals_text(log10_value))


def amounts_text(interval: Interval, power: Callable[[str], str] = "10^{}".format) -> str:
    """An interval as it is printed; an unbounded end is said.

    Examples
    --------
    >>> amounts_text(Interval(4.0, 33.8)), amounts_text(Interval(38.44, math.inf))
    ('10,000 to 10^33.8', 'at least 10^38.4, with no upper bound')
    """
    return range_text(interval, lambda end: amount_text(end, power))


def decimals_text(value: float) -> str:
    """A number with one decimal; ties go away from zero, as in JavaScript.

    Examples
    --------
    >>> decimals_text(0.25), decimals_text(-7.75), decimals_text(28.0)
    ('0.3', '-7.8', '28.0')
    """
    return str(Decimal(value).quantize(Decimal(1).scaleb(-DECIMALS), ROUND_HALF_UP))


def digits_text(value: float, digits: int) -> str:
    """A positive number with some significant digits and thousands separated; ties go up, as in JavaScript.

    Examples
    --------
    >>> digits_text(125_000, 2), digits_text(0.0625, 2), digits_text(5.0, 3)
    ('130,000', '0.063', '5')
    """
    exact = Decimal(value)
    rounded = exact.quantize(Decimal(1).scaleb(exact.adjusted() - digits + 1), ROUND_HALF_UP)
    return f"{rounded.normalize():,f}"


def percent_text(fraction: float) -> str:
    r"""A fraction as a percentage.

    Examples
    --------
    >>> percent_text(0.116), percent_text(1e-7)
    ('11.6\xa0%', '0.00001\xa0%')
    """
    return f"{digits_text(100.0 * fraction, PERCENT_DIGITS)}\N{NO-BREAK SPACE}%"


def answer_table(found: Answer) -> pd.DataFrame:
    """The answer as a reader sees it, one row a quantity."""
    rows = [
        {
            "Quantity": QUANTITIES[name][0],
            "Unit": QUANTITIES[name][1],
            "Estimate": amount_text(amount.estimate),
            **{heading: amounts_text(getattr(amount, kind)) for kind, heading in headings(found.level).items()},
        }
        for name, amount in found.amounts.items()
    ]
    return pd.DataFrame(rows)


def headings(level: float) -> dict[str, str]:
    r"""Headings of the columns of intervals.

    Examples
    --------
    >>> headings(0.9)["confidence"]
    '90\xa0% confidence: the law gets there'
    """
    return {kind: f"{percent_text(level)} {kind}: {words}" for kind, words in INTERVALS.items()}


def answer_frame(found: Answer) -> pd.DataFrame:
    """The answer for other programs, one row a quantity.

    Returns
    -------
    DataFrame
        The fields of the question; ``decades_beyond_data``; ``quantity`` and
        ``unit``; log10 of the quantity as ``log10_estimate`` and the ends of both
        intervals, ``log10_confidence_low`` and so on, ``inf`` or ``-inf`` if unbounded.
    """
    return pd.DataFrame(
        [
            {
                **asdict(found.question),
                "decades_beyond_data": found.decades_beyond_data,
                "quantity": name,
                "unit": QUANTITIES[name][1],
                "log10_estimate": amount.estimate,
                **{
                    f"log10_{kind}_{end}": getattr(getattr(amount, kind), end)
                    for kind in INTERVALS
                    for end in ("low", "high")
                },
            }
            for name, amount in found.amounts.items()
        ]
    )


def answer_to_json(found: Answer) -> dict[str, Any]:
    """The answer as JSON holds it; infinite numbers are the texts ``inf`` and ``-inf``."""
    contents: dict[str, Any] = _without_infinity(asdict(found) | {"words": list(found.words)})
    return contents


def table_text(found: Answer) -> str:
    """The answer for the terminal: the table, its columns apart by two spaces at least, and the sentences."""
    table = answer_table(found)
    rows = [list(table.columns), *table.to_numpy().tolist()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, "", *found.words, ""])


def json_text(found: Answer) -> str:
    """The answer as JSON text."""
    return json.dumps(answer_to_json(found), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def csv_text(found: Answer) -> str:
    """The answer as CSV text; see `answer_frame` for the columns."""
    return str(answer_frame(found).to_csv(index=False, lineterminator="\n"))


LAYOUTS: dict[str, Callable[[Answer], str]] = {"table": table_text, "json": json_text, "csv": csv_text}
"""Ways to write an answer down."""


def calculator_twin(
    calculator: Calculator, names: Mapping[str, str], power: Callable[[str], str] = "$10^{{{}}}$".format
) -> pd.DataFrame:
    """Answers to one question a benchmark and published form, for readers who cannot ask.

    Parameters
    ----------
    calculator : mapping
        Contents of ``calculator.json``.
    names : mapping
        Benchmark to the name of its data set, in reading order.
    power : callable
        Writes ten to an exponent; by default for MyST.

    Returns
    -------
    DataFrame
        What it takes to halve the best error in the data, by the vintage,
        direction and costs of a question that names none.
    """
    heading = f"{percent_text(calculator['level'])} interval"
    laws = [law for law in calculator["laws"] if _is_default(law) and law["benchmark"] in names]
    order = list(names)
    rows = []
    for law in sorted(laws, key=lambda law: order.index(law["benchmark"])):
        asked = Question(law["benchmark"], law["best_error"] / 2.0, form=law["form"])
        row = {"Benchmark": names[asked.benchmark], "Form": asked.form, "Error": percent_text(asked.error)}
        found = answer(calculator, asked)
        texts = {name: amount_text(amount.estimate, power) for name, amount in found.amounts.items()}
        interval = {"GFLOP": texts["computing"], heading: amounts_text(found.computing.confidence, power)}
        rows.append(row | interval | {"US dollars": texts["usd"], "kg CO2": texts["kg_co2"]})
    return pd.DataFrame(rows)


def _is_default(law: Mapping[str, Any]) -> bool:
    """Whether a law has a published form and is what a question takes that names no more."""
    chosen = (law["vintage"], law["direction"]) == (PUBLISHED, PERFORMANCE_ON_COMPUTING)
    return chosen and law["form"] in FORMS


def _find_costs(calculator: Calculator, question: Question) -> Mapping[str, Any]:
    editions = {costs["edition"]: costs for costs in calculator["costs"]}
    _check_known("edition of the costs", question.costs, editions)
    return dict(editions[question.costs])


def _check_known(what: str, value: str, known: Iterable[str]) -> None:
    known = list(known)
    if value not in known:
        raise ValueError(f"no {what} {value!r}{suggestion(value, known)}")


def _check_tabulated(question: Question, crossing: Crossing) -> None:
    if isinstance(crossing, TabulatedCrossing):
        most, least = crossing.errors[0], crossing.errors[-1]
        if not least <= question.error <= most:
            raise ValueError(SENTENCES["outside"].format(least=percent_text(least), most=percent_text(most)))


def _rates(costs: Mapping[str, Any], question: Question) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """Log10 GFLOP per dollar and per kilowatt-hour, and pounds of CO2 per kilowatt-hour, at low, mid and high cost."""
    per_usd, per_kwh, lb_per_kwh = dict(costs["usd"]), dict(costs["kwh"]), dict(costs["lb_co2_per_kwh"])
    if question.usd_per_device_hour is not None:
        own = math.log10(costs["gflop_per_s"] * SECONDS_PER_HOUR / question.usd_per_device_hour)
        per_usd = dict.fromkeys(per_usd, own)
    if question.gflop_per_usd is not None:
        per_usd = dict.fromkeys(per_usd, math.log10(question.gflop_per_usd))
    if question.kg_co2_per_kwh is not None:
        lb_per_kwh = dict.fromkeys(lb_per_kwh, question.kg_co2_per_kwh / KG_PER_LB)
    return per_usd, per_kwh, lb_per_kwh


def _cost(reach: Reach, log10_gflop_per_unit: Mapping[str, float]) -> Reach:
    """What computing costs: the low cost at low ends, the high cost at high ends."""
    low, mid, high = (log10_gflop_per_unit[end] for end in COST_ENDS)
    return Reach(
        reach.estimate - mid,
        Interval(reach.confidence.low - low, reach.confidence.high - high),
        Interval(reach.prediction.low - low, reach.prediction.high - high),
    )


def _moved(amount: Reach, by: float) -> Reach:
    return Reach(
        amount.estimate + by,
        Interval(amount.confidence.low + by, amount.confidence.high + by),
        Interval(amount.prediction.low + by, amount.prediction.high + by),
    )


def _words(
    question: Question,
    level: float,
    law: Mapping[str, Any],
    crossing: Crossing,
    reach: Reach,
    costs: Mapping[str, Any],
) -> tuple[str, ...]:
    beyond = reach.estimate - crossing.x_high
    values = {
        "form": question.form,
        "error": percent_text(question.error),
        "computing": amount_text(reach.estimate),
        "largest": amount_text(crossing.x_high),
        "decades": decimals_text(max(0.0, beyond)),
        "best": percent_text(law["best_error"]),
        "level": percent_text(level),
        "costs": question.costs,
        "title": costs["title"],
    }
    keys = ["reached", "beyond" if beyond > 0.0 else "within"]
    if question.error >= law["best_error"]:
        keys.append("met")
    if isinstance(crossing, StraightCrossing) and crossing.slope <= 0.0:
        keys.append("rising")
    kind = "confidence" if not reach.confidence.bounded else "prediction"
    interval: Interval = getattr(reach, kind)
    if not interval.bounded:
        open_low, open_high = interval.low == -math.inf, interval.high == math.inf
        keys.append("no end" if open_low and open_high else "no upper end" if open_high else "no lower end")
    keys.append("costs")
    for field, unit in PRICE_UNITS.items():
        price = getattr(question, field)
        if price is not None:
            values |= {"price": _given(price), "unit": unit}
            keys.append("own price")
    if question.kg_co2_per_kwh is not None:
        values["carbon"] = _given(question.kg_co2_per_kwh)
        keys.append("own carbon")
    return tuple(SENTENCES[key].format(**values, kind=kind) for key in keys)


def _given(value: float) -> str:
    """A number that the reader gave, with more digits than a result has."""
    log10_value = math.log10(value)
    return digits_text(value, GIVEN_DIGITS) if PLAIN[0] <= log10_value < PLAIN[1] else amount_text(log10_value)


def _unreachable(question: Question, crossing: Crossing, reach: Reach) -> str:
    floor = crossing.floor if isinstance(crossing, TabulatedCrossing) else None
    key = "never" if floor is None else "below floor" if question.error <= floor else "at floor"
    keys = [key, *(["not excluded"] if math.isfinite(reach.confidence.low) else [])]
    values = {
        "form": question.form,
        "error": percent_text(question.error),
        "floor": "" if floor is None else percent_text(floor),
        "computing": amount_text(reach.confidence.low),
    }
    return " ".join(SENTENCES[key].format(**values) for key in keys)


def _without_infinity(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_infinity(part) for key, part in value.items()}
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
