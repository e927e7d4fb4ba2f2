# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Were the limits real?
#
# **Finding.** On ImageNet the lowest error fell from {{ before }} to {{ best_error }} by {{ best_year }} with
# {{ used }} GFLOP, where the published laws of 2020 ask for {{ times_best_polynomial }} (polynomial) and
# {{ times_best_exponential }} (exponential) times as much; {{ targets_text }}. Over all later models they ask for
# {{ times_polynomial }} and {{ times_exponential }} times the computing used, in bands that hold {{ imagenet_inside }}
# of {{ imagenet_n }} (polynomial), and on MS COCO for {{ times_coco_polynomial }} and {{ times_coco_exponential }}
# times, where they hold {{ coco_inside }} of {{ coco_n }} and both {{ coco_verdict }}. So the published limits were too
# pessimistic, but the direction of the fit decides: computing regressed on performance asks for {{ turned_text }}.

# %% tags=["parameters", "hide-input"]
resamples = 1_000  # of the families of networks, behind the intervals of operations per pass

# %% tags=["hide-input"]
import numpy as np
import pandas as pd

from computational_limits.affordability import HALVINGS
from computational_limits.display import keep, record, show, show_table
from computational_limits.figures.hindcast import (
    ALL_NETWORKS,
    EARLIER_NETWORKS,
    OWN_NETWORKS,
    describe_bias,
    describe_coverage,
    describe_hindcast,
    describe_networks,
    describe_shift,
    draw_bias,
    draw_coverage,
    draw_hindcast,
    draw_networks,
    draw_shift,
    published_way,
)
from computational_limits.fits import COMPUTING_ON_PERFORMANCE, LEAST_SQUARES
from computational_limits.frontiers import tabulate_frontiers
from computational_limits.hindcast import (
    BASELINE,
    FAILED,
    HELD,
    STATED,
    VERDICTS,
    backtest_expanding,
    earlier_models,
    headline,
    hindcast,
    name_way,
    rank_forecasts,
    score_hindcast,
    select_later,
    vary_protocol,
)
from computational_limits.hindcast_tables import (
    render_excluded,
    render_frontiers,
    render_headline,
    render_progress,
    render_ranking,
    render_scores,
    render_variations,
)
from computational_limits.image_networks import read_image_networks
from computational_limits.limits import read_span
from computational_limits.progress import algorithmic_progress, computing_saved
from computational_limits.protocol import (
    LAST_VALUE,
    LATER_MODELS,
    RECORDS,
    YEAR_AND_COMPUTING,
    digest_protocol,
    read_protocol,
)
from computational_limits.scaling import EXPONENTIAL, FORMS, PERFORMANCE_ON_COMPUTING, POLYNOMIAL
from computational_limits.tables import read_table
from computational_limits.trends import fit_trend
from computational_limits.uncertainty import LEVEL, Interval
from computational_limits.vintages import PUBLISHED, read_models
from computational_limits.wording import decimal, interval_text, listing, percent, power_of_ten, powers_text, times_text

protocol = read_protocol()
benchmarks = read_table("benchmarks").set_index("benchmark")
names, metrics = benchmarks["name"].to_dict(), benchmarks["metric"].to_dict()
noise = read_table("label_noise").set_index("quantity")
later_models = read_table("later_models")
vintages = {name: read_models(name) for name in ("2020", "2022", "audited", "2022-audited")}
points = vintages[protocol.fitted]
later = select_later(vintages[RECORDS], later_models, metrics, protocol)
forecasts = hindcast(points, later, protocol)
scores = score_hindcast(forecasts, protocol)
earlier = earlier_models(points)
two = {name: names[name] for name in ("imagenet", "ms-coco")}
wrong_labels = float(noise.loc["wrong_labels", "value"])
drawn = published_way(forecasts)
drawn = drawn[drawn["edition"] == LATER_MODELS]
show(
    draw_hindcast(earlier, forecasts, two, wrong_labels={"imagenet": wrong_labels}),
    name="fig-hindcast-verdict",
    caption=(
        f"The laws of {protocol.fitted} and the models that came later. Black points were fitted; green and red ones"
        f" came from {protocol.published_from} on, inside and outside the {percent(LEVEL)} band of the polynomial law"
        " as published. The dotted line is the same law by computing on performance."
    ),
    alt=describe_hindcast(earlier, forecasts, two),
    data=drawn,
)

