# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # {{ title }}: {{ name }}
#
# {% if rises %}
# **Finding.** On {{ name }}, computing grows as performance to the power of {{ exponent }} ({{ level }} interval
# {{ exponent_interval }}), and this law explains {{ r2 }} of the variance among {{ sample }}{% if r2_minor %}: more
# than half of what separates them is something else{% endif %}. Other ways to fit the same {{ points }} put the power
# anywhere from {{ ways_low }} to {{ ways_high }}{% if ways_not_rising %}{{ ";" if of_language else "," }}
# {{ ways_not_rising }} of {{ ways_fitted }} give no rise at all{% endif %}
# {%- if of_language %}
# {%- if within %}, and among scores from the same source it is {{ within }} ({{ within_interval }}){% endif %}.
# {% if year_counts %}
# At the same computing, a year brings {{ year_factor }} times the performance{% if not beside_year %}, and beside the
# year computing shows no slope{% endif %}.
# {% endif %}
# {% else %}, and with audited burdens
# {% if audit_fate == "falls" %}
# the slope no longer differs from zero ({{ audited_p }}).
# {% elif audit_fate %}
# it is {{ audited }} ({{ audited_interval }}).
# {% else %}
# too few models are left for a law.
# {% endif %}
# {% endif %}
# {% elif significant %}
# **Finding.** On {{ name }}, performance falls as computing grows ({{ p_value }}): the power is {{ exponent }}
# ({{ level }} interval {{ exponent_interval }}) among {{ sample }}. No target can be reached along such a law.
# {% else %}
# **Finding.** On {{ name }}, {% if of_language %}{{ sample }}{% else %}the {{ n }} published models{% endif %} carry no
# law: the slope does not differ from zero ({{ p_value }}), and the {{ level }} interval of the exponent,
# {{ exponent }}, is {{ exponent_interval }}. The models span {{ span }} decades of computing{% if resampled %}, and in
# {{ share_not_positive }} of the resamples of their {{ clusters }} the slope is not even positive{% endif %}.
# {% endif %}
#
# ## The question and the data
#
# {% if of_language %}
# {{ task }} The benchmark was introduced by {cite:t}`{{ introduced_by }}` and counts right answers.
# {% if guessing %}
# Guessing reaches {{ guessing }}. Error counts from there: it is one minus the score, over one minus that of guessing,
# so that a model that guesses has an error of one. In the polynomial form this moves the intercept and leaves the
# exponent alone. {{ caution }}
# {% else %}
# Guessing reaches nothing: error is one minus the score. {{ caution }}
# {% endif %}
#
# Scores and computing are those that {cite:t}`epoch2026benchmarks` and {cite:t}`epoch2026models` gathered: {{ n }}
# scores of {{ trained }} models from {{ papers }} families of {{ years }}, from
# {{ "one source" if sources == "1" else sources + " sources" }}, with {{ burden_low }} to {{ burden_high }} GFLOP of
# training, {{ span }} decades, and errors above guessing from {{ error_low }} to {{ error_high }}. Computing is the
# operations performed, mostly an estimate from the size of a model and of its data, and no hardware burden: it is
# smaller by the share of the peak that a training used. That moves the intercept as well, and the exponent only if the
# share changes with size.
#
# Of {{ all_scores }} scores, {{ left_out or "none" }} are left out{{ left_out_text and ": " + left_out_text }}.
# Several scores belong to one model, as different sources or prompts found them, and models of one family share data
# and recipe. Standard errors here are therefore by family, and so are the groups that are left out or resampled.
# {% else %}
# {{ task }} The benchmark was introduced by {cite:t}`{{ introduced_by }}` and reports the {{ score_name }}.
# {{ score_meaning }} Error is one minus that score. {{ caution }}
#
# The points are those behind the regressions of {cite:t}`thompson2020computational`, as published: {{ n }} models from
# {{ papers }} papers of {{ years }}, with burdens from {{ burden_low }} to {{ burden_high }} GFLOP, {{ span }} decades,
# and errors from {{ error_low }} to {{ error_high }}.
# {% endif %}

# %% tags=["parameters", "hide-input"]
benchmark = "imagenet"
resamples = 10000
seed = 20200710

# %% tags=["hide-input"]
import numpy as np
import pandas as pd

