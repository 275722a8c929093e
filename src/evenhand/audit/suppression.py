"""Which cells of published tables are hidden, so that small ones can't be recovered.

A cell of fewer than ``least`` people is hidden, with all its figures. Totals and tables that share
people would give it away by subtraction; so further cells are hidden, smallest first, until a
reader who knows everything else that is published (``suppression_attack``) can't say more of a
small cell than that it has 1 to ``least`` - 1 people. Not a protection against readers who know
people in the cells, and none of a result that everybody in the hidden cells shares.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from evenhand.audit.suppression_attack import Cell, Line, Reader, Tables, tables_of
from evenhand.measure.results import SMALL_CELL

Hidden: TypeAlias = frozenset[Cell]
Range: TypeAlias = tuple[int, int]

_GOLDEN = 0.6180339887498949


def hidden_cells(
    counts: Mapping[str, Mapping[str, int]],
    *,
    least: int = SMALL_CELL,
    subsets: Sequence[Mapping[str, Mapping[str, int]]] = (),
) -> Mapping[str, frozenset[str]]:
    """The cells to hide of tables that are published together.

    Cells that differ in name alone are hidden together, so names and order don't count; and a
    higher ``least`` hides what a lower one does, and maybe more. Empty cells are never hidden. What
    totals and empty cells say by themselves no hiding of cells can take back: of a hidden cell
    that two others with people make up, a reader knows that it has two people or more.

    Args:
        counts: Attribute (``sex``, ``race``, ``sex*race``) to cell (values joined by ``*``, ``""``
            for unknown in any part) to people. Every table counts the same people, and its total
            is published.
        least: Fewest people of a cell that is shown for its own sake.
        subsets: People of the same cells with some property that is published too (selected,
            scored above the median): these counts can give away what those of people don't.

    Returns:
        For each attribute of ``counts`` the cells to hide.

    Raises:
        MeasureError: When counts are negative or the tables don't count the same people.
    """
    tables = tables_of(counts, subsets)
    widest = Reader(tables, frozenset(tables.counts))
    hidden: Hidden = frozenset()
    for bound in range(2, least + 1):
        small = [cell for cell, people in tables.counts.items() if people < bound]
        ranges = {cell: widest.range_within(cell, 1, bound - 1) for cell in small}
        if small:
            hidden = _protected(tables, widest, hidden.union(small), ranges)
    return {name: frozenset(cell for table, cell in hidden if table == name) for name in counts}


def _protected(
    tables: Tables, widest: Reader, hidden: Hidden, ranges: Mapping[Cell, Range]
) -> Hidden:
    """``hidden`` with as many cells more as it takes for small ones to have these ranges."""
    unsafe = list(ranges)
    while True:
        reader = Reader(tables, hidden)
        unsafe = [cell for cell in unsafe if not reader.can_be(cell, *ranges[cell])]
        more = _cover(tables, widest, hidden, {cell: ranges[cell] for cell in unsafe})
        more = more or _beside_a_lone_cell(tables, hidden)
        if not more:
            return hidden
        hidden |= more


def _cover(tables: Tables, widest: Reader, hidden: Hidden, unsafe: Mapping[Cell, Range]) -> Hidden:
    """What to hide beside the smallest cell whose range is too narrow, and all of its size."""
    shown = sorted(tables.counts.keys() - hidden)
    more: Hidden = frozenset()
    if unsafe and len(tables.lines) == 1:
        return _smallest_of_shortest(tables, hidden, tables.lines)
    if shown and unsafe:
        costs, kinds = _costs(tables, shown)
        smallest = min(_size(tables, cell) for cell in unsafe)
        for cell, wanted in unsafe.items():
            if _size(tables, cell) == smallest:
                for people in wanted:
                    more |= widest.moved(cell, people, shown, costs)
        chosen = {kinds[cell] for cell in more}
        more = frozenset(cell for cell in shown if kinds[cell] in chosen)
    return more


def _costs(tables: Tables, shown: Sequence[Cell]) -> tuple[list[float], dict[Cell, int]]:
    """What hiding costs, more for larger cells; and cells that only their names tell apart.

    Every kind of cell gets a cost of its own, so that what is cheapest doesn't hang on names.
    """
    looks = {cell: (_size(tables, cell), _surroundings(tables, cell)) for cell in shown}
    ranked: list[object] = []
    for look in sorted(looks.values()):
        if not ranked or ranked[-1] != look:
            ranked.append(look)
    kinds = {cell: ranked.index(look) for cell, look in looks.items()}
    own = [kinds[cell] * _GOLDEN % 1 for cell in shown]
    return [tables.counts[cell] + part / 10 for cell, part in zip(shown, own, strict=True)], kinds


def _beside_a_lone_cell(tables: Tables, hidden: Hidden) -> Hidden:
    """What to hide beside the only hidden cell of a sum, short sums first.

    Who knows how many are unknown where would otherwise have that cell exactly.
    """
    lone = [line for line in tables.lines if len(line.keys() & hidden) == 1]
    return _smallest_of_shortest(tables, hidden, lone)


def _smallest_of_shortest(tables: Tables, hidden: Hidden, lines: Iterable[Line]) -> Hidden:
    """Of the shortest of these sums, the shown cells that expose least when hidden.

    They leave the fewest sums with a lone hidden cell; among those they are the smallest.
    """
    open_lines = [line for line in lines if line.keys() - hidden]
    shortest = min(map(len, open_lines), default=0)
    more: Hidden = frozenset()
    for line in open_lines:
        if len(line) == shortest:
            costs = {cell: _cost(tables, hidden, cell) for cell in line.keys() - hidden}
            more |= _least(tables, costs)
    return more


def _least(tables: Tables, costs: Mapping[Cell, tuple[int, ...]]) -> Hidden:
    """The cell of least cost; of several, by the sizes around them, and else all."""
    least = min(costs.values())
    cells = [cell for cell, cost in costs.items() if cost == least]
    if len(cells) == 1:
        return frozenset(cells)
    around = {cell: _surroundings(tables, cell) for cell in cells}
    first = min(around.values())
    return frozenset(cell for cell in cells if around[cell] == first)


def _surroundings(tables: Tables, cell: Cell) -> list[list[tuple[int, ...]]]:
    """Sizes of the cells in each sum with this one: tells most cells apart without names."""
    own = (line for line in tables.lines if cell in line)
    return sorted(sorted(_size(tables, other) for other in line) for line in own)


def _cost(tables: Tables, hidden: Hidden, cell: Cell) -> tuple[int, ...]:
    """Lone cells that hiding a cell makes less those it covers, then the cell's size."""
    others = [len(line.keys() & hidden) for line in tables.lines if cell in line]
    return (others.count(0) - others.count(1), *_size(tables, cell))


def _size(tables: Tables, cell: Cell) -> tuple[int, ...]:
    """People of a cell, then those in each subset: nothing that depends on names."""
    return (tables.counts[cell], *(subset[cell] for subset in tables.subsets))
