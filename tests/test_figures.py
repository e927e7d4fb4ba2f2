"""Drawings: figures outside global state, labelled, the same file each time, and told in words."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import seaborn as sns
from conftest import PLANTED_SIZES
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from computational_limits.display import _svg
from computational_limits.families import assemble_members, read_imagenet, tabulate_families, with_law
from computational_limits.figures import descent, families, growth, imputation
from computational_limits.figures.comparison import (
    DIRECTION_LOOKS,
    EXPONENT_LIMITS,
    describe_exponents,
    draw_exponents,
)
from computational_limits.figures.scaling import (
    MARGIN_DECADES,
    describe_benchmarks,
    describe_scaling,
    draw_benchmarks,
    draw_scaling,
    plot_laws,
)
from computational_limits.figures.style import (
    COLOURS,
    ESTIMATOR_LOOK,
    FORM_LOOK,
    SETTINGS,
    house_style,
    new_figure,
    number_axis,
    percent_axis,
    spread,
)
from computational_limits.figures.theory import (
    COMPUTING_SERIES,
    GRID_SERIES,
    PENALTY_LOOK,
    PERFORMANCE_SERIES,
    describe_computing,
    describe_grid,
    describe_performance,
    describe_sizes,
    draw_computing,
    draw_grid,
    draw_performance,
    draw_sizes,
)
from computational_limits.fits import DIRECTIONS
from computational_limits.imputation import Gaps, find_gaps, impute, tabulate_consolidated
from computational_limits.regressions import fit_forms, regress_every_way, select_published_way
from computational_limits.scaling import POLYNOMIAL, Law
from computational_limits.tables import read_table
from computational_limits.theory.growth import GROWTH_LAWS
from computational_limits.vintages import read_models, read_records, select_vintage

Laws = dict[str, dict[str, Law]]
Names = dict[str, str]
MAIN = {"relevant": 10, "snr": 30.0}
PUBLISHED_SIZE = 175.0


def of_design(table: pd.DataFrame, relevant: int, snr: float) -> pd.DataFrame:
    """Rows of one design."""
    return table[(table["relevant"] == relevant) & (table["snr"] == snr)]


@pytest.fixture(scope="module")
def simulation(planted_simulation: pd.DataFrame) -> pd.DataFrame:
    """Rows of the main design; at most sizes twice, from the grid with fewer repetitions too."""
    return of_design(planted_simulation, **MAIN)


@pytest.fixture(scope="module")
def curves(planted_curves: pd.DataFrame) -> pd.DataFrame:
    return of_design(planted_curves, **MAIN)


@pytest.fixture(scope="module")
def sizes() -> pd.DataFrame:
    """Sizes of every rule at three noise levels; one is never reached, another perhaps not."""
    rows = [
        (snr, rule, size + place, size + place - 3.0, size + place + 4.0)
        for place, snr in enumerate((4.0, 30.0, 1000.0))
        for rule, size in PLANTED_SIZES.items()
    ]
    table = pd.DataFrame(rows, columns=["snr", "penalty", "n", "low", "high"])
    unreached = (table["snr"] == 4.0) & (table["penalty"] == "textbook")
    table.loc[unreached, ["n", "low", "high"]] = [np.inf, 240.0, np.inf]
    table.loc[(table["snr"] == 1000.0) & (table["penalty"] == "universal"), "high"] = np.inf
    return table


@pytest.fixture(scope="module")
def growing() -> pd.DataFrame:
    """Two repetitions of a family whose computing is the fourth and the fifth power of performance."""
    observations = np.array([50, 100, 200, 400, 800])
    performance = np.sqrt(observations / 20.0)
    parts = [
        pd.DataFrame(
            {
                "repetition": repetition,
                "n": observations,
                "performance": performance * factor,
                "gradient_flop": 1e3 * performance**4,
                "compute_flop": 1e6 * performance**5,
            }
        )
        for repetition, factor in enumerate((0.9, 1 / 0.9))
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def exponents() -> pd.DataFrame:
    rows = [(growth.LAWS["gradient_flop"], 4.0, 3.9, 4.1), (growth.LAWS["compute_flop"], 5.0, 4.8, 5.3)]
    return pd.DataFrame(rows, columns=["law", "exponent", "low", "high"])


@pytest.fixture(scope="module")
def turned(models: pd.DataFrame, names: Names, root: Path) -> pd.DataFrame:
    """Polynomial laws of two vintages in every direction."""
    vintages = [models, read_models("audited", root=root)]
    tables = [regress_every_way(table, names, ["hardware_burden"], [POLYNOMIAL]) for table in vintages]
    regressions = pd.concat(tables, ignore_index=True)
    return pd.concat([select_published_way(regressions, direction) for direction in DIRECTIONS], ignore_index=True)


@pytest.fixture(scope="module")
def descents() -> pd.DataFrame:
    sizes = np.array([50, 200, 1000, 5000])
    risks = {
        "stopped": 30 / (1 + sizes / 90),
        "run to the end": 1e3 / sizes,
        "lasso": 150 / sizes,
        "oracle": 10 / sizes,
    }
    return pd.concat(
        [pd.DataFrame({"method": name, "n": sizes, "risk": risk}) for name, risk in risks.items()],
        ignore_index=True,
    )


@pytest.fixture(scope="module")
def along_time() -> pd.DataFrame:
    """Risk along time at 500 observations: a valley whose floor, 2, is at time 4."""
    time = 4.0 * 2.0 ** np.arange(-6.0, 6.0)
    return pd.DataFrame({"n": 500, "time": time, "risk": 2.0 * (1 + np.log2(time / 4.0) ** 2)})


@pytest.fixture(scope="module")
def planted() -> pd.DataFrame:
    """Error falls by half over each hundredfold of computing: 6.64 the power."""
    compute = 10.0 ** np.arange(8, 15)
    wobble = np.array([1.05, 0.95, 1.02, 0.98, 1.04, 0.96, 1.0])
    return pd.DataFrame(
        {
            "model_id": [f"m{i}" for i in range(7)],
            "model": [f"Net {i}" for i in range(7)],
            "benchmark": "planted",
            "hardware_burden_gflop": compute,
            "error": 0.4 * (compute / 1e8) ** -(np.log10(2) / 2) * wobble,
        }
    )


@pytest.fixture(scope="module")
def family_names(root: Path) -> dict[str, str]:
    return dict(read_table("families", root).set_index("family")["name"])


@pytest.fixture(scope="module")
def family_models(root: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The field of 2020, and the members of families that have a law."""
    models = read_imagenet(read_records(root), "2020-records")
    return models, with_law(assemble_members(read_table("family_members", root), models), "ops_per_pass")


