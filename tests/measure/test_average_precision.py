"""Average precision by hand, both conventions, and what ties don't do."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evenhand.match.protocol import Rankings
from evenhand.measure.counts import average_precision, ndcg, precision, recall, reciprocal_rank


def test_by_hand(make_rankings):
    rankings = make_rankings([[0, 1, 2, 3], [3, 2, 1, 0]], 6)
    relevant = np.zeros((2, 6), dtype=np.bool_)
    relevant[0, [0, 2, 5]] = True
    found = average_precision(rankings, relevant, 4)
    assert found[0] == pytest.approx((1 + 2 / 3) / 3)
    assert math.isnan(found[1])


def test_two_conventions_for_more_relevant_people_than_places(make_rankings):
    rankings = make_rankings([[0, 1]], 6)
    relevant = np.ones((1, 6), dtype=np.bool_)
    assert average_precision(rankings, relevant, 2)[0] == pytest.approx(2 / 6)
    assert average_precision(rankings, relevant, 2, attainable=True)[0] == 1.0


def test_grades_above_0_count_alike(make_rankings):
    rankings = make_rankings([[0, 1, 2]], 4)
    grades = np.array([[0, 3, 1, 2]])
    assert average_precision(rankings, grades, 3) == pytest.approx(
        average_precision(rankings, grades > 0, 3)
    )


@pytest.mark.parametrize("measure", [average_precision, ndcg, precision, recall, reciprocal_rank])
def test_places_decide_and_scores_do_not(make_rankings, measure):
    """Peers break equal scores by document id or by the order of a dictionary."""
    rankings = make_rankings([[2, 0, 1]], 3)
    tied = Rankings(rankings.query_ids, rankings.candidate_ids, rankings.positions, np.ones((1, 3)))
    relevant = np.array([[True, False, False]])
    assert measure(tied, relevant, 3) == measure(rankings, relevant, 3)
