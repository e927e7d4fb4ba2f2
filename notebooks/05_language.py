# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Language models
#
# **Finding.** On {{ significant }} of {{ count }} benchmarks of language models, performance rises with the computing
# of training: computing grows as performance to the power of {{ lowest }} to {{ highest }}, against
# {{ classic_lowest }} to {{ classic_highest }} on the benchmarks of 2020, though neither error nor computing is counted
# in the same way. Part of the difference is in who reports
# a score, for among scores from the same source the power is larger on {{ source_larger }} of {{ source_count }}
# benchmarks; and on {{ year_names }}, a year at the same computing brings {{ year_lowest }} to {{ year_highest }} times
# the performance.
#
# ## A domain that the paper did not have
#
# In 2020 the benchmarks of language were translation, questions on a passage and names in a text. Since then one model
# answers all kinds of questions, and the computing of its training is often known. {cite:t}`epoch2026benchmarks`
# collected scores from reports and leaderboards and ran some benchmarks itself; {cite:t}`epoch2026models` estimated the
# computing. Of {{ all_scores }} scores, {{ used }} count here. The others are left out: {{ left_out_text }}.
# {{ few_count }} benchmarks have fewer than {{ fewest }} scores left and no law: {{ few_text }}.
#
# Three choices make these scores a sample for a law.
#
# - *Error counts from guessing.* It is one minus the score over one minus that of guessing. In the polynomial form this
#   divides every error by one number and moves the intercept alone; in the others it matters.
# - *Families are the clusters.* {{ shown_scores }} scores come from {{ models }} models of {{ families }} families.
#   Versions of a model share its training, models of a family share data and recipe: standard errors are by family.
# - *Computing is operations performed*, not the hardware burden, which is larger by one over the utilisation. Exponents
#   can be compared where utilisation does not go with size, intercepts cannot.
#
# {numref}`fig-language` shows the benchmarks, {numref}`tab-language` their laws. Chapters of their own have
# {{ chapters }}.

# %% tags=["parameters", "hide-input"]
resamples = 10000
seed = 20200710

# %% tags=["hide-input"]
import numpy as np
import pandas as pd

from computational_limits.benchmarks import (
    FEWEST_SCORES,
    LANGUAGE_BASE,
    select_scores,
    summarise_language,
    tabulate_controls,
)
from computational_limits.diagnostics import EQUALLY_GOOD
from computational_limits.display import keep, record, show, show_table
from computational_limits.figures.language import describe_domains, draw_domains
from computational_limits.figures.scaling import describe_benchmarks, draw_benchmarks
from computational_limits.fits import WITH_YEAR
from computational_limits.language import DISTILLED, SPECULATIVE, read_language_scores
from computational_limits.regressions import HARDWARE_BURDEN, fit_forms, regress_every_way, regress_vintage, select_laws
from computational_limits.rendering import render_bends, render_language, render_language_ways
from computational_limits.robustness import tabulate_bootstrap, tabulate_forms, tabulate_influence
from computational_limits.scaling import POLYNOMIAL
from computational_limits.tables import read_table
from computational_limits.uncertainty import LEVEL, SIGNIFICANCE
from computational_limits.vintages import TRAINING_FLOP, read_models
from computational_limits.wording import decimal, listing, percent

benchmarks = read_table("language_benchmarks")
all_scores = read_language_scores(with_excluded=True)
scores = select_scores(all_scores)
counts = scores["benchmark"].value_counts().reindex(benchmarks["benchmark"], fill_value=0)
names = benchmarks.set_index("benchmark")["name"].to_dict()
shown = {key: names[key] for key in counts.index[counts >= FEWEST_SCORES]}

# %% tags=["hide-input"]
regressions = regress_every_way(scores, shown, [TRAINING_FLOP])
forms = pd.concat([tabulate_forms(scores, key, [TRAINING_FLOP]) for key in shown], ignore_index=True)
controls = pd.concat(
    [tabulate_controls(rows).assign(benchmark=key) for key, rows in all_scores.groupby("benchmark") if key in shown],
    ignore_index=True,
)
summary = summarise_language(scores, benchmarks, regressions, forms, controls)
laws = {key: fit_forms(scores[scores["benchmark"] == key], measure=TRAINING_FLOP) for key in shown}