@pytest.fixture(scope="module")
def family_laws(family_models: tuple[pd.DataFrame, pd.DataFrame], family_names: dict[str, str]) -> pd.DataFrame:
    return tabulate_families(*family_models, family_names, ["ops_per_pass"])


@pytest.fixture(scope="module")
def gaps(root: Path) -> tuple[Gaps, Gaps]:
    """The models of ImageNet with a burden or operations, and three imputations."""
    models = select_vintage(read_records(root), "2022")
    missing = find_gaps(models[models["benchmark"] == "imagenet"])
    return missing, impute(missing, 3, 5, seed=1)


@pytest.fixture(scope="module")
def consolidated(root: Path) -> pd.DataFrame:
    return tabulate_consolidated(select_vintage(read_records(root), "2022"), "imagenet", 60, 10, seed=1)


@pytest.fixture(scope="module")
def drawings(
    models: pd.DataFrame,
    laws: Laws,
    names: dict[str, str],
    projections: pd.DataFrame,
    request: pytest.FixtureRequest,
) -> dict[str, Callable[[], Figure]]:
    imagenet = models[models["benchmark"] == "imagenet"]
    given = request.getfixturevalue
    return {
        "scaling": lambda: draw_scaling(imagenet, laws["imagenet"]),
        "benchmarks": lambda: draw_benchmarks(models, laws, names),
        "exponents": lambda: draw_exponents(given("turned"), names, 4.0),
        "performance": lambda: draw_performance(given("simulation"), given("curves"), 1000),
        "computing": lambda: draw_computing(given("simulation")),
        "sizes": lambda: draw_sizes(given("sizes"), PUBLISHED_SIZE),
        "grid": lambda: draw_grid(given("planted_simulation"), given("planted_curves")),
        "growth": lambda: growth.draw_growth(given("growing"), given("exponents"), given("growing")),
        "families": lambda: families.draw_families(*given("family_models"), given("family_names")),
        "family exponents": lambda: families.draw_family_exponents(given("family_laws"), given("family_names")),
        "filling": lambda: imputation.draw_filling(*given("gaps")),
        "methods": lambda: imputation.draw_methods(given("consolidated"), {"2022": "as published"}),
        "early stopping": lambda: descent.draw_early_stopping(given("descents"), given("along_time")),
    }


DRAWINGS = [
    "scaling",
    "benchmarks",
    "exponents",
    "performance",
    "computing",
    "sizes",
    "grid",
    "growth",
    "early stopping",
    "families",
    "family exponents",
    "filling",
    "methods",
]


@pytest.fixture(autouse=True)
def _no_open_figures() -> Iterator[None]:
    assert plt.get_fignums() == []
    yield
    assert plt.get_fignums() == []


