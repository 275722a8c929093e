"""What this sample could detect: the power line of a cell.

Formula: a true ratio r is found with 80 % power if
``p_b (1 - r) >= reach sqrt(P (1 - P) (1/n_g + 1/n_b)) + z_.8 sqrt(p_g (1 - p_g)/n_g +
p_b (1 - p_b)/n_b)``, with ``p_g = r p_b`` and ``P`` the rate of both together; the reach is that of
the verdict (``together``), about 1.96 for a page of one table of two cells. ``detectable`` is the
greatest such r below 1: any gap nearer to parity goes unseen more than one time in five.
``needed`` inverts it: people of the cell (the benchmark growing with it) to find a ratio of .8.
Range: 0 to below 1; the nearer to 1 the more the sample can see.
Undefined: NaN where not even a ratio of 0 would be found, a side is empty or the benchmark's rate
is 0.
Source: the normal approximation of Fleiss, Levin and Paik 2003, section 4 (without continuity
correction); the benchmark's rate is taken as true.

Not the probability that this result is right, and optimistic where expected counts are below 5.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from evenhand.measure.rates.koopman import ALONE

POWER = 0.8
FOUR_FIFTHS = 0.8
_HALVINGS = 60


def detectable_ratio(
    size: int, benchmark_size: int, benchmark_rate: float, reach: float = ALONE
) -> float:
    """The ratio nearest to 1 that would be found with 80 % power.

    Args:
        size: People of the cell.
        benchmark_size: People of the benchmark.
        benchmark_rate: Its rate.
        reach: How large |z| must be to be found.
    """
    if not size or not benchmark_size or not 0 < benchmark_rate <= 1:
        return math.nan
    low, high = 0.0, 1.0
    if not _found(low, size, benchmark_size, benchmark_rate, reach):
        return math.nan
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        found = _found(middle, size, benchmark_size, benchmark_rate, reach)
        low, high = (middle, high) if found else (low, middle)
    return low


def needed_people(
    benchmark_rate: float,
    benchmark_by_cell: float,
    ratio: float = FOUR_FIFTHS,
    reach: float = ALONE,
) -> int | None:
    """People of the cell needed to find a true ratio; None where no number is enough.

    Args:
        benchmark_rate: Rate of the benchmark.
        benchmark_by_cell: People of the benchmark for each person of the cell.
        ratio: The true ratio, below 1.
        reach: How large |z| must be to be found.
    """
    if not (0 < benchmark_rate <= 1 and 0 < benchmark_by_cell < math.inf and 0 <= ratio < 1):
        return None
    gap = _gap(ratio, 1.0, benchmark_by_cell, benchmark_rate, reach)
    return max(1, math.ceil((gap / (benchmark_rate * (1 - ratio))) ** 2))


def _found(ratio: float, size: float, benchmark_size: float, rate: float, reach: float) -> bool:
    return rate * (1 - ratio) >= _gap(ratio, size, benchmark_size, rate, reach)


def _gap(ratio: float, size: float, benchmark_size: float, rate: float, reach: float) -> float:
    """The difference of rates that would be found with the wanted power."""
    own = ratio * rate
    pooled = (own * size + rate * benchmark_size) / (size + benchmark_size)
    under_parity = pooled * (1 - pooled) * (1 / size + 1 / benchmark_size)
    under_gap = own * (1 - own) / size + rate * (1 - rate) / benchmark_size
    return reach * math.sqrt(under_parity) + NormalDist().inv_cdf(POWER) * math.sqrt(under_gap)
