"""What a matching engine is to evenhand: queries in, exact ranked lists out.

Not an engine and not a loader of engines. Anything with ``rank`` (and a name, a digest and the
candidate ids it searches) can be measured and tuned against.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import MatcherError
from evenhand.records.result import Result, Row

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


class Query(Protocol):
    """What an engine is asked with; a ``Job`` is one."""

    @property
    def id(self) -> str:
        """Unique among the queries of one call."""
        ...

    @property
    def text(self) -> str:
        """The ad."""
        ...

    @property
    def group(self) -> str | None:
        """Occupation group of the ad, for engines that use one."""
        ...


@dataclass(frozen=True)
class Rankings(Result):
    """The top-k of every query.

    Attributes:
        query_ids: One id per row.
        candidate_ids: The whole pool that ``positions`` points into, in pool order.
        positions: Shape ``(queries, k)``: positions in ``candidate_ids``, best first; rows with
            fewer than ``k`` eligible candidates are padded with -1 at the end.
        scores: Shape ``(queries, k)``, strictly decreasing along a row (lists that were read may
            hold equal ones); NaN where padded.
    """

    query_ids: tuple[str, ...]
    candidate_ids: tuple[str, ...]
    positions: IntArray
    scores: FloatArray

    def __post_init__(self) -> None:
        """Check shapes; contents are the conformance kit's business."""
        rows = len(self.query_ids)
        if self.positions.shape != self.scores.shape or self.positions.shape[:1] != (rows,):
            raise MatcherError(
                f"rankings of {rows} queries have positions of shape {self.positions.shape} and "
                f"scores of shape {self.scores.shape}; both must be (queries, k)"
            )

    @property
    def k(self) -> int:
        """Length of the lists (padding included)."""
        return int(self.positions.shape[1])

    def ids_of(self, row: int) -> list[str]:
        """Candidate ids of one query, best first, without padding."""
        return [self.candidate_ids[p] for p in self.positions[row] if p >= 0]

    def sentences(self) -> tuple[str, ...]:
        """How many lists of what length there are."""
        return (
            f"{len(self.query_ids):,} lists of {self.k:,} of {len(self.candidate_ids):,} people.",
        )

    def tables(self) -> dict[str, list[Row]]:
        """One row a person in a list, as the file of lists has it."""
        rows, places = np.nonzero(self.positions >= 0)
        lists: list[Row] = [
            {
                "job_id": self.query_ids[row],
                "rank": int(place) + 1,
                "candidate_id": self.candidate_ids[self.positions[row, place]],
                "score": float(self.scores[row, place]),
            }
            for row, place in zip(rows, places, strict=True)
        ]
        return {"lists": lists}

    def top(self, k: int) -> Rankings:
        """The same lists cut at ``k``."""
        return Rankings(
            self.query_ids, self.candidate_ids, self.positions[:, :k], self.scores[:, :k]
        )


@runtime_checkable
class Matcher(Protocol):
    """An engine bound to the people it searches.

    ``rank`` is exact: it returns the k best eligible candidates of every query by score, ties by
    candidate id ascending. ``eligible`` is a mask over ``candidate_ids`` (None: everybody).
    """

    @property
    def name(self) -> str:
        """Short name for reports."""
        ...

    @property
    def digest(self) -> str:
        """Changes whenever the engine, its settings or its people change."""
        ...

    @property
    def candidate_ids(self) -> tuple[str, ...]:
        """Everybody the engine can return, in the order that masks and scores use."""
        ...

    def rank(self, queries: Sequence[Query], k: int, eligible: BoolArray | None = None) -> Rankings:
        """The k best eligible candidates of every query."""
        ...


@runtime_checkable
class ScoringMatcher(Matcher, Protocol):
    """A matcher that also gives every candidate's score, which a smooth reward needs.

    A plain ``Matcher`` can be turned into one by ranking everybody (``match.scoring``).
    """

    def scores(self, queries: Sequence[Query]) -> FloatArray:
        """Scores of shape ``(queries, candidates)``, higher is better, all finite."""
        ...


@runtime_checkable
class LinearMatcher(ScoringMatcher, Protocol):
    """A matcher whose scores are affine in an embedding of the query.

    ``scores(q)[i] = encode_queries(q)[i] @ candidate_vectors.T + query_offsets(q)[i]``. Rewards
    then need one short dot product a rewording instead of one score a person.
    """

    @property
    def candidate_vectors(self) -> FloatArray:
        """Shape ``(candidates, dimensions)``."""
        ...

    def encode_queries(self, queries: Sequence[Query]) -> FloatArray:
        """Embeddings of shape ``(queries, dimensions)``."""
        ...

    def query_offsets(self, queries: Sequence[Query]) -> FloatArray:
        """Per-candidate constants of each query, broadcastable to ``(queries, candidates)``."""
        ...
