# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Verdicts: published numbers beside ours
#
# **Finding.** Of {{ total }} published numbers, {{ reproduced }} are reproduced, {{ differ }} differ and
# {{ untestable }} cannot be tested yet. {{ cells_reproduced }} of the {{ cells }} cells of the target table come out as
# printed; the {{ cells_differ }} that do not stand in one row that contradicts itself.
#
# A number counts as *reproduced* when ours agrees with it under the rule that fits how it was printed: to its digits,
# rounded or cut off; within {{ near }}, where it was read off a simulated curve; by its power of ten, where it says how
# many times something grew and has a single digit that is not zero. Where a statement can be read in several ways, the
# nearest reading counts, which is kind to the paper; the reason says how many readings meet the number, and which.
# A number that *differs* is a finding, with the reason beside it. Where we lack the data or the simulation, the number
# is *not testable* and the table says what is missing. The grade says how sure we are that the source states the
# number: quoted, secondary (an article by the same authors, or a statement that reached us without its passage), or
# transcribed from memory and unverified.

# %% tags=["hide-input"]
from computational_limits.claims import (
    DIFFERS,
    NEAR,
    NOT_TESTABLE,
    REPRODUCED,
    VERDICTS,
    Evidence,
    judge_claims,
)
from computational_limits.display import keep, record, show_table
from computational_limits.rendering import render_cells, render_verdict_counts, render_verdicts
from computational_limits.results import read_results
from computational_limits.tables import read_table
from computational_limits.uncertainty import LEVEL
from computational_limits.wording import percent

published = read_table("claims")
evidence = Evidence(
    read_results("regressions"),
    read_results("projections"),
    read_table("assumptions"),
    published,
    read_results("simulation"),
    read_results("growth"),
    read_results("readings"),
    read_results("form_comparison"),
)
claims = judge_claims(evidence)
is_cell = claims["claim_id"].str.startswith("target-")

# %% tags=["hide-input"]
show_table(
    render_verdict_counts(claims, VERDICTS),
    name="tab-verdict-counts",
    caption="Verdicts by grade of the source.",
)

# %% [markdown]
# ## Statements
#
# {numref}`tab-statements` lists what the text, the figures and a later article by the same authors state.

# %% tags=["hide-input"]
show_table(
    render_verdicts(claims[~is_cell]),
    name="tab-statements",
    caption=f"Published statements beside ours, with {percent(LEVEL)} intervals where ours is an estimate.",
    data=claims[~is_cell],
    widths="26 10 20 12 32",
)

# %% [markdown]
# ## Cells that differ
#
# {numref}`tab-cells-differ` gives the cells of the target table that do not come out as printed.

# %% tags=["hide-input"]
show_table(
    render_verdicts(claims[is_cell & (claims["verdict"] == DIFFERS)]),
    name="tab-cells-differ",
    caption="Cells of the target table that differ from ours.",
    data=claims[is_cell & (claims["verdict"] == DIFFERS)],
    widths="26 10 20 12 32",
)

# %% [markdown]
# ## All cells of the target table
#
# {numref}`tab-cells` lists all {{ cells }} cells; a published cell is the floor of ours where it is reproduced.

# %% tags=["hide-input"]
show_table(
    render_cells(claims[is_cell]),
    name="tab-cells",
    caption="Every cell of the published target table beside ours; all entries are log10.",
    data=claims[is_cell],
    widths="52 16 16 16",
)

# %% tags=["remove-cell"]
keep(claims=claims)

# %% tags=["remove-cell"]
counts = claims["verdict"].value_counts()
cell_counts = claims.loc[is_cell, "verdict"].value_counts()
record(
    total=len(claims),
    reproduced=counts[REPRODUCED],
    differ=counts[DIFFERS],
    untestable=counts[NOT_TESTABLE],
    cells=int(is_cell.sum()),
    cells_reproduced=cell_counts[REPRODUCED],
    cells_differ=cell_counts[DIFFERS],
    near=percent(NEAR),
)
