# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The multiverse of specifications
#
# **Finding.** Over {{ different }} different ways to fit the benchmarks, performance rises significantly with computing
# in {{ rising_low }} of them on {{ rising_low_name }} and in up to {{ rising_high }} on {{ rising_high_name }}. In
# {{ permutations }} worlds in which the computing of 2020 is permuted among the models, at most {{ p_firm }} have as
# many significant specifications as {{ firm_names }}; {{ soft_text }}. Of the laws that rise, {{ theory_low }} to
# {{ theory_high }} have at least the power {{ theory }} of theory; how large the power is depends most on
# {{ power_drivers }}, and where the first target lies on {{ target_drivers }}.
#
# ## What is varied
#
# Every number in this book rests on choices that could have been made otherwise. The chapters before this one change
# one of them at a time. Here all are changed together: a specification is one choice in each of {{ dimensions }}
# dimensions, and the specification curve {cite:p}`simonsohn2020specification` shows what all of them say. Others call
# it a multiverse {cite:p}`steegen2016increasing` or the vibration of effects {cite:p}`patel2015assessment`.
#
# - The *vintage* of the models and the *measure* of computing, as everywhere in this book.
# - The *form*: both published ones, each also with an irreducible error. An exponential decay has no power of
#   performance, and a break is fitted in one way only.
# - The *metric*: one minus the score; the odds of error, wrong against right; and the negative logarithm of the score,
#   which suits a geometric mean such as BLEU. In the exponential form odds give the same line as error.
# - The *direction* and the *estimator*, as in {doc}`comparison`. A term for the year and the quantiles are of the
#   published direction, and Theil-Sen has no symmetric line.
# - The *outlier rule*: none; without burdens that the {doc}`audit` finds wrong; the best model of each paper; without
#   the most influential model, by the distance of Cook {cite:p}`cook1977detection`; or without residuals beyond
#   {{ far }} robust standard deviations {cite:p}`rousseeuw1993alternatives`.
# - The *frontier*: all models; those that set a record; or the better half of each year. A floor is fitted to all
#   models only.
#
# That makes {{ grid }} specifications a benchmark, {{ per_measure }} for each vintage and measure.
# {numref}`tab-multiverse-counts` says how many the data carry. Where a rule sets nothing aside, or two vintages hold
# the same models, a specification repeats another; each different one counts once.

# %% tags=["parameters", "hide-input"]
permutations = 200  # of computing among the models of a benchmark
seed = 20200710  # of the permutations

# %% tags=["hide-input"]
from computational_limits.audit import is_wrong
from computational_limits.display import keep, record, show, show_table
from computational_limits.figures.multiverse import (
    describe_curves,
    describe_drivers,
    describe_specification_curve,
    draw_curves,
    draw_drivers,
    draw_specification_curve,
    sort_curve,
)
from computational_limits.limits import STOCK
from computational_limits.multiverse import (
    DIMENSIONS,
    FAR,
    GRID_SIZE,
    PER_MEASURE,
    fit_multiverse,
    read_yardsticks,
    tabulate_conclusions,
    tabulate_curve_tests,
    tabulate_drivers,
)
from computational_limits.rendering import render_conclusions, render_curve_tests, render_multiverse
from computational_limits.results import read_results
from computational_limits.tables import read_table
from computational_limits.uncertainty import SIGNIFICANCE
from computational_limits.vintages import PUBLISHED, VINTAGES, read_models
from computational_limits.wording import decimal, listing, percent, power_of_ten, whole_percent

names = read_table("benchmarks").set_index("benchmark")["name"].to_dict()
audited = read_results("audit")
disputed = audited.loc[is_wrong(audited), "model_id"]
stock = float(read_results("limits").set_index("name").loc[STOCK, "estimate"])
models = {vintage: read_models(vintage) for vintage in VINTAGES}
yardsticks = read_yardsticks(models[PUBLISHED], read_table("targets"), read_table("claims"), stock)
yardsticks = {benchmark: yardsticks[benchmark] for benchmark in names}
multiverse = fit_multiverse(models, yardsticks, disputed)
fitted, table = multiverse.fitted, multiverse.table

# %% tags=["hide-input"]
show_table(
    render_multiverse(multiverse, names),
    name="tab-multiverse-counts",
    caption="Specifications of each benchmark: in the grid, fitted, different, and why the data do not carry the rest.",
    data=multiverse.absent,
    widths="16 11 10 11 52",
)

