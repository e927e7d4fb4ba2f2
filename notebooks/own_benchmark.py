# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # {{ title }}
#
# {% if rises %}
# **Finding.** Here computing grows as performance, one over the error, to the power of {{ exponent }} ({{ level }}
# interval {{ exponent_interval }}), and this law explains {{ r2 }} of the variance among {{ n }} models. Other ways to
# fit the same models put the power anywhere from {{ ways_low }} to {{ ways_high }}{% if ways_not_rising %},
# {{ ways_not_rising }} of {{ ways_fitted }} give no rise at all{% endif %}.
# {% elif significant %}
# **Finding.** Here performance falls as computing grows ({{ p_value }}): the power is {{ exponent }} ({{ level }}
# interval {{ exponent_interval }}) among {{ n }} models. No target can be reached along such a law.
# {% else %}
# **Finding.** These {{ n }} models carry no law: the slope does not differ from zero ({{ p_value }}), and the
# {{ level }} interval of the exponent, {{ exponent }}, is {{ exponent_interval }}.
# {% endif %}
#
# ## The data
#
# {{ about }} The table `{{ table }}` has {{ n }} models{% if papers != n %} in {{ papers }} groups that share a
# paper{% endif %}{% if years %}, of {{ years }}{% endif %}, with {{ low }} to {{ high }} GFLOP ({{ computing_name }},
# column `{{ compute }}`), {{ span }} decades, and errors from {{ error_low }} to {{ error_high }} (column
# `{{ metric }}`).

# %% tags=["parameters", "hide-input"]
table = "data/own/timm-imagenet.csv"  # CSV with a heading
title = "ImageNet networks of timm"
about = ""  # what the table is, in a sentence
metric = "error"  # column of the error
compute = "gflop"  # column of the computing, in GFLOP
name = ""  # column of the model; by default model or name
paper = ""  # column of what models share; by default paper
year = ""  # column of the year; by default year
in_percent = False  # whether the metric is in percent
is_score = False  # whether the metric is a score, whose error is one minus it
computing = "Computing"  # what the computing counts, for the axis
targets = [0.1]  # errors to follow the laws to
label = "own"  # name for figures and tables
resamples = 2_000
seed = 20200710

# %% tags=["hide-input"]
import numpy as np

from computational_limits.costs import costs_from
from computational_limits.diagnostics import compare_forms
from computational_limits.display import keep, record, show, show_table
from computational_limits.figures.own import describe_own, describe_own_residuals, draw_own, draw_own_residuals
from computational_limits.figures.sensitivity import describe_ways, draw_ways
from computational_limits.fits import BREAK_MINIMUM_MODELS
from computational_limits.own import OWN, Columns, analyse, checked_targets, read_own
from computational_limits.projection import select_projections
from computational_limits.regressions import fit_forms, select_every_form, select_laws
from computational_limits.rendering import render_fits, render_laws, render_own, render_targets, render_ways
from computational_limits.robustness import papers_of, summarise_ways
from computational_limits.scaling import FORMS
from computational_limits.tables import read_table
from computational_limits.uncertainty import LEVEL, SIGNIFICANCE, Interval
from computational_limits.wording import decimal, escape, interval_text, p_value_equation, percent, power_of_ten

columns = Columns(metric, compute, name, paper, year, in_percent, is_score)
models = read_own(table, columns)
costs = costs_from(read_table("assumptions"))
analysis = analyse(models, checked_targets(targets), costs, seed, resamples, compute)
laws = fit_forms(models)

# %% [markdown]
# ## The models and the line
#
# {numref}`fig-{{ label }}` shows the models with both published forms, fitted by ordinary least squares: in the
# *polynomial* form the logarithm of performance is linear in the logarithm of computing, in the *exponential* form
# performance itself is.

# %% tags=["hide-input"]
show(
    draw_own(models, laws, computing),
    name=f"fig-{label}",
    caption=(
        f"Error against {computing.lower()}: n = {len(models)} models, with both forms and the {percent(LEVEL)}"
        " prediction band of the polynomial form."
    ),
    alt=describe_own(models, laws, computing),
    data=models[["model", "year", "hardware_burden_gflop", "error"]].rename(columns={"hardware_burden_gflop": "gflop"}),
)

