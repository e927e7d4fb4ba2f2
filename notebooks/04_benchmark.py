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
# {{ exponent_interval }}), and this law explains {{ r2 }} of the variance among {{ n }} models{% if r2_minor %}: more
# than half of what separates them is something else{% endif %}. Other ways to fit the same models put the power
# anywhere from {{ ways_low }} to {{ ways_high }}{% if ways_not_rising %}, {{ ways_not_rising }} of
# {{ ways_fitted }} give no rise at all{% endif %}, and with audited burdens
# {% if audit_fate == "falls" %}
# the slope no longer differs from zero ({{ audited_p }}).
# {% elif audit_fate %}
# it is {{ audited }} ({{ audited_interval }}).
# {% else %}
# too few models are left for a law.
# {% endif %}
# {% elif significant %}
# **Finding.** On {{ name }}, performance falls as computing grows ({{ p_value }}): the power is {{ exponent }}
# ({{ level }} interval {{ exponent_interval }}) among {{ n }} models. No target can be reached along such a law.
# {% else %}
# **Finding.** On {{ name }}, the {{ n }} published models carry no law: the slope does not differ from zero
# ({{ p_value }}), and the {{ level }} interval of the exponent, {{ exponent }}, is {{ exponent_interval }}. The
# models span {{ span }} decades of computing{% if resampled %}, and in {{ share_not_positive }} of the resamples of
# their papers the slope is not even positive{% endif %}.
# {% endif %}
#
# ## The question and the data
#
# {{ task }} The benchmark was introduced by {cite:t}`{{ introduced_by }}` and reports the {{ score_name }}.
# {{ score_meaning }} Error is one minus that score. {{ caution }}
#
# The points are those behind the regressions of {cite:t}`thompson2020computational`, as published: {{ n }} models from
# {{ papers }} papers of {{ years }}, with burdens from {{ burden_low }} to {{ burden_high }} GFLOP, {{ span }} decades,
# and errors from {{ error_low }} to {{ error_high }}.

# %% tags=["parameters", "hide-input"]
benchmark = "imagenet"
resamples = 10000
seed = 20200710

# %% tags=["hide-input"]
import numpy as np
import pandas as pd

from computational_limits.audit import AGREES, audit
from computational_limits.costs import costs_from
from computational_limits.diagnostics import compare_forms, influence, tabulate_residuals
from computational_limits.display import keep, record, show, show_table
from computational_limits.figures.scaling import describe_scaling, draw_scaling
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
from computational_limits.projection import project_targets
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
    render_targets,
    render_views,
    render_ways,
)
from computational_limits.robustness import (
    FEWEST_SHOWN,
    VINTAGE,
    name_paper,
    name_vintages,
    papers_of,
    select_views,
    summarise_ways,
    tabulate_bootstrap,
    tabulate_forms,
    tabulate_influence,
    tabulate_ways,
)
from computational_limits.scaling import FORMS, POLYNOMIAL, POLYNOMIAL_WITH_FLOOR
from computational_limits.sensitivity import compare_regressions
from computational_limits.tables import read_table
from computational_limits.uncertainty import LEVEL, SIGNIFICANCE, Interval
from computational_limits.vintages import (
    AUDITED,
    MEASURES,
    PUBLISHED,
    VINTAGES,
    read_models,
    read_records,
    select_vintage,
)
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

about = read_table("benchmarks").set_index("benchmark").loc[benchmark]
models = read_models(benchmark=benchmark)
laws = fit_forms(models)
records = read_records()
editions = {vintage: select_vintage(records, vintage) for vintage in VINTAGES}

# %% tags=["hide-input"]
regressions = regress_every_way(editions[PUBLISHED], [benchmark])
others = pd.concat(
    [
        regress_every_way(edition, [benchmark], forms=[POLYNOMIAL])
        for vintage, edition in editions.items()
        if vintage != PUBLISHED
    ],
    ignore_index=True,
)
every_law = pd.concat([regressions, others], ignore_index=True)
forms = pd.concat([tabulate_forms(edition, benchmark) for edition in editions.values()], ignore_index=True)
influences = pd.concat([tabulate_influence(edition, benchmark) for edition in editions.values()], ignore_index=True)
bootstraps = pd.concat(
    [tabulate_bootstrap(edition, benchmark, seed, resamples=resamples) for edition in editions.values()],
    ignore_index=True,
)

