"""Ranking quality with its level at random, and how alike the lists of two runs are.

At random means an order of all people in the pool drawn without looking: its mean is exact, its 95
% interval is of seeded draws. With n people of whom R are relevant, g the mean gain of everybody, k
places filled and ``d_i = 1/log2(1 + i)`` it has precision ``R/n``, recall ``k/n``, nDCG ``g Σ d_i /
IDCG``, reciprocal rank ``Σ P(first relevant at i) / i`` and average precision ``(1/n) Σ (1 + (i -
1)(R - 1)/(n - 1)) / i``. It is a yardstick and no null: an engine is meant to be far from it.
Figures are means over the ads that somebody is relevant for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, FloatArray, IntArray, Rankings
from evenhand.measure.counts import (
    Relevance,
    average_precision,
    discounts,
    divide,
    ideal_dcg,
    ndcg,
    precision,
    recall,
    reciprocal_rank,
    top_positions,
)
from evenhand.measure.figure import NO_INTERVAL, Figure
from evenhand.measure.resample import (
    ResampleWeights,
    interval_of,
    mean_interval,
    mean_where_defined,
    random_positions,
)

_SALT = 14


@dataclass(frozen=True)
class _Pool:
    """What the level at random depends on, each but ``people`` of shape ``(jobs,)``."""

    relevant: FloatArray  # People relevant to the ad
    gain: FloatArray  # Mean gain of everybody
    people: int  # Size of the pool


def expected_quality(rankings: Rankings, relevance: Relevance, k: int) -> dict[str, FloatArray]:
    """The exact mean of every measure over random orders of the pool, one value an ad."""
    pool = _pool(rankings, relevance)
    positions = top_positions(rankings, k)
    filled = (positions >= 0).sum(axis=1)
    before = np.arange(positions.shape[1], dtype=np.float64)
    miss = np.clip(1.0 - pool.relevant[:, None] / (pool.people - before), 0.0, 1.0)
    none_yet = np.ones_like(miss)
    none_yet[:, 1:] = np.cumprod(miss[:, :-1], axis=1)
    others = (pool.relevant[:, None] - 1.0) / max(pool.people - 1, 1)
    precisions = _over_places((1.0 + before * others) / (before + 1.0), filled)
    gained = pool.gain * _over_places(discounts(len(before)), filled)
    found = {
        "mrr": _over_places(none_yet * (1.0 - miss) / (before + 1.0), filled),
        "ndcg": divide(gained, ideal_dcg(relevance, k)),
        "map": precisions / pool.people,
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
    """Means over ads of every measure and cut in lists drawn at random."""
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
                found.setdefault((key, cut), []).append(mean_where_defined(values))
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


_NOBODY = "nobody is relevant to any ad"

MEASURES: Mapping[str, Callable[[Rankings, Relevance, int], FloatArray]] = {
    "mrr": reciprocal_rank,
    "ndcg": ndcg,
    "map": average_precision,
    "precision": precision,
    "recall": recall,
}
"""By key, in the order of reports; one value an ad."""


def quality_figures(
    rankings: Rankings,
    relevance: Relevance,
    cuts: Sequence[int],
    *,
    weights: ResampleWeights | None = None,
    seed: int = 0,
    draws: int = 200,
) -> list[Figure]:
    """MRR, nDCG, MAP, precision and recall at every cut; 0 ``draws`` for no interval at random."""
    if draws < 0:
        raise MeasureError(f"{draws} draws can't give a level at random; use 0 or more")
    chance = random_quality(rankings, relevance, cuts, draws=draws, seed=seed)
    figures: list[Figure] = []
    for cut in cuts:
        expected = expected_quality(rankings, relevance, cut)
        for key, measure in MEASURES.items():
            figure = _mean(key, cut, measure(rankings, relevance, cut), weights, _NOBODY)
            drawn = chance[key, cut]
            bounds = interval_of(drawn) if len(drawn) else NO_INTERVAL
            level = mean_where_defined(expected[key])
            figures.append(replace(figure, chance=bounds, chance_mean=level))
    return figures


def _mean(
    key: str, k: int, values: FloatArray, weights: ResampleWeights | None, undefined: str
) -> Figure:
    """The mean of one value an ad over the ads that have one."""
    value = mean_where_defined(values)
    return Figure(
        key,
        value,
        interval=mean_interval(values, weights),
        n=int((~np.isnan(values)).sum()),
        variant=f"@{k}",
        reason=undefined if np.isnan(value) else "",
    )


PERSISTENCE = 0.9
_CELLS = 1_000_000


@dataclass(frozen=True)
class _Pair:
    """Two lists an ad, and where each finds the other's people."""

    first: IntArray  # Shape ``(jobs, k)``; -1 where empty
    second: IntArray  # The same of the other lists, padded to the same k
    place_in_second: IntArray  # Place (from 0) in the second of everybody in the first; -1 for none
    place_in_first: IntArray  # The other way round


