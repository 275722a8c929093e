import math

import numpy as np
import pytest

from evenhand.errors import MeasureError
from evenhand.measure.families.lists import chance_level, paper_ratios


@pytest.mark.parametrize(
    ("retrieved", "selected", "women", "expected_women", "expected_men"),
    [
        (50, 10, 5, 0.689, 0.847),
        (50, 10, 10, 0.770, 0.846),
        (50, 10, 15, 0.806, 0.847),
        (50, 10, 20, 0.826, 0.844),
        (50, 10, 25, 0.837, 0.837),
        (50, 10, 30, 0.844, 0.826),
        (50, 10, 45, 0.847, 0.689),
        (100, 20, 50, 0.873, 0.873),
        (200, 50, 100, 0.915, 0.915),
        (1000, 250, 500, 0.959, 0.959),
    ],
)
def test_golden_chance_levels(retrieved, selected, women, expected_women, expected_men):
    found = chance_level((women, retrieved - women), selected)
    assert found == pytest.approx((expected_women, expected_men), abs=5.1e-4)


def test_chance_of_three_groups_agrees_with_drawing():
    sizes, selected = (4, 6, 10), 5
    rng = np.random.default_rng(0)
    rates = rng.multivariate_hypergeometric(sizes, selected, size=100_000) / np.array(sizes)
    drawn = (rates / rates.max(axis=1, keepdims=True)).mean(axis=0)
    assert chance_level(sizes, selected) == pytest.approx(tuple(drawn), abs=0.004)


def test_chance_of_tiny_draw_by_hand():
    # One of 1 + 3 is drawn: whoever it is has the only rate above 0.
    assert chance_level((1, 3), 1) == pytest.approx((0.25, 0.75))
    assert chance_level((0, 4), 2) == pytest.approx((0.0, 1.0))
    assert all(math.isnan(level) for level in chance_level((3, 3), 0))


def test_ratio_of_an_ad(make_rankings):
    labels = np.array(["f"] * 4 + ["m"] * 4 + [""] * 2)
    # Top 4: f m m unknown; retrieved: 2 f, 4 m, 2 unknown.
    rankings = make_rankings([[0, 4, 5, 8, 1, 6, 7, 9]], 10)
    paper = paper_ratios(rankings, labels, retrieved=8, selected=4)
    assert paper.ratios[0] == pytest.approx([1.0, 1.0])
    assert paper.chance[0] == pytest.approx(chance_level((2, 4), 3))


def test_a_group_that_was_not_retrieved_scores_zero_and_so_does_its_chance(make_rankings):
    labels = np.array(["f", "m", "m"])
    paper = paper_ratios(make_rankings([[1, 2]], 3), labels, retrieved=2, selected=1)
    assert paper.ratios[0].tolist() == [0.0, 1.0]
    assert paper.chance[0].tolist() == [0.0, 1.0]


def test_ads_whose_top_holds_nobody_known_are_left_out(make_rankings):
    labels = np.array(["f", "m", "", ""])
    paper = paper_ratios(make_rankings([[2, 0, 1], [0, 1, 2]], 4), labels, retrieved=3, selected=1)
    assert np.isnan(paper.ratios[0]).all()
    ratio, chance = paper.means()
    assert ratio.tolist() == [1.0, 0.0]
    assert chance == pytest.approx([0.5, 0.5])
    nothing, _ = paper.means(np.array([True, False]))
    assert np.isnan(nothing).all()


def test_bad_arguments_are_refused(make_rankings):
    rankings = make_rankings([[0, 1]], 2)
    with pytest.raises(MeasureError, match="can't be selected"):
        paper_ratios(rankings, np.array(["f", "m"]), retrieved=2, selected=3)
    with pytest.raises(MeasureError, match="nobody's value"):
        paper_ratios(rankings, np.array(["", ""]), retrieved=2, selected=1)
