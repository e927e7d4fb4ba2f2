"""What training a model took, from processors, rates and times.

Every function takes and returns numbers or frames in the units of its
argument names; the columns it adds are derived, never read from a table.

The three measures are those of Thompson et al. (2020): the *hardware burden*
(processors x peak rate x time), the *operations per pass* of a network, and the
*network operations* of its whole training.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

BACKWARD_FACTOR = 3.0
"""Operations of a training step over those of its forward pass: one forward, two backward."""
FLOP_PER_MULTIPLY_ADD = 2.0
STAGES = ("pre-training", "training", "fine-tuning")


def hardware_burden_gflop(processors: ArrayLike, rate_gflops: ArrayLike, seconds: ArrayLike) -> FloatArray:
    """Peak capability of the processors over the time they were held.

    Parameters
    ----------
    processors : array-like of float
        Number of processors; 0.125 of a board is one of its eight cores.
    rate_gflops : array-like of float
        Peak rate of one processor, in GFLOP/s.
    seconds : array-like of float
        Wall-clock time, in s.

    Returns
    -------
    ndarray of float
        Hardware burden, in GFLOP.

    Raises
    ------
    ValueError
        If an argument is zero, negative or infinite. A missing value gives a missing burden.

    Examples
    --------
    Eight P100 of 9,526 GFLOP/s for 3.5 days:

    >>> float(hardware_burden_gflop(8, 9526, 3.5 * 86400))
    23045299200.0
    """
    factors = [np.asarray(factor, dtype=float) for factor in (processors, rate_gflops, seconds)]
    _require_positive(("number of processors", "rate", "time"), factors)
    return np.asarray(factors[0] * factors[1] * factors[2])


def operations_per_pass_flop(flop: ArrayLike, multiadds: ArrayLike) -> FloatArray:
    """Operations of one forward pass: as stated, else two for each multiply-add.

    Parameters
    ----------
    flop : array-like of float
        Stated operations, in FLOP; NaN where there are none.
    multiadds : array-like of float
        Stated multiply-adds; NaN where there are none.

    Returns
    -------
    ndarray of float
        Operations per pass, in FLOP; NaN where neither is stated.

    Raises
    ------
    ValueError
        If a stated number is zero, negative or infinite.

    Notes
    -----
    Many papers on vision print multiply-adds under the name FLOP, so a stated
    number may be half of what it claims to be.

    Examples
    --------
    >>> operations_per_pass_flop([4e9, float("nan")], [float("nan"), 2e9]).tolist()
    [4000000000.0, 4000000000.0]
    """
    stated, pairs = np.asarray(flop, dtype=float), np.asarray(multiadds, dtype=float)
    _require_positive(("operations", "multiply-adds"), (stated, pairs))
    return np.where(np.isnan(stated), FLOP_PER_MULTIPLY_ADD * pairs, stated)


def network_operations_flop(per_pass_flop: ArrayLike, epochs: ArrayLike, examples: ArrayLike) -> FloatArray:
    """Operations of a training: forward and backward, for each example of each epoch.

    Parameters
    ----------
    per_pass_flop : array-like of float
        Operations of one forward pass, in FLOP.
    epochs : array-like of float
        Passes through the training set.
    examples : array-like of float
        Size of the training set.

    Returns
    -------
    ndarray of float
        Network operations, in FLOP: per pass x 3 x epochs x examples.

    Raises
    ------
    ValueError
        If an argument is zero, negative or infinite.

    Examples
    --------
    AlexNet, 0.7 billion multiply-adds, 100 epochs of 1.28 million images:

    >>> f"{float(network_operations_flop(1.4e9, 100, 1.28e6)):.3g}"
    '5.38e+17'
    """
    factors = [np.asarray(factor, dtype=float) for factor in (per_pass_flop, epochs, examples)]
    _require_positive(("operations per pass", "epochs", "examples"), factors)
    return np.asarray(factors[0] * BACKWARD_FACTOR * factors[1] * factors[2])


def peak_gflops(processors: pd.DataFrame) -> pd.Series:
    """Peak rate of each processor by the authors' convention.

    FP32 for CPUs and GPUs, bf16 for TPUs, which have no FP32 peak. A CPU's is
    clock x cores x operations per cycle; a part's is its share of the whole.

    Parameters
    ----------
    processors : DataFrame
        Table ``processors``.

    Returns
    -------
    Series
        GFLOP/s by processor; missing where nothing is stated.
    """
    table = processors.set_index("processor")
    stated = table["bf16_gflops"].where(table["kind"] == "TPU", table["fp32_gflops"])
    computed = table["clock_mhz"] / 1e3 * table["cores"].astype("float64") * table["flop_per_cycle"].astype("float64")
    rate = stated.fillna(computed)
    whole = table["part_of"].dropna()
    share = rate.reindex(whole).to_numpy() / table.loc[whole.index, "parts"].astype("float64")
    return rate.fillna(share).rename("peak_gflops")


def stage_burdens(stages: pd.DataFrame, rates: Mapping[str, float] | pd.Series) -> pd.DataFrame:
    """Time and burden of each stage as its record words it.

    Parameters
    ----------
    stages : DataFrame
        Rows of table ``stages``.
    rates : mapping
        Processor to peak rate, in GFLOP/s; see `peak_gflops`.

    Returns
    -------
    DataFrame
        The stages with ``seconds`` (middle of the stated span, else the seconds
        of the record), ``burden_gflop``, ``burden_low_gflop`` and
        ``burden_high_gflop`` (at the ends of the span). A host processor adds
        its own capability. Missing where a processor, its number or the time is.
    """
    stated = {"low": stages["seconds_low"], "high": stages["seconds_high"]}
    seconds = {end: value.fillna(stages["published_seconds"]) for end, value in stated.items()}
    devices = stages["processor"].map(rates) * stages["processor_count"]
    hosts = stages["host"].map(rates) * stages["host_count"]
    capability = devices + hosts.where(stages["host"].notna() & stages["host_count"].notna(), 0.0)
    columns = {"seconds": (seconds["low"] + seconds["high"]) / 2.0}
    columns["burden_gflop"] = hardware_burden_gflop(1.0, capability, columns["seconds"])
    for end, value in seconds.items():
        columns[f"burden_{end}_gflop"] = hardware_burden_gflop(1.0, capability, value)
    return stages.assign(**columns)


def model_burdens(stages: pd.DataFrame, rates: Mapping[str, float] | pd.Series) -> pd.DataFrame:
    """Burden of each model: the sum of its stages.

    Parameters
    ----------
    stages, rates
        As `stage_burdens` takes them.

    Returns
    -------
    DataFrame
        ``burden_gflop``, ``burden_low_gflop`` and ``burden_high_gflop`` by
        ``model_id``. A stage that states no time or processor adds nothing; a
        model without any complete stage is missing.
    """
    burdens = stage_burdens(stages, rates)
    columns = ["burden_gflop", "burden_low_gflop", "burden_high_gflop"]
    return burdens.groupby("model_id", sort=False)[columns].sum(min_count=1)


def model_operations(models: pd.DataFrame, stages: pd.DataFrame) -> pd.DataFrame:
    """Operations per pass and network operations of each model.

    Parameters
    ----------
    models : DataFrame
        Rows of table ``models``.
    stages : DataFrame
        Rows of table ``stages``.

    Returns
    -------
    DataFrame
        ``per_pass_flop`` and ``network_operations_flop`` by ``model_id``; the
        latter sums the stages that state epochs and examples.
    """
    per_pass = pd.Series(
        operations_per_pass_flop(models["flop_per_pass"], models["multiadds_per_pass"]),
        index=pd.Index(models["model_id"]),
    )
    each = network_operations_flop(stages["model_id"].map(per_pass), stages["epochs"], stages["examples"])
    total = pd.Series(each, index=pd.Index(stages["model_id"])).groupby(level=0).sum(min_count=1)
    return pd.DataFrame({"per_pass_flop": per_pass, "network_operations_flop": total.reindex(per_pass.index)})


def _require_positive(names: tuple[str, ...], factors: list[FloatArray] | tuple[FloatArray, ...]) -> None:
    for name, values in zip(names, factors, strict=True):
        wrong = ~np.isnan(values) & ~((values > 0.0) & np.isfinite(values))
        if np.any(wrong):
            raise ValueError(f"{name} must be above 0 and finite, got {np.asarray(values)[wrong].flat[0]:g}")
