"""MinSkew@k and MaxSkew@k: the group farthest below its share of the pool, and farthest above.

Formula: the least and the greatest of ``Skew_g@k`` (``skew``) over groups with qualified people.
Range: MinSkew from minus infinity to 0, MaxSkew from 0 up; both 0 only where every group has just
its share. A group that is absent from the list makes the plain MinSkew minus infinity: such ads
are marked, and the smoothed values (one person of the pool's composition added to the list) stand
beside.
Undefined: NaN where the list shows no qualified person of known value.
Source: Geyik, Ambler and Kenthapadi 2019 (arXiv 1905.01989), taken within the qualified pool.

An extreme over many groups is far from 0 by chance alone; it doesn't name the group either.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evenhand.match.protocol import BoolArray, FloatArray
from evenhand.measure.lists.prefixes import Prefixes
from evenhand.measure.skew import skew_of_counts

PRIOR = 1.0
"""People of the pool's composition that smooth a list."""


@dataclass(frozen=True)
class ExtremeSkew:
    """Extremes over groups, each of shape ``(..., jobs)``.

    Attributes:
        least: Plain MinSkew; ``-inf`` where a group is absent.
        greatest: Plain MaxSkew.
        smoothed_least: MinSkew of the smoothed list.
        smoothed_greatest: MaxSkew of the smoothed list.
        absent: Whether some group with qualified people isn't shown at all.
    """

    least: FloatArray
    greatest: FloatArray
    smoothed_least: FloatArray
    smoothed_greatest: FloatArray
    absent: BoolArray


def extreme_skew(prefixes: Prefixes) -> ExtremeSkew:
    """MinSkew and MaxSkew of every ad, plain and smoothed."""
    selected, pool = prefixes.selected, prefixes.pool
    anybody = selected.sum(axis=-1) > 0
    plain = _extremes(skew_of_counts(selected, pool), anybody)
    smoothed = _extremes(skew_of_counts(selected, pool, PRIOR), anybody)
    absent = ((selected == 0) & (pool > 0)).any(axis=-1) & anybody
    return ExtremeSkew(*plain, *smoothed, absent)


def _extremes(skews: FloatArray, anybody: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Least and greatest over the last axis, groups without people left out."""
    missing = np.isnan(skews)
    least = np.where(missing, np.inf, skews).min(axis=-1, initial=np.inf)
    greatest = np.where(missing, -np.inf, skews).max(axis=-1, initial=-np.inf)
    return np.where(anybody, least, np.nan), np.where(anybody, greatest, np.nan)
