"""Fairness between single people: how evenly the lists show everybody, whatever their group.

Formulas use m lists of length k over n people, T places in all, c_i the lists that show person i.
Corrected forms are set between two extremes: *one list for all* and the most *even* counts. Cards:
``data/measures/people.toml``.

At random, every list draws its people from the whole pool: a yardstick, and no null. An engine that
shows the qualified, without any bias, is far from it nearly always, so there is no p-value. There
are bootstrap intervals for the two means over ads (II-F and IAA) only: the others look at all lists
at once, and an ad drawn twice makes them more uneven by itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, FloatArray, IntArray, Rankings
from evenhand.measure.counts import discounts, distinct_rows, top_positions
from evenhand.measure.figure import NO_INTERVAL, Figure
from evenhand.measure.resample import (
    ResampleWeights,
    interval_of,
    mean_interval,
    mean_where_defined,
    random_positions,
)


@dataclass(frozen=True)
class Shown:
    """Lists over people who are all eligible."""

    positions: IntArray  # Shape ``(lists, k)``: who stands where; -1 for nobody
    people: int  # How many could be shown (n)

    @property
    def lists(self) -> int:
        """Number of lists (m)."""
        return len(self.positions)

    @property
    def k(self) -> int:
        """Places of a list."""
        return self.positions.shape[1]

    @cached_property
    def filled(self) -> BoolArray:
        """Places that hold somebody, shape ``(lists, k)``."""
        return self.positions >= 0

    @cached_property
    def lengths(self) -> IntArray:
        """People that each list shows, shape ``(lists,)``."""
        return self.filled.sum(axis=1)

    @property
    def total(self) -> int:
        """Places that hold somebody, over all lists (T)."""
        return int(self.lengths.sum())

    @cached_property
    def counts(self) -> FloatArray:
        """Lists that show each person (c), shape ``(people,)``."""
        return self.sum_by_person(np.ones(self.k))

    def sum_by_person(self, worth: FloatArray) -> FloatArray:
        """What each person gets over all lists, shape ``(people,)``."""
        amounts = np.broadcast_to(worth, self.positions.shape)[self.filled]
        sums = np.bincount(self.positions[self.filled], amounts, minlength=self.people)
        return np.asarray(sums, dtype=np.float64)

    @cached_property
    def attention(self) -> FloatArray:
        """``Σ 1/log2(1 + place)`` of each person, shape ``(people,)``."""
        return self.sum_by_person(discounts(self.k))

    @cached_property
    def even_counts(self) -> FloatArray:
        """Counts of lists that are as even as can be: f or f + 1 each."""
        share, rest = divmod(self.total, self.people)
        return share + (np.arange(self.people) < rest).astype(np.float64)

    @cached_property
    def one_list_counts(self) -> FloatArray:
        """Counts when every ad shows the same people in the same order."""
        places = np.arange(min(self.k, self.people), dtype=np.int64)
        counts = np.zeros(self.people)
        counts[: len(places)] = (self.lengths[:, None] > places).sum(axis=0)
        return counts


def show(rankings: Rankings, k: int, eligible: BoolArray | None = None) -> Shown:
    """The first k places of every list."""
    positions = top_positions(rankings, k)
    people = len(rankings.candidate_ids)
    if eligible is not None:
        if eligible.shape != (people,):
            raise MeasureError(
                f"there are {people} people and a mask of shape {eligible.shape}; give one value "
                "a person"
            )
        renumbered = np.where(eligible, np.cumsum(eligible) - 1, -1)
        positions = np.where(positions >= 0, renumbered[positions], -1)
        people = int(eligible.sum())
    if not (positions >= 0).any():
        raise MeasureError("the lists show nobody who could be shown; check the eligible people")
    return Shown(positions, people)


def rescale(value: float, *, zero: float, one: float) -> float:
    """Where a value stands between two extremes; NaN where these are the same."""
    if not abs(one - zero) > 1e-12:
        return math.nan
    scaled = (value - zero) / (one - zero)
    return float(round(scaled)) if abs(scaled - round(scaled)) < 1e-12 else scaled


MORE, LESS = 1.1, 0.9
_ROUNDING = 1e-12
_CELLS = 4_000_000
"""Cells of one block of patterns × people."""
PATIENCE = 0.8
"""Chance that a reader goes on to the next place."""


def browsing_exposure(k: int) -> FloatArray:
    """``0.8^(place - 1)`` for places 1 to k."""
    return PATIENCE ** np.arange(k, dtype=np.float64)


@dataclass(frozen=True)
class Relevant:
    """A table of relevance."""

    table: BoolArray  # Shape ``(lists, people)``

    @cached_property
    def sizes(self) -> IntArray:
        """People relevant to each ad (R), shape ``(lists,)``."""
        return self.table.sum(axis=1)

    @cached_property
    def ads(self) -> IntArray:
        """Ads that each person is relevant to, shape ``(people,)``."""
        return self.table.sum(axis=0)

    @cached_property
    def target(self) -> FloatArray:
        """Exposure that each relevant person of an ad deserves, shape ``(lists,)``."""
        sizes = self.sizes.astype(np.float64)
        places = (1.0 - PATIENCE**sizes) / (1.0 - PATIENCE)
        return np.divide(places, sizes, out=np.zeros_like(places), where=sizes > 0)

    @cached_property
    def deserved(self) -> FloatArray:
        """Exposure that each person deserves on average over lists, shape ``(people,)``."""
        return np.asarray(self.target @ self.table / len(self.table), dtype=np.float64)

    @cached_property
    def patterns(self) -> tuple[BoolArray, IntArray]:
        """The distinct columns, shape ``(patterns, lists)``, and which of them each person has."""
        columns = np.ascontiguousarray(self.table.T)
        first, which = distinct_rows(columns)
        return columns[first], which

    def hits(self, shown: Shown) -> BoolArray:
        """Which places hold somebody relevant, shape ``(lists, k)``."""
        if self.table.shape != (shown.lists, shown.people):
            raise MeasureError(
                f"the relevance table has shape {self.table.shape} and the lists are of "
                f"{shown.lists} ads over {shown.people} people; both must be about the same"
            )
        return shown.filled & self.table[np.arange(shown.lists)[:, None], shown.positions]

    def first(self, shown: Shown) -> BoolArray:
        """Hits of the list that puts everybody relevant on top, shape ``(lists, k)``."""
        return shown.filled & (np.cumsum(shown.filled, axis=1) <= self.sizes[:, None])

    def last(self, shown: Shown) -> BoolArray:
        """Hits of the list that shows somebody relevant only when nobody else is left."""
        others = shown.people - self.sizes
        return shown.filled & (np.cumsum(shown.filled, axis=1) > others[:, None])


Form = Callable[[Shown, Relevant], float]
Distance = Callable[[Shown, Relevant, BoolArray], FloatArray]
"""Of every list from what its people deserve, given which places hold somebody relevant."""


@dataclass(frozen=True)
class Measure:
    """One measure: the original, and the corrected form where there is one."""

    original: Form
    corrected: Form | None = None
    reason: str = ""  # What to say where the original has no value
    by_list: Distance | None = None  # For a mean over lists, which a bootstrap of ads can resample


def between_extremes(index: Callable[[FloatArray], float], *, zero_is_even: bool = False) -> Form:
    """An index of counts between one list for all (0) and the most even counts (1), or reversed."""

    def corrected(shown: Shown, _: Relevant | None = None) -> float:
        one_list, even = index(shown.one_list_counts), index(shown.even_counts)
        ends = {"zero": even, "one": one_list} if zero_is_even else {"zero": one_list, "one": even}
        return rescale(index(shown.counts), **ends)

    return corrected


def of_counts(index: Callable[[FloatArray], float], *, zero_is_even: bool = False) -> Measure:
    """An index of counts and its corrected form."""
    corrected = between_extremes(index, zero_is_even=zero_is_even)
    return Measure(lambda shown, _=None: index(shown.counts), corrected)


def mean_of_lists(distance: Distance, best: Distance | None = None, reason: str = "") -> Measure:
    """The mean over lists of a distance; corrected, each list is set between two others.

    These have everybody relevant on top (0) and last (1); ``best`` is the distance there.
    """
    corrected_distance = best or distance

    def original(shown: Shown, relevant: Relevant) -> float:
        return float(distance(shown, relevant, relevant.hits(shown)).mean())

    def corrected(shown: Shown, relevant: Relevant) -> float:
        orders = relevant.hits(shown), relevant.first(shown), relevant.last(shown)
        found, least, most = (corrected_distance(shown, relevant, hits) for hits in orders)
        width, empty = most - least, np.full(found.shape, np.nan)
        return mean_where_defined(np.divide(found - least, width, out=empty, where=width > 1e-12))

    return Measure(original, corrected, reason, distance)


def jain_index(counts: FloatArray) -> float:
    """``T² / (n Σ c²)``."""
    return float(counts.sum() ** 2 / (len(counts) * (counts**2).sum()))


def share_shown(counts: FloatArray) -> float:
    """Share of people shown at least once."""
    return float(np.count_nonzero(counts) / len(counts))


def entropy_of_shown(counts: FloatArray) -> float:
    """Entropy of the shown to the base n; NaN for a pool of one."""
    if len(counts) < 2:
        return math.nan
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log(share)).sum() / math.log(len(counts)))


def entropy(shown: Shown, _: Relevant | None = None) -> float:
    """Entropy as the source has it; NaN where anybody is unshown."""
    return entropy_of_shown(shown.counts) if bool((shown.counts > 0).all()) else math.nan


def gini_coefficient(values: FloatArray) -> float:
    """Gini of any values that aren't negative; NaN where they sum to 0."""
    total = float(values.sum())
    if not total > 0:
        return math.nan
    n = len(values)
    places = 2.0 * np.arange(1, n + 1) - n - 1.0
    return max(0.0, float(places @ np.sort(values) / (n * total)))