def test_the_look_is_that_of_seaborn_but_for_edges_grid_and_letters() -> None:
    assert list(COLOURS.values()) == sns.color_palette("colorblind", 10).as_hex()
    theirs = sns.axes_style("ticks") | sns.plotting_context("paper", font_scale=1.05)
    with mpl.rc_context(SETTINGS):
        other = {name for name, value in theirs.items() if mpl.rcParams[name] != pytest.approx(value)}
    assert other == {
        *("axes.edgecolor", "axes.spines.right", "axes.spines.top", "axes.grid", "grid.color", "grid.linewidth"),
        *("font.sans-serif", "image.cmap"),
    }


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_is_a_figure_and_leaves_global_settings_alone(
    name: str, drawings: dict[str, Callable[[], Figure]]
) -> None:
    before = dict(mpl.rcParams)
    assert isinstance(drawings[name](), Figure)
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", DRAWINGS)
def test_every_drawing_says_what_its_axes_are(name: str, drawings: dict[str, Callable[[], Figure]]) -> None:
    figure = drawings[name]()
    along = figure.get_supxlabel() or figure.axes[0].get_xlabel()
    up = figure.get_supylabel() or figure.axes[0].get_ylabel()
    rows = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert along
    assert up or all(any(letter.isalpha() for letter in row) for row in rows)


@pytest.mark.parametrize("name", DRAWINGS)
def test_the_same_drawing_is_the_same_file(name: str, drawings: dict[str, Callable[[], Figure]]) -> None:
    first, second = _svg(drawings[name]()), _svg(drawings[name]())
    assert first.startswith("<?xml")
    assert first == second


def test_lines_and_bands_come_as_data(laws: Laws) -> None:
    lines = plot_laws(laws["imagenet"], points=11)
    assert list(lines.columns) == ["form", "log10_gflop", "error", "error_low", "error_high"]
    assert lines.groupby("form", sort=False).size().to_dict() == {"polynomial": 11, "exponential": 11}
    assert (lines["error_low"] < lines["error"]).all()
    banded = lines.dropna(subset="error_high")
    assert (banded["error"] < banded["error_high"]).all()


def test_lines_reach_a_little_beyond_the_models(planted: pd.DataFrame) -> None:
    lines = plot_laws(fit_forms(planted, ["polynomial"]))
    assert lines["log10_gflop"].min() == pytest.approx(8 - MARGIN_DECADES)
    assert lines["log10_gflop"].max() == pytest.approx(14 + MARGIN_DECADES)


def test_lines_follow_the_law(planted: pd.DataFrame) -> None:
    law = fit_forms(planted, ["polynomial"])
    lines = plot_laws(law, points=5)
    assert np.allclose(law["polynomial"].log10_compute_for(lines["error"]), lines["log10_gflop"])


def test_every_model_is_a_dot_in_percent(planted: pd.DataFrame) -> None:
    axes = draw_scaling(planted, fit_forms(planted)).axes[0]
    (dots,) = [part for part in axes.collections if len(part.get_offsets()) == len(planted)]
    expected = np.column_stack([np.log10(planted["hardware_burden_gflop"]), 100 * planted["error"]])
    assert np.allclose(dots.get_offsets(), expected)


def test_both_forms_are_told_apart_by_more_than_colour(planted: pd.DataFrame) -> None:
    axes = draw_scaling(planted, fit_forms(planted)).axes[0]
    assert len({look["linestyle"] for look in FORM_LOOK.values()}) == len(FORM_LOOK)
    assert len({look["color"] for look in FORM_LOOK.values()}) == len(FORM_LOOK)
    labels = axes.get_legend_handles_labels()[1]
    assert labels == ["polynomial form", "exponential form", "90\xa0% of new models, polynomial"]


def test_the_best_and_the_largest_model_are_named(planted: pd.DataFrame) -> None:
    best_elsewhere = planted.assign(error=planted["error"].where(planted["model_id"] != "m5", 0.01))
    texts = [text.get_text() for text in draw_scaling(best_elsewhere, fit_forms(planted)).axes[0].texts]
    assert texts == ["Net 5", "Net 6"]


def test_a_model_that_is_best_and_largest_is_named_once(planted: pd.DataFrame) -> None:
    texts = [text.get_text() for text in draw_scaling(planted, fit_forms(planted)).axes[0].texts]
    assert texts == ["Net 6"]


def test_each_benchmark_has_a_panel_with_its_name_and_count(
    models: pd.DataFrame, laws: Laws, names: dict[str, str]
) -> None:
    figure = draw_benchmarks(models, laws, names)
    assert [axes.get_title(loc="left") for axes in figure.axes] == list(names.values())
    counts = [axes.get_title(loc="right") for axes in figure.axes]
    assert counts == [f"n = {law['polynomial'].n}" for law in laws.values()]