from computational_limits.audit import AGREES, audit
from computational_limits.benchmarks import SAME_SOURCE, label_floor, read_benchmark, tabulate_controls
from computational_limits.costs import costs_from
from computational_limits.diagnostics import EQUALLY_GOOD, compare_forms, influence, tabulate_residuals
from computational_limits.display import keep, record, show, show_table
from computational_limits.estimators import t_quantile
from computational_limits.figures.scaling import ERROR_NAMES, MEASURE_NAMES, describe_scaling, draw_scaling
from computational_limits.figures.sensitivity import (
    describe_residuals,
    describe_views,
    describe_ways,
    draw_residuals,
    draw_views,
    draw_ways,
)
from computational_limits.fits import (
    BEST_SO_FAR,
    BREAK_MINIMUM_MODELS,
    COMPUTING_ON_PERFORMANCE,
    ORTHOGONAL,
    REDUCED_MAJOR_AXIS,
    WITH_YEAR,
)
from computational_limits.language import SPECULATIVE
from computational_limits.projection import project_targets, select_projections
from computational_limits.regressions import (
    fit_forms,
    regress_every_way,
    select_every_form,
    select_laws,
)
from computational_limits.rendering import (
    render_fits,
    render_laws,
    render_models,
    render_scores,
    render_targets,
    render_views,
    render_ways,
)
from computational_limits.robustness import (
    CONTROLS,
    FEWEST_SHOWN,
    VINTAGE,
    name_cluster,
    name_vintages,
    papers_of,
    select_views,
    summarise_ways,
    tabulate_bootstrap,
    tabulate_forms,
    tabulate_influence,
    tabulate_ways,
)
from computational_limits.scaling import BROKEN_POWER_LAW, FORMS, POLYNOMIAL, POLYNOMIAL_WITH_FLOOR
from computational_limits.sensitivity import compare_regressions
from computational_limits.tables import read_table
from computational_limits.uncertainty import LEVEL, SIGNIFICANCE, Interval
from computational_limits.vintages import AUDITED, EVERY_MEASURE, MEASURES, PUBLISHED
from computational_limits.wording import (
    decimal,
    escape,
    exponent_text,
    interval_text,
    p_value_equation,
    percent,
    power_of_ten,
    powers_text,
    range_text,
)

subject = read_benchmark(benchmark)
about, base, models, editions = subject.about, subject.base, subject.models, subject.editions
computing = EVERY_MEASURE[base.measure]
computing_name, error_name = MEASURE_NAMES[base.measure].lower(), ERROR_NAMES[base.measure]
points = "scores" if subject.of_language else "models"
laws = fit_forms(models, measure=base.measure)

# %% tags=["hide-input"]
measures = subject.measures
regressions = regress_every_way(editions[base.vintage], [benchmark], measures)
others = [
    regress_every_way(edition, [benchmark], measures, forms=[POLYNOMIAL])
    for vintage, edition in editions.items()
    if vintage != base.vintage
]
every_law = pd.concat([regressions, *others], ignore_index=True)
forms = pd.concat([tabulate_forms(edition, benchmark, measures) for edition in editions.values()], ignore_index=True)
influences = pd.concat(
    [tabulate_influence(edition, benchmark, measures) for edition in editions.values()], ignore_index=True
)
bootstraps = pd.concat(
    [tabulate_bootstrap(edition, benchmark, seed, measures, resamples) for edition in editions.values()],
    ignore_index=True,
)

# %% [markdown]
# ## The models and the line
#
# {numref}`fig-{{ benchmark }}` shows the {{ points }} with both published forms, fitted by ordinary least squares: in
# the *polynomial* form the logarithm of performance is linear in the logarithm of computing, in the *exponential* form
# performance itself is.

# %% tags=["hide-input"]
show(
    draw_scaling(models, laws, base.measure),
    name=f"fig-{benchmark}",
    caption=(
        f"{error_name} against {computing_name} on {about['name']}: n = {len(models)} {points}, vintage"
        f" {base.vintage}, with both forms and the {percent(LEVEL)} prediction band of the polynomial form."
    ),
    alt=describe_scaling(models, laws, about["name"], base.measure),
    data=models[["model_id", "year", computing, "error"]],
)

# %% [markdown]
# What the polynomial line leaves is in {numref}`fig-{{ benchmark }}-residuals`: a standard deviation of
# {{ residual_sd }} decades, a factor of {{ residual_factor }} in error. The farthest out is {{ farthest }}, with
# {{ farthest_ratio }} times the error that the line gives{% if farthest_p %}, {{ "too far" if outlier else "not too
# far" }} for chance among {{ n }} {{ points }} ({{ farthest_p }}){% endif %}. {% if sharing %}{{ sharing }} of the
# {{ points }} share their {{ cluster }} with another, so they are not {{ n }} independent trials.{% else %}No two
# {{ points }} share a {{ cluster }}.{% endif %}

# %% tags=["hide-input"]
residuals = pd.concat(
    [
        models[["model_id", "model", "year"]].assign(paper=papers_of(models)),
        tabulate_residuals(models[computing], models["error"]),
    ],
    axis=1,
)
show(
    draw_residuals(residuals, base),
    name=f"fig-{benchmark}-residuals",
    caption=(
        f"Residuals of the polynomial form on {about['name']}, n = {len(models)}, vintage {base.vintage}: log10 of the"
        " error over that of the line, above zero where the error is larger. Squares joined by a line share a"
        f" {base.cluster}."
    ),
    alt=describe_residuals(residuals, base),
    data=residuals,
)

