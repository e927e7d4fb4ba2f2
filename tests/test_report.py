"""The finished report in ``_build``: results, manifest, HTML and PDF agree with what was promised."""

import csv
import hashlib
import importlib.metadata
import json
import math
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pandas as pd
import pytest
from scipy.stats import linregress

from computational_limits.pipeline import SIMULATIONS
from computational_limits.tables import table_paths
from computational_limits.theory.design import SEED

PUBLISHED = {  # n, exponent, R2, p of the polynomial form, from an independent calculation
    "imagenet": (13, 13.64, 0.452, 0.012),
    "ms-coco": (33, 44.29, 0.290, 0.0012),
    "squad-1.1": (16, 7.78, 0.682, 8e-5),
    "conll-2003": (13, 59.48, 0.418, 0.017),
    "wmt2014-en-fr": (13, 42.21, 0.516, 0.0056),
    "wmt2014-en-de": (13, 434, 0.003, 0.86),
}
DIRECTION = "performance on computing"
SIMULATED = (
    "covariates relevant coefficient_law snr estimator penalty n repetitions risk_mean risk_se performance_mean"
    " performance_se flop_mean closed_form state_evolution"
)
FORECAST = (
    "edition benchmark form direction estimator origin n_fitted fitted conversion model_id model date cluster"
    " computing_from log10_error predicted_log10_error log10_error_low log10_error_high error_inside"
    " error_interval_score error_log_score error_pit line_se log10_gflop predicted_log10_gflop log10_gflop_low"
    " log10_gflop_high gflop_inside gflop_interval_score gflop_log_score gflop_pit excluded absent"
)
COLUMNS = {
    "regressions": "benchmark vintage measure form direction estimator errors n intercept slope slope_se exponent"
    " exponent_low exponent_high r2 p_value absent",
    "projections": "benchmark vintage measure form direction label error log10_gflop log10_gflop_low log10_gflop_high"
    " bootstrap_low bootstrap_high prediction_low prediction_high log10_usd log10_lb_co2 decades_beyond_data method"
    " absent",
    "forms": "benchmark vintage measure form n papers parameters aic aicc bic loo_error loo_undefined lopo_error"
    " lopo_undefined floor floor_low floor_high absent",
    "influence": "benchmark vintage measure form left_out n slope exponent change",
    "bootstrap": "benchmark vintage measure form n papers resamples failed share_not_positive slope slope_low"
    " slope_high exponent exponent_low exponent_high absent",
    "claims": "claim_id source quantity published found verdict grade reason",
    "audit": "benchmark vintage model_id model published_gflop recomputed_gflop log10_ratio cause corrected_gflop"
    " corrected_low_gflop corrected_high_gflop evidence",
    "regressions_2022": "benchmark measure n intercept slope slope_se r2 p_value",
    "simulation": SIMULATED,
    "simulation_grid": SIMULATED,
    "growth": "repetition n risk selected passes compute_flop covariates performance gradient_flop",
    "families": "benchmark vintage measure family score n degrees_of_freedom slope slope_se exponent exponent_low"
    " exponent_high r2 p_value reason",
    "consolidated": "benchmark vintage method n imputed with_both slope slope_se degrees_of_freedom exponent"
    " exponent_low exponent_high interval_monte_carlo_se missing_information reason",
    "trends": "series measure selection era n start end growth_per_year growth_low growth_high doubling_years"
    " doubling_low doubling_high log10_slope log10_slope_se log10_intercept residual_sd r2",
    "breaks": "series measure n date date_low date_high growth_before growth_before_low growth_before_high growth_after"
    " growth_after_low growth_after_high r2",
    "readings": "claim_id reading value low high",
    "limits": "name low estimate high",
    "passages": "benchmark vintage form label error log10_gflop limit limit_log10_gflop decades_beyond passes",
    "affordability": "benchmark vintage measure form label error budget budget_usd from_year hardware algorithms years"
    " years_low years_high share_now share_never",
    "needs": "benchmark vintage form label error against log10_gflop_there decades decades_low decades_high",
    "cost_trends": "series measure selection era n start end growth_per_year growth_low growth_high doubling_years"
    " doubling_low doubling_high log10_slope log10_slope_se log10_intercept residual_sd r2",
    "cost_editions": "edition unit log10_gflop log10_gflop_low log10_gflop_high times_base times_base_low"
    " times_base_high",
    "reconciliation": "model_id benchmark model system relation method operations_gflop utilisation rate_ratio"
    " log10_expected published_gflop published_log10_ratio published_left audited_gflop audited_log10_ratio"
    " audited_left",
    "form_comparison": "benchmark vintage n papers aic_difference vuong_statistic vuong_p_value told_apart about_equal"
    " polynomial_loo_error exponential_loo_error polynomial_lopo_error exponential_lopo_error",
    "hindcast": FORECAST,
    "hindcast_scores": "edition benchmark form direction estimator quantity n papers bias bias_se bias_low bias_high"
    " median_bias line_se bias_wide_low bias_wide_high coverage coverage_low coverage_high log_score interval_score"
    " unbounded impossible verdict",
    "hindcast_variations": "edition benchmark form direction estimator quantity n papers bias bias_se bias_low"
    " bias_high median_bias line_se bias_wide_low bias_wide_high coverage coverage_low coverage_high log_score"
    " interval_score unbounded impossible verdict variation beforehand",
    "backtest": FORECAST,
    "backtest_ranking": "edition form direction estimator n origins log_score interval_score difference"
    " difference_se difference_low difference_high difference_interval_score coverage bias impossible rank",
    "progress": "benchmark edition conversion n_earlier n_later papers slope_computing slope_year p_value_year"
    " correlation decades_per_year decades_low decades_high bootstrap_low bootstrap_high failed absent",
    "per_pass": "models estimator n clusters intercept slope exponent exponent_low exponent_high cluster_low"
    " cluster_high",
    "language": "benchmark n slope exponent exponent_low exponent_high r2 p_value models families first_year last_year"
    " guessing_floor lowest_error year_slope year_low year_high year_p_value year_correlation floor_low"
    " floor_high break_gain break_lopo_gain break_log10_gflop slope_below slope_above inverse_exponent"
    " inverse_exponent_low inverse_exponent_high year_exponent year_exponent_low year_exponent_high"
    " model_exponent model_exponent_low model_exponent_high",
    "multiverse": "benchmark vintage measure form metric direction estimator outliers frontier n slope power p_value"
    " log10_gflop rising above_theory above_practice beyond_stock forms_equal distinct",
    "multiverse_absent": "benchmark reason specifications",
    "multiverse_conclusions": "benchmark conclusion claim specifications holds share",
    "multiverse_drivers": "benchmark outcome specifications dimension alone shapley",
    "multiverse_tests": "benchmark vintage specifications observed permuted permuted_high permutations p_value",
}
EXTRA_COLUMNS = {
    "regressions": {
        *(
            "slope_low",
            "slope_high",
            "papers",
            "floor",
            "floor_low",
            "floor_high",
            "break_log10_gflop",
            "break_low",
            "break_high",
            "slope_below",
        ),
        *("year_slope", "year_se", "year_p_value", "year_correlation", "variance_inflation"),
    },
    "claims": {"unit", "found_low", "found_high"},
    "consolidated": {"coverage_as_recorded", "coverage_through_burden"},
    "language": {
        "label_floor",
        *(f"{way}_exponent{end}" for way in ("source", "shots") for end in ("", "_low", "_high")),
    },
}
LANGUAGE_CHAPTERS = ["mmlu", "gsm8k", "hellaswag", "arc-challenge", "gpqa-diamond"]
LANGUAGE_VINTAGE = "2026"
VINTAGES = ["2020", "audited", "2020-records", "2022", "2022-audited"]
IMPOSSIBLE_CELLS = {
    "target-wmt2014-en-fr-target-2-exponential-gflop",
    "target-wmt2014-en-fr-target-2-exponential-lb-co2",
}
LINKING = {"a": "href", "link": "href", "script": "src", "img": "src", "source": "src", "object": "data"}
FIGURE_DOWNLOADS = (".svg", ".png", ".csv")
LEFT_OVER = ("{{", "Traceback (most recent call last)")
"""What a reader sees when a value or a cell went wrong."""
ROLES = ("{numref}", "{ref}", "{cite", "{term}", "{download}")
"""What a reader sees of a reference that went wrong; in a listing they are meant."""
MAGIC = {".svg": b"<", ".png": b"\x89PNG"}


