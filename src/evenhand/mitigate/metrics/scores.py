"""Checking and normalising scores of shape ``(examples, 4, 2)``.

Normalised over the pair, the scores of the two subjects sum to 1 at every prompt. Raw scores shrink
when probability leaves both subjects, and every figure shrinks with them, so a model that refuses
to name anybody would look even-handed; normalised scores don't reward that. Where both scores are 0
nothing is preferred: both become 1/2, and the caller counts such prompts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import MeasureError

FloatArray = NDArray[np.float64]


def check_scores(scores: FloatArray, examples: int | None = None) -> FloatArray:
    """The scores as float64.

    Args:
        scores: Shape ``(examples, 4, 2)``, at least 0, finite.
        examples: How many examples there must be, where that is known.

    Raises:
        MeasureError: The shape is another, or a score is negative, infinite or not a number.
    """
    checked = np.asarray(scores, dtype=np.float64)
    if checked.ndim != 3 or checked.shape[1:] != (4, 2) or not len(checked):
        raise MeasureError(f"scores of shape {checked.shape} aren't (examples, 4, 2)")
    if examples is not None and len(checked) != examples:
        raise MeasureError(f"{len(checked)} rows of scores don't belong to {examples} examples")
    bad = ~np.isfinite(checked) | (checked < 0)
    if bad.any():
        where = int(np.flatnonzero(bad.any(axis=(1, 2)))[0])
        raise MeasureError(
            f"{int(bad.sum())} scores are negative or not finite, the first in example {where}"
        )
    return checked


def over_the_pair(scores: FloatArray) -> FloatArray:
    """Scores over their sum at each prompt, 1/2 each where the sum is 0; shape as given."""
    total = scores.sum(axis=-1, keepdims=True)
    return np.divide(scores, total, out=np.full(scores.shape, 0.5), where=total > 0)
