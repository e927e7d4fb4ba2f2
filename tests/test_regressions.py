"""The regression table against the numbers an independent calculation gave for the 2020 points."""

import numpy as np
import pandas as pd
import pytest

from computational_limits.regressions import fit_forms, tabulate_regressions
from computational_limits.uncertainty import exponent_interval

KNOWN = {
    "imagenet": (13, 13.64, 0.452, 0.012),
    "ms-coco": (33, 44.29, 0.290, 0.0012),
    "squad-1.1": (16, 7.78, 0.682, 8e-5),
    "conll-2003": (13, 59.48, 0.418, 0.017),
    "wmt2014-en-fr": (13, 42.21, 0.516, 0.0056),
    "wmt2014-en-de": (13, 434.0, 0.003, 0.86),
}
"""Models, exponent, R2 and p value of the polynomial form on hardware burden."""

COLUMNS = [
    "benchmark",
    "vintage",
    "measure",
    "form",
    "direction",
    "n",
    "intercept",
    "slope",
    "slope_se",
    "exponent",
    "exponent_low",
    "exponent_high",
    "r2",
    "p_value",
]


def table_of(models: pd.DataFrame, benchmark: str) -> pd.DataFrame:
    laws = fit_forms(models[models["benchmark"] == benchmark])
    return tabulate_regressions(laws, benchmark, "2020", "hardware burden")


@pytest.mark.parametrize("benchmark", KNOWN)
def test_reproduces_the_regressions_of_2020(benchmark: str, models: pd.DataFrame) -> None:
    n, exponent, r2, p_value = KNOWN[benchmark]
    row = table_of(models, benchmark).set_index("form").loc["polynomial"]
    digits = 0 if benchmark == "wmt2014-en-de" else 2
    assert row["n"] == n
    assert round(row["exponent"], digits) == exponent
    assert round(row["r2"], 3) == r2
    assert row["p_value"] == pytest.approx(p_value, rel=0.05)


def test_columns_are_those_of_the_codebook_in_order(models: pd.DataFrame) -> None:
    assert list(table_of(models, "imagenet").columns) == COLUMNS


def test_one_row_a_form_says_what_was_fitted(models: pd.DataFrame) -> None:
    table = table_of(models, "ms-coco")
    assert list(table["form"]) == ["polynomial", "exponential"]
    assert set(table["benchmark"]) == {"ms-coco"}
    assert set(table["vintage"]) == {"2020"}
    assert set(table["measure"]) == {"hardware burden"}
    assert set(table["direction"]) == {"performance on computing"}


def test_rows_carry_the_numbers_of_their_laws(models: pd.DataFrame) -> None:
    laws = fit_forms(models[models["benchmark"] == "squad-1.1"])
    table = tabulate_regressions(laws, "squad-1.1", "2020", "hardware burden").set_index("form")
    for form, law in laws.items():
        row, exponents = table.loc[form], exponent_interval(law)
        assert law.form.name == form
        assert row["intercept"] == law.intercept
        assert row["slope"] == law.slope
        assert row["slope_se"] == law.slope_se
        assert row["r2"] == law.r2
        assert (row["exponent_low"], row["exponent_high"]) == (exponents.low, exponents.high)
        assert row["exponent_low"] < row["exponent"] < row["exponent_high"]


def test_only_english_to_german_has_an_unbounded_exponent(models: pd.DataFrame) -> None:
    tables = pd.concat([table_of(models, benchmark) for benchmark in KNOWN])
    unbounded = tables[~np.isfinite(tables["exponent_low"]) | ~np.isfinite(tables["exponent_high"])]
    assert set(unbounded["benchmark"]) == {"wmt2014-en-de"}
    assert set(unbounded["form"]) == {"polynomial", "exponential"}


def test_fits_only_the_forms_asked_for(models: pd.DataFrame) -> None:
    imagenet = models[models["benchmark"] == "imagenet"]
    assert list(fit_forms(imagenet, ["exponential"])) == ["exponential"]


def test_an_unknown_form_is_refused(models: pd.DataFrame) -> None:
    with pytest.raises(KeyError, match="cubic"):
        fit_forms(models[models["benchmark"] == "imagenet"], ["cubic"])


def test_too_few_models_are_refused(models: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="at least 3 models, got 2"):
        fit_forms(models.head(2))
