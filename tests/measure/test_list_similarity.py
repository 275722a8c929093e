"""RBO, Jaccard and Kendall's tau of two lists: identical is 1."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from evenhand.errors import MeasureError
from evenhand.measure.families.quality import SIMILARITIES as MEASURES
from evenhand.measure.families.quality import (
    jaccard,
    kendall_tau,
    rank_biased_overlap,
    similarity_figures,
)
from evenhand.measure.figure import cards
from evenhand.measure.resample import draw_weights

ALL = [rank_biased_overlap, jaccard, kendall_tau]
TEN = np.arange(10)[None, :]


@pytest.mark.parametrize("measure", ALL)
@pytest.mark.parametrize("length", [1, 2, 10, 60])
def test_identical_lists_are_at_1(measure, length):
    """LangFair's PRAG gives two identical lists of ten 0.409."""
    lists = np.stack([np.random.default_rng(row).permutation(200)[:length] for row in range(5)])
    assert measure(lists, lists) == pytest.approx(np.ones(5), abs=1e-12)


def test_reversed_lists():
    """LangFair's SERP gives identical and reversed lists the same 0.295."""
    assert kendall_tau(TEN, TEN[:, ::-1])[0] == pytest.approx(-1.0)
    assert jaccard(TEN, TEN[:, ::-1])[0] == 1.0
    assert rank_biased_overlap(TEN, TEN[:, ::-1])[0] < 0.7


def test_lists_with_nobody_in_common():
    assert rank_biased_overlap(TEN, TEN + 10)[0] == 0.0
    assert jaccard(TEN, TEN + 10)[0] == 0.0
    assert kendall_tau(TEN, TEN + 10)[0] == pytest.approx(-20 / 29)


def test_rbo_by_hand():
    first, second = np.array([[0, 1, 2]]), np.array([[1, 0, 3]])
    p = 0.9
    agreement = [0 / 1, 2 / 2, 2 / 3]
    expected = 2 / 3 * p**3 + (1 - p) / p * sum(a * p ** (d + 1) for d, a in enumerate(agreement))
    assert rank_biased_overlap(first, second)[0] == pytest.approx(expected, abs=1e-12)


def test_rbo_of_uneven_lists_is_equation_32_of_its_source():
    first, second = np.array([[0, 1, 2, 3, 4]]), np.array([[1, 0, -1, -1, -1]])
    p, short, long = 0.9, 2, 5
    common = [0, 2, 2, 2, 2]
    sums = sum(common[d - 1] / d * p**d for d in range(1, long + 1))
    sums += sum(common[1] * (d - short) / (short * d) * p**d for d in range(short + 1, long + 1))
    last = (common[4] - common[1]) / long + common[1] / short
    expected = (1 - p) / p * sums + last * p**long
    assert rank_biased_overlap(first, second)[0] == pytest.approx(expected, abs=1e-12)
    assert rank_biased_overlap(second, first)[0] == pytest.approx(expected, abs=1e-12)
    assert rank_biased_overlap(first, second[:, :2])[0] == pytest.approx(expected, abs=1e-12)


def test_a_patient_reader_looks_deeper():
    swapped_late = np.array([[0, 1, 2, 3, 4, 5, 6, 7, 20, 21]])
    values = [rank_biased_overlap(TEN, swapped_late, p)[0] for p in (0.5, 0.9, 0.99)]
    assert values == sorted(values, reverse=True)


def test_early_changes_weigh_more_in_rbo_and_nothing_in_jaccard():
    early, late = TEN.copy(), TEN.copy()
    early[0, 0], late[0, 9] = 50, 50
    assert rank_biased_overlap(TEN, early)[0] < rank_biased_overlap(TEN, late)[0]
    assert jaccard(TEN, early)[0] == jaccard(TEN, late)[0] == pytest.approx(9 / 11)


def test_empty_lists_have_no_value():
    nobody, somebody = np.full((1, 3), -1), np.array([[4, 1, -1]])
    assert all(math.isnan(measure(nobody, nobody)[0]) for measure in ALL)
    assert jaccard(nobody, somebody)[0] == 0.0
    assert math.isnan(kendall_tau(nobody, somebody)[0])
    assert math.isnan(rank_biased_overlap(nobody, somebody)[0])


def test_padding_is_nobody():
    padded, plain = np.array([[3, 1, -1, -1]]), np.array([[3, 1]])
    for measure in ALL:
        assert measure(padded, plain)[0] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (np.array([[0, 1]]), np.array([[0, 1], [1, 0]]), "one row an ad"),
        (np.array([[0, 0]]), np.array([[0, 1]]), "somebody twice"),
        (np.array([[-1, 0]]), np.array([[0, 1]]), "at their end"),
    ],
)
@pytest.mark.parametrize("measure", ALL)
def test_bad_lists_are_refused(measure, first, second, words):
    with pytest.raises(MeasureError, match=words):
        measure(first, second)


def test_a_persistence_outside_0_and_1_is_refused():
    with pytest.raises(MeasureError, match="between 0 and 1"):
        rank_biased_overlap(TEN, TEN, 1.0)


def test_a_thousand_lists_of_fifty_take_no_time():
    rng = np.random.default_rng(0)
    first, second = (
        np.stack([rng.choice(2_000, 50, replace=False) for _ in range(1000)]) for _ in range(2)
    )
    start = time.process_time()
    for measure in ALL:
        measure(first, second)
    assert time.process_time() - start < 1


def test_figures_of_two_runs(make_rankings):
    first = make_rankings([[0, 1, 2], [3, 4, 5], [6, 7, 8]], 9)
    second = make_rankings([[0, 1, 2], [3, 5, 4], [0, 1, 2]], 9)
    weights = draw_weights(9, ["all"] * 3, 100, 0)
    figures = similarity_figures(first, second, 3, weights=weights)
    assert [figure.measure for figure in figures] == list(MEASURES)
    assert {figure.measure for figure in figures} == {card.key for card in cards("similarity")}
    found = {figure.measure: figure for figure in figures}
    assert found["jaccard"].value == pytest.approx(2 / 3)
    assert found["jaccard"].interval[0] <= 2 / 3 <= found["jaccard"].interval[1]
    assert found["rbo"].n == 3


def test_figures_of_other_ads_are_refused(make_rankings):
    first, second = make_rankings([[0, 1]], 4), make_rankings([[0, 1]], 5)
    with pytest.raises(MeasureError, match="rank the same ads"):
        similarity_figures(first, second, 2)
