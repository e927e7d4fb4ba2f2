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
# reproduced. But it says more than the data can. On ImageNet, {{ target }} error stands at {{ polynomial }} GFLOP under
# the polynomial form ({{ interval }}) and at {{ exponential }} under the exponential one, which fits about equally
# well; regressed the other way round it stands at {{ turned }}, and a law with an irreducible error may never reach it.
# By its estimate, {{ past_stock }} of the {{ targets }} polynomial targets lie beyond what all accelerators ever sold
# could do in a year, and {{ past_stock_exponential }} of the exponential ones.
#
# ## Ask your own question
#
# Choose a benchmark, a law and an error. The command under the answer gives the same in a terminal. Both read the laws
# that this book fits, and the costs of {doc}`costs`.

# %% tags=["parameters", "hide-input"]
planted = 1_000  # data sets planted a benchmark, to see what the intervals cover
seed = 20200710  # of the planted data sets

# %% tags=["hide-input"]
from computational_limits.calculator import FILE, read_calculator
from computational_limits.claims import REPRODUCED, Evidence, judge_claims
from computational_limits.costs import PUBLISHED_COSTS, TODAY, read_costs
from computational_limits.display import keep, record, show, show_calculator, show_table
from computational_limits.figures.limits import (
    WAYS_SHOWN,
    describe_implications,
    describe_ways,
    draw_implications,
    draw_ways,
)
from computational_limits.limits import (
    STOCK,
    UNIT_DEVICE,
    count_passed,
    erasure_joule,
    read_limits,
    read_span,
    tabulate_limits,
    tabulate_passages,
)
from computational_limits.paths import project_root, results_folder
from computational_limits.projection import WAYS, planted_coverage, select_projections, select_ways
from computational_limits.rendering import (
    render_intervals,
    render_limits,
    render_passages,
    render_target_table,
)
from computational_limits.results import read_results
from computational_limits.scaling import EXPONENTIAL, POLYNOMIAL
from computational_limits.tables import read_table
from computational_limits.uncertainty import LEVEL, Interval
from computational_limits.vintages import PUBLISHED, read_models
from computational_limits.wording import decimal, percent, power_of_ten, powers_text, span_text

names = read_table("benchmarks").set_index("benchmark")["name"].to_dict()
show_calculator(read_calculator(results_folder(project_root()) / FILE.name), names, name="calculator")

# %% [markdown]
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
# This is a ratio of two estimates. {numref}`tab-targets-intervals` gives three intervals of it, each {{ level }}. The
# *law's mean* is Fieller's {cite:p}`fieller1954some`: all computing at which the line does not differ from the target.
# *Papers resampled* draws the papers anew, and the models of each with it. *One new model* adds the scatter of models
# about the line: a single model may reach the target with that much. On laws planted with the real burdens and papers,
# {{ planted }} times a benchmark, the first covers the truth {{ law_low }} to {{ law_high }} of the time, and the
# second {{ boot_low }} to {{ boot_high }}: with so few papers, resampling them promises too much. Every target lies
# beyond the data; *beyond data* counts the decades.

# %% tags=["hide-input"]
assumptions, claims = read_table("assumptions"), read_table("claims")
every = read_results("projections")
projections = select_projections(every).reset_index(drop=True)
ahead = projections[projections["label"] != "today"]
show_table(
    render_intervals(ahead, names),
    name="tab-targets-intervals",
    caption=(
        f"Computing at which the laws of the 2020 points reach each target, with {percent(LEVEL)} intervals."
        " Every entry is a log10 of GFLOP."
    ),
    data=ahead,
    widths="14 12 8 8 9 16 17 16",
)

# %% [markdown]
# ## Other ways to project
#
# {numref}`fig-targets-ways` departs from the published projection in one point at a time. The exponential form moves
# the first targets out by {{ form_decades }} decades. Regressing computing on performance brings them in by
# {{ turned_decades }}: the published direction puts all scatter into performance, which makes the line flatter, and a
# flat line reaches a far target late. The audit of the burdens widens the intervals more than it moves the estimates.
#
# A law with an irreducible error is the sharpest case. Its interval comes from the profile of the likelihood
# {cite:p}`venzon1988method`: every floor that the points do not exclude counts. In {{ floor_unbounded }} of the
# {{ floor_cells }} targets the points do not exclude a floor at or above the target, so that no computing would be
# enough, and in {{ floor_never }} the best estimate says so itself. Whether the targets can be reached at all is not
# something that these points can tell.

