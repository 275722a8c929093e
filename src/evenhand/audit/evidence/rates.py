"""Selection and scoring rates by attribute, with what may be shown of them.

From people assessed (``Outcomes``), or from lists: a person is *shown* who stands in the top k of
any ad that they are qualified for. Nothing is computed here (``measure.rates`` does). Only people
of groups that may be shown are counted (``suppression``); tables carry which cells are hidden.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from evenhand.audit.evidence.scoped import InLists, Rows, hidden_rows
from evenhand.audit.evidence.settings import AuditSettings
from evenhand.audit.numbers import places_for
from evenhand.audit.suppression import Cells, Shown, shown_people
from evenhand.match.protocol import BoolArray, IntArray
from evenhand.measure.estimates import Scopes
from evenhand.measure.labels import CROSSED, UNKNOWN
from evenhand.measure.rates.assess import assess
from evenhand.measure.rates.assessment import RateAssessment
from evenhand.measure.rates.counts import Counts, count
from evenhand.measure.rates.scoring import Scoring, above_median
from evenhand.records.outcomes import Coded, Outcomes

SELECTION, SCORING, SHOWN = "selection", "scoring", "shown"
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
FEWEST_SPREAD = 30
"""Scores of a cell whose quantiles are given: those of five people are the scores themselves."""


@dataclass(frozen=True)
class RateTable:
    """One attribute's table.

    Attributes:
        attribute: The attribute; ``*`` joins those of an intersection.
        counts: People and positives by cell; nobody in those that are hidden.
        assessment: Everything about them.
        hidden: Cells of too few people, or of none where others are; ``""`` is the unknown row.
        least: Fewest people of a cell that is shown.
    """

    attribute: str
    counts: Counts
    assessment: RateAssessment
    hidden: frozenset[str]
    least: int


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
        withheld: Crossed tables that aren't given, having too many small groups.
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
    hidden_rows: Mapping[str, Rows] = field(default_factory=dict[str, Rows])
    unscoped: frozenset[str] = frozenset()


def rates_of_outcomes(outcomes: Outcomes, settings: AuditSettings) -> tuple[RateEvidence, ...]:
    """Selection rates where there are selections, scoring rates where there are scores.

    Args:
        outcomes: People assessed.
        settings: Attributes, seeds and what is hidden.
    """
    tables = {name: _cells(outcomes, name) for name in settings.by}
    found: list[RateEvidence] = []
    if outcomes.selected is not None:
        known = ~outcomes.outcome_missing
        shown = shown_people(tables, outcomes.weight, known, settings.least)
        found.append(_of_outcomes(SELECTION, outcomes, outcomes.selected, known, shown, settings))
    if outcomes.score is not None:
        scored = ~np.isnan(outcomes.score)
        shown = shown_people(tables, outcomes.weight, scored, settings.least)
        # How many have no score would tell how many of a shown group have one.
        rows = shown.people if (scored & ~shown.people).any() else np.ones_like(scored)
        above, _, median = above_median(outcomes.score[rows], outcomes.weight[rows])
        positive = np.zeros(len(scored), dtype=np.bool_)
        positive[rows] = above
        evidence = _of_outcomes(SCORING, outcomes, positive, scored, shown, settings)
        spreads = {name: _quantiles(outcomes, name, shown, settings) for name in shown.tables}
        found.append(replace(evidence, median=median, spreads=spreads))
    return tuple(found)


def _cells(outcomes: Outcomes, attribute: str) -> Cells:
    """Everybody's cell in one table."""
    rows = outcomes.crossed(attribute)
    codes = np.zeros(outcomes.rows, dtype=np.int64)
    for part in attribute.split(CROSSED):
        column = outcomes.groups[part.strip()]
        codes = codes * (column.unknown + 1) + column.codes
    return Cells(codes, rows.codes.astype(np.int64), rows.unknown)


def _of_outcomes(
    measure: str,
    outcomes: Outcomes,
    positive: BoolArray,
    known: BoolArray,
    shown: Shown,
    settings: AuditSettings,
) -> RateEvidence:
    columns = {name: outcomes.crossed(name) for name in shown.tables}
    hides = bool((known & ~shown.people).any())
    return _evidence(measure, columns, positive, outcomes.weight, shown, settings, hides)


