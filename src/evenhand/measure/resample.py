"""What luck can do: bootstrap, permutation, lists at random, and tests between two systems.

The same people come back in many lists, so neither ads nor (person, ad) pairs are independent: the
two-way bootstrap draws people *and* ads with replacement, ads within their occupation groups, each
draw as a weight, and a pair weighs the product (Owen 2007; percentile intervals). The permutation
null shuffles labels among people who are qualified for exactly the same ads, one shuffle for all of
them, so that pools keep their size and composition and only the tie between label and place is
broken (Good 2005; Phipson and Smyth 2010 for the + 1). Systems are compared ad by ad by sign flips
(Fisher 1935; Smucker et al. 2007) and by two one-sided tests within a margin (Schuirmann 1987).
Not a measure: what is resampled comes from elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import MeasureError, require
from evenhand.match.protocol import BoolArray, FloatArray, IntArray
from evenhand.measure.counts import (
    Codes,
    Groups,
    Labels,
    Lists,
    Scopes,
    distinct_rows,
    weighted_counts,
)
from evenhand.measure.figure import NO_INTERVAL, Figure

Unit = TypeVar("Unit")
Found = TypeVar("Found")
Over = Literal["both", "people", "ads"]
LEVEL = 0.95
"""Coverage that every two-sided interval aims at."""


@dataclass(frozen=True)
class ResampleWeights:
    """How often everybody and every ad was drawn."""

    people: NDArray[np.uint16]  # Shape ``(resamples, people)``
    ads: NDArray[np.uint16]  # Shape ``(resamples, ads)``

    @property
    def resamples(self) -> int:
        """Number of resamples."""
        return len(self.people)


def draw_weights(
    people: int, strata: Sequence[str], resamples: int, seed: int, *, over: Over = "both"
) -> ResampleWeights:
    """Draw the weights of a two-way bootstrap."""
    if resamples < 1:
        raise MeasureError(f"{resamples} resamples can't give an interval; use 1 or more")
    rng = np.random.default_rng([seed, 1])
    ads = np.ones((resamples, len(strata)), dtype=np.uint16)
    if over != "people":
        names = np.array(strata, dtype=np.str_)
        for name in np.unique(names):
            members = np.flatnonzero(names == name)
            ads[:, members] = _draws(len(members), resamples, rng)
    if over == "ads":
        return ResampleWeights(np.ones((resamples, people), dtype=np.uint16), ads)
    return ResampleWeights(_draws(people, resamples, rng), ads)


def _draws(size: int, resamples: int, rng: np.random.Generator) -> NDArray[np.uint16]:
    """How often each of ``size`` is drawn in ``size`` draws, shape ``(resamples, size)``."""
    found = np.zeros((resamples, size), dtype=np.uint16)
    step = max(1, _CELLS // max(1, size))
    for start in range(0, resamples if size else 0, step):
        rows = min(step, resamples - start)
        drawn = rng.integers(0, size, (rows, size)) + size * np.arange(rows)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=rows * size)
        found[start : start + rows] = counts.reshape(rows, size)
    return found


Statistic = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
"""Of shown and pool, ``(resamples, jobs, groups)``, and the ads' weights ``(resamples, jobs)``."""


def resampled(lists: Lists, weights: ResampleWeights, statistic: Statistic) -> FloatArray:
    """A statistic of lists with other people and ads, resamples along the first axis."""
    found: list[FloatArray] = []
    for chunk in lists.chunks(weights.resamples):
        shown, pool = weighted_counts(lists, weights.people[chunk])
        found.append(statistic(shown, pool, weights.ads[chunk].astype(np.float64)))
    return np.concatenate(found)


def under_null(codes: Codes, statistic: Callable[[Codes], Found], step: int) -> list[Found]:
    """What a statistic makes of shuffled labels, so many shuffles at a time."""
    return [statistic(codes[start : start + step]) for start in range(0, len(codes), step)]


def resampled_means(values: FloatArray, weights: ResampleWeights) -> FloatArray:
    """Means over ads of a value an ad has, under the weights of ads."""
    flat = values.reshape(len(values), -1)
    defined = ~np.isnan(flat)
    ads = weights.ads.astype(np.float64)
    drawn = ads @ defined
    sums = ads @ np.where(defined, flat, 0.0)
    means = np.divide(sums, drawn, out=np.full(sums.shape, np.nan), where=drawn > 0)
    return means.reshape(-1, *values.shape[1:])


