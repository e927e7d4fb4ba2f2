# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What gain would it take?
#
# **Finding.** Against the best models of 2020 the {{ targets }} targets need {{ least_need }} to {{ most_need }}
# decades of efficiency under the polynomial form. The largest gains that the literature reports for training make
# {{ stacked_training }} decades together, if they all multiplied, those for whatever use {{ stacked }}: enough for
# {{ within_training }} and {{ within_all }} of the targets.
#
# The paper ends with what might relieve the burden: better hardware, smaller and compressed networks, networks found by
# search or by meta-learning, and other kinds of computers {cite:p}`thompson2020computational`. This chapter sets the
# need against the numbers that are reported for each.

# %% tags=["parameters", "hide-input"]
laboratory_usd = 1e5  # budget of a laboratory
largest_usd = 1e9  # a budget larger than that of any training known
seed = 20200710  # of the draws behind the years
draws = 20_000  # draws behind each interval of years

# %% tags=["hide-input"]
import numpy as np
from scipy import constants

from computational_limits.affordability import (
    HALVINGS,
    NO_PROGRESS,
    OWN_YEARS,
    Purse,
    fit_year_law,
    growth_from,
    read_halving,
    tabulate_affordability,
)
from computational_limits.costs import TODAY, read_costs
from computational_limits.display import keep, record, show, show_table
from computational_limits.efficiency import (
    BEST_MODEL,
    TRAINING,
    stack_gains,
    summarise_gains,
    tabulate_needs,
)
from computational_limits.figures.limits import (
    describe_gains,
    describe_years,
    draw_gains,
    draw_years,
)
from computational_limits.history import hardware_points, select_trend, tabulate_cost_trends
from computational_limits.limits import read_span
from computational_limits.projection import select_projections
from computational_limits.rendering import (
    render_affordability,
    render_gains,
    render_needs,
)
from computational_limits.results import read_results
from computational_limits.scaling import EXPONENTIAL, FORMS, POLYNOMIAL
from computational_limits.tables import read_table
from computational_limits.trends import ALL, WHOLE
from computational_limits.uncertainty import LEVEL
from computational_limits.vintages import PUBLISHED, read_models
from computational_limits.wording import decimal, factor_text, interval_text, percent, power_of_ten, span_text

names = read_table("benchmarks").set_index("benchmark")["name"].to_dict()
assumptions, gains, targets = read_table("assumptions"), read_table("gains"), read_table("targets")
processors = read_table("processors")
models = read_models(PUBLISHED)
projections = select_projections(read_results("projections")).reset_index(drop=True)

# %% [markdown]
# ## When the targets are affordable
#
# A budget buys more each year as hardware gets cheaper, and better algorithms need less of it. The price is that of
# {{ now }}: {{ gflop_per_usd }} GFLOP a dollar. Computing for a rented dollar, as it is used for training,
# grew {{ rented }} times a year ({{ rented_span }}), that for a dollar of the price of a device, in single precision,
# {{ bought }} times ({{ bought_span }}). The first rests in part on moving to shorter numbers, which cannot go
# on. For algorithms there are three sources:
#
# - {cite:t}`hernandez2020measuring` count a factor of {{ alexnet_gain }} since AlexNet, at its error, a halving every
#   {{ alexnet_months }} months, without an interval.
# - {cite:t}`erdil2022algorithmic` find a halving every {{ imagenet_months }} months on ImageNet
#   ({{ imagenet_span }} months), {cite:t}`ho2024algorithmic` one every {{ language_months }} months for language models
#   ({{ language_span }} months).
# - Our own regressions with the year say {{ own_decades }} decades a year under the polynomial form. They cannot tell
#   years from computing well: the two correlate by {{ correlations }} among the models, and what the year takes,
#   computing loses.
#
# {numref}`fig-efficiency-years` and {numref}`tab-efficiency-years` put them together for {{ dearest }} million dollars,
# the dearest training with a published estimate {cite:p}`maslej2024ai`. Each interval is of {{ draws }} draws: the law
# from the Student law of its coefficients, which gives Fieller's interval back, the growth of hardware from its trend,
# and the halving time from its published range. Better algorithms count from the mean year of the models on.

