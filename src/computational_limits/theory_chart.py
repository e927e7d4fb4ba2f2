"""Learning curves of the four estimators for a reader to choose among, by noise, sparsity and penalty rule."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import pandas as pd

from computational_limits.charts import JOINT
from computational_limits.claims import REFERENCE_RISK
from computational_limits.explorer import CHART_HEIGHT_PX
from computational_limits.figures.style import COLOURS, ERRORS_SHOWN, ESTIMATOR_LOOK
from computational_limits.figures.theory import most_repeated, with_a_mean
from computational_limits.theory.sizes import size_reaching

SHAPES = {
    "oracle": "square", "expert": "diamond", "regularised flexible": "triangle-up", "flexible": "circle",
}  # fmt: skip
"""Mark of each estimator, as on paper."""
DASHES = {"oracle": [1, 0], "expert": [7, 2, 2, 2], "regularised flexible": [5, 3], "flexible": [1, 0]}
"""Dash of each estimator, as on paper."""
DARK_COLOURS = {"flexible": COLOURS["sky"]}
"""Colours that differ on a dark page."""
RULES = {
    "cross-validation": "Cross-validation",
    "one standard error": "Cross-validation, one standard error",
    "hindsight": "Best in hindsight",
    "universal": "Universal, \u03c3\u221a(2 ln p / n)",
    "textbook": "Textbook, 2\u03c3\u221a(ln p / n)",
}
"""Penalty rules in the order and words of the list; a rule without words keeps its name."""
DIGITS = 3
"""Decimals of a performance on the page; a thousandth cannot be seen."""
MARGIN = 0.15
"""Room above and below the marks, in units of performance."""
SERIES_COLUMNS = ["relevant", "snr", "estimator", "penalty"]
ROUNDING = 1e-6
"""How far above a whole number a size may lie and be that number."""
NARROW = "containerSize()[0] < 430"
"""On such a chart, a phone's, the legend has two columns."""

Key = tuple[int, float, str, str]
"""Relevant covariates, signal-to-noise ratio, estimator, penalty rule."""


def theory_chart(simulation: pd.DataFrame, curves: pd.DataFrame, reference: float = REFERENCE_RISK) -> dict[str, Any]:
    """Performance against observations, by noise, sparsity and penalty rule.

    Parameters
    ----------
    simulation : DataFrame
        Rows of ``simulation.csv``; of each point the one with most repetitions is
        shown. The design with most repetitions is shown first.
    curves : DataFrame
        Closed forms and state evolution: ``relevant``, ``snr``, ``estimator``,
        ``penalty``, ``n`` and ``performance_mean``, best at the simulated sizes
        too. Where a series has none, its means are joined.
    reference : float
        Risk over the noise variance that the answer is about. The answer goes by
        the formula of an estimator where it is exact, that is for least squares,
        and by the simulated means for the LASSO.

    Returns
    -------
    dict
        As `computational_limits.charts` describes; controls ``snr``, ``relevant`` and ``penalty``.

    Raises
    ------
    ValueError
        If the coefficients follow several laws, or a combination of noise,
        sparsity and rule was not simulated.
    """
    measured, laws = most_repeated(simulation), with_a_mean(curves)
    controls = _theory_controls(measured)
    penalised = set(measured.loc[measured["penalty"] != "", "estimator"])
    means, lines = _by_series(measured), _by_series(laws)
    answers = {}
    for ratio, count, rule in product(*(control["options"] for control in controls.values())):
        keys = {name: (int(count), float(ratio), name, rule if name in penalised else "") for name in ESTIMATOR_LOOK}
        missing = ", ".join(name for name, key in keys.items() if key not in means)
        if missing:
            raise ValueError(f"no rows of {missing} for SNR {ratio}, {count} relevant covariates, penalty {rule!r}")
        answers[JOINT.join((ratio, count, rule))] = _answer(keys, means, lines, reference)
    joined = {key: lines.get(key, rows) for key, rows in means.items()}
    return {
        "title": "Performance of four estimators against observations, simulated means and formulas",
        "controls": controls,
        "answers": answers,
        "spec": _theory_spec(
            [_marks(key, rows) for key, rows in means.items()],
            [_series(key, rows) | {"dash": DASHES[key[2]]} for key, rows in joined.items()],
            {name: control["chosen"] for name, control in controls.items()},
            int(measured["covariates"].iloc[0]),
            reference,
        ),
    }


