"""The top of the page: what was found in a few sentences, and a tile an attribute.

Every word of a verdict comes from where it was made (``measure.rates``, ``abstention``); here is
only which of them stand at the top, and in what order: gaps first.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from evenhand.audit.abstention import has_gap
from evenhand.audit.evidence.audit import Audit
from evenhand.audit.evidence.masked import contrasts_shown
from evenhand.audit.evidence.rates import SCORING, SELECTION, SHOWN, RateEvidence, RateTable
from evenhand.audit.evidence.sentences import HEADINGS, cell_name, name_of
from evenhand.audit.evidence.verdict import (
    Smallest,
    against_the_rest,
    smallest_of,
    unlikely,
    weightiest,
)
from evenhand.audit.marks import GAP, MARKS, NO_GAP
from evenhand.audit.numbers import count, listed, p_value, percent, ratio, ratio_interval
from evenhand.audit.view import Findings, Tile
from evenhand.measure.estimates import OVERALL
from evenhand.measure.rates.assessment import TO_REST, UNLIKELY, VERDICTS, CellAssessment
from evenhand.measure.results import ContrastMeasures

MOST_NAMED, MOST_TILES = 2, 6
_WEIGHTY = (*UNLIKELY, TO_REST, GAP)
"""Verdicts that are told in full."""
_ARE = {
    SELECTION: "are selected",
    SCORING: "score above the median",
    SHOWN: "are shown in any list",
}
_MEANING = (
    "A ratio is a group's rate by that of the group it is set against. These are figures about "
    "this data and no finding of law."
)

if TYPE_CHECKING:
    from evenhand.audit.evidence.lists import ListEvidence
Line = tuple[str, str]
"""The words of a verdict, and what is said of it."""


def verdict_of(audit: Audit) -> Findings | None:
    """The findings in short, those of one verdict together; None where nothing was compared."""
    found: dict[str, list[str]] = {}
    for verdict, text in (*_of_rates(audit), *_of_lists(audit)):
        found.setdefault(verdict, []).append(text)
    said: list[str] = []
    for verdict in sorted(found, key=[*MARKS, ""].index):
        texts = found[verdict]
        # What chance may explain is told in one breath, what it hardly can a line each.
        lines = texts if verdict in _WEIGHTY else [f"{'; '.join(texts)}."]
        lead = f"{verdict or 'nothing can be compared'}: "
        said += [f"{lead[0].upper()}{lead[1:]}{text}" for text in lines]
    if not said:
        return None
    return Findings((("", (*said, *([_MEANING] if audit.rates else []))),))


def tiles_of(audit: Audit) -> tuple[Tile, ...]:
    """One tile an attribute: of the first kind of rate of people assessed, else of the lists."""
    assessed = [one for one in audit.rates if one.measure != SHOWN]
    tiles = [_tile(table) for one in assessed[:1] for table in one.tables.values()]
    if audit.lists is not None:
        tiles += _list_tiles(audit, audit.lists)
    return tuple(tiles[:MOST_TILES])


def _of_rates(audit: Audit) -> Iterator[Line]:
    for evidence in audit.rates:
        for table in evidence.tables.values():
            yield from _of_table(evidence, table)


def _of_table(evidence: RateEvidence, table: RateTable) -> Iterator[Line]:
    """A line for each verdict that chance hardly explains; one for the others without any."""
    best = table.assessment.benchmark
    about = f"{HEADINGS[evidence.measure].lower()} by {name_of(table.attribute)}"
    heavy = unlikely(table)
    for verdict, cells in heavy.items():
        named = [_share(cell) for cell in cells[:MOST_NAMED]]
        more = len(cells) - MOST_NAMED
        named += [f"{more} more such {'group' if more == 1 else 'groups'}"] if more > 0 else []
        highest = percent(table.assessment.cell(best or "").rate, 1)
        yield (
            verdict,
            (
                f"by {name_of(table.attribute)}, {listed(named)} {_ARE[evidence.measure]}, against "
                f"{highest} of {cell_name(best or '')}."
            ),
        )
    for cell in against_the_rest(table)[:MOST_NAMED]:
        yield (
            TO_REST,
            (
                f"by {name_of(table.attribute)}, {percent(cell.rate, 1)} of "
                f"{cell_name(cell.name)} {_ARE[evidence.measure]}, {ratio(cell.ratio_to_rest)} "
                "times everybody else's rate."
            ),
        )
    verdict, cells = weightiest(table)
    if verdict is None or best is None:
        yield "", about
    elif not heavy:
        yield verdict, f"{about} ({_named(cells, smallest_of(table), verdict)})"


def _named(cells: Sequence[CellAssessment], least: Smallest, verdict: str) -> str:
    """The groups of a lighter verdict in a few words."""
    if verdict == VERDICTS[3]:
        return f"{least.called} {ratio(least.value)}"
    first = f"{cell_name(cells[0].name)} {ratio(cells[0].ratio)}"
    return first if len(cells) == 1 else f"{len(cells)} groups, {first} among them"


def _share(cell: CellAssessment) -> str:
    return f"{percent(cell.rate, 1)} of {cell_name(cell.name)} (ratio {ratio(cell.ratio)})"


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
    elif others := against_the_rest(table):
        verdict = f"{TO_REST}: {_names(others)}"
    else:
        # What may be chance in a group that sets no minimum is no headline over one that does.
        verdict = least.cell.verdict or verdict
    return Tile(name, ratio(least.value), said, verdict)


def _names(cells: Sequence[CellAssessment]) -> str:
    return listed([cell_name(cell.name) for cell in cells[:MOST_NAMED]])


def _list_tiles(audit: Audit, lists: ListEvidence) -> Iterator[Tile]:
    for name in lists.attributes:
        for one in contrasts_shown(audit, name, OVERALL, lists.top)[:1]:
            note = (
                f"R of {cell_name(one.group)} to {_reference(one)}, interval "
                f"{ratio_interval(one.ratio.interval)}; 1 is parity"
            )
            yield Tile(f"Lists, {name_of(name)}", ratio(one.ratio.value), note, _found(one))


def _of_lists(audit: Audit) -> Iterator[Line]:
    lists = audit.lists
    if lists is None:
        return
    for name in lists.attributes:
        for one in contrasts_shown(audit, name, OVERALL, lists.top):
            about = f"lists by {name_of(name)}"
            group, reference = cell_name(one.group), _reference(one)
            figure = (
                f"R {ratio(one.ratio.value)}, 95% interval {ratio_interval(one.ratio.interval)}"
            )
            found = _found(one)
            if found == GAP:
                less = "less" if one.ratio.value < 1 else "more"
                yield (
                    GAP,
                    (
                        f"{about}, {group} stand in the top {lists.top} {less} often than equally "
                        f"qualified {reference} of the same ad ({figure})."
                    ),
                )
            elif found == NO_GAP:
                yield NO_GAP, f"{about}, {group} to {reference} ({figure})"


def _found(one: ContrastMeasures) -> str:
    """What is found of one comparison of lists; empty where nothing can be said."""
    if not math.isfinite(one.ratio.value + sum(one.ratio.interval)):
        return ""
    return GAP if has_gap(one) else NO_GAP


def _reference(one: ContrastMeasures) -> str:
    return "everybody else" if one.reference == "(rest)" else cell_name(one.reference)


def assessed_words(audit: Audit) -> str:
    """How many people, ads and lists this is about."""
    parts: list[str] = []
    people = [one.people for one in audit.rates if one.measure != SHOWN]
    if people:
        parts.append(f"{max(people):,} people assessed")
    if audit.lists is not None:
        parts.append(
            f"{count(audit.lists.ads, 'ad')}, {audit.lists.people:,} people, engine "
            f"{audit.lists.engine.name}"
        )
    elif audit.wording is not None:
        parts.append(count(len(audit.wording.job_ids), "ad"))
    return "; ".join(parts)
