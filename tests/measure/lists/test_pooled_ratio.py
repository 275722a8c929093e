"""The plain pooled ratio and Simpson's trap."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evenhand.measure.counts import Selection
from evenhand.measure.families.ratios import pooled_ratio
from evenhand.measure.ratio import Contrast

CONTRAST = Contrast("female", "male")
GROUPS = ("female", "male", "")


def _selection(selected, pool) -> Selection:
    return Selection(
        GROUPS, np.array(selected), np.array(pool), tuple(f"j{i}" for i in range(len(pool)))
    )


# Inside both ads women are shown a little more often; most of them stand before the selective ad.
SIMPSON = _selection([[9, 1, 0], [10, 80, 0]], [[80, 10, 0], [10, 90, 0]])


def test_simpson_turns_the_pooled_ratio_around():
    found = pooled_ratio(SIMPSON, CONTRAST)
    assert found.value == pytest.approx((19 / 90) / (81 / 100))
    assert found.stratified > 1
    assert found.disagrees
    # Parity inside the ads: 10/90 and 90/100 for everybody.
    expected = ((80 / 9 + 9) / 90) / ((10 / 9 + 81) / 100)
    assert found.composition == pytest.approx(expected)
    assert "female is shown 0.26 times as often as male" in found.sentence
    assert "inside the ads 1.1" in found.sentence
    assert "89% of the places in pools of female and 10% of those of male" in found.sentence
    assert "would already give 0.24" in found.sentence


def test_without_simpson_nothing_is_said():
    even = _selection([[10, 20, 0], [5, 10, 3]], [[50, 100, 0], [20, 40, 9]])
    found = pooled_ratio(even, CONTRAST)
    assert found.value == pytest.approx(1.0)
    assert found.composition == pytest.approx(1.0)
    assert not found.disagrees
    assert found.sentence == ""


def test_equal_findings_do_not_disagree():
    found = pooled_ratio(_selection([[5, 20, 0]], [[50, 100, 0]]), CONTRAST)
    assert found.value == pytest.approx(found.stratified) == pytest.approx(0.5)
    assert not found.disagrees


def test_the_null_is_centred_on_the_composition_and_not_on_1():
    rng = np.random.default_rng(0)
    null = np.zeros((2000, 2, 3))
    null[:, 0, 0] = rng.hypergeometric(80, 10, 10, 2000)
    null[:, 1, 0] = rng.hypergeometric(10, 90, 90, 2000)
    null[:, :, 1] = np.array([10, 90]) - null[:, :, 0]
    found = pooled_ratio(SIMPSON, CONTRAST, null)
    assert found.chance[0] < found.composition < found.chance[1] < 0.3
    assert found.p_value > 0.05
    biased = _selection([[2, 8, 0], [6, 84, 0]], [[80, 10, 0], [10, 90, 0]])
    assert pooled_ratio(biased, CONTRAST, null).p_value < 0.01


@pytest.mark.parametrize(
    ("selected", "pool", "reason"),
    [
        ([[1, 0, 0]], [[4, 0, 0]], "qualified"),
        ([[1, 0, 0]], [[4, 4, 0]], "reference"),
        ([[0, 0, 2]], [[4, 4, 5]], "reference"),
    ],
)
def test_undefined_says_why(selected, pool, reason):
    found = pooled_ratio(_selection(selected, pool), CONTRAST)
    assert math.isnan(found.value)
    assert reason in found.reason
    assert found.sentence == ""


def test_nobody_of_the_group_shown_is_a_ratio_of_0():
    found = pooled_ratio(_selection([[0, 3, 0]], [[4, 4, 0]]), CONTRAST, np.zeros((5, 1, 3)))
    assert found.value == 0.0
    assert not found.disagrees