def _by_series(frame: pd.DataFrame) -> dict[Key, pd.DataFrame]:
    return {
        (int(count), float(ratio), str(estimator), str(rule)): rows.sort_values("n")
        for (count, ratio, estimator, rule), rows in frame.groupby(SERIES_COLUMNS, sort=True)
    }


def _theory_controls(measured: pd.DataFrame) -> dict[str, dict[str, Any]]:
    first = measured.loc[measured["repetitions"].idxmax()]
    found = [rule for rule in measured["penalty"].unique() if rule]
    rules = {rule: RULES[rule] for rule in RULES if rule in found} | {rule: rule for rule in found if rule not in RULES}
    ratios = {f"{ratio:g}": f"{ratio:g}" for ratio in sorted(measured["snr"].unique())}
    counts = {str(count): f"{count:,}" for count in sorted(measured["relevant"].unique())}
    return {
        "snr": {"label": "Signal-to-noise ratio", "options": ratios, "chosen": f"{first['snr']:g}"},
        "relevant": {
            "label": f"Relevant covariates, of {first['covariates']:,}",
            "options": counts,
            "chosen": str(first["relevant"]),
        },
        "penalty": {"label": "Penalty of the regularised model", "options": rules, "chosen": next(iter(rules))},
    }


def _answer(
    keys: Mapping[str, Key], means: Mapping[Key, pd.DataFrame], lines: Mapping[Key, pd.DataFrame], reference: float
) -> str:
    """Observations that each estimator needs, in words."""
    parts = [f"{name} {_needed(key, means[key], lines.get(key), reference)}" for name, key in keys.items()]
    return f"Observations until the risk is {reference:g} times the noise: {'; '.join(parts)}."


def _needed(key: Key, means: pd.DataFrame, law: pd.DataFrame | None, reference: float) -> str:
    """First size, in words: of least squares by its formula, which is exact, of the LASSO by its means first."""
    sources = {"simulated": means} if law is None else {"simulated": means, "state evolution": law}
    if not key[-1] and law is not None:
        sources = {"": law}
    for source, rows in sources.items():
        size = size_reaching(rows["n"], -rows["performance_mean"], reference)
        if math.isfinite(size):
            smallest = "at most " if size <= rows["n"].iloc[0] else ""
            return f"{smallest}{math.ceil(size - ROUNDING):,}{f' ({source})' if source else ''}"
    return f"not reached by {max(rows['n'].iloc[-1] for rows in sources.values()):,}"


def _series(key: Key, rows: pd.DataFrame) -> dict[str, Any]:
    count, ratio, estimator, rule = key
    return {
        "relevant": str(count),
        "snr": f"{ratio:g}",
        "estimator": estimator,
        "penalty": rule,
        "n": [int(size) for size in rows["n"]],
        "y": _rounded(rows["performance_mean"]),
    }


def _marks(key: Key, rows: pd.DataFrame) -> dict[str, Any]:
    """Means of a series, with the reach of their standard errors and the repetitions."""
    return _series(key, rows) | {
        "reach": _rounded(ERRORS_SHOWN * rows["performance_se"].fillna(0.0)),
        "repetitions": int(rows["repetitions"].max()),
    }


def _rounded(column: pd.Series) -> list[float]:
    return [round(float(value), DIGITS) for value in column]


