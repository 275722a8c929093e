"""Observed over expected by depth, and the lean of single ads."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import hypergeom

from evenhand.match.protocol import Rankings
from evenhand.measure.counts import Selection, lists_of
from evenhand.measure.ratio import Contrast
from evenhand.measure.study import ad_effects, shown_by_depth


def lists(*rows: list[int], people: int) -> Rankings:
    positions = np.array(rows)
    scores = np.where(positions >= 0, -np.arange(positions.shape[1], dtype=float), np.nan)
    ids = tuple(f"p{index}" for index in range(people))
    return Rankings(tuple(f"j{index}" for index in range(len(rows))), ids, positions, scores)


def test_depths_by_hand():
    labels = np.array(["f", "f", "m", "m"])
    found = shown_by_depth(
        lists_of(lists([0, 2, 1, 3], people=4), np.ones((1, 4), bool), labels, 4)
    )
    assert found.groups == ("f", "m")
    assert found.ratio[:, 0] == pytest.approx([2.0, 1.0, 4 / 3, 1.0])
    assert found.ratio[:, 1] == pytest.approx([0.0, 1.0, 2 / 3, 1.0])


def test_a_depth_where_nobody_qualified_stands_is_undefined():
    labels = np.array(["f", "m", "", "f"])
    qualified = np.array([[True, True, True, False]])
    found = shown_by_depth(lists_of(lists([3, 2, 0, 1], people=4), qualified, labels, 4))
    assert np.isnan(found.ratio[:2]).all()
    assert found.ratio[2] == pytest.approx([2.0, 0.0])


def test_the_whole_pool_shown_is_parity_whatever_the_order():
    rng = np.random.default_rng(3)
    labels = np.array([*"fmmmfx"])
    rows = [rng.permutation(6).tolist() for _ in range(5)]
    found = shown_by_depth(lists_of(lists(*rows, people=6), np.ones((5, 6), bool), labels, 6))
    assert found.ratio[-1] == pytest.approx([1.0, 1.0, 1.0])


def selection(shown: list[list[int]], pool: list[list[int]]) -> Selection:
    names = tuple(str(index) for index in range(len(pool)))
    return Selection(("f", "m", ""), np.array(shown), np.array(pool), names)


def test_the_lean_is_a_hypergeometric_z():
    found = ad_effects(selection([[3, 7, 2]], [[20, 30, 5]]), Contrast("f", "m"))
    fair = hypergeom(50, 20, 10)
    assert found == pytest.approx([(3 - fair.mean()) / fair.std()])


def test_swapping_the_sides_turns_the_sign():
    counted = selection([[3, 7, 0], [9, 1, 0]], [[20, 30, 0], [15, 12, 0]])
    there, back = (ad_effects(counted, Contrast(*sides)) for sides in (("f", "m"), ("m", "f")))
    assert there == pytest.approx(-back)


@pytest.mark.parametrize(
    ("shown", "pool"),
    [
        ([0, 0, 4], [9, 9, 9]),
        ([9, 9, 0], [9, 9, 0]),
        ([3, 0, 0], [9, 0, 0]),
        ([1, 0, 0], [1, 0, 0]),
    ],
)
def test_where_nothing_can_lean_there_is_no_value(shown: list[int], pool: list[int]):
    assert np.isnan(ad_effects(selection([shown], [pool]), Contrast("f", "m"))).all()
