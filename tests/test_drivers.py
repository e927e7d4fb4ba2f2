"""Shares of variance: known by hand, by brute force, and by what they must add up to."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from computational_limits.drivers import decompose_variance


def brute_force(choices: dict[str, np.ndarray], values: np.ndarray) -> list[float]:
    """Mean gain in the variance between groups over all orders of the dimensions."""

    def explained(names: tuple[str, ...]) -> float:
        keys = list(zip(*(choices[name] for name in names), strict=True)) if names else [()] * values.size
        means = {key: values[[other == key for other in keys]].mean() for key in set(keys)}
        return float(np.var([means[key] for key in keys]))

    orders = list(permutations(choices))
    gains = dict.fromkeys(choices, 0.0)
    for order in orders:
        for place, name in enumerate(order):
            gains[name] += explained(order[: place + 1]) - explained(order[:place])
    return [gains[name] / len(orders) / float(np.var(values)) for name in choices]


def test_effects_that_add_share_the_variance_as_their_own_variances() -> None:
    first, second = (places.ravel() for places in np.indices((3, 2)))
    table = decompose_variance({"a": first, "b": second}, np.array([0.0, 1.0, 5.0])[first] + 4.0 * second)
    parts = np.array([np.var([0.0, 1.0, 5.0]), np.var([0.0, 4.0])])
    assert table["shapley"].to_numpy() == pytest.approx(parts / parts.sum())
    assert table["alone"].to_numpy() == pytest.approx(parts / parts.sum())


def test_a_pure_interaction_is_shared_evenly_and_no_choice_explains_it_alone() -> None:
    first, second = (places.ravel() for places in np.indices((2, 2)))
    table = decompose_variance({"a": first, "b": second}, np.where(first == second, 1.0, -1.0))
    assert table["alone"].to_numpy() == pytest.approx([0.0, 0.0])
    assert table["shapley"].to_numpy() == pytest.approx([0.5, 0.5])


def test_two_choices_that_always_go_together_share_what_they_explain() -> None:
    same = np.array([0, 0, 1, 1])
    table = decompose_variance({"a": same, "b": same, "c": np.array([0, 1, 0, 1])}, np.array([0.0, 1.0, 4.0, 5.0]))
    assert table.loc[0, "shapley"] == pytest.approx(table.loc[1, "shapley"])
    assert table["shapley"].sum() == pytest.approx(1.0)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_unbalanced_choices_agree_with_all_orders_tried_out(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cells = rng.permutation(24)[: rng.integers(4, 20)]
    choices = dict(zip("abc", np.unravel_index(cells, (2, 3, 4)), strict=True))
    values = rng.normal(size=cells.size)
    table = decompose_variance(choices, values)
    assert table["shapley"].to_numpy() == pytest.approx(brute_force(choices, values))
    assert (table["shapley"] > -1e-12).all()
    assert table["shapley"].sum() == pytest.approx(1.0)


def test_neither_the_unit_nor_the_origin_of_the_values_matters() -> None:
    rng = np.random.default_rng(1)
    choices = {"a": rng.integers(0, 3, 40), "b": rng.integers(0, 4, 40)}
    values = rng.normal(size=40)
    shares = [decompose_variance(choices, each)["shapley"] for each in (values, 3.0 * values + 7.0)]
    assert shares[0].to_numpy() == pytest.approx(shares[1].to_numpy())


def test_values_that_do_not_vary_have_no_driver() -> None:
    table = decompose_variance({"a": np.array([0, 1, 2])}, np.full(3, 2.0))
    assert table["shapley"].tolist() == [0.0]


@pytest.mark.parametrize("values", [[], [1.0, np.inf], [np.nan, 1.0]])
def test_values_that_are_not_finite_are_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="finite values"):
        decompose_variance({"a": np.zeros(len(values), dtype=int)}, np.array(values))
