# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What progress in deep learning costs in computing
#
# **The question.** How much computing does a lower error of a deep learning model cost, and how sure can anyone
# be? In 2020, {cite:t}`thompson2020computational` answered with regressions over {{ benchmark_count }} benchmarks and
# extrapolated them to computing, dollars and carbon. This book runs their argument again from the data, puts an
# interval on every number, and gives a verdict on each number they published.
#
# **The answer.** On {{ significant_count }} of {{ benchmark_count }} benchmarks error falls with computing, but
# slowly: computing grows as performance, one over error, to a power between {{ lowest }} ({{ lowest_name }}) and
# {{ highest }} ({{ highest_name }}). On ImageNet the power is {{ imagenet_exponent }}, with a
# {{ level }} interval of {{ imagenet_interval }}. The law puts {{ target }} error at {{ target_gflop }} GFLOP, and the
# data cannot tell that from anything from {{ target_interval }}. Of the {{ claim_count }} published numbers in the
# ledger, {{ reproduced }} are reproduced, {{ differ }} differ and {{ untestable }} wait for data or simulations
# that the project does not hold yet.

# %% tags=["remove-cell"]
from computational_limits.audit import TOLERANCE, is_wrong
from computational_limits.claims import DIFFERS, NOT_TESTABLE, REPRODUCED
from computational_limits.display import record, show
from computational_limits.figures.scaling import describe_benchmarks, draw_benchmarks
from computational_limits.projection import select_projections
from computational_limits.regressions import fit_forms, select_laws
from computational_limits.results import read_results
from computational_limits.tables import read_table
from computational_limits.uncertainty import LEVEL, SIGNIFICANCE, Interval
from computational_limits.vintages import read_models
from computational_limits.wording import decimal, interval_text, percent, power_of_ten, powers_text

# %% [markdown]
# ## All benchmarks in one picture
#
# {numref}`fig-benchmarks` shows all {{ model_count }} published models. Both forms of the law run through the
# same points and part only where there are none, which is where the extrapolations are made.

# %% tags=["remove-cell"]
models = read_models()
names = read_table("benchmarks").set_index("benchmark")["name"].to_dict()
laws = {benchmark: fit_forms(models[models["benchmark"] == benchmark]) for benchmark in names}

# %% tags=["hide-input"]
show(
    draw_benchmarks(models, laws, names),
    name="fig-benchmarks",
    caption=(
        f"Error against hardware burden of {len(models)} models on {len(names)} benchmarks, vintage 2020, with the"
        f" polynomial (solid) and the exponential form (dashed) and the {percent(LEVEL)} prediction band of the"
        " polynomial form. Scales differ between panels."
    ),
    alt=describe_benchmarks(laws, names),
    data=models[["benchmark", "model_id", "hardware_burden_gflop", "error"]],
)

# %% [markdown]
# ## How to read this book
#
# - {doc}`theory` explains why a flexible model needs so much data, and with it computing.
# - {doc}`audit` recomputes every burden and runs the regressions again on the corrected ones; {doc}`records` shows all
#   {{ record_count }} model records, to choose, to sort and to download.
# - One chapter a benchmark, from {doc}`benchmarks/imagenet` on, fits the laws benchmark by benchmark;
#   {doc}`comparison` sets them side by side in every vintage and direction, and {doc}`families` looks within families
#   of models and fills missing burdens with their uncertainty.
# - {doc}`language` does the same for language models, on the operations of their training.
# - {doc}`targets` follows the laws to the published targets, in computing, dollars and carbon.
# - {doc}`claims` holds every published number against ours.
# - {doc}`book/run` tells how to make this book yourself and how to change an assumption; {doc}`book/data` documents
#   every column behind it.
#
# ## What this edition does not settle
#
# The laws and targets of this edition rest on the burdens as published. {{ wrong_count }} of them are wrong by more
# than {{ tolerance }}, as the {doc}`audit <audit>` finds; corrected, the exponent of ImageNet becomes
# {{ audited_exponent }}, with an interval of {{ audited_interval }}. The regressions are the published ones:
# performance on computing, by ordinary least squares, over {{ smallest_n }} to {{ largest_n }} models a benchmark
# that nobody drew at random. An interval says what such a line leaves open, not what a better model of progress
# would.

# %% tags=["remove-cell"]
results = ("regressions", "projections", "claims", "audit")
regressions, projections, claims, audited = (read_results(name) for name in results)
polynomial = select_laws(regressions).set_index("benchmark")
significant = polynomial[polynomial["p_value"] < SIGNIFICANCE].sort_values("exponent")
imagenet = polynomial.loc["imagenet"]
corrected = select_laws(regressions, "audited").set_index("benchmark").loc["imagenet"]
published = select_projections(projections, forms=["polynomial"])
target = published.query("benchmark == 'imagenet' and label == 'target 1'").squeeze()
verdicts = claims["verdict"].value_counts()

# %% tags=["remove-cell"]
record(
    level=percent(LEVEL),
    model_count=len(models),
    benchmark_count=len(polynomial),
    significant_count=len(significant),
    smallest_n=polynomial["n"].min(),
    largest_n=polynomial["n"].max(),
    lowest=decimal(significant["exponent"].iloc[0], 1),
    lowest_name=names[significant.index[0]],
    highest=decimal(significant["exponent"].iloc[-1], 1),
    highest_name=names[significant.index[-1]],
    imagenet_exponent=decimal(imagenet["exponent"], 1),
    imagenet_interval=interval_text(Interval(imagenet["exponent_low"], imagenet["exponent_high"])),
    target=percent(target["error"]),
    target_gflop=power_of_ten(target["log10_gflop"]),
    target_interval=powers_text(Interval(target["log10_gflop_low"], target["log10_gflop_high"])),
    record_count=len(read_table("models")),
    wrong_count=int(is_wrong(audited[audited["vintage"] == "2020"]).sum()),
    tolerance=percent(TOLERANCE),
    audited_exponent=decimal(corrected["exponent"], 1),
    audited_interval=interval_text(Interval(corrected["exponent_low"], corrected["exponent_high"])),
    claim_count=len(claims),
    reproduced=verdicts[REPRODUCED],
    differ=verdicts[DIFFERS],
    untestable=verdicts[NOT_TESTABLE],
)
