"""Tests, intervals and power of rates, and what chance alone makes of all tables of a page.

The null: people are put together by their values of all attributes (a *combination*). Under no bias
the outcomes (selected and above the median, together) belong to any of them alike, so they are
dealt anew among the combinations: multivariate hypergeometric, sizes and outcomes fixed. So tables
of sex, race and sex*race move as one, and selection moves with scores; in every draw each table
picks its benchmark again. It is no null within jobs or periods: see ``cochran_mantel_haenszel``.
Formulas, ranges and sources are on the cards (``data/measures/rates.toml``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, FloatArray, IntArray
from evenhand.measure.counts import divide
from evenhand.measure.figure import NO_INTERVAL
from evenhand.measure.rates.counts import Benchmarked, Counts, below_four_fifths, highest_of_draws


def z_difference(
    positive: ArrayLike, sizes: ArrayLike, benchmark_positive: ArrayLike, benchmark_size: ArrayLike
) -> FloatArray:
    """Pooled z of the difference; shapes broadcast."""
    rate, best, pooled, people, among = _rates(positive, sizes, benchmark_positive, benchmark_size)
    variance = pooled * (1 - pooled) * (divide(people + among, people * among))
    return divide(rate - best, np.sqrt(variance))


def z_ratio(
    positive: ArrayLike, sizes: ArrayLike, benchmark_positive: ArrayLike, benchmark_size: ArrayLike
) -> FloatArray:
    """Morris and Lobsenz's z of the ratio; arguments as above."""
    rate, best, pooled, people, among = _rates(positive, sizes, benchmark_positive, benchmark_size)
    ratio = divide(rate, best)
    logs = np.log(ratio, out=np.full(ratio.shape, np.nan), where=ratio > 0)
    variance = divide(1 - pooled, pooled) * divide(people + among, people * among)
    return divide(logs, np.sqrt(variance))


def _rates(*values: ArrayLike) -> tuple[FloatArray, ...]:
    """Both rates, the pooled rate and both sizes."""
    selected, people, best, among = (np.asarray(value, dtype=np.float64) for value in values)
    return (
        divide(selected, people),
        divide(best, among),
        divide(selected + best, people + among),
        people,
        among,
    )


_TIE = 1e-7
"""Relative slack within which two tables are equally probable (as in R and scipy)."""
_TINY = float(np.finfo(np.float64).tiny)
_DEVIATIONS, _MORE = 40, 1000
"""So many standard deviations and people from the mean a table's probability underflows."""


AGAINST_BENCHMARK: Mapping[str, Callable[..., FloatArray]] = {
    "z_difference": z_difference,
    "z_ratio": z_ratio,
}
"""Tests of a cell against the benchmark, by the field of an assessment that holds them."""


def fisher(positive: int, size: int, benchmark_positive: int, benchmark_size: int) -> float:
    """Two-sided p-value of one 2 x 2 table; milliseconds for a hundred million people."""
    if not size or not benchmark_size:
        return math.nan
    chosen = positive + benchmark_positive
    support = _support(chosen, size, benchmark_size)
    if not support[0] <= positive <= support[-1]:
        return _TINY
    # Logs of the probabilities up to a constant, from ratios of neighbours.
    below = support[:-1].astype(np.float64)
    up = np.log((size - below) * (chosen - below))
    down = np.log((below + 1) * (benchmark_size - chosen + below + 1))
    logs = np.concatenate(([0.0], np.cumsum(up - down)))
    weights = np.exp(logs - logs.max())
    observed = weights[positive - int(support[0])]
    as_extreme = weights[weights <= observed * (1 + _TIE)].sum() / weights.sum()
    return max(float(min(1.0, as_extreme)), _TINY)