# %% [markdown]
# ## The published forms and others
#
# {numref}`tab-{{ benchmark }}-laws` gives the coefficients. The exponent is one over the slope: in the polynomial form
# the power of performance that computing grows with, in the exponential form the decades of computing that one more
# unit of performance takes. An exponential decay of error in computing itself has none.
#
# {% if floor %}
# {% if floor_needed %}
# With an irreducible error the polynomial form does best at a floor of {{ floor }} ({{ floor_interval }}).
# {% else %}
# No irreducible error is needed: the polynomial form puts it at {{ floor }}, with an interval of {{ floor_interval }}
# that includes none.
# {% endif %}
# {% endif %}

# %% tags=["hide-input"]
every_form = select_every_form(regressions, base.vintage, base.measure, base.errors)
show_table(
    render_laws(every_form),
    name=f"tab-{benchmark}-laws",
    caption=(
        f"Laws of {about['name']}, n = {len(models)}, with {percent(LEVEL)} intervals of the exponent; computing in"
        " GFLOP. A form that the data do not carry has the reason instead."
    ),
    data=every_form,
    widths="25 10 18 10 19 8 10",
)

# %% [markdown]
# Forms can be compared as densities of the same logarithm of error ({numref}`tab-{{ benchmark }}-forms`). Can the two
# published ones be told apart here? {{ "Yes" if told_apart else "No" }}: they differ by {{ aic_difference }} in AIC, in
# favour of the {{ likelier }} form, and the test of {cite:t}`vuong1989likelihood`
# {{ "tells" if told_apart else "cannot tell" }} them apart at {{ significance }} ({{ vuong_p }}). They explain {{ r2 }}
# and {{ r2_exponential }} of the variance. The lowest AIC has the {{ best_form }} form{% if best_published %}, one of
# the two{% else %}, {{ best_gain }} below the better of the two{% endif %}.
# {% if loo_factor %}
# A {{ point }} left out is predicted by the polynomial form with an error that is off by a factor of {{ loo_factor }},
# root mean square{% if lopo_factor %}; with its whole {{ cluster }} left out, {{ lopo_factor }}{% endif %}.
# {% endif %}
# {% if of_language %}
# AIC and the test count scores as independent, which they are not: what they prefer needs the support of the
# predictions.
# {% endif %}

# %% tags=["hide-input"]
own_forms = forms.query("vintage == @base.vintage and measure == @base.measure")
show_table(
    render_fits(own_forms, base.cluster),
    name=f"tab-{benchmark}-forms",
    caption=(
        f"How well the forms fit on {about['name']}, n = {len(models)}. Prediction errors are root mean squares in"
        " decades of error."
    ),
    data=own_forms,
    widths="30 14 14 14 14 14",
)

# %% [markdown]
# {% if of_language %}
# ## Where the scores end
#
# The lowest error above guessing is {{ error_low }}, of {{ best_model }}.
# {% if label_floor %}
# By {cite:t}`{{ label_source }}`, {{ label_errors }} of the questions have a wrong answer or wording. Were all of them
# counted against a model, its error above guessing could not fall below {{ label_floor }};
# {{ label_below or "none" }} of the {{ n }} scores {{ "lie" if label_below not in ("", "1") else "lies" }} below.
# {% if label_excluded %}
# The form with a floor allows at most {{ floor_high }}. Either flawed questions are answered as their key has them, or
# the law bends before it reaches them.
# {% endif %}
# {% endif %}
#
# {% if bends %}
# With a break at {{ break_at }} GFLOP the law has a lower AIC, by {{ break_gain }}: the slope goes from
# {{ slope_below }} to {{ slope_above }}, {{ "steeper" if steeper else "flatter" }} where computing is large. A
# {{ cluster }} left out is {{ "also" if break_predicts else "not" }} predicted better with it ({{ break_lopo }} against
# {{ straight_lopo }} decades).
# {% if steeper %}
# That is the opposite of saturation: close to guessing, computing buys little, and later more.
# {% elif break_predicts %}
# A score that runs into its ceiling looks like this, and so does a change in how large models are trained.
# {% endif %}
# {% else %}
# A break does not fit better by more than {{ equally_good }} in AIC: the scores do not show that the law bends as they
# near their end.
# {% endif %}
# {% endif %}
#
# ## What the exponent depends on
#
# {numref}`fig-{{ benchmark }}-ways` and {numref}`tab-{{ benchmark }}-ways` fit the polynomial form in {{ ways_all }}
# other ways, each of which departs from the {{ "main" if of_language else "published" }} one in one point.
# {% if significant %}
# Of those with a p value, {{ ways_significant }} of {{ ways_tested }} have a slope that differs from zero at
# {{ significance }}.
# {% else %}
# Of those with a p value, {{ ways_significant }} of {{ ways_tested }} find a slope where the
# {{ "main" if of_language else "published" }} one finds none.
# {% endif %}