def rank_biased_overlap(first: IntArray, second: IntArray, p: float = PERSISTENCE) -> FloatArray:
    """Extrapolated RBO of every ad's two lists, shape ``(jobs,)``."""
    if not 0.0 < p < 1.0:
        raise MeasureError(f"RBO needs a p between 0 and 1 and got {p}")
    pair = _pair(first, second)
    lengths = np.sort(np.stack([_lengths(pair.first), _lengths(pair.second)]), axis=0)
    short, long = lengths[0].astype(np.float64), lengths[1].astype(np.float64)
    depth = np.arange(1, pair.first.shape[1] + 1, dtype=np.float64)
    common = _common_by_depth(pair)
    at_short = _at(common, lengths[0])
    share: FloatArray = common / depth
    # Below the end of the shorter list its agreement is taken to go on as it was at the end.
    beyond = depth > short[:, None]
    carried = divide(at_short, short)[:, None] * (depth - short[:, None]) / depth
    share = np.where(beyond, share + np.nan_to_num(carried), share)
    inside = depth <= long[:, None]
    sums = (np.where(inside, share, 0.0) * p**depth).sum(axis=1) * (1.0 - p) / p
    last = divide(_at(common, lengths[1]) - at_short, long) + divide(at_short, short)
    return sums + last * p**long


def jaccard(first: IntArray, second: IntArray) -> FloatArray:
    """People in both lists over people in either, shape ``(jobs,)``; arguments as above."""
    pair = _pair(first, second)
    both = (pair.place_in_second >= 0).sum(axis=1)
    return divide(both, _lengths(pair.first) + _lengths(pair.second) - both)


