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
# error that an oracle, which knows the {{ relevant }} that matter, reaches with {{ oracle_size }}. The LASSO needs
# {{ textbook_size }} under the textbook penalty, close to the published {{ published_size }}, but {{ validated_size }}
# under cross-validation. Computing then grows with performance to the power {{ pass_exponent }}.
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
# on all $p$. The first code cell of this notebook sets the problem. The noise level, the law of the coefficients and
# the choice of the penalty were not published, so this chapter varies them.

# %% tags=["parameters", "hide-input"]
covariates = 1000
relevant = 10
snr = 30.0
coefficient_law = "equal"
repetitions = 20  # for another design than that of the book, which has its simulation ready

# %% tags=["hide-input"]
import numpy as np
import pandas as pd

from computational_limits.claims import REFERENCE_RISK
from computational_limits.display import record, show, show_chart, show_table
from computational_limits.figures.descent import describe_early_stopping, draw_early_stopping
from computational_limits.figures.growth import describe_growth, draw_growth
from computational_limits.figures.style import ERRORS_SHOWN
from computational_limits.figures.theory import (
    describe_computing,
    describe_grid,
    describe_performance,
    describe_sizes,
    draw_computing,
    draw_grid,
    draw_performance,
    draw_sizes,
)
from computational_limits.rendering import render_growth, render_sizes
from computational_limits.results import read_results
from computational_limits.tables import read_table
from computational_limits.theory.coordinate_descent import TOLERANCE
from computational_limits.theory.curves import add_formulas, tabulate_curves
from computational_limits.theory.design import (
    COEFFICIENT_LAWS,
    CROSS_VALIDATION,
    DESIGN_COLUMNS,
    EXPERT,
    FLEXIBLE,
    ORACLE,
    SEED,
    Design,
)
from computational_limits.theory.gradient_flow import best_stopping, flow_risk, simulate_descent
from computational_limits.theory.growth import LARGE, fit_growth, large_growth, predict_growth
from computational_limits.theory.risk import flexible_risk, oracle_risk
from computational_limits.theory.simulation import FOLDS, PATH_LENGTH, RULES, SIZES, simulate, summarise
from computational_limits.theory.sizes import lasso_size, least_squares_size, simulated_sizes
from computational_limits.theory.state_evolution import PENALTIES, best_risk
from computational_limits.theory_chart import theory_chart
from computational_limits.uncertainty import LEVEL
from computational_limits.wording import decimal, listing, percent, power_of_ten

design = Design(covariates=covariates, relevant=relevant, snr=snr, coefficient_law=coefficient_law)
chosen = dict(zip(DESIGN_COLUMNS, (covariates, relevant, coefficient_law, snr), strict=True))
simulation = read_results("simulation")
simulation = simulation[(simulation[DESIGN_COLUMNS] == pd.Series(chosen)).all(axis=1)].fillna({"penalty": ""})
if simulation.empty:
    sizes = [size for size in SIZES if size <= 3 * covariates]
    simulation = add_formulas(summarise(pd.concat(simulate([design], sizes, range(repetitions), seed=1))))

# %% [markdown]
# ## Learning curves
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
# with $c$ the coefficient that the expert leaves out. The published performance is the mean of the *logarithm* of the
# risk, which is finite everywhere: one draw of the risk of least squares on $k$ covariates is distributed as
#
# $$
# R \sim \sigma^2 \, \frac{\chi^2_k}{\chi^2_{n-k+1}}, \qquad
# \mathbb{E} \ln R = \ln \sigma^2 + \psi\!\left(\tfrac{k}{2}\right) - \psi\!\left(\tfrac{n-k+1}{2}\right),
# $$ (eq-log-risk)
#
# with $\psi$ the digamma function; the expert and the flexible model at $n < p$ have similar laws. The curve of the
# LASSO comes from state evolution {cite:p}`bayati2012lasso`, which is exact in the limit of many covariates.
# {numref}`fig-learning-curves` sets all of them beside a simulation with {{ repetitions }} repetitions of each size,
# with penalties by cross-validation in {{ folds }} folds on a path of {{ path_length }} of them.

