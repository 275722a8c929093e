"""Exact top-k against sorting everybody."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.errors import MatcherError
from evenhand.match.protocol import strictly_decreasing, top_k

FEW_SCORES = st.sampled_from([0.0, -0.0, 0.5, 1.0, 1e-300, -1.0, 1e300])


@st.composite
def searches(draw: st.DrawFn):
    people = draw(st.integers(1, 25))
    ids = draw(st.lists(st.text(max_size=3), min_size=people, max_size=people, unique=True))
    rows = draw(st.lists(st.lists(FEW_SCORES, min_size=people, max_size=people), max_size=3))
    eligible = draw(st.none() | st.lists(st.booleans(), min_size=people, max_size=people))
    return (
        np.array(rows, dtype=float).reshape(len(rows), people),
        ids,
        draw(st.integers(1, 30)),
        None if eligible is None else np.array(eligible),
    )


@given(searches())
def test_lists_are_those_of_a_full_sort_with_ties_by_id(search):
    scores, ids, k, eligible = search
    positions, values = top_k(scores, ids, k, eligible)
    mask = np.ones(len(ids), bool) if eligible is None else eligible
    for row in range(len(scores)):
        order = sorted(
            (column for column in range(len(ids)) if mask[column]),
            key=lambda column: (-scores[row, column], ids[column]),
        )[:k]
        assert positions[row].tolist() == order + [-1] * (k - len(order))
        kept = values[row, : len(order)]
        assert (np.diff(kept) < 0).all()
        assert np.isnan(values[row, len(order) :]).all()
        np.testing.assert_allclose(kept, scores[row, order], rtol=1e-12, atol=1e-300)


@given(st.lists(st.integers(0, 3), min_size=30, max_size=30), st.integers(1, 29))
def test_a_short_list_begins_a_longer_one_although_scores_tie(levels, k):
    scores = np.array([levels], dtype=float)
    ids = [f"p{(n * 7) % 30:02d}" for n in range(30)]
    longer, longer_scores = top_k(scores, ids, k + 1)
    shorter, shorter_scores = top_k(scores, ids, k)
    assert (longer[:, :k] == shorter).all()
    assert (longer_scores[:, :k] == shorter_scores).all()


def test_ids_break_ties_across_the_cut():
    positions, _ = top_k(np.array([[1.0, 2.0, 1.0, 1.0]]), ["d", "z", "a", "c"], 2)
    assert positions.tolist() == [[1, 2]]


def test_a_cascade_of_ties_stays_strict():
    start = 1.0
    just_below = float(np.nextafter(start, 0))
    values = strictly_decreasing(np.array([start, start, just_below, just_below]))
    assert (np.diff(values) < 0).all()
    assert values[0] == start


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_scores_that_are_not_finite_are_refused(bad: float):
    with pytest.raises(MatcherError, match=r"candidate 'b' for query 0 is .*finite"):
        top_k(np.array([[0.0, bad]]), ["a", "b"], 1)


@pytest.mark.parametrize(
    ("k", "ids", "eligible", "said"),
    [
        (0, ["a", "b"], None, "at least 1"),
        (1, ["a"], None, "don't fit 1 candidates"),
        (1, ["a", "b"], np.array([True]), "must be 2 booleans"),
        (1, ["a", "b"], np.array([1, 0]), "must be 2 booleans"),
    ],
)
def test_questions_without_an_exact_answer_are_refused(k, ids, eligible, said):
    with pytest.raises(MatcherError, match=said):
        top_k(np.zeros((1, 2)), ids, k, eligible)
