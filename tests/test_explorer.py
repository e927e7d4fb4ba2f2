"""The records a reader chooses from: each there once, equal to the tables, and never markup."""

import json
import math
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import vl_convert
from bs4 import BeautifulSoup

from computational_limits.audit import AGREES, CAUSES, audit
from computational_limits.display import BENCHMARK_COLOURS, BENCHMARK_COLOURS_DARK
from computational_limits.explorer import (
    AXES,
    COUNTED,
    HORIZONTAL,
    MARKER,
    SHAPES,
    TIMES,
    VERTICAL,
    count_records,
    explorer_chart,
    explorer_data,
    explorer_html,
    render_counts,
    script_json,
)
from computational_limits.figures.records import describe_records, draw_records
from computational_limits.vintages import MEASURES, VINTAGES, read_models, read_records

HOSTILE = "</script><script>alert(1)</script>\"'&<!-- <b>bold</b> ``` \u2028"
STAGE_COLUMNS = ["model_id", "stage", "processor_count", "processor_words", "host_count", "host_words", "time_words"]


@pytest.fixture(scope="module")
def vintages(root: Path) -> dict[str, pd.DataFrame]:
    return {vintage: read_models(vintage, root=root) for vintage in VINTAGES}


@pytest.fixture(scope="module")
def data(root: Path, vintages: dict[str, pd.DataFrame], names: dict[str, str]) -> dict[str, Any]:
    """What the page of the real project holds."""
    records = read_records(root)
    causes = audit(records).set_index("model_id")["cause"].to_dict()
    return explorer_data(vintages, records.stages, causes, names)


def chart_of(names: dict[str, str]) -> dict[str, Any]:
    return explorer_chart(list(names.values()), BENCHMARK_COLOURS, BENCHMARK_COLOURS_DARK)


def one_model(**changed: object) -> pd.DataFrame:
    plain = {"model_id": "a-2020-b", "benchmark": "a", "vintage": "2020", "year": 2019, "model": "B", "paper": "p"}
    words = {"title": "T", "link": "https://example.org", "metric": "F1", "score": 0.75, "error": 0.25, "note": None}
    return pd.DataFrame([{**plain, **words, **dict.fromkeys(MEASURES.values(), 1.0), **changed}])


def hostile_page() -> str:
    models = one_model(model=HOSTILE, title=HOSTILE, note=HOSTILE, metric=HOSTILE, link="javascript:alert(1)")
    stages = pd.DataFrame([["a-2020-b", "training", 8.0, HOSTILE, math.nan, None, HOSTILE]], columns=STAGE_COLUMNS)
    names = {"a": HOSTILE}
    return explorer_html(explorer_data({"2020": models}, stages, {}, names), chart_of(names), "2020")


def test_every_record_of_every_vintage_is_there_once(data: dict[str, Any], vintages: dict[str, pd.DataFrame]) -> None:
    ids = data["models"]["id"]
    assert len(set(ids)) == len(ids) == sum(len(vintages[vintage]) for vintage in COUNTED)
    for vintage, models in vintages.items():
        assert [ids[row] for row in data["values"][vintage]["row"]] == models["model_id"].tolist()


@pytest.mark.parametrize("vintage", VINTAGES)
def test_values_are_those_of_the_tables(vintage: str, data: dict[str, Any], vintages: dict[str, pd.DataFrame]) -> None:
    columns = {**{key: key for key in VERTICAL}, **MEASURES}
    assert data["columns"] == columns
    for key, column in columns.items():
        shown = pd.Series(data["values"][vintage][key], dtype=float)
        pd.testing.assert_series_equal(
            shown, vintages[vintage][column].astype(float), rtol=1e-5, atol=0, check_names=False
        )


@pytest.mark.parametrize("vintage", VINTAGES)
def test_words_are_those_of_the_tables(vintage: str, data: dict[str, Any], vintages: dict[str, pd.DataFrame]) -> None:
    rows = data["values"][vintage]["row"]
    for key in ("model", "metric", "year", "note"):
        assert [data["models"][key][row] for row in rows] == vintages[vintage][key].fillna("").tolist()
    for key in ("title", "link"):
        shown = [data["papers"][key][data["models"]["paper"][row]] for row in rows]
        assert shown == vintages[vintage][key].fillna("").tolist()
    benchmarks = [data["benchmarks"][data["models"]["benchmark"][row]]["id"] for row in rows]
    assert benchmarks == vintages[vintage]["benchmark"].tolist()


