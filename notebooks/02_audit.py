# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The audit: every burden recomputed
#
# **Finding.** {{ disputed }} of the {{ points }} published burdens contradict their record or other evidence, and
# {{ wrong }} are wrong by more than {{ tolerance }}: {{ outright }} by a factor of two or more, the worst by
# {{ worst }}, and {{ lost }} without a value that could replace them. Corrected, {{ fallen_text }}; {{ stayed_text }}.
#
# ## How a burden is audited
#
# The hardware burden of {cite:t}`thompson2020computational` is processors times peak rate times time. For each model
# the records state these in words: "8" of "Tesla M40" for "10-35 hour". The audit reads the words again, looks the
# rate up in its own table of {{ processors }} processors, multiplies, and compares. Where the product differs from the
# published burden by more than {{ tolerance }}, or the record contradicts itself, there is a cause from a closed list
# ({numref}`tab-audit-causes`), a correction of the cell that is wrong, and the evidence for it.
#
# Nothing is corrected in silence. The records keep their words; the corrections are a table of their own; the audited
# burden is computed from both. Where the evidence allows two readings, the other one gives a lower or an upper bound.
# Where nothing says what the right burden would be, the model is left out of the audited vintage.

# %% tags=["hide-input"]
import numpy as np
import pandas as pd

from computational_limits.audit import AGREES, CAUSES, TOLERANCE, audit, compare_readings, is_wrong
from computational_limits.burden import model_burdens, peak_gflops
from computational_limits.display import keep, record, show, show_table
from computational_limits.figures.audit import (
    describe_audit,
    describe_before_after,
    draw_audit,
    draw_before_after,
)
from computational_limits.regressions import regress_every_way, regress_vintage, select_laws, tabulate_as_printed
from computational_limits.rendering import (
    render_as_printed,
    render_audit,
    render_before_after,
    render_causes,
    render_readings,
)
from computational_limits.sensitivity import FALLS, HOLDS, MOVES, compare_regressions, regress_readings
from computational_limits.tables import read_table
from computational_limits.uncertainty import LEVEL, SIGNIFICANCE
from computational_limits.vintages import read_records, select_vintage
from computational_limits.wording import decimal, listing, p_value_text, percent, span_text

# %% tags=["hide-input"]
names = read_table("benchmarks").set_index("benchmark")["name"].to_dict()
published = read_table("claims")
records = read_records()
audited = audit(records)
questioned = audited[audited["cause"] != AGREES]

# %% tags=["hide-input"]
show_table(
    render_causes(audited, CAUSES),
    name="tab-audit-causes",
    caption=(
        "Why a published burden differs from its recomputation, and how often: in the 2020 points, in the other"
        " records of 2020 that state a rate and a time, and in the records of 2022."
    ),
    data=audited.groupby(["vintage", "cause"], sort=False).size().rename("models").reset_index(),
    widths="22 50 9 12 9",
)

# %% [markdown]
# ## Published against recomputed
#
# {numref}`fig-audit` sets each published burden against what its record gives, word by word. On the diagonal they
# agree, which does not make them right: the record can carry the cost of another model. Open marks show where the
# correction puts a burden.

# %% tags=["hide-input"]
show(
    draw_audit(audited),
    name="fig-audit",
    caption=(
        f"Published against recomputed hardware burden of the {(audited['vintage'] == '2020').sum()} points of 2020 and"
        f" the {(audited['vintage'] == '2022').sum()} records of 2022 that state one. Dotted lines are factors of ten;"
        " a line leads from a burden to its correction."
    ),
    alt=describe_audit(audited),
    data=audited,
)

# %% [markdown]
# ## What was found in the 2020 points
#
# The largest errors are on tensor processing units. A Cloud TPU is a board of {{ board_chips }} chips with
# {{ chip_cores }} cores each, and the records list {{ tpu_units }} units; the published burdens count one board. That
# makes {{ tpu_count }} points too small, by up to {{ tpu_worst }} where the score is that of an ensemble besides. The
# most common cause is the card: {{ titan_count }} records name a "Titan X", a name that two cards share, of
# {{ titan_years }}, whose rates differ by {{ titan_ratio }}. Their published points have the older card, which stands,
# their records the younger. {{ m40_count }} records name a Tesla M40 and carry the rate of a V100.
#
# Some burdens belong to another model. SENet repeats burden and accuracy of NASNet, and so do, in the records behind
# the points, {{ nasnet_copies }} networks that the NASNet paper only compares itself with. Scores of ensembles stand
# beside the cost of one network. And some are typing errors: OctResNet-152's "{{ octres_words }}" became a time;
# two series of cells, the hours of HRNet and the generations of MnasNet's processors, rise by one from row to row as
# they do when a spreadsheet cell is dragged.