# %% [markdown]
# The paper projects what it takes to reach lower errors {cite:p}`thompson2020computational`. Its
# projections can now be held against what happened. {numref}`fig-hindcast-verdict` is the answer in one picture; the
# rest of the chapter says how it was made, how far it carries, and where it stops. Misses are counted in decades,
# factors of ten, and averaged over models. All forecasts of a benchmark share one fit, of {{ n_imagenet }} points on
# ImageNet. With its error taken in, the polynomial law lies {{ wide_bias }} decades of error above the later models of
# ImageNet ({{ wide_span }}) and {{ wide_coco }} above those of MS COCO ({{ wide_coco_span }}): the first is
# {{ wide_words }} what the fit leaves open.
#
# ## The protocol
#
# What is fitted, forecast, left out and scored was written down on {{ written }}, before any forecast was computed, in
# `data/hindcast_protocol.yml`. Its SHA-256 begins with `{{ digest }}` and stands in `manifest.json`, so that a later
# change shows. The later errors were known as data by then; the comparison was not.
#
# - The laws are fitted to the points of {{ fitted }}, and to nothing else. {{ n_forms }} forms, {{ n_directions }}
#   directions and {{ n_estimators }} estimators forecast, beside {{ n_baselines }} baselines that are no law of
#   computing: the last value, a trend in time, and a regression on year and computing.
# - They forecast every later model twice: its error from its computing, and its computing from its error. Each forecast
#   has a {{ level }} band for one new model.
# - Later models are those published from {{ published_from }} on that were trained for the task and whose computing is
#   known: {{ later_n }} in our own table, edition {{ later_edition }}, and {{ records_n }} in the authors' records of
#   2022.
# - A forecast *failed* if its mean bias differs from zero and its bands hold too few models; it is *biased* if only the
#   first is true, *too narrow* if only the second. Otherwise it *held*. Fewer than {{ minimum_models }} models or
#   {{ minimum_papers }} papers get no verdict.
#
# The laws take hardware burden: peak rate times time. Of the {{ later_n }} later models {{ stated_n }} state what that
# needs. For the others it is the operations performed over {{ utilisation }}, the median share of the peak that
# trainings reach. This mixes two scales: on GPUs the burden of the authors' convention takes the rate of single
# precision, and trainings in half precision perform more operations than that burden could.
# {numref}`tab-hindcast-variations` counts in other ways.
#
# ## What came
#
# {{ best_model }} reached {{ best_error }} error on ImageNet in {{ best_year }} with {{ used }} GFLOP; nothing later
# with known computing did better. The best point of 2020 has {{ before }} at {{ before_gflop }} GFLOP.
# {numref}`tab-hindcast-headline` has what each law of 2020 said that {{ best_error }} would take. The polynomial law
# asked for {{ asked_polynomial }} GFLOP, with an interval of the law from {{ law_polynomial }}: its miss of
# {{ miss_polynomial }} decades may be anything from {{ miss_polynomial_span }}. The exponential law asked for
# {{ asked_exponential }} and missed by {{ miss_exponential }} decades ({{ miss_exponential_span }}). Asked the other
# way round, for the error at the computing that was used, they said {{ error_polynomial }} and
# {{ error_exponential }}. {{ outside_text }}

# %% tags=["hide-input"]
found = headline(points, later, protocol, "imagenet")
show_table(
    render_headline(found),
    name="tab-hindcast-headline",
    caption=(
        f"What the laws of 2020 said that the error of {found.model} would take, least squares of performance on"
        " computing. A positive miss means that the law asked for more."
    ),
    data=found.forecasts.reset_index(),
)

# %% [markdown]
# ## Which forecasts failed
#
# {numref}`fig-hindcast-bias` has the mean miss in computing of each law over all later models, and
# {numref}`fig-hindcast-coverage` the share of the models in the bands of error; {numref}`tab-hindcast-scores` has both
# with the scores. On ImageNet the polynomial law asks for {{ bias_polynomial }} ({{ bias_polynomial_span }}) and the
# exponential law for {{ bias_exponential }} ({{ bias_exponential_span }}) decades more than was used;
# {{ imagenet_inside }} of {{ imagenet_n }} models lie in the polynomial band all the same, for {{ n_imagenet }} points
# make a wide band. On MS COCO it is {{ coco_polynomial }} ({{ coco_polynomial_span }}) and {{ coco_exponential }}
# ({{ coco_exponential_span }}), and {{ coco_inside }} of {{ coco_n }} models lie in the polynomial band.
#
# The direction matters more than the form. Least squares of performance on computing takes all scatter for scatter of
# the error, which makes the flattest line; that of computing on performance makes the steepest one. From
# {{ coco_polynomial }} decades too much, the polynomial law on MS COCO comes down to {{ turned_coco }}. The paper
# publishes the flattest lines, and so the largest numbers. Which direction is right depends on where the scatter comes
# from, and the points of 2020 do not say.
#
# A floor does not help: {{ floor_text }} Without any law, the best error of 2020 forecasts later errors of ImageNet
# with a bias of {{ last_bias }} decades and a regression on year and computing with {{ both_bias }}; on MS COCO these
# fail as well.

