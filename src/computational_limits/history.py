"""Computing, hardware and ImageNet models over time, and the readings of what was published about them.

A *reading* is one way to understand a published number: which device against
which, which systems, which years. Each is computed; which of them meets the
number is for the claims to say. Nothing here reads a file or draws a figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from computational_limits.arrays import FloatArray
from computational_limits.audit import Records, audit
from computational_limits.burden import peak_gflops
from computational_limits.costs import SECONDS_PER_HOUR
from computational_limits.trends import (
    ALL,
    AT_FRONTIER,
    ERAS,
    FRONTIER,
    PUBLISHED_YEARS,
    WHOLE,
    Era,
    decimal_years,
    fit_break,
    tabulate_break,
    tabulate_trends,
)
from computational_limits.vintages import PUBLISHED, select_vintage

EDITIONS = ("2022", "2026")
"""Editions of the list of notable systems, the older first."""
LATEST = EDITIONS[-1]
UNITS = {"CPU": "socket", "GPU": "board", "TPU": "chip"}
"""Kinds of hardware with the unit that is one device."""
MEASURES = {
    "per device": "flop_per_s",
    "per device, FP16 tensor": "tensor_flop_per_s",
    "per watt": "flop_per_joule",
    "per dollar": "flop_per_s_per_usd",
}
"""Measure of hardware to its column."""
AS_TRAINED = {
    "per device, as trained": "trained_flop_per_s",
    "per watt, as trained": "trained_flop_per_joule",
    "per dollar, as trained": "trained_flop_per_s_per_usd",
}
"""Measure of hardware at the precision that networks are trained in to its column."""
RENTED = {"per dollar": "flop_per_usd", "per dollar, as trained": "trained_flop_per_usd"}
"""Measure of rented hardware to its column."""
LARGE_CLOUDS = ("Amazon Web Services", "Google Cloud", "Microsoft Azure")
"""Vendors that the prices name in all years; others come in later and are cheaper."""
CONTRACTS = {
    "on demand": "usd_per_hour",
    "one year": "usd_per_hour_one_year",
    "three years": "usd_per_hour_three_years",
}
"""Commitment of a rent to its column in table ``rents``."""
PUBLISHED_PRICES = (2018, 2020)
"""Years of the prices that the authors could have seen."""
BASES = ("release", "listing", "share of a server", "estimate")
"""What a price may be, the best first."""
PRICE_YEARS = 1.0
"""Years between release and price up to which it is the price of a new device."""
HARDWARE_ERAS = (WHOLE, *(era for era in ERAS if era.name in ("before 2012", "from 2012")))
COST_ERAS = (WHOLE, *(era for era in ERAS if era.name == "from 2012"))
GFLOP = 1e9
MID_YEAR = 0.5
TRAINING = "training FLOP"
SYSTEMS = {edition: f"systems, edition {edition}" for edition in EDITIONS}
"""Edition to the name of its series."""
ALEXNET = {"burden": "imagenet-alexnet-7cnns", "passes": "imagenet-2020-alexnet"}
"""The record of AlexNet that states each measure: one of seven networks its training, one of one its operations."""
RELATIVES = {
    "hardware burden": "burden_times",
    "audited burden": "audited_burden_times",
    "operations per pass": "passes_times",
}
"""Measure of an ImageNet model over AlexNet's to its column."""
FIRST_GPUS, LATER_GPUS = 2009, 2012
"""Years in which deep learning was ported to GPUs, and by which the paper gives their later speed-up."""
HARDWARE_SPAN = (1969, FIRST_GPUS)
"""The decades over which the paper says that hardware improved."""
OUTLIERS = ("AlexNet", "AlphaGo Zero")
"""First and last system of the comparison that gave the growth of computing its fame."""


