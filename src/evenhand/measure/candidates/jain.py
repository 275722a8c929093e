"""Jain's index: how evenly the lists spread over people, by counts.

Formula: ``J = T² / (n Σ c_i²)``. Corrected: ``(J - J0) / (J1 - J0)``, J0 being that of one list for
all (``k / n`` for full lists) and J1 that of the most even counts.
Range: original ``k/n`` to at most 1; corrected 0 (one list for all) to 1 (as even as can be).
Trap: the original's floor moves with k and n, and it can't reach 1 unless n divides T, so values
for other pools or cuts can't be compared.
Undefined: corrected NaN where there is one list only, or everybody fits in every list.
Source: Jain, Chiu and Hawe 1984; corrected form Rampisela et al. 2023 (arXiv 2311.01013).

Not holisticai's ``jain_index``, which is over prediction errors. Not about groups.
"""

from __future__ import annotations

from evenhand.match.protocol import FloatArray
from evenhand.measure.candidates.shown import Shown, rescale


def jain(shown: Shown) -> float:
    """Jain's index of the counts."""
    return _index(shown.counts)


def jain_corrected(shown: Shown) -> float:
    """Jain's index between one list for all (0) and the most even counts (1)."""
    return rescale(jain(shown), zero=_index(shown.one_list_counts), one=_index(shown.even_counts))


def _index(counts: FloatArray) -> float:
    return float(counts.sum() ** 2 / (len(counts) * (counts**2).sum()))
