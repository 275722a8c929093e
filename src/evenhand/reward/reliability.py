"""Reliability: would other people have paid the same edits the same?

The correlation, over gate-passing edits, of the change of a score gap on two disjoint halves of
the people, averaged over random splits. A reward without it teaches luck. Whether a group's edits
are *worth* something is not asked here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evenhand.match.protocol import FloatArray
from evenhand.measure.bootstrap import percentile_interval

LEAST_EDITS = 8
"""Fewest edits over which a correlation is reported."""
LEAST_ADS = 3
"""Fewest ads that edits must come from for an interval."""


@dataclass(frozen=True, slots=True)
class Reliability:
    """How far the reward of one group of ads can be trusted.

    Attributes:
        group: The group of ads.
        edits: Edits it was measured on (originals left out).
        ads: Ads they come from.
        half: Correlation between halves of the people, in [-1, 1]; None with too few edits.
        interval: 95 % interval of ``half``, resampling ads; None where ``half`` is.
        whole: Expected correlation between two pools of full size, ``2 r / (1 + r)``
            (Spearman 1910, Brown 1910); None where ``half`` is None or not above 0.
        times_people: How many times as many people would bring ``half`` to the floor,
            ``floor (1 - r) / (r (1 - floor))``; at most 1 where it is there; None where unknown.
        kept: Whether ``half`` is at least the floor.
        reason: One sentence.
    """

    group: str
    edits: int
    ads: int
    half: float | None
    interval: tuple[float, float] | None
    whole: float | None
    times_people: float | None
    kept: bool
    reason: str


def reliability_table(
    groups: Sequence[str],
    ads: Sequence[str],
    halves: Sequence[Sequence[float]],
    *,
    floor: float,
    resamples: int,
    seed: int,
) -> list[Reliability]:
    """Reliability of every group of ads.

    Args:
        groups: Group of the ad of each edit.
        ads: Ad of each edit.
        halves: ``Change.halves`` of each edit: a pair a split. Rows without entries (not judged)
            and rows of zeros (originals) are left out.
        floor: Least correlation for a group to be kept, ``config.min_reliability``.
        resamples: Resamples of ads behind each interval.
        seed: Decides the resamples.

    Returns:
        One entry a group, sorted by name.
    """
    usable = [at for at, row in enumerate(halves) if any(value != 0.0 for value in row)]
    table: list[Reliability] = []
    for name in sorted({groups[at] for at in range(len(groups)) if groups[at]}):
        rows = [at for at in usable if groups[at] == name]
        values = np.array([halves[at] for at in rows], dtype=np.float64)
        table.append(_reliability(name, [ads[at] for at in rows], values, floor, resamples, seed))
    return table


def _reliability(
    group: str, ads: list[str], values: FloatArray, floor: float, resamples: int, seed: int
) -> Reliability:
    names, members = np.unique(np.array(ads, dtype=np.str_), return_inverse=True)
    once = np.ones((1, len(ads)))
    found = float(split_half(values, once)[0]) if len(ads) >= LEAST_EDITS else float("nan")
    if len(names) < LEAST_ADS or np.isnan(found):
        reason = (
            f"{group}: {len(ads)} edits of {len(names)} ads are too few to say whether its reward "
            f"is reliable; at least {LEAST_EDITS} edits of {LEAST_ADS} ads are needed."
        )
        return Reliability(group, len(ads), len(names), None, None, None, None, False, reason)
    rng = np.random.default_rng([seed, 3])
    drawn = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=resamples)
    low, high = percentile_interval(split_half(values, drawn[:, members].astype(np.float64)))
    return _described(group, len(ads), len(names), found, (float(low), float(high)), floor)


def _described(
    group: str, edits: int, ads: int, found: float, interval: tuple[float, float], floor: float
) -> Reliability:
    whole = spearman_brown(found, 2.0) if found > 0.0 else None
    times = times_needed(found, floor)
    measured = f"{group}: reliability {found:.2f} [{interval[0]:.2f}, {interval[1]:.2f}]"
    if found >= floor:
        reason = f"{measured} over {edits} edits, at or above the floor of {floor:.2f}."
    else:
        need = "no number of people is known" if times is None else f"about {times:.1f} times"
        reason = (
            f"{measured} over {edits} edits, under the floor of {floor:.2f}; it is left out: "
            + (f"{need} that would do." if times is None else f"it needs {need} as many people.")
        )
    return Reliability(group, edits, ads, found, interval, whole, times, found >= floor, reason)


def split_half(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Weighted Pearson correlation of the two halves, averaged over splits.

    Args:
        values: ``(edits, 2 * splits)``, the halves of a split side by side.
        weights: ``(resamples, edits)``, >= 0.

    Returns:
        Shape ``(resamples,)``; NaN where a half doesn't vary.
    """
    scale = np.abs(values).max(initial=0.0)
    scaled = values / scale if scale > 0.0 else values
    first, second = scaled[:, 0::2], scaled[:, 1::2]
    shares = weights / weights.sum(axis=1, keepdims=True)
    means = (shares @ first, shares @ second)
    covariance = shares @ (first * second) - means[0] * means[1]
    variances = [
        np.maximum(shares @ np.square(half) - np.square(mean), 0.0)
        for half, mean in zip((first, second), means, strict=True)
    ]
    product = np.sqrt(variances[0] * variances[1])
    varies = np.minimum(*variances) > 1e-14
    correlations = np.where(varies, covariance / np.where(varies, product, 1.0), np.nan)
    return np.clip(correlations, -1.0, 1.0).mean(axis=1)


def spearman_brown(reliability: float, times: float) -> float:
    """Reliability with ``times`` as many people: ``k r / (1 + (k - 1) r)``."""
    return times * reliability / (1.0 + (times - 1.0) * reliability)


def times_needed(reliability: float, floor: float) -> float | None:
    """How many times as many people bring a reliability to ``floor``; None where none would."""
    if reliability <= 0.0 or floor >= 1.0:
        return None
    if reliability >= 1.0:
        return 0.0
    return max(0.0, floor * (1.0 - reliability) / (reliability * (1.0 - floor)))
