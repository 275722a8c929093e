"""VoCD: how much the counts of two people who are shown differ, on average over all pairs.

Formula: mean over pairs of shown people of ``|c_i - c_j| / max(c_i, c_j)``.
Range: 0 (all who are shown are shown equally often) to below 1.
Trap: it doesn't see anybody who is never shown, so the same list for every ad scores a perfect 0.
There is no corrected form.
Undefined: NaN where fewer than two people are shown.
Source: Wu et al. 2021 (variance of coverage disparity, all people taken as alike), as read by
Rampisela et al. 2023 (arXiv 2311.01013).

Computed by sorting, ``O(n log n)``: with counts ascending a pair i < j gives ``1 - c_i / c_j``.
"""

from __future__ import annotations

import math

import numpy as np

from evenhand.measure.candidates.shown import Shown


def vocd(shown: Shown) -> float:
    """Mean relative difference of the counts of shown people."""
    counts = np.sort(shown.counts[shown.counts > 0])
    number = len(counts)
    if number < 2:
        return math.nan
    before = np.cumsum(counts) - counts
    differences = np.arange(number) - before / counts
    return max(0.0, float(differences.sum() / (number * (number - 1) / 2)))
