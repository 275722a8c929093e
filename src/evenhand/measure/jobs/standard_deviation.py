"""SD: how far the values of single ads lie from their mean.

Formula: ``SD = sqrt(mean_u (S_u - mean S)²)``, dividing by the number of ads.
Range: from 0 (every ad is served alike) to half the range of S.
Trap: it says nothing of the level: an engine that serves every ad equally badly has 0.
Undefined: for no ads; NaN for resamples that drew none.
Source: the usual; as a measure of fairness to users Rampisela et al. 2025 (RecSys).
"""

from __future__ import annotations

import numpy as np

from evenhand.match.protocol import FloatArray
from evenhand.measure.jobs.times import counted, means


def standard_deviation(values: FloatArray, times: FloatArray | None = None) -> FloatArray:
    """SD of one value an ad.

    Args:
        values: Shape ``(ads,)``, without NaN.
        times: Shape ``(resamples, ads)``: how often every ad counts; None for once.

    Returns:
        Shape ``(resamples,)``; one number for None.
    """
    drawn = counted(values, times)
    centred = values - values.mean()
    variance = means(centred**2, drawn) - means(centred, drawn) ** 2
    return np.sqrt(np.maximum(variance, 0.0))