# %% tags=["hide-input"]
straight = scores["estimator"].eq(LEAST_SQUARES) & (
    scores["direction"].eq(PERFORMANCE_ON_COMPUTING) | scores["form"].isin(FORMS)
)
shown = scores[(scores["edition"] == LATER_MODELS) & (straight | scores["form"].eq(BASELINE))]
show(
    draw_bias(shown, two),
    name="fig-hindcast-bias",
    caption=(
        "Mean of computing forecast over computing used, in decades, of the later models, least squares, with"
        f" {percent(LEVEL)} intervals by day of publication. The intervals do not see the error of the fit, which all"
        " forecasts share."
    ),
    alt=describe_bias(shown, two),
    data=shown,
)

# %% tags=["hide-input"]
show(
    draw_coverage(shown, two),
    name="fig-hindcast-coverage",
    caption=(
        f"Share of later models whose error lies in the {percent(LEVEL)} band, least squares and baselines, with"
        f" {percent(LEVEL)} intervals by day of publication. The line is where it should be."
    ),
    alt=describe_coverage(shown, two),
    data=shown,
)

# %% tags=["hide-input"]
show_table(
    render_scores(shown[shown["benchmark"].isin(two) & shown["quantity"].eq("error")], names),
    name="tab-hindcast-scores",
    caption=(
        f"Forecasts of the error of later models, least squares and baselines, with {percent(LEVEL)} intervals. The"
        " download has every form, direction, estimator, benchmark and edition, and the forecasts of computing."
    ),
    data=scores,
    widths="10 20 10 8 12 14 8 9 9",
)

# %% [markdown]
# ## Inside the records
#
# The years since make one test. An expanding window makes more: fit the models up to each year, forecast those of the
# next year that has any. {numref}`tab-hindcast-backtest` ranks the ways to forecast the error by their log score, for
# the points of 2020 ({{ backtest_2020 }} forecasts from {{ origins_2020 }} origins, each a benchmark and a year) and
# for the records of 2022 ({{ backtest_2022 }} from {{ origins_2022 }}).
#
# Among the points of 2020 the first in rank is *{{ first_2020 }}*, among the records of 2022
# *{{ first_2022 }}*. The last value scores {{ last_above }} nats above the published polynomial law
# ({{ last_span }}) in the former and {{ last_2022 }} ({{ last_2022_span }}) in the latter, a regression on year and
# computing {{ both_2020 }} ({{ both_2020_span }}) and {{ both_2022 }} ({{ both_2022_span }}), the exponential form
# {{ forms_2020 }} ({{ forms_2020_span }}) and {{ forms_2022 }} ({{ forms_2022_span }}). {{ apart_text }}
# Forms with a floor fare worst: up to
# {{ ruled_out }} models lie below a floor that earlier years had fitted, which that floor rules out.

# %% tags=["hide-input"]
backtest = backtest_expanding(vintages, protocol)
ranking = rank_forecasts(backtest, protocol)
ranked = ranking[ranking["estimator"].eq(LEAST_SQUARES) | ranking["form"].eq(BASELINE)]
show_table(
    pd.concat(
        [
            render_ranking(ranked[ranked["edition"] == edition]).assign(Records=edition)
            for edition in protocol.backtest_vintages
        ]
    )
    .set_index("Records")
    .reset_index(),
    name="tab-hindcast-backtest",
    caption=(
        "Ways to forecast the error of the next year, by log score (nats, higher is better) above the published"
        f" polynomial law, with {percent(LEVEL)} intervals by origin. Ruled out counts errors below a floor. Ranks are"
        " among all estimators, which the download has."
    ),
    data=ranking,
    widths="8 6 20 9 8 13 12 9 8 7",
)

# %% [markdown]
# ## Progress of algorithms
#
# If the law itself moves, a model of 2024 needs less computing than one of 2019 for the same error.
# {numref}`fig-hindcast-shift` and {numref}`tab-hindcast-progress` regress performance on computing and year together,
# over the points of 2020 and the later models. On ImageNet the law moves by {{ shift }} decades of computing a year
# ({{ shift_span }}), which halves the computing every {{ halving }} months; {cite:t}`erdil2022algorithmic` find
# {{ erdil }} months ({{ erdil_span }}) from other models and forms. On MS COCO it is {{ shift_coco }}
# ({{ shift_coco_span }}). The points of 2020 alone could not say: {{ shift_2020 }} decades, from {{ shift_2020_span }}.
# Over the {{ years }} years from the middle of the points to the middle of the later models, {{ shift }} decades a year
# make {{ shifted }}, and the published polynomial law missed by {{ bias_polynomial }}. Within the later models alone
# the computing saved changes by {{ later_slope }} decades a year ({{ later_slope_span }}): what moved, moved before
# them, or they are too close in time to show it.
#
# This number mixes what cannot be separated here: better architectures and training, more data and data from
# elsewhere, how later models were chosen to be known, how their computing was counted, and the wish of a laboratory to
# be efficient. Year and computing correlate by {{ correlation }}, so that what the year takes, computing loses.