@pytest.mark.parametrize("count", [2, 7])
def test_there_are_as_many_panels_as_benchmarks(count: int, planted: pd.DataFrame) -> None:
    keys = [f"b{i}" for i in range(count)]
    models = pd.concat([planted.assign(benchmark=key) for key in keys], ignore_index=True)
    laws = {key: fit_forms(planted) for key in keys}
    figure = draw_benchmarks(models, laws, {key: f"Name {key}" for key in keys})
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert [title for title in titles if title] == [f"Name {key}" for key in keys]


def test_a_panel_of_the_exponents_has_a_row_a_vintage_with_its_count(turned: pd.DataFrame, names: Names) -> None:
    figure = draw_exponents(turned, names, 4.0)
    assert [axes.get_title(loc="left") for axes in figure.axes] == list(names.values())
    rows = [[label.get_text() for label in axes.get_yticklabels()] for axes in figure.axes]
    assert rows[0] == ["2020\nn = 13", "audited\nn = 12"]
    assert rows[1] == ["2020\nn = 33", "audited\nn = 32"]


def test_every_direction_has_a_colour_and_a_mark_of_its_own(turned: pd.DataFrame, names: Names) -> None:
    looks = list(DIRECTION_LOOKS.values())
    assert set(DIRECTION_LOOKS) == set(DIRECTIONS)
    assert len({look["color"] for look in looks}) == len({look["marker"] for look in looks}) == len(DIRECTIONS)
    (legend,) = draw_exponents(turned, names, 4.0).legends
    assert [text.get_text() for text in legend.get_texts()][: len(DIRECTIONS)] == list(DIRECTION_LOOKS)


def test_each_exponent_is_a_mark_at_its_place(turned: pd.DataFrame, names: Names) -> None:
    for axes, benchmark in zip(draw_exponents(turned, names, 4.0).axes, names, strict=True):
        rows = turned[turned["benchmark"] == benchmark]
        for direction, look in DIRECTION_LOOKS.items():
            marks = [line for line in axes.get_lines() if line.get_marker() == look["marker"] and len(line.get_xdata())]
            shown = rows[(rows["direction"] == direction) & rows["exponent"].between(*EXPONENT_LIMITS)]
            assert [line.get_xdata()[0] for line in marks] == pytest.approx(shown["exponent"].tolist())


def test_an_interval_that_leaves_the_axis_ends_in_an_arrow(turned: pd.DataFrame, names: Names) -> None:
    lines = [line for axes in draw_exponents(turned, names, 4.0).axes for line in axes.get_lines()]
    right, left = turned["exponent_high"] > EXPONENT_LIMITS[1], turned["exponent_low"] < EXPONENT_LIMITS[0]
    assert right.sum() > 0 < left.sum()
    assert np.isinf(turned["exponent_high"]).sum() <= right.sum()
    assert sum(line.get_marker() == ">" for line in lines) == right.sum()
    assert sum(line.get_marker() == "<" for line in lines) == left.sum()


@pytest.mark.parametrize(("low", "high"), [(8.0, 40.0), (40.0, 75.0), (0.1, 0.9), (20.5, 24.5)])
def test_an_axis_of_errors_has_ticks_wherever_it_lies(low: float, high: float) -> None:
    with house_style():
        _, axes = new_figure(3.0)
        percent_axis(axes, low, high)
    inside = [tick for tick in axes.get_yticks() if low <= tick <= high]
    assert 2 <= len(inside) <= 8


def test_a_scaling_figure_in_words(planted: pd.DataFrame) -> None:
    laws = fit_forms(planted)
    text = describe_scaling(planted, laws, "Planted")
    law = laws["polynomial"]
    assert "7 models on Planted" in text
    assert "to 42.0 percent" in text
    assert "from 10 to the 8.0 to 10 to the 14.0 GFLOP" in text
    assert f"explains {100 * law.r2:.0f} percent of the variance" in text


def test_a_drawing_of_all_benchmarks_in_words(laws: Laws, names: dict[str, str]) -> None:
    text = describe_benchmarks(laws, names)
    assert text.startswith("6 small scatter plots")
    for part in ("ImageNet 45 percent", "SQuAD 1.1 68 percent", "WMT 2014 En-De 0 percent"):
        assert part in text


def test_exponents_in_words_say_where_there_is_no_bound(turned: pd.DataFrame, names: Names) -> None:
    text = describe_exponents(turned, names)
    assert text.startswith("6 panels, one a benchmark")
    assert "ImageNet, performance on computing 13.6 (8.5 to 33.8), orthogonal 13.5" in text
    assert "computing on performance 6.2 (2.5 to 9.8); over all vintages from 4.3 to 14.3" in text
    assert "WMT 2014 En-De, performance on computing 433.9 (at least 38.4, with no upper bound)" in text
    assert "inf" not in text


