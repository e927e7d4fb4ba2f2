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
# **Finding.** {{ above_count }} of {{ benchmark_count }} exponents lie above the {{ theory }} that the paper derives
# as a lower bound, interval and all. Among the benchmarks with a significant slope the exponents run from
# {{ lowest }} to {{ highest }}, and the paper's span of {{ published_low }} to {{ published_high }} is met at its
# lower end only.
#
# ## Exponents
#
# {numref}`fig-exponents` and {numref}`tab-exponents` set the polynomial laws of the
# {{ benchmark_count }} benchmarks beside each other.
# Intervals that overlap do not make the benchmarks alike: each has its own score, and one over error means something
# else in each.

# %% tags=["hide-input"]
import numpy as np

from computational_limits.display import record, show, show_table
from computational_limits.figures.comparison import describe_exponents, draw_exponents
from computational_limits.regressions import select_laws
from computational_limits.rendering import render_comparison
from computational_limits.results import read_results
from computational_limits.tables import read_table
from computational_limits.uncertainty import LEVEL, SIGNIFICANCE
from computational_limits.wording import decimal, listing, percent

names = read_table("benchmarks").set_index("benchmark")["name"].to_dict()
published = read_table("claims").set_index("claim_id")["published"]
polynomial = select_laws(read_results("regressions"))
theory = float(published["theory-exponent"])

# %% tags=["hide-input"]
show(
    draw_exponents(polynomial, names, theory),
    name="fig-exponents",
    caption=(
        f"Exponent of each benchmark, polynomial form, vintage 2020, hardware burden, with {percent(LEVEL)} intervals."
        f" The dashed line is the lower bound of theory, {theory:g}; an arrow marks an interval without an upper bound."
    ),
    alt=describe_exponents(polynomial, names),
    data=polynomial,
)

# %% tags=["hide-input"]
show_table(
    render_comparison(polynomial, names),
    name="tab-exponents",
    caption=f"Polynomial laws of all benchmarks, with {percent(LEVEL)} intervals of the exponent.",
    data=polynomial,
)

# %% [markdown]
# ## What the comparison supports
#
# {{ significant_names }} show a slope that differs from zero at {{ significance }}; {{ flat_names }} does not. The laws
# explain {{ r2_low }} to {{ r2_high }} of the variance where there is one. That progress takes computing is as
# sure as these {{ model_count }} models can make it. How much it takes is not: the widest of the significant intervals
# spans a factor of {{ widest_factor }}.
#
# ## Limits
#
# The intervals treat the models of a benchmark as independent. They are not: papers contribute several models, and
# later models build on earlier ones. The regression of performance on computing also takes the burden as known,
# although it is the less certain of the two.

# %% tags=["remove-cell"]
laws = polynomial.set_index("benchmark")
significant = laws[laws["p_value"] < SIGNIFICANCE].sort_values("exponent")
flat = laws[laws["p_value"] >= SIGNIFICANCE]
record(
    benchmark_count=len(laws),
    above_count=int((laws["exponent_low"] > theory).sum()),
    theory=decimal(theory, 0),
    lowest=decimal(significant["exponent"].min(), 1),
    highest=decimal(significant["exponent"].max(), 1),
    published_low=published["practice-exponent-low"],
    published_high=published["practice-exponent-high"],
    significance=percent(SIGNIFICANCE),
    significant_names=listing([names[key] for key in significant.index]),
    flat_names=listing([names[key] for key in flat.index]),
    r2_low=percent(significant["r2"].min()),
    r2_high=percent(significant["r2"].max()),
    model_count=int(laws["n"].sum()),
    widest_factor=decimal(np.max(significant["exponent_high"] / significant["exponent_low"]), 1),
)
