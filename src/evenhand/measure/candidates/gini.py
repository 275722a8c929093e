"""Gini: how unevenly the lists spread over people, by counts or by attention.

Formula: ``G = Σ_j (2j - n - 1) x_(j) / (n Σ x)`` with x ascending; x is the count c_i, or for
Gini-w the attention ``Σ 1/log2(1 + place)``. Corrected: ``(G - G1) / (G0 - G1)``, G0 being that of
one list for all and G1 the least: for counts that of the most even ones; for attention that of
showing nobody twice where there are at least as many people as places.
Range: original above 0 to ``1 - k/n`` (counts); corrected 0 (as even as can be) to 1 (one list for
all). 0 is parity.
Trap: the original can't reach 1, and mostly not 0 either, so a small pool looks fairer than a large
one. For Gini-w with more places than people no formula gives the least value (it is a partition
problem); 0 stands in for it, as in the source, so that even the best lists can stay above 0.
Undefined: NaN where nobody is shown; corrected NaN where there is one list only (counts) or
everybody fits in every list.
Source: Gini 1912; Rampisela et al. 2023 (arXiv 2311.01013) for lists and both corrections. The
``n / (n - 1)`` version (holisticai) has another scale.
"""

from __future__ import annotations

import math

import numpy as np

from evenhand.match.protocol import FloatArray
from evenhand.measure.candidates.shown import Shown, rescale
from evenhand.measure.quality import discounts


def gini_coefficient(values: FloatArray) -> float:
    """Gini of any values that aren't negative; NaN where they sum to 0.

    Args:
        values: Shape ``(n,)``.
    """
    total = float(values.sum())
    if not total > 0:
        return math.nan
    n = len(values)
    places = 2.0 * np.arange(1, n + 1) - n - 1.0
    return max(0.0, float(places @ np.sort(values) / (n * total)))


def gini(shown: Shown) -> float:
    """Gini of the counts."""
    return gini_coefficient(shown.counts)


def gini_corrected(shown: Shown) -> float:
    """Gini between the most even counts (0) and one list for all (1)."""
    return rescale(
        gini(shown),
        zero=gini_coefficient(shown.even_counts),
        one=gini_coefficient(shown.one_list_counts),
    )


def gini_weighted(shown: Shown) -> float:
    """Gini of the attention."""
    return gini_coefficient(shown.attention)


def gini_weighted_corrected(shown: Shown) -> float:
    """Gini of the attention between its least value, or 0, and one list for all (1)."""
    most = gini_coefficient(one_list_attention(shown))
    spread = spread_attention(shown)
    least = 0.0 if spread is None else gini_coefficient(spread)
    return rescale(gini_weighted(shown), zero=least, one=most)


def one_list_attention(shown: Shown) -> FloatArray:
    """Attention when every ad shows the same people in the same order, shape ``(people,)``.

    The most uneven there is: the first person has the best place of every list, and so on.
    """
    worth = np.where(shown.filled, discounts(shown.k), 0.0)
    best_first = -np.sort(-worth, axis=1)[:, : shown.people]
    found = np.zeros(shown.people)
    found[: best_first.shape[1]] = best_first.sum(axis=0)
    return found


def spread_attention(shown: Shown) -> FloatArray | None:
    """Attention when nobody is shown twice, shape ``(people,)``; None for too few people."""
    if shown.total > shown.people:
        return None
    found = np.zeros(shown.people)
    found[: shown.total] = np.broadcast_to(discounts(shown.k), shown.filled.shape)[shown.filled]
    return found
