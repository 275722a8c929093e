"""The table that is posted: counts, rates and ratios of every category, as a page and as CSV.

LL144-style: what 6 RCNY 5-303 asks of a summary of results (source and explanation of the data,
people of unknown category, applicants, rates and impact ratios of all categories, dates). Whether a
posting meets a law is not for a program to say. Figures are those of the audit, not computed anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any

from evenhand.audit.evidence.audit import Audit
from evenhand.audit.evidence.particulars import LABELS
from evenhand.audit.evidence.rates import SCORING, SELECTION, RateEvidence, RateTable
from evenhand.audit.evidence.sentences import cell_name, name_of
from evenhand.audit.evidence.tables import Row, as_csv
from evenhand.audit.evidence.verdict import visible_cells
from evenhand.audit.numbers import UNDEFINED, figure, percent, ratio
from evenhand.audit.rendering import render
from evenhand.audit.view import Block, Page, Points, Section, Table
from evenhand.measure.labels import CROSSED, UNKNOWN
from evenhand.measure.results import as_json

COLUMNS = {
    SELECTION: ("Applicants", "Selected", "Selection rate"),
    SCORING: ("Applicants", "Above the median", "Scoring rate"),
}
TITLES = {SELECTION: "Selection rates", SCORING: "Scoring rates"}
FLAGS = {name: f"--{name.replace('_', '-')}" for name in LABELS}
UNDER_TWO = "less than 2% of the applicants, so not the group that ratios are set against"


def postings_of(audit: Audit) -> dict[str, str]:
    """The files of the posting by name; none where nobody was assessed."""
    posted = [one for one in audit.rates if one.measure in COLUMNS]
    if not posted:
        return {}
    return {
        "posting.html": _page(audit, posted),
        "posting.csv": as_csv([row for one in posted for row in _rows(audit, one)]),
    }


def _page(audit: Audit, posted: Sequence[RateEvidence]) -> str:
    sections = [
        Section(
            one.measure,
            TITLES[one.measure],
            [_table(one, table) for table in one.tables.values()],
        )
        for one in posted
    ]
    notes = tuple(("", note) for note in _notes(audit, posted))
    about: list[Block] = [Points(notes)]
    given = audit.particulars.given()
    told = tuple(
        (label, given.get(name, f"not given ({FLAGS[name]})")) for name, label in LABELS.items()
    )
    page = Page(
        title="Summary of results",
        subtitle=f"LL144-style table; {max(one.people for one in posted):,} applicants assessed",
        notice=audit.notice,
        tiles=(),
        sections=(*sections, Section("notes", "How to read it", about)),
        version=version("evenhand"),
        particulars=told,
    )
    return render(page)


def _table(evidence: RateEvidence, table: RateTable) -> Table:
    name, unknown = name_of(table.attribute), table.assessment.unknown
    rows = [
        (
            cell_name(cell.name),
            f"{cell.assessed:,}",
            f"{cell.positive:,}",
            percent(cell.rate, 1),
            ratio(cell.ratio),
        )
        for cell in visible_cells(table)
    ]
    notes = [
        f"{cell_name(cell.name)}: {UNDER_TWO}."
        for cell in visible_cells(table)
        if cell.below_two_percent
    ]
    if UNKNOWN not in table.hidden:
        rate = percent(unknown.rate, 1)
        rows.append(("unknown", f"{unknown.assessed:,}", f"{unknown.positive:,}", rate, UNDEFINED))
        notes.insert(0, f"{unknown.assessed:,} applicants of unknown {name} are in no ratio.")
    if table.coarse:
        notes.append("Other categories: too few people to show.")
    return Table(
        caption=f"{TITLES[evidence.measure]} and impact ratios by {name}",
        columns=(name.capitalize(), *COLUMNS[evidence.measure], "Impact ratio"),
        rows=tuple(rows),
        strong=frozenset({cell_name(table.assessment.benchmark or "")}),
        notes=tuple(notes),
    )


def _notes(audit: Audit, posted: Sequence[RateEvidence]) -> Iterator[str]:
    """What a reader of the tables has to know."""
    rules = {table.assessment.rule for one in posted for table in one.tables.values()}
    for rule in sorted(rules - {""}):
        yield f"Impact ratio: the rate of a category by the highest rate {rule}, set in bold."
    for one in posted:
        if one.median is not None:
            yield (
                "Scoring rate: the share of a category with a score above the median of all "
                f"applicants, {figure(one.median.median)}."
            )
    if any(one.hides for one in posted):
        yield (
            f"People of categories with fewer than {audit.settings.least} are left out of every "
            "count here, unknown ones too, so that nobody can be told from the table. The rules of "
            "Local Law 144 list the counts of all categories: for a table that leaves nobody out, "
            "make the audit again with --least 1, for your own eyes before anything is published."
        )
    crossed = any(CROSSED in name for one in posted for name in one.tables)
    if not crossed and len(audit.settings.by) > 1:
        first, second = audit.settings.by[:2]
        yield (
            "No combination of categories was asked for; the rules ask for sex and race/ethnicity "
            f"together as well (add {first}{CROSSED}{second} to --by)."
        )
    yield (
        "Four-fifths, chance and what such figures can't say are in the audit (audit.html) that "
        "this table is taken from. This is no finding of law."
    )


def _rows(audit: Audit, evidence: RateEvidence) -> Iterator[Row]:
    """One row a category; what the auditor said stands in each, so that a row can stand alone."""
    told = audit.particulars.given()
    about: Mapping[str, Any] = {name: told.get(name) for name in LABELS}
    for table in evidence.tables.values():
        for cell in visible_cells(table):
            yield {
                "measure": evidence.measure,
                "attribute": table.attribute,
                "category": cell.name,
                "applicants": cell.assessed,
                "selected": cell.positive,
                "rate": as_json(cell.rate),
                "impact_ratio": as_json(cell.ratio),
                "highest_rate": cell.is_benchmark,
                "under_2_percent": cell.below_two_percent,
                **about,
            }
        unknown = table.assessment.unknown
        if UNKNOWN not in table.hidden:
            yield {
                "measure": evidence.measure,
                "attribute": table.attribute,
                "category": "(unknown)",
                "applicants": unknown.assessed,
                "selected": unknown.positive,
                "rate": as_json(unknown.rate),
                **about,
            }
