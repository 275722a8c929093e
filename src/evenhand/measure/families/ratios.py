"""R, the plain pooled ratio (Simpson's trap) and the top-k ratio of a list, as figures.

The pooled ratio is set against its level with parity inside every ad (the composition null); the
top-k ratio has intervals by what is taken for independent. With ``f = 1[g](y - p_g)/x_g - 1[r](y -
p_r)/x_r``, what a pair adds to ln RR, s² is ``Σ f²`` (*pairs*: the i.i.d. interval of Katz),
``Σ_people (Σ_ads f)²``, ``Σ_ads (Σ_people f)²``, or people + ads - pairs (*both*, never below
people); with m clusters the last three carry ``m/(m - 1)`` and t has m - 1 degrees of freedom
(*both* has those of the fewer). Source: Katz et al. 1978; Cameron, Gelbach and Miller 2011.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from evenhand.errors import require
from evenhand.match.protocol import FloatArray
from evenhand.measure.counts import (
    Lists,
    Numbers,
    Selection,
    divide,
)
from evenhand.measure.figure import NO_INTERVAL, Figure
from evenhand.measure.ratio import Contrast, mantel_haenszel, side_in_words, sides_of
from evenhand.measure.resample import LEVEL, percentile_interval, permutation_p
from evenhand.measure.study import Case

_FAR = math.log(1.25)
"""A log ratio beyond this (four fifths) is far from parity."""
_ASIDE = math.log(1.02)
"""A log ratio beyond this is on a side of parity."""


@dataclass(frozen=True)
class PooledRatio:
    """The pooled ratio beside R and beside its level under parity inside every ad."""

    contrast: Contrast  # The sides
    value: float  # P
    stratified: float  # R
    composition: float  # P with parity inside every ad
    # 95 % interval of P under labels shuffled within pools; NaN where none were
    chance: tuple[float, float]
    p_value: float  # Of P against the composition null, two-sided, on logs; NaN likewise
    # Shares of the group's and of the reference's pairs that are with ads which show less than
    # the average share of their pool
    selective: tuple[float, float]
    pairs: int  # Pairs of a qualified person of either side and an ad
    reason: str = ""  # Why the value is undefined; empty otherwise

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
    """The pooled ratio of one contrast with its composition null."""
    sides = sides_of(selection.groups, [contrast])
    both = np.concatenate([sides.group, sides.reference], axis=1)
    shown, pool = selection.selected @ both, selection.pool @ both
    rate = np.nan_to_num(divide(shown.sum(axis=1), pool.sum(axis=1)))
    value = float(_pooled(shown, pool))
    composition = float(_pooled(pool * rate[:, None], pool))
    shuffled = _pooled(null @ both, pool) if null is not None else np.zeros(0)
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


def _pooled(shown: Numbers, pool: Numbers) -> FloatArray:
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


def _selective(shown: Numbers, pool: Numbers, rate: FloatArray) -> tuple[float, float]:
    """Each side's share of pairs with ads that show less than the average share."""
    average = float(shown.sum()) / max(1.0, float(pool.sum()))
    shares = divide(pool[rate < average].sum(axis=0), pool.sum(axis=0))
    return float(shares[0]), float(shares[1])


def _reason(pool: Numbers, contrast: Contrast) -> str:
    """Why a ratio of the two sides ``(..., 2)`` is undefined."""
    if not pool.reshape(-1, 2).sum(axis=0).all():
        return f"nobody of one side of {contrast} is qualified for any ad"
    return f"nobody of the reference of {contrast} was shown"


Clusters = Literal["pairs", "people", "ads", "both"]
CLUSTERS: tuple[Clusters, ...] = ("pairs", "people", "ads", "both")


@dataclass(frozen=True)
class TopKRatio:
    """A plain ratio of selection rates."""

    value: float  # The ratio; NaN where undefined
    # Two-sided 95 % intervals by what they take for independent
    intervals: dict[Clusters, tuple[float, float]]
    errors: dict[Clusters, float]  # Standard errors of the log ratio, likewise
    selected: tuple[int, int]  # Units selected of the group and of the reference
    units: tuple[int, int]  # Units of the group and of the reference
    reason: str = ""  # Why the value is 0 or undefined; empty otherwise


@dataclass(frozen=True)
class _Tallies:
    """Pairs of the two sides, summed over ads (by person) and over people (by ad)."""

    sides: FloatArray  # Shape ``(people, 2)``: whether somebody is of the group, of the reference
    shown: FloatArray  # Shape ``(people,)``: ads that show the person
    pairs: FloatArray  # Shape ``(people,)``: ads that the person is qualified for
    shown_by_ad: FloatArray  # Shape ``(jobs, 2)``
    pairs_by_ad: FloatArray  # Shape ``(jobs, 2)``


def top_k_ratio(lists: Lists, contrast: Contrast) -> TopKRatio:
    """The top-k ratio of (person, ad) pairs."""
    return _top_k(_tally(lists, contrast), contrast, CLUSTERS)


