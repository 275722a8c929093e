"""Selection and scoring rates by attribute, with what may be shown of them.

From people assessed (``Outcomes``), or from lists: a person is *shown* who stands in the top k of
any ad that they are qualified for. Nothing is computed here (``measure.rates`` does). Only people
of groups that may be shown are counted (``suppression``); tables carry which cells are hidden.
People assessed are put together by their values at once: all that follows works on combinations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from evenhand.audit.evidence.scoped import InLists, Rows, hidden_rows
from evenhand.audit.evidence.settings import AuditSettings
from evenhand.audit.numbers import places_for
from evenhand.audit.suppression import Cells, shown_people
from evenhand.match.protocol import BoolArray, IntArray
from evenhand.measure.estimates import Design
from evenhand.measure.labels import UNKNOWN
from evenhand.measure.rates.assess import assess_together, held_together, prepare
from evenhand.measure.rates.assessment import RateAssessment
from evenhand.measure.rates.counts import Counts, count
from evenhand.measure.rates.null import (
    NOT_KNOWN,
    YES,
    Joint,
    Null,
    Prepared,
    null_of,
    nulls,
)
from evenhand.measure.rates.scoring import Scoring, above_median
from evenhand.measure.together import Together, share_of
from evenhand.records.answers import crossed, parts_of
from evenhand.records.outcomes import Coded, Outcomes

SELECTION, SCORING, SHOWN = "selection", "scoring", "shown"
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
FEWEST_SPREAD = 30
"""Scores of a cell whose quantiles are given: those of five people are the scores themselves."""
Unit = tuple[str, str]
"""A kind of rate and an attribute."""
_MOST_CODES = 1 << 18
"""Products of numbers of values up to which a combination is a place in an array."""


@dataclass(frozen=True)
class RateTable:
    """One attribute's table.

    Attributes:
        attribute: The attribute; ``*`` joins those of an intersection.
        counts: People and positives by cell; nobody in those that are hidden.
        assessment: Everything about them.
        hidden: Cells of too few people, or of none where others are; ``""`` is the unknown row.
        least: Fewest people of a cell that is shown.
        coarse: Whether only its large groups are given, the others being too few to show.
    """

    attribute: str
    counts: Counts
    assessment: RateAssessment
    hidden: frozenset[str]
    least: int
    coarse: bool = False

    @property
    def shows_all(self) -> bool:
        """Whether every group that there is has its row and counts in the smallest ratio."""
        return not self.hidden and not self.coarse


@dataclass(frozen=True, eq=False)
class RateEvidence:
    """One kind of rate.

    Attributes:
        measure: ``selection``, ``scoring`` or ``shown``.
        people: People of groups that may be shown and whose outcome is known.
        positive: Shape ``(people,)``: who was selected, scores above the median, or is shown.
        known: Shape ``(people,)``: who they are.
        tables: By attribute.
        median: What the scoring rate cuts at; None for other rates.
        spreads: Quantiles of the scores of every cell of enough people, by attribute.
        hides: Whether somebody is left out because few people share their group.
        withheld: Tables that aren't given, having too many small groups.
        coarse: Tables of which the large groups are given alone: shape ``(groups,)``, which.
        hidden_rows: Of lists, by attribute: occupation groups and values that may not be shown.
        unscoped: Of lists: attributes without any row by occupation group.
    """

    measure: str
    people: int
    positive: BoolArray
    known: BoolArray
    tables: Mapping[str, RateTable]
    median: Scoring | None = None
    spreads: Mapping[str, Mapping[str, tuple[float, ...]]] = field(
        default_factory=dict[str, Mapping[str, tuple[float, ...]]]
    )
    hides: bool = False
    withheld: tuple[str, ...] = ()
    coarse: Mapping[str, BoolArray] = field(default_factory=dict[str, BoolArray])
    hidden_rows: Mapping[str, Rows] = field(default_factory=dict[str, Rows])
    unscoped: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class _Combined:
    """People put together by their values of all columns.

    Attributes:
        place: Shape ``(rows,)``: the combination of every row.
        columns: By attribute: cell of every combination, and of the columns alone.
    """

    place: IntArray
    columns: Mapping[str, Coded]

    def sum(self, weight: IntArray) -> IntArray:
        """People of every combination."""
        number = len(next(iter(self.columns.values())).codes)
        return np.bincount(self.place, weight, minlength=number).astype(np.int64)

    def cells(self, attribute: str) -> Cells:
        """Every combination's cell in one table."""
        rows = self.columns[attribute]
        codes = np.zeros(len(rows.codes), dtype=np.int64)
        for part in parts_of(attribute):
            column = self.columns[part]
            codes = codes * (column.unknown + 1) + column.codes
        return Cells(codes, rows.codes.astype(np.int64), rows.unknown)