# %% tags=["hide-input"]
show(
    draw_benchmarks(scores, laws, shown, TRAINING_FLOP),
    name="fig-language",
    caption=(
        f"Error above guessing against operations of training on {len(shown)} benchmarks of language models, vintage"
        f" {LANGUAGE_BASE.vintage}, with the polynomial form (line), the exponential form (dashes) and the"
        f" {percent(LEVEL)} prediction band of the polynomial form. Every score is a mark."
    ),
    alt=describe_benchmarks(laws, shown, TRAINING_FLOP),
    data=scores[scores["benchmark"].isin(shown)][
        ["model_id", "benchmark", "model", "paper", "training_gflop", "error"]
    ],
)

# %% tags=["hide-input"]
show_table(
    render_language(summary, names),
    name="tab-language",
    caption=(
        f"Polynomial laws of language models, error above guessing on operations of training, with {percent(LEVEL)}"
        " intervals of the exponent by family."
    ),
    data=summary,
    widths="19 8 8 9 13 10 10 15 8 11",
)

# %% [markdown]
# ## Beside the benchmarks of 2020
#
# {numref}`fig-language-exponents` sets the exponents beside those of the six benchmarks of the paper. {{ above }} of
# {{ count }} intervals lie wholly above the {{ theory }} that the paper derives as a lower bound, {{ below or "none" }}
# wholly below. The bound is about an error of prediction that falls with the root of the data, and computing that grows
# with its square. A share of wrong answers is another quantity, so an exponent below the bound would not refute it.
#
# A smaller exponent is no proof that language is easier either. A question can turn from wrong to right over a narrow
# range of models, and a test is taken up when it is within reach: earlier models guess, and no longer enter here; later
# ones are given another test. What is left is the steep part of a longer way.

# %% tags=["hide-input"]
theory = float(read_table("claims").set_index("claim_id").loc["theory-exponent", "published"])
published = read_table("benchmarks").set_index("benchmark")["name"].to_dict()
classic = select_laws(regress_vintage(read_models(), published, [HARDWARE_BURDEN]))
show(
    draw_domains(summary, classic, names | published, theory),
    name="fig-language-exponents",
    caption=(
        f"Exponents of the polynomial form with {percent(LEVEL)} intervals. Above the line language models, all scores"
        " and those from one source alike, intervals by family; below it the published points of 2020. Arrows lead to"
        " ends outside."
    ),
    alt=describe_domains(summary, classic, names | published),
    data=pd.concat([summary, classic], ignore_index=True),
)

# %% [markdown]
# ## Source, shots, versions and year
#
# {numref}`tab-language-ways` fits the same laws in other ways. *Same source* compares scores that one report or
# leaderboard gives, with a constant for each; *same shots* those with as many examples and the same kind of prompt; a
# number of examples that is not stated counts as one value. Half of the exponents change by a factor of
# {{ source_shift }} or more with the source held fixed and of {{ shots_shift }} or more with the shots held fixed: who
# reports matters more than how many examples are shown. {{ alone }} come from one source and state no shots.
#
# A year later, at the same computing, performance is {{ gain_lowest }} to {{ gain_highest }} times as high; the
# difference from one is significant at {{ significance }} on {{ year_count }} of {{ count }} benchmarks,
# {{ year_names }}. Computing and year correlate at {{ correlation_low }} to {{ correlation_high }}, so that the two can
# be told apart. The scores of these {{ year_count }} are of {{ year_first }} to {{ year_last }}, from models of which
# many are tuned or trained to reason at length after the training that is counted. Beside the year, computing has a
# slope that differs from zero on {{ beside_count or "none" }} of them.

# %% tags=["hide-input"]
show_table(
    render_language_ways(summary, names),
    name="tab-language-ways",
    caption=(
        f"Exponents of language models in other ways, with {percent(LEVEL)} intervals by family, and how many times the"
        " performance a year brings at the same computing. Empty where all scores are alike."
    ),
    data=summary,
    widths="17 17 17 17 17 18 15",
)

