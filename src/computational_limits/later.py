"""Models published after the points of 2020, and their computing by either way to count it.

The laws of 2020 are of the *hardware burden*: peak rate times time. Later
sources mostly estimate the operations performed, which are fewer. A
*conversion* says which of the two, at which peak, stands for the computing of
a later model.
"""

from __future__ import annotations

import pandas as pd

from computational_limits.burden import (
    hardware_burden_gflop,
    network_operations_flop,
    operations_per_pass_flop,
    peak_gflops,
)
from computational_limits.tables import suggestion
from computational_limits.vintages import FLOP_PER_GFLOP

LATER = "2026"
"""Vintage of the later models, of the language models and of the networks for ImageNet."""
BURDEN, OPERATIONS, NATIVE, UTILISED = "burden", "operations", "native", "operations over utilisation"
CONVERSIONS = {
    BURDEN: "peak by the authors' convention times time where stated, else operations over utilisation",
    OPERATIONS: "operations performed",
    NATIVE: "peak at the precision used times time where stated, else operations over utilisation",
    UTILISED: "operations over utilisation, whatever is stated",
}
STATED_COLUMN = {BURDEN: "burden_gflop", NATIVE: "native_burden_gflop"}


def convert_computing(models: pd.DataFrame, conversion: str, utilisation: float) -> pd.Series:
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
    >>> convert_computing(models, "burden", 0.38).tolist()
    [10000000000.0, 5000000000.0]
    >>> convert_computing(models, "operations", 0.38).tolist()
    [3800000000.0, 3800000000.0]
    """
    if conversion not in CONVERSIONS:
        raise KeyError(f"no conversion {conversion!r}{suggestion(conversion, CONVERSIONS)}")
    if not 0.0 < utilisation <= 1.0:
        raise ValueError(f"the utilisation must be above 0 and at most 1, got {utilisation}")
    operations = models["training_flop"] / FLOP_PER_GFLOP
    if conversion == OPERATIONS:
        return operations.rename(None)
    if conversion == UTILISED:
        return (operations / utilisation).rename(None)
    return models[STATED_COLUMN[conversion]].fillna(operations / utilisation).rename(None)


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