def _combined(outcomes: Outcomes, by: Sequence[str]) -> _Combined:
    """Distinct combinations of values, in the order of their codes."""
    names = list(dict.fromkeys(part for attribute in by for part in parts_of(attribute)))
    place, number = np.zeros(outcomes.rows, dtype=np.int64), 1
    for name in names:
        column = outcomes.groups[name]
        place = place * (column.unknown + 1) + column.codes
        number *= column.unknown + 1
        if number > _MOST_CODES:
            place, number = _numbered(place)
    place, number = _numbered(place, number)
    row = np.zeros(number, dtype=np.int64)
    row[place] = np.arange(outcomes.rows)
    alone = {
        name: Coded(outcomes.groups[name].values, outcomes.groups[name].codes[row])
        for name in names
    }
    tables = {
        name: crossed([alone[part] for part in parts_of(name)], name, outcomes.path) for name in by
    }
    return _Combined(place, {**alone, **tables})


def _numbered(codes: IntArray, number: int | None = None) -> tuple[IntArray, int]:
    """Codes without gaps, and how many there are."""
    if number is None or number > _MOST_CODES:
        used, place = np.unique(codes, return_inverse=True)
        return place.astype(np.int64), len(used)
    used = np.bincount(codes, minlength=number) > 0
    return (np.cumsum(used) - 1)[codes], int(used.sum())


@dataclass(frozen=True, eq=False)
class _Draft:
    """One kind of rate before it is judged: judging looks at all tables of the page.

    Attributes:
        evidence: All but the tables.
        people: Shape ``(combinations,)``: who is shown.
        columns: By attribute: cell of every combination, of rests the unknown.
    """

    evidence: RateEvidence
    people: BoolArray
    columns: Mapping[str, Coded]

    def side(self) -> NDArray[np.int8]:
        """Shape ``(rows,)``: whether positive, or not known here."""
        one = self.evidence
        return np.where(one.known, one.positive, NOT_KNOWN).astype(np.int8)


def rates_of_outcomes(
    outcomes: Outcomes, settings: AuditSettings, present: frozenset[str] = frozenset()
) -> tuple[RateEvidence, ...]:
    """Selection rates where there are selections, scoring rates where there are scores.

    Args:
        outcomes: People assessed.
        settings: Attributes, seeds and what is hidden.
        present: What else the page has, of ``together.SHARES``.
    """
    combined = _combined(outcomes, settings.by)
    drafts: list[_Draft] = []
    if outcomes.selected is not None:
        known = ~outcomes.outcome_missing
        drafts.append(_draft(SELECTION, outcomes, outcomes.selected, known, combined, settings))
    if outcomes.score is not None:
        drafts.append(_scoring(outcomes, outcomes.score, combined, settings))
    joint = _joint(outcomes, combined, drafts)
    tables = {
        (draft.evidence.measure, name): _prepared(joint, draft, name, settings)
        for draft in drafts
        for name in draft.columns
    }
    null = nulls(joint, tables, settings.permutations, settings.seed)
    page = held_together(tables, null, share=share_of("people", present))
    found = assess_together(tables, null, page)
    return tuple(_judged(draft.evidence, tables, found, settings) for draft in drafts)


def _scoring(
    outcomes: Outcomes, score: NDArray[np.float64], combined: _Combined, settings: AuditSettings
) -> _Draft:
    """Scores, cut at the median of those that are shown."""
    scored = ~np.isnan(score)
    nobody = np.zeros(len(scored), dtype=np.bool_)
    draft = _draft(SCORING, outcomes, nobody, scored, combined, settings)
    # How many have no score would tell how many of a shown group have one.
    rows = draft.evidence.known if draft.evidence.hides else np.ones_like(scored)
    above, _, median = above_median(score[rows], outcomes.weight[rows])
    if not rows.any() and scored.any():
        few = f"every group with scores has fewer than {settings.least} people"
        median = replace(median, state=f"{few}, so scoring rates are not shown")
    positive = nobody.copy()
    positive[rows] = above
    spreads = {
        name: _quantiles(score, column.codes[combined.place], column, draft, settings)
        for name, column in draft.columns.items()
    }
    evidence = replace(draft.evidence, positive=positive, median=median, spreads=spreads)
    return replace(draft, evidence=evidence)


