"""Charts with choices: every choice drawn and answered, the words escaped, and nothing on pages without one."""

import json
import re
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import vl_convert
from bs4 import BeautifulSoup
from conftest import PLANTED_SIZES
from docutils import nodes

from computational_limits import display, sphinx_extension
from computational_limits.charts import JOINT, chart_html
from computational_limits.claims import REFERENCE_RISK
from computational_limits.display import show_chart
from computational_limits.explorer import MARKER, PLOT_MARKER
from computational_limits.figures.style import ESTIMATOR_LOOK
from computational_limits.figures.theory import PENALTY_LOOK
from computational_limits.handover import FILES_VARIABLE
from computational_limits.theory_chart import DARK_COLOURS, DASHES, DIGITS, RULES, SHAPES, theory_chart

HOSTILE = "</script><script>alert(1)</script>\"'&<!-- <b>bold</b> ``` \u2028"
MARKS = re.compile(r'<g class="mark-symbol role-mark[^>]*>(.*?)</g>', re.S)
LINES = re.compile(r'<g class="mark-line role-mark[^>]*>(.*?)</g>', re.S)
VEGA_SHAPES = {"s": "square", "D": "diamond", "^": "triangle-up", "o": "circle"}


@pytest.fixture(scope="module")
def chart(planted_simulation: pd.DataFrame, planted_curves: pd.DataFrame) -> dict[str, Any]:
    return theory_chart(planted_simulation, planted_curves)


def plain_chart(**changed: Any) -> dict[str, Any]:
    """The least that a later chapter could show: one list and two points."""
    control = {"label": "Colour", "options": {"a": "Red", "b": "Blue"}, "chosen": "a"}
    spec = {"params": [{"name": "colour", "value": "a"}], "mark": "point", "data": {"values": [{"x": 1}]}}
    answers = {"a": "Red it is.", "b": "Blue it is."}
    return {"title": "Two points", "controls": {"colour": control}, "answers": answers, "spec": spec, **changed}


def drawn(chart: dict[str, Any], **choice: str) -> str:
    """The chart of a choice as SVG, with a width in place of its container."""
    params = [
        {"name": param["name"], "value": choice.get(param["name"], param["value"])} for param in chart["spec"]["params"]
    ]
    svg: str = vl_convert.vegalite_to_svg({**chart["spec"], "params": params, "width": 600})
    return svg


def test_every_choice_has_an_answer_and_the_design_with_most_repetitions_comes_first(chart: dict[str, Any]) -> None:
    controls = chart["controls"]
    assert {name: list(control["options"]) for name, control in controls.items()} == {
        "snr": ["4", "10", "30", "100", "1000"],
        "relevant": ["5", "10", "30"],
        "penalty": list(RULES),
    }
    assert [control["chosen"] for control in controls.values()] == ["30", "10", "cross-validation"]
    choices = [JOINT.join(values) for values in product(*(control["options"] for control in controls.values()))]
    assert sorted(chart["answers"]) == sorted(choices)


@pytest.mark.parametrize("rule", RULES)
def test_answers_give_the_planted_sizes(rule: str, chart: dict[str, Any]) -> None:
    answer = chart["answers"][JOINT.join(("30", "10", rule))]
    found = re.search(r"regularised flexible ([\d,]+) \(simulated\)", answer)
    assert found
    assert int(found[1]) == pytest.approx(PLANTED_SIZES[rule], rel=0.02)
    assert answer.startswith(
        "Observations until the risk is 2 times the noise: oracle 15; expert not reached by 10,000;"
    )
    assert answer.endswith("; flexible 1,500.")


def test_least_squares_answers_alike_at_any_noise(chart: dict[str, Any]) -> None:
    """Its law does not know the signal; a coarse simulated grid would say otherwise."""
    oracles = {
        answer.split("oracle ")[1].split(";")[0]
        for key, answer in chart["answers"].items()
        if JOINT + "10" + JOINT in key
    }
    assert oracles == {"15"}


def test_a_size_beyond_the_simulation_comes_from_state_evolution(
    planted_simulation: pd.DataFrame, planted_curves: pd.DataFrame
) -> None:
    early = planted_simulation[(planted_simulation["n"] <= 150) | (planted_simulation["penalty"] == "")]
    answers = theory_chart(early, planted_curves)["answers"]
    assert "regularised flexible 175 (state evolution)" in answers["30|10|textbook"]
    assert "regularised flexible not reached by 150" in answers["30|30|cross-validation"]


def test_rows_put_together_from_two_tables_make_the_same_chart(
    chart: dict[str, Any], planted_simulation: pd.DataFrame, planted_curves: pd.DataFrame
) -> None:
    main = planted_simulation["repetitions"] == 1000
    together = pd.concat([planted_simulation[part].reset_index(drop=True) for part in (main, ~main)])
    assert not together.index.is_unique
    assert theory_chart(together, planted_curves) == chart


