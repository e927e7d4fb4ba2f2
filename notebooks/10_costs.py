# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Dollars, energy and carbon
#
# **Finding.** The constants behind the published table sell computing at {{ implied_share }} of the prices that were
# listed for its device at the time. Today a dollar buys {{ usd_today }} times as much ({{ usd_today_range }}) and a
# kilogram of CO2 goes with {{ co2_today }} times as much ({{ co2_today_range }}). That is little where the targets lie
# {{ least_beyond }} to {{ most_beyond }} decades beyond the data: what moves the costs is the law, not the constants.
#
# ## Three editions of the constants
#
# The paper converts computing at one price and one carbon intensity, which it does not state. Since its table prints
# floors of powers of ten, its columns bound both: one dollar buys {{ usd_low }} to {{ usd_high }} GFLOP, and one
# pound of CO2 goes with {{ co2_low }} to {{ co2_high }}. The edition of 2020 lies inside both: it gives {{ usd }} and
# {{ co2 }}. Its carbon follows from a device, a data centre and a grid that the literature describes
# {cite:p}`strubell2019energy`. Its price does not: it is implied by the table, so the dollar column tests one constant
# against many cells and nothing more. The edition of 2022 is what the authors' notebooks state
# {cite:p}`thompson2022notebooks`, that of {{ now }} a device that people rent today. {numref}`fig-costs-editions`
# and {numref}`tab-costs-editions` compare them; the ranges take all constants at their low ends or all at their high
# ends, so they are wide.

# %% tags=["hide-input"]
import numpy as np

from computational_limits.claims import Evidence, implied_constant
from computational_limits.costs import (
    TODAY,
    compare_editions,
    costs_from,
    explain_dollars,
    read_costs,
)
from computational_limits.display import keep, record, show, show_table
from computational_limits.figures.costs import (
    describe_editions,
    describe_reconciliation,
    describe_rents,
    describe_utilisation,
    draw_editions,
    draw_reconciliation,
    draw_rents,
    draw_utilisation,
)
from computational_limits.history import (
    PUBLISHED_PRICES,
    hardware_points,
    listed_prices,
    rent_points,
    select_trend,
    tabulate_cost_trends,
)
from computational_limits.limits import UNIT_DEVICE
from computational_limits.projection import select_projections
from computational_limits.rendering import (
    render_assumptions,
    render_editions,
    render_listed_prices,
    render_reconciliation,
    render_reconciliation_summary,
    render_trends,
    render_utilisation,
)
from computational_limits.results import read_results
from computational_limits.tables import read_table
from computational_limits.trends import WHOLE
from computational_limits.uncertainty import LEVEL, Interval
from computational_limits.utilisation import BY_TIME, SAME, reconcile, summarise_reconciliation, tabulate_utilisation
from computational_limits.vintages import read_records
from computational_limits.wording import decimal, interval_text, percent, power_of_ten, range_text

names = read_table("benchmarks").set_index("benchmark")["name"].to_dict()
assumptions, rents, utilisation = read_table("assumptions"), read_table("rents"), read_table("utilisation")
processors = read_table("processors")
costs = read_costs(assumptions)
editions = compare_editions(costs)
show(
    draw_editions(editions),
    name="fig-costs-editions",
    caption=(
        "Computing that a dollar, a kilowatt-hour at the wall and a kilogram of CO2 go with, by edition of the"
        " constants, with the range of each."
    ),
    alt=describe_editions(editions),
    data=editions,
)

# %% tags=["hide-input"]
show_table(
    render_editions(editions),
    name="tab-costs-editions",
    caption="Computing per unit of cost by edition of the constants, and over that of the published table.",
    data=editions,
    widths="14 14 20 26 26",
)

# %% [markdown]
# A dollar buys {{ usd_today }} times as much today for three reasons: the rate in single precision rose {{ rate }}
# times, training moved to numbers of 16 bits, which the device does {{ precision }} times as fast, and an hour of it
# costs {{ dearer }} times as much. In single precision alone a dollar would buy {{ single }} times what the table
# implies.

# %% tags=["hide-input"]
constants_used = assumptions[assumptions["edition"].isin(costs)]
show_table(
    render_assumptions(constants_used),
    name="tab-costs-assumptions",
    caption="Assumptions that turn computing into dollars, energy and carbon.",
    data=constants_used,
    widths="21 9 12 12 12 34",
)

