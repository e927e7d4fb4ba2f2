# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What would it take?
#
# **Finding.** The published target table follows from the 2020 points: {{ reproduced }} of its {{ cells }} cells are
# reproduced. But the numbers in it say more than the data can: on ImageNet, {{ target }} error stands at
# {{ polynomial }} GFLOP under the polynomial and at {{ exponential }} under the exponential form, two laws that fit
# about equally well, and the interval of the first alone runs from {{ interval }}.
#
# ## From a law to a target
#
# A law $f(\varepsilon) = a + \beta \log_{10} C$ reaches an error $\varepsilon$ at
#
# $$
# \log_{10} C = \frac{f(\varepsilon) - a}{\beta}, \qquad
# f(\varepsilon) = \begin{cases}
#   -\log_{10} \varepsilon & \text{polynomial form,} \\
#   1 / \varepsilon & \text{exponential form.}
# \end{cases}
# $$ (eq-crossing)
#
# This is a ratio of two estimates, so its interval is Fieller's {cite:p}`fieller1954some`: all computing at which the
# line's mean does not differ from the target. {numref}`fig-targets` shows it for the two targets of the paper.

# %% tags=["hide-input"]
from computational_limits.claims import REPRODUCED, Evidence, implied_constant
from computational_limits.costs import costs_from
from computational_limits.display import record, show, show_table
from computational_limits.figures.comparison import LARGEST_DECADE, describe_targets, draw_targets
from computational_limits.rendering import render_assumptions, render_target_table
from computational_limits.results import read_results
from computational_limits.tables import read_table
from computational_limits.uncertainty import LEVEL, Interval
from computational_limits.wording import decimal, percent, power_of_ten, powers_text

names = read_table("benchmarks").set_index("benchmark")["name"].to_dict()
assumptions = read_table("assumptions")
published = read_table("claims")
projections = read_results("projections")
costs = costs_from(assumptions)
evidence = Evidence(read_results("regressions"), projections, assumptions, published)

# %% tags=["hide-input"]
show(
    draw_targets(projections, names),
    name="fig-targets",
    caption=(
        f"Hardware burden at which the laws of the 2020 points reach the two targets of the paper, with"
        f" {percent(LEVEL)} intervals. An arrow marks what lies beyond 10 to the {LARGEST_DECADE:.0f} GFLOP."
    ),
    alt=describe_targets(projections, names),
    data=projections,
)

# %% [markdown]
# ## From computing to dollars and carbon
#
# The paper converts computing at one price and one carbon intensity, which it does not state. Since the table prints
# floors of powers of ten, its columns bound both: one dollar buys {{ usd_low }} to {{ usd_high }} GFLOP, and one
# pound of CO2 goes with {{ co2_low }} to {{ co2_high }}. The assumptions in {numref}`tab-assumptions` lie inside:
# they give {{ usd }} and {{ co2 }}. The carbon constant follows from a device, a data centre and a grid that the
# literature describes {cite:p}`strubell2019energy`. The price does not: it is implied by the table, so the dollar
# column tests one constant against many cells and nothing more.

# %% tags=["hide-input"]
show_table(
    render_assumptions(assumptions),
    name="tab-assumptions",
    caption="Assumptions that turn computing into dollars and carbon.",
    data=assumptions,
    widths="22 14 12 14 38",
)

# %% [markdown]
# ## The published table beside ours
#
# {numref}`tab-targets` prints each cell of the published table beside ours. The published cells are powers of ten,
# floored, and were transcribed from memory, so a difference of one is a reason to look at the paper again before it is
# a reason to doubt it. {doc}`claims` gives the verdict on each.

# %% tags=["hide-input"]
show_table(
    render_target_table(projections, published, names),
    name="tab-targets",
    caption=(
        "The published target table (floors of powers of ten) beside ours, with the"
        f" {percent(LEVEL)} interval of computing. All entries are log10."
    ),
    data=projections,
    widths="16 12 9 8 8 16 7 8 8 8",
)

# %% [markdown]
# ## Limits
#
# Every target lies beyond the data, by {{ least_beyond }} to {{ most_beyond }} decades. Over such a distance the
# choice of the form matters more than the scatter around either, and no fit to these points can make that choice.
# Dollars and carbon inherit all of it and add a constant that holds for one device, one price and one year.

# %% tags=["remove-cell"]
claims = read_results("claims")
cells = claims[claims["claim_id"].str.startswith("target-")]
imagenet = projections.query("benchmark == 'imagenet' and label == 'target 1'").set_index("form")
row = imagenet.loc["polynomial"]
windows = {unit: implied_constant(evidence, unit) for unit in ("log10 USD", "log10 lb CO2")}
beyond = projections.query("label != 'today'")["decades_beyond_data"]
record(
    cells=len(cells),
    reproduced=int((cells["verdict"] == REPRODUCED).sum()),
    target=percent(row["error"]),
    polynomial=power_of_ten(row["log10_gflop"]),
    exponential=power_of_ten(imagenet.loc["exponential", "log10_gflop"]),
    interval=powers_text(Interval(row["log10_gflop_low"], row["log10_gflop_high"])),
    usd_low=power_of_ten(windows["log10 USD"].low, 2),
    usd_high=power_of_ten(windows["log10 USD"].high, 2),
    co2_low=power_of_ten(windows["log10 lb CO2"].low, 2),
    co2_high=power_of_ten(windows["log10 lb CO2"].high, 2),
    usd=power_of_ten(costs.log10_gflop_per_usd, 2),
    co2=power_of_ten(costs.log10_gflop_per_lb_co2, 2),
    least_beyond=decimal(beyond.min(), 1),
    most_beyond=decimal(beyond.max(), 0),
)
