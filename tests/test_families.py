"""Laws within families: a planted slope, statsmodels beside ours, printed exponents, members where they say."""

import math
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from computational_limits.audit import Records
from computational_limits.checking import DataError
from computational_limits.families import (
    CORRECTED_2020,
    FIELD,
    MISPRINTED,
    PAPER,
    POOLED,
    RECORDED,
    REST,
    CommonSlope,
    assemble_members,
    fit_common_slope,
    of_records,
    read_imagenet,
    slope_between,
    tabulate_families,
    with_law,
)
from computational_limits.rendering import render_families, render_shared
from computational_limits.scaling import POLYNOMIAL, fit_law
from computational_limits.slopes import Slope, difference, slope_of
from computational_limits.tables import check_tables, read_table
from computational_limits.uncertainty import exponent_interval
from computational_limits.vintages import read_records

NASNET_A = {  # operations per pass in GFLOP: error, both by hand from the paper
    2 * 0.564: 0.260,
    2 * 2.35: 0.214,
    2 * 4.93: 0.192,
    2 * 23.8: 0.173,
}
PRINTED = {"resnet": 5.6, "dpn": 23.8, "efficientnet": 12.3}
PLANTED = pd.DataFrame(
    {
        "compute": [1.0, 3.0, 10.0, 2.0, 8.0, 40.0, 0.5, 1.0, 6.0, 20.0],
        "family": list("aaabbbcccc"),
        "wobble": [0.004, -0.006, 0.002, 0.01, -0.004, 0.003, -0.002, 0.006, -0.007, 0.001],
    }
)


@pytest.fixture(scope="module")
def records(root: Path) -> Records:
    return read_records(root)


@pytest.fixture(scope="module")
def members(root: Path) -> pd.DataFrame:
    return read_table("family_members", root)


@pytest.fixture(scope="module")
def families(root: Path) -> pd.DataFrame:
    return read_table("families", root)


@pytest.fixture(scope="module")
def table(records: Records, members: pd.DataFrame, families: pd.DataFrame) -> pd.DataFrame:
    """Laws of all vintages."""
    parts = []
    for vintage in ("2020-records", CORRECTED_2020, "2022", "2022-audited"):
        models = read_imagenet(records, vintage)
        parts.append(tabulate_families(models, assemble_members(members, models), families["family"]))
    return pd.concat(parts, ignore_index=True)


def rows_of(table: pd.DataFrame, vintage: str, measure: str = "ops_per_pass", score: str = RECORDED) -> pd.DataFrame:
    chosen = (table["vintage"] == vintage) & (table["measure"] == measure) & (table["score"] == score)
    return table[chosen].set_index("family")


def planted_fit(slope: float = 0.25, noise: float = 1.0) -> tuple[pd.DataFrame, CommonSlope]:
    level = PLANTED["family"].map({"a": 0.3, "b": 0.9, "c": -0.2}) + 0.5
    response = level + slope * np.log10(PLANTED["compute"]) + noise * PLANTED["wobble"]
    data = PLANTED.assign(x=np.log10(PLANTED["compute"]), y=response, error=10.0**-response)
    return data, fit_common_slope(data["compute"], data["error"], data["family"])


def test_recovers_a_planted_slope_whatever_the_intercepts() -> None:
    _, fit = planted_fit(noise=0.0)
    assert fit.slope.estimate == pytest.approx(0.25)
    assert fit.r2_within == pytest.approx(1.0)
    assert (fit.n, fit.families, fit.slope.degrees_of_freedom) == (10, 3, 6)


def test_the_common_slope_is_that_of_statsmodels_with_an_intercept_a_family() -> None:
    data, fit = planted_fit()
    common, own = ols("y ~ x + C(family)", data).fit(), ols("y ~ x * C(family)", data).fit()
    assert fit.slope.estimate == pytest.approx(common.params["x"])
    assert fit.slope.standard_error == pytest.approx(common.bse["x"])
    assert fit.slope.p_value == pytest.approx(common.pvalues["x"])
    low, high = common.conf_int(0.1).loc["x"]
    assert (fit.slope.interval().low, fit.slope.interval().high) == pytest.approx((low, high))
    assert fit.equal_slopes_p == pytest.approx(anova_lm(common, own)["Pr(>F)"].iloc[1])


@given(st.lists(st.floats(1e-3, 1e3), min_size=3, max_size=3), st.permutations(range(10)))
def test_units_of_a_family_and_the_order_of_models_do_not_matter(units: list[float], order: list[int]) -> None:
    data, fit = planted_fit()
    scaled = data.assign(compute=data["compute"] * data["family"].map(dict(zip("abc", units, strict=True))))
    again = fit_common_slope(*(scaled.iloc[order][column] for column in ("compute", "error", "family")))
    assert again.slope.estimate == pytest.approx(fit.slope.estimate)
    assert again.slope.standard_error == pytest.approx(fit.slope.standard_error)
    assert again.equal_slopes_p == pytest.approx(fit.equal_slopes_p)


