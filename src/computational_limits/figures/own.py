"""Figures of a reader's own benchmark: those of the book, with another name for the computing."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from computational_limits.figures.scaling import describe_scaling, draw_scaling
from computational_limits.figures.sensitivity import describe_residuals, draw_residuals
from computational_limits.scaling import Law

BURDEN = "hardware burden"
"""What the figures of the book call computing."""


def draw_own(models: pd.DataFrame, laws: Mapping[str, Law], computing: str) -> Figure:
    """Draw models and both forms; see `draw_scaling`."""
    return _named(draw_scaling(models, laws), computing)


def describe_own(models: pd.DataFrame, laws: Mapping[str, Law], computing: str) -> str:
    """Alternative text of `draw_own`."""
    return describe_scaling(models, laws, "a benchmark").replace(BURDEN, computing.lower())


def draw_own_residuals(residuals: pd.DataFrame, computing: str) -> Figure:
    """Draw the residuals of the polynomial form; see `draw_residuals`. Without years they have one panel."""
    figure = _named(draw_residuals(residuals), computing)
    if residuals["year"].isna().all():
        left, right = figure.axes
        right.remove()
        left.set_subplotspec(GridSpec(1, 1, figure=figure)[0])
    return figure


def describe_own_residuals(residuals: pd.DataFrame, computing: str) -> str:
    """Alternative text of `draw_own_residuals`."""
    return describe_residuals(residuals).replace(BURDEN, computing.lower())


def _named(figure: Figure, computing: str) -> Figure:
    figure.axes[0].set_xlabel(f"{computing} (GFLOP)")
    return figure
