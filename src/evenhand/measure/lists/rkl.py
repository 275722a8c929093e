"""rKL: how far a group's share of the first places is from its share of the pool, by KL divergence.

Formula: ``rKL = (1/Z) Σ_{i = 10, 20, ...} KL((g_i/i, 1 - g_i/i) || (G/N, 1 - G/N)) / log2(i)``,
natural log; see ``prefix_gap`` for cuts, variants and the exact normaliser Z.
Range: 0 (every cut holds the group's share) to 1 (as far from it as any order of the pool gets). It
has no direction; leaving out a large group weighs more than leaving out a small one.
Undefined: NaN where the list has fewer people than one step, or the pool has one group only.
Source: Yang and Stoyanovich 2017 (arXiv 1610.08559), taken within the qualified pool.

Not NDKL, which looks at every place and all groups at once and isn't scaled to 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenhand.match.protocol import FloatArray
from evenhand.measure.lists.prefix_gap import ORIGINAL, Cuts, normalised_gap
from evenhand.measure.lists.prefixes import Prefixes


def rkl(prefixes: Prefixes, cuts: Cuts = ORIGINAL) -> FloatArray:
    """Measure every ad and group, shape ``(..., jobs, values)``.

    Args:
        prefixes: The closed lists.
        cuts: Where to look.
    """
    return normalised_gap(prefixes, divergence, cuts)


def divergence(
    count: NDArray[np.number],
    place: NDArray[np.number],
    group: NDArray[np.number],
    people: NDArray[np.number],
) -> FloatArray:
    """KL divergence of (share, rest) in the prefix from (share, rest) in the pool."""
    share, desired = np.broadcast_arrays(count / place, group / people)
    return _term(share, desired) + _term(1.0 - share, 1.0 - desired)


def _term(share: FloatArray, desired: FloatArray) -> FloatArray:
    usable = (share > 0) & (desired > 0)
    ratio = np.divide(share, desired, out=np.ones_like(share), where=usable)
    return share * np.log(ratio)