# %% tags=["hide-input"]
columns = ["benchmark", "model_id", "model", *audited.columns[4:]]
show_table(
    render_audit(questioned[questioned["vintage"] == "2020"]),
    name="tab-audit-2020",
    caption="Points of 2020 that do not stand, with hardware burdens in GFLOP. A range gives the readings.",
    data=questioned.loc[questioned["vintage"] == "2020", columns],
    widths="18 12 13 15 42",
)

# %% [markdown]
# ## The other records of 2020
#
# Not every record became a point. {numref}`tab-audit-records` lists those that state a rate and a time, were not used,
# and would have been wrong.

# %% tags=["hide-input"]
show_table(
    render_audit(questioned[questioned["vintage"] == "2020-records"]),
    name="tab-audit-records",
    caption="Other records of 2020 that do not stand, with hardware burdens in GFLOP.",
    data=questioned.loc[questioned["vintage"] == "2020-records", columns],
    widths="18 12 13 15 42",
)

# %% [markdown]
# ## The records of 2022
#
# Two years later the authors read the papers again and printed the burdens beside the records
# {cite:p}`thompson2022notebooks`. {{ later_right }} of {{ later }} of these are the product of what their records
# state, to the two or three digits printed: multiplication was no longer the problem. What remains is in
# {numref}`tab-audit-2022`.

# %% tags=["hide-input"]
show_table(
    render_audit(questioned[questioned["vintage"] == "2022"]),
    name="tab-audit-2022",
    caption="Records of 2022 that do not stand, with hardware burdens in GFLOP.",
    data=questioned.loc[questioned["vintage"] == "2022", columns],
    widths="18 12 13 15 42",
)

# %% [markdown]
# ## The same model, read twice
#
# {{ pairs }} models are in both editions, with a burden in each. As published, {{ pairs_apart }} of them differ by more
# than {{ tolerance }}; after the audit, {{ pairs_still }} do ({numref}`tab-audit-readings`). For some the agreement is
# no surprise, for the other edition was the evidence; {{ pairs_blind }} of the {{ pairs_mended }} that came to agree
# were corrected without it. The ones that still differ say how far two careful readings of one paper lie apart: a
# median factor of {{ pairs_median }}, and up to {{ pairs_worst }}.

# %% tags=["hide-input"]
pairs = compare_readings(records, read_table("scores"), audited)
ratios = {
    state: np.log10(pairs[f"{state}_2022_gflop"] / pairs[f"{state}_2020_gflop"]).abs()
    for state in ("published", "corrected")
}
apart = {state: ratio > np.log10(1 + TOLERANCE) for state, ratio in ratios.items()}
show_table(
    render_readings(pairs[apart["published"] | apart["corrected"]], names),
    name="tab-audit-readings",
    caption=(
        "Models of both editions whose burdens differ, before or after the audit: the later burden over the earlier"
        " one."
    ),
    data=pairs,
)

# %% [markdown]
# ## The regressions before and after
#
# {numref}`fig-audit-exponents` and {numref}`tab-audit-regressions` run the published regressions again on the audited
# burdens. A law *falls* when its slope is significant at {{ significance }} in one case only, *moves* when the exponent
# leaves the interval it had before, and else *holds*.

# %% tags=["hide-input"]
editions = {"2020": ("2020", "audited"), "2022": ("2022", "2022-audited")}
laws = {
    vintage: regress_vintage(select_vintage(records, vintage), names)
    for vintage in ("2020", "audited", "2020-records", "2022", "2022-audited")
}
comparison = {
    edition: compare_regressions(*(select_laws(laws[vintage], vintage) for vintage in pair)).assign(edition=edition)
    for edition, pair in editions.items()
}

# %% tags=["hide-input"]
both = pd.concat(comparison.values(), ignore_index=True)
show(
    draw_before_after(both, names),
    name="fig-audit-exponents",
    caption=(
        f"Exponents of the polynomial laws before and after the audit, with {percent(LEVEL)} intervals; an arrow marks"
        " an interval that leaves the axis."
    ),
    alt=describe_before_after(both, names),
    data=both,
)

# %% tags=["hide-input"]
show_table(
    render_before_after(comparison["2020"], names),
    name="tab-audit-regressions",
    caption=(
        f"Polynomial laws of the 2020 points before and after the audit, hardware burden, with {percent(LEVEL)}"
        " intervals of the exponent."
    ),
    data=comparison["2020"],
    widths="16 6 20 7 9 6 20 7 9 9",
)

