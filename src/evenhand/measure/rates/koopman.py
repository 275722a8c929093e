"""Koopman's score interval of the ratio of two rates, as wide as it must be for a whole page.

Formula: ``z(r) = (p_g - r p_b) / sqrt(q_g (1 - q_g)/n_g + r^2 q_b (1 - q_b)/n_b)`` where
``q_g = r q_b`` are the rates that are most likely if the true ratio is r; the interval holds every
r with ``|z(r)| <= reach``. ``z(1)`` is the pooled z of the difference (``z_test``), so that the
interval leaves 1 out exactly where ``|z| > reach``: with the reach of ``together`` it says what the
verdict says. ``z`` falls as r grows, so each end is found by halving.
Range: 0 to infinity; an end is open (0 or infinity) where a side has no positives.
Undefined: NaN where a side is empty.
Source: Koopman 1984 (Biometrics 40).

Its coverage of one ratio whose benchmark was named beforehand is close to nominal with a reach of
1.96, in small samples too; against a benchmark that was picked for being highest it isn't.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from evenhand.match.protocol import FloatArray
from evenhand.measure.selection import divide

ALONE = NormalDist().inv_cdf(0.975)
"""The reach of a 95 % interval that stands alone."""
_LOG_REACH = 60.0
_HALVINGS = 64


def koopman(
    positive: ArrayLike,
    sizes: ArrayLike,
    benchmark_positive: ArrayLike,
    benchmark_size: ArrayLike,
    reach: float = ALONE,
) -> FloatArray:
    """Intervals of ratios, shape ``(..., 2)``; shapes broadcast.

    Args:
        positive: Positives of the cells.
        sizes: People of the cells.
        benchmark_positive: Positives of the benchmark.
        benchmark_size: People of the benchmark.
        reach: How many standard errors the statistic may be from 0.
    """
    values = (positive, sizes, benchmark_positive, benchmark_size)
    sides = np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in values))
    selected, people, best, among = sides
    low = np.where(selected > 0, _solve(sides, reach), 0.0)
    high = np.where(best > 0, _solve(sides, -reach), np.inf)
    empty = (people == 0) | (among == 0)
    return np.where(empty[..., None], np.nan, np.stack([low, high], axis=-1))


def _solve(sides: tuple[FloatArray, ...], target: float) -> FloatArray:
    """The ratio at which the statistic equals the target."""
    shape = sides[0].shape
    low, high = np.full(shape, -_LOG_REACH), np.full(shape, _LOG_REACH)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        above = _statistic(np.exp(middle), sides) > target
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.exp((low + high) / 2)


def _statistic(ratio: FloatArray, sides: tuple[FloatArray, ...]) -> FloatArray:
    selected, people, best, among = sides
    total = people + among
    linear = people * ratio + selected + among + best * ratio
    root = np.sqrt(np.maximum(linear**2 - 4 * total * ratio * (selected + best), 0.0))
    other = np.minimum(divide(2 * (selected + best), linear + root), 1.0)
    own = np.minimum(ratio * other, 1.0)
    variance = divide(own * (1 - own), people) + ratio**2 * divide(other * (1 - other), among)
    gap = divide(selected, people) - ratio * divide(best, among)
    sure = np.where(gap == 0, 0.0, np.copysign(np.inf, gap))
    return np.divide(gap, np.sqrt(variance), out=sure, where=variance > 0)
