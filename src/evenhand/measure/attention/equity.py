"""Equity of attention: over many lists, does everybody's attention add up to what they deserve?

Formula: ``IAA = Σ_i |Σ_l a_il - Σ_l r_il|``; in list l the attention ``a_il = v(place)``, v =
1/log2(1 + place), is scaled to add up to 1 over the people shown, and the relevance ``r_il`` to 1
over everybody. Sums over lists come first: a person may be short in one list and made up for in the
next.
Range: 0 (attention and relevance agree in sum) to 2 for each list. ``share`` is IAA over that: 0 to
1, comparable between numbers of lists.
Undefined: NaN where no list has both somebody shown and somebody relevant; lists without are left
out.
Source: Biega, Gummadi and Weikum 2018 (arXiv 1805.01788).

One list of k places can't share attention among more than k relevant people: short lists for few
ads are far from 0 whatever the engine. Drawing lists again spoils what cancels, so there is
no bootstrap interval. It looks at people, not at groups.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evenhand.match.protocol import BoolArray, FloatArray, Rankings
from evenhand.measure.attention.expected_exposure import exposure_of_people
from evenhand.measure.quality import Relevance


@dataclass(frozen=True)
class Equity:
    """Inequity of amortised attention.

    Attributes:
        surplus: Shape ``(jobs, people)``: attention less relevance in every list; 0 in lists that
            are left out.
        used: Shape ``(jobs,)``: lists that aren't.
    """

    surplus: FloatArray
    used: BoolArray

    @property
    def value(self) -> float:
        """IAA over all lists; NaN where undefined."""
        return self.over(np.ones(len(self.used), dtype=np.bool_))[0]

    @property
    def share(self) -> float:
        """IAA over its greatest value, 2 a list; NaN where undefined."""
        return self.over(np.ones(len(self.used), dtype=np.bool_))[1]

    def over(self, jobs: BoolArray) -> tuple[float, float, int]:
        """IAA, its share of the greatest value, and the lists that it is summed over.

        Args:
            jobs: Mask of the lists.
        """
        lists = int((self.used & jobs).sum())
        if not lists:
            return float("nan"), float("nan"), 0
        value = float(np.abs(self.surplus[jobs].sum(axis=0)).sum())
        return value, value / (2 * lists), lists


def equity_of_attention(rankings: Rankings, relevance: Relevance, k: int) -> Equity:
    """IAA over all lists.

    Args:
        rankings: The lists.
        relevance: Shape ``(jobs, people)``, 0 or more.
        k: Places that are seen at all.

    Raises:
        MeasureError: If the lists are too short.
    """
    attention = exposure_of_people(rankings, k)
    deserved = relevance.astype(np.float64)
    given, owed = attention.sum(axis=1, keepdims=True), deserved.sum(axis=1, keepdims=True)
    used = (given > 0) & (owed > 0)
    surplus = np.zeros(attention.shape)
    np.divide(attention, given, out=surplus, where=used)
    surplus -= np.divide(deserved, owed, out=np.zeros_like(deserved), where=used)
    return Equity(surplus, used[:, 0])