# %% [markdown]
# ## Saturation
#
# A score cannot pass the share of questions whose answer is right. If a law ran into that, a form with an irreducible
# error or with a flatter end should fit better. {numref}`tab-language-bends` tries both. {{ floors or "None" }} of
# {{ count }} benchmarks {{ "needs" if floors == "1" else "need" }} an irreducible error{% if floors %},
# {{ floor_names }}{% endif %}: the interval of the floor reaches down to zero on
# {{ "all" if not floors else "the others" }}. A break lowers AIC by more than
# {{ equally_good }} on {{ bending }}; the law becomes flatter on {{ flatter }} and steeper on {{ steeper }}. AIC takes
# scores as independent, so the better witness is the error of predicting a family left out. A break lowers it on
# {{ predicting }}.
#
# A steeper end is the opposite of saturation: near guessing, computing buys little, then more. Saturation is left as a
# reading of {{ flatter }}, and a change in how the largest models are trained is another.
#
# The labels set an end that these scores have not reached. {{ label_text }}

# %% tags=["hide-input"]
show_table(
    render_bends(summary, names),
    name="tab-language-bends",
    caption=(
        "Floors and breaks: the largest irreducible error within its interval, the error above guessing that flawed"
        " questions leave if all count against a model, the break with the slopes on its sides, by how much it lowers"
        " AIC, and by how much it changes the error of predicting a family left out, in decades (below zero is better)."
    ),
    data=summary,
    widths="18 11 11 11 10 10 10 12",
)

# %% [markdown]
# ## What can and cannot be concluded
#
# *Can.* More computing in training goes with fewer errors on {{ significant }} of {{ count }} benchmarks, over up to
# {{ decades }} decades; on {{ flat }} it does not show. The standard deviation around a law is a factor of
# {{ factor_low }} to {{ factor_high }} in error: computing alone does not place a model.
#
# *Cannot.* That computing buys the rest. Test questions reach the text that models learn from, and more text with more
# computing. Tuning after training raises scores and its computing is not in the counts, while data of high quality
# is not counted at all. Makers choose which benchmark, prompt and version to report. The largest models of the last
# years mostly have no published computing: {{ speculative }} scores are left out because their computing is a guess,
# and {{ distilled }} because a model learned from a larger one whose computing is not its own. Nor do a few families
# make many trials: with {{ fewest_families }} to {{ most_families }} families a benchmark, an interval by family is
# itself uncertain.

# %% tags=["remove-cell"]
without_chapter = benchmarks.loc[benchmarks["chapter"] == "no", "benchmark"]
alone = [key for key in shown if key in set(without_chapter)]
keep(
    regressions=regressions[regressions["benchmark"].isin(alone)],
    forms=forms[forms["benchmark"].isin(alone)],
    influence=pd.concat([tabulate_influence(scores, key, [TRAINING_FLOP]) for key in alone], ignore_index=True),
    bootstrap=pd.concat(
        [tabulate_bootstrap(scores, key, seed, [TRAINING_FLOP], resamples) for key in alone], ignore_index=True
    ),
    language=summary,
)