# %% tags=["hide-input"]
moved = influence(models[computing], models["error"], papers_of(models))
own_bootstraps = bootstraps.query("vintage == @base.vintage")
vintages = name_vintages(editions, benchmark, base.vintage)
ways = tabulate_ways(models, every_law, own_bootstraps, moved.largest["paper"], vintages, base)
if subject.of_language:
    ways = pd.concat([ways, tabulate_controls(subject.scores)], ignore_index=True)
show(
    draw_ways(ways),
    name=f"fig-{benchmark}-ways",
    caption=(
        f"Exponent of {about['name']}, polynomial form, {computing_name}: {base.name} and with one thing varied, with"
        f" {percent(LEVEL)} intervals. The axis is even in the slope, one over the exponent; arrows lead to ends"
        " outside, and the dotted line is the slope of the first."
    ),
    alt=describe_ways(ways),
    data=ways,
)

# %% tags=["hide-input"]
show_table(
    render_ways(ways),
    name=f"tab-{benchmark}-ways",
    caption=f"Ways to fit the polynomial form on {about['name']}, with {percent(LEVEL)} intervals of the exponent.",
    data=ways,
    widths="18 32 8 17 25",
)

# %% [markdown]
# *Direction.* The {{ "main" if of_language else "published" }} line takes all scatter to lie in performance. Taken to
# lie in computing it gives {{ inverse }}; in both, {{ orthogonal }} (orthogonal) or {{ reduced }} (reduced major axis).
# Nothing in the data decides between them.
#
# *Estimator.* Theil-Sen takes the median of the slopes through pairs {cite:p}`sen1968estimates`; below the line of a
# quantile lies that share of the {{ points }} in performance {cite:p}`koenker1978regression`; *best so far* keeps the
# {{ best_n }} {{ points }} that set a new record in their year.
#
# {% if with_year %}
# *Year.* Computing and the year of a model correlate at {{ year_correlation }}, which multiplies the variance of either
# slope by {{ variance_inflation }}. Beside the year, the exponent is {{ with_year }} ({{ with_year_interval }}).
# {% if of_language %}
# A year later, a model of equal computing has {{ year_factor }} times the performance ({{ year_interval }};
# {{ year_p }}): what better algorithms, better data and training for the test have brought together.
# {% endif %}
# {% endif %}
#
# *{{ clusters | capitalize }}.* {% if without %}The {{ cluster }} that moves the slope most is that of
# {{ moving_paper }}: without it the exponent is {{ without }} ({{ without_interval }}){% if turns %}, and without
# {{ turns }} of the {{ papers }} {{ clusters }} the slope changes its sign{% endif %}. {% endif %}{% if resampled %}Of
# {{ resamples_all }} resamples of the {{ clusters }}, {{ resamples_failed }} have no slope at all, and in
# {{ share_not_positive }} of the others it is not positive; their interval of the exponent is
# {{ bootstrap_interval }}{% else %}The {{ clusters }} are too few to be resampled{% endif %}.
#
# {% if of_language %}
# *Controls.* {% if within %}Scores that are alike in source or prompt are compared by a constant for each
# {cite:p}`lovell1963seasonal`; other rows count or cluster the scores in another way.{% else %}All scores have the same
# source, which leaves other ways to count or cluster them.{% endif %} The exponent by control: {{ controls_text }}.
# {% else %}
# *Vintage.* The exponent of other vintages: {{ vintage_text }}.
#
# ## Per pass and network operations
#
# Operations per pass are known for {{ passes_2020 }} of the {{ n }} points, {{ passes_records }} of the
# {{ n_records }} records of 2020 and {{ passes_2022 }} of the {{ n_2022 }} of 2022; network operations for
# {{ network_2020 }}, {{ network_records }} and {{ network_2022 }}.
# {% if has_views %}
# {numref}`tab-{{ benchmark }}-views` fits the polynomial form to computing counted as operations, of one pass through
# the network or of all passes of its training. No time and no processor enter them. {numref}`fig-{{ benchmark }}-views`
# shows the largest set of each.
# {% else %}
# No law is read from fewer than {{ fewest_shown }} models, so the hardware burden is the only measure of computing
# here.
# {% endif %}
# {% endif %}

