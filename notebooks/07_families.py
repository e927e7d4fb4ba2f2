# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Families and missing burdens
#
# **Finding.** Within {{ family_count }} families of ImageNet models computing per pass grows with performance to the
# power of {{ pooled }} ({{ pooled_interval }}), as over the field, {{ field }}; the {{ printed_low }} to
# {{ printed_high }} printed for single families rest on {{ fewest }} to {{ most }} models each, and the lowest on a
# typing error. Filling missing burdens once gave the consolidated burden an exponent of {{ single }} with an interval
# that, where the truth is known, holds it {{ single_coverage }} to {{ single_best }} of the time instead of
# {{ level }}; proper imputation gives {{ multiple }}, from {{ multiple_interval }}.

# %% tags=["parameters", "hide-input"]
imputations = 2000
iterations = 200
simulated_tables = 500
simulated_imputations = 40
simulated_iterations = 30
seed = 20200710

# %% [markdown]
# ## Families: one design, several sizes
#
# A law over the field mixes designs, recipes and years. The members of a family differ in size and in little else, so
# the law within a family is closer to what more computing buys by itself. The authors drew four such lines in their
# notebooks {cite:p}`thompson2022notebooks`. {numref}`tab-families-shared` lists every family with three members or
# more of which the records of 2020 give operations per pass, and EfficientNet, which they drew from its paper.

# %% tags=["hide-input"]
import numpy as np
import pandas as pd

from computational_limits.display import keep, record, show, show_table
from computational_limits.families import (
    CORRECTED_2020,
    FIELD,
    MISPRINTED,
    POOLED,
    RECORDED,
    REST,
    assemble_members,
    fit_common_slope,
    of_records,
    read_imagenet,
    slope_between,
    tabulate_families,
    with_law,
)
from computational_limits.figures.families import (
    describe_families,
    describe_family_exponents,
    draw_families,
    draw_family_exponents,
)
from computational_limits.figures.imputation import (
    describe_filling,
    describe_methods,
    draw_filling,
    draw_methods,
)
from computational_limits.imputation import (
    COMPLETE,
    METHODS,
    MULTIPLE,
    SINGLE,
    Gaps,
    fill_once,
    find_gaps,
    impute,
    plant,
    simulate_coverage,
    tabulate_consolidated,
    through_burden,
)
from computational_limits.rendering import (
    render_consolidated,
    render_coverage,
    render_families,
    render_shared,
)
from computational_limits.tables import read_table
from computational_limits.uncertainty import LEVEL, Interval
from computational_limits.vintages import read_records, select_vintage
from computational_limits.wording import decimal, interval_text, listing, p_value_text, percent

# %% tags=["hide-input"]
records = read_records()
families, members = read_table("families"), read_table("family_members")
names = families.set_index("family")["name"].to_dict()
editions = {
    vintage: read_imagenet(records, vintage) for vintage in ("2020-records", CORRECTED_2020, "2022", "2022-audited")
}
assembled = {vintage: assemble_members(members, models) for vintage, models in editions.items()}
table = pd.concat(
    [tabulate_families(models, assembled[vintage], names) for vintage, models in editions.items()],
    ignore_index=True,
)
first = table[(table["vintage"] == "2020-records") & (table["measure"] == "ops_per_pass")]
chosen = with_law(assembled["2020-records"], "ops_per_pass")

# %% tags=["hide-input"]
show_table(
    render_shared(families, chosen["family"].value_counts().to_dict()),
    name="tab-families-shared",
    caption="Families of ImageNet models, the members with operations per pass, and what they share.",
    data=families,
    widths="20 10 70",
)

# %% [markdown]
# {numref}`fig-families` draws their lines over the field. Within a family epochs and images are the same or nearly so;
# the operations of training are then the operations per pass times a constant, and both have one exponent. A unit that
# is doubtful in the records, multiply-adds given as operations, cancels as well: it moves a line, not its slope.

