"""What a report says of cells that are hidden, once for JSON, tables and page alike.

Who is left out is decided in ``suppression``, before anything is measured: no figure is about them.
A hidden cell keeps its name and says that it is hidden; whether anybody is in it isn't said.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from evenhand.audit.evidence.audit import Audit
from evenhand.audit.evidence.rates import SCORING, SHOWN, RateTable
from evenhand.measure.estimates import OVERALL
from evenhand.measure.figure import Figure
from evenhand.measure.labels import UNKNOWN
from evenhand.measure.rates.assessment import CellAssessment
from evenhand.measure.results import ContrastMeasures, as_json

HIDDEN = "hidden"
WHY_HIDDEN = "hidden: too few people, or none"
_POSITIVE = {"selection": "selected", SCORING: "above_median", SHOWN: "shown"}
_OF_UNKNOWN = ("unknown", "unknown_repicked")
"""Bounds over the people of unknown cell, which say nothing where those are hidden."""
_NOT_JUDGED = "not judged: "
_OF_NO_AUDIT = "impact_ratio_paper "
"""Starts notes on a measure that audits don't give."""


def positive_name(measure: str) -> str:
    """What the positives of a rate are called in JSON."""
    return _POSITIVE[measure]


def cell_json(table: RateTable, cell: CellAssessment, measure: str) -> dict[str, Any]:
    """One cell; a hidden one only says so.

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
    for name in ("cell", "is_hidden"):
        del found[name]
    if UNKNOWN in table.hidden:
        found |= dict.fromkeys(_OF_UNKNOWN)
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
    """Every figure of the lists, without those of occupation groups whose rows aren't given."""
    shown, lists = audit.rate(SHOWN), audit.lists
    if lists is None or shown is None:
        return ()
    least = audit.settings.min_group
    return tuple(
        replace(one, reason=reason_shown(one.reason, least))
        for one in lists.figures
        if one.scope == OVERALL or one.attribute not in shown.unscoped
    )


def reason_shown(reason: str, min_group: int) -> str:
    """A reason without the number of people that it may hold."""
    if not reason.startswith(_NOT_JUDGED):
        return reason
    return f"{_NOT_JUDGED}fewer than {min_group} qualified people on the smaller side"


def contrast_shown(one: ContrastMeasures, min_group: int) -> ContrastMeasures:
    """A contrast whose reason names no number of people."""
    told = replace(one.ratio, reason=reason_shown(one.ratio.reason, min_group))
    return replace(one, ratio=told)


def row_is_hidden(audit: Audit, attribute: str, scope: str, value: str) -> bool:
    """Whether a row of who is shown, in all ads or in one occupation group, is hidden."""
    shown = audit.rate(SHOWN)
    if shown is None:
        return False
    return value in shown.tables[attribute].hidden or (scope, value) in shown.hidden_rows[attribute]


def contrasts_shown(audit: Audit, attribute: str, scope: str, cut: int) -> list[ContrastMeasures]:
    """The contrasts of one scope that name no row of few people."""
    lists = audit.lists
    if lists is None:
        return []
    measures = lists.measures.attributes[attribute].cuts[cut].scopes[scope]
    small = {one.value for one in measures.counts if one.people < audit.settings.least}
    return [
        contrast_shown(one, audit.settings.min_group)
        for one in measures.contrasts
        if not small & {one.group, one.reference}
    ]


def list_notes(audit: Audit) -> tuple[str, ...]:
    """What was left out of the lists."""
    if audit.lists is None:
        return ()
    return tuple(note for note in audit.lists.notes if not note.startswith(_OF_NO_AUDIT))
