"""Average precision of every ad: how early in the list the relevant people come.

Formula: ``AP@k = (1/R) Σ_{i=1..k} rel_i precision@i`` with R all people relevant to the ad (the
convention of trec_eval and ir-measures); ``attainable=True`` divides by ``min(R, k)`` instead. The
mean over ads is MAP.
Range: 0 (nobody relevant shown) to 1; with R above k, 1 is out of reach unless ``attainable``.
Undefined: NaN for an ad that nobody is relevant for.
Source: Buckley and Voorhees 2000; ir-measures is the oracle of the tests.

Relevance is yes or no here: grades above 0 count alike.
"""

from __future__ import annotations

import numpy as np

from evenhand.match.protocol import FloatArray, Rankings
from evenhand.measure.quality import Relevance
from evenhand.measure.selection import divide, qualified_hits


def average_precision(
    rankings: Rankings, relevance: Relevance, k: int, *, attainable: bool = False
) -> FloatArray:
    """AP@k of every ad, shape ``(jobs,)``.

    Args:
        rankings: The lists; places decide, so equal scores make no difference.
        relevance: Shape ``(jobs, people)``.
        k: Places to look at.
        attainable: Divide by the relevant people that k places have room for.

    Raises:
        MeasureError: If the shapes don't belong together, or the lists are too short.
    """
    hits = qualified_hits(rankings, relevance > 0, k)
    places = np.arange(1, hits.shape[1] + 1, dtype=np.float64)
    precisions: FloatArray = np.cumsum(hits, axis=1) / places
    relevant = (relevance > 0).sum(axis=1)
    return divide(
        (precisions * hits).sum(axis=1), np.minimum(relevant, k) if attainable else relevant
    )
