"""Whether two things that every ad has go together, within groups of ads (Spearman's ρ).

Formula: ``ρ = Σ u_j v_j / sqrt(Σ u_j² Σ v_j²)``; u and v are the mid-ranks of x and y among the
ads of the same group, less their mean and divided by the number of those ads, so that a
difference between occupations is not taken for one between ads. With one group it is
Spearman's ρ.
Range: -1 (opposed) to 1 (agree); 0 is no monotone relation within groups.
Undefined: NaN with fewer than three ads, or where x or y doesn't vary within any group.
Interval: percentile bootstrap over ads within groups, ranks taken once. p-value: y shuffled within
groups, ``(1 + #{|ρ*| >= |ρ|}) / (B + 1)``.
Source: Spearman 1904; stratified form after Taylor 1987 (ranks within strata).

Not a measure of effect: two things can go together for a third reason.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import MeasureError
from evenhand.match.protocol import FloatArray
from evenhand.measure.bootstrap import draw_weights, percentile_interval
from evenhand.measure.figure import NO_INTERVAL

FEWEST = 3
_TIE = 1e-12


@dataclass(frozen=True)
class Correlation:
    """One rank correlation.

    Attributes:
        value: ρ; NaN where undefined.
        interval: 95 % bootstrap interval.
        p_value: Two-sided, by permutation.
        n: Ads that have both values.
        reason: Why it is undefined; empty otherwise.
    """

    value: float
    interval: tuple[float, float]
    p_value: float
    n: int
    reason: str = ""


def rank_correlation(
    x: FloatArray, y: FloatArray, groups: Sequence[str], *, resamples: int = 1000, seed: int = 0
) -> Correlation:
    """Correlation of ranks within groups.

    Args:
        x: Shape ``(ads,)``; NaN leaves an ad out.
        y: Shape ``(ads,)``; NaN leaves an ad out.
        groups: One name an ad.
        resamples: Of the bootstrap, and permutations.
        seed: Of both.

    Raises:
        MeasureError: If the three differ in length.
    """
    names = np.array(groups, dtype=np.str_)
    if not x.shape == y.shape == names.shape:
        raise MeasureError(
            f"a correlation needs one value of each an ad; there are {x.shape} and {y.shape} "
            f"values and {names.shape} groups"
        )
    both = np.isfinite(x) & np.isfinite(y)
    u, v, kept = x[both], y[both], names[both]
    if len(kept) < FEWEST:
        return _undefined(len(kept), f"fewer than {FEWEST} ads have both values")
    u, v = _ranks_within(u, kept), _ranks_within(v, kept)
    value = _correlation(u, v)
    if math.isnan(value):
        return _undefined(len(kept), "one of the two doesn't vary within any group of ads")
    return Correlation(
        value, _interval(u, v, kept, resamples, seed), _p(u, v, kept, resamples, seed), len(kept)
    )


def _undefined(n: int, reason: str) -> Correlation:
    return Correlation(math.nan, NO_INTERVAL, math.nan, n, reason)


def _ranks_within(values: FloatArray, groups: NDArray[np.str_]) -> FloatArray:
    """Mid-ranks among the values of the same group, centred and divided by the group's size."""
    ranks = np.zeros(len(values))
    for name in np.unique(groups):
        members = np.flatnonzero(groups == name)
        _, place, count = np.unique(values[members], return_inverse=True, return_counts=True)
        middle = np.cumsum(count) - (count - 1) / 2.0
        ranks[members] = (middle[place] - (len(members) + 1) / 2.0) / len(members)
    return ranks


def _correlation(u: FloatArray, v: FloatArray) -> float:
    size = math.sqrt(float(u @ u) * float(v @ v))
    return float(u @ v) / size if size > 0 else math.nan


def _interval(
    u: FloatArray, v: FloatArray, groups: NDArray[np.str_], resamples: int, seed: int
) -> tuple[float, float]:
    drawn = draw_weights(0, groups.tolist(), resamples, seed, over="ads").ads.astype(np.float64)
    size = np.sqrt((drawn @ (u * u)) * (drawn @ (v * v)))
    replicates = np.divide(drawn @ (u * v), size, out=np.full(len(drawn), np.nan), where=size > 0)
    low, high = percentile_interval(replicates)
    return float(low), float(high)


def _p(
    u: FloatArray, v: FloatArray, groups: NDArray[np.str_], permutations: int, seed: int
) -> float:
    rng = np.random.default_rng([seed, 7])
    shuffled = np.tile(v, (permutations, 1))
    for name in np.unique(groups):
        members = np.flatnonzero(groups == name)
        shuffled[:, members] = rng.permuted(shuffled[:, members], axis=1)
    extreme = int((np.abs(shuffled @ u) >= abs(float(u @ v)) - _TIE).sum())
    return (1 + extreme) / (permutations + 1)
