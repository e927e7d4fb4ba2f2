# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Computing over time
#
# **Finding.** The computing of notable systems grew {{ before }} times a year until about {{ break_year }} and
# {{ after }} times since, while GPUs grew {{ gpu }} times a year per device and {{ gpu_dollar }} per dollar.
# The published growth of {{ published_growth }} times a year from 2012 to 2019 lies {{ early_where }} the interval of
# the frontier by the list of {{ early }} ({{ frontier_early }}, {{ frontier_early_span }}) and {{ late_where }} that by
# the list of {{ late }} ({{ frontier_late }}, {{ frontier_late_span }}), in which {{ revised }} took {{ revision }}
# times less.
#
# ## Notable systems
#
# The paper's second figure sets the computing of deep learning beside that of hardware
# {cite:p}`thompson2020computational`. It rests on a list of notable systems that has grown since: the edition of
# {{ early }} {cite:p}`sevilla2022compute` knows the training computing of {{ early_n }} systems, that of {{ late }}
# {cite:p}`epoch2026models` of {{ late_n }} out of {{ late_all }}. {numref}`fig-history-systems` shows the later one. A
# system is at the *frontier* if fewer than {{ frontier }} systems up to its date took more computing.
#
# The line may bend once, wherever that fits best {cite:p}`hudson1966fitting`; {numref}`tab-history-breaks` gives the
# date in both editions. The shaded band is its interval.

# %% tags=["parameters", "hide-input"]
frontier = 5  # a system, device or model is at the frontier if fewer than this many up to its date lie above it

# %% tags=["hide-input"]
import numpy as np
import pandas as pd

from computational_limits.claims import judge_readings
from computational_limits.display import keep, record, show, show_table
from computational_limits.figures.history import (
    describe_eras,
    describe_hardware,
    describe_relatives,
    describe_systems,
    draw_eras,
    draw_hardware,
    draw_relatives,
    draw_systems,
)
from computational_limits.history import (
    EDITIONS,
    FIRST_GPUS,
    HARDWARE_SPAN,
    LATER_GPUS,
    LATEST,
    OUTLIERS,
    RELATIVES,
    SYSTEMS,
    TRAINING,
    hardware_points,
    models_over_alexnet,
    read_claims,
    select_trend,
    system_points,
    tabulate_breaks,
    tabulate_history,
)
from computational_limits.rendering import render_breaks, render_claim_readings, render_trends
from computational_limits.tables import read_table
from computational_limits.trends import AT_FRONTIER, PUBLISHED_YEARS, fit_break
from computational_limits.uncertainty import LEVEL, Interval
from computational_limits.vintages import read_records
from computational_limits.wording import decimal, interval_text, listing, percent, span_text

claims = read_table("claims")
systems = read_table("systems")
records = read_records()
hardware = hardware_points(records.processors, read_table("prices"))
models = models_over_alexnet(records)
trends = tabulate_history(systems, hardware, models, among=frontier)
breaks = tabulate_breaks(systems)
readings = read_claims(systems, hardware, trends)
published = claims.set_index("claim_id")["published"]
points = {edition: system_points(systems, edition) for edition in EDITIONS}

# %% tags=["hide-input"]
bend = fit_break(points[LATEST]["date"], points[LATEST]["value"])
show(
    draw_systems(points[LATEST], points[EDITIONS[0]], bend, frontier),
    name="fig-history-systems",
    caption=(
        f"Training computing of {len(points[LATEST])} notable systems, edition {LATEST}, with a line that bends once;"
        f" the band is the {percent(LEVEL)} interval of the bend. Rings and diamonds mark the two systems of a"
        " well-known growth rate in both editions."
    ),
    alt=describe_systems(points[LATEST], points[EDITIONS[0]], bend, frontier),
    data=pd.concat(points.values(), ignore_index=True),
)

# %% tags=["hide-input"]
show_table(
    render_breaks(breaks),
    name="tab-history-breaks",
    caption=(
        f"The bend in the training computing of notable systems, with {percent(LEVEL)} intervals; those of the growth"
        " hold for the date given."
    ),
    data=breaks,
)