# %% tags=["hide-input"]
views, panels = select_views(every_law, editions, benchmark)
if len(views):
    show(
        draw_views(panels),
        name=f"fig-{benchmark}-views",
        caption=(
            f"Error against operations on {about['name']}, with both forms and the {percent(LEVEL)} prediction band of"
            " the polynomial form; vintage and n above each panel."
        ),
        alt=describe_views(panels),
        data=pd.concat([stated.assign(measure=measure) for measure, _, stated, _ in panels])[
            ["model_id", "vintage", "measure", "ops_per_pass_gflop", "network_operations_gflop", "error"]
        ],
    )

# %% tags=["hide-input"]
if len(views):
    show_table(
        render_views(views),
        name=f"tab-{benchmark}-views",
        caption=(
            f"Polynomial laws of other measures on {about['name']} with {percent(LEVEL)} intervals of the exponent; a"
            " vintage that repeats an earlier law is left out."
        ),
        data=views,
        widths="24 18 8 12 28 10",
    )

# %% [markdown]
# {% if not of_language %}
# ## What the audit changes
#
# {% if disputed %}
# The {doc}`audit <../audit>` disputes {{ disputed }} of the {{ n }} burdens{% if lost %}, {{ lost }} of them without a
# value to replace it{% endif %}{% if worst %}; the largest correction, of {{ worst }}, is a factor of
# {{ worst_factor }}{% endif %}.
# {% if not audit_fate %}
# What is left carries no law.
# {% elif audit_fate == "falls" %}
# Corrected, the law {{ "falls" if significant else "appears" }}: {{ p_value }} becomes {{ audited_p }}, R² goes from
# {{ r2 }} to {{ audited_r2 }}, and the exponent becomes {{ audited }} ({{ audited_interval }}).
# {% elif audit_fate == "moves" %}
# Corrected, the exponent moves out of its published interval, to {{ audited }} ({{ audited_interval }}), with
# {{ audited_p }}.
# {% else %}
# Corrected, {{ "the law holds" if significant else "there is still no law" }}: the exponent is {{ audited }}
# ({{ audited_interval }}), with {{ audited_p }} and R² = {{ audited_r2 }}.
# {% endif %}
# {% if farthest_disputed %}
# {{ farthest }}, the point farthest from the line, is one of those disputed.
# {% endif %}
# {% else %}
# The {doc}`audit <../audit>` disputes none of the {{ n }} burdens.
# {% endif %}
# {% endif %}

# %% [markdown]
# {% if of_language %}
# {% elif has_targets %}
# ## What the targets would take
#
# {numref}`tab-{{ benchmark }}-targets` follows both laws to the errors of the published table. At the first target the
# polynomial law stands at {{ target_gflop }} GFLOP, {{ target_decades }} decades beyond the most computing-intensive
# model in the data, with an interval of {{ target_interval }}.
# {% else %}
# ## No targets
#
# The paper prints no targets for this benchmark{% if not rises %}, and along a slope that may be zero none can be
# projected: any computing would do, or none{% endif %}.
# {% endif %}

# %% tags=["hide-input"]
targets = read_table("targets").query("benchmark == @benchmark")
costs = costs_from(read_table("assumptions"))
projections = pd.concat(
    [
        project_targets(edition, targets, costs, seed, base.measure, resamples=resamples)
        for edition in editions.values()
    ],
    ignore_index=True,
)
published_projections = select_projections(projections)
if len(targets):
    show_table(
        render_targets(published_projections),
        name=f"tab-{benchmark}-targets",
        caption=(
            f"Computing at which each law of {about['name']} reaches a target, with {percent(LEVEL)} intervals and the"
            " decades between the largest burden in the data and the projection."
        ),
        data=published_projections,
        widths="15 10 9 10 24 12 10 10",
    )