# %% tags=["hide-input"]
progress = algorithmic_progress(points, later, protocol)
saved = computing_saved(points, forecasts, "imagenet")
show(
    draw_shift(saved, progress, two),
    name="fig-hindcast-shift",
    caption=(
        "Left, decades of computing by which each ImageNet model undercuts the polynomial law of 2020. Right, shift of"
        f" the law per year, with {percent(LEVEL)} intervals after Fieller by paper. An arrow marks what lies further"
        " out."
    ),
    alt=describe_shift(saved, progress, two),
    data=progress,
)

# %% tags=["hide-input"]
show_table(
    render_progress(progress, names),
    name="tab-hindcast-progress",
    caption=(
        "Shift of the polynomial law per year, from performance on computing and year, with"
        f" {percent(LEVEL)} intervals, or why there is none."
    ),
    data=progress,
    widths="18 9 10 17 17 17 12",
)

# %% [markdown]
# ## Counted in other ways
#
# {numref}`tab-hindcast-variations` turns one switch of the protocol at a time. The bias of the polynomial law on
# ImageNet lies between {{ least_bias }} and {{ most_bias }} decades throughout, on MS COCO between
# {{ least_coco }} and {{ most_coco }}. After the audit of the burdens the laws of ImageNet miss by more,
# {{ audited_bias }} decades. With the data of the benchmark alone they still miss by {{ own_bias }}, so that further
# data is not the whole reason. {{ added_n }} variations came to mind after the results and are marked: taking
# operations over utilisation for all models, which puts them on one scale, and counting the models that share one
# training run as one paper.

# %% tags=["hide-input"]
variations = vary_protocol(vintages, later_models, metrics, protocol)
varied = variations[(variations["edition"] == LATER_MODELS)]
show_table(
    render_variations(varied, two),
    name="tab-hindcast-variations",
    caption=(
        "The published laws under variations of the protocol: mean bias in decades of computing with"
        f" {percent(LEVEL)} intervals, models in the {percent(LEVEL)} band of error, and the verdict on it."
    ),
    data=variations,
    widths="19 9 9 17 12 20 14",
)

# %% [markdown]
# ## What labels allow
#
# At least {{ wrong_labels }} of the {{ label_images }} labels that ImageNet models are scored on are wrong
# {cite:p}`northcutt2021pervasive`. A model that always names what is in the picture would have that error at least, so
# the targets of {{ first_target }} and {{ second_target }} lie below what knowing the pictures gives. To meet them, a
# model must repeat mistakes of the labels. A forecast of the computing for such errors is one of a number that says
# little about seeing. On new pictures, collected in the same manner, the accuracy of models falls by {{ drop_low }} to
# {{ drop_high }} points {cite:p}`recht2019imagenet`. What came, {{ best_error }}, is {{ above_labels }} points above
# the labels known to be wrong.
#
# ## Benchmarks the field left
#
# {numref}`fig-hindcast-left` shows the other four. Our table has {{ squad_n }} later models with known computing for
# SQuAD 1.1, the last of {{ squad_last }}, {{ conll_n }} for CoNLL 2003 and {{ wmt_n }} for the two WMT tasks together;
# the authors' records of 2022 add {{ records_left }}. Only CoNLL reaches a verdict, *{{ conll_verdict }}*: the
# polynomial law asks for {{ conll_bias }} decades too much as published, and by computing on performance
# {{ conll_turned }}. These models rest on {{ conll_runs }} pre-training runs, so they are hardly more than
# {{ conll_runs }} observations. Through so few models no line is fitted, and there is no shift per year. For the
# other three the field had moved on: their forecasts were neither confirmed nor refuted.

# %% tags=["hide-input"]
left = {name: words for name, words in names.items() if name not in two}
show(
    draw_hindcast(earlier, forecasts, left),
    name="fig-hindcast-left",
    caption=(
        "The other four benchmarks: points of 2020 with their laws, and what is known of later models. WMT has none"
        " with known computing."
    ),
    alt=describe_hindcast(earlier, forecasts, left),
    data=drawn[drawn["benchmark"].isin(left)],
)

# %% [markdown]
# ## Operations of a pass
#
# Where training is not known, the cost of using a network is. PyTorch Image Models measures {{ networks_n }} networks
# for ImageNet alike {cite:p}`wightman2019pytorch`. {numref}`fig-hindcast-networks` and
# {numref}`tab-hindcast-networks` fit the polynomial form to their operations per pass, in the middle and at quantiles
# up to the best tenth. The paper states that computing grows with the power {{ published_exponent }} of performance on
# ImageNet. Over all networks the frontier has {{ frontier_all }} ({{ frontier_all_span }}), over the
# {{ own_n }} that saw ImageNet-1k alone {{ frontier_own }} ({{ frontier_own_span }}): further images are
# part of why large networks do well. By least squares the records of 2020 gave {{ frontier_2020 }}
# ({{ frontier_2020_span }}) and all networks of today give {{ middle_all }} ({{ middle_all_span }}). In this measure
# the power of 2020 still holds. It describes networks in use and says nothing of their training.

