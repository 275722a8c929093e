"""The page of an audit, section by section, and the table that is posted.

Every section turns evidence into blocks of ``report.page``; nothing is computed here. The posting
is LL144-style: what 6 RCNY 5-303 asks of a summary of results (source and explanation of the data,
people of unknown category, applicants, rates and impact ratios of all categories, dates). Whether a
posting meets a law is not for a program to say.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from evenhand.audit.audit import LABELS, Audit, definitions_of
from evenhand.audit.rates import (
    HIDDEN,
    OVERALL,
    QUANTILES,
    SCORING,
    SELECTION,
    SHOWN,
    Funnel,
    RateEvidence,
    RateTable,
    StepRow,
    StratifiedRatio,
    places_for,
)
from evenhand.measure.counts import CROSSED, UNKNOWN
from evenhand.measure.figure import Definition, as_json
from evenhand.measure.rates.assess import BENCHMARK, TO_REST, CellAssessment
from evenhand.records.result import Row
from evenhand.report.columns import as_csv, audit_json, tables_of
from evenhand.report.numbers import (
    UNDEFINED,
    count,
    decimal,
    figure,
    grouped,
    listed,
    number,
    p_value,
    percent,
    ratio,
    ratio_interval,
    signed,
)
from evenhand.report.page import (
    Block,
    Code,
    Col,
    Figure,
    Fold,
    Heading,
    Page,
    Points,
    Section,
    Table,
    Texts,
    Words,
    cannot_say,
    make_table,
    new_page,
    render,
    words_col,
    written_cols,
)
from evenhand.report.plots import MARKS, NARROW, PlotRow, Spread, ratio_plot, spread_plot
from evenhand.report.sentences import (
    assessed_words,
    cell_name,
    finding,
    name_of,
    sentences,
    smallest_of,
    state_of,
    strata_sentences,
    table_sentence,
    tiles_of,
    verdict_of,
)

TITLES = {
    SELECTION: "Selection",
    SCORING: "Scoring above the median",
    SHOWN: "Being shown at all",
}
POSITIVE = {SELECTION: "Selected", SCORING: "Above median", SHOWN: "Shown"}
_say = Texts("audit")


def page_of(audit: Audit) -> Page:
    """The page as blocks; the same audit gives the same."""
    sections = [_section(audit, evidence) for evidence in audit.rates]
    if audit.funnel is not None:
        sections.append(_steps(audit.funnel))
    # These load many measures and word lists, which people assessed have no use for.
    if audit.lists is not None:
        from evenhand.report.pages.lists import list_sections

        sections += list_sections(audit.lists, audit.rate(SHOWN))
    if audit.wording is not None:
        from evenhand.report.pages.lists import wording_section

        sections.append(wording_section(audit, audit.wording))
    not_said = _say.pairs("not_said") if audit.rates else ()
    limits = cannot_say("What this audit can't say", not_said)
    by = listed([name_of(name) for name in audit.settings.by])
    return new_page(
        audit.title,
        f"{assessed_words(audit)}; compared by {by}",
        [*sections, _asked(audit), limits, _definitions(audit), _provenance(audit)],
        notice=audit.notice,
        tiles=tiles_of(audit),
        particulars=audit.particulars.rows(),
        verdict=verdict_of(audit),
    )


def said_of(audit: Audit) -> Sequence[str]:
    """What the page says at its top, or all that was found where it has no verdict."""
    verdict = verdict_of(audit)
    said = sentences(audit) if verdict is None else verdict.findings[0][1]
    return [*filter(None, (audit.notice, *said))]


def rows_of(audit: Audit) -> dict[str, list[Row]]:
    """The tables of the folder's ``tables/``."""
    return tables_of(audit, audit_json(audit))


