"""All list measures of one attribute as figures, with intervals and chance levels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evenhand.match.protocol import BoolArray, Rankings
from evenhand.measure.bootstrap import ResampleWeights
from evenhand.measure.figure import Figure


def list_figures(
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
    min_group: int = 20,
    by_scope: bool = False,
) -> list[Figure]:
    """Every list measure of one attribute.

    Args:
        rankings: The lists.
        qualified: Shape ``(jobs, people)``.
        labels: Shape ``(people,)``; ``""`` where unknown.
        k: Places that count as shown.
        attribute: Name of the attribute, for the figures.
        groups_of_jobs: Occupation group of every ad; ``""`` for none.
        weights: Of the bootstrap (``draw_weights``): people and ads for R, ads for means over ads.
        null_codes: Shape ``(shuffles, people)``: ``permuted_codes`` of the same labels; the first
            200 are used for what must be recomputed, all of them for R.
        seed: Of the Monte-Carlo prefix test.
        min_group: Fewest qualified people on either side for R to be judged.
        by_scope: Whether every occupation group gets figures too, or only ``overall``.

    Returns:
        Figures; where groups can't be compared, one a measure with the reason.

    Raises:
        MeasureError: If the shapes don't belong together, or the lists are too short.
    """
    raise NotImplementedError
