"""How many people of every cell were assessed and how many of them were selected.

Formula: ``rate_g = x_g / n_g``: positives (selected, or scored above the median) by assessed.
Range: 0 (nobody of the cell) to 1 (everybody).
Undefined: NaN where nobody of the cell was assessed.
Source: the selection rate of 29 CFR 1607.16(R) and 6 RCNY 5-300.

Not a comparison of cells, and not a sample of rows: people can't be told apart from here on.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, FloatArray, IntArray
from evenhand.measure.selection import divide

MOST_PEOPLE = 999_999_999
"""Products of two counts times five stay within 64 bits, and draws of the null can be made."""


@dataclass(frozen=True, eq=False)
class Counts:
    """People and positives per cell of one attribute (sex, race, or sex*race).

    Attributes:
        cells: The known values, sorted.
        assessed: Shape ``(cells,)``: people.
        positive: Shape ``(cells,)``: people selected, or scored above the median.
        unknown_assessed: People whose cell isn't known.
        unknown_positive: Positives among them.

    Raises:
        MeasureError: If the shapes differ, a count is negative, more people are positive than
            were assessed, or there are a thousand million people or more.
    """

    cells: tuple[str, ...]
    assessed: IntArray
    positive: IntArray
    unknown_assessed: int = 0
    unknown_positive: int = 0

    def __post_init__(self) -> None:
        shape = (len(self.cells),)
        if self.assessed.shape != shape or self.positive.shape != shape:
            raise MeasureError(
                f"there are {len(self.cells)} cells, {self.assessed.shape} counts of people and "
                f"{self.positive.shape} of positives; give one of each per cell"
            )
        assessed = np.append(self.assessed, self.unknown_assessed)
        positive = np.append(self.positive, self.unknown_positive)
        if bool(((positive < 0) | (positive > assessed)).any()):
            raise MeasureError(
                "a cell has a negative count or more positives than people; recount the outcomes"
            )
        if int(assessed.sum()) > MOST_PEOPLE:
            raise MeasureError(
                f"there are {int(assessed.sum()):,} people and exact comparison goes up to "
                f"{MOST_PEOPLE:,}; assess periods apart"
            )

    @property
    def rates(self) -> FloatArray:
        """Rates, shape ``(cells,)``; NaN where nobody was assessed."""
        return divide(self.positive, self.assessed)

    @property
    def total_assessed(self) -> int:
        """People of known cell."""
        return int(self.assessed.sum())

    @property
    def total_positive(self) -> int:
        """Positives of known cell."""
        return int(self.positive.sum())

    @property
    def everybody(self) -> int:
        """People of known and unknown cell."""
        return self.total_assessed + self.unknown_assessed

    @property
    def pooled_rate(self) -> float:
        """Rate of everybody of known cell; NaN for none."""
        people = self.total_assessed
        return self.total_positive / people if people else math.nan

    @property
    def unknown_rate(self) -> float:
        """Rate of the people of unknown cell; NaN for none."""
        people = self.unknown_assessed
        return self.unknown_positive / people if people else math.nan


def count(
    codes: NDArray[np.integer],
    cells: Sequence[str],
    positive: BoolArray,
    weights: IntArray | None = None,
) -> Counts:
    """Count people and positives by cell.

    Args:
        codes: Shape ``(people,)``: index into ``cells``; ``len(cells)`` is unknown.
        cells: The known values, sorted.
        positive: Shape ``(people,)``.
        weights: Shape ``(people,)``: how many people a row stands for; 1 by default.

    Raises:
        MeasureError: If the shapes differ, a code is out of range or a weight is negative.
    """
    if codes.shape != positive.shape or (weights is not None and weights.shape != codes.shape):
        raise MeasureError("codes, outcomes and weights must have one entry per person each")
    outside = len(codes) and not 0 <= int(codes.min()) <= int(codes.max()) <= len(cells)
    if outside or (weights is not None and bool((weights < 0).any())):
        raise MeasureError(
            f"a code is outside 0 to {len(cells)} or a weight is negative; encode the cells again"
        )
    assessed = _totals(codes, len(cells), weights)
    chosen = _totals(codes[positive], len(cells), None if weights is None else weights[positive])
    return Counts(tuple(cells), assessed[:-1], chosen[:-1], int(assessed[-1]), int(chosen[-1]))


def _totals(codes: NDArray[np.integer], cells: int, weights: IntArray | None) -> IntArray:
    """People per code; float sums of integers below 2**53 are exact."""
    return np.bincount(codes, weights, minlength=cells + 1).astype(np.int64)
