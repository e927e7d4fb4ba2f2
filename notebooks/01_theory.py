# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Theory: why flexible models need so much data
#
# **Finding.** A model that may use all {{ covariates }} covariates needs {{ flexible_size }} observations to reach the
# error that an oracle, which knows the {{ relevant }} that matter, reaches with {{ oracle_size }}. A penalty brings
# that down to {{ textbook_size }} observations under the textbook penalty and to {{ best_size }} under the best one.
#
# ## The problem
#
# {cite:t}`thompson2020computational` compare four ways to learn a sparse linear model
#
# $$
# y = x^\top b + e, \qquad x \sim \mathcal{N}(0, I_p), \qquad e \sim \mathcal{N}(0, \sigma^2),
# $$ (eq-design)
#
# in which only $s$ of the $p$ coefficients differ from zero. The *oracle* fits the $s$ right covariates. The *expert*
# fits as many, but one of them is wrong. The *flexible* model fits all $p$, with the smallest norm where there are
# fewer observations than covariates. The *regularised flexible* model is the LASSO {cite:p}`tibshirani1996regression`
# on all $p$. The first code cell of this notebook sets the problem; the noise level and the law of the
# coefficients were not published.

# %% tags=["parameters", "hide-input"]
covariates = 1000
relevant = 10
snr = 30.0
largest_size = 10_000

# %% tags=["hide-input"]
import numpy as np
import pandas as pd

from computational_limits.claims import NEAR, REFERENCE_RISK
from computational_limits.display import record, show, show_table
from computational_limits.figures.theory import (
    describe_learning_curves,
    draw_learning_curves,
    tabulate_curves,
)
from computational_limits.tables import read_table
from computational_limits.theory.design import Design
from computational_limits.theory.sizes import best_lasso_size, lasso_size, least_squares_size
from computational_limits.theory.state_evolution import textbook_penalty, universal_penalty
from computational_limits.wording import decimal, listing, percent

design = Design(covariates=covariates, relevant=relevant, snr=snr)

# %% [markdown]
# ## Learning curves in closed form
#
# For a Gaussian query the excess risk of an estimate is $|\hat b - b|^2$, and its expectation after $n$ observations
# follows from the inverse Wishart distribution {cite:p}`muirhead1982aspects`:
#
# $$
# R_\text{oracle} = \frac{\sigma^2 s}{n - s - 1}, \qquad
# R_\text{expert} = c^2 + \frac{(\sigma^2 + c^2)\, s}{n - s - 1}, \qquad
# R_\text{flexible} = \begin{cases}
#   \dfrac{\sigma^2 p}{n - p - 1} & n > p + 1, \\[2ex]
#   |b|^2 \left(1 - \dfrac{n}{p}\right) + \dfrac{\sigma^2 n}{p - n - 1} & n < p - 1,
# \end{cases}
# $$ (eq-risks)
#
# with $c$ the coefficient that the expert leaves out. The expert's error never falls below $c^2$. The flexible model's
# risk has no mean at $n = p$, falls on both sides of it {cite:p}`belkin2019reconciling,hastie2022surprises`, and only
# then follows the oracle at a distance. The curve of the LASSO comes from state evolution {cite:p}`bayati2012lasso`,
# which is exact in the limit of many covariates. {numref}`fig-learning-curves` shows all of them.

# %% tags=["hide-input"]
sizes = np.unique(np.geomspace(relevant + 2, largest_size, 90).round().astype(int))
near_threshold = covariates + np.array([-100, -50, -20, -10, -5, 5, 10, 20, 50, 100])
sizes = np.union1d(sizes, near_threshold[near_threshold > relevant + 2])
curves = tabulate_curves(sizes, design)

# %% tags=["hide-input"]
show(
    draw_learning_curves(curves, design),
    name="fig-learning-curves",
    caption=(
        f"Performance against observations for p = {covariates}, s = {relevant} and a signal-to-noise ratio of"
        f" {snr:g}: expectations in closed form, and state evolution for the LASSO. Nothing is simulated."
    ),
    alt=describe_learning_curves(curves, design),
    data=curves,
)

# %% [markdown]
# ## Where {{ published_sizes }} come from
#
# The paper states three sample sizes at which the oracle, the regularised and the flexible model perform alike, and
# not the noise at which they do. The published performance is the mean of the *logarithm* of the risk. One draw of the
# least-squares risk on $k$ covariates is distributed as
#
# $$
# R \sim \sigma^2 \, \frac{\chi^2_k}{\chi^2_{n-k+1}}, \qquad
# \mathbb{E} \ln R = \ln \sigma^2 + \psi\!\left(\tfrac{k}{2}\right) - \psi\!\left(\tfrac{n-k+1}{2}\right),
# $$ (eq-log-risk)
#
# with $\psi$ the digamma function. At a risk of {{ reference }} times the noise this gives the two published sizes of
# the least-squares models to the digit, at any noise level ({numref}`tab-sizes`). For the LASSO the size depends on
# the penalty, which was not published: the textbook penalty $2\sigma\sqrt{\ln p / n}$ comes within {{ near }} of the
# published number, the best penalty needs little more than half of it.

# %% tags=["hide-input"]
found = pd.DataFrame(
    [
        ("oracle", "none", least_squares_size(relevant, REFERENCE_RISK)),
        ("regularised flexible", "best in hindsight", best_lasso_size(REFERENCE_RISK, design)),
        (
            "regularised flexible",
            r"universal, $\sigma\sqrt{2 \ln p / n}$",
            lasso_size(universal_penalty, REFERENCE_RISK, design),
        ),
        (
            "regularised flexible",
            r"textbook, $2\sigma\sqrt{\ln p / n}$",
            lasso_size(textbook_penalty, REFERENCE_RISK, design),
        ),
        ("flexible", "none", least_squares_size(covariates, REFERENCE_RISK)),
    ],
    columns=["Estimator", "Penalty", "Observations"],
)

# %% tags=["hide-input"]
show_table(
    found,
    name="tab-sizes",
    caption=f"Observations at which each estimator first reaches a risk of {REFERENCE_RISK:g} times the noise.",
    widths="30 50 20",
)

# %% [markdown]
# ## Limits of this chapter
#
# The curves are expectations, or asymptotics for the LASSO; a simulation at the published 1,000 repetitions, with
# cross-validation and standard errors, is not part of this edition. Nor is the second panel of the paper's figure,
# computing against performance.

# %% tags=["remove-cell"]
oracle, best, _, textbook, flexible = found["Observations"]
published = read_table("claims").set_index("claim_id")["published"]
record(
    covariates=f"{covariates:,}",
    relevant=relevant,
    reference=decimal(REFERENCE_RISK, 0),
    near=percent(NEAR),
    oracle_size=oracle,
    flexible_size=f"{flexible:,}",
    textbook_size=textbook,
    best_size=best,
    published_sizes=listing(published.loc[["sim-oracle-n", "sim-regularised-n", "sim-flexible-n"]].tolist()),
)
