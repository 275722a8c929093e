"""Scoring rate: who scored strictly above the median of everybody.

Formula: positive iff ``score > median`` of the full sample, people of unknown cell included; the
rate of a cell is the share of its people who are positive.
Range: 0 to 1; without ties about half of all people are positive.
Undefined: a loud ``state`` where ties at the median leave nobody, or far fewer than half, strictly
above it: rates and ratios then say more about the scale than about the people.
Source: 6 RCNY 5-300 ("above the sample's median score").

Not a selection: nobody was chosen, and the median moves with who else was assessed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, FloatArray, IntArray

TIED_SHARE = 0.1
"""Share of people at the median itself from which on the split is called distorted."""
NOBODY_ABOVE = "ties at the median: nobody is strictly above it, so scoring rates are undefined"


@dataclass(frozen=True)
class Scoring:
    """What the split at the median is worth.

    Attributes:
        median: Of all scores; NaN for none.
        people: With a score.
        at_median: Of them, exactly at the median.
        above: Of them, strictly above.
        missing: People without a score (NaN), left out.
        tied_share: ``at_median / people``; NaN for none.
        undefined: Whether rates mustn't be read at all.
        state: What to mind, loud; empty where nothing is.
    """

    median: float
    people: int
    at_median: int
    above: int
    missing: int
    tied_share: float
    undefined: bool
    state: str


def above_median(
    scores: FloatArray, weights: IntArray | None = None
) -> tuple[BoolArray, BoolArray, Scoring]:
    """Split everybody at the median.

    Args:
        scores: Shape ``(people,)``; NaN where there is none. Infinite scores have their place.
        weights: Shape ``(people,)``: how many people a row stands for; 1 by default.

    Returns:
        Shape ``(people,)`` who is strictly above (False without a score), shape ``(people,)`` who
        has a score at all (count only these), and the state.

    Raises:
        MeasureError: If the shapes differ or a weight is negative.
    """
    if weights is not None and (weights.shape != scores.shape or bool((weights < 0).any())):
        raise MeasureError("weights of scores must be one per person and none negative")
    scored = ~np.isnan(scores)
    median = weighted_median(scores[scored], None if weights is None else weights[scored])
    above = np.zeros(scores.shape, dtype=np.bool_)
    np.greater(scores, median, out=above, where=scored)
    people = _sum(scored, weights)
    at_median, higher = _sum(scores == median, weights), _sum(above, weights)
    share = at_median / people if people else math.nan
    state = _state(people, at_median, higher)
    undefined = higher == 0
    missing = _sum(~scored, weights)
    return (
        above,
        scored,
        Scoring(median, people, at_median, higher, missing, share, undefined, state),
    )


def weighted_median(values: FloatArray, weights: IntArray | None = None) -> float:
    """The median of values each repeated as often as its weight; NaN for none.

    Args:
        values: Shape ``(people,)``, without NaN.
        weights: Shape ``(people,)``; 1 by default.
    """
    if weights is None:
        return float(np.median(values)) if len(values) else math.nan
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    total = int(reached[-1]) if len(reached) else 0
    if not total:
        return math.nan
    places = np.searchsorted(reached, [(total - 1) // 2, total // 2], side="right")
    return float(values[order][places].mean())


def _sum(mask: BoolArray, weights: IntArray | None) -> int:
    return int(mask.sum() if weights is None else weights[mask].sum())


def _state(people: int, at_median: int, above: int) -> str:
    if not people:
        return "nobody has a score, so scoring rates are undefined"
    if not above:
        return NOBODY_ABOVE
    if at_median <= 1 or at_median < TIED_SHARE * people:
        return ""
    return (
        f"ties at the median: {at_median / people:.0%} of the people have exactly the median "
        f"score and count as not above it; {above / people:.0%} are strictly above it, so rates "
        "depend on the steps of the score"
    )
