from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.reward.gates import Scale, VarianceShares, variance_shares


def test_returns_are_in_deviations_clipped_and_penalised():
    rewards = np.random.default_rng(0).normal(0, 0.003, 2000)
    scale = Scale.fit(rewards, clip=2.0, failed_gate=-2.5)
    assert scale.deviation == pytest.approx(0.003, rel=0.08)
    returns = scale.returns(
        np.array([0.0, scale.deviation, 1.0, -1.0, np.nan]), np.array([True] * 4 + [False])
    )
    assert returns.tolist() == pytest.approx([0.0, 1.0, 2.0, -2.0, -2.5])


def test_the_deviation_is_about_the_original_and_not_about_the_mean():
    scale = Scale.fit(np.full(50, 0.2), clip=2.0, failed_gate=-2.5)
    assert scale.deviation == pytest.approx(0.2)


def test_one_wild_reward_does_not_set_the_unit():
    rewards = np.append(np.random.default_rng(0).normal(0, 1.0, 400), 1e4)
    assert Scale.fit(rewards, clip=2.0, failed_gate=-2.5).deviation < 1.2


@pytest.mark.parametrize("rewards", [[], [0.0, 0.0]])
def test_nothing_to_scale_by(rewards):
    scale = Scale.fit(np.array(rewards), clip=2.0, failed_gate=-2.5)
    assert scale.deviation == 1.0


def test_a_single_reward_that_differs_gives_the_unit():
    rewards = np.zeros(200)
    rewards[0] = 0.5
    assert Scale.fit(rewards, clip=2.0, failed_gate=-2.5).deviation > 0


ROWS = st.lists(
    st.tuples(st.floats(-2, 2), st.booleans(), st.integers(0, 2), st.integers(0, 2)),
    min_size=1,
    max_size=40,
)


@given(ROWS)
def test_shares_sum_to_one(rows):
    passed = np.array([row[1] for row in rows])
    returns = np.where(passed, [round(row[0], 3) for row in rows], -2.5)
    shares = variance_shares(returns, passed, [r[2] for r in rows], [r[3] for r in rows])
    parts = [shares.pass_fail, shares.between_ads, shares.between_states, shares.within_state]
    assert min(parts) >= -1e-9
    assert sum(parts) == pytest.approx(1.0 if returns.std() > 1e-9 else 0.0, abs=1e-6)


def test_equal_returns_have_no_variance_whatever_their_mean_is_rounded_to():
    shares = variance_shares(np.full(3, 0.188), np.ones(3, dtype=bool), [0] * 3, [0] * 3)
    assert shares == VarianceShares(0.0, 0.0, 0.0, 0.0)


def test_each_part_is_found_where_it_is():
    passed = np.array([True] * 8)
    ads, states = list("aaaabbbb"), [1, 1, 2, 2, 3, 3, 4, 4]
    between = variance_shares(np.array([1.0] * 4 + [-1.0] * 4), passed, ads, states)
    assert between.between_ads == pytest.approx(1.0)
    spans = variance_shares(np.array([1.0, 1, -1, -1] * 2), passed, ads, states)
    assert spans.between_states == pytest.approx(1.0)
    within = variance_shares(np.array([1.0, -1] * 4), passed, ads, states)
    assert within.within_state == pytest.approx(1.0)
    gates = variance_shares(np.array([0.0] * 4 + [-2.5] * 4), np.arange(8) < 4, ads, states)
    assert gates.pass_fail == pytest.approx(1.0)
