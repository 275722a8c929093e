"""All exposure measures of one attribute as figures, with intervals and chance levels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evenhand.match.protocol import BoolArray, Rankings
from evenhand.measure.bootstrap import ResampleWeights
from evenhand.measure.figure import Figure
from evenhand.measure.quality import Relevance


def exposure_figures(
    rankings: Rankings,
    qualified: BoolArray,
    labels: NDArray[np.str_],
    k: int,
    *,
    attribute: str,
    groups_of_jobs: Sequence[str],
    weights: ResampleWeights,
    null_codes: NDArray[np.int16],
    seed: int,
    relevance: Relevance | None = None,
    by_scope: bool = False,
) -> list[Figure]:
    """Every exposure measure of one attribute.

    Args:
        rankings: The lists.
        qualified: Shape ``(jobs, people)``.
        labels: Shape ``(people,)``; ``""`` where unknown.
        k: Places that are seen at all.
        attribute: Name of the attribute, for the figures.
        groups_of_jobs: Occupation group of every ad; ``""`` for none.
        weights: Of the bootstrap: people and ads for ratios, ads for means over ads.
        null_codes: Shape ``(shuffles, people)``: ``permuted_codes`` of the same labels; the first
            200 are used.
        seed: Of the shuffles among people who are qualified for no ad.
        relevance: Shape ``(jobs, people)``: grades from 0 up; qualified or not by default.
        by_scope: Whether every occupation group gets figures too, or only ``overall``.

    Returns:
        Figures; where groups can't be compared, one a measure with the reason.

    Raises:
        MeasureError: If the shapes don't belong together, or the lists are too short.
    """
    raise NotImplementedError


def individual_exposure_figures(
    rankings: Rankings,
    qualified: BoolArray,
    k: int,
    *,
    groups_of_jobs: Sequence[str],
    weights: ResampleWeights,
    relevance: Relevance | None = None,
    by_scope: bool = False,
) -> list[Figure]:
    """Exposure measures that look at single people and at no group: once an audit.

    Args:
        rankings: The lists.
        qualified: Shape ``(jobs, people)``.
        k: Places that are seen at all.
        groups_of_jobs: Occupation group of every ad; ``""`` for none.
        weights: Of the bootstrap; only those of ads are used.
        relevance: Shape ``(jobs, people)``: grades from 0 up; qualified or not by default.
        by_scope: Whether every occupation group gets figures too, or only ``overall``.

    Raises:
        MeasureError: If the shapes don't belong together, or the lists are too short.
    """
    raise NotImplementedError
