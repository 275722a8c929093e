"""What an audit found, in plain sentences: cell by cell, and the few that stand at the top.

Each sentence follows from a count, an interval or a p-value by a fixed rule; words of verdicts are
taken from where they were made (``measure.rates``). Not a place for advice, and nothing here says
that anything is allowed or in order. Tile, headline, table and JSON all ask here what a table says
in short, so that they name the same minimum by the same words.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evenhand.audit.audit import Audit, all_definitions
from evenhand.audit.rates import SCORING, SELECTION, SHOWN, RateEvidence, RateTable
from evenhand.audit.shown import has_gap
from evenhand.measure.counts import OVERALL, UNKNOWN
from evenhand.measure.measures import ContrastMeasures
from evenhand.measure.rates.assess import TO_REST, UNLIKELY, VERDICTS, CellAssessment
from evenhand.measure.rates.tests import CochranMantelHaenszel
from evenhand.report.numbers import (
    cell_name,
    count,
    listed,
    name_of,
    p_value,
    ratio,
)
from evenhand.report.page import Findings, Texts, Tile
from evenhand.report.plots import GAP, MARKS, NO_GAP

if TYPE_CHECKING:
    from evenhand.audit.lists import ListEvidence

HEADINGS = {SELECTION: "Selection", SCORING: "Scoring", SHOWN: "Shown at all"}
_DONE = {SELECTION: "selected", SCORING: "scored above the median", SHOWN: "shown"}
_HAPPENED = {SELECTION: "was selected", SCORING: "scored above the median", SHOWN: "is shown"}
_ARE = {
    SELECTION: "are selected",
    SCORING: "score above the median",
    SHOWN: "are shown in any list",
}
MOST_NAMED, MOST_AT_TOP, MOST_TILES = 8, 2, 6
FOUR_FIFTHS = 0.8
_say = Texts("sentences")


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
        for name in audit.funnel.rows:
            row = audit.funnel.lowest(name)
            if row is not None:
                steps = ", ".join(audit.funnel.steps)
                said.append(_say("table.steps", attribute=name, steps=steps, **vars(row)))
    if audit.lists is not None:
        for name, shown in _of_lists(audit.lists):
            said += [parity_sentence(one, name, audit.lists) for one in shown]
            pooled = audit.lists.pooled[name]
            said += [f"{name_of(name)}: {one.sentence}" for one in pooled if one.sentence]
    return tuple(said)


def _of_lists(lists: ListEvidence) -> Iterator[tuple[str, tuple[ContrastMeasures, ...]]]:
    """The contrasts over all ads at the headline cut, by attribute."""
    for name in lists.attributes:
        yield name, lists.measures.attributes[name].cuts[lists.top].scopes[OVERALL].contrasts


def table_sentence(evidence: RateEvidence, table: RateTable) -> str:
    """One attribute: the highest rate, the groups by verdict, and what chance alone does."""
    about = f"{HEADINGS[evidence.measure]} by {name_of(table.attribute)}"
    found = table.assessment
    if found.benchmark is None or not table.counts.total_positive:
        return _say("table.nothing", about=about, why=_why_nothing(evidence, table))
    best = found.cell(found.benchmark)
    done = _DONE[evidence.measure]
    said = [_say("table.highest", about=about, rule=found.rule, best=best, done=done)]
    others = [cell for cell in table.cells if cell is not best]
    for verdict in VERDICTS:
        having = (cell for cell in others if cell.verdict == verdict)
        said.append(_groups(verdict, (_named(cell, *_about(cell)) for cell in having)))
    said.append(_groups(TO_REST, (_to_rest(cell) for cell in others if cell.only_to_rest)))
    none = (cell for cell in others if cell.verdict is None)
    said.append(
        _groups("No verdict", (_named(one, state_of(evidence.measure, one)) for one in none))
    )
    hidden = table.hidden - {UNKNOWN}
    if table.coarse:
        said.append(_say("table.too_few"))
    elif hidden:
        groups = count(len(hidden), "group")
        said.append(_say("table.hidden", least=table.least, groups=groups))
    smallest = found.minimum_ratio
    if math.isfinite(smallest.value):
        said.append(_say("table.luck", share=smallest.chance_below_four_fifths))
    return " ".join(filter(None, said))


def _groups(lead: str, names: Iterable[str]) -> str:
    """Groups under what is said of them; empty for none."""
    some = [*names]
    if not some:
        return ""
    more = len(some) - MOST_NAMED
    told = f"{', '.join(some[:MOST_NAMED])} and {more} more" if more > 0 else listed(some)
    return f"{_capital(lead)}: {told}."


def _named(cell: CellAssessment, *about: str) -> str:
    return f"{cell_name(cell.name)} ({'; '.join(about)})"


def _about(cell: CellAssessment) -> list[str]:
    """A ratio, with p where it is unlikely by chance, and whether a single person matters."""
    unlikely = cell.verdict in UNLIKELY
    return [
        ratio(cell.ratio) + (f", p {p_value(cell.familywise)}" if unlikely else ""),
        *([_say("table.one_person")] if cell.one_person else []),
    ]


def _to_rest(cell: CellAssessment) -> str:
    """A gap that the comparison with the benchmark leaves open."""
    return _named(cell, f"{ratio(cell.ratio_to_rest)}, p {p_value(cell.familywise_to_rest)}")


def _why_nothing(evidence: RateEvidence, table: RateTable) -> str:
    if not table.cells and table.hidden - {UNKNOWN}:
        return _say("table.every_few", least=table.least)
    if not table.counts.total_assessed:
        return _say("table.none_known")
    states = sorted({state_of(evidence.measure, cell) for cell in table.cells if cell.state})
    return "; ".join(states) or _say("table.none_large")


def strata_sentences(audit: Audit, evidence: RateEvidence, table: RateTable) -> list[str]:
    """Cells whose ratio within periods or jobs tells another story than the pooled one."""
    about = f"{HEADINGS[evidence.measure]} by {name_of(table.attribute)}"
    here, said = (evidence.measure, table.attribute), list[str]()
    for one in audit.strata:
        if (one.measure, one.attribute) == here:
            pooled = table.assessment.cell(one.result.cell).ratio_to_rest
            if _disagree(pooled, one.result):
                said.append(_say("table.strata", about=about, one=one, pooled=pooled))
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


def measure_name(key: str) -> str:
    """A measure's name for people."""
    return all_definitions()[key].name