def _theory_spec(
    marks: Sequence[Mapping[str, Any]],
    lines: Sequence[Mapping[str, Any]],
    chosen: Mapping[str, str],
    covariates: int,
    reference: float,
) -> dict[str, Any]:
    """The drawing as Vega-Lite; a series is a row of the data until it is chosen."""
    names = list(ESTIMATOR_LOOK)
    colours = [ESTIMATOR_LOOK[name]["color"] for name in names]
    heights = [height for row in marks for height in row["y"]]
    level = round(-math.log10(reference), DIGITS)
    only_chosen = {
        "filter": "datum.snr === snr && datum.relevant === relevant && (!datum.penalty || datum.penalty === penalty)"
    }
    colour = {
        "field": "estimator",
        "type": "nominal",
        "scale": {"domain": names},
        "legend": {
            "orient": "top", "title": None, "labelLimit": 0, "symbolOpacity": 1,
            "columns": {"expr": f"{NARROW} ? 2 : {len(names)}"},
        },
    }  # fmt: skip
    x = {
        "field": "n",
        "type": "quantitative",
        "scale": {"type": "log", "nice": False},
        "axis": {
            "title": "Observations", "format": ",", "labelOverlap": "greedy", "labelFlush": False, "grid": True,
            "values": [step * 10**power for power in range(7) for step in (1, 2, 5)],
        },
    }  # fmt: skip
    y = {
        "field": "y",
        "type": "quantitative",
        "scale": {
            "domain": [round(min(heights) - MARGIN, DIGITS), round(max(heights) + MARGIN, DIGITS)],
            "nice": False,
            "zero": False,
        },
        "axis": {"title": "Performance: \u2212log\u2081\u2080 of risk over noise", "tickCount": 6, "grid": True},
    }
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": "container",
        "height": CHART_HEIGHT_PX,
        "autosize": {"type": "fit", "contains": "padding"},
        "background": None,
        "usermeta": {"darkColours": [DARK_COLOURS.get(name, ink) for name, ink in zip(names, colours, strict=True)]},
        "config": {"range": {"category": colours}},
        "params": [{"name": name, "value": value} for name, value in chosen.items()],
        "datasets": {"marks": list(marks), "lines": list(lines)},
        "layer": [
            _note(
                {"y": {"datum": level}}, f"risk {reference:g} \u00d7 noise",
                {"align": "right", "x": {"expr": "width - 3"}, "dy": -6},
            ),
            _note({"x": {"datum": covariates}}, "observations = covariates", {"align": "right", "y": 12, "dx": -5}),
            {
                "data": {"name": "lines"},
                "transform": [only_chosen, {"flatten": ["n", "y"]}],
                "mark": {"type": "line", "strokeWidth": 2, "clip": True, "aria": False},
                "encoding": {
                    "x": x,
                    "y": y,
                    "color": colour,
                    "strokeDash": {"field": "dash", "type": "nominal", "scale": None},
                },
            },
            {
                "data": {"name": "marks"},
                "transform": [
                    only_chosen,
                    {"flatten": ["n", "y", "reach"]},
                    {"calculate": "datum.y - datum.reach", "as": "low"},
                    {"calculate": "datum.y + datum.reach", "as": "high"},
                    {
                        "calculate": "format(datum.y, '.3f') + ' \u00b1 ' + format(datum.reach, '.3f')",
                        "as": "performance",
                    },
                    {"calculate": "format(pow(10, -datum.y), '.3~r') + ' times the noise'", "as": "risk"},
                ],
                "layer": [
                    {
                        "mark": {"type": "rule", "strokeWidth": 1.5, "aria": False},
                        "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": colour},
                    },
                    {
                        "mark": {"type": "point", "filled": True, "size": 60, "opacity": 1, "aria": False},
                        "encoding": {
                            "x": x,
                            "y": y,
                            "color": colour,
                            "shape": {
                                "field": "estimator", "type": "nominal", "legend": colour["legend"],
                                "scale": {"domain": names, "range": [SHAPES[name] for name in names]},
                            },
                            "tooltip": [
                                {"field": "estimator", "type": "nominal", "title": "Estimator"},
                                {"field": "n", "type": "quantitative", "title": "Observations", "format": ","},
                                {"field": "performance", "type": "nominal", "title": "Performance, 2 s.e."},
                                {"field": "risk", "type": "nominal", "title": "Risk"},
                                {"field": "repetitions", "type": "quantitative", "title": "Repetitions", "format": ","},
                            ],
                        },
                    },
                ],
            },
        ],
    }  # fmt: skip


def _note(where: Mapping[str, Any], words: str, place: Mapping[str, Any]) -> dict[str, Any]:
    """A line across the drawing, with words on it."""
    side = "y" if "y" in where else "x"
    return {
        "data": {"values": [{}]},
        "encoding": dict(where),
        "layer": [
            {"mark": {"type": "rule", "strokeDash": [2, 3], "aria": False}},
            {
                "mark": {"type": "text", "text": words, "fontSize": 11, "aria": False, **place},
                "encoding": {side: where[side]},
            },
        ],
    }