# %% tags=["hide-input"]
ways = select_ways(every).query("label == 'target 1'").reset_index(drop=True)
show(
    draw_ways(ways, names),
    name="fig-targets-ways",
    caption=(
        f"Hardware burden at the first target of each benchmark by {len(WAYS)} ways to project, with {percent(LEVEL)}"
        f" intervals. An arrow marks what lies beyond 10 to the {WAYS_SHOWN[1]:.0f} GFLOP, *never* a floor above the"
        " target."
    ),
    alt=describe_ways(ways, names),
    data=ways,
)

# %% [markdown]
# ## Where projections leave physics
#
# {numref}`fig-targets-implications` draws every target of the paper in computing, dollars and carbon, and
# {numref}`tab-targets-limits` has the limits. The smallest is a training run that took place. All accelerators that
# were sold, at their peak and for a year, set the next; then what the product of the world would buy at today's price
# of renting. The others give the whole of the world's electricity of a year to one training: at the efficiency of
# today's devices, at the most that transistors are expected to reach {cite:p}`ho2023limits`, and at Landauer's limit
# {cite:p}`landauer1961irreversibility`, {{ landauer_zj }} zJ for each bit that is erased at {{ temperature }} K. How
# many bits an operation erases depends on how it is built: the range takes {{ least_bits }} to {{ most_bits }}. A
# reversible computer would not be bound by it.

# %% tags=["hide-input"]
models = read_models(PUBLISHED)
costs = read_costs(assumptions)
device = read_table("processors").set_index("processor").loc[UNIT_DEVICE]
limits = read_limits(assumptions, read_table("systems"), float(device["tensor_fp16_gflops"]), costs[TODAY])
limit_table = tabulate_limits(limits)
passages = tabulate_passages(projections, limits)
show(
    draw_implications(
        projections,
        models,
        limits,
        names,
        costs[PUBLISHED_COSTS].mid.log10_gflop_per_usd,
        costs[PUBLISHED_COSTS].mid.log10_gflop_per_lb_co2,
    ),
    name="fig-targets-implications",
    caption=(
        "Hardware burden at today's error and the two targets of each benchmark, with"
        f" {percent(LEVEL)} intervals, and what it costs at the price and the carbon that the published table implies."
        " The band on the left of each benchmark holds its models; dots lead from there to the estimate. Numbered lines"
        " are the limits, grey where they have a range. An arrow marks what lies further out."
    ),
    alt=describe_implications(projections, limits, names),
    data=projections,
)

# %% tags=["hide-input"]
show_table(
    render_limits(limit_table),
    name="tab-targets-limits",
    caption="The most computing that something allows, in log10 GFLOP.",
    data=limit_table,
    widths="60 20 20",
)

# %% tags=["hide-input"]
show_table(
    render_passages(projections, limits, names),
    name="tab-targets-passages",
    caption=(
        f"The limits that each projection passes, the highest by each of its numbers, with {percent(LEVEL)} intervals."
    ),
    data=passages,
    widths="14 12 9 18 11 36",
)

# %% [markdown]
# The limits of hardware count operations of 16 bits, while the burdens of 2020 count the single precision of GPUs. The
# device that they are counted in is {{ precision }} times as fast in the former, and by up to that factor the limits
# are kind to the targets. The run on record is in operations performed; at the median share of the peak that trainings
# reach, it would be {{ unused }} times as much as a burden.
#
# ## The published table beside ours
#
# {numref}`tab-targets` prints each cell of the published table over ours. The published cells are powers of ten,
# floored, and were transcribed from memory, so a difference of one is a reason to look at the paper again before it is
# a reason to doubt it. {doc}`claims` gives the verdict on each, {doc}`costs` says where dollars and carbon come from.