def reference_name(one: ContrastMeasures) -> str:
    """What a group is compared with."""
    return "everybody else" if one.reference == "(rest)" else cell_name(one.reference)


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"


def parity_sentence(one: ContrastMeasures, attribute: str, lists: ListEvidence) -> str:
    """How often qualified people of one group are shown, against the reference."""
    estimate = one.ratio
    about = {"one": one, "name": attribute, "reference": reference_name(one), "top": lists.top}
    if not _known(one):
        return _say("lists.unknown", **about, why=estimate.reason or "R is undefined")
    figure = _say("lists.figure", one=one)
    if has_gap(one):
        less = "less" if estimate.value < 1 else "more"
        return _say("lists.gap", **about, less=less, figure=figure)
    power = ""
    if math.isfinite(estimate.detectable):
        power = _say("lists.power", low=1 / estimate.detectable, high=estimate.detectable)
    return _say("lists.none", **about, figure=figure, power=power)


def _known(one: ContrastMeasures) -> bool:
    """Whether anything can be said of a comparison of lists."""
    return math.isfinite(one.ratio.value) and math.isfinite(sum(one.ratio.interval))


# What one table says in short.


@dataclass(frozen=True)
class Smallest:
    """The smallest ratio of a table; no cell where none can be named, for a reason.

    ``called`` is what it is, for it is the smallest of all only where every group is shown and may
    be compared.
    """

    called: str
    cell: CellAssessment | None
    reason: str = ""

    @property
    def value(self) -> float:
        """The ratio; NaN where there is none."""
        return self.cell.ratio if self.cell is not None else math.nan


def smallest_of(table: RateTable) -> Smallest:
    """The smallest ratio of a table, by the words that are true of it."""
    assessment, found = table.assessment, table.assessment.minimum_ratio
    aside = any(
        cell.below_two_percent and cell.assessed and not cell.is_hidden for cell in assessment.cells
    )
    shown, rule = "" if table.shows_all else " shown", f" {assessment.rule}" if aside else ""
    cell = assessment.cell(found.cell) if found.cell else None
    return Smallest(f"smallest ratio{shown}{rule}", cell, found.reason)


def weightiest(table: RateTable) -> tuple[str | None, list[CellAssessment]]:
    """The weightiest verdict that a group of the table has, and the groups that have it.

    What chance hardly explains comes before what it may; below four-fifths before not below.
    """
    for verdict in sorted(VERDICTS, key=lambda each: each not in UNLIKELY):
        having = _having(table, verdict)
        if having:
            return verdict, having
    return None, []


