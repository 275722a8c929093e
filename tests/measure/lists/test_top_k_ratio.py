"""The top-k ratio: its value, and how often its intervals cover."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evenhand.match.protocol import Rankings
from evenhand.measure.counts import lists_of
from evenhand.measure.families.ratios import (
    CLUSTERS,
    distinct_top_k_ratio,
    top_k_ratio,
)
from evenhand.measure.ratio import REST, Contrast

CONTRAST = Contrast("a", "b")
DRAWS = 1000


def test_pairs_and_people_are_different_units(make_rankings):
    labels = np.array(["a", "a", "b", "b", ""])
    qualified = np.ones((3, 5), dtype=bool)
    rankings = make_rankings([[0, 2], [0, 2], [0, 3]], 5)
    pairs = top_k_ratio(lists_of(rankings, qualified, labels, 2), CONTRAST)
    assert pairs.value == pytest.approx(1.0)
    assert pairs.selected == (3, 3)
    assert pairs.units == (6, 6)
    once = distinct_top_k_ratio(lists_of(rankings, qualified, labels, 2), CONTRAST)
    assert once.value == pytest.approx(0.5)
    assert once.units == (2, 2)


def test_the_interval_of_pairs_is_that_of_katz(make_rankings):
    labels = np.array(["a"] * 50 + ["b"] * 100)
    order = [*range(10), *range(50, 90)]
    rankings = make_rankings([order], 150)
    found = top_k_ratio(lists_of(rankings, np.ones((1, 150), dtype=bool), labels, 50), CONTRAST)
    assert found.value == pytest.approx(0.5)
    assert found.intervals["pairs"] == pytest.approx((0.273283, 0.914804), abs=5e-7)
    assert np.isnan(found.intervals["ads"]).all()  # one ad says nothing about ads


def test_against_the_rest_the_unknown_are_nobody(make_rankings):
    labels = np.array(["a", "b", "c", ""])
    rankings = make_rankings([[0, 1, 3]], 4)
    found = top_k_ratio(lists_of(rankings, np.ones((1, 4), bool), labels, 3), Contrast("a", REST))
    assert found.units == (1, 2)
    assert found.value == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("order", "labels", "value", "reason"),
    [
        ([2], "aab", 0.0, "nobody of a was shown"),
        ([0], "aab", math.nan, "nobody of the reference"),
    ],
)
def test_a_side_that_is_not_shown(make_rankings, order, labels, value, reason):
    rankings = make_rankings([order], 3)
    found = top_k_ratio(
        lists_of(rankings, np.ones((1, 3), bool), np.array(list(labels)), 1), CONTRAST
    )
    assert found.value == pytest.approx(value, nan_ok=True)
    assert reason in found.reason
    assert not found.intervals


def test_nobody_qualified_is_undefined(make_rankings):
    rankings = make_rankings([[0, 1]], 2)
    found = top_k_ratio(
        lists_of(rankings, np.zeros((1, 2), bool), np.array(["a", "b"]), 2), CONTRAST
    )
    assert math.isnan(found.value)
    assert "qualified for any ad" in found.reason


def coverage(draws: int, seed: int, noise: float, of_ads: float) -> dict[str, float]:
    """How often intervals hold 1 where no group is favoured over all.

    60 ads show 10 of 400 people each; a person's quality is the same for all ads, and every ad
    adds noise of its own and, if asked for, a liking of one group that differs between ads.
    """
    rng = np.random.default_rng(seed)
    ads, people, k = 60, 400, 10
    ids = tuple(f"p{index}" for index in range(people))
    everybody = np.ones((ads, people), dtype=bool)
    covered = dict.fromkeys(CLUSTERS, 0)
    for _ in range(draws):
        of_group = rng.random(people) < 0.5
        liking = of_ads * rng.normal(size=(ads, 1)) * np.where(of_group, 0.5, -0.5)
        score = rng.normal(size=people) + noise * rng.normal(size=(ads, people)) + liking
        positions = np.argpartition(-score, k, axis=1)[:, :k]
        rankings = Rankings(tuple(map(str, range(ads))), ids, positions, np.zeros((ads, k)))
        found = top_k_ratio(
            lists_of(rankings, everybody, np.where(of_group, "a", "b"), k), CONTRAST
        )
        for name, (low, high) in found.intervals.items():
            covered[name] += low <= 1.0 <= high
    return {name: count / draws for name, count in covered.items()}


def test_the_two_way_interval_covers_and_the_independent_one_does_not():
    found = coverage(DRAWS, seed=3, noise=1.0, of_ads=0.0)
    assert 0.93 <= found["both"] <= 0.97
    assert found["pairs"] < 0.60
    assert found["ads"] < 0.60


def test_the_two_way_interval_covers_where_ads_differ_too():
    found = coverage(DRAWS, seed=3, noise=2.0, of_ads=1.0)
    assert 0.93 <= found["both"] <= 0.97
    assert found["pairs"] < 0.80
    assert found["people"] < 0.93
    assert found["ads"] < 0.93