@dataclass
class Page(HTMLParser):
    """What the tests want to know of one HTML page."""

    path: Path
    ids: set[str] = field(default_factory=set, repr=False)
    links: list[str] = field(default_factory=list, repr=False)
    images: list[dict[str, str]] = field(default_factory=list, repr=False)
    captions: dict[str, str] = field(default_factory=dict, repr=False)
    downloads: list[str] = field(default_factory=list, repr=False)
    text: str = field(default="", repr=False)
    prose: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        super().__init__()
        self._articles = 0
        self._scripts = 0
        self._listings = 0
        self._captioned: list[str] = []
        self._in_caption = 0
        self.feed(self.path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if "id" in attributes:
            self.ids.add(attributes["id"])
        if attributes.get(LINKING.get(tag, "")):
            self.links.append(attributes[LINKING[tag]])
        self._articles += tag == "article"
        self._scripts += tag in ("script", "style")
        self._listings += tag == "pre"
        if not self._articles:
            return
        if tag == "img":
            self.images.append(attributes | {"figure": self._captioned[-1] if self._captioned else ""})
        if tag in ("figure", "table"):
            self._captioned.append(attributes.get("id") or f"{tag} without a name in {self.path.name}")
            of_a_control = "aria-label" in attributes or "calculator-" in attributes.get("class", "")
            if not of_a_control:  # only what stands in the text is numbered and named
                self.captions[self._captioned[-1]] = ""
        if tag == "a" and "download" in attributes:
            self.downloads.append(attributes["href"])
        self._in_caption += tag in ("caption", "figcaption")

    def handle_endtag(self, tag: str) -> None:
        self._scripts -= tag in ("script", "style")
        self._listings -= tag == "pre"
        if not self._articles:
            return
        self._articles -= tag == "article"
        self._in_caption -= tag in ("caption", "figcaption")
        if tag in ("figure", "table"):
            self._captioned.pop()

    def handle_data(self, data: str) -> None:
        if not self._scripts:
            self.text += data
            self.prose += "" if self._listings else data
        if self._in_caption and self._captioned[-1] in self.captions:
            self.captions[self._captioned[-1]] += data


@cache
def read_page(path: Path) -> Page:
    return Page(path)


@pytest.fixture(scope="module")
def pages(built: Path, page_names: list[str]) -> dict[str, Page]:
    """Parsed chapters of the book, by name, in reading order."""
    paths = {name: built / "html" / f"{name}.html" for name in page_names}
    missing = [name for name, path in paths.items() if not path.is_file()]
    assert not missing, f"_toc.yml lists pages that were not built: {missing}"
    return {name: read_page(path) for name, path in paths.items()}


@pytest.fixture(scope="module")
def all_html(built: Path) -> list[Path]:
    """Every HTML page, search and index included; not the templates that themes leave in _static."""
    return [path for path in sorted((built / "html").rglob("*.html")) if "_static" not in path.parts]


@pytest.fixture(scope="module")
def manifest(built: Path) -> dict[str, object]:
    return json.loads((built / "results" / "manifest.json").read_text(encoding="utf-8"))


def published_results(built: Path, name: str) -> pd.DataFrame:
    """A results table as a user reads it: text stays text, nothing is taken for missing."""
    return pd.read_csv(built / "results" / f"{name}.csv", dtype=str, keep_default_na=False)


def laws_of_2020(built: Path) -> pd.DataFrame:
    """The laws of the published vintage, fitted as published."""
    table = published_way(built)
    return table[(table["vintage"] == "2020") & (table["measure"] == "hardware_burden")]


def published_way(built: Path) -> pd.DataFrame:
    """Laws of every vintage and measure in the published forms, direction and estimator."""
    table = published_results(built, "regressions")
    way = (table["direction"] == DIRECTION) & (table["estimator"] == "least squares") & (table["errors"] == "classical")
    return table[way & table["form"].isin(["polynomial", "exponential"]) & (table["absent"] == "")]


def numbers_of(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    return table[columns].astype(float)


def computed(page_names: list[str]) -> list[str]:
    """Pages that a notebook makes; the others only tell."""
    return [name for name in page_names if not name.startswith("book/") and name != "changelog"]


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# Results


@pytest.mark.parametrize("name", list(COLUMNS))
def test_results_have_the_documented_columns_in_that_order(built: Path, name: str) -> None:
    columns = list(published_results(built, name).columns)
    assert [column for column in columns if column not in EXTRA_COLUMNS.get(name, ())] == COLUMNS[name].split()


def test_results_folder_holds_the_tables_the_calculator_and_the_manifest_only(built: Path) -> None:
    names = {path.name for path in (built / "results").iterdir()}
    assert names == {*(f"{name}.csv" for name in COLUMNS), "calculator.json", "manifest.json"}


@pytest.mark.parametrize("benchmark", list(PUBLISHED))
def test_polynomial_law_of_2020_comes_out_as_an_independent_calculation_found(built: Path, benchmark: str) -> None:
    table = laws_of_2020(built)
    (row,) = table[(table["benchmark"] == benchmark) & (table["form"] == "polynomial")].to_dict("records")
    n, exponent, r2, p_value = PUBLISHED[benchmark]
    assert int(row["n"]) == n
    assert float(row["exponent"]) == pytest.approx(exponent, abs=0.5 if exponent > 100 else 0.005)
    assert float(row["r2"]) == pytest.approx(r2, abs=0.0005)
    assert float(row["p_value"]) == pytest.approx(p_value, rel=0.05)


def test_only_english_to_german_translation_has_no_significant_law(built: Path) -> None:
    table = laws_of_2020(built)
    flat = table[table["p_value"].astype(float) > 0.05]
    assert set(flat["benchmark"]) == {"wmt2014-en-de"}
    assert set(flat["form"]) == {"polynomial", "exponential"}


def test_every_law_agrees_with_scipy_on_the_committed_rows(built: Path, models: pd.DataFrame) -> None:
    laws = laws_of_2020(built)
    assert len(laws) == 2 * len(PUBLISHED)
    for law in laws.to_dict("records"):
        rows = models[models["benchmark"] == law["benchmark"]]
        log10_compute = [math.log10(burden) for burden in rows["hardware_burden_gflop"]]
        polynomial = law["form"] == "polynomial"
        performance = [-math.log10(error) if polynomial else 1 / error for error in rows["error"]]
        found = linregress(log10_compute, performance)
        expected = [found.intercept, found.slope, found.stderr, 1 / found.slope, found.rvalue**2, found.pvalue]
        printed = [float(law[name]) for name in ("intercept", "slope", "slope_se", "exponent", "r2", "p_value")]
        assert printed == pytest.approx(expected, rel=1e-9), f"{law['benchmark']}, {law['form']}"


@pytest.mark.parametrize("name", ["regressions", "projections", "regressions_2022", "trends", "breaks"])
def test_unbounded_ends_are_infinite_and_no_cell_is_blank(built: Path, name: str) -> None:
    table = published_results(built, name)
    if "absent" in table:
        table = table.loc[table["absent"] == "", COLUMNS[name].split()].drop(columns="absent")
    if name == "projections":
        resampled = table["method"] == "bootstrap"
        assert (table.loc[resampled, ["prediction_low", "prediction_high"]] == "").to_numpy().all()
        table = table[~resampled]
    blank = [(column, int(row)) for column in table for row in table.index[table[column].str.strip() == ""]]
    assert blank == []
    assert not table.map(lambda cell: cell.lower() == "nan").to_numpy().any()


def test_exponent_of_a_flat_law_is_unbounded_above(built: Path) -> None:
    table = laws_of_2020(built).set_index("benchmark")
    assert set(table.loc["wmt2014-en-de", "exponent_high"]) == {"inf"}
    bounded = numbers_of(table.drop(index="wmt2014-en-de"), ["exponent_low", "exponent_high"])
    assert bounded.map(math.isfinite).to_numpy().all()


def test_projections_cover_every_vintage_benchmark_form_direction_and_target_once_each(built: Path) -> None:
    table = published_results(built, "projections")
    keys = ["benchmark", "vintage", "form", "direction", "label"]
    assert set(table["benchmark"]) == set(PUBLISHED) - {"wmt2014-en-de"}
    assert set(table["vintage"]) == set(VINTAGES)
    assert len(table) == 5 * 5 * 6 * 4 * 3
    assert not table.duplicated(keys).any()
    assert ((table["log10_gflop"] == "") == (table["absent"].str.len() > 20)).all()
    straight = table["form"].isin(["polynomial", "exponential"])
    assert (table.loc[straight, "absent"] == "").all()


def test_every_interval_contains_its_estimate(built: Path) -> None:
    for name, middle in (("regressions", "exponent"), ("projections", "log10_gflop")):
        table = published_results(built, name)
        fitted = table[table[middle] != ""]
        if name == "projections":  # percentiles of resamples need not hold it
            fitted = fitted[fitted["method"] != "bootstrap"]
        values = numbers_of(fitted, [f"{middle}_low", middle, f"{middle}_high"])
        inside = (values[f"{middle}_low"] <= values[middle]) & (values[middle] <= values[f"{middle}_high"])
        assert inside.all(), f"{name}:\n{values[~inside]}"


def test_regressions_hold_every_vintage_and_no_law_twice(built: Path) -> None:
    table = published_results(built, "regressions")
    assert list(dict.fromkeys(table["vintage"])) == ["2020", LANGUAGE_VINTAGE, *VINTAGES[1:]]
    keys = ["benchmark", "vintage", "measure", "form", "direction", "estimator", "errors"]
    assert not table.duplicated(keys).any()


def test_every_vintage_and_measure_of_a_benchmark_has_its_regressions(built: Path) -> None:
    table = published_results(built, "regressions")
    of_language = table["vintage"] == LANGUAGE_VINTAGE
    cases = table.loc[~of_language, ["benchmark", "vintage", "measure"]].drop_duplicates()
    measures = {"hardware_burden", "ops_per_pass", "network_operations", "consolidated_burden"}
    assert set(cases["measure"]) == measures
    assert len(cases) == len(PUBLISHED) * len(VINTAGES) * len(measures)
    assert set(table.loc[of_language, "measure"]) == {"training_flop"}
    assert set(table.loc[of_language, "benchmark"]) == set(published_results(built, "language")["benchmark"])


@pytest.mark.parametrize("name", ["forms", "influence", "bootstrap"])
def test_what_regressions_rest_on_is_told_once_for_every_law(built: Path, name: str) -> None:
    table = published_results(built, name)
    keys = ["benchmark", "vintage", "measure", "form"]
    assert not table.duplicated([*keys, *(["left_out"] if name == "influence" else [])]).any()
    laws = published_way(built)
    fitted = laws[laws["form"] == "polynomial"].set_index(keys).index
    assert set(table[table["form"] == "polynomial"].set_index(keys).index) == set(fitted)
    assert set(table["vintage"]) == {*VINTAGES, LANGUAGE_VINTAGE}


def test_a_regression_has_a_slope_or_a_reason_why_it_is_absent(built: Path) -> None:
    table = published_results(built, "regressions")
    assert ((table["slope"] == "") == (table["absent"].str.len() > 20)).all()
    assert (table["absent"] != "").any()


def test_the_audit_keeps_every_published_burden_beside_its_correction(built: Path, root: Path) -> None:
    table = published_results(built, "audit").set_index("model_id")
    with (root / "data" / "points.csv").open(encoding="utf-8", newline="") as file:
        points = {row["model_id"]: float(row["hardware_burden_gflop"]) for row in csv.DictReader(file)}
    rows = table[table["vintage"] == "2020"]
    assert rows["published_gflop"].astype(float).to_dict() == pytest.approx(points, rel=1e-12)
    agrees = table["cause"] == "agrees"
    assert (table.loc[agrees, "corrected_gflop"] == table.loc[agrees, "published_gflop"]).all()
    assert (table.loc[~agrees, "evidence"].str.len() > 20).all()


def test_laws_of_2022_in_the_authors_terms_are_the_laws_of_that_vintage(built: Path) -> None:
    laws = published_way(built).query("vintage == '2022' and form == 'polynomial'")
    printed = published_results(built, "regressions_2022")
    assert (
        printed[["benchmark", "measure", "n"]].to_numpy().tolist()
        == laws[["benchmark", "measure", "n"]].to_numpy().tolist()
    )
    assert (-printed["slope"].astype(float)).tolist() == pytest.approx(laws["slope"].astype(float).tolist(), rel=1e-12)


def test_money_and_carbon_follow_from_constants_inside_the_published_windows(built: Path) -> None:
    names = ["log10_gflop", "log10_usd", "log10_lb_co2"]
    table = published_results(built, "projections").query("form in ('polynomial', 'exponential')")
    values = numbers_of(table, names)
    gflop_per_usd = values["log10_gflop"] - values["log10_usd"]
    gflop_per_lb = values["log10_gflop"] - values["log10_lb_co2"]
    assert gflop_per_usd.between(7.8970, 8.0547, inclusive="right").all()
    assert gflop_per_lb.between(8.0914, 8.1138, inclusive="right").all()


def test_at_least_88_of_the_90_target_cells_are_reproduced(built: Path) -> None:
    claims = published_results(built, "claims")
    cells = claims[claims["claim_id"].str.startswith("target-")]
    assert len(cells) == 90
    assert (cells["verdict"] == "reproduced").sum() >= 88


def test_the_two_impossible_cells_differ_and_the_reason_says_why(built: Path) -> None:
    claims = published_results(built, "claims").set_index("claim_id")
    cells = claims.loc[sorted(IMPOSSIBLE_CELLS)]
    assert set(cells["verdict"]) == {"differs"}
    assert cells["reason"].str.contains("contradicts itself").all()
    assert set(cells["grade"]) == {"unverified transcription"}


def test_every_published_claim_has_one_verdict_with_a_reason(built: Path, root: Path) -> None:
    claims = published_results(built, "claims")
    asked = pd.read_csv(root / "data" / "claims.csv", dtype=str, keep_default_na=False)
    assert claims["claim_id"].tolist() == asked["claim_id"].tolist()
    assert claims["published"].tolist() == asked["published"].tolist()
    assert claims["grade"].tolist() == asked["grade"].tolist()
    assert set(claims["verdict"]) <= {"reproduced", "differs", "not testable"}
    assert (claims["reason"].str.len() > 20).all()
    tested = claims["verdict"] != "not testable"
    assert (claims.loc[tested, "found"] != "").all()
    assert (claims.loc[~tested, "found"] == "").all()


# Manifest


def test_manifest_names_the_installed_version(manifest: dict[str, object]) -> None:
    assert manifest["version"] == importlib.metadata.version("computational-limits")


def test_manifest_hashes_are_those_of_the_files(manifest: dict[str, object], built: Path, root: Path) -> None:
    data = {"datapackage": root / "data" / "datapackage.json", **table_paths(root)}
    results = {name: built / "results" / f"{name}.csv" for name in COLUMNS}
    advice = "the report is older than the files: run `make report`"
    assert manifest["lock_sha256"] == sha256(root / "requirements.lock"), advice
    assert manifest["data_sha256"] == {name: sha256(path) for name, path in data.items()}, advice
    assert manifest["results_sha256"] == {name: sha256(path) for name, path in results.items()}


def test_manifest_has_the_seed_of_the_simulations(manifest: dict[str, object]) -> None:
    assert manifest["seeds"] == {"theory": SEED, "hindcast": 20200710}


def test_manifest_times_every_notebook_and_both_builds(manifest: dict[str, object], page_names: list[str]) -> None:
    seconds = manifest["seconds"]
    steps = {*SIMULATIONS, "growth", "calculator", "html", "pdf"}
    assert set(seconds) == {*(Path(name).name for name in computed(page_names)), *steps}
    assert all(value > 0 for value in seconds.values())


# PDF


def test_pdf_is_whole_and_has_a_page_for_each_chapter(built: Path, page_names: list[str]) -> None:
    pdf = built / "pdf" / "computational-limits.pdf"
    content = pdf.read_bytes()
    assert content.startswith(b"%PDF-")
    assert b"%%EOF" in content[-1024:]
    if shutil.which("pdfinfo"):
        told = subprocess.run(["pdfinfo", pdf], check=True, capture_output=True, text=True).stdout
        pages = re.search(r"^Pages:\s+(\d+)", told, re.MULTILINE)
        assert pages
        assert int(pages[1]) >= len(page_names)
    else:
        assert len(content) > 100_000


# HTML


def test_every_page_of_the_contents_has_an_html_file_and_no_other_is_built(
    pages: dict[str, Page], all_html: list[Path], built: Path
) -> None:
    made = {str(path.relative_to(built / "html").with_suffix("")) for path in all_html}
    assert made - {"search", "genindex"} == set(pages)


def test_no_page_has_an_unfilled_value_a_traceback_or_an_unresolved_reference(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        assert len(page.text) > 500, f"{name}.html is empty"
        found = [sign for sign in LEFT_OVER if sign in page.text] + [role for role in ROLES if role in page.prose]
        assert found == [], f"{name}.html"
        assert "stderr" not in page.path.read_text(encoding="utf-8"), f"{name}.html"


def test_no_published_text_names_the_folder_it_was_built_in(built: Path, root: Path) -> None:
    folder = re.compile(rf"(?<![\w.]){re.escape(str(root))}(?![\w-])".encode())
    published = [path for part in ("html", "results") for path in (built / part).rglob("*") if path.is_file()]
    assert [str(path) for path in published if folder.search(path.read_bytes())] == []


def broken_links(page: Page) -> Iterator[str]:
    for link in page.links:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        target = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path
        if not target.is_file():
            yield f"{page.path.name}: {link} does not exist"
        elif parts.fragment and target.suffix == ".html" and unquote(parts.fragment) not in read_page(target).ids:
            yield f"{page.path.name}: {link} points at a place that does not exist"


def test_every_internal_link_and_download_leads_somewhere(all_html: list[Path]) -> None:
    assert [message for path in all_html for message in broken_links(read_page(path))] == []


def test_every_external_link_is_https_or_a_scheme_of_the_browser(all_html: list[Path]) -> None:
    schemes = {urlsplit(link).scheme for path in all_html for link in read_page(path).links}
    assert schemes <= {"", "https", "data"}


def test_every_image_of_the_chapters_has_alternative_text(pages: dict[str, Page]) -> None:
    images = [(name, image) for name, page in pages.items() for image in page.images]
    assert len(images) >= len(PUBLISHED)
    assert [(name, image["src"]) for name, image in images if len(image.get("alt", "").strip()) < 30] == []


def test_every_image_of_the_chapters_stands_in_a_named_figure(pages: dict[str, Page]) -> None:
    loose = [image["src"] for page in pages.values() for image in page.images if not image["figure"].startswith("fig-")]
    assert loose == []


@pytest.mark.parametrize(("prefix", "word"), [("fig-", "Fig."), ("tab-", "Table")])
def test_figures_and_tables_are_captioned_and_numbered_in_reading_order(
    pages: dict[str, Page], prefix: str, word: str
) -> None:
    all_captions = [caption for page in pages.values() for caption in page.captions.items()]
    captions = {name: text for name, text in all_captions if name.startswith(prefix)}
    numbers = []
    for name, text in captions.items():
        numbered = re.match(rf"\s*{re.escape(word)} (\d+)\s+\S.{{15,}}", text, re.DOTALL)
        assert numbered, f"{name} has the caption {text!r}"
        numbers.append(int(numbered[1]))
    assert numbers == list(range(1, len(captions) + 1))
    assert len(captions) >= len(PUBLISHED)


def test_nothing_is_captioned_without_a_name(pages: dict[str, Page]) -> None:
    named = [name for page in pages.values() for name in page.captions]
    assert [name for name in named if not name.startswith(("fig-", "tab-"))] == []
    assert len(named) == len(set(named))


def test_every_figure_offers_svg_png_and_the_plotted_numbers(pages: dict[str, Page]) -> None:
    for page in pages.values():
        files = [Path(link) for link in page.downloads]
        offered = {(file.stem.replace(".", "-"), file.suffix) for file in files}  # as docutils spells names
        wanted = {(name, kind) for name in page.captions if name.startswith("fig-") for kind in FIGURE_DOWNLOADS}
        assert wanted - offered == set(), page.path.name


def test_every_download_holds_what_its_name_says(pages: dict[str, Page]) -> None:
    paths = {page.path.parent / link for page in pages.values() for link in page.downloads}
    assert paths
    for path in paths:
        content = path.read_bytes()
        assert content.startswith(MAGIC.get(path.suffix, b"")), path.name
        if path.suffix == ".csv":
            header, *rows = csv.reader(content.decode("utf-8").splitlines())
            assert header, path.name
            assert rows, f"{path.name} has no rows"


# Executed notebooks


def notebooks_in(built: Path) -> dict[str, dict[str, object]]:
    source = built / "work" / "source"
    return {
        str(path.relative_to(source)): json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(source.rglob("*.ipynb"))
    }


def test_there_is_an_executed_notebook_behind_every_computed_page(built: Path, page_names: list[str]) -> None:
    assert set(notebooks_in(built)) == {f"{name}.ipynb" for name in computed(page_names)}
    assert [name for name in page_names if "benchmarks/" in name] == [
        f"benchmarks/{name}" for name in [*PUBLISHED, *LANGUAGE_CHAPTERS]
    ]


def test_executed_notebooks_carry_no_papermill_metadata(built: Path) -> None:
    for name, notebook in notebooks_in(built).items():
        assert "papermill" not in notebook["metadata"], name
        assert not [cell for cell in notebook["cells"] if "papermill" in cell["metadata"]], name


def test_executed_notebooks_hold_no_error_and_no_warning(built: Path) -> None:
    for name, notebook in notebooks_in(built).items():
        outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
        assert outputs, f"{name} shows nothing"
        assert not [output for output in outputs if output["output_type"] == "error"], name
        assert not [output for output in outputs if output.get("name") == "stderr"], name
