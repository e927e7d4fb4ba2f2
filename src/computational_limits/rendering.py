"""Results tables as a reader sees them: few columns, rounded, in words.

Each ``render_*`` function takes a results or data table and returns one whose
cells are MyST text. The numbers behind it stay in the table it was given.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from computational_limits.costs import PUBLISHED_COSTS
from computational_limits.limits import Limit, passage_text
from computational_limits.multiverse import Multiverse
from computational_limits.projection import COST_COLUMNS
from computational_limits.scaling import EXPONENTIAL_DECAY
from computational_limits.uncertainty import LEVEL, SIGNIFICANCE, Interval
from computational_limits.wording import (
    decimal,
    escape,
    exponent_text,
    factor_text,
    interval_text,
    p_value_text,
    percent,
    power_of_ten,
    powers_text,
    range_text,
    whole_percent,
    years_text,
)

INTERVAL = f"{percent(LEVEL)} interval"
"""Heading of a column of intervals."""
LAW_COLUMNS = ("Intercept", "Slope (s.e.)", "Exponent", INTERVAL, "R²", "p")
"""Headings of the coefficients of a law."""
CONCLUSION_HEADINGS = {
    "rising": f"Slope positive at {percent(SIGNIFICANCE)}",
    "above_theory": "Power at least that of theory",
    "above_practice": "Power at least that of practice",
    "beyond_stock": "First target beyond the stock",
    "forms_equal": "Forms about equal",
}
"""Conclusion of the paper to its heading."""
POWER = re.compile(r"10\\\^(\d+(?:\.\d+)?)")
"""A power of ten in escaped text."""
SCIENTIFIC = re.compile(r"(-?[\d.]+)e([+-]?\d+)")
"""A number in scientific notation."""


def render_coefficients(regressions: pd.DataFrame) -> pd.DataFrame:
    """Coefficients of the forms of one benchmark."""
    return pd.DataFrame(
        {
            "Form": regressions["form"],
            "n": regressions["n"],
            "Intercept": [decimal(value, 3) for value in regressions["intercept"]],
            "Slope (s.e.)": [
                f"{decimal(slope, 4)} ({decimal(se, 4)})"
                for slope, se in zip(regressions["slope"], regressions["slope_se"], strict=True)
            ],
            "Exponent": [decimal(value) for value in regressions["exponent"]],
            INTERVAL: _intervals(regressions, "exponent", 2),
            "R²": [decimal(value, 3) for value in regressions["r2"]],
            "p": [p_value_text(value) for value in regressions["p_value"]],
        }
    )


def render_laws(regressions: pd.DataFrame) -> pd.DataFrame:
    """Coefficients of every form of one benchmark, or why there are none."""
    return pd.DataFrame([_law(row) for row in regressions.to_dict("records")])


def _law(row: Mapping[str, Any]) -> dict[str, str]:
    """One form's coefficients; its floor or its break beside its name."""
    if row["absent"]:
        return {"Form": f"{row['form']}: {escape(row['absent'])}"} | dict.fromkeys(LAW_COLUMNS, "")
    form = row["form"]
    if not pd.isna(row["floor"]):
        form += f", above {percent(row['floor'])} ({percent(row['floor_low'])} to {percent(row['floor_high'])})"
    if not pd.isna(row["break_log10_gflop"]):
        form += f", above {power_of_ten(row['break_log10_gflop'])} GFLOP; slope below {decimal(row['slope_below'], 4)}"
    straight = row["form"] != EXPONENTIAL_DECAY.name
    cells = (
        decimal(row["intercept"], 3),
        f"{_coefficient(row['slope'])} ({_coefficient(row['slope_se'])})",
        decimal(row["exponent"]) if straight else "none",
        interval_text(Interval(row["exponent_low"], row["exponent_high"]), 2) if straight else "",
        decimal(row["r2"], 3),
        p_value_text(row["p_value"]),
    )
    return {"Form": form} | dict(zip(LAW_COLUMNS, cells, strict=True))


def render_fits(forms: pd.DataFrame, cluster: str = "paper") -> pd.DataFrame:
    """How well each form that could be fitted does, beside the best of them."""
    fitted = forms[forms["absent"] == ""]
    return pd.DataFrame(
        {
            "Form": fitted["form"],
            "Parameters": fitted["parameters"].astype(int),
            **{
                f"{name} above best": [decimal(value, 1) for value in fitted[name.lower()] - fitted[name.lower()].min()]
                for name in ("AIC", "BIC")
            },
            **{
                heading: [_left_out(row, stem) for row in fitted.to_dict("records")]
                for heading, stem in (("Model left out", "loo"), (f"{cluster.capitalize()} left out", "lopo"))
            },
        }
    )


def render_ways(ways: pd.DataFrame) -> pd.DataFrame:
    """One law by each way to fit it."""
    rows = []
    for row in ways.to_dict("records"):
        ends = Interval(row["exponent_low"], row["exponent_high"])
        rows.append(
            {
                "Varied": row["group"] if row["group"] != row["way"] else "nothing",
                "Way": escape(row["way"]),
                "n": "" if pd.isna(row["n"]) else f"{row['n']:.0f}",
                "Exponent": escape(row["absent"]) if row["absent"] else exponent_text(row["exponent"]),
                INTERVAL: "" if row["absent"] else interval_text(ends),
            }
        )
    return pd.DataFrame(rows)