def marks_of(axes: Axes, marker: str) -> np.ndarray:
    """Places of the marks of one kind, sorted, those of legends left out."""
    lines = [line for line in axes.get_lines() if line.get_marker() == marker and len(line.get_xdata())]
    return np.unique(np.concatenate([line.get_xydata() for line in lines]), axis=0)


def means_of(table: pd.DataFrame, estimator: str, penalty: str = "") -> pd.DataFrame:
    """Rows of one series, of each size that with most repetitions."""
    rows = table[(table["estimator"] == estimator) & (table["penalty"] == penalty)]
    return rows.sort_values("repetitions").drop_duplicates("n", keep="last").sort_values("n")


@pytest.mark.parametrize(
    ("estimator", "penalty", "marker"),
    [("flexible", "", "o"), ("expert", "", "D"), ("regularised flexible", "textbook", "v")],
)
def test_the_means_of_most_repetitions_are_the_marks(
    estimator: str, penalty: str, marker: str, simulation: pd.DataFrame, curves: pd.DataFrame
) -> None:
    axes = draw_performance(simulation, curves, 1000).axes[0]
    rows = means_of(simulation, estimator, penalty)
    assert set(rows["repetitions"]) == {1000}
    assert np.allclose(marks_of(axes, marker), np.column_stack([rows["n"], rows["performance_mean"]]))


def test_lines_are_the_formulas_or_join_the_means(simulation: pd.DataFrame, curves: pd.DataFrame) -> None:
    axes = draw_performance(simulation, curves, 1000).axes[0]
    drawn = [line.get_xydata() for line in axes.get_lines() if line.get_linestyle() != "None"]
    formula = curves[curves["penalty"] == "textbook"]
    means = means_of(simulation, "regularised flexible", "cross-validation")
    for rows in (formula, means):
        expected = np.column_stack([rows["n"], rows["performance_mean"]])
        assert sum(line.shape == expected.shape and np.allclose(line, expected) for line in drawn) == 1


def test_bars_reach_two_standard_errors(simulation: pd.DataFrame, curves: pd.DataFrame) -> None:
    loud = simulation.assign(performance_se=0.25)
    axes = draw_performance(loud, curves, 1000).axes[0]
    segments = [path.vertices for bars in axes.collections for path in bars.get_paths()]
    lengths = {round(float(np.ptp(segment[:, 1])), 6) for segment in segments}
    assert lengths == {1.0}


def test_the_series_of_a_chart_are_named_at_its_side_and_keep_apart(
    simulation: pd.DataFrame, curves: pd.DataFrame
) -> None:
    axes = draw_performance(simulation, curves, 1000).axes[0]
    names = {text.get_text(): text.xy[1] for text in axes.texts if text.xy[0] == 1.04}
    assert len(names) == len(PERFORMANCE_SERIES)
    low, high = axes.get_ylim()
    assert np.diff(sorted(names.values())).min() > 0.06 * (high - low)
    assert max(names, key=lambda name: names[name]) == "oracle"


@pytest.mark.parametrize("heights", [[0.0, 0.0, 0.0], [5.0, 1.0, 1.1, 9.0], [2.0]])
def test_labels_are_moved_no_further_than_needed(heights: list[float]) -> None:
    placed = spread(np.array(heights), 0.5)
    assert np.all(np.diff(np.sort(placed)) >= 0.5 - 1e-12)
    assert placed.mean() == pytest.approx(np.mean(heights))
    assert np.array_equal(np.argsort(placed, kind="stable"), np.argsort(heights, kind="stable"))


@pytest.mark.parametrize("draw", [draw_computing, describe_computing])
def test_rows_of_several_designs_are_refused(
    draw: Callable[[pd.DataFrame], object], planted_simulation: pd.DataFrame, simulation: pd.DataFrame
) -> None:
    assert draw(simulation)
    for table in (planted_simulation, pd.concat([simulation, simulation.assign(coefficient_law="linear")])):
        with pytest.raises(ValueError, match="not of one design: choose by coefficient_law, relevant, snr"):
            draw(table)


@pytest.mark.parametrize("series", [PERFORMANCE_SERIES, COMPUTING_SERIES, GRID_SERIES])
def test_series_are_told_apart_without_colour(series: tuple[tuple[str, str], ...]) -> None:
    looks = [PENALTY_LOOK[penalty] if penalty else ESTIMATOR_LOOK[name] for name, penalty in series]
    assert len({look["marker"] for look in looks}) == len({look["color"] for look in looks}) == len(series)