# %% tags=["hide-input"]
networks = read_image_networks()
networks = networks.assign(cluster=networks["family"])
own = networks[networks["imagenet_1k_only"] == "yes"]
known = read_models("2020-records", "imagenet")
groups = {EARLIER_NETWORKS: known.assign(cluster=known["paper"]), ALL_NETWORKS: networks, OWN_NETWORKS: own}
frontiers = tabulate_frontiers(groups, protocol.seed, resamples)
claim = float(read_table("claims").set_index("claim_id").loc["practice-exponent-imagenet", "published"])
show(
    draw_networks(networks, known, frontiers, claim),
    name="fig-hindcast-networks",
    caption=(
        f"Left, error against operations per pass of {len(networks):,} networks, with the line of the best tenth of all"
        " (orange) and of those trained on ImageNet-1k alone (blue). Right, exponents of the middle and the frontier"
        f" with {percent(LEVEL)} intervals by family of architectures, by paper for the records of 2020; orange are all"
        " networks. The dotted line is the published exponent."
    ),
    alt=describe_networks(networks, known, frontiers),
    data=networks,
)

# %% tags=["hide-input"]
show_table(
    render_frontiers(frontiers),
    name="tab-hindcast-networks",
    caption=(
        "Exponent of the operations per pass in performance, polynomial form, by least squares and by quantiles of"
        f" performance, with {percent(LEVEL)} intervals."
    ),
    data=frontiers,
)

# %% [markdown]
# ## What can be concluded, and what not
#
# The published laws asked for too much computing on both benchmarks that can be tested, clear of zero in
# {{ verdict_n }} of {{ verdict_all }} combinations of form, benchmark and variation that have a verdict. On ImageNet
# the miss is what the shift of the law makes in {{ years }} years, and the same models say both. It does not refute
# that computing drives performance: at the same date, ten times the computing go with an error {{ tenfold }} lower on
# ImageNet. Nor does it refute the argument that gains get dear, for {{ targets_text }}.
#
# It cannot be said that one form is right, or one direction. Computing on performance comes closest on ImageNet and
# MS COCO, and misses CoNLL 2003 by as much as the published direction does, to the other side. It is one of
# {{ ways_n }} ways tried, of which some would hold by chance. The forecasts of a benchmark stand or fall together with
# one fit of {{ n_imagenet }} or {{ n_coco }} points, which the intervals by day of publication do not see. Later models
# were not drawn at random: those with known computing come from few laboratories, many on one day, and were published
# because they were good. Their computing is for the most part an estimate of others. And these years are few.
#
# ## Left out
#
# {numref}`tab-hindcast-excluded` has every reason for which a later model is not used; `hindcast.csv` has every model.

# %% tags=["hide-input"]
show_table(
    render_excluded(forecasts, names),
    name="tab-hindcast-excluded",
    caption="Later models that are left out, by reason; named where they are few.",
    data=forecasts.loc[
        forecasts["excluded"] != "", ["edition", "benchmark", "model", "date", "log10_error", "log10_gflop", "excluded"]
    ],
    widths="8 13 30 5 44",
)

# %% tags=["remove-cell"]
keep(
    hindcast=forecasts,
    hindcast_scores=scores,
    hindcast_variations=variations,
    backtest=backtest,
    backtest_ranking=ranking,
    progress=progress,
    per_pass=frontiers,
)

