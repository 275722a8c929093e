"""People and positives of every cell, and what follows from them in whole numbers.

Everything starts from ``Counts``, never from rows: people can't be told apart from here on. The
benchmark, four-fifths and "one person" are exact integers; ratios are floats. Formulas, ranges and
sources are on the cards (``data/measures/rates.toml``). Nothing here knows chance: see ``tests``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, FloatArray, IntArray
from evenhand.measure.counts import Codes, divide
from evenhand.measure.figure import NO_INTERVAL

MOST_PEOPLE = 999_999_999
"""Products of two counts times five stay within 64 bits, and draws of the null can be made."""


@dataclass(frozen=True, eq=False)
class Counts:
    """People and positives per cell of one attribute (sex, race, or sex*race)."""

    cells: tuple[str, ...]  # The known values, sorted
    assessed: IntArray  # Shape ``(cells,)``: people
    positive: IntArray  # Shape ``(cells,)``: people selected, or scored above the median
    unknown_assessed: int = 0  # People whose cell isn't known
    unknown_positive: int = 0  # Positives among them

    def __post_init__(self) -> None:
        shape = (len(self.cells),)
        if self.assessed.shape != shape or self.positive.shape != shape:
            raise MeasureError(
                f"there are {len(self.cells)} cells, {self.assessed.shape} counts of people and "
                f"{self.positive.shape} of positives; give one of each per cell"
            )
        assessed = np.append(self.assessed, self.unknown_assessed)
        positive = np.append(self.positive, self.unknown_positive)
        if bool(((positive < 0) | (positive > assessed)).any()):
            raise MeasureError(
                "a cell has a negative count or more positives than people; recount the outcomes"
            )
        if int(assessed.sum()) > MOST_PEOPLE:
            raise MeasureError(
                f"there are {int(assessed.sum()):,} people and exact comparison goes up to "
                f"{MOST_PEOPLE:,}; assess periods apart"
            )

    @property
    def rates(self) -> FloatArray:
        """Rates, shape ``(cells,)``; NaN where nobody was assessed."""
        return divide(self.positive, self.assessed)

    @property
    def total_assessed(self) -> int:
        """People of known cell."""
        return int(self.assessed.sum())

    @property
    def total_positive(self) -> int:
        """Positives of known cell."""
        return int(self.positive.sum())

    @property
    def everybody(self) -> int:
        """People of known and unknown cell."""
        return self.total_assessed + self.unknown_assessed

    @property
    def pooled_rate(self) -> float:
        """Rate of everybody of known cell; NaN for none."""
        people = self.total_assessed
        return self.total_positive / people if people else math.nan

    @property
    def unknown_rate(self) -> float:
        """Rate of the people of unknown cell; NaN for none."""
        people = self.unknown_assessed
        return self.unknown_positive / people if people else math.nan


def count(
    codes: Codes,
    cells: Sequence[str],
    positive: BoolArray,
    weights: IntArray | None = None,
) -> Counts:
    """Count people and positives by cell."""
    if codes.shape != positive.shape or (weights is not None and weights.shape != codes.shape):
        raise MeasureError("codes, outcomes and weights must have one entry per person each")
    outside = len(codes) and not 0 <= int(codes.min()) <= int(codes.max()) <= len(cells)
    if outside or (weights is not None and bool((weights < 0).any())):
        raise MeasureError(
            f"a code is outside 0 to {len(cells)} or a weight is negative; encode the cells again"
        )
    people = np.ones(len(codes)) if weights is None else weights
    # Float sums of integers below 2**53 are exact.
    assessed, chosen = (
        np.bincount(codes[who], people[who], minlength=len(cells) + 1).astype(np.int64)
        for who in (slice(None), positive)
    )
    return Counts(tuple(cells), assessed[:-1], chosen[:-1], int(assessed[-1]), int(chosen[-1]))


TWO_PERCENT = 0.02
LEAST_PEOPLE = 5


@dataclass(frozen=True, eq=False)
class Benchmarked:
    """Who may be the benchmark and who is."""

    eligible: BoolArray  # Shape ``(cells,)``: may set the benchmark and the minimum ratio
    below_two_percent: BoolArray  # Shape ``(cells,)``: holds less than that share of everybody
    index: int | None  # The benchmark's place among the cells; None for none
    rule: str = ""  # Who may be it, to follow "the highest rate": ``of a group with …``


def find_benchmark(
    counts: Counts,
    *,
    least: int = LEAST_PEOPLE,
    two_percent: float = TWO_PERCENT,
    hidden: frozenset[str] = frozenset(),
) -> Benchmarked:
    """Pick the benchmark of a table."""
    share = Fraction(str(two_percent))
    shown = np.array([cell not in hidden for cell in counts.cells], dtype=np.bool_)
    eligible = ~_under(counts, share) & shown & (counts.assessed >= max(least, 1))
    rule = f"of a group with at least {float(100 * share):g}% of the people"
    return Benchmarked(
        eligible,
        _under(counts, Fraction(str(TWO_PERCENT))),
        _highest(counts, eligible),
        rule if share else "of any group",
    )


def _under(counts: Counts, share: Fraction) -> BoolArray:
    """Which cells hold less than that share of everybody, in whole numbers."""
    parts = counts.assessed.astype(object) * share.denominator
    return np.array(parts < share.numerator * counts.everybody, dtype=np.bool_)


def _highest(counts: Counts, eligible: BoolArray) -> int | None:
    """The highest rate, exactly; a tie goes to the larger cell, then to the first name."""
    places = sorted(np.flatnonzero(eligible).tolist(), key=counts.cells.__getitem__)
    sizes, positive = counts.assessed.tolist(), counts.positive.tolist()
    return max(places, key=lambda at: (Fraction(positive[at], sizes[at]), sizes[at]), default=None)


def highest_of_draws(positive: IntArray, sizes: IntArray, eligible: BoolArray) -> IntArray:
    """The benchmark of every draw, shape ``(draws,)``; an exact tie goes to the larger cell."""
    candidates = np.flatnonzero(eligible)
    order = candidates[np.argsort(-sizes[candidates], kind="stable")]
    best = np.full(len(positive), order[0])
    rows = np.arange(len(positive))
    for place in order[1:]:
        higher = positive[:, place] * sizes[best] > positive[rows, best] * sizes[place]
        best[higher] = place
    return best


def below_four_fifths(
    positive: ArrayLike, sizes: ArrayLike, benchmark_positive: ArrayLike, benchmark_size: ArrayLike
) -> BoolArray:
    """Whether rates are below 4/5 of the benchmark's; shapes broadcast."""
    selected, people, best, among = _integers(positive, sizes, benchmark_positive, benchmark_size)
    return 5 * selected * among < 4 * best * people


