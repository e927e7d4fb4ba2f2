"""Published numbers held against ours.

Each claim of table ``claims`` either has a finder here, which computes our
number from the results, or says in its column ``needs`` what is missing. The
claim's rule then decides: reproduced, or differs, with the reason.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd

from computational_limits.fits import DIRECTIONS
from computational_limits.limits import read_span
from computational_limits.projection import COST_COLUMNS, select_projections
from computational_limits.regressions import select_laws, tabulate_as_printed
from computational_limits.scaling import PERFORMANCE_ON_COMPUTING
from computational_limits.theory.design import CROSS_VALIDATION, Design
from computational_limits.theory.growth import large_growth
from computational_limits.theory.sizes import least_squares_size, simulated_sizes
from computational_limits.uncertainty import LEVEL, SIGNIFICANCE, Interval
from computational_limits.vintages import AUDITED, PUBLISHED
from computational_limits.wording import listing, percent

REPRODUCED, DIFFERS, NOT_TESTABLE = VERDICTS = ("reproduced", "differs", "not testable")
NEAR = 0.05
"""Relative distance within which a size read off a simulated curve counts as met."""
NOTEBOOKS_2022 = "2022-"
"""What the identifiers of the authors' regressions of 2022 begin with; benchmark, measure and cell follow."""
YEAR_OF_TODAY = 2020
"""Year of the paper, whose best model is the target called today."""
REFERENCE_RISK = 2.0
"""Risk, in units of the noise variance, at which 15 and 1500 observations compare."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What claims are tested against.

    Attributes
    ----------
    regressions, projections : DataFrame
        The results tables of these names.
    assumptions, claims : DataFrame
        The data tables of these names.
    simulation, growth, readings, forms : DataFrame
        The results tables of these names; none where only other claims are tested.
    """

    regressions: pd.DataFrame
    projections: pd.DataFrame
    assumptions: pd.DataFrame
    claims: pd.DataFrame
    simulation: pd.DataFrame = field(default_factory=pd.DataFrame)
    growth: pd.DataFrame = field(default_factory=pd.DataFrame)
    readings: pd.DataFrame = field(default_factory=pd.DataFrame)
    forms: pd.DataFrame = field(default_factory=pd.DataFrame)

    def polynomial(self, vintage: str = PUBLISHED, direction: str = PERFORMANCE_ON_COMPUTING) -> pd.DataFrame:
        """Polynomial laws of hardware burden of a vintage, fitted in a direction, by benchmark."""
        return select_laws(self.regressions, vintage, direction=direction).set_index("benchmark")

    def projection(self, benchmark: str, form: str, label: str) -> pd.Series:
        """The row of ``projections`` of one target and form, of the published vintage and direction."""
        table = select_projections(self.projections)
        chosen = table[(table["benchmark"] == benchmark) & (table["form"] == form) & (table["label"] == label)]
        return chosen.squeeze(axis=0)

    def published(self, claim_id: str) -> str:
        """The number of a claim in the words of its source."""
        return str(self.claims.set_index("claim_id").loc[claim_id, "published"])


@dataclass(frozen=True, slots=True)
class Finding:
    """Our counterpart of a published number.

    Attributes
    ----------
    value : float or str
        Our number, or text for a claim that is an answer.
    because : str
        How it comes about, as the second half of a sentence.
    interval : Interval or None
        Its 90 % interval, where it is an estimate.
    """

    value: float | str
    because: str
    interval: Interval | None = None


