"""What training took: hand arithmetic, units, and the peak rates of the processors."""

import csv
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from computational_limits.burden import (
    FLOP_PER_MULTIPLY_ADD,
    hardware_burden_gflop,
    model_burdens,
    model_operations,
    network_operations_flop,
    operations_per_pass_flop,
    peak_gflops,
    stage_burdens,
)
from computational_limits.tables import read_codebook, read_table
from computational_limits.vintages import FLOP_PER_GFLOP

NAN = float("nan")
BURDENS = {
    "transformer, 8 P100 for 3.5 days": (8, 9526, 302400, 23045299200),
    "alexnet, 2 GTX 580 for 5.5 days": (2, 1581.1, 475200, 1502677440),
    "bert, 64 boards of TPU v3 for 4 days": (64, 420000, 345600, 9289728000000),
    "a core of a TPU v2 board for a second": (0.125, 180000, 1, 22500),
}
CPUS = {
    "intel-xeon-e5620": 2.4 * 4 * 8,
    "intel-xeon-e5-1650-v2": 3.5 * 6 * 16,
    "intel-core-i7-7700k": 4.2 * 4 * 32,
    "intel-xeon-platinum-8168": 2.7 * 24 * 32,
}
CARDS = {
    "tesla-p100-pcie-16-gb": 9526,
    "geforce-gtx-titan-x": 6604.8,
    "geforce-titan-x": 10974.2,
    "tesla-k80": 5600,
    "cloud-tpu-v2": 180000,
    "cloud-tpu-v3": 420000,
}
WITHOUT_PEAK: set[str] = set()
"""Processors that the stages name and nobody has a peak for."""

positive = st.floats(1e-3, 1e6)


@pytest.fixture(scope="module")
def processors(root: Path) -> pd.DataFrame:
    return read_table("processors", root)


@pytest.fixture(scope="module")
def rates(processors: pd.DataFrame) -> pd.Series:
    return peak_gflops(processors)


def stages_of(*rows: dict[str, object]) -> pd.DataFrame:
    """Rows of table ``stages``: one P100 for 100 s, unless a row says otherwise."""
    usual = {
        "model_id": "a",
        "stage": "training",
        "epochs": NAN,
        "examples": NAN,
        "seconds_low": 100.0,
        "seconds_high": 100.0,
        "published_seconds": NAN,
        "processor": "p100",
        "processor_count": 1.0,
        "host": None,
        "host_count": NAN,
    }
    return pd.DataFrame([usual | row for row in rows])


RATES = {"p100": 10.0, "xeon": 0.5}


@pytest.mark.parametrize("case", BURDENS)
def test_a_burden_is_processors_times_rate_times_time(case: str) -> None:
    *factors, burden = BURDENS[case]
    assert float(hardware_burden_gflop(*factors)) == pytest.approx(burden, rel=1e-12)


def test_an_operation_count_is_taken_as_stated_and_a_multiply_add_counts_twice() -> None:
    per_pass = operations_per_pass_flop([4e9, NAN, 4e9, NAN], [NAN, 2e9, 3e9, NAN])
    np.testing.assert_array_equal(per_pass, [4e9, 4e9, 4e9, NAN])


def test_training_takes_three_passes_an_example() -> None:
    assert float(network_operations_flop(2e9, 90, 1.2e6)) == 3 * 2e9 * 90 * 1.2e6


# Units: the strings of the codebook, multiplied by a library of units


@pytest.fixture(scope="module")
def unit_of(root: Path) -> Callable[[str], pint.Quantity]:
    """One unit of a column, such as ``stages.seconds_low``, as the codebook states it."""
    registry = pint.UnitRegistry()
    registry.define("FLOP = [operations]")
    registry.define(f"multiply_adds = {FLOP_PER_MULTIPLY_ADD} FLOP")
    units = {
        f"{resource['name']}.{field['name']}": field.get("unit", "")
        for resource in read_codebook(root)["resources"]
        for field in resource["schema"]["fields"]
    }
    return lambda column: registry.Quantity(1.0, units.get(column, column).replace("multiply-adds", "multiply_adds"))


FORMULAS: dict[str, tuple[Callable[..., object], list[str], str]] = {
    "burden": (
        hardware_burden_gflop,
        ["stages.processor_count", "processors.fp32_gflops", "stages.seconds_low"],
        "points.hardware_burden_gflop",
    ),
    "burden of a TPU": (
        hardware_burden_gflop,
        ["stages.processor_count", "processors.bf16_gflops", "stages.published_seconds"],
        "models.published_burden_gflop",
    ),
    "burden of a record": (
        hardware_burden_gflop,
        ["stages.host_count", "stages.published_rate_gflops", "stages.seconds_high"],
        "models.published_consolidated_gflop",
    ),
    "operations stated": (lambda flop: operations_per_pass_flop(flop, NAN), ["models.flop_per_pass"], "FLOP"),
    "multiply-adds stated": (lambda pairs: operations_per_pass_flop(NAN, pairs), ["models.multiadds_per_pass"], "FLOP"),
    "network operations": (
        lambda *factors: network_operations_flop(*factors) / 3.0,
        ["models.flop_per_pass", "stages.epochs", "stages.examples"],
        "models.published_network_operations_flop",
    ),
    "network operations in GFLOP": (
        lambda flop: flop / FLOP_PER_GFLOP,
        ["models.published_network_operations_flop"],
        "points.hardware_burden_gflop",
    ),
    "peak of a CPU": (
        lambda clock, cores, flop: peak_gflops(processor_row(clock_mhz=clock, cores=cores, flop_per_cycle=flop)).iloc[
            0
        ],
        ["processors.clock_mhz", "processors.cores", "processors.flop_per_cycle"],
        "processors.fp32_gflops",
    ),
}