# %% tags=["hide-input"]
show(
    draw_families(editions["2020-records"], chosen, names),
    name="fig-families",
    caption=(
        f"Error against operations per pass: {len(chosen)} members of {chosen['family'].nunique()} families over the"
        f" {editions['2020-records']['ops_per_pass_gflop'].notna().sum()} models of the field, vintage 2020-records,"
        " ImageNet. The dashed line is the law of the field."
    ),
    alt=describe_families(first, names),
    data=chosen,
)

# %% tags=["hide-input"]
show(
    draw_family_exponents(first, names),
    name="fig-family-exponents",
    caption=(
        f"Exponents of operations per pass with {percent(LEVEL)} intervals, vintage 2020-records, ImageNet. *Pooled* is"
        " one slope for the families of the records, each with its own intercept; *rest* are the models outside them;"
        " the dotted line is the exponent of the field; an arrow marks an interval that leaves the axis."
    ),
    alt=describe_family_exponents(first, names),
    data=first,
)

# %% tags=["hide-input"]
show_table(
    render_families(first, families),
    name="tab-families",
    caption=(
        f"Polynomial laws of operations per pass, ImageNet, vintage 2020-records, with {percent(LEVEL)} intervals of"
        " the exponent. The R² of the pooled slope is that within families."
    ),
    data=table,
    widths="26 6 12 22 8 12 26",
)

# %% [markdown]
# ## What the families say together
#
# The {{ printed_count }} printed exponents come out of these members: {{ reproduced_text }}. But most families are too
# small to tell their exponents apart. With one slope for all {{ family_count }} families of the records and an
# intercept for each {cite:p}`mundlak1978pooling`, the exponent is {{ pooled }} ({{ pooled_interval }};
# n = {{ pooled_n }}). That the families differ in slope is not shown: an F test with one residual variance for all
# gives p = {{ equal_p }}. The narrow interval of DPN rests on {{ dpn_n }} points that happen to lie on a line. With
# EfficientNet added the pooled exponent becomes {{ with_paper }} ({{ with_paper_interval }}), and p becomes
# {{ with_paper_p }}.
#
# The models outside these families have an exponent of {{ rest }} ({{ rest_interval }}; n = {{ rest_n }}). Their slope
# differs from the pooled one by {{ gap }} ({{ gap_interval }}), p = {{ gap_p }}. The exponent of the field is thus not
# made by mixing designs: to grow a given design buys about as little as the field got by all means.
#
# ## A typing error
#
# NASNet-A (6 @ 4032) has an accuracy of {{ right_score }} in its paper {cite:p}`zoph2018learning` and in the records of
# both years. With {{ wrong_score }}, two digits swapped, its {{ nasnet_n }} members give an exponent of
# {{ nasnet_wrong }}, which is the {{ nasnet_printed }} that the authors print; with the score of the record it is
# {{ nasnet }} ({{ nasnet_interval }}). What the authors print as the cheapest progress of the four families is, without
# the error, close to the law of the field.
#
# ## Hardware burdens within families
#
# No family has a law of hardware burden. {{ same_text }} carry one burden for all members: it is the cost of the
# search that found the design, or of one run copied to the others. The other families state no time of training. The
# audit changes burdens of {{ changed_names }}, all members alike. The records of 2022 have {{ later_most }} model from
# each paper at most, and so no family at all.

# %% tags=["hide-input"]
gaps = find_gaps(editions["2022"])
benchmarks = read_table("benchmarks").set_index("benchmark")["name"].to_dict()
vintages = {vintage: select_vintage(records, vintage) for vintage in ("2022", "2022-audited")}
consolidated = pd.concat(
    [
        tabulate_consolidated(models, benchmark, imputations, iterations, seed)
        for models in vintages.values()
        for benchmark in benchmarks
    ],
    ignore_index=True,
)