def judge_claims(evidence: Evidence) -> pd.DataFrame:
    """Hold every claim against the evidence.

    Parameters
    ----------
    evidence : Evidence
        Results and data.

    Returns
    -------
    DataFrame
        The columns of ``claims.csv``, one row a claim, in the order of the table.
    """
    units = set(evidence.claims["unit"]) & set(COST_COLUMNS) - {"log10 GFLOP"}
    windows = {unit: implied_constant(evidence, unit) for unit in COST_COLUMNS if unit in units}
    rows = []
    for claim in evidence.claims.to_dict("records"):
        finding = _find(claim, evidence)
        verdict, reason = _judge(claim, finding)
        interval = finding.interval if finding else None
        if verdict == DIFFERS and isinstance(claim["label"], str):
            reason += _contradiction(claim, windows, evidence)
        if verdict == DIFFERS and interval and float(claim["published"]) in interval:
            reason += f" The published number lies inside our {percent(LEVEL)} interval."
        rows.append(
            {
                "claim_id": claim["claim_id"],
                "source": claim["source"],
                "quantity": claim["quantity"],
                "unit": claim["unit"],
                "published": claim["published"],
                "found": "" if finding is None else _text(finding.value),
                "found_low": interval.low if interval else np.nan,
                "found_high": interval.high if interval else np.nan,
                "verdict": verdict,
                "grade": claim["grade"],
                "reason": reason,
            }
        )
    return pd.DataFrame(rows)


def implied_constant(evidence: Evidence, unit: str) -> Interval:
    """Constants for which the published table agrees with most of our cells.

    The table prints floors, so a cell ``f`` over our log10 computing ``L`` bounds
    the log10 of GFLOP per unit of cost to ``(L - f - 1, L - f]``. The constant
    that most cells allow is found by sweeping over the ends of these intervals.

    Parameters
    ----------
    evidence : Evidence
        Results and claims.
    unit : str
        ``log10 USD`` or ``log10 lb CO2``.

    Returns
    -------
    Interval
        log10 GFLOP per dollar or pound; the lower end is not included.
    """
    cells = evidence.claims[evidence.claims["unit"] == unit]
    bounds = []
    for cell in cells.to_dict("records"):
        row = evidence.projection(cell["benchmark"], cell["form"], cell["label"])
        if row.empty:
            continue
        high = float(row["log10_gflop"]) - float(cell["published"])
        bounds.append((high - 1.0, high))
    ends = np.unique(bounds)
    middles = (ends[:-1] + ends[1:]) / 2.0
    agreeing = [sum(low < middle <= high for low, high in bounds) for middle in middles]
    best = int(np.argmax(agreeing))
    return Interval(float(ends[best]), float(ends[best + 1]))


def judge_readings(readings: pd.DataFrame, claims: pd.DataFrame) -> pd.DataFrame:
    """Hold every reading of a claim against the published number by the claim's rule.

    Parameters
    ----------
    readings : DataFrame
        The results table of this name.
    claims : DataFrame
        The data table of this name.

    Returns
    -------
    DataFrame
        The readings with ``quantity``, ``unit`` and ``published`` of their claim, and ``meets``, whether they agree.
    """
    columns = ["claim_id", "quantity", "unit", "published", "rule"]
    table = readings.merge(claims[columns], on="claim_id", how="left", validate="many_to_one")
    meets = [RULES[row.rule](row.published, row.value)[0] for row in table.itertuples()]
    return table.drop(columns="rule").assign(meets=meets)


def _find(claim: dict[str, str], evidence: Evidence) -> Finding | None:
    if isinstance(claim["label"], str):
        return _target_cell(claim, evidence)
    if claim["claim_id"].startswith(NOTEBOOKS_2022):
        return _printed_regression(claim["claim_id"], evidence)
    finder = FINDERS.get(claim["claim_id"])
    return finder(evidence) if finder else None


def _judge(claim: dict[str, str], finding: Finding | None) -> tuple[str, str]:
    if finding is None:
        needs = claim["needs"] if isinstance(claim["needs"], str) else "a projection of this target"
        return NOT_TESTABLE, f"Needs {needs}."
    agrees, how = RULES[claim["rule"]](claim["published"], finding.value)
    return (REPRODUCED if agrees else DIFFERS), f"{how}: {finding.because}."


def _text(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.4g}"


def _within_digits(published: str, found: float) -> tuple[bool, str]:
    printed, ours = Decimal(published), Decimal(repr(float(found)))
    if ours.quantize(printed, ROUND_HALF_UP) == printed:
        return True, "Equal to the digits printed"
    if ours.quantize(printed, ROUND_DOWN) == printed:
        return True, "Equal when further digits are cut off, not rounded"
    return False, "Not equal to the digits printed"


