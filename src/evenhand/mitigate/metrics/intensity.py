"""Bias intensity μ and consistency η of a model: one figure each, from the table of γ and η.

Formula: μ = mean over x of max over a of |γ(x, a)|; η = mean over x of mean over a of |η(x, a)|.
Range: 0 to 1. 0: nobody is preferred for anything; 1: everybody is wholly preferred, or wholly
passed over, for something.
Undefined when: a group has no attribute (it is left out).
Source: Li et al. 2020 (UnQover).
Not centred at 0: a maximum over noisy γ is above 0 for a model without preference, the more so the
fewer examples a cell has. Read it beside the level that chance alone reaches (``chance``).
"""

from __future__ import annotations

import numpy as np

from evenhand.mitigate.metrics.scores import FloatArray


def bias_intensity(gamma: FloatArray) -> FloatArray:
    """μ of one table, or of many at once.

    Args:
        gamma: Shape ``(..., groups, attributes)``; NaN where undefined.

    Returns:
        Shape ``(...)``; NaN where no group has an attribute.
    """
    size = np.abs(gamma)
    largest = np.where(np.isnan(size), -1.0, size).max(axis=-1)
    return _mean_where(largest, largest >= 0, axis=-1)


def bias_consistency(eta: FloatArray) -> FloatArray:
    """The model's η of one table, or of many at once; shapes as for ``bias_intensity``."""
    size = np.abs(eta)
    by_group = _mean_where(np.nan_to_num(size), ~np.isnan(size), axis=-1)
    return _mean_where(np.nan_to_num(by_group), ~np.isnan(by_group), axis=-1)


def _mean_where(values: FloatArray, kept: np.ndarray, axis: int) -> FloatArray:
    """Mean of the kept values; NaN where none is."""
    count = kept.sum(axis=axis)
    total = np.where(kept, values, 0.0).sum(axis=axis)
    return np.divide(total, count, out=np.full(np.shape(total), np.nan), where=count > 0)
