"""Ranking quality of one engine's lists, as figures with their level at random.

At random means an order of all people in the pool drawn without looking (``random_quality``): its
mean is exact, its 95 % interval is of seeded draws. It is a yardstick and no null: an engine is
meant to be far from it. Figures are means over the ads that somebody is relevant for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import FloatArray, Rankings
from evenhand.measure.average_precision import average_precision
from evenhand.measure.bootstrap import ResampleWeights, percentile_interval
from evenhand.measure.figure import NO_INTERVAL, Figure
from evenhand.measure.mean_interval import mean_interval, mean_where_any
from evenhand.measure.quality import Relevance, ndcg, precision, recall, reciprocal_rank
from evenhand.measure.quality_definitions import QUALITY_DEFINITIONS
from evenhand.measure.random_quality import expected_quality, random_quality

__all__ = ["MEASURES", "QUALITY_DEFINITIONS", "quality_figures"]

_NOBODY = "nobody is relevant to any ad"

MEASURES: Mapping[str, Callable[[Rankings, Relevance, int], FloatArray]] = {
    "mrr": reciprocal_rank,
    "ndcg": ndcg,
    "map": average_precision,
    "precision": precision,
    "recall": recall,
}
"""By key, in the order of reports; one value an ad."""


def quality_figures(
    rankings: Rankings,
    relevance: Relevance,
    cuts: Sequence[int],
    *,
    weights: ResampleWeights | None = None,
    seed: int = 0,
    draws: int = 200,
) -> list[Figure]:
    """MRR, nDCG, MAP, precision and recall at every cut.

    Args:
        rankings: The lists.
        relevance: Shape ``(jobs, people)``: qualified or not, or grades from 0 up.
        cuts: Places to look at.
        weights: Of the bootstrap over ads, for intervals; None for no intervals.
        seed: Of the random orders.
        draws: How many random orders give the interval at random; 0 for none.

    Raises:
        MeasureError: If the shapes don't belong together, the lists are too short, a grade is
            negative, or ``draws`` is.
    """
    if draws < 0:
        raise MeasureError(f"{draws} draws can't give a level at random; use 0 or more")
    chance = random_quality(rankings, relevance, cuts, draws=draws, seed=seed)
    figures: list[Figure] = []
    for cut in cuts:
        expected = expected_quality(rankings, relevance, cut)
        for key, measure in MEASURES.items():
            values = measure(rankings, relevance, cut)
            level = mean_where_any(expected[key])
            figures.append(_figure(key, cut, values, weights, level, chance[key, cut]))
    return figures


def _figure(
    key: str,
    cut: int,
    values: FloatArray,
    weights: ResampleWeights | None,
    level: float,
    chance: FloatArray,
) -> Figure:
    value = mean_where_any(values)
    bounds = NO_INTERVAL
    if len(chance):
        low, high = percentile_interval(chance)
        bounds = (float(low), float(high))
    return Figure(
        measure=key,
        value=value,
        interval=mean_interval(values, weights),
        chance=bounds,
        chance_mean=level,
        n=int((~np.isnan(values)).sum()),
        unit="ads",
        variant=f"@{cut}",
        reason=_NOBODY if np.isnan(value) else "",
    )
