# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The benchmarks side by side
#
# **Finding.** Which variable is regressed on which matters as much as which data: the exponents of the
# {{ significant_count }} benchmarks with a significant slope, {{ lowest }} to {{ highest }} as published, become
# {{ lowest_inverse }} to {{ highest_inverse }} when computing is regressed on performance. {{ above_count }} of
# {{ benchmark_count }} published exponents lie above the {{ theory }} that the paper derives as a lower bound, interval
# and all; in the other direction {{ above_inverse }}. Whether there is a slope depends on the estimator on
# {{ by_estimator }} of {{ benchmark_count }} benchmarks, and the two forms of the law can be told apart on
# {{ apart_count }}.
#
# ## Exponents
#
# {numref}`fig-exponents` sets the polynomial laws of hardware burden beside each other, by vintage and by direction.
# {numref}`tab-exponents` gives the published regressions, {numref}`tab-directions` the others before and after the
# audit. Intervals that overlap do not make the benchmarks alike: each has its own score, and one over error means
# something else in each.
#
# By vintage, the exponent of {{ widest_name }} moves most: in the published direction from {{ widest_low }} to
# {{ widest_high }}.

# %% tags=["hide-input"]
import pandas as pd

from computational_limits.audit import TOLERANCE, is_wrong
from computational_limits.claims import REPRODUCED, Evidence, judge_claims
from computational_limits.diagnostics import EQUALLY_GOOD, tabulate_form_comparison
from computational_limits.display import keep, record, show, show_table
from computational_limits.figures.comparison import describe_exponents, draw_exponents
from computational_limits.fits import COMPUTING_ON_PERFORMANCE, DIRECTIONS, ORTHOGONAL
from computational_limits.regressions import select_laws, tabulate_answers
from computational_limits.rendering import (
    render_answers,
    render_comparison,
    render_directions,
    render_forms,
    render_verdicts,
)
from computational_limits.results import read_results
from computational_limits.scaling import PERFORMANCE_ON_COMPUTING
from computational_limits.tables import read_table
from computational_limits.uncertainty import LEVEL, SIGNIFICANCE
from computational_limits.vintages import AUDITED, PUBLISHED, VINTAGES, read_models
from computational_limits.wording import decimal, listing, p_value_text, percent

names = read_table("benchmarks").set_index("benchmark")["name"].to_dict()
claims = read_table("claims")
theory = float(claims.set_index("claim_id").loc["theory-exponent", "published"])
regressions = read_results("regressions")
published = select_laws(regressions)
exponents = pd.concat(
    [select_laws(regressions, vintage, direction=direction) for vintage in VINTAGES for direction in DIRECTIONS],
    ignore_index=True,
)

# %% tags=["hide-input"]
show(
    draw_exponents(exponents, names, theory),
    name="fig-exponents",
    caption=(
        f"Exponent of each benchmark by vintage and direction, polynomial form, hardware burden, with {percent(LEVEL)}"
        f" intervals. The dashed line is the lower bound of theory, {theory:g}. An arrow to the right marks an interval"
        " without an upper bound or beyond the axis, one to the left an interval that goes on below the axis."
    ),
    alt=describe_exponents(exponents, names),
    data=exponents,
)

# %% tags=["hide-input"]
show_table(
    render_comparison(published, names),
    name="tab-exponents",
    caption=f"Published regressions of all benchmarks, with {percent(LEVEL)} intervals of the exponent.",
    data=published,
)

# %% [markdown]
# ## What the direction does
#
# The published regression takes computing as known and puts all scatter into performance. That answers how good a model
# of a given burden will be. As a law of what performance costs, it has the uncertain variable on the wrong side: a
# score is counted on a fixed test set, while a burden multiplies devices, a rate and a time read out of a paper, and
# the {doc}`audit` finds {{ wrong }} of {{ points }} wrong by more than {{ tolerance }}. Errors in a predictor flatten
# the line. The exponent is one over its slope, so it comes out too large.
#
# Computing on performance puts all scatter into computing. Its exponent is R² times the published one, which divides
# the exponents here by {{ least_factor }} to {{ largest_factor }}. It is too small as far as models of equal burden
# do differ in performance. If both hold, the truth lies between the two. The reduced major axis takes the geometric
# mean of both. The line of least distances at right angles hardly differs from the published one, by at most
# {{ orthogonal_share }}: the logarithm of performance varies so much less than that of computing that a distance from
# the line is almost all performance {cite:p}`warton2006bivariate`. A direction changes neither R² nor the p value of
# the slope.
#
# On ImageNet the range from one direction to the other is {{ imagenet_inverse }} to {{ imagenet }} for the published
# points and {{ imagenet_inverse_audited }} to {{ imagenet_audited }} after the audit.
#
# Where there is no slope, a direction says little: the interval of computing on performance holds zero for
# {{ zero_names }}, while the reduced major axis has a bounded interval there only because its sign is taken for
# granted.