def _asked(audit: Audit) -> Section:
    lists, said = audit.lists, list[str]()
    for evidence in audit.rates:
        if evidence.measure != SHOWN:
            kind = "selected" if evidence.measure == SELECTION else "scored"
            said.append(_say("asked.people", kind=kind, people=evidence.people))
    if lists is not None:
        said.append(_say("asked.lists", ads=count(lists.ads, "ad"), lists=lists))
    if audit.wording is not None:
        said.append(_say("asked.ads", ads=count(len(audit.wording.job_ids), "ad")))
    hidden = audit.notice or _say("asked.hidden", least=audit.settings.least)
    said.append(_say("asked.together", hidden=hidden, seed=audit.settings.seed))
    notes = (*audit.notes, *(() if lists is None else lists.notes))
    blocks: list[Block] = [Words(tuple(said))]
    if notes:
        points = tuple(("", f"{note.rstrip('.')}.") for note in notes)
        blocks += [Heading("To be borne in mind"), Points(points)]
    return Section("asked", "What was asked", blocks)


def _reading(each: Definition) -> str:
    told = (each.range, f"Undefined: {each.undefined}" if each.undefined else "", each.trap)
    return " ".join(f"{part.rstrip('.')}." for part in told if part)


_DEFINITIONS = (
    words_col("Measure", "name"),
    words_col("Formula", "formula"),
    words_col("How to read it", _reading),
    words_col("Source", "source"),
)


def _definitions(audit: Audit) -> Section:
    found = definitions_of(audit)
    tables = [
        _say.table(
            "definitions",
            _DEFINITIONS,
            [each for each in found if each.family == name],
            family=name,
        )
        for name in dict.fromkeys(each.family for each in found)
    ]
    fold = Fold(_say("definitions.fold", measures=count(len(found), "measure")), tables)
    return Section("definitions", "Definitions", (fold,) if tables else ())


def _provenance(audit: Audit) -> Section:
    rows = (audit.provenance or {}).items()
    blocks: list[Block] = (
        [_say.table("provenance", written_cols("What", "Which", words=(1,)), rows)] if rows else []
    )
    if rows and audit.command:
        blocks += [Words((_say("provenance.again"),)), Code(audit.command)]
    return Section("provenance", "Provenance", blocks)


# One section a kind of rate: a forest plot and one table an attribute. Tests, intervals and what
# else can be asked of a table are folded away beneath it.


def _section(audit: Audit, evidence: RateEvidence) -> Section:
    about = Words((_say(f"about.{evidence.measure}"), *_median(evidence)))
    blocks: list[Block | Fold] = [about]
    if evidence is audit.rates[0]:
        blocks.append(Words((_say("about.benchmarks"), _say("about.verdicts"))))
    for table in evidence.tables.values():
        blocks += _attribute(audit, evidence, table)
    return Section(evidence.measure, TITLES[evidence.measure], blocks)


def _median(evidence: RateEvidence) -> Iterator[str]:
    found = evidence.median
    if found is not None:
        scores = count(found.people, "score")
        yield _say("about.median", scores=scores, median=figure(found.median), found=found)
        if found.state:
            yield f"Mind: {found.state}."
        if found.missing:
            yield _say("about.missing", rows=count(found.missing, "row"))


def _attribute(audit: Audit, evidence: RateEvidence, table: RateTable) -> Iterator[Block | Fold]:
    name, title = name_of(table.attribute), TITLES[evidence.measure]
    said = [table_sentence(evidence, table), *strata_sentences(audit, evidence, table)]
    yield Heading(f"By {name}")
    yield finding(said)
    yield _headline(evidence, table)
    folded: list[Block] = []
    if table.assessment.benchmark is not None:
        tests = _tests(evidence, table)
        folded += [*([tests] if tests.rows else []), _other_ratios(evidence, table)]
    here = (evidence.measure, table.attribute)
    strata = [one for one in audit.strata if (one.measure, one.attribute) == here]
    if strata:
        folded.append(_strata(title, name, strata))
    if folded:
        yield Fold(_say("about.fold", title=title, name=name), folded)
    if evidence.spreads.get(table.attribute):
        yield Fold(_say("about.spread", name=name), [_spreads(evidence, table.attribute)])


