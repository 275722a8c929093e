"""MME: how much better people would fare, at most, with somebody else's places.

Formula: ``MME = mean_i max_j (Σ_u rel_ui / place_uj - Σ_u rel_ui / place_ui) / m``: what person i,
relevant to the ads that i is relevant to, would gain from the places of the person j who has the
best ones there; 0 where nobody's are better.
Range: 0 (nobody envies anybody) to below 1; the ceiling depends on the table and the lists.
Trap: it averages over the whole pool, so people who are relevant to nothing (and envy nobody) pull
it to 0; equals can't share a place, so one list alone is never free of envy.
There is no corrected form.
Undefined: never, for lists that show anybody.
Source: Saito and Joachims 2022 (mean max envy), exposure ``1/place``.

People who are relevant to the same ads want the same places, so the search for the best is done
once for each such pattern and not for each pair of people.
"""

from __future__ import annotations

import numpy as np

from evenhand.match.protocol import BoolArray, FloatArray, IntArray
from evenhand.measure.candidates.relevant import Relevant
from evenhand.measure.candidates.shown import Shown

_CELLS = 4_000_000
"""Cells of one block of patterns × people."""


def mean_max_envy(shown: Shown, relevant: Relevant) -> float:
    """Mean over people of the largest gain from another's places."""
    places = 1.0 / np.arange(1, shown.k + 1)
    own = shown.sum_by_person(relevant.hits(shown) * places)
    patterns, which = relevant.patterns
    best = _best_places(shown, patterns, places)
    return float(np.maximum(best[which] - own, 0.0).mean() / shown.lists)


def envy_cost(shown: Shown, relevant: Relevant) -> int:
    """About how many additions ``mean_max_envy`` takes."""
    patterns, _ = relevant.patterns
    return int(patterns.sum()) * shown.k + len(patterns) * min(shown.people, shown.total)


def _best_places(shown: Shown, patterns: BoolArray, places: FloatArray) -> FloatArray:
    """The most that one person's places come to in the ads of each pattern, ``(patterns,)``."""
    seen, compact = np.unique(shown.positions, return_inverse=True)
    compact = compact.reshape(shown.positions.shape)
    worth = np.where(shown.filled, places, 0.0)
    step = max(1, _CELLS // max(len(seen), 1))
    blocks = [
        _best_of_block(compact, worth, len(seen), patterns[start : start + step])
        for start in range(0, len(patterns), step)
    ]
    return np.concatenate(blocks)


def _best_of_block(
    positions: IntArray, worth: FloatArray, people: int, patterns: BoolArray
) -> FloatArray:
    which, ads = np.nonzero(patterns)
    cells = (which[:, None] * people + positions[ads]).ravel()
    sums = np.bincount(cells, worth[ads].ravel(), minlength=len(patterns) * people)
    return np.asarray(sums.reshape(len(patterns), people).max(axis=1), dtype=np.float64)
