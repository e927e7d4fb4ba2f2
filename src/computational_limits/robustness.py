"""How much a law depends on the form, the way of fitting, the papers and the vintage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from computational_limits.bootstrap import RESAMPLES, bootstrap_papers
from computational_limits.diagnostics import compare_forms, influence
from computational_limits.estimators import BY_RANK, CLASSICAL
from computational_limits.fits import (
    BEST_SO_FAR,
    COMPUTING_ON_PERFORMANCE,
    ORTHOGONAL,
    QUANTILES,
    REDUCED_MAJOR_AXIS,
    SANDWICHES,
    THEIL_SEN,
    WITH_YEAR,
    fit,
)
from computational_limits.regressions import HARDWARE_BURDEN, PUBLISHED_WAY, fit_forms, select_laws, tabulate_fit
from computational_limits.scaling import EVERY_FORM, FORMS, MINIMUM_MODELS, POLYNOMIAL, Form, Law
from computational_limits.uncertainty import SIGNIFICANCE
from computational_limits.vintages import AUDITED, EVERY_MEASURE, MEASURES, PUBLISHED

SCORES = ("parameters", "aic", "aicc", "bic", "loo_error", "loo_undefined", "lopo_error", "lopo_undefined")
"""Columns of ``forms.csv`` that say how well a form fits."""
FORM_COLUMNS = ("benchmark", "vintage", "measure", "form", "n", "papers", *SCORES, "floor", "floor_low", "floor_high")
INFLUENCE_COLUMNS = (
    "benchmark",
    "vintage",
    "measure",
    "form",
    "left_out",
    "n",
    "slope",
    "exponent",
    "change",
)
BOOTSTRAP_COLUMNS = (
    "benchmark",
    "vintage",
    "measure",
    "form",
    "n",
    "papers",
    "resamples",
    "failed",
    "share_not_positive",
    "slope",
    "slope_low",
    "slope_high",
    "exponent",
    "exponent_low",
    "exponent_high",
)
PUBLISHED_GROUP = "as published"
DIRECTION, STANDARD_ERRORS, ESTIMATOR, SAMPLE, VINTAGE, CONTROLS = GROUPS = (
    "direction",
    "standard errors",
    "estimator",
    "sample",
    "vintage",
    "controls",
)
"""What is varied, one at a time."""
OPERATIONS = ("ops_per_pass", "network_operations")
"""Measures that count operations instead of what processors could have done."""
FEWEST_SHOWN = 5
"""Fewest models that a law of another measure is shown for."""
View = tuple[str, str, pd.DataFrame, dict[str, Law]]
"""Measure, vintage, models that state it, and form name to law."""
WAYS = {
    **{way: (DIRECTION, {"direction": way}) for way in (COMPUTING_ON_PERFORMANCE, ORTHOGONAL, REDUCED_MAJOR_AXIS)},
    **{f"errors {way}": (STANDARD_ERRORS, {"errors": way}) for way in SANDWICHES},
    **{way: (ESTIMATOR, {"estimator": way}) for way in (WITH_YEAR, BEST_SO_FAR)},
    **{way: (ESTIMATOR, {"estimator": way, "errors": BY_RANK}) for way in (THEIL_SEN, *QUANTILES)},
}
"""A way to fit, in words, to what is varied and how it departs from that of a `Base`."""
ENDS = ("n", "slope", "slope_low", "slope_high", "exponent", "exponent_low", "exponent_high", "p_value", "absent")
WAY_COLUMNS = ("group", "way", *ENDS)


@dataclass(frozen=True, slots=True)
class Base:
    """The law of a benchmark that others are compared with: the polynomial form, by least squares.

    Attributes
    ----------
    vintage, measure, errors : str
        As in ``regressions.csv``.
    name : str
        What to call it.
    cluster, clusters : str
        What models that belong together share, one and several.
    """

    vintage: str = PUBLISHED
    measure: str = HARDWARE_BURDEN
    errors: str = CLASSICAL
    name: str = PUBLISHED_GROUP
    cluster: str = "paper"
    clusters: str = "papers"

    @property
    def way(self) -> dict[str, str]:
        """How it is fitted, as columns of ``regressions.csv``."""
        return PUBLISHED_WAY | {"errors": self.errors}

    def named(self, words: str) -> str:
        """Words about papers, said of what models share here."""
        return words.replace("papers", self.clusters).replace("paper", self.cluster)


PUBLISHED_BASE = Base()
"""The law as published."""


def tabulate_forms(
    models: pd.DataFrame,
    benchmark: str,
    measures: Iterable[str] = tuple(MEASURES),
    forms: Iterable[Form] = tuple(EVERY_FORM.values()),
) -> pd.DataFrame:
    """How well each form fits the models of one benchmark and vintage.

    Parameters
    ----------
    models : DataFrame
        Models of one vintage, as `vintages.select_vintage` returns them.
    benchmark : str
        Models of this benchmark.
    measures : iterable of str
        Keys of `EVERY_MEASURE`; one that fewer than three models state is passed over.
    forms : iterable of Form
        Forms, the published ones among them.

    Returns
    -------
    DataFrame
        ``forms.csv``: `FORM_COLUMNS` and ``absent``, why a form could not be
        fitted. AIC and BIC are those of the density of log10 error, in nats
        twice; ``loo_error`` and ``lopo_error`` are in decades of error. See
        `diagnostics.Comparison`.
    """
    forms = tuple(forms)
    rows: list[dict[str, object]] = []
    for keys, stated, compute in _stated(models, benchmark, measures):
        counts = keys | {"n": len(stated), "papers": papers_of(stated).nunique()}
        try:
            compared = compare_forms(compute, stated["error"], papers_of(stated), forms).forms
        except ValueError as refusal:
            rows += [counts | {"form": form.name, "absent": str(refusal)} for form in forms]
            continue
        rows += [counts | {"form": str(form)} | row for form, row in compared.to_dict("index").items()]
    return pd.DataFrame(rows, columns=[*FORM_COLUMNS, "absent"])


def tabulate_influence(
    models: pd.DataFrame, benchmark: str, measures: Iterable[str] = tuple(MEASURES), form: Form = POLYNOMIAL
) -> pd.DataFrame:
    """What leaving out each paper does to the law of one benchmark and vintage.

    Parameters
    ----------
    models : DataFrame
        Models of one vintage, as `vintages.select_vintage` returns them.
    benchmark : str
        Models of this benchmark.
    measures : iterable of str
        Keys of `EVERY_MEASURE`; one that fewer than three models state is passed over.
    form : Form
        A straight form.

    Returns
    -------
    DataFrame
        ``influence.csv``, `INFLUENCE_COLUMNS`, the paper that moves the slope
        most first. ``left_out`` is the paper, or the model where it has no
        paper; ``n`` counts the models that stay; ``change`` is the relative
        change of the slope. Nothing for models that carry no law.
    """
    rows: list[dict[str, object]] = []
    for keys, stated, compute in _stated(models, benchmark, measures):
        try:
            without = influence(compute, stated["error"], papers_of(stated), form).without
        except ValueError:
            continue
        rows += [
            keys
            | {"form": form.name, "left_out": row["paper"], "n": len(stated) - int(row["models"])}
            | {name: row[name] for name in ("slope", "exponent", "change")}
            for row in without.to_dict("records")
        ]
    return pd.DataFrame(rows, columns=INFLUENCE_COLUMNS)


def tabulate_bootstrap(
    models: pd.DataFrame,
    benchmark: str,
    seed: int,
    measures: Iterable[str] = tuple(MEASURES),
    resamples: int = RESAMPLES,
) -> pd.DataFrame:
    """Both published forms of one benchmark and vintage over resampled papers.

    Parameters
    ----------
    models : DataFrame
        Models of one vintage, as `vintages.select_vintage` returns them.
    benchmark : str
        Models of this benchmark.
    seed : int
        All randomness comes from it, anew for every measure.
    measures : iterable of str
        Keys of `EVERY_MEASURE`; one that fewer than three models state is passed over.
    resamples : int
        How often to draw.

    Returns
    -------
    DataFrame
        ``bootstrap.csv``: `BOOTSTRAP_COLUMNS` and ``absent``, why the papers
        could not be resampled. ``failed`` counts the resamples without a slope;
        ``share_not_positive`` is a share of the others.
    """
    rows: list[dict[str, object]] = []
    for keys, stated, compute in _stated(models, benchmark, measures):
        counts = keys | {"n": len(stated), "papers": papers_of(stated).nunique()}
        try:
            results = bootstrap_papers(compute, stated["error"], papers_of(stated), seed, resamples=resamples)
        except ValueError as refusal:
            rows += [counts | {"form": form, "absent": str(refusal)} for form in FORMS]
            continue
        for form, result in results.items():
            slopes, exponents = result.slope_interval, result.exponent_interval
            rows.append(
                counts
                | {
                    "form": form,
                    "resamples": result.resamples,
                    "failed": result.too_few + result.no_spread,
                    "share_not_positive": result.share_not_rising,
                    "slope": result.estimate,
                    "slope_low": slopes.low,
                    "slope_high": slopes.high,
                    "exponent": 1.0 / result.estimate if result.estimate != 0.0 else np.inf,
                    "exponent_low": exponents.low,
                    "exponent_high": exponents.high,
                    "absent": "",
                }
            )
    return pd.DataFrame(rows, columns=[*BOOTSTRAP_COLUMNS, "absent"])


def tabulate_ways(
    models: pd.DataFrame,
    regressions: pd.DataFrame,
    bootstrap: pd.DataFrame,
    left_out: str,
    vintages: Mapping[str, str],
    base: Base = PUBLISHED_BASE,
) -> pd.DataFrame:
    """One law fitted as the base and in every other way, one departure at a time.

    Parameters
    ----------
    models : DataFrame
        Models of one benchmark, of the vintage of the base.
    regressions : DataFrame
        Rows of ``regressions.csv`` of that benchmark, of all vintages.
    bootstrap : DataFrame
        Rows of ``bootstrap.csv`` of that benchmark and vintage.
    left_out : str
        Paper to leave out, of `papers_of`.
    vintages : mapping
        Other vintages to what to call them.
    base : Base
        The law to depart from.

    Returns
    -------
    DataFrame
        `WAY_COLUMNS`, the base first: the polynomial form. ``absent`` says why
        a way is not there.
    """
    chosen = (regressions["form"] == POLYNOMIAL.name) & (regressions["measure"] == base.measure)
    laws = regressions[chosen].set_index(["vintage", *PUBLISHED_WAY])

    def law(vintage: str, changes: Mapping[str, str]) -> dict[str, object]:
        key = (vintage, *(base.way | dict(changes)).values())
        return laws.loc[key, list(ENDS)].to_dict() if key in laws.index else {"absent": "not in the data"}

    rows = [{"group": base.name, "way": base.name} | law(base.vintage, {})]
    rows += [
        {"group": group, "way": base.named(way)} | law(base.vintage, changes)
        for way, (group, changes) in WAYS.items()
        if changes.get("errors") != base.errors
    ]
    of_measure = (bootstrap["form"] == POLYNOMIAL.name) & (bootstrap["measure"] == base.measure)
    resampled = bootstrap[of_measure].drop(columns=["benchmark", "vintage", "measure"]).iloc[0].to_dict()
    ends = {name: resampled[name] for name in ENDS if name in resampled}
    rows.append({"group": SAMPLE, "way": f"{base.clusters} resampled"} | ends)
    rest = models[papers_of(models) != left_out]
    rows.append({"group": SAMPLE, "way": f"without {name_cluster(models, left_out, base)}"} | _refit(rest, base))
    rows += [{"group": VINTAGE, "way": name} | law(vintage, {}) for vintage, name in vintages.items()]
    return pd.DataFrame(rows, columns=WAY_COLUMNS)


@dataclass(frozen=True, slots=True)
class WaySummary:
    """What the ways to fit one law have in common.

    Attributes
    ----------
    lowest, highest : float
        Exponents of the positive slopes of all estimates from the same
        vintage, the first among them; NaN without any.
    fitted, not_rising : int
        Estimates other than the first from the same vintage, and how many of
        them have no positive slope.
    tested, significant : int
        Ways other than the first with a p value, in any vintage and
        with any standard errors, and how many of these are below
        `SIGNIFICANCE` with a positive slope.
    """

    lowest: float
    highest: float
    fitted: int
    not_rising: int
    tested: int
    significant: int


def summarise_ways(ways: pd.DataFrame) -> WaySummary:
    """Summary of what `tabulate_ways` returns."""
    there = ways[ways["absent"] == ""]
    estimates = there[~there["group"].isin([STANDARD_ERRORS, VINTAGE])]
    exponents = estimates.loc[estimates["slope"] > 0.0, "exponent"]
    base = ways["group"].iloc[0]
    departures = estimates[estimates["group"] != base]
    others = there[(there["group"] != base) & there["p_value"].notna()]
    return WaySummary(
        lowest=float(exponents.min()),
        highest=float(exponents.max()),
        fitted=len(departures),
        not_rising=int((departures["slope"] <= 0.0).sum()),
        tested=len(others),
        significant=int(((others["p_value"] < SIGNIFICANCE) & (others["slope"] > 0.0)).sum()),
    )


def select_views(
    regressions: pd.DataFrame, editions: Mapping[str, pd.DataFrame], benchmark: str
) -> tuple[pd.DataFrame, list[View]]:
    """Laws of computing counted as operations, and the largest set of models of each measure.

    Parameters
    ----------
    regressions : DataFrame
        Rows of ``regressions.csv`` of one benchmark.
    editions : mapping
        Vintage to its models.
    benchmark : str
        That benchmark.

    Returns
    -------
    laws : DataFrame
        Polynomial rows fitted in the published way to at least `FEWEST_SHOWN`
        models, without those that repeat the law of an earlier vintage.
    views : list of tuple
        Measure, vintage, models and form name to `Law`.
    """
    chosen = regressions["measure"].isin(OPERATIONS) & (regressions["n"] >= FEWEST_SHOWN)
    laws = select_laws(regressions[chosen], vintage=None, measure=None)
    laws = laws.drop_duplicates(["measure", "n", "slope"]).sort_values(
        "measure", key=lambda measures: measures.map(OPERATIONS.index), kind="stable", ignore_index=True
    )
    views = []
    for measure, rows in laws.groupby("measure", sort=False):
        vintage = str(rows.loc[rows["n"].astype(int).idxmax(), "vintage"])
        models = editions[vintage]
        stated = models[models["benchmark"] == benchmark].dropna(subset=[MEASURES[str(measure)]])
        views.append((str(measure), vintage, stated, fit_forms(stated, measure=str(measure))))
    return laws, views


def papers_of(models: pd.DataFrame) -> pd.Series:
    """Paper of each model; a model without one is by itself, under its own id."""
    return models["paper"].fillna(models["model_id"])


def name_paper(models: pd.DataFrame, paper: str) -> str:
    """A paper, of `papers_of`, in the words of its models: the first, and how many more."""
    names = models.loc[papers_of(models) == paper, "model"].to_list()
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def name_cluster(models: pd.DataFrame, cluster: str, base: Base) -> str:
    """What models share, in words: a paper in those of its models, see `name_paper`, a family by its own name."""
    return name_paper(models, cluster) if base.cluster == PUBLISHED_BASE.cluster else cluster


def name_vintages(models: Mapping[str, pd.DataFrame], benchmark: str, base: str = PUBLISHED) -> dict[str, str]:
    """What to call each vintage but that of the base, with its score where that is another.

    Parameters
    ----------
    models : mapping
        Vintage to its models.
    benchmark : str
        Models of this benchmark.
    base : str
        A vintage.
    """
    metrics = {name: table.loc[table["benchmark"] == benchmark, "metric"].unique() for name, table in models.items()}
    (usual,) = metrics.pop(base)
    return {
        name: name if set(found) <= {usual} else f"{name}, {' and '.join(sorted(found))}"
        for name, found in sorted(metrics.items(), key=lambda item: item[0] != AUDITED)
    }


def _refit(models: pd.DataFrame, base: Base) -> dict[str, object]:
    compute, papers = models[EVERY_MEASURE[base.measure]], papers_of(models)
    try:
        return tabulate_fit(fit(compute, models["error"], errors=base.errors, clusters=papers))
    except ValueError as refusal:
        return {"n": len(models), "absent": str(refusal)}


def _stated(
    models: pd.DataFrame, benchmark: str, measures: Iterable[str]
) -> Iterator[tuple[dict[str, object], pd.DataFrame, pd.Series]]:
    """Keys, models and computing of each measure that enough models of a benchmark state."""
    (vintage,) = models["vintage"].unique()
    chosen = models[models["benchmark"] == benchmark]
    for measure in measures:
        stated = chosen.dropna(subset=[EVERY_MEASURE[measure]])
        if len(stated) >= MINIMUM_MODELS:
            yield (
                {"benchmark": benchmark, "vintage": vintage, "measure": measure},
                stated,
                stated[EVERY_MEASURE[measure]],
            )