# %% [markdown]
# ## Growth by era
#
# {numref}`fig-history-eras` and {numref}`tab-history-eras` fit each era alone. The eras of {cite:t}`sevilla2022compute`
# begin in 2010 and in late 2015, and the paper divides its figure in 2012. A rate like its {{ published_growth }} times
# a year was first given for single systems, from {{ outlier_first }} to {{ outlier_last }} {cite:p}`amodei2018ai`.
# With the numbers of {{ early }} these two give {{ pair_early }} times a year, with those of {{ late }}
# {{ pair_late }}.
#
# What counts as the frontier matters in the edition of {{ early }}, in which few systems stand far above the rest:
# among the {{ sizes }} largest, the growth from 2012 to 2019 is {{ sizes_early }}. In that of {{ late }} it is
# {{ sizes_late }}.

# %% tags=["hide-input"]
sizes = [1, frontier, 2 * frontier]
by_size = {size: tabulate_history(systems, hardware, models, [PUBLISHED_YEARS], size) for size in sizes}
by_era = trends[trends["series"].isin(SYSTEMS.values())]
growth = float(published["compute-growth"])
show(
    draw_eras(by_era, growth),
    name="fig-history-eras",
    caption=(
        "Growth of training computing per year by era and edition, of all systems and of those at the frontier, with"
        f" {percent(LEVEL)} intervals. The dotted line is the published growth from 2012 to 2019."
    ),
    alt=describe_eras(by_era, growth),
    data=by_era,
)

# %% tags=["hide-input"]
show_table(
    render_trends(by_era, ["series", "era", "selection"]),
    name="tab-history-eras",
    caption=f"Growth and doubling time of training computing, with {percent(LEVEL)} intervals.",
    data=by_era,
    widths="22 14 10 6 14 18 18",
)

# %% [markdown]
# ## Hardware
#
# {numref}`fig-history-hardware` shows what one device could do at its peak, and what that took in watts and dollars;
# {numref}`tab-history-hardware` has the trends. The rates are those of the burdens, FP32 for CPUs and GPUs and bf16 for
# TPUs, so kinds compare in their slopes rather than in their heights. A peak is known for {{ cpus }} of the
# {{ all_cpus }} CPUs. {{ priced }} devices have a price from the year around their release
# {cite:p}`epoch2026hardware`, none of them a CPU, and those of TPUs are estimates.

# %% tags=["hide-input"]
show(
    draw_hardware(hardware),
    name="fig-history-hardware",
    caption=(
        f"Peak rates of {len(hardware)} devices against their date, per device, watt and dollar, with the trend of all"
        " devices of a kind and its growth per year. Dollars are those of the day; CPUs end in 2017."
    ),
    alt=describe_hardware(hardware),
    data=hardware,
)

# %% tags=["hide-input"]
by_kind = trends[trends["series"].isin(hardware["kind"]) & (trends["era"] == "all years")]
show_table(
    render_trends(by_kind, ["series", "measure", "selection"]),
    name="tab-history-hardware",
    caption=f"Growth and doubling time of peak rates over all years, with {percent(LEVEL)} intervals.",
    data=trends[trends["series"].isin(hardware["kind"])],
    widths="8 22 10 6 14 20 20",
)

# %% [markdown]
# ## ImageNet models over AlexNet
#
# {numref}`fig-history-alexnet` divides the records of 2020 by AlexNet {cite:p}`krizhevsky2012imagenet`. As published,
# the largest burden is {{ burden_most }} times AlexNet's; audited it is {{ audited_most }} times, for the burden of
# AlexNet is that of one network beside the score of seven. The frontier of the burdens grew {{ burden_growth }} times a
# year ({{ burden_span }}), after the audit {{ audited_growth }} ({{ audited_span }}). The operations of a pass reach
# {{ passes_most }} times AlexNet's, and the typical model of later years takes fewer: {{ passes_typical }} times in the
# median of {{ passes_last }}, {{ passes_early }} times in that of {{ passes_first }}.

# %% tags=["hide-input"]
show(
    draw_relatives(models),
    name="fig-history-alexnet",
    caption=(
        "Hardware burden, published and audited, and operations per pass of the ImageNet models in the records of 2020,"
        " over those of AlexNet. Lines follow the largest so far; years are those of the records."
    ),
    alt=describe_relatives(models),
    data=models,
)

