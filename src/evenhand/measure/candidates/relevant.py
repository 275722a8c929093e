"""Who is relevant to which ad, and what the measures that look at it need over and over.

Not a judge of relevance: the table comes from the qualification.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, FloatArray, IntArray
from evenhand.measure.candidates.disparity import PATIENCE
from evenhand.measure.candidates.shown import Shown
from evenhand.measure.recount import distinct_rows


@dataclass(frozen=True)
class Relevant:
    """A table of relevance.

    Attributes:
        table: Shape ``(lists, people)``.
    """

    table: BoolArray

    @cached_property
    def sizes(self) -> IntArray:
        """People relevant to each ad (R), shape ``(lists,)``."""
        return self.table.sum(axis=1)

    @cached_property
    def ads(self) -> IntArray:
        """Ads that each person is relevant to, shape ``(people,)``."""
        return self.table.sum(axis=0)

    @cached_property
    def target(self) -> FloatArray:
        """Exposure that each relevant person of an ad deserves, shape ``(lists,)``.

        ``(1 - 0.8^R) / (0.2 R)``: the first R places shared out evenly; 0 where R is 0.
        """
        sizes = self.sizes.astype(np.float64)
        places = (1.0 - PATIENCE**sizes) / (1.0 - PATIENCE)
        return np.divide(places, sizes, out=np.zeros_like(places), where=sizes > 0)

    @cached_property
    def deserved(self) -> FloatArray:
        """Exposure that each person deserves on average over lists, shape ``(people,)``."""
        return np.asarray(self.target @ self.table / len(self.table), dtype=np.float64)

    @cached_property
    def patterns(self) -> tuple[BoolArray, IntArray]:
        """The distinct columns, shape ``(patterns, lists)``, and which of them each person has."""
        columns = np.ascontiguousarray(self.table.T)
        first, which = distinct_rows(columns)
        return columns[first], which

    def hits(self, shown: Shown) -> BoolArray:
        """Which places hold somebody relevant, shape ``(lists, k)``.

        Raises:
            MeasureError: If the table is about other lists or people.
        """
        if self.table.shape != (shown.lists, shown.people):
            raise MeasureError(
                f"the relevance table has shape {self.table.shape} and the lists are of "
                f"{shown.lists} ads over {shown.people} people; both must be about the same"
            )
        return shown.filled & self.table[np.arange(shown.lists)[:, None], shown.positions]


def relevant_first(shown: Shown, relevant: Relevant) -> BoolArray:
    """Hits of the list that puts everybody relevant on top, shape ``(lists, k)``."""
    return shown.filled & (_places(shown) < relevant.sizes[:, None])


def relevant_last(shown: Shown, relevant: Relevant) -> BoolArray:
    """Hits of the list that shows somebody relevant only when nobody else is left."""
    others = shown.people - relevant.sizes
    return shown.filled & (_places(shown) >= others[:, None])


def _places(shown: Shown) -> IntArray:
    """Filled places of each list, numbered from 0."""
    return np.cumsum(shown.filled, axis=1) - 1
