"""How alike the lists of the same ads are in two runs, as figures.

For counterfactual runs (the same ad with a cue of a group swapped) or for two engines. Figures are
means over ads with a bootstrap interval; there is no level at random, as two lists at random from
a large pool have next to nobody in common.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import FloatArray, IntArray, Rankings
from evenhand.measure.bootstrap import ResampleWeights
from evenhand.measure.figure import Figure
from evenhand.measure.list_similarity import jaccard, kendall_tau, rank_biased_overlap
from evenhand.measure.mean_interval import mean_interval, mean_where_any
from evenhand.measure.quality_definitions import SIMILARITY_DEFINITIONS
from evenhand.measure.selection import top_positions

__all__ = ["MEASURES", "SIMILARITY_DEFINITIONS", "similarity_figures"]

MEASURES: Mapping[str, Callable[[IntArray, IntArray], FloatArray]] = {
    "rbo": rank_biased_overlap,
    "jaccard": jaccard,
    "kendall": kendall_tau,
}
"""By key, in the order of reports; one value an ad."""

_EMPTY = "every list is empty in one of the runs"


def similarity_figures(
    first: Rankings, second: Rankings, k: int, *, weights: ResampleWeights | None = None
) -> list[Figure]:
    """RBO, Jaccard and Kendall's tau of two runs, averaged over ads.

    Args:
        first: Lists of one run.
        second: Lists of the other, of the same ads over the same people, in the same order.
        k: Places to compare.
        weights: Of the bootstrap over ads, for intervals; None for no intervals.

    Raises:
        MeasureError: If the runs are about other ads or people, or lists are too short.
    """
    if first.query_ids != second.query_ids or first.candidate_ids != second.candidate_ids:
        raise MeasureError(
            "the two runs are about other ads or other people, or in another order; rank the same "
            "ads over the same people"
        )
    lists = top_positions(first, k), top_positions(second, k)
    figures: list[Figure] = []
    for key, measure in MEASURES.items():
        values = measure(*lists)
        value = mean_where_any(values)
        figures.append(
            Figure(
                measure=key,
                value=value,
                interval=mean_interval(values, weights),
                n=int((~np.isnan(values)).sum()),
                variant=f"@{k}",
                reason=_EMPTY if np.isnan(value) else "",
            )
        )
    return figures
