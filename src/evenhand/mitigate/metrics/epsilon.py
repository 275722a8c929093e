"""Attribute error: how far from mirrored the answers are when the question is negated.

Formula: ε = ¼ Σ over orders o of (|S(x1 | o, a) − S(x2 | o, ¬a)| + |S(x2 | o, a) − S(x1 | o, ¬a)|).
Range: 0 to 1. 0: negation swaps the answers; 1: the model answers as if it had not read it.
Undefined when: there are no examples.
Source: Li et al. 2020 (UnQover), attribute independence error.
Not a bias for or against anybody: it says how much of a choice ignores what is asked.
"""

from __future__ import annotations

import numpy as np

from evenhand.mitigate.metrics.scores import FloatArray, check_scores


def attribute_error(scores: FloatArray) -> FloatArray:
    """ε of every example.

    Args:
        scores: Shape ``(examples, 4, 2)``, prompts in the order (12, a), (21, a), (12, ¬a),
            (21, ¬a).

    Returns:
        Shape ``(examples,)``; the figure of a set is its mean.

    Raises:
        MeasureError: The scores are malformed.
    """
    checked = check_scores(scores)
    asked, negated = checked[:, :2], checked[:, 2:, ::-1]
    return np.abs(asked - negated).mean(axis=(1, 2))