def gini_weighted(shown: Shown, _: Relevant | None = None) -> float:
    """Gini of the attention."""
    return gini_coefficient(shown.attention)


def gini_weighted_corrected(shown: Shown, _: Relevant | None = None) -> float:
    """Gini of the attention between its least value, or 0, and one list for all (1).

    With more places than people no formula gives the least value (it is a partition problem).
    """
    most = gini_coefficient(one_list_attention(shown))
    spread = spread_attention(shown)
    least = 0.0 if spread is None else gini_coefficient(spread)
    return rescale(gini_weighted(shown), zero=least, one=most)


def one_list_attention(shown: Shown) -> FloatArray:
    """Attention when every ad shows the same people in the same order, shape ``(people,)``."""
    worth = np.where(shown.filled, discounts(shown.k), 0.0)
    best_first = -np.sort(-worth, axis=1)[:, : shown.people]
    found = np.zeros(shown.people)
    found[: best_first.shape[1]] = best_first.sum(axis=0)
    return found


def spread_attention(shown: Shown) -> FloatArray | None:
    """Attention when nobody is shown twice, shape ``(people,)``; None for too few people."""
    if shown.total > shown.people:
        return None
    found = np.zeros(shown.people)
    found[: shown.total] = np.broadcast_to(discounts(shown.k), shown.filled.shape)[shown.filled]
    return found


