# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # All records
#
# **Finding.** The book holds {{ model_count }} records of models, {{ old_count }} of 2020 and {{ new_count }} of 2022,
# but only {{ burden_count }} of them give a hardware burden, {{ pass_count }} the operations per pass and
# {{ network_count }} the network operations. What follows about computing rests on
# {{ burden_share }} of what was collected.
#
# ## What the records give
#
# A record is one model in one paper with its score on one benchmark. {numref}`tab-record-counts` counts the records
# and those that also give a measure of computing. {numref}`fig-records` shows the ones with a hardware burden as
# published. The {{ point_count }} points behind the regressions of 2020 are among them; the audit finds a wrong burden
# in {{ wrong_count }} of those and no right one for {{ lost_count }}.

# %% tags=["hide-input"]
import pandas as pd

from computational_limits.audit import AGREES
from computational_limits.display import record, show, show_explorer, show_table
from computational_limits.explorer import COUNTED, count_records, explorer_data, render_counts
from computational_limits.figures.records import describe_records, draw_records
from computational_limits.tables import read_table
from computational_limits.vintages import AUDITED, PUBLISHED, RECORD_TABLES, derive_tables
from computational_limits.wording import percent

names = read_table("benchmarks").set_index("benchmark")["name"].to_dict()
tables = {name: read_table(name) for name in (*RECORD_TABLES, "papers")}
everything, audited = derive_tables(tables).values()
vintages = dict(list(everything.groupby("vintage", sort=False)))
published = pd.concat([vintages[vintage] for vintage in COUNTED], ignore_index=True)
counts = count_records(vintages, names)

# %% tags=["hide-input"]
show_table(
    render_counts(counts, names),
    name="tab-record-counts",
    caption="Records and how many of them give each measure of computing: those of 2020 + those of 2022.",
    data=counts,
    widths="28 18 18 18 18",
)

# %% tags=["hide-input"]
show(
    draw_records(published, names),
    name="fig-records",
    caption=(
        f"Error against hardware burden of the {published['hardware_burden_gflop'].notna().sum()} records that give"
        " both, as published, vintages 2020-records and 2022. Scales differ between panels; n counts the records of"
        " 2020 and those of 2022."
    ),
    alt=describe_records(published, names),
    data=published.dropna(subset="hardware_burden_gflop")[
        ["vintage", "benchmark", "model_id", "year", "hardware_burden_gflop", "error"]
    ],
)

# %% [markdown]
# ## Choose records
#
# Every record of every vintage, as published and as audited. A record without the measure on the horizontal axis stays
# in the table and out of the chart. The address of the page keeps the choice: a link to it shows the same records.

# %% tags=["hide-input"]
show_explorer(
    explorer_data(vintages, tables["stages"], audited.set_index("model_id")["cause"].to_dict(), names),
    name="all-records",
    data=everything,
)

# %% [markdown]
# ## How to read them
#
# Error is one minus the score, whatever the score: accuracy, exact match, F1, average precision or BLEU. Errors of
# different benchmarks share an axis but not a meaning. {{ metric_text }}
#
# The hardware burden is processors times peak rate times time. The operations per pass are those of one example
# through the network, and the network operations are these times the examples seen in training. The audited vintages
# correct a burden where the evidence allows it, and leave it out where it is known to be wrong without a right one.

# %% tags=["remove-cell"]
totals = counts.query("benchmark == 'all' and vintage in @COUNTED")
metrics = published.groupby(["benchmark", "vintage"])["metric"].first().unstack()
renamed = metrics[metrics["2020-records"] != metrics["2022"]]
points = audited[audited["vintage"] == PUBLISHED]
record(
    model_count=int(totals["models"].sum()),
    old_count=len(vintages["2020-records"]),
    new_count=len(vintages["2022"]),
    burden_count=int(totals["hardware_burden"].sum()),
    burden_share=percent(totals["hardware_burden"].sum() / totals["models"].sum()),
    pass_count=int(totals["ops_per_pass"].sum()),
    network_count=int(totals["network_operations"].sum()),
    metric_text=" ".join(
        f"On {names[benchmark]} not even the two years share a score: the records of 2020 give {old}, those of 2022"
        f" {new}."
        for benchmark, old, new in renamed.itertuples()
    ),
    point_count=len(vintages[PUBLISHED]),
    wrong_count=int((points["cause"] != AGREES).sum()),
    lost_count=int(vintages[AUDITED]["hardware_burden_gflop"].isna().sum()),
)
