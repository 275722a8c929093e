"""rRD: how far a minority's ratio to the rest in the first places is from its ratio in the pool.

Formula: ``rRD = (1/Z) Σ_{i = 10, 20, ...} |g_i/(i - g_i) - G/(N - G)| / log2(i)``, a ratio whose
denominator is 0 counting as 0; see ``prefix_gap`` for cuts, variants and the exact normaliser Z.
Range: 0 (every cut holds the group's share) to 1 (as far from it as any order of the pool gets).
Undefined: NaN where the group is more than half of the pool, the list has fewer people than one
step, or the pool has one group only.
Source: Yang and Stoyanovich 2017 (arXiv 1610.08559), taken within the qualified pool.

By the rule on 0 a prefix of nobody but the group looks like one without it: not to be used alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenhand.match.protocol import FloatArray
from evenhand.measure.lists.prefix_gap import ORIGINAL, Cuts, normalised_gap
from evenhand.measure.lists.prefixes import Prefixes
from evenhand.measure.selection import divide


def rrd(prefixes: Prefixes, cuts: Cuts = ORIGINAL) -> FloatArray:
    """Measure every ad and group, shape ``(..., jobs, values)``.

    Args:
        prefixes: The closed lists.
        cuts: Where to look.
    """
    people = prefixes.pool.sum(axis=1, keepdims=True)
    minority = 2 * prefixes.pool <= people
    return np.where(minority, normalised_gap(prefixes, ratio_difference, cuts), np.nan)


def ratio_difference(
    count: NDArray[np.number],
    place: NDArray[np.number],
    group: NDArray[np.number],
    people: NDArray[np.number],
) -> FloatArray:
    """``|g_i/(i - g_i) - G/(N - G)|``, 0 for a ratio whose denominator is 0."""
    shown, pool = divide(count, place - count), divide(group, people - group)
    return np.abs(np.nan_to_num(shown, nan=0.0) - np.nan_to_num(pool, nan=0.0))