def _headline(evidence: RateEvidence, table: RateTable) -> Block:
    name, best = name_of(table.attribute), table.assessment.benchmark
    marked = [cell for cell in table.cells if math.isfinite(cell.ratio) and cell.ratio > 0]
    if not marked or best is None:
        return _counts(evidence, table)
    draw = partial(
        ratio_plot,
        [_plot_row(cell) for cell in marked],
        key=f"{evidence.measure}-{table.attribute.replace('*', '-')}",
        title=_say("ratios.title", name=name),
        description=_say("ratios.description"),
        ends=("lower rate", "higher rate"),
        threshold=(0.8, "four-fifths"),
    )
    caption = _say("ratios.caption", found=table.assessment)
    # A logarithmic axis can't hold them.
    nobody = any(cell.ratio == 0 for cell in table.cells)
    caption += _say("ratios.without_mark") if nobody else ""
    return Figure(draw(), caption, _counts(evidence, table), draw(room=NARROW))


def _plot_row(cell: CellAssessment) -> PlotRow:
    low, high = cell.koopman
    note = f"{ratio(cell.ratio)}  ({ratio_interval(cell.koopman)})"
    return PlotRow(
        cell_name(cell.name),
        cell.ratio,
        # Open at 0 and infinity, which a logarithmic axis doesn't have.
        (low if 0 < low < math.inf else None, high if 0 < high < math.inf else None),
        shape=MARKS.get(cell.verdict or "", "triangle"),
        note=BENCHMARK if cell.is_benchmark else note,
    )


def _cells(table: RateTable, key: str, columns: Sequence[Col], **values: Any) -> Table:
    """One row a cell; hidden ones say so."""
    name = name_of(table.attribute)
    first = Col(name.capitalize(), "name", cell_name)
    rows = values.pop("rows", table.assessment.cells)
    hiding = (
        Col(column.heading, _unless_hidden(table, column), words=column.words) for column in columns
    )
    return _say.table(key, (first, *hiding), rows, name=name, **values)


def _unless_hidden(table: RateTable, column: Col) -> Callable[[Any], str]:
    def written(cell: Any) -> str:
        return HIDDEN if cell.name in table.hidden else column.of(cell)

    return written


def _counts(evidence: RateEvidence, table: RateTable) -> Table:
    unknown, least = table.assessment.unknown, smallest_of(table)
    columns = (
        Col("People", "assessed", number),
        Col(POSITIVE[evidence.measure], "positive", number),
        Col("Rate", "rate", partial(percent, places=1)),
        Col("Ratio", "ratio", ratio),
        Col("Interval", "koopman", ratio_interval),
        words_col("Verdict", lambda cell: _verdict(evidence, cell)),
    )
    notes: list[str] = []
    if least.cell is not None:
        called = f"{least.called[0].upper()}{least.called[1:]}"
        notes.append(_say("counts.smallest", called=called, least=least))
    notes += [_say("counts.too_few")] if table.coarse else []
    notes += _notes(table)
    if UNKNOWN in table.hidden and not table.coarse:
        notes.append(_say("counts.without_unknown"))
    people = count(table.counts.everybody, "person").replace("persons", "people")
    found = _cells(
        table,
        "counts",
        columns,
        after=notes,
        strong=[cell_name(table.assessment.benchmark or "")],
        title=TITLES[evidence.measure],
        people=people,
        shown=_say("counts.of_shown") if table.hidden else "",
    )
    if table.coarse:
        return found
    figures = (HIDDEN,) * 3
    if UNKNOWN not in table.hidden:
        counts = (number(unknown.assessed), number(unknown.positive))
        figures = (*counts, percent(unknown.rate, 1))
    last = ("unknown", *figures, UNDEFINED, UNDEFINED, "in no ratio")
    return replace(found, rows=(*found.rows, last))


def _notes(table: RateTable) -> list[str]:
    cells = tuple(cell_name(cell.name) for cell in table.assessment.cells)
    said = [f"{cell_name(each)}." for each in table.assessment.notes]
    return [each if each.startswith(cells) else f"{each[0].upper()}{each[1:]}" for each in said]


