"""What a reader can work out about hidden cells from everything that is published beside them.

The reader knows which cells are hidden, that each holds at least one person, every total, and that
there are people, each with a value or none in every attribute, whom all tables count; the same of
people of a subset, such as those selected. The range of each hidden cell that this leaves is found
by linear programming. What isn't published, such as how many of a group are unknown in another
attribute, the reader doesn't know.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from evenhand.audit.linear_program import Matrix, Program, least
from evenhand.errors import MeasureError

Cell: TypeAlias = tuple[str, str]
"""An attribute (``sex`` or ``sex*race``) and one of its values (``f`` or ``f*a``)."""
Line: TypeAlias = Mapping[Cell, int]
"""Cells with the sign that each has in a sum whose value the reader knows."""

CROSSED = "*"
MOST_ATOMS = 2_000
_NEARLY = 1e-6
_ANY = (0.0, math.inf)


@dataclass(frozen=True)
class Tables:
    """Published tables that count the same people.

    Attributes:
        counts: People of every cell that has any; empty cells are shown as such.
        subsets: The people of the same cells in each subset (those selected, say).
        lines: Every sum of cells that is known to who knows how many are unknown where.
        sums: Those that every reader knows, beside what ``atoms`` say.
        atoms: The cells that each combination of values (and unknown) stands in, for attributes
            that are crossed.
    """

    counts: Mapping[Cell, int]
    subsets: tuple[Mapping[Cell, int], ...]
    lines: tuple[Line, ...]
    sums: tuple[Line, ...]
    atoms: tuple[tuple[Cell, ...], ...]


def tables_of(
    counts: Mapping[str, Mapping[str, int]],
    subsets: Sequence[Mapping[str, Mapping[str, int]]] = (),
) -> Tables:
    """The tables with all that ties them together.

    Args:
        counts: Attribute to cell to people, ``""`` for unknown.
        subsets: The same for people of a subset; a cell that isn't there has none.

    Raises:
        MeasureError: When counts are negative or the tables don't have the same total.
    """
    people = {(name, cell): n for name, cells in counts.items() for cell, n in cells.items() if n}
    if min(people.values(), default=0) < 0:
        raise MeasureError("a cell counts fewer than no people; give counts from 0")
    if len({sum(cells.values()) for cells in counts.values()}) > 1:
        raise MeasureError(
            "the tables count different numbers of people; give everyone a cell in each table, "
            "with '' for unknown"
        )
    within = tuple(
        {cell: int(subset.get(cell[0], {}).get(cell[1], 0)) for cell in people}
        for subset in subsets
    )
    for subset in within:
        if any(not 0 <= n <= people[cell] for cell, n in subset.items()):
            raise MeasureError("a cell of a subset counts more people than there are, or below 0")
    totals, shared, atoms = _totals(people), _shared(people), _atoms(counts)
    covered = {cell for cells in atoms for cell in cells}
    rest = tuple(line for line in shared if not line.keys() <= covered)
    return Tables(people, within, totals + shared, totals + rest, atoms)


def _totals(people: Mapping[Cell, int]) -> tuple[Line, ...]:
    names = dict.fromkeys(name for name, _ in people)
    return tuple({cell: 1 for cell in people if cell[0] == name} for name in names)


def _shared(people: Mapping[Cell, int]) -> tuple[Line, ...]:
    """Sums over the parts that two tables share; they differ by those unknown elsewhere."""
    by_table: dict[str, list[Cell]] = {}
    for cell in people:
        by_table.setdefault(cell[0], []).append(cell)
    parts = {name: frozenset(name.split(CROSSED)) for name in by_table}
    lines: list[Line] = []
    for one, other in itertools.combinations(by_table, 2):
        shared = parts[one] & parts[other]
        third = any(shared == parts[name] for name in by_table if name not in (one, other))
        if shared and not third:
            lines += _sums(by_table[one], by_table[other], sorted(shared))
    return tuple(lines)


def _sums(one: Sequence[Cell], other: Sequence[Cell], shared: Sequence[str]) -> list[Line]:
    lines: dict[tuple[str, ...], dict[Cell, int]] = {}
    for sign, cells in ((1, one), (-1, other)):
        for cell in cells:
            if cell[1]:
                value_of = _values(cell)
                lines.setdefault(tuple(value_of[part] for part in shared), {})[cell] = sign
    return list(lines.values())


def _values(cell: Cell) -> dict[str, str]:
    names, values = cell[0].split(CROSSED), cell[1].split(CROSSED)
    if len(names) != len(values):
        raise MeasureError(
            f"a cell of {cell[0]!r} has {len(values)} values joined by *, not {len(names)}"
        )
    return dict(zip(names, values, strict=True))


def _atoms(counts: Mapping[str, Mapping[str, int]]) -> tuple[tuple[Cell, ...], ...]:
    """Combinations of the values of crossed attributes; none of those that have too many."""
    atoms: list[tuple[Cell, ...]] = []
    for tables in _tied(counts):
        parts = sorted({part for name in tables for part in name.split(CROSSED)})
        values = {part: {""} for part in parts}
        for name in tables:
            for cell in filter(None, counts[name]):
                for part, value in _values((name, cell)).items():
                    values[part].add(value)
        if len(parts) < 2 or math.prod(map(len, values.values())) > MOST_ATOMS:
            continue
        for combination in itertools.product(*(sorted(values[part]) for part in parts)):
            value_of = dict(zip(parts, combination, strict=True))
            atoms.append(tuple(_cell_of(name, value_of) for name in tables))
    return tuple(atoms)


def _tied(counts: Mapping[str, Mapping[str, int]]) -> list[list[str]]:
    """Tables in groups that share attributes with each other."""
    groups: list[tuple[set[str], list[str]]] = []
    for name in counts:
        parts, names = set(name.split(CROSSED)), [name]
        for group in [group for group in groups if group[0] & parts]:
            groups.remove(group)
            parts, names = parts | group[0], group[1] + names
        groups.append((parts, names))
    return [names for _, names in groups]


def _cell_of(name: str, value_of: Mapping[str, str]) -> Cell:
    values = [value_of[part] for part in name.split(CROSSED)]
    return name, CROSSED.join(values) if all(values) else ""


class Reader:
    """Somebody who works out ranges of hidden cells."""

    def __init__(self, tables: Tables, hidden: frozenset[Cell]) -> None:
        """Set up what is known while these cells are hidden.

        Args:
            tables: All that is published.
            hidden: Cells with people; none of their figures is published.
        """
        self._cells = sorted(hidden)
        self._at = {cell: at for at, cell in enumerate(self._cells)}
        self._people = np.array([tables.counts[cell] for cell in self._cells], dtype=float)
        self._low, self._high = self._people.copy(), self._people.copy()
        self._layers = [tables.counts, *tables.subsets]
        self._one_line = len(tables.lines) == 1
        self._program = _program(tables, self._at)

    def can_be(self, cell: Cell, low: int, high: int) -> bool:
        """Whether a cell may, for all that is known, have ``low`` people, and also ``high``.

        Raises:
            MeasureError: When no people at all fit the tables.
        """
        return self.range_within(cell, low, high) == (low, high)

    def range_within(self, cell: Cell, low: int, high: int) -> tuple[int, int]:
        """The range that a cell may have, as far as it lies within ``low`` to ``high``.

        Raises:
            MeasureError: When no people at all fit the tables.
        """
        at = self._at[cell]
        if self._one_line:
            self._stretch(at)
        elif self._high[at] < high - _NEARLY:
            self._solve(at, -1.0)
        if not self._one_line and self._low[at] > low + _NEARLY:
            self._solve(at, 1.0)
        least, most = round(float(self._low[at])), round(float(self._high[at]))
        return max(low, least), min(high, most)

    def _stretch(self, at: int) -> None:
        """With a total and nothing else, the other cells can be 1 each or make up for this one."""
        others = np.delete(self._people, at)
        if others.size:
            self._low[at] = 1
            self._high[at] = self._people[at] + (others - 1).sum()

    def _solve(self, at: int, direction: float) -> None:
        """Find one extreme; what it says of the other cells is kept too."""
        cost = np.zeros(len(self._program.bounds))
        cost[at] = direction
        found = least(cost, self._program)
        if found is not None and not _is_whole(found):
            found = least(cost, self._program, whole=True)
        if found is None:
            raise MeasureError(
                "no people fit these tables together; count every table over the same people"
            )
        people = found[: len(self._cells)]
        self._low = np.minimum(self._low, people)
        self._high = np.maximum(self._high, people)

    def moved(
        self, cell: Cell, people: int, shown: Sequence[Cell], costs: Sequence[float]
    ) -> frozenset[Cell]:
        """The shown cells that would have to be other than they are for one to have ``people``.

        Args:
            cell: A hidden cell.
            people: What it can't have while the others are shown.
            shown: Cells that are shown, though hidden for this reader.
            costs: Of a change by one person, for each of ``shown``; the least total is chosen.
        """
        program = self._program
        rows, width = program.equal.shape
        layers = len(self._layers)
        changes = len(shown) * layers
        held = np.zeros((changes, width))
        steps = [
            (layer * len(shown) + at, layer * (width // layers) + self._at[other])
            for layer in range(layers)
            for at, other in enumerate(shown)
        ]
        held[tuple(np.array(steps).reshape(-1, 2).T)] = 1
        bounds = [*program.bounds, *[_ANY] * (2 * changes)]
        bounds[self._at[cell]] = (people, people)
        changed = Program(
            equal=np.block(
                [
                    [program.equal, np.zeros((rows, 2 * changes))],
                    [held, np.eye(changes), -np.eye(changes)],
                ]
            ),
            equal_to=np.concatenate(
                [program.equal_to, [layer[other] for layer in self._layers for other in shown]]
            ),
            at_most=np.pad(program.at_most, ((0, 0), (0, 2 * changes))),
            most=program.most,
            bounds=bounds,
        )
        found = least(np.concatenate([np.zeros(width), np.tile(costs, 2 * layers)]), changed)
        if found is None:
            return frozenset()
        change = found[width:].reshape(2 * layers, len(shown)).sum(axis=0)
        return frozenset(other for at, other in enumerate(shown) if change[at] > _NEARLY)


def _is_whole(values: Matrix) -> bool:
    return bool(np.all(np.abs(values - np.round(values)) < _NEARLY))


def _program(tables: Tables, at: Mapping[Cell, int]) -> Program:
    """Equalities and bounds over the hidden cells and the atoms, then again for each subset."""
    layers = (tables.counts, *tables.subsets)
    lines, atoms = _line_rows(tables, at), _atom_rows(tables, at)
    width = len(at) + len(tables.atoms)
    known = [
        np.concatenate([lines @ _of_hidden(layer, at, width), _of_shown(tables, layer, at)])
        for layer in layers
    ]
    within = np.kron(np.eye(len(tables.subsets)), np.eye(width))
    everybody = np.tile(-np.eye(width), (len(tables.subsets), 1))
    return Program(
        equal=np.kron(np.eye(len(layers)), np.vstack([lines, atoms])),
        equal_to=np.concatenate(known),
        at_most=np.hstack([everybody, within]),
        most=np.zeros(len(within)),
        bounds=[(int(place < len(at)), math.inf) for place in range(width * len(layers))],
    )


def _line_rows(tables: Tables, at: Mapping[Cell, int]) -> NDArray[np.float64]:
    rows = np.zeros((len(tables.sums), len(at) + len(tables.atoms)))
    for row, line in enumerate(tables.sums):
        for cell in line.keys() & at.keys():
            rows[row, at[cell]] = line[cell]
    return rows[rows.any(axis=1)]


def _of_hidden(
    layer: Mapping[Cell, int], at: Mapping[Cell, int], width: int
) -> NDArray[np.float64]:
    people = np.zeros(width)
    people[: len(at)] = [layer[cell] for cell in at]
    return people


def _atom_rows(tables: Tables, at: Mapping[Cell, int]) -> NDArray[np.float64]:
    """A row for each cell: its atoms, less the cell itself where it is hidden."""
    row_of = {cell: row for row, cell in enumerate(_cells_of_atoms(tables))}
    rows = np.zeros((len(row_of), len(at) + len(tables.atoms)))
    for column, cells in enumerate(tables.atoms, start=len(at)):
        for cell in cells:
            rows[row_of[cell], column] = 1
    for cell in row_of.keys() & at.keys():
        rows[row_of[cell], at[cell]] = -1
    return rows


def _of_shown(
    tables: Tables, layer: Mapping[Cell, int], at: Mapping[Cell, int]
) -> NDArray[np.float64]:
    shown = [0 if cell in at else layer.get(cell, 0) for cell in _cells_of_atoms(tables)]
    return np.array(shown, dtype=float)


def _cells_of_atoms(tables: Tables) -> list[Cell]:
    return sorted({cell for cells in tables.atoms for cell in cells})