# %% tags=["hide-input"]
trends = tabulate_cost_trends(processors, hardware_points(processors, read_table("prices")), read_table("rents"))
rented, bought = (
    growth_from(select_trend(trends, series, measure, WHOLE, ALL))
    for series, measure in (("rented", "per dollar, as trained"), ("GPU", "per dollar"))
)
price = read_costs(assumptions)[TODAY].mid.log10_gflop_per_usd
budgets = {
    "a laboratory": laboratory_usd,
    "the dearest training": read_span(assumptions, "dearest_training_usd").mid,
    "a larger budget": largest_usd,
}
purses = [Purse(name, usd, price, float(TODAY)) for name, usd in budgets.items()]
halvings = [read_halving(assumptions, name) for name in HALVINGS]
affordability = tabulate_affordability(models, targets, purses, [rented, bought], halvings, seed, draws)
shown = affordability.query("budget == 'the dearest training' and hardware == @rented.name and label != 'today'")
progress = [NO_PROGRESS, "ImageNet", OWN_YEARS]
show(
    draw_years(shown, names, progress),
    name="fig-efficiency-years",
    caption=(
        "Years until the budget of the dearest training pays for each target, by growth of rented hardware and three"
        f" kinds of progress of algorithms, with {percent(LEVEL)} intervals. An arrow marks what lies further out."
    ),
    alt=describe_years(shown, names, progress),
    data=shown,
)

# %% tags=["hide-input"]
show_table(
    render_affordability(shown, names),
    name="tab-efficiency-years",
    caption=(
        "Years until the budget of the dearest training pays for each target, by progress of algorithms, with"
        f" {percent(LEVEL)} intervals."
    ),
    data=affordability,
    widths="12 11 8 15 13 13 13 15",
)

# %% [markdown]
# Without progress of algorithms the first targets take {{ first_none }} years under the polynomial form, the second
# {{ second_none }}; with that of ImageNet {{ first_imagenet }} and {{ second_imagenet }}. At the growth of bought
# hardware the second targets take {{ second_bought }} years without algorithms. A laboratory with {{ laboratory }}
# dollars waits {{ wait }} years longer than who pays for the dearest training, whatever the target, by hardware alone.
# The exponential form multiplies all of this: its second targets take {{ second_exponential }} years. Such spans say
# that the trends will not last so long, and not when a target will be met.
#
# ## What gain the targets need
#
# The paper argues that progress at this price has to come from efficiency. {numref}`tab-efficiency-needs` says how
# much: the computing at the target over that of the best model of the benchmark, and over what budgets buy today.
# {numref}`fig-efficiency-gains` sets the first beside the gains of {numref}`tab-efficiency-gains`.

# %% tags=["hide-input"]
needs = tabulate_needs(
    projections.query("label != 'today'"), models, {purse.name: purse.log10_gflop for purse in purses}
)
show_table(
    render_needs(needs, names),
    name="tab-efficiency-needs",
    caption=(
        f"Decades of efficiency that each target needs, with {percent(LEVEL)} intervals. Below 0 no gain is needed."
    ),
    data=needs,
    widths="14 12 9 16 16 16 16",
)

# %% tags=["hide-input"]
families = summarise_gains(gains)
against_models = needs[needs["against"] == BEST_MODEL]
together, training = stack_gains(gains), stack_gains(gains, TRAINING)
sums = {"the largest gains together": together, "those in training together": training}
show(
    draw_gains(against_models, families, names, sums),
    name="fig-efficiency-gains",
    caption=(
        "Gain in efficiency that each target needs over the best model of its benchmark, with"
        f" {percent(LEVEL)} intervals, and gains that the literature reports, by family, from the least to the largest."
    ),
    alt=describe_gains(against_models, families, names, sums),
    data=against_models,
)