# %% [markdown]
# ## What was published about the past
#
# The paper's statements can be read in several ways. {numref}`tab-history-readings` computes the readings and holds
# each against the published number: {{ meeting_text }}. The verdicts take the nearest reading, which is kind to the
# paper where many are tried, and say how many of the others agree. A number with one digit that is not zero is met by
# its power of ten, any other one by its digits or its range.
#
# The speed-ups of GPUs are measured in the sources, here they are ratios of peak rates. {cite:t}`raina2009large` report
# a gain of 5 to 15 for sparse coding over earlier methods, and up to 70 for deep belief networks. {{ gpu_common_text }}
# The fastest GPU surpassed the fastest CPU {{ fastest_first }} times in {{ gpu_first }} and {{ fastest_later }} times
# in {{ gpu_later }}; between medians it is {{ median_first }} times and {{ median_later }} times.
#
# No table here has a processor of {{ span_start }}. Over the {{ span_years }} years to {{ span_end }}, a factor of
# {{ published_hardware }} means {{ implied }} times a year; CPUs grew {{ cpu }} times a year
# ({{ cpu_span }}) in the years that we do have.

# %% tags=["hide-input"]
judged = judge_readings(readings, claims)
show_table(
    render_claim_readings(judged),
    name="tab-history-readings",
    caption=f"Readings of the statements about the past, with {percent(LEVEL)} intervals of those that are estimates.",
    data=judged,
    widths="30 40 22 8",
)

# %% [markdown]
# ## What can be concluded, and what not
#
# The computing of notable systems grows faster since about 2010 in both editions: its rate, as a logarithm, is
# {{ rate_ratio }} times what it was. {{ overlap_text }} The fastest trend of hardware here, {{ fastest_trend }} times a
# year, stays far below it, so most of the growth was bought with more devices and more time.
#
# The intervals are those of a straight line through independent points, and the points are not independent: one
# laboratory publishes several systems, a frontier is made of its largest values, and the list was drawn up knowing
# which systems became famous. Only {{ known }} of the {{ late_all }} systems have an estimate, {{ speculative }} of
# these a speculative one. The two editions differ in single estimates by more than any interval admits. Nothing here
# says why computing grew, or that it will go on.

# %% tags=["remove-cell"]
keep(trends=trends, breaks=breaks, readings=readings)

# %% tags=["remove-cell"]
late, early = LATEST, EDITIONS[0]
leading = {key: select_trend(trends, SYSTEMS[key], TRAINING, PUBLISHED_YEARS, AT_FRONTIER) for key in EDITIONS}
spans = {key: Interval(*leading[key][["growth_low", "growth_high"]]) for key in EDITIONS}
at_size = {
    key: [select_trend(table, SYSTEMS[key], TRAINING, PUBLISHED_YEARS, AT_FRONTIER) for table in by_size.values()]
    for key in EDITIONS
}
where = {key: "inside" if growth in spans[key] else "outside" for key in EDITIONS}
kinds = {key: select_trend(trends, *key, "all years") for key in [("GPU", "per device"), ("GPU", "per dollar")]}
cpu = select_trend(trends, "CPU", "per device", "all years")
bends = breaks.set_index("series")
shown = bends.loc[SYSTEMS[late]]
values = readings.set_index("reading")["value"]
zero = {key: points[key].set_index("system").loc[OUTLIERS[1], "value"] for key in EDITIONS}
ours = systems[systems["edition"] == late]
record(
    before=decimal(shown["growth_before"], 1),
    after=decimal(shown["growth_after"], 1),
    break_year=f"{shown['date']:.0f}",
    gpu=decimal(kinds["GPU", "per device"]["growth_per_year"]),
    gpu_dollar=decimal(kinds["GPU", "per dollar"]["growth_per_year"]),
    published_growth=published["compute-growth"],
    early=early,
    late=late,
    early_where=where[early],
    late_where=where[late],
    frontier_early=decimal(leading[early]["growth_per_year"], 1),
    frontier_early_span=interval_text(spans[early]),
    frontier_late=decimal(leading[late]["growth_per_year"], 1),
    frontier_late_span=interval_text(spans[late]),
    revised=OUTLIERS[1],
    revision=f"{zero[early] / zero[late]:.0f}",
    sizes=listing([str(size) for size in sizes]),
    sizes_early=listing([decimal(row["growth_per_year"], 1) for row in at_size[early]]),
    sizes_late=listing([decimal(row["growth_per_year"], 1) for row in at_size[late]]),
    early_n=len(points[early]),
    late_n=len(points[late]),
    late_all=f"{len(ours):,}",
    frontier=frontier,
    outlier_first=OUTLIERS[0],
    outlier_last=OUTLIERS[1],
    pair_early=decimal(values[f"{OUTLIERS[0]} to {OUTLIERS[1]}, edition {early}"], 1),
    pair_late=decimal(values[f"{OUTLIERS[0]} to {OUTLIERS[1]}, edition {late}"], 1),
    cpus=int((hardware["kind"] == "CPU").sum()),
    all_cpus=f"{(records.processors['kind'] == 'CPU').sum():,}",
    priced=int(hardware["price_usd"].notna().sum()),
)

