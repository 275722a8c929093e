"""The section of a report that goes group by group: R, who is shown, and levelling down.

Not measuring. Counts of few people are hidden as ``masking`` says.
"""

from __future__ import annotations

from collections.abc import Mapping

from evenhand.audit.evaluation import Evaluation
from evenhand.audit.masking import hidden_cells
from evenhand.audit.numbers import (
    UNDEFINED,
    percent,
    ratio,
    ratio_interval,
    signed_percent,
)
from evenhand.audit.view import Section, Table
from evenhand.measure.comparison import ORIGINAL, PairMeasures
from evenhand.measure.estimates import OVERALL
from evenhand.measure.paired import HitsCheck
from evenhand.measure.results import SMALL_CELL, ScopeMeasures, ValueCounts


def groups_section(evaluation: Evaluation) -> Section:
    """R by group of ads, who is shown, and whether anybody is shown less."""
    focus = evaluation.focus or ORIGINAL
    blocks = [_group_table(evaluation, focus), _shown_table(evaluation, focus)]
    pair = evaluation.pair(ORIGINAL, focus)
    if pair is not None:
        blocks.append(_hits_table(evaluation, pair))
    return Section("groups", "Group by group", blocks)


def scope_name(evaluation: Evaluation, scope: str) -> str:
    """A scope in words."""
    everything = "all ads" if evaluation.protocol.judged_groups is None else "all judged ads"
    return everything if scope == OVERALL else scope


def _scopes(evaluation: Evaluation, system: str) -> Mapping[str, ScopeMeasures]:
    measures = evaluation.comparison.systems[system]
    return measures.attributes[evaluation.attribute].cuts[measures.top].scopes


def _group_table(evaluation: Evaluation, focus: str) -> Table:
    start, end = _scopes(evaluation, ORIGINAL), _scopes(evaluation, focus)
    rows: list[tuple[str, ...]] = []
    for name in start:
        if name != OVERALL:
            before, after = (each[name].contrasts[0].ratio for each in (start, end))
            figures = (
                (ratio(one.value), ratio_interval(one.interval), ratio_interval(one.null_interval))
                for one in (before, after)
            )
            rows.append((name, f"{start[name].ads:,}", *(cell for row in figures for cell in row)))
    first = evaluation.headline(ORIGINAL)
    return Table(
        caption=f"R by group of ads: {first.group} against {first.reference.strip('()')}",
        columns=(
            "Group of ads",
            "Ads",
            "R, original",
            "95% interval",
            "Null, 95%",
            f"R, {focus}",
            "95% interval",
            "Null, 95%",
        ),
        rows=tuple(rows),
        notes=(
            f"{UNDEFINED}: fewer than {evaluation.protocol.min_group} qualified people on one "
            "side, or nobody shown.",
        ),
    )


def _shown_table(evaluation: Evaluation, focus: str) -> Table:
    """Qualified people by value and group of ads, small cells hidden."""
    start, end = _scopes(evaluation, ORIGINAL), _scopes(evaluation, focus)
    hidden = hidden_cells(start)
    rows = [
        (
            scope_name(evaluation, scope),
            one.value or "unknown",
            *_shown_cells(one, other, hidden=(scope, one.value) in hidden),
        )
        for scope in start
        for one, other in zip(start[scope].counts, end[scope].counts, strict=True)
        if one.people
    ]
    return Table(
        caption=f"Who is shown: qualified people in the top {evaluation.protocol.top}, by "
        f"{evaluation.attribute}",
        columns=(
            "Group of ads",
            evaluation.attribute,
            "Qualified people",
            "Shown, original",
            "Rate",
            f"Shown, {focus}",
            "Rate",
        ),
        rows=tuple(rows),
        words=(0, 1),
        notes=(
            "Shown counts pairs of a person and an ad; the rate is their share of all qualified "
            f"pairs. Cells of fewer than {SMALL_CELL} people are hidden, and another one where "
            "subtraction would give them away.",
        ),
    )


def _shown_cells(one: ValueCounts, other: ValueCounts, *, hidden: bool) -> tuple[str, ...]:
    if hidden:
        return ("hidden",) * 5
    return (
        f"{one.people:,}",
        f"{one.selected:,}",
        percent(one.rate, 1),
        f"{other.selected:,}",
        percent(other.rate, 1),
    )


def _hits_table(evaluation: Evaluation, pair: PairMeasures) -> Table:
    """The headline attribute by group of ads; other attributes over all ads."""
    hidden = hidden_cells(_scopes(evaluation, ORIGINAL))
    checks = [
        check
        for check in pair.hits
        if check.scope == OVERALL
        or (check.attribute == evaluation.attribute and (check.scope, check.value) not in hidden)
    ]
    margin = evaluation.comparison.margins.hits
    return Table(
        caption=f"Is any group shown less? {pair.after} against the original, paired",
        columns=("Ads", "Value", "original", pair.after, "Change", "At worst", "Kept?"),
        rows=tuple(
            (
                scope_name(evaluation, check.scope),
                f"{check.attribute}: {check.value}",
                f"{check.before:,}",
                f"{check.after:,}",
                signed_percent(check.relative_change),
                signed_percent(check.lower_bound),
                _kept(check, margin),
            )
            for check in checks
        ),
        words=(0, 1, 6),
        notes=(
            "Qualified people shown. Kept: the one-sided 95% bound of the change lies above "
            f"−{percent(margin)}; “not established” where only the change itself does. A list has "
            "a fixed number of places: what one group gains another may lose, and parity by "
            "showing fewer qualified people in all would be no gain.",
        ),
    )


def _kept(check: HitsCheck, margin: float) -> str:
    if check.non_inferior:
        return "yes"
    return "not established" if check.relative_change > -margin else "no"