# %% [markdown]
# {{ fate_text }}
#
# The paper's summary of the {{ significant_before }} areas changes accordingly. Its exponents beyond ImageNet, printed
# as {{ printed_low }} to {{ printed_high }}, are {{ others_before }} from the published points and {{ others_after }}
# from the audited ones. Its R², printed as {{ printed_r2_low }} to {{ printed_r2_high }}, runs from {{ r2_after }}.
# English to German stays without a slope (p = {{ ende_p }}).
#
# {{ readings_text }} With every burden at its lowest reading, ImageNet's exponent is {{ imagenet_low }}
# (p = {{ imagenet_low_p }}); with every one at its highest, {{ imagenet_high }} (p = {{ imagenet_high_p }}). The lowest
# reading counts one network of each ensemble, as the authors did.

# %% tags=["hide-input"]
show_table(
    render_before_after(comparison["2022"], names),
    name="tab-audit-regressions-2022",
    caption=(
        f"Polynomial laws of the 2022 records before and after the audit, hardware burden, with {percent(LEVEL)}"
        " intervals of the exponent."
    ),
    data=comparison["2022"],
    widths="16 6 20 7 9 6 20 7 9 9",
)

# %% [markdown]
# The records of 2022 give a burden for {{ later_n }} models of ImageNet; of the points of 2020 the audit keeps
# {{ earlier_n }}. Of the {{ later_laws }} laws of 2022 {{ later_fates }} under the audit. On ImageNet the exponent is
# then {{ later_imagenet }}, from {{ later_imagenet_low }} to {{ later_imagenet_high }}.
#
# ## The 2022 regressions in the authors' terms
#
# The notebooks of 2022 regress the logarithm of error on the logarithm of computing in FLOP.
# {numref}`tab-audit-printed` runs every benchmark and measure of that vintage the same way, with exact match for
# SQuAD, as they did. The {{ printed_count }} regressions they printed come out to the digit.

# %% tags=["hide-input"]
printed = tabulate_as_printed(laws["2022"])
show_table(
    render_as_printed(printed, published, names),
    name="tab-audit-printed",
    caption=(
        "Regressions of log10 error on log10 FLOP over the records of 2022, and the numbers that the authors printed."
        " The consolidated burden is their own: gaps in the burden filled from network operations."
    ),
    data=printed,
    widths="15 16 6 10 16 8 9 24",
)

# %% [markdown]
# ## Limits
#
# The audit tests arithmetic and readings, not the measure. A burden counts what the processors could have done at
# their peak, and the records use the FP32 peak of GPUs but the bf16 peak of TPUs, which no correction here touches.
# It cannot see what a record does not state: {{ no_hardware }} of {{ all_records }} records print no burden, and from
# {{ derivable }} of these only can one be derived. Costs of an architecture search stand for training costs on NASNet,
# MnasNet and SCARLET, and the pre-training behind FixResNeXt and I-DARTS + Flair is in no burden. {{ unverified }}
# corrections rest on what papers are said to state and were not compared with their text; the column *grade* of the
# table of corrections says which.

# %% tags=["remove-cell"]
keep(
    audit=audited,
    regressions=pd.concat(
        [
            regress_every_way(select_vintage(records, vintage), names)
            for vintage in ("audited", "2020-records", "2022", "2022-audited")
        ],
        ignore_index=True,
    ),
    regressions_2022=printed,
)

# %% tags=["remove-cell"]
first = questioned[questioned["vintage"] == "2020"]
wrong = is_wrong(first)
lost = first["corrected_gflop"].isna()
factor = np.exp(np.abs(np.log(first["corrected_gflop"] / first["published_gflop"])))
tpus = first[first["cause"] == "device count ignored"]
titans = first[first["evidence"].str.contains("Titan X")]
mended = apart["published"] & ~apart["corrected"]
lent = set(records.corrections.loc[records.corrections["grade"] == "other record", "model_id"])
helped = pairs["model_id_2020"].isin(lent) | pairs["model_id_2022"].isin(lent)
derived = model_burdens(records.stages, peak_gflops(records.processors))["burden_gflop"].dropna()
processors = records.processors.set_index("processor")
rates = processors["fp32_gflops"]
titan_cards = ["geforce-gtx-titan-x", "geforce-titan-x"]
chip, core = (processors.loc[f"cloud-tpu-v2-{part}"] for part in ("chip", "core"))
octres = records.stages.set_index("model_id").loc["imagenet-octresnet152-se-224px"]
record(
    tolerance=percent(TOLERANCE),
    significance=percent(SIGNIFICANCE),
    points=(audited["vintage"] == "2020").sum(),
    disputed=len(first),
    wrong=int(wrong.sum()),
    outright=int((factor >= 2).sum()),
    worst=f"a factor of {factor.max():.0f}",
    lost=int(lost.sum()),
    processors=len(records.processors),
    board_chips=int(chip["parts"]),
    chip_cores=int(core["parts"] / chip["parts"]),
    tpu_units=" or ".join(
        f"{count:g}"
        for count in np.unique(
            records.stages.loc[records.stages["model_id"].isin(tpus["model_id"]), "processor_count"].dropna()
        )
    ),
    tpu_count=len(tpus),
    tpu_worst=f"a factor of {(tpus['corrected_gflop'] / tpus['published_gflop']).max():.0f}",
    titan_count=len(titans),
    titan_years=listing([str(year) for year in processors.loc[titan_cards, "year"]]),
    octres_words=octres["time_words"],
    titan_ratio=percent(rates["geforce-titan-x"] / rates["geforce-gtx-titan-x"] - 1),
    m40_count=int(first["evidence"].str.contains("names the Tesla M40").sum()),
    nasnet_copies=int((questioned["evidence"].str.contains("the NASNet paper compares with")).sum()) - 1,
    later=int((audited["vintage"] == "2022").sum()),
    later_right=int(((audited["vintage"] == "2022") & (audited["cause"] == AGREES)).sum()),
    pairs=len(pairs),
    pairs_apart=int(apart["published"].sum()),
    pairs_still=int(apart["corrected"].sum()),
    pairs_mended=int(mended.sum()),
    pairs_blind=int((mended & ~helped).sum()),
    pairs_median=decimal(10 ** ratios["corrected"][apart["corrected"]].median(), 1),
    pairs_worst=decimal(10 ** ratios["corrected"].max(), 1),
    all_records=len(records.models),
    no_hardware=len(records.models) - len(audited),
    derivable=int((~derived.index.isin(audited["model_id"])).sum()),
    unverified=int((records.corrections["grade"] == "unverified").sum()),
)

