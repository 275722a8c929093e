"""Who is shown where: the lists as counts and attention a person, and the two extremes of both.

The extremes are what the corrected forms are anchored on. *One list for all*: every ad shows the
same people in the same order, the most uneven that lists of these lengths can be. *Even*: the
places are dealt out so that no two people's counts differ by more than one. Formulas use m lists
of length k over n people, T places in all (``k m`` when every list is full), c_i the lists that
show person i, ``f = floor(T / n)`` and ``r = T mod n``.

Not a measure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, FloatArray, IntArray, Rankings
from evenhand.measure.quality import discounts
from evenhand.measure.selection import top_positions


@dataclass(frozen=True)
class Shown:
    """Lists over people who are all eligible.

    Attributes:
        positions: Shape ``(lists, k)``: who stands where, 0 to ``people - 1``; -1 for nobody.
        people: How many could be shown (n).
    """

    positions: IntArray
    people: int

    @property
    def lists(self) -> int:
        """Number of lists (m)."""
        return len(self.positions)

    @property
    def k(self) -> int:
        """Places of a list."""
        return self.positions.shape[1]

    @cached_property
    def filled(self) -> BoolArray:
        """Places that hold somebody, shape ``(lists, k)``."""
        return self.positions >= 0

    @cached_property
    def lengths(self) -> IntArray:
        """People that each list shows, shape ``(lists,)``."""
        return self.filled.sum(axis=1)

    @property
    def total(self) -> int:
        """Places that hold somebody, over all lists (T)."""
        return int(self.lengths.sum())

    @cached_property
    def counts(self) -> FloatArray:
        """Lists that show each person (c), shape ``(people,)``."""
        return self.sum_by_person(np.ones(self.k))

    def sum_by_person(self, worth: FloatArray) -> FloatArray:
        """What each person gets over all lists, shape ``(people,)``.

        Args:
            worth: What a place is worth, broadcastable to ``(lists, k)``.
        """
        amounts = np.broadcast_to(worth, self.positions.shape)[self.filled]
        sums = np.bincount(self.positions[self.filled], amounts, minlength=self.people)
        return np.asarray(sums, dtype=np.float64)

    @cached_property
    def attention(self) -> FloatArray:
        """``Σ 1/log2(1 + place)`` of each person, shape ``(people,)``."""
        return self.sum_by_person(discounts(self.k))

    @cached_property
    def even_counts(self) -> FloatArray:
        """Counts of lists that are as even as can be: f or f + 1 each."""
        share, rest = divmod(self.total, self.people)
        return share + (np.arange(self.people) < rest).astype(np.float64)

    @cached_property
    def one_list_counts(self) -> FloatArray:
        """Counts when every ad shows the same people in the same order."""
        places = np.arange(min(self.k, self.people), dtype=np.int64)
        counts = np.zeros(self.people)
        counts[: len(places)] = (self.lengths[:, None] > places).sum(axis=0)
        return counts


def show(rankings: Rankings, k: int, eligible: BoolArray | None = None) -> Shown:
    """The first k places of every list.

    Args:
        rankings: The lists.
        k: Places that are seen.
        eligible: Shape ``(people,)``: who could be shown; the others are left out of the people
            and of the lists, and keep their places empty. None: everybody.

    Raises:
        MeasureError: If the lists are too short, or nobody is eligible or shown.
    """
    positions = top_positions(rankings, k)
    people = len(rankings.candidate_ids)
    if eligible is not None:
        if eligible.shape != (people,):
            raise MeasureError(
                f"there are {people} people and a mask of shape {eligible.shape}; give one value "
                "a person"
            )
        renumbered = np.where(eligible, np.cumsum(eligible) - 1, -1)
        positions = np.where(positions >= 0, renumbered[positions], -1)
        people = int(eligible.sum())
    if not (positions >= 0).any():
        raise MeasureError("the lists show nobody who could be shown; check the eligible people")
    return Shown(positions, people)


def rescale(value: float, *, zero: float, one: float) -> float:
    """Where a value stands between two extremes; NaN where these are the same.

    Args:
        value: The value.
        zero: What comes to 0.
        one: What comes to 1.
    """
    if not abs(one - zero) > 1e-12:
        return math.nan
    scaled = (value - zero) / (one - zero)
    return float(round(scaled)) if abs(scaled - round(scaled)) < 1e-12 else scaled
