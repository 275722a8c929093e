"""An engine as rewards use it: a row of numbers per text that weights over people act on.

For a linear engine a row is the text's embedding and weights over people are folded into the
embedding space once; for any other a row holds everybody's score. Either way one dot product is
left per rewording. Not a matcher: it only asks one and checks the answer.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evenhand.errors import BadInput, MatcherError, boundary
from evenhand.match.protocol import (
    FloatArray,
    IntArray,
    LinearMatcher,
    Matcher,
    Query,
    Rankings,
    ScoringMatcher,
)
from evenhand.records.candidate import Pool


class Engine:
    """A matcher that is checked; people are in the order of its candidate ids.

    Args:
        matcher: Any matcher; one that gives no scores is asked to rank everybody.
    """

    def __init__(self, matcher: Matcher) -> None:
        self.matcher = _with_scores(matcher)
        self.linear = self.matcher if isinstance(self.matcher, LinearMatcher) else None

    @property
    def name(self) -> str:
        """The matcher's name."""
        return self.matcher.name

    @property
    def people(self) -> int:
        """How many people it searches."""
        return len(self.matcher.candidate_ids)

    @property
    def vectors(self) -> FloatArray | None:
        """The people in the engine's own space, ``(people, dimensions)``, where it shows one."""
        return None if self.linear is None else self.linear.candidate_vectors

    def scores(self, queries: Sequence[Query]) -> FloatArray:
        """Everybody's scores, ``(queries, people)``.

        Raises:
            MatcherError: The matcher failed, or gave a wrong shape or a number that isn't finite.
        """
        with boundary(MatcherError, f"the matcher {self.name!r}"):
            raw = np.asarray(self.matcher.scores(queries), dtype=np.float64)
        self._check(raw, (len(queries), self.people), "scores")
        return raw

    def rank(self, queries: Sequence[Query], k: int) -> Rankings:
        """The matcher's own top-k, of everybody where there are fewer people.

        Raises:
            MatcherError: The matcher failed.
        """
        with boundary(MatcherError, f"the matcher {self.name!r}"):
            return self.matcher.rank(queries, min(k, self.people))

    def rows(self, queries: Sequence[Query]) -> FloatArray:
        """One row a text, ``(queries, dimensions)`` or ``(queries, people)``.

        Raises:
            MatcherError: The matcher failed, or gave a wrong shape or a number that isn't finite.
        """
        if self.linear is None:
            return self.scores(queries)
        with boundary(MatcherError, f"the matcher {self.name!r}"):
            rows = np.asarray(self.linear.encode_queries(queries), dtype=np.float64)
        self._check(rows, (len(queries), self.linear.candidate_vectors.shape[1]), "embeddings")
        return rows

    def fold_in(self, columns: FloatArray) -> FloatArray:
        """What to multiply rows with for the weights ``columns``, ``(people, n)``.

        For a linear engine constants of a query are left out: they cancel between two texts of
        one ad.
        """
        if self.linear is None:
            return columns
        return self.linear.candidate_vectors.T @ columns

    def original_scores(
        self, queries: Sequence[Query], rows: FloatArray, people: IntArray
    ) -> FloatArray:
        """Scores of some people from rows already at hand, ``(queries, len(people))``."""
        if self.linear is None:
            return rows[:, people]
        with boundary(MatcherError, f"the matcher {self.name!r}"):
            offsets = np.asarray(self.linear.query_offsets(queries), dtype=np.float64)
        whole = np.broadcast_to(offsets, (len(queries), self.people))
        return rows @ self.linear.candidate_vectors[people].T + whole[:, people]

    def _check(self, values: FloatArray, shape: tuple[int, int], what: str) -> None:
        if values.shape != shape:
            raise MatcherError(
                f"the matcher {self.name!r} gave {what} of shape {values.shape}, not {shape}; "
                "it must give one row a query over all its people"
            )
        if not np.isfinite(values).all():
            row = int(np.argwhere(~np.isfinite(values))[0][0])
            raise MatcherError(
                f"the matcher {self.name!r} gave {what} that aren't finite for query {row}; every "
                "text must get numbers"
            )


def _with_scores(matcher: Matcher) -> ScoringMatcher:
    if isinstance(matcher, ScoringMatcher):
        return matcher
    from evenhand.match.scoring import with_scores

    return with_scores(matcher)


def in_matcher_order(pool: Pool, matcher: Matcher) -> IntArray:
    """Positions in the pool of everybody the matcher searches, in the matcher's order.

    Raises:
        BadInput: The matcher searches other people than the pool's.
    """
    at = {candidate: position for position, candidate in enumerate(pool.ids)}
    wanted = matcher.candidate_ids
    if len(wanted) != len(at) or any(candidate not in at for candidate in wanted):
        raise BadInput(
            f"the matcher {matcher.name!r} searches {len(wanted)} people, which aren't the "
            f"{len(at)} of the pool; build it on the same people"
        )
    return np.array([at[candidate] for candidate in wanted], dtype=np.int64)
