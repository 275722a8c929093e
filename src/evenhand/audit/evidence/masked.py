"""What a report may show of rates and figures: small cells, and what would give them away, go.

Which cells are hidden is decided in ``suppression``; here their numbers are taken out, once, for
JSON, tables and page alike. A hidden cell keeps its name and says that it is hidden.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from evenhand.audit.evidence.audit import Audit
from evenhand.audit.evidence.rates import SCORING, SHOWN, RateTable
from evenhand.measure.figure import NO_INTERVAL, Figure
from evenhand.measure.labels import UNKNOWN
from evenhand.measure.rates.assessment import CellAssessment
from evenhand.measure.results import as_json

HIDDEN = "hidden"
WHY_HIDDEN = "hidden: few people, or needed so that few people stay hidden"
_POSITIVE = {"selection": "selected", SCORING: "above_median", SHOWN: "shown"}
_NEEDS_UNKNOWN = ("unknown", "unknown_repicked")


def positive_name(measure: str) -> str:
    """What the positives of a rate are called in JSON."""
    return _POSITIVE[measure]


def cell_json(table: RateTable, cell: CellAssessment, measure: str) -> dict[str, Any]:
    """One cell; a hidden one only says so, and nothing tells how many are unknown where they are.

    Args:
        table: Where the cell stands.
        cell: The cell.
        measure: ``selection``, ``scoring`` or ``shown``.
    """
    if cell.name in table.hidden:
        return {HIDDEN: True, "verdict": None, "state": WHY_HIDDEN}
    found = {**cell.to_json(), HIDDEN: False}
    found["n"] = found.pop("assessed")
    found[positive_name(measure)] = found.pop("positive")
    for name in ("cell", "is_hidden", *(_NEEDS_UNKNOWN if UNKNOWN in table.hidden else ())):
        del found[name]
    return found


def unknown_json(table: RateTable, measure: str) -> dict[str, Any]:
    """The row of the people whose cell isn't known."""
    if UNKNOWN in table.hidden:
        return {HIDDEN: True, "state": WHY_HIDDEN}
    unknown = table.assessment.unknown
    return {
        HIDDEN: False,
        "n": unknown.assessed,
        positive_name(measure): unknown.positive,
        "rate": as_json(unknown.rate),
        "share": as_json(unknown.share),
    }


def shown_figures(audit: Audit) -> tuple[Figure, ...]:
    """Every figure of the lists, those about hidden cells without their numbers."""
    if audit.lists is None:
        return ()
    hidden = hidden_values(audit)
    return tuple(
        _masked(one) if _names_hidden(one, hidden.get(one.attribute, frozenset())) else one
        for one in audit.lists.figures
    )


def hidden_values(audit: Audit) -> Mapping[str, frozenset[str]]:
    """Values that the lists' figures must not be given for, by attribute."""
    shown = audit.rate(SHOWN)
    return {} if shown is None else {name: each.hidden for name, each in shown.tables.items()}


def contrast_is_hidden(sides: Iterable[str], hidden: frozenset[str]) -> bool:
    """Whether one of the sides of a contrast is a hidden value."""
    return any(side in hidden for side in sides)


def _names_hidden(figure: Figure, hidden: frozenset[str]) -> bool:
    """A figure about a hidden value, or a contrast with one."""
    group, _, reference = figure.cell.partition(" vs ")
    return bool(figure.cell) and contrast_is_hidden((figure.cell, group, reference), hidden)


def _masked(figure: Figure) -> Figure:
    return replace(
        figure,
        value=math.nan,
        interval=NO_INTERVAL,
        chance=NO_INTERVAL,
        chance_mean=math.nan,
        p_value=math.nan,
        corrected=math.nan,
        n=0,
        reason=WHY_HIDDEN,
    )