def test_refuses_one_family_and_a_family_without_spread() -> None:
    with pytest.raises(ValueError, match="at least two families"):
        fit_common_slope([1, 2, 3], [0.3, 0.2, 0.1], list("aaa"))
    with pytest.raises(ValueError, match="spread in computing"):
        fit_common_slope([1, 2, 3, 5, 5, 5], [0.3, 0.2, 0.1, 0.3, 0.2, 0.1], list("aaabbb"))


@pytest.mark.parametrize(
    "errors", [[0.4, 0.2, 0.1, 0.06], [0.2, 0.3, 0.19, 0.28], [0.28, 0.19, 0.3, 0.2], [0.1, 0.2, 0.3, 0.4]]
)
def test_the_exponent_of_a_slope_has_the_interval_of_its_law(errors: list[float]) -> None:
    law = fit_law([1e9, 1e10, 1e11, 1e12], errors, POLYNOMIAL)
    assert slope_of(law).exponent_interval() == exponent_interval(law)
    assert slope_of(law).p_value == pytest.approx(law.p_value)


def test_a_difference_of_slopes_has_the_freedom_of_welch() -> None:
    first, second = np.array([1.0, 2.0, 4.0, 3.5]), np.array([0.5, 0.9, 1.4, 0.2, 2.0, 1.0])
    means = [Slope(float(x.mean()), float(x.std(ddof=1) / np.sqrt(len(x))), len(x) - 1) for x in (first, second)]
    gap, test = difference(*means), stats.ttest_ind(first, second, equal_var=False)
    assert gap.degrees_of_freedom == pytest.approx(test.df)
    assert gap.p_value == pytest.approx(test.pvalue)
    ends = test.confidence_interval(0.9)
    assert (gap.interval().low, gap.interval().high) == pytest.approx((ends.low, ends.high))


def test_nasnet_by_hand_with_and_without_the_typing_error(table: pd.DataFrame) -> None:
    errors = list(NASNET_A.values())
    for score, printed in ((RECORDED, errors), (MISPRINTED, [*errors[:-1], 1 - 0.872])):
        line = stats.linregress(np.log10(list(NASNET_A)), -np.log10(printed))
        row = rows_of(table, "2020-records", score=score).loc["nasnet-a"]
        assert row["exponent"] == pytest.approx(1 / line.slope)
        assert row["r2"] == pytest.approx(line.rvalue**2)
        assert row["p_value"] == pytest.approx(line.pvalue)
    assert round(row["exponent"], 1) == 5.3, "the typing error is what was printed"


def test_the_other_printed_exponents_come_out_to_the_digit(table: pd.DataFrame, families: pd.DataFrame) -> None:
    printed = families.dropna(subset="published_exponent").set_index("family")["published_exponent"]
    assert printed.to_dict() == PRINTED | {"nasnet-a": 5.3}
    exponents = rows_of(table, "2020-records")["exponent"]
    for family, value in PRINTED.items():
        assert value in (round(exponents[family], 1), math.floor(10 * exponents[family]) / 10)


def test_a_misprint_changes_the_law_of_its_family_only(table: pd.DataFrame) -> None:
    assert set(table.loc[table["score"] == MISPRINTED, "family"]) == {"nasnet-a"}


def test_the_field_and_its_parts_add_up(table: pd.DataFrame, members: pd.DataFrame, records: Records) -> None:
    rows = rows_of(table, "2020-records")
    assert rows.loc[FIELD, "n"] == rows.loc[REST, "n"] + rows.loc[POOLED, "n"] == 110
    assert rows.loc[FIELD, "exponent"] == pytest.approx(9.35, abs=0.005)
    chosen = with_law(assemble_members(members, read_imagenet(records, "2020-records")), "ops_per_pass")
    assert rows.loc[POOLED, "n"] == len(of_records(chosen)) == len(chosen) - 8
    gap = slope_between(rows.reset_index(), POOLED, REST)
    assert gap.estimate == pytest.approx(rows.loc[POOLED, "slope"] - rows.loc[REST, "slope"])
    assert gap.interval().low < 0.0 < gap.interval().high


def test_no_family_has_a_law_of_hardware_burden_and_each_says_why(table: pd.DataFrame, families: pd.DataFrame) -> None:
    for vintage in table["vintage"].unique():
        rows = rows_of(table, vintage, "hardware_burden")
        assert rows.loc[FIELD, "reason"] == ""
        assert (rows.loc[families["family"], "reason"] != "").all()
        assert rows.loc[families["family"], "exponent"].isna().all()
    reasons = rows_of(table, "2020-records", "hardware_burden")["reason"]
    same = set(reasons.index[reasons == "one value for all members"])
    assert same == {"nasnet-a", "scarlet", "mnasnet"}
    assert reasons[POOLED] == "fewer than 2 families with a law"


def test_the_records_of_2022_have_no_family(table: pd.DataFrame, families: pd.DataFrame, records: Records) -> None:
    assert records.models.query("benchmark == 'imagenet' and vintage == '2022'")["paper"].value_counts().max() == 1
    rows = rows_of(table, "2022").loc[families["family"]]
    assert set(rows.index[rows["reason"] == ""]) == {"efficientnet"}