def _verdict(evidence: RateEvidence, cell: CellAssessment) -> str:
    marks = (
        cell.verdict or "no verdict",
        TO_REST if cell.only_to_rest else "",
        state_of(evidence.measure, cell),
        "under 2%" if cell.below_two_percent else "",
    )
    return "; ".join(mark for mark in marks if mark)


def _tests(evidence: RateEvidence, table: RateTable) -> Table:
    known = UNKNOWN not in table.hidden
    columns = (
        Col("z", "z_difference", partial(signed, places=2)),
        Col("p over the page", "familywise", p_value),
        Col("One person decides", lambda cell: "yes" if cell.one_person else "no"),
        Col(
            "If the unknown were known",
            lambda one: one.unknown_bounds if known else None,
            ratio_interval,
        ),
        Col("Could detect", "detectable", ratio),
    )
    return _cells(
        table,
        "tests",
        columns,
        rows=[cell for cell in table.assessment.cells if not cell.is_benchmark],
        title=TITLES[evidence.measure],
        called=smallest_of(table).called,
        found=table.assessment,
    )


_OTHER = (
    Col("Ratio to everybody else", "ratio_to_rest", ratio),
    Col("Ratio of not being chosen", "ratio_of_not", ratio),
    Col("Expected", "expected", partial(decimal, places=1)),
    Col(
        "People short of four-fifths",
        lambda cell: number(cell.shortfall) if math.isfinite(cell.ratio) else UNDEFINED,
    ),
    Col("People needed to find .8", "needed_for_four_fifths", number),
)


def _other_ratios(evidence: RateEvidence, table: RateTable) -> Table:
    return _cells(table, "other", _OTHER, title=TITLES[evidence.measure])


def _spreads(evidence: RateEvidence, attribute: str) -> Figure:
    name, found = name_of(attribute), evidence.spreads[attribute]
    places = places_for([value for values in found.values() for value in values])
    spreads: list[Spread] = []
    for cell, (low, left, middle, right, high) in found.items():
        note = f"median {grouped(middle, places)}"
        spreads.append(Spread(cell_name(cell), (low, left, middle, right, high), note))
    picture = spread_plot(
        spreads,
        median=evidence.median.median if evidence.median is not None else math.nan,
        key=f"scores-{attribute.replace('*', '-')}",
        title=_say("scores.title", name=name),
        description=_say("scores.description"),
    )
    columns = [
        Col(percent(share), lambda row, at=at: grouped(row.quantiles[at], places))
        for at, share in enumerate(QUANTILES)
    ]
    table = _say.table("scores", (Col(name.capitalize(), "name"), *columns), spreads, name=name)
    return Figure(picture, _say("scores.reading"), table)


_STRATA = (
    words_col("Within", "within"),
    Col("Strata", "result.strata", number),
    Col("Ratio to everybody else", "result.ratio", ratio),
    Col("Interval", "result.interval", ratio_interval),
    Col("Test p", "result.p_value", p_value),
    Col("Same everywhere? p", "result.breslow_day_p", p_value),
)


def _strata(title: str, name: str, strata: Sequence[StratifiedRatio]) -> Table:
    first = Col(name.capitalize(), "result.cell", cell_name)
    return _say.table("strata", (first, *_STRATA), strata, title=title, name=name)


# The steps of a selection: one table an attribute, step by step and overall.


def _steps(funnel: Funnel) -> Section:
    tables = [_steps_by(funnel, name) for name in funnel.rows]
    return Section("steps", "Step by step", [Words((_say("steps.about"),)), *tables])


def _steps_by(funnel: Funnel, attribute: str) -> Table:
    by_cell: dict[str, list[StepRow]] = {}
    for row in funnel.rows[attribute]:
        by_cell.setdefault(row.cell, []).append(row)
    heads = [head for step in (*funnel.steps, OVERALL) for head in (step, "ratio")]
    rows = [
        (cell_name(cell), *(text for step in steps for text in _texts(step)))
        for cell, steps in by_cell.items()
    ]
    return Table(_say("steps.caption", name=name_of(attribute)), ("Group", *heads), tuple(rows))