# %% [markdown]
# ## The consolidated burden
#
# Of the {{ later_models }} ImageNet records of 2022, {{ burden_n }} have a hardware burden and {{ operations_n }}
# network operations. The authors fill a missing burden from the operations and call the result consolidated,
# {{ all_n }} burdens of which {{ filled_n }} are filled. The filling line rests on the {{ both_n }} models that have
# both ({numref}`fig-filling`). Fitted again it is log10 burden = {{ fill_intercept }} + {{ fill_slope }} log10
# operations, in GFLOP, and the printed burdens follow it to within {{ fill_worst }}.
#
# A filled value is then treated as if it were measured. That leaves out three things: the scatter around the line, a
# standard deviation of {{ fill_sd }} decades; the uncertainty of a line through {{ both_n }} points; and whatever error
# says about burden at given operations.

# %% tags=["hide-input"]
completed = impute(gaps, imputations, iterations, seed)
few = Gaps(completed.burden[:20], completed.operations[:20], completed.performance[:20])
show(
    draw_filling(gaps, few),
    name="fig-filling",
    caption=(
        f"Hardware burdens of ImageNet, vintage 2022: recorded, filled once from a line through {gaps.with_both}"
        " models, and imputed. Left against network operations, right against error."
    ),
    alt=describe_filling(gaps, few),
    data=pd.DataFrame(
        {
            "log10_operations_gflop": gaps.operations,
            "log10_burden_gflop": gaps.burden,
            "log10_filled_gflop": fill_once(gaps),
            "log10_imputed_mean_gflop": completed.burden.mean(axis=0),
            "log10_imputed_sd": completed.burden.std(axis=0),
            "log10_performance": gaps.performance,
        }
    ),
)

# %% [markdown]
# ## Three ways
#
# *Complete cases* are the models with a recorded burden. *Single imputation* is the authors' way. *Multiple imputation*
# draws the parameters of the filling line and the residuals anew each time, {{ imputations }} times, with the error as
# a predictor, for it is the response of the analysis; models without operations take part through chained equations
# {cite:p}`vanbuuren2011mice`. The slopes are pooled by the rules of {cite:t}`rubin1987multiple`, with the degrees of
# freedom of {cite:t}`barnard1999small`. The ends of its interval carry a Monte-Carlo error of {{ monte_carlo }} of its
# half width.

# %% tags=["hide-input"]
imagenet = consolidated[consolidated["benchmark"] == "imagenet"]
years = {"2022": "as published", "2022-audited": "audited"}
show(
    draw_methods(imagenet, years),
    name="fig-consolidated",
    caption=(
        f"Exponents of hardware burden on ImageNet, records of 2022, by how a missing burden is treated, with"
        f" {percent(LEVEL)} intervals."
    ),
    alt=describe_methods(imagenet, years),
    data=imagenet,
)

# %% tags=["hide-input"]
show_table(
    render_consolidated(consolidated[consolidated["vintage"] == "2022"], benchmarks),
    name="tab-consolidated",
    caption=(
        "Polynomial laws of hardware burden, records of 2022, by how a missing burden is treated, with"
        f" {percent(LEVEL)} intervals of the exponent, or why a benchmark does not allow it."
    ),
    data=consolidated,
    widths="16 18 6 8 22 16 10 10",
)

# %% [markdown]
# Only ImageNet allows all three. The consolidated burdens that the authors print for MS COCO fill {{ coco_filled }}
# gaps, although {{ coco_both }} model there has burden and operations; they lie on a line of slope {{ coco_slope }},
# which must come from elsewhere. The other benchmarks state no network operations. On audited burdens the exponents of
# ImageNet are {{ audited_text }}.
#
# ## Which interval to believe
#
# {numref}`tab-coverage` tries the three ways on {{ simulated_tables }} tables drawn with a known slope, with the
# length, the gaps and the moments of the real one. In the first case operations say something about error that burden
# does not, as the records have it. In the second they go through burden alone, which is what the fill supposes.

# %% tags=["hide-input"]
moments = plant(completed)
cases = {"as in the records": moments, "through burden alone": through_burden(moments)}
coverage = pd.concat(
    [
        simulate_coverage(case, gaps, simulated_tables, simulated_imputations, simulated_iterations, seed).assign(
            scenario=scenario
        )
        for scenario, case in cases.items()
    ],
    ignore_index=True,
)
show_table(
    render_coverage(coverage),
    name="tab-coverage",
    caption=(
        f"How often intervals of nominally {percent(LEVEL)} hold a planted slope, with the Monte-Carlo standard error;"
        " the mean estimate over the truth; and the stated standard error over the spread of the estimates."
    ),
    data=coverage,
    widths="24 24 20 16 16",
)

