"""The calculator: answers known beforehand, its sentences, its numbers as printed, and the command."""

import io
import json
import math
import re
import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from decimal import ROUND_HALF_UP, Context, Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import Result
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats
from typer.testing import CliRunner

from computational_limits import cli
from computational_limits.calculator import (
    FILE,
    QUANTITIES,
    Answer,
    CalculatorError,
    Question,
    UnreachableError,
    amount_text,
    answer,
    answer_to_json,
    calculator_twin,
    collect_calculator,
    decimals_text,
    digits_text,
    find_law,
    percent_text,
    read_calculator,
    write_calculator,
)
from computational_limits.crossing import StraightCrossing, TabulatedCrossing, crossing_to_json
from computational_limits.paths import ROOT_VARIABLE
from computational_limits.tables import read_table

NAMES = {"imagenet": "ImageNet", "squad-1.1": "SQuAD 1.1"}
PUBLISHED_WAY, TURNED_WAY = "performance on computing", "computing on performance"
FLOOR_FORM = "polynomial with floor"
LEVEL = 0.9
MODELS = [[8.0, 0.4], [9.5, 0.3], [10.5, 0.25], [12.0, 0.2]]
LINE = StraightCrossing(
    form="polynomial", turned=False, n=12, df=10, centre_x=10.0, centre_y=0.5, slope=0.1,
    var_centre=4e-4, var_slope=1e-4, var_residual=0.01, x_low=8.0, x_high=12.0,
)  # fmt: skip
FLOORED = TabulatedCrossing(
    form=FLOOR_FORM, n=12, level=LEVEL, x_low=8.0, x_high=12.0, floor=0.05,
    errors=(0.5, 0.25, 0.0625, 0.05, 0.01), estimates=(7.25, 11.75, 20.25, math.inf, math.inf),
    confidence_low=(7.0, 11.0, 15.35, 16.0, 18.5), confidence_high=(8.0, 13.0, math.inf, math.inf, math.inf),
    prediction_low=(-math.inf, 10.0, 14.0, 15.0, 17.0), prediction_high=(9.0, 14.0, math.inf, math.inf, math.inf),
)  # fmt: skip
LAWS = [
    ("imagenet", "2020", PUBLISHED_WAY, LINE),
    ("imagenet", "2020", PUBLISHED_WAY, replace(LINE, form="exponential", centre_y=4.0, slope=0.8, var_slope=0.01)),
    ("imagenet", "2020", TURNED_WAY, replace(LINE, turned=True, slope=8.0, var_slope=1.0, var_residual=0.5)),
    ("imagenet", "2020", PUBLISHED_WAY, FLOORED),
    ("imagenet", "2022", PUBLISHED_WAY, replace(LINE, var_slope=1.0)),
    ("squad-1.1", "2020", PUBLISHED_WAY, replace(LINE, var_slope=0.004)),
    ("squad-1.1", "2022", PUBLISHED_WAY, replace(LINE, slope=-0.1)),
]


def ends(low: float, mid: float, high: float) -> dict[str, float]:
    return {"low": low, "mid": mid, "high": high}


CALCULATOR: dict[str, Any] = {
    "level": LEVEL,
    "laws": [
        {
            "benchmark": benchmark,
            "vintage": vintage,
            "direction": direction,
            **crossing_to_json(crossing),
            "best_error": 0.2,
            "models": MODELS,
        }
        for benchmark, vintage, direction, crossing in LAWS
    ],
    "costs": [
        {
            "edition": "2020",
            "title": "round numbers",
            "usd": ends(13.0, 12.0, 11.0),
            "kwh": ends(10.0, 9.0, 8.0),
            "lb_co2_per_kwh": ends(0.1, 1.0, 10.0),
            "gflop_per_s": 1e6 / 3.6,
            "usd_per_hour": ends(1e-4, 1e-3, 1e-2),
        },
        {
            "edition": "2026",
            "title": "one price",
            "usd": ends(14.0, 14.0, 14.0),
            "kwh": ends(11.0, 11.0, 11.0),
            "lb_co2_per_kwh": ends(1.0, 1.0, 1.0),
            "gflop_per_s": 1e7 / 3.6,
            "usd_per_hour": ends(1e-4, 1e-4, 1e-4),
        },
    ],
}
"""A calculator whose answers can be worked out by hand."""