# %% tags=["remove-cell"]
over = {
    measure: select_trend(trends, "ImageNet models over AlexNet", measure, "all years", AT_FRONTIER)
    for measure in RELATIVES
}
most = {measure: models[column].max() for measure, column in RELATIVES.items()}
passes = models.dropna(subset="passes_times").groupby("year")["passes_times"].median()
plain = judged["reading"].str.replace(r" (of|up to) \d{4}$| (?:of|up to) \d{4}(?=,)", "", regex=True)
meeting = {claim: set(plain[(judged["claim_id"] == claim) & judged["meets"]]) for claim in judged["claim_id"].unique()}
common = sorted(meeting["history-gpu-first"] & meeting["history-gpu-2012"])
years = HARDWARE_SPAN[1] - HARDWARE_SPAN[0]
common_start, common_end = bends["date_low"].max(), bends["date_high"].min()
record(
    burden_most=f"{most['hardware burden']:,.0f}",
    audited_most=f"{most['audited burden']:,.0f}",
    passes_most=f"{most['operations per pass']:,.0f}",
    burden_growth=decimal(over["hardware burden"]["growth_per_year"], 1),
    burden_span=interval_text(Interval(*over["hardware burden"][["growth_low", "growth_high"]])),
    audited_growth=decimal(over["audited burden"]["growth_per_year"], 1),
    audited_span=interval_text(Interval(*over["audited burden"][["growth_low", "growth_high"]])),
    passes_first=passes.index[0],
    passes_early=decimal(passes.iloc[0], 1),
    passes_last=passes.index[-1],
    passes_typical=decimal(passes.iloc[-1], 1),
    gpu_common_text=(
        f"One reading meets both statements of the paper: {listing(common)}."
        if len(common)
        else "No single reading of peak rates meets both statements of the paper."
    ),
    fastest_first=f"{values[f'fastest GPU over fastest CPU up to {FIRST_GPUS}']:.0f}",
    fastest_later=f"{values[f'fastest GPU over fastest CPU up to {LATER_GPUS}']:.0f}",
    median_first=decimal(values[f"median GPU over median CPU of {FIRST_GPUS}"], 1),
    median_later=decimal(values[f"median GPU over median CPU of {LATER_GPUS}"], 1),
    gpu_first=FIRST_GPUS,
    gpu_later=LATER_GPUS,
    span_start=HARDWARE_SPAN[0],
    span_end=HARDWARE_SPAN[1],
    span_years=years,
    meeting_text=listing(
        [
            f"{published[claim]} {rows['unit'].iloc[0]} is met by {rows['meets'].sum()} of {len(rows)} readings"
            for claim, rows in judged.groupby("claim_id", sort=False)
        ]
    ),
    published_hardware=f"{float(published['history-hardware']):,.0f}",
    implied=decimal(float(published["history-hardware"]) ** (1.0 / years)),
    cpu=decimal(cpu["growth_per_year"]),
    cpu_span=interval_text(Interval(*cpu[["growth_low", "growth_high"]]), 2),
    rate_ratio=span_text(np.log(bends["growth_after"]) / np.log(bends["growth_before"]), 1),
    fastest_trend=decimal(by_kind["growth_per_year"].max()),
    overlap_text=(
        f"The intervals of the bend overlap, from {common_start:.0f} to {common_end:.0f}."
        if common_start < common_end
        else "The intervals of the bend do not overlap."
    ),
    known=f"{len(points[late]):,}",
    speculative=int((points[late]["confidence"] == "speculative").sum()),
)
