"""Everybody's score from an engine that only gives lists, by ranking everybody.

Not an engine: it asks one and checks the answer.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evenhand.errors import MatcherError, boundary
from evenhand.match.protocol import (
    BoolArray,
    FloatArray,
    Matcher,
    Query,
    Rankings,
    ScoringMatcher,
)


def with_scores(matcher: Matcher) -> ScoringMatcher:
    """The same engine with ``scores``; unchanged where it has them."""
    return matcher if isinstance(matcher, ScoringMatcher) else RankedScores(matcher)


class RankedScores:
    """A plain matcher as a ``ScoringMatcher``: scores are read off lists of everybody.

    Args:
        matcher: An engine that returns as many candidates as it is asked for.
    """

    def __init__(self, matcher: Matcher) -> None:
        self.matcher = matcher

    @property
    def name(self) -> str:
        """The engine's name."""
        return self.matcher.name

    @property
    def digest(self) -> str:
        """The engine's digest."""
        return self.matcher.digest

    @property
    def candidate_ids(self) -> tuple[str, ...]:
        """The engine's people."""
        return self.matcher.candidate_ids

    def rank(self, queries: Sequence[Query], k: int, eligible: BoolArray | None = None) -> Rankings:
        """The engine's own lists."""
        return self.matcher.rank(queries, k, eligible)

    def scores(self, queries: Sequence[Query]) -> FloatArray:
        """Scores of shape ``(queries, people)``.

        Raises:
            MatcherError: The engine left somebody out, repeated somebody, or gave a score that
                isn't a finite number.
        """
        everybody = len(self.candidate_ids)
        with boundary(MatcherError, f"the matcher {self.name!r}"):
            rankings = self.matcher.rank(queries, everybody)
        scores = np.full((len(queries), everybody), np.nan)
        for row, query in enumerate(queries):
            positions = rankings.positions[row]
            found = np.unique(positions[positions >= 0])
            if len(found) < everybody:
                raise MatcherError(
                    f"the matcher {self.name!r} ranked {len(found)} of {everybody} people for job "
                    f"{query.id!r}; tuning needs a score for everybody, so let it return as many "
                    "candidates as it is asked for"
                )
            scores[row, positions] = rankings.scores[row]
            if not np.isfinite(scores[row]).all():
                raise MatcherError(
                    f"the matcher {self.name!r} gave job {query.id!r} a score that isn't a finite "
                    "number; every candidate needs one"
                )
        return scores
