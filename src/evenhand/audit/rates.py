"""Selection and scoring rates by attribute, within periods and jobs, and step by step.

From people assessed (``Outcomes``), or from lists: a person is *shown* who stands in the top k of
any ad that they are qualified for. Nothing is computed here (``measure.rates`` does). Only people
of groups that may be shown are counted (``suppression``); tables carry which cells are hidden.
People assessed are put together by their values at once: all that follows works on combinations.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from evenhand.audit.suppression import Cells, InLists, Rows, hidden_rows, shown_people
from evenhand.errors import BadInput
from evenhand.match.protocol import BoolArray, IntArray
from evenhand.measure.counts import CROSSED, UNKNOWN
from evenhand.measure.rates.assess import (
    CellAssessment,
    RateAssessment,
    assess_together,
    held_together,
    prepare,
)
from evenhand.measure.rates.counts import TWO_PERCENT, Counts, Scoring, above_median, count
from evenhand.measure.rates.tests import (
    NOT_KNOWN,
    YES,
    CochranMantelHaenszel,
    Joint,
    Null,
    Prepared,
    cochran_mantel_haenszel,
    null_of,
    nulls,
)
from evenhand.measure.ratio import REST
from evenhand.measure.resample import LEVEL, Together, share_of
from evenhand.measure.study import Design
from evenhand.records.columns import crossed, parts_of, several
from evenhand.records.outcomes import Coded, Outcomes

SMALLEST_SHOWN = 5
OWN_EYES = (
    "Nothing is hidden here, not even groups of one person, and every group counts in the ratios, "
    "those under 2% of the people too: this is for the auditor's own eyes and not for publication."
)


@dataclass(frozen=True)
class AuditSettings:
    """The choices that the figures of an audit depend on, besides its data.

    Attributes:
        by: Attributes, the headline one first, or one; several joined by ``*`` for intersections.
        least: Cells of fewer people are hidden, and others where subtraction would show them.
        top: Places of a list that count as shown.
        also_top: A second cut beside it where it is smaller; None for none.
        min_group: Fewest qualified people on either side for R to be given.
        resamples: Of every bootstrap, and permutations of the null of R.
        permutations: Draws of the null of the smallest impact ratio.
        shuffles: Shuffles of labels that give the chance level of the other list measures.
        seed: Of everything random.
        grouped_by: Field of the ads that holds their occupation group.
        reference: Attribute to the value that the others are set against, for lists.
    """

    by: tuple[str, ...]
    least: int = SMALLEST_SHOWN
    top: int = 50
    also_top: int | None = 20
    min_group: int = 20
    resamples: int = 1000
    permutations: int = 4000
    shuffles: int = 200
    seed: int = 0
    grouped_by: str = "occupation_group"
    reference: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        """Take one name as names; refuse what would be one table twice."""
        object.__setattr__(self, "by", several(self.by))
        tables: dict[frozenset[str], str] = {}
        for name in self.by:
            parts = frozenset(part.strip() for part in name.split(CROSSED))
            if parts in tables:
                raise BadInput(
                    f"--by {','.join(self.by)}: {tables[parts]} and {name} are the same table; "
                    "name one of them"
                )
            tables[parts] = name

    @property
    def two_percent(self) -> float:
        """Least share of everybody that a benchmark has; 0 where every category counts."""
        return 0.0 if self.least <= 1 else TWO_PERCENT

    @property
    def notice(self) -> str:
        """What must stand above an audit that hides nothing; empty for others."""
        return OWN_EYES if self.least <= 1 else ""


SELECTION, SCORING, SHOWN = "selection", "scoring", "shown"
POSITIVE = {SELECTION: "selected", SCORING: "above_median", SHOWN: "shown"}
"""What the positives of a rate are called in ``audit.json``."""
HIDDEN = "hidden"
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
FEWEST_SPREAD = 30
"""Scores of a cell whose quantiles are given: those of five people are the scores themselves."""
Unit = tuple[str, str]
"""A kind of rate and an attribute."""
_MOST_CODES = 1 << 18
"""Products of numbers of values up to which a combination is a place in an array."""


@dataclass(frozen=True)
class RateTable:
    """One attribute's table; ``*`` joins the attributes of an intersection.

    ``hidden`` are the cells of too few people, or of none where others are (``""`` is the unknown
    row): nobody in them is counted. A ``coarse`` table gives its large groups alone.
    """

    attribute: str
    counts: Counts
    assessment: RateAssessment
    hidden: frozenset[str]
    least: int
    coarse: bool = False

    @property
    def cells(self) -> list[CellAssessment]:
        """The groups that are shown."""
        return [cell for cell in self.assessment.cells if cell.name not in self.hidden]

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

    ``place`` has every row's combination, ``columns`` every combination's cell by attribute.
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

    By combination: ``people`` who are shown, and cells by attribute, of rests the unknown.
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
    """Selection rates where there are selections, scoring rates where there are scores."""
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
    column = draft.columns[attribute]
    people, chosen = (
        np.bincount(column.codes, each, minlength=len(column.values) + 1).astype(np.int64)
        for each in (by_outcome[:, :NOT_KNOWN].sum(axis=1), by_outcome[:, YES])
    )
    # A rest is counted nowhere in its table.
    unknown = (0, 0) if coarse else (int(people[-1]), int(chosen[-1]))
    counts = Counts(column.values, people[:-1], chosen[:-1], *unknown)
    hidden = _without_people(counts, draft.evidence.hides)
    return _of_counts(counts, hidden | frozenset([UNKNOWN][: int(coarse)]), settings)


def _of_counts(counts: Counts, hidden: frozenset[str], settings: AuditSettings) -> Prepared:
    return prepare(counts, least=settings.least, two_percent=settings.two_percent, hidden=hidden)


def _without_people(counts: Counts, hides: bool) -> frozenset[str]:
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
    own = {
        name: RateTable(
            name,
            one.counts,
            found[measure, name],
            one.hidden,
            settings.least,
            name in evidence.coarse,
        )
        for (measure, name), one in tables.items()
        if measure == evidence.measure
    }
    return replace(evidence, tables=own)


def places_for(values: Sequence[float]) -> int:
    """Decimals with which numbers of one column show three digits of what they differ by."""
    known = [value for value in values if math.isfinite(value)]
    reach = max(known, default=0.0) - min(known, default=0.0)
    if not reach:
        return 3
    return min(max(2 - math.floor(math.log10(reach)), 0), 6)


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

    ``null`` is the same under labels shuffled among equally qualified people.
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
    """How many of the people who are qualified for any ad are ever shown."""
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
        tables[SHOWN, name] = one = _of_counts(
            counts, _without_people(counts, among.hides), settings
        )
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


_REST = "\x00rest"
"""No value of a column is called so."""
FEWEST_STRATIFIED = 30
"""People of a cell that is compared within periods or jobs."""


@dataclass(frozen=True)
class StratifiedRatio:
    """One cell against everybody else, compared within each period or each job."""

    measure: str
    attribute: str
    within: str
    result: CochranMantelHaenszel


def stratified_ratios(
    outcomes: Outcomes, rates: Sequence[RateEvidence], present: frozenset[str] = frozenset()
) -> tuple[StratifiedRatio, ...]:
    """Every cell that may be shown but the benchmark, within periods and within jobs."""
    columns = {"period": outcomes.period, "job": outcomes.job}
    asked = [
        (evidence, table, within, cell, strata)
        for evidence in rates
        for within, column in columns.items()
        if column is not None and len(column.values) > 1
        for table in evidence.tables.values()
        for cell, strata in _of_table(outcomes, evidence, table, within, column)
    ]
    # Two p-values a row: of the ratio, and of whether it is the same everywhere.
    tests = 2 * len(asked) / share_of("strata", present)
    return tuple(
        StratifiedRatio(
            evidence.measure,
            table.attribute,
            within,
            _told(strata, cell, tests, rounded=table.least > 1),
        )
        for evidence, table, within, cell, strata in asked
    )


def _told(
    strata: Sequence[Counts], cell: str, tests: float, *, rounded: bool
) -> CochranMantelHaenszel:
    """One row, its p-values and interval for so many tests."""
    found = cochran_mantel_haenszel(strata, cell, _REST, 1 - (1 - LEVEL) / tests)
    adjusted = replace(
        found,
        benchmark=REST,
        p_value=float(np.minimum(1.0, found.p_value * tests)),
        breslow_day_p=float(np.minimum(1.0, found.breslow_day_p * tests)),
    )
    return _rounded(adjusted) if rounded else adjusted


def _of_table(
    outcomes: Outcomes, evidence: RateEvidence, table: RateTable, within: str, column: Coded
) -> Iterator[tuple[str, list[Counts]]]:
    """Each cell but the benchmark, with the strata of it and of everybody else."""
    benchmark, counts = table.assessment.benchmark, table.counts
    if benchmark is None:
        return
    strata = _counts(outcomes, evidence, table, column)
    people = dict(zip(counts.cells, counts.assessed.tolist(), strict=True))
    fewest = FEWEST_STRATIFIED if table.least > 1 else 1
    for at, cell in enumerate(counts.cells):
        if cell != benchmark and fewest <= people[cell] <= counts.total_assessed - fewest:
            yield cell, [_against_rest(one, at) for one in strata]


def _against_rest(counts: Counts, at: int) -> Counts:
    """One cell and everybody else of known cell."""
    assessed, positive = int(counts.assessed[at]), int(counts.positive[at])
    return Counts(
        (counts.cells[at], _REST),
        np.array([assessed, counts.total_assessed - assessed]),
        np.array([positive, counts.total_positive - positive]),
    )


def _rounded(found: CochranMantelHaenszel) -> CochranMantelHaenszel:
    """The same with three digits."""
    values = {each.name: getattr(found, each.name) for each in fields(found)}
    told = {name: _digits(value) for name, value in values.items()}
    return replace(found, **told)


def _digits(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_digits, cast("tuple[object, ...]", value)))
    return float(f"{value:.3g}") if isinstance(value, float) else value


def _counts(
    outcomes: Outcomes, evidence: RateEvidence, table: RateTable, column: Coded
) -> list[Counts]:
    """The table of every stratum; rows of unknown stratum are left out."""
    given = evidence.coarse.get(table.attribute)
    groups = shown_column(outcomes.crossed(table.attribute), given)
    cells, strata = len(groups.values), len(column.values)
    kept = evidence.known & (column.codes < strata) & (groups.codes < cells)
    place = column.codes[kept].astype(np.int64) * cells + groups.codes[kept]
    weight = outcomes.weight[kept]
    shape = (strata, cells)
    assessed = np.bincount(place, weight, minlength=strata * cells).reshape(shape)
    chosen = np.bincount(place, weight * evidence.positive[kept], minlength=strata * cells)
    return [
        Counts(groups.values, row.astype(np.int64), of_row.astype(np.int64))
        for row, of_row in zip(assessed, chosen.reshape(shape), strict=True)
    ]


OVERALL = "overall"
"""What all steps together are called."""


@dataclass(frozen=True)
class StepRow:
    """One group in one step (or ``overall``): who came to it, who passed, by what rate.

    ``ratio`` is to the highest rate of a group with at least 2 % of the people in the step; None
    where there is none or nobody passed. ``large`` tells whether the group has them itself.
    """

    step: str
    cell: str
    assessed: int
    passed: int
    rate: float
    ratio: float | None
    large: bool


@dataclass(frozen=True)
class Funnel:
    """The steps of a selection: who passed each, among those who passed the one before.

    Describes and judges nothing: whether groups are selected alike is asked once, of all steps
    together, so that several steps are no more chances to find a gap.
    """

    steps: tuple[str, ...]
    rows: Mapping[str, tuple[StepRow, ...]]

    def lowest(self, attribute: str) -> StepRow | None:
        """The smallest ratio of any step by itself."""
        rows = [row for row in self.rows[attribute] if row.step != OVERALL and row.large]
        known = [row for row in rows if row.ratio is not None]
        return min(known, key=lambda row: row.ratio or 0.0, default=None)


def funnel_of(outcomes: Outcomes, rates: Sequence[RateEvidence]) -> Funnel | None:
    """The steps of outcomes that have several."""
    evidence = next((one for one in rates if one.measure == SELECTION), None)
    if evidence is None or not outcomes.stages:
        return None
    rows = {
        name: tuple(_rows(outcomes, evidence, table)) for name, table in evidence.tables.items()
    }
    return Funnel(tuple(stage.name for stage in outcomes.stages), rows)


def _rows(outcomes: Outcomes, evidence: RateEvidence, table: RateTable) -> Iterator[StepRow]:
    column = outcomes.crossed(table.attribute)
    steps = [(stage.name, stage.assessed, stage.passed) for stage in outcomes.stages]
    steps.append((OVERALL, evidence.known, evidence.positive))
    for name, assessed, passed in steps:
        counts = [
            np.bincount(
                column.codes,
                np.where(evidence.known & who, outcomes.weight, 0),
                len(column.values) + 1,
            ).astype(np.int64)
            for who in (assessed, assessed & passed)
        ]
        people, chosen = (dict(zip(column.values, each.tolist(), strict=False)) for each in counts)
        # Who came so far may be few of a large group; what became of them is told all together.
        rates = {
            cell: chosen[cell] / people[cell]
            for cell in table.counts.cells
            if cell not in table.hidden and people[cell] >= table.least
        }
        total = sum(people[cell] for cell in rates)
        large = {cell for cell in rates if people[cell] >= TWO_PERCENT * total}
        best = max((rates[cell] for cell in large), default=0.0)
        for cell, rate in rates.items():
            ratio = rate / best if best else None
            yield StepRow(name, cell, people[cell], chosen[cell], rate, ratio, cell in large)