# %% [markdown]
# ## The models and the line
#
# {numref}`fig-{{ benchmark }}` shows the models with both published forms, fitted by ordinary least squares: in the
# *polynomial* form the logarithm of performance is linear in the logarithm of computing, in the *exponential* form
# performance itself is.

# %% tags=["hide-input"]
show(
    draw_scaling(models, laws),
    name=f"fig-{benchmark}",
    caption=(
        f"Error against hardware burden on {about['name']}: n = {len(models)} models, vintage 2020, with both forms"
        f" and the {percent(LEVEL)} prediction band of the polynomial form."
    ),
    alt=describe_scaling(models, laws, about["name"]),
    data=models[["model_id", "year", "hardware_burden_gflop", "error"]],
)

# %% [markdown]
# What the polynomial line leaves is in {numref}`fig-{{ benchmark }}-residuals`: a standard deviation of
# {{ residual_sd }} decades, a factor of {{ residual_factor }} in error. The farthest out is {{ farthest }}, with
# {{ farthest_ratio }} times the error that the line gives{% if farthest_p %}, {{ "too far" if outlier else "not too
# far" }} for chance among {{ n }} models ({{ farthest_p }}){% endif %}. {% if sharing %}{{ sharing }} of the models
# share their paper with another, so they are not {{ n }} independent trials.{% else %}No two models share a
# paper.{% endif %}

