"""Measures of ranked lists: who stands in the top k, and in which order, against the pool.

Every measure is taken within an ad's qualified pool: people who aren't qualified for the ad are
left out of its list and of its pool, and so are people of unknown value. ``list_figures`` gives all
at once with intervals and chance levels; formulas, ranges, traps and sources are on their cards
(``data/measures/lists.toml``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

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
    count_prefixes,
    divide,
    encode_labels,
    lists_of,
    top_positions,
)
from evenhand.measure.families.ratios import pooled_figures, stratified_figures
from evenhand.measure.figure import Figure
from evenhand.measure.resample import ResampleWeights
from evenhand.measure.study import (
    AdMeasure,
    Case,
    RatioTable,
    make_case,
    not_comparable,
    ratios_of,
)


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
    pool = prefixes.pool[:, None, :]
    people = np.maximum(pool.sum(axis=2, keepdims=True), 1)
    least = pool * prefixes.place[:, None] // people
    return (prefixes.counts < least) & prefixes.shown[:, :, None]


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
    jobs, values = prefixes.pool.shape
    number = prefixes.length // cuts.step
    people = prefixes.pool.sum(axis=1)
    keys = np.stack(
        [np.broadcast_to(array, (values, jobs)).T for array in (people, number)] + [prefixes.pool],
        axis=2,
    ).reshape(-1, 3)
    distinct, which = np.unique(keys, axis=0, return_inverse=True)
    found = [greatest_sum(gap, cuts, int(N), int(G), int(m)) for N, m, G in distinct]
    return np.array(found, dtype=np.float64)[which.reshape(-1)].reshape(jobs, values)


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
    p = prefix_p(prefixes, side)
    least = np.where(np.isnan(p), np.inf, p).min(axis=-2, initial=np.inf)
    return np.where(np.isfinite(least), least, np.nan)


def whole_list_null(
    prefixes: Prefixes, seed: int, *, draws: int = 1000, side: Side = "lower"
) -> WholeList:
    """Draw random orders of every pool and keep their least p-values."""
    if draws < 1:
        raise MeasureError(f"{draws} draws can't give a p-value; use 1 or more")
    jobs, values = prefixes.pool.shape
    empty = np.zeros(0)
    minima = [[empty] * values for _ in range(jobs)]
    drawn: dict[tuple[int, int, int], FloatArray] = {}
    for rows, value, table in _tables(prefixes, side):
        people, group = int(prefixes.pool[rows[0]].sum()), int(prefixes.pool[rows[0], value])
        for row in rows:
            key = (people, group, int(prefixes.length[row]))
            if key[2] and key not in drawn:
                drawn[key] = _draw_minima(*key, table, draws, seed)
            minima[row][value] = drawn.get(key, empty)
    return WholeList(tuple(tuple(row) for row in minima), side)


def _draw_minima(
    people: int, group: int, length: int, table: FloatArray, draws: int, seed: int
) -> FloatArray:
    """Least p-values of random orders of one pool, sorted."""
    rng = np.random.default_rng([seed, 5, people, group, length])
    count = np.zeros(draws, dtype=np.int64)
    least = np.ones(draws)
    for place in range(length):
        count += rng.random(draws) * (people - place) < group - count
        np.minimum(least, table[place, count], out=least)
    return np.sort(least)


def _tables(prefixes: Prefixes, side: Side) -> Iterator[tuple[IntArray, int, FloatArray]]:
    """Ads that share a pool size and group size, the group, and their table of p-values."""
    people = prefixes.pool.sum(axis=1)
    k = prefixes.shown.shape[1]
    made: dict[tuple[int, int], FloatArray] = {}
    for value in range(prefixes.pool.shape[1] if k else 0):
        sizes = np.stack([people, prefixes.pool[:, value]], axis=1)
        distinct, which = np.unique(sizes, axis=0, return_inverse=True)
        for index, (size, group) in enumerate(distinct.tolist()):
            if 0 < group < size:
                if (size, group) not in made:
                    made[size, group] = hypergeometric_table(size, group, k, side)
                yield np.flatnonzero(which.reshape(-1) == index), value, made[size, group]


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


@lru_cache(maxsize=65536)
def chance_level(composition: tuple[int, ...], selected: int) -> tuple[float, ...]:
    """Exact expectation of every group's ratio under a random draw."""
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
    """Ways to draw 0..selected people so that no group's rate exceeds ``rate``."""
    ways = np.zeros(selected + 1)
    ways[0] = 1.0
    for size in groups:
        allowed = np.zeros(selected + 1)
        for drawn in range(min(size, selected) + 1):
            if drawn / size <= rate:
                allowed[drawn] = math.comb(size, drawn)
        ways = np.convolve(ways, allowed)[: selected + 1]
    return ways


