"""Measures of ranked lists: who stands in the top k, and in which order, against the pool.

Every measure is taken within an ad's qualified pool: people who aren't qualified for the ad are
left out of its list and of its pool, and so are people of unknown value. ``list_figures`` gives all
at once with intervals and chance levels; formulas, ranges, traps and sources are on their cards
(``data/measures/lists.toml``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from typing import Literal

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, FloatArray, IntArray, Rankings
from evenhand.measure.counts import (
    Labels,
    Lists,
    Numbers,
    Prefixes,
    Scopes,
    Selection,
    check_labels,
    divide,
    encode_labels,
    top_positions,
)
from evenhand.measure.families.ratios import pooled_figures, stratified_figures
from evenhand.measure.figure import Figure
from evenhand.measure.study import AdMeasure, Case


def skew(selection: Selection, *, prior: float = 0.0) -> FloatArray:
    """Skew of every ad and known group, shape ``(jobs, known groups)``."""
    if prior < 0:
        raise MeasureError(f"the prior of a skew is {prior}; use 0 or more people")
    return skew_of_counts(selection.selected[:, :-1], selection.pool[:, :-1], prior)


def skew_of_counts(selected: Numbers, pool: Numbers, prior: float = 0.0) -> FloatArray:
    """Skew from counts of known groups, for lists that are counted again and again."""
    desired = divide(pool, pool.sum(axis=-1, keepdims=True))
    shown = selected.sum(axis=-1, keepdims=True)
    share = divide(selected + prior * desired, shown + prior)
    ratio = np.where(shown > 0, divide(share, desired), np.nan)
    logs = np.full(ratio.shape, -np.inf)
    return np.log(ratio, out=logs, where=ratio != 0)


def absent(selection: Selection) -> BoolArray:
    """Groups with qualified people of whom none is shown, shape ``(jobs, known groups)``."""
    return (selection.selected[:, :-1] == 0) & (selection.pool[:, :-1] > 0)


def ndkl(lists: Lists) -> FloatArray:
    """NDKL of every ad's list, shape ``(jobs,)``."""
    known = lists.groups.indicators()[:, :-1]
    pool = lists.brought @ known
    desired = divide(pool, pool.sum(axis=1, keepdims=True))
    members = known[lists.positions] * lists.worth[:, :, None]
    return ndkl_of_counts(members.cumsum(axis=1), members.sum(axis=2), desired)


def ndkl_of_counts(counts: FloatArray, taken: FloatArray, desired: FloatArray) -> FloatArray:
    """NDKL from the counts of every prefix, for lists that are counted again and again."""
    place = counts.sum(axis=-1)
    share = counts / np.maximum(place, 1.0)[..., None]
    divergence = _divergence(share, np.broadcast_to(desired[:, None, :], share.shape)).sum(axis=-1)
    weight = taken / np.log2(place + 1.0, out=np.ones_like(place), where=place > 0)
    return divide((divergence * weight).sum(axis=-1), weight.sum(axis=-1))


def _divergence(share: FloatArray, desired: FloatArray) -> FloatArray:
    """What each share adds to the Kullback-Leibler divergence from a desired one; 0 for none."""
    usable = (share > 0) & (desired > 0)
    ratio = np.divide(share, desired, out=np.ones_like(share), where=usable)
    return share * np.log(ratio)


PRIOR = 1.0
"""People of the pool's composition that smooth a list."""


@dataclass(frozen=True)
class ExtremeSkew:
    """Extremes over groups, each of shape ``(..., jobs)``."""

    least: FloatArray  # Plain MinSkew; ``-inf`` where a group is absent
    greatest: FloatArray  # Plain MaxSkew
    smoothed_least: FloatArray  # MinSkew of the smoothed list
    smoothed_greatest: FloatArray  # MaxSkew of the smoothed list
    absent: BoolArray  # Whether some group with qualified people isn't shown at all