# %% tags=["hide-input"]
residuals = pd.concat(
    [
        models[["model_id", "model", "year"]].assign(paper=papers_of(models)),
        tabulate_residuals(models["hardware_burden_gflop"], models["error"]),
    ],
    axis=1,
)
show(
    draw_residuals(residuals),
    name=f"fig-{benchmark}-residuals",
    caption=(
        f"Residuals of the polynomial form on {about['name']}, n = {len(models)}, vintage 2020: log10 of the error over"
        " that of the line, above zero where the error is larger. Squares joined by a line share a paper."
    ),
    alt=describe_residuals(residuals),
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
show_table(
    render_laws(select_every_form(regressions)),
    name=f"tab-{benchmark}-laws",
    caption=(
        f"Laws of {about['name']}, n = {len(models)}, with {percent(LEVEL)} intervals of the exponent; computing in"
        " GFLOP. A form that the data do not carry has the reason instead."
    ),
    data=select_every_form(regressions),
    widths="25 10 18 10 19 8 10",
)

# %% [markdown]
# Forms can be compared as densities of the same logarithm of error ({numref}`tab-{{ benchmark }}-forms`). Can the two
# published ones be told apart here? {{ "Yes" if told_apart else "No" }}: they differ by {{ aic_difference }} in AIC, in
# favour of the {{ likelier }} form, and the test of {cite:t}`vuong1989likelihood`
# {{ "tells" if told_apart else "cannot tell" }} them apart at {{ significance }} ({{ vuong_p }}). They explain
# {{ r2 }} and {{ r2_exponential }} of the variance. The lowest AIC has the {{ best_form }} form{% if best_published %},
# one of the two{% else %}, {{ best_gain }} below the better of the two{% endif %}.
# {% if loo_factor %}
# A model left out is predicted by the polynomial form with an error that is off by a factor of {{ loo_factor }}, root
# mean square{% if lopo_factor %}; with its whole paper left out, {{ lopo_factor }}{% endif %}.
# {% endif %}

# %% tags=["hide-input"]
own_forms = forms.query("vintage == @PUBLISHED and measure == 'hardware_burden'")
show_table(
    render_fits(own_forms),
    name=f"tab-{benchmark}-forms",
    caption=(
        f"How well the forms fit on {about['name']}, n = {len(models)}. Prediction errors are root mean squares in"
        " decades of error."
    ),
    data=own_forms,
    widths="30 14 14 14 14 14",
)

# %% [markdown]
# ## What the exponent depends on
#
# {numref}`fig-{{ benchmark }}-ways` and {numref}`tab-{{ benchmark }}-ways` fit the polynomial form in {{ ways_all }}
# other ways, each of which departs from the published one in one point.
# {% if significant %}
# Of those with a p value, {{ ways_significant }} of {{ ways_tested }} have a slope that differs from zero at
# {{ significance }}.
# {% else %}
# Of those with a p value, {{ ways_significant }} of {{ ways_tested }} find a slope where the published one finds none.
# {% endif %}

# %% tags=["hide-input"]
moved = influence(models["hardware_burden_gflop"], models["error"], papers_of(models))
ways = tabulate_ways(
    models,
    every_law,
    bootstraps.query("vintage == @PUBLISHED"),
    moved.largest["paper"],
    name_vintages(editions, benchmark),
)
show(
    draw_ways(ways),
    name=f"fig-{benchmark}-ways",
    caption=(
        f"Exponent of {about['name']}, polynomial form, hardware burden: as published and with one thing varied, with"
        f" {percent(LEVEL)} intervals. The axis is even in the slope, one over the exponent; arrows lead to ends"
        " outside, and the dotted line is the published slope."
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
# *Direction.* The published line takes all scatter to lie in performance. Taken to lie in computing it gives
# {{ inverse }}; in both, {{ orthogonal }} (orthogonal) or {{ reduced }} (reduced major axis). Nothing in the data
# decides between them.
#
# *Estimator.* Theil-Sen takes the median of the slopes through pairs {cite:p}`sen1968estimates`; below the line of a
# quantile lies that share of the models in performance {cite:p}`koenker1978regression`; *best so far* keeps the
# {{ best_n }} models that set a new record in their year.
#
# {% if with_year %}
# *Year.* Computing and the year of a model correlate at {{ year_correlation }}, which multiplies the variance of either
# slope by {{ variance_inflation }}. Beside the year, the exponent is {{ with_year }} ({{ with_year_interval }}).
# {% endif %}
#
# *Papers.* {% if without %}The paper that moves the slope most is that of {{ moving_paper }}: without it the exponent
# is {{ without }} ({{ without_interval }}){% if turns %}, and without {{ turns }} of the {{ papers }} papers the slope
# changes its sign{% endif %}. {% endif %}{% if resampled %}Of {{ resamples_all }} resamples of the papers,
# {{ resamples_failed }} have no slope at all, and in {{ share_not_positive }} of the others it is not positive; their
# interval of the exponent is {{ bootstrap_interval }}{% else %}The papers are too few to be resampled{% endif %}.
#
# *Vintage.* The exponent of other vintages: {{ vintage_text }}.
#
# ## Per pass and network operations
#
# Operations per pass are known for {{ passes_2020 }} of the {{ n }} points, {{ passes_records }} of the
# {{ n_records }} records of 2020 and {{ passes_2022 }} of the {{ n_2022 }} of 2022; network operations for
# {{ network_2020 }}, {{ network_records }} and {{ network_2022 }}.
# {% if has_views %}
# {numref}`tab-{{ benchmark }}-views` fits the polynomial form to computing counted as operations, of one pass through
# the network or of all passes of its training. No time and no processor enter them.
# {numref}`fig-{{ benchmark }}-views` shows the largest set of each.
# {% else %}
# No law is read from fewer than {{ fewest_shown }} models, so the hardware burden is the only measure of computing
# here.
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

# %% [markdown]
# {% if has_targets %}
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
projections = project_targets(
    laws, targets, costs_from(read_table("assumptions")), benchmark, "2020", "hardware_burden"
)
if len(targets):
    show_table(
        render_targets(projections),
        name=f"tab-{benchmark}-targets",
        caption=(
            f"Computing at which each law of {about['name']} reaches a target, with {percent(LEVEL)} intervals and the"
            " decades between the largest burden in the data and the projection."
        ),
        data=projections,
        widths="15 10 9 10 24 12 10 10",
    )

# %% [markdown]
# ## What can and cannot be concluded
#
# {% if rises %}
# *Can.* Among these {{ n }} models computing and performance rise together ({{ p_value }}).
# {% if audit_fate in ("falls", "") %}
# That rests on burdens which the audit disputes: corrected, they do not show it.
# {% else %}
# Audited burdens show it as well.
# {% endif %}
# {% elif significant %}
# *Can.* Among these {{ n }} models performance falls as computing grows ({{ p_value }}).
# {% else %}
# *Can.* These {{ n }} models do not show that performance rises with computing ({{ p_value }}).
# {% endif %}
#
# {% if rises %}
# *Cannot.* The size of the exponent is less sure: its interval spans a factor of {{ exponent_factor }}, and it counts
# scatter only. The models were not drawn at random, the burdens are peak rates times time, and several kinds of
# progress go with the computing, so the exponent is no price of progress by computing alone.
# {% else %}
# *Cannot.* That computing does not matter on {{ name }} does not follow: over {{ span }} decades of computing a slope
# of {{ slope_high }}, an exponent of {{ exponent_at_high }}, would still lie within the interval.
# {% endif %}
# {% if few %}
# With {{ n }} models of {{ papers }} papers, the shape of the curve is out of reach: a bend or a floor could be there
# and would not show.
# {% endif %}
# {% if not told_apart %}
# Nor do the data say whether the polynomial or the exponential form holds, which matters most far beyond them.
# {% endif %}
#
# ## The models one by one
#
# {numref}`tab-{{ benchmark }}-models` lists the points as published, lowest error first. Remarks say what is odd about
# a row; {doc}`../audit` says what it changes.

# %% tags=["hide-input"]
show_table(
    render_models(models),
    name=f"tab-{benchmark}-models",
    caption=f"Published points of {about['name']}, vintage 2020, as published.",
    data=models,
    widths="24 8 10 12 20 26",
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
row = select_laws(regressions).squeeze()
low, high = polynomial.log10_compute_range
exponents = Interval(row["exponent_low"], row["exponent_high"])
record(
    benchmark=benchmark,
    **about[["title", "name", "task", "score_name", "score_meaning", "introduced_by", "caution"]],
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
    significant=bool(polynomial.p_value < SIGNIFICANCE),
    rises=bool(polynomial.p_value < SIGNIFICANCE and polynomial.slope > 0.0),
    exponent=decimal(row["exponent"], 1),
    exponent_interval=interval_text(exponents),
    exponent_factor=decimal(exponents.high / exponents.low, 1),
    slope_high=decimal(row["slope_high"], 4),
    exponent_at_high=decimal(1.0 / row["slope_high"], 1),
    p_value=p_value_equation(polynomial.p_value),
    r2=percent(polynomial.r2),
    r2_minor=bool(polynomial.r2 < 0.5),
    r2_exponential=percent(exponential.r2),
    has_targets=bool(len(targets)),
)

# %% tags=["remove-cell"]
compared = compare_forms(models["hardware_burden_gflop"], models["error"], papers_of(models), FORMS.values())
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
without = f"without {name_paper(models, moved.largest['paper'])}"
own_bootstrap = bootstraps.query(
    "vintage == @PUBLISHED and measure == 'hardware_burden' and form == 'polynomial'"
).squeeze()
year_law = regressions.query(
    "measure == 'hardware_burden' and form == 'polynomial' and estimator == @WITH_YEAR and errors == 'classical'"
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
    moving_paper=escape(name_paper(models, moved.largest["paper"])),
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
columns = [MEASURES["ops_per_pass"], MEASURES["network_operations"]]
known = {
    vintage: edition.loc[edition["benchmark"] == benchmark, columns].count() for vintage, edition in editions.items()
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
checked = audit(records).query("benchmark == @benchmark and vintage == @PUBLISHED")
audited = checked[checked["cause"] != AGREES]
ratios = np.log10(audited["corrected_gflop"] / audited["published_gflop"]).abs()
comparison = compare_regressions(select_laws(regressions), select_laws(others, AUDITED))
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
    first = projections.query("form == 'polynomial' and label == 'target 1'").squeeze()
    record(
        target_gflop=power_of_ten(first["log10_gflop"]),
        target_decades=decimal(first["decades_beyond_data"], 1),
        target_interval=powers_text(Interval(first["log10_gflop_low"], first["log10_gflop_high"])),
    )