def test_audited_burdens_are_those_of_the_audit(records: Records) -> None:
    before, after = (
        read_imagenet(records, vintage).set_index("model_id")["hardware_burden_gflop"]
        for vintage in ("2020-records", CORRECTED_2020)
    )
    assert before["imagenet-2020-mnasneta1"] == pytest.approx(7.002e10)
    assert after["imagenet-2020-mnasneta1"] == pytest.approx(64 * 180000 * 4.5 * 86400)
    assert np.isnan(after["imagenet-2020-polynet-2"])
    assert after["imagenet-nasneta-6-4032"] == before["imagenet-nasneta-6-4032"]


def test_a_member_of_a_paper_gives_way_to_its_record(members: pd.DataFrame, records: Records) -> None:
    for vintage in ("2020-records", "2022"):
        rows = assemble_members(members, read_imagenet(records, vintage)).query("family == 'efficientnet'")
        assert sorted(rows["member"]) == [f"EfficientNet-B{size}" for size in range(8)]
    largest = rows.set_index("member").loc["EfficientNet-B7"]
    assert (largest["edition"], largest["ops_per_pass_gflop"], largest["error"]) == ("2022", 37.0, 0.157)


def test_numbers_of_a_paper_are_read_as_multiply_adds(members: pd.DataFrame, records: Records) -> None:
    rows = assemble_members(members, read_imagenet(records, "2020-records")).set_index("member")
    assert rows.loc["EfficientNet-B0", "ops_per_pass_gflop"] == pytest.approx(2 * 0.39)
    assert rows.loc["EfficientNet-B0", "error"] == 0.229


def test_every_member_is_a_model_of_imagenet_from_the_edition_it_names(
    members: pd.DataFrame, records: Records, families: pd.DataFrame
) -> None:
    known = members.dropna(subset="model_id").merge(records.models, on="model_id", validate="one_to_one")
    assert len(known) == (members["edition"] != PAPER).sum()
    assert set(known["benchmark"]) == {"imagenet"}
    assert (known["edition"] == known["vintage"]).all()
    assert set(members["family"]) == set(families["family"])


def test_a_misprinted_score_is_the_recorded_one_with_two_digits_swapped(
    members: pd.DataFrame, records: Records
) -> None:
    (slip,) = members.dropna(subset="misprinted_score").to_dict("records")
    recorded = records.models.set_index("model_id").loc[slip["model_id"], "score"]
    assert sorted(f"{recorded}") == sorted(f"{slip['misprinted_score']}")
    assert recorded != slip["misprinted_score"]
    assert (records.models["score"] != slip["misprinted_score"])[records.models["benchmark"] == "imagenet"].all()


@pytest.mark.parametrize(
    ("cell", "wrong", "rule"),
    [
        ("imagenet-nasneta-6-4032", "imagenet-nasneta-6-4033", "models"),
        ("nasnet-a,2020-records,4 @ 1056", "nasnet-z,2020-records,4 @ 1056", "families"),
        ("efficientnet,paper,EfficientNet-B0", "efficientnet,2022,EfficientNet-B0", "paper"),
        ("EfficientNet-B1,,0.791", "EfficientNet-B1,,", "paper"),
    ],
)
def test_a_member_that_is_nowhere_is_an_offence(cell: str, wrong: str, rule: str, tmp_path: Path, root: Path) -> None:
    shutil.copytree(root / "data", tmp_path / "data")
    shutil.copytree(root / "book", tmp_path / "book")
    path = tmp_path / "data" / "family_members.csv"
    text = path.read_text(encoding="utf-8")
    assert text.count(cell) == 1
    path.write_text(text.replace(cell, wrong), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        check_tables(tmp_path)
    assert {offence.file for offence in caught.value.offences} == {"data/family_members.csv"}
    assert any(rule in offence.rule for offence in caught.value.offences)


def test_a_family_without_a_law_is_shown_with_its_reason(table: pd.DataFrame, families: pd.DataFrame) -> None:
    rows = table[(table["vintage"] == "2020-records") & (table["measure"] == "hardware_burden")]
    shown = render_families(rows, families).set_index("Family")
    assert shown.loc["SCARLET", "Exponent"] == "one value for all members"
    assert shown.loc["SCARLET", "n"] == 5
    assert shown.loc["*field*", "Exponent"] == "28.3"
    shown = render_families(table[table["measure"] == "ops_per_pass"].head(12), families).set_index("Family")
    assert shown.loc["NASNet-A", ["Exponent", "Printed in 2022"]].tolist() == ["9.1", "5.3"]
    assert shown.loc["NASNet-A, as misprinted", "Exponent"] == "5.3"


def test_what_families_share_is_shown_with_their_counts(families: pd.DataFrame) -> None:
    shown = render_shared(families.head(2), {"resnet": 5, "resnet-again": 3})
    assert shown["Members"].tolist() == [5, 3]
    assert shown["Family"].tolist() == ["ResNet", "ResNet, trained again"]