def _support(chosen: int, size: int, other: int) -> IntArray:
    """The values that ``x_g`` can take with a probability that isn't 0 in floats."""
    total = size + other
    rate = chosen / total
    mean = size * rate
    deviation = math.sqrt(max(mean * (1 - rate) * other / max(total - 1, 1), 0.0))
    low = max(0, chosen - other, math.floor(mean - _DEVIATIONS * deviation - _MORE))
    high = min(chosen, size, math.ceil(mean + _DEVIATIONS * deviation + _MORE))
    return np.arange(low, high + 1, dtype=np.int64)


ALONE = NormalDist().inv_cdf(0.975)
"""The reach of a 95 % interval that stands alone."""
_LOG_REACH = 60.0
_HALVINGS = 64


def koopman(
    positive: ArrayLike,
    sizes: ArrayLike,
    benchmark_positive: ArrayLike,
    benchmark_size: ArrayLike,
    reach: float = ALONE,
) -> FloatArray:
    """Intervals of ratios, shape ``(..., 2)``; shapes broadcast."""
    values = (positive, sizes, benchmark_positive, benchmark_size)
    sides = np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in values))
    selected, people, best, among = sides
    low = np.where(selected > 0, _solve(sides, reach), 0.0)
    high = np.where(best > 0, _solve(sides, -reach), np.inf)
    empty = (people == 0) | (among == 0)
    return np.where(empty[..., None], np.nan, np.stack([low, high], axis=-1))


def _solve(sides: tuple[FloatArray, ...], target: float) -> FloatArray:
    """The ratio at which the statistic equals the target."""
    shape = sides[0].shape
    low, high = np.full(shape, -_LOG_REACH), np.full(shape, _LOG_REACH)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        above = _score(np.exp(middle), sides) > target
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.exp((low + high) / 2)


def _score(ratio: FloatArray, sides: tuple[FloatArray, ...]) -> FloatArray:
    selected, people, best, among = sides
    total = people + among
    linear = people * ratio + selected + among + best * ratio
    root = np.sqrt(np.maximum(linear**2 - 4 * total * ratio * (selected + best), 0.0))
    other = np.minimum(divide(2 * (selected + best), linear + root), 1.0)
    own = np.minimum(ratio * other, 1.0)
    variance = divide(own * (1 - own), people) + ratio**2 * divide(other * (1 - other), among)
    gap = divide(selected, people) - ratio * divide(best, among)
    sure = np.where(gap == 0, 0.0, np.copysign(np.inf, gap))
    return np.divide(gap, np.sqrt(variance), out=sure, where=variance > 0)


POWER = 0.8
FOUR_FIFTHS = 0.8
_STEPS = 60


def detectable_ratio(
    size: int, benchmark_size: int, benchmark_rate: float, reach: float = ALONE
) -> float:
    """The ratio nearest to 1 that would be found with 80 % power."""
    if not size or not benchmark_size or not 0 < benchmark_rate <= 1:
        return math.nan
    low, high = 0.0, 1.0
    if not _found(low, size, benchmark_size, benchmark_rate, reach):
        return math.nan
    for _ in range(_STEPS):
        middle = (low + high) / 2
        found = _found(middle, size, benchmark_size, benchmark_rate, reach)
        low, high = (middle, high) if found else (low, middle)
    return low


def needed_people(
    benchmark_rate: float,
    benchmark_by_cell: float,
    ratio: float = FOUR_FIFTHS,
    reach: float = ALONE,
) -> int | None:
    """People of the cell needed to find a true ratio; None where no number is enough."""
    if not (0 < benchmark_rate <= 1 and 0 < benchmark_by_cell < math.inf and 0 <= ratio < 1):
        return None
    gap = _gap(ratio, 1.0, benchmark_by_cell, benchmark_rate, reach)
    return max(1, math.ceil((gap / (benchmark_rate * (1 - ratio))) ** 2))


def _found(ratio: float, size: float, benchmark_size: float, rate: float, reach: float) -> bool:
    return rate * (1 - ratio) >= _gap(ratio, size, benchmark_size, rate, reach)


