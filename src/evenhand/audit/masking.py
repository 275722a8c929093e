"""Which counts of people a report hides, so that hidden ones can't be had by subtraction.

A cell of fewer than five people is hidden. Where the total less the shown ones of its value would
tell more of it than that, the next smallest of that value is hidden too (``suppression``).
"""

from __future__ import annotations

from collections.abc import Mapping

from evenhand.audit.suppression import hidden_cells as hidden_in_tables
from evenhand.measure.estimates import OVERALL
from evenhand.measure.results import SMALL_CELL, ScopeMeasures

Cell = tuple[str, str]
"""A group of ads and a value of the attribute."""


def hidden_cells(scopes: Mapping[str, ScopeMeasures]) -> frozenset[Cell]:
    """The cells to hide, the overall row being shown wherever it isn't small itself.

    Args:
        scopes: ``overall`` and the groups of ads.
    """
    people: dict[str, dict[str, int]] = {}
    for scope, measures in scopes.items():
        for count in measures.counts:
            if count.people:
                people.setdefault(count.value, {})[scope] = count.people
    return frozenset(
        (scope, value) for value, cells in people.items() for scope in _hidden_scopes(cells)
    )


def _hidden_scopes(cells: Mapping[str, int]) -> list[str]:
    if cells.get(OVERALL, SMALL_CELL) < SMALL_CELL:
        return list(cells)
    scopes = {scope: people for scope, people in cells.items() if scope != OVERALL}
    return sorted(hidden_in_tables({"scope": scopes})["scope"])