# %% tags=["remove-cell"]
steady = summary[summary["p_value"] < SIGNIFICANCE]
sloped = classic[classic["p_value"] < SIGNIFICANCE]
reasons = all_scores["excluded"].value_counts()
titles = benchmarks.set_index("benchmark")["title"]
few = counts[counts < FEWEST_SCORES]
by_source = summary.dropna(subset="source_exponent")
used_here = scores[scores["benchmark"].isin(shown)]
with_chapter = benchmarks[benchmarks["chapter"] == "yes"]
record(
    count=len(summary),
    lowest=decimal(steady["exponent"].min(), 1),
    highest=decimal(steady["exponent"].max(), 1),
    classic_lowest=decimal(sloped["exponent"].min(), 1),
    classic_highest=decimal(sloped["exponent"].max(), 1),
    source_larger=int((by_source["source_exponent"] > by_source["exponent"]).sum()),
    source_count=len(by_source),
    all_scores=f"{len(all_scores):,}",
    used=len(scores),
    shown_scores=len(used_here),
    models=used_here["trained"].nunique(),
    families=used_here["paper"].nunique(),
    left_out_text="; ".join(f"{reason}, {number}" for reason, number in reasons.items()),
    speculative=reasons[SPECULATIVE],
    distilled=reasons[DISTILLED],
    few_count=len(few),
    fewest=FEWEST_SCORES,
    few_text=listing([f"{title[:1].lower()}{title[1:]} ({counts[key]})" for key, title in titles[few.index].items()]),
    chapters=listing(
        [f"{{doc}}`{row.name} <benchmarks/{row.benchmark}>`" for row in with_chapter.itertuples(index=False)]
    ),
    theory=decimal(theory, 0),
    above=int((summary["exponent_low"] > theory).sum()),
    below=int((summary["exponent_high"] < theory).sum()) or "",
    significance=percent(SIGNIFICANCE),
    significant=len(steady),
    flat=listing([names[key] for key in summary.loc[summary["p_value"] >= SIGNIFICANCE, "benchmark"]]) or "none",
)

# %% tags=["remove-cell"]
with_year = summary[summary["year_p_value"] < SIGNIFICANCE]
beside = regressions[
    (regressions["estimator"] == WITH_YEAR)
    & (regressions["errors"] == LANGUAGE_BASE.errors)
    & (regressions["form"] == POLYNOMIAL.name)
].set_index("benchmark")["p_value"]
changes = {
    stem: np.exp(np.log(by_source[f"{stem}_exponent"] / by_source["exponent"]).abs().median())
    for stem in ("source", "shots")
}
bent = summary[summary["break_gain"] > EQUALLY_GOOD]
flatter = bent[bent["slope_above"] < bent["slope_below"]]
floored = summary[summary["floor_low"] > 0.0]
labelled = summary.dropna(subset="label_floor")
spans = np.log10(used_here.groupby("benchmark")["training_gflop"].agg(["min", "max"]))
factors = [10 ** np.sqrt(forms_of["polynomial"].residual_variance) for forms_of in laws.values()]
record(
    source_shift=decimal(changes["source"]),
    shots_shift=decimal(changes["shots"]),
    alone=listing([names[key] for key in summary.loc[summary["source_exponent"].isna(), "benchmark"]]),
    gain_lowest=decimal(10 ** summary["year_slope"].min()),
    gain_highest=decimal(10 ** summary["year_slope"].max()),
    year_lowest=decimal(10 ** with_year["year_slope"].min()),
    year_highest=decimal(10 ** with_year["year_slope"].max()),
    year_count=len(with_year),
    year_names=listing([names[key] for key in with_year["benchmark"]]),
    year_first=with_year["first_year"].min(),
    year_last=with_year["last_year"].max(),
    beside_count=int((beside[with_year["benchmark"]] < SIGNIFICANCE).sum()) or "",
    correlation_low=decimal(summary["year_correlation"].min()),
    correlation_high=decimal(summary["year_correlation"].max()),
    floors=len(floored) or "",
    floor_names=listing([names[key] for key in floored["benchmark"]]),
    equally_good=decimal(EQUALLY_GOOD, 0),
    bending=len(bent),
    flatter=listing([names[key] for key in flatter["benchmark"]]),
    steeper=listing([names[key] for key in bent["benchmark"] if key not in set(flatter["benchmark"])]),
    predicting=listing([names[key] for key in bent.loc[bent["break_lopo_gain"] > 0.0, "benchmark"]]),
    label_text=" ".join(
        f"On {names[row.benchmark]} an error above guessing below {percent(row.label_floor)} would mean that flawed"
        f" questions are answered as their key has them; the lowest is {percent(row.lowest_error)}, and the form with a"
        f" floor allows at most {percent(row.floor_high)}."
        for row in labelled.itertuples()
    ),
    decades=decimal((spans["max"] - spans["min"]).max(), 1),
    factor_low=decimal(min(factors)),
    factor_high=decimal(max(factors)),
    fewest_families=summary["families"].min(),
    most_families=summary["families"].max(),
)
