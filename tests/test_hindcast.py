from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import integrate, stats

from computational_limits.estimators import least_squares
from computational_limits.figures.hindcast import (
    describe_bias,
    describe_coverage,
    describe_hindcast,
    describe_shift,
    draw_bias,
    draw_coverage,
    draw_hindcast,
    draw_shift,
    published_way,
)
from computational_limits.fits import COMPUTING_ON_PERFORMANCE, DIRECTIONS, LEAST_SQUARES, QUANTILES, THEIL_SEN
from computational_limits.forecasts import (
    Student,
    coverage_interval,
    interval_score,
    mean_interval,
    score_computing,
    score_error,
    student_of,
)
from computational_limits.hindcast import (
    BASELINE,
    BIASED,
    FAILED,
    FORECAST_COLUMNS,
    HELD,
    NARROW,
    TOO_FEW,
    VERDICTS,
    afterthoughts,
    backtest_expanding,
    baseline_forecast,
    earlier_models,
    fit_way,
    headline,
    hindcast,
    judge,
    name_way,
    rank_forecasts,
    records_for,
    score_hindcast,
    select_later,
    vary_protocol,
    ways_of,
)
from computational_limits.hindcast_tables import (
    render_excluded,
    render_headline,
    render_progress,
    render_ranking,
    render_scores,
    render_variations,
)
from computational_limits.inversion import crossing_for
from computational_limits.progress import (
    algorithmic_progress,
    computing_saved,
    resample_shift,
    shift_interval,
)
from computational_limits.protocol import (
    AS_WRITTEN,
    BASELINES,
    LAST_VALUE,
    LATER_MODELS,
    PROTOCOL,
    TIME_TREND,
    YEAR_AND_COMPUTING,
    Protocol,
    ProtocolError,
    digest_protocol,
    parse_protocol,
    read_protocol,
)
from computational_limits.scaling import (
    EVERY_FORM,
    EXPONENTIAL,
    EXPONENTIAL_DECAY,
    EXPONENTIAL_WITH_FLOOR,
    FORMS,
    PERFORMANCE_ON_COMPUTING,
    POLYNOMIAL,
    Form,
)
from computational_limits.tables import read_table
from computational_limits.uncertainty import Interval
from computational_limits.vintages import read_models

PUBLISHED_WAY = (PERFORMANCE_ON_COMPUTING, LEAST_SQUARES)


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return read_protocol()


@pytest.fixture(scope="module")
def text(root) -> str:
    return (root / PROTOCOL).read_text(encoding="utf-8")


def planted(
    generator: np.random.Generator,
    n: int,
    form: Form = POLYNOMIAL,
    noise: float = 0.05,
    years: tuple[int, int] = (2012, 2019),
    shift: float = 0.0,
) -> pd.DataFrame:
    """Models of a law with normal scatter of the response; the law moves ``shift`` decades of computing per year."""
    x = generator.uniform(9.0, 13.0, n)
    year = generator.integers(years[0], years[1] + 1, n)
    intercept, slope = (-0.5, 0.1) if form.name == POLYNOMIAL.name else (-8.0, 1.3)
    scale = noise if form.name == POLYNOMIAL.name else 10.0 * noise
    response = intercept + slope * (x + shift * (year - 2012)) + scale * generator.standard_normal(n)
    return pd.DataFrame(
        {
            "benchmark": "planted",
            "model_id": [f"m{place}" for place in range(n)],
            "model": "m",
            "paper": [f"p{place}" for place in range(n)],
            "year": year,
            "date": year + 0.5,
            "error": form.error(response),
            "compute_gflop": 10.0**x,
            "hardware_burden_gflop": 10.0**x,
        }
    )


def as_later(models: pd.DataFrame, edition: str = "2026") -> pd.DataFrame:
    return models.assign(edition=edition, cluster=models["paper"], computing_from="stated", excluded="")


def few_ways(protocol: Protocol, *forms: Form, directions: tuple[str, ...] = DIRECTIONS[:1]) -> Protocol:
    names = tuple(form.name for form in forms)
    return replace(protocol, forms=names, directions=directions, estimators=(LEAST_SQUARES,), baselines=())


# Scores