def kendall_tau(first: IntArray, second: IntArray) -> FloatArray:
    """Kendall's tau-b over the union of both lists, shape ``(jobs,)``; arguments as above."""
    pair = _pair(first, second)
    own = np.where(pair.second >= 0, _places(pair.second), -1)
    new = np.where(pair.place_in_first < 0, own, -1)
    seen = np.where(pair.first >= 0, _places(pair.first), -1)
    # Everybody in the union once: the first list, then the second's people who aren't in it.
    in_first = np.concatenate([seen, np.full_like(new, -1)], axis=1)
    in_second = np.concatenate([pair.place_in_second, new], axis=1)
    step = max(1, _CELLS // max(in_first.shape[1] ** 2, 1))
    found = [
        _tau(in_first[start : start + step], in_second[start : start + step])
        for start in range(0, len(in_first), step)
    ]
    tau = np.concatenate(found) if found else np.empty(0)
    empty = (_lengths(pair.first) == 0) | (_lengths(pair.second) == 0)
    alike = (pair.first == pair.second).all(axis=1) & ~empty
    return np.where(alike, 1.0, np.where(empty, np.nan, tau))


def _tau(first: IntArray, second: IntArray) -> FloatArray:
    """Tau-b of places in two lists, shape ``(jobs, people)``; -1 in both is nobody."""
    someone = (first >= 0) | (second >= 0)
    pairs: BoolArray = someone[:, :, None] & someone[:, None, :]
    missing = first.shape[1]
    signs = [
        np.sign(places[:, :, None] - places[:, None, :]) * pairs
        for places in (np.where(row < 0, missing, row).astype(np.int16) for row in (first, second))
    ]
    agreement = np.einsum("jab,jab->j", *signs, dtype=np.float64)
    ordered = [np.count_nonzero(sign, axis=(1, 2)).astype(np.float64) for sign in signs]
    return divide(agreement, np.sqrt(ordered[0] * ordered[1]))


def _pair(first: IntArray, second: IntArray) -> _Pair:
    if first.ndim != 2 or second.ndim != 2 or len(first) != len(second):
        raise MeasureError(
            f"lists of shapes {first.shape} and {second.shape} can't be paired; give one row an ad "
            "and the same ads in both"
        )
    k = max(first.shape[1], second.shape[1])
    one, other = _padded(first, k), _padded(second, k)
    return _Pair(one, other, _find(one, other), _find(other, one))


def _padded(positions: IntArray, k: int) -> IntArray:
    room = k - positions.shape[1]
    found = np.pad(positions, ((0, 0), (0, room)), constant_values=-1).astype(np.int64)
    filled = found >= 0
    if bool((np.diff(filled.astype(np.int8), axis=1) > 0).any()):
        raise MeasureError("a list has an empty place before a filled one; pad lists at their end")
    ordered = np.sort(found, axis=1)
    if bool(((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)).any()):
        raise MeasureError("a list shows somebody twice; each person may stand in a list once")
    return found


def _find(people: IntArray, within: IntArray) -> IntArray:
    """Place (from 0) in ``within`` of everybody in ``people``, row by row; -1 for nowhere."""
    rows, k = within.shape
    if not within.size:
        return np.full(people.shape, -1, dtype=np.int64)
    span = int(max(people.max(), within.max())) + 2
    offset = (np.arange(rows, dtype=np.int64) * span)[:, None]
    keys: IntArray = (within + 1 + offset).ravel()
    order = np.argsort(keys, kind="stable")
    wanted: IntArray = (people + 1 + offset).ravel()
    at = np.minimum(np.searchsorted(keys, wanted, sorter=order), keys.size - 1)
    found = order[at]
    hit = (keys[found] == wanted) & (people.ravel() >= 0)
    return np.where(hit, found % k, -1).reshape(people.shape)


def _places(positions: IntArray) -> IntArray:
    return np.arange(positions.shape[1], dtype=np.int64)


def _lengths(positions: IntArray) -> IntArray:
    return (positions >= 0).sum(axis=1)


def _common_by_depth(pair: _Pair) -> FloatArray:
    """People in both first d places, shape ``(jobs, k)``."""
    rows, k = pair.first.shape
    depth = np.maximum(pair.place_in_second, _places(pair.first))
    both = pair.place_in_second >= 0
    row = np.arange(rows, dtype=np.int64)[:, None]
    cells = (row * k + depth)[both]
    counts = np.bincount(cells, minlength=rows * k).reshape(rows, k)
    return np.cumsum(counts, axis=1).astype(np.float64)


def _at(common: FloatArray, depth: IntArray) -> FloatArray:
    """``common`` at one depth a row; 0 at depth 0."""
    padded = np.concatenate([np.zeros((len(common), 1)), common], axis=1)
    return np.asarray(padded[np.arange(len(common)), depth], dtype=np.float64)


SIMILARITIES: Mapping[str, Callable[[IntArray, IntArray], FloatArray]] = {
    "rbo": rank_biased_overlap,
    "jaccard": jaccard,
    "kendall": kendall_tau,
}
"""By key, in the order of reports; one value an ad."""

_EMPTY = "every list is empty in one of the runs"


def similarity_figures(
    first: Rankings, second: Rankings, k: int, *, weights: ResampleWeights | None = None
) -> list[Figure]:
    """RBO, Jaccard and Kendall's tau of two runs, averaged over ads."""
    if first.query_ids != second.query_ids or first.candidate_ids != second.candidate_ids:
        raise MeasureError(
            "the two runs are about other ads or other people, or in another order; rank the same "
            "ads over the same people"
        )
    lists = top_positions(first, k), top_positions(second, k)
    return [
        _mean(key, k, measure(*lists), weights, _EMPTY) for key, measure in SIMILARITIES.items()
    ]