# %% [markdown]
# {numref}`fig-{{ label }}-residuals` shows what the polynomial line leaves: a standard deviation of {{ residual_sd }}
# decades, a factor of {{ residual_factor }} in error. The farthest out is {{ farthest }}.

# %% tags=["hide-input"]
show(
    draw_own_residuals(analysis.residuals, computing),
    name=f"fig-{label}-residuals",
    caption=(
        f"Residuals of the polynomial form, n = {len(models)}: log10 of the error over that of the line, above zero"
        " where the error is larger."
    ),
    alt=describe_own_residuals(analysis.residuals, computing),
    data=analysis.residuals,
)

# %% [markdown]
# ## The published forms and others
#
# {numref}`tab-{{ label }}-laws` gives the coefficients. The exponent is one over the slope. In
# {numref}`tab-{{ label }}-forms` the forms are compared as densities of the same logarithm of error: the published two
# differ by {{ aic_difference }} in AIC, in favour of the {{ likelier }} form, and the test of
# {cite:t}`vuong1989likelihood` {{ "tells" if told_apart else "cannot tell" }} them apart at {{ significance }}
# ({{ vuong_p }}).

# %% tags=["hide-input"]
every_form = select_every_form(analysis.regressions, OWN, compute)
show_table(
    render_laws(every_form),
    name=f"tab-{label}-laws",
    caption=(
        f"Laws, n = {len(models)}, with {percent(LEVEL)} intervals of the exponent; computing in GFLOP. A form that the"
        " data do not carry has the reason instead."
    ),
    data=every_form,
    widths="25 10 18 10 19 8 10",
)

# %% tags=["hide-input"]
show_table(
    render_fits(analysis.forms),
    name=f"tab-{label}-forms",
    caption=f"How well the forms fit, n = {len(models)}. Prediction errors are root mean squares in decades of error.",
    data=analysis.forms,
    widths="30 14 14 14 14 14",
)

# %% [markdown]
# ## What the exponent depends on
#
# {numref}`fig-{{ label }}-ways` and {numref}`tab-{{ label }}-ways` fit the polynomial form in {{ ways_all }} other
# ways, each of which departs from ordinary least squares of performance on computing in one point. Of those with a p
# value, {{ ways_significant }} of {{ ways_tested }} have a slope that differs from zero at {{ significance }}.

# %% tags=["hide-input"]
show(
    draw_ways(analysis.ways),
    name=f"fig-{label}-ways",
    caption=(
        f"Exponent, polynomial form, fitted as published laws are and with one thing varied, with {percent(LEVEL)}"
        " intervals. The axis is even in the slope, one over the exponent; arrows lead to ends outside, and the dotted"
        " line is the slope of ordinary least squares."
    ),
    alt=describe_ways(analysis.ways),
    data=analysis.ways,
)

# %% tags=["hide-input"]
show_table(
    render_ways(analysis.ways),
    name=f"tab-{label}-ways",
    caption=f"Ways to fit the polynomial form, with {percent(LEVEL)} intervals of the exponent.",
    data=analysis.ways,
    widths="18 32 8 17 25",
)

# %% [markdown]
# ## What targets would take
#
# {numref}`tab-{{ label }}-targets` follows both laws to the targets, with what the computing would cost if it were
# spent as in 2020. A projection far beyond the data says what the law says, not what will happen.

# %% tags=["hide-input"]
shown = select_projections(analysis.projections, OWN)
show_table(
    render_targets(shown),
    name=f"tab-{label}-targets",
    caption=(
        f"Computing at which each law reaches a target, with {percent(LEVEL)} intervals and the decades between the"
        " most computing-intensive model and the projection."
    ),
    data=shown,
    widths="15 10 9 10 24 12 10 10",
)