def _texts(row: StepRow) -> tuple[str, str]:
    shown = f"{row.passed:,} of {row.assessed:,} ({percent(row.rate, 1)})"
    return shown, "" if row.ratio is None else ratio(row.ratio)


# The table that is posted. Figures are those of the audit, not computed anew.

COLUMNS = {
    SELECTION: ("Applicants", "Selected", "Selection rate"),
    SCORING: ("Applicants", "Above the median", "Scoring rate"),
}
POSTED = {SELECTION: "Selection rates", SCORING: "Scoring rates"}


def postings_of(audit: Audit) -> dict[str, str]:
    """The files of the posting by name; none where nobody was assessed."""
    posted = [one for one in audit.rates if one.measure in COLUMNS]
    if not posted:
        return {}
    sections = [
        Section(
            one.measure, POSTED[one.measure], [_posted(one, each) for each in one.tables.values()]
        )
        for one in posted
    ]
    notes = Points(tuple(("", note) for note in _posting_notes(audit, posted)))
    given = audit.particulars.given()
    told = {name: given.get(name, f"not given (--{name.replace('_', '-')})") for name in LABELS}
    page = new_page(
        "Summary of results",
        _say("posting.subtitle", people=max(one.people for one in posted)),
        [*sections, Section("notes", "How to read it", [notes])],
        notice=audit.notice,
        particulars=tuple((LABELS[name], text) for name, text in told.items()),
    )
    rows = [row for one in posted for row in _posting_rows(audit, one)]
    return {"posting.html": render(page), "posting.csv": as_csv(rows)}


def _posted(evidence: RateEvidence, table: RateTable) -> Table:
    name, unknown = name_of(table.attribute), table.assessment.unknown
    people, positive, rate = COLUMNS[evidence.measure]
    columns = (
        Col(name.capitalize(), "name", cell_name),
        Col(people, "assessed", number),
        Col(positive, "positive", number),
        Col(rate, "rate", partial(percent, places=1)),
        Col("Impact ratio", "ratio", ratio),
    )
    small = (cell for cell in table.cells if cell.below_two_percent)
    notes = [_say("posting.under_two", cell=cell) for cell in small]
    given = UNKNOWN not in table.hidden
    if given:
        notes.insert(0, _say("posting.unknown", people=unknown.assessed, name=name))
    notes += [_say("posting.others")] if table.coarse else []
    caption = _say("posting.caption", title=POSTED[evidence.measure], name=name)
    best = cell_name(table.assessment.benchmark or "")
    found = make_table(caption, columns, table.cells, notes, [best])
    counts = (number(unknown.assessed), number(unknown.positive), percent(unknown.rate, 1))
    last = ("unknown", *counts, UNDEFINED)
    return replace(found, rows=(*found.rows, last)) if given else found


def _posting_notes(audit: Audit, posted: Sequence[RateEvidence]) -> Iterator[str]:
    """What a reader of the tables has to know."""
    rules = {table.assessment.rule for one in posted for table in one.tables.values()}
    for rule in sorted(rules - {""}):
        yield _say("posting.rule", rule=rule)
    for one in posted:
        if one.median is not None:
            yield _say("posting.median", median=figure(one.median.median))
    if any(one.hides for one in posted):
        yield _say("posting.hides", least=audit.settings.least)
    crossed = any(CROSSED in name for one in posted for name in one.tables)
    if not crossed and len(audit.settings.by) > 1:
        yield _say("posting.combine", crossed=CROSSED.join(audit.settings.by[:2]))
    yield _say("posting.law")


def _posting_rows(audit: Audit, evidence: RateEvidence) -> Iterator[Row]:
    """One row a category; what the auditor said stands in each, so that a row can stand alone."""
    told = audit.particulars.given()
    about: dict[str, Any] = {name: told.get(name) for name in LABELS}
    for table in evidence.tables.values():
        where = {"measure": evidence.measure, "attribute": table.attribute}
        for cell in table.cells:
            yield {
                **where,
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
                **where,
                "category": "(unknown)",
                "applicants": unknown.assessed,
                "selected": unknown.positive,
                "rate": as_json(unknown.rate),
                **about,
            }
