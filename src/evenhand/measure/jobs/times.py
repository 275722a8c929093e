"""How often every ad counts, in the lists as they are or in resamples of the ads.

Not a measure and not the bootstrap: the weights come from ``measure.bootstrap``.
"""

from __future__ import annotations

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import FloatArray


def counted(values: FloatArray, times: FloatArray | None) -> FloatArray:
    """How often every ad counts, shape ``(resamples, ads)``; once for None.

    Args:
        values: Shape ``(ads,)``, none of them NaN.
        times: Shape ``(resamples, ads)``, or None.

    Raises:
        MeasureError: If the shapes don't belong together, there is no ad, or a value is NaN.
    """
    if values.ndim != 1 or not len(values) or bool(np.isnan(values).any()):
        raise MeasureError(
            f"values of shape {values.shape} can't be measured; give one number an ad, without NaN"
        )
    if times is None:
        return np.ones((1, len(values)))
    if times.shape[1:] != values.shape:
        raise MeasureError(
            f"there are {len(values)} ads and weights of shape {times.shape}; give one an ad"
        )
    return times


def means(values: FloatArray, times: FloatArray) -> FloatArray:
    """Means under the weights, shape ``(resamples,)``; NaN where nothing was drawn."""
    drawn = times.sum(axis=1)
    empty = np.full(len(drawn), np.nan)
    return np.divide(times @ values, drawn, out=empty, where=drawn > 0)


def pair_differences(values: FloatArray, times: FloatArray) -> FloatArray:
    """``Σ_{u<v} |S_u - S_v|`` under the weights, shape ``(resamples,)``.

    With values ascending and W the running sum of weights w it is ``Σ w S (2W - w - Σw)``, so no
    table of pairs is made.
    """
    order = np.argsort(values, kind="stable")
    drawn = times[:, order]
    running = np.cumsum(drawn, axis=1)
    places = 2.0 * running - drawn - running[:, -1:]
    return np.asarray(np.maximum((drawn * places) @ values[order], 0.0), dtype=np.float64)
