"""Boschloo's exact test of two rates, two-sided: Fisher's p-value as the statistic.

Formula: the greatest probability, over every common rate, of a table whose Fisher p-value is at
most the one observed; twice the smaller side, at most 1.
Range: above 0 to 1; never above twice Fisher's one-sided value.
Undefined: NaN where a side is empty, where the table is too large (it would take too long and
Fisher's test has lost little there), and where scipy isn't installed.
Source: Boschloo 1970; computed by ``scipy.stats.boschloo_exact``.

Not conditional on how many were selected in all; it doesn't know that the benchmark was picked.
"""

from __future__ import annotations

import math

from evenhand.errors import LibraryMissing, require

LARGEST_TABLE = 10_000
"""Most tables ``(n_g + 1)(n_b + 1)`` to go through: 0.03 s; time grows a little faster."""
TOO_LARGE = "the table is too large for Boschloo's test; read Fisher's"


def boschloo(
    positive: int, size: int, benchmark_positive: int, benchmark_size: int
) -> tuple[float, str]:
    """Two-sided p-value of one 2 x 2 table, and why there is none (else empty).

    Args:
        positive: Positives of the cell.
        size: People of the cell.
        benchmark_positive: Positives of the benchmark.
        benchmark_size: People of the benchmark.
    """
    if not size or not benchmark_size:
        return math.nan, "one side is empty"
    if (size + 1) * (benchmark_size + 1) > LARGEST_TABLE:
        return math.nan, TOO_LARGE
    if positive + benchmark_positive in (0, size + benchmark_size):
        return 1.0, ""
    try:
        stats = require("scipy.stats", "Boschloo's test")
    except LibraryMissing as missing:
        return math.nan, str(missing)
    table = [
        [positive, benchmark_positive],
        [size - positive, benchmark_size - benchmark_positive],
    ]
    return float(min(1.0, stats.boschloo_exact(table).pvalue)), ""
