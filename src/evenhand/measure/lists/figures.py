"""All list measures of one attribute as figures, with intervals and chance levels.

Puts the measures of this room and R together; the formulas stand in the files of the measures. R
and the top-k ratio have two-way intervals; means over ads have intervals over ads (``over_ads``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evenhand.match.protocol import BoolArray, Rankings
from evenhand.measure.bootstrap import ResampleWeights
from evenhand.measure.estimates import RatioTable
from evenhand.measure.figure import Figure
from evenhand.measure.lists.ad_figures import averaged_figures
from evenhand.measure.lists.case import Case, not_comparable, scopes_of
from evenhand.measure.lists.prefixes import count_prefixes
from evenhand.measure.lists.ratio_figures import estimated, pooled_figures, stratified_figures
from evenhand.measure.mantel_haenszel import contrasts_of

MEASURES = (
    "mantel_haenszel pooled_ratio composition_null top_k_ratio skew min_skew max_skew ndkl "
    "prefix_test rnd rkl rrd infeasible_index infeasible_count"
).split()


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
    ratios: RatioTable | None = None,
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
        ratios: R of these lists at this cut, where it was estimated already with these weights
            and codes; its ``min_group`` counts.

    Returns:
        Figures; where groups can't be compared, one a measure with the reason.

    Raises:
        MeasureError: If the shapes don't belong together, or the lists are too short.
    """
    prefixes = count_prefixes(rankings, qualified, labels, k)
    values = prefixes.groups.values
    if len(values) < 2:
        return not_comparable(MEASURES, attribute, values)
    case = Case(
        rankings=rankings,
        qualified=qualified,
        labels=labels,
        k=k,
        groups=prefixes.groups,
        contrasts=contrasts_of(values) if ratios is None else ratios.design.contrasts,
        scopes=scopes_of(groups_of_jobs, by_scope),
        weights=weights,
        null_codes=null_codes,
        attribute=attribute,
    )
    return [
        *stratified_figures(case, ratios or estimated(case, min_group)),
        *pooled_figures(case),
        *averaged_figures(case, prefixes, seed),
    ]
