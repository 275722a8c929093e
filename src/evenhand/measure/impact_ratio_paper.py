"""The AutoRefine papers' per-ad impact ratio, beside what a fair draw would get.

Formula, for one ad: ``SR_g = people of g in the top 10 / people of g in the retrieved 50`` (0 if
none of g was retrieved), ``IR_g = SR_g / max_h SR_h``; reported is the mean over ads. People of
unknown value are left out. Qualification plays no part: the "pool" is what the engine retrieved.
Range: 0 to 1; 1 for the group with the highest rate. It can't exceed 1, so noise only lowers it.
Chance level: E[IR_g] when the top places are a random draw from the retrieved people of known
value, exact (multivariate hypergeometric) for each ad's composition: .837 for 10 of 25 + 25.
Undefined: NaN for an ad whose top 10 holds nobody of known value.
Source: released code of arXiv 2501.07324 (impact_ratio_calc).

Never optimised and no measure of parity: read it only against its chance level.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, FloatArray, Rankings
from evenhand.measure.labels import encode_labels
from evenhand.measure.selection import check_labels, divide, top_positions


@dataclass(frozen=True)
class PaperRatios:
    """The papers' ratio of every ad and its chance level.

    Attributes:
        groups: The known values, sorted.
        ratios: Shape ``(jobs, groups)``; NaN where undefined.
        chance: Shape ``(jobs, groups)``; NaN for the same ads.
    """

    groups: tuple[str, ...]
    ratios: FloatArray
    chance: FloatArray

    def means(self, jobs: BoolArray | None = None) -> tuple[FloatArray, FloatArray]:
        """Ratio and chance level averaged over the ads where they are defined.

        Args:
            jobs: Mask of the ads to average over; all of them by default.

        Returns:
            Two arrays of shape ``(groups,)``; NaN where no ad is left.
        """
        defined = ~np.isnan(self.ratios[:, 0])
        rows = defined if jobs is None else defined & jobs
        ads = np.array([rows.sum()])
        return (
            divide(self.ratios[rows].sum(axis=0), ads),
            divide(self.chance[rows].sum(axis=0), ads),
        )


def paper_ratios(
    rankings: Rankings, labels: NDArray[np.str_], *, retrieved: int = 50, selected: int = 10
) -> PaperRatios:
    """The papers' impact ratio of every ad.

    Args:
        rankings: The lists, at least ``retrieved`` places.
        labels: Shape ``(people,)``; ``""`` where unknown.
        retrieved: Places that make up the "pool".
        selected: Places that count as selected.

    Raises:
        MeasureError: If nobody's value is known, the shapes don't belong together, or the lists
            are too short.
    """
    check_labels(labels, len(rankings.candidate_ids))
    if not 0 < selected <= retrieved:
        raise MeasureError(f"{selected} can't be selected from {retrieved} retrieved places")
    groups = encode_labels(labels)
    if not groups.values:
        raise MeasureError("nobody's value is known, so there are no groups to compare")
    positions = top_positions(rankings, retrieved)
    members = groups.indicators()[:, :-1][positions] * (positions >= 0)[:, :, None]
    drawn, pool = members[:, :selected].sum(axis=1), members.sum(axis=1)
    rates = np.divide(drawn, pool, out=np.zeros_like(drawn), where=pool > 0)
    chance = [
        chance_level(tuple(int(n) for n in composition), int(places))
        for composition, places in zip(pool, drawn.sum(axis=1), strict=True)
    ]
    return PaperRatios(
        groups.values, divide(rates, rates.max(axis=1, keepdims=True)), np.array(chance)
    )


@lru_cache(maxsize=65536)
def chance_level(composition: tuple[int, ...], selected: int) -> tuple[float, ...]:
    """Exact expectation of every group's ratio under a random draw.

    Args:
        composition: People of each group among the retrieved, some 1,000 in all at most.
        selected: How many are drawn from them.

    Returns:
        One expectation a group; 0 for a group without people, NaN where nobody is drawn.
    """
    if selected == 0:
        return tuple(math.nan for _ in composition)
    return tuple(_expected_ratio(composition, group, selected) for group in range(len(composition)))


def _expected_ratio(composition: tuple[int, ...], group: int, selected: int) -> float:
    """E[SR_g / max_h SR_h] for one group."""
    size = composition[group]
    others = [n for index, n in enumerate(composition) if index != group and n > 0]
    rates = sorted({drawn / n for n in others for drawn in range(min(n, selected) + 1)} | {0.0})
    at_most = [_ways(others, rate, selected) for rate in rates]
    exactly = [at_most[0], *(b - a for a, b in pairwise(at_most))]
    total = 0.0
    for drawn in range(1, min(size, selected) + 1):
        own = drawn / size
        share = sum(
            ways[selected - drawn] * own / max(own, rate)
            for rate, ways in zip(rates, exactly, strict=True)
        )
        total += math.comb(size, drawn) * share
    return float(total / math.comb(sum(composition), selected))


def _ways(groups: list[int], rate: float, selected: int) -> NDArray[np.float64]:
    """Ways to draw 0..selected people so that no group's rate exceeds ``rate``.

    Rates are correctly rounded quotients of small integers: equal fractions are equal floats, so
    the comparison is exact.
    """
    ways = np.zeros(selected + 1)
    ways[0] = 1.0
    for size in groups:
        allowed = np.zeros(selected + 1)
        for drawn in range(min(size, selected) + 1):
            if drawn / size <= rate:
                allowed[drawn] = math.comb(size, drawn)
        ways = np.convolve(ways, allowed)[: selected + 1]
    return ways
