"""An audit: everything that was found about some people, lists and ads, and what it rests on.

Puts the evidence together; writing it down is the business of ``report``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from evenhand.audit.rates import (
    SCORING,
    AuditSettings,
    Funnel,
    RateEvidence,
    StratifiedRatio,
    funnel_of,
    rates_of_lists,
    rates_of_outcomes,
    shown_column,
    stratified_ratios,
)
from evenhand.audit.shown import Paged, hide
from evenhand.audit.suppression import GIVEN, InLists, shown_in_lists, without
from evenhand.errors import BadInput, MeasureError
from evenhand.language.style import TEXT_DEFINITIONS
from evenhand.match.protocol import BoolArray, Rankings
from evenhand.measure.counts import CROSSED, labels_of, top_positions
from evenhand.measure.figure import Definition, cards
from evenhand.measure.study import notes_on_length
from evenhand.records.files import digest_texts
from evenhand.records.job import Job
from evenhand.records.outcomes import Coded, Outcomes
from evenhand.records.outputs import Progress, tell
from evenhand.records.people import Pool
from evenhand.records.result import visible

if TYPE_CHECKING:
    from evenhand.audit.lists import ListEvidence
    from evenhand.audit.wording import WordingEvidence


LABELS = {
    "auditor": "Auditor",
    "employer": "Employer",
    "tool": "Tool",
    "data_period": "Data period",
    "audit_date": "Date of the audit",
    "distribution_date": "Tool in use since",
    "data_source": "Source of the data",
}


@dataclass(frozen=True, slots=True)
class Particulars:
    """Who audits what, as the auditor says it: shown and never checked; empty where not said.

    Dates are given, not read from a clock: the same command makes the same bytes on any day.
    """

    auditor: str = ""
    employer: str = ""
    tool: str = ""
    data_period: str = ""
    audit_date: str = ""
    distribution_date: str = ""
    data_source: str = ""

    def given(self) -> dict[str, str]:
        """What was said, by field, as it may be shown."""
        return {name: visible(value) for name, value in asdict(self).items() if value}

    def rows(self) -> tuple[tuple[str, str], ...]:
        """What was said, under the words that a page has for it."""
        return tuple((LABELS[name], value) for name, value in self.given().items())


WITHHELD = "not given, for it would tell who is hidden"
_COUNTED = re.compile(r"^[\d,]+ (?=rows? )")
_SILENT = re.compile(r"^[\d,]+ (?:people|person) gave no answer in ")
_SEVERAL = re.compile(r"^[\d,]+ ids? (?:stand on [\d,]+|ha(?:s|ve)) (?=rows)")


@dataclass(frozen=True)
class Engine:
    """Where lists came from: the engine with its people, or the file that holds its lists."""

    name: str
    digest: str


@dataclass(frozen=True)
class Ranked:
    """Lists to audit, jobs and people in the order of the rankings, and where they came from.

    ``qualified`` has shape ``(jobs, people)``.
    """

    rankings: Rankings
    jobs: Sequence[Job]
    pool: Pool
    qualified: BoolArray
    engine: Engine


@dataclass(frozen=True)
class Audit(Paged):
    """What was found.

    Attributes:
        settings: How it was made.
        title: Heading of the report.
        rates: Selection, scoring and shown, where there is data for them.
        strata: Ratios across periods and jobs, where outcomes name them.
        funnel: The steps of the selection; None where it has one.
        lists: What the lists show; None without lists.
        wording: What the ads say; None without ads.
        notes: What was left out or is unusual, one sentence each.
        provenance: What it rests on, in the order to be shown.
        command: What reproduces it.
        particulars: Who audits what.
        families: What shares the error of the page, of ``together.SHARES``.
    """

    settings: AuditSettings
    title: str
    rates: tuple[RateEvidence, ...]
    strata: tuple[StratifiedRatio, ...] = ()
    funnel: Funnel | None = None
    lists: ListEvidence | None = None
    wording: WordingEvidence | None = None
    notes: tuple[str, ...] = ()
    provenance: Mapping[str, str] | None = None
    command: str = ""
    particulars: Particulars = field(default_factory=Particulars)
    families: frozenset[str] = frozenset()
    writer: ClassVar[str] = "evenhand.report.pages.audit"

    def rate(self, measure: str) -> RateEvidence | None:
        """One kind of rate, where there is data for it."""
        return next((one for one in self.rates if one.measure == measure), None)

    @property
    def notice(self) -> str:
        """What must stand above everything; empty for nothing."""
        return self.settings.notice if self.rates else ""

    @property
    def hides(self) -> bool:
        """Whether somebody is left out because few people share their group."""
        return any(one.hides for one in self.rates)


def refuse_nothing(
    settings: AuditSettings,
    outcomes: Outcomes | None,
    ranked: Ranked | None,
    jobs: Sequence[Job],
) -> None:
    """Refuse an audit of nothing, or by nothing.

    Raises:
        BadInput: It says what to give.
    """
    if outcomes is None and ranked is None and not jobs:
        raise BadInput("there is nothing to audit: give people assessed, lists of people, or ads")
    if not settings.by:
        raise BadInput("no attribute was named; name at least one column of the people")


def make_audit(
    settings: AuditSettings,
    *,
    outcomes: Outcomes | None = None,
    ranked: Ranked | None = None,
    jobs: Sequence[Job] = (),
    title: str = "",
    notes: Sequence[str] = (),
    progress: Progress | None = None,
) -> Audit:
    """Audit people assessed, lists, ads (those of the lists by default), or all of them.

    ``notes`` say what was left out while reading; ``title`` is made of what there is if empty.

    Raises:
        BadInput: There is nothing to audit, or no attribute was named.
        MeasureError: A measure is undefined for what it was given.
    """
    refuse_nothing(settings, outcomes, ranked, jobs)
    ads = jobs or (ranked.jobs if ranked else ())
    families = _families(outcomes, ranked)
    # Lists that may not be shown are refused before texts are read, which takes long.
    shown = None if ranked is None else shown_of(ranked, settings)
    if shown is not None:
        notes = (*notes, *notes_on_length(settings.top, len(shown[0].pool)))
        settings = replace(settings, top=shown[1].top)
    audit = Audit(settings, title, (), notes=tuple(notes), families=families)
    if outcomes is not None:
        tell(progress, "people assessed", 0, 1)
        audit = _with_outcomes(audit, outcomes)
        tell(progress, "people assessed", 1, 1)
    if ads:
        # Reading texts loads word lists, which people assessed have no use for.
        from evenhand.audit.wording import wording_evidence

        audit = replace(audit, wording=wording_evidence(ads, settings.grouped_by, progress))
    if shown is not None:
        audit = _with_lists(audit, *shown, progress)
    notes = (*_told(audit), *_on_hiding(audit))
    return hide(replace(audit, title=title or _title(audit), notes=notes))


def _families(outcomes: Outcomes | None, ranked: Ranked | None) -> frozenset[str]:
    """What shares the error of the page."""
    found = {"people"} if outcomes is not None else set[str]()
    columns = () if outcomes is None else (outcomes.period, outcomes.job)
    if any(column is not None and len(column.values) > 1 for column in columns):
        found.add("strata")
    return frozenset(found | ({"lists", "wording"} if ranked is not None else set()))


def _told(audit: Audit) -> Iterator[str]:
    """The notes; where people are hidden, who gave no answer is counted among the shown alone."""
    if not audit.hides:
        yield from audit.notes
        return
    yield from (note for note in audit.notes if not _SILENT.match(note))
    for name, table in audit.rates[0].tables.items():
        silent = table.counts.unknown_assessed
        if silent and CROSSED not in name:
            yield f"{silent:,} people gave no answer in {name} and are in no group."


def _on_hiding(audit: Audit) -> Iterator[str]:
    """What isn't shown, in the same words whoever it is about."""
    least = audit.settings.least
    if audit.hides:
        yield (
            f"People of groups with fewer than {least} are left out of every figure and total, so "
            "that these don't give them away; --least 1 counts everybody, for your own eyes"
        )
    for name in dict.fromkeys(name for one in audit.rates for name in one.withheld):
        yield (
            f"{name} is not shown, for too many of its groups have fewer than {least} people; "
            "cross fewer attributes, or merge values"
        )
    for name in dict.fromkeys(name for one in audit.rates for name in one.coarse):
        yield (
            f"{name}: groups of {max(GIVEN, least)} people or more are shown; the others, too few "
            "to show, count in the other tables alone, for too many of them are small"
        )
    for name in sorted(name for one in audit.rates for name in one.unscoped):
        yield (
            f"{name}: no rows by occupation group are shown, for too many of them have fewer than "
            f"{least} people"
        )