def test_a_rule_that_was_not_simulated_everywhere_is_refused_by_name(
    planted_simulation: pd.DataFrame, planted_curves: pd.DataFrame
) -> None:
    table = planted_simulation
    lacking = table[(table["snr"] != 4) | (table["relevant"] != 5) | (table["penalty"] != "textbook")]
    with pytest.raises(ValueError, match="regularised flexible for SNR 4, 5 relevant covariates, penalty 'textbook'"):
        theory_chart(lacking, planted_curves)


def test_rows_of_several_laws_of_the_coefficients_are_refused(
    planted_simulation: pd.DataFrame, planted_curves: pd.DataFrame
) -> None:
    two = planted_simulation.assign(
        coefficient_law=["equal", "linear"] * (len(planted_simulation) // 2) + ["equal"] * (len(planted_simulation) % 2)
    )
    with pytest.raises(ValueError, match="several laws"):
        theory_chart(two, planted_curves)


def test_the_answer_is_about_the_reference_of_the_claims(chart: dict[str, Any]) -> None:
    assert f"{REFERENCE_RISK:g} times the noise" in chart["answers"]["30|10|textbook"]


def test_a_table_read_back_from_a_file_makes_the_same_chart(
    chart: dict[str, Any], planted_simulation: pd.DataFrame, planted_curves: pd.DataFrame, tmp_path: Path
) -> None:
    planted_simulation.to_csv(tmp_path / "simulation.csv", index=False)
    read = pd.read_csv(tmp_path / "simulation.csv")
    assert read["penalty"].isna().any()
    assert theory_chart(read, planted_curves) == chart


@pytest.mark.parametrize("choice", [{}, {"snr": "1000", "relevant": "5", "penalty": "textbook"}])
def test_vega_draws_a_mark_for_each_mean_of_the_choice(
    choice: dict[str, str], chart: dict[str, Any], planted_simulation: pd.DataFrame
) -> None:
    svg = drawn(chart, **choice)
    now = {name: choice.get(name, control["chosen"]) for name, control in chart["controls"].items()}
    rows = planted_simulation[
        (planted_simulation["snr"] == float(now["snr"])) & (planted_simulation["relevant"] == int(now["relevant"]))
    ]
    rows = rows[rows["penalty"].isin(["", now["penalty"]])].drop_duplicates(["estimator", "n"])
    assert "".join(MARKS.findall(svg)).count("<path") == len(rows)
    assert len(LINES.findall(svg)) == len(ESTIMATOR_LOOK)
    for look in ESTIMATOR_LOOK.values():
        assert look["color"] in svg


def test_the_penalty_moves_the_regularised_line_only(chart: dict[str, Any]) -> None:
    one, other = (set(LINES.findall(drawn(chart, penalty=rule))) for rule in ("hindsight", "textbook"))
    assert len(one & other) == len(ESTIMATOR_LOOK) - 1
    assert len(one | other) == len(ESTIMATOR_LOOK) + 1


def test_what_is_drawn_is_the_table_to_the_last_digit_seen(
    chart: dict[str, Any], planted_simulation: pd.DataFrame
) -> None:
    table = planted_simulation.set_index(["relevant", "snr", "estimator", "penalty"])
    for row in chart["spec"]["datasets"]["marks"]:
        rows = table.loc[(int(row["relevant"]), float(row["snr"]), row["estimator"], row["penalty"])]
        rows = rows[rows["repetitions"] == row["repetitions"]].sort_values("n")
        shown = [size in set(rows["n"]) for size in row["n"]]
        assert np.allclose(np.array(row["y"])[shown], rows["performance_mean"], atol=0.6 * 10.0**-DIGITS)
        assert np.allclose(np.array(row["reach"])[shown], 2 * rows["performance_se"], atol=0.6 * 10.0**-DIGITS)


def test_a_series_without_a_formula_has_its_means_joined(chart: dict[str, Any]) -> None:
    def find(kind: str, penalty: str) -> dict[str, Any]:
        rows = chart["spec"]["datasets"][kind]
        (found,) = [row for row in rows if (row["snr"], row["relevant"], row["penalty"]) == ("30", "10", penalty)]
        return dict(found)

    assert find("lines", "cross-validation")["n"] == find("marks", "cross-validation")["n"]
    assert len(find("lines", "textbook")["n"]) > len(find("marks", "textbook")["n"])


def test_estimators_look_on_screen_as_on_paper_and_differ_in_more_than_colour() -> None:
    assert {name: VEGA_SHAPES[look["marker"]] for name, look in ESTIMATOR_LOOK.items()} == SHAPES
    assert set(DASHES) == set(SHAPES)
    assert len(set(SHAPES.values())) == len({look["color"] for look in ESTIMATOR_LOOK.values()}) == len(SHAPES)
    assert set(DARK_COLOURS) <= set(SHAPES)
    assert set(RULES) == set(PENALTY_LOOK) == set(PLANTED_SIZES)


def test_the_page_with_all_choices_is_light(chart: dict[str, Any]) -> None:
    assert len(chart_html(chart, "chart-theory").encode()) < 200_000


def test_every_list_has_a_label_and_the_answer_is_announced(chart: dict[str, Any]) -> None:
    page = BeautifulSoup(chart_html(chart, "chart-theory"), "html.parser")
    root = page.select_one("#chart-theory")
    assert PLOT_MARKER in str(root)
    labels = {label["for"]: label.string for label in page.select("label")}
    lists = page.select("select")
    assert [menu["id"] for menu in lists] == list(labels) == [f"chart-theory-{name}" for name in chart["controls"]]
    assert all(labels.values())
    assert [menu.select_one("option[selected]")["value"] for menu in lists] == ["30", "10", "cross-validation"]
    status = page.select_one("[role=status]")
    assert status["aria-live"] == "polite"
    assert "JavaScript" in status.string
    assert page.select_one("[role=img]")["aria-label"] == chart["title"]
    assert json.loads(page.select_one(".explorer-held").string)["answers"] == chart["answers"]


def test_hostile_words_stay_words_and_no_fence_can_end() -> None:
    class Elements(HTMLParser):
        """Names of the elements in a page, as a browser finds them."""

        def __init__(self) -> None:
            super().__init__()
            self.found: list[str] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.found.append(tag)

    control = {"label": HOSTILE, "options": {HOSTILE: HOSTILE}, "chosen": HOSTILE}
    chart = plain_chart(title=HOSTILE, controls={"colour": control}, answers={HOSTILE: HOSTILE})
    html = chart_html(chart, "chart-a")
    parser = Elements()
    parser.feed(html)
    assert parser.found.count("script") == 1
    assert "b" not in parser.found
    page = BeautifulSoup(html, "html.parser")
    assert page.select_one("option").string == HOSTILE
    assert json.loads(page.select_one(".explorer-held").string)["answers"] == {HOSTILE: HOSTILE}
    assert [line for line in html.split("\n") if line.startswith("```")] == []


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"spec": {"mark": "point"}}, "chart-a: the specification has no parameter 'colour'"),
        ({"answers": {"a": "Red it is."}}, "no answer to 'b' and 0 other choices"),
        (
            {"controls": {"colour": {"label": "C", "options": {"b": "Blue"}, "chosen": "a"}}},
            "'a' is no option of 'colour'",
        ),
    ],
)
def test_a_chart_that_would_fail_in_the_browser_is_refused_here(changed: dict[str, Any], message: str) -> None:
    assert chart_html(plain_chart(), "chart-a")
    with pytest.raises(ValueError, match=message):
        chart_html(plain_chart(**changed), "chart-a")


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the cell hands to Jupyter; no folder is named unless a test does."""
    monkeypatch.delenv(FILES_VARIABLE, raising=False)
    bundles: list[dict[str, Any]] = []
    monkeypatch.setattr(display, "ipython_display", lambda bundle, *, raw: bundles.append(bundle))
    return bundles


DATA = pd.DataFrame({"x": [1, 2], "y": [0.5, 0.25]})


def test_in_jupyter_a_chart_is_its_data_and_no_file(
    shown: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    show_chart(plain_chart(), name="chart-a", data=DATA)
    assert set(shown[0]) == {"text/plain", "text/html"}
    assert "<table" in shown[0]["text/html"]
    assert list(tmp_path.iterdir()) == []


def test_a_run_shows_the_chart_in_html_alone_and_offers_its_data(
    shown: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "theory.files"
    monkeypatch.setenv(FILES_VARIABLE, str(folder))
    show_chart(plain_chart(), name="chart-a", data=DATA)
    markdown = shown[0]["text/markdown"]
    assert markdown.startswith("``````{raw} html\n<div " + PLOT_MARKER)
    assert "{download}`data of all choices as CSV <theory.files/chart-a.csv>`" in markdown
    assert "latex" not in markdown
    assert (folder / "chart-a.csv").read_bytes() == b"x,y\n1,0.5\n2,0.25\n"


@pytest.mark.parametrize(
    ("markers", "scripts"),
    [
        ([], []),
        ([PLOT_MARKER], ["vega.js", "controls.js", "charts.js"]),
        ([MARKER], ["vega.js", "tables.js", "controls.js", "explorer.js"]),
        ([PLOT_MARKER, MARKER], ["vega.js", "tables.js", "controls.js", "explorer.js", "charts.js"]),
    ],
)
def test_a_page_gets_the_scripts_of_what_it_holds_and_no_others(
    markers: list[str], scripts: list[str], root: Path
) -> None:
    added: list[str] = []
    app: Any = SimpleNamespace(add_css_file=added.append, add_js_file=lambda name, loading_method: added.append(name))
    page = nodes.container()
    page += [nodes.raw("", f"<div {marker}></div>", format="html") for marker in markers]
    page += nodes.literal_block("", f"<div {PLOT_MARKER}></div>")
    sphinx_extension._add_choices(app, "theory", "page.html", {}, page)
    sphinx_extension._add_choices(app, "search", "search.html", {}, None)
    assert [name for name in added if name.endswith(".js")] == [f"explorer/{name}" for name in scripts]
    ours = {path.name for path in (root / "book" / "explorer").iterdir()}
    assert {name.split("/")[1] for name in added} <= ours | {"vega.js", "tables.js", "tables.css"}
    assert len(added) == len(set(added))
