"""Entropy: how evenly the places of all lists spread over people.

Formula: ``E = -Σ p_i log_n p_i`` with ``p_i = c_i / T``. The original takes every person; the
corrected form takes those who are shown, ``(E+ - E0) / (E1 - E0)``, E0 being that of one list for
all (``log_n k`` for full lists) and E1 that of the most even counts.
Range: 0 to 1; corrected 0 (one list for all) to 1 (as even as can be).
Trap: the original has no value as soon as one person is shown by nobody (``0 log 0`` taken
literally), which in a large pool is always; and its floor isn't 0.
Undefined: original NaN with anybody unshown; both NaN for a pool of one, and the corrected where
there is one list only, or everybody fits in every list.
Source: Patro et al. 2020; corrected form Rampisela et al. 2023 (arXiv 2311.01013). holisticai's
``exposure_entropy`` uses natural logarithms: divide by ``ln n``.

Not a divergence from the pool's composition: people here have no groups.
"""

from __future__ import annotations

import math

import numpy as np

from evenhand.match.protocol import FloatArray
from evenhand.measure.candidates.shown import Shown, rescale


def entropy(shown: Shown) -> float:
    """Entropy to the base n; NaN where anybody is unshown."""
    return _of_shown(shown.counts) if bool((shown.counts > 0).all()) else math.nan


def entropy_corrected(shown: Shown) -> float:
    """Entropy of the shown between one list for all (0) and the most even counts (1)."""
    return rescale(
        _of_shown(shown.counts),
        zero=_of_shown(shown.one_list_counts),
        one=_of_shown(shown.even_counts),
    )


def _of_shown(counts: FloatArray) -> float:
    if len(counts) < 2:
        return math.nan
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log(share)).sum() / math.log(len(counts)))
