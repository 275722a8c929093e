"""Rank correlation within groups."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from evenhand.errors import MeasureError
from evenhand.measure.resample import WithinGroups


@pytest.mark.parametrize("seed", range(4))
def test_one_group_is_spearman_of_scipy(seed: int):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 8, 60).astype(float)
    y = x + rng.normal(0, 4, 60)
    found = WithinGroups(["a"] * 60).correlation(x, y)
    assert found.value == pytest.approx(spearmanr(x, y).statistic, abs=1e-12)
    assert found.interval[0] < found.value < found.interval[1]


def test_a_difference_between_groups_is_not_taken_for_one_between_ads():
    rng = np.random.default_rng(1)
    groups = ["a"] * 50 + ["b"] * 50
    x = rng.normal(0, 1, 100) + np.repeat([0, 10], 50)
    y = rng.normal(0, 1, 100) + np.repeat([0, 10], 50)
    assert spearmanr(x, y).statistic > 0.7
    found = WithinGroups(groups).correlation(x, y)
    assert abs(found.value) < 0.25
    assert found.p_value > 0.01


def test_the_p_value_keeps_its_level():
    rng = np.random.default_rng(2)
    groups = ["a"] * 20 + ["b"] * 20
    low = [
        WithinGroups(groups, 99).correlation(rng.normal(size=40), rng.normal(size=40)).p_value
        <= 0.1
        for _ in range(300)
    ]
    assert 0.05 <= np.mean(low) <= 0.15


@given(st.lists(st.floats(-5, 5), min_size=3, max_size=20))
def test_a_monotone_partner_agrees_wholly(values: list[float]):
    x = np.array(values).round(3)
    found = WithinGroups(["a"] * len(x), 9).correlation(x, np.exp(x))
    if len(np.unique(x)) > 1:
        assert found.value == pytest.approx(1.0)
        assert WithinGroups(["a"] * len(x), 9).correlation(x, -x).value == pytest.approx(-1.0)
    else:
        assert np.isnan(found.value)
        assert "doesn't vary" in found.reason


def test_absent_values_leave_an_ad_out():
    x = np.array([1.0, 2.0, np.nan, 4.0])
    found = WithinGroups(["a"] * 4).correlation(x, np.array([1.0, 2.0, 3.0, np.nan]))
    assert found.n == 2
    assert "fewer than 3" in found.reason


def test_lengths_must_agree():
    with pytest.raises(MeasureError, match="one value of each an ad"):
        WithinGroups(["a"] * 3).correlation(np.zeros(3), np.zeros(4))