def ask(benchmark: str = "imagenet", error: float = 0.01, **rest: Any) -> Answer:
    return answer(CALCULATOR, Question(benchmark, error, **rest))


def test_an_answer_worked_out_by_hand() -> None:
    """log10(1 / 0.01) = 2 lies 1.5 above the centre, 15 decades at a slope of 0.1."""
    found = ask()
    assert found.computing.estimate == pytest.approx(25.0)
    assert found.usd.estimate == pytest.approx(25.0 - 12.0)
    assert found.kwh.estimate == pytest.approx(25.0 - 9.0)
    assert found.lb_co2.estimate == pytest.approx(16.0)
    assert found.kg_co2.estimate == pytest.approx(16.0 + math.log10(0.45359237))
    assert found.decades_beyond_data == pytest.approx(13.0)


def test_intervals_are_where_the_line_is_as_far_from_the_target_as_chance_takes_it() -> None:
    found, t = ask(), stats.t.ppf(0.95, 10)
    for interval, noise in ((found.computing.confidence, 0.0), (found.computing.prediction, 0.01)):

        def excess(x: float, noise: float = noise) -> float:
            return (0.5 + 0.1 * (x - 10.0) - 2.0) ** 2 - t**2 * (4e-4 + 1e-4 * (x - 10.0) ** 2 + noise)

        assert interval.low == pytest.approx(optimize.brentq(excess, 10.0, 25.0))
        assert interval.high == pytest.approx(optimize.brentq(excess, 25.0, 100.0))


def test_low_ends_take_the_low_costs_and_high_ends_the_high_costs() -> None:
    found = ask()
    computing = found.computing.confidence
    assert found.usd.confidence.low == pytest.approx(computing.low - 13.0)
    assert found.usd.confidence.high == pytest.approx(computing.high - 11.0)
    assert found.lb_co2.confidence.low == pytest.approx(computing.low - 10.0 - 1.0)
    assert found.lb_co2.confidence.high == pytest.approx(computing.high - 8.0 + 1.0)


def test_a_price_of_ones_own_stands_at_both_ends() -> None:
    """A thousandth of a dollar an hour on a device of 10^9 GFLOP an hour is 10^12 GFLOP a dollar."""
    hourly, direct = ask(usd_per_device_hour=1e-3), ask(gflop_per_usd=1e12)
    assert hourly.usd.estimate == pytest.approx(direct.usd.estimate)
    assert hourly.usd.confidence.low == pytest.approx(hourly.computing.confidence.low - 12.0)
    assert hourly.usd.confidence.high == pytest.approx(hourly.computing.confidence.high - 12.0)
    assert hourly.kwh == ask().kwh
    assert any("Your price" in sentence for sentence in hourly.words)


def test_a_carbon_intensity_of_ones_own_moves_carbon_alone() -> None:
    found, plain = ask(kg_co2_per_kwh=0.1), ask()
    assert found.kg_co2.estimate == pytest.approx(found.kwh.estimate - 1.0)
    assert found.kg_co2.confidence.low == pytest.approx(found.kwh.confidence.low - 1.0)
    assert (found.usd, found.kwh) == (plain.usd, plain.kwh)


def test_an_interval_without_an_end_is_said() -> None:
    one, both = ask("squad-1.1"), ask(vintage="2022", error=0.3)
    assert one.computing.confidence.high == math.inf
    assert any("confidence interval has no upper end" in sentence for sentence in one.words)
    assert math.isinf(both.computing.confidence.low)
    assert any("no end on either side" in sentence for sentence in both.words)


def test_a_law_by_which_error_does_not_fall_is_said() -> None:
    assert any("does not fall with computing" in sentence for sentence in ask("squad-1.1", vintage="2022").words)


def test_within_and_beyond_the_data_are_told_apart() -> None:
    near, far = ask(error=0.3), ask()
    assert near.decades_beyond_data == 0.0
    assert any("no more computing than the largest model" in sentence for sentence in near.words)
    assert any("has an error of 20\N{NO-BREAK SPACE}% already" in sentence for sentence in near.words)
    assert any("13.0 decades of computing beyond" in sentence for sentence in far.words)