# %% tags=["remove-cell"]
before_after = comparison["2020"].set_index("benchmark")
was = before_after[before_after["p_value_before"] < SIGNIFICANCE]
stays = before_after[before_after["p_value_after"] < SIGNIFICANCE]
verbs = {HOLDS: ("holds", "hold"), MOVES: ("moves", "move"), FALLS: ("falls", "fall")}
fates = {fate: [names[key] for key in before_after.index[before_after["fate"] == fate]] for fate in verbs}
others = [table.drop(index="imagenet", errors="ignore") for table in (was, stays)]
readings = audited[audited["vintage"] == "2020"].set_index("model_id")[["corrected_low_gflop", "corrected_high_gflop"]]
bounds = regress_readings(select_vintage(records, "audited"), readings, ["imagenet"]).set_index("reading")
low, high = (bounds.loc[reading] for reading in readings)
imagenet = before_after.loc["imagenet"]
later_law = comparison["2022"].set_index("benchmark").loc["imagenet"]
quoted = published.set_index("claim_id")["published"]
record(
    fallen_text=(
        f"the slope of {listing(fates[FALLS])} is no longer significant (p = {p_value_text(imagenet['p_value_after'])})"
        if fates[FALLS]
        else "every slope that was significant stays so"
    ),
    stayed_text=(
        f"the laws of {listing(fates[HOLDS])} hold"
        + (f", those of {listing(fates[MOVES])} move" if fates[MOVES] else "")
    ),
    readings_text=(
        "The readings that the evidence leaves open do not change that answer."
        if (low["p_value"] < SIGNIFICANCE) == (high["p_value"] < SIGNIFICANCE)
        else "The readings that the evidence leaves open decide about ImageNet."
    ),
    fate_text=" ".join(
        f"{listing(members)} {verbs[fate][len(members) > 1]}." for fate, members in fates.items() if members
    ),
    significant_before=len(was),
    others_before=span_text(others[0]["exponent_before"], 1),
    others_after=span_text(others[1]["exponent_after"], 1),
    printed_low=quoted["practice-exponent-low"],
    printed_high=quoted["practice-exponent-high"],
    printed_r2_low=quoted["r2-low"],
    printed_r2_high=quoted["r2-high"],
    r2_after=span_text(was["r2_after"], 2),
    ende_p=decimal(before_after.loc["wmt2014-en-de", "p_value_after"]),
    imagenet_low=decimal(low["exponent"], 1),
    imagenet_high=decimal(high["exponent"], 1),
    imagenet_low_p=p_value_text(low["p_value"]),
    imagenet_high_p=p_value_text(high["p_value"]),
    later_n=int(later_law["n_after"]),
    earlier_n=int(imagenet["n_after"]),
    later_laws=len(comparison["2022"]),
    later_fates=listing(
        [
            f"{count} {verbs[fate][count > 1]}"
            for fate, count in comparison["2022"]["fate"].value_counts().items()
            if fate in verbs
        ]
    ),
    later_imagenet=decimal(later_law["exponent_after"], 1),
    later_imagenet_low=decimal(later_law["exponent_low_after"], 1),
    later_imagenet_high=decimal(later_law["exponent_high_after"], 1),
    printed_count=int(published["claim_id"].str.fullmatch("2022-.*-n").sum()),
)
