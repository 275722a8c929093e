"""Holm's correction: p-values of several comparisons, adjusted so that any false alarm is rare.

Formula: sorted ascending, ``adjusted_(i) = max_{l <= i} min(1, (m - l + 1) p_(l))``.
Range: 0 to 1, never below the raw value; compare it with the level (.05) directly.
Undefined: NaN stays NaN and isn't counted among the m comparisons.
Source: Holm 1979; statsmodels ``multipletests(method="holm")`` is the oracle of the tests.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import FloatArray


def holm(p_values: Sequence[float] | FloatArray) -> FloatArray:
    """Adjusted p-values, in the order given.

    Args:
        p_values: Raw p-values in [0, 1]; NaN where there was no test.

    Raises:
        MeasureError: If a p-value is outside [0, 1].
    """
    raw = np.asarray(p_values, dtype=np.float64)
    if bool(((raw < 0) | (raw > 1)).any()):
        raise MeasureError("a p-value is outside 0 to 1, so it can't be adjusted")
    order = np.argsort(raw)[: int((~np.isnan(raw)).sum())]
    factors = np.arange(len(order), 0, -1)
    adjusted = np.full(raw.shape, np.nan)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(raw[order] * factors))
    return adjusted