def percentile_interval(
    replicates: FloatArray, level: float = LEVEL
) -> tuple[FloatArray, FloatArray]:
    """Two-sided percentile interval over the first axis; NaN replicates are left out."""
    tail = (1.0 - level) / 2.0
    return lower_bound(replicates, 1.0 - tail), lower_bound(replicates, tail)


def lower_bound(replicates: FloatArray, level: float = LEVEL) -> FloatArray:
    """One-sided percentile bound: ``level`` of the replicates lie above it."""
    ordered = np.sort(replicates, axis=0)
    count = (~np.isnan(ordered)).sum(axis=0)
    place = (1.0 - level) * np.maximum(count - 1, 0)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(count - 1, 0))
    low = np.take_along_axis(ordered, below[None], axis=0)[0]
    high = np.take_along_axis(ordered, above[None], axis=0)[0]
    return np.asarray(low + (high - low) * (place - below), dtype=np.float64)


def interval_of(replicates: FloatArray) -> tuple[float, float]:
    """The percentile interval of one number, its replicates of shape ``(resamples,)``."""
    low, high = percentile_interval(replicates)
    return float(low), float(high)


def deviation(values: FloatArray) -> float:
    """Standard deviation of the values that are defined; NaN for fewer than two."""
    defined = values[~np.isnan(values)]
    return float(defined.std(ddof=1)) if len(defined) > 1 else math.nan


def two_sided_p(replicates: FloatArray) -> FloatArray:
    """How unlikely a true value of 0 is, from bootstrap replicates of a difference."""
    defined: IntArray = (~np.isnan(replicates)).sum(axis=0)
    tail = np.minimum((replicates <= 0).sum(axis=0), (replicates >= 0).sum(axis=0))
    p = np.minimum(1.0, 2.0 * (1.0 + tail) / (defined + 1.0))
    return np.where(defined > 0, p, np.nan)


_TIE = 1e-12
"""Differences of logs below this are rounding."""


def permutation_strata(qualified: BoolArray, groups: Groups) -> list[IntArray]:
    """The sets of people among whom labels are exchangeable."""
    candidates = np.flatnonzero(qualified.any(axis=0) & (groups.codes < len(groups.values)))
    _, pattern = distinct_rows(np.ascontiguousarray(qualified[:, candidates].T))
    order = np.argsort(pattern, kind="stable")
    breaks = np.flatnonzero(np.diff(pattern[order])) + 1
    strata = np.split(candidates[order], breaks)
    return [people for people in strata if len(np.unique(groups.codes[people])) > 1]


def movable_share(qualified: BoolArray, groups: Groups) -> float:
    """Share of the qualified people of known value whose label can be shuffled; NaN for none."""
    known = qualified.any(axis=0) & (groups.codes < len(groups.values))
    movable = sum(len(people) for people in permutation_strata(qualified, groups))
    return movable / int(known.sum()) if known.any() else float("nan")


def permuted_codes(
    groups: Groups, strata: list[IntArray], permutations: int, seed: int
) -> NDArray[np.int16]:
    """Labels shuffled within strata, shape ``(permutations, people)``."""
    if permutations < 1:
        raise MeasureError(f"{permutations} permutations can't give a null; use 1 or more")
    rng = np.random.default_rng([seed, 2])
    codes = np.tile(groups.codes.astype(np.int16), (permutations, 1))
    for people in strata:
        codes[:, people] = rng.permuted(codes[:, people], axis=1)
    return codes


def permutation_p(observed: FloatArray, null: FloatArray) -> FloatArray:
    """Two-sided p-values of observed logs."""
    extreme = (np.abs(null) >= np.abs(observed) - _TIE).sum(axis=0)
    defined = (~np.isnan(null)).sum(axis=0)
    p = (1.0 + extreme) / (defined + 1.0)
    return np.where(np.isnan(observed) | (defined == 0), np.nan, p)


def mean_interval(values: FloatArray, weights: ResampleWeights | None) -> tuple[float, float]:
    """Interval of the mean of one value an ad; NaN without weights."""
    if weights is None:
        return NO_INTERVAL
    check_weights(weights, len(values))
    return interval_of(resampled_means(values, weights))


