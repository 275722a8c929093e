"""Positional dependence: how far a score moves when the two subjects swap places.

Formula: δ = ¼ Σ over x in {x1, x2}, q in {a, not a} of |S(x | 12, q) − S(x | 21, q)|.
Range: 0 to 1. 0: the order doesn't matter; 1: the model always picks the same place.
Undefined when: there are no examples.
Source: Li et al. 2020 (UnQover).
Not a bias for or against anybody: it says how much of a choice is the position's doing.
"""

from __future__ import annotations

import numpy as np

from evenhand.mitigate.metrics.scores import FloatArray, check_scores


def positional_dependence(scores: FloatArray) -> FloatArray:
    """δ of every example.

    Args:
        scores: Shape ``(examples, 4, 2)``, prompts in the order (12, a), (21, a), (12, ¬a),
            (21, ¬a).

    Returns:
        Shape ``(examples,)``; the figure of a set is its mean.

    Raises:
        MeasureError: The scores are malformed.
    """
    checked = check_scores(scores)
    return 0.5 * np.abs(checked[:, 0::2] - checked[:, 1::2]).mean(axis=2).sum(axis=1)