# %% tags=["hide-input"]
show_table(
    render_target_table(projections, claims, names),
    name="tab-targets",
    caption=(
        "The published target table (floors of powers of ten) / ours, with the"
        f" {percent(LEVEL)} interval of computing and the decades beyond the data. All entries are log10."
    ),
    data=projections,
    widths="16 14 9 13 16 9 13 13",
)

# %% [markdown]
# ## What can be concluded, and what not
#
# The targets lie {{ least_beyond }} to {{ most_beyond }} decades beyond the data. Over such a distance the choice of
# the form, the direction and the floor matters more than the scatter around any line, and no fit to these points can
# make that choice. What can be said: as published, {{ past_stock }} of the {{ targets }} targets under the polynomial
# form, and {{ past_stock_exponential }} under the exponential one, ask for more than all accelerators ever sold could
# do in a year. What cannot: when, or whether, they will be met, or what one of them costs: the narrowest of the
# intervals is {{ narrowest }} decades wide. Dollars and carbon inherit all of it. {doc}`efficiency` asks what gain
# would bring the targets within reach.

# %% tags=["remove-cell"]
keep(limits=limit_table, passages=passages)
cells = claims[claims["label"].notna()]
judged = judge_claims(Evidence(read_results("regressions"), every, assumptions, cells))
imagenet = ways[ways["benchmark"] == "imagenet"].set_index("way")["log10_gflop"]
published, exponential, turned = (
    ways[ways["way"] == way].set_index("benchmark")["log10_gflop"]
    for way in ("polynomial, as published", "exponential form", "computing on performance")
)
first = ahead.query("benchmark == 'imagenet' and label == 'target 1' and form == 'polynomial'").squeeze()
first_targets = ahead.query("label == 'target 1' and form == 'polynomial'")
floored = select_projections(every, forms=["polynomial with floor", "exponential with floor"]).query("label != 'today'")
coverage = []
for goal in first_targets.itertuples():
    known = models[models["benchmark"] == goal.benchmark]
    compute, error = known["hardware_burden_gflop"].to_numpy(), known["error"].to_numpy()
    coverage.append(planted_coverage(compute, error, goal.error, papers=known["paper"], draws=planted, seed=seed))
kelvin = read_span(assumptions, "temperature_k").mid
erasures = read_span(assumptions, "bit_erasures_per_flop")
record(
    cells=len(judged),
    reproduced=int((judged["verdict"] == REPRODUCED).sum()),
    target=percent(first["error"]),
    polynomial=power_of_ten(first["log10_gflop"]),
    interval=powers_text(Interval(first["log10_gflop_low"], first["log10_gflop_high"])),
    exponential=power_of_ten(imagenet["exponential form"]),
    turned=power_of_ten(imagenet["computing on performance"]),
    targets=len(published) * ahead["label"].nunique(),
    past_stock=count_passed(passages, POLYNOMIAL.name, STOCK),
    past_stock_exponential=count_passed(passages, EXPONENTIAL.name, STOCK),
    level=percent(LEVEL),
    planted=f"{planted:,}",
    law_low=percent(min(found.law for found in coverage)),
    law_high=percent(max(found.law for found in coverage)),
    boot_low=percent(min(found.resampled for found in coverage)),
    boot_high=percent(max(found.resampled for found in coverage)),
    form_decades=span_text(exponential - published),
    turned_decades=span_text(published - turned),
    floor_cells=len(floored),
    floor_unbounded=int((floored["log10_gflop_high"] == float("inf")).sum()),
    floor_never=int((floored["log10_gflop"] == float("inf")).sum()),
    landauer_zj=decimal(erasure_joule(kelvin) / 1e-21),
    temperature=f"{kelvin:g}",
    least_bits=f"{erasures.low:,.0f}",
    most_bits=f"{erasures.high:,.0f}",
    precision=decimal(device["tensor_fp16_gflops"] / device["fp32_gflops"], 0),
    unused=decimal(1.0 / read_table("utilisation")["mfu"].median(), 1),
    least_beyond=decimal(ahead["decades_beyond_data"].min(), 1),
    narrowest=decimal((ahead["log10_gflop_high"] - ahead["log10_gflop_low"]).min()),
    most_beyond=decimal(ahead["decades_beyond_data"].max(), 0),
)
