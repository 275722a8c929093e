"""Ranking quality of one engine's lists, as figures with their level at random."""

from __future__ import annotations

from collections.abc import Sequence

from evenhand.match.protocol import Rankings
from evenhand.measure.bootstrap import ResampleWeights
from evenhand.measure.figure import Figure
from evenhand.measure.quality import Relevance


def quality_figures(
    rankings: Rankings,
    relevance: Relevance,
    cuts: Sequence[int],
    *,
    weights: ResampleWeights | None = None,
    seed: int = 0,
) -> list[Figure]:
    """MRR, nDCG, MAP, precision and recall at every cut.

    Args:
        rankings: The lists.
        relevance: Shape ``(jobs, people)``: qualified or not, or grades from 0 up.
        cuts: Places to look at.
        weights: Of the bootstrap over ads, for intervals; None for no intervals.
        seed: Of the random orders, where no exact formula gives the level at random.
    """
    raise NotImplementedError
