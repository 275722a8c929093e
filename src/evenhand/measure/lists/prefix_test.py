"""The hypergeometric prefix test: is a group rarer in the first places than chance makes it?

Formula: at one place, ``p_i = P(H <= g_i)`` with H hypergeometric (pool of N, G of the group, i
drawn); "upper" is ``P(H >= g_i)``. Over the whole list the statistic is the least p_i of all its
prefixes, and its p-value the share of random orders of the same pool with one as small:
``(1 + #{min p* <= min p}) / (draws + 1)``, seeded.
Range: from just above 0 to 1; small means that chance seldom leaves so few (lower) or puts so many
(upper) of the group on top. Exact p-values are coarse: for a fair list they lie above their nominal
level, never below.
Undefined: NaN where the list shows no qualified person of known value, or the pool has one group.
Source: the hyperFA*IR test (Cartier van Dissel et al. 2025); Phipson and Smyth 2010 (the +1).

One ad says little, and ads that show the same people aren't independent: the figure over ads is the
share with p <= .05 beside what that share is under shuffled labels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import FloatArray, IntArray
from evenhand.measure.lists.prefixes import Prefixes

Side = Literal["lower", "upper"]
_TIE = 1e-9
"""Relative differences of p-values below this are rounding."""


@dataclass(frozen=True)
class WholeList:
    """What random orders do to the least p-value over prefixes.

    Attributes:
        minima: Sorted, one array an ad and group; empty where the test is undefined.
        side: The tail.
    """

    minima: tuple[tuple[FloatArray, ...], ...]
    side: Side

    def p_values(self, prefixes: Prefixes) -> FloatArray:
        """Whole-list p-values, shape ``(..., jobs, values)``."""
        observed = least_prefix_p(prefixes, self.side)
        p = np.full(observed.shape, np.nan)
        for job, row in enumerate(self.minima):
            for value, minima in enumerate(row):
                if len(minima):
                    bound = observed[..., job, value] * (1.0 + _TIE)
                    extreme = np.searchsorted(minima, bound, side="right")
                    p[..., job, value] = (1.0 + extreme) / (len(minima) + 1.0)
        return p


def prefix_p(prefixes: Prefixes, side: Side = "lower") -> FloatArray:
    """p-value of every prefix, shape ``(..., jobs, k, values)``; NaN where undefined."""
    p = np.full(prefixes.counts.shape, np.nan)
    for rows, value, table in _tables(prefixes, side):
        counts = prefixes.counts[..., value][..., rows, :].astype(np.int64)
        found = table[np.arange(counts.shape[-1]), counts]
        p[..., value][..., rows, :] = np.where(prefixes.shown[rows], found, np.nan)
    return p


def prefix_p_at_end(prefixes: Prefixes, side: Side = "lower") -> FloatArray:
    """p-value of the whole closed list as one prefix, shape ``(..., jobs, values)``."""
    p = np.full(prefixes.selected.shape, np.nan)
    length = prefixes.length
    for rows, value, table in _tables(prefixes, side):
        last = np.maximum(length[rows] - 1, 0)
        found = table[last, prefixes.selected[..., rows, value].astype(np.int64)]
        p[..., rows, value] = np.where(length[rows] > 0, found, np.nan)
    return p


def least_prefix_p(prefixes: Prefixes, side: Side = "lower") -> FloatArray:
    """The least p-value over prefixes, shape ``(..., jobs, values)``; NaN where undefined."""
    p = prefix_p(prefixes, side)
    least = np.where(np.isnan(p), np.inf, p).min(axis=-2, initial=np.inf)
    return np.where(np.isfinite(least), least, np.nan)


def whole_list_null(
    prefixes: Prefixes, seed: int, *, draws: int = 1000, side: Side = "lower"
) -> WholeList:
    """Draw random orders of every pool and keep their least p-values.

    Args:
        prefixes: The closed lists.
        seed: Same seed, same draws.
        draws: Random orders a pool.
        side: The tail.

    Raises:
        MeasureError: If fewer than one draw is asked for.
    """
    if draws < 1:
        raise MeasureError(f"{draws} draws can't give a p-value; use 1 or more")
    jobs, values = prefixes.pool.shape
    empty = np.zeros(0)
    minima = [[empty] * values for _ in range(jobs)]
    drawn: dict[tuple[int, int, int], FloatArray] = {}
    for rows, value, table in _tables(prefixes, side):
        people, group = int(prefixes.pool[rows[0]].sum()), int(prefixes.pool[rows[0], value])
        for row in rows:
            key = (people, group, int(prefixes.length[row]))
            if key[2] and key not in drawn:
                drawn[key] = _draw_minima(*key, table, draws, seed)
            minima[row][value] = drawn.get(key, empty)
    return WholeList(tuple(tuple(row) for row in minima), side)


def _draw_minima(
    people: int, group: int, length: int, table: FloatArray, draws: int, seed: int
) -> FloatArray:
    """Least p-values of random orders of one pool, sorted."""
    rng = np.random.default_rng([seed, 5, people, group, length])
    count = np.zeros(draws, dtype=np.int64)
    least = np.ones(draws)
    for place in range(length):
        count += rng.random(draws) * (people - place) < group - count
        np.minimum(least, table[place, count], out=least)
    return np.sort(least)


def _tables(prefixes: Prefixes, side: Side) -> Iterator[tuple[IntArray, int, FloatArray]]:
    """Ads that share a pool size and group size, the group, and their table of p-values."""
    people = prefixes.pool.sum(axis=1)
    k = prefixes.shown.shape[1]
    made: dict[tuple[int, int], FloatArray] = {}
    for value in range(prefixes.pool.shape[1] if k else 0):
        sizes = np.stack([people, prefixes.pool[:, value]], axis=1)
        distinct, which = np.unique(sizes, axis=0, return_inverse=True)
        for index, (size, group) in enumerate(distinct.tolist()):
            if 0 < group < size:
                if (size, group) not in made:
                    made[size, group] = hypergeometric_table(size, group, k, side)
                yield np.flatnonzero(which.reshape(-1) == index), value, made[size, group]


def hypergeometric_table(people: int, group: int, k: int, side: Side = "lower") -> FloatArray:
    """p-values by place and count: ``P(H <= g)`` or ``P(H >= g)``.

    Args:
        people: N, people in the pool.
        group: G, of the group.
        k: Places.
        side: The tail.

    Returns:
        Shape ``(k, k + 1)``: row i - 1 is place i; column g the count.
    """
    factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, people + 1)))])

    def choose(n: int, r: IntArray) -> FloatArray:
        inside = (r >= 0) & (r <= n)
        kept = np.where(inside, r, 0)
        logs = factorial[n] - factorial[kept] - factorial[n - kept]
        return np.where(inside, logs, -np.inf)

    place, count = np.arange(1, k + 1)[:, None], np.arange(k + 1)[None, :]
    orders = np.maximum(choose(people, place), 0.0)
    mass = np.exp(choose(group, count) + choose(people - group, place - count) - orders)
    if side == "upper":
        mass = mass[:, ::-1]
    tail = np.minimum(mass.cumsum(axis=1), 1.0)
    return tail[:, ::-1] if side == "upper" else tail
