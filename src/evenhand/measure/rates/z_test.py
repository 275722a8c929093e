"""Two z statistics: of the difference of two rates, and of the log of their ratio.

Formula: ``(p_g - p_b) / sqrt(P (1 - P) (1/n_g + 1/n_b))`` and
``ln(p_g / p_b) / sqrt((1 - P) / (P N w (1 - w)))``; ``P`` is the rate of both sides together,
``N = n_g + n_b``, ``w = n_g / N``.
Range: any number; 0 is parity, below 0 the cell is selected less often. "Two standard deviations"
is ``|z| > 2``.
Undefined: NaN where a side is empty or everybody or nobody of both was selected; of the ratio also
where either rate is 0.
Source: 2-SD rule of Castaneda v. Partida and Hazelwood v. United States; Morris and Lobsenz 2000
(Personnel Psychology 53) for the ratio.

A large-sample figure: below an expected count of 5 read Fisher's p-value instead. It doesn't know
that the benchmark was picked for being highest.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from evenhand.match.protocol import FloatArray
from evenhand.measure.selection import divide


def z_difference(
    positive: ArrayLike, sizes: ArrayLike, benchmark_positive: ArrayLike, benchmark_size: ArrayLike
) -> FloatArray:
    """Pooled z of the difference; shapes broadcast.

    Args:
        positive: Positives of the cells.
        sizes: People of the cells.
        benchmark_positive: Positives of the benchmark.
        benchmark_size: People of the benchmark.
    """
    rate, best, pooled, people, among = _rates(positive, sizes, benchmark_positive, benchmark_size)
    variance = pooled * (1 - pooled) * (divide(people + among, people * among))
    return divide(rate - best, np.sqrt(variance))


def z_ratio(
    positive: ArrayLike, sizes: ArrayLike, benchmark_positive: ArrayLike, benchmark_size: ArrayLike
) -> FloatArray:
    """Morris and Lobsenz's z of the ratio; arguments as above."""
    rate, best, pooled, people, among = _rates(positive, sizes, benchmark_positive, benchmark_size)
    ratio = divide(rate, best)
    logs = np.log(ratio, out=np.full(ratio.shape, np.nan), where=ratio > 0)
    variance = divide(1 - pooled, pooled) * divide(people + among, people * among)
    return divide(logs, np.sqrt(variance))


def _rates(*values: ArrayLike) -> tuple[FloatArray, ...]:
    """Both rates, the pooled rate and both sizes."""
    selected, people, best, among = (np.asarray(value, dtype=np.float64) for value in values)
    return (
        divide(selected, people),
        divide(best, among),
        divide(selected + best, people + among),
        people,
        among,
    )