def _evidence(
    measure: str,
    columns: Mapping[str, Coded],
    positive: BoolArray,
    weight: IntArray,
    shown: Shown,
    settings: AuditSettings,
    hides: bool,
) -> RateEvidence:
    """The tables over those who are shown."""
    kept = shown.people
    return RateEvidence(
        measure,
        int(weight[kept].sum()),
        positive,
        kept,
        {
            name: _table(
                name,
                count(column.codes[kept], column.values, positive[kept], weight[kept]),
                hides,
                settings,
            )
            for name, column in columns.items()
        },
        hides=hides,
        withheld=shown.withheld,
    )


def _table(attribute: str, counts: Counts, hides: bool, settings: AuditSettings) -> RateTable:
    """One table; where anybody is left out, cells without people may be those that they were in."""
    people = {**dict(zip(counts.cells, counts.assessed.tolist(), strict=True))}
    people[UNKNOWN] = counts.unknown_assessed
    hidden = frozenset(cell for cell, number in people.items() if hides and not number)
    assessment = assess(
        counts,
        seed=settings.seed,
        permutations=settings.permutations,
        resamples=settings.resamples,
        least=settings.least,
        hidden=hidden,
    )
    return RateTable(attribute, counts, assessment, hidden, settings.least)


def _quantiles(
    outcomes: Outcomes, attribute: str, shown: Shown, settings: AuditSettings
) -> dict[str, tuple[float, ...]]:
    """Quantiles of the scores of every cell with enough of them, to three digits of their range."""
    column, score = outcomes.crossed(attribute), outcomes.score
    fewest = FEWEST_SPREAD if settings.least > 1 else 1
    found: dict[str, tuple[float, ...]] = {}
    for code, cell in enumerate(column.values):
        scores = score[shown.people & (column.codes == code)] if score is not None else ()
        if len(scores) >= fewest:
            found[cell] = tuple(float(q) for q in np.quantile(scores, QUANTILES))
    if settings.least > 1:
        places = places_for([value for values in found.values() for value in values])
        found = {cell: tuple(round(q, places) for q in values) for cell, values in found.items()}
    return found


def rates_of_lists(
    positions: IntArray,
    qualified: BoolArray,
    labels: Mapping[str, NDArray[np.str_]],
    scopes: Scopes,
    settings: AuditSettings,
    among: InLists,
) -> RateEvidence:
    """How many of the people who are qualified for any ad are ever shown.

    Args:
        positions: Shape ``(jobs, k)``: the people in the top places of every ad; -1 where padded.
        qualified: Shape ``(jobs, people)``.
        labels: By attribute, shape ``(people,)``; ``""`` where unknown.
        scopes: Which ads are in which occupation group.
        settings: Seeds and what is hidden.
        among: Who was left out.
    """
    rows = np.arange(len(positions))[:, None]
    hits = (positions >= 0) & qualified[rows, positions]
    shown = np.zeros(qualified.shape[1], dtype=np.bool_)
    shown[positions[hits]] = True
    known: BoolArray = np.asarray(qualified.any(axis=0), dtype=np.bool_)
    columns = {name: _coded(values, among.values[name]) for name, values in labels.items()}
    everybody = Shown(known, tuple(columns), among.withheld)
    weight = np.ones(len(shown), dtype=np.int64)
    evidence = _evidence(SHOWN, columns, shown, weight, everybody, settings, among.hides)
    unscoped = frozenset(labels) - among.scoped
    rows_too = hidden_rows(qualified, scopes, labels, among)
    return replace(evidence, hidden_rows=rows_too, unscoped=unscoped)


def _coded(labels: NDArray[np.str_], values: tuple[str, ...]) -> Coded:
    code_of = {value: code for code, value in enumerate((*values, UNKNOWN))}
    return Coded(values, np.array([code_of[label] for label in labels.tolist()], dtype=np.int32))