# %% [markdown]
# ## One benchmark
#
# {numref}`fig-multiverse-imagenet` sorts the specifications of ImageNet by their power: how fast computing grows with
# performance, in decades to a decade. So that forms and metrics can be compared, it is taken at one error, the smallest
# of the 2020 points; in the polynomial form it is the exponent. A law with a floor above that error has no finite
# power. In a vintage with another score, as exact match in place of F1, it is taken at the smallest error of its
# models, and the target is left out.
#
# Nine in ten of the laws that rise have powers from {{ imagenet_low }} to {{ imagenet_high }}. The published one,
# {{ imagenet_published }}, is larger than {{ imagenet_place }} of the others.

# %% tags=["hide-input"]
imagenet = fitted[fitted["benchmark"] == "imagenet"]
held = yardsticks["imagenet"]
show(
    draw_specification_curve(imagenet, held.theory, held.practice),
    name="fig-multiverse-imagenet",
    caption=(
        "Specification curve of ImageNet. Above, the power of each specification, cut at 1,000; beneath, what they"
        " conclude, from none (pale) to all (dark) of a column, and the choices they make, from never (white) to at"
        " least three times as often as among all (dark)."
    ),
    alt=describe_specification_curve(imagenet, names["imagenet"], held.theory, held.practice),
    data=sort_curve(table[table["benchmark"] == "imagenet"]).drop(columns=["benchmark", "gain", "distinct"]),
)

# %% [markdown]
# ## All benchmarks
#
# {numref}`fig-multiverse-curves` has the curves of all benchmarks, {numref}`tab-multiverse-conclusions` the share of
# the specifications in which each conclusion of the paper holds; {doc}`claims` has the statements behind them. A law
# that does not rise supports none. *Theory* and *practice* are the {{ theory }} that the paper derives as a lower bound
# and what it finds, {{ practice_imagenet }} on ImageNet and {{ practice }} or more elsewhere. The *stock* is all
# accelerators for a year, {{ stock }} GFLOP, against which only measures of a whole training are held. *Forms about
# equal* compares both published forms on the models of a specification, by least squares in the published direction.
# The paper set aside English to German, which has no published target.

# %% tags=["hide-input"]
show(
    draw_curves(fitted, names, held.theory, {key: value.practice for key, value in yardsticks.items()}),
    name="fig-multiverse-curves",
    caption=(
        "Specification curves of all benchmarks, with the number of different specifications. The strip at the bottom"
        " of each is darker where more of them have a significantly positive slope."
    ),
    alt=describe_curves(fitted, names),
    data=sort_curve(table)[["benchmark", "power", "slope", "p_value", "rising"]],
)

# %% tags=["hide-input"]
conclusions = tabulate_conclusions(multiverse)
show_table(
    render_conclusions(conclusions, names),
    name="tab-multiverse-conclusions",
    caption="Share of the different specifications in which each conclusion of the paper holds.",
    data=conclusions,
    widths="20 16 16 16 16 16",
)

# %% [markdown]
# ## Could it be chance?
#
# Specifications share their models, so that a count of significant ones is no test. {numref}`tab-multiverse-tests` sets
# it against {{ permutations }} worlds in which computing has nothing to do with error: the burdens of 2020 are permuted
# among the models of a benchmark, and every straight specification is fitted anew. In such worlds {{ permuted }} of
# them are significantly positive on average, near the {{ nominal }} of a single test on one side, but in one world of
# twenty {{ permuted_high }} or more: the specifications of a world rise and fall together.

# %% tags=["hide-input"]
tests = tabulate_curve_tests(models[PUBLISHED], names, disputed, seed, permutations)
show_table(
    render_curve_tests(tests, names),
    name="tab-multiverse-tests",
    caption=(
        "Share of the straight specifications of the 2020 points with a significantly positive slope, as the models are"
        " and with computing permuted among them; p is the share of permutations with at least as many."
    ),
    data=tests,
    widths="22 16 16 16 16 14",
)

# %% [markdown]
# ## What drives the spread
#
# {numref}`fig-multiverse-drivers` shares the variance over the specifications out among the choices. They do not occur
# in every combination, so that the usual analysis of variance has no unique answer. The value of Shapley has one: the
# mean of what a choice adds to the variance explained, over all orders in which choices could be made
# {cite:p}`owen2014sobol,owen2017shapley`. Interactions are shared among those that make them. The power is taken as
# its logarithm, among laws that rise. The computing at the first target is taken by its place among all others, since
# a few laws that hardly rise put it hundreds of decades out, and some never reach it.
#
# {{ driver_text }} The metric drives {{ metric_most }} at most.

