"""Exponents of operations per pass, and their figure and table."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from numpy.testing import assert_allclose

from computational_limits.figures.hindcast import (
    ALL_NETWORKS,
    EARLIER_NETWORKS,
    NETWORK_GROUPS,
    OWN_NETWORKS,
    describe_networks,
    draw_networks,
)
from computational_limits.fits import LEAST_SQUARES, QUANTILES
from computational_limits.frontiers import COLUMNS, ESTIMATORS, resample_quantile, tabulate_frontiers
from computational_limits.hindcast_tables import render_frontiers
from computational_limits.image_networks import read_image_networks
from computational_limits.vintages import read_models


def planted(n: int = 300, exponent: float = 9.0, noise: float = 0.05) -> pd.DataFrame:
    """Networks of a law with scatter, in thirty families that share half of it."""
    generator = np.random.default_rng(7)
    families = generator.integers(30, size=n)
    x = generator.uniform(-1.0, 3.0, n)
    scatter = noise * (generator.normal(size=30)[families] + generator.normal(size=n)) / 2.0**0.5
    return pd.DataFrame(
        {"ops_per_pass_gflop": 10.0**x, "error": 10.0 ** -(0.6 + x / exponent + scatter), "cluster": families}
    )


@pytest.fixture(scope="module")
def networks() -> pd.DataFrame:
    return read_image_networks().assign(cluster=lambda table: table["family"])


@pytest.fixture(scope="module")
def groups(networks: pd.DataFrame) -> dict[str, pd.DataFrame]:
    earlier = read_models("2020-records", "imagenet")
    own = networks[networks["imagenet_1k_only"] == "yes"]
    return dict(zip(NETWORK_GROUPS, (earlier.assign(cluster=earlier["paper"]), networks, own), strict=True))


@pytest.fixture(scope="module")
def frontiers(groups: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return tabulate_frontiers(groups, seed=1, resamples=60)


def test_every_line_recovers_a_planted_exponent() -> None:
    table = tabulate_frontiers({"planted": planted()}, seed=1, resamples=200)
    assert list(table.columns) == list(COLUMNS)
    assert list(table["estimator"]) == list(ESTIMATORS)
    assert table["exponent"].between(7.5, 10.8).all()
    for low, high in (("exponent_low", "exponent_high"), ("cluster_low", "cluster_high")):
        assert (table[low] < 9.0).all()
        assert (table[high] > 9.0).all()


def test_models_without_a_measure_are_left_out() -> None:
    models = planted()
    gaps = pd.concat([models, models.assign(ops_per_pass_gflop=np.nan)], ignore_index=True)
    whole, with_gaps = (tabulate_frontiers({"planted": one}, seed=1, resamples=20) for one in (models, gaps))
    pd.testing.assert_frame_equal(whole, with_gaps)


@pytest.mark.parametrize("estimator", QUANTILES)
def test_a_quantile_of_all_networks_is_that_of_statsmodels(
    estimator: str, networks: pd.DataFrame, frontiers: pd.DataFrame
) -> None:
    frame = pd.DataFrame({"y": -np.log10(networks["error"]), "x": np.log10(networks["ops_per_pass_gflop"])})
    theirs = smf.quantreg("y ~ x", frame).fit(q=QUANTILES[estimator], max_iter=5000, p_tol=1e-8)
    ours = frontiers.set_index(["models", "estimator"]).loc[(ALL_NETWORKS, estimator)]
    assert_allclose([ours["intercept"], ours["slope"]], theirs.params, rtol=2e-3)


def test_resamples_of_single_models_scatter_like_a_bootstrap_of_statsmodels() -> None:
    models = planted(n=80)
    x, y = np.log10(models["ops_per_pass_gflop"].to_numpy()), -np.log10(models["error"].to_numpy())
    slopes = resample_quantile(x, y, np.arange(80), 0.5, seed=3, resamples=200)
    generator = np.random.default_rng(5)
    theirs = []
    for _ in range(200):
        frame = pd.DataFrame({"x": x, "y": y}).iloc[generator.integers(80, size=80)]
        theirs.append(smf.quantreg("y ~ x", frame).fit(q=0.5).params["x"])
    assert np.std(slopes) == pytest.approx(np.std(theirs), rel=0.25)
    assert np.mean(slopes) == pytest.approx(np.mean(theirs), abs=0.25 * float(np.std(theirs)))


def test_networks_of_one_family_make_the_interval_wider(frontiers: pd.DataFrame) -> None:
    row = frontiers.set_index(["models", "estimator"]).loc[(ALL_NETWORKS, LEAST_SQUARES)]
    assert row["cluster_high"] - row["cluster_low"] > 1.5 * (row["exponent_high"] - row["exponent_low"])


def test_further_images_lower_the_exponent_of_the_best_tenth(frontiers: pd.DataFrame) -> None:
    rows = frontiers.set_index(["models", "estimator"])
    every, own = (rows.loc[(name, "quantile 0.9")] for name in (ALL_NETWORKS, OWN_NETWORKS))
    assert every["cluster_high"] < own["cluster_low"]
    assert every["cluster_low"] < 9.0 < every["cluster_high"]


def test_the_figure_has_every_network_and_a_mark_an_exponent(
    networks: pd.DataFrame, groups: dict[str, pd.DataFrame], frontiers: pd.DataFrame
) -> None:
    earlier = groups[EARLIER_NETWORKS].dropna(subset="ops_per_pass_gflop")
    left, right = draw_networks(networks, earlier, frontiers, 9.0).axes
    assert sum(len(marks.get_offsets()) for marks in left.collections) == len(networks) + len(earlier)
    marks = [line for line in right.lines if line.get_marker() in ("o", "D", "^")]
    assert len(marks) == len(frontiers)
    text = describe_networks(networks, earlier, frontiers)
    assert "1556 networks for ImageNet and 110 models" in text
    assert "networks of 2026, all, quantile 0.9 9.1 (" in text


def test_the_table_has_both_intervals(frontiers: pd.DataFrame) -> None:
    table = render_frontiers(frontiers)
    assert len(table) == len(frontiers)
    assert table["n (clusters)"].to_list()[4] == "1,556 (149)"
    assert not table.isna().any().any()