# %% [markdown]
# ## What can and cannot be concluded
#
# That computing per pass buys as little within a design as across designs is as sure as {{ pooled_n }} models make it,
# and it concerns the published sizes of convolutional networks up to {{ last_year }}. With so few members, the exponent
# of a single family says little. Operations per pass are not the cost of training, and no family states that. Sizes
# that were tried and not published are in no family, some members see larger images, and some scores are read from
# lists of other papers.
#
# For the consolidated burden, the narrow interval of single imputation cannot be believed. Complete cases and multiple
# imputation give {{ complete }} and {{ multiple }}, and both are right only under their own assumption: the first, that
# whether a burden is stated does not depend on the error once the burden is given; the second, that it does not depend
# on the burden once operations and error are given. Nothing in the records decides between the two, {{ missing }} of
# the information on the slope is missing, and papers that state their hardware are no random sample.

# %% tags=["remove-cell"]
covered = coverage.set_index("method")["coverage"]
keep(
    families=table,
    consolidated=consolidated.merge(
        coverage.pivot(index="method", columns="scenario", values="coverage")
        .set_axis(["coverage_as_recorded", "coverage_through_burden"], axis=1)
        .assign(benchmark="imagenet", vintage="2022")
        .reset_index(),
        on=["benchmark", "vintage", "method"],
        how="left",
    ),
)

# %% tags=["remove-cell"]
laws = first[first["score"] == RECORDED].set_index("family")
own = laws.loc[list(names)]
wrong = first[first["score"] == MISPRINTED].set_index("family").loc["nasnet-a"]
together = {
    case: fit_common_slope(rows["ops_per_pass_gflop"], rows["error"], rows["family"])
    for case, rows in {"records": of_records(chosen), "all": chosen}.items()
}
gap = slope_between(laws.reset_index(), POOLED, REST)
printed = families.dropna(subset="published_exponent").set_index("family")["published_exponent"]
refitted = own["exponent"].astype(float).where(own.index != "nasnet-a", wrong["exponent"])
burdens = table[(table["measure"] == "hardware_burden") & (table["score"] == RECORDED)].set_index(["vintage", "family"])
same = burdens.loc["2020-records"].query("reason == 'one value for all members'").index
before, after = (
    assembled[vintage].set_index(["family", "member"])["hardware_burden_gflop"] for vintage in list(assembled)[:2]
)
changed = (before.notna() & ~((after / before - 1).abs() < 1e-9)).groupby("family", sort=False).any()
slip = members.dropna(subset="misprinted_score").squeeze()
later_models = editions["2022"]
lacking = np.isnan(gaps.burden)
with_both = ~lacking & np.isfinite(gaps.operations)
line = np.polyfit(gaps.operations[with_both], gaps.burden[with_both], 1)
residuals = (gaps.burden - np.polyval(line, gaps.operations))[with_both]
theirs = later_models.dropna(subset=["consolidated_burden_gflop"])
their_fills = theirs[theirs["hardware_burden_gflop"].isna()]
apart = np.log10(their_fills["consolidated_burden_gflop"]) - np.polyval(
    line, np.log10(their_fills["network_operations_gflop"])
)
coco = (
    vintages["2022"]
    .query("benchmark == 'ms-coco'")
    .dropna(subset=["network_operations_gflop", "consolidated_burden_gflop"])
)
coco_line = np.polyfit(np.log10(coco["network_operations_gflop"]), np.log10(coco["consolidated_burden_gflop"]), 1)
ways = imagenet[imagenet["vintage"] == "2022"].set_index("method")
audited_ways = imagenet[imagenet["vintage"] == "2022-audited"].set_index("method")
multiple = ways.loc[MULTIPLE]
half_width = (1 / multiple["exponent_low"] - 1 / multiple["exponent_high"]) / 2

