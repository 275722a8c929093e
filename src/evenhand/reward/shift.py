"""The target of a group of ads: how far scores would have to move for parity in the top-k.

A shift moves the two sides of a contrast apart by ``delta`` spreads of each ad. How it spreads
over people matters, since lists are about the best few: words move whoever reads like the other
group, of either side. Where the engine shows along which direction the sides differ, people move
in proportion to their place along it; where it doesn't, each side moves as one block, keeping the
mean score of the qualified. Selection counts are exact for every shift. Not an interval and not a
decision: those are ``gap``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from evenhand.match.protocol import BoolArray, FloatArray, IntArray

LARGEST_SHIFT = 8.0
"""Spreads; a gap that no smaller shift closes gets this target."""
HALVINGS = 40
LEAST_SEPARATION = 0.2
"""Least difference of the sides' mean leans, in standard deviations of the leans of an ad's
qualified people, for a shift to follow the leans (a small effect by the usual measure); with
less, following them would move everybody about for the sake of a hair's breadth."""


@dataclass(frozen=True)
class Shifted:
    """The top-k of some ads as a function of a shift between two sides.

    Attributes:
        scores: Scores of the original ads, ``(ads, people)``, columns in order of candidate id
            (that order breaks ties).
        qualified: Who is qualified for which ad, ``(ads, people)``.
        sides: +1, -1 or 0 a person, ``(people,)``.
        spreads: Standard deviation of each ad's scores over its qualified people, ``(ads,)``.
        k: Length of the lists.
        leans: Place of each person along the direction in which the sides differ, ``(people,)``;
            None where it isn't known.
    """

    scores: FloatArray
    qualified: BoolArray
    sides: IntArray
    spreads: FloatArray
    k: int
    leans: FloatArray | None = None

    @cached_property
    def _plus(self) -> BoolArray:
        return self.qualified & (self.sides > 0)

    @cached_property
    def _minus(self) -> BoolArray:
        return self.qualified & (self.sides < 0)

    @cached_property
    def _shares(self) -> tuple[FloatArray, FloatArray]:
        """Each side's share of the qualified people of each ad; 0 where there is nobody."""
        plus, minus = self._plus.sum(axis=1), self._minus.sum(axis=1)
        total = np.maximum(plus + minus, 1)
        return plus / total, minus / total

    @cached_property
    def _steps(self) -> FloatArray:
        """What one spread of shift adds to every score, ``(ads, people)``."""
        plus, minus = self._shares
        blocks = self._plus * minus[:, None] - self._minus * plus[:, None]
        steps = blocks.astype(np.float64)
        if self.leans is not None:
            apart = self._mean(self._plus) - self._mean(self._minus)
            compared = (self._plus | self._minus).astype(np.float64)
            leans = np.broadcast_to(self.leans, self.scores.shape)
            follow = apart > LEAST_SEPARATION * spreads_of(leans, compared)
            steps[follow] = self.leans / apart[follow, None]
        return steps * self.spreads[:, None]

    def _mean(self, who: BoolArray) -> FloatArray:
        """Mean lean of some people of every ad, ``(ads,)``."""
        leans = np.zeros(who.shape[1]) if self.leans is None else self.leans
        return (who @ leans) / np.maximum(who.sum(axis=1), 1)

    def counts(self, delta: float) -> tuple[IntArray, IntArray]:
        """How many of the plus and of the minus side are in each ad's top-k, ``(ads,)`` each."""
        top = top_mask(self.scores + delta * self._steps, self.k)
        return (top & self._plus).sum(axis=1), (top & self._minus).sum(axis=1)

    def balance(self, delta: float, ratio: float = 1.0) -> float:
        """``sum_j a_j M_j / N_j - ratio * sum_j b_j F_j / N_j``; 0 where R equals ``ratio``."""
        selected_plus, selected_minus = self.counts(delta)
        share_plus, share_minus = self._shares
        return float(selected_plus @ share_minus - ratio * (selected_minus @ share_plus))

    def shift_to(self, ratio: float = 1.0) -> float:
        """The shift at which R crosses ``ratio``, by bisection, within ±``LARGEST_SHIFT``.

        Where sides move as blocks R never falls as the shift grows; where people follow their
        leans it rises but for single places, and the crossing found is one between two shifts
        on either side of ``ratio``. Where it is flat at ``ratio``, the shift nearest to 0 of that
        stretch is found from its side.
        """
        at_zero = self.balance(0.0, ratio)
        if at_zero == 0.0:
            return 0.0
        sign = -1.0 if at_zero > 0.0 else 1.0
        inner, outer = 0.0, 0.25
        while sign * self.balance(sign * outer, ratio) < 0.0:
            inner, outer = outer, outer * 2.0
            if outer > LARGEST_SHIFT:
                return sign * LARGEST_SHIFT
        for _ in range(HALVINGS):
            middle = (inner + outer) / 2.0
            if sign * self.balance(sign * middle, ratio) < 0.0:
                inner = middle
            else:
                outer = middle
        return sign * outer


def top_mask(scores: FloatArray, k: int) -> BoolArray:
    """Who is in each row's top-k, ``(rows, people)``; of equal scores the earlier columns win."""
    count = scores.shape[1]
    if k >= count:
        return np.ones(scores.shape, dtype=np.bool_)
    cut = np.partition(scores, count - k, axis=1)[:, count - k, None]
    above, level = scores > cut, scores == cut
    room = k - above.sum(axis=1, keepdims=True)
    return above | (level & (np.cumsum(level, axis=1) <= room))


def spreads_of(scores: FloatArray, weights: FloatArray) -> FloatArray:
    """Standard deviation of each row's scores over the people with weight, shape ``(rows,)``.

    Args:
        scores: ``(rows, people)``.
        weights: Who counts how much, >= 0: ``(people,)``, or ``(rows, people)``.

    Returns:
        Standard deviations; 0 where nobody counts or all counted scores are equal.
    """
    weights = np.broadcast_to(weights, scores.shape)
    total = weights.sum(axis=1)
    shares = weights / np.where(total > 0.0, total, 1.0)[:, None]
    means = (scores * shares).sum(axis=1, keepdims=True)
    spreads = np.sqrt((np.square(scores - means) * shares).sum(axis=1))
    scale = np.abs(scores).max(axis=1, initial=0.0)
    return np.where(spreads > 1e-12 * scale, spreads, 0.0)
