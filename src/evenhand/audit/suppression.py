"""Whose figures may be published, so that nothing published says anything of small groups.

A group of fewer than ``least`` people isn't shown; and its people are left out of every table,
total and test that is published beside it. So what is published is computed from the people of
shown groups alone: whatever the others are, how many of them, selected or not, every figure is the
same, and there is nothing that could be solved, subtracted or replayed. That leaves out few people
of large groups instead of hiding large groups beside small ones.

A crossed table with so many small groups that a good part of the people would be left out isn't
given at all. Not a protection of those who are shown: who takes one of them out and audits again
sees what changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from evenhand.match.protocol import BoolArray, IntArray
from evenhand.measure.labels import CROSSED

MOST_SMALL = 0.1
"""Groups that aren't shown by people that are, above which a crossed table isn't given (for a
``least`` of 5; about half of those groups are empty and the others have two people each)."""
_PER_GROUP = 4


@dataclass(frozen=True, eq=False)
class Cells:
    """One table: everybody's cell.

    Attributes:
        codes: Shape ``(people,)``: cells, every combination with an unknown part on its own.
        group: Shape ``(people,)``: the row of the table; ``groups`` is that of the unknown.
        groups: How many rows of known groups there are.
    """

    codes: IntArray
    group: IntArray
    groups: int


@dataclass(frozen=True, eq=False)
class Shown:
    """What may be published.

    Attributes:
        people: Shape ``(people,)``: those that every published figure is made of.
        tables: The tables that are given.
        withheld: Crossed tables that aren't, having too many small groups.
    """

    people: BoolArray
    tables: tuple[str, ...]
    withheld: tuple[str, ...]


def shown_people(
    tables: Mapping[str, Cells], weight: IntArray, known: BoolArray, least: int
) -> Shown:
    """The most people of whom nobody stands in a cell of fewer than ``least`` of them.

    Args:
        tables: By attribute; ``*`` joins those of a crossed table.
        weight: Shape ``(people,)``: how many people a row stands for.
        known: Shape ``(people,)``: who is counted at all.
        least: Fewest people of a cell that is shown.
    """
    given = dict(tables)
    withheld: list[str] = []
    while True:
        people = _in_large_cells(given, weight, known, least)
        small = {name: _small(given[name], people) for name in given if CROSSED in name}
        total = int(weight[people].sum())
        most = MOST_SMALL * total * _PER_GROUP
        too_fine = [name for name, count in small.items() if count * (least - 1) > most]
        if not too_fine or len(given) == 1:
            return Shown(people, tuple(given), tuple(withheld))
        withheld.append(max(too_fine, key=lambda name: (name.count(CROSSED), small[name])))
        del given[withheld[-1]]


def _in_large_cells(
    tables: Mapping[str, Cells], weight: IntArray, known: BoolArray, least: int
) -> BoolArray:
    """Leaving people out makes other cells small, so again until nothing changes."""
    people = known
    while True:
        kept = people
        for table in tables.values():
            sizes = np.bincount(table.codes, np.where(kept, weight, 0))
            kept = kept & (sizes[table.codes] >= least)
        if kept.sum() == people.sum():
            return people
        people = kept


def _small(table: Cells, people: BoolArray) -> int:
    """Known groups of a table that nobody shown is in."""
    rows = np.unique(table.group[people])
    return table.groups - int((rows < table.groups).sum())
