"""Which rows of the tables by occupation group are hidden: those that any other table gives away.

A reader has more than the rows of one value: quality by ad tells how many people are qualified for
every ad, and the tables of other attributes and of all ads add up to the same people. So these
tables are hidden together (``suppression``), with how many people each occupation group has as one
more table that everybody knows. Somebody who is qualified in several occupation groups counts in a
group of their own, which hides too much rather than too little.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from evenhand.audit.suppression import hidden_cells
from evenhand.match.protocol import BoolArray
from evenhand.measure.estimates import OVERALL, Scopes
from evenhand.measure.labels import CROSSED, UNKNOWN

Rows = frozenset[tuple[str, str]]
"""Occupation group (or ``overall``) and value; ``""`` is the unknown row."""

MOST_CHECKS = 2000
"""Cells by sizes that are small; with more every row by occupation group is hidden, for to find
which may be shown would take minutes."""
_SCOPE = "\x00"
"""Stands for the occupation group among the attributes."""


def hidden_rows(
    qualified: BoolArray, scopes: Scopes, labels: Mapping[str, NDArray[np.str_]], least: int
) -> dict[str, Rows]:
    """The rows to hide, by attribute.

    Args:
        qualified: Shape ``(jobs, people)``.
        scopes: Which ads are in which occupation group; ``overall`` first.
        labels: By attribute, shape ``(people,)``; ``""`` where unknown.
        least: Fewest people of a row that is shown for its own sake.
    """
    members = np.stack([qualified[rows].any(axis=0) for rows in scopes.membership.T], axis=1)
    anybody = members[:, 0]
    patterns, place = np.unique(members[anybody][:, 1:], axis=0, return_inverse=True)
    known = {name: values[anybody] for name, values in labels.items()}
    tables = _tables(place.ravel().tolist(), known)
    groups = scopes.names[1:]
    if sum(len(cells) for cells in tables.values()) * (least - 1) > MOST_CHECKS:
        return {name: _every_row(groups, values) for name, values in known.items()}
    hidden = hidden_cells(tables, least=least)
    return {name: _rows(hidden, name, groups, patterns) for name in labels}


def _tables(
    place: Sequence[int], labels: Mapping[str, NDArray[np.str_]]
) -> dict[str, dict[str, int]]:
    """People by occupation group, by value, and by both."""
    tables = {_SCOPE: dict(Counter(map(str, place)))}
    for name, values in labels.items():
        cells: list[str] = values.tolist()
        both = (
            f"{group}{CROSSED}{cell}" if cell else ""
            for group, cell in zip(place, cells, strict=True)
        )
        tables[name] = dict(Counter(cells))
        tables[f"{_SCOPE}{CROSSED}{name}"] = dict(Counter(both))
    return tables


def _every_row(groups: Sequence[str], values: NDArray[np.str_]) -> Rows:
    return frozenset((group, value) for group in groups for value in (*values.tolist(), UNKNOWN))


def _rows(
    hidden: Mapping[str, frozenset[str]], attribute: str, groups: Sequence[str], patterns: BoolArray
) -> Rows:
    """What is hidden of one attribute, by the names of the occupation groups.

    The unknown row of a group goes with any other: it is what the shown ones leave of the group.
    """
    found = {(OVERALL, cell) for cell in hidden[attribute]}
    for cell in filter(None, hidden[f"{_SCOPE}{CROSSED}{attribute}"]):
        pattern, _, value = cell.partition(CROSSED)
        inside: list[int] = np.flatnonzero(patterns[int(pattern)]).tolist()
        for index in inside:
            found |= {(groups[index], value), (groups[index], UNKNOWN)}
    return frozenset(found)
