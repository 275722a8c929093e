"""CV: the standard deviation over ads as a share of the mean.

Formula: ``CV = SD / mean S``.
Range: from 0 (every ad is served alike) to ``sqrt(ads - 1)``.
Trap: near a mean of 0 it is huge for differences that nobody would notice.
Undefined: NaN where the mean is 0 or a value is negative.
Source: the usual; as a measure of fairness to users Rampisela et al. 2025 (RecSys).
"""

from __future__ import annotations

import numpy as np

from evenhand.match.protocol import FloatArray
from evenhand.measure.jobs.standard_deviation import standard_deviation
from evenhand.measure.jobs.times import counted, means


def coefficient_of_variation(values: FloatArray, times: FloatArray | None = None) -> FloatArray:
    """CV of one value an ad; arguments and shapes as in ``standard_deviation``."""
    average = means(values, counted(values, times))
    spread = standard_deviation(values, times)
    fit = (average > 0) & bool((values >= 0).all())
    return np.divide(spread, average, out=np.full(spread.shape, np.nan), where=fit)
