"""Which counts of people a report hides, so that hidden ones can't be had by subtraction.

A cell of fewer than five people is hidden. Where the total less the shown ones of its value would
tell more of it than that, the next smallest of that value is hidden too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
    hidden = [scope for scope, people in scopes.items() if people < SMALL_CELL]
    shown = sorted(scopes.keys() - {*hidden}, key=lambda scope: (scopes[scope], scope))
    while shown and not _safe(scopes, hidden):
        hidden.append(shown.pop(0))
    return hidden


def _safe(scopes: Mapping[str, int], hidden: Sequence[str]) -> bool:
    """Whether a small cell may, for all that the total says, have 1 to 4 people."""
    people = [scopes[scope] for scope in hidden]
    if not any(number < SMALL_CELL for number in people):
        return True
    # The others may all have one, and then this one has what they lose.
    return len(people) > 1 and 1 + sum(number - 1 for number in people) >= SMALL_CELL - 1