def render_views(laws: pd.DataFrame) -> pd.DataFrame:
    """Laws of other measures of computing, by vintage."""
    return pd.DataFrame(
        {
            "Measure": [measure.replace("_", " ").replace("ops", "operations") for measure in laws["measure"]],
            "Vintage": laws["vintage"],
            "n": laws["n"],
            "Exponent": [decimal(value, 1) for value in laws["exponent"]],
            INTERVAL: _intervals(laws, "exponent", 1),
            "R²": [decimal(value) for value in laws["r2"]],
        }
    )


def render_comparison(regressions: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """One form's law of each benchmark."""
    table = render_coefficients(regressions)[["n", "Exponent", INTERVAL, "R²", "p"]]
    table.insert(0, "Benchmark", [names[key] for key in regressions["benchmark"]])
    return table


def render_families(laws: pd.DataFrame, families: pd.DataFrame) -> pd.DataFrame:
    """Laws of one measure: the field, its parts, and each family with the exponent that was printed."""
    known = families.set_index("family")
    rows = []
    for row in laws.to_dict("records"):
        own = row["family"] in known.index and row["score"] == "as recorded"
        printed = known.loc[row["family"], "published_exponent"] if row["family"] in known.index else np.nan
        name = known["name"].get(row["family"], f"*{row['family']}*")
        rows.append(
            {
                "Family": name if row["score"] == "as recorded" else f"{name}, {row['score']}",
                "n": row["n"],
                "Exponent": row["reason"] or decimal(row["exponent"], 1),
                INTERVAL: "" if row["reason"] else _intervals(pd.DataFrame([row]), "exponent", 1)[0],
                "R²": "" if row["reason"] else decimal(row["r2"]),
                "Printed in 2022": "" if np.isnan(printed) else decimal(printed, 1),
                "Presented by": f"{{cite:t}}`{known.loc[row['family'], 'source']}`" if own else "",
            }
        )
    return pd.DataFrame(rows)


def render_shared(families: pd.DataFrame, counts: Mapping[str, int]) -> pd.DataFrame:
    """What the members of each family share, with how many the records of 2020 or the paper give."""
    return pd.DataFrame(
        {
            "Family": families["name"].map(escape),
            "Members": [counts[family] for family in families["family"]],
            "What they share, and what grows": families["shared"].map(escape),
        }
    )


def render_consolidated(table: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Laws of hardware burden by each way to treat a missing one."""
    return pd.DataFrame(
        [
            {
                "Benchmark": names[row["benchmark"]],
                "Way": row["method"],
                "n": row["n"],
                "Filled": row["imputed"],
                "Exponent": row["reason"] or decimal(row["exponent"], 1),
                INTERVAL: "" if row["reason"] else _intervals(pd.DataFrame([row]), "exponent", 1)[0],
                "Degrees of freedom": "" if row["reason"] else decimal(row["degrees_of_freedom"], 0),
                "Missing information": ""
                if pd.isna(row["missing_information"])
                else percent(row["missing_information"]),
            }
            for row in table.to_dict("records")
        ]
    )


def render_coverage(coverage: pd.DataFrame) -> pd.DataFrame:
    """How often the interval of each way holds the planted slope."""
    return pd.DataFrame(
        {
            "Planted": coverage["scenario"],
            "Way": coverage["method"],
            "Coverage (s.e.)": [
                f"{percent(value)} ({percent(error)})"
                for value, error in zip(coverage["coverage"], coverage["coverage_se"], strict=True)
            ],
            "Mean slope over truth": [decimal(value) for value in coverage["slope_ratio"]],
            "Stated s.e. over spread": [decimal(value) for value in coverage["se_ratio"]],
        }
    )


def render_targets(projections: pd.DataFrame) -> pd.DataFrame:
    """Computing, dollars and carbon of one benchmark at each target, of rows of one vintage and direction."""
    return pd.DataFrame(
        {
            "Form": projections["form"],
            "Target": projections["label"],
            "Error": [percent(value) for value in projections["error"]],
            "GFLOP": [power_of_ten(value) for value in projections["log10_gflop"]],
            INTERVAL: [
                powers_text(Interval(low, high))
                for low, high in zip(projections["log10_gflop_low"], projections["log10_gflop_high"], strict=True)
            ],
            "Decades beyond data": [decimal(value, 1) for value in projections["decades_beyond_data"]],
            "USD": [power_of_ten(value) for value in projections["log10_usd"]],
            "lb CO2": [power_of_ten(value) for value in projections["log10_lb_co2"]],
        }
    )


def render_models(models: pd.DataFrame) -> pd.DataFrame:
    """The models of one benchmark, lowest error first, with paper and remarks."""
    models = models.sort_values(["error", "model_id"])
    return pd.DataFrame(
        {
            "Model": models["model"].map(escape),
            "Year": models["year"],
            "Error": [percent(value) for value in models["error"]],
            "GFLOP": [power_of_ten(np.log10(value)) for value in models["hardware_burden_gflop"]],
            "Paper": [_paper(row) for row in models.to_dict("records")],
            "Remark": ["" if pd.isna(note) else escape(note) for note in models["note"]],
        }
    )


def render_language(summary: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """The laws of language models: scores, models and families, exponent, R², ends of the scores, best error."""
    return pd.DataFrame(
        {
            "Benchmark": [names[key] for key in summary["benchmark"]],
            "Scores": summary["n"],
            "Models": summary["models"],
            "Families": summary["families"],
            "Years": [
                str(first) if first == last else f"{first} to {last}"
                for first, last in zip(summary["first_year"], summary["last_year"], strict=True)
            ],
            "Guessing": [percent(value) for value in summary["guessing_floor"]],
            "Exponent": [exponent_text(value) for value in summary["exponent"]],
            INTERVAL: _intervals(summary, "exponent", 1),
            "R²": [decimal(value) for value in summary["r2"]],
            "Lowest error": [percent(value) for value in summary["lowest_error"]],
        }
    )


def render_language_ways(summary: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """The exponent of each benchmark of language models in other ways, and what a year brings."""
    columns = {
        "Computing on performance": "inverse_exponent",
        "Same source": "source_exponent",
        "Same shots": "shots_exponent",
        "One score a model": "model_exponent",
        "Beside the year": "year_exponent",
    }
    gains = [Interval(*10.0**ends) for ends in summary[["year_low", "year_high"]].to_numpy(dtype=float)]
    return pd.DataFrame(
        {
            "Benchmark": [names[key] for key in summary["benchmark"]],
            **{
                heading: [
                    ""
                    if pd.isna(row[column])
                    else f"{exponent_text(row[column])} ({interval_text(_interval(row, column))})"
                    for row in summary.to_dict("records")
                ]
                for heading, column in columns.items()
            },
            "Gain in a year": [
                f"{decimal(10.0**slope)} ({interval_text(gain, 2)})"
                for slope, gain in zip(summary["year_slope"], gains, strict=True)
            ],
        }
    )


def render_bends(summary: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Whether the laws of language models bend or end: floor, break, and what each improves."""
    return pd.DataFrame(
        {
            "Benchmark": [names[key] for key in summary["benchmark"]],
            "Floor at most": [percent(value) for value in summary["floor_high"]],
            "By label errors": ["" if pd.isna(value) else percent(value) for value in summary["label_floor"]],
            "Break at": [power_of_ten(value) for value in summary["break_log10_gflop"]],
            "Slope below": [decimal(value) for value in summary["slope_below"]],
            "Slope above": [decimal(value) for value in summary["slope_above"]],
            "Gain in AIC": [decimal(value, 1) for value in summary["break_gain"]],
            "Family left out": [f"{value:+.3f}" for value in -summary["break_lopo_gain"]],
        }
    )


def render_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """Scores of language models on one benchmark, lowest error first, with family, shots and source."""
    scores = scores.sort_values(["error", "model_id"])
    return pd.DataFrame(
        {
            "Model": scores["model"].map(escape),
            "Family": scores["paper"].map(escape),
            "Year": scores["year"],
            "Error": [percent(value) for value in scores["error"]],
            "GFLOP": [power_of_ten(np.log10(value)) for value in scores["training_gflop"]],
            "Shots": ["" if pd.isna(shots) else str(int(shots)) for shots in scores["shots"]],
            "Reported in": scores["reported_in"].map(escape),
        }
    )


def render_own(models: pd.DataFrame) -> pd.DataFrame:
    """The models of a reader's own table, lowest error first."""
    models = models.sort_values(["error", "model_id"])
    return pd.DataFrame(
        {
            "Model": models["model"].map(escape),
            "Year": ["" if pd.isna(year) else f"{year}" for year in models["year"]],
            "Error": [percent(value) for value in models["error"]],
            "GFLOP": [f"{value:,.6g}" for value in models["hardware_burden_gflop"]],
            "Paper": ["" if pd.isna(paper) else escape(paper) for paper in models["paper"]],
        }
    )


def render_sizes(sizes: pd.DataFrame, rules: Mapping[str, str]) -> pd.DataFrame:
    """Sample sizes as a reader sees them: a row a penalty rule, a column a signal-to-noise ratio."""
    cells = {
        (row.penalty, row.snr): f"{row.n:.0f} ({row.low:.0f} to {row.high:.0f})"
        if np.isfinite([row.n, row.low, row.high]).all()
        else f"above {row.low:.0f}"
        if np.isfinite(row.low)
        else "not reached"
        for row in sizes.itertuples()
    }
    ratios = sorted(sizes["snr"].unique())
    return pd.DataFrame(
        [{"Penalty": rule.capitalize(), **{f"SNR {ratio:g}": cells[rule, ratio] for ratio in ratios}} for rule in rules]
    )


def render_growth(by_start: Mapping[int, pd.DataFrame]) -> pd.DataFrame:
    """Exponents of the growing family: a row a law, a column a smallest sample size."""
    tables = {start: table.set_index("law") for start, table in by_start.items()}
    laws = next(iter(tables.values())).index
    return pd.DataFrame(
        [
            {"Exponent of": law.capitalize()}
            | {
                f"from {start:,}": "{exponent:.2f} ({low:.2f} to {high:.2f})".format(**table.loc[law].to_dict())
                for start, table in tables.items()
            }
            for law in laws
        ]
    )


def render_trends(trends: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Growth per year and doubling time of each trend, with the columns that tell the trends apart."""
    growth, doubling = (
        [
            f"{decimal(row[value])} ({interval_text(_interval(row, stem), 2)})" if np.isfinite(row[value]) else "none"
            for row in trends.to_dict("records")
        ]
        for value, stem in (("growth_per_year", "growth"), ("doubling_years", "doubling"))
    )
    return pd.DataFrame(
        {
            **{column.capitalize(): trends[column].to_list() for column in by},
            "n": trends["n"].to_list(),
            "Years": [f"{start:.0f} to {end:.0f}" for start, end in _whole_years(trends)],
            "Growth per year": growth,
            "Doubling (years)": doubling,
        }
    )


def render_breaks(breaks: pd.DataFrame) -> pd.DataFrame:
    """Each break with its date and the growth per year before and after it."""
    cells = {
        column: [
            f"{row[column]:.{digits}f} ({range_text(_interval(row, column), f'{{:.{digits}f}}'.format)})"
            for row in breaks.to_dict("records")
        ]
        for column, digits in (("date", 1), ("growth_before", 2), ("growth_after", 2))
    }
    return pd.DataFrame(
        {
            "Series": breaks["series"].to_list(),
            "n": breaks["n"].to_list(),
            "Break": cells["date"],
            "Growth per year before": cells["growth_before"],
            "after": cells["growth_after"],
        }
    )


def render_claim_readings(judged: pd.DataFrame) -> pd.DataFrame:
    """Readings of published statements: the published number, each reading's, and whether it meets it."""
    return pd.DataFrame(
        {
            "Statement": [
                f"{escape(row.quantity)}: {_scientific(row.published)} {escape(row.unit)}"
                for row in judged.itertuples()
            ],
            "Reading": judged["reading"].map(escape).to_list(),
            "Ours": [
                _found({"found": f"{row.value:.3g}", "found_low": row.low, "found_high": row.high})
                for row in judged.itertuples()
            ],
            "Meets it": ["**yes**" if meets else "no" for meets in judged["meets"]],
        }
    )


def render_causes(audited: pd.DataFrame, causes: Mapping[str, str]) -> pd.DataFrame:
    """Each cause with its meaning and its count by edition."""
    counts = pd.crosstab(audited["cause"], audited["vintage"]).reindex(list(causes), fill_value=0)
    table = pd.DataFrame({"Cause": list(causes), "Meaning": [escape(meaning) for meaning in causes.values()]})
    for edition in counts:
        table[str(edition)] = counts[edition].to_numpy()
    return table


def render_audit(audited: pd.DataFrame) -> pd.DataFrame:
    """Burdens that do not stand: published, recomputed and corrected, with cause and evidence."""
    return pd.DataFrame(
        {
            "Model": audited["model"].map(escape),
            "Published": [_gflop(value) for value in audited["published_gflop"]],
            "Recomputed": [_gflop(value) for value in audited["recomputed_gflop"]],
            "Corrected": [_corrected(row) for row in audited.to_dict("records")],
            "Cause and evidence": [
                f"**{escape(cause)}.** {escape(evidence)}"
                for cause, evidence in zip(audited["cause"], audited["evidence"], strict=True)
            ],
        }
    )


def render_readings(pairs: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Models of both editions: the later burden over the earlier one, before and after the audit."""
    published, corrected = (
        pairs[f"{state}_2022_gflop"] / pairs[f"{state}_2020_gflop"] for state in ("published", "corrected")
    )
    return pd.DataFrame(
        {
            "Benchmark": [names[key] for key in pairs["benchmark"]],
            "Model": pairs["model"].map(escape),
            "2020 (GFLOP)": [_gflop(value) for value in pairs["published_2020_gflop"]],
            "2022 (GFLOP)": [_gflop(value) for value in pairs["published_2022_gflop"]],
            "2022 over 2020": [f"{value:.3g}" for value in published],
            "after the audit": [f"{value:.3g}" for value in corrected],
        }
    )


def render_before_after(comparison: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Laws before and after a change of the data, with what becomes of each."""
    table = {"Benchmark": [names[key] for key in comparison["benchmark"]]}
    for state in ("before", "after"):
        ends = zip(comparison[f"exponent_low_{state}"], comparison[f"exponent_high_{state}"], strict=True)
        table |= {
            f"n {state}": list(comparison[f"n_{state}"]),
            f"Exponent {state}": [
                f"{decimal(value, 1)} ({interval_text(Interval(low, high))})"
                for value, (low, high) in zip(comparison[f"exponent_{state}"], ends, strict=True)
            ],
            f"R² {state}": [decimal(value) for value in comparison[f"r2_{state}"]],
            f"p {state}": [p_value_text(value) for value in comparison[f"p_value_{state}"]],
        }
    return pd.DataFrame({**table, "Law": [f"**{fate}**" for fate in comparison["fate"]]})


def render_as_printed(printed: pd.DataFrame, claims: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Regressions in the authors' terms, with the printed numbers where there are any."""
    quoted = claims.set_index("claim_id")["published"].to_dict()
    cells = {"n": 0, "intercept": 4, "slope": 4, "r2": 3}
    rows = []
    for row in printed.to_dict("records"):
        known = [quoted.get(f"2022-{row['benchmark']}-{row['measure'].replace('_', '-')}-{cell}", "") for cell in cells]
        rows.append(
            {
                "Benchmark": names[row["benchmark"]],
                "Measure": row["measure"].replace("_", " "),
                "n": row["n"],
                "Intercept": decimal(row["intercept"], cells["intercept"]),
                "Slope (s.e.)": f"{decimal(row['slope'], cells['slope'])} ({decimal(row['slope_se'], 4)})",
                "R²": decimal(row["r2"], cells["r2"]),
                "p": p_value_text(row["p_value"]),
                "Printed: n, intercept, slope, R²": escape(", ".join(known)) if all(known) else "",
            }
        )
    return pd.DataFrame(rows)


def _paper(row: Mapping[str, object]) -> str:
    """A paper as a citation, or by its title where the bibliography lacks it."""
    if not pd.isna(row["citation"]):
        return f"{{cite:t}}`{row['citation']}`"
    title = "" if pd.isna(row["title"]) else escape(str(row["title"]))
    return title if pd.isna(row["link"]) else f"[{title}]({row['link']})"


def _gflop(value: float) -> str:
    return "" if pd.isna(value) else _scientific(f"{value:.2e}")


def _ratio(log10_value: float) -> str:
    return "" if pd.isna(log10_value) else f"{10.0**log10_value:.2g}"


def _ends(low: float, high: float, digits: int) -> str:
    return decimal(low, digits) if low == high else f"{decimal(low, digits)} to {decimal(high, digits)}"


def _corrected(row: Mapping[str, object]) -> str:
    """A corrected burden with the range of its readings, where there are two."""
    value, low, high = (float(row[f"corrected{end}_gflop"]) for end in ("", "_low", "_high"))  # type: ignore[arg-type]
    if pd.isna(value):
        return "left out"
    if high <= 1.001 * low:
        return _gflop(value)
    return f"{_gflop(value)} ({_gflop(low)} to {_gflop(high)})"


def render_assumptions(assumptions: pd.DataFrame) -> pd.DataFrame:
    """Assumptions with their ranges and sources."""
    return pd.DataFrame(
        {
            "Quantity": [f"`{name}`" for name in assumptions["quantity"]],
            "Edition": assumptions["edition"].to_list(),
            "Value": [f"{value:,.10g}" for value in assumptions["value"]],
            "Range": [
                "" if pd.isna(low) else f"{low:g} to {high:g}"
                for low, high in zip(assumptions["low"], assumptions["high"], strict=True)
            ],
            "Unit": assumptions["unit"].map(escape),
            "Source and remark": [
                f"{{cite:t}}`{key}`, {year}. {escape(note)}"
                for key, year, note in zip(assumptions["source"], assumptions["year"], assumptions["note"], strict=True)
            ],
        }
    )


def render_editions(compared: pd.DataFrame) -> pd.DataFrame:
    """Computing that each unit of cost goes with under each edition, as powers of ten, and over the published one."""
    return pd.DataFrame(
        {
            "Edition": compared["edition"].to_list(),
            "Unit": compared["unit"].to_list(),
            "GFLOP per unit": [power_of_ten(value, 2) for value in compared["log10_gflop"]],
            "Range": [
                ""
                if row.log10_gflop_low == row.log10_gflop_high
                else powers_text(_interval(row._asdict(), "log10_gflop"), 2)
                for row in compared.itertuples()
            ],
            f"Over that of {PUBLISHED_COSTS}": [
                f"{row.times_base:.3g}"
                + (
                    ""
                    if row.times_base_low == row.times_base_high
                    else f" ({row.times_base_low:.3g} to {row.times_base_high:.3g})"
                )
                for row in compared.itertuples()
            ],
        }
    )


def render_listed_prices(listed: pd.DataFrame) -> pd.DataFrame:
    """Listed prices of rented devices, and the computing a dollar buys at them."""
    return pd.DataFrame(
        {
            "Device": listed["name"].map(escape),
            "Commitment": listed["contract"],
            "Offers": listed["offers"],
            "USD an hour": [
                _ends(low, high, 2)
                for low, high in zip(listed["usd_per_hour_low"], listed["usd_per_hour_high"], strict=True)
            ],
            "log10 GFLOP per USD": [
                _ends(low, high, 2)
                for low, high in zip(listed["log10_gflop_low"], listed["log10_gflop_high"], strict=True)
            ],
        }
    )


def render_utilisation(found: pd.DataFrame) -> pd.DataFrame:
    """Median, quartiles and trend of each kind of utilisation."""
    rows = found.to_dict("records")
    return pd.DataFrame(
        {
            "Counts": found["counts"].to_list(),
            "n": found["n"].to_list(),
            "Median": [f"{percent(row['median'])} ({range_text(_interval(row, 'median'), percent)})" for row in rows],
            "Quartiles": [range_text(_interval(row, "quartile"), percent) for row in rows],
            "Range": [range_text(_interval(row, "end"), percent) for row in rows],
            "Times a year": [
                f"{decimal(row['growth_per_year'])} ({interval_text(_interval(row, 'growth'), 2)})" for row in rows
            ],
        }
    )


def render_reconciliation(reconciled: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Burden over operations of each model, what utilisation and precision explain, and what they leave."""
    return pd.DataFrame(
        {
            "Benchmark": [names[key] for key in reconciled["benchmark"]],
            "Model": reconciled["model"].map(escape),
            "System": reconciled["system"].map(escape),
            "Training": reconciled["relation"].to_list(),
            "Counted by": reconciled["method"].to_list(),
            "Burden over operations": [_ratio(value) for value in reconciled["published_log10_ratio"]],
            "audited": [_ratio(value) for value in reconciled["audited_log10_ratio"]],
            "Explained": [_ratio(value) for value in reconciled["log10_expected"]],
            "Left (log10)": [
                "" if pd.isna(value) else decimal(round(value, 2) + 0.0) for value in reconciled["audited_left"]
            ],
        }
    )


def render_reconciliation_summary(summary: pd.DataFrame) -> pd.DataFrame:
    """Spread of burden over operations before and after utilisation and precision, by burden and method."""
    return pd.DataFrame(
        {
            "Burden": summary["burden"].to_list(),
            "Counted by": summary["counted"].to_list(),
            "n": summary["n"].to_list(),
            "Median ratio": [f"{value:.2g}" for value in summary["median_ratio"]],
            "Spread (log10)": [decimal(value) for value in summary["log10_sd"]],
            **{
                title: [
                    f"{decimal(value)} ({interval})"
                    for value, interval in zip(summary[column], _intervals(summary, column, 2), strict=True)
                ]
                for title, column in (("Spread left", "left_sd"), ("Mean left", "mean_left"))
            },
        }
    )


def render_target_table(projections: pd.DataFrame, claims: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """The published target table over ours, of rows of one vintage and direction: every entry a log10."""
    cells = claims.dropna(subset="label").set_index(["benchmark", "form", "label", "unit"])["published"].to_dict()
    rows = []
    for row in projections.to_dict("records"):
        both = {}
        for unit, column in COST_COLUMNS.items():
            published = cells.get((row["benchmark"], row["form"], row["label"], unit), "none")
            both[unit.removeprefix("log10 ")] = (
                f"{escape(published)}\N{NO-BREAK SPACE}/\N{NO-BREAK SPACE}{decimal(row[column])}"
            )
        rows.append(
            {
                "Benchmark": names[row["benchmark"]],
                "Form": row["form"],
                "Error": percent(row["error"]),
                "GFLOP": both.pop("GFLOP"),
                INTERVAL: interval_text(_interval(row, "log10_gflop")),
                "Beyond data": decimal(row["decades_beyond_data"], 1),
                **both,
            }
        )
    return pd.DataFrame(rows)


def render_intervals(projections: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """The intervals of each projection, of rows of one vintage and direction: every entry a log10 of GFLOP."""
    rows = projections.to_dict("records")
    return pd.DataFrame(
        {
            "Benchmark": [names[row["benchmark"]] for row in rows],
            "Form": projections["form"].to_list(),
            "Error": [percent(row["error"]) for row in rows],
            "Law": [_reached(row["log10_gflop"]) for row in rows],
            "Beyond data": [_beyond(row) for row in rows],
            **{
                title: [interval_text(_interval(row, stem)) for row in rows]
                for title, stem in (
                    ("Law's mean", "log10_gflop"),
                    ("Papers resampled", "bootstrap"),
                    ("One new model", "prediction"),
                )
            },
        }
    )


def _reached(log10_gflop: float) -> str:
    """Where a law reaches a target."""
    return "never" if math.isinf(log10_gflop) else decimal(log10_gflop, 1)


def _beyond(row: Mapping[str, Any]) -> str:
    """Decades from the data to where a law reaches a target."""
    return "" if math.isinf(row["decades_beyond_data"]) else decimal(row["decades_beyond_data"], 1)


def render_verdict_counts(claims: pd.DataFrame, verdicts: Sequence[str]) -> pd.DataFrame:
    """Count of each verdict, in the order given, by grade of the source."""
    counts = pd.crosstab(claims["grade"], claims["verdict"], margins=True, margins_name="all")
    counts = counts.reindex(columns=[*verdicts, "all"], fill_value=0)
    return counts.rename_axis(index="Grade", columns=None).reset_index()


def render_verdicts(claims: pd.DataFrame) -> pd.DataFrame:
    """Statements with published number, ours, verdict and reason."""
    return pd.DataFrame(
        {
            "Quantity": [
                f"{escape(quantity)} ({escape(unit)})"
                for quantity, unit in zip(claims["quantity"], claims["unit"], strict=True)
            ],
            "Published": claims["published"].map(_scientific),
            "Ours": [_found(row) for row in claims.to_dict("records")],
            "Verdict": [f"**{verdict}**" for verdict in claims["verdict"]],
            "Reason": claims["reason"].map(_escape_powers),
        }
    )


def render_cells(claims: pd.DataFrame) -> pd.DataFrame:
    """Cells of the target table with published number, ours and verdict."""
    return pd.DataFrame(
        {
            "Cell": claims["quantity"].map(escape),
            "Published": claims["published"].map(_scientific),
            "Ours": claims["found"].map(_scientific),
            "Verdict": claims["verdict"],
        }
    )


def _interval(row: Mapping[str, float], stem: str) -> Interval:
    return Interval(row[f"{stem}_low"], row[f"{stem}_high"])


def _heading(words: str) -> str:
    """Words with a capital first letter, the others as they are."""
    return words[:1].upper() + words[1:]


def _whole_years(trends: pd.DataFrame) -> zip[tuple[float, float]]:
    return zip(np.floor(trends["start"]), np.floor(trends["end"]), strict=True)


def _intervals(table: pd.DataFrame, column: str, digits: int) -> list[str]:
    ends = zip(table[f"{column}_low"], table[f"{column}_high"], strict=True)
    return [interval_text(Interval(low, high), digits) for low, high in ends]


def _coefficient(value: float) -> str:
    """A slope with four decimals, or as a power of ten where these would be none."""
    return decimal(value, 4) if abs(value) >= 1e-3 or value == 0.0 else _scientific(f"{value:.2e}")


def _left_out(row: Mapping[str, Any], stem: str) -> str:
    """Error of predictions, with the count of those that do not exist."""
    undefined = int(row[f"{stem}_undefined"])
    return decimal(row[f"{stem}_error"], 3) + (f" ({undefined} undefined)" if undefined else "")


def _found(claim: Mapping[str, object]) -> str:
    """Our number with its interval, where it has one."""
    found = _scientific(str(claim["found"]))
    low, high = float(claim["found_low"]), float(claim["found_high"])  # type: ignore[arg-type]
    if np.isnan(low) or np.isnan(high):
        return found
    return f"{found} ({range_text(Interval(low, high), lambda end: _scientific(f'{end:.3g}'))})"


def _scientific(text: str) -> str:
    """Text with a number that has an e set as mathematics: 1.04e10 becomes 1.04 times a power of ten."""
    match = SCIENTIFIC.fullmatch(text)
    if match is None:
        return escape(text)
    factor = "" if match[1] == "1" else rf"{match[1]} \times "
    return f"${factor}10^{{{int(match[2])}}}$"


def _escape_powers(reason: str) -> str:
    """Escape a reason, with powers of ten set as mathematics."""
    parts = POWER.split(escape(reason))
    return "".join(f"$10^{{{part}}}$" if index % 2 else part for index, part in enumerate(parts))


def render_directions(regressions: pd.DataFrame, names: Mapping[str, str], directions: Sequence[str]) -> pd.DataFrame:
    """Exponents with their intervals: a row a benchmark and vintage, a column a direction."""
    cells = {
        (row["benchmark"], row["vintage"], row["direction"]): f"{decimal(row['exponent'], 1)}"
        f" ({interval_text(_interval(row, 'exponent'))})"
        for row in regressions.to_dict("records")
    }
    return pd.DataFrame(
        [
            {"Benchmark": names[benchmark], "Vintage": vintage}
            | {direction.capitalize(): cells[benchmark, vintage, direction] for direction in directions}
            for benchmark in names
            for vintage in regressions["vintage"].unique()
        ]
    )


def render_answers(answers: pd.DataFrame, published: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """How many other regressions answer otherwise whether there is a slope, with their p values.

    ``answers`` is what `regressions.tabulate_answers` returns, ``published`` has the published regressions.
    """
    rows = []
    for row in published.to_dict("records"):
        others = answers[answers["benchmark"] == row["benchmark"]]
        cells = {"Benchmark": names[row["benchmark"]], "Published p": p_value_text(row["p_value"])}
        for variation, table in others.groupby("variation", sort=False):
            low, high = (p_value_text(value) for value in (table["p_value"].min(), table["p_value"].max()))
            span = low if low == high else f"{low} to {high}"
            cells[f"Other {variation}" if variation != "year" else "With the year"] = (
                f"{table['changes'].sum()} of {len(table)} (p {span})"
            )
        rows.append(cells)
    return pd.DataFrame(rows)


def render_forms(forms: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """The two published forms against each other: support, test, and error in predicting papers left out."""
    return pd.DataFrame(
        {
            "Benchmark": [names[key] for key in forms["benchmark"]],
            "Vintage": forms["vintage"].to_list(),
            "n": forms["n"].to_list(),
            "AIC difference": [f"{round(value, 1) + 0.0:+.1f}" for value in forms["aic_difference"]],
            "p": [p_value_text(value) for value in forms["vuong_p_value"]],
            "Left out, polynomial": [decimal(value, 3) for value in forms["polynomial_lopo_error"]],
            "exponential": [decimal(value, 3) for value in forms["exponential_lopo_error"]],
            "About equal": ["yes" if equal else "**no**" for equal in forms["about_equal"]],
        }
    )


def render_limits(limits: pd.DataFrame) -> pd.DataFrame:
    """Limits of computing with their ranges, all log10 GFLOP; the frame is what `limits.tabulate_limits` returns."""
    return pd.DataFrame(
        {
            "Limit": limits["name"].map(_heading).to_list(),
            "log10 GFLOP": [decimal(value) for value in limits["estimate"]],
            "Range": [
                f"{decimal(low)} to {decimal(high)}" if low < high else ""
                for low, high in zip(limits["low"], limits["high"], strict=True)
            ],
        }
    )


def render_passages(projections: pd.DataFrame, limits: Sequence[Limit], names: Mapping[str, str]) -> pd.DataFrame:
    """Each projection with its distance from the data and, in words, the limits it passes."""
    rows = []
    for row in projections.to_dict("records"):
        interval = _interval(row, "log10_gflop")
        rows.append(
            {
                "Benchmark": names[row["benchmark"]],
                "Form": row["form"],
                "Error": percent(row["error"]),
                "log10 GFLOP": f"{decimal(row['log10_gflop'], 1)} ({interval_text(interval)})",
                "Beyond the data": decimal(row["decades_beyond_data"], 1),
                "What it passes": passage_text(row["log10_gflop"], interval, limits),
            }
        )
    return pd.DataFrame(rows)


def render_multiverse(multiverse: Multiverse, names: Mapping[str, str]) -> pd.DataFrame:
    """How many specifications of each benchmark there are, and why the others are not."""
    rows = []
    for benchmark, name in names.items():
        fitted = multiverse.fitted[multiverse.fitted["benchmark"] == benchmark]
        absent = multiverse.absent[multiverse.absent["benchmark"] == benchmark].sort_values(
            "specifications", ascending=False, kind="stable"
        )
        reasons = zip(absent["reason"], absent["specifications"], strict=True)
        rows.append(
            {
                "Benchmark": name,
                "In the grid": f"{len(fitted) + absent['specifications'].sum():,}",
                "Fitted": f"{len(fitted):,}",
                "Different": f"{fitted['distinct'].sum():,}",
                "Not carried by the data": "; ".join(f"{reason}: {count:,}" for reason, count in reasons),
            }
        )
    return pd.DataFrame(rows)


def render_conclusions(conclusions: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Share of the specifications in which each conclusion holds, a column each."""
    shares = conclusions.pivot(index="benchmark", columns="conclusion", values="share")
    return pd.DataFrame(
        [
            {"Benchmark": name}
            | {
                heading: ""
                if math.isnan(shares.loc[benchmark, conclusion])
                else f"{shares.loc[benchmark, conclusion]:.0%}"
                for conclusion, heading in CONCLUSION_HEADINGS.items()
            }
            for benchmark, name in names.items()
        ]
    )


def render_curve_tests(tests: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Specifications with a significant slope, as the models are and with computing permuted."""
    return pd.DataFrame(
        {
            "Benchmark": [names[key] for key in tests["benchmark"]],
            "Specifications": [f"{count:,}" for count in tests["specifications"]],
            "Significant": [whole_percent(share) for share in tests["observed"]],
            "Permuted, mean": [percent(round(share, 3)) for share in tests["permuted"]],
            "95th percentile": [whole_percent(share) for share in tests["permuted_high"]],
            "p": [p_value_text(value) for value in tests["p_value"]],
        }
    )


def render_affordability(affordability: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Years until each target is affordable with one budget and growth of hardware, a column a kind of algorithms."""
    rows: dict[tuple[str, str, float], dict[str, str]] = {}
    for row in affordability.to_dict("records"):
        cells = rows.setdefault((row["benchmark"], row["form"], row["error"]), {})
        low, high = years_text(row["years_low"]), years_text(row["years_high"])
        span = low if low == high else f"{low} to {high}"
        cells[_heading(row["algorithms"])] = f"{years_text(row['years'])} ({span})"
    return pd.DataFrame(
        [
            {"Benchmark": names[benchmark], "Form": form, "Error": percent(error), **cells}
            for (benchmark, form, error), cells in rows.items()
        ]
    )


def render_needs(needs: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Decades of efficiency that each target needs, a column for each thing that it is held against."""
    rows: dict[tuple[str, str, float], dict[str, str]] = {}
    for row in needs.to_dict("records"):
        cells = rows.setdefault((row["benchmark"], row["form"], row["error"]), {})
        cells[_heading(row["against"])] = f"{decimal(row['decades'], 1)} ({interval_text(_interval(row, 'decades'))})"
    return pd.DataFrame(
        [
            {"Benchmark": names[benchmark], "Form": form, "Error": percent(error), **cells}
            for (benchmark, form, error), cells in rows.items()
        ]
    )


def render_gains(gains: pd.DataFrame) -> pd.DataFrame:
    """Reported gains with what they are gains of, over what, and their sources."""
    return pd.DataFrame(
        {
            "Family": gains["family"].to_list(),
            "Method": gains["method"].map(escape).to_list(),
            "Gain": [factor_text(low, high) for low, high in zip(gains["gain_low"], gains["gain_high"], strict=True)],
            "Of": [f"{kind}: {what}" for kind, what in zip(gains["applies_to"], gains["measure"], strict=True)],
            "Over": gains["compared_with"].map(escape).to_list(),
            "Source and remark": [
                f"{{cite:t}}`{row['source']}`, {row['grade']}."
                + ("" if pd.isna(row["note"]) else f" {escape(str(row['note']))}")
                for row in gains.to_dict("records")
            ],
        }
    )