def system_points(systems: pd.DataFrame, edition: str = LATEST) -> pd.DataFrame:
    """Systems of an edition whose training computing is known, with decimal dates.

    Parameters
    ----------
    systems : DataFrame
        Table ``systems``.
    edition : str
        One of `EDITIONS`.

    Returns
    -------
    DataFrame
        The rows with ``date``, in decimal years, and ``value``, in FLOP; the oldest first.

    Raises
    ------
    KeyError
        If there is no such edition.
    """
    if edition not in set(systems["edition"]):
        raise KeyError(f"no edition {edition!r} among the systems: {', '.join(sorted(set(systems['edition'])))}")
    known = systems[(systems["edition"] == edition) & systems["training_flop"].notna()]
    known = known.assign(date=decimal_years(known["published"]), value=known["training_flop"])
    return known.sort_values(["date", "system_id"], ignore_index=True)


def hardware_points(processors: pd.DataFrame, prices: pd.DataFrame) -> pd.DataFrame:
    """Peak rate of each device, and per watt and dollar, with its date.

    The rate is that of the burdens: FP32 for CPUs and GPUs, bf16 for TPUs. A
    GPU is a card, even one with two chips, and a TPU a single chip. A price
    counts if it is of the year around the release, a release price before a
    listing, a listing before a share of a server, and that before an estimate.

    Parameters
    ----------
    processors, prices : DataFrame
        The tables of these names.

    Returns
    -------
    DataFrame
        ``processor``, ``name``, ``kind``, ``year``, ``date`` in decimal years
        (the middle of the year where no day is known), ``cores``,
        ``flop_per_s``, ``tensor_flop_per_s``, ``flop_per_joule``,
        ``flop_per_s_per_usd``, the columns of `AS_TRAINED`, ``price_usd`` and
        ``basis``; devices without rate or year are left out.
    """
    table = processors.assign(
        flop_per_s=peak_gflops(processors).to_numpy() * GFLOP,
        trained_flop_per_s=trained_gflops(processors).to_numpy() * GFLOP,
    )
    device = (table["unit"] == table["kind"].map(UNITS)) & table["part_of"].isna()
    table = table[device & table["year"].notna() & table["flop_per_s"].notna()]
    date = table["year"].astype("float64") + MID_YEAR
    dated = table["released"].notna()
    date[dated] = decimal_years(table.loc[dated, "released"])
    table = table.assign(date=date, tensor_flop_per_s=table["tensor_fp16_gflops"] * GFLOP)
    table = table.merge(_release_prices(table, prices), on="processor", how="left")
    table = table.assign(
        flop_per_joule=table["flop_per_s"] / table["tdp_watt"],
        flop_per_s_per_usd=table["flop_per_s"] / table["price_usd"],
        trained_flop_per_joule=table["trained_flop_per_s"] / table["tdp_watt"],
        trained_flop_per_s_per_usd=table["trained_flop_per_s"] / table["price_usd"],
    )
    measures = [*MEASURES.values(), *AS_TRAINED.values()]
    columns = ["processor", "name", "kind", "year", "date", "cores", *measures, "price_usd", "basis"]
    return table[columns].sort_values(["date", "processor"], ignore_index=True)


def _release_prices(devices: pd.DataFrame, prices: pd.DataFrame) -> pd.DataFrame:
    """The best price of each device from the year around its release."""
    dated = prices.assign(day=decimal_years(prices["date"]), rank=prices["basis"].map(BASES.index))
    near = dated.merge(devices[["processor", "date"]].rename(columns={"date": "release"}), on="processor")
    near = near[(near["day"] - near["release"]).abs() <= PRICE_YEARS]
    best = near.sort_values(["rank", "day"], kind="stable").drop_duplicates("processor")
    return best[["processor", "price_usd", "basis"]]