# %% tags=["remove-cell"]
by_way = scores[(scores["edition"] == LATER_MODELS) & scores["estimator"].eq(LEAST_SQUARES)].set_index(
    ["benchmark", "form", "direction", "quantity"]
)
by_way = by_way.sort_index()
as_published = {
    (benchmark, form, quantity): by_way.loc[(benchmark, form, PERFORMANCE_ON_COMPUTING, quantity)]
    for benchmark in two
    for form in FORMS
    for quantity in ("error", "gflop")
}
turned = {name: by_way.loc[(name, POLYNOMIAL.name, COMPUTING_ON_PERFORMANCE, "gflop")] for name in two}
asked = {form: found.forecasts.loc[form] for form in protocol.forms}
inside = {
    name: round(row["coverage"] * row["n"]) for name in two for row in [as_published[name, POLYNOMIAL.name, "error"]]
}
came = pd.concat([later_models, vintages[RECORDS]])[["benchmark", "model", "error"]].groupby("benchmark")["error"].min()
targets = read_table("targets")
goals = targets[targets["label"] != "today"]
met = goals[goals["error"] >= goals["benchmark"].map(came)]
standing = {verdict: verdict if verdict in (HELD, FAILED) else f"is {verdict}" for verdict in VERDICTS}
first_target, second_target = goals.loc[goals["benchmark"] == "imagenet", "error"]
record(
    before=percent(found.before),
    before_gflop=power_of_ten(found.before_log10_gflop),
    best_error=percent(found.error),
    best_model=found.model,
    best_year=f"{found.date:.0f}",
    used=power_of_ten(found.log10_gflop),
    asked_polynomial=power_of_ten(asked[POLYNOMIAL.name]["log10_gflop"]),
    asked_exponential=power_of_ten(asked[EXPONENTIAL.name]["log10_gflop"]),
    bias_polynomial=decimal(as_published["imagenet", POLYNOMIAL.name, "gflop"]["bias"]),
    bias_exponential=decimal(as_published["imagenet", EXPONENTIAL.name, "gflop"]["bias"]),
    coco_polynomial=decimal(as_published["ms-coco", POLYNOMIAL.name, "gflop"]["bias"]),
    coco_exponential=decimal(as_published["ms-coco", EXPONENTIAL.name, "gflop"]["bias"]),
    imagenet_inside=inside["imagenet"],
    imagenet_n=as_published["imagenet", POLYNOMIAL.name, "error"]["n"],
    coco_inside=inside["ms-coco"],
    coco_n=as_published["ms-coco", POLYNOMIAL.name, "error"]["n"],
    coco_verdict=listing(sorted({as_published["ms-coco", form, "error"]["verdict"] for form in FORMS})),
    targets_text=(
        "none of the paper's targets has been met"
        if met.empty
        else f"{len(met)} of the paper's {len(goals)} targets have been met"
    ),
    n_imagenet=int((earlier["benchmark"] == "imagenet").sum()),
    n_coco=int((earlier["benchmark"] == "ms-coco").sum()),
    turned_coco=decimal(turned["ms-coco"]["bias"]),
    turned_text=", and for ".join(
        f"{times_text(row['bias'])} times on {two[name]}, where it {standing[row['verdict']]}"
        for name, row in turned.items()
    ),
    times_best_polynomial=times_text(asked[POLYNOMIAL.name]["miss"]),
    times_best_exponential=times_text(asked[EXPONENTIAL.name]["miss"]),
    times_polynomial=times_text(as_published["imagenet", POLYNOMIAL.name, "gflop"]["bias"]),
    times_exponential=times_text(as_published["imagenet", EXPONENTIAL.name, "gflop"]["bias"]),
    times_coco_polynomial=times_text(as_published["ms-coco", POLYNOMIAL.name, "gflop"]["bias"]),
    times_coco_exponential=times_text(as_published["ms-coco", EXPONENTIAL.name, "gflop"]["bias"]),
    **{
        f"{key}_span": interval_text(Interval(*as_published[name, form, "gflop"][["bias_low", "bias_high"]]), 2)
        for key, (name, form) in {
            "bias_polynomial": ("imagenet", POLYNOMIAL.name),
            "bias_exponential": ("imagenet", EXPONENTIAL.name),
            "coco_polynomial": ("ms-coco", POLYNOMIAL.name),
            "coco_exponential": ("ms-coco", EXPONENTIAL.name),
        }.items()
    },
)

# %% tags=["remove-cell"]
used_models = later[later["excluded"] == ""]
ours = used_models[used_models["edition"] == LATER_MODELS]
floored = [form for form in protocol.forms if asked[form]["absent"] == "" and not asked[form]["inside"]]
floor = by_way.loc[("imagenet", "polynomial with floor", PERFORMANCE_ON_COMPUTING)]
record(
    written=protocol.written,
    digest=digest_protocol()[:12],
    fitted=protocol.fitted,
    n_forms=len(protocol.forms),
    n_directions=len(protocol.directions),
    n_estimators=len(protocol.estimators),
    n_baselines=len(protocol.baselines),
    level=percent(protocol.level),
    published_from=protocol.published_from,
    later_n=len(ours),
    later_edition=LATER_MODELS,
    records_n=int((used_models["edition"] == RECORDS).sum()),
    minimum_models=protocol.minimum_models,
    minimum_papers=protocol.minimum_papers,
    stated_n=int((ours["computing_from"] == STATED).sum()),
    utilisation=f"{protocol.utilisation:g}",
    law_polynomial=powers_text(Interval(*asked[POLYNOMIAL.name][["law_low", "law_high"]])),
    miss_polynomial=decimal(asked[POLYNOMIAL.name]["miss"]),
    miss_polynomial_span=interval_text(Interval(*asked[POLYNOMIAL.name][["miss_low", "miss_high"]])),
    miss_exponential=decimal(asked[EXPONENTIAL.name]["miss"]),
    miss_exponential_span=interval_text(Interval(*asked[EXPONENTIAL.name][["miss_low", "miss_high"]])),
    error_polynomial=percent(asked[POLYNOMIAL.name]["error"]),
    error_exponential=percent(asked[EXPONENTIAL.name]["error"]),
    outside_text=(
        f"What was used lies outside the interval of one new model for the {listing(floored)} law alone."
        if floored
        else "What was used lies within the interval of one new model for every law."
    ),
    floor_text=(
        f"on ImageNet the polynomial law with a floor asks for {decimal(floor.loc['gflop', 'bias'])} decades too much,"
        f" and {floor.loc['error', 'verdict']}. A floor that so few points suggest is no floor of the field."
    ),
)

