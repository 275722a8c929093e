"""Four-fifths: whether a rate is below 4/5 of the benchmark's, and how many people are missing.

Formula: below iff ``5 x_g n_b < 4 x_b n_g``; shortfall
``max(0, ceil(4 x_b n_g / (5 n_b)) - x_g)``. Integers only: a cell that sits exactly on 4/5 is not
below it, which division of floats gets wrong (3/5 against 3/4).
Range: yes or no; the shortfall is 0 or more people and 0 exactly where the cell isn't below.
Undefined: not below where either side is empty or nobody of the benchmark was selected.
Source: 29 CFR 1607.4(D). Local Law 144 sets no threshold.

Not a test: it says nothing about chance, and small cells are below it by luck all the time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from evenhand.match.protocol import BoolArray, IntArray


def below_four_fifths(
    positive: ArrayLike, sizes: ArrayLike, benchmark_positive: ArrayLike, benchmark_size: ArrayLike
) -> BoolArray:
    """Whether rates are below 4/5 of the benchmark's; shapes broadcast.

    Args:
        positive: Positives of the cells.
        sizes: People of the cells; below 1e9, as are the others.
        benchmark_positive: Positives of the benchmark.
        benchmark_size: People of the benchmark.
    """
    selected, people, best, among = _integers(positive, sizes, benchmark_positive, benchmark_size)
    return 5 * selected * among < 4 * best * people


def shortfall(
    positive: ArrayLike, sizes: ArrayLike, benchmark_positive: ArrayLike, benchmark_size: ArrayLike
) -> IntArray:
    """Positives missing to reach 4/5 of the benchmark's rate; arguments as above."""
    selected, people, best, among = _integers(positive, sizes, benchmark_positive, benchmark_size)
    needed = -((-4 * best * people) // np.maximum(5 * among, 1))
    return np.where(among > 0, np.maximum(0, needed - selected), 0)


def _integers(*values: ArrayLike) -> tuple[IntArray, ...]:
    return tuple(np.asarray(value, dtype=np.int64) for value in values)
