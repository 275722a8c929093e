"""Disparate treatment of exposure: attention per relevance, group against reference.

Formula: in one ad ``DTR = (E_g / U_g) / (E_r / U_r)``; ``E_g`` is the mean over the group's people
of ``v(place) = 1/log2(1 + place)`` (0 for who isn't shown), ``U_g`` their mean relevance. Group
sizes cancel. Over ads: see ``attended``.
Range: 0 to infinity. 1: attention in proportion to relevance; 2: the group gets twice the
attention for the relevance that it brings.
Undefined: NaN with a reason where no ad has relevant people of both sides, or the reference gets
no attention.
Source: Singh and Joachims 2018 (arXiv 1802.07281).

Everybody is looked at, qualified or not. With relevance that is yes or no and lists of relevant
people only it is parity of exposure. Relevance is taken at its word: grades that are themselves
unfair make an unfair list look fair.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenhand.match.protocol import Rankings
from evenhand.measure.attention.attended import Attended, attend
from evenhand.measure.quality import Relevance, discounts

NO_UTILITY = "utility is 0: no ad has relevant people"


def treatment(
    rankings: Rankings, relevance: Relevance, labels: NDArray[np.str_], k: int
) -> Attended:
    """Attention set against relevance; ``.ratio(contrast)`` is DTR.

    Args:
        rankings: The lists.
        relevance: Shape ``(jobs, people)``, 0 or more.
        labels: Shape ``(people,)``; ``""`` where unknown.
        k: Places that are seen at all.

    Raises:
        MeasureError: If the shapes don't belong together, the lists are too short, or relevance is
            negative.
    """
    everybody = np.ones(relevance.shape, dtype=np.bool_)
    return attend(rankings, everybody, discounts(k), relevance, labels, NO_UTILITY)
