"""rND: how far a group's share of the first places is from its share of the pool, in differences.

Formula: ``rND = (1/Z) Σ_{i = 10, 20, ...} |g_i/i - G/N| / log2(i)``; see ``prefix_gap`` for cuts,
variants and the exact normaliser Z.
Range: 0 (every cut holds the group's share) to 1 (as far from it as any order of the pool gets: the
group all first or all last). It has no direction.
Undefined: NaN where the list has fewer people than one step, or the pool has one group only.
Source: Yang and Stoyanovich 2017 (arXiv 1610.08559), taken within the qualified pool.

Nothing before the first cut counts: ten places in a row are one number.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenhand.match.protocol import FloatArray
from evenhand.measure.lists.prefix_gap import ORIGINAL, Cuts, normalised_gap
from evenhand.measure.lists.prefixes import Prefixes


def rnd(prefixes: Prefixes, cuts: Cuts = ORIGINAL) -> FloatArray:
    """Measure every ad and group, shape ``(..., jobs, values)``.

    Args:
        prefixes: The closed lists.
        cuts: Where to look.
    """
    return normalised_gap(prefixes, difference, cuts)


def difference(
    count: NDArray[np.number],
    place: NDArray[np.number],
    group: NDArray[np.number],
    people: NDArray[np.number],
) -> FloatArray:
    """``|g_i/i - G/N|``."""
    return np.abs(count / place - group / people)