def _near(published: str, found: float) -> tuple[bool, str]:
    agrees = abs(found - float(published)) <= NEAR * float(published)
    return agrees, f"{'Within' if agrees else 'Not within'} {percent(NEAR)}"


def _order_of_magnitude(published: str, found: float) -> tuple[bool, str]:
    ratio = found / float(published)
    agrees = round(math.log10(found)) == round(math.log10(float(published)))
    return agrees, f"{'Same' if agrees else 'Another'} power of ten, {ratio:.2g} times it"


def _floor(published: str, found: float) -> tuple[bool, str]:
    agrees = math.floor(found) == int(published)
    return agrees, f"The floor of ours {'equals' if agrees else 'does not equal'} it"


def _at_least(published: str, found: float) -> tuple[bool, str]:
    agrees = found >= float(published)
    return agrees, f"Ours is {'not below' if agrees else 'below'} it"


def _in_range(published: str, found: float) -> tuple[bool, str]:
    low, high = (float(end) for end in published.split(" to "))
    agrees = low <= found <= high
    return agrees, f"Ours lies {'inside' if agrees else 'outside'} the range"


def _same_text(published: str, found: str) -> tuple[bool, str]:
    return published == found, "Same answer" if published == found else "Another answer"


RULES: dict[str, Callable[..., tuple[bool, str]]] = {
    "digits": _within_digits,
    "near": _near,
    "order of magnitude": _order_of_magnitude,
    "floor": _floor,
    "at least": _at_least,
    "range": _in_range,
    "text": _same_text,
}
"""How each rule compares the published text with our value."""


def _target_cell(claim: dict[str, str], evidence: Evidence) -> Finding | None:
    row = evidence.projection(claim["benchmark"], claim["form"], claim["label"])
    if row.empty:
        return None
    value = float(row[COST_COLUMNS[claim["unit"]]])
    shift = value - float(row["log10_gflop"])
    interval = Interval(float(row["log10_gflop_low"]) + shift, float(row["log10_gflop_high"]) + shift)
    return Finding(value, f"the {claim['form']} law crosses the target at 10^{value:.2f}", interval)


def _contradiction(claim: dict[str, str], windows: dict[str, Interval], evidence: Evidence) -> str:
    """Say where the computing of a target contradicts a cost printed beside it."""
    cells = evidence.claims
    target = cells[
        (cells["benchmark"] == claim["benchmark"])
        & (cells["form"] == claim["form"])
        & (cells["label"] == claim["label"])
    ]
    published = target.set_index("unit")["published"].astype(int)
    computing = published["log10 GFLOP"]
    for unit, window in windows.items():
        largest = computing + 1 - window.low
        if published[unit] >= largest:
            return (
                f" The table contradicts itself here: below 10^{computing + 1} GFLOP beside at least"
                f" 10^{published[unit]} {unit.removeprefix('log10 ')}, where its other cells need at least"
                f" 10^{window.low:.2f} GFLOP for one, so at most 10^{largest:.2f}."
            )
    return ""


def _printed_regression(claim_id: str, evidence: Evidence) -> Finding | None:
    """Our counterpart of a number in the authors' notebooks of 2022."""
    laws = select_laws(evidence.regressions, "2022", None)
    for law in tabulate_as_printed(laws).to_dict("records"):
        stem = f"{NOTEBOOKS_2022}{law['benchmark']}-{law['measure'].replace('_', '-')}-"
        if claim_id.startswith(stem):
            return Finding(law[claim_id.removeprefix(stem)], f"log10 error on log10 FLOP over {law['n']} records")
    return None


def _imagenet_exponent(evidence: Evidence) -> Finding:
    passes = {
        direction: select_laws(evidence.regressions, "2020-records", "ops_per_pass", direction=direction)
        .set_index("benchmark")
        .loc["imagenet"]
        for direction in DIRECTIONS
    }
    law = passes[PERFORMANCE_ON_COMPUTING]
    burden, audited = (evidence.polynomial(vintage).loc["imagenet", "exponent"] for vintage in (PUBLISHED, AUDITED))
    return Finding(
        law["exponent"],
        f"operations per pass of the {law['n']} records of 2020 that state them; hardware burden gives {burden:.1f},"
        f" audited {audited:.1f}; {_by_direction({direction: row['exponent'] for direction, row in passes.items()})}",
        _exponents(law),
    )


