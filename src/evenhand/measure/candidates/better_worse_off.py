"""IBO and IWO: the shares of people who get clearly more, or less, than lists at random give them.

Formula: impact ``Imp_i = mean_u rel_ui / place_ui`` (0 where not shown), at random
``U_i = mean_u rel_ui H_k / n`` with ``H_k = 1 + 1/2 + … + 1/k``.
``IBO = share of people with Imp_i >= 1.1 U_i``; ``IWO = share with Imp_i <= 0.9 U_i``. Corrected:
the same among people who are relevant to some ad.
Range: 0 to 1 each, together at most 1.
Trap: the original divides by U_i and so has no value as soon as one person is relevant to no ad,
which in a real pool is the rule. People who are relevant and shown by nobody are worse off.
Undefined: original NaN with anybody relevant to nobody; corrected NaN where nobody is relevant.
Source: Saito and Joachims 2022; corrected form Rampisela et al. 2024 (relevance-aware item
fairness).
"""

from __future__ import annotations

import math

import numpy as np

from evenhand.match.protocol import BoolArray, FloatArray
from evenhand.measure.candidates.relevant import Relevant
from evenhand.measure.candidates.shown import Shown

MORE, LESS = 1.1, 0.9
_ROUNDING = 1e-12


def better_worse_off(shown: Shown, relevant: Relevant) -> tuple[float, float]:
    """IBO and IWO, original; NaN where anybody is relevant to no ad."""
    return _shares(shown, relevant) if bool((relevant.ads > 0).all()) else (math.nan, math.nan)


def better_worse_off_corrected(shown: Shown, relevant: Relevant) -> tuple[float, float]:
    """IBO and IWO among people who are relevant to some ad."""
    return _shares(shown, relevant) if bool(relevant.ads.any()) else (math.nan, math.nan)


def _shares(shown: Shown, relevant: Relevant) -> tuple[float, float]:
    places = 1.0 / np.arange(1, shown.k + 1)
    who: BoolArray = relevant.ads > 0
    impact = shown.sum_by_person(relevant.hits(shown) * places)[who]
    even = _at_random(shown, relevant)[who]
    better = impact >= MORE * even - _ROUNDING
    worse = impact <= LESS * even + _ROUNDING
    return float(better.mean()), float(worse.mean())


def _at_random(shown: Shown, relevant: Relevant) -> FloatArray:
    """Impact that lists at random give each person, summed over ads, shape ``(people,)``."""
    harmonic = np.concatenate([[0.0], np.cumsum(1.0 / np.arange(1, shown.k + 1))])
    found = np.zeros(shown.people)
    for length in np.unique(shown.lengths):
        members = shown.lengths == length
        ads = relevant.ads if members.all() else relevant.table[members].sum(axis=0)
        found += harmonic[length] * ads
    return found / shown.people
