"""Tables of the hindcast as a reader sees them; see `rendering`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from computational_limits.hindcast import TOO_FEW, Headline, name_way
from computational_limits.scaling import FORMS
from computational_limits.uncertainty import LEVEL, Interval
from computational_limits.wording import decimal, escape, interval_text, listing, percent, power_of_ten, powers_text

INTERVAL = f"{percent(LEVEL)} interval"


def render_scores(scores: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Bias, coverage, scores and verdict of each forecast, all of one quantity."""
    rows = []
    for row in scores.to_dict("records"):
        coverage = Interval(100 * row["coverage_low"], 100 * row["coverage_high"])
        rows.append(
            {
                "Benchmark": names[row["benchmark"]],
                "Forecast by": name_way(row),
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


def render_variations(variations: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """How far each variation of the protocol moves the published forms, a row for each benchmark."""
    published = variations[variations["form"].isin(FORMS) & variations["benchmark"].isin(names)]
    rows = []
    for (variation, beforehand, benchmark), group in published.groupby(
        ["variation", "beforehand", "benchmark"], sort=False
    ):
        cells = {
            "Variation": variation if beforehand else f"{variation} (added afterwards)",
            "Benchmark": names[benchmark],
            "n (papers)": f"{group['n'].iloc[0]} ({group['papers'].iloc[0]})",
        }
        for form in FORMS:
            by_quantity = group[group["form"] == form].set_index("quantity")
            computing, error = by_quantity.loc["gflop"], by_quantity.loc["error"]
            ends = Interval(computing["bias_low"], computing["bias_high"])
            cells[f"{form.capitalize()}, decades too much"] = (
                f"{_decades(computing['bias'])} ({interval_text(ends, 2)})"
            )
            cells[f"{form.capitalize()}, in the band, %"] = f"{100 * error['coverage']:.0f}, {error['verdict']}"
        rows.append(cells)
    return pd.DataFrame(rows)


def render_excluded(forecasts: pd.DataFrame, names: Mapping[str, str], most: int = 5) -> pd.DataFrame:
    """Why later models are left out, how many, and which if they are no more than ``most``."""
    left = forecasts[forecasts["excluded"] != ""]
    rows = []
    for (edition, benchmark, reason), group in left.groupby(["edition", "benchmark", "excluded"], sort=False):
        models = [escape(str(model)) for model in group["model"]]
        rows.append(
            {
                "Edition": edition,
                "Benchmark": names[benchmark],
                "Left out because": escape(str(reason)),
                "n": len(group),
                "Models": listing(models) if len(models) <= most else "",
            }
        )
    return pd.DataFrame(rows)


def render_frontiers(frontiers: pd.DataFrame) -> pd.DataFrame:
    """Exponents of operations per pass, with both kinds of intervals."""
    return pd.DataFrame(
        [
            {
                "Models": row["models"],
                "Line": row["estimator"],
                "n (clusters)": f"{row['n']:,} ({row['clusters']})",
                "Exponent": decimal(row["exponent"], 1),
                f"{INTERVAL}, by cluster": interval_text(Interval(row["cluster_low"], row["cluster_high"])),
                "of independent models": interval_text(Interval(row["exponent_low"], row["exponent_high"])),
            }
            for row in frontiers.to_dict("records")
        ]
    )


def _power(log10_value: float) -> str:
    return power_of_ten(log10_value) if np.isfinite(log10_value) else "never"


def _decades(value: float) -> str:
    if np.isnan(value):
        return "none"
    return decimal(value) if np.isfinite(value) else ("infinite" if value > 0 else "\N{MINUS SIGN}infinite")