def _domains(evidence: Evidence) -> Finding:
    names = _significant(evidence.polynomial()).index
    return Finding(
        len(names),
        f"slopes significant at {percent(SIGNIFICANCE)} on {', '.join(names)}."
        f" {_elsewhere(evidence, lambda laws: len(_significant(laws)), 0)}",
    )


def _parameters_per_image(evidence: Evidence) -> Finding:
    parameters, images = (
        read_span(evidence.assumptions, quantity).mid
        for quantity in ("noisystudent_parameters", "imagenet_training_images")
    )
    return Finding(parameters / images, f"{parameters:,.0f} parameters over {images:,.0f} images")


def _oracle_size(_: Evidence) -> Finding:
    return _least_squares_size(Design().relevant)


def _flexible_size(_: Evidence) -> Finding:
    return _least_squares_size(Design().covariates)


def _least_squares_size(fitted: int) -> Finding:
    size = least_squares_size(fitted, REFERENCE_RISK)
    return Finding(
        size, f"the exact mean of the log risk first reaches {REFERENCE_RISK:g} times the noise at n = {size}"
    )


def _regularised_size(evidence: Evidence) -> Finding:
    found = simulated_sizes(evidence.simulation, REFERENCE_RISK).set_index("penalty")
    textbook, validated = found.loc["textbook"], found.loc[CROSS_VALIDATION]
    return Finding(
        textbook["n"],
        "simulated with the textbook penalty, which the paper does not name;"
        f" cross-validation needs {validated['n']:.0f}",
        Interval(textbook["low"], textbook["high"]),
    )


def _repetitions(evidence: Evidence) -> Finding:
    repetitions = int(evidence.simulation["repetitions"].min())
    return Finding(repetitions, f"as many, at {evidence.simulation['n'].nunique()} sample sizes")


def _cost_of_data(evidence: Evidence) -> Finding:
    exponent = large_growth(evidence.growth).loc["computing of a fit against observations"]
    return Finding(
        exponent["exponent"],
        "one pass over data and parameters has it by definition, but a whole fit needs fewer passes the more data"
        " there are, so its exponent comes to 2 from below",
        Interval(exponent["low"], exponent["high"]),
    )


def _cost_of_performance(evidence: Evidence) -> Finding:
    exponents = large_growth(evidence.growth)
    fit = exponents.loc["computing of a fit against performance", "exponent"]
    exponent = exponents.loc["computing of a gradient pass against performance"]
    return Finding(
        exponent["exponent"],
        f"one pass over data and parameters in a family with twice as many parameters as data; a whole fit {fit:.1f}",
        Interval(exponent["low"], exponent["high"]),
    )


def _significant(laws: pd.DataFrame) -> pd.DataFrame:
    """Laws whose slope differs from zero at `SIGNIFICANCE`."""
    return laws[laws["p_value"] < SIGNIFICANCE]


def _other_areas(laws: pd.DataFrame) -> pd.DataFrame:
    return _significant(laws).drop(index="imagenet", errors="ignore").sort_values("exponent")


def _lowest_exponent(evidence: Evidence) -> Finding:
    law = _other_areas(evidence.polynomial()).iloc[0]
    elsewhere = _elsewhere(evidence, lambda laws: _other_areas(laws)["exponent"].min())
    return Finding(law["exponent"], f"hardware burden on {law.name}. {elsewhere}", _exponents(law))


def _highest_exponent(evidence: Evidence) -> Finding:
    laws = _other_areas(evidence.polynomial())
    others = ", ".join(f"{name} {value:.1f}" for name, value in laws["exponent"].items())
    elsewhere = _elsewhere(evidence, lambda laws: _other_areas(laws)["exponent"].max())
    law = laws.iloc[-1]
    return Finding(law["exponent"], f"hardware burden gives {others}. {elsewhere}", _exponents(law))


def _exponents(law: pd.Series) -> Interval:
    return Interval(float(law["exponent_low"]), float(law["exponent_high"]))