# %% [markdown]
# ## What can and cannot be concluded
#
# {% if rises %}
# *Can.* Among these {{ sample }} computing and performance rise together ({{ p_value }}).
# {% if of_language %}
# {% elif audit_fate in ("falls", "") %}
# That rests on burdens which the audit disputes: corrected, they do not show it.
# {% else %}
# Audited burdens show it as well.
# {% endif %}
# {% elif significant %}
# *Can.* Among these {{ sample }} performance falls as computing grows ({{ p_value }}).
# {% else %}
# *Can.* These {{ sample }} do not show that performance rises with computing ({{ p_value }}).
# {% endif %}
#
# {% if rises %}
# *Cannot.* The size of the exponent is less sure: {% if exponent_factor %}its interval spans a factor of
# {{ exponent_factor }}, and it{% else %}its interval has no upper bound, and it{% endif %} counts scatter only. The
# models were not drawn at random, the
# {{ "operations are estimates" if of_language else "burdens are peak rates times time" }}, and several kinds of
# progress go with the computing, so the exponent is no price of progress by computing alone.
# {% else %}
# *Cannot.* That computing does not matter on {{ name }} does not follow: over {{ span }} decades of computing a slope
# of {{ slope_high }}, an exponent of {{ exponent_at_high }}, would still lie within the interval.
# {% endif %}
# {% if few %}
# With {{ n }} {{ points }} of {{ papers }} {{ clusters }}, the shape of the curve is out of reach: a bend or a floor
# could be there and would not show.
# {% endif %}
# {% if not told_apart %}
# Nor do the data say whether the polynomial or the exponential form holds, which matters most far beyond them.
# {% endif %}
#
# {% if of_language %}
# Nor is it known how far a score measures what the benchmark asks. Questions and answers of a public test reach the
# text that models learn from; some models were tuned on similar tasks after their training, whose computing counts only
# the training. Makers choose which score to report and with which prompt, and the computing of the models that lead is
# mostly not published: {{ speculative }} scores are left out because their computing is a guess.
# {% endif %}
#
# ## The models one by one
#
# {% if of_language %}
# {numref}`tab-{{ benchmark }}-models` lists the scores that are used, lowest error first. {doc}`../language` compares
# the benchmarks of language models.
# {% else %}
# {numref}`tab-{{ benchmark }}-models` lists the points as published, lowest error first. Remarks say what is odd about
# a row; {doc}`../audit` says what it changes.
# {% endif %}

# %% tags=["hide-input"]
show_table(
    render_scores(models) if subject.of_language else render_models(models),
    name=f"tab-{benchmark}-models",
    caption=(
        f"Scores on {about['name']} that are used, with the error above guessing."
        if subject.of_language
        else f"Published points of {about['name']}, vintage 2020, as published."
    ),
    data=models,
    widths="26 16 8 12 12 8 18" if subject.of_language else "24 8 10 12 20 26",
)

# %% tags=["remove-cell"]
keep(
    regressions=regressions,
    projections=projections,
    forms=forms,
    influence=influences,
    bootstrap=bootstraps,
)

# %% tags=["remove-cell"]
polynomial, exponential = laws["polynomial"], laws["exponential"]
row = select_laws(regressions, base.vintage, base.measure, errors=base.errors).squeeze()
low, high = polynomial.log10_compute_range
exponents = Interval(row["exponent_low"], row["exponent_high"])
record(
    benchmark=benchmark,
    **about.fillna("")[["title", "name", "task", "introduced_by", "caution"]],
    of_language=subject.of_language,
    sample=f"{len(models)} {points}" + (f" of {models['trained'].nunique()} models" if subject.of_language else ""),
    points=points,
    point=points.removesuffix("s"),
    cluster=base.cluster,
    clusters=base.clusters,
    level=percent(LEVEL),
    significance=percent(SIGNIFICANCE),
    n=len(models),
    papers=papers_of(models).nunique(),
    few=bool(len(models) < BREAK_MINIMUM_MODELS),
    years="one year" if np.ptp(models["year"]) == 0 else f"{models['year'].min()} to {models['year'].max()}",
    burden_low=power_of_ten(low),
    burden_high=power_of_ten(high),
    span=decimal(high - low, 1),
    error_low=percent(models["error"].min()),
    error_high=percent(models["error"].max()),
    significant=bool(row["p_value"] < SIGNIFICANCE),
    rises=bool(row["p_value"] < SIGNIFICANCE and polynomial.slope > 0.0),
    exponent=decimal(row["exponent"], 1),
    exponent_interval=interval_text(exponents),
    exponent_factor=decimal(exponents.high / exponents.low, 1) if exponents.bounded else "",
    slope_high=decimal(row["slope_high"], 4),
    exponent_at_high=decimal(1.0 / row["slope_high"], 1),
    p_value=p_value_equation(row["p_value"]),
    r2=percent(polynomial.r2),
    r2_minor=bool(polynomial.r2 < 0.5),
    r2_exponential=percent(exponential.r2),
    has_targets=bool(len(targets)),
)

