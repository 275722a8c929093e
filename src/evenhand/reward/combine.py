"""From changes of score gaps to one number: closure, overshoot, several contrasts, folds.

Pure arithmetic on ``(texts, contrasts, folds)``. Where a change ``d`` and a target ``t`` are in
spreads, an edit is paid ``|t| - |t - d|``: the part of the gap that it closes, and less again
beyond it. Nothing changed is worth exactly 0.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from evenhand.match.protocol import FloatArray


def closed(targets: FloatArray, changes: FloatArray) -> FloatArray:
    """``|t| - |t - d|`` elementwise (broadcast), in spreads; at most ``|t|``."""
    return np.abs(targets) - np.abs(targets - changes)


def combined(
    targets: FloatArray,
    changes: FloatArray,
    weights: FloatArray,
    how: Literal["worst", "weighted"],
) -> FloatArray:
    """One payment for several contrasts.

    Args:
        targets: ``(contrasts, folds)``.
        changes: ``(texts, contrasts, folds)``.
        weights: ``(contrasts,)``, used by ``weighted``.
        how: ``worst``: how much smaller the largest remaining gap gets, ``max |t| - max |t - d|``;
            ``weighted``: the weighted sum of what each contrast closes.

    Returns:
        Shape ``(texts, folds)``.
    """
    if how == "weighted":
        return np.einsum("c,tcf->tf", weights, closed(targets, changes))
    return np.abs(targets).max(axis=0) - np.abs(targets - changes).max(axis=1)


def cautious_mean(by_fold: FloatArray) -> FloatArray:
    """Mean minus one standard error over folds (last axis)."""
    count = by_fold.shape[-1]
    return by_fold.mean(axis=-1) - by_fold.std(axis=-1, ddof=1) / math.sqrt(count)