# %% tags=["hide-input"]
show_table(
    render_gains(gains),
    name="tab-efficiency-gains",
    caption="Gains in efficiency that the literature reports, as factors.",
    data=gains,
    widths="12 18 10 12 16 32",
)

# %% [markdown]
# ## What the literature reports
#
# **Accelerators.** The first use of GPUs brought {{ gpu_2009 }} times {cite:p}`raina2009large`, and a decade of GPUs
# brought {{ gpu_decade }} times at their peak, by their maker {cite:p}`dally2023huang`. The first Tensor Processing
# Unit was {{ tpu_v1_time }} times faster and {{ tpu_v1_energy }} times more frugal than the CPU and GPU of its day, in
# using networks {cite:p}`jouppi2017datacenter`. This gain is part of the growth of hardware above, and is had once for
# each kind of specialisation.
#
# **Compression and approximation.** Deep Compression stores networks in {{ deep_compression_storage }} times less and
# runs them {{ deep_compression_time }} times faster {cite:p}`han2016deep`; binary networks make convolutions
# {{ xnor_net }} times faster and lose accuracy {cite:p}`rastegari2016xnor`. Training gains little: mixed precision is
# {{ mixed_precision }} times faster {cite:p}`micikevicius2018mixed`, lottery tickets are found by training the whole
# network first {cite:p}`frankle2019lottery`, and sparse training to the same error takes more computing than dense
# training does, a gain of {{ rigl_training }} {cite:p}`evci2020rigging`.
#
# **Small networks.** MobileNets do with {{ mobilenet }} times fewer operations than standard convolutions
# {cite:p}`howard2017mobilenets`, EfficientNet with {{ efficientnet_storage }} times fewer parameters than the best
# network before it {cite:p}`tan2019efficientnet`. Both are cheap to use; the law of ImageNet has such networks among
# its models, so that part of this gain is in it already.
#
# **Architecture search.** A network found by search can be {{ once_for_all }} times faster at the same accuracy
# {cite:p}`cai2020once`. The search costs: {{ search_days }} GPU days for NASNet
# {cite:p}`zoph2018learning,liu2019darts`, which sharing weights made {{ enas }} times cheaper
# {cite:p}`pham2018efficient`.
#
# **Meta-learning.** The largest learned optimiser took {{ learned_optimiser }} times fewer steps than a tuned common
# one on many tasks, by its authors {cite:p}`metz2022velo`; others found no gain {cite:p}`rezk2023scaling`.
#
# **Algorithms.** What all methods since AlexNet saved, at its error, is {{ alexnet_level }} times
# {cite:p}`hernandez2020measuring`. A single change of what is learned can save {{ contrastive }} times
# {cite:p}`radford2021learning`.
#
# **Other computers.** Neuromorphic chips took {{ loihi }} times less energy on a small task with one input at a time
# {cite:p}`blouw2019benchmarking`, and show modest gains at best on common deep networks {cite:p}`davies2021advancing`.
# A photonic core would take {{ photonic_core }} times less by simulation {cite:p}`miscuglio2020photonic`. For quantum
# computers no gain in training is demonstrated, and quadratic speed-ups do not pay on early machines
# {cite:p}`babbush2021focus`.
#
# ## What can be concluded, and what not
#
# Under the polynomial form {{ within_training }} of the {{ targets }} targets need no more than the
# {{ stacked_training }} decades that all gains in training would make together, and {{ within_all }} no more than the
# {{ stacked }} decades of all gains in anything; under the exponential form {{ within_training_exponential }} and
# {{ within_all_exponential }}.
# These sums are more than can be had: families overlap, the largest gains hold for different tasks, and most of them
# save in use and not in training. For the targets beyond both sums no remedy of the kinds reported suffices, and the
# paper's closing argument, that methods of another kind are needed, stands. For the others the answer depends on the
# form, which the data do not decide.
#
# {{ from_memory }} of the {{ gains_n }} gains are given from memory and {{ secondary }} by another's account; the table
# says which. A gain is what its authors report, mostly the best of several, and none of them was measured here.

