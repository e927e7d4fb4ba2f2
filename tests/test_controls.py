"""Slopes among models that are alike: against statsmodels, and what controls cannot do."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from hypothesis import given
from hypothesis import strategies as st

from computational_limits.controls import average_by, fit_within, tabulate_line
from computational_limits.fits import fit
from computational_limits.uncertainty import LEVEL


def scores(seed: int, n: int = 60) -> pd.DataFrame:
    """Scores of a planted law of exponent five from four sources of which the later have larger, better models."""
    generator = np.random.default_rng(seed)
    source = generator.integers(0, 4, n)
    x = generator.uniform(4.0, 6.0, n) + source
    y = 0.2 * x + 0.3 * source - 0.5 + 0.03 * generator.standard_normal(n)
    return pd.DataFrame(
        {
            "x": x,
            "compute": 10.0**x,
            "error": 10.0**-y,
            "source": [f"source {place}" for place in source],
            "shots": generator.integers(0, 3, n).astype(str),
            "family": generator.integers(0, 12, n),
        }
    )


@pytest.mark.parametrize("controls", [["source"], ["shots"], ["source", "shots"]])
def test_agrees_with_the_regression_on_dummies_of_statsmodels(controls: list[str]) -> None:
    table = scores(1).assign(y=lambda rows: -np.log10(rows["error"]))
    line = fit_within(table["compute"], table["error"], [table[name] for name in controls], table["family"])
    formula = "y ~ x + " + " + ".join(f"C({name})" for name in controls)
    reference = smf.ols(formula, table).fit(
        cov_type="cluster", cov_kwds={"groups": table["family"], "use_correction": True}, use_t=True
    )
    assert line.slope == pytest.approx(reference.params["x"])
    assert line.slope_se == pytest.approx(reference.bse["x"])
    assert line.p_value == pytest.approx(reference.pvalues["x"])
    assert line.r2 == pytest.approx(reference.rsquared)
    assert (line.low, line.high) == pytest.approx(tuple(reference.conf_int(1.0 - LEVEL).loc["x"]))


def test_recovers_a_planted_law_that_the_sources_hide() -> None:
    table = scores(2, 400)
    naive = fit(table["compute"], table["error"])
    within = fit_within(table["compute"], table["error"], [table["source"]], table["family"])
    assert naive.exponent < 3.5
    assert 1.0 / within.slope == pytest.approx(5.0, rel=0.05)


def test_a_control_with_one_value_changes_nothing() -> None:
    table = scores(3)
    one = fit_within(table["compute"], table["error"], [np.full(len(table), "all")], table["family"])
    plain = fit(table["compute"], table["error"], errors="by paper", clusters=table["family"])
    assert (one.slope, one.slope_se, one.p_value) == pytest.approx((plain.slope, plain.slope_se, plain.p_value))


@given(st.integers(0, 1000), st.floats(1e-3, 1e3))
def test_units_of_computing_and_names_of_controls_do_not_matter(seed: int, unit: float) -> None:
    table = scores(seed)
    line = fit_within(table["compute"], table["error"], [table["source"]], table["family"])
    renamed = table["source"].map({f"source {place}": f"other {3 - place}" for place in range(4)})
    other = fit_within(unit * table["compute"], table["error"], [renamed, renamed], table["family"])
    assert (line.slope, line.slope_se) == pytest.approx((other.slope, other.slope_se))


def test_a_missing_value_is_a_category_of_its_own() -> None:
    table = scores(4)
    missing = table["source"].where(table["source"] != "source 0")
    by_source, by_missing = (
        fit_within(table["compute"], table["error"], [values], table["family"]) for values in (table["source"], missing)
    )
    assert by_source.slope == pytest.approx(by_missing.slope)


def test_refuses_controls_that_leave_no_computing_to_compare() -> None:
    with pytest.raises(ValueError, match="same computing"):
        fit_within([1e9, 1e9, 1e11, 1e11], [0.4, 0.3, 0.2, 0.1], [["a", "a", "b", "b"]], [0, 1, 2, 3])


def test_refuses_a_control_of_another_length() -> None:
    with pytest.raises(ValueError, match="one value a model, 4, not 1"):
        fit_within([1e9, 1e10, 1e11, 1e12], [0.4, 0.3, 0.2, 0.1], ["a"], [0, 1, 2, 3])


def test_refuses_one_cluster() -> None:
    with pytest.raises(ValueError, match="1 clusters"):
        fit_within([1e9, 1e10, 1e11, 1e12], [0.4, 0.3, 0.2, 0.1], [["a", "a", "b", "b"]], [0, 0, 0, 0])


def test_averages_are_means_by_hand() -> None:
    table = pd.DataFrame(
        {
            "trained": ["a", "b", "a"],
            "compute": [1.0, 2.0, 1.0],
            "error": [0.2, 0.5, 0.4],
            "paper": ["f", "g", "f"],
            "year": [2023, 2024, 2023],
        }
    )
    averaged = average_by(table, "trained", "compute")
    assert averaged["trained"].to_list() == ["a", "b"]
    assert averaged["error"].to_list() == pytest.approx([0.3, 0.5])


def test_a_line_whose_slope_may_be_zero_has_an_exponent_without_bound() -> None:
    compute, error = np.geomspace(1e9, 1e12, 12), np.tile([0.2, 0.3], 6)
    row = tabulate_line(fit_within(compute, error, [np.tile(["a", "a", "b"], 4)], np.arange(12)), 12)
    assert row["slope_low"] < 0.0 < row["slope_high"]
    assert not np.isfinite([row["exponent_low"], row["exponent_high"]]).all()
