from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.reward.gap import LARGEST_SHIFT, Shifted, spreads_of, top_mask


def lists(seed: int, *, gap: float, ads: int = 8, people: int = 120, k: int = 15) -> Shifted:
    rng = np.random.default_rng(seed)
    sides = rng.choice([-1, 0, 1], size=people, p=[0.45, 0.1, 0.45])
    qualified = rng.random((ads, people)) < 0.6
    scores = rng.normal(size=(ads, people)) + qualified - gap * sides * qualified / 2
    return Shifted(scores, qualified, sides, spreads_of(scores, qualified.astype(float)), k)


def ratio_by_hand(shifted: Shifted, delta: float) -> tuple[float, float]:
    """Both sums of R, from a full sort of shifted scores."""
    plus_sum = minus_sum = 0.0
    for scores, qualified, spread in zip(
        shifted.scores, shifted.qualified, shifted.spreads, strict=True
    ):
        plus, minus = qualified & (shifted.sides > 0), qualified & (shifted.sides < 0)
        f, m = plus.sum(), minus.sum()
        moved = scores.copy()
        moved[plus] += delta * spread * m / (f + m)
        moved[minus] -= delta * spread * f / (f + m)
        top = sorted(range(len(moved)), key=lambda i: (-moved[i], i))[: shifted.k]
        plus_sum += plus[top].sum() * m / (f + m)
        minus_sum += minus[top].sum() * f / (f + m)
    return plus_sum, minus_sum


@pytest.mark.parametrize("delta", [-2.0, -0.3, 0.0, 0.7])
def test_balance_counts_the_shifted_lists(delta):
    shifted = lists(0, gap=0.8)
    plus, minus = ratio_by_hand(shifted, delta)
    assert shifted.balance(delta, 1.3) == pytest.approx(plus - 1.3 * minus)


@pytest.mark.parametrize("gap", [-1.0, -0.4, 0.5, 1.2])
def test_the_shift_brings_r_to_parity(gap):
    shifted = lists(3, gap=gap, ads=30)
    shift = shifted.shift_to()
    assert np.sign(shift) == np.sign(gap)
    plus, minus = ratio_by_hand(shifted, shift)
    assert plus / minus == pytest.approx(1.0, abs=0.04)
    before = ratio_by_hand(shifted, 0.0)
    assert abs(np.log(before[0] / before[1])) > abs(np.log(plus / minus))
    spread_gap = abs(gap)  # scores have within-group spread about 1
    assert abs(shift) == pytest.approx(spread_gap, rel=0.5)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 999), st.floats(-2, 2))
def test_swapping_the_sides_flips_the_shift(seed, gap):
    shifted = lists(seed, gap=gap)
    swapped = Shifted(shifted.scores, shifted.qualified, -shifted.sides, shifted.spreads, shifted.k)
    assert swapped.shift_to() == pytest.approx(-shifted.shift_to(), abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 999), st.lists(st.floats(-6, 6), min_size=2, max_size=2))
def test_balance_never_falls(seed, deltas):
    low, high = sorted(deltas)
    shifted = lists(seed, gap=0.5, ads=4)
    assert shifted.balance(low) <= shifted.balance(high) + 1e-9


def test_units_of_scores_do_not_matter():
    shifted = lists(5, gap=0.9)
    scaled = Shifted(
        10 * shifted.scores + 4, shifted.qualified, shifted.sides, 10 * shifted.spreads, shifted.k
    )
    assert scaled.shift_to() == pytest.approx(shifted.shift_to(), abs=1e-9)


def test_a_gap_out_of_reach_gets_the_largest_shift():
    scores = np.array([[100.0, 0.0, 0.1, 50.0, 51.0, 52.0]])
    qualified = np.array([[True, True, True, False, False, False]])
    spreads = np.array([0.01])
    shifted = Shifted(scores, qualified, np.array([1, -1, -1, 0, 0, 0]), spreads, 2)
    assert shifted.shift_to() == -LARGEST_SHIFT


def test_parity_needs_no_shift():
    scores = np.array([[4.0, 3.0, 2.0, 1.0]])
    shifted = Shifted(scores, np.ones((1, 4), bool), np.array([1, -1, -1, 1]), np.ones(1), 2)
    assert shifted.shift_to() == 0.0


@given(
    st.lists(st.lists(st.integers(0, 4), min_size=7, max_size=7), min_size=1, max_size=4),
    st.integers(1, 9),
)
def test_the_top_mask_breaks_ties_by_order(rows, k):
    scores = np.array(rows, dtype=float)
    mask = top_mask(scores, k)
    for row, found in zip(scores, mask, strict=True):
        expected = sorted(range(7), key=lambda i: (-row[i], i))[:k]
        assert sorted(expected) == np.flatnonzero(found).tolist()


def test_spreads_are_deviations_of_whoever_counts():
    scores = np.array([[1.0, 2.0, 4.0, 99.0], [3.0, 3.0, 3.0, 0.0]])
    spreads = spreads_of(scores, np.array([1.0, 1.0, 1.0, 0.0]))
    assert spreads.tolist() == pytest.approx([np.std([1, 2, 4]), 0.0])
    assert spreads_of(scores, np.zeros(4)).tolist() == [0.0, 0.0]


def leaning_lists(seed: int, *, apart: float, gap: float) -> Shifted:
    """Lists in which scores rise with a lean that the minus side has more of."""
    rng = np.random.default_rng(seed)
    sides = np.repeat([1, -1], 150)
    leans = rng.normal(size=300) + apart * sides / 2
    scores = rng.normal(size=(12, 300)) - gap * leans
    qualified = rng.random((12, 300)) < 0.8
    spreads = spreads_of(scores, qualified.astype(float))
    return Shifted(scores, qualified, sides, spreads, 30, leans)


@pytest.mark.parametrize("gap", [0.3, 1.0, -0.6])
def test_following_the_leans_undoes_what_the_leans_did(gap):
    """What made the gap was a slope on the leans; the shift to parity takes that slope off."""
    shifted = leaning_lists(2, apart=1.0, gap=gap)
    shift = shifted.shift_to()
    moved = shifted.scores + shift * shifted._steps
    slopes = [np.polyfit(shifted.leans, row, 1)[0] for row in moved]
    assert np.mean(slopes) == pytest.approx(0.0, abs=0.15)
    blocks = Shifted(
        shifted.scores, shifted.qualified, shifted.sides, shifted.spreads, shifted.k
    ).shift_to()
    assert np.sign(blocks) == np.sign(shift) == np.sign(gap)


def test_one_spread_of_shift_moves_the_means_apart_by_one_spread():
    shifted = leaning_lists(3, apart=0.8, gap=0.5)
    plus, minus = shifted.qualified & (shifted.sides > 0), shifted.qualified & (shifted.sides < 0)
    steps = shifted._steps
    apart = (steps * plus).sum(1) / plus.sum(1) - (steps * minus).sum(1) / minus.sum(1)
    assert apart == pytest.approx(shifted.spreads)


def test_leans_that_tell_the_sides_apart_by_nothing_are_not_followed():
    shifted = leaning_lists(4, apart=0.0, gap=0.5)
    blocks = Shifted(shifted.scores, shifted.qualified, shifted.sides, shifted.spreads, shifted.k)
    np.testing.assert_array_equal(shifted._steps, blocks._steps)