def processor_row(**values: object) -> pd.DataFrame:
    empty = ["fp32_gflops", "bf16_gflops", "clock_mhz", "cores", "flop_per_cycle", "parts"]
    row = {"processor": "one", "kind": "CPU", "part_of": None} | dict.fromkeys(empty, NAN) | values
    return pd.DataFrame([row])


@pytest.mark.parametrize("name", FORMULAS)
def test_units_of_the_columns_multiply_to_the_unit_of_the_result(
    name: str, unit_of: Callable[[str], pint.Quantity]
) -> None:
    formula, columns, result = FORMULAS[name]
    product = math.prod(unit_of(column) for column in columns)
    expected = product.to(unit_of(result).units).magnitude
    assert float(formula(*[1.0] * len(columns))) == pytest.approx(expected)


def test_every_column_that_names_its_unit_has_that_unit(root: Path) -> None:
    endings = {"_gflop": "GFLOP", "_gflops": "GFLOP/s", "_flop": "FLOP", "_mhz": "MHz", "_watt": "W", "_gops": "GOP/s"}
    named = 0
    for resource in read_codebook(root)["resources"]:
        for field in resource["schema"]["fields"]:
            for ending, unit in endings.items():
                if field["name"].endswith(ending):
                    assert field["unit"] == unit, field["name"]
                    named += 1
    assert named > 15


# Invariances


@given(positive, positive, positive, st.floats(1.001, 1000.0))
def test_a_burden_grows_in_proportion_to_each_factor(count: float, rate: float, seconds: float, factor: float) -> None:
    once = float(hardware_burden_gflop(count, rate, seconds))
    for more in ((count * factor, rate, seconds), (count, rate * factor, seconds), (count, rate, seconds * factor)):
        assert float(hardware_burden_gflop(*more)) == pytest.approx(once * factor)
        assert float(hardware_burden_gflop(*more)) > once


@given(positive, positive, positive, st.floats(1.001, 1000.0))
def test_network_operations_grow_in_proportion_to_each_factor(
    flop: float, epochs: float, examples: float, factor: float
) -> None:
    once = float(network_operations_flop(flop, epochs, examples))
    for more in (
        (flop * factor, epochs, examples),
        (flop, epochs * factor, examples),
        (flop, epochs, examples * factor),
    ):
        assert float(network_operations_flop(*more)) == pytest.approx(once * factor)


@pytest.mark.parametrize("wrong", [0.0, -1.0, np.inf, -np.inf])
@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("formula", [hardware_burden_gflop, network_operations_flop])
def test_a_factor_that_cannot_be_is_refused_by_name(formula: Callable[..., object], place: int, wrong: float) -> None:
    factors = [1.0, 2.0, 3.0]
    factors[place] = wrong
    name = {
        hardware_burden_gflop: ("number of processors", "rate", "time"),
        network_operations_flop: ("operations per pass", "epochs", "examples"),
    }[formula][place]
    with pytest.raises(ValueError, match=f"^{name} must be above 0 and finite, got {wrong:g}"):
        formula(*factors)


@pytest.mark.parametrize("stated", [(0.0, NAN), (NAN, -1.0), (np.inf, 1.0)])
def test_operations_that_cannot_be_are_refused(stated: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="must be above 0 and finite"):
        operations_per_pass_flop(*stated)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_missing_factor_gives_a_missing_burden(place: int) -> None:
    factors = [1.0, 2.0, 3.0]
    factors[place] = NAN
    assert np.isnan(hardware_burden_gflop(*factors))


# Peak rates


@pytest.mark.parametrize("processor", CARDS)
def test_a_card_has_the_peak_that_its_row_states(processor: str, rates: pd.Series) -> None:
    assert rates[processor] == CARDS[processor]


@pytest.mark.parametrize("processor", CPUS)
def test_the_peak_of_a_known_cpu_is_clock_times_cores_times_operations(processor: str, rates: pd.Series) -> None:
    assert rates[processor] == pytest.approx(CPUS[processor])


