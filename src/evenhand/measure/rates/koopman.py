"""Koopman's score interval of the ratio of two rates.

Formula: every ratio r with ``|z(r)| <= z``, the statistic of ``score_interval`` with variance
factor 1.
Range: 0 to infinity; an end is open (0 or infinity) where a side has no positives. An interval
that holds 1 is compatible with parity.
Undefined: NaN where a side is empty.
Source: Koopman 1984 (Biometrics 40).

Its coverage is close to nominal in small samples. It doesn't know that the benchmark was picked
for being highest, so read it beside the familywise p-value.
"""

from __future__ import annotations

from numpy.typing import ArrayLike

from evenhand.match.protocol import FloatArray
from evenhand.measure.rates.score_interval import score_interval


def koopman(
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
    return score_interval(
        positive, sizes, benchmark_positive, benchmark_size, level, corrected=False
    )
