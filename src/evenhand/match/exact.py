"""Exact top-k: the best eligible candidates, ties by id, scores strictly decreasing.

A recall error changes who is in the list, so nothing here is approximate. It scores nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from evenhand.errors import MatcherError
from evenhand.match.protocol import BoolArray, FloatArray, IntArray


def top_k(
    scores: FloatArray,
    candidate_ids: Sequence[str],
    k: int,
    eligible: BoolArray | None = None,
) -> tuple[IntArray, FloatArray]:
    """The k best candidates of every row.

    Args:
        scores: Shape ``(queries, candidates)``, higher is better, all finite.
        candidate_ids: One id per column; equal scores are ordered by id, ascending.
        k: Length of the lists, ≥ 1.
        eligible: Mask over the columns; None for everybody.

    Returns:
        Positions (columns) and scores, both of shape ``(queries, k)``. Equal scores are lowered to
        the next smaller float, so that scores strictly decrease. Where fewer than ``k`` are
        eligible, rows end in -1 and NaN.

    Raises:
        MatcherError: ``k`` < 1, shapes that don't fit, or a score that isn't finite.
    """
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


def _best(scores: FloatArray, id_ranks: IntArray, k: int) -> IntArray:
    """Indexes of the k best of one row, in order.

    Everything above the k-th score is in; of those equal to it, the smallest ids fill up.
    """
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