def trained_gflops(processors: pd.DataFrame) -> pd.Series:
    """Peak rate of each processor at the precision that networks are trained in on it.

    The tensor cores' FP16 or bf16 rate where a GPU has them, else the rate of
    the burdens; see `burden.peak_gflops`.

    Parameters
    ----------
    processors : DataFrame
        Table ``processors``.

    Returns
    -------
    Series
        GFLOP/s by processor; missing where the rate of the burdens is.
    """
    rate = peak_gflops(processors)
    tensor = processors.set_index("processor")[["tensor_fp16_gflops", "bf16_gflops"]].max(axis=1)
    return rate.where(~(tensor > rate), tensor).rename("trained_gflops")


def rent_points(processors: pd.DataFrame, rents: pd.DataFrame) -> pd.DataFrame:
    """Computing that a rented dollar bought, a point for each device and year.

    A price is without commitment and holds for the vendors' whole devices. A
    device keeps its list price for years, and some vendors print theirs often:
    the median of a year is one point.

    Parameters
    ----------
    processors, rents : DataFrame
        The tables of these names.

    Returns
    -------
    DataFrame
        ``processor``, ``name``, ``kind``, ``year``, ``date`` (mean of the year's
        prices, in decimal years), ``offers``, ``usd_per_hour`` of one device,
        and the columns of `RENTED`, in FLOP of peak capability per dollar; the
        oldest first.
    """
    offers = rents.assign(
        year=rents["date"].str[:4].astype("int64"),
        date=decimal_years(rents["date"]),
        usd_per_hour=rents["usd_per_hour"] / rents["processors"],
    ).dropna(subset="usd_per_hour")
    points = (
        offers.groupby(["processor", "year"])
        .agg(date=("date", "mean"), offers=("date", "size"), usd_per_hour=("usd_per_hour", "median"))
        .reset_index()
        .merge(processors[["processor", "name", "kind"]], on="processor")
    )
    for column, rates in zip(RENTED.values(), (peak_gflops(processors), trained_gflops(processors)), strict=True):
        points[column] = points["processor"].map(rates) * GFLOP * SECONDS_PER_HOUR / points["usd_per_hour"]
    points = points.dropna(subset=list(RENTED.values())).sort_values(["date", "processor"], ignore_index=True)
    return points[["processor", "name", "kind", "year", "date", "offers", "usd_per_hour", *RENTED.values()]]


def listed_prices(
    processors: pd.DataFrame, rents: pd.DataFrame, years: tuple[int, int] = PUBLISHED_PRICES
) -> pd.DataFrame:
    """What a dollar bought at the prices listed in some years, by device and commitment.

    Parameters
    ----------
    processors, rents : DataFrame
        The tables of these names.
    years : tuple of int
        First and last year of the prices.

    Returns
    -------
    DataFrame
        ``name``, ``kind``, ``contract`` (of `CONTRACTS`), ``offers``,
        ``usd_per_hour_low`` and ``usd_per_hour_high`` of one device, and the
        computing they buy at the rate of the burdens, ``log10_gflop_low`` at
        the dearest and ``log10_gflop_high`` at the cheapest.

    Raises
    ------
    ValueError
        If no price is of these years.
    """
    offers = rents[rents["date"].str[:4].astype("int64").between(*years)]
    if offers.empty:
        raise ValueError(f"no rent of {years[0]} to {years[1]} is known: choose other years")
    tables = []
    for contract, column in CONTRACTS.items():
        prices = (offers[column] / offers["processors"]).groupby(offers["processor"])
        tables.append(prices.agg(offers="count", low="min", high="max").dropna().assign(contract=contract))
    table = pd.concat(tables).reset_index().merge(processors[["processor", "name", "kind"]], on="processor")
    gflop_per_hour = table["processor"].map(peak_gflops(processors)) * SECONDS_PER_HOUR
    table = table.assign(
        log10_gflop_low=np.log10(gflop_per_hour / table["high"]),
        log10_gflop_high=np.log10(gflop_per_hour / table["low"]),
    ).rename(columns={"low": "usd_per_hour_low", "high": "usd_per_hour_high"})
    columns = ["usd_per_hour_low", "usd_per_hour_high", "log10_gflop_low", "log10_gflop_high"]
    return table.sort_values(["kind", "name"], kind="stable", ignore_index=True)[
        ["name", "kind", "contract", "offers", *columns]
    ]


