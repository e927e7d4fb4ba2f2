"""Tables as a reader sees them: columns, some cells by hand, and text from data that stays text."""

import math
import re

import numpy as np
import pandas as pd
import pytest

from computational_limits.claims import VERDICTS
from computational_limits.rendering import (
    INTERVAL,
    render_answers,
    render_assumptions,
    render_breaks,
    render_cells,
    render_claim_readings,
    render_coefficients,
    render_comparison,
    render_directions,
    render_editions,
    render_forms,
    render_intervals,
    render_listed_prices,
    render_models,
    render_reconciliation,
    render_reconciliation_summary,
    render_target_table,
    render_targets,
    render_trends,
    render_utilisation,
    render_verdict_counts,
    render_verdicts,
)
from computational_limits.utilisation import tabulate_utilisation

MARKUP = "*_{<|$`"
ESCAPED = r"\*\_\{\<\|\$\`"


@pytest.fixture
def laws_table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "benchmark": ["steep", "flat"],
            "form": ["polynomial", "polynomial"],
            "n": [13, 12],
            "intercept": [-0.0961, 1234.5],
            "slope": [0.07334, 0.0023],
            "slope_se": [0.0244, 0.0128],
            "exponent": [13.636, 433.92],
            "exponent_low": [8.54, 38.44],
            "exponent_high": [33.80, math.inf],
            "r2": [0.4521, 0.003],
            "p_value": [0.012, 0.86],
        }
    )


@pytest.fixture
def targets_table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "benchmark": ["steep", "flat"],
            "form": ["polynomial", "exponential"],
            "label": ["target 1", "target 2"],
            "error": [0.05, 0.01],
            "log10_gflop": [19.06, 120.13],
            "log10_gflop_low": [15.91, 60.2],
            "log10_gflop_high": [31.38, math.inf],
            "log10_usd": [11.08, 112.15],
            "log10_lb_co2": [10.96, 112.03],
            "decades_beyond_data": [5.34, 106.4],
        }
    )


@pytest.fixture
def ledger() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "quantity": ["Lowest R2", f"Power {MARKUP}"],
            "unit": ["R2", "lb_CO2"],
            "published": ["0.29", "1e10"],
            "found": ["0.2896", "9.091e+10"],
            "found_low": [np.nan, 6.07e7],
            "found_high": [np.nan, 2.25e23],
            "verdict": ["reproduced", "differs"],
            "grade": ["quoted", "secondary"],
            "reason": [f"On {MARKUP}.", "From 10^14.12 to 10^19 GFLOP; below 10^108."],
        }
    )


def test_coefficients_by_hand(laws_table: pd.DataFrame) -> None:
    table = render_coefficients(laws_table)
    assert table.iloc[0].to_dict() == {
        "Form": "polynomial",
        "n": 13,
        "Intercept": "-0.096",
        "Slope (s.e.)": "0.0733 (0.0244)",
        "Exponent": "13.64",
        INTERVAL: "8.54 to 33.80",
        "R²": "0.452",
        "p": "0.012",
    }


def test_an_exponent_without_a_bound_says_so(laws_table: pd.DataFrame) -> None:
    assert render_coefficients(laws_table)[INTERVAL][1] == "at least 38.44, with no upper bound"


def test_the_comparison_names_each_benchmark(laws_table: pd.DataFrame) -> None:
    table = render_comparison(laws_table, {"steep": "Steep One", "flat": "Flat One", "unused": "Unused"})
    assert list(table.columns) == ["Benchmark", "n", "Exponent", INTERVAL, "R²", "p"]
    assert list(table["Benchmark"]) == ["Steep One", "Flat One"]


def test_targets_by_hand(targets_table: pd.DataFrame) -> None:
    assert render_targets(targets_table).iloc[0].to_dict() == {
        "Form": "polynomial",
        "Target": "target 1",
        "Error": "5\xa0%",
        "GFLOP": "$10^{19.1}$",
        INTERVAL: "$10^{15.9}$ to $10^{31.4}$",
        "Decades beyond data": "5.3",
        "USD": "$10^{11.1}$",
        "lb CO2": "$10^{11.0}$",
    }


def test_a_target_without_an_upper_bound_says_so(targets_table: pd.DataFrame) -> None:
    assert render_targets(targets_table)[INTERVAL][1] == "at least $10^{60.2}$, with no upper bound"


def test_no_cell_of_the_real_tables_prints_infinity_or_a_missing_value(
    regressions: pd.DataFrame, projections: pd.DataFrame, models: pd.DataFrame
) -> None:
    for table in (render_coefficients(regressions), render_targets(projections), render_models(models)):
        cells = table.astype(object).stack().astype(str)
        wrong = cells[cells.str.contains(r"\b(?:inf|nan|None|NaN)\b")]
        assert wrong.tolist() == []