def test_a_simulation_read_back_from_a_file_is_described_alike(simulation: pd.DataFrame, tmp_path: Path) -> None:
    simulation.to_csv(tmp_path / "simulation.csv", index=False)
    read = pd.read_csv(tmp_path / "simulation.csv")
    assert read["penalty"].isna().any()
    assert describe_performance(read, 1000) == describe_performance(simulation, 1000)


def test_rows_put_together_from_several_tables_are_drawn_alike(simulation: pd.DataFrame, curves: pd.DataFrame) -> None:
    tables = [simulation[simulation["estimator"] == name].reset_index(drop=True) for name in ESTIMATOR_LOOK]
    together = pd.concat(tables)
    assert not together.index.is_unique
    assert describe_performance(together, 1000) == describe_performance(simulation, 1000)
    for drawn in (together, simulation):
        axes = draw_computing(drawn).axes[0]
        assert [text.get_text() for text in axes.texts if "observations" in text.get_text()] == ["1,000 observations"]
    assert len(marks_of(draw_performance(together, curves, 1000).axes[0], "o")) == 20


def test_learning_curves_in_words_have_the_ends_and_the_dip(simulation: pd.DataFrame) -> None:
    text = describe_performance(simulation, 1000)
    last = simulation[simulation["n"] == 10_000].set_index(["estimator", "penalty"])["performance_mean"]
    assert f"to {last['oracle', '']:.2f} at 10,000; LASSO, best in hindsight from" in text
    assert f"expert from -1.6 at 12 to {last['expert', '']:.2f} at 10,000" in re.sub(r"-1\.6\d", "-1.6", text)
    assert "at 1,000 observations for 1,000 covariates, and improves on both sides" in text


def test_computing_is_drawn_along_growing_samples(simulation: pd.DataFrame) -> None:
    axes = draw_computing(simulation).axes[0]
    rows = means_of(simulation, "flexible")
    (line,) = [line for line in axes.get_lines() if line.get_label() == "flexible"]
    assert np.allclose(line.get_xydata(), np.column_stack([rows["performance_mean"], rows["flop_mean"]]))
    assert axes.get_yscale() == "log"
    assert "FLOP" in axes.get_ylabel()
    assert "flexible from 10 to the 5.2 FLOP" in describe_computing(simulation)


def test_sizes_have_a_dot_an_interval_and_the_published_line(sizes: pd.DataFrame) -> None:
    axes = draw_sizes(sizes, PUBLISHED_SIZE).axes[0]
    for rule, look in PENALTY_LOOK.items():
        rows = sizes[(sizes["penalty"] == rule) & np.isfinite(sizes["n"])]
        dots = [
            line.get_xdata()[0]
            for line in axes.get_lines()
            if line.get_marker() == look["marker"] and len(line.get_xdata()) and line.get_fillstyle() == "full"
        ]
        assert sorted(dots) == sorted(rows["n"])
    intervals = {tuple(line.get_xdata()) for line in axes.get_lines() if len(line.get_xdata()) == 2}
    assert {(row.low, row.high) for row in sizes[np.isfinite(sizes["high"])].itertuples()} <= intervals
    assert (PUBLISHED_SIZE, PUBLISHED_SIZE) in intervals
    assert [label.get_text() for label in axes.get_yticklabels()] == ["4", "30", "1000"]


def test_a_size_that_is_never_reached_is_an_open_mark_at_the_edge_and_has_an_arrow(sizes: pd.DataFrame) -> None:
    axes = draw_sizes(sizes, PUBLISHED_SIZE).axes[0]
    (open_mark,) = [line for line in axes.get_lines() if line.get_fillstyle() == "none"]
    assert open_mark.get_xdata()[0] > 240.0
    assert sum(getattr(text, "arrow_patch", None) is not None for text in axes.texts) == np.isinf(sizes["high"]).sum()
    text = describe_sizes(sizes, PUBLISHED_SIZE)
    assert "universal penalty 121 (118 to 125), textbook penalty not reached; signal-to-noise ratio 30" in text
    assert "universal penalty 123 (120 or more), textbook penalty 177 (174 to 181)." in text
    assert "inf" not in text
    assert text.count("(") == len(sizes) - 1


def test_an_unknown_penalty_rule_is_refused(sizes: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match=r"\['oracle'\]: give rows of the LASSO"):
        draw_sizes(sizes.replace({"penalty": {"hindsight": "oracle"}}), PUBLISHED_SIZE)


