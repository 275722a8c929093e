"""The 95 % bootstrap interval of a mean over ads.

Percentiles of the mean over resampled ads; ads without a value are left out. Not for measures that
look at all lists at once: there an ad drawn twice changes more than its weight.
"""

from __future__ import annotations

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import FloatArray
from evenhand.measure.bootstrap import ResampleWeights, percentile_interval, resampled_means
from evenhand.measure.figure import NO_INTERVAL


def mean_interval(values: FloatArray, weights: ResampleWeights | None) -> tuple[float, float]:
    """Interval of the mean of one value an ad; NaN without weights.

    Args:
        values: Shape ``(ads,)``; NaN where undefined.
        weights: Of the bootstrap over ads; None for no interval.

    Raises:
        MeasureError: If the weights are of other ads.
    """
    if weights is None:
        return NO_INTERVAL
    check_weights(weights, len(values))
    low, high = percentile_interval(resampled_means(values, weights))
    return float(low), float(high)


def check_weights(weights: ResampleWeights, ads: int) -> None:
    """Raise a ``MeasureError`` unless the weights are of so many ads."""
    if weights.ads.shape[1] != ads:
        raise MeasureError(
            f"the bootstrap weights are of {weights.ads.shape[1]} ads and the values of {ads}; "
            "draw the weights for these ads"
        )


def mean_where_any(values: FloatArray) -> float:
    """Mean of the values that aren't NaN; NaN for none."""
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else float("nan")
