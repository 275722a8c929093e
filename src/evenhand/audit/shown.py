"""What may be shown of an audit, settled before anybody sees it, and who writes a result down.

Who is left out is decided in ``suppression``, before anything is measured: no figure is about them.
``hide`` takes out what would still name a row of few people; ``make_audit`` ends with it, so that
no writer can forget to. Writers stand in ``report``, to the right of this, and are loaded by name:
whoever only measures loads neither templates nor pictures.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from evenhand.audit.rates import SHOWN, RateEvidence
from evenhand.measure.counts import OVERALL
from evenhand.measure.measures import AttributeMeasures, ContrastMeasures, ScopeMeasures
from evenhand.records.result import Grid, Result, Row

if TYPE_CHECKING:
    from evenhand.audit.audit import Audit
    from evenhand.audit.rates import AuditSettings

_NOT_JUDGED = "not judged: "
_OF_NO_AUDIT = "impact_ratio_paper "
"""Starts notes on a measure that audits don't give."""


class Paged(Result):
    """A result with a page: a notebook shows the page's first table, figures are the page's."""

    writer: ClassVar[str]
    """Module that writes it: ``page_of``, ``said_of`` and ``rows_of`` take the result."""

    def page(self) -> Any:
        """What is rendered as the result's page, a ``report.page.Page``."""
        return import_module(self.writer).page_of(self)

    def sentences(self) -> Sequence[str]:
        """What was found; what must be said first stands first."""
        return import_module(self.writer).said_of(self)

    def tables(self) -> dict[str, list[Row]]:
        """The rows that the result's files hold, by table."""
        return import_module(self.writer).rows_of(self)

    def shown_table(self) -> Grid:
        """The page's first table."""
        first = next(self.page().tables(), None)
        return ((), ()) if first is None else (first.columns, first.rows)

    def figures(self) -> dict[str, str]:
        """The page's pictures by name, each the text of an SVG file of its own."""
        return self.page().pictures()


def has_gap(contrast: ContrastMeasures) -> bool:
    """Whether the interval of R lies on one side of parity."""
    low, high = contrast.ratio.interval
    if math.isnan(low) or math.isnan(high):
        return False
    return low > 1.0 or high < 1.0


def hide(found: Audit) -> Audit:
    """The same audit without what names rows of few people, or tells how few they are."""
    shown, lists, settings = found.rate(SHOWN), found.lists, found.settings
    if lists is None or shown is None:
        return found
    attributes = {
        name: _attribute(measures, settings) for name, measures in lists.measures.attributes.items()
    }
    figures = tuple(
        replace(one, reason=_reason(one.reason, settings.min_group))
        for one in lists.figures
        if one.scope == OVERALL or one.attribute not in shown.unscoped
    )
    notes = tuple(note for note in lists.notes if not note.startswith(_OF_NO_AUDIT))
    measures = replace(lists.measures, attributes=attributes)
    rates = tuple(
        _with_hidden_rows(one, attributes) if one is shown else one for one in found.rates
    )
    lists = replace(lists, measures=measures, figures=figures, notes=notes)
    return replace(found, lists=lists, rates=rates)


def _with_hidden_rows(
    shown: RateEvidence, attributes: Mapping[str, AttributeMeasures]
) -> RateEvidence:
    """What is hidden among all people is so in every group of ads."""
    hidden = {
        name: shown.hidden_rows[name]
        | {
            (scope, value)
            for value in shown.tables[name].hidden
            for cut in measures.cuts.values()
            for scope in cut.scopes
        }
        for name, measures in attributes.items()
    }
    return replace(shown, hidden_rows={**shown.hidden_rows, **hidden})


def _attribute(measures: AttributeMeasures, settings: AuditSettings) -> AttributeMeasures:
    cuts = {
        top: replace(
            cut, scopes={name: _scope(scope, settings) for name, scope in cut.scopes.items()}
        )
        for top, cut in measures.cuts.items()
    }
    return replace(measures, cuts=cuts)


def _scope(measures: ScopeMeasures, settings: AuditSettings) -> ScopeMeasures:
    """The contrasts that name no row of few people."""
    small = {one.value for one in measures.counts if one.people < settings.least}
    contrasts = (one for one in measures.contrasts if not small & {one.group, one.reference})
    return replace(measures, contrasts=tuple(_contrast(one, settings) for one in contrasts))


def _contrast(one: ContrastMeasures, settings: AuditSettings) -> ContrastMeasures:
    reason = _reason(one.ratio.reason, settings.min_group)
    return replace(one, ratio=replace(one.ratio, reason=reason))


def _reason(reason: str, min_group: int) -> str:
    """A reason without the number of people that it may hold."""
    if not reason.startswith(_NOT_JUDGED):
        return reason
    return f"{_NOT_JUDGED}fewer than {min_group} qualified people on the smaller side"
