"""What a matching engine is to evenhand: queries in, exact ranked lists out.

Not an engine and not a loader of engines. Anything with ``rank`` (and a name, a digest and the
candidate ids it searches) can be measured and tuned against. The search among scores is here, too:
a recall error changes who is in the list, so nothing is approximate.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import MatcherError, boundary
from evenhand.records.files import digest_texts
from evenhand.records.people import Document
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

    A plain ``Matcher`` can be turned into one by ranking everybody (``with_scores``).
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


def top_k(
    scores: FloatArray,
    candidate_ids: Sequence[str],
    k: int,
    eligible: BoolArray | None = None,
) -> tuple[IntArray, FloatArray]:
    """The k best candidates of every row."""
    _check(scores, candidate_ids, k, eligible)
    rows = scores.shape[0]
    columns = np.arange(scores.shape[1]) if eligible is None else np.flatnonzero(eligible)
    positions = np.full((rows, k), -1, dtype=np.int64)
    values = np.full((rows, k), np.nan)
    taken = min(k, len(columns))
    if taken == 0:
        return positions, values
    order = _id_ranks(tuple(candidate_ids))
    for row in range(rows):
        best = _best(scores[row, columns], order[columns], taken)
        positions[row, :taken] = columns[best]
        values[row, :taken] = strictly_decreasing(scores[row, columns[best]])
    return positions, values


class Scored(ABC):
    """An engine that gives everybody a score and ranks by it."""

    name: str
    candidate_ids: tuple[str, ...]

    @abstractmethod
    def scores(self, queries: Sequence[Query]) -> FloatArray:
        """Scores of shape ``(queries, people)``."""

    def rank(self, queries: Sequence[Query], k: int, eligible: BoolArray | None = None) -> Rankings:
        """The k eligible people of highest score, exactly, ties by id."""
        positions, scores = top_k(self.scores(queries), self.candidate_ids, k, eligible)
        ids = tuple(query.id for query in queries)
        return Rankings(ids, self.candidate_ids, positions, scores)


def _best(scores: FloatArray, id_ranks: IntArray, k: int) -> IntArray:
    """Indexes of the k best of one row, in order."""
    if k < len(scores):
        least = scores[np.argpartition(scores, len(scores) - k)[len(scores) - k :]].min()
        inside = np.flatnonzero(scores >= least)
    else:
        inside = np.arange(len(scores))
    return inside[np.lexsort((id_ranks[inside], -scores[inside]))][:k]


def strictly_decreasing(scores: FloatArray) -> FloatArray:
    """The same scores, each lowered just below the one before it where it isn't already."""
    if (np.diff(scores) < 0).all():
        return scores
    values = scores.copy()
    for index in range(1, len(values)):
        if values[index] >= values[index - 1]:
            values[index] = np.nextafter(values[index - 1], -np.inf)
    return values


@lru_cache(maxsize=16)
def _id_ranks(candidate_ids: tuple[str, ...]) -> IntArray:
    """Place of every candidate's id in ascending order (by code point)."""
    ranks = np.empty(len(candidate_ids), dtype=np.int64)
    by_id = sorted(range(len(candidate_ids)), key=lambda column: candidate_ids[column])
    ranks[by_id] = np.arange(len(candidate_ids))
    return ranks


def _check(
    scores: FloatArray, candidate_ids: Sequence[str], k: int, eligible: BoolArray | None
) -> None:
    """Refuse what has no exact answer."""
    if k < 1:
        raise MatcherError(f"k is {k}; ask for at least 1 candidate")
    if scores.ndim != 2 or scores.shape[1] != len(candidate_ids):
        raise MatcherError(
            f"scores of shape {scores.shape} don't fit {len(candidate_ids)} candidates"
        )
    if eligible is not None and (eligible.shape != scores.shape[1:] or eligible.dtype != np.bool_):
        raise MatcherError(
            f"the eligibility mask has shape {eligible.shape} and type {eligible.dtype}; "
            f"it must be {scores.shape[1]} booleans"
        )
    if not np.isfinite(scores).all():
        row, column = np.argwhere(~np.isfinite(scores))[0]
        raise MatcherError(
            f"the score of candidate {candidate_ids[column]!r} for query {row} is "
            f"{scores[row, column]}; every score must be a finite number"
        )


def document_texts(documents: Sequence[Document]) -> list[str]:
    """Texts of the people an engine is bound to."""
    if not documents:
        raise MatcherError("the engine got no people to search; give it a pool that isn't empty")
    seen: set[str] = set()
    for document in documents:
        if document.id in seen:
            raise MatcherError(f"the candidate id {document.id!r} stands twice in the pool")
        if not document.text.strip():
            raise MatcherError(f"candidate {document.id!r} has an empty text; leave them out")
        seen.add(document.id)
    return [document.text for document in documents]


def query_texts(queries: Sequence[Query]) -> list[str]:
    """Texts of the ads."""
    for query in queries:
        if not query.text.strip():
            raise MatcherError(f"job {query.id!r} has an empty text and can't be matched")
    return [query.text for query in queries]


def documents_digest(documents: Sequence[Document]) -> str:
    """Hex digest of ids and texts, in order."""
    return digest_texts(part for document in documents for part in (document.id, document.text))


def with_scores(matcher: Matcher) -> ScoringMatcher:
    """The same engine with ``scores``; unchanged where it has them."""
    return matcher if isinstance(matcher, ScoringMatcher) else RankedScores(matcher)


class RankedScores:
    """A plain matcher as a ``ScoringMatcher``: scores are read off lists of everybody."""

    def __init__(self, matcher: Matcher) -> None:
        self.matcher = matcher
        self.name, self.digest = matcher.name, matcher.digest
        self.candidate_ids = matcher.candidate_ids

    def rank(self, queries: Sequence[Query], k: int, eligible: BoolArray | None = None) -> Rankings:
        """The engine's own lists."""
        return self.matcher.rank(queries, k, eligible)

    def scores(self, queries: Sequence[Query]) -> FloatArray:
        """Scores of shape ``(queries, people)``."""
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
