"""Networks for ImageNet with the operations of one pass, as PyTorch Image Models measures them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from computational_limits.burden import operations_per_pass_flop
from computational_limits.later import LATER
from computational_limits.tables import read_table
from computational_limits.vintages import ERROR_DIGITS, FLOP_PER_GFLOP, MEASURES

IMAGENET = "imagenet"
COLUMNS = (
    "benchmark",
    "vintage",
    "model",
    "paper",
    "family",
    "image_pixels",
    "error",
    MEASURES["ops_per_pass"],
    "parameters",
    "pretraining",
    "imagenet_1k_only",
)


def select_image_networks(networks: pd.DataFrame) -> pd.DataFrame:
    """Networks as the rest of the package takes models.

    Parameters
    ----------
    networks : DataFrame
        Table ``image_networks``.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`. Operations are two for each multiply-add.
        ``paper`` is the architecture, whose weights and image sizes form one
        cluster; ``family`` is wider.
    """
    per_pass = operations_per_pass_flop(np.full(len(networks), np.nan), networks["multiadds_per_pass"])
    return networks.assign(
        benchmark=IMAGENET,
        vintage=LATER,
        model=networks["network"],
        paper=networks["architecture"],
        error=(1.0 - networks["top1"]).round(ERROR_DIGITS),
        **{MEASURES["ops_per_pass"]: per_pass / FLOP_PER_GFLOP},
    )[list(COLUMNS)]


def read_image_networks(*, imagenet_1k_only: bool = False, root: Path | None = None) -> pd.DataFrame:
    """Read the networks, all or those that saw no other images; see `select_image_networks`.

    Raises
    ------
    DataError
        With every offence in the table.
    """
    networks = select_image_networks(read_table("image_networks", root))
    if not imagenet_1k_only:
        return networks
    return networks[networks["imagenet_1k_only"] == "yes"].reset_index(drop=True)
