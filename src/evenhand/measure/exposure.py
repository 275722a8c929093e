"""Exposure: how much attention the places of a list give to the qualified people of each group.

Formula: person i at place r of an ad's list has ``v_i = 1 / log2(1 + r)``, nobody outside the top
k has any; ``E_g = Σ_{i in g} v_i / pool_g`` over all qualified people of the group. The exposure
ratio is R (``mantel_haenszel``) with these amounts for counts; for one ad it is ``E_g / E_h``.
Range: E from 0 to 1, the ratio from 0 to infinity; 1 is parity, 0 means that nobody of the group
was shown.
Undefined: NaN where a group has nobody in the pool, or nobody of the reference was shown.
Source: Singh and Joachims 2018 (demographic parity of exposure), stratified by ad.

It takes a logarithmic reader for granted; R does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenhand.match.protocol import BoolArray, FloatArray, IntArray, Rankings
from evenhand.measure.labels import encode_labels
from evenhand.measure.mantel_haenszel import Contrast, Ratio, stratified_ratio
from evenhand.measure.quality import discounts
from evenhand.measure.selection import count_selection, divide, qualified_hits, top_positions


@dataclass(frozen=True)
class Exposure:
    """Exposure of qualified people, by ad and group.

    Attributes:
        groups: The known values, sorted, and last ``""``: the unknown.
        exposure: Shape ``(jobs, groups)``: summed over people.
        pool: Shape ``(jobs, groups)``: qualified people.
    """

    groups: tuple[str, ...]
    exposure: FloatArray
    pool: IntArray

    @property
    def means(self) -> FloatArray:
        """Exposure per qualified person, shape ``(jobs, groups)``."""
        return divide(self.exposure, self.pool)


def count_exposure(
    rankings: Rankings, qualified: BoolArray, labels: NDArray[np.str_], k: int
) -> Exposure:
    """Sum the exposure of every group in the top k of every ad.

    Args:
        rankings: The lists.
        qualified: Shape ``(jobs, people)``.
        labels: Shape ``(people,)``; ``""`` where unknown.
        k: Places that are seen at all.

    Raises:
        MeasureError: If the shapes don't belong together, or the lists are too short.
    """
    selection = count_selection(rankings, qualified, labels, k)
    positions = top_positions(rankings, k)
    seen = qualified_hits(rankings, qualified, k) * discounts(positions.shape[1])
    members = encode_labels(labels).indicators()[positions]
    return Exposure(selection.groups, np.einsum("jk,jkg->jg", seen, members), selection.pool)


def exposure_ratio(exposure: Exposure, contrast: Contrast, jobs: BoolArray | None = None) -> Ratio:
    """The exposure ratio of one contrast, stratified by ad.

    Args:
        exposure: Sums by ad and group.
        contrast: The sides.
        jobs: Mask of the ads to sum over; all of them by default.

    Raises:
        MeasureError: If the contrast names a group that isn't there.
    """
    return stratified_ratio(exposure.exposure, exposure.pool, exposure.groups, contrast, jobs)
