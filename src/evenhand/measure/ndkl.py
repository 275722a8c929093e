"""NDKL: how far every prefix of a list is from the pool's composition, early places counting most.

Formula: ``NDKL = (1/Z) Σ_{i=1..n} KL(D_i || q) / log2(i + 1)``, ``Z = Σ 1/log2(i + 1)``, natural
log; ``D_i`` is the composition of the first i qualified people of known value in the top k, ``q``
that of the ad's qualified pool (never of the list itself, which would call a list of one group
fair).
Range: 0 (every prefix is proportional) to ``-ln min q`` (nobody but the smallest group). It has no
direction, and places being whole people put every real list above 0: read it beside R.
Undefined: NaN where the list shows no qualified person of known value.
Source: Geyik, Ambler and Kenthapadi 2019 (arXiv 1905.01989), taken within the qualified pool.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenhand.match.protocol import BoolArray, FloatArray, Rankings
from evenhand.measure.labels import encode_labels
from evenhand.measure.selection import check_labels, divide, qualified_hits, top_positions


def ndkl(rankings: Rankings, qualified: BoolArray, labels: NDArray[np.str_], k: int) -> FloatArray:
    """NDKL of every ad's top k, shape ``(jobs,)``.

    Args:
        rankings: The lists.
        qualified: Shape ``(jobs, people)``.
        labels: Shape ``(people,)``; ``""`` where unknown.
        k: Places to look at.

    Raises:
        MeasureError: If the shapes don't belong together, or the lists are too short.
    """
    check_labels(labels, len(rankings.candidate_ids))
    known = encode_labels(labels).indicators()[:, :-1]
    pool = qualified @ known
    desired = divide(pool, pool.sum(axis=1, keepdims=True))
    hits = qualified_hits(rankings, qualified, k)
    members = known[top_positions(rankings, k)] * hits[:, :, None]
    return ndkl_of_counts(members.cumsum(axis=1), members.sum(axis=2), desired)


def ndkl_of_counts(counts: FloatArray, taken: FloatArray, desired: FloatArray) -> FloatArray:
    """NDKL from the counts of every prefix, for lists that are counted again and again.

    Args:
        counts: People of each group among the first places, shape ``(..., jobs, k, groups)``.
        taken: 1 where a place holds somebody who counts, else 0, shape ``(..., jobs, k)``.
        desired: Shares in the pool, shape ``(jobs, groups)``.

    Returns:
        Shape ``(..., jobs)``.
    """
    divergence = _kullback_leibler(counts, desired[:, None, :])
    place = counts.sum(axis=-1)
    weight = taken / np.log2(place + 1.0, out=np.ones_like(place), where=place > 0)
    return divide((divergence * weight).sum(axis=-1), weight.sum(axis=-1))


def _kullback_leibler(counts: FloatArray, desired: FloatArray) -> FloatArray:
    """KL of the composition of counts from a desired one over the last axis; 0 for no counts."""
    total = counts.sum(axis=-1, keepdims=True)
    share = np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)
    ratio = np.divide(share, desired, out=np.ones_like(share), where=share > 0)
    return np.asarray((share * np.log(ratio)).sum(axis=-1), dtype=np.float64)
