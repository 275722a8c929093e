"""The ranking quality of lists at random: exact means, and seeded draws for intervals.

With n people of whom R are relevant to an ad, g the mean gain of everybody, k places filled and
``d_i = 1/log2(1 + i)``, a random order of the pool has on average

- precision ``R/n`` and recall ``k/n``;
- nDCG ``g Σ_{i<=k} d_i / IDCG``;
- reciprocal rank ``Σ_{i<=k} P(first relevant at i) / i``, the product of misses before i;
- average precision ``(1/n) Σ_{i<=k} (1 + (i - 1)(R - 1)/(n - 1)) / i``.

Undefined: NaN for ads that nobody is relevant for. Not a measure of an engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import FloatArray, IntArray, Rankings
from evenhand.measure.mean_interval import mean_where_any
from evenhand.measure.quality import Relevance, discounts, ideal_dcg
from evenhand.measure.random_lists import random_positions
from evenhand.measure.selection import divide, top_positions

_SALT = 14


@dataclass(frozen=True)
class _Pool:
    """What the level at random depends on, each but ``people`` of shape ``(jobs,)``.

    Attributes:
        relevant: People relevant to the ad.
        gain: Mean gain of everybody.
        people: Size of the pool.
    """

    relevant: FloatArray
    gain: FloatArray
    people: int


def expected_quality(rankings: Rankings, relevance: Relevance, k: int) -> dict[str, FloatArray]:
    """The exact mean of every measure over random orders of the pool, one value an ad.

    Args:
        rankings: The lists, for how many places each fills.
        relevance: Shape ``(jobs, people)``: qualified or not, or grades from 0 up.
        k: Places to look at.

    Returns:
        Key to shape ``(jobs,)``; NaN for ads that nobody is relevant for.

    Raises:
        MeasureError: If the shapes don't belong together, or the lists are too short.
    """
    pool = _pool(rankings, relevance)
    positions = top_positions(rankings, k)
    filled = (positions >= 0).sum(axis=1)
    length = positions.shape[1]
    gained = pool.gain * _over_places(discounts(length), filled)
    found = {
        "mrr": _reciprocal_rank(pool, filled, length),
        "ndcg": divide(gained, ideal_dcg(relevance, k)),
        "map": _average_precision(pool, filled, length),
        "precision": pool.relevant / pool.people * filled / k,
        "recall": filled / float(pool.people),
    }
    return {key: np.where(pool.relevant > 0, values, np.nan) for key, values in found.items()}


def random_quality(
    rankings: Rankings,
    relevance: Relevance,
    cuts: Sequence[int],
    *,
    draws: int,
    seed: int,
) -> Mapping[tuple[str, int], FloatArray]:
    """Means over ads of every measure and cut in lists drawn at random.

    Args:
        rankings: The lists, for how many places each fills.
        relevance: Shape ``(jobs, people)``.
        cuts: Places to look at.
        draws: How many sets of lists.
        seed: Same seed, same draws.

    Returns:
        Measure and cut to shape ``(draws,)``.
    """
    pool = _pool(rankings, relevance)
    filled = top_positions(rankings, max(cuts, default=1)) >= 0
    ideal = {cut: ideal_dcg(relevance, cut) for cut in cuts}
    found: dict[tuple[str, int], list[float]] = {}
    rng = np.random.default_rng([seed, _SALT])
    rows = np.arange(len(filled))[:, None]
    for _ in range(draws):
        drawn = random_positions(filled, pool.people, rng)
        grades = np.where(filled, relevance[rows, drawn], 0).astype(np.float64)
        for cut in cuts:
            for key, values in _of_grades(grades[:, :cut], pool.relevant, ideal[cut], cut).items():
                found.setdefault((key, cut), []).append(mean_where_any(values))
    return {which: np.array(values, dtype=np.float64) for which, values in found.items()}


def _pool(rankings: Rankings, relevance: Relevance) -> _Pool:
    expected = (len(rankings.query_ids), len(rankings.candidate_ids))
    if relevance.shape != expected:
        raise MeasureError(
            f"the relevance table has shape {relevance.shape} and the rankings are over "
            f"{expected[0]} ads and {expected[1]} people; both must be about the same"
        )
    relevant = (relevance > 0).sum(axis=1).astype(np.float64)
    gain: FloatArray = relevant / expected[1]
    if relevance.dtype != np.bool_:
        gains = np.exp2(relevance.astype(np.float64)) - 1.0
        gain = np.asarray(gains.mean(axis=1), dtype=np.float64)
    return _Pool(relevant, gain, expected[1])


def _of_grades(
    grades: FloatArray, relevant: FloatArray, ideal: FloatArray, k: int
) -> dict[str, FloatArray]:
    """Every measure of lists whose places hold people of these grades, shape ``(jobs, k)``."""
    hits = (grades > 0).astype(np.float64)
    count = hits.sum(axis=1)
    places = np.arange(1, grades.shape[1] + 1, dtype=np.float64)
    precisions = np.cumsum(hits, axis=1) / places
    gained = np.asarray((np.exp2(grades) - 1.0) @ discounts(grades.shape[1]), dtype=np.float64)
    some = relevant > 0
    return {
        "mrr": np.where(some, (hits / places).max(axis=1), np.nan),
        "ndcg": divide(gained, ideal),
        "map": divide((precisions * hits).sum(axis=1), relevant),
        "precision": np.where(some, count / k, np.nan),
        "recall": divide(count, relevant),
    }


def _over_places(worth: FloatArray, filled: IntArray) -> FloatArray:
    """Sum of what the filled places are worth; ``worth`` of shape ``(k,)`` or ``(jobs, k)``."""
    places = np.arange(worth.shape[-1], dtype=np.int64)
    inside = places < filled[:, None]
    return np.asarray(np.where(inside, worth, 0.0).sum(axis=1), dtype=np.float64)


def _reciprocal_rank(pool: _Pool, filled: IntArray, length: int) -> FloatArray:
    before = np.arange(length, dtype=np.float64)
    miss = np.clip(1.0 - pool.relevant[:, None] / (pool.people - before), 0.0, 1.0)
    none_yet = np.ones_like(miss)
    none_yet[:, 1:] = np.cumprod(miss[:, :-1], axis=1)
    return _over_places(none_yet * (1.0 - miss) / (before + 1.0), filled)


def _average_precision(pool: _Pool, filled: IntArray, length: int) -> FloatArray:
    before = np.arange(length, dtype=np.float64)
    others = (pool.relevant[:, None] - 1.0) / max(pool.people - 1, 1)
    return _over_places((1.0 + before * others) / (before + 1.0), filled) / pool.people