def _with_outcomes(audit: Audit, outcomes: Outcomes) -> Audit:
    rates = rates_of_outcomes(outcomes, audit.settings, audit.families)
    return replace(
        audit,
        rates=audit.rates + rates,
        strata=stratified_ratios(outcomes, rates, audit.families),
        funnel=funnel_of(outcomes, rates),
        notes=(*audit.notes, *_notes(outcomes, rates)),
    )


def _notes(outcomes: Outcomes, rates: Sequence[RateEvidence]) -> tuple[str, ...]:
    """What reading said, without numbers of rows where some of them are about hidden people."""
    if not any(one.hides for one in rates):
        return outcomes.notes
    several = (_SEVERAL.sub("Some ids have several ", note) for note in outcomes.notes)
    return tuple(_COUNTED.sub("Number not given: ", note) for note in several)


def shown_of(ranked: Ranked, settings: AuditSettings) -> tuple[Ranked, AuditSettings, InLists]:
    """Lists as if the people who may not be shown weren't there, and what they are compared by."""
    among = shown_in_lists(
        ranked.jobs,
        ranked.pool,
        ranked.qualified,
        settings.by,
        grouped_by=settings.grouped_by,
        least=settings.least,
    )
    top = min(settings.top, int(among.people.sum()))
    settings = replace(settings, by=tuple(among.values), top=top)
    if not among.hides:
        return ranked, settings, among
    pool = ranked.pool.take(np.flatnonzero(among.people))
    for name in {part.strip() for attribute in settings.by for part in attribute.split(CROSSED)}:
        if not pool.has_column(name):
            raise MeasureError(
                f"{name}: every group of the people has fewer than {settings.least}, so none may "
                "be shown; give more people, or --least 1 for your own eyes"
            )
    values = {name: set(labels_of(pool, name).tolist()) for name in settings.by}
    references = {
        name: value
        for name, value in settings.reference.items()
        if value in values.get(name, {value})
    }
    shown = Ranked(
        without(ranked.rankings, among.people).top(settings.top),
        ranked.jobs,
        pool,
        ranked.qualified[:, among.people],
        Engine(ranked.engine.name, WITHHELD),
    )
    return shown, replace(settings, reference=references), among