def _having(table: RateTable, verdict: str) -> list[CellAssessment]:
    cells = [one for one in table.cells if one.verdict == verdict and not one.is_benchmark]
    return sorted(cells, key=lambda cell: (cell.below_two_percent, cell.ratio))


def _against_the_rest(table: RateTable) -> list[CellAssessment]:
    """Groups whose gap shows against everybody else alone, the smallest ratio first."""
    cells = [one for one in table.cells if one.only_to_rest]
    return sorted(cells, key=lambda cell: cell.ratio_to_rest)


def failures(audit: Audit, on: Collection[str]) -> list[str]:
    """What an audit found of the kinds that somebody wants to fail on, a few words each.

    ``below-four-fifths``: a group that is shown has a ratio below 4/5, whatever chance may do;
    ``gap``: a verdict says that chance hardly explains a difference.
    """
    found: list[str] = []
    for evidence, table in _tables(audit):
        for cell in table.cells:
            below = "below-four-fifths" in on and cell.below_four_fifths
            gap = cell.verdict in UNLIKELY or cell.only_to_rest
            if below or ("gap" in on and gap):
                about = f"{HEADINGS[evidence.measure]} by {name_of(table.attribute)}"
                figure = ratio(cell.ratio)
                if gap and cell.only_to_rest:
                    figure = f"{ratio(cell.ratio_to_rest)} times everybody else's rate"
                found.append(f"{about}: {cell_name(cell.name)} {figure}")
    if audit.lists is not None and "gap" in on:
        found += [
            f"lists by {name_of(name)}: {cell_name(one.group)} R {ratio(one.ratio.value)}"
            for name, shown in _of_lists(audit.lists)
            for one in shown
            if has_gap(one)
        ]
    return found


def _tables(audit: Audit) -> Iterator[tuple[RateEvidence, RateTable]]:
    for evidence in audit.rates:
        for table in evidence.tables.values():
            yield evidence, table


# Sentences laid out for the eye: what each is about, then a line a verdict.

_LEADS = (
    *(f"{_capital(verdict)}: " for verdict in VERDICTS),
    "No verdict: ",
    "Hidden, because ",
    "Others: too few to show",
    "If groups made no difference, ",
)
_BREAK = re.compile(rf"(?<=\.) (?={'|'.join(map(re.escape, _LEADS))})")


def findings(said: Sequence[str]) -> Findings:
    """Every sentence as an entry under what it is about, entries of one subject together."""
    entries: dict[str, list[str]] = {}
    for sentence in said:
        about, rest = _split(sentence)
        entries.setdefault(about, []).extend(_BREAK.split(rest))
    return Findings(tuple((about, tuple(lines)) for about, lines in entries.items()))


def finding(said: Sequence[str]) -> Findings:
    """Sentences without what they are about, which a heading above them says."""
    lines = [line for sentence in said for line in _BREAK.split(_split(sentence)[1])]
    return Findings((("", tuple(lines)),))


def _split(sentence: str) -> tuple[str, str]:
    """What a sentence is about, and what it says."""
    about, _, rest = sentence.partition(": ")
    # A colon further on is no heading.
    if not rest or "." in about or about.count("(") > about.count(")"):
        return "", sentence
    return about, _capital(rest)


# The top of the page: gaps first.

_WEIGHTY = (*UNLIKELY, TO_REST, GAP)
"""Verdicts that are told in full."""
Line = tuple[str, str]
"""The words of a verdict, and what is said of it."""


def verdict_of(audit: Audit) -> Findings | None:
    """The findings in short, those of one verdict together; None where nothing was compared."""
    found: dict[str, list[str]] = {}
    for evidence, table in _tables(audit):
        for verdict, text in _top_of_table(evidence, table):
            found.setdefault(verdict, []).append(text)
    for verdict, text in _top_of_lists(audit):
        found.setdefault(verdict, []).append(text)
    said: list[str] = []
    for verdict in sorted(found, key=[*MARKS, ""].index):
        texts = found[verdict]
        # What chance may explain is told in one breath, what it hardly can a line each.
        lines = texts if verdict in _WEIGHTY else [f"{'; '.join(texts)}."]
        lead = _capital(verdict or _say("top.nothing"))
        said += [f"{lead}: {text}" for text in lines]
    if not said:
        return None
    return Findings((("", (*said, *([_say("top.meaning")] if audit.rates else []))),))