# %% tags=["hide-input"]
both = exponents[exponents["vintage"].isin([PUBLISHED, AUDITED])]
show_table(
    render_directions(both, names, DIRECTIONS),
    name="tab-directions",
    caption=f"Exponents by direction before and after the audit, with {percent(LEVEL)} intervals.",
    data=both,
    widths="16 10 20 18 18 18",
)

# %% [markdown]
# ## Is there a slope?
#
# {numref}`tab-answers` asks other regressions of the 2020 points whether performance rises with computing, at
# {{ significance }}. *Errors* are standard errors for unequal variances, by paper, and by leaving out papers.
# *Estimators* are Theil-Sen, three quantiles and the best models so far; those of outer quantiles and of few models
# have little power, so that no slope there is weak evidence. *With the year*, the slope is that among models of
# one year. The answer changes with the errors on {{ by_errors }} of {{ benchmark_count }} benchmarks, with the
# estimator on {{ by_estimator }}, with the year on {{ by_year }}. {{ robust_text }}

# %% tags=["hide-input"]
answers = tabulate_answers(regressions)
show_table(
    render_answers(answers, published, names),
    name="tab-answers",
    caption=(
        "How many other regressions of performance on computing answer otherwise than the published one whether there"
        " is a slope, with the smallest and largest p value among them; polynomial form, vintage 2020."
    ),
    data=answers,
    widths="20 14 22 22 22",
)

# %% [markdown]
# ## Which form?
#
# The paper uses the polynomial and the exponential form side by side and, as it was relayed to this project, states
# that both fit about equally well. {numref}`tab-forms` compares them as densities of the same logarithm of error: by
# AIC, where a difference up to {{ equally_good }} means about the same support {cite:p}`burnham2002model`, by the test
# of {cite:t}`vuong1989likelihood`, and by the error of predicting the models of a paper left out, in decades of error.
#
# On {{ equal_count }} of {{ benchmark_count }} benchmarks the published points do not tell the forms apart
# ({{ equal_audited }} after the audit), and the errors of prediction differ by at most {{ miss_gap }} decades.
# {{ apart_text }} In the records of 2022 the forms are about equal on {{ equal_2022 }}.
# That two forms fit equally well is a statement about the range of the data. Beyond it they part company, as
# {doc}`targets` shows.

# %% tags=["hide-input"]
forms = pd.concat([tabulate_form_comparison(read_models(vintage), names) for vintage in VINTAGES], ignore_index=True)
compared = forms[forms["vintage"].isin([PUBLISHED, AUDITED])]
show_table(
    render_forms(compared, names),
    name="tab-forms",
    caption=(
        "The polynomial against the exponential form: AIC of the exponential less that of the polynomial, positive"
        " where the polynomial fits better; p value of Vuong's test; root mean square error in predicting the models of"
        " a paper left out, in decades of error."
    ),
    data=forms,
    widths="20 12 8 14 12 14 14 12",
)

# %% [markdown]
# ## What was published
#
# {numref}`tab-practice-claims` holds the statements of the paper about its regressions against ours. The verdict is
# about the published regression; the reason tells what the audited burdens and the other directions give.
# {{ reproduced }} of {{ statement_count }} are reproduced.

# %% tags=["hide-input"]
statements = claims[claims["claim_id"].str.fullmatch("practice-exponent-.*|r2-.*|ende-excluded|forms-equal")]
evidence = Evidence(regressions, pd.DataFrame(), pd.DataFrame(), statements, forms=forms)
judged = judge_claims(evidence)
show_table(
    render_verdicts(judged),
    name="tab-practice-claims",
    caption=f"Published statements about the regressions beside ours, with {percent(LEVEL)} intervals of estimates.",
    data=judged,
    widths="24 9 18 12 37",
)

# %% [markdown]
# ## Limits
#
# {{ significant_names }} show a slope that differs from zero at {{ significance }} in the published regression;
# {{ flat_names }} does not. The laws explain {{ r2_low }} to {{ r2_high }} of the variance where there is one.
# Every interval here treats the models of a benchmark as independent, except where errors are by paper. No direction
# knows how large the errors of the burdens are; with an estimate of them, the slope could be corrected rather than
# bracketed. Several tests on the same few models will differ by chance alone, so a single changed answer proves
# nothing. That they change on most benchmarks shows how little {{ model_count }} models can carry.

# %% tags=["remove-cell"]
keep(form_comparison=forms)