# %% tags=["hide-input"]
measured_sizes = simulation["n"].unique()
smooth = np.geomspace(max(relevant, 10), simulation["n"].max(), 90).round()
near_threshold = covariates + np.array([-100, -50, -20, -10, -5, 0, 5, 10, 20, 50, 100])
grid_sizes = np.unique(np.concatenate([measured_sizes, smooth, near_threshold[near_threshold > relevant]])).astype(int)
curves = tabulate_curves([design], grid_sizes)

# %% tags=["hide-input"]
show(
    draw_performance(simulation, curves, covariates),
    name="fig-learning-curves",
    caption=(
        f"Performance against observations for p = {covariates}, s = {relevant} and a signal-to-noise ratio of"
        f" {snr:g}. Marks: means of {simulation['repetitions'].max():,} repetitions with {ERRORS_SHOWN:g} standard"
        " errors. Lines: exact means for least squares, state evolution for the LASSO; the marks of cross-validation"
        " are joined."
    ),
    alt=describe_performance(simulation, covariates),
    data=simulation,
)

# %% [markdown]
# Over all sizes the exact means of the {{ exact_estimators }} differ from the simulated ones by at most
# {{ worst_distance }} standard errors. For the LASSO state evolution is off by at most {{ asymptotic_gap }} in log10 of
# the risk from {{ asymptotic_from }} observations on: at $p$ = {{ covariates }} its limit has nearly been reached.
#
# ## The double role of over-parameterisation
#
# Flexibility costs data twice over, and in two regimes. Where there are more observations than covariates, every
# covariate costs: the flexible model follows the oracle at $p/s$ times its data. Where there are fewer, the model
# interpolates the data, and more covariates shrink the noise that interpolation lets in while they thin out the
# signal: its risk rises on the way to $n = p$, where it has no mean, and falls on both sides of it
# {cite:p}`belkin2019reconciling,hastie2022surprises`. More data can hurt: with {{ before_peak }} observations the mean
# risk is {{ risk_before }} times the noise, with {{ near_peak }} it is {{ risk_near }}. The expert, who saves on
# covariates but has a wrong one, never gets below $c^2$ = {{ omitted }} times the noise. The regularised model has the
# same covariates as the flexible one; what it lacks is the freedom to use all of them at once.
#
# ## Computing
#
# {numref}`fig-computing` turns observations into computing. Counted are floating-point operations, two a
# multiply-add: for least squares the normal equations, $n d^2 + d^3/3$ on $d$ covariates, and their dual,
# $n^2 d + n^3/3$, for minimum norm; for the LASSO one Gram matrix and every multiply-add of the solver, on all data
# for a given penalty and on all training sets for cross-validation. Draws and predictions are not counted.

# %% tags=["hide-input"]
show(
    draw_computing(simulation),
    name="fig-computing",
    caption="Computing of one fit against the performance it reaches, mean of the FLOP counted at each sample size.",
    alt=describe_computing(simulation),
    data=simulation,
)

# %% [markdown]
# ## Where {{ published_sizes }} come from
#
# The paper states three sample sizes at which the oracle, the regularised and the flexible model perform alike, and
# not the noise at which they do. At a risk of {{ reference }} times the noise, {eq}`eq-log-risk` gives the two sizes of
# the least-squares models to the digit, at any noise level: {{ oracle_size }} and {{ flexible_size }}. For the LASSO
# the size depends on the penalty, which was not published. {numref}`tab-sizes` and {numref}`fig-sizes` give it for
# {{ rule_count }} rules and {{ noise_count }} noise levels.

# %% tags=["hide-input"]
grid = read_results("simulation_grid").fillna({"penalty": ""})
same_sparsity = grid[(grid["relevant"] == Design().relevant) & (grid["coefficient_law"] == Design().coefficient_law)]
published_design = read_results("simulation").fillna({"penalty": ""})
repeated = pd.concat([published_design, same_sparsity[~same_sparsity["snr"].isin(published_design["snr"])]])
found = simulated_sizes(repeated, REFERENCE_RISK)
lasso = found[found["penalty"] != ""].sort_values("snr", kind="stable")
published = read_table("claims").set_index("claim_id")["published"]

# %% tags=["hide-input"]
show_table(
    render_sizes(lasso, RULES),
    name="tab-sizes",
    caption=(
        f"Observations at which the LASSO first reaches a risk of {REFERENCE_RISK:g} times the noise, with"
        f" {percent(LEVEL)} intervals, by penalty rule and signal-to-noise ratio (SNR)."
        f" {published_design['repetitions'].max():,} repetitions at SNR {published_design['snr'].iloc[0]:g},"
        f" {grid['repetitions'].max()} elsewhere."
    ),
    data=lasso,
)

