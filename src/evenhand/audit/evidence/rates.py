"""Selection and scoring rates by attribute, with what may be shown of them.

From people assessed (``Outcomes``), or from lists: a person is *shown* who stands in the top k of
any ad that they are qualified for. Nothing is computed here (``measure.rates`` does) and nothing
is masked: tables carry which cells a report must hide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from evenhand.audit.evidence.scoped import Rows, hidden_rows
from evenhand.audit.evidence.settings import AuditSettings
from evenhand.audit.suppression import hidden_cells
from evenhand.match.protocol import BoolArray, FloatArray, IntArray
from evenhand.measure.estimates import OVERALL, Scopes
from evenhand.measure.labels import UNKNOWN, encode_labels
from evenhand.measure.rates.assess import assess
from evenhand.measure.rates.assessment import RateAssessment
from evenhand.measure.rates.counts import Counts, count
from evenhand.measure.rates.scoring import Scoring, above_median
from evenhand.records.outcomes import Coded, Outcomes

SELECTION, SCORING, SHOWN = "selection", "scoring", "shown"
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class RateTable:
    """One attribute's table.

    Attributes:
        attribute: The attribute; ``*`` joins those of an intersection.
        counts: People and positives by cell.
        assessment: Everything about them.
        hidden: Cells that a report must hide; ``""`` among them is the unknown row.
    """

    attribute: str
    counts: Counts
    assessment: RateAssessment
    hidden: frozenset[str]


@dataclass(frozen=True, eq=False)
class RateEvidence:
    """One kind of rate.

    Attributes:
        measure: ``selection``, ``scoring`` or ``shown``.
        people: People whose outcome is known.
        positive: Shape ``(people,)``: who was selected, scores above the median, or is shown.
        known: Shape ``(people,)``: whose outcome is known.
        tables: By attribute.
        median: What the scoring rate cuts at; None for other rates.
        spreads: Quantiles of the scores of every cell that may be shown, by attribute.
        notes: What was left out, one sentence each.
        hidden_rows: Of lists, by attribute: occupation groups and values that may not be shown.
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
    notes: tuple[str, ...] = ()
    hidden_rows: Mapping[str, Rows] = field(default_factory=dict[str, Rows])


def rates_of_outcomes(outcomes: Outcomes, settings: AuditSettings) -> tuple[RateEvidence, ...]:
    """Selection rates where there are selections, scoring rates where there are scores.

    A cell that either of them must hide is hidden in both: they are about the same people.

    Args:
        outcomes: People assessed.
        settings: Attributes, seeds and what is hidden.
    """
    columns = {name: outcomes.crossed(name) for name in settings.by}
    split: dict[str, tuple[BoolArray, BoolArray]] = {}
    median: Scoring | None = None
    if outcomes.selected is not None:
        split[SELECTION] = (outcomes.selected, ~outcomes.outcome_missing)
    if outcomes.score is not None:
        above, scored, median = above_median(outcomes.score, outcomes.weight)
        split[SCORING] = (above, scored)
    counts = {
        measure: _counts(columns, positive, outcomes.weight, known)
        for measure, (positive, known) in split.items()
    }
    hidden = _hidden(list(counts.values()), settings.least)
    found: list[RateEvidence] = []
    for measure, (positive, known) in split.items():
        tables = _tables(counts[measure], hidden, settings)
        people = int(outcomes.weight[known].sum())
        evidence = RateEvidence(measure, people, positive, known, tables)
        if measure == SCORING and outcomes.score is not None:
            spreads = {
                name: _quantiles(column, outcomes.score, known, hidden[name])
                for name, column in columns.items()
            }
            evidence = replace(evidence, median=median, spreads=spreads)
        found.append(evidence)
    return tuple(found)


def _quantiles(
    column: Coded, score: FloatArray, known: BoolArray, hidden: frozenset[str]
) -> dict[str, tuple[float, ...]]:
    """Quantiles of the scores of every cell with people that isn't hidden."""
    found: dict[str, tuple[float, ...]] = {}
    for code, cell in enumerate(column.values):
        scores = score[known & (column.codes == code)]
        if len(scores) and cell not in hidden:
            found[cell] = tuple(float(q) for q in np.quantile(scores, QUANTILES))
    return found