def test_every_published_burden_has_an_audit_remark(data: dict[str, Any], vintages: dict[str, pd.DataFrame]) -> None:
    causes = dict(zip(data["models"]["id"], data["models"]["cause"], strict=True))
    assert set(causes.values()) == {"", *CAUSES}
    for vintage in COUNTED:
        with_burden = vintages[vintage].dropna(subset="hardware_burden_gflop")["model_id"]
        assert [model for model in with_burden if not causes[model]] == []


def test_hardware_of_one_stage_and_of_two_by_hand() -> None:
    rows = [
        ["a-2020-b", "pre-training", 64.0, "TPU v3", math.nan, None, "4 days"],
        ["a-2020-b", "fine-tuning", 1.0, "Tesla V100", 2.0, "Xeon", "1 hour"],
    ]
    one = ("64 x TPU v3", "4 days")
    two = (
        "pre-training: 64 x TPU v3; fine-tuning: 1 x Tesla V100 and 2 x Xeon",
        "pre-training: 4 days; fine-tuning: 1 hour",
    )
    for count, (hardware, time) in ((1, one), (2, two)):
        stages = pd.DataFrame(rows[:count], columns=STAGE_COLUMNS)
        models = explorer_data({"2020": one_model()}, stages, {"a-2020-b": AGREES}, {"a": "A"})["models"]
        shown = (models["hardware"], models["time"], models["cause"])
        assert shown == ([hardware.replace(" x ", f" {TIMES} ")], [time], [AGREES])


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "//example.org", None, " https://x"])
def test_only_web_addresses_become_links(link: str | None) -> None:
    data = explorer_data({"2020": one_model(link=link)}, pd.DataFrame(columns=STAGE_COLUMNS), {}, {"a": "A"})
    assert data["papers"]["link"] == [""]


@pytest.mark.parametrize(("value", "shown"), [(5918400000.0, 5918400000.0), (1.23456789e15, 1.23457e15), (37.0, 37)])
def test_numbers_are_short_and_true(value: float, shown: float) -> None:
    models = one_model(hardware_burden_gflop=value, ops_per_pass_gflop=math.nan)
    data = explorer_data({"2020": models}, pd.DataFrame(columns=STAGE_COLUMNS), {}, {"a": "A"})
    assert data["values"]["2020"]["hardware_burden"] == [shown]
    assert data["values"]["2020"]["ops_per_pass"] == [None]


@pytest.mark.parametrize("value", [HOSTILE, {"<!--": ["]]>", "\u2029"]}])
def test_json_in_a_page_is_the_same_value_and_no_markup(value: object) -> None:
    text = script_json(value)
    assert json.loads(text) == value
    assert not re.search("[<>&\u2028\u2029\n]", text)


def test_json_has_no_infinity() -> None:
    with pytest.raises(ValueError, match="JSON"):
        script_json({"error": math.inf})


def test_hostile_words_stay_words() -> None:
    class Elements(HTMLParser):
        """Names of the elements in a page, as a browser finds them."""

        def __init__(self) -> None:
            super().__init__()
            self.found: list[str] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.found.append(tag)

    parser = Elements()
    parser.feed(hostile_page())
    assert parser.found.count("script") == 2
    assert "b" not in parser.found
    page = BeautifulSoup(hostile_page(), "html.parser")
    held = json.loads(page.select_one(".explorer-data").string)
    assert held["models"]["model"] == held["models"]["note"] == [HOSTILE]
    assert page.select("#explorer-benchmark option")[1].string == HOSTILE
    assert "javascript:" not in hostile_page()


def test_the_data_stay_on_one_line_so_no_fence_around_them_can_end(data: dict[str, Any], names: dict[str, str]) -> None:
    lines = explorer_html(data, chart_of(names), "2020").splitlines()
    assert [line for line in lines if line.startswith("```")] == []
    assert sum("explorer-data" in line for line in lines) == 1