# %% [markdown]
# ## What computing cost to rent
#
# {numref}`tab-costs-listed` lists prices of {{ first_year }} to {{ last_year }} {cite:p}`epoch2026hardware`. The
# device that the carbon column points to, the V100, was listed at {{ listed_low }} to {{ listed_high }} dollars an hour
# without commitment; the price that the published table implies is {{ implied_price }}. Cheaper devices, and TPUs
# counted at 16 bits, come closer.
#
# {numref}`fig-costs-rents` and {numref}`tab-costs-trends` follow the prices since. Counted in single precision for
# GPUs, a dollar at the large clouds bought hardly more each year, {{ large_gpu }} times ({{ large_gpu_range }}).
# What made training cheaper is the change of precision, and newer vendors: {{ trained }} times a year
# ({{ trained_range }}) over all vendors, as networks are trained. Prices are nominal. Years of one device are not
# independent, so these intervals are somewhat too short.

# %% tags=["hide-input"]
listed = listed_prices(processors, rents)
show_table(
    render_listed_prices(listed),
    name="tab-costs-listed",
    caption=f"Prices of rented devices listed from {PUBLISHED_PRICES[0]} to {PUBLISHED_PRICES[1]}.",
    data=listed,
    widths="30 20 10 18 22",
)

# %% tags=["hide-input"]
points = rent_points(processors, rents)
show(
    draw_rents(points, costs),
    name="fig-costs-rents",
    caption=(
        "Computing that a rented dollar bought, a point for each device and year, with the trend; left at the"
        " precision of the burdens, right at that of training. Lines mark the editions of the constants."
    ),
    alt=describe_rents(points, costs),
    data=points,
)

# %% tags=["hide-input"]
trends = tabulate_cost_trends(processors, hardware_points(processors, read_table("prices")), rents)
whole = trends[(trends["era"] == WHOLE.name) & (trends["selection"] == "all")]
show_table(
    render_trends(whole, ["series", "measure"]),
    name="tab-costs-trends",
    caption=f"Growth of computing per dollar and per watt, with {percent(LEVEL)} intervals.",
    data=trends,
)

# %% [markdown]
# ## Burden and operations performed
#
# A hardware burden is what the devices could have done at their peak; the operations that a training performs are
# fewer, and may be counted at another precision. {numref}`fig-costs-utilisation` shows the share of the peak that
# trainings reached: {{ mfu }} in the median of {{ mfu_n }} ({{ mfu_interval }}), without a trend
# ({{ mfu_growth }} times a year, {{ mfu_growth_range }}). So a burden should be about {{ expected }} times the
# operations at the same precision.

# %% tags=["hide-input"]
shares = tabulate_utilisation(utilisation)
show(
    draw_utilisation(utilisation),
    name="fig-costs-utilisation",
    caption=(
        "Share of the peak rate that trainings reached, counting the operations of the model or all that the hardware"
        " did; the line is the median of the first, the band its quartiles."
    ),
    alt=describe_utilisation(utilisation),
    data=utilisation,
)

# %% tags=["hide-input"]
show_table(
    render_utilisation(shares),
    name="tab-costs-utilisation",
    caption=f"Utilisation of trainings, with {percent(LEVEL)} intervals.",
    data=shares,
    widths="26 8 20 18 14 14",
)

# %% [markdown]
# {{ overlap }} models stand both in the records and in the list of notable systems {cite:p}`epoch2026hardware`.
# {numref}`fig-costs-reconciliation` divides the one by the other. Most of it is a circle: {{ circular }} of the
# {{ same }} counts of the same training are themselves hardware times time at an assumed utilisation, so they must
# agree. The other {{ independent }} count from the network: against them the published burdens scatter by
# {{ spread_published }} decades (standard deviation) and the audited ones by {{ spread_audited }}. It is the audit that
# closes the gap, not utilisation. So few models do not give a correction; they say that an audited burden is good to
# about a factor of {{ audited_factor }}.

# %% tags=["hide-input"]
reconciled = reconcile(read_records(), read_table("systems"), read_table("overlap"), utilisation)
show(
    draw_reconciliation(reconciled),
    name="fig-costs-reconciliation",
    caption=(
        "Hardware burden over operations performed, as published and audited, and what utilisation and precision alone"
        " give. Models that count the same training."
    ),
    alt=describe_reconciliation(reconciled),
    data=reconciled,
)

# %% tags=["hide-input"]
summary = summarise_reconciliation(reconciled)
show_table(
    render_reconciliation_summary(summary),
    name="tab-costs-reconciliation",
    caption=(
        "Spread of the log10 of burden over operations, before and after utilisation and precision are taken out, with"
        f" {percent(LEVEL)} intervals."
    ),
    data=summary,
    widths="14 22 6 14 14 15 15",
)

# %% tags=["hide-input"]
show_table(
    render_reconciliation(reconciled, names),
    name="tab-costs-overlap",
    caption="Models with both a burden and a count of operations.",
    data=reconciled,
    widths="12 15 14 10 13 9 9 9 9",
)

# %% [markdown]
# ## What can be concluded, and what not
#
# Costs of a projection carry over its whole uncertainty and add that of the constants, {{ editions_apart }} decades in
# dollars between the editions. Dollars of the published table are a fitted constant, no price. Today's edition rests
# on {{ offers }} offers for one device and on the average power plant of one country; power and efficiency of data
# centres come in part from secondary sources, as the table of assumptions says. Embodied carbon, staff, failed runs and
# the search for hyperparameters are in none of the editions.