def _gap(ratio: float, size: float, benchmark_size: float, rate: float, reach: float) -> float:
    """The difference of rates that would be found with the wanted power."""
    own = ratio * rate
    pooled = (own * size + rate * benchmark_size) / (size + benchmark_size)
    under_parity = pooled * (1 - pooled) * (1 / size + 1 / benchmark_size)
    under_gap = own * (1 - own) / size + rate * (1 - rate) / benchmark_size
    return reach * math.sqrt(under_parity) + NormalDist().inv_cdf(POWER) * math.sqrt(under_gap)


def chi_square_tail(value: float, degrees: int) -> float:
    """Probability of a chi-square value at or above ``value``."""
    if math.isnan(value) or degrees < 1:
        return math.nan
    half = value / 2
    if half == 0:
        return 1.0
    odd = degrees % 2
    start = math.erfc(math.sqrt(half)) if odd else 0.0
    powers = (i - 0.5 if odd else float(i - 1) for i in range(1, (degrees + 1 - odd) // 2 + 1))
    terms = (math.exp(p * math.log(half) - half - math.lgamma(p + 1)) for p in powers)
    return min(1.0, start + math.fsum(terms))


@dataclass(frozen=True)
class CochranMantelHaenszel:
    """One cell against another over strata."""

    cell: str
    benchmark: str  # The other
    strata: int = 0  # Strata that have both sides and both outcomes
    ratio: float = math.nan  # Common ratio of rates
    interval: tuple[float, float] = NO_INTERVAL
    odds_ratio: float = math.nan  # Common odds ratio
    statistic: float = math.nan  # Chi-square of the test, without continuity correction
    p_value: float = math.nan  # Of the test that there is no difference in any stratum
    breslow_day: float = math.nan  # Statistic of homogeneity of the odds ratios
    breslow_day_p: float = math.nan  # Its p-value; NaN for one stratum or extreme odds
    reason: str = ""  # Why there is no result; empty otherwise


def cochran_mantel_haenszel(
    strata: Sequence[Counts], cell: str, benchmark: str, level: float = 0.95
) -> CochranMantelHaenszel:
    """Compare one cell with another across strata; those that lack a cell are left out."""
    if cell == benchmark:
        raise MeasureError(f"the cell {cell!r} is compared with itself; name two cells")
    rows: list[tuple[int, int, int, int]] = []
    for counts in strata:
        if {cell, benchmark} <= set(counts.cells):
            one, other = counts.cells.index(cell), counts.cells.index(benchmark)
            sides = (counts.positive[one], counts.assessed[one])
            rows.append((*sides, counts.positive[other], counts.assessed[other]))
    chosen, people, best, among = np.array(rows, dtype=np.float64).reshape(-1, 4).T
    positive, total = chosen + best, people + among
    keep = (people > 0) & (among > 0) & (positive > 0) & (positive < total)
    if not keep.any():
        why = "no period has people of both groups with both outcomes"
        return CochranMantelHaenszel(cell, benchmark, reason=why)
    tables = _Tables(chosen[keep], people[keep], best[keep], among[keep])
    return tables.compared(cell, benchmark, level)


@dataclass(frozen=True, eq=False)
class _Tables:
    """Positives and people of both sides in every stratum, each of shape ``(strata,)``."""

    chosen: FloatArray
    people: FloatArray
    best: FloatArray
    among: FloatArray

    def compared(self, cell: str, benchmark: str, level: float) -> CochranMantelHaenszel:
        """The common ratio, the test and the homogeneity of odds ratios."""
        chosen, people, best, among = self.chosen, self.people, self.best, self.among
        positive, total = chosen + best, people + among
        upper, lower = float((chosen * among / total).sum()), float((best * people / total).sum())
        interval = NO_INTERVAL
        if upper and lower:
            spread = people * among * positive - chosen * best * total
            deviation = math.sqrt(float((spread / total**2).sum()) / (upper * lower))
            interval = _around(math.log(upper / lower), deviation, level)
        odds = _over(
            float((chosen * (among - best) / total).sum()),
            float((best * (people - chosen) / total).sum()),
        )
        gap = float((chosen - positive * people / total).sum())
        spread = people * among * positive * (total - positive)
        statistic = gap**2 / float((spread / (total**2 * (total - 1))).sum())
        return CochranMantelHaenszel(
            cell,
            benchmark,
            len(chosen),
            _over(upper, lower),
            interval,
            odds,
            statistic,
            chi_square_tail(statistic, 1),
            *self._breslow_day(odds),
        )

    def _breslow_day(self, odds: float) -> tuple[float, float]:
        """Statistic and p-value; NaN with fewer than two strata or extreme odds."""
        if len(self.chosen) < 2 or not 0 < odds < math.inf:
            return math.nan, math.nan
        positive = self.chosen + self.best
        # Positives of the cell at the common odds ratio: the root between the margins.
        linear = self.among - positive + odds * (self.people + positive)
        constant = odds * self.people * positive
        root = np.sqrt(np.maximum(linear**2 - 4 * (odds - 1) * constant, 0.0))
        expected = 2 * constant / (linear + root)
        parts = (
            1 / expected
            + 1 / (positive - expected)
            + 1 / (self.people - expected)
            + 1 / (self.among - positive + expected)
        )
        statistic = float(((self.chosen - expected) ** 2 * parts).sum())
        return statistic, chi_square_tail(statistic, len(self.chosen) - 1)


def _over(upper: float, lower: float) -> float:
    if lower == 0:
        return math.inf if upper else math.nan
    return upper / lower


def _around(log: float, deviation: float, level: float) -> tuple[float, float]:
    """The normal interval of a log, as ratios."""
    reach = NormalDist().inv_cdf(0.5 + level / 2) * deviation
    return math.exp(log - reach), math.exp(log + reach)


Unit = TypeVar("Unit")
_AT_ONCE = 400_000
"""Numbers that are drawn at once: memory stays flat however many combinations there are."""
NO, YES, NOT_KNOWN = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Prepared:
    """One table and who may do what in it."""

    counts: Counts  # The table
    picked: Benchmarked  # Who may be the benchmark and who is
    hidden: frozenset[str]  # Cells that the report suppresses; ``""`` stands for the unknown

    @property
    def shown(self) -> BoolArray:
        """Shape ``(cells,)``: the cells over which errors are counted."""
        return np.array([cell not in self.hidden for cell in self.counts.cells], dtype=np.bool_)

    @property
    def family(self) -> BoolArray:
        """Shape ``(cells,)``: shown and with people."""
        return self.shown & (self.counts.assessed > 0)

    @property
    def statistics(self) -> FloatArray:
        """Z of every cell against the benchmark, shape ``(cells,)``."""
        best, counts = self.picked.index, self.counts
        if best is None:
            return np.full(len(counts.cells), np.nan)
        z = z_difference(
            counts.positive, counts.assessed, counts.positive[best], counts.assessed[best]
        )
        tested = (counts.assessed > 0) & (np.arange(len(z)) != best)
        return np.where(tested, np.where(np.isnan(z), 0.0, z), np.nan)

    @property
    def to_rest(self) -> FloatArray:
        """Z of every cell against everybody else of known cell, shape ``(cells,)``, likewise."""
        return z_to_rest(self.counts.positive, self.counts.assessed)

    @property
    def furthest(self) -> float:
        """The largest |z| of the family, of both kinds; 0 for none."""
        z = np.abs([self.statistics[self.family], self.to_rest[self.family]])
        return float(z[~np.isnan(z)].max(initial=0.0))


@dataclass(frozen=True, eq=False)
class Null:
    """One table in every draw."""

    furthest: FloatArray  # Shape ``(draws,)``: largest |z|
    smallest: FloatArray  # Shape ``(draws,)``: smallest ratio; NaN where undefined
    below: BoolArray  # Shape ``(draws,)``: whether some ratio is below 4/5, in exact integers

    @classmethod
    def joined(cls, parts: Sequence[Null]) -> Null:
        """Draws of one table, one after the other."""
        each = ((one.furthest, one.smallest, one.below) for one in parts)
        return cls(*(np.concatenate(found) for found in zip(*each, strict=True)))


@dataclass(frozen=True, eq=False)
class Joint(Generic[Unit]):
    """Everybody by combination of values and by outcomes."""

    # Shape ``(combinations, 3, 3)``: by selected and by above the median, each no, yes or not
    # known (or hidden in the tables of that rate)
    people: IntArray
    # By table, shape ``(combinations,)``: place among its cells; as many as there are for the
    # unknown
    cells: Mapping[Unit, IntArray]
    scored: Mapping[Unit, bool]  # By table: positives are those above the median


def joint_of_counts(counts: Counts, unit: Unit) -> Joint[Unit]:
    """A table alone: its cells are the combinations."""
    people = np.zeros((len(counts.cells), 3, 3), dtype=np.int64)
    people[:, YES, NOT_KNOWN] = counts.positive
    people[:, NO, NOT_KNOWN] = counts.assessed - counts.positive
    return Joint(people, {unit: np.arange(len(counts.cells))}, {unit: False})


def nulls(
    joint: Joint[Unit], tables: Mapping[Unit, Prepared], draws: int, seed: int
) -> dict[Unit, Null]:
    """Every table that has a benchmark, in the same draws."""
    wanted = {unit: one for unit, one in tables.items() if one.picked.index is not None}
    parts: dict[Unit, list[Null]] = {unit: [] for unit in wanted}
    # Which combination is in which cell; products of such counts are exact in floats.
    where = {
        unit: (joint.cells[unit][:, None] == np.arange(len(one.counts.cells))).astype(np.float64)
        for unit, one in wanted.items()
    }
    for chosen, above in dealt_outcomes(joint.people, draws, seed) if wanted else ():
        for unit, one in wanted.items():
            positive = above if joint.scored[unit] else chosen
            parts[unit].append(null_of((positive @ where[unit]).astype(np.int64), one))
    return {unit: Null.joined(found) for unit, found in parts.items()}


def null_of(positive: IntArray, table: Prepared) -> Null:
    """One table whose positives were dealt."""
    sizes, eligible, family = table.counts.assessed, table.picked.eligible, table.family
    best = highest_of_draws(positive, sizes, eligible)
    top, among = np.take_along_axis(positive, best[:, None], axis=1), sizes[best][:, None]
    z = np.abs(z_difference(positive[:, family], sizes[family], top, among))
    rest = np.abs(z_to_rest(positive, sizes)[:, family])
    rates = positive[:, eligible] / sizes[eligible]
    below = below_four_fifths(positive[:, eligible], sizes[eligible], top, among)
    return Null(
        np.fmax(np.nan_to_num(z), np.nan_to_num(rest)).max(axis=1, initial=0.0),
        divide(rates.min(axis=1), top[:, 0] / sizes[best]),
        np.asarray(below.any(axis=1), dtype=np.bool_),
    )


def z_to_rest(positive: IntArray, sizes: IntArray) -> FloatArray:
    """Z of every cell against all others together; NaN without people on both sides."""
    others, people = positive.sum(axis=-1, keepdims=True) - positive, sizes.sum() - sizes
    z = z_difference(positive, np.broadcast_to(sizes, positive.shape), others, people)
    return np.where((sizes > 0) & (people > 0), np.where(np.isnan(z), 0.0, z), np.nan)


def dealt_outcomes(
    people: IntArray, draws: int, seed: int
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Selected and above the median by combination, each ``(some draws, combinations)``."""
    if draws < 1:
        raise MeasureError(f"{draws} permutations can't give a null; use 1 or more")
    rng = np.random.default_rng([seed, 41])
    known = slice(NO, NOT_KNOWN)
    both, chosen = people[:, known, known].sum(axis=(1, 2)), people[:, YES, known].sum()
    above = int(people[:, YES, YES].sum()), int(people[:, NO, YES].sum())
    only_chosen, only_above = people[:, known, NOT_KNOWN], people[:, NOT_KNOWN, known]
    step = max(1, _AT_ONCE // max(len(people), 1))
    for start in range(0, draws, step):
        number = min(step, draws - start)
        selected = _dealt(rng, np.tile(both, (number, 1)), int(chosen))
        higher = _dealt(rng, selected, above[0]) + _dealt(rng, both - selected, above[1])
        for known_in_one, found in ((only_chosen, selected), (only_above, higher)):
            sizes = np.tile(known_in_one.sum(axis=1), (number, 1))
            found += _dealt(rng, sizes, int(known_in_one[:, YES].sum()))
        yield selected.astype(np.float64), higher.astype(np.float64)


def _dealt(rng: np.random.Generator, sizes: IntArray, number: int) -> IntArray:
    """So many people drawn out of cells, ``(draws, cells)``: halves, then halves of those."""
    draws, cells = sizes.shape
    if not number or not cells:
        return np.zeros(sizes.shape, dtype=np.int64)
    levels = [np.pad(sizes, ((0, 0), (0, (1 << (cells - 1).bit_length()) - cells)))]
    while levels[-1].shape[1] > 1:
        levels.append(levels[-1].reshape(draws, -1, 2).sum(axis=2))
    found = np.full((draws, 1), number, dtype=np.int64)
    for level in reversed(levels[:-1]):
        left = rng.hypergeometric(level[:, 0::2], level[:, 1::2], found)
        found = np.stack((left, found - left), axis=2).reshape(draws, -1)
    return found[:, :cells]


@dataclass(frozen=True)
class MinimumRatio:
    """The smallest ratio of a table."""

    value: float = math.nan  # The ratio; NaN where undefined
    cell: str = ""  # Whose it is
    chance: tuple[float, float] = NO_INTERVAL  # 95 % of the smallest under no bias
    chance_median: float = math.nan  # Its median under no bias
    chance_below_four_fifths: float = math.nan  # How often some ratio is below 4/5 under no bias
    permutations: int = 0  # Draws of the null
    reason: str = ""  # Why it is undefined; empty otherwise


def minimum_ratio(counts: Counts, picked: Benchmarked, null: Null | None) -> MinimumRatio:
    """The smallest ratio with its null."""
    eligible = picked.eligible
    if picked.index is None or null is None or eligible.sum() < 2:
        return MinimumRatio(reason="fewer than two groups are large enough to be compared")
    if counts.positive[picked.index] == 0:
        return MinimumRatio(reason="nobody was selected")
    rates = np.where(eligible, counts.rates, np.inf)
    place = int(np.argmin(rates))
    defined = null.smallest[~np.isnan(null.smallest)]
    low, middle, high = _quantiles(defined) if len(defined) else (math.nan,) * 3
    return MinimumRatio(
        float(rates[place] / counts.rates[picked.index]),
        counts.cells[place],
        (low, high),
        middle,
        float(null.below.mean()),
        len(null.below),
    )


def _quantiles(draws: NDArray[np.float64]) -> tuple[float, float, float]:
    """Those at .025, .5 and .975, as ``np.quantile`` has them, which loads a library to ask."""
    ordered = np.sort(draws)
    at = (len(draws) - 1) * np.array([0.025, 0.5, 0.975])
    first = np.floor(at).astype(np.intp)
    share = at - first
    low, high = ordered[first], ordered[np.minimum(first + 1, len(draws) - 1)]
    between = high - low
    found = np.where(share < 0.5, low + between * share, high - between * (1 - share))
    return float(found[0]), float(found[1]), float(found[2])


@dataclass(frozen=True)
class RatioChange:
    """One ratio in two audits."""

    cell: str
    benchmark: str  # What it is set against in both
    before: float = math.nan  # Ratio in A
    after: float = math.nan  # Ratio in B
    change: float = math.nan  # After by before
    interval: tuple[float, float] = NO_INTERVAL  # Of the change
    p_value: float = math.nan  # That there is no change
    people: tuple[int, int] = (0, 0)  # In A and in B; the same people twice where they are paired
    paired: bool = False  # Whether they are the same people
    reason: str = ""  # Why there is no change to give; empty otherwise


@dataclass(frozen=True, eq=False)
class Twice:
    """The same people in two audits, by cell."""

    cells: tuple[str, ...]  # The known values, sorted
    joint: IntArray  # ``(cells, 2, 2)``: people negative or positive in A (first) and B


def ratio_change(
    before: Counts, after: Counts, cell: str, benchmark: str, level: float = 0.95
) -> RatioChange:
    """The change of one ratio between audits of different people."""
    _refuse_itself(cell, benchmark)
    sides: list[tuple[int, int]] = []
    for counts in (before, after):
        for name in (cell, benchmark):
            if name not in counts.cells:
                return RatioChange(cell, benchmark, reason=f"{name} isn't in both audits")
            place = counts.cells.index(name)
            sides.append((int(counts.positive[place]), int(counts.assessed[place])))
    if min(x for x, _ in sides) == 0:
        return RatioChange(cell, benchmark, reason="a group has nobody selected in one audit")
    variance = sum(1 / x - 1 / n for x, n in sides)
    (a, m), (b, n), (c, o), (d, p) = sides
    first, second = (a / m) / (b / n), (c / o) / (d / p)
    return _changed((cell, benchmark), first, second, variance, (m + n, o + p), level)


def paired_ratio_change(
    twice: Twice, cell: str, benchmark: str, level: float = 0.95
) -> RatioChange:
    """The change of one ratio between two audits of the same people."""
    _refuse_itself(cell, benchmark)
    if not {cell, benchmark} <= set(twice.cells):
        return RatioChange(cell, benchmark, paired=True, reason="a group isn't in both audits")
    joint = twice.joint[[twice.cells.index(name) for name in (cell, benchmark)]].astype(np.float64)
    people = joint.sum(axis=(1, 2))
    before, after = joint[:, 1].sum(axis=1), joint[:, :, 1].sum(axis=1)
    if min(before.min(), after.min()) == 0:
        reason = "a group has nobody selected in one audit"
        return RatioChange(cell, benchmark, paired=True, reason=reason)
    both = joint[:, 1, 1]
    # With counts x in place of shares p the people of a cell cancel: 1/n * 1/p = 1/x.
    variance = float((1 / before + 1 / after - 2 * both / (before * after)).sum())
    rates = np.stack([before, after]) / people
    first, second = (float(cells[0] / cells[1]) for cells in rates)
    total = int(people.sum())
    return _changed((cell, benchmark), first, second, variance, (total, total), level, paired=True)


def _refuse_itself(cell: str, benchmark: str) -> None:
    if cell == benchmark:
        raise MeasureError(f"the cell {cell!r} is compared with itself; name two cells")


def _changed(
    sides: tuple[str, str],
    before: float,
    after: float,
    variance: float,
    people: tuple[int, int],
    level: float,
    *,
    paired: bool = False,
) -> RatioChange:
    """Delta method on logs of proportions (Katz et al. 1978)."""
    deviation = math.sqrt(max(variance, 0.0))
    log = math.log(after / before)
    distance = abs(log) / deviation if deviation > 0 else (math.inf if log else 0.0)
    p_value, interval = 2 * (1 - NormalDist().cdf(distance)), _around(log, deviation, level)
    return RatioChange(*sides, before, after, math.exp(log), interval, p_value, people, paired)