def check_weights(weights: ResampleWeights, ads: int) -> None:
    """Raise a ``MeasureError`` unless the weights are of so many ads."""
    if weights.ads.shape[1] != ads:
        raise MeasureError(
            f"the bootstrap weights are of {weights.ads.shape[1]} ads and the values of {ads}; "
            "draw the weights for these ads"
        )


def mean_where_defined(values: FloatArray) -> float:
    """Mean of the numbers that are finite; NaN where none is."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else math.nan


def random_positions(filled: BoolArray, people: int, rng: np.random.Generator) -> IntArray:
    """One set of random lists."""
    longest = int(filled.sum(axis=1).max(initial=0))
    if longest > people:
        raise MeasureError(
            f"{people} people can't fill a list of {longest} places; give the whole pool"
        )
    if 2 * longest > people:
        order = rng.permuted(np.tile(np.arange(people), (len(filled), 1)), axis=1)
        place = np.minimum(np.cumsum(filled, axis=1), people) - 1
        return np.where(filled, np.take_along_axis(order, np.maximum(place, 0), axis=1), -1)
    empty = -np.arange(1, filled.shape[1] + 1, dtype=np.int64)
    drawn: IntArray = np.where(filled, rng.integers(0, people, filled.shape), empty)
    again = _repeats(drawn)
    while again.any():
        drawn[again] = rng.integers(0, people, int(again.sum()))
        again = _repeats(drawn)
    return np.where(filled, drawn, -1)


def _repeats(positions: IntArray) -> BoolArray:
    """Which places hold somebody who stands earlier in the same list."""
    order = np.argsort(positions, axis=1, kind="stable")
    ordered = np.take_along_axis(positions, order, axis=1)
    repeated = np.zeros(positions.shape, dtype=np.bool_)
    repeated[:, 1:] = ordered[:, 1:] == ordered[:, :-1]
    found = np.zeros_like(repeated)
    np.put_along_axis(found, order, repeated, axis=1)
    return found


_ROUNDED = 1e-9
SHARES = {"people": 4, "strata": 1, "lists": 4, "wording": 1}
"""How families share the error, as parts: what is within periods and jobs, and whether wording goes
together with lists, is second to the rest."""


def share_of(family: str, present: frozenset[str]) -> float:
    """The part of the error that a family gets beside the others that a page has."""
    return SHARES[family] / sum(SHARES[name] for name in {*present, family})


@dataclass(frozen=True, eq=False)
class Together(Generic[Unit]):
    """What is improbable over everything."""

    draws: Mapping[Unit, FloatArray]  # By unit, ascending: every draw and the observed one
    rarest: FloatArray  # In how many draws the rarest unit of each is as large as there
    share: float  # Of the error that these units have
    level: float  # Coverage; the error is 1 - level

    def p_value(self, unit: Unit, statistic: float) -> float:
        """How often chance alone gives something as rare as this anywhere on the page."""
        if math.isnan(statistic) or unit not in self.draws:
            return math.nan
        count = float(_reaching(self.draws[unit], np.array([statistic]))[0])
        as_rare = int(np.searchsorted(self.rarest, count, side="right"))
        return min(1.0, as_rare / len(self.rarest) / self.share)

    def reach(self, unit: Unit) -> float:
        """The largest statistic of a unit that isn't improbable; NaN for an unknown unit."""
        if unit not in self.draws:
            return math.nan
        allowed = math.floor((1 - self.level) * self.share * len(self.rarest) + _ROUNDED)
        rank = int(self.rarest[allowed]) - 1
        return float(self.draws[unit][-1 - rank]) + _ROUNDED

    def is_unlikely(self, unit: Unit, statistic: float) -> bool:
        """Whether a statistic is above its reach."""
        return unit in self.draws and statistic > self.reach(unit)


def together(
    observed: Mapping[Unit, float],
    null: Mapping[Unit, FloatArray],
    share: float = 1.0,
    level: float = LEVEL,
) -> Together[Unit]:
    """Put units of one joint null together."""
    both = {unit: np.append(null[unit], observed[unit]) for unit in null}
    draws = {unit: np.sort(values) for unit, values in both.items()}
    counts = [_reaching(draws[unit], values) for unit, values in both.items()]
    rarest = np.sort(np.min(counts, axis=0)) if counts else np.ones(1)
    return Together(draws, rarest, share, level)