# %% [markdown]
# ## What can and cannot be concluded
#
# {% if rises %}
# *Can.* Among these {{ n }} models computing and performance rise together ({{ p_value }}). *Cannot.* The models were
# not drawn at random, and several kinds of progress go with the computing, so the exponent is no price of progress by
# computing alone.
# {% elif significant %}
# *Can.* Among these {{ n }} models performance falls as computing grows ({{ p_value }}). *Cannot.* That computing does
# harm does not follow: something else differs between the models.
# {% else %}
# *Can.* These {{ n }} models do not show that performance rises with computing ({{ p_value }}). *Cannot.* That
# computing does not matter does not follow.
# {% endif %}
# {% if few %}
# With {{ n }} models the shape of the curve is out of reach: a bend or a floor could be there and would not show.
# {% endif %}
# {% if not told_apart %}
# Nor do the data say whether the polynomial or the exponential form holds, which matters most far beyond them.
# {% endif %}
#
# ## The models one by one
#
# {numref}`tab-{{ label }}-models` lists them all.

# %% tags=["hide-input"]
show_table(
    render_own(models),
    name=f"tab-{label}-models",
    caption=f"The {len(models)} models, lowest error first.",
    data=models[["model", "paper", "year", "error", "hardware_burden_gflop"]].rename(
        columns={"hardware_burden_gflop": "gflop"}
    ),
    widths="40 10 10 15 25",
)

# %% tags=["remove-cell"]
keep(
    regressions=analysis.regressions,
    projections=analysis.projections,
    forms=analysis.forms,
    influence=analysis.influence,
    bootstrap=analysis.bootstrap,
)

# %% tags=["remove-cell"]
polynomial = laws["polynomial"]
row = select_laws(analysis.regressions, OWN, compute).squeeze()
log10_low, log10_high = polynomial.log10_compute_range
compared = compare_forms(models["hardware_burden_gflop"], models["error"], papers_of(models), FORMS.values())
summary = summarise_ways(analysis.ways)
farthest = analysis.residuals.loc[analysis.residuals["residual_decades"].abs().idxmax()]
known = models["year"].dropna()
record(
    title=title,
    about=about,
    label=label,
    table=table.rpartition("/")[2],
    metric=metric,
    compute=compute,
    computing_name=computing.lower(),
    level=percent(LEVEL),
    significance=percent(SIGNIFICANCE),
    n=len(models),
    papers=papers_of(models).nunique(),
    years="" if known.empty else f"{known.min()}" if known.min() == known.max() else f"{known.min()} to {known.max()}",
    low=power_of_ten(log10_low),
    high=power_of_ten(log10_high),
    span=decimal(log10_high - log10_low, 1),
    error_low=percent(models["error"].min()),
    error_high=percent(models["error"].max()),
    significant=bool(polynomial.p_value < SIGNIFICANCE),
    rises=bool(polynomial.p_value < SIGNIFICANCE and polynomial.slope > 0.0),
    exponent=decimal(row["exponent"], 1),
    exponent_interval=interval_text(Interval(row["exponent_low"], row["exponent_high"])),
    p_value=p_value_equation(polynomial.p_value),
    r2=percent(polynomial.r2),
    few=bool(len(models) < BREAK_MINIMUM_MODELS),
    residual_sd=decimal(np.sqrt(polynomial.residual_variance), 3),
    residual_factor=decimal(10 ** np.sqrt(polynomial.residual_variance)),
    farthest=escape(farthest["model"]),
    aic_difference=decimal(abs(compared.aic_difference), 1),
    likelier="polynomial" if compared.aic_difference > 0.0 else "exponential",
    told_apart=compared.told_apart,
    vuong_p=p_value_equation(compared.vuong.p_value),
    ways_all=len(analysis.ways) - 1,
    ways_fitted=summary.fitted,
    ways_low=decimal(summary.lowest, 1),
    ways_high=decimal(summary.highest, 1),
    ways_not_rising=summary.not_rising or "",
    ways_tested=summary.tested,
    ways_significant=summary.significant,
)