# %% tags=["remove-cell"]
keep(affordability=affordability, needs=needs)

# %% tags=["remove-cell"]
within = {
    (form, have): int((against_models.loc[against_models["form"] == form, "decades"] <= have).sum())
    for form in FORMS
    for have in (training, together)
}
polynomial = against_models[against_models["form"] == POLYNOMIAL.name]["decades"]
first = affordability[affordability["budget"] == "the dearest training"].set_index(
    ["form", "label", "hardware", "algorithms"]
)["years"]
spans = {key: span_text(years, 0) for key, years in first.groupby(level=[0, 1, 2, 3])}
planes = {key: fit_year_law(models[models["benchmark"] == key], POLYNOMIAL) for key in targets["benchmark"].unique()}
months = {name: read_span(assumptions, quantity) for name, (quantity, _) in HALVINGS.items()}
imagenet, language = months["ImageNet"], months["language models"]
search = read_span(assumptions, "architecture_search_gpu_days")
by_grade = gains["grade"].value_counts()
record(
    **{row.gain_id.replace("-", "_"): factor_text(row.gain_low, row.gain_high) for row in gains.itertuples()},
    targets=len(against_models) // len(FORMS),
    least_need=decimal(polynomial.min(), 1),
    most_need=decimal(polynomial.max(), 1),
    stacked_training=decimal(training, 1),
    stacked=decimal(together, 1),
    within_training=within[POLYNOMIAL.name, training],
    within_all=within[POLYNOMIAL.name, together],
    within_training_exponential=within[EXPONENTIAL.name, training],
    within_all_exponential=within[EXPONENTIAL.name, together],
    from_memory=by_grade.get("from memory", 0),
    secondary=by_grade.get("secondary", 0),
    gains_n=len(gains),
    search_days=f"{search.mid:,.0f}",
)

# %% tags=["remove-cell"]
record(
    now=TODAY,
    gflop_per_usd=power_of_ten(price),
    rented=decimal(10.0**rented.decades_per_year),
    rented_span=interval_text(rented.growth(), 2),
    bought=decimal(10.0**bought.decades_per_year),
    bought_span=interval_text(bought.growth(), 2),
    alexnet_gain=factor_text(*gains.set_index("gain_id").loc["alexnet-level", ["gain_low", "gain_high"]]),
    alexnet_months=f"{months[next(iter(HALVINGS))].mid:g}",
    imagenet_months=f"{imagenet.mid:g}",
    imagenet_span=factor_text(imagenet.low, imagenet.high),
    language_months=f"{language.mid:g}",
    language_span=factor_text(language.low, language.high),
    own_decades=span_text([plane.decades_per_year for plane in planes.values()]),
    correlations=span_text([plane.correlation for plane in planes.values()], 2),
    dearest=f"{budgets['the dearest training'] / constants.mega:,.0f}",
    draws=f"{draws:,}",
    first_none=spans[POLYNOMIAL.name, "target 1", rented.name, NO_PROGRESS],
    second_none=spans[POLYNOMIAL.name, "target 2", rented.name, NO_PROGRESS],
    first_imagenet=spans[POLYNOMIAL.name, "target 1", rented.name, "ImageNet"],
    second_imagenet=spans[POLYNOMIAL.name, "target 2", rented.name, "ImageNet"],
    second_bought=spans[POLYNOMIAL.name, "target 2", bought.name, NO_PROGRESS],
    second_exponential=spans[EXPONENTIAL.name, "target 2", rented.name, NO_PROGRESS],
    laboratory=f"{laboratory_usd:,.0f}",
    wait=decimal(np.log10(budgets["the dearest training"] / laboratory_usd) / rented.decades_per_year, 0),
)