@pytest.fixture
def two_models() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "model_id": ["worse", "better"],
            "model": [f"Net {MARKUP}", "RNN-search50*"],
            "year": pd.array([2015, 2018], dtype="Int64"),
            "error": [0.191, 0.116],
            "hardware_burden_gflop": [1e9, 5e13],
            "citation": ["key2015a", "key2018b"],
            "title": ["Worse", "Better"],
            "link": ["https://worse.example", "https://better.example"],
            "note": [np.nan, f"Odd {MARKUP}"],
        }
    )


def test_models_are_listed_from_the_lowest_error_on(two_models: pd.DataFrame) -> None:
    table = render_models(two_models)
    assert table.to_dict("records") == [
        {
            "Model": r"RNN-search50\*",
            "Year": 2018,
            "Error": "11.6\xa0%",
            "GFLOP": "$10^{13.7}$",
            "Paper": "{cite:t}`key2018b`",
            "Remark": f"Odd {ESCAPED}",
        },
        {
            "Model": f"Net {ESCAPED}",
            "Year": 2015,
            "Error": "19.1\xa0%",
            "GFLOP": "$10^{9.0}$",
            "Paper": "{cite:t}`key2015a`",
            "Remark": "",
        },
    ]


def test_models_of_equal_error_come_in_the_order_of_their_names(two_models: pd.DataFrame) -> None:
    table = render_models(two_models.assign(error=0.2))
    assert list(table["Paper"]) == ["{cite:t}`key2018b`", "{cite:t}`key2015a`"]


@pytest.mark.parametrize(
    ("link", "title", "cell"),
    [
        ("https://net.example", f"On {MARKUP}", f"[On {ESCAPED}](https://net.example)"),
        (np.nan, f"On {MARKUP}", f"On {ESCAPED}"),
        (np.nan, np.nan, ""),
    ],
)
def test_a_paper_outside_the_bibliography_is_named_by_its_title(
    link: object, title: object, cell: str, two_models: pd.DataFrame
) -> None:
    table = render_models(two_models.assign(citation=np.nan, link=link, title=title))
    assert set(table["Paper"]) == {cell}


def test_the_table_of_models_is_left_in_its_order(two_models: pd.DataFrame) -> None:
    before = two_models.copy()
    render_models(two_models)
    pd.testing.assert_frame_equal(two_models, before)


def test_assumptions_by_hand() -> None:
    assumptions = pd.DataFrame(
        {
            "quantity": ["device_power_w", "usd_per_hour"],
            "edition": ["2020", "standing"],
            "value": [1_200_000.0, 0.6],
            "low": [np.nan, 0.5],
            "high": [np.nan, 0.72],
            "unit": ["W", "USD/h*"],
            "year": [2018, 2020],
            "source": ["key2018a", "key2020b"],
            "note": ["Plain.", f"Odd {MARKUP}"],
        }
    )
    table = render_assumptions(assumptions)
    assert table["Quantity"].tolist() == ["`device_power_w`", "`usd_per_hour`"]
    assert table["Edition"].tolist() == ["2020", "standing"]
    assert table["Value"].tolist() == ["1,200,000", "0.6"]
    assert table["Range"].tolist() == ["", "0.5 to 0.72"]
    assert table["Unit"].tolist() == ["W", r"USD/h\*"]
    assert table["Source and remark"].tolist() == [
        "{cite:t}`key2018a`, 2018. Plain.",
        f"{{cite:t}}`key2020b`, 2020. Odd {ESCAPED}",
    ]


@pytest.fixture
def cells() -> pd.DataFrame:
    units = ["log10 GFLOP", "log10 USD", "log10 lb CO2"]
    return pd.DataFrame(
        {
            "benchmark": "steep",
            "form": "polynomial",
            "label": "target 1",
            "unit": units,
            "published": ["19", "11", "10"],
        }
    )


def test_published_cells_stand_beside_ours(targets_table: pd.DataFrame, cells: pd.DataFrame) -> None:
    table = render_target_table(targets_table.head(1), cells, {"steep": "Steep One"})
    assert table.iloc[0].to_dict() == {
        "Benchmark": "Steep One",
        "Form": "polynomial",
        "Error": "5\xa0%",
        "GFLOP": "19\xa0/\xa019.06",
        INTERVAL: "15.9 to 31.4",
        "Beyond data": "5.3",
        "USD": "11\xa0/\xa011.08",
        "lb CO2": "10\xa0/\xa010.96",
    }