def _draft(
    measure: str,
    outcomes: Outcomes,
    positive: BoolArray,
    known: BoolArray,
    combined: _Combined,
    settings: AuditSettings,
) -> _Draft:
    """Who is shown, and in which cells."""
    people = combined.sum(np.where(known, outcomes.weight, 0))
    tables = {name: combined.cells(name) for name in settings.by}
    persons = _persons(outcomes, known, combined, people)
    shown = shown_people(tables, persons, people > 0, settings.least)
    rows = known & shown.people[combined.place]
    evidence = RateEvidence(
        measure,
        int(people[shown.people].sum()),
        positive,
        rows,
        {},
        hides=bool((people[~shown.people] > 0).any()),
        withheld=shown.withheld,
        coarse=shown.coarse,
    )
    columns = {
        name: shown_column(combined.columns[name], shown.coarse.get(name)) for name in shown.tables
    }
    return _Draft(evidence, shown.people, columns)


def _persons(
    outcomes: Outcomes, known: BoolArray, combined: _Combined, people: IntArray
) -> IntArray:
    """How many different people every combination has: whoever stands on several rows is one."""
    ids = outcomes.ids
    if ids is None or len(ids.distinct) == len(ids.codes):
        return people
    rows = np.flatnonzero(known & (outcomes.weight > 0))
    both = np.unique(combined.place[rows] * len(ids.distinct) + ids.codes[rows])
    return np.bincount(both // len(ids.distinct), minlength=len(people)).astype(np.int64)


def shown_column(column: Coded, given: BoolArray | None) -> Coded:
    """A column with the values of a coarse table alone, all others being unknown."""
    if given is None:
        return column
    code_of = np.append(np.where(given, np.cumsum(given) - 1, given.sum()), given.sum())
    values = tuple(value for value, one in zip(column.values, given, strict=True) if one)
    return Coded(values, code_of[column.codes].astype(np.int32))


def _joint(outcomes: Outcomes, combined: _Combined, drafts: Sequence[_Draft]) -> Joint[Unit]:
    """Everybody who is in any table, by combination and by both outcomes."""
    sides = {draft.evidence.measure: draft.side() for draft in drafts}
    nowhere = np.full(outcomes.rows, NOT_KNOWN, dtype=np.int8)
    selected, above = (sides.get(measure, nowhere) for measure in (SELECTION, SCORING))
    place = combined.place * 9 + (selected * 3 + above)
    number = 9 * len(drafts[0].people)
    people = np.bincount(place, outcomes.weight, minlength=number).astype(np.int64)
    people = people.reshape(-1, 3, 3)
    people[:, NOT_KNOWN, NOT_KNOWN] = 0
    return Joint(
        people,
        {
            (draft.evidence.measure, name): column.codes.astype(np.int64)
            for draft in drafts
            for name, column in draft.columns.items()
        },
        {
            (draft.evidence.measure, name): draft.evidence.measure == SCORING
            for draft in drafts
            for name in draft.columns
        },
    )


def _prepared(
    joint: Joint[Unit], draft: _Draft, attribute: str, settings: AuditSettings
) -> Prepared:
    """One table and its benchmark.

    Where anybody is left out, cells without people may be those that they were in.
    """
    measure, coarse = draft.evidence.measure, attribute in draft.evidence.coarse
    by_outcome = joint.people.sum(axis=1 if measure == SCORING else 2)
    assessed, positive = by_outcome[:, :NOT_KNOWN].sum(axis=1), by_outcome[:, YES]
    column = draft.columns[attribute]
    counts = counts_of(column.codes, column.values, assessed, positive, rest=coarse)
    hidden = hidden_cells(counts, draft.evidence.hides)
    return _of_counts(counts, hidden | frozenset([UNKNOWN][: int(coarse)]), settings)


def _of_counts(counts: Counts, hidden: frozenset[str], settings: AuditSettings) -> Prepared:
    return prepare(counts, least=settings.least, two_percent=settings.two_percent, hidden=hidden)


def counts_of(
    codes: NDArray[np.integer],
    cells: tuple[str, ...],
    assessed: IntArray,
    positive: IntArray,
    *,
    rest: bool = False,
) -> Counts:
    """A table of combinations; a rest is counted nowhere in it."""
    people, chosen = (
        np.bincount(codes, each, minlength=len(cells) + 1).astype(np.int64)
        for each in (assessed, positive)
    )
    unknown = (0, 0) if rest else (int(people[-1]), int(chosen[-1]))
    return Counts(cells, people[:-1], chosen[:-1], *unknown)


def hidden_cells(counts: Counts, hides: bool) -> frozenset[str]:
    """The cells without people where anybody is left out."""
    people = dict(zip(counts.cells, counts.assessed.tolist(), strict=True))
    people[UNKNOWN] = counts.unknown_assessed
    return frozenset(cell for cell, number in people.items() if hides and not number)


def _judged(
    evidence: RateEvidence,
    tables: Mapping[Unit, Prepared],
    found: Mapping[Unit, RateAssessment],
    settings: AuditSettings,
) -> RateEvidence:
    """The same with its tables."""
    own = {name: one for (measure, name), one in tables.items() if measure == evidence.measure}
    return replace(
        evidence,
        tables={
            name: RateTable(
                name,
                one.counts,
                found[evidence.measure, name],
                one.hidden,
                settings.least,
                name in evidence.coarse,
            )
            for name, one in own.items()
        },
    )


def _quantiles(
    score: NDArray[np.float64],
    codes: NDArray[np.integer],
    column: Coded,
    draft: _Draft,
    settings: AuditSettings,
) -> dict[str, tuple[float, ...]]:
    """Quantiles of the scores of every cell with enough of them, to three digits of their range."""
    fewest = FEWEST_SPREAD if settings.least > 1 else 1
    found: dict[str, tuple[float, ...]] = {}
    for code, cell in enumerate(column.values):
        scores = score[draft.evidence.known & (codes == code)]
        if len(scores) >= fewest:
            found[cell] = tuple(float(q) for q in np.quantile(scores, QUANTILES))
    if settings.least > 1:
        places = places_for([value for values in found.values() for value in values])
        found = {cell: tuple(round(q, places) for q in values) for cell, values in found.items()}
    return found


@dataclass(frozen=True, eq=False)
class ShownAtAll:
    """Who is shown at all, before it is judged with the other figures of the lists.

    Attributes:
        evidence: All but the tables.
        tables: By ``shown`` and attribute.
        null: The same under labels shuffled among equally qualified people.
    """

    evidence: RateEvidence
    tables: Mapping[Unit, Prepared]
    null: Mapping[Unit, Null]

    def judged(self, page: Together[Unit], settings: AuditSettings) -> RateEvidence:
        """The evidence with its tables."""
        found = assess_together(self.tables, self.null, page)
        return _judged(self.evidence, self.tables, found, settings)


def rates_of_lists(
    positions: IntArray,
    designs: Mapping[str, Design],
    labels: Mapping[str, NDArray[np.str_]],
    settings: AuditSettings,
    among: InLists,
) -> ShownAtAll:
    """How many of the people who are qualified for any ad are ever shown.

    Args:
        positions: Shape ``(jobs, k)``: the people in the top places of every ad; -1 where padded.
        designs: By attribute: who is qualified, and shuffled labels.
        labels: By attribute, shape ``(people,)``; ``""`` where unknown.
        settings: Seeds and what is hidden.
        among: Who was left out.
    """
    first = next(iter(designs.values()))
    qualified, rows = first.qualified, np.arange(len(positions))[:, None]
    hits = (positions >= 0) & qualified[rows, positions]
    shown = np.zeros(qualified.shape[1], dtype=np.bool_)
    shown[positions[hits]] = True
    known: BoolArray = np.asarray(qualified.any(axis=0), dtype=np.bool_)
    evidence = RateEvidence(
        SHOWN,
        int(known.sum()),
        shown,
        known,
        {},
        hides=among.hides,
        withheld=among.withheld,
        hidden_rows=hidden_rows(qualified, first.scopes, labels, among),
        unscoped=frozenset(labels) - among.scoped,
    )
    tables: dict[Unit, Prepared] = {}
    null: dict[Unit, Null] = {}
    for name, own in labels.items():
        column = _coded(own, among.values[name])
        counts = count(column.codes[known], column.values, shown[known])
        tables[SHOWN, name] = one = _of_counts(counts, hidden_cells(counts, among.hides), settings)
        if one.picked.index is not None:
            null[SHOWN, name] = null_of(_relabelled(designs[name], counts.cells, shown), one)
    return ShownAtAll(evidence, tables, null)


def _relabelled(design: Design, cells: Sequence[str], shown: BoolArray) -> IntArray:
    """Who is shown by cell under shuffled labels, shape ``(shuffles, cells)``."""
    codes = design.null_codes[:, shown & design.qualified.any(axis=0)]
    code_of = {value: code for code, value in enumerate(design.groups.values)}
    places = [code_of.get(cell, -1) for cell in cells]
    return np.stack([(codes == place).sum(axis=1) for place in places], axis=1)


def _coded(labels: NDArray[np.str_], values: tuple[str, ...]) -> Coded:
    code_of = {value: code for code, value in enumerate((*values, UNKNOWN))}
    return Coded(values, np.array([code_of[label] for label in labels.tolist()], dtype=np.int32))
