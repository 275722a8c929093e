"""The whole page: what was asked, the verdicts, the evidence, its limits and its provenance."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

from evenhand.audit.evidence.audit import Audit
from evenhand.audit.evidence.definitions import definitions_of
from evenhand.audit.evidence.masked import list_notes
from evenhand.audit.evidence.rates import SHOWN
from evenhand.audit.evidence.sentences import name_of
from evenhand.audit.numbers import count, listed
from evenhand.audit.page.funnel import funnel_sections
from evenhand.audit.page.rates import rate_sections
from evenhand.audit.page.verdict import assessed_words, tiles_of, verdict_of
from evenhand.audit.statements import STATEMENTS
from evenhand.audit.view import Block, Code, Fold, Heading, Page, Points, Section, Table, Words

NOT_SAID = (
    (
        "Verdicts are no clearance",
        "“Not below four-fifths” means that a ratio isn't below it in this data. It does not mean "
        "that nobody is disadvantaged, and a small sample may simply be unable to show it.",
    ),
    (
        "Four-fifths is a rule of thumb",
        "It comes from US guidelines on employee selection (29 CFR 1607.4(D)). New York City's "
        "Local Law 144 asks for ratios and sets no threshold; these are LL144-style tables.",
    ),
    (
        "Chance isn't the only alternative to bias",
        "“Unlikely by chance” rules out luck, and nothing else: groups may differ in what the "
        "job needs, in who applied, or in how the data was recorded.",
    ),
)


def page_of(audit: Audit) -> Page:
    """The page as blocks; the same audit gives the same."""
    sections = [
        *rate_sections(audit),
        *funnel_sections(audit),
        *_lists(audit),
        *_wording(audit),
        _asked(audit),
        _limits(audit),
        _definitions(audit),
        _provenance(audit),
    ]
    by = [name_of(name) for name in audit.settings.by]
    return Page(
        title=audit.title,
        subtitle=f"{assessed_words(audit)}; compared by {listed(by)}",
        notice=audit.notice,
        tiles=tiles_of(audit),
        sections=tuple(section for section in sections if section.blocks),
        version=version("evenhand"),
        particulars=audit.particulars.rows(),
        verdict=verdict_of(audit),
    )


def _lists(audit: Audit) -> list[Section]:
    """The sections on lists, which load many measures, where there are lists."""
    if audit.lists is None:
        return []
    from evenhand.audit.page.lists import list_sections

    return list_sections(audit)


def _wording(audit: Audit) -> list[Section]:
    """The section on wording, which loads word lists, where there are ads."""
    if audit.wording is None:
        return []
    from evenhand.audit.page.wording import wording_sections

    return wording_sections(audit)


def _asked(audit: Audit) -> Section:
    settings, said = audit.settings, list[str]()
    for evidence in audit.rates:
        if evidence.measure != SHOWN:
            kind = "selected" if evidence.measure == "selection" else "scored"
            said.append(
                f"Are people of every group {kind} alike? {evidence.people:,} people with a known "
                "outcome."
            )
    if audit.lists is not None:
        said.append(
            f"Are qualified people of every group shown alike? {count(audit.lists.ads, 'ad')}, "
            f"lists over {audit.lists.people:,} people by {audit.lists.engine.name}; shown means "
            f"in the top {audit.lists.top}."
        )
    if audit.wording is not None:
        said.append(
            f"What do the ads say? {count(len(audit.wording.job_ids), 'ad')}, read by rules."
        )
    hidden = audit.notice or f"Groups of fewer than {settings.least} people are hidden."
    said.append(
        f"{hidden} Verdicts, and the intervals beside them, hold for everything on this page "
        "together: where there is no gap at all, 95 of 100 such pages name none. Random draws have "
        f"the seed {settings.seed}."
    )
    blocks: list[Block] = [Words(tuple(said))]
    notes = [f"{note.rstrip('.')}." for note in (*audit.notes, *list_notes(audit))]
    if notes:
        blocks += [Heading("To be borne in mind"), Points(tuple(("", note) for note in notes))]
    return Section("asked", "What was asked", blocks)


def _limits(audit: Audit) -> Section:
    of_rates: Sequence[tuple[str, str]] = NOT_SAID if audit.rates else ()
    points = (*of_rates, *((each.title, each.text) for each in STATEMENTS))
    return Section("cannot-say", "What this audit can't say", (Points(points),))


def _definitions(audit: Audit) -> Section:
    families: dict[str, list[tuple[str, ...]]] = {}
    for each in definitions_of(audit):
        told = [each.range, f"Undefined: {each.undefined}" if each.undefined else "", each.trap]
        read = " ".join(f"{part.rstrip('.')}." for part in told if part)
        families.setdefault(each.family, []).append((each.name, each.formula, read, each.source))
    blocks: list[Block] = [
        Table(
            caption=f"Definitions: {family}",
            columns=("Measure", "Formula", "How to read it", "Source"),
            rows=tuple(rows),
            words=(0, 1, 2, 3),
        )
        for family, rows in families.items()
    ]
    if not blocks:
        return Section("definitions", "Definitions", ())
    count_of = sum(len(rows) for rows in families.values())
    fold = Fold(f"Definitions of {count(count_of, 'measure')}, with formulas and sources", blocks)
    return Section("definitions", "Definitions", (fold,))


def _provenance(audit: Audit) -> Section:
    rows = tuple((audit.provenance or {}).items())
    if not rows:
        return Section("provenance", "Provenance", ())
    table = Table(
        caption="What this audit rests on",
        columns=("What", "Which"),
        rows=rows,
        words=(0, 1),
        notes=("When a digest changes, the result lapses.",),
    )
    again = Words(("The same files and this command give this page again, byte for byte:",))
    command = Code(audit.command)
    return Section(
        "provenance", "Provenance", (table, *([again, command] if audit.command else ()))
    )
