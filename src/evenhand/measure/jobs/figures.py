"""How unevenly an engine serves the single ads, as figures."""

from __future__ import annotations

from collections.abc import Sequence

from evenhand.match.protocol import FloatArray
from evenhand.measure.bootstrap import ResampleWeights
from evenhand.measure.figure import Figure


def job_figures(
    values: FloatArray,
    *,
    groups_of_jobs: Sequence[str] | None = None,
    weights: ResampleWeights | None = None,
    similarity: FloatArray | None = None,
    utility: FloatArray | None = None,
    seed: int = 0,
    variant: str = "",
) -> list[Figure]:
    """The spread of one value an ad (nDCG, say) over ads.

    Args:
        values: Shape ``(jobs,)``; NaN where undefined, which leaves the ad out.
        groups_of_jobs: One name an ad, for the split within and between groups; None for no split.
        weights: Of the bootstrap over ads, for intervals; None for no intervals.
        similarity: Shape ``(jobs, jobs)`` in 0..1, for PUF; None takes all ads for alike.
        utility: Shape ``(jobs, jobs)``: of list j to ad i, for envy; None for no envy.
        seed: Of the pairs that PUF's interval draws.
        variant: What the values are (``ndcg@50``).
    """
    raise NotImplementedError