def _with_lists(
    audit: Audit,
    ranked: Ranked,
    settings: AuditSettings,
    among: InLists,
    progress: Progress | None,
) -> Audit:
    # Measures of lists are many, and people assessed have no use for them.
    from evenhand.audit.lists import list_evidence, lists_together, with_page

    found = list_evidence(ranked, settings, progress)
    labels = {name: design.labels for name, design in found.study.designs.items()}
    positions = top_positions(found.lists, settings.top)
    shown = rates_of_lists(positions, found.study.designs, labels, settings, among)
    page = lists_together(found, shown, audit.families)
    found = with_page(found, page)
    wording = audit.wording
    if wording is not None:
        from evenhand.audit.wording import with_effects

        kept = [job for job, one in zip(ranked.jobs, found.study.keep, strict=True) if one]
        wording = with_effects(wording, kept, found.effects, settings, progress)
    return replace(
        audit, rates=(*audit.rates, shown.judged(page, settings)), lists=found, wording=wording
    )


def _title(audit: Audit) -> str:
    """A heading made of what was audited."""
    if audit.lists is not None and audit.rates[0].measure == "shown":
        return "Whom the engine shows"
    if audit.lists is not None:
        return "Who was selected, and whom the engine shows"
    if not audit.rates:
        return "What the ads say"
    return "Who was selected" if audit.rate("selection") else "Who scores above the median"


RATES, TEXT = "selection and scoring", "text"


@cache
def all_definitions() -> dict[str, Definition]:
    """Every measure by key, families in the order of the report."""
    of_text = (Definition(family=TEXT, **asdict(each)) for each in TEXT_DEFINITIONS)
    families = "rates lists attention people ads similarity quality".split()
    found = [each for family in families for each in cards(family)]
    return {each.key: each for each in (*found, *of_text)}


def family_of(measure: str) -> str:
    """The family of a measure by key."""
    return all_definitions()[measure].family


def definitions_of(audit: Audit) -> tuple[Definition, ...]:
    """The definitions of everything that this audit gives."""
    figures = audit.lists.figures if audit.lists else ()
    given = {one.measure for one in figures}
    families = {
        name for name, given_too in ((RATES, audit.rates), (TEXT, audit.wording)) if given_too
    }
    return tuple(
        each for key, each in all_definitions().items() if key in given or each.family in families
    )


OF_SHOWN = "shown:"
"""Starts a digest of the people who are shown, in place of one of the file."""


def digest_of_people(outcomes: Outcomes, rates: Sequence[RateEvidence]) -> str:
    """Digest of the rows that are shown, the same whoever is hidden beside them.

    A digest of a whole file lets anybody who can write down every file that it may have been try
    which one it was, hidden people included.
    """
    digest = hashlib.blake2b(digest_size=16)
    for one in rates:
        rows = np.flatnonzero(one.known)
        result = outcomes.score if one.measure == SCORING else one.positive
        digest.update(one.measure.encode())
        for values in (result, outcomes.weight):
            digest.update(b"" if values is None else values[rows].tobytes())
        columns = [
            shown_column(outcomes.crossed(name), one.coarse.get(name)) for name in one.tables
        ]
        for column in (*columns, outcomes.job, outcomes.period):
            if column is not None:
                digest.update(digest_texts(_texts(column, rows)).encode())
        for stage in outcomes.stages:
            digest.update(stage.assessed[rows].tobytes() + stage.passed[rows].tobytes())
        if outcomes.ids is not None:
            digest.update(digest_texts(outcomes.ids.only(rows).tolist()).encode())
    return OF_SHOWN + digest.hexdigest()


def _texts(column: Coded, rows: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Iterator[str]:
    """The values that are there, then each row's, by number."""
    used, places = np.unique(column.codes[rows], return_inverse=True)
    yield from ((*column.values, "")[code] for code in used.tolist())
    yield places.tobytes().hex()


def digest_of_lists(ranked: Ranked, by: Sequence[str]) -> str:
    """Digest of lists without the people who are hidden, and of what they are compared by."""
    digest = hashlib.blake2b(ranked.pool.digest.encode(), digest_size=16)
    for name in by:
        digest.update(digest_texts(labels_of(ranked.pool, name).tolist()).encode())
    digest.update(ranked.qualified.tobytes())
    digest.update(ranked.rankings.positions.tobytes())
    return OF_SHOWN + digest.hexdigest()
