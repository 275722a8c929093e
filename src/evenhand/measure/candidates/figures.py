"""All measures of single candidates of one engine's lists, as figures."""

from __future__ import annotations

from evenhand.match.protocol import BoolArray, Rankings
from evenhand.measure.bootstrap import ResampleWeights
from evenhand.measure.figure import Figure


def candidate_figures(
    rankings: Rankings,
    qualified: BoolArray,
    k: int,
    *,
    weights: ResampleWeights | None = None,
    seed: int = 0,
    draws: int = 200,
) -> list[Figure]:
    """The figures of every measure, original and corrected, with their level at random.

    Args:
        rankings: The lists.
        qualified: Shape ``(jobs, people)``: who is relevant to which ad.
        k: Places that are seen.
        weights: Of the bootstrap over ads, for intervals; None for no intervals.
        seed: Of the random lists.
        draws: How many sets of random lists give the chance level.
    """
    raise NotImplementedError
