"""Disparate impact of exposure: what attention earns per relevance, group against reference.

Formula: in one ad ``DIR = (C_g / U_g) / (C_r / U_r)``; ``C_g`` is the mean over the group's people
of ``v(place) * relevance`` with ``v = 1/log2(1 + place)``, or of a click-through rate where one is
given, ``U_g`` their mean relevance. Group sizes cancel. Over ads: see ``attended``.
Range: 0 to infinity. 1: what is earned is in proportion to relevance.
Undefined: NaN with a reason where no ad has relevant people of both sides, or the reference earns
nothing.
Source: Singh and Joachims 2018 (arXiv 1802.07281).

Not treatment: attention spent on people without relevance counts there and not here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import MeasureError
from evenhand.match.protocol import FloatArray, Rankings
from evenhand.measure.attention.attended import Attended, attend
from evenhand.measure.attention.treatment import NO_UTILITY
from evenhand.measure.quality import Relevance, discounts
from evenhand.measure.selection import top_positions


def impact(
    rankings: Rankings,
    relevance: Relevance,
    labels: NDArray[np.str_],
    k: int,
    click_rates: FloatArray | None = None,
) -> Attended:
    """Earnings set against relevance; ``.ratio(contrast)`` is DIR.

    Args:
        rankings: The lists.
        relevance: Shape ``(jobs, people)``, 0 or more.
        labels: Shape ``(people,)``; ``""`` where unknown.
        k: Places that are seen at all.
        click_rates: Shape ``(jobs, k)``: observed click-through rate of each place's person; by
            default what the place is worth times relevance.

    Raises:
        MeasureError: If the shapes don't belong together, the lists are too short, or relevance is
            negative.
    """
    positions = top_positions(rankings, k)
    everybody = np.ones(relevance.shape, dtype=np.bool_)
    if click_rates is None:
        rows = np.arange(len(positions))[:, None]
        worth = discounts(positions.shape[1]) * relevance[rows, positions]
    elif click_rates.shape != positions.shape:
        raise MeasureError(
            f"there are lists of shape {positions.shape} and click rates of shape "
            f"{click_rates.shape}; give one rate a place"
        )
    else:
        worth = click_rates
    return attend(rankings, everybody, worth, relevance, labels, NO_UTILITY)
