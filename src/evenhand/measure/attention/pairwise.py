"""Pairwise parity and accuracy: who stands above whom.

Formulas, over pairs of people of one ad: *favoured pairs* of g are the share of pairs (one of g,
one of another known value, both qualified) with the member of g above; *pairwise accuracy* of g
the share of pairs (a relevant person of g, a person who isn't relevant) with the relevant one
above. Everybody shown stands above everybody who isn't; a pair of two who aren't counts half.
Range: 0 to 1. Favoured pairs: .5 is parity, 1 means all of g above all others. Accuracy: 1 is
right, .5 is chance; groups should have the same.
Undefined: NaN where the ad has no such pair.
Source: Cachel, Rundensteiner and Harrison 2022 (favoured pairs, the FPR of ARP); Beutel et al. 2019
and Narasimhan et al. 2020 (accuracy). Both are areas under a ROC curve.

Short lists leave most pairs undecided and pull both towards .5: compare at one k only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenhand.match.protocol import FloatArray, Rankings
from evenhand.measure.lists.prefixes import Prefixes
from evenhand.measure.quality import Relevance
from evenhand.measure.selection import divide, qualified_hits, top_positions


def favoured_pairs(prefixes: Prefixes) -> FloatArray:
    """Share of mixed pairs that favour each group, shape ``(..., jobs, values)``.

    Args:
        prefixes: The closed lists.
    """
    counts, pool = prefixes.counts, prefixes.pool.astype(np.float64)
    others = pool.sum(axis=1, keepdims=True) - pool
    others_above = prefixes.place[:, None] - counts
    members = np.diff(counts, axis=-2, prepend=0.0) * prefixes.shown[:, :, None]
    above = (members * (others[:, None, :] - others_above)).sum(axis=-2)
    selected = prefixes.selected
    others_shown = selected.sum(axis=-1, keepdims=True) - selected
    undecided = (pool - selected) * (others - others_shown)
    return divide(above + undecided / 2.0, pool * others)


def pairwise_accuracy(
    rankings: Rankings, relevance: Relevance, codes: NDArray[np.integer], values: int, k: int
) -> FloatArray:
    """Accuracy of each group's relevant people, shape ``(..., jobs, values)``.

    Args:
        rankings: The lists.
        relevance: Shape ``(jobs, people)``; relevant is more than 0.
        codes: Shape ``(..., people)``: codes of values, from 0.
        values: Number of known values.
        k: Places to look at.

    Raises:
        MeasureError: If the shapes don't belong together, or the lists are too short.
    """
    relevant = relevance > 0
    hits = qualified_hits(rankings, relevant, k)
    positions = top_positions(rankings, k)
    wrong = ((positions >= 0) & ~hits).cumsum(axis=1)
    irrelevant = (~relevant).sum(axis=1)
    below = (irrelevant[:, None] - wrong) * hits
    shown = codes[..., np.where(hits, positions, 0)]
    unseen = irrelevant - (wrong[:, -1] if wrong.shape[1] else 0)
    found: list[FloatArray] = []
    for value in range(values):
        people = (codes == value).astype(np.float64) @ relevant.T
        above = np.einsum("...jk,jk->...j", shown == value, below)
        seen = np.einsum("...jk,jk->...j", shown == value, hits.astype(np.float64))
        found.append(divide(above + (people - seen) * unseen / 2.0, people * irrelevant))
    return np.stack(found, axis=-1)