def _counts(
    columns: Mapping[str, Coded], positive: BoolArray, weight: IntArray, known: BoolArray
) -> dict[str, Counts]:
    """People and positives by attribute; those of unknown outcome are left out."""
    return {
        name: count(column.codes[known], column.values, positive[known], weight[known])
        for name, column in columns.items()
    }


def _tables(
    counts: Mapping[str, Counts], hidden: Mapping[str, frozenset[str]], settings: AuditSettings
) -> dict[str, RateTable]:
    return {
        name: RateTable(
            name,
            each,
            assess(
                each,
                seed=settings.seed,
                permutations=settings.permutations,
                resamples=settings.resamples,
                least=settings.least,
                hidden=hidden[name],
            ),
            hidden[name],
        )
        for name, each in counts.items()
    }


def _hidden(tables: Sequence[Mapping[str, Counts]], least: int) -> dict[str, frozenset[str]]:
    """What must be hidden of tables about the same people, with different outcomes."""
    hidden: dict[str, frozenset[str]] = {}
    for counts in tables:
        people = {
            name: _by_cell(each.cells, each.assessed, each.unknown_assessed)
            for name, each in counts.items()
        }
        positive = {
            name: _by_cell(each.cells, each.positive, each.unknown_positive)
            for name, each in counts.items()
        }
        for name, cells in hidden_cells(people, least=least, subsets=[positive]).items():
            hidden[name] = hidden.get(name, frozenset()) | cells
    return hidden


def _by_cell(cells: tuple[str, ...], people: IntArray, unknown: int) -> dict[str, int]:
    """People by cell, the unknown under ``""``."""
    return {**dict(zip(cells, people.tolist(), strict=True)), UNKNOWN: unknown}


def rates_of_lists(
    positions: IntArray,
    qualified: BoolArray,
    labels: Mapping[str, NDArray[np.str_]],
    scopes: Scopes,
    settings: AuditSettings,
) -> RateEvidence:
    """How many of the people who are qualified for any ad are ever shown.

    Args:
        positions: Shape ``(jobs, k)``: the people in the top places of every ad; -1 where padded.
        qualified: Shape ``(jobs, people)``.
        labels: By attribute, shape ``(people,)``; ``""`` where unknown.
        scopes: Which ads are in which occupation group.
        settings: Seeds and what is hidden.
    """
    rows = np.arange(len(positions))[:, None]
    hits = (positions >= 0) & qualified[rows, positions]
    shown = np.zeros(qualified.shape[1], dtype=np.bool_)
    shown[positions[hits]] = True
    known: BoolArray = np.asarray(qualified.any(axis=0), dtype=np.bool_)
    columns = {name: _coded(values) for name, values in labels.items()}
    weight = np.ones(len(shown), dtype=np.int64)
    counts = _counts(columns, shown, weight, known)
    rows_too = hidden_rows(qualified, scopes, labels, settings.least)
    hidden = {
        name: cells | {value for scope, value in rows_too[name] if scope == OVERALL}
        for name, cells in _hidden([counts], settings.least).items()
    }
    tables = _tables(counts, hidden, settings)
    people = int(known.sum())
    return RateEvidence(SHOWN, people, shown, known, tables, hidden_rows=rows_too)


def _coded(labels: NDArray[np.str_]) -> Coded:
    groups = encode_labels(labels)
    return Coded(groups.values, groups.codes.astype(np.int32))


def names_hidden(contrast: str, hidden: frozenset[str]) -> bool:
    """Whether a cell, or one of the sides of a contrast in words (``a vs b``), is hidden."""
    return any(
        contrast == value
        or contrast.startswith(f"{value} vs ")
        or contrast.endswith(f" vs {value}")
        for value in hidden
        if value
    )
