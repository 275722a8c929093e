"""Known values of the exposure measures, and what they do at the edges."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evenhand.errors import MeasureError
from evenhand.match.protocol import Rankings
from evenhand.measure.counts import count_prefixes, lists_of
from evenhand.measure.families.attention import (
    TREC,
    Variant,
    awrf,
    equity_of_attention,
    expected_exposure,
    exposure_of_people,
    favoured_pairs,
    impact,
    pairwise_accuracy,
    target_of_people,
    treatment,
)
from evenhand.measure.ratio import Contrast
from evenhand.measure.study import count_exposure

LABELS = np.array(list("MMMFFF"))
RELEVANCE = np.array([[1.0, 0.8, 0.6, 0.4, 0.2, 0.1]])
EVERYBODY = np.ones((1, 6), dtype=bool)
WOMEN = Contrast("F", "M")


@pytest.fixture
def six(make_rankings) -> Rankings:
    """Three men above three women."""
    return make_rankings([range(6)], 6)


def test_exposure_by_hand(six):
    exposure = count_exposure(lists_of(six, EVERYBODY, LABELS, 6))
    np.testing.assert_allclose(exposure.means[0, :2], [0.391246, 0.710310], atol=5e-7)
    assert exposure.ratio(WOMEN).value == pytest.approx(0.550810, abs=5e-7)


def test_treatment_and_impact_by_hand(six):
    ratio = treatment(six, RELEVANCE, LABELS, 6).ratio(WOMEN)
    assert ratio.value == pytest.approx(1.888490, abs=5e-7)
    assert treatment(six, RELEVANCE, LABELS, 6).ratio(Contrast("M", "F")).value == pytest.approx(
        0.529524, abs=5e-7
    )
    assert impact(six, RELEVANCE, LABELS, 6).ratio(WOMEN).value == pytest.approx(0.541928, abs=5e-7)


def test_click_rates_take_the_place_of_worth_times_relevance(six):
    discount = 1 / np.log2(np.arange(2, 8))
    same = impact(six, RELEVANCE, LABELS, 6, discount[None] * RELEVANCE).ratio(WOMEN)
    assert same.value == pytest.approx(0.541928, abs=5e-7)
    even = impact(six, RELEVANCE, LABELS, 6, RELEVANCE / 2).ratio(WOMEN)
    assert even.value == pytest.approx(1.0)
    with pytest.raises(MeasureError, match="click rates"):
        impact(six, RELEVANCE, LABELS, 6, np.ones((1, 5)))


def test_yes_or_no_relevance_makes_impact_say_what_parity_says(make_rankings):
    rankings = make_rankings([[0, 3, 1, 2], [4, 5, 0, 1]], 6)
    qualified = np.array([[True, False, True, True, True, False], [True] * 6])
    parity = count_exposure(lists_of(rankings, qualified, LABELS, 4)).ratio(WOMEN)
    assert impact(rankings, qualified, LABELS, 4).ratio(WOMEN).value == pytest.approx(parity.value)
    assert treatment(rankings, qualified, LABELS, 4).ratio(WOMEN).value != pytest.approx(
        parity.value
    )


@pytest.mark.parametrize("measure", [treatment, impact])
def test_no_utility_is_undefined_with_a_reason(six, measure):
    nothing = RELEVANCE * np.array([1, 1, 1, 0, 0, 0])
    ratio = measure(six, nothing, LABELS, 6).ratio(WOMEN)
    assert math.isnan(ratio.value)
    assert ratio.reason.startswith("utility is 0")
    with pytest.raises(MeasureError, match="0 or more"):
        measure(six, -RELEVANCE, LABELS, 6)


@pytest.mark.parametrize(
    ("variant", "expected"),
    [
        (TREC, 0.985699),
        (Variant("log", "pool", "js_distance"), 0.875),
        (Variant("geometric", "pool", "js_distance", 0.5), 0.631),
        (Variant("trec", "uniform", "jsd"), 0.985699),
        (Variant("trec", (0.5, 0.5), "l1"), 1 - (0.666318 - 0.5)),
        (
            Variant("trec", "pool", "kl"),
            1 - 0.666318 * math.log(0.666318 * 2) - 0.333682 * math.log(0.333682 * 2),
        ),
    ],
)
def test_awrf_by_its_three_choices(variant, expected):
    codes = (LABELS == "M").astype(int)[None]
    found = awrf(codes, EVERYBODY, np.array([[3, 3]]), variant)
    assert found[0] == pytest.approx(expected, abs=5e-4 if expected in (0.875, 0.631) else 1e-6)


def test_awrf_names_its_choices_and_refuses_targets_that_do_not_fit():
    assert str(Variant("geometric", (0.5, 0.5), "l1")) == (
        "geometric attention with p = 0.5, target given shares, half the L1 distance"
    )
    assert "target pool, Jensen-Shannon divergence (natural log)" in str(TREC)
    for target in ((0.5, 0.6), (1.0,), (1.5, -0.5)):
        with pytest.raises(MeasureError, match="target shares"):
            awrf(
                np.zeros((1, 2), int),
                np.ones((1, 2), bool),
                np.ones((1, 2), int),
                Variant(target=target),
            )


def test_awrf_where_nobody_counts_is_undefined():
    nobody = np.zeros((1, 6), dtype=bool)
    assert np.isnan(awrf(np.zeros((1, 6), int), nobody, np.array([[3, 3]]))).all()
    assert np.isnan(awrf(np.zeros((1, 6), int), nobody, np.zeros((1, 0), int))).all()
    # A target of 0 that gets attention is infinitely far by KL.
    away = awrf(
        np.zeros((1, 2), int),
        np.ones((1, 2), bool),
        np.array([[1, 1]]),
        Variant("trec", (0.0, 1.0), "kl"),
    )
    assert away[0] == -math.inf


def test_equity_of_one_list_and_of_two_that_are_each_others_reverse(make_rankings):
    one = equity_of_attention(make_rankings([range(6)], 6), RELEVANCE, 6)
    assert one.value == pytest.approx(0.258738, abs=5e-7)
    both = make_rankings([range(6), [5, 4, 3, 2, 1, 0]], 6)
    two = equity_of_attention(both, np.tile(RELEVANCE, (2, 1)), 6)
    assert two.value == pytest.approx(1.096774, abs=5e-7)
    assert two.share == pytest.approx(1.096774 / 4, abs=5e-7)


def test_equity_is_amortised(make_rankings):
    turns = make_rankings([[0], [1]], 2)
    relevance = np.ones((2, 2))
    assert equity_of_attention(turns, relevance, 1).value == pytest.approx(0.0)
    assert equity_of_attention(make_rankings([[0], [0]], 2), relevance, 1).share == pytest.approx(
        0.5
    )
    assert math.isnan(equity_of_attention(turns, relevance * 0, 1).value)
    half = equity_of_attention(turns, np.array([[0.0, 1.0], [0.0, 0.0]]), 1)
    assert half.value == pytest.approx(2.0)
    assert half.over(np.ones(2, dtype=bool))[2] == 1


def test_expected_exposure_by_hand(make_rankings):
    rankings = make_rankings([[0, 1, 2]], 4)
    relevance = np.array([[0, 2, 1, 1]])
    target = target_of_people(relevance, 3)
    second, third = 1 / math.log2(3), 1 / 2
    np.testing.assert_allclose(target[0], [0, 1, (second + third) / 2, (second + third) / 2])
    exposure = exposure_of_people(rankings, 3)
    np.testing.assert_allclose(exposure[0], [1, second, third, 0])
    found = expected_exposure(exposure, target)
    assert found.disparity[0] == pytest.approx(1 + second**2 + third**2)
    assert found.relevance[0] == pytest.approx(second + third * (second + third) / 2)
    squared = float((target**2).sum())
    assert found.loss[0] == pytest.approx(found.disparity[0] - 2 * found.relevance[0] + squared)


def test_expected_exposure_of_nobody_relevant_is_undefined(make_rankings):
    rankings = make_rankings([[0, 1], [1, 0]], 2)
    target = target_of_people(np.array([[False, False], [True, True]]), 2)
    found = expected_exposure(exposure_of_people(rankings, 2), target)
    for part in (found.loss, found.disparity, found.relevance):
        assert np.isnan(part).tolist() == [True, False]


def test_one_list_an_ad_can_not_be_told_apart_by_disparity(make_rankings):
    people = exposure_of_people(make_rankings([[0, 1, 2], [3, 2, 5]], 6), 3)
    found = expected_exposure(people, np.full((2, 6), 0.3))
    assert found.disparity[0] == pytest.approx(found.disparity[1])


def test_favoured_pairs_by_hand(make_rankings):
    rankings = make_rankings([[0, 1, 2]], 6)
    prefixes = count_prefixes(lists_of(rankings, EVERYBODY, np.array(list("ababab")), 3))
    # a first: above 3 b; b second: above 2 a; a third: above 2 b; one a and two b are not shown.
    assert favoured_pairs(prefixes)[0].tolist() == pytest.approx([(3 + 2 + 1) / 9, (2 + 1) / 9])
    even = count_prefixes(lists_of(rankings, EVERYBODY, np.array(list("aaaaab")), 3))
    assert favoured_pairs(even)[0].sum() == pytest.approx(1.0)
    alone = count_prefixes(lists_of(rankings, EVERYBODY, np.array(list("aaaaaa")), 3))
    assert np.isnan(favoured_pairs(alone)).all()


def test_pairwise_accuracy_by_hand(make_rankings):
    rankings = make_rankings([[0, 1, 2, 3]], 6)
    relevance = np.array([[True, False, True, False, True, False]])
    codes = np.array([0, 0, 1, 1, 0, 1])
    found = pairwise_accuracy(rankings, relevance, codes, 3, 4)
    # Person 0 is above all three; person 4 isn't shown: below two, and a tie with person 5.
    assert found[0, 0] == pytest.approx((3 + 0.5) / 6)
    assert found[0, 1] == pytest.approx(2 / 3)
    assert math.isnan(found[0, 2])
    everybody = pairwise_accuracy(rankings, np.ones((1, 6), bool), codes, 2, 4)
    assert np.isnan(everybody).all()


def test_padding_gets_no_attention(make_rankings):
    padded, short = make_rankings([[2, 0], [1, 0, 2]], 3), make_rankings([[2, 0], [1, 0]], 3)
    np.testing.assert_allclose(exposure_of_people(padded, 3)[0], [1 / math.log2(3), 0, 1])
    np.testing.assert_allclose(exposure_of_people(padded, 3)[0], exposure_of_people(short, 2)[0])
    labels, relevance = np.array(["a", "b", "a"]), np.ones((2, 3))
    first = np.array([True, False])
    for measure in (treatment, impact):
        ratio = measure(padded, relevance, labels, 3).ratio(Contrast("b", "a"), first)
        assert ratio.value == 0.0
        assert "nobody of b was shown" in ratio.reason
