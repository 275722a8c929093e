"""What an audit found, in plain sentences: one of four verdicts a cell, and how R stands.

Each sentence follows from a count, an interval or a p-value by a fixed rule. Not a place for
advice, and nothing here says that anything is allowed or in order.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from evenhand.audit.abstention import has_gap
from evenhand.audit.evidence.audit import Audit
from evenhand.audit.evidence.masked import contrasts_shown
from evenhand.audit.evidence.rates import (
    SCORING,
    SELECTION,
    SHOWN,
    RateEvidence,
    RateTable,
)
from evenhand.audit.numbers import count, listed, p_value, percent, ratio, ratio_interval
from evenhand.measure.estimates import OVERALL
from evenhand.measure.labels import UNKNOWN
from evenhand.measure.rates.assessment import TO_REST, UNLIKELY, VERDICTS, CellAssessment
from evenhand.measure.rates.cochran_mantel_haenszel import CochranMantelHaenszel
from evenhand.measure.results import ContrastMeasures
from evenhand.records.visible import visible

if TYPE_CHECKING:
    from evenhand.audit.evidence.lists import ListEvidence

HEADINGS = {SELECTION: "Selection", SCORING: "Scoring", SHOWN: "Shown at all"}
_DONE = {SELECTION: "selected", SCORING: "scored above the median", SHOWN: "shown"}
_HAPPENED = {
    SELECTION: "was selected",
    SCORING: "scored above the median",
    SHOWN: "is shown",
}
MOST_NAMED = 8
FOUR_FIFTHS = 0.8


def sentences(audit: Audit) -> tuple[str, ...]:
    """The findings in the order of the report."""
    said: list[str] = []
    for evidence in audit.rates:
        if evidence.median is not None and evidence.median.state:
            said.append(f"Scoring: {evidence.median.state}.")
        for table in evidence.tables.values():
            said.append(table_sentence(evidence, table))
            said += strata_sentences(audit, evidence, table)
    if audit.funnel is not None:
        said += audit.funnel.sentences()
    if audit.lists is not None:
        said += _of_lists(audit, audit.lists)
    return tuple(said)


def table_sentence(evidence: RateEvidence, table: RateTable) -> str:
    """One attribute: the highest rate, the groups by verdict, and what chance alone does."""
    about = f"{HEADINGS[evidence.measure]} by {name_of(table.attribute)}"
    assessment = table.assessment
    cells = [cell for cell in assessment.cells if cell.name not in table.hidden]
    if assessment.benchmark is None or not table.counts.total_positive:
        return f"{about}: nothing can be compared, for {_why_nothing(evidence, table, cells)}."
    best = assessment.cell(assessment.benchmark)
    said = [
        f"{about}: the highest rate {assessment.rule} is that of {cell_name(best.name)}, "
        f"{percent(best.rate, 1)} "
        f"({best.positive:,} of {best.assessed:,} {_DONE[evidence.measure]})."
    ]
    others = [cell for cell in cells if cell is not best]
    said += [_with_verdict(others, verdict) for verdict in VERDICTS]
    said.append(_to_rest(others))
    said.append(_without_verdict(evidence, others))
    if table.coarse:
        said.append("Others: too few to show.")
    elif table.hidden - {UNKNOWN}:
        hidden = count(len(table.hidden - {UNKNOWN}), "group")
        said.append(
            f"Hidden, because fewer than {table.least} people are in them or nobody (--least 1 "
            f"shows all, for your own eyes): {hidden}."
        )
    return " ".join(part for part in (*said, _luck(table)) if part)


def strata_sentences(audit: Audit, evidence: RateEvidence, table: RateTable) -> list[str]:
    """Cells whose ratio within periods or jobs tells another story than the pooled one."""
    about = f"{HEADINGS[evidence.measure]} by {name_of(table.attribute)}"
    said: list[str] = []
    for one in audit.strata:
        if (one.measure, one.attribute) != (evidence.measure, table.attribute):
            continue
        found, pooled = one.result, table.assessment.cell(one.result.cell)
        if _disagree(pooled.ratio_to_rest, found):
            said.append(
                f"{about}: compared within each {one.within}, the ratio of {cell_name(found.cell)} "
                f"to everybody else is {ratio(found.ratio)} (interval "
                f"{ratio_interval(found.interval)}, 95% for all such rows together), over all of "
                f"them together {ratio(pooled.ratio_to_rest)}. The groups are spread unevenly over "
                f"{one.within}s that "
                "differ in their rates, so the pooled figure is in part about that."
            )
    return said


def _disagree(pooled: float, found: CochranMantelHaenszel) -> bool:
    """Whether the pooled ratio lies outside the interval of the common one, on another side.

    The side is that of four-fifths or of parity. A difference that is within the interval may be
    luck, with few people nearly always.
    """
    low, high = found.interval
    if not math.isfinite(pooled + low + high) or low <= pooled <= high:
        return False
    return any((pooled < side) != (found.ratio < side) for side in (FOUR_FIFTHS, 1.0))


def state_of(measure: str, cell: CellAssessment) -> str:
    """Why a cell has no verdict or what to mind, in the words of its rate."""
    return cell.state.replace("was selected", _HAPPENED[measure])


def _why_nothing(evidence: RateEvidence, table: RateTable, cells: Sequence[CellAssessment]) -> str:
    if not cells and table.hidden - {UNKNOWN}:
        return f"every group has fewer than {table.least} people"
    if not table.counts.total_assessed:
        return "nobody's group is known"
    states = sorted({state_of(evidence.measure, cell) for cell in cells if cell.state})
    return "; ".join(states) or "no group that may be shown is large enough"


def name_of(attribute: str) -> str:
    """An attribute as people read it."""
    return visible(attribute).replace("*", " × ").replace("_", " ")


def cell_name(cell: str) -> str:
    """A cell as people read it; the parts of an intersection joined by a dot."""
    return visible(cell).replace("*", " · ") or "unknown"


def _with_verdict(cells: Sequence[CellAssessment], verdict: str) -> str:
    """The cells of one verdict with their ratios; empty for none."""
    names = [
        f"{cell_name(cell.name)} ({'; '.join(_about(cell))})"
        for cell in cells
        if cell.verdict == verdict
    ]
    return f"{verdict[0].upper()}{verdict[1:]}: {_some(names)}." if names else ""


def _to_rest(cells: Sequence[CellAssessment]) -> str:
    """Gaps that the comparison with the benchmark leaves open; empty for none."""
    found = [cell for cell in cells if cell.only_to_rest]
    figures = [f"{ratio(one.ratio_to_rest)}, p {p_value(one.familywise_to_rest)}" for one in found]
    names = [f"{cell_name(one.name)} ({each})" for one, each in zip(found, figures, strict=True)]
    return f"{TO_REST[0].upper()}{TO_REST[1:]}: {_some(names)}." if names else ""


def _about(cell: CellAssessment) -> list[str]:
    """A ratio, with p where it is unlikely by chance, and whether a single person matters."""
    unlikely = cell.verdict in UNLIKELY
    return [
        ratio(cell.ratio) + (f", p {p_value(cell.familywise)}" if unlikely else ""),
        *(["one person decides the order"] if cell.one_person else []),
    ]


def smallest_name(table: RateTable) -> str:
    """What the smallest ratio is the smallest of: never of groups that aren't there to be seen."""
    assessment = table.assessment
    shown = "" if table.shows_all else " shown"
    aside = any(
        cell.below_two_percent and cell.assessed and not cell.is_hidden for cell in assessment.cells
    )
    rule = f" {assessment.rule}" if aside else ""
    return f"smallest ratio{shown}{rule}"


