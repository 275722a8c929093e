"""Where an ad's wording stands among the ads of its own occupation group.

Formula: mid-rank percentile = 100 × (ads below + ½ × ads equal) ÷ ads of the group; the ad itself
    is one of the equal ones.
Range: above 0 and below 100; 50 is the middle, and every ad gets 50 where all are equal.
Undefined: NaN with fewer than 20 ads in the group ("too few ads") and for an ad without words.
Source: the mid-rank definition of a percentile; the comparison within occupations is our own.
What it is NOT: a mark of bad wording. Where most ads of a group have no finding of a kind, they
    share one percentile well above 0, and a single finding jumps over all of them; read the
    rate beside it. And a whole group can lean: then 50 is no neutral place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import MeasureError
from evenhand.language.text_profile import KINDS, TextProfile

FEWEST_ADS = 20
LEAN = "gender_lean"
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class OccupationPercentiles:
    """One kind of wording, ad by ad.

    Attributes:
        kind: One of ``KINDS``, or ``gender_lean``.
        rates: Per 100 words, shape (ads,); NaN for an ad without words.
        percentiles: Within the ad's group, shape (ads,); NaN where undefined.
        group_sizes: Ads with words in the ad's group, shape (ads,).
        reasons: Why a percentile is undefined; empty where it isn't.
    """

    kind: str
    rates: Floats
    percentiles: Floats
    group_sizes: NDArray[np.int64]
    reasons: tuple[str, ...]


def mid_rank_percentiles(values: Floats) -> Floats:
    """Mid-rank percentile of every value among all of them; shape (n,) in and out."""
    ranked = np.sort(values)
    below = np.searchsorted(ranked, values, side="left")
    through = np.searchsorted(ranked, values, side="right")
    return 100 * (below + through) / (2 * len(values))


def _reason(rate: float, size: int) -> str:
    if np.isnan(rate):
        return "the ad has no words"
    return f"too few ads: {size}, needs {FEWEST_ADS}" if size < FEWEST_ADS else ""


def _of_kind(
    kind: str, rates: Floats, members: Mapping[str, NDArray[np.int64]]
) -> OccupationPercentiles:
    percentiles = np.full(len(rates), np.nan)
    sizes = np.zeros(len(rates), dtype=np.int64)
    for indices in members.values():
        counted = indices[~np.isnan(rates[indices])]
        sizes[indices] = len(counted)
        if len(counted) >= FEWEST_ADS:
            percentiles[counted] = mid_rank_percentiles(rates[counted])
    reasons = tuple(_reason(r, int(n)) for r, n in zip(rates, sizes, strict=True))
    return OccupationPercentiles(kind, rates, percentiles, sizes, reasons)


def against_occupation(
    profiles: Sequence[TextProfile], groups: Sequence[str]
) -> dict[str, OccupationPercentiles]:
    """Compare each ad with the ads of its own occupation group, for every kind and the lean.

    Args:
        profiles: One an ad.
        groups: The occupation group of each ad.

    Returns:
        By kind, in the order of ``KINDS``, and last ``gender_lean``.

    Raises:
        MeasureError: If there aren't as many groups as profiles.
    """
    if len(profiles) != len(groups):
        raise MeasureError(
            f"{len(profiles)} profiles and {len(groups)} groups: give one group for each ad"
        )
    members = {
        group: np.array([i for i, one in enumerate(groups) if one == group], dtype=np.int64)
        for group in dict.fromkeys(groups)
    }
    rates = {k: np.array([p.per_100_words[k] for p in profiles], dtype=np.float64) for k in KINDS}
    rates[LEAN] = np.array([p.gender_lean for p in profiles], dtype=np.float64)
    return {kind: _of_kind(kind, values, members) for kind, values in rates.items()}
