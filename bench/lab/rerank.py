"""Re-ranking: the less intrusive remedy that every rewording must be compared with.

DetGreedy of Geyik, Ambler and Kenthapadi (KDD 2019, arXiv 1905.01989): it changes lists and no
words. It needs everybody's group at ranking time, which rewording doesn't.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from evenhand.errors import MatcherError
from evenhand.match.protocol import BoolArray, FloatArray, IntArray, Rankings


def det_greedy(
    rankings: Rankings,
    labels: Sequence[str],
    groups: Sequence[str],
    shares: FloatArray,
    k: int,
    counted: BoolArray | None = None,
) -> Rankings:
    """Lists of length ``k`` whose every prefix holds about the desired share of each group.

    Going down the list, the best-scored head among groups under ``floor(share · n)`` comes next,
    else the best-scored among those under ``ceil(share · n)``, n being the place among the people
    who count. People who don't count (no label, another label, not ``counted``) stay at exactly
    their places and use up nobody's share: a list holds as many people who count as before.

    Args:
        rankings: Longer lists (all people, say); only people in them can be chosen.
        labels: Group of every candidate in pool order; ``""`` where unknown.
        groups: The groups, one per column of ``shares``.
        shares: Desired share of each group per job, shape ``(jobs, groups)``, rows summing to 1
            (``shares_of``); a row of zeros leaves that job's list as it is.
        k: Length of the new lists, at most that of the old.
        counted: Shape ``(jobs, candidates)``; who counts for a job (the qualified, say); None for
            everybody with a label.

    Returns:
        Lists of length ``k``; a list's scores are those of the people chosen, in descending
        order, so they say the order and no longer whose score it was.

    Raises:
        MatcherError: Shapes that don't fit, or ``k`` longer than the lists.
    """
    everybody = len(rankings.candidate_ids)
    if len(labels) != everybody or shares.shape != (len(rankings.query_ids), len(groups)):
        raise MatcherError(
            f"{len(labels)} labels and shares of shape {shares.shape} don't fit rankings of "
            f"{len(rankings.query_ids)} jobs over {everybody} people in {len(groups)} groups"
        )
    if not 1 <= k <= rankings.k:
        raise MatcherError(f"lists of {rankings.k} can't be re-ranked to {k}; rank more people")
    column = {group: index for index, group in enumerate(groups)}
    of_candidate = np.array([column.get(label, -1) for label in labels], dtype=np.int64)
    positions = np.full((len(rankings.query_ids), k), -1, dtype=np.int64)
    scores = np.full(positions.shape, np.nan)
    for row, share in enumerate(shares):
        listed = rankings.positions[row][rankings.positions[row] >= 0]
        group_of = of_candidate[listed]
        if counted is not None:
            group_of = np.where(counted[row, listed], group_of, -1)
        chosen = _one_list(group_of, share, min(k, len(listed)))
        positions[row, : len(chosen)] = listed[chosen]
        scores[row, : len(chosen)] = rankings.scores[row, np.sort(chosen)]
    return Rankings(rankings.query_ids, rankings.candidate_ids, positions, scores)


def shares_of(labels: Sequence[str], groups: Sequence[str], qualified: BoolArray) -> FloatArray:
    """Share of each group among the qualified people of each job.

    Args:
        labels: Group of every candidate; others than ``groups`` don't count.
        groups: The groups.
        qualified: Shape ``(jobs, candidates)``.

    Returns:
        Shape ``(jobs, groups)``, rows summing to 1; zeros where nobody qualifies.
    """
    member = np.array([[label == group for group in groups] for label in labels], dtype=np.float64)
    counts = qualified.astype(np.float64) @ member.reshape(len(labels), len(groups))
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0)


def _one_list(group_of: IntArray, share: FloatArray, k: int) -> IntArray:
    """Places in the longer list that come first; the list is in order of score."""
    chosen = np.arange(k)
    slots = np.flatnonzero(group_of[:k] >= 0) if share.any() else chosen[:0]
    queues = {g: np.flatnonzero(group_of == g).tolist()[::-1] for g in range(len(share))}
    taken = [0] * len(share)
    for slot in slots:
        group = _next_group(queues, taken, share)
        chosen[slot] = queues[group].pop()
        taken[group] += 1
    return chosen


def _next_group(queues: dict[int, list[int]], taken: list[int], share: FloatArray) -> int:
    """The group whose head comes next among the people who count.

    Where neither rule has anybody left (a group has run out), the best-scored head is taken.
    """
    place = sum(taken) + 1
    left = [group for group in range(len(taken)) if queues[group]]
    below_least = [g for g in left if taken[g] < _floor(share[g] * place)]
    below_most = [g for g in left if taken[g] < _ceil(share[g] * place)]
    return min(below_least or below_most or left, key=lambda group: queues[group][-1])


def _floor(number: float) -> int:
    """Floor that forgives the rounding of a product such as (2/3)·3."""
    return math.floor(number + 1e-9)


def _ceil(number: float) -> int:
    """Ceiling that forgives the rounding of a product."""
    return math.ceil(number - 1e-9)