def tabulate_cost_trends(
    processors: pd.DataFrame, hardware: pd.DataFrame, rents: pd.DataFrame, among: int = FRONTIER
) -> pd.DataFrame:
    """Growth of computing per dollar and per watt: bought, and rented.

    Parameters
    ----------
    processors, rents : DataFrame
        The tables of these names.
    hardware : DataFrame
        What `hardware_points` returns.
    among : int
        Size of the frontier; see `trends.at_frontier`.

    Returns
    -------
    DataFrame
        Columns `trends.TREND_COLUMNS`, of ``cost_trends.csv``. Series ``GPU``
        is of devices at their release; ``rented`` is of all vendors, ``rented
        from a large cloud`` of `LARGE_CLOUDS`, and the series that end in
        ``GPU`` leave out TPUs.
    """
    bought = hardware[hardware["kind"] == "GPU"]
    measures = {name: MEASURES[name] for name in ("per watt", "per dollar")} | AS_TRAINED
    tables = [
        tabulate_trends(_points(bought, column), COST_ERAS, "GPU", measure, among)
        for measure, column in measures.items()
    ]
    large = rents[rents["vendor"].isin(LARGE_CLOUDS)]
    for series, offers in {"rented": rents, "rented from a large cloud": large}.items():
        points = rent_points(processors, offers)
        for name, chosen in ((series, points), (f"{series}, GPU", points[points["kind"] == "GPU"])):
            tables += [
                tabulate_trends(_points(chosen, column), [WHOLE], name, measure, among)
                for measure, column in RENTED.items()
            ]
    return pd.concat(tables, ignore_index=True)


def models_over_alexnet(records: Records) -> pd.DataFrame:
    """ImageNet models of the records of 2020 over AlexNet.

    Parameters
    ----------
    records : Records
        The tables that the audit works on.

    Returns
    -------
    DataFrame
        ``model_id``, ``model``, ``year``, ``error`` and the columns of
        `RELATIVES`; rows that state neither measure are left out.
    """
    models = select_vintage(records, "2020-records")
    models = models[models["benchmark"] == "imagenet"].set_index("model_id")
    audited = audit(records)
    audited = audited[audited["vintage"].isin([PUBLISHED, "2020-records"])].set_index("model_id")["corrected_gflop"]
    burden, passes = models["hardware_burden_gflop"], models["ops_per_pass_gflop"]
    audited = audited.reindex(models.index)
    table = models.assign(
        burden_times=burden / burden[ALEXNET["burden"]],
        audited_burden_times=audited / audited[ALEXNET["burden"]],
        passes_times=passes / passes[ALEXNET["passes"]],
    ).reset_index()
    columns = ["model_id", "model", "year", "error", *RELATIVES.values()]
    return table[columns].dropna(subset=["burden_times", "passes_times"], how="all").reset_index(drop=True)


def tabulate_history(
    systems: pd.DataFrame,
    hardware: pd.DataFrame,
    models: pd.DataFrame,
    eras: Iterable[Era] = ERAS,
    among: int = FRONTIER,
) -> pd.DataFrame:
    """Every trend of the chapter: ``trends.csv``.

    Parameters
    ----------
    systems : DataFrame
        Table ``systems``.
    hardware : DataFrame
        What `hardware_points` returns.
    models : DataFrame
        What `models_over_alexnet` returns.
    eras : iterable of Era
        Eras of the systems.
    among : int
        Size of the frontier; see `trends.at_frontier`.

    Returns
    -------
    DataFrame
        Columns `trends.TREND_COLUMNS`.
    """
    eras = tuple(eras)
    tables = [tabulate_trends(system_points(systems, key), eras, SYSTEMS[key], TRAINING, among) for key in EDITIONS]
    for kind in UNITS:
        devices = hardware[hardware["kind"] == kind]
        for measure, column in MEASURES.items():
            tables.append(tabulate_trends(_points(devices, column), HARDWARE_ERAS, kind, measure, among))
    dated = models.assign(date=models["year"].astype("float64") + MID_YEAR)
    for measure, column in RELATIVES.items():
        tables.append(tabulate_trends(_points(dated, column), [WHOLE], "ImageNet models over AlexNet", measure, among))
    return pd.concat([table for table in tables if len(table)], ignore_index=True)