def extreme_skew(prefixes: Prefixes) -> ExtremeSkew:
    """MinSkew and MaxSkew of every ad, plain and smoothed."""
    selected, pool = prefixes.selected, prefixes.pool
    anybody = selected.sum(axis=-1) > 0
    plain = _extremes(skew_of_counts(selected, pool), anybody)
    smoothed = _extremes(skew_of_counts(selected, pool, PRIOR), anybody)
    absent = ((selected == 0) & (pool > 0)).any(axis=-1) & anybody
    return ExtremeSkew(*plain, *smoothed, absent)


def _extremes(skews: FloatArray, anybody: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Least and greatest over the last axis, groups without people left out."""
    missing = np.isnan(skews)
    least = np.where(missing, np.inf, skews).min(axis=-1, initial=np.inf)
    greatest = np.where(missing, -np.inf, skews).max(axis=-1, initial=-np.inf)
    return np.where(anybody, least, np.nan), np.where(anybody, greatest, np.nan)


def infeasible_index(prefixes: Prefixes) -> FloatArray:
    """Prefixes that fall short of any group, shape ``(..., jobs)``."""
    return _where_shown(prefixes, _short(prefixes).any(axis=-1).sum(axis=-1))


def infeasible_count(prefixes: Prefixes) -> FloatArray:
    """(Prefix, group) pairs that fall short, shape ``(..., jobs)``."""
    return _where_shown(prefixes, _short(prefixes).sum(axis=(-1, -2)))


def _short(prefixes: Prefixes) -> BoolArray:
    """Whether a prefix falls short of a group, shape ``(..., jobs, k, values)``."""
    if "least" not in prefixes.once:
        pool = prefixes.pool[:, None, :]
        people = np.maximum(pool.sum(axis=2, keepdims=True), 1)
        least = pool * prefixes.place[:, None] // people
        prefixes.once["least"] = np.where(prefixes.shown[:, :, None], least, 0).astype(np.float64)
    return prefixes.counts < prefixes.once["least"]


def _where_shown(prefixes: Prefixes, values: np.ndarray) -> FloatArray:
    return np.where(prefixes.length > 0, values.astype(np.float64), np.nan)


Gap = Callable[[Numbers, Numbers, Numbers, Numbers], FloatArray]
"""How far a prefix is from the pool: of ``g_i, i, G, N``, shapes that broadcast."""


@dataclass(frozen=True)
class Cuts:
    """Where a list is looked at and how cuts are weighed."""

    step: int = 10  # Distance between cuts
    shift: int = 0  # The d of ``log2(i + d)``: 0 as in the original, or 1

    def __post_init__(self) -> None:
        """Refuse cuts that divide by log2(1)."""
        if self.step < 1 or self.shift not in (0, 1) or self.step + self.shift < 2:
            raise MeasureError(
                f"cuts every {self.step} places with log2(i + {self.shift}) can't be weighed; use "
                "a step of 1 or more, and a shift of 1 where the step is 1"
            )

    def __str__(self) -> str:
        """The variant in words."""
        inside = "i + 1" if self.shift else "i"
        return f"a cut every {self.step} places, log2({inside}), exact normaliser"

    def places(self, k: int) -> IntArray:
        """The cuts of a list of k places."""
        return np.arange(self.step, k + 1, self.step)

    def weigh(self, places: IntArray) -> FloatArray:
        """What each cut counts for."""
        return 1.0 / np.log2(places + self.shift)


ORIGINAL = Cuts()


def normalised_gap(prefixes: Prefixes, gap: Gap, cuts: Cuts) -> FloatArray:
    """A discounted gap of every ad and group over its greatest possible value."""
    places = cuts.places(prefixes.shown.shape[1])
    people = prefixes.pool.sum(axis=1, keepdims=True)
    counts = prefixes.counts[..., places - 1, :]
    inside = (places <= prefixes.length[:, None]) * cuts.weigh(places)
    gaps = gap(
        counts, places[:, None], prefixes.pool[:, None, :], np.maximum(people, 1)[:, None, :]
    )
    total = np.einsum("...jcv,jc->...jv", gaps, inside)
    return divide(total, greatest_sums(prefixes, gap, cuts))


def greatest_sums(prefixes: Prefixes, gap: Gap, cuts: Cuts) -> FloatArray:
    """Z of every ad and group, shape ``(jobs, values)``; 0 where no order has a gap."""
    if (gap, cuts) not in prefixes.once:
        jobs, values = prefixes.pool.shape
        number = prefixes.length // cuts.step
        people = prefixes.pool.sum(axis=1)
        both = [np.broadcast_to(array, (values, jobs)).T for array in (people, number)]
        keys = np.stack([*both, prefixes.pool], axis=2).reshape(-1, 3)
        distinct, which = np.unique(keys, axis=0, return_inverse=True)
        found = [greatest_sum(gap, cuts, int(N), int(G), int(m)) for N, m, G in distinct]
        sums = np.array(found, dtype=np.float64)[which.reshape(-1)].reshape(jobs, values)
        prefixes.once[gap, cuts] = sums
    return prefixes.once[gap, cuts]


def greatest_sum(gap: Gap, cuts: Cuts, people: int, group: int, number: int) -> float:
    """The greatest discounted sum of gaps over all orders of one pool."""
    if number == 0 or group in (0, people):
        return 0.0
    states = np.arange(min(group, number * cuts.step) + 1)
    best = np.where(states == 0, 0.0, -np.inf)
    for place in cuts.places(number * cuts.step):
        reached = best
        for more in range(1, min(cuts.step, len(states) - 1) + 1):
            reached = np.maximum(reached, np.append(np.full(more, -np.inf), best[:-more]))
        possible = (states <= place) & (place - states <= people - group)
        here = np.where(possible, states, 0)
        gains = gap(here, np.array(place), np.array(group), np.array(people))
        best = np.where(possible, reached + gains * float(cuts.weigh(place)), -np.inf)
    return float(best.max())


def rnd(prefixes: Prefixes, cuts: Cuts = ORIGINAL) -> FloatArray:
    """Measure every ad and group, shape ``(..., jobs, values)``."""
    return normalised_gap(prefixes, difference, cuts)


def difference(count: Numbers, place: Numbers, group: Numbers, people: Numbers) -> FloatArray:
    """``|g_i/i - G/N|``."""
    return np.abs(count / place - group / people)


def rkl(prefixes: Prefixes, cuts: Cuts = ORIGINAL) -> FloatArray:
    """Measure every ad and group, shape ``(..., jobs, values)``."""
    return normalised_gap(prefixes, divergence, cuts)


def divergence(count: Numbers, place: Numbers, group: Numbers, people: Numbers) -> FloatArray:
    """KL divergence of (share, rest) in the prefix from (share, rest) in the pool."""
    share, desired = np.broadcast_arrays(count / place, group / people)
    return _divergence(share, desired) + _divergence(1.0 - share, 1.0 - desired)


def rrd(prefixes: Prefixes, cuts: Cuts = ORIGINAL) -> FloatArray:
    """Measure every ad and group, shape ``(..., jobs, values)``."""
    people = prefixes.pool.sum(axis=1, keepdims=True)
    minority = 2 * prefixes.pool <= people
    return np.where(minority, normalised_gap(prefixes, ratio_difference, cuts), np.nan)


def ratio_difference(count: Numbers, place: Numbers, group: Numbers, people: Numbers) -> FloatArray:
    """``|g_i/(i - g_i) - G/(N - G)|``, 0 for a ratio whose denominator is 0."""
    shown, pool = divide(count, place - count), divide(group, people - group)
    return np.abs(np.nan_to_num(shown, nan=0.0) - np.nan_to_num(pool, nan=0.0))


Side = Literal["lower", "upper"]
_TIE = 1e-9
"""Relative differences of p-values below this are rounding."""


@dataclass(frozen=True)
class WholeList:
    """What random orders do to the least p-value over prefixes."""

    minima: tuple[tuple[FloatArray, ...], ...]  # Sorted, one an ad and group; empty: undefined
    side: Side  # The tail

    def p_values(self, prefixes: Prefixes) -> FloatArray:
        """Whole-list p-values, shape ``(..., jobs, values)``."""
        observed = least_prefix_p(prefixes, self.side)
        p = np.full(observed.shape, np.nan)
        for job, row in enumerate(self.minima):
            for value, minima in enumerate(row):
                if len(minima):
                    bound = observed[..., job, value] * (1.0 + _TIE)
                    extreme = np.searchsorted(minima, bound, side="right")
                    p[..., job, value] = (1.0 + extreme) / (len(minima) + 1.0)
        return p


def prefix_p(prefixes: Prefixes, side: Side = "lower") -> FloatArray:
    """p-value of every prefix, shape ``(..., jobs, k, values)``; NaN where undefined."""
    p = np.full(prefixes.counts.shape, np.nan)
    for rows, value, table in _tables(prefixes, side):
        counts = prefixes.counts[..., value][..., rows, :].astype(np.int64)
        found = table[np.arange(counts.shape[-1]), counts]
        p[..., value][..., rows, :] = np.where(prefixes.shown[rows], found, np.nan)
    return p


def prefix_p_at_end(prefixes: Prefixes, side: Side = "lower") -> FloatArray:
    """p-value of the whole closed list as one prefix, shape ``(..., jobs, values)``."""
    p = np.full(prefixes.selected.shape, np.nan)
    length = prefixes.length
    for rows, value, table in _tables(prefixes, side):
        last = np.maximum(length[rows] - 1, 0)
        found = table[last, prefixes.selected[..., rows, value].astype(np.int64)]
        p[..., rows, value] = np.where(length[rows] > 0, found, np.nan)
    return p


def least_prefix_p(prefixes: Prefixes, side: Side = "lower") -> FloatArray:
    """The least p-value over prefixes, shape ``(..., jobs, values)``; NaN where undefined."""
    least = np.full(prefixes.selected.shape, np.nan)
    for rows, value, table in _tables(prefixes, side):
        counts = prefixes.counts[..., value][..., rows, :].astype(np.int64)
        found = np.where(prefixes.shown[rows], table[np.arange(counts.shape[-1]), counts], np.inf)
        least[..., rows, value] = found.min(axis=-1)
    return np.where(np.isfinite(least), least, np.nan)


def whole_list_null(
    prefixes: Prefixes, seed: int, *, draws: int = 1000, side: Side = "lower"
) -> WholeList:
    """Draw random orders of every pool and keep their least p-values."""
    if draws < 1:
        raise MeasureError(f"{draws} draws can't give a p-value; use 1 or more")
    if (seed, draws) not in prefixes.once:
        prefixes.once[seed, draws] = _minima(prefixes, seed, draws)
    return WholeList(prefixes.once[seed, draws][side], side)


_Minima = tuple[tuple[FloatArray, ...], ...]


def _minima(prefixes: Prefixes, seed: int, draws: int) -> dict[Side, _Minima]:
    """Of both tails over the same orders, an ad and group each."""
    jobs, values = prefixes.pool.shape
    empty = np.zeros(0)
    sides: tuple[Side, ...] = ("lower", "upper")
    minima: dict[Side, list[list[FloatArray]]] = {
        side: [[empty] * values for _ in range(jobs)] for side in sides
    }
    drawn: dict[tuple[int, int, int], list[FloatArray]] = {}
    pairs = zip(*(_tables(prefixes, side) for side in sides), strict=True)
    for (rows, value, few), (_, _, many) in pairs:
        people, group = int(prefixes.pool[rows[0]].sum()), int(prefixes.pool[rows[0], value])
        for row in rows:
            key = (people, group, int(prefixes.length[row]))
            if key[2] and key not in drawn:
                drawn[key] = _draw_minima(*key, (few, many), draws, seed)
            for side, found in zip(sides, drawn.get(key, [empty] * 2), strict=True):
                minima[side][row][value] = found
    return {side: tuple(tuple(row) for row in rows) for side, rows in minima.items()}


def _draw_minima(
    people: int, group: int, length: int, tables: Sequence[FloatArray], draws: int, seed: int
) -> list[FloatArray]:
    """Least p-values of random orders of one pool, sorted, by table."""
    rng = np.random.default_rng([seed, 5, people, group, length])
    count = np.zeros(draws, dtype=np.int64)
    least = [np.ones(draws) for _ in tables]
    for place in range(length):
        count += rng.random(draws) * (people - place) < group - count
        for one, table in zip(least, tables, strict=True):
            np.minimum(one, table[place, count], out=one)
    return [np.sort(one) for one in least]


_Table = tuple[IntArray, int, FloatArray]
"""Ads whose pools are alike, the group, and a table of theirs by place and count."""


def _pools(prefixes: Prefixes) -> Iterator[tuple[IntArray, int, int, int]]:
    """Ads that share a pool size and group size, the group, and both sizes; no pool of one side."""
    people = prefixes.pool.sum(axis=1)
    for value in range(prefixes.pool.shape[1] if prefixes.shown.shape[1] else 0):
        sizes = np.stack([people, prefixes.pool[:, value]], axis=1)
        distinct, which = np.unique(sizes, axis=0, return_inverse=True)
        for index, (size, group) in enumerate(distinct.tolist()):
            if 0 < group < size:
                yield np.flatnonzero(which.reshape(-1) == index), value, size, group


def _tables(prefixes: Prefixes, side: Side) -> list[_Table]:
    """The p-values of all ads, by place and count."""
    if side not in prefixes.once:
        table = cache(partial(hypergeometric_table, k=prefixes.shown.shape[1], side=side))
        prefixes.once[side] = [
            (rows, value, table(size, group)) for rows, value, size, group in _pools(prefixes)
        ]
    return prefixes.once[side]


def hypergeometric_table(people: int, group: int, k: int, side: Side = "lower") -> FloatArray:
    """p-values by place and count: ``P(H <= g)`` or ``P(H >= g)``."""
    factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, people + 1)))])

    def choose(n: int, r: IntArray) -> FloatArray:
        inside = (r >= 0) & (r <= n)
        kept = np.where(inside, r, 0)
        logs = factorial[n] - factorial[kept] - factorial[n - kept]
        return np.where(inside, logs, -np.inf)

    place, count = np.arange(1, k + 1)[:, None], np.arange(k + 1)[None, :]
    orders = np.maximum(choose(people, place), 0.0)
    mass = np.exp(choose(group, count) + choose(people - group, place - count) - orders)
    if side == "upper":
        mass = mass[:, ::-1]
    tail = np.minimum(mass.cumsum(axis=1), 1.0)
    return tail[:, ::-1] if side == "upper" else tail


@dataclass(frozen=True)
class PaperRatios:
    """The papers' ratio of every ad and its chance level."""

    groups: tuple[str, ...]  # The known values, sorted
    ratios: FloatArray  # Shape ``(jobs, groups)``; NaN where undefined
    chance: FloatArray  # Shape ``(jobs, groups)``; NaN for the same ads

    def means(self, jobs: BoolArray | None = None) -> tuple[FloatArray, FloatArray]:
        """Ratio and chance level averaged over the ads where they are defined."""
        defined = ~np.isnan(self.ratios[:, 0])
        rows = defined if jobs is None else defined & jobs
        ads = np.array([rows.sum()])
        return (
            divide(self.ratios[rows].sum(axis=0), ads),
            divide(self.chance[rows].sum(axis=0), ads),
        )


def paper_ratios(
    rankings: Rankings, labels: Labels, *, retrieved: int = 50, selected: int = 10
) -> PaperRatios:
    """The papers' impact ratio of every ad."""
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


def chance_level(composition: tuple[int, ...], selected: int) -> tuple[float, ...]:
    """Exact expectation of every group's ratio under a random draw."""
    if selected == 0:
        return tuple(math.nan for _ in composition)
    others = (composition[:at] + composition[at + 1 :] for at in range(len(composition)))
    return tuple(
        _expected_ratio(size, tuple(sorted(n for n in rest if n)), selected)
        for size, rest in zip(composition, others, strict=True)
    )


@lru_cache(maxsize=65536)
def _expected_ratio(size: int, others: tuple[int, ...], selected: int) -> float:
    """E[SR_g / max_h SR_h] for one group, given the sizes of the others."""
    rates = np.unique([0.0, *(drawn / n for n in others for drawn in range(min(n, selected) + 1))])
    exactly = np.diff(_ways(others, rates, selected), axis=0, prepend=0.0)
    total = 0.0
    for drawn in range(1, min(size, selected) + 1):
        own = drawn / size
        shares = exactly[:, selected - drawn] * own / np.maximum(own, rates)
        total += math.comb(size, drawn) * sum(shares.tolist())
    return float(total / math.comb(size + sum(others), selected))


def _ways(groups: Sequence[int], rates: FloatArray, selected: int) -> FloatArray:
    """Ways to draw 0..selected people so that no group's rate exceeds each rate."""
    ways = np.zeros((len(rates), selected + 1))
    ways[:, 0] = 1.0
    for size in groups:
        found = np.zeros_like(ways)
        for drawn in range(min(size, selected) + 1):
            allowed = (drawn / size <= rates)[:, None] * float(math.comb(size, drawn))
            found[:, drawn:] += allowed * ways[:, : selected + 1 - drawn]
        ways = found
    return ways


LEVEL_OF_PREFIX_TEST = 0.05
_EMPTY = "no list shows a qualified person of known value"
_NO_CUT = (
    f"no list shows {ORIGINAL.step} or more qualified people of known value, from a pool with "
    "people of both sides"
)
_NO_MINORITY = _NO_CUT + " where the group is at most half"
_NO_TEST = "no list shows a qualified person, from a pool with people of both sides"
_PerAd = Callable[[Prefixes], FloatArray]


def _significant(test: _PerAd) -> _PerAd:
    """Whether a test's p-value is small: 0 or 1, NaN where there is no test."""

    def found(prefixes: Prefixes) -> FloatArray:
        p = test(prefixes)
        return np.where(np.isnan(p), np.nan, (p <= LEVEL_OF_PREFIX_TEST).astype(np.float64))

    return found


def _smoothed_skew(prefixes: Prefixes) -> FloatArray:
    anybody = prefixes.length[:, None] > 0
    skews = skew_of_counts(prefixes.selected, prefixes.pool, PRIOR)
    return np.where(anybody, skews, np.nan)


def _ndkl(prefixes: Prefixes) -> FloatArray:
    """As ``ndkl_of_counts``, with what a prefix adds looked up by ad, value and count."""
    if "ndkl" not in prefixes.once:
        prefixes.once["ndkl"] = [*_divergences(prefixes)]
    places, terms = prefixes.place, np.zeros_like(prefixes.counts)
    for rows, value, table in prefixes.once["ndkl"]:
        counts = prefixes.counts[..., value][..., rows, :].astype(np.int64)
        terms[..., value][..., rows, :] = table[places - 1, counts]
    total = terms.sum(axis=-1)
    # As many weights as terms, so that both are summed in one order.
    weight = np.zeros_like(total)
    weight += prefixes.shown / np.log2(np.clip(prefixes.length[:, None], 1, places) + 1.0)
    return divide((total * weight).sum(axis=-1), weight.sum(axis=-1))


def _divergences(prefixes: Prefixes) -> Iterator[_Table]:
    """What each prefix adds to NDKL, by place and count."""
    places = prefixes.place[:, None]
    share = np.arange(len(places) + 1.0) / places
    for rows, value, size, group in _pools(prefixes):
        yield rows, value, _divergence(share, np.full(share.shape, group / size))


@dataclass(frozen=True)
class Row:
    """A measure that has one value an ad; ``values`` has one column a value but for whole lists."""

    measure: str
    values: _PerAd
    cells: Literal["whole", "values", "contrasts"] = "whole"
    undefined: str = _EMPTY
    variant: str = ""

    def of(self, case: Case) -> AdMeasure[Prefixes]:
        """The measure in the cells of a case."""
        values = case.design.groups.values
        cells: tuple[str, ...] = ("",) if self.cells == "whole" else values
        columns: list[int] | slice | None = None if self.cells == "whole" else slice(None)
        if self.cells == "contrasts":
            cells = tuple(str(contrast) for contrast in case.design.contrasts)
            columns = [values.index(contrast.group) for contrast in case.design.contrasts]
        found = self.values
        return AdMeasure(
            self.measure, self.variant, cells, lambda p: found(p)[..., columns], self.undefined
        )


_PREFIX_TESTS: Mapping[str, _PerAd] = {
    "too few at the cut": prefix_p_at_end,
    "too many at the cut": lambda p: prefix_p_at_end(p, "upper"),
    "too few in some prefix": lambda p: whole_list_null(p, p.seed).p_values(p),
    "too many in some prefix": lambda p: whole_list_null(p, p.seed, side="upper").p_values(p),
}
_SMOOTHED = f", smoothed by {PRIOR:.0f} person"
_TEST = f", share of ads with p <= {LEVEL_OF_PREFIX_TEST}: "
_CUTS = f", {ORIGINAL}"

PER_AD: tuple[Row, ...] = (
    Row("skew", _smoothed_skew, "values", variant=_SMOOTHED),
    Row("min_skew", lambda p: extreme_skew(p).smoothed_least, variant=_SMOOTHED),
    Row("max_skew", lambda p: extreme_skew(p).smoothed_greatest, variant=_SMOOTHED),
    Row("ndkl", _ndkl),
    *(
        Row("prefix_test", _significant(test), "contrasts", _NO_TEST, _TEST + words)
        for words, test in _PREFIX_TESTS.items()
    ),
    Row("rnd", rnd, "contrasts", _NO_CUT, _CUTS),
    Row("rkl", rkl, "contrasts", _NO_CUT, _CUTS),
    Row("rrd", rrd, "contrasts", _NO_MINORITY, _CUTS),
    Row("infeasible_index", infeasible_index),
    Row("infeasible_count", infeasible_count),
)
"""The measures that have one value an ad, in the order of reports."""


def _with_absent(figures: list[Figure], prefixes: Prefixes, scopes: Scopes) -> list[Figure]:
    """Skews with a reason where the plain skew is minus infinity: a group that isn't shown."""
    missing = (prefixes.selected == 0) & (prefixes.pool > 0) & (prefixes.length[:, None] > 0)
    values = prefixes.groups.values
    marked: list[Figure] = []
    for figure in figures:
        rows = missing[scopes.membership[:, scopes.names.index(figure.scope)]]
        if figure.measure == "skew":
            absent, who = int(rows[:, values.index(figure.cell)].sum()), f"{figure.cell} is"
        else:
            absent, who = int(rows.any(axis=1).sum()), "a group with qualified people is"
        if figure.measure in ("skew", "min_skew") and absent and figure.n:
            reason = (
                f"{who} absent from {absent} of {figure.n} lists, where the plain skew is minus "
                "infinity; the value is the smoothed one"
            )
            figure = replace(figure, reason=reason)
        marked.append(figure)
    return marked


RATIOS = ("mantel_haenszel", "pooled_ratio", "composition_null", "top_k_ratio")
MEASURES = [*dict.fromkeys((*RATIOS, *(row.measure for row in PER_AD)))]


def list_figures(case: Case) -> list[Figure]:
    """Every list measure of one attribute, or for each the reason why groups can't be compared."""
    if apart := case.not_comparable(MEASURES):
        return apart
    prefixes, rows = case.prefixes, [row.of(case) for row in PER_AD]
    figures = case.averaged(rows, prefixes.under, prefixes.chunk_size())
    ratios = [*stratified_figures(case), *pooled_figures(case)]
    return [*ratios, *_with_absent(figures, prefixes, case.scopes)]