def _top_of_table(evidence: RateEvidence, table: RateTable) -> Iterator[Line]:
    """A line for each verdict that chance hardly explains; one for the others without any."""
    best, about = table.assessment.benchmark, (table.attribute, _ARE[evidence.measure])
    found = {verdict: _having(table, verdict) for verdict in VERDICTS if verdict in UNLIKELY}
    heavy = {verdict: cells for verdict, cells in found.items() if cells}
    for verdict, cells in heavy.items():
        named = [_say("top.share", cell=cell) for cell in cells[:MOST_AT_TOP]]
        more = len(cells) - MOST_AT_TOP
        named += [f"{more} more such {'group' if more == 1 else 'groups'}"] if more > 0 else []
        highest = table.assessment.cell(best or "")
        yield verdict, _say("top.unlikely", about=about, groups=named, best=highest)
    for cell in _against_the_rest(table)[:MOST_AT_TOP]:
        yield TO_REST, _say("top.to_rest", about=about, cell=cell)
    verdict, cells = weightiest(table)
    short = f"{HEADINGS[evidence.measure].lower()} by {name_of(table.attribute)}"
    if verdict is None or best is None:
        yield "", short
    elif not heavy:
        yield verdict, f"{short} ({_lighter(cells, smallest_of(table), verdict)})"


def _lighter(cells: Sequence[CellAssessment], least: Smallest, verdict: str) -> str:
    """The groups of a lighter verdict in a few words."""
    if verdict == VERDICTS[3]:
        return f"{least.called} {ratio(least.value)}"
    first = f"{cell_name(cells[0].name)} {ratio(cells[0].ratio)}"
    return first if len(cells) == 1 else f"{len(cells)} groups, {first} among them"


def _top_of_lists(audit: Audit) -> Iterator[Line]:
    lists = audit.lists
    if lists is None:
        return
    for name, shown in _of_lists(lists):
        for one in shown:
            about: dict[str, Any] = {"one": one, "name": name, "reference": reference_name(one)}
            about |= {"top": lists.top, "less": "less" if one.ratio.value < 1 else "more"}
            found = _found(one)
            if found:
                yield found, _say("top.gap" if found == GAP else "top.no_gap", **about)


def _found(one: ContrastMeasures) -> str:
    """What is found of one comparison of lists; empty where nothing can be said."""
    if not _known(one):
        return ""
    return GAP if has_gap(one) else NO_GAP


def tiles_of(audit: Audit) -> tuple[Tile, ...]:
    """One tile an attribute: of the first kind of rate of people assessed, else of the lists."""
    assessed = [one for one in audit.rates if one.measure != SHOWN]
    tiles = [_tile(table) for one in assessed[:1] for table in one.tables.values()]
    for name, shown in () if audit.lists is None else _of_lists(audit.lists):
        for one in shown[:1]:
            note = _say("top.tile", one=one, reference=reference_name(one))
            tiles.append(Tile(f"Lists, {name_of(name)}", ratio(one.ratio.value), note, _found(one)))
    return tuple(tiles[:MOST_TILES])


def _tile(table: RateTable) -> Tile:
    verdict, cells = weightiest(table)
    least = smallest_of(table)
    name = name_of(table.attribute).capitalize()
    best = table.assessment.benchmark
    if verdict is None or best is None or least.cell is None:
        return Tile(name, ratio(least.value), least.reason, verdict or "")
    said = f"{least.called}: {cell_name(least.cell.name)}, against {cell_name(best)}"
    if verdict in UNLIKELY and least.cell in cells:
        said += f"; p {p_value(least.cell.familywise)}"
    elif verdict in UNLIKELY:
        verdict = f"{verdict}: {_names(cells)}"
    elif others := _against_the_rest(table):
        verdict = f"{TO_REST}: {_names(others)}"
    else:
        # What may be chance in a group that sets no minimum is no headline over one that does.
        verdict = least.cell.verdict or verdict
    return Tile(name, ratio(least.value), said, verdict)


def _names(cells: Sequence[CellAssessment]) -> str:
    return listed([cell_name(cell.name) for cell in cells[:MOST_AT_TOP]])


def assessed_words(audit: Audit) -> str:
    """How many people, ads and lists this is about."""
    parts: list[str] = []
    people = [one.people for one in audit.rates if one.measure != SHOWN]
    if people:
        parts.append(f"{max(people):,} people assessed")
    if audit.lists is not None:
        ads, engine = count(audit.lists.ads, "ad"), audit.lists.engine.name
        parts.append(f"{ads}, {audit.lists.people:,} people, engine {engine}")
    elif audit.wording is not None:
        parts.append(count(len(audit.wording.job_ids), "ad"))
    return "; ".join(parts)
