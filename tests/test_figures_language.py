"""Exponents of language models beside those of 2020, and their scatter plots."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from computational_limits.figures.language import describe_domains, draw_domains
from computational_limits.figures.scaling import draw_benchmarks, draw_scaling
from computational_limits.regressions import fit_forms
from computational_limits.vintages import TRAINING_FLOP

mpl.use("agg")
NAMES = {"first": "First", "second": "Second", "old": "Old"}


@pytest.fixture
def summary() -> pd.DataFrame:
    columns = ["benchmark", "n", "exponent", "exponent_low", "exponent_high"]
    columns += [f"source_{name}" for name in columns[2:]]
    rows = [("second", 30, 8.0, 5.0, np.inf, np.nan, np.nan, np.nan), ("first", 40, 4.0, 3.0, 6.0, 5.0, 4.0, 7.0)]
    return pd.DataFrame(rows, columns=columns)


@pytest.fixture
def classic() -> pd.DataFrame:
    return pd.DataFrame(
        [("old", 13, 13.6, 8.5, 33.8)], columns=["benchmark", "n", "exponent", "exponent_low", "exponent_high"]
    )


@pytest.fixture
def scores() -> pd.DataFrame:
    x = np.linspace(13.0, 17.0, 12)
    return pd.DataFrame(
        {
            "model_id": [f"m-{place}" for place in range(12)],
            "model": [f"Model {place}" for place in range(12)],
            "benchmark": "first",
            "training_gflop": 10.0**x,
            "error": 10.0 ** -(0.2 * (x - 13.0) + 0.01 + 0.005 * (-1.0) ** np.arange(12)),
        }
    )


def test_benchmarks_stand_by_exponent_with_language_models_on_top(summary: pd.DataFrame, classic: pd.DataFrame) -> None:
    (axes,) = draw_domains(summary, classic, NAMES, 4.0).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "First (n = 40)",
        "Second (n = 30)",
        "Old (n = 13)",
    ]


def test_a_benchmark_of_one_source_has_one_mark_in_the_middle_of_its_row(
    summary: pd.DataFrame, classic: pd.DataFrame
) -> None:
    (axes,) = draw_domains(summary, classic, NAMES, 4.0).axes
    marks = [
        (float(line.get_xdata()[0]), float(line.get_ydata()[0]))
        for line in axes.lines
        if len(line.get_xdata()) == 1 and line.get_marker() in ("o", "s", "D")
    ]
    assert (8.0, 1.0) in marks
    assert (13.6, 2.0) in marks
    assert sorted(place for _, place in marks)[:2] == pytest.approx([-0.17, 0.17])


def test_the_text_names_every_exponent_and_says_where_it_has_no_bound(
    summary: pd.DataFrame, classic: pd.DataFrame
) -> None:
    text = describe_domains(summary, classic, NAMES)
    for words in ("First 4.0 (3.0 to 6.0)", "Second 8.0 (at least 5.0, with no upper bound)", "Old 13.6 (8.5 to 33.8)"):
        assert words in text


def test_scores_near_guessing_are_not_cut_off(scores: pd.DataFrame) -> None:
    figure = draw_scaling(scores, fit_forms(scores, measure=TRAINING_FLOP), TRAINING_FLOP)
    assert 100.0 < figure.axes[0].get_ylim()[1] <= 105.0
    assert figure.axes[0].get_xlabel() == "Operations of training (GFLOP)"
    assert figure.axes[0].get_ylabel() == "Error above guessing"


def test_many_benchmarks_make_lower_panels(scores: pd.DataFrame) -> None:
    names = {f"b{place}": f"Name {place}" for place in range(14)}
    models = pd.concat([scores.assign(benchmark=key) for key in names], ignore_index=True)
    laws = dict.fromkeys(names, fit_forms(scores, measure=TRAINING_FLOP))
    figure = draw_benchmarks(models, laws, names, TRAINING_FLOP)
    assert len(figure.axes) == 14
    assert figure.get_figheight() == pytest.approx(5 * 1.85)