def tabulate_breaks(systems: pd.DataFrame) -> pd.DataFrame:
    """The break of the growth of training computing in each edition: ``breaks.csv``."""
    tables = []
    for edition in EDITIONS:
        points = system_points(systems, edition)
        tables.append(tabulate_break(fit_break(points["date"], points["value"]), SYSTEMS[edition], TRAINING))
    return pd.concat(tables, ignore_index=True)


def read_claims(systems: pd.DataFrame, hardware: pd.DataFrame, trends: pd.DataFrame) -> pd.DataFrame:
    """Every reading of the published statements about the past: ``readings.csv``.

    Parameters
    ----------
    systems : DataFrame
        Table ``systems``.
    hardware : DataFrame
        What `hardware_points` returns.
    trends : DataFrame
        What `tabulate_history` returns.

    Returns
    -------
    DataFrame
        ``claim_id``, ``reading`` in words, ``value``, and its 90 % interval
        ``low`` to ``high`` where it is an estimate.
    """
    parts = {
        "history-hardware": _read_decades(trends),
        "history-gpu-first": read_speed_ups(hardware, FIRST_GPUS),
        "history-gpu-2012": read_speed_ups(hardware, LATER_GPUS, baseline=FIRST_GPUS),
        "compute-growth": _read_growth(systems, trends),
    }
    return pd.concat([table.assign(claim_id=claim) for claim, table in parts.items()], ignore_index=True)[
        ["claim_id", "reading", "value", "low", "high"]
    ]


def read_speed_ups(hardware: pd.DataFrame, year: int, baseline: int | None = None) -> pd.DataFrame:
    """How many times a GPU surpassed a CPU in a year, by peak rates, under each reading.

    Parameters
    ----------
    hardware : DataFrame
        What `hardware_points` returns.
    year : int
        Year of the comparison.
    baseline : int, optional
        Earlier year, whose fastest CPU is a further yardstick.

    Returns
    -------
    DataFrame
        ``reading``, ``value``, ``low`` and ``high``, which are missing: these are ratios of data, not estimates.

    Raises
    ------
    ValueError
        If no CPU or GPU is known up to the year, or of the year.
    """
    gpus, cpus = (hardware[(hardware["kind"] == kind) & (hardware["year"] <= year)] for kind in ("GPU", "CPU"))
    new_gpus, new_cpus = (table[table["year"] == year] for table in (gpus, cpus))
    if new_gpus.empty or new_cpus.empty:
        raise ValueError(f"no GPU or no CPU of {year} is known: choose another year")
    fastest = gpus["flop_per_s"].max()
    readings = {
        f"median GPU over median CPU of {year}": _ratio(new_gpus, new_cpus, "flop_per_s", "median"),
        f"median GPU over median CPU of {year}, per watt": _ratio(new_gpus, new_cpus, "flop_per_joule", "median"),
        f"fastest GPU over fastest CPU up to {year}": fastest / cpus["flop_per_s"].max(),
        f"best GPU over best CPU up to {year}, per watt": _ratio(gpus, cpus, "flop_per_joule", "max"),
        f"fastest GPU over the fastest CPU core up to {year}": fastest / (cpus["flop_per_s"] / cpus["cores"]).max(),
    }
    if baseline is not None:
        earlier = cpus.loc[cpus["year"] <= baseline, "flop_per_s"]
        readings[f"fastest GPU up to {year} over fastest CPU up to {baseline}"] = fastest / earlier.max()
        readings[f"median GPU of {year} over median CPU of {baseline}"] = (
            new_gpus["flop_per_s"].median() / cpus.loc[cpus["year"] == baseline, "flop_per_s"].median()
        )
    return _readings({reading: (value, np.nan, np.nan) for reading, value in readings.items()})