@given(centre=st.floats(-5, 5), scale=st.floats(0.01, 5), df=st.integers(1, 60), value=st.floats(-20, 20))
def test_density_and_probability_of_student_are_those_of_scipy(
    centre: float, scale: float, df: int, value: float
) -> None:
    law = Student(centre, scale, df)
    assert_allclose(law.log_density(value), stats.t.logpdf(value, df, centre, scale), rtol=1e-9, atol=1e-9)
    assert_allclose(law.below(value), stats.t.cdf(value, df, centre, scale), rtol=1e-9, atol=1e-300)
    low, high = stats.t.interval(0.9, df, centre, scale)
    assert_allclose([law.interval(0.9).low, law.interval(0.9).high], [low, high], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("form", "response"),
    [
        (POLYNOMIAL, Student(0.9, 0.05, 11)),
        (EXPONENTIAL, Student(8.0, 0.4, 11)),
        (EXPONENTIAL_WITH_FLOOR.above(0.05), Student(14.0, 0.5, 11)),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_log_scores_are_densities_of_log10_error_in_every_form(form: Form, response: Student) -> None:
    def density(log10_error: float) -> float:
        return float(np.exp(score_error(form, response, 10.0**log10_error).log_score))

    low, high = (float(np.log10(form.error(np.asarray(response.centre + ways * 6)))) for ways in (0.9, -0.9))
    places = np.linspace(low, high, 4001) if form.name == POLYNOMIAL.name else np.linspace(low, -0.3, 8001)
    inside = integrate.trapezoid([density(place) for place in places if place < -1e-9], places[places < -1e-9])
    assert inside == pytest.approx(1.0, abs=0.01)


def test_the_log_score_of_the_exponential_form_by_hand() -> None:
    scored = score_error(EXPONENTIAL, Student(8.0, 0.5, 10), 0.1)
    assert scored.log_score == pytest.approx(stats.t.logpdf(10.0, 10, 8.0, 0.5) + np.log(np.log(10.0) / 0.1))
    assert scored.forecast == pytest.approx(np.log10(1 / 8))
    assert scored.pit == pytest.approx(stats.t.sf(10.0, 10, 8.0, 0.5))


def test_the_log_score_of_computing_itself_is_one_of_its_logarithm() -> None:
    scored = score_computing(EXPONENTIAL_DECAY, Student(2e9, 1e9, 10), 1e9)
    assert scored.log_score == pytest.approx(stats.t.logpdf(1e9, 10, 2e9, 1e9) + np.log(np.log(10.0) * 1e9))
    assert scored.band.low == pytest.approx(np.log10(2e9 - stats.t.ppf(0.95, 10) * 1e9))
    assert score_computing(EXPONENTIAL_DECAY, Student(2e9, 9e9, 10), 1e9).band.low == -np.inf


def test_an_error_below_the_floor_is_ruled_out() -> None:
    scored = score_error(EXPONENTIAL_WITH_FLOOR.above(0.08), Student(20.0, 2.0, 10), 0.07)
    assert scored.log_score == -np.inf
    assert scored.actual not in scored.band
    assert scored.band.low > np.log10(0.08)


def test_a_band_ends_at_an_error_of_one() -> None:
    band = score_error(EXPONENTIAL, Student(1.5, 2.0, 10), 0.5).band
    assert band.high == 0.0
    assert band.low == pytest.approx(-np.log10(1.5 + 2.0 * stats.t.ppf(0.95, 10)))


def test_the_interval_score_by_hand() -> None:
    assert interval_score(Interval(0.0, 2.0), 1.0) == pytest.approx(2.0)
    assert interval_score(Interval(0.0, 2.0), -0.5) == pytest.approx(2.0 + 20.0 * 0.5)
    assert interval_score(Interval(0.0, 2.0), 2.5, 0.5) == pytest.approx(2.0 + 4.0 * 0.5)
    assert interval_score(Interval(0.0, np.inf), 1.0) == np.inf


def test_the_interval_score_is_best_at_the_quantiles() -> None:
    draws = stats.norm.rvs(size=20_000, random_state=1)
    scores = {
        half: np.mean([interval_score(Interval(-half, half), value) for value in draws]) for half in (1.2, 1.645, 2.1)
    }
    assert min(scores, key=scores.__getitem__) == 1.645


def test_the_forecast_by_least_squares_is_that_of_statsmodels() -> None:
    generator = np.random.default_rng(3)
    design = np.column_stack([np.ones(15), generator.normal(size=(15, 2))])
    y = design @ [1.0, 2.0, 3.0] + generator.normal(size=15)
    row = np.array([1.0, 2.0, -1.0])
    law = student_of(least_squares(design, y), row)
    found = sm.OLS(y, design).fit().get_prediction(row).summary_frame(alpha=0.1)
    ends = law.interval(0.9)
    assert_allclose(
        [law.centre, ends.low, ends.high], found[["mean", "obs_ci_lower", "obs_ci_upper"]].to_numpy()[0], rtol=1e-10
    )


@settings(max_examples=50)
@given(inside=st.lists(st.booleans(), min_size=2, max_size=40))
def test_coverage_of_single_models_is_wilsons_interval(inside: list[bool]) -> None:
    values = np.array(inside, dtype=float)
    share, ends = coverage_interval(values, np.arange(values.size))
    wilson = stats.binomtest(int(values.sum()), values.size).proportion_ci(0.9, method="wilson")
    assert share == values.mean()
    assert_allclose([ends.low, ends.high], [wilson.low, wilson.high], atol=1e-12)


def test_models_of_one_paper_count_as_few() -> None:
    values, codes = np.repeat([1.0, 1.0, 0.0, 1.0], 5), np.repeat(np.arange(4), 5)
    share, ends = coverage_interval(values, codes)
    wilson = stats.binomtest(3, 4).proportion_ci(0.9, method="wilson")
    assert share == 0.75
    assert ends.low <= wilson.low
    assert ends.high >= wilson.high
    _, alike = coverage_interval(np.ones(20), codes)
    assert alike.low == pytest.approx(stats.binomtest(4, 4).proportion_ci(0.9, method="wilson").low)


def test_the_mean_by_cluster_is_that_of_statsmodels() -> None:
    values, codes = np.random.default_rng(1).normal(size=12), np.repeat([0, 1, 2, 3], 3)
    mean, se, ends = mean_interval(values, codes)
    fitted = sm.OLS(values, np.ones(12)).fit()
    clustered = fitted.get_robustcov_results("cluster", groups=codes, use_correction=False)
    assert mean == pytest.approx(fitted.params[0])
    assert se == pytest.approx(clustered.bse[0] * np.sqrt(4 / 3))
    assert ends.high - mean == pytest.approx(stats.t.ppf(0.95, 3) * se)


def test_one_cluster_bounds_no_mean() -> None:
    assert mean_interval(np.array([1.0, 2.0]), np.array([0, 0]))[2] == Interval(-np.inf, np.inf)


# Laws


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_law_asks_for_the_computing_that_its_crossing_does(form: Form, direction: str) -> None:
    models = planted(np.random.default_rng(5), 14, form)
    law = fit_way(models, form, direction, LEAST_SQUARES)
    reach = crossing_for(models["compute_gflop"], models["error"], form, direction).reach(0.11)
    _, scored = law.score(0.11, 1e13, 0.9)
    assert scored.forecast == pytest.approx(reach.estimate)
    assert_allclose([scored.band.low, scored.band.high], [reach.prediction.low, reach.prediction.high], rtol=1e-9)


def test_the_band_of_error_is_that_of_the_law() -> None:
    models = planted(np.random.default_rng(5), 14)
    design = sm.add_constant(np.log10(models["compute_gflop"].to_numpy()))
    found = sm.OLS(-np.log10(models["error"].to_numpy()), design).fit().get_prediction([1.0, 14.0])
    frame = found.summary_frame(alpha=0.1)
    scored, _ = fit_way(models, POLYNOMIAL, *PUBLISHED_WAY).score(0.1, 1e14, 0.9)
    assert_allclose(
        [scored.forecast, scored.band.high, scored.band.low],
        -frame[["mean", "obs_ci_lower", "obs_ci_upper"]].to_numpy()[0],
    )
    assert scored.line_se == pytest.approx(frame["mean_se"].iloc[0])


def test_both_quantities_agree_on_what_is_in_the_band() -> None:
    generator = np.random.default_rng(8)
    for _ in range(20):
        law = fit_way(planted(generator, 12, noise=0.03), POLYNOMIAL, *PUBLISHED_WAY)
        for new in planted(generator, 5, noise=0.1).to_dict("records"):
            of_error, of_computing = law.score(new["error"], new["compute_gflop"], 0.9)
            if of_computing.band.bounded:
                assert (of_error.actual in of_error.band) == (of_computing.actual in of_computing.band)


@pytest.mark.parametrize("estimator", [THEIL_SEN, *list(QUANTILES)[:1], "best so far"])
def test_every_estimator_recovers_a_law_without_scatter(estimator: str) -> None:
    models = planted(np.random.default_rng(2), 20, noise=1e-9).sort_values("compute_gflop")
    models["year"] = 2001 + np.arange(20)
    law = fit_way(models, POLYNOMIAL, PERFORMANCE_ON_COMPUTING, estimator)
    of_error, of_computing = law.score(10.0**-0.95, 10.0**14.5, 0.9)
    assert of_error.bias == pytest.approx(0.0, abs=1e-6)
    assert of_computing.bias == pytest.approx(0.0, abs=1e-5)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("direction", DIRECTIONS[:2])
def test_bands_of_a_planted_law_cover_nine_models_in_ten(form: Form, direction: str) -> None:
    generator = np.random.default_rng(11)
    inside = []
    for _ in range(1500):
        law = fit_way(planted(generator, 13, form), form, *(direction, LEAST_SQUARES))
        new = planted(generator, 1, form).iloc[0]
        scores = law.score(new["error"], new["compute_gflop"], 0.9)
        inside.append([scored.actual in scored.band for scored in scores])
    shares = np.mean(inside, axis=0)
    assert np.all((shares > 0.88) & (shares < 0.92)), shares


def test_forecasts_of_a_planted_law_have_no_bias(protocol: Protocol) -> None:
    generator = np.random.default_rng(4)
    later = as_later(planted(generator, 400))
    forecasts = hindcast(planted(generator, 400), later, few_ways(protocol, POLYNOMIAL))
    scores = score_hindcast(forecasts, protocol).set_index("quantity")
    assert abs(scores.loc["error", "bias"]) < 0.01
    assert abs(scores.loc["gflop", "bias"]) < 0.1


def test_a_floor_rules_out_what_lies_below_it() -> None:
    x = np.linspace(8.0, 14.0, 30)
    models = pd.DataFrame({"compute_gflop": 10.0**x, "error": 0.1 + 10.0 ** (0.5 - 0.15 * x), "year": 2015})
    models["error"] *= 1.0 + 0.001 * np.resize([-1.0, 1.0], 30)
    law = fit_way(models, EVERY_FORM["polynomial with floor"], *PUBLISHED_WAY)
    of_error, of_computing = law.score(0.09, 1e14, 0.9)
    assert of_error.log_score == -np.inf
    assert of_computing.forecast == np.inf
    assert of_computing.actual not in of_computing.band


def test_the_last_value_by_hand() -> None:
    models = pd.DataFrame(
        {"year": [2012, 2013, 2013, 2014], "error": [0.4, 0.2, 0.5, 0.1], "compute_gflop": [1e9, 1e10, 1e9, 1e11]}
    )
    law = baseline_forecast(models, LAST_VALUE, 2015, 1e12)
    steps = np.log10([0.4 / 0.2, 0.4 / 0.5, 0.2 / 0.1])
    assert law.centre == pytest.approx(1.0)
    assert law.scale == pytest.approx(np.sqrt(np.mean(steps**2)))
    assert law.df == 3


@pytest.mark.parametrize("name", [TIME_TREND, YEAR_AND_COMPUTING])
def test_baselines_with_the_year_are_those_of_statsmodels(name: str) -> None:
    models = planted(np.random.default_rng(6), 20, shift=0.5)
    columns = {"year": models["year"] - 2015.0, "x": np.log10(models["compute_gflop"])}
    new = {"const": 1.0, "year": 6.0, "x": 13.5}
    names = ["year"] if name == TIME_TREND else ["year", "x"]
    design = sm.add_constant(pd.DataFrame(columns)[names])
    found = sm.OLS(-np.log10(models["error"]), design).fit().get_prediction([[new[key] for key in ("const", *names)]])
    law = baseline_forecast(models, name, 2021, 10.0**13.5)
    frame = found.summary_frame(alpha=0.1).iloc[0]
    assert law.centre == pytest.approx(frame["mean"])
    assert law.interval(0.9).high == pytest.approx(frame["obs_ci_upper"])


def test_a_last_value_needs_an_earlier_one() -> None:
    models = pd.DataFrame({"year": [2012, 2012], "error": [0.4, 0.2], "compute_gflop": [1e9, 1e10]})
    with pytest.raises(ValueError, match="two models that came after"):
        baseline_forecast(models, LAST_VALUE, 2015, 1e12)


# Hindcast


def test_every_later_model_has_a_row_a_way_or_a_reason(protocol: Protocol) -> None:
    generator = np.random.default_rng(4)
    later = as_later(planted(generator, 6))
    later.loc[[1, 3], "excluded"] = ["no computing", "scored by a linear probe"]
    forecasts = hindcast(planted(generator, 13), later, protocol)
    ways = len(list(ways_of(protocol))) + len(BASELINES)
    assert list(forecasts.columns) == list(FORECAST_COLUMNS)
    assert len(forecasts) == 4 * ways + 2
    left = forecasts[forecasts["excluded"] != ""]
    assert list(left["excluded"]) == ["no computing", "scored by a linear probe"]
    assert left["predicted_log10_error"].isna().all()
    used = forecasts[(forecasts["excluded"] == "") & (forecasts["absent"] == "")]
    assert used["predicted_log10_error"].notna().all()


def test_a_law_that_cannot_be_fitted_says_why(protocol: Protocol) -> None:
    generator = np.random.default_rng(4)
    forecasts = hindcast(planted(generator, 2), as_later(planted(generator, 3)), few_ways(protocol, POLYNOMIAL))
    assert set(forecasts["absent"]) == {"a line needs at least 3 models, got 2"}
    assert score_hindcast(forecasts, protocol).empty


def test_units_of_computing_change_no_score(protocol: Protocol) -> None:
    generator = np.random.default_rng(4)
    points, later = planted(generator, 13), as_later(planted(generator, 8))
    ways = few_ways(protocol, POLYNOMIAL, EXPONENTIAL, directions=DIRECTIONS[:2])
    scores = [
        score_hindcast(
            hindcast(
                points.assign(hardware_burden_gflop=factor * points["hardware_burden_gflop"]),
                later.assign(compute_gflop=factor * later["compute_gflop"]),
                ways,
            ),
            protocol,
        )
        for factor in (1.0, 1e9)
    ]
    pd.testing.assert_frame_equal(*scores, rtol=1e-6)


@pytest.mark.parametrize(
    ("bias", "ends", "coverage", "verdict"),
    [
        (0.5, (0.1, 0.9), (0.2, 0.6), FAILED),
        (0.5, (0.1, 0.9), (0.2, 0.95), BIASED),
        (0.5, (-0.1, 0.9), (0.2, 0.6), NARROW),
        (0.5, (-0.1, 0.9), (0.2, 0.95), HELD),
        (np.inf, (-np.inf, np.inf), (0.2, 0.6), FAILED),
    ],
)
def test_a_forecast_fails_as_the_protocol_says(
    bias: float, ends: tuple[float, float], coverage: tuple[float, float], verdict: str
) -> None:
    assert judge(bias, Interval(*ends), Interval(*coverage), 0.9) == verdict


def test_few_models_or_papers_get_no_verdict(protocol: Protocol) -> None:
    generator = np.random.default_rng(4)
    later = as_later(planted(generator, 8)).assign(cluster=["a", "a", "a", "a", "b", "b", "c", "d"])
    scores = score_hindcast(hindcast(planted(generator, 13), later, few_ways(protocol, POLYNOMIAL)), protocol)
    assert set(scores["verdict"]) == {TOO_FEW}
    assert set(scores["papers"]) == {4}


def test_scores_by_hand(protocol: Protocol) -> None:
    generator = np.random.default_rng(4)
    forecasts = hindcast(planted(generator, 13), as_later(planted(generator, 8)), few_ways(protocol, POLYNOMIAL))
    error = score_hindcast(forecasts, protocol).set_index("quantity").loc["error"]
    biases = forecasts["predicted_log10_error"] - forecasts["log10_error"]
    ends = stats.t.interval(0.9, 7, biases.mean(), biases.std(ddof=1) / np.sqrt(8))
    assert error["bias"] == pytest.approx(biases.mean())
    assert_allclose([error["bias_low"], error["bias_high"]], ends)
    assert error["log_score"] == pytest.approx(forecasts["error_log_score"].mean())
    half = stats.t.ppf(0.95, 7) * np.hypot(biases.std(ddof=1) / np.sqrt(8), forecasts["line_se"].mean())
    assert error["bias_wide_high"] == pytest.approx(biases.mean() + half)


def test_the_backtest_knows_no_later_year(protocol: Protocol) -> None:
    models = planted(np.random.default_rng(9), 60, years=(2012, 2018))
    ways = few_ways(replace(protocol, backtest_vintages=("2020",)), POLYNOMIAL)
    forecasts = backtest_expanding({"2020": models}, ways)
    assert sorted(set(forecasts["origin"])) == [2014, 2015, 2016, 2017]
    year = models.set_index("model_id")["year"]
    assert (forecasts["model_id"].map(year) == forecasts["origin"] + 1).all()
    changed = models.assign(error=models["error"].where(models["year"] < 2017, 0.5))
    again = backtest_expanding({"2020": changed}, ways)
    early = forecasts["origin"] < 2016
    columns = ["model_id", "predicted_log10_error", "log10_error_low"]
    pd.testing.assert_frame_equal(forecasts.loc[early, columns], again.loc[early, columns])


def test_the_planted_form_ranks_first(protocol: Protocol) -> None:
    generator = np.random.default_rng(10)
    forms = few_ways(protocol, *FORMS.values())
    steep = {"polynomial": POLYNOMIAL, "exponential": EXPONENTIAL}
    for name, form in steep.items():
        points = planted(generator, 300, form, noise=0.02)
        later = as_later(planted(generator, 300, form, noise=0.02))
        ranking = rank_forecasts(hindcast(points, later, forms), protocol)
        assert ranking["form"].iloc[0] == name
        assert list(ranking["rank"]) == [1, 2]
        reference = ranking[ranking["form"] == "polynomial"].iloc[0]
        assert reference["difference"] == 0.0


def test_differences_of_scores_are_paired(protocol: Protocol) -> None:
    models = planted(np.random.default_rng(9), 60, years=(2012, 2018))
    ways = few_ways(replace(protocol, backtest_vintages=("2020",)), *FORMS.values())
    forecasts = backtest_expanding({"2020": models}, ways)
    ranking = rank_forecasts(forecasts, protocol).set_index("form")
    wide = forecasts.pivot(index=["origin", "model_id"], columns="form", values="error_log_score")
    gaps = wide["exponential"] - wide["polynomial"]
    sums = (gaps - gaps.mean()).groupby("origin").sum()
    se = np.sqrt(4 / 3 * (sums**2).sum()) / len(gaps)
    assert ranking.loc["exponential", "difference"] == pytest.approx(gaps.mean())
    assert ranking.loc["exponential", "difference_se"] == pytest.approx(se)
    assert ranking.loc["exponential", "origins"] == 4


def test_what_the_published_way_is_called() -> None:
    row = {"form": "polynomial", "direction": PERFORMANCE_ON_COMPUTING, "estimator": LEAST_SQUARES}
    assert name_way(row) == "polynomial"
    assert name_way(row | {"direction": COMPUTING_ON_PERFORMANCE, "estimator": THEIL_SEN}) == (
        "polynomial, computing on performance, Theil-Sen"
    )
    assert name_way({"form": BASELINE, "direction": "", "estimator": LAST_VALUE}) == "last value (no law)"


# Selection, on the data


@pytest.fixture(scope="module")
def editions(root) -> Mapping[str, pd.DataFrame]:
    return {name: read_models(name, root=root) for name in ("2020", "audited", "2022", "2022-audited")}


@pytest.fixture(scope="module")
def later_models(root) -> pd.DataFrame:
    return read_table("later_models", root)


@pytest.fixture(scope="module")
def metrics(editions: Mapping[str, pd.DataFrame]) -> pd.Series:
    return editions["2020"].groupby("benchmark")["metric"].first()


def test_no_model_of_before_june_2020_is_forecast(
    editions: Mapping[str, pd.DataFrame], later_models: pd.DataFrame, metrics: pd.Series, protocol: Protocol
) -> None:
    later = select_later(editions["2022"], later_models, metrics, protocol)
    used = later[later["excluded"] == ""]
    assert used["date"].min() >= 2020.41
    assert used["compute_gflop"].notna().all()
    assert set(used.loc[used["edition"] == "2022", "benchmark"]).isdisjoint({"squad-1.1"})
    assert not set(used["model_id"]) & set(editions["2020"]["model_id"])


def test_every_later_model_is_used_or_states_its_reason(
    editions: Mapping[str, pd.DataFrame], later_models: pd.DataFrame, metrics: pd.Series, protocol: Protocol
) -> None:
    later = select_later(editions["2022"], later_models, metrics, protocol)
    ours = later[later["edition"] == "2026"]
    assert list(ours["model_id"]) == list(later_models["model_id"])
    stated = later_models["excluded"].fillna("")
    assert (ours["excluded"].to_numpy()[stated != ""] == stated[stated != ""].to_numpy()).all()


@pytest.mark.parametrize(
    ("switch", "reason"),
    [
        ({"confidence": ("high",)}, "computing not known well enough"),
        ({"counted": ("whole run",)}, "computing of other parts"),
        ({"extra_data": "none"}, "trained on further data, or not known"),
        ({"conversion": "native"}, "the records of 2022 state burdens, not native"),
    ],
)
def test_every_switch_leaves_models_out_with_its_reason(
    switch: dict[str, object],
    reason: str,
    editions: Mapping[str, pd.DataFrame],
    later_models: pd.DataFrame,
    metrics: pd.Series,
    protocol: Protocol,
) -> None:
    before = select_later(editions["2022"], later_models, metrics, protocol)
    after = select_later(editions["2022"], later_models, metrics, replace(protocol, **switch))
    assert reason not in set(before["excluded"])
    assert reason in set(after["excluded"])
    assert ((after["excluded"] == "") <= (before["excluded"] == "")).all()


def test_operations_become_burden_by_the_utilisation(
    editions: Mapping[str, pd.DataFrame], later_models: pd.DataFrame, metrics: pd.Series, protocol: Protocol
) -> None:
    later = select_later(editions["2022"], later_models, metrics, protocol).set_index("model_id")
    for model in later_models.dropna(subset="training_flop").to_dict("records"):
        stated = model["burden_gflop"]
        expected = model["training_flop"] / 0.38e9 if pd.isna(stated) else stated
        assert later.loc[model["model_id"], "compute_gflop"] == pytest.approx(expected)
        assert later.loc[model["model_id"], "computing_from"] == (
            "operations over utilisation" if pd.isna(stated) else "stated"
        )


def test_afterthoughts_are_no_switch_of_the_file(
    later_models: pd.DataFrame, editions: Mapping[str, pd.DataFrame], metrics: pd.Series, protocol: Protocol
) -> None:
    utilised, by_run = (
        select_later(editions["2022"], later_models, metrics, one).set_index("model_id")
        for one in afterthoughts(protocol)
    )
    models = later_models.set_index("model_id")
    operations = models.loc[models["training_flop"].notna(), "training_flop"] / protocol.utilisation / 1e9
    assert_allclose(utilised.loc[operations.index, "compute_gflop"], operations)
    luke = by_run[by_run["model"].str.contains("LUKE") & (by_run["edition"] == LATER_MODELS)]
    assert set(luke["cluster"]) == {"luke"}
    assert len(set(luke["date"])) > 1
    assert not {one.name for one in afterthoughts(protocol)} & {one.name for one in protocol.variations}


def test_the_utilisation_of_the_protocol_is_the_median_of_those_stated(protocol: Protocol) -> None:
    assert protocol.utilisation == round(read_table("utilisation")["mfu"].median(), 2)


def test_variations_begin_with_the_protocol_as_written(
    editions: Mapping[str, pd.DataFrame], later_models: pd.DataFrame, metrics: pd.Series, protocol: Protocol
) -> None:
    short = replace(
        few_ways(protocol, POLYNOMIAL), variations=(replace(protocol.variations[0], forms=("polynomial",)),)
    )
    table = vary_protocol(editions, later_models, metrics, short)
    added = [one.name for one in afterthoughts(protocol)]
    assert list(dict.fromkeys(table["variation"])) == [AS_WRITTEN, "audited burdens", *added]
    assert set(table.loc[~table["beforehand"], "variation"]) == set(added)
    later = select_later(editions["2022"], later_models, metrics, protocol)
    scores = score_hindcast(hindcast(editions["2020"], later, few_ways(protocol, POLYNOMIAL)), protocol)
    written = table[table["variation"] == AS_WRITTEN].drop(columns=["variation", "beforehand"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(written, scores)
    assert records_for(short.variations[0]) == "2022-audited"


def test_the_headline_is_the_best_later_model(
    editions: Mapping[str, pd.DataFrame], later_models: pd.DataFrame, metrics: pd.Series, protocol: Protocol
) -> None:
    later = select_later(editions["2022"], later_models, metrics, protocol)
    found = headline(editions["2020"], later, protocol, "imagenet")
    assert (found.error, found.before) == (0.09, 0.116)
    points = editions["2020"][editions["2020"]["benchmark"] == "imagenet"]
    x, y = np.log10(points["hardware_burden_gflop"]), -np.log10(points["error"])
    line = stats.linregress(x, y)
    row = found.forecasts.loc["polynomial"]
    assert row["log10_gflop"] == pytest.approx((-np.log10(0.09) - line.intercept) / line.slope)
    reach = crossing_for(points["hardware_burden_gflop"], points["error"]).reach(0.09)
    assert (row["law_low"], row["law_high"]) == pytest.approx((reach.confidence.low, reach.confidence.high))
    assert row["miss"] == pytest.approx(row["log10_gflop"] - found.log10_gflop)
    with pytest.raises(ValueError, match="wmt2014-en-de states its computing"):
        headline(editions["2020"], later, protocol, "wmt2014-en-de")


# Shift of the law


def test_a_planted_shift_is_recovered(protocol: Protocol) -> None:
    generator = np.random.default_rng(12)
    quick = replace(protocol, resamples=500)
    points = planted(generator, 100, years=(2012, 2019), shift=0.4, noise=0.02)
    later = as_later(planted(generator, 100, years=(2020, 2025), shift=0.4, noise=0.02))
    table = algorithmic_progress(points, later, quick).set_index("edition")
    for row in (table.loc["2020"], table.loc["2026"]):
        assert row["decades_low"] < 0.4 < row["decades_high"]
        assert row["decades_low"] < row["decades_per_year"] < row["decades_high"]
        assert_allclose(
            [row["bootstrap_low"], row["bootstrap_high"]], [row["decades_low"], row["decades_high"]], atol=0.1
        )
    assert table.loc["2026", "decades_high"] - table.loc["2026", "decades_low"] < 0.15
    assert table.loc["2022", "absent"] == "0 later models, fewer than 10"


def test_the_shift_is_a_ratio_of_slopes_of_statsmodels(protocol: Protocol) -> None:
    points = planted(np.random.default_rng(13), 30, shift=0.3)
    row = algorithmic_progress(points, as_later(points).iloc[:0], replace(protocol, resamples=200)).iloc[0]
    design = sm.add_constant(np.column_stack([np.log10(points["compute_gflop"]), points["year"]]))
    fitted = sm.OLS(-np.log10(points["error"]), design).fit()
    assert row["decades_per_year"] == pytest.approx(fitted.params.iloc[2] / fitted.params.iloc[1])


@settings(max_examples=60)
@given(slope=st.floats(0.05, 1.0), year=st.floats(-1.0, 1.0), s=st.floats(0.001, 0.01), c=st.floats(-0.9, 0.9))
def test_the_interval_of_a_shift_holds_what_a_test_does_not_reject(
    slope: float, year: float, s: float, c: float
) -> None:
    covariance = np.array([[s**2, c * s * 0.02], [c * s * 0.02, 0.02**2]])
    ends = shift_interval(slope, year, covariance, 1.8)
    for ratio in (ends.low, ends.high):
        variance = np.array([-ratio, 1.0]) @ covariance @ np.array([-ratio, 1.0])
        assert abs(year - ratio * slope) == pytest.approx(1.8 * np.sqrt(variance), rel=1e-5, abs=1e-9)


def test_resamples_without_slopes_are_counted() -> None:
    x = np.array([9.0, 10.0, 11.0, 12.0])
    design = np.column_stack([np.ones(4), x - 10.5, np.array([-1.0, 1.0, -0.5, 0.5])])
    shifts = resample_shift(design, 0.1 * x, np.arange(4), 1, 400)
    assert 0 < np.isnan(shifts).sum() < 400
    assert_allclose(shifts[np.isfinite(shifts)], 0.0, atol=1e-9)


def test_computing_saved_of_the_points_averages_to_nothing(protocol: Protocol) -> None:
    generator = np.random.default_rng(4)
    points, later = planted(generator, 40), as_later(planted(generator, 20))
    saved = computing_saved(points, hindcast(points, later, few_ways(protocol, POLYNOMIAL)), "planted")
    assert saved.groupby("edition").size().to_dict() == {"2020": 40, "2026": 20}
    assert saved.loc[saved["edition"] == "2020", "saved"].mean() == pytest.approx(0.0, abs=1e-9)


# Protocol


def test_the_protocol_is_the_one_written_before_the_results() -> None:
    assert digest_protocol() == "7ed1ea3bde03ee425cbb2f1166c93da288a003366ceb1ce12ae7e79e540fe9c7"


def test_the_protocol_reads_as_it_stands(protocol: Protocol) -> None:
    assert protocol.fitted == "2020"
    assert protocol.name == AS_WRITTEN
    assert len({varied.name for varied in protocol.variations}) == len(protocol.variations)
    assert all(varied.forms == protocol.forms for varied in protocol.variations)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("utilisation: 0.38", "utilization: 0.38", "line 48: no switch 'utilization'; did you mean 'utilisation'"),
        ("utilisation: 0.38", "utilisation: 1.5", "line 48: utilisation must lie between 0 and 1, not 1.5"),
        ("level: 0.9", "level: high", "level must be a decimal number"),
        ("use_excluded: false", "use_excluded: maybe", "use_excluded must be true or false"),
        ("minimum_models: 5", "minimum_models: 0", "minimum_models must be a whole number above 0"),
        ("conversion: burden ", "conversion: burdens ", "conversion cannot be 'burdens'; did you mean 'burden'"),
        ("forms: [polynomial,", "forms: [polinomial,", "forms cannot be 'polinomial'; did you mean 'polynomial'"),
        ("published_from: 2020-06-01", "published_from: June", "published_from must be a date such as 2020-06-01"),
        ("seed: 20200710", "level: 0.9", "level stands twice"),
        ("seed: 20200710\n", "", "seed is missing"),
        ("    fitted: audited", "    level: 0.5", "no switch 'level'"),
        ("    conversion: native", "    conversion: nativ", "conversion cannot be 'nativ'"),
        ("forms: [polynomial,", "forms: [broken power law, polynomial,", "forms cannot be 'broken power law'"),
    ],
)
def test_a_protocol_that_breaks_a_rule_is_refused_by_line(old: str, new: str, message: str, text: str) -> None:
    assert old in text
    with pytest.raises(ProtocolError) as caught:
        parse_protocol(text.replace(old, new, 1))
    assert message in str(caught.value)
    assert str(caught.value).startswith("data/hindcast_protocol.yml line ")


def test_all_offences_are_named_at_once(text: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        parse_protocol(text.replace("level: 0.9", "level: 9.0").replace("seed: 20200710", "seed: -1"))
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize("broken", ["", "- a\n", "a: [\n"])
def test_what_is_no_protocol_is_refused(broken: str) -> None:
    with pytest.raises(ProtocolError, match=r"hindcast_protocol\.yml"):
        parse_protocol(broken)


def test_a_protocol_that_is_not_there_is_refused_by_name(tmp_path) -> None:
    with pytest.raises(ProtocolError, match="must be a readable file"):
        read_protocol(tmp_path)


# Figures and tables


NAMES = {"imagenet": "ImageNet", "ms-coco": "MS COCO", "conll-2003": "CoNLL 2003"}


@pytest.fixture(scope="module")
def drawn(
    editions: Mapping[str, pd.DataFrame], later_models: pd.DataFrame, metrics: pd.Series, protocol: Protocol
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Points, forecasts and scores by the published forms."""
    later = select_later(editions["2022"], later_models, metrics, protocol)
    ways = replace(few_ways(protocol, *FORMS.values()), baselines=protocol.baselines)
    forecasts = hindcast(editions["2020"], later, ways)
    return earlier_models(editions["2020"]), forecasts, score_hindcast(forecasts, protocol)


@pytest.mark.parametrize("names", [NAMES, {"imagenet": "ImageNet"}], ids=["several", "one"])
def test_the_figure_marks_every_later_model_once(names: dict[str, str], drawn: tuple[pd.DataFrame, ...]) -> None:
    points, forecasts, _ = drawn
    figure = draw_hindcast(points, forecasts, names)
    later = published_way(forecasts)
    later = later[later["edition"] == "2026"]
    for axes in figure.axes:
        name = axes.get_title(loc="left").split(",")[0]
        benchmark = next(key for key, value in names.items() if value == name)
        marks = sum(
            len(one.get_offsets()) for one in axes.collections if len(one.get_offsets()) and one.get_zorder() == 3
        )
        assert marks == (later["benchmark"] == benchmark).sum()
    assert len(figure.axes) == len(names)


def test_the_words_of_the_figure_say_who_is_in_the_band(drawn: tuple[pd.DataFrame, ...]) -> None:
    points, forecasts, scores = drawn
    text = describe_hindcast(points, forecasts, NAMES)
    row = scores.query("edition == '2026' and benchmark == 'ms-coco' and form == 'polynomial' and quantity == 'error'")
    inside = round(float((row["coverage"] * row["n"]).iloc[0]))
    assert (
        f"MS COCO 33 points of 2020 and {int(row['n'].iloc[0])} later models, of which {inside} lie in the band" in text
    )
    assert "WMT no later" not in text
    assert "English-German 13 points of 2020 and no later model" in describe_hindcast(
        points, forecasts, {"wmt2014-en-de": "English-German"}
    )


def test_bias_and_coverage_have_a_row_a_way_and_a_panel_a_benchmark(drawn: tuple[pd.DataFrame, ...]) -> None:
    scores = drawn[2].query("edition == '2026'")
    two = {name: NAMES[name] for name in ("imagenet", "ms-coco")}
    bias, coverage = draw_bias(scores, two), draw_coverage(scores, two)
    assert [axes.get_title(loc="left") for axes in bias.axes] == ["ImageNet, n = 46", "MS COCO, n = 16"]
    assert len(bias.axes[0].get_yticklabels()) == 2
    assert len(coverage.axes[0].get_yticklabels()) == 5
    assert "ImageNet, polynomial 1.2" in describe_bias(scores, two)
    assert "MS COCO, last value (no law) 31 percent" in describe_coverage(scores, two)
    assert "CoNLL" not in describe_bias(scores, two) + describe_coverage(scores, two)


def test_a_bias_without_mean_is_said(drawn: tuple[pd.DataFrame, ...]) -> None:
    scores = drawn[2].query("edition == '2026' and benchmark == 'imagenet'").assign(bias=np.inf)
    one = {"imagenet": "ImageNet"}
    assert "ImageNet, polynomial no mean" in describe_bias(scores, one)
    assert {text.get_text() for text in draw_bias(scores, one).axes[0].texts} == {"no mean"}


def test_wrong_labels_are_drawn_where_they_are_known(drawn: tuple[pd.DataFrame, ...]) -> None:
    points, forecasts, _ = drawn
    figure = draw_hindcast(points, forecasts, NAMES, wrong_labels={"imagenet": 0.0583})
    said = [any("labels known to be wrong" in text.get_text() for text in axes.texts) for axes in figure.axes]
    assert said == [True, False, False]


def test_the_shift_is_drawn_where_there_is_one(
    drawn: tuple[pd.DataFrame, ...],
    editions: Mapping[str, pd.DataFrame],
    later_models: pd.DataFrame,
    metrics: pd.Series,
    protocol: Protocol,
) -> None:
    later = select_later(editions["2022"], later_models, metrics, protocol)
    progress = algorithmic_progress(editions["2020"], later, replace(protocol, resamples=200))
    saved = computing_saved(editions["2020"], drawn[1], "imagenet")
    left, right = draw_shift(saved, progress, NAMES).axes
    assert sum(len(marks.get_offsets()) for marks in left.collections) == len(saved)
    there = progress[(progress["absent"] == "") & progress["benchmark"].isin(NAMES)]
    assert [label.get_text() for label in right.get_yticklabels()][2] == "ImageNet, 2026 (n = 13 + 46)"
    assert len(right.get_yticklabels()) == len(there)
    assert "ImageNet, 2026 (n = 13 + 46)" in describe_shift(saved, progress, NAMES)
    table = render_progress(progress, dict.fromkeys(progress["benchmark"], "any"))
    assert len(table) == len(progress)
    assert "0 later models, fewer than 10" in set(table["Decades of computing per year"])


def test_tables_have_a_row_a_forecast_and_no_missing_cell(
    drawn: tuple[pd.DataFrame, ...],
    editions: Mapping[str, pd.DataFrame],
    later_models: pd.DataFrame,
    metrics: pd.Series,
    protocol: Protocol,
) -> None:
    _, forecasts, scores = drawn
    names = dict.fromkeys(scores["benchmark"], "any")
    shown = render_scores(scores, names)
    assert len(shown) == len(scores)
    assert set(shown["Verdict"]) <= {TOO_FEW, *(f"**{verdict}**" for verdict in VERDICTS)}
    ranking = rank_forecasts(forecasts, protocol)
    assert len(render_ranking(ranking)) == len(ranking)
    excluded = render_excluded(forecasts, names)
    assert excluded["n"].sum() == (forecasts["excluded"] != "").sum()
    few = excluded["n"] <= 5
    assert (excluded["Models"] != "").equals(few)
    assert (excluded["Left out because"] != "").all()
    later = select_later(editions["2022"], later_models, metrics, protocol)
    best = render_headline(headline(editions["2020"], later, protocol, "imagenet"))
    assert list(best["Law"]) == list(protocol.forms)
    for table in (shown, render_ranking(ranking), excluded, best):
        assert not table.isna().any().any()


def test_the_table_of_variations_marks_what_was_added_afterwards(
    editions: Mapping[str, pd.DataFrame], later_models: pd.DataFrame, metrics: pd.Series, protocol: Protocol
) -> None:
    short = replace(few_ways(protocol, *FORMS.values()), editions=(LATER_MODELS,), variations=())
    variations = vary_protocol(editions, later_models, metrics, short)
    table = render_variations(variations, {"imagenet": "ImageNet"})
    assert table["Variation"].to_list() == [
        AS_WRITTEN,
        *(f"{one.name} (added afterwards)" for one in afterthoughts(protocol)),
    ]
    bias = variations.query(
        "variation == 'as written' and benchmark == 'imagenet' and form == 'polynomial' and quantity == 'gflop'"
    )["bias"].item()
    assert table["Polynomial, decades too much"][0].startswith(f"{bias:.2f} (")
    assert table["n (papers)"].to_list() == ["46 (22)", "46 (22)", "46 (45)"]


def test_a_forecast_that_is_ruled_out_is_said_in_the_tables(protocol: Protocol) -> None:
    generator = np.random.default_rng(4)
    forecasts = hindcast(planted(generator, 13), as_later(planted(generator, 8)), few_ways(protocol, POLYNOMIAL))
    forecasts.loc[0, "error_log_score"] = -np.inf
    scores = score_hindcast(forecasts, protocol)
    assert scores["impossible"].to_list() == [1, 0]
    shown = render_scores(scores, {"planted": "Planted"})
    assert shown["Log score"].to_list() == ["\N{MINUS SIGN}infinite", ""]
