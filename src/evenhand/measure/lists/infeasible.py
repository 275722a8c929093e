"""InfeasibleIndex and InfeasibleCount: prefixes that show fewer of a group than its share, rounded.

Formula: prefix i of a list falls short of group g where ``count_g(i) < floor(q_g i)``, ``q_g`` the
share of g in the ad's qualified pool. The index counts the prefixes that fall short of any group,
the count the (prefix, group) pairs.
Range: 0 (no prefix falls short) to the number of places, or to places times groups. Compared in
whole numbers: ``count_g(i) < pool_g i // pool``.
Undefined: NaN where the list shows no qualified person of known value.
Source: Geyik, Ambler and Kenthapadi 2019 (arXiv 1905.01989), taken within the qualified pool.

It grows with k and blames a list for what chance does: read it beside its chance level.
"""

from __future__ import annotations

import numpy as np

from evenhand.match.protocol import BoolArray, FloatArray
from evenhand.measure.lists.prefixes import Prefixes


def infeasible_index(prefixes: Prefixes) -> FloatArray:
    """Prefixes that fall short of any group, shape ``(..., jobs)``."""
    return _where_shown(prefixes, _short(prefixes).any(axis=-1).sum(axis=-1))


def infeasible_count(prefixes: Prefixes) -> FloatArray:
    """(Prefix, group) pairs that fall short, shape ``(..., jobs)``."""
    return _where_shown(prefixes, _short(prefixes).sum(axis=(-1, -2)))


def _short(prefixes: Prefixes) -> BoolArray:
    """Whether a prefix falls short of a group, shape ``(..., jobs, k, values)``."""
    pool = prefixes.pool[:, None, :]
    people = np.maximum(pool.sum(axis=2, keepdims=True), 1)
    least = pool * prefixes.place[:, None] // people
    return (prefixes.counts < least) & prefixes.shown[:, :, None]


def _where_shown(prefixes: Prefixes, values: np.ndarray) -> FloatArray:
    return np.where(prefixes.length > 0, values.astype(np.float64), np.nan)
