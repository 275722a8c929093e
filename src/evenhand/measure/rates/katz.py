"""Katz's interval of the ratio of two rates: the normal interval of its log.

Formula: ``exp(ln IR -+ z sqrt(1/x_g - 1/n_g + 1/x_b - 1/n_b))``.
Range: above 0; an interval that holds 1 is compatible with parity.
Undefined: NaN where a side is empty or has no positives. Where everybody of both sides was
selected its width is 0, which is an artefact: read Koopman's.
Source: Katz, Baptista, Azen and Pike 1978 (Biometrics 34).

Too narrow in small samples; printed because it is what most people compute.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from evenhand.match.protocol import FloatArray
from evenhand.measure.selection import divide


def katz(
    positive: ArrayLike,
    sizes: ArrayLike,
    benchmark_positive: ArrayLike,
    benchmark_size: ArrayLike,
    level: float = 0.95,
) -> FloatArray:
    """Intervals of ratios, shape ``(..., 2)``; shapes broadcast.

    Args:
        positive: Positives of the cells.
        sizes: People of the cells.
        benchmark_positive: Positives of the benchmark.
        benchmark_size: People of the benchmark.
        level: Coverage.
    """
    values = (positive, sizes, benchmark_positive, benchmark_size)
    selected, people, best, among = (np.asarray(value, dtype=np.float64) for value in values)
    one = np.asarray(1.0)
    ratio = divide(selected * among, people * best)
    logs = np.log(ratio, out=np.full(ratio.shape, np.nan), where=ratio > 0)
    variance = divide(one, selected) - divide(one, people) + divide(one, best) - divide(one, among)
    reach = NormalDist().inv_cdf(0.5 + level / 2) * np.sqrt(np.maximum(variance, 0.0))
    return np.exp(np.stack([logs - reach, logs + reach], axis=-1))