def test_the_grid_has_a_chart_for_each_noise_and_sparsity(
    planted_simulation: pd.DataFrame, planted_curves: pd.DataFrame
) -> None:
    figure = draw_grid(planted_simulation, planted_curves)
    assert [axes.get_title() for axes in figure.axes] == [
        *(f"SNR {ratio}" for ratio in (4, 10, 30, 100, 1000)),
        *[""] * 10,
    ]
    sides = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert sides == ["5 relevant", "10 relevant", "30 relevant"]
    rows = means_of(of_design(planted_simulation, relevant=30, snr=1000.0), "oracle")
    places = marks_of(figure.axes[-1], "s")
    assert np.allclose(places, np.column_stack([rows["n"], rows["performance_mean"]]))
    assert {axes.get_xlim() for axes in figure.axes} == {figure.axes[0].get_xlim()}


def test_the_grid_in_words_counts_where_cross_validation_is_better(planted_simulation: pd.DataFrame) -> None:
    lasso = planted_simulation["estimator"] == "regularised flexible"
    worse = lasso & (planted_simulation["penalty"] == "textbook")
    table = planted_simulation.assign(
        performance_mean=planted_simulation["performance_mean"].mask(lasso, 0.0).mask(worse, -1.0)
    )
    text = describe_grid(table)
    assert text.startswith("15 small line charts")
    assert "LASSO, textbook penalty -1.00 to -1.00" in text
    pairs = len(planted_simulation[worse].drop_duplicates(["relevant", "snr", "n"]))
    assert f"better under cross-validation than under the textbook penalty at {pairs} of {pairs} sizes" in text


def test_growth_marks_are_geometric_means_and_lines_have_the_fitted_powers(
    growing: pd.DataFrame, exponents: pd.DataFrame
) -> None:
    axes = growth.draw_growth(growing, exponents).axes[0]
    first = growing[growing["repetition"] == 0]
    assert np.allclose(marks_of(axes, "o")[:, 0], first["performance"] / 0.9)
    slopes = [
        np.diff(np.log(line.get_ydata()))[0] / np.diff(np.log(line.get_xdata()))[0]
        for line in axes.get_lines()
        if len(line.get_xdata()) == 2
    ]
    assert sorted(slopes) == pytest.approx([4.0, growth.BOUND_DEGREE, 5.0])
    assert "counted in the fit, fitted power 5.00" in axes.get_legend_handles_labels()[1]


def test_growth_in_words_has_powers_with_intervals(growing: pd.DataFrame, exponents: pd.DataFrame) -> None:
    text = growth.describe_growth(growing, exponents)
    assert "5 sample sizes from 50 to 800 observations" in text
    assert "counted in the fit 5.00 (4.80 to 5.30); one gradient pass 4.00 (3.90 to 4.10)" in text


def test_the_powers_drawn_are_those_that_the_theory_fits() -> None:
    assert {column: GROWTH_LAWS[law] for column, law in growth.LAWS.items()} == {
        column: (column, "performance") for column in growth.LOOK
    }


def test_growth_refuses_a_logarithm_for_performance(growing: pd.DataFrame, exponents: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="1 / RMSE, not its logarithm"):
        growth.draw_growth(growing.assign(performance=np.log10(growing["performance"] / 2)), exponents)


def test_the_best_time_is_starred(descents: pd.DataFrame, along_time: pd.DataFrame) -> None:
    figure = descent.draw_early_stopping(descents, along_time)
    assert np.allclose(marks_of(figure.axes[1], "*"), [[4.0, 2.0]])
    assert figure.axes[1].get_title(loc="left").endswith("n = 500")
    assert figure.axes[0].get_legend_handles_labels()[1] == list(descent.NAMES.values())
    text = descent.describe_early_stopping(descents, along_time)
    assert "LASSO, best penalty from 3 at 50 to 0.03 at 5,000" in text
    assert "with 500 observations: lowest, 2, at time 4, and 52 at the last time shown" in text


def test_simulated_risks_are_marks_beside_the_line_of_theory(descents: pd.DataFrame, along_time: pd.DataFrame) -> None:
    simulated = descents.assign(source="simulation", risk_se=0.01, risk=1.1 * descents["risk"])
    both = pd.concat([descents.assign(source="theory"), simulated], ignore_index=True)
    axes = descent.draw_early_stopping(both, along_time).axes[0]
    rows = simulated[simulated["method"] == "oracle"]
    assert np.allclose(marks_of(axes, "s"), rows[["n", "risk"]])
    assert len(axes.containers) == len(descent.LOOK)


def test_the_star_is_on_the_line_where_marks_dip_below_it(along_time: pd.DataFrame, descents: pd.DataFrame) -> None:
    marks = along_time.assign(source="simulation", risk=along_time["risk"] - 0.5 * (along_time["time"] == 8.0) * 4.0)
    both = pd.concat([along_time.assign(source="formula"), marks])
    assert not both.index.is_unique
    figure = descent.draw_early_stopping(descents, both)
    assert np.allclose(marks_of(figure.axes[1], "*"), [[4.0, 2.0]])
    assert "lowest, 2, at time 4" in descent.describe_early_stopping(descents, both)