def test_a_target_below_the_floor_is_refused_with_the_floor_and_what_the_data_leave_open() -> None:
    with pytest.raises(UnreachableError, match=r"never reaches an error of 1\W%: its floor.*is 5\W%\. .*10\^18\.5"):
        ask(form=FLOOR_FORM)


def test_a_target_just_above_the_floor_is_not_said_to_be_below_it() -> None:
    with pytest.raises(UnreachableError, match=r"takes more computing for an error of 5\.5"):
        ask(error=0.055, form=FLOOR_FORM)


def test_a_target_outside_the_table_is_refused_with_its_ends() -> None:
    with pytest.raises(ValueError, match=r"from 1\W% to 50\W%"):
        ask(error=0.6, form=FLOOR_FORM)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"benchmark": "imagnet"}, "no benchmark 'imagnet'; did you mean 'imagenet'"),
        ({"vintage": "2021"}, "no vintage '2021'; did you mean"),
        ({"form": "polynomal"}, "no form 'polynomal'; did you mean 'polynomial'"),
        ({"direction": "orthogonal"}, "no direction 'orthogonal'"),
        ({"costs": "2025"}, "no edition of the costs '2025'; did you mean '202"),
        (
            {"benchmark": "squad-1.1", "form": "exponential"},
            "No law was fitted to squad-1.1, vintage 2020, of form exp",
        ),
    ],
)
def test_what_does_not_exist_is_refused_by_name(change: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        answer(CALCULATOR, replace(Question("imagenet", 0.1), **change))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        *(({"error": error}, "between 0 and 1") for error in (0.0, 1.0, -0.1, 5.0, math.nan, math.inf)),
        *(({"usd_per_device_hour": price}, "price of a device-hour") for price in (0.0, -1.0, math.inf, math.nan)),
        ({"gflop_per_usd": 0.0}, "GFLOP per dollar"),
        ({"kg_co2_per_kwh": math.inf}, "carbon intensity"),
        ({"usd_per_device_hour": 1.0, "gflop_per_usd": 1.0}, "not both"),
    ],
)
def test_numbers_out_of_range_are_refused(change: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Question(**{"benchmark": "imagenet", "error": 0.1, **change})


ERRORS = st.floats(1e-4, 0.49)
REACHED = [Question("imagenet", 0.1), Question("imagenet", 0.1, form="exponential"),
           Question("imagenet", 0.1, direction=TURNED_WAY)]  # fmt: skip


@given(st.sampled_from(REACHED), ERRORS, ERRORS)
def test_a_lower_error_takes_more_of_everything(question: Question, one: float, other: float) -> None:
    low, high = sorted((one, other))
    more, less = (answer(CALCULATOR, replace(question, error=error)) for error in (low, high))
    for name in QUANTITIES:
        assert more.amounts[name].estimate >= less.amounts[name].estimate


@given(st.sampled_from(REACHED), ERRORS)
def test_every_interval_holds_its_estimate_and_prediction_holds_confidence(question: Question, error: float) -> None:
    for amount in answer(CALCULATOR, replace(question, error=error)).amounts.values():
        assert amount.prediction.low <= amount.confidence.low <= amount.estimate
        assert amount.estimate <= amount.confidence.high <= amount.prediction.high


@given(st.integers(0, len(LAWS) - 1), ERRORS, st.none() | st.floats(1e-6, 1e6))
def test_an_answer_survives_json(place: int, error: float, price: float | None) -> None:
    law = CALCULATOR["laws"][place]
    question = Question(law["benchmark"], error, law["vintage"], law["form"], law["direction"], gflop_per_usd=price)
    try:
        found = answer(CALCULATOR, question)
    except ValueError:
        return
    contents = json.loads(json.dumps(answer_to_json(found), allow_nan=False))
    assert tuple(contents["words"]) == found.words
    assert Question(**contents["question"]) == question
    assert (contents["level"], contents["decades_beyond_data"]) == (found.level, found.decades_beyond_data)
    for name, amount in found.amounts.items():
        written = contents[name]
        assert float(written["estimate"]) == amount.estimate
        for kind, interval in (("confidence", amount.confidence), ("prediction", amount.prediction)):
            assert [float(written[kind][end]) for end in ("low", "high")] == [interval.low, interval.high]


@given(st.floats(-300, 300))
def test_powers_of_ten_are_rounded_with_ties_away_from_zero(value: float) -> None:
    assert abs(Decimal(decimals_text(value)) - Decimal(value)) <= Decimal("0.05")
    assert decimals_text(-value).removeprefix("-") == decimals_text(value).removeprefix("-")


@given(st.floats(1e-5, 1e9), st.integers(1, 6))
def test_plain_numbers_have_the_digits_that_decimal_arithmetic_gives_them(value: float, digits: int) -> None:
    expected = Context(prec=digits, rounding=ROUND_HALF_UP).create_decimal(Decimal(value))
    assert Decimal(digits_text(value, digits).replace(",", "")) == expected


@pytest.mark.parametrize(
    ("log10_value", "text"),
    [(5.999, "1,000,000"), (6.0, "10^6.0"), (-2.0, "0.01"), (-2.01, "10^-2.0"), (0.0, "1"), (20.25, "10^20.3"),
     (math.inf, "without bound"), (-math.inf, "none")],
)  # fmt: skip
def test_a_number_is_plain_while_it_is_small(log10_value: float, text: str) -> None:
    assert amount_text(log10_value) == text


def test_percentages_are_those_of_the_book() -> None:
    assert [percent_text(value) for value in (0.04621, 0.5, 1e-7)] == [
        "4.62\N{NO-BREAK SPACE}%",
        "50\N{NO-BREAK SPACE}%",
        "0.00001\N{NO-BREAK SPACE}%",
    ]


def test_the_table_for_paper_answers_for_every_published_form() -> None:
    twin = calculator_twin(CALCULATOR, NAMES)
    assert twin["Benchmark"].tolist() == ["ImageNet"] * 2 + ["SQuAD 1.1"]
    assert twin["Form"].tolist() == ["polynomial", "exponential", "polynomial"]
    assert twin.loc[0, "GFLOP"] == "$10^{15.0}$"  # log10(1 / 0.1) is 0.5 above the centre
    assert "no upper bound" in twin.iloc[2]["90\N{NO-BREAK SPACE}% interval"]


Run = Callable[..., Result]


@pytest.fixture
def project(root: Path, tmp_path: Path) -> Path:
    """A project folder with the planted calculator as its report."""
    folder = tmp_path / "project"
    (folder / "data").mkdir(parents=True)
    shutil.copy(root / "data" / "datapackage.json", folder / "data")
    (folder / FILE).parent.mkdir(parents=True)
    (folder / FILE).write_text(json.dumps(CALCULATOR, allow_nan=False), encoding="utf-8")
    return folder


@pytest.fixture
def run(project: Path) -> Run:
    """Run ``complimits project`` in the planted project folder."""

    def invoke(*arguments: str) -> Result:
        surroundings = {ROOT_VARIABLE: str(project), "COLUMNS": "200", "TERM": "dumb", "NO_COLOR": "1"}
        return CliRunner().invoke(cli.app, ["project", *arguments], env=surroundings)

    return invoke


TARGET = ("--benchmark", "imagenet", "--error", "0.01")


def test_the_command_prints_the_answer_and_its_sentences(run: Run) -> None:
    lines = run(*TARGET).stdout.splitlines()
    assert re.split(r"\s{2,}", lines[1])[:3] == ["Computing", "GFLOP", "10^25.0"]
    assert re.split(r"\s{2,}", lines[2])[:3] == ["Price", "US dollars", "10^13.0"]
    assert lines[7:] == list(ask().words)


def test_the_command_writes_json_that_is_the_answer(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "answer.json"
    result = run("--benchmark", "squad-1.1", "--error", "0.01", "--format", "json", "--output", str(out))
    assert (result.exit_code, result.stdout) == (0, "")
    contents = json.loads(out.read_text(encoding="utf-8"))
    assert contents["computing"]["confidence"]["high"] == "inf"
    assert contents == answer_to_json(ask("squad-1.1"))


def test_the_command_writes_csv_a_row_a_quantity(run: Run) -> None:
    options = ("--direction", TURNED_WAY, "--costs", "2026", "--price", "0.5", "--carbon", "0.25")
    table = pd.read_csv(io.StringIO(run(*TARGET, *options, "--format", "csv").stdout), dtype={"costs": "str"})
    found = ask(direction=TURNED_WAY, costs="2026", usd_per_device_hour=0.5, kg_co2_per_kwh=0.25)
    assert table["quantity"].tolist() == list(QUANTITIES)
    for row in table.to_dict("records"):
        amount = found.amounts[row["quantity"]]
        numbers = [row["log10_estimate"], row["log10_confidence_low"], row["log10_prediction_high"]]
        np.testing.assert_allclose(numbers, [amount.estimate, amount.confidence.low, amount.prediction.high])
        assert {name: row[name] for name in ("usd_per_device_hour", "costs")} == {
            name: value for name, value in asdict(found.question).items() if name in ("usd_per_device_hour", "costs")
        }


def test_the_help_names_every_column_of_the_csv(run: Run) -> None:
    text = " ".join(run("--help").stdout.split())
    assert all(word in text for word in ("decades_beyond_data", "log10_estimate", "log10_confidence_low", "quantity"))
    assert "complimits project --benchmark imagenet --error 0.05 --form polynomial" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--benchmark", "imagenet", "--error", "1.5"), "the target error must lie between 0 and 1, got 1.5"),
        (("--benchmark", "imagenet", "--error", "nan"), "the target error must lie between 0 and 1, got nan"),
        ((*TARGET, "--form", "polynomal"), "no form 'polynomal'; did you mean 'polynomial'?"),
        ((*TARGET, "--form", FLOOR_FORM), "never reaches an error of 1\N{NO-BREAK SPACE}%"),
        ((*TARGET, "--price", "inf"), "the price of a device-hour must be a positive finite number, got inf"),
        ((*TARGET, "--carbon", "-2"), "the carbon intensity must be a positive finite number, got -2"),
        ((*TARGET, "--format", "jsn"), "no format 'jsn'; did you mean 'json'?"),
    ],
)
def test_the_command_refuses_what_it_cannot_use_in_a_sentence(
    arguments: tuple[str, ...], message: str, run: Run
) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_the_command_says_how_to_get_a_report(run: Run, project: Path) -> None:
    (project / FILE).unlink()
    result = run(*TARGET)
    assert result.exit_code == 1
    assert "`make report` makes it" in result.stderr