# %% tags=["remove-cell"]
compared = compare_forms(models[computing], models["error"], papers_of(models), FORMS.values())
fitted = own_forms[own_forms["absent"] == ""].set_index("form")
best, predicted = fitted["aic"].idxmin(), fitted.loc[POLYNOMIAL.name]
floored = fitted["floor"].get(POLYNOMIAL_WITH_FLOOR.name, np.nan)
farthest = residuals.loc[residuals["residual_decades"].abs().idxmax()]
record(
    residual_sd=decimal(np.sqrt(polynomial.residual_variance), 3),
    residual_factor=decimal(10 ** np.sqrt(polynomial.residual_variance)),
    farthest=escape(farthest["model"]),
    farthest_ratio=decimal(10 ** farthest["residual_decades"]),
    farthest_p="" if np.isnan(farthest["p_value"]) else p_value_equation(farthest["p_value"]),
    outlier=bool(farthest["p_value"] < SIGNIFICANCE),
    sharing=int(papers_of(models).duplicated(keep=False).sum()) or "",
    aic_difference=decimal(abs(compared.aic_difference), 1),
    likelier=polynomial.form.name if compared.aic_difference > 0.0 else exponential.form.name,
    told_apart=compared.told_apart,
    vuong_p=p_value_equation(compared.vuong.p_value),
    best_form=best,
    best_published=best in FORMS,
    best_gain=decimal(fitted.loc[list(FORMS), "aic"].min() - fitted["aic"].min(), 1),
    loo_factor="" if np.isnan(predicted["loo_error"]) else decimal(10 ** predicted["loo_error"]),
    lopo_factor="" if np.isnan(predicted["lopo_error"]) else decimal(10 ** predicted["lopo_error"]),
    floor="" if np.isnan(floored) else percent(floored),
)

# %% tags=["remove-cell"]
if floored >= 0.0:
    floor_row = fitted.loc[POLYNOMIAL_WITH_FLOOR.name]
    record(
        floor_needed=bool(floor_row["floor_low"] > 0.0),
        floor_interval=range_text(Interval(floor_row["floor_low"], floor_row["floor_high"]), percent),
    )

# %% tags=["remove-cell"]
summary = summarise_ways(ways)
by_way = ways.set_index("way")
said = {
    way: "no line" if law["absent"] else exponent_text(law["exponent"]) for way, law in by_way.to_dict("index").items()
}
intervals = {
    way: interval_text(Interval(law["exponent_low"], law["exponent_high"]))
    for way, law in by_way.to_dict("index").items()
}
without = f"without {name_cluster(models, moved.largest['paper'], base)}"
own_bootstrap = bootstraps.query(
    "vintage == @base.vintage and measure == @base.measure and form == 'polynomial'"
).squeeze()
year_law = regressions.query(
    "measure == @base.measure and form == 'polynomial' and estimator == @WITH_YEAR and errors == @base.errors"
).squeeze()
of_vintages = [row for row in ways.to_dict("records") if row["group"] == VINTAGE]
record(
    ways_all=len(ways) - 1,
    ways_fitted=summary.fitted,
    ways_low=decimal(summary.lowest, 1),
    ways_high=decimal(summary.highest, 1),
    ways_not_rising=summary.not_rising or "",
    ways_tested=summary.tested,
    ways_significant=summary.significant,
    inverse=said[COMPUTING_ON_PERFORMANCE],
    orthogonal=said[ORTHOGONAL],
    reduced=said[REDUCED_MAJOR_AXIS],
    best_n=decimal(by_way.loc[BEST_SO_FAR, "n"], 0),
    with_year="" if year_law["absent"] else said[WITH_YEAR],
    with_year_interval=intervals[WITH_YEAR],
    year_correlation=decimal(year_law["year_correlation"]),
    variance_inflation=decimal(year_law["variance_inflation"], 1),
    moving_paper=escape(name_cluster(models, moved.largest["paper"], base)),
    without="" if by_way.loc[without, "absent"] else said[without],
    without_interval=intervals[without],
    turns=moved.turns or "",
    resampled=not own_bootstrap["absent"],
    resamples_all=f"{own_bootstrap['resamples']:,.0f}",
    resamples_failed=f"{own_bootstrap['failed']:,.0f}",
    share_not_positive=percent(own_bootstrap["share_not_positive"]),
    bootstrap_interval=interval_text(Interval(own_bootstrap["exponent_low"], own_bootstrap["exponent_high"])),
    vintage_text="; ".join(
        f"{row['way']}: {said[row['way']]}"
        + ("" if row["absent"] else f" ({intervals[row['way']]}), n = {row['n']:.0f}")
        for row in of_vintages
    ),
)

# %% tags=["remove-cell"]
if subject.of_language:
    scores, broken = subject.scores, fitted.loc[BROKEN_POWER_LAW.name]
    reasons = scores["excluded"].value_counts()
    lowest = label_floor(about["label_errors"], about["guessing_floor"])
    break_gain = predicted["aic"] - broken["aic"]
    record(
        guessing=percent(about["guessing_floor"]) if about["guessing_floor"] else "",
        trained=models["trained"].nunique(),
        sources=models["reported_in"].nunique(),
        all_scores=len(scores),
        left_out=int(reasons.sum()) or "",
        left_out_text="; ".join(f"{reason}, {count}" for reason, count in reasons.items()),
        speculative=reasons.get(SPECULATIVE, 0),
        best_model=escape(models.loc[models["error"].idxmin(), "model"]),
        label_source="" if np.isnan(lowest) else about["label_errors_source"],
        label_errors=percent(about["label_errors"]),
        label_floor="" if np.isnan(lowest) else percent(lowest),
        label_excluded=bool(fitted["floor_high"].get(POLYNOMIAL_WITH_FLOOR.name, np.inf) < lowest),
        floor_high=percent(fitted["floor_high"].get(POLYNOMIAL_WITH_FLOOR.name, np.nan)),
        label_below=int((models["error"] < lowest).sum()) or "",
        bends=bool(break_gain > EQUALLY_GOOD),
        equally_good=decimal(EQUALLY_GOOD, 0),
        break_gain=decimal(break_gain, 1),
        break_predicts=bool(broken["lopo_error"] < predicted["lopo_error"]),
        break_lopo=decimal(broken["lopo_error"], 3),
        straight_lopo=decimal(predicted["lopo_error"], 3),
    )