# %% tags=["remove-cell"]
at = ranking.set_index(["edition", "form", "direction", "estimator"])
base = {
    (edition, name): at.loc[(edition, BASELINE, "", name)]
    for edition in protocol.backtest_vintages
    for name in (LAST_VALUE, YEAR_AND_COMPUTING)
}
exponential = {
    edition: at.loc[(edition, EXPONENTIAL.name, PERFORMANCE_ON_COMPUTING, LEAST_SQUARES)]
    for edition in protocol.backtest_vintages
}
rivals = [*base.values(), *exponential.values()]
told_apart = [row for row in rivals if 0.0 not in Interval(row["difference_low"], row["difference_high"])]
shifts = progress[progress["absent"] == ""].set_index(["benchmark", "edition"])
latest, alone, coco = (
    shifts.loc[key] for key in [("imagenet", LATER_MODELS), ("imagenet", PUBLISHED), ("ms-coco", LATER_MODELS)]
)
halving = read_span(read_table("assumptions"), HALVINGS["ImageNet"][0])
dates = saved.groupby("edition")["date"].median()
after = saved[saved["edition"] == LATER_MODELS]
since = fit_trend(after["date"], 10.0 ** after["saved"])
apart = float(dates[LATER_MODELS] - dates[PUBLISHED])
record(
    **{
        f"{key}_{edition}": value
        for edition in protocol.backtest_vintages
        for row in [at.loc[(edition, POLYNOMIAL.name, PERFORMANCE_ON_COMPUTING, LEAST_SQUARES)]]
        for key, value in {"backtest": int(row["n"]), "origins": int(row["origins"])}.items()
    },
    last_above=decimal(base["2020", LAST_VALUE]["difference"]),
    last_span=interval_text(Interval(*base["2020", LAST_VALUE][["difference_low", "difference_high"]]), 2),
    last_2022=decimal(base["2022", LAST_VALUE]["difference"]),
    last_2022_span=interval_text(Interval(*base["2022", LAST_VALUE][["difference_low", "difference_high"]]), 2),
    both_2020=decimal(base["2020", YEAR_AND_COMPUTING]["difference"]),
    both_2020_span=interval_text(Interval(*base["2020", YEAR_AND_COMPUTING][["difference_low", "difference_high"]]), 2),
    both_2022=decimal(base["2022", YEAR_AND_COMPUTING]["difference"]),
    both_2022_span=interval_text(Interval(*base["2022", YEAR_AND_COMPUTING][["difference_low", "difference_high"]]), 2),
    **{
        key: value
        for edition in protocol.backtest_vintages
        for row in [exponential[edition]]
        for key, value in {
            f"forms_{edition}": decimal(row["difference"]),
            f"forms_{edition}_span": interval_text(Interval(*row[["difference_low", "difference_high"]]), 2),
            f"first_{edition}": name_way(ranked[ranked["edition"] == edition].iloc[0]),
        }.items()
    },
    apart_text=(
        f"{len(told_apart)} of these {len(rivals)} intervals are clear of zero."
        if told_apart
        else f"None of these {len(rivals)} intervals is clear of zero: a year ahead, it cannot be told whether a law of"
        " computing forecasts better than the last value does."
    ),
    ruled_out=int(ranked["impossible"].max()),
    shift=decimal(latest["decades_per_year"]),
    shift_span=interval_text(Interval(*latest[["decades_low", "decades_high"]]), 2),
    halving=decimal(12 * np.log10(2.0) / latest["decades_per_year"], 0),
    erdil=f"{halving.mid:g}",
    erdil_span=f"{halving.low:g} to {halving.high:g}",
    shift_coco=decimal(coco["decades_per_year"]),
    shift_coco_span=interval_text(Interval(*coco[["decades_low", "decades_high"]]), 2),
    shift_2020=decimal(alone["decades_per_year"]),
    shift_2020_span=interval_text(Interval(*alone[["decades_low", "decades_high"]]), 2),
    years=decimal(apart, 1),
    shifted=decimal(apart * latest["decades_per_year"], 1),
    correlation=decimal(latest["correlation"]),
    later_slope=decimal(since.slope),
    later_slope_span=interval_text(since.slopes(), 2),
)