def test_the_peak_of_every_cpu_is_clock_times_cores_times_operations(root: Path, rates: pd.Series) -> None:
    with (root / "data" / "processors.csv").open(encoding="utf-8", newline="") as file:
        cpus = [row for row in csv.DictReader(file) if row["kind"] == "CPU"]
    assert len(cpus) > 1000
    for row in cpus:
        cells = [row[name] for name in ("clock_mhz", "cores", "flop_per_cycle")]
        peak = np.prod([float(cell) if cell else NAN for cell in cells]) / 1e3
        assert rates[row["processor"]] == pytest.approx(peak, nan_ok=True), row["processor"]


@pytest.mark.parametrize("generation", ["v2", "v3", "v4"])
def test_a_tpu_chip_is_a_fourth_of_its_board_and_a_core_an_eighth(generation: str, rates: pd.Series) -> None:
    board = rates[f"cloud-tpu-{generation}"]
    assert rates[f"cloud-tpu-{generation}-chip"] == board / 4
    assert rates[f"cloud-tpu-{generation}-core"] == board / 8


@pytest.mark.parametrize(("generation", "boards", "rounding"), [("v2", 64, 0.002), ("v3", 256, 0.08)])
def test_a_tpu_pod_is_its_boards_but_for_rounding(
    generation: str, boards: int, rounding: float, rates: pd.Series, processors: pd.DataFrame
) -> None:
    chips = processors.set_index("processor")["chips"]
    assert chips[f"cloud-tpu-{generation}-pod"] / chips[f"cloud-tpu-{generation}"] == boards
    assert rates[f"cloud-tpu-{generation}-pod"] == pytest.approx(
        boards * rates[f"cloud-tpu-{generation}"], rel=rounding
    )


def test_the_peak_of_a_tpu_is_never_its_fp32_rate(rates: pd.Series) -> None:
    assert rates["google-tpu-v2"] == 46000
    assert np.isnan(rates["cloud-tpu-v1"])


def test_every_processor_of_a_stage_has_a_peak_or_is_known_not_to(root: Path, rates: pd.Series) -> None:
    stages = read_table("stages", root)
    named = {*stages["processor"].dropna(), *stages["host"].dropna()}
    assert len(named) > 30
    assert {processor for processor in named if not rates[processor] > 0} == WITHOUT_PEAK


# Stages and models


def test_the_middle_of_a_range_is_its_burden_and_its_ends_the_bounds() -> None:
    (row,) = stage_burdens(stages_of({"seconds_low": 100.0, "seconds_high": 300.0}), RATES).to_dict("records")
    assert row["seconds"] == 200
    assert (row["burden_low_gflop"], row["burden_gflop"], row["burden_high_gflop"]) == (1000, 2000, 3000)


def test_seconds_of_the_record_stand_in_where_the_words_state_no_time() -> None:
    words_first = {"published_seconds": 7.0}
    no_words = {"seconds_low": NAN, "seconds_high": NAN, "published_seconds": 7.0}
    neither = {"seconds_low": NAN, "seconds_high": NAN}
    burdens = stage_burdens(stages_of(words_first, no_words, neither), RATES)["burden_gflop"]
    np.testing.assert_array_equal(burdens, [1000, 70, NAN])


def test_a_host_adds_its_own_capability_where_its_number_is_known() -> None:
    whole, uncounted = {"host": "xeon", "host_count": 2.0}, {"host": "xeon"}
    burdens = stage_burdens(stages_of(whole, uncounted), RATES)["burden_gflop"]
    np.testing.assert_array_equal(burdens, [(10 + 2 * 0.5) * 100, 10 * 100])


@pytest.mark.parametrize("gap", [{"processor": None}, {"processor": "unheard-of"}, {"processor_count": NAN}])
def test_a_stage_without_processor_or_number_has_no_burden(gap: dict[str, object]) -> None:
    assert stage_burdens(stages_of(gap), RATES)["burden_gflop"].isna().all()


def test_the_burden_of_a_model_is_the_sum_of_its_complete_stages() -> None:
    stages = stages_of(
        {"stage": "pre-training", "seconds_low": 900.0, "seconds_high": 900.0},
        {"stage": "fine-tuning"},
        {"model_id": "b"},
        {"model_id": "b", "stage": "fine-tuning", "processor_count": NAN},
        {"model_id": "c", "processor_count": NAN},
    )
    burdens = model_burdens(stages, RATES)["burden_gflop"]
    np.testing.assert_array_equal(burdens[["a", "b", "c"]], [10000, 1000, NAN])


def test_operations_of_a_model_sum_its_stages() -> None:
    models = pd.DataFrame({"model_id": ["a", "b"], "flop_per_pass": [NAN, 5.0], "multiadds_per_pass": [2.0, NAN]})
    stages = stages_of(
        {"stage": "pre-training", "epochs": 10.0, "examples": 100.0},
        {"stage": "fine-tuning", "epochs": 1.0, "examples": 50.0},
        {"model_id": "b", "epochs": 3.0},
    )
    operations = model_operations(models, stages)
    assert operations["per_pass_flop"].tolist() == [4, 5]
    np.testing.assert_array_equal(operations["network_operations_flop"], [3 * 4 * (1000 + 50), NAN])