_PerAd = Callable[[Prefixes], FloatArray]
_Row = tuple[str, str, tuple[str, ...], _PerAd, str]
LEVEL_OF_PREFIX_TEST = 0.05
_EMPTY = "no list shows a qualified person of known value"
_NO_CUT = (
    f"no list shows {ORIGINAL.step} or more qualified people of known value, from a pool with "
    "people of both sides"
)
_NO_MINORITY = _NO_CUT + " where the group is at most half"
_NO_TEST = "no list shows a qualified person, from a pool with people of both sides"


def _averaged_figures(case: Case, prefixes: Prefixes, seed: int) -> list[Figure]:
    """The mean over ads of every measure that has one value an ad."""
    measures = [
        AdMeasure(measure, variant, cells, values, undefined)
        for measure, variant, cells, values, undefined in _measures(case, prefixes, seed)
    ]
    figures = case.averaged(measures, prefixes.under, prefixes.chunk_size())
    return _with_absent(figures, prefixes, case.design.scopes)


def _measures(case: Case, prefixes: Prefixes, seed: int) -> list[_Row]:
    """The measures that have one value an ad, in the order of reports."""
    values, contrasts = prefixes.groups.values, case.design.contrasts
    columns = [values.index(contrast.group) for contrast in contrasts]
    cells, whole = tuple(str(contrast) for contrast in contrasts), ("",)
    smoothed, cuts = f", smoothed by {PRIOR:.0f} person", f", {ORIGINAL}"

    def of_sides(measure: _PerAd) -> _PerAd:
        return lambda found: measure(found)[..., columns]

    few, many = (whole_list_null(prefixes, seed, side=side) for side in ("lower", "upper"))
    tests: dict[str, _PerAd] = {
        "too few at the cut": prefix_p_at_end,
        "too many at the cut": lambda found: prefix_p_at_end(found, "upper"),
        "too few in some prefix": few.p_values,
        "too many in some prefix": many.p_values,
    }
    share = f", share of ads with p <= {LEVEL_OF_PREFIX_TEST}: "
    return [
        ("skew", smoothed, values, _smoothed_skew, _EMPTY),
        ("min_skew", smoothed, whole, lambda p: extreme_skew(p).smoothed_least[..., None], _EMPTY),
        (
            "max_skew",
            smoothed,
            whole,
            lambda p: extreme_skew(p).smoothed_greatest[..., None],
            _EMPTY,
        ),
        ("ndkl", "", whole, _ndkl, _EMPTY),
        *(
            ("prefix_test", share + words, cells, of_sides(_significant(test)), _NO_TEST)
            for words, test in tests.items()
        ),
        ("rnd", cuts, cells, of_sides(rnd), _NO_CUT),
        ("rkl", cuts, cells, of_sides(rkl), _NO_CUT),
        ("rrd", cuts, cells, of_sides(rrd), _NO_MINORITY),
        ("infeasible_index", "", whole, lambda p: infeasible_index(p)[..., None], _EMPTY),
        ("infeasible_count", "", whole, lambda p: infeasible_count(p)[..., None], _EMPTY),
    ]


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
    shown = prefixes.shown.astype(np.float64)
    return ndkl_of_counts(prefixes.counts, shown, prefixes.desired)[..., None]


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


MEASURES = (
    "mantel_haenszel pooled_ratio composition_null top_k_ratio skew min_skew max_skew ndkl "
    "prefix_test rnd rkl rrd infeasible_index infeasible_count"
).split()


def list_figures(
    rankings: Rankings,
    qualified: BoolArray,
    labels: Labels,
    k: int,
    *,
    attribute: str,
    groups_of_jobs: Sequence[str],
    weights: ResampleWeights,
    null_codes: NDArray[np.int16],
    seed: int,
    min_group: int = 20,
    by_scope: bool = False,
    ratios: RatioTable | None = None,
) -> list[Figure]:
    """Every list measure of one attribute, or for each the reason why groups can't be compared.

    ``null_codes`` are ``permuted_codes`` of the same labels: the first 200 for what must be
    recomputed, all of them for R. ``seed`` is of the Monte-Carlo prefix test. ``ratios`` are R of
    these lists, where it was estimated already with these weights and codes. ``by_scope`` gives
    every occupation group figures too.
    """
    lists = lists_of(rankings, qualified, labels, k)
    prefixes, values = count_prefixes(lists), lists.groups.values
    if len(values) < 2:
        return not_comparable(MEASURES, attribute, values)
    case = make_case(
        lists,
        k,
        attribute=attribute,
        groups_of_jobs=groups_of_jobs,
        weights=weights,
        null_codes=null_codes,
        by_scope=by_scope,
        contrasts=() if ratios is None else ratios.design.contrasts,
        min_group=min_group,
    )
    return [
        *stratified_figures(case, ratios or ratios_of(case.design, lists, weights)),
        *pooled_figures(case),
        *_averaged_figures(case, prefixes, seed),
    ]