# %% tags=["remove-cell"]
keep(cost_trends=trends, cost_editions=editions, reconciliation=reconciled)
projections = select_projections(read_results("projections"))
evidence = Evidence(read_results("regressions"), projections, assumptions, read_table("claims"))
windows = {unit: implied_constant(evidence, unit) for unit in ("log10 USD", "log10 lb CO2")}
over = editions[editions["edition"] == TODAY].set_index("unit")
published = costs_from(assumptions)
device = processors.set_index("processor").loc[UNIT_DEVICE]
parts = explain_dollars(published, costs[TODAY].mid, float(device["fp32_gflops"]))
v100 = listed[listed["name"].str.contains("V100") & (listed["contract"] == "on demand")]
v100_low, v100_high = v100["usd_per_hour_low"].min(), v100["usd_per_hour_high"].max()
ahead = projections[projections["label"] != "today"]["decades_beyond_data"]
rented = {
    series: select_trend(trends, series, measure, WHOLE)
    for series, measure in (
        ("rented from a large cloud, GPU", "per dollar"),
        ("rented", "per dollar, as trained"),
    )
}
large, all_vendors = rented.values()
mfu = shares.set_index("share").loc["mfu"]
counted = summary.set_index(["burden", "counted"])
latest = rents[(rents["processor"] == UNIT_DEVICE) & (rents["date"] >= "2025-02")]
offers = latest["usd_per_hour"]
same = reconciled[reconciled["relation"] == SAME]
record(
    implied_share=range_text(
        Interval(published.usd_per_device_hour / v100_high, published.usd_per_device_hour / v100_low), percent
    ),
    least_beyond=decimal(ahead.min(), 1),
    most_beyond=decimal(ahead.max(), 0),
    editions_apart=decimal(np.ptp(editions[editions["unit"] == "USD"]["log10_gflop"]), 1),
    usd_today=decimal(over.loc["USD", "times_base"], 1),
    usd_today_range=interval_text(Interval(over.loc["USD", "times_base_low"], over.loc["USD", "times_base_high"])),
    co2_today=decimal(over.loc["kg CO2", "times_base"], 0),
    co2_today_range=interval_text(
        Interval(over.loc["kg CO2", "times_base_low"], over.loc["kg CO2", "times_base_high"]), 0
    ),
    now=TODAY,
    usd_low=power_of_ten(windows["log10 USD"].low, 2),
    usd_high=power_of_ten(windows["log10 USD"].high, 2),
    co2_low=power_of_ten(windows["log10 lb CO2"].low, 2),
    co2_high=power_of_ten(windows["log10 lb CO2"].high, 2),
    usd=power_of_ten(published.log10_gflop_per_usd, 2),
    co2=power_of_ten(published.log10_gflop_per_lb_co2, 2),
    rate=decimal(parts["rate"], 1),
    precision=decimal(parts["precision"], 1),
    dearer=decimal(1.0 / parts["price"], 1),
    single=decimal(parts["rate"] * parts["price"]),
    first_year=PUBLISHED_PRICES[0],
    last_year=PUBLISHED_PRICES[1],
    listed_low=decimal(v100_low),
    listed_high=decimal(v100_high),
    implied_price=decimal(published.usd_per_device_hour),
    large_gpu=decimal(large["growth_per_year"]),
    large_gpu_range=interval_text(Interval(large["growth_low"], large["growth_high"]), 2),
    trained=decimal(all_vendors["growth_per_year"]),
    trained_range=interval_text(Interval(all_vendors["growth_low"], all_vendors["growth_high"]), 2),
)

# %% tags=["remove-cell"]
record(
    mfu=percent(mfu["median"]),
    mfu_n=int(mfu["n"]),
    mfu_interval=interval_text(Interval(100 * mfu["median_low"], 100 * mfu["median_high"]), 0) + "\N{NO-BREAK SPACE}%",
    mfu_growth=decimal(mfu["growth_per_year"]),
    mfu_growth_range=interval_text(Interval(mfu["growth_low"], mfu["growth_high"]), 2),
    expected=decimal(1.0 / mfu["median"], 1),
    overlap=len(reconciled),
    same=len(same),
    circular=int((same["method"] == BY_TIME).sum()),
    independent=int((same["method"] != BY_TIME).sum()),
    spread_published=decimal(counted.loc[("published", "other counts"), "log10_sd"]),
    spread_audited=decimal(counted.loc[("audited", "other counts"), "log10_sd"]),
    audited_factor=decimal(10.0 ** counted.loc[("audited", "all"), "left_sd"], 1),
    offers=int(offers.count()),
)
