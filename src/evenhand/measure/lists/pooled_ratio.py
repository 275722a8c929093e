"""The plain pooled ratio, and what the mix of ads alone would make of it (Simpson's trap).

Formula: ``P = (Σ_j a_j / Σ_j F_j) / (Σ_j b_j / Σ_j M_j)``, sums over all ads; ad j has ``F_j``
qualified people of the group and ``M_j`` of the reference and shows ``a_j`` and ``b_j`` of them.
Composition null: the same ratio with parity inside every ad, ``a_j`` replaced by
``F_j (a_j + b_j) / (F_j + M_j)`` and ``b_j`` likewise; its interval is that of P under labels
shuffled within qualified pools. P should be read against this level and not against 1.
Range: 0 to infinity. It is 1 under parity only where both sides stand before the same ads.
Undefined: NaN where a side has no qualified people, or nobody of the reference is shown.
Source: Simpson 1951; Bickel, Hammel and O'Connell 1975 (the admissions case).

Not R (``mantel_haenszel``), which compares inside the ads and needs no such correction.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenhand.match.protocol import FloatArray
from evenhand.measure.bootstrap import percentile_interval
from evenhand.measure.figure import NO_INTERVAL
from evenhand.measure.mantel_haenszel import Contrast, mantel_haenszel, side_in_words, sides_of
from evenhand.measure.permutation import permutation_p
from evenhand.measure.selection import Selection, divide

_FAR = math.log(1.25)
"""A log ratio beyond this (four fifths) is far from parity."""
_ASIDE = math.log(1.02)
"""A log ratio beyond this is on a side of parity."""


@dataclass(frozen=True)
class PooledRatio:
    """The pooled ratio beside R and beside its level under parity inside every ad.

    Attributes:
        contrast: The sides.
        value: P.
        stratified: R.
        composition: P with parity inside every ad.
        chance: 95 % interval of P under labels shuffled within pools; NaN where none were.
        p_value: Of P against the composition null, two-sided, on logs; NaN likewise.
        selective: Shares of the group's and of the reference's pairs that are with ads which
            show less than the average share of their pool.
        pairs: Pairs of a qualified person of either side and an ad.
        reason: Why the value is undefined; empty otherwise.
    """

    contrast: Contrast
    value: float
    stratified: float
    composition: float
    chance: tuple[float, float]
    p_value: float
    selective: tuple[float, float]
    pairs: int
    reason: str = ""

    @property
    def disagrees(self) -> bool:
        """Whether P tells another story than R: far from 1 where R isn't, or on the other side."""
        if not (self.value > 0 and self.stratified > 0):
            return False
        pooled, inside = math.log(self.value), math.log(self.stratified)
        opposite = pooled * inside < 0 and min(abs(pooled), abs(inside)) > _ASIDE
        return opposite or (abs(pooled) > _FAR) != (abs(inside) > _FAR)

    @property
    def sentence(self) -> str:
        """Why P and R disagree, with the numbers at hand; empty where they don't."""
        if not self.disagrees:
            return ""
        group, rest = self.contrast.group, side_in_words(self.contrast.reference)
        return (
            f"Over all ads together {group} is shown {self.value:.2f} times as often as {rest}, "
            f"inside the ads {self.stratified:.2f} times: ads that show less than the average "
            f"share of their qualified people hold {self.selective[0]:.0%} of the places in pools "
            f"of {group} and {self.selective[1]:.0%} of those of {rest}, so that parity inside "
            f"every ad would already give {self.composition:.2f} over all of them."
        )


def pooled_ratio(
    selection: Selection, contrast: Contrast, null: FloatArray | None = None
) -> PooledRatio:
    """The pooled ratio of one contrast with its composition null.

    Args:
        selection: Counts by ad and group.
        contrast: The sides.
        null: Selected under shuffled labels, shape ``(shuffles, jobs, groups)``; none by default.

    Raises:
        MeasureError: If the contrast names a group that isn't there.
    """
    sides = sides_of(selection.groups, [contrast])
    both = np.concatenate([sides.group, sides.reference], axis=1)
    shown, pool = selection.selected @ both, selection.pool @ both
    rate = np.nan_to_num(divide(shown.sum(axis=1), pool.sum(axis=1)))
    value = float(_ratio(shown, pool))
    composition = float(_ratio(pool * rate[:, None], pool))
    shuffled = _ratio(null @ both, pool) if null is not None else np.zeros(0)
    chance, p_value = _against(value, composition, shuffled)
    return PooledRatio(
        contrast,
        value,
        mantel_haenszel(selection, contrast).value,
        composition,
        chance,
        p_value,
        _selective(shown, pool, rate),
        int(pool.sum()),
        "" if math.isfinite(value) else _reason(pool, contrast),
    )


def _ratio(shown: NDArray[np.number], pool: NDArray[np.number]) -> FloatArray:
    """The pooled ratio of amounts ``(..., jobs, 2)``."""
    rates = divide(shown.sum(axis=-2), pool.sum(axis=-2))
    return divide(rates[..., 0], rates[..., 1])


def _against(
    value: float, composition: float, shuffled: FloatArray
) -> tuple[tuple[float, float], float]:
    """Interval of the shuffled ratios, and the p-value of the observed one."""
    defined = shuffled[~np.isnan(shuffled)]
    if not len(defined) or not math.isfinite(value) or not composition > 0:
        return NO_INTERVAL, math.nan
    low, high = percentile_interval(defined)
    with np.errstate(divide="ignore"):
        logs, observed = np.log(defined), np.log(np.array(value))
    centre = math.log(composition)
    return (float(low), float(high)), float(permutation_p(observed - centre, logs - centre))


def _selective(
    shown: NDArray[np.number], pool: NDArray[np.number], rate: FloatArray
) -> tuple[float, float]:
    """Each side's share of pairs with ads that show less than the average share."""
    average = float(shown.sum()) / max(1.0, float(pool.sum()))
    shares = divide(pool[rate < average].sum(axis=0), pool.sum(axis=0))
    return float(shares[0]), float(shares[1])


def _reason(pool: NDArray[np.number], contrast: Contrast) -> str:
    if not pool.sum(axis=0).all():
        return f"nobody of one side of {contrast} is qualified for any ad"
    return f"nobody of the reference of {contrast} was shown"
