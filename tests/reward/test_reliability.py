from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.reward.gates import (
    reliability_table,
    spearman_brown,
    split_half,
    times_needed,
)


def edits(true_r: float, n: int, seed: int = 0, splits: int = 3, ads: int = 30):
    """Halves of edits whose two halves correlate ``true_r``: a shared part plus noise."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=(n, 1)) * np.sqrt(true_r)
    values = shared + rng.normal(size=(n, 2 * splits)) * np.sqrt(1 - true_r)
    return [f"ad{i % ads}" for i in range(n)], values * 1e-3


def table(ads, values, groups=None, floor=0.5):
    groups = groups or ["nurse"] * len(ads)
    return reliability_table(groups, ads, values.tolist(), floor=floor, resamples=300, seed=0)


@pytest.mark.parametrize("true_r", [0.1, 0.5, 0.8])
def test_a_planted_reliability_is_found(true_r):
    (found,) = table(*edits(true_r, 3000, ads=200))
    assert found.half == pytest.approx(true_r, abs=0.05)
    assert found.interval[0] < true_r < found.interval[1]
    assert found.whole == pytest.approx(2 * found.half / (1 + found.half))


def test_one_split_is_pearson():
    ads, values = edits(0.4, 50, splits=1)
    (found,) = table(ads, values)
    assert found.half == pytest.approx(np.corrcoef(values.T)[0, 1])


def test_splits_are_averaged_and_weights_are_repeats():
    _, values = edits(0.4, 40, splits=3)
    each = [np.corrcoef(values[:, 2 * s], values[:, 2 * s + 1])[0, 1] for s in range(3)]
    assert split_half(values, np.ones((1, 40)))[0] == pytest.approx(np.mean(each))
    counts = np.random.default_rng(0).integers(0, 3, size=40)
    repeated = np.repeat(values, counts, axis=0)
    assert split_half(values, counts[None].astype(float))[0] == pytest.approx(
        split_half(repeated, np.ones((1, len(repeated))))[0]
    )


def test_the_interval_follows_ads_and_not_edits():
    """Copies of the same edit in one ad are no more evidence."""
    ads, values = edits(0.5, 40, ads=40)
    (few,) = table(ads, values)
    (copied,) = table(ads * 10, np.tile(values, (10, 1)))
    assert copied.half == pytest.approx(few.half)
    assert copied.interval[1] - copied.interval[0] > 0.8 * (few.interval[1] - few.interval[0])


def test_groups_under_the_floor_are_dropped_with_a_number_of_people():
    good, bad = edits(0.8, 400), edits(0.2, 400, seed=1)
    found = table(good[0] + bad[0], np.vstack([good[1], bad[1]]), ["nurse"] * 400 + ["clerk"] * 400)
    assert [(row.group, row.kept) for row in found] == [("clerk", False), ("nurse", True)]
    clerk = found[0]
    assert clerk.times_people == pytest.approx((1 - clerk.half) / clerk.half)
    assert f"about {clerk.times_people:.1f} times as many people" in clerk.reason


def test_no_reliability_has_no_remedy():
    ads, values = edits(0.6, 60)
    values[:, 1::2] *= -1
    (found,) = table(ads, values)
    assert found.half < 0
    assert found.whole is None
    assert found.times_people is None
    assert not found.kept


def test_originals_and_unjudged_edits_are_left_out():
    ads, values = edits(0.5, 60)
    rows = [*values.tolist(), [0.0] * 6, []]
    found = reliability_table(
        ["nurse"] * 62, [*ads, "ad0", "ad1"], rows, floor=0.5, resamples=50, seed=0
    )
    assert found[0].edits == 60


@pytest.mark.parametrize(("n", "ads"), [(0, 1), (5, 5), (40, 2)])
def test_too_few_edits_say_so(n, ads):
    names, values = edits(0.5, n, ads=ads)
    found = reliability_table(
        ["nurse"] * (n + 1), [*names, "x"], [*values.tolist(), []], floor=0.5, resamples=50, seed=0
    )
    assert found[0].half is None
    assert not found[0].kept
    assert "too few" in found[0].reason


def test_edits_that_all_move_alike_have_no_reliability():
    ads, values = edits(0.5, 30)
    (found,) = table(ads, np.ones_like(values))
    assert found.half is None


@given(st.floats(0.02, 0.98), st.floats(0.05, 0.95))
def test_as_many_people_as_needed_reach_the_floor(reliability, floor):
    times = times_needed(reliability, floor)
    assert times is not None
    assert spearman_brown(reliability, times) == pytest.approx(floor)