def satisfaction(shown: Shown, _: Relevant | None = None) -> float:
    """Share of people shown in at least ``floor(T / n)`` lists."""
    return float((shown.counts >= shown.total // shown.people).mean())


def satisfaction_corrected(shown: Shown, _: Relevant | None = None) -> float:
    """The share between one list for all (0) and everybody (1); can be below 0."""
    fair = shown.total // shown.people
    if fair == 0:
        return math.nan
    zero = float((shown.one_list_counts >= fair).mean())
    return rescale(satisfaction(shown), zero=zero, one=1.0)


def vocd(shown: Shown, _: Relevant | None = None) -> float:
    """Mean relative difference of the counts of shown people.

    By sorting: with counts ascending a pair i < j gives ``1 - c_i / c_j``.
    """
    counts = np.sort(shown.counts[shown.counts > 0])
    number = len(counts)
    if number < 2:
        return math.nan
    before = np.cumsum(counts) - counts
    differences = np.arange(number) - before / counts
    return max(0.0, float(differences.sum() / (number * (number - 1) / 2)))


def individual_disparity(shown: Shown, _: Relevant | None = None) -> float:
    """II-D: mean squared distance from an even deal over lists and people."""
    worth = np.where(shown.filled, browsing_exposure(shown.k), 0.0)
    even = worth.sum(axis=1) / shown.people
    return float(((worth**2).sum(axis=1) / shown.people - even**2).mean())


def amortised_disparity(shown: Shown, _: Relevant | None = None) -> float:
    """AI-D: mean squared distance from an even deal over people, lists averaged first."""
    exposure = shown.sum_by_person(browsing_exposure(shown.k)) / shown.lists
    return float(((exposure - exposure.mean()) ** 2).mean())


def unfairness_by_list(shown: Shown, relevant: Relevant, hits: BoolArray) -> FloatArray:
    """``mean_i (E - E*)²`` of lists with given hits, without a table of people.

    ``Σ (E - E*)² = Σ E² - 2 E* Σ_hits E + R E*²``.
    """
    worth = np.where(shown.filled, browsing_exposure(shown.k), 0.0)
    target = relevant.target
    met = (worth * hits).sum(axis=1)
    squares = (worth**2).sum(axis=1) - 2.0 * target * met + relevant.sizes * target**2
    return squares / shown.people


def amortised_unfairness(shown: Shown, relevant: Relevant) -> float:
    """AI-F: mean squared distance from the deserved over people, lists averaged first."""
    exposure = shown.sum_by_person(browsing_exposure(shown.k)) / shown.lists
    return float(((exposure - relevant.deserved) ** 2).mean())


def inattention_by_list(shown: Shown, relevant: Relevant, hits: BoolArray) -> FloatArray:
    """IAA of every list as the source has it; NaN for lists of one place."""
    if shown.k < 2:
        return np.full(shown.lists, np.nan)
    return _inattention(shown, relevant, hits, np.arange(shown.k - 1, -1, -1) / (shown.k - 1.0))


def inattention_corrected(shown: Shown, relevant: Relevant, hits: BoolArray) -> FloatArray:
    """IAA of every list with attention ``(k + 1 - place) / k``."""
    return _inattention(shown, relevant, hits, np.arange(shown.k, 0, -1) / float(shown.k))


def _inattention(
    shown: Shown, relevant: Relevant, hits: BoolArray, attention: FloatArray
) -> FloatArray:
    """``mean_i |a - rel|`` of lists with given hits: the shown, then the relevant not shown."""
    seen = np.where(shown.filled, np.abs(attention - hits), 0.0).sum(axis=1)
    return (seen + relevant.sizes - hits.sum(axis=1)) / shown.people


def better_worse_off(
    shown: Shown, relevant: Relevant, *, corrected: bool = False
) -> tuple[float, float]:
    """IBO and IWO; NaN where anybody is relevant to no ad (corrected: they are left out)."""
    who: BoolArray = relevant.ads > 0
    if not (who.any() if corrected else who.all()):
        return math.nan, math.nan
    places = 1.0 / np.arange(1, shown.k + 1)
    impact = shown.sum_by_person(relevant.hits(shown) * places)[who]
    even = _even_impact(shown, relevant)[who]
    better = impact >= MORE * even - _ROUNDING
    worse = impact <= LESS * even + _ROUNDING
    return float(better.mean()), float(worse.mean())


def _even_impact(shown: Shown, relevant: Relevant) -> FloatArray:
    """Impact that lists at random give each person, summed over ads, shape ``(people,)``."""
    harmonic = np.concatenate([[0.0], np.cumsum(1.0 / np.arange(1, shown.k + 1))])
    found = np.zeros(shown.people)
    for length in np.unique(shown.lengths):
        members = shown.lengths == length
        ads = relevant.ads if members.all() else relevant.table[members].sum(axis=0)
        found += harmonic[length] * ads
    return found / shown.people


def _off(which: int) -> Measure:
    """IBO (0) or IWO (1)."""
    return Measure(
        lambda shown, relevant: better_worse_off(shown, relevant)[which],
        lambda shown, relevant: better_worse_off(shown, relevant, corrected=True)[which],
        "somebody is relevant to no ad, and the original has no value then; read the corrected",
    )


def mean_max_envy(shown: Shown, relevant: Relevant) -> float:
    """Mean over people of the largest gain from another's places."""
    places = 1.0 / np.arange(1, shown.k + 1)
    own = shown.sum_by_person(relevant.hits(shown) * places)
    patterns, which = relevant.patterns
    best = _best_places(shown, patterns, places)
    return float(np.maximum(best[which] - own, 0.0).mean() / shown.lists)


def envy_cost(shown: Shown, relevant: Relevant) -> int:
    """About how many additions ``mean_max_envy`` takes."""
    patterns, _ = relevant.patterns
    return int(patterns.sum()) * shown.k + len(patterns) * min(shown.people, shown.total)


def _best_places(shown: Shown, patterns: BoolArray, places: FloatArray) -> FloatArray:
    """The most that one person's places come to in the ads of each pattern, ``(patterns,)``."""
    seen, compact = np.unique(shown.positions, return_inverse=True)
    compact = compact.reshape(shown.positions.shape)
    worth = np.where(shown.filled, places, 0.0)
    step = max(1, _CELLS // max(len(seen), 1))
    blocks = [
        _best_of_block(compact, worth, len(seen), patterns[start : start + step])
        for start in range(0, len(patterns), step)
    ]
    return np.concatenate(blocks)


def _best_of_block(
    positions: IntArray, worth: FloatArray, people: int, patterns: BoolArray
) -> FloatArray:
    which, ads = np.nonzero(patterns)
    cells = (which[:, None] * people + positions[ads]).ravel()
    sums = np.bincount(cells, worth[ads].ravel(), minlength=len(patterns) * people)
    return np.asarray(sums.reshape(len(patterns), people).max(axis=1), dtype=np.float64)


_ADDITIONS = 2_000_000_000
"""What the level at random of MME may cost."""
_FEWEST_DRAWS = 20
_SALT = 11
_UNSHOWN = "somebody is shown by no list, and the original has no value then; read the corrected"
_ONE_PLACE = "the original has no value for lists of one place; read the corrected"
_SAME = "every list could come out in one way only, so there is nothing to set the value between"
_FEW_PLACES = "there are fewer places than people, so an even share is 0 and everybody has it"
_PAIR = "fewer than two people are shown"
_CONSTANT = "full lists of these lengths all have this value; read AI-D"

MEASURES: Mapping[str, Measure] = {
    "jain": of_counts(jain_index),
    "qualified_fairness": of_counts(share_shown),
    "entropy": Measure(entropy, between_extremes(entropy_of_shown), _UNSHOWN),
    "gini": of_counts(gini_coefficient, zero_is_even=True),
    "gini_weighted": Measure(gini_weighted, gini_weighted_corrected),
    "satisfaction": Measure(satisfaction, satisfaction_corrected),
    "vocd": Measure(vocd, None, _PAIR),
    "ii_d": Measure(individual_disparity),
    "ai_d": Measure(amortised_disparity),
    "ii_f": mean_of_lists(unfairness_by_list),
    "ai_f": Measure(amortised_unfairness),
    "iaa": mean_of_lists(inattention_by_list, inattention_corrected, _ONE_PLACE),
    "ibo": _off(0),
    "iwo": _off(1),
    "mme": Measure(mean_max_envy),
}
"""By key, in the order of reports."""


def candidate_figures(
    rankings: Rankings,
    qualified: BoolArray,
    k: int,
    *,
    weights: ResampleWeights | None = None,
    seed: int = 0,
    draws: int = 200,
) -> list[Figure]:
    """The figures of every measure, original and corrected, with their level at random.

    ``chance`` and ``chance_mean`` are about ``value``; where the original has no value (mostly
    entropy, IBO and IWO) they are about ``corrected``, and the variant says so. ``qualified`` says
    who is relevant to which ad; 0 ``draws`` of random lists for no level at random.
    """
    if draws < 0:
        raise MeasureError(f"{draws} draws can't give a level at random; use 0 or more")
    shown, relevant = show(rankings, k), Relevant(qualified)
    relevant.hits(shown)
    values = {key: one.original(shown, relevant) for key, one in MEASURES.items()}
    # The corrected form is set against chance where the original has no value.
    forms = {
        key: one.corrected if math.isnan(values[key]) and one.corrected else one.original
        for key, one in MEASURES.items()
    }
    chance = _at_random(shown, relevant, forms, seed, draws)
    return [
        _figure(key, value, shown, relevant, chance[key], weights) for key, value in values.items()
    ]


def _figure(
    key: str,
    value: float,
    shown: Shown,
    relevant: Relevant,
    chance: FloatArray,
    weights: ResampleWeights | None,
) -> Figure:
    measure, interval = MEASURES[key], NO_INTERVAL
    corrected = measure.corrected(shown, relevant) if measure.corrected else math.nan
    if weights is not None and measure.by_list:
        interval = mean_interval(measure.by_list(shown, relevant, relevant.hits(shown)), weights)
    about = "corrected form" if math.isnan(value) else "value"
    drawn = f"at random: {len(chance)} draws of every list from all people, of the {about}"
    return Figure(
        measure=key,
        value=value,
        interval=interval,
        chance=interval_of(chance) if len(chance) else NO_INTERVAL,
        chance_mean=float(chance.mean()) if len(chance) else math.nan,
        n=shown.people,
        unit="people",
        corrected=corrected,
        variant=f"k={shown.k}; {drawn if len(chance) else 'no level at random'}",
        reason=_reason(key, shown, value, corrected),
    )


def _reason(key: str, shown: Shown, value: float, corrected: float) -> str:
    if math.isnan(value):
        return MEASURES[key].reason
    if key == "ii_d":
        return _CONSTANT
    if key == "satisfaction" and shown.total < shown.people:
        return _FEW_PLACES
    return _SAME if MEASURES[key].corrected and math.isnan(corrected) else ""


def _at_random(
    shown: Shown, relevant: Relevant, forms: Mapping[str, Form], seed: int, draws: int
) -> Mapping[str, FloatArray]:
    """Values of every measure in sets of random lists; fewer, or none, where they'd take long.

    None at all of a measure that has no value in one of them.
    """
    affordable = min(draws, _ADDITIONS // max(envy_cost(shown, relevant), 1))
    wanted = dict.fromkeys(forms, draws)
    wanted["mme"] = affordable if affordable >= min(draws, _FEWEST_DRAWS) else 0
    found: dict[str, list[float]] = {key: [] for key in forms}
    rng = np.random.default_rng([seed, _SALT])
    for draw in range(draws):
        lists = Shown(random_positions(shown.filled, shown.people, rng), shown.people)
        for key, form in forms.items():
            if draw < wanted[key]:
                found[key].append(form(lists, relevant))
    return {
        key: np.array(values if np.isfinite(values).all() else [], dtype=np.float64)
        for key, values in found.items()
    }