def test_every_control_has_a_label_and_every_choice_is_known(data: dict[str, Any], names: dict[str, str]) -> None:
    page = BeautifulSoup(explorer_html(data, chart_of(names), "2020"), "html.parser")
    labels = {label["for"] for label in page.select("label")}
    assert {control["id"] for control in page.select("select, input")} == labels
    options = {menu["name"]: [option["value"] for option in menu.select("option")] for menu in page.select("select")}
    assert options == {
        "benchmark": ["all", *names],
        "vintage": list(VINTAGES),
        "y": list(VERTICAL),
        "x": list(HORIZONTAL),
    }
    assert set(data["axes"]) == set(AXES) == {*VERTICAL, *HORIZONTAL}
    assert page.select_one("[aria-live=polite]")
    assert MARKER in str(page)


def test_the_page_with_all_records_is_light(data: dict[str, Any], names: dict[str, str]) -> None:
    assert len(explorer_html(data, chart_of(names), "2020").encode()) < 500_000


def test_refuses_a_vintage_it_does_not_hold(data: dict[str, Any], names: dict[str, str]) -> None:
    with pytest.raises(KeyError, match="2019"):
        explorer_html(data, chart_of(names), "2019")


def test_the_chart_is_one_that_vega_draws(names: dict[str, str]) -> None:
    chart = chart_of(names)
    points = [
        {"id": str(row), "name": name, "model": "m", "year": 2020, "x": 10.0**row, "y": row + 1.0}
        for row, name in enumerate(names.values())
    ]
    drawn = vl_convert.vegalite_to_svg({**chart, "width": 300, "datasets": {"records": points}})
    assert drawn.count('stroke-width="2.5"') == 0
    for colour in BENCHMARK_COLOURS:
        assert colour in drawn
    chart["params"][0]["value"] = "3"
    ringed = vl_convert.vegalite_to_svg({**chart, "width": 300, "datasets": {"records": points}})
    assert ringed.count('stroke-width="2.5"') == 1


def test_each_benchmark_has_its_colour_and_its_shape(names: dict[str, str]) -> None:
    assert len(set(BENCHMARK_COLOURS)) == len(set(BENCHMARK_COLOURS_DARK)) == len(set(SHAPES)) >= len(names)


def test_refuses_more_benchmarks_than_looks() -> None:
    with pytest.raises(ValueError, match="7 benchmarks"):
        explorer_chart([str(number) for number in range(7)], ["#000"] * 9, ["#fff"] * 9)


def test_counts_add_up_to_the_tables(vintages: dict[str, pd.DataFrame], names: dict[str, str]) -> None:
    counts = count_records(vintages, names)
    assert len(counts) == len(vintages) * (len(names) + 1)
    for vintage, rows in counts.groupby("vintage"):
        parts, whole = rows[rows["benchmark"] != "all"], rows[rows["benchmark"] == "all"].iloc[0]
        assert whole["models"] == parts["models"].sum() == len(vintages[str(vintage)])
        for key, column in MEASURES.items():
            assert whole[key] == parts[key].sum() == vintages[str(vintage)][column].notna().sum()
    table = render_counts(counts, names)
    assert table["Benchmark"].tolist() == [*names.values(), "all"]
    assert table["Records"].iloc[-1] == f"{len(vintages[COUNTED[0]])} + {len(vintages[COUNTED[1]])}"


def test_the_figure_has_a_mark_for_each_record_with_a_burden(
    vintages: dict[str, pd.DataFrame], names: dict[str, str]
) -> None:
    models = pd.concat([vintages[vintage] for vintage in COUNTED], ignore_index=True)
    figure = draw_records(models, names)
    marks = sum(len(dots.get_offsets()) for axes in figure.axes for dots in axes.collections)
    assert marks == models["hardware_burden_gflop"].notna().sum()
    assert [axes.get_title(loc="left") for axes in figure.axes] == list(names.values())


def test_the_alternative_text_counts_both_vintages(vintages: dict[str, pd.DataFrame], names: dict[str, str]) -> None:
    models = pd.concat([vintages[vintage] for vintage in COUNTED], ignore_index=True)
    with_burden = models[(models["benchmark"] == "imagenet") & models["hardware_burden_gflop"].notna()]
    old, new = ((with_burden["vintage"] == vintage).sum() for vintage in COUNTED)
    assert f"ImageNet {old} of 2020-records and {new} of 2022" in describe_records(models, names)


def test_a_benchmark_without_a_burden_is_an_empty_panel(names: dict[str, str]) -> None:
    models = one_model(benchmark="imagenet", vintage="2022")
    figure = draw_records(models, names)
    assert len(figure.axes) == len(names)
    assert "MS COCO none" in describe_records(models, names)