def test_intervals_of_a_projection_by_hand(targets_table: pd.DataFrame) -> None:
    whole = targets_table.assign(
        bootstrap_low=[14.0, 50.0], bootstrap_high=[40.0, math.inf], prediction_low=[15.2, 40.0], prediction_high=32.2
    )
    never = whole.head(1).assign(log10_gflop=math.inf, decades_beyond_data=math.inf)
    table = render_intervals(pd.concat([whole.head(1), never]), {"steep": "Steep One"})
    assert table.iloc[0].to_dict() == {
        "Benchmark": "Steep One",
        "Form": "polynomial",
        "Error": "5\xa0%",
        "Law": "19.1",
        "Beyond data": "5.3",
        "Law's mean": "15.9 to 31.4",
        "Papers resampled": "14.0 to 40.0",
        "One new model": "15.2 to 32.2",
    }
    assert (table["Law"].iloc[1], table["Beyond data"].iloc[1]) == ("never", "")


def test_a_benchmark_without_published_cells_says_so(targets_table: pd.DataFrame, cells: pd.DataFrame) -> None:
    row = render_target_table(targets_table, cells, {"steep": "Steep One", "flat": "Flat One"}).iloc[1]
    assert row["GFLOP"] == "none\xa0/\xa0120.13"
    assert all(row[column].startswith("none\xa0/\xa0") for column in ("USD", "lb CO2"))
    assert row[INTERVAL] == "at least 60.2, with no upper bound"


def test_claims_outside_the_target_table_are_no_cells_of_it(targets_table: pd.DataFrame, cells: pd.DataFrame) -> None:
    stray = cells.assign(label=None)
    row = render_target_table(targets_table.head(1), stray, {"steep": "Steep One"}).iloc[0]
    assert all(row[column].startswith("none\xa0/\xa0") for column in ("GFLOP", "USD", "lb CO2"))


def test_verdicts_are_counted_by_grade_with_those_that_never_occur(ledger: pd.DataFrame) -> None:
    table = render_verdict_counts(ledger, VERDICTS)
    assert list(table.columns) == ["Grade", "reproduced", "differs", "not testable", "all"]
    assert table.to_numpy().tolist() == [
        ["quoted", 1, 0, 0, 1],
        ["secondary", 0, 1, 0, 1],
        ["all", 1, 1, 0, 2],
    ]


def test_verdicts_by_hand(ledger: pd.DataFrame) -> None:
    table = render_verdicts(ledger)
    assert table.to_dict("records") == [
        {
            "Quantity": "Lowest R2 (R2)",
            "Published": "0.29",
            "Ours": "0.2896",
            "Verdict": "**reproduced**",
            "Reason": f"On {ESCAPED}.",
        },
        {
            "Quantity": rf"Power {ESCAPED} (lb\_CO2)",
            "Published": "$10^{10}$",
            "Ours": r"$9.091 \times 10^{10}$ ($6.07 \times 10^{7}$ to $2.25 \times 10^{23}$)",
            "Verdict": "**differs**",
            "Reason": "From $10^{14.12}$ to $10^{19}$ GFLOP; below $10^{108}$.",
        },
    ]


@pytest.mark.parametrize(
    ("published", "shown"),
    [
        ("5 to 15", "5 to 15"),
        ("no", "no"),
        ("0.29", "0.29"),
        ("1e5", "$10^{5}$"),
        ("1.04e10", r"$1.04 \times 10^{10}$"),
        ("2e-3", r"$2 \times 10^{-3}$"),
    ],
)
def test_a_number_with_an_e_is_set_as_mathematics(published: str, shown: str, ledger: pd.DataFrame) -> None:
    assert render_verdicts(ledger.assign(published=published))["Published"].tolist() == [shown, shown]


@pytest.mark.parametrize("column", ["quantity", "unit", "found", "published", "reason"])
def test_no_text_of_a_claim_becomes_markup(column: str, ledger: pd.DataFrame) -> None:
    table = render_verdicts(ledger.assign(**{column: MARKUP}))
    for text in table.drop(columns="Verdict").to_numpy().ravel():
        plain = re.sub(r"\$(?:[\d.]+ \\times )?10\^\{-?[\d.]+\}\$", "", text)
        assert re.search(r"(?<!\\)[*_{<|$`]", plain) is None, text


def test_a_claim_whose_interval_has_no_upper_bound_says_so(ledger: pd.DataFrame) -> None:
    ours = render_verdicts(ledger.assign(found_low=38.4, found_high=math.inf))["Ours"]
    assert ours.str.contains("no upper bound").all()
    assert not ours.str.contains("inf").any()


