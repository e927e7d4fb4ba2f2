"""Tables of the hindcast as a reader sees them; see `rendering`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from computational_limits.hindcast import TOO_FEW, Headline, name_way
from computational_limits.uncertainty import LEVEL, Interval
from computational_limits.wording import decimal, escape, interval_text, percent, power_of_ten, powers_text

INTERVAL = f"{percent(LEVEL)} interval"
QUANTITY_NAMES = {"error": "error at given computing", "gflop": "computing at given error"}


def render_scores(scores: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Bias, coverage, scores and verdict of each forecast."""
    rows = []
    for row in scores.to_dict("records"):
        coverage = Interval(100 * row["coverage_low"], 100 * row["coverage_high"])
        rows.append(
            {
                "Benchmark": names[row["benchmark"]],
                "Forecast by": name_way(row),
                "Of": QUANTITY_NAMES[row["quantity"]],
                "n (papers)": f"{row['n']} ({row['papers']})",
                "Bias, decades": _decades(row["bias"]),
                INTERVAL: interval_text(Interval(row["bias_low"], row["bias_high"]), 2),
                "In the band, %": f"{100 * row['coverage']:.0f} ({interval_text(coverage, 0)})",
                "Log score": "" if np.isnan(row["log_score"]) else _decades(row["log_score"]),
                "Interval score": _decades(row["interval_score"]),
                "Verdict": row["verdict"] if row["verdict"] == TOO_FEW else f"**{row['verdict']}**",
            }
        )
    return pd.DataFrame(rows)


def render_ranking(ranking: pd.DataFrame) -> pd.DataFrame:
    """Ways to forecast in order of their log score, beside the reference."""
    rows = []
    for row in ranking.to_dict("records"):
        known = np.isfinite(row["difference"])
        ends = Interval(row["difference_low"], row["difference_high"])
        rows.append(
            {
                "Rank": row["rank"],
                "Forecast by": name_way(row),
                "n (origins)": f"{row['n']} ({row['origins']})",
                "Log score": _decades(row["log_score"]),
                "Above the reference (s.e.)": f"{decimal(row['difference'])} ({decimal(row['difference_se'])})"
                if known
                else _decades(row["difference"]),
                INTERVAL: interval_text(ends, 2) if known else "",
                "Interval score": _decades(row["interval_score"]),
                "In the band, %": f"{100 * row['coverage']:.0f}",
                "Ruled out": row["impossible"],
            }
        )
    return pd.DataFrame(rows)


def render_headline(found: Headline) -> pd.DataFrame:
    """What each law said the best later error would take."""
    rows = []
    for form, row in found.forecasts.to_dict("index").items():
        if row["absent"]:
            rows.append({"Law": f"{form}: {escape(row['absent'])}"})
            continue
        rows.append(
            {
                "Law": form,
                "Computing forecast (GFLOP)": _power(row["log10_gflop"]),
                f"{INTERVAL} of the law": powers_text(Interval(row["law_low"], row["law_high"])),
                f"{INTERVAL} of one model": powers_text(Interval(row["model_low"], row["model_high"])),
                "Computing used (GFLOP)": power_of_ten(found.log10_gflop),
                "Miss, decades": _decades(row["miss"]),
                "Used within one model's interval": "yes" if row["inside"] else "no",
            }
        )
    return pd.DataFrame(rows).fillna("")


def render_progress(progress: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Shift of the law of each benchmark per year, or why there is none."""
    rows = []
    for row in progress.to_dict("records"):
        cells = {"Benchmark": names[row["benchmark"]], "Models": row["edition"]}
        cells["n"] = f"{row['n_earlier']:.0f} + {row['n_later']:.0f}"
        if row["absent"]:
            rows.append(cells | {"Decades of computing per year": escape(row["absent"])})
            continue
        resampled = Interval(row["bootstrap_low"], row["bootstrap_high"])
        rows.append(
            cells
            | {
                "Decades of computing per year": decimal(row["decades_per_year"]),
                INTERVAL: interval_text(Interval(row["decades_low"], row["decades_high"]), 2),
                "Papers resampled": interval_text(resampled, 2),
                "Correlation of year and computing": decimal(row["correlation"]),
            }
        )
    return pd.DataFrame(rows).fillna("")


def render_excluded(forecasts: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Later models that are left out, and why."""
    left = forecasts[forecasts["excluded"] != ""]
    return pd.DataFrame(
        {
            "Benchmark": [names[key] for key in left["benchmark"]],
            "Edition": list(left["edition"]),
            "Model": [escape(str(model)) for model in left["model"]],
            "Error": [percent(10.0**value) for value in left["log10_error"]],
            "Left out because": [escape(str(reason)) for reason in left["excluded"]],
        }
    )


def _power(log10_value: float) -> str:
    return power_of_ten(log10_value) if np.isfinite(log10_value) else "never"


def _decades(value: float) -> str:
    if np.isnan(value):
        return "none"
    return decimal(value) if np.isfinite(value) else ("infinite" if value > 0 else "\N{MINUS SIGN}infinite")
