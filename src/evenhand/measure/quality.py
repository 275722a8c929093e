"""Ranking quality of every ad: reciprocal rank, nDCG, recall and precision.

Formulas, over the first k places of one list with relevance ``rel_i`` of the person at place i:
``RR@k = 1 / place of the first relevant person`` (0 if none);
``DCG@k = Σ (2^rel_i - 1) / log2(i + 1)`` and ``nDCG@k = DCG@k / IDCG@k``, where IDCG is the DCG of
the best list that the whole candidate base allows; ``recall@k = relevant in the top k / relevant``
and ``precision@k = relevant in the top k / k``.
Range: 0 (nothing relevant shown) to 1 (nothing could be better; for recall with more than k
relevant people, and precision with fewer, 1 is out of reach).
Undefined: NaN for an ad that nobody is relevant for; means over ads leave it out.
Source: Järvelin and Kekäläinen 2002; Burges et al. 2005 (exponential gain); ir-measures is the
oracle of the tests.

Not averaged here: one value an ad, so that resampling and pairing stay possible.
"""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, FloatArray, IntArray, Rankings
from evenhand.measure.selection import divide, qualified_hits, top_positions

Relevance = BoolArray | IntArray | FloatArray
"""Shape ``(jobs, people)``: qualified or not, or grades from 0 up."""


def discounts(k: int) -> FloatArray:
    """What a place is worth: ``1 / log2(1 + place)`` for places 1 to k."""
    return 1.0 / np.log2(np.arange(2, k + 2))


def reciprocal_rank(rankings: Rankings, relevance: Relevance, k: int) -> FloatArray:
    """RR@k of every ad, shape ``(jobs,)``."""
    hits = qualified_hits(rankings, relevance > 0, k)
    first = np.where(hits.any(axis=1), 1.0 / (hits.argmax(axis=1) + 1.0), 0.0)
    return _where_anybody(first, relevance)


def ndcg(rankings: Rankings, relevance: Relevance, k: int) -> FloatArray:
    """nDCG@k of every ad, shape ``(jobs,)``.

    Raises:
        MeasureError: If the shapes don't belong together, the lists are too short, or a grade is
            negative.
    """
    if relevance.dtype != np.bool_ and bool((relevance < 0).any()):
        raise MeasureError("relevance holds a negative grade; use grades from 0 up")
    hits = qualified_hits(rankings, relevance > 0, k)
    rows = np.arange(len(hits))[:, None]
    grades = np.where(hits, relevance[rows, top_positions(rankings, k)], 0)
    return divide(_dcg(grades), ideal_dcg(relevance, k))


def recall(rankings: Rankings, relevance: Relevance, k: int) -> FloatArray:
    """Recall@k of every ad, shape ``(jobs,)``."""
    hits = qualified_hits(rankings, relevance > 0, k)
    return divide(hits.sum(axis=1), (relevance > 0).sum(axis=1))


def precision(rankings: Rankings, relevance: Relevance, k: int) -> FloatArray:
    """Precision@k of every ad, shape ``(jobs,)``; places that a short list left empty count."""
    hits = qualified_hits(rankings, relevance > 0, k)
    return _where_anybody(hits.sum(axis=1) / k, relevance)


def ideal_dcg(relevance: Relevance, k: int) -> FloatArray:
    """DCG of the best possible first k places of every ad, shape ``(jobs,)``."""
    if relevance.dtype == np.bool_:
        best = np.concatenate([[0.0], np.cumsum(discounts(k))])
        return cast(FloatArray, best[np.minimum(relevance.sum(axis=1), k)])
    ordered = -np.sort(-relevance.astype(np.float64), axis=1)[:, :k]
    return _dcg(ordered)


def _where_anybody(values: FloatArray, relevance: Relevance) -> FloatArray:
    """The values, NaN for ads that nobody is relevant for."""
    return np.where((relevance > 0).any(axis=1), values, np.nan)


def _dcg(grades: NDArray[np.number]) -> FloatArray:
    """DCG of rows of grades, best place first."""
    gains = np.exp2(grades.astype(np.float64)) - 1.0
    return np.asarray(gains @ discounts(grades.shape[1]), dtype=np.float64)
