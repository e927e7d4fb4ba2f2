"""Crossings: Fieller and Student by hand, tables between their targets, and round trips."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from computational_limits.crossing import (
    Crossing,
    StraightCrossing,
    TabulatedCrossing,
    crossing_from_json,
    crossing_to_json,
    ratio_interval,
)
from computational_limits.uncertainty import Interval

LINE = StraightCrossing("polynomial", False, 13, 11, 9.0, 0.6, 0.09, 2e-4, 1e-4, 2e-3, 6.0, 12.0)
TURNED = replace(LINE, turned=True, slope=9.0, var_centre=0.02, var_slope=1.2, var_residual=0.3)
TABLE = TabulatedCrossing(
    form="polynomial with floor",
    n=13,
    level=0.9,
    x_low=6.0,
    x_high=12.0,
    floor=0.05,
    errors=(0.1, 0.01, 0.001),
    estimates=(10.0, 12.0, np.inf),
    confidence_low=(-np.inf, 11.0, 13.0),
    confidence_high=(11.0, np.inf, np.inf),
    prediction_low=(9.0, 10.0, 12.0),
    prediction_high=(12.0, np.inf, np.inf),
)
CROSSINGS = pytest.mark.parametrize("crossing", [LINE, TURNED, TABLE], ids=["straight", "turned", "tabulated"])
positive = st.floats(1e-4, 10.0)


def test_reach_of_a_line_solves_fiellers_equation() -> None:
    """At an end the line is as far from the target as Student's t allows, found by search."""
    reach = LINE.reach(0.05, 0.8)
    rise = -np.log10(0.05) - 0.6
    assert reach.estimate == pytest.approx(9.0 + rise / 0.09)
    for interval, residual in ((reach.confidence, 0.0), (reach.prediction, 2e-3)):

        def excess(x: float, residual: float = residual) -> float:
            distance2 = (0.09 * (x - 9.0) - rise) ** 2
            return distance2 / (2e-4 + residual + 1e-4 * (x - 9.0) ** 2) - stats.t.ppf(0.9, 11) ** 2

        assert interval.low == pytest.approx(optimize.brentq(excess, -100.0, reach.estimate))
        assert interval.high == pytest.approx(optimize.brentq(excess, reach.estimate, 200.0))


def test_reach_of_a_turned_line_is_students() -> None:
    reach = TURNED.reach(0.05, 0.8)
    rise = -np.log10(0.05) - 0.6
    half = stats.t.ppf(0.9, 11) * np.sqrt(0.02 + 1.2 * rise**2)
    wider = stats.t.ppf(0.9, 11) * np.sqrt(0.32 + 1.2 * rise**2)
    assert reach.estimate == pytest.approx(9.0 + 9.0 * rise)
    assert (reach.confidence.low, reach.confidence.high) == pytest.approx(
        (reach.estimate - half, reach.estimate + half)
    )
    assert (reach.prediction.low, reach.prediction.high) == pytest.approx(
        (reach.estimate - wider, reach.estimate + wider)
    )


@given(rise=st.floats(-5.0, 5.0), var_rise=positive, slope=st.floats(-2.0, 2.0), var_slope=positive, t=positive)
@settings(deadline=None)
def test_a_ratio_lies_in_its_interval(rise: float, var_rise: float, slope: float, var_slope: float, t: float) -> None:
    interval = ratio_interval(rise, var_rise, slope, var_slope, t)
    assert (rise / slope if slope else np.inf) in interval
    assert interval.bounded == (slope**2 > t**2 * var_slope)


def test_a_ratio_over_a_slope_that_may_be_zero_is_a_ray_or_anything() -> None:
    assert ratio_interval(3.0, 0.1, 0.5, 1.0, 2.0).high == np.inf
    assert ratio_interval(3.0, 0.1, -0.5, 1.0, 2.0).low == -np.inf
    assert ratio_interval(0.1, 0.1, 0.5, 1.0, 2.0) == Interval(-np.inf, np.inf)
    assert ratio_interval(1.0, 0.1, 2.0, 1.0, 2.0) == Interval(-np.inf, np.inf)


def test_a_table_is_linear_in_log10_error_between_its_targets() -> None:
    reach = TABLE.reach(10.0**-1.25)
    assert reach.estimate == pytest.approx(10.5)
    assert reach.prediction.low == pytest.approx(9.25)


def test_a_table_is_infinite_beside_an_infinite_number_and_itself_at_its_targets() -> None:
    reach = TABLE.reach(0.05)
    assert reach.confidence == Interval(-np.inf, np.inf)
    assert TABLE.reach(0.002).estimate == np.inf
    for error, estimate, low in ((0.1, 10.0, -np.inf), (0.01, 12.0, 11.0), (0.001, np.inf, 13.0)):
        assert (TABLE.reach(error).estimate, TABLE.reach(error).confidence.low) == (estimate, low)


def test_a_table_refuses_what_it_does_not_hold() -> None:
    for error in (0.2, 0.0005):
        with pytest.raises(ValueError, match=r"tabulated for errors from 0\.001 to 0\.1"):
            TABLE.reach(error)
    with pytest.raises(ValueError, match=r"at level 0\.9, not 0\.8"):
        TABLE.reach(0.05, 0.8)


@CROSSINGS
@pytest.mark.parametrize("error", [0.0, 1.0, -0.1, np.nan])
def test_an_error_that_is_no_fraction_is_refused(crossing: Crossing, error: float) -> None:
    with pytest.raises(ValueError, match="error must be a fraction"):
        crossing.reach(error)


@CROSSINGS
def test_a_crossing_survives_json(crossing: Crossing) -> None:
    text = json.dumps(crossing_to_json(crossing), allow_nan=False)
    assert crossing_from_json(json.loads(text) | {"benchmark": "imagenet"}) == crossing


@given(values=st.tuples(*[st.floats(-1e6, 1e6)] * 8))
@settings(deadline=None)
def test_any_line_survives_json(values: tuple[float, ...]) -> None:
    line = StraightCrossing("exponential", False, 9, 7, *values)
    assert crossing_from_json(json.loads(json.dumps(crossing_to_json(line)))) == line


def test_json_of_a_line_carries_students_quantile() -> None:
    assert crossing_to_json(LINE)["t"] == pytest.approx(stats.t.ppf(0.95, 11))
    assert crossing_to_json(TABLE)["estimates"] == [10.0, 12.0, "inf"]


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="no kind of crossing 'bent'"):
        crossing_from_json(crossing_to_json(LINE) | {"kind": "bent"})