def test_the_report_has_an_answer_or_a_reason_for_every_law(built: Path) -> None:
    calculator = json.loads((built.parent / FILE).read_text(encoding="utf-8"))
    answered = 0
    for law in calculator["laws"]:
        question = Question(law["benchmark"], law["best_error"] / 2, law["vintage"], law["form"], law["direction"])
        assert find_law(calculator, question)["n"] == law["n"]
        try:
            found = answer(calculator, question)
        except UnreachableError:
            continue
        answered += 1
        assert found.computing.confidence.low <= found.computing.estimate <= found.computing.confidence.high
    assert answered > len(calculator["laws"]) / 2


def test_what_the_report_writes_is_what_was_collected(models: pd.DataFrame, root: Path, tmp_path: Path) -> None:
    assumptions = read_table("assumptions", root)
    collected = collect_calculator({"2020": models}, ["imagenet", "squad-1.1"], assumptions)
    path = tmp_path / "new" / "calculator.json"
    write_calculator(collected, path)
    assert read_calculator(path) == json.loads(json.dumps(collected))
    assert len(path.read_text(encoding="utf-8").splitlines()) == len(collected["laws"]) + 2
    assert {law["benchmark"] for law in collected["laws"]} == {"imagenet", "squad-1.1"}
    assert [edition["edition"] for edition in collected["costs"]] == ["2020", "2022", "2026"]
    asked = Question("imagenet", 0.05)
    assert amount_text(answer(collected, asked).computing.estimate) == "10^19.1"
    with pytest.raises(CalculatorError, match="`make report` makes it"):
        read_calculator(tmp_path / "none.json")


@pytest.mark.parametrize("content", [b'{"level":0.9,"laws":[', b"", b"\xff\xfe"])
def test_a_damaged_file_is_named_and_no_traceback(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "calculator.json"
    path.write_bytes(content)
    with pytest.raises(CalculatorError, match=r"calculator\.json is damaged .* `make report` makes it again"):
        read_calculator(path)
