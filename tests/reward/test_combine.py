from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evenhand.reward.model import cautious_mean, closed, combined

NUMBERS = st.floats(-3, 3, allow_nan=False)
PAIRS = st.integers(1, 4).flatmap(
    lambda n: st.tuples(
        arrays(np.float64, (n, 3), elements=NUMBERS),
        arrays(np.float64, (5, n, 3), elements=NUMBERS),
    )
)


@given(NUMBERS, NUMBERS)
def test_closing_pays_up_to_the_target_and_overshoot_costs(target, change):
    paid = closed(np.array(target), np.array(change))
    assert paid <= abs(target) + 1e-12
    assert closed(np.array(target), np.array(0.0)) == 0.0
    assert closed(np.array(target), np.array(target)) == pytest.approx(abs(target))
    assert closed(np.array(target), np.array(2 * target)) == pytest.approx(0.0)
    assert closed(-np.array(target), -np.array(change)) == paid


def test_past_twice_the_target_is_a_loss():
    assert closed(np.array(-0.4), np.array([-0.2, -0.4, -0.6, -0.8, -1.0, 0.1])) == pytest.approx(
        [0.2, 0.4, 0.2, 0.0, -0.2, -0.1]
    )


@given(PAIRS)
def test_worst_lies_between_the_least_paid_and_the_widest_gap(pair):
    targets, changes = pair
    paid = combined(targets, changes, np.ones(len(targets)), "worst")
    each = closed(targets[None], changes)
    assert (paid >= each.min(axis=1) - 1e-12).all()
    widest = np.abs(targets).argmax(axis=0)
    assert (paid <= np.take_along_axis(each, widest[None, None], axis=1)[:, 0] + 1e-12).all()


@given(PAIRS)
def test_nothing_changed_is_worth_nothing(pair):
    targets, changes = pair
    for how in ("worst", "weighted"):
        paid = combined(targets, 0 * changes, np.ones(len(targets)), how)
        assert (cautious_mean(paid) == 0.0).all()


def test_weighted_is_a_sum():
    targets = np.array([[1.0], [-0.5]])
    changes = np.array([[[0.25], [-0.25]]])
    assert combined(targets, changes, np.array([2.0, 4.0]), "weighted") == pytest.approx(1.5)


def test_a_change_that_only_helps_a_smaller_gap_is_worth_nothing_to_the_worst():
    targets = np.array([[1.0], [0.2]])
    assert combined(targets, np.array([[[0.0], [0.2]]]), np.ones(2), "worst") == 0.0
    assert combined(targets, np.array([[[0.3], [0.0]]]), np.ones(2), "worst") == pytest.approx(0.3)


def test_the_mean_is_less_one_standard_error():
    values = np.array([1.0, 2.0, 3.0, 6.0])
    assert cautious_mean(values) == pytest.approx(3 - values.std(ddof=1) / 2)
