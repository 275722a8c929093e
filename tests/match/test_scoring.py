"""Scores read off lists of everybody."""

from __future__ import annotations

import numpy as np
import pytest

from evenhand.errors import MatcherError
from evenhand.match.lexical import LexicalMatcher
from evenhand.match.protocol import RankedScores, Rankings, ScoringMatcher, with_scores
from evenhand.records.job import Job
from evenhand.records.people import Document


class ListsOnly:
    """A lexical engine that keeps its scores to itself; ``spoil`` breaks its lists."""

    name, digest = "lists", "1"

    def __init__(self, documents: list[Document], spoil=lambda rankings: rankings) -> None:
        self.inner = LexicalMatcher(documents)
        self.candidate_ids = self.inner.candidate_ids
        self.spoil = spoil

    def rank(self, queries, k, eligible=None) -> Rankings:
        return self.spoil(self.inner.rank(queries, k, eligible))


def with_positions(rankings: Rankings, place: int, position: int) -> Rankings:
    positions = rankings.positions.copy()
    positions[1, place] = position
    return Rankings(rankings.query_ids, rankings.candidate_ids, positions, rankings.scores)


def with_score(rankings: Rankings, score: float) -> Rankings:
    scores = rankings.scores.copy()
    scores[1, 2] = score
    return Rankings(rankings.query_ids, rankings.candidate_ids, rankings.positions, scores)


def test_engines_with_scores_pass_through(documents: list[Document]):
    matcher = LexicalMatcher(documents)
    assert with_scores(matcher) is matcher


def test_lists_of_everybody_give_the_same_scores(documents: list[Document], jobs: list[Job]):
    matcher = with_scores(ListsOnly(documents))
    assert isinstance(matcher, ScoringMatcher)
    expected = LexicalMatcher(documents).scores(jobs)
    np.testing.assert_allclose(matcher.scores(jobs), expected, atol=1e-12)
    assert matcher.rank(jobs, 3).ids_of(0) == LexicalMatcher(documents).rank(jobs, 3).ids_of(0)
    assert (matcher.name, matcher.digest) == ("lists", "1")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda r: r.top(5), "ranked 5 of 8 people for job 'books'"),
        (lambda r: with_positions(r, 3, -1), "ranked 7 of 8 people for job 'words'"),
        (lambda r: with_positions(r, 3, int(r.positions[1, 2])), "ranked 7 of 8"),
        (lambda r: with_score(r, np.nan), "job 'words' a score that isn't a finite number"),
        (lambda r: 1 / 0, "the matcher 'lists' failed: ZeroDivisionError"),
    ],
)
def test_broken_lists_are_refused(documents, jobs, spoil, said: str):
    with pytest.raises(MatcherError, match=said):
        RankedScores(ListsOnly(documents, spoil)).scores(jobs)