def test_cells_by_hand(ledger: pd.DataFrame) -> None:
    table = render_cells(ledger)
    assert list(table.columns) == ["Cell", "Published", "Ours", "Verdict"]
    assert table.iloc[1].tolist() == [f"Power {ESCAPED}", "$10^{10}$", r"$9.091 \times 10^{10}$", "differs"]


def test_trends_by_hand() -> None:
    row = {
        "series": "CPU", "era": "all years", "n": 7, "start": 2008.5, "end": 2017.9, "growth_per_year": 1.4142,
        "growth_low": 1.3, "growth_high": 1.5, "doubling_years": 2.0, "doubling_low": 1.7, "doubling_high": math.inf,
    }  # fmt: skip
    shrinking = row | {"growth_per_year": 0.5, "doubling_years": math.inf, "doubling_low": math.inf}
    assert render_trends(pd.DataFrame([row, shrinking]), ["series", "era"]).to_dict("records") == [
        {
            "Series": "CPU",
            "Era": "all years",
            "n": 7,
            "Years": "2008 to 2017",
            "Growth per year": growth,
            "Doubling (years)": doubling,
        }
        for growth, doubling in (
            ("1.41 (1.30 to 1.50)", "2.00 (at least 1.70, with no upper bound)"),
            ("0.50 (1.30 to 1.50)", "none"),
        )
    ]


def test_a_break_by_hand() -> None:
    row = {
        "series": "systems", "n": 9, "date": 2011.16, "date_low": 2008.91, "date_high": math.inf,
        "growth_before": 1.516, "growth_before_low": 1.46, "growth_before_high": 1.58,
        "growth_after": 4.43, "growth_after_low": 4.13, "growth_after_high": 4.76,
    }  # fmt: skip
    (shown,) = render_breaks(pd.DataFrame([row])).to_dict("records")
    assert list(shown.values()) == [
        "systems",
        9,
        "2011.2 (at least 2008.9, with no upper bound)",
        "1.52 (1.46 to 1.58)",
        "4.43 (4.13 to 4.76)",
    ]


def test_readings_by_hand() -> None:
    rows = [
        ("Growth*", "times", "10", "a first", 8.093, 6.047, 10.83, True),
        ("Gain", "times", "5 to 15", "b", 5e6, math.nan, math.nan, False),
    ]
    columns = ["quantity", "unit", "published", "reading", "value", "low", "high", "meets"]
    assert render_claim_readings(pd.DataFrame(rows, columns=columns)).to_numpy().tolist() == [
        [r"Growth\*: 10 times", "a first", "8.09 (6.05 to 10.8)", "**yes**"],
        ["Gain: 5 to 15 times", "b", r"$5 \times 10^{6}$", "no"],
    ]


def test_directions_by_hand() -> None:
    rows = [
        ("a", "2020", "one way", 13.64, 8.54, 33.8),
        ("a", "2020", "another", 6.16, -2.48, 9.83),
        ("a", "audited", "one way", 40.0, 7.6, math.inf),
        ("a", "audited", "another", 4.25, 0.51, 8.0),
    ]
    columns = ["benchmark", "vintage", "direction", "exponent", "exponent_low", "exponent_high"]
    table = render_directions(pd.DataFrame(rows, columns=columns), {"a": "Name A"}, ["another", "one way"])
    assert table.to_dict("records") == [
        {
            "Benchmark": "Name A",
            "Vintage": "2020",
            "Another": "6.2 (-2.5 to 9.8)",
            "One way": "13.6 (8.5 to 33.8)",
        },
        {
            "Benchmark": "Name A",
            "Vintage": "audited",
            "Another": "4.2 (0.5 to 8.0)",
            "One way": "40.0 (at least 7.6, with no upper bound)",
        },
    ]


def test_answers_by_hand() -> None:
    answers = pd.DataFrame(
        {
            "benchmark": "a",
            "variation": ["errors", "errors", "estimators", "year"],
            "p_value": [0.012, 0.09, 0.4, 1e-6],
            "changes": [False, True, True, False],
        }
    )
    published = pd.DataFrame({"benchmark": ["a"], "p_value": [0.04]})
    assert render_answers(answers, published, {"a": "Name A"}).to_dict("records") == [
        {
            "Benchmark": "Name A",
            "Published p": "0.04",
            "Other errors": "1 of 2 (p 0.012 to 0.09)",
            "Other estimators": "1 of 1 (p 0.4)",
            "With the year": "0 of 1 (p < 0.0001)",
        }
    ]