# %% tags=["remove-cell"]
chosen = varied[varied["form"].eq(POLYNOMIAL.name)]
misses = chosen[chosen["quantity"] == "gflop"].set_index(["benchmark", "variation"])["bias"]
judged = varied[varied["form"].isin(FORMS) & (varied["quantity"] == "gflop") & varied["benchmark"].isin(two)]
judged = judged[judged["verdict"] != "too few"]
by_benchmark = {name: ours[ours["benchmark"] == name] for name in names}
conll = by_way.loc[("conll-2003", POLYNOMIAL.name, PERFORMANCE_ON_COMPUTING)]
runs = later_models.set_index("model_id")["run"]
drop = noise.loc["accuracy_drop_on_new_images"]
frontier = frontiers.set_index(["models", "estimator"])
outermost = frontiers["estimator"].iloc[-1]
wide = {name: as_published[name, POLYNOMIAL.name, "error"] for name in two}
wide_ends = {name: Interval(*row[["bias_wide_low", "bias_wide_high"]]) for name, row in wide.items()}
others = forecasts[
    (forecasts["edition"] == RECORDS) & (forecasts["excluded"] == "") & forecasts["benchmark"].isin(left)
]
in_records = others.groupby("benchmark")["model_id"].nunique()
baselines = scores[
    (scores["edition"] == LATER_MODELS) & scores["form"].eq(BASELINE) & scores["benchmark"].eq("imagenet")
].set_index("estimator")["bias"]
record(
    least_bias=decimal(misses["imagenet"].min()),
    most_bias=decimal(misses["imagenet"].max()),
    least_coco=decimal(misses["ms-coco"].min()),
    most_coco=decimal(misses["ms-coco"].max()),
    audited_bias=decimal(misses["imagenet", "audited burdens"]),
    own_bias=decimal(misses["imagenet", "data of the benchmark alone"]),
    added_n=int((~variations["beforehand"]).groupby(variations["variation"]).any().sum()),
    wrong_labels=percent(wrong_labels),
    label_images=f"{noise.loc['wrong_labels', 'images']:,.0f}",
    first_target=percent(first_target),
    second_target=percent(second_target),
    drop_low=f"{100 * drop['low']:g}",
    drop_high=f"{100 * drop['high']:g}",
    above_labels=decimal(100 * (found.error - wrong_labels), 1),
    squad_n=len(by_benchmark["squad-1.1"]),
    squad_last=int(by_benchmark["squad-1.1"]["year"].max()),
    conll_n=len(by_benchmark["conll-2003"]),
    wmt_n=len(by_benchmark["wmt2014-en-fr"]) + len(by_benchmark["wmt2014-en-de"]),
    conll_runs=len(set(by_benchmark["conll-2003"]["model_id"].map(runs))),
    conll_bias=decimal(conll.loc["gflop", "bias"]),
    networks_n=f"{len(networks):,}",
    published_exponent=f"{claim:g}",
    frontier_all=decimal(frontier.loc[(ALL_NETWORKS, outermost), "exponent"], 1),
    frontier_all_span=interval_text(
        Interval(*frontier.loc[(ALL_NETWORKS, outermost), ["cluster_low", "cluster_high"]])
    ),
    frontier_own=decimal(frontier.loc[(OWN_NETWORKS, outermost), "exponent"], 1),
    frontier_own_span=interval_text(
        Interval(*frontier.loc[(OWN_NETWORKS, outermost), ["cluster_low", "cluster_high"]])
    ),
    own_n=f"{len(own):,}",
    frontier_2020=decimal(frontier.loc[(EARLIER_NETWORKS, LEAST_SQUARES), "exponent"], 1),
    frontier_2020_span=interval_text(
        Interval(*frontier.loc[(EARLIER_NETWORKS, LEAST_SQUARES), ["cluster_low", "cluster_high"]])
    ),
    verdict_n=int((judged["bias_low"] > 0).sum()),
    verdict_all=len(judged),
    ways_n=len(scores[["form", "direction", "estimator"]].drop_duplicates()),
    wide_bias=decimal(wide["imagenet"]["bias"]),
    wide_span=interval_text(wide_ends["imagenet"], 2),
    wide_coco=decimal(wide["ms-coco"]["bias"]),
    wide_coco_span=interval_text(wide_ends["ms-coco"], 2),
    wide_words="within" if 0.0 in wide_ends["imagenet"] else "beyond",
    last_bias=decimal(baselines[LAST_VALUE]),
    both_bias=decimal(baselines[YEAR_AND_COMPUTING]),
    records_left=listing([f"{in_records.get(name, 0)} for {words}" for name, words in left.items()]),
    conll_verdict=conll.loc["gflop", "verdict"],
    conll_turned=decimal(by_way.loc[("conll-2003", POLYNOMIAL.name, COMPUTING_ON_PERFORMANCE, "gflop"), "bias"]),
    middle_all=decimal(frontier.loc[(ALL_NETWORKS, LEAST_SQUARES), "exponent"], 1),
    middle_all_span=interval_text(
        Interval(*frontier.loc[(ALL_NETWORKS, LEAST_SQUARES), ["cluster_low", "cluster_high"]])
    ),
    tenfold=percent(1.0 - 10.0 ** -latest["slope_computing"]),
)
