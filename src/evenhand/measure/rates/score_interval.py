"""The score statistic of the ratio of two rates, inverted to an interval.

Formula: ``z(r) = (p_g - r p_b) / sqrt(f (q_g (1 - q_g)/n_g + r^2 q_b (1 - q_b)/n_b))`` where
``q_g = r q_b`` are the rates that are most likely if the true ratio is r; the interval holds every
r with ``|z(r)|`` at most the normal quantile. ``f`` is 1 (Koopman) or ``N/(N - 1)``
(Miettinen and Nurminen). ``z`` falls as r grows, so each end is found by halving.
Range: 0 to infinity; an end is open (0 or infinity) where a side has no positives.
Undefined: NaN where a side is empty.
Source: Koopman 1984 (Biometrics 40); Miettinen and Nurminen 1985 (Statistics in Medicine 4).

Not the measure itself: see ``koopman`` and ``miettinen_nurminen``.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from evenhand.match.protocol import FloatArray
from evenhand.measure.selection import divide

_LOG_REACH = 60.0
_HALVINGS = 64


def score_interval(
    positive: ArrayLike,
    sizes: ArrayLike,
    benchmark_positive: ArrayLike,
    benchmark_size: ArrayLike,
    level: float,
    corrected: bool,
) -> FloatArray:
    """Intervals of ratios, shape ``(..., 2)``; shapes broadcast.

    Args:
        positive: Positives of the cells.
        sizes: People of the cells.
        benchmark_positive: Positives of the benchmark.
        benchmark_size: People of the benchmark.
        level: Coverage.
        corrected: Whether the variance gets the factor ``N/(N - 1)``.
    """
    values = (positive, sizes, benchmark_positive, benchmark_size)
    sides = np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in values))
    quantile = NormalDist().inv_cdf(0.5 + level / 2)
    selected, people, best, among = sides
    low = np.where(selected > 0, _solve(sides, quantile, corrected), 0.0)
    high = np.where(best > 0, _solve(sides, -quantile, corrected), np.inf)
    empty = (people == 0) | (among == 0)
    return np.where(empty[..., None], np.nan, np.stack([low, high], axis=-1))


def _solve(sides: tuple[FloatArray, ...], target: float, corrected: bool) -> FloatArray:
    """The ratio at which the statistic equals the target."""
    shape = sides[0].shape
    low, high = np.full(shape, -_LOG_REACH), np.full(shape, _LOG_REACH)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        above = _statistic(np.exp(middle), sides, corrected) > target
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.exp((low + high) / 2)


def _statistic(ratio: FloatArray, sides: tuple[FloatArray, ...], corrected: bool) -> FloatArray:
    selected, people, best, among = sides
    total = people + among
    linear = people * ratio + selected + among + best * ratio
    root = np.sqrt(np.maximum(linear**2 - 4 * total * ratio * (selected + best), 0.0))
    other = np.minimum(divide(2 * (selected + best), linear + root), 1.0)
    own = np.minimum(ratio * other, 1.0)
    variance = divide(own * (1 - own), people) + ratio**2 * divide(other * (1 - other), among)
    if corrected:
        variance = variance * divide(total, total - 1)
    gap = divide(selected, people) - ratio * divide(best, among)
    sure = np.where(gap == 0, 0.0, np.copysign(np.inf, gap))
    return np.divide(gap, np.sqrt(variance), out=sure, where=variance > 0)
