"""Which choice drives the spread of results over many specifications.

The specifications are a finite population, each with the same weight. The
variance that a set of choices explains is that of the means of the groups which
these choices make. Choices that do not occur in every combination, as here,
explain variance together; the value of Shapley shares it out in the only way
that treats all choices alike and adds up :cite:p:`owen2014sobol,owen2017shapley`.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from math import comb

import numpy as np
import pandas as pd

from computational_limits.arrays import FloatArray, IntArray


def decompose_variance(choices: Mapping[str, IntArray], values: FloatArray) -> pd.DataFrame:
    """Share the variance of values out among the choices behind them.

    Parameters
    ----------
    choices : mapping
        Dimension to the code of the choice of each value, from 0, shape (n,).
    values : ndarray of float, shape (n,)
        Finite results. Choices that all agree explain nothing.

    Returns
    -------
    DataFrame
        One row a dimension, in the order given: ``dimension``; ``alone``, the
        share of the variance between the means of its choices; ``shapley``, its
        share by Shapley's value. The latter are not negative and, where no two
        values have the same choices, add up to 1. Zero where nothing varies.

    Raises
    ------
    ValueError
        Without values, or if one is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> choices = {"form": np.array([0, 0, 1, 1]), "rule": np.array([0, 1, 0, 1])}
    >>> decompose_variance(choices, np.array([0.0, 1.0, 2.0, 3.0]))["shapley"].round(6).tolist()
    [0.8, 0.2]
    """
    values = np.asarray(values, dtype=float)
    if not values.size or not np.all(np.isfinite(values)):
        raise ValueError("the variance of finite values is shared out, and there must be some")
    names = list(choices)
    shape = tuple(int(choices[name].max()) + 1 for name in names)
    cells = np.ravel_multi_index(tuple(choices[name] for name in names), shape)
    size = int(np.prod(shape))
    counts = np.asarray(np.bincount(cells, minlength=size), dtype=float).reshape(shape)
    sums = np.asarray(np.bincount(cells, values - values.mean(), size), dtype=float).reshape(shape)
    explained = _explained(counts, sums)
    variance = float(np.var(values))
    everyone = range(len(names))
    rows = []
    for place, name in enumerate(names):
        others = [other for other in everyone if other != place]
        value = 0.0
        for many in range(len(names)):
            gains = [explained[some | {place}] - explained[some] for some in map(frozenset, combinations(others, many))]
            value += sum(gains) / (len(names) * comb(len(names) - 1, many))
        alone = explained[frozenset((place,))]
        rows.append({"dimension": name, "alone": alone, "shapley": value})
    table = pd.DataFrame(rows)
    shares = ["alone", "shapley"]
    table[shares] = table[shares] / variance if variance > 0.0 else 0.0
    return table


def _explained(counts: FloatArray, sums: FloatArray) -> dict[frozenset[int], float]:
    """Variance between the means of the groups that each set of axes makes, of sums about the mean of all."""
    total = counts.sum()
    found: dict[frozenset[int], float] = {}

    def visit(kept: frozenset[int], counts: FloatArray, sums: FloatArray, next_axis: int) -> None:
        squares = np.divide(sums**2, counts, out=np.zeros_like(sums), where=counts > 0.0)
        found[kept] = float(squares.sum() / total)
        for axis in range(next_axis, counts.ndim):
            fewer = counts.sum(axis=axis, keepdims=True), sums.sum(axis=axis, keepdims=True)
            visit(kept - {axis}, *fewer, axis + 1)

    visit(frozenset(range(counts.ndim)), counts, sums, 0)
    return found