def test_ways_to_stop_are_told_apart_without_colour() -> None:
    assert len({look["linestyle"] for look in descent.LOOK.values()}) == len(descent.LOOK) == len(descent.NAMES)


def test_early_stopping_refuses_what_it_does_not_know(descents: pd.DataFrame, along_time: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match=r"unknown methods \['ridge'\]"):
        descent.draw_early_stopping(descents.replace({"method": {"lasso": "ridge"}}), along_time)
    with pytest.raises(ValueError, match="one sample size, got"):
        descent.draw_early_stopping(descents, along_time.assign(n=range(len(along_time))))


@pytest.mark.parametrize(("low", "high"), [(11.0, 10_500.0), (1.5, 9.0), (0.002, 40.0), (95.0, 180.0)])
def test_a_logarithmic_axis_has_a_few_plain_numbers_wherever_it_lies(low: float, high: float) -> None:
    with house_style():
        _, axes = new_figure(3.0)
        axes.set_xscale("log")
        axes.set_xlim(low, high)
        number_axis(axes)
    ticks = [tick for tick in axes.get_xticks() if low <= tick <= high]
    assert 2 <= len(ticks) <= 9
    assert not len(axes.get_xticks(minor=True))
    assert all("e" not in axes.xaxis.get_major_formatter()(tick) for tick in ticks)


def test_every_family_is_named_and_marked_apart(
    family_models: tuple[pd.DataFrame, pd.DataFrame], family_names: dict[str, str]
) -> None:
    (axes,) = families.draw_families(*family_models, family_names).axes
    assert [text.get_text() for text in axes.texts] == list(family_names.values())
    looks = {
        (place % len(families.FAMILY_COLOURS), families.FAMILY_MARKERS[place]) for place in range(len(family_names))
    }
    assert len({marker for _, marker in looks}) == len(family_names)
    heights = np.sort([np.log10(text.xyann[1]) for text in axes.texts])
    low, high = np.log10(axes.get_ylim())
    assert np.diff(heights).min() >= 0.999 * families.NAME_GAP * (high - low)


def test_families_in_words_have_each_exponent(family_laws: pd.DataFrame, family_names: dict[str, str]) -> None:
    text = families.describe_families(family_laws, family_names)
    assert "a dashed line of exponent 9.3" in text
    assert "ResNet 5.6" in text
    assert "NASNet-A 9.1" in text
    text = families.describe_family_exponents(family_laws, family_names)
    assert "Families, pooled 8.9 (7.8 to 10.4)" in text
    assert "NASNet-A, misprinted 5.3 (3.8 to 8.6)" in text
    assert "MnasNet-A 3.9 (at least 1.6, with no upper bound)" in text


def test_rows_of_family_exponents_begin_with_the_field(family_laws: pd.DataFrame, family_names: dict[str, str]) -> None:
    (axes,) = families.draw_family_exponents(family_laws, family_names).axes
    rows = [label.get_text() for label in axes.get_yticklabels()]
    assert rows[:3] == ["Field (n = 110)", "Rest of the field (n = 71)", "Families, pooled (n = 39)"]
    assert len(rows) == len(family_names) + 4
    assert "NASNet-A, misprinted (n = 4)" in rows


def test_fills_lie_on_one_line_and_imputations_around_it(gaps: tuple[Gaps, Gaps]) -> None:
    left = imputation.draw_filling(*gaps).axes[0]
    cloud, filled, recorded = (collection.get_offsets() for collection in left.collections[:3])
    assert (len(cloud), len(filled), len(recorded)) == (3 * 66, 66, 11)
    assert np.abs(np.polyval(np.polyfit(*filled.T, 1), filled[:, 0]) - filled[:, 1]).max() < 1e-9
    assert np.std(cloud[:, 1] - np.tile(filled[:, 1], 3)) > 0.2
    text = imputation.describe_filling(*gaps)
    assert "11 models have both, 66 gaps" in text
    assert "36 recorded burdens" in text


def test_ways_to_treat_a_missing_burden_in_words(consolidated: pd.DataFrame) -> None:
    text = imputation.describe_methods(consolidated, {"2022": "as published"})
    assert "as published: complete cases 10.7 (9.2 to 12.8), single imputation 11.0 (9.9 to 12.4)" in text
    (axes,) = imputation.draw_methods(consolidated, {"2022": "as published"}).axes
    assert axes.get_yticklabels()[1].get_text() == "single imputation, as published (n = 102)"
