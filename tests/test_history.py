"""Systems, hardware and ImageNet models over time: planted tables, the real ones by hand, and every reading."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from computational_limits.burden import peak_gflops
from computational_limits.history import (
    ALEXNET,
    EDITIONS,
    LATEST,
    SYSTEMS,
    TRAINING,
    hardware_points,
    listed_prices,
    pair_growth,
    read_speed_ups,
    rent_points,
    select_trend,
    system_points,
    tabulate_breaks,
    tabulate_cost_trends,
    tabulate_history,
    trained_gflops,
)
from computational_limits.tables import read_table
from computational_limits.vintages import read_models


@pytest.fixture
def devices() -> pd.DataFrame:
    """Three CPUs and three GPUs of two years with round rates, watts and cores."""
    return pd.DataFrame(
        {
            "kind": ["CPU", "CPU", "CPU", "GPU", "GPU", "GPU"],
            "year": [2009, 2009, 2012, 2009, 2012, 2012],
            "flop_per_s": [100.0, 50.0, 400.0, 900.0, 4000.0, 2000.0],
            "flop_per_joule": [1.0, 2.0, 4.0, 6.0, 20.0, 40.0],
            "cores": [4, 1, 8, np.nan, np.nan, np.nan],
        }
    )


def test_the_systems_of_an_edition_are_those_with_known_computing(systems: pd.DataFrame) -> None:
    counts = {edition: len(system_points(systems, edition)) for edition in EDITIONS}
    assert counts == {"2022": 138, "2026": 529}
    points = system_points(systems)
    assert points["date"].is_monotonic_increasing
    alexnet = points.set_index("system").loc["AlexNet"]
    assert (alexnet["value"], alexnet["date"]) == (4.7e17, pytest.approx(2012 + 273 / 366))
    with pytest.raises(KeyError, match="no edition '2030' among the systems: 2022, 2026"):
        system_points(systems, "2030")


def test_alphago_zero_was_revised_by_a_factor_of_more_than_five_hundred(systems: pd.DataFrame) -> None:
    early, late = (
        system_points(systems, edition).set_index("system").loc["AlphaGo Zero", "value"] for edition in EDITIONS
    )
    assert early / late == pytest.approx(3.4e23 / 6.494399e20, rel=1e-6)


def test_growth_between_two_systems_by_hand(systems: pd.DataFrame) -> None:
    """3.4e23 over 4.7e17 in the 1,845 days from 30 September 2012 to 19 October 2017."""
    growth = pair_growth(system_points(systems, "2022"), "AlexNet", "AlphaGo Zero")
    assert growth == pytest.approx((3.4e23 / 4.7e17) ** (365.25 / 1845), rel=0.002)
    with pytest.raises(KeyError, match="'AlexNet' and 'AlexNot' must each be one system"):
        pair_growth(system_points(systems), "AlexNet", "AlexNot")


@pytest.mark.parametrize(
    ("era", "first", "end"),
    [("before 2010", -np.inf, 2010), ("from 2012", 2012, np.inf), ("2012 to 2019", 2012, 2020)],
)
def test_growth_of_the_real_systems_agrees_with_statsmodels(
    era: str, first: float, end: float, systems: pd.DataFrame, trends: pd.DataFrame
) -> None:
    rows = systems[(systems["edition"] == LATEST) & systems["training_flop"].notna()]
    days = pd.to_datetime(rows["published"])
    years = days.dt.year + (days.dt.day_of_year - 1) / np.where(days.dt.is_leap_year, 366, 365)
    inside = (years >= first) & (years < end)
    fit = sm.OLS(np.log10(rows["training_flop"][inside]), sm.add_constant(years[inside].to_numpy())).fit()
    row = select_trend(trends, SYSTEMS[LATEST], TRAINING, era)
    low, high = 10.0 ** fit.conf_int(0.1).loc["x1"]
    found = [row["n"], row["growth_per_year"], row["growth_low"], row["growth_high"]]
    assert found == pytest.approx([inside.sum(), 10.0 ** fit.params["x1"], low, high])


def test_growth_rose_around_2010_in_both_editions(systems: pd.DataFrame) -> None:
    breaks = tabulate_breaks(systems).set_index("series")
    assert list(breaks.index) == list(SYSTEMS.values())
    assert breaks["date"].between(2006, 2012).all()
    assert (breaks["growth_before_high"] < 1.7).all()
    assert (breaks["growth_after_low"] > 3.0).all()


def test_devices_are_counted_once_and_in_one_unit(hardware: pd.DataFrame) -> None:
    assert hardware["processor"].is_unique
    assert not hardware["processor"].str.startswith("cloud-tpu").any()
    assert not hardware["name"].str.contains("Phi Coprocessors").any()
    card = hardware.set_index("processor").loc["geforce-gtx-680"]
    assert card["flop_per_s"] == pytest.approx(3.09043e12)
    assert card["flop_per_joule"] == pytest.approx(3.09043e12 / 195)


def test_a_device_has_the_date_of_its_release_or_the_middle_of_its_year(hardware: pd.DataFrame) -> None:
    dates = hardware.set_index("processor")["date"]
    assert dates["google-tpu-v2"] == pytest.approx(2017 + 120 / 365)
    assert dates["intel-core-i7-965"] == 2008.5


def test_the_best_price_around_the_release_is_taken() -> None:
    processors = pd.DataFrame(
        {
            "processor": ["card"], "name": ["Card"], "kind": ["GPU"], "unit": ["board"], "part_of": [None],
            "parts": [np.nan], "year": [2015], "released": ["2015-01-01"], "fp32_gflops": [5000.0],
            "bf16_gflops": [np.nan], "clock_mhz": [np.nan], "cores": [np.nan], "flop_per_cycle": [np.nan],
            "tensor_fp16_gflops": [np.nan], "tdp_watt": [250.0],
        }
    )  # fmt: skip
    offers = [
        ("2015-01-02", 9000.0, "share of a server"),
        ("2015-06-01", 800.0, "listing"),
        ("2015-03-01", 1000.0, "listing"),
        ("2019-01-01", 100.0, "release"),
    ]
    prices = pd.DataFrame(offers, columns=["date", "price_usd", "basis"]).assign(processor="card")
    (row,) = hardware_points(processors, prices).to_dict("records")
    assert (row["price_usd"], row["basis"]) == (1000.0, "listing")
    assert row["flop_per_s_per_usd"] == pytest.approx(5e9)
    (row,) = hardware_points(processors, prices.iloc[3:]).to_dict("records")
    assert np.isnan(row["flop_per_s_per_usd"])


def test_alexnet_is_one_and_the_others_are_ratios(relatives: pd.DataFrame, root: Path) -> None:
    table = relatives.set_index("model_id")
    assert table.loc[ALEXNET["burden"], ["burden_times", "audited_burden_times"]].tolist() == [1.0, 1.0]
    assert table.loc[ALEXNET["passes"], "passes_times"] == 1.0
    models = read_models("2020-records", "imagenet", root).set_index("model_id")
    senet = "imagenet-senet"
    assert table.loc[senet, "passes_times"] == pytest.approx(84.6 / 0.7)
    assert table.loc[senet, "burden_times"] == pytest.approx(
        models.loc[senet, "hardware_burden_gflop"] / models.loc[ALEXNET["burden"], "hardware_burden_gflop"]
    )
    assert np.isnan(table.loc[senet, "audited_burden_times"])


def test_the_audit_divides_by_the_seven_networks_of_alexnet(relatives: pd.DataFrame) -> None:
    both = relatives.dropna(subset=["burden_times", "audited_burden_times"])
    largest = both.loc[both["burden_times"].idxmax()]
    assert largest["burden_times"] / largest["audited_burden_times"] == pytest.approx(7.0, rel=0.01)


def test_every_speed_up_by_hand(devices: pd.DataFrame) -> None:
    found = read_speed_ups(devices, 2012, baseline=2009).set_index("reading")["value"]
    assert found.to_dict() == {
        "median GPU over median CPU of 2012": 3000 / 400,
        "median GPU over median CPU of 2012, per watt": 30 / 4,
        "fastest GPU over fastest CPU up to 2012": 4000 / 400,
        "best GPU over best CPU up to 2012, per watt": 40 / 4,
        "fastest GPU over the fastest CPU core up to 2012": 4000 / 50,
        "fastest GPU up to 2012 over fastest CPU up to 2009": 4000 / 100,
        "median GPU of 2012 over median CPU of 2009": 3000 / 75,
    }


def test_a_later_device_does_not_change_an_earlier_speed_up(devices: pd.DataFrame) -> None:
    alone = read_speed_ups(devices[devices["year"] == 2009], 2009)
    pd.testing.assert_frame_equal(read_speed_ups(devices, 2009), alone)
    with pytest.raises(ValueError, match="no GPU or no CPU of 2010 is known"):
        read_speed_ups(devices, 2010)


def test_four_claims_have_readings_and_only_estimates_have_intervals(readings: pd.DataFrame) -> None:
    assert set(readings["claim_id"]) == {"history-hardware", "history-gpu-first", "history-gpu-2012", "compute-growth"}
    assert not readings.duplicated(["claim_id", "reading"]).any()
    assert (readings["value"] > 0).all()
    estimated = readings.dropna(subset="low")
    assert ((estimated["low"] < estimated["value"]) & (estimated["value"] < estimated["high"])).all()
    assert set(readings.loc[readings["low"].isna(), "claim_id"]) == {
        "history-gpu-first", "history-gpu-2012", "compute-growth"
    }  # fmt: skip


def test_decades_of_hardware_are_the_growth_to_the_power_of_the_years(
    readings: pd.DataFrame, trends: pd.DataFrame
) -> None:
    row = select_trend(trends, "CPU", "per device", "all years")
    found = readings[readings["reading"].str.startswith("growth of CPUs by socket")].iloc[0]
    assert found[["value", "low", "high"]].tolist() == pytest.approx(
        [row[column] ** 40 for column in ("growth_per_year", "growth_low", "growth_high")]
    )


def test_the_frontier_grew_faster_by_the_earlier_edition(readings: pd.DataFrame) -> None:
    values = readings.set_index("reading")
    early, late = (values.loc[f"systems at the frontier, edition {edition}"] for edition in EDITIONS)
    assert early["low"] < 10.0 < early["high"]
    assert late["high"] < early["low"]


def test_a_trend_that_is_not_there_is_refused_with_its_key(trends: pd.DataFrame) -> None:
    with pytest.raises(KeyError, match="no trend of CPU, per dollar, all years, all"):
        select_trend(trends, "CPU", "per dollar", "all years")


def test_the_size_of_the_frontier_changes_its_rows_alone(
    systems: pd.DataFrame, hardware: pd.DataFrame, relatives: pd.DataFrame, trends: pd.DataFrame
) -> None:
    other = tabulate_history(systems, hardware, relatives, among=1)
    key = ["series", "measure", "era"]
    pd.testing.assert_frame_equal(
        other[other["selection"] == "all"].set_index(key), trends[trends["selection"] == "all"].set_index(key)
    )
    frontier = [table[table["selection"] == "frontier"].set_index(key)["n"] for table in (other, trends)]
    assert (frontier[0] <= frontier[1].reindex(frontier[0].index)).all()
    assert frontier[0].sum() < frontier[1].sum()


@pytest.fixture
def cards() -> pd.DataFrame:
    """A card without and one with tensor cores, and a TPU."""
    return pd.DataFrame(
        {
            "processor": ["old", "new", "tpu"], "name": ["Old", "New", "Tpu"], "kind": ["GPU", "GPU", "TPU"],
            "unit": ["board", "board", "chip"], "part_of": [None] * 3, "parts": [np.nan] * 3,
            "year": [2014, 2020, 2018], "released": ["2014-01-01", "2020-01-01", "2018-01-01"],
            "fp32_gflops": [5000.0, 20_000.0, np.nan], "bf16_gflops": [np.nan, np.nan, 100_000.0],
            "clock_mhz": [np.nan] * 3, "cores": [np.nan] * 3, "flop_per_cycle": [np.nan] * 3,
            "tensor_fp16_gflops": [np.nan, 300_000.0, np.nan], "tdp_watt": [250.0, 400.0, 200.0],
        }
    )  # fmt: skip


def offers(*rows: tuple[object, ...]) -> pd.DataFrame:
    columns = ["processor", "date", "processors", "usd_per_hour", "usd_per_hour_one_year", "usd_per_hour_three_years"]
    return pd.DataFrame(rows, columns=columns).assign(vendor="Cloud")


def test_a_card_trains_on_its_tensor_cores_if_it_has_them(cards: pd.DataFrame) -> None:
    assert trained_gflops(cards).to_dict() == {"old": 5000.0, "new": 300_000.0, "tpu": 100_000.0}


def test_rents_of_a_device_and_year_are_one_point(cards: pd.DataFrame) -> None:
    rents = offers(
        ("new", "2021-01-01", 1.0, 2.0, 1.5, np.nan),
        ("new", "2021-07-02", 1.0, 3.0, np.nan, np.nan),
        ("new", "2021-12-31", 1.0, 10.0, np.nan, np.nan),
        ("new", "2022-01-01", 1.0, np.nan, 1.0, np.nan),
        ("old", "2017-01-01", 0.5, 0.9, np.nan, 0.4),
    )
    old, new = rent_points(cards, rents).to_dict("records")
    assert (new["year"], new["offers"], new["usd_per_hour"]) == (2021, 3, 3.0)
    assert new["date"] == pytest.approx((2021 + 2021 + 182 / 365 + 2021 + 364 / 365) / 3)
    assert new["flop_per_usd"] == pytest.approx(20e12 * 3600 / 3.0)
    assert new["trained_flop_per_usd"] == pytest.approx(300e12 * 3600 / 3.0)
    assert old["usd_per_hour"] == pytest.approx(1.8)  # two chips of a board at 0.9 each
    assert old["flop_per_usd"] == old["trained_flop_per_usd"] == pytest.approx(5e12 * 3600 / 1.8)


def test_a_planted_fall_of_rents_is_found(root: Path, hardware: pd.DataFrame) -> None:
    processors = read_table("processors", root)
    rates = peak_gflops(processors)
    chosen = ["nvidia-v100", "a100-sxm4", "nvidia-h100-sxm5-80gb", "google-tpu-v3"]
    rents = pd.concat(
        offers((name, f"{year}-01-01", 1.0, rates[name] / 1e4 / 1.5 ** (year - 2018), np.nan, np.nan))
        for name, year in zip(chosen * 2, range(2018, 2026), strict=True)
    ).assign(vendor="Google Cloud")
    table = tabulate_cost_trends(processors, hardware, rents)
    for series in ("rented", "rented from a large cloud"):
        row = select_trend(table, series, "per dollar", "all years")
        assert row["growth_per_year"] == pytest.approx(1.5, rel=1e-3)
        assert row["n"] == 8
    with_tensor = select_trend(table, "rented, GPU", "per dollar, as trained", "all years")
    assert with_tensor["n"] == 6


def test_trends_of_bought_hardware_are_those_of_the_history(
    root: Path, hardware: pd.DataFrame, trends: pd.DataFrame
) -> None:
    table = tabulate_cost_trends(read_table("processors", root), hardware, read_table("rents", root))
    for measure in ("per watt", "per dollar"):
        pd.testing.assert_series_equal(
            select_trend(table, "GPU", measure, "all years"),
            select_trend(trends, "GPU", measure, "all years"),
            check_names=False,
        )
    trained = select_trend(table, "GPU", "per watt, as trained", "from 2012")
    assert trained["growth_low"] > select_trend(table, "GPU", "per watt", "from 2012")["growth_high"]


def test_listed_prices_by_hand(cards: pd.DataFrame) -> None:
    rents = offers(
        ("old", "2017-12-31", 1.0, 9.0, np.nan, np.nan),
        ("old", "2018-01-01", 0.5, 1.0, np.nan, 0.25),
        ("old", "2020-12-31", 1.0, 4.0, np.nan, np.nan),
        ("tpu", "2019-06-01", 1.0, 2.0, 1.0, np.nan),
    )
    table = listed_prices(cards, rents).set_index(["name", "contract"])
    assert sorted(table.index) == [
        ("Old", "on demand"),
        ("Old", "three years"),
        ("Tpu", "on demand"),
        ("Tpu", "one year"),
    ]
    row = table.loc[("Old", "on demand")]
    assert row[["offers", "usd_per_hour_low", "usd_per_hour_high"]].tolist() == [2, 2.0, 4.0]
    assert [10.0 ** row[f"log10_gflop_{end}"] for end in ("low", "high")] == pytest.approx([4.5e6, 9e6])
    assert table.loc[("Old", "three years"), "usd_per_hour_low"] == 0.5
    with pytest.raises(ValueError, match="2010 to 2011"):
        listed_prices(cards, rents, (2010, 2011))


def test_no_v100_was_listed_at_the_price_that_the_published_table_implies(root: Path) -> None:
    processors, rents = read_table("processors", root), read_table("rents", root)
    listed = listed_prices(processors, rents)
    implied = read_table("assumptions", root).set_index(["quantity", "edition"]).loc[("usd_per_device_hour", "2020")]
    cards = listed[listed["name"].str.contains("V100")]
    assert set(cards["contract"]) == {"on demand", "one year", "three years"}
    assert (cards["usd_per_hour_low"] > 1.5 * implied["high"]).all()