def _reaching(ascending: FloatArray, values: FloatArray) -> FloatArray:
    """How many of the draws are at least as large as each value, but for rounding."""
    below = np.searchsorted(ascending, values - _ROUNDED, side="left")
    return (len(ascending) - below).astype(np.float64)


EXACT_PAIRS = 15
_SALT = 12
_CELLS = 4_000_000
_ROUNDING = 1e-12


@dataclass(frozen=True)
class RandomisationTest:
    """What the test came to."""

    difference: float  # Mean of second minus first
    p_value: float  # Two-sided
    wins: int  # Ads where the second is higher
    ties: int  # Ads where both are the same
    losses: int  # Ads where the second is lower
    exact: bool  # Whether all sign patterns were counted
    patterns: int  # How many sign patterns were

    @property
    def pairs(self) -> int:
        """Ads with a value in both."""
        return self.wins + self.ties + self.losses


def paired_differences(first: FloatArray, second: FloatArray) -> FloatArray:
    """Second minus first of the ads that have a value in both."""
    if first.shape != second.shape or first.ndim != 1:
        raise MeasureError(
            f"paired values have shapes {first.shape} and {second.shape}; give one value an ad, "
            "for the same ads in the same order"
        )
    difference = second - first
    return difference[~np.isnan(difference)]


def randomisation_test(
    first: FloatArray, second: FloatArray, *, permutations: int = 10_000, seed: int = 0
) -> RandomisationTest:
    """Test whether two systems differ in a value an ad."""
    if permutations < 1:
        raise MeasureError(f"{permutations} permutations can't give a p-value; use 1 or more")
    differences = paired_differences(first, second)
    wins, losses = int((differences > 0).sum()), int((differences < 0).sum())
    moved = differences[differences != 0]
    exact = len(moved) <= EXACT_PAIRS
    sums = _sums(moved, 0 if exact else permutations, seed)
    limit = abs(float(moved.sum())) - _ROUNDING * max(1.0, float(np.abs(moved).sum()))
    far = int((np.abs(sums) >= limit).sum())
    p_value = far / len(sums) if exact else (1.0 + far) / (permutations + 1.0)
    return RandomisationTest(
        difference=float(differences.mean()) if len(differences) else math.nan,
        p_value=p_value if len(differences) else math.nan,
        wins=wins,
        ties=len(differences) - wins - losses,
        losses=losses,
        exact=exact,
        patterns=len(sums),
    )


