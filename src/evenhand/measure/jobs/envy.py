"""Envy: how much better an ad would fare with the list of another.

Formula: with ``φ[u, v]`` what the list of ad v is worth to ad u,
``envy(u, v) = max(φ[u, v] - φ[u, u], 0)``; the mean over pairs of different ads (ME), the mean over
ads of the largest (MME) and the share of ads whose largest exceeds ``eps`` (PEU).
Range: 0 (no ad would swap) to the range of φ; the share 0 to 1.
Trap: ads for the same work share their people, so a list that is good for one is good for the
other: a poor list among many near twins is envious by that alone.
Undefined: NaN for fewer than two ads that have a value.
Source: Saito and Joachims 2022 and Do et al. 2022 (envy-freeness of recommendations).

Not envy between people: that is ``candidates.mme``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, FloatArray, Rankings
from evenhand.measure.quality import discounts
from evenhand.measure.selection import qualified_hits, top_positions

_ROUNDING = 1e-12
_CELLS = 4_000_000


@dataclass(frozen=True)
class Envy:
    """Envy between ads.

    Attributes:
        mean: Over pairs of different ads (ME).
        largest: Mean over ads of the largest envy (MME).
        share: Share of ads whose largest envy exceeds ``eps`` (PEU).
        ads: Ads with a value.
    """

    mean: float
    largest: float
    share: float
    ads: int


def envy(utility: FloatArray, eps: float = 0.0) -> Envy:
    """Envy between ads.

    Args:
        utility: Shape ``(ads, ads)``: row u, column v is the worth of v's list to ad u; rows of
            NaN are ads without a value, and are left out with their lists.
        eps: Envy up to this doesn't count as envious.

    Raises:
        MeasureError: If the table isn't square.
    """
    if utility.ndim != 2 or utility.shape[0] != utility.shape[1]:
        raise MeasureError(
            f"the utility table has shape {utility.shape}; give one row and one column an ad"
        )
    kept = ~np.isnan(utility).any(axis=1)
    table = utility[np.ix_(kept, kept)]
    ads = len(table)
    if ads < 2:
        return Envy(math.nan, math.nan, math.nan, ads)
    gains = np.maximum(table - np.diag(table)[:, None], 0.0)
    most = gains.max(axis=1)
    return Envy(
        mean=float(gains.sum() / (ads * (ads - 1))),
        largest=float(most.mean()),
        share=float((most > eps + _ROUNDING).mean()),
        ads=ads,
    )


def list_utility(rankings: Rankings, qualified: BoolArray, k: int) -> FloatArray:
    """What every ad's list is worth to every ad: its nDCG@k by that ad's qualified people.

    Args:
        rankings: The lists.
        qualified: Shape ``(jobs, people)``.
        k: Places that are seen.

    Returns:
        Shape ``(jobs, jobs)``, the worth to the row's ad of the column's list; rows of NaN for ads
        that nobody is qualified for.

    Raises:
        MeasureError: If the shapes don't belong together, or the lists are too short.
    """
    qualified_hits(rankings, qualified, k)
    positions = top_positions(rankings, k)
    worth = np.where(positions >= 0, discounts(positions.shape[1]), 0.0)
    best = np.concatenate([[0.0], np.cumsum(discounts(k))])
    ideal = best[np.minimum(qualified.sum(axis=1), k)]
    step = max(1, _CELLS // max(positions.size, 1))
    rows = [
        np.einsum("ujk,jk->uj", qualified[start : start + step][:, positions], worth)
        for start in range(0, len(qualified), step)
    ]
    gains = np.concatenate(rows) if rows else np.empty((0, 0))
    some = np.broadcast_to(ideal[:, None] > 0, gains.shape)
    return np.divide(gains, ideal[:, None], out=np.full(gains.shape, np.nan), where=some)