# %% tags=["hide-input"]
show(
    draw_sizes(lasso, float(published["sim-regularised-n"])),
    name="fig-sizes",
    caption=f"The same sizes, with {percent(LEVEL)} intervals; the line is the published number.",
    alt=describe_sizes(lasso, float(published["sim-regularised-n"])),
    data=lasso,
)

# %% [markdown]
# The textbook penalty $2\sigma\sqrt{\ln p / n}$ reaches the level at {{ textbook_text }} observations,
# {{ published_gap }} from the published {{ published_size }}, and is the rule that comes closest to it at
# {{ closest_count }} of the {{ noise_count }} noise levels.
# Cross-validation needs {{ validated_text }}. Of what the paper calls the cost of not knowing which covariates matter,
# {{ penalty_share }} is the cost of a penalty that guards against the worst case.
#
# That robustness to noise does not extend to the law of the coefficients. With {{ laws_text }} state evolution puts
# the size under the textbook penalty at {{ laws_sizes }}: the published number needs coefficients that are nearly
# alike.
#
# ## The lower bound: computing as the fourth power of performance
#
# If an error falls as $n^{-1/2}$, performance $P = 1/\text{error}$ needs $n = O(P^2)$ observations. A model that is
# over-parameterised has $d \propto n$ parameters. Each pass over data and parameters costs of the order of $d\,n$, and
# so
#
# $$
# \text{computing} \;\ge\; O(d\,n) \;=\; O(n^2) \;=\; O(P^4).
# $$ (eq-bound)
#
# {numref}`fig-growth` tries this in a family that grows with its data: $d = {{ ratio }}n$ covariates of which
# {{ family_relevant }} matter, fitted by the LASSO under the universal penalty $\sigma\sqrt{2 \ln d / n}$, by
# coordinate descent to a relative duality gap of {{ growth_gap }}, every pass over a covariate counted.

# %% tags=["hide-input"]
growth = read_results("growth")
ratio = int(growth["covariates"].iloc[0] / growth["n"].iloc[0])
growth_sizes = sorted(growth["n"].unique())
prediction = predict_growth(growth_sizes, ratio, Design())
exponents = large_growth(growth)
show(
    draw_growth(growth, exponents.reset_index(), prediction),
    name="fig-growth",
    caption=(
        f"Computing against performance in a family with {ratio} times as many covariates as observations, from"
        f" {growth_sizes[0]:,} to {growth_sizes[-1]:,} of these; {growth['repetition'].nunique()} repetitions."
    ),
    alt=describe_growth(growth, exponents.reset_index()),
    data=growth,
)

# %% tags=["hide-input"]
by_start = {start: fit_growth(growth[growth["n"] >= start]) for start in growth_sizes[:5]}
show_table(
    render_growth(by_start),
    name="tab-growth",
    caption=(
        f"Exponents in the family, with {percent(LEVEL)} intervals from resampled repetitions, by the smallest sample"
        " size that is taken in."
    ),
    data=pd.concat([fits.assign(smallest=start) for start, fits in by_start.items()], ignore_index=True),
)

# %% [markdown]
# One pass grows with performance to the power {{ pass_text }} from {{ large }} observations on, a little above 4
# because the LASSO's risk falls as $\ln d / n$, not $1/n$. A whole fit, as counted, has the exponent {{ fit_text }}:
# the more data, the fewer passes a fit needs, so its exponent comes to that of one pass from below. With samples so
# small that the risk still falls faster than $1/n$, both are lower ({numref}`tab-growth`). The bound is one for large
# samples. It says what computing must at least cost if parameters grow with the data, and nothing about whether they
# must.
#
# ## Implicit regularisation
#
# A flexible model need not be penalised to be regularised: gradient descent from zero that is stopped early has not
# yet fitted the directions in which the data say little. In the limit of many covariates the risk at time $t$ is
# {cite:p}`ali2019continuous`
#
# $$
# R(t) = |b|^2 \int e^{-2tx} \, dF(x) + \sigma^2 \, \frac{p}{n} \int \frac{(1 - e^{-tx})^2}{x} \, dF(x),
# $$ (eq-flow)
#
# with $F$ the law of Marchenko and Pastur of the eigenvalues of $X^\top X / n$. {numref}`fig-early-stopping` sets the
# best stopping time beside the LASSO on the same design, with gradient descent simulated.

