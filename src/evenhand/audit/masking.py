"""Which counts of people a report hides, so that hidden ones can't be had by subtraction.

A cell of fewer than five people is hidden. Where it is the only hidden one of its value, the
total less the others would give it away, so the next smallest cell of that value is hidden too.
"""

from __future__ import annotations

from collections.abc import Mapping

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
    small = [scope for scope, people in cells.items() if people < SMALL_CELL]
    if OVERALL in small:
        return list(cells)
    others = [scope for scope in cells if scope not in (OVERALL, *small)]
    if len(small) == 1 and others:
        small.append(min(others, key=lambda scope: (cells[scope], scope)))
    return small
