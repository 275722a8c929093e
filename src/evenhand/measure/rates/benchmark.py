"""The benchmark: the cell with the highest rate among those that may be it.

Formula: ``argmax_g x_g / n_g``, compared exactly as ``x_a n_b`` against ``x_b n_a``; an exact tie
goes to the larger cell, then to the name that sorts first.
A cell may be it if it holds at least ``least`` people and at least 2 % of everybody (the unknown
included; 0 % where every category counts) and isn't hidden. The others keep their row.
Undefined: None where no cell may be it.
Source: 6 RCNY 5-300 (highest rate; categories below 2 % of the data may be left out of the
ratios); the least number of people is this package's.

Not a reference group that somebody chose: it is picked by looking at the rates, and tests against
it must know that.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from evenhand.match.protocol import BoolArray, IntArray
from evenhand.measure.rates.counts import Counts

TWO_PERCENT = 0.02
LEAST_PEOPLE = 5


@dataclass(frozen=True, eq=False)
class Benchmarked:
    """Who may be the benchmark and who is.

    Attributes:
        eligible: Shape ``(cells,)``: may set the benchmark and the minimum ratio.
        below_two_percent: Shape ``(cells,)``: holds less than that share of everybody.
        index: The benchmark's place among the cells; None for none.
        rule: Who may be it, to follow "the highest rate": ``of a group with …``.
    """

    eligible: BoolArray
    below_two_percent: BoolArray
    index: int | None
    rule: str = ""


def find_benchmark(
    counts: Counts,
    *,
    least: int = LEAST_PEOPLE,
    two_percent: float = TWO_PERCENT,
    hidden: frozenset[str] = frozenset(),
) -> Benchmarked:
    """Pick the benchmark of a table.

    Args:
        counts: The table.
        least: Fewest people that a benchmark may have.
        two_percent: Least share of everybody that it may have.
        hidden: Cells that the report suppresses; they can't be it.
    """
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
    best: int | None = None
    for place in np.flatnonzero(eligible).tolist():
        if best is None or _before(counts, place, best):
            best = place
    return best


def _before(counts: Counts, one: int, other: int) -> bool:
    """Whether cell ``one`` goes before the ``other`` as a benchmark."""
    sizes, positive = counts.assessed, counts.positive
    difference = int(positive[one]) * int(sizes[other]) - int(positive[other]) * int(sizes[one])
    if difference or sizes[one] != sizes[other]:
        return (difference, int(sizes[one])) > (0, int(sizes[other]))
    return counts.cells[one] < counts.cells[other]


def highest_of_draws(positive: IntArray, sizes: IntArray, eligible: BoolArray) -> IntArray:
    """The benchmark of every draw, shape ``(draws,)``; an exact tie goes to the larger cell.

    Args:
        positive: Shape ``(draws, cells)``.
        sizes: Shape ``(cells,)``: people.
        eligible: Shape ``(cells,)``: who may be it; at least one may.
    """
    candidates = np.flatnonzero(eligible)
    order = candidates[np.argsort(-sizes[candidates], kind="stable")]
    best = np.full(len(positive), order[0])
    rows = np.arange(len(positive))
    for place in order[1:]:
        higher = positive[:, place] * sizes[best] > positive[rows, best] * sizes[place]
        best[higher] = place
    return best