def _sums(moved: FloatArray, permutations: int, seed: int) -> FloatArray:
    """Sums of the differences under random sign patterns; under all of them for none asked for."""
    if not permutations:
        sums = np.zeros(1)
        for difference in moved:
            sums = np.concatenate([sums + difference, sums - difference])
        return sums
    rng = np.random.default_rng([seed, _SALT])
    step = max(1, _CELLS // len(moved))
    blocks: list[FloatArray] = []
    for start in range(0, permutations, step):
        rows = min(step, permutations - start)
        kept = rng.integers(0, 2, (rows, len(moved)), dtype=np.int8)
        blocks.append(2.0 * (kept @ moved) - moved.sum())
    return np.concatenate(blocks)


EQUIVALENT = "equivalent within ±margin"
NOT_WORSE = "not worse by margin"
OPEN = "can't be ruled out"
ALPHA = 0.05
_BOUNDS_SALT = 13
_FEW = "fewer than two ads have a value in both"


@dataclass(frozen=True)
class Equivalence:
    """What the two tests came to."""

    difference: float  # Mean of second minus first
    margin: float  # The largest difference that doesn't matter
    p_not_worse: float  # One-sided, of a difference at or below ``-margin``
    p_not_better: float  # One-sided, of a difference at or above ``+margin``
    interval: tuple[float, float]  # 90 %, paired t
    bootstrap: tuple[float, float]  # One-sided 95 % bounds over ads: lower and upper
    pairs: int  # Ads with a value in both
    verdict: str  # ``EQUIVALENT``, ``NOT_WORSE`` or ``OPEN`` (a loss of the margin can't be)
    reason: str = ""  # Why there is no test; empty otherwise

    @property
    def p_value(self) -> float:
        """Of TOST: the larger of the two."""
        return max(self.p_not_worse, self.p_not_better)

    @property
    def sentence(self) -> str:
        """The verdict with the margin in it."""
        said = self.verdict.replace("margin", f"{self.margin:g}")
        return f"a loss of {self.margin:g} {said}" if self.verdict == OPEN else said


def equivalence(
    first: FloatArray,
    second: FloatArray,
    margin: float,
    *,
    resamples: int = 2_000,
    seed: int = 0,
) -> Equivalence:
    """Test whether the second system is as good as the first."""
    if not (margin > 0 and math.isfinite(margin)):
        raise MeasureError(f"the margin is {margin}; set one above 0 before looking at the values")
    if resamples < 1:
        raise MeasureError(f"{resamples} resamples can't give bounds; use 1 or more")
    differences = paired_differences(first, second)
    pairs = len(differences)
    if pairs < 2:
        value = float(differences[0]) if pairs else math.nan
        nothing = value, margin, math.nan, math.nan, NO_INTERVAL, NO_INTERVAL
        return Equivalence(*nothing, pairs, OPEN, _FEW)
    mean = float(differences.mean())
    error = float(differences.std(ddof=1)) / math.sqrt(pairs)
    below, above, half = _one_sided(mean, error, margin, pairs - 1)
    not_worse = EQUIVALENT if above < ALPHA else NOT_WORSE
    return Equivalence(
        difference=mean,
        margin=margin,
        p_not_worse=below,
        p_not_better=above,
        interval=(mean - half, mean + half),
        bootstrap=_bootstrap(differences, resamples, seed),
        pairs=pairs,
        verdict=not_worse if below < ALPHA else OPEN,
    )


def _one_sided(
    mean: float, error: float, margin: float, freedom: int
) -> tuple[float, float, float]:
    """Both p-values and half the width of the 90 % interval."""
    if error <= 1e-15 * max(1.0, abs(mean)):
        return float(mean <= -margin), float(mean >= margin), 0.0
    special = require("scipy.special", "the test of equivalence")
    below = float(special.stdtr(freedom, -(mean + margin) / error))
    above = float(special.stdtr(freedom, (mean - margin) / error))
    return below, above, float(special.stdtrit(freedom, 1.0 - ALPHA)) * error


def _bootstrap(differences: FloatArray, resamples: int, seed: int) -> tuple[float, float]:
    """One-sided 95 % percentile bounds of the mean difference."""
    rng = np.random.default_rng([seed, _BOUNDS_SALT])
    size = len(differences)
    step = max(1, _CELLS // size)
    means = [
        differences[rng.integers(0, size, (min(step, resamples - start), size))].mean(axis=1)
        for start in range(0, resamples, step)
    ]
    drawn = np.concatenate(means)
    return float(lower_bound(drawn, 1.0 - ALPHA)), float(lower_bound(drawn, ALPHA))


FEWEST = 3


@dataclass(frozen=True)
class Correlation:
    """One rank correlation."""

    value: float  # ρ; NaN where undefined
    interval: tuple[float, float]  # 95 % bootstrap interval
    p_value: float  # Two-sided, by permutation
    n: int  # Ads that have both values
    reason: str = ""  # Why it is undefined; empty otherwise


@dataclass(frozen=True, eq=False)
class WithinGroups:
    """Rank correlations of values that ads have, within groups of ads, under one luck for all."""

    groups: Sequence[str]
    resamples: int = 1000
    seed: int = 0
    # What is drawn of the ads that have both values, and the orders that they are put in: kept for
    # the next two values, which the same ads have mostly
    luck: dict[bytes, tuple[FloatArray, IntArray]] = field(
        default_factory=dict[bytes, tuple[FloatArray, IntArray]]
    )

    def correlation(self, x: FloatArray, y: FloatArray) -> Correlation:
        """Correlation of ranks within groups."""
        names = np.array(self.groups, dtype=np.str_)
        if not x.shape == y.shape == names.shape:
            raise MeasureError(
                f"a correlation needs one value of each an ad; there are {x.shape} and {y.shape} "
                f"values and {names.shape} groups"
            )
        both = np.isfinite(x) & np.isfinite(y)
        u, v, kept = x[both], y[both], names[both]
        reason = f"fewer than {FEWEST} ads have both values" if len(kept) < FEWEST else ""
        u, v = _ranks_within(u, kept), _ranks_within(v, kept)
        size = math.sqrt(float(u @ u) * float(v @ v))
        if not reason and size == 0:
            reason = "one of the two doesn't vary within any group of ads"
        if reason:
            return Correlation(math.nan, NO_INTERVAL, math.nan, len(kept), reason)
        drawn, orders = self._luck_of(both, kept)
        sizes = np.sqrt((drawn @ (u * u)) * (drawn @ (v * v)))
        empty = np.full(len(drawn), np.nan)
        replicates = np.divide(drawn @ (u * v), sizes, out=empty, where=sizes > 0)
        extreme = int((np.abs(v[orders] @ u) >= abs(float(u @ v)) - _TIE).sum())
        p_value = (1 + extreme) / (self.resamples + 1)
        return Correlation(float(u @ v) / size, interval_of(replicates), p_value, len(kept))

    def _luck_of(self, both: BoolArray, kept: Labels) -> tuple[FloatArray, IntArray]:
        """How often the ads are drawn, and their orders, shuffled within groups."""
        if both.tobytes() not in self.luck:
            draws = draw_weights(0, kept.tolist(), self.resamples, self.seed, over="ads").ads
            orders = np.tile(np.arange(len(kept)), (self.resamples, 1))
            rng = np.random.default_rng([self.seed, 7])
            for name in np.unique(kept):
                members = np.flatnonzero(kept == name)
                orders[:, members] = rng.permuted(orders[:, members], axis=1)
            self.luck.clear()
            self.luck[both.tobytes()] = draws.astype(np.float64), orders
        return self.luck[both.tobytes()]


def _ranks_within(values: FloatArray, groups: Labels) -> FloatArray:
    """Mid-ranks among the values of the same group, centred and divided by the group's size."""
    ranks = np.zeros(len(values))
    for name in np.unique(groups):
        members = np.flatnonzero(groups == name)
        _, place, count = np.unique(values[members], return_inverse=True, return_counts=True)
        middle = np.cumsum(count) - (count - 1) / 2.0
        ranks[members] = (middle[place] - (len(members) + 1) / 2.0) / len(members)
    return ranks


_ALL_ALIKE = "all ads have the same value, so there is no interval over ads"
_ONE_AD = "a single ad has a value, so there is no interval over ads"

_SAME = 1e-9
"""Relative differences below this are rounding."""


def mean_figures(
    template: Figure,
    cells: tuple[str, ...],
    observed: FloatArray,
    null: FloatArray,
    scopes: Scopes,
    weights: ResampleWeights,
    undefined: str,
) -> list[Figure]:
    """One figure a scope and cell: the mean over ads."""
    figures: list[Figure] = []
    for name, members in scopes.items():
        inside = np.where(members[:, None], observed, np.nan)
        low, high = percentile_interval(resampled_means(inside, weights))
        means, chance = _means(observed[members]), _means(null[:, members])
        counts = (~np.isnan(inside)).sum(axis=0)
        for index, cell in enumerate(cells):
            ads = int(counts[index])
            one = replace(template, cell=cell, scope=name, value=float(means[index]), n=ads)
            if ads == 0:
                figures.append(replace(one, reason=undefined))
                continue
            if high[index] - low[index] > _SAME * max(1.0, abs(high[index])):
                one = replace(one, interval=(float(low[index]), float(high[index])))
            else:
                one = replace(one, reason=_ALL_ALIKE if ads > 1 else _ONE_AD)
            figures.append(with_chance(one, chance[:, index]))
    return figures


def with_chance(figure: Figure, null: FloatArray) -> Figure:
    """The figure with its chance level and p-value."""
    defined = null[np.isfinite(null)]
    if not len(defined) or not np.isfinite(figure.value):
        return figure
    centre = float(defined.mean())
    p_value = float(permutation_p(np.array(figure.value - centre), defined - centre))
    return replace(figure, chance=interval_of(defined), chance_mean=centre, p_value=p_value)


def _means(values: FloatArray) -> FloatArray:
    """Means over the last axis but one of what is defined; NaN where nothing is."""
    defined = ~np.isnan(values)
    count = defined.sum(axis=-2)
    total: FloatArray = np.where(defined, values, 0.0).sum(axis=-2)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
