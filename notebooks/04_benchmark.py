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
# {% if significant %}
# **Finding.** On {{ name }}, computing grows as performance to the power of {{ exponent }}, with a {{ level }}
# interval of {{ exponent_interval }}. The law explains {{ r2 }} of the variance among {{ n }} models{% if r2_minor %}:
# more than half of what separates them is something else{% endif %}.
# {% else %}
# **Finding.** On {{ name }}, the {{ n }} published models carry no law: the slope does not differ from zero
# (p = {{ p_value }}), and the exponent could be {{ exponent_interval }}. The models span only
# {{ span }} decades of computing.
# {% endif %}
#
# ## The question
#
# {{ task }} The benchmark was introduced by {cite:t}`{{ introduced_by }}` and reports {{ score_name }}; error is one
# minus that score. {{ caution }}

# %% tags=["parameters", "hide-input"]
benchmark = "imagenet"

# %% tags=["hide-input"]
from computational_limits.diagnostics import compare_forms
from computational_limits.display import keep, record, show, show_table
from computational_limits.figures.scaling import describe_scaling, draw_scaling
from computational_limits.projection import costs_from, project_targets
from computational_limits.regressions import fit_forms, regress_every_way, tabulate_regressions
from computational_limits.rendering import (
    render_coefficients,
    render_models,
    render_targets,
)
from computational_limits.scaling import FORMS
from computational_limits.tables import read_table
from computational_limits.uncertainty import LEVEL, SIGNIFICANCE, Interval
from computational_limits.vintages import read_models
from computational_limits.wording import decimal, interval_text, p_value_text, percent, power_of_ten, powers_text

about = read_table("benchmarks").set_index("benchmark").loc[benchmark]
models = read_models(benchmark=benchmark)
laws = fit_forms(models)
regressions = tabulate_regressions(laws, benchmark, "2020", "hardware_burden")

# %% [markdown]
# ## The models
#
# {numref}`fig-{{ benchmark }}` shows the {{ n }} models of the 2020 vintage with both forms fitted by ordinary least
# squares: in the *polynomial* form the logarithm of performance is linear in the logarithm of computing, in the
# *exponential* form performance itself is.

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
# ## The two forms
#
# {numref}`tab-{{ benchmark }}-laws` gives the coefficients. The exponent is one over the slope: in the polynomial form
# the power of performance that computing grows with, in the exponential form the decades of computing that one more
# unit of performance takes.
# {% if significant %}
# The two forms explain {{ r2 }} and {{ r2_exponential }} of the variance. As densities of the same logarithm of error
# they differ by {{ aic_difference }} in AIC, in favour of the {{ likelier }} form, and the test of
# {cite:t}`vuong1989likelihood` {{ "tells" if told_apart else "cannot tell" }} them apart at {{ significance }}
# (p = {{ vuong_p }}).
# {% else %}
# Neither form explains more than {{ r2_larger }} of the variance.
# {% endif %}

# %% tags=["hide-input"]
show_table(
    render_coefficients(regressions),
    name=f"tab-{benchmark}-laws",
    caption=f"Laws of {about['name']} with {percent(LEVEL)} intervals of the exponent; computing in GFLOP.",
    data=regressions,
)

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
# The paper prints no targets for this benchmark, and with a slope that may be zero none can be projected: any computing
# would do, or none.
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
# {% if significant %}
# With {{ n }} models, computing and performance rise together on {{ name }} (p = {{ p_value }}). The size of the
# exponent is less sure: its interval spans a factor of {{ exponent_factor }}. The models were not drawn at random,
# the burdens are as published, and several rows share a paper, so the interval is a lower bound on what is unknown.
# The {doc}`audit <../audit>` disputes {{ disputed }} of these burdens and fits the law again to the corrected ones.
# {% else %}
# That computing does not matter on {{ name }} does not follow either: over {{ span }} decades of computing a slope
# like that of the other benchmarks could hide in the scatter. The authors set this benchmark aside, and so does every
# summary in this book.
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
keep(regressions=regress_every_way(models, [benchmark]), projections=projections)

# %% tags=["remove-cell"]
polynomial, exponential = laws["polynomial"], laws["exponential"]
row = regressions.set_index("form").loc["polynomial"]
low, high = polynomial.log10_compute_range
comparison = compare_forms(models["hardware_burden_gflop"], models["error"], models["paper"], FORMS.values())
record(
    benchmark=benchmark,
    **about[["title", "name", "task", "score_name", "introduced_by", "caution"]],
    level=percent(LEVEL),
    n=len(models),
    disputed=int(models["model_id"].isin(read_table("corrections")["model_id"]).sum()),
    significant=bool(polynomial.p_value < SIGNIFICANCE),
    exponent=decimal(polynomial.exponent, 1),
    exponent_interval=interval_text(Interval(row["exponent_low"], row["exponent_high"])),
    exponent_factor=decimal(row["exponent_high"] / row["exponent_low"], 1),
    p_value=p_value_text(polynomial.p_value),
    r2=percent(polynomial.r2),
    r2_minor=bool(polynomial.r2 < 0.5),
    r2_exponential=percent(exponential.r2),
    aic_difference=decimal(abs(comparison.aic_difference), 1),
    likelier=polynomial.form.name if comparison.aic_difference > 0.0 else exponential.form.name,
    told_apart=comparison.told_apart,
    vuong_p=p_value_text(comparison.vuong.p_value),
    significance=percent(SIGNIFICANCE),
    r2_larger=percent(max(polynomial.r2, exponential.r2)),
    span=decimal(high - low, 1),
    has_targets=bool(len(targets)),
)

# %% tags=["remove-cell"]
if len(targets):
    first = projections.query("form == 'polynomial' and label == 'target 1'").squeeze()
    record(
        target_gflop=power_of_ten(first["log10_gflop"]),
        target_decades=decimal(first["decades_beyond_data"], 1),
        target_interval=powers_text(Interval(first["log10_gflop_low"], first["log10_gflop_high"])),
    )
