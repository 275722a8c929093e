"""The top-k impact ratio over (person, ad) pairs, with intervals that know who comes back.

Formula: ``RR = (x_g / n_g) / (x_r / n_r)``: of the ``n_g`` pairs of a qualified person of the group
and an ad, ``x_g`` have the person in the ad's top k; likewise the reference. In the *distinct*
version a unit is a person who is qualified for any ad, and "selected" is shown by any.
Intervals: ``exp(ln RR ± t s)`` with ``f = 1[g](y - p_g)/x_g - 1[r](y - p_r)/x_r``, what a pair adds
to ln RR, and s² = ``Σ f²`` (*pairs*: the i.i.d. interval of Katz), ``Σ_people (Σ_ads f)²``
(*people*), ``Σ_ads (Σ_people f)²`` (*ads*), or people + ads - pairs (*both*; never below people).
With m clusters the last three carry ``m/(m - 1)`` and t has m - 1 degrees of freedom; *both* has
those of the fewer clusters.
Range: 0 to infinity, 1 is parity.
Undefined: NaN where either side has no pair, or nobody of the reference is shown; no interval where
either side has nobody shown.
Source: Katz et al. 1978; Cameron, Gelbach and Miller 2011 (two-way clusters).

The same people come back in many lists, so the i.i.d. interval is far too short (in the tests'
simulation it covers half of what it says). Not R: it mixes ads of different size and composition.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import require
from evenhand.match.protocol import BoolArray, FloatArray, IntArray, Rankings
from evenhand.measure.bootstrap import LEVEL
from evenhand.measure.figure import NO_INTERVAL
from evenhand.measure.labels import encode_labels
from evenhand.measure.mantel_haenszel import Contrast, sides_of
from evenhand.measure.selection import check_labels, qualified_hits, top_positions

Clusters = Literal["pairs", "people", "ads", "both"]
CLUSTERS: tuple[Clusters, ...] = ("pairs", "people", "ads", "both")


@dataclass(frozen=True)
class TopKRatio:
    """A plain ratio of selection rates.

    Attributes:
        value: The ratio; NaN where undefined.
        intervals: Two-sided 95 % intervals by what they take for independent.
        errors: Standard errors of the log ratio, likewise.
        selected: Units selected of the group and of the reference.
        units: Units of the group and of the reference.
        reason: Why the value is 0 or undefined; empty otherwise.
    """

    value: float
    intervals: dict[Clusters, tuple[float, float]]
    errors: dict[Clusters, float]
    selected: tuple[int, int]
    units: tuple[int, int]
    reason: str = ""


@dataclass(frozen=True)
class _Tallies:
    """Pairs of the two sides, summed over ads (by person) and over people (by ad).

    Attributes:
        sides: Shape ``(people, 2)``: whether somebody is of the group, of the reference.
        shown: Shape ``(people,)``: ads that show the person.
        pairs: Shape ``(people,)``: ads that the person is qualified for.
        shown_by_ad: Shape ``(jobs, 2)``.
        pairs_by_ad: Shape ``(jobs, 2)``.
    """

    sides: FloatArray
    shown: FloatArray
    pairs: FloatArray
    shown_by_ad: FloatArray
    pairs_by_ad: FloatArray


def top_k_ratio(
    rankings: Rankings, qualified: BoolArray, labels: NDArray[np.str_], k: int, contrast: Contrast
) -> TopKRatio:
    """The top-k ratio of (person, ad) pairs.

    Args:
        rankings: The lists.
        qualified: Shape ``(jobs, people)``.
        labels: Shape ``(people,)``; ``""`` where unknown.
        k: Places that count as shown.
        contrast: The sides.

    Raises:
        MeasureError: If the shapes don't belong together, the lists are too short, or the contrast
            names a group that isn't there.
    """
    tallies = _tally(rankings, qualified, labels, k, contrast)
    return _ratio(tallies, contrast, CLUSTERS)


def distinct_top_k_ratio(
    rankings: Rankings, qualified: BoolArray, labels: NDArray[np.str_], k: int, contrast: Contrast
) -> TopKRatio:
    """The top-k ratio of people ever shown, of those qualified for any ad; see ``top_k_ratio``."""
    pairs = _tally(rankings, qualified, labels, k, contrast)
    shown, people = (pairs.shown > 0).astype(np.float64), (pairs.pairs > 0).astype(np.float64)
    shown_once, people_once = (shown @ pairs.sides)[None], (people @ pairs.sides)[None]
    once = _Tallies(pairs.sides, shown, people, shown_once, people_once)
    return _ratio(once, contrast, ("people",))


def _tally(
    rankings: Rankings, qualified: BoolArray, labels: NDArray[np.str_], k: int, contrast: Contrast
) -> _Tallies:
    check_labels(labels, len(rankings.candidate_ids))
    groups = encode_labels(labels)
    columns = sides_of(groups.columns, [contrast])
    sides = groups.indicators() @ np.concatenate([columns.group, columns.reference], axis=1)
    hits = qualified_hits(rankings, qualified, k)
    positions: IntArray = top_positions(rankings, k)
    shown = np.bincount(positions[hits], minlength=len(labels)).astype(np.float64)
    by_ad = (sides[np.where(hits, positions, 0)] * hits[:, :, None]).sum(axis=1)
    pairs = qualified.sum(axis=0).astype(np.float64)
    return _Tallies(sides, shown, pairs, by_ad, qualified.astype(np.float64) @ sides)


def _ratio(tallies: _Tallies, contrast: Contrast, clusters: tuple[Clusters, ...]) -> TopKRatio:
    selected, units = tallies.shown @ tallies.sides, tallies.pairs @ tallies.sides
    counts = (int(selected[0]), int(selected[1])), (int(units[0]), int(units[1]))
    reason = _reason(selected, units, contrast)
    if not units.all() or not selected[1]:
        return TopKRatio(math.nan, {}, {}, *counts, reason)
    rates = selected / units
    value = float(rates[0] / rates[1])
    if not selected[0]:
        return TopKRatio(value, {}, {}, *counts, reason)
    variances = _variances(tallies, selected, rates)
    errors: dict[Clusters, float] = {name: math.sqrt(variances[name][0]) for name in clusters}
    intervals: dict[Clusters, tuple[float, float]] = {
        name: _interval(value, *variances[name]) for name in clusters
    }
    return TopKRatio(value, intervals, errors, *counts)


def _variances(
    tallies: _Tallies, selected: FloatArray, rates: FloatArray
) -> dict[Clusters, tuple[float, int]]:
    """Variance of the log ratio and clusters that it rests on (0: no t), by assumption."""
    signed = tallies.sides * np.array([1.0, -1.0]) / selected
    people = (signed * (tallies.shown[:, None] - tallies.pairs[:, None] * rates)).sum(axis=1)
    ads = ((tallies.shown_by_ad - tallies.pairs_by_ad * rates) / selected) @ np.array([1.0, -1.0])
    pairs = float(((1.0 - rates) / selected).sum())
    among = int(((tallies.pairs > 0) & tallies.sides.any(axis=1)).sum())
    by_people, by_ads = _clustered(people, among), _clustered(ads, len(ads))
    both = max(by_people + by_ads - pairs, by_people)
    return {
        "pairs": (pairs, 0),
        "people": (by_people, among),
        "ads": (by_ads, len(ads)),
        "both": (both, min(among, len(ads))),
    }


def _clustered(sums: FloatArray, clusters: int) -> float:
    """Sum of squares of cluster sums with its small-sample factor; NaN for a single cluster."""
    if clusters < 2:
        return math.nan
    return float((sums**2).sum()) * clusters / (clusters - 1)


def _interval(value: float, variance: float, clusters: int) -> tuple[float, float]:
    if math.isnan(variance):
        return NO_INTERVAL
    stats = require("scipy.stats", "the ratio of shares among the first k")
    upper = (1.0 + LEVEL) / 2.0
    quantile = float(stats.t.ppf(upper, clusters - 1) if clusters else stats.norm.ppf(upper))
    reach = math.exp(min(700.0, quantile * math.sqrt(variance)))
    return value / reach, value * reach


def _reason(selected: FloatArray, units: FloatArray, contrast: Contrast) -> str:
    if not units.all():
        return f"nobody of one side of {contrast} is qualified for any ad"
    if not selected[1]:
        return f"nobody of the reference of {contrast} was shown"
    return "" if selected[0] else f"nobody of {contrast.group} was shown"