def shortfall(
    positive: ArrayLike, sizes: ArrayLike, benchmark_positive: ArrayLike, benchmark_size: ArrayLike
) -> IntArray:
    """Positives missing to reach 4/5 of the benchmark's rate; arguments as above."""
    selected, people, best, among = _integers(positive, sizes, benchmark_positive, benchmark_size)
    needed = -((-4 * best * people) // np.maximum(5 * among, 1))
    return np.where(among > 0, np.maximum(0, needed - selected), 0)


def _integers(*values: ArrayLike) -> tuple[IntArray, ...]:
    return tuple(np.asarray(value, dtype=np.int64) for value in values)


@dataclass(frozen=True, eq=False)
class ImpactRatios:
    """Ratios of every cell, each of shape ``(cells,)``."""

    selected: FloatArray  # To the benchmark's rate
    not_selected: FloatArray  # Of not being selected
    rest: FloatArray  # To the rate of everybody else


def impact_ratios(counts: Counts, benchmark: int | None) -> ImpactRatios:
    """The ratios of every cell."""
    rates, positive, people = counts.rates, counts.positive, counts.assessed
    rest = divide(positive.sum() - positive, people.sum() - people)
    best = math.nan if benchmark is None else float(rates[benchmark])
    return ImpactRatios(
        divide(rates, np.asarray(best)),
        divide(1 - rates, np.asarray(1 - best)),
        divide(rates, rest),
    )


TIED_SHARE = 0.1
"""Share of people at the median itself from which on the split is called distorted."""
NOBODY_ABOVE = "ties at the median: nobody is strictly above it, so scoring rates are undefined"


@dataclass(frozen=True)
class Scoring:
    """What the split at the median is worth."""

    median: float  # Of all scores; NaN for none
    people: int  # With a score
    at_median: int  # Of them, exactly at the median
    above: int  # Of them, strictly above
    missing: int  # People without a score (NaN), left out
    tied_share: float  # ``at_median / people``; NaN for none
    undefined: bool  # Whether rates mustn't be read at all
    state: str  # What to mind, loud; empty where nothing is


def above_median(
    scores: FloatArray, weights: IntArray | None = None
) -> tuple[BoolArray, BoolArray, Scoring]:
    """Split everybody at the median."""
    if weights is not None and (weights.shape != scores.shape or bool((weights < 0).any())):
        raise MeasureError("weights of scores must be one per person and none negative")
    scored = ~np.isnan(scores)
    each = np.ones(len(scores), dtype=np.int64) if weights is None else weights
    median = weighted_median(scores[scored], each[scored])
    above = np.zeros(scores.shape, dtype=np.bool_)
    np.greater(scores, median, out=above, where=scored)
    people, at_median, higher, missing = (
        int(each[who].sum()) for who in (scored, scores == median, above, ~scored)
    )
    share = at_median / people if people else math.nan
    state = _state(people, at_median, higher)
    found = Scoring(median, people, at_median, higher, missing, share, higher == 0, state)
    return above, scored, found


def weighted_median(values: FloatArray, weights: IntArray | None = None) -> float:
    """The median of values each repeated as often as its weight; NaN for none."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(np.ones(len(values), dtype=np.int64) if weights is None else weights[order])
    total = int(reached[-1]) if len(reached) else 0
    if not total:
        return math.nan
    places = np.searchsorted(reached, [(total - 1) // 2, total // 2], side="right")
    return float(values[order][places].mean())


def _state(people: int, at_median: int, above: int) -> str:
    if not people:
        return "nobody has a score, so scoring rates are undefined"
    if not above:
        return NOBODY_ABOVE
    if at_median <= 1 or at_median < TIED_SHARE * people:
        return ""
    return (
        f"ties at the median: {at_median / people:.0%} of the people have exactly the median "
        f"score and count as not above it; {above / people:.0%} are strictly above it, so rates "
        "depend on the steps of the score"
    )


Bounds = tuple[float, float]
_HALVINGS = 60


def unknown_bounds(counts: Counts, cell: int, benchmark: int) -> Bounds:
    """Bounds of one ratio while the benchmark stays what it is."""
    people, other = int(counts.assessed[cell]), int(counts.assessed[benchmark])
    if cell == benchmark or not people or not other:
        return NO_INTERVAL
    chosen, best = int(counts.positive[cell]), int(counts.positive[benchmark])
    gain = counts.unknown_positive
    rest = counts.unknown_assessed - gain
    low = _ratio(chosen, people + rest, best + gain, other + gain)
    return low, _ratio(chosen + gain, people + gain, best, other + rest)


def _ratio(chosen: int, people: int, best: int, other: int) -> float:
    if best == 0:
        return math.inf if chosen else math.nan
    return chosen * other / (people * best)


def unknown_bounds_repicked(counts: Counts, cell: int, eligible: BoolArray) -> Bounds:
    """Bounds of one ratio when the highest rate is looked for again after every allocation."""
    others = eligible & (np.arange(len(eligible)) != cell)
    if not counts.assessed[cell] or not others.any():
        return NO_INTERVAL
    positive, sizes = counts.positive[others], counts.assessed[others]
    chosen, people = int(counts.positive[cell]), int(counts.assessed[cell])
    gain = counts.unknown_positive
    rest = counts.unknown_assessed - gain
    highest = float(((positive + gain) / (sizes + gain)).max())
    lowest = _lowest_top(positive, sizes, rest)
    least = chosen / (people + rest)
    return _to_top(least, highest), _to_top((chosen + gain) / (people + gain), lowest)


def _to_top(rate: float, top: float) -> float:
    """Rate by the highest rate, which is the cell's own where it is above the others'."""
    return math.nan if max(rate, top) == 0 else min(1.0, rate / top if top else 1.0)


def _lowest_top(positive: IntArray, sizes: IntArray, people: int) -> float:
    """The lowest that the highest rate can get by adding people without positives."""
    low, high = 0.0, float((positive / sizes).max())
    for _ in range(_HALVINGS if high else 0):
        middle = (low + high) / 2
        enough = _added(positive, sizes, middle).sum() <= people
        low, high = (low, middle) if enough else (middle, high)
    return float((positive / (sizes + _added(positive, sizes, high))).max()) if high else 0.0


def _added(positive: IntArray, sizes: IntArray, top: float) -> IntArray:
    """People to add to each cell so that no rate is above ``top``."""
    wanted = np.ceil(np.minimum(positive / top, 1e15) - sizes - 1e-9)
    return np.maximum(wanted, 0).astype(np.int64)


def turns_on_one_person(
    positive: int, size: int, benchmark_positive: int, benchmark_size: int
) -> bool:
    """Whether the order of the two rates turns on one selection."""
    low, high = (positive, size), (benchmark_positive, benchmark_size)
    if low[0] * high[1] > high[0] * low[1]:
        low, high = high, low
    movable = high[0] > 0 and low[0] < low[1]
    differ = low[0] * high[1] != high[0] * low[1]
    return movable and differ and (low[0] + 1) * high[1] > (high[0] - 1) * low[1]


SMOOTHING = 0.5


def smoothed_edf(counts: Counts, smoothing: float = SMOOTHING) -> float:
    """ε of a table."""
    present = counts.assessed > 0
    if present.sum() < 2:
        return math.nan
    positive, people = counts.positive[present], counts.assessed[present]
    outcomes = np.stack([positive, people - positive])
    logs = np.log((outcomes + smoothing) / (people + 2 * smoothing))
    return float((logs.max(axis=1) - logs.min(axis=1)).max())