def pair_growth(points: pd.DataFrame, first: str, last: str) -> float:
    """Growth per year from one named system to another.

    Parameters
    ----------
    points : DataFrame
        What `system_points` returns.
    first, last : str
        Their names.

    Raises
    ------
    KeyError
        If a name is not there, or not once.
    """
    rows = points[points["system"].isin([first, last])].set_index("system")
    if sorted(rows.index) != sorted([first, last]):
        raise KeyError(f"{first!r} and {last!r} must each be one system with known computing, got {list(rows.index)}")
    years = rows.loc[last, "date"] - rows.loc[first, "date"]
    return float((rows.loc[last, "value"] / rows.loc[first, "value"]) ** (1.0 / years))


def select_trend(trends: pd.DataFrame, series: str, measure: str, era: Era | str, selection: str = ALL) -> pd.Series:
    """The row of ``trends.csv`` of one series, measure, era and selection.

    Raises
    ------
    KeyError
        If there is no such row.
    """
    name = era.name if isinstance(era, Era) else era
    key = {"series": series, "measure": measure, "era": name, "selection": selection}
    chosen = trends[(trends[list(key)] == pd.Series(key)).all(axis=1)]
    if len(chosen) != 1:
        raise KeyError(f"no trend of {', '.join(key.values())}")
    return chosen.iloc[0]


def _read_decades(trends: pd.DataFrame) -> pd.DataFrame:
    """What today's tables say of hardware over four decades: growth of the years they hold, carried over all."""
    years = HARDWARE_SPAN[1] - HARDWARE_SPAN[0]
    span = f"carried over {years} years"
    rows = {
        f"growth of CPUs by socket, {span}": select_trend(trends, "CPU", "per device", WHOLE),
        f"growth of CPUs per watt, {span}": select_trend(trends, "CPU", "per watt", WHOLE),
        f"growth of the computing of notable systems before 2010, {span}": select_trend(
            trends, SYSTEMS[LATEST], TRAINING, "before 2010"
        ),
    }
    return _readings({reading: tuple(_growth(row) ** years) for reading, row in rows.items()})


def _read_growth(systems: pd.DataFrame, trends: pd.DataFrame) -> pd.DataFrame:
    readings: dict[str, tuple[float, float, float]] = {}
    for selection in (AT_FRONTIER, ALL):
        for edition in reversed(EDITIONS):
            row = select_trend(trends, SYSTEMS[edition], TRAINING, PUBLISHED_YEARS, selection)
            words = "systems at the frontier" if selection == AT_FRONTIER else "all systems"
            readings[f"{words}, edition {edition}"] = tuple(_growth(row))
    for edition in reversed(EDITIONS):
        growth = pair_growth(system_points(systems, edition), *OUTLIERS)
        readings[f"{OUTLIERS[0]} to {OUTLIERS[1]}, edition {edition}"] = (growth, np.nan, np.nan)
    return _readings(readings)


def _growth(trend: pd.Series) -> FloatArray:
    return np.array([trend["growth_per_year"], trend["growth_low"], trend["growth_high"]])


def _readings(values: Mapping[str, Iterable[float]]) -> pd.DataFrame:
    return pd.DataFrame(
        [[reading, *value] for reading, value in values.items()], columns=["reading", "value", "low", "high"]
    )


def _ratio(over: pd.DataFrame, under: pd.DataFrame, column: str, statistic: str) -> float:
    return float(over[column].agg(statistic) / under[column].agg(statistic))


def _points(table: pd.DataFrame, column: str) -> pd.DataFrame:
    return table[["date", column]].rename(columns={column: "value"})
