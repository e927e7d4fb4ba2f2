"""Models published after the points of 2020, and their computing by either way to count it.

The laws of 2020 are of the *hardware burden*: peak rate times time. Later
sources mostly estimate the operations performed, which are fewer. A
*conversion* says which of the two, at which peak, stands for the computing of
a later model.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from computational_limits.burden import (
    hardware_burden_gflop,
    network_operations_flop,
    operations_per_pass_flop,
    peak_gflops,
)
from computational_limits.tables import read_table, suggestion
from computational_limits.vintages import FLOP_PER_GFLOP, MEASURES

LATER = "2026"
"""Vintage of the later models, of the language models and of the networks for ImageNet."""
UTILISATION = 0.38
"""Share of the peak that trainings use: the median of those whose papers state it."""
BURDEN, OPERATIONS, NATIVE = "burden", "operations", "native"
CONVERSIONS = {
    BURDEN: "peak by the authors' convention times time where stated, else operations over utilisation",
    OPERATIONS: "operations performed",
    NATIVE: "peak at the precision used times time where stated, else operations over utilisation",
}
STATED_COLUMN = {BURDEN: "burden_gflop", NATIVE: "native_burden_gflop"}
COLUMNS = (
    "model_id",
    "benchmark",
    "vintage",
    "year",
    "published",
    "model",
    "paper",
    "error",
    MEASURES["hardware_burden"],
    "training_gflop",
    "protocol",
    "extra_data",
    "confidence",
    "counted",
    "era",
    "excluded",
    "note",
)


def convert_computing(models: pd.DataFrame, conversion: str = BURDEN, utilisation: float = UTILISATION) -> pd.Series:
    """Computing of later models in the unit of the laws of 2020.

    Parameters
    ----------
    models : DataFrame
        Rows of table ``later_models``.
    conversion : str
        A key of `CONVERSIONS`.
    utilisation : float
        Share of the peak that is taken to have been used where no hardware is stated.

    Returns
    -------
    Series
        GFLOP; missing where neither operations nor hardware are known.

    Raises
    ------
    KeyError
        If there is no such conversion.
    ValueError
        If the utilisation is not above 0 and at most 1.

    Examples
    --------
    >>> models = pd.DataFrame({"training_flop": [3.8e18, 3.8e18], "burden_gflop": [float("nan"), 5e9]})
    >>> convert_computing(models).tolist()
    [10000000000.0, 5000000000.0]
    >>> convert_computing(models, "operations").tolist()
    [3800000000.0, 3800000000.0]
    """
    if conversion not in CONVERSIONS:
        raise KeyError(f"no conversion {conversion!r}{suggestion(conversion, CONVERSIONS)}")
    if not 0.0 < utilisation <= 1.0:
        raise ValueError(f"the utilisation must be above 0 and at most 1, got {utilisation}")
    operations = models["training_flop"] / FLOP_PER_GFLOP
    if conversion == OPERATIONS:
        return operations.rename(None)
    return models[STATED_COLUMN[conversion]].fillna(operations / utilisation).rename(None)


def select_later_models(
    models: pd.DataFrame, conversion: str = BURDEN, utilisation: float = UTILISATION, *, with_excluded: bool = False
) -> pd.DataFrame:
    """Later models as the rest of the package takes models.

    Parameters
    ----------
    models : DataFrame
        Table ``later_models``.
    conversion, utilisation
        As `convert_computing` takes them.
    with_excluded : bool
        Whether to keep the rows that state a reason to be left out.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`. ``paper`` is the training whose operations are
        counted, so that models that share one form one cluster.
    """
    chosen = models if with_excluded else models[models["excluded"].isna()]
    return chosen.assign(
        vintage=LATER,
        year=chosen["published"].str[:4].astype("int64"),
        paper=chosen["run"].fillna(chosen["model_id"]),
        training_gflop=chosen["training_flop"] / FLOP_PER_GFLOP,
        **{MEASURES["hardware_burden"]: convert_computing(chosen, conversion, utilisation)},
    )[list(COLUMNS)].reset_index(drop=True)


def read_later_models(
    benchmark: str | None = None,
    conversion: str = BURDEN,
    utilisation: float = UTILISATION,
    *,
    with_excluded: bool = False,
    root: Path | None = None,
) -> pd.DataFrame:
    """Read the later models, of one benchmark or all; see `select_later_models`.

    Raises
    ------
    KeyError
        If there is no such conversion.
    DataError
        With every offence in the table.
    """
    models = select_later_models(read_table("later_models", root), conversion, utilisation, with_excluded=with_excluded)
    return models if benchmark is None else models[models["benchmark"] == benchmark].reset_index(drop=True)


def recompute_operations(models: pd.DataFrame) -> pd.Series:
    """Operations of the trainings that state what they follow from.

    Parameters
    ----------
    models : DataFrame
        Rows of table ``later_models``.

    Returns
    -------
    Series
        FLOP: operations per pass x 3 x examples of all epochs, or device-seconds
        x native peak x utilisation; missing for estimates of others.
    """
    per_pass = operations_per_pass_flop(models["flop_per_pass"], models["multiadds_per_pass"])
    last = network_operations_flop(per_pass, models["epochs"], models["examples"])
    earlier = network_operations_flop(
        per_pass * models["earlier_scale"], models["earlier_epochs"], models["earlier_examples"]
    )
    counted = pd.Series(last, index=models.index) + pd.Series(earlier, index=models.index).fillna(0.0)
    peak = hardware_burden_gflop(1.0, models["native_peak_gflops"], models["device_seconds"]) * FLOP_PER_GFLOP
    return counted.fillna(pd.Series(peak, index=models.index) * models["utilisation"])


def recompute_burdens(models: pd.DataFrame, processors: pd.DataFrame) -> pd.DataFrame:
    """Burdens of later models from the processors.

    Parameters
    ----------
    models : DataFrame
        Rows of table ``later_models``.
    processors : DataFrame
        Table ``processors``.

    Returns
    -------
    DataFrame
        ``burden_gflop`` and ``native_burden_gflop``; missing without hardware.
    """
    rates = models["processor"].map(peak_gflops(processors))
    return pd.DataFrame(
        {
            "burden_gflop": hardware_burden_gflop(1.0, rates, models["device_seconds"]),
            "native_burden_gflop": hardware_burden_gflop(1.0, models["native_peak_gflops"], models["device_seconds"]),
        },
        index=models.index,
    )
