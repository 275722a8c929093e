"""What chance alone makes of all tables of a page at once.

Formula: people are put together by their values of all attributes (a *combination*). Under no bias
the outcomes (selected and above the median, together) belong to any of them alike, so they are
dealt anew among the combinations: multivariate hypergeometric, sizes and outcomes fixed. So a
person's attributes stay together, and so do their outcomes: tables of sex, race and sex*race move
as one, and selection moves with scores. People whose selection or score isn't known, or whose
group is hidden in one of the two, are dealt among their like. In every draw each table picks its
benchmark again.
Range: ``furthest`` is the largest |z| (``z_test``) of a table, of a cell against the benchmark of
the draw or against everybody else, 0 or more; ``smallest`` the smallest ratio of cells that may be
the benchmark, 0 to 1.
Undefined: NaN ratio where nobody of the benchmark was selected in a draw; such a draw has z = 0.
Source: the permutation principle (Good 2005), by counts.

Not a null within jobs or periods: a gap that comes from who applied where is no chance. See
``cochran_mantel_haenszel`` for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, FloatArray, IntArray
from evenhand.measure.rates.benchmark import Benchmarked, highest_of_draws
from evenhand.measure.rates.counts import Counts
from evenhand.measure.rates.four_fifths import below_four_fifths
from evenhand.measure.rates.z_test import z_difference
from evenhand.measure.selection import divide

Unit = TypeVar("Unit")
_AT_ONCE = 400_000
"""Numbers that are drawn at once: memory stays flat however many combinations there are."""
NO, YES, NOT_KNOWN = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Prepared:
    """One table and who may do what in it.

    Attributes:
        counts: The table.
        picked: Who may be the benchmark and who is.
        hidden: Cells that the report suppresses; ``""`` stands for the unknown.
    """

    counts: Counts
    picked: Benchmarked
    hidden: frozenset[str]

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
        """Z of every cell against the benchmark, shape ``(cells,)``.

        0 where everybody or nobody of both sides was selected; NaN without people or a benchmark,
        and for the benchmark itself.
        """
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
        """Z of every cell against everybody else of known cell, shape ``(cells,)``, likewise.

        A benchmark of few people can hide a gap between large groups; this one can't be hidden.
        """
        return z_to_rest(self.counts.positive, self.counts.assessed)

    @property
    def furthest(self) -> float:
        """The largest |z| of the family, of both kinds; 0 for none."""
        z = np.abs([self.statistics[self.family], self.to_rest[self.family]])
        return float(z[~np.isnan(z)].max(initial=0.0))


@dataclass(frozen=True, eq=False)
class Null:
    """One table in every draw.

    Attributes:
        furthest: Shape ``(draws,)``: largest |z|.
        smallest: Shape ``(draws,)``: smallest ratio; NaN where undefined.
        below: Shape ``(draws,)``: whether some ratio is below 4/5, in exact integers.
    """

    furthest: FloatArray
    smallest: FloatArray
    below: BoolArray


@dataclass(frozen=True, eq=False)
class Joint(Generic[Unit]):
    """Everybody by combination of values and by outcomes.

    Attributes:
        people: Shape ``(combinations, 3, 3)``: by selected and by above the median, each no, yes or
            not known (or hidden in the tables of that rate).
        cells: By table, shape ``(combinations,)``: place among its cells; as many as there are for
            the unknown.
        scored: By table: whether its positives are those above the median, or the selected.
    """

    people: IntArray
    cells: Mapping[Unit, IntArray]
    scored: Mapping[Unit, bool]


def joint_of_counts(counts: Counts, unit: Unit) -> Joint[Unit]:
    """A table alone: its cells are the combinations."""
    people = np.zeros((len(counts.cells), 3, 3), dtype=np.int64)
    people[:, YES, NOT_KNOWN] = counts.positive
    people[:, NO, NOT_KNOWN] = counts.assessed - counts.positive
    return Joint(people, {unit: np.arange(len(counts.cells))}, {unit: False})


def nulls(
    joint: Joint[Unit], tables: Mapping[Unit, Prepared], draws: int, seed: int
) -> dict[Unit, Null]:
    """Every table that has a benchmark, in the same draws.

    Args:
        joint: Everybody.
        tables: The tables.
        draws: How often outcomes are dealt.
        seed: Same seed, same draws.

    Raises:
        MeasureError: If fewer than one draw is asked for.
    """
    wanted = {unit: one for unit, one in tables.items() if one.picked.index is not None}
    parts: dict[Unit, list[Null]] = {unit: [] for unit in wanted}
    where = {unit: _members(joint.cells[unit], wanted[unit].counts) for unit in wanted}
    for chosen, above in dealt_outcomes(joint.people, draws, seed) if wanted else ():
        for unit, one in wanted.items():
            positive = above if joint.scored[unit] else chosen
            parts[unit].append(null_of((positive @ where[unit]).astype(np.int64), one))
    return {unit: joined(found) for unit, found in parts.items()}


def _members(cells: IntArray, counts: Counts) -> FloatArray:
    """Which combination is in which cell; products of such counts are exact in floats."""
    return (cells[:, None] == np.arange(len(counts.cells))).astype(np.float64)


def joined(parts: Iterable[Null]) -> Null:
    """Draws of one table, one after the other."""
    each = list(parts)
    return Null(
        np.concatenate([one.furthest for one in each]),
        np.concatenate([one.smallest for one in each]),
        np.concatenate([one.below for one in each]),
    )


def null_of(positive: IntArray, table: Prepared) -> Null:
    """One table whose positives were dealt.

    Args:
        positive: Shape ``(draws, cells)``.
        table: The table; it has a benchmark.
    """
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
    """Z of every cell against all others together; NaN without people on both sides.

    Args:
        positive: Shape ``(..., cells)``.
        sizes: Shape ``(cells,)``.
    """
    others, people = positive.sum(axis=-1, keepdims=True) - positive, sizes.sum() - sizes
    z = z_difference(positive, np.broadcast_to(sizes, positive.shape), others, people)
    return np.where((sizes > 0) & (people > 0), np.where(np.isnan(z), 0.0, z), np.nan)


def dealt_outcomes(
    people: IntArray, draws: int, seed: int
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Selected and above the median by combination, each of shape ``(some draws, combinations)``.

    Args:
        people: Of a ``Joint``.
        draws: How many in all.
        seed: Same seed, same draws.

    Raises:
        MeasureError: If fewer than one draw is asked for.
    """
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