# %% tags=["hide-input"]
drivers = tabulate_drivers(fitted)
show(
    draw_drivers(drivers, names),
    name="fig-multiverse-drivers",
    caption=(
        "Share of the variance over the specifications that each dimension drives, by the value of Shapley, in percent:"
        " of the power, of the place of the first target, and of whether the slope is significantly positive."
    ),
    alt=describe_drivers(drivers, names),
    data=drivers,
)

# %% [markdown]
# ## Limits
#
# A share of specifications is no probability. They are not independent, and not equally plausible: a quantile of a
# dozen models says little, {{ few }} specifications rest on fewer than {{ few_models }} models, and someone who trusts
# the audit has no use for the published burdens. Which dimensions there are, and how finely each is divided, weighs
# the specifications. What the curve can show is whether a conclusion rests on one choice. That powers exceed the bound
# of theory does not. Whether a slope is significant does, on every benchmark.

# %% tags=["remove-cell"]
keep(
    multiverse=table,
    multiverse_absent=multiverse.absent,
    multiverse_conclusions=conclusions,
    multiverse_drivers=drivers,
    multiverse_tests=tests,
)

# %% tags=["remove-cell"]
different = fitted[fitted["distinct"]]
shares = conclusions.pivot(index="benchmark", columns="conclusion", values="share").loc[list(names)]
rising = shares["rising"].sort_values()
laws = different[different["slope"] > 0.0]
above = laws["above_theory"].astype(float).groupby(laws["benchmark"], sort=False).mean()
is_firm = tests["p_value"] < SIGNIFICANCE
firm, soft = tests[is_firm], tests[~is_firm]
ranked = drivers.sort_values("shapley", ascending=False, kind="stable")
mean_drivers = drivers.groupby(["outcome", "dimension"], sort=False)["shapley"].mean().sort_values(ascending=False)
largest = ranked.drop_duplicates(["outcome", "benchmark"]).set_index(["outcome", "benchmark"])
powers = sort_curve(imagenet)["power"].dropna()
published_power = float(imagenet["power"].iloc[0])
record(
    different=f"{len(different):,}",
    grid=f"{GRID_SIZE:,}",
    per_measure=f"{PER_MEASURE:,}",
    dimensions=len(DIMENSIONS),
    far=f"{FAR:g}",
    rising_low=whole_percent(rising.iloc[0]),
    rising_low_name=names[rising.index[0]],
    rising_high=whole_percent(rising.iloc[-1]),
    rising_high_name=names[rising.index[-1]],
    p_firm=percent(round(firm["p_value"].max(), 3)),
    soft_text=" and ".join(
        f"{percent(round(row.p_value, 3))} as many as {names[row.benchmark]}" for row in soft.itertuples()
    ),
    firm_names=listing([names[key] for key in firm["benchmark"]]),
    theory=decimal(held.theory, 0),
    theory_low=whole_percent(above.min()),
    theory_high=whole_percent(above.max()),
    power_drivers=listing([f"the {name}" for name in mean_drivers["power"].index[:3]]),
    target_drivers=listing([f"the {name}" for name in mean_drivers["target"].index[:2]]),
    imagenet_low=decimal(powers.quantile(0.05, interpolation="lower"), 1),
    imagenet_high=decimal(powers.quantile(0.95, interpolation="lower"), 0),
    imagenet_published=decimal(published_power, 1),
    imagenet_place=whole_percent(float((powers < published_power).mean())),
    practice_imagenet=f"{held.practice:g}",
    practice=f"{yardsticks['ms-coco'].practice:g}",
    stock=power_of_ten(stock),
    permutations=f"{permutations:,}",
    permuted=percent(round(float(tests["permuted"].mean()), 3)),
    permuted_high=whole_percent(float(tests["permuted_high"].mean())),
    nominal=percent(SIGNIFICANCE / 2.0),
    metric_most=whole_percent(float(drivers.loc[drivers["dimension"] == "metric", "shapley"].max())),
    driver_text=" ".join(
        f"{names[key]}: the power by the {largest.loc[('power', key), 'dimension']}"
        f" ({whole_percent(largest.loc[('power', key), 'shapley'])}), significance by the"
        f" {largest.loc[('rising', key), 'dimension']}"
        f" ({whole_percent(largest.loc[('rising', key), 'shapley'])})."
        for key in names
    ),
    few=f"{(different['n'] < 5).sum():,}",
    few_models=5,
)