# %% tags=["remove-cell"]
if subject.of_language:
    bent = every_form.set_index("form").loc[BROKEN_POWER_LAW.name]
    half = t_quantile(int(year_law["papers"]) - 1, LEVEL) * year_law["year_se"]
    alike = [row for row in ways.to_dict("records") if row["group"] == CONTROLS and not row["absent"]]
    record(
        break_at=power_of_ten(bent["break_log10_gflop"]),
        slope_below=decimal(bent["slope_below"]),
        slope_above=decimal(bent["slope"]),
        steeper=bool(bent["slope"] > bent["slope_below"]),
        year_counts=bool(year_law["year_p_value"] < SIGNIFICANCE),
        beside_year=bool(year_law["p_value"] < SIGNIFICANCE),
        year_factor=decimal(10 ** year_law["year_slope"]),
        year_interval=interval_text(Interval(*10 ** (year_law["year_slope"] + np.array([-half, half]))), 2),
        year_p=p_value_equation(year_law["year_p_value"]),
        within="" if by_way.loc[SAME_SOURCE, "absent"] else said[SAME_SOURCE],
        within_interval=intervals[SAME_SOURCE],
        controls_text="; ".join(f"{row['way']}, {said[row['way']]} ({intervals[row['way']]})" for row in alike),
    )

# %% tags=["remove-cell"]
if not subject.of_language:
    record(**about[["score_name", "score_meaning"]])
    columns = [MEASURES["ops_per_pass"], MEASURES["network_operations"]]
    known = {
        vintage: edition.loc[edition["benchmark"] == benchmark, columns].count()
        for vintage, edition in editions.items()
    }
    sizes = {vintage: int((edition["benchmark"] == benchmark).sum()) for vintage, edition in editions.items()}
    record(
        has_views=bool(len(views)),
        fewest_shown=FEWEST_SHOWN,
        n_records=sizes["2020-records"],
        n_2022=sizes["2022"],
        passes_2020=known[PUBLISHED].iloc[0],
        passes_records=known["2020-records"].iloc[0],
        passes_2022=known["2022"].iloc[0],
        network_2020=known[PUBLISHED].iloc[1],
        network_records=known["2020-records"].iloc[1],
        network_2022=known["2022"].iloc[1],
    )

# %% tags=["remove-cell"]
if not subject.of_language:
    checked = audit(subject.records).query("benchmark == @benchmark and vintage == @PUBLISHED")
    audited = checked[checked["cause"] != AGREES]
    ratios = np.log10(audited["corrected_gflop"] / audited["published_gflop"]).abs()
    comparison = compare_regressions(select_laws(regressions), select_laws(every_law, AUDITED))
    after = comparison.squeeze() if len(comparison) else pd.Series(dtype=object)
    record(
        disputed=len(audited) or "",
        lost=int(audited["corrected_gflop"].isna().sum()) or "",
        worst=escape(audited.loc[ratios.idxmax(), "model"]) if ratios.notna().any() else "",
        worst_factor=f"{10 ** ratios.max():,.3g}" if ratios.notna().any() else "",
        farthest_disputed=farthest["model_id"] in set(audited["model_id"]),
        audit_fate=after.get("fate", ""),
        audited=decimal(after.get("exponent_after", np.nan), 1),
        audited_interval=interval_text(
            Interval(after.get("exponent_low_after", np.nan), after.get("exponent_high_after", np.nan))
        ),
        audited_p=p_value_equation(after.get("p_value_after", np.nan)),
        audited_r2=percent(after.get("r2_after", np.nan)),
    )

# %% tags=["remove-cell"]
if len(targets):
    first = published_projections.query("form == 'polynomial' and label == 'target 1'").squeeze()
    record(
        target_gflop=power_of_ten(first["log10_gflop"]),
        target_decades=decimal(first["decades_beyond_data"], 1),
        target_interval=powers_text(Interval(first["log10_gflop_low"], first["log10_gflop_high"])),
    )
