"""Smoothed empirical differential fairness: the widest log gap between any two cells.

Formula: ``ε = max_{g,h} max_y |ln P(y|g) - ln P(y|h)|`` over both outcomes y, with
``P(1|g) = (x_g + a)/(n_g + 2a)`` and a = 1/2.
Range: 0 (all cells the same) to infinity; ``exp(-ε)`` is the smallest ratio either way, ε = .223
is four-fifths.
Undefined: NaN with fewer than two cells that have people.
Source: Foulds, Islam, Keya and Pan 2020 (An intersectional definition of fairness); aif360
``smoothed_edf`` with concentration 1.

One figure for the whole table that the smallest cells dominate; smoothing pulls them to 1/2.
"""

from __future__ import annotations

import math

import numpy as np

from evenhand.measure.rates.counts import Counts

SMOOTHING = 0.5


def smoothed_edf(counts: Counts, smoothing: float = SMOOTHING) -> float:
    """ε of a table.

    Args:
        counts: The table.
        smoothing: a, what is added to each outcome of each cell.
    """
    present = counts.assessed > 0
    if present.sum() < 2:
        return math.nan
    positive, people = counts.positive[present], counts.assessed[present]
    outcomes = np.stack([positive, people - positive])
    logs = np.log((outcomes + smoothing) / (people + 2 * smoothing))
    return float((logs.max(axis=1) - logs.min(axis=1)).max())
