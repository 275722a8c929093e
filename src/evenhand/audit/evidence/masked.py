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
from evenhand.audit.evidence.rates import SCORING, SHOWN, RateTable, names_hidden
from evenhand.measure.figure import NO_INTERVAL, Figure
from evenhand.measure.labels import UNKNOWN
from evenhand.measure.rates.assessment import CellAssessment
from evenhand.measure.results import ContrastMeasures, as_json

HIDDEN = "hidden"
WHY_HIDDEN = "hidden: few people, or needed so that few people stay hidden"
_POSITIVE = {"selection": "selected", SCORING: "above_median", SHOWN: "shown"}
_TELLS_UNKNOWN = ("unknown", "unknown_repicked", "expected", "ratio_to_rest")
"""Numbers that say, with the shown ones, how many people there are of known cell."""
_NOT_JUDGED = "not judged: "
_OF_NO_AUDIT = "impact_ratio_paper "
"""Starts notes on a measure that audits don't give."""


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
    for name in ("cell", "is_hidden"):
        del found[name]
    if UNKNOWN in table.hidden:
        found |= dict.fromkeys(_TELLS_UNKNOWN)
    return found


def pooled_rate(table: RateTable) -> float:
    """The common rate; NaN where it would tell how many are unknown."""
    return math.nan if UNKNOWN in table.hidden else table.assessment.pooled_rate


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
        _shown(one, hidden.get(one.attribute, frozenset()), audit.settings.min_group)
        for one in audit.lists.figures
    )


def _shown(figure: Figure, hidden: frozenset[str], min_group: int) -> Figure:
    if names_hidden(figure.cell, hidden):
        return _masked(figure)
    told = replace(figure, reason=reason_shown(figure.reason, min_group))
    counts_people = figure.attribute and figure.unit != "ads"
    return replace(told, n=0) if counts_people and UNKNOWN in hidden else told


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
    """The contrasts of one scope that name no hidden value and no row of few people."""
    lists, hidden = audit.lists, hidden_values(audit).get(attribute, frozenset())
    if lists is None:
        return []
    measures = lists.measures.attributes[attribute].cuts[cut].scopes[scope]
    small = {one.value for one in measures.counts if one.people < audit.settings.least}
    return [
        contrast_shown(one, audit.settings.min_group)
        for one in measures.contrasts
        if not contrast_is_hidden((one.group, one.reference), hidden | small)
    ]


def list_notes(audit: Audit) -> tuple[str, ...]:
    """What was left out of the lists, without sentences about hidden values."""
    if audit.lists is None:
        return ()
    hidden = hidden_values(audit)
    notes = (note for note in audit.lists.notes if not note.startswith(_OF_NO_AUDIT))
    return tuple(
        note
        for note in notes
        if not any(_tells(note, attribute, cells) for attribute, cells in hidden.items())
    )


def _tells(note: str, attribute: str, hidden: frozenset[str]) -> bool:
    if note.startswith(f"{attribute}: unknown for "):
        return UNKNOWN in hidden
    named = note.startswith(f"{attribute}, ")
    return named and any(value in note for value in hidden if value)


def hidden_values(audit: Audit) -> Mapping[str, frozenset[str]]:
    """Values that the lists' figures must not be given for, by attribute."""
    shown = audit.rate(SHOWN)
    return {} if shown is None else {name: each.hidden for name, each in shown.tables.items()}


def contrast_is_hidden(sides: Iterable[str], hidden: frozenset[str]) -> bool:
    """Whether one of the sides of a contrast is a hidden value."""
    return any(side in hidden for side in sides)


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
