"""Gini over ads: how unevenly the engine's quality is shared out among ads.

Formula: ``G = Σ_{u<v} |S_u - S_v| / (m Σ S)``, the same as in ``candidates.gini``.
Range: 0 (every ad is served alike) to ``1 - 1/m`` (one ad gets everything).
Trap: scale-free, so it says nothing of the level; resamples that draw an ad twice lower it by
about ``1/m``.
Undefined: NaN where the sum is 0 or a value is negative.
Source: Gini 1912; as a measure of fairness to users Rampisela et al. 2025 (RecSys). holisticai's
``n / (n - 1)`` version has another scale.
"""

from __future__ import annotations

import numpy as np

from evenhand.match.protocol import FloatArray
from evenhand.measure.jobs.times import counted, pair_differences


def gini_jobs(values: FloatArray, times: FloatArray | None = None) -> FloatArray:
    """Gini of one value an ad; arguments and shapes as in ``standard_deviation``."""
    drawn = counted(values, times)
    whole = drawn.sum(axis=1) * (drawn @ values)
    fit = (whole > 0) & bool((values >= 0).all())
    differences = pair_differences(values, drawn)
    return np.divide(differences, whole, out=np.full(len(drawn), np.nan), where=fit)