def _without_verdict(evidence: RateEvidence, cells: Sequence[CellAssessment]) -> str:
    names = [
        f"{cell_name(cell.name)} ({state_of(evidence.measure, cell)})"
        for cell in cells
        if cell.verdict is None
    ]
    return f"No verdict: {_some(names)}." if names else ""


def _some(names: list[str]) -> str:
    if len(names) <= MOST_NAMED:
        return listed(names)
    return f"{', '.join(names[:MOST_NAMED])} and {len(names) - MOST_NAMED} more"


def _luck(table: RateTable) -> str:
    smallest = table.assessment.minimum_ratio
    if not math.isfinite(smallest.value):
        return ""
    return (
        "If groups made no difference, chance alone would put some ratio of this table below "
        f"four-fifths in {percent(smallest.chance_below_four_fifths)} of such samples."
    )


def _of_lists(audit: Audit, lists: ListEvidence) -> list[str]:
    said: list[str] = []
    for name in lists.attributes:
        shown = contrasts_shown(audit, name, OVERALL, lists.top)
        said += [parity_sentence(one, name, lists) for one in shown]
        said += [f"{name_of(name)}: {one.sentence}" for one in lists.pooled[name] if one.sentence]
    return said


def parity_sentence(one: ContrastMeasures, attribute: str, lists: ListEvidence) -> str:
    """How often qualified people of one group are shown, against the reference."""
    about, estimate = f"Lists by {name_of(attribute)}", one.ratio
    reference = "everybody else" if one.reference == "(rest)" else cell_name(one.reference)
    group = cell_name(one.group)
    if not math.isfinite(estimate.value) or not math.isfinite(sum(estimate.interval)):
        why = estimate.reason or "R is undefined"
        return (
            f"{about}: whether there is a gap between {group} and {reference} can't be said: {why}."
        )
    figure = (
        f"R = {ratio(estimate.value)}, interval {ratio_interval(estimate.interval)}, which holds "
        "for everything on this page together in 95%"
    )
    if has_gap(one):
        less = "less" if estimate.value < 1 else "more"
        return (
            f"{about}: among equally qualified people of the same ad, {group} stand in the top "
            f"{lists.top} {less} often than {reference} ({figure}; 1 is parity)."
        )
    power = ""
    if math.isfinite(estimate.detectable):
        low, high = ratio(1 / estimate.detectable), ratio(estimate.detectable)
        power = f"; one of {low} or {high} would have been found in 80% of such audits"
    return f"{about}: no detectable gap between {group} and {reference} ({figure}{power})."