# %% tags=["remove-cell"]
record(
    level=percent(LEVEL),
    family_count=together["records"].families,
    pooled=decimal(laws.loc[POOLED, "exponent"], 1),
    pooled_interval=interval_text(Interval(laws.loc[POOLED, "exponent_low"], laws.loc[POOLED, "exponent_high"])),
    pooled_n=together["records"].n,
    equal_p=p_value_text(together["records"].equal_slopes_p),
    with_paper=decimal(together["all"].slope.exponent, 1),
    with_paper_interval=interval_text(together["all"].slope.exponent_interval()),
    with_paper_p=p_value_text(together["all"].equal_slopes_p),
    field=decimal(laws.loc[FIELD, "exponent"], 1),
    rest=decimal(laws.loc[REST, "exponent"], 1),
    rest_interval=interval_text(Interval(laws.loc[REST, "exponent_low"], laws.loc[REST, "exponent_high"])),
    rest_n=laws.loc[REST, "n"],
    gap=decimal(abs(gap.estimate), 4),
    gap_interval=interval_text(gap.interval(), 3),
    gap_p=p_value_text(gap.p_value),
    printed_count=len(printed),
    printed_low=decimal(printed.min(), 1),
    printed_high=decimal(printed.max(), 1),
    fewest=own.loc[printed.index, "n"].min(),
    most=own.loc[printed.index, "n"].max(),
    reproduced_text=listing(
        [f"{names[key]} {decimal(refitted[key])}, printed {decimal(value, 1)}" for key, value in printed.items()]
    )
    + ", that of NASNet-A with the typing error below",
    right_score=decimal(records.models.set_index("model_id").loc[slip["model_id"], "score"], 3),
    wrong_score=decimal(slip["misprinted_score"], 3),
    nasnet=decimal(laws.loc["nasnet-a", "exponent"], 1),
    nasnet_interval=interval_text(
        Interval(laws.loc["nasnet-a", "exponent_low"], laws.loc["nasnet-a", "exponent_high"])
    ),
    nasnet_wrong=decimal(wrong["exponent"], 1),
    nasnet_printed=decimal(printed["nasnet-a"], 1),
    same_text=listing([names[key] for key in same]),
    changed_names=listing([names[key] for key in changed.index[changed]]),
    later_most=editions["2022"].groupby("paper").size().max(),
    last_year=chosen["model_id"].dropna().map(editions["2020-records"].set_index("model_id")["year"]).max(),
    dpn_n=own.loc["dpn", "n"],
    nasnet_n=own.loc["nasnet-a", "n"],
    later_models=len(later_models),
    burden_n=int(later_models["hardware_burden_gflop"].notna().sum()),
    operations_n=int(later_models["network_operations_gflop"].notna().sum()),
    all_n=len(theirs),
    filled_n=len(their_fills),
    both_n=gaps.with_both,
    fill_intercept=decimal(line[1]),
    fill_slope=decimal(line[0], 3),
    fill_worst=percent(10 ** float(apart.abs().max()) - 1),
    fill_sd=decimal(np.sqrt((residuals**2).sum() / (gaps.with_both - 2))),
    imputations=f"{imputations:,}",
    simulated_tables=simulated_tables,
    monte_carlo=percent(multiple["interval_monte_carlo_se"] / half_width),
    coco_filled=len(coco),
    coco_both=find_gaps(vintages["2022"].query("benchmark == 'ms-coco'")).with_both or "no",
    coco_slope=decimal(coco_line[0], 3),
    complete=decimal(ways.loc[COMPLETE, "exponent"], 1),
    single=decimal(ways.loc[SINGLE, "exponent"], 1),
    multiple=decimal(multiple["exponent"], 1),
    multiple_interval=interval_text(Interval(multiple["exponent_low"], multiple["exponent_high"])),
    audited_text=listing([f"{method} {decimal(audited_ways.loc[method, 'exponent'], 1)}" for method in METHODS]),
    single_coverage=percent(covered[SINGLE].min()),
    single_best=percent(covered[SINGLE].max()),
    missing=percent(multiple["missing_information"]),
)
