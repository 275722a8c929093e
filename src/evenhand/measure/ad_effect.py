"""How far each single ad's list leans to one side, in standard deviations of a fair draw.

Formula: ``z_j = (a_j - E_j) / sd_j`` with ``E_j = m_j F_j / N_j`` and ``sd_j² = m_j (F_j / N_j)
(M_j / N_j) (N_j - m_j) / (N_j - 1)``: of the ``m_j`` qualified people of either side in the first
k places ``a_j`` are of the group, of the ``N_j = F_j + M_j`` in the pool ``F_j``.
Range: unbounded. 0 is what a fair draw gives on average, positive leans to the group.
Undefined: NaN for an ad without people of both sides, or whose list shows nobody or everybody.
Source: mean and variance of the hypergeometric distribution.

One ad says little (chance alone gives ±2); it is made for setting many ads against something else
that they have, such as their wording. R is the measure of parity.
"""

from __future__ import annotations

import numpy as np

from evenhand.match.protocol import FloatArray
from evenhand.measure.mantel_haenszel import Contrast, sides_of
from evenhand.measure.selection import Selection, divide


def ad_effects(selection: Selection, contrast: Contrast) -> FloatArray:
    """The lean of every ad's list, shape ``(jobs,)``.

    Args:
        selection: Counts by ad and group.
        contrast: The sides; positive values lean to its group.

    Raises:
        MeasureError: If the contrast names a group that isn't in the selection.
    """
    sides = sides_of(selection.groups, [contrast])
    shown, shown_reference = (
        (selection.selected @ side)[:, 0] for side in (sides.group, sides.reference)
    )
    pool, pool_reference = (
        (selection.pool @ side)[:, 0] for side in (sides.group, sides.reference)
    )
    places, people = shown + shown_reference, pool + pool_reference
    share = divide(pool, people)
    left = divide(people - places, np.maximum(people - 1.0, 1.0))
    variance = places * share * (1.0 - share) * left
    return divide(shown - places * share, np.sqrt(np.where(variance > 0, variance, 0.0)))
