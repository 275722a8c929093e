"""II-D and AI-D: how far people's exposure is from an even deal, list by list and over all lists.

Formula: ``E_ui = 0.8^(place - 1)`` for the people that list u shows, 0 for the others; its even
deal is ``Ē_u = (1 - 0.8^k) / (0.2 n)``, the list's mean. ``II-D = mean_u mean_i (E_ui - Ē_u)²`` and
``AI-D = mean_i (mean_u (E_ui - Ē_u))²``.
Range: AI-D from 0 (over all lists everybody has the same exposure) to II-D (one list for all).
Trap: II-D is the same number for any full lists of the same k and n: it can't tell even lists from
one list for all and is of no use alone; and both shrink with the pool, about as ``1/n``.
There is no corrected form; use AI-D.
Undefined: never, for lists that show anybody.
Source: Wang and Joachims 2021 and Wu et al. 2022 (II-D, AI-D of joint multisided exposure);
Rampisela et al. 2023 (arXiv 2311.01013) for the trap.

Blind to relevance: see ``fairness_to_relevance``.
"""

from __future__ import annotations

import numpy as np

from evenhand.match.protocol import FloatArray
from evenhand.measure.candidates.shown import Shown

PATIENCE = 0.8
"""Chance that a reader goes on to the next place."""


def browsing_exposure(k: int) -> FloatArray:
    """``0.8^(place - 1)`` for places 1 to k."""
    return PATIENCE ** np.arange(k, dtype=np.float64)


def individual_disparity(shown: Shown) -> float:
    """II-D: mean squared distance from an even deal over lists and people."""
    worth = np.where(shown.filled, browsing_exposure(shown.k), 0.0)
    even = worth.sum(axis=1) / shown.people
    return float(((worth**2).sum(axis=1) / shown.people - even**2).mean())


def amortised_disparity(shown: Shown) -> float:
    """AI-D: mean squared distance from an even deal over people, lists averaged first."""
    exposure = shown.sum_by_person(browsing_exposure(shown.k)) / shown.lists
    return float(((exposure - exposure.mean()) ** 2).mean())