# %% tags=["remove-cell"]
laws = published.set_index("benchmark")
significant = laws[laws["p_value"] < SIGNIFICANCE].sort_values("exponent")
flat = laws[laws["p_value"] >= SIGNIFICANCE]
turned = {
    (vintage, direction): select_laws(regressions, vintage, direction=direction).set_index("benchmark")
    for vintage in (PUBLISHED, AUDITED)
    for direction in DIRECTIONS
}
inverse = turned[PUBLISHED, COMPUTING_ON_PERFORMANCE]
inverse_significant = inverse.loc[significant.index, "exponent"]
factors = significant["exponent"] / inverse_significant
orthogonal = turned[PUBLISHED, ORTHOGONAL].loc[significant.index, "exponent"]
holds_zero = inverse[(inverse["exponent_low"] <= 0.0) & (inverse["exponent_high"] >= 0.0)]
by_vintage = pd.concat([select_laws(regressions, vintage) for vintage in VINTAGES])
spans = by_vintage[by_vintage["benchmark"].isin(significant.index)].groupby("benchmark")["exponent"].agg(["min", "max"])
widest = (spans["max"] / spans["min"]).idxmax()
audited = read_results("audit")
points = audited[audited["vintage"] == PUBLISHED]
record(
    benchmark_count=len(laws),
    significant_count=len(significant),
    above_count=int((laws["exponent_low"] > theory).sum()),
    above_inverse=int((inverse["exponent_low"] > theory).sum()),
    theory=decimal(theory, 0),
    lowest=decimal(significant["exponent"].min(), 1),
    highest=decimal(significant["exponent"].max(), 1),
    lowest_inverse=decimal(inverse_significant.min(), 1),
    highest_inverse=decimal(inverse_significant.max(), 1),
    least_factor=decimal(factors.min(), 1),
    largest_factor=decimal(factors.max(), 1),
    orthogonal_share=percent((orthogonal / significant["exponent"] - 1.0).abs().max()),
    imagenet=decimal(laws.loc["imagenet", "exponent"], 1),
    imagenet_inverse=decimal(inverse.loc["imagenet", "exponent"], 1),
    imagenet_audited=decimal(turned[AUDITED, PERFORMANCE_ON_COMPUTING].loc["imagenet", "exponent"], 1),
    imagenet_inverse_audited=decimal(turned[AUDITED, COMPUTING_ON_PERFORMANCE].loc["imagenet", "exponent"], 1),
    widest_name=names[widest],
    widest_low=decimal(spans.loc[widest, "min"], 1),
    widest_high=decimal(spans.loc[widest, "max"], 1),
    wrong=int(is_wrong(points).sum()),
    points=len(points),
    tolerance=percent(TOLERANCE),
    zero_names=listing([names[key] for key in holds_zero.index]),
    significance=percent(SIGNIFICANCE),
    significant_names=listing([names[key] for key in significant.index]),
    flat_names=listing([names[key] for key in flat.index]),
    r2_low=percent(significant["r2"].min()),
    r2_high=percent(significant["r2"].max()),
    model_count=int(laws["n"].sum()),
)

# %% tags=["remove-cell"]
changing = answers.groupby(["variation", "benchmark"])["changes"].any()
changed_anywhere = answers.groupby("benchmark", sort=False)["changes"].any()
steady = changed_anywhere[~changed_anywhere]
forms_of = {vintage: table.set_index("benchmark") for vintage, table in forms.groupby("vintage")}
told = forms_of[PUBLISHED].query("told_apart")
equal = forms_of[PUBLISHED].query("about_equal")
record(
    by_errors=int(changing["errors"].sum()),
    by_estimator=int(changing["estimators"].sum()),
    by_year=int(changing["year"].sum()),
    robust_text=(
        f"Every regression gives the published answer on {listing([names[key] for key in steady.index])} only."
        if len(steady)
        else "On no benchmark do all regressions give the published answer."
    ),
    apart_count=len(told),
    apart_text=" ".join(
        f"On {names[row.Index]} the {'polynomial' if row.aic_difference > 0.0 else 'exponential'} form fits better by"
        f" {decimal(abs(row.aic_difference), 1)} in AIC (p = {p_value_text(row.vuong_p_value)}) and predicts the models"
        f" of a paper left out to {decimal(row.polynomial_lopo_error, 3)} decades against"
        f" {decimal(row.exponential_lopo_error, 3)}."
        for row in told.itertuples()
    ),
    equally_good=decimal(EQUALLY_GOOD, 0),
    equal_count=len(equal),
    equal_audited=int(forms_of[AUDITED]["about_equal"].sum()),
    equal_2022=int(forms_of["2022"]["about_equal"].sum()),
    miss_gap=decimal((equal["polynomial_lopo_error"] - equal["exponential_lopo_error"]).abs().max(), 3),
    statement_count=len(judged),
    reproduced=int((judged["verdict"] == REPRODUCED).sum()),
)