def _lowest_r2(evidence: Evidence) -> Finding:
    r2 = _significant(evidence.polynomial())["r2"]
    elsewhere = _elsewhere(evidence, lambda laws: _significant(laws)["r2"].min(), 2)
    return Finding(r2.min(), f"on {r2.idxmin()}. {elsewhere}")


def _highest_r2(evidence: Evidence) -> Finding:
    r2 = _significant(evidence.polynomial())["r2"]
    elsewhere = _elsewhere(evidence, lambda laws: _significant(laws)["r2"].max(), 2)
    return Finding(r2.max(), f"on {r2.idxmax()}. {elsewhere}")


def _ende_significant(evidence: Evidence) -> Finding:
    p_value = evidence.polynomial().loc["wmt2014-en-de", "p_value"]
    elsewhere = _elsewhere(evidence, lambda laws: laws.loc["wmt2014-en-de", "p_value"], 2)
    return Finding("yes" if p_value < SIGNIFICANCE else "no", f"p = {p_value:.2f}. {elsewhere}")


def _elsewhere(evidence: Evidence, statistic: Callable[[pd.DataFrame], float], digits: int = 1) -> str:
    """What a statistic of the polynomial laws is on audited burdens and in the other directions."""
    audited = statistic(evidence.polynomial(AUDITED))
    turned = {direction: statistic(evidence.polynomial(direction=direction)) for direction in DIRECTIONS}
    return f"Audited burdens give {audited:.{digits}f}; {_by_direction(turned, digits)}"


def _by_direction(values: Mapping[str, float], digits: int = 1) -> str:
    texts = {direction: f"{value:.{digits}f}" for direction, value in values.items()}
    published = texts.pop(PERFORMANCE_ON_COMPUTING)
    if set(texts.values()) == {published}:
        return "the other directions change nothing"
    return f"other directions give {listing([f'{text} ({direction})' for direction, text in texts.items()])}"


def _equal_forms(evidence: Evidence) -> Finding:
    """Whether both forms fit about equally well on every benchmark; a single exception makes it a no."""
    by_vintage = {str(vintage): table for vintage, table in evidence.forms.groupby("vintage", sort=False)}
    published = by_vintage[PUBLISHED]
    others = [
        f"the {'polynomial' if row.aic_difference > 0.0 else 'exponential'} form is better on {row.benchmark} by"
        f" {abs(row.aic_difference):.1f} in AIC (p = {row.vuong_p_value:.2g} by Vuong's test,"
        f" {min(1.0, len(published) * row.vuong_p_value):.2g} corrected for {len(published)} tests)"
        for row in published[~published["about_equal"]].itertuples()
    ]
    counts = [
        f"{table['about_equal'].sum()} of {len(table)} by {vintage}"
        for vintage, table in by_vintage.items()
        if vintage != PUBLISHED
    ]
    return Finding(
        "no" if others else "yes",
        f"about equal on {published['about_equal'].sum()} of {len(published)} benchmarks{'; ' if others else ''}"
        f"{'; '.join(others)}. Other vintages: {', '.join(counts)}",
    )


def _extra_for_5_percent(evidence: Evidence) -> Finding:
    today = evidence.projection("imagenet", "polynomial", "today")
    target = evidence.projection("imagenet", "polynomial", "target 1")
    decades = target["log10_gflop"] - today["log10_gflop"]
    return Finding(
        10.0**decades,
        f"from 10^{today['log10_gflop']:.2f} to 10^{target['log10_gflop']:.2f} GFLOP along the law",
    )


def _halving(evidence: Evidence) -> Finding:
    law = evidence.polynomial().loc["imagenet"]
    return Finding(
        2.0 ** law["exponent"],
        f"2 to the power of {law['exponent']:.1f}, the exponent of hardware burden",
        Interval(2.0 ** law["exponent_low"], 2.0 ** law["exponent_high"]),
    )


def _carbon_5_percent(evidence: Evidence) -> Finding:
    row = evidence.projection("imagenet", "polynomial", "target 1")
    shift = row["log10_lb_co2"] - row["log10_gflop"]
    return Finding(
        10.0 ** row["log10_lb_co2"],
        f"10^{row['log10_lb_co2']:.2f} from the polynomial law of the 2020 points",
        Interval(10.0 ** (row["log10_gflop_low"] + shift), 10.0 ** (row["log10_gflop_high"] + shift)),
    )


