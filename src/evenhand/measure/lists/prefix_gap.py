"""What rND, rKL and rRD have in common: gaps at cuts, discounted, over the greatest possible sum.

Formula: ``(1/Z) Σ_{i = s, 2s, ...} gap(g_i, i, G, N) / log2(i + d)``; the first i people of the
closed list hold g_i of the group, the pool has G of N. Step s = 10 and d = 0 as in the original;
some ports use other steps or ``log2(i + 1)``: values of different ``Cuts`` don't compare.
``Z`` is the greatest sum that any order of the pool gives, found exactly by dynamic programming
over (cut, g). For rND and rKL it is attained by "all of g first" or "all of g last" (verified in
the tests by enumeration); for rRD it often isn't.
Undefined: NaN where the list has no cut (fewer than s people), or no order has a gap (nobody of
the group in the pool, or nobody else).
Source: Yang and Stoyanovich 2017 (arXiv 1610.08559), whose code estimates Z by sampling.

Not a measure; ``rnd``, ``rkl`` and ``rrd`` are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import MeasureError
from evenhand.match.protocol import FloatArray, IntArray
from evenhand.measure.lists.prefixes import Prefixes
from evenhand.measure.selection import divide

Gap = Callable[
    [NDArray[np.number], NDArray[np.number], NDArray[np.number], NDArray[np.number]], FloatArray
]
"""How far a prefix is from the pool: of ``g_i, i, G, N``, shapes that broadcast."""


@dataclass(frozen=True)
class Cuts:
    """Where a list is looked at and how cuts are weighed.

    Attributes:
        step: Distance between cuts.
        shift: The d of ``log2(i + d)``: 0 as in the original, or 1.
    """

    step: int = 10
    shift: int = 0

    def __post_init__(self) -> None:
        """Refuse cuts that divide by log2(1)."""
        if self.step < 1 or self.shift not in (0, 1) or self.step + self.shift < 2:
            raise MeasureError(
                f"cuts every {self.step} places with log2(i + {self.shift}) can't be weighed; use "
                "a step of 1 or more, and a shift of 1 where the step is 1"
            )

    def __str__(self) -> str:
        """The variant in words."""
        inside = "i + 1" if self.shift else "i"
        return f"a cut every {self.step} places, log2({inside}), exact normaliser"

    def places(self, k: int) -> IntArray:
        """The cuts of a list of k places."""
        return np.arange(self.step, k + 1, self.step)

    def weigh(self, places: IntArray) -> FloatArray:
        """What each cut counts for."""
        return 1.0 / np.log2(places + self.shift)


ORIGINAL = Cuts()


def normalised_gap(prefixes: Prefixes, gap: Gap, cuts: Cuts) -> FloatArray:
    """A discounted gap of every ad and group over its greatest possible value.

    Args:
        prefixes: The closed lists.
        gap: Of a prefix from the pool.
        cuts: Where to look.

    Returns:
        Shape ``(..., jobs, values)``, from 0 to 1.
    """
    places = cuts.places(prefixes.shown.shape[1])
    people = prefixes.pool.sum(axis=1, keepdims=True)
    counts = prefixes.counts[..., places - 1, :]
    inside = (places <= prefixes.length[:, None]) * cuts.weigh(places)
    gaps = gap(
        counts, places[:, None], prefixes.pool[:, None, :], np.maximum(people, 1)[:, None, :]
    )
    total = np.einsum("...jcv,jc->...jv", gaps, inside)
    return divide(total, greatest_sums(prefixes, gap, cuts))


def greatest_sums(prefixes: Prefixes, gap: Gap, cuts: Cuts) -> FloatArray:
    """Z of every ad and group, shape ``(jobs, values)``; 0 where no order has a gap."""
    jobs, values = prefixes.pool.shape
    number = prefixes.length // cuts.step
    people = prefixes.pool.sum(axis=1)
    keys = np.stack(
        [np.broadcast_to(array, (values, jobs)).T for array in (people, number)] + [prefixes.pool],
        axis=2,
    ).reshape(-1, 3)
    distinct, which = np.unique(keys, axis=0, return_inverse=True)
    found = [greatest_sum(gap, cuts, int(N), int(G), int(m)) for N, m, G in distinct]
    return np.array(found, dtype=np.float64)[which.reshape(-1)].reshape(jobs, values)


def greatest_sum(gap: Gap, cuts: Cuts, people: int, group: int, number: int) -> float:
    """The greatest discounted sum of gaps over all orders of one pool.

    Args:
        gap: Of a prefix from the pool.
        cuts: Where to look.
        people: N.
        group: G.
        number: Cuts that the list has.
    """
    if number == 0 or group in (0, people):
        return 0.0
    states = np.arange(min(group, number * cuts.step) + 1)
    best = np.where(states == 0, 0.0, -np.inf)
    for place in cuts.places(number * cuts.step):
        reached = best
        for more in range(1, min(cuts.step, len(states) - 1) + 1):
            reached = np.maximum(reached, np.append(np.full(more, -np.inf), best[:-more]))
        possible = (states <= place) & (place - states <= people - group)
        here = np.where(possible, states, 0)
        gains = gap(here, np.array(place), np.array(group), np.array(people))
        best = np.where(possible, reached + gains * float(cuts.weigh(place)), -np.inf)
    return float(best.max())