def test_forms_by_hand() -> None:
    forms = pd.DataFrame(
        {
            "benchmark": ["a", "a"],
            "vintage": ["2020", "audited"],
            "n": [13, 12],
            "aic_difference": [7.04, -0.01],
            "vuong_p_value": [0.0199, 0.79],
            "polynomial_lopo_error": [0.12196, 0.1],
            "exponential_lopo_error": [0.15703, 0.1],
            "about_equal": [False, True],
        }
    )
    table = render_forms(forms, {"a": "Name A"})
    assert table.iloc[0].tolist() == ["Name A", "2020", 13, "+7.0", "0.02", "0.122", "0.157", "**no**"]
    assert table.iloc[1].tolist() == ["Name A", "audited", 12, "+0.0", "0.79", "0.100", "0.100", "yes"]


def test_editions_by_hand() -> None:
    compared = pd.DataFrame(
        {
            "edition": ["2020", "2026"],
            "unit": ["kWh", "USD"],
            "log10_gflop": [8.0, 9.0],
            "log10_gflop_low": [8.0, 8.5],
            "log10_gflop_high": [8.0, 9.25],
            "times_base": [1.0, 10.0],
            "times_base_low": [1.0, 3.1623],
            "times_base_high": [1.0, 17.783],
        }
    )
    table = render_editions(compared)
    assert table["GFLOP per unit"].tolist() == ["$10^{8.00}$", "$10^{9.00}$"]
    assert table["Range"].tolist() == ["", "$10^{8.50}$ to $10^{9.25}$"]
    assert table["Over that of 2020"].tolist() == ["1", "10 (3.16 to 17.8)"]


def test_listed_prices_are_printed_once_where_the_ends_agree() -> None:
    listed = pd.DataFrame(
        {
            "name": ["Card*", "Card*"],
            "contract": ["on demand", "one year"],
            "offers": [3, 1],
            "usd_per_hour_low": [1.0, 0.5],
            "usd_per_hour_high": [2.0, 0.5],
            "log10_gflop_low": [7.0, 7.6],
            "log10_gflop_high": [7.3, 7.6],
        }
    )
    table = render_listed_prices(listed)
    assert table["Device"].tolist() == [r"Card\*"] * 2
    assert table["USD an hour"].tolist() == ["1.00 to 2.00", "0.50"]
    assert table["log10 GFLOP per USD"].tolist() == ["7.00 to 7.30", "7.60"]


def test_utilisation_by_hand() -> None:
    published = ["2020-01-01", "2021-01-01", "2022-01-01", "2023-01-01", "2024-01-01"]
    shares = [0.2, 0.3, 0.4, 0.45, 0.5]
    found = tabulate_utilisation(pd.DataFrame({"published": published, "mfu": shares, "hfu": shares}))
    row, _ = render_utilisation(found).to_dict("records")
    assert (row["Counts"], row["n"]) == ("model operations", 5)
    assert row["Median"] == "40\xa0% (20\xa0% to 50\xa0%)"
    assert row["Quartiles"] == "30\xa0% to 45\xa0%"


def test_a_reconciliation_by_hand() -> None:
    reconciled = pd.DataFrame(
        {
            "benchmark": ["steep", "steep"],
            "model": ["A*", "B"],
            "system": ["A", "C"],
            "relation": ["same", "other"],
            "method": ["operations", "hardware time"],
            "published_log10_ratio": [1.0, -0.5],
            "audited_log10_ratio": [0.5, np.nan],
            "log10_expected": [0.5, 0.48],
            "audited_left": [-0.001, np.nan],
        }
    )
    table = render_reconciliation(reconciled, {"steep": "Steep"})
    assert table["Benchmark"].tolist() == ["Steep", "Steep"]
    assert table["Training"].tolist() == ["same", "other"]
    assert table["Burden over operations"].tolist() == ["10", "0.32"]
    assert table["audited"].tolist() == ["3.2", ""]
    assert table["Left (log10)"].tolist() == ["0.00", ""]


def test_a_summary_of_a_reconciliation_by_hand() -> None:
    summary = pd.DataFrame(
        {
            "burden": ["audited"], "counted": ["all"], "n": [16], "median_ratio": [3.03], "log10_sd": [0.359],
            "left_sd": [0.266], "left_sd_low": [0.206], "left_sd_high": [0.383],
            "mean_left": [0.1], "mean_left_low": [-0.016], "mean_left_high": [0.217],
        }
    )  # fmt: skip
    (row,) = render_reconciliation_summary(summary).to_dict("records")
    assert (row["Median ratio"], row["Spread (log10)"]) == ("3", "0.36")
    assert (row["Spread left"], row["Mean left"]) == ("0.27 (0.21 to 0.38)", "0.10 (-0.02 to 0.22)")
