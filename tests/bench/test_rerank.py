"""DetGreedy against its definition and its guarantee."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.errors import MatcherError
from evenhand.match.protocol import Rankings
from lab.rerank import det_greedy, shares_of


def ranking(labels: str) -> Rankings:
    """One job whose list is everybody in order; one letter a person."""
    ids = tuple(f"p{n:02d}" for n in range(len(labels)))
    positions = np.arange(len(labels))[None, :]
    return Rankings(("j",), ids, positions, np.linspace(1, 0, len(labels))[None, :])


def reranked(labels: str, shares: list[float], k: int, counted: str | None = None) -> str:
    mask = None if counted is None else np.array([[c == "1" for c in counted]])
    groups = "abc"[: len(shares)]
    lists = det_greedy(ranking(labels), list(labels), groups, np.array([shares]), k, mask)
    return "".join(labels[p] for p in lists.positions[0])


def test_halves_alternate_when_one_group_leads():
    assert reranked("aaaaaabbbbbb", [0.5, 0.5], 8) == "abababab"


def test_each_group_keeps_its_order():
    lists = det_greedy(ranking("aabbab"), list("aabbab"), "ab", np.array([[0.5, 0.5]]), 6)
    assert lists.positions.tolist() == [[0, 2, 1, 3, 4, 5]]
    assert (np.diff(lists.scores) < 0).all()


def test_a_list_that_has_its_shares_is_left_alone():
    assert reranked("abbaabab", [0.5, 0.5], 8) == "abbaabab"


def test_the_papers_rule_by_hand():
    """Shares of one and two thirds: floors force b at 2, a at 3, b at 5 and a at 6."""
    assert reranked("aaaabbbbbb", [1 / 3, 2 / 3], 6) == "abbabb"
    assert reranked("bbbbbbaaaa", [1 / 3, 2 / 3], 6) == "bbabba"


def test_a_group_that_runs_out_leaves_its_places():
    assert reranked("aaaaab", [0.5, 0.5], 6) == "abaaaa"


def test_people_who_do_not_count_stay_at_their_places():
    assert reranked("aaxxxxaabbbb", [0.5, 0.5], 12) == "abxxxxababab"
    assert reranked("xaxaab", [0.5, 0.5], 4) == "xaxb"


def test_only_the_counted_are_balanced():
    assert reranked("aaaabb", [0.5, 0.5], 6, counted="111111") == "ababaa"
    assert reranked("aaaabb", [0.5, 0.5], 6, counted="001111") == "aaabab"


def test_without_a_desired_share_nothing_moves():
    assert reranked("aaabbb", [0.0, 0.0], 4) == "aaab"


@given(
    st.text("ab", min_size=1, max_size=60),
    st.integers(0, 20).map(lambda n: n / 20),
    st.integers(1, 60),
)
def test_every_prefix_of_two_groups_is_feasible(labels: str, share: float, k: int):
    """Geyik et al.: with two values DetGreedy never falls under the floor while people last."""
    k = min(k, len(labels))
    chosen = reranked(labels, [share, 1 - share], k)
    for n in range(1, k + 1):
        for group, desired in (("a", share), ("b", 1 - share)):
            least = math.floor(desired * n + 1e-9)
            had = chosen[:n].count(group)
            assert had >= min(least, labels.count(group)) or labels.count(group) == had


@given(st.text("abc?", min_size=1, max_size=40), st.integers(1, 40))
def test_it_permutes_and_scores_decrease(labels: str, k: int):
    k = min(k, len(labels))
    lists = det_greedy(ranking(labels), list(labels), "abc", np.array([[0.2, 0.3, 0.5]]), k)
    assert len(set(lists.positions[0].tolist())) == k
    assert (lists.positions >= 0).all()
    assert (np.diff(lists.scores) < 0).all()
    assert set(lists.scores[0]) <= set(np.linspace(1, 0, len(labels)))


def test_short_lists_stay_padded():
    short = Rankings(("j",), ("x", "y", "z"), np.array([[2, 0, -1]]), np.array([[2.0, 1, np.nan]]))
    lists = det_greedy(short, ["a", "a", "b"], "ab", np.array([[0.5, 0.5]]), 3)
    assert lists.positions.tolist() == [[2, 0, -1]]
    assert np.isnan(lists.scores[0, 2])


def test_shares_come_from_the_qualified():
    qualified = np.array([[True, True, True, False], [False, False, False, True], [False] * 4])
    shares = shares_of(["a", "b", "b", "?"], ["a", "b"], qualified)
    np.testing.assert_allclose(shares, [[1 / 3, 2 / 3], [0, 0], [0, 0]])


def test_what_does_not_fit_is_refused():
    with pytest.raises(MatcherError, match="don't fit"):
        det_greedy(ranking("ab"), ["a"], "ab", np.array([[0.5, 0.5]]), 2)
    with pytest.raises(MatcherError, match="don't fit"):
        det_greedy(ranking("ab"), ["a", "b"], "ab", np.array([[1.0]]), 2)
    with pytest.raises(MatcherError, match="lists of 2 can't be re-ranked to 3; rank more people"):
        det_greedy(ranking("ab"), ["a", "b"], "ab", np.array([[0.5, 0.5]]), 3)
