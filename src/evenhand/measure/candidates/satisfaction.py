"""FSat: the share of people who are shown at least as often as an even deal would show them.

Formula: ``F = #{c_i >= f} / n`` with ``f = floor(T / n)``. Corrected: ``(F - F0) / (1 - F0)``, F0
being that of one list for all (``k / n`` for full lists).
Range: original ``k/n`` for one list for all, to 1; corrected 0 (one list for all) to 1 (everybody
has an even deal's share).
Trap: with fewer places than people f is 0 and F is 1 whatever the lists. With f of 2 or more, lists
can do worse than one list for all (many people just below f), and the corrected form is then below
0: read that as "below one list for all".
Undefined: corrected NaN with fewer places than people (the source's formula says 1 there, which
says nothing), or where there is one list only.
Source: Patro et al. 2020 (maximin share); corrected form Rampisela et al. 2023 (arXiv 2311.01013).

Not a measure of what people think of their places.
"""

from __future__ import annotations

import math

from evenhand.match.protocol import FloatArray
from evenhand.measure.candidates.shown import Shown, rescale


def satisfaction(shown: Shown) -> float:
    """Share of people shown in at least ``floor(T / n)`` lists."""
    return _share(shown.counts, shown.total // shown.people)


def satisfaction_corrected(shown: Shown) -> float:
    """The share between one list for all (0) and everybody (1); can be below 0."""
    fair = shown.total // shown.people
    if fair == 0:
        return math.nan
    return rescale(satisfaction(shown), zero=_share(shown.one_list_counts, fair), one=1.0)


def _share(counts: FloatArray, fair: int) -> float:
    return float((counts >= fair).mean())
