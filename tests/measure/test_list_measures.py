"""Quality, Skew, NDKL, exposure and Holm against values worked out by hand or in the notes."""

import math

import numpy as np
import pytest

from evenhand.errors import MeasureError
from evenhand.measure.counts import (
    Selection,
    count_selection,
    lists_of,
    ndcg,
    precision,
    recall,
    reciprocal_rank,
)
from evenhand.measure.families.lists import absent, ndkl, skew
from evenhand.measure.figure import holm
from evenhand.measure.ratio import Contrast
from evenhand.measure.study import count_exposure

MMMFFF = np.array(["m", "m", "m", "f", "f", "f"])


def test_quality_by_hand(make_rankings):
    rankings = make_rankings([[4, 0, 1], [0, 1, 2], [3, 2, 4]], 5)
    relevant = np.array([[1, 1, 1, 0, 0], [0, 0, 0, 0, 0], [1, 0, 0, 0, 0]], dtype=bool)
    assert reciprocal_rank(rankings, relevant, 3).tolist() == pytest.approx(
        [0.5, math.nan, 0.0], nan_ok=True
    )
    assert recall(rankings, relevant, 3).tolist() == pytest.approx(
        [2 / 3, math.nan, 0.0], nan_ok=True
    )
    assert precision(rankings, relevant, 2).tolist() == pytest.approx(
        [0.5, math.nan, 0.0], nan_ok=True
    )
    dcg = 1 / math.log2(3) + 1 / 2
    ideal = 1 + 1 / math.log2(3) + 1 / 2
    assert ndcg(rankings, relevant, 3)[0] == pytest.approx(dcg / ideal)


def test_graded_ndcg_uses_exponential_gain_and_the_whole_base(make_rankings):
    rankings = make_rankings([[0, 1]], 4)
    grades = np.array([[1, 3, 0, 2]])
    dcg = 1 + 7 / math.log2(3)
    ideal = 7 + 3 / math.log2(3)
    assert ndcg(rankings, grades, 2)[0] == pytest.approx(dcg / ideal)
    same = np.array([[True, True, False, True]])
    assert ndcg(rankings, same, 2)[0] == ndcg(rankings, same.astype(int), 2)[0]


def test_negative_grades_are_refused(make_rankings):
    with pytest.raises(MeasureError, match="negative grade"):
        ndcg(make_rankings([[0]], 1), np.array([[-1]]), 1)


def test_ndkl_golden(make_rankings):
    everybody = np.ones((1, 6), dtype=bool)
    value = ndkl(lists_of(make_rankings([range(6)], 6), everybody, MMMFFF, 6))
    assert value[0] == pytest.approx(0.466363, abs=1e-6)


def test_ndkl_reads_the_target_from_the_pool_not_the_list(make_rankings):
    only_men = ndkl(lists_of(make_rankings([range(6)], 6), np.ones((1, 6), dtype=bool), MMMFFF, 3))
    assert only_men[0] == pytest.approx(math.log(2))


def test_ndkl_ignores_unqualified_and_unknown_people(make_rankings):
    labels = np.array(["x", *MMMFFF, ""])
    qualified = np.array([[False, *[True] * 7]])
    value = ndkl(lists_of(make_rankings([[0, 1, 7, 2, 3, 4, 5, 6]], 8), qualified, labels, 8))
    assert value[0] == pytest.approx(0.466363, abs=1e-6)


def test_ndkl_of_a_list_without_qualified_people_is_undefined(make_rankings):
    qualified = np.array([[False, True]])
    assert math.isnan(
        ndkl(lists_of(make_rankings([[0]], 2), qualified, np.array(["f", "m"]), 1))[0]
    )


def test_exposure_golden(make_rankings):
    exposure = count_exposure(
        lists_of(make_rankings([range(6)], 6), np.ones((1, 6), dtype=bool), MMMFFF, 6)
    )
    assert exposure.means[0, :2] == pytest.approx([0.391246, 0.710310], abs=1e-6)
    ratio = exposure.ratio(Contrast("f", "m"))
    assert ratio.value == pytest.approx(0.550810, abs=1e-6)


def test_people_not_shown_have_no_exposure(make_rankings):
    exposure = count_exposure(
        lists_of(make_rankings([range(6)], 6), np.ones((1, 6), dtype=bool), MMMFFF, 4)
    )
    assert exposure.means[0, 0] == pytest.approx(1 / math.log2(5) / 3)


def test_skew_and_absence():
    counted = Selection(
        ("f", "m", ""),
        np.array([[2, 8, 3], [0, 10, 0], [0, 0, 2]]),
        np.array([[20, 20, 9], [5, 45, 0], [5, 5, 5]]),
        ("a", "b", "c"),
    )
    plain = skew(counted)
    assert plain[0] == pytest.approx([math.log(0.4), math.log(1.6)])
    assert plain[1, 0] == -math.inf
    assert np.isnan(plain[2]).all()
    assert absent(counted).tolist() == [[False, False], [True, False], [True, True]]
    smooth = skew(counted, prior=1.0)
    assert smooth[1, 0] == pytest.approx(math.log((0.1 / 11) / 0.1))
    with pytest.raises(MeasureError, match="prior"):
        skew(counted, prior=-1.0)


def test_a_proportional_list_keeps_skew_zero_under_smoothing(make_rankings):
    labels = np.array(["f"] * 2 + ["m"] * 8)
    counted = count_selection(
        make_rankings([[0, 2, 3, 4, 5]], 10), np.ones((1, 10), dtype=bool), labels, 5
    )
    assert skew(counted, prior=3.0)[0] == pytest.approx([0.0, 0.0])


def test_holm_by_hand():
    adjusted = holm([0.01, math.nan, 0.04, 0.03])
    assert adjusted.tolist() == pytest.approx([0.03, math.nan, 0.06, 0.06], nan_ok=True)
    assert holm([]).tolist() == []
    with pytest.raises(MeasureError, match="outside 0 to 1"):
        holm([1.2])