def distinct_top_k_ratio(lists: Lists, contrast: Contrast) -> TopKRatio:
    """The top-k ratio of people ever shown, of those qualified for any ad."""
    pairs = _tally(lists, contrast)
    shown, people = (pairs.shown > 0).astype(np.float64), (pairs.pairs > 0).astype(np.float64)
    shown_once, people_once = (shown @ pairs.sides)[None], (people @ pairs.sides)[None]
    once = _Tallies(pairs.sides, shown, people, shown_once, people_once)
    return _top_k(once, contrast, ("people",))


def _tally(lists: Lists, contrast: Contrast) -> _Tallies:
    columns = sides_of(lists.groups.columns, [contrast])
    both = np.concatenate([columns.group, columns.reference], axis=1)
    sides, qualified = lists.groups.indicators() @ both, lists.brought.astype(np.float64)
    shown = np.bincount(lists.positions[lists.hits], minlength=len(sides)).astype(np.float64)
    by_ad = (sides[lists.positions] * lists.worth[:, :, None]).sum(axis=1)
    return _Tallies(sides, shown, qualified.sum(axis=0), by_ad, qualified @ sides)


def _top_k(tallies: _Tallies, contrast: Contrast, clusters: tuple[Clusters, ...]) -> TopKRatio:
    selected, units = tallies.shown @ tallies.sides, tallies.pairs @ tallies.sides
    counts = (int(selected[0]), int(selected[1])), (int(units[0]), int(units[1]))
    if not units.all() or not selected[1]:
        return TopKRatio(math.nan, {}, {}, *counts, _reason(units, contrast))
    rates = selected / units
    value = float(rates[0] / rates[1])
    if not selected[0]:
        return TopKRatio(value, {}, {}, *counts, f"nobody of {contrast.group} was shown")
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
    special = require("scipy.special", "the ratio of shares among the first k")
    upper = (1.0 + LEVEL) / 2.0
    quantile = float(special.stdtrit(clusters - 1, upper) if clusters else special.ndtri(upper))
    reach = math.exp(min(700.0, quantile * math.sqrt(variance)))
    return value / reach, value * reach


_CLUSTER_WORDS = {
    "pairs": "interval as if all pairs were independent (too short)",
    "people": "interval clustered by person",
    "ads": "interval clustered by ad",
    "both": "interval clustered by person and ad",
}


def stratified_figures(case: Case) -> list[Figure]:
    """R of every contrast and scope of the case, as figures."""
    table, figures = case.table, list[Figure]()
    for index, scope, cell, name in case.cells():
        found, null = table.estimate(index, scope), table.null[:, index, scope]
        defined = null[np.isfinite(null)]
        figures.append(
            replace(
                case.figure("mantel_haenszel"),
                value=found.value,
                cell=cell,
                scope=name,
                interval=found.interval,
                chance=found.null_interval,
                chance_mean=float(np.exp(defined.mean())) if len(defined) else math.nan,
                p_value=found.p_value,
                n=int(case.design.scopes.membership[:, scope].sum()),
                reason=found.reason,
            )
        )
    return figures


def pooled_figures(case: Case) -> list[Figure]:
    """The plain pooled ratio: against its composition null, and with its four intervals."""
    design, lists = case.design, case.lists
    figures: list[Figure] = []
    for name, rows in case.scopes.items():
        kept = lists.of(rows)
        selection = kept.selection()
        for contrast in design.contrasts:
            pooled = pooled_ratio(selection, contrast, case.shuffled[:, rows])
            pairs, once = top_k_ratio(kept, contrast), distinct_top_k_ratio(kept, contrast)
            figures += _figures_of_contrast(case, name, pooled, pairs, once)
    return figures


def _figures_of_contrast(
    case: Case, scope: str, pooled: PooledRatio, pairs: TopKRatio, once: TopKRatio
) -> list[Figure]:
    """The figures of one contrast in one scope."""
    cell = {"cell": str(pooled.contrast), "scope": scope, "unit": "pairs", "n": pooled.pairs}
    shared = replace(case.figure("pooled_ratio"), value=pooled.value, **cell)
    plain = replace(
        shared,
        interval=pairs.intervals.get("both", NO_INTERVAL),
        chance=pooled.chance,
        chance_mean=pooled.composition,
        p_value=pooled.p_value,
        reason=pooled.reason or pooled.sentence,
    )
    composition = replace(
        shared,
        measure="composition_null",
        value=pooled.composition,
        chance=pooled.chance,
        reason=pooled.reason if np.isnan(pooled.composition) else "",
    )
    ratios = [
        replace(
            shared,
            measure="top_k_ratio",
            interval=pairs.intervals.get(name, NO_INTERVAL),
            variant=f"{shared.variant}, {_CLUSTER_WORDS[name]}",
            reason=pairs.reason,
        )
        for name in reversed(CLUSTERS)
    ]
    distinct = replace(
        shared,
        measure="top_k_ratio",
        value=once.value,
        interval=once.intervals.get("people", NO_INTERVAL),
        variant=f"{shared.variant}, people ever shown",
        n=sum(once.units),
        unit="people",
        reason=once.reason,
    )
    return [plain, composition, *ratios, distinct]