# %% tags=["hide-input"]
flow_sizes = grid_sizes[np.abs(grid_sizes - covariates) > 4]
best_time, stopped = best_stopping(flow_sizes, design)
defined = flow_sizes[flow_sizes > relevant + 1]
lines = pd.concat(
    [
        pd.DataFrame({"method": "run to the end", "n": flow_sizes, "risk": flexible_risk(flow_sizes, design)}),
        pd.DataFrame({"method": "stopped", "n": flow_sizes, "risk": stopped}),
        pd.DataFrame({"method": "lasso", "n": flow_sizes, "risk": best_risk(flow_sizes, design)}),
        pd.DataFrame({"method": "oracle", "n": defined, "risk": oracle_risk(defined, design)}),
    ]
).assign(source="formula")
generator = np.random.default_rng(np.random.SeedSequence(SEED, spawn_key=(2,)))
times = np.geomspace(0.05, 500.0, 60)
one_size = int(covariates * 0.9)
paths = {
    int(n): np.array([simulate_descent(int(n), times, design, generator) for _ in range(5)])
    for n in (covariates // 10, covariates // 2, one_size, covariates, 3 * covariates // 2)
}
marks = pd.DataFrame(
    {
        "method": "stopped",
        "n": list(paths),
        "risk": [path.min(axis=1).mean() for path in paths.values()],
        "risk_se": [path.min(axis=1).std(ddof=1) / np.sqrt(len(path)) for path in paths.values()],
        "source": "simulation",
    }
)
along = pd.concat(
    [
        pd.DataFrame({"time": times, "risk": flow_risk(one_size, times, design), "source": "formula"}),
        pd.DataFrame(
            {
                "time": times[::6],
                "risk": paths[one_size].mean(axis=0)[::6],
                "risk_se": paths[one_size].std(axis=0, ddof=1)[::6] / np.sqrt(len(paths[one_size])),
                "source": "simulation",
            }
        ),
    ]
).assign(n=one_size)
descent = pd.concat([lines, marks], ignore_index=True)
descent["risk"] /= design.noise_variance
show(
    draw_early_stopping(descent, along),
    name="fig-early-stopping",
    caption=(
        "Left: risk of gradient descent stopped at the best time and run to the end, beside the LASSO and the oracle."
        f" Right: risk along time with {one_size:,} observations. Lines are formulas, marks means of"
        f" {len(paths[one_size])} repetitions."
    ),
    alt=describe_early_stopping(descent, along),
    data=descent,
)

# %% [markdown]
# Stopping takes the peak at $n = p$ away, and little else: it reaches {{ reference }} times the noise at
# {{ stopping_size }} observations, hardly before the model that is run to the end. Shrinking all directions alike is
# no substitute for choosing covariates; implicit regularisation helps where the signal lies in the directions that the
# data show first, which an isotropic design has none of.
#
# ## Try other settings
#
# The chart below, of the HTML edition, shows the curves for other noise levels, sparsities and penalty rules.
# {numref}`fig-grid` has the same in print. Any other design runs with
# `complimits execute notebooks/01_theory.py theory.ipynb -p snr=4 -p coefficient_law=linear`, or with
# `complimits simulate`.

# %% tags=["hide-input"]
is_published = (grid["relevant"] == Design().relevant) & (grid["snr"] == Design().snr)
everything = pd.concat([published_design, grid[~is_published]])
designs = [
    Design(relevant=s, snr=ratio) for s, ratio in grid[["relevant", "snr"]].drop_duplicates().itertuples(index=False)
]
near_dip = designs[0].covariates * np.array([0.8, 0.9, 0.95, 1.05, 1.1, 1.25])
smooth_sizes = np.unique(np.concatenate([SIZES, np.geomspace(10, max(SIZES), 50), near_dip]).round()).astype(int)
grid_curves = tabulate_curves(designs, smooth_sizes)
show_chart(theory_chart(everything, grid_curves, REFERENCE_RISK), name="chart-theory", data=everything)

# %% tags=["hide-input"]
show(
    draw_grid(everything, grid_curves),
    name="fig-grid",
    caption=(
        "Performance against observations by signal-to-noise ratio (columns) and number of relevant covariates (rows)."
        f" Marks: means of {grid['repetitions'].max()} repetitions or more; lines: formulas where there are any."
    ),
    alt=describe_grid(everything),
    data=everything,
)

# %% [markdown]
# ## Limits
#
# Noise, coefficients and penalty of the paper's figure are not known; that its {{ published_size }} comes from the
# textbook penalty is an inference from the number, not a statement of the authors. All of it is one linear model with
# independent covariates. It shows that flexibility can cost as much as the paper says, and not that deep networks pay
# that price.

# %% tags=["remove-cell"]
main_sizes = simulated_sizes(simulation, REFERENCE_RISK).set_index("penalty")
main_lasso = main_sizes.loc[list(RULES)]
distances = (simulation["performance_mean"] - simulation["closed_form"]) / simulation["performance_se"]
asymptotic = simulation[simulation["state_evolution"].notna() & (simulation["n"] >= 90)]
pass_law = exponents.loc["computing of a gradient pass against performance"]
fit_law = exponents.loc["computing of a fit against performance"]
before, near = covariates // 10, covariates - 10
mean_risks = flexible_risk([before, near], design) / design.noise_variance
laws = {law: Design(covariates=covariates, relevant=relevant, snr=snr, coefficient_law=law) for law in COEFFICIENT_LAWS}
published_regularised = float(published["sim-regularised-n"])
apart = lasso.assign(distance=(lasso["n"] - published_regularised).abs())
closest = apart.sort_values("distance").groupby("snr")["penalty"].first()
spoken = {rule: f"{row['n']:.0f} ({row['low']:.0f} to {row['high']:.0f})" for rule, row in main_lasso.iterrows()}

record(
    covariates=f"{covariates:,}",
    relevant=relevant,
    repetitions=f"{simulation['repetitions'].max():,}",
    path_length=PATH_LENGTH,
    folds=FOLDS,
    ratio=ratio,
    family_relevant=Design().relevant,
    growth_gap=power_of_ten(np.log10(TOLERANCE), 0),
    reference=decimal(REFERENCE_RISK, 0),
    oracle_size=least_squares_size(relevant, REFERENCE_RISK),
    flexible_size=f"{least_squares_size(covariates, REFERENCE_RISK):,}",
    textbook_size=decimal(main_lasso.loc["textbook", "n"], 0),
    validated_size=decimal(main_lasso.loc[CROSS_VALIDATION, "n"], 0),
    textbook_text=spoken["textbook"],
    validated_text=spoken[CROSS_VALIDATION],
    published_size=published["sim-regularised-n"],
    published_gap=percent(abs(1 - main_lasso.loc["textbook", "n"] / published_regularised)),
    closest_count=int((closest == "textbook").sum()),
    penalty_share=percent(1 - main_lasso.loc[CROSS_VALIDATION, "n"] / main_lasso.loc["textbook", "n"]),
    published_sizes=listing(published.loc[["sim-oracle-n", "sim-regularised-n", "sim-flexible-n"]].tolist()),
    pass_exponent=decimal(pass_law["exponent"], 1),
    pass_text=f"{pass_law['exponent']:.2f} ({pass_law['low']:.2f} to {pass_law['high']:.2f})",
    fit_text=f"{fit_law['exponent']:.2f} ({fit_law['low']:.2f} to {fit_law['high']:.2f})",
    large=f"{LARGE:,}",
    exact_estimators=listing([ORACLE, EXPERT, f"{FLEXIBLE} model"]),
    worst_distance=decimal(distances.abs().max(), 1),
    asymptotic_gap=decimal((asymptotic["performance_mean"] - asymptotic["state_evolution"]).abs().max(), 2),
    asymptotic_from=int(asymptotic["n"].min()),
    before_peak=before,
    near_peak=near,
    risk_before=decimal(mean_risks[0], 0),
    risk_near=decimal(mean_risks[1], 0),
    omitted=decimal(design.omitted**2 / design.noise_variance, 1),
    rule_count=len(RULES),
    noise_count=lasso["snr"].nunique(),
    laws_text=listing([f"{law} coefficients" for law in laws]),
    laws_sizes=listing([str(lasso_size(PENALTIES["textbook"][0], REFERENCE_RISK, one)) for one in laws.values()]),
    stopping_size=f"{int(flow_sizes[stopped <= REFERENCE_RISK * design.noise_variance].min()):,}",
)