def _reading(claim_id: str) -> Callable[[Evidence], Finding]:
    """Finder of a statement that can be read in several ways: the nearest reading, and which readings meet it."""

    def find(evidence: Evidence) -> Finding:
        readings = judge_readings(evidence.readings[evidence.readings["claim_id"] == claim_id], evidence.claims)
        published = [float(end) for end in evidence.published(claim_id).split(" to ")]
        logs = np.log10(readings["value"])
        distances = (logs - logs.clip(math.log10(published[0]), math.log10(published[-1]))).abs()
        nearest = readings.loc[distances.idxmin()]
        return Finding(
            float(nearest["value"]),
            f"{nearest['reading']}, the nearest of {len(readings)} readings. {_agreement(readings, published)}",
            None if pd.isna(nearest["low"]) else Interval(float(nearest["low"]), float(nearest["high"])),
        )

    return find


def _agreement(readings: pd.DataFrame, published: list[float]) -> str:
    """How many readings of a statement meet it, and each with its ratio to the published number."""
    count = int(readings["meets"].sum())
    meeting, others = (
        "; ".join(f"{row.reading} ({_with_ratio(row.value, published)})" for row in table.itertuples())
        for table in (readings[readings["meets"]], readings[~readings["meets"]])
    )
    if count == 0:
        return f"No reading meets it: {others}"
    if count == len(readings):
        return f"Every reading meets it: {meeting}"
    return (
        f"The statement depends on the reading: {count} of {len(readings)} meet it, {meeting};"
        f" {len(readings) - count} not, {others}"
    )


def _with_ratio(value: float, published: list[float]) -> str:
    if published[0] <= value <= published[-1]:
        return _rounded(value, 3)
    end = published[0] if value < published[0] else published[-1]
    which = "it" if len(published) == 1 else f"{end:g}"
    return f"{_rounded(value, 3)}, {_rounded(value / end, 2)} times {which}"


def _rounded(value: float, digits: int) -> str:
    """A number to a count of significant digits, written out."""
    return f"{float(f'{value:.{digits}g}'):,.10g}"


def _year_of_5_percent(evidence: Evidence) -> Finding:
    decades = math.log10(_extra_for_5_percent(evidence).value)  # type: ignore[arg-type]
    published = float(evidence.published("compute-growth"))
    readings = evidence.readings[evidence.readings["claim_id"] == "compute-growth"]
    measured = [
        f"{YEAR_OF_TODAY + decades / math.log10(row.value):.0f} at the {row.value:.3g} of {row.reading}"
        for row in readings.itertuples()
    ]
    return Finding(
        YEAR_OF_TODAY + decades / math.log10(published),
        f"{decades:.2f} decades of computing after {YEAR_OF_TODAY}, along the polynomial law, at the published growth"
        f" of {published:g} times a year; {', '.join(measured)}",
    )


FINDERS: dict[str, Callable[[Evidence], Finding]] = {
    "domains": _domains,
    "overparameterisation-example": _parameters_per_image,
    "quadratic-cost": _cost_of_data,
    "theory-exponent": _cost_of_performance,
    "sim-repetitions": _repetitions,
    "sim-oracle-n": _oracle_size,
    "sim-flexible-n": _flexible_size,
    "sim-regularised-n": _regularised_size,
    "practice-exponent-imagenet": _imagenet_exponent,
    "practice-exponent-low": _lowest_exponent,
    "practice-exponent-high": _highest_exponent,
    "forms-equal": _equal_forms,
    "r2-low": _lowest_r2,
    "r2-high": _highest_r2,
    "ende-excluded": _ende_significant,
    "imagenet-5pct-extra": _extra_for_5_percent,
    **{
        claim_id: _reading(claim_id)
        for claim_id in ("history-hardware", "history-gpu-first", "history-gpu-2012", "compute-growth")
    },
    "halving-cost": _halving,
    "cost-year-5pct": _year_of_5_percent,
    "carbon-5pct": _carbon_5_percent,
}
"""What computes our counterpart of each claim outside the target table."""
