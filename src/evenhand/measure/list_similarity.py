"""How alike two lists of the same ad are: RBO, Jaccard and Kendall's tau. Identical is 1.

For the same ad asked twice, say with a cue of a group swapped. Lists are compared place by place,
people by their position in one pool.

- RBO (extrapolated, p = 0.9): how far the lists agree at every depth d, agreement at d weighing
  ``p^d``; ``X_d`` people are in both first d places. For lists of length k it is
  ``X_k/k p^k + (1 - p)/p Σ_{d<=k} X_d/d p^d``; for a shorter one the source's equation 32. Range 0
  (nobody in common) to 1 (identical).
- Jaccard: people in both lists over people in either. Range 0 to 1; blind to order.
- Kendall's tau-b over everybody in either list; whoever is missing from a list stands after its
  last place, tied with the others who are missing. Range -1 (reversed) to 1 (identical); two lists
  with nobody in common have about -2/3, not 0.

Undefined: NaN where both lists are empty (and for tau and RBO where one is). Two equal lists of
one person have tau 1.
Source: Webber, Moffat and Zobel 2010 (RBO); Jaccard 1912; Kendall 1945 (tau-b). LangFair's PRAG
gives two identical lists of ten 0.409 and its SERP can't see order: neither is used.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, FloatArray, IntArray
from evenhand.measure.selection import divide

PERSISTENCE = 0.9
_CELLS = 1_000_000


@dataclass(frozen=True)
class _Pair:
    """Two lists an ad, and where each finds the other's people.

    Attributes:
        first: Shape ``(jobs, k)``; -1 where empty.
        second: The same of the other lists, padded to the same k.
        place_in_second: Place (from 0) in the second of everybody in the first; -1 for none.
        place_in_first: The other way round.
    """

    first: IntArray
    second: IntArray
    place_in_second: IntArray
    place_in_first: IntArray


def rank_biased_overlap(first: IntArray, second: IntArray, p: float = PERSISTENCE) -> FloatArray:
    """Extrapolated RBO of every ad's two lists, shape ``(jobs,)``.

    Args:
        first: Shape ``(jobs, k)``: positions of people, best first; -1 where padded at the end.
        second: Shape ``(jobs, k)`` with any k.
        p: How patient a reader is, between 0 and 1.

    Raises:
        MeasureError: If p isn't between 0 and 1, the numbers of ads differ, or a list shows
            somebody twice.
    """
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
