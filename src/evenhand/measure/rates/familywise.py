"""p-value of one cell over all cells at once: no error anywhere more often than the level.

Formula: the statistic of a cell is its pooled z of the difference to the benchmark
(``z_test``). In every draw of the null the benchmark is picked again and the smallest z over the
cells is kept; ``p_g = (1 + #{min_h z*_h <= z_g}) / (B + 1)``.
Range: above 0 to 1, one-sided: only a rate *below* the benchmark's can be improbable.
Undefined: NaN where there is no benchmark, the cell is empty or is the benchmark.
Source: Westfall and Young 1993 (single-step minP), studentised, with the pick of the benchmark
inside the null.

It controls the familywise error if nobody is treated differently. Where some cells truly differ
the null of the others is only approximate, as for every permutation of all labels at once.
"""

from __future__ import annotations

import numpy as np

from evenhand.match.protocol import BoolArray, FloatArray, IntArray
from evenhand.measure.rates.benchmark import Benchmarked, highest_of_draws
from evenhand.measure.rates.counts import Counts
from evenhand.measure.rates.z_test import z_difference

_TIE = 1e-9


def familywise(
    counts: Counts, picked: Benchmarked, draws: IntArray, shown: BoolArray
) -> FloatArray:
    """p-values of all cells, shape ``(cells,)``.

    Args:
        counts: The table.
        picked: Who may be the benchmark and who is.
        draws: Positives under no bias, shape ``(permutations, cells)``.
        shown: Shape ``(cells,)``: the family over which errors are counted.
    """
    if picked.index is None:
        return np.full(len(counts.cells), np.nan)
    family = shown & (counts.assessed > 0)
    smallest = np.sort(_smallest_z(draws, counts.assessed, picked.eligible, family))
    best = picked.index
    z = z_difference(counts.positive, counts.assessed, counts.positive[best], counts.assessed[best])
    # Where everybody or nobody of both sides was selected there is no gap at all.
    z = np.where(np.isnan(z), 0.0, z)
    as_small = np.searchsorted(smallest, z + _TIE, side="right")
    p_values = (1.0 + as_small) / (len(draws) + 1.0)
    tested = (counts.assessed > 0) & (np.arange(len(z)) != best)
    return np.where(tested, p_values, np.nan)


def _smallest_z(
    draws: IntArray, sizes: IntArray, eligible: BoolArray, family: BoolArray
) -> FloatArray:
    """The smallest z of every draw, shape ``(permutations,)``; 0 where nothing is below."""
    best = highest_of_draws(draws, sizes, eligible)
    top = np.take_along_axis(draws, best[:, None], axis=1)
    z = z_difference(draws[:, family], sizes[family], top, sizes[best][:, None])
    return np.where(np.isnan(z), 0.0, z).min(axis=1, initial=0.0)
